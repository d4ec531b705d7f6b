"""What reads as a number and is no placement: totals, codes for "missing", sorts among the names; and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod import DataError, Grid, QData, read
from qmethod.errors import Setting
from qmethod.formats import open_sorts
from tests.strategies import forced_sorts

anyhow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
CENTRED = np.array([[0, -1, 1, 1, -2], [1, 2, -1, 0, 1], [-2, 0, 0, -1, 0], [0, 1, -2, 2, 0], [2, -2, 0, 0, -1], [-1, 0, 2, -2, 2], [0, 0, 0, 0, 0]])
"""Five sorts of seven statements; everybody places the last statement at 0, so it is the sum of all others, by design."""
RANKS = CENTRED + 3


def written(sorts: np.ndarray, statements: list[str], participants: list[str], *, turned: bool = False) -> str:
    rows, columns, corner = (participants, statements, "participant") if turned else (statements, participants, "statement")
    values = sorts.T if turned else sorts
    lines = [",".join([corner, *columns])]
    lines += [",".join([name, *(f"{value:g}" for value in row)]) for name, row in zip(rows, values.tolist(), strict=True)]
    return "\n".join(lines)


def reads(tmp_path: Path, text: str, **arguments: object) -> QData:
    (tmp_path / "sorts.csv").write_text(text, encoding="utf-8")
    return read(tmp_path / "sorts.csv", **arguments)  # type: ignore[arg-type]


def said(data: QData) -> dict[str, str]:
    return {notice.code: notice.message for notice in data.notices}


def names(stem: str, n: int) -> list[str]:
    return [f"{stem}{i}" for i in range(1, n + 1)]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("ends", "what"),
    [
        (lambda sorts: [sorts.sum(axis=1)], ["x"]),
        (lambda sorts: [np.round(sorts.mean(axis=1), 2)], ["x"]),
        (lambda sorts: [sorts.sum(axis=1), np.round(sorts.mean(axis=1), 1)], ["x", "y"]),
    ],
    ids=["sum", "mean", "both"],
)
def test_a_sort_that_is_computed_from_the_others(ends: object, what: list[str], turned: bool, tmp_path: Path) -> None:
    sorts = np.column_stack([CENTRED, *ends(CENTRED)])  # type: ignore[operator]
    found = said(reads(tmp_path, written(sorts, names("s", 7), [*names("p", 5), *what], turned=turned)))
    assert all(repr(name) in found["totals-among-sorts"] for name in what)
    assert "the sum, the mean or the number of the others" in found["totals-among-sorts"]
    assert ("line 7" if turned else "line 1, column 7") in found["totals-among-sorts"]


@pytest.mark.parametrize("sorts", [CENTRED, RANKS], ids=["centred", "ranks"])
def test_a_statement_that_is_the_sum_of_the_others(sorts: np.ndarray, tmp_path: Path) -> None:
    found = said(reads(tmp_path, written(np.vstack([sorts, sorts.sum(axis=0)]), [*names("s", 7), "x"], names("p", 5))))
    assert "'x' (line 9, column 1)" in found["totals-among-statements"]


def test_what_a_centred_grid_makes_equal_is_no_total(tmp_path: Path) -> None:
    assert said(reads(tmp_path, written(CENTRED, names("s", 7), names("p", 5)))) == {}
    assert said(reads(tmp_path, written(CENTRED, names("s", 7), names("p", 5), turned=True))) == {}
    words = ["rain", "snow", "hail", "fog", "wind", "sun", "dew"]
    assert said(reads(tmp_path, written(CENTRED, words, names("p", 5)))) == {}


@pytest.mark.parametrize("name", ["Sum", "TOTAL", "Mean", "row mean", "Grand total", "Mittelwert", "Durchschnitt", "Ø", "Total score"])
def test_words_for_totals(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sorts = rng.integers(-2, 3, (6, 4))
    assert repr(name) in said(reads(tmp_path, written(sorts, names("s", 6), [*names("p", 3), name])))["totals-among-sorts"]


@pytest.mark.parametrize("name", ["Summer", "Meaning", "Tot", "Sumaya", "MW", "SD", "total recall", "All", "the mean teacher"])
def test_no_words_for_totals(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sorts = rng.integers(-2, 3, (6, 4))
    assert said(reads(tmp_path, written(sorts, names("s", 6), [*names("p", 3), name]))) == {}


@pytest.mark.parametrize("value", [-99, 99, 999, -9, 9])
@pytest.mark.parametrize("turned", [False, True])
def test_a_code_for_missing_is_named_with_its_place(value: int, turned: bool, tmp_path: Path) -> None:
    sorts = CENTRED.copy()
    sorts[4, 1] = value
    message = said(reads(tmp_path, written(sorts, names("s", 7), names("p", 5), turned=turned)))["code-for-missing"]
    assert f"value {value}" in message
    assert f"p2 on s5 ({'line 3, column 6' if turned else 'line 6, column 3'})" in message


def test_several_codes_in_a_long_table(tmp_path: Path) -> None:
    rows = [f"p{j},s{i},{CENTRED[i - 1, j - 1]}" for j in range(1, 6) for i in range(1, 8)]
    rows[3], rows[17] = "p1,s4,99", "p3,s4,-99"
    data = reads(tmp_path, "\n".join(["participant,statement,value", *rows]))
    messages = [notice.message for notice in data.notices if notice.code == "code-for-missing"]
    assert any("p1 on s4 (line 5, column 3)" in message for message in messages)
    assert any("p3 on s4 (line 19, column 3)" in message for message in messages)


def test_a_column_of_the_grid_far_out_is_no_code(tmp_path: Path) -> None:
    sorts = np.where(CENTRED == 2, 99, CENTRED)
    assert reads(tmp_path, written(sorts, names("s", 7), names("p", 5))).grid == Grid((-2, -1, 0, 1, 99), (1, 1, 3, 1, 1))
    assert said(reads(tmp_path, written(sorts, names("s", 7), names("p", 5)))) == {}
    sorts[0, 0], sorts[1, 0] = 0, 0
    assert "code-for-missing" not in said(reads(tmp_path, written(sorts, names("s", 7), names("p", 5))))


@given(forced_sorts(), st.booleans())
@anyhow
def test_forced_sorts_are_never_suspected(tmp_path: Path, drawn: tuple[Grid, np.ndarray], turned: bool) -> None:
    _grid, sorts = drawn
    n, m = sorts.shape
    assert said(reads(tmp_path, written(sorts, names("s", n), names("p", m), turned=turned))) == {}


@given(st.integers(0, 2**32 - 1), st.integers(8, 40), st.integers(3, 30), st.integers(3, 11))
@anyhow
def test_free_sorts_are_never_suspected(tmp_path: Path, seed: int, n: int, m: int, width: int) -> None:
    sorts = np.random.default_rng(seed).integers(1, width + 1, (n, m))
    assert said(reads(tmp_path, written(sorts, names("s", n), names("p", m)))) == {}


QUESTIONS = "Q1,Q2,Q3,Q4,Q5\n"


@pytest.mark.parametrize("layout", [None, "participants-in-rows"])
def test_columns_of_placements_without_ids_name_nobody(layout: str | None, tmp_path: Path) -> None:
    """The first column differs in every row, so it could pass for names."""
    data = reads(tmp_path, QUESTIONS + "2,-1,1,0,-2\n1,2,0,-2,-1\n-1,0,2,1,-2\n0,-2,-1,1,2", layout=layout)
    assert data.participants == ("p1", "p2", "p3", "p4")
    assert data.statements == ("Q1", "Q2", "Q3", "Q4", "Q5")
    assert data.sorts[0].tolist() == [2, 1, -1, 0]
    assert "participants-numbered" in said(data)


def test_sorts_in_columns_without_ids_number_the_statements(tmp_path: Path) -> None:
    data = reads(tmp_path, ",p1,p2,p3\n,1,0,-1\n,0,1,0\n,-1,-1,1\n", layout="statements-in-rows")
    assert data.participants == ("p1", "p2", "p3")
    assert data.sorts.tolist() == [[1, 0, -1], [0, 1, 0], [-1, -1, 1]]
    assert "statements-numbered" in said(data)


@pytest.mark.parametrize("layout", ["participants-in-rows", "statements-in-rows"])
def test_a_first_column_of_placements_names_nobody(layout: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r":1:1: the first column, 'a', would hold the names of the \w+, but its cells read as placements"):
        reads(tmp_path, "a,b,c,d\n2,-1,0,1\n-1,0,1,2\n0,1,2,-1", layout=layout)


@pytest.mark.parametrize("column", [0, 1])
def test_whole_sorts_are_no_names(column: int, tmp_path: Path) -> None:
    """EQ Web Sort keeps the sort in one cell of a column that it calls sort."""
    rows = [["sort", "s1", "s2", "s3"], ["2|1|3", "2", "1", "3"], ["1|2|3", "1", "2", "3"], ["3|1|2", "3", "1", "2"]]
    text = "\n".join(",".join(row) for row in (rows if column == 0 else [[["id", "a", "b", "c"][i], *row] for i, row in enumerate(rows)]))
    data = reads(tmp_path, text, layout="participants-in-rows")
    assert data.participants == (("p1", "p2", "p3") if column == 0 else ("a", "b", "c"))
    assert "'sort'" in said(data)["columns-ignored"]
    assert data.sorts.tolist() == [[2, 1, 3], [1, 2, 1], [3, 3, 2]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("participant,s1,s2\n0.25,1,2\n0.5,2,1", "'0.25' (line 2, column 1)"),
        ("statement,-1,+1\ns1,1,2\ns2,2,1", "'-1' (line 1, column 2)"),
        ("participant,statement,value\n1|2,s1,1\n1|2,s2,2\n2|1,s1,2\n2|1,s2,1", "'1|2'"),
    ],
)
def test_names_that_read_as_placements_are_told(text: str, words: str, tmp_path: Path) -> None:
    found = said(reads(tmp_path, text))
    assert words in found["names-like-placements"]


def test_html_q_calls_people_by_uid_and_by_sid_where_that_is_empty(tmp_path: Path) -> None:
    text = "sid;uid;s1;s2;s3;npos;nneu;nneg;\n01;ann;1;0;-1;1;1;1;\n02;;0;1;-1;1;1;1;\n03;cy;-1;1;0;1;1;1;\n"
    data = reads(tmp_path, text)
    assert data.participants == ("ann", "02", "cy")
    assert "have no 'uid' and are called by 'sid': 02" in said(data)["participants-named-otherwise"]
    nameless = reads(tmp_path, text.replace("ann", "").replace("cy", ""))
    assert nameless.participants == ("01", "02", "03")
    assert "'uid'" in said(nameless)["columns-ignored"]


def test_a_remark_below_the_table_is_no_statement(tmp_path: Path) -> None:
    found = said(reads(tmp_path, written(CENTRED, names("s", 7), names("p", 5)) + "\n,,,,,\nSource: own survey,,,,,\n"))
    assert "'Source: own survey' (line 10, column 1)" in found["no-placement-at-all"]


def test_a_study_of_almost_nothing(tmp_path: Path) -> None:
    found = said(reads(tmp_path, "statement,p1,p2,p3\ns1,0,,\ns2,,,\n"))
    assert found.keys() == {"no-placement-at-all"}


WORDS = {-1: "disagree", 0: "neutral", 1: "agree"}


@pytest.mark.parametrize("turned", [False, True])
def test_words_instead_of_numbers_are_one_fault(turned: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    rows = [[WORDS[value] for value in row] for row in rng.permuted(np.tile([-1, 0, 0, 1], (12, 1)), axis=1).tolist()]
    if turned:
        text = "\n".join([",".join(["participant", "s1", "s2", "s3", "s4"]), *(",".join([f"p{j}", *row]) for j, row in enumerate(rows))])
    else:
        columns = zip(*rows, strict=True)
        text = "\n".join([",".join(["statement", *names("p", 12)]), *(",".join([f"s{i}", *row]) for i, row in enumerate(columns))])
    with pytest.raises(DataError, match=r"words or codes, not numbers: .* columns hold 'agree', 'disagree', 'neutral'") as refusal:
        reads(tmp_path, text)
    assert len(refusal.value.faults) == 1
    assert refusal.value.faults[0].settings == (Setting("codes", "agree=NUMBER,disagree=NUMBER,neutral=NUMBER"),)
    codes = {"agree": 1, "disagree": -1, "neutral": 0}
    assert np.array_equal(
        reads(tmp_path, text, codes=codes).sorts,
        np.array([[codes[word] for word in row] for row in rows]).T
        if turned
        else [[codes[word] for word in column] for column in zip(*rows, strict=True)],
    )


def test_streamed_files_are_suspected_too(tmp_path: Path) -> None:
    sorts = CENTRED.copy()
    sorts[4, 1] = -99
    (tmp_path / "sorts.csv").write_text("Made by hand\n" + written(sorts, names("s", 7), names("p", 5), turned=True))
    notices = {notice.code: notice.message for notice in open_sorts(tmp_path / "sorts.csv").notices}
    assert "p2 on s5 (line 4, column 6)" in notices["code-for-missing"]
    assert "line 1" in notices["lines-left-out"]


def test_codes_among_many_other_columns_are_one_fault(tmp_path: Path) -> None:
    """A survey of which the sort is a part: neither the layout nor the statements can be told from the other columns."""
    rng = np.random.default_rng(3)
    header = ["StartDate", "Status", "Progress", *(f"sort_sta_{i}" for i in range(1, 10)), "Q1_1", "Q1_2", "mood", "comment"]
    rows = [["2026-01-01", "IP Address", "100", *(f"C{c}" for c in rng.integers(1, 6, 9)), "3", "4", "fine", f"word {j}"] for j in range(8)]
    with pytest.raises(DataError, match=r":2:4: .*9 columns hold 'C1', 'C2', 'C3', 'C4', 'C5'") as refusal:
        reads(tmp_path, "\n".join(",".join(row) for row in [header, *rows]))
    assert len(refusal.value.faults) == 1


def test_words_beside_a_sort_do_not_hide_it(tmp_path: Path) -> None:
    text = "participant,s1,s2,s3,why1,why2,why3\na,1,0,-1,yes,no,no\nb,0,1,-1,no,no,yes\nc,-1,0,1,yes,yes,no"
    assert reads(tmp_path, text).sorts.tolist() == [[1, 0, -1], [0, 1, 0], [-1, -1, 1]]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Alter", [33, 44, 51, 29, 62, 38]),
        ("Geburtsjahr", [1990, 1981, 1974, 1996, 1963, 1987]),
        ("Dauer", [640, 512, 1203, 733, 801, 699]),
        ("N", [9, 9, 9, 9, 9, 9]),
        ("Check", [0, 1, 1, 0, 1, 0]),
        ("SD", [1.1, 1.2, 1.1, 1.3, 1.25, 1.4]),
        ("zscore", [0.1, -0.2, 0.15, 0.31, -0.22, 0.4]),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("more", [False, True])
def test_lines_about_participants_are_told_whatever_they_are_called(name: str, values: list[float], turned: bool, more: bool, tmp_path: Path) -> None:
    """One alone, or beside others of its kind."""
    sorts = np.array([np.random.default_rng(seed).permutation([-2, -1, -1, 0, 0, 0, 1, 1, 2]) for seed in range(6)]).T.astype(float)
    rows = [values, *([[100, 200, 300, 150, 250, 350]] if more else [])]
    text = written(np.vstack([sorts, *rows]), [*names("s", 9), name, *(["Punkte"] if more else [])], names("p", 6), turned=turned)
    data = reads(tmp_path, text, layout="participants-in-rows" if turned else "statements-in-rows")
    told = " ".join(said(data).values()) + " ".join(notice.message for notice in data.notices)
    assert repr(name) in told or (more and name == "Check")
    assert not more or "Punkte" in told
