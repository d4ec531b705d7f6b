"""KADE 1.3's figures for lipset (tests/reference/lipset/kade), which carry its roundings: r to 5 places, loadings to 4, z to 3."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plain import analyse
from tests.references import HERE, kade_folder, numbers, sorts, table, truths

EXTRACTIONS = ("pca", "centroid", "horst")


@pytest.fixture(scope="module", params=EXTRACTIONS)
def pair(request):
    return analyse(sorts("lipset"), 3, preset="kade", extraction=request.param), kade_folder(request.param)


def test_loadings_in_kade_order_and_direction(pair):
    ours, folder = pair
    np.testing.assert_allclose(ours.loadings, numbers(folder / "loadings.csv"), atol=2e-3)


def test_flags_and_arrays_are_equal(pair):
    ours, folder = pair
    np.testing.assert_array_equal(ours.flags, truths(folder / "flagged.csv"))
    np.testing.assert_array_equal(ours.scores.arrays, numbers(folder / "factor_arrays.csv"))


def test_z_scores(pair):
    ours, folder = pair
    np.testing.assert_allclose(ours.scores.z_scores, numbers(folder / "zscores.csv"), atol=2e-3)


def test_standard_errors_of_differences(pair):
    ours, folder = pair
    np.testing.assert_allclose(ours.contrasts.sed, numbers(folder / "sed.csv"), atol=1e-3)


def test_distinguishing_and_consensus_lists_are_equal(pair):
    ours, folder = pair
    cells = table(folder / "dist_cons.csv")[2]
    level = {"": np.nan, "D(p<.05)": 0.05, "D*(p<.01)": 0.01}
    np.testing.assert_array_equal(ours.contrasts.distinguishing, [[level[cell] for cell in row[:3]] for row in cells])
    np.testing.assert_array_equal(ours.contrasts.consensus, [row[3] != "" for row in cells])


def test_unrotated_centroid_and_horst():
    lipset = sorts("lipset")
    brown = numbers(HERE / "lipset" / "kade" / "brown_unrotated.csv")[:, :3]
    np.testing.assert_allclose(analyse(lipset, 3, preset="kade", extraction="centroid").extraction.loadings, brown, atol=2e-3)
    horst = numbers(kade_folder("horst") / "unrotated.csv")
    found = analyse(lipset, 3, preset="kade", extraction="horst")
    np.testing.assert_allclose(found.extraction.loadings, horst, atol=2e-3)
    assert not found.extraction.converged  # nor is KADE after its 30 cycles
    assert "not-converged" in {notice.code for notice in found.notices}


def test_pearson_correlations():
    ours = np.corrcoef(sorts("lipset").sorts, rowvar=False)
    np.testing.assert_allclose(ours, numbers(HERE / "lipset" / "kade" / "correlations.csv"), atol=1e-5)
