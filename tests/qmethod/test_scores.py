"""Weights, z-scores, arrays, reliability: closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmethod import Grid, QData
from qmethod.method.correlation import alike, standardise
from qmethod.method.scores import array_grid, compose, fill, reliability, weigh
from qmethod.policies import Policies
from tests.plain import analyse
from tests.references import HERE, numbers, sorts, table


def test_weights_are_l_over_one_minus_l_squared_and_zero_elsewhere():
    weights = weigh(np.array([[0.5, 0.1], [-0.8, 0.6]]), np.array([[True, False], [True, False]]), Policies())
    np.testing.assert_allclose(weights, [[0.5 / 0.75, 0], [-0.8 / 0.36, 0]])


def test_weights_at_one_and_beyond_stay_finite_and_keep_their_sign():
    weights = weigh(np.array([[1.0], [-1.2]]), np.array([[True], [True]]), Policies())
    np.testing.assert_allclose(weights[:, 0], [499999.75, -499999.75], rtol=1e-6)


def test_one_defining_sort_gives_that_sort():
    lipset = sorts("lipset")
    weights = np.zeros((9, 1))
    weights[4] = -3.0
    found = compose(lipset.sorts, weights, Policies())
    expected = -(lipset.sorts[:, 4] - lipset.sorts[:, 4].mean()) / lipset.sorts[:, 4].std(ddof=1)
    np.testing.assert_allclose(found.weighted[:, 0] / 3, expected, atol=1e-12)


def test_composites_against_written_out_sums():
    data = sorts("kr_power_likert").sorts
    rng = np.random.default_rng(1)
    weights = rng.standard_normal((336, 3)) * (rng.random((336, 3)) < 0.2)
    z = (data - data.mean(axis=0)) / data.std(axis=0, ddof=1)
    ours = compose(data, weights, Policies())
    np.testing.assert_allclose(ours.weighted, z @ weights, atol=1e-10)
    np.testing.assert_allclose(compose(data, weights, Policies.preset("standard", weighting="raw")).weighted, data @ weights, atol=1e-9)
    for j in range(3):
        who = weights[:, j] != 0
        turned = z[:, who] * np.sign(weights[who, j])
        np.testing.assert_allclose(ours.means[:, j], turned.mean(axis=1), atol=1e-12)
        np.testing.assert_allclose(ours.variances[:, j], turned.var(axis=1, ddof=1), atol=1e-10)
        r = np.corrcoef(turned, rowvar=False)
        assert ours.mean_correlation[j] == pytest.approx(r[np.triu_indices(len(r), 1)].mean(), abs=1e-12)


def test_raw_and_standardised_weighting_agree_for_forced_sorts_and_not_for_others():
    for name, equal in (("climate_s3", True), ("kr_power_likert", False)):
        both = [analyse(sorts(name), 3, weighting=weighting).scores.z_scores for weighting in ("raw", "standardised")]
        assert (np.abs(both[0] - both[1]).max() < 1e-10) == equal


def test_population_standard_deviation():
    """The factor between the two z-scores is sqrt(n / (n - 1)): 1.0155 for 33 statements."""
    sample, population = (analyse(sorts("lipset"), 3, z_sd=sd).scores.z_scores for sd in ("n-1", "n"))
    np.testing.assert_allclose(population, sample * np.sqrt(33 / 32), atol=1e-12)


def test_arrays_break_ties_by_statement_number_and_say_so():
    grid = Grid.parse("-1:1,0:2,1:1")
    array, ranks, broken = fill(np.array([0.5, 0.5, -1.0, 0.0]), grid)
    np.testing.assert_array_equal(array, [1, 0, -1, 0])
    np.testing.assert_array_equal(ranks, [1, 2, 4, 3])
    assert broken == [(0, 1)]
    array, _, broken = fill(np.array([1.0, 0.2, 0.2 + 1e-12, -1.0]), grid)
    np.testing.assert_array_equal(array, [1, 0, 0, -1])
    assert broken == []


@given(hnp.arrays(float, 12, elements=st.sampled_from([-1.0, 0.0, 0.25, 1.0])))
def test_every_array_has_the_counts_of_the_grid(z):
    grid = Grid((-3, 0, 1, 7), (1, 5, 4, 2))
    assert Grid.of(fill(z, grid)[0]) == grid


def test_grid_of_unforced_sorts_is_the_median_profile():
    """tests/reference/kr_power_likert/distribution.txt gives the median order-statistic profile of these ratings."""
    lines = (HERE / "kr_power_likert" / "distribution.txt").read_text().splitlines()
    expected = Grid.parse(",".join(line for line in lines if not line.startswith("#")))
    assert array_grid(sorts("kr_power_likert")) == (expected, "median")


def test_grid_of_unforced_sorts_does_not_depend_on_who_comes_first():
    data = sorts("kr_power_likert")
    assert array_grid(data.keep(np.arange(335, -1, -1))) == array_grid(data)


def test_a_design_grid_is_kept_for_unforced_sorts():
    design = Grid.parse("1:5,2:6,3:8,4:7,5:8,6:6,7:5")
    data = QData(sorts("kr_power_likert").sorts, sorts("kr_power_likert").statements, sorts("kr_power_likert").participants, grid=design)
    solution = analyse(data, 2)
    assert solution.scores.grid_origin == "design"
    assert Grid.of(solution.scores.arrays[:, 0]) == design
    off = next(notice for notice in solution.notices if notice.code == "off-grid")
    assert len(off.participants) == 336


@pytest.mark.parametrize(("p", "expected"), [(1, 0.8), (2, 0.888889), (3, 0.923077), (4, 0.941176), (5, 0.952381), (10, 0.975610)])
def test_composite_reliability(p, expected):
    """.80 p / (1 + .80 (p - 1))."""
    assert reliability(np.array([p]), np.array([np.nan]), Policies(reliability="fixed"))[0] == pytest.approx(expected, abs=5e-7)


def test_observed_reliability_is_spearman_brown_of_the_mean_correlation():
    solution = analyse(sorts("lipset"), 3, reliability="observed")
    for j in range(3):
        who = solution.flags[:, j]
        r = np.corrcoef(sorts("lipset").sorts[:, who] * np.sign(solution.loadings[who, j]), rowvar=False)
        mean = r[np.triu_indices(len(r), 1)].mean()
        p = who.sum()
        assert solution.characteristics.reliability[j] == pytest.approx(p * mean / (1 + (p - 1) * mean))


def test_free_distribution_results():
    """Mean 0 and standard deviation 2.236 for each sort of lipset (KADE)."""
    solution = analyse(sorts("lipset"), 2)
    np.testing.assert_allclose(solution.sort_means, 0, atol=1e-14)
    np.testing.assert_allclose(solution.sort_sds, 2.236, atol=5e-4)


def test_cumulative_variance_of_kade():
    eigenvalues = numbers(HERE / "lipset" / "kade" / "pca_eigenvalues.csv")[:, 0]
    np.testing.assert_allclose(analyse(sorts("lipset"), 2).extraction.eigenvalues, eigenvalues, atol=1e-5)


def test_kade_s_free_weights_table_has_our_ratios():
    """KADE scales weights by the wrong factor's maximum; the ratios within a factor are right."""
    _, _, rows = table(HERE / "lipset" / "kade" / "pca-varimax-3" / "sort_weights.csv")
    names = table(HERE / "lipset" / "kade" / "pca-varimax-3" / "sort_weights.csv")[1]
    solution = analyse(sorts("lipset"), 3, preset="kade")
    for j in range(3):
        theirs = {name: float(row[2]) for name, row in zip(names, rows, strict=True) if row[0] == f"factor{j + 1}"}
        ours = {name: solution.scores.weights[solution.data.participants.index(name), j] for name in theirs}
        top = max(theirs, key=lambda name: abs(theirs[name]))
        for name in theirs:
            assert ours[name] / ours[top] == pytest.approx(theirs[name] / theirs[top], abs=2e-3)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.float64])
@pytest.mark.parametrize("places", [[-2, -1, -1, 0, 0, 0, 1, 1, 2], [0, 0, 0, 0, 1, 1, 1, 2, 9]])
def test_sorts_that_share_a_distribution_are_standardised_like_any_others(dtype, places):
    data = QData(np.random.default_rng(1).permuted(np.repeat(np.array(places, dtype=dtype)[:, None], 12, axis=1), axis=0))
    shared = alike(data)
    assert shared is not None
    plain = data.sorts - data.sorts.mean(axis=0)
    np.testing.assert_allclose(standardise(data.sorts, shared), plain / np.linalg.norm(plain, axis=0), atol=1e-15)
    weights = np.random.default_rng(2).random((12, 2))
    for name in ("weighted", "means", "variances", "mean_correlation"):
        one, other = (getattr(compose(data.sorts, weights, Policies(), known), name) for known in (shared, None))
        np.testing.assert_allclose(one, other, atol=1e-13)


def test_sorts_of_several_distributions_or_of_one_value_share_none():
    free = np.array([[1, 2], [2, 2], [3, 3]])
    assert alike(QData(free)) is None
    assert alike(QData(np.ones((3, 2)))) is None
