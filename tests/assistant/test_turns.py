"""What a turn does beyond one request: further requests, languages, what waits for the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.outbound import AnswerLines, replayed
from assistant.tracker_store import WindowTrackerStore
from tests.assistant.dialogue import Ours, sayings


@pytest.fixture
def ours(models: Path, tmp_path: Path) -> Ours:
    return Ours(models, WindowTrackerStore(host=f"sqlite:///{tmp_path / 'x.db'}"))


async def lines(ours: Ours, text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in await ours.lines("test:x", text)]


async def test_further_requests_are_answered_in_the_same_turn(ours: Ours) -> None:
    """Each in order; what is said once per turn comes once, at the end."""
    got = await lines(ours, "opening hours and jobs and parcel")
    assert [line.get("response") for line in got[:-1]] == [
        "utter_ask_hours",
        "utter_ask_jobs",
        "utter_track",
        "utter_helped",
    ]
    assert [line["index"] for line in got[:-1]] == [0, 1, 2, 3]
    assert got[-1]["slots"]["order_number"] == "A55555"
    assert got[-1]["intent"]["name"] == "ask_hours"
    again = [json.loads(line) for line in await ours.lines("test:x", "x", "m1")]
    assert again[:-1] == got[:-1]


async def test_decision_and_language_are_in_the_end(ours: Ours) -> None:
    end = (await lines(ours, "hello"))[-1]
    assert end["decision"] == {"kind": "answer"}
    assert end["language"] == "en"
    assert end["slots"]["language"] == "en"


async def test_language_chooses_the_answer(ours: Ours) -> None:
    """The slot is set before the answer is chosen, and stays for buttons."""
    await lines(ours, "mood bitte")
    found = await ours.tracker("test:x")
    assert found.get_slot("language") == "de"
    await lines(ours, "/affirm")
    assert (await ours.tracker("test:x")).get_slot("language") == "de"
    await lines(ours, "hello")
    assert (await ours.tracker("test:x")).get_slot("language") == "en"


async def test_nothing_further_while_people_have_the_conversation(ours: Ours) -> None:
    from rasa.shared.core.events import ConversationPaused

    await lines(ours, "hello")
    held = (await ours.store.open("test:x")).tracker
    assert held is not None
    held.update(ConversationPaused())
    await ours.store.save(held)
    got = await lines(ours, "opening hours and jobs")
    assert [line["type"] for line in got] == ["end"]


async def test_the_clients_language_counts_for_buttons_until_something_is_typed(
    ours: Ours,
) -> None:
    german = {"language": "de-DE"}
    await ours.lines("test:x", "/greet", metadata=german)
    assert (await ours.tracker("test:x")).get_slot("language") == "de"
    await ours.lines("test:x", "hello", metadata=german)
    await ours.lines("test:x", "/affirm", metadata=german)
    assert (await ours.tracker("test:x")).get_slot("language") == "en"


async def test_effects_and_messages() -> None:
    """Only a custom part of nothing but `careline` is an effect."""
    sent: list[str] = []
    output = AnswerLines("web", sent.append)
    await output.send_response("x", {"custom": {"careline": {"effect": "handoff", "reason": "r"}}})
    await output.send_response("x", {"custom": {"careline": {"effect": "x"}, "other": 1}})
    await output.send_response("x", {"custom": {"careline": "nonsense"}})
    await output.send_response("x", {"text": None, "buttons": []})
    kinds = [json.loads(line)["type"] for line in sent]
    assert kinds == ["effect", "message", "message"]
    assert json.loads(sent[0])["effect"] == {"name": "handoff", "reason": "r"}


async def test_said_once_per_turn() -> None:
    sent: list[str] = []
    output = AnswerLines("web", sent.append)
    once = {"text": "Did it help?", "utter_action": "utter_helped", "metadata": {"once_per_turn": True}}
    await output.send_response("x", dict(once))
    await output.send_response("x", {"text": "first"})
    await output.send_response("x", dict(once))
    output.release_held()
    assert [json.loads(line)["text"] for line in sent] == ["first", "Did it help?"]


def test_replay_of_an_error_is_the_error() -> None:
    stored = ['{"type":"error","reason":"action_failed","action":"x"}']
    assert replayed(stored) == stored


@pytest.mark.parametrize("seed", [41, 42])
async def test_prior_states_are_what_a_replay_finds(ours: Ours, seed: int) -> None:
    """The states kept beside a live tracker, against Rasa's own, for rules and for stories."""
    from rasa.shared.core.trackers import DialogueStateTracker

    domain = ours.agent.domain
    assert domain is not None
    only = {"rule_only_slots": ["liked"], "rule_only_loops": ["survey_form"]}
    for text in sayings(seed, 40):
        await ours.lines("test:x", text)
        held = (await ours.store.open("test:x")).tracker
        assert held is not None
        for hide in (False, True):
            kept = held.past_states(domain, ignore_rule_only_turns=hide, rule_only_data=only)
            stock = DialogueStateTracker.past_states(
                held, domain, ignore_rule_only_turns=hide, rule_only_data=only
            )
            assert kept == stock
        assert held.applied_events() == DialogueStateTracker.applied_events(held)
        # Put back in memory, so that what is kept is kept over turns.
        ours.store._keep_hot(held)
