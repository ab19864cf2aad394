"""Figures for Prometheus, read from the record when asked; nothing is counted twice."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Connection, func, select
from starlette.requests import Request
from starlette.responses import Response

from care.record.schema import conversations, deliveries, messages


async def metrics(request: Request) -> Response:
    """GET /metrics on the inner address."""
    figures = await request.app.state.care.record.read(_figures)
    registry = CollectorRegistry()
    for name, (doc, label, values) in figures.items():
        gauge = Gauge(f"careline_{name}", doc, [label], registry=registry)
        for key, value in values.items():
            gauge.labels(key).set(value)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _figures(connection: Connection) -> dict[str, tuple[str, str, dict[str, int]]]:
    def counts(column: object, *where: object) -> dict[str, int]:
        query = select(column, func.count()).where(*where).group_by(column)  # type: ignore[call-overload]
        return {str(key): int(count) for key, count in connection.execute(query)}

    live = conversations.c.status != "resolved"
    waiting = messages.c.state == "accepted"
    return {
        "conversations": (
            "Conversations that are not resolved, by owner.",
            "owner",
            counts(conversations.c.owner, live),
        ),
        "messages_waiting": (
            "Accepted messages not yet dealt with, by channel.",
            "channel",
            counts(messages.c.channel, waiting),
        ),
        "deliveries": (
            "Messages to customers, by state.",
            "state",
            counts(deliveries.c.state),
        ),
    }
