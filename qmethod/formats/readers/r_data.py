"""R's data files (.rds, .rda, .RData) with a data frame or a matrix of sorts.

How values are saved is said in `qmethod.formats.rdata`. A data frame is a list of columns of one length with the attributes ``names``, ``class``
(among which is ``data.frame``) and ``row.names``; a matrix is a vector with two numbers in ``dim`` and, it may be, names of rows and columns in
``dimnames``. Names of rows that are texts stand in a first column without a name, as ``write.csv`` puts them. Factors are the texts of their
``levels``. The table that this makes may lie in each of the three ways of a table; attributes ``label`` and ``labels`` of columns, as the package
haven keeps them, can give the wordings.

Of several values, and of those inside lists, the one that reads as sorts is taken, which is said; of what R's package qmethod returns that is its
``dataset``. Where several do, none is taken, and they are named: ``sheet`` names one. An array of three dimensions is a table for each place in
the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.dataset import MOST_CELLS, Variable, numbers_as_text, sorts_of_dataset
from qmethod.formats.rdata import Value, begins_like_r, read_values
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.selection import no_sheet
from qmethod.formats.sorts import Sorts
from qmethod.notice import Notice
from qmethod.wording import listed

_DEEPEST = 4


def _sniff(content: Content) -> Found | None:
    return Found("it begins as R's data files do") if begins_like_r(content.head) else None


def _read(content: Content, asked: Asked) -> Sorts:
    values = read_values(content.document)
    tables = [table for name, value in values.items() for table in tables_in(name, value)]
    if not tables:
        raise DataError([_nothing(content.file, values)])
    if wanted := asked.selection.sheet:
        if wanted not in (there := [name for name, _ in tables]):
            raise no_sheet(content.file, asked.selection, there, "table")
        tables = [each for each in tables if each[0] == wanted]
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
        ways = tuple(Setting("sheet", name) for name, _ in read)
        advice = f"Name the one that is meant: {listed(map(str, ways), 8)}."
        raise DataError([Fault(f"{len(read)} tables read as sorts: {names}", file=content.file, advice=advice, settings=ways)])
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
    elif len(dim) == 3 and isinstance(value.data, np.ndarray | list):
        yield from _slices(name, value, dim)
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
    return _of_cells(cells, parts, n_rows, n_columns)


def _of_cells(cells: Sequence[str], parts: Sequence[object], n_rows: int, n_columns: int) -> list[Variable]:
    """Cells column by column under their names, which R keeps as two vectors."""
    rows, columns = ([text or "" for text in part.data] if isinstance(part, Value) and isinstance(part.data, list) else [] for part in parts)
    names = columns if len(columns) == n_columns else [f"V{j + 1}" for j in range(n_columns)]
    return [*_row_names(rows, n_rows), *(Variable(name, cells[j * n_rows : (j + 1) * n_rows]) for j, name in enumerate(names))]


def _slices(name: str, value: Value, dim: Sequence[int]) -> Iterator[tuple[str, list[Variable]]]:
    """The tables of an array of three dimensions, one for each place in the last, as R would call them."""
    n_rows, n_columns, n_slices = dim
    size, found = n_rows * n_columns, value.attributes.get("dimnames")
    names = found.data[:2] if found is not None and isinstance(found.data, list) and len(found.data) == 3 else [None, None]
    cells = _cells(replace(value, attributes={}))
    if len(cells) != size * n_slices or len(cells) > MOST_CELLS:
        return
    for k in range(n_slices):
        part = cells[k * size : (k + 1) * size]
        yield f"{name or 'x'}[, , {k + 1}]", _of_cells(part, names, n_rows, n_columns)


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
    """What a file without tables holds, and what to save instead."""
    held = listed([f"{name} ({_kind(value)})" if name else _kind(value) for name, value in values.items()], 8)
    message = f"the R data file holds no data frame and no matrix, but {held}" if held else "the R data file holds nothing"
    return Fault(message, file=file, advice="Save a data frame with a sort in each column or row: saveRDS(x, 'sorts.rds').")


def _kind(value: Value) -> str:
    return "a list" if isinstance(value.data, list) else "a vector"


FORMAT = Format(
    name="R data",
    about="A data frame or a matrix of sorts as R saves it (.rds, .rda, .RData).",
    endings=(".rds", ".rda", ".RData"),
    told_by="signature",
    sniff=_sniff,
    read=_read,
    table="R data",
)
