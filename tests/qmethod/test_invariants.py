"""What must not change a solution, and what every solution keeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from qmethod import DataError, Grid, QData
from tests.plain import analyse
from tests.references import sorts
from tests.strategies import forced_sorts

OURS = [(extraction, rotation) for extraction in ("pca", "centroid", "horst", "paf") for rotation in ("varimax", "none")]
OURS += [("pca", "quartimax"), ("pca", "equamax"), ("pca", "target")]
THEIRS = [("minres", "varimax"), ("pca", "promax"), ("pca", "oblimin")]
TURNS = ((), ((1, 2, 30.0), (2, 3, -12.5)))


def same(a, b, order, tolerance):
    """Solution `b` of the sorts in another order is solution `a`."""
    np.testing.assert_allclose(b.loadings, a.loadings[order], atol=tolerance)
    np.testing.assert_allclose(b.scores.z_scores, a.scores.z_scores, atol=tolerance)
    np.testing.assert_array_equal(b.flags, a.flags[order])
    np.testing.assert_array_equal(b.scores.arrays, a.scores.arrays)
    np.testing.assert_array_equal(b.contrasts.distinguishing, a.contrasts.distinguishing)
    np.testing.assert_array_equal(b.contrasts.consensus, a.contrasts.consensus)


@pytest.mark.parametrize("name", ["lipset", "climate_s3", "kr_power_likert"])
@pytest.mark.parametrize(("extraction", "rotation"), OURS + THEIRS)
def test_the_order_of_participants_changes_nothing(name, extraction, rotation):
    data, k, rng = sorts(name), 3, np.random.default_rng(1)
    if (extraction, rotation) in THEIRS or extraction == "paf":
        data = data.keep(range(min(60, data.n_sorts)))  # iterations on hundreds of sorts take seconds each
    target = None
    if rotation == "target":
        target = np.full((data.n_sorts, k), np.nan)
        target[[0, 1, 3, 5]] = [[0.8, 0, 0], [0, 0.7, 0], [0, 0, 0.6], [0, 0.1, 0.5]]
    for turns in TURNS if rotation not in ("promax", "oblimin") else ((),):
        choices = {"extraction": extraction, "rotation": rotation, "rotations": turns, "horst_cycles": 100}
        whole = analyse(data, k, target=target, **choices)
        for _ in range(2):
            order = rng.permutation(data.n_sorts)
            shuffled = analyse(data.keep(order), k, target=None if target is None else target[order], **choices)
            same(whole, shuffled, order, 1e-10 if (extraction, rotation) in OURS else 1e-4)


def test_ml_does_not_depend_on_the_order_either():
    data, order = sorts("lipset"), np.random.default_rng(2).permutation(9)
    same(analyse(data, 2, extraction="ml"), analyse(data.keep(order), 2, extraction="ml"), order, 1e-4)


@pytest.mark.parametrize("rotation", ["varimax", "none"])
@pytest.mark.parametrize("turns", TURNS, ids=["", "by hand"])
def test_a_flipped_eigenvector_changes_nothing(monkeypatch, rotation, turns):
    whole = analyse(sorts("climate_s3"), 3, rotation=rotation, rotations=turns)
    eigh = np.linalg.eigh

    def flipped(matrix):
        values, vectors = eigh(matrix)
        return values, vectors * np.where(np.arange(len(values)) % 2, -1.0, 1.0)

    monkeypatch.setattr("qmethod.method.extraction.np.linalg.eigh", flipped)
    same(whole, analyse(sorts("climate_s3"), 3, rotation=rotation, rotations=turns), np.arange(213), 1e-10)


def test_equal_eigenvalues_do_not_make_the_order_matter():
    """Three unrelated camps of the same size: three equal eigenvalues, whose axes no eigen-decomposition settles."""
    basis = np.array([[1, -1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, -1]]).T
    camps = np.repeat(basis, 3, axis=1)
    data = QData.from_array(camps)
    for rotation in ("none", "varimax"):
        for turns in ((), ((1, 2, 20.0),)):
            whole = analyse(data, 3, rotation=rotation, rotations=turns)
            assert "equal-eigenvalues" in {notice.code for notice in whole.notices}
            for seed in range(6):
                order = np.random.default_rng(seed).permutation(9)
                same(whole, analyse(data.keep(order), 3, rotation=rotation, rotations=turns), order, 1e-10)


def test_balanced_poles_point_the_way_the_statements_say():
    """As many for as against: no sort decides the direction, statement 1 does, whatever the order of the file."""
    view = np.array([-1, 2, 0, 1, -2])
    data = QData.from_array(np.column_stack([view, view, -view, -view]))
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        solution = analyse(data.keep(order), 1)
        assert "direction-tied" in {notice.code for notice in solution.notices}
        assert solution.scores.z_scores[1, 0] > 0  # of the two largest scores, +2 on statement 2 comes first


def test_equally_good_optima_are_decided_by_the_statements_and_said():
    """Five sorts on which varimax has several different rotations of the same criterion."""
    array = [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 0, 1, 0], [1, 0, 1, 0, 0], [0, 0, 1, 1, 1]]
    data = QData.from_array(np.array(array))
    whole = analyse(data, 3)
    assert "local-optima" in {notice.code for notice in whole.notices}
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(5)
        same(whole, analyse(data.keep(order), 3), order, 1e-8)


def test_factors_that_mirror_each_other_keep_their_order():
    """Two pairs of equal sorts whose factors have the same size and, but for signs, the same scores."""
    array = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 1, 0]])
    data = QData.from_array(array)
    whole = analyse(data, 2)
    for order in ([0, 3, 1, 2], [3, 2, 1, 0], [1, 0, 3, 2]):
        same(whole, analyse(data.keep(order), 2), order, 1e-10)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forced_sorts(), st.sampled_from(["pca", "centroid"]), st.integers(1, 3), st.randoms(use_true_random=False))
def test_shuffled_random_sorts(drawn, extraction, k, random):
    _, array = drawn
    data = QData.from_array(array)
    order = random.sample(range(data.n_sorts), data.n_sorts)
    try:
        whole = analyse(data, k, extraction=extraction)
    except DataError:
        with pytest.raises(DataError):
            analyse(data.keep(order), k, extraction=extraction)
        return
    # A kept factor whose eigenvalue nearly equals that of one left out is not determined by the data.
    eigenvalues = whole.extraction.eigenvalues
    assume(len(eigenvalues) == k or eigenvalues[k - 1] - eigenvalues[k] > 1e-4)
    same(whole, analyse(data.keep(order), k, extraction=extraction), order, 1e-8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forced_sorts(), st.integers(1, 3))
def test_arrays_always_fit_the_grid(drawn, k):
    grid, array = drawn
    try:
        solution = analyse(array, k)
    except DataError:
        return
    assert solution.scores.grid == grid
    for j in range(len(solution.factors)):
        column = solution.scores.arrays[:, j]
        if solution.characteristics.n_defining[j] and not np.isnan(column).any():
            assert Grid.of(column) == grid
            z = solution.scores.z_scores[:, j]
            assert z.mean() == pytest.approx(0, abs=1e-12)
            assert z.std(ddof=1) == pytest.approx(1)
            higher = column[:, None] > column[None, :]
            assert (z[:, None] - z[None, :])[higher].min(initial=0) >= -1e-8  # a higher place never has a lower score
        else:
            assert np.isnan(column).all()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forced_sorts(), st.integers(1, 2), st.integers(0, 2**32 - 1))
def test_turning_sorts_round_only_turns_their_loadings(drawn, k, seed):
    """A mirrored sort has the mirrored loading; communalities, eigenvalues and the criterion stay."""
    _, array = drawn
    signs = np.random.default_rng(seed).choice([-1, 1], array.shape[1])
    try:
        plain, mirrored = analyse(array, k), analyse(array * signs, k)
    except DataError:
        return
    np.testing.assert_allclose(mirrored.extraction.eigenvalues, plain.extraction.eigenvalues, atol=1e-10)
    gap = plain.extraction.eigenvalues
    assume(len(gap) == k or gap[k - 1] - gap[k] > 1e-4)
    np.testing.assert_allclose(mirrored.communalities, plain.communalities, atol=1e-8)
    if k > 1:
        assert mirrored.rotation.criterion == pytest.approx(plain.rotation.criterion, abs=1e-8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forced_sorts(), st.sampled_from(["pearson", "spearman", "kendall"]), st.integers(1, 3), st.integers(-20, 20))
def test_scale_of_values_does_not_matter(drawn, correlation, scale, shift):
    _, array = drawn
    try:
        plain = analyse(array, 1, correlation=correlation)
    except DataError:
        return
    moved = analyse(array * scale + shift, 1, correlation=correlation)
    np.testing.assert_allclose(moved.loadings, plain.loadings, atol=1e-10)
    np.testing.assert_allclose(moved.scores.z_scores, plain.scores.z_scores, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.float32, np.float64])
def test_the_width_of_numbers_does_not_matter(dtype):
    array = sorts("lipset").sorts
    shifted = (array + 5).astype(dtype)
    np.testing.assert_allclose(analyse(shifted, 3).loadings, analyse(array, 3).loadings, atol=1e-12)


def test_duplicate_sorts_share_everything_and_are_named():
    array = sorts("lipset").sorts
    solution = analyse(np.column_stack([array, array[:, 2]]), 3)
    np.testing.assert_allclose(solution.loadings[2], solution.loadings[9], atol=1e-14)
    assert [n.participants for n in solution.notices if n.code == "duplicate-sorts"] == [("p10", "p3")]


def test_blocks_do_not_matter(monkeypatch):
    whole = analyse(sorts("climate_s3"), 4)
    monkeypatch.setattr("qmethod.blocks.BLOCK_CELLS", 300)
    monkeypatch.setattr("qmethod.method.correlation.KEPT_CELLS", 0)
    same(whole, analyse(sorts("climate_s3"), 4), np.arange(213), 1e-10)


def test_round_trip_through_json():
    import json

    from qmethod import QSolution

    solution = analyse(sorts("lipset"), 5, extraction="centroid", rotations=[(1, 2, 5.0)])
    values = json.loads(json.dumps(solution.to_dict(), allow_nan=False))
    again = QSolution.from_dict(values)
    assert again.to_dict() == solution.to_dict()
    np.testing.assert_array_equal(again.scores.z_scores, solution.scores.z_scores)


def test_results_are_read_only():
    solution = analyse(sorts("lipset"), 2)
    for array in (solution.loadings, solution.scores.z_scores, solution.data.sorts, solution.contrasts.sed):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 9


@pytest.mark.parametrize("correlation", ["pearson", "spearman", "kendall"])
@pytest.mark.parametrize("extraction", ["pca", "centroid"])
def test_how_an_array_lies_in_memory_does_not_matter_to_the_last_bit(correlation, extraction):
    rows_first = np.ascontiguousarray(sorts("lipset").sorts)
    spaced = np.zeros((66, 18), dtype=float)[::2, ::2]
    spaced[:] = rows_first
    expected = analyse(rows_first, 3, correlation=correlation, extraction=extraction)
    for other in (np.asfortranarray(rows_first), spaced, rows_first.astype(np.int8)):
        found = analyse(other, 3, correlation=correlation, extraction=extraction)
        np.testing.assert_array_equal(found.loadings, expected.loadings)
        np.testing.assert_array_equal(found.scores.z_scores, expected.scores.z_scores)
        np.testing.assert_array_equal(found.sort_sds, expected.sort_sds)
