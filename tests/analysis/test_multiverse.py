"""``qmethod multiverse`` as a researcher uses it: on a folder, on sorts, with choices of their own; its page and its tables."""

import csv
import html
import json
import re
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from qmethod import Grid
from qmethod.matching.multiverse import FLAG_RULES, choices, multiverse
from qmethod.simulation import simulate
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.multiverse import _as_in_the_report
from qmethod_analysis.folder.loaded import load_analysis
from qmethod_analysis.folder.viewpoints import read_solution
from qmethod_analysis.report.multiverse import pages
from tests.analysis.everywhere import words
from tests.analysis.report_cases import leadership

SORTS = "tests/reference/lipset/sorts.csv"
FEW = ["--try-factors", "2..3", "--try-extractions", "pca,paf", "--try-rotations", "varimax", "--try-flags", ".05+majority,.05"]


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("multiverse") / "lipset"
    assert run("analyse", SORTS, "--factors", 3, "--out", out, "--no-retention", "--name", "f2=The <second>").exit_code == 0
    return out


@pytest.fixture(scope="module")
def made(folder):
    result = run("multiverse", folder, *FEW)
    assert result.exit_code == 0, result.output
    return result.output


def rows(folder, name):
    with (folder / f"multiverse-{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_folder_of_an_analysis_is_put_to_the_test_in_all_combinations(folder, made):
    table = rows(folder, "analyses")
    assert len(table) == 2 * 2 * 1 * 2
    assert made.startswith("8 analyses.")
    own = next(row for row in table if (row["n_factors"], row["extraction"], row["flags"]) == ("3", "pca", ".05+majority"))
    assert [float(own[f"phi f{i}"]) for i in (1, 2, 3)] == pytest.approx([1, 1, 1], abs=1e-9)
    assert "The <second>" in made
    assert "4 analyses have fewer factors and are counted apart" in made


def test_shares_in_the_tables_are_what_the_analyses_say(folder, made):
    solved = [row for row in rows(folder, "analyses") if not row["failure"]]
    analyses, fewer = ([row for row in solved if (row["n_factors"] == "3") == room] for room in (True, False))
    assert (len(analyses), len(fewer)) == (4, 4)
    for j in (1, 2, 3):
        apart = next(row for row in rows(folder, "conclusions") if (row["viewpoint"], row["conclusion"]) == (f"f{j}", "found-with-fewer"))
        there = sum(bool(row[f"phi f{j}"]) and float(row[f"phi f{j}"]) >= 0.85 for row in fewer)
        assert (int(apart["held"]), int(apart["counted"])) == (there, 4)
        found = sum(bool(row[f"phi f{j}"]) and float(row[f"phi f{j}"]) >= 0.85 for row in analyses)
        row = next(row for row in rows(folder, "conclusions") if (row["viewpoint"], row["conclusion"]) == (f"f{j}", "found"))
        assert (int(row["held"]), int(row["counted"])) == (found, len(analyses))
        assert row["survives"] == ("yes" if found / len(analyses) >= 0.9 else "no")
    places = rows(folder, "positions")
    assert len(places) == 3 * 33
    assert all(float(row["lowest"]) <= float(row["median"]) <= float(row["highest"]) for row in places if row["lowest"])


def test_the_page_says_what_the_tables_say_and_loads_nothing(folder, made):
    page = (folder / "multiverse.html").read_text(encoding="utf-8")
    assert "The &lt;second&gt;" in page
    assert "<second>" not in page
    assert not re.search(r'(src|href)="(?!#|data:,)', page)
    for row in rows(folder, "conclusions"):
        if row["conclusion"] == "found":
            assert f"{row['held']} of {row['counted']}" in page
    again = run("multiverse", folder, *FEW)
    assert again.output == made
    assert (folder / "multiverse.html").read_text(encoding="utf-8") == page


def test_sorts_are_analysed_first_and_json_is_printed(folder, made):
    result = run("multiverse", SORTS, "--factors", 3, *FEW, "--json")
    values = json.loads(result.output)
    assert (values["n_analyses"], values["n_failed"]) == (8, 0)
    held = {(one["viewpoint"] or "", one["conclusion"], one["item"] or ""): (str(one["held"]), str(one["counted"])) for one in values["conclusions"]}
    assert held == {(row["viewpoint"], row["conclusion"], row["item"]): (row["held"], row["counted"]) for row in rows(folder, "conclusions")}


def test_what_survives_depends_on_the_share_asked_for(folder, tmp_path):
    assert run("multiverse", folder, *FEW, "--survives", "0.01", "--out", tmp_path).exit_code == 0
    assert {row["survives"] for row in rows(tmp_path, "conclusions") if row["held"] != "0"} == {"yes"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((SORTS,), "--factors K"),
        (("nowhere",), "there is no such file"),
        ((SORTS, "--factors", "3", "--try-extractions", "pcb"), "must be one of pca"),
        ((SORTS, "--factors", "3", "--try-flags", "most"), "rule 'most'"),
        ((SORTS, "--factors", "3", "--try-factors", "4..2"), "no range of numbers"),
        ((SORTS, "--factors", "3", "--try-factors", "0,1"), "no range of numbers"),
        ((SORTS, "--factors", "3", "--try-rotations", "target"), "target"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(args, said):
    result = run("multiverse", *args)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_an_empty_folder_and_a_second_number_of_factors_are_refused(folder, tmp_path):
    assert "there is no analysis in this folder" in run("multiverse", tmp_path).output
    assert "--try-factors" in run("multiverse", folder, "--factors", 2).output


def test_a_combination_without_a_solution_is_listed(tmp_path):
    """Of the usual numbers of factors the largest may be one too many; one that was asked for is refused instead."""
    data = simulate([[2, 0], [1, 0], [0, 0], [0, 1], [0, 2]], Grid((-1, 0, 1), (1, 3, 1)), (3, 3), np.random.default_rng(1)).data
    file = tmp_path / "sorts.csv"
    lines = [",".join(["statement", *data.participants])] + [
        ",".join([name, *map(str, row)]) for name, row in zip(data.statements, data.sorts.tolist(), strict=True)
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run("multiverse", file, "--factors", 3, "--try-extractions", "pca", "--try-rotations", "varimax", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "3 combinations of choices gave no solution" in result.output
    assert [bool(row["failure"]) for row in rows(tmp_path / "out", "analyses")] == [False] * 6 + [True] * 3
    assert "Combinations without a solution" in (tmp_path / "out" / "multiverse.html").read_text(encoding="utf-8")


def test_choices_with_too_few_factors_put_nothing_to_the_test(folder, tmp_path):
    result = run("multiverse", folder, "--try-factors", "2", "--try-rotations", "varimax", "--out", tmp_path / "fewer")
    assert result.exit_code == 0, result.output
    assert "No analysis has the 3 factors that these viewpoints need" in " ".join(result.output.split())
    assert "matters" not in result.output.partition("comes back in (")[0]


def test_every_format_has_all_findings_and_the_picture(folder, tmp_path):
    files = run("multiverse", folder, *FEW, "--formats", "docx,md,pdf,html", "--out", tmp_path / "all", "--json")
    assert files.exit_code == 0, files.output
    findings = [one["sentence"] for one in json.loads(files.output)["findings"]]
    assert len(findings) > 4
    for name in ("multiverse.html", "multiverse.docx", "multiverse.md"):
        text = " ".join(" ".join(words(name, (tmp_path / "all" / name).read_bytes())).replace("\\", "").split())
        assert [one for one in findings if one not in text] == [], name
    assert (tmp_path / "all" / "multiverse.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "all" / "multiverse.html").read_text(encoding="utf-8")
    assert f"Figure 1. {html.escape(findings[0].removesuffix('.'))}. How to read it: " in page
    drawn = (tmp_path / "all" / "multiverse-figures" / "multiverse-curve.svg").read_text(encoding="utf-8")
    for row in rows(tmp_path / "all", "conclusions"):  # the text alternative has the figures
        if row["conclusion"] == "found":
            assert f"comes back in {row['held']} of {row['counted']}." in drawn
    assert run("multiverse", folder, "--formats", "xlsx").exit_code == 2


def test_viewpoints_are_called_as_the_report_calls_them(folder, tmp_path):
    again = shutil.copytree(folder, tmp_path / "again")
    (again / "report.toml").write_text('[viewpoints.f1]\nname = "Those who stay"\n', encoding="utf-8")
    reference = read_solution(again)
    assert _as_in_the_report(again, reference)[0] == "Those who stay"
    assert _as_in_the_report(folder, reference) == load_analysis(folder).names
    loaded = leadership(40)
    described = [one.name for one in loaded.called if one.borrowed]
    few = multiverse(loaded.solution, choices((4,), ("pca",), ("varimax",), FLAG_RULES[:2]))
    page = pages(few, loaded.recipe, names=loaded.names)["multiverse.html"].decode()
    assert described
    assert all(html.escape(name) in page for name in described)
    assert "Viewpoint 1" not in page
