"""Service levels: which limits apply to a conversation, and how its clocks stand. Pure.

How to call it: `policy_for(policies_of(connection), priority, channel, team_id)` finds the policy;
`clocks(policy, hours, stretch, at)` tells how its clocks stand. Who has a conversation and not its
times calls `care.handoff.clocks.clocks_of(connection, conversation_id)`.

Three clocks, all of human time: they start when people are asked, never while the bot answers.
`first`: until a person's first reply. `next`: from each first unanswered message after that to the
reply. `resolution`: until the end, without the time in which we wait for the customer. All stand
still while the conversation is snoozed and, under a policy `in_hours`, while the shop is closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from care.handoff.hours import ALWAYS, Hours, HoursError
from care.record.desk_settings import desk_setting

KINDS = ("first", "next", "resolution")
PRIORITIES = ("urgent", "high", "normal", "low")
LONGEST = 366 * 24 * 3600
_FIELDS = {"name", "priority", "channel", "team_id", *KINDS, "in_hours"}

Span = tuple[datetime, datetime | None]


class PolicyError(ValueError):
    """A policy that makes no sense; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits in seconds (None: none) for conversations of a priority, channel and team (None: any)."""

    name: str
    priority: str | None
    channel: str | None
    team_id: int | None
    first: int | None
    next: int | None
    resolution: int | None
    in_hours: bool

    def limit(self, kind: str) -> int | None:
        """The limit of a clock, in seconds."""
        return {"first": self.first, "next": self.next, "resolution": self.resolution}[kind]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened since people were asked. `talk`: who spoke (`customer`, `agent`) and when,
    in order; `snoozed`: spans, the last one open if it still is."""

    asked_at: datetime
    talk: tuple[tuple[str, datetime], ...] = ()
    snoozed: tuple[Span, ...] = ()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """One limit. `elapsed` and `remaining` are counted seconds at the moment asked about.

    `due_at`: when it runs out if nothing changes; None while it stands still. `met_at`: when what
    it waits for happened.
    """

    kind: str
    started_at: datetime
    limit: float
    elapsed: float
    due_at: datetime | None
    met_at: datetime | None
    running: bool

    @property
    def remaining(self) -> float:
        """Seconds left; negative when late."""
        return self.limit - self.elapsed

    @property
    def late(self) -> bool:
        """Whether more than the limit has been used."""
        return self.elapsed > self.limit


def policies_of(connection: Connection) -> list[Policy]:
    """The shop's policies, in the order in which they are tried."""
    return check_policies(desk_setting(connection, "sla"))


def check_policies(setting: dict[str, Any]) -> list[Policy]:
    """The policies of the desk's setting `sla`; raises PolicyError for what cannot be used."""
    raw = setting.get("policies")
    if not isinstance(raw, list) or len(raw) > 100:
        raise PolicyError("policies must be a list")
    found = [_policy(item) for item in raw]
    names = [policy.name for policy in found]
    if len(names) != len(set(names)):
        raise PolicyError("two policies have the same name")
    return found


def policy_for(
    policies: list[Policy], priority: str, channel: str, team_id: int | None
) -> Policy | None:
    """The first policy that fits; None where none does."""
    for policy in policies:
        fits = (
            policy.priority in (None, priority)
            and policy.channel in (None, channel)
            and policy.team_id in (None, team_id)
        )
        if fits:
            return policy
    return None


def clocks(policy: Policy, hours: Hours, stretch: Stretch, at: datetime) -> list[Clock]:
    """All clocks of a stretch at the moment `at`: met, running or standing still, oldest first."""
    counted = hours if policy.in_hours else ALWAYS
    found = []
    for kind, spans in _spans(stretch):
        limit = policy.limit(kind)
        if limit is not None:
            found.append(_clock(kind, float(limit), spans, stretch, counted, at))
    return found


def next_due(found: list[Clock]) -> Clock | None:
    """The running clock that runs out first (or did)."""
    running = [clock for clock in found if clock.running and clock.due_at is not None]
    return min(running, key=lambda clock: clock.due_at or clock.started_at, default=None)


