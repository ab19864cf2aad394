"""Recovery cases at the desk: `/api/desk/cases…`. Agents work on those of conversations they see."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select
from starlette.responses import Response
from starlette.routing import BaseRoute

from care.desk.guard import Call, Refusal, api, reply
from care.desk.visibility import access_visible, visible
from care.feedback.recovery import (
    DONE_LIMIT,
    Case,
    CaseRefused,
    access_case,
    cases,
    do_assign_case,
    do_reopen_case,
)
from care.feedback.telling import do_close_and_tell
from care.record.ids import BIGGEST, AgentId, ConversationId
from care.record.schema import customers, feedback
from care.record.schema_feedback import recovery_cases


async def listing(call: Call) -> Response:
    """GET /cases?state=open|closed|all&mine=1&conversation=: by deadline, those one may see."""
    params = call.request.query_params
    state = params.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise Refusal(400, "bad_field", "state must be open, closed or all.")
    conversation_id = call.query_id("conversation")

    def read(connection: Connection) -> list[dict[str, Any]]:
        found = cases(
            connection,
            state=None if state == "all" else state,
            owner_id=call.agent.id if params.get("mine") == "1" else None,
            conversation_id=ConversationId(conversation_id) if conversation_id else None,
            only=or_(recovery_cases.c.owner_id == call.agent.id, visible(call.agent)),
        )
        told = what_was_said(connection, found)
        return [{**as_json(case), **told[case.id]} for case in found]

    return reply({"rows": await call.read(read)})


async def one(call: Call) -> Response:
    """GET /cases/{id}."""
    return reply(as_json(await call.read(_access, call)))


async def assign(call: Call) -> Response:
    """POST /cases/{id}/assign {owner_id}: who is responsible."""
    owner_id = AgentId(call.number("owner_id", 1, BIGGEST))

    def work(connection: Connection) -> Case:
        case = _access(connection, call)
        return do_assign_case(connection, case.id, owner_id)

    return await _change(call, "case.assigned", work, {"owner_id": owner_id})


async def close(call: Call) -> Response:
    """POST /cases/{id}/close {done}: the customer is told `done`, and asked whether it is solved."""
    done = call.word("done", DONE_LIMIT)

    def work(connection: Connection) -> Case:
        case = _access(connection, call)
        return do_close_and_tell(connection, case.id, call.agent.id, done)

    return await _change(call, "case.closed", work)


async def reopen(call: Call) -> Response:
    """POST /cases/{id}/reopen."""

    def work(connection: Connection) -> Case:
        return do_reopen_case(connection, _access(connection, call).id)

    return await _change(call, "case.reopened", work)


def what_was_said(connection: Connection, found: list[Case]) -> dict[int, dict[str, Any]]:
    """For each case: the `customer`'s name, and the `score` and `comment` that opened it."""
    query = (
        select(recovery_cases.c.id, customers.c.name, feedback.c.score, feedback.c.comment)
        .join(feedback, feedback.c.id == recovery_cases.c.feedback_id)
        .join(customers, customers.c.id == recovery_cases.c.customer_id)
        .where(recovery_cases.c.id.in_([case.id for case in found]))
    )
    return {
        row.id: {"customer": row.name, "score": row.score, "comment": row.comment}
        for row in connection.execute(query)
    }


def as_json(case: Case) -> dict[str, Any]:
    """A case for the browser."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(case).items()
    }


def _access(connection: Connection, call: Call) -> Case:
    """The case of this call, if the agent owns it or may see its conversation."""
    case = access_case(connection, call.id())
    if case.owner_id != call.agent.id:
        access_visible(connection, call.agent, case.conversation_id)
    return case


async def _change(
    call: Call, action: str, work: Any, data: dict[str, Any] | None = None
) -> Response:
    try:
        case = await call.change(action, f"case:{call.id()}", work, data=data)
    except CaseRefused as reason:
        raise Refusal(409, "refused", str(reason)) from None
    await call.care.gateway.changed(case.conversation_id)
    return reply(as_json(case))


routes: list[BaseRoute] = [
    api("/cases", listing),
    api("/cases/{id}", one),
    api("/cases/{id}/assign", assign, "POST"),
    api("/cases/{id}/close", close, "POST"),
    api("/cases/{id}/reopen", reopen, "POST"),
]
