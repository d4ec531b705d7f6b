"""JSON as Ken-Q, KADE and easy-htmlq take it from Firebase: an object with a record a sort.

::

    {"sort000001": {"participantName": "anna", "sort": "+0|-1|+1|..."}, ...}

The values of ``sort`` stand in the order of the statements, those from 0 on with a plus sign. KADE calls a sort by the last ten characters of its key
until another field is chosen, so the keys have ten. Statements are loaded there from a file of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from qmethod.data import QData
from qmethod.errors import Fault
from qmethod.formats.carrying import counted_ids, no_texts, wrong_placements
from qmethod.formats.writer import SortsWriter, begins

_KEY = "sort"


def _encode(data: QData, _stem: str) -> Mapping[str, bytes]:
    records = {
        f"{_KEY}{number:06d}": {"participantName": name, "sort": "|".join(f"{int(value):+d}" for value in sort)}
        for number, (name, sort) in enumerate(zip(data.participants, data.sorts.T.tolist(), strict=True), 1)
    }
    return {".json": (json.dumps(records, ensure_ascii=False, indent=1) + "\n").encode("utf-8")}


def _refuse(data: QData, file: str) -> list[Fault]:
    return wrong_placements(data, file, -999, 999, "Write CSV or JSON instead.")


WRITER = SortsWriter(
    key="kenq-json",
    name="Ken-Q JSON",
    about="A record a sort, as Ken-Q and KADE take it from Firebase.",
    cannot="Ids and wordings of statements, which stand beside it; a grid that not all sorts follow; missing placements and decimals.",
    judged="Python's json; held against what KADE documents",
    endings=(".json",),
    encode=_encode,
    ours=begins(f"{{{_KEY}000001:"),
    statements=counted_ids,
    texts=no_texts,
    refuse=_refuse,
    by_name=False,
)
