"""`make test`: everything that can fail, from a fresh clone."""

import sys

from check import STEPS as CHECKS
from steps import HERE, RASA, Step, run_all

PYTEST = ["-m", "pytest", "-q"]
ROOT_TESTS = ["tests/nlu", "tests/test_deployment.py", "tests/test_docs.py"]
STORIES = [RASA, "-m", "rasa", "test", "core", "--stories", "tests/test_stories.yml"]
STORIES += ["--fail-on-prediction-errors", "--out", "var/test-stories"]


def suite(name: str, folder: str, *paths: str, python: str = HERE) -> Step:
    """A pytest run whose failures, those alone, get a second try: machines can be busy."""
    command = [python, *PYTEST, "-o", f"cache_dir=var/pytest/{folder}", *paths]
    return Step(name, command, [*command, "--last-failed", "--last-failed-no-failures=none"])


STEPS = [
    *CHECKS,
    suite(
        "the assistant's parts",
        "assistant",
        "-c",
        "assistant/pyproject.toml",
        "tests/assistant",
        python=RASA,
    ),
    Step("training", [RASA, "-m", "assistant.train"]),
    suite(
        "the trained model, on held-out messages",
        "trained",
        "-c",
        "assistant/pyproject.toml",
        "tests/trained",
        python=RASA,
    ),
    Step("conversations, by Rasa", STORIES),
    suite("data, deployment, docs", "data", *ROOT_TESTS),
    suite("the action server and the care server", "care", "tests/actions", "tests/care"),
    suite("kills and several processes", "scale", "tests/scale"),
    # A browser is driven by a loop of its own: each of these is a process of its own.
    suite("the widget, in a browser", "widget", "tests/widget"),
    suite("the desk, in a browser", "desk", "tests/desk"),
    suite("the whole way, in a browser", "whole-way", "tests/whole_way"),
]

if __name__ == "__main__":
    sys.exit(run_all(STEPS))
