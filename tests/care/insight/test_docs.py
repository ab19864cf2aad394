"""The owners' page names every measure as it is."""

from pathlib import Path

from care.insight.measures import measures

PAGE = Path(__file__).resolve().parents[3] / "docs" / "owners" / "measures.md"


def test_every_measure_is_documented_as_it_is() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for measure in measures().values():
        target = "" if measure.target is None else f"{measure.target:g}"
        cells = (
            f"`{measure.key}`",
            measure.name,
            measure.formula,
            measure.side,
            measure.unit,
            target,
            measure.owner,
            measure.reference,
        )
        assert f"| {' | '.join(cells)} |" in lines, f"docs/owners/measures.md: {measure.key}"


def test_no_measure_is_documented_that_is_not_there() -> None:
    named = {
        line.split("`")[1]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    }
    assert named == set(measures())
