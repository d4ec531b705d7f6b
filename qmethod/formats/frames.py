"""Data frames of any library, in and out: sorts from a frame, and tables as frames. The one module that knows narwhals."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, get_args

import numpy as np

from qmethod import checks
from qmethod.brief import short
from qmethod.data import Array, QData
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats.frame_roles import WAY, Columns, Index, absent, placements_of, refuse_long, roles_of
from qmethod.formats.headings import PARTICIPANT_HEADERS, STATEMENT_HEADERS, plain
from qmethod.formats.placements import compact
from qmethod.grid import Grid
from qmethod.literals import Backend
from qmethod.wording import listed

BACKENDS: tuple[Backend, ...] = get_args(Backend)
FEWEST_SORTS = 3
"""Sorts from which a shared distribution tells which way a frame lies: two placements are the same too easily."""

_NUMBERED = re.compile(r"(.*?)[\W_]*\d+")


def read_frame(frame: Any, *, id_column: str | None = None, text_column: str | None = None, grid: Grid | None = None) -> QData:
    """Sorts from a frame with statements in rows and sorts in columns; see `QData.from_frame`."""
    if grid is not None and not isinstance(grid, Grid):
        raise DataError([Fault(f"`grid` must be a Grid, got {short(grid)}", advice="`Grid.parse` reads one that is written as a text.")])
    columns, index = _opened(frame)
    for wanted, argument in ((id_column, "id_column"), (text_column, "text_column")):
        if wanted is not None and checks.text(argument, wanted) not in columns:
            raise DataError([Fault(f"`{argument}`: the frame has no column {wanted!r}", advice=f"Its columns are {_listed(columns)}.")])
    if id_column is not None and id_column == text_column:
        raise DataError([Fault(f"`id_column` and `text_column` both name {id_column!r}", advice="Each takes a column of its own.")])
    refuse_long(columns)
    roles = roles_of(columns, index, id_column, text_column)
    sorts = compact(placements_of({name: columns[name] for name in roles.sorts}))
    _refuse_turned(sorts, grid)
    _refuse_named_turned(frame, roles.sorts)
    return QData(sorts, roles.statements, roles.sorts, roles.texts, grid)


def names_statements(frame: Any) -> bool:
    """Whether a frame that `read_frame` takes names its statements, by a column or by its index."""
    columns, index = _opened(frame)
    return bool(roles_of(columns, index, None, None).statements)


def _opened(frame: Any) -> tuple[Columns, Index]:
    """The columns of a frame by name, and the labels of its rows, none where these are only a count from 0."""
    import narwhals as nw

    if nw.dependencies.is_polars_lazyframe(frame):
        frame = frame.collect()
    if not is_frame(frame):
        advice = "`QData.from_array` takes a table of numbers, `qmethod.read` a file."
        raise DataError([Fault(f"`frame`: a data frame of pandas, polars or pyarrow is needed, got {type(frame).__name__}", advice=advice)])
    raw = list(frame.column_names if nw.dependencies.is_pyarrow_table(frame) else getattr(frame, "columns", ()))
    if any(isinstance(name, tuple) for name in raw):
        raise DataError([Fault("the columns of the frame have names of several levels", advice="Give each sort one name.")])
    names = ["" if absent(name) else str(name) for name in raw]
    once = set(names)
    if len(once) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError([Fault(f"two columns of the frame are called {name!r}", advice="Give each sort a name of its own.") for name in twice])
    given = nw.from_native(frame, eager_only=True)
    labels = nw.maybe_get_index(given)
    columns = {name: given.get_column(own) for name, own in zip(names or map(str, given.columns), given.columns, strict=True)}
    return columns, Index() if labels is None else _labels(labels)


def _labels(index: Any) -> Index:
    """The labels of an index that names statements; none of one that only counts the rows from 0."""
    labels = list(index)
    if labels == list(range(len(labels))):
        return Index()
    if any(isinstance(label, tuple) for label in labels):
        raise DataError(
            [Fault("the index of the frame has several levels", advice="Give each statement one id, in pandas with `frame.reset_index()`.")]
        )
    whole = all(isinstance(label, int | np.integer) and not isinstance(label, bool) for label in labels)
    return Index(tuple(labels), whole and index.name is None)


def is_frame(value: Any) -> bool:
    """Whether a value is a frame that `read_frame` takes."""
    if isinstance(value, np.ndarray | list | tuple):
        return False
    import narwhals as nw

    return bool(nw.dependencies.is_into_dataframe(value) or nw.dependencies.is_polars_lazyframe(value))


def make_frame(header: Sequence[str], rows: Sequence[Sequence[Any]], backend: Backend | None = None) -> Any:
    """A table as a frame.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequences
        Cells are texts, numbers, or None.
    backend : {'pandas', 'polars', 'pyarrow'}, optional
        Which library's frame. Without one that which the program has imported, else that which is installed, pandas first.

    Raises
    ------
    DataError
        If two columns have one name.
    PolicyError
        If there is no such library, or none is installed.

    Notes
    -----
    The type of a column does not depend on gaps: whole numbers stay whole, in pandas as its ``Int64``.
    """
    import narwhals as nw

    chosen = _backend(backend)
    again = sorted({name for name in header if list(header).count(name) > 1}) if len(set(header)) < len(header) else []
    if again:
        advice = "A participant or a viewpoint has the name of another column of the table: give it another name."
        raise DataError([Fault(f"two columns of the table would be called {name!r}", advice=advice) for name in again])
    columns = {name: _column([row[j] for row in rows], chosen) for j, name in enumerate(header)}
    types = {name: _type_of(cells) for name, cells in columns.items()}
    if chosen != "pandas":
        return nw.from_dict(columns, {name: kind() for name, kind in types.items()}, backend=chosen).to_native()
    whole = {name: kind for name, kind in types.items() if kind in (nw.Int64, nw.Boolean) and None in columns[name]}
    frame = nw.from_dict(columns, backend=chosen).to_native()
    nullable = {name: "Int64" if kind is nw.Int64 else "boolean" for name, kind in whole.items()}
    return frame.astype(nullable) if nullable else frame


def _column(cells: list[Any], backend: str) -> list[Any]:
    """Cells of one kind; pandas has NaN for a number that is not there."""
    if not any(isinstance(cell, float) for cell in cells) and any(cell is not None for cell in cells):
        return cells
    numeric = all(cell is None or isinstance(cell, int | float) for cell in cells)
    empty = float("nan") if backend == "pandas" else None
    return [empty if cell is None else float(cell) for cell in cells] if numeric else cells


def _type_of(cells: list[Any]) -> Any:
    """Type of a column of a frame, for all libraries: gaps do not change it."""
    import narwhals as nw

    there = {type(cell) for cell in cells if cell is not None}
    if there <= {float}:
        return nw.Float64
    return nw.Boolean if there == {bool} else nw.Int64 if there <= {int, bool} else nw.String


def _backend(wanted: str | None) -> Any:
    if wanted is not None:
        checks.one_of("backend", wanted, BACKENDS)
    found = [name for name in ([wanted] if wanted else BACKENDS) if name in sys.modules or find_spec(name) is not None]
    if not found:
        raise PolicyError(f"a frame needs {wanted or 'pandas or polars'}, which is not installed: pip install {wanted or 'pandas'}")
    return next((name for name in found if name in sys.modules), found[0])


def _refuse_turned(sorts: Array, grid: Grid | None) -> None:
    """Refuse a frame whose rows are sorts: they follow the grid, or share one distribution, and the columns do not."""
    n, m = sorts.shape
    turned = False
    if grid is not None:
        turned = n != grid.n_statements == m or (n == m == grid.n_statements and _follow(sorts.T, grid) > 0.5 >= _follow(sorts, grid))
        found = f"each of its {n} rows has a placement for each of the {grid.n_statements} statements of the grid" if turned else ""
    elif n >= FEWEST_SORTS and m >= FEWEST_SORTS:
        turned = _alike(sorts.T) > 0.5 >= _alike(sorts)
        found = "its rows share one distribution and its columns do not" if turned else ""
    if turned:
        raise DataError([Fault(f"the frame lies the wrong way: {found}", advice=WAY)])


def _refuse_named_turned(frame: Any, sorts: Sequence[str]) -> None:
    """Refuse a frame whose names are the wrong way round: its columns are called like statements, or its rows like people."""
    import narwhals as nw

    frame = frame if nw.dependencies.is_pandas_dataframe(frame) else None  # the one library that names columns and rows as a whole
    columns_called = getattr(getattr(frame, "columns", None), "name", None)
    rows_called = getattr(getattr(frame, "index", None), "name", None)
    if isinstance(columns_called, str) and plain(columns_called) in STATEMENT_HEADERS:
        raise DataError([Fault(f"the frame lies the wrong way: its columns are named {columns_called!r}", advice=WAY)])
    if isinstance(rows_called, str) and plain(rows_called) in PARTICIPANT_HEADERS:
        raise DataError([Fault(f"the frame lies the wrong way: its index is called {rows_called!r}", advice=WAY)])
    numbered = [_NUMBERED.fullmatch(name) for name in sorts]
    if len(sorts) > 1 and all(found is not None and plain(found[1]) in STATEMENT_HEADERS for found in numbered):
        raise DataError([Fault(f"the frame lies the wrong way: its columns are called like statements, {_listed(sorts)}", advice=WAY)])


def _follow(sorts: Array, grid: Grid) -> float:
    """Share of the columns that follow a grid."""
    return float((np.sort(sorts, axis=0) == grid.slots()[:, None]).all(axis=0).mean())


def _alike(sorts: Array) -> float:
    """Share of the columns that show the commonest distribution, those without differences counting as unlike."""
    ordered = np.sort(sorts[:, ~np.isnan(sorts.astype(float)).any(axis=0)], axis=0)
    varied = ordered[:, ordered[0] != ordered[-1]] if ordered.size else ordered
    if not varied.size:
        return 0.0
    return float(np.unique(varied, axis=1, return_counts=True)[1].max() / sorts.shape[1])


def _listed(names: Sequence[str] | dict[str, Any]) -> str:
    return listed(map(repr, names), 8)
