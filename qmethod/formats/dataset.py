"""Data sets of statistics programs: variables with labels, values with labels, read as a table of sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats.cells import GIVEN, Cells
from qmethod.formats.headings import ID_HEADERS, TEXT_HEADERS, labels_tell, plain
from qmethod.formats.oriented import sorts_of_table
from qmethod.formats.registry import Asked
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import table_of
from qmethod.notice import Notice
from qmethod.people import Detail

MOST_CELLS = 1_000_000
"""Cells of a data set that are read: 10,000 observations of 100 variables."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a data set.

    Parameters
    ----------
    name : str
    cells : sequence of str
        What each observation holds; nothing where it is missing.
    label : str
        What the variable is about, in words; may be empty.
    values : mapping of str to str
        Words for values, where there are any; keys are written as in `cells`.
    """

    name: str
    cells: Sequence[str]
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def numbers_as_text(numbers: FloatArray | npt.NDArray[np.integer], missing: npt.NDArray[np.bool_]) -> list[str]:
    """Numbers as a person writes them: whole ones without a decimal point, nothing for a missing one."""
    known, where = np.unique(np.where(missing, 0, numbers), return_inverse=True)
    words = np.array([str(int(value)) if value == int(value) else str(value) for value in known], dtype=object)
    cells = words[where.reshape(-1)]
    cells[missing] = ""
    found: list[str] = cells.tolist()
    return found


def sorts_of_dataset(file: str, variables: Sequence[Variable], asked: Asked, kind: str) -> Sorts:
    """The sorts of a data set, which may lie in each of the three ways of a table.

    Parameters
    ----------
    file : str
        For messages.
    variables : sequence of Variable
        All of one length.
    asked : Asked
    kind : str
        Whose data set it is.

    Raises
    ------
    DataError
        Naming the observation and the variable of each fault.

    Notes
    -----
    Where no column holds the wordings of the statements, they are the labels of the variables that are statements, unless all of them are the
    same, or the labels of the values of the variable that names the statements. Where a sort is a variable, it is called by its label, if all
    have one and no two are the same.
    """
    if not variables or not len(variables[0].cells):
        raise DataError([Fault("the data set holds no observations", file=file, advice="Save it with the sorts in it.")])
    names = [variable.name for variable in variables]
    rows = [list(row) for row in zip(*(variable.cells for variable in variables), strict=True)]
    filled = [i for i, row in enumerate(rows) if any(cell.strip() for cell in row)]
    lines = [0, *(i + 1 for i in filled)]
    try:
        table = table_of(Cells([names, *(rows[i] for i in filled)], lines, GIVEN), file, said=asked.selection)
        found, lies = sorts_of_table(table, asked)
    except DataError as error:
        raise DataError([_named(fault, names) for fault in error.faults]) from None
    found = replace(found, kind=f"{kind}, {lies}", people=tuple(with_labels(detail, variables) for detail in found.people))
    found = _named_by_labels(found, variables)
    if found.texts or asked.wordings:
        return found
    texts, where = _labels(variables, found.statements)
    said = (Notice("wordings-from-labels", f"The wordings were taken from {where}."),) if texts else ()
    return replace(found, texts=texts, notices=(*found.notices, *said))


def with_labels(detail: Detail, variables: Sequence[Variable]) -> Detail:
    """A column about participants in the words of its labels, with the answers in the order of their values.

    Parameters
    ----------
    detail : Detail
    variables : sequence of Variable
        The variables of the data set.
    """
    variable = next((one for one in variables if one.name == detail.name), None)
    if variable is None:
        return detail
    words = {value.strip(): word.strip() for value, word in variable.values.items() if word.strip()}
    held = {value.strip() for value in detail.values} - {""}
    if not held or not held <= set(words) or len(set(words.values())) < len(words):  # a few words for special values leave a number what it is
        return replace(detail, label=variable.label.strip())
    return replace(
        detail, values=tuple(words.get(value.strip(), "") for value in detail.values), label=variable.label.strip(), options=tuple(words.values())
    )


def _named_by_labels(found: Sorts, variables: Sequence[Variable]) -> Sorts:
    """The sorts with the labels of their variables for names, where each sort is a variable and the labels tell all of them apart."""
    by_name = {variable.name: variable.label.strip() for variable in variables}
    labels = tuple(by_name.get(name, "") for name in found.participants)
    if not all(labels) or len(set(labels)) < len(labels) or labels == found.participants:
        return found
    said = Notice("names-from-labels", "The names of the participants were taken from the labels of the variables.")
    return replace(found, participants=labels, notices=(*found.notices, said))


def _labels(variables: Sequence[Variable], statements: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Wordings from labels, and in words which labels."""
    by_name = {variable.name: variable for variable in variables}
    labels = [by_name[name].label for name in statements] if all(name in by_name for name in statements) else [""] * len(statements)
    if labels_tell(labels, statements):
        return tuple(labels), "the labels of the variables"
    for variable in variables:
        if plain(variable.name) in ID_HEADERS | TEXT_HEADERS and all(name in variable.values for name in statements):
            return tuple(variable.values[name] for name in statements), f"the labels of the values of {variable.name!r}"
    return (), ""


def _named(fault: Fault, names: Sequence[str]) -> Fault:
    """A fault with the observation and the variable in words."""
    variable = f"variable {names[fault.column - 1]!r}" if fault.column and fault.column <= len(names) else ""
    observation = f"observation {fault.line}" if fault.line else ""
    where = ", ".join(part for part in (observation, variable) if part)
    return replace(fault, message=f"{where}: {fault.message}" if where else fault.message, line=fault.line or None)
