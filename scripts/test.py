"""`make test`: everything that can fail, from a fresh clone."""

import sys

from check import STEPS as CHECKS
from steps import HERE, RASA, Step, run_all

PYTEST = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
ROOT_TESTS = ["tests/nlu", "tests/test_deployment.py", "tests/test_docs.py"]
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
    Step("data, deployment, docs", [HERE, *PYTEST, *ROOT_TESTS]),
    Step("the action server and the care server", [HERE, *PYTEST, "tests/actions", "tests/care"]),
    Step("kills and several processes", [HERE, *PYTEST, "tests/scale"]),
    # A browser is driven by a loop of its own: each of these is a process of its own.
    Step("the widget, in a browser", [HERE, *PYTEST, "tests/widget"]),
    Step("the desk, in a browser", [HERE, *PYTEST, "tests/desk"]),
    Step("the whole way, in a browser", [HERE, *PYTEST, "tests/whole_way"]),
]

if __name__ == "__main__":
    sys.exit(run_all(STEPS))
