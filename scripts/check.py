"""`make check`: lint, types, and what Rasa and the linter say of the training data."""

import sys

from scripts.steps import HERE, RASA, Step, lanes_wanted, run_all

STEPS = [
    Step("lint", [HERE, "-m", "ruff", "check", "."], seconds=1),
    Step("types", [HERE, "-m", "mypy"], seconds=40),
    Step(
        "types of the assistant",
        [RASA, "-m", "mypy", "--config-file", "assistant/pyproject.toml", "assistant"],
        seconds=10,
    ),
    Step("training data, by our linter", [HERE, "tests/nlu/data_lint.py"], seconds=7),
    Step(
        "training data, by Rasa",
        [RASA, "-m", "rasa", "data", "validate", "--fail-on-warnings", "--max-history", "5"],
        seconds=20,
    ),
]

if __name__ == "__main__":
    sys.exit(run_all(STEPS, lanes_wanted()))
