"""Boards to type in, and the desk that takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from qmethod_analysis.commands.spoken import told as spoken
from qmethod_analysis.entry.desk import Desk
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load
from tests.studies.made import study

LEADERSHIP = load(find("leadership"))
GRIDS = st.dictionaries(st.integers(-6, 6), st.integers(1, 6), min_size=2, max_size=9)
SEPARATORS = st.sampled_from([" ", ",", ", ", ";", "\t", "  ", ".", "\n", "\u060c"])

Columns = list[list[int]]


@st.composite
def boards(draw: st.DrawFn) -> tuple[Study, Columns]:
    """A study and a board of it: the numbers in each column, ascending."""
    some = study(draw(GRIDS))
    order = draw(st.permutations(range(1, len(some.ids) + 1)))
    columns, at = [], 0
    for places in some.capacity.values():
        columns.append(list(order[at : at + places]))
        at += places
    return some, columns


def lines(columns: Columns) -> tuple[str, ...]:
    return tuple(" ".join(map(str, numbers)) for numbers in columns)


def sort_of(some: Study, columns: Columns) -> tuple[float, ...]:
    of = {number: value for value, numbers in zip(some.columns, columns, strict=True) for number in numbers}
    return tuple(of[n] for n in range(1, len(some.ids) + 1))


def in_order(some: Study, turn: int = 0) -> Columns:
    """A board whose cards lie by number, from another one on for each turn."""
    n = len(some.ids)
    order = [(i + turn) % n + 1 for i in range(n)]
    return [[order.pop(0) for _ in range(places)] for places in some.capacity.values()]


def desk(out: Path, some: Study | None = None, *, overwrite: bool = False) -> Desk:
    return Desk(some or study(), out, "en", overwrite, spoken)


def sent(columns: Columns, name: str = "ana", by: str = "AB", revision: int = 0, **more: Any) -> dict[str, Any]:
    return {"participant": name, "check": False, "by": by, "lines": list(lines(columns)), "answers": {}, "revision": revision, **more}
