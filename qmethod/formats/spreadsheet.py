"""Text that a spreadsheet takes for text."""

from __future__ import annotations

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AFTER_SEPARATOR = re.compile(r'(?<=[,;|\t\r\n])(?="*[=+\-@\t\r])')
"""Where a formula would begin for a spreadsheet that splits lines elsewhere than they were joined, as the settings of its country or its user say."""


def safe_text(text: str) -> str:
    """Text that a spreadsheet takes for text: with an apostrophe wherever a formula would begin, at its start or after what may separate cells.

    A number is left as it is.

    Parameters
    ----------
    text : str
        A name, a statement or a comment from the outside.

    Examples
    --------
    >>> safe_text("=1+1"), safe_text("-1"), safe_text("nice;=1+1"), safe_text("yes; no")
    ("'=1+1", '-1', "nice;'=1+1", 'yes; no')
    """
    text = _AFTER_SEPARATOR.sub("'", text)
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text
