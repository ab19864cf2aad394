"""Finds order numbers, e-mail addresses, phone numbers, dates and amounts in a message.

Expressions propose, the libraries that know the formats decide. Every expression is linear: no
nested repeats, each repeat bounded; the text is capped before it is searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from assistant.normalise import MAX_CHARACTERS

KINDS = ("email", "date", "phone", "amount", "order_number", "rating")
_FEWEST_DIGITS = 4
_MOST_DIGITS = 14

_EMAIL = re.compile(r"[\w.+'%-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w#/.-])(?:\+|00|\(?0)[\d() /.-]{6,22}\d(?![\w-])")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}\b(?:,?\s\d{{4}}\b)?"
    rf"|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s\d{{4}}\b)?"
    r"|yesterday|today|tomorrow|(?:\d{1,2}|two|three|four|five|six) (?:days?|weeks?) ago"
    r"|last (?:week|month)|(?:last|next) (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?:(?P<before>[€$£]|\b(?:eur|usd|gbp))\s?)?(?<![\w.,#-])(?P<number>\d{1,6}(?:[.,]\d{1,2})?)"
    r"(?:\s?(?P<after>[€$£]|(?:eur|usd|gbp|euros?|dollars?|pounds?|bucks|quid)\b))?",
    re.IGNORECASE,
)
_CURRENCY = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
    "bucks": "USD",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
}
# Words that make the number after them an order number, whatever its shape.
_CALLED = re.compile(
    r"\b(?:order|purchase|orders|reference|ref|bestellung|pedido|commande|ordine|encomenda)"
    r"(?:\s(?:number|no|nr|num|id|code|nummer))?\b[\s.:#\"'(-]{1,4}(?:is\s|was\s)?#?\s?"
    r"(?P<value>\d{2,6}(?:\s\d{3,4}){1,3}(?!\d)|[a-z]{0,4}[-/]?\d[\w/-]{2,20})",
    re.IGNORECASE,
)
_SHAPED = re.compile(
    r"(?<![\w.,/@+-])(?P<value>#\s?\d{3,14}|[a-z]{2,4}[-/]\d{4}[-/]\d{2,8}|[a-z]{2,4}[-/]\d{3,14}"
    r"|[a-z]{2,4}\d{4,14}|\d{4,12}[-/]\d{2,8}|\d{4,14})(?!\w|[.,]\d|[€$£%@]|-\d)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s?(?:[€$£%]|(?:eur|usd|gbp|euros?|dollars?|pounds?|bucks|quid|cm|mm|m|kg|g|km|days?|weeks?"
    r"|years?|hours?|watts?|w|pieces|pcs|people)\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_RATING = re.compile(
    r"^\W{0,3}(?:i(?:'d| would)? (?:give|rate)(?: (?:you|it|this|that))?(?: an?)?\s)?(?:a\s)?"
    r"(?P<value>[1-5]|one|two|three|four|five)(?:\s?(?:/|out of|of)\s?5)?(?:\sstars?)?\W{0,3}$",
    re.IGNORECASE,
)
_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}


@dataclass(frozen=True)
class Found:
    """An entity: characters `start` to `end` of the text, and the normalised value."""

    entity: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Surroundings:
    """What a value is read against: the region of phone numbers without a country prefix (ISO
    3166), and the time that relative dates count from."""

    region: str = "GB"
    now: datetime | None = None

    def moment(self) -> datetime:
        """`now`, or the present in UTC."""
        return self.now or datetime.now(timezone.utc)


def _emails(text: str, around: Surroundings) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield Found("email", match.start(), match.end(), match.group().lower())


def _phones(text: str, around: Surroundings) -> Iterator[Found]:
    import phonenumbers

    for match in _PHONE.finditer(text):
        written = match.group()
        if sum(c.isdigit() for c in written) < 8 or _after_order_word(text, match.start()):
            continue
        international = "+" + written[2:] if written.startswith("00") else written
        try:
            number = phonenumbers.parse(international, around.region)
        except phonenumbers.NumberParseException:
            continue
        # Reserved numbers are possible but not valid; a spaced or prefixed one is meant as a phone.
        spaced = not written.isdigit()
        if phonenumbers.is_valid_number(number) or (
            spaced and phonenumbers.is_possible_number(number)
        ):
            form = phonenumbers.PhoneNumberFormat.E164
            value = phonenumbers.format_number(number, form)
            yield Found("phone", match.start(), match.end(), value)


def _after_order_word(text: str, start: int) -> bool:
    before = text[max(0, start - 24) : start].lower()
    return bool(re.search(r"(?:order|purchase|reference)[^.!?]{0,12}$", before))


def _dates(text: str, around: Surroundings) -> Iterator[Found]:
    import dateparser

    for match in _DATE.finditer(text):
        now = around.moment().replace(tzinfo=None)
        written = re.sub(r"^last (?=\w+day)", "", match.group().lower())
        past = not match.group().lower().startswith("next")
        written = re.sub(r"^next (?=\w+day)", "", written)
        year_first = bool(re.match(r"\d{4}-", written))
        parsed = dateparser.parse(
            written.replace("last week", "1 week ago").replace("last month", "1 month ago"),
            languages=["en"],
            settings={
                "RELATIVE_BASE": now,
                "DATE_ORDER": "YMD" if year_first else "DMY",
                "PREFER_DATES_FROM": "past" if past else "future",
                "RETURN_AS_TIMEZONE_AWARE": False,
            },
        )
        if parsed and 1990 <= parsed.year <= now.year + 5:
            yield Found("date", match.start(), match.end(), parsed.date().isoformat())


def _amounts(text: str, around: Surroundings) -> Iterator[Found]:
    for match in _AMOUNT.finditer(text):
        unit = (match["before"] or match["after"] or "").lower()
        if not unit:
            continue
        currency = _CURRENCY.get(unit, unit.upper())
        value = match["number"].replace(",", ".")
        yield Found("amount", match.start(), match.end(), f"{value} {currency}")


def _order_numbers(text: str, around: Surroundings) -> Iterator[Found]:
    for pattern, called in ((_CALLED, True), (_SHAPED, False)):
        for match in pattern.finditer(text):
            written = match["value"].rstrip("-/")
            start = match.start("value")
            if called and text[start - 2 : start] == "# ":
                start -= 2
            elif called and text[start - 1 : start] == "#":
                start -= 1
            end = match.start("value") + len(written)
            if _is_order_number(written, text[end : end + 9], called):
                value = re.sub(r"[\s#]", "", written).upper()
                yield Found("order_number", start, end, value)


def _is_order_number(written: str, following: str, called: bool) -> bool:
    digits = sum(c.isdigit() for c in written)
    if _UNIT.match(following) or digits > _MOST_DIGITS:
        return False
    if called:
        return digits >= 3
    bare = written.isdigit()
    if bare and _YEAR.fullmatch(written):
        return False
    return digits >= (3 if written.startswith("#") else _FEWEST_DIGITS)


def _ratings(text: str, around: Surroundings) -> Iterator[Found]:
    match = _RATING.match(text) if len(text) < 60 else None
    if match:
        value = match["value"].lower()
        yield Found("rating", match.start("value"), match.end("value"), _NUMBERS.get(value, value))


_FINDERS: dict[str, Callable[[str, Surroundings], Iterator[Found]]] = {
    "email": _emails,
    "date": _dates,
    "phone": _phones,
    "amount": _amounts,
    "order_number": _order_numbers,
    "rating": _ratings,
}


def find(
    text: str, around: Surroundings = Surroundings(), kinds: Sequence[str] = KINDS
) -> list[Found]:
    """The entities of a text in the order of their places; none overlaps another.

    Kinds earlier in `KINDS` win: the digits of a phone number are no order number.
    """
    text = text[:MAX_CHARACTERS]
    found: list[Found] = []
    for kind in (k for k in KINDS if k in kinds):
        for one in _FINDERS[kind](text, around):
            if not any(one.start < other.end and other.start < one.end for other in found):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def without(text: str, found: Sequence[Found]) -> str:
    """What is left of a text when its entities are taken out."""
    left, place = [], 0
    for one in found:
        left.append(text[place : one.start])
        place = one.end
    return " ".join([*left, text[place:]]).strip()
