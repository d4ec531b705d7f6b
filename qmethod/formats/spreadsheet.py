"""Text that a spreadsheet takes for text."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_text(text: str) -> str:
    """Text that a spreadsheet takes for text: with an apostrophe in front where it begins like a formula and is no number.

    Parameters
    ----------
    text : str
        A name, a statement or a comment from the outside.
    """
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text
