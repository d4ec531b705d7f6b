"""How likely each number of viewpoints is: probabilities are some, hang on the table alone, and are told only of studies like those learned from."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod import Policies, simulate
from qmethod.data import QData
from qmethod.grid import Grid
from qmethod.retention import learned
from qmethod.retention.advice import TOLD, advise, in_ten, listed
from qmethod.retention.criteria import CRITERIA
from qmethod.retention.probability import HOLDS, MOST, features, plausible, probabilities, stretched, unknown
from qmethod.retention.retain import Retention, retain
from qmethod.retention.row import RetentionRow
from qmethod.simulation import random_sorts

GRID = Grid.parse("-3:2,-2:3,-1:5,0:6,1:5,2:3,3:2")
STANDARD = Policies.preset("standard")

EVENED = ("evened_eigenvalue", "evened_ekc", "evened_map", "evened_split_half")
some_p = st.none() | st.floats(0, 1)
size = st.floats(0.01, 60)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[RetentionRow], dict[str, int | None], int, int]:
    """Rows and answers as they may come, likely or not, and how many statements and sorts there are."""
    values = sorted((draw(size) for _ in range(MOST)), reverse=True)
    rows = [
        RetentionRow(
            k,
            eigenvalue=values[k - 1] if k else None,
            parallel_95=draw(size) if k else None,
            ekc=draw(size) if k else None,
            nest_p=draw(some_p),
            nest_themes_p=draw(some_p),
            evened_eigenvalue=draw(size) if k else None,
            evened_ekc=draw(size) if k else None,
            evened_map=draw(st.floats(1e-4, 1)) if k < 3 else draw(st.none() | st.floats(1e-4, 1)),
            evened_split_half=draw(st.none() | st.floats(0, 1)) if k else None,
            map=draw(st.floats(1e-4, 1)) if k < 3 else draw(st.none() | st.floats(1e-4, 1)),
            split_half=draw(st.none() | st.floats(0, 1)) if k else None,
        )
        for k in range(MOST + 1)
    ]
    answers: dict[str, int | None] = {name: draw(st.integers(0, 20)) for name in CRITERIA}
    answers["nest_themes"] = draw(st.none() | st.integers(0, 20))
    return rows, answers, draw(st.integers(20, 60)), draw(st.integers(14, 150))


@given(tables())
def test_probabilities_of_any_table_are_positive_and_sum_to_one(made: tuple[list[RetentionRow], dict[str, int | None], int, int]) -> None:
    found = probabilities(*made)
    assert len(found) == MOST + 1
    assert all(0 <= chance <= 1 for chance in found)
    assert sum(found) == pytest.approx(1)


@given(tables())
def test_more_draws_below_the_floor_and_rows_beyond_the_last_change_nothing(made: tuple[list[RetentionRow], dict[str, int | None], int, int]) -> None:
    rows, answers, n, m = made
    small = [replace(row, nest_p=0.0099 if (row.nest_p or 1) < 0.01 else row.nest_p) for row in rows]
    longer = [*small, RetentionRow(MOST + 1, eigenvalue=0.01, map=0.00001)]
    assert probabilities(longer, answers, n, m) == pytest.approx(probabilities(rows, answers, n, m))


@given(tables(), tables())
def test_with_tags_figures_of_evened_sorts_count_and_without_them_none_of_these(
    made: tuple[list[RetentionRow], dict[str, int | None], int, int], other: tuple[list[RetentionRow], dict[str, int | None], int, int]
) -> None:
    (rows, answers, *shape), (rows_of_others, answers_of_others, *_) = made, other
    tagged = answers["nest_themes"] is not None
    blind = ("eigenvalue", "ekc", "map", "split_half", "nest_p")
    silent = blind if tagged else ("nest_themes_p", *EVENED)
    mixed = [replace(row, **{name: getattr(else_, name) for name in silent}) for row, else_ in zip(rows, rows_of_others, strict=True)]
    said = {**answers_of_others, "nest_themes": answers["nest_themes"]} if tagged else answers
    assert probabilities(mixed, said, *shape) == probabilities(rows, answers, *shape)


@given(tables())
def test_figures_of_evened_sorts_count_as_those_of_others_do(made: tuple[list[RetentionRow], dict[str, int | None], int, int]) -> None:
    rows, answers, *shape = made
    evened = {name.removeprefix("evened_"): name for name in EVENED} | {"nest_p": "nest_themes_p"}
    plain = [replace(row, **{name: getattr(row, instead) for name, instead in evened.items()}) for row in rows]
    passed = [(row.eigenvalue or 0) > (row.ekc or 0) + 1e-12 for row in plain[1:]]  # what differs by rounding is the same
    left = {row.k: round(row.map, 12) for row in plain if row.map is not None}
    said: dict[str, int | None] = {"nest": 3, "nest_themes": None, "ekc": [*passed, False].index(False), "map": min(left, key=lambda k: left[k])}
    assert probabilities(rows, {**answers, "nest_themes": 3}, *shape) == pytest.approx(probabilities(plain, said, *shape))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9).filter(lambda shares: sum(shares) > 0.01), st.floats(0.05, 1))
def test_plausible_numbers_hold_the_likeliest_and_are_the_fewest_for_their_mass(shares: list[float], mass: float) -> None:
    chances = [share / sum(shares) for share in shares]
    held = plausible(chances, mass)
    assert list(held) == sorted(set(held))
    assert max(chances) == max(chances[k] for k in held)
    assert sum(chances[k] for k in held) >= mass - 1e-9
    fewer = sorted(chances, reverse=True)[: len(held) - 1]
    assert sum(fewer) < mass
    assert min(chances[k] for k in held) >= max((chances[k] for k in range(len(chances)) if k not in held), default=0)


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=9), st.floats(-1, 1), st.floats(0, 1))
def test_a_stretch_changes_no_order(scores: list[float], a: float, b: float) -> None:
    given_scores = np.array(scores)
    shares = stretched(given_scores, (a, b))
    assert shares.sum() == pytest.approx(1)
    order = np.argsort(given_scores, kind="stable")
    assert (np.diff(shares[order]) >= -1e-12).all()


def planted(seed: int, sizes: tuple[int, ...] = (11, 10), **more: Any) -> QData:
    rng = np.random.default_rng(seed)
    return simulate(rng.standard_normal((26, len(sizes))), GRID, sizes, rng, **more).data


def asked(data: Any, **choices: Any) -> Retention:
    return retain(data, **{"n_random": 39, "rng": np.random.default_rng(1)} | choices)


@pytest.fixture(scope="module")
def found() -> Retention:
    return asked(planted(1))


def test_neither_the_order_of_sorts_nor_what_is_done_with_them_later_changes_a_probability(found: Retention) -> None:
    data = planted(1)
    turned = data.keep(np.random.default_rng(3).permutation(data.n_sorts).tolist())
    assert asked(turned).probabilities == found.probabilities
    for policies in (Policies.preset("standard", extraction="paf", rotation="none"), Policies.preset("kade")):
        assert asked(data, policies=policies).probabilities == pytest.approx(found.probabilities, abs=1e-4)
    assert asked(data, max_factors=10).probabilities == pytest.approx(found.probabilities, abs=1e-9)
    assert [row.probability is None for row in asked(data, max_factors=10).rows] == [False] * 9 + [True] * 2


def test_a_table_holds_its_probabilities_and_comes_back_with_them(found: Retention) -> None:
    assert found.probabilities == tuple(row.probability for row in found.rows)
    assert sum(found.probabilities or ()) == pytest.approx(1)
    assert found.plausible == plausible(found.probabilities or ())
    values = json.loads(json.dumps(found.to_dict()))
    assert values["probabilities"] == list(found.probabilities or ())
    assert values["plausible"] == list(found.plausible)
    assert Retention.from_dict(values) == found
    assert found.to_frame("criteria")["probability"].tolist() == list(found.probabilities or ())


def test_a_table_from_before_there_were_probabilities_is_read(found: Retention) -> None:
    values = found.to_dict()
    del values["probabilities"], values["plausible"]
    for row in values["rows"]:
        for name in ("probability", *EVENED):
            del row[name]
    again = Retention.from_dict(values)
    assert (again.probabilities, again.plausible) == (None, ())
    assert again.answers == found.answers


def test_the_sentences_say_the_figures(found: Retention) -> None:
    best = int(np.argmax(found.probabilities or ()))
    assert best == 2
    share = max(found.probabilities or ())
    assert share >= TOLD
    assert found.advice[0].startswith(f"2 viewpoints: of simulated studies with a table like this one, {in_ten(share)} hold 2")
    if len(found.plausible) > 1:
        assert found.advice[0].endswith(f"and at least 8 in 10 hold {listed(found.plausible)}.")


@pytest.mark.parametrize(
    ("choices", "data", "why"),
    [
        ({}, planted(2, (7, 6)), "simulated studies of 14 to 150 sorts, and these are 13"),
        ({}, planted(2, (80, 71)), "simulated studies of 14 to 150 sorts, and these are 151"),
        ({}, QData(random_sorts(Grid.parse("-2:3,-1:4,0:5,1:4,2:3"), 15, np.random.default_rng(1))), "20 to 60 statements, and these are 19"),
        ({}, QData(random_sorts(Grid.parse("-2:10,-1:13,0:15,1:13,2:10"), 15, np.random.default_rng(1))), "20 to 60 statements, and these are 61"),
        ({"n_random": 38}, planted(2), "that takes 39 sets of random sorts, and 38 were drawn"),
        ({"max_factors": 7}, planted(2), "that takes a table of 8 viewpoints, and this one ends at 7"),
        ({"nest": False}, planted(2), r"NEST gives no answer \(NEST was left out\)"),
        ({"policies": Policies.preset("standard", correlation="kendall")}, planted(2, (7, 7)), r"NEST gives no answer \(loadings of Kendall's tau"),
        ({"policies": Policies.preset("standard", flag_level=0.01)}, planted(2), "compared with the usual flags"),
    ],
    ids=["few sorts", "many sorts", "few statements", "many statements", "few draws", "short table", "no NEST", "Kendall", "other flags"],
)
def test_outside_what_was_learned_no_probability_is_told_and_the_reason_is(choices: dict[str, Any], data: QData, why: str) -> None:
    refused = asked(data, **choices)
    assert refused.probabilities is None
    assert refused.plausible == ()
    assert re.search(why, refused.reasons["probabilities"])
    assert refused.advice[1] == f"How likely each number of viewpoints is cannot be told: {refused.reasons['probabilities']}."
    assert "simulated studies with" not in " ".join(refused.advice)


def test_placements_that_are_missing_leave_no_probability() -> None:
    sorts = np.array(planted(2).sorts, dtype=float)
    sorts[3, 2] = np.nan
    refused = asked(QData(sorts), policies=Policies.preset("standard", missing="pairwise"))
    assert refused.probabilities is None
    assert "placements are missing" in refused.reasons["probabilities"]


def test_where_nest_does_not_stop_there_is_no_probability() -> None:
    rows = [RetentionRow(k) for k in range(MOST + 1)]
    answers: dict[str, int | None] = dict.fromkeys(CRITERIA, 3)
    for themes, limited, name in ((None, ["nest"], "NEST"), (3, ["nest_themes"], "NEST beyond themes")):
        why = unknown(rows, {**answers, "nest_themes": themes}, {}, limited, 42, 40, 100, STANDARD)
        assert why == f"that was learned from simulated studies of 8 viewpoints at most, and {name} does not stop there"
    assert unknown(rows, {**answers, "nest_themes": 3}, {}, ["nest"], 42, 40, 100, STANDARD) == ""


def test_tags_put_nest_beyond_themes_in_the_place_of_nest() -> None:
    rng = np.random.default_rng(4)
    liking = rng.standard_normal((7, 30)).repeat(6, axis=0)
    sorts = (liking + rng.standard_normal((42, 30))).argsort(axis=0).argsort(axis=0)
    plain, tagged = asked(sorts), asked(sorts, themes=[f"theme {i // 6}" for i in range(42)])
    assert tagged.answers["nest_themes"] == 0
    assert (plain.answers["nest"] or 0) > 3
    assert (tagged.probabilities or (0,))[0] > 0.5 > (plain.probabilities or (1,))[0]
    assert tagged.advice[0] == "No shared viewpoint: of simulated studies with a table like this one, more than 99 in 100 hold none."
    assert "The simulated studies have no themes" in " ".join(plain.advice)
    assert "The simulated studies have no themes" not in " ".join(tagged.advice)


def told(chances: dict[int, float], nest: int = 3, mapped: int = 3) -> tuple[str, ...]:
    rows = [
        RetentionRow(k, 9.0 - k, nest_p=0.01 if k < nest else 0.3, nest_threshold=2.0, map=0.1, fewest_defining=2, probability=chances.get(k, 0.0))
        for k in range(MOST + 1)
    ]
    answers: dict[str, int | None] = {**dict.fromkeys(CRITERIA, 7), "nest": nest, "nest_themes": None, "map": mapped}
    held = plausible([row.probability or 0.0 for row in rows])
    return advise(rows, answers, {}, (), 20, (0.1, 0.001), {}, held)


@pytest.mark.parametrize(
    ("chances", "first"),
    [
        ({3: 0.97, 4: 0.03}, "3 viewpoints: of simulated studies with a table like this one, about 97 in 100 hold 3."),
        (
            {3: 0.7, 2: 0.2, 4: 0.1},
            "3 viewpoints: of simulated studies with a table like this one, about 7 in 10 hold 3, and at least 8 in 10 hold 2 or 3.",
        ),
        ({0: 0.999}, "No shared viewpoint: of simulated studies with a table like this one, more than 99 in 100 hold none."),
        (
            {0: 0.6, 1: 0.3},
            "No shared viewpoint: of simulated studies with a table like this one, about 6 in 10 hold none, and at least 8 in 10 hold none or 1.",
        ),
        (
            {2: 0.3, 3: 0.3, 4: 0.2, 5: 0.2},
            "These sorts cannot tell how many viewpoints they hold: no number is true of half the simulated studies with a table like this one; "
            "at least 8 in 10 of them hold 2, 3 or 4.",
        ),
    ],
)
def test_advice_begins_with_a_rate_or_says_that_the_sorts_cannot_tell(chances: dict[int, float], first: str) -> None:
    sentences = told(chances)
    assert sentences[0] == first
    assert sentences[1] == "NEST and MAP find 3 viewpoints."
    assert told(chances, 3, 4)[1] == "NEST finds 3, MAP finds 4."
    asked_of = [k for k in plausible([chances.get(k, 0.0) for k in range(9)]) if k]
    assert all(any(sentence.startswith(f"With {k} viewpoint") for sentence in sentences) for k in asked_of)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((3,), "3"),
        ((0,), "none"),
        ((0, 1), "none or 1"),
        ((2, 3, 4), "2, 3 or 4"),
        ((2, 3, 4, 5), "2 to 5"),
        ((0, 1, 2, 3), "none to 3"),
        ((1, 3, 4, 6), "1, 3, 4 or 6"),
    ],
)
def test_numbers_are_listed(numbers: tuple[int, ...], words: str) -> None:
    assert listed(numbers) == words


def test_every_figure_of_the_table_that_counts_is_a_column_of_a_row() -> None:
    assert {"probability", "nest_p", "nest_themes_p", "eigenvalue", "parallel_95", "ekc", "map", "split_half", *EVENED} <= {
        field.name for field in fields(RetentionRow)
    }


def test_every_coefficient_has_its_figure() -> None:
    rows = [RetentionRow(k, eigenvalue=5.0, ekc=1.0, parallel_95=2.0, map=0.1) for k in range(MOST + 1)]
    made = features(rows, {**dict.fromkeys(CRITERIA, 3), "nest_themes": None}, 42, 40)
    assert set(learned.COEFFICIENTS) == set(made)
    assert all(values.shape == (MOST + 1,) for values in made.values())
    assert HOLDS > TOLD
