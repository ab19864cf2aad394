"""Signing in through an OpenID Connect provider: who gets in, and whom no forged answer lets in."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select

from care.record.agents import do_change_agent
from care.record.schema import agent_sessions, audit
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office
from tests.support.assistant import SmallAssistant
from tests.support.oidc_provider import CLIENT, SECRET, Provider
from tests.support.threaded import threaded_care


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """The company's provider."""
    running = Provider().start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def company(
    tmp_path_factory: pytest.TempPathFactory, assistant: SmallAssistant, provider: Provider
) -> Iterator[Office]:
    """A care server that offers it."""
    settings = {"oidc_issuer": provider.url, "oidc_client_id": CLIENT, "oidc_name": "Acme"}
    folder = tmp_path_factory.mktemp("company")
    with threaded_care(folder, assistant, oidc_client_secret=SECRET, **settings) as server:
        yield Office(server)


@pytest.fixture
def agent(company: Office, provider: Provider) -> Colleague:
    """An agent who is signed in at the provider under the same address."""
    one = company.colleague()
    provider.wrong = ""
    provider.person = {"sub": f"id-{one.id}", "email": one.email.upper(), "email_verified": True}
    return one


def leave(company: Office) -> tuple[requests.Session, str]:
    """Press the button: a browser, and where the provider sends it back to."""
    browser = requests.Session()
    page = browser.get(f"{company.url}/desk/sign-in", timeout=60)
    assert "Acme" in page.text
    away = browser.get(
        f"{company.url}/desk/sso", params={"next": "/desk/me"}, allow_redirects=False, timeout=30
    )
    assert away.status_code == 303
    back = browser.get(away.headers["Location"], allow_redirects=False, timeout=60)
    assert back.status_code == 302
    return browser, back.headers["Location"]


def come(browser: requests.Session, address: str) -> requests.Response:
    """Come back from the provider."""
    return browser.get(address, allow_redirects=False, timeout=60)


def sessions(company: Office, agent: Colleague) -> int:
    """How many sessions the agent has."""
    query = select(agent_sessions.c.token_hash).where(agent_sessions.c.agent_id == agent.id)
    return len(company.record.read_now(lambda c: c.execute(query).all()))


def refused(company: Office, agent: Colleague, answer: requests.Response, status: int) -> None:
    """Nobody was let in, and the page says so without a script."""
    assert answer.status_code == status
    assert "careline_desk" not in answer.headers.get("Set-Cookie", "")
    assert sessions(company, agent) == 1  # the one that the fixture opened
    assert "<script" not in answer.text


def test_an_agent_gets_in_and_lands_where_they_wanted_to(
    company: Office, provider: Provider, agent: Colleague
) -> None:
    browser, address = leave(company)
    answer = come(browser, address)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/me")
    me = browser.get(f"{company.url}/api/desk/me", timeout=60).json()
    assert me["email"] == agent.email
    query = select(audit.c.action).where(audit.c.agent_id == agent.id).order_by(audit.c.id)
    done = company.record.read_now(lambda c: list(c.execute(query).scalars()))
    assert done == ["sso.linked", "sign_in"]
    assert browser.cookies.get("careline_sso") is None


def test_who_is_known_gets_in_though_the_address_changed(
    company: Office, provider: Provider, agent: Colleague
) -> None:
    assert come(*leave(company)).status_code == 303
    provider.person |= {"email": "married@example.com", "email_verified": False}
    assert come(*leave(company)).status_code == 303
    assert sessions(company, agent) == 3


@pytest.mark.parametrize(
    "wrong",
    ["nonce", "expired", "signature", "audience", "issuer", "unsigned", "shared key"],
)
def test_a_token_that_is_not_ours_lets_nobody_in(
    company: Office, provider: Provider, agent: Colleague, wrong: str
) -> None:
    browser, address = leave(company)
    provider.wrong = wrong
    answer = come(browser, address)
    refused(company, agent, answer, 400)
    assert "did not work out" in answer.text
    assert provider.calls[-1] in address, "the code was exchanged; it is the token that is refused"


def test_an_answer_to_another_question_lets_nobody_in(
    company: Office, provider: Provider, agent: Colleague
) -> None:
    browser, address = leave(company)
    code = parse_qs(urlsplit(address).query)["code"][0]
    back = f"{company.url}/desk/sso/back"
    for query in ({"code": code, "state": "guessed"}, {"code": code}, {"error": "access_denied"}):
        answer = browser.get(back, params=query, allow_redirects=False, timeout=60)
        refused(company, agent, answer, 400)
    refused(company, agent, come(requests.Session(), address), 400)  # a link sent to somebody else
    other, _ = leave(company)
    refused(company, agent, come(other, address), 400)
    assert code not in provider.calls
    assert come(browser, address).status_code in (303, 400)


def test_a_code_is_good_for_one_sign_in(
    company: Office, provider: Provider, agent: Colleague
) -> None:
    browser, address = leave(company)
    cookies = browser.cookies.copy()
    assert come(browser, address).status_code == 303
    again = requests.Session()
    again.cookies.update(cookies)
    assert come(again, address).status_code == 400
    assert sessions(company, agent) == 2


@pytest.mark.parametrize(
    "person",
    [
        {"email": "stranger@example.com"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": None},
    ],
)
def test_nobody_gets_in_who_was_not_invited(
    company: Office, provider: Provider, agent: Colleague, person: dict[str, object]
) -> None:
    provider.person |= person
    answer = come(*leave(company))
    refused(company, agent, answer, 403)
    assert "nobody has invited this address" in answer.text


@pytest.mark.parametrize("known", [False, True])
def test_who_no_longer_works_here_stays_outside(
    company: Office, provider: Provider, agent: Colleague, known: bool
) -> None:
    if known:
        assert come(*leave(company)).status_code == 303
    company.record.write_now(lambda c: do_change_agent(c, agent.id, active=False))
    answer = come(*leave(company))
    assert answer.status_code == 403
    assert sessions(company, agent) == 1 + known


def test_a_provider_that_is_down_or_another_is_told_plainly(
    company: Office, provider: Provider, agent: Colleague
) -> None:
    browser, address = leave(company)
    provider.wrong = "name"
    refused(company, agent, come(browser, address), 400)
    provider.stop()
    try:
        refused(company, agent, come(browser, address), 400)
        away = browser.get(f"{company.url}/desk/sso", allow_redirects=False, timeout=60)
        assert away.status_code == 400
        assert "Acme did not work out" in away.text
    finally:
        provider.start()
