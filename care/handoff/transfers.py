"""Giving a conversation to a colleague or a team, with a comment for whoever gets it.

How to call it: `do_transfer(connection, conversation_id, from_agent_id, comment, to_agent_id=… |
to_team_id=…, online=…)`. A colleague who is online gets an offer (`desk_states.offered_agent_id`;
the conversation stays with its owner until then) and answers with `do_accept_transfer` or
`do_decline_transfer`. For a colleague who is not, or a team, the conversation goes into the queue,
marked for them. The comment becomes a note in the transcript.

Events, for agents only: `transfer.offered`, `transfer.queued`, `transfer.accepted`,
`transfer.declined`, `transfer.expired`, `transfer.withdrawn`, each `{transfer_id, from_agent_id,
to_agent_id, to_team_id}`; the last three also `was`: who could see the conversation before.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.handoff.ownership import NotOwner, Stale, access_owned, do_change, seen_by
from care.handoff.states import do_keep
from care.record.conversations import (
    Conversation,
    access_conversation,
    hold_conversation,
)
from care.record.events import do_add_event
from care.record.handoffs import do_claim_handoff
from care.record.ids import AgentId, Author, ConversationId, Owner, TeamId
from care.record.messages import Draft, do_add_message
from care.record.record import now
from care.record.schema import agents, conversations, teams
from care.record.schema_desk import transfers

COMMENT_LIMIT = 2000


class TransferRefused(ValueError):
    """A transfer that cannot be; the message says why, for the agent."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer. `state`: offered, queued, accepted, declined, expired or withdrawn;
    `answer`: why it was declined."""

    id: int
    conversation_id: ConversationId
    from_agent_id: AgentId
    to_agent_id: AgentId | None
    to_team_id: TeamId | None
    comment: str
    state: str
    answer: str
    created_at: datetime
    decided_at: datetime | None


def access_transfer(connection: Connection, transfer_id: int) -> Transfer:
    """The transfer; raises LookupError where there is none."""
    row = connection.execute(select(transfers).where(transfers.c.id == transfer_id)).first()
    if row is None:
        raise LookupError(f"transfer {transfer_id}")
    return Transfer(**row._mapping)


def offered_transfer(connection: Connection, conversation_id: ConversationId) -> Transfer | None:
    """The offer that waits for an answer."""
    query = select(transfers).where(
        transfers.c.conversation_id == conversation_id, transfers.c.state == "offered"
    )
    row = connection.execute(query.order_by(transfers.c.id.desc()).limit(1)).first()
    return None if row is None else Transfer(**row._mapping)


def do_transfer(
    connection: Connection,
    conversation_id: ConversationId,
    from_agent_id: AgentId,
    comment: str = "",
    *,
    to_agent_id: AgentId | None = None,
    to_team_id: TeamId | None = None,
    online: bool = False,
) -> Transfer:
    """Offer one's conversation to a colleague, or put it into the queue for them or a team.

    `online`: whether the colleague is. A second transfer replaces the first.
    Raises NotOwner, Stale, TransferRefused.
    """
    conversation = access_owned(connection, conversation_id, from_agent_id)
    _check(connection, from_agent_id, to_agent_id, to_team_id, comment)
    _withdraw(connection, conversation_id)
    state = "offered" if to_agent_id is not None and online else "queued"
    added = insert(transfers).values(
        conversation_id=conversation_id,
        from_agent_id=from_agent_id,
        to_agent_id=to_agent_id,
        to_team_id=to_team_id,
        comment=comment.strip(),
        state="offered",
        created_at=now(),
    )
    transfer_id = int(connection.execute(added.returning(transfers.c.id)).scalar_one())
    transfer = access_transfer(connection, transfer_id)
    _note(connection, conversation, transfer)
    if state == "offered":
        do_keep(connection, conversation_id, offered_agent_id=to_agent_id)
        _event(connection, "transfer.offered", transfer)
    else:
        _queue(connection, conversation, transfer)
    return access_transfer(connection, transfer_id)


def do_accept_transfer(connection: Connection, transfer_id: int, agent_id: AgentId) -> Conversation:
    """Take what was offered to one. Raises NotOwner (not offered to this agent), Stale."""
    transfer = _offered_to(connection, transfer_id, agent_id)
    conversation = access_conversation(connection, transfer.conversation_id)
    do_claim_handoff(connection, conversation.id, agent_id)
    changed = do_change(connection, conversation, Owner.AGENT, agent_id, "transferred")
    _event(connection, "transfer.accepted", transfer)
    return changed


def do_decline_transfer(
    connection: Connection, transfer_id: int, agent_id: AgentId, answer: str = ""
) -> Conversation:
    """Refuse what was offered to one: it stays with who offered it. Raises NotOwner, Stale."""
    transfer = _offered_to(connection, transfer_id, agent_id)
    return _send_back(connection, transfer, "declined", answer.strip()[:COMMENT_LIMIT])


def do_cancel_transfer(connection: Connection, transfer_id: int) -> Conversation:
    """Take an offer back. Raises Stale if it was answered."""
    return _send_back(connection, _held(connection, transfer_id), "withdrawn", "")


def do_expire_transfer(connection: Connection, transfer_id: int) -> Conversation:
    """An offer that nobody answered ends like a declined one. Raises Stale if it was answered."""
    return _send_back(connection, _held(connection, transfer_id), "expired", "")


def offers_before(connection: Connection, at: datetime) -> list[Transfer]:
    """Offers that have waited since before `at`."""
    query = select(transfers).where(transfers.c.state == "offered", transfers.c.created_at < at)
    return [Transfer(**row._mapping) for row in connection.execute(query.limit(200))]


def _offered_to(connection: Connection, transfer_id: int, agent_id: AgentId) -> Transfer:
    transfer = _held(connection, transfer_id)
    if transfer.to_agent_id != agent_id:
        raise NotOwner("this was not offered to you")
    if transfer.state != "offered":
        raise Stale("the offer is no longer open")
    return transfer


def _held(connection: Connection, transfer_id: int) -> Transfer:
    """The transfer as it is once its conversation is held: nobody answers it beside us."""
    hold_conversation(connection, access_transfer(connection, transfer_id).conversation_id)
    return access_transfer(connection, transfer_id)


def _check(
    connection: Connection,
    from_agent_id: AgentId,
    to_agent_id: AgentId | None,
    to_team_id: TeamId | None,
    comment: str,
) -> None:
    if (to_agent_id is None) == (to_team_id is None):
        raise TransferRefused("Choose a colleague or a team.")
    if to_agent_id == from_agent_id:
        raise TransferRefused("You have this conversation already.")
    if len(comment.strip()) > COMMENT_LIMIT:
        raise TransferRefused(f"The comment is too long: {COMMENT_LIMIT} characters fit.")
    if to_agent_id is not None:
        active = select(agents.c.active).where(agents.c.id == to_agent_id)
        if not connection.execute(active).scalar():
            raise TransferRefused("This colleague no longer works at the desk.")
    elif connection.execute(select(teams.c.id).where(teams.c.id == to_team_id)).first() is None:
        raise TransferRefused("There is no such team.")


def _withdraw(connection: Connection, conversation_id: ConversationId) -> None:
    earlier = offered_transfer(connection, conversation_id)
    if earlier is not None:
        change = update(transfers).where(transfers.c.id == earlier.id)
        connection.execute(change.values(state="withdrawn", decided_at=now()))


def _queue(connection: Connection, conversation: Conversation, transfer: Transfer) -> None:
    """Into the queue, for an agent who is not there or for a team."""
    if transfer.to_team_id is not None:
        change = update(conversations).where(conversations.c.id == conversation.id)
        connection.execute(change.values(team_id=transfer.to_team_id))
    do_change(
        connection,
        conversation,
        Owner.QUEUE,
        None,
        "transferred",
        wanted=transfer.to_agent_id,
        waiting_since=conversation.waiting_since or now(),
    )
    change = update(transfers).where(transfers.c.id == transfer.id)
    connection.execute(change.values(state="queued", decided_at=None))
    _event(connection, "transfer.queued", transfer)


def _send_back(connection: Connection, transfer: Transfer, state: str, answer: str) -> Conversation:
    change = update(transfers).where(transfers.c.id == transfer.id, transfers.c.state == "offered")
    values = {"state": state, "answer": answer, "decided_at": now()}
    if connection.execute(change.values(**values)).rowcount != 1:
        raise Stale("the offer was answered at the same moment")
    do_keep(connection, transfer.conversation_id, offered_agent_id=None)
    conversation = access_conversation(connection, transfer.conversation_id)
    was = seen_by(conversation, transfer.to_agent_id)
    _event(connection, f"transfer.{state}", transfer, was=was)
    return conversation


def _note(connection: Connection, conversation: Conversation, transfer: Transfer) -> None:
    if not transfer.comment:
        return
    draft = Draft(
        author=Author.AGENT,
        text=transfer.comment,
        kind="note",
        public=False,
        agent_id=transfer.from_agent_id,
        payload={"transfer": transfer.id},
    )
    do_add_message(connection, conversation.id, conversation.channel, draft)


def _event(connection: Connection, kind: str, transfer: Transfer, **more: Any) -> None:
    data = {
        "transfer_id": transfer.id,
        "from_agent_id": transfer.from_agent_id,
        "to_agent_id": transfer.to_agent_id,
        "to_team_id": transfer.to_team_id,
        **more,
    }
    do_add_event(connection, kind, transfer.conversation_id, data, public=False)
