"""Requests of a message that wait until the form that an earlier one began has ended.

Who asks where an order is and for its invoice is first asked for the order. The second request
would begin the same form again, take the place of the first and ask the same question twice;
so it is kept in a slot and worked off as soon as the form is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

LATER = "later"

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


def begins_a_form(processor: MessageProcessor, intent: str) -> bool:
    """Whether a conversation that began with this intent would begin with a form."""
    domain = processor.domain
    opening = [
        ActionExecuted(ACTION_LISTEN_NAME),
        UserUttered(intent, intent={"name": intent, "confidence": 1.0}),
    ]
    first = DialogueStateTracker.from_events("later", opening, slots=domain.slots)
    prediction = processor._predict_next_with_tracker(first)
    return domain.action_names_or_texts[prediction.max_confidence_index] in domain.form_names
