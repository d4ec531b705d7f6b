"""Which sorts a centroid turns round: against all sign vectors there are, against cases whose answer is known, and where nothing is left to turn."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod import DataError, read
from qmethod.data import QData
from qmethod.method.correlation import correlate
from qmethod.method.reflection import SEARCHED, Residual, best, sequential
from tests.plain import analyse
from tests.qmethod.oracle import found, planted, studies
from tests.references import sorts
from tests.strategies import forced_sorts

CASES = Path(__file__).parent / "cases"


def residual(array: np.ndarray, loadings: np.ndarray | None = None) -> Residual:
    data = QData.from_array(array)
    return Residual(correlate(data), np.zeros((data.n_sorts, 0)) if loadings is None else loadings)


def dense(of: Residual) -> np.ndarray:
    r = of.correlation.dense() - of.loadings @ of.loadings.T
    np.fill_diagonal(r, 0)
    return r


@settings(max_examples=40, deadline=None)
@given(forced_sorts(least_sorts=3, most_sorts=11), st.booleans())
def test_best_is_the_largest_of_all_sign_vectors(drawn, deflated):
    """All 2^(m - 1) of them, written out."""
    _, array = drawn
    try:
        taken = analyse(array, 1, extraction="centroid").extraction.loadings if deflated else None
        of = residual(array, taken)
    except DataError:
        return
    a = dense(of)
    signs = np.array(list(itertools.product([1, -1], repeat=len(a) - 1)))
    signs = np.column_stack([np.ones(len(signs)), signs])
    largest = np.einsum("ci,ij,cj->c", signs, a, signs).max()
    mine = best(of)
    assert mine.sums.sum() == pytest.approx(largest, abs=1e-9)
    np.testing.assert_allclose(mine.sums, mine.signs * (a @ mine.signs), atol=1e-10)
    assert mine.share <= 1 + 1e-12


def test_the_search_finds_what_trying_all_signs_finds(monkeypatch):
    """With few sorts all signs are tried; the search that more sorts get is put beside that on studies of 12, their first factor taken out."""
    alike = 0
    for seed in range(100):
        study = planted((4, 4, 4), seed)
        of = residual(study.sorts, analyse(study.sorts, 1, extraction="centroid").extraction.loadings)
        largest = best(of).sums.sum()
        monkeypatch.setattr("qmethod.method.reflection.ALL_TRIED", 0)
        searched = best(of)
        monkeypatch.undo()
        assert searched.sums.min() >= -1e-10
        assert searched.sums.sum() <= largest + 1e-10
        alike += searched.sums.sum() >= largest - 1e-10
    assert alike >= 97


@settings(max_examples=40, deadline=None)
@given(forced_sorts(least_sorts=3, most_sorts=14))
def test_sequential_ends_where_no_sort_disagrees(drawn):
    _, array = drawn
    try:
        of = residual(array)
    except DataError:
        return
    ended = sequential(of)
    assert ended.sums.min() >= -1e-10
    np.testing.assert_allclose(ended.sums, ended.signs * (dense(of) @ ended.signs), atol=1e-10)


@pytest.mark.parametrize("n_sorts", [SEARCHED - 20, SEARCHED + 40, 3 * SEARCHED])
def test_many_sorts_end_at_an_optimum_as_good_as_a_long_search(n_sorts):
    """20 random starts on the whole matrix, each turned round the worst first, find nothing larger."""
    study = planted((n_sorts // 4,) * 4, 5)
    first = analyse(study.sorts, 1, extraction="centroid").extraction.loadings
    of = residual(study.sorts, first)
    a, mine = dense(of), best(of)
    assert mine.sums.min() >= -1e-9
    rng, largest = np.random.default_rng(1), 0.0
    for _ in range(20):
        signs = rng.choice([-1.0, 1.0], len(a))
        sums = a @ signs
        while (signs * sums).min() < -1e-9:
            j = int(np.argmin(signs * sums))
            signs[j] *= -1
            sums += 2 * signs[j] * a[j]
        largest = max(largest, float(signs @ sums))
    assert mine.sums.sum() >= largest * (1 - 1e-12)


def test_the_centroid_of_a_study_that_loses_a_viewpoint():
    """Three planted viewpoints of 16; the sums of squares are those of the best signs over 200 starts (an independent search)."""
    solution = analyse(read(CASES / "centroid-viewpoint-lost.csv"), 3, extraction="centroid")
    np.testing.assert_allclose(solution.extraction.sums_of_squares, [9.33, 6.37, 5.73], atol=0.01)
    assert solution.characteristics.n_defining.tolist() == [16, 16, 16]


def test_the_centroid_of_a_study_that_loses_all_but_one():
    """Three planted viewpoints of 12, one of whose sorts nobody's flag reaches, with principal components either."""
    data = read(CASES / "centroid-all-lost.csv")
    solution = analyse(data, 3, extraction="centroid")
    np.testing.assert_allclose(solution.extraction.sums_of_squares, [7.41, 5.16, 2.50], atol=0.01)
    assert sorted(solution.characteristics.n_defining.tolist()) == [11, 12, 12]
    assert sorted(analyse(data, 3).characteristics.n_defining.tolist()) == [11, 12, 12]


