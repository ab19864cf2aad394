"""A customer's identity is believed only with the shop's signature, in time."""

from pathlib import Path
from time import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from care.identity import Identity, IdentityRefused, verify_identity
from care.settings import Settings

SECRET = "the shop's own key, which is long enough for every algorithm here"


def claims(**more: Any) -> dict[str, Any]:
    """What a shop signs."""
    return {"sub": "77", "exp": time() + 600, "name": "Ida", "email": "ida@example.com", **more}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """A private key of the shop."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def settings(tmp_path: Path, key: rsa.RSAPrivateKey) -> Settings:
    """Settings with both kinds of key."""
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    file = tmp_path / "shop.pem"
    file.write_bytes(pem)
    return Settings(identity_secret=SECRET, identity_public_key=str(file))


def test_both_kinds_of_signature_are_believed(settings: Settings, key: rsa.RSAPrivateKey) -> None:
    expected = Identity("77", "Ida", "ida@example.com")
    assert verify_identity(jwt.encode(claims(), SECRET, "HS256"), settings) == expected
    assert verify_identity(jwt.encode(claims(), key, "RS256"), settings) == expected


def test_expired_token_is_told_apart(settings: Settings) -> None:
    token = jwt.encode(claims(exp=time() - 3600), SECRET, "HS256")
    with pytest.raises(IdentityRefused) as refused:
        verify_identity(token, settings)
    assert refused.value.code == "identity_expired"


def test_clocks_may_differ_a_little(settings: Settings) -> None:
    token = jwt.encode(claims(exp=time() - 10), SECRET, "HS256")
    assert verify_identity(token, settings).subject == "77"


def test_everything_else_proves_nothing(settings: Settings, key: rsa.RSAPrivateKey) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = Path(settings.identity_public_key).read_text()
    good = jwt.encode(claims(), SECRET, "HS256")
    head, body, sign = good.split(".")
    confused = jwt.api_jws.PyJWS().encode(b"{}", "x" * 32, "HS256")
    tokens = [
        "",
        "rubbish",
        f"{head}.{body}.",
        f"{head}.{body}x.{sign}",
        jwt.encode(claims(), "another key that is long enough too", "HS256"),
        jwt.encode(claims(), other, "RS256"),
        jwt.encode(claims(), SECRET, "HS384"),
        jwt.encode(claims(), None, "none"),  # type: ignore[arg-type]
        jwt.encode({"sub": "77"}, SECRET, "HS256"),
        jwt.encode({"exp": time() + 600}, SECRET, "HS256"),
        jwt.encode(claims(sub=" "), SECRET, "HS256"),
        jwt.encode(claims(sub="x" * 300), SECRET, "HS256"),
        confused,
    ]
    for token in tokens:
        with pytest.raises(IdentityRefused) as refused:
            verify_identity(token, settings)
        assert refused.value.code == "identity_invalid"
    assert public.startswith("-----BEGIN PUBLIC KEY")


def test_without_a_public_key_rs256_is_refused(key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(IdentityRefused):
        verify_identity(jwt.encode(claims(), key, "RS256"), Settings(identity_secret=SECRET))
