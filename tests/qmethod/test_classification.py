"""Whose view is whose, against truth that is known because it was simulated, and against a slow and plain computation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from qmethod.classification.classifying import classify
from qmethod.classification.likelihood import LEAST, correlate_partial
from qmethod.errors import DataError, PolicyError

SLOTS = np.repeat(np.arange(-4.0, 5.0), [2, 4, 5, 6, 8, 6, 5, 4, 2])
N = len(SLOTS)


def held(profiles: np.ndarray, draw: np.random.Generator, m: int, low: float = 0.5, high: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Sorts of m people, and which viewpoint each holds."""
    who = draw.integers(profiles.shape[1], size=m)
    a = draw.uniform(low, high, m)
    latent = profiles[:, who] * a + draw.standard_normal((N, m)) * np.sqrt(1 - a * a)
    sorts = np.empty((N, m))
    np.put_along_axis(sorts, latent.argsort(axis=0), SLOTS[:, None].repeat(m, axis=1), axis=0)
    return sorts, who


def partly(sorts: np.ndarray, draw: np.random.Generator, q: int) -> np.ndarray:
    """Each sort with only q of its placements."""
    order = draw.permuted(np.tile(np.arange(N)[:, None], sorts.shape[1]), axis=0)
    return np.where(order < q, sorts, np.nan)


@given(st.integers(0, 2**32 - 1), st.integers(LEAST, N))
def test_partial_correlations_are_those_of_the_statements_placed(seed: int, q: int) -> None:
    draw = np.random.default_rng(seed)
    sorts = partly(np.column_stack([draw.permutation(SLOTS) for _ in range(6)]), draw, q)
    profiles = draw.standard_normal((N, 3))
    profiles[draw.random((N, 3)) < 0.2] = np.nan
    r, shared = correlate_partial(sorts, profiles)
    for j in range(6):
        for k in range(3):
            both = ~np.isnan(sorts[:, j]) & ~np.isnan(profiles[:, k])
            assert shared[j, k] == both.sum()
            if both.sum() < LEAST or np.ptp(sorts[both, j]) == 0:
                assert np.isnan(r[j, k])
            else:
                assert r[j, k] == pytest.approx(np.corrcoef(sorts[both, j], profiles[both, k])[0, 1], abs=1e-9)


def test_probabilities_are_bayes_rule_worked_out_by_integration() -> None:
    draw = np.random.default_rng(4)
    profiles = draw.standard_normal((N, 2))
    sorts = partly(held(profiles, draw, 3)[0], draw, 15)
    found = classify(sorts, profiles, shares=[2, 1], none_share=0.1, closeness=(0.3, 0.9))
    for j in range(3):
        here = ~np.isnan(sorts[:, j])
        x = sorts[here, j]
        x = (x - x.mean()) / x.std(ddof=1)
        likelihood = []
        for k in range(2):
            v = profiles[here, k]
            v = (v - v.mean()) / v.std(ddof=1)
            density = lambda a, v=v, x=x: float(np.exp(norm.logpdf(x, a * v, np.sqrt(1 - a * a)).sum()))  # noqa: E731
            likelihood.append(quad(density, 0.3, 0.9)[0] / 0.6)
        likelihood.append(float(np.exp(norm.logpdf(x).sum())))
        weight = np.array([0.6, 0.3, 0.1]) * likelihood
        assert found.probabilities[j] == pytest.approx(weight / weight.sum(), abs=2e-3)


def test_answers_are_right_about_as_often_as_they_claim() -> None:
    draw = np.random.default_rng(9)
    profiles = draw.standard_normal((N, 4))
    sorts, who = held(profiles, draw, 6000)
    none = np.column_stack([draw.permutation(SLOTS) for _ in range(1500)])  # one in five holds none of them, as `none_share` says
    found = classify(partly(np.column_stack([sorts, none]), draw, 14), profiles, closeness=(0.5, 0.9))
    truth = np.concatenate([who, np.full(1500, 4)])
    claimed, right = found.probabilities.max(axis=1), found.probabilities.argmax(axis=1) == truth
    for low in (0.3, 0.5, 0.7, 0.9):
        here = (claimed >= low) & (claimed < low + 0.2)
        assert here.sum() > 200
        noise = 2 * np.sqrt(claimed[here].mean() * (1 - claimed[here].mean()) / here.sum())
        assert abs(right[here].mean() - claimed[here].mean()) < 0.05 + noise
    assert (found.answers[found.answers >= 0] == truth[found.answers >= 0]).mean() > 0.9


def test_random_sorts_are_seldom_given_a_viewpoint() -> None:
    draw = np.random.default_rng(2)
    found = classify(np.column_stack([draw.permutation(SLOTS) for _ in range(3000)]), draw.standard_normal((N, 4)))
    assert np.mean((found.answers >= 0) & (found.answers < 4)) < 0.05
    assert np.mean(found.answers == 4) > 0.6


def test_intervals_cover_the_true_correlation() -> None:
    draw = np.random.default_rng(6)
    profile = np.sort(draw.standard_normal((N, 1)), axis=0)
    true = 0.6
    latent = true * (profile - profile.mean()) / profile.std() + np.sqrt(1 - true * true) * draw.standard_normal((N, 4000))
    found = classify(latent, profile)
    assert np.mean((found.low < true) & (true < found.high)) == pytest.approx(0.95, abs=0.02)


@given(st.integers(0, 1000))
def test_scale_order_and_renaming_change_nothing(seed: int) -> None:
    draw = np.random.default_rng(seed)
    profiles = draw.standard_normal((N, 3))
    sorts = partly(held(profiles, draw, 5)[0], draw, 12)
    plain = classify(sorts, profiles)
    order, rows = draw.permutation(3), draw.permutation(N)
    other = classify(2.5 * sorts[rows] + 7, 0.1 * profiles[rows][:, order] - 3)
    assert other.probabilities[:, :3] == pytest.approx(plain.probabilities[:, order], abs=1e-9)
    assert other.correlations == pytest.approx(plain.correlations[:, order], abs=1e-9)


def test_a_sort_that_says_nothing_gets_the_prior_and_no_answer() -> None:
    draw = np.random.default_rng(1)
    sorts = np.full((N, 2), np.nan)
    sorts[:3, 0] = [1, 2, 3]
    sorts[:, 1] = 1
    found = classify(sorts, draw.standard_normal((N, 2)))
    assert found.probabilities == pytest.approx(np.array([[0.4, 0.4, 0.2]] * 2))
    assert found.answers.tolist() == [-1, -1]
    assert found.n_placed.tolist() == [3, N]


def test_whole_numbers_will_do() -> None:
    draw = np.random.default_rng(1)
    profiles = draw.standard_normal((N, 2))
    sorts = held(profiles, draw, 4)[0]
    assert (classify(sorts.astype(np.int8), profiles).probabilities == classify(sorts, profiles).probabilities).all()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"shares": [1]}, PolicyError),
        ({"shares": [0, 0]}, PolicyError),
        ({"shares": [-1, 2]}, PolicyError),
        ({"none_share": 1.0}, PolicyError),
        ({"closeness": (0.9, 0.4)}, PolicyError),
        ({"sure": 0.4}, PolicyError),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        classify(np.ones((N, 1)), np.random.default_rng(0).standard_normal((N, 2)), **change)  # type: ignore[arg-type]


def test_a_viewpoint_without_differences_is_refused() -> None:
    with pytest.raises(DataError, match="viewpoint 2 says the same"):
        classify(np.ones((N, 1)), np.column_stack([np.arange(N), np.ones(N)]))
