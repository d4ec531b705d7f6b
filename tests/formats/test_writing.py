"""What is written is byte for byte what the formats say, and reads back the same."""

from __future__ import annotations

import csv
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod import DataError, Grid, QData, read
from qmethod.formats import pqmethod_names, write_csv, write_pqmethod
from tests import references
from tests.formats.hostile import LIPSET_LINE_1, LIPSET_LINE_2

SUSPICIONS = ("code-for-missing", "totals-among-sorts", "totals-among-statements", "names-like-placements", "unlike-all-others")
"""What values and names drawn at random may well be taken for."""
LIPSET = references.HERE / "lipset" / "sorts.csv"
anyhow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

visible = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda name: name == name.strip() and "\ufeff" not in name
)
treacherous = st.sampled_from(
    ["text", "wording", "name", "value", "statement", "s1", "s2", "p1", "1", "-1", "a;b;c", "a\tb", 'say "x"', "x,y", "id", "NA"]
)
short = st.text(string.ascii_letters + string.digits + " #'\",;.-+", min_size=1, max_size=8).filter(lambda name: name == name.strip())


@st.composite
def studies(draw: st.DrawFn, names: st.SearchStrategy[str], values: st.SearchStrategy[float]) -> QData:
    n, m = draw(st.integers(2, 7)), draw(st.integers(1, 6))
    placed = draw(st.lists(values, min_size=n * m, max_size=n * m))
    statements = draw(st.lists(names, min_size=n, max_size=n, unique=True))
    participants = draw(st.lists(names, min_size=m, max_size=m, unique=True))
    texts = draw(st.one_of(st.just(()), st.lists(visible, min_size=n, max_size=n).map(tuple)))
    return QData(np.array(placed, dtype=float).reshape(n, m), tuple(statements), tuple(participants), texts)


@given(
    studies(
        visible | treacherous,
        st.one_of(st.integers(-9, 9), st.just(float("nan")), st.floats(-100, 100).filter(lambda value: value == 0 or abs(value) > 1e-40)),
    )
)
@anyhow
def test_csv_reads_back_the_same(tmp_path: Path, data: QData) -> None:
    again = read(write_csv(data, tmp_path / "sorts.csv"))
    assert np.array_equal(again.sorts, data.sorts, equal_nan=again.sorts.dtype.kind == "f")
    assert again.statements == data.statements
    assert again.participants == data.participants
    assert again.texts == data.texts


@given(studies(short, st.integers(-6, 13)), st.text(string.printable[:95], max_size=68))
@anyhow
def test_pqmethod_reads_back_the_same(tmp_path: Path, data: QData, title: str) -> None:
    (tmp_path / "study-names.csv").unlink(missing_ok=True)
    dat, sta = write_pqmethod(data, tmp_path / "study.dat", title=title)
    again = read(dat)
    assert (again.sorts == data.sorts).all()
    told = dict.fromkeys(data.participants)
    if (tmp_path / "study-names.csv").exists():
        with (tmp_path / "study-names.csv").open(newline="") as file:
            told = {row["participant"]: row["name"] for row in csv.DictReader(file)}
    assert again.participants == tuple(told[name] or name for name in data.participants)
    assert data.grid is None or again.grid == data.grid
    assert again.texts == tuple(" ".join(text.split()) or name for name, text in zip(data.statements, data.texts, strict=True))
    assert {notice.code for notice in again.notices if notice.code not in SUSPICIONS} <= {"pqmethod-unforced", "pqmethod-line-2"}
    lines = dat.read_bytes().decode("ascii").split("\r\n")
    assert lines.pop() == ""
    assert lines[0] == f"  0{data.n_sorts:3d}{data.n_statements:3d} " + title.replace('"', "'").ljust(68)
    assert len(lines[0]) == 78
    assert len(lines[1]) == 66
    assert sum(int(lines[1][i : i + 3]) for i in range(6, 66, 3)) == data.n_statements
    for line, name, sort in zip(lines[2:], again.participants, data.sorts.T, strict=True):
        assert len(line) == 10 + 2 * data.n_statements
        assert line[:10] == f"{name:<8}  "
        assert [int(line[10 + 2 * i : 12 + 2 * i]) for i in range(data.n_statements)] == sort.tolist()
    assert sta.read_bytes().count(b"\r\n") == data.n_statements


def in_r(line: str) -> tuple[str, list[int]] | None:
    """A sort as R's ``read.fwf`` and ``import.pqmethod`` take it apart: no comments, no quotes, names without blanks; None where it fails."""
    if set("#\"'") & set(line):
        return None
    return line[:10].replace(" ", ""), [int(line[i : i + 2]) for i in range(10, len(line), 2)]


