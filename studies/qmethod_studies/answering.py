"""Which questions are asked and which are still open. What counts as an answer, each kind in `qmethod_studies.questions` says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from qmethod_studies.questions import Question

Answers = Mapping[str, Any]
LONGEST_COMMENT = 10_000
"""Characters that a comment may have."""
_UNPARTED = "\u3040-\u30ff\u3400-\u9fff"
"""Signs that are words of their own: kana and Chinese characters."""
_WORD = re.compile(rf"[{_UNPARTED}]|[^\s{_UNPARTED}]+")


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
        if condition is None or (condition.question in found and _holds(found[condition.question], condition.is_, answers.get(condition.question))):
            found[question.id] = question
    return list(found.values())


def _holds(question: Question, wanted: tuple[str, ...], answer: Any) -> bool:
    return answer is not None and any(str(value) in wanted for value in question.named(answer))


def unanswered(questions: Iterable[Question], answers: Answers) -> list[Question]:
    """Questions, among these, of whose answer something is missing: required ones without a whole one, and any of which less is said than asked."""
    return [question for question in questions if question.left_open(answers.get(question.id))]


def has_words(text: str, least: int) -> bool:
    """Whether a text has so many words; in scripts that do not part words by blanks (kana, Chinese characters), each character counts as one.

    It reads no further than it has to: a program can ask a hundred times at once about the longest comments there can be.
    """
    return sum(1 for _ in islice(_WORD.finditer(text), least)) == least
