"""IndexedRulePolicy predicts what Rasa's RulePolicy predicts, and looks at fewer rules."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.rules import IndexedRulePolicy, RuleIndex
from tests.assistant.dialogue import Stock, policy, sayings


def as_stock(indexed: RulePolicy) -> RulePolicy:
    """The same trained policy with Rasa's own code."""
    stock = copy.copy(indexed)
    stock.__class__ = RulePolicy
    return stock


def as_indexed(stock: RulePolicy) -> IndexedRulePolicy:
    indexed = copy.copy(stock)
    indexed.__class__ = IndexedRulePolicy
    assert isinstance(indexed, IndexedRulePolicy)
    return indexed


def prediction(found: RulePolicy, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Everything that a prediction consists of, but the policy's name."""
    made = found.predict_action_probabilities(tracker, domain)
    parts = dict(made.__dict__)
    del parts["policy_name"]
    return parts


@pytest.mark.parametrize("seed", [21, 22])
async def test_same_predictions(models: Path, seed: int) -> None:
    """Before every action of random conversations: rules, loops, commands, rewinds."""
    stock = Stock(models)
    theirs, ours = policy(stock.agent), as_indexed(policy(stock.agent))
    assert type(theirs) is RulePolicy
    for text in sayings(seed, 45):
        if text != "/restart":
            await stock.say("test:x", text)
    whole = await stock.tracker("test:x")
    domain = stock.agent.domain
    assert domain is not None
    seen = set()
    for prior, _ in _priors(whole):
        expected = prediction(theirs, prior, domain)
        assert prediction(ours, prior, domain) == expected
        seen.add(expected["probabilities"].index(max(expected["probabilities"])))
    assert len(seen) > 8


def _priors(whole: DialogueStateTracker) -> Any:
    """The tracker before each of its events, as a live one: nothing is applied twice."""
    running = whole.init_copy()
    for event in list(whole.events):
        yield running, event
        running.update(event)


def key(intent: str, action: str = "action_listen") -> str:
    return json.dumps([{"prev_action": {"action_name": action}, "user": {"intent": intent}}])


def test_few_candidates_however_many_rules() -> None:
    """A turn asks only rules of its own intent."""
    lookup = {key(f"intent_{n}"): f"utter_{n}" for n in range(2000)}
    index = RuleIndex(lookup)
    state = {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "intent_7"}}
    assert [found for found, _ in index.candidates(state)] == [key("intent_7")]


def test_rule_without_user_is_a_candidate() -> None:
    """A rule that leaves the intent open holds for every intent."""
    anything = json.dumps([{"prev_action": {"action_name": "action_listen"}}])
    index = RuleIndex({anything: "utter_x", key("a"): "utter_a"})
    state = {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "a"}}
    assert {found for found, _ in index.candidates(state)} == {anything, key("a")}


async def test_index_follows_the_lookup(models: Path) -> None:
    """Training removes rules while it asks; the index must not be stale."""
    found = as_indexed(policy(Stock(models).agent))
    found.lookup = {RULES: {key("a"): "utter_a", key("b"): "utter_b"}}
    state = {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "a"}}
    assert found._matching(RULES, [state]) == {key("a")}
    found.lookup[RULES].pop(key("a"))
    assert found._matching(RULES, [state]) == set()
