"""What has to fit on paper: which blocks need a page turned sideways, how wide the columns of a table are, how large a board is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain

from qmethod_analysis.pictures.drawing import text_width, wrapped
from qmethod_analysis.report.blocks import Block, GridBlock, GridCard, GridColumn, Heading, TableBlock
from qmethod_analysis.report.formats import PaperName

EPOCH = datetime(2000, 1, 1)
"""The time that stands in every file, so that the same report gives the same bytes."""
MARGIN, LYING_MARGIN = 2.2, 1.6
"""Around a page that stands, and left and right of one that lies, in centimetres."""
TWIPS = 567
"""Twentieths of a point in a centimetre."""
ROOM = 150
"""What the margins of a cell take, in twentieths of a point."""
CELL, SMALL_CELL = 8.5, 7.0
"""Sizes of the text in a table: as a rule, and in one that would otherwise need a page turned sideways."""
NARROW = 0.88
"""How wide the fonts of paper are beside the broad one that `text_width` reckons with."""
LARGEST, SMALLEST, STEP = 11.0, 6.5, 0.25
"""Sizes of the statements in an array, in points."""
HYPHENATED = 8.0
"""Size, in points, below which words are broken before the type becomes smaller still."""
NARROWEST = 1.5
"""Width of a column of a board, in centimetres, below which the board is set in parts."""
BESIDE, ABOVE, LEADING = 8.5, 4.8, 1.18
"""What a card takes beside its text and above and below it, in points, and the height of a line in sizes of the font."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A size of paper.

    Parameters
    ----------
    name : {'a4', 'letter'}
    typst : str
        What Typst calls it.
    wide, high : float
        Of a page that stands, in centimetres.
    """

    name: PaperName
    typst: str
    wide: float
    high: float

    def room(self, *, lying: bool) -> int:
        """Room for a table, in twentieths of a point.

        Parameters
        ----------
        lying : bool
            On a page turned sideways.
        """
        return round(((self.high if lying else self.wide) - 2 * (LYING_MARGIN if lying else MARGIN)) * TWIPS)


def paper(name: PaperName) -> Paper:
    """The paper of a name.

    Parameters
    ----------
    name : {'a4', 'letter'}
    """
    return {"a4": Paper("a4", "a4", 21.0, 29.7), "letter": Paper("letter", "us-letter", 21.59, 27.94)}[name]


A4 = paper("a4")


@lru_cache(maxsize=128)
def _least(block: TableBlock, size: float) -> tuple[int, ...]:
    """Width of each column below which a word would break, in twentieths of a point; asked several times of each table."""
    columns = zip(block.header, *block.rows, strict=True)
    return tuple(ROOM + round(max((_width(word, size) for text in column for word in together(text).split(" ")), default=0)) for column in columns)


def _width(word: str, size: float) -> float:
    """Of a word that is set whole, in twentieths of a point; of a very long one, what it keeps of a line when it is broken."""
    return 20 * NARROW * min(text_width(word, size), 10 * size)


def sideways(block: Block, on: Paper = A4) -> bool:
    """Whether a block stands on a page turned sideways: a board, or a table too wide for an upright page even in small type.

    Parameters
    ----------
    block : Block
    on : Paper
    """
    return isinstance(block, GridBlock) or (isinstance(block, TableBlock) and sum(_least(block, SMALL_CELL)) > on.room(lying=False))


def cell_size(block: TableBlock, on: Paper = A4) -> float:
    """The size of the text of a table, in points.

    Parameters
    ----------
    block : TableBlock
    on : Paper
    """
    return CELL if sum(_least(block, CELL)) <= on.room(lying=sideways(block, on)) else SMALL_CELL


def widths(block: TableBlock, on: Paper = A4) -> list[int]:
    """Widths of columns in twentieths of a point: what their longest word needs, and the rest by what their cells would take on one line.

    Parameters
    ----------
    block : TableBlock
    on : Paper
    """
    room, size = on.room(lying=sideways(block, on)), cell_size(block, on)
    least = _least(block, size)
    bodies = [[row[i] for row in block.rows] for i in range(len(block.header))]
    lines = [min(70 * 0.6 * size, max((text_width(text, size) for text in cells), default=0)) for cells in bodies]
    wanted = [max(low, ROOM + round(20 * NARROW * line)) for low, line in zip(least, lines, strict=True)]
    spare, more = room - sum(least), sum(wanted) - sum(least)
    if spare <= 0:
        return [room * width // sum(least) for width in least]
    share = min(1.0, spare / more) if more else 0.0
    return [low + int(share * (want - low)) for low, want in zip(least, wanted, strict=True)]


def turned(blocks: Sequence[Block], on: Paper = A4) -> Iterator[tuple[bool, list[Block]]]:
    """The blocks in runs that share pages, each with whether its pages lie; a board is a run of its own.

    A heading goes with what stands under it, so that it is not left behind on the page before.

    Parameters
    ----------
    blocks : sequence of Block
    on : Paper
    """
    lying = [sideways(block, on) for block in blocks]
    for i in range(len(blocks) - 2, -1, -1):
        lying[i] = lying[i] or (isinstance(blocks[i], Heading) and lying[i + 1])
    run: list[Block] = []
    for i, block in enumerate(blocks):
        apart = i > 0 and (lying[i] != lying[i - 1] or isinstance(blocks[i - 1], GridBlock) or (lying[i] and _opens_board(blocks, i)))
        if apart and run:
            yield lying[i - 1], run
            run = []
        run.append(block)
    if run:
        yield lying[len(blocks) - 1], run


def _opens_board(blocks: Sequence[Block], i: int) -> bool:
    """Whether a board, or the first of the headings over one, stands here."""
    follows = next((block for block in blocks[i:] if not isinstance(block, Heading)), None)
    return isinstance(follows, GridBlock) and not isinstance(blocks[i - 1], Heading)


def in_parts(columns: Sequence[GridColumn], on: Paper = A4) -> list[tuple[GridColumn, ...]]:
    """The columns of a board in as many even parts as it takes for each column to be wide enough to read.

    Parameters
    ----------
    columns : sequence of GridColumn
    on : Paper
    """
    most = int(on.room(lying=True) / TWIPS / NARROWEST)
    parts = -(-len(columns) // most)
    each = -(-len(columns) // parts)
    return [tuple(columns[start : start + each]) for start in range(0, len(columns), each)]


def in_rows(columns: Sequence[GridColumn]) -> list[tuple[GridCard | None, ...]]:
    """The rows of a board from the top; None where a column has no card left.

    Parameters
    ----------
    columns : sequence of GridColumn
    """
    deepest = max((len(column.cards) for column in columns), default=0)
    return [tuple(column.cards[depth] if depth < len(column.cards) else None for column in columns) for depth in range(deepest)]


def words_of(card: GridCard) -> str:
    """All that stands on a card.

    Parameters
    ----------
    card : GridCard
    """
    return " ".join(filter(None, (card.id, card.text, card.marks)))


def fitting(columns: Sequence[Sequence[str]], room: tuple[float, float], *, aligned: bool = False) -> float | None:
    """The largest size at which an array fits into a room; None where it would be too small to read.

    Parameters
    ----------
    columns : sequence of sequence of str
        What stands on the cards of each column.
    room : tuple of float
        Width and height in points.
    aligned : bool, default False
        Whether the cards of a row are all as high as its highest, as the rows of a table are.

    Notes
    -----
    Words stay whole as long as the type is larger than `HYPHENATED`; below that the larger type goes before the whole words.
    """
    width = room[0] / max(1, len(columns)) - BESIDE
    sizes = [LARGEST - step * STEP for step in range(round((LARGEST - SMALLEST) / STEP) + 1)]
    whole = (size for size in sizes if size >= HYPHENATED and all(_unbroken(cards, width, size) for cards in columns))
    broken = (size for size in sizes if size <= HYPHENATED)
    return next((size for size in chain(whole, broken) if _height(columns, width, size, aligned=aligned) <= room[1]), None)


def _height(columns: Sequence[Sequence[str]], width: float, size: float, *, aligned: bool) -> float:
    """Of an array in points."""
    cards = [[height([words], width, size) for words in column] for column in columns]
    if not aligned:
        return max(map(sum, cards), default=0.0)
    return sum(max(column[depth] for column in cards if depth < len(column)) for depth in range(max(map(len, cards), default=0)))


def height(cards: Iterable[str], width: float, size: float) -> float:
    """Of a column of cards, in points.

    Parameters
    ----------
    cards : iterable of str
        What stands on each.
    width, size : float
        Of a line and of the font, in points.
    """
    return sum(len(wrapped(words, width, size)) * size * LEADING + ABOVE for words in cards)


def _unbroken(cards: Iterable[str], width: float, size: float) -> bool:
    """Whether every word fits into its line."""
    return all(text_width(word, size) <= width for words in cards for word in words.replace("-", "- ").split())


def together(text: str) -> str:
    """A short cell, such as ``66 % ●``, in one piece.

    Parameters
    ----------
    text : str
    """
    return text.replace(" ", "\u00a0") if len(text) <= 14 and any(sign.isdigit() for sign in text) else text


def clean(text: str) -> str:
    """Text without the signs that XML cannot hold.

    Parameters
    ----------
    text : str
    """
    return "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"))
