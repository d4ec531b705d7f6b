"""Rotation against independent referees: factor_analyzer's Rotator, brute force, closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qmethod import DataError, PolicyError
from qmethod.method.oblique import promax
from qmethod.method.planar import criteria, from_moments, from_rows, moments, one_by_one, planar, side_by_side
from qmethod.method.r_varimax import r_varimax
from qmethod.method.rotation import criterion, gamma, kaiser_rows, rotate, turn_by_hand
from qmethod.policies import Policies
from tests.plain import analyse
from tests.references import SETS, sorts


def random_loadings(seed: int, m: int = 30, k: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loadings = rng.standard_normal((m, k)) * rng.uniform(0.1, 1.0, k)
    return loadings / np.sqrt((loadings**2).sum(axis=1, keepdims=True)) * rng.uniform(0.3, 0.95, (m, 1))


@pytest.fixture(scope="module")
def rotator():
    from factor_analyzer.rotator import Rotator

    return Rotator


@pytest.mark.parametrize("k", [2, 3, 5])
def test_r_varimax_equals_factor_analyzer_and_converged_criterion_is_never_below(rotator, k):
    """factor_analyzer's Rotator equals R 4.2.2's varimax with eps 1e-5 to 5e-15."""
    for seed in range(67):
        loadings = random_loadings(seed, k=k)
        theirs = rotator(method="varimax").fit_transform(loadings)
        stopped, _ = rotate(loadings, Policies.preset("standard", rotation_stop="r-1e-5"))
        np.testing.assert_allclose(loadings @ stopped.matrix, theirs, atol=1e-10)
        ours, _ = rotate(loadings, Policies())
        assert ours.converged
        assert ours.criterion >= criterion(kaiser_rows(theirs), 1.0) - 1e-14
        assert ours.criterion == pytest.approx(criterion(kaiser_rows(loadings) @ ours.matrix, 1.0), abs=1e-12)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("k", [2, 3, 4, 5, 8])
def test_criterion_on_real_sorts_is_never_below_factor_analyzer(rotator, name, k):
    solution = analyse(sorts(name), k)
    theirs = rotator(method="varimax").fit_transform(solution.extraction.loadings)
    assert solution.rotation.criterion >= criterion(kaiser_rows(theirs), 1.0) - 1e-14


@pytest.mark.parametrize("rotation", ["varimax", "quartimax", "equamax"])
@pytest.mark.parametrize("kaiser", [True, False])
def test_two_factors_against_a_search_over_all_angles(rotation, kaiser):
    for seed in range(20):
        loadings = random_loadings(seed, m=12, k=2)
        rows = kaiser_rows(loadings) if kaiser else loadings
        weight = gamma(rotation, 2)
        angles = np.linspace(0, np.pi / 2, 20001)
        searched = max(criterion(rows @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]), weight) for a in angles[::40])
        ours, _ = rotate(loadings, Policies.preset("standard", rotation=rotation, kaiser=kaiser))
        assert ours.criterion >= searched - 1e-12


def test_quartimax_equals_factor_analyzer_s(rotator):
    for seed in range(10):
        loadings = random_loadings(seed)
        theirs = rotator(method="quartimax").fit_transform(loadings)
        ours, _ = rotate(loadings, Policies.preset("standard", rotation="quartimax", kaiser=False))
        assert ours.criterion >= criterion(theirs, 0.0) - 1e-12


def test_equamax_differs_from_quartimax():
    """factor_analyzer's equamax is quartimax; ours is not."""
    loadings = random_loadings(1)
    turned = {name: rotate(loadings, Policies.preset("standard", rotation=name))[0].matrix for name in ("quartimax", "equamax")}
    assert np.abs(np.abs(turned["quartimax"]) - np.abs(turned["equamax"])).max() > 0.01


def test_balanced_camps_leave_the_stationary_point():
    """Loadings (a, a) and (a, -a) are a stationary point where R's iteration stays; the planar rotation leaves it."""
    loadings = np.array([[0.5, 0.5]] * 6 + [[0.5, -0.5]] * 6)
    stuck, _, _ = r_varimax(kaiser_rows(loadings), 1e-5)
    np.testing.assert_allclose(np.abs(stuck), np.eye(2), atol=1e-12)
    ours, _ = rotate(loadings, Policies())
    np.testing.assert_allclose(np.sort(np.abs(loadings @ ours.matrix), axis=1), [[0, np.sqrt(0.5)]] * 12, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(float, st.tuples(st.integers(2, 15), st.integers(2, 4)), elements=st.floats(-0.9, 0.9)))
