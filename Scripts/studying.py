"""What the studies of learning (study_pusht, study_aloha) share: the plot, and the table's place in a page."""

from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 640, 320, 60, 20, 50, 20


@dataclass(frozen=True)
class Curve:
    """Values over the training steps, and how the line looks; a named one is named at the right."""

    points: list[tuple[int, float]]
    colour: str
    thickness: float
    name: str = ""


def drawing(curves: list[Curve], ticks: list[float], title: str) -> str:
    """An SVG picture: the ticks, the last one the top, at the left; the steps below."""
    steps = sorted({step for curve in curves for step, _ in curve.points})

    def x(step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / steps[-1]

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / ticks[-1]

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for value in ticks:
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for step in steps:
        parts.append(f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step}</text>')
    for curve in curves:
        path = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in curve.points)
        style = f'stroke="{curve.colour}" stroke-width="{curve.thickness:g}"'
        parts.append(f'<polyline points="{path}" fill="none" {style}/>')
    named = [curve for curve in curves if curve.name]
    for k, curve in enumerate(named):
        height = HEIGHT - BOTTOM - 12 - 18 * (len(named) - 1 - k)
        parts.append(
            f'<text x="{WIDTH - RIGHT - 10}" y="{height}" text-anchor="end" fill="{curve.colour}">{curve.name}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle">training steps</text>')
    parts.append(
        f'<text transform="translate(16 {(HEIGHT - BOTTOM + TOP) / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{title}</text>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def replace_table(page: Path, table: str) -> None:
    """Puts the table between the two comments that mark its place."""
    begin, end = "<!-- table -->\n", "<!-- end of table -->"
    before, rest = page.read_text().split(begin)
    page.write_text(before + begin + table + "\n" + end + rest.split(end)[1])
