"""Which way a table lies: what its headers, its names and its distributions say."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from qmethod.data import FloatArray, Grid, Notice
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats.placements import UNREADABLE
from qmethod.formats.table import Table

STATEMENT_ROWS = "statements-in-rows"
PARTICIPANT_ROWS = "participants-in-rows"
LONG = "long"
LAYOUTS = (STATEMENT_ROWS, PARTICIPANT_ROWS, LONG)


def _words_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


STATEMENT_HEADERS = _words_of(
    "statement statements statementid statementno statementnumber statementnr statementcode sta item items itemid card cards cardid"
)
TEXT_HEADERS = _words_of("text texts statementtext wording wordings statementwording itemtext fulltext")
ID_HEADERS = STATEMENT_HEADERS | _words_of("id ids no nr number code index")
PARTICIPANT_HEADERS = _words_of(
    "participant participants participantid participantname participantuid respondent respondents respondentid name names person personid "
    "sort sortid sortname qsort qsortid qsortname pid uid sid subject subjectid user userid case caseid"
)
VALUE_HEADERS = _words_of("value values placement placements score scores sortvalue qvalue qsortvalue rating ratings rank position column gridvalue")
OTHER_HEADERS = _words_of(
    "age gender sex date time datetime timestamp duration seconds minutes year birthyear yearofbirth country region zip postcode income education "
    "language lang ip ipaddress comment comments note notes remark remarks npos nneu nneg"
)

_STATEMENT_LIKE = re.compile(r"(s|st|sta|stm|stmt|statement|item|card)[ _.\-]?0*(\d{1,5})", re.IGNORECASE)
_PARTICIPANT_LIKE = re.compile(r"(p|part|participant|r|resp|respondent|person|subj|subject|user|sort|qsort|q-sort)[ _.\-]?0*(\d{1,7})", re.IGNORECASE)


def plain(header: str) -> str:
    """A header without case, blanks and punctuation.

    >>> plain("Statement ID")
    'statementid'
    """
    return re.sub(r"[\W_]+", "", header).lower()


def statement_like(name: str) -> bool:
    """Whether a name reads like that of a statement: s1, sta_07, Item 3."""
    return _STATEMENT_LIKE.fullmatch(name.strip()) is not None


def numbered_alike(names: Sequence[str]) -> bool:
    """Whether all names are one stem and the numbers 1 to N (or from 0): C01, C02, ..."""
    parts = [re.fullmatch(r"(\D*)0*(\d{1,5})", name.strip()) for name in names]
    numbers = sorted(int(part[2]) for part in parts if part)
    one_stem = len({part[1].lower() for part in parts if part}) == 1
    return one_stem and len(numbers) == len(names) and numbers in (list(range(len(names))), list(range(1, len(names) + 1)))


def statement_group(names: Sequence[str]) -> tuple[int, ...]:
    """Positions of the names that are certainly statements: one stem, numbered 1 to N (or from 0) without a gap; else none."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for position, name in enumerate(names):
        found = _STATEMENT_LIKE.fullmatch(name.strip())
        if found:
            groups.setdefault(found[1].lower(), []).append((int(found[2]), position))
    complete = [
        group
        for group in groups.values()
        if len(group) > 1 and sorted(number for number, _ in group) in (list(range(len(group))), list(range(1, len(group) + 1)))
    ]
    if len(complete) != 1:
        return ()
    return tuple(sorted(position for _, position in complete[0]))


_Said = tuple[str, str]
_TELLING = 8


@dataclass(frozen=True, slots=True)
class Orientation:
    """The layout a table was taken for, with a notice where the evidence was not of one mind."""

    layout: str
    notices: tuple[Notice, ...] = ()


def check_layout(layout: str | None) -> None:
    """Refuse a layout that does not exist.

    Raises
    ------
    PolicyError
        Listing the layouts there are.
    """
    if layout is not None and layout not in LAYOUTS:
        raise PolicyError(f"there is no layout {layout!r}; the layouts are {', '.join(LAYOUTS)}")


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
    The first of these that says something decides: ids of the statements; the size of the grid; what the first columns are called; the
    orientation in which all sorts share a distribution; names numbered like statements or participants.
    """
    if _long_by_name(table, numbers):
        return Orientation(LONG)
    evidence = [
        said
        for said in (
            _by_ids(table, known),
            _by_grid(table, numbers, grid),
            _by_corner(table),
            _by_distribution(table, numbers),
            _by_pattern(table),
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


def roles(header: Sequence[str]) -> dict[str, int]:
    """Position of the first column whose header names each role: statement, text, participant, value."""
    found: dict[str, int] = {}
    names = (("statement", STATEMENT_HEADERS), ("text", TEXT_HEADERS), ("participant", PARTICIPANT_HEADERS), ("value", VALUE_HEADERS))
    for position, name in enumerate(map(plain, header)):
        for role, known in names:
            if name in known:
                found.setdefault(role, position)
    return found


def _words(layout: str) -> str:
    return layout.replace("-", " ")


def _undecided(table: Table, numbers: FloatArray) -> Fault:
    shape = _long_shape(table, numbers)
    if shape is not None:
        message = f"the table seems to be long, one placement a row ({shape}), but the header does not say which column is which"
        return Fault(message, file=table.file, line=table.header_line, advice="Call the columns participant, statement and value.")
    advice = f"Choose the layout (--layout {STATEMENT_ROWS} or --layout {PARTICIPANT_ROWS}), or call the first column 'statement' or 'participant'."
    return Fault("it is not clear whether the rows are statements or participants", file=table.file, line=table.header_line, advice=advice)


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


def _by_pattern(table: Table) -> _Said | None:
    """What names that are numbered alike say; nothing where they contradict one another."""
    firsts, others = [row[0].strip() for row in table.rows], table.header[1:]
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
    first = numbers[:, 0]
    if plain(table.header[0]) in {""} | ID_HEADERS | PARTICIPANT_HEADERS or len(np.unique(first)) == len(first):
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
