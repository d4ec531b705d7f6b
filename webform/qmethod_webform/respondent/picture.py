"""One's own board as a picture to keep, drawn as reports draw boards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from qmethod_analysis.pictures.alone import Picture, draws
from qmethod_analysis.pictures.board import EDGE, grid
from qmethod_analysis.pictures.drawing import FAINT, FONT, MIDDLE, Figure, element, wrapped
from qmethod_studies.definition import Study, column_label
from qmethod_studies.sorting import Board

QUIET = 4
"""Modules of white around a QR code."""
TITLE, LINE = 17.0, 1.35
"""Size of the title, and the distance of lines in sizes of letters."""


def own_board(study: Study, board: Board, order: Sequence[str], language: str) -> Picture:
    """A sort as the board that it was laid on, under the question that it answers.

    Parameters
    ----------
    study : Study
        As the sort meets it.
    board : Board
    order : sequence of str
        All statements; cards of a column stand in this order.
    language : str
    """
    leftwards = study.direction(language) == "rtl"
    texts = {statement.id: statement.text.in_(language) for statement in study.statements}
    lying = {name: place.column for name, place in board.places.items()}
    columns = [(column_label(value), [texts[name] for name in order if lying.get(name) == value]) for value in study.columns]
    cards = grid(columns, leftwards=leftwards)
    title, question = study.title.in_(language), study.condition.in_(language)
    head, top = Markup(), 0.0
    for words, size, weight in ((title, TITLE, 600), (question, FONT, 400)):
        for line in wrapped(words, cards.width - 2 * EDGE, size):
            head += _line(line, top, size, cards.width, leftwards, leftwards, font_weight=weight)
            top += size * LINE
        top += 4
    ends = (study.scale.low.in_(language), study.scale.high.in_(language))
    below = top
    for words, at_right in zip(ends, (leftwards, not leftwards), strict=True):
        lines = wrapped(words, cards.width / 2 - 10, FONT)
        for i, line in enumerate(lines):
            head += _line(line, top + i * FONT * LINE, FONT, cards.width, at_right, leftwards, fill=FAINT)
        below = max(below, top + len(lines) * FONT * LINE)
    body = head + element("g", cards.body, transform=f"translate(0 {below + 6:g})")
    return Picture(Figure(cards.width, cards.height + below + 6, body), "board", title, question)


def _line(words: str, top: float, size: float, wide: float, at_right: bool, leftwards: bool, **attributes: str | float) -> Markup:
    said = f"\u2067{words}\u2069" if leftwards else words
    place: dict[str, str | float] = {"x": wide - EDGE, "text_anchor": "end"} if at_right else {"x": EDGE}
    return element("text", said, y=top + size * LINE / 2 + MIDDLE * size, font_size=size, **place, **attributes)


def square(words: str) -> str:
    """A QR code, as SVG, black on white whatever the page is.

    Parameters
    ----------
    words : str
    """
    import segno

    rows = segno.make(words, error="m", micro=False).matrix
    wide = len(rows) + 2 * QUIET
    dark = "".join(f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    paper = element("rect", width=wide, height=wide, fill="#ffffff")
    return str(element("svg", paper, element("path", d=dark, fill="#000000"), xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {wide} {wide}"))


def has_letters(study: Study, language: str) -> bool:
    """Whether this machine has a font for the statements of a study, by the letter that they have most of.

    Parameters
    ----------
    study : Study
    language : str
    """
    letters = Counter(sign for statement in study.statements for sign in statement.text.in_(language) if sign.isalpha())
    return not letters or draws(letters.most_common(1)[0][0])
