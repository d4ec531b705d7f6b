"""Standard errors of differences, levels, lists: closed forms and an independent library."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from qmethod import PolicyError, QData, analyse
from qmethod.method.contrasts import adjust, descending_differences, relative_ranks
from qmethod.policies import Policies
from tests.references import sorts


@pytest.fixture(scope="module")
def lipset():
    return analyse(sorts("lipset"), 3, reliability="fixed", contrast_errors="normal")


def test_sed_and_its_diagonal(lipset):
    """Three defining sorts each: SE .2773501, SED .3922323, on the diagonal sqrt(2) SE."""
    np.testing.assert_allclose(lipset.contrasts.sed, 0.3922323, atol=5e-8)


def test_p_values_are_two_sided_normal(lipset):
    ratio = np.abs(lipset.contrasts.differences) / 0.392232270276368
    np.testing.assert_allclose(lipset.contrasts.p_values, 2 * stats.norm.sf(ratio), rtol=1e-10)


def test_levels_follow_the_critical_values(lipset):
    """With SED .3922 a difference counts from .769 (.05) and 1.010 (.01)."""
    size = np.abs(lipset.contrasts.differences)
    expected = np.where(size > 1.0103, 0.01, np.where(size > 0.7688, 0.05, np.nan))
    np.testing.assert_array_equal(lipset.contrasts.levels, expected)


def test_distinguishing_means_different_from_every_other_factor(lipset):
    levels, pairs = lipset.contrasts.levels, lipset.contrasts.pairs
    for i in range(33):
        for j in range(3):
            mine = [levels[i, p] for p, pair in enumerate(pairs) if j in pair]
            assert np.array_equal(lipset.contrasts.distinguishing[i, j], np.max(mine), equal_nan=True)


def test_distinguishing_is_not_any_significant_pair(lipset):
    """Any pair at .05 marks 27 of the 33 statements; a statement that distinguishes a viewpoint differs from all others."""
    any_pair = (~np.isnan(lipset.contrasts.levels)).any(axis=1)
    assert any_pair.sum() >= 27
    assert max((~np.isnan(lipset.contrasts.distinguishing)).sum(axis=0)) <= 13


@pytest.mark.parametrize("method", ["holm", "bh"])
def test_corrections_against_scipy_and_written_out(method):
    p = np.random.default_rng(1).uniform(0, 0.2, 40)
    if method == "bh":
        np.testing.assert_allclose(adjust(p, "bh"), stats.false_discovery_control(p), atol=1e-15)
    else:
        order = np.argsort(p)
        expected = np.empty(40)
        running = 0.0
        for step, i in enumerate(order):
            running = max(running, min(1.0, p[i] * (40 - step)))
            expected[i] = running
        np.testing.assert_allclose(adjust(p, "holm"), expected, atol=1e-15)


def test_missing_tests_do_not_count_as_tests():
    p = np.array([[0.01, np.nan], [0.02, np.nan]])
    np.testing.assert_allclose(adjust(p, "holm"), [[0.02, np.nan], [0.02, np.nan]])


def test_correction_only_weakens():
    plain, holm, bh = (analyse(sorts("climate_s3"), 4, contrast_adjust=m).contrasts.levels for m in ("none", "holm", "bh"))
    counts = [int((~np.isnan(levels)).sum()) for levels in (plain, bh, holm)]
    assert counts[0] > counts[1] > counts[2] > 0


def test_equivalence_is_two_one_sided_tests():
    solution = analyse(sorts("climate_s1"), 3, consensus_rule="equivalent", equivalence_margin=1.2, contrast_errors="normal", reliability="fixed")
    sed = np.array([solution.contrasts.sed[pair] for pair in solution.contrasts.pairs])
    low = stats.norm.sf((solution.contrasts.differences + 1.2) / sed)
    high = stats.norm.cdf((solution.contrasts.differences - 1.2) / sed)
    expected = (np.maximum(low, high) < 0.05).all(axis=1)
    np.testing.assert_array_equal(solution.contrasts.consensus, expected)
    assert 0 < expected.sum() < 30


def test_cohens_d_against_its_definition():
    solution = analyse(sorts("climate_s3"), 2, contrast_rule="cohens-d", cohens_d=0.8)
    data = sorts("climate_s3").sorts
    z = (data - data.mean(axis=0)) / data.std(axis=0, ddof=1)
    groups = [z[:, solution.flags[:, j]] * np.sign(solution.loadings[solution.flags[:, j], j]) for j in (0, 1)]
    n = [g.shape[1] for g in groups]
    pooled = np.sqrt(((n[0] - 1) * groups[0].var(axis=1, ddof=1) + (n[1] - 1) * groups[1].var(axis=1, ddof=1)) / (sum(n) - 2))
    expected = (groups[0].mean(axis=1) - groups[1].mean(axis=1)) / pooled
    np.testing.assert_allclose(solution.contrasts.cohens_d[:, 0], expected, atol=1e-10)
    np.testing.assert_array_equal(~np.isnan(solution.contrasts.levels[:, 0]), np.abs(expected) > 0.8)


def test_one_factor_has_no_contrasts_and_no_consensus():
    solution = analyse(sorts("lipset"), 1)
    assert solution.contrasts.pairs == ()
    assert solution.contrasts.differences.shape == (33, 0)
    assert not solution.contrasts.consensus.any()
    assert np.isnan(solution.contrasts.distinguishing).all()


def test_a_factor_nobody_defines_makes_nothing_consensus():
    """Unrotated: all sorts of one camp load on the first factor. With one viewpoint left there is nothing to agree on."""
    solution = analyse(sorts("climate_s1").keep(range(12)), 2, rotation="none", flag_level=1e-6)
    empty = [j for j in range(2) if solution.characteristics.n_defining[j] == 0]
    assert empty, "the example must have an empty factor"
    assert not solution.contrasts.consensus.any()
    assert np.isnan(solution.scores.arrays[:, empty]).all()
    assert np.isnan(solution.characteristics.reliability[empty]).all()
    assert "no-defining-sorts" in {notice.code for notice in solution.notices}


def test_more_than_nine_factors_keep_their_names():
    """R's name matching takes f10 for f1; with twelve factors each statement is still compared factor by factor."""
    solution = analyse(sorts("climate_s3"), 12, contrast_errors="normal", calibration_studies=0, reliability="fixed")
    assert solution.labels == tuple(f"f{j}" for j in range(1, 13))
    assert len(solution.contrasts.pairs) == 66
    assert (~np.isnan(solution.contrasts.distinguishing[:, 0])).any()


