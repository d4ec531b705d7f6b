"""Sentences follow the policies and never say more than the figures."""

from __future__ import annotations

import math

import pytest

import qmethod
from qmethod.policies import describe
from qmethod_analysis.words import narrative
from qmethod_analysis.words.labels import place
from tests.references import sorts


def methods(**overrides: object) -> str:
    return " ".join(narrative.methods(qmethod.analyse(sorts("lipset"), 3, **overrides)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("correlation", narrative.CORRELATION),
        ("extraction", narrative.EXTRACTION),
        ("reflection", narrative.REFLECTION),
        ("bipolar", narrative.BIPOLAR),
        ("contrast_adjust", narrative.ADJUST),
    ],
)
def test_every_choice_has_words(name: str, words: dict[str, str]):
    policy = next(policy for policy in describe() if policy["name"] == name)
    assert set(words) == set(policy["choices"])


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({}, "by Pearson's r, and 3 factors extracted by principal components"),
        ({}, "varimax with Kaiser normalisation, run to convergence"),
        ({}, "1.960/√33 = 0.341 in size (two-sided p < 0.05)"),
        ({"contrast_errors": "normal"}, "1.960 at p < 0.05 and 2.576 at p < 0.01"),
        ({}, "These numbers were measured in 150 studies drawn from the solution with seed 1"),
        (
            {"extraction": "centroid", "preset": "kade"},
            "by the centroid method (Brown), with sorts turned round one by one, the one that disagrees most first.",
        ),
        ({"extraction": "centroid", "rotation": "none"}, "make each factor largest, of many starts. The factors were not rotated by any criterion."),
        ({"kaiser": False}, "varimax without Kaiser normalisation"),
        ({"rotation": "promax"}, "correlations with the factors (structure)"),
        (
            {"rotations": [(1, 2, 12.5), (2, 3, -30)]},
            "factor 2 towards factor 3 by −30° (new factor 2 = 0.8660 × factor 2 + −0.5000 × factor 3; "
            "new factor 3 = 0.5000 × factor 2 + 0.8660 × factor 3).",
        ),
        ({"flag_majority": False, "flag_level": 0.01}, "2.576/√33 = 0.448 in size (two-sided p < 0.01)."),
        ({"flag_majority": False, "flag_significance": False}, "both flagging rules are off"),
        ({"bipolar": "split"}, "its poles are reported as two viewpoints"),
        ({"reliability": "observed"}, "takes the mean correlation between the defining sorts"),
        ({"reliability": "fixed", "reliability_coefficient": 0.7}, "correlates 0.70 with itself"),
        ({"contrast_rule": "cohens-d"}, "more than 0.8 pooled standard deviations"),
        ({"contrast_adjust": "holm"}, "corrected by Holm's method"),
        ({"consensus_rule": "equivalent"}, "lie within 0.5 z-score units"),
        ({"preset": "kade"}, "reaches the critical number of SEDs (1.960 at p < 0.05 and 2.575 at p < 0.01)"),
        ({"preset": "kade"}, "no pair of viewpoints differs on it at p < 0.01"),
        ({"order": "extraction", "reflection": "none"}, "in the order they were extracted; no factor was turned round"),
        ({"weighting": "raw", "z_sd": "n"}, "the sorts as they are that define a factor, with weights l/(1 − l²), standardised with the n standard"),
    ],
)
def test_methods_follow_the_policies(overrides: dict[str, object], said: str):
    assert said in methods(**overrides)


def test_one_factor_has_nothing_to_contrast():
    said = " ".join(narrative.methods(qmethod.analyse(sorts("lipset"), 1)))
    assert "The factor was not rotated." in said
    assert "With one viewpoint there is nothing to contrast." in said


def test_free_sorts_are_called_free():
    said = " ".join(narrative.methods(qmethod.analyse(sorts("kr_power_likert"), 2)))
    assert "the sorts, which do not all share one" in said


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(1.005, 1, "1.0"), (-0.5, 2, "−0.50"), (-0.001, 2, "0.00"), (math.nan, 2, "–"), (12.0, 0, "12")]
)
def test_decimal(value: float, digits: int, text: str):
    assert narrative.decimal(value, digits) == text


def test_joined():
    assert narrative.joined([]) == ""
    assert narrative.joined(["a"]) == "a"
    assert narrative.joined(["a", "b", "c"]) == "a, b and c"


def test_places_carry_signs_only_where_the_grid_has_both():
    both, positive = qmethod.analyse(sorts("lipset"), 1), qmethod.analyse(sorts("kr_power_likert"), 1)
    assert [place(both, value) for value in (4, 0, -2, 1.5, math.nan)] == ["+4", "0", "−2", "+1.5", "–"]
    assert place(positive, 7) == "7"


def test_no_more_is_said_of_what_is_alike_than_the_rule_can_say():
    """Not to find a difference is no agreement, no statement alike is a difference on each, and nothing compared is neither."""
    lipset = sorts("lipset")
    some = qmethod.analyse(lipset, 2)
    n = int(some.contrasts.consensus.sum())
    assert n > 1
    assert narrative.found_alike(some, n) == f"On {n} statements no difference between viewpoints was found."
    shown = qmethod.analyse(lipset, 2, consensus_rule="equivalent", equivalence_margin=0.01)
    assert not shown.contrasts.consensus.any()
    assert narrative.found_alike(shown, 0) == "On no statement were all viewpoints shown to be alike."
    flags = [qmethod.ManualFlag(lipset.participants[i], f"f{i + 1}", True, "alone") for i in (0, 1)]
    lone = qmethod.analyse(lipset, 2, flagging="none", flags=flags)
    assert not lone.contrasts.consensus.any()
    assert narrative.found_alike(lone, 0) == "The viewpoints could not be compared statement by statement."
    apart = qmethod.analyse(lipset, 2, contrast_rule="cohens-d", cohens_d=0.0)
    assert not apart.contrasts.consensus.any()
    assert narrative.found_alike(apart, 0) == "On every statement a difference between viewpoints was found."
