"""One turn: a customer's message in, lines of answer out, all of it stored or nothing.

The conversation's lock is taken first, then the message's id is looked for: a message
that was answered before gets the same lines again. Rasa's own handling reads the
tracker twice and writes it in a second step; here it is read and written once.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from rasa.core.actions.action import ActionBotResponse
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import LockError
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    ConversationResumed,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message as ParsedMessage

from assistant.database import StoreConflict, StoreDown
from assistant.evidence import intent_of
from assistant.inbound import Control, Message
from assistant.language import hint_of
from assistant.later import (
    LATER,
    Requests,
    begins_a_form,
    form_completed,
    form_waits,
    keep,
    kept,
    order_by_order,
    parted,
    person_first,
)
from assistant.outbound import AnswerLines, as_line, replayed
from assistant.overrides import ActionFailed, in_turn
from assistant.replies import ORDER_TASKS, as_reply, open_question
from assistant.tracker_store import WindowTrackerStore
from assistant.window import WindowTracker

logger = logging.getLogger(__name__)

MOST_FURTHER_REQUESTS = 3
RANKED = 5
HAND_BACK_INTENT = "EXTERNAL_hand_back"
AGENT_SLOT = "agent_name"
LANGUAGE_SLOT = "language"
BASE_LANGUAGE = "en"
UNTRANSLATED = "utter_answer_not_translated"
INNER_SLOTS = {"session_started_metadata", LATER}


class NotReady(RuntimeError):
    """A turn cannot be taken now; its text is the reason."""


class Turns:
    """Answers messages with the agent's present model."""

    def __init__(self, agent: Agent, store: WindowTrackerStore) -> None:
        """Take turns of an agent; its processor may be exchanged between turns."""
        self._agent = agent
        self._store = store

    async def message(
        self, message: Message, send: Callable[[str], None], started: Callable[[], None]
    ) -> None:
        """Answer a message.

        Args:
            message: what came in, checked.
            send: gets each line of the answer as it is made.
            started: called once the conversation could be read, before the first line.

        Raises:
            NotReady: before `started`, where database, lock server or model is missing.
        """
        await self._turn(message.sender, message.message_id, message.channel, send, started, message)

    async def hand_back(
        self, control: Control, send: Callable[[str], None], started: Callable[[], None]
    ) -> None:
        """Take a conversation back from people: clean state, then let a rule speak."""
        await self._turn(control.sender, control.message_id, control.channel, send, started, control)

    async def forget(self, sender_id: str) -> bool:
        """Erase a conversation; False where there was none. Raises NotReady."""
        try:
            async with self._agent.lock_store.lock(sender_id):
                return await self._store.forget(sender_id)
        except (StoreDown, LockError) as error:
            raise NotReady("store_down") from error

    async def _turn(
        self,
        sender_id: str,
        message_id: str,
        channel: str,
        send: Callable[[str], None],
        started: Callable[[], None],
        request: Message | Control,
    ) -> None:
        began = time.monotonic()
        try:
            async with self._agent.lock_store.lock(sender_id):
                processor = self._agent.processor
                if processor is None:
                    raise NotReady("no_model")
                opened = await self._store.open(sender_id, message_id or None)
                started()
                if opened.answer is not None:
                    for line in replayed(opened.answer):
                        send(line)
                    return
                tracker = opened.tracker or self._store.init_tracker(sender_id)
                turn = _Turn(processor, tracker, AnswerLines(channel, send), began)
                await turn.run(request)
                await self._save(turn, message_id)
        except StoreDown as error:
            logger.error("the tracker store is down: %s", error)
            raise NotReady("store_down") from error
        except LockError as error:
            raise NotReady("store_down") from error

    async def _save(self, turn: _Turn, message_id: str) -> None:
        """Store the turn, then send the last line: nobody may rely on an answer before."""
        last = turn.last_line()
        written = [*turn.output.lines, as_line(last)]
        try:
            await self._store.save_turn(turn.tracker, message_id or None, written)
        except (StoreDown, StoreConflict) as error:
            logger.error("a turn could not be stored: %s", error)
            self._store.drop_cached(turn.tracker.sender_id)
            last = {"type": "error", "reason": "store_down"}
        turn.output.close(last)


