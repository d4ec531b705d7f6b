"""The form of EQ Web Sort that Netlify collects: one text for each person, with all keys and values.

A table with a column qSortData, or a JSON list of objects with that key. The text reads `projectName:| Pilot | partId:| ann | sort:| 1|0|-1 |
...`: a key ends with a colon and a bar. Of a key that stands twice the first counts, for a comment behind it may hold one.

The sort is one text under `sort`, its placements in the order of the statements with a bar between: `"2|-1|0"`; a plus may stand before a number,
and a bar at the end changes nothing. A person is called by the first of partId, urlUsercode and randomId that tells at least half of the people
apart; the others by a later one or by the line of the record, which is said. Refused are a file without any sort and entries of a sort that are no
numbers.

Source: the code of EQ Web Sort and the import of KADE (github.com/shawnbanasick/eq-web-sort, kade).
"""

from __future__ import annotations

from qmethod.formats.records import claim, sorts_of
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts


def _sniff(content: Content) -> Found | None:
    return claim(content, "Netlify")


def _read(content: Content, _asked: Asked) -> Sorts:
    return sorts_of(content, "Netlify")


FORMAT = Format(
    name="Netlify",
    about="Results of EQ Web Sort as the form on Netlify collects them: one text of keys and values a person.",
    endings=(".csv", ".json"),
    told_by="structure",
    sniff=_sniff,
    read=_read,
    table="table (CSV, TSV)",
)
