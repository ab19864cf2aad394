"""Links by which agents join or reset their password: used once, for a limited time."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from care.record.customers import token_hash
from care.record.ids import AgentId
from care.record.record import now
from care.record.schema import agents
from care.record.schema_desk import invitations

INVITE_DAYS = 7
RESET_HOURS = 1


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link. `kind`: invite or reset. `data` of an invitation: role, sight, teams."""

    id: int
    kind: str
    email: str
    data: dict[str, Any]
    agent_id: AgentId | None
    by: str | None
    created_at: datetime
    expires_at: datetime


def do_invite(
    connection: Connection, email: str, data: dict[str, Any], by: AgentId
) -> tuple[str, datetime]:
    """A token for a new agent, and until when it holds; earlier ones for the address end."""
    mine = (invitations.c.email == email, invitations.c.kind == "invite")
    connection.execute(delete(invitations).where(*mine, invitations.c.used_at.is_(None)))
    return _add(connection, "invite", email, data, None, by, timedelta(days=INVITE_DAYS))


def do_allow_reset(
    connection: Connection, agent_id: AgentId, email: str, by: AgentId | None
) -> tuple[str, datetime]:
    """A token for a new password, and until when it holds; earlier ones of the agent end."""
    mine = (invitations.c.agent_id == agent_id, invitations.c.kind == "reset")
    connection.execute(delete(invitations).where(*mine, invitations.c.used_at.is_(None)))
    return _add(connection, "reset", email, {}, agent_id, by, timedelta(hours=RESET_HOURS))


def find_invitation(connection: Connection, token: str) -> Invitation | None:
    """The live link with this token; None for one that is used, over or unknown."""
    found = _invitations(
        connection, invitations.c.token_hash == token_hash(token), invitations.c.used_at.is_(None)
    )
    return found[0] if found and found[0].expires_at > now() else None


def open_invitations(connection: Connection) -> list[Invitation]:
    """Invitations that nobody used yet and that still hold."""
    return _invitations(
        connection,
        invitations.c.kind == "invite",
        invitations.c.used_at.is_(None),
        invitations.c.expires_at > now(),
    )


def do_use_invitation(connection: Connection, invitation_id: int) -> bool:
    """Use a link up; False where somebody was faster."""
    change = update(invitations).where(
        invitations.c.id == invitation_id, invitations.c.used_at.is_(None)
    )
    return connection.execute(change.values(used_at=now())).rowcount == 1


def do_withdraw_invitation(connection: Connection, invitation_id: int) -> None:
    """Make a link useless."""
    connection.execute(delete(invitations).where(invitations.c.id == invitation_id))


def _add(
    connection: Connection,
    kind: str,
    email: str,
    data: dict[str, Any],
    agent_id: AgentId | None,
    by: AgentId | None,
    lasts: timedelta,
) -> tuple[str, datetime]:
    token, time = secrets.token_urlsafe(32), now()
    connection.execute(
        insert(invitations).values(
            token_hash=token_hash(token),
            kind=kind,
            email=email,
            data=data,
            agent_id=agent_id,
            created_by=by,
            created_at=time,
            expires_at=time + lasts,
        )
    )
    return token, time + lasts


def _invitations(connection: Connection, *which: Any) -> list[Invitation]:
    query = (
        select(invitations, agents.c.name)
        .outerjoin(agents, agents.c.id == invitations.c.created_by)
        .where(*which)
        .order_by(invitations.c.id.desc())
    )
    return [
        Invitation(
            row.id,
            row.kind,
            row.email,
            row.data,
            row.agent_id,
            row.name,
            row.created_at,
            row.expires_at,
        )
        for row in connection.execute(query)
    ]
