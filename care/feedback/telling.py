"""Telling the customer what was done about their case, on the channel on which they wrote.

The message has two buttons: solved, or not solved (which opens the case again).
"""

from sqlalchemy import Connection

from care.feedback.recovery import (
    Case,
    access_case,
    do_close_case,
    do_keep_told,
    do_reopen_case,
)
from care.gateway.answer import do_say_as_system
from care.record.conversations import access_conversation
from care.record.ids import AgentId, MessageId
from care.record.messages import Message, do_add_button, do_finish_message
from care.texts import text

CASE = "careline:case:"
"""How the commands of both buttons begin."""
SOLVED = f"{CASE}solved:"
NOT_SOLVED = f"{CASE}not_solved:"


def do_tell_customer(connection: Connection, case_id: int) -> MessageId:
    """Send what was done about a closed case; returns the message."""
    case = access_case(connection, case_id)
    language = access_conversation(connection, case.conversation_id).language
    words = text("case_done", language).format(reference=case.reference, done=case.done)
    message_id = do_say_as_system(
        connection, case.conversation_id, "text", words, {"case": case.reference}
    )
    for position, (key, payload) in enumerate(
        (("case_solved", SOLVED), ("case_not_solved", NOT_SOLVED))
    ):
        title = text(key, language)
        do_add_button(
            connection, message_id, case.conversation_id, position, title, f"{payload}{case.id}"
        )
    do_keep_told(connection, case.id, message_id)
    return message_id


def do_close_and_tell(connection: Connection, case_id: int, agent_id: AgentId, done: str) -> Case:
    """Close a case and tell the customer, in one transaction. Raises CaseRefused."""
    do_close_case(connection, case_id, agent_id, done)
    do_tell_customer(connection, case_id)
    return access_case(connection, case_id)


def do_answer_case_button(connection: Connection, message: Message) -> None:
    """Act on a press of one of the two buttons; not solved opens the case again."""
    command = str(message.payload["command"])
    solved = command.startswith(SOLVED)
    case = access_case(connection, int(command.rpartition(":")[2]))
    if not solved:
        do_reopen_case(connection, case.id)
    language = access_conversation(connection, message.conversation_id).language
    words = text("case_thanks" if solved else "case_reopened", language)
    told = words.format(reference=case.reference)
    do_say_as_system(connection, message.conversation_id, "text", told, {"case": case.reference})
    do_finish_message(connection, message.id)
