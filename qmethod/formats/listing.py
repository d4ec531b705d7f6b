"""The listing of results that PQMethod prints (.LIS): its figures, to compare with. It holds no sorts; these are in the .DAT of the study.

A listing is text, in pages: a line that begins with ``PQMethod`` and the one below it, with the path of the project, stand above each. Of its
sections, each under a heading, three are read:

- ``Factor Matrix with an X Indicating a Defining Sort``: the number and the name of a sort, then a loading for each factor, with an ``X`` where it
  defines the factor.
- ``Factor Scores with Corresponding Ranks``: number and wording of a statement, the number again, then a z-score and a rank for each factor.
- ``Factor Q-Sort Values for Each Statement``: the same in front, then a value for each factor.

Rows are told by what they hold, not by the columns in which it stands; wordings are cut by the program. Only the figures that are printed are known:
loadings to four decimals, z-scores to two or three.

Source: what R's ``export.qm``, KADE and Ken-Q Analysis imitate of it. None that PQMethod itself printed was at hand.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qmethod.brief import brief
from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats.text import decode, lines_of, load

_LOADINGS = "factormatrixwithanxindicatingadefiningsort"
_SCORES = "factorscoreswithcorrespondingranks"
_ARRAYS = "factorqsortvaluesforeachstatement"
_HEADING = re.compile(r"\s*[A-Z][A-Za-z]+(?:\s+[A-Za-z.-]+){2,}.*")
_PAGE = re.compile(r"\s*(PQMethod ?\d|Path and Project Name)", re.IGNORECASE)
_END = r"(?:\s+|$)"
_DECIMAL = r"[-+]?\d*\.\d+"
_SORT = re.compile(rf"\s*(\d+)\s+(\S.*?)\s+((?:{_DECIMAL}(?:\s?X)?{_END})+)")
_SCORED = re.compile(rf"\s*(\d+)\s+(\S.*?)\s+\1\s+((?:{_DECIMAL}\s+\d+{_END})+)")
_PLACED = re.compile(rf"\s*(\d+)\s+(\S.*?)\s+\1\s+((?:[-+]?\d+{_END})+)")
_NUMBER = re.compile(r"[-+]?\d*\.?\d+")
_WIDEST = 400
_ADVICE = "Name the .LIS that PQMethod wrote with QANALYZE."


@dataclass(frozen=True, slots=True)
class Listing:
    """Figures of a listing.

    Parameters
    ----------
    participants : tuple of str
        Names of the sorts.
    loadings : ndarray of shape (n_sorts, n_factors)
    defining : ndarray of bool, shape (n_sorts, n_factors)
        Which sorts define which factor.
    statements : tuple of str
        Wordings as they are printed, in the order of the numbers.
    z_scores, arrays : ndarray of shape (n_statements, n_factors)
        Empty, of shape (0, n_factors), where the listing has no such section.
    """

    participants: tuple[str, ...]
    loadings: FloatArray
    defining: npt.NDArray[np.bool_]
    statements: tuple[str, ...]
    z_scores: FloatArray
    arrays: FloatArray

    __repr__ = brief


def read_listing(path: str | os.PathLike[str], encoding: str | None = None) -> Listing:
    """Read the figures of a .LIS.

    Parameters
    ----------
    path : path
    encoding : str, optional
        Guessed where not given.

    Raises
    ------
    DataError
        If there is no such file, it has no factor matrix, or rows of a section have not the same number of figures; names the line.
    """
    document = load(path, holds="figures")
    sections = _sections(lines_of(decode(document, encoding).text))
    loadings, z_scores, arrays = (
        _rows(document.file, sections.get(name, []), form) for name, form in ((_LOADINGS, _SORT), (_SCORES, _SCORED), (_ARRAYS, _PLACED))
    )
    if not loadings:
        raise document.fault("the listing has no factor matrix with defining sorts", advice=_ADVICE)
    k = len(loadings[0].numbers)
    return Listing(
        tuple(row.name for row in loadings),
        _table(loadings, k, document.file),
        np.array([[mark.endswith("X") for mark in re.findall(rf"{_DECIMAL}(?:\s?X)?", row.figures)] for row in loadings]),
        tuple(row.name for row in arrays or z_scores),
        _table(z_scores, k, document.file, every=2),
        _table(arrays, k, document.file),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    number: int
    name: str
    figures: str

    @property
    def numbers(self) -> list[float]:
        return [float(number) for number in _NUMBER.findall(self.figures)]


def _sections(lines: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    """Lines with their numbers under each heading that is known, the first time it stands there and on the pages that follow."""
    found: dict[str, list[tuple[int, str]]] = {}
    current = ""
    for number, line in enumerate(lines, start=1):
        words = re.sub(r"[^a-z]", "", line.lower())
        if _PAGE.match(line):
            continue
        if words in (_LOADINGS, _SCORES, _ARRAYS):
            current = words
            found.setdefault(current, [])
        elif current and _HEADING.fullmatch(line) and not re.search(r"\d", line):
            current = ""
        elif current:
            found[current].append((number, line))
    return found


def _rows(file: str, lines: Sequence[tuple[int, str]], form: re.Pattern[str]) -> list[_Row]:
    """Rows of a section, in the order of their numbers, each number once."""
    short = ((line, text.rstrip()) for line, text in lines if len(text) <= _WIDEST)
    found = [_Row(line, int(match[1]), match[2], match[3]) for line, text in short if (match := form.fullmatch(text)) is not None]
    rows = {row.number: row for row in found}
    missing = next((number for number in range(1, len(rows) + 1) if number not in rows), None)
    if missing is not None:
        raise DataError([Fault(f"row {missing} of a table of the listing is missing", file=file, line=found[0].line, advice=_ADVICE)])
    return [rows[number] for number in sorted(rows)]


def _table(rows: Sequence[_Row], k: int, file: str, every: int = 1) -> FloatArray:
    """Figures of each row, shape (n_rows, k); of several for a factor the first."""
    for row in rows:
        if len(row.numbers) != k * every:
            message = f"this row of the listing has not the {k} factors of the factor matrix"
            raise DataError([Fault(message, file=file, line=row.line, advice=_ADVICE)])
    return np.array([row.numbers[::every] for row in rows]).reshape(len(rows), k)
