"""Background work survives its faults and ends when it is told to."""

import asyncio

import pytest

from care import background as room
from care.background import Background


async def test_a_fault_is_logged_and_the_work_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    begun, done = 0, asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise LookupError("what nobody thought of")
        done.set()

    background = Background(work, pause=0.0)
    background.start()
    await asyncio.wait_for(done.wait(), 60)
    await background.stop()
    assert begun == 3
    assert caplog.text.count("begins anew") == 2


async def test_it_is_begun_once_and_has_ended_when_stopping_returns() -> None:
    state: list[str] = []

    async def work() -> None:
        state.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            state.append("ended")

    background = Background(work)
    await background.stop()
    for _ in range(2):
        background.start()
        background.start()
        await asyncio.sleep(0)
        await background.stop()
        await background.stop()
    assert state == ["begun", "ended"] * 2


async def test_a_cancellation_that_is_lost_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "AGAIN", 0.01)
    lost = 0

    async def work() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    background = Background(work)
    background.start()
    await asyncio.sleep(0)
    await asyncio.wait_for(background.stop(), 60)
    assert lost == 3
