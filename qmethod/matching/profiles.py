"""What viewpoints or sorts say of statements, from a solution, from data, from a frame, or from an array."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod.brief import short
from qmethod.data import Array, QData, as_data
from qmethod.door import fetch
from qmethod.errors import DataError, Fault
from qmethod.given import unmasked
from qmethod.solution import QSolution

Profiles = QSolution | QData | str | os.PathLike[str] | npt.ArrayLike | Any
"""z-scores of a solution, placements of sorts, a file or a data frame of either, or an array with statements in rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Two sets of profiles over the statements of the first.

    Parameters
    ----------
    first : ndarray of shape (n, k)
    second : ndarray of shape (n, l)
        NaN for a statement that the second does not know.
    names : tuple of str
        Of the columns of the first; empty where it is an array.
    other_names : tuple of str
        Of those of the second.
    rows : ndarray of int, shape (n,)
        Where the second has each statement of the first; -1 where it does not know it.
    """

    first: Array
    second: Array
    names: tuple[str, ...]
    other_names: tuple[str, ...]
    rows: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    values: Array
    ids: tuple[str, ...] | None
    names: tuple[str, ...]


def side_by_side(first: Profiles, second: Profiles) -> Sides:
    """Two sets of profiles over the statements of the first.

    Parameters
    ----------
    first, second : QSolution, QData, path, data frame, or array_like of shape (n, k)
        Where both know the ids of their statements, these decide.

    Returns
    -------
    Sides

    Raises
    ------
    DataError
        If ids are known and none is shared, or one of the two is no table of numbers.
    """
    a, b = _side(first), _side(second)
    if a.ids is None or b.ids is None or a.ids == b.ids:
        return Sides(a.values, b.values, a.names, b.names, np.arange(len(b.values)))
    rows = {name: i for i, name in enumerate(b.ids)}
    shared = [i for i, name in enumerate(a.ids) if name in rows]
    if not shared:
        advice = f"The first has {', '.join(a.ids[:3])}, the second {', '.join(b.ids[:3])}: give the same statement the same id."
        raise DataError([Fault("the two have no statements in common", advice=advice)])
    found = np.full((len(a.ids), b.values.shape[1]), np.nan)
    found[shared] = b.values[[rows[a.ids[i]] for i in shared]]
    return Sides(a.values, found, a.names, b.names, np.array([rows.get(name, -1) for name in a.ids]))


def _side(given: Any) -> _Side:
    if isinstance(given, QSolution):
        return _Side(given.scores.z_scores, given.data.statements, given.labels)
    if isinstance(given, QData | str | os.PathLike):
        data = as_data(given)
        return _Side(data.sorts, data.statements, data.participants)
    if fetch("is_frame")(given):
        data = as_data(given)
        return _Side(data.sorts, data.statements if fetch("names_statements")(given) else None, data.participants)
    values = unmasked(given)
    if values.dtype.kind not in "iuf":
        advice = "Give a solution, sorts, the path of a file, a data frame, or an array of numbers with statements in rows."
        raise DataError([Fault(f"no viewpoints and no sorts: {short(given)}", advice=advice)])
    return _Side(values, None, ())


def called(names: tuple[str, ...], position: int) -> str:
    """The name of a viewpoint or a sort; its number, counted from 1, where it has none.

    >>> called(("f1", "f2"), 1), called((), 1)
    ('f2', '2')
    """
    return names[position] if names else str(position + 1)
