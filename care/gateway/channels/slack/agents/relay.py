"""Keeping the support channel's cards and threads up to date, from the event table.

Each thread knows the last event that it was told, so a crash or a fault of Slack delays a line
but loses none; a line that Slack took just before a crash may stand there twice.
"""

import asyncio
import contextlib
import logging
import secrets
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from sqlalchemy import Connection

from care.background import Background
from care.bus import Bus, Signal
from care.gateway.channels.slack.agents.card import Card, card_of
from care.gateway.channels.slack.agents.lines import line_of, transcript
from care.gateway.channels.slack.client import NETWORK
from care.gateway.channels.slack.faults import outcome_of
from care.gateway.channels.slack.names import Target
from care.gateway.channels.slack.sending import Part, SlackSender
from care.gateway.outbox import Later, Rejected, Unreachable
from care.gateway.pace import Pacer, Rate
from care.gateway.rendering.slack_blocks import SECTION_LIMIT, section, short
from care.record.agent_threads import (
    AgentThread,
    do_close_thread,
    do_note_card,
    do_note_relayed,
    do_open_thread,
    open_threads,
)
from care.record.events import events_after, last_seq
from care.record.holders import do_begin_mark, do_hold, do_let_go, do_move_mark, mark
from care.record.ids import ConversationId, HandoffId, Seq
from care.record.record import Record, RecordDown

log = logging.getLogger(__name__)
MARK = "slack_handoffs"
LOOK = 1.0
HOLD = 20.0
LONGEST_PAUSE = 60.0
SEVERAL = 8
"""Threads that are told something at the same time."""
ROOM = Rate(burst=6, per_second=1)
TOTAL = Rate(burst=20, per_second=20)


@dataclass(frozen=True, slots=True)
class News:
    """What a thread still has to be told, up to and including event `seq`."""

    thread: AgentThread
    card: Card
    lines: list[str]
    seq: Seq


class Relay:
    """Posts cards, tells threads. One process at a time."""

    def __init__(self, record: Record, bus: Bus, sender: SlackSender, place: str) -> None:
        self.record = record
        self.bus = bus
        self.sender = sender
        self.place = place
        self.trouble: str | None = None
        self._pacer = Pacer(ROOM, TOTAL)
        self._holder = secrets.token_hex(8)
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin where the last process stopped."""
        self._work.start()

    async def stop(self) -> None:
        """Stop; let another process take over at once."""
        await self._work.stop()
        with contextlib.suppress(RecordDown):
            await self.record.write(do_let_go, self._holder)

    async def _run(self) -> None:
        faults = 0
        async with self.bus.listen() as signals:
            while True:
                wait = LOOK
                try:
                    if await self.record.write(do_hold, f"slack:{self.place}", self._holder, HOLD):
                        await self._step()
                    faults, self.trouble = 0, None
                except (Later, Rejected, Unreachable) as fault:
                    faults += 1
                    self.trouble = f"the support channel cannot be written to: {fault}"
                    told = fault.seconds if isinstance(fault, Later) else None
                    wait = told or min(2.0**faults, LONGEST_PAUSE)
                    log.warning("slack: %s; again in %.0f s", self.trouble, wait)
                    await asyncio.sleep(wait)
                except RecordDown:
                    log.warning("the care record does not answer; the support channel waits")
                except Exception:
                    log.exception("the support channel was not told something; it is tried again")
                    await asyncio.sleep(LOOK)
                await _wake_or(signals, wait)

    async def _step(self) -> None:
        await self.record.write(_do_open_threads, self.place)
        news = [item for item in await self.record.read(_news, self.place) if item]
        for start in range(0, len(news), SEVERAL):
            done = await asyncio.gather(
                *(self._tell(item) for item in news[start : start + SEVERAL]),
                return_exceptions=True,
            )
            for outcome in done:
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _tell(self, news: News) -> None:
        thread = news.thread
        if thread.external_id is None:
            stamp = await self._post(None, news.card.words, news.card.blocks)
            await self.record.write(do_note_card, thread.handoff_id, stamp, None)
        else:
            stamp = thread.external_id
        for text in _pieces(news.lines):
            await self._post(stamp, text, [section(text)])
        if news.seq != thread.relayed_seq:
            await self.record.write(do_note_relayed, thread.handoff_id, news.seq)
        if thread.card != news.card.mark:
            if thread.external_id is not None:
                await self._update(stamp, news.card)
            await self.record.write(do_note_card, thread.handoff_id, stamp, news.card.mark)
        if news.card.closed:
            await self.record.write(do_close_thread, thread.handoff_id)

    async def _post(self, stamp: str | None, words: str, blocks: list[dict[str, object]]) -> str:
        await self._pacer.turn(self.place)
        part = Part(short(words, 3000), tuple(blocks))
        name = await self.sender.call(Target(self.place, stamp), part)
        return name.rpartition(":")[2]

    async def _update(self, stamp: str, card: Card) -> None:
        try:
            await self.sender.client.web.chat_update(
                channel=self.place, ts=stamp, text=card.words, blocks=card.blocks
            )
        except SlackApiError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, Later):
                raise outcome from error
            log.warning("slack: a card cannot be changed: %s", outcome)
        except NETWORK as error:
            raise Later(type(error).__name__) from error


async def _wake_or(signals: asyncio.Queue[Signal], seconds: float) -> None:
    """Wait for news, not for frames; all that is queued is one piece of news."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        while True:
            signal = await asyncio.wait_for(signals.get(), max(end - loop.time(), 0.001))
            if signal.frame is None:
                break
    except TimeoutError:
        return
    while not signals.empty():
        signals.get_nowait()


def _do_open_threads(connection: Connection, place: str) -> None:
    """A card for each handoff since the last look."""
    old = mark(connection, MARK)
    if old is None:
        do_begin_mark(connection, MARK, last_seq(connection))
        return
    events = events_after(connection, old)
    if not events or not do_move_mark(connection, MARK, old, events[-1].seq):
        return
    for event in events:
        if event.kind == "handoff.requested" and event.conversation_id:
            conversation_id = ConversationId(event.conversation_id)
            handoff_id = HandoffId(event.data["handoff_id"])
            do_open_thread(connection, handoff_id, conversation_id, place, Seq(event.seq))


def _news(connection: Connection, place: str) -> list[News | None]:
    return [_news_of(connection, thread) for thread in open_threads(connection, place)]


def _news_of(connection: Connection, thread: AgentThread) -> News | None:
    """What the thread lacks; None where it lacks nothing."""
    card = card_of(connection, thread.handoff_id, thread.conversation_id)
    if thread.card is None:  # the transcript has not been told
        newest = last_seq(connection, thread.conversation_id)
        lines = transcript(connection, thread.conversation_id)
        return News(thread, card, lines, newest)
    events = events_after(connection, thread.relayed_seq, conversation_id=thread.conversation_id)
    if not events and card.mark == thread.card:
        return None
    lines = [line for event in events if (line := line_of(connection, event))]
    return News(thread, card, lines, events[-1].seq if events else thread.relayed_seq)


def _pieces(lines: list[str]) -> list[str]:
    """Lines together, as many as a section takes."""
    pieces: list[str] = []
    for line in lines:
        if pieces and len(pieces[-1]) + len(line) + 1 <= SECTION_LIMIT - 100:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line)
    return pieces
