"""Numbers, angles and factors as people type them."""

from __future__ import annotations

import math
import re
from typing import Any

MOST_DRAWN = 1_000_000
"""What is drawn or made by number is at most this many, resamples, random sorts or respondents."""
MOST_NUMBERS = 1000
"""More numbers of factors than this are refused before they are counted out, far beyond what any command can use."""

_DEGREE = "°º˚"


def decimal(text: str) -> float:
    """A number, with any form of the minus sign, and a point or a comma before its decimals.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        If it is none, or none that is finite.

    >>> decimal("−0,5")
    -0.5
    """
    from qmethod.minus import plain_minus

    plain = re.sub(r"^([-+])\s+", r"\1", plain_minus(text.strip()))
    value = float(plain.replace(",", ".") if re.fullmatch(r"[-+]?\d*,\d+", plain) else plain)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is no number")
    return value


def decimals(text: str) -> tuple[float, ...]:
    """Numbers parted by commas; by semicolons, where the commas are those of decimals.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        If a part is no number, or the commas can only be those of decimals: ``0,05,0,01``.
    """
    parts = [part.strip() for part in text.split(";" if ";" in text else ",") if part.strip()]
    if wrong := next((part for part in parts if re.fullmatch(r"0\d+", part)), None):
        raise ValueError(f"decimals need a point, as in 0.{wrong}")
    return tuple(decimal(part) for part in parts)


def angle(text: str) -> float:
    """An angle in degrees, with or without their sign.

    Raises
    ------
    ValueError
        If it is none.

    >>> angle("−15,5°")
    -15.5
    """
    return decimal(text.strip().rstrip(_DEGREE))


def factor_number(text: str) -> int:
    """A factor, as ``1`` or as ``f1``.

    Raises
    ------
    ValueError
        If it is neither.
    """
    found = re.fullmatch(r"\s*[fF]?\s*([0-9]{1,6})\s*", text)
    if found is None:
        raise ValueError(f"{text!r} is no factor")
    return int(found[1])


def factor_label(text: str) -> str:
    """The label of a factor that is written ``1``, ``F1`` or ``f1``; any other text as it is.

    >>> factor_label("2"), factor_label("F2"), factor_label("f2-"), factor_label("age")
    ('f2', 'f2', 'f2-', 'age')
    """
    try:
        return f"f{factor_number(text)}"
    except ValueError:
        return text.strip()


def shown(value: Any) -> str:
    """A policy's value as one writes it on the command line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ",".join(f"{v:g}" for v in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
