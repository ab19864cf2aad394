"""`make test`: everything that can fail, from a fresh clone, two suites at a time.

`LANES=1 make test` runs one after the other and prints what each says as it comes.
"""

import sys
from collections.abc import Sequence

from scripts.check import STEPS as CHECKS
from scripts.steps import HERE, RASA, Step, lanes_wanted, run_all

# A folder of the step's own: two suites never share a note of what failed, nor does a
# later run find an old one.
PYTEST = ["-m", "pytest", "-q", "-o", "cache_dir=$TMPDIR/noted"]
PYTEST += ["--durations=10", "--durations-min=5"]
# What hangs shall end; how long a test may take on a slow machine is nobody's business.
PYTEST += ["-o", "timeout=900"]
OF_THE_ASSISTANT = ["-c", "assistant/pyproject.toml"]
DATA_TESTS = ["tests/nlu", "tests/test_deployment.py", "tests/test_docs.py", "tests/test_steps.py"]
STORIES = [RASA, "-m", "rasa", "test", "core", "--stories", "tests/test_stories.yml"]
STORIES += ["--fail-on-prediction-errors", "--out", "var/test-stories"]
PROGRAMS, TRAINING = "PostgreSQL, Redis, Chromium", "training"


def suite(
    name: str, *arguments: str, seconds: float, after: Sequence[str] = (), python: str = HERE
) -> Step:
    """A pytest run whose failures, those alone, get a second try: machines can be busy."""
    command = [python, *PYTEST, *arguments]
    again = [*command, "--last-failed", "--last-failed-no-failures=none"]
    return Step(name, command, again, [PROGRAMS, *after], seconds)


# The seconds are of two slow cores.
STEPS = [
    *CHECKS,
    # Installed before any suite looks for them: apt-get lets only one of two in.
    Step(PROGRAMS, [HERE, "-m", "tests.support.services"]),
    Step(TRAINING, [RASA, "-m", "assistant.train"], seconds=110),
    suite("the assistant's parts", *OF_THE_ASSISTANT, "tests/assistant", seconds=320, python=RASA),
    suite(
        "the trained model, on held-out messages",
        *OF_THE_ASSISTANT,
        "tests/trained",
        seconds=40,
        after=[TRAINING],
        python=RASA,
    ),
    Step("conversations, by Rasa", STORIES, after=[TRAINING], seconds=20),
    suite("data, deployment, docs", *DATA_TESTS, seconds=35),
    suite("the action server and the care server", "tests/actions", "tests/care", seconds=490),
    suite("kills and several processes", "tests/scale", seconds=50),
    # A browser is driven by a loop of its own: each of these is a process of its own.
    suite("the widget, in a browser", "tests/widget", seconds=215),
    suite("the desk, in a browser", "tests/desk", seconds=190),
    suite("the whole way, in a browser", "tests/whole_way", seconds=95, after=[TRAINING]),
]

if __name__ == "__main__":
    sys.exit(run_all(STEPS, lanes_wanted()))
