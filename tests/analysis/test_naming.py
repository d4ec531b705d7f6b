"""Sheets for naming viewpoints: whole statements, room to write, and nothing that leads the group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import QSolution
from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.naming import APART, QUESTIONS, context, page
from qmethod_analysis.report.paper import LARGEST, SMALLEST, fitting
from qmethod_studies.loading import find, load
from tests.analysis.conftest import LIPSET, Qmethod, hashes
from tests.analysis.page import Page
from tests.references import sorts


def page_of(solution: QSolution, **choices: object) -> Page:
    return Page(page(solution, Recipe(input=Input(path="sorts.csv"), n_factors=solution.n_factors, **choices)))


CASES = {
    "lipset": lambda: qmethod.analyse(sorts("lipset"), 3),
    "one-factor": lambda: qmethod.analyse(sorts("lipset"), 1),
    "seven-factors": lambda: qmethod.analyse(sorts("climate_s3"), 7),
    "nobody-flagged": lambda: qmethod.analyse(sorts("lipset"), 2, flagging="none"),
    "split": lambda: qmethod.analyse(sorts("lipset"), 3, bipolar="split"),
}


@pytest.mark.parametrize("case", CASES)
def test_is_a_sound_page_that_loads_nothing(case: str):
    found = page_of(CASES[case]())
    assert found.crossed == found.open == []
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(found.headings, found.headings[1:], strict=False))
    assert len(found.all("table")) == len(found.all("caption"))
    assert all("scope" in attributes for attributes in found.all("th"))
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"] for attributes in found.all("a")} == {f"#{name}" for name in ids if name != "together"}
    assert not {tag for tag, _ in found.tags} & {"script", "img", "iframe", "input", "button"}
    assert "nan" not in found.text.lower().split()


def test_every_viewpoint_has_its_whole_array_and_room_to_write(climate: QSolution):
    found = page_of(climate)
    assert found.source.count('class="board"') == 3
    for board in found.source.split('class="board"')[1:]:
        cards = Page(f"<ol>{board.split('</ol>')[0]}</ol>").text
        for statement, text in zip(climate.data.statements, climate.data.texts, strict=True):
            assert f"{statement} {' '.join(text.split())}" in cards
    for question, _ in QUESTIONS:
        assert found.text.count(question) >= 3
    assert found.source.count('class="line"') >= 3 * sum(n for _, n in QUESTIONS)


def test_columns_stand_from_lowest_to_highest_with_the_statements_of_the_array(lipset: QSolution):
    for f, sheet in enumerate(context(lipset, Recipe(input=Input(path="x"), n_factors=3), Texts())["sheets"]):
        assert [len(column.cards) for column in sheet.columns] == list(lipset.scores.grid.counts)
        assert [column.place for column in sheet.columns][:: len(sheet.columns) - 1] == ["−4", "+4"]
        for column, value in zip(sheet.columns, lipset.scores.grid.values, strict=True):
            expected = {lipset.data.statements[i] for i in np.flatnonzero(lipset.scores.arrays[:, f] == value)}
            assert {card.id for card in column.cards} == expected


def test_what_sets_a_viewpoint_apart_is_farthest_from_the_others(lipset: QSolution):
    sheets = context(lipset, Recipe(input=Input(path="x"), n_factors=3), Texts())["sheets"]
    z = lipset.scores.z_scores
    for f, sheet in enumerate(sheets):
        others = [g for g in range(3) if g != f]
        margin = np.abs(z[:, [f]] - z[:, others]).min(axis=1)
        marked = np.flatnonzero(~np.isnan(lipset.contrasts.distinguishing[:, f])).tolist()
        expected = [lipset.data.statements[i] for i in sorted(marked, key=lambda i: -margin[i])][:APART]
        assert [card.id for card, _ in sheet.apart][: len(expected)] == expected
        assert sheet.n_apart == len(marked)
        for card, places in sheet.apart:
            i = lipset.data.statements.index(card.id)
            assert [float(place.replace("−", "-")) for place in places] == lipset.scores.arrays[i, others].tolist()


def test_a_published_name_never_stands_on_a_sheet(qmethod_command: Qmethod):
    study = load(find("leadership"))
    assert qmethod_command("simulate", "leadership", "-n", 32, "--seed", 1, "--out", "sorts.csv").exit_code == ExitCode.OK
    qmethod_command("analyse", "sorts.csv", "--factors", 4, "--out", "out", "--no-retention", "--name", "f3=Ours <3>")
    assert qmethod_command("sheet", "out").exit_code == ExitCode.OK
    found = Page(Path("out/naming.html").read_text())
    for viewpoint in study.viewpoints:
        assert viewpoint.name.in_(study.first_language) not in found.text
    assert "Ours <3> f3, working name" in found.text
    assert "Viewpoint 2 f2" in found.text
    assert "sim-" not in found.text  # nobody's sort is shown


def test_the_same_again_gives_the_same_bytes_wherever_it_is_written(qmethod_command: Qmethod):
    qmethod_command("analyse", LIPSET, "--factors", 2, "--out", "out", "--no-retention")
    before = hashes(Path("out"))
    qmethod_command("sheet", "out")
    first = Path("out/naming.html").read_bytes()
    assert {name: value for name, value in hashes(Path("out")).items() if name not in ("naming.html", "analysis-files.txt")} == {
        name: value for name, value in before.items() if name != "analysis-files.txt"
    }
    qmethod_command("sheet", "out", "--out", "else/where.html")
    assert Path("else/where.html").read_bytes() == first
    assert qmethod_command("run", "out/analysis.toml").exit_code == ExitCode.OK


def test_names_of_the_report_s_texts_stand_before_those_of_the_recipe(qmethod_command: Qmethod):
    names = ("--name", "f1=First thought", "--name", "f2=Second thought")
    qmethod_command("analyse", LIPSET, "--factors", 2, "--out", "out", "--no-retention", *names)
    Path("out/report.toml").write_text('title = "Nations"\n[viewpoints.f1]\nname = "Better thought"\nstory = "Not to be seen."\n')
    assert qmethod_command("sheet", "out").exit_code == ExitCode.OK
    found = Page(Path("out/naming.html").read_text()).text
    assert "Naming the viewpoints: Nations" in found
    assert "Better thought f1, working name" in found
    assert "Second thought f2, working name" in found
    assert "First thought" not in found
    assert "Not to be seen" not in found


def test_a_folder_without_an_analysis_is_refused(qmethod_command: Qmethod):
    result = qmethod_command("sheet", ".")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "there is no analysis in this folder" in result.stderr


def test_awkward_names_are_text(awkward: QSolution):
    found = page_of(awkward, title="<b>R & D</b>", names=(("f1", "<i>x</i>"),))
    assert "<b>R & D</b>" in found.text
    assert "<i>x</i>" in found.text
    assert "<script>alert" not in found.source
    assert "no viewpoint: f2 is defined by nobody" in found.text
    assert found.source.count('class="board"') == 1
    assert "Ann" not in found.text


def test_one_viewpoint_alone_has_nothing_to_be_compared_with():
    found = page_of(CASES["one-factor"]())
    assert "All side by side" not in found.text
    assert "What sets it apart" not in found.text


SIDE = 723.0, 453.0
"""Room of one side of a sheet, in points."""
columns = st.lists(st.lists(st.text("abcdef ", min_size=1, max_size=60), min_size=1, max_size=6), min_size=1, max_size=9)


@given(columns)
def test_more_words_never_make_larger_print(cards: list[list[str]]):
    size = fitting(cards, SIDE)
    longer = fitting([[*column, "and one more card"] for column in cards], SIDE)
    assert size is None or SMALLEST <= size <= LARGEST
    assert longer is None or (size is not None and longer <= size)


def test_an_array_too_long_for_one_side_is_printed_row_by_row():
    long = ["a statement of quite some length that goes on and on until nobody wants to read it " * 3] * 12
    assert fitting([long] * 9, SIDE) is None
    data = sorts("lipset")
    wordy = qmethod.QData(data.sorts, data.statements, data.participants, tuple(long[0] for _ in data.statements), data.grid)
    assert page_of(qmethod.analyse(wordy, 2)).source.count('class="board-room by-row"') == 2
