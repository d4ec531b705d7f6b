"""PQMethod's .DAT with the .STA beside it, as `qmethod.write_pqmethod` writes them; `qmethod.formats.readers.pqmethod` says what stands where."""

from __future__ import annotations

from collections.abc import Mapping

from qmethod.data import QData
from qmethod.formats.carrying import ascii_of, counted_ids, lines_of_texts, plain, shown_or_median
from qmethod.formats.writer import SortsWriter
from qmethod.formats.writing import TITLE_WIDTH, pqmethod_bytes, pqmethod_faults, pqmethod_names


def _encode(data: QData, stem: str) -> Mapping[str, bytes]:
    dat, sta = pqmethod_bytes(data, plain(ascii_of(stem))[:TITLE_WIDTH].replace('"', "'"), data.texts)
    return {".dat": dat, ".sta": sta}


WRITER = SortsWriter(
    key="pqmethod",
    name="PQMethod .DAT",
    about="Fixed columns: counts, the distribution, then a line a sort; the wordings stand in the .STA beside it.",
    cannot=(
        "Names but of eight plain characters, ids of statements, wordings of several lines, missing placements, values but whole ones from -6 to 13, "
        "and more than 999 sorts or statements."
    ),
    judged="held against the fixed columns that PQMethod documents, and what R's import.pqmethod makes of them",
    endings=(".dat",),
    encode=_encode,
    ours=None,
    statements=counted_ids,
    participants=pqmethod_names,
    texts=lines_of_texts,
    grid=shown_or_median,
    refuse=lambda data, file: pqmethod_faults(data, shown_or_median(data), "", file),
)
