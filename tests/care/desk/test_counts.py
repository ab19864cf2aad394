"""The numbers beside the views. They are counted up to a limit, so these tests come before those
that fill the inbox.
"""

from care.desk.listing import COUNT_LIMIT
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office


def test_counts_are_of_what_a_role_sees_and_follow_every_change(
    office: Office, ana: Colleague
) -> None:
    stranger = office.colleague(sight="own")
    assert stranger.get("/counts") == {"mine": 0, "unassigned": 0, "all": 0}
    line = ana.line()
    line.ready()
    before = ana.get("/counts")
    where = office.waiting()
    line.events(office.last_seq())
    waits = ana.get("/counts")
    more = {name: min(before[name] + 1, COUNT_LIMIT) for name in ("unassigned", "all")}
    assert waits == {**before, **more}
    ana.do(f"/conversations/{where}/claim")
    line.events(office.last_seq())
    taken = ana.get("/counts")
    assert taken == {"mine": 1, "unassigned": before["unassigned"], "all": more["all"]}
    assert ana.get("/conversations", view="mine")["counts"] == taken
    assert stranger.get("/counts") == {"mine": 0, "unassigned": 0, "all": 0}
    line.close()
