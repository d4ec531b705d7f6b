"""Correlations and extraction against independent libraries, closed forms and each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from qmethod import DataError, PolicyError, QData
from qmethod.method.correlation import Correlation, correlate, mid_ranks
from qmethod.method.extraction import DENSE_LIMIT, extract
from qmethod.policies import Policies
from tests.plain import analyse
from tests.references import sorts


def r_of(method: str, array: np.ndarray) -> np.ndarray:
    """The coefficient by scipy, pair by pair."""
    function = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}[method]
    return np.array([[function(a, b)[0] for b in array.T] for a in array.T])


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
@pytest.mark.parametrize("name", ["lipset", "kr_power_likert"])
def test_coefficients_against_scipy(method, name):
    data = sorts(name).keep(range(9))
    found = correlate(data, method)
    expected = r_of(method, data.sorts)
    np.testing.assert_allclose(found.dense(), expected, atol=1e-12)
    vectors = np.random.default_rng(1).standard_normal((9, 2))
    np.testing.assert_allclose(found.times(vectors), expected @ vectors, atol=1e-12)
    np.testing.assert_allclose(found.column(3), expected[:, 3], atol=1e-12)


def test_rank_coefficients_of_lipset_against_r():
    """R: r(US1, US2..US4) Spearman .524092 .218951 .205463, Kendall .407950 .152720 .156904."""
    for method, expected in (("spearman", [0.524092, 0.218951, 0.205463]), ("kendall", [0.407950, 0.152720, 0.156904])):
        np.testing.assert_allclose(correlate(sorts("lipset"), method).dense()[0, 1:4], expected, atol=5e-7)


def test_rank_solutions_of_lipset_against_r():
    """Rotated loadings of US1 in R qmethod, principal components, three factors (R's varimax stops at 1e-5)."""
    for method, expected in (("spearman", [0.19467, 0.75656, -0.18270]), ("kendall", [0.14723, 0.72292, -0.10216])):
        solution = analyse(sorts("lipset"), 3, preset="qmethod-r", correlation=method, rotation_stop="r-1e-5")
        np.testing.assert_allclose(solution.loadings[0], expected, atol=6e-6)


def test_mid_ranks_against_scipy():
    array = np.random.default_rng(1).integers(0, 4, (12, 50))
    np.testing.assert_array_equal(mid_ranks(array), stats.rankdata(array, axis=0))


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_pairwise_deletion_is_the_coefficient_on_the_shared_statements(method):
    array = sorts("lipset").sorts.astype(float)
    array[3, 0] = array[7, 2] = array[9, 2] = np.nan
    found = correlate(QData.from_array(array), method).dense()
    for i in range(9):
        for j in range(9):
            shared = ~np.isnan(array[:, [i, j]]).any(axis=1)
            assert found[i, j] == pytest.approx(r_of(method, array[shared][:, [i, j]])[0, 1] if i != j else 1.0, abs=1e-12)


def test_pairwise_deletion_through_to_the_scores():
    whole = sorts("lipset")
    array = whole.sorts.astype(float)
    array[5, 3] = np.nan
    solution = analyse(QData.from_array(array, participants=whole.participants), 3, missing="pairwise")
    complete = analyse(whole, 3)
    np.testing.assert_allclose(np.abs(solution.loadings), np.abs(complete.loadings), atol=0.2)
    assert not np.isnan(solution.scores.z_scores).any()
    order = np.random.default_rng(1).permutation(9)
    shuffled = analyse(QData.from_array(array[:, order], participants=[whole.participants[i] for i in order]), 3, missing="pairwise")
    np.testing.assert_allclose(shuffled.loadings, solution.loadings[order], atol=1e-10)


def test_pairs_without_enough_in_common_are_named():
    array = sorts("lipset").sorts.astype(float)
    array[:17, 0] = array[16:, 1] = np.nan
    with pytest.raises(DataError, match="p1 and p2 share too few"):
        analyse(array, 2, missing="pairwise")


def test_principal_components_are_the_same_from_either_side():
    """With more sorts than statements the statements' matrix is used, with fewer the sorts'."""
    data = sorts("climate_s3")
    few = data.keep(range(20))
    for part in (data, few):
        values, vectors = np.linalg.eigh(np.corrcoef(part.sorts, rowvar=False))
        expected = vectors[:, ::-1][:, :4] * np.sqrt(values[::-1][:4])
        found = analyse(part, 4).extraction.loadings
        np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-10)


def test_eigenvalues_stop_at_the_rank():
    """213 sorts of 30 statements hold 29 dimensions; rounding noise beyond them is not reported."""
    eigenvalues = analyse(sorts("climate_s3"), 2).extraction.eigenvalues
    assert len(eigenvalues) == 29
    assert eigenvalues.sum() == pytest.approx(213)


