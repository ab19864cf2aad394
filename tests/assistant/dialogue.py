"""Conversations in this process: with our engine, and with Rasa's own beside it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

from assistant import overrides
from assistant.inbound import Message
from assistant.outbound import AnswerLines
from assistant.rules import IndexedRulePolicy
from assistant.tracker_store import WindowTrackerStore
from assistant.turns import Turns

overrides.apply()

SAYINGS = (
    "hello", "opening hours", "jobs", "gift cards", "track", "parcel A12345", "parcel A54321",
    "survey", "yes", "no", "because", "mood", "nothing I know", "bye",
)
"""Every topic of the small bot that needs no action server."""
COMMANDS = ("/restart", "/back", '/track_order{"order_number": "A99999"}')


def sayings(seed: int, count: int, commands: bool = True) -> list[str]:
    """A random customer; every twentieth message or so is a command of a button."""
    dice = random.Random(seed)
    pool = SAYINGS * 4 + (COMMANDS if commands else ())
    return [dice.choice(pool) for _ in range(count)]


class Stock:
    """Rasa's own handling of messages, policies included."""

    def __init__(self, models: Path, store: TrackerStore | None = None) -> None:
        self.agent = Agent(tracker_store=store)
        self.agent.load_model(str(models))
        policy(self.agent).__class__ = RulePolicy

    async def say(self, sender: str, text: str) -> list[dict[str, Any]]:
        """What Rasa answers."""
        output = CollectingOutputChannel()
        await self.agent.handle_message(UserMessage(text, output, sender, input_channel="web"))
        return [{k: v for k, v in m.items() if k != "recipient_id"} for m in output.messages]

    async def tracker(self, sender: str) -> DialogueStateTracker:
        found = await self.agent.tracker_store.retrieve(sender)
        assert found is not None
        return found


class Ours:
    """The same model behind our store and our turns."""

    def __init__(self, models: Path, store: WindowTrackerStore) -> None:
        self.agent = Agent(tracker_store=store)
        self.agent.load_model(str(models))
        self.store = store
        self.turns = Turns(self.agent, store)
        self._count = 0

    async def lines(
        self,
        sender: str,
        text: str,
        message_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> list[str]:
        """The lines of the answer; a text with a slash goes in as a button's payload."""
        self._count += 1
        button = text.startswith("/")
        message = Message(
            sender=sender,
            text=None if button else text,
            payload=text if button else None,
            message_id=message_id or f"m{self._count}",
            channel="web",
            metadata=metadata or {},
        )
        got: list[str] = []
        await self.turns.message(message, got.append, lambda: None)
        return got

    async def tracker(self, sender: str) -> DialogueStateTracker:
        found = await self.store.retrieve(sender)
        assert found is not None
        # Reading takes the tracker out of memory; the next turn reads it anew.
        return found


def policy(agent: Agent) -> RulePolicy:
    """The rule policy of a loaded model."""
    assert agent.processor is not None
    for node in agent.processor.graph_runner._instantiated_nodes.values():
        found = node._component
        if isinstance(found, IndexedRulePolicy | RulePolicy):
            return found
    raise AssertionError("the model has no rule policy")


def state(tracker: DialogueStateTracker) -> dict[str, Any]:
    """What the next turn depends on."""
    current = tracker.current_state()
    # The channel sets the language, not Rasa.
    aside = ("session_started_metadata", "language")
    return {
        "slots": {k: v for k, v in current["slots"].items() if k not in aside},
        "loop": (current["active_loop"] or {}).get("name"),
        "rejected": tracker.is_active_loop_rejected,
        "paused": current["paused"],
        "action": current["latest_action_name"],
        "followup": current["followup_action"],
        "said": tracker.latest_message.text if tracker.latest_message else None,
    }


def output_of(channel: str = "web") -> AnswerLines:
    """An answer that goes nowhere."""
    return AnswerLines(channel, lambda _: None)
