"""Which way a table lies: what its headers, its names and its distributions say."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.headings import ID_HEADERS, NAMING_HEADERS, OTHER_HEADERS, PARTICIPANT_HEADERS, STATEMENT_HEADERS, plain, roles
from qmethod.formats.placements import UNREADABLE
from qmethod.formats.selection import range_of
from qmethod.formats.table import Table
from qmethod.grid import Grid
from qmethod.layouts import LONG, PARTICIPANT_ROWS, STATEMENT_ROWS
from qmethod.literals import Layout
from qmethod.notice import Notice

_STATEMENT_LIKE = re.compile(r"(s|st|sta|stm|stmt|statement|item|card|q|question)[ _.\-]?0*(\d{1,5})", re.IGNORECASE)
_PARTICIPANT_LIKE = re.compile(r"(p|part|participant|r|resp|respondent|person|subj|subject|user|sort|qsort|q-sort)[ _.\-]?0*(\d{1,7})", re.IGNORECASE)
_NUMBERED = re.compile(r"(.*?)0*(\d{1,5})")
_FEWEST = 3


def statement_like(name: str) -> bool:
    """Whether a name reads like that of a statement: s1, sta_07, Item 3."""
    return _STATEMENT_LIKE.fullmatch(name.strip()) is not None


def numbered_alike(names: Sequence[str]) -> bool:
    """Whether all names are one stem and the numbers 1 to N (or from 0): C01, C02, ..."""
    groups = _groups(names, _NUMBERED)
    return len(groups) == 1 and len(groups[0]) == len(names)


def statement_group(names: Sequence[str]) -> tuple[int, ...]:
    """Positions of the names that are certainly statements: one stem, numbered 1 to N (or from 0) without a gap; else none."""
    complete = _groups(names, _STATEMENT_LIKE)
    return complete[0] if len(complete) == 1 else ()


def question_like(name: str) -> bool:
    """Whether a name may as well be that of a question of a form: Q1."""
    return name.strip().lower().startswith("q")


def placed_groups(names: Sequence[str], numbers: FloatArray) -> list[tuple[int, ...]]:
    """Positions of the columns under each stem that is numbered 1 to N (or from 0) and holds placements throughout."""
    readable = (numbers != UNREADABLE).all(axis=0) & np.isfinite(numbers).any(axis=0)
    return [group for group in numbered_columns(names) if readable[list(group)].all()]


def numbered_group(names: Sequence[str], numbers: FloatArray) -> tuple[int, ...]:
    """Positions of the columns that hold placements under one stem, numbered 1 to N (or from 0), whatever it is; else none.

    Of several such groups it is the one whose rows all show one distribution.
    """
    groups = placed_groups(names, numbers)
    if len(groups) > 1:
        groups = [group for group in groups if alike(numbers[:, list(group)])]
    return groups[0] if len(groups) == 1 else ()


def numbered_columns(names: Sequence[str]) -> list[tuple[int, ...]]:
    """Positions of three names or more under one stem, numbered 1 to N (or from 0), for each such stem."""
    return [group for group in _groups(names, _NUMBERED) if len(group) >= _FEWEST]


def _groups(names: Sequence[str], form: re.Pattern[str]) -> list[tuple[int, ...]]:
    """Positions of names that share a stem and are numbered without a gap, from 1 or from 0."""
    groups: dict[str, dict[int, int]] = {}
    for position, name in enumerate(names):
        if found := form.fullmatch(name.strip()):
            group = groups.setdefault(found[1].lower(), {})
            group[-1 if int(found[2]) in group else int(found[2])] = position
    complete = []
    for group in groups.values():
        lowest = min(group)
        if len(group) > 1 and lowest in (0, 1) and max(group) - lowest == len(group) - 1:
            complete.append(tuple(sorted(group.values())))
    return complete


def holds_names(table: Table, numbers: FloatArray) -> bool:
    """Whether the first column holds names; not where it is one of several columns of placements that are numbered alike (Q1, Q2, ...)."""
    first = numbers[:, 0]
    if plain(table.header[0]) in NAMING_HEADERS or not table.header[0] or (first == UNREADABLE).any():
        return True
    readable = np.flatnonzero((numbers != UNREADABLE).all(axis=0)).tolist()
    return len(readable) < 2 or not (0 in statement_group(table.header) or numbered_alike([table.header[j] for j in readable]))


def counts(cells: FloatArray) -> bool:
    """Whether cells are 0, 1, 2, ... or 1, 2, 3, ..."""
    return bool(len(cells) > 1 and cells[0] in (0, 1) and (cells == cells[0] + np.arange(len(cells))).all())


def names_first(table: Table, numbers: FloatArray) -> tuple[Table, FloatArray]:
    """The same table with the column of the names in front, where its header says which that is and it stands elsewhere.

    Parameters
    ----------
    table : Table
    numbers : ndarray of shape (n_rows, n_columns)
        Its cells as placements.

    Notes
    -----
    A column is known to hold names by its header and by its cells, which are filled and different, and are words, numbers that no other column holds,
    or of statements the numbers of the rows. A first
    column that is called like one keeps its place, and so does a table with columns for participant, statement and value.
    """
    headers = [plain(name) for name in table.header]
    if headers[0] in NAMING_HEADERS and not counts(numbers[:, 0]):
        return table, numbers
    if {"statement", "participant", "value"} <= roles(table.header).keys() or statement_group(table.header):
        return table, numbers
    own = [
        j
        for known in (STATEMENT_HEADERS, ID_HEADERS, *([] if numbered_group(table.header, numbers) else [PARTICIPANT_HEADERS]))
        for j in range(len(headers))
        if headers[j] in known and _names_rows(table, numbers, j, numbered=known is STATEMENT_HEADERS)
    ]
    if not own or own[0] == 0 or (own[0] == 1 and headers[0] in {""} | ID_HEADERS):
        return table, numbers
    order = [own[0], *(j for j in range(len(headers)) if j != own[0])]
    moved = replace(
        table,
        header=tuple(table.header[j] for j in order),
        columns=tuple(table.columns[j] for j in order),
        rows=[[row[j] for j in order] for row in table.rows],
        wordings=tuple(table.wordings[j] for j in order) if table.wordings else (),
    )
    return moved, numbers[:, order]


def _names_rows(table: Table, numbers: FloatArray, column: int, *, numbered: bool) -> bool:
    """Whether the cells of a column are filled, different, and no placements; where that is allowed, the numbers of the rows are none."""
    cells = [row[column].strip() for row in table.rows]
    if not all(cells) or len(set(cells)) < len(cells):
        return False
    own = numbers[:, column]
    strange = np.isfinite(own).all() and not np.isin(own, np.delete(numbers, column, axis=1)).any()
    return bool((own == UNREADABLE).all() or strange or (numbered and counts(own)))


def likely_columns(table: Table, numbers: FloatArray) -> Setting | None:
    """How to name the columns that probably hold the placements, where others stand beside them: those numbered alike, or else the longest run.

    Parameters
    ----------
    table : Table
    numbers : ndarray of shape (n_rows, n_columns)
        Its cells as placements.
    """
    groups = sorted(placed_groups(table.header, numbers), key=len)
    found: tuple[int, ...] = groups[-1] if groups and (len(groups) == 1 or len(groups[-2]) < len(groups[-1])) else ()
    if not found:
        whole = (numbers != UNREADABLE).all(axis=0) & np.isfinite(numbers).any(axis=0) & (np.nan_to_num(numbers) % 1 == 0).all(axis=0)
        run: list[int] = []
        for j in range(len(table.header)):
            fits = whole[j] and plain(table.header[j]) not in NAMING_HEADERS | OTHER_HEADERS and table.header[j] and not counts(numbers[:, j])
            run = [*run, j] if fits else []
            found = tuple(run) if len(run) > len(found) else found
    return range_of(table.header, table.columns, found) if _FEWEST <= len(found) < len(table.header) else None


_Said = tuple[Layout, str]
_TELLING = 8


@dataclass(frozen=True, slots=True)
class Orientation:
    """The layout a table was taken for, with a notice where the evidence was not of one mind."""

    layout: Layout
    notices: tuple[Notice, ...] = ()


def guess_layout(table: Table, numbers: FloatArray, *, grid: Grid | None, known: Collection[str]) -> Orientation:
    """Decide which way a table lies.

    Parameters
    ----------
    table : Table
        The cells.
    numbers : ndarray of shape (n_rows, n_columns)
        The same cells as placements.
    grid : Grid or None
        The distribution of the design, where the user gave it.
    known : collection of str
        Ids of the statements, where the user gave a file of wordings.

    Returns
    -------
    Orientation
        With a notice where some evidence speaks against what was chosen.

    Raises
    ------
    DataError
        If nothing tells which way the table lies.

    Notes
    -----
    The first of these that says something decides: ids of the statements; the size of the grid; what the first columns are called; a column of
    participants' names further on; the orientation in which all sorts share a distribution; names numbered like statements or participants.
    """
    if _long_by_name(table, numbers):
        return Orientation(LONG)
    evidence = [
        said
        for said in (
            _by_ids(table, known),
            _by_grid(table, numbers, grid),
            _by_corner(table),
            _by_name_column(table, numbers),
            _by_distribution(table, numbers),
            _by_pattern(table, numbers),
        )
        if said is not None
    ]
    if not evidence:
        raise DataError([_undecided(table, numbers)])
    layout, why = evidence[0]
    against = next((said for other, said in evidence[1:] if other != layout), None)
    if against is None:
        return Orientation(layout)
    other = PARTICIPANT_ROWS if layout == STATEMENT_ROWS else STATEMENT_ROWS
    message = f"The table was read with {_words(layout)}, because {why}; but {against}. If that is wrong, choose the layout {other}."
    return Orientation(layout, (Notice("layout-conflict", message),))


def _words(layout: str) -> str:
    return layout.replace("-", " ")


def _undecided(table: Table, numbers: FloatArray) -> Fault:
    shape = _long_shape(table, numbers)
    if shape is not None:
        message = f"the table seems to be long, one placement a row ({shape}), but the header does not say which column is which"
        return Fault(message, file=table.file, line=table.header_line, advice="Call the columns participant, statement and value.")
    ways: tuple[Setting, ...] = Setting("layout", STATEMENT_ROWS), Setting("layout", PARTICIPANT_ROWS)
    advice = f"Choose the layout ({ways[0]} or {ways[1]}), or call the first column 'statement' or 'participant'."
    if (span := likely_columns(table, numbers)) is not None:
        advice = f"If each row is a participant and these columns hold the placements, say so: {span}. Else c{advice[1:]}"
        ways = span, *ways
    message = "it is not clear whether the rows are statements or participants"
    return Fault(message, file=table.file, line=table.header_line, advice=advice, settings=ways)


def _long_by_name(table: Table, numbers: FloatArray) -> bool:
    """Whether the header names participant, statement and value, and the statements recur as they do in a long table."""
    found = roles(table.header)
    if not {"statement", "participant", "value"} <= found.keys():
        return False
    statements = {row[found["statement"]] for row in table.rows}
    participants = {row[found["participant"]] for row in table.rows}
    named = bool((numbers[:, found["participant"]] == UNREADABLE).all())
    return len(statements) < len(table.rows) or (len(participants) == 1 and named)


def _by_ids(table: Table, known: Collection[str]) -> _Said | None:
    """Where the ids of the file of wordings stand."""
    if not known:
        return None
    wanted = {name.strip().casefold() for name in known}
    in_header = len(wanted & {name.casefold() for name in table.header})
    in_rows = max(len(wanted & {row[j].strip().casefold() for row in table.rows}) for j in range(min(2, len(table.header))))
    if max(in_header, in_rows) < len(wanted) or in_header == in_rows:
        return None
    layout = PARTICIPANT_ROWS if in_header > in_rows else STATEMENT_ROWS
    return layout, f"the ids of the statements stand in the {'header' if in_header > in_rows else 'rows'}"


def _by_grid(table: Table, numbers: FloatArray, grid: Grid | None) -> _Said | None:
    """Which side of the table is as long as the grid."""
    if grid is None:
        return None
    n_rows, n_columns = _block(table, numbers).shape
    if (n_rows == grid.n_statements) == (n_columns == grid.n_statements):
        return None
    layout = STATEMENT_ROWS if n_rows == grid.n_statements else PARTICIPANT_ROWS
    return layout, f"the grid holds {grid.n_statements} statements, as many as the {'rows' if layout == STATEMENT_ROWS else 'columns'}"


def _by_corner(table: Table) -> _Said | None:
    """What the first columns are called."""
    corner, found = plain(table.header[0]), roles(table.header)
    if corner in PARTICIPANT_HEADERS:
        return PARTICIPANT_ROWS, f"the first column is called {table.header[0]!r}"
    for position in (found.get("statement"), found.get("text")):
        if position is not None and position < 2:
            return STATEMENT_ROWS, f"a column is called {table.header[position]!r}"
    return None


def _by_name_column(table: Table, numbers: FloatArray) -> _Said | None:
    """A column further on that is called like the participants' and holds a text of its own in each row, beside columns that are numbered alike."""
    if not (statement_group(table.header) or numbered_group(table.header, numbers)):
        return None
    for j, name in enumerate(table.header):
        if plain(name) in PARTICIPANT_HEADERS and (numbers[:, j] == UNREADABLE).all() and len({row[j] for row in table.rows}) == len(table.rows):
            return PARTICIPANT_ROWS, f"a column is called {name!r}"
    return None


