"""What is no sort and reads as one is told with its place, in a text and in a workbook; and of a proper study nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qmethod import DataError, read
from qmethod.formats.workbook import letters
from tests.formats.decorated import as_text
from tests.formats.workbooks import book
from tests.strategies import forced_sorts

some = settings(max_examples=20, deadline=None)
Rows = list[list[str]]
SUSPICIONS = frozenset(
    (
        *("totals-among-sorts", "totals-among-statements", "code-for-missing", "unlike-all-others", "names-like-placements"),
        *(
            "no-placement-at-all",
            "header-like-sort",
            "header-again",
            "short-rows",
            "lines-left-out",
            "columns-ignored",
            "decimals-or-thousands",
            "people-columns",
        ),
    )
)


@st.composite
def proper(draw: st.DrawFn) -> Rows:
    """A table of forced or free sorts with statements or participants in rows, cells as texts."""
    forced = draw(st.booleans())
    if forced:
        sorts = draw(forced_sorts(least_sorts=5, most_sorts=9))[1]
        assume(len(sorts) >= 7 and np.diff(np.unique(sorts)).max(initial=0) <= 2)  # a column far off all others is odd, and is told
    else:
        n, m = draw(st.integers(8, 20)), draw(st.integers(5, 9))
        sorts = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).integers(-3, 4, (n, m))
    n, m = sorts.shape
    statements, people = [f"s{i + 1}" for i in range(n)], [f"p{j + 1}" for j in range(m)]
    if draw(st.booleans()):
        return [["participant", *statements], *([name, *map(str, row)] for name, row in zip(people, sorts.T.tolist(), strict=True))]
    return [["statement", *people], *([name, *map(str, row)] for name, row in zip(statements, sorts.tolist(), strict=True))]


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "commas": lambda rows: as_text(rows).encode(),
    "semicolons": lambda rows: as_text(rows, ";", "\r\n").encode("utf-16"),
    "tabs": lambda rows: as_text(rows, "\t", "\r").encode(),
    "Excel": lambda rows: book({"Sorts": [[_cell(cell) for cell in row] for row in rows]}),
}


def _cell(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


@dataclass(frozen=True)
class Planted:
    """A table with something in it, where that stands, and what a column is called that may be left out for it."""

    rows: Rows
    line: int
    column: int | None
    left_out: str = ""

    def place(self, writer: str) -> tuple[str, ...]:
        """What is said of the place, one of these; of a column that is left out, what it is called."""
        line = (f"line {self.line}", f":{self.line}:", f"row {self.line}")
        named = (repr(self.left_out),) if self.left_out else ()
        if not self.column:
            return line
        if writer == "Excel":
            return f"cell {letters(self.column)}{self.line}", f"line {self.line}, column {self.column}", *named
        return f"line {self.line}, column {self.column}", f":{self.line}:{self.column}:", *named


def numbers(rows: Rows) -> np.ndarray:
    return np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])


def total(of: Callable[[np.ndarray], np.ndarray], name: str, *, row: bool) -> Callable[[st.DrawFn, Rows], Planted]:
    """A last row or column that is made of the others."""

    def plant(_draw: st.DrawFn, rows: Rows) -> Planted:
        values = [f"{value:g}" for value in of(numbers(rows) if row else numbers(rows).T).tolist()]
        if row:
            return Planted([*rows, [name, *values]], len(rows) + 1, 1)
        return Planted([[*cells, value] for cells, value in zip(rows, [name, *values], strict=True)], 1, len(rows[0]) + 1, name)

    return plant


def far_off(draw: st.DrawFn, rows: Rows) -> Planted:
    i, j = draw(st.integers(1, len(rows) - 1)), draw(st.integers(1, len(rows[0]) - 1))
    planted = [list(row) for row in rows]
    planted[i][j] = draw(st.sampled_from(["-99", "999", "99"]))
    return Planted(planted, i + 1, j + 1)


def as_names(form: Callable[[int], str]) -> Callable[[st.DrawFn, Rows], Planted]:
    """A first column with something else than names."""
    return lambda _draw, rows: Planted([rows[0], *([form(i), *row[1:]] for i, row in enumerate(rows[1:]))], 2, 1)


def again(draw: st.DrawFn, rows: Rows) -> Planted:
    at = draw(st.integers(1, len(rows)))
    return Planted([*rows[:at], rows[0], *rows[at:]], at + 1, None)


def longer(draw: st.DrawFn, rows: Rows) -> Planted:
    """A name with a sign in it that parts cells: all placements stand one column further on, in one row."""
    at, ends = draw(st.integers(1, len(rows) - 1)), draw(st.sampled_from([0, 1]))
    planted = [[*row, *[""] * ends] for row in rows]
    planted[at] = [rows[at][0], "jr", *rows[at][1:], *[""] * ends]
    return Planted(planted, at + 1, None)


def shorter(draw: st.DrawFn, rows: Rows) -> Planted:
    """A placement that is lost with its delimiter, where delimiters end all lines, so that no line is too short for the header."""
    at, j = draw(st.integers(1, len(rows) - 1)), draw(st.integers(1, len(rows[0]) - 1))
    planted = [[*row, ""] for row in rows]
    del planted[at][j]
    return Planted(planted, at + 1, None)


def headless(_draw: st.DrawFn, rows: Rows) -> Planted:
    in_rows = rows if rows[0][0] == "participant" else [list(row) for row in zip(*rows, strict=True)]
    assume(len(set(in_rows[1][1:])) < len(in_rows[1]) - 1)
    return Planted(in_rows[1:], 1, 2)


PLANTS: dict[str, Callable[[st.DrawFn, Rows], Planted]] = {
    "a row of sums": total(lambda values: values.sum(axis=0), "x", row=True),
    "a column of sums": total(lambda values: values.sum(axis=0), "x", row=False),
    "a row of means": total(lambda values: np.round(values.mean(axis=0), 3), "Mean", row=True),
    "a column of means": total(lambda values: np.round(values.mean(axis=0), 3), "average", row=False),
    "a row of counts": total(lambda values: np.full(values.shape[1], float(len(values))), "N", row=True),
    "a column of counts": total(lambda values: np.full(values.shape[1], float(len(values))), "count", row=False),
    "a row called total": total(lambda values: values[0], "Total", row=True),
    "a value far off": far_off,
    "decimals for names": as_names(lambda i: f"{i}.25"),
    "sorts with bars for names": as_names(lambda i: f"{i}|{i + 1}|-1"),
    "sorts with semicolons for names": as_names(lambda i: f"{i};{i + 1};-1"),
    "the header again": again,
    "a row with a cell more": longer,
    "a row with a cell less": shorter,
    "no header": headless,
}


@pytest.mark.parametrize("writer", WRITERS)
@given(rows=proper())
@some
def test_nothing_is_said_of_a_proper_study(writer: str, rows: Rows) -> None:
    data = read(WRITERS[writer](rows))
    assert not {notice.code for notice in data.notices} & SUSPICIONS, data.notices


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
@given(data=st.data(), rows=proper())
@some
def test_what_is_planted_is_told_with_its_place(plant: Callable[[st.DrawFn, Rows], Planted], writer: str, data: st.DataObject, rows: Rows) -> None:
    if plant is shorter and writer == "Excel":
        return  # a sheet has no ends of lines
    planted = plant(data.draw, rows)
    try:
        found = read(WRITERS[writer](planted.rows))
        told = [notice.message for notice in found.notices if notice.code in SUSPICIONS]
    except DataError as refusal:
        told = [str(fault) for fault in refusal.faults]
    assert any(place in message for place in planted.place(writer) for message in told), (told, planted.rows, planted.place(writer))
