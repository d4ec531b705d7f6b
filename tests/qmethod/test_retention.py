"""How many viewpoints: none in noise, those that were planted, and rules worked out by hand."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from qmethod import Policies
from qmethod.data import QData
from qmethod.errors import DataError, PolicyError
from qmethod.grid import Grid
from qmethod.matching.congruence import align_many
from qmethod.method.correlation import correlate
from qmethod.method.extraction import extract
from qmethod.retention import split_half
from qmethod.retention.advice import NAMES, OF_CHANCE, advise
from qmethod.retention.criteria import CRITERIA, empirical_kaiser, principal_axes
from qmethod.retention.retain import Retention, retain
from qmethod.retention.row import RetentionRow
from qmethod.simulation import random_sorts
from tests.references import numbers, r_folder, sorts, truths

GRID = Grid.parse("-4:2,-3:4,-2:5,-1:6,0:8,1:6,2:5,3:4,4:2")


def planted(seed: int, sizes: tuple[int, ...]) -> QData:
    """Sorts of people who hold viewpoints without anything in common, closely."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(len(sizes)), sizes)
    latent = rng.standard_normal((42, len(sizes)))[:, who] * 0.75 + rng.standard_normal((42, len(who))) * np.sqrt(1 - 0.75**2)
    sorts = np.empty(latent.shape)
    np.put_along_axis(sorts, latent.argsort(axis=0), np.repeat(GRID.slots()[:, None], len(who), axis=1), axis=0)
    return QData(sorts)


@pytest.mark.parametrize("n_sorts", [20, 60])
def test_noise_is_seldom_taken_for_a_viewpoint(n_sorts: int) -> None:
    rng = np.random.default_rng(3)
    found = [retain(QData(random_sorts(GRID, n_sorts, rng)), max_factors=2, n_random=39, rng=rng).answers for _ in range(25)]
    for rule in ("nest", "parallel_95"):
        assert sum(answer[rule] != 0 for answer in found) <= 5  # 25 sets at .05: more than 5 in one case of a hundred
    assert all(answer["kaiser"] for answer in found)  # the rule that never says none


@pytest.mark.parametrize("sizes", [(10, 10, 10), (8, 8, 8, 8), (60, 40)])
def test_planted_viewpoints_are_counted(sizes: tuple[int, ...]) -> None:
    answers = retain(planted(1, sizes), n_random=99, rng=np.random.default_rng(1)).answers
    assert (answers["nest"], answers["parallel_95"]) == (len(sizes), len(sizes))


def test_the_order_and_the_names_of_participants_do_not_matter() -> None:
    data = planted(2, (9, 7))
    order = np.random.default_rng(5).permutation(data.n_sorts)
    plain, shuffled = (retain(one, n_random=39, rng=np.random.default_rng(1)) for one in (data, data.keep(order.tolist())))
    assert plain.answers == shuffled.answers
    assert plain.rows[1].eigenvalue == pytest.approx(shuffled.rows[1].eigenvalue)
    assert plain.rows[1].parallel_95 == shuffled.rows[1].parallel_95


def test_eigenvalues_and_average_partial_correlations_are_those_of_the_textbook() -> None:
    data = planted(4, (6, 6))
    rows = retain(data, max_factors=3, n_random=19, rng=np.random.default_rng(1)).rows
    r = np.corrcoef(np.asarray(data.sorts).T)
    values, vectors = np.linalg.eigh(r)
    assert [row.eigenvalue for row in rows[1:]] == pytest.approx(values[::-1][:3].tolist())
    for k, row in enumerate(rows):
        loadings = vectors[:, ::-1][:, :k] * np.sqrt(values[::-1][:k])
        rest = r - loadings @ loadings.T
        partial = rest / np.sqrt(np.outer(np.diag(rest), np.diag(rest)))
        assert row.map == pytest.approx(np.mean(partial[~np.eye(len(r), dtype=bool)] ** 2))


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(PolicyError):
        retain(planted(1, (4, 4)), n_random=3, rng=np.random.default_rng(1))


def asked(data: QData, seed: int = 1, **choices: object) -> Retention:
    return retain(data, n_random=39, rng=np.random.default_rng(seed), **choices)


HADAMARD = np.array([[1]])
for _ in range(3):
    HADAMARD = np.block([[HADAMARD, HADAMARD], [HADAMARD, -HADAMARD]])
