"""Pictures of a solution: pure functions from a `QSolution` to a drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple

import numpy as np
from markupsafe import Markup

from qmethod.data import FloatArray
from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.matching.multiverse import Multiverse, room
from qmethod.method.flagging import threshold
from qmethod.retention.retain import Retention
from qmethod.solution import QSolution, Viewpoints
from qmethod_analysis.pictures import drawing
from qmethod_analysis.pictures.drawing import FAINT, FONT, INK, LINE, PAPER, Figure, Pen, Scale, element, group, line, text_width, wrapped
from qmethod_analysis.words.labels import colour, defined, marker, statement_label
from qmethod_analysis.words.language import _, number

NAMED_POINTS = 5
"""Sorts of each viewpoint whose names are written beside their points: those that load highest."""
SMALL_POINTS = 40
"""Sorts from which on points are drawn smaller."""
LONGEST_NAME = 30
"""Longer names are cut beside points; the table of loadings has them whole."""
FAR = 14
"""From its point to the middle of a name, up or down, beyond which a line joins the two."""
SPOTS = (
    *((1, 0), (-1, 0), (0, -14), (0, 14), (1, -11), (-1, -11), (1, 11), (-1, 11)),
    *((side, way * down) for down in (28, 42, 56) for way in (-1, 1) for side in (0, 1, -1)),
)
"""Where a name may stand: right of its point, left of it or centred, and how far down."""
WORDING = 13.0
"""Font size of the wording of statements."""


def scree(solution: QSolution) -> Figure:
    """Eigenvalues of the correlations between sorts in descending order, the extracted ones filled.

    Parameters
    ----------
    solution : QSolution
    """
    k = solution.n_factors
    values = solution.extraction.eigenvalues[: max(12, k + 4)].tolist()
    x = Scale(0.5, len(values) + 0.5, 52, 350)
    y = Scale(min(0.0, *values), max(1.0, *values) * 1.06, 210, 8)
    at = [(x(i), y(value)) for i, value in enumerate(values, 1)]
    extracted, other = Pen(_("extracted"), fill=INK), Pen(_("not extracted"), fill=PAPER)
    path = element("polyline", points=" ".join(f"{drawing.number(a)},{drawing.number(b)}" for a, b in at), fill="none", stroke=FAINT)
    one = line(x.start, y(1), x.end, y(1), stroke=FAINT, stroke_dasharray="5 4")
    axes = drawing.x_axis(x, y.start, range(1, len(values) + 1, -(-len(values) // 13)), _("Factor")) + drawing.y_axis(
        y, x.start, y.ticks(), _("Eigenvalue")
    )
    points = extracted.points(at[:k], class_="points") + other.points(at[k:], class_="points")
    legend, _height = drawing.key([extracted, other], 220, 8, 230)
    return Figure(356, 254, axes + one + path + points + legend)


def eigenvalues_and_chance(found: Retention) -> Figure:
    """Eigenvalues beside what chance gives: random sorts, and sorts simulated with one viewpoint fewer.

    Parameters
    ----------
    found : Retention
    """
    rows = found.rows[1:]
    random = [(row.k, row.parallel_95) for row in rows if row.parallel_95 is not None]
    nest = [(row.k + 1, row.nest_threshold) for row in found.rows if row.nest_threshold is not None]
    observed = [(row.k, row.eigenvalue or 0.0) for row in rows]
    last = max(k for k, _ in [*observed, *nest])
    x = Scale(0.5, last + 0.5, 52, 420)
    y = Scale(0.0, max(value for _, value in [*observed, *random, *nest]) * 1.06, 250, 8)
    series: tuple[tuple[Pen, list[tuple[int, float]], dict[str, str]], ...] = (
        (Pen(_("these sorts"), fill=INK), observed, {}),
        (Pen(_("random sorts, 95th centile"), "diamond", PAPER), random, {"stroke_dasharray": "5 4"}),
        (Pen(_("one viewpoint fewer, 95th centile (NEST)"), "triangle", PAPER), nest, {"stroke_dasharray": "2 3"}),
    )
    body = drawing.x_axis(x, y.start, range(1, last + 1, -(-last // 13)), _("Factor")) + drawing.y_axis(y, x.start, y.ticks(), _("Eigenvalue"))
    drawn = [(pen, [(x(k), y(value)) for k, value in values], dashes) for pen, values, dashes in series if values]
    for _pen, at, dashes in drawn:
        path = " ".join(f"{drawing.number(a)},{drawing.number(b)}" for a, b in at)
        body += element("polyline", points=path, fill="none", stroke=FAINT, **dashes)
    body += Markup().join(pen.points(at, class_="points") for pen, at, _ in reversed(drawn))
    legend, height = drawing.key([pen for pen, _, _ in drawn], x.start, y.start + 46, x.end)
    return Figure(428, y.start + 50 + height, body + legend)


def loading_plot(solution: QSolution, first: int, second: int) -> Figure:
    """Loadings on two viewpoints: each sort a point, in colour and shape of the viewpoint it defines.

    Parameters
    ----------
    solution : QSolution
    first, second : int
        Positions of the viewpoints, across and up.
    """
    pair = solution.loadings[:, [first, second]]
    limit = max(1.0, float(np.abs(pair).max()) * 1.05)
    x, y = Scale(-limit, limit, 60, 492), Scale(-limit, limit, 440, 8)
    edge = threshold(solution.data.n_statements, solution.policies)
    at = [(x(a), y(b)) for a, b in pair.tolist()]
    large = len(at) <= SMALL_POINTS
    rules = group(_crosshair(x, y, [0.0]), stroke=FAINT) + group(_crosshair(x, y, [-edge, edge]), stroke=FAINT, stroke_dasharray="2 3")
    own = [solution.flags[:, f] for f in (first, second)]
    pens = [Pen(_("defines neither"), radius=3.5 if large else 2.5)]
    pens += [Pen(_("defines {viewpoint}", viewpoint=solution.labels[f]), marker(f), inked(f), 5.0 if large else 3.5) for f in (first, second)]
    drawn = [(pen, np.flatnonzero(those)) for pen, those in zip(pens, [~(own[0] | own[1]), *own], strict=True) if those.any()]
    points = Markup().join(pen.points((at[i] for i in those), class_="points") for pen, those in drawn)
    axes = drawing.x_axis(x, y.start, x.ticks(5), _("Loading on {viewpoint}", viewpoint=solution.labels[first]))
    axes += drawing.y_axis(y, x.start, y.ticks(5), _("Loading on {viewpoint}", viewpoint=solution.labels[second]))
    legend, height = drawing.key([pen for pen, _ in drawn], x.start, y.start + 52, x.end)
    names = _names(at, _highest(solution, (first, second)), solution.data.participants, x, y)
    return Figure(500, y.start + 56 + height, rules + axes + names + points + legend)


def _crosshair(x: Scale, y: Scale, values: Iterable[float]) -> list[Markup]:
    """A line across and a line up at each value."""
    return [part for v in values for part in (line(x.start, y(v), x.end, y(v)), line(x(v), y.start, x(v), y.end))]


def _highest(solution: QSolution, pair: Sequence[int]) -> list[int]:
    """Sorts whose names stand beside their points: of each viewpoint the defining ones that load highest, the highest first."""
    chosen: list[int] = []
    for f in pair:
        size = np.where(solution.flags[:, f], -np.round(np.abs(solution.loadings[:, f]), 9), np.inf)
        chosen += [i for i in np.argsort(size, kind="stable")[:NAMED_POINTS].tolist() if size[i] < np.inf]
    return list(dict.fromkeys(chosen))


def _names(at: Sequence[tuple[float, float]], which: Sequence[int], names: Sequence[str], x: Scale, y: Scale) -> Markup:
    """Names beside points, each where it hides least of the points; one that finds no room beside those before it is left out."""
    points = [(a, b, 10.0, 10.0) for a, b in at]
    taken: list[tuple[float, float, float, float]] = []
    written = []
    for i in which:
        (a, b), whole = at[i], names[i]
        name = whole if len(whole) <= LONGEST_NAME else whole[: LONGEST_NAME - 1] + "…"
        wide = text_width(name, FONT)
        spots = [(side, down, (a + side * (8 + wide / 2), b + down, wide, 14.0)) for side, down in SPOTS]
        within = [spot for spot in spots if x.start + wide / 2 <= spot[2][0] <= x.end - wide / 2 and y.end + 7 <= spot[2][1] <= y.start - 7]
        free = [spot for spot in within if not any(_overlap(spot[2], other) for other in taken)]
        if not free:
            continue
        side, down, box = min(free, key=lambda spot: round(sum(_overlap(spot[2], point) for point in points), 3))
        taken.append(box)
        if abs(down) > FAR:
            written.append(line(a, b, a + 8 * side, b + down - math.copysign(6, down), stroke=FAINT))
        written.append(drawing.text(a + 8 * side, b + down, name, text_anchor=("end", "middle", "start")[side + 1]))
    return group(written, class_="names")


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    """Area that two boxes share; each by its middle, width and height."""
    (x1, y1, w1, h1), (x2, y2, w2, h2) = one, other
    return max(0.0, (w1 + w2) / 2 - abs(x1 - x2)) * max(0.0, (h1 + h2) / 2 - abs(y1 - y2))


def z_score_dots(solution: QSolution, statements: Sequence[int] | None = None) -> Figure:
    """z-scores of all statements in all viewpoints, in the order of `dot_order`, with their whole wording.

    Parameters
    ----------
    solution : QSolution
    statements : sequence of int, optional
        Rows from the top, where not all fit on a page; the scale stays that of all.
    """
    z = solution.scores.z_scores
    defined = np.flatnonzero(~np.isnan(z).any(axis=0)).tolist()
    limit = float(np.abs(z[:, defined]).max()) * 1.08 if defined else 1.0
    pens, order, middles, x, bottom, body = _statement_rows(solution, defined, limit, 24.0, statements)
    if len(defined) > 1:
        spans = ((np.min(z[i, defined]), np.max(z[i, defined]), middle) for i, middle in zip(order, middles, strict=True))
        body += group((line(x(low), y, x(high), y) for low, high, y in spans), stroke=FAINT, stroke_width="1.5")
    heights = [_apart([x(value) for value in z[i, defined]], middle) for i, middle in zip(order, middles, strict=True)]
    for n, (f, pen) in enumerate(zip(defined, pens, strict=True)):
        body += pen.points(((x(z[i, f]), ys[n]) for i, ys in zip(order, heights, strict=True)), class_="points")
    body += drawing.x_axis(x, bottom, x.ticks(8), _("z-score"))
    return Figure(x.end + 8, bottom + 44, body)


def z_intervals(solution: QSolution, low: FloatArray, high: FloatArray, statements: Sequence[int] | None = None) -> Figure:
    """z-scores of all statements with an interval each, viewpoints one under the other within a row; rows as in `z_score_dots`.

    Parameters
    ----------
    solution : QSolution
    low, high : ndarray of shape (n, f)
        Ends of the intervals; where they are NaN, the point stands alone.
    statements : sequence of int, optional
        As in `z_score_dots`.
    """
    z = solution.scores.z_scores
    defined = np.flatnonzero(~np.isnan(z).any(axis=0)).tolist()
    ends = np.abs(np.stack([z[:, defined], low[:, defined], high[:, defined]]))
    limit = float(np.nanmax(ends)) * 1.04 if defined else 1.0
    pens, order, middles, x, bottom, body = _statement_rows(solution, defined, limit, 13.0 * len(defined) + 9, statements)
    for n, (f, pen) in enumerate(zip(defined, pens, strict=True)):
        heights = [middle + 13 * (n - (len(defined) - 1) / 2) for middle in middles]
        rows = list(zip(order, heights, strict=True))
        bars = (line(x(low[i, f]), y, x(high[i, f]), y) for i, y in rows if low[i, f] == low[i, f])
        body += group(bars, stroke=FAINT, stroke_width="2", class_="intervals")
        body += pen.points(((x(z[i, f]), y) for i, y in rows), class_="points")
    body += drawing.x_axis(x, bottom, x.ticks(8), _("z-score"))
    return Figure(x.end + 8, bottom + 44, body)


def _statement_rows(
    solution: QSolution, defined: Sequence[int], limit: float, least: float, statements: Sequence[int] | None
) -> tuple[list[Pen], list[int], list[float], Scale, float, Markup]:
    """A row for each statement with its wording: pens, statements from the top, middles of rows, scale, bottom, and what is drawn so far."""
    order = dot_order(solution) if statements is None else list(statements)
    wordy = any(solution.data.texts)
    labels = [wrapped(statement_label(solution, i), 320 if wordy else 160, WORDING) for i in order]
    left = 16 + math.ceil(max(text_width(words, WORDING) for label in labels for words in label))
    right = left + 420
    pens = [Pen(solution.labels[f], marker(f), inked(f), 5.0) for f in defined]
    legend, top = drawing.key(pens, left, 4, right)
    edges = top + 10 + np.cumsum([0.0, *(max(least, 17.0 * len(label) + 8) for label in labels)])
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    x = Scale(-limit, limit, left, right)
    body = legend + group((line(x(v), edges[0], x(v), edges[-1]) for v in x.ticks(8) if v), stroke=LINE)
    body += group((line(0, edge, right, edge) for edge in edges[:-1].tolist()), stroke=LINE) + line(x(0), edges[0], x(0), edges[-1], stroke=FAINT)
    body += group((_lines(label, middle) for label, middle in zip(labels, middles, strict=True)), class_="wording", font_size=WORDING)
    return pens, order, middles, x, float(edges[-1]), body


def _apart(across: Sequence[float], middle: float) -> list[float]:
    """Heights of the points of a row: points that would hide one another stand above one another, all within the row."""
    heights = [middle] * len(across)
    runs: list[list[int]] = []
    for n in sorted(range(len(across)), key=lambda n: (round(across[n], 3), n)):
        if runs and across[n] - across[runs[-1][-1]] < 7:
            runs[-1].append(n)
        else:
            runs.append([n])
    for run in runs:
        step = min(7.0, 14 / max(1, len(run) - 1))
        for place, n in enumerate(run):
            heights[n] = middle + step * (place - (len(run) - 1) / 2)
    return heights


def _lines(label: Sequence[str], middle: float) -> Markup:
    """Lines of text from the left edge, the block around `middle`."""
    first = middle - 17 * (len(label) - 1) / 2 + drawing.MIDDLE * WORDING
    return element("text", *(element("tspan", f"{words} ", x=0, y=first + 17 * i) for i, words in enumerate(label)))


def dot_order(solution: Viewpoints) -> list[int]:
    """Statements by falling distance between the viewpoints; with one viewpoint, by falling z-score.

    Parameters
    ----------
    solution : QSolution
    """
    z = solution.scores.z_scores
    defined = ~np.isnan(z).any(axis=0)
    if defined.sum() == 0:
        return list(range(len(z)))
    measure = z[:, defined][:, 0] if defined.sum() == 1 else np.ptp(z[:, defined], axis=1)
    return sorted(range(len(z)), key=lambda i: (-round(float(measure[i]), 9), i))


def inked(position: int) -> str:
    """The viewpoint's colour; black, the eighth, becomes ink so that it shows on a dark page."""
    shade = colour(position)
    return INK if shade == "#000000" else shade


