"""From a table to sorts, whichever way it lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats import layout as layouts
from qmethod.formats.cells import GIVEN
from qmethod.formats.headings import (
    ID_HEADERS,
    NAMING_HEADERS,
    PARTICIPANT_HEADERS,
    PARTICIPANT_HEADERS_ELSEWHERE,
    STATEMENT_HEADERS,
    TEXT_HEADERS,
    check_header,
    plain,
)
from qmethod.formats.long import long_table
from qmethod.formats.placements import UNREADABLE, is_placement, placements
from qmethod.formats.registry import Asked
from qmethod.formats.selection import Picked, Selection, meaning, pick
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import Table
from qmethod.formats.wide import participants_in_rows, statements_in_rows
from qmethod.formats.words import coded_fault, headless_fault, words_as_codes, words_fault
from qmethod.layouts import LONG, PARTICIPANT_ROWS, STATEMENT_ROWS
from qmethod.literals import Layout
from qmethod.notice import Notice
from qmethod.people import Detail
from qmethod.wording import listed

_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def sorts_of_table(table: Table, asked: Asked) -> tuple[Sorts, str]:
    """The sorts of a table, and in words which way it lies.

    Parameters
    ----------
    table : Table
    asked : Asked
        What the user said of it.

    Raises
    ------
    DataError
        Naming every fault with its line and column.
    """
    said = asked.selection
    coded = () if said.names_columns or asked.layout == LONG else _coded_columns(table, said)
    if said.names_columns or coded:
        found, lies, notices = _named(table, asked, coded)
    else:
        found, lies, notices = _guessed(table, asked)
    found = found if table.headed else _called(found, lies)
    thousands = () if table.delimiter == GIVEN or said.names_columns else _thousands(table)
    return replace(found, notices=(*table.notices, *thousands, *notices, *found.notices)), lies


def _guessed(table: Table, asked: Asked) -> tuple[Sorts, str, tuple[Notice, ...]]:
    """The sorts of a table whose columns are told by their names and by what they hold."""
    said = asked.selection
    named = {j for j, name in enumerate(table.header) if not name or plain(name) in NAMING_HEADERS}
    rows = meaning(table.rows, said, [j for j in range(len(table.header)) if j not in named])
    table, numbers = layouts.names_first(table, placements(rows, len(table.header)))
    headed = check_header(table, numbers)
    if (coded := headless_fault(table, numbers, asked.grid) or coded_fault(table, numbers, asked.grid)) is not None:
        raise DataError([coded])
    chosen = layouts.Orientation(asked.layout) if asked.layout else layouts.guess_layout(table, numbers, grid=asked.grid, known=asked.known)
    if chosen.layout == LONG:
        found, lies = long_table(table, numbers), "one placement a row"
    elif chosen.layout == STATEMENT_ROWS:
        found, lies = statements_in_rows(table, numbers), "statements in rows"
    else:
        found, lies = participants_in_rows(table, numbers, known=asked.known), "participants in rows"
    return found, lies, (*headed, *chosen.notices)


def _coded_columns(table: Table, said: Selection) -> tuple[int, ...]:
    """The columns that hold the codes of placements for the most part, where the codes are words: those are the sorts."""
    codes = {code.casefold() for code, _ in said.codes}
    if not codes or any(map(is_placement, codes)):
        return ()
    found = []
    for j in range(len(table.header)):
        cells = [cell for row in table.rows if (cell := row[j].strip().casefold())]
        if cells and sum(cell in codes for cell in cells) > len(cells) / 2:
            found.append(j)
    return tuple(found) if len(found) > 1 else ()


def _named(table: Table, asked: Asked, coded: tuple[int, ...] = ()) -> tuple[Sorts, str, tuple[Notice, ...]]:
    """The sorts of a table of which the user names columns, or the codes of placements, which some columns hold.

    Without a column that is named for them, the names of the rows are taken from the first other column that is called like them, or the rows are
    numbered. Where nothing tells which way such a table lies, its rows are participants, as in the export of a questionnaire.
    """
    said = asked.selection
    if asked.layout == LONG:
        advice = "Call its columns participant, statement and value instead."
        raise DataError([Fault("columns can be named only of a table with a sort in each row or column", file=table.file, advice=advice)])
    picked = Picked(coded) if coded else pick(table.header, said, table.columns, file=table.file, line=table.header_line)
    names_at = picked.id if picked.id is not None else _called_like_names(table, picked.sorts)
    texts_at = next((j for j, name in enumerate(table.header) if plain(name) in TEXT_HEADERS and j not in (*picked.sorts, names_at)), None)
    sorts = picked.sorts or tuple(j for j in range(len(table.header)) if j not in (names_at, texts_at))
    front = [j for j in (names_at, texts_at) if j is not None]
    part, others, notices = _part(table, front, sorts, filled_only=bool(picked.sorts))
    used = range(len(front), len(part.header))
    numbers = placements(meaning(part.rows, said, used), len(part.header))
    if picked.sorts and (strange := _unlisted(part, numbers, asked, used)) is not None:
        raise DataError([strange])
    headed = () if names_at is None else check_header(part, numbers)
    layout: Layout = asked.layout or PARTICIPANT_ROWS
    against: tuple[Notice, ...] = ()
    if asked.layout is None:
        try:
            guessed = layouts.guess_layout(part, numbers, grid=asked.grid, known=asked.known)
            layout, against = guessed.layout, guessed.notices
        except DataError:
            message = "Nothing tells which way the table lies; each row was taken for a participant. If the rows are statements, choose the layout "
            against = (Notice("layout-taken", f"{message}{STATEMENT_ROWS}."),)
    names, texts = (front.index(j) if j in front else None for j in (names_at, texts_at))
    if layout == STATEMENT_ROWS:
        return statements_in_rows(part, numbers, named=(names, texts)), "statements in rows", (*_left_out(others), *notices, *headed, *against)
    certain = tuple(used) if picked.sorts else ()
    found = participants_in_rows(part, numbers, known=asked.known, named=(names,), certain=certain)
    found = replace(found, people=(*others, *found.people))
    return found, "participants in rows", (*notices, *headed, *against)


def _called_like_names(table: Table, sorts: Sequence[int]) -> int | None:
    """The first column besides the sorts that is called like participants or ids and names each row otherwise."""
    rows = [row for row in table.rows if any(row[j].strip() for j in sorts)]
    for known in (PARTICIPANT_HEADERS | PARTICIPANT_HEADERS_ELSEWHERE, STATEMENT_HEADERS, ID_HEADERS):
        for j, name in enumerate(table.header):
            cells = [row[j].strip() for row in rows]
            if sorts and j not in sorts and plain(name) in known and all(cells) and len(set(cells)) == len(cells):
                return j
    return None


def _part(table: Table, front: Sequence[int], sorts: Sequence[int], *, filled_only: bool) -> tuple[Table, tuple[Detail, ...], tuple[Notice, ...]]:
    """The named columns alone, names and wordings first, without the rows that hold no placement; the other columns; and what was left out."""
    kept = [*front, *sorts]
    rows = [i for i, row in enumerate(table.rows) if not filled_only or any(row[j].strip() for j in sorts)]
    said = []
    if len(rows) < len(table.rows):
        gone = [str(line) for i, line in enumerate(table.lines) if i not in set(rows)]
        message = f"{len(gone)} row(s) that hold nothing in the named columns were left out: line{'s' if len(gone) > 1 else ''} {listed(gone, 20)}."
        said.append(Notice("rows-without-placements", message))
    if not rows:
        raise DataError([Fault("nothing stands in the named columns", file=table.file, line=table.header_line, advice="Name others.")])
    part = replace(
        table,
        header=tuple(table.header[j] for j in kept),
        columns=tuple(table.columns[j] for j in kept),
        rows=[[table.rows[i][j] for j in kept] for i in rows],
        lines=[table.lines[i] for i in rows],
        wordings=tuple(table.wordings[j] for j in kept) if table.wordings else (),
        notices=(),
    )
    others = tuple(
        Detail(table.header[j], tuple([table.rows[i][j] for i in rows]), table.wordings[j] if table.wordings else "")
        for j in range(len(table.header))
        if j not in kept
    )
    return part, others, tuple(said)


def _left_out(others: Sequence[Detail]) -> tuple[Notice, ...]:
    """A notice of columns beside those of the participants, which tell nothing of these."""
    if not others:
        return ()
    names = listed([repr(one.name or "a column without a name") for one in others], 20)
    return (Notice("columns-ignored", f"{len(others)} other column(s) were left out: {names}."),)


def _unlisted(part: Table, numbers: FloatArray, asked: Asked, used: Sequence[int]) -> Fault | None:
    """One fault where the named columns hold words that no code explains."""
    words: dict[str, tuple[int, int]] = {}
    for i, j in np.argwhere(numbers[:, list(used)] == UNREADABLE).tolist():
        words.setdefault(part.rows[i][used[j]].strip(), (i, used[j]))
    if not words or (not asked.selection.codes and words_fault(part, numbers[:, list(used)], used) is None):
        return None
    return words_as_codes(part, words, asked.selection.codes, asked.grid)


def _called(found: Sorts, lies: str) -> Sorts:
    """Sorts from a file without a header: what it would have named is numbered."""
    if lies == "participants in rows":
        names = tuple(f"s{i}" for i in range(1, len(found.statements) + 1))
        message = "No line names the statements; they are called s1, s2, ... in the order of the columns."
        return replace(found, statements=names, notices=(*found.notices, Notice("statements-numbered", message)))
    if lies == "statements in rows":
        names = tuple(f"p{i}" for i in range(1, len(found.participants) + 1))
        message = "No line names the participants; they are called p1, p2, ... in the order of the columns."
        return replace(found, participants=names, notices=(*found.notices, Notice("participants-numbered", message)))
    return found


def _thousands(table: Table) -> tuple[Notice, ...]:
    """A notice of numbers such as 1,000, which may be a thousand as well as one."""
    found = [
        f"{row[j].strip()} (line {line}, column {table.columns[j]})"
        for row, line in zip(table.rows, table.lines, strict=True)
        for j in range(len(row))
        if len(row[j]) > 4 and _THOUSANDS.fullmatch(row[j].strip())
    ]
    if not found:
        return ()
    message = f"These numbers were read with decimals, not as thousands: {listed(found, 4)}. Write thousands without a sign between the digits."
    return (Notice("decimals-or-thousands", message),)