"""8 x 8; all columns but the first sum to 0 and are at right angles to one another."""


def test_rules_on_three_blocks_worked_out_by_hand():
    found = asked(QData(HADAMARD[:, [1, 1, 1, 2, 2, 3]]))  # eigenvalues 3, 2, 1; every loading 1 or 0
    assert [row.eigenvalue for row in found.rows[1:]] == pytest.approx([3, 2, 1])
    assert [row.cumulative for row in found.rows[1:]] == pytest.approx([50, 500 / 6, 100])
    assert [row.humphrey for row in found.rows[1:]] == pytest.approx([1, 1, 0])
    assert [row.n_significant for row in found.rows[1:]] == [3, 2, 1]
    rules = ("kaiser", "humphrey_strict", "humphrey_lenient", "two_loadings")
    assert [found.answers[rule] for rule in rules] == [2, 2, 2, 2]  # an eigenvalue of exactly 1 does not exceed 1
    assert [row.n_defining for row in found.rows[1:]] == [3, 5, 6]
    assert [row.n_nonsignificant for row in found.rows[1:]] == [3, 1, 0]
    assert [row.fewest_defining for row in found.rows[1:]] == [3, 2, 1]
    assert found.rank == 3 == len(found.rows) - 1


def test_scree_ends_before_the_sharpest_bend():
    assert asked(QData(HADAMARD[:, [1, 1, 1, 1, 2, 3]])).answers["scree"] == 1  # 4, 1, 1
    assert asked(QData(HADAMARD[:, [1, 1, 1, 1, 2, 2, 2, 2, 3, 4]])).answers["scree"] == 2  # 4, 4, 1, 1


@pytest.mark.parametrize(("shared", "own", "answer"), [(2, 1, 1), (1, 2, 0)])
def test_map_of_three_sorts_that_correlate_equally(shared: int, own: int, answer: int):
    """Equal correlations r become -1/2 when the first component is taken out, so MAP says one viewpoint just when r is larger than 1/2."""
    r = shared**2 / (shared**2 + own**2)
    found = asked(QData(shared * HADAMARD[:, [1]] + own * HADAMARD[:, 2:5]), max_factors=1)
    assert [row.map for row in found.rows] == pytest.approx([r**2, 0.25])
    assert found.answers["map"] == answer


def test_map_is_no_answer_where_components_leave_nothing():
    found = asked(QData(HADAMARD[:, [1, 1, 1, 1]]))
    assert found.answers["map"] is None
    assert "nothing is left" in found.reasons["map"]
    assert found.answers["nest"] == 1


@pytest.mark.parametrize("name", ["lipset", "climate_s1"])
def test_figures_of_r_in_the_table(name: str):
    data = sorts(name)
    rows = asked(data, max_factors=5).rows
    theirs = numbers(r_folder(name, "pca", 2).parent / "eigenvalues.csv")[:, 0]
    assert [row.eigenvalue for row in rows[1:]] == pytest.approx(theirs[:5].tolist())
    for k in (2, 3, 4, 5):
        folder = r_folder(name, "pca", k)
        flagged, loadings = truths(folder / "flagged.csv"), numbers(folder / "loadings.csv")
        significant = (np.abs(loadings) > 1.96 / np.sqrt(data.n_statements)).sum(axis=1)
        free = ~flagged.any(axis=1)
        expected = (flagged.any(axis=1).sum(), (free & (significant > 1)).sum(), (free & (significant == 0)).sum(), flagged.sum(axis=0).min())
        assert (rows[k].n_defining, rows[k].n_confounded, rows[k].n_nonsignificant, rows[k].fewest_defining) == expected
        size = np.sort(np.abs(numbers(r_folder(name, "pca", k, "none") / "loadings.csv")[:, k - 1]))
        assert rows[k].humphrey == pytest.approx(size[-1] * size[-2])


def test_nothing_hangs_on_the_order_of_participants_and_everything_on_the_seed():
    data = planted(6, (8, 5))
    again = data.keep(np.random.default_rng(1).permutation(data.n_sorts).tolist())
    assert asked(data).to_dict() == asked(again).to_dict()
    assert asked(data).rows[1].parallel_95 != asked(data, seed=2).rows[1].parallel_95


