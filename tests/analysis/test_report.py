"""The report as a page: complete, self-contained, well formed, and true in the awkward cases."""

from __future__ import annotations

import base64
import hashlib
import html
import re

import numpy as np
import pytest

import qmethod
from qmethod import QSolution
from qmethod_analysis.folder.loaded import understand
from qmethod_analysis.pictures.figures import loading_pairs
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.recipe.texts import KEYS, Own, Texts
from qmethod_analysis.report import checklist
from qmethod_analysis.report.blocks import PictureBlock
from qmethod_analysis.report.document import build
from qmethod_analysis.report.html import report
from tests.analysis.conftest import UNFORCED
from tests.analysis.page import Page
from tests.references import sorts


def page_of(solution: QSolution, **choices: object) -> Page:
    return Page(report(understand(solution, Recipe(input=Input(path="sorts.csv"), n_factors=solution.n_factors, **choices))))


CASES = {
    "lipset": lambda: qmethod.analyse(sorts("lipset"), 3),
    "one-factor": lambda: qmethod.analyse(sorts("lipset"), 1),
    "twelve-factors": lambda: qmethod.analyse(sorts("climate_s3"), 12),
    "many-sorts": lambda: qmethod.analyse(sorts("climate_s1"), 2),
    "unforced": lambda: qmethod.analyse(qmethod.read(UNFORCED), 3),
    "nobody-flagged": lambda: qmethod.analyse(sorts("lipset"), 2, flagging="none"),
    "split": lambda: qmethod.analyse(sorts("lipset"), 3, bipolar="split"),
    "by-hand": lambda: qmethod.analyse(sorts("lipset"), 3, preset="kade", rotations=[(1, 2, 12.5)]),
    "oblique": lambda: qmethod.analyse(sorts("lipset"), 2, rotation="promax"),
    "r-preset": lambda: qmethod.analyse(sorts("lipset"), 3, preset="qmethod-r"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[QSolution, Page]:
    solution = CASES[request.param]()
    return solution, page_of(solution)


def test_is_well_formed_and_loads_nothing(case):
    _, page = case
    assert page.crossed == []
    assert page.open == []
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "img", "object", "embed")
        for key in ("src", "href", "xlink:href", "action", "srcset", "poster"):
            assert not re.match(r"\s*(https?:)?//", attributes.get(key, "")), (tag, key)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page.source, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(html.unescape(scripts[0]).encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html.unescape(page.source)
    assert "url(http" not in page.source
    assert "@import" not in page.source


def test_headings_descend_one_step_at_a_time(case):
    _, page = case
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))


def test_tables_have_captions_and_scopes(case):
    _, page = case
    assert len(page.all("table")) == len(page.all("caption")) > 3  # no board is a table
    assert all("scope" in attributes for attributes in page.all("th"))


def test_ids_are_unique_and_references_resolve(case):
    _, page = case
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for key in ("aria-labelledby", "href", "xlink:href"):
            for name in attributes.get(key, "").split():
                if key == "aria-labelledby" or name.startswith("#"):
                    assert name.lstrip("#") in ids
    assert set(re.findall(r"url\(#([^)]+)\)", page.source)) <= set(ids)


def test_says_what_must_be_said(case):
    solution, page = case
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("a")[0]["href"] == "#content"
    assert solution.data.origin().sha256 in page.text
    assert "nan" not in page.text.lower().split()
    assert "None" not in page.text.split()
    for notice in solution.notices:
        assert notice.message in page.text
    for who in solution.data.participants:
        assert who in page.text
    for statement in solution.data.statements:
        assert statement in page.text
    for name, version in solution.versions:
        assert f"{name} {version}" in page.text
    for policy in qmethod.policies.describe():
        assert policy["about"] in page.text


def test_pictures_have_text_alternatives(case):
    solution, page = case
    pictures = page.all("svg")
    document = build(understand(solution, Recipe(input=Input(path="sorts.csv"), n_factors=solution.n_factors)), None)
    drawn = [block for block in document.blocks if isinstance(block, PictureBlock)]
    assert [block.name for block in drawn].count("scree") == 1
    assert len([block for block in drawn if block.name.startswith("loadings")]) == len(loading_pairs(len(solution.factors)))
    assert len(pictures) == len(drawn)
    for block in drawn:
        assert f"{block.title}. How to read it: {block.reading}" in page.text
        assert block.reading.endswith(".")
    assert all(picture["role"] == "img" and picture["aria-labelledby"] for picture in pictures)
    assert len(page.all("desc")) == len(pictures)


