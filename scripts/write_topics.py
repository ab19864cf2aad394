"""Write what follows from the topics in data/: the domain's intents and the topics' rules.

`python -m scripts.write_topics` after adding, renaming or removing a topic; `--check` only says
(exit 1) whether something is out of date. Written are

* the list of intents between two marks in domain.yml,
* data/rules/topics.yml: one rule a topic (and one for a topic that is asked twice in a row),
* data/stories/said_by_actions.yml: the answers that are named in code only, so that
  `rasa data validate` knows that they are in use.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
TOPICS = Path("data/rules/topics.yml")
SAID = Path("data/stories/said_by_actions.yml")
BEGIN, END = "# topics: begin", "# topics: end"
NOTE = "# Written by `python -m scripts.write_topics`; do not edit.\n"
ANSWERED = ("faq", "task")
# Intents that Rasa has itself; naming them in the domain would be an error.
RASA_INTENTS = ("back", "restart", "session_start", "nlu_fallback", "out_of_scope")
UTTER = re.compile(r"\butter_[a-z_]+\b")


@dataclass(frozen=True)
class Topics:
    """What data/ and domain.yml hold: intents with examples, answers, and hand-written rules."""

    intents: list[str]
    answers: dict[str, list[dict[str, Any]]]
    handled: set[str]
    said: set[str] = field(default_factory=set)

    def kind(self, intent: str) -> str:
        """The kind of an intent's answer: faq, task, smalltalk, internal, or '' without one."""
        variations = self.answers.get(f"utter_{intent}") or [{}]
        return str((variations[0].get("metadata") or {}).get("kind", ""))


def read_topics(root: Path) -> Topics:
    """Read all data files but the written ones, and the answers in domain.yml."""
    intents: list[str] = []
    handled: set[str] = set()
    said: set[str] = set()
    domain = yaml.safe_load((root / "domain.yml").read_text("utf-8"))
    answers: dict[str, list[dict[str, Any]]] = dict(domain.get("responses") or {})
    for path in sorted((root / "data").rglob("*.yml")):
        if path.relative_to(root) in (TOPICS, SAID):
            continue
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        intents += [item["intent"] for item in content.get("nlu") or [] if "intent" in item]
        answers |= content.get("responses") or {}
        for block in [*(content.get("rules") or []), *(content.get("stories") or [])]:
            steps = list(_steps(block.get("steps") or []))
            said |= {step["action"] for step in steps if "action" in step}
            if "rule" in block:
                handled |= {step["intent"] for step in steps if "intent" in step}
    return Topics(sorted(set(intents)), answers, handled, said)


def _steps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield from step.get("or", [step])


def written_rules(topics: Topics) -> str:
    """Text of data/rules/topics.yml."""
    lines = [NOTE, 'version: "3.1"\nrules:\n']
    open_topics = [name for name in topics.intents if name not in topics.handled]
    for name in open_topics:
        if topics.kind(name) in ANSWERED:
            lines.append(_answered(name))
            lines.append(_asked_again(name))
        elif topics.kind(name) == "smalltalk":
            lines.append(_rule(name, f"intent: {name}", f"action: utter_{name}"))
    internal = [name for name in open_topics if topics.kind(name) == "internal"]
    if internal:
        asked = ", ".join(f"{{intent: {name}}}" for name in internal)
        lines.append(_rule("internal topics", f"or: [{asked}]", "action: action_answer_internal"))
    return "".join(lines)


def _rule(name: str, *steps: str) -> str:
    return f"- {{rule: {name}, steps: [{', '.join(f'{{{step}}}' for step in steps)}]}}\n"


def _answered(name: str) -> str:
    steps = (f"intent: {name}", f"action: utter_{name}", "action: utter_did_that_help")
    return _rule(name, *steps)


def _asked_again(name: str) -> str:
    before = (f"action: utter_{name}", "action: utter_did_that_help")
    return _rule(f"{name} again", *before, f"intent: {name}", "action: utter_asked_again")


def written_said(topics: Topics, root: Path) -> str:
    """Text of data/stories/said_by_actions.yml."""
    files = [*(root / "actions").glob("*.py"), *(root / "assistant").glob("*.py")]
    code = "".join(path.read_text("utf-8") for path in sorted(files))
    named = set(UTTER.findall(code)) | {f"utter_{name}" for name in _by_pattern(topics)}
    named |= {name for name in topics.answers if name.startswith("utter_decline_")}
    ruled = {f"utter_{n}" for n in topics.intents if n not in topics.handled}
    internal = {f"utter_{n}" for n in topics.intents if topics.kind(n) == "internal"}
    unseen = sorted((named & set(topics.answers)) - topics.said - (ruled - internal))
    steps = "".join(f"  - action: {name}\n" for name in unseen)
    return f'{NOTE}version: "3.1"\nstories:\n- story: answers that actions give\n  steps:\n{steps}'


def _by_pattern(topics: Topics) -> Iterator[str]:
    """Answers that actions choose by a name they compose."""
    for name in topics.intents:
        if topics.kind(name) == "internal":
            yield name
    for answer in topics.answers:
        if answer.startswith(("utter_order_is_", "utter_ask_")):
            yield answer.removeprefix("utter_")
    yield from (name for name in topics.handled if f"utter_{name}" in topics.answers)


def written_domain(topics: Topics, text: str) -> str:
    """domain.yml with the present intents between its marks."""
    head, rest = text.split(f"{BEGIN}\n", 1)
    _, tail = rest.split(END, 1)
    names = "".join(f"- {name}\n" for name in topics.intents if name not in RASA_INTENTS)
    return f"{head}{BEGIN}\n{names}{END}{tail}"


def missing_answers(topics: Topics) -> list[str]:
    """Topics that nothing answers: no hand-written rule and no answer of a known kind."""
    known = (*ANSWERED, "smalltalk", "internal")
    return [
        name
        for name in topics.intents
        if name not in topics.handled and topics.kind(name) not in known
    ]


def outcome(root: Path) -> dict[Path, str]:
    """The files this command writes, with the text each should have."""
    topics = read_topics(root)
    return {
        Path("domain.yml"): written_domain(topics, (root / "domain.yml").read_text("utf-8")),
        TOPICS: written_rules(topics),
        SAID: written_said(topics, root),
    }


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the command; gives the exit status."""
    unanswered = missing_answers(read_topics(root))
    for name in unanswered:
        print(f"{name}: no answer utter_{name} with metadata kind, and no rule")
    wanted = outcome(root)
    stale = [
        path
        for path, text in wanted.items()
        if not (root / path).exists() or (root / path).read_text("utf-8") != text
    ]
    for path in stale:
        if "--check" in arguments:
            print(f"{path} is out of date: run `python -m scripts.write_topics`")
        else:
            (root / path).write_text(wanted[path], "utf-8")
            print(f"wrote {path}")
    return 1 if unanswered or (stale and "--check" in arguments) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
