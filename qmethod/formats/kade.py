"""What the project files of KADE and Ken-Q Analysis share, be they workbooks or archives: sorts in rows, a distribution from -6 to 13, statements.

Shawn Banasick's KADE (https://github.com/shawnbanasick/kade, Journal of Open Source Software 4(36), 1360) reads and writes them; Ken-Q Analysis is
its sister in the browser.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats.declared import borne_out, of_counts
from qmethod.formats.placements import UNREADABLE, compact, placement
from qmethod.formats.sorts import Place, Sorts
from qmethod.grid import Grid
from qmethod.notice import Notice

LOWEST, HIGHEST = -6, 13
"""The columns that a distribution of KADE has counts for."""
_NAMES = "Give each participant a name of its own, in front of the placements."


@dataclass(frozen=True, slots=True)
class Row:
    """A sort as it stands in a file: a name and placements in the order of the statements.

    Parameters
    ----------
    line : int
    name : str
    cells : tuple of str
    """

    line: int
    name: str
    cells: tuple[str, ...]


def sorts_of_rows(file: str, rows: Sequence[Row], texts: Sequence[str], counts: Sequence[str], kind: str) -> Sorts:
    """Put sorts, statements and distribution together.

    Parameters
    ----------
    file : str
        For messages.
    rows : sequence of Row
        Cells beyond the last filled one do not count.
    texts : sequence of str
        Wordings of the statements; may be empty, and what is blank among them is left out where the placements are as many as the others.
    counts : sequence of str
        How many statements take each value from `LOWEST` to `HIGHEST`; empty where the file does not say.
    kind : str
        What the file was taken for.

    Raises
    ------
    DataError
        Naming every name that is missing or double, every cell that is no placement, and sorts that have not as many placements as there are
        statements.
    """
    if not rows:
        raise DataError([Fault("the file holds no sort", file=file, advice="Each sort needs a row: the name, then a placement for each statement.")])
    widths = [_extent(row.cells) for row in rows]
    if not max(widths):
        advice = "Behind the name there must be a placement for each statement."
        raise DataError([Fault(f"no placement stands behind the name {row.name!r}", file=file, line=row.line, advice=advice) for row in rows])
    usual = Counter(widths).most_common(1)[0][0]
    filled = tuple(text for text in texts if text)
    wordings = tuple(texts) if len(texts) == usual else filled
    n = len(wordings) or max(widths)
    if wordings and usual > n and widths.count(usual) > 1:
        message = f"the file holds {n} statements, the sorts have {usual} placements"
        raise DataError([Fault(message, file=file, advice="There must be a placement for each statement: add the statements that are missing.")])
    number_of = cache(placement)  # few different numbers stand in many cells
    values = np.full((n, len(rows)), np.nan)
    faults = name_faults(file, [(row.name, row.line) for row in rows])
    for j, row in enumerate(rows):
        for i, cell in enumerate(row.cells[: widths[j]]):
            value = number_of(cell)
            if i >= n:
                message = f"{cell.strip()[:40]!r} stands behind the last of {n} placements"
                faults.append(Fault(message, file=file, line=row.line, column=i + 2, participant=row.name, advice="Take out what is no placement."))
                break
            if value == UNREADABLE:
                advice = "Write each placement as a number; leave the cell empty where a placement is missing."
                message = f"{cell.strip()[:40]!r} is not a placement"
                faults.append(Fault(message, file=file, line=row.line, column=i + 2, participant=row.name, statement=f"s{i + 1}", advice=advice))
            values[i, j] = value
    if faults:
        raise DataError(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0)))
    names = tuple(row.name for row in rows)
    grid, notices = declared(counts, values, names)
    lines = [row.line for row in rows]
    return Sorts(compact(values), numbered(n), names, wordings, tuple(notices), _finder(lines), grid, kind)


def numbered(n: int) -> tuple[str, ...]:
    """What statements are called that have only numbers."""
    return tuple(f"s{i}" for i in range(1, n + 1))


def name_faults(file: str, names: Sequence[tuple[str, int]], column: int = 1) -> list[Fault]:
    """Faults of names, each with its line, that are missing or stand twice."""
    faults = []
    first: dict[str, int] = {}
    for name, line in names:
        if not name:
            faults.append(Fault("a sort has no name", file=file, line=line, column=column, advice=_NAMES))
        elif first.setdefault(name, line) != line:
            message = f"two sorts are called {name!r}, here and in line {first[name]}"
            faults.append(Fault(message, file=file, line=line, column=column, advice=_NAMES))
    return faults


def declared(counts: Sequence[str], sorts: FloatArray, names: Sequence[str]) -> tuple[Grid | None, list[Notice]]:
    """The distribution of a file as far as its sorts bear it out."""
    if not any(cell.strip() for cell in counts):
        return None, []
    numbers = [placement(cell) if cell.strip() else 0.0 for cell in counts]
    sound = len(numbers) == HIGHEST - LOWEST + 1 and all(0 <= number < len(sorts) + 1 and number == int(number) for number in numbers)
    if not sound or sum(numbers) != len(sorts):
        message = "The pattern of the file does not add up to the number of statements; the distribution was taken from the sorts."
        return None, [Notice("kade-pattern", message)]
    grid = of_counts(range(LOWEST, HIGHEST + 1), [int(number) for number in numbers])
    return borne_out(grid, sorts, names, "pattern", ("kade-pattern", "kade-unforced"))


def _finder(lines: Sequence[int]) -> Callable[[int | None, int | None], Place]:
    def find(statement: int | None, participant: int | None) -> Place:
        return None if participant is None else lines[participant], None if statement is None else statement + 2

    return find


def _extent(cells: Sequence[str]) -> int:
    n = len(cells)
    while n and not cells[n - 1].strip():
        n -= 1
    return n
