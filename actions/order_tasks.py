"""What is done with an order once it is known and proven: look up, cancel, or pass to people."""

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import CareAction
from actions.care_server import CareDown, OrderRefused, care_server
from actions.escalation import hand_off
from actions.order_form import FORM, OPEN, clean_number, order_words
from actions.turn import Event, Turn

Order = dict[str, Any]
# Tasks that are done again by 'and for the other one?'.
REPEATABLE = ("track_order", "cancel_order", "track_refund")


class OrderTask(CareAction):
    """Does what the customer wants with the order."""

    NAME = "action_order_task"

    async def act(self, turn: Turn) -> list[Event]:
        """Do the task and remember it; nothing where the form ended without an order."""
        task, number = turn.slot("task"), turn.slot("order_number")
        if not task or not number:
            return []
        try:
            order = await care_server().order(str(number), turn.sender, turn.slot("order_email"))
        except CareDown:
            order = None
        if order is None:
            turn.refused = True
            turn.say("utter_orders_down")
            return [SlotSet("task", None)]
        events = await self._do(turn, str(task), order)
        return [SlotSet("last_task", task), SlotSet("confirmed", None), *events]

    @staticmethod
    async def _do(turn: Turn, task: str, order: Order) -> list[Event]:
        if task == "track_order":
            return _track(turn, order)
        if task == "cancel_order":
            return await _cancel(turn, order)
        if task == "track_refund":
            return _refund(turn, order)
        if task in ("check_invoice", "get_invoice"):
            return _invoice(turn, order)
        return await _change(turn, order)


def _track(turn: Turn, order: Order) -> list[Event]:
    answer = f"utter_order_is_{str(order.get('status')).replace(' ', '_')}"
    if not turn.has_response(answer):
        answer = "utter_order_is_other"
    turn.say(answer, **order_words(order))
    if order.get("status") == "delayed":
        turn.refused = True
        turn.say("utter_decline_delay")
    if answer in turn.said_before() and turn.intents_before()[:2].count("track_order") > 1:
        turn.say("utter_order_same_as_before")
    return []


async def _cancel(turn: Turn, order: Order) -> list[Event]:
    words = order_words(order)
    if order.get("status") == "cancelled":
        turn.say("utter_order_is_cancelled", **words)
        return []
    if order.get("status") not in OPEN:
        turn.refused = True
        turn.say("utter_cancel_too_late", **words)
        return []
    if turn.slot("confirmed") is not True:
        turn.say("utter_cancel_kept", **words)
        return []
    try:
        done = await care_server().cancel(words["number"], turn.sender, turn.slot("order_email"))
    except OrderRefused:
        done = None
    except CareDown:
        # It may have been cancelled all the same: people must look.
        return await hand_off(turn, "action_failed", opening="utter_cancel_unknown", **words)
    turn.refused = done is None
    if done is None and order.get("status") == "delayed":
        # We offer to cancel what is late; where the shop's system does not, people do.
        return await hand_off(turn, "policy", opening="utter_cancel_by_person", **words)
    turn.say("utter_cancel_done" if done else "utter_cancel_too_late", **words)
    return []


def _refund(turn: Turn, order: Order) -> list[Event]:
    refund = order.get("refund")
    words = order_words(order)
    if not isinstance(refund, dict):
        turn.say("utter_refund_none", **words)
        return []
    if refund.get("status") in ("refused", "declined"):
        turn.refused = True
        turn.say("utter_decline_refund")
        return []
    facts = {name: str(refund.get(name) or "-") for name in ("status", "amount", "expected")}
    turn.say("utter_refund_found", **{**words, **facts})
    return []


def _invoice(turn: Turn, order: Order) -> list[Event]:
    words = order_words(order)
    if order.get("invoice"):
        turn.say("utter_invoice_found", invoice=str(order["invoice"]), **words)
    else:
        turn.say("utter_invoice_none", **words)
    return []


async def _change(turn: Turn, order: Order) -> list[Event]:
    """Changes are made by people; where it is too late, say so before anybody waits."""
    words = order_words(order)
    if order.get("status") in OPEN:
        return await hand_off(turn, "policy", opening="utter_change_by_person", **words)
    turn.refused = True
    turn.say("utter_change_too_late", **words)
    return []


class SameForOther(CareAction):
    """'And for the other one?': the last task, with another order."""

    NAME = "action_same_for_other"

    async def act(self, turn: Turn) -> list[Event]:
        """Begin the last task anew, with the number in the message if there is one."""
        task = turn.slot("last_task")
        if task not in REPEATABLE:
            turn.say("utter_same_for_what")
            return []
        given = turn.entity("order_number") or _number_in(turn.text)
        return [
            SlotSet("task", task),
            SlotSet("order_number", given),
            SlotSet("confirmed", None),
            FollowupAction(FORM),
        ]


def _number_in(text: str) -> str | None:
    found = [clean_number(word) for word in text.replace("?", " ").split()]
    numbers = [number for number in found if number]
    return numbers[0] if len(numbers) == 1 else None
