"""How viewpoints go on from one number of factors to the next, as a drawing: a card for each viewpoint, a band where one goes on in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from qmethod.solution import QSolution
from qmethod_analysis.pictures import drawing
from qmethod_analysis.pictures.drawing import FAINT, FONT, INK, LINE, PAPER, Figure, Pen, element, group, wrapped
from qmethod_analysis.pictures.figures import inked
from qmethod_analysis.tables.side_by_side import CONTINUES, SideBySide, Step
from qmethod_analysis.words.labels import marker, place, statement_label
from qmethod_analysis.words.language import _, ngettext
from qmethod_analysis.words.narrative import decimal, in_a_row

WIDE, GAP, APART = 200.0, 76.0, 18.0
"""Width of a card, room for bands between columns, room between cards."""
EDGE, PITCH, HEADING = 10.0, 16.0, 46.0
"""Room inside a card, height of a line of text, height of a column's heading."""
PORT = 34.0
"""How far down a card its middle band touches it."""
STATEMENTS = 2
"""How many of its highest statements a card shows."""


@dataclass(frozen=True, slots=True)
class _Card:
    """A viewpoint laid out: its lines of text, and where it stands."""

    solution: int
    viewpoint: int
    row: int
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return 2 * EDGE + PITCH * (1 + len(self.lines))

    @property
    def left(self) -> float:
        return self.solution * (WIDE + GAP)


def bands(step: Step) -> tuple[tuple[int, int, float], ...]:
    """Pairs of viewpoints whose congruence is at least .6 in size: position before, position after, congruence.

    Parameters
    ----------
    step : Step
    """
    return tuple((int(i), int(j), float(step.congruences[i, j])) for i, j in np.argwhere(np.abs(step.congruences) >= CONTINUES))


def rows(made: SideBySide) -> tuple[tuple[int, ...], ...]:
    """The row in which each viewpoint of each solution stands: one that goes on stays in its row, a new one takes the first that is free.

    Parameters
    ----------
    made : SideBySide
    """
    found = [tuple(range(len(made.solutions[0].factors)))]
    for step in made.steps:
        here = {one.into: found[-1][i] for i, one in enumerate(step.continued) if one.into >= 0}
        for j in step.added:
            here[j] = next(row for row in range(len(here) + 1) if row not in here.values())
        found.append(tuple(here[j] for j in range(len(here))))
    return tuple(found)


def flow(made: SideBySide) -> Figure:
    """The picture.

    Parameters
    ----------
    made : SideBySide
    """
    where = rows(made)
    cards = {(s, j): _card(one, s, j, where[s][j]) for s, one in enumerate(made.solutions) for j in range(len(one.factors))}
    heights = [max(card.height for card in cards.values() if card.row == row) for row in range(1 + max(card.row for card in cards.values()))]
    tops = [HEADING + sum(heights[:row]) + APART * row for row in range(len(heights))]
    body = Markup().join(_heading(one, s) for s, one in enumerate(made.solutions))
    for s, step in enumerate(made.steps):
        body += _bands(step, s, cards, tops)
    body += Markup().join(_drawn(made.solutions[card.solution], card, tops[card.row]) for card in cards.values())
    bottom = tops[-1] + heights[-1] + APART
    right = max(len(made.solutions) * (WIDE + GAP) - GAP, 560.0) if made.steps else WIDE
    key, height = _key(bottom) if made.steps else (Markup(), 0.0)
    return Figure(right + 2, bottom + height, body + key)


def words(made: SideBySide) -> str:
    """The picture in words, for those who cannot see it.

    Parameters
    ----------
    made : SideBySide
    """
    said = []
    for step in made.steps:
        before, after = step.before, step.after
        links = in_a_row(
            _("{viewpoint} to {other} {phi}", viewpoint=before.labels[i], other=after.labels[j], phi=decimal(phi)) for i, j, phi in bands(step)
        )
        if links:
            told = _("From {before} to {after} factors: {links}.", before=before.n_factors, after=after.n_factors, links=links)
        else:
            told = _("From {before} to {after} factors: no viewpoint goes on.", before=before.n_factors, after=after.n_factors)
        said.append(told)
    return " ".join(said)


def _card(solution: QSolution, s: int, j: int, row: int) -> _Card:
    z = solution.scores.z_scores[:, j]
    if np.isnan(z).any():
        cancel = solution.characteristics.n_defining[j]
        return _Card(s, j, row, (_("No viewpoint: its sorts cancel out.") if cancel else _("No viewpoint: no sort defines it."),))
    highest = sorted(range(len(z)), key=lambda i: float(solution.scores.ranks[i, j]))[:STATEMENTS]
    lines: list[str] = []
    for i in highest:
        lines += wrapped(f"{place(solution, solution.scores.arrays[i, j])}  {statement_label(solution, i)}", WIDE - 2 * EDGE - 6, FONT)
    return _Card(s, j, row, tuple(lines))


