"""The commands about viewpoints: how many, which is which, whose, and with how few statements."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main


def call(*words: object) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated sorts of the leadership study, and their analysis."""
    home = tmp_path_factory.mktemp("leadership")
    call("simulate", "leadership", "-n", 32, "--seed", 3, "--out", home / "sorts.csv")
    call("analyse", home / "sorts.csv", "--factors", 4, "--out", home / "found")
    return home


def test_retain_tells_the_four_viewpoints(made: Path) -> None:
    found = json.loads(call("retain", made / "sorts.csv", "--json"))
    assert {"nest", "parallel_95", "map", "kaiser", "advice"} <= set(found)
    assert found["nest"] == 4  # parallel analysis may merge viewpoints that share a block of statements
    assert found["advice"][0] in call("retain", made / "sorts.csv").replace("\n", " ").replace("  ", " ")


def test_compare_finds_each_viewpoint_again(made: Path) -> None:
    matches = json.loads(call("compare", made / "found", "leadership", "--json"))["matches"]
    assert sorted(match["found"] for match in matches) == [f"Viewpoint {i}" for i in range(1, 5)]
    assert all(match["phi"] > 0.85 and match["p_value"] < 0.01 and match["chance_95"] < 0.7 for match in matches)


def test_classify_gives_simulated_people_the_viewpoint_they_hold(made: Path) -> None:
    call("classify", made / "sorts.csv", "leadership", "--out", made / "answers.csv")
    with (made / "answers.csv").open(encoding="utf-8", newline="") as answers, (made / "sorts-truth.csv").open(encoding="utf-8", newline="") as truth:
        given = {row["participant"]: row["answer"] for row in csv.DictReader(answers)}
        held = {row["participant"]: row["viewpoint"] for row in csv.DictReader(truth)}
    names = {"creative": "Creative", "outcomes": "Outcomes", "visionary": "Visionary", "egalitarian": "Egalitarian"}
    right = [given[who].startswith(names[viewpoint]) for who, viewpoint in held.items() if given[who] != "unclear"]
    assert len(right) > 20
    assert sum(right) >= 0.9 * len(right)


def test_shorten_recommends_a_set_of_the_study(made: Path) -> None:
    found = json.loads(call("shorten", made / "found", "--longest", 8, "--json"))
    assert found["recommended"] in [row["length"] for row in found["lengths"]]
    assert len(found["statements"]) == 8


@pytest.mark.parametrize(
    "words", [("compare", "nowhere", "leadership"), ("shorten", "nowhere"), ("retain", "nowhere.csv"), ("classify", "x.csv", "leadership")]
)
def test_what_is_not_there_is_named(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 2
    assert "Traceback" not in done.output