def loading_pairs(n_factors: int) -> tuple[tuple[int, int], ...]:
    """Pairs of factors to plot: each factor stands in at least one."""
    pairs = [(a, a + 1) for a in range(0, n_factors - 1, 2)]
    if n_factors > 1 and n_factors % 2:
        pairs.append((0, n_factors - 1))
    return tuple(pairs)


def specification_curve(made: Multiverse, names: Sequence[str]) -> Figure:
    """How like each viewpoint is found in every analysis, best first, above the choices that each was made with.

    Parameters
    ----------
    made : Multiverse
    names : sequence of str
        Of the viewpoints.

    Notes
    -----
    First come the analyses with enough factors for all viewpoints, right of a line those with fewer. Each part begins with those in which the worst
    found viewpoint is found best.
    """
    shown, n_roomy, fewer = defined(made.reference), len(made.roomy), _("fewer factors")
    judged = {id(one): np.nan_to_num(one.phi[list(shown)]) for one in made.solved}
    needed = room(made.reference)
    solved = sorted(
        made.solved,
        key=lambda one: (one.choice.n_factors < needed, -judged[id(one)].min(initial=1.0), -judged[id(one)].sum(), astuple(one.choice)),
    )
    step = min(14.0, max(2.0, 760 / max(1, len(solved))))
    left, right = 128.0, 128.0 + step * len(solved)
    apart = left + step * n_roomy
    lowest = min((float(value) for one in solved for value in one.phi if value == value), default=0.0)
    y = Scale(min(0.8, math.floor(lowest * 10) / 10), 1.0, 200, 20)
    at = [left + step * (i + 0.5) for i in range(len(solved))]
    body = drawing.y_axis(y, left, y.ticks(5), _("Congruence (φ)"))
    for bound in (FAIR, EQUAL):
        body += line(left, y(bound), right, y(bound), stroke=FAINT, stroke_dasharray="4 4")
        body += drawing.text(right + 6, y(bound), number(bound), fill=INK)
    pens = [Pen(names[j], marker(j), colour(j), min(4.0, 0.5 + step / 2)) for j in shown]
    for j, pen in zip(shown, pens, strict=True):
        body += pen.points([(x, y(value)) for x, one in zip(at, solved, strict=True) if (value := one.phi[j]) == value], class_="points")
    row = y.start + 14
    for title, name in (
        (_("Factors"), "n_factors"),
        (_("Extraction"), "extraction"),
        (_("Rotation"), "rotation"),
        (_("Defining sorts"), "flags"),
    ):
        options = list(dict.fromkeys(str(getattr(one.choice, name)) for one in made.analyses))
        if len(options) == 1:
            continue
        body += drawing.text(0, row + 8, title, font_weight=600)
        row += 18
        for option in options:
            used = [x for x, one in zip(at, solved, strict=True) if str(getattr(one.choice, name)) == option]
            body += drawing.text(left - 8, row + 8, option, text_anchor="end") + line(left, row + 16, right, row + 16, stroke=LINE)
            body += group((element("rect", x=x - step / 2 + 0.5, y=row + 2, width=max(1.0, step - 1), height=12) for x in used), fill=FAINT)
            row += 17
        row += 6
    if 0 < n_roomy < len(solved):
        from_right = apart + 6 + text_width(fewer, FONT) > right
        body += line(apart, 0, apart, row - 6, stroke=INK) + drawing.text(
            apart + (-6 if from_right else 6), 6, f"{fewer} →" if from_right else fewer, text_anchor="end" if from_right else "start"
        )
    legend, height = drawing.key(pens, left, row + 4, max(right, left + 320))
    return Figure(max(right, left + 320) + 40, row + 8 + height, body + legend)
