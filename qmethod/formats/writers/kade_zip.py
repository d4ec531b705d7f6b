"""The ZIP of a KADE project: four texts in UTF-8.

``name.txt`` holds the name of the project; ``pattern.txt`` how many statements the values -6 to 13 take, 20 numbers with commas between;
``statements.txt`` a wording a line, none of them empty; ``sorts.txt`` a sort a line: the name and the values, with commas between.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from qmethod.data import QData
from qmethod.errors import Fault
from qmethod.formats.carrying import counted_ids, lines_of_texts, mended, plain, shown_or_median, wrong_placements
from qmethod.formats.writer import SortsWriter
from qmethod.formats.writing import HIGHEST, LOWEST

_MADE = b"written by qmethod"
_WHEN = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a ZIP can hold: the same study gives the same bytes."""


def _between_commas(name: str) -> str:
    return re.sub(r"\s+", " ", re.sub("[,;]", " ", plain(name))).strip()


def names(participants: Sequence[str]) -> tuple[str, ...]:
    """Names of sorts that commas and semicolons may stand between."""
    return mended(participants, _between_commas, "p")


def pattern(data: QData) -> list[int]:
    """How many statements each of the values -6 to 13 takes.

    Parameters
    ----------
    data : QData
        With a grid.
    """
    spread = {} if data.grid is None else dict(zip(data.grid.values, data.grid.counts, strict=True))
    return [spread.get(value, 0) for value in range(LOWEST, HIGHEST + 1)]


def refuse(data: QData, file: str) -> list[Fault]:
    """What no project of KADE holds.

    Parameters
    ----------
    data : QData
    file : str
    """
    faults = wrong_placements(data, file, LOWEST, HIGHEST, "Write CSV or JSON instead.")
    if not faults and any(value not in range(LOWEST, HIGHEST + 1) for value in shown_or_median(data).values):
        faults.append(Fault(f"the grid {data.grid} has columns that are not whole numbers from {LOWEST} to {HIGHEST}", file=file))
    return faults


def _encode(data: QData, stem: str) -> Mapping[str, bytes]:
    sorts = [",".join((name, *(str(int(value)) for value in sort))) for name, sort in zip(data.participants, data.sorts.T.tolist(), strict=True)]
    members = {
        "name.txt": plain(stem),
        "pattern.txt": ",".join(map(str, pattern(data))),
        "statements.txt": "\n".join(data.texts),
        "sorts.txt": "\n".join(sorts),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.comment = _MADE
        for name, text in members.items():
            packed.writestr(zipfile.ZipInfo(name, _WHEN), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return {".zip": out.getvalue()}


WRITER = SortsWriter(
    key="kade-zip",
    name="KADE ZIP",
    about="A project of KADE: name, distribution, statements and sorts, as texts in a ZIP.",
    cannot=(
        "Ids of statements, commas and semicolons in names, wordings of several lines, missing placements, and values but whole ones from -6 to 13."
    ),
    judged="Python's zipfile; held against what KADE documents",
    endings=(".zip",),
    encode=_encode,
    ours=lambda content: content.endswith(_MADE),
    statements=counted_ids,
    participants=names,
    texts=lines_of_texts,
    grid=shown_or_median,
    refuse=refuse,
)
