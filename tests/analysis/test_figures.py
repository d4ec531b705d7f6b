"""Pictures: points where the data say, whole texts, the same bytes each time, in ink that follows the page, with a text alternative."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import product

import numpy as np
import pytest

import qmethod
from qmethod import QData, QSolution
from qmethod.simulation import simulate
from qmethod_analysis.pictures import drawing, figures
from qmethod_analysis.pictures.drawing import Figure, Pen, Scale
from qmethod_analysis.words.labels import MARKERS, OKABE_ITO, colour, marker, statement_label
from tests.references import sorts

MAKERS = {
    "scree": figures.scree,
    "loadings": lambda solution: figures.loading_plot(solution, 0, 1),
    "dots": figures.z_score_dots,
}
SVG = "{http://www.w3.org/2000/svg}"
XY = tuple[float, float]


def parsed(figure: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(figure.svg("name", "t", "d"))


def place(path: ElementTree.Element) -> XY:
    x, y = re.fullmatch(r"translate\((\S+) (\S+)\)", path.attrib["transform"]).groups()
    return float(x), float(y)


def points(root: ElementTree.Element) -> list[tuple[str, str, list[XY]]]:
    """Fill, outline and places of each group of points."""
    found = []
    for part in root.iter(f"{SVG}g"):
        if part.attrib.get("class") == "points":
            found.append((part.attrib["fill"], part[0].attrib["d"], [place(path) for path in part]))
    return found


def texts(root: ElementTree.Element) -> list[str]:
    return [" ".join("".join(part.itertext()).split()) for part in root.iter(f"{SVG}text")]


def tick_places(root: ElementTree.Element, anchor: str, axis: str, labels: tuple[str, ...]) -> list[float]:
    """Where the ticks with these labels lie on an axis, whose labels share an anchor."""
    for part in root.iter(f"{SVG}g"):
        if part.attrib.get("text-anchor") == anchor and part.attrib.get("class") is None:
            at = {text.text: float(text.attrib[axis]) - (drawing.MIDDLE * drawing.FONT if axis == "y" else 0) for text in part}
            return [at[label] for label in labels]
    raise AssertionError(f"no axis with labels at their {anchor}")


@pytest.mark.parametrize("name", MAKERS)
def test_same_bytes_and_well_formed(name: str, climate: QSolution):
    first, second = (MAKERS[name](climate).svg(name, "A & B", "<what it shows>") for _ in range(2))
    assert first == second
    root = ElementTree.fromstring(first)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == f"{name}-title {name}-desc"
    assert [(part.tag, part.attrib["id"], part.text) for part in root[:2]] == [
        (f"{SVG}title", f"{name}-title", "A & B"),
        (f"{SVG}desc", f"{name}-desc", "<what it shows>"),
    ]
    assert re.findall(r' id="([^"]+)"', first) == [f"{name}-title", f"{name}-desc"]
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", first)) <= set(OKABE_ITO) - {"#000000"}
    assert root.attrib["fill"] == "currentColor"
    assert float(root.attrib["font-size"]) >= 12
    assert min(map(float, re.findall(r'font-size="([\d.]+)"', first))) >= 12


@pytest.mark.parametrize("pair", [(0, 1), (0, 2)])
def test_sorts_lie_at_their_loadings(climate: QSolution, pair: tuple[int, int]):
    """With the ticks as the ruler: a point's place is its loadings, and its look the viewpoint it defines."""
    root = parsed(figures.loading_plot(climate, *pair))
    drawn = points(root)
    own = [climate.flags[:, f] for f in pair]
    groups = [~own[0] & ~own[1], *own]
    assert [fill for fill, _, _ in drawn] == ["none", colour(pair[0]), colour(pair[1])]
    x0, x1 = tick_places(root, "middle", "x", ("−1", "1"))
    y0, y1 = tick_places(root, "end", "y", ("−1", "1"))
    assert x0 < x1
    assert y0 > y1
    for (_, _, places), those in zip(drawn, groups, strict=True):
        loadings = climate.loadings[those][:, list(pair)]
        expected = np.column_stack([x0 + (loadings[:, 0] + 1) / 2 * (x1 - x0), y0 + (loadings[:, 1] + 1) / 2 * (y1 - y0)])
        assert np.array(places) == pytest.approx(expected, abs=0.11)


