"""Finds sentences that are the same, or nearly, in two lists of thousands without comparing all pairs."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from math import floor


def normalise(text: str) -> str:
    """Return `text` as it is compared: lower case, no accents or punctuation, any number as `0`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"['\u2019`]", "", plain)
    plain = re.sub(r"\d+", "0", plain)
    return " ".join(re.findall(r"\w+", plain))


def similarity(one: str, other: str) -> float:
    """Return Ratcliff/Obershelp similarity of two normalised texts, 0 to 1 (`difflib`)."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


class NearIndex:
    """Normalised texts, to be asked for those at least `threshold` similar to another text.

    A similarity s of texts with T letters together leaves at most u = (1 - s) T letters unmatched,
    and each of them breaks at most three trigrams: two similar texts share one of the 3u + 1
    rarest trigrams of either. Only texts found that way are compared in full.
    """

    def __init__(self, texts: Iterable[str], threshold: float) -> None:
        self.threshold = threshold
        self.texts = sorted(set(texts) - {""})
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self.texts):
            for trigram in _trigrams(text):
                self._postings[trigram].append(number)

    def near(self, text: str) -> Iterator[tuple[str, float]]:
        """Yield the indexed texts like `text` with their similarity, the same text included."""
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(text)
        for number in sorted(self._candidates(text)):
            other = self.texts[number]
            shorter, longer = sorted((len(text), len(other)))
            if 2 * shorter < self.threshold * (shorter + longer):
                continue
            matcher.set_seq1(other)
            if matcher.quick_ratio() < self.threshold:
                continue
            score = matcher.ratio()
            if score >= self.threshold:
                yield other, score

    def _candidates(self, text: str) -> set[int]:
        # A text of n letters can be similar to one of at most n * (2 - s) / s.
        letters = len(text) * (1 + (2 - self.threshold) / self.threshold)
        unmatched = floor((1 - self.threshold) * letters)
        rarest = sorted(_trigrams(text), key=lambda trigram: len(self._postings.get(trigram, ())))
        found: set[int] = set()
        for trigram in rarest[: 3 * unmatched + 1]:
            found.update(self._postings.get(trigram, ()))
        return found


def _trigrams(text: str) -> set[str]:
    padded = f"  {text}  "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
