"""Escalation: when, why and with which words a conversation goes to people.

Who has the conversation is kept in the care record. The tracker is never paused: the gateway asks
the assistant only while the bot has the conversation.
"""

import logging
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import CareAction, leave_form
from actions.care_server import CareDown, care_server
from actions.feedback import give_thumb
from actions.times import local_words
from actions.turn import Event, Turn

log = logging.getLogger(__name__)

# What an agent should not have to ask for again.
COLLECTED = ("task", "order_number", "order_email", "phone", "feedback_text")
# Signs of frustration are counted over this many of the customer's latest messages.
RECENT = 10
UPSET = ("frustrated", "insult")
LAST_WORDS = 300
# These say themselves when a person is there.
SAYS_WHEN = ("utter_callback_noted",)


async def hand_off(
    turn: Turn, reason: str, *, opening: str = "utter_hand_off", **values: str
) -> list[Event]:
    """Ask people to take over, tell the customer honestly what happens next, leave any form.

    `opening` is the answer said first, with `values` for its placeholders.
    """
    turn.say(opening, **values)
    if opening not in SAYS_WHEN:
        await _say_when(turn)
    slots = {name: turn.slot(name) for name in COLLECTED if turn.slot(name)}
    turn.effect("handoff", reason=reason, summary=_summary(turn, slots), slots=slots)
    return [*leave_form(), SlotSet("task", None), SlotSet("feedback_text", None)]


def offered_reason(turn: Turn) -> str | None:
    """The reason for which a person was offered just before this message, None if none was."""
    for name in reversed(turn.said_before()):
        if reason := _offer_in(turn, name):
            return reason
    return None


def _offer_in(turn: Turn, name: str) -> str:
    return "policy" if name.startswith("utter_decline_") else turn.about(name, "offers")


async def _say_when(turn: Turn) -> None:
    """Say place in line or opening time; nothing where they are not known."""
    try:
        known = await care_server().conversation(turn.sender)
    except CareDown as fault:
        log.warning("no queue figures for a hand-off: %s", fault)
        return
    hours = known.get("hours") or {}
    if hours.get("open") is False:
        _say_closed(turn, str(hours.get("next_opening") or ""))
    elif known.get("queue"):
        _say_place(turn, known["queue"])


def _say_closed(turn: Turn, opening: str) -> None:
    translated = turn.variation("utter_hand_off_closed").get("condition")
    words = local_words(opening, turn.language if translated else "en")
    if words:
        turn.say("utter_hand_off_closed", opening=words)
    else:
        turn.say("utter_hand_off_closed_unknown")


def _say_place(turn: Turn, queue: dict[str, Any]) -> None:
    place = int(queue.get("position_next") or int(queue.get("waiting") or 0) + 1)
    wait = queue.get("wait_seconds")
    if place == 1:
        turn.say("utter_hand_off_next")
    elif wait:
        turn.say("utter_hand_off_wait", place=place, minutes=max(1, round(float(wait) / 60)))
    else:
        turn.say("utter_hand_off_place", place=place)


def _summary(turn: Turn, slots: dict[str, Any]) -> str:
    """What the agent reads first; the words around the facts are in the domain."""
    collected = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in slots.items())
    parts = {
        "topic": _topic(turn) or "-",
        "collected": collected or "-",
        "said": " / ".join(_last_words(turn)) or "-",
    }
    text = str(turn.variation("utter_handoff_summary").get("text") or "{topic}: {said}")
    return text.format(**parts)


def _topic(turn: Turn) -> str:
    """Title of the latest topic that the customer asked about."""
    for intent in turn.intents_before():
        kind = turn.about(f"utter_{intent}", "kind")
        if kind in ("faq", "task", "internal") and intent != "contact_human_agent":
            return turn.about(f"utter_{intent}", "title")
    return ""


def _last_words(turn: Turn) -> list[str]:
    """The customer's last three typed messages, oldest first, cut short."""
    typed = [
        str(event.get("text") or "")
        for event in turn.events
        if event.get("event") == "user" and not str(event.get("text") or "").startswith("/")
    ]
    return [words[:LAST_WORDS] for words in typed[-3:] if words]


class HandOff(CareAction):
    """The customer asks for a person, or accepts the one who was offered."""

    NAME = "action_hand_off"

    async def act(self, turn: Turn) -> list[Event]:
        """Hand over; the reason is that of the offer, if there was one."""
        reason = offered_reason(turn)
        opening = "utter_hand_off" if reason else "utter_contact_human_agent"
        return await hand_off(turn, reason or "customer_asked", opening=opening)


class Frustrated(CareAction):
    """The customer is losing patience: acknowledge and offer; the second time, hand over."""

    NAME = "action_frustrated"

    async def act(self, turn: Turn) -> list[Event]:
        """Offer a person, or hand over if this is not the first sign."""
        recent = turn.intents_before()[:RECENT]
        if sum(intent in UPSET for intent in recent) < 2:
            turn.say("utter_frustrated")
            return []
        return await hand_off(turn, "frustrated", opening="utter_frustrated_hand_off")


class Yes(CareAction):
    """'Yes', to whatever was asked last."""

    NAME = "action_yes"

    async def act(self, turn: Turn) -> list[Event]:
        """Accept an offered person, or take it as 'that helped'."""
        if turn.form == "order_form":
            # 'OK' to an answer in between: the form asks its question again.
            return []
        if reason := offered_reason(turn):
            return await hand_off(turn, reason)
        if "utter_did_that_help" in turn.said_before():
            return give_thumb(turn, helpful=True)
        turn.say("utter_yes_to_what")
        return []


class No(CareAction):
    """'No', to whatever was asked last."""

    NAME = "action_no"

    async def act(self, turn: Turn) -> list[Event]:
        """Go on without the order number, refuse a person, or take it as 'did not help'."""
        if turn.form == "order_form":
            return _without_number(turn)
        if offered_reason(turn):
            turn.say("utter_offer_refused")
            return []
        if "utter_did_that_help" in turn.said_before():
            return give_thumb(turn, helpful=False)
        turn.say("utter_no_then")
        return []


def _without_number(turn: Turn) -> list[Event]:
    """Say how the task is done without us knowing the order, and leave the form."""
    own_way = f"utter_{turn.slot('task')}"
    if turn.has_response(own_way):
        turn.say("utter_order_without_number")
        turn.say(own_way)
    turn.say("utter_order_without_number_person")
    return leave_form()
