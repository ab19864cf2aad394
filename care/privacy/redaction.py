"""Masking personal data in what customers wrote, before it is kept for anything but their care.

Finds e-mail addresses, telephone numbers (libphonenumber), IBANs (with their check digits), payment
cards (Luhn), links, IP addresses, postal addresses of the common forms, names that are known or said
to be names, and any other long number. It errs on the side of masking. A person still reads what is
kept as a training example.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import phonenumbers

REGIONS = ("GB", "DE", "US", "FR", "ES", "CH", "AT", "NL")
MASKS: Mapping[str, str] = {
    "email": "[e-mail]",
    "phone": "[phone]",
    "iban": "[account]",
    "card": "[card]",
    "link": "[link]",
    "address": "[address]",
    "ip": "[address]",
    "name": "[name]",
    "number": "[number]",
}
EXAMPLES: Mapping[str, str] = {
    "email": "name@example.com",
    "phone": "020 7946 0000",
    "iban": "my account",
    "card": "my card",
    "link": "example.com",
    "address": "my address",
    "ip": "192.0.2.1",
    "name": "Alex",
    "number": "10000",
}
"""Harmless words of the same kind, so that an example for training stays a natural sentence."""

_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w])\d(?:[ -]?\d){4,22}(?![\w])")
_CODE = re.compile(r"\b(?=[A-Z0-9-]*\d{4})[A-Z]{1,4}-?\d{4,}[A-Z0-9-]*\b", re.IGNORECASE)
_IP = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b", re.IGNORECASE
)
_STREET = re.compile(
    r"\b\d{1,4}[a-z]?,?\s+(?:[A-Z][\w'-]+\s+){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Way|Square|Court|Place)\b\.?"
    r"|\b[A-ZÄÖÜ][\w'-]*(?:straße|strasse|weg|platz|gasse|allee)\s+\d{1,4}[a-z]?\b"
    r"|\b(?:rue|calle|via|avenida)\s+(?:[\w'-]+\s+){1,4}\d{1,4}\b",
)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
_SAID_NAME = re.compile(
    r"\b(?:my name is|my name's|name is|i am called|ich hei(?:ß|ss)e|mein name ist|"
    r"je m'appelle|me llamo|signed|regards,|gr(?:ü|ue)(?:ß|ss)e,?)\s+"
    r"((?-i:[A-ZÀ-Þ])[\w'\u2019-]+(?:\s+(?-i:[A-ZÀ-Þ])[\w'\u2019-]+){0,3})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A piece of personal data: its place in the text (half open) and its kind."""

    start: int
    end: int
    kind: str


def find_personal(text: str, names: Iterable[str] = ()) -> list[Finding]:
    """Personal data in `text`, from left to right, without overlaps; the longest wins."""
    found = [
        *_matches(_EMAIL, text, "email"),
        *_matches(_LINK, text, "link"),
        *_ibans(text),
        *_numbers(text),
        *_phones(text),
        *_matches(_CODE, text, "number"),
        *_matches(_IP, text, "ip"),
        *_matches(_STREET, text, "address"),
        *_matches(_POSTCODE, text, "address"),
        *(Finding(*match.span(1), "name") for match in _SAID_NAME.finditer(text)),
        *_known_names(text, names),
    ]
    order = list(MASKS)
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (-(f.end - f.start), order.index(f.kind))):
        if all(finding.end <= other.start or finding.start >= other.end for other in kept):
            kept.append(finding)
    return sorted(kept, key=lambda f: f.start)


def redact(text: str, names: Iterable[str] = (), masks: Mapping[str, str] = MASKS) -> str:
    """`text` with every piece of personal data replaced by the mask of its kind.

    `names` are names that are known, such as the customer's own.
    """
    parts, at = [], 0
    for finding in find_personal(text, names):
        parts += [text[at : finding.start], masks[finding.kind]]
        at = finding.end
    return "".join([*parts, text[at:]])


def _matches(pattern: re.Pattern[str], text: str, kind: str) -> list[Finding]:
    return [Finding(*match.span(), kind) for match in pattern.finditer(text)]


def _phones(text: str) -> list[Finding]:
    found = set()
    for region in REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            found.add((match.start, match.end))
    return [Finding(start, end, "phone") for start, end in found]


def _numbers(text: str) -> list[Finding]:
    found = []
    for match in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        card = 13 <= len(digits) <= 19 and _luhn(digits)
        found.append(Finding(*match.span(), "card" if card else "number"))
    return found


def _ibans(text: str) -> list[Finding]:
    return [
        Finding(*match.span(), "iban")
        for match in _IBAN.finditer(text)
        if _iban_checks(re.sub(r"\s", "", match[0]).upper())
    ]


def _iban_checks(iban: str) -> bool:
    """ISO 13616: the number made of the letters as 10 to 35, the first four last, is 1 modulo 97."""
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812: the sum with every second digit doubled is a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _known_names(text: str, names: Iterable[str]) -> list[Finding]:
    parts = {part for name in names if name for part in (name, *name.split()) if len(part) > 2}
    return [
        Finding(*match.span(), "name")
        for part in parts
        for match in re.finditer(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE)
    ]
