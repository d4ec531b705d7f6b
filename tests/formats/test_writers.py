"""What a writer says it holds is what is read back from its files, and what it does not hold is what it says: for studies made at random."""

from __future__ import annotations

import csv
import io
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, QData
from qmethod.formats import writers
from qmethod.formats.headings import ID_HEADERS, NAMING_HEADERS, OTHER_HEADERS, TEXT_HEADERS, plain
from qmethod.formats.registry import Content, recognise
from qmethod.formats.spreadsheet import safe_text
from qmethod.formats.writer import Made, SortsWriter, names_beside

SORTS = [each for each in writers() if isinstance(each, SortsWriter)]
LAYOUTS = {
    "csv": "statements-in-rows",
    "csv-participants": "participants-in-rows",
    "csv-long": "long",
    "r": "statements-in-rows",
    "spss": "participants-in-rows",
    "spss-syntax": "participants-in-rows",
    "stata": "statements-in-rows",
}
ANYTHING = {"csv", "csv-participants", "csv-long", "json", "parquet", "spss", "spss-syntax", "stata"}
"""Writers that hold any placement."""
anyhow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60)

signs = st.characters(codec="utf-8", exclude_categories=("Cs",))
wild = st.text(signs, min_size=1, max_size=14)
treacherous = st.sampled_from(
    [
        *(
            "=1+1",
            "+a",
            "-b",
            "@sum",
            "-1",
            "1",
            "a;b",
            "a;=b",
            "a,b",
            'say "x"',
            "it's",
            "a\nb",
            "a\tb",
            " x ",
            "NA",
            "text",
            "statement",
            "participant",
        ),
        *(
            "Montgomery",
            "montgomery",
            "Montgomer",
            "if",
            "ALL",
            "__index_level_0__",
            "s1",
            "s2",
            "p1",
            "p2",
            "小林",
            "_x0041_",
            "x" * 90,
            "#",
            "|",
            "\u2028",
        ),
    ]
)
tame = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8).filter(lambda name: not name[0].isdigit())
names = tame | treacherous | wild
wordings = st.text(signs, max_size=40) | st.sampled_from(["", "=HYPERLINK(1)", "Two\nlines", "'", "x" * 300, "ü" * 1200, "  blanks  "])


@st.composite
def studies(draw: st.DrawFn, values: st.SearchStrategy[float]) -> QData:
    """Any study: names and wordings of any signs, with a grid that sorts follow or not."""
    n, m = draw(st.integers(2, 6)), draw(st.integers(1, 5))
    ids = draw(st.just(()) | st.lists(names, min_size=n, max_size=n, unique=True).map(tuple))
    people = draw(st.lists(names, min_size=m, max_size=m, unique=True))
    texts = draw(st.just(()) | st.lists(wordings, min_size=n, max_size=n).map(tuple))
    if draw(st.booleans()):
        column = draw(st.lists(values, min_size=n, max_size=n))
        placed = np.array([draw(st.permutations(column)) for _ in range(m)], dtype=float).T
    else:
        placed = np.array(draw(st.lists(values, min_size=n * m, max_size=n * m)), dtype=float).reshape(n, m)
    grid = Grid((-1, 0), (1, n - 1)) if draw(st.booleans()) else None
    return QData(placed, ids, tuple(people), texts, grid)


whole = st.integers(-6, 9)
any_value = whole | st.integers(-40_000, 40_000) | st.just(float("nan")) | st.floats(-100, 100).filter(lambda value: value == 0 or abs(value) > 1e-30)


def same(one: QData, other: QData) -> bool:
    return np.array_equal(np.asarray(one.sorts, float), np.asarray(other.sorts, float), equal_nan=True)


def said(data: QData, carried: QData, codes: set[str]) -> None:
    """Every difference is told by a notice of its kind, and nothing is told where there is none."""
    assert ("names-changed" in codes) == (data.participants != carried.participants)
    assert ("ids-changed" in codes) == (data.statements != carried.statements)
    assert bool({"wordings-left-out", "wordings-changed", "wordings-made"} & codes) == (data.texts != carried.texts)
    assert bool({"grid-left-out", "grid-made"} & codes) == (data.grid != carried.grid)
    assert codes <= {"names-changed", "ids-changed", "wordings-left-out", "wordings-changed", "wordings-made", "grid-left-out", "grid-made"}


def made_of(writer: SortsWriter, data: QData) -> Made | None:
    """What a writer makes; None where it refuses, which only those do that take no missing placements, no decimals or a few values."""
    placed = np.asarray(data.sorts, float)
    plain = not np.isnan(placed).any() and bool((placed == np.round(placed)).all())
    whole = plain and placed.min() >= -6 and placed.max() <= 13
    if writer.key in ANYTHING or whole or (plain and writer.key == "r"):
        return writer.make(data, "study")
    try:
        return writer.make(data, "study")
    except DataError:
        return None


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


@pytest.mark.parametrize("writer", SORTS, ids=lambda writer: writer.key)
@given(data=studies(whole) | studies(any_value))
@anyhow
def test_what_is_lost_is_what_is_said(writer: SortsWriter, data: QData) -> None:
    made = made_of(writer, data)
    if made is None:
        return
    carried = made.carried
    assert carried is not None
    assert same(data, carried)
    said(data, carried, {notice.code for notice in made.notices})
    beside = names_beside(writer)
    assert (beside in made.files) == (data.participants != carried.participants)
    if beside in made.files:
        assert [safe_text(row[1]) for row in table(made.files[beside])[1:]] == [safe_text(name) for name in carried.participants]
    for content in (made.files[key] for key in made.files if key.endswith(".csv")):
        cells = [cell for row in table(content) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not number(cell)] == []
    assert made.files == writer.make(data, "study").files


