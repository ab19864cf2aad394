"""A call back: the number is checked, then people get it."""

import phonenumbers
from rasa_sdk.events import SlotSet

from actions.base import CareAction
from actions.escalation import hand_off
from actions.feedback import step_aside
from actions.turn import Event, Turn

# Numbers without a country code are read as the shop's own country.
REGION = "DE"


def clean_phone(text: str) -> str | None:
    """The phone number in `text` in international form, None where there is no possible one."""
    for found in phonenumbers.PhoneNumberMatcher(text[:200], REGION):
        return phonenumbers.format_number(
            found.number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
    return None


def _unclear(turn: Turn) -> bool:
    """Whether the first reply to the question was not understood as anything else."""
    unclear = turn.intent in ("nlu_fallback", "out_of_scope") and not turn.pressed
    return unclear and not turn.said_since_form_began("utter_phone_shape")


class ValidatePhone(CareAction):
    """Reads the number to call."""

    NAME = "validate_callback_form"

    async def act(self, turn: Turn) -> list[Event]:
        """Take a number that can exist; let other messages be answered first."""
        number = clean_phone(str(turn.slot("phone") or turn.text))
        if number:
            return [SlotSet("phone", number), SlotSet("requested_slot", None)]
        if turn.slot("phone") or (turn.requested and _unclear(turn)):
            turn.say("utter_phone_shape")
        elif turn.requested and turn.intent != "request_callback":
            return step_aside("callback_form", "phone")
        return [SlotSet("phone", None), SlotSet("requested_slot", "phone")]


class RequestCallback(CareAction):
    """The number is known: people call."""

    NAME = "action_request_callback"

    async def act(self, turn: Turn) -> list[Event]:
        """Pass the number on."""
        number = turn.slot("phone")
        if not number:
            return []
        return await hand_off(turn, "customer_asked", opening="utter_callback_noted", phone=number)
