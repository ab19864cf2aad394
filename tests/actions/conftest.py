"""A domain, an inner API, and turns made of plain events."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.care_server import care_server
from tests.support.inner_api import TOKEN, Inner

ROOT = Path(__file__).parents[2]


@cache
def product_domain() -> dict[str, Any]:
    """The domain as actions get it: domain.yml with the answers of data/."""
    domain: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    for path in sorted((ROOT / "data").rglob("*.yml")):
        domain["responses"] |= yaml.safe_load(path.read_text("utf-8")).get("responses") or {}
    return domain


@pytest.fixture
def inner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Inner]:
    """An inner API that the actions of this process ask."""
    with Inner() as running:
        monkeypatch.setenv("CARELINE_INNER_URL", running.url)
        monkeypatch.setenv("CARELINE_INNER_TOKEN", TOKEN)
        monkeypatch.setenv("CARELINE_ASSISTANT_TOKEN", "not-used-by-actions")
        monkeypatch.setenv("CARELINE_VAR_DIR", str(tmp_path))
        care_server.cache_clear()
        yield running
        care_server().session.close()
        care_server.cache_clear()
