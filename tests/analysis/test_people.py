"""Names of participants are found in every spelling, and ordinary words are not taken for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.report.leaks import check
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.privacy import people_named
from qmethod_analysis.site.publish import site
from qmethod_analysis.words.people import named, parts, plain_words
from tests.analysis.report_cases import named as study_of

PEOPLE = ("Alice Smith", "Dr. Anna Müller 1", "Østergård", "AB-07", "Bob", "Łukasz Żak", "José Núñez", "Grace O'Neill")
SPELT = (
    *("alice smith", "ALICE SMITH", "A. Smith", "Smith, Alice", "Alice  Smith", "alice_smith", "Alice\u00a0Smith", "with Smith"),
    *("Müller", "Mueller", "MULLER", "Ostergard", "OESTERGAARD", "østergård", "AB-07", "ab-07", "bob.", "(BOB)", "Lukasz Zak", "zak", "jose nunez"),
    *("Nu\u0303n\u0303ez and José", "O’Neill, Grace", "GRACE O'NEILL"),
)
HARMLESS = ("art and craft", "bobbin", "a smithy", "alicea", "r = .07", "AB 7", "no one", "s12 and p12", "Anne", "1 of 12")


@pytest.mark.parametrize("spelt", SPELT)
def test_every_spelling_is_found(spelt: str) -> None:
    assert named([f"What {spelt} said."], PEOPLE, parts(PEOPLE))


@pytest.mark.parametrize("words", HARMLESS)
def test_ordinary_words_are_not(words: str) -> None:
    assert named([words], PEOPLE, parts(PEOPLE)) == []


@given(
    st.sampled_from(PEOPLE[:1] + PEOPLE[4:]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from([" ", "\u00a0", ", ", "-", "_"]),
)
def test_capitals_and_what_stands_between_make_no_difference(name: str, case, between: str) -> None:
    words = name.split()
    for order in (words, words[::-1]):
        assert named([f"see {case(between.join(order))}!"], [name]) or len(words) > 2


def test_a_word_of_many_names_identifies_nobody_and_two_lines_are_no_name() -> None:
    crowd = [f"Participant {who}" for who in ("Adams", "Baker", "Clark", "Davis")]
    assert named(["every participant"], crowd, parts(crowd)) == []
    assert named(["Clark came"], crowd, parts(crowd))
    assert named(["Alice", "Smith"], ["Alice Smith"]) == []
    assert plain_words("ﬁnal") == " final "


def test_nothing_that_names_somebody_is_published_whatever_holds_it() -> None:
    loaded = study_of(PEOPLE)
    for spelt in ("alice smith", "Smith, Alice", "Ostergard", "MUELLER"):
        for texts, beside in (
            (Texts(title=f"By {spelt}"), {}),
            (Texts(authors=spelt), {}),
            (Texts(viewpoints={"f1": Own(gist=f"As {spelt} says")}), {}),
            (Texts(), {"LICENSE": f"Copyright {spelt}".encode()}),
            (Texts(), {"CITATION.cff": f"authors:\n  - name: {spelt}\n".encode()}),
        ):
            if spelt == "MUELLER" and beside:
                continue  # a part of a name: files that are given along hold ordinary words, and are searched for whole names
            mine = replace(loaded, own=texts.viewpoints) if texts.viewpoints else loaded
            assert people_named(mine, texts, beside), (spelt, texts, beside)
    with pytest.raises(Exception, match=r"the file LICENSE holds 'Bob', which is the name of a participant"):
        site([Published(loaded, "study", Texts(), {"LICENSE": b"BOB, all rights reserved"})])
    assert not people_named(loaded, Texts(may_stand=("bob",)), {"LICENSE": b"bob"})


def test_an_anonymous_report_is_searched_for_every_spelling() -> None:
    for spelt in ("ALICE SMITH", "Smith, Alice", "ostergard"):
        with pytest.raises(Exception, match="the name of a participant"):
            check({"report.md": f"As {spelt} put it.".encode()}, {}, PEOPLE, ())
    check({"report.md": b"Nobody is named, r = .07."}, {}, PEOPLE, ())
