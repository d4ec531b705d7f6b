"""Long tables: one row for each placement of a statement by a participant."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats.headings import roles, value_columns
from qmethod.formats.placements import UNREADABLE, compact
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.table import Table
from qmethod.formats.wide import placement_fault
from qmethod.notice import Notice
from qmethod.people import Detail
from qmethod.wording import listed

_LEAST_SHARE = 0.02


def long_table(table: Table, numbers: FloatArray) -> Sorts:
    """Read a table with the columns participant, statement and value, in any order.

    Parameters
    ----------
    table : Table
        The cells.
    numbers : ndarray of shape (n_rows, n_columns)
        The same cells as placements.

    Returns
    -------
    Sorts
        A pair without a row is a missing placement. Statements numbered alike stand in the order of their numbers,
        others in the order of the file.

    Raises
    ------
    DataError
        If a column is not named, a name is empty, a value is no placement, or a pair stands twice; names every line.
    """
    who_at, what_at, value_at = _columns(table, numbers)
    participants, who = _coded([row[who_at].strip() for row in table.rows])
    statements, what = _coded([row[what_at].strip() for row in table.rows])
    values = numbers[:, value_at]
    faults = [
        Fault(f"a {kind} has no name", file=table.file, line=table.lines[i], column=table.columns[column], advice="Fill in every name.")
        for kind, column, names, codes in (("participant", who_at, participants, who), ("statement", what_at, statements, what))
        if "" in names
        for i in np.flatnonzero(codes == names.index("")).tolist()
    ]
    faults += [placement_fault(table, i, value_at, participants[who[i]], statements[what[i]]) for i in np.flatnonzero(values == UNREADABLE).tolist()]
    faults += _double(table, who, what, participants, statements)
    if len(participants) * len(statements) * _LEAST_SHARE > len(table.rows):
        message = f"{len(participants):,} participants x {len(statements):,} statements, but only {len(table.rows):,} placements"
        advice = "Check which column is the participant and which is the statement."
        faults.append(Fault(message, file=table.file, line=table.header_line, advice=advice))
    if faults:
        raise DataError(sorted(faults, key=lambda fault: fault.line or 0))
    order = _natural_order(statements)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    sorts = np.full((len(statements), len(participants)), np.nan)
    sorts[place[what], who] = values
    beside = [j for j in range(len(table.header)) if j not in (who_at, what_at, value_at)]
    people = tuple(detail for j in beside if (detail := _detail(table, j, who, len(participants))) is not None)
    extra = [table.header[j] for j in beside if table.header[j] not in {detail.name for detail in people}]
    message = f"{len(extra)} column(s) of the long table were left out: {listed([repr(name) for name in extra], 20)}."
    notices = (Notice("columns-ignored", message),) if extra else ()

    def find(statement: int | None, participant: int | None) -> Place:
        """The first row that has the one, or both."""
        fits = np.ones(len(who), dtype=bool)
        if participant is not None:
            fits &= who == participant
        if statement is not None:
            fits &= what == order[statement]
        column = value_at if None not in (statement, participant) else who_at if statement is None else what_at
        return (table.lines[int(np.flatnonzero(fits)[0])], table.columns[column]) if fits.any() else (None, None)

    return Sorts(compact(sorts), tuple(statements[i] for i in order), tuple(participants), (), notices, find, people=people)


def _detail(table: Table, column: int, who: npt.NDArray[np.intp], n: int) -> Detail | None:
    """A column that says the same of a participant in each row; None for one that does not."""
    values: dict[int, str] = {}
    for code, row in zip(who.tolist(), table.rows, strict=True):
        if values.setdefault(code, row[column].strip()) != row[column].strip():
            return None
    return Detail(table.header[column], tuple(values[code] for code in range(n)))


def _columns(table: Table, numbers: FloatArray) -> tuple[int, int, int]:
    found = roles(table.header)
    missing = [role for role in ("participant", "statement", "value") if role not in found]
    if missing:
        message = f"a long table needs the columns participant, statement and value; {' and '.join(missing)} not found"
        advice = "Call the columns participant, statement and value."
        raise DataError([Fault(message, file=table.file, line=table.header_line, advice=advice)])
    values = value_columns(table.header)
    first, *others = [j for j in values if (numbers[:, j] != UNREADABLE).any()] or values
    if any(not np.array_equal(numbers[:, j], numbers[:, first], equal_nan=True) for j in others):
        called = " and ".join(repr(table.header[j]) for j in (first, *others))
        message = f"several columns may hold the placements: {called}"
        advice = "Call the one that does 'value', or take the others out."
        raise DataError([Fault(message, file=table.file, line=table.header_line, column=table.columns[first], advice=advice)])
    return found["participant"], found["statement"], first


def _coded(names: Sequence[str]) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Different names in order of appearance, and the position among them of each given one."""
    codes: dict[str, int] = {}
    coded = np.fromiter((codes.setdefault(name, len(codes)) for name in names), dtype=np.intp, count=len(names))
    return list(codes), coded


def _double(table: Table, who: npt.NDArray[np.intp], what: npt.NDArray[np.intp], participants: list[str], statements: list[str]) -> list[Fault]:
    pairs = who * len(statements) + what
    _, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[inverse] != np.arange(len(pairs)))
    return [
        Fault(
            f"this pair has a placement already, in line {table.lines[first[inverse[i]]]}",
            file=table.file,
            line=table.lines[i],
            participant=participants[who[i]],
            statement=statements[what[i]],
            advice="Keep one row for each participant and statement.",
        )
        for i in again.tolist()
    ]


def _natural_order(names: Sequence[str]) -> list[int]:
    """By number where all names are one stem and a number, else as given."""
    parts = [re.fullmatch(r"(\D*)(\d{1,9})", name) for name in names]
    if all(parts) and len({part[1] for part in parts if part}) == 1:
        return sorted(range(len(names)), key=lambda i: int(parts[i][2]))  # type: ignore[index]
    return list(range(len(names)))
