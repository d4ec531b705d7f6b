"""A board as it is being typed: the numbers of its cards, column by column, and what is wrong with them so far.

The same for a page and for a terminal: whoever types gives a column what stands in it, `typed` makes the next board of it, and `slips` says what is
missing, doubled, unknown, too many or too few. Only a board without any slip has `values`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qmethod.brief import brief
from qmethod.wording import counted
from qmethod_studies.definition import Study, column_label

Kind = Literal["unknown", "doubled", "over", "under", "missing"]
OPEN: tuple[Kind, ...] = ("under", "missing")
"""What is wrong only when nothing more is typed."""
LONGEST = 2000
"""Signs that are read of a column: more than any board has."""
_BETWEEN = re.compile(r"[\s,;.\u060c\u3001]+")
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Board:
    """A board on which cards are typed.

    Parameters
    ----------
    columns : tuple of float
        Values of the columns, ascending.
    counts : tuple of int, or None
        How many cards each takes; None where the distribution is free.
    n_cards : int
        The cards are numbered from 1 to this, in the order of the study's statements.
    numbers : tuple of tuple of str
        By column: each number as it was typed, but for leading zeros and digits of other scripts.
    """

    columns: tuple[float, ...]
    counts: tuple[int, ...] | None
    n_cards: int
    numbers: tuple[tuple[str, ...], ...]

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that is wrong with a board.

    Parameters
    ----------
    kind : {'unknown', 'doubled', 'over', 'under', 'missing'}
    columns : tuple of int
        Where, by place in `Board.columns`; empty for a card that is nowhere.
    number : str
        Of the card, as typed; empty where it is about a count.
    message : str
        In a sentence.
    """

    kind: Kind
    columns: tuple[int, ...]
    number: str
    message: str

    __repr__ = brief

    @property
    def open(self) -> bool:
        """Whether typing on can make it good."""
        return self.kind in OPEN


def empty(study: Study) -> Board:
    """The board of a study before the first number.

    Parameters
    ----------
    study : Study
    """
    grid = study.q_grid
    counts = grid.counts if study.distribution == "forced" else None
    return Board(grid.values, counts, len(study.ids), ((),) * len(grid.values))


def numbers_in(text: str) -> tuple[str, ...]:
    r"""The numbers in what was typed, parted by blanks, commas, semicolons, full stops or ends of lines.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> numbers_in(" 3, 17\n08;x")
    ('3', '17', '8', 'x')
    """
    return tuple(_plain(part) for part in _BETWEEN.split(text[:LONGEST]) if part)


def _plain(part: str) -> str:
    return str(int(part)) if part.isdecimal() and len(part) <= 6 else part


def typed(board: Board, column: int, text: str) -> Board:
    """The board after something else was typed in one column.

    Parameters
    ----------
    board : Board
    column : int
        Place of the column in `Board.columns`.
    text : str
        All that stands in it now.
    """
    numbers = tuple(numbers_in(text) if i == column else there for i, there in enumerate(board.numbers))
    return Board(board.columns, board.counts, board.n_cards, numbers)


def filled(study: Study, lines: Sequence[str]) -> Board:
    """The board on which each column holds what is given for it.

    Parameters
    ----------
    study : Study
    lines : sequence of str
        One for each column, ascending.
    """
    board = empty(study)
    if len(lines) != len(board.columns):
        raise ValueError(f"{len(lines)} lines for {len(board.columns)} columns")
    for column, line in enumerate(lines):
        board = typed(board, column, line)
    return board


def card(board: Board, number: str) -> int | None:
    """Which statement a number means, counted from 0; None for a number that no card has."""
    known = number.isdecimal() and len(number) <= 6 and 1 <= int(number) <= board.n_cards
    return int(number) - 1 if known else None


def label(board: Board, column: int) -> str:
    """A column as people read it."""
    return column_label(board.columns[column])


def slips(board: Board) -> tuple[Slip, ...]:
    """All that is wrong with a board, what is wrong at once before what is only still open.

    Parameters
    ----------
    board : Board
    """
    return (*_unknown(board), *_doubled(board), *_counts(board), *_missing(board))


def _unknown(board: Board) -> Iterator[Slip]:
    for column, numbers in enumerate(board.numbers):
        for number in numbers:
            if card(board, number) is None:
                shown = number if len(number) <= 12 else f"{number[:12]}..."
                message = f"{shown!r} in {label(board, column)} is no number of a card: they go from 1 to {board.n_cards}"
                yield Slip("unknown", (column,), number, message)


def _doubled(board: Board) -> Iterator[Slip]:
    places: dict[str, list[int]] = {}
    for column, numbers in enumerate(board.numbers):
        for number in numbers:
            places.setdefault(number, []).append(column)
    for number, where in places.items():
        if len(where) > 1 and card(board, number) is not None:
            inside = [f"{label(board, column)}{_times(n)}" for column, n in Counter(where).items()]
            yield Slip("doubled", tuple(dict.fromkeys(where)), number, f"card {number} is typed {_often(len(where))}: in {' and in '.join(inside)}")


def _times(n: int) -> str:
    return "" if n == 1 else f" {_often(n)}"


def _often(n: int) -> str:
    return "twice" if n == 2 else f"{n} times"


def _counts(board: Board) -> Iterator[Slip]:
    if board.counts is None:
        return
    for column, (numbers, places) in enumerate(zip(board.numbers, board.counts, strict=True)):
        if len(numbers) != places:
            kind: Kind = "over" if len(numbers) > places else "under"
            yield Slip(kind, (column,), "", f"{label(board, column)} has {counted(len(numbers), 'card')} instead of {places}")


def _missing(board: Board) -> Iterator[Slip]:
    there = {number for numbers in board.numbers for number in numbers}
    for number in (str(n) for n in range(1, board.n_cards + 1) if str(n) not in there):
        yield Slip("missing", (), number, f"card {number} is in no column")


def told_now(board: Board, slip: Slip) -> bool:
    """Whether a slip is one while typing goes on: too few cards in a column that was begun are, as soon as a later one has some.

    Parameters
    ----------
    board : Board
    slip : Slip
        From `slips`.
    """
    if not slip.open:
        return True
    begun, later = [bool(board.numbers[column]) for column in slip.columns], [any(board.numbers[column + 1 :]) for column in slip.columns]
    return all(begun) and any(later)


def told(found: Sequence[Slip]) -> list[str]:
    """The sentences about slips; missing cards share one.

    Parameters
    ----------
    found : sequence of Slip
    """
    gone = [slip.number for slip in found if slip.kind == "missing"]
    said = [slip.message for slip in found if slip.kind != "missing"]
    if len(gone) > 1:
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        said.append(f"cards {', '.join(gone[:_NAMED])}{more} are in no column")
    return said + [slip.message for slip in found if slip.kind == "missing" and len(gone) == 1]


def values(board: Board) -> tuple[float, ...]:
    """The sort: the value of each statement, in the order of the study.

    Parameters
    ----------
    board : Board

    Raises
    ------
    ValueError
        If anything is wrong with the board, so that it is no sort.
    """
    if found := slips(board):
        raise ValueError(f"this board is no sort: {told(found)[0]}")
    of = {card(board, number): value for value, numbers in zip(board.columns, board.numbers, strict=True) for number in numbers}
    return tuple(of[i] for i in range(board.n_cards))
