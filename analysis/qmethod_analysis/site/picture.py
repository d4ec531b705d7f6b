"""Where the viewpoints place a statement, as one small drawing that any page can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from qmethod.solution import QSolution
from qmethod_analysis.pictures.drawing import FAINT, LINE, Scale, element, group, line, outline
from qmethod_analysis.words.labels import marker, shade

WIDTH = 320.0
STEP = 15.0


def sprite(viewpoints: Iterable[int]) -> Markup:
    """The shapes of viewpoints, once for a whole page; `mark` and `dots` refer to them."""
    shapes = (element("symbol", element("path", d=outline(marker(f), 6.0)), id=f"m{f}", viewBox="-9 -9 18 18") for f in viewpoints)
    return element("svg", *shapes, class_="unseen", aria_hidden="true")


def mark(position: int) -> Markup:
    """A viewpoint's shape in its colour, to stand before its name."""
    return element("svg", element("use", href=f"#m{position}"), class_=f"mark {shade(position)}", aria_hidden="true")


def symbol(position: int, **attributes: str) -> Markup:
    """A viewpoint's shape and nothing else, for where there are hundreds: colour and name are those of what stands around it, or its attributes."""
    return element("svg", element("use", href=f"#m{position}"), **attributes)


def dots(solution: QSolution, statement: int, viewpoints: Sequence[int], own: int = -1) -> Markup:
    """A line of places from the lowest to the highest, with a point for each viewpoint; points at one place stand above one another.

    Hidden from screen readers: the places stand beside it in words.

    Parameters
    ----------
    solution : QSolution
    statement : int
    viewpoints : sequence of int
        Those to show.
    own : int, optional
        One of them to be drawn larger.
    """
    values = solution.scores.grid.values
    x = Scale(float(values[0]), float(values[-1]), 14, WIDTH - 14)
    stacks: dict[float, list[int]] = {}
    for f in viewpoints:
        stacks.setdefault(float(solution.scores.arrays[statement, f]), []).append(f)
    tall = max(map(len, stacks.values()))
    base = STEP * tall + 7
    ticks = group((line(x(v), base - 4, x(v), base + 4) for v in values), stroke=FAINT)
    middle = line(x(0), 2, x(0), base, stroke=LINE) if values[0] < 0 < values[-1] else Markup()
    points = Markup().join(
        _point(f, x(value), base - STEP * level - 9, 24.0 if f == own else 18.0) for value, stack in stacks.items() for level, f in enumerate(stack)
    )
    body = middle + line(x.start, base, x.end, base, stroke=FAINT) + ticks + points
    return element("svg", body, class_="dots", viewBox=f"0 0 {WIDTH:.0f} {base + 6:.0f}", aria_hidden="true")


def _point(viewpoint: int, x: float, y: float, size: float) -> Markup:
    return element("use", href=f"#m{viewpoint}", x=x - size / 2, y=y - size / 2, width=size, height=size, class_=f"point {shade(viewpoint)}")
