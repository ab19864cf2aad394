"""Settings that people change at the desk while everything runs; kept in the record as JSON."""

from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.record.record import now
from care.record.schema_desk import desk_settings

DEFAULTS: dict[str, dict[str, Any]] = {
    "assignment": {
        "automatic": False,
        "strategy": "round_robin",
        "return_seconds": 180,
        "grace_seconds": 30,
        "rules": [],
    },
    "hours": {
        "time_zone": "Europe/Berlin",
        "week": {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        | {"sat": [["09:00", "16:00"]], "sun": []},
        "holidays": [],
    },
    "sla": {
        "policies": [
            {
                "name": "Urgent",
                "priority": "urgent",
                "channel": None,
                "team_id": None,
                "first": 120,
                "next": 300,
                "resolution": 4 * 3600,
                "in_hours": False,
            },
            {
                "name": "Standard",
                "priority": None,
                "channel": None,
                "team_id": None,
                "first": 300,
                "next": 900,
                "resolution": 24 * 3600,
                "in_hours": True,
            },
        ]
    },
}


def desk_setting(connection: Connection, key: str) -> dict[str, Any]:
    """The setting `key`, with its default for what was never set. Raises KeyError for others."""
    default = DEFAULTS[key]
    query = select(desk_settings.c.value).where(desk_settings.c.key == key)
    stored = connection.execute(query).scalar()
    return {**default, **(stored or {})}


def do_set_desk_setting(connection: Connection, key: str, value: dict[str, Any]) -> None:
    """Replace the setting `key`; the value is checked by who calls."""
    if key not in DEFAULTS:
        raise KeyError(key)
    time = now()
    change = update(desk_settings).where(desk_settings.c.key == key)
    if connection.execute(change.values(value=value, updated_at=time)).rowcount == 0:
        connection.execute(insert(desk_settings).values(key=key, value=value, updated_at=time))
