"""The variants are repeatable, small where they must be small, and keep what may not change."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nlu import heldout, perturb

CLEAN = [row.text for row in heldout.labelled("heldout_clean")]


def edits(one: str, other: str) -> int:
    """Return the Damerau-Levenshtein distance (adjacent swaps count one)."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@pytest.mark.parametrize("kind", perturb.VARIANTS)
def test_same_seed_same_variants(kind: str) -> None:
    first = perturb.variants(CLEAN, kind, seed=7)
    assert first == perturb.variants(CLEAN, kind, seed=7)
    assert first != perturb.variants(CLEAN, kind, seed=8)
    assert perturb.variants(CLEAN[5:], kind, seed=7) == first[5:]


def test_a_typo_is_one_edit_and_two_typos_are_at_most_two() -> None:
    for text, one in zip(CLEAN, perturb.variants(CLEAN, "one_typo", seed=1), strict=True):
        assert edits(text, one) == 1, (text, one)
    for text, two in zip(CLEAN, perturb.variants(CLEAN, "two_typos", seed=1), strict=True):
        assert 1 <= edits(text, two) <= 2, (text, two)


def test_all_four_slips_occur() -> None:
    made = {perturb.one_typo("parcel", Random(seed)) for seed in range(400)}
    assert {"oarcel", "aprcel", "prcel", "pparcel"} <= made


@pytest.mark.parametrize("kind", ["one_typo", "two_typos"])
def test_numbers_survive_typos(kind: str) -> None:
    for text, changed in zip(CLEAN, perturb.variants(CLEAN, kind, seed=3), strict=True):
        assert re.findall(r"\d", text) == re.findall(r"\d", changed)


@pytest.mark.parametrize("kind", ["polite_padding", "extra_sentences"])
def test_padding_keeps_the_message(kind: str) -> None:
    for text, padded in zip(CLEAN, perturb.variants(CLEAN, kind, seed=3), strict=True):
        assert text in padded
        assert len(padded) > len(text) + 10


@given(st.text(max_size=60), st.integers(min_value=0, max_value=10_000))
def test_any_text_is_taken(text: str, seed: int) -> None:
    for change in perturb.VARIANTS.values():
        assert isinstance(change(text, Random(seed)), str)
    assert edits(text, perturb.one_typo(text, Random(seed))) <= 1


def test_texts_without_letters_come_back() -> None:
    assert perturb.two_typos("12588 ?!", Random(1)) == "12588 ?!"
