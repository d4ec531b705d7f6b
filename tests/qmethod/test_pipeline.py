"""`analyse` as its users call it, and what it does with data that are not as they should be."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import qmethod
from qmethod import DataError, ManualFlag, Policies, PolicyError, QData, analyse
from tests.references import sorts

LIPSET = sorts("lipset")


def codes(solution):
    return {notice.code for notice in solution.notices}


def with_hole(i: int, j: int) -> QData:
    array = LIPSET.sorts.astype(float)
    array[i, j] = np.nan
    return QData.from_array(array, statements=LIPSET.statements, participants=LIPSET.participants)


def test_missing_placements_are_refused_by_name():
    with pytest.raises(DataError, match=r"a placement is missing \(participant US3, statement sta_5\)") as caught:
        analyse(with_hole(4, 2), 2)
    assert 'missing="drop-sort"' in str(caught.value)


def test_missing_placements_can_drop_the_sort_and_the_result_says_whom():
    solution = analyse(with_hole(4, 2), 2, missing="drop-sort")
    assert [(e.participant, e.reason) for e in solution.excluded] == [("US3", "no placement for 1 of 33 statements")]
    assert "US3" not in solution.data.participants
    assert "excluded" in codes(solution)
    expected = analyse(LIPSET.keep([0, 1, 3, 4, 5, 6, 7, 8]), 2)
    np.testing.assert_allclose(solution.loadings, expected.loadings, atol=1e-12)


def test_constant_sorts_are_refused_or_dropped_by_name():
    array = LIPSET.sorts.copy()
    array[:, 1] = array[:, 5] = 3
    data = QData.from_array(array, participants=LIPSET.participants)
    with pytest.raises(DataError, match="participant US2") as caught:
        analyse(data, 2)
    assert "CA6" in str(caught.value)
    assert [e.participant for e in analyse(data, 2, constant="drop-sort").excluded] == ["US2", "CA6"]


def test_all_faults_are_told_at_once():
    array = LIPSET.sorts.astype(float)
    array[0, 0], array[:, 1] = np.nan, 1
    with pytest.raises(DataError) as caught:
        analyse(array, 2)
    assert [fault.participant for fault in caught.value.faults] == ["p1", "p2"]


@pytest.mark.parametrize("array", [np.ones((5, 1)), [[1], [2]], [1, 2, 3], [["a", "b"], ["c", "d"]], [[1, 2]]])
def test_arrays_that_hold_no_study(array):
    with pytest.raises(DataError):
        analyse(array, 1)


def test_infinite_placements_are_named():
    array = LIPSET.sorts.astype(float)
    array[3, 2] = np.inf
    with pytest.raises(DataError, match="participant p3, statement s4"):
        analyse(array, 2)


def test_two_sorts_one_factor_is_enough():
    solution = analyse(LIPSET.sorts[:, :2], 1)
    r = np.corrcoef(LIPSET.sorts[:, :2], rowvar=False)[0, 1]
    np.testing.assert_allclose(solution.loadings[:, 0], np.sqrt((1 + r) / 2), atol=1e-12)


def test_identical_sorts_give_their_own_array():
    """Loadings of exactly 1: the weight has no value there, the viewpoint is the sort itself."""
    solution = analyse(np.repeat(LIPSET.sorts[:, :1], 3, axis=1), 1)
    np.testing.assert_array_equal(solution.scores.arrays[:, 0], LIPSET.sorts[:, 0])
    assert {"loading-of-one", "duplicate-sorts"} <= codes(solution)


def test_a_single_defining_sort_is_that_sort_turned_as_it_loads():
    flags = [ManualFlag("JP5", "f1", True, "trial")]
    solution = analyse(LIPSET, 3, flags=flags, flagging="none", reliability="fixed")
    assert solution.loadings[4, 0] > 0  # reflected towards its only defining sort
    np.testing.assert_array_equal(solution.scores.arrays[:, 0], LIPSET.sorts[:, 4])
    assert {"one-defining-sort", "no-defining-sorts"} <= codes(solution)
    assert solution.characteristics.standard_errors[0] == pytest.approx(0.447214, abs=1e-6)


def test_opposite_sorts_agree_once_turned_round():
    view = np.array([2, 1, 0, -1, -2])
    solution = analyse(np.column_stack([view, -view]), 1)
    np.testing.assert_array_equal(solution.scores.arrays[:, 0], view)
    assert "bipolar-factor" in codes(solution)


def test_manual_flags_act_and_are_recorded():
    automatic = analyse(LIPSET, 3)
    flags = [ManualFlag("US1", "f2", False, "interview: misunderstood the instruction"), ManualFlag("FR9", "f1", True, "wanted")]
    manual = analyse(LIPSET, 3, flags=flags)
    assert automatic.flags[0, 1]
    assert not manual.flags[0, 1]
    assert manual.flags[8, 0]
    assert manual.manual_flags == tuple(flags)


def test_faults_in_manual_flags_are_named_all_at_once():
    flags = [
        ManualFlag("nobody", "f1", True, "x"),
        ManualFlag("US1", "f9", True, "x"),
        ManualFlag("US2", "f1", True, " "),
        ManualFlag("US3", "f1", True, "x"),
        ManualFlag("US3", "f1", False, "y"),
    ]
    with pytest.raises(DataError) as caught:
        analyse(LIPSET, 3, flags=flags)
    text = str(caught.value)
    for part in ("nobody", "'f9'", "no reason", "two flags for f1"):
        assert part in text


@pytest.mark.parametrize("bipolar", ["keep", "leave-out", "split"])
def test_bipolar_factors(bipolar):
    """JP5 loads -.83 on the first factor of lipset."""
    solution = analyse(LIPSET, 3, bipolar=bipolar)
    jp5 = LIPSET.participants.index("JP5")
    if bipolar == "keep":
        assert solution.flags[jp5, 0]
        assert any(n.code == "bipolar-factor" and n.participants == ("JP5",) for n in solution.notices)
    elif bipolar == "leave-out":
        assert not solution.flags[jp5].any()
        assert any(n.code == "negative-left-out" and "JP5" in n.participants for n in solution.notices)
    else:
        poles = [f for f in solution.factors if f.pole == "negative"]
        assert [f.label for f in poles] == ["f4", "f5"]
        own = poles[[f.source for f in poles].index(0)]
        column = solution.labels.index(own.label)
        assert solution.flags[jp5, column]
        np.testing.assert_array_equal(solution.loadings[:, column], -solution.loadings[:, 0])
        np.testing.assert_array_equal(solution.scores.arrays[:, column], LIPSET.sorts[:, jp5])
        together = solution.characteristics.eigenvalues[[0, column]].sum()
        assert together == pytest.approx((solution.rotation.loadings[:, 0] ** 2).sum())
        assert solution.contrasts.differences.shape[1] == 10


def test_factors_come_in_descending_order_after_rotation():
    for k in (2, 3, 4, 5, 8):
        sums = analyse(LIPSET, k).characteristics.eigenvalues
        assert (np.diff(sums) <= 1e-12).all()


def test_people_left_out_and_every_choice_are_in_the_result():
    solution = analyse(with_hole(4, 2), 2, missing="drop-sort", flag_level=0.01, reliability_coefficient=0.7)
    values = solution.to_dict()
    assert values["excluded"][0]["participant"] == "US3"
    assert values["policies"]["flag_level"] == 0.01
    assert solution.policies.flag_critical == 2.576
    assert values["policies"]["reliability_coefficient"] == 0.7
    assert dict(solution.versions)["qmethod"] == qmethod.__version__


def test_flag_level_and_rules_can_be_chosen():
    counts = [analyse(sorts("climate_s3"), 4, flag_level=level).flags.sum() for level in (0.05, 0.01, 0.0001)]
    assert counts[0] > counts[1] > counts[2]
    both = analyse(sorts("climate_s3"), 4, flag_majority=False).flags
    assert (both.sum(axis=1) > 1).any()  # a sort may define two factors when the majority rule is off
    assert (analyse(sorts("climate_s3"), 4).flags.sum(axis=1) <= 1).all()
    alone = analyse(LIPSET, 4, extraction="centroid", flag_significance=False).flags
    assert alone.sum() > analyse(LIPSET, 4, extraction="centroid").flags.sum()


def test_policies_at_once_or_one_by_one():
    policies = Policies.preset("kade", extraction="centroid")
    a, b = analyse(LIPSET, 3, policies=policies), analyse(LIPSET, 3, preset="kade", extraction="centroid")
    np.testing.assert_array_equal(a.loadings, b.loadings)
    assert a.policies == b.policies
    with pytest.raises(PolicyError, match="not both"):
        analyse(LIPSET, 3, policies=policies, extraction="pca")


def test_no_matrix_of_sorts_by_sorts():
    """20,000 sorts: their correlation matrix alone would take 3.2 GB."""
    rng = np.random.default_rng(1)
    array = rng.permuted(np.tile(LIPSET.grid.slots().astype(np.int8)[:, None], (1, 20_000)), axis=0)
    tracemalloc.start()
    analyse(array, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6


def test_progress_names_the_steps():
    steps = []
    analyse(LIPSET, 2, progress=steps.append)
    assert steps[0] == "checking the sorts"
    assert len(steps) == 6


def test_importing_the_core_is_light():
    """No scipy, pandas, scikit-learn or factor_analyzer at import time."""
    import subprocess
    import sys

    code = "import sys, qmethod; print([m for m in ('scipy', 'pandas', 'sklearn', 'factor_analyzer') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
