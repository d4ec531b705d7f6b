"""One's own board as a picture or a page to keep, drawn as reports draw boards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from markupsafe import Markup

from qmethod_analysis.pictures.alone import MARGIN, Picture, draws
from qmethod_analysis.pictures.board import CLOSE, EDGE, GAP, TYPE, grid
from qmethod_analysis.pictures.drawing import FAINT, FONT, MIDDLE, Figure, element, wrapped
from qmethod_studies.definition import Study, column_label
from qmethod_studies.sorting import Board

QUIET = 4
"""Modules of white around a QR code."""
TITLE, LINE = 17.0, 1.35
"""Size of the title, and the distance of lines in sizes of letters."""
PAPERS = (("true", 277.0, 190.0), ("false", 190.0, 277.0))
"""A page of A4, lying and standing, without its margins of ten millimetres: as Typst says it, and how wide and high, in millimetres."""
PIXELS = 96 / 25.4
"""CSS pixels to a millimetre."""
HEAD = 100.0
"""CSS pixels of a page that title, question and ends of the grid may take."""
Columns = Sequence[tuple[str, Sequence[str]]]


def own_board(study: Study, board: Board, order: Sequence[str], language: str, draw: Callable[[Columns, bool], Figure] | None = None) -> Picture:
    """A sort as the board that it was laid on, under the question that it answers.

    Parameters
    ----------
    study : Study
        As the sort meets it.
    board : Board
    order : sequence of str
        All statements; cards of a column stand in this order.
    language : str
    draw : callable, optional
        What draws the columns, and whether they run from right to left; cards of one width and one size of letters where none is given.
    """
    leftwards = study.direction(language) == "rtl"
    columns = _columns(study, board, order, language)
    cards = draw(columns, leftwards) if draw else grid(columns, leftwards=leftwards)
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


def _columns(study: Study, board: Board, order: Sequence[str], language: str) -> Columns:
    texts = {statement.id: statement.text.in_(language) for statement in study.statements}
    lying = {name: place.column for name, place in board.places.items()}
    return [(column_label(value), [texts[name] for name in order if lying.get(name) == value]) for value in study.columns]


def own_page(study: Study, board: Board, order: Sequence[str], language: str) -> bytes:
    """The same as one page of a PDF, as large as it lets the board be; its words can be marked and read out.

    Parameters
    ----------
    study : Study
    board : Board
    order : sequence of str
    language : str

    Raises
    ------
    DataError
        If Typst is not installed.
    """
    from qmethod_analysis.report.pdf import compiled, literal

    columns = _columns(study, board, order, language)
    said = " ".join(f"{label}: {'; '.join(cards)}." for label, cards in columns if cards)
    pages = [(flipped, own_board(study, board, order, language, _filling(wide, high)), wide, high) for flipped, wide, high in PAPERS]
    flipped, picture, _wide, _high = min(pages, key=lambda page: _too_small(*page[1:]))
    lines = (
        f"#set document(title: {literal(study.title.in_(language))})",
        f"#set text(lang: {literal(language.partition('-')[0].partition('_')[0])})",
        f'#set page(paper: "a4", flipped: {flipped}, margin: 10mm)',
        f'#image(bytes({literal(picture.svg)}), format: "svg", alt: {literal(f"{picture.description} {said}")}, width: 100%, height: 100%)',
    )
    return compiled("\n".join(lines))


def makes_pages() -> bool:
    """Whether pages can be made here."""
    from qmethod_analysis.report.pdf import missing

    return missing() is None


def _filling(wide: float, high: float) -> Callable[[Columns, bool], Figure]:
    """Draw columns as wide as a page, in millimetres, in the largest letters in which it takes them."""

    def draw(columns: Columns, leftwards: bool) -> Figure:
        room = wide * PIXELS - 2 * MARGIN
        card = (room - 2 * EDGE + GAP) / len(columns) - GAP
        made = [grid(columns, card, size, CLOSE, leftwards=leftwards) for size in TYPE]
        return next((one for one in made if one.height <= high * PIXELS - 2 * MARGIN - HEAD), made[-1])

    return draw


def _too_small(picture: Picture, wide: float, high: float) -> float:
    """How much smaller than drawn a picture is on a page."""
    figure = picture.figure
    return max(1.0, (figure.width + 2 * MARGIN) / (wide * PIXELS), (figure.height + 2 * MARGIN) / (high * PIXELS))


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
