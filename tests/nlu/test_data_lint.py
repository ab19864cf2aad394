"""The data linter: every check is shown something wrong and the same thing put right."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.nlu import data_lint

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 12, 1)
NOUNS = [
    "lamp",
    "rug",
    "sofa",
    "vase",
    "mug",
    "bench",
    "shelf",
    "chair",
    "mirror",
    "pillow",
    "candle",
    "basket",
    "stool",
    "desk",
    "bed",
]
PLACES = ["kitchen", "hall", "garden", "office", "bedroom"]


def sentences(verb: str, count: int = 30) -> list[str]:
    """Sentences that share too little to be near each other."""
    return [f"{verb} {noun} {place}" for noun in NOUNS for place in PLACES][:count]


def answer(**metadata: Any) -> dict[str, Any]:
    """An answer that somebody looks after, with what the test changes."""
    cared = {"title": "Lamps", "owner": "Lighting", "reviewed": "2026-11-15", "kind": "faq"}
    return {"text": "Here is how.", "metadata": cared | metadata}


class Project:
    """A small project on disk: two healthy intents, an answer and the rule that uses it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.examples = {"buy_lamp": sentences("obtain"), "mend_lamp": sentences("repair")}
        self.responses: dict[str, Any] = {"utter_buy_lamp": [answer()]}
        self.used = ["utter_buy_lamp"]
        self.domain: dict[str, Any] = {"intents": ["buy_lamp", {"mend_lamp": {}}]}

    def write(self) -> Path:
        nlu = [
            {"intent": name, "examples": "".join(f"- {line}\n" for line in lines)}
            for name, lines in self.examples.items()
        ]
        steps = [{"intent": "buy_lamp"}, *({"action": name} for name in self.used)]
        files: dict[str, dict[str, Any]] = {
            "data/faq/lamps.yml": {"nlu": nlu, "responses": self.responses},
            "data/rules/lamps.yml": {"rules": [{"rule": "buy", "steps": steps}]},
            "domain.yml": self.domain,
        }
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump({"version": "3.1", **content}), encoding="utf-8")
        return self.root

    def lint(self) -> list[data_lint.Finding]:
        return data_lint.lint(self.write(), TODAY)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def checks(found: list[data_lint.Finding]) -> list[tuple[str, str]]:
    return [(finding.level, finding.check) for finding in found]


def test_a_healthy_project_has_no_findings(project: Project) -> None:
    assert project.lint() == []


@pytest.mark.parametrize("intent", ["buy_lamp", "mend_lamp"])
def test_a_sentence_twice_is_an_error(project: Project, intent: str) -> None:
    project.examples["buy_lamp"].append("I don't care, sell it")
    project.examples[intent].append("i DONT care; sell it!")

    (finding,) = project.lint()

    assert (finding.level, finding.check) == ("error", "duplicate")
    assert f"in {intent}" in finding.text


def test_sentences_without_words_are_compared_as_written(project: Project) -> None:
    project.examples["buy_lamp"] += ["???", "!!!"]
    assert project.lint() == []
    project.examples["mend_lamp"].append("???")
    assert checks(project.lint()) == [("error", "duplicate")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("unpack the wardrobe downstairs", "please unpack my wardrobe downstairs"),
        (
            "everything about unusual wardrobes downstairs",
            "everything about unusual wardrobs downstairs",
        ),
    ],
)
def test_padding_and_typos_do_not_make_a_new_sentence(
    project: Project, one: str, other: str
) -> None:
    project.examples["buy_lamp"].append(one)
    project.examples["mend_lamp"].append(other)

    (finding,) = project.lint()

    assert (finding.level, finding.check) == ("warning", "near-duplicate")
    assert one in finding.text
    assert other in finding.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("could you help me track my refund", "could you help me claim my refund"),
        ("where is it", "it"),
    ],
)
def test_one_changed_word_is_a_contrast(project: Project, one: str, other: str) -> None:
    project.examples["buy_lamp"].append(one)
    project.examples["mend_lamp"].append(other)

    assert project.lint() == []


def test_near_sentences_of_one_intent_are_welcome(project: Project) -> None:
    project.examples["buy_lamp"] += ["unpack wardrobe downstairs", "pls unpack wardrobe downstairs"]

    assert project.lint() == []


def test_intents_are_balanced(project: Project) -> None:
    project.examples["rare"] = sentences("polish", 24)
    project.examples["common"] = sentences("borrow", 75) + sentences("admire", 30)
    project.examples["out_of_scope"] = sentences("forget", 75) + sentences("paint", 75)

    found = project.lint()

    assert checks(found) == [("error", "balance")] * 2
    assert [finding.text.split()[0] for finding in found] == ["common", "rare"]


def test_an_intent_that_nobody_says_needs_no_balance(project: Project) -> None:
    project.examples["EXTERNAL_wake_up"] = ["EXTERNAL_wake_up"]
    assert project.lint() == []


