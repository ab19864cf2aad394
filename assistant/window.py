"""The bounded view of a conversation that a turn works on.

A Rasa tracker is the replay of all its events, so a turn costs more the longer
the conversation is. A window is a short replay with the same end: a few events
that state what was true at the cut (slots, loop, pause), then the real events of
the last turns. Every part of Rasa that replays a tracker then works unchanged.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    Event,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

KEEP_TURNS = 8
"""Customer's turns that a cut leaves; rules look back over one, stories over max_history."""
KEEP_VISIBLE_TURNS = 6
"""Turns outside FAQ rules that a cut tries to leave, since stories do not see the others."""
MOST_TURNS = 24
"""Turns that a cut leaves at most, however few of them stories see."""
SLACK_TURNS = 8
"""Turns over the kept ones before the next cut, so that cutting is rare."""


class WindowTracker(DialogueStateTracker):
    """A tracker that knows which of its events are stored, and where.

    Attributes:
        version: the stored version of the conversation it was read at; 0 is not stored yet.
        first_seq: number of the first real event in the window.
        stated: how many events at the start state what was true at the cut.
        stored: how many events at the start (stated ones included) need no saving.
    """

    version: int = 0
    first_seq: int = 0
    stated: int = 0
    stored: int = 0

    def copy(self) -> DialogueStateTracker:
        """The same tracker again, without replaying.

        The processor copies the tracker before every action; replaying 100 events
        for it costs 0.5 ms, copying what they lead to 0.05 ms.
        """
        twin = self.init_copy()
        twin.events = copy.copy(self.events)
        twin.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        twin._paused = self._paused
        twin.followup_action = self.followup_action
        twin.latest_action = self.latest_action
        twin.latest_message = self.latest_message
        twin.latest_bot_utterance = self.latest_bot_utterance
        twin.active_loop = dataclasses.replace(self.active_loop) if self.active_loop else None
        return twin

    def next_seq(self) -> int:
        """Number that the first event not stored yet will get."""
        return self.first_seq + self.stored - self.stated

    def unsaved(self) -> list[Event]:
        """The events that happened since the tracker was read."""
        return list(self.events)[self.stored :]


def build_window(
    sender_id: str,
    slots: Iterable[Slot],
    statement: Sequence[Event],
    events: Sequence[Event],
    first_seq: int,
    version: int,
) -> WindowTracker:
    """Replay a window into a tracker that counts as stored."""
    tracker = WindowTracker(sender_id, slots)
    known = [e for e in statement if not isinstance(e, SlotSet) or e.key in tracker.slots]
    for event in (*known, *events):
        tracker.update(event)
    tracker.version = version
    tracker.first_seq = first_seq
    tracker.stated = len(known)
    tracker.stored = len(tracker.events)
    return tracker


def state_as_events(tracker: DialogueStateTracker, at: float) -> list[Event]:
    """Events whose replay leads to the tracker's state.

    Args:
        tracker: the replay of everything before the cut.
        at: timestamp (seconds since the epoch) that the events get.
    """
    said: list[Event] = []
    loop = tracker.active_loop
    if loop is not None and loop.name:
        if loop.trigger_message:
            data: Any = loop.trigger_message
            said.append(UserUttered(data.get("text"), data.get("intent"), data.get("entities"), data))
        said.append(ActiveLoop(loop.name))
    said += [SlotSet(s.name, s.value) for s in tracker.slots.values() if s.has_been_set]
    if tracker.latest_action_name:
        said.append(ActionExecuted(tracker.latest_action_name))
    if loop is not None and loop.name and loop.is_interrupted:
        said.append(LoopInterrupted(True))
    if loop is not None and loop.name and loop.rejected:
        said.append(ActionExecutionRejected(loop.name))
    if tracker.is_paused():
        said.append(ConversationPaused())
    for event in said:
        event.timestamp = at
    return said


def session_start(events: Sequence[Event], stated: int) -> int | None:
    """Where the present session starts, if that is inside the window and not its start."""
    for index in range(len(events) - 1, stated, -1):
        if isinstance(events[index], SessionStarted | Restarted):
            return index
    return None


def cut_at(events: Sequence[Event], stated: int) -> int | None:
    """Where to cut a window that has grown too long, as an index into its events.

    A cut is made before the listening that precedes a customer's message, so that
    what is left starts as every turn starts. None where the window is short enough.
    """
    turns = [i for i in range(stated, len(events)) if isinstance(events[i], UserUttered)]
    if len(turns) <= KEEP_TURNS + SLACK_TURNS:
        return None
    kept = min(max(KEEP_TURNS, _turns_holding_visible(events, turns)), MOST_TURNS)
    if len(turns) <= kept + SLACK_TURNS:
        return None
    start = turns[-kept]
    before = events[start - 1]
    if isinstance(before, ActionExecuted) and before.action_name == ACTION_LISTEN_NAME:
        start -= 1
    return start if start > stated else None


def _turns_holding_visible(events: Sequence[Event], turns: Sequence[int]) -> int:
    """How many of the last turns hold the last few that stories see."""
    visible = 0
    end = len(events)
    for count, start in enumerate(reversed(turns), start=1):
        visible += any(_is_visible(e) for e in events[start:end])
        if visible >= KEEP_VISIBLE_TURNS:
            return count
        end = start
    return len(turns)


def _is_visible(event: Event) -> bool:
    return (
        isinstance(event, ActionExecuted)
        and event.action_name != ACTION_LISTEN_NAME
        and not event.hide_rule_turn
    )
