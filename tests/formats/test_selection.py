"""A wide table is read as the user says, the same in every format that holds one, and what leads nowhere is told with what there is."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod import DataError, PolicyError, QData, read
from qmethod.formats.selection import Selection, _fits, selection_of
from tests.formats.datasets import r_saved, sav, stata
from tests.formats.decorated import as_text
from tests.formats.workbooks import book
from tests.prompt import promptly
from tests.strategies import forced_sorts

few = settings(max_examples=30, deadline=None)
Table = list[list[str]]


def frame_of(rows: Table) -> pd.DataFrame:
    return pd.DataFrame(rows[1:], columns=rows[0])


WRITERS: dict[str, Callable[[Table], bytes]] = {
    "CSV": lambda rows: as_text(rows).encode(),
    "TSV": lambda rows: as_text(rows, "\t", "\r\n").encode("utf-16"),
    "semicolons": lambda rows: as_text(rows, ";", "\r").encode(),
    "Excel": lambda rows: book({"Data": rows}),
    "Stata": lambda rows: stata(frame_of(rows), {}),
    "SPSS": lambda rows: sav(frame_of(rows), {}),
    "R": lambda rows: r_saved({"x": frame_of(rows)}),
}
"""The same cells in every format that holds a table."""


@dataclass(frozen=True)
class Wide:
    """An export with a sort among other columns, what to say of it, and what a reader should find."""

    rows: Table
    arguments: dict[str, Any]
    sorts: np.ndarray
    statements: tuple[str, ...]
    participants: tuple[str, ...]
    ages: tuple[str, ...]


@st.composite
def exports(draw: st.DrawFn, codes: bool = True) -> Wide:
    """Sorts in rows among what a questionnaire asks besides, some of it numbered and placed as sorts are."""
    _, sorts = draw(forced_sorts(most_sorts=8))
    n, m = sorts.shape
    stem = draw(st.sampled_from(["Q", "sort_", "Item"]))
    statements = tuple(f"{stem}{i + 3}" for i in range(n))
    participants = tuple(f"R_{j}x" for j in range(m))
    shown = [[str(value) for value in sort] for sort in sorts.T.tolist()]
    arguments: dict[str, Any] = {
        "columns": draw(st.sampled_from([f"{statements[0]}:{statements[-1]}", [f"{stem}*"], list(statements)])),
        "id": "ResponseId",
    }
    if codes and draw(st.booleans()):
        low = int(sorts.min())
        arguments["codes"] = {f"C{value - low + 1}": value for value in range(low, int(sorts.max()) + 1)}
        shown = [[f"C{int(value) - low + 1}" for value in sort] for sort in shown]
    found = sorts.astype(float)
    if draw(st.booleans()):
        i, j = draw(st.integers(0, n - 1)), draw(st.integers(0, m - 1))
        shown[j][i], found[i, j] = "-99", np.nan
        arguments["missing_code"] = draw(st.sampled_from([-99, "-99", ["-99", "skipped"]]))
    before, behind = ["Progress", "mood1", "mood2", "mood3"], ["age", "word"]
    header = [*before, *statements, "ResponseId", *behind]
    ages = tuple(str(20 + 3 * j) for j in range(m))
    rows = [["100", "-1", "0", "1", *sort, name, age, "fine"] for sort, name, age in zip(shown, participants, ages, strict=True)]
    if draw(st.booleans()):
        rows.insert(draw(st.integers(0, m)), ["20", "-1", "0", "1", *[""] * n, "R_gone", "99", "fine"])
    if draw(st.booleans()):
        arguments["skip"] = draw(st.integers(1, 2))
        rows = [[f"{name} in words" for name in header] for _ in range(arguments["skip"])] + rows
    return Wide([header, *rows], arguments, found, statements, participants, ages)


def holds(data: QData, wide: Wide) -> bool:
    same = (data.statements, data.participants) == (wide.statements, wide.participants)
    return same and np.array_equal(np.asarray(data.sorts, dtype=float), wide.sorts, equal_nan=True)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@given(wide=exports())
@few
def test_what_is_named_is_read_whatever_holds_it(write: Callable[[Table], bytes], wide: Wide) -> None:
    data = read(write(wide.rows), layout="participants-in-rows", **wide.arguments)
    assert holds(data, wide)
    assert {one.name: one.values for one in data.people} == {"age": wide.ages}  # of those who sorted, whichever rows were left out
    assert {"people-columns", "columns-ignored"} <= {notice.code for notice in data.notices}


@given(wide=exports(codes=False))
@few
def test_a_table_that_lies_the_other_way(wide: Wide) -> None:
    """Statements in rows: the columns are the sorts, and the id is that of the statements."""
    rows = [["", *wide.participants, "note"], *([name, *map(str, row), "x"] for name, row in zip(wide.statements, wide.sorts.tolist(), strict=True))]
    rows = [["" if cell == "nan" else cell for cell in row] for row in rows]
    rows[0][0] = "key"
    rows = [[*row, f"Card {i}, in words" if i else "wording"] for i, row in enumerate(rows)]
    data = read(as_text(rows).encode(), layout="statements-in-rows", columns="R_*", id="key")
    assert holds(data, wide)
    assert data.texts == tuple(f"Card {i + 1}, in words" for i in range(len(wide.statements)))


SMALL = "when;who;Q1;Q2;Q3;Q[4];Q10;age\nx;ann;1;0;-1;0;9;30\ny;ben;0;1;0;-1;9;31\nz;cem;-1;0;1;0;9;32\n"


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("Q?", "Q1 Q2 Q3"),
        ("Q*", "Q1 Q2 Q3 Q[4] Q10"),
        ("Q1:Q[4]", "Q1 Q2 Q3 Q[4]"),
        ("Q[4]:Q1", "Q1 Q2 Q3 Q[4]"),
        ("Q[4],Q1", "Q1 Q[4]"),
        ("3:6", "Q1 Q2 Q3 Q[4]"),
        ("Q1,Q3,5:6", None),
        ("Q1,Q3,6", "Q1 Q3 Q[4]"),
        (["Q3", "Q1"], "Q1 Q3"),
        (" Q1 , Q2 ", "Q1 Q2"),
    ],
)
def test_how_columns_are_named(columns: Any, found: str | None) -> None:
    if found is None:
        with pytest.raises(DataError, match="the column 'Q3' is named twice, by 'Q1,Q3,5:6' and by 'Q1,Q3,5:6'"):
            read(SMALL.encode(), columns=columns, id="who", layout="participants-in-rows")
        return
    data = read(SMALL.encode(), columns=columns, id="who", layout="participants-in-rows")
    assert data.statements == tuple(found.split())
    assert data.participants == ("ann", "ben", "cem")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"columns": "R*"}, r"bytes:1: no column is called 'R\*'; the header names 'when', 'who', 'Q1'[^>]*-> [^>]*`columns`"),
        ({"columns": "q1"}, r"no column is called 'q1'[^>]*-> Did you mean 'Q1'\?"),
        ({"columns": "Q1:Q4"}, r"no column is called 'Q1:Q4'"),
        ({"columns": "8:9"}, r"no column is called '8:9'"),
        ({"id": "Who", "columns": "Q*"}, r"no column is called 'Who'[^>]*-> Did you mean 'who'\?"),
        ({"columns": ["Q*", "Q1"]}, r"bytes:1:3: the column 'Q1' is named twice, by 'Q\*' and by 'Q1'"),
        ({"columns": "Q*", "id": "Q1"}, r"bytes:1:3: the column 'Q1' is named as the names of the rows and as placements"),
        ({"columns": "Q*,when"}, r"bytes:1:1: the column 'when' does not look like a statement[^>]*-> [^>]*columns=\"Q1:Q10\""),
        ({"columns": "Q*", "codes": {"1": 4, "0": 0}}, r"bytes:2:5: the named columns hold '9', '-1', of which no code says what they mean"),
        ({"columns": "Q*", "sheet": "Data"}, r"the file has no sheets"),
        ({"columns": "Q*", "layout": "long"}, r"columns can be named only of a table with a sort in each row or column"),
    ],
)
def test_what_leads_nowhere_is_told_with_what_there_is(arguments: dict[str, Any], words: str) -> None:
    arguments = {"layout": "participants-in-rows", **arguments}
    with pytest.raises(DataError, match=words):
        read(SMALL.encode(), **arguments)


def test_an_id_that_stands_twice_is_told_with_both_lines_and_a_column_that_would_do() -> None:
    text = SMALL.replace("ben", "ann")
    with pytest.raises(DataError, match=r"bytes:3:2: two participants are called 'ann', here and in line 2"):
        read(text.encode(), columns="Q?", id="who", layout="participants-in-rows")
    with pytest.raises(DataError, match=r"bytes:3:2: two participants are called 'ann'") as refusal:
        read(text.replace("who", "participant").replace("Q[4];Q10", "Q4;Q5").encode(), layout="participants-in-rows")
    assert [str(way) for way in refusal.value.faults[0].settings] == ['id="when"', 'id="age"']


def test_two_columns_of_one_name() -> None:
    with pytest.raises(DataError, match=r"2 columns are called 'who': columns 1, 2[^>]*-> Name it by its number: id=\"1\""):
        read(SMALL.replace("when", "who").encode(), columns="Q?", id="who", layout="participants-in-rows")
    assert read(SMALL.replace("when", "who").encode(), columns="Q?", id="2", layout="participants-in-rows").participants == ("ann", "ben", "cem")


def test_the_header_is_the_line_with_the_columns_that_were_named() -> None:
    text = "Export of 2026;;;;\nsome;words;over;two;lines;1;2;3\n" + SMALL
    data = read(text.encode(), columns="Q?", id="who", layout="participants-in-rows")
    assert data.statements == ("Q1", "Q2", "Q3")
    assert "line 3" in next(notice.message for notice in data.notices if notice.code == "lines-left-out")


def test_people_who_did_not_sort_are_left_out_and_told() -> None:
    data = read((SMALL + "w;dov;;;;;;40\nv;eve;;;;;9;41\n").encode(), columns="Q1:Q[4]", id="who", layout="participants-in-rows")
    assert data.participants == ("ann", "ben", "cem")
    assert "lines 5, 6" in next(notice.message for notice in data.notices if notice.code == "rows-without-placements")


def test_an_id_alone() -> None:
    """Which columns are the sorts is told as ever."""
    text = "nr;key;text;ann;ben;cem\n1;x;One card;1;0;-1\n2;y;Two cards;0;-1;1\n3;z;Three cards;-1;1;0\n"
    data = read(
        text.replace("nr;", "").replace("\n1;", "\n").replace("\n2;", "\n").replace("\n3;", "\n").encode(), id="key", layout="statements-in-rows"
    )
    assert (data.statements, data.participants, data.texts) == (("x", "y", "z"), ("ann", "ben", "cem"), ("One card", "Two cards", "Three cards"))
    people = "mail;s1;s2;s3;age\na@b;1;0;-1;30\nc@d;0;1;-1;31\ne@f;-1;0;1;32\n"
    assert read(people.encode(), id="mail").participants == ("a@b", "c@d", "e@f")
    assert read(people.encode(), id="age").participants == ("30", "31", "32")


def test_codes_say_which_columns_are_the_sort() -> None:
    """Words that mean placements are nowhere else."""
    text = "token,Q1_1,Q1_2,a1,a2,a3\nx,3,4,no,so so,yes\ny,1,2,yes,no,So so\nz,5,5,so so,yes,no\n"
    data = read(text.encode(), codes={"no": -1, "so so": 0, "yes": 1})
    assert data.statements == ("a1", "a2", "a3")
    assert data.sorts.T.tolist() == [[-1, 0, 1], [1, -1, 0], [0, 1, -1]]
    with pytest.raises(
        DataError,
        match=r"bytes:3:6: the named columns hold 'never', of which no code says what they mean[^>]*->[^>]*,yes=1,never=NUMBER\"",
    ):
        read(text.replace("So so", "never").encode(), codes={"no": -1, "so so": 0, "yes": 1})


def test_labels_at_the_ends_of_a_scale_leave_the_numbers_between_them() -> None:
    text = "participant,a,b,c\nx,1 (never),2,3 (always)\ny,2,1 (never),3 (always)\n"
    assert read(text.encode(), codes={"1 (never)": 1, "3 (always)": 3}).sorts.T.tolist() == [[1, 2, 3], [2, 1, 3]]


def test_a_file_without_a_header() -> None:
    rows = ["ann,1,0,-1,0", "ben,0,1,0,-1", "cem,-1,0,1,0"]
    data = read("\n".join(rows).encode(), header=False)
    assert (data.participants, data.statements) == (("ann", "ben", "cem"), ("s1", "s2", "s3", "s4"))
    turned = read(
        "\n".join(",".join(row) for row in zip(*(row.split(",") for row in rows[:]), strict=True) if row[0] != "ann").encode(),
        header=False,
        layout="statements-in-rows",
    )
    assert turned.participants == ("p1", "p2", "p3")
    assert turned.sorts.tolist() == data.sorts.tolist()
    assert read("\n".join(rows).encode(), header=False, columns="3:5", id="1").sorts.tolist() == data.sorts[1:].tolist()


def test_sheets_are_named_of_workbooks_only_and_hidden_ones_can_be() -> None:
    rows: Table = [["participant", "s1", "s2", "s3"], ["ann", "1", "0", "-1"], ["ben", "0", "-1", "1"]]
    other = [rows[0], *([name, *reversed(cells)] for name, *cells in rows[1:])]
    workbook = book({"One": rows, "Two": other}, hidden=["Two"])
    assert read(workbook).sorts.T.tolist() == [[1, 0, -1], [0, -1, 1]]
    assert read(workbook, sheet="Two").sorts.T.tolist() == [[-1, 0, 1], [1, -1, 0]]
    with pytest.raises(DataError, match="there is no sheet 'Three'; there are 'One', 'Two'"):
        read(workbook, sheet="Three")


def test_what_is_no_table_takes_no_columns() -> None:
    with pytest.raises(DataError, match="this was taken for Ken-Q JSON, and columns, ids, codes and sheets can be named of tables only"):
        read(b'{"a": {"participantName": "ann", "sort": "1|0|-1"}, "b": {"participantName": "ben", "sort": "0|1|-1"}}', columns="s*")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"columns": 3}, "columns"),
        ({"columns": [""]}, "columns"),
        ({"id": 3}, "id"),
        ({"skip": -1}, "skip"),
        ({"skip": 1.5}, "skip"),
        ({"codes": "C1"}, "codes"),
        ({"codes": "C1=x"}, "codes"),
        ({"codes": "C1=1,c1=2"}, "codes"),
        ({"codes": {"C1": "x"}}, "codes"),
        ({"codes": {}}, "codes"),
        ({"codes": ["C1"]}, "codes"),
        ({"missing_code": [None]}, "missing_code"),
        ({"missing_code": ""}, "missing_code"),
        ({"sheet": 1}, "sheet"),
        ({"header": "no"}, "header"),
    ],
)
def test_arguments_that_cannot_be_meant(arguments: dict[str, Any], name: str) -> None:
    with pytest.raises(PolicyError, match=f"`{name}` must be"):
        read(SMALL.encode(), **arguments)


selections = st.builds(
    Selection,
    columns=st.lists(st.text("Qqs*?:1 ,", min_size=1).map(str.strip).filter(bool), max_size=3).map(tuple),
    id=st.text("ab =").map(str.strip),
    skip=st.integers(0, 5),
    codes=st.dictionaries(st.text("abc= (", min_size=1).map(str.strip).filter(bool), st.integers(-9, 9).map(float), max_size=5).map(
        lambda found: tuple(found.items())
    ),
    missing_code=st.lists(st.sampled_from(["-99", "none", "9"]), max_size=2, unique=True).map(tuple),
    sheet=st.text("ab ", max_size=3),
    header=st.booleans(),
)


@given(selections)
def test_what_was_said_is_kept(said: Selection) -> None:
    """As arguments, and as a recipe keeps it."""
    assert selection_of(**said.arguments) == said or "" in (said.sheet.strip(),) or said.id == ""
    assert selection_of(**said.to_dict()) == said


@given(
    st.dictionaries(
        st.text("abc1, =()", min_size=1).map(str.strip).filter(lambda code: code and code[0] not in ",=" and code[-1] not in ",="),
        st.integers(-9, 9),
        min_size=1,
        max_size=5,
    )
)
def test_codes_as_text_mean_what_a_mapping_means(codes: dict[str, int]) -> None:
    text = ",".join(f"{code}={value}" for code, value in codes.items())
    try:
        parted = selection_of(codes=text)
    except PolicyError:
        return
    if not any("=" in code or "," in code for code in codes):
        assert parted == selection_of(codes=codes)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_patterns_mean_what_they_mean_elsewhere(pattern: str, name: str) -> None:
    assert _fits(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_no_pattern_takes_long() -> None:
    assert not promptly(lambda: _fits("*a" * 50 + "b", "a" * 20_000), 2)
