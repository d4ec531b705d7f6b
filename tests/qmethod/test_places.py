"""How likely the place of a statement is the true one: against closed forms, and against viewpoints that are known."""

from __future__ import annotations

from itertools import permutations
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod.calibration.places import places
from qmethod.grid import Grid
from qmethod.simulation import simulate
from tests.references import sorts

GRID = Grid.parse("-3:2,-2:3,-1:4,0:6,1:4,2:3,3:2")


@settings(max_examples=30)
@given(st.integers(2, 5), st.floats(0.05, 0.95), st.floats(-0.1, 0.5), st.integers(0, 2**32 - 1))
def test_places_are_as_likely_as_all_orders_together_say(n: int, recovery: float, falls: float, seed: int) -> None:
    """Every order of up to five statements, weighed by hand: the product over statements of the normal density of the score found about c t."""
    z = np.random.default_rng(seed).standard_normal(n)
    true = np.array([NormalDist().inv_cdf((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])
    true /= np.sqrt((true**2).mean())
    spread = 1 + falls * (true**2 - 1)
    errors = (1 - recovery) * (1 + falls * (z**2 - 1))
    orders = np.array(list(permutations(range(n))))
    misfit = ((z - np.sqrt(recovery) * true[orders]) ** 2 / (2 * (1 - recovery) * spread[orders])).sum(axis=1)
    weight = np.exp(misfit.min() - misfit)
    expected = [[weight[orders[:, i] == r].sum() / weight.sum() for r in range(n)] for i in range(n)]
    grid = Grid(tuple(range(n)), (1,) * n)
    found = places(z[:, None], np.array([recovery]), errors[:, None], grid, np.random.default_rng(1))
    np.testing.assert_allclose(found.probability[:, 0], expected, atol=0.1)  # of 500 orders: four and a half standard errors


@given(st.integers(1, 4), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_places_are_places_of_the_grid(f: int, recovery: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((24, f))
    found = places(z, np.full(f, recovery), rng.random((24, f)), GRID, rng)
    np.testing.assert_allclose(found.probability.sum(axis=2), 1)
    np.testing.assert_allclose(found.probability.sum(axis=0), np.tile(np.array(GRID.counts, dtype=float), (f, 1)))  # every column is filled
    assert np.isin(found.low, GRID.values).all()
    assert np.isin(found.high, GRID.values).all()
    assert (found.low <= found.high).all()
    inside = (found.values >= found.low[:, :, None]) & (found.values <= found.high[:, :, None])
    assert (np.where(inside, found.probability, 0).sum(axis=2) >= 0.95 - 1e-9).all()


def test_what_is_known_exactly_has_one_place_and_what_is_not_known_has_all() -> None:
    rng = np.random.default_rng(2)
    z = rng.standard_normal((24, 2))
    z[:, 1] = np.nan
    found = places(z, np.array([1.0, 0.5]), np.full((24, 2), 0.1), GRID, rng)
    slots = np.sort(GRID.slots())
    np.testing.assert_array_equal(found.low[z[:, 0].argsort(), 0], slots)
    np.testing.assert_array_equal(found.low[:, 0], found.high[:, 0])
    assert np.isnan(found.low[:, 1]).all()
    assert np.isnan(found.probability[:, 1]).all()
    vague = places(np.zeros((24, 1)), np.array([0.0]), np.ones((24, 1)), GRID, rng)
    np.testing.assert_allclose(vague.probability[:, 0], np.tile(np.array(GRID.counts) / 24, (24, 1)), atol=0.06)


@pytest.mark.parametrize("loadings", [(0.6, 0.8), (0.4, 0.6)])
def test_the_squared_correlation_with_the_truth_is_what_it_is_said_to_be(loadings: tuple[float, float]) -> None:
    """Twelve planted studies: how far z-scores found correlate with those planted, and how far `recovery` says they do."""
    said, true = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        profiles = rng.standard_normal((24, 2))
        solution = qmethod.analyse(simulate(profiles, GRID, (10, 10), rng, loadings=loadings).data, 2)
        correlations = np.abs(np.corrcoef(solution.scores.z_scores.T, profiles.T)[:2, 2:])
        assert solution.calibration is not None
        said += solution.calibration.recovery.tolist()
        true += (correlations.max(axis=1) ** 2).tolist()
    assert np.mean(said) == pytest.approx(np.mean(true), abs=0.08)


def test_a_viewpoint_of_nobody_has_no_places_and_a_single_one_has() -> None:
    data = sorts("lipset")
    three = qmethod.analyse(data, 3)
    out = [qmethod.ManualFlag(data.participants[i], "f3", False, "taken out") for i in np.flatnonzero(three.flags[:, 2])]
    for solution, known in ((qmethod.analyse(data, 3, flags=out), [True, True, False]), (qmethod.analyse(data, 1), [True])):
        assert solution.calibration is not None
        assert np.isfinite(solution.calibration.places.low).all(axis=0).tolist() == known
        assert np.isfinite(solution.calibration.recovery).tolist() == known
        frame = solution.calibration.to_frame("places", backend="pandas")
        assert len(frame) == len(known) * data.n_statements


def test_looser_sorts_leave_more_places_open() -> None:
    widths = []
    for loadings in ((0.8, 0.9), (0.6, 0.7), (0.4, 0.5)):
        rng = np.random.default_rng(4)
        found = qmethod.analyse(simulate(rng.standard_normal((24, 2)), GRID, (10, 10), rng, loadings=loadings).data, 2).calibration
        assert found is not None
        widths.append(float((found.places.high - found.places.low).mean()))
    assert widths == sorted(widths)
