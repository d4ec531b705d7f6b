"""What every reader hands back: sorts with their names, wordings and notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qmethod.data import Array, Notice


@dataclass(frozen=True, slots=True)
class Sorts:
    """What a reader found: sorts of shape (n_statements, n_sorts) with their names, wordings and notices."""

    values: Array
    statements: tuple[str, ...]
    participants: tuple[str, ...]
    texts: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


def listed(names: Sequence[str], most: int = 10) -> str:
    """Names for a sentence, the first ones where there are many.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
