"""Bolt between Slack and our acts: one listener for each kind of request, so that every one is
acknowledged, and only after all that matters is committed."""

import logging
import re
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

from care.gateway.channels.slack.client import Client
from care.gateway.channels.slack.events import Events
from care.gateway.channels.slack.interactions import Interactions
from care.record.record import RecordDown

log = logging.getLogger(__name__)
ANY = re.compile(".*", re.DOTALL)
SHAPE = (AttributeError, KeyError, TypeError, ValueError, IndexError)
"""What reading into a request raises where it has not the shape that Slack documents."""


def make_app(client: Client, events: Events, interactions: Interactions) -> AsyncApp:
    """The Bolt app. Signatures are verified before it, and only for webhooks."""

    async def authorize(team_id: str) -> AuthorizeResult:  # Bolt passes arguments by their names
        return client.who_we_are()

    app = AsyncApp(
        client=client.web,
        authorize=authorize,
        signing_secret="checked before",  # noqa: S106  (verification is a step of its own)
        request_verification_enabled=False,
        process_before_response=True,
        logger=logging.getLogger("care.slack.bolt"),
    )

    async def event(body: dict[str, Any]) -> None:
        await events.handle(body)

    async def action(ack: Any, body: dict[str, Any]) -> None:
        await interactions.pressed(body)
        await ack()

    async def view(ack: Any, body: dict[str, Any]) -> None:
        errors = await interactions.submitted(body)
        await (ack(response_action="errors", errors=errors) if errors else ack())

    async def command(ack: Any, body: dict[str, Any]) -> None:
        await ack(await interactions.commanded(body))

    async def nothing(ack: Any) -> None:
        await ack()

    async def options(ack: Any) -> None:
        await ack(options=[])

    app.event(ANY)(event)
    app.block_action(ANY)(action)
    app.view_submission(ANY)(view)
    app.view_closed(ANY)(nothing)
    app.command(ANY)(command)
    app.shortcut(ANY)(nothing)
    app.options(ANY)(options)
    app.error(_fault)
    return app


async def dispatch(app: AsyncApp, request: AsyncBoltRequest) -> BoltResponse:
    """Bolt's response; a kind of request that nobody listens to is acknowledged too."""
    response = await app.async_dispatch(request)
    if response.status == 404:
        return BoltResponse(status=200, body="")
    return response


async def _fault(error: Exception) -> BoltResponse:
    """Not acknowledged: Slack sends it again. 400 for what has no form of Slack's."""
    if isinstance(error, SHAPE):
        log.error("a Slack request has an odd form: %s", type(error).__name__, exc_info=error)
        return BoltResponse(status=400, body="")
    if isinstance(error, RecordDown):
        log.warning("the care record does not answer; Slack sends it again")
    else:
        log.error("a Slack request failed: %s", type(error).__name__, exc_info=error)
    return BoltResponse(status=503, body="")
