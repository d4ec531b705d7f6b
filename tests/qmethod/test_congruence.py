"""Tucker's congruence and the one-to-one match of viewpoints."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.matching.congruence import align, align_many, assign, tucker


def test_congruence_by_hand():
    a = np.array([[1.0, 3.0], [2.0, 0.0], [2.0, 4.0]])
    b = np.array([[2.0, 0.0, -1.0], [1.0, 5.0, -2.0], [2.0, 0.0, -2.0]])
    # a1.b1 = 8 of 3 * 3; a1.b2 = 10 of 3 * 5; a1.b3 = -9 of 9; a2.b1 = 14 of 5 * 3; a2.b2 = 0; a2.b3 = -11 of 15
    np.testing.assert_allclose(tucker(a, b), [[8 / 9, 10 / 15, -1], [14 / 15, 0, -11 / 15]], atol=1e-15)


def test_congruence_is_not_centred():
    a = np.array([[1.0], [2.0], [3.0]])
    assert tucker(a, a + 10)[0, 0] == pytest.approx((11 + 24 + 39) / np.sqrt(14 * (121 + 144 + 169)))
    assert tucker(a, 3 * a)[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("nothing", [np.nan, 0.0])
def test_columns_of_nothing_give_nan_and_find_no_match(nothing):
    rng = np.random.default_rng(4)
    reference = rng.standard_normal((12, 3))
    found = reference.copy()
    found[:, 1] = nothing
    assert np.isnan(tucker(found, reference)[1]).all()
    assert np.isfinite(tucker(found, reference)[[0, 2]]).all()
    got = align(found, reference)
    assert got.order.tolist() == [0, -1, 2]
    assert np.isnan(got.apply(found)[:, 1]).all()
    np.testing.assert_array_equal(got.apply(found)[:, [0, 2]], reference[:, [0, 2]])


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_permuted_and_reflected_columns_come_back_exactly(k, seed):
    rng = np.random.default_rng(seed)
    reference = rng.standard_normal((20, k))
    order, signs = rng.permutation(k), rng.choice([-1.0, 1.0], k)
    got = align((reference * signs)[:, order], reference)
    np.testing.assert_array_equal(got.apply((reference * signs)[:, order]), reference)
    np.testing.assert_allclose(got.phi, 1)
    np.testing.assert_array_equal(got.order, np.argsort(order))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_no_other_match_is_better(k, wanted, seed):
    rng = np.random.default_rng(seed)
    # A strong common column makes several columns like the same one best, so that taking the best in turn would go wrong.
    common = 2 * rng.standard_normal((10, 1))
    found, reference = common + rng.standard_normal((10, k)), common + rng.standard_normal((10, wanted))
    got = align(found, reference)
    size = np.abs(tucker(found, reference))
    if k < wanted:
        best = max(sum(size[i, j] for i, j in enumerate(chosen)) for chosen in permutations(range(wanted), k))
    else:
        best = max(sum(size[i, j] for j, i in enumerate(chosen)) for chosen in permutations(range(k), wanted))
    assert np.nansum(got.phi) == pytest.approx(best)
    taken = got.order[got.order >= 0]
    assert len(taken) == min(k, wanted) == len(set(taken.tolist()))


@pytest.mark.parametrize(("k", "wanted"), [(3, 3), (4, 2), (2, 4)])
def test_many_at_once_is_one_after_the_other(k, wanted):
    rng = np.random.default_rng(1)
    reference = rng.standard_normal((9, wanted))
    found = rng.standard_normal((40, 9, k)) + rng.standard_normal((40, 9, 1))
    found[3, 0, 0] = np.nan
    order, signs, phi = align_many(found, reference)
    for b, one in enumerate(found):
        single = align(one, reference)
        np.testing.assert_array_equal(order[b], single.order)
        np.testing.assert_array_equal(signs[b], single.signs)
        np.testing.assert_array_equal(phi[b], single.phi)


def test_a_greedy_match_would_go_wrong():
    """Greedy takes .9 first and is left with .0; the best match gives up .9 for .8 twice."""
    reference = np.eye(3)[:, :2]
    found = np.array([[0.9, 0.8], [0.8, 0.0], [0.0, 0.6]])
    size = np.abs(tucker(found, reference))
    assert size.argmax() == 2  # second of found, first of reference
    got = align(found, reference)
    assert got.order.tolist() == [1, 0]
    unhelpful = align(np.array([[0.9, 0.8], [0.43, 0.0], [0.0, 0.6]]), reference)
    assert unhelpful.order.tolist() == [1, 0]
    assert unhelpful.phi.sum() == pytest.approx(0.8 + 0.43 / np.hypot(0.9, 0.43))


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (6, 6), (4, 6), (7, 3), (3, 8)])
def test_the_best_match_is_that_of_the_hungarian_method(shape):
    from scipy.optimize import linear_sum_assignment

    for seed in range(40):
        size = np.random.default_rng(seed).random(shape)
        rows, columns = assign(size)
        wanted, there = linear_sum_assignment(size, maximize=True)
        assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == sorted(zip(wanted.tolist(), there.tolist(), strict=True))
