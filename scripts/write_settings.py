"""Writes the tables of docs/operators/settings.md from the settings themselves."""

from dataclasses import fields
from pathlib import Path

from care.settings import ELSEWHERE, Settings, variable_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operators" / "settings.md"
START, MIDDLE, END = "<!-- care server -->", "<!-- other programs -->", "<!-- end -->"


def tables() -> tuple[str, str]:
    """The table of the care server's settings, and that of the other programs'."""
    head = "\n| variable | default | meaning |\n|---|---|---|\n"
    own = [
        (
            variable_of(entry.name),
            "generated" if entry.metadata["secret"] else _default(entry.default),
            entry.metadata["doc"],
        )
        for entry in fields(Settings)
    ]
    others = [(name, f"`{value[0]}`", value[1]) for name, value in ELSEWHERE.items()]
    rows = [
        "".join(f"| `{name}` | {default} | {doc} |\n" for name, default, doc in table)
        for table in (own, others)
    ]
    return head + rows[0], head + rows[1]


def page(old: str) -> str:
    """The page with fresh tables between its marks."""
    before, _, rest = old.partition(START)
    _, _, rest = rest.partition(MIDDLE)
    _, _, after = rest.partition(END)
    own, others = tables()
    return f"{before}{START}\n{own}\n{MIDDLE}\n{others}\n{END}{after}"


def _default(value: object) -> str:
    return f"`{value}`" if str(value) else ""


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
