"""Customers whom the shop vouches for: a signed token, and what becomes of what they said before."""

import time
from typing import Any

import jwt
from playwright.sync_api import Browser, expect

from care.identity import LEEWAY
from tests.support.server import CareServer
from tests.widget.chat import Open, new_chat
from tests.widget.conftest import conversation_of
from tests.widget.host_site import HostSite


def proof(server: CareServer, sub: str, seconds: float = 600, **claims: Any) -> str:
    """What the shop's server would sign for a customer."""
    secret = server.secrets()["identity_secret"]
    body = {"sub": sub, "exp": time.time() + seconds, "name": f"Customer {sub}", **claims}
    return jwt.encode(body, secret, "HS256")


def test_anonymous_chat_becomes_the_verified_customers(visit: Open, server: CareServer) -> None:
    chat = visit().open().asks("said before signing in")
    chat.api(f"Careline.identify('{proof(server, 'ida', email='ida@example.com')}')")
    conversation = conversation_of(server, "said before signing in")
    query = (
        "SELECT c.verified, c.email FROM conversations v JOIN customers c "
        f"ON c.id = v.customer_id WHERE v.id = {conversation}"
    )
    for _ in range(600):
        row = server.rows(query)[0]
        if row["verified"]:
            break
        time.sleep(0.1)
    assert (row["verified"], row["email"]) == (1, "ida@example.com")
    expect(chat.bubble("You said: said before signing in")).to_be_visible()
    chat.asks("said after signing in")
    assert conversation_of(server, "said after signing in") == conversation


def test_verified_customer_finds_the_chat_on_another_device_and_strangers_words_join_it(
    browser: Browser, visit: Open, site: HostSite, server: CareServer
) -> None:
    chat = visit()
    chat.api(f"Careline.identify('{proof(server, 'tom')}')")
    chat.open().asks("on the first device")
    other = browser.new_context()
    second = new_chat(other, f"{site.url}/").open().asks("as a stranger")
    second.api(f"Careline.identify('{proof(server, 'tom')}')")
    expect(second.bubble("You said: on the first device")).to_be_visible()
    expect(second.bubble("You said: as a stranger")).to_be_visible()
    second.asks("signed in on both")
    expect(chat.bubble("You said: signed in on both")).to_be_visible()
    open_ones = server.rows(
        "SELECT v.id FROM conversations v JOIN identities i ON i.customer_id = v.customer_id "
        "WHERE i.external_id = 'tom' AND v.status = 'open'"
    )
    assert len(open_ones) == 1
    texts = ("on the first device", "as a stranger", "signed in on both")
    assert {conversation_of(server, text) for text in texts} == {open_ones[0]["id"]}
    other.close()


def test_expired_and_forged_proofs_are_refused_and_change_nothing(
    visit: Open, server: CareServer
) -> None:
    chat = visit().open().asks("still a stranger")
    body = {"sub": "eva", "exp": time.time() + 600}
    forged = jwt.encode(body, "another key, long enough for the algorithm", "HS256")
    unsigned = jwt.encode(body, None, "none")  # type: ignore[arg-type]
    endless = jwt.encode({"sub": "eva"}, server.secrets()["identity_secret"], "HS256")
    for token in (proof(server, "eva", -3600), forged, unsigned, endless, "rubbish"):
        with chat.page.expect_response("**/api/widget/sessions") as answer:
            chat.api(f"Careline.identify('{token}')")
        assert answer.value.status == 401
    assert server.rows("SELECT id FROM identities WHERE external_id = 'eva'") == []
    chat.asks("and still here")


def test_another_customer_on_the_same_browser_sees_nothing_of_the_first(
    visit: Open, server: CareServer
) -> None:
    chat = visit()
    chat.api(f"Careline.identify('{proof(server, 'una')}')")
    chat.open().asks("a secret of una")
    chat.api(f"Careline.identify('{proof(server, 'viv')}')")
    expect(chat.bubble("a secret of una", "customer")).to_have_count(0)
    chat.asks("a word of viv")
    owners = server.rows(
        "SELECT i.external_id FROM messages m JOIN conversations v ON v.id = m.conversation_id "
        "JOIN identities i ON i.customer_id = v.customer_id "
        "WHERE m.text IN ('a secret of una', 'a word of viv') AND i.channel = 'shop' ORDER BY m.id"
    )
    assert [row["external_id"] for row in owners] == ["una", "viv"]


def test_logout_clears_storage_and_the_next_visitor_starts_anew(
    visit: Open, server: CareServer
) -> None:
    chat = visit()
    chat.api(f"Careline.identify('{proof(server, 'leo')}')")
    chat.open().asks("a secret of leo")
    chat.api("Careline.logout()")
    expect(chat.bubble("a secret of leo", "customer")).to_have_count(0)
    assert chat.api("Object.keys(localStorage).filter((n) => n.startsWith('careline'))") == []
    chat.page.reload()
    chat.open()
    expect(chat.bubble("a secret of leo", "customer")).to_have_count(0)


def test_session_of_a_verified_customer_that_ends_is_never_continued_as_a_stranger(
    visit: Open, server: CareServer
) -> None:
    chat = visit()
    chat.api(f"Careline.identify('{proof(server, 'kim')}')")
    chat.open().asks("words of kim")
    chat.page.reload()
    chat.open()
    expect(chat.bubble("You said: words of kim")).to_be_visible()
    record = server.record()
    record.write_now(lambda c: c.exec_driver_sql("DELETE FROM customer_sessions"))
    record.close()
    chat.api(
        "window.needed = 0;document.addEventListener('careline:identity-needed', () => needed++)"
    )
    chat.say("words without proof")
    expect(chat.notice).to_contain_text("Sign in to the shop again")
    assert chat.api("needed") == 1
    assert server.rows("SELECT id FROM messages WHERE text = 'words without proof'") == []
    chat.api(f"Careline.identify('{proof(server, 'kim')}')")
    expect(chat.bubble("You said: words without proof")).to_be_visible()
    expect(chat.bubble("You said: words of kim")).to_be_visible()
    assert conversation_of(server, "words without proof") == conversation_of(server, "words of kim")


def test_proof_that_ran_out_in_mid_conversation_is_asked_for_again_and_nothing_is_lost(
    visit: Open, server: CareServer
) -> None:
    came = time.monotonic()
    chat = visit()
    chat.api(
        "window.needed = 0;document.addEventListener('careline:identity-needed', () => needed++)"
    )
    began = time.monotonic()
    lasts = max(8, 10 * (began - came))  # long enough to begin with, on a slow machine too
    chat.api(f"Careline.identify('{proof(server, 'lia', lasts - LEEWAY)}')")
    chat.open().asks("words of lia")
    # The session goes on without the proof; only when it ends is a fresh one needed.
    chat.page.wait_for_timeout(max(0, (began + lasts + 1.5 - time.monotonic()) * 1000))
    chat.asks("the proof has run out")
    assert chat.api("needed") == 0
    record = server.record()
    record.write_now(lambda c: c.exec_driver_sql("DELETE FROM customer_sessions"))
    record.close()
    chat.say("kept for lia")
    expect(chat.notice).to_contain_text("Sign in to the shop again")
    assert chat.api("needed") == 1
    assert server.rows("SELECT id FROM messages WHERE text = 'kept for lia'") == []
    chat.api(f"Careline.identify('{proof(server, 'lia')}')")
    expect(chat.bubble("You said: kept for lia")).to_be_visible()
    assert conversation_of(server, "kept for lia") == conversation_of(server, "words of lia")
