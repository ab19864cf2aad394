"""The sentences of the desk's server-rendered pages and mails, by language (locales/*.json)."""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "locales"
LANGUAGES = ("en", "de")


@cache
def sentences(language: str) -> dict[str, str]:
    """All sentences of a language; English ones for a language that there is no file for."""
    chosen = language if language in LANGUAGES else "en"
    found: dict[str, str] = json.loads((FOLDER / f"{chosen}.json").read_text(encoding="utf-8"))
    return found


def say(language: str, key: str, **values: object) -> str:
    """The sentence `key`, its places filled."""
    return sentences(language)[key].format(**values)


def language_of(accepted: str) -> str:
    """The first language of an Accept-Language header that there are sentences for."""
    for part in accepted.split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return "en"
