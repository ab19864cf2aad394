"""Recovery cases: a low score or a complaint gets a reference, an owner, a deadline and an end.

How to call it: `do_open_case(connection, feedback_id, reference=…)`, `do_assign_case`,
`do_close_case(connection, case_id, agent_id, done)` (then tell the customer with
`care.feedback.telling.do_tell_customer`), `do_reopen_case`; `cases(connection, state=…)` reads.

Events, for agents only: `recovery.opened`, `recovery.assigned`, `recovery.closed`,
`recovery.reopened`, each `{case_id, reference, owner_id}`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from care.handoff.hours import HoursError, hours_of
from care.record.agents import Role
from care.record.events import do_add_event
from care.record.ids import AgentId, ConversationId, CustomerId, FeedbackId, FeedbackKind, MessageId
from care.record.record import now
from care.record.schema import agents, conversations, feedback
from care.record.schema_desk import desk_states
from care.record.schema_feedback import recovery_cases

LOW = {FeedbackKind.CSAT: 2, FeedbackKind.CES: 2, FeedbackKind.NPS: 6}
"""Scores up to these open a case (NPS: a detractor)."""
WITHIN = {"complaint": 8 * 3600}
WITHIN_SCORE = 16 * 3600
"""Seconds of opening time until the deadline: a complaint one working day, a score two."""
DONE_LIMIT = 2000


class CaseRefused(ValueError):
    """A change of a case that cannot be; the message is for the agent."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `state`: open, closed. `reason`: complaint or the kind of the low score; `done`:
    what was done, as the customer is told; `reopened`: how often it was not solved after all."""

    id: int
    reference: str
    feedback_id: FeedbackId
    conversation_id: ConversationId
    customer_id: CustomerId
    reason: str
    state: str
    owner_id: AgentId | None
    due_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    closed_by: AgentId | None
    done: str
    told_message_id: MessageId | None
    reopened: int


def needs_case(kind: str, score: int | None) -> bool:
    """Whether this feedback has to be acted on."""
    if kind == FeedbackKind.COMPLAINT:
        return True
    limit = LOW.get(FeedbackKind(kind))
    return limit is not None and score is not None and score <= limit


def access_case(connection: Connection, case_id: int) -> Case:
    """The case; raises LookupError where there is none."""
    row = connection.execute(select(recovery_cases).where(recovery_cases.c.id == case_id)).first()
    if row is None:
        raise LookupError(f"case {case_id}")
    return Case(**row._mapping)


def case_of_feedback(connection: Connection, feedback_id: FeedbackId) -> Case | None:
    """The case that this feedback opened."""
    query = select(recovery_cases).where(recovery_cases.c.feedback_id == feedback_id)
    row = connection.execute(query).first()
    return None if row is None else Case(**row._mapping)


def cases(
    connection: Connection,
    *,
    state: str | None = "open",
    owner_id: AgentId | None = None,
    conversation_id: ConversationId | None = None,
    only: ColumnElement[bool] | None = None,
    limit: int = 100,
) -> list[Case]:
    """Cases by deadline, the nearest first.

    `only`: a condition on them, joined with their conversations and what the desk keeps of those.
    """
    joined = recovery_cases.join(conversations).outerjoin(
        desk_states, desk_states.c.conversation_id == conversations.c.id
    )
    query = select(recovery_cases).order_by(recovery_cases.c.due_at, recovery_cases.c.id)
    if only is not None:
        query = query.select_from(joined).where(only)
    if state is not None:
        query = query.where(recovery_cases.c.state == state)
    if owner_id is not None:
        query = query.where(recovery_cases.c.owner_id == owner_id)
    if conversation_id is not None:
        query = query.where(recovery_cases.c.conversation_id == conversation_id)
    return [Case(**row._mapping) for row in connection.execute(query.limit(limit))]


def do_open_case(
    connection: Connection, feedback_id: FeedbackId, reference: str | None = None
) -> Case:
    """Open the case of a feedback, once; its owner is the lead with the fewest open cases.

    `reference`: what the customer was told already.
    """
    known = case_of_feedback(connection, feedback_id)
    if known is not None:
        return known
    given = connection.execute(select(feedback).where(feedback.c.id == feedback_id)).one()
    time = now()
    added = insert(recovery_cases).values(
        reference=_reference(connection, reference),
        feedback_id=feedback_id,
        conversation_id=given.conversation_id,
        customer_id=given.customer_id,
        reason=given.kind,
        state="open",
        owner_id=_lead_with_fewest(connection),
        due_at=_deadline(connection, given.kind, time),
        opened_at=time,
    )
    new = connection.execute(added.returning(recovery_cases.c.id)).scalar_one()
    return _told(connection, new, "recovery.opened")


def do_assign_case(connection: Connection, case_id: int, owner_id: AgentId) -> Case:
    """Make somebody else responsible. Raises CaseRefused for an agent who does not work here."""
    active = select(agents.c.active).where(agents.c.id == owner_id)
    if not connection.execute(active).scalar():
        raise CaseRefused("This colleague no longer works at the desk.")
    access_case(connection, case_id)
    change = update(recovery_cases).where(recovery_cases.c.id == case_id)
    connection.execute(change.values(owner_id=owner_id))
    return _told(connection, case_id, "recovery.assigned")


def do_close_case(connection: Connection, case_id: int, agent_id: AgentId, done: str) -> Case:
    """Close an open case, saying what was done. Raises CaseRefused without words, or if closed."""
    words = done.strip()
    if not words or len(words) > DONE_LIMIT:
        raise CaseRefused(f"Say what was done, in at most {DONE_LIMIT} characters.")
    step = (
        update(recovery_cases)
        .where(recovery_cases.c.id == case_id, recovery_cases.c.state == "open")
        .values(state="closed", done=words, closed_at=now(), closed_by=agent_id)
    )
    if connection.execute(step).rowcount != 1:
        access_case(connection, case_id)
        raise CaseRefused("This case is closed already.")
    return _told(connection, case_id, "recovery.closed")


def do_reopen_case(connection: Connection, case_id: int) -> Case:
    """It is not solved after all: open again, with a new deadline. An open one stays as it is."""
    case = access_case(connection, case_id)
    if case.state == "open":
        return case
    change = update(recovery_cases).where(recovery_cases.c.id == case_id)
    connection.execute(
        change.values(
            state="open",
            due_at=_deadline(connection, case.reason, now()),
            closed_at=None,
            closed_by=None,
            reopened=case.reopened + 1,
        )
    )
    return _told(connection, case_id, "recovery.reopened")


def do_keep_told(connection: Connection, case_id: int, message_id: MessageId) -> None:
    """Remember the message in which the customer was told what was done."""
    change = update(recovery_cases).where(recovery_cases.c.id == case_id)
    connection.execute(change.values(told_message_id=message_id))


def _told(connection: Connection, case_id: int, kind: str) -> Case:
    case = access_case(connection, case_id)
    data = {"case_id": case.id, "reference": case.reference, "owner_id": case.owner_id}
    do_add_event(connection, kind, case.conversation_id, data, public=False)
    return case


def _reference(connection: Connection, wanted: str | None) -> str:
    taken = select(recovery_cases.c.id).where(recovery_cases.c.reference == wanted)
    if wanted and len(wanted) <= 20 and connection.execute(taken).first() is None:
        return wanted
    return f"C-{secrets.token_hex(4).upper()}"


def _deadline(connection: Connection, reason: str, time: datetime) -> datetime:
    seconds = WITHIN.get(reason, WITHIN_SCORE)
    try:
        return hours_of(connection).add_business_seconds(time, seconds)
    except HoursError:
        return datetime.fromtimestamp(time.timestamp() + 3 * seconds, tz=time.tzinfo)


def _lead_with_fewest(connection: Connection) -> AgentId | None:
    """The active owner or supervisor with the fewest open cases; None where there is none."""
    load = (
        select(recovery_cases.c.owner_id, func.count().label("cases"))
        .where(recovery_cases.c.state == "open")
        .group_by(recovery_cases.c.owner_id)
        .subquery()
    )
    query = (
        select(agents.c.id)
        .outerjoin(load, load.c.owner_id == agents.c.id)
        .where(agents.c.active, agents.c.role != Role.AGENT)
        .order_by(func.coalesce(load.c.cases, 0), (agents.c.role == Role.OWNER).asc(), agents.c.id)
    )
    found = connection.execute(query.limit(1)).scalar()
    return None if found is None else AgentId(found)
