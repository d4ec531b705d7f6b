"""The forced distribution. numpy is imported when its places are wanted as an array: who reads a definition of a study needs none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from typing import TYPE_CHECKING, Any

from qmethod.brief import brief, short
from qmethod.errors import DataError, Fault
from qmethod.minus import plain_minus
from qmethod.reach import LARGEST

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Grid:
    """A forced distribution: how many statements each column takes.

    Parameters
    ----------
    values : tuple of int or float
        The value of each column, ascending. Need not be symmetric, hold 0, or be consecutive. Columns of one value are one: a placement is its value.
    counts : tuple of int
        How many statements each column takes, at least 1 each; of columns of one value the sum.

    Raises
    ------
    DataError
        If the two differ in length, the values do not ascend, or a count is below 1.

    Examples
    --------
    >>> str(Grid((-1, 0, 0, 1), (1, 2, 2, 1)))
    '-1:1,0:4,1:1'
    """

    values: tuple[float, ...]
    counts: tuple[int, ...]

    __repr__ = brief

    def _said(self) -> list[str]:
        return [f"{self.n_statements} statements, {self}"]

    def __post_init__(self) -> None:
        values, counts = _numbers_of(self.values, "the values of a grid"), _numbers_of(self.counts, "the counts of a grid")
        faults = []
        if len(values) != len(counts) or not values:
            faults.append(Fault(f"a grid needs one count for each value, got {len(values)} and {len(counts)}"))
        if any(b < a for a, b in pairwise(values)):
            faults.append(Fault(f"the values of a grid must ascend, got {values}"))
        if any(abs(value) > LARGEST for value in values):
            faults.append(Fault(f"the values of a grid must lie within {LARGEST:g} of 0, got {values}"))
        if any(count < 1 for count in counts):
            faults.append(Fault(f"each column of a grid takes at least one statement, got {counts}"))
        if any(not float(count).is_integer() for count in counts):
            faults.append(Fault(f"the counts of a grid must be whole numbers, got {counts}"))
        if faults:
            raise DataError(faults)
        places = Counter[int | float]()
        for value, count in zip(values, counts, strict=True):
            places[value] += int(count)
        object.__setattr__(self, "values", tuple(places))
        object.__setattr__(self, "counts", tuple(places.values()))

    @classmethod
    def parse(cls, text: str) -> Grid:
        """Read ``"-2:1,-1:2,0:3,1:2,2:1"`` (value:count, in any order; any form of the minus sign; a value may stand more than once).

        Raises
        ------
        DataError
            If a part is not ``value:count``.
        """
        if not isinstance(text, str):
            raise DataError([Fault(f'`text` must be a grid as a text, such as "-1:1,0:2,1:1", got {short(text)}')])
        pairs = []
        for part in text.replace(";", ",").split(","):
            value, _colon, count = part.partition(":")
            try:
                pairs.append((float(plain_minus(value)), int(count)))
            except ValueError:
                advice = 'Write each column as value:count, for example "-2:1,-1:2,0:3,1:2,2:1", and decimals with a point: 0.5.'
                raise DataError([Fault(f"{part.strip()!r} is not a column of a grid", advice=advice)]) from None
        pairs.sort()
        return cls(tuple(v for v, _ in pairs), tuple(c for _, c in pairs))

    @classmethod
    def of(cls, placements: npt.ArrayLike) -> Grid:
        """The distribution that one sort shows; missing placements do not count."""
        import numpy as np

        try:
            column = np.asarray(placements, dtype=float)
        except (TypeError, ValueError):
            advice = "`Grid.parse` reads a grid that is written as a text."
            raise DataError([Fault(f"`placements` must be those of a sort, which show its grid, got {short(placements)}", advice=advice)]) from None
        values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        if not values.size:
            raise DataError([Fault("`placements`: where none is there is no grid")])
        if np.isinf(values).any():
            raise DataError([Fault("`placements` must be finite, to show a grid")])
        return cls(tuple(values.tolist()), tuple(counts.tolist()))

    @property
    def n_statements(self) -> int:
        """How many statements the grid holds."""
        return sum(self.counts)

    def slots(self) -> npt.NDArray[np.float64]:
        """The value of every place, ascending; shape (n_statements,)."""
        import numpy as np

        return np.repeat(np.array(self.values, dtype=float), self.counts)

    def __str__(self) -> str:
        return ",".join(f"{v}:{c}" for v, c in zip(self.values, self.counts, strict=True))


def _numbers_of(given: Any, called: str) -> list[int | float]:
    """Finite numbers, the whole ones as int.

    Parameters
    ----------
    given : iterable of numbers
    called : str
        What they are, for the message.

    Raises
    ------
    DataError
        If one of them is no number, or they are no sequence.
    """
    items = [] if isinstance(given, str | bytes) or not isinstance(given, Iterable) else list(given)
    sound = [isinstance(item, Real) and not isinstance(item, bool) and math.isfinite(float(item)) for item in items]
    if not all(sound) or not isinstance(given, Iterable) or isinstance(given, str | bytes):
        odd = next((item for item, fine in zip(items, sound, strict=True) if not fine), given)
        raise DataError(
            [Fault(f"{called} must be numbers, got {short(odd)}", advice='Write Grid((-1, 0, 1), (1, 2, 1)), or Grid.parse("-1:1,0:2,1:1").')]
        )
    return [int(item) if float(item).is_integer() else float(item) for item in items]
