"""What else customers ask for on the website: rating, leaving a message, the transcript by mail."""

import re
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from care.gateway.accept import Incoming, Pace, Refused, check_text
from care.gateway.channels.web.access import (
    body_of,
    care_of,
    number_in,
    session_of,
    text_in,
)
from care.gateway.channels.web.history import whole_history
from care.gateway.channels.web.messages import context_in, key_in
from care.handoff.ownership import do_request_handoff
from care.mail import MailFailed, can_mail, send_mail
from care.record.conversations import (
    Conversation,
    access_conversation,
    current_conversation,
    do_current_or_open,
)
from care.record.customers import CustomerSession, access_customer, do_describe_customer
from care.record.feedback import do_add_feedback, do_amend_feedback, find_feedback
from care.record.ids import ConversationId, FeedbackKind, HandoffReason, MessageId
from care.record.messages import access_message
from care.settings import Settings
from care.texts import text as sentence

EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,250}\.[^@\s<>\"',;]{2,60}")
PHONE = re.compile(r"\+?[\d ()./-]{6,25}")
REASONS = ("wrong", "unclear", "incomplete", "offtopic")
KINDS = ("csat", "ces", "nps", "thumb")
MAILS_PER_HOUR = 3
_mails = Pace(MAILS_PER_HOUR, 3600)


async def give_feedback(request: Request) -> Response:
    """POST /api/widget/feedback: a score, and later perhaps a comment or a reason for it."""
    session = await session_of(request)
    body = await body_of(request)
    if body.get("kind") not in KINDS:
        raise Refused(400, "bad_field", f"kind is one of {', '.join(KINDS)}.")
    comment = body.get("comment")
    if comment is not None:
        comment = check_text(comment, care_of(request).settings.message_max_chars)
    if body.get("reason") is not None:
        if body["reason"] not in REASONS:
            raise Refused(400, "bad_field", f"reason is one of {', '.join(REASONS)}.")
        comment = f"reason: {body['reason']}"
    given = (FeedbackKind(body["kind"]), number_in(body, "score"), comment)
    message_id = number_in(body, "message_id")
    conversation_id = await care_of(request).record.write(_do_rate, session, given, message_id)
    await care_of(request).gateway.changed(conversation_id)
    return JSONResponse({"kind": body["kind"]}, status_code=201)


def _do_rate(
    connection: Connection,
    session: CustomerSession,
    given: tuple[FeedbackKind, int | None, str | None],
    message_id: int | None,
) -> ConversationId:
    kind, score, comment = given
    conversation = _rated(connection, session, message_id)
    about = MessageId(message_id) if message_id is not None else None
    known = find_feedback(connection, conversation.id, kind, about) if about else None
    try:
        if known is not None:
            do_amend_feedback(connection, known, score, comment)
        else:
            do_add_feedback(connection, conversation.id, kind, score, comment, about)
    except ValueError as reason:
        raise Refused(400, "bad_score", str(reason)) from None
    return conversation.id


def _rated(
    connection: Connection, session: CustomerSession, message_id: int | None
) -> Conversation:
    """The conversation that is judged. Raises Refused (404) where it is not the caller's."""
    found = None
    if message_id is None:
        found = current_conversation(connection, session.sender)
    else:
        try:
            message = access_message(connection, MessageId(message_id))
            if message.public:
                found = access_conversation(connection, message.conversation_id)
        except LookupError:
            found = None
    if found is None or found.sender != session.sender:
        raise Refused(404, "unknown_message", "There is no such message in this chat.")
    return found


async def leave_message(request: Request) -> Response:
    """POST /api/widget/leave: a message for people, with how to answer it."""
    session = await session_of(request)
    care, body = care_of(request), await body_of(request)
    words = check_text(body.get("text"), care.settings.message_max_chars)
    email, phone = text_in(body, "email", 320), text_in(body, "phone", 40)
    if email is not None and not EMAIL.fullmatch(email):
        raise Refused(400, "bad_email", "That is not an e-mail address.")
    if phone is not None and not PHONE.fullmatch(phone):
        raise Refused(400, "bad_phone", "That is not a phone number.")
    if email is None and phone is None:
        raise Refused(400, "no_contact", "Please say how we can reach you.")
    contact = {"wish": "email" if email else "call_back", "contact": email or phone}
    key = key_in(body)
    await care.record.write(_do_expect, session, contact, words, care.settings)
    incoming = Incoming(
        channel="web",
        sender=session.sender,
        identity=session.sender,
        external_id=f"{session.sender}:{key}",
        text=words,
        inbox=session.inbox,
        context=context_in(body),
        kind="leave",
        payload={"leave": contact},
    )
    accepted = await care.gateway.accept(incoming)
    return JSONResponse({"message_id": accepted.message_id}, status_code=202)


def _do_expect(
    connection: Connection,
    session: CustomerSession,
    contact: dict[str, Any],
    words: str,
    settings: Settings,
) -> None:
    """Put the thread's conversation before people, with the customer's wish."""
    conversation = do_current_or_open(
        connection,
        session.sender,
        session.customer_id,
        "web",
        inbox=session.inbox,
        reopen_hours=settings.reopen_hours,
    )
    customer = access_customer(connection, session.customer_id)
    wish, address = contact["wish"], contact["contact"]
    if wish == "email" and not customer.email:
        do_describe_customer(connection, customer.id, email=address)
    elif wish == "call_back":
        attributes = {**customer.attributes, "phone": address}
        do_describe_customer(connection, customer.id, attributes=attributes)
    reason = HandoffReason.CUSTOMER_ASKED
    do_request_handoff(connection, conversation.id, reason, words[:300], contact)


async def send_transcript(request: Request) -> Response:
    """POST /api/widget/transcript: the chat by mail, to an address the customer gives."""
    session = await session_of(request)
    care, body = care_of(request), await body_of(request)
    email = text_in(body, "email", 320)
    if email is None or not EMAIL.fullmatch(email):
        raise Refused(400, "bad_email", "That is not an e-mail address.")
    if not can_mail(care.settings):
        raise Refused(404, "no_mail", "This chat cannot be sent by e-mail.")
    for who in (session.sender, email.lower()):
        _mails.check(who)
    subject, words = await care.record.read(_transcript, session, care.settings)
    try:
        await send_mail(care.settings, email, subject, words)
    except MailFailed:
        raise Refused(503, "mail_failed", "The mail could not be sent. Try again later.") from None
    return JSONResponse({"sent": True}, status_code=202)


def _transcript(
    connection: Connection, session: CustomerSession, settings: Settings
) -> tuple[str, str]:
    language = access_customer(connection, session.customer_id).language
    names = {
        "customer": sentence("transcript_you", language),
        "bot": settings.bot_name,
        "system": settings.shop_name,
    }
    lines = []
    for event in whole_history(connection, session.sender):
        message = event["data"].get("message")
        if message is None:
            continue
        who = message["name"] or names.get(message["author"], settings.shop_name)
        files = "".join(f" [{file['name']}]" for file in message["files"])
        lines.append(f"{message['at'][:16].replace('T', ' ')} UTC  {who}: {message['text']}{files}")
    subject = sentence("transcript_subject", language).replace("{shop}", settings.shop_name)
    opening = sentence("transcript_opening", language).replace("{shop}", settings.shop_name)
    return subject, "\n\n".join([opening, *lines]) + "\n"
