"""`qmethod analyse --retest`: second sorts give the reliability, take no part, and the recipe repeats it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import qmethod
from qmethod_analysis.commands.cli import main
from qmethod_analysis.recipe.reading import parse


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def sorts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> qmethod.QData:
    """Twelve people, the first four of whom sorted twice; in a folder with sorts.csv and pairs.csv."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(5)
    views = rng.standard_normal((20, 2))
    own = np.hstack([0.8 * views[:, [0]] + 0.6 * rng.standard_normal((20, 6)), 0.8 * views[:, [1]] + 0.6 * rng.standard_normal((20, 6))])
    again = 0.85 * own[:, [0, 1, 6, 7]] + 0.5 * rng.standard_normal((20, 4))
    places = np.repeat([-2, -1, 0, 1, 2], [2, 5, 6, 5, 2])[np.hstack([own, again]).argsort(axis=0).argsort(axis=0)]
    names = (*(f"p{i}" for i in range(12)), "p0b", "p1b", "p6b", "p7b")
    data = qmethod.QData(places, tuple(f"s{i}" for i in range(20)), names)
    qmethod.write_csv(data, "sorts.csv")
    Path("pairs.csv").write_text("second,first\np0b,p0\np1b,p1\np6b,p6\np7b,p7\n")
    return data


def test_second_sorts_give_the_reliability_and_take_no_part(sorts: qmethod.QData) -> None:
    done = call("analyse", "sorts.csv", "-k", 2, "--retest", "pairs.csv", "--no-retention")
    assert done.exit_code == 0, done.output
    found = qmethod.retest(sorts, "pairs.csv")
    words = " ".join(done.output.split())
    assert f"The retest correlation is {found.pooled:.2f} (95 % interval {found.low:.2f} to {found.high:.2f}" in words
    assert "Second sorts were left out of the analysis: p0b, p1b, p6b, p7b." in words
    recipe = parse(Path("sorts-analysis/analysis.toml").read_text(), "analysis.toml")
    assert recipe.retest == (("p0", "p0b"), ("p1", "p1b"), ("p6", "p6b"), ("p7", "p7b"))
    assert (recipe.policies.reliability, recipe.policies.reliability_coefficient) == ("fixed", found.coefficient)
    values = json.loads(Path("sorts-analysis/solution.json").read_text())
    assert values["data"]["participants"] == [f"p{i}" for i in range(12)]
    alone = qmethod.analyse(sorts.keep(range(12)), 2, reliability="fixed", reliability_coefficient=found.coefficient)
    np.testing.assert_allclose(values["scores"]["z_scores"], alone.scores.z_scores, atol=1e-12)
    assert "The retest correlation is" in Path("sorts-analysis/report.html").read_text()


def test_the_recipe_repeats_it_byte_for_byte(sorts: qmethod.QData) -> None:
    assert call("analyse", "sorts.csv", "-k", 2, "--retest", "pairs.csv", "--no-retention").exit_code == 0
    first = {file.name: file.read_bytes() for file in Path("sorts-analysis").iterdir() if file.is_file()}
    Path("pairs.csv").unlink()  # what it said stands in the recipe
    done = call("run", "sorts-analysis", "--out", "again")
    assert done.exit_code == 0, done.output
    again = {file.name: file.read_bytes() for file in Path("again").iterdir() if file.is_file()}
    assert first.keys() == again.keys()
    assert {name for name in first if first[name] != again[name]} == set()


def test_several_numbers_of_factors_leave_them_out_too(sorts: qmethod.QData) -> None:
    done = call("analyse", "sorts.csv", "-k", "1,2", "--retest", "pairs.csv", "--no-retention")
    assert done.exit_code == 0, done.output
    for part in ("1-factor", "2-factors"):
        assert len(json.loads(Path("sorts-analysis", part, "solution.json").read_text())["data"]["participants"]) == 12


def test_a_recipe_whose_reliability_is_not_that_of_its_pairs_says_what_to_write(sorts: qmethod.QData) -> None:
    assert call("analyse", "sorts.csv", "-k", 2, "--retest", "pairs.csv", "--no-retention").exit_code == 0
    file, right = Path("sorts-analysis/analysis.toml"), qmethod.retest(sorts, "pairs.csv").coefficient
    file.write_text(re.sub(r"reliability_coefficient = .*", "reliability_coefficient = 0.5", file.read_text()))
    done = call("run", "sorts-analysis")
    assert done.exit_code == 2
    assert f"Write reliability_coefficient = {right} there." in " ".join(done.output.split())
    broken = file.read_text().replace('second = "p0b"', 'second = ""')
    with pytest.raises(qmethod.DataError, match="a pair needs a `second` sort"):
        parse(broken, "analysis.toml")


@pytest.mark.parametrize(
    ("pairs", "words", "said"),
    [
        ("first,second\np0,nobody\n", (), "pairs.csv:2: there is no sort 'nobody'"),
        ("first,second\np0,p0\n", (), "p0 is paired with itself"),
        ("first,second\np0,p0b\np1,p0b\n", (), "p0b stands in line 2 already"),
        ("a,b\np0,p0b\n", (), "must name the columns first and second"),
        ("first,second\np0,p0b\n", ("--reliability", "observed"), "leave one of the two away"),
        ("first,second\np0,p0b\n", ("--reliability-coefficient", "0.7"), "leave one of the two away"),
        ("first,second\np0,p0b\n", ("--stream",), "leave one of the two away"),
    ],
)
def test_wrong_pairs_and_contradictions_are_refused_and_write_nothing(sorts: qmethod.QData, pairs: str, words: tuple[str, ...], said: str) -> None:
    Path("pairs.csv").write_text(pairs)
    done = call("analyse", "sorts.csv", "-k", 2, "--retest", "pairs.csv", *words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not Path("sorts-analysis").exists()


def test_swapped_columns_change_who_is_left_out_and_not_the_correlation(sorts: qmethod.QData) -> None:
    Path("pairs.csv").write_text("first,second\np0b,p0\np1b,p1\n")
    done = call("analyse", "sorts.csv", "-k", 2, "--retest", "pairs.csv", "--no-retention", "--json")
    assert done.exit_code == 0, done.output
    participants = json.loads(Path("sorts-analysis/solution.json").read_text())["data"]["participants"]
    assert "p0" not in participants
    assert "p0b" in participants
    assert qmethod.retest(sorts, "pairs.csv").pooled == pytest.approx(qmethod.retest(sorts, [("p0", "p0b"), ("p1", "p1b")]).pooled)
