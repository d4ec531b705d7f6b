"""Sorts in chunks: the same solution as in memory, whatever the chunks; faults by name; what cannot be done is refused."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, PolicyError, QData
from qmethod.formats import read
from qmethod.streaming.chunks import ArraySorts
from qmethod.streaming.pipeline import analyse_in_chunks
from qmethod_studies import library
from tests import references, strategies

REAL = {
    "lipset": references.HERE / "lipset" / "sorts.csv",
    "climate_s1": references.HERE / "climate_s1" / "sorts.csv",
    "kr_power_likert": references.HERE / "kr_power_likert" / "sorts.csv",
    "climate": library.path("climate") / "sorts.csv",
}


def both(data: QData, k: int, rows: int, executor=None, grid=None, **policies):
    """The solution in memory, the one in chunks, and what the chunks give sort by sort."""
    written = []
    streamed = analyse_in_chunks(ArraySorts(data, rows), k, write=written.append, executor=executor, grid=grid, texts=data.texts, **policies)
    return qmethod.analyse(data, k, **policies, contrast_errors="normal", calibration_studies=0), streamed, written


def assert_same(memory: qmethod.QSolution, streamed, written) -> None:
    def near(a, b):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-10, equal_nan=True)

    assert streamed.labels == memory.labels
    assert [f.pole for f in streamed.factors] == [f.pole for f in memory.factors]
    near(streamed.scores.z_scores, memory.scores.z_scores)
    assert np.array_equal(streamed.scores.arrays, memory.scores.arrays, equal_nan=True)
    assert np.array_equal(streamed.scores.ranks, memory.scores.ranks, equal_nan=True)
    assert (streamed.scores.grid, streamed.scores.grid_origin, streamed.scores.ties) == (
        memory.scores.grid,
        memory.scores.grid_origin,
        memory.scores.ties,
    )
    assert np.concatenate([part.participants for part in written]).tolist() == list(memory.data.participants)
    near(np.vstack([part.loadings for part in written]), memory.loadings)
    near(np.concatenate([part.communalities for part in written]), memory.communalities)
    assert np.array_equal(np.vstack([part.flags for part in written]), memory.flags)
    np.testing.assert_allclose(np.vstack([part.weights for part in written]), memory.scores.weights, rtol=1e-8, atol=1e-10)
    for name in ("n_defining", "mean_correlation", "reliability", "standard_errors"):
        near(getattr(streamed.characteristics, name), getattr(memory.characteristics, name))
    np.testing.assert_allclose(streamed.characteristics.eigenvalues, memory.characteristics.eigenvalues, rtol=1e-10)
    near(streamed.characteristics.explained_variance, memory.characteristics.explained_variance)
    near(streamed.factor_correlations, memory.factor_correlations)
    near(streamed.rotation.matrix, memory.rotation.matrix)
    assert streamed.rotation.reflected == memory.rotation.reflected
    for name in ("sed", "differences", "levels", "distinguishing"):
        near(getattr(streamed.contrasts, name), getattr(memory.contrasts, name))
    np.testing.assert_allclose(streamed.contrasts.cohens_d, memory.contrasts.cohens_d, rtol=1e-8, atol=1e-8, equal_nan=True)
    assert np.array_equal(streamed.contrasts.consensus, memory.contrasts.consensus)
    assert np.array_equal(streamed.n_negative, memory.n_negative)
    assert [[name for name, _ in factor] for factor in streamed.foremost] == [list(memory.defining(j)[:12]) for j in range(len(memory.factors))]
    without = {"duplicate-sorts", *(["defines-several"] if memory.policies.bipolar == "leave-out" else [])}
    told = [re.sub(r" \(f\d+( and f\d+)+\)", "", notice.message) for notice in memory.notices if notice.code not in without]
    said = [notice.message for notice in streamed.notices if notice.code != "not-calibrated"]
    assert said == told
    assert streamed.policies.contrast_errors == "normal"


@pytest.mark.parametrize("chunks", [1, 6])
@pytest.mark.parametrize("policies", [{}, {"correlation": "spearman"}, {"bipolar": "split", "flag_majority": False}, {"preset": "kade"}], ids=str)
@pytest.mark.parametrize("name", REAL)
def test_real_sorts_give_the_same(name: str, policies: dict[str, object], chunks: int) -> None:
    data = read(REAL[name])
    assert_same(*both(data, 3 if name != "climate" else 1, -(-data.n_sorts // chunks), **policies))


def test_ties_are_decided_alike() -> None:
    sorts = read(REAL["climate"]).sorts[:, :40]
    memory, streamed, _ = result = both(QData.from_array(np.hstack([sorts, -sorts])), 2, 9)
    assert any(notice.code == "direction-tied" for notice in memory.notices)
    assert_same(*result)
    assert streamed.rotation.tied == memory.rotation.tied


@pytest.mark.parametrize(
    "policies",
    [
        {"preset": "qmethod-r"},
        {"bipolar": "leave-out", "flag_majority": False},
        {"rotation": "quartimax", "kaiser": False},
        {"rotation": "none", "reflection": "all"},
        {"order": "extraction", "reflection": "none", "flag_level": 1e-6},
        {"rotation": "equamax", "weighting": "raw", "reliability": "observed"},
    ],
    ids=str,
)
def test_policies_give_the_same(policies: dict[str, object]) -> None:
    assert_same(*both(read(REAL["climate"]), 4, 100, **policies))


@given(strategies.forced_sorts(least_sorts=5, most_sorts=40), st.integers(1, 3), st.integers(1, 41))
def test_any_chunks_give_the_same(drawn: tuple[Grid, np.ndarray], k: int, rows: int) -> None:
    _grid, sorts = drawn
    data = QData.from_array(sorts)
    try:
        memory = qmethod.analyse(data, k, contrast_errors="normal", calibration_studies=0)
    except DataError:
        with pytest.raises(DataError):
            analyse_in_chunks(ArraySorts(data, rows), k)
        return
    if memory.rotation.n_local_optima > 1 or any(notice.code == "equal-eigenvalues" for notice in memory.notices):
        return  # two equally good answers; rounding may tell them apart
    streamed, again = (analyse_in_chunks(ArraySorts(data, size), k) for size in (rows, len(sorts)))
    np.testing.assert_allclose(streamed.scores.z_scores, memory.scores.z_scores, atol=1e-7, equal_nan=True)
    np.testing.assert_allclose(streamed.scores.z_scores, again.scores.z_scores, atol=1e-7, equal_nan=True)


@pytest.mark.parametrize(("preset", "told"), [("standard", True), ("kade", False)])
def test_errors_that_are_not_calibrated_are_told_where_the_policies_ask_for_it(preset: str, told: bool) -> None:
    found = analyse_in_chunks(ArraySorts(read(REAL["lipset"]), 5), 2, preset=preset)
    assert ("not-calibrated" in [notice.code for notice in found.notices]) == told
    assert found.policies.contrast_errors == "normal"


def test_workers_change_no_bit() -> None:
    data = read(REAL["climate"])
    with ThreadPoolExecutor(3) as pool:
        _, alone, written = both(data, 4, 13)
        _, shared, written_there = both(data, 4, 13, executor=pool)
    assert alone.to_dict() == shared.to_dict()
    assert all(np.array_equal(a.loadings, b.loadings) for a, b in zip(written, written_there, strict=True))


def test_unforced_sorts_and_a_design() -> None:
    rng = np.random.default_rng(5)
    sorts = rng.integers(-3, 4, (12, 60)) + 2 * np.sign(rng.standard_normal((12, 1))).astype(int)
    assert_same(*both(QData.from_array(sorts), 2, 9))
    grid = Grid.parse("-2:3,0:6,2:3")
    assert_same(*both(QData.from_array(sorts, grid=grid), 2, 9, grid=grid))
    forced = rng.permuted(np.repeat(grid.slots()[:, None], 40, axis=1), axis=0)
    assert_same(*both(QData.from_array(forced, grid=grid), 2, 9, grid=grid))
    forced[:, 31] = np.arange(12)
    _, streamed, _ = result = both(QData.from_array(forced, grid=grid), 2, 9, grid=grid)
    assert_same(*result)
    assert "p32" in next(notice.message for notice in streamed.notices if notice.code == "off-grid")


def damaged() -> QData:
    sorts = read(REAL["climate"]).sorts.astype(float)[:, :60]
    sorts[3, 20] = np.nan
    sorts[:, 41] = 1
    sorts[:, 42] = np.nan
    return QData.from_array(sorts)


def test_missing_and_constant_sorts_are_left_out_by_policy() -> None:
    _, streamed, _ = result = both(damaged(), 2, 7, missing="drop-sort", constant="drop-sort")
    assert_same(*result)
    assert streamed.n_excluded == 3
    assert [e.participant for e in streamed.excluded] == ["p21", "p42", "p43"]


def test_or_refused_by_name_all_at_once() -> None:
    with pytest.raises(DataError) as refused:
        analyse_in_chunks(ArraySorts(damaged(), 7), 2)
    assert {(fault.participant, fault.message) for fault in refused.value.faults} == {
        ("p21", "a placement is missing"),
        ("p42", "all placements are the same"),
        ("p43", "a placement is missing"),
    }


def test_too_few_sorts_and_too_many_factors() -> None:
    data = damaged()
    with pytest.raises(DataError, match="at least two sorts"):
        analyse_in_chunks(ArraySorts(data.keep([20, 0]), 1), 1, missing="drop-sort")
    with pytest.raises(DataError, match="hold at most 10"):
        analyse_in_chunks(ArraySorts(data.keep(range(10)), 3), 11)


class Doubled(ArraySorts):
    """Sorts of which two bear one name, which `QData` would not take."""

    __slots__ = ()

    def chunks(self, part: int):
        for chunk in ArraySorts.chunks(self, part):
            names = np.where(chunk.participants == "p50", "p3", chunk.participants)
            yield type(chunk)(chunk.sorts, names, np.arange(len(names)) + 2 + part * self.rows)


@pytest.mark.parametrize("rows", [7, 60])
def test_a_name_that_stands_twice_is_found_across_chunks(rows: int) -> None:
    data = read(REAL["climate"])
    data = QData.from_array(data.sorts[:, :60])
    with pytest.raises(DataError, match="two participants are called 'p3', here and in line 4") as refused:
        analyse_in_chunks(Doubled(data, rows), 2)
    assert [fault.line for fault in refused.value.faults] == [51]


@pytest.mark.parametrize(
    ("policies", "named"),
    [
        ({"extraction": "centroid"}, "extraction 'centroid' (what can be: pca)"),
        ({"rotation": "promax"}, "rotation 'promax'"),
        ({"correlation": "kendall", "missing": "pairwise"}, "correlation 'kendall' (what can be: pearson, spearman); missing 'pairwise'"),
        ({"rotation_stop": "r-1e-5"}, "rotation_stop"),
        ({"flagging": "none"}, "flagging"),
        ({"reflection": "largest"}, "reflection"),
    ],
    ids=str,
)
def test_policies_that_need_all_sorts_at_once_are_refused(policies: dict[str, str], named: str) -> None:
    with pytest.raises(PolicyError) as refused:
        analyse_in_chunks(ArraySorts(damaged(), 7), 2, **policies)
    assert named in str(refused.value)
    assert "a sample of the sorts" in str(refused.value)


def test_a_grid_of_another_size_is_one_fault() -> None:
    with pytest.raises(DataError) as refused:
        analyse_in_chunks(ArraySorts(damaged(), 7), 2, grid=Grid.parse("-1:1,0:1,1:1"))
    assert len(refused.value.faults) == 1
