"""`python -m assistant.evaluate`: the held-out messages against the trained model.

For each set: how many were answered rightly, wrongly, asked back or passed; for messages that have
nothing to do with the shop: how many were answered all the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from assistant.evidence import FALLBACK, OUT_OF_SCOPE
from assistant.loaded import Understanding, newest_model
from assistant.paths import PROJECT


class Parser(Protocol):
    """Whatever understands one message."""

    def parse(self, text: str) -> dict[str, Any]:
        """Rasa's parse output."""
        ...


@dataclass(frozen=True)
class Row:
    """A held-out message, the intent that is right, and what the assistant made of it."""

    text: str
    intent: str
    guess: str
    kind: str
    confidence: float


@dataclass(frozen=True)
class Outcome:
    """Shares (0-1) of a set: `accuracy` of the first guess before the gates; then what happens
    with the gates: answered rightly, answered wrongly, asked back, passed."""

    messages: int
    accuracy: float
    right: float
    wrong: float
    asked: float
    passed: float


def first_guess(parsed: dict[str, Any]) -> tuple[str, float]:
    """The likeliest intent, and its confidence, before the gates put theirs in front."""
    decision = parsed.get("decision")
    if decision:
        return str(decision.get("intent") or ""), float(decision.get("confidence", 0))
    ranked = (i for i in parsed.get("intent_ranking") or [] if i["name"] != FALLBACK)
    best: dict[str, Any] = next(ranked, {"name": "", "confidence": 0})
    return str(best["name"]), float(best["confidence"])


def kind_of(parsed: dict[str, Any]) -> str:
    """answer, ask_back or pass; also for pipelines that set no decision."""
    decision = parsed.get("decision")
    if decision:
        return str(decision["kind"])
    name = (parsed.get("intent") or {}).get("name")
    return {FALLBACK: "ask_back", OUT_OF_SCOPE: "pass"}.get(str(name), "answer")


def rows_of(parser: Parser, labelled: Iterable[tuple[str, str]]) -> list[Row]:
    """Parse every (text, intent)."""
    rows = []
    for text, intent in labelled:
        parsed = parser.parse(text)
        guess, confidence = first_guess(parsed)
        rows.append(Row(text, intent, guess, kind_of(parsed), confidence))
    return rows


def outcome(rows: Sequence[Row]) -> Outcome:
    """Count a set."""
    total = max(len(rows), 1)
    kinds = Counter(row.kind for row in rows)
    right = sum(row.kind == "answer" and row.guess == row.intent for row in rows)
    return Outcome(
        len(rows),
        sum(row.guess == row.intent for row in rows) / total,
        right / total,
        (kinds["answer"] - right) / total,
        kinds["ask_back"] / total,
        kinds["pass"] / total,
    )


def read_labelled(path: Path) -> list[tuple[str, str]]:
    """(text, intent) of a file in Rasa's NLU format."""
    found = []
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        for line in block["examples"].splitlines():
            if line.strip().startswith("- "):
                found.append((line.strip()[2:].strip(), block["intent"]))
    return found


def both_needs_found(parser: Parser, messages: Sequence[dict[str, Any]]) -> float:
    """Share of the two-need messages where both needs, and nothing else, would be served."""
    hits: int = 0
    for message in messages:
        parsed = parser.parse(message["text"])
        served = {(parsed.get("intent") or {}).get("name")}
        served |= {also["intent"] for also in parsed.get("also") or []}
        hits += int(served == set(message["intents"]))
    return hits / max(len(messages), 1)


def refusals_respected(parser: Parser, messages: Sequence[dict[str, Any]]) -> float:
    """Share of refusals where the thing refused is not what would be served."""
    served = [(parser.parse(m["text"]).get("intent") or {}).get("name") for m in messages]
    kept = sum(bool(s != m["not"]) for s, m in zip(served, messages, strict=True))
    return kept / max(len(served), 1)


def evaluate(parser: Parser, folder: Path) -> dict[str, Any]:
    """All held-out sets of a folder: outcomes by set, and the rows that went wrong."""
    report: dict[str, Any] = {"sets": {}, "wrong": []}
    for path in sorted(folder.glob("heldout_*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        name = path.stem.removeprefix("heldout_")
        if isinstance(content, dict) and "nlu" in content:
            rows = rows_of(parser, read_labelled(path))
        elif name.endswith("foreign"):
            rows = rows_of(parser, [(text, OUT_OF_SCOPE) for text in content])
        elif name == "two_intents":
            report["both_needs_found"] = both_needs_found(parser, content)
            continue
        else:
            continue
        report["sets"][name] = asdict(outcome(rows))
        report["wrong"] += [
            {"set": name, **asdict(row)}
            for row in rows
            if (row.kind == "answer" if name.endswith("foreign") else row.guess != row.intent)
        ]
    refused = folder / "negation_refused.yml"
    if refused.exists():
        messages = yaml.safe_load(refused.read_text(encoding="utf-8"))
        report["refusals_respected"] = refusals_respected(parser, messages)
    return report


def as_text(report: dict[str, Any]) -> str:
    """The report as a table for a terminal."""
    head = f"{'set':<14}{'n':>6}{'accuracy':>10}{'right':>8}{'wrong':>8}{'asked':>8}{'passed':>8}"
    lines = [head]
    for name, got in report["sets"].items():
        shares = (got["accuracy"], got["right"], got["wrong"], got["asked"], got["passed"])
        shown = [f"{100 * share:.1f}" for share in shares]
        lines.append(
            f"{name:<14}{got['messages']:>6}{shown[0]:>10}{shown[1]:>8}{shown[2]:>8}"
            f"{shown[3]:>8}{shown[4]:>8}"
        )
    for key in ("both_needs_found", "refusals_respected"):
        if key in report:
            lines.append(f"{key.replace('_', ' ')}: {100 * report[key]:.1f}")
    return "\n".join(lines)


def main(given: Sequence[str] | None = None) -> int:
    """Evaluate and print; returns the exit status."""
    parser = argparse.ArgumentParser("assistant.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, help="a model file; the newest when not given")
    parser.add_argument("--models", type=Path, default=PROJECT / "models")
    parser.add_argument("--held-out", type=Path, default=PROJECT / "tests" / "nlu")
    parser.add_argument("--json", type=Path, help="write everything there as well")
    parser.add_argument("--wrong", action="store_true", help="list what went wrong")
    arguments = parser.parse_args(given)
    model = arguments.model or newest_model(arguments.models)
    with Understanding(model) as understanding:
        report = evaluate(understanding, arguments.held_out)
    sys.stdout.write(as_text(report) + "\n")
    if arguments.wrong:
        for row in report["wrong"]:
            sys.stdout.write(
                f"{row['set']}: {row['intent']} -> {row['guess']}"
                f" ({row['confidence']:.2f}, {row['kind']}) {row['text'][:100]}\n"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