@pytest.mark.parametrize(("name", "k"), [("lipset", 2), ("climate_s3", 4), ("kr_power_likert", 3)])
def test_principal_axis_is_a_fixed_point(name, k):
    data = sorts(name)
    loadings = analyse(data, k, extraction="paf").extraction.loadings
    reduced = np.corrcoef(data.sorts, rowvar=False)
    np.fill_diagonal(reduced, (loadings**2).sum(axis=1))
    values = np.linalg.eigvalsh(reduced)[::-1][:k]
    np.testing.assert_allclose(reduced @ loadings, loadings * values, atol=1e-7)


@pytest.mark.parametrize(("name", "k"), [("lipset", 2), ("climate_s3", 3)])
def test_minres_finds_what_principal_axis_converges_to(name, k):
    """Both minimise the residual correlations; two programs, one minimum."""
    both = [analyse(sorts(name), k, extraction=extraction).loadings for extraction in ("paf", "minres")]
    np.testing.assert_allclose(both[0], both[1], atol=1e-4)


def test_ml_against_scikit_learn():
    """The likelihood has one maximum; scikit-learn climbs it by expectation-maximisation."""
    from sklearn.decomposition import FactorAnalysis

    lipset = sorts("lipset")
    z = (lipset.sorts - lipset.sorts.mean(axis=0)) / lipset.sorts.std(axis=0)
    expected = FactorAnalysis(2, tol=1e-12, max_iter=100_000).fit(z).components_.T
    ours = analyse(lipset, 2, extraction="ml").extraction.loadings
    np.testing.assert_allclose(ours @ ours.T, expected @ expected.T, atol=1e-3)


def test_ml_is_refused_with_the_reason_where_sorts_are_singular():
    with pytest.raises(DataError, match="correlations of these 213 sorts are singular"):
        analyse(sorts("climate_s3"), 2, extraction="ml")


@pytest.mark.parametrize("name", ["climate_s3", "kr_power_likert"])
@pytest.mark.parametrize("extraction", ["pca", "centroid", "horst", "paf", "minres"])
@pytest.mark.parametrize("weighting", ["standardised", "raw"])
def test_every_extraction_runs_on_ties_and_on_unforced_sorts(name, extraction, weighting):
    if extraction == "minres" and weighting == "raw":
        weighting = "standardised"  # the extraction does not look at it, and takes seconds
    solution = analyse(sorts(name), 3, extraction=extraction, weighting=weighting)
    assert solution.extraction.converged
    assert np.isfinite(solution.loadings).all()
    assert not np.isnan(solution.scores.arrays).any()


def test_heywood_cases_are_named():
    solution = analyse(sorts("lipset"), 3, extraction="paf")
    heywood = next(notice for notice in solution.notices if notice.code == "heywood")
    over = [name for name, h2 in zip(sorts("lipset").participants, solution.communalities, strict=True) if h2 > 1]
    assert list(heywood.participants) == over != []


def test_centroid_that_runs_out_says_so_instead_of_returning_zeros():
    view = np.array([2, 1, 0, -1, -2])
    with pytest.raises(DataError, match=r"1 factors? asked for|hold at most 1|no centroid factor 2"):
        analyse(np.column_stack([view, view, view]), 2, extraction="centroid")


def test_too_many_factors_say_how_many_there_are():
    with pytest.raises(DataError, match="10 factors asked for, 9 sorts hold at most 9"):
        analyse(sorts("lipset"), 10)
    with pytest.raises(DataError, match="hold at most 29"):
        analyse(sorts("climate_s3"), 30)
    with pytest.raises(PolicyError, match="`n_factors` must be a whole number, at least 1; got 0"):
        analyse(sorts("lipset"), 0)
    with pytest.raises(PolicyError, match="whole number"):
        analyse(sorts("lipset"), 2.5)


def test_dense_methods_say_their_limit():
    wide = np.zeros((4, DENSE_LIMIT + 1))
    wide[0], wide[1] = 1, np.arange(DENSE_LIMIT + 1)
    with pytest.raises(PolicyError, match="limited to 5000 sorts"):
        extract(Correlation("pearson", wide, tuple(map(str, range(DENSE_LIMIT + 1)))), 1, Policies.preset("standard", extraction="paf"))


def test_iterations_that_do_not_settle_are_reported():
    for extraction, limit in (("horst", {"horst_cycles": 2}), ("paf", {"paf_cycles": 2})):
        solution = analyse(sorts("lipset"), 3, extraction=extraction, **limit)
        assert not solution.extraction.converged
        assert "not-converged" in {notice.code for notice in solution.notices}
