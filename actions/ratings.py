"""Ratings as people write them: figures, words, '4 out of 5', '8/10', '★★★'."""

import re

NUMBERS = {
    **{str(number): number for number in range(11)},
    **{
        word: number
        for words in (
            "one two three four five",
            "eins zwei drei vier fünf",
            "uno dos tres cuatro cinco",
            "un deux trois quatre cinq",
            "uno due tre quattro cinque",
            "um dois três quatro cinco",
        )
        for number, word in enumerate(words.split(), 1)
    },
    "zero": 0,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
# Words that are a rating by themselves. 'not good' is looked for before 'good'.
WORDS = (
    (1, ("very poor", "very bad", "terrible", "awful", "horrible", "worst", "useless")),
    (2, ("not good", "not great", "poor", "bad", "disappointing")),
    (5, ("very good", "excellent", "perfect", "great", "amazing", "fantastic", "brilliant")),
    (3, ("fair", "okay", "ok", "average", "so so", "so-so", "mediocre")),
    (4, ("good", "fine", "nice")),
)
NUMBER = "|".join(sorted(map(re.escape, NUMBERS), key=len, reverse=True))
OUT_OF = re.compile(
    rf"\b({NUMBER})\s*(?:stars?\s*)?(?:/|out of|of|von|de|sur|su|em)\s*({NUMBER})\b"
)
ALONE = re.compile(rf"(?<![\w.,-])({NUMBER})(?![\w.,-]*\w)")
STARS = re.compile(r"[★⭐]+")
LONGEST = 300
# In longer texts a lone number or adjective speaks of something else ('3 days late').
MOST_WORDS = 8


def rating_in(text: str) -> int | None:
    """The rating from 1 to 5 in `text`, None where there is none or several.

    'one out of five' is 1. Out of ten is halved, rounded up. A figure off the scale is no rating.
    """
    plain = " ".join(text[:LONGEST].lower().split())
    if plain.startswith("minus "):
        return None
    if stars := STARS.search(plain):
        return len(stars[0]) if len(stars[0]) <= 5 else None
    if found := OUT_OF.search(plain):
        given, scale = NUMBERS[found[1]], NUMBERS[found[2]]
        halved = (given + 1) // 2 if scale == 10 else given
        return halved if scale in (5, 10) and 1 <= halved <= 5 and given <= scale else None
    if len(plain.split()) > MOST_WORDS:
        return None
    figures = {NUMBERS[word] for word in ALONE.findall(plain)}
    if figures:
        only = figures.pop()
        return only if not figures and 1 <= only <= 5 else None
    for rating, words in WORDS:
        if any(re.search(rf"\b{re.escape(word)}\b", plain) for word in words):
            return rating
    return None
