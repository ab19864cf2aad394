"""Sending a message to Slack: mrkdwn blocks with buttons, pictures, files."""

from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from care.files import Files
from care.gateway.channels.envelope import Envelope, do_fill_envelope
from care.gateway.channels.slack.client import NETWORK, Client
from care.gateway.channels.slack.faults import outcome_of, reason_of, token_refused
from care.gateway.channels.slack.names import Target, external_id, target_of
from care.gateway.language import language_of
from care.gateway.outbox import UNCHANGED, Later, Rejected
from care.gateway.pace import Pacer, Rate
from care.gateway.rendering.slack_blocks import slack_message
from care.record.deliveries import Delivery, do_record_part
from care.record.messages import Message
from care.record.record import Record
from care.texts import text

CHAT = Rate(burst=3, per_second=1)
TOTAL = Rate(burst=40, per_second=40)
"""Slack's limits: one message a second a channel with short bursts, several hundred a minute."""
BUTTON_TEXT = 75
BUTTONS = 25
CHOICE = "careline_choice"
COMMENT = "careline_comment"
FILE = "file"
GONE = ("message_not_found", "file_not_found", "file_deleted")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to send: the message with its blocks, or a file."""

    text: str = ""
    blocks: tuple[dict[str, Any], ...] = ()
    file: dict[str, Any] | None = None


class SlackSender:
    """The outbox's way to Slack."""

    def __init__(self, record: Record, client: Client, files: Files) -> None:
        self.record = record
        self.client = client
        self.files = files
        self.pacer = Pacer(CHAT, TOTAL)
        self.trouble: str | None = None

    async def send(self, delivery: Delivery, message: Message) -> None:
        """Send what has not been sent. Raises Later, Rejected or Unreachable."""
        envelope = await self.record.write(do_fill_envelope, message)
        parts = parts_of(envelope)
        target = _target(envelope)
        if delivery.parts_sent and (message.edited_at or message.deleted_at):
            await self._amend(delivery, parts, deleted=message.deleted_at is not None)
        if message.deleted_at is not None:
            return
        if not parts:
            raise Rejected("the message has nothing that Slack can show")
        for part in parts[delivery.parts_sent :]:
            await self.pacer.turn(target.room)
            name = await self.call(target, part)
            await self.record.write(do_record_part, delivery.id, name)

    async def call(self, target: Target, part: Part) -> str:
        """Send one part; returns its name there. Raises Later, Rejected or Unreachable."""
        try:
            if part.file is not None:
                return await self._upload(target, part.file)
            name = await self._post(target, part)
        except SlackApiError as error:
            self.trouble = f"Slack refuses us: {reason_of(error)}" if token_refused(error) else None
            raise outcome_of(error) from error
        except NETWORK as error:
            raise Later(type(error).__name__) from error
        self.trouble = None
        return name

    async def _amend(self, delivery: Delivery, parts: list[Part], *, deleted: bool) -> None:
        """Change or delete what is there already. Raises Later, Rejected or Unreachable."""
        try:
            for name in map(str, delivery.external_ids):
                room, _, stamp = name.partition(":")
                if deleted:
                    await self._delete(room, stamp)
                elif room != FILE and parts and parts[0].file is None:
                    await self.client.web.chat_update(
                        channel=room, ts=stamp, text=parts[0].text, blocks=list(parts[0].blocks)
                    )
        except SlackApiError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, Rejected):
                raise Rejected(f"{UNCHANGED}: {reason_of(error)}") from error
            raise outcome from error
        except NETWORK as error:
            raise Later(type(error).__name__) from error

    async def _delete(self, room: str, name: str) -> None:
        try:
            if room == FILE:
                await self.client.web.files_delete(file=name)
            else:
                await self.client.web.chat_delete(channel=room, ts=name)
        except SlackApiError as error:
            if reason_of(error) not in GONE:
                raise

    async def _post(self, target: Target, part: Part) -> str:
        common: dict[str, Any] = {
            "channel": target.room,
            "thread_ts": target.thread,
            "text": part.text,
        }
        try:
            sent = await self.client.web.chat_postMessage(
                **common, blocks=list(part.blocks), unfurl_links=False, unfurl_media=False
            )
        except SlackApiError as error:
            if reason_of(error) not in ("invalid_blocks", "invalid_blocks_format"):
                raise
            sent = await self.client.web.chat_postMessage(**common)
        return external_id(str(sent["channel"]), str(sent["ts"]))

    async def _upload(self, target: Target, file: dict[str, Any]) -> str:
        path = self.files.path(str(file["id"]))
        if not path.exists():
            raise Rejected("the file is no longer there")
        room = target.room
        if room[0] in "UW":  # files need the room, messages do not
            opened = await self.client.web.conversations_open(users=room)
            room = str(opened["channel"]["id"])
        sent = await self.client.web.files_upload_v2(
            file=str(path),
            filename=str(file.get("name") or "file"),
            title=str(file.get("name") or "file"),
            channel=room,
            thread_ts=target.thread,
        )
        return f"{FILE}:{(sent.get('files') or [{}])[0].get('id', '')}"


def parts_of(envelope: Envelope) -> list[Part]:
    """What a message needs, the same at every try: one message with its blocks, then the files."""
    rendered = slack_message(envelope.text)
    blocks: list[dict[str, Any]] = list(rendered["blocks"])
    words = rendered["text"]
    if envelope.image:
        words = words or envelope.image
        alt = words[:200] or "picture"
        blocks.append({"type": "image", "image_url": envelope.image, "alt_text": alt})
    blocks += _buttons(envelope)
    files = [Part(file=file) for file in envelope.files]
    return [Part(words, tuple(blocks)), *files] if blocks else files


def _buttons(envelope: Envelope) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(envelope.choices), BUTTONS):
        elements = [
            button(f"{CHOICE}_{start + n}", choice.title, choice.token)
            for n, choice in enumerate(envelope.choices[start : start + BUTTONS])
        ]
        found.append({"type": "actions", "elements": elements})
    if envelope.comment_for is not None:
        language = language_of(envelope.conversation)
        ask = button(COMMENT, text("comment_button", language), str(envelope.comment_for))
        found.append({"type": "actions", "elements": [ask]})
    return found


def button(action: str, title: str, value: str, style: str | None = None) -> dict[str, Any]:
    """A button, its title cut to what Slack shows."""
    words = title if len(title) <= BUTTON_TEXT else title[: BUTTON_TEXT - 1] + "\u2026"
    shown = {"type": "plain_text", "text": words, "emoji": False}
    found: dict[str, Any] = {"type": "button", "action_id": action, "text": shown, "value": value}
    return {**found, "style": style} if style else found


def _target(envelope: Envelope) -> Target:
    """The thread's place; in a direct message the thread that the customer wrote in, if any."""
    target = target_of(envelope.conversation.sender)
    if target.thread is None and envelope.asked is not None:
        return Target(target.room, envelope.asked.payload.get("thread_ts"))
    return target
