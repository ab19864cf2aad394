"""One customer's conversation with the product's dialogue, turn by turn."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from rasa.core.agent import Agent

from assistant.inbound import Control, Message
from assistant.turns import Turns

_senders = itertools.count()


@dataclass(frozen=True)
class Said:
    """What came back in one turn."""

    lines: list[dict[str, Any]]

    @property
    def responses(self) -> list[str]:
        """Names of the answers, in order."""
        return [line["response"] for line in self.lines if line["type"] == "message"]

    @property
    def text(self) -> str:
        """All answers, one below the other."""
        return "\n".join(line["text"] for line in self.lines if line["type"] == "message")

    @property
    def payloads(self) -> list[str]:
        """Payloads of all buttons."""
        messages = [line for line in self.lines if line["type"] == "message"]
        return [button["payload"] for line in messages for button in line["buttons"]]

    def effects(self, name: str) -> list[dict[str, Any]]:
        """The effects of one name, without the name."""
        found = [line["effect"] for line in self.lines if line["type"] == "effect"]
        return [{k: v for k, v in e.items() if k != "name"} for e in found if e["name"] == name]

    @property
    def actions(self) -> dict[str, str]:
        """Outcome of each action that reported one."""
        return {item["action"]: item["outcome"] for item in self.effects("interaction")}


class Talk:
    """A new customer. `say` gives the words and how they were understood."""

    def __init__(self, agent: Agent, turns: Turns) -> None:
        """Start a conversation."""
        self.sender = f"test:talk{next(_senders)}"
        self._agent = agent
        self._turns = turns
        self._count = 0

    async def say(self, text: str, intent: str, **parsed: Any) -> Said:
        """A typed message; `parsed` adds entities (as a mapping), decision, passages, language."""
        entities = parsed.pop("entities", {})
        found = parsed.pop("found", [])
        metadata = parsed.pop("metadata", {})
        understood = {
            "text": text,
            "intent": {"name": intent, "confidence": 0.97},
            "entities": [{"entity": n, "value": v} for n, v in entities.items()] + found,
            **parsed,
        }

        async def parse_message(*_: Any, **__: Any) -> dict[str, Any]:
            return understood

        assert self._agent.processor is not None
        self._agent.processor.parse_message = parse_message  # type: ignore[method-assign]
        return await self._take(text=text, payload=None, metadata=metadata)

    async def take(self, text: str, intent: str, entities: list[dict[str, Any]]) -> Said:
        """A typed message with several entities of one kind."""
        return await self.say(text, intent, entities={}, found=entities)

    async def press(self, payload: str) -> Said:
        """A button that the gateway issued."""
        return await self._take(text=None, payload=payload, metadata={})

    async def hand_back(self, agent: str) -> Said:
        """People give the conversation back."""
        self._count += 1
        got: list[str] = []
        control = Control(self.sender, "hand_back", agent, f"m{self._count}", "web")
        await self._turns.hand_back(control, got.append, lambda: None)
        return Said([json.loads(line) for line in got])

    async def slots(self) -> dict[str, Any]:
        """All slots as they are now."""
        tracker = await self._agent.tracker_store.retrieve(self.sender)
        assert tracker is not None
        return tracker.current_slot_values()

    async def _take(self, **given: Any) -> Said:
        self._count += 1
        got: list[str] = []
        message = Message(
            sender=self.sender, message_id=f"m{self._count}", channel="web", **given
        )
        await self._turns.message(message, got.append, lambda: None)
        said = Said([json.loads(line) for line in got])
        assert said.lines[-1]["type"] == "end", said.lines
        return said
