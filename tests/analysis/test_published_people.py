"""A published site tells nothing of one person: no name, no word that was not released, no answer of a few."""

from __future__ import annotations

import csv
import html
import io
import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from qmethod import QSolution
from qmethod.errors import DataError
from qmethod_analysis.interpretation.background import Asked
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.site import wording
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.publish import site
from tests.analysis.published import ODD, SAID, alone, odd_people, pages, unpacked


@pytest.fixture(scope="module")
def odd() -> Published:
    return odd_people()


def spellings(words: str) -> set[str]:
    return {words, html.escape(words), str(json.dumps(words))[1:-1], words.replace('"', '""'), html.escape(words).replace("&#x27;", "&#39;")}


def test_nobody_is_named_and_nothing_they_wrote_is_there(odd: Published) -> None:
    files = site([odd])
    files |= {f"zip/{name}": content for name, content in unpacked(files["data/study-data.zip"]).items()}
    for name, content in files.items():
        text = content.decode("utf-8", errors="replace")
        assert not [who for who in (*ODD, SAID, "Well, well.") for words in spellings(who) if words in text], name
    rows = list(csv.reader(io.StringIO(files["data/sorts.csv"].decode())))
    assert rows[0] == ["statement", *(f"P{i}" for i in range(1, 10))]
    assert "In town" not in files["index.html"].decode()  # one person's answer


def test_a_released_comment_is_quoted_without_its_author(odd: Published) -> None:
    statement = odd.loaded.solution.data.statements[0]
    texts = Texts(released=frozenset({(ODD[1], statement)}))
    files = site([replace(odd, texts=texts)])
    quoting = [name for name, page in pages(files).items() if SAID in page.text]
    holders = [f for f, reading in enumerate(odd.loaded.interpretation.readings) if reading and any(c.text == SAID for c in reading.comments)]
    assert quoting == ["index.html", *(f"viewpoint-{f + 1}.html" for f in holders)]  # on the study's page it is the sheet that quotes, on paper
    assert SAID not in files["index.html"].decode().partition('<div class="sheet">')[0]
    assert not any("Well, well." in page.text for page in pages(files).values())


@pytest.mark.parametrize(
    "texts",
    [
        Texts(title="What Xyzzyk thinks"),
        Texts(viewpoints={"f1": Own(story="As Müller & Söhne said.")}),
        Texts(texts={"participants": "Xyzzyk, and others"}),
    ],
)
def test_a_text_that_names_a_participant_is_refused(odd: Published, texts: Texts) -> None:
    with pytest.raises(DataError, match="the name of a participant; nothing was written"):
        site([replace(odd, texts=texts)])
    site([replace(odd, texts=replace(texts, may_stand=("Xyzzyk", "Müller & Söhne")))])
    site([replace(odd, texts=Texts(title="Xyzzyks and -Quuxes"))])  # parts of words are no names


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ((6, 10, 5, 30), "They more often answered “A” to “Q?”: 6 of 10, against 5 of 30 of the others."),
        ((3, 10, 26, 30), "They less often answered “A” to “Q?”: 3 of 10, against 26 of 30 of the others."),
        ((8, 10, 5, 30), "They more often answered “A” to “Q?”."),  # two of ten did not
        ((6, 10, 2, 30), "They more often answered “A” to “Q?”."),
        ((0, 10, 20, 30), "They less often answered “A” to “Q?”."),
        ((2, 10, 0, 30), None),
    ],
)
def test_small_groups_are_not_shown_and_cannot_be_worked_out(lipset: QSolution, groups: tuple[int, int, int, int], said: str | None) -> None:
    reading = alone(lipset).interpretation.readings[0]
    assert reading is not None
    trait = Trait("Q?", "A", *groups, p_value=0.01, corrected=0.01)
    assert wording.traits(replace(reading, traits=(trait,))) == (() if said is None else (said,))
    assert wording.traits(replace(reading, traits=(replace(trait, corrected=0.2),))) == ()


@pytest.mark.parametrize(
    ("counts", "n", "shown"),
    [
        ((5, 4, 3), 12, ["5", "4", "3"]),
        ((8, 5, 2), 15, ["8", "7"]),  # 5 goes with 2, or 15 less the others would give 2 away
        ((8, 4, 1, 2), 15, ["8", "4", "3"]),
        ((2, 1), 3, None),
        ((9, 4), 20, ["9", "4", "7"]),  # seven did not answer
    ],
)
def test_answers_of_few_cannot_be_worked_out(counts: tuple[int, ...], n: int, shown: list[str] | None) -> None:
    options = tuple("abcd"[: len(counts)])
    chosen = [option for option, number in zip(options, counts, strict=True) for _ in range(number)]
    found = wording.answers(Asked("q", "Q?", "choice", options, MappingProxyType({f"p{i}": (option,) for i, option in enumerate(chosen)})), n)
    assert (found and [each.people for each in found.answers]) == shown
