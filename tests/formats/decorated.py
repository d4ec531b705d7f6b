"""Studies as text: every layout a table may have, and what spreadsheets, programs and people put around it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from qmethod.formats.placements import is_placement
from tests.strategies import forced_sorts

STATEMENTS_DOWN, PARTICIPANTS_DOWN, LONG = "statements-in-rows", "participants-in-rows", "long"
TITLES = ("Sorts of the pilot, exported 2026", "Institute of Examples", "Wave 2", "made by hand; not checked", "a, b, c, d", "# exported, 2026-01-02")
_WORDS = ("rain", "snow", "hail", "fog", "wind", "sun", "storm", "dew", "frost", "haze", "gale", "mist", "heat", "cold", "drizzle", "sleet")
_PEOPLE = ("Ann", "Ben", "Zoë", "Dov", "Eve", "Fay", "José", "Hal", "Ivy", "Jo", "Kim", "Lou")


@dataclass(frozen=True)
class Written:
    """A study and the cells that hold it; the first row is the header.

    `sorts` has shape (n_statements, n_sorts); everything a reader should find is known here and not taken from a reader.
    """

    layout: str
    sorts: np.ndarray
    statements: tuple[str, ...]
    participants: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    def text(self, delimiter: str = ",", newline: str = "\n", quote: bool = False) -> str:
        return as_text(self.cells, delimiter, newline, quote)


def as_text(cells: Sequence[Sequence[str]], delimiter: str = ",", newline: str = "\n", quote: bool = False) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL).writerows(cells)
    return out.getvalue()


@st.composite
def studies(draw: st.DrawFn, layouts: Sequence[str] = (STATEMENTS_DOWN, PARTICIPANTS_DOWN, LONG), missing: bool = False) -> Written:
    """A study of forced sorts in one of the layouts, under telling headers; R's header with one name too few is among them."""
    _grid, sorts = draw(forced_sorts(most_sorts=9))
    n, m = sorts.shape
    statements = draw(st.sampled_from([tuple(f"s{i}" for i in range(1, n + 1)), tuple(f"C{i:02d}" for i in range(1, n + 1))]))
    if n <= len(_WORDS):
        statements = draw(st.sampled_from([statements, _WORDS[:n]]))
    participants = draw(st.sampled_from([tuple(f"p{j}" for j in range(1, m + 1)), _PEOPLE[:m], tuple(str(100 + j) for j in range(m))]))
    shown = sorts.astype(str).tolist()
    if missing and draw(st.booleans()):
        i, j = draw(st.integers(0, n - 1)), draw(st.integers(0, m - 1))
        shown[i][j] = draw(st.sampled_from(["", "NA", "."]))
        sorts = sorts.astype(float)
        sorts[i, j] = np.nan
    layout = draw(st.sampled_from(layouts))
    if layout == LONG:
        cells = [("participant", "statement", "value"), *((participants[j], statements[i], shown[i][j]) for j in range(m) for i in range(n))]
    elif layout == STATEMENTS_DOWN:
        cells = [("statement", *participants), *((statements[i], *shown[i]) for i in range(n))]
    else:
        cells = [("participant", *statements), *((participants[j], *(shown[i][j] for i in range(n))) for j in range(m))]
    return Written(layout, sorts, statements, participants, tuple(cells))


@st.composite
def harmless(draw: st.DrawFn, written: Written, delimiter: str, newline: str) -> tuple[str, str | None]:
    """The same table with empty columns, empty rows, delimiters at the ends of lines, blank lines and quotes, anywhere.

    With it comes the layout that must be named, where the header no longer tells it.
    """
    cells = [list(row) for row in written.cells]
    if written.layout != LONG and draw(st.booleans()) and all(row[0] for row in cells[1:]):
        cells[0] = cells[0][1:]  # as R's write.table does
        filled = [j for j, row in enumerate(zip(*cells[1:], strict=True)) if any(row)]
        if max(filled) < len(cells[1]) - 1:
            cells[0] = list(written.cells[0])
    r_names = len(cells[0]) < len(cells[1])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(cells[1])))
        for i, row in enumerate(cells):
            row.insert(at - 1 if i == 0 and r_names and at else at, draw(st.sampled_from(["", "", " "])))
    header_more, rows_more = draw(st.sampled_from([(0, 0), (1, 1), (3, 3), (0, 1), (0, 2), (1, 0), (2, 1)]))
    if r_names and header_more > rows_more:
        header_more = rows_more
    lines = []
    for i, row in enumerate(cells):
        row += [""] * (header_more if i == 0 else rows_more)
        lines.append(row)
        if draw(st.integers(0, 4)) == 0:
            lines.append(draw(st.sampled_from([[], [""] * len(row), [" "] * len(row), ["", ""]])))
    if draw(st.booleans()):
        lines.insert(0, [])
    text = as_text(lines, delimiter, newline, draw(st.booleans())).replace('""', "")
    return text + draw(st.sampled_from(["", newline, newline * 3])), written.layout if r_names else None


