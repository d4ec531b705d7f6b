"""Data frames of any library, in and out: sorts from a frame, and tables as frames. The one module that knows narwhals."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from qmethod.data import Array, FloatArray, Grid, QData
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats.headings import ID_HEADERS, PARTICIPANT_HEADERS, STATEMENT_HEADERS, TEXT_HEADERS, VALUE_HEADERS, plain
from qmethod.formats.placements import UNREADABLE, compact, placement

if TYPE_CHECKING:
    import narwhals as nw

BACKENDS = ("pandas", "polars", "pyarrow")
"""Libraries whose frames can be made, in the order in which they are looked for."""
FEWEST_SORTS = 3
"""Sorts from which a shared distribution tells which way a frame lies: two placements are the same too easily."""

_WAY = "Statements are rows and sorts are columns: turn it round, in pandas with `frame.T`, in polars with `frame.transpose(...)`."


def read_frame(frame: Any, *, id_column: str | None = None, text_column: str | None = None, grid: Grid | None = None) -> QData:
    """Sorts from a frame with statements in rows and sorts in columns; see `QData.from_frame`."""
    import narwhals as nw

    if nw.dependencies.is_polars_lazyframe(frame):
        frame = frame.collect()
    names = [str(name) for name in getattr(frame, "columns", ())] if nw.dependencies.is_pandas_dataframe(frame) else []
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError([Fault(f"two columns of the frame are called {name!r}", advice="Give each sort a name of its own.") for name in twice])
    given = nw.from_native(frame, eager_only=True)
    columns = {str(name): given.get_column(name) for name in given.columns}
    for wanted, argument in ((id_column, "id_column"), (text_column, "text_column")):
        if wanted is not None and wanted not in columns:
            raise DataError([Fault(f"`{argument}`: the frame has no column {wanted!r}", advice=f"Its columns are {_listed(columns)}.")])
    _refuse_long(columns)
    texts_at = text_column or _first(columns, TEXT_HEADERS)
    ids_at = id_column or _id_column(columns, texts_at)
    statements = _ids(given, None if ids_at is None else columns[ids_at])
    if ids_at is None and not statements and (who := _first(columns, PARTICIPANT_HEADERS)) is not None and not _numbers(columns[who])[1]:
        raise DataError([Fault(f"the frame lies the wrong way: its column {who!r} names people", advice=_WAY)])
    texts = () if texts_at is None else tuple("" if value is None or value != value else str(value).strip() for value in columns[texts_at].to_list())
    participants = tuple(name for name in columns if name not in (ids_at, texts_at))
    sorts = _placements({name: columns[name] for name in participants})
    _refuse_turned(sorts, grid)
    return QData(sorts, statements, participants, texts, grid)


def is_frame(value: Any) -> bool:
    """Whether a value is a frame that `read_frame` takes."""
    if isinstance(value, np.ndarray | list | tuple):
        return False
    import narwhals as nw

    return bool(nw.dependencies.is_into_dataframe(value) or nw.dependencies.is_polars_lazyframe(value))


def make_frame(header: Sequence[str], rows: Sequence[Sequence[Any]], backend: str | None = None) -> Any:
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
    PolicyError
        If there is no such library, or none is installed.
    """
    import narwhals as nw

    chosen = _backend(backend)
    columns: dict[str, list[Any]] = {}
    for j, name in enumerate(header):
        cells = [row[j] for row in rows]
        numeric = all(cell is None or isinstance(cell, int | float) for cell in cells)
        columns[name] = [float("nan") if cell is None else cell for cell in cells] if numeric and None in cells else cells
    return nw.from_dict(columns, backend=chosen).to_native()


def _backend(wanted: str | None) -> Any:
    if wanted is not None and wanted not in BACKENDS:
        raise PolicyError(f"`backend` must be one of {', '.join(BACKENDS)}; got {wanted!r}")
    found = [name for name in ([wanted] if wanted else BACKENDS) if name in sys.modules or find_spec(name) is not None]
    if not found:
        raise PolicyError(f"a frame needs {wanted or 'pandas or polars'}, which is not installed: pip install {wanted or 'pandas'}")
    return next((name for name in found if name in sys.modules), found[0])


def _first(columns: dict[str, nw.Series[Any]], words: frozenset[str]) -> str | None:
    return next((name for name in columns if plain(name) in words), None)


def _id_column(columns: dict[str, nw.Series[Any]], texts_at: str | None) -> str | None:
    """The column with the ids of the statements: called so, and first or holding texts, since a participant may be called 'no'."""
    for position, name in enumerate(columns):
        if name == texts_at or plain(name) not in ID_HEADERS:
            continue
        if plain(name) in STATEMENT_HEADERS or position == 0 or not _numbers(columns[name])[1]:
            return name
    return None


def _ids(given: nw.DataFrame[Any], column: nw.Series[Any] | None) -> tuple[str, ...]:
    """Ids of the statements: of their column, else of an index that is more than a count from 0."""
    import narwhals as nw

    if column is not None:
        return tuple("" if value is None or value != value else _id(value) for value in column.to_list())
    index = nw.maybe_get_index(given)
    labels = [] if index is None else list(index)
    return () if labels == list(range(len(labels))) else tuple(map(_id, labels))


def _id(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _cell(value: Any) -> float:
    """A placement, NaN for an empty cell, `UNREADABLE` for anything else; truth values are no placements."""
    if isinstance(value, str):
        return placement(value)
    if value is None or value != value:
        return float("nan")
    try:
        return UNREADABLE if isinstance(value, bool | np.bool_) else float(value)
    except (TypeError, ValueError):
        return UNREADABLE


def _numbers(column: nw.Series[Any]) -> tuple[FloatArray, bool]:
    """The placements of a column, and whether each of its cells is one or empty."""
    import narwhals as nw

    if column.dtype.is_numeric():
        found = np.asarray(column.cast(nw.Float64()).to_numpy(), dtype=float)
    else:
        found = np.array([_cell(value) for value in column.to_list()], dtype=float)
    return found, bool((found != UNREADABLE).all())


def _placements(columns: dict[str, nw.Series[Any]]) -> Array:
    read = {name: _numbers(column) for name, column in columns.items()}
    advice = "Take such columns out; `text_column` names the one with the wordings of the statements, `id_column` the one with their ids."
    faults = []
    for name, (numbers, sound) in read.items():
        if not sound:
            odd = columns[name].to_list()[int(np.argmax(numbers == UNREADABLE))]
            faults.append(Fault(f"the column {name!r} holds no placements: {str(odd)[:40]!r}", advice=advice))
    if faults:
        raise DataError(faults)
    if not read:
        raise DataError([Fault("the frame has no columns with placements", advice=_WAY)])
    return compact(np.column_stack([numbers for numbers, _ in read.values()]))


def _refuse_long(columns: dict[str, nw.Series[Any]]) -> None:
    roles = [_first(columns, words) for words in (PARTICIPANT_HEADERS, STATEMENT_HEADERS, VALUE_HEADERS)]
    if None not in roles and len(columns) <= len(roles) + 1:
        who, what, value = roles
        advice = f"Make it wide first, in pandas: frame.pivot(index={what!r}, columns={who!r}, values={value!r})."
        raise DataError([Fault("the frame has one placement a row", advice=advice)])


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
        raise DataError([Fault(f"the frame lies the wrong way: {found}", advice=_WAY)])


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
    once = list(names)
    return ", ".join(map(repr, once[:8])) + (f" and {len(once) - 8} more" if len(once) > 8 else "")
