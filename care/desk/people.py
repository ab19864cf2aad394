"""The desk's calls about agents: oneself, colleagues, presence, sessions."""

from typing import Any

from starlette.responses import Response

from care.desk.guard import Call, Refusal, api, reply
from care.desk.presence import present
from care.desk.texts import LANGUAGES
from care.record.agents import (
    Agent,
    access_agent,
    all_agents,
    do_change_agent,
    do_end_sessions,
    session_id_of,
    sessions_of,
)
from care.record.events import last_seq
from care.record.presence import WANTED, Presence, do_set_wanted, presences

THEMES = ("auto", "light", "dark")
OWN_SETTINGS: dict[str, tuple[Any, ...]] = {
    "language": LANGUAGES,
    "theme": THEMES,
    "sound": (True, False),
    "popups": (True, False),
}


def agent_view(agent: Agent, presence: str | None = None) -> dict[str, Any]:
    """An agent as colleagues see them."""
    return {
        "id": agent.id,
        "name": agent.name,
        "role": agent.role,
        "active": agent.active,
        "teams": list(agent.teams),
        "capacity": agent.capacity,
        "presence": presence or Presence.OFFLINE,
    }


async def me(call: Call) -> Response:
    """Who I am, and what I chose."""
    agent = call.agent
    seen = (await call.read(presences)).get(agent.id)
    return reply(
        {
            **agent_view(agent),
            "email": agent.email,
            "sight": agent.sight,
            "leads": agent.leads,
            "wanted": seen.wanted if seen else Presence.ONLINE,
            "settings": {name: agent.settings.get(name) for name in OWN_SETTINGS},
            "shop": call.care.settings.shop_name,
            "bot": call.care.settings.bot_name,
            "last_seq": await call.read(last_seq),
        }
    )


async def colleagues(call: Call) -> Response:
    """Everyone at the desk, with presence."""
    there = await call.read(present)
    everyone = await call.read(all_agents)
    return reply({"agents": [agent_view(agent, there.get(agent.id)) for agent in everyone]})


async def set_presence(call: Call) -> Response:
    """Online, busy or offline."""
    wanted = Presence(call.choice("presence", WANTED))
    who = f"agent:{call.agent.id}"
    await call.change(f"presence.{wanted}", who, do_set_wanted, call.agent.id, wanted)
    await call.request.app.state.desk.presence.look()
    return reply({"wanted": wanted})


async def change_me(call: Call) -> Response:
    """Change one's own language, theme, sound, pop-ups."""
    changed = {name: call.body[name] for name in OWN_SETTINGS if name in call.body}
    for name, value in changed.items():
        if value not in OWN_SETTINGS[name]:
            raise Refusal(400, "bad_field", f"{name} cannot be {value!r}.")
    await call.change(
        "settings.own",
        f"agent:{call.agent.id}",
        _do_merge_settings,
        call.agent.id,
        changed,
        data=changed,
    )
    return reply({"settings": changed})


def _do_merge_settings(connection: Any, agent_id: Any, changed: dict[str, Any]) -> None:
    agent = access_agent(connection, agent_id)
    do_change_agent(connection, agent_id, settings={**agent.settings, **changed})


async def sessions(call: Call) -> Response:
    """Where one is signed in."""
    mine = session_id_of(call.token)
    found = await call.read(sessions_of, call.agent.id)
    return reply(
        {
            "sessions": [
                {
                    "id": item.id,
                    "browser": item.user_agent,
                    "created_at": item.created_at.isoformat(),
                    "last_used_at": item.last_used_at.isoformat(),
                    "this": item.id == mine,
                }
                for item in found
            ]
        }
    )


async def end_session(call: Call) -> Response:
    """Sign a browser of one's own out, its socket too."""
    wanted = str(call.request.path_params["session"])
    who = f"agent:{call.agent.id}"
    ended = await call.change("session.revoked", who, do_end_sessions, call.agent.id, wanted)
    if not ended:
        raise Refusal(404, "not_found", "This sign-in has ended already.")
    await call.care.bus.send(None, {"type": "signed_out", "sessions": ended})
    return Response(status_code=204)


routes = [
    api("/me", me),
    api("/me", change_me, "PATCH"),
    api("/me/presence", set_presence, "PUT"),
    api("/me/sessions", sessions),
    api("/me/sessions/{session}", end_session, "DELETE"),
    api("/agents", colleagues),
]
