"""Not understood: ask back with the likeliest topics; the second time, offer a person."""

from actions.base import CareAction, leave_form
from actions.turn import Button, Event, Turn

NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")
MOST_TOPICS = 3


def misunderstood_in_a_row(turn: Turn) -> int:
    """How many of the latest messages, this one included, were not understood."""
    count = 0
    for intent in turn.intents_before():
        if intent not in NOT_UNDERSTOOD:
            break
        count += 1
    return count


def topic_buttons(turn: Turn) -> list[Button]:
    """Buttons for the likeliest topics, in the plain words of the answers' titles."""
    buttons: list[Button] = []
    for candidate in turn.candidates:
        intent = str(candidate.get("intent") or candidate.get("name") or "")
        answer = f"utter_{intent}"
        hidden = turn.about(answer, "kind") == "internal" and not turn.internal
        title = turn.about(answer, "title")
        if title and not hidden:
            buttons.append({"title": title, "payload": f"/{intent}"})
    return buttons[:MOST_TOPICS]


class AskBack(CareAction):
    """One question with choices instead of a guess."""

    NAME = "action_ask_back"

    async def act(self, turn: Turn) -> list[Event]:
        """Name the likeliest topics; without any, or the second time, offer a person."""
        buttons = topic_buttons(turn)
        if misunderstood_in_a_row(turn) > 1 or not buttons:
            turn.say("utter_offer_person")
            return leave_form()
        other = list(turn.variation("utter_something_else").get("buttons") or [])
        turn.say_with("utter_ask_back", [*buttons, *other])
        return []
