"""Numbers of factors side by side in other languages: every text of the page comes from the catalogue; tables are the same in every language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from markupsafe import escape

import qmethod
from qmethod import QSolution
from qmethod.retention.retain import Retention, retain
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.report.side_by_side import page, sentences
from qmethod_analysis.tables.side_by_side import amounts_table, side_by_side, sorts_table
from qmethod_analysis.words.language import speaking
from tests.analysis.conftest import LIPSET, Qmethod
from tests.analysis.strange import STRANGE, left_over, on_page
from tests.analysis.test_side_by_side import planted
from tests.references import sorts

RECIPE = Recipe(input=Input(path="sorts.csv"), n_factors=2, title="Title of ours")
NOBODY = [qmethod.ManualFlag("US1", "f1", True, "to see")]
QUICK = {"contrast_errors": "normal", "calibration_studies": 0}


def of(data: qmethod.QData, numbers: Sequence[int], **policies: object) -> list[QSolution]:
    return [qmethod.analyse(data, k, **{**QUICK, **policies}) for k in numbers]


CASES = {
    "lipset": lambda: of(sorts("lipset"), (2, 3, 4)),
    "alone": lambda: of(sorts("lipset"), (2,)),
    "several at once": lambda: of(sorts("lipset"), (2, 4), flag_majority=False),
    "poles": lambda: of(sorts("lipset"), (1, 2), bipolar="split"),
    "nobody": lambda: [*of(sorts("lipset"), (1,)), qmethod.analyse(sorts("lipset"), 2, flagging="none", flags=NOBODY)],
    "turned": lambda: [*of(sorts("lipset"), (2,)), qmethod.analyse(sorts("lipset"), 2, reflection="none", rotations=[(1, 2, 180)])],
    "cancelling": lambda: cancelling(),
    "split": lambda: halved(),
    "many": lambda: of(without_wording(qmethod.datasets.load("climate")), (2, 3, 4)),
    "noise": lambda: of(planted((5, 4, 3), 2).data, (1, 4)),
    "more noise": lambda: of(planted((5, 4, 3), 7).data, (3, 5)),
}


def without_wording(data: qmethod.QData) -> qmethod.QData:
    return replace(data, texts=("",) * data.n_statements)


def halved() -> list[QSolution]:
    """One viewpoint that falls in two."""
    data = planted((16,)).data
    return [*of(data, (1,)), *of(data, (2,), rotation="none", rotations=[(1, 2, 45)], flag_majority=False)]


def cancelling() -> list[QSolution]:
    """As if the sorts that define the second factor cancelled each other out."""
    one, two = of(sorts("lipset"), (1, 2))
    nothing = [np.where(np.arange(2) == 1, np.nan, values) for values in (two.scores.z_scores, two.scores.arrays, two.scores.ranks)]
    return [one, replace(two, scores=replace(two.scores, z_scores=nothing[0], arrays=nothing[1], ranks=nothing[2]))]


def shown(solutions: Sequence[QSolution], found: Retention | None = None) -> str:
    made = side_by_side(solutions, ((9, "Only English says why."),), found)
    return page(made, RECIPE, {solution.n_factors: f"{solution.n_factors}.html" for solution in solutions}, found)


def english(texts: Sequence[str], solutions: Sequence[QSolution]) -> dict[str, list[str]]:
    data = solutions[-1].data
    ours = {*data.statements, *data.participants, *data.texts, data.origin().name, RECIPE.title, "retention.csv", "sim-"}
    short = {one.rstrip("0123456789") for one in ours if len(one) < 4}
    found = {text: [word for word in left_over(text, ours) if word not in short] for text in texts}
    return {text: left for text, left in found.items() if left}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("strangely")
def test_every_text_of_the_page_goes_through_the_catalogue(case: str) -> None:
    solutions = CASES[case]()
    made = shown(solutions)
    texts = on_page(made)
    assert f'<html lang="{STRANGE}">' in made
    assert len(texts) > 30
    assert english(texts, solutions) == {}


def test_what_has_no_translation_is_marked_as_english() -> None:
    found = retain(sorts("lipset"), n_random=39, rng=np.random.default_rng(1), max_factors=4, nest=False)
    solutions = of(sorts("lipset"), (2, 3))
    with speaking("es"):
        made = shown(solutions, found)
    assert len(found.advice) > 2
    for sentence in found.advice:
        assert re.search(rf'<(li|p) lang="en">(<b>)?{re.escape(escape(sentence))}', made), sentence
    assert '<td lang="en">Only English says why.</td>' in made
    with speaking("en"):
        assert 'lang="en"' not in shown(solutions, found).replace('<html lang="en">', "")


@pytest.mark.usefixtures("strangely")
def test_every_text_goes_through_the_catalogue_beside_what_the_criteria_say() -> None:
    found = retain(sorts("lipset"), n_random=39, rng=np.random.default_rng(1), max_factors=4, nest=False)
    solutions = of(sorts("lipset"), (2, 3))
    assert english(on_page(shown(solutions, found)), solutions) == {}


@pytest.mark.parametrize("case", CASES)
def test_spanish_sentences_have_the_figures_of_the_english_and_tables_stay(case: str) -> None:
    solutions = CASES[case]()
    made = side_by_side(solutions)
    told = [sentences(step) for step in made.steps]
    with speaking("es"):
        spanish = [sentences(step) for step in made.steps]
        again = side_by_side(solutions)
        assert (amounts_table(again), sorts_table(again)) == (amounts_table(made), sorts_table(made))
    for one, other in zip(told, spanish, strict=True):
        for text, also in zip(one, other, strict=True):
            lost, added = figures(text) - figures(also), figures(also) - figures(text)
            assert (set(lost) <= {"1"}, not added) == (True, True), (text, also)  # a single one may be said without its number


def figures(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"−?(?:f\d+[+−]?|\d+(?:\.\d+)?)", re.sub(r"(\d),(\d)", r"\1.\2", sentence)))


def test_the_command_writes_the_page_in_the_language_and_the_tables_as_ever(qmethod_command: Qmethod) -> None:
    for language in ("en", "es"):
        done = qmethod_command("analyse", LIPSET, "--factors", "2,3", "--out", language, "--no-retention", "--language", language)
        assert done.exit_code == 0, done.output
    written = Path("es/side-by-side.html").read_text(encoding="utf-8")
    assert '<html lang="es">' in written
    assert "Esta traducción es un borrador" in written
    assert "2 y 3 factores lado a lado" in written
    for name in ("side-by-side.csv", "side-by-side-sorts.csv", "side-by-side-congruence.csv"):
        assert Path("es", name).read_bytes() == Path("en", name).read_bytes()
