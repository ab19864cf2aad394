"""The audit log and what it tells of are one: neither is kept without the other."""

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from care.record.ids import Author
from care.record.messages import messages_of
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office

DEEDS = {
    "replies": {"key": "one", "text": "On its way"},
    "notes": {"key": "one", "text": "Asked the carrier"},
    "hand-back": {},
    "resolve": {},
}


@contextlib.contextmanager
def no_audit(office: Office) -> Iterator[None]:
    """While this lasts, the database takes no row of the audit log."""

    def run(*statements: str) -> None:
        def each(connection: Connection) -> None:
            for statement in statements:
                connection.exec_driver_sql(statement)

        office.record.write_now(each)

    if office.record.sqlite:
        body = "BEGIN SELECT RAISE(ABORT, 'no audit'); END"
        run(f"CREATE TRIGGER no_audit BEFORE INSERT ON audit {body}")
    else:
        run(
            "CREATE FUNCTION no_audit() RETURNS trigger LANGUAGE plpgsql "
            "AS 'BEGIN RAISE EXCEPTION ''no audit''; END'",
            "CREATE TRIGGER no_audit BEFORE INSERT ON audit EXECUTE FUNCTION no_audit()",
        )
    try:
        yield
    finally:
        if office.record.sqlite:
            run("DROP TRIGGER no_audit")
        else:
            run("DROP TRIGGER no_audit ON audit", "DROP FUNCTION no_audit()")


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_is_done_that_the_audit_log_could_not_tell(
    office: Office, ana: Colleague, deed: str
) -> None:
    where = office.waiting()
    path = f"/conversations/{where}"
    ana.do(f"{path}/claim")
    before, audited = office.kinds(where), office.audited(where)
    said = len(office.record.read_now(messages_of, where))
    with no_audit(office):
        assert ana.call("POST", f"{path}/{deed}", DEEDS[deed]).status_code >= 500
    row = ana.get(path)["row"]
    assert (row["owner"], row["agent_id"], row["status"]) == ("agent", ana.id, "open")
    assert office.kinds(where) == before
    assert len(office.record.read_now(messages_of, where)) == said
    ana.do(f"{path}/{deed}", **DEEDS[deed])
    assert len(office.audited(where)) == len(audited) + 1


def test_what_was_done_before_leaves_no_second_row(office: Office, ana: Colleague) -> None:
    where = office.waiting()
    path = f"/conversations/{where}"
    ana.do(f"{path}/claim")
    for deed in ("replies", "notes", "resolve"):
        for _ in range(2):
            ana.do(f"{path}/{deed}", **DEEDS[deed])
    assert [action for _, action in office.audited(where)] == [
        "conversation.claimed",
        "message.sent",
        "note.added",
        "conversation.resolved",
    ]
    said = office.record.read_now(messages_of, where)
    assert len([one for one in said if one.author is Author.AGENT]) == 2
