"""How sure differences are, in the report: three rules beside each other, each as an analysis by it has it, and the bounds of the calibration."""

from __future__ import annotations

import numpy as np
import pytest

import qmethod
from qmethod_analysis.report.blocks import Paragraph, TableBlock
from qmethod_analysis.report.differences import chance, differences
from tests.references import sorts

NAMES = ("One", "Two", "Three")


def tables(blocks: list[object]) -> list[TableBlock]:
    return [block for block in blocks if isinstance(block, TableBlock)]


def said(blocks: list[object]) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize("preset", ["standard", "qmethod-r", "kade"])
def test_each_count_is_that_of_an_analysis_by_the_rule(preset: str) -> None:
    """Under every preset the same three rules at its own first level, the last one as the calibration has it."""
    data = sorts("climate_s1").keep(range(60))
    solution = qmethod.analyse(data, 3, preset=preset)
    beyond, _ = tables(differences(solution, NAMES))
    for column, changes in ((-3, {"reliability": "fixed"}), (-2, {"reliability": "observed"})):
        by_rule = qmethod.analyse(data, 3, preset=preset, contrast_errors="normal", contrast_critical=(), **changes)
        expected = (~np.isnan(by_rule.contrasts.distinguishing)).sum(axis=0)
        assert [int(row[column]) for row in beyond.rows] == expected.tolist()
    if preset == "standard":
        assert [int(row[-1]) for row in beyond.rows] == (solution.contrasts.distinguishing <= 0.05).sum(axis=0).tolist()


def test_bounds_are_those_of_the_calibration_the_surest_first() -> None:
    solution = qmethod.analyse(sorts("climate_s1").keep(range(60)), 3)
    assert solution.calibration is not None
    _, close = tables(differences(solution, NAMES))
    bounds = solution.calibration.shared.bound
    assert len(close.rows) == len(bounds)
    assert [row[1] for row in close.rows] == [f"{bound:.2f}" for bound in np.sort(bounds)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "what sentences say sets a viewpoint apart follow that figure."),
        ({"contrast_adjust": "holm"}, "Marks and lists follow the conventions"),
        ({"preset": "kade"}, "sentences call nothing below that figure"),
        ({"contrast_rule": "cohens-d"}, "follow the conventions of this analysis;"),
        ({"extraction": "minres"}, "with the quicker paf for minres"),
        ({"calibration_studies": 20}, "20 studies like this one"),
    ],
)
def test_it_says_which_rule_decides_and_what_was_done(changes: dict[str, object], words: str) -> None:
    assert words in said(differences(qmethod.analyse(sorts("climate_s1").keep(range(40)), 3, **changes), NAMES))


def test_a_viewpoint_of_unknown_error_is_named_and_nothing_drawn_is_nothing_said() -> None:
    data = sorts("climate_s1").keep(range(20))
    flags = [qmethod.ManualFlag(name, f"f{1 + min(i // 9, 2)}", True, "by hand") for i, name in enumerate(data.participants[:19])]
    solution = qmethod.analyse(data, 3, flagging="none", flags=flags)
    [lone] = np.flatnonzero(solution.characteristics.n_defining == 1).tolist()
    assert f"No standard error is known of {solution.labels[lone]}" in said(differences(solution, NAMES))
    assert differences(qmethod.analyse(data, 3, contrast_errors="normal", calibration_studies=0), NAMES) == []
    assert differences(qmethod.analyse(data, 1), NAMES[:1]) == []


@pytest.mark.parametrize(("probability", "words"), [(0.0, "<0.01"), (0.004, "<0.01"), (0.25, "0.25"), (0.999, ">0.99"), (float("nan"), "–")])
def test_no_probability_is_written_as_certain(probability: float, words: str) -> None:
    assert chance(probability) == words
