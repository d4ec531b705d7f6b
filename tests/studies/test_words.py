"""Words of a study in place of those of the pages: which are none, which are missing, and the table to fill in."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from qmethod.errors import DataError
from qmethod_studies.languages import interface_languages, interface_texts
from qmethod_studies.loading import by_language, load
from qmethod_studies.words import NAMES, odd_words, own_words, table, unsaid
from qmethod_studies.writing import write, write_new
from tests.studies.made import study

FILE = """\
study: tea
languages: {{en: {{name: English}}, {code}: {{name: Own}}}}
title: &t {{en: Tea, {code}: x}}
condition: *t
grid: {{-1: 1, 0: 1, 1: 1}}
scale: {{low: *t, high: *t}}
welcome: *t
consent: *t
statements: [{{id: a, text: *t}}, {{id: b, text: *t}}, {{id: c, text: *t}}]
"""


def written(folder: Path, code: str, words: str = "") -> Path:
    write_new({"study.yaml": FILE.format(code=code) + words}, folder)
    return folder


def test_every_name_is_one_text_of_the_pages() -> None:
    assert [name for name, text in NAMES.items() if text not in interface_texts()] == []
    assert len({*NAMES.values()}) == len(NAMES)
    assert not {*NAMES} & {*interface_texts()}


@pytest.mark.parametrize(
    ("words", "said", "advice"),
    [
        ({"piles.agre": "x"}, "the pages have no text 'piles.agre'", "Did you mean 'piles.agree'?"),
        ({"Undoo": "x"}, "the pages have no text 'Undoo'", "Did you mean 'Undo'?"),
        ({"zzzz": "x"}, "the pages have no text 'zzzz'", "`qmethod study words` lists all texts"),
        ({"Still to place: {left}": "Left"}, "it lacks {left}", "The text is: Still to place: {left}"),
        ({"Still to place: {left}": "{links} left"}, "it lacks {left} and nothing fills in {links}", "The text is"),
        ({"%(n)s statements": "%(m)s"}, "it lacks %(n)s and nothing fills in %(m)s", "The text is"),
        ({"Agree": "x", "piles.agree": "y"}, "'Agree' and 'piles.agree' are the same text", "Keep one"),
    ],
)
def test_words_that_are_none_are_told_with_the_nearest(words: dict[str, str], said: str, advice: str) -> None:
    [(_key, message, told)] = odd_words(words)
    assert message == said
    assert advice in (told or "")


def test_words_may_be_left_empty_and_keep_their_placeholders() -> None:
    assert list(odd_words({"Still to place: {left}": "", "piles.agree": "100 %", "%(n)s statements": "%(n)s of 100 %"})) == []


def test_a_fault_in_words_has_its_line(tmp_path: Path) -> None:
    words = "words:\n  es:\n    piles.agree: Sí\n    Savd: x\n  de:\n    piles.agree: Ja\n"
    with pytest.raises(DataError) as caught:
        load(written(tmp_path, "es", words))
    found = "\n".join(map(str, caught.value.faults))
    assert "study.yaml:13: words in es: the pages have no text 'Savd'" in found
    assert "study.yaml:14: `words` has a table for 'de', which is no language of the study" in found


def test_a_language_is_a_fault_only_where_neither_a_catalogue_nor_the_study_has_all_its_words(tmp_path: Path) -> None:
    for code in interface_languages():
        if code != "en":
            load(written(tmp_path / code, code), to_serve=True)
    few = written(tmp_path / "few", "fi", "words: {fi: {piles.agree: Samaa mieltä}}\n")
    assert load(few).words == {"fi": {"piles.agree": "Samaa mieltä"}}  # which may be looked at, only not served
    with pytest.raises(DataError, match=rf"study.yaml:2: the pages have no words in Own \(fi\) for {len(interface_texts()) - 1} of their"):
        load(few, to_serve=True)
    left = table({"fi": {"piles.agree": "Samaa mieltä"}}, "fi").replace(': ""', ": x").split("\n", 2)[2]
    left = left.replace(": x", ": ''")  # empty is not said
    with pytest.raises(DataError, match="no words in Own"):
        load(written(tmp_path / "empty", "fi", left), to_serve=True)


@pytest.mark.parametrize("language", ["fi", "de", "en"])
def test_the_table_holds_every_text_once_and_what_the_study_has_said(language: str) -> None:
    given = {language: {"Saved": 'a "b" \\ c', "buttons.undo": "zurück"}}
    read = YAML(typ="safe", pure=True).load(table(given, language))["words"][language]
    assert {NAMES.get(key, key) for key in read} == {*interface_texts()}
    assert len(read) == len(interface_texts())
    assert own_words({language: read}, language) == {"Saved": 'a "b" \\ c', "Undo": "zurück"}


def test_what_a_study_says_is_not_missing() -> None:
    assert set(interface_texts()) - set(unsaid({"fi": {"piles.agree": "x", "Saved": "y", "Undo": " "}}, "fi")) == {"Agree", "Saved"}
    assert unsaid({}, "de-AT") == unsaid({}, "en-GB") == ()


def test_words_are_written_as_they_are_read(tmp_path: Path) -> None:
    made = by_language(study(words={"en": {"piles.agree": "Like it", "Card {number} of {total}": "{number}: {total}"}}))
    write(made, tmp_path / "study")
    assert load(tmp_path / "study") == made


def test_words_lock_nothing_and_a_study_without_them_is_as_before() -> None:
    plain, own = study(), study(words={"en": {"piles.agree": "Yes"}})
    assert plain.digest() == own.digest()
    assert "words" not in plain.model_dump(mode="json")
