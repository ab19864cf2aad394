"""Measures and their figures, themes and the agenda for the desk; for owners and supervisors.

All under `/api/desk`. Spans are `from=2026-03-01&to=2026-03-31` (both included, at most a year; the
last 28 days where they are missing), with `channel=` and `internal=1`.
"""

import math
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from care.care import Care
from care.desk.guard import Call, Refusal, api, reply
from care.insight.agenda import (
    STATES,
    AgendaRefused,
    Item,
    agenda,
    do_decide,
    do_make_agenda,
    do_publish,
    do_withdraw,
    monday_of,
    published,
)
from care.insight.daily import do_rebuild, zone_of
from care.insight.measures import (
    MeasureRefused,
    access_measure,
    do_review_measure,
    do_set_measure,
    reviews_of,
)
from care.insight.reports import LONGEST, Asked, behind, detail, forecast, report, volume
from care.insight.themes import rising, told, unanswered
from care.record.ids import BIGGEST, AgentId
from care.record.record import now


async def whole(call: Call) -> Response:
    """GET /insight: every measure, the largest gap first."""

    def read(connection: Connection) -> dict[str, Any]:
        asked = _asked(call, connection)
        return {**_span(asked), "measures": report(connection, asked)}

    return reply(await call.read(read))


async def one(call: Call) -> Response:
    """GET /insight/{measure}: one measure by day and dimension, with its reviews."""
    key = _key(call)

    def read(connection: Connection) -> dict[str, Any]:
        asked = _asked(call, connection)
        reviews = [_json(item) for item in reviews_of(connection, key)]
        return {**_span(asked), **detail(connection, key, asked), "reviews": reviews}

    return reply(await call.read(read))


async def conversations_behind(call: Call) -> Response:
    """GET /insight/{measure}/behind?dim=&value=&before=: the facts behind the figure."""
    key, params = _key(call), call.request.query_params
    only, before = _number(params.get("value")), _number(params.get("before"))

    def read(connection: Connection) -> list[dict[str, Any]]:
        asked = _asked(call, connection)
        found = behind(
            connection, key, asked, dim=params.get("dim"), only=only, before=before, limit=50
        )
        return [_json(item) for item in found]

    return reply({"rows": await call.read(read)})


async def set_measure(call: Call) -> Response:
    """POST /insight/{measure}/target {target, owner_id}: null for none."""
    key, target = _key(call), call.body.get("target")
    fits = isinstance(target, int | float) and not isinstance(target, bool)
    if target is not None and not (fits and math.isfinite(target)):
        raise Refusal(400, "bad_field", "target must be a number.")
    owner_id = _agent(call)
    data = {"target": target, "owner_id": owner_id}
    try:
        await call.change(
            "measure.set", f"measure:{key}", do_set_measure, key, target, owner_id, data=data
        )
    except MeasureRefused as reason:
        raise Refusal(400, "bad_field", str(reason)) from None
    return reply(data)


async def review(call: Call) -> Response:
    """POST /insight/{measure}/reviews {decision}."""
    key, words = _key(call), call.word("decision", 2000)
    try:
        made = await call.change(
            "measure.reviewed", f"measure:{key}", do_review_measure, key, call.agent.id, words
        )
    except MeasureRefused as reason:
        raise Refusal(400, "bad_field", str(reason)) from None
    return reply(_json(made), 201)


async def hours(call: Call) -> Response:
    """GET /insight/volume-by-hour: the span's table, and what the next week may bring."""

    def read(connection: Connection) -> dict[str, Any]:
        asked = _asked(call, connection)
        today = now().astimezone(zone_of(connection)).date()
        return {
            **_span(asked),
            "volume": volume(connection, asked),
            "forecast": forecast(connection, today),
        }

    return reply(await call.read(read))


async def themes(call: Call) -> Response:
    """GET /insight/themes: rising topics, questions without an answer, what feedback says."""

    def read(connection: Connection) -> dict[str, Any]:
        asked = _asked(call, connection)
        end = asked.last + timedelta(days=1)
        return {
            **_span(asked),
            "rising": [asdict(item) for item in rising(connection, end)],
            "unanswered": [asdict(item) for item in unanswered(connection, asked)],
            "complaints": [asdict(item) for item in told(connection, asked, ("complaint",))],
            "suggestions": [asdict(item) for item in told(connection, asked, ("suggestion",))],
            "comments": [asdict(item) for item in told(connection, asked, ("csat", "ces", "nps"))],
        }

    return reply(await call.read(read))


async def rebuild(call: Call) -> Response:
    """POST /insight/rebuild: count everything anew, after a change of time zone."""
    await call.change("reports.rebuilt", "reports:all", do_rebuild)
    await call.care.bus.wake(None)
    return reply({"rebuilding": True}, 202)