class _Turn:
    """The work of one turn on one tracker."""

    def __init__(
        self, processor: MessageProcessor, tracker: WindowTracker, output: AnswerLines, began: float
    ) -> None:
        self.tracker = tracker
        self.output = output
        self._processor = processor
        self._began = began
        self._failed: dict[str, Any] | None = None
        self._parsed: Mapping[str, Any] = {}
        tracker.model_id = processor.model_metadata.model_id
        tracker.assistant_id = processor.model_metadata.assistant_id

    async def run(self, request: Message | Control) -> None:
        token = in_turn.set(True)
        try:
            if isinstance(request, Message):
                await self._answer(request)
            else:
                await self._take_back(request)
        except ActionFailed as failure:
            self._failed = {"type": "error", "reason": "action_failed", "action": failure.action}
            self._listen()
        except Exception:
            # Whatever it is, the customer must not wait for an answer that never comes.
            logger.exception("a turn failed")
            self._failed = {"type": "error", "reason": "failed"}
            self._listen()
        finally:
            in_turn.reset(token)
        self.output.release_held()

    def last_line(self) -> dict[str, Any]:
        """The end of the answer, or the error that ended it."""
        if self._failed is not None:
            return self._failed
        intent = self._parsed.get("intent") or {}
        return {
            "type": "end",
            "replayed": False,
            "intent": _named(intent) if intent.get("name") else None,
            "ranking": [_named(i) for i in self._parsed.get("intent_ranking") or []][:RANKED],
            "entities": self._parsed.get("entities") or [],
            "decision": self._parsed.get("decision"),
            "language": self._parsed.get("language"),
            "parts": self._parsed.get("parts"),
            "slots": {
                name: slot.value
                for name, slot in self.tracker.slots.items()
                if slot.value is not None and name not in INNER_SLOTS
            },
            "latency_ms": round((time.monotonic() - self._began) * 1000),
        }

    async def _answer(self, message: Message) -> None:
        metadata = dict(message.metadata)
        await self._processor._update_tracker_session(self.tracker, self.output, metadata)
        if message.payload is not None:
            self._parsed = parse_payload(message.payload, self._processor)
        else:
            self._parsed = self._replied(message, await self._understand(message))
        self._note_language(hint_of(metadata.get("language")))
        await self._work_off_all(message)
        await self._admit_language()
        if form_waits(self.tracker):
            # The form's question is the one to be answered.
            self.output.forget_held()

    async def _work_off_all(self, message: Message) -> None:
        """What the message asks, in the order in which a reader wants the answers."""
        text = (message.payload if message.text is None else message.text) or ""
        further, parsed = list(self._parsed.get("also") or [])[:MOST_FURTHER_REQUESTS], self._parsed
        before: Requests = []
        if further and not form_waits(self.tracker):
            parsed, further = person_first(parsed, further)
            before, further = parted(self._processor, intent_of(parsed), further)
        for request in before:
            await self._work_off_request(message, request)
        await self._work_off(message, text, parsed)
        await self._work_off_further(message, further)

    async def _work_off_further(self, message: Message, further: Requests) -> None:
        """What else the message asks, and what waited for the form that it has completed."""
        domain = self._processor.domain
        waiting = kept(self.tracker)
        if not form_waits(self.tracker):
            if form_completed(self.tracker, domain):
                further = [*waiting, *further]
            waiting = []
        for request in further[:MOST_FURTHER_REQUESTS]:
            if self.tracker.is_paused():
                waiting = []
                break
            if form_waits(self.tracker) and begins_a_form(self._processor, request["intent"]):
                waiting.append({"intent": request["intent"], "entities": request.get("entities")})
                continue
            await self._work_off_request(message, request)
        keep(self.tracker, waiting[:MOST_FURTHER_REQUESTS], domain)

    async def _work_off_request(self, message: Message, request: Mapping[str, Any]) -> None:
        intent, entities = request["intent"], request.get("entities") or []
        payload = f"/{intent}{json.dumps(_values(entities))}"
        understood = {"name": intent, "confidence": 1.0}
        parsed = {"text": payload, "intent": understood, "entities": entities}
        await self._work_off(message, payload, parsed)

    async def _admit_language(self) -> None:
        """Say that an answer is not in the customer's language, where that is so."""
        slot = self.tracker.slots.get(LANGUAGE_SLOT)
        spoken = slot.value if slot else None
        domain = self._processor.domain
        if not self.output.untranslated or spoken in (None, BASE_LANGUAGE):
            return
        if UNTRANSLATED not in domain.responses:
            return
        said = await ActionBotResponse(UNTRANSLATED).run(
            self.output, self._processor.nlg, self.tracker, domain
        )
        await self._processor._send_bot_messages(said, self.tracker, self.output)
        self.tracker.update_with_events(said, domain)

    def _note_language(self, hint: str | None) -> None:
        """Keep the language of the message, so that answers have their variation for it.

        A pressed button has none: then the hint counts, as long as nothing was typed.
        """
        slot = self.tracker.slots.get(LANGUAGE_SLOT)
        language = self._parsed.get("language")
        if language is None and slot is not None and slot.value is None:
            language = hint
        if language and slot is not None and slot.value != language:
            self.tracker.update(SlotSet(LANGUAGE_SLOT, language), self._processor.domain)

    async def _understand(self, message: Message) -> Mapping[str, Any]:
        """Parse what was typed; a leading slash is no command here."""
        assert message.text is not None
        typed = message.text.strip().lstrip("/").strip() or "\N{FULLWIDTH SOLIDUS}"
        asked = UserMessage(
            typed, self.output, message.sender, None, message.channel, message.message_id,
            dict(message.metadata),
        )
        parsed: dict[str, Any] = await self._processor.parse_message(asked, self.tracker)
        parsed["text"] = message.text
        return parsed

    def _replied(self, message: Message, parsed: Mapping[str, Any]) -> Mapping[str, Any]:
        """The message as the reply to what was asked last, if it is one."""
        domain = self._processor.domain
        reply = as_reply(message.text or "", parsed, open_question(self.tracker, domain))
        if reply.leaves:
            keep(self.tracker, [], domain)
            self.tracker.update_with_events([ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)], domain)
        return order_by_order(reply.parsed, ORDER_TASKS)

    async def _work_off(self, message: Message, text: str, parsed: Mapping[str, Any]) -> None:
        said = UserMessage(
            text, self.output, message.sender, dict(parsed), message.channel, message.message_id,
            dict(message.metadata),
        )
        await self._processor._handle_message_with_tracker(said, self.tracker)
        await self._predict()

    async def _take_back(self, control: Control) -> None:
        await self._processor._update_tracker_session(self.tracker, self.output, None)
        for event in self._clean_state(control.agent):
            self.tracker.update(event, self._processor.domain)
        if HAND_BACK_INTENT not in self._processor.domain.intents:
            return
        entities = [{"entity": AGENT_SLOT, "value": control.agent}] if control.agent else []
        self.tracker.update(
            UserUttered.create_external(HAND_BACK_INTENT, entities, control.channel),
            self._processor.domain,
        )
        await self._predict()

    def _clean_state(self, agent: str | None) -> list[Event]:
        """What a person's conversation leaves behind must not steer the bot's next turn.

        Listening comes before resuming: the first message after a plain resume would
        get the fallback, since a pause interrupts the turn that asked for it.
        """
        events: list[Event] = [ActiveLoop(None)]
        if REQUESTED_SLOT in self.tracker.slots:
            events.append(SlotSet(REQUESTED_SLOT, None))
        if agent and AGENT_SLOT in self.tracker.slots:
            events.append(SlotSet(AGENT_SLOT, agent))
        return [*events, ConversationResumed(), ActionExecuted(ACTION_LISTEN_NAME)]

    async def _predict(self) -> None:
        await self._processor.run_action_extract_slots(self.output, self.tracker)
        await self._processor._run_prediction_loop(self.output, self.tracker)

    def _listen(self) -> None:
        """End a broken turn where the next one can start."""
        if self.tracker.latest_action_name != ACTION_LISTEN_NAME or self.tracker.followup_action:
            self.tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self._processor.domain)


def parse_payload(payload: str, processor: MessageProcessor) -> dict[str, Any]:
    """What a button's payload means; NLU is not asked."""
    read = YAMLStoryReader.unpack_regex_message(
        ParsedMessage({"text": payload}), processor.domain
    )
    parsed: dict[str, Any] = {"text": payload, "intent": {"name": None}, "entities": []}
    parsed.update(read.as_dict(only_output_properties=True))
    return parsed


def _named(intent: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}


def _values(entities: Any) -> dict[str, Any]:
    return {e["entity"]: e.get("value") for e in entities or []}
