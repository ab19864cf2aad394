"""The server is held to its own description, also by those who send it nonsense."""

from typing import Any

import pytest
import requests

from care.app import public_app
from care.care import build
from care.openapi import openapi
from care.settings import Settings
from tests.support.server import CareServer

HOSTILE: list[Any] = [
    b"{not json",
    b"[1, 2, 3]",
    b'"text"',
    b"null",
    b"\xff\xfe\x00",
    b'{"text": {"a": 1}, "key": [], "score": "x", "seq": -1, "page": 5, "ids": "no"}',
    b'{"text": "\\ud800", "key": "k", "name": "\\u0000", "email": "\\u0000"}',
    b'{"a": ' * 500 + b"1" + b"}" * 500,
    b'{"text": "' + b"x" * 200_000 + b'", "key": "k"}',
]


@pytest.fixture(scope="module")
def described(care_server: CareServer) -> dict[str, Any]:
    """The document as the server gives it."""
    found: dict[str, Any] = requests.get(f"{care_server.url}/api/openapi.json", timeout=60).json()
    return found


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_call_says_what_it_does(described: dict[str, Any]) -> None:
    silent = [
        f"{method} {path}" for method, path, op in _operations(described) if not op["summary"]
    ]
    assert silent == []


def test_operation_ids_are_unique(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in _operations(described)]
    assert len(ids) == len(set(ids))


def test_the_document_is_made_from_what_is_served(described: dict[str, Any]) -> None:
    app = public_app(build(Settings(assistant_token="a", inner_token="b")))
    assert openapi(app.routes)["paths"] == described["paths"]


def test_nobody_gets_anything_without_proof(
    care_server: CareServer, described: dict[str, Any]
) -> None:
    sessions = "/api/widget/sessions"  # ending one that is not there changes nothing
    open_to_all = {("post", sessions), ("delete", sessions), ("get", "/api/widget/inbox")}
    open_to_all.add(("get", "/api/widget/you-said"))
    for method, path, operation in _operations(described):
        if (method, path) in open_to_all or "security" not in operation:
            continue
        answer = requests.request(
            method, care_server.url + _filled(path), json={}, timeout=60, allow_redirects=False
        )
        assert answer.status_code in (401, 403), f"{method} {path}: {answer.status_code}"


def test_nonsense_gets_a_reason_and_never_a_fault(
    care_server: CareServer, described: dict[str, Any]
) -> None:
    opened = requests.post(f"{care_server.url}/api/widget/sessions", json={}, timeout=60).json()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {opened['token']}"
    for method, path, operation in _operations(described):
        if "requestBody" not in operation or not path.startswith("/api/widget/"):
            continue
        for body in HOSTILE:
            answer = session.request(
                method,
                care_server.url + _filled(path),
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=60,
            )
            assert answer.status_code < 500, f"{method} {path} {body[:40]!r}"
            if answer.status_code >= 400 and answer.status_code != 404:
                assert answer.json()["error"]["code"], f"{method} {path} {body[:40]!r}"
    assert "Traceback" not in care_server.log_text


def _filled(path: str) -> str:
    return path.replace("{", "").replace("}", "").replace("conversation_id", "1")
