"""What the store promises beyond answering like stock: nothing lost, nothing twice, little read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

from assistant import schema, tracker_store
from assistant.database import StoreConflict, StoreDown, connect, database_url
from assistant.schema import NewerSchema, migrate
from assistant.tracker_store import KEPT_ANSWERS, WindowTrackerStore
from assistant.window import KEEP_TURNS, SLACK_TURNS
from tests.assistant.dialogue import Ours, sayings, state

MakeStore = Callable[..., WindowTrackerStore]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, of both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tracker.db'}"
    found: str = request.getfixturevalue("postgres_url")
    engine = connect(database_url(found))
    schema.metadata.drop_all(engine)
    engine.dispose()
    return found


@pytest.fixture
def make(url: str) -> Iterator[MakeStore]:
    """Make stores on the same database; closed after the test."""
    made: list[WindowTrackerStore] = []

    def store(**more: Any) -> WindowTrackerStore:
        made.append(WindowTrackerStore(domain=domain(), host=url, **more))
        return made[-1]

    yield store
    for each in made:
        each.close()


def domain() -> Domain:
    slots = [TextSlot("size", []), TextSlot("colour", [])]
    return Domain([], {}, slots, {}, [], {}, {})


async def turn(store: WindowTrackerStore, text: str, message_id: str | None = None) -> None:
    """One small turn."""
    opened = await store.open("test:x")
    tracker = opened.tracker or store.init_tracker("test:x")
    tracker.update(ActionExecuted("action_listen"))
    tracker.update(UserUttered(text, {"name": "greet"}))
    tracker.update(SlotSet("size", text))
    tracker.update(ActionExecuted("utter_greet"))
    await store.save_turn(tracker, message_id, [json.dumps({"text": text})])


async def test_written_once_and_read_back(make: MakeStore) -> None:
    store, other = make(), make()
    for number in range(5):
        await turn(store, f"text {number}", f"m{number}")
    again = await other.open("test:x", "m3")
    assert again.answer == ['{"text": "text 3"}']
    assert again.tracker is not None
    assert again.tracker.get_slot("size") == "text 4"
    full = await other.retrieve_full_tracker("test:x")
    assert full is not None
    assert [e.text for e in full.events if isinstance(e, UserUttered)] == [
        f"text {n}" for n in range(5)
    ]
    assert list(await other.keys()) == ["test:x"]
    assert await other.exists("test:x")
    assert not await other.exists("test:y")


async def test_every_event_is_kept_however_short_the_window(make: MakeStore) -> None:
    """Cutting the window loses nothing from the record, and the window stays short."""
    store = make()
    for number in range(100):
        await turn(store, f"text {number}")
    held = await store.retrieve("test:x")
    full = await store.retrieve_full_tracker("test:x")
    assert held is not None
    assert full is not None
    said = [e for e in held.events if isinstance(e, UserUttered)]
    assert KEEP_TURNS <= len(said) <= KEEP_TURNS + SLACK_TURNS + 12
    assert len([e for e in full.events if isinstance(e, UserUttered)]) == 100
    assert len(full.events) == 400
    assert held.current_slot_values() == full.current_slot_values()


async def test_slot_of_long_ago(make: MakeStore) -> None:
    """What was said once is still known a hundred turns later, read by another process."""
    store = make()
    opened = store.init_tracker("test:x")
    opened.update(SlotSet("colour", "green"))
    await store.save(opened)
    for number in range(100):
        await turn(store, f"text {number}")
    for reader in (store, make(), make(cached=0)):
        held = await reader.retrieve("test:x")
        assert held is not None
        assert held.get_slot("colour") == "green"


async def test_two_processes_in_turn(make: MakeStore) -> None:
    """What one has in memory is not used after the other has written."""
    one, two = make(), make()
    for number in range(40):
        await turn((one, two)[number % 2 == 0], f"text {number}")
    full = await one.retrieve_full_tracker("test:x")
    assert full is not None
    said = [e.text for e in full.events if isinstance(e, UserUttered)]
    assert said == [f"text {n}" for n in range(40)]


async def test_the_second_of_two_writers_is_refused(make: MakeStore) -> None:
    one, two = make(), make()
    await turn(one, "first")
    mine = (await one.open("test:x")).tracker
    theirs = (await two.open("test:x")).tracker
    assert mine is not None
    assert theirs is not None
    for tracker in (mine, theirs):
        tracker.update(SlotSet("colour", "red"))
    await one.save(mine)
    with pytest.raises(StoreConflict):
        await two.save_turn(theirs, "m9", ["{}"])
    assert (await two.open("test:x", "m9")).answer is None
    full = await two.retrieve_full_tracker("test:x")
    assert full is not None
    assert len(full.events) == 5


async def test_the_second_of_two_first_writers_is_refused(make: MakeStore) -> None:
    one, two = make(), make()
    mine, theirs = one.init_tracker("test:x"), two.init_tracker("test:x")
    for tracker in (mine, theirs):
        tracker.update(SlotSet("colour", "red"))
    await one.save(mine)
    with pytest.raises(StoreConflict):
        await two.save(theirs)


async def test_half_a_turn_leaves_nothing(make: MakeStore) -> None:
    """A turn that was not saved is not remembered either."""
    store = make()
    await turn(store, "first")
    half = (await store.open("test:x")).tracker
    assert half is not None
    half.update(SlotSet("colour", "red"))
    whole = (await store.open("test:x")).tracker
    assert whole is not None
    assert whole.get_slot("colour") is None


async def test_only_the_last_answers_are_kept(
    make: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_store, "KEPT_ANSWERS", 5)
    monkeypatch.setattr(tracker_store, "PRUNE_EVERY", 4)
    store = make()
    for number in range(12):
        await turn(store, f"text {number}", f"m{number}")
    found = [(await store.open("test:x", f"m{n}")).answer is not None for n in range(12)]
    assert found == [False] * 7 + [True] * 5
    assert KEPT_ANSWERS >= 100


async def test_forget(make: MakeStore, url: str) -> None:
    store = make()
    await turn(store, "secret", "m1")
    assert await store.forget("test:x")
    assert not await store.forget("test:x")
    assert (await store.open("test:x", "m1")) == tracker_store.Opened(None, None)
    engine = connect(database_url(url))
    with engine.connect() as connection:
        for table in (schema.conversations, schema.events, schema.answers):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    engine.dispose()


async def test_migrations_run_once_by_whoever_comes_first(make: MakeStore, url: str) -> None:
    stores = [make() for _ in range(4)]
    await asyncio.gather(*(store.check() for store in stores))
    engine = connect(database_url(url))
    assert migrate(engine) == len(schema.MIGRATIONS)
    with engine.begin() as connection:
        rows = connection.execute(sa.select(schema.schema_version.c.version)).all()
    assert [tuple(row) for row in rows] == [(len(schema.MIGRATIONS),)]
    engine.dispose()


async def test_tables_of_a_newer_release_are_left_alone(make: MakeStore, url: str) -> None:
    engine = connect(database_url(url))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(schema.schema_version.update().values(version=99))
    engine.dispose()
    with pytest.raises(NewerSchema):
        await make().check()


async def test_database_down(tmp_path: Path) -> None:
    gone = WindowTrackerStore(host="postgresql://x@127.0.0.1:9/x")
    for work in (gone.check, lambda: gone.open("test:x"), lambda: gone.forget("test:x")):
        with pytest.raises(StoreDown):
            await work()
    gone.close()


def test_event_broker_is_refused() -> None:
    with pytest.raises(ValueError, match="broker"):
        WindowTrackerStore(event_broker=EventBroker(), host="sqlite://")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg2://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg2://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg2://u@h/d"),
        ("sqlite:///var/x.db", "sqlite:///var/x.db"),
    ],
)
def test_addresses_of_the_care_server_work(given: str, used: str) -> None:
    assert database_url(given) == used


def test_sqlite_is_durable(tmp_path: Path) -> None:
    """WAL for speed, FULL so that a power cut takes no answered turn."""
    engine = connect(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


async def test_a_turn_reads_no_more_in_a_long_conversation(models: Path, tmp_path: Path) -> None:
    """The window that a turn works on does not grow; how long it takes is for the benchmark."""
    store = WindowTrackerStore(host=f"sqlite:///{tmp_path / 'x.db'}")
    ours = Ours(models, store)
    sizes = []
    for text in sayings(31, 150, commands=False):
        await ours.lines("test:x", text)
        sizes.append(len((await ours.tracker("test:x")).events))
    whole = await store.retrieve_full_tracker("test:x")
    assert whole is not None
    assert max(sizes) <= 250 < len(whole.events)
    store.close()


async def test_memory_and_database_agree(models: Path, tmp_path: Path) -> None:
    """What stays in memory is what another process would read."""
    url = f"sqlite:///{tmp_path / 'x.db'}"
    store, fresh = WindowTrackerStore(host=url), WindowTrackerStore(host=url, cached=0)
    ours = Ours(models, store)
    fresh.domain = ours.agent.domain
    for number, text in enumerate(sayings(32, 120)):
        await ours.lines("test:x", text)
        if number % 7 == 0:
            hot, cold = await store.retrieve("test:x"), await fresh.retrieve("test:x")
            assert hot is not None
            assert cold is not None
            assert state(hot) == state(cold)
            assert written(hot) == written(cold)
    store.close()
    fresh.close()


def written(tracker: DialogueStateTracker) -> list[Any]:
    """A tracker's events as they are in the database."""
    return [json.loads(json.dumps(e.as_dict())) for e in tracker.events]


async def test_a_copy_is_what_a_replay_leads_to(models: Path, tmp_path: Path) -> None:
    """WindowTracker.copy does not replay; it must come to the same."""
    ours = Ours(models, WindowTrackerStore(host=f"sqlite:///{tmp_path / 'x.db'}"))
    for text in sayings(33, 60):
        await ours.lines("test:x", text)
        held = (await ours.store.open("test:x")).tracker
        assert held is not None
        replayed = held.travel_back_in_time(time.time() + 1000)
        assert state(held.copy()) == state(replayed) == state(held)
        held.copy().update(SlotSet("order_number", "changed"))
        assert held.get_slot("order_number") != "changed"
    ours.store.close()
