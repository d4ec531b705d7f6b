"""Where everything lies on the board of a study, in millimetres: the same for what prints it and for what reads a photograph of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from qmethod.brief import brief
from qmethod.errors import DataError, Fault
from qmethod_analysis.tabletop.marks import of_board
from qmethod_studies.definition import Study

CARD_WIDE, CARD_HIGH = 63.0, 42.0
"""A card. Eighteen of them stand on a sheet of A4 or Letter."""
CARD_MARK, CARD_EDGE = 15.0, 4.0
"""The side of the mark on a card, and how far its upper left corner is from either edge."""
PLACE_WIDE, PLACE_HIGH = 70.0, 46.0
"""A place on the board, which leaves room around a card."""
BOARD_MARK, BOARD_EDGE = 20.0, 6.0
"""The same of a mark at a corner of the board."""
SIDE, TOP, LABELS, BOTTOM = 8.0, 32.0, 14.0, 32.0
"""Left and right of the columns; above them, with what the ends mean; the labels of the columns, which stand under that; under the columns."""
NARROWEST = 190.0
"""Width of the board of a study with few columns."""
LARGEST = (2500.0, 1600.0)
"""What can still lie on a table and be photographed."""

Direction = Literal["ltr", "rtl"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board.

    Parameters
    ----------
    value : float
    left : float
        Where its places begin.
    places : int
        That are drawn.
    """

    value: float
    left: float
    places: int

    __repr__ = brief

    @property
    def middle(self) -> float:
        """Where the middle of a card lies that lies right."""
        return self.left + PLACE_WIDE / 2


@dataclass(frozen=True, slots=True)
class Board:
    """The board of a study, from its upper left corner.

    Parameters
    ----------
    direction : {'ltr', 'rtl'}
        Which way the columns rise.
    wide, high : float
    columns : tuple of Column
        From left to right.
    marks : tuple of int
        At its corners: top left, top right, bottom right, bottom left.
    """

    direction: Direction
    wide: float
    high: float
    columns: tuple[Column, ...]
    marks: tuple[int, ...]

    __repr__ = brief

    def corners(self) -> Iterator[tuple[int, Point]]:
        """Each mark with where its own upper left corner lies."""
        left, top = BOARD_EDGE, BOARD_EDGE
        right, bottom = self.wide - BOARD_EDGE - BOARD_MARK, self.high - BOARD_EDGE - BOARD_MARK
        return zip(self.marks, ((left, top), (right, top), (right, bottom), (left, bottom)), strict=True)

    @property
    def places_from(self) -> float:
        """Where the first row of places begins."""
        return TOP + LABELS


def board(study: Study, direction: Direction) -> Board:
    """The board of a study.

    Parameters
    ----------
    study : Study
    direction : {'ltr', 'rtl'}
        Which way the language on it is written: the columns rise that way.

    Raises
    ------
    DataError
        If it would be larger than a table.
    """
    values, counts = study.q_grid.values, study.q_grid.counts
    deepest = max(counts)
    wide = max(NARROWEST, 2 * SIDE + len(values) * PLACE_WIDE)
    high = TOP + LABELS + deepest * PLACE_HIGH + BOTTOM
    if wide > LARGEST[0] or high > LARGEST[1]:
        size = f"{wide / 10:.0f} x {high / 10:.0f} cm"
        most = f"{LARGEST[0] / 10:.0f} x {LARGEST[1] / 10:.0f} cm"
        columns = f"{len(values)} columns, the deepest with {deepest} places"
        raise DataError(
            [Fault(f"`grid`: {columns}, make a board of {size}; no table takes more than {most}", advice="Let people sort on the pages.")]
        )
    first = (wide - len(values) * PLACE_WIDE) / 2
    way = range(len(values)) if direction == "ltr" else range(len(values) - 1, -1, -1)
    places = [counts[i] if study.distribution == "forced" else deepest for i in way]
    columns_ = tuple(Column(values[i], first + n * PLACE_WIDE, places[n]) for n, i in enumerate(way))
    return Board(direction, wide, high, columns_, of_board(study, direction))
