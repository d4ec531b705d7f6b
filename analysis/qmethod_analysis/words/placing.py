"""Between which places a statement truly stands: by the studies drawn from the solution, or by the bootstrap where none were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmethod.brief import brief
from qmethod.data import Array, FloatArray
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.solution import QSolution


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """Ends of the places of n statements in f viewpoints.

    Parameters
    ----------
    low, high : ndarray of shape (n, f)
        NaN where they are not known.
    level : float
        With what probability the true place lies between them; or in what share of repetitions the place does.
    repeated : bool
        Whether they come from repetitions of the bootstrap.
    """

    low: FloatArray
    high: FloatArray
    level: float
    repeated: bool

    __repr__ = brief


def placing(solution: QSolution, found: Bootstrap | None) -> Placing | None:
    """What `qmethod.calibration.places` says where studies were drawn, or else the bootstrap; None where there is neither.

    Parameters
    ----------
    solution : QSolution
    found : Bootstrap or None
    """
    if solution.calibration is not None and not np.isnan(solution.calibration.places.low).all():
        places = solution.calibration.places
        return Placing(places.low, places.high, places.level, False)
    return None if found is None else Placing(found.arrays.low, found.arrays.high, found.level, True)


def wavering(solution: QSolution, ends: Placing | None) -> Array:
    """Which statements may truly stand on the other side of the middle of the grid than a viewpoint places them.

    Parameters
    ----------
    solution : QSolution
    ends : Placing or None

    Returns
    -------
    ndarray of bool, shape (n, f)
        False throughout where the ends are not known.
    """
    arrays, values = solution.scores.arrays, solution.scores.grid.values
    middle = (values[0] + values[-1]) / 2
    if ends is None:
        nothing: Array = np.zeros(arrays.shape, dtype=bool)
        return nothing
    found: Array = ((arrays > middle) & (ends.low < middle)) | ((arrays < middle) & (ends.high > middle))
    return found
