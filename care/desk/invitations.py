"""The pages behind links: joining by invitation, and a new password. No script."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from care.care import Care
from care.desk.pages import message_page, page
from care.desk.passwords import WeakPassword, check_strength, hash_password
from care.desk.sign_in import do_count_attempt, keys_of, let_in, read_form, throttled
from care.desk.texts import language_of, say
from care.mail import MailFailed, can_mail, send_mail
from care.record.agents import (
    Agent,
    Role,
    access_agent,
    do_add_agent,
    do_change_agent,
    do_end_sessions,
    find_agent,
    known_teams,
)
from care.record.audit import do_audit
from care.record.ids import AgentId
from care.record.invitations import (
    Invitation,
    do_allow_reset,
    do_use_invitation,
    find_invitation,
)


def link_to(care: Care, token: str) -> str:
    """The address that a person opens."""
    return f"{care.settings.base_url}/desk/join/{token}"


def when(time: datetime) -> str:
    """A time as mails and pages show it, UTC."""
    return time.strftime("%Y-%m-%d %H:%M")


async def join(request: Request) -> Response:
    """Show the form behind a link, or take it."""
    care: Care = request.app.state.care
    invitation = await care.record.read(find_invitation, request.path_params["token"])
    if invitation is None:
        return message_page(request, "expired", 410, "/desk/sign-in")
    if request.method == "GET":
        return _form(request, invitation)
    form = await read_form(request)
    if form is None:
        return _form(request, invitation, 400, _say(request, "bad_form"))
    name = " ".join(form.get("name", "").split())[:120]
    try:
        check_strength(form.get("password", ""), invitation.email)
        if invitation.kind == "invite" and not name:
            raise WeakPassword("bad_form")
    except WeakPassword as weak:
        return _form(request, invitation, 400, _say(request, weak.key, **weak.values), name)
    hashed = await hash_password(form["password"])
    try:
        agent, ended = await care.record.write(_do_take, invitation, name, hashed)
    except (LookupError, IntegrityError):
        return message_page(request, "expired", 410, "/desk/sign-in")
    await care.bus.send(None, {"type": "signed_out", "sessions": ended})
    await care.bus.send(None, {"type": "settings", "what": "people"})
    return await let_in(request, agent, how=invitation.kind)


def _do_take(
    connection: Connection, invitation: Invitation, name: str, hashed: str
) -> tuple[Agent, list[str]]:
    """Add the invited agent, or set the new password; raises LookupError if the link was used."""
    if not do_use_invitation(connection, invitation.id):
        raise LookupError("used")
    if invitation.kind == "reset" and invitation.agent_id is not None:
        do_change_agent(connection, invitation.agent_id, password_hash=hashed)
        ended = do_end_sessions(connection, invitation.agent_id)
        who = f"agent:{invitation.agent_id}"
        do_audit(connection, invitation.agent_id, "password.reset", who)
        return access_agent(connection, invitation.agent_id), ended
    data = invitation.data
    teams = tuple(known_teams(connection, data.get("teams", [])))  # some may have been dissolved
    role = Role(data.get("role", Role.AGENT))
    settings = {"sight": data.get("sight", "all")}
    new = do_add_agent(connection, invitation.email, name, role, hashed, settings, teams)
    do_audit(connection, new, "agent.joined", f"agent:{new}", {"role": role})
    return access_agent(connection, new), []


async def forgot(request: Request) -> Response:
    """Ask for a reset link; the answer never says whether there is such an account."""
    care: Care = request.app.state.care
    mail = can_mail(care.settings)
    if request.method == "GET" or not mail:
        return page(request, "forgot.html", can_mail=mail, sent=False, problem="")
    form = await read_form(request)
    if form is None:
        problem = _say(request, "bad_form")
        return page(request, "forgot.html", 400, can_mail=True, sent=False, problem=problem)
    email = form.get("email", "").strip()[:320]
    keys = keys_of(request, f"reset {email}")
    minutes = await care.record.read(throttled, keys)
    if minutes:
        problem = _say(request, "too_often", minutes=minutes)
        return page(request, "forgot.html", 429, can_mail=True, sent=False, problem=problem)
    await care.record.write(do_count_attempt, keys)
    agent = await care.record.read(find_agent, email)
    answer = page(request, "forgot.html", can_mail=True, sent=True, problem="")
    if agent is not None and agent.active:
        # After the answer: how long it takes must not tell either whether there is an account.
        language = language_of(request.headers.get("accept-language", ""))
        answer.background = BackgroundTask(send_reset, care, agent, None, language)
    return answer


async def send_reset(
    care: Care, agent: Agent, by: AgentId | None, language: str
) -> tuple[str, datetime, bool]:
    """Make a reset link and mail it where there is a mail server: (link, until, mailed)."""

    def allow(connection: Connection) -> tuple[str, datetime]:
        do_audit(connection, by, "password.reset_allowed", f"agent:{agent.id}")
        return do_allow_reset(connection, agent.id, agent.email, by)

    token, until = await care.record.write(allow)
    link = link_to(care, token)
    mailed = await _mail(care, agent.email, "reset", language, link=link, until=when(until))
    return link, until, mailed


async def mail_invitation(
    care: Care, email: str, by: str, link: str, until: datetime, language: str
) -> bool:
    """Mail an invitation; False where there is no mail server or it refused."""
    return await _mail(care, email, "invite", language, by=by, link=link, until=when(until))


async def _mail(care: Care, to: str, kind: str, language: str, **values: str) -> bool:
    if not can_mail(care.settings):
        return False
    values["shop"] = care.settings.shop_name
    subject = say(language, f"mail_{kind}_subject", **values)
    try:
        await send_mail(care.settings, to, subject, say(language, f"mail_{kind}", **values))
    except MailFailed:
        return False
    return True


def _say(request: Request, key: str, **values: object) -> str:
    return say(language_of(request.headers.get("accept-language", "")), key, **values)


def _form(
    request: Request, invitation: Invitation, status: int = 200, problem: str = "", name: str = ""
) -> Response:
    invite = invitation.kind == "invite"
    values: dict[str, Any] = {
        "title": _say(request, "join_title" if invite else "forgot_title"),
        "lead": _say(
            request,
            "join_lead",
            by=invitation.by or "",
            role=_say(request, f"role_{invitation.data.get('role', 'agent')}"),
        )
        if invite
        else _say(request, "reset_lead", email=invitation.email),
        "button": _say(request, "join" if invite else "save_password"),
        "action": request.url.path,
        "ask_name": invite,
        "email": invitation.email,
        "problem": problem,
        "name": name,
    }
    return page(request, "password.html", status, **values)


routes = [
    Route("/desk/join/{token}", join, methods=["GET", "POST"]),
    Route("/desk/forgot", forgot, methods=["GET", "POST"]),
]
