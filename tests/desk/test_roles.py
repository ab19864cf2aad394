"""Roles: what is hidden is hidden in lists, search, addresses and on the line; the audit log."""

import json

import pytest
from playwright.sync_api import expect

from care.record.agents import Role
from tests.desk.office import Office


@pytest.mark.parametrize("sight", ["own", "team"])
def test_a_role_hides_in_list_search_address_and_frames(office: Office, sight: str) -> None:
    other_team = office.team()
    mine = office.team()
    lead = office.agent(role=Role.SUPERVISOR)
    desk = office.agent(sight=sight, teams=(mine,))
    heard: list[str] = []
    desk.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda f: heard.append(str(f)))
    )
    office.go(desk)
    guest = office.waiting("a secret about zinnias")
    path = f"/conversations/{guest.conversation_id}"
    lead.open_id(guest.conversation_id)
    if sight == "team":  # sees it while it waits: what it is told of that is not of later
        expect(desk.view("Unassigned").row(guest.name)).to_be_visible()
    lead.claim()
    if sight == "team":
        expect(desk.row(guest.name)).to_have_count(0)
    heard.clear()
    assert lead.api("PUT", f"{path}/team", {"team_id": other_team})["status"] == 200
    lead.say("we keep this between us")
    guest.says("more about zinnias")
    expect(lead.bubble("more about zinnias", "customer")).to_be_visible()
    assert desk.api("GET", path)["status"] == 403
    assert desk.api("GET", f"{path}/activity")["status"] == 403
    assert desk.api("POST", f"{path}/claim", {})["status"] == 403
    assert desk.api("POST", f"{path}/notes", {"key": "k", "text": "x"})["status"] == 403
    for view in ("mine", "unassigned", "all", "resolved"):
        for words in ("", "zinnias", f"%23{guest.conversation_id}"):
            found = desk.api("GET", f"/conversations?view={view}&q={words}")["body"]
            assert guest.conversation_id not in [row["id"] for row in found["rows"]]
    answer = desk.page.goto(f"{office.server.url}/desk/c/{guest.conversation_id}")
    assert answer is not None
    assert answer.status == 403
    expect(desk.page.get_by_role("heading", level=1)).to_have_text(
        "You cannot see this conversation"
    )
    told = [json.loads(text) for text in heard if text.startswith("{")]
    about = [f for f in told if f.get("conversation_id") == guest.conversation_id]
    assert all(f.get("kind") == "conversation.hidden" for f in about)
    assert "between us" not in "".join(heard)
    assert "zinnias" not in "".join(heard)


def test_an_own_only_agent_sees_what_is_given_to_them_and_loses_it_with_it(
    office: Office,
) -> None:
    desk = office.agent(sight="own")
    lead = office.agent(role=Role.SUPERVISOR)
    guest = office.waiting()
    lead.open_id(guest.conversation_id).claim()
    expect(desk.view("All").row(guest.name)).to_have_count(0)
    body = {"agent_id": desk.agent_id, "comment": "for you"}
    path = f"/conversations/{guest.conversation_id}/transfer"
    assert lead.api("POST", path, body)["status"] == 200
    expect(desk.view("Mine").row(guest.name)).to_be_visible()
    desk.open(guest.name)
    desk.page.get_by_role("button", name="Accept").click()
    expect(desk.owner).to_have_text("Yours")
    assert desk.api("POST", path, {"agent_id": lead.agent_id, "comment": ""})["status"] == 200
    lead.page.get_by_role("button", name="Accept").click()
    expect(lead.owner).to_have_text("Yours")
    expect(desk.page.get_by_role("alert")).to_contain_text("does not let you see")
    expect(desk.row(guest.name)).to_have_count(0)


def test_agents_cannot_reach_what_leads_change(office: Office) -> None:
    desk = office.agent()
    expect(desk.page.locator('.nav-link[href="/desk/settings"]')).to_have_count(0)
    for method, path in (
        ("GET", "/people"),
        ("POST", "/invitations"),
        ("PUT", "/settings/hours"),
        ("GET", "/audit"),
        ("GET", "/review"),
        ("POST", "/training"),
        ("GET", "/reports"),
        ("POST", "/teams"),
        ("PUT", "/inboxes/default"),
    ):
        assert desk.api(method, path, None if method == "GET" else {})["status"] == 403


def test_a_supervisor_cannot_make_or_change_owners(office: Office) -> None:
    owner_id, _, _ = office.employ(role=Role.OWNER)
    lead = office.agent(role=Role.SUPERVISOR)
    body = {"email": "x@example.com", "role": "owner", "sight": "all"}
    assert lead.api("POST", "/invitations", body)["status"] == 403
    assert lead.api("PATCH", f"/people/{owner_id}", {"active": False})["status"] == 403
    assert lead.api("POST", f"/people/{owner_id}/reset", {})["status"] == 403
    assert lead.api("PATCH", f"/people/{lead.agent_id}", {"role": "owner"})["status"] == 403


def test_somebody_deactivated_is_out_at_once(office: Office) -> None:
    desk = office.agent()
    owner = office.agent(role=Role.OWNER)
    assert owner.api("PATCH", f"/people/{desk.agent_id}", {"active": False})["status"] == 204
    expect(desk.page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()


def test_every_action_leaves_an_audit_row(office: Office) -> None:
    guest = office.waiting()
    colleague = office.agent()
    desk = office.agent().open_id(guest.conversation_id).claim()
    path = f"/conversations/{guest.conversation_id}"
    desk.say("hello")
    steps = [
        ("POST", "/notes", {"key": "n1", "text": "note"}, "note.added"),
        ("PUT", "/priority", {"priority": "high"}, "priority.set"),
        ("PUT", "/team", {"team_id": office.team()}, "team.set"),
        ("POST", "/tags", {"tag": "vip"}, "tag.added"),
        ("DELETE", "/tags/vip", None, "tag.removed"),
        ("POST", "/transfer", {"agent_id": colleague.agent_id}, "transfer.offered"),
        ("POST", "/transfer/cancel", {}, "transfer.cancelled"),
        ("POST", "/snooze", {"until": "2099-01-01T00:00:00Z"}, None),
        ("POST", "/snooze", {"until": None}, "conversation.snoozed"),
        ("POST", "/reopen", {}, "conversation.woken"),
        ("POST", "/release", {}, "conversation.released"),
        ("POST", "/claim", {}, "conversation.claimed"),
        ("POST", "/hand-back", {}, "conversation.handed_back"),
        ("POST", "/claim", {}, "conversation.claimed"),
        ("POST", "/resolve", {}, "conversation.resolved"),
        ("POST", "/reopen", {}, "conversation.reopened"),
    ]
    wanted = ["conversation.claimed", "message.sent"]
    for method, action, body, row in steps:
        status = desk.api(method, path + action, body)["status"]
        assert status == (400 if row is None else 200), action
        wanted += [row] if row else []
    target = f"conversation:{guest.conversation_id}"
    rows = office.server.rows(
        f"SELECT action, agent_id FROM audit WHERE target = '{target}' ORDER BY id"
    )
    assert [row["action"] for row in rows] == wanted
    assert {row["agent_id"] for row in rows} == {desk.agent_id}
    desk.page.get_by_role("button", name="Show what was done").click()
    expect(desk.page.locator(".activity")).to_contain_text("gave it back to the assistant")