def test_opponents_count_as_holders_of_the_same_viewpoint():
    data = planted(7, (10, 8))
    turned = QData(np.asarray(data.sorts) * np.random.default_rng(1).choice([-1, 1], data.n_sorts), data.statements, data.participants)
    plain, other = asked(data), asked(turned)
    assert plain.answers == other.answers
    for a, b in zip(plain.rows, other.rows, strict=True):
        exact = ("eigenvalue", "humphrey", "n_significant", "map", "n_defining", "n_confounded", "n_nonsignificant", "fewest_defining")
        assert [getattr(a, name) for name in exact] == pytest.approx([getattr(b, name) for name in exact])


def test_copies_add_no_viewpoints_beyond_the_rank():
    data = planted(8, (5, 5))
    doubled = QData(np.column_stack([data.sorts, data.sorts]))
    found = asked(doubled, max_factors=20)
    assert found.rank == 10 == len(found.rows) - 1
    assert [row.eigenvalue for row in found.rows[1:]] == pytest.approx([2 * row.eigenvalue for row in asked(data, max_factors=20).rows[1:]])
    assert all(answer is None or answer <= 10 for answer in found.answers.values())


def test_rounding_noise_is_no_viewpoint_with_more_people_than_statements():
    found = asked(planted(9, (75, 75, 75, 75)))
    assert found.rank == 41
    assert (found.answers["nest"], found.answers["parallel_95"], found.answers["parallel_mean"], found.answers["map"]) == (4, 4, 4, 4)
    assert [name for name, answer in found.answers.items() if answer is None] == ["nest_themes"]
    assert all(answer <= 41 for answer in found.answers.values() if answer is not None)


def test_one_viewpoint_only():
    found = asked(planted(10, (24,)))
    assert {found.answers[name] for name in ("nest", "map", "parallel_95")} == {1}
    assert re.fullmatch(r"1 viewpoint: of simulated studies with a table like this one, about 9\d in 100 hold 1\.", found.advice[0])
    assert found.advice[1] == "NEST and MAP find 1 viewpoint."
    assert found.rows[1].split_half > 0.85 > found.rows[2].split_half


def test_sorts_that_cannot_be_analysed_are_refused_by_name():
    placements = planted(11, (4, 4)).sorts.copy()
    placements[3, 2] = np.nan
    placements[:, 5] = 0
    with pytest.raises(DataError, match="p3") as refusal:
        asked(QData(placements))
    assert "p6" in str(refusal.value)
    found = asked(QData(placements), policies=Policies.preset("standard", missing="drop-sort", constant="drop-sort"))
    assert found.n_sorts == 6


def test_what_cannot_be_asked_says_why():
    placements = planted(11, (6, 6)).sorts.copy()
    placements[3, 2] = np.nan
    found = asked(QData(placements), policies=Policies.preset("standard", missing="pairwise"))
    for name in ("nest", "parallel_95", "parallel_mean", "map"):
        assert found.answers[name] is None
        assert "missing" in found.reasons[name]
    assert found.answers["kaiser"] is not None
    assert "cannot advise" in found.advice[0]
    kendall = asked(planted(11, (8, 8)), policies=Policies.preset("standard", correlation="kendall"))
    assert kendall.answers["nest"] is None
    assert "Kendall" in kendall.reasons["nest"]
    assert kendall.answers["parallel_95"] == 2
    spearman = asked(planted(11, (8, 8)), policies=Policies.preset("standard", correlation="spearman"))
    assert (spearman.answers["nest"], spearman.answers["parallel_95"]) == (2, 2)
    assert asked(planted(11, (8, 8)), nest=False).reasons["nest"] == "NEST was left out"


@pytest.mark.parametrize("extraction", ["centroid", "horst", "paf", "minres"])
def test_other_extractions_change_the_loadings_and_not_the_eigenvalues(extraction: str):
    data = planted(12, (7, 6))
    plain, other = asked(data, max_factors=3), asked(data, max_factors=3, policies=Policies.preset("standard", extraction=extraction))
    assert [row.eigenvalue for row in plain.rows] == [row.eigenvalue for row in other.rows]
    assert [row.parallel_95 for row in plain.rows] == [row.parallel_95 for row in other.rows]
    assert plain.rows[1].humphrey != other.rows[1].humphrey
    assert other.conventions["extraction"] == extraction


