"""The desk says everything in each of its languages."""

import json
import re
from pathlib import Path

import pytest

from care.insight.measures import measures
from tests.support.server import ROOT

LOCALES = ROOT / "desk" / "src" / "locales"


def words(language: str, part: str = "") -> dict[str, str]:
    """The words of a file by key."""
    found: dict[str, str] = json.loads((LOCALES / f"{language}{part}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("part", ["", ".pages"])
def test_german_has_every_word_of_english_and_no_other_blanks(part: str) -> None:
    english, german = words("en", part), words("de", part)
    # What the server names itself has a German name at the desk, see below.
    assert {key for key in german if not key.startswith("m_")} == set(english)
    for key, text in english.items():
        blanks = set(re.findall(r"\{(\w+)\}", text))
        assert set(re.findall(r"\{(\w+)\}", german[key])) <= blanks, key


def test_every_measure_has_a_german_name() -> None:
    german = words("de", ".pages")
    assert {key[2:] for key in german if key.startswith("m_")} == set(measures())


def test_every_word_that_is_used_by_its_name_exists() -> None:
    known = {**words("en"), **words("en", ".pages")}
    used = set()
    for file in (ROOT / "desk" / "src").rglob("*.tsx"):
        used |= set(re.findall(r'\bt\("(\w+)"', Path(file).read_text("utf-8")))
    assert used
    assert used <= set(known)
