"""Reports, agenda and cases over HTTP: guarded by role, checked at the edge."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from care.feedback.recovery import do_open_case
from care.record.agents import Role, do_add_agent, do_sign_in
from care.record.feedback import do_add_feedback
from care.record.ids import FeedbackKind
from tests.support.assistant import SmallAssistant
from tests.support.desk import new_conversation
from tests.support.server import CareServer


class Desk:
    """A signed-in agent's calls."""

    def __init__(self, server: CareServer, name: str, role: Role, **settings: Any) -> None:
        self.server = server
        record = server.record()
        address = f"{name.lower()}@example.com"
        self.agent = record.write_now(do_add_agent, address, name, role, None, settings)
        token = record.write_now(do_sign_in, self.agent, "test", 12)
        record.close()
        self.session = requests.Session()
        self.session.cookies.set("careline_desk", token)
        self.session.headers["X-Careline"] = "desk"
        self.session.headers["Origin"] = server.url

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.server.url}/api/desk{path}", timeout=60)

    def post(self, path: str, **body: Any) -> requests.Response:
        return self.session.post(f"{self.server.url}/api/desk{path}", json=body, timeout=60)


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, assistant: SmallAssistant
) -> Iterator[CareServer]:
    """A care server of this module's own."""
    started = CareServer(tmp_path_factory.mktemp("insight"), assistant.url).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def lead(server: CareServer) -> Desk:
    return Desk(server, "Olga", Role.SUPERVISOR)


@pytest.fixture(scope="module")
def agent(server: CareServer) -> Desk:
    return Desk(server, "Ana", Role.AGENT, sight="own")


@pytest.mark.parametrize(
    "path",
    [
        "/insight",
        "/insight/csat",
        "/insight/csat/behind",
        "/insight/themes",
        "/insight/volume-by-hour",
        "/agenda",
    ],
)
def test_reports_are_for_owners_and_supervisors(
    server: CareServer, lead: Desk, agent: Desk, path: str
) -> None:
    assert lead.get(path).status_code == 200
    refused = agent.get(path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    assert requests.get(f"{server.url}/api/desk{path}", timeout=60).status_code == 401


def test_every_measure_is_in_the_report_with_what_explains_it(lead: Desk) -> None:
    body = lead.get("/insight?from=2026-03-01&to=2026-03-31&channel=web").json()
    assert (body["from"], body["to"], body["channel"]) == ("2026-03-01", "2026-03-31", "web")
    assert len(body["measures"]) >= 20
    for row in body["measures"]:
        assert {"name", "formula", "owner", "target", "reference", "n", "side"} <= set(row)


@pytest.mark.parametrize(
    "path",
    [
        "/insight?from=yesterday",
        "/insight?from=2026-03-31&to=2026-03-01",
        "/insight?from=2020-01-01&to=2026-01-01",
        "/insight?to=0001-01-01",
        "/insight/csat/behind?value=x",
        "/insight/csat/behind?before=1e9",
        "/agenda?week=soon",
    ],
)
def test_spans_and_numbers_are_checked(lead: Desk, path: str) -> None:
    answer = lead.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_an_unknown_measure_is_not_found(lead: Desk) -> None:
    assert lead.get("/insight/magic").status_code == 404
    assert lead.post("/insight/magic/reviews", decision="x").status_code == 404


def test_a_target_and_a_review_are_kept_and_audited(server: CareServer, lead: Desk) -> None:
    assert lead.post("/insight/csat/target", target=0.85, owner_id=lead.agent).status_code == 200
    assert lead.post("/insight/csat/reviews", decision="Keep it").status_code == 201
    body = lead.get("/insight/csat").json()
    assert (body["target"], body["owner"], body["overdue"]) == (0.85, "Olga", False)
    assert body["reviews"][0]["decision"] == "Keep it"
    assert lead.post("/insight/csat/target", target="high").status_code == 400
    assert lead.post("/insight/csat/target", target=True).status_code == 400
    assert lead.post("/insight/csat/target", target=1, owner_id=999).status_code == 400
    actions = {row["action"] for row in server.rows("SELECT action FROM audit")}
    assert {"measure.set", "measure.reviewed"} <= actions


def test_only_the_owner_may_count_anew(server: CareServer, lead: Desk) -> None:
    assert lead.post("/insight/rebuild").status_code == 403
    owner = Desk(server, "Oda", Role.OWNER)
    assert owner.post("/insight/rebuild").status_code == 202


def test_the_agenda_is_written_decided_and_published_for_everybody(
    server: CareServer, lead: Desk
) -> None:
    record = server.record()
    found = new_conversation(record, "web:agenda")
    record.write_now(do_add_feedback, found, FeedbackKind.SUGGESTION, None, "Evening delivery")
    record.close()
    items = lead.post("/agenda").json()["items"]
    item = next(item for item in items if item["kind"] == "suggestion")
    path = f"/agenda/{item['id']}"
    assert lead.post(f"{path}/publish", said="a", did="b").status_code == 409
    assert lead.post(path, state="nonsense").status_code == 400
    assert lead.post(path, state="done").json()["state"] == "done"
    assert lead.post(f"{path}/publish", said="You asked", did="We did").status_code == 200
    public = requests.get(f"{server.url}/api/widget/you-said", timeout=60).json()
    assert [(row["said"], row["did"]) for row in public["rows"]] == [("You asked", "We did")]
    assert lead.post(f"{path}/withdraw").status_code == 200
    assert requests.get(f"{server.url}/api/widget/you-said", timeout=60).json() == {"rows": []}


def test_cases_are_worked_on_by_who_may_see_them(
    server: CareServer, lead: Desk, agent: Desk
) -> None:
    record = server.record()
    found = new_conversation(record, "web:case")
    given = record.write_now(do_add_feedback, found, FeedbackKind.COMPLAINT, None, "late")
    case = record.write_now(do_open_case, given)
    record.close()
    path = f"/cases/{case.id}"
    assert lead.get(path).json()["reference"] == case.reference
    assert agent.get(path).status_code == 403
    assert agent.get("/cases").json() == {"rows": []}
    assert lead.post(f"{path}/assign", owner_id=agent.agent).status_code == 200
    assert [row["id"] for row in agent.get("/cases?mine=1").json()["rows"]] == [case.id]
    assert agent.post(f"{path}/close", done="").status_code == 400
    closed = agent.post(f"{path}/close", done="A new one is on its way.").json()
    assert (closed["state"], closed["closed_by"]) == ("closed", agent.agent)
    assert agent.post(f"{path}/close", done="again").status_code == 409
    rows = server.rows("SELECT text FROM messages WHERE author = 'system' ORDER BY id")
    assert any("A new one is on its way." in row["text"] for row in rows)
    assert lead.post(f"{path}/reopen").json()["reopened"] == 1
    assert lead.get("/cases/999").status_code == 404
    assert lead.get("/cases?state=odd").status_code == 400
