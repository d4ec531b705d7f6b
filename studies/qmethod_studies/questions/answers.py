"""What several kinds of questions ask of an answer, and the error that says why something is none."""

from __future__ import annotations

import math
import re
from collections.abc import Container
from datetime import date
from typing import Literal

from qmethod.minus import plain_minus

Reason = Literal["malformed", "too-long", "unknown-option", "unknown-row", "not-a-number", "too-small", "too-large", "nothing-to-answer",
                 "not-a-day", "too-early", "too-late", "not-an-address", "same-rank", "too-many", "goes-alone"]  # fmt: skip
OTHER = "other"
"""Id of the option beside which people write what they mean."""
LONGEST_OTHER = 500
"""Characters that may stand beside it."""


class AnswerError(ValueError):
    """Something that is no answer to its question.

    Parameters
    ----------
    code : str
        One of `Reason`.
    low, high : float or date, optional
        The limits, where it lies outside them: of a number, of a day, of the length of a text, or of how many options are chosen.
    """

    def __init__(self, code: Reason, *, low: float | date | None = None, high: float | date | None = None) -> None:
        self.code: Reason = code
        self.low = low
        self.high = high
        super().__init__(code)


def clean_text(value: object, longest: int) -> str:
    r"""Text as it is kept: unchanged, but for ends of lines, which become ``\n`` whatever the browser sent.

    Raises
    ------
    AnswerError
        ``malformed`` for what is no text or holds a NUL or half a surrogate pair, which no database takes; ``too-long``.
    """
    if not isinstance(value, str):
        raise AnswerError("malformed")
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > longest:  # first, so that nobody looks through millions of signs
        raise AnswerError("too-long", high=longest)
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise AnswerError("malformed")
    return text


def clean_number(value: object, low: float | None, high: float | None) -> int | float:
    """A number as it is kept, from a number or from what was typed: an int where it is whole.

    Raises
    ------
    AnswerError
        ``malformed``, ``not-a-number``, ``too-small`` or ``too-large``.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and len(value) > 40):
        raise AnswerError("malformed")
    try:
        number = float(plain_minus(value.strip()).replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        raise AnswerError("not-a-number") from None
    if not math.isfinite(number):
        raise AnswerError("not-a-number")
    if low is not None and number < low:
        raise AnswerError("too-small", low=low, high=high)
    if high is not None and number > high:
        raise AnswerError("too-large", low=low, high=high)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def clean_option(value: object, options: Container[str]) -> str:
    """The id of an option.

    Raises
    ------
    AnswerError
        ``malformed`` or ``unknown-option``.
    """
    if not isinstance(value, str):
        raise AnswerError("malformed")
    if value not in options:
        raise AnswerError("unknown-option")
    return value


def clean_own(value: object, options: Container[str]) -> str:
    """The id of an option; of the one beside which people write, with what was written: ``other:gardening``.

    Raises
    ------
    AnswerError
        ``malformed``, ``unknown-option`` or ``too-long``.
    """
    if not isinstance(value, str) or OTHER not in options or not value.startswith(f"{OTHER}:"):
        return clean_option(value, options)
    written = clean_text(value.partition(":")[2], LONGEST_OTHER)
    return f"{OTHER}:{written}" if written.strip() else OTHER


def clean_day(value: object, earliest: date | None, latest: date | None) -> str:
    """A day as it is kept, ``2026-05-31``.

    Raises
    ------
    AnswerError
        ``malformed``, ``not-a-day``, ``too-early`` or ``too-late``.
    """
    if not isinstance(value, str) or len(value) > 40:
        raise AnswerError("malformed")
    try:
        day = date.fromisoformat(value.strip()) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()) else None
    except ValueError:
        day = None
    if day is None:
        raise AnswerError("not-a-day")
    if earliest is not None and day < earliest:
        raise AnswerError("too-early", low=earliest)
    if latest is not None and day > latest:
        raise AnswerError("too-late", high=latest)
    return day.isoformat()


def clean_address(value: object) -> str:
    """An e-mail address as it is kept: without blanks around it, and with one sign for at, and a dot behind.

    Raises
    ------
    AnswerError
        ``malformed``, ``too-long`` or ``not-an-address``.
    """
    text = clean_text(value, 254).strip()
    if not re.fullmatch(r"[^\s@,;<>()\[\]\\\"]+@[^\s@,;<>()\[\]\\\"]+\.[^\s@.,;<>()\[\]\\\"]+", text):
        raise AnswerError("not-an-address")
    return text
