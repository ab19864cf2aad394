"""Not understood: ask back with the likeliest topics; when that does not help, offer a person."""

from actions.base import CareAction, leave_form
from actions.order_form import EMAIL, clean_number
from actions.turn import Button, Event, Turn

FALLBACK = "nlu_fallback"
MOST_TOPICS = 3


def misunderstood_in_a_row(turn: Turn) -> int:
    """How many of the latest messages, this one included, were not understood; a bare number or
    address is no misunderstanding."""
    count = 0
    for intent, message in zip(turn.intents_before(), turn.messages(), strict=True):
        if intent != FALLBACK:
            break
        count += not _bare(str(message.get("text") or ""))
    return count


def _bare(text: str) -> str:
    """The answer to a message that is nothing but an order number or an e-mail address."""
    if clean_number(text):
        return "utter_about_number"
    return "utter_about_email" if EMAIL.fullmatch(text.strip()) else ""


def topic_buttons(turn: Turn) -> list[Button]:
    """Buttons for the likeliest topics, in the plain words of the answers' titles."""
    buttons: list[Button] = []
    for candidate in turn.candidates:
        intent = str(candidate.get("intent") or candidate.get("name") or "")
        answer = f"utter_{intent}"
        kind = turn.about(answer, "kind")
        hidden = kind == "smalltalk" or (kind == "internal" and not turn.internal)
        title = turn.about(answer, "title")
        if title and not hidden:
            buttons.append({"title": title, "payload": f"/{intent}"})
    return buttons[:MOST_TOPICS]


def _offered(turn: Turn) -> list[Button]:
    """The topics that were to choose from just before: a number then belongs to one of them."""
    if not {"utter_ask_back", "utter_ask_back_again"} & set(turn.said_before()):
        return []
    buttons = [
        button
        for event in turn.events
        if event.get("event") == "bot"
        for button in (event.get("data") or {}).get("buttons") or []
    ]
    kept = (FALLBACK, "contact_human_agent")
    last = [b for b in buttons[-MOST_TOPICS - 1 :] if str(b.get("payload")).strip("/") not in kept]
    return last[:MOST_TOPICS]


class AskBack(CareAction):
    """One question with choices instead of a guess."""

    NAME = "action_ask_back"

    async def act(self, turn: Turn) -> list[Event]:
        """Name the likeliest topics; without any, or after a second time, offer a person."""
        topics, times = topic_buttons(turn), misunderstood_in_a_row(turn)
        other = list(turn.variation("utter_something_else").get("buttons") or [])
        if turn.pressed:
            turn.say("utter_in_other_words")
            return leave_form()
        if about := _bare(turn.text):
            turn.say_with(about, [*(_offered(turn) or topics), *other])
            return []
        if times <= 1:
            return _first_time(turn, topics, other)
        if times == 2 and topics:
            person = list(turn.variation("utter_answer_not_translated").get("buttons") or [])
            turn.say_with("utter_ask_back_again", [*topics, *person])
        else:
            turn.say("utter_offer_person")
        return leave_form()


def _first_time(turn: Turn, topics: list[Button], other: list[Button]) -> list[Event]:
    if topics:
        turn.say_with("utter_ask_back", [*topics, *other])
    elif turn.form == "order_form":
        # The form asks its question again.
        turn.say("utter_unclear")
    else:
        turn.say("utter_not_understood")
    return []
