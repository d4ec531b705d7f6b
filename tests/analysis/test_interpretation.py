"""Interpretation: crib sheets against lists made by hand, matches with published viewpoints, traits and tags against closed forms."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from qmethod import DataError, analyse, read
from qmethod.resampling.bootstrap import bootstrap
from qmethod_analysis.folder.loaded import load_analysis
from qmethod_analysis.interpretation.background import NOTHING, Asked, Background, Comment, read_background
from qmethod_analysis.interpretation.called import called
from qmethod_analysis.interpretation.crib_sheet import interpret, proposals, tag_contrasts
from qmethod_analysis.interpretation.holders import fisher
from qmethod_analysis.interpretation.viewpoints import of_study
from qmethod_studies import library
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw

CLIMATE = Path("tests/reference/climate_s1")


@pytest.fixture(scope="module")
def climate():
    """The published solution: one component, its two poles reported as two viewpoints."""
    return analyse(
        read(library.path("climate") / "sorts.csv", statements=library.path("climate") / "statements.csv"), 1, flag_majority=False, bipolar="split"
    )


@pytest.fixture(scope="module")
def leadership():
    study = load(find("leadership"))
    return study, [analyse(draw(study, 40, np.random.default_rng(seed)).data, 4) for seed in range(1, 6)]


def ids(solution, placed):
    return [solution.data.statements[one.statement] for one in placed]


def test_the_crib_sheet_of_the_published_study_is_found_again_by_hand(climate):
    """From the authors' published arrays (tests/reference/climate_s1/published), with nothing of ours."""
    arrays = {name: np.array([float(v) for v in values]) for name, values in published_arrays().items()}
    positive, negative = arrays["positive"], arrays["negative"]
    if climate.scores.arrays[:, 0].tolist() != positive.tolist():
        positive, negative = negative, positive
    names = climate.data.statements
    found = interpret(climate)
    for reading, mine, other in ((found.readings[0], positive, negative), (found.readings[1], negative, positive)):
        outer = {mine.max(), mine.min()}
        assert set(ids(climate, reading.highest)) == {names[i] for i in np.flatnonzero(mine == mine.max())}
        assert set(ids(climate, reading.lowest)) == {names[i] for i in np.flatnonzero(mine == mine.min())}
        assert set(ids(climate, reading.higher)) == {names[i] for i in range(30) if mine[i] > other[i] and mine[i] not in outer}
        assert set(ids(climate, reading.lower)) == {names[i] for i in range(30) if mine[i] < other[i] and mine[i] not in outer}
        assert all(one.place == mine[one.statement] for one in (*reading.highest, *reading.higher, *reading.lower, *reading.lowest))
        assert all(one.low <= one.high for one in reading.highest)
        assert all(one.sure == (one.low > 0) for one in reading.highest)


def published_arrays():
    with (CLIMATE / "published" / "study-2-factor-scores.csv").open(encoding="utf-8") as file:
        rows = {row["sta_id"]: row for row in csv.DictReader(file)}
    names = [f"sta_{i}" for i in range(1, 31)]
    return {"positive": [rows[name]["fsc_f1"] for name in names], "negative": [rows[name]["fsc_f2"] for name in names]}


def test_the_four_reference_viewpoints_are_found_and_named_and_no_other_is(leadership):
    study, solutions = leadership
    published = of_study(study, "leadership")
    for solution in solutions:
        found = proposals(solution, published)
        truth = [best_reference(solution.scores.z_scores[:, f], published.scores) for f in range(4)]
        assert sorted(truth) == [0, 1, 2, 3]
        assert {f: one.name for f, one in found.items()} == {f: published.names[truth[f]] for f in range(4)}
        assert all(one.phi >= 0.85 for one in found.values())


def best_reference(z, references):
    """The reference with the largest plain correlation over the statements that it places."""
    known = ~np.isnan(references)
    return int(np.argmax([np.corrcoef(z[known[:, j]], references[known[:, j], j])[0, 1] for j in range(references.shape[1])]))


def test_a_viewpoint_that_is_not_among_the_published_ones_gets_no_name(leadership):
    study, solutions = leadership
    published = of_study(study, "leadership")
    rng = np.random.default_rng(3)
    from dataclasses import replace

    for solution in solutions:
        order = rng.permutation(len(solution.data.statements))
        shuffled = replace(solution, scores=replace(solution.scores, z_scores=solution.scores.z_scores[order]))
        assert not proposals(shuffled, published)
    few = replace(published, names=published.names[:3], gists=published.gists[:3], sources=published.sources[:3], scores=published.scores[:, :3])
    named_ones = proposals(solutions[0], few)
    assert {one.name for one in named_ones.values()} == set(few.names)
    readings = interpret(solutions[0], published=few).readings
    given_names = [one.name for one in called(solutions[0], interpret(solutions[0], published=few), {"f1": "Mine"}, {})]
    assert given_names[0] == "Mine"
    for f in range(1, 4):
        assert given_names[f] == (readings[f].proposed.name if readings[f].proposed else f"Viewpoint {f + 1}")


