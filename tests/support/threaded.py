"""The care server in a thread: its own event loop and address, its parts within reach of a test."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from care.app import public_app
from care.care import Care, build
from care.record.ids import Author, ConversationId
from care.record.messages import Message, messages_of
from care.record.migrate import migrate
from care.settings import Settings
from tests.support.assistant import SmallAssistant
from tests.support.databases import new_record_file
from tests.support.ports import free_port, wait_for_port

T = TypeVar("T")


class ThreadedCare:
    """A care server that tests of channels talk to from outside and look into from inside."""

    def __init__(self, folder: Path, assistant: SmallAssistant, **settings: Any) -> None:
        self.port = settings.pop("port", None) or free_port()
        self.settings = Settings(
            var_dir=folder,
            port=self.port,
            assistant_url=assistant.url,
            assistant_token=assistant.token,
            inner_token="inner-token",
            assistant_timeout=30.0,
            **settings,
        )
        if not self.settings.database_url and not (folder / "care.db").exists():
            new_record_file(folder / "care.db")
        else:
            migrate(self.settings.record_url)
        self.loop = asyncio.new_event_loop()
        self.care: Care = build(self.settings)
        config = uvicorn.Config(
            public_app(self.care), port=self.port, log_level="warning", access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Public address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "ThreadedCare":
        """Serve."""
        self._thread.start()
        wait_for_port(self.port)
        return self

    def close(self) -> None:
        """Stop as on SIGTERM."""
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the server's parts on its loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def read(self, work: Callable[..., T], *args: Any) -> T:
        """Read from the record."""
        return self.care.record.read_now(work, *args)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of a SELECT; JSON is read, also where the driver leaves it as text."""
        found = self.read(lambda c: [dict(r._mapping) for r in c.exec_driver_sql(query)])
        return [{name: _read(value) for name, value in row.items()} for row in found]

    def conversation(self, sender: str) -> ConversationId:
        """The newest conversation of a thread."""
        found = self.until(
            lambda: [
                row["id"]
                for row in self.rows("SELECT id, sender FROM conversations ORDER BY id")
                if row["sender"] == sender
            ]
        )
        return ConversationId(found[-1])

    def said(self, sender: str) -> list[Message]:
        """All messages of the thread's newest conversation."""
        return self.read(messages_of, self.conversation(sender))

    def by(self, author: Author, sender: str) -> list[str]:
        """What one side said in a thread."""
        return [message.text for message in self.said(sender) if message.author is author]

    def until(self, look: Callable[[], T], seconds: float = 60) -> T:
        """Wait until `look` gives something true; returns it."""
        end = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < end, f"not so after {seconds} s: {found!r}"
            time.sleep(0.03)
        return found

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._server.serve())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


@contextlib.contextmanager
def threaded_care(
    folder: Path, assistant: SmallAssistant, **settings: Any
) -> Iterator[ThreadedCare]:
    """A care server, started and stopped."""
    server = ThreadedCare(folder, assistant, **settings).start()
    try:
        yield server
    finally:
        server.close()
