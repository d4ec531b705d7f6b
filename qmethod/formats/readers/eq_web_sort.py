"""What EQ Web Sort keeps of each person: Firebase's export as JSON, a table with a column for each key, or one whose cells hold keys and values.

In JSON an object with a record under each key that Firebase made, or a list of records, at most five levels deep. A record holds projectName,
partId, randomId, urlUsercode, dateTime, timeLanding, timePresort, timeSort, npos, posStateNums, comments under column4_0 and the like, sort and
presortTrace. In a table these are the headers; columns s0, s1, ... beside sort hold it again and are left out. Where the results went through a
sheet, each cell holds a key and its value, `partId: ann`, `sort: 1|0|-1`.

The sort is one text under `sort`, its placements in the order of the statements with a bar between: `"2|-1|0"`; a plus may stand before a number,
and a bar at the end changes nothing. A person is called by the first of partId, urlUsercode and randomId that tells at least half of the people
apart; the others by a later one or by the key of the record, which is said. A file is known by timeLanding, timePresort, timeSort, urlUsercode or
posStateNums beside sort. Refused are what is no JSON, keys that stand twice, and entries of a sort that are no numbers.

Source: the code and the sample results of EQ Web Sort (github.com/shawnbanasick/eq-web-sort).
"""

from __future__ import annotations

from qmethod.formats.records import claim, sorts_of
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts


def _sniff(content: Content) -> Found | None:
    return claim(content, "EQ Web Sort")


def _read(content: Content, _asked: Asked) -> Sorts:
    return sorts_of(content, "EQ Web Sort")


FORMAT = Format(
    name="EQ Web Sort",
    about="Results of EQ Web Sort, as JSON, as a table, or through a sheet, with a whole sort in one text.",
    endings=(".json", ".csv"),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="table (CSV, TSV)",
)
