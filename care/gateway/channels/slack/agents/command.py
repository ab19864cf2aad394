"""`/care online`, `/care away`, `/care queue`: presence and a look at what waits."""

from datetime import datetime

from sqlalchemy import Connection, select

from care.gateway.rendering.slack_blocks import escape
from care.handoff.queue import usual_wait, waiting
from care.record.agent_threads import thread_of
from care.record.agents import Agent, access_agent, do_change_agent
from care.record.conversations import access_conversation
from care.record.customers import access_customer
from care.record.ids import AgentId, ConversationId, Owner, Status
from care.record.presence import Presence, do_see_agents, do_set_wanted
from care.record.record import now
from care.record.schema import agents, conversations
from care.texts import text

HERE = "slack_online"
SHOWN = 10


def do_command(connection: Connection, agent: Agent, words: str) -> str:
    """Carry out a command; returns what the agent reads."""
    wish = words.strip().lower()
    if wish in ("online", "away"):
        return _do_presence(connection, agent.id, online=wish == "online")
    if wish in ("queue", "my queue", "me"):
        return _queue(connection, agent)
    return text("slack_help")


def agents_here(connection: Connection) -> set[AgentId]:
    """Agents who said in Slack that they are online."""
    query = select(agents.c.id, agents.c.settings).where(agents.c.active)
    return {AgentId(row.id) for row in connection.execute(query) if (row.settings or {}).get(HERE)}


def _do_presence(connection: Connection, agent_id: AgentId, *, online: bool) -> str:
    settings = access_agent(connection, agent_id).settings
    do_change_agent(connection, agent_id, settings={**settings, HERE: online})
    do_set_wanted(connection, agent_id, Presence.ONLINE if online else Presence.BUSY)
    if online:
        do_see_agents(connection, {agent_id})
    return text("slack_is_online" if online else "slack_is_away")


def _queue(connection: Connection, agent: Agent) -> str:
    own = select(conversations.c.id).where(
        conversations.c.agent_id == agent.id,
        conversations.c.owner == Owner.AGENT,
        conversations.c.status == Status.OPEN,
    )
    mine = [ConversationId(row.id) for row in connection.execute(own.order_by("id"))]
    queue = waiting(connection)
    parts = [text("slack_mine").format(count=len(mine)), *_lines(connection, mine)]
    parts += [text("slack_queue").format(count=len(queue)), *_lines(connection, queue)]
    wait = usual_wait(connection)
    if wait is not None:
        parts.append(text("slack_usual_wait").format(minutes=max(1, round(wait / 60))))
    return "\n".join(parts)


def _lines(connection: Connection, ids: list[ConversationId]) -> list[str]:
    return [_line(connection, one) for one in ids[:SHOWN]]


def _line(connection: Connection, conversation_id: ConversationId) -> str:
    found = access_conversation(connection, conversation_id)
    name = access_customer(connection, found.customer_id).name or text("slack_customer")
    words = escape(f"{name} #{conversation_id} ({found.channel})")
    thread = thread_of(connection, conversation_id)
    if thread is not None and thread.external_id:
        stamp = thread.external_id
        address = f"https://slack.com/app_redirect?channel={thread.place}&amp;message_ts={stamp}"
        words = f"<{address}|{words}>"
    since: datetime | None = found.waiting_since
    minutes = f", {int((now() - since).total_seconds() // 60)} min" if since else ""
    return f"\u2022 {words}{minutes}"