def test_dots_lie_at_their_z_scores_in_order(climate: QSolution):
    root = parsed(figures.z_score_dots(climate))
    low, high = tick_places(root, "middle", "x", ("−2", "2"))
    order = figures.dot_order(climate)
    drawn = points(root)
    assert len(drawn) == 3
    rows = np.array([[y for _, y in places] for _, _, places in drawn])
    for f, (fill, outline, places) in enumerate(drawn):
        assert (fill, outline) == (colour(f), drawing.outline(marker(f), 5.0))
        expected = low + (climate.scores.z_scores[order, f] + 2) / 4 * (high - low)
        assert [x for x, _ in places] == pytest.approx(expected, abs=0.11)
    assert (rows[:, 1:].min(axis=0) > rows[:, :-1].max(axis=0)).all()  # rows never mix


def test_no_dot_hides_another():
    for solution in (qmethod.analyse(sorts("lipset"), 3), qmethod.analyse(sorts("climate_s3"), 5)):
        drawn = [place for _, _, places in points(parsed(figures.z_score_dots(solution))) for place in places]
        near = [np.hypot(a[0] - b[0], a[1] - b[1]) for i, a in enumerate(drawn) for b in drawn[:i]]
        assert min(near) > 4


def test_scree_shows_the_eigenvalues(climate: QSolution):
    root = parsed(figures.scree(climate))
    (fill, _, extracted), (other_fill, _, others) = points(root)
    assert (fill, other_fill) == ("currentColor", "var(--paper)")
    assert (len(extracted), len(others)) == (3, 9)
    low, high = tick_places(root, "end", "y", ("0", "100"))
    expected = low + climate.extraction.eigenvalues[:12] / 100 * (high - low)
    assert [y for _, y in extracted + others] == pytest.approx(expected, abs=0.11)
    steps = np.diff([x for x, _ in extracted + others])
    assert steps == pytest.approx(steps[0], abs=0.11)


def test_significance_is_marked_on_both_axes(climate: QSolution):
    root = parsed(figures.loading_plot(climate, 0, 1))
    edge = qmethod.method.flagging.threshold(climate.data.n_statements, climate.policies)
    x0, x1 = tick_places(root, "middle", "x", ("−1", "1"))
    dashed = next(part for part in root.iter(f"{SVG}g") if "stroke-dasharray" in part.attrib)
    upright = sorted(float(line.attrib["x1"]) for line in dashed if line.attrib["x1"] == line.attrib["x2"])
    assert upright == pytest.approx([x0 + (1 - edge) / 2 * (x1 - x0), x0 + (1 + edge) / 2 * (x1 - x0)], abs=0.11)
    assert len(dashed) == 4


def test_whole_texts_stand_beside_the_dots(climate: QSolution):
    said = texts(parsed(figures.z_score_dots(climate)))
    assert said[3 : 3 + climate.data.n_statements] == [" ".join(statement_label(climate, i).split()) for i in figures.dot_order(climate)]


def test_names_and_texts_stay_what_they_are(awkward: QSolution):
    """Markup, formulas, mathematics; a viewpoint nobody defines; a text with a line break."""
    dots = texts(parsed(figures.z_score_dots(awkward)))
    for i, words in enumerate(awkward.data.texts):
        assert f"{awkward.data.statements[i]}. {' '.join(words.split())}" in dots
    assert "f1" in dots
    assert "f2" not in dots  # nobody defines it
    loadings = figures.loading_plot(awkward, 0, 1)
    highest = set(figures._highest(awkward, (0, 1)))
    assert {awkward.data.participants[i] for i in highest} <= set(texts(parsed(loadings)))
    assert "<b>" not in loadings.body


