"""What all agents share at the desk: teams, tags, canned replies; and each one's own notices."""

import re
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from care.desk.guard import Call, Refusal, api, reply
from care.record.canned import CannedReply, all_canned, do_add_canned, do_change_canned
from care.record.canned import do_delete_canned as do_delete
from care.record.ids import AgentId, TeamId
from care.record.notifications import do_read_notices, notices_of
from care.record.tags import known_tags
from care.record.teams import (
    Team,
    all_teams,
    do_add_team,
    do_change_team,
    do_delete_team,
)

SHORTCUT = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def team_view(team: Team) -> dict[str, Any]:
    """A team for the desk."""
    return {"id": team.id, "name": team.name, "members": list(team.members)}


def canned_view(canned: CannedReply) -> dict[str, Any]:
    """A canned reply for the desk."""
    return {
        "id": canned.id,
        "shortcut": canned.shortcut,
        "title": canned.title,
        "text": canned.text,
        "team_id": canned.team_id,
    }


async def shared(call: Call) -> Response:
    """Teams, tags in use, and the canned replies that this agent can use."""

    def read(connection: Connection) -> dict[str, Any]:
        agent = call.agent
        usable = [
            item
            for item in all_canned(connection)
            if item.team_id is None or agent.leads or item.team_id in agent.teams
        ]
        return {
            "teams": [team_view(team) for team in all_teams(connection)],
            "tags": known_tags(connection),
            "canned": [canned_view(item) for item in usable],
        }

    return reply(await call.read(read))


async def notices(call: Call) -> Response:
    """One's own notices."""
    found = await call.read(notices_of, call.agent.id)
    return reply({"notifications": [item.as_json() for item in found]})


async def read_notices(call: Call) -> Response:
    """Mark notices as read: `{ids}` or `{all: true}`."""
    ids = call.body.get("ids")
    if call.body.get("all") is True:
        ids = None
    elif not isinstance(ids, list) or not all(type(one) is int for one in ids):
        raise Refusal(400, "bad_field", "ids must be a list of numbers.")
    await call.care.record.write(do_read_notices, call.agent.id, ids)
    return Response(status_code=204)


async def tell_desks(call: Call, what: str) -> None:
    """Tell every desk to read again what all share."""
    await call.care.bus.send(None, {"type": "settings", "what": what})


async def save_team(call: Call) -> Response:
    """Add a team, or change the one in the path."""
    name = call.word("name", 80)
    members = tuple(AgentId(one) for one in call.body.get("members", []) if type(one) is int)
    try:
        if "id" in call.request.path_params:
            team_id = TeamId(call.id())
            who = f"team:{team_id}"
            await call.change("team.changed", who, do_change_team, team_id, name, members)
        else:
            team_id = await call.change("team.added", f"team:{name}", do_add_team, name, members)
    except IntegrityError:
        raise Refusal(409, "taken", "There is a team with this name already.") from None
    await tell_desks(call, "teams")
    return reply({"id": team_id})


async def delete_team(call: Call) -> Response:
    """Dissolve a team."""
    await call.change("team.deleted", f"team:{call.id()}", do_delete_team, TeamId(call.id()))
    await tell_desks(call, "teams")
    return Response(status_code=204)


async def save_canned(call: Call) -> Response:
    """Add a canned reply, or change the one in the path."""
    shortcut = call.word("shortcut", 40).lower().removeprefix("/")
    if not SHORTCUT.fullmatch(shortcut):
        raise Refusal(400, "bad_field", "The short word has letters, digits, - and _.")
    title, text, team = call.word("title", 120), call.word("text", 4000), call.body.get("team_id")
    if not (team is None or type(team) is int):
        raise Refusal(400, "bad_field", "team_id must be a number.")
    values = (shortcut, title, text, team)
    try:
        if "id" in call.request.path_params:
            new, who = call.id(), f"canned:{call.id()}"
            await call.change("canned.changed", who, do_change_canned, new, *values)
        else:
            who = f"canned:{shortcut}"
            new = await call.change("canned.added", who, do_add_canned, *values, call.agent.id)
    except IntegrityError:
        raise Refusal(409, "taken", f"/{shortcut} is taken, or the team is gone.") from None
    await tell_desks(call, "canned")
    return reply({"id": new})


async def delete_canned(call: Call) -> Response:
    """Remove a canned reply."""
    await call.change("canned.deleted", f"canned:{call.id()}", do_delete, call.id())
    await tell_desks(call, "canned")
    return Response(status_code=204)


routes = [
    api("/shared", shared),
    api("/notifications", notices),
    api("/notifications/read", read_notices, "POST"),
    api("/teams", save_team, "POST", "leads"),
    api("/teams/{id}", save_team, "PUT", "leads"),
    api("/teams/{id}", delete_team, "DELETE", "leads"),
    api("/canned", save_canned, "POST", "leads"),
    api("/canned/{id}", save_canned, "PUT", "leads"),
    api("/canned/{id}", delete_canned, "DELETE", "leads"),
]
