"""`python -m care channels`: looks at the set-up of Telegram and Slack and says in plain words what
is missing. Sends a test message where `--to` names a chat."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from slack_sdk.errors import SlackApiError

from care.gateway.channels.channel import check_settings
from care.gateway.channels.slack.client import NETWORK
from care.gateway.channels.slack.client import Client as SlackClient
from care.gateway.channels.slack.faults import reason_of, token_refused
from care.gateway.channels.telegram.client import Client as TelegramClient
from care.gateway.channels.telegram.webhook import PATH as TELEGRAM_PATH
from care.settings import SettingError, Settings

NEEDED = {
    "chat:write": "write to customers and agents",
    "im:history": "read direct messages",
    "im:write": "open direct messages to send files",
    "app_mentions:read": "hear mentions in channels",
    "channels:history": "read threads of public channels",
    "groups:history": "read threads of private channels",
    "users:read": "know customers' names and languages",
    "users:read.email": "know which Slack user is which agent",
    "commands": "offer /care",
    "files:read": "take over customers' files",
    "files:write": "send files",
}
WHERE = "It is under OAuth & Permissions in the app's settings and begins with xoxb-."
SCOPES = "Add it under OAuth & Permissions, then install the app again."
INVITE = "Invite the app there: /invite @Careline. The id is in the channel's details."
TEST = "This is a test message from Careline. The channel works."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `good` is None for what is only worth knowing."""

    good: bool | None
    words: str


async def check(settings: Settings, to: str | None) -> list[Finding]:
    """Everything that can be said about both channels."""
    try:
        check_settings(settings)
    except SettingError as problem:
        return [Finding(False, str(problem))]
    found: list[Finding] = []
    checks: list[tuple[str, Callable[[Settings, str | None], Awaitable[list[Finding]]]]] = [
        (settings.telegram_token, _telegram),
        (settings.slack_bot_token, _slack),
    ]
    for token, look in checks:
        if token:
            found += await look(settings, to)
    for (token, _), name, what in zip(
        checks, ("TELEGRAM_TOKEN", "SLACK_BOT_TOKEN"), ("Telegram", "Slack"), strict=True
    ):
        if not token:
            how = f"docs/operators/{what.lower()}.md says how to get one"
            found.append(Finding(None, f"{what}: off, since CARELINE_{name} is not set; {how}."))
    return found


async def _telegram(settings: Settings, to: str | None) -> list[Finding]:
    client = TelegramClient(settings)
    found: list[Finding] = []
    try:
        me = await client.bot.get_me()
        found.append(Finding(True, f"Telegram: the token belongs to @{me.username}."))
        hook = await client.bot.get_webhook_info()
        found.append(_webhook(settings, hook.url, hook.last_error_message))
        if hook.pending_update_count:
            words = f"Telegram: {hook.pending_update_count} updates wait to be fetched."
            found.append(Finding(None, words))
        if to and to.removeprefix("-").isdigit():
            found.append(await _telegram_test(client, to))
    except (TelegramUnauthorizedError, TelegramNotFound):
        words = "Telegram: CARELINE_TELEGRAM_TOKEN is refused. Ask BotFather for it (/token)."
        found.append(Finding(False, words))
    except TelegramNetworkError:
        words = "Telegram cannot be reached: does this machine have a way to the internet?"
        found.append(Finding(False, words))
    except AiogramError as error:
        found.append(Finding(False, f"Telegram: {getattr(error, 'message', type(error).__name__)}"))
    finally:
        await client.stop()
    return found


async def _telegram_test(client: TelegramClient, to: str) -> Finding:
    try:
        await client.bot.send_message(int(to), TEST)
    except (TelegramBadRequest, TelegramForbiddenError) as refused:
        hint = "A chat exists once somebody wrote to the bot there, and has not blocked it."
        words = f"the test message to chat {to} was refused: {refused.message}. {hint}"
        return Finding(False, f"Telegram: {words}")
    return Finding(True, f"Telegram: a test message went to chat {to}.")