@dataclass(frozen=True)
class Decorated:
    """A table with something around or in it that is no sort, and what a reader may say of it by code; it may always refuse."""

    kind: str
    written: Written
    text: str
    codes: frozenset[str]


@st.composite
def decorated(draw: st.DrawFn, layouts: Sequence[str] = (STATEMENTS_DOWN, PARTICIPANTS_DOWN, LONG)) -> Decorated:
    """A table that no reader may read in silence, unless it reads it exactly right."""
    written = draw(studies(layouts))
    delimiter, newline = draw(st.sampled_from([",", ";", "\t"])), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    kinds = ["titles", "comment below", "code", "no header"]
    if written.layout != LONG:
        kinds += ["total row", "mean column", "own header words"]
    kind = draw(st.sampled_from(kinds))
    cells = [list(row) for row in written.cells]
    if written.layout != LONG and kind in ("titles", "comment below") and draw(st.integers(0, 3)) == 0:
        cells[0] = cells[0][1:]  # as R's write.table does
    codes: set[str] = set()
    if kind == "titles":
        titles = draw(st.lists(st.sampled_from(TITLES), min_size=1, max_size=3, unique=True))
        pad = draw(st.sampled_from([0, len(cells[0]) - 1]))
        above = [[*(title.split(", ") if draw(st.booleans()) and not pad else [title]), *[""] * pad] for title in titles]
        return Decorated(
            kind, written, as_text([*above, *([[]] if draw(st.booleans()) else []), *cells], delimiter, newline), frozenset(["lines-left-out"])
        )
    if kind == "no header":
        return Decorated(kind, written, as_text(cells[1:], delimiter, newline), frozenset(["header-like-sort"]))
    if kind == "comment below":
        at = draw(st.integers(1, len(cells)))
        return Decorated(kind, written, as_text([*cells[:at], ["# checked"], *cells[at:]], delimiter, newline), frozenset(["lines-left-out"]))
    if kind == "code":
        value = draw(st.sampled_from([-99, 99, 999, -999]))
        i, j = draw(st.integers(1, len(cells) - 1)), draw(st.integers(2 if written.layout == LONG else 1, len(cells[0]) - 1))
        cells[i][j] = str(value)
        codes = {"code-for-missing"}
    if kind == "own header words":
        cells[0][0] = draw(st.sampled_from(["", "x", "Aussage", "Nr.", "#", "who"]))
        codes = {"statements-unsure", "layout-conflict", "participants-numbered", "statements-numbered"}
    if kind == "total row":
        numbers = np.array([[float(cell) for cell in row[1:]] for row in cells[1:]])
        sums = numbers.sum(axis=0) if draw(st.booleans()) else np.round(numbers.mean(axis=0), 2)
        cells.append([draw(st.sampled_from(["Sum", "Total", "Mean", "Summe", "Mittelwert", "Ø", "Average score"])), *map(repr, sums.tolist())])
        codes = {"totals-among-sorts", "totals-among-statements"}
    if kind == "mean column":
        numbers = np.array([[float(cell) for cell in row[1:]] for row in cells[1:]])
        sums = numbers.sum(axis=1) if draw(st.booleans()) else np.round(numbers.mean(axis=1), 2)
        name = draw(st.sampled_from(["Sum", "Total", "Mean", "Summe", "Mittelwert", "Durchschnitt", "Average"]))
        cells = [[*row, end] for row, end in zip(cells, [name, *map(repr, sums.tolist())], strict=True)]
        codes = {"totals-among-sorts", "totals-among-statements", "columns-ignored"}
    return Decorated(kind, replace(written, cells=tuple(map(tuple, cells))), as_text(cells, delimiter, newline), frozenset(codes))


RUNNING = ("Unnamed: 0", "X", "...1", "row", "rownames", "V1", "Column1", "Zeile", "Nummer", "Lfd. Nr.", "", "Nr", "#", "index", "who knows")


@st.composite
def reordered(draw: st.DrawFn, missing: bool = False) -> tuple[Written, str]:
    """A table with the names of its rows in any column, and, with statements down, perhaps the numbers of the rows in one before it."""
    written = draw(studies((STATEMENTS_DOWN,), missing))
    cells = [list(row) for row in written.cells]
    at = draw(st.integers(0, len(cells[0]) - 1))
    cells = [[*row[1 : at + 1], row[0], *row[at + 1 :]] for row in cells]
    if written.layout == STATEMENTS_DOWN and draw(st.booleans()):
        header, start, before = draw(st.sampled_from(RUNNING)), draw(st.integers(0, 1)), draw(st.integers(0, at))
        numbers = [header, *(str(i + start) for i in range(len(cells) - 1))]
        cells = [[*row[:before], number, *row[before:]] for row, number in zip(cells, numbers, strict=True)]
    return written, as_text(cells, draw(st.sampled_from([",", ";", "\t"])))


