"""What is done otherwise where sorts are many gives what is done where they are few: against plain products, sorted columns and counted names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod.blocks import across, count_by_column, distribution_keys
from qmethod.data import QData
from qmethod.method.correlation import KEPT_CELLS, alike, correlate
from qmethod.method.scores import compose
from qmethod.policies import Policies

GRIDS = {
    "around 0": [-4, -3, -3, -2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4],
    "from 1": [1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 8, 8, 9],
    "skewed": [0] * 10 + [1] * 7 + [2] * 4 + [5] * 3 + [11],
    "beyond 32 bits": [*range(-12, 12), 9_000],
}


@pytest.mark.parametrize("dtype", [np.int16, np.float64])
@pytest.mark.parametrize("grid", GRIDS)
def test_the_product_of_many_sorts_is_that_of_standardised_ones(grid: str, dtype: type) -> None:
    slots = np.array(GRIDS[grid])
    m = KEPT_CELLS // len(slots) + 1_001
    sorts = np.random.default_rng(1).permuted(np.repeat(slots[:, None], m, axis=1), axis=0)
    z = (sorts - slots.mean()) / np.linalg.norm(slots - slots.mean())
    correlation = correlate(QData(sorts.astype(dtype)), "pearson")
    np.testing.assert_allclose(correlation.gram(), z @ z.T, rtol=1e-12, atol=1e-11)
    directions = np.random.default_rng(2).standard_normal((len(slots), 3))
    np.testing.assert_allclose(correlation.project(directions), z.T @ directions, rtol=1e-12, atol=1e-12)


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 12), st.sampled_from([np.int8, np.uint8, np.int32, np.int64, np.float64]))
def test_keys_are_equal_just_where_the_sorts_hold_the_same(seed: int, span: int, n: int, dtype: type) -> None:
    """Whatever the number of values and of statements, how many are looked up together and how many are left over."""
    rng = np.random.default_rng(seed)
    low = 0 if dtype is np.uint8 else -(span // 2)
    sorts = rng.integers(low, low + span, (n, 12)).astype(dtype)
    sorts[:, 6:] = rng.permuted(sorts[:, :6], axis=0)
    ordered = np.sort(sorts, axis=0)
    keys = distribution_keys(sorts)
    assert ((keys[:, None] == keys[None, :]) == (ordered[:, :, None] == ordered[:, None, :]).all(axis=0)).all()


def test_keys_of_numbers_far_from_0() -> None:
    sorts = np.array([[2**40, 2**40 + 1], [2**40 + 1, 2**40], [2**40, 2**40]])
    keys = distribution_keys(sorts)
    assert keys[0] == keys[1]
    assert distribution_keys(sorts + np.array([0, 1]))[1] != keys[0]


@pytest.mark.parametrize("m", [1, 2, 998, 999, 1000, 1001, 1999, 2000, 2001, 12_345])
def test_sorts_without_names_are_numbered(m: int) -> None:
    assert QData(np.array([[0] * m, [1] * m])).participants == tuple(f"p{i}" for i in range(1, m + 1))


@pytest.mark.parametrize("k", [1, 2, 7, 9])
def test_sums_and_counts_by_columns(k: int) -> None:
    table = np.random.default_rng(k).integers(-1, 2, (50, k))
    assert across(table).tolist() == [sum(row) for row in table.tolist()]
    assert across(table != 0).tolist() == [any(row) for row in table.tolist()]
    assert count_by_column(table).tolist() == [sum(value != 0 for value in column) for column in table.T.tolist()]


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("m", [2, 3, 7, 19, 1_000])
def test_placements_that_are_all_the_same_have_no_spread(m: int, shared: bool) -> None:
    """Not that of rounding, by which the smallest difference would be as large as any number."""
    rng = np.random.default_rng(m)
    data = QData(np.tile(rng.permutation(np.repeat([-2, -1, 0, 1, 3], [1, 2, 4, 2, 1]))[:, None], m))
    signs = np.ones(m) if shared else rng.choice([-1, 1], m)  # sorts turned round share no distribution
    found = compose(data.sorts * signs, (signs * np.linspace(0.1, 2, m))[:, None], Policies(), alike(data) if shared else None)
    assert found.variances[:, 0].tolist() == [0.0] * 10


def test_cohens_d_has_no_value_where_both_viewpoints_are_of_one_mind() -> None:
    slots = np.repeat([-2, -1, 0, 1, 2], [1, 2, 3, 2, 1])
    rng = np.random.default_rng(5)
    views = [rng.permuted(slots), rng.permuted(slots)]
    sorts = np.column_stack([views[i % 2] for i in range(20)])
    solution = qmethod.analyse(sorts, 2, calibration_studies=0, contrast_errors="normal", extraction="pca")
    assert np.isnan(solution.contrasts.cohens_d).all()
