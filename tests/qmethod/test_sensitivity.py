"""The multiverse: against analyses done one by one and matched by trying every order, on planted viewpoints, and where choices fail."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod import Grid, PolicyError, analyse
from qmethod.matching.multiverse import Choice, choices, flag_rule, multiverse, room
from qmethod.method import pipeline
from qmethod.method.scores import fill
from qmethod.simulation import simulate

GRID = Grid((-3, -2, -1, 0, 1, 2, 3), (2, 3, 4, 6, 4, 3, 2))
OWN = Choice(3, "pca", "varimax", ".05+majority")


def planted(seed=1, k=3, each=8, loadings=(0.85, 0.95)):
    rng = np.random.default_rng(seed)
    return simulate(rng.standard_normal((24, k)), GRID, (each,) * k, rng, loadings=loadings).data


def test_a_solution_holds_all_its_own_conclusions_under_its_own_choices():
    reference = analyse(planted(), 3)
    made = multiverse(reference, [OWN])
    np.testing.assert_allclose(made.analyses[0].phi, 1, atol=1e-12)
    np.testing.assert_array_equal(made.analyses[0].arrays, reference.scores.arrays)
    assert {(one.n_held, one.n_counted) for one in made.conclusions} == {(1, 1)}
    kinds = Counter(one.kind for one in made.conclusions)
    assert kinds["found"] == 3
    assert kinds["found-with-fewer"] == 0
    assert kinds["highest"] == kinds["lowest"] == 3 * 2
    assert kinds["defining"] == reference.flags.sum()
    assert kinds["distinguishing"] == np.count_nonzero(reference.contrasts.distinguishing <= 0.05)
    assert kinds["consensus"] == reference.contrasts.consensus.sum()


def test_differences_count_in_all_analyses_from_where_they_count_in_the_reference():
    reference = analyse(planted(2, loadings=(0.5, 0.8)), 3)
    choice = Choice(3, "paf", "varimax", ".05+majority")
    one = multiverse(reference, [choice]).analyses[0]
    again = analyse(reference.data, 3, extraction="paf", contrast_errors="normal", contrast_critical=reference.contrasts.critical)
    assert (~np.isnan(again.contrasts.distinguishing)).any()
    match = np.abs(np.corrcoef(again.scores.z_scores, one.z_scores, rowvar=False)[:3, 3:]).argmax(axis=0)
    np.testing.assert_array_equal(one.distinguishing, again.contrasts.distinguishing[:, match] <= 0.05)
    np.testing.assert_array_equal(one.consensus, again.contrasts.consensus)


@pytest.mark.parametrize(
    "choice", [Choice(2, "centroid", "quartimax", ".01+majority"), Choice(3, "paf", "promax", ".05"), Choice(4, "pca", "none", "majority")]
)
def test_each_analysis_is_the_one_that_the_method_gives_matched_as_well_as_can_be(choice):
    data = planted(2, loadings=(0.5, 0.8))
    normal = {"contrast_errors": "normal", "calibration_studies": 0}
    reference = analyse(data, 3, **normal)
    one = multiverse(reference, [choice]).analyses[0]
    policies = {
        ".01+majority": {"flag_level": 0.01},
        ".05": {"flag_majority": False},
        "majority": {"flag_significance": False},
    }[choice.flags]
    again = analyse(data, choice.n_factors, extraction=choice.extraction, rotation=choice.rotation, **policies, **normal)
    z, wanted = again.scores.z_scores, reference.scores.z_scores
    size = np.abs(z.T @ wanted) / np.outer(np.linalg.norm(z, axis=0), np.linalg.norm(wanted, axis=0))
    columns = [*range(z.shape[1]), *[None] * max(0, 3 - z.shape[1])]
    best = max(permutations(columns, 3), key=lambda order: sum(size[i, j] for j, i in enumerate(order) if i is not None))
    for j, i in enumerate(best):
        if i is None:
            assert np.isnan(one.phi[j])
            assert not one.defining[:, j].any()
            assert not one.distinguishing[:, j].any()
        else:
            assert one.phi[j] == pytest.approx(size[i, j], abs=1e-12)
            np.testing.assert_array_equal(one.defining[:, j], again.flags[:, i])
            np.testing.assert_array_equal(one.distinguishing[:, j], again.contrasts.distinguishing[:, i] <= 0.05)
    np.testing.assert_array_equal(one.consensus, again.contrasts.consensus)


def test_viewpoints_that_are_there_are_found_whatever_is_chosen_and_no_more_than_there_is_room_for():
    made = multiverse(analyse(planted(), 3), choices((2, 3, 4), ("pca", "horst", "paf"), ("varimax", "quartimax"), (".05+majority", ".01+majority")))
    assert len(made.analyses) == 3 * 3 * 2 * 2
    for one in made.analyses:
        assert one.holds.sum() <= one.choice.n_factors
        if one.choice.n_factors > 2:
            assert one.holds.all(), one.choice
    found = [one for one in made.conclusions if one.kind == "found"]
    assert all(one.n_held == one.n_counted == 24 for one in found)
    fewer = [one for one in made.conclusions if one.kind == "found-with-fewer"]
    assert all(one.n_counted == 12 for one in fewer)
    assert sum(one.n_held for one in (*found, *fewer)) == sum(one.holds.sum() for one in made.analyses)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_neither_the_order_of_people_nor_the_order_of_choices_matters(seed):
    data = planted(3, each=5, loadings=(0.5, 0.8))
    wanted = choices((2, 3), ("pca", "centroid"), ("varimax",), (".05+majority", ".05"))
    order = np.random.default_rng(seed).permutation(data.n_sorts)
    made, again = multiverse(analyse(data, 3), wanted), multiverse(analyse(data.keep(order.tolist()), 3), wanted[::-1])

    def facts(one, names):
        return {(c.kind, c.viewpoint, names[c.item] if c.kind == "defining" else c.item): (c.n_held, c.n_counted) for c in one.conclusions}

    assert facts(made, data.participants) == facts(again, [data.participants[i] for i in order])


def test_a_mirror_image_is_turned_round_and_its_array_fits_the_grid():
    reference = analyse(planted(4), 3)
    z = reference.scores.z_scores * [1, -1, 1]
    mirrored = replace(reference, scores=replace(reference.scores, z_scores=z))
    one = multiverse(mirrored, [OWN]).analyses[0]
    np.testing.assert_allclose(one.phi, 1, atol=1e-12)
    np.testing.assert_allclose(one.z_scores, z, atol=1e-12)
    np.testing.assert_array_equal(one.arrays[:, 1], fill(z[:, 1], GRID)[0])


def test_a_choice_that_the_sorts_do_not_allow_is_told_and_not_counted():
    data = planted(5, each=2)
    made = multiverse(analyse(data, 2), choices((2, 40), ("pca", "ml"), ("varimax",), (".05+majority",)))
    failed = [one for one in made.analyses if one.failure]
    assert [one.choice.extraction for one in failed if one.choice.n_factors == 40] == ["pca", "ml"]
    assert any(one.choice.n_factors == 2 for one in made.solved)
    assert all("40" in one.failure or "factors" in one.failure for one in failed if one.choice.n_factors == 40)
    assert len(made.solved) == 4 - len(failed)
    assert all(one.n_counted <= len(made.solved) for one in made.conclusions)


def test_workers_change_nothing():
    reference = analyse(planted(6), 3)
    wanted = choices((2, 3), ("pca",), ("varimax", "quartimax"), (".05+majority",))
    seen = []
    with ThreadPoolExecutor(3) as pool:
        made = multiverse(reference, wanted, executor=pool, progress=lambda done, total: seen.append((done, total)))
    alone = multiverse(reference, wanted)
    assert seen == [(i, 4) for i in range(1, 5)]
    assert made.conclusions == alone.conclusions
    for one, other in zip(made.analyses, alone.analyses, strict=True):
        np.testing.assert_array_equal(one.z_scores, other.z_scores)


def test_what_matters_is_told_choice_by_choice():
    made = multiverse(analyse(planted(), 3), choices((1, 3), ("pca",), ("varimax",), (".05+majority",)))
    table = made.by_choice(0)
    assert list(table) == ["n_factors", "extraction", "rotation", "flags"]
    assert table["n_factors"]["3"] == pytest.approx(1)
    assert table["n_factors"]["1"] < 0.95
    assert table["extraction"] == {"pca": pytest.approx(1)}  # one factor has no room for three viewpoints and is no judge of an extraction


@pytest.mark.parametrize("rule", ["", ".05+", "05", "+majority", "majority+.05", ".05majority", "x", "1.05"])
def test_a_rule_that_does_not_exist_is_refused(rule):
    with pytest.raises(PolicyError, match="rule"):
        flag_rule(rule)


def test_rules_become_policies():
    assert flag_rule("0.05") == {"flag_significance": True, "flag_majority": False, "flag_level": 0.05}
    assert flag_rule("majority") == {"flag_significance": False, "flag_majority": True}


def test_choices_must_be_some_and_must_exist():
    with pytest.raises(PolicyError, match="`rotations` must hold one choice at least"):
        choices((2,), ("pca",), (), (".05",))
    assert len(choices((2, 2), ("pca",), ("varimax",), (".05", ".05"))) == 1
    reference = analyse(planted(), 3)
    with pytest.raises(PolicyError, match="pca, centroid"):
        multiverse(reference, [Choice(3, "pcaa", "varimax", ".05")])
    with pytest.raises(PolicyError, match="target"):
        multiverse(reference, [Choice(3, "pca", "target", ".05")])


@given(seed=st.integers(0, 500))
@settings(max_examples=15, deadline=None)
def test_a_factor_that_is_matched_mirrored_parts_from_others_as_its_mirror_image_does(seed):
    """Distinguishing and consensus of a turned factor, written out: |z1 + z2| where the unturned solution has |z1 - z2|."""
    rng = np.random.default_rng(seed)
    made = simulate(rng.standard_normal((24, 2)), GRID, (8, 8), rng, loadings=(0.6, 0.9)).data.sorts.copy()
    made[:, :4] *= -1  # opponents, so that a factor may come out either way round
    reference = analyse(made, 2)
    turned = replace(reference, scores=replace(reference.scores, z_scores=reference.scores.z_scores * [1, -1]))
    one = multiverse(turned, [Choice(2, "pca", "varimax", ".05+majority")]).analyses[0]
    z, sed = turned.scores.z_scores, reference.contrasts.sed[0, 1]
    if not np.isfinite(sed):
        return
    apart = np.abs(z[:, 0] - z[:, 1]) > reference.contrasts.critical[0] * sed
    np.testing.assert_array_equal(one.consensus, ~apart)
    np.testing.assert_array_equal(one.distinguishing, np.column_stack([apart, apart]))


def test_room_is_what_carries_viewpoints():
    data = planted(2)
    assert room(analyse(data, 3)) == 3
    assert room(analyse(data, 3, flagging="none")) == 1
    bipolar = analyse(np.column_stack([data.sorts, -data.sorts]), 3, bipolar="split")
    assert (len(bipolar.factors), room(bipolar)) == (6, 3)


def test_one_rule_written_in_two_ways_is_one_choice():
    assert [one.flags for one in choices((2,), ("pca",), ("varimax",), (".05", "0.05", ".050", ".01"))] == [".05", ".01"]


def test_extractions_and_rotations_are_shared(monkeypatch):
    """That each analysis is what it would be by itself is tested above."""
    reference, counts = analyse(planted(), 3), Counter()

    def counted(name):
        inner = getattr(pipeline, name)

        def step(*given):
            counts[name] += 1
            return inner(*given)

        monkeypatch.setattr(pipeline, name, step)

    for name in ("extract", "rotate"):
        counted(name)
    made = multiverse(reference)
    assert len(made.analyses) == 81
    assert counts == {"extract": 9, "rotate": 27}
