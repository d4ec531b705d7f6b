"""Pictures of two occasions: how far statements moved, how far people agree with themselves, and where they went among viewpoints."""

from __future__ import annotations

import math

import numpy as np
from markupsafe import Markup

from qmethod.data import FloatArray
from qmethod.occasions.compared import OccasionComparison
from qmethod_analysis.interpretation.occasions import called
from qmethod_analysis.pictures import drawing
from qmethod_analysis.pictures.drawing import FAINT, INK, LINE, PAPER, Figure, Pen, Scale, element, group, line, text, text_width, wrapped
from qmethod_analysis.pictures.figures import WORDING, inked
from qmethod_analysis.words.labels import marker
from qmethod_analysis.words.language import _

PANEL, TALL = 270.0, 220.0
"""Width of a panel of slopes with its names, and its height."""
NAME = 10
"""Letters that a name beside a slope may have; a longer one is cut, and the table has it whole."""


def statement_changes(made: OccasionComparison) -> Figure:
    """A row for each statement, from the largest rise to the largest fall: the mean change and its interval, filled where it is beyond chance.

    Parameters
    ----------
    made : OccasionComparison
    """
    s, beyond = made.statements, made.changed_statements
    order = np.argsort(-s.change, kind="stable").tolist()
    labels = [wrapped(f"{made.ids[i]}. {made.texts[i]}" if made.texts[i] else made.ids[i], 320 if any(made.texts) else 160, WORDING) for i in order]
    left = 16 + math.ceil(max(text_width(words, WORDING) for label in labels for words in label))
    right = left + 420
    pens = [Pen(_("beyond chance"), fill=INK, radius=5.0), Pen(_("not beyond chance"), fill=PAPER, radius=4.0)]
    legend, top = drawing.key(pens, left, 4, right)
    edges = top + 10 + np.cumsum([0.0, *(max(20.0, 17.0 * len(label) + 8) for label in labels)])
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    ends = np.abs(np.concatenate([s.change, s.low, s.high]))
    limit = max(1.0, float(np.nanmax(ends)) * 1.04)
    x = Scale(-limit, limit, left, right)
    bottom = float(edges[-1])
    body = legend + group((line(x(v), edges[0], x(v), bottom) for v in x.ticks(8) if v), stroke=LINE)
    body += group((line(0, edge, right, edge) for edge in edges[:-1].tolist()), stroke=LINE) + line(x(0), edges[0], x(0), bottom, stroke=FAINT)
    body += group((_lines(label, middle) for label, middle in zip(labels, middles, strict=True)), class_="wording", font_size=WORDING)
    rows = list(zip(order, middles, strict=True))
    bars = (line(x(s.low[i]), y, x(s.high[i]), y) for i, y in rows if s.low[i] == s.low[i])
    body += group(bars, stroke=FAINT, stroke_width="2", class_="intervals")
    for pen, which in zip(pens, (True, False), strict=True):
        body += pen.points(((x(s.change[i]), y) for i, y in rows if beyond[i] == which and s.n_people[i]), class_="points")
    first, second = called(made)
    body += drawing.x_axis(x, bottom, x.ticks(8), _("Mean change in places, {first} to {second}", first=first, second=second))
    return Figure(right + 8, bottom + 44, body)


def _lines(label: tuple[str, ...], middle: float) -> Markup:
    first = middle - 17 * (len(label) - 1) / 2 + drawing.MIDDLE * WORDING
    return element("text", *(element("tspan", f"{words} ", x=0, y=first + 17 * i) for i, words in enumerate(label)))


