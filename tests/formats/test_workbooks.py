"""Workbooks and archives: whatever program or person filled them in, the study comes back, and a fault is named with its sheet and cell."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, QData
from qmethod.errors import Setting
from tests.formats import workbooks as made
from tests.formats.workbooks import Rows, Study, book

few = settings(max_examples=25, deadline=None)
GRID = Grid((-1, 0, 1), (1, 2, 1))
SORTS = np.array([[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]).T
STUDY = Study(GRID, SORTS, ("ann", "ben", "cem"), ("Card one, blue.", "Card two.", "Card three.", "Card four."))


def check(data: QData, study: Study) -> None:
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.participants == study.participants
    assert data.texts == study.texts
    assert data.statements == tuple(f"s{i + 1}" for i in range(len(study.texts)))


@pytest.mark.parametrize("shape", made.BOOKS, ids=lambda shape: shape.__name__)
@given(study=made.studies())
@few
def test_a_study_comes_back_from_every_shape(shape: Callable[[Study], dict[str, Rows]], study: Study) -> None:
    data = qmethod.read(book(shape(study)))
    check(data, study)
    if shape in made.DECLARED:
        assert data.grid is not None
        assert data.grid.slots().tolist() == study.grid.slots().tolist()


@pytest.mark.parametrize("shape", made.BOOKS, ids=lambda shape: shape.__name__)
@given(study=made.studies(), seed=st.integers(0, 1000))
@few
def test_order_of_sheets_hidden_ones_and_empty_ones_change_nothing(shape: Callable[[Study], dict[str, Rows]], study: Study, seed: int) -> None:
    """A hidden sheet may even read as sorts itself."""
    sheets = list(shape(study).items())
    random.Random(seed).shuffle(sheets)
    hidden = made.statements_down(Study(study.grid, -study.sorts, study.participants, study.texts))["Sheet1"]
    decorated = {"Empty": [], **dict(sheets[:1]), "Old version": hidden, **dict(sheets[1:]), "Sheet9": []}
    check(qmethod.read(book(decorated, hidden=["Old version"])), study)


@pytest.mark.parametrize("shape", [made.statements_down, made.participants_down], ids=lambda shape: shape.__name__)
@given(study=made.studies(), right=st.integers(0, 3), down=st.integers(0, 3))
@few
def test_where_a_table_lies_on_its_sheet_changes_nothing(shape: Callable[[Study], dict[str, Rows]], study: Study, right: int, down: int) -> None:
    sheets = {name: [*[[]] * down, *([*[None] * right, *row] for row in rows)] for name, rows in shape(study).items()}
    check(qmethod.read(book(sheets)), study)


@given(study=made.studies(), between=st.sampled_from(",;"), newline=st.sampled_from(["\n", "\r\n", "\r"]), mark=st.booleans())
@few
def test_a_project_in_an_archive(study: Study, between: str, newline: str, mark: bool) -> None:
    members = {f"project/{name}": ("﻿" if mark else "") + str(content) + newline for name, content in made.kade_zip(study, between, newline).items()}
    data = qmethod.read(made.zipped(members))
    check(data, Study(study.grid, study.sorts, tuple(name.replace(between, "") for name in study.participants), study.texts))
    assert data.grid is not None
    assert data.grid.slots().tolist() == study.grid.slots().tolist()


def test_what_is_said_of_sheets() -> None:
    data = qmethod.read(book(made.participants_down(STUDY)))
    said = {notice.code: notice.message for notice in data.notices}
    assert said["sheet-taken"] == "The sorts were read from the sheet 'Answers'; other sheets: 'About', 'Cards'."
    assert said["sheet-of-wordings"] == "The wordings were read from the sheet 'Cards'."
    assert data.source is not None
    assert data.source.kind == "Excel, sheet 'Answers', participants in rows"


def test_several_sheets_with_sorts_are_named() -> None:
    rows = made.statements_down(STUDY)["Sheet1"]
    with pytest.raises(DataError, match="2 sheets read as sorts: 'Before', 'After'") as refusal:
        qmethod.read(book({"Before": rows, "Notes": [["hello"]], "After": rows}))
    assert refusal.value.faults[0].settings == (Setting("sheet", "Before"), Setting("sheet", "After"))
    check(qmethod.read(book({"Before": rows, "Notes": [["hello"]], "After": rows}), sheet="After"), STUDY)
    check(qmethod.read(book({"Before": rows, "After": rows}, hidden=["After"])), STUDY)


def test_a_slip_on_the_sheet_with_sorts_does_not_let_another_sheet_in() -> None:
    """Fewer numbers that read as sorts are not taken in its place."""
    answers = [list(row) for row in made.participants_down(STUDY)["Answers"]]
    answers[2][3] = "two"
    people = [["participant", "s1", "s2"], ["ann", 1, 2], ["ben", 2, 1]]
    with pytest.raises(DataError, match=r"bytes:3:4: sheet 'Answers', cell D3: 'two' is not a placement"):
        qmethod.read(book({"People": people, "Answers": answers}))
    with pytest.raises(
        DataError,
        match=r"cell D3: 'two' is not a placement[^>]*-> [^>]*If the sheet 'Answers' holds no sorts, name the one that does: sheet=\"Pilot\"",
    ):
        qmethod.read(book({"Pilot": [row[:4] for row in made.participants_down(STUDY)["Answers"]][:3], "Answers": answers}))


def test_a_sheet_that_is_no_table_of_sorts_is_passed_over_however_large_it_is() -> None:
    raw = [["when", "who", "minutes"], *(["2026-01-02", f"someone {i}", i * 7 % 50 + 0.5] for i in range(100))]
    for sheets in ({"Raw": raw, **made.statements_down(STUDY)}, {**made.statements_down(STUDY), "Raw": raw}):
        check(qmethod.read(book(sheets)), STUDY)


def test_no_sheet_reads_as_sorts() -> None:
    with pytest.raises(DataError, match="sheet 'Notes'"):
        qmethod.read(book({"Notes": [["hello"], ["world"]]}))


@pytest.mark.parametrize(
    ("row", "column", "cell", "words"),
    [
        (1, 1, 3, "statement 3 stands here and in row 2"),
        (1, 1, 9, r"'9' is not the number of a statement \(1 to 4\)"),
        (1, 1, "x", "'x' is not the number"),
        (1, 1, 1.5, r"'1\.5' is not the number"),
        (2, 0, "zero", "'zero' is no value of the grid"),
        (0, 2, "ann", "two sorts are called 'ann'"),
        (0, 1, None, "a sort has no name"),
    ],
)
def test_faults_of_type_1_name_the_cell(row: int, column: int, cell: object, words: str) -> None:
    sheets = made.kade_1(STUDY)
    rows = [list(each) for each in sheets["sorts"]]
    rows[row][column] = cell  # type: ignore[call-overload]
    with pytest.raises(DataError, match=words) as refusal:
        qmethod.read(book({**sheets, "sorts": rows}))
    assert any(f"sheet 'sorts', cell {'ABCD'[fault.column - 1]}{fault.line}" in fault.message for fault in refusal.value.faults if fault.column)


@pytest.mark.parametrize("shape", [made.kade_2, made.kade_2_old, made.kade_results])
def test_faults_of_rows_name_the_cell(shape: Callable[[Study], dict[str, Rows]]) -> None:
    sheets = shape(STUDY)
    [name] = [name for name in sheets if name.lower() in ("sorts", "q sorts")]
    rows = [list(each) for each in sheets[name]]
    rows[-1][2] = "agree"
    with pytest.raises(DataError, match=rf"sheet '{name}', cell C{len(rows)}: 'agree' is not a placement \(participant cem, statement s2\)"):
        qmethod.read(book({**sheets, name: rows}))


def test_statements_and_placements_must_be_as_many() -> None:
    sheets = made.kade_2(STUDY)
    with pytest.raises(DataError, match="holds 3 statements, the sorts have 4 placements"):
        qmethod.read(book({**sheets, "statements": list(sheets["statements"])[:-1]}))


def test_a_pattern_that_does_not_fit_is_left_aside_and_a_stray_sort_named() -> None:
    sheets = made.kade_2(STUDY)
    short = [made.SCALE, [*STUDY.counts[:-1], 5]]
    assert "kade-pattern" in {notice.code for notice in qmethod.read(book({**sheets, "pattern": short})).notices}
    rows = [list(row) for row in sheets["sorts"]]
    rows[0][1] = 0
    [said] = [notice for notice in qmethod.read(book({**sheets, "sorts": rows})).notices if notice.code == "kade-unforced"]
    assert said.participants == ("ann",)


def test_a_statement_that_nobody_placed_is_missing() -> None:
    sheets = made.kade_1(STUDY)
    rows = [list(row) for row in sheets["sorts"]]
    rows[1][1] = None
    assert np.isnan(qmethod.read(book({**sheets, "sorts": rows})).sorts[:, 0]).tolist() == [False, True, False, False]


def test_cells_are_what_a_person_reads(tmp_path: Path) -> None:
    """Numbers as text, with a percent sign in their look, from formulas; dates and truth values are no placements."""
    import datetime

    import xlsxwriter

    def written(odd: object) -> Path:
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            sheet = workbook.add_worksheet("Sorts")
            percent, date = workbook.add_format({"num_format": "0%"}), workbook.add_format({"num_format": 'yyyy"-"mm'})
            for i, row in enumerate([["statement", "ann", "ben"], ["s1", 1, -1], ["s2", -1, 1], ["s3", 0, 0]]):
                sheet.write_row(i, 0, row)
            sheet.write_number(1, 1, 1, percent)
            sheet.write_string(2, 1, "-1")
            sheet.write_formula(1, 2, "=B3", None, -1)
            if isinstance(odd, datetime.date):
                sheet.write_datetime(3, 2, odd, date)
            elif isinstance(odd, bool):
                sheet.write_boolean(3, 2, odd)
            elif odd == "formula":
                sheet.write_formula(3, 2, "=1-1", None, "")
            elif odd == "error":
                sheet.write_formula(3, 2, "=1/0", None, "#DIV/0!")
        return path

    assert qmethod.read(written(None)).sorts.tolist() == [[1, -1], [-1, 1], [0, 0]]
    said = {datetime.date(2026, 1, 2): "2026-01-02", True: "TRUE", "formula": "=1-1", "error": "#DIV/0!"}
    for odd, text in said.items():
        with pytest.raises(DataError, match=rf"cell C4: '{text}' is not a placement"):
            qmethod.read(written(odd))


@pytest.mark.parametrize("shape", made.BOOKS, ids=lambda shape: shape.__name__)
def test_another_program_reads_and_writes_the_same_workbook(shape: Callable[[Study], dict[str, Rows]], tmp_path: Path) -> None:
    """Workbooks of openpyxl have no cached values, other members and texts inside the cells: what is read stays the same."""
    import openpyxl

    path = tmp_path / "book.xlsx"
    path.write_bytes(book(shape(STUDY)))
    openpyxl.load_workbook(path).save(tmp_path / "again.xlsx")
    check(qmethod.read(tmp_path / "again.xlsx"), STUDY)


WHOLE = (*(book(shape(STUDY)) for shape in made.BOOKS), made.zipped(made.kade_zip(STUDY)))


@given(raw=st.sampled_from(WHOLE), where=st.floats(0, 1), junk=st.binary(max_size=4))
@settings(max_examples=200, deadline=None)
def test_whatever_is_damaged_is_refused_in_words(raw: bytes, where: float, junk: bytes) -> None:
    at = int(where * len(raw))
    for damaged in (raw[:at] + junk + raw[at + len(junk) :], raw[:at], raw[:at] + junk + raw[at:]):
        with contextlib.suppress(DataError):  # whatever else is raised fails
            qmethod.read(damaged)


MEMBERS = ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml")


@given(
    name=st.sampled_from(MEMBERS),
    where=st.floats(0, 1),
    junk=st.binary(max_size=6),
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_damaged_inside_an_archive_is_refused_in_words(name: str, where: float, junk: bytes) -> None:
    """Behind sums that fit, so that the damage reaches whoever reads the cells."""
    with zipfile.ZipFile(io.BytesIO(WHOLE[0])) as archive:
        members: dict[str, bytes | str] = {each: archive.read(each) for each in archive.namelist()}
    raw = members[name]
    at = int(where * len(raw))
    for damaged in (raw[:at] + junk + raw[at + len(junk) :], raw[:at], raw[:at] + junk + raw[at:]):  # type: ignore[operator]
        with contextlib.suppress(DataError):
            qmethod.read(made.zipped({**members, name: damaged}))
