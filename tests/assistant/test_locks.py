"""One turn at a time, first come first served: in one process and through Redis."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rasa.core.lock_store import LockError
from rasa.utils.endpoints import EndpointConfig

from assistant import locks
from assistant.locks import ConversationLocks

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["process", "redis"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ConversationLocks:
    """The lock store, of both kinds."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    if request.param == "process":
        return ConversationLocks()
    return ConversationLocks(EndpointConfig(request.getfixturevalue("redis_url")))


async def test_first_come_first_served(store: ConversationLocks) -> None:
    order: list[int] = []
    all_wait = asyncio.Event()
    inside = 0

    async def turn(number: int) -> None:
        nonlocal inside
        async with store.lock("test:order"):
            inside += 1
            assert inside == 1
            if number == 0:
                await all_wait.wait()
            order.append(number)
            inside -= 1

    turns = []
    for number in range(10):
        turns.append(asyncio.create_task(turn(number)))
        await until_in_line(store, "test:order", number + 1)
    all_wait.set()
    await asyncio.gather(*turns)
    assert order == list(range(10))


async def until_in_line(store: ConversationLocks, name: str, count: int) -> None:
    """Wait until so many hold the lock or wait for it."""
    kind = store._locks
    while True:
        if isinstance(kind, locks._InProcess):
            waiting = kind._locks.get(name, (None, 0))[1]
        else:
            waiting = await kind._redis.llen(locks.KEY + name)
        if waiting >= count:
            return
        await asyncio.sleep(0.01)


async def test_other_conversations_do_not_wait(store: ConversationLocks) -> None:
    async with store.lock("test:a"), store.lock("test:b"):
        pass


async def test_waiting_is_not_polling(
    store: ConversationLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits is called; stock looks once a second, and two quick messages take 1.16 s."""
    monkeypatch.setattr(locks, "LOOK_SECONDS", 100)

    async def turn() -> None:
        async with store.lock("test:quick"):
            await asyncio.sleep(0.01)

    await asyncio.wait_for(asyncio.gather(*(turn() for _ in range(4))), 60)


async def test_who_gives_up_waiting_is_passed_over(store: ConversationLocks) -> None:
    held = asyncio.Event()
    release = asyncio.Event()

    async def hold() -> None:
        async with store.lock("test:left"):
            held.set()
            await release.wait()

    async def wait() -> None:
        async with store.lock("test:left"):
            pass

    holder = asyncio.create_task(hold())
    await held.wait()
    leaver = asyncio.create_task(wait())
    await until_in_line(store, "test:left", 2)
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    last = asyncio.create_task(wait())
    release.set()
    await asyncio.wait_for(asyncio.gather(holder, last), 60)


async def test_an_error_inside_gives_the_lock_back(store: ConversationLocks) -> None:
    with pytest.raises(KeyError):
        async with store.lock("test:error"):
            raise KeyError
    async with store.lock("test:error"):
        pass


def test_nothing_is_left_in_memory() -> None:
    store = locks._InProcess()

    async def use() -> None:
        async with store.hold("test:memory"):
            assert len(store._locks) == 1

    asyncio.run(use())
    assert not store._locks


_PROCESS = """
import asyncio, sys
from assistant.lean import stand_in
stand_in()
from assistant.locks import ConversationLocks
from pathlib import Path

async def main(path, count):
    store = ConversationLocks()
    async def add():
        async with store.lock("test:shared"):
            value = int(path.read_text())
            await asyncio.sleep(0.001)
            path.write_text(str(value + 1))
    await asyncio.gather(*(add() for _ in range(count)))
    async with store.lock("test:crash"):
        print("held", flush=True)
        if sys.argv[3] == "crash":
            import os
            os._exit(9)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


def start(redis_url: str, counter: Path, end: str) -> subprocess.Popen[bytes]:
    """A process that counts up under the lock, 40 times at once."""
    environment = {**os.environ, "REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", _PROCESS, str(counter), "40", end]
    return subprocess.Popen(command, env=environment, cwd=ROOT)


async def test_processes_share_the_lock(redis_url: str, tmp_path: Path) -> None:
    """Nothing is lost between three processes, nor waits for ever after one died inside."""
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [start(redis_url, counter, end) for end in ("leave", "leave", "crash")]
    codes = [await asyncio.to_thread(process.wait, 240) for process in processes]
    assert sorted(codes) == [0, 0, 9]
    assert counter.read_text() == "120"
    store = ConversationLocks(EndpointConfig(redis_url))

    async def take() -> None:
        async with store.lock("test:crash"):
            pass

    await asyncio.wait_for(take(), 3 * locks.LEASE_SECONDS)


async def test_redis_down() -> None:
    store = ConversationLocks(EndpointConfig("redis://127.0.0.1:9/0"))
    with pytest.raises(LockError):
        async with store.lock("test:down"):
            pass
