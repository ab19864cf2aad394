"""Files that customers and agents send: kept outside the database, told by their content.

A file's id is 192 random bits; who may read it is decided by the caller (the thread's customer, or
an agent who may see the conversation). Browsers never run or render one: see `response`.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, delete, func, insert, select, update
from starlette.responses import FileResponse

from care.explained import Explained
from care.record.ids import Author, MessageId
from care.record.record import Record, now
from care.record.schema_web import files

ID = re.compile(r"[A-Za-z0-9_-]{32}")
PER_HOUR = 30
"""Files that one thread may receive in an hour."""
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
KEEP_UNUSED = timedelta(days=1)

SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"GIF87a", "image/gif", ".gif"),
    (b"GIF89a", "image/gif", ".gif"),
    (b"%PDF-", "application/pdf", ".pdf"),
)
RECORDINGS = (
    (0, b"OggS", "audio/ogg", ".ogg"),
    (0, b"ID3", "audio/mpeg", ".mp3"),
    (0, b"\xff\xfb", "audio/mpeg", ".mp3"),
    (4, b"ftypM4A", "audio/mp4", ".m4a"),
    (4, b"ftyp", "video/mp4", ".mp4"),
)
"""Voice messages and short films, which chat channels send: where in the file which bytes are."""
TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")
"""What may be sent. No SVG, HTML or archives: they can carry scripts or programs."""
ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".text", ".log", ".csv", ".md"),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "video/mp4": (".mp4", ".m4v", ".mov"),
}


class FileRefused(Explained):
    """A file that is not taken."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A kept file. `sender` is the thread it belongs to; `size` is in bytes."""

    id: str
    sender: str
    author: Author
    name: str
    media_type: str
    size: int
    message_id: MessageId | None
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """As it stands in a message's payload under `files`."""
        return {"id": self.id, "name": self.name, "type": self.media_type, "size": self.size}


