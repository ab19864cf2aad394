"""Finding old words: FTS5 on SQLite, tsvector with GIN on PostgreSQL, behind the same functions.

Upper and lower case, Latin letters with and without accents are the same. Every word must occur in a message;
the last letter typed may be inside a word (prefix). What is written together with signs between
(`ana@example.com`, `20-4711`) must stand together. Nothing that is typed is taken as a command.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    union,
)

from care.record.ids import Author, ConversationId, MessageId, number_of
from care.record.schema import conversations, customers, messages
from care.record.schema_desk import desk_states

MAX_PIECES = 8
MAX_LENGTH = 200
SHOWN = 160
"""Letters of a message that a hit shows."""
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the words were found. Without message: the customer, or the number, fits.

    `snippet` is raw text around the first word; `public` is false for notes.
    """

    conversation_id: ConversationId
    message_id: MessageId | None
    author: Author | None
    public: bool
    snippet: str
    at: datetime


def search(
    connection: Connection,
    asked: str,
    visible: ColumnElement[bool] | None = None,
    limit: int = 20,
    before: int | None = None,
) -> list[Hit]:
    """Where the words occur, newest messages first; `before`: only messages with a smaller id.

    `visible` is a condition on conversations joined (outer) with desk_states: what it hides is not
    found. The first page begins with conversations whose customer or number fits.
    """
    shown = visible if visible is not None else true()
    heads = [] if before is not None else _heads(connection, asked, shown, limit)
    matches = _matches(connection, asked)
    if matches is None:
        return heads
    query = (
        select(
            messages.c.id,
            messages.c.conversation_id,
            messages.c.author,
            messages.c.public,
            messages.c.text,
            messages.c.created_at,
        )
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .outerjoin(desk_states, desk_states.c.conversation_id == conversations.c.id)
        .where(matches, shown, messages.c.deleted_at.is_(None))
        .order_by(messages.c.id.desc())
        .limit(max(limit - len(heads), 0))
    )
    if before is not None:
        query = query.where(messages.c.id < before)
    return heads + [
        Hit(
            ConversationId(row.conversation_id),
            MessageId(row.id),
            Author(row.author),
            row.public,
            snippet(row.text, asked),
            row.created_at,
        )
        for row in connection.execute(query)
    ]


def conversations_matching(connection: Connection, words: str) -> "Select[tuple[int]]":
    """A query of the ids of conversations that fit: by number (`#4821`), words or customer."""
    matches = _matches(connection, words)
    by_message = select(messages.c.conversation_id).where(
        matches if matches is not None else text("1 = 0"), messages.c.deleted_at.is_(None)
    )
    by_head = select(conversations.c.id).where(_head(connection, words))
    found = union(by_message, by_head).subquery()
    return select(found.c[0])


def snippet(whole: str, asked: str, length: int = SHOWN) -> str:
    """At most `length` letters of a message around the first word that was asked for."""
    line = " ".join(whole.split())
    if len(line) <= length:
        return line
    words = _WORD.findall(asked)
    found = re.search(re.escape(words[0]), line, re.IGNORECASE) if words else None
    start = max(0, min((found.start() if found else 0) - length // 3, len(line) - length))
    return ("…" if start else "") + line[start : start + length].strip() + "…"


def pieces_of(asked: str) -> list[list[str]]:
    """What was typed, as pieces of words that must stand together; at most MAX_PIECES."""
    clean = asked[:MAX_LENGTH].encode("utf-8", "ignore").decode().replace("\x00", " ")
    found = [_WORD.findall(piece) for piece in clean.split()]
    return [words for words in found if words][:MAX_PIECES]


def _heads(connection: Connection, asked: str, shown: ColumnElement[bool], limit: int) -> list[Hit]:
    """The newest conversations whose number or customer fits."""
    query = (
        select(conversations.c.id, conversations.c.last_message_at, customers)
        .join(customers, customers.c.id == conversations.c.customer_id)
        .outerjoin(desk_states, desk_states.c.conversation_id == conversations.c.id)
        .where(_head(connection, asked), shown)
        .order_by(conversations.c.id.desc())
        .limit(limit)
    )
    return [
        Hit(
            ConversationId(row.id),
            None,
            None,
            True,
            " ".join(part for part in (row.name, row.email) if part),
            row.last_message_at,
        )
        for row in connection.execute(query)
    ]


def _head(connection: Connection, asked: str) -> ColumnElement[bool]:
    """The condition that a conversation's number or customer fits."""
    number = number_of(asked.strip().removeprefix("#"))
    parts: list[ColumnElement[bool]] = [conversations.c.id == (number or -1)]
    pieces = pieces_of(asked)
    if pieces:
        parts.append(conversations.c.customer_id.in_(_customers(connection, pieces)))
    return or_(*parts)


def _matches(connection: Connection, asked: str) -> ColumnElement[bool] | None:
    """The condition that a message has the words; None where nothing was asked."""
    pieces = pieces_of(asked)
    if not pieces:
        return None
    if connection.dialect.name == "sqlite":
        return messages.c.id.in_(_fts("messages_fts", messages.c.id, pieces))
    vector = func.to_tsvector(_SIMPLE, func.careline_words(messages.c.text))
    return vector.op("@@", is_comparison=True)(_tsquery(connection, pieces))


def _customers(connection: Connection, pieces: list[list[str]]) -> Any:
    if connection.dialect.name == "sqlite":
        return _fts("customers_fts", customers.c.id, pieces)
    known = func.coalesce(customers.c.name, _EMPTY).concat(_SPACE)
    known = known.concat(func.coalesce(customers.c.email, _EMPTY))
    vector = func.to_tsvector(_SIMPLE, func.careline_words(known))
    asked = _tsquery(connection, pieces)
    return select(customers.c.id).where(vector.op("@@", is_comparison=True)(asked))


_SIMPLE: Any = literal_column("'simple'::regconfig")
_EMPTY: Any = literal_column("''")
_SPACE: Any = literal_column("' '")


def _fts(table: str, key: Any, pieces: list[list[str]]) -> Any:
    """The rows of an FTS5 table with all pieces: each a quoted phrase, the last one a beginning."""
    match = " ".join('"' + " ".join(words) + '"' for words in pieces) + "*"
    return (
        select(literal_column("rowid", key.type))
        .select_from(text(table))
        .where(text(f"{table} MATCH :match_{table}").bindparams(**{f"match_{table}": match}))
    )


def _tsquery(connection: Connection, pieces: list[list[str]]) -> Any:
    """The same for PostgreSQL. The words are folded by the function that the index uses."""
    joined = " ".join(word for words in pieces for word in words)
    folded = connection.execute(
        select(func.careline_words(bindparam("words", joined)))
    ).scalar_one()
    plain = iter(str(folded).split())
    phrases = [[f"'{next(plain)}'" for _ in words] for words in pieces]
    query = " & ".join(" <-> ".join(words) for words in phrases) + ":*"
    return func.to_tsquery(_SIMPLE, query)
