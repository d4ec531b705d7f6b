"""TOML within bounds: what a recipe or a text of a researcher can never need is refused before it is read, since reading it could take for ever."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from qmethod.errors import DataError, Fault
from qmethod_analysis.recipe.inside import LARGEST_TEXT

DEEPEST = 16
"""Brackets in brackets, and parts of a key."""
MOST_DIGITS = 30
MOST_KEYS = 10_000
_SHOWN = 40  # digits of such a number in a message
_SIGN = re.compile(r'"""|\'\'\'|["\'#\n\[\]{}.,=]|[0-9][0-9_]{' + str(MOST_DIGITS) + r",}")
_END = {
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*+"{3,5}', re.DOTALL),
    "'''": re.compile(r"(?:[^']|'(?!''))*+'{3,5}"),
    '"': re.compile(r'(?:[^"\\\n]|\\.)*+"'),
    "'": re.compile(r"[^'\n]*+'"),
    "#": re.compile(r"[^\n]*+"),
}


def read_toml(text: str, file: str) -> dict[str, Any]:
    """The values of a TOML file.

    Parameters
    ----------
    text : str
    file : str
        What to call the file in messages.

    Raises
    ------
    DataError
        If it is larger than `LARGEST_TEXT`, holds keys or brackets deeper in one another than `DEEPEST`, a number of more than `MOST_DIGITS`
        digits, or more than `MOST_KEYS` keys.
    tomllib.TOMLDecodeError
        If it is no TOML.
    """
    if len(text) > LARGEST_TEXT:
        raise DataError([Fault(f"the file has {len(text):,} signs; at most {LARGEST_TEXT:,} are read", file=file, advice="Shorten it.")])
    found = _too_much(text)
    if found is not None:
        message, at = found
        raise DataError([Fault(message, file=file, line=text.count("\n", 0, at) + 1, advice="Mend this line.")])
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise DataError([Fault("values stand too deep in one another", file=file, advice="Mend the file.")]) from None


def _too_much(text: str) -> tuple[str, int] | None:
    """What of a text goes beyond the bounds, and where; texts and comments in it may hold whatever they like."""
    depth = parts = keys = at = 0
    while sign := _SIGN.search(text, at):
        kind, at = sign[0], sign.end()
        if (end := _END.get(kind)) is not None:
            closed = end.match(text, at)
            if closed is None:
                return None  # never closed, which the parser says
            at = closed.end()
        elif kind in "[{":
            depth, parts = depth + 1, 0
        elif kind in "]}":
            depth = max(depth - 1, 0)
        elif kind == ".":
            parts += 1
        elif kind in ",=\n":
            parts, keys = 0, keys + (kind == "=")
        else:
            return f"{kind[:_SHOWN]}{'...' if len(kind) > _SHOWN else ''} has more than {MOST_DIGITS} digits, and means nothing here", sign.start()
        if depth > DEEPEST:
            return f"brackets stand in brackets more than {DEEPEST} deep", sign.start()
        if keys > MOST_KEYS:
            return f"there are more than {MOST_KEYS:,} keys", sign.start()
        if parts > DEEPEST:
            return f"a key has more than {DEEPEST} parts", sign.start()
    return None
