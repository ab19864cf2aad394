"""What Telegram's refusals mean for a message on its way."""

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from care.gateway.outbox import Later, Rejected, Unreachable

TOKEN_PAUSE = 120.0
"""Seconds between two tries while Telegram refuses our token."""
GONE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid")


def outcome_of(error: AiogramError) -> Exception:
    """The fault as the outbox knows it: Later, Rejected or Unreachable."""
    match error:
        case TelegramRetryAfter():
            return Later("Telegram asks us to slow down", float(error.retry_after))
        case TelegramForbiddenError():
            return Unreachable(error.message)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Later("Telegram refuses the bot's token", TOKEN_PAUSE)
        case TelegramMigrateToChat():
            return Later("the group has moved", 1.0)
        case TelegramEntityTooLarge():
            return Rejected("the file is too large for Telegram")
        case TelegramNetworkError() | TelegramServerError() | TelegramConflictError():
            return Later(type(error).__name__)
        case ClientDecodeError():
            return Later("Telegram's answer cannot be read")
        case TelegramBadRequest():
            gone = any(words in error.message.lower() for words in GONE)
            return (Unreachable if gone else Rejected)(error.message)
        case TelegramAPIError():
            return Rejected(error.message)
    return Later(type(error).__name__)
