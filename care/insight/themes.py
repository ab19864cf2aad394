"""What customers talk about: topics that rise, questions without an answer, words in comments.

Grouping is by shared words (Jaccard over word stems), so it needs no model and can be explained.
Texts leave here masked.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, String, cast, func, literal, select

from care.insight.daily import zone_of
from care.insight.reports import Asked
from care.privacy.redaction import redact
from care.record.ids import ConversationId
from care.record.schema import feedback, messages
from care.record.schema_insight import insight_daily, insight_facts

WEEK = timedelta(days=7)
BASE_WEEKS = 4
LEAST = 5
"""A topic must be asked about this often in a week to count as rising."""
ALIKE = 0.4
MOST_TEXTS = 1000
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Rising:
    """A topic that is asked about more than usual: now a week, and in a usual week."""

    topic: str
    now: int
    usual: float
    score: float


@dataclass(slots=True)
class Theme:
    """Texts that say much the same. `label` is the most typical one, masked; `key` the stems that
    most of them share: the same theme keeps it when more is said."""

    key: str
    label: str
    n: int
    conversation_ids: list[ConversationId] = field(default_factory=list)
    message_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Text:
    """A text with where it stands; `id`: of its message, 0 without one."""

    words: str
    conversation_id: ConversationId
    id: int


def rising(connection: Connection, today: date, limit: int = 10) -> list[Rising]:
    """Topics of the last seven days against the mean of the four weeks before, most risen first.

    The score is the difference in standard deviations of a Poisson count.
    """
    current = _topics(connection, today - WEEK, today - timedelta(days=1))
    begin = today - WEEK * (BASE_WEEKS + 1)
    base = _topics(connection, begin, today - WEEK - timedelta(days=1))
    found = []
    for topic, n in current.items():
        usual = base.get(topic, 0) / BASE_WEEKS
        score = (n - usual) / math.sqrt(usual + 1)
        if n >= LEAST and score >= 2:
            found.append(Rising(topic, n, usual, round(score, 2)))
    return sorted(found, key=lambda item: -item.score)[:limit]


def unanswered(connection: Connection, asked: Asked, limit: int = 20) -> list[Theme]:
    """Questions without an answer, grouped; the most frequent first."""
    query = (
        select(messages.c.text, messages.c.conversation_id, messages.c.id)
        .select_from(
            insight_facts.join(
                messages,
                (messages.c.conversation_id == insight_facts.c.conversation_id)
                & (insight_facts.c.subject == literal("message:") + cast(messages.c.id, String)),
            )
        )
        .where(
            insight_facts.c.measure == "not_understood",
            insight_facts.c.value == 1,
            insight_facts.c.day.between(asked.first, asked.last),
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.id.desc())
        .limit(MOST_TEXTS)
    )
    found = [
        Text(text, ConversationId(where), key) for text, where, key in connection.execute(query)
    ]
    return grouped(found)[:limit]


def told(
    connection: Connection,
    asked: Asked,
    kinds: Iterable[str] = ("complaint", "suggestion"),
    limit: int = 20,
) -> list[Theme]:
    """What customers wrote in feedback of these kinds, grouped; the most frequent first."""
    zone = zone_of(connection)
    query = (
        select(feedback.c.comment, feedback.c.conversation_id, feedback.c.message_id, feedback.c.id)
        .where(
            feedback.c.kind.in_(list(kinds)),
            feedback.c.comment.is_not(None),
            feedback.c.created_at >= datetime.combine(asked.first, time(), zone),
            feedback.c.created_at < datetime.combine(asked.last, time(), zone) + timedelta(days=1),
        )
        .order_by(feedback.c.id.desc())
        .limit(MOST_TEXTS)
    )
    found = [
        Text(row.comment, ConversationId(row.conversation_id), row.message_id or 0)
        for row in connection.execute(query)
    ]
    return grouped(found)[:limit]


def grouped(texts: list[Text]) -> list[Theme]:
    """Groups of texts whose words are alike; the largest first, each with its most typical text."""
    groups: list[tuple[frozenset[str], list[tuple[frozenset[str], Text]]]] = []
    for text in texts:
        stems = stems_of(text.words)
        if not stems:
            continue
        best, score = None, 0.0
        for group in groups:
            alike = max(_alike(stems, other) for other, _ in group[1][:20])
            if alike > score:
                best, score = group, alike
        if best is not None and score >= ALIKE:
            best[1].append((stems, text))
        else:
            groups.append((stems, [(stems, text)]))
    themes = [_theme(members) for _, members in groups]
    return sorted(themes, key=lambda theme: -theme.n)


def stems_of(words: str) -> frozenset[str]:
    """The words that carry meaning, cut to what their forms have in common."""
    found = (word.lower() for word in _WORD.findall(words))
    return frozenset(_stem(word) for word in found if word not in _stop())


@cache
def _stop() -> frozenset[str]:
    """Words that carry no meaning by themselves."""
    return frozenset(Path(__file__).with_name("stopwords.txt").read_text("utf-8").split())


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "en", "er", "s", "n", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _stem(word[: -len(ending)])
    return word


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _theme(members: list[tuple[frozenset[str], Text]]) -> Theme:
    common = Counter(stem for stems, _ in members for stem in stems)
    typical = max(members, key=lambda item: sum(common[stem] for stem in item[0]) / len(item[0]))
    shared = sorted(stem for stem, n in common.items() if 2 * n >= len(members))
    return Theme(
        key=redact(" ".join(shared or typical[0]))[:80],
        label=redact(" ".join(typical[1].words.split()))[:200],
        n=len(members),
        conversation_ids=list(dict.fromkeys(text.conversation_id for _, text in members))[:50],
        message_ids=[text.id for _, text in members if text.id][:50],
    )


def _topics(connection: Connection, first: date, last: date) -> dict[str, int]:
    query = (
        select(insight_daily.c.dim, func.sum(insight_daily.c.n))
        .where(insight_daily.c.measure == "topic", insight_daily.c.day.between(first, last))
        .group_by(insight_daily.c.dim)
    )
    return {str(dim): int(n) for dim, n in connection.execute(query)}
