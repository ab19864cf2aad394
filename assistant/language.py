"""Which language a message is written in; unsure means the configured one.

Short messages are where detectors fail, so a message whose words were mostly taught counts as the
configured language before the detector is asked.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from assistant.spelling import words

# Told apart from each other; another language is reported as the nearest of them or as its script.
CANDIDATES = ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "sv", "da", "tr", "ro")
_SCRIPTS = {
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "DEVANAGARI": "hi",
}
_TAUGHT_SHARE = 0.6
_SURE = 0.7
# One or two words are a name, a product or a slip more often than another language.
_SURE_SHORT = 0.97
_SHORT = 2
_READ_CHARACTERS = 300


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(CANDIDATES))
    return identifier


def script(text: str) -> str | None:
    """The language that the text's script stands for, when most letters are not Latin."""
    counts: dict[str, int] = {}
    letters = [c for c in text[:_READ_CHARACTERS] if c.isalpha()]
    for letter in letters:
        name = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        if name in _SCRIPTS:
            counts[_SCRIPTS[name]] = counts.get(_SCRIPTS[name], 0) + 1
    if not counts:
        return None
    best = max(counts, key=lambda key: counts[key])
    # Japanese is written with Chinese characters as well.
    best = "ja" if "ja" in counts else best
    return best if sum(counts.values()) * 2 > len(letters) else None


def hint_of(value: Any) -> str | None:
    """The language that a client's locale (`de`, `pt-BR`, `de_DE`) hints at, if it is one we know."""
    code = value.replace("_", "-").split("-")[0].lower() if isinstance(value, str) else ""
    return code if code in CANDIDATES or code in _SCRIPTS.values() else None


def detect(text: str, default: str, taught_share: float, hint: str | None = None) -> str:
    """ISO 639-1 code of the text's language, `default` when there is no good reason for another.

    Args:
        text: a cleaned message.
        default: the language that the training data is written in.
        taught_share: share of the text's words that the training data has (0-1).
        hint: of the client or the conversation; a reason only where the text itself is undecided
            and looks more like this language than like any other.
    """
    decided = _decided(text, default, taught_share)
    if decided is None and hint is not None and words(text) and _guess(text)[0] == hint:
        return hint
    return decided or default


def answer_in(text: str, default: str, taught_share: float, hint: str | None) -> str:
    """The language to answer in: the text's; `hint` where the text is undecided, as a number is."""
    return _decided(text, default, taught_share) or hint or default


def _decided(text: str, default: str, taught_share: float) -> str | None:
    """The language that the text itself tells, None where it does not."""
    by_script = script(text)
    if by_script:
        return by_script
    found = words(text[:_READ_CHARACTERS])
    if not found:
        return None
    if taught_share >= _TAUGHT_SHARE:
        return default
    code, probability = _guess(text[:_READ_CHARACTERS])
    return code if probability >= (_SURE_SHORT if len(found) <= _SHORT else _SURE) else None


@lru_cache(maxsize=64)
def _guess(text: str) -> tuple[str, float]:
    """The likeliest of the candidates; with no evidence at all, the commonest."""
    code, probability = _identifier().classify(text[:_READ_CHARACTERS])
    return str(code), float(probability)
