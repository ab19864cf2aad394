"""What to do with each Slack event of customers. Returns once all that matters is committed."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Connection

from care.gateway.accept import Accepted, Incoming
from care.gateway.channels import steps
from care.gateway.channels.fetching import Fetching
from care.gateway.channels.locks import Locks
from care.gateway.channels.slack.agents.room import AgentRoom
from care.gateway.channels.slack.client import Client
from care.gateway.channels.slack.names import (
    CHANNEL,
    direct,
    external_id,
    identity_of,
    in_channel,
)
from care.gateway.channels.slack.people import People, Person
from care.gateway.channels.slack.reading import SHARED, Post, read_change, read_post, shown
from care.gateway.gateway import Gateway
from care.gateway.reacting import do_react
from care.record.conversations import (
    access_conversation,
    current_conversation,
    do_add_context,
    do_set_audience,
)
from care.record.customers import access_customer, do_describe_customer, is_customer
from care.record.ids import ConversationId

log = logging.getLogger(__name__)
Event = dict[str, Any]


class Events:
    """Acts on events, those of one room one after the other."""

    def __init__(
        self,
        gateway: Gateway,
        client: Client,
        people: People,
        fetching: Fetching,
        agents: AgentRoom | None,
    ) -> None:
        self.gateway = gateway
        self.client = client
        self.people = people
        self.fetching = fetching
        self.agents = agents
        self.trouble: str | None = None
        self._locks = Locks()
        self._acts: dict[str, Callable[[Event, str], Awaitable[None]]] = {
            "message": self._message,
            "app_mention": self._message,
            "reaction_added": self._reaction,
            "user_change": self._person,
            "tokens_revoked": self._revoked,
            "app_uninstalled": self._revoked,
        }

    async def handle(self, body: dict[str, Any]) -> None:
        """Act on an `event_callback`. Raises RecordDown: then Slack must send it again."""
        event = body.get("event")
        if not isinstance(event, dict):
            return
        act = self._acts.get(str(event.get("type")))
        if act is None:
            return
        team = str(body.get("team_id") or self.client.team or "")
        room = event.get("channel")
        event = {**event, SHARED: body.get(SHARED) is True}
        async with self._locks.of(room if isinstance(room, str) else None):
            await act(event, team)

    async def _message(self, event: Event, team: str) -> None:
        subtype = event.get("subtype")
        if subtype in ("message_changed", "message_deleted"):
            await self._changed(event)
            return
        post = read_post(event, team, self.client.user)
        if post is None:
            return
        if self.agents is not None and post.room == self.agents.place:
            await self.agents.said(post)
            return
        named = event.get("type") == "app_mention" or f"<@{self.client.user}>" in post.raw
        sender = await self._sender(post, team, named)
        if sender is not None:
            await self._take(post, sender)

    async def _changed(self, event: Event) -> None:
        change = read_change(event, self.client.user)
        if change is None:
            return
        name = external_id(change.room, change.stamp)
        if self.agents is not None and change.room == self.agents.place:
            await self.agents.changed(change)
        elif change.text is None:
            await steps.deleted(self.gateway, CHANNEL, name)
        else:  # Slack also tells of link previews this way: then the words are the same
            await steps.edited(self.gateway, CHANNEL, name, change.text)

    async def _sender(self, post: Post, team: str, named: bool) -> str | None:
        """The thread that a post belongs to; None where it is not for us."""
        if post.direct:
            return direct(post.team, post.user)
        root = in_channel(team, post.room, post.thread or post.stamp)
        own = f"{root}:{post.user}"
        if not post.reply:
            return root if named else None
        identity = (CHANNEL, identity_of(post.team, post.user))

        def look(connection: Connection) -> str | None:
            begun = current_conversation(connection, root)
            if begun is not None and is_customer(connection, begun.id, identity):
                return root
            if current_conversation(connection, own) is not None:
                return own
            if not named:
                return None
            return own if begun is not None else root

        return await self.gateway.record.read(look)

    async def _take(self, post: Post, sender: str) -> None:
        person = await self._who(post.user)
        incoming = self._incoming(post, sender, person)
        if incoming is None:
            return
        if post.reply and post.direct:
            replied = external_id(post.room, post.thread or "")
            if await steps.comment(self.gateway, incoming, replied):
                return
        accepted = await steps.take(self.gateway, incoming)
        if accepted is None:
            return
        if post.files:
            await self.fetching.want(accepted.message_id, CHANNEL, post.files)
        if person is None:
            self.client.courtesy(self._introduce(accepted, post))

    async def _who(self, user: str) -> Person | None:
        """The writer; waited for only where the answer decides what they may be told."""
        if self.gateway.settings.slack_members_internal:
            return await self.people.find(user)
        return self.people.known(user)

    def _incoming(self, post: Post, sender: str, person: Person | None) -> Incoming | None:
        payload: dict[str, Any] = {"order": post.stamp.rjust(24, "0")}
        text = post.text
        if post.files:
            payload["files"] = [shown(ref) for ref in post.files]
        elif not text:
            text = f"@{self.gateway.settings.bot_name}"  # somebody only called us
            payload["command"] = "/greet"
        if post.direct and post.reply:
            payload["thread_ts"] = post.thread
        return Incoming(
            CHANNEL,
            sender,
            identity_of(post.team, post.user),
            external_id(post.room, post.stamp),
            text=text or None,
            name=person.name if person else None,
            context=person.context if person else {},
            kind="text" if text else "file",
            payload=payload,
            audience="internal" if self._internal(person, post) else "public",
        )

    def _internal(self, person: Person | None, post: Post) -> bool:
        """Whether answers may be those for colleagues: nobody from elsewhere reads along."""
        wanted = self.gateway.settings.slack_members_internal and not post.shared
        return wanted and person is not None and person.member

    async def _introduce(self, accepted: Accepted, post: Post) -> None:
        """Learn who the customer is after the message is in."""
        person = await self.people.find(post.user, patience=20.0)
        if person is None:
            return

        def describe(connection: Connection) -> None:
            found = access_conversation(connection, ConversationId(accepted.conversation_id))
            if person.name and not access_customer(connection, found.customer_id).name:
                do_describe_customer(connection, found.customer_id, name=person.name)
            do_add_context(connection, found.id, person.context)
            if self._internal(person, post):
                do_set_audience(connection, found.id, "internal")

        await self.gateway.record.write(describe)
        await self.gateway.bus.wake(accepted.conversation_id)

    async def _reaction(self, event: Event, team: str) -> None:
        item, user = event.get("item"), str(event.get("user") or "")
        if not isinstance(item, dict) or item.get("type") != "message":
            return
        room, stamp = str(item.get("channel")), str(item.get("ts"))
        identity = (CHANNEL, identity_of(team, user))
        address = direct(team, user) if room.startswith("D") else f"sl:{team}:{room}"
        signs = [str(event.get("reaction"))[:60]]
        found = await self.gateway.record.write(
            do_react, address, external_id(room, stamp), signs, identity
        )
        if found is not None:
            await self.gateway.bus.wake(found)

    async def _person(self, event: Event, _: str) -> None:
        user = event.get("user")
        if isinstance(user, dict):
            self.people.forget(str(user.get("id")))

    async def _revoked(self, event: Event, _: str) -> None:
        self.trouble = f"Slack says that the app was removed ({event.get('type')})"
        log.warning("slack: %s", self.trouble)
