"""Signals reach everyone who listens, in this process and in others."""

import asyncio

import pytest

from care.bus import Bus, Signal


async def _next(queue: "asyncio.Queue[Signal]") -> Signal:
    return await asyncio.wait_for(queue.get(), 60)


async def _until_probe(queue: "asyncio.Queue[Signal]") -> Signal:
    while (signal := await queue.get()).frame != {"type": "probe"}:
        pass
    return signal


async def test_every_listener_hears_every_signal() -> None:
    bus = Bus()
    async with bus.listen() as first, bus.listen() as second:
        await bus.wake(7)
        await bus.send(7, {"type": "typing"})
        for queue in (first, second):
            assert await _next(queue) == Signal(7)
            assert await _next(queue) == Signal(7, {"type": "typing"})


async def test_a_listener_that_falls_behind_is_told_to_look_at_everything() -> None:
    bus = Bus(queue_size=3)
    async with bus.listen() as queue:
        for number in range(4):
            await bus.wake(number)
        assert await _next(queue) == Signal(None)
        assert queue.empty()


async def test_another_process_hears_over_redis(redis_url: str) -> None:
    here, there = Bus(redis_url), Bus(redis_url)
    await here.start()
    await there.start()
    try:
        async with there.listen() as queue:
            heard = asyncio.create_task(_until_probe(queue))
            for _ in range(600):  # until the other one has subscribed nobody hears
                await here.send(1, {"type": "probe"})
                if (await asyncio.wait({heard}, timeout=0.1))[0]:
                    break
            assert heard.done()
            assert heard.result().conversation_id == 1
    finally:
        await here.stop()
        await there.stop()


async def test_without_redis_the_own_process_still_hears(unused_port: int) -> None:
    bus = Bus(f"redis://127.0.0.1:{unused_port}/0")
    async with bus.listen() as queue:
        await bus.wake(3)
        assert await _next(queue) == Signal(3)
    await bus.stop()


@pytest.fixture
def unused_port() -> int:
    from tests.support.ports import free_port

    return free_port()
