"""Files that other programs and spreadsheets leave behind: what each of them holds, read by hand from the file itself.

The files are synthetic and made for this purpose; `cases/` holds them as they would come.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from qmethod import DataError, QData, read
from qmethod.formats import write_pqmethod

CASES = Path(__file__).parent / "cases"
GRID = "-2:1,-1:2,0:3,1:2,2:1"


def cells(name: str, delimiter: str = ",") -> list[list[str]]:
    """The cells of a file, without what quotes and blanks mean."""
    text = (CASES / f"{name}.csv").read_text(encoding="utf-8-sig")
    return [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=delimiter)]


def block(name: str, rows: slice, columns: slice, delimiter: str = ",") -> list[list[int]]:
    """A rectangle of placements, by its place in the file."""
    return [[int(cell) for cell in row[columns]] for row in cells(name, delimiter)[rows]]


@dataclass(frozen=True)
class Case:
    """What a file holds: placements with participants in rows, names, and what must be said, by code and words."""

    name: str
    by_participant: list[list[int]]
    participants: tuple[str, ...]
    statements: tuple[str, ...]
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wordings: str | None = None
    texts: tuple[str, ...] = ()


def numbered(stem: str, n: int) -> tuple[str, ...]:
    return tuple(f"{stem}{i}" for i in range(1, n + 1))


def turned(rows: list[list[int]]) -> list[list[int]]:
    return [list(column) for column in zip(*rows, strict=True)]


READ = (
    Case(
        "htmlq-trailing",
        block("htmlq-trailing", slice(1, None), slice(2, 11), ";"),
        numbered("user", 12),
        numbered("s", 9),
        {
            "columns-ignored": (
                "ids: 'sid'",
                "kept by the program: 'npos', 'nneu', 'nneg'",
                "free text: 'comment3'",
                "times: 'dur0', 'dur1', 'datetime'",
            )
        },
    ),
    Case(
        "trailing-comma-statements",
        turned(block("trailing-comma-statements", slice(1, None), slice(1, 7))),
        numbered("p", 6),
        numbered("s", 9),
    ),
    Case(
        "q-columns-no-id",
        block("q-columns-no-id", slice(1, None), slice(0, 9)),
        numbered("p", 12),
        numbered("Q0", 9),
        {"participants-numbered": ("names no participants",), "columns-ignored": ("addresses: 'email'", "the same for all who have it: 'region'")},
    ),
    Case(
        "qualtrics-three-headers",
        block("qualtrics-three-headers", slice(3, None), slice(2, 11)),
        tuple(f"R_{i}x" for i in range(1, 8)),
        numbered("Q1_", 9),
        {"header-lines": ("lines 2, 3", "line 2"), "columns-ignored": ("'StartDate'",)},
        texts=tuple(f"Place the cards - Card {i}" for i in range(1, 10)),
    ),
    Case(
        "totals-row-and-mean",
        [],
        (*numbered("P", 6), "Mean"),
        (*numbered("s", 9), "Sum"),
        {"totals-among-sorts": ("'Mean' (line 1, column 8)",), "totals-among-statements": ("'Sum' (line 11, column 1)",)},
    ),
    Case(
        "missing-99",
        block("missing-99", slice(1, None), slice(1, None)),
        numbered("P", 6),
        numbered("s", 9),
        {"code-for-missing": ("value -99", "P4 on s5 (line 5, column 6)", '"missing"')},
    ),
    Case(
        "two-title-lines",
        turned(block("two-title-lines", slice(3, None), slice(1, None))),
        numbered("p", 6),
        numbered("s", 9),
        {"lines-left-out": ("lines 1, 2", "Institute of Examples", "line 3")},
    ),
    Case(
        "wordings-other-header-sorts",
        turned(block("wordings-other-header-sorts", slice(1, None), slice(1, None))),
        numbered("P", 6),
        numbered("D0", 9),
        {"wordings-columns": ("'Wording in Spanish'", "'sta_id'", "'Short'")},
        wordings="wordings-other-header",
        texts=tuple(f"Tarjeta de ejemplo {i}." for i in range(1, 10)),
    ),
)

REFUSED = (
    ("no-header-ranking", None, (":1:2: line 1 reads as a sort (3, 2, 5, 1, 4, 6, ...)", "If it has none, say so: header=False")),
    ("codes-C1-C5", None, (":2:3:", "9 columns hold 'C1', 'C2', 'C3', 'C4', 'C5'", 'codes="C1=-2,C2=-1,C3=0,C4=1,C5=2"')),
    (
        "codes-C1-C5",
        "codes-C1-C5-statements",
        (
            ":2:3:",
            "9 columns hold 'C1', 'C2', 'C3', 'C4', 'C5'",
            'codes="C1=-2,C2=-1,C3=0,C4=1,C5=2" if they are the columns of the grid from left to right',
        ),
    ),
)


def opened(name: str, wordings: str | None) -> QData:
    return read(CASES / f"{name}.csv", statements=None if wordings is None else CASES / f"{wordings}.csv")


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_what_the_file_holds(case: Case) -> None:
    data = opened(case.name, case.wordings)
    assert (data.participants, data.statements) == (case.participants, case.statements)
    if case.by_participant:
        assert data.sorts.T.tolist() == case.by_participant
    if case.texts:
        assert data.texts == case.texts
    said = {notice.code: notice.message for notice in data.notices}
    assert said.keys() == case.said.keys()
    for code, words in case.said.items():
        assert all(word in said[code] for word in words), said[code]


@pytest.mark.parametrize("case", [case for case in READ if case.name not in ("totals-row-and-mean", "missing-99")], ids=lambda case: case.name)
def test_the_grid_is_the_one_of_every_sort(case: Case) -> None:
    assert str(opened(case.name, case.wordings).grid) == GRID


@pytest.mark.parametrize(("name", "wordings", "words"), REFUSED)
def test_what_is_refused(name: str, wordings: str | None, words: tuple[str, ...]) -> None:
    with pytest.raises(DataError) as refusal:
        opened(name, wordings)
    assert len(refusal.value.faults) == 1
    assert all(word in str(refusal.value) for word in words), str(refusal.value)


def test_names_that_a_dat_cannot_hold(tmp_path: Path) -> None:
    data = opened("odd-names", None)
    assert data.participants == ("a#1", 'b"q', "a b", "ab")
    dat, _ = write_pqmethod(data, tmp_path / "sorts.dat")
    names = [line[:10].replace(" ", "") for line in dat.read_text().splitlines()[2:]]
    assert names == ["a1", "bq", "ab", "ab2"]
    assert (tmp_path / "sorts-names.csv").read_text() == 'participant,name\na#1,a1\n"b""q",bq\na b,a b\nab,ab2\n'


def test_questions_before_the_sort_are_no_statements(tmp_path: Path) -> None:
    """A form's own questions are numbered too; of two groups that are, the sort is the one that shows a distribution."""
    sorts = [[-2, -1, -1, 0, 0, 0, 1, 1, 2], [2, 1, 1, 0, 0, 0, -1, -1, -2], [0, 0, 0, 1, 1, 2, -1, -1, -2]]
    header = ["ResponseId", "Q1", "Q2", "Q3", "Q4", *(f"Q5_{i}" for i in range(1, 10))]
    rows = [[f"R{i}", 1, 20 + i, i % 2, 3, *sort] for i, sort in enumerate(sorts)]
    file = tmp_path / "form.csv"
    file.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n")
    data = read(file)
    assert data.statements == tuple(header[5:])
    assert data.sorts.T.tolist() == sorts
    free = [[1, 2, 3, 4, 5, 6, 7, 1, 2], [2, 2, 2, 2, 3, 3, 3, 4, 4], [7, 6, 5, 4, 3, 2, 1, 1, 1]]
    rows = [[f"R{i}", 1, 20 + i, i % 2, 3, *sort] for i, sort in enumerate(free)]
    file.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n")
    with pytest.raises(DataError, match="it is not clear which columns are the statements: Q1 to Q4 and Q5_1 to Q5_9"):
        read(file)


