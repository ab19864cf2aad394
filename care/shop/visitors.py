"""Who is signed in at the demo shop, and the token by which the shop tells the widget so."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import time

import jwt
import yaml
from starlette.requests import Request

from care.settings import Settings

COOKIE = "demo_shop_customer"
AUDIENCE = "demo-shop-cookie"
SIGNED_IN_FOR = 7 * 24 * 3600
PROOF_FOR = 900


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up customer."""

    id: str
    name: str
    email: str
    plan: str


@cache
def people() -> tuple[Person, ...]:
    """Everyone who can be chosen."""
    rows = yaml.safe_load((Path(__file__).parent / "people.yml").read_text(encoding="utf-8"))
    return tuple(Person(**row) for row in rows)


def person_of(request: Request, settings: Settings) -> Person | None:
    """Who the shop's own cookie says the visitor is."""
    try:
        claims = jwt.decode(
            request.cookies.get(COOKIE, ""),
            settings.identity_secret,
            algorithms=["HS256"],
            audience=AUDIENCE,
        )
    except jwt.PyJWTError:
        return None
    return next((one for one in people() if one.id == claims.get("who")), None)


def cookie_for(person: Person, settings: Settings) -> str:
    """The shop's own cookie. It has no `sub`: it can never pass as an identity."""
    claims = {"who": person.id, "aud": AUDIENCE, "exp": int(time()) + SIGNED_IN_FOR}
    return jwt.encode(claims, settings.identity_secret, "HS256")


def proof_for(person: Person, settings: Settings) -> str:
    """What a real shop's server signs for its signed-in customer: see docs/developers/widget.md."""
    claims = {
        "sub": f"demo-{person.id}",
        "name": person.name,
        "email": person.email,
        "exp": int(time()) + PROOF_FOR,
    }
    return jwt.encode(claims, settings.identity_secret, "HS256")
