"""Probabilities and p-values as a table has them: what is neither impossible nor certain never looks so."""

from __future__ import annotations

from qmethod_analysis.words.language import number
from qmethod_analysis.words.narrative import decimal


def chance(value: float | None) -> str:
    """A probability with two decimals; ``<0.01`` and ``>0.99`` rather than a false 0 or 1, nothing for None.

    Parameters
    ----------
    value : float or None

    Examples
    --------
    >>> chance(0.5), chance(0.0001), chance(0.9999), chance(1.0), chance(None)
    ('0.50', '<0.01', '>0.99', '1.00', '')
    """
    if value is None:
        return ""
    if 0 < value < 0.005:
        return f"<{number(0.01)}"
    return f">{number(0.99)}" if 0.995 <= value < 1 else decimal(value)