def agreement(made: OccasionComparison) -> Figure:
    """A point for each person at the correlation of the two sorts, points near one another stacked; a line for repeated sorts where that is known.

    Parameters
    ----------
    made : OccasionComparison
    """
    r = made.people.correlations
    low = min(0.0, math.floor(10 * float(r.min())) / 10)
    x = Scale(low, 1.0, 20, 500)
    known = made.people.noise != "none known"
    pens = [Pen(_("changed more than repeating explains"), fill=INK), Pen(_("not so"), fill=PAPER)] if known else [Pen(_("a person"), fill=PAPER)]
    stacked = _stacked([x(value) for value in r.tolist()])
    tall = 40.0 + max(level for _at, level in stacked) * 10
    points = [(a, tall - 6 - 10 * level) for a, level in stacked]
    first, second = called(made)
    body = drawing.x_axis(x, tall, x.ticks(8), _("Correlation of a person's two sorts, {first} and {second}", first=first, second=second))
    if known:
        at = x(made.people.reliability)
        body += line(at, 4, at, tall, stroke=FAINT, stroke_dasharray="5 4")
    changed = made.changed_people
    for pen in pens:
        those = [point for point, so in zip(points, changed, strict=True) if so == (pen.fill == INK)]
        body += pen.points(those, class_="points")
    legend, height = drawing.key(pens, x.start, tall + 46, x.end)
    return Figure(508, tall + 50 + height, body + legend)


def _stacked(across: list[float]) -> list[tuple[float, int]]:
    """For each point where it stands, and how many lie under it in its stack."""
    levels: dict[int, int] = {}
    found = []
    for value in across:
        at = round(value / 9)
        levels[at] = levels.get(at, -1) + 1
        found.append((9.0 * at, levels[at]))
    return found


def slopes(made: OccasionComparison) -> Figure:
    """A panel for each viewpoint: for each person a line from the correlation with it before to that after; those who moved beyond chance stand out.

    Parameters
    ----------
    made : OccasionComparison
        With viewpoints.
    """
    views = made.viewpoints
    if views is None:
        raise ValueError("there are no viewpoints to draw")
    both = np.concatenate([views.before, views.after])
    low, high = min(-0.2, float(both.min()) - 0.05), min(1.0, float(both.max()) + 0.05)
    body, bottom = Markup(), 0.0
    for j, label in enumerate(views.labels):
        top = 34 + j * (TALL + 66)
        y = Scale(low, high, top + TALL, top)
        body += _panel(made, views.before[:, j], views.after[:, j], y, 52.0, label, j)
        bottom = top + TALL + 30
    return Figure(52 + PANEL, bottom, body)


def _panel(made: OccasionComparison, before: FloatArray, after: FloatArray, y: Scale, left: float, label: str, j: int) -> Markup:
    start, end = left, left + PANEL - 90
    moved = made.moved_people
    rows = list(zip(before.tolist(), after.tolist(), moved.tolist(), strict=True))
    body = text(start, y.end - 18, _("{viewpoint}: correlation with it", viewpoint=label))
    body += group((line(start, y(v), end, y(v)) for v in y.ticks(5)), stroke=LINE)
    body += drawing.y_axis(y, start, y.ticks(5), "")
    body += group((line(start, y(a), end, y(b)) for a, b, so in rows if not so), stroke=FAINT, stroke_width="1", class_="people")
    body += group((line(start, y(a), end, y(b)) for a, b, so in rows if so), stroke=inked(j), stroke_width="3", class_="moved")
    pen = Pen("", marker(j), inked(j), 4.5)
    body += pen.points(((at, y(v)) for a, b, so in rows if so for at, v in ((start, a), (end, b))), class_="points")
    names = [(y(b), name) for (_a, b, so), name in zip(rows, made.participants, strict=True) if so]
    body += group(text(end + 9, at, _short(name)) for at, name in _apart(names))
    body += element(
        "path",
        d=f"M{drawing.number(start)} {drawing.number(y(before.mean()))}L{drawing.number(end)} {drawing.number(y(after.mean()))}",
        stroke=INK,
        stroke_width="2.5",
        stroke_dasharray="7 4",
        fill="none",
        class_="mean",
    )
    first, second = called(made)
    body += text(start, y.start + 16, first, text_anchor="middle") + text(end, y.start + 16, second, text_anchor="middle")
    return body


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"


def _apart(names: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Names from the top down, none closer to the one before than a line; one that would be pushed far from its line is left out."""
    placed: list[tuple[float, str]] = []
    for at, name in sorted(names):
        free = max(at, placed[-1][0] + 14 if placed else at)
        if free - at <= 40:
            placed.append((free, name))
    return placed
