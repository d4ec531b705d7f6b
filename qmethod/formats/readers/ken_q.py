"""JSON as Ken-Q Analysis and KADE take it: an object with a record under each key, and in each the sort of a person.

Any object or list of records that hold `sort`, whatever else they hold, and that no other program can be told to have written; a table with a
column sort and no columns for the placements too.

The sort is one text under `sort`, its placements in the order of the statements with a bar between: `"2|-1|0"`; a plus may stand before a number,
and a bar at the end changes nothing. A person is called by the first of participantName, partId, uid, usercode and randomId that tells at least
half of the people apart; the others by a later one or by the key of the record, which is said. (Ken-Q itself calls people by the end of the key
until another is chosen.) Refused are what is no JSON, keys that stand twice, and entries of a sort that are no numbers.

Source: the code and test data of KADE (github.com/shawnbanasick/kade).
"""

from __future__ import annotations

from qmethod.formats.records import claim, sorts_of
from qmethod.formats.registry import Asked, Content, Format, Found
from qmethod.formats.sorts import Sorts


def _sniff(content: Content) -> Found | None:
    return claim(content, "Ken-Q")


def _read(content: Content, _asked: Asked) -> Sorts:
    return sorts_of(content, "Ken-Q")


FORMAT = Format(
    name="Ken-Q JSON",
    about="Records of people with a whole sort in one text, as Ken-Q Analysis and KADE take them.",
    endings=(".json",),
    told_by="structure",
    sniff=_sniff,
    read=_read,
)
