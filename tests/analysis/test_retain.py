"""How many viewpoints, from the command line to the report."""

from __future__ import annotations

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod import QData, QSolution
from qmethod.retention.advice import NAMES
from qmethod.retention.retain import Retention, retain
from qmethod_analysis.folder.loaded import understand
from qmethod_analysis.pictures import figures
from qmethod_analysis.recipe.reading import load
from qmethod_analysis.recipe.recipe import Counting, Input, Recipe
from qmethod_analysis.report.html import report
from qmethod_analysis.report.retention import drawn
from qmethod_analysis.runs import besides
from qmethod_analysis.tables import retention
from tests.analysis.conftest import LIPSET, Qmethod, hashes
from tests.analysis.page import Page
from tests.references import sorts


@pytest.fixture(scope="module")
def found(lipset: QSolution) -> Retention:
    return retain(lipset.data, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def page(lipset: QSolution, found: Retention) -> Page:
    recipe = Recipe(input=Input(path="sorts.csv"), n_factors=3, retention=Counting())
    return Page(report(understand(lipset, recipe, counted=found)))


def test_json_is_one_object_with_the_answers_at_the_top(qmethod_command: Qmethod, found: Retention):
    result = qmethod_command("retain", LIPSET, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    values = json.loads(result.stdout, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    assert {"nest", "parallel_95", "map", "kaiser", "advice", "rows", "seed", "n_random"} <= set(values)
    assert values == {**json.loads(json.dumps(found.to_dict())), "seed": 1}  # what the library says of the same seed
    assert [row["k"] for row in values["rows"]] == list(range(9))


def test_the_terminal_says_the_advice_first(qmethod_command: Qmethod, found: Retention):
    result = qmethod_command("retain", LIPSET)
    words = " ".join(result.stdout.split())
    assert words.startswith(found.advice[0])
    assert all(" ".join(sentence.split()) in words for sentence in found.advice[1:])
    assert all(name in result.stdout for name in NAMES.values())
    assert re.search(
        r"9 sorts of 33 statements\. Each comparison drew 100 sets of random sorts(, up to [\d,]+ where a p-value of NEST was near \.05)?, seed 1\.",
        result.stdout,
    )
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_options_reach_the_criteria(qmethod_command: Qmethod):
    def values(*options: object) -> dict[str, object]:
        return json.loads(qmethod_command("retain", LIPSET, "--json", "--random", 19, *options).stdout)

    plain = values()
    assert len(values("--factors-up-to", 2)["rows"]) == 3
    assert values("--seed", 2)["rows"][1]["parallel_95"] != plain["rows"][1]["parallel_95"]
    assert values("--correlation", "spearman")["rows"][1]["eigenvalue"] != plain["rows"][1]["eigenvalue"]
    assert values("--extraction", "centroid")["rows"][1]["humphrey"] != plain["rows"][1]["humphrey"]
    assert values("--preset", "kade", "--extraction", "centroid")["conventions"]["extraction"] == "centroid"
    kendall = values("--correlation", "kendall")
    assert kendall["nest"] is None
    assert "Kendall" in kendall["reasons"]["nest"]


def test_retain_takes_the_name_of_a_study(qmethod_command: Qmethod):
    result = qmethod_command("retain", "climate", "--random", 19, "--factors-up-to", 2, "--json")
    assert json.loads(result.stdout)["n_sorts"] == 435


@pytest.mark.parametrize("wrong", [("nowhere.csv",), (LIPSET, "--random", 5), (LIPSET, "--extraction", "alpha"), (LIPSET, "--factors-up-to", 0)])
def test_what_cannot_be_asked_ends_in_exit_code_2(qmethod_command: Qmethod, wrong: tuple[object, ...]):
    result = qmethod_command("retain", *wrong)
    assert result.exit_code == 2
    assert result.stderr


def test_missing_placements_name_participant_and_way_out(qmethod_command: Qmethod):
    rows = [f"s{i},{i % 3},{(i + 1) % 3},{'' if i == 2 else i % 2},{i}" for i in range(8)]
    Path("holes.csv").write_text("\n".join(["statement,Ann,Bo,Cy,Di", *rows]))
    result = qmethod_command("retain", "holes.csv")
    assert result.exit_code == 2
    assert "Cy" in result.stderr
    assert qmethod_command("retain", "holes.csv", "--missing", "drop-sort", "--random", 19).exit_code == 0


def test_a_terminal_gets_a_bar_and_a_file_does_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    from qmethod_analysis.commands.working import counting

    with counting() as progress:
        progress("parallel analysis", 0, 100)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with counting() as progress:
        progress("parallel analysis", 0, 100)
        progress("parallel analysis", 100, 100)
        progress("NEST with 1 viewpoint", 50, 100)
    assert "NEST with 1 viewpoint" in capsys.readouterr().err


def test_an_analysis_holds_the_table_and_run_repeats_it(qmethod_command: Qmethod, tmp_path: Path):
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--seed", 7, "--out", "a").exit_code == 0
    assert load(tmp_path / "a" / "analysis.toml").retention == Counting(n_random=100, seed=7, max_factors=8, nest=True)
    values = json.loads((tmp_path / "a" / "retention.json").read_text(encoding="utf-8"))
    expected = retain(sorts("lipset"), rng=np.random.default_rng(7))
    assert values["rows"] == json.loads(json.dumps(expected.to_dict()["rows"]))
    assert values["seed"] == 7
    with (tmp_path / "a" / "retention.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["k"] for row in rows] == [str(k) for k in range(9)]
    assert float(rows[1]["eigenvalue"]) == pytest.approx(expected.rows[1].eigenvalue)
    assert rows[0]["eigenvalue"] == ""
    before = hashes(tmp_path / "a")
    for name in ("retention.json", "retention.csv"):
        (tmp_path / "a" / name).write_text("gone", encoding="utf-8")
    assert qmethod_command("run", "a/analysis.toml").exit_code == 0
    shutil.rmtree(tmp_path / "a" / "kept-1")
    assert hashes(tmp_path / "a") == before


def test_it_can_be_left_out_and_then_stays_out(qmethod_command: Qmethod, tmp_path: Path):
    qmethod_command("analyse", LIPSET, "-k", 3, "--no-retention", "--out", "a")
    assert load(tmp_path / "a" / "analysis.toml").retention is None
    qmethod_command("run", "a/analysis.toml")
    assert not list((tmp_path / "a").glob("retention*"))
    assert "How many viewpoints" not in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")


def test_large_studies_are_asked_less():
    assert besides.counting(40, 3) == Counting(100, 3, 8, nest=True)
    assert besides.counting(435, 3) == Counting(39, 3, 8, nest=True)
    assert besides.counting(3000, 3) == Counting(39, 3, 8, nest=False)
    assert besides.counting(1_000_000, 3) is None


def test_faults_of_the_recipe_are_told_with_their_line(qmethod_command: Qmethod, tmp_path: Path):
    qmethod_command("analyse", LIPSET, "-k", 3, "--out", "a")
    file = tmp_path / "a" / "analysis.toml"
    text = file.read_text(encoding="utf-8")
    wrong = text.replace("n_random = 100", "n_random = 3").replace("nest = true", 'nest = "yes"\nnets = true').replace("seed = 1\n", "seed = -1\n")
    file.write_text(wrong, encoding="utf-8")
    result = qmethod_command("run", "a/analysis.toml")
    assert result.exit_code == 2
    lines = wrong.splitlines()
    right = {"n_random": "a whole number from 19 to 1000000; got 3", "nest": "true or false; got 'yes'", "seed": "a whole number from 0; got -1"}
    for key, words in right.items():
        line = next(i for i, at in enumerate(lines, 1) if at.startswith(f"{key} ="))
        assert f":{line}: `{key}` must be {words}" in result.stderr
    assert "Did you mean nest?" in result.stderr


def test_the_order_of_the_file_does_not_reach_the_files(lipset: QSolution, found: Retention):
    turned = lipset.data.keep(range(lipset.data.n_sorts - 1, -1, -1))
    again = retain(turned, rng=np.random.default_rng(1))
    assert retention.table(again) == retention.table(found)


def test_the_section_says_advice_criteria_and_rows(page: Page, found: Retention):
    assert page.crossed == []
    assert page.open == []
    for sentence in found.advice:
        assert " ".join(sentence.split()) in page.text
    assert f"This report shows the solution with 3 factors. {drawn(found, 1)}" in page.text
    assert ("near .05, seed 1." in drawn(found, 1)) == any((row.nest_sets or 0) > 100 for row in found.rows)
    for name in NAMES.values():
        assert f"{name[:1].upper()}{name[1:]}" in page.text
    assert page.text.count("finds viewpoints in random sorts") == 5
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"how-many", "scree-title", "scree-desc"} <= set(ids)
    assert any(attributes.get("href") == "#how-many" for attributes in page.all("a"))
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert all("scope" in attributes for attributes in page.all("th"))


def test_the_section_tells_the_command_where_it_was_not_asked(lipset: QSolution, monkeypatch: pytest.MonkeyPatch):
    recipe = Recipe(input=Input(path="sorts.csv"), n_factors=3)
    assert "How many viewpoints" not in Page(report(understand(lipset, recipe))).text
    monkeypatch.setattr("qmethod_analysis.report.retention.MOST", 8)
    text = Page(report(understand(lipset, recipe))).text
    assert "With more than 8 sorts it takes a while. qmethod retain SORTS asks it." in text


def test_the_section_tells_why_nest_is_missing(lipset: QSolution):
    asked = retain(lipset.data, rng=np.random.default_rng(1), nest=False)
    recipe = Recipe(input=Input(path="sorts.csv"), n_factors=3, retention=Counting(nest=False))
    text = Page(report(understand(lipset, recipe, counted=asked))).text
    assert "NEST was left out" in text
    assert "qmethod retain SORTS asks NEST too." in text


def test_the_picture_shows_every_eigenvalue_beside_chance(found: Retention):
    svg = figures.eigenvalues_and_chance(found).svg("x", "t", "d")
    assert svg == figures.eigenvalues_and_chance(found).svg("x", "t", "d")
    tested = sum(row.nest_p is not None for row in found.rows)
    assert svg.count("<path") == 8 + 8 + tested + 3  # three of them in the key
    assert svg.count("<polyline") == 3
    bare = replace(found, rows=tuple(replace(row, parallel_95=None, nest_threshold=None) for row in found.rows))
    assert figures.eigenvalues_and_chance(bare).svg("x", "t", "d").count("<polyline") == 1


@pytest.mark.parametrize("n_sorts", [2, 3, 5])
def test_reports_of_very_few_sorts(n_sorts: int):
    data = QData(sorts("lipset").sorts[:, :n_sorts])
    solution = qmethod.analyse(data, 1)
    recipe = Recipe(input=Input(path="sorts.csv"), n_factors=1, retention=Counting(n_random=19))
    page = Page(report(understand(solution, recipe, counted=besides.viewpoints_to_expect(solution, recipe, lambda _: None))))
    assert page.crossed == []
    assert "How many viewpoints" in page.text


def tagged(folder: Path) -> tuple[Path, Path]:
    """Sorts of people who like themes each in a way of their own, and a file of statements with tags."""
    rng, n, m = np.random.default_rng(4), 24, 20
    latent = rng.standard_normal((4, m)).repeat(6, axis=0) + rng.standard_normal((n, m))
    placed = np.repeat(np.arange(-3, 4), [2, 3, 4, 6, 4, 3, 2])[latent.argsort(axis=0).argsort(axis=0)]
    lines = [",".join(["statement", *(f"p{j}" for j in range(m))]), *(",".join([f"s{i}", *map(str, row)]) for i, row in enumerate(placed))]
    (folder / "sorts.csv").write_text("\n".join(lines) + "\n")
    (folder / "cards.csv").write_text("id,text,tags\n" + "".join(f"s{i},Statement {i}.,theme{i // 6}\n" for i in range(n)))
    return folder / "sorts.csv", folder / "cards.csv"


def test_tags_of_the_file_of_statements_are_used(qmethod_command: Qmethod, tmp_path: Path):
    sorts_file, statements = tagged(tmp_path)
    plain = json.loads(qmethod_command("retain", sorts_file, "--json").stdout)
    found = json.loads(qmethod_command("retain", sorts_file, "--statements", statements, "--json").stdout)
    assert plain["themes"] == {}
    assert plain["nest_themes"] is None
    assert found["themes"] == {f"theme{i}": 6 for i in range(4)}
    assert found["nest"] == plain["nest"] > found["nest_themes"] == 0
    shown = qmethod_command("retain", sorts_file, "--statements", statements).stdout
    assert "Beyond themes no shared viewpoint can be told from chance." in " ".join(shown.split())
    assert "beyond" in shown.split("Hum-")[0].splitlines()[-1]


def test_tags_that_lie_beside_the_sorts_are_used_and_the_file_is_named(qmethod_command: Qmethod, tmp_path: Path):
    sorts_file, statements = tagged(tmp_path)
    statements.rename(tmp_path / "statements.csv")
    shown = " ".join(qmethod_command("retain", sorts_file).stdout.split())
    assert "within 4 themes of statements only" in shown
    assert "Statement texts were taken from statements.csv, which lies beside the sorts." in shown


def test_an_analysis_asks_as_the_command_does_and_repeats_it(qmethod_command: Qmethod, tmp_path: Path):
    sorts_file, statements = tagged(tmp_path)
    assert qmethod_command("analyse", sorts_file, "-k", "2", "--statements", statements, "--out", "one").exit_code == 0
    asked = json.loads(qmethod_command("retain", sorts_file, "--statements", statements, "--json").stdout)
    kept = json.loads(Path("one/retention.json").read_text(encoding="utf-8"))
    assert {name: kept[name] for name in asked} == asked
    before = hashes(Path("one"))
    assert qmethod_command("run", "one/analysis.toml", "--overwrite").exit_code == 0
    assert hashes(Path("one")) == before
    text = Page(Path("one/report.html").read_text(encoding="utf-8")).text
    assert "NEST beyond themes deals each person's places out within 4 themes of statements only" in text


def test_tags_of_a_copy_that_is_yet_to_be_laid_are_read(tmp_path: Path):
    sorts_file, statements = tagged(tmp_path)
    solution = qmethod.analyse(qmethod.read(sorts_file, statements=statements), 2)
    recipe = Recipe(input=Input(path="input/sorts.csv", statements="input/statements.csv"), n_factors=2, retention=Counting(n_random=39))
    laid = {"input/statements.csv": statements.read_bytes()}
    found = besides.viewpoints_to_expect(solution, recipe, lambda _: None, tmp_path / "new", laid)
    assert found is not None
    assert found.themes == {f"theme{i}": 6 for i in range(4)}


def test_tags_of_the_study_are_used_wherever_sorts_come_from_it(qmethod_command: Qmethod):
    assert qmethod_command("simulate", "leadership", "-n", "12", "--out", "made").exit_code == 0
    told = json.loads(qmethod_command("retain", "made", "--study", "leadership", "--random", "19", "--factors-up-to", "2", "--json").stdout)
    untold = json.loads(qmethod_command("retain", "made", "--study", "none", "--random", "19", "--factors-up-to", "2", "--json").stdout)
    assert sum(told["themes"].values()) == 42
    assert "bad-leadership + power" in told["themes"]
    assert untold["themes"] == {}
    wrong = qmethod_command("retain", LIPSET, "--study", "leadership")
    assert wrong.exit_code == 2
    assert "has no statement" in wrong.stderr
