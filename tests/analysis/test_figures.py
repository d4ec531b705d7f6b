"""Pictures: the same bytes each time, in ink that follows the page, with a text alternative."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree

import matplotlib
import pytest

import qmethod
from analysis import figures
from analysis.labels import OKABE_ITO, colour, marker
from qmethod import QSolution
from tests.references import sorts

MAKERS = {
    "scree": figures.scree,
    "loadings": lambda solution: figures.loading_plot(solution, 0, 1),
    "dots": figures.z_score_dots,
}


@pytest.mark.parametrize("name", MAKERS)
def test_same_bytes_and_well_formed(name: str, climate: QSolution):
    first, second = (figures.to_svg(MAKERS[name](climate), name, "A & B", "<what it shows>") for _ in range(2))
    assert first == second
    root = ElementTree.fromstring(first)
    assert root.attrib["role"] == "img"
    assert root[0].text == "A & B"
    assert root[1].text == "<what it shows>"
    assert not {figures.INK, figures.FAINT, figures.PAPER} & set(first.split('"'))
    assert "currentColor" in first
    assert "<metadata" not in first


def test_the_users_own_settings_change_nothing(climate: QSolution):
    plain = figures.to_svg(figures.scree(climate), "scree", "t", "d")
    with matplotlib.rc_context({"font.size": 20, "svg.fonttype": "path", "axes.facecolor": "red"}):
        assert figures.to_svg(figures.scree(climate), "scree", "t", "d") == plain


def test_whole_texts_stand_beside_the_dots(climate: QSolution):
    root = ElementTree.fromstring(figures.to_svg(figures.z_score_dots(climate), "dots", "t", "d"))
    said = " ".join(" ".join(root.itertext()).split())
    for words in climate.data.texts:
        assert " ".join(words.split()) in said


def test_dollars_are_no_mathematics(awkward: QSolution):
    for name, make in MAKERS.items():
        said = "".join(ElementTree.fromstring(figures.to_svg(make(awkward), name, "t", "d")).itertext())
        if name == "dots":
            assert "$x^2$ costs $5" in said
        if name == "loadings":
            assert "$a_b$" in said


def test_order_of_the_dots(climate: QSolution):
    z = climate.scores.z_scores
    spread = [float(z[i].max() - z[i].min()) for i in figures.dot_order(climate)]
    assert spread == sorted(spread, reverse=True)
    alone = qmethod.analyse(sorts("lipset"), 1)
    scores = [float(alone.scores.z_scores[i, 0]) for i in figures.dot_order(alone)]
    assert scores == sorted(scores, reverse=True)


def test_colours_are_fixed_and_markers_tell_twelve_apart():
    assert [colour(f) for f in range(8)] == list(OKABE_ITO)
    assert len({(colour(f), marker(f)) for f in range(12)}) == 12
    assert len({marker(f) for f in range(12)}) == 12


def test_no_pyplot():
    import subprocess

    code = "import sys, analysis.figures; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
