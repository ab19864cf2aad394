"""The website channel over HTTP: every bad input gets a reason, nothing is lost or told to others."""

import uuid
from typing import Any

import pytest
import requests

from tests.support.customer import WebCustomer
from tests.support.server import CareServer

SECRET_TEXT = "my card is 4000 1234 and I live in Elm Road"


@pytest.fixture
def customer(care_server: CareServer) -> WebCustomer:
    """A website customer with a session."""
    return WebCustomer(care_server.url)


def post(customer: WebCustomer, **body: Any) -> requests.Response:
    """POST a message as it is."""
    return customer.http.post(f"{customer.url}/api/widget/messages", json=body, timeout=60)


def code_of(answer: requests.Response) -> str:
    """The stable name in an error, which always comes with plain words."""
    error = answer.json()["error"]
    assert error["message"]
    return str(error["code"])


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 400, "empty"),
        ("   \n ", 400, "empty"),
        ("x" * 20_000, 413, "too_long"),
        ("bell \x07", 400, "bad_text"),
        (17, 400, "bad_text"),
        (None, 400, "bad_text"),
    ],
)
def test_message_that_cannot_be_taken_is_refused_with_a_reason(
    customer: WebCustomer, text: object, status: int, code: str
) -> None:
    answer = post(customer, key="one", text=text)
    assert (answer.status_code, code_of(answer)) == (status, code)
    assert customer.events() == []


def test_emoji_only_message_is_answered(customer: WebCustomer) -> None:
    customer.send("\U0001f642\U0001f642")
    assert customer.wait_for("bot", 1)[0]["text"] == "\U0001f642\U0001f642"


@pytest.mark.parametrize("key", [None, "", "a" * 65, "with space", "slash/", 5])
def test_key_must_be_plain(customer: WebCustomer, key: object) -> None:
    answer = post(customer, key=key, text="hello")
    assert (answer.status_code, code_of(answer)) == (400, "bad_key")


def test_same_key_again_is_the_same_message(customer: WebCustomer) -> None:
    first, again = (post(customer, key="same", text="once").json() for _ in range(2))
    assert first["message_id"] == again["message_id"]
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    said = [m["text"] for m in customer.wait_for("bot", 1)]
    assert said == ["once", "You said: once"]


def test_same_key_of_another_customer_is_another_message(
    customer: WebCustomer, care_server: CareServer
) -> None:
    other = WebCustomer(care_server.url)
    ids = {post(one, key="shared", text="mine").json()["message_id"] for one in (customer, other)}
    assert len(ids) == 2


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 5000, b'"text"', b"\xff\xfe", b"x" * 70_000])
def test_malformed_json_is_refused(customer: WebCustomer, body: bytes) -> None:
    answer = customer.http.post(f"{customer.url}/api/widget/messages", data=body, timeout=60)
    assert answer.status_code in (400, 413)
    assert code_of(answer) in ("bad_json", "too_long", "bad_key")


def test_unknown_button_and_another_customers_button_are_refused(
    customer: WebCustomer, care_server: CareServer
) -> None:
    customer.send("a topic")
    token = customer.wait_for("bot", 2)[-1]["buttons"][0]["token"]
    other = WebCustomer(care_server.url)
    for who, button in ((customer, "made-up"), (other, token)):
        answer = post(who, key=uuid.uuid4().hex, button=button)
        assert (answer.status_code, code_of(answer)) == (404, "unknown_button")
    assert post(customer, key="mine", button=token).status_code == 202


@pytest.mark.parametrize("token", ["", "rubbish", "a" * 5000])
def test_without_a_valid_token_nothing_is_told(customer: WebCustomer, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for method, path in (
        ("GET", "events"),
        ("POST", "messages"),
        ("POST", "seen"),
        ("POST", "typing"),
        ("POST", "files"),
        ("GET", "files/abc"),
        ("POST", "feedback"),
        ("POST", "leave"),
        ("POST", "transcript"),
    ):
        url = f"{customer.url}/api/widget/{path}"
        answer = requests.request(method, url, headers=headers, json={}, timeout=60)
        assert (answer.status_code, code_of(answer)) == (401, "session_expired"), path


def test_another_customers_token_shows_only_their_own_thread(
    customer: WebCustomer, care_server: CareServer
) -> None:
    customer.send("a private word")
    customer.wait_for("bot", 1)
    other = WebCustomer(care_server.url)
    assert other.events() == []
    rated = customer.wait_for("bot", 1)[-1]["id"]
    body = {"kind": "thumb", "score": 1, "message_id": rated}
    answer = other.http.post(f"{other.url}/api/widget/feedback", json=body, timeout=60)
    assert (answer.status_code, code_of(answer)) == (404, "unknown_message")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "csat", "score": 6},
        {"kind": "csat", "score": "5"},
        {"kind": "csat"},
        {"kind": "complaint", "score": 1},
        {"kind": "thumb", "score": 0, "reason": "because"},
        {"kind": "nps", "score": 2**40},
        {"kind": "nps", "score": True},
    ],
)
def test_feedback_off_the_scale_is_refused(customer: WebCustomer, body: dict[str, Any]) -> None:
    customer.send("something to rate")
    answer = customer.http.post(f"{customer.url}/api/widget/feedback", json=body, timeout=60)
    assert answer.status_code == 400
    assert code_of(answer) in ("bad_field", "bad_score")


