"""A factor that nobody defines is no viewpoint, and nothing that counts or lists viewpoints takes it for one."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import qmethod
from qmethod import ManualFlag, QSolution
from qmethod.matching.multiverse import choices, multiverse
from qmethod.policies import Policies
from qmethod.resampling.bootstrap import bootstrap
from qmethod.retention.advice import _each
from qmethod.streaming.pipeline import analyse_in_chunks
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.summary import print_summary
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.folder.viewpoints import read_viewpoints
from qmethod_analysis.interpretation.other_choices import story
from qmethod_analysis.interpretation.viewpoints import Viewpoints
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.report import naming
from qmethod_analysis.report.html import html
from qmethod_analysis.report.leaks import words
from qmethod_analysis.report.multiverse import document
from qmethod_analysis.report.side_by_side import page as side_by_side_page
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.publish import site
from qmethod_analysis.tables.multiverse import as_dict
from qmethod_analysis.tables.side_by_side import side_by_side
from qmethod_analysis.words.labels import defined, viewpoint_names
from qmethod_analysis.words.narrative import viewpoints_counted
from tests.analysis.conftest import LIPSET, Qmethod
from tests.analysis.everywhere import pages, published, reports
from tests.references import sorts


def without(label: str) -> QSolution:
    """Three factors, and by hand nobody who defines this one."""
    data = replace(sorts("lipset"), texts=tuple(f"What number {i} says." for i in range(1, 34)))
    whole = qmethod.analyse(data, 3)
    return qmethod.analyse(data, 3, flags=[ManualFlag(who, label, False, "to see") for who in whole.defining(int(label[1]) - 1)])


CASES = {
    "f3 is defined by nobody": lambda: without("f3"),
    "f1 is defined by nobody": lambda: without("f1"),
    "f2 and f3 are defined by nobody": lambda: qmethod.analyse(
        sorts("lipset"), 3, flagging="none", flags=[ManualFlag(who, "f1", True, "to see") for who in ("US1", "US2")]
    ),
}
NOBODY = "f1, f2 and f3 are defined by nobody"
solution_of = cache(lambda why: CASES[why]() if why in CASES else qmethod.analyse(sorts("lipset"), 3, flagging="none"))
TOO_MANY = re.compile(r"\b(?:3|three|All three) (?:different )?viewpoints\b", re.I)


def loaded_of(why: str) -> Loaded:
    solution = solution_of(why)
    return understand(solution, Recipe(Input(path="sorts.csv"), 3, solution.policies))


def silent(why: str) -> list[str]:
    return re.findall(r"f\d", why)


def check(why: str, where: str, lines: list[str]) -> None:
    """No text counts three viewpoints, nor calls a factor without scores one."""
    text = " ".join(" ".join(line.split()) for line in lines)
    assert not TOO_MANY.search(text), (where, TOO_MANY.search(text))
    for label in silent(why):
        number = label[1:]
        assert f"Viewpoint {number}" not in text, where
        assert not re.search(rf"(?<!no )viewpoint {label}\b", text), where


@pytest.mark.parametrize("why", [*CASES, NOBODY])
def test_they_are_counted_and_named_as_what_they_are(why: str) -> None:
    solution = solution_of(why)
    n = 3 - len(silent(why))
    assert viewpoints_counted(solution) == f"{f'{n} viewpoint' + 's' * (n > 1) if n else 'no viewpoint'} ({why})"
    assert len(defined(solution)) == n
    assert viewpoints_counted(qmethod.analyse(sorts("lipset"), 3)) == "3 viewpoints"


@pytest.mark.parametrize("why", [*CASES, NOBODY])
def test_no_report_takes_it_for_a_viewpoint(why: str) -> None:
    for name, lines in reports(loaded_of(why)).items():
        check(why, name, lines)
        if name != "report.xlsx":  # a workbook of tables
            assert any(why in line for line in lines), name
        else:
            assert not {f"Viewpoint {label[1:]}" for label in silent(why)} & set(lines)


def test_sorts_that_cancel_each_other_out_make_none_either() -> None:
    data = sorts("lipset")
    flipped = replace(data, sorts=np.column_stack([data.sorts, -data.sorts[:, 0]]), participants=(*data.participants, "mirror"), source=None)
    flags = [ManualFlag(flipped.participants[0], "f1", True, "so"), ManualFlag("mirror", "f1", True, "so"), ManualFlag("US2", "f2", True, "so")]
    solution = qmethod.analyse(flipped, 2, flagging="none", flags=flags, weighting="standardised")
    cancelled = replace(
        solution,
        scores=replace(solution.scores, z_scores=np.where([True, False], np.nan, solution.scores.z_scores)),
    )
    assert viewpoints_counted(cancelled) == "1 viewpoint (the sorts that define f1 cancel each other out)"
    assert viewpoints_counted(solution) == "2 viewpoints"


@pytest.mark.parametrize("why", CASES)
def test_no_page_for_everybody_takes_it_for_a_viewpoint(why: str) -> None:
    files = published(loaded_of(why))
    for name, lines in pages(files).items():
        if name.endswith((".html", ".txt", ".cff", ".csv")):
            check(why, name, lines)
    n = 3 - len(silent(why))
    method = " ".join(pages(files)["method.html"])
    assert f"Here they looked for 3, and {n} viewpoint{'s' * (n > 1)} came out (for the rest nobody’s order stands: {why})." in " ".join(
        method.split()
    )
    tables = {name: list(csv.reader(io.StringIO(files[f"data/{name}.csv"].decode()))) for name in ("viewpoints", "z_scores", "factor_arrays")}
    left = [label for label in ("f1", "f2", "f3") if label not in silent(why)]
    assert [row[0] for row in tables["viewpoints"][1:]] == left
    assert tables["z_scores"][0][1:] == tables["factor_arrays"][0][1:] == left
    assert all(cell for table in tables.values() for row in table[1:] for cell in (row[0], row[-1]))
    assert [name for name in files if name.startswith("viewpoint-")] == [f"viewpoint-{label[1:]}.html" for label in left]
    assert not set(silent(why)) & set(re.findall(r"^(f\d) = ", files["data/analysis.toml"].decode(), re.M))


def test_the_list_of_studies_has_no_name_for_it() -> None:
    why = "f3 is defined by nobody"
    files = site([Published(loaded_of(why), name) for name in ("one", "two")])
    check(why, "front page", words("index.html", files["index.html"]))
    assert not any("Factor 3" in line for line in words("index.html", files["index.html"]))


@pytest.mark.parametrize("why", [*CASES, NOBODY])
def test_the_terminal_counts_those_that_are_there(why: str) -> None:
    loaded, out = loaded_of(why), io.StringIO()
    print_summary(loaded.solution, loaded.recipe, Path("out"), (), file=out)
    text = " ".join(out.getvalue().split())
    check(why, "summary", [text])
    assert f"Found {viewpoints_counted(loaded.solution)}" in text
    for label in silent(why):
        assert f"Factor {label[1:]} ({label}), no viewpoint" in text


def test_so_it_does_where_sorts_are_streamed(tmp_path: Path) -> None:
    from qmethod_analysis.runs.streamed import open_input

    rows = [line.split(",") for line in LIPSET.read_text().splitlines()]
    (tmp_path / "sorts.csv").write_text("\n".join(",".join(column) for column in zip(*rows, strict=True)))
    given = Input(path="sorts.csv", layout="participants-in-rows")
    solution = analyse_in_chunks(open_input(given, tmp_path), 7, policies=Policies.preset("standard", rotation="none"))
    empty = [label for label, n in zip(solution.labels, solution.characteristics.n_defining, strict=True) if not n]
    assert empty, "choose another case: here every factor is defined"
    out = io.StringIO()
    print_summary(solution, Recipe(given, 7, stream=True), tmp_path, (), file=out)
    text = " ".join(out.getvalue().split())
    assert f"Found {7 - len(empty)} viewpoint" in text
    assert "7 viewpoints" not in text
    assert not [label for label in empty if f"Viewpoint {label[1:]}" in text]


@pytest.mark.parametrize("why", [*CASES, NOBODY])
def test_pages_to_decide_by_count_those_that_are_there(why: str) -> None:
    three, recipe = solution_of(why), Recipe(Input(path="sorts.csv"), 3)
    made = side_by_side([qmethod.analyse(three.data, 2), three])
    amount = made.amounts[1]
    assert (amount.viewpoints, amount.no_viewpoints) == (3 - len(silent(why)), why)
    assert amount.fewest_of not in silent(why)
    lines = words("page.html", side_by_side_page(made, recipe, {2: "2.html", 3: "3.html"}).encode())
    check(why, "side by side", lines)
    assert any(why in line for line in lines)
    assert not [label for label in silent(why) if any(f"{label} is new" in line for line in lines)]
    later = words("page.html", side_by_side_page(side_by_side([three, qmethod.analyse(three.data, 4)]), recipe, {3: "3.html", 4: "4.html"}).encode())
    assert not [line for line in later for label in silent(why) if re.search(rf"\b{label}\b[^.]*not found again", line)]
    check(why, "sheet", words("page.html", naming.page(three, recipe).encode()))


@pytest.mark.parametrize("why", CASES)
def test_what_survives_other_choices_counts_those_that_are_there(why: str) -> None:
    made = multiverse(solution_of(why), choices((3,), ("pca",), ("varimax",), (".05+majority",)))
    lines = words("page.html", html(document(made, Recipe(Input(path="sorts.csv"), 3))).encode())
    check(why, "multiverse", lines)
    names = viewpoint_names(made.reference, {})
    assert [one["label"] for one in as_dict(made, names)["viewpoints"]] == [label for label in ("f1", "f2", "f3") if label not in silent(why)]
    check(why, "multiverse in words", [one.sentence for one in story(made, names)])
    assert any(why in line for line in lines)


def test_a_bootstrap_says_nothing_of_it_as_a_viewpoint() -> None:
    why = "f3 is defined by nobody"
    loaded = loaded_of(why)
    found = bootstrap(loaded.solution, 20, rng=np.random.default_rng(1))
    for name, lines in reports(understand(loaded.solution, loaded.recipe, found=found)).items():
        check(why, name, lines)


def test_retention_describes_no_viewpoint_that_nobody_defines() -> None:
    from qmethod.retention.retain import retain

    unrotated = Policies.preset("standard", rotation="none")
    rows = retain(sorts("lipset"), policies=unrotated, max_factors=6, n_random=39, rng=np.random.default_rng(1), nest=False).rows
    empty = [row.k for row in rows if row.fewest_defining == 0]
    assert empty
    for k in empty:
        said = next(_each(rows, k, k))
        assert said.startswith(f"With {k} factor")
        assert "no sort defines" in said
        assert "viewpoint is defined by no sort" not in said


def test_other_commands_do_not_look_for_it(qmethod_command: Qmethod, tmp_path: Path) -> None:
    why = "f3 is defined by nobody"
    flags = "participant,factor,defines,reason\n" + "\n".join(f"{flag.participant},f3,no,to see" for flag in solution_of(why).manual_flags)
    (tmp_path / "flags.csv").write_text(flags)
    options = ("--factors", 3, "--no-retention", "--flags", "flags.csv", "--out", "mine")
    done = CliRunner().invoke(main, [str(part) for part in ("analyse", LIPSET, *options)], catch_exceptions=False)
    assert f"2 viewpoints ({why})" in " ".join(done.output.split())
    found = read_viewpoints("mine")
    assert isinstance(found, Viewpoints)
    assert found.names == ("Viewpoint 1", "Viewpoint 2")
    assert found.scores.shape == (33, 2)
    for command in (("compare", "mine", "mine"), ("classify", LIPSET, "mine")):
        done = qmethod_command(*command)
        assert done.exit_code == 0
        assert "3" not in re.findall(r"(?:Viewpoint|Factor) (\d)", done.output)