def _heading(solution: QSolution, s: int) -> Markup:
    left = s * (WIDE + GAP) + 1
    variance = float(np.nansum(solution.characteristics.explained_variance))
    factors = ngettext("{n} factor", "{n} factors", solution.n_factors)
    share = _("{share} of the variance", share=f"{decimal(variance, 1)} %")
    return drawing.text(left, 10, factors, font_weight=600) + drawing.text(left, 28, share)


def _drawn(solution: QSolution, card: _Card, top: float) -> Markup:
    left, shade = card.left + 1, inked(card.viewpoint)
    box = element("rect", x=left, y=top, width=WIDE, height=card.height, fill=PAPER, stroke=LINE)
    bar = element("rect", x=left, y=top, width=6, height=card.height, fill=shade, stroke=INK, stroke_width="0.5")
    first = top + EDGE + PITCH / 2
    point = Pen("", marker(card.viewpoint), shade, 5.0).points([(left + EDGE + 12, first)])
    label, n = solution.labels[card.viewpoint], int(solution.characteristics.n_defining[card.viewpoint])
    defining = ngettext("{viewpoint}, {n} defining sort", "{viewpoint}, {n} defining sorts", n, viewpoint=label)
    title = drawing.text(left + EDGE + 24, first, defining, font_weight=600)
    lines = (drawing.text(left + EDGE + 6, first + PITCH * (i + 1), line) for i, line in enumerate(card.lines))
    return box + bar + point + title + group(lines)


def _bands(step: Step, s: int, cards: dict[tuple[int, int], _Card], tops: Sequence[float]) -> Markup:
    """Bands from one column to the next, thicker where the congruence is larger; those that meet at a card stand above one another."""
    found = bands(step)
    starts = _ports(s, [(i, cards[s + 1, j].row) for i, j, _ in found], cards, tops)
    ends = _ports(s + 1, [(j, cards[s, i].row) for i, j, _ in found], cards, tops)
    left, right = s * (WIDE + GAP) + WIDE + 1, (s + 1) * (WIDE + GAP) + 1
    middle = (left + right) / 2
    drawn = Markup()
    for (i, _j, phi), y1, y2 in zip(found, starts, ends, strict=True):
        places = ((left, y1), (middle, y1), (middle, y2), (right, y2))
        d = "M{} C{} {} {}".format(*(f"{drawing.number(x)} {drawing.number(y)}" for x, y in places))
        drawn += _band(d, inked(i), phi)
    values = (_value((right - 20, y), phi) for y, (_, _, phi) in zip(ends, found, strict=True))  # above all bands
    return drawn + Markup().join(values)


def _band(d: str, shade: str, phi: float) -> Markup:
    """A band with an outline, so that it shows on any paper; striped where one viewpoint is the mirror image of the other."""
    width = thickness(phi)
    dashes = {"stroke_dasharray": "6 5"} if phi < 0 else {}
    outline = element("path", d=d, fill="none", stroke=INK, stroke_width=width + 1.2)
    return outline + element("path", d=d, fill="none", stroke=shade if phi > 0 else PAPER, stroke_width=width, **dashes)


def _value(at: tuple[float, float], phi: float) -> Markup:
    """The congruence, on a piece of paper of its own."""
    shown = decimal(phi)
    wide = drawing.text_width(shown, FONT) + 4
    paper = element("rect", x=at[0] - wide / 2, y=at[1] - 8, width=wide, height=16, fill=PAPER, stroke=FAINT, stroke_width="0.5", rx=3)
    return paper + drawing.text(*at, shown, text_anchor="middle")


def thickness(phi: float) -> float:
    """Of a band, in pixels: 2 at a congruence of .6, 12 at 1.

    Parameters
    ----------
    phi : float
    """
    return 2 + 10 * (min(1.0, abs(phi)) - CONTINUES) / (1 - CONTINUES)


def _ports(s: int, found: Sequence[tuple[int, int]], cards: dict[tuple[int, int], _Card], tops: Sequence[float]) -> list[float]:
    """How far down each band touches its card: in the order of the rows that the bands come from or lead to, 20 pixels apart."""
    heights = []
    for viewpoint, row in found:
        own = sorted(other for j, other in found if j == viewpoint)
        heights.append(tops[cards[s, viewpoint].row] + PORT + 20 * (own.index(row) - (len(own) - 1) / 2))
    return heights


def _key(top: float) -> tuple[Markup, float]:
    """What thickness and stripes mean."""
    drawn, x = Markup(), 1.0
    for phi, label in ((0.6, _("φ .6")), (0.85, _(".85, similar")), (0.95, _(".95, the same")), (-0.85, _("striped: mirror image"))):
        drawn += _band(f"M{drawing.number(x)} {drawing.number(top + 12)}h32", FAINT, phi) + drawing.text(x + 40, top + 12, label)
        x += 40 + drawing.text_width(label, FONT) + 24
    return group([drawn], class_="key"), 30.0
