"""Wordings of the statements from a file of their own."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from qmethod import DataError, QData, read, write
from qmethod.formats.wordings import read_wordings, tags_by_statement
from tests import references

SORTS = "statement,p1,p2\ns1,1,0\ns2,0,1\ns10,0,0\n"


def reads(tmp_path: Path, wordings: str, name: str = "statements.csv", sorts: str = SORTS) -> QData:
    (tmp_path / "sorts.csv").write_text(sorts)
    (tmp_path / name).write_text(wordings, encoding="utf-8")
    return read(tmp_path / "sorts.csv", statements=tmp_path / name)


@pytest.mark.parametrize(
    ("wordings", "name"),
    [
        ("id,text\ns1,One.\ns2,Two.\ns10,Ten.\n", "statements.csv"),
        ("id;text\ns10;Ten.\ns1;One.\ns2;Two.\n", "statements.csv"),
        ('"text","id"\n"One.","S1"\n"Two.","S2"\n"Ten.","S10"\n', "statements.csv"),
        ("number\tstatement\ns1\tOne.\ns2\tTwo.\ns10\tTen.\n", "statements.txt"),
        ("One.\nTwo.\nTen.\n", "statements.txt"),
        ("One.\n\nTwo.\n\nTen.", "statements.txt"),
        ("text\nOne.\nTwo.\nTen.\n", "statements.csv"),
        ('"One."\n"Two."\n"Ten."\n', "statements.csv"),
        ("One.     \nTwo.     \nTen.    \n", "statements.STA"),
    ],
)
def test_forms(wordings: str, name: str, tmp_path: Path) -> None:
    data = reads(tmp_path, wordings, name)
    assert data.texts == ("One.", "Two.", "Ten.")
    assert data.notices == ()


def test_reference_set() -> None:
    folder = references.HERE / "climate_s1"
    data = read(folder / "sorts.csv", statements=folder / "statements.csv")
    assert data.texts[0] == "It is important to vote for leaders who will combat climate change."
    assert all(data.texts)


def test_a_sta_has_no_header(tmp_path: Path) -> None:
    assert reads(tmp_path, "Text\nTwo.\nTen.\n", "statements.sta").texts == ("Text", "Two.", "Ten.")


def test_wording_with_commas_stays_whole(tmp_path: Path) -> None:
    data = reads(tmp_path, "One, or one.\nTwo, two, two.\nTen.\n", "statements.txt")
    assert data.texts == ("One, or one.", "Two, two, two.", "Ten.")


@pytest.mark.parametrize("suffix", ["csv", "txt"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", [["sta_id", "Declaración", "Resumen"], ["Nr.", "Aussage im Wortlaut", "kurz"], None])
def test_other_headers_are_understood(header: list[str] | None, delimiter: str, suffix: str, tmp_path: Path) -> None:
    rows = [["s10", "Ten, or about ten; not more.", "10"], ["s1", 'One, "alone".', "1"], ["s2", "Two.", "2"]]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([header, *rows] if header else rows)
    data = reads(tmp_path, out.getvalue(), f"q-set.{suffix}")
    assert data.texts == ('One, "alone".', "Two.", "Ten, or about ten; not more.")
    assert [notice.code for notice in data.notices] == ["wordings-columns"]
    if header:
        assert all(repr(name) in data.notices[0].message for name in header)


def test_ids_that_are_numbers_under_another_header(tmp_path: Path) -> None:
    data = reads(tmp_path, "Karte,Wortlaut der Aussage\n1,One of them.\n2,Two of them.\n10,Ten of them.\n")
    assert data.texts == ("One of them.", "Two of them.", "Ten of them.")
    assert [notice.code for notice in data.notices] == ["wordings-columns", "wordings-by-number"]


def test_a_comma_in_every_wording_makes_no_table(tmp_path: Path) -> None:
    data = reads(tmp_path, "One, or one.\nTwo, or two of them.\nTen, or so.\n", "statements.txt")
    assert data.texts == ("One, or one.", "Two, or two of them.", "Ten, or so.")
    assert data.notices == ()


def test_a_header_above_wordings_alone_is_named_as_the_likely_cause(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds 4 wordings, the sorts have 3 statements\n.*first line \('Aussagen'\) is a header, call it text"):
        reads(tmp_path, "Aussagen\nOne.\nTwo.\nTen.\n")


def test_ids_of_another_study_are_one_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of its ids \('a', 'b', 'c'\) is that of a statement of the sorts \('s1', 's2', 's10'\)") as refusal:
        reads(tmp_path, "id,text\na,One.\nb,Two.\nc,Ten.\n")
    assert len(refusal.value.faults) == 1


def test_matched_by_number_is_said(tmp_path: Path) -> None:
    data = reads(tmp_path, "id,text\n1,One.\n2,Two.\n10,Ten.\n")
    assert data.texts == ("One.", "Two.", "Ten.")
    assert [notice.code for notice in data.notices] == ["wordings-by-number"]


def test_unused_wordings_are_said(tmp_path: Path) -> None:
    data = reads(tmp_path, "id,text\ns1,One.\ns2,Two.\ns3,Three.\ns10,Ten.\n")
    assert data.texts == ("One.", "Two.", "Ten.")
    assert [notice.code for notice in data.notices] == ["wordings-unused"]
    assert "s3" in data.notices[0].message


@pytest.mark.parametrize("head", ["id,text\n", ""])
def test_tags_of_html_in_wordings_are_said(tmp_path: Path, head: str) -> None:
    lines = ('"<img src=""a.png"" alt=""A park"">"', "a < b and c > d <3 is <on time>", "Two <b>bold</b> words<br/>")
    rows = [f"{name},{line}" if head else line.strip('"').replace('""', '"') for name, line in zip(("s1", "s2", "s10"), lines, strict=True)]
    data = reads(tmp_path, head + "\n".join(rows) + "\n")
    found = [notice for notice in data.notices if notice.code == "wordings-html"]
    assert [notice.statements for notice in found] == [("s1", "s10")]
    assert "<img src=" in found[0].message
    assert "(<b>)" in found[0].message
    assert data.texts is not None
    assert data.texts[0] == '<img src="a.png" alt="A park">'


@pytest.mark.parametrize(
    ("wordings", "message"),
    [
        ("id,text\ns1,One.\nx,Two.\ns10,Ten.\n", r"statements\.csv: no wording for a statement \(statement s2\)"),
        ("id,text\ns1,One.\ns1,Two.\ns10,Ten.\n", r"statements\.csv:3: two wordings have the id 's1', here and in line 2"),
        ("id,text\ns1,One.\n,Two.\ns10,Ten.\n", r"statements\.csv:3: a wording has no id"),
        ("One.\nTwo.\n", r"holds 2 wordings, the sorts have 3 statements"),
        ("", r"statements\.csv: the file is empty"),
    ],
)
def test_refused(wordings: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        reads(tmp_path, wordings)


def test_missing_file(tmp_path: Path) -> None:
    (tmp_path / "sorts.csv").write_text(SORTS)
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        read(tmp_path / "sorts.csv", statements=tmp_path / "nowhere.csv")


@pytest.mark.parametrize("known", ["text", "wording", "Statement text", "text_de", "Statement"])
@pytest.mark.parametrize("other", ["text_length", "textnr", "text_source", "Text type"])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 1, 0)])
def test_a_header_that_begins_with_text_takes_no_place(known: str, other: str, order: tuple[int, ...], tmp_path: Path) -> None:
    beside = ["4", "5", "6"] if other in ("text_length", "textnr") else ["a", "b", "b"]
    rows = [["id", other, known], ["s1", beside[0], "One."], ["s2", beside[1], "Two."], ["s10", beside[2], "Ten."]]
    data = reads(tmp_path, "\n".join(",".join(row[j] for j in order) for row in rows))
    assert data.texts == ("One.", "Two.", "Ten.")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [("Code", "Aussage"), ("Karte", "Wortlaut"), ("c", "kurz")])
@pytest.mark.parametrize("suffix", ["csv", "txt"])
def test_a_table_one_row_short_is_not_read_as_lines(delimiter: str, header: tuple[str, str], suffix: str, tmp_path: Path) -> None:
    lines = [header, ("a", "Trees make a street."), ("b", "Parking comes first.")]
    with pytest.raises(DataError, match=r"none of its ids"):
        reads(tmp_path, "\n".join(delimiter.join(line) for line in lines), f"statements.{suffix}")


@pytest.mark.parametrize(
    "wordings",
    [
        "id,text,tags\ns1,One.,power law\ns2,Two.,power;law\ns10,Ten.,\n",
        "id;tag;text\ns10;;Ten.\nS1;power  law;One.\nS2;law power;Two.\n",
        "id,text_en,text_es,tags\ns1,The first.,La primera.,power law\ns2,The second.,La segunda.,law power law\ns10,The tenth.,La décima.,\n",
        "number,statement,Tags\n1,One.,power law\n2,Two.,power law\n10,Ten.,\n",
    ],
)
def test_tags_stand_in_a_column_of_their_own(wordings: str, tmp_path: Path) -> None:
    (tmp_path / "statements.csv").write_text(wordings, encoding="utf-8")
    found = tags_by_statement(read_wordings(tmp_path / "statements.csv"), ["s1", "s2", "s10"])
    assert {statement: sorted(tags) for statement, tags in found.items()} == {"s1": ["law", "power"], "s2": ["law", "power"], "s10": []}


@pytest.mark.parametrize(
    "wordings", ["id,text\ns1,One.\ns2,Two.\ns10,Ten.\n", "One.\nTwo.\nTen.\n", "id,text,theme\ns1,One.,a\ns2,Two.,a\ns10,Ten.,b\n"]
)
def test_without_a_column_called_tags_there_are_none(wordings: str, tmp_path: Path) -> None:
    (tmp_path / "statements.csv").write_text(wordings, encoding="utf-8")
    assert tags_by_statement(read_wordings(tmp_path / "statements.csv"), ["s1", "s2", "s10"]) == {}


@pytest.mark.parametrize("name", ["excel.xlsx", "kade_workbook.xlsx", "kade_zip.zip", "spss.sav", "stata.dta"])
def test_a_file_with_sorts_and_wordings_is_to_be_named_as_the_sorts(name: str, tmp_path: Path) -> None:
    """What the message says is tried: the wordings of such a file are read with its sorts."""
    examples = Path(__file__).parent / "examples"
    with pytest.raises(DataError, match="name it as the sorts: the wordings in it are read with them"):
        read(examples / "table.csv", statements=examples / name)
    rich = QData(np.array([[1, 0, -1], [0, -1, 1]]).T, ("s1", "s2", "s3"), ("ann", "ben"), ("Trees.", "Parks.", "Cars."))
    key = {"kade_workbook.xlsx": "kade-excel", "excel.xlsx": "kade-excel", "kade_zip.zip": "kade-zip", "spss.sav": "spss", "stata.dta": "stata"}[name]
    written = write(rich, tmp_path / f"rich{Path(name).suffix}", to=key)  # type: ignore[arg-type]
    assert read(written.files[0]).texts == rich.texts
