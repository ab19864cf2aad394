"""Settings with which a care server is connected to the tests' Telegram and Slack."""

from collections.abc import Mapping
from typing import Any

from care.settings import variable_of
from tests.support.slack import Slack
from tests.support.slack_world import APP_TOKEN, BOT_TOKEN, SECRET
from tests.support.telegram import TOKEN, Telegram

TG_SECRET = "telegram-webhook-secret"


def on_telegram(front: Telegram, *, called: bool = False) -> dict[str, Any]:
    """Telegram is asked for news; or (`called`) it calls us."""
    hook = {"telegram_mode": "webhook", "telegram_webhook_secret": TG_SECRET} if called else {}
    return {"telegram_token": TOKEN, "telegram_api": front.url, **hook}


def on_slack(front: Slack, *, called: bool = False, agents: bool = False) -> dict[str, Any]:
    """Slack over Socket Mode, or by webhook; with `agents`, they get handoffs in #support."""
    hook = {"slack_mode": "webhook", "slack_signing_secret": SECRET}
    way = hook if called else {"slack_app_token": APP_TOKEN}
    room = {"slack_support_channel": front.channels["support"]} if agents else {}
    return {"slack_bot_token": BOT_TOKEN, "slack_api": front.api, **way, **room}


def as_environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """The same for a process of its own."""
    return {variable_of(name): str(value) for name, value in settings.items()}
