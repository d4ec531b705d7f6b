"""`with_people`: what a table tells of the participants, joined to their sorts by id; every id that has no counterpart is told.

Ids are joined only where they are the same, sign for sign, blanks around them apart. Those that would be the same without capitals, blanks,
punctuation or zeros in front are proposed, not joined.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from qmethod import checks
from qmethod.brief import short
from qmethod.data import QData
from qmethod.errors import DataError, Fault, PolicyError, Setting
from qmethod.formats.archive import unpacked
from qmethod.formats.cells import GIVEN
from qmethod.formats.dataset import with_labels
from qmethod.formats.details import is_personal, said_of, telling
from qmethod.formats.frame_roles import absent
from qmethod.formats.frames import is_frame
from qmethod.formats.headings import OTHER_HEADERS, PARTICIPANT_HEADERS, PARTICIPANT_HEADERS_ELSEWHERE, plain, roles
from qmethod.formats.placements import filled, is_placement
from qmethod.formats.registry import Content
from qmethod.formats.table import Table
from qmethod.formats.tables import Opened, open_tables
from qmethod.formats.text import load
from qmethod.given import FrameLike
from qmethod.names import folded, repeated
from qmethod.notice import Notice
from qmethod.people import Detail
from qmethod.wording import counted, listed

People: TypeAlias = "str | os.PathLike[str] | Mapping[str, Sequence[object]] | FrameLike"
"""What is known of participants: the path of a table, columns by name, or a data frame."""
ID_COLUMN = Setting("people_id", call="`id_column`")
PEOPLE = Setting("people", call="`qmethod.with_people`")
_IDS = PARTICIPANT_HEADERS | PARTICIPANT_HEADERS_ELSEWHERE | {"id", "ids", "code", "codes"}
_SHOWN = 12
_LARGEST = 1 << 20  # bytes of a file that is looked at a second time, since it held no sorts; unpacked eight times that
OF_PEOPLE = " of the table of people"
"""How notices call the table: not by the name of the file, which they go out without."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A table, which of its columns holds the ids, and at which rows those of the sorts stand."""

    opened: Opened
    at: int
    found: int


def with_people(data: QData, people: People, *, id_column: str | None = None, encoding: str | None = None) -> QData:
    """The same sorts with what a table tells of their participants, joined by their names.

    Parameters
    ----------
    data : QData
    people : path, mapping of str to sequence, or data frame
        A table with a row for each participant: CSV, Excel, SPSS, Stata or R, or its columns by name.
    id_column : str, optional
        The column with the names that the participants have in the sorts; found by its header and its cells where not given.
    encoding : str, optional
        Of a text; guessed where not given.

    Returns
    -------
    QData
        With `people`; a column of the table replaces one of the same name. Its `notices` say which columns were left out and why
        (ids, addresses, times, free text, ...), which rows have no sort and which sorts no row, and which of these may be one.

    Raises
    ------
    DataError
        If the table cannot be read, has no column of names, names somebody twice, has two columns of one name, names nobody who sorted, or holds the
        sorts; names lines.
    PolicyError
        For people that are none.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.datasets.load("climate").keep(range(4))
    >>> people = {"participant": data.participants, "region": ["north", "south", "north", "south"]}
    >>> known = qmethod.with_people(data, people)
    >>> [(one.name, one.values) for one in known.people]
    [('region', ('north', 'south', 'north', 'south'))]
    """
    checks.instance("data", data, QData, "a `qmethod.QData`, as `qmethod.read` gives it")
    if id_column is not None:
        checks.text("id_column", id_column)
    if encoding is not None:
        checks.text("encoding", encoding)
    names = _IDS | OTHER_HEADERS | ({plain(id_column)} if id_column else frozenset())
    if isinstance(people, str | os.PathLike):
        tables = open_tables(load(checks.path("people", people), holds="people"), names, encoding)
    else:
        tables = [Opened(_given(people))]
    chosen = _chosen(data, tables, id_column)
    return _joined(data, chosen)


