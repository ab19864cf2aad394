"""A small OpenID Connect provider: discovery, keys, authorization code with PKCE, RS256 tokens.

It refuses what a real one refuses (unknown client, wrong secret, wrong verifier, a code used twice)
and can be told to answer wrongly in one way, as a forger would.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.support.looped import Looped
from tests.support.ports import free_port

CLIENT, SECRET, KEY_ID = "careline", "client-secret", "key-1"


def new_key() -> rsa.RSAPrivateKey:
    """A signing key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """The provider and the person who is signed in at it. `wrong` names how it answers wrongly."""

    port: int = field(default_factory=free_port)
    person: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""
    calls: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _key: rsa.RSAPrivateKey = field(default_factory=new_key)
    _other: rsa.RSAPrivateKey = field(default_factory=new_key)
    _loop: Looped = field(default_factory=Looped)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.port}/realm"

    def start(self) -> "Provider":
        """Listen."""
        self._loop.run(self._serve())
        return self

    def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            self._loop.run(self._runner.cleanup())
            self._runner = None

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.end()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_get("/realm/.well-known/openid-configuration", self._about)
        app.router.add_get("/realm/keys", self._keys)
        app.router.add_get("/realm/authorize", self._authorize)
        app.router.add_post("/realm/token", self._token)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _about(self, _: web.Request) -> web.Response:
        issuer = "http://somebody.example" if self.wrong == "name" else self.url
        return web.json_response(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return web.json_response({"keys": [{**public, "kid": KEY_ID, "alg": "RS256"}]})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        if asked.get("client_id") != CLIENT or asked.get("response_type") != "code":
            return web.Response(status=400, text="unknown client")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return web.Response(status=400, text="PKCE is required")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        told = {"code": code, "state": asked["state"]}
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(told)}")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.calls.append(str(form.get("code")))
        login = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(str(form.get("code")), None)
        proof = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        if request.headers.get("Authorization") != f"Basic {login}":
            return web.json_response({"error": "invalid_client"}, status=401)
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60}
        return web.json_response({**token, "id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        time_now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": time_now,
            "exp": time_now + 60,
            "nonce": asked["nonce"],
            **self.person,
        }
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "expired": {"iat": time_now - 7200, "exp": time_now - 3600},
            "audience": {"aud": "another-client"},
            "issuer": {"iss": "http://somebody.example"},
        }
        claims |= wrong.get(self.wrong, {})
        headers = {"kid": KEY_ID}
        if self.wrong == "unsigned":
            return jwt.encode(claims, "", algorithm="none", headers=headers)
        if self.wrong == "shared key":  # the public key taken for a secret
            return jwt.encode(claims, "x" * 64, algorithm="HS256", headers=headers)
        key = self._other if self.wrong == "signature" else self._key
        return jwt.encode(claims, key, algorithm="RS256", headers=headers)
