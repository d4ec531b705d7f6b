"""What results show in a notebook: HTML without script, and pictures that display themselves."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qmethod
from qmethod import Grid, PolicyError, QData, QSolution
from qmethod_analysis.pictures.named import PICTURES
from qmethod_analysis.report.notebook import PAGES

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>&'
NAMES = (
    *(
        "data",
        "solution",
        "retention",
        "bootstrap",
        "multiverse",
        "calibration",
        "partition",
        "comparison",
        "occasions",
        "classification",
        "shortening",
        "retest",
        "simulated",
    ),
    *("streamed", "saved", "loaded", "reported"),
)
TAGS = {"div", "style", "h4", "p", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every result that shows a page, of a study whose every name is hostile."""
    grid = Grid.parse("-2:2,-1:4,0:5,1:4,2:2")
    drawn = qmethod.simulate(np.random.default_rng(1).standard_normal((17, 2)), grid, (9, 8), rng=1).data
    n, m = drawn.sorts.shape
    names = tuple(f"{i}{HOSTILE}" for i in range(n)), tuple(f"{j}{HOSTILE}" for j in range(m))
    source = qmethod.Source(HOSTILE, "0", HOSTILE)
    data = QData(drawn.sorts, *names, tuple(f"{HOSTILE}{i}" for i in range(n)), grid, source, (qmethod.Notice("odd", HOSTILE),))
    solution = qmethod.analyse(data, 2)
    found = qmethod.bootstrap(solution, 10, rng=1)
    folder = tmp_path_factory.mktemp("folder") / "a"
    return {
        "data": data,
        "solution": solution,
        "retention": qmethod.retain(data, max_factors=3, n_random=19, rng=1),
        "bootstrap": found,
        "multiverse": qmethod.multiverse(solution, qmethod.choices([2], ["pca", "centroid"], ["varimax"], [".05"])),
        "calibration": qmethod.calibrate(solution, 5, rng=1),
        "partition": qmethod.partition(data, 2, n_sweeps=1000, rng=1),
        "comparison": qmethod.compare(solution, qmethod.analyse(data, 3), rng=1, n_permutations=9),
        "occasions": qmethod.compare_occasions(data, data, n_factors=2, rng=1, n_permutations=99),
        "classification": qmethod.classify(data, solution),
        "shortening": qmethod.shorten(solution, longest=5, folds=2, rng=1),
        "retest": qmethod.retest(data, [data.participants[:2]]),
        "simulated": qmethod.simulate(solution.scores.z_scores, grid, (9, 8), rng=1, statements=data.statements, texts=data.texts),
        "streamed": qmethod.analyse_in_chunks(qmethod.ArraySorts(data, 9), 2),
        "saved": qmethod.save(solution, folder, title=HOSTILE, names={"f1": HOSTILE}),
        "loaded": qmethod.load(folder),
        "reported": qmethod.report(folder, "md", named=True),
    }


