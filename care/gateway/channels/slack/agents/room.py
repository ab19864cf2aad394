"""The support channel as a whole: what agents say, press, send and command there."""

import asyncio
import logging
from typing import Any

from care.background import Background
from care.bus import Bus
from care.files import FileRefused, Files
from care.gateway.accept import Refused as NotAccepted
from care.gateway.channels.fetching import Source
from care.gateway.channels.slack.agents import acts
from care.gateway.channels.slack.agents.card import CLAIM, RESOLVE
from care.gateway.channels.slack.agents.command import agents_here, do_command
from care.gateway.channels.slack.agents.form import FORM, REASONS, resolve_form, tags_in
from care.gateway.channels.slack.agents.relay import Relay
from care.gateway.channels.slack.agents.who import agent_of
from care.gateway.channels.slack.client import Client
from care.gateway.channels.slack.forms import dict_of, field_of
from care.gateway.channels.slack.people import People
from care.gateway.channels.slack.reading import Change, Post
from care.gateway.channels.slack.sending import SlackSender
from care.gateway.gateway import Gateway
from care.gateway.outbox import Later, Rejected
from care.handoff.ownership import NotOwner
from care.record.agent_threads import AgentThread, find_thread
from care.record.agents import Agent
from care.record.conversations import access_conversation
from care.record.ids import Author, ConversationId, number_of
from care.record.messages import find_written
from care.record.presence import do_see_agents
from care.record.record import RecordDown
from care.settings import Settings
from care.texts import text

log = logging.getLogger(__name__)
INTERNAL = "//"
BEAT = 3.0
"""Seconds between two signs of life of agents who are online in Slack, as those of a desk."""