def _given(people: Any) -> Table:
    """Columns by name, or a data frame, as a table."""
    if is_frame(people):
        import narwhals as nw

        frame = nw.from_native(people, eager_only=True)
        people = {str(name): frame.get_column(name).to_list() for name in frame.columns}
    if not isinstance(people, Mapping):
        raise PolicyError(
            f"`people` must be a path, a data frame, or columns by name such as {{'participant': [...], 'age': [...]}}; got {short(people)}"
        )
    columns = {
        str(name): [_cell(value) for value in checks.several("people", values, "columns of values by name")] for name, values in people.items()
    }
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) != 1:
        told = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise PolicyError(f"`people` must hold columns of one length; got {told or 'none'}")
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return Table("people", tuple(columns), tuple(range(1, len(columns) + 1)), rows, list(range(1, len(rows) + 1)), 0, GIVEN)


def _cell(value: object) -> str:
    """A value as somebody would write it into a table."""
    if absent(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _chosen(data: QData, tables: Sequence[Opened], id_column: str | None) -> _Column:
    """The table that names most of the participants, and its column of names."""
    found = [column for opened in tables if (column := _ids(data, opened, id_column)) is not None]
    found = [column for column in found if not _is_sorts(data, column.opened.table)] or found  # a workbook may hold both
    best = max((column.found for column in found), default=0)
    first = [column for column in found if column.found == best]
    if best and len(first) == 1:
        return first[0]
    if best:
        where = listed([column.opened.where for column in first], 6)
        raise DataError(
            [Fault(f"several tables name as many participants: {where}", file=tables[0].table.file, advice="Save the one meant by itself.")]
        )
    raise DataError(_nobody(data, found[0]) if found else [_no_ids(data, tables, id_column)])


def _ids(data: QData, opened: Opened, id_column: str | None) -> _Column | None:
    """The column of names of a table, and how many participants it names; None where no column is one."""
    table, known = opened.table, set(data.participants)
    if id_column is not None:
        named = [j for j, name in enumerate(table.header) if name == id_column.strip()]
        named = named or [j for j, name in enumerate(table.header) if plain(name) == plain(id_column)]
        if len(named) > 1:
            raise DataError(
                [opened.fault(f"{len(named)} columns are called {id_column!r}", table.header_line or None, advice="Give each its own name.")]
            )
    else:
        named = [j for j, name in enumerate(table.header) if plain(name) in _IDS]
    held = {j: sum(1 for row in table.rows if row[j].strip() in known) for j in range(len(table.header))}
    if named and (id_column is not None or any(held[j] for j in named) or not any(held.values())):
        at = max(named, key=lambda j: (held[j], -j))
        return _Column(opened, at, held[at])
    if id_column is not None:
        return None
    apart = [j for j, n in held.items() if n and len(cells := [row[j].strip() for row in table.rows if row[j].strip()]) == len(set(cells))]
    best = max((held[j] for j in apart), default=0)
    first = [j for j in apart if held[j] == best]
    if len(first) > 1:
        names = " and ".join(repr(table.header[j] or f"column {table.columns[j]}") for j in first)
        advice = f"Say which: {ID_COLUMN}."
        raise DataError(
            [replace(opened.fault(f"{names} both hold names of participants", table.header_line or None, advice=advice), settings=(ID_COLUMN,))]
        )
    return _Column(opened, first[0], best) if first else None


def _no_ids(data: QData, tables: Sequence[Opened], id_column: str | None) -> Fault:
    """What is said of a file in which no column can be that of the names."""
    for opened in tables:
        if _is_sorts(data, opened.table):
            return _of_sorts(opened)
    opened = tables[0]
    header = ", ".join(name or f"nothing above column {at}" for name, at in zip(opened.table.header, opened.table.columns, strict=True))
    called = listed(data.participants, 4)
    if id_column is not None:
        return opened.fault(f"there is no column {id_column!r}", opened.table.header_line or None, advice=f"The header reads: {header}.")
    message = f"no column holds the names of the participants, who are called {called}; the header reads: {header}"
    fault = opened.fault(message, opened.table.header_line or None, advice=f"Say which column it is, {ID_COLUMN}, or add one with these names.")
    return replace(fault, settings=(ID_COLUMN,))


def _nobody(data: QData, column: _Column) -> list[Fault]:
    """What is said of a table that names nobody who sorted."""
    if _is_sorts(data, column.opened.table):
        return [_of_sorts(column.opened)]
    table, called = column.opened.table, column.opened.table.header[column.at]
    cells = [row[column.at].strip() for row in table.rows if row[column.at].strip()]
    held, known = listed(cells, 4) or "nothing", listed(data.participants, 4)
    message = f"the column {called!r} names nobody who sorted: it holds {held}, and the participants are called {known}"
    proposed = _proposals(cells, data.participants)
    hint = f"{'; '.join(f'{cell!r} may be {name!r}' for cell, name in list(proposed.items())[:4])}. " if proposed else ""
    advice = f"{hint}Write the names as they stand in the sorts, or say which column holds them: {ID_COLUMN}."
    return [replace(column.opened.fault(message, table.header_line or None, advice=advice), settings=(ID_COLUMN,))]


def _is_sorts(data: QData, table: Table) -> bool:
    """Whether a table holds the sorts themselves: most statements, or most participants, are its columns."""
    header = {name.strip() for name in table.header}
    return any(2 * len(header.intersection(names)) > len(names) for names in (data.statements, data.participants))


def _of_sorts(opened: Opened) -> Fault:
    advice = f"{PEOPLE} takes a table of what is known of the participants; what a file of sorts holds about them is read with the sorts."
    fault = opened.fault("this reads as the sorts, not as a table about participants", opened.table.header_line or None, advice=advice)
    return replace(fault, settings=(PEOPLE,))


def _joined(data: QData, column: _Column) -> QData:
    opened, table = column.opened, column.opened.table
    if _is_sorts(data, table):
        raise DataError([_of_sorts(opened)])
    faults = _faults(opened, column.at)
    if faults:
        raise DataError(faults)
    row_of = {name: i for i, row in enumerate(table.rows) if (name := row[column.at].strip())}
    rows = [row_of.get(name) for name in data.participants]
    details = [
        with_labels(Detail(table.header[j], tuple("" if i is None else table.rows[i][j] for i in rows)), opened.variables)
        for j in range(len(table.header))
        if j != column.at
    ]
    kept, left_out = telling(details, data.participants)
    new = {one.title.casefold() for one in kept}
    said = (*table.notices, *said_of(kept, left_out, OF_PEOPLE), *_mismatches(data, opened, row_of))
    return replace(data, people=(*(one for one in data.people if one.title.casefold() not in new), *kept), notices=(*data.notices, *said))


def _faults(opened: Opened, at: int) -> list[Fault]:
    """People who stand twice or have no name, and columns of one name."""
    table = opened.table
    faults = [
        opened.fault(f"{n} columns are called {name!r}", table.header_line or None, advice="Give each column a name of its own.")
        for name in repeated([name for name in table.header if name])
        if (n := table.header.count(name)) > 1
    ]
    lines: dict[str, int] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        name = row[at].strip()
        if not filled(name) and any(filled(cell) for cell in row):
            faults.append(
                opened.fault("this row names no participant", line, table.columns[at], "Write the name that the participant has in the sorts.")
            )
        elif name.startswith("="):
            advice = "Let the program that made the workbook compute it and save, or write the names themselves."
            faults.append(opened.fault(f"{name[:40]!r} is a formula, not the name of a participant", line, table.columns[at], advice))
        elif name and name in lines:
            faults.append(
                opened.fault(
                    f"{name!r} stands in {_line(table)} {lines[name]} already", line, table.columns[at], "Keep one row for each participant."
                )
            )
        lines.setdefault(name, line)
    return faults


def _line(table: Table) -> str:
    return "line" if table.delimiter != GIVEN else "row"


def _mismatches(data: QData, opened: Opened, row_of: Mapping[str, int]) -> Iterable[Notice]:
    """Notices of rows without a sort, of sorts without a row, and of those that may be one."""
    table, known = opened.table, {*data.participants, *(one.participant for one in data.excluded)}
    strangers = [name for name in row_of if filled(name) and name not in known]
    without = [name for name in data.participants if name not in row_of]
    proposed = _proposals(strangers, without)
    if strangers:
        shown = listed([f"{name!r} ({_line(table)} {table.lines[row_of[name]]})" for name in strangers], _SHOWN)
        yield Notice("people-without-sort", f"{counted(len(strangers), 'row')}{OF_PEOPLE} without a sort: {shown}.")
    if without:
        yield Notice(
            "sorts-without-people",
            f"{counted(len(without), 'sort')} without a row{OF_PEOPLE}: {listed(without, _SHOWN)}.",
            participants=tuple(without),
        )
    if proposed:
        pairs = listed([f"{cell!r} ({_line(table)} {table.lines[row_of[cell]]}) may be {name!r}" for cell, name in proposed.items()], _SHOWN)
        yield Notice(
            "people-proposed",
            f"These were not joined, since they are not written alike: {pairs}. Where they are the same, write them the same way.",
            participants=tuple(proposed.values()),
        )


def _proposals(cells: Iterable[str], participants: Sequence[str]) -> dict[str, str]:
    """For each cell the one participant who would have the same name without capitals, blanks, punctuation and zeros in front."""
    loose = Counter(map(_loosely, participants))
    by_loose = {_loosely(name): name for name in participants}
    cells = list(cells)
    own = Counter(map(_loosely, cells))
    return {cell: by_loose[key] for cell in cells if (key := _loosely(cell)) and loose[key] == 1 and own[key] == 1}


def _loosely(name: str) -> str:
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", re.sub(r"[\W_]+", "", folded(name)))


def reads_as_people(content: Content) -> Fault | None:
    """What is said of a file that was given for the sorts and holds what is known of participants; None where it does not read so.

    Parameters
    ----------
    content : Content
    """
    try:
        if unpacked(content.document.raw) > 8 * _LARGEST or len(content.document.raw) > _LARGEST:
            return None
        tables = open_tables(content.document, _IDS | OTHER_HEADERS, content.encoding)
    except DataError:
        return None
    for opened in tables:
        header = [plain(name) for name in opened.table.header]
        ids = [j for j, name in enumerate(header) if name in _IDS]
        rest = [j for j in range(len(header)) if j not in ids]
        told = [j for j in rest if header[j] in OTHER_HEADERS or is_personal(header[j])]
        told += [j for j in rest if j not in told and _worded(opened.table, j) and not header[j][-1:].isdigit()] if told else []
        if ids and 2 * len(told) > len(rest) and not {"statement", "value"} & roles(opened.table.header).keys():
            columns = listed([repr(opened.table.header[j]) for j in sorted((*ids, *told))], 6)
            advice = f"Name the file with the sorts first, and give this one beside it with {PEOPLE}."
            fault = opened.fault(
                f"this reads as a table about participants ({columns}), not as sorts", opened.table.header_line or None, advice=advice
            )
            return replace(fault, settings=(PEOPLE,))
    return None


def _worded(table: Table, column: int) -> bool:
    """Whether most cells of a column hold words."""
    held = [cell for row in table.rows if (cell := filled(row[column]))]
    return 2 * sum(not is_placement(cell) for cell in held) > len(held)
