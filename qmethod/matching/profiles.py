"""What viewpoints or sorts say of statements, from a solution, from data, or from an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod.data import Array, QData
from qmethod.errors import DataError, Fault
from qmethod.solution import QSolution

Profiles = QSolution | QData | npt.ArrayLike
"""z-scores of a solution, placements of sorts, or an array with statements in rows."""


def side_by_side(first: Profiles, second: Profiles) -> tuple[Array, Array]:
    """Two sets of profiles over the statements of the first.

    Parameters
    ----------
    first, second : QSolution, QData, or array_like of shape (n, k)

    Returns
    -------
    ndarray of shape (n, k), ndarray of shape (n, l)
        Where both know the ids of their statements, these decide, and the second has NaN for a statement it has not.

    Raises
    ------
    DataError
        If ids are known and none is shared.
    """
    (a, ids), (b, theirs) = _values(first), _values(second)
    if ids is None or theirs is None or ids == theirs:
        return a, b
    rows = {name: i for i, name in enumerate(theirs)}
    shared = [i for i, name in enumerate(ids) if name in rows]
    if not shared:
        advice = f"The first has {', '.join(ids[:3])}, the second {', '.join(theirs[:3])}: give the same statement the same id."
        raise DataError([Fault("the two have no statements in common", advice=advice)])
    found = np.full((len(ids), b.shape[1]), np.nan)
    found[shared] = b[[rows[ids[i]] for i in shared]]
    return a, found


def _values(given: Any) -> tuple[Array, tuple[str, ...] | None]:
    if isinstance(given, QSolution):
        return given.scores.z_scores, given.data.statements
    if isinstance(given, QData):
        return given.sorts, given.statements
    return np.asarray(given), None