NEWLINES = ("\n", "\r\n", "\r")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")


@dataclass(frozen=True)
class Dressed:
    """A table as some spreadsheet would write it: the bytes of the file, and whether its encoding has to be guessed."""

    content: bytes
    guessed: bool


@st.composite
def dressed(draw: st.DrawFn, cells: Sequence[Sequence[str]], signs: str = ",;\t|", outside: bool = False) -> Dressed:
    """The same cells between any signs, in any encoding, with any ends of lines, quotes, blank lines, empty columns, and a line sep=.

    With `outside`, empty columns stand before and behind the others only.
    """
    delimiter = draw(st.sampled_from(signs))
    newline = draw(st.sampled_from(NEWLINES))
    encoding = draw(st.sampled_from(ENCODINGS))
    rows = [list(row) for row in cells]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.sampled_from([0, len(rows[0])])) if outside else draw(st.integers(0, len(rows[0])))
        for row in rows:
            row.insert(at, "")
    behind = draw(st.sampled_from([(0, 0), (2, 2), (0, 1), (1, 0)]))
    rows = [[*row, *[""] * (behind[i > 0] + draw(st.sampled_from([0, 0, 0, 1])))] for i, row in enumerate(rows)]
    blank = [[], [""] * len(rows[0]), [" "] * len(rows[0])]
    lines = [line for row in rows for line in [*([draw(st.sampled_from(blank))] if draw(st.integers(0, 4)) == 0 else []), row]]
    broken = any("\n" in cell for row in rows for cell in row)
    text = as_text(lines, delimiter, newline, quote=broken or draw(st.booleans()))
    text = (
        draw(st.sampled_from(["", "", f"sep={delimiter}{newline}" if delimiter in ",;\t|" else ""])) + text + draw(st.sampled_from(["", newline * 2]))
    )
    guessed = encoding in ("utf-16-le", "utf-16-be") or (encoding == "cp1252" and not text.isascii())
    return Dressed(text.encode(encoding), guessed)


@dataclass(frozen=True)
class Adorned:
    """A table with decorations whose meaning is plain, and whether lines of it are none of the table, which should be told."""

    text: str
    left_out: bool


def _as_r(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


COUNTING = ("", "Unnamed: 0", "...1", "X")


@st.composite
def adorned(draw: st.DrawFn, cells: Sequence[Sequence[str]]) -> Adorned:
    """The same table under titles, among comments, beside a column that counts the rows, as R writes it with or without names of rows."""
    blanks = draw(st.booleans())  # as write.table does
    delimiter = "\t" if blanks else draw(st.sampled_from([",", ";", "\t"]))
    rows, left_out = [list(row) for row in cells], False
    if draw(st.booleans()):
        start = draw(st.integers(0, 1))
        rows = [["" if i == 0 else str(i - 1 + start), *row] for i, row in enumerate(rows)]
        rows[0][0] = draw(st.sampled_from(COUNTING))
        if rows[0][0] == "" and rows[1][0] == "1" and len(cells[0]) > 1 and draw(st.booleans()):
            rows = [rows[0][1:], *([cell or "NA" for cell in row] for row in rows[1:])]  # as R writes names of rows
    if blanks:
        lines = [
            " ".join(_as_r(cell) if i == 0 or j == 0 or not is_placement(cell) else cell or "NA" for j, cell in enumerate(row))
            for i, row in enumerate(rows)
        ]
    else:
        behind = draw(st.integers(0, 2)) if len(rows[0]) == len(rows[1]) else 0
        lines = [as_text([[*row, *[""] * behind]], delimiter)[:-1] for row in rows]
    if draw(st.booleans()):
        lines.insert(
            draw(st.integers(1, len(lines))),
            draw(st.sampled_from(["# checked", "# checked by hand, twice", "#checked"] if len(rows[0]) > 3 else ["# checked"])),
        )
        left_out = True
    if draw(st.booleans()):
        titles = draw(
            st.lists(
                st.sampled_from(["My pilot", "Wave two; not checked", "# exported 2026-01-02", "Made in Leeds, by hand"]),
                min_size=1,
                max_size=2,
                unique=True,
            )
        )
        lines = [*titles, *([""] if draw(st.booleans()) else []), *lines]
        left_out = True
    return Adorned("\n".join(lines) + "\n", left_out)
