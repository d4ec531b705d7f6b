"""Which of a study's reference viewpoints a finished sort is closest to, as respondents are told it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmethod_studies.definition import Study, Viewpoint
from qmethod_studies.sorting import Board

CLOSE = 0.4
"""From this correlation on a viewpoint is called close. Of random sorts on the leadership grid, 5 % come so close to a viewpoint of 18 statements
(20,000 drawn)."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close a sort is to a viewpoint.

    Parameters
    ----------
    viewpoint : Viewpoint
    correlation : float
        Pearson's r between the sort and the viewpoint, over the statements that the viewpoint places.
    """

    viewpoint: Viewpoint
    correlation: float


def closeness(study: Study, board: Board) -> tuple[Closeness, ...]:
    """How close a sort is to each reference viewpoint, the closest first.

    Parameters
    ----------
    study : Study
    board : Board
        A whole sort. Statements without a place are left out.

    Returns
    -------
    tuple of Closeness
        Without viewpoints that cannot be compared: fewer than three statements in common, or one of the two the same everywhere.
    """
    found = []
    for viewpoint in study.viewpoints:
        pairs = [(place.column, viewpoint.placements[name].value) for name, place in board.places.items() if name in viewpoint.placements]
        values = np.array(pairs, dtype=float).reshape(-1, 2)
        if len(values) >= 3 and (values.std(axis=0) > 0).all():
            found.append(Closeness(viewpoint, float(np.corrcoef(values.T)[0, 1])))
    return tuple(sorted(found, key=lambda one: -one.correlation))
