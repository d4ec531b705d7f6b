"""Numbers and names in a sentence."""

from __future__ import annotations

from collections.abc import Iterable


def counted(n: int, what: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "sort"), counted(12_000, "sort"), counted(2, "study"), counted(2, "day"), counted(2, "analysis")
    ('1 sort', '12,000 sorts', '2 studies', '2 days', '2 analyses')
    """
    if n == 1:
        return f"1 {what}"
    if what.endswith("sis"):
        return f"{n:,} {what[:-2]}es"
    return f"{n:,} {what[:-1]}ies" if what.endswith("y") and what[-2:-1] not in "aeiou" else f"{n:,} {what}s"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Names in a line, the first ones where there are many, each once.

    Examples
    --------
    >>> listed(["b", "a", "b"]), listed("abcdefg", most=2)
    ('b, a', 'a, b and 5 more')
    """
    once = list(dict.fromkeys(names))
    return ", ".join(once[:most]) + and_more(len(once), most)


def and_more(n: int, shown: int) -> str:
    """What follows the first of many.

    Examples
    --------
    >>> and_more(12, 10), and_more(10, 10)
    (' and 2 more', '')
    """
    return f" and {n - shown} more" if n > shown else ""
