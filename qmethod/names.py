"""When two names are one, or are one to a reader."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def folded(name: str) -> str:
    """A name without what a reader does not tell apart: capitals, blanks, forms of one letter (Unicode NFKC) and signs that do not show.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> folded(" The  Caring TEACHER") == folded("the caring teacher")
    True
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join("".join(sign for sign in plain if unicodedata.category(sign) != "Cf").split())


def repeated(names: Sequence[str]) -> list[str]:
    """The names that stand there more than once, each once, in the order in which they do so."""
    seen: set[str] = set()
    again: dict[str, None] = {}
    for name in names:
        if name in seen:
            again[name] = None
        seen.add(name)
    return list(again)
