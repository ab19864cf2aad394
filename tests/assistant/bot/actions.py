"""Actions of the small bot; they run in the care server's environment."""

from __future__ import annotations

import time
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher


class Count(Action):
    """Says how many of the customer's messages it sees, and names an effect."""

    def name(self) -> str:
        return "action_count"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        seen = sum(event["event"] == "user" for event in tracker.events)
        dispatcher.utter_message(text=f"I count {min(seen, 3)} and {len(domain['intents'])} intents.")
        dispatcher.utter_message(
            json_message={"careline": {"effect": "interaction", "action": "action_count"}}
        )
        dispatcher.utter_message(json_message={"card": {"title": "A card"}})
        return []


class Broken(Action):
    """Fails."""

    def name(self) -> str:
        return "action_broken"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        if tracker.latest_message.get("text") == "broken please":
            time.sleep(6)
        raise RuntimeError("this action fails")


class Handoff(Action):
    """Hands the conversation to people, as the product's action does."""

    def name(self) -> str:
        return "action_handoff"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        dispatcher.utter_message(
            json_message={"careline": {"effect": "handoff", "reason": "customer_asked"}}
        )
        return [
            {"event": "active_loop", "name": None},
            {"event": "slot", "name": "requested_slot", "value": None},
            {"event": "action", "name": "action_listen"},
            {"event": "pause"},
        ]
