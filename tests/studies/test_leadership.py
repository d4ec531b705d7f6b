"""The leadership study: a balanced Q set that can be read aloud, in three languages, and reference viewpoints that keep to the grid."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import qmethod_studies.library
from qmethod.simulation import complete
from qmethod_studies.definition import Statement, Study, Viewpoint
from qmethod_studies.loading import check, load
from qmethod_studies.words import NAMES, own_words

KINDS = ("purpose", "practice", "power")
LANGUAGES = ("en", "es", "ar")
FOLDER = qmethod_studies.library.path("leadership")
STUDY = load(FOLDER)


def texts(part: Any) -> list[dict[str, str]]:
    """Every text in a dumped study, by language."""
    if isinstance(part, dict):
        if set(part) & set(LANGUAGES) and all(isinstance(text, str) for text in part.values()):
            return [part]
        return [found for key, value in part.items() if key != "languages" for found in texts(value)]
    return [found for value in part for found in texts(value)] if isinstance(part, list | tuple) else []


def high(viewpoint: Viewpoint) -> set[str]:
    return {name for name, placement in viewpoint.placements.items() if placement.value > 0}


def tagged(tag: str) -> set[str]:
    return {statement.id for statement in STUDY.statements if tag in statement.tags}


@pytest.mark.parametrize(("language", "what", "yours"), [("en", "my view", "your view"), ("es", "mi idea", "su idea"), ("ar", "رأيي", "رأيك")])
def test_piles_choices_and_board_speak_of_one_scale(language: str, what: str, yours: str) -> None:
    words = own_words(STUDY.words, language)
    piles = [words["Agree"], words["Disagree"]]
    assert [text for text in (*piles, STUDY.scale.low.in_(language), STUDY.scale.high.in_(language)) if what not in text] == []
    assert [text for text in NAMES.values() if "like it?" in text and yours not in words[text]] == []


def test_it_has_nothing_wrong_but_what_an_operator_and_a_reader_of_the_translations_must_do() -> None:
    assert {notice.code for notice in check(STUDY)} == {"draft-translation", "draft-interface", "no-contact"}


def test_it_holds_42_statements_on_the_grid() -> None:
    assert STUDY.ids == tuple(f"s{i}" for i in range(1, 43))
    assert dict(STUDY.capacity) == {-4: 2, -3: 4, -2: 5, -1: 6, 0: 8, 1: 6, 2: 5, 3: 4, 4: 2}
    assert STUDY.distribution == "forced"


def test_statements_are_balanced_over_purpose_practice_and_power() -> None:
    kinds = Counter(tag for statement in STUDY.statements for tag in statement.tags)
    assert {kind: kinds[kind] for kind in KINDS} == dict.fromkeys(KINDS, 14)
    assert set(kinds) == {*KINDS, "bad-leadership"}
    assert all(sum(tag in KINDS for tag in statement.tags) == 1 for statement in STUDY.statements)
    assert kinds["bad-leadership"] == 8
    for kind in KINDS:
        assert 2 <= len(tagged(kind) & tagged("bad-leadership")) <= 3
        for viewpoint in STUDY.viewpoints:
            assert 2 <= len(tagged(kind) & high(viewpoint)) <= 3, (kind, viewpoint.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_statements_fit_a_card_and_no_two_are_alike(language: str) -> None:
    wordings = {statement.id: statement.text.root[language] for statement in STUDY.statements}
    assert {name: len(text) for name, text in wordings.items() if not 20 <= len(text) <= 90} == {}
    assert len({" ".join(re.findall(r"\w+", text.casefold())) for text in wordings.values()}) == 42
    for (a, one), (b, other) in combinations(wordings.items(), 2):
        first, second = (set(re.findall(r"\w+", text.casefold())) for text in (one, other))
        assert len(first & second) / len(first | second) < 0.5, (a, b)


@pytest.mark.parametrize("statement", STUDY.statements, ids=lambda statement: statement.id)
def test_statements_can_be_read_aloud(statement: Statement) -> None:
    text = statement.text.root["en"]
    words = re.findall(r"[A-Za-z']+", text)
    assert len(words) <= 16
    assert text[0].isupper()
    assert text.endswith(".")
    assert text.count(".") == 1
    assert not re.search(r"[;:()/\"]", text)
    assert len(re.findall(r"\b(?:not|no|never|nobody|nothing|without|neither|nor|\w+n't)\b", text, re.IGNORECASE)) <= 1, "a double negation"
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", word.lower())))) for word in words)
    assert syllables / len(words) <= 2, "long words"


def test_openings_vary() -> None:
    openings = Counter(" ".join(statement.text.root["en"].split()[:2]) for statement in STUDY.statements)
    assert openings.most_common(1)[0][1] <= 3
    assert sum("should" in statement.text.root["en"] for statement in STUDY.statements) <= 14


def test_every_text_is_there_in_every_language() -> None:
    found = texts(STUDY.model_dump(mode="json"))
    assert len(found) == 112
    assert [text for text in found if tuple(sorted(text)) != tuple(sorted(LANGUAGES)) or not all(text.values())] == []
    assert all(re.search(r"[\u0621-\u064a]", text["ar"]) for text in found)
    assert [text for text in found if len(text["es"]) > 30 and text["es"] == text["en"]] == []
    assert {code for code, language in STUDY.languages.items() if language.draft} == {"es", "ar"}
    assert {len(re.split(r"\n\s*\n", text.strip())) for text in STUDY.welcome.root.values()} == {3}
    assert {len(re.split(r"\n\s*\n", text.strip())) for text in STUDY.consent.root.values()} == {5}


def test_every_kind_of_question_is_asked() -> None:
    kinds = {question.type for question in STUDY.questions}
    assert kinds == {"text", "long_text", "number", "choice", "choices", "rating", "matrix", "information"}


def test_viewpoints_keep_to_the_grid() -> None:
    assert [viewpoint.id for viewpoint in STUDY.viewpoints] == ["creative", "outcomes", "visionary", "egalitarian"]
    for viewpoint in STUDY.viewpoints:
        assert 14 <= len(viewpoint.placements) <= 18
        used = Counter(placement.value for placement in viewpoint.placements.values())
        assert all(used[column] <= STUDY.capacity.get(column, 0) for column in used), viewpoint.id
        assert all(abs(placement.value) >= 2 and placement.source for placement in viewpoint.placements.values())
        assert "The placements are ours" in viewpoint.source
        assert "10.1080/13645579.2021.1960738" in viewpoint.source


def test_all_viewpoints_reject_bad_leadership_and_nothing_else_together() -> None:
    low = [{name for name, placement in viewpoint.placements.items() if placement.value < 0} for viewpoint in STUDY.viewpoints]
    assert set.intersection(*low) == tagged("bad-leadership")
    assert all(tagged("bad-leadership").isdisjoint(high(viewpoint)) for viewpoint in STUDY.viewpoints)


def test_no_two_viewpoints_hold_the_same_high() -> None:
    assert all(high(a).isdisjoint(high(b)) for a, b in combinations(STUDY.viewpoints, 2))


def test_the_readme_lists_who_holds_what_high() -> None:
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    columns = [high(viewpoint) for viewpoint in STUDY.viewpoints]
    columns += [tagged("bad-leadership"), set(STUDY.ids) - tagged("bad-leadership") - set.union(*columns)]
    for kind in KINDS:
        cells = re.search(rf"^\| {kind} \| (.*) \|$", table, re.MULTILINE)
        assert cells is not None
        assert [set(cell.split(", ")) for cell in cells[1].split(" | ")] == [column & tagged(kind) for column in columns]


def test_viewpoints_are_related_but_distinct(leadership_profiles: np.ndarray) -> None:
    """Each pair, averaged over what the descriptions leave open, correlates .2 to .5.

    Above 0, because all reject the same eight statements: with less than .2 that common ground would not show. Below .5, because views
    that share half their variance or so are told as variants of one.
    """
    between = np.mean([np.corrcoef(profiles.T) for profiles in leadership_profiles], axis=0)[np.triu_indices(4, 1)]
    assert between.min() > 0.2
    assert between.max() < 0.5


@pytest.fixture(scope="module")
def leadership_profiles() -> np.ndarray:
    """A hundred completions; shape (100, 42, 4)."""
    rows = {name: i for i, name in enumerate(STUDY.ids)}

    def drawn(study: Study, rng: np.random.Generator) -> np.ndarray:
        described = [{rows[name]: placement.value for name, placement in viewpoint.placements.items()} for viewpoint in study.viewpoints]
        return np.column_stack([complete(placements, study.q_grid, rng) for placements in described])

    return np.array([drawn(STUDY, np.random.default_rng(seed)) for seed in range(100)])
