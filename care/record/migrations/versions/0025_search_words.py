"""Search folds case and accents alike on both databases, takes addresses apart, knows customers.

FTS5 does both by itself. On PostgreSQL the index is on `careline_words(text)`: lower case, without
accents, every ASCII sign that is no letter or digit a space. It does not
depend on the locale of the database.
"""

import unicodedata
from collections.abc import Sequence

from alembic import op

revision: str = "0025"
down_revision: str | None = "0040"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

SQLITE = (
    """CREATE VIRTUAL TABLE customers_fts USING fts5(
        name, email, content='customers', content_rowid='id',
        tokenize='unicode61 remove_diacritics 2', prefix='2 3'
    )""",
    "INSERT INTO customers_fts(rowid, name, email) SELECT id, name, email FROM customers",
    """CREATE TRIGGER customers_fts_insert AFTER INSERT ON customers BEGIN
        INSERT INTO customers_fts(rowid, name, email) VALUES (new.id, new.name, new.email);
    END""",
    """CREATE TRIGGER customers_fts_delete AFTER DELETE ON customers BEGIN
        INSERT INTO customers_fts(customers_fts, rowid, name, email)
        VALUES ('delete', old.id, old.name, old.email);
    END""",
    """CREATE TRIGGER customers_fts_update AFTER UPDATE OF name, email ON customers BEGIN
        INSERT INTO customers_fts(customers_fts, rowid, name, email)
        VALUES ('delete', old.id, old.name, old.email);
        INSERT INTO customers_fts(rowid, name, email) VALUES (new.id, new.name, new.email);
    END""",
)
RANGES = ((0xC0, 0x250), (0x370, 0x530), (0x1E00, 0x2000))


def folds() -> tuple[str, str]:
    """Letters and what each is found as: lower case, without accents, one letter for one."""
    found = {}
    for code in [code for low, high in RANGES for code in range(low, high)]:
        letter = chr(code)
        plain = "".join(
            sign
            for sign in unicodedata.normalize("NFD", letter.lower())
            if not unicodedata.combining(sign)
        )
        if len(plain) == 1 and plain != letter:
            found[letter] = plain
    return "".join(found), "".join(found.values())


def postgres() -> tuple[str, ...]:
    """The function and the indexes on it."""
    letters, plain = folds()
    return (
        f"""CREATE FUNCTION careline_words(value text) RETURNS text
            LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
            SELECT regexp_replace(
                translate(lower(value), '{letters}', '{plain}'),
                '[\\x01-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f]+', ' ', 'g'
            )
            $body$""",
        "DROP INDEX ix_messages_text_search",
        "CREATE INDEX ix_messages_words ON messages "
        "USING gin (to_tsvector('simple'::regconfig, careline_words(text)))",
        "CREATE INDEX ix_customers_words ON customers USING gin (to_tsvector('simple'::regconfig, "
        "careline_words(coalesce(name, '') || ' ' || coalesce(email, ''))))",
    )


def upgrade() -> None:
    """Index customers, and messages anew on PostgreSQL."""
    connection = op.get_bind()
    for statement in SQLITE if connection.dialect.name == "sqlite" else postgres():
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """Back to the index of 0021."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER customers_fts_{name}")
        op.execute("DROP TABLE customers_fts")
        return
    for statement in (
        "DROP INDEX ix_customers_words",
        "DROP INDEX ix_messages_words",
        "DROP FUNCTION careline_words",
        "CREATE INDEX ix_messages_text_search ON messages "
        "USING gin (to_tsvector('simple'::regconfig, text))",
    ):
        op.execute(statement)