class Files:
    """The files of all conversations, in a folder; the record knows their names and owners."""

    def __init__(
        self, folder: Path, record: Record, max_bytes: int, *, recordings: bool = False
    ) -> None:
        self.folder = folder
        self.record = record
        self.max_bytes = max_bytes
        self.recordings = recordings

    async def save(
        self, content: AsyncIterator[bytes], name: str, sender: str, author: Author
    ) -> StoredFile:
        """Keep a file for a thread. Raises FileRefused (413 too large, 415 kind, 429 too many)."""
        await self._tidy()
        if await self.record.read(_count_lately, sender) >= PER_HOUR:
            raise FileRefused(429, "too_many_files", "That are many files. Please wait a while.")
        file_id = secrets.token_urlsafe(24)
        draft = self.folder / f"{file_id}.part"
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        try:
            size, digest, head = await self._write(draft, content)
            media_type = kind_of(head, recordings=self.recordings)
            kept = _new(file_id, sender, author, clean_name(name, media_type), media_type, size)
            await asyncio.to_thread(self._settle, draft, self.path(file_id))
            await self.record.write(_do_add_file, kept, digest)
        finally:
            await asyncio.to_thread(draft.unlink, missing_ok=True)
        return kept

    def path(self, file_id: str) -> Path:
        """Where the bytes are. The id has been checked against `ID`."""
        return self.folder / file_id[:2] / file_id

    def response(self, file: StoredFile, *, inline: bool = False) -> FileResponse:
        """The bytes, in a form that no browser runs: a download (or a picture), sandboxed."""
        shown = inline and file.media_type.startswith("image/")
        disposition = "inline" if shown else "attachment"
        headers = {
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "private, max-age=86400",
        }
        return FileResponse(self.path(file.id), media_type=file.media_type, headers=headers)

    async def _write(self, draft: Path, content: AsyncIterator[bytes]) -> tuple[int, str, bytes]:
        size, digest, head = 0, hashlib.sha256(), b""
        out = await asyncio.to_thread(draft.open, "xb")
        try:
            async for chunk in content:
                size += len(chunk)
                if size > self.max_bytes:
                    limit = self.max_bytes // 1_000_000
                    raise FileRefused(413, "too_large", f"Files may have up to {limit} MB.")
                digest.update(chunk)
                if len(head) < 4096:
                    head += chunk[:4096]
                await asyncio.to_thread(out.write, chunk)
        finally:
            await asyncio.to_thread(out.close)
        if not size:
            raise FileRefused(400, "empty_file", "The file is empty.")
        return size, digest.hexdigest(), head

    def _settle(self, draft: Path, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        draft.replace(path)
        path.chmod(0o600)

    async def _tidy(self) -> None:
        """Forget what was uploaded more than a day ago and never sent."""
        for file_id in await self.record.write(_do_drop_unused):
            await asyncio.to_thread(self.path(file_id).unlink, missing_ok=True)


def kind_of(head: bytes, *, recordings: bool = False) -> str:
    """The kind of a file by its first bytes, whatever its name says. Raises FileRefused (415)."""
    for at, start, media_type, _ in RECORDINGS if recordings else ():
        if head[at:].startswith(start):
            return media_type
    for start, media_type, _ in SIGNATURES:
        if head.startswith(start):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if _is_text(head):
        return "text/plain"
    raise FileRefused(415, "bad_kind", "Pictures, PDF and plain text can be sent here.")


def clean_name(name: str, media_type: str) -> str:
    """A name without paths or control characters, with an ending that fits the content."""
    plain = re.sub(r'[\x00-\x1f\x7f/\\<>:"|?*\u202a-\u202e\u2066-\u2069]', "_", name)
    plain = plain.strip(" .")[-120:] or "file"
    endings = ENDINGS[media_type]
    return plain if plain.lower().endswith(endings) else f"{plain}{endings[0]}"


def find_file(connection: Connection, file_id: str) -> StoredFile | None:
    """The file, or None."""
    if not ID.fullmatch(file_id):
        return None
    row = connection.execute(select(files).where(files.c.id == file_id)).first()
    if row is None:
        return None
    return StoredFile(
        id=row.id,
        sender=row.sender,
        author=Author(row.author),
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        message_id=row.message_id,
        created_at=row.created_at,
    )


def files_for_message(
    connection: Connection, ids: list[str], sender: str, author: Author
) -> list[StoredFile]:
    """The uploaded files that a message of `author` in the thread may carry. Raises FileRefused."""
    found = [find_file(connection, file_id) for file_id in ids]
    good = [one for one in found if one and (one.sender, one.author) == (sender, author)]
    if len(good) != len(ids):
        raise FileRefused(404, "unknown_file", "That file is not there. Please send it again.")
    return good


def do_attach_files(connection: Connection, ids: list[str], message_id: MessageId) -> None:
    """Remember which message carries the files."""
    if ids:
        connection.execute(update(files).where(files.c.id.in_(ids)).values(message_id=message_id))


def _new(
    file_id: str, sender: str, author: Author, name: str, media_type: str, size: int
) -> StoredFile:
    return StoredFile(file_id, sender, author, name, media_type, size, None, now())


def _do_add_file(connection: Connection, file: StoredFile, digest: str) -> None:
    connection.execute(
        insert(files).values(
            id=file.id,
            sender=file.sender,
            author=file.author,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=digest,
            created_at=file.created_at,
        )
    )


def _count_lately(connection: Connection, sender: str) -> int:
    query = select(func.count()).where(
        files.c.sender == sender, files.c.created_at > now() - timedelta(hours=1)
    )
    return int(connection.execute(query).scalar_one())


def _do_drop_unused(connection: Connection) -> list[str]:
    old = (files.c.message_id.is_(None), files.c.created_at < now() - KEEP_UNUSED)
    ids = [row.id for row in connection.execute(select(files.c.id).where(*old).limit(100))]
    if ids:
        connection.execute(delete(files).where(files.c.id.in_(ids)))
    return ids


def _is_text(head: bytes) -> bool:
    sample = head[:4096]
    if _CONTROL.search(sample) or sample.lstrip()[:1] == b"<":
        return False
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4 and len(sample) == 4096
    return True
