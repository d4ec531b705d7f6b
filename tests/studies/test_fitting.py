"""Which words are too long for a column of the board."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod_studies.fitting import about_words, length, letters_in_a_column, unbroken
from qmethod_studies.oddities import check
from tests.studies.made import study as made


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("well-known facts\nof   life", ["well", "known", "facts", "of", "life"]),
        ("Donau\u00addampf\u00adschiff", ["Donau", "dampf", "schiff"]),
        ("领导者 shares 权力", ["shares"]),
        ("ผู้นำควรแบ่งปันอำนาจ", []),
        ("https://example.org/one/two?three", ["https:", "example.org", "one", "two", "three"]),
        ("never\u00a0apart", ["never\u00a0apart"]),
        ("", []),
    ],
)
def test_what_is_never_broken(text: str, parts: list[str]) -> None:
    assert list(unbroken(text)) == parts


@given(st.text(max_size=60))
def test_no_part_holds_a_place_to_break(text: str) -> None:
    parts = list(unbroken(text))
    assert all(parts)
    assert not set(" \n\u00ad-/") & set("".join(parts))
    assert sum(map(len, parts)) <= len(text)


@given(st.integers(2, 29))
def test_more_columns_take_fewer_letters(columns: int) -> None:
    assert letters_in_a_column(columns + 1) <= letters_in_a_column(columns)


def test_marks_are_no_letters() -> None:
    assert length("e\u0301a\u0323\u0302") == 2


@pytest.mark.parametrize(("columns", "letters", "long"), [(9, 24, True), (9, 20, False), (13, 20, True), (3, 29, False), (3, 31, True)])
def test_words_longer_than_a_column_takes_are_told(columns: int, letters: int, long: bool) -> None:
    grid = {float(value): 1 for value in range(columns)}
    texts = ["a" * letters, *(f"Card {i}." for i in range(1, columns))]
    study = made(grid, statements=[{"id": f"s{i}", "text": text} for i, text in enumerate(texts)])
    assert [(notice.code, notice.statements) for notice in about_words(study)] == ([("long-word", ("s0",))] if long else [])
    assert any(notice.code == "long-word" for notice in check(study)) is long
