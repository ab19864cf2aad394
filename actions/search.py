"""No intent fits: say so, quote the best passage found with its source, or offer a person."""

import asyncio
from typing import Any

from rasa_sdk.events import SlotSet

from actions.base import CareAction
from actions.phrasing import phrase
from actions.turn import Event, Turn

PASSAGE_MAX = 700


def best_passage(turn: Turn) -> dict[str, Any] | None:
    """The best passage that this person may read; the assistant sends only fitting ones."""
    for passage in turn.message.get("passages") or []:
        inner = passage.get("audience") == "internal" or "internal" in str(passage.get("source"))
        if str(passage.get("text") or "").strip() and (turn.internal or not inner):
            return dict(passage)
    return None


async def search_answers(turn: Turn) -> list[Event]:
    """Answer honestly that this is not known, with what comes nearest."""
    turn.refused = True
    candidates = [str(item.get("intent") or item.get("name")) for item in turn.candidates]
    turn.effect("unanswered", candidates=candidates)
    if turn.language != "en":
        turn.say_in_language("utter_language_unsupported")
        return [SlotSet("language", turn.language)]
    passage = best_passage(turn)
    if passage is None:
        turn.say("utter_nothing_found")
        return []
    await _quote(turn, passage)
    turn.say("utter_did_that_help")
    return []


async def _quote(turn: Turn, passage: dict[str, Any]) -> None:
    text = shortened(str(passage["text"]))
    source = str(passage.get("title") or passage.get("source") or "-")
    quote = "\n> ".join(text.splitlines())
    phrased = await asyncio.to_thread(phrase, turn.text, text)
    if phrased:
        turn.say("utter_phrased_passage", phrased=phrased, passage=quote, source=source)
    else:
        turn.say("utter_passage", passage=quote, source=source)


def shortened(text: str) -> str:
    """At most PASSAGE_MAX characters, cut at a sentence or word."""
    text = text.strip()
    if len(text) <= PASSAGE_MAX:
        return text
    cut = text[:PASSAGE_MAX]
    end = max(cut.rfind(mark) for mark in (". ", "! ", "? ", "\n"))
    return cut[: end + 1].strip() if end > PASSAGE_MAX // 2 else cut.rsplit(" ", 1)[0] + " …"


class SearchAnswers(CareAction):
    """The message is about something the assistant was not taught."""

    NAME = "action_search_answers"

    async def act(self, turn: Turn) -> list[Event]:
        """Quote the nearest passage, or say that nothing was found."""
        return await search_answers(turn)


class AnswerInternal(CareAction):
    """Topics for colleagues: answered to colleagues, unknown to everybody else."""

    NAME = "action_answer_internal"

    async def act(self, turn: Turn) -> list[Event]:
        """Answer where the gateway says that a colleague asks."""
        if not turn.internal:
            return await search_answers(turn)
        turn.say(f"utter_{turn.intent}")
        turn.say("utter_did_that_help")
        return []
