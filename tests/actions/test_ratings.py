"""Ratings as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.ratings import rating_in


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("4", 4),
        ("one out of five", 1),
        ("1 out of 5", 1),
        ("5/5", 5),
        ("I give you a 5", 5),
        ("three stars", 3),
        ("3 stars out of 5", 3),
        ("8/10", 4),
        ("9 of 10", 5),
        ("10/10", 5),
        ("vier von fünf", 4),
        ("★★★", 3),
        ("very good", 5),
        ("not good", 2),
        ("good", 4),
        ("terrible service", 1),
        ("it was ok", 3),
        ("rating: 2", 2),
    ],
)
def test_a_rating_is_read(text: str, rating: int) -> None:
    assert rating_in(text) == rating


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "0",
        "minus 1",
        "-1",
        "zero stars",
        "6/5",
        "0/10",
        "4 or 5",
        "3.5 stars",
        "★★★★★★",
        "order 10482",
        "my parcel came 3 days late and nobody told me anything about it",
        "let me rate you",
    ],
)
def test_what_is_no_rating_is_not_taken_for_one(text: str) -> None:
    assert rating_in(text) is None


@given(st.text(max_size=400))
def test_any_text_gives_a_rating_on_the_scale_or_none(text: str) -> None:
    assert rating_in(text) in (None, 1, 2, 3, 4, 5)
