"""Grids of any labels: gaps, none at 0, and several columns of one value, which are one column."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid

columns = st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 4)), min_size=1, max_size=12)


@given(columns)
def test_columns_of_one_value_are_one_column(drawn: list[tuple[int, int]]) -> None:
    places = Counter[int]()
    for value, count in drawn:
        places[value] += count
    in_order = sorted(drawn)
    grid = Grid(tuple(value for value, _ in in_order), tuple(count for _, count in in_order))
    assert dict(zip(grid.values, grid.counts, strict=True)) == places
    assert list(grid.values) == sorted(places)
    assert Grid.parse(",".join(f"{value}:{count}" for value, count in drawn)) == grid == Grid.parse(str(grid)) == Grid.of(grid.slots())


def test_values_that_fall_are_refused() -> None:
    with pytest.raises(DataError, match="must ascend"):
        Grid((0, 1, 0), (1, 1, 1))


LABELS = ((-4, -2, -1, 1, 2, 4), (-3, -2, -1, 0, 0, 1, 2, 3), (-2, -1, 1, 5), (-0.5, 0, 0.5, 3))


@pytest.mark.parametrize("labels", LABELS, ids=str)
def test_factor_arrays_have_the_labels_of_the_grid(labels: tuple[float, ...]) -> None:
    """Each place of the grid is filled once, whatever its value; what the values are makes the correlations."""
    slots = np.repeat(np.array(labels, dtype=float), [1 + (i % 2) for i in range(len(labels))])
    placed = np.array([np.random.default_rng(seed).permutation(slots) for seed in range(8)]).T
    solution = qmethod.analyse(qmethod.QData.from_array(placed), 2)
    assert solution.data.grid == Grid.of(slots)
    for array in solution.scores.arrays.T:
        assert sorted(array.tolist()) == sorted(slots.tolist())


@pytest.mark.parametrize("labels", [labels for labels in LABELS if labels[-1] > 0 > labels[0]], ids=str)
@pytest.mark.parametrize("above", [False, True])
def test_a_board_may_have_any_labels(labels: tuple[float, ...], above: bool, tmp_path: Path) -> None:
    """Two columns of one value lie beside one another on the board, and mean the same."""
    heights = [1 + min(i, len(labels) - 1 - i) for i in range(len(labels))]
    values = np.repeat(np.arange(len(labels)), heights)
    for seed, name in enumerate(("ann", "ben", "cem")):
        lies = np.random.default_rng(seed).permutation(values)
        piles = [[f"c{i + 1:02d}" for i in np.flatnonzero(lies == j)] for j in range(len(labels))]
        rows = [[pile[k] if k < len(pile) else "" for pile in piles] for k in range(max(heights))]
        head = [f"{label:g}" for label in labels]
        (tmp_path / f"{name}.csv").write_text("\n".join(",".join(row) for row in ([head, *rows] if above else [*rows[::-1], head])) + "\n")
        expected = np.array(labels, dtype=float)[lies]
        assert np.array_equal(qmethod.read(tmp_path / f"{name}.csv").sorts[:, 0], expected)
    assert qmethod.read(tmp_path).grid == Grid.of(np.array(labels, dtype=float)[values])
