"""A RulePolicy whose turn costs the same with 20 rules and with 2,000.

Stock Rasa tries every rule against every state of the conversation: 19 ms more a turn
with 500 one-intent rules than with 20. Here rules are found by what their last state
asks for (the last action and the customer's intent), and only as many
states are looked at as the longest rule has. What is predicted is the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rasa.core.policies.rule_policy import (
    DO_NOT_PREDICT_LOOP_ACTION,
    LOOP_WAS_INTERRUPTED,
    RULES,
    RULES_FOR_LOOP_UNHAPPY_PATH,
    RulePolicy,
)
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker, get_active_loop_name
from rasa.shared.nlu.constants import ACTION_NAME, INTENT, TEXT

from assistant.prior_states import all_states
from assistant.window import WindowTracker

States = list[State]
Key = tuple[str | None, str | None, str | None]


class RuleIndex:
    """The rules of one lookup table by their last state."""

    def __init__(self, lookup: Mapping[str, str]) -> None:
        """Read each rule's key once; a key is the JSON of the rule's states."""
        self._rules: dict[Key, list[tuple[str, States]]] = defaultdict(list)
        self.longest = 0
        self.looks_at_text = False
        for key in lookup:
            states: States = json.loads(key)
            self._rules[_key(states[-1] if states else {})].append((key, states))
            self.longest = max(self.longest, len(states))
            self.looks_at_text |= any(TEXT in state.get(USER, {}) for state in states)

    def candidates(self, state: State) -> list[tuple[str, States]]:
        """The rules whose last state does not contradict this one in action or user's input."""
        action, intent, text = _key(state)
        found: list[tuple[str, States]] = []
        # A rule that leaves one of these open is filed under None there.
        for key in {
            (a, i, t) for a in {action, None} for i in {intent, None} for t in {text, None}
        }:
            found += self._rules.get(key, ())
        return found


def _key(state: State) -> Key:
    user: Mapping[str, Any] = state.get(USER) or {}
    previous: Mapping[str, Any] = state.get(PREVIOUS_ACTION) or {}
    return previous.get(ACTION_NAME), user.get(INTENT), user.get(TEXT)


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class IndexedRulePolicy(RulePolicy):
    """RulePolicy with an index; named in config.yml as assistant.rules.IndexedRulePolicy."""

    def _index(self, table: str) -> RuleIndex:
        lookup: Mapping[str, str] = self.lookup.get(table, {})
        cached: dict[str, tuple[int, int, RuleIndex]] = self.__dict__.setdefault("_indexes", {})
        held = cached.get(table)
        # Training looks rules up while it removes some of them.
        if held is None or held[0] != id(lookup) or held[1] != len(lookup):
            held = (id(lookup), len(lookup), RuleIndex(lookup))
            cached[table] = held
        return held[2]

    def _matching(self, table: str, states: States) -> set[str]:
        """Keys of the rules that hold for these states; the same as stock finds."""
        if not states:
            return set(self.lookup.get(table, {}))
        return {
            key
            for key, rule in self._index(table).candidates(states[-1])
            if self._holds(rule, states)
        }

    def _holds(self, rule: States, states: States) -> bool:
        # Stock asks rule by rule for each state of the conversation, from the last
        # one back, and leaves the rule out of further questions once it has no
        # state left for one: `_is_rule_applicable` says yes from there on.
        for back in range(min(len(states), len(rule))):
            wanted, found = rule[-1 - back], states[-1 - back]
            starts = not wanted.get(PREVIOUS_ACTION), not found.get(PREVIOUS_ACTION)
            if all(starts):
                continue
            if any(starts) or not self._does_rule_match_state(wanted, found):
                return False
        return True

    def _last_states(
        self, tracker: DialogueStateTracker, domain: Domain, use_text: bool, count: int
    ) -> States:
        """The conversation's last states, as stock makes them, but only so many."""
        if isinstance(tracker, WindowTracker):
            states = all_states(tracker.priors(domain)[-count:])
        else:
            states = tracker.past_states(domain)[-count:]
        self.featurizer._choose_last_user_input([states], use_text)
        return states

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        """The action that the rules want next; see the stock method for the triple."""
        use_text = use_text_for_last_user_input
        if use_text and tracker.latest_action_name != ACTION_LISTEN_NAME:
            return None, None, False
        if tracker.active_loop_name:
            return self._find_in_loop(tracker, domain, use_text, tracker.active_loop_name)
        states = self._last_states(tracker, domain, use_text, 1)
        needed = max((len(r) for _, r in self._index(RULES).candidates(states[-1])), default=0)
        if needed > 1:
            states = self._last_states(tracker, domain, use_text, needed)
        best = self._best(states) if needed else None
        if best is not None:
            return self.lookup[RULES][best], best, False
        if use_text:
            return None, None, False
        # More states than any rule has: what they are called can be no rule's name.
        states = self._last_states(tracker, domain, use_text, self._index(RULES).longest + 2)
        return None, self._create_feature_key(states), False

    def _find_in_loop(
        self, tracker: DialogueStateTracker, domain: Domain, use_text: bool, loop: str
    ) -> tuple[str | None, str | None, bool]:
        longest = max(self._index(t).longest for t in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH))
        states = self._last_states(tracker, domain, use_text, longest + 2)
        best = self._best(states)
        action = self.lookup[RULES][best] if best is not None else None
        unhappy = self.lookup.get(RULES_FOR_LOOP_UNHAPPY_PATH, {})
        conditions = [unhappy[key] for key in self._matching(RULES_FOR_LOOP_UNHAPPY_PATH, states)]
        source = best or self._create_feature_key(states)
        if (
            best is not None
            and action == ACTION_LISTEN_NAME
            and not get_active_loop_name(json.loads(best)[-1])
        ):
            # A rule need not say that the loop goes on after it.
            if DO_NOT_PREDICT_LOOP_ACTION not in conditions:
                return loop, best, False
            action = None
        return action, source, LOOP_WAS_INTERRUPTED in conditions

    def _best(self, states: States) -> str | None:
        """The longest rule that holds: one that says more is a special case of the other."""
        return max(sorted(self._matching(RULES, states)), key=len, default=None)
