"""The docs point at what exists, and what exists is documented."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("benchmarks/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith(("#", "mailto:")):
            continue
        assert (page.parent / target.partition("#")[0]).exists(), target


def test_every_make_command_is_explained_in_its_help() -> None:
    rules = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY:(.*)$", rules, re.M)
    assert phony is not None
    for name in phony[1].split():
        assert re.search(rf"^{name}:.*## \S", rules, re.M), name


def test_every_benchmark_is_listed_with_what_it_is_compared_to() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text()
    listed = set(re.findall(r"^\| `(\w+\.py)`", page, re.M))
    present = {path.name for path in (ROOT / "benchmarks").glob("[a-z]*.py")}
    assert present == listed


def test_decisions_are_numbered_once_and_say_what_would_change_our_mind() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(numbers) == len(set(numbers))
    for page in pages:
        assert page.name[:4].isdigit(), page.name
        assert "would change our mind" in page.read_text(encoding="utf-8"), page.name
