"""The service-level clocks of a stored conversation, and bot time and human time apart.

How to call it: `clocks_of(connection, conversation_id)` for the desk's header;
`do_refresh_clocks(connection, conversation_id)` after anything that a clock depends on (it writes
`due_at`, `due_kind`, `policy` and the `late_…` marks of `desk_states`); `times_of` for the two clocks
of bot and people. All in the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from care.handoff.hours import hours_of
from care.handoff.sla import Clock, Policy, Stretch, clocks, next_due, policies_of, policy_for
from care.handoff.states import do_keep, state_of
from care.record.conversations import Conversation, access_conversation, hold_conversation
from care.record.events import do_add_event
from care.record.handoffs import Handoff, handoffs_of, open_handoff
from care.record.ids import Author, ConversationId, Owner, Status
from care.record.record import now
from care.record.schema import conversations, events, messages
from care.record.schema_desk import desk_states


@dataclass(frozen=True, slots=True)
class Clocks:
    """The policy in force and how its clocks stand (none without policy or open handoff)."""

    policy: Policy | None
    clocks: list[Clock]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of a conversation's life: with the bot, waiting for people, with people, snoozed.

    Time after a resolution counts nowhere. `people` is wall time between claim and end.
    """

    bot: float
    queue: float
    people: float
    snoozed: float


def clocks_of(
    connection: Connection, conversation_id: ConversationId, at: datetime | None = None
) -> Clocks:
    """The clocks at the moment `at` (now)."""
    return _clocks(connection, access_conversation(connection, conversation_id), at or now())


def _clocks(connection: Connection, conversation: Conversation, at: datetime) -> Clocks:
    handoff = open_handoff(connection, conversation.id)
    if handoff is None or conversation.owner is Owner.BOT:
        return Clocks(None, [])
    return clocks_of_handoff(connection, conversation, handoff, at)


def clocks_of_handoff(
    connection: Connection, conversation: Conversation, handoff: Handoff, at: datetime
) -> Clocks:
    """The clocks of one handoff, open or ended, under the policy that is in force today."""
    policy = policy_for(
        policies_of(connection), conversation.priority, conversation.channel, conversation.team_id
    )
    if policy is None:
        return Clocks(None, [])
    stretch = stretch_of(connection, handoff)
    return Clocks(policy, clocks(policy, hours_of(connection), stretch, at))


def stretch_of(connection: Connection, handoff: Handoff) -> Stretch:
    """What happened in a handoff, from the record."""
    said = (
        select(messages.c.author, messages.c.created_at)
        .where(
            messages.c.conversation_id == handoff.conversation_id,
            messages.c.public,
            messages.c.author.in_((Author.CUSTOMER, Author.AGENT)),
            messages.c.created_at >= handoff.requested_at,
        )
        .order_by(messages.c.id)
    )
    end = handoff.ended_at
    talk = tuple(
        (str(row.author), row.created_at)
        for row in connection.execute(said)
        if end is None or row.created_at <= end
    )
    snoozed = _status_spans(connection, handoff.conversation_id, Status.SNOOZED)
    return Stretch(handoff.requested_at, talk, tuple(snoozed), end)


def do_refresh_clocks(
    connection: Connection, conversation_id: ConversationId, at: datetime | None = None
) -> None:
    """Keep when the next clock runs out; adds the event `sla.late` once for each that did."""
    time = at or now()
    found = _clocks(connection, hold_conversation(connection, conversation_id), time)
    if found.policy is None:
        if state_of(connection, conversation_id) is not None:
            do_keep(connection, conversation_id, due_at=None, due_kind=None, policy=None)
        return
    due = next_due(found.clocks)
    was = state_of(connection, conversation_id)
    late = {clock.kind for clock in found.clocks if clock.late}
    replies = [clock.met_at for clock in found.clocks if clock.kind != "resolution"]
    known = {kind for kind in late if was is not None and getattr(was, f"late_{kind}")}
    do_keep(
        connection,
        conversation_id,
        policy=found.policy.name,
        due_at=due.due_at if due else None,
        due_kind=due.kind if due else None,
        handoff_at=min(clock.started_at for clock in found.clocks) if found.clocks else None,
        answered_at=max((at for at in replies if at is not None), default=None),
        **{f"late_{kind}": True for kind in late},
    )
    for kind in sorted(late - known):
        data = {"kind": kind, "policy": found.policy.name}
        do_add_event(connection, "sla.late", conversation_id, data, public=False)


def do_refresh_all(connection: Connection) -> int:
    """Refresh every conversation that people have: after a policy or the hours were changed."""
    query = select(conversations.c.id).where(
        conversations.c.owner != Owner.BOT, conversations.c.status != Status.RESOLVED
    )
    ids = list(connection.execute(query).scalars())
    for conversation_id in ids:
        do_refresh_clocks(connection, ConversationId(conversation_id))
    return len(ids)


def newly_late(connection: Connection, at: datetime, limit: int = 200) -> list[ConversationId]:
    """Conversations whose due time has passed without being marked late."""
    unmarked = [
        (desk_states.c.due_kind == kind) & ~desk_states.c[f"late_{kind}"]
        for kind in ("first", "next", "resolution")
    ]
    query = (
        select(desk_states.c.conversation_id)
        .where(desk_states.c.due_at < at, unmarked[0] | unmarked[1] | unmarked[2])
        .limit(limit)
    )
    return [ConversationId(found) for found in connection.execute(query).scalars()]


def times_of(
    connection: Connection, conversation_id: ConversationId, at: datetime | None = None
) -> Times:
    """How long the bot, the queue and people had the conversation until `at` (now)."""
    end = at or now()
    open_spans = _status_spans(connection, conversation_id, Status.OPEN)
    open_seconds = sum(((stop or end) - start).total_seconds() for start, stop in open_spans)
    snoozed = sum(
        ((stop or end) - start).total_seconds()
        for start, stop in _status_spans(connection, conversation_id, Status.SNOOZED)
    )
    queue = people = 0.0
    for handoff in handoffs_of(connection, conversation_id):
        stop = handoff.ended_at or end
        claimed = handoff.claimed_at or stop
        queue += (claimed - handoff.requested_at).total_seconds()
        people += (stop - claimed).total_seconds()
    bot = max(open_seconds + snoozed - queue - people, 0.0)
    return Times(bot, queue, people, snoozed)


def _status_spans(
    connection: Connection, conversation_id: ConversationId, wanted: Status
) -> list[tuple[datetime, datetime | None]]:
    """When the conversation had this status, from its events."""
    opened = select(conversations.c.opened_at).where(conversations.c.id == conversation_id)
    changes: list[tuple[datetime, Any]] = [
        (connection.execute(opened).scalar_one(), Status.OPEN),
        *(
            (row.created_at, row.data["status"])
            for row in connection.execute(
                select(events.c.created_at, events.c.data)
                .where(
                    events.c.conversation_id == conversation_id,
                    events.c.kind == "conversation.status_changed",
                )
                .order_by(events.c.seq)
            )
        ),
    ]
    found: list[tuple[datetime, datetime | None]] = []
    started: datetime | None = None
    for at, status in changes:
        if status == wanted and started is None:
            started = at
        elif status != wanted and started is not None:
            found.append((started, at))
            started = None
    return [*found, (started, None)] if started is not None else found
