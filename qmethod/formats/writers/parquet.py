"""Parquet: one row a sort, the participant in the first column and a column for each statement. Needs pyarrow, which the extra ``[parquet]`` brings.

Placements are whole numbers where all of them are, else decimals; a missing one is null.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np

from qmethod.data import QData
from qmethod.errors import QMethodError
from qmethod.formats.carrying import mended, no_texts, plain
from qmethod.formats.writer import SortsWriter

_WITHOUT = 'Parquet files are written by pyarrow, which is not installed here: pip install "qmethod[parquet]"'
_MADE = "qmethod"


def _ids(names: Sequence[str]) -> tuple[str, ...]:
    """Ids that are not taken for an index of pandas."""
    return mended(names, lambda name: plain(name).removeprefix("__index_level_"), "s")


def _encode(data: QData, _stem: str) -> Mapping[str, bytes]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise QMethodError(_WITHOUT) from None
    first = next(name for name in ("participant", *(f"participant_{i}" for i in range(data.n_statements))) if name not in data.statements)
    values = np.asarray(data.sorts, dtype=np.float64)
    whole = bool((values == np.round(values)).all())
    columns = [pyarrow.array(data.participants, pyarrow.string())]
    columns += [pyarrow.array(row.astype(np.int64)) if whole else pyarrow.array(row, mask=np.isnan(row)) for row in values]
    table = pyarrow.table(columns, names=[first, *data.statements]).replace_schema_metadata({"made_by": _MADE})
    out = io.BytesIO()
    parquet.write_table(table, out)
    return {".parquet": out.getvalue()}


WRITER = SortsWriter(
    key="parquet",
    name="Parquet",
    about="One row a sort, a column a statement; needs the extra `parquet`.",
    cannot="Wordings, which stand beside it; a grid that not all sorts follow.",
    judged="pandas and polars",
    endings=(".parquet",),
    encode=_encode,
    ours=lambda content: content.startswith(b"PAR1") and b"made_by" in content[-65_536:],
    statements=_ids,
    texts=no_texts,
)