def test_score_and_later_comment_are_one_feedback(
    customer: WebCustomer, care_server: CareServer
) -> None:
    customer.send("topic")
    rated = customer.wait_for("bot", 2)[1]["id"]
    url = f"{customer.url}/api/widget/feedback"
    for more in ({}, {"comment": "It left out my country."}):
        body = {"kind": "thumb", "score": 0, "message_id": rated, **more}
        assert customer.http.post(url, json=body, timeout=60).status_code == 201
    found = care_server.rows(f"SELECT score, comment FROM feedback WHERE message_id = {rated}")
    assert found == [{"score": 0, "comment": "It left out my country."}]
    assert customer.messages()[1]["thumb"] == 0


def test_question_whether_it_helped_names_the_answer_and_a_button_amends_the_thumb(
    customer: WebCustomer, care_server: CareServer
) -> None:
    customer.send("topic")
    answer, question = (one for one in customer.wait_for("bot", 2) if one["author"] == "bot")
    assert (answer["judges"], question["judges"]) == (None, answer["id"])
    body = {"kind": "thumb", "score": 0, "message_id": answer["id"], "reason": "wrong"}
    url = f"{customer.url}/api/widget/feedback"
    assert customer.http.post(url, json=body, timeout=60).status_code == 201
    assert post(customer, key="no", button=question["buttons"][1]["token"]).status_code == 202
    customer.wait_for("bot", 3)
    found = care_server.rows(
        f"SELECT score, comment FROM feedback WHERE message_id = {answer['id']}"
    )
    assert found == [{"score": 0, "comment": "reason: wrong"}]
    assert [one["thumb"] for one in customer.messages()][:3] == [None, 0, 0]


@pytest.mark.parametrize(
    ("before", "status"),
    [("1", 200), ("0", 200), ("-1", 400), ("x", 400), ("²", 400), ("9" * 5000, 400)],
)
def test_earlier_events_are_asked_for_by_number(
    customer: WebCustomer, before: str, status: int
) -> None:
    url = f"{customer.url}/api/widget/events?before={before}"
    answer = customer.http.get(url, timeout=60)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"events": [], "earlier": False}


def test_leaving_a_message_needs_a_way_to_answer(customer: WebCustomer) -> None:
    url = f"{customer.url}/api/widget/leave"
    for body, code in (
        ({"text": "call me"}, "no_contact"),
        ({"text": "call me", "email": "nowhere"}, "bad_email"),
        ({"text": "call me", "phone": "call"}, "bad_phone"),
        ({"text": " ", "email": "a@b.example"}, "empty"),
    ):
        answer = customer.http.post(url, json={"key": "k", **body}, timeout=60)
        assert (answer.status_code, code_of(answer)) == (400, code)


def test_transcript_is_refused_where_no_mail_server_is_set(customer: WebCustomer) -> None:
    url = f"{customer.url}/api/widget/transcript"
    answer = customer.http.post(url, json={"email": "a@b.example"}, timeout=60)
    assert (answer.status_code, code_of(answer)) == (404, "no_mail")


def test_page_is_kept_without_its_query(customer: WebCustomer, care_server: CareServer) -> None:
    sent = post(customer, key="page", text="where am I", page="/orders/77?token=secret#part")
    message_id = sent.json()["message_id"]
    row = care_server.rows(
        "SELECT c.context FROM conversations c JOIN messages m ON m.conversation_id = c.id "
        f"WHERE m.id = {message_id}"
    )[0]
    assert row["context"] == '{"page": "/orders/77"}'


def test_other_websites_may_call_and_read_errors(customer: WebCustomer) -> None:
    origin = {"Origin": "https://any.example"}
    url = f"{customer.url}/api/widget/messages"
    wanted = {**origin, "Access-Control-Request-Method": "POST"}
    allowed = requests.options(url, headers=wanted, timeout=60)
    assert allowed.status_code == 204
    assert "authorization" in allowed.headers["Access-Control-Allow-Headers"]
    answer = requests.post(url, json={}, headers=origin, timeout=60)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_ended_session_is_worth_nothing(customer: WebCustomer) -> None:
    url = f"{customer.url}/api/widget/sessions"
    assert customer.http.delete(url, timeout=60).status_code == 204
    assert post(customer, key="late", text="hello").status_code == 401


def test_session_resumed_has_the_whole_history(customer: WebCustomer) -> None:
    customer.send("remember this")
    customer.wait_for("bot", 1)
    again = customer.http.post(f"{customer.url}/api/widget/sessions", json={}, timeout=60).json()
    assert again["token"] == customer.state["token"]
    texts = [event["data"]["message"]["text"] for event in again["history"]]
    assert texts == ["remember this", "You said: remember this"]
    assert again["last_seq"] == again["history"][-1]["seq"]


def test_nothing_that_customers_write_is_in_the_log(care_server: CareServer) -> None:
    customer = WebCustomer(care_server.url, name="Ada Private", email="ada.private@example.com")
    customer.send(SECRET_TEXT)
    customer.wait_for("bot", 1)
    post(customer, key="bad key!", text=SECRET_TEXT)
    post(customer, key="x", button=SECRET_TEXT)
    log = care_server.log_text
    for private in (SECRET_TEXT, "Ada Private", "ada.private", customer.state["token"]):
        assert private not in log
