"""What Quince keeps of each person: Baserow's export, or the JSON that it saves on a computer of its own.

Baserow: a table, or a JSON list, with the columns r1, r2, ..., in which each cell holds a label and a value: `(randomId): x7`, `(partId): ann`,
`(urlUsercode): no usercode set`, `sort: 1|0|-1`. Which column holds what depends on the study, so the labels decide. Between the cells may stand a
comma, a semicolon, a tab, or the record separator or unit separator that Baserow offers; all columns that hold nothing are no part of the table.

Saved by Quince itself: a JSON object with a record under each key of eight characters: projectName, partId, randomId, usercode, sort, presortTrace
and answers.

The sort is one text under `sort`, its placements in the order of the statements with a bar between: `"2|-1|0"`; a plus may stand before a number,
and a bar at the end changes nothing. A person is called by the first of partId, urlUsercode or usercode, and randomId that tells at least half of
the people apart (`no part ID` and `no usercode set` are none); the others by a later one or by the line or key of the record, which is said.
Refused are what is no JSON, keys that stand twice, and entries of a sort that are no numbers.

Source: the code of Quince and of its Configurator (github.com/shawnbanasick/quince, quince-configurator).
"""

from __future__ import annotations

from qmethod.formats.records import claim, sorts_of
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts


def _sniff(content: Content) -> Found | None:
    return claim(content, "Quince")


def _read(content: Content, _asked: Asked) -> Sorts:
    return sorts_of(content, "Quince")


FORMAT = Format(
    name="Quince",
    about="Results of Quince, from Baserow (CSV or JSON) or as saved on a computer (JSON).",
    endings=(".csv", ".json"),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="table (CSV, TSV)",
)
