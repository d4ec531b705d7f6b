"""Which sort is whose and of which occasion, from a table; and the sorts of two occasions taken apart by it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from qmethod.brief import brief
from qmethod.data import QData
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.headings import PARTICIPANT_HEADERS, PARTICIPANT_HEADERS_ELSEWHERE, plain
from qmethod.formats.table import Table, read_table
from qmethod.notice import Notice
from qmethod.wording import listed

_SORT = frozenset(name for name in PARTICIPANT_HEADERS if "sort" in name)
_PERSON = (PARTICIPANT_HEADERS | PARTICIPANT_HEADERS_ELSEWHERE) - _SORT
_SHOWN = 12
BETWEEN, CONDITION, WAVE = (Setting(name, command=f"`--{name}`") for name in ("between", "condition", "wave"))


@dataclass(frozen=True, slots=True)
class Made:
    """A sort, who made it, when, and on which line that stands."""

    sort: str
    person: str
    occasion: str
    line: int


@dataclass(frozen=True, slots=True)
class OccasionsFile:
    """What a table of sorts says of their occasions.

    Parameters
    ----------
    file : str
        As it was named, for messages.
    column : str
        The column with the occasions, as it is called there.
    rows : tuple of Made
    passed : frozenset of str
        Sorts of rows that were passed over.
    """

    file: str
    column: str
    rows: tuple[Made, ...]
    passed: frozenset[str] = frozenset()

    __repr__ = brief

    @property
    def occasions(self) -> tuple[str, ...]:
        """The occasions, in the order in which they first stand there."""
        return tuple(dict.fromkeys(row.occasion for row in self.rows))


def read_occasions(path: str | os.PathLike[str], column: str, only: Mapping[str, str] = MappingProxyType({})) -> OccasionsFile:
    """Read a table with a row for each sort.

    Parameters
    ----------
    path : path
        With a column that is called sort, one that is called participant, and `column`; further ones are passed over.
    column : str
        What the column with the occasions is called.
    only : mapping of str to str, optional
        For other columns what must stand there; further rows are passed over.

    Returns
    -------
    OccasionsFile

    Raises
    ------
    DataError
        If a column is missing or there twice, or a row does not say whose sort it is and when; names lines.
    """
    table, faults = read_table(path, _SORT | _PERSON | {plain(column)}, holds="occasions")
    wanted = {"sort": _SORT, "participant": _PERSON - {plain(column)}} | {name: frozenset({plain(name)}) for name in (column, *only)}
    at: dict[str, int] = {}
    for name, known in wanted.items():
        found = _found(table, name, known)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            at[name] = found
    if faults:
        raise DataError(faults)
    rows, passed = [], set[str]()
    for cells, line in zip(table.rows, table.lines, strict=True):
        if any(cells[at[name]].strip() != value for name, value in only.items()):
            passed.add(cells[at["sort"]].strip())
            continue
        sort, person, occasion = (cells[at[name]].strip() for name in ("sort", "participant", column))
        made = Made(sort, person, occasion, line)
        missing = [name for name, cell in zip(("sort", "participant", column), (sort, person, occasion), strict=True) if not cell]
        if missing:
            faults.append(Fault(f"nothing stands under {listed(missing)}", file=table.file, line=line))
        rows.append(made)
    if not rows:
        where = "".join(f", {name} {value!r}" for name, value in only.items())
        faults.append(Fault(f"no sorts in this table{where}", file=table.file, line=table.header_line))
    if faults:
        raise DataError(faults)
    return OccasionsFile(table.file, column, tuple(rows), frozenset(passed))


def _found(table: Table, name: str, known: frozenset[str]) -> int | Fault:
    """The position of a column, by its exact name before others that mean the same."""
    exact = [i for i, header in enumerate(table.header) if header == name]
    found = exact or [i for i, header in enumerate(table.header) if plain(header) in known]
    if len(found) == 1:
        return found[0]
    if found:
        return Fault(f"several columns are called like {name!r}", file=table.file, line=table.header_line, advice="Give each a name of its own.")
    columns = listed([header for header in table.header if header], _SHOWN) or "nothing"
    advice = "The table needs a row for each sort, and the columns sort, participant and the one with the occasions."
    return Fault(f"there is no column {name!r}; the first line reads {columns}", file=table.file, line=table.header_line, advice=advice)


def of_two(data: QData, told: OccasionsFile, between: Sequence[str] = ()) -> tuple[QData, QData, tuple[str, str], tuple[Notice, ...]]:
    """The sorts of two occasions, each called by its person.

    Parameters
    ----------
    data : QData
        Sorts of both, and maybe of others.
    told : OccasionsFile
    between : sequence of str, optional
        The first and the second occasion; may be left out where there are two.

    Returns
    -------
    before, after : QData
    labels : tuple of (str, str)
        What the occasions are called.
    notices : tuple of Notice
        Sorts without a row, and rows without a sort.

    Raises
    ------
    DataError
        If there are not two occasions to choose, one has no sorts, or somebody made two sorts on one of them; names lines.
    """
    first, second = _chosen(told, between)
    there = set(data.participants)
    faults, names = list[Fault](), dict[str, dict[str, str]]()
    seen: dict[str, int] = {}
    for row in told.rows:
        if row.sort in seen:
            faults.append(Fault(f"the sort {row.sort!r} stands on line {seen[row.sort]} already", file=told.file, line=row.line))
        seen.setdefault(row.sort, row.line)
        if row.occasion not in (first, second) or row.sort not in there:
            continue
        mine = names.setdefault(row.occasion, {})
        if row.person in mine:
            message = f"{row.person} made two sorts {told.column} {row.occasion}: {mine[row.person]} and {row.sort}"
            advice = f"Of an export choose by {CONDITION} or {WAVE}; else leave the other sorts of this occasion out of the table."
            faults.append(Fault(message, file=told.file, line=row.line, participant=row.person, advice=advice, settings=(CONDITION, WAVE)))
        mine.setdefault(row.person, row.sort)
    for occasion in (first, second):
        if not names.get(occasion):
            sorts = listed(data.participants)
            faults.append(
                Fault(f"none of the sorts is of {occasion!r}", file=told.file, advice=f"Sorts are called {sorts}; the column sort names them.")
            )
    if faults:
        raise DataError(faults)
    made = [replace(data.keep(list(names[occasion].values())), participants=tuple(names[occasion]), notices=()) for occasion in (first, second)]
    return made[0], made[1], (first, second), tuple(_unmatched(data, told, (first, second), seen))


def _chosen(told: OccasionsFile, between: Sequence[str]) -> tuple[str, str]:
    known = told.occasions
    unknown = [name for name in between if name not in known]
    if unknown:
        raise DataError(
            [Fault(f"nothing is of {listed(map(repr, unknown))} in the column {told.column!r}; there are {listed(known)}", file=told.file)]
        )
    chosen = tuple(between) or known
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        example = ",".join(known[:2]) if len(known) > 1 else "before,after"
        message = f"two occasions are compared, and the column {told.column!r} has {len(known)}: {listed(known)}"
        raise DataError(
            [Fault(message, file=told.file, advice=f"Say which two with {BETWEEN}, the first one first: {example}.", settings=(BETWEEN,))]
        )
    return chosen[0], chosen[1]


def _unmatched(data: QData, told: OccasionsFile, both: tuple[str, str], seen: dict[str, int]) -> list[Notice]:
    there = set(data.participants)
    without_row = [name for name in data.participants if name not in seen and name not in told.passed]
    without_sort = [row.sort for row in told.rows if row.occasion in both and row.sort not in there]
    notices = []
    if without_row:
        message = f"No occasion is known of these sorts, and they were left out: {listed(without_row, _SHOWN)}."
        notices.append(Notice("no-occasion", message, participants=tuple(without_row)))
    if without_sort:
        message = f"The table of occasions names sorts that are not there: {listed(without_sort, _SHOWN)}."
        notices.append(Notice("no-such-sort", message, participants=tuple(without_sort)))
    return notices
