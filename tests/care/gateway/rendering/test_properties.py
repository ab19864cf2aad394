"""Whatever is written: nothing is lost, every part is whole and fits its platform."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from care.gateway.rendering.markdown import runs_of
from care.gateway.rendering.runs import units
from care.gateway.rendering.slack_blocks import SECTION_LIMIT, slack_message
from care.gateway.rendering.telegram_html import TEXT_LIMIT, telegram_parts
from tests.support.slack_rules import Limits, check_message
from tests.support.telegram_rules import visible

PIECES = [
    "word", "a", " ", "  ", "\n", "\n\n", "- ", "1. ", "> ", "# ", "**", "*", "_", "~~", "`", "```",
    "[x](https://a.example/?a=1&b=2)", "[m](mailto:a@b.example)", "[", "](", ")", "<b>", "</i>", "<",
    "&amp;", "&", "\\", "5*3*2", " *x", " _y", "\U0001f468\u200d\U0001f469", "e\u0301", "\ue000",
    "https://a.example/a_b", "\u05e9\u05dc\u05d5\u05dd", "|", "<!here>", "---", "\u00a0", "0",
]  # fmt: skip
REPEATED = [
    "word ",
    "a\n",
    " *x",
    " _y~",
    "<",
    "&",
    "- a\n",
    "> ",
    "[m](mailto:a@b.example) ",
    "\u0301",
]
written = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=60).map("".join)
quickly = settings(
    max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def signs(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def meant(text: str) -> str:
    """What a reader shall see of a text, without white space."""
    return signs("".join(run.text for run in runs_of(text)))


def slack_reads(mrkdwn: str) -> str:
    """Slack's text with its control sequences taken for what they show."""
    shown = re.sub(r"<(?:https?|mailto|tel):[^<>|]*\|([^<>]*)>", r"\1", mrkdwn)
    assert not re.search(r"<[^>]", shown), "a sign that Slack reads as control"
    return re.sub("&lt;|&gt;|&amp;", lambda found: ENTITIES[found[0]], shown)


@quickly
@given(text=written)
def test_telegram_can_parse_every_part_and_nothing_is_lost(text: str) -> None:
    parts = [visible(part, "HTML") for part in telegram_parts(text)]
    assert signs("".join(parts)) == meant(text)


@quickly
@given(text=written)
def test_slack_takes_every_message_and_loses_no_word(text: str) -> None:
    message = slack_message(text)
    if not message["blocks"]:
        assert not meant(text)
        return
    assert check_message(message, Limits()) is None
    shown = slack_reads("\n".join(block["text"]["text"] for block in message["blocks"]))
    kept = iter(signs(shown).replace("\u2223", "|"))  # with Slack's own marks in between
    assert all(sign in kept for sign in meant(text))


@pytest.mark.parametrize("style", ["", "***"])
def test_overlong_text_is_cut_into_parts_that_fit_after_parsing(style: str) -> None:
    for piece in REPEATED:
        text = f"{style}Begin {piece * (11_000 // len(piece))} end{style}"
        parts = [visible(part, "HTML") for part in telegram_parts(text)]
        assert all(0 < units(part) <= TEXT_LIMIT for part in parts), piece
        assert signs("".join(parts)) == meant(text), piece
        blocks = slack_message(text)["blocks"]
        assert all(0 < len(block["text"]["text"]) <= SECTION_LIMIT for block in blocks), piece


def test_parts_are_cut_between_paragraphs_then_sentences_then_words() -> None:
    paragraphs = "\n\n".join(["word " * 300] * 4)
    assert [part.count("word") for part in telegram_parts(paragraphs)] == [600, 600]
    sentences = "One sentence of six words here. " * 200
    assert all(part.endswith("here.") for part in telegram_parts(sentences))
    assert all(part.endswith("word") for part in telegram_parts("word " * 2000))


def test_a_family_and_an_accent_are_not_cut_apart() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    for part in telegram_parts("x" + family * 900):
        assert part.strip("x").startswith("\U0001f468")
        assert part.endswith("\U0001f467")
    assert all(part[0] == "e" for part in telegram_parts("e\u0301" * 3000))


def test_a_pile_of_accents_is_cut_all_the_same() -> None:
    assert [units(visible(part, "HTML")) for part in telegram_parts("e" + "\u0301" * 9000)] == [
        TEXT_LIMIT,
        TEXT_LIMIT,
        9001 - 2 * TEXT_LIMIT,
    ]


def test_a_link_that_is_cut_is_a_link_in_both_parts() -> None:
    parts = telegram_parts(f"[{'word ' * 1000}](https://a.example/)")
    assert len(parts) == 2
    assert all(part.startswith('<a href="https://a.example/">') for part in parts)


def test_an_address_too_long_for_a_section_is_left_to_the_words() -> None:
    address = "https://a.example/" + "&" * 2000
    block = slack_message(f"Pay [here]({address}) now")["blocks"][0]
    assert block["text"]["text"] == "Pay here now"
