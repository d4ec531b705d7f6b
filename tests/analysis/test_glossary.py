"""The glossary: it explains every choice of the method, and a report explains the words that it uses and no others."""

from __future__ import annotations

import re
from html import unescape

import pytest

from qmethod import QSolution
from qmethod.policies import describe
from qmethod.retention.advice import NAMES
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.blocks import Heading, ItemList
from qmethod_analysis.report.document import build
from qmethod_analysis.report.html import report
from qmethod_analysis.words.glossary import Term, terms, used_in

from .report_cases import bare, leadership

CHOICES = {(one["name"], choice) for one in describe() if one["name"] in ("correlation", "extraction", "rotation") for choice in one["choices"]}


def test_no_word_leads_to_two_terms() -> None:
    spoken = [word for term in terms() for word in {term.name, *term.forms}]
    assert sorted(spoken) == sorted(set(spoken))


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.name)
def test_a_term_is_explained_in_a_few_sentences(term) -> None:
    assert term.text.endswith(".")
    assert 1 <= len(re.findall(r"\.(?: [A-Z]|$)", term.text)) <= 3
    assert len(term.text) < 400


@pytest.mark.parametrize(("policy", "choice"), sorted(CHOICES))
def test_every_choice_of_the_method_is_explained(policy: str, choice: str) -> None:
    assert choice in {one for term in terms() for one in term.choices} | {"none"}, policy


def test_no_choice_is_explained_that_does_not_exist() -> None:
    assert {one for term in terms() for one in term.choices} <= {choice for _, choice in CHOICES}


@pytest.mark.parametrize("name", NAMES.values())
def test_every_criterion_is_explained(name: str) -> None:
    assert used_in(name)


def test_small_letters_stand_for_capitals_but_not_the_other_way_round() -> None:
    assert [term.name for term in used_in("Loadings were drawn on a map, near a nest.")] == ["loading"]
    assert [term.name for term in used_in("MAP and NEST agree.")] == ["MAP", "NEST"]
    assert used_in("unloading, remapped") == ()


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.name)
def test_a_form_is_found_in_any_letters_that_it_may_stand_in(term: Term) -> None:
    """Long s, capital I with a dot and small i without one count as the letters that they come from."""
    for form in (term.name, *term.forms):
        small = form == form.lower()
        others = [form.upper(), form.capitalize(), form.replace("s", "ſ"), form.replace("i", "ı"), form.replace("i", "İ")] if small else []
        for written in (form, *others):
            assert term in used_in(f"({written}), and more"), written
            assert term not in used_in(f"x{written}x"), written


def in_page(loaded: Loaded) -> tuple[str, set[str]]:
    """The visible text of a page before its appendix and its section of words, and the terms listed there."""
    page = report(loaded)
    body, listed = page[page.index("<main") :].split('<h2 id="words">')
    plain = unescape(re.sub(r"<[^>]*>", " ", body.split('<h2 id="conventions">')[0]))  # the appendix explains itself
    return plain, set(map(unescape, re.findall(r"<li>(.*?): ", listed)))


def test_a_page_explains_what_it_uses_and_nothing_else(lipset: QSolution) -> None:
    plain, listed = in_page(bare(lipset))
    assert {"varimax", "loading", "communality", "factor array", "eigenvalue", "distinguishing statement"} <= listed
    for word in ("NEST", "MAP", "centroid", "multiverse", "Humphrey"):
        assert word not in plain
        assert word not in listed


def test_a_page_with_more_in_it_explains_more() -> None:
    plain, listed = in_page(leadership())
    assert "MAP" in plain
    assert {"MAP", "Humphrey's rule", "Kaiser's criterion", "bootstrap", "replication", "consensus statement"} <= listed


def test_every_written_format_ends_with_the_words_it_uses() -> None:
    *before, heading, items = build(leadership(), Texts()).blocks
    assert heading == Heading(2, "Words used here", "words")
    assert isinstance(items, ItemList)
    listed = {item.partition(":")[0] for item in items.items}
    assert {"MAP", "bootstrap", "factor array", "recipe"} <= listed
    assert "multiverse" not in listed
    assert before
    assert not any("`" in item for item in items.items)
