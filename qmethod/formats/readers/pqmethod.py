"""PQMethod .DAT: fixed columns, read with the tolerance that files in the wild need.

Line 1 holds an integer (columns 1-3), the number of sorts (4-6), the number of statements (7-9) and a title (11-78). Line 2 holds
22 fields of three columns: lowest and highest value, then how many statements the values -6 to 13 take. Each further line is a
sort: a name of eight columns, two blanks, and a value of two columns for each statement.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats.declared import borne_out, of_counts
from qmethod.formats.placements import compact
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import Document, lines_of
from qmethod.formats.wordings import with_wordings_beside
from qmethod.formats.writing import HIGHEST, LOWEST, NAME_WIDTH
from qmethod.grid import Grid
from qmethod.notice import Notice
from qmethod.wording import listed

_PEEK = 20_000
VALUES_AT = 10

_FREE_HEADER = re.compile(r"\s*(\d{1,6})\s+(\d{1,6})\s+(\d{1,6})(?:\s+(.*))?")
_TOKEN = re.compile(r"[+-]?\d{1,3}")
_FIELD = re.compile(r"[ \t]*-?\d+[ \t]*")
_SAID = {
    "cut": ("pqmethod-cut", "Values are missing at the end of these lines or inside them: {who}. They count as missing placements."),
    "long-name": (
        "pqmethod-names-shifted",
        "These names are longer than eight columns and shift what follows; the values were counted from the end of the line: {who}.",
    ),
    "free": ("pqmethod-free-columns", "These lines do not keep the fixed columns; they were split at blanks and tabs: {who}."),
}


@dataclass(frozen=True, slots=True)
class _Header:
    n_sorts: int
    n_statements: int
    fixed: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """One sort as its line gives it, and which tolerance it needed."""

    name: str
    values: list[float]
    tolerance: str = ""


def _sniff(content: Content) -> Found | None:
    """Whether the first two lines are those of a PQMethod file; a .DAT that is no table either counts as one."""
    if (text := content.text) is None:
        return None
    lines, named = lines_of(text[:_PEEK]), content.path.suffix.lower() == ".dat"
    if _header(lines[0]) is not None and len(lines) > 1 and (named or _integers(lines[1])):
        return Found("line 1 holds counts of sorts and statements, and line 2 whole numbers" if _integers(lines[1]) else "line 1 holds counts")
    if named and not re.search(r"^[\[{]|[,;\t|\x1e\x1f]", lines[0]) and not re.match(r".{8}[ \d]{6}\s*$", lines[0]):
        return Found("it is called .dat and is no table")
    return None


def _read(content: Content, asked: Asked) -> Sorts:
    found = read_pqmethod(content.document, content.decoded.text)
    return found if asked.wordings else with_wordings_beside(found, content.document, content.encoding)


def read_pqmethod(document: Document, text: str) -> Sorts:
    """Read a PQMethod .DAT file.

    Parameters
    ----------
    document : Document
        The file, for messages.
    text : str
        Its text.

    Returns
    -------
    Sorts
        Statements are called s1, s2, ... The grid is the distribution of line 2 where at least one sort follows it.

    Raises
    ------
    DataError
        Naming every line and column that cannot be read.
    """
    lines = lines_of(text)
    header = _checked_header(document, lines)
    frequencies = _integers(lines[1])
    numbered = [(number, line) for number, line in enumerate(lines[1:], start=2) if line.strip()]
    notices = []
    if frequencies:
        numbered = numbered[1:]
    else:
        notices.append(Notice("pqmethod-line-2", "Line 2 does not hold the distribution; the distribution was taken from the sorts."))
    if not header.fixed:
        notices.append(Notice("pqmethod-line-1", "Line 1 does not keep the fixed columns; its numbers were told apart by blanks."))
    miscounted = _miscounted(document, numbered, header)
    rows, faults = ([], [miscounted]) if miscounted else _rows(document, numbered, header)
    if len(numbered) < header.n_sorts:
        message = f"line 1 declares {header.n_sorts} sorts, {len(numbered)} follow; the file may have been cut short"
        advice = "If the file is whole, correct the number in columns 4 to 6 of line 1."
        faults.append(Fault(message, file=document.file, line=1, advice=advice))
    if faults:
        raise DataError(faults)
    if len(numbered) > header.n_sorts:
        message = f"Line 1 declares {header.n_sorts} sorts, but {len(numbered)} follow; all were read."
        notices.append(Notice("pqmethod-more-sorts", message, participants=tuple(row.name for row in rows[header.n_sorts :])))
    sorts = np.array([row.values for row in rows]).T
    names = tuple(row.name for row in rows)
    notices += _tolerances(rows)
    grid = None
    if frequencies:
        grid, said = _grid(lines[1], sorts, names)
        notices += said
    statements = tuple(f"s{i}" for i in range(1, header.n_statements + 1))
    return Sorts(compact(sorts), statements, names, (), tuple(notices), grid=grid, kind="PQMethod .DAT")


def _integers(line: str) -> bool:
    """Whether a line holds whole numbers only."""
    return not line.strip(" \t-0123456789") and re.search(r"\d", line) is not None


def _header(line: str) -> _Header | None:
    """Counts of line 1, by column, else by blanks."""
    fields = [line[0:3], line[3:6], line[6:9]]
    if all(re.fullmatch(r" *\d+", field) for field in fields) and not line[9:10].strip():
        return _Header(int(fields[1]), int(fields[2]), fixed=True)
    free = _FREE_HEADER.fullmatch(line)
    return _Header(int(free[2]), int(free[3]), fixed=False) if free else None


def _checked_header(document: Document, lines: Sequence[str]) -> _Header:
    header = _header(lines[0])
    form = "Line 1 of a PQMethod file is like '  0  9 33 Title': sorts in columns 4-6, statements in columns 7-9."
    if header is None:
        raise document.fault("line 1 does not hold the number of sorts and of statements", line=1, advice=form)
    if header.n_sorts < 1 or header.n_statements < 2:
        message = f"line 1 declares {header.n_sorts} sorts of {header.n_statements} statements"
        raise document.fault(message, line=1, advice=form)
    if len(lines) < 3:
        raise document.fault("no sort follows the first two lines", line=len(lines), advice="Each sort needs a line of its own from line 3 on.")
    return header


def _rows(document: Document, numbered: Sequence[tuple[int, str]], header: _Header) -> tuple[list[_Row], list[Fault]]:
    rows: list[_Row] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, line in numbered:
        row = _row(line, header.n_statements)
        if row is None:
            faults += _row_faults(document, number, line, header.n_statements)
            continue
        advice = "Give each sort a name of its own."
        if not row.name:
            faults.append(Fault("a sort has no name", file=document.file, line=number, column=1, advice=advice))
        elif first.setdefault(row.name, number) != number:
            message = f"two sorts are called {row.name!r}, here and in line {first[row.name]}"
            faults.append(Fault(message, file=document.file, line=number, column=1, advice=advice))
        rows.append(row)
    return rows, faults


def _miscounted(document: Document, numbered: Sequence[tuple[int, str]], header: _Header) -> Fault | None:
    """A fault where all sorts hold the same number of values and line 1 declares another."""
    holds = {len(line.rstrip()) - VALUES_AT for _, line in numbered if "\t" not in line}
    if len(holds) != 1 or any("\t" in line for _, line in numbered):
        return None
    n, half = divmod(holds.pop(), 2)
    if half or n < 2 or n == header.n_statements:
        return None
    for _, line in numbered:
        if line[NAME_WIDTH:VALUES_AT].strip() or _fields(line.rstrip()[VALUES_AT:], n) is None:
            return None
    if n < header.n_statements and len(numbered) < 2:
        return None
    message = f"line 1 declares {header.n_statements} statements, the sorts hold {n} values each"
    return Fault(message, file=document.file, line=1, advice="Correct the number in columns 7 to 9 of line 1, or export the file again.")


def _row(line: str, n: int) -> _Row | None:
    """One sort: by its fixed columns, else counted from the end of the line, else split at blanks."""
    line = line.rstrip()
    if "\t" not in line:
        if not line[NAME_WIDTH:VALUES_AT].strip() and len(line) <= VALUES_AT + 2 * n:
            values = _fields(line[VALUES_AT:], n)
            if values is not None and any(value == value for value in values):
                return _Row(line[:NAME_WIDTH].strip(), values, "cut" if any(value != value for value in values) else "")
        if len(line) >= VALUES_AT + 2 * n and line[NAME_WIDTH:VALUES_AT].strip():
            values = _fields(line[-2 * n :], n)
            if values is not None and all(value == value for value in values):
                return _Row(line[: -2 * n].strip(), values, "long-name")
    tokens = line.split()
    name, placed = tokens[:-n], tokens[-n:]
    named = name and (len(name) == 1 or not _TOKEN.fullmatch(name[-1]) or line.count("\t") == n)
    if named and all(map(_TOKEN.fullmatch, placed)):
        return _Row(" ".join(name), [float(value) for value in placed], "free")
    return None


def _fields(body: str, n: int) -> list[float] | None:
    """Values of two columns each, NaN for a blank one; None where a field is no number."""
    values = []
    for i in range(n):
        field = body[2 * i : 2 * i + 2]
        if not field.strip():
            values.append(np.nan)
        elif len(field) == 2 and _FIELD.fullmatch(field):
            values.append(float(field))
        else:
            return None
    return values


def _row_faults(document: Document, number: int, line: str, n: int) -> list[Fault]:
    """What is wrong with a line that cannot be read."""
    line = line.rstrip()
    name = line[:NAME_WIDTH].strip() or None
    advice = "A sort is a name in columns 1-8, two blanks, and two columns for each value."
    place = {"file": document.file, "line": number, "participant": name, "advice": advice}
    if "\t" in line or len(line) > VALUES_AT + 2 * n:
        return [Fault(f"the line does not hold a name and {n} values", **place)]  # type: ignore[arg-type]
    body = line[VALUES_AT:]
    if not body.strip():
        return [Fault("the line holds no values", **place)]  # type: ignore[arg-type]
    wrong = [i for i in range(n) if body[2 * i : 2 * i + 2].strip() and _fields(body[2 * i : 2 * i + 2], 1) is None]
    if len(wrong) > max(3, n // 4):
        return [Fault(f"the line does not hold {n} values of two columns each", column=VALUES_AT + 1, **place)]  # type: ignore[arg-type]
    if not wrong:
        return [Fault("columns 9 and 10 must be blank", column=NAME_WIDTH + 1, **place)]  # type: ignore[arg-type]
    return [
        Fault(f"{body[2 * i : 2 * i + 2]!r} is not a placement", column=VALUES_AT + 1 + 2 * i, statement=f"s{i + 1}", **place)  # type: ignore[arg-type]
        for i in wrong
    ]


def _tolerances(rows: Sequence[_Row]) -> list[Notice]:
    needed = defaultdict(list)
    for row in rows:
        if row.tolerance:
            needed[row.tolerance].append(row.name)
    return [Notice(_SAID[key][0], _SAID[key][1].format(who=listed(names, 10)), participants=tuple(names)) for key, names in needed.items()]


def _grid(line: str, sorts: FloatArray, names: Sequence[str]) -> tuple[Grid | None, list[Notice]]:
    """The distribution of line 2 as far as the sorts bear it out."""
    grid, short = _declared(line, sorts.shape[0])
    if grid is None:
        return None, [Notice("pqmethod-line-2", "Line 2 does not add up to the number of statements; the distribution was taken from the sorts.")]
    notices = []
    if short:
        notices.append(
            Notice("pqmethod-line-2-short", "Line 2 leaves out empty columns, as R writes it; it was read from its lowest to its highest value.")
        )
    followed, said = borne_out(grid, sorts, names, "line 2", ("pqmethod-line-2", "pqmethod-unforced"))
    return followed, [*notices, *said]


def _declared(line: str, n: int) -> tuple[Grid | None, bool]:
    """Line 2 as a grid, and whether it had fewer fields than PQMethod writes."""
    line = line.rstrip()
    by_column = [line[i : i + 3] for i in range(0, len(line), 3)]
    parts = by_column if all(_FIELD.fullmatch(part) for part in by_column) else re.findall(r"-?\d{1,6}", line)
    numbers = [int(part) for part in parts]
    counts = numbers[2:]
    if min(counts, default=-1) < 0 or sum(counts) != n:
        return None, False
    if len(counts) == HIGHEST - LOWEST + 1:
        return of_counts(range(LOWEST, HIGHEST + 1), counts), False
    while counts and counts[0] == 0:
        counts = counts[1:]
    while counts and counts[-1] == 0:
        counts = counts[:-1]
    low, high = numbers[:2]
    if len(counts) != high - low + 1:
        return None, True
    return of_counts(range(low, high + 1), counts), True


FORMAT = Format(
    name="PQMethod .DAT",
    about="Fixed columns: counts, the distribution, then a line a sort; the wordings are in the .STA of the same name beside it.",
    endings=(".dat",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
)
