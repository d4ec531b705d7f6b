"""What has to fit on paper: which blocks need a page turned sideways, and how wide the columns of a table are."""

from __future__ import annotations

from datetime import datetime

from qmethod_analysis.report.blocks import Block, GridBlock, TableBlock

EPOCH = datetime(2000, 1, 1)
"""The time that stands in every file, so that the same report gives the same bytes."""
PAGE, MARGIN = (21.0, 29.7), 2.2
"""A4 upright, and the margins around it, in centimetres."""
UPRIGHT, LYING = (round((side - 2 * MARGIN) * 567) for side in PAGE)
"""Room for tables on a page that stands, and on one that lies, in twentieths of a point."""
SIGN, ROOM = 100, 170
"""About the width of a sign in a cell, and what its margins take."""


def _least(block: TableBlock) -> list[int]:
    """Width of each column below which a word would break, in twentieths of a point."""
    columns = zip(block.header, *block.rows, strict=True)
    longest = (max((len(word) for text in column for word in together(text).split(" ")), default=1) for column in columns)
    return [ROOM + SIGN * min(18, letters) for letters in longest]


def sideways(block: Block) -> bool:
    """Whether a block stands on a page turned sideways: a grid, or a table too wide for an upright page.

    Parameters
    ----------
    block : Block
    """
    return isinstance(block, GridBlock) or (isinstance(block, TableBlock) and sum(_least(block)) > UPRIGHT)


def widths(block: TableBlock) -> list[int]:
    """Widths of columns in twentieths of a point: what their longest word needs, and the rest by what their cells would take on one line.

    Parameters
    ----------
    block : TableBlock
    """
    room = LYING if sideways(block) else UPRIGHT
    least = _least(block)
    bodies = [[row[i] for row in block.rows] for i in range(len(block.header))]
    wanted = [max(low, ROOM + SIGN * min(70, max(map(len, cells), default=0))) for low, cells in zip(least, bodies, strict=True)]
    spare, more = room - sum(least), sum(wanted) - sum(least)
    if spare <= 0:
        return [room * width // sum(least) for width in least]
    share = min(1.0, spare / more) if more else 0.0
    return [low + int(share * (want - low)) for low, want in zip(least, wanted, strict=True)]


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
