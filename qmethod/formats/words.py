"""Words and codes where placements should be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import Fault, Setting
from qmethod.formats.layout import numbered_columns, numbered_group
from qmethod.formats.placements import UNREADABLE, is_placement
from qmethod.formats.selection import codes_proposed
from qmethod.formats.table import Table
from qmethod.grid import Grid
from qmethod.wording import listed

_MOST_WORDS, _LONGEST, _FEWEST = 24, 40, 3


def without_placements(values: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Columns in which more than half of the filled cells are text."""
    text = (values == UNREADABLE).sum(axis=0)
    filled = (~np.isnan(values)).sum(axis=0)
    wordy: np.ndarray[tuple[int], np.dtype[np.bool_]] = text > np.maximum(filled, 1) / 2
    return wordy


def words_fault(table: Table, values: FloatArray, used: Sequence[int], grid: Grid | None = None) -> Fault | None:
    """One fault where most columns hold words or codes instead of numbers, the same few over and over; else None."""
    silent = np.flatnonzero(without_placements(values)).tolist()
    words = dict.fromkeys(row[used[k]].strip() for k in silent for row in table.rows if row[used[k]].strip())
    words = dict.fromkeys(word for word in words if not is_placement(word))
    n_cells = len(silent) * len(table.rows)
    if len(silent) < 2 or len(silent) <= len(used) / 2 or not 1 < len(words) <= min(_MOST_WORDS, n_cells / 2):
        return None
    found = sorted(words, key=_by_number)
    shown = listed([repr(word) for word in found], 12)
    message = f"the placements are words or codes, not numbers: {len(silent)} columns hold {shown}"
    advice, settings = _explained(found, (), grid)
    return Fault(message, file=table.file, line=table.lines[0], column=table.columns[used[silent[0]]], advice=advice, settings=settings)


def words_as_codes(table: Table, words: Mapping[str, tuple[int, int]], known: Sequence[tuple[str, float]], grid: Grid | None = None) -> Fault:
    """The fault of cells that hold words which no code explains.

    Parameters
    ----------
    table : Table
    words : mapping of str to tuple (int, int)
        Each with the row and the column of its first cell.
    known : sequence of tuple (str, float)
        The codes that were given.
    grid : Grid, optional
    """
    found = sorted(words, key=_by_number)
    i, j = min(words.values())
    shown = listed([repr(word if len(word) <= _LONGEST else word[: _LONGEST - 3] + "...") for word in found], 12)
    message = f"the named columns hold {shown}, {'which are no placements' if not known else 'of which no code says what they mean'}"
    if len(found) > _MOST_WORDS:
        span = Setting("columns")
        return Fault(
            message, table.file, table.lines[i], table.columns[j], advice=f"Name only the columns with placements in {span}.", settings=(span,)
        )
    advice, settings = _explained(found, known, grid)
    return Fault(message, file=table.file, line=table.lines[i], column=table.columns[j], advice=advice, settings=settings)


def _explained(words: Sequence[str], known: Sequence[tuple[str, float]], grid: Grid | None) -> tuple[str, tuple[Setting, ...]]:
    """What to do about words in place of numbers: the option that says what they mean, as far as that can be known."""
    given = "".join(f"{code}={value:g}," for code, value in known)
    stems = Counter(re.sub(r"[0-9]+$", "", word).casefold() for word in words if word[-1:].isdigit())
    stem = max(stems, key=lambda each: stems[each], default="")
    numbered = [word for word in words if re.sub(r"[0-9]+$", "", word).casefold() == stem and word[-1:].isdigit()]
    proposed = codes_proposed(numbered, grid.values if grid is not None else ()) if not known and 2 * len(numbered) > len(words) else None
    if proposed is not None:
        why = "if they are the columns of the grid from left to right"
        return f"Say what each stands for: {proposed} {why}; else write other numbers there.", (proposed,)
    missing = [word for word in words if re.fullmatch(r"-?9+|missing|none|skipped|prefer not.*", word.lower())]
    named = Setting("codes", given + ",".join(f"{word}=NUMBER" for word in words))
    absent = Setting("missing_code", missing[0]) if missing else None
    says = f"Say the number that each stands for, in place of NUMBER: {named}."
    return (f"{says} Where one means that a placement is missing: {absent}.", (named, absent)) if absent else (says, (named,))


def _by_number(word: str) -> list[tuple[int, str]]:
    """C2 before C10: every second part is a number of plain digits, the only ones that are split off."""
    parts = re.split(r"([0-9]+)", word)
    return [(int(part), "") if i % 2 else (0, part.lower()) for i, part in enumerate(parts)]


def coded_fault(table: Table, numbers: FloatArray, grid: Grid | None = None) -> Fault | None:
    """One fault where columns that are numbered alike hold words or codes, and no others that are hold placements; else None."""
    if numbered_group(table.header, numbers):
        return None
    faults = (words_fault(table, numbers[:, list(group)], group, grid) for group in numbered_columns(table.header))
    return next((fault for fault in faults if fault is not None), None)


def headless_fault(table: Table, numbers: FloatArray, grid: Grid | None = None) -> Fault | None:
    """The fault of a header that holds the same few words as the columns below it: it is a sort, and so are they; else None."""
    body = [{row[j].strip() for row in table.rows} - {""} for j in range(len(table.header))]
    wordy = [j for j in range(len(table.header)) if (numbers[:, j] == UNREADABLE).any() and table.headed]
    held = Counter(word for j in wordy for word in body[j])
    group = [j for j in wordy if table.header[j] and held[table.header[j]] > (table.header[j] in body[j])]
    words = {word for j in group for word in body[j]} | {table.header[j] for j in group}
    if len(group) < _FEWEST or 2 * len(group) <= len(wordy) or not 1 < len(words) <= _MOST_WORDS:
        return None
    found = sorted((word for word in words if not is_placement(word)), key=_by_number)
    shown = listed([table.header[j] for j in group], 6)
    message = (
        f"line {table.header_line} reads as a sort ({shown}), not as the names of the columns, and placements are words: the table has no header"
    )
    advice, settings = _explained(found, (), grid)
    return Fault(message, file=table.file, line=table.header_line, column=table.columns[group[0]], advice=advice, settings=settings)
