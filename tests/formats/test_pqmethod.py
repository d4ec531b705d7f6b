"""PQMethod .DAT and .STA, as PQMethod, KADE, R and people leave them; and the look-alike of Qualis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod import DataError, Grid, QData, read
from tests import references
from tests.formats.hostile import LIPSET_LINE_1, LIPSET_LINE_2
from tests.strategies import forced_sorts

FROM_R = references.HERE / "formats" / "lipset_from_r.dat"
LIPSET = references.HERE / "lipset" / "sorts.csv"
ROWS = tuple(FROM_R.read_text().splitlines()[2:])
GRID = Grid((-4, -3, -2, -1, 0, 1, 2, 3, 4), (2, 3, 4, 5, 5, 5, 4, 3, 2))
LINES = (LIPSET_LINE_1, LIPSET_LINE_2, *ROWS)


def reads(tmp_path: Path, content: str | bytes, name: str = "lipset.dat", **arguments: object) -> QData:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, **arguments)  # type: ignore[arg-type]


def codes(data: QData) -> list[str]:
    return [notice.code for notice in data.notices]


def is_lipset(data: QData) -> bool:
    participants, _, _ = references.table(LIPSET)
    return bool((data.sorts == references.numbers(LIPSET)).all()) and list(data.participants) == participants


def replaced(position: int, line: str) -> str:
    return "\n".join([*LINES[:position], line, *LINES[position + 1 :]])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["lipset.dat", "LIPSET.DAT", "lipset.txt", "lipset"])
def test_lipset(newline: str, name: str, tmp_path: Path) -> None:
    data = reads(tmp_path, newline.join(LINES), name)
    assert is_lipset(data)
    assert data.grid == GRID
    assert data.statements[-1] == "s33"
    assert data.source is not None
    assert data.source.kind == "PQMethod .DAT"
    assert data.notices == ()


def test_written_by_r() -> None:
    data = read(FROM_R)
    assert is_lipset(data)
    assert data.grid == GRID
    assert codes(data) == ["pqmethod-line-2-short"]


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(line + "     " for line in LINES),
        "\n".join(LINES) + "\n\n\n",
        "\r\n".join(LINES) + "\r\n\x1a",
        "\n".join([LIPSET_LINE_1[:9], *LINES[1:]]),
        "\n".join([LIPSET_LINE_1.rstrip(), *LINES[1:]]),
        "\n\n".join(LINES[1:]).join([LIPSET_LINE_1 + "\n", ""]),
    ],
    ids=["trailing-blanks", "trailing-lines", "dos-end-of-file", "no-title", "short-title", "blank-lines-between"],
)
def test_harmless_differences_need_no_notice(content: str, tmp_path: Path) -> None:
    data = reads(tmp_path, content)
    assert is_lipset(data)
    assert data.notices == ()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("\n".join([LIPSET_LINE_1.strip(), *LINES[1:]]), "pqmethod-line-1"),
        ("\n".join(["0\t9\t33\tLipset", *LINES[1:]]), "pqmethod-line-1"),
        ("\n".join([LIPSET_LINE_1, *ROWS]), "pqmethod-line-2"),
        (replaced(1, " -4  4  0  0  2  3"), "pqmethod-line-2"),
        (replaced(0, LIPSET_LINE_1.replace("  9", "  8")), "pqmethod-more-sorts"),
        (replaced(2, "US1\t" + "\t".join(str(int(v)) for v in references.numbers(LIPSET)[:, 0])), "pqmethod-free-columns"),
        (replaced(2, "US1 " + " ".join(str(int(v)) for v in references.numbers(LIPSET)[:, 0])), "pqmethod-free-columns"),
    ],
    ids=["line-1-trimmed", "line-1-tabs", "no-line-2", "line-2-cut", "more-sorts", "tabs", "blanks"],
)
def test_each_tolerance_is_said(content: str, code: str, tmp_path: Path) -> None:
    data = reads(tmp_path, content)
    assert is_lipset(data)
    assert data.grid == GRID
    assert codes(data) == [code]


@pytest.mark.parametrize("name", ["US1 north", "Participant 1", "US1 nor 12", "ABCDEFGHIJKLMN"])
def test_names_longer_than_eight_columns(name: str, tmp_path: Path) -> None:
    data = reads(tmp_path, replaced(2, f"{name:<10}" + ROWS[0][10:]))
    assert data.participants[0] == name
    assert (data.sorts == references.numbers(LIPSET)).all()
    assert codes(data) == ["pqmethod-names-shifted"]


def test_names_with_blanks_inside(tmp_path: Path) -> None:
    data = reads(tmp_path, replaced(2, "US 1 a #" + ROWS[0][8:]))
    assert data.participants[0] == "US 1 a #"
    assert data.notices == ()


def test_missing_values_at_the_end_and_inside(tmp_path: Path) -> None:
    content = replaced(2, ROWS[0][:-4]).replace(ROWS[1], ROWS[1][:12] + "  " + ROWS[1][14:])
    data = reads(tmp_path, content)
    assert np.argwhere(data.missing).tolist() == [[1, 1], [31, 0], [32, 0]]
    assert codes(data)[0] == "pqmethod-cut"
    assert data.notices[0].participants == ("US1", "US2")


def test_sorts_off_line_2_are_named(tmp_path: Path) -> None:
    data = reads(tmp_path, replaced(2, ROWS[0].replace("-4", "-3", 1)))
    assert data.grid == GRID
    assert codes(data) == ["pqmethod-unforced"]
    assert data.notices[0].participants == ("US1",)
    assert data.off_grid() == (0,)


def test_line_2_that_no_sort_follows_is_left_aside(tmp_path: Path) -> None:
    data = reads(tmp_path, replaced(1, " -4  4  0  0  3  3  4  5  3  5  4  3  3  0  0  0  0  0  0  0  0  0"))
    assert data.grid == GRID
    assert codes(data) == ["pqmethod-line-2"]
    assert "sorts were trusted" in data.notices[0].message


def test_grid_of_the_user_wins(tmp_path: Path) -> None:
    other = Grid((-4, -3, -2, -1, 0, 1, 2, 3, 4), (3, 3, 4, 4, 5, 4, 4, 3, 3))
    data = reads(tmp_path, "\n".join(LINES), grid=other)
    assert data.grid == other
    assert len(data.off_grid()) == 9


def test_values_of_two_digits(tmp_path: Path) -> None:
    content = "  0  2  4 T\n  9 13" + "  0" * 15 + "  1  1  1  0  1\nA          9101113\nB         1311 910\n"
    data = reads(tmp_path, content)
    assert data.sorts.tolist() == [[9, 13], [10, 11], [11, 9], [13, 10]]
    assert data.grid == Grid((9, 10, 11, 13), (1, 1, 1, 1))


@pytest.mark.parametrize("name", ["lipset.sta", "LIPSET.STA", "Lipset.Sta"])
def test_statements_beside(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes("".join(f"{f'Wording {i}':<60}\r\n" for i in range(1, 34)).encode() + b"\x1a")
    data = reads(tmp_path, "\n".join(LINES))
    assert data.texts[0] == "Wording 1"
    assert data.texts[32] == "Wording 33"
    assert data.notices == ()
    assert data.source is not None
    assert data.source.kind == "PQMethod .DAT and .STA"


@pytest.mark.parametrize(("encoding", "spoken"), [("cp850", "DOS"), ("cp437", "DOS"), ("latin-1", "Windows-1252"), ("cp1252", "Windows-1252")])
@pytest.mark.parametrize("text", ["Die Bürger wählen frei und fröhlich.", "Le café est très bon, même à Besançon.", "El niño mañana también."])
def test_statements_in_old_encodings(encoding: str, spoken: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "lipset.sta").write_bytes("\r\n".join([text] * 33).encode(encoding))
    data = reads(tmp_path, "\n".join(LINES))
    assert data.texts == (text,) * 33
    assert codes(data) == ["guessed-encoding"]
    assert spoken in data.notices[0].message


def test_a_table_called_dat_is_read_as_a_table(tmp_path: Path) -> None:
    data = reads(tmp_path, "statement\tp1\tp2\ns1\t1\t0\ns2\t0\t1\n")
    assert data.source is not None
    assert data.source.kind == "TSV, statements in rows, tab between cells"


@pytest.mark.parametrize("width", [2, 3])
def test_the_look_alike_of_qualis(width: int, tmp_path: Path) -> None:
    values = references.numbers(LIPSET).T.astype(int)
    rows = [f"{i:>7} " + "".join(f"{value:{width}d}" for value in sort) for i, sort in enumerate(values, start=1)]
    data = reads(tmp_path, "\n".join(["mystudy   9 33", *rows]))
    assert (data.sorts == values.T).all()
    assert data.participants == tuple("123456789")
    assert data.grid == GRID
    assert codes(data) == ["qualis-dat"]
    assert "writes 0 where a placement is missing" in data.notices[0].message


@pytest.mark.parametrize("line", ["1" * 5000, " -4  4" + "1" * 5000, "-" * 50 + "1", "1" * 60 + "x"])
def test_nonsense_in_line_2_is_left_aside_at_once(line: str, tmp_path: Path) -> None:
    content = replaced(1, line)
    if line.endswith("x"):
        with pytest.raises(DataError):
            reads(tmp_path, content)
    else:
        assert codes(reads(tmp_path, content)) == ["pqmethod-line-2"]


def test_faults_name_the_column_of_the_file(tmp_path: Path) -> None:
    bad = ROWS[4][:10] + "??" + ROWS[4][12:20] + "4-" + ROWS[4][22:]
    with pytest.raises(DataError) as refusal:
        reads(tmp_path, replaced(6, bad))
    assert [(fault.line, fault.column, fault.participant, fault.statement) for fault in refusal.value.faults] == [
        (7, 11, "JP5", "s1"),
        (7, 21, "JP5", "s6"),
    ]


@given(forced_sorts(most_sorts=8), st.data(), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_holds_nothing_changes_nothing(tmp_path: Path, drawn: tuple[Grid, np.ndarray], data: st.DataObject, newline: str, encoding: str) -> None:
    """Blank lines, blanks at the ends of lines, line ends and encodings; the lines are put together here, from the format's description."""
    grid, sorts = drawn
    counts = dict(zip(grid.values, grid.counts, strict=True))
    names = [f"José {j}" for j in range(1, sorts.shape[1] + 1)]
    lines = [f"  0{sorts.shape[1]:3d}{len(sorts):3d} Title"]
    lines.append("".join(f"{number:3d}" for number in [grid.values[0], grid.values[-1], *(counts.get(value, 0) for value in range(-6, 14))]))
    for name, column in zip(names, sorts.T.tolist(), strict=True):
        lines += [""] * data.draw(st.integers(0, 1))
        lines.append(f"{name:<10}" + "".join(f"{value:2d}" for value in column) + " " * data.draw(st.integers(0, 3)))
    text = newline.join(lines) + newline * data.draw(st.integers(0, 3)) + data.draw(st.sampled_from(["", "\x1a"]))
    (tmp_path / "study.dat").write_bytes(text.encode(encoding))
    found = read(tmp_path / "study.dat")
    assert (found.sorts == sorts).all()
    assert (found.participants, found.grid) == (tuple(names), grid)
    assert {notice.code for notice in found.notices} <= {"guessed-encoding"}
