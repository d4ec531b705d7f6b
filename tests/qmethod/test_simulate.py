"""Simulated sorts: they hold to the grid and to the truth they are drawn from, and say that they are simulated."""

from __future__ import annotations

import dataclasses
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, QData
from qmethod.screening import screen
from qmethod.simulation import apportion, complete, random_sorts, simulate, simulated_notice
from qmethod_studies import library
from qmethod_studies.loading import load
from tests.strategies import forced_sorts

GRID = Grid((-4, -3, -2, -1, 0, 1, 2, 3, 4), (2, 4, 5, 6, 8, 6, 5, 4, 2))
WIDE = Grid(tuple(range(-4, 5)), (20, 40, 50, 60, 80, 60, 50, 40, 20))


def profiles(grid: Grid, k: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((grid.n_statements, k))


def correlations(sorts: np.ndarray, profile: np.ndarray) -> np.ndarray:
    """Correlation of each sort, shape (n, m), with its own column of `profile`, shape (n, m)."""
    a, b = (x - x.mean(axis=0) for x in (np.asarray(sorts, dtype=float), profile))
    return np.asarray((a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))


@st.composite
def designs(draw: st.DrawFn) -> tuple[Grid, int, tuple[int, ...], int]:
    counts = draw(st.lists(st.integers(1, 6), min_size=2, max_size=9))
    start, step = draw(st.integers(-5, 2)), draw(st.sampled_from([1, 2, 0.5]))
    k = draw(st.integers(1, 4))
    sizes = draw(st.lists(st.integers(0, 6), min_size=k, max_size=k).filter(any))
    return Grid(tuple(start + step * i for i in range(len(counts))), tuple(counts)), k, tuple(sizes), draw(st.integers(0, 2**32))


@given(designs())
def test_every_sort_fits_the_grid_and_the_truth_its_sort(design: tuple[Grid, int, tuple[int, ...], int]) -> None:
    grid, k, sizes, seed = design
    drawn = simulate(profiles(grid, k, seed), grid, sizes, np.random.default_rng(seed))
    m = sum(sizes)
    assert (np.sort(drawn.data.sorts, axis=0) == grid.slots()[:, None]).all()
    assert drawn.data.participants == tuple(f"sim-{i:04d}" for i in range(1, m + 1))
    assert np.bincount(drawn.membership, minlength=k).tolist() == list(sizes)
    assert drawn.loadings.shape == (m,)
    assert ((drawn.loadings >= 0.6) & (drawn.loadings <= 0.8)).all()
    np.testing.assert_allclose(drawn.profiles.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(drawn.profiles.std(axis=0), 1)
    free = random_sorts(grid, m, np.random.default_rng(seed))
    assert (np.sort(free, axis=0) == grid.slots()[:, None]).all()


def test_the_same_seed_gives_the_same_sorts_and_another_seed_others() -> None:
    def drawn(seed: int) -> np.ndarray:
        return simulate(profiles(GRID, 3), GRID, (5, 4, 3), np.random.default_rng(seed)).data.sorts

    assert (drawn(1) == drawn(1)).all()
    assert (drawn(1) != drawn(2)).any()


def test_people_stand_in_no_order() -> None:
    membership = simulate(profiles(GRID, 2), GRID, (50, 50), np.random.default_rng(1)).membership
    assert 10 < np.count_nonzero(np.diff(membership)) < 90


def test_a_loading_near_one_gives_the_viewpoint_itself() -> None:
    drawn = simulate(profiles(GRID, 4), GRID, (10, 10, 10, 10), np.random.default_rng(1), loadings=(0.99, 0.99))
    assert correlations(drawn.data.sorts, drawn.profiles[:, drawn.membership]).min() > 0.9


def test_a_loading_of_one_ranks_by_the_viewpoint_and_breaks_ties_by_chance() -> None:
    drawn = simulate(GRID.slots()[:, None] // 4, GRID, (200,), np.random.default_rng(1), loadings=(1, 1))
    lowest = drawn.profiles[:, 0] == drawn.profiles.min()
    assert (drawn.data.sorts[lowest] <= -1).all()
    spread = drawn.data.sorts[:2].mean(axis=1)
    assert abs(spread[0] - spread[1]) < 4 * np.sqrt(2 / 200)


@pytest.mark.parametrize("a", [-0.7, 0.0, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("grid", [WIDE, Grid((-1, 0, 1), (50, 300, 50))], ids=["nine columns", "three columns"])
def test_sorts_correlate_with_their_viewpoint_as_the_closed_form_says(grid: Grid, a: float) -> None:
    """Ranks of normal scores, so on average a times the correlation of the grid's places with expected ordered normal numbers."""
    n = grid.n_statements
    ordered = np.array([NormalDist().inv_cdf((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])  # Blom's approximation
    coarsening = np.corrcoef(ordered, grid.slots())[0, 1]
    rng = np.random.default_rng(20)
    drawn = simulate(rng.standard_normal((n, 400)), grid, [1] * 400, rng, loadings=(a, a))
    found = correlations(drawn.data.sorts, drawn.profiles[:, drawn.membership])
    error = found.std() / np.sqrt(found.size)
    assert abs(found.mean() - a * coarsening) < 4 * error + 1 / n


def test_random_sorts_agree_with_nobody() -> None:
    sorts = random_sorts(GRID, 200, np.random.default_rng(3))
    between = np.corrcoef(sorts.T)[np.triu_indices(200, 1)]
    assert abs(between.mean()) < 4 / np.sqrt(41) / 200
    assert between.std() == pytest.approx(1 / np.sqrt(41), rel=0.05)


@given(forced_sorts(), st.integers(0, 2**32))
def test_a_completed_viewpoint_is_a_sort_that_keeps_what_is_described(sorts: tuple[Grid, np.ndarray], seed: int) -> None:
    grid, column = sorts[0], np.asarray(sorts[1])[:, 0].astype(float)
    described = {row: float(column[row]) for row in range(0, len(column), 2)}
    profile = complete(described, grid, np.random.default_rng(seed))
    standard = (column - column.mean()) / column.std()
    np.testing.assert_allclose(profile[list(described)], standard[list(described)], atol=1e-9)
    np.testing.assert_allclose(np.sort(profile), np.sort(standard), atol=1e-9)


def test_without_variation_open_statements_lie_at_the_mean_of_the_places_left() -> None:
    grid = Grid((-1, 0, 1), (1, 2, 1))
    flat = complete({0: 1}, grid, np.random.default_rng(0), variation=0)
    np.testing.assert_allclose(flat, np.array([3, -1, -1, -1]) / np.sqrt(3))


def test_open_statements_have_nothing_in_common_between_viewpoints() -> None:
    described: dict[int, float] = {0: 4, 1: 4, 40: -4, 41: -4}
    rng = np.random.default_rng(5)
    pairs = [(complete(described, GRID, rng), complete({}, GRID, rng)) for _ in range(400)]
    r = [float(np.corrcoef(a, b)[0, 1]) for a, b in pairs]
    assert abs(np.mean(r)) < 4 * np.std(r) / np.sqrt(len(r))


def test_what_does_not_fit_is_all_named() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(DataError) as shape:
        simulate(np.ones((5, 2)), GRID, (-1, 1, 2), rng, loadings=(0.8, 0.6))
    assert [fault.message.split(" ")[0] for fault in shape.value.faults] == ["`profiles`", "`sizes`", "`loadings`"]
    with pytest.raises(DataError, match=r"profile 2 has no differences") as flat:
        simulate(np.column_stack([GRID.slots(), np.zeros(42)]), GRID, (1,), rng)
    assert "`sizes` must hold a number for each of the 2 viewpoints; got [1]" in str(flat.value)
    with pytest.raises(DataError) as placements:
        complete({0: 4, 1: 4, 2: 4, 3: 9, 77: 0}, GRID, rng, variation=2)
    assert [fault.message for fault in placements.value.faults] == [
        "there is no statement 77 among 42",
        "the column 4 holds 2 statement(s), and 3 are placed there",
        "the column 9 holds 0 statement(s), and 1 are placed there",
        "the variation must lie between 0 and 1, got 2",
    ]


def test_a_description_without_differences_is_no_viewpoint() -> None:
    with pytest.raises(DataError, match="no difference between statements"):
        complete({}, GRID, np.random.default_rng(0), variation=0)


@given(st.integers(0, 300), st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any))
def test_shares_add_up_and_miss_by_less_than_one(n: int, shares: list[int]) -> None:
    sizes = apportion(n, shares)
    assert sum(sizes) == n
    assert all(abs(size - n * share / sum(shares)) < 1 for size, share in zip(sizes, shares, strict=True))


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1], [float("nan")]])
def test_shares_that_cannot_be_used_are_refused(shares: list[float]) -> None:
    with pytest.raises(DataError, match=r"the shares must be numbers of 0 or more"):
        apportion(10, shares)


def test_simulated_sorts_say_so_wherever_they_are_read() -> None:
    data = simulate(profiles(GRID, 2), GRID, (6, 6), np.random.default_rng(1)).data
    expected = simulated_notice(data.participants)
    assert [notice.code for notice in expected] == ["simulated-sorts"]
    bare = dataclasses.replace(data, notices=())
    assert screen(bare)[0] == expected[0]
    assert qmethod.analyse(bare, 2).notices[0] == expected[0]
    assert [notice.code for notice in qmethod.analyse(data, 2).notices].count("simulated-sorts") == 1


def test_only_names_of_simulated_participants_are_taken_for_them() -> None:
    mixed = QData.from_array(random_sorts(GRID, 3, np.random.default_rng(1)), participants=["anna", "sim-0007", "sim-card"])
    (notice,) = simulated_notice(mixed.participants)
    assert notice.participants == ("sim-0007",)
    assert notice.message.startswith("1 of 3 sorts are simulated")
    assert simulated_notice(["anna", "simone", "sim-card", "my-sim-1"]) == ()


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("n", "shares"), [(40, (1, 1, 1, 1)), (40, (16, 11, 8, 5)), (80, (1, 1, 1, 1)), (80, (16, 11, 8, 5))])
def test_the_leadership_viewpoints_are_found_again(n: int, shares: tuple[int, ...], seed: int) -> None:
    """Four factors, each of them one of the four viewpoints. Lowest correlations seen: 0.87 with 5 people in a viewpoint, 0.92 with 10."""
    study = load(library.path("leadership"))
    rows = {name: i for i, name in enumerate(study.ids)}
    rng = np.random.default_rng(seed)
    described = [{rows[name]: placement.value for name, placement in viewpoint.placements.items()} for viewpoint in study.viewpoints]
    truth = np.column_stack([complete(placements, study.q_grid, rng) for placements in described])
    drawn = simulate(truth, study.q_grid, apportion(n, shares), rng, statements=study.ids)
    found = qmethod.analyse(drawn.data, 4).scores.z_scores
    match = np.corrcoef(truth.T, found.T)[:4, 4:]
    assert sorted(match.argmax(axis=1).tolist()) == [0, 1, 2, 3]
    assert match.max(axis=1).min() > 0.8
