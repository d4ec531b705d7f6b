"""Tables that say which sort is whose and of which occasion: the sorts are taken apart as they say, and what they leave open is refused by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qmethod import DataError, QData
from qmethod.formats.occasions import of_two, read_occasions

SORTS = QData(np.tile(np.arange(5.0)[:, None], 6) + np.arange(6.0), participants=("a1", "a2", "b1", "b2", "c1", "d2"))
ROWS = ["sort,participant,wave,age", "b2,Bo,after,30", "a1,An,before,40", "a2,An,after,40", "b1,Bo,before,30", "c1,Cy,before,50", "d2,Di,after,20"]


def table(folder: Path, rows: list[str], separator: str = ",") -> Path:
    path = folder / "who.csv"
    path.write_text("\n".join(row.replace(",", separator) for row in rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["sort,participant,wave,age", "Q sort,Person ID,wave,age", "sort_id,respondent,Wave,age"])
def test_each_sort_goes_to_its_person_and_occasion(separator: str, header: str, tmp_path: Path) -> None:
    told = read_occasions(table(tmp_path, [header, *ROWS[1:]], separator), "wave")
    before, after, labels, notices = of_two(SORTS, told, ("before", "after"))
    assert (before.participants, after.participants, labels) == (("An", "Bo", "Cy"), ("Bo", "An", "Di"), ("before", "after"))
    for made, names in ((before, ("a1", "b1", "c1")), (after, ("b2", "a2", "d2"))):
        assert made.sorts.tolist() == SORTS.keep(names).sorts.tolist()
    assert notices == ()


def test_two_occasions_need_no_name_and_come_in_the_order_of_the_table(tmp_path: Path) -> None:
    told = read_occasions(table(tmp_path, ROWS), "wave")
    assert of_two(SORTS, told)[2] == ("after", "before")
    assert of_two(SORTS, told, ("before", "after"))[2] == ("before", "after")


def test_rows_of_another_condition_are_passed_over_without_a_word(tmp_path: Path) -> None:
    rows = ["sort,participant,condition,wave", "a1,An,now,before", "a2,An,now,after", "b1,An,ideal,before", "b2,An,ideal,after"]
    told = read_occasions(table(tmp_path, rows), "wave", {"condition": "ideal"})
    before, after, _, notices = of_two(SORTS.keep(["a1", "a2", "b1", "b2"]), told)
    assert (before.sorts[0, 0], after.sorts[0, 0]) == (2, 3)
    assert notices == ()
    with pytest.raises(DataError, match="no sorts in this table, condition 'other'"):
        read_occasions(tmp_path / "who.csv", "wave", {"condition": "other"})


def test_sorts_without_a_row_and_rows_without_a_sort_are_told(tmp_path: Path) -> None:
    told = read_occasions(table(tmp_path, [*ROWS[:-1], "e2,Ed,after,9"]), "wave")
    notices = {one.code: one for one in of_two(SORTS, told)[3]}
    assert notices["no-occasion"].participants == ("d2",)
    assert notices["no-such-sort"].participants == ("e2",)
    assert all(name in notices[code].message for code, name in (("no-occasion", "d2"), ("no-such-sort", "e2")))


@pytest.mark.parametrize(
    ("rows", "column", "between", "words"),
    [
        (ROWS, "phase", (), "who.csv:1: there is no column 'phase'; the first line reads sort, participant, wave, age"),
        ([row.partition(",")[2] for row in ROWS], "wave", (), "who.csv:1: there is no column 'sort'"),
        (["sort,wave", "a1,before"], "wave", (), "there is no column 'participant'"),
        (["sort,participant,wave,wave", "a1,An,x,y"], "wave", (), "several columns are called like 'wave'"),
        ([*ROWS, "c1,Cy,after,1"], "wave", (), "who.csv:8: the sort 'c1' stands on line 6 already"),
        ([*ROWS[:-1], "d2,An,after,1"], "wave", (), "An made two sorts wave after: a2 and d2"),
        ([*ROWS, ",Ed,before,1"], "wave", (), "who.csv:8: nothing stands under sort"),
        ([*ROWS, "e1,Ed,,1"], "wave", (), "who.csv:8: nothing stands under wave"),
        ([*ROWS, "e1,Ed,later,1"], "wave", (), "two occasions are compared, and the column 'wave' has 3: after, before, later"),
        (ROWS[:2], "wave", (), "has 1: after"),
        (ROWS, "wave", ("before", "then"), "nothing is of 'then' in the column 'wave'; there are after, before"),
        (["sort,participant,wave", "x,An,before", "y,An,after"], "wave", (), "none of the sorts is of 'before'"),
        (ROWS[:1], "wave", (), "no sorts in this table"),
    ],
)
def test_what_the_table_leaves_open_is_refused_by_line(rows: list[str], column: str, between: tuple[str, ...], words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        of_two(SORTS, read_occasions(table(tmp_path, rows), column), between)
    assert words in str(caught.value)
