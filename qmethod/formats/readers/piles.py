"""Statement numbers by column of the grid: a row for each place on the board, a column for each person, as KADE's type 1 lays it out.

    value,ann,ben
    -1,2,3
    0,3,1
    0,1,4
    1,4,2

The first column holds the value of each place, rising or falling, as often as the grid has places there; it may have any header or none. The other
columns hold numbers of statements, 1 to N, each once, under the names of the people.

The same turned, with the values in the header and a row for each person, is read too. Statements are called s1, s2, ...; the values are the grid.
Any sign may stand between the cells; empty rows and columns are nothing.

A file is known by values that rise or fall and of which one stands twice, and by more than half of the people having each number once. Refused are
a number that stands twice or lies outside 1 to N, and a cell that holds none, with line and column.

Source: the workbook of type 1 of KADE and Ken-Q Analysis, whose sheet of sorts saved as CSV is such a table (github.com/shawnbanasick/kade).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.cells import announced, split_cells
from qmethod.formats.placements import compact, filled, is_placement, placement
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.text import lines_of, shown
from qmethod.grid import Grid

_LONG = 1 << 16
_FEWEST = 4
_MOST_FAULTS = 1000
_NUMBER = re.compile(r"0*[1-9][0-9]{0,4}")
_SIGNS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class _Piles:
    """The piles with people in columns: the values, the names, the cells, and where the cells stand."""

    values: tuple[float, ...]
    names: tuple[str, ...]
    cells: Sequence[Sequence[str]]
    lines: Sequence[int]
    columns: Sequence[int]
    turned: bool

    def place(self, row: int | None, person: int) -> Place:
        """Line and column of a cell, or of a name where no row is given."""
        if self.turned:
            return self.lines[person + 1], self.columns[0 if row is None else row + 1]
        return self.lines[0 if row is None else row + 1], self.columns[person + 1]

    def whole(self, person: int) -> bool:
        """Whether a person has each number once."""
        found = {int(row[person]) for row in self.cells if _NUMBER.fullmatch(row[person])}
        return found == set(range(1, len(self.values) + 1))


def _piles(content: Content) -> _Piles | None:
    """The piles of a file, people in columns; None where it holds none."""
    if not _at_first_sight(content):
        return None
    text = content.text
    if text is None:
        return None
    try:
        table = split_cells(text, content.file, delimiter=_sign(content.start))
    except DataError:
        return None
    width = max(map(len, table.rows))
    rows = [[*(filled(cell) for cell in row), *[""] * (width - len(row))] for row in table.rows]
    kept = [j for j in range(width) if any(row[j] for row in rows)]
    rows = [[row[j] for j in kept] for row in rows]
    down = _ordered([row[0] for row in rows[1:]])
    across = _ordered(rows[0][1:]) if not down else ()
    if not (down or across) or len(kept) < 2 or len(rows) < 2:
        return None
    columns = [j + 1 for j in kept]
    if down:
        return _Piles(down, tuple(rows[0][1:]), [row[1:] for row in rows[1:]], table.lines, columns, turned=False)
    cells = list(zip(*(row[1:] for row in rows[1:]), strict=True))
    return _Piles(across, tuple(row[0] for row in rows[1:]), cells, table.lines, columns, turned=True)


def _sign(start: str) -> str:
    return max(_SIGNS, key=start[:4096].count)


def _at_first_sight(content: Content) -> bool:
    """Whether the first lines look like piles: the numbers of their first cells, or of the first line, rise or fall, and one stands twice."""
    lines = _lines(content.start)
    if len(lines) < _FEWEST and len(content.head) >= _LONG:  # a name for each of very many people stands in line 1
        lines = _lines(content.text or "")
    if len(lines) < 2:
        return False
    sign = _sign(content.start)
    first = [next(filter(None, (cell.strip('" ') for cell in line[:_LONG].split(sign))), "") for line in lines[1:-1]]
    header = [cell for cell in (cell.strip('" ') for cell in lines[0].split(sign)) if cell][1:]
    return any(_monotonic(cells) and len(set(cells)) < len(cells) for cells in (first, header))


def _lines(text: str) -> list[str]:
    """Lines that hold anything, without one that names the sign between cells."""
    said = announced(text)
    return [line for line in lines_of(text[said[1] :] if said else text) if line.strip(' ,;\t"')]


def _monotonic(cells: Sequence[str]) -> bool:
    numbers = [placement(cell) for cell in cells]
    steps = np.diff(numbers) if all(map(np.isfinite, numbers)) and numbers else np.array([])
    return bool(steps.size and ((steps >= 0).all() or (steps <= 0).all()))


def _ordered(cells: Sequence[str]) -> tuple[float, ...]:
    """The values of a grid, if these are some, of which one stands twice; else nothing."""
    if len(cells) < _FEWEST or not all(cells) or not all(map(is_placement, cells)) or not _monotonic(cells):
        return ()
    numbers = tuple(placement(cell) for cell in cells)
    return numbers if 1 < len(set(numbers)) < len(numbers) else ()


def _sniff(content: Content) -> Found | None:
    found = _piles(content)
    if found is None or 2 * sum(map(found.whole, range(len(found.names)))) <= len(found.names):
        return None
    return Found("its first column or line holds the places of a grid, and each person has every number once")


def _read(content: Content, _asked: Asked) -> Sorts:
    found = _piles(content)
    if found is None:
        raise DataError([Fault("this file holds no piles of statement numbers", file=content.file, advice="Export the sorts again.")])
    faults = [*_name_faults(content.file, found), *_cell_faults(content.file, found)]
    if faults:
        raise DataError(faults[:_MOST_FAULTS])
    numbers = np.array(found.cells, dtype=np.int64)
    sorts = np.empty(numbers.shape)
    np.put_along_axis(sorts, numbers - 1, np.broadcast_to(np.array(found.values)[:, None], numbers.shape), axis=0)
    rows = np.argsort(numbers, axis=0)
    counts = sorted(Counter(found.values).items())
    grid = Grid.parse(",".join(f"{value:g}:{n}" for value, n in counts))

    def place(statement: int | None, participant: int | None) -> Place:
        return (None, None) if participant is None else found.place(None if statement is None else int(rows[statement, participant]), participant)

    statements = tuple(f"s{i}" for i in range(1, len(found.values) + 1))
    lies = "rows" if found.turned else "columns"
    return Sorts(compact(sorts), statements, found.names, (), (), place, grid, f"piles of statement numbers, participants in {lies}")


def _name_faults(file: str, found: _Piles) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for k, name in enumerate(found.names):
        line, column = found.place(None, k)
        if not name:
            faults.append(Fault("a participant has no name", file=file, line=line, column=column, advice="Give each participant a name."))
        elif first.setdefault(name, k) != k:
            message = f"two participants are called {shown(name)}, here and in column {found.place(None, first[name])[1]}"
            if found.turned:
                message = f"two participants are called {shown(name)}, here and in line {found.place(None, first[name])[0]}"
            faults.append(Fault(message, file=file, line=line, column=column, advice="Give each participant a name of their own."))
    return faults


def _cell_faults(file: str, found: _Piles) -> list[Fault]:
    """Numbers that stand twice or are none of a statement."""
    n = len(found.values)
    faults = []
    for k, name in enumerate(found.names):
        first: dict[int, int] = {}
        for i, row in enumerate(found.cells):
            line, column = found.place(i, k)
            cell = row[k]
            number = int(cell) if _NUMBER.fullmatch(cell) else 0
            if not 1 <= number <= n:
                message = f"{shown(cell)} is not the number of a statement, 1 to {n}"
            elif first.setdefault(number, i) != i:
                other = found.place(first[number], k)
                message = f"statement {number} stands twice, here and in {f'column {other[1]}' if found.turned else f'line {other[0]}'}"
            else:
                continue
            faults.append(Fault(message, file, line, column, name[:80] or None, advice="Write each number once: a card lies in one place."))
            if len(faults) == _MOST_FAULTS:
                return faults
    return faults


FORMAT = Format(
    name="piles",
    about="Statement numbers by column of the grid: a row for each place on the board and a column for each person, or the same turned.",
    endings=(".csv", ".tsv", ".txt"),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="table (CSV, TSV)",
)
