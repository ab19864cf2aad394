"""Cleaning, spelling, clauses, entities and languages: the parts that work on plain text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import yaml

from assistant.entities import Surroundings, find
from assistant.entity_finder import entities_in, only_entities
from assistant.language import answer_in, detect, hint_of
from assistant.named import named
from assistant.normalise import MAX_CHARACTERS, clean, core
from assistant.spelling import Speller
from assistant.split import (
    MOST_PARTS,
    affirmed,
    is_remark,
    lines_as_sentences,
    parts,
    refers_back,
    wanted,
)

HELD_OUT = Path(__file__).parents[1] / "nlu"
CASES = yaml.safe_load((HELD_OUT / "heldout_entities.yml").read_text(encoding="utf-8"))


def test_invisible_characters_and_repeats_go() -> None:
    assert clean("he\u200bllo   sooooo  late!!!!") == "hello soo late!"


def test_full_width_letters_become_plain() -> None:
    assert clean("\uff52\uff45\uff46\uff55\uff4e\uff44") == "refund"


@pytest.mark.parametrize("letter", ["a", " ", "\u200b", "\ufdfa", "?!", "hi ", "и ", "question "])
def test_a_huge_message_is_capped(letter: str) -> None:
    assert len(core(clean(letter * 20_000))) <= MAX_CHARACTERS


def test_a_long_message_keeps_its_start_and_its_end() -> None:
    kept = clean("begin " + "x y " * 3000 + "finish")
    assert kept.startswith("begin")
    assert kept.endswith("finish")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Hi there, where is my parcel? Thank you very much!", "where is my parcel?"),
        ("Good morning, please cancel it, kind regards", "cancel it"),
        ("hello", "hello"),
        ("thanks", "thanks"),
        ("Thank you very much", "Thank you very much"),
    ],
)
def test_politeness_around_a_request_goes(written: str, read: str) -> None:
    assert core(clean(written)) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("where is 10023", "where is order 10023"),
        ("where is 10024, email ana@example.com", "where is order 10024"),
        ("cancel 10026 cleo@example.com", "cancel order 10026"),
        ("refund for order #10025?", "refund for order #10025?"),
        ("10023", "10023"),
        ("my mail is ana@example.com", "my mail is ana@example.com"),
        ("change my e-mail to ana@example.com", "change my e-mail to"),
        ("a table for 4", "a table for 4"),
    ],
)
def test_numbers_and_addresses_are_read_in_words_that_were_taught(written: str, read: str) -> None:
    assert named(written) == read


def speller() -> Speller:
    return Speller(
        [("refund", 9), ("register", 5), ("cancel", 9), ("order", 9)], ["house", "where"]
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("refnud my ordr", "refund my order"),
        ("cacel the hose", "cancel the hose"),
        ("the huose", "the house"),
        ("deregister me", "deregister me"),
        ("Where is CL-2024-0042", "Where is CL-2024-0042"),
    ],
)
def test_slips_are_put_right_and_other_words_left(written: str, read: str) -> None:
    assert speller().correct(written) == read


def test_typos_that_training_data_holds_on_purpose_are_not_learned() -> None:
    texts = ["refund please", "a refund", "my refund", "refnud"]
    assert "refnud" not in Speller.taught_by(texts, ["please"]).taught


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        ("I don't want to cancel, I want to change the address", "I want to change the address"),
        ("please don't cancel my order", ""),
        ("no need for a refund, just send a new one", "send a new one"),
        ("I don't want my account anymore", "I don't want my account anymore"),
        ("I want a new one not a refund", "I want a new one"),
        ("where is my order", "where is my order"),
    ],
)
def test_what_is_refused_is_parted_from_what_is_wanted(written: str, rest: str) -> None:
    assert wanted(written).text == rest


def test_a_refusal_is_read_without_its_negation() -> None:
    assert affirmed("I don't want a refund") == "refund"
    assert affirmed("please don't cancel my order") == "cancel my order"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Cancel order 12. And where is my refund?", ["Cancel order 12.", "where is my refund?"]),
        ("i forgot my password and i want to pay", ["i forgot my password", "i want to pay"]),
        ("a table and four chairs", ["a table and four chairs"]),
        ("I want my money back and to close my account",
         ["I want my money back", "close my account"]),
        ("I need both an invoice and a refund", ["I need an invoice", "I need a refund"]),
        ("where is my order & what is your warranty",
         ["where is my order", "what is your warranty"]),
        ("where is my parcel / how do I return it", ["where is my parcel", "how do I return it"]),
        ("reset my password + tell me my order status",
         ["reset my password", "tell me my order status"]),
        ("two questions: 1) where is my order 2) do you ship to Malta",
         ["where is my order", "do you ship to Malta"]),
        ("a. cancel my order b. when is the shop open", ["cancel my order", "when is the shop open"]),
        ("first, cancel my order, second, refund me", ["cancel my order", "refund me"]),
        ("track my order. one more thing, do you ship to Malta",
         ["track my order.", "do you ship to Malta"]),
        ("I need my invoice, a return label and the phone number of the shop",
         ["I need my invoice", "I need a return label", "I need the phone number of the shop"]),
        ("cancel my order and my account", ["cancel my order", "cancel my account"]),
        ("change my email, cancel order 10026 and tell me your opening hours",
         ["change my email", "cancel order 10026", "tell me your opening hours"]),
        ("how do I cancel my order, what does it cost",
         ["how do I cancel my order", "what does it cost"]),
        ("- where is my order - how do I return it", ["where is my order", "how do I return it"]),
    ],
)
def test_a_message_falls_apart_into_requests(written: str, found: list[str]) -> None:
    assert parts(written) == found


@pytest.mark.parametrize(
    "written",
    [
        "change my name and address",
        "cancel and refund order 10024",
        "I need a table and four chairs",
        "if I cancel, what does it cost?",
        "both the lamp and the table arrived broken",
        "what is the price and the size of the sofa",
        "I want to swap two chairs and a table for one chair",
        "my name and my address are wrong",
        "where is my second order",
        "I bought a lamp last week, when will it arrive",
    ],
)
def test_one_need_is_not_torn_apart(written: str) -> None:
    assert parts(written) == [written]


def test_lines_are_requests_of_their_own_and_wrapped_ones_are_not() -> None:
    assert lines_as_sentences("where is my order\nwhat is your warranty") == (
        "where is my order; what is your warranty"
    )
    listed = clean(lines_as_sentences("Hi\n- where is my order\n\n- how do I return it\nThanks"))
    assert parts(core(listed)) == ["where is my order", "how do I return it"]
    assert clean(lines_as_sentences("the lamp\nthat came today")) == "the lamp that came today"


@pytest.mark.parametrize("piece", ["1) ", "a, ", "and the x ", "I need a, ", "my and the ", "- i "])
def test_a_hostile_list_has_few_parts(piece: str) -> None:
    assert len(parts(clean(piece * 2000))) <= MOST_PARTS


def test_what_refers_back_is_told_from_what_stands_alone() -> None:
    assert refers_back("where exactly is it?")
    assert not refers_back("where is my order")


def test_a_remark_asks_for_nothing() -> None:
    assert is_remark("It's a 30 kilo bench.")
    assert is_remark("I ordered a lamp last week.")
    assert not is_remark("Is it too late to cancel?")


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: str(case["text"])[:40])
def test_entities_of_the_held_out_messages(case: dict[str, object]) -> None:
    text = str(case["text"])
    around = Surroundings(CASES["region"], datetime.combine(CASES["today"], datetime.min.time()))
    kinds = ("email", "date", "phone", "order_number")
    found = [
        {"entity": f.entity, "text": text[f.start : f.end], "value": f.value}
        for f in find(text, around, kinds)
    ]
    assert found == case["entities"]


def test_an_amount_has_its_currency() -> None:
    assert [f.value for f in find("I paid 49,90 EUR", kinds=("amount",))] == ["49.90 EUR"]


def test_a_bare_number_is_only_an_entity_and_a_rating_is_more() -> None:
    assert only_entities("it is 10023", entities_in("it is 10023"))
    assert not only_entities("cancel 10023", entities_in("cancel 10023"))
    assert not only_entities("4", entities_in("4"))


@pytest.mark.parametrize("piece", ["1 ", "a@", "+1-", "order ", "(", "#", "0033 "])
def test_hostile_text_is_searched_and_yields_little(piece: str) -> None:
    assert len(find(piece * 20_000)) < MAX_CHARACTERS


def test_doubt_is_the_default_language() -> None:
    assert detect("ok", "en", 0.0) == "en"
    assert detect("where is my order", "en", 1.0) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wo bleibt mein Paket, es sollte schon da sein", "de"),
        ("¿Dónde está mi pedido? Lo compré hace diez días", "es"),
        ("где мой заказ", "ru"),
        ("我的订单在哪里", "zh"),
    ],
)
def test_other_languages_are_named(text: str, language: str) -> None:
    assert detect(text, "en", 0.0) == language


@pytest.mark.parametrize(
    ("text", "understood", "answered"),
    [
        ("where is my order please", "en", "en"),
        ("\u00bfD\u00f3nde est\u00e1 mi pedido? Lo compr\u00e9 hace diez d\u00edas", "es", "es"),
        ("nein", "de", "de"),  # looks German, yet too short to be sure without the hint
        ("refnd", "en", "de"),  # looks like nothing: understood as ever, answered as the client is
        ("10234", "en", "de"),
        ("\U0001f44d", "en", "de"),
    ],
)
def test_a_hint_decides_only_where_the_text_does_not(
    text: str, understood: str, answered: str
) -> None:
    share = 1.0 if "order" in text else 0.0
    assert (detect(text, "en", share, "de"), answer_in(text, "en", share, "de")) == (
        understood,
        answered,
    )
    assert detect("nein", "en", 0.0) == answer_in("10234", "en", 0.0, None) == "en"


def test_hints_are_read_as_clients_write_them() -> None:
    found = [hint_of(given) for given in ("de", "pt-BR", "de_DE", "ru", "xx", "", None, 7)]
    assert found == ["de", "pt", "de", "ru", None, None, None, None]
