"""The multiverse in other languages: every text of its page, its tables and what is printed comes from the catalogue, whatever the analyses say."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from qmethod import ManualFlag, analyse
from qmethod.matching.multiverse import Conclusion, Multiverse, _conclusions, choices, multiverse
from qmethod.policies import describe
from qmethod_analysis.commands.multiverse import _print
from qmethod_analysis.interpretation.other_choices import rules, story
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.report import html, pdf
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.markdown import markdown
from qmethod_analysis.report.multiverse import document
from qmethod_analysis.report.paper import A4
from qmethod_analysis.words.language import InLanguage, speaking
from tests.analysis.strange import STRANGE, every_text, in_markdown, in_typst, in_word, left_over, on_page
from tests.analysis.test_multiverse_story import CASES, VARIED, names_of
from tests.references import sorts

RECIPE = Recipe(input=Input(path="sorts.csv"), n_factors=3, title="Title of ours")


@cache
def made_of(case: str) -> Multiverse:
    data, k, policies = CASES[case]()
    return multiverse(analyse(data, k, **policies), choices([n for n in (k - 1, k, k + 1) if n], *VARIED[1:]))


def outcomes(made: Multiverse, n: int) -> Iterator[Multiverse]:
    """The same analyses with other outcomes: drawn for each alone, or by a rule of one choice; few or all of them; some failed."""
    rng = random.Random(5)
    for _ in range(n):
        rule, viewpoint = rng.choice(["any", "one choice", "never", "always"]), rng.randrange(len(made.reference.labels))
        lost = rng.choice(VARIED[1] + VARIED[2] + VARIED[3])
        tried = rng.sample(made.analyses, rng.choice([1, 2, 4, len(made.analyses)]))
        drawn = []
        for one in tried:
            phi = one.phi.copy()
            if rule == "any":
                phi = np.array([rng.choice([0.5, 0.85, 0.99]) for _ in phi])
            else:
                mine = lost in (one.choice.extraction, one.choice.rotation, one.choice.flags)
                phi[viewpoint] = 0.4 if rule == "never" or (rule == "one choice" and mine) else 0.97
            drawn.append(replace(one, phi=phi, failure="" if rng.random() < 0.95 else "It did not work."))
        found = list(_conclusions(made.reference, [one for one in drawn if not one.failure]))
        yield replace(made, analyses=tuple(drawn), conclusions=tuple(found if rng.random() < 0.7 else alone(found)))


def alone(found: Sequence[Conclusion]) -> list[Conclusion]:
    """The conclusions with one statement at most that sets each viewpoint apart, and with defining sorts that hold nowhere."""
    first = {(one.viewpoint if one.kind == "distinguishing" else n): one for n, one in reversed([*enumerate(found, 100)])}
    kept = [one for one in found if any(one is other for other in first.values())]
    return [replace(one, n_held=0) if one.kind == "defining" else one for one in kept]


def ours_of(made: Multiverse) -> set[str]:
    """Texts that are not the program's: names, statements, people, and codes of conventions."""
    data = made.reference.data
    codes = {code for one in made.analyses for code in (one.choice.extraction, one.choice.rotation, *one.choice.flags.split("+"))}
    return {
        *(*data.texts, *data.statements, *data.participants, *names_of(made), *made.reference.labels, data.origin().name, RECIPE.title),
        *(*codes, *(policy["name"] for policy in describe()), "multiverse-analyses.csv", "--out DIR", "multiverse.html", "sim-"),
    }


def english(texts: list[str], ours: set[str]) -> dict[str, list[str]]:
    short = {*VARIED[1], *(one.rstrip("0123456789") for one in ours if len(one) < 4)}
    found = {text: [word for word in left_over(text, ours) if word not in short] for text in texts if not isinstance(text, InLanguage)}
    return {text: left for text, left in found.items() if left}


@pytest.mark.parametrize("case", ["lipset", "common ground", "one viewpoint", "many common places"])
@pytest.mark.usefixtures("strangely")
def test_every_text_of_the_page_and_of_what_is_printed_goes_through_the_catalogue(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = made_of(case)
    ours, names = ours_of(made), names_of(made)
    whole = document(made, RECIPE, 0.9, names)
    marked = {" ".join(text.split()) for text in every_text(whole) if isinstance(text, InLanguage)}
    assert whole.language == STRANGE
    assert english(list(every_text(whole)), ours) == {}
    _print(made, names, 0.9, Path("multiverse.html"))
    _print(made, names, 0.9, None)
    said = {
        "html": on_page(html.html(whole)),
        "md": in_markdown(markdown(whole)["report.md"].decode()),
        "docx": in_word(docx(whole, A4)),
        "typst": in_typst(pdf.source(whole)),
        "printed": capsys.readouterr().out.replace("\n", " ").split("  "),
    }
    assert all(len(texts) > 5 for texts in said.values())
    assert {name: left for name, texts in said.items() if (left := english(texts, ours | marked))} == {}


@pytest.mark.usefixtures("strangely")
def test_every_text_goes_through_the_catalogue_where_there_are_failures_or_no_viewpoints() -> None:
    first = next(other for other in outcomes(made_of("lipset"), 60) if len(other.solved) < len(other.analyses) and other.solved)
    whole = document(first, RECIPE, 0.9, names_of(first))
    assert english(list(every_text(whole)), ours_of(first)) == {}
    data = sorts("lipset")
    for flags in ([], [ManualFlag("US1", "f1", True, "to see")]):
        reference = analyse(data, 2, flagging="none", flags=flags, contrast_errors="normal", calibration_studies=0)
        made = multiverse(reference, choices((1, 2), ("pca",), ("varimax",), (".05",)))
        assert english(list(every_text(document(made, RECIPE, 0.9, names_of(made)))), ours_of(made)) == {}


@pytest.mark.parametrize("case", ["lipset", "common ground", "one viewpoint", "many common places"])
@pytest.mark.usefixtures("strangely")
def test_every_sentence_of_any_outcome_goes_through_the_catalogue(case: str) -> None:
    made = made_of(case)
    told = [one.sentence for other in outcomes(made, 60) for one in story(other, names_of(made))]
    assert len(told) > 100
    assert english([*told, rules()], ours_of(made)) == {}


def test_figures_of_the_story_are_the_same_in_spanish() -> None:
    """Each sentence has the numbers that the English one has; only a single one may be said without its number."""
    for case in ("lipset", "common ground"):
        made = made_of(case)
        for other in outcomes(made, 40):
            told = story(other, names_of(made))
            with speaking("es"):
                spanish = story(other, names_of(made))
            assert [(one.kind, one.viewpoint) for one in told] == [(one.kind, one.viewpoint) for one in spanish]
            for one, also in zip(told, spanish, strict=True):
                assert numbers(one.sentence) == numbers(also.sentence), (one.sentence, also.sentence)


def numbers(sentence: str) -> list[str]:
    return sorted(word.strip("(),.;:") for word in sentence.split() if any(letter.isdigit() for letter in word))
