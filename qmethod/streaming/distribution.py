"""The distribution of sorts that are too many for memory: how often each value stands at each place of the sorts put in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmethod.data import Array, FloatArray, QData
from qmethod.errors import DataError, Fault, Setting
from qmethod.grid import Grid

MOST_VALUES = 10_000
"""Different placements beyond which nobody can have meant a grid."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Counts of values by place.

    Parameters
    ----------
    values : ndarray of shape (v,)
        Every value that occurs, ascending.
    counts : ndarray of int, shape (n, v)
        In how many sorts the value is the i-th lowest; every row adds up to the number of sorts.
    """

    values: FloatArray
    counts: Array

    @classmethod
    def none(cls, n_statements: int) -> Places:
        """Those of no sorts."""
        return cls(np.zeros(0), np.zeros((n_statements, 0), dtype=np.int64))

    @classmethod
    def of(cls, data: QData) -> Places:
        """Those of complete sorts."""
        n = data.n_statements
        if data.forced and data.grid is not None:
            ordered, each = data.grid.slots()[:, None], data.n_sorts
        else:
            ordered, each = np.sort(data.sorts, axis=0) + 0.0, 1
        values = np.unique(ordered)
        _check(len(values))
        where = np.searchsorted(values, ordered) + len(values) * np.arange(n)[:, None]
        return cls(values, each * np.bincount(where.ravel(), minlength=n * len(values)).reshape(n, -1))

    def __add__(self, other: Places) -> Places:
        if np.array_equal(self.values, other.values):
            return Places(self.values, self.counts + other.counts)
        values = np.union1d(self.values, other.values)
        _check(len(values))
        counts = np.zeros((len(self.counts), len(values)), dtype=np.int64)
        for part in (self, other):
            counts[:, np.searchsorted(values, part.values)] += part.counts
        return Places(values, counts)

    @property
    def shared(self) -> bool:
        """Whether all sorts follow one distribution: then each place takes one value only."""
        return bool(((self.counts > 0).sum(axis=1) == 1).all())

    def grid(self) -> Grid:
        """The low median of every place: the distribution that the sorts share, or what `qmethod.method.scores.array_grid` gives to unforced ones."""
        half = (int(self.counts[0].sum()) + 1) // 2
        return Grid.of(self.values[np.argmax(np.cumsum(self.counts, axis=1) >= half, axis=1)])


def _check(n_values: int) -> None:
    if n_values > MOST_VALUES:
        message = f"the sorts use more than {MOST_VALUES:,} different placements, so no grid can be taken from them"
        grid = Setting("grid")
        raise DataError([Fault(message, advice=f"Name the grid of the design with {grid}.", settings=(grid,))])
