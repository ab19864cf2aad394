"""Turns for tests: what was said before and now, and what an action made of it."""

from dataclasses import dataclass
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

Event = dict[str, Any]


def user(text: str, intent: str, **more: Any) -> Event:
    """A message of the customer; `more` goes into what was understood."""
    parsed = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": [], **more}
    return {
        "event": "user",
        "text": text,
        "parse_data": parsed,
        "message_id": f"id-{text}",
        "metadata": more.get("metadata", {}),
    }


def bot(response: str) -> Event:
    """An answer of the bot."""
    return {"event": "bot", "text": "…", "metadata": {"utter_action": response}, "data": {}}


def effect(name: str) -> Event:
    """An effect given earlier."""
    custom = {"careline": {"effect": name}}
    return {"event": "bot", "text": None, "metadata": {}, "data": {"custom": custom}}


def form(name: str | None) -> Event:
    """A form that begins, or ends (None)."""
    return {"event": "active_loop", "name": name}


@dataclass
class Outcome:
    """What an action did."""

    messages: list[dict[str, Any]]
    events: list[Event]

    @property
    def responses(self) -> list[str]:
        """Names of the answers, in order."""
        return [item["response"] for item in self.messages if item.get("response")]

    def values(self, response: str) -> dict[str, Any]:
        """What an answer was given for its placeholders."""
        return next(item for item in self.messages if item.get("response") == response)

    def effects(self, name: str) -> list[dict[str, Any]]:
        """The effects of one name, without the name."""
        found = [item["custom"]["careline"] for item in self.messages if item.get("custom")]
        return [
            {key: value for key, value in item.items() if key != "effect"}
            for item in found
            if item["effect"] == name
        ]

    @property
    def slots(self) -> dict[str, Any]:
        """The slots that were set, with their last values."""
        return {item["name"]: item["value"] for item in self.events if item["event"] == "slot"}

    @property
    def left_form(self) -> bool:
        """Whether the active form was ended."""
        return any(item["event"] == "active_loop" and not item["name"] for item in self.events)


async def run(
    action: Action,
    domain: dict[str, Any],
    *events: Event,
    slots: dict[str, Any] | None = None,
    active: str | None = None,
) -> Outcome:
    """Run an action after these events; the last message of the customer is the present one."""
    latest = next((item for item in reversed(events) if item["event"] == "user"), None)
    state = {
        "sender_id": "web:test",
        "slots": slots or {},
        "latest_message": latest["parse_data"] if latest else {},
        "events": list(events),
        "paused": False,
        "followup_action": None,
        "active_loop": {"name": active} if active else {},
        "latest_action_name": "action_listen",
        "latest_input_channel": "web",
    }
    dispatcher = CollectingDispatcher()
    given: DomainDict = domain  # type: ignore[assignment]
    found = await action.run(dispatcher, Tracker.from_dict(state), given)  # type: ignore[arg-type]
    return Outcome(dispatcher.messages, [dict(event) for event in found])