def name_boxes(root: ElementTree.Element) -> list[tuple[str, float, float, float]]:
    """Each name beside a point, its left and right edge and its baseline."""
    boxes = []
    for part in next(part for part in root.iter(f"{SVG}g") if part.attrib.get("class") == "names").iter(f"{SVG}text"):
        wide, x = drawing.text_width(part.text, drawing.FONT), float(part.attrib["x"])
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[part.attrib["text-anchor"]]
        boxes.append((part.text, left, left + wide, float(part.attrib["y"])))
    return boxes


def crowd(n: int, seed: int, long: bool) -> QSolution:
    """Sorts of two viewpoints so alike that their points lie in two heaps."""
    rng = np.random.default_rng(seed)
    made = simulate(rng.standard_normal((36, 2)), qmethod.Grid.parse("-3:4,-2:5,-1:6,0:6,1:6,2:5,3:4"), (n - n // 2, n // 2), rng).data
    names = tuple(f"Person {i}, a farmer from the far north" if long and i % 2 else f"Person {i}" for i in range(n))
    return qmethod.analyse(QData(made.sorts, made.statements, names), 2)


@pytest.mark.parametrize("n", [12, 64, 200])
@pytest.mark.parametrize("long", [False, True])
def test_names_stand_inside_the_plot_and_cover_no_other(n: int, long: bool):
    for seed in range(4):
        solution = crowd(n, seed, long)
        boxes = name_boxes(parsed(figures.loading_plot(solution, 0, 1)))
        assert 3 <= len(boxes) <= 2 * figures.NAMED_POINTS
        assert all(len(name) <= figures.LONGEST_NAME and left >= 52 and right <= 492 for name, left, right, _ in boxes)
        for i, (_, left, right, y) in enumerate(boxes):
            for _, other_left, other_right, other_y in boxes[:i]:
                assert right <= other_left + 0.1 or other_right <= left + 0.1 or abs(y - other_y) >= 13.9


def test_the_names_are_those_of_the_five_that_load_highest(lipset: QSolution, climate: QSolution):
    for solution in (lipset, climate):
        named = figures._highest(solution, (0, 1))
        assert len(named) <= 2 * figures.NAMED_POINTS
        for f in (0, 1):
            mine = [i for i in named if solution.flags[i, f]]
            rest = [i for i in np.flatnonzero(solution.flags[:, f]) if i not in named]
            assert min(abs(solution.loadings[mine, f])) >= max(abs(solution.loadings[rest, f]), default=0.0)
        shown = {name for name, *_ in name_boxes(parsed(figures.loading_plot(solution, 0, 1)))}
        assert shown <= {solution.data.participants[i] for i in named}


def test_awkward_solutions_can_be_drawn():
    nobody = qmethod.analyse(sorts("lipset"), 2, flagging="none")
    assert points(parsed(figures.z_score_dots(nobody))) == []
    assert len(points(parsed(figures.loading_plot(nobody, 0, 1)))) == 1
    alone = qmethod.analyse(sorts("lipset"), 1)
    assert [len(places) for _, _, places in points(parsed(figures.z_score_dots(alone)))] == [33]
    twelve = qmethod.analyse(sorts("climate_s3"), 12)
    for make in MAKERS.values():
        assert "nan" not in make(twelve).body
    assert sum(len(places) for _, _, places in points(parsed(figures.scree(twelve)))) == 16


def test_long_words_and_foreign_scripts_are_wrapped_whole():
    words = ("x" * 300, "気候変動は人類の安全に対する脅威である" * 4, "كل الناس سواسية", "ok")
    data = QData.from_array([[2, -1, 1], [-1, 2, -2], [0, 1, 0], [-1, -2, 1]], texts=words)
    root = parsed(figures.z_score_dots(qmethod.analyse(data, 1)))
    said = "".join("".join(root.itertext()).split())
    for text in words:
        assert "".join(text.split()) in said
    lines = [span.text.strip() for span in root.iter(f"{SVG}tspan")]
    assert max(drawing.text_width(line, figures.WORDING) for line in lines) <= 320


def test_wrapping_loses_nothing():
    words = "one two  three\nfour " + "v" * 50
    for width in (1, 30, 80, 1000):
        lines = drawing.wrapped(words, width, 12)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "").replace("\n", "")
        assert all(len(line) == 1 or drawing.text_width(line, 12) <= width for line in lines)
    assert drawing.wrapped("", 100, 12) == ("",)


def test_order_of_the_dots(climate: QSolution):
    z = climate.scores.z_scores
    spread = [float(z[i].max() - z[i].min()) for i in figures.dot_order(climate)]
    assert spread == sorted(spread, reverse=True)
    alone = qmethod.analyse(sorts("lipset"), 1)
    scores = [float(alone.scores.z_scores[i, 0]) for i in figures.dot_order(alone)]
    assert scores == sorted(scores, reverse=True)


def test_colours_are_fixed_and_looks_tell_viewpoints_apart():
    assert [colour(f) for f in range(8)] == list(OKABE_ITO)
    assert len({drawing.outline(marker(f), 5) for f in range(12)}) == 12
    assert len({(figures.inked(f), drawing.outline(marker(f), 5)) for f in range(24)}) == 24
    assert {*drawing.SHAPES, "circle"} == set(MARKERS)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-1, 1, (-1, -0.5, 0, 0.5, 1)),
        (-1.06, 1.06, (-1, -0.5, 0, 0.5, 1)),
        (0, 9.3, (0, 2, 4, 6, 8)),
        (0, 148, (0, 50, 100)),
        (0, 0.003, (0, 0.001, 0.002, 0.003)),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: tuple[float, ...]):
    assert Scale(low, high, 0, 100).ticks(5) == expected


