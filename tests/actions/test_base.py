"""Every action is timed and logged; a failure is an apology, never silence."""

import logging

import pytest
from rasa_sdk.executor import ActionExecutor

from actions.base import CareAction
from actions.turn import Event, Turn
from tests.actions.conftest import ROOT, product_domain
from tests.actions.turns import run, user


class Works(CareAction):
    """Answers."""

    NAME = "test_works"

    async def act(self, turn: Turn) -> list[Event]:
        """Say something."""
        turn.say("utter_no_then")
        return []


class Refuses(CareAction):
    """Declines."""

    NAME = "test_refuses"

    async def act(self, turn: Turn) -> list[Event]:
        """Refuse."""
        turn.refused = True
        return []


class Breaks(CareAction):
    """Fails half way."""

    NAME = "test_breaks"

    async def act(self, turn: Turn) -> list[Event]:
        """Say something, then fail with the customer's words in the message."""
        turn.say("utter_cancel_done", number="10023", total="1")
        raise LookupError(f"no row for {turn.text}")


async def test_an_action_reports_its_outcome_and_duration() -> None:
    done = await run(Works(), product_domain(), user("no", "deny"))
    (report,) = done.effects("interaction")
    assert (report["action"], report["outcome"]) == ("test_works", "ok")
    assert report["duration_ms"] >= 0
    assert "error" not in report
    done = await run(Refuses(), product_domain(), user("no", "deny"))
    assert done.effects("interaction")[0]["outcome"] == "refused"


async def test_a_failure_becomes_an_apology_with_the_offer_of_a_person(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = user("my secret is 12345", "deny")
    with caplog.at_level(logging.ERROR):
        done = await run(Breaks(), product_domain(), said, active="order_form")
    assert done.responses == ["utter_action_failed"]
    (report,) = done.effects("interaction")
    assert report["outcome"] == "failed"
    assert report["error"] == "LookupError"
    assert done.left_form
    assert done.slots["requested_slot"] is None
    assert "LookupError at test_base.py" in caplog.text
    assert "secret" not in caplog.text


def test_the_server_registers_exactly_the_actions_of_the_domain() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    served = {name for name in executor.actions if not name.startswith("test_")}
    assert served == set(product_domain()["actions"])


def test_no_sentence_for_customers_is_in_the_code() -> None:
    for path in sorted((ROOT / "actions").glob("*.py")):
        assert 'text="' not in path.read_text("utf-8"), path.name
