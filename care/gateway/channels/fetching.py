"""Files that customers send on a chat channel: fetched from the platform after the message is in.

The wish is in the record, so a crash or a platform's fault delays a file but does not lose it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Connection

from care.background import Background
from care.files import FileRefused, Files, do_attach_files
from care.gateway.channels.steps import do_notice
from care.gateway.gateway import Gateway
from care.gateway.outbox import Later, Rejected
from care.record.conversations import access_conversation
from care.record.ids import Author, MessageId
from care.record.messages import access_message, do_change_payload
from care.record.record import RecordDown, now
from care.record.remote_files import (
    RemoteFile,
    do_postpone_file,
    do_settle_file,
    do_take_file,
    do_want_file,
    due_files,
)
from care.texts import text

log = logging.getLogger(__name__)
PAUSE = 1.0
"""Seconds between two looks for files that wait for another try."""
TRIES = 8


class Source(Protocol):
    """A platform's store of files."""

    def open(self, ref: dict[str, Any]) -> AsyncIterator[bytes]:
        """The bytes behind a reference. Raises Later or Rejected."""


class Fetching:
    """Fetches the files of one channel in the background."""

    def __init__(self, channel: str, gateway: Gateway, files: Files, source: Source) -> None:
        self.channel = channel
        self.gateway = gateway
        self.files = files
        self.source = source
        self._news = asyncio.Event()
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._work.start()

    async def stop(self) -> None:
        """Stop; what is not fetched stays wanted."""
        await self._work.stop()

    async def want(self, message_id: MessageId, channel: str, refs: list[dict[str, Any]]) -> None:
        """Remember files to fetch, each once."""
        await self.gateway.record.write(_want, message_id, channel, refs)
        self._news.set()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                for file in await self.gateway.record.read(due_files, self.channel):
                    await self._fetch(file)
            except RecordDown:
                log.warning("the care record does not answer; files wait")
            try:
                await asyncio.wait_for(self._news.wait(), PAUSE)
            except TimeoutError:
                continue

    async def _fetch(self, file: RemoteFile) -> None:
        record = self.gateway.record
        if not await record.write(do_take_file, file):
            return
        message = await record.read(access_message, file.message_id)
        conversation = await record.read(access_conversation, message.conversation_id)
        try:
            if int(file.ref.get("size") or 0) > self.files.max_bytes:
                raise FileRefused(413, "too_large", "too large")
            content = self.source.open(file.ref)
            name = str(file.ref.get("name") or "file")
            kept = await self.files.save(content, name, conversation.sender, Author.CUSTOMER)
        except FileRefused as refused:
            await record.write(_refuse, file, refused, self.gateway.settings.chat_file_max_mb)
        except Rejected as rejected:
            await record.write(do_settle_file, file.id, "failed", str(rejected))
        except RecordDown:
            raise
        except Exception as fault:
            await self._again(file, fault)
        else:
            await record.write(_keep, file, kept.as_json())
        await self.gateway.changed(message.conversation_id)

    async def _again(self, file: RemoteFile, fault: Exception) -> None:
        reason = type(fault).__name__
        if file.attempts + 1 >= TRIES:
            await self.gateway.record.write(do_settle_file, file.id, "failed", reason)
            return
        wait = 2.0**file.attempts
        if isinstance(fault, Later) and fault.seconds is not None:
            wait = fault.seconds
        at = now() + timedelta(seconds=wait)
        await self.gateway.record.write(do_postpone_file, file.id, at, reason)


def _want(
    connection: Connection, message_id: MessageId, channel: str, refs: list[dict[str, Any]]
) -> None:
    for position, ref in enumerate(refs):
        do_want_file(connection, message_id, position, channel, ref)


def _keep(connection: Connection, file: RemoteFile, shown: dict[str, Any]) -> None:
    """Show the file where its place was kept."""
    message = access_message(connection, file.message_id)
    shelf = list(message.payload.get("files") or [])
    shelf[file.position : file.position + 1] = [shown]
    do_change_payload(connection, message.id, files=shelf)
    do_attach_files(connection, [shown["id"]], message.id)
    do_settle_file(connection, file.id, "kept", None)


def _refuse(connection: Connection, file: RemoteFile, refused: FileRefused, megabytes: int) -> None:
    """A file that we do not take: the desk sees why, and the customer is told."""
    do_settle_file(connection, file.id, "failed", refused.code)
    message = access_message(connection, file.message_id)
    conversation = access_conversation(connection, message.conversation_id)
    sentence = "file_too_large" if refused.status == 413 else "file_bad_kind"
    language = conversation.language or conversation.context.get("locale")
    words = text(sentence, language).format(megabytes=megabytes)
    do_notice(connection, conversation.id, words, f"file:{file.id}")
