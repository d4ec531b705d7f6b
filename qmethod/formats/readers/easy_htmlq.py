"""What easy-htmlq keeps of each person: Firebase's export as JSON, or a table with a column for each key.

A record holds the seconds of each page (dur0, dur1, ...), datetime, sort, name (the title of the study), npos, nneu, nneg, userInputId,
urlUserCode, accessCode, comments as comment16 and answers as form0. In JSON it stands under a key for each person, or in a list.

The sort is one text under `sort`, its placements in the order of the statements with a bar between: `"2|-1|0"`; a plus may stand before a number,
and a bar at the end changes nothing. A person is called by the first of userInputId, uid, urlUserCode and accessCode that tells at least half of
the people apart (`---` is none); the others by a later one or by the key of the record, which is said. A file is known by dur0 or userInputId
beside sort. Refused are what is no JSON, keys that stand twice, and entries of a sort that are no numbers.

Source: the reader import.easyhtmlq of R's qmethod (github.com/aiorazabala/qmethod) and easy-htmlq (github.com/shawnbanasick/easy-htmlq).
"""

from __future__ import annotations

from qmethod.formats.records import claim, sorts_of
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts


def _sniff(content: Content) -> Found | None:
    return claim(content, "easy-htmlq")


def _read(content: Content, _asked: Asked) -> Sorts:
    return sorts_of(content, "easy-htmlq")


FORMAT = Format(
    name="easy-htmlq",
    about="Results of easy-htmlq, as JSON or as a table, with a whole sort in one text.",
    endings=(".json", ".csv"),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="table (CSV, TSV)",
)
