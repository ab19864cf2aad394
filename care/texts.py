"""The care server's own sentences, in the customer's language where there is a locale file."""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "locales"
DEFAULT = "en"


def text(key: str, language: str | None = None) -> str:
    """The sentence `key`; in English where `language` has no file or lacks the sentence."""
    wanted = _sentences((language or DEFAULT).split("-")[0].lower())
    return wanted.get(key) or _sentences(DEFAULT)[key]


@cache
def _sentences(language: str) -> dict[str, str]:
    file = FOLDER / f"{language}.json"
    if not language.isalpha() or not file.exists():
        return {}
    sentences: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return sentences