@dataclass(slots=True)
class _Spans:
    """Where a clock runs, before snoozing is taken out."""

    started_at: datetime
    spans: list[Span] = field(default_factory=list)
    met_at: datetime | None = None


def _spans(stretch: Stretch) -> Iterator[tuple[str, _Spans]]:
    replies = [at for who, at in stretch.talk if who == "agent"]
    end = stretch.ended_at
    first = replies[0] if replies else end
    yield "first", _Spans(stretch.asked_at, [(stretch.asked_at, first)], first)
    whole = _Spans(stretch.asked_at, met_at=end)
    waits: datetime | None = stretch.asked_at
    for who, at in stretch.talk:
        if who == "customer" and waits is None:
            waits = at
        elif who == "agent" and waits is not None:
            whole.spans.append((waits, at))
            if waits != stretch.asked_at:
                yield "next", _Spans(waits, [(waits, at)], at)
            waits = None
    if waits is not None:
        whole.spans.append((waits, end))
        if waits != stretch.asked_at:
            yield "next", _Spans(waits, [(waits, end)], end)
    yield "resolution", whole


def _clock(
    kind: str, limit: float, spans: _Spans, stretch: Stretch, hours: Hours, at: datetime
) -> Clock:
    elapsed, due_at, running = 0.0, None, False
    for start, end in _without(spans.spans, stretch.snoozed):
        if start > at:
            break
        running = end is None or end > at
        used = hours.business_seconds(start, at if running or end is None else end)
        if due_at is None and (running or elapsed + used > limit):
            due_at = _due(hours, start, max(limit - elapsed, 0))
        elapsed += used
    met_at = spans.met_at if spans.met_at is not None and spans.met_at <= at else None
    return Clock(kind, spans.started_at, limit, elapsed, due_at, met_at, running and met_at is None)


def _due(hours: Hours, start: datetime, seconds: float) -> datetime | None:
    """When the seconds are used up; None where the shop never opens again for so long."""
    try:
        return hours.add_business_seconds(start, seconds)
    except HoursError:
        return None


def _without(spans: list[Span], pauses: tuple[Span, ...]) -> list[Span]:
    """`spans` without the `pauses` (both in order)."""
    found = spans
    for pause_start, pause_end in pauses:
        cut: list[Span] = []
        for start, end in found:
            if (pause_end is not None and pause_end <= start) or (
                end is not None and end <= pause_start
            ):
                cut.append((start, end))
                continue
            if start < pause_start:
                cut.append((start, pause_start))
            if pause_end is not None and (end is None or pause_end < end):
                cut.append((pause_end, end))
        found = cut
    return found


def _policy(raw: Any) -> Policy:
    if not isinstance(raw, dict) or set(raw) - _FIELDS:
        raise PolicyError(f"a policy has the fields {', '.join(sorted(_FIELDS))}")
    name = str(raw.get("name") or "").strip()
    if not name or len(name) > 80:
        raise PolicyError("a policy needs a name of at most 80 characters")
    priority, team_id = raw.get("priority"), raw.get("team_id")
    if priority not in (None, *PRIORITIES):
        raise PolicyError(f"{name}: priority is one of {', '.join(PRIORITIES)}, or none")
    if team_id is not None and (isinstance(team_id, bool) or not isinstance(team_id, int)):
        raise PolicyError(f"{name}: team_id is a number, or none")
    limits = {kind: raw.get(kind) for kind in KINDS}
    for kind, limit in limits.items():
        whole = isinstance(limit, int) and not isinstance(limit, bool)
        if limit is not None and not (whole and 0 < limit <= LONGEST):
            raise PolicyError(f"{name}: {kind} is a number of seconds above 0, or none")
    channel = raw.get("channel")
    return Policy(
        name=name,
        priority=priority,
        channel=None if channel is None else str(channel)[:20],
        team_id=team_id,
        in_hours=bool(raw.get("in_hours", True)),
        **limits,
    )
