"""A factor array as the grid that people sorted on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from markupsafe import Markup

from qmethod.solution import QSolution
from qmethod_analysis.pictures.drawing import FAINT, LINE, MIDDLE, PAPER, Figure, element, line, text, wrapped
from qmethod_analysis.words.labels import place, statement_label

CARD, GAP, EDGE, SIZE, LEAD = 124.0, 4.0, 1.0, 9.0, 11.5
"""Width of a card, room between cards and beside them all, size of letters and distance of lines, in CSS pixels."""
TYPE = (13.0, 12.0, 11.0, 10.0, 9.4)
"""Sizes of letters in print, in CSS pixels; the smallest is 7 points."""
CLOSE = 1.17
"""Distance of lines there, in sizes of letters."""


def board(solution: QSolution, viewpoint: int) -> Figure:
    """The array of a viewpoint, one card a statement, the highest z-score of a column on top.

    Parameters
    ----------
    solution : QSolution
    viewpoint : int
        Position of one that has scores.
    """
    array, z = solution.scores.arrays[:, viewpoint], solution.scores.z_scores[:, viewpoint]
    columns = []
    for value in solution.scores.grid.values:
        column = sorted((i for i in range(len(array)) if array[i] == value), key=lambda i: (-round(float(z[i]), 9), i))
        columns.append((place(solution, value), [statement_label(solution, i) for i in column]))
    return grid(columns)


def grid(
    columns: Sequence[tuple[str, Sequence[str]]], card: float = CARD, size: float = SIZE, leading: float = LEAD / SIZE, *, leftwards: bool = False
) -> Figure:
    """Cards in their columns, those of a row of one height.

    Parameters
    ----------
    columns : sequence of tuple (str, sequence of str)
        The place of each column, and what stands on its cards from the top.
    card, size : float
        Width of a card and size of letters, in CSS pixels.
    leading : float
        Distance of lines, in sizes of letters.
    leftwards : bool
        For writing that runs from right to left: the columns do too, and the lines of cards begin at the right.
    """
    lead = size * leading
    words = [[wrapped(one, card - 6, size) for one in cards] for _, cards in columns]
    rows = zip_longest(*words, fillvalue=())
    heights = [lead * max(map(len, row)) + 8 for row in rows]
    tops = [26 + sum(heights[:n]) + n * GAP for n in range(len(heights) + 1)]
    body = Markup()
    for j, ((name, _), column) in enumerate(zip(columns, words, strict=True)):
        left = EDGE + (len(columns) - 1 - j if leftwards else j) * (card + GAP)
        body += text(left + card / 2, 8, name, text_anchor="middle", font_weight=600)
        body += line(left, 20, left + card, 20, stroke=FAINT)
        for top, high, lines in zip(tops, heights, column, strict=False):
            body += element("rect", x=left, y=top, width=card, height=high, rx=3, fill=PAPER, stroke=LINE)
            start, shown = (left + card - 3, [f"\u2067{part}\u2069" for part in lines]) if leftwards else (left + 3, list(lines))
            said = (element("tspan", part, x=start, y=top + 4 + lead * (k + 0.5) + MIDDLE * size) for k, part in enumerate(shown))
            body += element("text", *said, font_size=size, **({"text_anchor": "end"} if leftwards else {}))
    return Figure(len(columns) * (card + GAP) - GAP + 2 * EDGE, tops[-1], body)


def printed(columns: Sequence[tuple[str, Sequence[str]]], wide: float, high: float) -> tuple[Figure, ...]:
    """The same as wide as a page, in the largest type of `TYPE` in which it fits, in as few parts as that takes.

    Parameters
    ----------
    columns : sequence of tuple (str, sequence of str)
    wide, high : float
        Of the page, in CSS pixels.
    """
    made: tuple[Figure, ...] = ()
    for parts in _parts(columns):
        card = (wide - 2 * EDGE + GAP) / len(parts[0]) - GAP
        for size in TYPE:
            made = tuple(grid(part, card, size, CLOSE) for part in parts)
            if all(one.height <= high for one in made):
                return made
    return made


def _parts(columns: Sequence[tuple[str, Sequence[str]]]) -> Iterator[list[Sequence[tuple[str, Sequence[str]]]]]:
    """All columns beside each other, then in more and more parts, then each column cut into more and more."""
    n, tallest = len(columns), max((len(cards) for _, cards in columns), default=0)
    for parts in range(1, n + 1):
        each = -(-n // parts)
        yield [columns[first : first + each] for first in range(0, n, each)]
    for most in range(tallest - 1, 0, -1):
        yield [[(name, cards[first : first + most])] for name, cards in columns for first in range(0, len(cards), most)]
