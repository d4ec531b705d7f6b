"""The commands about viewpoints: how many, which is which, whose, and with how few statements."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import qmethod
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
    assert all(match["phi"] > 0.85 and match["p_value"] < 0.01 and 0.75 < match["chance_95"] < 0.88 for match in matches)
    assert all("The placements are ours" in match["source"] for match in matches)


def test_compare_says_whose_placements_these_are_what_chance_shares_and_what_is_circular(made: Path) -> None:
    printed = " ".join(call("compare", made / "found", "leadership").split())
    assert "DOI 10.1080/13645579.2021.1960738" in printed
    assert "what the makers of the study take the description to imply" in printed
    assert "keeps the places of 8 statements that all descriptions put on one side" in printed
    assert "the likeness is circular" in printed
    assert "published" not in printed
    alone = call("compare", made / "found", made / "found")  # no descriptions: nothing is kept, and nobody is said to have placed anything
    assert "keeps the places" not in alone
    assert "description" not in alone


def test_classify_gives_simulated_people_the_viewpoint_they_hold(made: Path) -> None:
    call("classify", made / "sorts.csv", "leadership", "--out", made / "answers.csv")
    with (made / "answers.csv").open(encoding="utf-8", newline="") as answers, (made / "sorts-truth.csv").open(encoding="utf-8", newline="") as truth:
        given = {row["participant"]: row["answer"] for row in csv.DictReader(answers)}
        held = {row["participant"]: row["viewpoint"] for row in csv.DictReader(truth)}
    names = {"creative": "Creative", "outcomes": "Outcomes", "visionary": "Visionary", "egalitarian": "Egalitarian"}
    right = [given[who].startswith(names[viewpoint]) for who, viewpoint in held.items() if given[who] != "unclear"]
    assert len(right) > 20
    assert sum(right) >= 0.9 * len(right)


def test_classify_by_an_analysis_tries_its_probabilities_and_tells_mixture_and_fit(made: Path) -> None:
    call("simulate", "leadership", "-n", 20, "--seed", 8, "--out", made / "new.csv")
    words = ("classify", made / "new.csv", made / "found", "--out", made / "new-answers.csv", "--overwrite")
    printed = " ".join(call(*words).split())
    found = json.loads(call(*words, "--json"))
    assert found["n_studies"] > 50
    assert f"tried on {found['n_studies']} studies drawn from the analysis, seed 1" in printed
    assert re.search(r"(No sort is|1 sort is|[0-9]+ sorts are) unlike what people of these viewpoints make", printed)
    assert "20 of 20 names are among those of the analysis" in printed  # simulated people are numbered alike in both files
    assert set(found["kept"]) == {viewpoint["name"] for viewpoint in found["sorts"][0]["viewpoints"]}
    assert all(0.5 < kept < 1 for kept in found["kept"].values())
    with (made / "new-answers.csv").open(encoding="utf-8", newline="") as answers:
        rows = list(csv.DictReader(answers))
    for row, sort in zip(rows, found["sorts"], strict=True):
        assert sum(float(cell) for name, cell in row.items() if name.startswith("share ")) == pytest.approx(1)
        assert sum(float(cell) for name, cell in row.items() if name.startswith("p ")) == pytest.approx(1)
        assert (float(row["fit"]), float(row["fit p"])) == pytest.approx((sort["fit"], sort["fit_p"]))
    other = json.loads(call(*words, "--json", "--seed", 2))
    assert other["sorts"] != found["sorts"]
    solution, sorts = qmethod.load(made / "found").solution, qmethod.read(made / "new.csv")
    direct = qmethod.classify(sorts, solution, rng=1)
    assert [sort["none_of_these"] for sort in found["sorts"]] == pytest.approx(direct.probabilities[:, -1].tolist())
    by_study = call("classify", made / "new.csv", "leadership")
    assert "The viewpoints were taken for exact." in by_study


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
