r"""JSON of this package: everything that sorts have, under plain names.

::

    {"format": "qmethod sorts", "version": 1,
     "grid": {"values": [-1, 0, 1], "counts": [1, 2, 1]},
     "statements": [{"id": "s1", "text": "..."}, ...],
     "sorts": [{"participant": "anna", "placements": [0, -1, null, 1]}, ...]}

UTF-8. ``grid`` is null where there is none; a placement is null where it is missing; placements stand in the order of the statements.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from qmethod.data import QData
from qmethod.formats.carrying import cell, given_grid
from qmethod.formats.writer import SortsWriter, begins

NAME, VERSION = "qmethod sorts", 1


def _encode(data: QData, _stem: str) -> Mapping[str, bytes]:
    grid = None if data.grid is None else {"values": [cell(value) for value in data.grid.values], "counts": list(data.grid.counts)}
    head = {"format": NAME, "version": VERSION, "grid": grid}
    statements = [{"id": name, "text": text} for name, text in zip(data.statements, data.texts, strict=True)]
    sorts = [
        {"participant": name, "placements": [None if value != value else cell(value) for value in sort]}
        for name, sort in zip(data.participants, data.sorts.T.tolist(), strict=True)
    ]
    parts = [f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in head.items()]
    parts += [f'"{key}": [\n {_lines(rows)}\n]' for key, rows in (("statements", statements), ("sorts", sorts))]
    return {".json": ("{" + ",\n".join(parts) + "}\n").encode("utf-8")}


def _lines(rows: Sequence[Mapping[str, object]]) -> str:
    return ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows)


WRITER = SortsWriter(
    key="json",
    name="JSON",
    about="Grid, statements with their wordings, and sorts, under plain names.",
    cannot="Control characters and blanks at the ends of names and wordings.",
    judged="Python's json",
    endings=(".json",),
    encode=_encode,
    ours=begins(f"{{format: {NAME}"),
    grid=given_grid,
)
