"""A factor array as the grid that people sorted on."""

from __future__ import annotations

from markupsafe import Markup

from qmethod.solution import QSolution
from qmethod_analysis.pictures.drawing import FAINT, LINE, MIDDLE, PAPER, Figure, element, line, text, wrapped
from qmethod_analysis.words.labels import place, statement_label

CARD, GAP, SIZE, LEAD = 124.0, 6.0, 9.0, 11.5
"""Width of a card, room between cards, size of letters and distance of lines, in CSS pixels."""


def board(solution: QSolution, viewpoint: int) -> Figure:
    """The array of a viewpoint, one card a statement, the highest z-score of a column on top.

    Parameters
    ----------
    solution : QSolution
    viewpoint : int
        Position of one that has scores.
    """
    array, z = solution.scores.arrays[:, viewpoint], solution.scores.z_scores[:, viewpoint]
    words = [wrapped(statement_label(solution, i), CARD - 8, SIZE) for i in range(len(array))]
    high = LEAD * max(map(len, words)) + 8
    values = solution.scores.grid.values
    body = Markup()
    for j, value in enumerate(values):
        left = j * (CARD + GAP)
        body += text(left + CARD / 2, 8, place(solution, value), text_anchor="middle", font_weight=600)
        body += line(left, 20, left + CARD, 20, stroke=FAINT)
        column = sorted((i for i in range(len(array)) if array[i] == value), key=lambda i: (-round(float(z[i]), 9), i))
        for row, i in enumerate(column):
            top = 26 + row * (high + GAP)
            body += element("rect", x=left, y=top, width=CARD, height=high, rx=3, fill=PAPER, stroke=LINE)
            lines = (element("tspan", part, x=left + 5, y=top + 4 + LEAD * (k + 0.5) + MIDDLE * SIZE) for k, part in enumerate(words[i]))
            body += element("text", *lines, font_size=SIZE)
    tallest = max(solution.scores.grid.counts)
    return Figure(len(values) * (CARD + GAP) - GAP, 26 + tallest * (high + GAP), body)
