"""The desk's calls of owners and supervisors: people, invitations, settings, the audit log."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from care.desk.guard import Call, Refusal, api, reply
from care.desk.invitations import link_to, mail_invitation, send_reset
from care.desk.people import agent_view
from care.desk.presence import present
from care.desk.shared import tell_desks
from care.desk.texts import language_of
from care.handoff.assignment import AssignmentError, check_assignment
from care.handoff.clocks import do_refresh_all
from care.handoff.hours import Hours, HoursError
from care.handoff.sla import PolicyError, check_policies
from care.inboxes import BadInbox, Outdated, all_inboxes, as_json, do_keep_preview, do_save_inbox
from care.mail import can_mail
from care.record.agents import (
    Agent,
    Role,
    Sight,
    access_agent,
    all_agents,
    do_change_agent,
    do_end_sessions,
    do_set_teams,
    find_agent,
    known_teams,
)
from care.record.audit import audit_rows
from care.record.desk_settings import DEFAULTS, desk_setting, do_set_desk_setting
from care.record.ids import BIGGEST, AgentId, TeamId
from care.record.invitations import do_invite, do_withdraw_invitation, open_invitations

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WORD = re.compile(r"[\w.-]{1,40}", re.UNICODE)


async def people(call: Call) -> Response:
    """Everyone with what only leads see, and open invitations."""
    there = await call.read(present)
    everyone = await call.read(all_agents)
    invited = await call.read(open_invitations)
    return reply(
        {
            "people": [
                {
                    **agent_view(agent, there.get(agent.id)),
                    "email": agent.email,
                    "sight": agent.sight,
                    "skills": agent.settings.get("skills") or [],
                    "languages": agent.settings.get("languages") or [],
                }
                for agent in everyone
            ],
            "invitations": [
                {
                    "id": item.id,
                    "email": item.email,
                    "role": item.data.get("role"),
                    "by": item.by,
                    "expires_at": item.expires_at.isoformat(),
                }
                for item in invited
            ],
            "can_mail": can_mail(call.care.settings),
        }
    )


async def invite(call: Call) -> Response:
    """Make an invitation; the link is shown once, and mailed where there is a mail server."""
    email = call.word("email", 320).lower()
    if not EMAIL.fullmatch(email):
        raise Refusal(400, "bad_field", "That is not an e-mail address.")
    role = _role_allowed(call, call.choice("role", tuple(Role)))
    data = {
        "role": role,
        "sight": call.choice("sight", tuple(Sight)),
        "teams": _numbers(call, "teams"),
    }
    if set(data["teams"]) - await call.read(known_teams, data["teams"]):
        raise LookupError("no such team")
    if await call.read(find_agent, email) is not None:
        raise Refusal(409, "taken", "There is an account with this address already.")
    who = f"invitation:{email.partition('@')[2]}"
    token, until = await call.change(
        "agent.invited", who, do_invite, email, data, call.agent.id, data={"role": role}
    )
    link = link_to(call.care, token)
    language = language_of(call.request.headers.get("accept-language", ""))
    mailed = await mail_invitation(call.care, email, call.agent.name, link, until, language)
    return reply({"link": link, "until": until.isoformat(), "mailed": mailed}, 201)


async def withdraw(call: Call) -> Response:
    """Make an invitation useless."""
    who = f"invitation:{call.id()}"
    await call.change("agent.invitation_withdrawn", who, do_withdraw_invitation, call.id())
    return Response(status_code=204)


async def reset(call: Call) -> Response:
    """Make a reset link for a colleague."""
    agent = await _subject(call)
    language = language_of(call.request.headers.get("accept-language", ""))
    link, until, mailed = await send_reset(call.care, agent, call.agent.id, language)
    return reply({"link": link, "until": until.isoformat(), "mailed": mailed}, 201)


async def change_person(call: Call) -> Response:
    """Change a colleague: role, sight, teams, capacity, skills, languages, name, active."""
    agent = await _subject(call)
    body = call.body
    values: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    if "name" in body:
        values["name"] = call.word("name", 120)
    if "role" in body:
        values["role"] = _role_allowed(call, call.choice("role", tuple(Role)))
    if "capacity" in body:
        values["capacity"] = call.number("capacity", 0, 200)
    if "active" in body:
        values["active"] = body["active"] is True
    if "sight" in body:
        settings["sight"] = call.choice("sight", tuple(Sight))
    for name in ("skills", "languages"):
        if name in body:
            settings[name] = _words(call, name)
    teams = tuple(TeamId(one) for one in _numbers(call, "teams")) if "teams" in body else None

    def change(connection: Connection) -> list[str]:
        kept = access_agent(connection, agent.id).settings
        do_change_agent(connection, agent.id, **values, settings={**kept, **settings})
        if teams is not None:
            do_set_teams(connection, agent.id, teams)
        _keep_an_owner(connection)
        return do_end_sessions(connection, agent.id) if values.get("active") is False else []

    changed = {name: body[name] for name in body if name != "name"}
    ended = await call.change("agent.changed", f"agent:{agent.id}", change, data=changed)
    if ended:
        await call.care.bus.send(None, {"type": "signed_out", "sessions": ended})
    await tell_desks(call, "people")
    return Response(status_code=204)


async def read_settings(call: Call) -> Response:
    """The settings that are changed at the desk."""

    def read(connection: Connection) -> dict[str, Any]:
        return {key: desk_setting(connection, key) for key in DEFAULTS}

    return reply(await call.read(read))


async def save_settings(call: Call) -> Response:
    """Replace one setting: hours, sla or assignment. The clocks follow at once."""
    key = str(call.request.path_params["key"])
    if key not in CHECKS:
        raise Refusal(404, "not_found", "There is no such setting.")
    value = {name: call.body[name] for name in DEFAULTS[key] if name in call.body}
    try:
        CHECKS[key]({**DEFAULTS[key], **value})
    except (HoursError, PolicyError, AssignmentError) as bad:
        raise Refusal(400, "bad_setting", f"{bad}") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refusal(400, "bad_setting", "The setting is not complete.") from None

    def change(connection: Connection) -> None:
        do_set_desk_setting(connection, key, value)
        if key != "assignment":
            do_refresh_all(connection)

    await call.change("settings.changed", f"settings:{key}", change)
    await call.care.bus.wake(None)
    call.care.gateway.assigner.kick()
    return reply(await call.read(desk_setting, key))


CHECKS: dict[str, Any] = {
    "hours": Hours.of,
    "sla": check_policies,
    "assignment": check_assignment,
}


async def audit_log(call: Call) -> Response:
    """The newest rows of the audit log."""
    before = call.query_id("before")

    def read(connection: Connection) -> list[dict[str, Any]]:
        rows = audit_rows(connection, before=before)
        return [
            {
                "id": row.id,
                "agent_id": row.agent_id,
                "name": row.agent_name,
                "action": row.action,
                "target": row.target,
                "data": row.data,
                "at": row.created_at.isoformat(),
            }
            for row in rows
        ]

    return reply({"rows": await call.read(read)})


async def inboxes(call: Call) -> Response:
    """The widget's settings on each of the shop's websites."""
    found = await call.read(all_inboxes)
    return reply(
        {
            "inboxes": [
                {"name": item.name, "version": item.version, "settings": as_json(item.settings)}
                for item in found
            ],
            "base_url": call.care.settings.base_url,
        }
    )


async def save_inbox(call: Call) -> Response:
    """Keep an inbox's settings: `{settings, version}`."""
    name = str(call.request.path_params["name"])
    version = call.number("version", 0, BIGGEST)
    with _inbox_faults():
        value = _inbox_settings(call)
        kept = await call.care.record.write(do_save_inbox, name, value, version, call.agent.id)
    return reply({"name": kept.name, "version": kept.version, "settings": as_json(kept.settings)})


