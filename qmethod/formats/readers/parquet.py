"""Parquet: one row a sort, the participant in the first column and a column for each statement.

Needs pyarrow, which the extra ``[parquet]`` brings. It is imported when a file is opened, not before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod.brief import brief
from qmethod.data import Array, Source
from qmethod.errors import DataError, Fault, PolicyError, QMethodError
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import sha256_of
from qmethod.layouts import PARTICIPANT_ROWS
from qmethod.literals import Layout
from qmethod.notice import Notice
from qmethod.streaming.chunks import CHUNK_ROWS, Chunk

MAGIC = b"PAR1"
_KIND = "Parquet, participants in rows"
_WITHOUT = 'Parquet files are read by pyarrow, which is not installed here: pip install "qmethod[parquet]"'
_ROOM, _MOST_UNPACKED = 10_000_000, 100
"""Cells that a file may hold however small it is, and for each of its bytes."""
_BUFFER = 1 << 18  # bytes of each column read ahead, so that a row group need not fit into memory


@dataclass(frozen=True, slots=True)
class ParquetSorts:
    """Sorts in a Parquet file, of which each row group is a part.

    Parameters
    ----------
    path : str
        Absolute, so that a worker in another folder finds it.
    name : str
        The file as the user named it.
    statements : tuple of str
    n_parts : int
        Row groups.
    n_sorts : int
    rows : int
        Sorts in a chunk, at most.
    """

    path: str
    name: str
    statements: tuple[str, ...]
    n_parts: int
    n_sorts: int
    rows: int = CHUNK_ROWS

    __repr__ = brief

    @property
    def file(self) -> str:
        """The file as the user named it."""
        return self.name

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Nothing has to be guessed."""
        return ()

    def origin(self) -> Source:
        """Name and hash of the file."""
        return Source(Path(self.name).name, sha256_of(self.path), _KIND)

    def chunks(self, part: int) -> Iterator[Chunk]:
        """The sorts of a row group.

        Raises
        ------
        DataError
            For rows without a participant, and if the file is damaged.
        """
        arrow, parquet = _pyarrow()
        try:
            with parquet.ParquetFile(self.path, buffer_size=_BUFFER) as opened:
                for batch in opened.iter_batches(self.rows, row_groups=[part], use_threads=False):
                    yield Chunk(_placements(batch.columns[1:]), _names(batch.column(0), self.name))
        except (arrow.ArrowException, OSError, ValueError) as error:  # a name of a column that is no UTF-8 is one of the last
            raise DataError([Fault(f"the Parquet file is damaged: {error}", file=self.name, advice="Write it again.")]) from None


def _sniff(content: Content) -> Found | None:
    return Found(f"it begins with {MAGIC.decode()}") if content.head.startswith(MAGIC) else None


def _read(content: Content, asked: Asked) -> Sorts:
    if asked.layout not in (None, PARTICIPANT_ROWS):
        raise PolicyError(f"{content.file}: a Parquet file has {PARTICIPANT_ROWS}, not {asked.layout}")
    if content.given is not None:
        raise content.document.fault("a Parquet file is read from where it lies, not from memory", advice="Save it, and give its path.")
    opened = open_parquet(content.file)
    chunks = [chunk for part in range(opened.n_parts) for chunk in opened.chunks(part)]
    values = np.concatenate([chunk.sorts for chunk in chunks], axis=1)
    names = np.concatenate([chunk.participants for chunk in chunks]).tolist()
    return Sorts(values, opened.statements, tuple(names), kind=_KIND)


def _open(content: Content, rows: int, _layout: Layout | None) -> ParquetSorts:
    return open_parquet(content.file, rows)


