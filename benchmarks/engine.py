"""Our channel, store, locks and rules beside stock Rasa's, with the same bot, in one run.

Processor time of the server process and time on the wire; loopback only, bounded
counts. Compare rows of one run: absolute figures depend on the machine and on what
else it does. `make bench ONLY=engine`, about six minutes.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks._engine_servers import (
    BOT,
    OURS,
    ROOT,
    OurServer,
    Server,
    StockServer,
    running,
    topics_bot,
    train,
)

SAYINGS = ("opening hours", "jobs", "hello", "track", "parcel A12345")
LENGTHS = (3, 100, 1000, 5000)
STOCK_LENGTHS = (3, 100, 1000)
TOPICS = (20, 200, 1000)
USERS = (1, 8, 32)
MESSAGES = 160
TOPIC_CONVERSATIONS = 30
WARM_UP = 5
REPEATS = 60
STOCK_REPEATS = {3: 20, 100: 10, 1000: 3}


def main() -> None:
    """Measure and print."""
    print(f"conditions: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
          f"Python {platform.python_version()}, loopback, SQLite, one server process, no action "
          "call; bot: keyword intents, rules and stories")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="careline-engine-") as name:
        folder = Path(name)
        ours, stock = train(folder, BOT, OURS), train(folder, BOT, "RulePolicy")
        start_and_memory(folder, ours, stock)
        with running(OurServer(fresh(folder), ours)) as server:
            lengths(server, LENGTHS)
            throughput(server)
        with running(StockServer(fresh(folder), stock)) as server:
            lengths(server, STOCK_LENGTHS)
            throughput(server)
        topics(folder)


_folders = itertools.count()


def fresh(folder: Path) -> Path:
    """A folder of its own for a server's store and log."""
    made = folder / f"server{next(_folders)}"
    made.mkdir()
    return made


