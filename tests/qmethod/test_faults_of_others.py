"""Fifteen faults measured in a published web platform for Q studies, each as a test that this engine does not share it."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from qmethod import DataError, Grid, QData, analyse
from tests.references import sorts

GRID = Grid.parse("-4:2,-3:4,-2:4,-1:6,0:8,1:6,2:4,3:4,4:2")


def simulated(m: int, views: int = 4, noise: float = 0.8, seed: int = 1) -> np.ndarray:
    """Forced sorts around viewpoints; shape (40, m)."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((40, max(views, 1)))[:, rng.integers(0, max(views, 1), m)] * (views > 0) + noise * rng.standard_normal((40, m))
    array = np.empty((40, m), dtype=int)
    np.put_along_axis(array, latent.argsort(axis=0), GRID.slots().astype(int)[:, None], axis=0)
    return array


def codes(solution):
    return {notice.code for notice in solution.notices}


@pytest.mark.parametrize("m", [60, 200, 1000])
def test_01_rounding_noise_is_not_counted_as_factors(m):
    """There parallel analysis compared eigenvalues of 0 +- 1e-15; here eigenvalues end at the rank, 39 for 40 statements."""
    eigenvalues = analyse(simulated(m), 4).extraction.eigenvalues
    assert len(eigenvalues) == 39
    assert eigenvalues[-1] > 1e-3


def test_02_a_rotation_by_hand_does_not_depend_on_the_order_of_people():
    """There "30 degrees on 1-2" gave other loadings in 22 of 50 orders of the same 30 sorts."""
    data = QData.from_array(simulated(30))
    whole = analyse(data, 4, rotation="none", rotations=[(1, 2, 30.0)])
    for seed in range(50):
        order = np.random.default_rng(seed).permutation(30)
        shuffled = analyse(data.keep(order), 4, rotation="none", rotations=[(1, 2, 30.0)])
        np.testing.assert_allclose(shuffled.loadings, whole.loadings[order], atol=1e-10)
        np.testing.assert_array_equal(shuffled.flags, whole.flags[order])


def test_03_a_rotation_by_hand_can_follow_varimax():
    before, after = (analyse(sorts("lipset"), 3, rotations=turns) for turns in ((), [(1, 3, 10.0)]))
    turned = before.loadings[:, 0] * np.cos(np.deg2rad(10)) + before.loadings[:, 2] * np.sin(np.deg2rad(10))
    np.testing.assert_allclose(np.abs(after.loadings[:, 0]), np.abs(turned), atol=1e-12)


def test_04_sorts_on_two_factors_can_be_seen():
    """There cross-loaders were 0 by construction."""
    solution = analyse(simulated(60, views=0, noise=1.0), 6, flag_majority=False)
    assert (solution.flags.sum(axis=1) > 1).any()


def test_05_distinguishing_is_per_factor_and_against_all_others():
    """There one significant pair anywhere marked a statement for every factor: 39 of 40 in pure noise."""
    contrasts = analyse(simulated(100, views=0, noise=1.0), 3).contrasts
    anywhere = (~np.isnan(contrasts.levels)).any(axis=1).sum()
    per_factor = (~np.isnan(contrasts.distinguishing)).sum(axis=0)
    assert anywhere > per_factor.max()
    for j in range(3):
        others = [p for p, pair in enumerate(contrasts.pairs) if j not in pair]
        only_elsewhere = ~np.isnan(contrasts.levels[:, others]).all(axis=1) & np.isnan(
            contrasts.levels[:, [p for p in range(3) if p not in others]]
        ).any(axis=1)
        assert np.isnan(contrasts.distinguishing[only_elsewhere, j]).all()


def test_06_an_empty_factor_is_said_to_be_empty():
    """There its array was all 0, every statement became consensus, and nothing was said."""
    solution = analyse(simulated(12, views=1, noise=0.5), 2, rotation="none")
    assert solution.characteristics.n_defining.tolist() == [12, 0]
    assert np.isnan(solution.scores.arrays[:, 1]).all()
    assert not solution.contrasts.consensus.any()
    assert "no-defining-sorts" in codes(solution)


def test_07_arrays_of_unforced_sorts_do_not_copy_whoever_comes_first():
    data = sorts("kr_power_likert").keep(range(20))
    swapped = analyse(data.keep([1, 0, *range(2, 20)]), 2)
    np.testing.assert_array_equal(swapped.scores.arrays, analyse(data, 2).scores.arrays)


def test_08_opponents_are_told_from_members():
    """There negative loaders were listed as members without a sign."""
    solution = analyse(np.column_stack([simulated(9, views=1, noise=0.4), -simulated(9, views=1, noise=0.4)[:, :4]]), 1)
    bipolar = next(notice for notice in solution.notices if notice.code == "bipolar-factor")
    assert bipolar.participants == ("p10", "p11", "p12", "p13")
    assert (solution.loadings[9:, 0] < 0).all()


def test_09_reliability_can_be_observed_and_is_not_a_figure_for_one_sort():
    """There .80 was assumed and .80 was the pass mark, so that one sort passed."""
    solution = analyse(sorts("lipset"), 5, reliability="observed")
    alone = solution.characteristics.n_defining == 1
    assert alone.any()
    assert np.isnan(solution.characteristics.reliability[alone]).all()


def test_10_factors_are_in_order_after_rotation():
    assert (np.diff(analyse(simulated(18), 4).characteristics.eigenvalues) <= 0).all()


def test_11_people_left_out_are_in_the_result():
    array = simulated(10).astype(float)
    array[3, 4] = np.nan
    array[:, 7] = 0
    solution = analyse(array, 2, missing="drop-sort", constant="drop-sort")
    assert [e.participant for e in solution.excluded] == ["p5", "p8"]
    assert next(notice for notice in solution.notices if notice.code == "excluded").participants == ("p5", "p8")


def test_12_nothing_chooses_the_number_of_factors_unasked():
    with pytest.raises(TypeError, match="n_factors"):
        analyse(simulated(20))


def test_13_level_and_reliability_are_choices():
    counts = {level: int(analyse(simulated(40, noise=2.0), 4, flag_level=level).flags.sum()) for level in (0.05, 0.001)}
    assert counts[0.05] > counts[0.001]
    se = [analyse(sorts("lipset"), 3, reliability="fixed", reliability_coefficient=r).characteristics.standard_errors[0] for r in (0.6, 0.8)]
    assert se[0] > se[1]


def test_14_ten_thousand_sorts_need_no_matrix_of_people():
    """There 10,000 sorts took 229 s and 3.9 GB; a matrix of people by people alone takes 0.8 GB."""
    array = simulated(10_000).astype(np.int8)
    tracemalloc.start()
    assert analyse(array, 4).loadings.shape == (10_000, 4)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6


def test_15_a_centroid_that_ends_early_is_an_error_not_a_column_of_zeros():
    view = simulated(1)[:, 0]
    data = np.column_stack([view, view, np.roll(view, 7), np.roll(view, 7)])
    with pytest.raises(DataError, match=r"hold at most 2"):
        analyse(data, 3, extraction="centroid")