def test_rotation_is_orthogonal_and_keeps_communalities(loadings):
    ours, _ = rotate(loadings, Policies())
    np.testing.assert_allclose(ours.matrix.T @ ours.matrix, np.eye(loadings.shape[1]), atol=1e-12)
    np.testing.assert_allclose(((loadings @ ours.matrix) ** 2).sum(axis=1), (loadings**2).sum(axis=1), atol=1e-12)


def test_moments_in_blocks_equal_moments_at_once(monkeypatch):
    loadings = random_loadings(3, m=101)
    whole = moments(loadings)
    monkeypatch.setattr("qmethod.blocks.BLOCK_CELLS", 160)
    for a, b in zip(whole, moments(loadings), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 20])
def test_schedules_hold_each_pair_once_and_rounds_are_disjoint(k):
    for schedule in (one_by_one(k), side_by_side(k)):
        pairs = [pair for step in schedule for pair in zip(*step, strict=True)]
        assert sorted(pairs) == [(p, q) for p in range(k) for q in range(p + 1, k)]
        assert all(len({*p, *q}) == len(p) + len(q) for p, q in schedule)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 20])
def test_kaiser_s_order_is_kept_among_the_pairs_that_share_a_factor(k):
    in_turn = [(p, q) for p in range(k) for q in range(p + 1, k)]
    placed = {pair: number for number, step in enumerate(one_by_one(k)) for pair in zip(*step, strict=True)}
    for i, pair in enumerate(in_turn):
        assert all(placed[pair] < placed[later] for later in in_turn[i + 1 :] if set(pair) & set(later))


@pytest.mark.parametrize("make", [from_rows, lambda rows: from_moments(*moments(rows))])
def test_means_are_those_of_the_rotated_loadings(make):
    loadings = random_loadings(4, m=50)
    axes, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((6, 4, 4)))
    pairs = axes[:, :, 0] + 1j * axes[:, :, 1]
    means, rotated = make(loadings), pairs @ loadings.T
    squares, fourths = means.of(pairs)
    np.testing.assert_allclose(squares, (rotated**2).mean(axis=1), atol=1e-14)
    np.testing.assert_allclose(fourths, (rotated**4).mean(axis=1), atol=1e-14)
    np.testing.assert_allclose(means.sizes(pairs), (np.abs(rotated) ** 4).mean(axis=1), atol=1e-14)
    assert (means.sizes(pairs) <= means.most).all()
    np.testing.assert_allclose(criteria(means, axes, 0.7), [criterion(loadings @ one, 0.7) for one in axes], atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.sampled_from([0.0, 1.0, 1.5]))
def test_a_start_among_many_comes_to_where_it_comes_alone_and_where_the_search_by_angles_comes(seed, k, weight):
    """Alone Python reckons with single numbers, among others numpy with all; and a plain search over angles takes the same turns."""
    loadings = random_loadings(seed, m=25, k=k)
    starts, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, k, k)))
    means = from_rows(loadings)
    together, sweeps, _ = planar(means, starts, weight, 1e-5, one_by_one(k))
    for start, found, taken in zip(starts, together, sweeps, strict=True):
        alone, again, _ = planar(means, start[None], weight, 1e-5, one_by_one(k))
        np.testing.assert_allclose(alone[0], found, atol=1e-9)
        assert again[0] == taken
        np.testing.assert_allclose(searched(loadings, start, weight, int(taken)), found, atol=1e-7)


def searched(loadings, start, weight, sweeps):
    """Kaiser's sweeps, each angle found from the criterion at five angles alone: it is a constant and a wave of four times the angle."""
    matrix, k = start.copy(), start.shape[0]
    for _ in range(sweeps):
        for p in range(k - 1):
            for q in range(p + 1, k):
                steps = np.arange(5) * np.pi / 10
                plane = matrix[:, [p, q]]
                turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in steps]
                wave = np.array([criterion(loadings @ plane @ turn, weight) for turn in turns])
                whole = (wave * np.exp(4j * steps)).sum()
                angle = np.angle(whole) / 4
                matrix[:, [p, q]] = plane @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return matrix


@pytest.mark.parametrize(("seed", "better"), [(114, True), (172, True), (272, True), (233, False), (301, False)])
def test_several_starts_find_the_best_of_several_optima(seed, better):
    """Loadings on which varimax has several optima; the unrotated position leads to the best of them in some, not in others."""
    loadings = random_loadings(seed, m=8)
    once, _ = rotate(loadings, Policies.preset("standard", rotation_starts=1))
    often, notices = rotate(loadings, Policies())
    assert [notice.code for notice in notices] == ["local-optima"]
    assert often.n_local_optima > 1
    if better:
        assert often.criterion > once.criterion + 1e-3
    else:  # then the solution is the one found from the unrotated position, not another of the same criterion
        np.testing.assert_allclose(often.matrix, once.matrix, atol=1e-9)


