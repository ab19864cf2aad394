"""Telling one colleague something: kept as a notice, and shown on their desks at once."""

from sqlalchemy import Connection

from care.desk.guard import Call
from care.desk.visibility import may_see, place_of
from care.record.agents import access_agent
from care.record.ids import AgentId, ConversationId, MessageId
from care.record.notifications import Notice, do_notify


async def tell(
    call: Call,
    agent_id: AgentId,
    kind: str,
    conversation_id: ConversationId,
    text: str = "",
    message_id: MessageId | None = None,
) -> None:
    """Notify a colleague, unless their role does not let them see the conversation."""
    if agent_id == call.agent.id:
        return

    def keep(connection: Connection) -> Notice | None:
        agent = access_agent(connection, agent_id)
        if not agent.active or not may_see(agent, place_of(connection, conversation_id)):
            return None
        by = call.agent.id
        return do_notify(connection, agent_id, kind, by, conversation_id, text, message_id)

    notice = await call.care.record.write(keep)
    if notice is not None:
        frame = {"type": "notify", "only": agent_id, "notification": notice.as_json()}
        await call.care.bus.send(None, frame)
