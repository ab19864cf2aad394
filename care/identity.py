"""Who a customer is, by the word of the shop: a signed token (JWT) with `sub` and `exp`.

The shop signs it on its own server, with the shared key (HS256) or with its private key (RS256).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from care.settings import Settings

LEEWAY = 30
"""Seconds by which the shop's clock and ours may differ."""


class IdentityRefused(Exception):
    """A token that proves nothing. `code`: identity_expired or identity_invalid."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """What the shop vouches for. `subject` is the shop's own number for the customer."""

    subject: str
    name: str | None
    email: str | None


def verify_identity(token: str, settings: Settings) -> Identity:
    """The identity in a token. Raises IdentityRefused."""
    try:
        kind = jwt.get_unverified_header(token).get("alg")
        key = _key(kind, settings)
        claims = jwt.decode(
            token,
            key,
            algorithms=[str(kind)],
            leeway=LEEWAY,
            options={"require": ["exp", "sub"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError:
        raise IdentityRefused("identity_expired") from None
    except (jwt.PyJWTError, ValueError, OSError):
        raise IdentityRefused("identity_invalid") from None
    subject = str(claims["sub"]).strip()
    if not 0 < len(subject) <= 200:
        raise IdentityRefused("identity_invalid")
    return Identity(subject, _text(claims, "name", 200), _text(claims, "email", 320))


def _key(kind: Any, settings: Settings) -> str:
    """The key that belongs to an algorithm; never the public key for a shared-key signature."""
    if kind == "HS256":
        return settings.identity_secret
    if kind == "RS256" and settings.identity_public_key:
        return Path(settings.identity_public_key).read_text()
    raise jwt.InvalidAlgorithmError("unknown algorithm")


def _text(claims: dict[str, Any], name: str, limit: int) -> str | None:
    value = claims.get(name)
    return value.strip()[:limit] or None if isinstance(value, str) else None
