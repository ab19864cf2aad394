"""What agents do to a conversation beside answering: priority, team, tags, transfer, snooze."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, update
from starlette.responses import Response

from care.desk.acting import ONE, access, act, done, target
from care.desk.guard import Call, Refusal, api
from care.desk.notify import tell
from care.handoff.assignment import online
from care.handoff.clocks import do_refresh_clocks
from care.handoff.ownership import NotOwner
from care.handoff.queue import PRIORITIES
from care.handoff.snoozing import SnoozeRefused, do_reopen, do_snooze, do_unsnooze
from care.handoff.transfers import (
    Transfer,
    TransferRefused,
    do_accept_transfer,
    do_cancel_transfer,
    do_decline_transfer,
    do_transfer,
    offered_transfer,
)
from care.record.conversations import hold_conversation
from care.record.events import do_add_event
from care.record.ids import AgentId, ConversationId, Status, TeamId
from care.record.schema import conversations
from care.record.tags import TagRefused, do_add_tag, do_drop_tag
from care.record.teams import all_teams


async def set_priority(call: Call) -> Response:
    """Set how urgent a conversation is; its clocks follow."""
    priority = call.choice("priority", PRIORITIES)
    data = {"priority": priority}
    return await act(call, "priority.set", _do_set_priority, priority, data=data)


def _do_set_priority(
    connection: Connection, conversation_id: ConversationId, priority: str
) -> None:
    was = hold_conversation(connection, conversation_id)
    where = conversations.c.id == conversation_id
    connection.execute(update(conversations).where(where).values(priority=priority))
    data = {"priority": priority, "was": was.priority}
    do_add_event(connection, "conversation.priority_changed", conversation_id, data, public=False)
    do_refresh_clocks(connection, conversation_id)


async def set_team(call: Call) -> Response:
    """Say which team a conversation is for (null: none)."""
    team_id = call.body.get("team_id")
    if not (team_id is None or type(team_id) is int):
        raise Refusal(400, "bad_field", "team_id must be a number or null.")
    return await act(call, "team.set", _do_set_team, team_id, data={"team_id": team_id})


def _do_set_team(
    connection: Connection, conversation_id: ConversationId, team_id: int | None
) -> None:
    before = hold_conversation(connection, conversation_id)
    if team_id is not None and team_id not in {team.id for team in all_teams(connection)}:
        raise LookupError(f"team {team_id}")
    where = conversations.c.id == conversation_id
    connection.execute(update(conversations).where(where).values(team_id=team_id))
    was = {"owner": before.owner, "agent_id": before.agent_id, "team_id": before.team_id}
    data = {"team_id": team_id, "was": was}
    do_add_event(connection, "conversation.routed", conversation_id, data, public=False)
    do_refresh_clocks(connection, conversation_id)


async def add_tag(call: Call) -> Response:
    """Tag a conversation."""
    tag = call.word("tag", 40)
    try:
        return await act(call, "tag.added", do_add_tag, tag, data={"tag": tag})
    except TagRefused as refusal:
        raise Refusal(400, "bad_tag", str(refusal)) from None


async def drop_tag(call: Call) -> Response:
    """Take a tag off a conversation."""
    tag = str(call.request.path_params["tag"]).replace("\x00", "")
    return await act(call, "tag.removed", do_drop_tag, tag, data={"tag": tag[:40]})


async def transfer(call: Call) -> Response:
    """Offer one's conversation to a colleague, or queue it for them or a team."""
    conversation = await access(call)
    to_agent, to_team = call.body.get("agent_id"), call.body.get("team_id")
    if not all(one is None or type(one) is int for one in (to_agent, to_team)):
        raise Refusal(400, "bad_field", "agent_id or team_id must be a number.")
    comment = call.word("comment", 1000, required=False)
    there = to_agent is not None and AgentId(to_agent) in await call.read(online)

    def change(connection: Connection) -> Transfer:
        return do_transfer(
            connection,
            conversation.id,
            call.agent.id,
            comment,
            to_agent_id=AgentId(to_agent) if to_agent is not None else None,
            to_team_id=TeamId(to_team) if to_team is not None else None,
            online=there,
        )

    data = {"to_agent_id": to_agent, "to_team_id": to_team}
    try:
        made = await call.change("transfer.offered", target(call), change, data=data)
    except TransferRefused as refusal:
        raise Refusal(400, "bad_transfer", str(refusal)) from None
    if made.to_agent_id is not None:
        await tell(call, made.to_agent_id, "transfer", conversation.id, comment)
    await call.care.gateway.show_places()
    return await done(call)


async def accept_transfer(call: Call) -> Response:
    """Take what was offered to one."""
    offer = await _offer(call)
    await call.change(
        "transfer.accepted", target(call), do_accept_transfer, offer.id, call.agent.id
    )
    await tell(call, offer.from_agent_id, "accepted", offer.conversation_id)
    return await done(call)


async def decline_transfer(call: Call) -> Response:
    """Refuse what was offered to one: it stays with who offered it."""
    offer = await _offer(call)
    comment = call.word("comment", 500, required=False)
    await call.change(
        "transfer.declined", target(call), do_decline_transfer, offer.id, call.agent.id, comment
    )
    await tell(call, offer.from_agent_id, "declined", offer.conversation_id, comment)
    await call.care.gateway.changed(offer.conversation_id)
    return Response(status_code=204)


async def cancel_transfer(call: Call) -> Response:
    """Take one's offer back."""
    offer = await _offer(call)
    if call.agent.id != offer.from_agent_id and not call.agent.leads:
        raise NotOwner("only who offered it can take it back")
    await call.change("transfer.cancelled", target(call), do_cancel_transfer, offer.id)
    return await done(call)


async def _offer(call: Call) -> Transfer:
    conversation = await access(call)
    offer = await call.read(offered_transfer, conversation.id)
    if offer is None:
        raise Refusal(409, "no_offer", "This offer is no longer open.")
    return offer


async def snooze(call: Call) -> Response:
    """Put one's conversation aside until a time (ISO 8601), or until the customer writes."""
    until = _time(call.body.get("until"))
    data = {"until": until.isoformat() if until else None}
    try:
        return await act(call, "conversation.snoozed", do_snooze, call.agent.id, until, data=data)
    except SnoozeRefused as refusal:
        raise Refusal(400, "bad_time", str(refusal)) from None


async def reopen(call: Call) -> Response:
    """Take up again what was resolved or snoozed."""
    conversation = await access(call)
    if conversation.status is Status.SNOOZED:
        await call.change("conversation.woken", target(call), do_unsnooze, conversation.id)
    else:

        def change(connection: Connection) -> Any:
            return do_reopen(connection, conversation.id, online(connection), call.agent.id)

        await call.change("conversation.reopened", target(call), change)
    return await done(call)


def _time(raw: object) -> datetime | None:
    if raw is None:
        return None
    try:
        time = datetime.fromisoformat(str(raw))
    except ValueError:
        raise Refusal(400, "bad_time", "That is not a time.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


routes = [
    api(ONE + "/priority", set_priority, "PUT"),
    api(ONE + "/team", set_team, "PUT"),
    api(ONE + "/tags", add_tag, "POST"),
    api(ONE + "/tags/{tag:path}", drop_tag, "DELETE"),
    api(ONE + "/transfer", transfer, "POST"),
    api(ONE + "/transfer/accept", accept_transfer, "POST"),
    api(ONE + "/transfer/decline", decline_transfer, "POST"),
    api(ONE + "/transfer/cancel", cancel_transfer, "POST"),
    api(ONE + "/snooze", snooze, "POST"),
    api(ONE + "/reopen", reopen, "POST"),
]
