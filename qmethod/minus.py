"""The minus sign in all its forms: keyboards, spreadsheets, word processors and this program itself each write their own."""

from __future__ import annotations

__all__ = ["MINUSES", "plain_minus"]

MINUSES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
"""Signs that stand for a minus, besides the ``-`` of the keyboard: hyphens, dashes, the minus of typography, and their small and wide forms."""

_TABLE = str.maketrans(dict.fromkeys(MINUSES, "-"))


def plain_minus(text: str) -> str:
    """A text with each minus as the keyboard has it.

    >>> plain_minus("−2:1,–1:2")
    '-2:1,-1:2'
    """
    return text.translate(_TABLE)
