"""Lines that stand above a table or among its rows and are none of them, and what is said of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from qmethod.formats.headings import Top, is_remark
from qmethod.formats.placements import is_placement
from qmethod.notice import Notice
from qmethod.wording import and_more, listed

_SHOWN, _LONGEST = 6, 60
SHIFTED = frozenset(("header-again", "short-rows"))
"""Codes of notices that say that rows do not fit the header."""


def left_out(rows: list[list[str]], lines: list[int], top: Top) -> list[Notice]:
    """A notice of the lines above the header."""
    if not top.header:
        return []
    shown = "; ".join(repr(_shortened(rows[i])) for i in range(min(top.header, _SHOWN)))
    more = and_more(top.header, _SHOWN)
    where = _spoken_lines(lines[: top.header])
    return [
        Notice("lines-left-out", f"The header was found in line {lines[top.header]}; what stands above it was left out ({where}): {shown}{more}.")
    ]


def further_lines(lines: list[int], top: Top, *, asked: bool) -> list[Notice]:
    """A notice of further lines of the header, those that the user asked to skip among them."""
    if top.body == top.header + 1:
        return []
    texts = f"; the texts in line {lines[top.texts]} were taken as wordings" if top.texts is not None else ""
    where = _spoken_lines(lines[top.header + 1 : top.body])
    why = "As was asked for," if asked else "Qualtrics writes a header of several lines;"
    return [Notice("header-lines", f"{why} no sort was read from {where}{texts}.")]


def without_remarks(rows: list[list[str]], lines: list[int]) -> tuple[list[list[str]], list[int], list[Notice]]:
    """The rows that are no comments, as `headings.is_remark` has it; rows that all begin with # are none."""
    if not any("#" in row[0] for row in rows):
        return rows, lines, []
    longest = max(map(extent_of, rows))
    remarks = {i for i, row in enumerate(rows) if is_remark(row, longest)}
    if not remarks or len(remarks) == len(rows):
        return rows, lines, []
    where = _spoken_lines([lines[i] for i in sorted(remarks)])
    notice = Notice("lines-left-out", f"Comments were left out: {where}.")
    kept = [i for i in range(len(rows)) if i not in remarks]
    return [rows[i] for i in kept], [lines[i] for i in kept], [notice]


def without_headers(header: list[str], header_line: int, rows: list[list[str]], lines: list[int]) -> tuple[list[list[str]], list[int], list[Notice]]:
    """The rows without those that say the header again, as files do that were put behind one another."""
    names = _trimmed(header)
    if sum(map(bool, names)) < 2 or all(map(is_placement, names)):
        return rows, lines, []
    again = {i for i, row in enumerate(rows) if row[0].strip() == names[0] and _trimmed(row) == names}
    if not again:
        return rows, lines, []
    kept = [i for i in range(len(rows)) if i not in again]
    where = _spoken_lines([lines[i] for i in sorted(again)])
    notice = Notice("header-again", f"The header in line {header_line} stands again further down, and was left out there: {where}.")
    return [rows[i] for i in kept], [lines[i] for i in kept], [notice]


def short_rows(rows: list[list[str]], lines: list[int], width: int) -> list[Notice]:
    """A notice of rows that lack a cell where all end with a delimiter, so that the last cells of the table are empty in them.

    Parameters
    ----------
    rows : list of list of str
        As they stand in the file.
    lines : list of int
    width : int
        Number of the last column that has a name or holds anything.
    """
    lengths = Counter(map(len, rows))
    usual = max(lengths, key=lambda length: (lengths[length], length))
    if len(lengths) < 2 or 2 * lengths[usual] <= len(rows):
        return []
    full = [len(row) >= width and bool(row[width - 1].strip()) for row in rows]
    short = [i for i, row in enumerate(rows) if len(row) < usual and not full[i]]
    if not short or 2 * sum(full) <= len(rows):
        return []
    shown = listed((f"line {lines[i]} has {len(rows[i])}" for i in short), _SHOWN)
    message = (
        f"Some rows have fewer cells than the {usual} of most: {shown}. What is missing was taken to be at their ends; "
        "if it is further in front, all cells behind it stand in the wrong columns."
    )
    return [Notice("short-rows", message)]


def _trimmed(row: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in row[: extent_of(row)]]


def _spoken_lines(lines: Sequence[int]) -> str:
    return f"line{'s' if len(lines) > 1 else ''} {listed(map(str, lines), _SHOWN)}"


def _shortened(row: list[str]) -> str:
    text = ", ".join(cell.strip() for cell in row if cell.strip())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def extent_of(row: Sequence[str]) -> int:
    """Number of cells up to the last one that is filled."""
    n = len(row)
    while n and not row[n - 1].strip():
        n -= 1
    return n
