"""R's data files (.rds, .rda, .RData) with a data frame or a matrix of sorts.

How values are saved is said in `qmethod.formats.rdata`. A data frame is a list of columns of one length with the attributes ``names``, ``class``
(among which is ``data.frame``) and ``row.names``; a matrix is a vector with two numbers in ``dim`` and, it may be, names of rows and columns in
``dimnames``. Names of rows that are texts stand in a first column without a name, as ``write.csv`` puts them. Factors are the texts of their
``levels``. The table that this makes may lie in each of the three ways of a table; attributes ``label`` and ``labels`` of columns, as the package
haven keeps them, can give the wordings.

Of several values, and of those inside lists, the one that reads as sorts is taken, which is said; of what R's package qmethod returns that is its
``dataset``. Where several do, none is taken, and they are named. An array of three dimensions is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from qmethod.data import Notice
from qmethod.errors import DataError, Fault
from qmethod.formats.dataset import MOST_CELLS, Variable, numbers_as_text, sorts_of_dataset
from qmethod.formats.rdata import Value, begins_like_r, read_values
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.wording import listed

_DEEPEST = 4


def _sniff(content: Content) -> Found | None:
    return Found("it begins as R's data files do") if begins_like_r(content.head) else None


def _read(content: Content, asked: Asked) -> Sorts:
    values = read_values(content.document)
    tables = [table for name, value in values.items() for table in tables_in(name, value)]
    if not tables:
        raise DataError([_nothing(content.file, values)])
    read, refusals = [], []
    for name, variables in tables:
        try:
            read.append((name, sorts_of_dataset(content.file, variables, asked, f"R data{f', {name}' if name else ''}")))
        except DataError as refusal:
            size = len(variables) * len(variables[0].cells) if variables else 0
            refusals.append((size, [replace(fault, message=f"{name}: {fault.message}" if name else fault.message) for fault in refusal.faults]))
    if not read:
        raise DataError(max(refusals, key=lambda each: each[0])[1])
    if len(read) > 1:
        names = listed([name for name, _ in read], 8)
        advice = f"Save one of them alone: saveRDS({read[0][0]}, 'sorts.rds')."
        raise DataError([Fault(f"{len(read)} tables read as sorts: {names}", file=content.file, advice=advice)])
    [(name, found)] = read
    others = [other for other, _ in tables if other != name]
    if not others:
        return found
    message = f"The sorts were read from {name}; other tables: {listed(others, 8)}."
    return replace(found, notices=(Notice("table-taken", message), *found.notices))


def tables_in(name: str, value: Value, depth: int = 0) -> Iterator[tuple[str, list[Variable]]]:
    """Data frames and matrices, those inside lists too, each by the name that R would call it by."""
    if "data.frame" in value.texts("class"):
        yield name, _frame(value)
    elif len(dim := _dim(value)) == 2 and isinstance(value.data, np.ndarray | list):
        yield name, _matrix(value, *dim)
    elif isinstance(value.data, list) and depth < _DEEPEST:
        inside = list(zip(value.texts("names"), value.data, strict=False))
        of_qmethod = "QmethodRes" in value.texts("class")
        for own, part in inside:
            if isinstance(part, Value) and (not of_qmethod or own == "dataset"):
                yield from tables_in(f"{name}${own}" if name else own, part, depth + 1)


def _dim(value: Value) -> list[int]:
    found = value.attributes.get("dim")
    return (
        [int(number) for number in found.data] if found is not None and isinstance(found.data, np.ndarray) and np.isfinite(found.data).all() else []
    )


def _frame(value: Value) -> list[Variable]:
    names = value.texts("names")
    columns = [part for part in value.data if isinstance(part, Value)] if isinstance(value.data, list) else []
    if len(columns) != len(names) or len({len(_cells(column)) for column in columns}) > 1 or len(columns) * len(_cells(columns[0])) > MOST_CELLS:
        return []
    return [*_row_names(value.texts("row.names"), len(_cells(columns[0]))), *map(_variable, names, columns)]


def _matrix(value: Value, n_rows: int, n_columns: int) -> list[Variable]:
    cells = _cells(value)
    if n_rows < 1 or n_columns < 1 or n_rows * n_columns != len(cells) or len(cells) > MOST_CELLS:
        return []
    found = value.attributes.get("dimnames")
    parts = found.data if found is not None and isinstance(found.data, list) and len(found.data) == 2 else [None, None]
    rows, columns = ([text or "" for text in part.data] if isinstance(part, Value) and isinstance(part.data, list) else [] for part in parts)
    names = columns if len(columns) == n_columns else [f"V{j + 1}" for j in range(n_columns)]
    return [*_row_names(rows, n_rows), *(Variable(name, cells[j * n_rows : (j + 1) * n_rows]) for j, name in enumerate(names))]


def _row_names(names: Sequence[str], n: int) -> list[Variable]:
    """Names of rows as a column; none where they only count the rows."""
    return [Variable("", names)] if len(names) == n and list(names) != [str(i + 1) for i in range(n)] else []


def _variable(name: str, column: Value) -> Variable:
    labels = column.attributes.get("labels")
    values = {}
    if labels is not None and isinstance(labels.data, np.ndarray):
        values = dict(zip(_cells(replace(labels, attributes={})), labels.texts("names"), strict=False))
    return Variable(name, _cells(column), next(iter(column.texts("label")), ""), values)


def _cells(value: Value) -> list[str]:
    if isinstance(value.data, np.ndarray):
        levels = value.texts("levels")
        if levels and "factor" in value.texts("class"):
            return ["" if not 1 <= number <= len(levels) else levels[int(number) - 1] for number in value.data.tolist()]
        missing = ~np.isfinite(value.data)
        return numbers_as_text(value.data, missing)
    return [item if isinstance(item, str) else "" for item in value.data] if isinstance(value.data, list) else []


def _nothing(file: str, values: Mapping[str, Value]) -> Fault:
    """What a file without tables holds, and what to save instead: a slice where there is an array of three dimensions."""
    deep = next((found for name, value in values.items() for found in _arrays(name, value)), None)
    if deep is not None:
        name, dim = deep
        message = f"{name or 'the value'} is an array of {' x '.join(map(str, dim))}, which is a table of sorts for each of {dim[2]} conditions"
        return Fault(message, file=file, advice=f"Save one of them as a file of its own: saveRDS({name or 'x'}[, , 1], 'sorts.rds').")
    held = listed([f"{name} ({_kind(value)})" if name else _kind(value) for name, value in values.items()], 8)
    message = f"the R data file holds no data frame and no matrix, but {held}" if held else "the R data file holds nothing"
    return Fault(message, file=file, advice="Save a data frame with a sort in each column or row: saveRDS(x, 'sorts.rds').")


def _arrays(name: str, value: Value, depth: int = 0) -> Iterator[tuple[str, list[int]]]:
    """Arrays of three dimensions, by the names that R would call them by."""
    if len(dim := _dim(value)) == 3:
        yield name, dim
    elif isinstance(value.data, list) and depth < _DEEPEST:
        for own, part in zip(value.texts("names"), value.data, strict=False):
            if isinstance(part, Value):
                yield from _arrays(f"{name}${own}" if name else own, part, depth + 1)


def _kind(value: Value) -> str:
    return "a list" if isinstance(value.data, list) else "a vector"


FORMAT = Format(
    name="R data",
    about="A data frame or a matrix of sorts as R saves it (.rds, .rda, .RData).",
    endings=(".rds", ".rda", ".RData"),
    told_by="signature",
    sniff=_sniff,
    read=_read,
)
