"""What is counted of two occasions: planted changes are there, and only what was not planted counts as false."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.validation.planting import GRIDS
from benchmarks.validation.repeated import CELLS, HALF, MOVE, MOVERS, NOTHING, WHOLE, _counted, _study, one


def said(statements: list[int], moved: list[int], people: list[int]) -> Any:
    """A result that says so of six statements and five people."""

    def at(which: list[int], n: int) -> Any:
        return np.isin(np.arange(n), which)

    views = SimpleNamespace(p_values=np.array([0.01, 0.5]))
    return SimpleNamespace(
        changed_statements=at(statements, 6), moved_people=at(moved, 5), changed_people=at(people, 5), viewpoints=views, alpha=0.05,
        people=SimpleNamespace(reliability=0.8),
    )  # fmt: skip


def test_what_was_planted_is_found_and_anything_else_is_false() -> None:
    nobody, nothing = np.zeros(5, dtype=bool), np.zeros(6, dtype=bool)
    changed = np.arange(6) < 2
    tally = _counted(said([0, 4], [1], []), changed, nobody)
    assert tally["statements", "power"] == (1.0, 2.0)
    assert tally["statements", "false"] == (1.0, 1.0)
    assert ("moved", "false") not in tally  # where statements rise for everybody, everybody moves
    movers = np.arange(5) < 2
    tally = _counted(said([0], [0, 1], [0, 3]), nothing, movers)
    assert (tally["moved", "power"], tally["moved", "false"]) == ((2.0, 2.0), (0.0, 1.0))
    assert (tally["people", "power"], tally["people", "false"]) == ((1.0, 2.0), (1.0, 1.0))
    assert ("statements", "false") not in tally
    tally = _counted(said([], [], []), nothing, nobody)
    assert (tally["statements", "false"], tally["viewpoints", "false"]) == ((0.0, 1.0), (1.0, 1.0))
    assert not [key for key in tally if key[1] == "power"]


@pytest.mark.parametrize("twist", [NOTHING, HALF, WHOLE, MOVE])
def test_what_a_cell_says_changes_does_change(twist: str) -> None:
    cell = next(c for c in CELLS if c.twist == twist)
    rises, rs = [], []
    for seed in range(20):
        before, after, again, changed, movers = _study(cell, np.random.default_rng(seed))
        assert (np.sort(after, axis=1) == GRIDS[cell.grid].slots()).all()
        assert changed.sum() == (6 if twist in (HALF, WHOLE) else 0)
        assert movers.sum() == (MOVERS if twist == MOVE else 0)
        rises.append(np.abs((after - before).mean(axis=0)[changed]).mean() if changed.any() else 0.0)
        r = [np.corrcoef(a, b)[0, 1] for a, b in zip(before, after, strict=True)]
        rs.append(np.mean([r[i] for i in np.flatnonzero(movers)]) if movers.any() else np.mean(r))
        assert np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(before, again, strict=True)]) > 0.6
    assert np.mean(rises) == pytest.approx({NOTHING: 0, HALF: 1.0, WHOLE: 1.9, MOVE: 0}[twist], abs=0.3)
    assert np.mean(rs) < 0.6 if twist == MOVE else np.mean(rs) > 0.6


def test_the_same_seed_counts_the_same() -> None:
    cell = next(c for c in CELLS if c.sorts == 12)
    assert one(cell, np.random.default_rng(1)) == one(cell, np.random.default_rng(1))
