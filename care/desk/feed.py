"""One reader of the event log for all desks of this process.

Every new event is read and put into words once, then given to each connected desk that may see its
conversation. However many agents look, the record is asked once.
"""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from care.background import Background
from care.bus import Bus, Signal
from care.desk.counting import Counting
from care.desk.rows import place_in, rows_by_id
from care.desk.views import message_views
from care.desk.visibility import Place, may_see, place_of
from care.record.agents import Agent
from care.record.events import Event, events_after, last_seq
from care.record.messages import messages_by_id
from care.record.record import Record, RecordDown

log = logging.getLogger(__name__)
LOOK_AGAIN = 5.0
QUEUE_SIZE = 2000
DESK_FRAMES = {"typing", "viewing", "presence", "signed_out", "notify", "settings"}
PLACES = 20_000
SIGNED_OUT, BEHIND, GOING_AWAY = 4401, 4408, 1001


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame ready to be sent. `place` decides who may see it.

    Who could see the conversation at one of the places `was`, but no longer, is told `gone`: only
    that it is gone. `only` names one agent, `but` a desk that knows already. `moves`: the
    conversation may be in other views than before.
    """

    text: str
    seq: int = 0
    place: Place | None = None
    was: tuple[Place, ...] = ()
    gone: str = ""
    only: int | None = None
    but: str | None = None
    moves: bool = False

    def text_for(self, agent: Agent, desk: str) -> str | None:
        """What the agent at this desk is told; None: nothing."""
        if self.but == desk or (self.only is not None and self.only != agent.id):
            return None
        if self.place is None or may_see(agent, self.place):
            return self.text
        return self.gone if self.gone and any(may_see(agent, was) for was in self.was) else None


@dataclass(eq=False)
class Listener:
    """One connected desk. `lost` is set where it could not keep up: it must start anew."""

    agent: Agent
    desk: str
    session: str
    queue: asyncio.Queue[tuple[int, str] | None] = field(
        default_factory=lambda: asyncio.Queue(QUEUE_SIZE)
    )
    after: int = 0
    viewing: int | None = None
    code: int = 1000
    lost: bool = False

    def give(self, frame: Frame) -> None:
        """Queue a frame if it is for this desk."""
        text = None if self.lost else frame.text_for(self.agent, self.desk)
        if text is None:
            return
        try:
            self.queue.put_nowait((frame.seq, text))
        except asyncio.QueueFull:
            self.end(BEHIND)

    def end(self, code: int) -> None:
        """Make the desk's connection end with this close code; what is queued is dropped."""
        self.lost, self.code = True, code
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Feed:
    """Reads the event log while there are listeners, and gives each what it may see."""

    def __init__(self, record: Record, bus: Bus, counting: Counting) -> None:
        self.record = record
        self.bus = bus
        self.counting = counting
        self.listeners: set[Listener] = set()
        self._places: dict[int, Place] = {}
        self._after = 0
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin to read from the newest event on."""
        self._after = await self.record.read(last_seq)
        self._work.start()

    async def stop(self) -> None:
        """Stop reading and end every desk's connection."""
        await self._work.stop()
        for listener in list(self.listeners):
            listener.end(GOING_AWAY)

    def sign_out(self, sessions: list[str]) -> None:
        """End the connections of these sessions at once."""
        for listener in list(self.listeners):
            if listener.session in sessions:
                listener.end(SIGNED_OUT)

    async def _run(self) -> None:
        async with self.bus.listen() as signals:
            while True:
                try:
                    async with asyncio.timeout(LOOK_AGAIN):
                        signal = await signals.get()
                except TimeoutError:
                    signal = Signal(None)
                try:
                    await self._hear(signal, signals)
                except RecordDown:
                    log.warning("the care record does not answer; desks hear of events later")
                    await asyncio.sleep(1)

    async def _hear(self, signal: Signal, signals: asyncio.Queue[Signal]) -> None:
        news = signal.frame is None
        if signal.frame is not None:
            await self._pass_on(signal)
        while not signals.empty():
            following = signals.get_nowait()
            if following.frame is None:
                news = True
            else:
                await self._pass_on(following)
        if news:
            await self._read_on()

    async def _read_on(self) -> None:
        while True:
            if not self.listeners:
                self._after = await self.record.read(last_seq)
                self._places.clear()
                self.counting.changed()
                return
            found = await self.record.read(read_frames, self._after)
            if any(frame.moves for frame, _ in found):
                self.counting.changed()
            for frame, conversation_id in found:
                self._after = max(self._after, frame.seq)
                self._spread(self._with_place(frame, conversation_id))
            if len(found) < 500:
                return
            await asyncio.sleep(0)

    def _with_place(self, frame: Frame, conversation_id: int | None) -> Frame:
        if conversation_id is None or frame.place is None:
            return frame
        was = self._places.get(conversation_id)
        if len(self._places) > PLACES:
            self._places.clear()
        self._places[conversation_id] = frame.place
        return replace(frame, was=(*frame.was, was)) if was is not None else frame

    async def _pass_on(self, signal: Signal) -> None:
        frame = dict(signal.frame or {})
        if frame.get("type") not in DESK_FRAMES or not self.listeners:
            return
        if frame["type"] == "signed_out":
            self.sign_out(list(frame.get("sessions", [])))
            return
        place = None
        if signal.conversation_id is not None:
            place = self._places.get(signal.conversation_id)
            if place is None:
                with contextlib.suppress(LookupError):
                    place = await self.record.read(place_of, signal.conversation_id)
                    self._places[signal.conversation_id] = place
            if place is None:
                return
            frame["conversation_id"] = signal.conversation_id
        but, only = frame.pop("desk", None), frame.pop("only", None)
        self._spread(Frame(json.dumps(frame), place=place, but=but, only=only))

    def _spread(self, frame: Frame) -> None:
        for listener in list(self.listeners):
            listener.give(frame)