async def preview_inbox(call: Call) -> Response:
    """Keep unsaved settings of the caller's for the live preview: `{settings}` → `{name}`."""
    with _inbox_faults():
        value = _inbox_settings(call)
        name = await call.care.record.write(do_keep_preview, call.agent.id, value)
    return reply({"name": name})


def _inbox_settings(call: Call) -> dict[str, Any]:
    value = call.body.get("settings")
    if not isinstance(value, dict):
        raise Refusal(400, "bad_field", "settings must be an object.")
    return value


@contextmanager
def _inbox_faults() -> Iterator[None]:
    """Say in plain words what is wrong with an inbox's settings."""
    try:
        yield
    except BadInbox as bad:
        raise Refusal(400, "bad_inbox", str(bad), field=bad.field) from None
    except (TypeError, ValueError):
        raise Refusal(400, "bad_inbox", "The settings cannot be used.") from None
    except Outdated:
        message = "Somebody else saved this inbox meanwhile. Load it again."
        raise Refusal(409, "outdated", message) from None


async def _subject(call: Call) -> Agent:
    """The colleague in the path, if the caller may change them: only owners change owners."""
    agent = await call.read(access_agent, AgentId(call.id()))
    if agent.role is Role.OWNER and call.agent.role is not Role.OWNER:
        raise Refusal(403, "not_allowed", "Only an owner changes an owner.")
    return agent


def _role_allowed(call: Call, role: str) -> str:
    if role == Role.OWNER and call.agent.role is not Role.OWNER:
        raise Refusal(403, "not_allowed", "Only an owner makes owners.")
    return role


def _keep_an_owner(connection: Connection) -> None:
    if not any(one.role is Role.OWNER and one.active for one in all_agents(connection)):
        raise Refusal(409, "last_owner", "There must be an active owner.")


def _numbers(call: Call, name: str) -> list[int]:
    value = call.body.get(name, [])
    if not isinstance(value, list) or not all(type(one) is int for one in value):
        raise Refusal(400, "bad_field", f"{name} must be a list of numbers.")
    return value


def _words(call: Call, name: str) -> list[str]:
    value = call.body.get(name)
    if not isinstance(value, list) or len(value) > 50:
        raise Refusal(400, "bad_field", f"{name} must be a list of words.")
    words = [str(one).strip().lower() for one in value]
    if not all(WORD.fullmatch(one) for one in words):
        raise Refusal(400, "bad_field", f"{name} must be words of letters and digits.")
    return words


routes = [
    api("/people", people, needs="leads"),
    api("/people/{id}", change_person, "PATCH", "leads"),
    api("/people/{id}/reset", reset, "POST", "leads"),
    api("/invitations", invite, "POST", "leads"),
    api("/invitations/{id}", withdraw, "DELETE", "leads"),
    api("/settings", read_settings, needs="leads"),
    api("/settings/{key}", save_settings, "PUT", "leads"),
    api("/audit", audit_log, needs="leads"),
    api("/inboxes", inboxes, needs="leads"),
    api("/inbox-preview", preview_inbox, "PUT", "leads"),
    api("/inboxes/{name}", save_inbox, "PUT", "leads"),
]
