"""A factor array as the grid that people sorted on."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from qmethod.solution import QSolution
from qmethod_analysis.pictures.drawing import FAINT, LINE, MIDDLE, PAPER, Figure, element, line, text, wrapped
from qmethod_analysis.words.labels import place, statement_label

CARD, GAP, EDGE, SIZE, LEAD = 124.0, 6.0, 1.0, 9.0, 11.5
"""Width of a card, room between cards and beside them all, size of letters and distance of lines, in CSS pixels."""


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


def grid(columns: Sequence[tuple[str, Sequence[str]]]) -> Figure:
    """Cards in their columns, all of one size.

    Parameters
    ----------
    columns : sequence of tuple (str, sequence of str)
        The place of each column, and what stands on its cards from the top.
    """
    words = [[wrapped(card, CARD - 8, SIZE) for card in cards] for _, cards in columns]
    high = LEAD * max((len(lines) for column in words for lines in column), default=1) + 8
    body = Markup()
    for j, ((name, _), column) in enumerate(zip(columns, words, strict=True)):
        left = EDGE + j * (CARD + GAP)
        body += text(left + CARD / 2, 8, name, text_anchor="middle", font_weight=600)
        body += line(left, 20, left + CARD, 20, stroke=FAINT)
        for row, lines in enumerate(column):
            top = 26 + row * (high + GAP)
            body += element("rect", x=left, y=top, width=CARD, height=high, rx=3, fill=PAPER, stroke=LINE)
            said = (element("tspan", part, x=left + 5, y=top + 4 + LEAD * (k + 0.5) + MIDDLE * SIZE) for k, part in enumerate(lines))
            body += element("text", *said, font_size=SIZE)
    return Figure(len(columns) * (CARD + GAP) - GAP + 2 * EDGE, 26 + max(map(len, words), default=0) * (high + GAP), body)
