"""Classification tried on studies drawn from the solution: what it does not hang on, and that it mends what the formula alone says too boldly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

import qmethod
from qmethod import Grid, PolicyError, QData, QSolution, classify
from qmethod.classification.likelihood import correlate_partial
from qmethod.classification.mixture import mixtures
from qmethod.classification.rehearsal import PEOPLE, STRANGERS, Band, _Crowd, on_curve, unlike
from qmethod.errors import DataError
from qmethod.simulation import random_sorts, simulate

GRID = Grid.parse("-3:2,-2:4,-1:6,0:8,1:6,2:4,3:2")
N = GRID.n_statements


def study(sizes: tuple[int, ...], loadings: tuple[float, float], seed: int, common: float = 0.0) -> tuple[QSolution, np.ndarray]:
    rng = np.random.default_rng(seed)
    profiles = np.sqrt(common) * rng.standard_normal((N, 1)) + np.sqrt(1 - common) * rng.standard_normal((N, len(sizes)))
    return qmethod.analyse(simulate(profiles, GRID, sizes, rng, loadings=loadings).data, len(sizes)), profiles


def new_people(profiles: np.ndarray, loadings: tuple[float, float], each: int, none: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, 1])
    drawn = simulate(profiles, GRID, (each,) * profiles.shape[1], rng, loadings=loadings)
    sorts = np.hstack([drawn.data.sorts, random_sorts(GRID, none, rng)])
    return sorts, np.concatenate([drawn.membership, np.full(none, profiles.shape[1])])


def factors(solution: QSolution, profiles: np.ndarray) -> np.ndarray:
    """For each planted viewpoint, and for none, the answer that is right."""
    order = qmethod.compare(solution, profiles, n_permutations=1, rng=1).matches
    return np.array([*(match.found for match in order), profiles.shape[1]])


def test_the_order_of_sorts_has_no_part_in_it() -> None:
    solution, profiles = study((7, 6, 5), (0.5, 0.8), 1)
    sorts, _ = new_people(profiles, (0.5, 0.8), 4, 4, 1)
    sorts = sorts.astype(float)
    sorts[np.random.default_rng(3).random(sorts.shape) < 0.3] = np.nan
    base = classify(sorts, solution, rng=5)
    rng = np.random.default_rng(2)
    rows, columns = rng.permutation(solution.data.n_sorts), rng.permutation(sorts.shape[1])
    again = qmethod.analyse(solution.data.keep(rows.tolist()), 3)
    other = classify(sorts[:, columns], again, rng=5)
    np.testing.assert_allclose(other.probabilities, base.probabilities[columns], atol=1e-7)
    np.testing.assert_allclose(other.mixture, base.mixture[columns], atol=1e-7)
    np.testing.assert_allclose(other.fit_p, base.fit_p[columns], atol=1e-7)


def test_another_seed_says_nearly_the_same() -> None:
    solution, profiles = study((9, 8, 7), (0.5, 0.8), 4)
    sorts, _ = new_people(profiles, (0.5, 0.8), 20, 20, 4)
    one, two = (classify(sorts, solution, rng=seed) for seed in (1, 2))
    assert np.abs(one.probabilities - two.probabilities).mean() < 0.04
    assert one.seed == 1
    assert classify(sorts, solution.scores.z_scores, rng=1).seed is None


@pytest.mark.parametrize("common", [0.0, 0.3])
def test_loose_viewpoints_are_not_claimed_more_boldly_than_they_are_right(common: float) -> None:
    claimed: dict[str, list[np.ndarray]] = {"tried": [], "formula": []}
    for seed in range(8):
        solution, profiles = study((9, 7, 6), (0.4, 0.6), seed, common)
        if np.isnan(solution.scores.z_scores).any() or any(f < 0 for f in factors(solution, profiles)):
            continue
        sorts, truth = new_people(profiles, (0.4, 0.6), 60, 45, seed)
        for name, known in (("tried", solution), ("formula", solution.scores.z_scores)):
            p = classify(sorts, known, rng=seed).probabilities
            claimed[name].append(np.column_stack([p.max(axis=1), p.argmax(axis=1) == factors(solution, profiles)[truth]]))
    over = {name: float((lambda a: a[:, 0] - a[:, 1])(np.concatenate(found)).mean()) for name, found in claimed.items()}
    assert over["formula"] > 0.08
    assert -0.12 < over["tried"] < 0.04


def test_people_of_the_viewpoints_fit_and_others_do_not() -> None:
    solution, profiles = study((10, 9, 8), (0.6, 0.8), 6)
    sorts, truth = new_people(profiles, (0.6, 0.8), 100, 100, 6)
    found = classify(sorts, solution, rng=1)
    assert 0.005 < np.mean(found.fit_p[truth < 3] < 0.05) < 0.12
    assert np.mean(found.fit_p[truth == 3] < 0.05) > 0.6
    assert found.n_studies > 30
    assert "tried on" in repr(found)
    assert "formula alone" in repr(classify(sorts, solution.scores.z_scores))


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=60)
def test_mixtures_are_least_squares_with_weights_from_nothing_up(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    profiles = rng.standard_normal((N, k)) + 0.5 * rng.standard_normal((N, 1))
    sorts = profiles @ rng.uniform(0, 1, (k, 6)) + 0.5 * rng.standard_normal((N, 6))
    shares, fit = mixtures(sorts, profiles, correlate_partial(sorts, profiles)[0], np.ones(k))
    standard = (profiles - profiles.mean(axis=0)) / profiles.std(axis=0)
    for i in range(6):
        weights, _ = nnls(standard, sorts[:, i] - sorts[:, i].mean())
        if weights.sum() > 0:
            assert shares[i] == pytest.approx(weights / weights.sum(), abs=1e-6)
            assert fit[i] == pytest.approx(np.corrcoef(standard @ weights, sorts[:, i])[0, 1], abs=1e-9)


def test_error_in_the_viewpoints_does_not_mix_what_is_whole() -> None:
    """Two viewpoints that share a half, each found with error: whoever holds the first is told so, and without the reliabilities less so."""
    rng = np.random.default_rng(8)
    n, kept = 4000, 0.8
    true = np.sqrt(0.5) * rng.standard_normal((n, 1)) + np.sqrt(0.5) * rng.standard_normal((n, 2))
    found = kept * true + np.sqrt(1 - kept**2) * rng.standard_normal((n, 2))
    sorts = np.column_stack([0.7 * true[:, 0], 0.5 * true.sum(axis=1)]) + 0.7 * rng.standard_normal((n, 2))
    r = correlate_partial(sorts, found)[0]
    shares, _ = mixtures(sorts, found, r, np.full(2, kept))
    assert shares[0] == pytest.approx([1, 0], abs=0.06)
    assert shares[1] == pytest.approx([0.5, 0.5], abs=0.06)
    assert mixtures(sorts, found, r, np.ones(2))[0][0, 0] < shares[0, 0] - 0.04


def test_a_sort_against_everything_has_no_share_and_one_that_says_nothing_none_at_all() -> None:
    solution, _ = study((6, 5), (0.6, 0.8), 9)
    z = solution.scores.z_scores
    silent = np.full(N, np.nan)
    silent[:3] = [1, 2, 3]
    found = classify(np.column_stack([-z.sum(axis=1), silent, z[:, 0]]), solution, rng=1)
    assert found.mixture[0].tolist() == [0, 0]
    assert found.fit[0] == 0
    assert found.fit_p[0] < 0.02
    assert np.isnan([*found.mixture[1], found.fit[1], found.fit_p[1]]).all()
    assert found.probabilities[1] == pytest.approx([0.4, 0.4, 0.2])
    assert found.mixture[2].argmax() == 0


@given(st.integers(0, 1000), st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_the_curve_sets_the_likeliest_and_keeps_the_order(seed: int, heights: list[float]) -> None:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(4, 0.7), 20)
    band = Band(4, 40, np.linspace(0.25, 1, len(heights)), np.sort(heights), np.array([0.1, 0.4]))
    new = on_curve(p, band)
    wanted = np.maximum(np.interp(p.max(axis=1), band.said, band.right), 0.25)
    np.testing.assert_allclose(new.sum(axis=1), 1, atol=1e-12)
    clear = (wanted < 0.99) & (np.sort(p, axis=1)[:, -2] < 0.98 * p.max(axis=1))
    np.testing.assert_allclose(new.max(axis=1)[clear], wanted[clear], atol=0.02)
    distinct = wanted > 0.26
    assert (new[distinct].argmax(axis=1) == p[distinct].argmax(axis=1)).all()


def test_a_fit_is_counted_among_those_it_is_compared_with() -> None:
    band = Band(4, 40, np.array([0.5]), np.array([0.5]), np.array([0.2, 0.3, 0.5, 0.6]))
    assert unlike(np.array([0.1, 0.3, 0.9, np.nan]), band)[:3].tolist() == [0.2, 0.6, 1.0]
    assert np.isnan(unlike(np.array([np.nan]), band)).all()


def test_few_statements_by_their_ids_are_the_same_as_gaps_in_all() -> None:
    solution, profiles = study((8, 7), (0.5, 0.8), 10)
    sorts, _ = new_people(profiles, (0.5, 0.8), 6, 4, 10)
    kept = [3, 8, 1, 20, 12, 30, 25, 17]
    padded = np.full(sorts.shape, np.nan)
    padded[kept] = sorts[kept]
    ids = tuple(solution.data.statements[i] for i in kept)
    short = QData(sorts[kept], ids, tuple(f"p{i}" for i in range(sorts.shape[1])))
    one, other = classify(short, solution, rng=3), classify(padded, solution, rng=3)
    np.testing.assert_allclose(one.correlations, other.correlations, atol=1e-9)
    assert np.abs(one.probabilities - other.probabilities).mean() < 0.04
    assert one.n_placed.tolist() == other.n_placed.tolist() == [8] * sorts.shape[1]


def test_an_undefined_viewpoint_is_given_to_nobody() -> None:
    data = study((8, 7), (0.6, 0.8), 11)[0].data
    flags = [qmethod.ManualFlag(name, "f3", False, "not clear") for name in data.participants]
    solution = qmethod.analyse(data, 3, flags=flags)
    assert np.isnan(solution.scores.z_scores[:, 2]).all()
    found = classify(data.sorts, solution, rng=1)
    assert (found.probabilities[:, 2] == 0).all()
    assert np.isnan(found.correlations[:, 2]).all()
    assert set(found.answers.tolist()) <= {-1, 0, 1, 3}
    with pytest.raises(PolicyError, match="shares"):
        classify(data.sorts, solution, shares=[0, 0, 1], rng=1)
    nobody = qmethod.analyse(data, 1, flags=[qmethod.ManualFlag(name, "f1", False, "not clear") for name in data.participants])
    with pytest.raises(DataError, match="no viewpoint of the solution has scores"):
        classify(data.sorts, nobody, rng=1)


def test_one_viewpoint_and_many_gaps_will_do() -> None:
    solution, profiles = study((12,), (0.6, 0.8), 12)
    sorts, _ = new_people(profiles, (0.6, 0.8), 5, 5, 12)
    holes = np.random.default_rng(0).random(sorts.shape) < np.linspace(0, 0.95, sorts.shape[1])
    found = classify(np.where(holes, np.nan, sorts), solution, rng=1)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    assert ((found.probabilities >= 0) & (found.probabilities < 1)).all()


def test_a_target_is_passed_on_or_the_formula_stands_alone() -> None:
    data = study((8, 7), (0.6, 0.8), 13)[0].data
    target = np.where(np.arange(15)[:, None] < 8, [0.7, 0.0], [0.0, 0.7])
    solution = qmethod.analyse(data, 2, rotation="target", target=target)
    assert classify(data.sorts, solution, rng=1, target=target).n_studies >= 20
    alone = classify(data.sorts, solution, rng=1)
    assert alone.n_studies == 0
    assert np.isnan(alone.fit_p).all()


def test_on_two_columns_people_of_an_unmet_viewpoint_sort_as_people_do() -> None:
    """There sorts that agree closely bespeak people who hold a viewpoint more closely than anybody can, and nothing is left for chance."""
    rng = np.random.default_rng(4)
    views = rng.standard_normal((20, 2))
    sorts = np.column_stack([np.where((views[:, i % 2] + 0.4 * rng.standard_normal(20)).argsort().argsort() < 10, -1, 1) for i in range(12)])
    solution = qmethod.analyse(QData.from_array(sorts), 2)
    plenty = np.repeat(sorts[:, :1], 3, axis=1)
    crowd = _Crowd(solution.scores.z_scores, np.array([1.1, 1.2]), np.array([0.9, 0.9]), np.arange(20), plenty)
    people = crowd.people(np.arange(3), np.random.default_rng(1))
    unmet = people[:, 2 * PEOPLE : 2 * PEOPLE + STRANGERS]
    assert len(np.unique(unmet, axis=1).T) > 1
    assert classify(sorts, solution, rng=1).n_studies > 0
