"""The desk under load: 50 agents on their sockets while 10 customer messages a second come in.

Time from the customer's POST to the frame at every agent who may see the conversation, by the
real care server in a process of its own; what it costs the server; and how long the desk takes to
open in Chromium. With 500 and with 5,000 open conversations. Beside it, on the same server and the
same record, the plain way to build such a desk: each agent reads the list again every 2 seconds.

`--postgres`: on PostgreSQL instead of SQLite. `--seconds`: length of each stretch of load.
"""

import argparse
import asyncio
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from benchmarks._desk_agents import Listener, Poller, gaps, sign_in
from benchmarks._desk_browser import Opening, open_desk
from benchmarks._desk_floor import Floor, Talk, fill
from care.record.events import last_seq
from care.record.holders import mark
from care.record.record import Record
from tests.support import services
from tests.support.assistant import SmallAssistant
from tests.support.server import CareServer

AGENTS = 50
A_SECOND = 10
SIZES = (500, 5000)
PATIENCE = 15.0
"""Seconds that stragglers have after the last message, before they count as lost."""


@dataclass(frozen=True)
class Sent:
    """A message that the server took. `at`: when its POST began (monotonic seconds)."""

    key: str
    talk: Talk
    at: float
    message_id: int


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    delays: list[float]
    taken: list[float]
    lost: int
    twice: int
    leaked: int
    cpu: float
    memory: float
    bytes: float


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--postgres", action="store_true")
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    asked.add_argument("--no-browser", action="store_true")
    given = asked.parse_args()
    database = "PostgreSQL" if given.postgres else "SQLite"
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, loopback, {database}; {AGENTS} agents, "
        f"{A_SECOND} customer messages a second for {given.seconds} s; server and load share the "
        "machine"
    )
    head = ("p50", "p95", "p99", "max", "POST", "lost", "twice", "leaked", "CPU %", "MB", "KB/s")
    print(f"{'delivery, ms':34}" + "".join(f"{name:>8}" for name in head))
    for size in given.sizes:
        with served(given.postgres) as server:
            measure(server, size, given.seconds, browser=not given.no_browser)