@pytest.mark.parametrize("preset", ["qmethod-r", "kade"])
def test_a_sequential_reflection_that_loses_a_viewpoint_says_so(preset):
    """Whenever Brown's path finds fewer viewpoints than the search, a notice tells which factors fell short."""
    lost = 0
    for study in studies(20):
        theirs = analyse(study.sorts, study.k, preset=preset, extraction="centroid")
        ours = analyse(study.sorts, study.k, extraction="centroid")
        if found(theirs, study.views).sum() < found(ours, study.views).sum():
            lost += 1
            assert "reflection-falls-short" in {notice.code for notice in theirs.notices}
            assert theirs.extraction.sequential.min() < 0.99
    assert lost > 3


@pytest.mark.parametrize("tolerance", [1e-5, 1e-6, 1e-8, 1e-10, 1e-12, 1e-15])
def test_a_sequential_factor_is_never_rounding(tolerance):
    """Where the last factor left nothing but what its iteration did not settle, a sort is turned round all the same."""
    for study in studies(10):
        solution = analyse(study.sorts, 3, preset="qmethod-r", extraction="centroid", centroid_tolerance=tolerance)
        assert solution.extraction.sums_of_squares.min() > 1e-3


def test_what_the_search_gains_is_told():
    solution = analyse(read(CASES / "centroid-all-lost.csv"), 3, extraction="centroid")
    assert solution.extraction.sequential[2] == pytest.approx(0.9857, abs=1e-3)
    [notice] = [notice for notice in solution.notices if notice.code == "reflection-falls-short"]
    assert "98.6 % for factor 3." in notice.message
    assert analyse(sorts("lipset"), 2).extraction.sequential is None


@pytest.mark.parametrize("extraction", ["pca", "centroid", "horst", "paf"])
@pytest.mark.parametrize("preset", ["standard", "qmethod-r", "kade"])
def test_a_factor_of_next_to_nothing_is_refused_before_it_can_be_scaled(extraction, preset):
    """One view, thirty times, but for a statement or two: what is left after the first factor is rounding."""
    array = np.repeat(np.array([3, 2, 1, 1, 0, 0, 0, -1, -1, -2, -3])[:, None], 12, axis=1)
    with pytest.raises(DataError, match=r"next to nothing|hold at most|no centroid factor"):
        analyse(array, 3, extraction=extraction, preset=preset)


@pytest.mark.parametrize("preset", ["standard", "qmethod-r", "kade"])
def test_no_centroid_holds_more_than_all_there_is(preset):
    """With three or four sorts the diagonal can run away; then there is no solution, rather than one of 25,000 % of the variance."""
    rng, refused = np.random.default_rng(1), 0
    for _ in range(60):
        array = rng.permuted(np.repeat(np.array([-2, -1, -1, 0, 0, 0, 1, 1, 2])[:, None], rng.integers(3, 6), axis=1), axis=0)
        try:
            solution = analyse(array, 1, extraction="centroid", preset=preset)
        except DataError as error:
            refused += "ran away" in str(error)
            continue
        assert solution.extraction.sums_of_squares.sum() <= array.shape[1] * (1 + 1e-6)
        assert "whole-variance" not in {notice.code for notice in solution.notices} or np.allclose(solution.communalities, 1, atol=1e-5)
    assert refused


@pytest.mark.parametrize("extraction", ["pca", "centroid", "horst", "paf"])
def test_a_factor_smaller_than_a_sort_is_told(extraction):
    study = planted((12, 12), 3, low=0.85, high=0.95)
    solution = analyse(study.sorts, 4, extraction=extraction, horst_cycles=50)
    small = [notice for notice in solution.notices if notice.code == "small-factor"]
    assert bool(small) == bool((solution.extraction.sums_of_squares < 1 - 1e-9).any())
    assert small