def read_frames(
    connection: Connection, after: int, limit: int = 500
) -> list[tuple[Frame, int | None]]:
    """The events after `after` as frames, with the present row of their conversation."""
    found = events_after(connection, after, limit=limit)
    rows = rows_by_id(connection, {e.conversation_id for e in found if e.conversation_id})
    said = {
        int(e.data["message_id"])
        for e in found
        if "message_id" in e.data and e.kind.startswith("message.")
    }
    texts = {
        view["id"]: view for view in message_views(connection, messages_by_id(connection, said))
    }
    newest = {e.conversation_id: e.seq for e in found}
    return [
        (
            _frame(event, rows, texts, with_row=newest[event.conversation_id] == event.seq),
            event.conversation_id,
        )
        for event in found
    ]


def _frame(
    event: Event,
    rows: dict[int, dict[str, Any]],
    texts: dict[int, dict[str, Any]],
    *,
    with_row: bool,
) -> Frame:
    row = rows.get(event.conversation_id or 0)
    body: dict[str, Any] = {
        "type": "event",
        "seq": event.seq,
        "kind": event.kind,
        "at": event.created_at.isoformat(),
        "conversation_id": event.conversation_id,
        "data": event.data,
    }
    message = texts.get(event.data.get("message_id", 0)) if event.kind[:8] == "message." else None
    if message is not None:
        numbered = {"seq": event.seq} if event.kind == "message.created" else {}
        body["message"] = {**message, **numbered}
    if row is not None and with_row:
        body["row"] = row
    place = place_in(row) if row is not None else None
    gone = {name: body[name] for name in ("type", "seq", "conversation_id", "at")}
    return Frame(
        json.dumps(body),
        event.seq,
        place,
        was=_was(event),
        gone=json.dumps({**gone, "kind": "conversation.hidden", "data": {}}),
        moves=event.kind.startswith("conversation."),
    )


def _was(event: Event) -> tuple[Place, ...]:
    """Where the conversation was before this event, as far as the event says it."""
    if not isinstance(event.data.get("was"), dict):
        return ()
    was = event.data["was"]
    offered = was.get("offered_agent_id")
    return (Place(was["owner"], was["agent_id"], was["team_id"], offered, None),)
