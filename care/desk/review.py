"""The desk's calls about what the assistant shall learn: corrections, their review, training."""

import asyncio
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from care.desk.faq import Knowledge, knowledge, suggestions
from care.desk.guard import Call, Refusal, api, reply
from care.desk.reviewed import keep_reviewed, plain_example
from care.desk.training import Trainer, TrainingRefused, state_of
from care.desk.visibility import access_visible
from care.record.audit import of_conversation
from care.record.corrections import (
    STATES,
    Correction,
    access_correction,
    corrections_in,
    count_open,
    do_correct,
    do_review,
)
from care.record.ids import Author, MessageId
from care.record.messages import Message, access_message, messages_of
from care.record.trainings import Training

NOT_ASKED = ("contact_human_agent", "affirm", "deny", "thank", "greet")
"""Intents of messages that ask for no answer of the FAQ."""
NOT_SAID = "EXTERNAL_"
"""How the intents begin that no customer says."""


async def intents(call: Call) -> Response:
    """The intents that the assistant knows, each with an example."""
    known = await known_to(call)
    names = sorted(name for name in known.examples if not name.startswith(NOT_SAID))
    return reply(
        {
            "intents": [
                {"name": name, "example": (known.examples[name] or ("",))[0]} for name in names
            ]
        }
    )


async def suggest(call: Call) -> Response:
    """Answers of the FAQ that fit what the customer said last."""

    def read(connection: Connection) -> list[Message]:
        conversation = access_visible(connection, call.agent, call.id())
        said = messages_of(connection, conversation.id, public_only=True, limit=30)
        return [
            item
            for item in said
            if item.author is Author.CUSTOMER and item.text and item.intent not in NOT_ASKED
        ]

    said = await call.read(read)
    known = await known_to(call)
    found = suggestions(known, said[-1:]) or suggestions(known, said[-2:])
    return reply({"suggestions": found})


async def correct(call: Call) -> Response:
    """Say what a message of a customer meant: `{intent}`, null for none of ours."""
    intent = call.body.get("intent")
    known = (await known_to(call)).examples
    if intent is not None and intent not in known:
        raise Refusal(400, "unknown_intent", "The assistant has no such topic.")

    def read(connection: Connection) -> Message:
        message = access_message(connection, MessageId(call.id()))
        access_visible(connection, call.agent, message.conversation_id)
        return message

    message = await call.read(read)
    if message.author is not Author.CUSTOMER or not message.text.strip():
        raise Refusal(400, "not_correctable", "Only what customers wrote can be corrected.")
    where = of_conversation(message.conversation_id)
    data = {"message_id": message.id, "intent": intent}
    new = await call.change(
        "correction.made", where, do_correct, message, intent, call.agent.id, data=data
    )
    await call.care.bus.wake(message.conversation_id)
    return reply({"id": new}, 201)


async def listing(call: Call) -> Response:
    """Corrections in a state: `{rows, next, open}`."""
    state, before = call.request.query_params.get("state", "open"), call.query_id("before")
    if state not in STATES:
        raise Refusal(400, "bad_state", f"state must be one of {', '.join(STATES)}.")
    limit = 50
    found = await call.read(corrections_in, state, before, limit)
    return reply(
        {
            "rows": [_view(item, by, reviewer) for item, by, reviewer in found],
            "next": found[-1][0].id if len(found) == limit else None,
            "open": await call.read(count_open),
        }
    )


async def decide(call: Call) -> Response:
    """Accept (with text and intent) or reject a correction; the file is written anew."""
    state = call.choice("state", STATES)
    text, intent = None, None
    if state == "accepted":
        text = plain_example(call.word("text", 500))
        intent = call.word("intent", 80)
        if intent not in (await known_to(call)).examples:
            raise Refusal(400, "unknown_intent", "Choose one of the assistant's topics.")
        if not text:
            raise Refusal(400, "missing", "text is missing.")
    correction_id = call.id()
    await call.read(access_correction, correction_id)

    def change(connection: Connection) -> Correction:
        done = do_review(connection, correction_id, state, call.agent.id, text, intent)
        keep_reviewed(connection, call.care.settings)
        return done

    data = {"intent": intent}
    done = await call.change(
        f"correction.{state}", f"correction:{correction_id}", change, data=data
    )
    if done.conversation_id is not None:
        await call.care.bus.wake(done.conversation_id)
    return reply({"state": done.state})


async def training(call: Call) -> Response:
    """The newest training (`last`), how far it is, and the newest that gave a model (`done`)."""
    trainer = trainer_of(call)
    last, done = await state_of(call.care.record)
    return reply(
        {
            "last": _training_view(last) if last else None,
            "done": _training_view(done) if done else None,
            "step": trainer.step,
            "lines": list(trainer.lines),
        }
    )


async def train(call: Call) -> Response:
    """Start a training with everything accepted so far."""

    def write(connection: Connection) -> int:
        return keep_reviewed(connection, call.care.settings)

    examples = await call.care.record.write(write)
    try:
        new = await trainer_of(call).begin(call.agent.id, examples)
    except TrainingRefused as refusal:
        raise Refusal(409, "busy", str(refusal)) from None
    return reply({"id": new}, 202)


async def go_live(call: Call) -> Response:
    """Put the newly trained model to work."""
    try:
        model = await trainer_of(call).go_live()
    except TrainingRefused as refusal:
        raise Refusal(409, "not_live", str(refusal)) from None
    await call.audit("training.live", "assistant", {"model": model})
    return reply({"model": model})


async def known_to(call: Call) -> Knowledge:
    """What the assistant knows; reading the files takes its time, so not on the event loop."""
    return await asyncio.to_thread(knowledge, call.care.settings.data_dir)


def trainer_of(call: Call) -> Trainer:
    """The desk's trainer."""
    trainer: Trainer = call.request.app.state.desk.trainer
    return trainer


def _view(item: Correction, by: str | None, reviewer: str | None) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "conversation_id": item.conversation_id,
        "text": item.text,
        "language": item.language,
        "was_intent": item.was_intent,
        "confidence": item.confidence,
        "intent": item.intent,
        "state": item.state,
        "by": by,
        "reviewer": reviewer,
        "at": item.created_at.isoformat(),
        "reviewed_at": item.reviewed_at.isoformat() if item.reviewed_at else None,
    }


def _training_view(item: Training) -> dict[str, Any]:
    return {
        "id": item.id,
        "state": item.state,
        "examples": item.examples,
        "before": item.before,
        "after": item.after,
        "model": item.model,
        "error": item.error,
        "started_at": item.started_at.isoformat(),
        "finished_at": item.finished_at.isoformat() if item.finished_at else None,
        "live_at": item.live_at.isoformat() if item.live_at else None,
    }


routes = [
    api("/intents", intents),
    api("/conversations/{id}/suggestions", suggest),
    api("/messages/{id}/correction", correct, "POST"),
    api("/review", listing, needs="leads"),
    api("/review/{id}", decide, "PUT", "leads"),
    api("/training", training, needs="leads"),
    api("/training", train, "POST", "leads"),
    api("/training/live", go_live, "POST", "leads"),
]
