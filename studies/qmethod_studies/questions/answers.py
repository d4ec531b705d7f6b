"""What several kinds of questions ask of an answer, and the error that says why something is none."""

from __future__ import annotations

import math
from collections.abc import Container
from typing import Literal

from qmethod.minus import plain_minus

Reason = Literal["malformed", "too-long", "unknown-option", "unknown-row", "not-a-number", "too-small", "too-large", "nothing-to-answer"]


class AnswerError(ValueError):
    """Something that is no answer to its question.

    Parameters
    ----------
    code : str
        ``malformed``, ``too-long``, ``unknown-option``, ``unknown-row``, ``not-a-number``, ``too-small``, ``too-large`` or ``nothing-to-answer``.
    low, high : float, optional
        The limits, where it lies outside them: of a number, or of the length of a text.
    """

    def __init__(self, code: Reason, *, low: float | None = None, high: float | None = None) -> None:
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
