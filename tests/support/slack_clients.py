"""What people's Slack sends when they press a button, send a form or use a command."""

import time
from typing import Any

from tests.support.slack_world import APP, BOT, BOT_USER, TEAM, Posted

_HOME = {"team": {"id": TEAM, "domain": "w"}, "api_app_id": APP}


def press_of(
    posted: Posted, element: dict[str, Any], who: dict[str, Any], trigger: str
) -> dict[str, Any]:
    """A press on a button of a message that the app posted."""
    message = {
        "type": "message",
        "ts": posted.ts,
        "text": posted.text,
        "blocks": posted.blocks,
        "user": BOT_USER,
        "bot_id": BOT,
    }
    if posted.thread:
        message["thread_ts"] = posted.thread
    return {
        **_HOME,
        "type": "block_actions",
        "user": who,
        "trigger_id": trigger,
        "container": {
            "type": "message",
            "message_ts": posted.ts,
            "channel_id": posted.channel,
            "is_ephemeral": False,
        },
        "channel": {"id": posted.channel, "name": "x"},
        "message": message,
        "actions": [{**element, "block_id": "b", "action_ts": str(time.time())}],
    }


def form_of(view: dict[str, Any], fields: dict[str, str], who: dict[str, Any]) -> dict[str, Any]:
    """A form, filled in with `fields` by block."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        element, given = block["element"], fields.get(block["block_id"])
        state: dict[str, Any] = {"type": element["type"], "value": given}
        if element["type"] == "static_select":
            chosen = given or element["initial_option"]["value"]
            state = {"type": "static_select", "selected_option": {"value": chosen}}
        values[block["block_id"]] = {element["action_id"]: state}
    filled = {**view, "state": {"values": values}}
    return {**_HOME, "type": "view_submission", "user": who, "view": filled}


def command_of(text: str, room: str, who: dict[str, Any], trigger: str) -> dict[str, Any]:
    """`/care …` in a room."""
    return {
        "command": "/care",
        "text": text,
        "team_id": TEAM,
        "channel_id": room,
        "user_id": who["id"],
        "user_name": who["username"],
        "api_app_id": APP,
        "trigger_id": trigger,
    }