def test_margins_lead_to_the_nearest_other_viewpoint(leadership):
    solution = leadership[1][0]
    z = solution.scores.z_scores
    for reading in interpret(solution).readings:
        for one in (*reading.highest, *reading.higher, *reading.neutral, *reading.distinguishing):
            others = [g for g in range(4) if g != reading.viewpoint]
            assert one.nearest in others
            assert abs(one.margin) == pytest.approx(min(abs(z[one.statement, reading.viewpoint] - z[one.statement, g]) for g in others))
        assert all(one.place == 0 for one in reading.neutral)
        levels = [one.level for one in reading.distinguishing]
        assert levels == sorted(levels)
        assert len(levels) == np.count_nonzero(~np.isnan(solution.contrasts.distinguishing[:, reading.viewpoint]))


@pytest.mark.parametrize("drawn", [True, False])
def test_ends_and_differences_are_as_sure_as_studies_drawn_say_or_else_a_bootstrap(leadership, drawn):
    solution = leadership[1][0] if drawn else replace(leadership[1][0], calibration=None)
    found = bootstrap(solution, 200, rng=np.random.default_rng(1))
    errors = found.z_scores.standard_error
    z = solution.scores.z_scores
    seen = set()
    for reading in interpret(solution, found=found).readings:
        f = reading.viewpoint
        for one in reading.highest:
            ends = solution.calibration.places if drawn else found.arrays
            assert one.low == ends.low[one.statement, f]
            assert one.sure == (one.low > 0)
        for one in (*reading.higher, *reading.lower, *reading.distinguishing):
            i = one.statement
            if drawn:
                apart = [abs(z[i, f] - z[i, g]) / solution.contrasts.sed[f, g] for g in range(4) if g != f]
                assert one.sure == (min(apart) > solution.contrasts.critical[0])
            else:
                apart = [abs(z[i, f] - z[i, g]) / math.sqrt(errors[i, f] ** 2 + errors[i, g] ** 2) for g in range(4) if g != f]
                assert one.sure == (min(apart) > 1.96)
            seen.add(one.sure)
    assert seen == {True, False}


def test_without_studies_drawn_and_without_a_bootstrap_no_difference_is_sure(leadership):
    solution = replace(leadership[1][0], calibration=None)
    for reading in interpret(solution).readings:
        assert {one.sure for one in (*reading.higher, *reading.lower, *reading.distinguishing)} <= {False}
        assert {one.sure for one in reading.highest} == {None}


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_fishers_test_is_scipys(of_here, of_rest, data):
    n_here, n_rest = data.draw(st.integers(0, of_here)), data.draw(st.integers(0, of_rest))
    expected = fisher_exact([[n_here, of_here - n_here], [n_rest, of_rest - n_rest]]).pvalue
    assert fisher(n_here, of_here, n_rest, of_rest) == pytest.approx(expected, rel=1e-6)


def test_answers_are_counted_among_holders_and_others(leadership):
    solution = leadership[1][0]
    names = solution.data.participants
    holders = {names[i] for i in np.flatnonzero(solution.flags[:, 0] & (solution.loadings[:, 0] > 0))}
    silent = {min(holders), max(set(names) - holders)}
    role = {who: ("city",) if who in holders else ("citizen", "other") for who in names if who not in silent}
    age = {who: 30.0 if who in holders else 60.0 for who in names}
    background = Background(
        questions=(Asked("role", "Your role?", "choice", ("city", "citizen", "other"), role), Asked("age", "Age?", "number", (), age))
    )
    traits = {(one.question, one.answer): one for one in interpret(solution, background).readings[0].traits}
    here, rest = len(holders) - 1, 40 - len(holders) - 1
    city = traits["Your role?", "city"]
    assert (city.n_here, city.of_here, city.n_rest, city.of_rest) == (here, here, 0, rest)
    assert traits["Your role?", "other"].n_rest == rest
    assert (traits["Age?", "above 60"].n_here, traits["Age?", "above 60"].n_rest) == (0, 0)


def test_comments_stand_beside_the_statements_that_matter_and_opponents_are_left_out(climate):
    mine, opponents = ([i for i in range(climate.data.n_sorts) if climate.flags[i, f]] for f in (0, 1))
    reading = interpret(climate).readings[0]
    end, middle = (
        reading.highest[0].statement,
        next(i for i in range(30) if climate.scores.arrays[i, 0] == 0 and np.isnan(climate.contrasts.distinguishing[i, 0])),
    )
    say = [(climate.data.participants[who], climate.data.statements[i]) for who, i in ((mine[0], middle), (mine[1], end), (opponents[0], end))]
    comments = tuple(Comment(who, statement, "because", 1.0) for who, statement in say)
    found = interpret(climate, Background(comments=comments)).readings[0].comments
    assert [(one.participant, one.statement) for one in found] == [say[1], say[0]]


