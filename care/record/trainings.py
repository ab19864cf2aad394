"""Trainings of the assistant that were started at the desk, with accuracy before and after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.record.ids import AgentId
from care.record.record import now
from care.record.schema_desk import trainings

LONGEST = timedelta(hours=2)
"""A run that has not ended after this time has died with its server."""


@dataclass(frozen=True, slots=True)
class Training:
    """One run. `before` and `after`: what the models made of held-out messages (`accuracy`,
    `messages`, `model`, …); `live_at`: put to work; `error`: a code, see the desk's words."""

    id: int
    state: str
    started_by: AgentId | None
    examples: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    model: str | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None
    live_at: datetime | None


def last_training(connection: Connection) -> Training | None:
    """The newest run."""
    row = connection.execute(select(trainings).order_by(trainings.c.id.desc()).limit(1)).first()
    return None if row is None else Training(**row._mapping)


def last_done(connection: Connection) -> Training | None:
    """The newest run that gave a model."""
    query = select(trainings).where(trainings.c.state == "done")
    row = connection.execute(query.order_by(trainings.c.id.desc()).limit(1)).first()
    return None if row is None else Training(**row._mapping)


def do_start_training(connection: Connection, agent_id: AgentId, examples: int) -> int | None:
    """Note that a run begins; None where one is under way."""
    last = last_training(connection)
    if last is not None and last.state == "running":
        if now() - last.started_at < LONGEST:
            return None
        do_end_training(connection, last.id, error="stopped")
    added = insert(trainings).values(
        state="running", started_by=agent_id, examples=examples, started_at=now()
    )
    return int(connection.execute(added.returning(trainings.c.id)).scalar_one())


def do_end_training(
    connection: Connection,
    training_id: int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """Note how a run ended: with its measures, or with the reason of its failure."""
    change = update(trainings).where(trainings.c.id == training_id)
    connection.execute(
        change.values(
            state="failed" if error else "done",
            before=before,
            after=after,
            model=(after or {}).get("model"),
            error=error,
            finished_at=now(),
        )
    )


def do_mark_live(connection: Connection, training_id: int, model: str) -> None:
    """Note that the assistant works with the model of this run."""
    change = update(trainings).where(trainings.c.id == training_id)
    connection.execute(change.values(model=model, live_at=now()))


def do_fail_interrupted(connection: Connection) -> None:
    """Runs that a stopped server left behind have failed."""
    change = update(trainings).where(trainings.c.state == "running")
    connection.execute(change.values(state="failed", error="stopped", finished_at=now()))
