"""Tables: every layout, delimiter and way of writing a placement that must be read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod import DataError, Grid, QData, read
from qmethod.formats.placements import UNREADABLE, compact, placement, placements
from tests import references

SORTS = np.array([[-1, 0, 1], [0, 1, -1], [1, -1, 0], [0, 0, 0]])
ROWS = ("statement,p1,p2,p3", "s1,-1,0,1", "s2,0,1,-1", "s3,1,-1,0", "s4,0,0,0")
ACROSS = ("participant,s1,s2,s3,s4", "p1,-1,0,1,0", "p2,0,1,-1,0", "p3,1,-1,0,0")
LONG = ("participant,statement,value", *(f"p{j + 1},s{i + 1},{SORTS[i, j]}" for j in range(3) for i in range(4)))


def reads(tmp_path: Path, content: str | bytes, name: str = "sorts.csv", **arguments: object) -> QData:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, **arguments)  # type: ignore[arg-type]


def is_small(data: QData) -> bool:
    return data.sorts.tolist() == SORTS.tolist() and data.participants == ("p1", "p2", "p3") and data.statements == ("s1", "s2", "s3", "s4")


def codes(data: QData) -> list[str]:
    return [notice.code for notice in data.notices]


@pytest.mark.parametrize("name", references.SETS)
def test_reference_sets(name: str) -> None:
    path = references.HERE / name / "sorts.csv"
    participants, statements, _ = references.table(path)
    data = read(path)
    assert (data.sorts == references.numbers(path)).all()
    assert (list(data.participants), list(data.statements)) == (participants, statements)
    assert (data.grid is None) == (name == "kr_power_likert")
    assert data.notices == ()


def test_source_says_what_the_file_was_taken_for(tmp_path: Path) -> None:
    content = "\n".join(ROWS)
    source = reads(tmp_path, content.replace(",", ";")).source
    assert source is not None
    assert source.name == "sorts.csv"
    assert source.kind == "CSV, statements in rows, ';' between cells"
    assert source.sha256 == hashlib.sha256(content.replace(",", ";").encode()).hexdigest()


@pytest.mark.parametrize(
    ("rows", "kind"),
    [(ROWS, "statements in rows"), (ACROSS, "participants in rows"), (LONG, "one placement a row")],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_layouts(rows: tuple[str, ...], kind: str, delimiter: str, newline: str, tmp_path: Path) -> None:
    data = reads(tmp_path, newline.join(rows).replace(",", delimiter))
    assert is_small(data)
    assert data.source is not None
    assert kind in data.source.kind
    assert data.grid == Grid((-1, 0, 1), (1, 2, 1))
    assert data.notices == ()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + "\n".join(ROWS).encode(),
        "\n".join(ROWS).encode("utf-16"),
        ("\ufeff" + "\n".join(ROWS)).encode("utf-16-be"),
        ("\ufeff" + "\n".join(ROWS)).encode("utf-32-le"),
        "\n".join(f'"{cell}"'.join(["", ""]) for cell in ['","'.join(row.split(",")) for row in ROWS]).encode(),
        ("\n".join(ROWS) + "\n\n,,,\n \n\n").encode(),
        "\n".join(row + ",,," for row in ROWS).encode(),
        "\n".join(row.replace(",", ", ") for row in ROWS).encode(),
        "\n".join(ROWS).replace("-", "−").encode(),
        "\n".join(ROWS).replace("-", "–").encode(),
        "\n".join(ROWS).replace(",1", ",+1").replace(",0", ",+0").encode(),
        "\n".join(ROWS).replace(",0", ",-0").encode(),
        "\n".join(ROWS).replace(",1", ",1.0").encode(),
        "\n".join(ROWS).replace(",", ";").replace(";1", ";1,0").encode(),
        ("sep=;\n" + "\n".join(ROWS).replace(",", ";")).encode(),
        "\n".join(ROWS).replace("statement", "").encode(),
        "\n".join(ROWS).replace("statement,", "").encode(),
        ("\n\n" + "\n".join(ROWS)).encode(),
    ],
    ids=[
        "utf-8-bom", "utf-16", "utf-16-be", "utf-32", "quoted", "blank-lines", "blank-columns", "blanks", "minus", "dash", "plus", "minus-zero",
        "point-zero", "decimal-comma", "sep-line", "blank-corner", "no-corner", "leading-blank-lines",
    ],
)  # fmt: skip
def test_the_same_sorts_written_otherwise(content: bytes, tmp_path: Path) -> None:
    data = reads(tmp_path, content)
    assert is_small(data)
    assert data.notices == ()


@pytest.mark.parametrize("rows", [ROWS, ACROSS, LONG])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("empty", [1, 2, 3])
def test_empty_cells_at_the_ends_of_all_lines_shift_nothing(rows: tuple[str, ...], delimiter: str, empty: int, tmp_path: Path) -> None:
    """One was taken for a header that lacks a name above the first column, and every sort for its neighbour."""
    assert is_small(reads(tmp_path, "\n".join(row + "," * empty for row in rows).replace(",", delimiter)))


def test_utf16_without_mark_is_read_and_said(tmp_path: Path) -> None:
    data = reads(tmp_path, "\n".join(ROWS).encode("utf-16-le"))
    assert is_small(data)
    assert codes(data) == ["guessed-encoding"]


@pytest.mark.parametrize(("encoding", "spoken"), [("cp1252", "Windows-1252"), ("cp850", "DOS")])
def test_eight_bit_encodings_are_guessed_and_said(encoding: str, spoken: str, tmp_path: Path) -> None:
    names = ("Jürgen", "Zoë", "Ana-Belén", "François")
    rows = ["statement," + ",".join(names), "s1,1,0,0,1", "s2,0,1,1,0"]
    data = reads(tmp_path, "\n".join(rows).encode(encoding))
    assert data.participants == names
    assert codes(data) == ["guessed-encoding"]
    assert spoken in data.notices[0].message


def test_encoding_as_told(tmp_path: Path) -> None:
    data = reads(tmp_path, "statement,Łukasz,p2\ns1,1,0\ns2,0,1".encode("cp1250"), encoding="cp1250")
    assert data.participants == ("Łukasz", "p2")
    assert data.notices == ()


def test_fractions_with_decimal_comma(tmp_path: Path) -> None:
    data = reads(tmp_path, "statement;p1;p2\ns1;-1,5;0,5\ns2;1,5;-0,5")
    assert data.sorts.tolist() == [[-1.5, 0.5], [1.5, -0.5]]


@pytest.mark.parametrize("cell", ["", " ", "NA", "NaN", "nan", ".", "N/A", "NULL"])
def test_missing_placement(cell: str, tmp_path: Path) -> None:
    data = reads(tmp_path, "\n".join(ROWS).replace("s3,1,-1,0", f"s3,1,{cell},0"))
    assert np.argwhere(data.missing).tolist() == [[2, 1]]
    assert np.nansum(np.abs(data.sorts - SORTS)) == 0


@pytest.mark.parametrize(
    "header", ["statement,text,p1,p2", "id,text,p1,p2", "nr,statement,p1,p2", "text,statement,p1,p2", "Item ID,Statement text,p1,p2"]
)
def test_wordings_beside_the_ids(header: str, tmp_path: Path) -> None:
    rows = ['s1,"Rain, and more rain, falls.",1,0', "s2,Snow may fall too.,0,1"]
    if header.startswith("text"):
        rows = ['"Rain, and more rain, falls.",s1,1,0', "Snow may fall too.,s2,0,1"]
    data = reads(tmp_path, "\n".join([header, *rows]))
    assert data.statements == ("s1", "s2")
    assert data.texts == ("Rain, and more rain, falls.", "Snow may fall too.")
    assert data.sorts.tolist() == [[1, 0], [0, 1]]


def test_statements_known_by_wording_only(tmp_path: Path) -> None:
    data = reads(tmp_path, "statement,p1,p2\nRain falls on us.,1,0\nSnow may fall too.,0,1")
    assert (data.statements, data.texts[1]) == (("s1", "s2"), "Snow may fall too.")
    assert codes(data) == ["statements-numbered"]


def test_columns_called_by_wording_only(tmp_path: Path) -> None:
    data = reads(tmp_path, "participant,Rain falls on us.,Snow may fall too.,Hail hurts us all.\na,1,0,-1\nb,0,1,-1")
    assert data.statements == ("s1", "s2", "s3")
    assert data.texts == ("Rain falls on us.", "Snow may fall too.", "Hail hurts us all.")
    assert codes(data) == ["statements-unsure", "statements-numbered"]


def test_a_statement_called_like_a_column_is_no_header(tmp_path: Path) -> None:
    data = reads(tmp_path, ",ann,ben,cy\nname,1,0,4\nage,0,1,1\nnumber,1,-1,0\n", layout="statements-in-rows")
    assert data.participants == ("ann", "ben", "cy")
    assert data.statements == ("name", "age", "number")
    assert data.notices == ()


def test_comments_in_a_table_are_left_out_and_said(tmp_path: Path) -> None:
    rows = ["# by hand, twice", *ROWS[:2], "# checked, and checked again", *ROWS[2:], "# end"]
    data = reads(tmp_path, "\n".join(rows))
    assert is_small(data)
    assert codes(data) == ["lines-left-out", "lines-left-out"]
    assert "(line 1): '# by hand, twice'" in data.notices[0].message
    assert "lines 4, 8" in data.notices[1].message


def test_a_running_number_before_the_ids_is_no_sort(tmp_path: Path) -> None:
    data = reads(tmp_path, "nr,item,text,p1,p2\n1,s1,Rain falls.,1,0\n2,s2,Snow falls.,0,1")
    assert (data.participants, data.statements) == (("p1", "p2"), ("s1", "s2"))
    assert codes(data) == ["columns-ignored"]
    short = reads(tmp_path, "nr,statement,p1,p2\n1,Rain,1,0\n2,Snow,0,1")
    assert (short.participants, short.statements, short.texts) == (("p1", "p2"), ("1", "2"), ("Rain", "Snow"))


def test_a_date_before_the_statements_is_no_name(tmp_path: Path) -> None:
    data = reads(tmp_path, "Timestamp,s1,s2,s3\n9:00,1,0,-1\n9:00,0,1,-1")
    assert data.participants == ("p1", "p2")
    assert sorted(codes(data)) == ["columns-ignored", "participants-numbered"]


@pytest.mark.parametrize(("header", "unsure"), [("participant,C01,C02,C03", False), ("participant,5,6,7", True), ("participant,A,B,C", True)])
def test_columns_taken_for_statements_without_certainty_are_named(header: str, unsure: bool, tmp_path: Path) -> None:
    data = reads(tmp_path, f"{header}\na,7,3,1\nb,3,2,2\nc,1,1,1")
    assert codes(data) == (["statements-unsure"] if unsure else [])


def test_participants_without_names(tmp_path: Path) -> None:
    data = reads(tmp_path, "s1,s2,s3\n1,0,-1\n0,1,-1")
    assert (data.participants, data.sorts.shape) == (("p1", "p2"), (3, 2))
    assert codes(data) == ["participants-numbered"]


def test_other_columns_are_left_out_where_the_statements_are_certain(tmp_path: Path) -> None:
    data = reads(tmp_path, "sid;age;s1;s2;s3;comment\na;30;1;0;-1;hello\nb;40;0;1;-1;")
    assert data.sorts.tolist() == [[1, 0], [0, 1], [-1, -1]]
    assert data.participants == ("a", "b")
    assert codes(data) == ["people-columns", "columns-ignored"]
    assert "'age'" in data.notices[0].message
    assert "free text: 'comment'" in data.notices[1].message
    assert [(one.title, one.values) for one in data.people] == [("age", ("30", "40"))]


def test_other_columns_are_left_out_where_the_wordings_name_the_statements(tmp_path: Path) -> None:
    (tmp_path / "statements.csv").write_text("id,text\nrain,Rain falls.\nsnow,Snow falls.\n")
    data = reads(tmp_path, "who,snow,mood,rain\na,1,glad,0\nb,0,sad,1", statements=tmp_path / "statements.csv")
    assert data.statements == ("snow", "rain")
    assert data.texts == ("Snow falls.", "Rain falls.")
    assert data.sorts.tolist() == [[1, 0], [0, 1]]
    assert "'mood'" in data.notices[0].message


def test_distribution_tells_the_orientation(tmp_path: Path) -> None:
    turned = "\n".join(["x,A,B,C,D", "i,-1,0,1,0", "k,0,1,-1,0", "l,1,-1,0,0"])
    upright = "\n".join(["x,A,B,C", "i,-1,0,1", "j,0,1,-1", "k,1,-1,0", "l,0,0,0"])
    assert reads(tmp_path, turned).sorts.tolist() == SORTS.tolist()
    assert reads(tmp_path, upright).sorts.tolist() == SORTS.tolist()


def test_grid_tells_the_orientation(tmp_path: Path) -> None:
    content = "x,A,B,C,D\ni,-1,-1,1,0\nk,0,1,-1,0\nl,1,-1,0,0"
    with pytest.raises(DataError, match="not clear"):
        reads(tmp_path, content)
    data = reads(tmp_path, content, grid=Grid((-1, 0, 1), (1, 2, 1)))
    assert data.sorts.shape == (4, 3)
    assert data.off_grid() == (0,)


def test_conflicting_evidence_is_said(tmp_path: Path) -> None:
    data = reads(tmp_path, "\n".join(["item", *ROWS]).replace("item\nstatement", "name"))
    assert data.sorts.shape == (3, 4)
    assert codes(data) == ["layout-conflict"]
    assert "called 'name'" in data.notices[0].message
    assert "all columns show one distribution" in data.notices[0].message
    assert is_small(reads(tmp_path, "\n".join(ROWS).replace("statement", "name"), layout="statements-in-rows"))


def test_layout_as_told(tmp_path: Path) -> None:
    content = "x,A,B\na,1,2\nb,3,1"
    assert reads(tmp_path, content, layout="statements-in-rows").participants == ("A", "B")
    assert reads(tmp_path, content, layout="participants-in-rows").participants == ("a", "b")


def test_long_orders_numbered_statements_and_leaves_gaps_missing(tmp_path: Path) -> None:
    data = reads(tmp_path, "score,item,when,respondent\n1,s10,9:00,a\n2,s2,9:01,a\n3,s1,9:02,b\n4,s2,9:03,b")
    assert data.statements == ("s1", "s2", "s10")
    assert np.array_equal(data.sorts, [[np.nan, 3], [2, 4], [1, np.nan]], equal_nan=True)
    assert "'when'" in data.notices[0].message


def test_a_wide_table_with_participants_called_like_a_long_one(tmp_path: Path) -> None:
    data = reads(tmp_path, "statement,name,value,p3\ns1,-1,0,1\ns2,0,1,-1\ns3,1,-1,0\ns4,0,0,0")
    assert data.participants == ("name", "value", "p3")


def test_a_long_table_of_one_participant(tmp_path: Path) -> None:
    data = reads(tmp_path, "participant,statement,value\nann,s1,1\nann,s2,0")
    assert (data.participants, data.sorts.tolist()) == (("ann",), [[1], [0]])


def test_all_faults_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        reads(tmp_path, "statement,p1,p2,p1\ns1,x,0,1\ns1,0,y,0\ns3,1,1,1")
    faults = refusal.value.faults
    assert [(fault.line, fault.column) for fault in faults] == [(1, 4), (2, 2), (3, 1), (3, 3)]
    assert (faults[1].participant, faults[1].statement) == ("p1", "s1")
    assert all(fault.advice for fault in faults)


def test_lines_are_counted_as_the_editor_does(tmp_path: Path) -> None:
    content = 'statement,text,p1,p2\ns1,"Two\nlines",1,0\n\ns2,One line.,0,oops\n'
    with pytest.raises(DataError, match=r"sorts\.csv:5:4: 'oops'"):
        reads(tmp_path, content)


def test_file_is_named_as_the_user_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sorts.csv").write_text("statement,p1\ns1,x\ns2,1")
    with pytest.raises(DataError, match=r"^sorts\.csv:2:2"):
        read("sorts.csv")


def test_many_faults_are_counted_not_listed(tmp_path: Path) -> None:
    row = ",".join(["x", "1", "1"] * 20)
    content = "\n".join(["participant," + ",".join(f"a{i}" for i in range(60)), *(f"r{i},{row if i % 2 else row[2:] + ',1'}" for i in range(500))])
    with pytest.raises(DataError, match=r"9,750 cells are no placements; the first 1,000 follow") as refusal:
        reads(tmp_path, content)
    assert len(refusal.value.faults) <= 1001


def test_a_table_of_3000_sorts(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sorts = rng.permuted(np.tile(np.repeat(np.arange(-4, 5), [1, 2, 4, 5, 6, 5, 4, 2, 1]), (3000, 1)), axis=1)
    lines = ["participant," + ",".join(f"s{i}" for i in range(1, 31)), *(f"r{i}," + ",".join(map(str, row)) for i, row in enumerate(sorts.tolist()))]
    data = reads(tmp_path, "\n".join(lines))
    assert (data.sorts == sorts.T).all()
    assert data.sorts.dtype == np.int16


@pytest.mark.parametrize(
    ("cell", "value"),
    [("+2", 2), (" 2", 2), ("−2", -2), ("- 2", -2), ("1,5", 1.5), (".5", 0.5), ("2.", 2), ("1e0", 1), ("-0", 0), ("\u00a03", 3), ("－1", -1)],
)
def test_placement(cell: str, value: float) -> None:
    assert placement(cell) == value
    assert str(placement(cell)) == str(float(value))


@pytest.mark.parametrize("cell", ["one", "1_0", "²", "③", "0x1", "inf", "-inf", "infinity", "1 2", "--1", "1-", "1e999", "1e7", "1.2.3", "½"])
def test_no_placement(cell: str) -> None:
    assert placement(cell) == UNREADABLE


@given(st.lists(st.lists(st.text(max_size=6), min_size=3, max_size=3), max_size=6))
def test_a_table_is_read_cell_by_cell(rows: list[list[str]]) -> None:
    expected = [[placement(cell) for cell in row] for row in rows]
    assert np.array_equal(placements(rows, 3), np.array(expected).reshape(len(rows), 3), equal_nan=True)


def test_compact_keeps_values() -> None:
    for values in ([[1.0, -2.0]], [[1.5, 0.0]], [[np.nan, 1.0]], [[40000.0, -7.0]]):
        kept = compact(np.array(values))
        assert np.array_equal(kept, values, equal_nan=kept.dtype.kind == "f")
    assert compact(np.array([[1.0]])).dtype.kind == "i"