def test_a_sort_that_loads_on_nothing_stays_at_nothing():
    loadings = np.vstack([random_loadings(1), np.zeros((1, 4))])
    ours, _ = rotate(loadings, Policies())
    np.testing.assert_array_equal((loadings @ ours.matrix)[-1], 0)


def test_rounding_in_place_of_a_loading_has_no_weight():
    """A sort whose loadings are 1e-17 would, scaled to length 1, pull as hard as any other."""
    rounding = np.vstack([random_loadings(1), np.full((1, 4), 1e-17)])
    nothing = np.vstack([random_loadings(1), np.zeros((1, 4))])
    np.testing.assert_allclose(rotate(rounding, Policies())[0].matrix, rotate(nothing, Policies())[0].matrix, atol=1e-12)


def test_target_is_the_procrustes_solution_and_free_entries_do_not_pull():
    loadings = random_loadings(5, k=3)
    wanted, _ = np.linalg.qr(np.random.default_rng(7).standard_normal((3, 3)))
    found, _ = rotate(loadings, Policies.preset("standard", rotation="target"), loadings @ wanted)
    np.testing.assert_allclose(found.matrix, wanted, atol=1e-12)
    partial = np.where(np.random.default_rng(8).random((30, 3)) < 0.4, np.nan, loadings @ wanted)
    found, _ = rotate(loadings, Policies.preset("standard", rotation="target"), partial)
    np.testing.assert_allclose(found.matrix, wanted, atol=1e-6)


def test_target_errors():
    loadings = random_loadings(5, k=3)
    target = Policies.preset("standard", rotation="target")
    with pytest.raises(PolicyError, match="needs a target"):
        rotate(loadings, target)
    with pytest.raises(PolicyError, match="no other rotation takes one"):
        rotate(loadings, Policies(), loadings)
    with pytest.raises(PolicyError, match="shape"):
        rotate(loadings, target, loadings[:5])
    with pytest.raises(PolicyError, match="free everywhere"):
        rotate(loadings, target, np.full((30, 3), np.nan))
    with pytest.raises(DataError, match="does not settle"):
        rotate(loadings, target, np.zeros((30, 3)))


def test_by_hand_matrix_and_composition():
    """new first = cos * first + sin * second; two turns of one plane add up."""
    matrix, record = turn_by_hand(3, [(1, 2, 30.0)])
    expected = [[np.sqrt(3) / 2, -0.5, 0], [0.5, np.sqrt(3) / 2, 0], [0, 0, 1]]
    np.testing.assert_allclose(matrix, expected, atol=1e-15)
    np.testing.assert_allclose(record[0].matrix, np.array(expected)[:2, :2], atol=1e-15)
    twice, _ = turn_by_hand(3, [(1, 2, 10.0), (1, 2, 20.0)])
    np.testing.assert_allclose(twice, matrix, atol=1e-15)
    backwards, _ = turn_by_hand(3, [(2, 1, -30.0)])
    np.testing.assert_allclose(backwards, matrix, atol=1e-15)


@pytest.mark.parametrize("turn", [(1, 1, 10.0), (0, 1, 10.0), (1, 4, 10.0), (1, 2, float("nan"))])
def test_by_hand_errors(turn):
    with pytest.raises(PolicyError, match="`rotations`"):
        turn_by_hand(3, [turn])


def test_by_hand_after_varimax_is_replayed_on_the_reported_axes():
    before = analyse(sorts("climate_s3"), 3)
    after = analyse(sorts("climate_s3"), 3, rotations=[(1, 2, 25.0)])
    cos, sin = np.cos(np.deg2rad(25)), np.sin(np.deg2rad(25))
    first, second, third = before.loadings.T
    expected = np.column_stack([cos * first + sin * second, -sin * first + cos * second, third])
    signs = np.where(after.rotation.reflected, -1, 1)
    np.testing.assert_allclose(after.loadings, expected * signs, atol=1e-12)
    np.testing.assert_allclose(after.extraction.loadings @ after.rotation.matrix, after.loadings, atol=1e-12)


