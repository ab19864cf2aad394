"""Puts single slips of the keyboard right before a message is read.

Only words that nobody knows are touched: neither the training data nor the encoder's list of
common words has them. What they become is a word of the training data one slip away (two in long
words), else a common word one slip away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST = 4
_LONGEST = 24
# From this length on two slips still leave one plausible word.
_TWO_SLIPS = 8
_MOST_UNKNOWN = 25


def words(text: str) -> list[str]:
    """The words of a text in lower case; apostrophes inside a word belong to it."""
    return [w.group().lower() for w in _WORD.finditer(text)]


def one_slip(word: str) -> Iterator[str]:
    """Every string one deletion, swap, replacement or insertion away (a-z only)."""
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in _LETTERS:
            if tail:
                yield head + letter + tail[1:]
            yield head + letter + tail


class Speller:
    """Corrects against the words of the training data and a list of common words."""

    def __init__(self, taught: Sequence[tuple[str, int]], common: Sequence[str]) -> None:
        """Args:
        taught: words of the training data with how often each occurs.
        common: known words, the most frequent first.
        """
        self.taught = dict(taught)
        self._rank = {word: i for i, word in enumerate(common)}
        self._targets = [w for w in self.taught if len(w) >= _SHORTEST]

    @classmethod
    def taught_by(cls, texts: Iterable[str], common: Sequence[str]) -> Speller:
        """A speller for these training texts.

        A word written once that looks like a slip of a frequent one is not taught: training data
        holds typos on purpose.
        """
        counts = Counter(w for text in texts for w in words(text))
        known = set(common)
        kept = {w: n for w, n in counts.items() if w in known or n > 1 or not common}
        frequent = [w for w, n in kept.items() if n >= 3 and len(w) >= _SHORTEST]
        for word, n in counts.items():
            if word not in kept and not extract(
                word, frequent, scorer=OSA.distance, score_cutoff=1, limit=1
            ):
                kept[word] = n
        return cls(sorted(kept.items()), common)

    def knows(self, word: str) -> bool:
        """Whether the lower-case word is left alone."""
        return word in self.taught or word in self._rank

    def correct(self, text: str) -> str:
        """`text` with unknown words put right; everything else untouched."""
        budget = _MOST_UNKNOWN

        def fix(match: re.Match[str]) -> str:
            nonlocal budget
            word = match.group().lower()
            if self.knows(word) or not _SHORTEST <= len(word) <= _LONGEST or budget == 0:
                return match.group()
            budget -= 1
            return self._nearest(word) or match.group()

        return _WORD.sub(fix, text)

    def _nearest(self, word: str) -> str | None:
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        near = extract(word, self._targets, scorer=OSA.distance, score_cutoff=slips, limit=None)
        # Two slips at the start of a word are another word: 'deregister' is not 'register'.
        near = [m for m in near if m[1] < 2 or m[0][0] == word[0]]
        if near:
            best: str = min(near, key=lambda m: (m[1], -self.taught[m[0]], m[0]))[0]
            return best
        if len(word) <= _SHORTEST:
            return None
        found = [w for w in one_slip(word) if w in self._rank]
        return min(found, key=self._rank.__getitem__) if found else None
