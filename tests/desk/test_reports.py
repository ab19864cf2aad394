"""Reports equal the record, and show what is behind each figure."""

from playwright.sync_api import expect

from care.record.agents import Role
from tests.desk.office import Office, no_violations


def test_a_report_equals_the_record_and_drills_down(office: Office) -> None:
    office.setting("hours", time_zone="UTC")
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.say("done").press("Resolve")
    expect(desk.owner).to_have_text("Resolved")
    lead = office.agent(role=Role.SUPERVISOR)
    violations = no_violations(lead.page)
    office.go(lead, "/desk/reports")
    first = "date('now', '-13 days')"
    queries = {
        "opened": f"SELECT count(*) AS n FROM conversations WHERE opened_at >= {first}",
        "handoffs": f"SELECT count(*) AS n FROM handoffs WHERE requested_at >= {first}",
        "resolved": f"SELECT count(*) AS n FROM conversations WHERE resolved_at >= {first}",
    }
    for measure, query in queries.items():
        wanted = office.server.rows(query)[0]["n"]
        assert wanted > 0
        figure = lead.page.locator(f'[data-measure="{measure}"]')
        expect(figure).to_contain_text(f"{wanted} n = {wanted}")
    chart = lead.page.locator("section.chart").filter(has_text="Resolved").first
    expect(chart.locator("svg").first).to_be_visible()
    chart.get_by_role("button", name="Show as table").click()
    today = "SELECT count(*) AS n FROM conversations WHERE resolved_at >= date('now')"
    wanted = office.server.rows(today)[0]["n"]
    chart.get_by_role("row").last.get_by_role("button").click()
    dialog = lead.page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(wanted)
    dialog.get_by_role("link", name=f"{guest.name} #{guest.conversation_id}").click()
    expect(lead.bubble("done")).to_be_visible()
    assert violations == []


def test_the_median_wait_is_that_of_the_handoffs(office: Office) -> None:
    office.setting("hours", time_zone="UTC")
    guest = office.waiting()
    office.agent().open_id(guest.conversation_id).claim().say("hello")
    lead = office.agent(role=Role.SUPERVISOR)
    found = lead.api("GET", "/reports")["body"]["measures"]
    measure = next(one for one in found if one["name"] == "first_reply")
    waits = sorted(
        row["w"]
        for row in office.server.rows(
            "SELECT (julianday(first_reply_at) - julianday(requested_at)) * 86400 AS w "
            "FROM handoffs WHERE first_reply_at IS NOT NULL"
        )
    )
    middle = len(waits) // 2
    median = waits[middle] if len(waits) % 2 else (waits[middle - 1] + waits[middle]) / 2
    assert measure["n"] == len(waits)
    assert abs(measure["total"] - median) < 0.01
