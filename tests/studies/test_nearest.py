"""Which viewpoint a sort is closest to."""

from __future__ import annotations

import numpy as np
import pytest

from qmethod_studies.loading import find, load
from qmethod_studies.nearest import CLOSE, closeness
from qmethod_studies.sorting import Board, Place

LEADERSHIP = load(find("leadership"))


def test_a_sort_made_of_a_viewpoint_is_closest_to_it() -> None:
    for viewpoint in LEADERSHIP.viewpoints:
        board = Board(places={name: Place(placement.value) for name, placement in viewpoint.placements.items()})
        first, *others = closeness(LEADERSHIP, board)
        assert first.viewpoint == viewpoint
        assert first.correlation == pytest.approx(1)
        assert all(other.correlation < 1 for other in others)


def test_one_random_sort_in_twenty_comes_as_close_as_is_called_close() -> None:
    rng = np.random.default_rng(7)
    slots = LEADERSHIP.q_grid.slots()
    viewpoint = LEADERSHIP.viewpoints[0]
    n = 3000
    found = []
    for _ in range(n):
        board = Board(places={name: Place(value) for name, value in zip(LEADERSHIP.ids, rng.permutation(slots), strict=True)})
        found.append(next(one.correlation for one in closeness(LEADERSHIP, board) if one.viewpoint == viewpoint))
    share = float(np.mean(np.array(found) >= CLOSE))
    assert abs(share - 0.05) < 4 * np.sqrt(0.05 * 0.95 / n) + 0.005
