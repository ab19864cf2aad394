"""What one conversation contributes to the measures, read from the raw tables.

A fact is one countable thing: a handoff, a rating, an answered message. The aggregates are sums of
facts and nothing else, so a report can always name the conversations behind a figure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from care.handoff.clocks import stretch_of, times_of
from care.record.conversations import Conversation, access_conversation
from care.record.handoffs import Handoff, handoffs_of
from care.record.ids import Author, ConversationId, FeedbackKind, Status
from care.record.schema import conversations, events, feedback, messages
from care.record.schema_desk import desk_states
from care.record.schema_feedback import recovery_cases

REPEAT_DAYS = 7
CSAT_GOOD, RATING_BAD = 4, 2
PROMOTER, DETRACTOR = 9, 6
FALLBACK = ("nlu_fallback", "out_of_scope")
KEPT = ("handed_back", "merged")
"""Ends of a handoff without a reply that lose nobody."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `subject` is `noun:id`; durations are milliseconds, shares 0 or 1."""

    measure: str
    subject: str
    day: date
    hour: int
    audience: str
    channel: str
    dim: str
    value: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Raw:
    """The raw rows of one conversation."""

    conversation: Conversation
    messages: list[Any]
    handoffs: list[Handoff]
    feedback: list[Any]
    unanswered: frozenset[int]
    state: Any
    cases: list[Any]
    earlier: bool
    connection: Connection


Found = tuple[str, str, datetime, str, int]
"""Measure, subject, moment, dimension, value."""


def facts_of(connection: Connection, conversation_id: ConversationId, zone: ZoneInfo) -> list[Fact]:
    """All facts of a conversation; day and hour are those of the shop's time zone."""
    raw = _read(connection, conversation_id)
    found = []
    for source in SOURCES:
        for measure, subject, at, dim, value in source(raw):
            local = at.astimezone(zone)
            found.append(
                Fact(
                    measure,
                    subject,
                    local.date(),
                    local.hour,
                    raw.conversation.audience,
                    raw.conversation.channel,
                    dim[:80],
                    value,
                    at,
                )
            )
    return found


def _read(connection: Connection, conversation_id: ConversationId) -> Raw:
    conversation = access_conversation(connection, conversation_id)

    def rows(table: Any) -> list[Any]:
        query = select(table).where(table.c.conversation_id == conversation_id)
        return list(connection.execute(query.order_by(table.c.id)))

    unanswered = select(events.c.data).where(
        events.c.conversation_id == conversation_id, events.c.kind == "question.unanswered"
    )
    state = select(desk_states).where(desk_states.c.conversation_id == conversation_id)
    since = conversation.opened_at - timedelta(days=REPEAT_DAYS)
    earlier = select(conversations.c.id).where(
        conversations.c.customer_id == conversation.customer_id,
        conversations.c.id != conversation_id,
        conversations.c.opened_at >= since,
        conversations.c.opened_at < conversation.opened_at,
    )
    return Raw(
        conversation,
        rows(messages),
        handoffs_of(connection, conversation_id),
        rows(feedback),
        frozenset(
            int(data["message_id"])
            for data in connection.execute(unanswered).scalars()
            if data.get("message_id")
        ),
        connection.execute(state).first(),
        rows(recovery_cases),
        connection.execute(earlier.limit(1)).first() is not None,
        connection,
    )


def _whole(raw: Raw) -> Iterator[Found]:
    """What is true of the conversation as a whole."""
    me, at = f"conversation:{raw.conversation.id}", raw.conversation.opened_at
    if not any(row.author == Author.CUSTOMER for row in raw.messages):
        return
    yield "volume", me, at, "", 1
    yield "repeat_contact", me, at, "", int(raw.earlier)
    asked = [item for item in raw.handoffs if item.reason != "reopened"]
    yield "handoff_rate", me, at, str(asked[0].reason) if asked else "none", 1
    yield "containment", me, at, _outcome(raw), 1
    resolved = raw.conversation.resolved_at
    if raw.conversation.status is not Status.RESOLVED or resolved is None:
        return
    times = times_of(raw.connection, raw.conversation.id, resolved)
    yield "bot_time", me, resolved, "", round(times.bot * 1000)
    if raw.handoffs:
        yield "people_time", me, resolved, "", round(times.people * 1000)
    else:
        yield "bot_resolution_time", me, resolved, "", _ms(resolved - at)


def _outcome(raw: Raw) -> str:
    """How the customer's need ended: with a person, contained, given up, or in silence.

    Contained needs a sign of the customer: a resolution, or a last judgement that is good.
    """
    if raw.handoffs:
        return "person"
    judged = [row for row in raw.feedback if row.kind in ("thumb", "csat", "ces")]
    if judged:
        last = judged[-1]
        good = last.score == 1 if last.kind == "thumb" else last.score >= CSAT_GOOD
        bad = last.score == 0 if last.kind == "thumb" else last.score <= RATING_BAD
        if good or bad:
            return "contained" if good else "gave_up"
    if raw.conversation.status is Status.RESOLVED:
        return "contained"
    asked = [row for row in raw.messages if row.author == Author.CUSTOMER]
    return "gave_up" if asked and _not_understood(raw, asked[-1]) else "silent"


