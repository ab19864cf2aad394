"""Every call of the desk is in the contract, and the contract names no other."""

import re
from pathlib import Path

from care.app import public_app
from care.care import build
from care.openapi import openapi
from care.settings import Settings

DOCS = Path(__file__).resolve().parents[3] / "docs" / "developers"
ELSEWHERE = ("/cases", "/insight", "/agenda")
"""Described with the rooms that serve them, in handoff.md."""
CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`?]*)")


def test_the_contract_names_every_call_of_the_desk_and_no_other() -> None:
    app = public_app(build(Settings(assistant_token="a", inner_token="b")))
    served = {
        (method.upper(), path.removeprefix("/api/desk"))
        for path, methods in openapi(app.routes)["paths"].items()
        for method in methods
        if path.startswith("/api/desk/")
    }
    page = (DOCS / "contracts.md").read_text(encoding="utf-8")
    part = page.partition("## Desk (port 8000)")[2].partition("\n## ")[0]
    told = set(CALL.findall(part))
    expected = {call for call in served if not call[1].startswith(ELSEWHERE)}
    assert told == expected
    handed = (DOCS / "handoff.md").read_text(encoding="utf-8")
    for _, path in served - expected:
        assert f"/{path.split('/')[1]}" in handed