def open_parquet(path: str | os.PathLike[str], rows: int = CHUNK_ROWS) -> ParquetSorts:
    """Look at the columns of a Parquet file.

    Parameters
    ----------
    path : path
    rows : int
        Sorts in a chunk, at most.

    Raises
    ------
    DataError
        Naming every column that cannot be what it should be.
    QMethodError
        If pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    file = os.fspath(path)
    try:
        with parquet.ParquetFile(file) as opened:
            schema, metadata = opened.schema_arrow, opened.metadata
            n_parts, n_sorts, n_columns = metadata.num_row_groups, metadata.num_rows, len(schema.names)
    except (arrow.ArrowException, OSError, ValueError) as error:  # a name of a column that is no UTF-8 is one of the last
        raise DataError([Fault(f"this Parquet file cannot be read: {error}", file=file, advice="Write it again.")]) from None
    if (cells := n_sorts * n_columns) > max(_ROOM, _MOST_UNPACKED * os.path.getsize(file)):
        message = f"the file says that it holds {cells:,} cells, more than sorts in so few bytes can be"
        raise DataError([Fault(message, file=file, advice="Write it again.")])
    faults = _column_faults(arrow, schema, file)
    if not n_sorts:
        faults.append(Fault("the file holds no sorts", file=file))
    if faults:
        raise DataError(faults)
    return ParquetSorts(os.path.abspath(file), file, tuple(name.strip() for name in schema.names[1:]), n_parts, n_sorts, rows)


def _column_faults(arrow: Any, schema: Any, file: str) -> list[Fault]:
    types = arrow.types
    if len(schema.names) < 3:
        advice = "One row a sort: the participant first, then a column for each statement."
        return [Fault(f"the file has {len(schema.names)} column(s), too few for sorts", file=file, advice=advice)]
    first = schema.field(0)
    kind = first.type.value_type if types.is_dictionary(first.type) else first.type
    faults = []
    if not (types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_integer(kind)):
        advice = "The first column holds the participants."
        faults.append(Fault(f"participants must be text or whole numbers; {first.name!r} holds {first.type}", file=file, column=1, advice=advice))
    seen: dict[str, int] = {}
    for at, field in enumerate(schema, start=1):
        name = field.name.strip()
        if at == 1:
            continue
        if name.startswith("__index_level_"):
            advice = "Write the file without an index (pandas: to_parquet(..., index=False))."
            faults.append(Fault(f"the column {name!r} is an index, not a statement", file=file, column=at, advice=advice))
        elif not (types.is_integer(field.type) or types.is_floating(field.type)):
            advice = "Every column after the first is a statement: take others out, and write placements as numbers."
            faults.append(Fault(f"the column {name!r} holds {field.type}, not placements", file=file, column=at, advice=advice))
        if not name:
            faults.append(Fault("a statement has no name", file=file, column=at, advice="Give each statement a name of its own."))
        elif name in seen:
            message = f"two statements are called {name!r}, here and in column {seen[name]}"
            faults.append(Fault(message, file=file, column=at, advice="Give each statement a name of its own."))
        seen.setdefault(name, at)
    return faults


def _placements(columns: list[Any]) -> Array:
    """Columns of Arrow as statements x sorts, in the smallest type that holds them; NaN for what is missing."""
    arrays = [column.to_numpy(zero_copy_only=False) for column in columns]
    whole = all(array.dtype.kind in "iu" for array in arrays)
    return np.stack(arrays, dtype=np.result_type(*arrays) if whole else np.float64, casting="same_kind" if whole else "unsafe")


def _names(column: Any, file: str) -> npt.NDArray[np.str_]:
    if column.null_count:
        advice = "Give each participant a name of its own."
        raise DataError([Fault(f"{column.null_count} row(s) have no participant", file=file, column=1, advice=advice)])
    return np.array(column.to_pylist()).astype(str)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise QMethodError(_WITHOUT) from None
    return pyarrow, parquet


FORMAT = Format(
    name="Parquet",
    about="One row a sort: the participant in the first column, then a column for each statement; needs the extra `parquet`.",
    endings=(".parquet",),
    told_by="signature",
    sniff=_sniff,
    read=_read,
    open=_open,
)
