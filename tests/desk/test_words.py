"""The desk says everything in each of its languages."""

import json
import re
from pathlib import Path

import pytest

from care.insight.agenda import KINDS
from care.insight.measures import measures
from tests.support.server import ROOT

OF_MEASURES = ("m_", "f_", "ref_")
"""Name, formula and reference of a measure: English ones come from the server."""
LOCALES = ROOT / "desk" / "src" / "locales"


def words(language: str, part: str = "") -> dict[str, str]:
    """The words of a file by key."""
    found: dict[str, str] = json.loads((LOCALES / f"{language}{part}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("part", ["", ".pages"])
def test_german_has_every_word_of_english_and_no_other_blanks(part: str) -> None:
    english, german = words("en", part), words("de", part)
    # What the server names itself has a German name at the desk, see below.
    assert {key for key in german if not key.startswith(OF_MEASURES)} == set(english)
    for key, text in english.items():
        blanks = set(re.findall(r"\{(\w+)\}", text))
        assert set(re.findall(r"\{(\w+)\}", german[key])) <= blanks, key


@pytest.mark.parametrize("prefix", OF_MEASURES)
def test_every_measure_is_explained_in_german(prefix: str) -> None:
    german = words("de", ".pages")
    named = {key.removeprefix(prefix) for key in german if key.startswith(prefix)}
    assert named == set(measures())


def test_every_kind_of_proposal_has_words() -> None:
    english = words("en", ".pages")
    kinds = {key.removeprefix("propose_") for key in english if key.startswith("propose_")}
    assert {kind.removesuffix("_many") for kind in kinds} == set(KINDS)
    assert {f"agenda_kind_{kind}" for kind in KINDS} <= set(english)


def test_every_word_that_is_used_by_its_name_exists() -> None:
    known = {**words("en"), **words("en", ".pages")}
    used = set()
    for file in (ROOT / "desk" / "src").rglob("*.tsx"):
        used |= set(re.findall(r'\bt\("(\w+)"', Path(file).read_text("utf-8")))
    assert used
    assert used <= set(known)