class Outline(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def outline(value: Any) -> Outline:
    made = Outline()
    made.feed(value._repr_html_())
    assert made.open == []
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_no_script_and_styles_nothing_but_itself(name: str, results: dict[str, Any]):
    page = outline(results[name])
    assert set(page.tags) <= TAGS
    assert page.attributes <= {"class", "scope"}
    assert page.tags[:2] == ["div", "style"]
    style = re.sub(r"\{[^}]*\}", "\n", page.texts[0])
    assert all(one.strip().startswith(".qmethod-shown") for line in style.split("\n") if line for one in line.split(","))
    assert "#" not in page.texts[0]  # no colour of its own: light and dark pages both suit


def test_every_page_is_asked_here(results: dict[str, Any]):
    assert {type(value) for value in results.values()} >= set(PAGES)
    assert tuple(results) == NAMES


def test_a_solution_shows_its_viewpoints_arrays_and_notices(results: dict[str, Any]):
    solution: QSolution = results["solution"]
    said = " ".join(outline(solution).texts)
    assert "2 viewpoints from 17 sorts of 17 statements" in said
    assert "Defining sorts" in said
    for text in solution.data.texts:
        assert text in said
    for notice in solution.notices:
        assert notice.message in said
    page = solution._repr_html_()
    for f, label in enumerate(solution.labels):
        c = solution.characteristics
        assert f'<th scope="row">{label} Viewpoint {f + 1}</th><td class="r">{int(c.n_defining[f])}</td>' in page


def test_the_researchers_words_and_what_was_counted_stand_in_an_analysis_that_was_loaded(tmp_path: Path):
    saved = qmethod.save(qmethod.analyse(qmethod.datasets.load("climate").keep(range(30)), 2), tmp_path / "a", names={"f2": "Doubt"}, title="Thirty")
    recipe = saved.recipe.to_toml()
    text = recipe + "\n[bootstrap]\nreplicates = 5\n\n[retention]\nmax_factors = 2\nn_random = 19\n"
    (tmp_path / "a" / "analysis.toml").write_text(text, encoding="utf-8")
    qmethod.run(tmp_path / "a" / "analysis.toml", overwrite=True)
    said = " ".join(outline(qmethod.load(tmp_path / "a")).texts)
    for words in ("Thirty: 2 viewpoints from 30 sorts", "f2 Doubt", "What each criterion says", "How sure", str(tmp_path / "a")):
        assert words in said


def test_without_viewpoints_a_page_and_its_pictures_say_so():
    noise = np.random.default_rng(5).normal(size=(8, 4))
    solution = qmethod.analyse(noise, 2, flagging="none")
    assert "<details>" not in solution._repr_html_()
    for what in ("z_scores", "array"):
        with pytest.raises(PolicyError, match=r"no sort defines|fewer than two"):
            solution.plot(what)
    assert solution.plot("loadings").svg
    with pytest.raises(PolicyError, match="one factor alone"):
        qmethod.analyse(noise, 1).plot("loadings")


def pictures(results: dict[str, Any]) -> list[tuple[str, Any]]:
    of = {QSolution: "solution", qmethod.Retention: "retention", qmethod.Multiverse: "multiverse"}
    made = [(what, results[of[kind]].plot(what)) for kind, named in PICTURES.items() for what in named]
    return [*made, ("intervals", results["solution"].plot("z_scores", bootstrap=results["bootstrap"]))]


def test_every_picture_is_an_svg_that_stands_alone(results: dict[str, Any], tmp_path: Path):
    for what, picture in pictures(results):
        shown = picture._repr_svg_()
        root = ElementTree.fromstring(shown)
        assert root.tag == f"{SVG}svg", what
        assert root[0].text, what
        assert not re.search(r"var\(|currentColor|class=\"figure\"", shown), what
        assert {element.tag for element in root.iter()} & {f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject"} == set()
        assert picture.save(tmp_path / f"{what}.svg").read_text(encoding="utf-8") == shown + "\n"
        assert picture.save(str(tmp_path / f"{what}.png")).read_bytes().startswith(b"\x89PNG")
        assert len(repr(picture)) <= 800
        with pytest.raises(PolicyError, match=r"saved as .svg or .png, not as .pdf"):
            picture.save(tmp_path / "a.pdf")


def test_a_board_has_every_statement_whole_in_its_column(results: dict[str, Any]):
    solution: QSolution = results["solution"]
    root = ElementTree.fromstring(solution.plot("array", factors="f2").svg)
    cards = {"".join("".join(text.itertext()).split()): float(text[0].get("x", "0")) for text in root.iter(f"{SVG}text") if len(text)}
    assert len(cards) == solution.data.n_statements
    across = sorted(set(cards.values()))
    for i, (name, words) in enumerate(zip(solution.data.statements, solution.data.texts, strict=True)):
        place = solution.scores.grid.values[across.index(cards["".join(f"{name}. {words}".split())])]
        assert place == solution.scores.arrays[i, 1]


def test_what_cannot_be_shown_is_refused(results: dict[str, Any]):
    solution: QSolution = results["solution"]
    for call, words in (
        ({"what": "loading"}, "there is no picture 'loading' of a QSolution; there are loadings, scree, z_scores, array"),
        ({"what": "scree", "factors": "f1"}, "`factors` has no part in the picture 'scree'"),
        ({"what": "scree", "bootstrap": results["bootstrap"]}, "`bootstrap` has no part"),
        ({"what": "loadings", "factors": ["f1", "f9"]}, "there is no factor 'f9'"),
        ({"what": "loadings", "factors": "f1"}, "shows 2 of the factors; got 1"),
    ):
        with pytest.raises(PolicyError, match=re.escape(words)):
            solution.plot(**call)
    other = qmethod.analyse(qmethod.datasets.load("climate").keep(range(20)), 2)
    with pytest.raises(PolicyError, match="the `bootstrap` is of another solution"):
        other.plot("z_scores", bootstrap=results["bootstrap"])


def test_every_picture_is_in_the_documentation():
    plot = QSolution.plot
    for kind, named in PICTURES.items():
        assert f"`{kind.__name__}`" in (plot.__doc__ or "")
        assert all(f"``{what}``" in (plot.__doc__ or "") for what in named)
