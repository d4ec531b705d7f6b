"""The lines above the sorts: which of them is the header, what its words mean, and whether it is a header at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.placements import UNREADABLE, is_placement, placement
from qmethod.minus import MINUSES
from qmethod.notice import Notice

if TYPE_CHECKING:
    from qmethod.formats.table import Table

_PEEK = 200
_HIGHEST = 12
_SHOWN = 6
_TELLING = ("participant", "respondent", "teilnehm", "statement", "wording")
_IMPORT_ID = re.compile(r"""\{\s*['"]+ImportId""")


def _words_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


STATEMENT_HEADERS = _words_of(
    "statement statements statementid statementno statementnumber statementnr statementcode statno statnr statid sta "
    "item items itemid card cards cardid"
)
TEXT_HEADERS = _words_of("text texts statementtext wording wordings statementwording itemtext fulltext")
ID_HEADERS = STATEMENT_HEADERS | _words_of("id ids no nr number code index")
PARTICIPANT_HEADERS = _words_of(
    "participant participants participantid participantname participantuid respondent respondents respondentid name names person personid "
    "sort sortid sortname qsort qsortid qsortname pid uid sid subject subjectid user userid usercode case caseid responseid"
)
NAMING_HEADERS = ID_HEADERS | TEXT_HEADERS | PARTICIPANT_HEADERS
VALUE_HEADERS = _words_of("value values placement placements score scores sortvalue qvalue qsortvalue rating ratings rank position column gridvalue")
OTHER_HEADERS = _words_of(
    "age gender sex date time datetime timestamp duration seconds minutes year birthyear yearofbirth country region zip postcode income education "
    "language lang ip ipaddress comment comments note notes remark remarks npos nneu nneg"
)
FACTOR_HEADERS = _words_of("factor factors viewpoint viewpoints")
DEFINES_HEADERS = _words_of("defines defining flag flagged")
REASON_HEADERS = _words_of("reason reasons why")
FIRST_HEADERS = _words_of("first firstsort sort1 before test t1 time1")
SECOND_HEADERS = _words_of("second secondsort sort2 after again retest t2 time2")
TAG_HEADERS = _words_of("tag tags")
PARTICIPANT_HEADERS_ELSEWHERE = _words_of(
    "teilnehmer teilnehmerin teilnehmende teilnehmendenid teilnehmerid teilnehmercode proband probandin probandenid pseudonym kürzel "
    "participante participantes idparticipante idparticipant deelnemer partecipante"
)


@dataclass(frozen=True, slots=True)
class Top:
    """Where the parts of a table stand among its rows.

    Parameters
    ----------
    header : int
        The row with the names of the columns; those above it are titles and comments.
    body : int
        The first row below the header.
    texts : int or None
        The row between the two that holds the wording of each column.
    """

    header: int
    body: int
    texts: int | None = None


def plain(header: str) -> str:
    """A header without case, blanks and punctuation.

    >>> plain("Statement ID")
    'statementid'
    """
    return re.sub(r"[\W_]+", "", header).lower()


def names_of(row: Sequence[str]) -> set[str]:
    """What the cells of a row could be called, as `plain` writes it: those that are no numbers."""
    return {plain(cell) for cell in row if not is_placement(cell)}


def find_header(rows: Sequence[Sequence[str]], names: Collection[str]) -> int:
    """Which of the first rows names the columns of a table whose columns are known; what stands above it are titles and comments.

    Parameters
    ----------
    rows : sequence of sequence of str
        Rows that are not blank, of any length; at least one.
    names : collection of str
        What columns may be called, as `plain` writes it.

    Returns
    -------
    int
        The row that names most of them. Below the first row, one that names a single column counts only where it says participant or statement, those
        above it hold one cell or begin with #, or no line holds more than one. Where none names any, the first that does not begin with #.
    """
    named = [len(names_of(row).intersection(names)) for row in rows[:_HIGHEST]]
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    at = named.index(max(named))
    if named[at] == 1 and filled[at] == 1:  # a list: a word that also names it may be its title
        at = max(i for i in range(at, len(named)) if named[at : i + 1] == [1] * (i - at + 1) and filled[i] == 1)
    above = all(filled[i] < 2 or is_remark(rows[i], longest=0) for i in range(at))
    alone = filled[at] == 1 and max(filled[at:]) == 1
    sure = any(name.startswith(_TELLING) for name in names_of(rows[at]).intersection(names))
    if named[at] > 1 or (named[at] == 1 and (alone or (len(rows[at]) > 1 and (above or sure)))):
        return at
    return next((i for i, row in enumerate(rows[:_HIGHEST]) if not is_remark(row, longest=0)), 0)


def is_remark(row: Sequence[str], longest: int) -> bool:
    """Whether a row is a comment: it begins with # and words, or is shorter than others, and holds no number.

    Parameters
    ----------
    row : sequence of str
    longest : int
        Number of cells that the longest row fills.
    """
    first = row[0].lstrip()
    if not first.startswith("#") or any(cell.strip() and is_placement(cell) for cell in row[1:]):
        return False
    extent = max((j + 1 for j, cell in enumerate(row) if cell.strip()), default=0)
    return first[1:2].isspace() or len(row) < longest or (extent < longest and first[1:2].isalpha())


def roles(header: Sequence[str]) -> dict[str, int]:
    """Position of the first column whose header names each role: statement, text, participant, value."""
    found: dict[str, int] = {}
    names = (("statement", STATEMENT_HEADERS), ("text", TEXT_HEADERS), ("participant", PARTICIPANT_HEADERS), ("value", VALUE_HEADERS))
    for position, name in enumerate(map(plain, header)):
        for role, known in names:
            if name in known:
                found.setdefault(role, position)
    if "value" in found:
        found["value"] = value_columns(header)[0]
    return found


def value_columns(header: Sequence[str]) -> list[int]:
    """Columns that may hold placements by what they are called; only those called value or placement, which mean nothing else, if any are."""
    names = [plain(name) for name in header]
    plainest = [position for position, name in enumerate(names) if name in ("value", "values", "placement", "placements")]
    return plainest or [position for position, name in enumerate(names) if name in VALUE_HEADERS]


def columns_of(header: Sequence[str], wanted: Mapping[str, Collection[str]]) -> dict[str, int] | None:
    """Position of each wanted column, where the header names each of them once, in any order, and no others.

    Parameters
    ----------
    header : sequence of str
    wanted : mapping of str to collection of str
        What each column may be called, as `plain` writes it.
    """
    found: dict[str, int] = {}
    for position, name in enumerate(map(plain, header)):
        role = next((role for role, known in wanted.items() if name in known), None)
        if role is None or role in found:
            return None
        found[role] = position
    return found if len(found) == len(wanted) else None


def id_and_text(header: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> tuple[int | None, int | None]:
    """Positions of the ids of statements and of their wordings.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
        What stands below it, where that is known.

    Notes
    -----
    A column that is called exactly like wordings is theirs. Of others whose names begin with text, or that are called like statements beside the
    ids, it is the one with the longest cells. Columns of numbers hold no wordings where another column may.
    """
    names = [plain(name) for name in header]
    ids = names.index("id") if "id" in names else next((j for j, name in enumerate(names) if name in ID_HEADERS), None)
    others = [j for j in range(len(names)) if j != ids]
    exact = [j for j in others if names[j] in TEXT_HEADERS]
    alike = [j for j in others if names[j].startswith("text")] + [j for j in others if names[j] in STATEMENT_HEADERS]
    may_be = [*exact, *(j for j in alike if j not in exact)]
    worded = [j for j in may_be if not rows or not all(is_placement(row[j]) for row in rows if j < len(row))] or may_be
    if not worded or worded[0] in exact:
        return ids, worded[0] if worded else None
    return ids, max(worded, key=lambda j: sum(len(row[j].strip()) for row in rows if j < len(row)))


def find_top(rows: Sequence[Sequence[str]], *, known: bool = False) -> Top:
    """Tell titles and comments, the header and the rows below it apart.

    Parameters
    ----------
    rows : sequence of sequence of str
        Rows that are not blank, of any length; at least one.
    known : bool
        Whether it is known that the first row is the header.

    Notes
    -----
    A title fills at most half as many cells as most rows do, or one above a line of words, which is the header. What else stands above a header is
    known by the line below it: one that names roles, as ``participant`` or ``statement`` do, and holds no number. Qualtrics writes the header in
    three lines, the last of which has an ``ImportId`` in each cell.
    """
    usual = median(sum(1 for cell in row if cell.strip()) for row in rows[:_PEEK])
    header = 0 if known else _named_header(rows, usual)
    while not known and header < len(rows) - 2 and _is_title(rows[header], _below(rows, header), usual):
        header += 1
    for body in range(header + 2, min(header + 5, len(rows) + 1)):
        filled = [cell for cell in rows[body - 1] if cell.strip()]
        if sum(_IMPORT_ID.match(cell.strip()) is not None for cell in filled) > len(filled) / 2:
            return Top(header, body, header + 1 if body == header + 3 else None)
    return Top(header, header + 1)


def _named_header(rows: Sequence[Sequence[str]], usual: float) -> int:
    """The first row if nothing else is known, or the first one that names roles, where it stands above numbers and none above it names any."""
    for at in range(min(_HIGHEST, len(rows) - 1)):
        if roles(rows[at]):
            return at if at == 0 or _could_be_header(rows[at], _below(rows, at), usual) else 0
    return 0


def _below(rows: Sequence[Sequence[str]], at: int) -> list[Sequence[str]]:
    """The next rows below one that are no comments; all those where that leaves none."""
    below = rows[at + 1 : at + _HIGHEST]
    return [row for row in below if not is_remark(row, longest=0)] or list(below)


def _is_title(row: Sequence[str], below: Sequence[Sequence[str]], usual: float) -> bool:
    """Whether a row is no header: it fills too few cells, or is a comment above one."""
    filled = sum(1 for cell in row if cell.strip())
    if filled <= usual / 2 and filled < usual - 1:
        return True
    wider = [other for other in below if sum(1 for cell in other if cell.strip()) > 1 or not other[0].strip()]
    if filled == 1 < usual and row[0].strip() and len(wider) > 1 and not any(map(is_placement, filter(None, wider[0]))):
        return True
    comment = row[0].lstrip().startswith("#") and len(row[0].strip()) > 1
    return comment and len(below) > 1 and _could_be_header(below[0], below[1:2], usual)


def _could_be_header(row: Sequence[str], below: Sequence[Sequence[str]], usual: float) -> bool:
    """Whether a row holds different names and stands above one with numbers.

    Names may be numbers themselves where the first is a word for names, and none of them is a placement of the rows below.
    """
    names = [cell.strip() for cell in row if cell.strip()]
    if len(names) < usual - 1 or len(set(names)) < len(names) or not any(is_placement(cell) for cell in below[0] if cell.strip()):
        return False
    numbers = {placement(name) for name in names} - {UNREADABLE}
    values = {placement(cell) for other in below for cell in other[1:] if cell.strip()}
    return not numbers or (plain(names[0]) in NAMING_HEADERS and numbers.isdisjoint(values))


def check_header(table: Table, numbers: FloatArray) -> tuple[Notice, ...]:
    """Refuse a table whose header is a sort.

    Parameters
    ----------
    table : Table
        The cells.
    numbers : ndarray of shape (n_rows, n_columns)
        The same cells as placements.

    Returns
    -------
    tuple of Notice
        Where the header may be one, or may be none.

    Raises
    ------
    DataError
        Naming the line.

    Notes
    -----
    Above columns of placements stand numbers only. They are placements, not names, where the first cell goes on with the first column (P1 above
    P2, P3, ...), or where the first cell is no word for a column and the numbers repeat, have a sign or a fraction, or lie among the
    placements in no order. Numbers that ascend may be names; this is said where they lie among the placements.
    """
    held = (numbers != UNREADABLE).all(axis=0) & np.isfinite(numbers).any(axis=0)
    cells = [(j, cell) for j, cell in enumerate(table.header) if held[j] and cell]
    names = np.array([placement(cell) for _, cell in cells])
    if len(cells) < 2 or not np.isfinite(names).all():
        return ()
    first = plain(table.header[0])
    word = first in NAMING_HEADERS or not table.header[0]
    doubled = len(np.unique(names)) < len(names)
    body = numbers[:, [j for j, _ in cells]]
    among = bool(np.nanmin(body) <= names.min() and names.max() <= np.nanmax(body))
    signed = any(cell[0] in f"+-{MINUSES}" or (among and placement(cell) % 1) for _, cell in cells)
    ascending = bool((np.diff(names) > 0).all())
    shown = ", ".join(cell for _, cell in cells[:_SHOWN]) + (", ..." if len(cells) > _SHOWN else "")
    at = cells[0][0]
    if _goes_on(table) or (not word and (doubled or signed or (among and not ascending))) or (not table.header[0] and doubled):
        message = f"line {table.header_line} reads as a sort ({shown}), not as the names of the columns: the table seems to have no header"
        none = Setting("header", False)
        advice = f"If it has none, say so: {none}. Or put a line above it that begins with 'statement' or 'participant', whichever the rows are."
        raise DataError([Fault(message, file=table.file, line=table.header_line, column=table.columns[at], advice=advice, settings=(none,))])
    if signed or (among and not word):
        message = (
            f"The names of the columns in line {table.header_line} read as placements, from column {table.columns[at]} on ({shown}). "
            "If that line is a sort, the table has no header, and the sort was lost: put a line with names above it."
        )
        return (Notice("header-like-sort", message),)
    return ()


def _goes_on(table: Table) -> bool:
    """Whether the first cell of the header is one name more of the first column, or a number where the names do not count from 1."""
    if is_placement(table.header[0]) and table.header[0]:
        return [placement(cell) for cell in table.header] != list(range(1, len(table.header) + 1))
    own = re.fullmatch(r"(.*?)0*(\d{1,7})", table.header[0])
    others = [re.fullmatch(r"(.*?)0*(\d{1,7})", row[0].strip()) for row in table.rows]
    if own is None or not own[1] or not all(others):
        return False
    same = all(other[1] == own[1] for other in others if other)
    return same and own[2] not in {other[2] for other in others if other}


def labels_tell(labels: Sequence[str], names: Sequence[str]) -> bool:
    """Whether labels of variables can be wordings: not where each is the name of its variable, nor where one is that of all.

    Parameters
    ----------
    labels : sequence of str
        Empty where a variable has none.
    names : sequence of str
        Of the variables.

    Examples
    --------
    >>> labels_tell(["Trees.", ""], ["a", "b"]), labels_tell(["a", ""], ["a", "b"]), labels_tell(["Trees.", "Trees."], ["a", "b"])
    (True, False, False)
    """
    others = any(label and label != name for label, name in zip(labels, names, strict=True))
    return others and (len(set(labels)) > 1 or len(labels) == 1)