@given(st.lists(visible | short | st.sampled_from(["a b", "ab", "a#b", "NA", "Montgomery", "Montgomer", "'"]), min_size=1, max_size=12, unique=True))
@anyhow
def test_names_that_r_takes(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "study-names.csv").unlink(missing_ok=True)
    data = QData.from_array(np.arange(2 * len(names)).reshape(2, -1) % 7, participants=names)
    dat, _ = write_pqmethod(data, tmp_path / "study.dat")
    read_by_r = [in_r(line) for line in dat.read_text("ascii").splitlines()[2:]]
    assert [found and found[1] for found in read_by_r] == data.sorts.T.tolist()
    written = [found[0] for found in read_by_r if found]
    assert len(set(written)) == len(names)
    assert not {"", "NA"} & set(written)
    assert (tmp_path / "study-names.csv").exists() == (list(pqmethod_names(names)) != names)


def test_a_title_with_a_quote(tmp_path: Path) -> None:
    dat, _ = write_pqmethod(QData.from_array([[1], [0]]), tmp_path / "study.dat", title='The "new" plan')
    assert "The 'new' plan" in dat.read_text()


def test_lipset_is_the_published_file(tmp_path: Path) -> None:
    dat, sta = write_pqmethod(read(LIPSET), tmp_path / "LIPSET.DAT", title=LIPSET_LINE_1[10:].rstrip())
    lines = dat.read_bytes().decode().split("\r\n")
    assert lines[:2] == [LIPSET_LINE_1, LIPSET_LINE_2]
    assert lines[2:-1] == (references.HERE / "formats" / "lipset_from_r.dat").read_text().splitlines()[2:]
    assert sta.name == "LIPSET.STA"


def test_ending_is_added(tmp_path: Path) -> None:
    dat, sta = write_pqmethod(read(LIPSET), tmp_path / "my.study")
    assert (dat.name, sta.name) == ("my.study.dat", "my.study.sta")


def test_wordings_in_a_dos_code_page(tmp_path: Path) -> None:
    data = QData.from_array([[1, 0], [0, 1]], texts=["Bürger wählen.", "Fröhliche Leute."])
    dat, sta = write_pqmethod(data, tmp_path / "study.dat", encoding="cp850")
    assert sta.read_bytes() == "Bürger wählen.\r\nFröhliche Leute.\r\n".encode("cp850")
    assert read(dat).texts == data.texts


def test_unforced_sorts_get_the_median_distribution(tmp_path: Path) -> None:
    data = QData.from_array([[1, 1, 3], [2, 2, 3], [2, 3, 3], [3, 3, 3]])
    dat, _ = write_pqmethod(data, tmp_path / "study.dat")
    assert dat.read_text().splitlines()[1][:39] == "  1  3  0  0  0  0  0  0  0  1  1  2  0"
    assert read(dat).grid == Grid((1, 2, 3), (1, 1, 2))


def test_everything_the_format_cannot_hold_at_once(tmp_path: Path) -> None:
    data = QData.from_array(
        [[1.5, 0, 14], [np.nan, 2, -7], [0, 1, 1]],
        participants=["Montgomery", "Zoë", "c"],
        texts=["ł", "", ""],
    )
    with pytest.raises(DataError) as refusal:
        write_pqmethod(data, tmp_path / "study.dat", title="t" * 69, encoding="latin-1")
    message = "\n".join(fault.message for fault in refusal.value.faults)
    for words in ("the title", "1.5 is not", "14 is not", "-7 is not", "missing", "written as latin-1"):
        assert words in message
    assert list(tmp_path.iterdir()) == []


def test_too_many_for_three_columns(tmp_path: Path) -> None:
    sorts = np.tile([[0], [1]], (1, 1000))
    with pytest.raises(DataError, match="1,000 sorts; the format holds at most 999"):
        write_pqmethod(QData.from_array(sorts), tmp_path / "study.dat")


def test_grid_outside_the_format(tmp_path: Path) -> None:
    data = QData.from_array([[0, 1], [1, 0]], grid=Grid((-8, 1), (1, 1)))
    with pytest.raises(DataError, match="the grid -8:1,1:1"):
        write_pqmethod(data, tmp_path / "study.dat")


@pytest.mark.parametrize(
    ("names", "texts", "value", "message"),
    [
        (["a ", "b"], (), 1, "participant name 'a ' does not survive"),
        (["a\x00", "b"], (), 1, "does not survive"),
        (["a", "b"], ("x\x1b", ""), 1, "control characters"),
        (["a", "b"], (), 2_000_000, "2e[+]06 is no placement"),
    ],
)
def test_csv_refuses_what_would_not_read_back(names: list[str], texts: tuple[str, ...], value: int, message: str, tmp_path: Path) -> None:
    data = QData.from_array([[value, 0], [0, 1]], participants=names, texts=texts)
    with pytest.raises(DataError, match=message):
        write_csv(data, tmp_path / "sorts.csv")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written: No such file"):
        write_csv(read(LIPSET), tmp_path / "nowhere" / "sorts.csv")


def test_csv_is_plain(tmp_path: Path) -> None:
    data = QData.from_array([[1, np.nan], [0.5, 0]], texts=["One, or one.", "Two."])
    assert write_csv(data, tmp_path / "sorts.csv").read_bytes() == b'statement,text,p1,p2\ns1,"One, or one.",1,\ns2,Two.,0.5,0\n'
