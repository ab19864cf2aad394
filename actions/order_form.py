"""The form of tasks with an order: its number, the proof that it is theirs, the confirmation."""

import re

from rasa_sdk.events import SlotSet

from actions.base import CareAction, leave_form
from actions.care_server import CareDown, care_server
from actions.turn import Event, Turn

FORM = "order_form"
# LO-10482, #10482, 10482. The same shape that the assistant finds in a message.
NUMBER = re.compile(r"#?((?:[A-Za-z]{1,4}-?)?\d{4,12})")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,63}")
TASKS = (
    "track_order",
    "cancel_order",
    "change_order",
    "change_shipping_address",
    "track_refund",
    "check_invoice",
    "get_invoice",
)
OPEN = ("received", "packing", "delayed")
MOST_ASKED = 2


def clean_number(text: str) -> str | None:
    """The order number that `text` consists of, in capitals and without '#'; None if it is none."""
    found = NUMBER.fullmatch(text.strip())
    return found[1].upper() if found else None


class ValidateOrder(CareAction):
    """Checks what was given and decides what is asked for next."""

    NAME = "validate_order_form"

    async def act(self, turn: Turn) -> list[Event]:
        """Ask for each thing once; nothing is looked up before it is proven to be theirs."""
        if turn.requested and not self._something_new(turn):
            return [SlotSet("requested_slot", turn.requested)]
        events: list[Event] = [SlotSet("task", turn.slot("task"))]
        if not turn.requested:
            events.append(SlotSet("confirmed", None))
        number = clean_number(str(turn.slot("order_number") or _number_said(turn)))
        if number is None:
            if turn.slot("order_number"):
                turn.say("utter_order_number_shape")
            return [*events, SlotSet("order_number", None), _ask("order_number")]
        events.append(SlotSet("order_number", number))
        try:
            return [*events, *await self._proven(turn, number)]
        except CareDown:
            turn.refused = True
            turn.say("utter_orders_down")
            return [*events, SlotSet("task", None), *leave_form()]

    @staticmethod
    def _something_new(turn: Turn) -> bool:
        if turn.intent in TASKS:
            return True
        candidates = turn.tracker.slots_to_validate()
        given = any(
            candidates.get(name) is not None
            for name in ("order_number", "order_email", "confirmed")
        )
        return given or (turn.requested == "order_number" and bool(_number_said(turn)))

    async def _proven(self, turn: Turn, number: str) -> list[Event]:
        server = care_server()
        email = turn.slot("order_email")
        if email and not EMAIL.fullmatch(str(email)):
            email = None
        known = await server.conversation(turn.sender)
        if not email and not known.get("verified"):
            return [SlotSet("order_email", None), _ask("order_email")]
        order = await server.order(number, turn.sender, email)
        if order is None and not email:
            # A signed-in customer may have ordered with another address.
            return [_ask("order_email")]
        if order is None:
            return self._not_found(turn, number)
        cancelling = turn.slot("task") == "cancel_order" and order.get("status") in OPEN
        # A 'yes' in the message that asked to cancel was said before the order was read back.
        unasked = not turn.requested or turn.further_request
        if cancelling and (turn.slot("confirmed") is None or unasked):
            return [SlotSet("confirmed", None), _ask("confirmed")]
        return [_ask(None)]

    @staticmethod
    def _not_found(turn: Turn, number: str) -> list[Event]:
        turn.refused = True
        if turn.said_since_form_began("utter_order_not_found"):
            turn.say("utter_order_not_found_again")
            forget = [SlotSet("order_number", None), SlotSet("order_email", None)]
            return [*forget, SlotSet("task", None), *leave_form()]
        # Either may be wrong: the number is kept, so that the right address alone is enough.
        turn.say("utter_order_not_found", number=number)
        return [SlotSet("order_email", None), _ask("order_email")]


class AskNumber(CareAction):
    """Asks for the order number; after two interruptions it lets the matter rest."""

    NAME = "action_ask_order_form_order_number"

    async def act(self, turn: Turn) -> list[Event]:
        """Ask, ask again more briefly, or leave it."""
        return _ask_at_most(turn, "utter_ask_order_number")


class AskEmail(CareAction):
    """Asks for the e-mail address of the order, and says why."""

    NAME = "action_ask_order_form_order_email"

    async def act(self, turn: Turn) -> list[Event]:
        """Ask, ask again more briefly, or leave it."""
        return _ask_at_most(turn, "utter_ask_order_email")


class AskConfirmed(CareAction):
    """Reads back what would be cancelled, and asks."""

    NAME = "action_ask_order_form_confirmed"

    async def act(self, turn: Turn) -> list[Event]:
        """The order as it is now, with yes and no."""
        number, email = str(turn.slot("order_number")), turn.slot("order_email")
        try:
            order = await care_server().order(number, turn.sender, email)
        except CareDown:
            order = None
        if order is None:
            turn.refused = True
            turn.say("utter_orders_down")
            return [SlotSet("task", None), *leave_form()]
        turn.say("utter_ask_order_confirmed", **order_words(order))
        return []


def order_words(order: dict[str, object]) -> dict[str, str]:
    """The facts of an order as answers name them; '-' where the shop says nothing."""
    items = order.get("items")
    listed = ", ".join(map(str, items)) if isinstance(items, list) else str(items or "-")
    words = {
        name: str(order.get(name) or "-") for name in ("number", "status", "total", "expected")
    }
    return {**words, "carrier": str(order.get("carrier") or "-"), "items": listed}


def _number_said(turn: Turn) -> str:
    """An order number in the words of an answer to our question ('it is 10482')."""
    if turn.pressed or turn.requested != "order_number":
        return ""
    found = [word for word in re.split(r"[\s,;:.!?]+", turn.text) if clean_number(word)]
    return found[0] if len(found) == 1 else ""


def _ask(slot: str | None) -> Event:
    event: Event = SlotSet("requested_slot", slot)
    return event


def _ask_at_most(turn: Turn, question: str) -> list[Event]:
    asked = turn.said_since_form_began(question, f"{question}_again")
    if turn.intent in TASKS and turn.intents_before()[1:2] != [turn.intent]:
        # Another task has just begun in the same form: its question is a first one.
        asked = 0
    if "utter_order_not_found" in turn.said_now():
        # It has asked for both already.
        return []
    if asked >= MOST_ASKED:
        turn.say("utter_order_set_aside")
        return [SlotSet("task", None), *leave_form()]
    turn.say(f"{question}_again" if asked else question)
    return []
