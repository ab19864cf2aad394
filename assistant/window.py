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
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    DefinePrevUserUtteredFeaturization,
    EntitiesAdded,
    Event,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.prior_states import (
    AppliedEvents,
    Prior,
    PriorStates,
    all_states,
    visible_states,
)

KEEP_TURNS = 6
"""Customer's turns that a cut leaves as they were; rules look back over one."""
SLACK_TURNS = 8
"""Turns over the kept ones before the next cut, so that cutting is rare."""
KEEP_VISIBLE_ACTIONS = 12
"""Earlier actions that stories can see and a cut keeps; more than any story's max_history."""

KEEP_FULL_TURNS = 2
"""Turns before a cut that stay whole, since undoing leads back to them."""

_STATE_EVENTS = (
    SlotSet,
    AllSlotsReset,
    ActiveLoop,
    LoopInterrupted,
    ActionExecutionRejected,
    ConversationPaused,
    ConversationResumed,
)


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

    def applied_events(self) -> list[Event]:
        """The events that were not undone; a turn asks for them seven times."""
        return list(self._applied().events)

    def priors(self, domain: Domain) -> list[Prior]:
        """What was true before each action, and what is true now."""
        held: PriorStates | None = self.__dict__.get("_prior_states")
        if held is None or held.domain is not domain:
            held = self.__dict__["_prior_states"] = PriorStates(domain)
        return held.follow(self, self._applied())

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """The states that a policy looks at; see the stock method."""
        if omit_unset_slots:
            states: list[State] = super().past_states(
                domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data
            )
            return states
        if ignore_rule_only_turns:
            return visible_states(self.priors(domain), domain, rule_only_data)
        return all_states(self.priors(domain))

    def _applied(self) -> AppliedEvents:
        held: AppliedEvents | None = self.__dict__.get("_applied_events")
        if held is None:
            held = self.__dict__["_applied_events"] = AppliedEvents()
        held.follow(self)
        return held

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
    undone = _undone(events)
    for start in reversed(turns[: -KEEP_TURNS + 1]):
        before = events[start - 1]
        listened = isinstance(before, ActionExecuted) and before.action_name == ACTION_LISTEN_NAME
        cut = start - 1 if listened else start
        if cut > stated and not any(first < cut <= last for first, last in undone):
            return cut
    return None


def _undone(events: Sequence[Event]) -> list[tuple[int, int]]:
    """From where to where something was undone; a cut in between would undo the wrong thing."""
    standing: list[int] = []
    undone: list[tuple[int, int]] = []
    for index, event in enumerate(events):
        if isinstance(event, UserUtteranceReverted):
            back_to: tuple[type[Event], ...] = (UserUttered, ActionExecuted)
        elif isinstance(event, ActionReverted):
            back_to = (ActionExecuted,)
        else:
            standing.append(index)
            continue
        for kind in back_to:
            while standing and not isinstance(events[standing[-1]], kind):
                standing.pop()
            if standing:
                undone.append((standing.pop(), index))
    return undone


def statement_of(before: DialogueStateTracker, at: float) -> list[Event]:
    """The events that stand for everything before a cut.

    First what was true long ago; then the last actions that stories can see, each
    with what it followed; then the last turns in full. Turns of rules that no story
    mentions are hidden from stories, so of those only slots and loops stay. Without
    the visible actions a story's beginning would match where stock still sees what
    came earlier; without the full turns a message that is undone after the cut would
    leave the rules in a place that never was.
    """
    applied = before.applied_events()
    full_from = _start_of_last_turns(applied)
    kept = _visible_part(before, applied[:full_from])
    seen = [i for i, event in enumerate(kept) if isinstance(event, ActionExecuted)]
    if len(seen) > KEEP_VISIBLE_ACTIONS:
        first = seen[-KEEP_VISIBLE_ACTIONS]
        long_ago = before.init_copy()
        for event in kept[:first]:
            long_ago.update(event)
        kept = state_as_events(long_ago, at) + kept[first:]
    return [*kept, *applied[full_from:]]


def _start_of_last_turns(applied: Sequence[Event]) -> int:
    turns = [i for i, event in enumerate(applied) if isinstance(event, UserUttered)]
    if len(turns) < KEEP_FULL_TURNS:
        return 0
    return max(0, turns[-KEEP_FULL_TURNS] - 1)


def _visible_part(tracker: DialogueStateTracker, applied: Sequence[Event]) -> list[Event]:
    """What stories can see of a tracker, and all its slots and loops."""
    hidden = _hidden_actions(tracker)
    kept: list[Event] = []
    for index, event in enumerate(applied):
        if isinstance(event, ActionExecuted):
            if index not in hidden:
                kept.append(event)
        elif isinstance(event, UserUttered | EntitiesAdded | DefinePrevUserUtteredFeaturization):
            if _leads_to_visible(applied, index, hidden):
                kept.append(event)
        elif isinstance(event, _STATE_EVENTS):
            kept.append(event)
    return _without_overwritten(kept)


def _hidden_actions(tracker: DialogueStateTracker) -> set[int]:
    """Indexes into the applied events of the actions that stories do not see.

    The same decision as Domain.states_for_tracker_history makes.
    """
    hidden: set[int] = set()
    running = tracker.init_copy()
    was_hidden = False
    for index, event in enumerate(tracker.applied_events()):
        if isinstance(event, ActionExecuted):
            happy_loop = running.latest_action_name == running.active_loop_name
            if not running.followup_action and not happy_loop:
                was_hidden = event.hide_rule_turn
            if was_hidden:
                hidden.add(index)
        running.update(event)
    return hidden


def _leads_to_visible(applied: Sequence[Event], start: int, hidden: set[int]) -> bool:
    for index in range(start + 1, len(applied)):
        event = applied[index]
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, ActionExecuted) and index not in hidden:
            return True
    return False


def _without_overwritten(events: Sequence[Event]) -> list[Event]:
    """Leave out a slot's value where the next one follows before anything looks at it."""
    kept: list[Event] = []
    later: set[str] = set()
    for event in reversed(events):
        if isinstance(event, SlotSet):
            if event.key in later:
                continue
            later.add(event.key)
        else:
            later.clear()
        kept.append(event)
    return kept[::-1]
