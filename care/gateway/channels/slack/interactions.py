"""Presses, forms, shortcuts and commands in Slack: who meant what, and the answer Slack waits for."""

from typing import Any

from sqlalchemy import Connection

from care.gateway.accept import Incoming
from care.gateway.channels import steps
from care.gateway.channels.slack.agents.room import AgentRoom
from care.gateway.channels.slack.client import Client
from care.gateway.channels.slack.forms import dict_of, field_of
from care.gateway.channels.slack.names import CHANNEL, direct, identity_of, in_channel
from care.gateway.channels.slack.people import People
from care.gateway.channels.slack.sending import CHOICE, COMMENT
from care.gateway.gateway import Gateway
from care.gateway.rating import do_comment
from care.record.conversations import current_conversation
from care.record.customers import is_customer
from care.record.ids import ConversationId, FeedbackId, number_of
from care.record.schema import feedback
from care.texts import text

COMMENT_FORM = "careline_comment_form"
Body = dict[str, Any]


class Interactions:
    """Acts on `block_actions`, `view_submission` and slash commands; gives what Slack is told."""

    def __init__(
        self, gateway: Gateway, client: Client, people: People, agents: AgentRoom | None
    ) -> None:
        self.gateway = gateway
        self.client = client
        self.people = people
        self.agents = agents

    async def pressed(self, body: Body) -> None:
        """Buttons under messages."""
        for action in body.get("actions") or []:
            name, value = str(action.get("action_id")), str(action.get("value") or "")
            if name.startswith(CHOICE):
                await self._choice(body, value)
            elif name == COMMENT:
                await self._ask_comment(body, value)
            elif self.agents is not None:
                await self.agents.pressed(body, name, value)

    async def submitted(self, body: Body) -> dict[str, Any] | None:
        """A form was sent; returns field errors, if any."""
        view = dict_of(body.get("view"))
        if view.get("callback_id") == COMMENT_FORM:
            await self._comment(body, view)
            return None
        return await self.agents.submitted(body, view) if self.agents is not None else None

    async def commanded(self, body: Body) -> str:
        """A slash command; returns what only the writer sees."""
        if self.agents is None:
            return text("slack_no_agents")
        return await self.agents.commanded(body)

    async def _choice(self, body: Body, token: str) -> None:
        user, team = _user(body), _team(body)
        sender = await self.gateway.record.read(_sender_of_press, body, user, team)
        incoming = Incoming(
            CHANNEL, sender or "", identity_of(team, user), f"press:{token}", button=token
        )
        found = steps.Pressed(steps.Press.UNKNOWN)
        if sender is not None:
            found = await steps.press(self.gateway, incoming)
        room, stamp = _place(body)
        if found.press in (steps.Press.UNKNOWN, steps.Press.RATED_BEFORE):
            person = self.people.known(user)
            words = text(found.press, person.locale if person else None)
            self.client.whisper(room, user, words, dict_of(body.get("message")).get("thread_ts"))
        if found.press is not steps.Press.UNKNOWN and room and stamp:
            self._retire(body, room, stamp, token)

    def _retire(self, body: Body, room: str, stamp: str, token: str) -> None:
        """Take the buttons away and show which one it was."""
        message = dict_of(body.get("message"))
        blocks = [dict_of(block) for block in message.get("blocks") or []]
        titles = [
            str(dict_of(element.get("text")).get("text"))
            for block in blocks
            for element in block.get("elements") or []
            if isinstance(element, dict) and element.get("value") == token
        ]
        kept = [block for block in blocks if block.get("type") != "actions"]
        if titles:
            said = {"type": "plain_text", "text": text("choice_taken").format(title=titles[0])}
            kept.append({"type": "context", "elements": [said]})
        self.client.courtesy(
            self.client.web.chat_update(
                channel=room, ts=stamp, text=str(message.get("text") or " "), blocks=kept
            )
        )

    async def _ask_comment(self, body: Body, feedback_id: str) -> None:
        identity = (CHANNEL, identity_of(_team(body), _user(body)))
        if not await self.gateway.record.read(_is_theirs, feedback_id, identity):
            return
        person = self.people.known(_user(body))
        form = _comment_form(feedback_id, person.locale if person else None)
        self.client.courtesy(
            self.client.web.views_open(trigger_id=str(body.get("trigger_id")), view=form)
        )

    async def _comment(self, body: Body, view: Body) -> None:
        identity = (CHANNEL, identity_of(_team(body), _user(body)))
        feedback_id = str(view.get("private_metadata") or "")
        words = steps.clean(field_of(view, "comment"))[: self.gateway.settings.message_max_chars]
        if not words or not await self.gateway.record.read(_is_theirs, feedback_id, identity):
            return
        key = f"view:{view.get('id')}"
        number = FeedbackId(int(feedback_id))
        if await self.gateway.record.write(do_comment, number, words, key):
            found = await self.gateway.record.read(_conversation_of, number)
            await self.gateway.changed(found)


def _comment_form(feedback_id: str, language: str | None) -> Body:
    field = {"type": "plain_text_input", "action_id": "words", "multiline": True}
    return {
        "type": "modal",
        "callback_id": COMMENT_FORM,
        "private_metadata": feedback_id,
        "title": _label("comment_title", language),
        "submit": _label("send", language),
        "close": _label("cancel", language),
        "blocks": [
            {
                "type": "input",
                "block_id": "comment",
                "label": _label("comment_label", language),
                "element": {**field, "max_length": 2000},
            }
        ],
    }


def _label(sentence: str, language: str | None) -> Body:
    return {
        "type": "plain_text",
        "text": text(sentence, language)[: 24 if "title" in sentence else 200],
    }


def _sender_of_press(connection: Connection, body: Body, user: str, team: str) -> str | None:
    """The thread in which a button was pressed by its own customer; None for anybody else."""
    room, stamp = _place(body)
    identity = (CHANNEL, identity_of(team, user))
    message = dict_of(body.get("message"))
    home = str(dict_of(body.get("team")).get("id") or team)
    root = in_channel(home, room, str(message.get("thread_ts") or stamp))
    for sender in (direct(team, user), f"{root}:{user}", root):
        found = current_conversation(connection, sender)
        here = room.startswith("D") == (sender == direct(team, user))
        if found is not None and here and is_customer(connection, found.id, identity):
            return sender
    return None


def _is_theirs(connection: Connection, feedback_id: str, identity: tuple[str, str]) -> bool:
    number = number_of(feedback_id)
    if number is None:
        return False
    query = feedback.select().where(feedback.c.id == number)
    row = connection.execute(query).first()
    return row is not None and is_customer(
        connection, ConversationId(row.conversation_id), identity
    )


def _conversation_of(connection: Connection, feedback_id: FeedbackId) -> ConversationId:
    query = feedback.select().where(feedback.c.id == feedback_id)
    return ConversationId(connection.execute(query).one().conversation_id)


def _place(body: Body) -> tuple[str, str]:
    container = dict_of(body.get("container"))
    room = container.get("channel_id") or dict_of(body.get("channel")).get("id") or ""
    stamp = container.get("message_ts") or dict_of(body.get("message")).get("ts") or ""
    return str(room), str(stamp)


def _user(body: Body) -> str:
    return str(dict_of(body.get("user")).get("id") or "")


def _team(body: Body) -> str:
    user = dict_of(body.get("user"))
    return str(user.get("team_id") or dict_of(body.get("team")).get("id") or "")
