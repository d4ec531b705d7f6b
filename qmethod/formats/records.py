"""Records of programs that collect sorts on the web: one for each person, with the sort in one text, `2|-1|0`, in the order of the statements.

Firebase, Netlify, Baserow and a server's own file keep the same record in JSON, in a table with a column for each key, or in one text of keys and
values. Which program wrote it is told by its keys; what each of them writes is said in its module of `qmethod.formats.readers`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.cells import DELIMITERS
from qmethod.formats.headings import plain
from qmethod.formats.placements import UNREADABLE, compact, placement
from qmethod.formats.registry import Content, Found
from qmethod.formats.sorts import Place, Sorts
from qmethod.formats.strict_json import Json, keys_at_start, parse_json
from qmethod.formats.table import Table, parse_named
from qmethod.formats.text import lines_of, shown
from qmethod.notice import Notice
from qmethod.people import Detail
from qmethod.wording import counted, listed

SORT = "sort"
NETLIFY = "qSortData"
NAMES = (
    *("participantName", "participant", "partId", "participantId", "userInputId", "uid"),
    *("urlUsercode", "urlUserCode", "usercode", "accessCode", "randomId", "sid", "id"),
)
"""Keys that may name a person, the likeliest first."""
_NOBODY = frozenset(("nopartid", "nousercodeset", "nousercode", "nodata", "notrequired", "undefined", "null", "na", "none"))
_NO_NAME = "-_.,:;/*? "
"""Signs that stand where there is no name."""
_QUINCE = frozenset(("usercode", "numPos", "timeOnConsentPage", "desktop/mobile"))
_EQ = frozenset(("timeLanding", "timePresort", "timeSort", "urlUsercode", "posStateNums"))
_WHOLE_SORT = re.compile(r"[\"\s:;,\t\x1e\x1f][ \"]*[+-]?[0-9]+(?:[.,][0-9]+)?(?:[ ]*\|[ ]*[+-]?[0-9]+(?:[.,][0-9]+)?){2,}")
_LABELLED = re.compile(r"\s*\(?([A-Za-z][\w/]*)\)?:(?!\|)\s*(.*)", re.DOTALL)
_LABEL = re.compile(r"(?:^|\|)\s*([A-Za-z][\w/]*):\|")
_KEY_OF_SORT = re.compile(r'"sort"\s*:\s*(?:"[^"|]{0,40}\||""|\[)')
_CELL_OF_SORT = re.compile(r"(?:^|[\",;\t|\x1e\x1f\r\n])\(?sort\)?: ?[+-]?[0-9]+\|")
_HIGHEST = 12
_DEPTH = 5
_SHOWN = 10
_MOST_FAULTS = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """What a program wrote about one person.

    Parameters
    ----------
    key : str
        What the file calls the record: its key in JSON, its number among the records in a list or a table.
    fields : dict of str to str
        Everything it holds; what is nested is not in it.
    line, column : int, optional
        Where the sort stands, in a table.
    """

    key: str
    fields: dict[str, str] = field(repr=False)
    line: int | None = None
    column: int | None = None


def program(content: Content) -> str | None:
    """Which program wrote records of sorts, as the beginning of a file tells; None where it holds no such records.

    Returns
    -------
    {"Netlify", "Quince", "easy-htmlq", "HtmlQ", "EQ Web Sort", "Ken-Q"} or None
    """
    start = content.start
    if SORT not in start.lower():
        return None
    keys = keys_at_start(start)
    if keys:
        if NETLIFY in keys:
            return "Netlify"
        if _CELL_OF_SORT.search(start):
            return _of_labels(start)
        if not _KEY_OF_SORT.search(start):
            return None
    else:
        found = _heading(start)
        if found is None:
            return None
        keys = frozenset(found.cells)
        if {"s1", "s2"} <= keys and not keys & (_EQ | _QUINCE):
            return None  # the columns hold the placements
        if found.kind != "columns":
            return "Netlify" if found.kind == "texts" else _of_labels(start)
        if keys & {"sid", "uid"} or ("dur0" in keys and not keys & {"userInputId", "urlUserCode"}):
            return "HtmlQ"
    if "dur0" in keys or "userInputId" in keys:
        return "easy-htmlq"
    if keys & _QUINCE and not keys & _EQ:
        return "Quince"
    return "EQ Web Sort" if keys & _EQ else "Ken-Q"


def _of_labels(start: str) -> str:
    """Quince puts its labels into brackets, EQ Web Sort does not."""
    return "Quince" if any(f"({label}):" in start for label in ("projectName", "randomId", "partId")) else "EQ Web Sort"


def claim(content: Content, name: str) -> Found | None:
    """Say that a file holds records of one program, and why; None where it does not."""
    if program(content) != name:
        return None
    form = "JSON" if keys_at_start(content.start) else "a table"
    where = f"in {NETLIFY}" if name == "Netlify" else "under sort"
    beside = "as Ken-Q and KADE take it" if name == "Ken-Q" else f"beside keys as {'EQ Web Sort' if name == 'Netlify' else name} writes them"
    return Found(f"it is {form} with a whole sort {where}, {beside}")


@dataclass(frozen=True, slots=True)
class _Heading:
    """The header of a table of records, the sign between its cells, and where sorts stand: in columns, labelled cells, or texts of all keys."""

    cells: tuple[str, ...]
    delimiter: str
    kind: Literal["columns", "labels", "texts"]


def _heading(start: str) -> _Heading | None:
    """The header that a table of records begins with; None where it begins otherwise."""
    for line in lines_of(start[: 1 << 15])[:_HIGHEST]:
        for sign in DELIMITERS:
            cells = tuple(cell.strip().strip('"') for cell in line.split(sign))
            lowered = {cell.lower() for cell in cells}
            if (NETLIFY.lower() in lowered) and _LABEL.search(start.replace('"', "|")):
                return _Heading(cells, sign, "texts")
            if ({"r1", "r2"} <= lowered or {"1", "2"} <= lowered) and _CELL_OF_SORT.search(start):
                return _Heading(cells, sign, "labels")
            if len(cells) > 1 and sign != "|" and SORT in lowered and _WHOLE_SORT.search(start):
                return _Heading(cells, sign, "columns")
    return None


def records(content: Content) -> list[Record]:
    """The records of a file, in its order.

    Raises
    ------
    DataError
        If the file is no JSON or no table, or holds no records.
    """
    found = list(_in_json(parse_json(content), "", 0)) if content.start[:1] in ("{", "[") else _in_table(content)
    if not any(SORT in each.fields for each in found):
        raise DataError([Fault("no record of this file holds a sort", file=content.file, advice="Export the results of the study again.")])
    return found


def _in_json(value: Json, key: str, depth: int) -> Iterator[Record]:
    """Records, however many levels of keys or lists are above them; an object without a sort is one if it holds no other objects."""
    if depth > _DEPTH or not isinstance(value, dict | list):
        return
    if isinstance(value, list):
        for i, each in enumerate(value, start=1):
            yield from _in_json(each, f"{key}/{i}" if key else str(i), depth + 1)
        return
    flat = {name: _as_text(each) for name, each in value.items() if not isinstance(each, dict)}
    if NETLIFY in flat:
        yield Record(key, parted(flat[NETLIFY]))
    elif SORT in flat:
        yield Record(key, flat)
    elif SORT in (named := labelled(list(flat.values()))):
        yield Record(key, named)
    elif any(isinstance(each, dict | list) for each in value.values()):
        for name, each in value.items():
            yield from _in_json(each, name, depth + 1)
    elif depth:
        yield Record(key, flat)


def _as_text(value: Json) -> str:
    if isinstance(value, list):
        return "|".join("" if each is None else each if isinstance(each, str) else "?" for each in value)
    return value if isinstance(value, str) else "" if value is None else str(value).lower()


def _in_table(content: Content) -> list[Record]:
    heading = _heading(content.start)
    if heading is None:
        raise DataError([Fault("the header of the table was not found", file=content.file, advice="Export the results of the study again.")])
    names = frozenset(map(plain, heading.cells)) - {""}
    table, faults = parse_named(content.decoded.text, content.file, names, delimiter=heading.delimiter)
    if faults:
        raise DataError(faults)
    return _of_cells(table) if heading.kind == "labels" else _of_columns(table)


def _of_cells(table: Table) -> list[Record]:
    """Records whose cells each hold a label and a value, `sort: 1|0|-1`."""
    found = []
    for i, (row, line) in enumerate(zip(table.rows, table.lines, strict=True), start=1):
        at = next((j for j, cell in enumerate(row) if (label := _LABELLED.match(cell)) and label[1] == SORT), None)
        found.append(Record(f"p{i}", labelled(row), line, None if at is None else table.columns[at]))
    return found


def _of_columns(table: Table) -> list[Record]:
    """Records with a column for each key."""
    lowered = [name.lower() for name in table.header]
    called = SORT if SORT in lowered else NETLIFY.lower()
    at = lowered.index(called) if called in lowered else 0
    header = [SORT if j == at and called == SORT else name for j, name in enumerate(table.header)]
    found = []
    for i, (row, line) in enumerate(zip(table.rows, table.lines, strict=True), start=1):
        fields = parted(row[at]) if called != SORT else {name: cell.strip() for name, cell in zip(header, row, strict=True) if name}
        found.append(Record(f"p{i}", fields, line, table.columns[at]))
    return found


def labelled(cells: Sequence[str]) -> dict[str, str]:
    """The values of cells that each hold a label and a value.

    >>> labelled(["(partId): ann", "sort: 1|0", "no label"])
    {'partId': 'ann', 'sort': '1|0'}
    """
    found = (_LABELLED.fullmatch(cell) for cell in cells if ":" in cell[:80])
    return {each[1]: each[2].strip() for each in found if each is not None}


def parted(text: str) -> dict[str, str]:
    """The values of a text of keys and values, as Netlify keeps it; the first where a key stands twice, for a comment may hold one.

    >>> parted("partId:| ann | sort:| 1|0|-1 | presortTrace:| 1*p*2")
    {'partId': 'ann', 'sort': '1|0|-1', 'presortTrace': '1*p*2'}
    """
    pieces = _LABEL.split(text)
    found: dict[str, str] = {}
    for key, value in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(key, value.strip())
    return found


def sorts_of(content: Content, name: str) -> Sorts:
    """The sorts of a file of records.

    Parameters
    ----------
    content : Content
    name : str
        The program that wrote it, for `Source.kind`.

    Returns
    -------
    Sorts
        Statements are called s1, s2, ... in their order in the sort. A person is called as the record says, or by its key. A record without a sort is
        left out, and a sort shorter than the others has no placements at its end; both are told.

    Raises
    ------
    DataError
        If there is no sort, or one holds something that is no placement; names the record and the place in it.
    """
    every = records(content)
    kept = [each for each in every if each.fields.get(SORT, "").strip(" |")]
    if not kept:
        raise DataError([Fault("the sorts of all records are empty", file=content.file, advice="Export the results of the study again.")])
    participants, naming, named = _called(kept)
    split = [_placements(each.fields[SORT]) for each in kept]
    numbers = [[placement(cell) for cell in cells] for cells in split]
    faults = _faults(content.file, kept, participants, split, numbers)
    if faults:
        raise DataError(faults)
    n = max(map(len, numbers))
    values = np.array([[*row, *[np.nan] * (n - len(row))] for row in numbers], dtype=np.float64).T
    notices = (*_unfinished(every, kept), *_of_two_lengths(participants, numbers), *named)

    def place(_statement: int | None, participant: int | None) -> Place:
        return (None, None) if participant is None else (kept[participant].line, kept[participant].column)

    statements = tuple(f"s{i}" for i in range(1, n + 1))
    form = "table" if kept[0].line is not None else "JSON"
    kind = f"{name}, {form}" if (name, form) != ("Ken-Q", "table") else "a table with a whole sort in one column"
    return Sorts(compact(values), statements, participants, (), notices, place, kind=kind, people=_details(kept, naming))


def _placements(sort: str) -> list[str]:
    cells = [cell.strip() for cell in sort.strip().strip('"').split("|")]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _faults(file: str, kept: Sequence[Record], names: Sequence[str], split: list[list[str]], numbers: list[list[float]]) -> list[Fault]:
    """One for each entry of a sort that is no placement."""
    found = []
    advice = "Correct it in the file, between its two bars; leave it empty where a placement is missing."
    for record, name, cells, row in zip(kept, names, split, numbers, strict=True):
        for i, value in enumerate(row):
            if value == UNREADABLE:
                of = "" if record.line else f" of {shown(record.key)}"
                message = f"{shown(cells[i])} is not a placement: entry {i + 1} of the sort{of}"
                found.append(Fault(message, file, record.line, record.column, name if len(name) < 80 else None, f"s{i + 1}", advice))
                if len(found) == _MOST_FAULTS:
                    return found
    return found


def _called(kept: Sequence[Record]) -> tuple[tuple[str, ...], str, tuple[Notice, ...]]:
    """What the people are called, by which key for the most part, and a notice of those who are called by another."""
    counts = {key: Counter(_name(each, key) for each in kept) for key in NAMES if any(key in each.fields for each in kept)}
    telling = [key for key, names in counts.items() if 2 * sum(1 for name, n in names.items() if name and n == 1) >= len(kept)]
    if not telling:
        if kept[0].line is None:
            return tuple(each.key for each in kept), "", ()
        return tuple(each.key for each in kept), "", (Notice("participants-numbered", "No column tells the participants apart; they were numbered."),)
    first, instead = telling[0], telling[1:]
    names, others = [], []
    for each in kept:
        name = _name(each, first)
        if not name or counts[first][name] > 1:
            name = next((called for key in instead if (called := _name(each, key)) and counts[key][called] == 1), each.key)
            others.append(name)
        names.append(name)
    if not others:
        return tuple(names), first, ()
    by = f"by {instead[0]!r}" if instead else "by the key of their record"
    message = f"{counted(len(others), 'participant')} without a {first!r} of their own are called {by}: {listed(others, _SHOWN)}."
    return tuple(names), first, (Notice("participants-named-otherwise", message, participants=tuple(others)),)


def _name(record: Record, key: str) -> str:
    name = record.fields.get(key, "").strip()
    return "" if not name.strip(_NO_NAME) or plain(name) in _NOBODY else name


def _unfinished(every: Sequence[Record], kept: Sequence[Record]) -> tuple[Notice, ...]:
    if len(every) == len(kept):
        return ()
    there = {id(each) for each in kept}
    without = [shown(each.key) for each in every if id(each) not in there]
    return (Notice("records-without-sort", f"{counted(len(without), 'record')} without a sort left out: {listed(without, _SHOWN)}."),)


def _of_two_lengths(names: Sequence[str], numbers: list[list[float]]) -> tuple[Notice, ...]:
    lengths = Counter(map(len, numbers))
    if len(lengths) == 1:
        return ()
    spoken = ", ".join(f"{counted(count, 'sort')} of {length} statements" for length, count in sorted(lengths.items()))
    rare = [name for name, row in zip(names, numbers, strict=True) if len(row) != lengths.most_common(1)[0][0]]
    message = (
        f"The sorts are of different length: {spoken}; those that differ from most: {listed(rare, _SHOWN)}. What the shorter ones lack at "
        "their end was taken as missing placements. If some are of another study, or of a trial of it, take them out of the file."
    )
    return (Notice("sorts-of-different-length", message, participants=tuple(rare)),)


def _details(kept: Sequence[Record], naming: str) -> tuple[Detail, ...]:
    """What else the records hold."""
    keys = [key for key in dict.fromkeys(key for each in kept for key in each.fields) if key not in (SORT, naming)]
    return tuple(Detail(key, tuple(each.fields.get(key, "") for each in kept)) for key in keys)
