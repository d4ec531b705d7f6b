"""Sorts that chance draws: they keep everybody's own places, and slow loops written here give the same."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given

from qmethod.grid import Grid
from qmethod.retention import chance
from qmethod.retention.chance import Places, centile, drawn_eigenvalues, filled, p_interval, p_value
from qmethod.simulation import random_sorts
from tests.strategies import forced_sorts

GRID = Grid.parse("-2:2,-1:3,0:5,1:3,2:2")


def unequal(n_sorts: int, seed: int = 1) -> np.ndarray:
    """Sorts on different distributions, shape (15, n_sorts)."""
    sorts = random_sorts(GRID, n_sorts, np.random.default_rng(seed)).astype(float)
    sorts[:, ::2] = np.sign(sorts[:, ::2])
    sorts[0, 1] = 7
    return sorts


def textbook(method: str, sorts: np.ndarray) -> np.ndarray:
    """Correlations between the columns, by scipy."""
    from scipy import stats

    one = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[method]
    return np.array([[one(a, b)[0] for a in sorts.T] for b in sorts.T])


@given(forced_sorts())
def test_drawn_sorts_keep_the_places_of_their_participant(drawn):
    _, sorts = drawn
    latent = np.random.default_rng(1).standard_normal((3, sorts.shape[1], sorts.shape[0]))
    again = filled(latent, np.sort(sorts, axis=0).T.astype(float))
    for one, scores in zip(again, latent, strict=True):
        assert np.array_equal(np.sort(one, axis=1), np.sort(sorts, axis=0).T)
        assert all(np.all(np.diff(row[np.argsort(score)]) >= 0) for row, score in zip(one, scores, strict=True))


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_random_eigenvalues_are_those_of_a_slow_loop(method: str):
    sorts = unequal(6)
    found = drawn_eigenvalues(Places.of(sorts, method), 4, np.random.default_rng(5))
    for eigenvalues, stream in zip(found, np.random.default_rng(5).spawn(4), strict=True):
        dealt = np.empty_like(sorts)
        for j in range(sorts.shape[1]):
            dealt[np.argsort(stream.random(15)), j] = np.sort(sorts[:, j])
        assert eigenvalues == pytest.approx(np.sort(np.linalg.eigvalsh(textbook(method, dealt)))[::-1])


def test_the_threshold_is_that_of_permuted_sorts():
    sorts, rng = unequal(12), np.random.default_rng(11)
    largest = []
    for _ in range(2000):
        shuffled = np.column_stack([rng.permutation(sort) for sort in sorts.T])
        largest.append(np.linalg.eigvalsh(np.corrcoef(shuffled.T))[-1])
    found = drawn_eigenvalues(Places.of(sorts), 2000, np.random.default_rng(12))
    assert centile(found, 0.95)[0] == pytest.approx(np.quantile(largest, 0.95), rel=0.03)
    assert found.mean(axis=0)[0] == pytest.approx(np.mean(largest), rel=0.01)


@pytest.mark.parametrize("loadings", [None, np.linspace(-0.9, 0.9, 120).reshape(60, 2) / 1.5])
def test_what_is_drawn_does_not_hang_on_blocks(loadings, monkeypatch: pytest.MonkeyPatch):
    places = Places.of(unequal(60))
    whole = drawn_eigenvalues(places, 12, np.random.default_rng(2), loadings=loadings)
    for cells in (2000, 400):  # several sets a block, then several blocks a set
        monkeypatch.setattr("qmethod.blocks.BLOCK_CELLS", cells)
        monkeypatch.setattr(chance, "BLOCK_CELLS", cells)
        assert drawn_eigenvalues(places, 12, np.random.default_rng(2), loadings=loadings) == pytest.approx(whole, abs=1e-9)


def coarse(places: np.ndarray) -> float:
    """By this factor a sort correlates less with a viewpoint than the ranking behind it would: its correlation with ordered normal numbers."""
    normal, n = NormalDist(), len(places)
    return float(np.corrcoef(np.sort(places), [normal.inv_cdf((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])[0, 1])


def test_simulated_sorts_correlate_as_their_loadings_say():
    sorts = unequal(2)
    loadings = np.array([[0.9, 0.2], [0.6, -0.5]])
    values = drawn_eigenvalues(Places.of(sorts), 4000, np.random.default_rng(3), loadings=loadings)
    correlation = coarse(sorts[:, 0]) * coarse(sorts[:, 1]) * float(loadings[0] @ loadings[1])
    assert values[:, 0].mean() == pytest.approx(1 + correlation, abs=0.02)  # of two sorts, the larger eigenvalue is 1 + |r|


def test_centile_and_p_value_count_the_observed_value():
    draws = np.arange(1.0, 20.0)[:, None]  # 19 draws: the 95th centile is the largest, which a 20th exceeds once in twenty
    assert centile(draws, 0.95)[0] == 19
    assert centile(np.arange(1.0, 40.0)[:, None], 0.95)[0] == 38
    assert p_value(19.5, draws) == pytest.approx(1 / 20)
    assert p_value(19.0, draws) == pytest.approx(2 / 20)
    assert p_value(-1.0, draws) == 1


def test_progress_adds_up():
    seen: list[int] = []
    drawn_eigenvalues(Places.of(unequal(8)), 30, np.random.default_rng(1), progress=seen.append)
    assert sum(seen) == 30


@pytest.mark.parametrize(("count", "sets"), [(0, 100), (3, 100), (50, 1000), (20, 20)])
def test_the_interval_of_a_p_value_is_exact_as_scipy_has_it(count: int, sets: int):
    from scipy.stats import binomtest

    expected = binomtest(count, sets).proportion_ci(0.98, method="exact")
    assert p_interval(count, sets, 0.01) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("sets", [19, 39, 100, 400, 1000])
def test_a_p_value_lies_where_its_interval_does(sets: int):
    """So the answer and what is printed beside it never contradict each other."""
    for count in range(sets + 1):
        low, high = p_interval(count, sets, 0.01)
        p = (1 + count) / (1 + sets)
        assert high > 0.05 or p < 0.05
        assert low < 0.05 or p > 0.05


@pytest.mark.parametrize("p", [0.01, 0.03, 0.08, 0.3])
def test_whoever_draws_on_until_decided_comes_to_the_side_that_is_true(p: float):
    """A p-value that is not near .05: nearly all seeds agree, whatever they drew."""
    right = 0
    for seed in range(200):
        rng, hits, sets, low, high = np.random.default_rng(seed), 0, 0, 0.0, 1.0
        while sets < 10_000 and low < 0.05 < high:
            more = sets or 100
            hits, sets = hits + int(rng.binomial(more, p)), sets + more
            low, high = p_interval(hits, sets, 0.01)
        right += ((1 + hits) / (1 + sets) > 0.05) == (p > 0.05)
    assert right >= 195
