"""The help centre: guides from data/help and answers from data/faq, with owner and review date."""

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markupsafe import Markup

DATA = Path("data")
HITS = 12
"""Most pages that a search shows."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Article:
    """One page of the help centre. `path` is below /help/; `headed`: the text has its own h1."""

    path: str
    group: str
    title: str
    owner: str
    reviewed: str
    text: str
    headed: bool

    @property
    def html(self) -> Markup:
        """The text as HTML; markup in it stays text."""
        return Markup(_markdown.render(self.text))  # noqa: S704 (rendered with html switched off)


def articles(folder: Path = DATA) -> tuple[Article, ...]:
    """Every public page, read again where a file changed."""
    files = [*sorted((folder / "help").glob("*.md")), *sorted((folder / "faq").glob("*.yml"))]
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


def find_article(path: str, folder: Path = DATA) -> Article | None:
    """The page at `path`, or None."""
    return next((one for one in articles(folder) if one.path == path), None)


def search(words: str, folder: Path = DATA) -> list[Article]:
    """Pages that have the words, rare words and words in the title counting more.

    A word counts log(1 + pages / pages that have it); in a title, three times that.
    """
    wanted = {word.removesuffix("s") for word in re.findall(r"\w{4,}", words.lower())}
    pages = articles(folder)
    scores: dict[str, float] = {}
    for word in wanted:
        start = re.compile(rf"\b{word}", re.IGNORECASE)
        having = [one for one in pages if start.search(one.title) or start.search(one.text)]
        for one in having:
            weight = math.log(1 + len(pages) / len(having)) * (3 if start.search(one.title) else 1)
            scores[one.path] = scores.get(one.path, 0.0) + weight
    found = [one for one in pages if one.path in scores]
    return sorted(found, key=lambda one: (-scores[one.path], one.title))[:HITS]


@cache
def _read(files: tuple[tuple[Path, int], ...]) -> tuple[Article, ...]:
    found: list[Article] = []
    for file, _ in files:
        found += [_guide(file)] if file.suffix == ".md" else _answers(file)
    return tuple(found)


def _guide(file: Path) -> Article:
    _, head, text = file.read_text(encoding="utf-8").split("---\n", 2)
    about = yaml.safe_load(head)
    return Article(
        path=f"pages/{file.stem}",
        group="",
        title=str(about["title"]),
        owner=str(about["owner"]),
        reviewed=str(about["reviewed"]),
        text=text.strip(),
        headed=text.strip().startswith("# "),
    )


def _answers(file: Path) -> list[Article]:
    content = yaml.load(file.read_text(encoding="utf-8"), _LOADER) or {}  # noqa: S506 (a safe loader)
    found = []
    for name, variants in (content.get("responses") or {}).items():
        plain: dict[str, Any] = next((one for one in variants if "condition" not in one), {})
        about = plain.get("metadata") or {}
        if about.get("kind") != "faq" or about.get("audience", "public") != "public":
            continue
        found.append(
            Article(
                path=f"questions/{name.removeprefix('utter_').replace('_', '-')}",
                group=file.stem.replace("_", " ").capitalize(),
                title=str(about["title"]),
                owner=str(about["owner"]),
                reviewed=str(about["reviewed"]),
                text=str(plain["text"]),
                headed=False,
            )
        )
    return found
