"""Which questions are asked, and which are still open."""

from __future__ import annotations

import pytest

from qmethod_studies.answering import has_words, shown, unanswered
from tests.studies.made import question

OPTIONS = {"a": "A", "b": "B"}


def test_a_condition_holds_only_if_its_question_is_asked_itself() -> None:
    questions = [
        question("choice", "one", options=OPTIONS),
        question("choices", "two", options=OPTIONS, show_if={"question": "one", "is": ["a"]}),
        question("rating", "three", minimum=1, maximum=5, show_if={"question": "two", "is": ["b"]}),
    ]
    assert [q.id for q in shown(questions, {"one": "a", "two": ["a", "b"]})] == ["one", "two", "three"]
    assert [q.id for q in shown(questions, {"one": "b", "two": ["a", "b"]})] == ["one"]
    assert [q.id for q in shown(questions, {})] == ["one"]


def test_a_matrix_is_answered_when_every_row_is() -> None:
    one = question("matrix", required=True, options=OPTIONS, rows={"r": "R", "s": "S"})
    assert unanswered([one], {"q": {"r": "a"}}) == [one]
    assert unanswered([one], {"q": {"r": "a", "s": "b"}}) == []


@pytest.mark.parametrize(("text", "words"), [("", 0), ("two words", 2), ("你好 吗", 3), ("これは pen", 4), ("한국어 문장", 2), ("أهلا وسهلا", 2)])
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert [has_words(text, n) for n in range(words + 2)] == [True] * (words + 1) + [False]