def _understanding(raw: Raw) -> Iterator[Found]:
    """The bot's side of each message of the customer."""
    answers: dict[int, datetime] = {}
    for row in raw.messages:
        if row.author == Author.BOT and row.reply_to is not None:
            answers.setdefault(row.reply_to, row.created_at)
    for row in raw.messages:
        if row.author != Author.CUSTOMER:
            continue
        me = f"message:{row.id}"
        if row.id in answers:
            yield "bot_answer_time", me, row.created_at, "", _ms(answers[row.id] - row.created_at)
        if row.intent:
            yield "topic", me, row.created_at, row.intent, 1
            yield "not_understood", me, row.created_at, "", int(_not_understood(raw, row))


def _not_understood(raw: Raw, row: Any) -> bool:
    return row.id in raw.unanswered or row.intent in FALLBACK


def _people(raw: Raw) -> Iterator[Found]:
    """Each handoff: waiting, replies, end."""
    for item in raw.handoffs:
        me, at, why = f"handoff:{item.id}", item.requested_at, str(item.reason)
        if item.claimed_at is not None:
            yield "wait", me, at, why, _ms(item.claimed_at - at)
        if item.first_reply_at is not None:
            yield "first_response", me, at, why, _ms(item.first_reply_at - at)
        yield from _next_responses(raw, item)
        if item.ended_at is None:
            continue
        lost = item.first_reply_at is None and item.outcome not in KEPT
        yield "abandonment", me, item.ended_at, why, int(lost)
        if item.outcome == "resolved" and not lost:
            yield "people_resolution_time", me, item.ended_at, why, _ms(item.ended_at - at)
    ended = [item.ended_at for item in raw.handoffs if item.ended_at is not None]
    if ended and len(ended) == len(raw.handoffs) and raw.state is not None:
        late = raw.state.late_first or raw.state.late_next or raw.state.late_resolution
        yield "sla_kept", f"conversation:{raw.conversation.id}", max(ended), "", int(not late)


def _next_responses(raw: Raw, item: Handoff) -> Iterator[Found]:
    stretch = stretch_of(raw.connection, item)
    waits: datetime | None = None
    replied = False
    for number, (who, at) in enumerate(stretch.talk):
        if who == Author.CUSTOMER and replied and waits is None:
            waits = at
        elif who == Author.AGENT:
            if waits is not None:
                subject = f"handoff:{item.id}.{number}"
                yield "next_response", subject, waits, str(item.reason), _ms(at - waits)
            replied, waits = True, None


def _feedback(raw: Raw) -> Iterator[Found]:
    """Ratings and thumbs, and whether questions were answered."""
    topics = {row.id: _topic(row) for row in raw.messages}
    for row in raw.feedback:
        me, about = f"feedback:{row.id}", "bot" if row.agent_id is None else "people"
        if row.score is None:
            continue
        if row.kind == FeedbackKind.CSAT:
            yield "csat", me, row.created_at, about, int(row.score >= CSAT_GOOD)
        elif row.kind == FeedbackKind.CES:
            yield "ces", me, row.created_at, about, row.score
        elif row.kind == FeedbackKind.NPS:
            value = int(row.score >= PROMOTER) - int(row.score <= DETRACTOR)
            yield "nps", me, row.created_at, "", value
        elif row.kind == FeedbackKind.THUMB:
            topic = topics.get(row.message_id, "")
            yield "wrong_answer", me, row.created_at, topic, int(row.score == 0)
    ends: dict[str, datetime] = {}
    for row in reversed([row for row in raw.messages if row.kind == "rating"]):
        kind = str((row.payload.get("rating") or {}).get("kind"))
        answered = any(
            given.kind == kind
            and given.created_at >= row.created_at
            and (kind not in ends or given.created_at < ends[kind])
            for given in raw.feedback
        )
        ends[kind] = row.created_at
        yield "response_rate", f"message:{row.id}", row.created_at, kind, int(answered)


def _topic(row: Any) -> str:
    return str(row.payload.get("response") or "").removeprefix("utter_")


def _recovery(raw: Raw) -> Iterator[Found]:
    for row in raw.cases:
        if row.closed_at is None:
            continue
        me = f"case:{row.id}"
        yield "recovery_time", me, row.closed_at, row.reason, _ms(row.closed_at - row.opened_at)
        kept = row.closed_at <= row.due_at and row.reopened == 0
        yield "recovery_on_time", me, row.closed_at, row.reason, int(kept)


def _ms(span: timedelta) -> int:
    return max(round(span.total_seconds() * 1000), 0)


SOURCES: tuple[Callable[[Raw], Iterator[Found]], ...] = (
    _whole,
    _understanding,
    _people,
    _feedback,
    _recovery,
)
