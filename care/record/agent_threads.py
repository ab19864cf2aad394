"""Threads in which agents follow a handoff on a chat platform, and how far each has been told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from care.record.ids import ConversationId, HandoffId, Seq
from care.record.record import now
from care.record.schema_channels import agent_threads


@dataclass(frozen=True, slots=True)
class AgentThread:
    """A handoff's card and thread. `external_id`: the card's stamp, None until it is posted;
    `card`: what the card shows, as a short hash; `relayed_seq`: the last event told there."""

    handoff_id: HandoffId
    conversation_id: ConversationId
    place: str
    external_id: str | None
    relayed_seq: Seq
    card: str | None
    state: str
    created_at: datetime


def open_threads(connection: Connection, place: str) -> list[AgentThread]:
    """Threads that still follow their conversation, oldest first."""
    query = select(agent_threads).where(
        agent_threads.c.place == place, agent_threads.c.state == "open"
    )
    rows = connection.execute(query.order_by(agent_threads.c.handoff_id))
    return [AgentThread(**row._mapping) for row in rows]


def find_thread(connection: Connection, place: str, external_id: str) -> AgentThread | None:
    """The thread under the card that the platform knows so."""
    query = select(agent_threads).where(
        agent_threads.c.place == place, agent_threads.c.external_id == external_id
    )
    row = connection.execute(query).first()
    return None if row is None else AgentThread(**row._mapping)


def thread_of(connection: Connection, conversation_id: ConversationId) -> AgentThread | None:
    """The newest thread about a conversation."""
    query = select(agent_threads).where(agent_threads.c.conversation_id == conversation_id)
    row = connection.execute(query.order_by(agent_threads.c.handoff_id.desc()).limit(1)).first()
    return None if row is None else AgentThread(**row._mapping)


def do_open_thread(
    connection: Connection,
    handoff_id: HandoffId,
    conversation_id: ConversationId,
    place: str,
    seq: Seq,
) -> None:
    """Follow a handoff from event `seq` on, once."""
    known = select(agent_threads.c.handoff_id).where(agent_threads.c.handoff_id == handoff_id)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(agent_threads).values(
                handoff_id=handoff_id,
                conversation_id=conversation_id,
                place=place,
                relayed_seq=seq,
                state="open",
                created_at=now(),
            )
        )


def do_note_card(
    connection: Connection, handoff_id: HandoffId, external_id: str, card: str | None
) -> None:
    """The card stands there as `external_id` and shows `card` (None: no transcript under it yet)."""
    change = update(agent_threads).where(agent_threads.c.handoff_id == handoff_id)
    connection.execute(change.values(external_id=external_id, card=card))


def do_note_relayed(connection: Connection, handoff_id: HandoffId, seq: Seq) -> None:
    """The thread has been told everything up to `seq`."""
    change = update(agent_threads).where(agent_threads.c.handoff_id == handoff_id)
    connection.execute(change.values(relayed_seq=seq))


def do_close_thread(connection: Connection, handoff_id: HandoffId) -> None:
    """The thread follows no longer."""
    change = update(agent_threads).where(agent_threads.c.handoff_id == handoff_id)
    connection.execute(change.values(state="closed"))
