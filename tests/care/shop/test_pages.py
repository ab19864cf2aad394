"""The demo shop and the help centre: readable without script, strict policy, reviewed answers."""

import re
from pathlib import Path

import pytest
import requests

from care.inboxes import do_keep_preview
from care.record.ids import AgentId
from care.shop.help import articles, search
from care.shop.pages import products
from tests.support.server import CareServer

STATIC = Path(__file__).resolve().parents[3] / "care" / "shop" / "static"


def get(server: CareServer, path: str, **more: object) -> requests.Response:
    """GET a page."""
    return requests.get(f"{server.url}{path}", timeout=60, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/", "/orders", "/sign-in", "/help", "/help?q=return", "/chat"])
def test_pages_have_a_strict_policy_and_no_inline_script(
    care_server: CareServer, path: str
) -> None:
    answer = get(care_server, path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=)", answer.text) == []
    assert " style=" not in answer.text
    assert " on" not in "".join(re.findall(r"<[^>]+>", answer.text)).replace(" one", "")


def test_every_product_has_its_page_and_picture(care_server: CareServer) -> None:
    for one in products():
        page = get(care_server, f"/products/{one['slug']}")
        assert page.status_code == 200
        assert one["name"] in page.text
        picture = STATIC / "pictures" / f"{one['slug']}.svg"
        assert picture.read_text().startswith("<svg")
        assert get(care_server, f"/shop/static/pictures/{one['slug']}.svg").status_code == 200


def test_every_public_answer_has_a_page_with_owner_and_review_date(
    care_server: CareServer,
) -> None:
    found = articles()
    assert len([one for one in found if one.group]) >= 40
    assert len({one.path for one in found}) == len(found)
    for one in found:
        assert one.owner
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", one.reviewed)
    for one in (found[0], found[-1]):
        page = get(care_server, f"/help/{one.path}")
        assert page.status_code == 200
        assert f"Looked after by {one.owner}" in page.text
        assert one.reviewed in page.text


def test_internal_answers_are_not_published(care_server: CareServer) -> None:
    assert all("internal" not in one.group.lower() for one in articles())
    internal = "office-and-building"
    assert get(care_server, f"/help/questions/{internal}").status_code == 404


def test_help_is_searched_without_script(care_server: CareServer) -> None:
    assert "return" in search("How do I return a sofa?")[0].text.lower()
    assert search("zzzz qqqq") == []
    page = get(care_server, "/help?q=password")
    assert "reset-my-password" in page.text or "recover-password" in page.text
    hostile = get(care_server, "/help?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in hostile.text


def test_customer_sees_their_own_orders_only(care_server: CareServer) -> None:
    visitor = requests.Session()
    assert "Sign in to see" in visitor.get(f"{care_server.url}/orders", timeout=60).text
    origin = {"Origin": care_server.url}
    visitor.post(f"{care_server.url}/sign-in", data={"id": "ana"}, headers=origin, timeout=60)
    orders = visitor.get(f"{care_server.url}/orders", timeout=60).text
    assert "10023" in orders
    assert "10025" not in orders
    assert visitor.get(f"{care_server.url}/orders/10023", timeout=60).status_code == 200
    assert visitor.get(f"{care_server.url}/orders/10025", timeout=60).status_code == 404
    visitor.post(f"{care_server.url}/sign-out", headers=origin, timeout=60)
    assert "10023" not in visitor.get(f"{care_server.url}/orders", timeout=60).text


def test_sign_in_from_another_website_and_forged_cookies_are_refused(
    care_server: CareServer,
) -> None:
    url = f"{care_server.url}/sign-in"
    hostile = {"Origin": "https://evil.example"}
    answer = requests.post(url, data={"id": "ana"}, headers=hostile, timeout=60)
    assert answer.status_code == 400
    unknown = requests.post(url, data={"id": "root"}, timeout=60)
    assert unknown.status_code == 400
    forged = get(care_server, "/orders", cookies={"demo_shop_customer": "a.b.c"})
    assert "Sign in to see" in forged.text


@pytest.mark.parametrize(
    "path", ["..%2f..%2fpages.py", "..%2fpages.py", "pictures%2f..%2fx.js", "x"]
)
def test_static_files_stay_in_their_folder(care_server: CareServer, path: str) -> None:
    assert get(care_server, f"/shop/static/{path}").status_code == 404


def test_preview_shows_unsaved_settings_to_the_desk_only_and_starts_no_chat(
    care_server: CareServer,
) -> None:
    record = care_server.record()
    owner = AgentId(int(care_server.rows("SELECT id FROM agents")[0]["id"]))
    name = record.write_now(do_keep_preview, owner, {"side": "start", "radius": 3})
    record.close()
    page = get(care_server, f"/chat/preview?inbox={name}&locale=de")
    assert page.status_code == 200
    assert 'data-side="start"' in page.text
    assert 'data-locale="de"' in page.text
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert get(care_server, f"/chat?inbox={name}").status_code == 404
    assert get(care_server, "/chat/preview?inbox=default").status_code == 404
    assert get(care_server, "/chat/preview?inbox=preview-1").status_code == 404
    before = care_server.rows("SELECT count(*) AS n FROM customers")
    body = {"inbox": name}
    refused = requests.post(f"{care_server.url}/api/widget/sessions", json=body, timeout=60)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "preview")
    assert care_server.rows("SELECT count(*) AS n FROM customers") == before
    assert name not in get(care_server, "/widget/loader.js").text