def test_what_is_known_of_participants_is_no_statement(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("id,ann,ben,cem\nage,30,40,50\ns1,1,0,-1\ns2,0,1,0\ns3,-1,-1,1\n")
    with pytest.raises(DataError, match="the row 'age' does not look like a statement"):
        read(file)


def test_a_placement_is_a_placement_whatever_else_lies_beside_it(tmp_path: Path) -> None:
    """`position` of the card on the table beside `value`."""
    file = tmp_path / "long.csv"
    rows = [f"{who},s{i},{i},{value}" for who, values in (("ann", (1, 0, -1)), ("ben", (0, 1, -1))) for i, value in enumerate(values, 1)]
    file.write_text("participant,statement,position,value\n" + "\n".join(rows) + "\n")
    assert read(file).sorts.T.tolist() == [[1, 0, -1], [0, 1, -1]]


def test_numbered_wordings_keep_their_commas(tmp_path: Path) -> None:
    file, words = tmp_path / "sorts.csv", tmp_path / "wordings.txt"
    file.write_text("statement,ann,ben\n" + "".join(f"s{i},{i - 3},{3 - i}\n" for i in range(1, 6)))
    texts = [f"{i}. Trees, and parks number {i}" for i in range(1, 6)]
    words.write_text("\n".join(texts) + "\n")
    assert read(file, statements=words).texts == tuple(texts)
