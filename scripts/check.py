"""`make check`: lint, types, and what Rasa and the linter say of the training data."""

import sys

from steps import HERE, RASA, Step, run_all

STEPS = [
    Step("lint", [HERE, "-m", "ruff", "check", "."]),
    Step("types", [HERE, "-m", "mypy"]),
    Step(
        "types of the assistant",
        [RASA, "-m", "mypy", "--config-file", "assistant/pyproject.toml", "assistant"],
    ),
    Step("training data, by our linter", [HERE, "tests/nlu/data_lint.py"]),
    Step(
        "training data, by Rasa",
        [RASA, "-m", "rasa", "data", "validate", "--fail-on-warnings", "--max-history", "5"],
    ),
]

if __name__ == "__main__":
    sys.exit(run_all(STEPS))