def test_twenty_factors_work():
    assert analyse(
        sorts("climate_s1").keep(range(60)), 20, rotation_starts=1, contrast_errors="normal", calibration_studies=0
    ).scores.arrays.shape == (30, 20)


def test_relative_ranks_on_an_asymmetric_grid():
    """Two sorts as two factors: each list can be read off. The top column takes one statement, the bottom column two."""
    a, b = [2, 1, 1, 0, 0, -1, -1], [1, 2, 0, 1, -1, -1, 0]
    data = QData.from_array(np.column_stack([a, a, b, b]))
    solution = analyse(data, 2)
    sheets = relative_ranks(solution)
    assert [len(sheet.highest) for sheet in sheets] == [1, 1]
    assert [len(sheet.lowest) for sheet in sheets] == [2, 2]
    arrays = solution.scores.arrays
    for j, sheet in enumerate(sheets):
        other = arrays[:, 1 - j]
        middle = [i for i in range(7) if i not in sheet.highest + sheet.lowest]
        assert sorted(sheet.higher) == [i for i in middle if arrays[i, j] > other[i]]
        assert sorted(sheet.lower) == [i for i in middle if arrays[i, j] < other[i]]


def test_relative_ranks_are_disjoint_and_skip_undefined_factors():
    solution = analyse(sorts("lipset"), 5, extraction="centroid")
    sheets = relative_ranks(solution)
    assert any(sheet is None for sheet in sheets)
    for sheet in filter(None, sheets):
        lists = [*sheet.highest, *sheet.higher, *sheet.higher_tied, *sheet.lower, *sheet.lower_tied, *sheet.lowest]
        assert len(lists) == len(set(lists))


def test_descending_differences(lipset):
    order = descending_differences(lipset, 1)
    assert sorted(order) == list(range(33))
    assert (np.diff(lipset.contrasts.differences[list(order), 1]) <= 1e-9).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contrast_levels": (0.01, 0.05)}, "must descend"),
        ({"contrast_critical": (1.96,), "contrast_errors": "normal"}, "one value for each"),
        ({"contrast_critical": (1.96, 2.58)}, "choose 'normal' with them"),
        ({"calibration_studies": 9}, "at least 10"),
        ({"contrast_critical": (1.96, 2.58), "contrast_adjust": "holm", "contrast_errors": "normal"}, "cannot be combined"),
        ({"consensus_level": 0.03}, "one of the contrast levels"),
        ({"extracton": "pca"}, "did you mean 'extraction'"),
        ({"extraction": "brown"}, "must be one of pca, centroid"),
        ({"flag_level": 2}, "between"),
        ({"rotation_starts": 1.5}, "whole number"),
        ({"kaiser": "yes"}, "True or False"),
        ({"contrast_levels": "abc"}, "list of numbers"),
    ],
)
def test_policy_errors_say_what_is_possible(changes, message):
    with pytest.raises(PolicyError, match=message):
        Policies.preset("standard", **changes)


def test_unknown_preset():
    with pytest.raises(PolicyError, match="standard, qmethod-r, kade"):
        Policies.preset("pqmethod")


@pytest.mark.parametrize("preset", ["standard", "qmethod-r", "kade"])
def test_policies_round_trip(preset):
    policies = Policies.preset(preset, extraction="centroid")
    assert Policies.from_dict(policies.to_dict()) == policies