def _by_pattern(table: Table, numbers: FloatArray) -> _Said | None:
    """What names that are numbered alike say; nothing where they contradict one another."""
    firsts, others = [row[0].strip() for row in table.rows], table.header[1:]
    if not holds_names(table, numbers):
        firsts, others = [], table.header
    votes = []
    for names, like_statements, like_participants, where in (
        (firsts, STATEMENT_ROWS, PARTICIPANT_ROWS, "rows"),
        (others, PARTICIPANT_ROWS, STATEMENT_ROWS, "columns"),
    ):
        if len(names) > 1 and (statement_group(names) or all(map(statement_like, names))):
            votes.append((like_statements, f"the {where} are called like statements"))
        elif len(names) > 1 and all(_PARTICIPANT_LIKE.fullmatch(name) for name in names):
            votes.append((like_participants, f"the {where} are called like participants"))
    return votes[0] if len({layout for layout, _ in votes}) == 1 else None


def _by_distribution(table: Table, numbers: FloatArray) -> _Said | None:
    """The orientation in which all sorts share a distribution; None where both or neither do."""
    block = _block(table, numbers)
    if block.size == 0:
        return None
    columns, rows = alike(block.T), alike(block)
    if columns == rows:
        return None
    layout = STATEMENT_ROWS if columns else PARTICIPANT_ROWS
    return layout, f"all {'columns' if columns else 'rows'} show one distribution, as sorts do"


