"""The distribution that a file declares, as far as its sorts bear it out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qmethod.data import FloatArray
from qmethod.grid import Grid
from qmethod.notice import Notice
from qmethod.wording import listed


def of_counts(values: Sequence[int], counts: Sequence[int]) -> Grid:
    """The grid of values with the number of statements that each takes; values of none are left out."""
    filled = [(value, count) for value, count in zip(values, counts, strict=True) if count]
    return Grid(tuple(value for value, _ in filled), tuple(count for _, count in filled))


def borne_out(grid: Grid, sorts: FloatArray, names: Sequence[str], where: str, codes: tuple[str, str]) -> tuple[Grid | None, list[Notice]]:
    """The grid where at least one sort follows it, and what is said of those that do not.

    Parameters
    ----------
    grid : Grid
        With as many slots as there are statements.
    sorts : ndarray of shape (n_statements, n_sorts)
    names : sequence of str
        Of the participants.
    where : str
        Where the file declares it, for messages: ``"line 2"``.
    codes : tuple of (str, str)
        Of the notice that no sort follows it, and of that which names those that do not.
    """
    off = (np.sort(sorts, axis=0) != grid.slots()[:, None]).any(axis=0)
    if off.all():
        message = f"No sort follows the distribution of {where} ({grid}); the sorts were trusted and {where} was left aside."
        return None, [Notice(codes[0], message)]
    if not off.any():
        return grid, []
    who = tuple(names[j] for j in np.flatnonzero(off).tolist())
    message = f"{len(who)} of {len(names)} sorts do not follow the distribution of {where} ({grid}): {listed(who, 10)}."
    return grid, [Notice(codes[1], message, participants=who)]
