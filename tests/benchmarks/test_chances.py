"""What probabilities of numbers of viewpoints are learned from, and that the package holds what was learned."""

from __future__ import annotations

import csv
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchmarks.validation import chances, learn, likely, mix
from benchmarks.validation.planting import Cell
from benchmarks.validation.tables import Rate
from qmethod.policies import Policies
from qmethod.retention import learned
from qmethod.retention.probability import MOST, SORTS, STATEMENTS
from qmethod.retention.retain import retain

ROOT = Path(__file__).parents[2]
EVENED = ("evened_eigenvalue", "evened_ekc", "evened_map", "evened_split_half")
TABLE = ROOT / "docs" / "validation" / "learned.csv"


def documented() -> learn.Learned:
    """What the table of the documentation says."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    found = {figure: float(value) for figure, value in rows}
    studies, stretch = int(found.pop("studies")), (found.pop("stretch"), found.pop("stretch by share"))
    return learn.Learned(studies, found, stretch)


def test_the_package_holds_the_coefficients_that_the_documentation_shows() -> None:
    assert documented() == (learned.STUDIES, learned.COEFFICIENTS, learned.STRETCH)
    assert (ROOT / "qmethod" / "retention" / "learned.py").read_text(encoding="utf-8") == learn.module(documented())


def test_coefficients_belong_to_the_figures_as_they_are_defined_now() -> None:
    """A figure that means something else needs other coefficients: ``python -m benchmarks.validation.learn``, and `chances` of the study anew."""
    assert learn.fingerprint() == learned.FINGERPRINT


def test_every_figure_has_a_coefficient_and_a_meaning() -> None:
    assert tuple(learned.COEFFICIENTS) == learn.FEATURES
    assert set(learn.FEATURES) <= set(likely.MEANINGS)


@pytest.mark.parametrize("tagged", [False, True])
def test_the_short_way_gives_the_figures_of_the_retention_table(tagged: bool) -> None:
    study = next(one for i in range(50) if (one := mix.study(np.random.default_rng(i), tagged=tagged)).sorts.shape[1] < 20)
    policies = Policies.preset("standard", correlation=study.correlation)
    found = retain(study.sorts, policies=policies, n_random=study.n_random, rng=np.random.default_rng(5), themes=study.tags)
    table = chances.asked(study, np.random.default_rng(5))
    assert chances.why_not(table) == found.reasons.get("probabilities", "")
    for name in ("nest", "nest_themes", "map", "ekc"):
        assert table[name] == found.answers[name]
    for mine, row in zip(chances.rows_of(table), found.rows, strict=True):
        for name in ("eigenvalue", "parallel_95", "ekc", "map", "nest_p", "nest_themes_p", "split_half", *EVENED):
            assert getattr(mine, name) == getattr(row, name)


def test_studies_of_the_mix_are_those_that_probabilities_are_told_of() -> None:
    studies = [mix.study(np.random.default_rng([3, i]), tagged=i % 2 == 1) for i in range(300)]
    sorts = [one.sorts.shape[1] for one in studies]
    assert SORTS == (mix.FEWEST, mix.MOST)
    assert STATEMENTS == mix.STATEMENTS
    assert mix.FEWEST <= min(sorts) < 20
    assert 120 < max(sorts) <= mix.MOST
    assert {one.sorts.shape[0] for one in studies} <= set(range(mix.STATEMENTS[0], mix.STATEMENTS[1] + 1))
    assert set(Counter(one.viewpoints for one in studies)) == set(range(MOST + 1))
    assert sum(mix.SHARES) == pytest.approx(1)
    free = [one for one in studies if not (np.sort(one.sorts, axis=0) == np.sort(one.sorts, axis=0)[:, :1]).all()]
    assert 0.05 < len(free) / len(studies) < 0.25
    assert all((one.tags is not None) == (i % 2 == 1) for i, one in enumerate(studies))
    assert all((np.ptp(one.sorts, axis=0) > 0).all() for one in studies)


def test_people_of_a_viewpoint_follow_it_and_where_there_is_none_nobody_does() -> None:
    rng = np.random.default_rng(6)
    signal, loading = mix._held(3, 30, np.arange(40), 0.0, rng)
    assert signal.shape == (40, 30)
    assert (np.abs(loading) <= mix.TIGHTEST).all()
    whole = {tuple(column) for column in np.round(signal.T[np.abs(loading) > 0], 9).tolist()}
    assert len(whole) >= 3  # and as many more as people mix two of them
    assert not mix._held(0, 30, np.arange(40), 0.0, rng)[0].any()


def test_the_fit_finds_the_coefficients_that_made_the_choices() -> None:
    rng = np.random.default_rng(7)
    figures, coefficients = rng.standard_normal((4000, 5, 3)), np.array([1.5, -0.7, 0.0])
    scores = figures @ coefficients + rng.gumbel(size=(4000, 5))
    assert learn.fitted(figures, scores.argmax(axis=1)) == pytest.approx(coefficients, abs=0.12)
    one = learn.learned(figures[:1000], scores[:1000].argmax(axis=1), ("a", "b", "c"))
    assert one.coefficients["a"] == pytest.approx(1.5, abs=0.3)
    assert one.stretch[0] + 0.6 * one.stretch[1] == pytest.approx(0, abs=0.15)  # these scores are right as they are


def test_an_interrupted_drawing_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "draw", lambda index: {"index": index})
    file = tmp_path / "kept" / "plain.jsonl"
    with ThreadPoolExecutor(1) as pool:
        first = learn.drawn(file, 2, pool)
        file.write_text(file.read_text().replace('"index": 0', '"index": 70'))
        both = learn.drawn(file, 3, pool)
    assert [one["index"] for one in first] == [0, 1]
    assert [one["index"] for one in both] == [70, 1, 2]
    assert [json.loads(line)["index"] for line in file.read_text().splitlines()] == [70, 1, 2]


@pytest.mark.parametrize(
    ("shares", "truth", "expected"),
    [
        ((0.0, 0.9, 0.1), 1, {("numbers", "hold"): (1.0, 1.0), ("numbers", "how many"): (1.0, 1.0), ("chances", "right of told"): (1.0, 1.0)}),
        ((0.0, 0.7, 0.3), 2, {("numbers", "hold"): (1.0, 1.0), ("numbers", "how many"): (2.0, 1.0), ("chances", "wrong and told"): (1.0, 1.0)}),
        ((0.4, 0.3, 0.3), 0, {("chances", "told"): (0.0, 1.0), ("chances", "right of told"): (0.0, 0.0), ("likeliest", "true 0.5"): (1.0, 1.0)}),
        ((0.9, 0.05, 0.05), 2, {("numbers", "hold"): (0.0, 1.0), ("likeliest", "said 1.0"): (0.9, 1.0), ("likeliest", "true 1.0"): (0.0, 1.0)}),
    ],
)
def test_a_study_is_judged_by_its_truth(
    shares: tuple[float, ...], truth: int, expected: dict[tuple[str, str], tuple[float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chances, "why_not", lambda _table: "")
    monkeypatch.setattr(chances, "probabilities", lambda *_: shares)
    tally = chances.judged(truth, {"rows": [], "n_statements": 42, "n_sorts": 40, "nest": 2, "nest_themes": None, "map": 2})
    for key, value in expected.items():
        assert tally[key] == value
    assert tally["criteria", "NEST right"] == (float(truth == 2), 1.0)
    assert tally["criteria", "agree and wrong"] == (float(truth != 2), 1.0)
    monkeypatch.setattr(chances, "why_not", lambda _table: "a reason")
    assert chances.judged(truth, {}) == {("chances", "refused"): (1.0, 1.0)}


@pytest.mark.parametrize(("wrong", "right", "verdict", "words"), [(0.05, 0.9, "yes", "more were right"), (0.1, 0.5, "**no**", "fewer were right")])
def test_a_number_told_where_nobody_shares_a_view_is_counted_and_the_side_on_which_probabilities_are_off_is_told(
    wrong: float, right: float, verdict: str, words: str
) -> None:
    plain = Cell("chances", "without tags", (10, 10))
    tagged = Cell("chances", "with tags", (), theme=3, own=0.5)
    rates = {(c.name, "numbers", "hold"): Rate(0.9, 0.01, 200, 200) for c in (plain, tagged)}
    rates |= {(c.name, "chances", "wrong and told"): Rate(wrong, 0.01, 200, 200) for c in (plain, tagged)}
    rates[tagged.name, "likeliest", "said 0.9"], rates[tagged.name, "likeliest", "true 0.9"] = Rate(0.8, 0.0, 200, 200), Rate(right, 0.02, 200, 200)
    *_, off, false = likely.targets(([plain, tagged], rates))
    assert words in off[2]
    assert off[3] == "**no**"
    assert false[2:] == (f"{100 * wrong:.1f} %", verdict)


def test_where_no_study_was_wrong_the_interval_says_that_some_may_be() -> None:
    assert likely._interval(0.0, 60) == "0.0 (0.0 to 6.0)"  # 1 - .025 ** (1 / 60)
    assert likely._interval(0.1, 50) == "10.0 (3.3 to 21.8)"  # as binom.test of R gives it