class AgentRoom:
    """Agents in one channel of Slack."""

    def __init__(
        self,
        settings: Settings,
        gateway: Gateway,
        bus: Bus,
        client: Client,
        people: People,
        sender: SlackSender,
        files: Files,
        source: Source,
    ) -> None:
        self.place = settings.slack_support_channel
        self.gateway = gateway
        self.client = client
        self.people = people
        self.files = files
        self.source = source
        self.relay = Relay(gateway.record, bus, sender, self.place)
        self._beat = Background(self._keep_present)

    @property
    def trouble(self) -> str | None:
        """Why cards do not come, if so."""
        return self.relay.trouble

    async def start(self) -> None:
        """Begin to follow handoffs."""
        await self.relay.start()
        self._beat.start()

    async def stop(self) -> None:
        """Stop following."""
        await self._beat.stop()
        await self.relay.stop()

    async def said(self, post: Post) -> None:
        """Somebody wrote in the support channel; only threads under cards are for customers."""
        if not post.reply:
            return
        thread = await self.gateway.record.read(find_thread, self.place, post.thread or "")
        if thread is None:
            return
        agent = await agent_of(self.gateway.record, self.people, post.user)
        if agent is None:
            self._whisper(post, text("slack_not_agent"))
        elif post.text.startswith(INTERNAL):
            words = post.text.removeprefix(INTERNAL).strip()
            await acts.note(self.gateway, agent.id, thread.conversation_id, words, post.stamp)
        else:
            await self._reply(post, thread, agent)

    async def changed(self, change: Change) -> None:
        """An agent edited or deleted what they wrote in a thread."""
        thread = await self.gateway.record.read(find_thread, self.place, change.thread or "")
        if thread is None:
            return
        found = await self.gateway.record.read(
            find_written, thread.conversation_id, f"slack-{change.stamp}"
        )
        words = change.text
        if found is None:
            return
        if words is not None and words.startswith(INTERNAL) == found.public:
            self._whisper(change, text("slack_stays_reply" if found.public else "slack_stays_note"))
            return
        if words is not None and not found.public:
            words = words.removeprefix(INTERNAL).strip()
        refused = await acts.change(self.gateway, thread.conversation_id, change.stamp, words)
        if refused is not None:
            self._whisper(change, refused.words)

    async def pressed(self, body: dict[str, Any], action: str, value: str) -> None:
        """Claim and Resolve on a card."""
        user = str(dict_of(body.get("user")).get("id") or "")
        container = dict_of(body.get("container"))
        room, stamp = str(container.get("channel_id") or ""), container.get("message_ts")
        number = number_of(value)
        if action not in (CLAIM, RESOLVE) or room != self.place or not number:
            return
        conversation = ConversationId(number)
        agent = await agent_of(self.gateway.record, self.people, user)
        if agent is None:
            self.client.whisper(room, user, text("slack_not_agent"), str(stamp or "") or None)
        elif action == CLAIM:
            refused = await acts.claim(self.gateway, agent.id, conversation)
            if refused is not None:
                self.client.whisper(room, user, refused.words, str(stamp or "") or None)
        else:
            trigger = str(body.get("trigger_id") or "")
            view = resolve_form(conversation)
            self.client.courtesy(self.client.web.views_open(trigger_id=trigger, view=view))

    async def submitted(self, body: dict[str, Any], view: dict[str, Any]) -> dict[str, Any] | None:
        """The form of Resolve; returns errors by field, or None where it is done."""
        number = number_of(str(view.get("private_metadata") or ""))
        if view.get("callback_id") != FORM or not number:
            return None
        user = str(dict_of(body.get("user")).get("id") or "")
        agent = await agent_of(self.gateway.record, self.people, user)
        if agent is None:
            return {"reason": text("slack_not_agent")}
        reason = field_of(view, "reason")
        if reason not in REASONS:
            return {"reason": text("slack_form_reason")}
        try:
            tags = tags_in(field_of(view, "tags"))
        except ValueError as problem:
            return {"tags": str(problem)}
        words = field_of(view, "note").strip()
        why = text(f"slack_reason_{reason}")
        note = f"{text('slack_resolve')}: {why}" + (f"\n{words}" if words else "")
        key = f"view-{view.get('id')}"
        conversation = ConversationId(number)
        refused = await acts.resolve(self.gateway, agent.id, conversation, note, tags, key)
        return {"reason": refused.words} if refused is not None else None

    async def commanded(self, body: dict[str, Any]) -> str:
        """`/care …`."""
        user = str(body.get("user_id") or "")
        agent = await agent_of(self.gateway.record, self.people, user)
        if agent is None:
            return text("slack_not_agent")
        words = str(body.get("text") or "")
        return await self.gateway.record.write(do_command, agent, words)

    async def _reply(self, post: Post, thread: AgentThread, agent: Agent) -> None:
        if post.files:
            self.client.courtesy(self._reply_with_files(post, thread, agent))
            return
        if post.text:
            await self._send(post, thread, agent, [])

    async def _send(self, post: Post, thread: AgentThread, agent: Agent, files: list[str]) -> None:
        conversation = thread.conversation_id
        try:
            key = f"slack-{post.stamp}"
            await self.gateway.reply(conversation, agent.id, key, post.text, files, acts.FROM_SLACK)
        except NotOwner:
            self._whisper(post, await acts.who_has_it(self.gateway, conversation))
        except NotAccepted as refused:
            self._whisper(post, refused.message)

    async def _reply_with_files(self, post: Post, thread: AgentThread, agent: Agent) -> None:
        """Take the files over first: the customer gets words and files together."""
        found = await self.gateway.record.read(access_conversation, thread.conversation_id)
        kept = []
        try:
            for ref in post.files:
                content = self.source.open(ref)
                name = str(ref["name"])
                file = await self.files.save(content, name, found.sender, Author.AGENT)
                kept.append(file.id)
        except (FileRefused, Later, Rejected):
            self._whisper(post, text("slack_file_lost"))
            return
        await self._send(post, thread, agent, kept)

    def _whisper(self, post: Post | Change, words: str) -> None:
        self.client.whisper(post.room, post.user, words, post.thread)

    async def _keep_present(self) -> None:
        """Agents who are online in Slack count as present, as those with an open desk do."""
        while True:
            try:
                here = await self.gateway.record.read(agents_here)
                if here:
                    await self.gateway.record.write(do_see_agents, here)
            except RecordDown:
                log.warning("the care record does not answer; presence waits")
            await asyncio.sleep(BEAT)
