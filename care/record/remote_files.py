"""Files that are still on a platform: which ones we want, and how fetching them goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.record.ids import MessageId
from care.record.record import now
from care.record.schema_channels import remote_files

LEASE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to fetch. `ref`: what the platform needs to give it; `position` in the message."""

    id: int
    message_id: MessageId
    position: int
    channel: str
    ref: dict[str, Any]
    state: str
    attempts: int
    error: str | None
    next_attempt_at: datetime


def due_files(connection: Connection, channel: str, limit: int = 20) -> list[RemoteFile]:
    """What may be fetched now, oldest first."""
    query = select(remote_files).where(
        remote_files.c.channel == channel,
        remote_files.c.state == "wanted",
        remote_files.c.next_attempt_at <= now(),
    )
    rows = connection.execute(query.order_by(remote_files.c.id).limit(limit))
    return [RemoteFile(**row._mapping) for row in rows]


def do_want_file(
    connection: Connection, message_id: MessageId, position: int, channel: str, ref: dict[str, Any]
) -> None:
    """Remember a file to fetch, once."""
    known = select(remote_files.c.id).where(
        remote_files.c.message_id == message_id, remote_files.c.position == position
    )
    if connection.execute(known).first() is None:
        connection.execute(
            insert(remote_files).values(
                message_id=message_id,
                position=position,
                channel=channel,
                ref=ref,
                next_attempt_at=now(),
            )
        )


def do_take_file(connection: Connection, file: RemoteFile) -> bool:
    """Reserve an attempt; False where another process was first."""
    taken = update(remote_files).where(
        remote_files.c.id == file.id,
        remote_files.c.state == "wanted",
        remote_files.c.attempts == file.attempts,
    )
    values = {"attempts": file.attempts + 1, "next_attempt_at": now() + LEASE}
    return connection.execute(taken.values(**values)).rowcount == 1


def do_postpone_file(connection: Connection, file_id: int, at: datetime, error: str) -> None:
    """Try again at a later time."""
    change = update(remote_files).where(remote_files.c.id == file_id)
    connection.execute(change.values(next_attempt_at=at, error=error[:300]))


def do_settle_file(connection: Connection, file_id: int, state: str, error: str | None) -> None:
    """Fetching has ended: `kept` or `failed`."""
    change = update(remote_files).where(remote_files.c.id == file_id)
    connection.execute(change.values(state=state, error=error))
