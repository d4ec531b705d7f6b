"""JSON from programs that collect sorts: read strictly, with numbers as they are written, so that a placement is judged in one place."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NoReturn, TypeAlias

from qmethod.errors import DataError, Fault
from qmethod.formats.registry import Content
from qmethod.formats.text import lines_of, shown

Json: TypeAlias = "str | bool | list[Json] | dict[str, Json] | None"
"""A value of JSON; numbers are text."""

MOST_VALUES = 500_000
"""Lists and objects that a file may hold; 100,000 sorts have as many."""
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading JSON of another shape than is expected may end in."""
_AGAIN = "Export it again, as JSON."


def parse_json(content: Content) -> Json:
    """The value that a file holds.

    Parameters
    ----------
    content : Content
        In any encoding; a mark at its beginning is no part of it.

    Returns
    -------
    Json

    Raises
    ------
    DataError
        If it is no JSON, with the line; if a key stands twice in an object, or NaN or Infinity in it, which JSON does not know; if it is nested too
        deeply or holds more than `MOST_VALUES` lists and objects.
    """
    text, file = content.decoded.text, content.file
    if (n := text.count("{") + text.count("[")) > MOST_VALUES:
        message = f"the JSON holds {n:,} brackets that open a list or an object; at most {MOST_VALUES:,} are read"
        raise DataError([Fault(message, file=file, advice="Check that this is the file with the sorts.")])
    try:
        value: Json = json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        line = len(lines_of(text[: error.pos] + "."))
        message = "the JSON breaks off; the file may have been cut short" if error.pos >= len(text.rstrip()) else f"this is no JSON: {error.msg}"
        raise DataError([Fault(message, file=file, line=line, advice=_AGAIN)]) from None
    except _RefusedError as refused:
        message, advice = refused.args
        raise DataError([Fault(message, file=file, advice=advice)]) from None
    except RecursionError:
        raise DataError([Fault("the JSON is nested too deeply", file=file, advice="Check that this is the file with the sorts.")]) from None
    return value


def loaded(content: bytes) -> Any:
    """The value of JSON that this program wrote.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    ValueError, RecursionError
        If it is no JSON, or holds half a sign, which is no text.
    """
    value = json.loads(content)
    if b"\\ud" in content.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


class _RefusedError(Exception):
    """Something that JSON allows a program to write and that cannot be read in one way only: message and advice."""


def _refuse_constant(name: str) -> NoReturn:
    raise _RefusedError(f"the JSON holds {name}, which is no number", "Write null where a placement is missing.")


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _RefusedError(f"the key {shown(twice)} stands twice in one object of the JSON", "Take one of them out, or give each its own key.")
    return found


def keys_at_start(start: str) -> frozenset[str]:
    """The keys that stand in the beginning of a JSON text, whatever they are keys of; none where it is no JSON."""
    if start[:1] not in ("{", "["):
        return frozenset()
    return frozenset(re.findall(r'"([^"\\\n]{1,80})"\s*:', start))