def _webhook(settings: Settings, url: str, fault: str | None) -> Finding:
    wanted = settings.base_url + TELEGRAM_PATH
    if settings.telegram_mode == "polling":
        if url:
            words = f"a webhook is registered at {url}; it is removed when the server starts."
            return Finding(None, f"Telegram: {words}")
        return Finding(True, "Telegram: updates are asked for (polling); no webhook is in the way.")
    if not settings.base_url.startswith("https://"):
        words = "CARELINE_PUBLIC_URL must begin with https:// for webhooks."
        return Finding(False, f"Telegram: {words}")
    if url != wanted:
        return Finding(False, f"Telegram: the webhook is {url or 'not set'}, wanted is {wanted}.")
    if fault:
        return Finding(False, f"Telegram: the webhook's last call failed: {fault}")
    return Finding(True, f"Telegram: the webhook is {url}.")


async def _slack(settings: Settings, to: str | None) -> list[Finding]:
    client = SlackClient(settings)
    found: list[Finding] = []
    try:
        await client.introduce()
        found.append(Finding(True, f"Slack: the bot token belongs to {client.named}."))
        found += _scopes(client.scopes)
        found.append(await _entrance(settings, client))
        if settings.slack_support_channel:
            found.append(await _support(settings, client))
        if to and not to.removeprefix("-").isdigit():
            found.append(await _slack_test(client, to))
    except SlackApiError as error:
        reason = reason_of(error)
        words = f"Slack: CARELINE_SLACK_BOT_TOKEN is refused ({reason}). {WHERE}"
        found.append(Finding(False, words if token_refused(error) else f"Slack refuses: {reason}."))
    except NETWORK:
        words = "Slack cannot be reached: does this machine have a way to the internet?"
        found.append(Finding(False, words))
    finally:
        await client.stop()
    return found


async def _slack_test(client: SlackClient, to: str) -> Finding:
    try:
        await client.web.chat_postMessage(channel=to, text=TEST)
    except SlackApiError as error:
        words = f"the test message to {to} was refused: {reason_of(error)}. {INVITE}"
        return Finding(False, f"Slack: {words}")
    return Finding(True, f"Slack: a test message went to {to}.")


def _scopes(granted: frozenset[str]) -> list[Finding]:
    missing = [scope for scope in NEEDED if scope not in granted]
    if not granted:
        return [Finding(None, "Slack: the app's scopes could not be read.")]
    if not missing:
        return [Finding(True, "Slack: the app has all scopes that it needs.")]
    return [
        Finding(False, f"Slack: scope {scope} is missing, needed to {NEEDED[scope]}. {SCOPES}")
        for scope in missing
    ]


async def _entrance(settings: Settings, client: SlackClient) -> Finding:
    if settings.slack_mode == "webhook":
        if not settings.base_url.startswith("https://"):
            words = "CARELINE_PUBLIC_URL must begin with https:// for webhooks."
            return Finding(False, f"Slack: {words}")
        words = f"Request URLs in the app's settings must be {settings.base_url}/webhooks/slack."
        return Finding(None, f"Slack: {words}")
    try:
        await client.web.apps_connections_open(app_token=settings.slack_app_token)
    except SlackApiError as error:
        words = f"Socket Mode is refused ({reason_of(error)}): CARELINE_SLACK_APP_TOKEN must be an"
        more = "app-level token (xapp-) with connections:write, and Socket Mode must be on."
        return Finding(False, f"Slack: {words} {more}")
    return Finding(True, "Slack: Socket Mode can connect.")


async def _support(settings: Settings, client: SlackClient) -> Finding:
    channel = settings.slack_support_channel
    try:
        await client.web.conversations_history(channel=channel, limit=1)
    except SlackApiError as error:
        reason = reason_of(error)
        hint = f" {INVITE}" if "channel" in reason else ""
        return Finding(False, f"Slack: support channel {channel}: {reason}.{hint}")
    return Finding(True, f"Slack: the support channel {channel} can be read.")


def run(settings: Settings, arguments: list[str]) -> int:
    """Print the findings; returns 1 where something is wrong, 2 for arguments that are none."""
    if arguments and (len(arguments) != 2 or arguments[0] != "--to"):
        print("usage: python -m care channels [--to CHAT_OR_CHANNEL]")
        return 2
    to = arguments[1] if arguments else None
    found = asyncio.run(check(settings, to))
    for finding in found:
        mark = {True: "ok   ", False: "WRONG", None: "note "}[finding.good]
        print(f"{mark} {finding.words}")
    wrong = any(finding.good is False for finding in found)
    if to is None and not wrong and any(finding.good for finding in found):
        print("note  To send a test message: .venv/bin/python -m care channels --to ID")
        print("      (ID: a Telegram chat's number, or a Slack channel's C0...)")
    return int(wrong)
