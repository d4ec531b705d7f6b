"""The sheet: one page whatever the study, every citation in the arrays, nothing said that the report does not say."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace

import numpy as np
import pypdf
import pytest

import qmethod
from qmethod.simulation import simulate
from qmethod_analysis.interpretation.passages import own_statements
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.anonymous import anonymised
from qmethod_analysis.report.document import build
from qmethod_analysis.report.formats import PAPERS
from qmethod_analysis.report.markdown import markdown
from qmethod_analysis.report.paper import paper
from qmethod_analysis.report.pdf import compiled
from qmethod_analysis.report.sheet import page, sheet, source
from tests.analysis.report_cases import bare, leadership
from tests.references import sorts

LARGE = qmethod.Grid.parse("-4:3,-3:5,-2:7,-1:9,0:12,1:9,2:7,3:5,4:3")


def large(k: int = 8, letters: int = 200) -> qmethod.QSolution:
    rng = np.random.default_rng(3)
    made = simulate(rng.standard_normal((60, k)), LARGE, (5,) * k, rng).data
    texts = tuple(" ".join(rng.choice(["Rindfleischetikettierung", "participation", "of", "people", "matters"], 30))[:letters] for _ in range(60))
    return qmethod.analyse(replace(made, texts=texts), k)


CASES = {
    "leadership": lambda: leadership(40),
    "three": lambda: bare(qmethod.analyse(sorts("lipset"), 3)),
    "one": lambda: bare(qmethod.analyse(sorts("lipset"), 1)),
    "large": lambda: bare(large()),
    "larger": lambda: bare(large(12, 300)),
}
LEAST = 6.5
"""The smallest letters, in points."""


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("on", PAPERS)
def test_the_pdf_is_one_page_with_every_word(case: str, on: str) -> None:
    made = sheet(CASES[case](), Texts())
    whole = pypdf.PdfReader(io.BytesIO(compiled(source(made, paper(on).typst))))
    assert len(whole.pages) == 1
    sizes: list[float] = []
    read = whole.pages[0].extract_text(visitor_text=lambda text, _cm, tm, _font, size: sizes.append(abs(size * tm[3])) if text.strip() else None)
    assert min(sizes) >= LEAST - 0.01
    text = re.sub(r"[\s\u00ad\u2010-]+", "", read)
    fewer = re.sub(r"[\s-]+", "", made.fewer) in text
    assert fewer == (case == "larger")
    for card in made.cards:
        for one in card.own[: 1 if fewer else None]:
            assert re.sub(r"[\s-]+", "", one.places) in text
            assert re.sub(r"[\s-]+", "", one.text) in text
    for said in (*made.foot, made.lead, *made.shared, *(sentence for _, sentence in made.differ)):
        assert re.sub(r"[\s-]+", "", said) in text


@pytest.mark.parametrize("case", CASES)
def test_every_citation_is_in_the_arrays(case: str) -> None:
    loaded = CASES[case]()
    made, solution = sheet(loaded, Texts()), loaded.solution
    row = {name: i for i, name in enumerate(solution.data.statements)}
    shown = [f for f in range(len(solution.labels)) if not np.isnan(solution.scores.z_scores[:, f]).any()]

    def places(text: str) -> list[float]:
        return [float(value.replace("\u2212", "-")) for value in re.findall(r"[+\u2212]?\d+", text)]

    assert [card.label for card in made.cards] == [solution.labels[f] for f in shown]
    for f, card in zip(shown, made.cards, strict=True):
        for one in card.own:
            name, told = one.places.split(": ", 1)
            here, _, others = told.partition("; ")
            assert places(here) == [solution.scores.arrays[row[name], f]]
            assert places(others) == [solution.scores.arrays[row[name], g] for g in shown if g != f]
    for one in made.statements:
        name, told = one.places.split(": ", 1)
        assert places(told) == [solution.scores.arrays[row[name], f] for f in shown]
    mine = [i for each in own_statements(loaded.solution, loaded.interpretation).values() for i in each]
    assert len(mine) == len(set(mine))  # no statement is told to set two viewpoints apart


def test_it_says_nothing_that_the_report_does_not_say() -> None:
    loaded = leadership(40)
    made, report = sheet(loaded, Texts()), build(loaded, Texts())
    whole = re.sub(r"[\s\\\u00a0]+", "", html.unescape(markdown(report)["report.md"].decode()))
    for sentence in (made.share, *made.shared, *(one for pair in made.differ for one in pair)):
        assert re.sub(r"\s+", "", sentence) in whole, sentence
    shown = re.sub(r"\s+", " ", html.unescape(page(made)))
    for sentence in (made.share, *made.shared, *(one for pair in made.differ for one in pair), *made.foot):
        assert sentence in shown
    assert "http" not in page(made).split("</style>")[1]
    assert all(len(card.gist.split()) <= 26 for card in made.cards)


def test_a_released_comment_stands_on_the_card_of_its_viewpoint_and_no_other_does() -> None:
    loaded = leadership(40)
    reading = next(one for one in loaded.interpretation.readings if one is not None and len(one.comments) > 1)
    released = reading.comments[-1]
    texts = Texts(released=frozenset({(released.participant, released.statement)}))
    for anonymous in (False, True):
        shown = anonymised(loaded, texts.released) if anonymous else loaded
        made = sheet(shown, texts, anonymous=anonymous)
        quotes = {card.label: card.quote for card in made.cards if card.quote}
        assert quotes == {loaded.solution.labels[reading.viewpoint]: " ".join(released.text.split())}
    assert not any(card.quote for card in sheet(anonymised(loaded, ()), Texts(), anonymous=True).cards)
