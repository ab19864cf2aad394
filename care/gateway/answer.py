"""Putting one line of the assistant's answer into the record, exactly once.

Each function runs in one transaction with the claim of its line, so that a turn that is repeated
after a crash goes on where it stopped.
"""

from typing import Any

from sqlalchemy import Connection

from care.feedback.recovery import do_open_case
from care.feedback.surveys import may_ask, survey_for
from care.handoff.ownership import do_request_handoff, do_resolve
from care.record.conversations import access_conversation, hold_conversation
from care.record.corrections import do_keep_unanswered
from care.record.deliveries import do_queue_delivery
from care.record.events import do_add_event
from care.record.feedback import (
    do_add_feedback,
    do_amend_feedback,
    feedback_of,
    find_feedback,
)
from care.record.ids import Author, FeedbackKind, HandoffReason, MessageId
from care.record.interactions import do_log_interaction
from care.record.messages import (
    Draft,
    Message,
    access_message,
    do_add_button,
    do_add_message,
    do_finish_message,
    do_handle_line,
    find_reply,
)
from care.record.schema import conversations
from care.texts import text

HAND_OFF = "careline:hand_off"
ASK_AGAIN = "careline:ask_again"


def do_record_line(
    connection: Connection, asked: Message, line: dict[str, Any], version: int
) -> int | None:
    """Act on a `message` or `effect` line.

    Returns the conversation's version after it, or None where somebody else took the conversation
    since `version`: then the line is dropped and noted.
    """
    index = int(line["index"])
    conversation = hold_conversation(connection, asked.conversation_id)
    if not do_handle_line(connection, asked.id, index):
        return conversation.version
    if conversation.version != version:
        data = {"message_id": asked.id, "index": index}
        do_add_event(connection, "answer.dropped", conversation.id, data, public=False)
        return None
    if line["type"] == "message":
        _record_answer(connection, asked, line)
    else:
        _EFFECTS.get(line["effect"]["name"], _unknown)(connection, asked, line["effect"])
    return access_conversation(connection, conversation.id).version


def do_end_turn(connection: Connection, asked: Message, line: dict[str, Any]) -> None:
    """Mark the customer's message as answered and keep how it was understood."""
    hold_conversation(connection, asked.conversation_id)
    intent = line.get("intent") or {}
    understanding = {
        name: line.get(name)
        for name in ("ranking", "entities", "decision", "language", "parts", "slots", "latency_ms")
    }
    do_finish_message(
        connection,
        asked.id,
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        understanding=understanding,
    )
    if line.get("language"):
        change = conversations.update().where(conversations.c.id == asked.conversation_id)
        connection.execute(change.values(language=line["language"]))


def do_answer_ourselves(
    connection: Connection, asked: Message, sentence: str, *, offer_person: bool
) -> None:
    """Say something in the bot's place: the assistant could not."""
    conversation = access_conversation(connection, asked.conversation_id)
    say = {"text": text(sentence, conversation.language)}
    if offer_person:
        say["buttons"] = [  # type: ignore[assignment]
            {"title": text("talk_to_person", conversation.language), "payload": HAND_OFF},
            {"title": text("ask_differently", conversation.language), "payload": ASK_AGAIN},
        ]
    _record_answer(connection, asked, say)


def do_say_as_system(
    connection: Connection, conversation_id: Any, kind: str, words: str, payload: dict[str, Any]
) -> MessageId:
    """Add a public message of the system (a rating, a notice) and put it on its way."""
    conversation = access_conversation(connection, conversation_id)
    draft = Draft(author=Author.SYSTEM, kind=kind, text=words, payload=payload)
    message_id, _ = do_add_message(connection, conversation.id, conversation.channel, draft)
    do_queue_delivery(connection, conversation.id, message_id, conversation.channel)
    return message_id


def do_ask_rating(connection: Connection, conversation_id: Any, kind: FeedbackKind) -> None:
    """Ask the customer for a rating on their channel, unless this need was rated or asked about.

    After a task the question for satisfaction becomes the one for effort.
    """
    due = survey_for(connection, conversation_id) if kind is FeedbackKind.CSAT else kind
    if due is None or not may_ask(connection, conversation_id, due):
        return
    conversation = access_conversation(connection, conversation_id)
    words = text(f"rating_{due}", conversation.language)
    do_say_as_system(connection, conversation_id, "rating", words, {"rating": {"kind": due}})


