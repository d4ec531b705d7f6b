"""Placements as people and programs write them: +2, −2, "1,5", an empty cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain

import numpy as np

from qmethod.data import Array, FloatArray
from qmethod.minus import plain_minus

MISSING = frozenset({"", ".", "na", "n/a", "#n/a", "nan", "null"})
"""Cells that say a placement is missing, in lower case."""

LARGEST = 1_000_000.0
"""No grid has a column beyond this value."""

UNREADABLE = np.inf
"""Marks a cell that holds something other than a placement."""

WHOLE_SORT = re.compile(r"[+-]?[0-9]+(\s*[|;]\s*[+-]?[0-9]+)+|[+-]?[0-9]+((, ?| )[+-]?[0-9]+){2,}")
"""What a whole sort in one cell looks like: 2|-1|0, with bars or semicolons between two numbers or more, commas or blanks between three."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?")

_SIGNS = str.maketrans({"＋": "+", "．": ".", "，": ",", "٫": "."})


def placement(cell: str) -> float:
    """The number a cell holds: NaN where a placement is missing, `UNREADABLE` where it is no number.

    >>> placement(" +2"), placement("−1"), placement("1,5"), placement("two"), placement("－２"), placement("²")
    (2.0, -1.0, 1.5, inf, -2.0, inf)
    """
    text = cell.strip()
    if text.lower() in MISSING:
        return np.nan
    if text[0].isalpha():
        return UNREADABLE
    text = plain_minus(text if text.isascii() else _in_ascii(text)).replace("- ", "-").replace("+ ", "+")
    if not _NUMBER.fullmatch(text):
        return UNREADABLE
    value = float(text.replace(",", "."))
    return value + 0.0 if abs(value) <= LARGEST else UNREADABLE


def _in_ascii(text: str) -> str:
    """Digits of any script as 0 to 9, and the wide or Arabic signs that stand between them; a raised or circled digit stays what it is."""
    plain = text.translate(_SIGNS)
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in plain)


def filled(cell: str) -> str:
    """What a cell holds, trimmed; nothing where it says that something is missing, as R writes NA.

    >>> filled(" agreed "), filled("NA"), filled(".")
    ('agreed', '', '')
    """
    text = cell.strip()
    return "" if text.lower() in MISSING else text


def is_placement(cell: str) -> bool:
    """Whether a cell holds a number, or says that one is missing."""
    return placement(cell) != UNREADABLE


class _Memo(dict[str, float]):
    """Each different cell is parsed once: a table of placements has few."""

    def __missing__(self, cell: str) -> float:
        value = self[cell] = placement(cell)
        return value


def placements(rows: Sequence[Sequence[str]], width: int) -> FloatArray:
    """All cells of a rectangular table as numbers.

    Parameters
    ----------
    rows : sequence of sequence of str
        Each of length `width`.
    width : int
        Number of columns.

    Returns
    -------
    ndarray of shape (n_rows, width)
        NaN where a placement is missing, `UNREADABLE` where a cell holds anything else.
    """
    memo = _Memo()
    numbers = map(memo.__getitem__, chain.from_iterable(rows))
    return np.fromiter(numbers, dtype=np.float64, count=len(rows) * width).reshape(len(rows), width)


def compact(sorts: FloatArray) -> Array:
    """The same placements as small integers where none is missing or fractional."""
    if not np.isfinite(sorts).all() or (sorts != np.round(sorts)).any():
        return sorts
    largest = np.abs(sorts).max(initial=0)
    if largest >= 2**53:  # beyond, a float no longer tells whole numbers apart
        return sorts
    return sorts.astype(np.int16 if largest < 2**15 else np.int32 if largest < 2**31 else np.int64)