@pytest.mark.parametrize("rotation", ["promax", "oblimin"])
@pytest.mark.parametrize("kind", ["structure", "pattern"])
def test_oblique_rotations_reproduce_the_correlations(rotation, kind):
    solution = analyse(sorts("lipset"), 3, rotation=rotation, oblique_loadings=kind)
    pattern, phi = solution.rotation.pattern, solution.rotation.phi
    unrotated = solution.extraction.loadings
    np.testing.assert_allclose(pattern @ phi @ pattern.T, unrotated @ unrotated.T, atol=1e-8)
    np.testing.assert_allclose(unrotated @ solution.rotation.matrix, pattern, atol=1e-8)
    np.testing.assert_allclose(solution.loadings, pattern @ phi if kind == "structure" else pattern, atol=1e-12)
    np.testing.assert_allclose(solution.communalities, (unrotated**2).sum(axis=1), atol=1e-8)
    np.testing.assert_allclose(np.diag(phi), 1, atol=1e-12)
    assert np.abs(phi - np.eye(3)).max() > 1e-3


def test_promax_is_a_regression_on_powers_of_varimax():
    """Hendrickson and White (1964): least squares fit of varimax loadings to their fourth powers, columns scaled to unit factor variances."""
    unrotated = analyse(sorts("climate_s3"), 3, rotation="none").extraction.loadings
    for kaiser in (True, False):
        length = np.sqrt((unrotated**2).sum(axis=1, keepdims=True)) if kaiser else 1.0
        varimax = rotate(unrotated, Policies.preset("standard", kaiser=kaiser))[0].matrix
        rows = unrotated / length @ varimax
        fit = np.linalg.lstsq(rows, rows * np.abs(rows) ** 3, rcond=None)[0]
        fit *= np.sqrt(np.diag(np.linalg.inv(fit.T @ fit)))
        ours = analyse(sorts("climate_s3"), 3, rotation="promax", kaiser=kaiser, oblique_loadings="pattern").loadings
        expected = rows @ fit * length
        agreement = np.abs(ours.T @ expected) / np.outer(np.linalg.norm(ours, axis=0), np.linalg.norm(expected, axis=0))
        np.testing.assert_allclose(agreement.max(axis=0), 1, atol=1e-8)
        np.testing.assert_allclose(
            np.sort(np.linalg.norm(ours, axis=0)), np.sort(np.linalg.norm(expected, axis=0)), atol=5e-4
        )  # its varimax stops early


def test_kaiser_normalisation_is_heeded_by_oblimin_too():
    with_it, without = (analyse(sorts("lipset"), 3, rotation="oblimin", kaiser=kaiser).loadings for kaiser in (True, False))
    assert np.abs(np.abs(with_it) - np.abs(without)).max() > 1e-3


def test_oblique_limits():
    with pytest.raises(PolicyError, match="orthogonal rotations only"):
        analyse(sorts("lipset"), 3, rotation="promax", rotations=[(1, 2, 10)])
    loadings = np.vstack([random_loadings(1), np.zeros((1, 4))])
    with pytest.raises(DataError, match="loads on none"):
        rotate(loadings, Policies.preset("standard", rotation="promax"))
    with pytest.raises(PolicyError, match="rotation 'varimax' only"):
        rotate(random_loadings(1), Policies.preset("standard", rotation="quartimax", rotation_stop="r-1e-5"))


def test_planar_says_when_it_has_not_settled(monkeypatch):
    monkeypatch.setattr("qmethod.method.planar.MAX_SWEEPS", 1)
    _, sweeps, settled = planar(from_rows(kaiser_rows(random_loadings(1))), np.eye(4)[None], 1.0, 1e-12, one_by_one(4))
    assert not settled[0]
    assert sweeps[0] == 1
    turned, notices = rotate(random_loadings(1), Policies())
    assert not turned.converged
    assert "not-converged" in {notice.code for notice in notices}


@pytest.mark.parametrize("k", [2, 3, 5])
def test_promax_equals_factor_analyzer_s(rotator, k):
    for seed in range(10):
        loadings = random_loadings(seed, k=k)
        theirs = rotator(method="promax", normalize=False, tol=1e-14, max_iter=1000)
        pattern = theirs.fit_transform(loadings)
        ours, phi = promax(loadings, 1000)
        np.testing.assert_allclose(ours, pattern, atol=1e-4)  # its varimax ends where its criterion no longer grows
        np.testing.assert_allclose(phi, theirs.phi_, atol=1e-4)


def test_moments_of_scaled_rows_need_no_copy_of_them_all():
    loadings = random_loadings(3, m=40_000)
    for a, b in zip(moments(loadings, kaiser_rows), moments(kaiser_rows(loadings)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)