def _record_answer(connection: Connection, asked: Message, line: dict[str, Any]) -> None:
    payload = {
        name: line[name]
        for name in ("image", "attachment", "custom", "response", "metadata")
        if line.get(name)
    }
    draft = Draft(
        author=Author.BOT,
        text=line.get("text") or "",
        payload=payload,
        reply_to=asked.id,
        reply_index=line.get("index"),
    )
    message_id, _ = do_add_message(connection, asked.conversation_id, asked.channel, draft)
    for position, button in enumerate(line.get("buttons") or []):
        title, payload = button["title"], button["payload"]
        do_add_button(connection, message_id, asked.conversation_id, position, title, payload)
    do_queue_delivery(connection, asked.conversation_id, message_id, asked.channel)


def _handoff(connection: Connection, asked: Message, effect: dict[str, Any]) -> None:
    reason = HandoffReason(effect.get("reason", HandoffReason.CUSTOMER_ASKED))
    summary, slots = str(effect.get("summary") or ""), effect.get("slots") or {}
    do_request_handoff(connection, asked.conversation_id, reason, summary, slots)


def _feedback(connection: Connection, asked: Message, effect: dict[str, Any]) -> None:
    kind, score = FeedbackKind(effect["kind"]), effect.get("score")
    comment = effect.get("comment")
    about = answer_behind(connection, asked.payload.get("offered_in"))
    if effect.get("amends"):
        given = [
            item for item in feedback_of(connection, asked.conversation_id) if item.kind == kind
        ]
        if given:
            do_amend_feedback(connection, given[-1].id, score, comment)
            return
    known = find_feedback(connection, asked.conversation_id, kind, about) if about else None
    if known is not None and kind is FeedbackKind.THUMB:  # the website's thumb, told already
        do_amend_feedback(connection, known, score, comment)
        return
    new = do_add_feedback(connection, asked.conversation_id, kind, score, comment, about)
    if effect.get("reference"):  # the customer was told this number
        do_open_case(connection, new, str(effect["reference"]))


def answer_behind(connection: Connection, offered_in: int | None) -> MessageId | None:
    """The answer that a button judges: the first message of the turn that offered the button."""
    if offered_in is None:
        return None
    offer = access_message(connection, MessageId(offered_in))
    first = find_reply(connection, offer.reply_to, 0) if offer.reply_to else None
    return first.id if first else offer.id


def _rating(connection: Connection, asked: Message, effect: dict[str, Any]) -> None:
    do_ask_rating(connection, asked.conversation_id, FeedbackKind(effect.get("kind", "csat")))


def _interaction(connection: Connection, asked: Message, effect: dict[str, Any]) -> None:
    do_log_interaction(
        connection,
        asked.conversation_id,
        asked.id,
        str(effect["action"]),
        str(effect["outcome"]),
        float(effect.get("duration_ms") or 0),
        effect.get("error"),
    )


def _unanswered(connection: Connection, asked: Message, effect: dict[str, Any]) -> None:
    do_keep_unanswered(connection, asked)
    data = {"message_id": asked.id, "candidates": effect.get("candidates") or []}
    do_add_event(connection, "question.unanswered", asked.conversation_id, data, public=False)


def _resolved(connection: Connection, asked: Message, effect: dict[str, Any]) -> None:
    do_resolve(connection, asked.conversation_id, None)


def _unknown(connection: Connection, asked: Message, effect: dict[str, Any]) -> None:
    data = {"message_id": asked.id, "effect": str(effect.get("name"))[:60]}
    do_add_event(connection, "effect.unknown", asked.conversation_id, data, public=False)


_EFFECTS = {
    "handoff": _handoff,
    "feedback": _feedback,
    "ask_rating": _rating,
    "interaction": _interaction,
    "unanswered": _unanswered,
    "resolved": _resolved,
}
