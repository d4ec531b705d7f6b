"""The words of sureness: one rule for a viewpoint and its study, and a reason that says which of the two decided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import qmethod
from qmethod_analysis.words.sureness import established, reason, verdict
from tests.references import sorts


@pytest.fixture(scope="module")
def lipset() -> qmethod.QSolution:
    return qmethod.analyse(sorts("lipset"), 3)


@pytest.mark.parametrize(
    ("matched", "words", "whole"),
    [
        ((0.96, 0.94, 0.49), ("established", "probable", "uncertain"), False),
        ((0.96, 0.6, 0.5), ("probable", "probable", "probable"), True),
        ((1.0, 1.0, 0.0), ("probable", "probable", "uncertain"), True),
        ((0.96, np.nan, 0.5), ("established", "not examined", "probable"), False),
        ((np.nan, np.nan, np.nan), ("not examined",) * 3, False),
    ],
)
def test_a_viewpoint_is_established_where_it_and_its_study_come_out_alike(
    lipset: qmethod.QSolution, matched: tuple[float, ...], words: tuple[str, ...], whole: bool
) -> None:
    assert lipset.calibration is not None
    known = replace(lipset, calibration=replace(lipset.calibration, matched=np.array(matched)))
    assert tuple(verdict(known, f) for f in range(3)) == words
    assert established(np.array(matched)).tolist() == [word == "established" for word in words]
    assert ("of this study" in reason(known, 0)) == whole
    if whole:
        assert f"did so in {int(100 * np.mean(matched))} of 100 on average" in reason(known, 0)