def test_a_factor_nobody_defines_has_no_figures():
    solution = qmethod.analyse(sorts("lipset"), 2, flagging="none", flags=[qmethod.ManualFlag("US1", "f1", True, "to see")])
    page = page_of(solution)
    assert "No sort defines Factor 2: it is no viewpoint" in page.text
    assert page.source.count('class="board"') == 1
    assert "US1 f1 yes to see" in page.text


def test_whole_texts_stand_on_the_board(climate: QSolution):
    page = page_of(climate)
    for text in climate.data.texts:
        assert page.text.count(" ".join(text.split())) >= 4  # three boards, one table
    assert page.source.count('class="board"') == 3
    board = page.source.split('class="board"')[1].split("</ol>")[0]
    places = re.findall(r'class="place">(\S+)', board)
    assert [place.partition("<")[0] for place in places] == ["+4", "+3", "+2", "+1", "0", "−1", "−2", "−3", "−4"]
    counts = [len(re.findall("<li[ >]", column)) for column in board.split('class="cards"')[1:]]
    assert counts[:1] == [1 + 1]  # one card, and the next column's own item
    assert sum(counts) == climate.data.n_statements + len(places) - 1


def test_long_tables_are_folded(climate: QSolution):
    page = page_of(climate)
    assert re.search(r"Show the 435 rows of table \d+: Loadings of all sorts", page.text)
    assert len(page.source) < 1_500_000


def test_markup_in_names_and_texts_stays_text(awkward: QSolution):
    page = page_of(awkward, title="A <i>title</i> & more", names=(("f1", "<u>One</u>"),), notes="<em>note</em>")
    assert page.source.count("<script") == 1
    assert "alert(1)" not in page.source.split("<script>")[1].split("</script>")[0]
    assert not {"b>Ann", "i", "u", "em"} & {tag for tag, _ in page.tags}
    for text in (
        "<b>Ann</b>",
        "Bo & Co",
        "<script>alert(1)</script>",
        "R & D",
        "$x^2$ costs $5",
        "A <i>title</i> & more",
        "<u>One</u>",
        "<em>note</em>",
    ):
        assert text in page.text
    assert "she & I agree" in page.text


def test_opponents_are_called_opponents(lipset: QSolution):
    page = page_of(lipset)
    assert "1 of these is an opponent" in page.text
    assert "JP5 (−0.83, an opponent)" in page.text


def test_same_solution_same_page(lipset: QSolution):
    recipe = Recipe(input=Input(path="sorts.csv"), n_factors=3)
    assert report(understand(lipset, recipe)) == report(understand(lipset, recipe))


def test_excluded_sorts_are_listed_with_reasons():
    data = sorts("lipset")
    placements = data.sorts.copy()
    placements[:, 2] = 0
    changed = qmethod.QData(placements, data.statements, data.participants)
    page = page_of(qmethod.analyse(changed, 2, constant="drop-sort"))
    assert "US3 the analysis all placements are the same" in page.text


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 12])
def test_every_factor_is_plotted(k):
    pairs = loading_pairs(k)
    assert set(np.ravel(pairs)) == (set(range(k)) if k > 1 else set())
    assert all(a != b for a, b in pairs)


def test_with_the_researchers_texts_the_page_says_how_the_study_was_made(climate: QSolution):
    own = {"concourse": "From <newspapers>.\n\nTwo years of them.", "choice": "Three was clearest.", "consensus": "They share a worry."}
    texts = Texts(title="My & title", texts=own, viewpoints={"f1": Own("Act now", "Act.", "Story one.\n\nStory two.")})
    loaded = understand(climate, Recipe(input=Input(path="sorts.csv"), n_factors=3), own=texts.viewpoints)
    page = Page(report(loaded, texts))
    assert page.crossed == page.open == []
    for words in ("My & title", "From <newspapers>.", "Two years of them.", "Three was clearest.", "They share a worry.", "Act now", "Story two."):
        assert words in page.text
    given = checklist.answers(loaded, texts)
    marked = {key for key, _ in KEYS.items() if f"report.toml, {key})" in page.text}
    assert marked >= {"pilot", "limits", "ethics"}
    assert not marked & set(own)
    for item, answer in given:
        assert f"{item.number} {item.what} {answer.state}" in page.text
    assert "To be written" not in report(loaded)
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
