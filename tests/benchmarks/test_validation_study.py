"""The simulations of the validation study: truth is what it says, counting is right, an interrupted run goes on."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.validation import assigning, calibrated, contrasts, coverage, placing, retention, running, seeds, telling, themes
from benchmarks.validation.planting import GRIDS, NAMED, SHARED, Cell, expected, ordered_scores, planted, viewpoints
from qmethod import Policies, QData, analyse
from qmethod.method.scores import Composites
from qmethod.retention.retain import retain
from qmethod.simulation import random_sorts, simulate

CELL = Cell("contrasts", "for a test", (10, 10, 10, 10), (0.6, 0.8), 0.4, 40)


@pytest.mark.parametrize(("k", "correlation"), [(2, 0.0), (4, 0.0), (4, 0.4), (5, 0.0)])
def test_viewpoints_are_orders_of_the_same_scores_and_correlate_as_asked(k: int, correlation: float) -> None:
    rng, scores, found = np.random.default_rng(3), ordered_scores(42), []
    for _ in range(150):
        drawn = viewpoints(42, k, correlation, rng)
        assert (np.sort(drawn, axis=0) == np.arange(42)[:, None]).all()
        assert (drawn == drawn[:, :1]).all(axis=1).sum() >= SHARED
        found.append(np.corrcoef(scores[drawn].T)[np.triu_indices(k, 1)].mean())
    assert np.mean(found) == pytest.approx(correlation, abs=0.04)


@pytest.mark.parametrize("grid", GRIDS)
def test_true_scores_are_those_of_a_crowd_analysed_by_the_method(grid: str) -> None:
    truth = np.array(expected(grid, (0.6, 0.8)))
    rng = np.random.default_rng(4)
    order = rng.permutation(len(truth))
    crowd = simulate(ordered_scores(len(truth))[order][:, None], GRIDS[grid], (4000,), rng)
    assert np.abs(analyse(crowd.data, 1).scores.z_scores[:, 0] - truth[order]).max() < (0.1 if grid == "binary" else 0.06)
    assert truth == pytest.approx(-truth[::-1])
    assert (np.diff(truth) > 0).all()


def test_shared_statements_have_equal_truth_and_the_others_hardly_ever() -> None:
    study = planted(CELL, np.random.default_rng(5))
    same = (study.scores == study.scores[:, :1]).all(axis=1)
    assert SHARED <= same.sum() < SHARED + 3
    assert (study.truth[same] == study.truth[same][:, :1]).all()
    assert (np.ptp(study.truth[~same], axis=1) > 0).all()


@pytest.mark.parametrize("sizes", [(), (8, 6, 4)])
def test_the_short_way_gives_the_answers_of_the_retention_table(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(6)
    grid = GRIDS["small"]
    data = simulate(rng.standard_normal((20, 3)), grid, sizes, rng).data if sizes else QData(random_sorts(grid, 15, rng))
    assert retention.answers(data, np.random.default_rng(7)) == retain(data, rng=np.random.default_rng(7)).answers


def true_solution(shift: float) -> tuple[contrasts.Found, np.ndarray, np.ndarray]:
    """Viewpoints found without error but for a shift of the statements that the first two share, by sorts that leave no doubt."""
    study = planted(CELL, np.random.default_rng(8))
    z, k = study.truth.copy(), 4
    z[(study.scores[:, 0] == study.scores[:, 1]), 0] += shift
    composites = Composites(z, z, np.full(z.shape, 0.01), np.full(k, 0.99))
    return contrasts.Found(z, composites, np.full(k, 10_000), np.arange(k), np.ones(k)), study.truth, study.scores


@pytest.mark.parametrize(("shift", "false"), [(0.0, 0.0), (0.5, 1.0)])
def test_false_differences_are_those_of_statements_without_any(shift: float, false: float) -> None:
    found, true, same = true_solution(shift)
    pair = [0, 1]
    tally: dict[tuple[str, str], tuple[float, float]] = {}
    policies = Policies.preset("standard", reliability="observed")
    contrasts.tell_differences(tally, "observed", contrasts.contrasted(found, policies, pair), true[:, pair], same[:, pair], np.array([10, 10]))
    assert tally["observed", "false"] == (false * tally["observed", "false"][1], (same[:, 0] == same[:, 1]).sum())
    assert tally["observed", "family"] == (false, 1.0)
    for effect in contrasts.EFFECTS:
        hits, tests = tally["observed", f"power {effect}"]
        assert hits == tests > 0


def test_equivalence_is_judged_at_the_margin_and_at_no_difference() -> None:
    found, true, _ = true_solution(0.0)
    tally: dict[tuple[str, str], tuple[float, float]] = {}
    policies = replace(Policies.preset("standard"), **contrasts.EQUIVALENCE["observed"])
    for pair in ([0, 1], [2, 3]):
        contrasts._equivalence(tally, "e", contrasts.contrasted(found, policies, pair), true[:, pair], policies.equivalence_margin)
    assert tally["e", "at the margin"][0] == 0 < tally["e", "at the margin"][1]
    assert tally["e", "no difference"][0] == tally["e", "no difference"][1] >= 2 * SHARED


def test_a_data_set_counts_no_more_hits_than_tests_and_hangs_on_its_seed_alone() -> None:
    cell = replace(next(c for c in running.CELLS if c.part == "contrasts" and c.sizes == NAMED))
    tally = running.draw(cell, 1, 0)
    assert all(0 <= hits <= tests for hits, tests in tally.values())
    assert tally["observed", "false"][1] >= 6 * SHARED - SHARED
    assert running.draw(cell, 1, 0) == tally != running.draw(cell, 1, 1)
    assert running.draw(cell, 2, 0) != tally


def test_resampled_differences_are_declared_where_they_are_clear() -> None:
    rng = np.random.default_rng(9)
    truth = np.column_stack([np.linspace(-2, 2, 41), np.zeros(41)])
    drawn = truth + 0.1 * rng.standard_normal((400, 41, 2))
    drawn[0, :, 1] = np.nan  # a resample without the second viewpoint takes no part
    tally: dict[tuple[str, str], tuple[float, float]] = {}
    coverage._differences(tally, truth, truth, np.full(2, 0.1), drawn)
    for rule in ("observed SE", "bootstrap SE", "percentile"):
        assert tally[rule, "false"] == (0.0, 1.0)
        assert tally[rule, "power 1.0"][0] == tally[rule, "power 1.0"][1] > 0
    assert all(hits <= tests for hits, tests in tally.values())


def test_new_people_are_those_that_were_asked_for() -> None:
    cell = next(c for c in assigning.CELLS if c.loadings[0] == 0.6)
    rng = np.random.default_rng(10)
    study = planted(cell, rng, spare=1)
    statements = rng.permutation(42)[:12]
    sorts, truth = assigning.people(cell, study, statements, assigning.SHORT, rng)
    assert np.bincount(truth).tolist() == [10, 10, 10, 10, 5, 5]
    assert (np.sort(sorts, axis=0) == assigning.SHORT.slots()[:, None]).all()
    own = [np.corrcoef(sorts[:, truth == j].mean(axis=1), ordered_scores(42)[study.scores[statements, j]])[0, 1] for j in (0, 1, 2, 3)]
    assert min(own) > 0.7


def test_rates_are_ratios_with_the_error_of_a_ratio() -> None:
    tallies = [{("rule", "measure"): pair} for pair in ((1.0, 2.0), (0.0, 2.0), (2.0, 4.0))]
    (row,) = running.summed("cell", tallies)
    assert (row["sets"], row["tests"], row["rate"]) == (3, 8, 0.375)
    assert row["error"] == pytest.approx(0.875**0.5 / 8, abs=1e-5)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    cells = [c for c in running.CELLS if c.part == "retention" and c.grid == "small"][:2]
    said: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        first = running.run(cells[:1], 1, 1, tmp_path, pool, said.append)
        (kept,) = tmp_path.glob("*.json")
        changed = json.loads(kept.read_text())
        changed[0]["rate"] = 0.123
        kept.write_text(json.dumps(changed))
        both = running.run(cells, 1, 1, tmp_path, pool, said.append)
    assert [row["cell"] for row in first["retention"]] == [cells[0].name] * len(first["retention"])
    assert both["retention"][: len(changed)] == changed
    assert {row["cell"] for row in both["retention"]} == {c.name for c in cells}
    assert "kept from before" in said[1]


def test_names_of_cells_are_unique() -> None:
    names = [(c.part, c.name) for c in running.CELLS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("own", [0.0, 0.5])
def test_a_liking_of_themes_makes_statements_of_one_theme_alike_and_nobody_share_it(own: float) -> None:
    cell = Cell("themes", "for a test", (), sorts=400, theme=6, own=own)
    data, made = themes.drawn(cell, np.random.default_rng(9))
    assert sorted(made.sizes().values()) == [6] * 7
    between_statements, between_people = np.corrcoef(data.sorts), np.corrcoef(data.sorts.T)
    same = made.numbers[:, None] == made.numbers
    np.fill_diagonal(same, False)
    assert between_statements[same].mean() - between_statements[~same & ~np.eye(42, dtype=bool)].mean() == pytest.approx(own, abs=0.08)
    assert between_people[np.triu_indices(400, 1)].mean() == pytest.approx(0, abs=0.02)


def test_themes_are_judged_by_how_many_viewpoints_there_are() -> None:
    tally = themes.one(Cell("themes", "for a test", (), sorts=20, theme=6, own=0.7), np.random.default_rng(1))
    assert tally["nest", "too many"] == (1.0, 1.0)
    assert ("nest", "exact") not in tally
    tally = themes.one(Cell("themes", "for a test", (8, 8), (0.8, 0.9), sorts=16, theme=3, own=0.1), np.random.default_rng(1))
    assert tally["nest_themes", "exact"] == tally["nest_themes", "all found"] == tally["agreement", "more than chance"] == (1.0, 1.0)


@pytest.mark.parametrize(
    ("asked", "equal", "told"),
    [
        ([(3, False)] * 8, 1.0, 1.0),
        ([(3, False)] * 7 + [(4, True)], 0.0, 1.0),
        ([(3, True)] * 7 + [(4, False)], 0.0, 1.0),
        ([(3, True)] * 6 + [(3, False), (4, False)], 0.0, 0.0),
    ],
)
def test_two_seeds_may_differ_only_where_one_of_them_says_so(
    asked: list[tuple[int, bool]], equal: float, told: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Answered:
        def __init__(self, answer: int, near: bool) -> None:
            self.answers = {"nest": answer}
            self.cells = [{"nest_low": 0.04 if near else 0.0, "nest_high": 0.06 if near else 0.02, "nest_sets": 100}]

        def parallel(self, _: object) -> None: ...

        def nest(self, *_: object) -> None: ...

    following = iter(asked)
    monkeypatch.setattr(retention, "table_of", lambda *_: Answered(*next(following)))
    tally = seeds.one(seeds.CELLS[0], np.random.default_rng(1))
    assert tally["nest", "equal"] == (equal, 1.0)
    assert tally["nest", "equal or told"] == (told, 1.0)
    assert tally["nest", "told"] == (float(sum(near for _, near in asked)), 8.0)
    assert tally["nest", "sets"] == (800.0, 8.0)


def test_places_are_counted_against_the_planted_ones() -> None:
    cell = next(c for c in placing.CELLS if c.sizes == (10, 6, 3) and c.grid == "small")
    tally = placing.one(cell, np.random.default_rng(3))
    for source in ("studies", "repetitions"):
        said = {what: value for (rule, what), value in tally.items() if rule == source and what.startswith("said ")}
        true = {what: value for (rule, what), value in tally.items() if rule == source and what.startswith("true ")}
        placed = tally[source, "interval"][1]
        # Over all places of a statement probabilities add up to 1, and one of the places is the true one.
        assert sum(value for value, _ in said.values()) == pytest.approx(placed)
        assert sum(value for value, _ in true.values()) == pytest.approx(placed)
        assert all(low * 0.1 <= value / n <= (low + 1) * 0.1 for what, (value, n) in said.items() for low in [round(10 * float(what[5:])) - 1])
    assert tally["z interval", "few"][1] + tally["z interval", "more"][1] == placed
    truth = np.random.default_rng(1).standard_normal((20, 2))
    array = placing.laid_out(truth, GRIDS["small"].slots())
    assert all((np.diff(array[truth[:, f].argsort(), f]) >= 0).all() for f in range(2))
    assert (np.sort(array[:, 0]) == np.sort(GRIDS["small"].slots())).all()


def test_a_viewpoint_beyond_those_planted_is_like_none(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = next(c for c in calibrated.CELLS if c.twist == "one factor too many")
    monkeypatch.setattr(calibrated, "established", lambda matched: ~np.isnan(matched))
    tally = calibrated.one(cell, np.random.default_rng(2))
    so, called = tally["match", "established, and so"]
    assert called == len(cell.sizes) + 1
    assert so == tally["match", "so, and established"][1] <= len(cell.sizes)


def test_words_and_sentences_are_counted_against_what_was_planted(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = telling.CELLS[0]
    monkeypatch.setattr(telling, "STRENGTH", 1.0)
    tally = telling.one(cell, np.random.default_rng(1))
    told = [tally["word", f"{word}, and so"] for word in telling.WORDS]
    assert sum(n for _, n in told) == len(cell.sizes)
    assert sum(so for so, _ in told) == tally["word", "so, and established"][1]
    assert tally["answers", "true sentence in a study"] == (1.0, 1.0), "all of one viewpoint and nobody else answered so"
    people = tuple(f"p{i}" for i in range(12))
    asked = telling._unrelated(people, np.random.default_rng(1))
    assert [len(one.options) for one in asked] == [*telling.ASKED, 3, 0]
    assert all(set(one.answers) == set(people) for one in asked)
    related = telling._related(people, 4, np.random.default_rng(1))
    assert [related.answers[who] for who in people] == [("yes",)] * 4 + [("no",)] * 8


def test_how_close_viewpoints_are_does_not_hang_on_which_way_round_one_was_planted() -> None:
    cell = next(c for c in calibrated.CELLS if c.twist == "opponents")
    drawn = calibrated.study(cell, np.random.default_rng(8))
    solution = analyse(QData.from_array(drawn.sorts), len(cell.sizes))
    tallies: list[dict[tuple[str, str], tuple[float, float]]] = [{}, {}]
    for tally, turned in zip(tallies, ([1, 1, 1, 1], [-1, 1, 1, 1]), strict=True):
        calibrated._closeness(tally, solution, drawn.truth * np.array(turned))
    assert tallies[0] == tallies[1]
    assert tallies[0]["bound", "holds"][1] == 42