@pytest.mark.parametrize("n_sorts", [14, 90])
def test_principal_axes_are_those_of_the_extraction(n_sorts: int):
    correlation = correlate(planted(13, (n_sorts // 2, n_sorts // 2)))
    expected = extract(correlation, 2, Policies.preset("standard", extraction="paf"))[0].loadings
    found = principal_axes(correlation, 2)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=0.01)


def test_progress_names_every_step_and_counts_to_the_end():
    steps: dict[str, list[tuple[int, int]]] = {}
    asked(planted(14, (8, 8)), progress=lambda step, done, total: steps.setdefault(step, []).append((done, total)))
    assert {"parallel analysis", "NEST with 1 viewpoint", "NEST with 2 viewpoints", "rotating"} <= set(steps)
    assert steps["parallel analysis"][0] == (0, 39)
    assert all(calls[-1][0] == calls[-1][1] for step, calls in steps.items() if step != "random halves")


def test_the_smallest_congruence_is_that_of_the_best_match():
    rng = np.random.default_rng(1)
    for k in (1, 2, 4, 7):
        one, other = rng.standard_normal((10, 9, k)), rng.standard_normal((10, 9, k))
        one[3, :, 0] = 0  # nobody defines it
        expected = [np.nan_to_num(align_many(a[None], b)[2]).min() for a, b in zip(one, other, strict=True)]
        assert split_half._least_matched(one, other) == pytest.approx(np.array(expected))


def test_varimax_of_many_is_varimax_of_each():
    from qmethod.method.rotation import criterion, kaiser_rows, rotate

    rng = np.random.default_rng(2)
    many = rng.standard_normal((5, 20, 3)) * np.array([3.0, 2.0, 1.0])
    for loadings, turned in zip(many, split_half.varimax(many, 1e-9, 500), strict=True):
        alone = loadings @ rotate(loadings, Policies.preset("standard", rotation_starts=1))[0].matrix
        reached = [criterion(kaiser_rows(rows), 1.0) for rows in (turned, alone)]
        assert reached[0] == pytest.approx(reached[1], rel=1e-6)
        assert np.linalg.norm(turned, axis=1) == pytest.approx(np.linalg.norm(loadings, axis=1))


def said(nest: int | None, mapped: int | None, parallel: int | None, limited: tuple[str, ...] = ()) -> tuple[str, ...]:
    rows = [RetentionRow(k, 9.0 - k, nest_p=0.01 if k < (nest or 0) else 0.3, nest_threshold=2.0, map=0.1, fewest_defining=2) for k in range(9)]
    answers = {**dict.fromkeys(CRITERIA, 7), "nest": nest, "nest_themes": None, "map": mapped, "parallel_95": parallel}
    return advise(rows, answers, {} if nest is not None else {"nest": "a reason"}, limited, 20)


@pytest.mark.parametrize(
    ("nest", "mapped", "parallel", "first"),
    [
        (0, 0, 0, "No shared viewpoint: NEST and MAP find none beyond chance."),
        (0, 2, 0, "No shared viewpoint can be told from chance by NEST. MAP alone comes to 2"),
        (3, 3, 2, "3 viewpoints: NEST and MAP agree."),
        (3, 4, 3, "The criteria disagree: between 3 and 4 viewpoints (NEST says 3, MAP says 4)."),
        (2, 0, 2, "The criteria disagree: NEST says 2, MAP says none."),
        (2, None, 2, "2 viewpoints: NEST says so."),
        (None, 3, 3, "3 viewpoints: parallel analysis (95th centile) and MAP agree."),
        (None, None, None, "No criterion that holds against chance"),
    ],
)
def test_advice_begins_with_what_the_criteria_say(nest, mapped, parallel, first):
    sentences = said(nest, mapped, parallel)
    assert sentences[0].startswith(first)
    named = [i for i, sentence in enumerate(sentences) if any(NAMES[rule] in sentence for rule in OF_CHANCE)]
    assert len(named) == 1  # the rules that find viewpoints in noise have one sentence, which says so, and lead nothing
    assert named[0] > 0
    assert sentences[named[0]].startswith("These rules find viewpoints in sorts drawn at random")


def test_advice_gives_the_evidence_for_each_number_in_question():
    words = " ".join(said(3, 4, 2))
    for part in ("eigenvalue 3, 6.00", "With 3 viewpoints", "With 4 viewpoints", "Parallel analysis (95th centile) keeps 2", "p = 0.30"):
        assert part in words
    assert "a reason" in " ".join(said(None, 3, 3))
    assert "The table ends at 8 viewpoints, where NEST had not stopped" in " ".join(said(8, 4, 4, ("nest",)))


def test_a_table_comes_back_from_its_dictionary():
    drawn = random_sorts(Grid((-2, -1, 0, 1, 2), (1, 2, 3, 2, 1)), 12, np.random.default_rng(2))
    made = retain(QData.from_array(drawn), max_factors=3, n_random=19, rng=np.random.default_rng(1))
    again = type(made).from_dict(json.loads(json.dumps(made.to_dict())))
    assert again == made


def test_the_empirical_kaiser_criterion_by_hand():
    """Reference values of four eigenvalues of 4 sorts of 16 statements: (1 + sqrt(4 / 16))^2 = 2.25."""
    needed = empirical_kaiser(np.array([2.8, 0.8, 0.3, 0.1]), 4, 16)
    np.testing.assert_allclose(needed, [2.25, 1.0, 1.0, 1.0])
    needed = empirical_kaiser(np.array([1.6, 1.2, 0.7, 0.5]), 4, 16)  # 2.4 of the variance left for three, then 1.2 for two
    np.testing.assert_allclose(needed, [2.25, 0.8 * 2.25, 1.2 / 2 * 2.25, 1.1250])


def test_the_empirical_kaiser_criterion_in_a_table() -> None:
    found = asked(planted(4, (8, 8)))
    values = np.array([row.eigenvalue for row in found.rows[1:]], dtype=float)
    needed = np.array([row.ekc for row in found.rows[1:]], dtype=float)
    assert found.answers["ekc"] == int(np.argmin(values > needed)) == 2


def test_a_p_value_far_from_the_level_costs_no_more_draws() -> None:
    found = retain(planted(11, (8, 8)), rng=1)
    sets = [row.nest_sets for row in found.rows if row.nest_sets]
    assert sets[:2] == [100, 100]
    open_ones = [row.nest_low < 0.05 < row.nest_high for row in found.rows if row.nest_p is not None]
    assert all(drawn >= 10_000 or not still for drawn, still in zip(sets, open_ones, strict=True))
    assert "near thing" not in " ".join(found.advice) or any(open_ones)


def near(at: int, p: float, answer: int) -> str:
    """Advice where the p-value after `at` viewpoints is too near .05 to tell."""
    rows = [
        RetentionRow(
            k,
            9.0 - k,
            nest_p=p if k == at else 0.3 if k == answer else 0.01,
            nest_low=0.046 if k == at else 0.2 if k == answer else 0.0,
            nest_high=0.056 if k == at else 0.4 if k == answer else 0.02,
            nest_sets=10_000 if k == at else 100,
            nest_threshold=2.0,
            map=0.1,
            fewest_defining=2,
        )
        for k in range(9)
    ]
    answers = {**dict.fromkeys(CRITERIA, 7), "nest": answer, "nest_themes": None, "map": answer, "parallel_95": answer}
    return " ".join(advise(rows, answers, {}, (), 20))


def test_a_p_value_that_could_be_either_is_told_with_the_other_numbers() -> None:
    above, below = near(3, 0.051, 3), near(1, 0.049, 3)
    assert "p = 0.051, could be 0.046 to 0.056" in above
    assert "even after 10,000 sets of sorts: with others NEST could as well say 4 or more." in above
    assert "with others NEST could as well say 1." in below
    assert "NEST could as well say none." in near(0, 0.049, 3)
    assert "near thing" not in near(8, 0.2, 3)


def test_answers_differ_between_seeds_only_where_the_text_says_that_they_could() -> None:
    """Eight studies whose viewpoints are loose, so that p-values fall near .05 often; each asked with three seeds."""
    rng, silent = np.random.default_rng(17), 0
    for _ in range(8):
        views, who = rng.standard_normal((42, 3)), np.repeat(np.arange(3), (8, 5, 3))
        latent = 0.5 * views[:, who] + np.sqrt(0.75) * rng.standard_normal((42, 16))
        data = QData(GRID.slots()[latent.argsort(axis=0).argsort(axis=0)])
        found = [retain(data, max_factors=4, rng=seed) for seed in range(3)]
        sure = {one.answers["nest"] for one in found if "near thing" not in " ".join(one.advice)}
        silent += len(sure) > 1
    assert silent <= 1