def start_and_memory(folder: Path, ours: Path, stock: Path) -> None:
    """How long until the first answer is possible, and the memory after a few."""
    product = max(
        (ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, default=None
    )
    rows: list[tuple[str, Callable[[], Server]]] = [
        ("ours", lambda: OurServer(fresh(folder), ours)),
        ("ours with TensorFlow imported", lambda: OurServer(fresh(folder), ours, "--stock")),
        ("stock Rasa", lambda: StockServer(fresh(folder), stock)),
    ]
    if product is not None:
        rows.insert(0, ("ours, the product's model", lambda: OurServer(fresh(folder), product)))
    print(f"\n{'start':34}{'ready after s':>14}{'cpu s':>8}{'MB':>8}")
    for title, start in rows:
        with running(start()) as server:
            connection = server.connect()
            cpu = server.cpu()
            for text in ("hello", "goodbye") * 5:
                with contextlib.suppress(RuntimeError):
                    # The product's model may want its action server, which is not here.
                    server.ask(connection, "memory", text)
            print(f"{title:34}{server.seconds_to_start:14.1f}{cpu:8.1f}{server.megabytes():8.0f}",
                  flush=True)  # fmt: skip


def lengths(server: Server, wanted: Sequence[int]) -> None:
    """What a turn costs after so many turns of the same conversation.

    Each long one is measured in alternation with conversations of 3 turns, so that
    whatever else the machine does falls on both.
    """
    print(f"\n{server.title + ': a turn after':34}{'turns':>8}{'cpu ms':>9}{'at 3':>8}{'times':>7}"
          f"{'p50 ms':>9}{'p95 ms':>9}")  # fmt: skip
    for turns in wanted:
        sender = conversation(server, turns)
        repeats = STOCK_REPEATS[turns] if isinstance(server, StockServer) else REPEATS
        base, costs = [], []
        for number in range(repeats):
            base.append(cost(server, short(server, number + turns * 100), number)[0])
            costs.append(cost(server, sender, number))
        cpu, at_three = (statistics.fmean(v) * 1000 for v in ([c for c, _ in costs], base))
        wire = [w * 1000 for _, w in costs]
        print(f"{'':34}{turns:8}{cpu:9.1f}{at_three:8.1f}{cpu / at_three:7.2f}"
              f"{part(wire, 50):9.1f}{part(wire, 95):9.1f}", flush=True)  # fmt: skip


def short(server: Server, number: int) -> str:
    """A new conversation of 3 turns."""
    sender = f"short{number}"
    connection = server.connect()
    for text in SAYINGS[:3]:
        server.ask(connection, sender, text)
    return sender


def conversation(server: Server, turns: int) -> str:
    """A conversation of so many turns: asked one by one, or written into stock's store."""
    sender = f"long{turns}"
    if isinstance(server, StockServer) and turns > 3:
        server.lengthen(short(server, turns), sender, turns)
        return sender
    connection = server.connect()
    for number in range(turns):
        server.ask(connection, sender, SAYINGS[number % len(SAYINGS)])
    return sender


def cost(server: Server, sender: str, number: int) -> tuple[float, float]:
    """Processor seconds and seconds on the wire of one message."""
    connection = server.connect()
    cpu, began = server.cpu(), time.perf_counter()
    server.ask(connection, sender, SAYINGS[number % len(SAYINGS)])
    return server.cpu() - cpu, time.perf_counter() - began


def throughput(server: Server) -> None:
    """Messages a second with so many customers at once, each waiting for its answer."""
    print(f"\n{server.title + ': customers at once':34}{'users':>8}{'msg/s':>9}{'p50 ms':>9}{'cpu ms':>9}"
          f"{'msg/s a core':>14}")  # fmt: skip
    for users in USERS:
        each = max(4, MESSAGES // users)
        cpu, began = server.cpu(), time.perf_counter()
        names = [f"u{users}-{number}" for number in range(users)]
        with ThreadPoolExecutor(users) as pool:
            times = list(pool.map(customer, [server] * users, names, [each] * users))
        took, cpu = time.perf_counter() - began, server.cpu() - cpu
        count = users * each
        wire = [t * 1000 for some in times for t in some]
        print(f"{'':34}{users:8}{count / took:9.1f}{part(wire, 50):9.1f}{cpu / count * 1000:9.1f}"
              f"{count / cpu:14.1f}", flush=True)  # fmt: skip


def customer(server: Server, sender: str, messages: int) -> list[float]:
    """One customer's waiting times in seconds."""
    connection, times = server.connect(), []
    for number in range(messages):
        began = time.perf_counter()
        server.ask(connection, sender, SAYINGS[number % len(SAYINGS)])
        times.append(time.perf_counter() - began)
    return times


def topics(folder: Path) -> None:
    """What a turn costs with so many FAQ topics.

    The servers of all sizes run at once and are asked in turn, so that whatever else
    the machine does falls on all of them.
    """
    print(f"\n{'FAQ topics, one rule each':34}{'topics':>8}{'cpu ms':>9}{'of first':>10}")
    bots = {count: topics_bot(folder, count) for count in TOPICS}
    for title, policy, kind in (("ours", OURS, OurServer), ("stock Rasa", "RulePolicy", StockServer)):
        models = {count: train(folder, bot, policy) for count, bot in bots.items()}
        with contextlib.ExitStack() as stack:
            servers = {
                count: stack.enter_context(running(kind(fresh(folder), model)))
                for count, model in models.items()
            }
            found = topic_costs(servers)
        for count in TOPICS:
            print(f"{title:34}{count:8}{found[count]:9.1f}{found[count] / found[TOPICS[0]]:10.2f}",
                  flush=True)  # fmt: skip


def topic_costs(servers: Mapping[int, Server]) -> dict[int, float]:
    """Processor milliseconds of a turn, over short conversations through all topics."""
    costs: dict[int, list[float]] = {count: [] for count in servers}
    for number in range(TOPIC_CONVERSATIONS):
        for count, server in servers.items():
            connection = server.connect()
            for turn in range(4):
                cpu = server.cpu()
                topic = (number * 37 + turn * 11) % count
                server.ask(connection, f"topics{number}", f"/topic_{topic}")
                if number >= WARM_UP:
                    costs[count].append(server.cpu() - cpu)
    return {count: statistics.fmean(spent) * 1000 for count, spent in costs.items()}


def part(values: Sequence[float], percent: int) -> float:
    """A percentile, without interpolation."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


if __name__ == "__main__":
    main()
