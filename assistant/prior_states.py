"""The states that policies look at, worked out once for each event instead of at each prediction.

A prediction looks at what was true before every earlier action. Rasa replays the whole
tracker for it, for each policy, two or three times a turn: with 60 events 1.5 ms of the
7 ms that a turn costs. What was true before an action never changes afterwards, so a
live tracker can keep it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.constants import PREVIOUS_ACTION
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    EntitiesAdded,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker

# After one of these the earlier events can no longer be taken as they were.
_CHANGES_THE_PAST = (
    ActionReverted,
    ActiveLoop,
    EntitiesAdded,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)


class AppliedEvents:
    """The events of a tracker that were not undone, kept as long as events only follow.

    Attributes:
        events: what DialogueStateTracker.applied_events gives.
        generation: goes up whenever earlier events had to be looked at anew.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.events: list[Event] = []
        self.generation = 0
        self._count = -1
        self._last: Event | None = None
        self._loops = False

    def follow(self, tracker: DialogueStateTracker) -> None:
        """Take in what happened since the last call."""
        held = tracker.events
        count, last = len(held), held[-1] if held else None
        if count == self._count and last is self._last:
            return
        fresh = self._fresh(tracker)
        if fresh is None:
            # Named in full: the tracker's own method asks this class.
            self.events = DialogueStateTracker.applied_events(tracker)
            self.generation += 1
            self._loops = any(type(event) is ActiveLoop for event in held)
        else:
            self.events += fresh
        self._count, self._last = count, last

    def _fresh(self, tracker: DialogueStateTracker) -> list[Event] | None:
        """The events since then, if they leave the earlier ones alone; else None."""
        held = tracker.events
        if self._count < 1 or len(held) <= self._count or held[self._count - 1] is not self._last:
            return None
        fresh = [held[index] for index in range(self._count, len(held))]
        for event in fresh:
            # A loop's action that runs again takes its earlier run's place.
            repeats = self._loops and type(event) is ActionExecuted
            if repeats or isinstance(event, _CHANGES_THE_PAST):
                return None
        return fresh


@dataclass(frozen=True)
class Prior:
    """What was true before one action.

    Attributes:
        state: the state in words; never changed.
        action: the action before, as a part of the state.
        undecided: whether this action says nothing on whether its turn is hidden.
        hides: whether it is a rule's action that no story mentions.
    """

    state: State
    action: dict[str, str] | None
    undecided: bool
    hides: bool


class PriorStates:
    """The states before each action of one tracker, in one domain."""

    def __init__(self, domain: Domain) -> None:
        """Nothing is known yet."""
        self.domain = domain
        self._generation = -1
        self._running: DialogueStateTracker | None = None
        self._priors: list[Prior] = []
        self._taken = 0

    def follow(self, tracker: DialogueStateTracker, applied: AppliedEvents) -> list[Prior]:
        """The states before every action, and the present one last."""
        if self._running is None or self._generation != applied.generation:
            self._running = tracker.init_copy()
            self._generation = applied.generation
            self._priors, self._taken = [], 0
        running = self._running
        for event in applied.events[self._taken :]:
            if type(event) is ActionExecuted:
                self._priors.append(self._prior(running, event.hide_rule_turn))
            running.events.append(event)
            event.apply_to(running)
        self._taken = len(applied.events)
        return [*self._priors, self._prior(running, False)]

    def _prior(self, tracker: DialogueStateTracker, hides: bool) -> Prior:
        in_loop = tracker.latest_action_name == tracker.active_loop_name
        return Prior(
            self.domain.get_active_state(tracker),
            self.domain._get_prev_action_sub_state(tracker),
            bool(tracker.followup_action) or in_loop,
            hides,
        )


def all_states(priors: Sequence[Prior]) -> list[State]:
    """Every state; what Domain.states_for_tracker_history gives for rules."""
    return [_own(prior.state) for prior in priors]


def visible_states(
    priors: Sequence[Prior], domain: Domain, rule_only_data: dict[str, Any] | None
) -> list[State]:
    """The states that stories know of; the same with `ignore_rule_only_turns`."""
    states: list[State] = []
    last_action: dict[str, str] | None = None
    hidden = False
    for prior in priors:
        if not hidden:
            last_action = prior.action
        if not prior.undecided:
            hidden = prior.hides
        if hidden:
            continue
        state = _own(prior.state)
        domain._remove_rule_only_features(state, rule_only_data)
        if states:
            domain._substitute_rule_only_user_input(state, states[-1])
        if last_action:
            state[PREVIOUS_ACTION] = last_action
        states.append(domain._clean_state(state))
    return states


def _own(state: State) -> State:
    # Featurizers take words out of the states they are given.
    return {kind: dict(part) for kind, part in state.items()}
