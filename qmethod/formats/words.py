"""Words and codes where placements should be."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import Fault
from qmethod.formats.layout import numbered_columns, numbered_group
from qmethod.formats.placements import UNREADABLE, is_placement
from qmethod.formats.table import Table
from qmethod.wording import listed

_MOST_WORDS = 24


def without_placements(values: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Columns in which more than half of the filled cells are text."""
    text = (values == UNREADABLE).sum(axis=0)
    filled = (~np.isnan(values)).sum(axis=0)
    wordy: np.ndarray[tuple[int], np.dtype[np.bool_]] = text > np.maximum(filled, 1) / 2
    return wordy


def words_fault(table: Table, values: FloatArray, used: Sequence[int]) -> Fault | None:
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
    codes = len({re.sub(r"[0-9]+$", "", word) for word in found}) == 1
    meaning = f" (if they are the columns of the grid from left to right, {found[0]} becomes its lowest value and {found[-1]} its highest)"
    advice = (
        f"Replace each by the number it stands for{meaning if codes else ''}: find and replace whole cells in a spreadsheet, "
        "then save the file as CSV again."
    )
    return Fault(message, file=table.file, line=table.lines[0], column=table.columns[used[silent[0]]], advice=advice)


def _by_number(word: str) -> list[tuple[int, str]]:
    """C2 before C10: every second part is a number of plain digits, the only ones that are split off."""
    parts = re.split(r"([0-9]+)", word)
    return [(int(part), "") if i % 2 else (0, part.lower()) for i, part in enumerate(parts)]


def coded_fault(table: Table, numbers: FloatArray) -> Fault | None:
    """One fault where columns that are numbered alike hold words or codes, and no others that are hold placements; else None."""
    if numbered_group(table.header, numbers):
        return None
    faults = (words_fault(table, numbers[:, list(group)], group) for group in numbered_columns(table.header))
    return next((fault for fault in faults if fault is not None), None)
