"""Requests of a message that wait until the form that an earlier one began has ended.

Who asks where an order is and for its invoice is first asked for the order. The second request
would begin the same form again, take the place of the first and ask the same question twice;
so it is kept in a slot and worked off as soon as the form is complete. What can be answered at
once comes before the form's question, so that the question is the last thing that is read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.evidence import intent_of

LATER = "later"
PERSON = "contact_human_agent"

Requests = list[dict[str, Any]]


def kept(tracker: DialogueStateTracker) -> Requests:
    """What waits, `{intent, entities}` each, the first one first."""
    slot = tracker.slots.get(LATER)
    return list(slot.value or []) if slot else []


def keep(tracker: DialogueStateTracker, requests: Sequence[dict[str, Any]], domain: Domain) -> None:
    """Let these wait, and nothing else."""
    if LATER in tracker.slots and list(requests) != kept(tracker):
        tracker.update(SlotSet(LATER, list(requests) or None), domain)


def form_waits(tracker: DialogueStateTracker) -> bool:
    """Whether a form waits for an answer."""
    return LATER in tracker.slots and bool(tracker.active_loop_name)


def form_completed(tracker: DialogueStateTracker, domain: Domain) -> bool:
    """Whether the last form that ended in this turn did so by itself, not because it was left."""
    ended = False
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, ActiveLoop) and event.name is None:
            ended = True
        elif ended and isinstance(event, ActionExecuted):
            return event.action_name in domain.form_names
    return False


def person_first(
    parsed: Mapping[str, Any], further: Requests
) -> tuple[Mapping[str, Any], Requests]:
    """The same requests with the wish for a person as the one that the message itself stands for:
    what else is written goes to that person with it."""
    asked = [r for r in further if r["intent"] == PERSON]
    first = intent_of(parsed)
    if not asked or first == PERSON:
        return parsed, further
    rest = [r for r in further if r["intent"] != PERSON]
    served: dict[str, Any] = {"intent": first, "entities": []}
    return {**parsed, "intent": {"name": PERSON, "confidence": 1.0}}, [served, *rest]


def order_by_order(parsed: Mapping[str, Any], tasks: Collection[str]) -> Mapping[str, Any]:
    """A task for several orders, as one request for each of them."""
    intent = intent_of(parsed)
    entities = list(parsed.get("entities") or [])
    numbers = [e for e in entities if e.get("entity") == "order_number"]
    if intent not in tasks or len({e.get("value") for e in numbers}) < 2:
        return parsed
    first = [e for e in entities if e not in numbers[1:]]
    others = [{"intent": intent, "entities": [number]} for number in numbers[1:]]
    return {**parsed, "entities": first, "also": [*others, *(parsed.get("also") or [])]}


def parted(
    processor: MessageProcessor, first: str, further: Requests
) -> tuple[Requests, Requests]:
    """Further requests of a message that come before the one with the intent `first`, and after.

    Answers come as they were asked, those that an answer text gives before a form; a form that
    would begin is left out where a person is asked for, who then has the whole message.
    """
    if first == PERSON:
        return [r for r in further if not begins_a_form(processor, r["intent"])], []
    at_once = [r for r in further if _answered_at_once(processor, r["intent"])]
    rest = [r for r in further if r not in at_once]
    if begins_a_form(processor, first):
        return at_once, rest
    before = [r for r in at_once if r.get("before")]
    return before, [*(r for r in at_once if r not in before), *rest]


def begins_a_form(processor: MessageProcessor, intent: str) -> bool:
    """Whether a conversation that began with this intent would begin with a form."""
    return _first_action(processor, intent) in processor.domain.form_names


def _answered_at_once(processor: MessageProcessor, intent: str) -> bool:
    return _first_action(processor, intent) == f"utter_{intent}"


def _first_action(processor: MessageProcessor, intent: str) -> str:
    domain = processor.domain
    opening = [
        ActionExecuted(ACTION_LISTEN_NAME),
        UserUttered(intent, intent={"name": intent, "confidence": 1.0}),
    ]
    first = DialogueStateTracker.from_events("later", opening, slots=domain.slots)
    prediction = processor._predict_next_with_tracker(first)
    return str(domain.action_names_or_texts[prediction.max_confidence_index])
