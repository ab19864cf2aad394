"""Canned replies: texts that agents insert by a short word. Variables are filled at the desk."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from care.record.ids import AgentId, TeamId
from care.record.record import now
from care.record.schema_desk import canned_replies


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A text with `{{customer.first_name}}`-like places. `team_id` None: for everyone."""

    id: int
    shortcut: str
    title: str
    text: str
    team_id: TeamId | None
    created_by: AgentId | None
    updated_at: datetime


def all_canned(connection: Connection) -> list[CannedReply]:
    """Every canned reply, by its short word."""
    rows = connection.execute(select(canned_replies).order_by(canned_replies.c.shortcut))
    return [CannedReply(**row._mapping) for row in rows]


def do_add_canned(
    connection: Connection,
    shortcut: str,
    title: str,
    text: str,
    team_id: TeamId | None,
    by: AgentId,
) -> int:
    """Add a canned reply; raises IntegrityError where the short word is taken."""
    added = insert(canned_replies).values(
        shortcut=shortcut, title=title, text=text, team_id=team_id, created_by=by, updated_at=now()
    )
    return int(connection.execute(added.returning(canned_replies.c.id)).scalar_one())


def do_change_canned(
    connection: Connection,
    canned_id: int,
    shortcut: str,
    title: str,
    text: str,
    team_id: TeamId | None,
) -> None:
    """Replace a canned reply. Raises LookupError, IntegrityError."""
    change = update(canned_replies).where(canned_replies.c.id == canned_id)
    values = {"shortcut": shortcut, "title": title, "text": text, "team_id": team_id}
    if connection.execute(change.values(**values, updated_at=now())).rowcount == 0:
        raise LookupError(f"canned reply {canned_id}")


def do_delete_canned(connection: Connection, canned_id: int) -> None:
    """Remove a canned reply."""
    connection.execute(delete(canned_replies).where(canned_replies.c.id == canned_id))
