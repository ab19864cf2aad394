"""Sending mail through the shop's own mail server, where one is set."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from care.settings import Settings

TIMEOUT = 15.0


class MailFailed(Exception):
    """The mail server did not take the mail; the message says why, without addresses."""


def can_mail(settings: Settings) -> bool:
    """Whether a mail server is set."""
    return bool(settings.smtp_url)


async def send_mail(settings: Settings, to: str, subject: str, text: str) -> None:
    """Send a plain-text mail. Raises MailFailed."""
    mail = EmailMessage()
    mail["From"] = settings.smtp_from or f"{settings.shop_name} <care@localhost>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    try:
        await asyncio.to_thread(_send, settings.smtp_url, mail)
    except (OSError, smtplib.SMTPException, ValueError) as reason:
        raise MailFailed(type(reason).__name__) from reason


def _send(url: str, mail: EmailMessage) -> None:
    parts = urlsplit(url)
    secure, host = parts.scheme == "smtps", parts.hostname or "localhost"
    port = parts.port or (465 if secure else 587)
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with kind(host, port, timeout=TIMEOUT) as server:
        if not secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)