def _block(table: Table, numbers: FloatArray) -> FloatArray:
    """The columns that hold placements: all of them numbers, and not the names in the first column."""
    use = (numbers != UNREADABLE).all(axis=0)
    group = numbered_group(table.header, numbers)
    if group:
        use[[j for j in range(len(use)) if j not in group]] = False
    first = numbers[:, 0]
    if plain(table.header[0]) in {""} | ID_HEADERS | PARTICIPANT_HEADERS or (len(np.unique(first)) == len(first) and holds_names(table, numbers)):
        use[0] = False
    return numbers[:, use]


def alike(sorts: FloatArray) -> bool:
    """Whether all rows are arrangements of the same values, of which at least one repeats; two short rows may be so by chance."""
    if len(sorts) < 2 or (len(sorts) == 2 and sorts.shape[1] < _TELLING) or np.isnan(sorts[0]).any():
        return False
    first = np.sort(sorts[0])
    if (first[1:] == first[:-1]).sum() == 0 or first[0] == first[-1]:
        return False
    return all(bool((np.sort(sorts[start : start + 8192], axis=1) == first).all()) for start in range(0, len(sorts), 8192))


def _long_shape(table: Table, numbers: FloatArray) -> str | None:
    """Words for why a table without telling headers looks long; None where it does not."""
    if len(table.header) != 3 or len(table.rows) < 4:
        return None
    for value in range(3):
        a, b = (j for j in range(3) if j != value)
        firsts, seconds = {row[a] for row in table.rows}, {row[b] for row in table.rows}
        if (numbers[:, value] != UNREADABLE).all() and len(firsts) * len(seconds) == len(table.rows) and min(len(firsts), len(seconds)) > 1:
            return f"{len(firsts)} x {len(seconds)} names in {len(table.rows)} rows"
    return None
