"""Andreotta et al. (2022), Climatic Change 174:32: 435 sorts, one component, the significant sorts split into its two poles."""

from __future__ import annotations

import numpy as np

from qmethod import analyse
from tests.references import HERE, numbers, sorts


def test_published_scores_and_arrays_of_climate_s1():
    published = numbers(HERE / "climate_s1" / "published" / "study-2-factor-scores.csv")
    solution = analyse(sorts("climate_s1"), 1, bipolar="split")
    np.testing.assert_allclose(solution.scores.z_scores, published[:, :2], atol=1e-10)
    np.testing.assert_array_equal(solution.scores.arrays, published[:, 2:])
    assert [factor.pole for factor in solution.factors] == ["positive", "negative"]
    assert "split-factor" in {notice.code for notice in solution.notices}
