"""Finding conversations by words: FTS5 on SQLite, tsvector on PostgreSQL, behind one function."""

import re

from sqlalchemy import Connection, Select, func, literal_column, or_, select, text, union

from care.record.schema import conversations, customers, messages

_WORD = re.compile(r"\w+", re.UNICODE)
MAX_WORDS = 8


def conversations_matching(connection: Connection, words: str) -> "Select[tuple[int]]":
    """A query of the ids of conversations that fit.

    Fits: `#4821` or a number, the conversation with it; otherwise messages in which every word
    occurs (the last one as a beginning), or a customer whose name or address has the whole text.
    """
    number = words.removeprefix("#").strip()
    parts = [
        _by_text(connection, words),
        select(conversations.c.id)
        .join(customers, customers.c.id == conversations.c.customer_id)
        .where(
            or_(
                func.lower(customers.c.name).contains(words.lower(), autoescape=True),
                func.lower(customers.c.email).contains(words.lower(), autoescape=True),
            )
        ),
    ]
    if number.isascii() and number.isdigit() and len(number) < 10:
        parts.append(select(conversations.c.id).where(conversations.c.id == int(number)))
    found = union(*parts).subquery()
    return select(found.c[0])


def _by_text(connection: Connection, words: str) -> "Select[tuple[int]]":
    found = _WORD.findall(words)[:MAX_WORDS]
    if not found:
        return select(messages.c.conversation_id).where(text("1 = 0"))
    if connection.dialect.name == "sqlite":
        match = " ".join(f'"{word}"' for word in found) + "*"
        return select(messages.c.conversation_id).where(
            messages.c.id.in_(
                select(literal_column("rowid", messages.c.id.type))
                .select_from(text("messages_fts"))
                .where(text("messages_fts MATCH :match").bindparams(match=match))
            )
        )
    query = " & ".join(f"{word}:*" if word is found[-1] else word for word in found)
    vector = func.to_tsvector(literal_column("'simple'::regconfig"), messages.c.text)
    asked = func.to_tsquery(literal_column("'simple'::regconfig"), query)
    return select(messages.c.conversation_id).where(vector.op("@@")(asked))
