"""Health, graded: healthy; degraded, with the reasons; unhealthy."""

from sqlalchemy import Connection, text
from starlette.requests import Request
from starlette.responses import JSONResponse

from care.care import Care
from care.record.record import RecordDown


async def grade(care: Care) -> tuple[str, list[str]]:
    """`healthy`, `degraded` (something that customers notice does not work) or `unhealthy`; and why."""
    try:
        await care.record.read(_look)
    except RecordDown:
        return "unhealthy", ["the care record does not answer"]
    reasons = list(care.channels.troubles)
    if not await care.gateway.assistant.healthy():
        reasons.insert(0, "the assistant does not answer: conversations wait for people")
    return ("degraded" if reasons else "healthy"), reasons


async def healthz(request: Request) -> JSONResponse:
    """GET /healthz: 200 while customers can be heard, 503 when they cannot."""
    status, reasons = await grade(request.app.state.care)
    code = 503 if status == "unhealthy" else 200
    return JSONResponse({"status": status, "reasons": reasons}, status_code=code)


def _look(connection: Connection) -> None:
    connection.execute(text("SELECT value FROM counters"))
