"""`make bench`: every benchmark, or those named: `make bench ONLY="nlu engine"`."""

import os
import sys
from pathlib import Path

from scripts.steps import HERE, RASA, ROOT, Step, run_all

INSIDE_RASA = {"nlu", "engine"}


def steps(names: list[str]) -> list[Step]:
    """The benchmarks to run; all of them where none is named."""
    known = sorted(p.stem for p in Path(ROOT, "benchmarks").glob("[a-z]*.py"))
    if unknown := set(names) - set(known):
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = names or known
    return [Step(n, [RASA if n in INSIDE_RASA else HERE, f"benchmarks/{n}.py"]) for n in chosen]


if __name__ == "__main__":
    # As the assistant's own process: a second thread only spins.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(run_all(steps(sys.argv[1:])))