def number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


SET_ASIDE = {"columns-ignored", "people-columns"}
"""What is said of columns that are taken for no sorts."""
COMMANDS = {"r", "spss-syntax"}
HEADERS = frozenset((*ID_HEADERS, *NAMING_HEADERS, *OTHER_HEADERS, *TEXT_HEADERS))
TABLES = {"r": "-r.csv", "spss-syntax": "-spss.csv"}
"""Writers of commands for another program, which are no sorts."""


def readable(writer: SortsWriter, path: Path) -> bool:
    """Whether a format of ours reads what the writer wrote: by what the file holds, so that a new reader is tried as soon as it is there."""
    try:
        form, _ = recognise(Content(str(path)))
    except DataError:
        return False
    return form.told_by != "elimination" or writer.key.startswith("csv")


@pytest.mark.parametrize("writer", [each for each in SORTS if each.key not in COMMANDS], ids=lambda writer: writer.key)
@given(data=studies(whole) | studies(any_value))
@anyhow
def test_our_readers_give_back_what_is_held(writer: SortsWriter, tmp_path: Path, data: QData) -> None:
    made = made_of(writer, data)
    assume(made is not None)
    assert made is not None
    written = qmethod.write(data, tmp_path / f"study{writer.endings[0]}", to=writer.key)
    first = written.files[0]
    assert readable(writer, first)
    again = qmethod.read(first, layout=LAYOUTS.get(writer.key))  # type: ignore[arg-type]
    carried = made.carried
    assert carried is not None
    said = {notice.code: notice for notice in again.notices}
    if SET_ASIDE & said.keys():  # ids of which some are numbered without a gap: what stands beside these is taken for something else
        left = [name for name in carried.statements if name not in again.statements]
        assert left
        told = "".join(said[code].message for code in SET_ASIDE & said.keys())
        assert all(repr(name) in told for name in left[:5])
        return
    assert same(again, carried)
    otherwise = said.get("participants-named-otherwise")
    there = zip(again.participants, carried.participants, strict=True)
    assert [one for one, other in there if one != other] == [*(otherwise.participants if otherwise else ())]
    assert again.statements == carried.statements
    assert again.texts == carried.texts
    if writer.grid is not None:
        assert again.grid == carried.grid or any(code.startswith("pqmethod-line-2") or code == "kade-pattern" for code in said)


@pytest.mark.parametrize("writer", [each for each in SORTS if each.key in COMMANDS], ids=lambda writer: writer.key)
@given(data=studies(whole) | studies(any_value))
@anyhow
def test_the_table_beside_commands_holds_the_sorts(writer: SortsWriter, tmp_path: Path, data: QData) -> None:
    made = made_of(writer, data)
    assume(made is not None)
    assert made is not None
    table = tmp_path / "table.csv"
    table.write_bytes(made.files[TABLES[writer.key]])
    carried = made.carried
    assert carried is not None
    assume(not {plain(name) for name in carried.participants} & HEADERS)  # the table is for the commands, which take no name for a header
    again = qmethod.read(table, layout=LAYOUTS[writer.key])  # type: ignore[arg-type]
    assert same(again, carried) or any(notice.code in SET_ASIDE for notice in again.notices)
    assert again.participants == carried.participants


@pytest.mark.parametrize("texts", [("a", "b", "c"), ("a", "", ""), ("Trees.",) * 3, ("Trees.", "", ""), ("Trees.", "b", "Trees.")], ids=str)
def test_wordings_that_no_label_can_tell_stand_beside_the_file(texts: tuple[str, ...], tmp_path: Path) -> None:
    """A label that is the name of its variable, or that of all variables, is no wording to a reader of data sets."""
    data = QData(np.array([[1, 2, 3], [3, 1, 2]]).T, ("a", "b", "c"), ("ann", "ben"), texts)
    written = qmethod.write(data, tmp_path / "study.sav")
    again = qmethod.read(written.files[0])
    lost = [notice for notice in written.notices if notice.code == "wordings-left-out"]
    assert again.texts == (data.texts if not lost else ("",) * 3)
    assert bool(lost) == (texts != ("Trees.", "b", "Trees.") and texts != ("Trees.", "", ""))
    if lost:
        assert "study-spss-statements.csv" in lost[0].message
        assert qmethod.read(written.files[0], statements=written.files[1]).texts == data.texts


@pytest.mark.parametrize("first", ["ann", "p1", "1"])
def test_a_first_sort_that_counts_upwards_is_a_sort(first: str, tmp_path: Path) -> None:
    """In KADE's workbooks the first row may number the statements; one that somebody is called by is a sort."""
    data = QData(np.array([[1, 2, 3], [3, 1, 2]]).T, ("s1", "s2", "s3"), (first, "ben"), ("Trees.", "Parks.", "Cars."))
    again = qmethod.read(qmethod.write(data, tmp_path / "study.xlsx", to="kade-excel").files[0])
    assert (again.participants, again.sorts.T.tolist()) == (data.participants, [[1, 2, 3], [3, 1, 2]])
