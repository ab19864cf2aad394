"""A chat that got another name on its platform: its threads follow."""

from sqlalchemy import Connection, select, update

from care.record.schema import conversations


def do_move_chat(connection: Connection, old: int, new: int) -> int:
    """A Telegram group became a supergroup under another id; returns how many threads moved."""
    prefix = f"tg:{old}:"
    query = select(conversations.c.id, conversations.c.sender).where(
        conversations.c.sender.startswith(prefix, autoescape=True)
    )
    rows = connection.execute(query).all()
    for row in rows:
        name = f"tg:{new}:{row.sender.removeprefix(prefix)}"
        change = update(conversations).where(conversations.c.id == row.id)
        connection.execute(change.values(sender=name))
    return len(rows)
