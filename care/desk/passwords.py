"""Passwords: argon2 hashes, made and checked in a worker thread (one takes a good part of a
second, and must never hold up a conversation)."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS = 10
MAX_CHARS = 200


class WeakPassword(ValueError):
    """A password that is not accepted. `key` names the sentence that says why; `values` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "argon2")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def check_strength(password: str, email: str = "") -> None:
    """Raise WeakPassword unless the password is long, varied and not the address itself."""
    if len(password) < MIN_CHARS:
        raise WeakPassword("weak_short", n=MIN_CHARS)
    if len(password) > MAX_CHARS:
        raise WeakPassword("weak_long", n=MAX_CHARS)
    if len(set(password)) < 5 or (email and password.lower() in email.lower()):
        raise WeakPassword("weak_easy")


def hash_now(password: str) -> str:
    """The argon2id hash of a password; takes its time, so not on the event loop."""
    return _hasher().hash(password)


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _hasher().verify(stored or _decoy(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


async def hash_password(password: str) -> str:
    """`hash_now`, in a worker thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), hash_now, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long where there is no stored hash (no such agent)."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), _matches, stored, password[:MAX_CHARS])