def test_an_answer_that_nothing_names_is_unused(project: Project) -> None:
    project.responses["utter_spare"] = [answer()]
    assert checks(project.lint()) == [("error", "unused")]
    project.used.append("utter_spare")
    assert project.lint() == []


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ('NAME = "utter_mend_lamp"', True),
        ('def name(intent: str) -> str:\n    return f"utter_{intent}"', True),
        ('def name(thing: str) -> str:\n    return f"utter_mend_{thing}"', True),
        ('def name(thing: str) -> str:\n    return f"utter_sell_{thing}"', False),
    ],
)
def test_code_uses_answers_by_name_or_by_prefix(project: Project, source: str, used: bool) -> None:
    project.responses["utter_mend_lamp"] = [answer()]
    actions = project.root / "actions"
    actions.mkdir()
    (actions / "lamps.py").write_text(source, encoding="utf-8")

    assert checks(project.lint()) == ([] if used else [("error", "unused")])


def test_a_name_built_from_the_intent_reaches_answers_of_intents_only(project: Project) -> None:
    project.responses["utter_spare"] = [answer()]
    actions = project.root / "actions"
    actions.mkdir()
    (actions / "lamps.py").write_text('NAME = f"utter_{intent}"', encoding="utf-8")

    assert checks(project.lint()) == [("error", "unused")]


@pytest.mark.parametrize("key", ["owner", "reviewed", "title"])
def test_an_answer_has_an_owner_a_review_date_and_a_title(project: Project, key: str) -> None:
    project.responses["utter_buy_lamp"] = [answer(**{key: None})]

    (finding,) = project.lint()

    assert (finding.level, finding.check) == ("error", "care")
    assert finding.text == f"utter_buy_lamp has no {key}"


def test_a_translation_needs_no_title_but_an_owner(project: Project) -> None:
    german = {"condition": [{"type": "slot", "name": "language", "value": "de"}]}
    project.responses["utter_buy_lamp"] += [
        answer(title=None) | german,
        answer(owner=None) | german,
    ]

    assert [finding.text for finding in project.lint()] == ["utter_buy_lamp has no owner"]


def test_small_talk_in_the_domain_needs_no_owner_but_facts_do(project: Project) -> None:
    project.domain["responses"] = {"utter_hello": [{"text": "Hello!"}]}
    project.used.append("utter_hello")
    assert project.lint() == []
    project.domain["responses"] = {"utter_hello": [answer(owner=None)]}
    assert checks(project.lint()) == [("error", "care")]


@pytest.mark.parametrize(
    ("reviewed", "expected"),
    [
        (dt.date(2025, 12, 1), []),
        ("2025-11-30", [("warning", "review")]),
        ("2026-12-02", [("warning", "review")]),
        ("last spring", [("error", "care")]),
    ],
)
def test_reviews_are_dated_and_at_most_a_year_old(
    project: Project, reviewed: dt.date | str, expected: list[tuple[str, str]]
) -> None:
    project.responses["utter_buy_lamp"] = [answer(reviewed=reviewed)]

    assert checks(project.lint()) == expected


DECLINE_TEXT = (
    "I understand that this is a nuisance. We cannot refund cut cloth, because nobody else can use "
    "it. We can shorten it free of charge or give store credit: which do you prefer? "
    "A colleague is glad to talk it over."
)
DECLINE_PARTS = {
    "acknowledge": "I understand",
    "reason": "because nobody else",
    "option": "shorten it free of charge",
    "choice": "which do you prefer",
    "person": "A colleague",
}


def decline(parts: object) -> dict[str, Any]:
    return answer(parts=parts) | {"text": DECLINE_TEXT}


def test_a_decline_with_all_its_parts_passes(project: Project) -> None:
    project.responses["utter_decline_refund"] = [decline(DECLINE_PARTS)]
    project.used.append("utter_decline_refund")

    assert project.lint() == []


@pytest.mark.parametrize("part", DECLINE_PARTS)
@pytest.mark.parametrize("marked", [None, "...", "words that are not in the text"])
def test_a_decline_lacking_a_part_is_refused(
    project: Project, part: str, marked: str | None
) -> None:
    project.responses["utter_decline_refund"] = [decline(DECLINE_PARTS | {part: marked})]
    project.used.append("utter_decline_refund")

    (finding,) = project.lint()

    assert (finding.level, finding.check) == ("error", "decline")
    assert f"'{part}'" in finding.text


@pytest.mark.parametrize("parts", [None, list(DECLINE_PARTS)])
def test_a_decline_must_show_its_parts_not_only_claim_them(project: Project, parts: object) -> None:
    project.responses["utter_decline_refund"] = [decline(parts)]
    project.used.append("utter_decline_refund")

    assert checks(project.lint()) == [("error", "decline")]


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tests/nlu/data_lint.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_the_command_fails_on_errors_and_not_on_warnings(project: Project) -> None:
    project.responses["utter_buy_lamp"] = [answer(reviewed="2020-01-01")]
    warned = run(project.write())
    assert (warned.returncode, warned.stdout.splitlines()[-1]) == (0, "0 errors, 1 warnings")

    project.responses["utter_spare"] = [answer()]
    refused = run(project.write())
    assert refused.returncode == 1
    assert "error: data/faq/lamps.yml: nothing uses utter_spare [unused]" in refused.stdout


def test_the_command_says_when_there_is_nothing_to_read(tmp_path: Path) -> None:
    missing = run(tmp_path)

    assert missing.returncode == 2
    assert "no folder data/" in missing.stderr


def test_our_own_data_has_no_error() -> None:
    found = data_lint.lint(ROOT)

    assert [str(finding) for finding in found if finding.level == "error"] == []
