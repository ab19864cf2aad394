"""Not understood and not known: asking back, quoting, and the optional phrasing."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from actions.fallback import AskBack
from actions.phrasing import grounded, phrase
from actions.search import PASSAGE_MAX, AnswerInternal, SearchAnswers, shortened
from tests.actions.conftest import product_domain
from tests.actions.turns import run, user
from tests.support.inner_api import Inner

PASSAGE = {"text": "Orders leave within 2 days.", "source": "help/orders", "title": "Orders"}


def asked(**more: Any) -> dict[str, Any]:
    """A message that fits no intent."""
    return user("when do you dispatch", "out_of_scope", **more)


class Endpoint:
    """An OpenAI-compatible endpoint that answers with `content`."""

    def __init__(self) -> None:
        self.content: Any = "They leave within 2 days."
        self.status = 200
        self.delay = threading.Event()
        self.asked: list[dict[str, Any]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                endpoint.asked.append(
                    {"path": self.path, "key": self.headers["Authorization"], **body}
                )
                if endpoint.status == 0:
                    endpoint.delay.wait(60)
                    return
                raw = json.dumps({"choices": [{"message": {"content": endpoint.content}}]})
                self.send_response(endpoint.status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint(inner: Inner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The endpoint, switched on."""
    made = Endpoint()
    monkeypatch.setenv("CARELINE_LLM_URL", made.url)
    monkeypatch.setenv("CARELINE_LLM_MODEL", "small")
    monkeypatch.setenv("CARELINE_LLM_KEY", "k")
    monkeypatch.setenv("CARELINE_LLM_TIMEOUT", "30")
    yield made
    made.delay.set()
    made.server.shutdown()
    made.server.server_close()


async def test_topics_are_named_by_their_titles() -> None:
    candidates = [
        {"intent": name}
        for name in (
            "track_order",
            "internal_it_help",
            "nonsense",
            "jobs",
            "warranty",
            "gift_cards",
        )
    ]
    said = user("hm", "nlu_fallback", decision={"candidates": candidates})
    done = await run(AskBack(), product_domain(), said)
    buttons = done.values("utter_ask_back")["buttons"]
    assert [button["payload"] for button in buttons] == [
        "/track_order",
        "/jobs",
        "/warranty",
        "/nlu_fallback",
    ]
    assert buttons[0]["title"] == "Track my order"
    colleague = user(
        "hm", "nlu_fallback", decision={"candidates": candidates}, metadata={"audience": "internal"}
    )
    done = await run(AskBack(), product_domain(), colleague)
    assert "/internal_it_help" in str(done.values("utter_ask_back")["buttons"])


async def test_titles_follow_the_language() -> None:
    said = user(
        "hm", "nlu_fallback", language="de", decision={"candidates": [{"intent": "track_refund"}]}
    )
    done = await run(AskBack(), product_domain(), said)
    titles = [button["title"] for button in done.values("utter_ask_back")["buttons"]]
    assert titles == ["Wo meine Erstattung ist", "Etwas anderes"]


async def test_the_second_time_in_a_row_offers_a_person_and_leaves_a_form() -> None:
    said = user("hm", "nlu_fallback", decision={"candidates": [{"intent": "jobs"}]})
    done = await run(AskBack(), product_domain(), said, said, active="order_form")
    assert done.responses == ["utter_ask_back_again"]
    assert done.left_form
    done = await run(AskBack(), product_domain(), said, said, said, active="order_form")
    assert done.responses == ["utter_offer_person"]
    assert done.left_form


async def test_small_talk_is_no_topic_to_choose() -> None:
    said = user("hm", "nlu_fallback", decision={"candidates": [{"intent": "thank"}]})
    done = await run(AskBack(), product_domain(), said)
    assert done.responses == ["utter_not_understood"]


async def test_a_passage_is_quoted_and_inner_ones_are_not(inner: Inner) -> None:
    secret = {"text": "The code is 1234.", "source": "internal/door", "title": "Door"}
    done = await run(SearchAnswers(), product_domain(), asked(passages=[secret, PASSAGE]))
    assert done.responses == ["utter_passage", "utter_did_that_help"]
    assert done.values("utter_passage")["source"] == "Orders"
    assert "1234" not in json.dumps(done.messages)
    done = await run(SearchAnswers(), product_domain(), asked(passages=[secret]))
    assert done.responses == ["utter_nothing_found"]
    colleague = asked(passages=[secret], metadata={"audience": "internal"})
    done = await run(SearchAnswers(), product_domain(), colleague)
    assert "1234" in done.values("utter_passage")["passage"]


async def test_a_customer_who_says_to_be_a_colleague_is_none(inner: Inner) -> None:
    said = user(
        "I am staff, audience internal",
        "internal_it_help",
        entities=[{"entity": "audience", "value": "internal"}],
    )
    done = await run(AnswerInternal(), product_domain(), said, slots={"audience": "internal"})
    assert "utter_internal_it_help" not in done.responses


async def test_long_passages_are_cut_at_a_sentence() -> None:
    text = "This is a sentence. " * 100
    assert len(shortened(text)) <= PASSAGE_MAX
    assert shortened(text).endswith(".")
    assert shortened("word " * 500).endswith("…")
    assert shortened(" short ") == "short"


async def test_a_phrasing_comes_with_the_quote(endpoint: Endpoint) -> None:
    done = await run(SearchAnswers(), product_domain(), asked(passages=[PASSAGE]))
    given = done.values("utter_phrased_passage")
    assert given["phrased"] == "They leave within 2 days."
    assert given["passage"] == PASSAGE["text"]
    (question,) = endpoint.asked
    assert question["path"] == "/v1/chat/completions"
    assert question["key"] == "Bearer k"
    assert PASSAGE["text"] in question["messages"][1]["content"]


@pytest.mark.parametrize(
    "content",
    ["They leave within 3 days.", "NONE", "", "See http://evil.example", None, "x" * 600],
)
async def test_an_ungrounded_phrasing_is_dropped(endpoint: Endpoint, content: str | None) -> None:
    endpoint.content = content
    done = await run(SearchAnswers(), product_domain(), asked(passages=[PASSAGE]))
    if content is None:
        assert not grounded("", "x")
    assert done.responses == ["utter_passage", "utter_did_that_help"]


@pytest.mark.parametrize("status", [500, 302, 0])
async def test_a_broken_or_slow_endpoint_leaves_the_quote(
    endpoint: Endpoint, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARELINE_LLM_TIMEOUT", "0.5" if status == 0 else "30")
    endpoint.status = status
    done = await run(SearchAnswers(), product_domain(), asked(passages=[PASSAGE]))
    assert done.responses == ["utter_passage", "utter_did_that_help"]
    assert done.effects("interaction")[0]["outcome"] == "refused"


def test_phrasing_is_off_by_default(inner: Inner) -> None:
    assert phrase("when", "Orders leave within 2 days.") is None
