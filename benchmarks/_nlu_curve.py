"""Draws wrong answers against messages that are not answered, as an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

WIDTH, HEIGHT, EDGE = 560, 360, 50


def draw(points: Sequence[tuple[float, float]], target: Path) -> Path:
    """Write the curve of (percent not answered rightly, percent wrong) and say where it is."""
    most = max(5.0, max((wrong for _, wrong in points), default=0.0))

    def place(asked: float, wrong: float) -> str:
        x = EDGE + asked / 100 * (WIDTH - 2 * EDGE)
        y = HEIGHT - EDGE - wrong / most * (HEIGHT - 2 * EDGE)
        return f"{x:.1f},{y:.1f}"

    line = " ".join(place(asked, wrong) for asked, wrong in points)
    left, right = place(0, 2), place(100, 2)
    base, top = HEIGHT - EDGE, EDGE
    marks = "".join(
        f'<text x="{EDGE - 8}" y="{place(0, v).split(",")[1]}" text-anchor="end">{v:.0f}</text>'
        for v in (0, most / 2, most)
    )
    marks += "".join(
        f'<text x="{place(v, 0).split(",")[0]}" y="{base + 18}" text-anchor="middle">{v}</text>'
        for v in (0, 25, 50, 75, 100)
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<path d="M{EDGE},{top} V{base} H{WIDTH - EDGE}" fill="none" stroke="black"/>'
        f'<polyline points="{left} {right}" stroke="#a00" stroke-dasharray="4"/>{marks}'
        f'<polyline points="{line}" fill="none" stroke="#036" stroke-width="2"/>'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">% of in-scope messages not answered rightly</text>'
        f'<text x="{EDGE}" y="30">% answered wrongly (dashed: 2)</text></svg>'
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg, encoding="utf-8")
    return target
