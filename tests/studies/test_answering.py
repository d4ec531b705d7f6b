"""What counts as an answer, and which questions are asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.minus import MINUSES
from qmethod_studies.answering import AnswerError, clean_answer, clean_text, count_words, shown, unanswered
from qmethod_studies.definition import Question

OPTIONS = {"a": "A", "b": "B"}
KINDS: dict[str, dict[str, Any]] = {
    "text": {"longest": 10},
    "long_text": {},
    "number": {"minimum": 0, "maximum": 99.5},
    "choice": {"options": OPTIONS},
    "choices": {"options": OPTIONS},
    "rating": {"minimum": 1, "maximum": 5},
    "matrix": {"options": OPTIONS, "rows": {"r": "R", "s": "S"}},
    "information": {},
}


def question(kind: str, name: str = "q", **changes: Any) -> Question:
    return Question.model_validate({"id": name, "type": kind, "label": "?"} | KINDS[kind] | changes)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", " x ", " x "),
        ("text", "   ", None),
        ("long_text", "a\r\nb\rc", "a\nb\nc"),
        ("number", "7", 7),
        ("number", "7,5", 7.5),
        ("number", 0, 0),
        ("choice", "a", "a"),
        ("choices", ["b", "a"], ["a", "b"]),
        ("choices", [], None),
        ("rating", "5", 5),
        ("matrix", {"s": "a", "r": ""}, {"s": "a"}),
        ("matrix", {}, None),
        ("choice", "", None),
    ],
)
def test_what_is_kept(kind: str, value: object, kept: object) -> None:
    assert clean_answer(question(kind), value) == kept


@pytest.mark.parametrize("sign", "-" + MINUSES)
def test_whoever_answers_may_use_any_minus_sign(sign: str) -> None:
    assert clean_answer(question("number", minimum=-10), f"{sign}7,5") == -7.5
    assert clean_answer(question("rating", minimum=-3, maximum=3), f" {sign}2") == -2


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", "01234567890", "too-long"),
        ("text", "a\0", "malformed"),
        ("text", "\ud800", "malformed"),
        ("text", 3, "malformed"),
        ("number", "seven", "not-a-number"),
        ("number", "nan", "not-a-number"),
        ("number", "1e999", "not-a-number"),
        ("number", -1, "too-small"),
        ("number", 100, "too-large"),
        ("number", True, "malformed"),
        ("rating", 2.5, "not-a-number"),
        ("rating", 6, "too-large"),
        ("choice", "c", "unknown-option"),
        ("choice", ["a"], "malformed"),
        ("choices", ["a", "a", "b"], "malformed"),
        ("choices", "a", "malformed"),
        ("matrix", {"t": "a"}, "unknown-row"),
        ("matrix", {"r": "c"}, "unknown-option"),
        ("information", "x", "nothing-to-answer"),
    ],
)
def test_what_is_no_answer(kind: str, value: object, code: str) -> None:
    with pytest.raises(AnswerError) as error:
        clean_answer(question(kind), value)
    assert error.value.code == code


@given(
    st.sampled_from(sorted(KINDS)),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)),
)
def test_anything_is_kept_or_refused_and_what_is_kept_is_kept_again(kind: str, value: object) -> None:
    one = question(kind)
    try:
        kept = clean_answer(one, value)
    except AnswerError:
        return
    assert clean_answer(one, kept) == kept


@given(st.text().filter(lambda text: "\r" not in text and "\0" not in text))
def test_text_stays_as_it_is(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert clean_text(text, 10**6) == text


def test_a_condition_holds_only_if_its_question_is_asked_itself() -> None:
    questions = [
        question("choice", "one"),
        question("choices", "two", show_if={"question": "one", "is": ["a"]}),
        question("rating", "three", show_if={"question": "two", "is": ["b"]}),
    ]
    assert [q.id for q in shown(questions, {"one": "a", "two": ["a", "b"]})] == ["one", "two", "three"]
    assert [q.id for q in shown(questions, {"one": "b", "two": ["a", "b"]})] == ["one"]
    assert [q.id for q in shown(questions, {})] == ["one"]


def test_a_matrix_is_answered_when_every_row_is() -> None:
    one = question("matrix", required=True)
    assert unanswered([one], {"q": {"r": "a"}}) == [one]
    assert unanswered([one], {"q": {"r": "a", "s": "b"}}) == []


@pytest.mark.parametrize(("text", "words"), [("", 0), ("two words", 2), ("你好 吗", 3), ("これは pen", 4), ("한국어 문장", 2), ("أهلا وسهلا", 2)])
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert count_words(text) == words
