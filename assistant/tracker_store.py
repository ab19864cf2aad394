"""The tracker store: a bounded window, append only, one transaction a turn.

Stock Rasa reads and rebuilds every event of a conversation at each message: 77 ms
of work at 3 turns and 3.6 s at 1,000. Here a turn reads a window (window.py), or
nothing at all when this process answered last, and writes what is new.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from assistant.database import StoreConflict, StoreDown, connect, database_url
from assistant.schema import answers, conversations, events, migrate
from assistant.window import WindowTracker, build_window, cut_at, session_start, statement_of

T = TypeVar("T")

CACHED_CONVERSATIONS = 500
KEPT_ANSWERS = 200
"""Answered messages of a conversation whose answer can at least be given again."""
PRUNE_EVERY = 50
"""Turns between two looks for older answers; a look reads them all, 2 ms."""


@dataclass(frozen=True)
class Opened:
    """What a turn starts from.

    Attributes:
        tracker: the conversation's window, None where the conversation is new.
        answer: the lines this message was answered with before, None where it was not.
    """

    tracker: WindowTracker | None
    answer: list[str] | None


class WindowTrackerStore(TrackerStore):
    """Keeps conversations in SQLite or PostgreSQL.

    All methods raise StoreDown where the database cannot be reached; save also
    raises StoreConflict where another process saved the conversation in between.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        cached: int = CACHED_CONVERSATIONS,
        **kwargs: Any,
    ) -> None:
        """Prepare the store; the database is opened at the first use.

        Args:
            domain: names the slots that a tracker has.
            event_broker: refused: with one, Rasa replays the session a second time.
            host: database address; see assistant.database.database_url for the default.
            cached: how many conversations stay in memory; 0 reads every one anew.
        """
        if event_broker is not None:
            raise ValueError("an event broker doubles the cost of a turn; none is supported")
        super().__init__(domain, None, **kwargs)
        self._engine = connect(database_url(host))
        self._ready = False
        self._cached = cached
        self._hot: OrderedDict[str, tuple[Domain, WindowTracker]] = OrderedDict()
        self._workers = ThreadPoolExecutor(4, thread_name_prefix="tracker-store")

    # Reading

    async def open(self, sender_id: str, message_id: str | None = None) -> Opened:
        """Everything that a turn needs to start, in one round to the database."""
        return await self._in_thread(self._open, sender_id, message_id)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's window, None where there is no such conversation."""
        return (await self.open(sender_id)).tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Every event of the conversation; costs more the longer it is."""
        return await self._in_thread(self._read_all, conversation_id)

    async def exists(self, conversation_id: str) -> bool:
        """Whether anything of the conversation is stored."""
        return (await self.open(conversation_id)).tracker is not None

    async def keys(self) -> Iterable[str]:
        """Ids of all conversations."""
        return await self._in_thread(self._read_keys)

    async def check(self) -> None:
        """Raise StoreDown unless the database answers."""
        await self._in_thread(lambda: self._with(False, lambda c: c.execute(sa.select(sa.literal(1)))))

    # Writing

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the new events of a tracker that this store made."""
        await self.save_turn(tracker, None, [])

    async def save_turn(
        self, tracker: DialogueStateTracker, message_id: str | None, lines: Sequence[str]
    ) -> None:
        """Store the new events and the answer, both or neither.

        Args:
            tracker: a tracker that this store opened or initialised.
            message_id: id under which the answer is found again; None keeps none.
            lines: the answer as it was sent.
        """
        if not isinstance(tracker, WindowTracker):
            raise TypeError("only trackers of this store can be saved")
        if not tracker.unsaved() and message_id is None:
            return
        await self._in_thread(self._save, tracker, message_id, list(lines))

    async def forget(self, sender_id: str) -> bool:
        """Erase a conversation everywhere in this store; False where there was none."""
        return await self._in_thread(self._forget, sender_id)

    def init_tracker(self, sender_id: str) -> WindowTracker:
        """An empty tracker of a new conversation."""
        return build_window(sender_id, self.domain.slots, [], [], 0, 0)

    def drop_cached(self, sender_id: str | None = None) -> None:
        """Forget what is in memory, of one conversation or of all."""
        if sender_id is None:
            self._hot.clear()
        else:
            self._hot.pop(sender_id, None)

    def close(self) -> None:
        """Let go of the threads and of the database."""
        self._workers.shutdown(wait=True)
        self._engine.dispose()

    # The database's side, in a worker thread

    def _open(self, sender_id: str, message_id: str | None) -> Opened:
        def read(connection: Connection) -> Opened:
            row = connection.execute(
                sa.select(conversations).where(conversations.c.sender_id == sender_id)
            ).first()
            if row is None:
                return Opened(None, None)
            answer = self._read_answer(connection, sender_id, message_id) if message_id else None
            hot = self._take_hot(sender_id, row.version)
            return Opened(hot or self._read_window(connection, row), answer)

        return self._with(False, read)

    def _take_hot(self, sender_id: str, version: int) -> WindowTracker | None:
        # Taken out, not looked at: a turn that fails half way must not leave its
        # half behind. Saving puts it back.
        domain, tracker = self._hot.pop(sender_id, (None, None))
        if tracker is None or domain is not self.domain or tracker.version != version:
            return None
        return tracker

    def _read_window(self, connection: Connection, row: Any) -> WindowTracker:
        found = self._read_events(connection, row.sender_id, row.window_seq)
        return build_window(
            row.sender_id,
            self.domain.slots,
            deserialise_events(json.loads(row.statement)),
            found,
            row.window_seq,
            row.version,
        )

    @staticmethod
    def _read_events(connection: Connection, sender_id: str, first: int) -> list[Event]:
        rows = connection.execute(
            sa.select(events.c.data)
            .where(events.c.sender_id == sender_id, events.c.seq >= first)
            .order_by(events.c.seq)
        )
        found: list[Event] = deserialise_events([json.loads(data) for (data,) in rows])
        return found

    @staticmethod
    def _read_answer(connection: Connection, sender_id: str, message_id: str) -> list[str] | None:
        lines = connection.execute(
            sa.select(answers.c.lines).where(
                answers.c.sender_id == sender_id, answers.c.message_id == message_id
            )
        ).scalar()
        return None if lines is None else list(json.loads(lines))

    def _read_all(self, sender_id: str) -> DialogueStateTracker | None:
        found = self._with(False, lambda c: self._read_events(c, sender_id, 0))
        if not found:
            return None
        return DialogueStateTracker.from_events(sender_id, found, self.domain.slots)

    def _read_keys(self) -> list[str]:
        return self._with(
            False, lambda c: [s for (s,) in c.execute(sa.select(conversations.c.sender_id))]
        )

    def _save(self, tracker: WindowTracker, message_id: str | None, lines: list[str]) -> None:
        fresh = tracker.unsaved()
        next_seq = tracker.next_seq() + len(fresh)
        shorter = self._shortened(tracker, next_seq)
        kept = shorter or tracker

        def write(connection: Connection) -> None:
            self._write_conversation(connection, tracker, kept, next_seq)
            if fresh:
                connection.execute(events.insert(), _event_rows(tracker, fresh))
            if message_id is not None:
                self._write_answer(connection, tracker, message_id, lines)

        self._with(True, write)
        kept.version = tracker.version + 1
        kept.stored = len(kept.events)
        self._keep_hot(kept)

    def _shortened(self, tracker: WindowTracker, next_seq: int) -> WindowTracker | None:
        """The window to go on with, where the present one has become too long."""
        held = list(tracker.events)
        cut = session_start(held, tracker.stated)
        statement: list[Event] = []
        if cut is None:
            cut = cut_at(held, tracker.stated)
            if cut is None:
                return None
            before = DialogueStateTracker.from_events(
                tracker.sender_id, held[:cut], self.domain.slots
            )
            statement = statement_of(before, held[cut].timestamp)
        left = held[cut:]
        return build_window(
            tracker.sender_id, self.domain.slots, statement, left, next_seq - len(left), tracker.version
        )

    def _write_conversation(
        self, connection: Connection, tracker: WindowTracker, kept: WindowTracker, next_seq: int
    ) -> None:
        values: dict[str, Any] = {
            "version": tracker.version + 1,
            "next_seq": next_seq,
            "updated_at": time.time(),
        }
        if kept is not tracker or tracker.version == 0:
            stated = list(kept.events)[: kept.stated]
            values["window_seq"] = kept.first_seq
            values["statement"] = json.dumps([e.as_dict() for e in stated])
        if tracker.version == 0:
            try:
                connection.execute(
                    conversations.insert().values(sender_id=tracker.sender_id, **values)
                )
            except sa.exc.IntegrityError as error:
                raise StoreConflict("the conversation was started elsewhere") from error
            return
        changed = connection.execute(
            conversations.update()
            .where(
                conversations.c.sender_id == tracker.sender_id,
                conversations.c.version == tracker.version,
            )
            .values(**values)
        )
        if changed.rowcount != 1:
            raise StoreConflict("the conversation went on elsewhere")

    @staticmethod
    def _write_answer(
        connection: Connection, tracker: WindowTracker, message_id: str, lines: list[str]
    ) -> None:
        mine = answers.c.sender_id == tracker.sender_id
        version = tracker.version + 1
        if version % PRUNE_EVERY == 0:
            old = answers.c.version <= version - KEPT_ANSWERS
            connection.execute(answers.delete().where(mine, old))
        connection.execute(
            answers.insert().values(
                sender_id=tracker.sender_id,
                message_id=message_id,
                version=version,
                lines=json.dumps(lines),
            )
        )

    def _keep_hot(self, tracker: WindowTracker) -> None:
        if not self._cached:
            return
        self._hot[tracker.sender_id] = (self.domain, tracker)
        self._hot.move_to_end(tracker.sender_id)
        while len(self._hot) > self._cached:
            self._hot.popitem(last=False)

    def _forget(self, sender_id: str) -> bool:
        def erase(connection: Connection) -> bool:
            gone = [
                connection.execute(table.delete().where(table.c.sender_id == sender_id)).rowcount
                for table in (answers, events, conversations)
            ]
            return any(gone)

        self._hot.pop(sender_id, None)
        return self._with(True, erase)

    def _with(self, write: bool, work: Callable[[Connection], T]) -> T:
        """Run work in one transaction; a broken pooled connection is tried once more."""
        for attempt in (1, 2):
            try:
                if not self._ready:
                    migrate(self._engine)
                    self._ready = True
                options = self._engine.connect().execution_options(write=write)
                with options as connection, connection.begin():
                    return work(connection)
            except sa.exc.DBAPIError as error:
                # A write may have been committed before the connection broke: the
                # version would then refuse the second try, so only reads are repeated.
                if attempt == 2 or write or not error.connection_invalidated:
                    raise StoreDown(type(error.orig).__name__) from error
            except sa.exc.TimeoutError as error:
                raise StoreDown("no connection is free") from error
        raise AssertionError("unreachable")

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, lambda: work(*args))


def _event_rows(tracker: WindowTracker, fresh: Sequence[Event]) -> list[dict[str, Any]]:
    first = tracker.next_seq()
    return [
        {
            "sender_id": tracker.sender_id,
            "seq": first + offset,
            "type_name": event.type_name,
            "timestamp": event.timestamp,
            "data": json.dumps(event.as_dict()),
        }
        for offset, event in enumerate(fresh)
    ]
