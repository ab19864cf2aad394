"""The first sign-in: an owner with a generated password, created where there are no agents."""

import secrets

from sqlalchemy import Connection, func, select

from care.desk.passwords import hash_now
from care.record.agents import Role, do_add_agent
from care.record.audit import do_audit
from care.record.record import Record
from care.record.schema import agents
from care.settings import Settings


def ensure_owner(record: Record, settings: Settings) -> tuple[str, str] | None:
    """Create the owner if there is nobody yet; returns (e-mail, password), to be shown once.

    Blocks for the time of one argon2 hash: for the start command, not for the event loop.
    """
    if record.read_now(_someone):
        return None
    password = "-".join(secrets.token_hex(2) for _ in range(5))
    email = settings.owner_email.strip().lower()
    created = record.write_now(_do_create, email, hash_now(password))
    return (email, password) if created else None


def _someone(connection: Connection) -> bool:
    return bool(connection.execute(select(func.count()).select_from(agents)).scalar())


def _do_create(connection: Connection, email: str, password_hash: str) -> bool:
    if _someone(connection):
        return False
    agent_id = do_add_agent(connection, email, "Owner", Role.OWNER, password_hash)
    do_audit(connection, agent_id, "agent.created", f"agent:{agent_id}", {"first": True})
    return True
