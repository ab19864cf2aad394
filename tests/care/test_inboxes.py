"""Inbox settings are checked before they are kept, and saved without losing somebody's change."""

from typing import Any

import pytest
from sqlalchemy import Connection

from care.inboxes import (
    BadInbox,
    InboxSettings,
    Outdated,
    all_inboxes,
    as_json,
    contrast,
    do_keep_preview,
    do_save_inbox,
    find_inbox,
    settings_of,
)
from care.record.ids import AgentId
from care.record.record import Record, now
from care.record.schema import agents


def test_default_inbox_is_there_without_being_saved(record: Record) -> None:
    found = record.read_now(find_inbox, "default")
    assert found is not None
    assert (found.settings, found.version) == (InboxSettings(), 0)
    assert record.read_now(find_inbox, "other") is None


def test_saved_settings_come_back_the_same(record: Record) -> None:
    value = {
        "accent": "#102030",
        "origins": ["https://Shop.example", "http://localhost:3000/"],
        "form": [{"name": "topic", "label": "Topic", "kind": "choice", "choices": ["A", "B"]}],
        "hours": {"time_zone": "Europe/Berlin", "week": {"mon": [["09:00", "17:00"]]}},
        "texts": {"de": {"greeting": "Guten Tag"}},
        "transcript": False,
    }
    saved = record.write_now(do_save_inbox, "outlet", value, 0, None)
    found = record.read_now(find_inbox, "outlet")
    assert found == saved
    assert saved.settings.origins == ("https://shop.example", "http://localhost:3000")
    assert settings_of(as_json(saved.settings)) == saved.settings
    assert [one.name for one in record.read_now(all_inboxes)] == ["default", "outlet"]


def test_second_saver_of_the_same_version_is_told(record: Record) -> None:
    record.write_now(do_save_inbox, "default", {"radius": 4}, 0, None)
    with pytest.raises(Outdated):
        record.write_now(do_save_inbox, "default", {"radius": 8}, 0, None)
    found = record.read_now(find_inbox, "default")
    assert found is not None
    assert (found.settings.radius, found.version) == (4, 1)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"accent": "red"}, "accent"),
        ({"accent": "#ffffff"}, "ink"),
        ({"side": "top"}, "side"),
        ({"scheme": "sepia"}, "scheme"),
        ({"radius": 99}, "radius"),
        ({"radius": True}, "radius"),
        ({"files": "yes"}, "files"),
        ({"unknown": 1}, "unknown"),
        ({"origins": ["shop.example"]}, "origins"),
        ({"origins": ["https://shop.example/path"]}, "origins"),
        ({"origins": "https://shop.example"}, "origins"),
        ({"origins": [5]}, "origins"),
        ({"form": [{"name": "Bad Name", "label": "x"}]}, "form"),
        ({"form": [{"name": "a", "label": ""}]}, "form"),
        ({"form": [{"name": "a", "label": "x", "kind": "password"}]}, "form"),
        ({"form": [{"name": "a", "label": "x", "kind": "choice", "choices": ["one"]}]}, "form"),
        ({"form": [{"name": "a", "label": "x"}, {"name": "a", "label": "y"}]}, "form"),
        ({"form": ["name"]}, "form"),
        ({"hours": {"time_zone": "Mars/Base", "week": {}}}, "hours"),
        ({"hours": {"time_zone": "UTC", "week": {"mon": [["17:00", "09:00"]]}}}, "hours"),
        ({"hours": "always"}, "hours"),
        ({"texts": {"xx": {}}}, "texts"),
        ({"texts": {"en": {"greeting": "x" * 501}}}, "texts"),
        ({"texts": {"en": {"greeting": 5}}}, "texts"),
        ([], ""),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    record: Record, value: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInbox) as refused:
        record.write_now(do_save_inbox, "default", value, 0, None)
    assert refused.value.field == field
    assert str(refused.value)


def test_names_are_plain(record: Record) -> None:
    for name in ("", "Outlet", "a b", "../x", "-a", "x" * 41):
        with pytest.raises(BadInbox):
            record.write_now(do_save_inbox, name, {}, 0, None)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_preview_is_kept_apart_from_the_inboxes(record: Record) -> None:
    def add_agent(connection: Connection) -> AgentId:
        row = {"email": "a@b.example", "name": "A", "role": "owner", "created_at": now()}
        added = agents.insert().values(**row, active=True, capacity=6, settings={})
        return AgentId(connection.execute(added.returning(agents.c.id)).scalar_one())

    agent = record.write_now(add_agent)
    for radius in (3, 5):
        name = record.write_now(do_keep_preview, agent, {"radius": radius})
    found = record.read_now(find_inbox, name)
    assert found is not None
    assert found.settings.radius == 5
    assert [one.name for one in record.read_now(all_inboxes)] == ["default"]
    with pytest.raises(BadInbox):
        record.write_now(do_save_inbox, name, {}, 0, None)
