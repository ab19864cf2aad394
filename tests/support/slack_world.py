"""The workspace that Slack's tests begin with: its people, rooms, our app and its tokens."""

import time
from dataclasses import dataclass, field
from typing import Any

BOT_TOKEN = "xoxb-care"
APP_TOKEN = "xapp-care"
SECRET = "slack-signing-secret"
BOT_USER, BOT, APP = "UCAREBOT1", "BCAREBOT1", "ACARE0001"
SCOPES = (
    "chat:write,channels:history,groups:history,im:history,im:write,app_mentions:read,users:read,"
    "users:read.email,commands,files:read,files:write,channels:read,reactions:write"
)
TEAM = "T000000001"
USERS = ("ana", "bo", "cy", "dee")


@dataclass
class Posted:
    """A message that the app posted and Slack took."""

    channel: str
    ts: str
    thread: str | None
    text: str
    blocks: list[dict[str, Any]]
    at: float = field(default_factory=time.monotonic)

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        """Buttons by title."""
        return {
            element["text"]["text"]: element
            for block in self.blocks
            if block["type"] == "actions"
            for element in block["elements"]
        }

    @property
    def mrkdwn(self) -> str:
        """All sections' text."""
        return "\n".join(b["text"]["text"] for b in self.blocks if b["type"] == "section")


def seed() -> dict[str, Any]:
    """A workspace: four people, a support channel, our app with its tokens."""
    everyone = [
        {"name": name, "real_name": f"{name.title()} Field", "email": f"{name}@example.com"}
        for name in USERS
    ]
    app: dict[str, Any] = {
        "app_id": APP,
        "client_id": "1.2",
        "client_secret": "x",
        "name": "Careline",
        "redirect_uris": [],
        "scopes": SCOPES.split(","),
        "bot_id": BOT,
        "bot_user_id": BOT_USER,
        "bot_name": "careline",
    }
    own: dict[str, Any] = {
        "token": BOT_TOKEN,
        "type": "bot",
        "user_id": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
    }
    return {
        "team": {"name": "W", "domain": "w"},
        "users": everyone,
        "channels": [{"name": "support"}, {"name": "help"}],
        "oauth_apps": [app],
        "tokens": [
            {**own, "bot_user_id": BOT_USER, "scopes": SCOPES.split(",")},
            *({"token": f"xoxp-{name}", "type": "user", "user": name} for name in USERS),
        ],
        "signing_secret": SECRET,
    }