async def week(call: Call) -> Response:
    """GET /agenda?week=2026-03-02 (any day of it): the week's items as they were written."""

    def read(connection: Connection) -> dict[str, Any]:
        monday = _week(call, connection)
        items = [_json(item) for item in agenda(connection, monday)]
        return {"week": monday.isoformat(), "items": items}

    return reply(await call.read(read))


async def make(call: Call) -> Response:
    """POST /agenda {week}: write the week's agenda, or refresh what nobody decided about."""

    def write(connection: Connection) -> dict[str, Any]:
        monday = _week(call, connection)
        items = [_json(item) for item in do_make_agenda(connection, monday)]
        return {"week": monday.isoformat(), "items": items}

    return reply(await call.change("agenda.made", "agenda:week", write))


async def decide(call: Call) -> Response:
    """POST /agenda/{id} {state, proposal?, owner_id?}."""
    state = call.choice("state", STATES)
    proposal = call.word("proposal", 500, required=False) or None
    return await _item(
        call,
        "agenda.decided",
        lambda connection: do_decide(
            connection, call.id(), call.agent.id, state, proposal, _agent(call)
        ),
        {"state": state},
    )


async def publish(call: Call) -> Response:
    """POST /agenda/{id}/publish {said, did}: into the list that customers see."""
    said, did = call.word("said", 500), call.word("did", 500)
    return await _item(
        call,
        "agenda.published",
        lambda connection: do_publish(connection, call.id(), call.agent.id, said, did),
    )


async def withdraw(call: Call) -> Response:
    """POST /agenda/{id}/withdraw: out of the list again."""
    return await _item(
        call, "agenda.withdrawn", lambda connection: do_withdraw(connection, call.id())
    )


async def you_said(request: Request) -> Response:
    """GET /api/widget/you-said: what customers said and what was done; for everybody."""
    care: Care = request.app.state.care
    rows = await care.record.read(published)
    return JSONResponse({"rows": rows}, headers={"Cache-Control": "public, max-age=300"})


async def _item(call: Call, action: str, work: Any, data: dict[str, Any] | None = None) -> Response:
    try:
        item = await call.change(action, f"agenda:{call.id()}", work, data=data)
    except AgendaRefused as reason:
        raise Refusal(409, "refused", str(reason)) from None
    return reply(_json(item))


def _asked(call: Call, connection: Connection) -> Asked:
    params = call.request.query_params
    today = now().astimezone(zone_of(connection)).date()
    last = _day(params.get("to")) or today
    first = _day(params.get("from")) or last - timedelta(days=27)
    if not 1 <= (last - first).days + 1 <= LONGEST:
        raise Refusal(400, "bad_span", "The span must be between a day and a year.")
    channel = params.get("channel", "")[:20] or None
    return Asked(first, last, channel, params.get("internal") == "1")


def _week(call: Call, connection: Connection) -> date:
    raw = call.request.query_params.get("week") or call.body.get("week")
    day = _day(raw if isinstance(raw, str) else None)
    return monday_of(day or now().astimezone(zone_of(connection)).date())


def _day(raw: str | None) -> date | None:
    if not raw:
        return None
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        raise Refusal(400, "bad_field", "A day is written as 2026-03-01.") from None
    if not 2000 <= day.year <= 2200:
        raise Refusal(400, "bad_field", "That day is too far away.")
    return day


def _number(raw: str | None) -> int | None:
    if raw is None or raw == "":
        return None
    if not raw.removeprefix("-").isascii() or not raw.removeprefix("-").isdigit() or len(raw) > 12:
        raise Refusal(400, "bad_field", "value and before are numbers.")
    return int(raw)


def _agent(call: Call) -> AgentId | None:
    if call.body.get("owner_id") is None:
        return None
    return AgentId(call.number("owner_id", 1, BIGGEST))


def _key(call: Call) -> str:
    key = str(call.request.path_params["measure"])
    access_measure(key)
    return key


def _span(asked: Asked) -> dict[str, Any]:
    return {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "channel": asked.channel,
        "internal": asked.internal,
    }


def _json(item: Item | Any) -> dict[str, Any]:
    found = asdict(item)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in found.items()
    }


routes: list[BaseRoute] = [
    api("/insight", whole, needs="leads"),
    api("/insight/themes", themes, needs="leads"),
    api("/insight/volume-by-hour", hours, needs="leads"),
    api("/insight/rebuild", rebuild, "POST", needs="owner"),
    api("/insight/{measure}", one, needs="leads"),
    api("/insight/{measure}/behind", conversations_behind, needs="leads"),
    api("/insight/{measure}/target", set_measure, "POST", needs="leads"),
    api("/insight/{measure}/reviews", review, "POST", needs="leads"),
    api("/agenda", week, needs="leads"),
    api("/agenda", make, "POST", needs="leads"),
    api("/agenda/{id}", decide, "POST", needs="leads"),
    api("/agenda/{id}/publish", publish, "POST", needs="leads"),
    api("/agenda/{id}/withdraw", withdraw, "POST", needs="leads"),
    Route("/api/widget/you-said", you_said),
]
