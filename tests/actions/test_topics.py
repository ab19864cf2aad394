"""Each topic has an answer and a rule, and what is written from them is up to date."""

import shutil
from pathlib import Path

import pytest

from scripts.write_topics import ANSWERED, TOPICS, main, missing_answers, read_topics
from tests.actions.conftest import ROOT, product_domain


def test_every_topic_is_answered_by_a_rule() -> None:
    topics = read_topics(ROOT)
    assert missing_answers(topics) == []
    rules = (ROOT / TOPICS).read_text("utf-8")
    for intent in topics.intents:
        if topics.kind(intent) in ANSWERED and intent not in topics.handled:
            assert f"{{action: utter_{intent}}}, {{action: utter_did_that_help}}]" in rules


def test_the_written_files_are_up_to_date() -> None:
    assert main(["--check"], ROOT) == 0


def copy_of(root: Path, target: Path) -> Path:
    for name in ("data", "actions", "assistant"):
        shutil.copytree(
            root / name, target / name, ignore=shutil.ignore_patterns("__pycache__", ".venv")
        )
    shutil.copy(root / "domain.yml", target)
    return target


def test_a_new_topic_gets_its_rule_and_a_topic_without_answer_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy_of(ROOT, tmp_path)
    new = root / "data" / "faq" / "zz_rain.yml"
    head = 'version: "3.1"\nnlu:\n- intent: rain_cover\n  examples: |\n    - rain cover\n'
    new.write_text(head, "utf-8")
    assert main(["--check"], root) == 1
    assert "rain_cover: no answer" in capsys.readouterr().out
    answer = "responses:\n  utter_rain_cover:\n  - text: Yes.\n    metadata: {kind: faq}\n"
    new.write_text(head + answer, "utf-8")
    assert main([], root) == 0
    assert "- rain_cover\n" in (root / "domain.yml").read_text("utf-8")
    assert "{intent: rain_cover}, {action: utter_rain_cover}" in (root / TOPICS).read_text("utf-8")
    assert main(["--check"], root) == 0


def test_every_offer_of_a_person_has_a_reason_that_the_record_knows() -> None:
    reasons = {
        "customer_asked",
        "not_understood",
        "not_helpful",
        "complaint",
        "frustrated",
        "action_failed",
        "policy",
    }
    offers = 0
    for name, variations in product_domain()["responses"].items():
        for item in variations:
            payloads = [button["payload"] for button in item.get("buttons") or []]
            reason = (item.get("metadata") or {}).get("offers")
            assert reason is None or reason in reasons, name
            offers += reason is not None
            asks_for_person = "/contact_human_agent" in payloads
            told_elsewhere = (item.get("metadata") or {}).get("kind") != "dialogue"
            if asks_for_person and not told_elsewhere:
                assert reason or name in (
                    "utter_hand_back",
                    "utter_no_then",
                    "utter_ask_order_email_again",
                ), name
    assert offers > 20
