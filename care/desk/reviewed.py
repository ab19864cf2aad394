"""The file of reviewed examples: what the assistant learns from corrections.

The record is the truth; the file is written anew from it after every decision, with who accepted
each example and when. Texts were stripped of personal data when they were kept, and read by a
person when they were accepted.
"""

import os
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, select

from care.record.schema import agents
from care.record.schema_desk import corrections
from care.settings import Settings

HEADER = (
    "# Examples from real conversations, accepted at the desk (Review). Written by the care server:\n"
    "# change them there, not here.\n"
)


def reviewed_path(data_dir: Path) -> Path:
    """Where the file is."""
    return data_dir / "nlu" / "reviewed.yml"


def plain_example(text: str) -> str:
    """One line without the signs that mark entities in training data."""
    return " ".join(re.sub(r"[\[\]{}|]", " ", text).split())


def reviewed_file(connection: Connection) -> tuple[str, int]:
    """The file's content with all accepted examples, and how many they are."""
    items = _accepted(connection)
    content = {"version": "3.1", "nlu": _nlu(items)}
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    return HEADER + body, len(items)


def keep_reviewed(connection: Connection, settings: Settings) -> int:
    """Write all accepted examples; returns how many. The file is exchanged at once.

    A trainer in another container gets them with each training instead: there is no file then.
    """
    content, count = reviewed_file(connection)
    if not settings.trainer_url:
        path = reviewed_path(settings.data_dir)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.new")
        draft.write_text(content, encoding="utf-8")
        draft.replace(path)
    return count


def _accepted(connection: Connection) -> list[Any]:
    query = (
        select(
            corrections.c.id,
            corrections.c.intent,
            corrections.c.text,
            corrections.c.reviewed_at,
            agents.c.name,
        )
        .outerjoin(agents, agents.c.id == corrections.c.reviewed_by)
        .where(corrections.c.state == "accepted", corrections.c.intent.is_not(None))
        .order_by(corrections.c.intent, corrections.c.id)
    )
    return [row for row in connection.execute(query) if plain_example(row.text)]


def _nlu(items: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "intent": intent,
            "examples": [
                {
                    "text": plain_example(row.text) + "\n",
                    "metadata": {
                        "correction": row.id,
                        "accepted_by": row.name,
                        "accepted_at": row.reviewed_at.isoformat(timespec="seconds"),
                    },
                }
                for row in rows
            ],
        }
        for intent, rows in groupby(items, key=lambda row: row.intent)
    ]