def test_tags_that_part_viewpoints_are_told_from_tags_dealt_out_at_random(climate):
    z = climate.scores.z_scores
    high = z[:, 0] > z[:, 1]
    parting = {name: ("for" if high[i] else "against",) for i, name in enumerate(climate.data.statements)}
    contrasts, p = tag_contrasts(climate, parting)
    assert p < 0.01
    assert {one.tag: one.n for one in contrasts} == {"for": high.sum(), "against": (~high).sum()}
    for one in contrasts:
        assert one.means == pytest.approx(tuple(z[high == (one.tag == "for")].mean(axis=0)))
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(20):
        dealt = {name: (("a", "b", "c")[k],) for name, k in zip(climate.data.statements, rng.permutation(30) % 3, strict=True)}
        p_values.append(tag_contrasts(climate, dealt)[1])
    assert sum(p <= 0.05 for p in p_values) <= 4
    assert tag_contrasts(climate, {}) == ((), pytest.approx(math.nan, nan_ok=True))


def test_statements_are_ordered_by_how_far_they_part_the_viewpoints(leadership):
    solution = leadership[1][0]
    found = interpret(solution)
    z = solution.scores.z_scores
    assert [one.variance for one in found.divides] == pytest.approx(sorted(z.var(axis=1, ddof=1), reverse=True))
    for one in found.divides:
        assert z[one.statement, one.highest] == z[one.statement].max()
        assert z[one.statement, one.lowest] == z[one.statement].min()
    assert set(found.consensus) == set(np.flatnonzero(solution.contrasts.consensus))


def test_a_viewpoint_that_nobody_defines_is_read_as_nothing():
    data = read(library.path("climate") / "sorts.csv").keep(range(40))
    solution = analyse(data, 2, flagging="none")
    found = interpret(solution)
    assert found.readings == (None, None)
    assert found.divides == ()
    assert found.consensus == ()


def test_an_export_gives_answers_comments_and_how_many_took_part(tmp_path, leadership):
    study, solutions = leadership
    data = solutions[0].data
    one, other = data.participants[:2]
    question = next(q for q in study.questions if q.type == "choice")
    option = next(iter(question.options))

    def response(who, status="submitted", **more):
        plain = {"participant": who, "status": status, "submitted": "2026-11-02T10:30:00+00:00", "started": "2026-11-02T10:00:00+00:00"}
        return {**plain, "answers": {}, "comments": {}, "placements": {}, **more}

    whole = {
        "study": study.model_dump(mode="json", by_alias=True),
        "responses": [
            response(one, answers={question.id: option}, comments={"s1": " why ", "s2": " "}, placements={"s1": {"column": 4}}),
            response("Ann, the mayor"),
            response("gone", "started", submitted=None),
            response("no", "declined", submitted=None),
        ],
    }
    (tmp_path / "study.json").write_text(json.dumps(whole), encoding="utf-8")
    (tmp_path / "names.csv").write_text(f'participant,sorts_csv,sorts_dat\n"Ann, the mayor",{other},p002\n', encoding="utf-8")
    found = read_background(str(tmp_path), data)
    assert (found.n_started, found.n_submitted, found.n_declined, found.minutes) == (3, 2, 1, 30)
    assert found.days == ("2026-11-02", "2026-11-02")
    # Times told as days and minutes, and of who declined the days alone.
    coarse = [{**made, "submitted": "2026-11-02", "minutes": n} for made, n in zip(whole["responses"][:2], (20, 41), strict=True)]
    (tmp_path / "study.json").write_text(json.dumps({**whole, "responses": coarse, "declined": ["2026-11-01"] * 3}), encoding="utf-8")
    told = read_background(str(tmp_path), data)
    assert (told.n_started, told.n_submitted, told.n_declined, told.minutes, told.days) == (2, 2, 3, 30.5, ("2026-11-02", "2026-11-02"))
    assert [(c.participant, c.statement, c.text, c.place) for c in found.comments] == [(one, "s1", "why", 4.0)]
    asked = next(q for q in found.questions if q.id == question.id)
    assert dict(asked.answers) == {one: (question.options[option].in_("en"),)}
    assert found.tags["s1"] == study.statements[0].tags


def test_a_study_that_does_not_fit_or_cannot_be_read_is_refused(tmp_path, climate):
    with pytest.raises(DataError, match="has no statement sta_1"):
        read_background("leadership", climate.data)
    (tmp_path / "study.json").write_text('{"study": 1}', encoding="utf-8")
    with pytest.raises(DataError, match="no export that can be read"):
        read_background(str(tmp_path), climate.data)
    with pytest.raises(DataError, match="no analysis"):
        load_analysis(tmp_path)
    assert NOTHING.study is None
