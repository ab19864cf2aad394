"""Harder variants of a held-out message: typos, polite padding, extra sentences.

Every function is pure: the same text and the same `random.Random` state give the same variant, so
a benchmark names its seed and can be repeated. The typo model follows the four slips that make up
nearly all single-error misspellings (Damerau 1964): a neighbouring key, two letters swapped, one
letter dropped, one doubled. Letters only: numbers stay as they are, since a wrong order number is
another order and not a typo.
"""

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

# Neighbours on an English QWERTY keyboard.
ADJACENT: Mapping[str, str] = MappingProxyType(
    {
        "a": "qwsz", "b": "vghn", "c": "xdfv", "d": "serfcx", "e": "wsdr", "f": "drtgvc",
        "g": "ftyhbv", "h": "gyujnb", "i": "ujko", "j": "huikmn", "k": "jiolm", "l": "kop",
        "m": "njk", "n": "bhjm", "o": "iklp", "p": "ol", "q": "wa", "r": "edft", "s": "awedxz",
        "t": "rfgy", "u": "yhji", "v": "cfgb", "w": "qase", "x": "zsdc", "y": "tghu", "z": "asx",
    }
)  # fmt: skip

OPENINGS = (
    "Hello there, I hope you are having a nice day.",
    "Good morning dear team,",
    "Hi, sorry to bother you, but",
    "Good afternoon! If you don't mind me asking:",
    "Hey, quick one if I may:",
    "Dear sir or madam, would you be so kind to help me with this:",
)
CLOSINGS = (
    "Thank you very much in advance!",
    "Thanks a lot for your help, much appreciated.",
    "Looking forward to your answer, best wishes, Robin",
    "Cheers and have a good one!",
    "Kind regards",
    "Would be great if you could let me know, many thanks.",
)
ASIDES = (
    "I was on the train when I noticed this.",
    "My sister told me about you a while ago.",
    "I'm writing this from my phone, so excuse the mistakes.",
    "It has been a long week, to be honest.",
    "We have two small children and little time.",
    "I usually sort these things out in the evening.",
    "I looked around for a bit before writing to you.",
    "The weather is dreadful here today, by the way.",
)

# A word shorter than this is left alone while a longer one is there: 'is' with a slip is noise.
SHORTEST_WORD = 4


def one_typo(text: str, rng: Random) -> str:
    """Return `text` with one slip; a text without a word of letters comes back unchanged."""
    places = _places(text)
    if not places:
        return text
    position = rng.choice(places)
    slips: list[Callable[[str, int, Random], str]] = [_adjacent, _swap, _drop, _double]
    rng.shuffle(slips)
    for slip in slips:
        changed = slip(text, position, rng)
        if changed != text:
            return changed
    return text


def two_typos(text: str, rng: Random) -> str:
    """Return `text` with two slips, the second never merely undoing the first."""
    first = one_typo(text, rng)
    for _ in range(20):
        second = one_typo(first, rng)
        if second != text:
            return second
    return first


def polite_padding(text: str, rng: Random) -> str:
    """Return `text` between a polite opening and a polite closing, neither with a need of its own."""
    return f"{rng.choice(OPENINGS)} {text} {rng.choice(CLOSINGS)}"


def extra_sentences(text: str, rng: Random) -> str:
    """Return `text` with one or two sentences beside the point, before or after it."""
    asides = rng.sample(ASIDES, k=rng.choice((1, 2)))
    message = text if text.endswith((".", "?", "!")) else f"{text}."
    parts = [message, *asides]
    if rng.random() < 0.5:
        parts = [asides[0], message, *asides[1:]]
    return " ".join(parts)


VARIANTS: Mapping[str, Callable[[str, Random], str]] = MappingProxyType(
    {
        "one_typo": one_typo,
        "two_typos": two_typos,
        "polite_padding": polite_padding,
        "extra_sentences": extra_sentences,
    }
)


def variants(texts: list[str], kind: str, seed: int) -> list[str]:
    """Return the variant `kind` (a key of `VARIANTS`) of every text, the same for the same seed.

    Each text has its own generator, so that a text keeps its variant when others come or go.

    Raises:
        KeyError: `kind` is not a variant.
    """
    perturb = VARIANTS[kind]
    return [perturb(text, Random(f"{seed}:{kind}:{text}")) for text in texts]


def _places(text: str) -> list[int]:
    """Positions of letters in long words; of all words of two letters or more if none is long."""
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for index, letter in enumerate(f"{text} "):
        if letter.isascii() and letter.isalpha():
            start = index if start is None else start
        elif start is not None:
            spans.append((start, index))
            start = None
    for shortest in (SHORTEST_WORD, 2):
        places = [i for begin, end in spans if end - begin >= shortest for i in range(begin, end)]
        if places:
            return places
    return []


def _adjacent(text: str, position: int, rng: Random) -> str:
    letter = text[position]
    other = rng.choice(ADJACENT[letter.lower()])
    return text[:position] + (other.upper() if letter.isupper() else other) + text[position + 1 :]


def _swap(text: str, position: int, rng: Random) -> str:
    following = text[position + 1 : position + 2]
    if not following.isalpha():
        return text
    return text[:position] + following + text[position] + text[position + 2 :]


def _drop(text: str, position: int, rng: Random) -> str:
    return text[:position] + text[position + 1 :]


def _double(text: str, position: int, rng: Random) -> str:
    return text[: position + 1] + text[position].lower() + text[position + 1 :]
