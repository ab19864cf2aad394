"""`make test`: everything that can fail, from a fresh clone."""

import sys

from check import STEPS as CHECKS
from steps import HERE, RASA, Step, run_all

PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
STORIES = [RASA, "-m", "rasa", "test", "core", "--stories", "tests/test_stories.yml"]
STORIES += ["--fail-on-prediction-errors", "--out", "var/test-stories"]
STEPS = [
    *CHECKS,
    Step(
        "the assistant's parts",
        [RASA, *PYTEST, "-c", "assistant/pyproject.toml", "tests/assistant"],
    ),
    Step("training", [RASA, "-m", "assistant.train"]),
    Step("conversations, by Rasa", STORIES),
    Step("the care server, the desk, the widget, the whole way", [HERE, *PYTEST, "tests"]),
]

if __name__ == "__main__":
    sys.exit(run_all(STEPS))
