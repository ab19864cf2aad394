"""Feedback that the assistant passes on."""

from collections.abc import Iterator

import pytest
import yaml

from care.care import Care
from care.gateway.views import THUMBS
from care.record.feedback import feedback_of
from tests.support.assistant import SmallAssistant, effect, say
from tests.support.server import ROOT
from tests.support.talk import until, write


@pytest.fixture
def rater(assistant: SmallAssistant) -> Iterator[None]:
    """An assistant that takes a rating first and its reason with the next message."""
    before = assistant.script
    assistant.script = lambda body: (
        [effect("feedback", kind="csat", score=2), say("Why?")]
        if body.get("text") == "2"
        else [effect("feedback", kind="csat", score=2, comment=body["text"], amends=True)]
    )
    yield
    assistant.script = before


@pytest.mark.usefixtures("rater")
async def test_a_reason_given_later_is_added_to_the_rating(care: Care) -> None:
    sent = await write(care, "2")
    await until(care, sent.conversation_id, lambda found: len(found) == 2)
    await write(care, "too slow")
    await until(care, sent.conversation_id, lambda found: found[-1].state == "done")
    given = await care.record.read(feedback_of, sent.conversation_id)
    assert [(item.score, item.comment) for item in given] == [(2, "too slow")]


@pytest.mark.usefixtures("rater")
async def test_a_reason_without_a_rating_is_kept_with_its_score(care: Care) -> None:
    sent = await write(care, "too slow")
    await until(care, sent.conversation_id, lambda found: found[-1].state == "done")
    given = await care.record.read(feedback_of, sent.conversation_id)
    assert [(item.score, item.comment) for item in given] == [(2, "too slow")]


def test_the_assistants_question_is_the_one_that_the_website_draws_as_thumbs() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    asked = [
        tuple(button["payload"] for button in variant["buttons"])
        for variant in domain["responses"]["utter_did_that_help"]
        if "buttons" in variant
    ]
    assert len(asked) >= 5
    assert set(asked) == {THUMBS}