def test_ticks_are_few_and_inside():
    for low, span in product((-3.7, 0.0, 0.2, 1e5), (1e-3, 0.7, 2.0, 33.0, 1e6)):
        found = Scale(low, low + span, 0, 1).ticks()
        assert 2 <= len(found) <= 7
        assert low - span * 1e-6 <= found[0] <= found[-1] <= low + span * (1 + 1e-6)


def test_a_key_takes_as_many_rows_as_it_needs():
    pens = [Pen(f"viewpoint {i}") for i in range(12)]
    drawn, height = drawing.key(pens, 10, 0, 300)
    labels = [part for part in ElementTree.fromstring(drawn) if part.tag == "text"]
    assert [part.text for part in labels] == [pen.label for pen in pens]
    assert all(float(part.attrib["x"]) + drawing.text_width(part.text, 12) <= 300 for part in labels)
    assert max(float(part.attrib["y"]) for part in labels) < height


def test_numbers_are_short_and_have_no_negative_zero():
    assert [drawing.number(value) for value in (0, -0.04, 0.04, 0.05001, -1.25001, 12, 123456.78)] == ["0", "0", "0", "0.1", "-1.3", "12", "123456.8"]


@pytest.mark.parametrize("ticks", [(0.85, 0.9, 0.95, 1.0), (0.0, 1.0), (1000.25, 2000.5)])
def test_the_label_of_an_axis_keeps_clear_of_its_figures(ticks: tuple[float, ...]) -> None:
    x = 128.0
    drawn = drawing.y_axis(drawing.Scale(ticks[0], ticks[-1], 200, 20), x, ticks, "Congruence")
    found = re.search(r"translate\((-?[\d.]+) ", str(drawn))
    assert found is not None
    widest = max(drawing.text_width(drawing.tick_label(v), drawing.FONT) for v in ticks)
    assert float(found[1]) + drawing.FONT / 2 + 5 <= x - 8 - widest
