"""Tables with one row a statement, or one row a participant."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.headings import ID_HEADERS, NAMING_HEADERS, OTHER_HEADERS, PARTICIPANT_HEADERS, STATEMENT_HEADERS, plain, roles
from qmethod.formats.layout import (
    alike,
    counts,
    holds_names,
    numbered_alike,
    numbered_group,
    placed_groups,
    question_like,
    statement_group,
    statement_like,
)
from qmethod.formats.placements import UNREADABLE, WHOLE_SORT, compact
from qmethod.formats.selection import range_of
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.table import Table
from qmethod.formats.words import without_placements, words_fault
from qmethod.notice import Notice
from qmethod.people import Detail
from qmethod.wording import listed

_MOST_CELLS = 1000
_SENTENCE = 2  # blanks in a name from which on it is a wording
_OF_SORTS = frozenset(("sort", "qsort"))
_FRACTION = re.compile(r"[+-]?[0-9]*[.,][0-9]*[1-9][0-9]*")


class _Place(NamedTuple):
    """A name and where in the file it stands."""

    name: str
    line: int | None
    column: int | None


def statements_in_rows(table: Table, numbers: FloatArray, *, named: tuple[int | None, int | None] | None = None) -> Sorts:
    """Read a table with statements in rows and participants in columns.

    Parameters
    ----------
    table : Table
        The cells. The column called statement (or the first) holds the ids; a column called text holds the wordings.
    numbers : ndarray of shape (n_rows, n_columns)
        The same cells as placements.
    named : tuple of (int or None), optional
        The columns with the ids and with the wordings, or that there is none, where the user says so.

    Raises
    ------
    DataError
        Naming every name that is missing or double, every column without placements, and every cell that is no placement.
    """
    ids_at, texts_at, index_at = (*named, None) if named else _statement_columns(table, numbers)
    indexes = () if named else running_numbers(table, numbers) if index_at is None else (index_at,)
    notices: tuple[Notice, ...] = ()
    if ids_at is None or texts_at == ids_at:
        statements = [_Place(f"s{i}", line, None) for i, line in enumerate(table.lines, start=1)]
        what = "names no statements" if ids_at is None else "names statements by their wording only"
        notices = (Notice("statements-numbered", f"The file {what}; they are called s1, s2, ... in the order of the file."),)
    else:
        statements = [_Place(row[ids_at].strip(), line, table.columns[ids_at]) for row, line in zip(table.rows, table.lines, strict=True)]
    for j in indexes:
        notices = (*notices, Notice("columns-ignored", f"The column {table.header[j]!r} before the statements was left out."))
    sorted_at = [j for j in range(len(table.header)) if j not in (ids_at, texts_at, *indexes)]
    participants = [_Place(table.header[j], table.header_line, table.columns[j]) for j in sorted_at]
    texts = () if texts_at is None else tuple(row[texts_at].strip() for row in table.rows)
    values = numbers[:, sorted_at]
    if words := words_fault(table, values, sorted_at):
        raise DataError([words])

    faults = _name_faults(table, "participant", participants) + _name_faults(table, "statement", statements)
    faults += [
        Fault(
            f"the row {place.name!r} does not look like a statement",
            file=table.file,
            line=place.line,
            column=place.column,
            advice="Take such rows out: what is known of the participants is no placement.",
        )
        for place in statements
        if plain(place.name) in OTHER_HEADERS and numbered_alike([other.name for other in statements if plain(other.name) not in OTHER_HEADERS])
    ]
    silent = without_placements(values)
    span = range_of(table.header, table.columns, [sorted_at[k] for k in np.flatnonzero(~silent).tolist()]) if 0 < silent.sum() < len(silent) else None
    faults += [
        Fault(
            f"the column {participants[k].name!r} holds text, not placements",
            file=table.file,
            line=table.header_line,
            column=participants[k].column,
            advice=f"Name the columns that are sorts{f': {span}' if span else ''}. Wordings of statements may stand in a column called 'text'.",
            settings=(span,) if span else (),
        )
        for k in np.flatnonzero(silent).tolist()
    ]
    faults += _cell_faults(table, values, sorted_at, silent, statements, participants)
    if not sorted_at:
        faults.append(_no_placements(table))
    if faults:
        raise DataError(_in_order(faults))
    return Sorts(compact(values), _names(statements), _names(participants), texts, notices, _finder(statements, participants))


def _finder(rows: Sequence[_Place], columns: Sequence[_Place], *, transposed: bool = False) -> Callable[[int | None, int | None], Place]:
    """Where a placement stands: in the line of its row and the column of its column."""

    def place(statement: int | None, participant: int | None) -> Place:
        row, column = (participant, statement) if transposed else (statement, participant)
        if row is None:
            return (columns[column].line, columns[column].column) if column is not None else (None, None)
        return rows[row].line, rows[row].column if column is None else columns[column].column

    return place


def _statement_columns(table: Table, numbers: FloatArray) -> tuple[int | None, int | None, int | None]:
    """Columns of the ids, of the wordings, and of a running number before the ids; the first two are one where there are no ids."""
    found = roles(table.header)
    text = found.get("text")
    if text is not None and (np.isfinite(numbers[:, text]).any() if text > 1 else _is_sort(numbers, text)):
        text = None
    if text is None and found.get("statement") == 0:  # ids in front, and behind the sorts a column of words that is called like statements
        worded = [j for j in range(2, len(table.header)) if plain(table.header[j]) in STATEMENT_HEADERS and (numbers[:, j] == UNREADABLE).all()]
        text = worded[0] if len(worded) == 1 else None
    if found.get("statement") == 1 and _is_sort(numbers, 1):
        del found["statement"]
    if found.get("statement") == 1 and plain(table.header[0]) in {""} | ID_HEADERS:
        wordings = text is None and not all(statement_like(row[1]) for row in table.rows)
        return (0, 1, None) if wordings else (1, text, 0)
    if found.get("statement") == 1:
        return 1, text, None
    if text is None and _wordings(table, 0, numbers):
        return 0, 0, None
    if not holds_names(table, numbers):
        return None, text, None
    _check_names(table, numbers, 0, "statement")
    return 0, text, None


def running_numbers(table: Table, numbers: FloatArray) -> tuple[int, ...]:
    """Columns before that of the ids that count the rows, from 0 or from 1: no person sorts so, unless all others place the same numbers."""
    before = (j for j in range(1, len(table.header)) if table.columns[j] < table.columns[0])
    return tuple(
        j for j in before if counts(numbers[:, j]) and not (np.sort(numbers[:, j]) == np.sort(np.delete(numbers, (0, j), axis=1), axis=0).T).all()
    )


def _is_sort(numbers: FloatArray, column: int) -> bool:
    """Whether a column shows the distribution of three or more beyond it: a person, whatever the person is called."""
    return numbers.shape[1] > column + 3 and alike(numbers[:, column:].T)


def participants_in_rows(
    table: Table,
    numbers: FloatArray,
    *,
    known: Collection[str] = (),
    named: tuple[int | None] | None = None,
    certain: tuple[int, ...] = (),
) -> Sorts:
    """Read a table with participants in rows and statements in columns.

    Parameters
    ----------
    table : Table
        The cells. The column called participant (or the first) holds the names.
    numbers : ndarray of shape (n_rows, n_columns)
        The same cells as placements.
    known : collection of str
        Ids of the statements, where the user gave a file of wordings; columns of other names are then left out.
    named : tuple of (int or None), optional
        The column with the names, or that there is none, where the user says so.
    certain : tuple of int
        The columns that are statements, where the user says so.

    Raises
    ------
    DataError
        Naming every name that is missing or double, every column that may not be a statement, and every cell that is no placement.
    """
    certain = certain or _certain_columns(table, numbers, known)
    names_at, instead = (*named, None) if named else _name_columns(table, numbers, certain)
    rest = [j for j in range(len(table.header)) if j not in (names_at, instead)]
    used = list(certain) if certain else rest
    beside = [j for j in rest if j not in used]
    notices = []
    if names_at is None:
        participants = [_Place(f"p{i}", line, None) for i, line in enumerate(table.lines, start=1)]
        notices.append(Notice("participants-numbered", "The file names no participants; they are called p1, p2, ... in the order of the file."))
    else:
        participants = [_Place(row[names_at].strip(), line, table.columns[names_at]) for row, line in zip(table.rows, table.lines, strict=True)]
        if instead is not None:
            participants, said = _filled_in(table, participants, names_at, instead)
            notices += said
            beside = beside if said else [instead, *beside]
    people = tuple(Detail(table.header[j], tuple(row[j] for row in table.rows), table.wordings[j] if table.wordings else "") for j in beside)
    notices += _whole_sorts(table, rest)
    statements = [_Place(table.header[j], table.header_line, table.columns[j]) for j in used]
    values = numbers[:, used]
    if words := words_fault(table, values, used):
        raise DataError([words])

    faults = [*_name_faults(table, "participant", participants, _others_naming(table, used)), *_name_faults(table, "statement", statements)]
    foreign = without_placements(values)
    if not certain:
        foreign |= np.array([plain(place.name) in OTHER_HEADERS for place in statements], dtype=bool)
    span = range_of(table.header, table.columns, [used[k] for k in np.flatnonzero(~foreign).tolist()]) if 0 < foreign.sum() < len(used) else None
    faults += [
        Fault(
            f"the column {statements[k].name!r} does not look like a statement",
            file=table.file,
            line=table.header_line,
            column=statements[k].column,
            advice=f"Name the columns that are statements{f': {span}' if span else ''}. Or call them s1, s2, ...: then others are left out.",
            settings=(span,) if span else (),
        )
        for k in np.flatnonzero(foreign).tolist()
    ]
    faults += _cell_faults(table, values, used, foreign, participants, statements, transposed=True)
    if not used:
        faults.append(_no_placements(table))
    if faults:
        raise DataError(_in_order(faults))
    if not certain and not numbered_alike([place.name for place in statements]) and not alike(values):
        message = f"All {len(used)} columns beside the names were taken for statements: {listed([place.name for place in statements], 8)}."
        notices.append(Notice("statements-unsure", message))
    find = _finder(participants, statements, transposed=True)
    ids, texts = _names(statements), tuple(table.wordings[j] for j in used) if table.wordings else ()
    if not texts and not known and sum(name.count(" ") >= _SENTENCE for name in ids) > len(ids) / 2:
        ids, texts = tuple(f"s{i}" for i in range(1, len(ids) + 1)), ids
        message = "The file names statements by their wording only; they are called s1, s2, ... in the order of the file."
        notices.append(Notice("statements-numbered", message))
    return Sorts(np.ascontiguousarray(compact(values).T), ids, _names(participants), texts, tuple(notices), find, people=people)


def _no_placements(table: Table) -> Fault:
    advice = "If this is the file of wordings, give it as statements, beside the file with the sorts."
    return Fault("no column holds placements", file=table.file, line=table.header_line, advice=advice)


def _certain_columns(table: Table, numbers: FloatArray, known: Collection[str]) -> tuple[int, ...]:
    """Columns that are statements beyond doubt: those of the file of wordings, else s1 to sN, else placements numbered 1 to N under one stem."""
    wanted = {name.strip().casefold() for name in known}
    by_id = tuple(j for j, name in enumerate(table.header) if name.casefold() in wanted)
    if wanted and len(by_id) == len(wanted):
        return by_id
    named, groups = statement_group(table.header), placed_groups(table.header, numbers)
    forced = [group for group in groups if alike(numbers[:, list(group)])]
    others = [group for group in groups if group != named]
    if len(forced) == 1:
        return forced[0]
    if named and named not in forced and others and question_like(table.header[named[0]]):
        if len(others) == 1 and named not in groups:
            return others[0]
        stems = " and ".join(f"{table.header[group[0]]} to {table.header[group[-1]]}" for group in dict.fromkeys((named, *others)))
        ways = tuple(way for group in dict.fromkeys((named, *others)) if (way := range_of(table.header, table.columns, group)) is not None)
        advice = f"Name those that are: {' or '.join(map(str, ways)) or Setting('columns')}."
        message = f"it is not clear which columns are the statements: {stems} are each numbered alike"
        raise DataError([Fault(message, table.file, table.header_line, table.columns[named[0]], advice=advice, settings=ways)])
    return named or numbered_group(table.header, numbers)


def _name_columns(table: Table, numbers: FloatArray, certain: tuple[int, ...]) -> tuple[int | None, int | None]:
    """The column with the names of the participants, and one whose cells stand in for empty ones; either may be None."""
    headers = [plain(name) for name in table.header]
    called = [j for j, name in enumerate(headers) if name in PARTICIPANT_HEADERS and j not in certain and not _mostly(WHOLE_SORT, table, j)]
    if "sid" in headers and "uid" in headers:  # HtmlQ and FlashQ: a number of the session, and what the researcher called the person
        uid, sid = headers.index("uid"), headers.index("sid")
        return (uid, sid) if any(row[uid].strip() for row in table.rows) else (sid, None)
    if called:
        return called[0], None
    if (
        0 in certain
        or (certain and (headers[0] in OTHER_HEADERS or _mostly(WHOLE_SORT, table, 0) or _mostly(_FRACTION, table, 0)))
        or (statement_like(table.header[0]) and all(map(statement_like, table.header)))
        or not holds_names(table, numbers)
    ):
        return None, None
    _check_names(table, numbers, 0, "participant")
    return 0, None


def _mostly(form: re.Pattern[str], table: Table, column: int) -> bool:
    """Whether most cells of a column have a form."""
    cells = [cell for row in table.rows if not (cell := row[column].strip())[:1].isalpha()]  # no form begins with a letter
    return len(cells) > len(table.rows) / 2 and sum(form.fullmatch(cell) is not None for cell in cells) > len(table.rows) / 2


def _whole_sorts(table: Table, columns: Sequence[int]) -> list[Notice]:
    """A notice of columns that are called like the participants and hold whole sorts."""
    found = [j for j in columns if plain(table.header[j]) in PARTICIPANT_HEADERS - _OF_SORTS and _mostly(WHOLE_SORT, table, j)]
    return [
        Notice(
            "names-like-placements",
            f"The column {table.header[j]!r} holds whole sorts, such as {table.rows[0][j].strip()[:40]!r} (line {table.lines[0]}, "
            f"column {table.columns[j]}), so that it was not taken for names.",
        )
        for j in found
    ]


def _filled_in(table: Table, places: list[_Place], named: int, instead: int) -> tuple[list[_Place], list[Notice]]:
    """The names with the cells of another column where they are empty."""
    empty = [i for i, place in enumerate(places) if not place.name]
    if not empty:
        return places, []
    filled = list(places)
    for i in empty:
        filled[i] = _Place(table.rows[i][instead].strip(), table.lines[i], table.columns[instead])
    names = listed([filled[i].name for i in empty], 10)
    message = f"{len(empty)} participant(s) have no {table.header[named]!r} and are called by {table.header[instead]!r}: {names}."
    return filled, [Notice("participants-named-otherwise", message, participants=tuple(filled[i].name for i in empty))]


def _check_names(table: Table, numbers: FloatArray, column: int, kind: str) -> None:
    """Refuse a column of names that is not called one and whose cells read as placements.

    Raises
    ------
    DataError
        Naming the column.
    """
    cells = numbers[:, column]
    if plain(table.header[column]) in NAMING_HEADERS or not table.header[column] or not np.isfinite(cells).all():
        return
    others = np.delete(numbers, column, axis=1)
    others = others[np.isfinite(others)]
    among = others.size > 0 and others.min() <= cells.min() and cells.max() <= others.max()
    if (cells < 0).any() or (cells % 1).any() or len(np.unique(cells)) < len(cells) or (among and (np.diff(cells) < 0).any()):
        message = f"the first column, {table.header[column]!r}, would hold the names of the {kind}s, but its cells read as placements"
        way = Setting("id", table.header[column])
        rest = range_of(table.header, table.columns, [j for j in range(len(table.header)) if np.isfinite(numbers[:, j]).all()])
        advice = f"If it does hold names, say so: {way}.{f' If it is a sort or statement as the others are: {rest}.' if rest else ''}"
        ways = (way, rest) if rest else (way,)
        raise DataError([Fault(message, table.file, table.header_line, table.columns[column], advice=advice, settings=ways)])


def _wordings(table: Table, column: int, numbers: FloatArray) -> bool:
    """Whether a column holds sentences rather than ids, whatever it is called."""
    cells = [row[column].strip() for row in table.rows]
    return bool((numbers[:, column] == UNREADABLE).all()) and sum(cell.count(" ") >= _SENTENCE for cell in cells) > len(cells) / 2


def _cell_faults(
    table: Table,
    values: FloatArray,
    used: Sequence[int],
    skipped: np.ndarray[tuple[int], np.dtype[np.bool_]],
    rows: Sequence[_Place],
    columns: Sequence[_Place],
    *,
    transposed: bool = False,
) -> list[Fault]:
    """One fault for each cell that is no placement."""
    wrong = values == UNREADABLE
    wrong[:, skipped] = False
    faults = []
    places = np.argwhere(wrong)
    for i, k in places[:_MOST_CELLS].tolist():
        participant, statement = (rows[i].name, columns[k].name) if transposed else (columns[k].name, rows[i].name)
        faults.append(placement_fault(table, i, used[k], participant, statement))
    if len(places) > _MOST_CELLS:
        message = f"{len(places):,} cells are no placements; the first {_MOST_CELLS:,} follow"
        faults.insert(0, Fault(message, file=table.file, line=table.header_line))
    return faults


def placement_fault(table: Table, row: int, column: int, participant: str, statement: str) -> Fault:
    """The fault of one cell that is no placement."""
    cell = table.rows[row][column].strip()
    shown = cell if len(cell) <= 40 else cell[:37] + "..."
    advice = "Write each placement as a number; leave the cell empty (or write NA) where a placement is missing."
    return Fault(
        f"{shown!r} is not a placement",
        file=table.file,
        line=table.lines[row],
        column=table.columns[column],
        participant=participant,
        statement=statement,
        advice=advice,
    )


def _others_naming(table: Table, used: Sequence[int]) -> tuple[Setting, ...]:
    """Columns besides the statements that name each row otherwise: two at most."""
    n = len(table.rows)
    found = [j for j in range(len(table.header)) if j not in used and table.header[j] and len({row[j].strip() for row in table.rows} - {""}) == n]
    return tuple(Setting("id", table.header[j] if table.header.count(table.header[j]) == 1 else str(table.columns[j])) for j in found[:2])


def _name_faults(table: Table, kind: str, places: Sequence[_Place], others: tuple[Setting, ...] = ()) -> list[Fault]:
    """Names that are empty or stand twice; `others` name columns that could be taken instead."""
    if len({place.name for place in places if place.name}) == len(places):
        return []
    first: dict[str, _Place] = {}
    faults = []
    instead = f", or take them from another column: {' or '.join(map(str, others))}" if others else ""
    advice = f"Give each {kind} a name of its own{instead}."
    for place in places:
        if not place.name:
            message = f"a {kind} has no name"
            faults.append(Fault(message, file=table.file, line=place.line, column=place.column, advice=advice, settings=others))
            continue
        other = first.setdefault(place.name, place)
        if other is not place:
            where = f"line {other.line}" if other.line != place.line else f"column {other.column}"
            message = f"two {kind}s are called {place.name!r}, here and in {where}"
            faults.append(Fault(message, file=table.file, line=place.line, column=place.column, advice=advice, settings=others))
    return faults


def _in_order(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))


def _names(places: Sequence[_Place]) -> tuple[str, ...]:
    return tuple(place.name for place in places)
