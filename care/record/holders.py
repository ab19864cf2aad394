"""Who does a job that only one process may do, such as asking a platform for its news."""

import time

from sqlalchemy import Connection, insert, or_, select, update

from care.record.missing import do_insert_missing
from care.record.schema import counters
from care.record.schema_channels import holders


def do_hold(connection: Connection, name: str, holder: str, seconds: float) -> bool:
    """Take or prolong the job `name` for `seconds`; False where another process has it."""
    present = time.time()
    known = select(holders.c.name).where(holders.c.name == name)
    if connection.execute(known).first() is None:
        do_insert_missing(connection, holders, name=name, holder=holder, until=0.0)
    free = or_(holders.c.holder == holder, holders.c.until < present)
    step = update(holders).where(holders.c.name == name, free)
    return connection.execute(step.values(holder=holder, until=present + seconds)).rowcount == 1


def do_let_go(connection: Connection, holder: str) -> None:
    """Give up every job of this process."""
    connection.execute(update(holders).where(holders.c.holder == holder).values(until=0.0))


def do_let_all_go(connection: Connection) -> None:
    """Forget jobs of a process that is gone; only right where this is the only process."""
    connection.execute(update(holders).values(until=0.0))


def mark(connection: Connection, name: str) -> int | None:
    """The event number up to which the reader `name` has acted; None before its first time."""
    found = connection.execute(select(counters.c.value).where(counters.c.name == name)).scalar()
    return None if found is None else int(found)


def do_begin_mark(connection: Connection, name: str, value: int) -> int:
    """Set the first mark of a reader, unless it has one; returns the one in force."""
    known = mark(connection, name)
    if known is not None:
        return known
    connection.execute(insert(counters).values(name=name, value=value))
    return value


def do_move_mark(connection: Connection, name: str, old: int, new: int) -> bool:
    """Move a reader on; False where another process was faster, which then acts alone."""
    step = update(counters).where(counters.c.name == name, counters.c.value == old)
    return connection.execute(step.values(value=new)).rowcount == 1
