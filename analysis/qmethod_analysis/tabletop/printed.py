"""What is printed for sorting on a table: cards, board, score sheet and instructions, each a PDF that Typst sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import ceil

from qmethod.errors import DataError, Fault
from qmethod.wording import counted
from qmethod_analysis.pictures.drawing import text_width
from qmethod_analysis.report.formats import PaperName
from qmethod_analysis.report.paper import paper
from qmethod_analysis.report.pdf import CONTINUOUS, WIDEST, literal
from qmethod_analysis.report.scripts import breakable
from qmethod_analysis.tabletop.board import (
    BOARD_EDGE,
    BOARD_MARK,
    CARD_EDGE,
    CARD_HIGH,
    CARD_MARK,
    CARD_WIDE,
    LABELS,
    PLACE_HIGH,
    PLACE_WIDE,
    TOP,
    Board,
)
from qmethod_analysis.tabletop.marks import bits, of_cards
from qmethod_studies.definition import Study, column_label

ACROSS, DOWN = 3, 6
"""Cards on a sheet."""
MARGIN = 13.0
"""Around the part of the board that stands on a sheet, in millimetres: room for the marks where sheets meet, and for printers."""
OVERLAP = 4.0
"""How far a sheet of the board goes on beyond where it meets the next one."""
TEXT = 2.5
"""Between a mark and the text beside it: one bit of a mark, which stays white so that a camera finds the mark."""
SMALLEST = 7.5
"""Smallest type, in points."""
LEAST_BOX, BOX = 5.0, 20.0
"""Side of a box of the score sheet: what a number can be written into, and what is enough."""
STEPS = (
    "Read all {cards} and make three piles: one for each end of the board, and one for what lies between.",
    "Lay each card on a place of the board. Begin at the two ends and work towards the middle. The order within a column means nothing.",
    "{rule}",
    "Look at the board as a whole, and exchange cards until it shows how you see it.",
    "Let nothing lie on the square marks of cards and board, and call whoever runs the study.",
)
FORCED, FREE = (
    "Each column takes just as many cards as it has places.",
    "A column may take any number of cards; keep them above the lower edge of the board.",
)
PHOTOGRAPH = (
    "For whoever takes the photograph: the whole board with the marks at its four corners, from above, sharp, "
    "without a flash and without shadows of hands. The score sheet holds the same by hand: write the numbers down before the cards are taken up."
)


@dataclass(frozen=True, slots=True)
class Words:
    """Words that have to fit somewhere.

    Parameters
    ----------
    key : str
        What is named where they do not: the id of a statement, or a field of the study.
    text : str
    largest : float
        Type in points.
    bold : bool, default False
    side : {'start', 'center', 'end', 'left', 'right'}
    """

    key: str
    text: str
    largest: float
    bold: bool = False
    side: str = "start"


def _preamble(study: Study, language: str, name: PaperName, what: str, *, lying: bool = False) -> str:
    values = {
        "title": literal(f"{study.title.in_(language)}: {what}"),
        "paper": literal(paper(name).typst),
        "lying": str(lying).lower(),
        "lang": literal(language.partition("-")[0].lower()),
        "way": study.direction(language),
    }
    template = (files("qmethod_analysis.tabletop") / "templates" / "kit.typ").read_text(encoding="utf-8")
    return "#let kit = (" + ", ".join(f"{key}: {value}" for key, value in values.items()) + ")\n" + template


def _words(it: Words, language: str) -> str:
    text = " ".join(it.text.split())
    pieces = {word for word in text.replace("-", "- ").split() if not CONTINUOUS.search(word)}
    widest = sorted(pieces, key=lambda word: (-text_width(word, 10), word))[:WIDEST]
    values = {
        "key": literal(it.key),
        "words": literal(breakable(text, language, patterns=True)),
        "widest": "(" + "".join(f"{literal(word)}, " for word in widest) + ")",
        "from": f"{it.largest}pt",
        "to": f"{SMALLEST}pt",
        "weight": literal("bold" if it.bold else "regular"),
        "side": it.side,
    }
    return "(" + ", ".join(f"{key}: {value}" for key, value in values.items()) + ")"


def _mark(mark: int, side: float) -> str:
    return f'mark("{"".join("01"[bit] for bit in bits(mark).ravel().tolist())}", {side}mm)'


def _at(x: float, y: float, inner: str) -> str:
    return f"#at({x:.3f}mm, {y:.3f}mm, {inner})"


def _line(x: float, y: float, dx: float, dy: float, stroke: str = "hair") -> str:
    return f"#line-at({x:.3f}mm, {y:.3f}mm, {dx:.3f}mm, {dy:.3f}mm, stroke: {stroke})"


def _fitted(it: Words, language: str, wide: float, high: float, upright: str = "top") -> str:
    return f"fitted({_words(it, language)}, {wide:.3f}mm, {high:.3f}mm, upright: {upright})"


def _demand(all_of: Sequence[tuple[Words, float, float]], language: str) -> str:
    listed = "".join(f"(it: {_words(it, language)}, wide: {wide:.3f}mm, high: {high:.3f}mm), " for it, wide, high in all_of)
    return f"#demand(({listed}))"


def cards(study: Study, language: str, name: PaperName) -> str:
    """The cards, eighteen on a sheet, as Typst sets them.

    Parameters
    ----------
    study : Study
    language : str
    name : {'a4', 'letter'}
    """
    on = paper(name)
    left, top = (10 * on.wide - ACROSS * CARD_WIDE) / 2, (10 * on.high - DOWN * CARD_HIGH) / 2
    each = ACROSS * DOWN
    from_left = CARD_EDGE + CARD_MARK + TEXT
    wide, high = CARD_WIDE - from_left - CARD_EDGE, CARD_HIGH - 2 * CARD_EDGE
    texts = [Words(one.id, one.text.in_(language), 13.0) for one in study.statements]
    parts = [_preamble(study, language, name, "cards"), _demand([(it, wide, high) for it in texts], language)]
    all_marks = of_cards(study)
    for first in range(0, len(texts), each):
        if first:
            parts.append("#pagebreak()")
        parts += _cuts(left, top)
        for n in range(first, min(first + each, len(texts))):
            row, column = divmod(n - first, ACROSS)
            x, y = left + column * CARD_WIDE, top + row * CARD_HIGH
            parts.append(_at(x + CARD_EDGE, y + CARD_EDGE, _mark(all_marks[n], CARD_MARK)))
            parts.append(_at(x + from_left, y + CARD_EDGE, _fitted(texts[n], language, wide, high, "horizon")))
            below = y + CARD_EDGE + CARD_MARK + TEXT
            parts.append(_at(x + CARD_EDGE, below, f"box(width: {CARD_MARK}mm, align(center, text(17pt, weight: 700, [{n + 1}])))"))
            parts.append(
                _at(
                    x + CARD_EDGE,
                    below + 8.5,
                    f"box(width: {CARD_MARK}mm, height: 4mm, clip: true, align(center, aside(7pt, {literal(study.ids[n])})))",
                )
            )
        last = min(first + each, len(texts))
        foot = (
            f"{study.study}, version {study.version}, {language}: cards {first + 1} to {last} of {len(texts)}. Print at 100 %, cut along the lines."
        )
        parts.append(_at(left, 10 * on.high - min(top, 12.0) + 2, f"aside(7pt, {literal(foot)})"))
    return "\n".join(parts)


def _cuts(left: float, top: float) -> Iterator[str]:
    """Lines to cut along, which go a little beyond the cards."""
    for n in range(ACROSS + 1):
        yield _line(left + n * CARD_WIDE, top - 4, 0, DOWN * CARD_HIGH + 8)
    for n in range(DOWN + 1):
        yield _line(left - 4, top + n * CARD_HIGH, ACROSS * CARD_WIDE + 8, 0)


@dataclass(frozen=True, slots=True)
class Tiles:
    """How a board is parted into sheets."""

    lying: bool
    across: int
    down: int
    wide: float
    high: float

    @classmethod
    def of(cls, laid: Board, name: PaperName) -> Tiles:
        """As few sheets as will do, all of one size."""
        on = paper(name)
        found = []
        for lying in (True, False):
            room_wide, room_high = (10 * on.high, 10 * on.wide) if lying else (10 * on.wide, 10 * on.high)
            across, down = ceil(laid.wide / (room_wide - 2 * MARGIN)), ceil(laid.high / (room_high - 2 * MARGIN))
            found.append(cls(lying, across, down, laid.wide / across, laid.high / down))
        return min(found, key=lambda one: one.across * one.down)

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Row and column of each sheet."""
        return [(row, column) for row in range(self.down) for column in range(self.across)]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something that lies on a board."""

    x: float
    y: float
    wide: float
    high: float
    inner: str


def board_sheets(study: Study, language: str, name: PaperName, laid: Board) -> str:
    """The board on as many sheets as it takes, with marks where they meet, as Typst sets it.

    Parameters
    ----------
    study : Study
    language : str
    name : {'a4', 'letter'}
    laid : Board
    """
    on, tiles = paper(name), Tiles.of(laid, name)
    sheet_wide, sheet_high = (10 * on.high, 10 * on.wide) if tiles.lying else (10 * on.wide, 10 * on.high)
    left, top = (sheet_wide - tiles.wide) / 2, (sheet_high - tiles.high) / 2
    named, pieces = _on_board(study, language, laid)
    parts = [_preamble(study, language, name, "board", lying=tiles.lying), _demand(named, language)]
    for n, (row, column) in enumerate(tiles.parts):
        if n:
            parts.append("#pagebreak()")
        x, y = column * tiles.wide, row * tiles.high
        before = (OVERLAP if column else 0, OVERLAP if row else 0)
        after = (OVERLAP if column < tiles.across - 1 else 0, OVERLAP if row < tiles.down - 1 else 0)
        x0, y0, x1, y1 = x - before[0], y - before[1], x + tiles.wide + after[0], y + tiles.high + after[1]
        seen = [one for one in pieces if one.x < x1 and one.x + one.wide > x0 and one.y < y1 and one.y + one.high > y0]
        inside = "".join(_at(one.x - x0, one.y - y0, one.inner) for one in seen)
        window = f"box(clip: true, width: {x1 - x0:.3f}mm, height: {y1 - y0:.3f}mm, [{inside}])"
        parts.append(_at(left - before[0], top - before[1], window))
        parts += _joins(tiles, row, column, left, top)
        where = f"Sheet {n + 1} of {len(tiles.parts)}: row {row + 1} of {tiles.down}, column {column + 1} of {tiles.across}."
        how = " Cut along the lines of one sheet, lay it on the next so that the letters meet, and tape them." if len(tiles.parts) > 1 else ""
        foot = f"{study.study}, version {study.version}, {language}: board. Print at 100 %. {where}{how}"
        parts.append(_at(MARGIN, sheet_high - 9.5, f"box(width: {sheet_wide - 2 * MARGIN:.3f}mm, aside(7pt, {literal(foot)}))"))
    return "\n".join(parts)


def _joins(tiles: Tiles, row: int, column: int, left: float, top: float) -> Iterator[str]:
    """Where to cut a sheet that meets another one, and the letters of the seam on both."""
    right, bottom = left + tiles.wide, top + tiles.high
    stroke = '(paint: black, thickness: 0.4pt, dash: "dashed")'
    for edge, neighbour in ((left, column - 1), (right, column)):
        if 0 <= neighbour < tiles.across - 1:
            yield _line(edge, top - 2, 0, tiles.high + 4, stroke)
            seam = f"{_letter(neighbour)}{row + 1}"
            yield _at(edge - 5, top - 6.0, f"box(width: 10mm, align(center, aside(9pt, {literal(seam)})))")
    for edge, neighbour in ((top, row - 1), (bottom, row)):
        if 0 <= neighbour < tiles.down - 1:
            yield _line(left - 2, edge, tiles.wide + 4, 0, stroke)
            seam = f"{column + 1}{_letter(neighbour)}"
            yield _at(left - 9, edge - 2, f"aside(9pt, {literal(seam)})")


def _letter(n: int) -> str:
    return chr(ord("A") + n)


def _on_board(study: Study, language: str, laid: Board) -> tuple[list[tuple[Words, float, float]], list[_Piece]]:
    """Words that have to fit, and all that lies on a board."""
    pieces = [_Piece(x, y, BOARD_MARK, BOARD_MARK, _mark(mark, BOARD_MARK)) for mark, (x, y) in laid.corners()]
    pieces.append(_Piece(0, 0, laid.wide, laid.high, f"rect(width: {laid.wide}mm, height: {laid.high}mm, stroke: 0.5pt + quiet)"))
    inner = BOARD_EDGE + BOARD_MARK + 2 * TEXT + 1
    half = (laid.wide - 2 * inner) / 2 - 4
    ends = (study.scale.low, study.scale.high) if laid.direction == "ltr" else (study.scale.high, study.scale.low)
    keys = ("field:scale.low", "field:scale.high") if laid.direction == "ltr" else ("field:scale.high", "field:scale.low")
    sides = ("left", "right")
    named: list[tuple[Words, float, float]] = []
    for i, x in enumerate((inner, laid.wide - inner - half)):
        words = Words(keys[i], ends[i].in_(language), 20.0, side=sides[i], bold=True)
        named.append((words, half, TOP - 12))
        pieces.append(_Piece(x, 6, half, TOP - 12, _fitted(words, language, half, TOP - 12, "horizon")))
    if len(study.instructions(language)) == 1:  # under several conditions the same board is sorted on
        condition = Words("field:condition", study.condition.in_(language), 18.0, side="center")
        wide = laid.wide - 2 * inner
        named.append((condition, wide, 20.0))
        pieces.append(_Piece(inner, laid.high - 26, wide, 20, _fitted(condition, language, wide, 20, "horizon")))
    deepest = max(column.places for column in laid.columns)
    for column in laid.columns:
        label = literal(column_label(column.value))
        said = study.labels.get(column.value)
        below = 0.0 if said is None else LABELS / 2
        shown = f"box(width: {PLACE_WIDE}mm, height: {LABELS - below}mm, align(center + horizon, text(24pt, weight: 700, dir: ltr, {label})))"
        pieces.append(_Piece(column.left, TOP, PLACE_WIDE, LABELS - below, shown))
        if said is not None:
            words = Words(f"field:labels.{column.value:g}", said.in_(language), 12.0, side="center")
            named.append((words, PLACE_WIDE, below))
            pieces.append(_Piece(column.left, TOP + below, PLACE_WIDE, below, _fitted(words, language, PLACE_WIDE, below, "top")))
        free = study.distribution == "free"
        high = deepest * PLACE_HIGH if free else PLACE_HIGH
        for place in range(1 if free else column.places):
            square = f"rect(width: {PLACE_WIDE}mm, height: {high}mm, stroke: 0.8pt + quiet)"
            pieces.append(_Piece(column.left, laid.places_from + place * PLACE_HIGH, PLACE_WIDE, high, square))
    return named, pieces


def score_sheet(study: Study, language: str, name: PaperName, laid: Board) -> str:
    """A page to write the numbers of the cards down on, as Typst sets it.

    Parameters
    ----------
    study : Study
    language : str
    name : {'a4', 'letter'}
    laid : Board
    """
    on = paper(name)
    wide, high = 10 * on.high, 10 * on.wide
    deepest = max(column.places for column in laid.columns)
    top = 62.0
    side = min(BOX, (wide - 2 * MARGIN) / len(laid.columns), (high - top - 22) / deepest)
    if side < LEAST_BOX:
        grid = f"{len(laid.columns)} columns, the deepest with {deepest} places"
        advice = "Let people sort on the pages."
        raise DataError([Fault(f"`grid`: {grid}, are too many boxes to write into on a page", advice=advice)])
    title = Words("field:title", study.title.in_(language), 16.0, bold=True)
    condition = Words("field:condition", study.condition.in_(language), 12.0)
    room = wide - 2 * MARGIN
    named = [(title, room, 10.0), (condition, room, 13.0)]
    parts = [_preamble(study, language, name, "score sheet", lying=True), _demand(named, language)]
    parts.append(_at(MARGIN, 10, _fitted(title, language, room, 10)))
    parts.append(_at(MARGIN, 21, _fitted(condition, language, room, 13)))
    for x, what, length in ((MARGIN, "Participant", 90.0), (MARGIN + 122, "Date", 50.0)):
        parts.append(_at(x, 36, f"english(text(11pt, {literal(what)}))"))
        parts.append(_line(x + 21, 41.5, length, 0, "0.6pt + black"))
    first = (wide - side * len(laid.columns)) / 2
    for n, column in enumerate(laid.columns):
        x = first + n * side
        label = f"text(12pt, weight: 700, dir: ltr, {literal(column_label(column.value))})"
        parts.append(_at(x, top - 8, f"box(width: {side}mm, align(center, {label}))"))
        parts += [_at(x, top + row * side, f"rect(width: {side}mm, height: {side}mm, stroke: 0.6pt + black)") for row in range(column.places)]
    ends = (study.scale.low, study.scale.high) if laid.direction == "ltr" else (study.scale.high, study.scale.low)
    for i, x in enumerate((MARGIN, MARGIN + room / 2)):
        words = Words(("field:scale.low", "field:scale.high")[i], ends[i].in_(language), 10.0, side=("left", "right")[i])
        parts.append(_at(x, top - 17, _fitted(words, language, room / 2, 9, "bottom")))
    foot = f"Write the number of each card into the column in which it lies. Each of the {counted(len(study.ids), 'card')} stands here once."
    parts.append(_at(MARGIN, high - 14, f"english(text(9pt, {literal(foot)}))"))
    return "\n".join(parts)


def instructions(study: Study, language: str, name: PaperName) -> str:
    """A page for whoever sorts, as Typst sets it: the words of the study, and the steps.

    Parameters
    ----------
    study : Study
    language : str
    name : {'a4', 'letter'}
    """
    on = paper(name)
    left, wide = 22.0, 10 * on.wide - 44
    title = Words("field:title", study.title.in_(language), 22.0, bold=True)
    condition = Words("field:condition", study.condition.in_(language), 17.0)
    low = Words("field:scale.low", study.scale.low.in_(language), 13.0, side="center")
    high = Words("field:scale.high", study.scale.high.in_(language), 13.0, side="center")
    half = wide / 2 - 4
    named = [(title, wide, 24.0), (condition, wide, 28.0), (low, half - 6, 18.0), (high, half - 6, 18.0)]
    parts = [_preamble(study, language, name, "instructions"), _demand(named, language)]
    parts.append(_at(left, 20, _fitted(title, language, wide, 24)))
    parts.append(_at(left, 47, _fitted(condition, language, wide, 28)))
    values = study.columns
    ordered = ((low, values[0]), (high, values[-1])) if study.direction(language) == "ltr" else ((high, values[-1]), (low, values[0]))
    for i, (words, value) in enumerate(ordered):
        x = left + i * (half + 8)
        parts.append(_at(x, 80, f"rect(width: {half}mm, height: 32mm, stroke: 0.8pt + quiet)"))
        label = f"text(20pt, weight: 700, dir: ltr, {literal(column_label(value))})"
        parts.append(_at(x, 81, f"box(width: {half}mm, align(center, {label}))"))
        parts.append(_at(x + 3, 92, _fitted(words, language, half - 6, 18, "horizon")))
    rule = FORCED if study.distribution == "forced" else FREE
    steps = [step.format(cards=counted(len(study.ids), "card"), rule=rule) for step in STEPS]
    listed = ", ".join(f"[#{literal(step)}]" for step in steps)
    body = f"english(block(width: {wide}mm, [#set text(12.5pt); #set par(leading: 0.3em); #enum(spacing: 1.1em, {listed})]))"
    parts.append(_at(left, 122, body))
    parts.append(_at(left, 10 * on.high - 34, f"english(block(width: {wide}mm, text(9.5pt, fill: quiet, {literal(PHOTOGRAPH)})))"))
    return "\n".join(parts)
