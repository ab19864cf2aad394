"""What agents do to a conversation from Slack, under the same rules as at the desk."""

from dataclasses import dataclass

from sqlalchemy import Connection

from care.gateway.gateway import Gateway
from care.handoff.ownership import (
    AlreadyOwned,
    NotOwner,
    Stale,
    access_owned,
    agent_name,
    do_claim,
)
from care.record.audit import do_audit, of_conversation
from care.record.conversations import access_conversation
from care.record.deliveries import do_deliver_change
from care.record.ids import AgentId, Author, ConversationId, Owner
from care.record.messages import (
    Draft,
    do_add_message,
    do_delete_message,
    do_edit_message,
    find_external,
    find_written,
)
from care.record.tags import TagRefused, do_add_tag
from care.texts import text

TRIES = 3
FROM_SLACK = {"from": "slack"}
"""What the audit rows of these say besides."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was not done, for the agent's eyes."""

    words: str


async def claim(gateway: Gateway, agent: AgentId, conversation: ConversationId) -> Refused | None:
    """Take the conversation; refused where another agent has it."""

    def take(connection: Connection) -> None:
        do_claim(connection, conversation, agent)
        what, which = "conversation.claimed", of_conversation(conversation)
        do_audit(connection, agent, what, which, FROM_SLACK)

    for _ in range(TRIES):
        try:
            await gateway.record.write(take)
            break
        except AlreadyOwned as taken:
            return Refused(text("slack_taken").format(name=taken.name))
        except LookupError:
            return Refused(text("slack_no_conversation"))
        except Stale:
            continue
    else:
        return Refused(text("slack_changed"))
    await gateway.changed(conversation)
    await gateway.show_places()
    return None


async def resolve(
    gateway: Gateway,
    agent: AgentId,
    conversation: ConversationId,
    note: str,
    tags: list[str],
    key: str,
) -> Refused | None:
    """Close the conversation with a note and tags; refused where another agent has it."""

    def describe(connection: Connection) -> None:
        found = access_conversation(connection, conversation)
        if found.owner is Owner.AGENT and found.agent_id != agent:
            raise NotOwner("another agent has it")
        for tag in tags:
            do_add_tag(connection, conversation, tag)
        do_note(connection, agent, conversation, note, key)

    try:
        await gateway.resolve(conversation, agent, first=describe, audited=FROM_SLACK)
    except (NotOwner, Stale):
        return Refused(await who_has_it(gateway, conversation))
    except TagRefused as refused:
        return Refused(str(refused))
    except LookupError:
        return Refused(text("slack_no_conversation"))
    await gateway.show_places()
    return None


async def note(
    gateway: Gateway, agent: AgentId, conversation: ConversationId, words: str, key: str
) -> None:
    """Leave a note for colleagues; the customer never sees it."""
    await gateway.record.write(do_note, agent, conversation, words, key)
    await gateway.bus.wake(conversation)


async def change(
    gateway: Gateway, conversation: ConversationId, key: str, words: str | None
) -> Refused | None:
    """An agent changed (None: deleted) what they had written under `key`.

    What the customer has is only changed by the agent who has the conversation.
    """

    def apply(connection: Connection) -> None:
        found = find_written(connection, conversation, f"slack-{key}")
        if found is None or found.agent_id is None:
            return
        if found.public:
            access_owned(connection, conversation, found.agent_id)
        if words is None:
            changed, what = do_delete_message(connection, found.id), "message.deleted"
        else:
            changed, what = do_edit_message(connection, found.id, words), "message.edited"
        if changed is not None and found.public:
            do_deliver_change(connection, found.id)
            do_audit(connection, found.agent_id, what, f"message:{found.id}", FROM_SLACK)

    try:
        await gateway.record.write(apply)
    except NotOwner:
        return Refused(text("slack_not_changed"))
    await gateway.changed(conversation)
    return None


async def who_has_it(gateway: Gateway, conversation: ConversationId) -> str:
    """Why an agent cannot write to the customer just now."""

    def look(connection: Connection) -> str:
        found = access_conversation(connection, conversation)
        if found.owner is Owner.AGENT and found.agent_id is not None:
            return text("slack_taken").format(name=agent_name(connection, found.agent_id))
        return text("slack_claim_first")

    return await gateway.record.read(look)


def do_note(
    connection: Connection, agent: AgentId, conversation: ConversationId, words: str, key: str
) -> None:
    """Record a note once per `key`."""
    found = access_conversation(connection, conversation)
    external_id = f"note:{agent}:{conversation}:slack-{key}"
    if not words or find_external(connection, found.channel, external_id) is not None:
        return
    draft = Draft(
        author=Author.AGENT,
        text=words,
        kind="note",
        public=False,
        agent_id=agent,
        external_id=external_id,
    )
    do_add_message(connection, conversation, found.channel, draft)
