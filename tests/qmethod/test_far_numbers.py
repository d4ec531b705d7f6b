"""Placements that are huge or tiny: the same result as in any other unit, or an error that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import qmethod
from qmethod import DataError, Grid, PolicyError, QData
from qmethod.checks import LARGEST, SMALLEST

GRID = Grid.parse("-2:2,-1:4,0:5,1:4,2:2")
SORTS = np.array(qmethod.simulate(np.random.default_rng(0).standard_normal((17, 2)), GRID, (9, 8), rng=1).data.sorts, dtype=float)

CALLS: dict[str, Callable[[np.ndarray], Any]] = {
    "analyse": lambda x: qmethod.analyse(x, 2).loadings,
    "centroid": lambda x: qmethod.analyse(x, 2, extraction="centroid", rotation="none").loadings,
    "spearman": lambda x: qmethod.analyse(x, 2, correlation="spearman").loadings,
    "z-scores": lambda x: qmethod.analyse(x, 2).scores.z_scores,
    "in chunks": lambda x: qmethod.analyse_in_chunks(qmethod.ArraySorts(QData(x), 5), 2).scores.z_scores,
    "retain": lambda x: np.array([row.eigenvalue or 0.0 for row in qmethod.retain(x, max_factors=2, n_random=19, nest=False, rng=1).rows]),
    "compare": lambda x: qmethod.compare(x, x[:, :3], rng=1, n_permutations=9).congruences,
    "compare_occasions": lambda x: qmethod.compare_occasions(x, x[::-1], rng=1, n_permutations=99).statements.p_values,
    "classify": lambda x: qmethod.classify(x, x[:, :2]).probabilities,
    "simulate": lambda x: qmethod.simulate(x[:, :2], GRID, (3, 3), rng=1).data.sorts,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("unit", [SMALLEST, LARGEST / 2])
def test_within_reach_a_unit_changes_nothing(call: Callable[[np.ndarray], Any], unit: float) -> None:
    np.testing.assert_allclose(call(SORTS * unit), call(SORTS), atol=1e-9)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("unit", [1e-320, 1e-200, 1e-100, 1e100, 1e200, 1e307])
def test_beyond_reach_numbers_are_refused(call: Callable[[np.ndarray], Any], unit: float) -> None:
    with pytest.raises((DataError, PolicyError), match=r"1e\+50, (.|\n)*1e-50 of 0|`profiles` must hold numbers of a common size"):
        call(SORTS * unit)


def test_one_sort_beyond_reach_is_named() -> None:
    for unit in (1e-200, 1e200):
        odd = SORTS.copy()
        odd[:, 3] *= unit
        with pytest.raises(DataError, match=r"cannot be reckoned with \(participant p4\)\n-> Divide or multiply all sorts"):
            QData(odd)
    tiny = SORTS.copy()
    tiny[0, 0] = 1e-300  # beside others it is as good as 0
    assert np.isfinite(qmethod.analyse(tiny, 2).loadings).all()
    with pytest.raises(DataError, match=r"the values of a grid must lie within 1e\+50 of 0"):
        Grid((-1e200, 0, 1e200), (1, 1, 1))


def test_bytes_of_any_kind_are_read_alike() -> None:
    table = b"statement,Ana,Ben,Cem\ns1,-1,0,1\ns2,0,1,-1\ns3,1,-1,0\n"
    expected = qmethod.read(table)
    for kind in (bytearray, memoryview, lambda raw: memoryview(bytearray(raw))):
        found = qmethod.read(kind(table))
        assert found.sorts.tolist() == expected.sorts.tolist()
        assert found.source == expected.source


def test_what_to_dict_did_not_give_is_refused_by_name() -> None:
    solution = qmethod.analyse(SORTS, 2)
    whole = solution.to_dict()
    for values, lacking in (({}, "'data'"), ({key: value for key, value in whole.items() if key != "scores"}, "'scores'")):
        with pytest.raises(PolicyError, match=f"`values` must be what `QSolution.to_dict` gives; it lacks {lacking}"):
            qmethod.QSolution.from_dict(values)
    for broken in ({**whole, "loadings": "x"}, {**whole, "rotation": None}, {**whole, "factors": [{}]}):
        with pytest.raises(PolicyError, match=r"`values` must be what `QSolution.to_dict` gives; ."):
            qmethod.QSolution.from_dict(broken)
    for kind in (qmethod.Bootstrap, qmethod.Retention):
        with pytest.raises(PolicyError, match=f"`values` must be what `{kind.__name__}.to_dict` gives; it lacks"):
            kind.from_dict({})


def test_nothing_to_do_is_refused_by_name() -> None:
    solution = qmethod.analyse(SORTS, 2)
    for nothing in ([], {}, ()):
        with pytest.raises(PolicyError, match="`analyses` must hold the folder of one analysis at least; got none"):
            qmethod.publish(nothing, "site")
    for none in ([], (), iter([])):
        with pytest.raises(PolicyError, match="`wanted` must hold one choice at least; got none"):
            qmethod.multiverse(solution, none)
