"""What counts as an answer to a question, which questions are asked, and which are still open. Pure; knows no store and no page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from qmethod.minus import plain_minus
from qmethod_studies.definition import Question

Answers = Mapping[str, Any]
LONGEST_COMMENT = 10_000
"""Characters that a comment may have."""


class AnswerError(ValueError):
    """Something that is no answer to its question.

    Parameters
    ----------
    code : str
        ``malformed``, ``too-long``, ``unknown-option``, ``unknown-row``, ``not-a-number``, ``too-small``, ``too-large`` or ``nothing-to-answer``.
    """

    def __init__(self, code: str) -> None:
        self.code = code
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
        raise AnswerError("too-long")
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise AnswerError("malformed")
    return text


def clean_answer(question: Question, value: object) -> Any:
    """An answer as it is kept, or None for an empty one.

    Parameters
    ----------
    question : Question
    value : object
        As it came in, as JSON or from a form: str for text; int, float or str for number and rating; id of an option for choice; list of ids for
        choices; dict of row to option for matrix.

    Returns
    -------
    str, int, float, list of str, dict of str to str or None
        Options in the order of the study.

    Raises
    ------
    AnswerError
    """
    if question.type == "information":
        raise AnswerError("nothing-to-answer")
    if value is None or value == "":
        return None
    match question.type:
        case "text" | "long_text":
            text = clean_text(value, question.longest)
            return text if text.strip() else None
        case "number" | "rating":
            return _number(question, value)
        case "choice":
            return _option(question, value)
        case "choices":
            if not isinstance(value, list) or len(value) > len(question.options):
                raise AnswerError("malformed")
            chosen = {_option(question, part) for part in value}
            return [option for option in question.options if option in chosen] or None
        case "matrix":
            if not isinstance(value, dict) or len(value) > len(question.rows):
                raise AnswerError("malformed")
            if any(row not in question.rows for row in value):
                raise AnswerError("unknown-row")
            rows = {row: _option(question, value[row]) for row in question.rows if value.get(row) not in (None, "")}
            return rows or None


def _option(question: Question, value: object) -> str:
    if not isinstance(value, str):
        raise AnswerError("malformed")
    if value not in question.options:
        raise AnswerError("unknown-option")
    return value


def _number(question: Question, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and len(value) > 40):
        raise AnswerError("malformed")
    try:
        number = float(plain_minus(value.strip()).replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        raise AnswerError("not-a-number") from None
    if not math.isfinite(number) or (question.type == "rating" and not number.is_integer()):
        raise AnswerError("not-a-number")
    if question.minimum is not None and number < question.minimum:
        raise AnswerError("too-small")
    if question.maximum is not None and number > question.maximum:
        raise AnswerError("too-large")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def shown(questions: Iterable[Question], answers: Answers) -> list[Question]:
    """The questions that are asked, given the answers so far. A condition on a question that is itself not asked does not hold.

    Parameters
    ----------
    questions : iterable of Question
        In the order of the study; all of them, before and after.
    answers : mapping
        Answer of each question that has one.
    """
    found: dict[str, Question] = {}
    for question in questions:
        condition = question.show_if
        if condition is None or (condition.question in found and _holds(condition.is_, answers.get(condition.question))):
            found[question.id] = question
    return list(found.values())


def _holds(wanted: tuple[str, ...], answer: Any) -> bool:
    values = answer if isinstance(answer, list) else [answer]
    return any(str(value) in wanted for value in values if value is not None)


def unanswered(questions: Iterable[Question], answers: Answers) -> list[Question]:
    """Required questions, among these, that have no whole answer yet. A matrix is whole when each of its rows has one."""
    return [
        question
        for question in questions
        if question.required and (question.id not in answers or (question.type == "matrix" and len(answers[question.id]) < len(question.rows)))
    ]


def count_words(text: str) -> int:
    """Words in a text; in scripts that do not part words by blanks (kana, Chinese characters), each character counts as one."""
    unparted = [sign for sign in text if "\u3040" <= sign <= "\u30ff" or "\u3400" <= sign <= "\u9fff"]
    return len(unparted) + len("".join(" " if sign in unparted else sign for sign in text).split())
