"""What viewpoints or sorts say of statements, from a solution, from data, from a frame, or from an array."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from qmethod import checks
from qmethod.data import Array, QData
from qmethod.door import fetch
from qmethod.errors import DataError, Fault
from qmethod.given import table_of
from qmethod.reach import LARGEST, SMALLEST
from qmethod.solution import QSolution
from qmethod.taken import Given, as_data, is_frame

Profiles: TypeAlias = "QSolution | Given"
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


def side_by_side(first: Profiles, second: Profiles, arguments: tuple[str, str]) -> Sides:
    """Two sets of profiles over the statements of the first.

    Parameters
    ----------
    first, second : QSolution, QData, path, data frame, or array_like of shape (n, k)
        Where both know the ids of their statements, these decide.
    arguments : tuple of str
        Of which the two are the values.

    Returns
    -------
    Sides

    Raises
    ------
    DataError
        If ids are known and none is shared, there are not as many statements in both, or one of the two is no table of numbers.
    """
    a, b = _side(first, arguments[0]), _side(second, arguments[1])
    both = " and ".join(f"`{name}`" for name in arguments)
    if a.ids is None or b.ids is None or a.ids == b.ids:
        if len(a.values) != len(b.values):
            advice = "Give both the same statements in the same order, or ids to match them by."
            raise DataError([Fault(f"{both} have no statements in common: {len(a.values)} and {len(b.values)} of them", advice=advice)])
        return Sides(a.values, b.values, a.names, b.names, np.arange(len(b.values)))
    rows = {name: i for i, name in enumerate(b.ids)}
    shared = [i for i, name in enumerate(a.ids) if name in rows]
    if not shared:
        advice = f"The first has {', '.join(a.ids[:3])}, the second {', '.join(b.ids[:3])}: give the same statement the same id."
        raise DataError([Fault(f"{both} have no statements in common", advice=advice)])
    found = np.full((len(a.ids), b.values.shape[1]), np.nan)
    found[shared] = b.values[[rows[a.ids[i]] for i in shared]]
    return Sides(a.values, found, a.names, b.names, np.array([rows.get(name, -1) for name in a.ids]))


def _side(given: Profiles, argument: str) -> _Side:
    if isinstance(given, QSolution):
        return _Side(given.scores.z_scores, given.data.statements, given.labels)
    if isinstance(given, QData | str | os.PathLike):
        data = as_data(given, argument)
        return _Side(data.sorts, data.statements, data.participants)
    if is_frame(given):
        data = as_data(given, argument)
        return _Side(data.sorts, data.statements if fetch("names_statements")(given) else None, data.participants)
    values = table_of(given, argument)
    if checks.beyond(values).any():
        message = f"`{argument}`: numbers beyond {LARGEST:g}, or columns all within {SMALLEST:g} of 0, cannot be reckoned with"
        raise DataError([Fault(message, advice="Divide or multiply all of them by one number: it changes no result.")])
    return _Side(values, None, ())


def called(names: tuple[str, ...], position: int) -> str:
    """The name of a viewpoint or a sort; its number, counted from 1, where it has none.

    >>> called(("f1", "f2"), 1), called((), 1)
    ('f2', '2')
    """
    return names[position] if names else str(position + 1)