@contextmanager
def served(postgres: bool) -> Iterator[CareServer]:
    """A care server in a process of its own, on an empty record."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="careline-desk-")))
        folder.chmod(0o755)
        env = {}
        if postgres:
            env["DATABASE_URL"] = stack.enter_context(services.postgres(folder / "postgres"))
        assistant = SmallAssistant().start()
        stack.callback(assistant.close)
        server = CareServer(folder, assistant.url, env).start()
        stack.callback(server.stop)
        yield server


def measure(server: CareServer, size: int, seconds: int, *, browser: bool) -> None:
    """Fill the record, then: sockets, polling, and the browser, one after the other."""
    record = server.record()
    floor = fill(record, AGENTS, size)
    settle(record)
    record.close()
    tokens, rows = asyncio.run(_load(server, floor, seconds))
    for row in rows:
        show(f"{size:,}: {row.name}", row)
    if browser:
        told(size, open_desk(server.url, tokens[0]))


def settle(record: Record) -> None:
    """Wait until the reports have dealt with everything that was filled in."""
    newest, end = record.read_now(last_seq), time.monotonic() + 600
    while (record.read_now(mark, "insight") or 0) < newest:
        if time.monotonic() > end:
            raise TimeoutError("the reports did not catch up")
        time.sleep(0.5)


async def _load(server: CareServer, floor: Floor, seconds: int) -> tuple[list[str], list[Row]]:
    tokens = [await sign_in(server.url, seat) for seat in floor.seats]
    listened = await _listened(server, floor, tokens, seconds)
    polled = await _polled(server, floor, tokens, seconds)
    return tokens, [listened, polled]


async def _listened(server: CareServer, floor: Floor, tokens: list[str], seconds: int) -> Row:
    """The desk as it is."""
    pairs = zip(floor.seats, tokens, strict=True)
    listeners = [Listener(server.url, seat, token) for seat, token in pairs]
    for one in listeners:
        await one.open()
    await asyncio.sleep(2)
    for one in listeners:
        one.begin()
    cost = Cost(server)
    sent, taken = await send(server, floor, seconds)
    cost.stop()
    wanted = [[item for item in sent if one.seat.sees(item.talk.place)] for one in listeners]
    await _stragglers(listeners, wanted)
    delays, lost, twice, leaked = list[float](), 0, 0, 0
    for one, due in zip(listeners, wanted, strict=True):
        delays += [one.got.at[item.key] - item.at for item in due if item.key in one.got.at]
        missing, doubled = gaps(one)
        lost += sum(item.key not in one.got.at for item in due) + missing
        twice += sum(count - 1 for count in one.got.times.values()) + doubled
        leaked += len(set(one.got.at) - {item.key for item in due})
    weight = sum(one.got.bytes for one in listeners) / len(listeners) / seconds / 1000
    for one in listeners:
        await one.close()
    return Row("one socket", delays, taken, lost, twice, leaked, *cost.found, weight)


async def _stragglers(listeners: list[Listener], wanted: list[list[Sent]]) -> None:
    """Wait until everybody has everything, or PATIENCE is over."""
    for _ in range(int(PATIENCE * 10)):
        pairs = zip(listeners, wanted, strict=True)
        if all(item.key in one.got.at for one, due in pairs for item in due):
            return
        await asyncio.sleep(0.1)


async def _polled(server: CareServer, floor: Floor, tokens: list[str], seconds: int) -> Row:
    """The plain way: who may see everything reads the list every 2 s; the others are left out of
    the delays, but they read as well."""
    pairs = zip(floor.seats, tokens, strict=True)
    pollers = [
        Poller(server.url, seat, token, 2.0 * number / AGENTS)
        for number, (seat, token) in enumerate(pairs)
    ]
    tasks = [asyncio.create_task(one.run()) for one in pollers]
    await asyncio.sleep(2)
    for one in pollers:
        one.got.bytes = 0
    cost = Cost(server)
    sent, taken = await send(server, floor, seconds, pollers)
    cost.stop()
    await asyncio.sleep(5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    delays, lost = list[float](), 0
    for one in pollers:
        due = [item for item in sent if one.seat.sees(item.talk.place)]
        delays += [one.got.at[item.key] - item.at for item in due if item.key in one.got.at]
        lost += sum(item.key not in one.got.at for item in due)
    weight = sum(one.got.bytes for one in pollers) / len(pollers) / seconds / 1000
    return Row("the list every 2 s", delays, taken, lost, 0, 0, *cost.found, weight)


async def send(
    server: CareServer, floor: Floor, seconds: int, pollers: list[Poller] | None = None
) -> tuple[list[Sent], list[float]]:
    """Post A_SECOND messages a second on time, whether or not earlier ones are answered."""
    chance = random.Random(7)
    sent, taken = list[Sent](), list[float]()
    url = f"{server.url}/api/widget/messages"

    async def one(http: aiohttp.ClientSession, number: int, talk: Talk) -> None:
        began, key = time.monotonic(), f"m{number}-{int(time.time() * 1000)}"
        headers = {"Authorization": f"Bearer {talk.token}"}
        body = {"key": key, "text": f"Any news of my order? This is message {number}."}
        async with http.post(url, json=body, headers=headers) as answer:
            told = await answer.json()
            if answer.status != 202:
                raise RuntimeError(f"not accepted: {told}")
        taken.append(time.monotonic() - began)
        sent.append(Sent(key, talk, began, told["message_id"]))
        for poller in pollers or []:
            poller.want(talk.id, told["message_id"], key)

    async with aiohttp.ClientSession() as http:
        start, posts = time.monotonic(), []
        for number in range(seconds * A_SECOND):
            await asyncio.sleep(max(0.0, start + number / A_SECOND - time.monotonic()))
            posts.append(asyncio.create_task(one(http, number, chance.choice(floor.talks))))
        await asyncio.gather(*posts)
    return sent, taken


class Cost:
    """What the server's process uses meanwhile: share of one core in percent, memory in MB."""

    def __init__(self, server: CareServer) -> None:
        assert server.process is not None
        self._process = psutil.Process(server.process.pid)
        self._began, self._used = time.monotonic(), self._time()
        self.found = (0.0, 0.0)

    def stop(self) -> None:
        """Measure until now."""
        wall = time.monotonic() - self._began
        share = 100 * (self._time() - self._used) / wall
        self.found = (share, self._process.memory_info().rss / 1e6)

    def _time(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def show(name: str, row: Row) -> None:
    """Print a line of the table."""
    cuts = statistics.quantiles(row.delays, n=100, method="inclusive")
    times = [cuts[49], cuts[94], cuts[98], max(row.delays), statistics.median(row.taken)]
    print(
        f"{name:34}"
        + "".join(f"{1000 * value:8.0f}" for value in times)
        + f"{row.lost:8}{row.twice:8}{row.leaked:8}{row.cpu:8.0f}{row.memory:8.0f}{row.bytes:8.1f}",
        flush=True,
    )


def told(size: int, opening: Opening) -> None:
    """Print how the desk opened."""
    print(
        f"{size:,}: in Chromium, median: rows after {opening.rows:.0f} ms, first conversation "
        f"{opening.words:.0f} ms after the click, {opening.elements:.0f} elements, "
        f"{opening.bytes / 1000:.1f} KB in {opening.requests:.0f} requests",
        flush=True,
    )


if __name__ == "__main__":
    main()
