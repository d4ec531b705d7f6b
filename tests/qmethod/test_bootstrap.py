"""The bootstrap over participants, against a plain loop over `analyse`, closed forms and what others got wrong."""

import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, ManualFlag, PolicyError, QData
from qmethod.matching.congruence import align
from qmethod.method.scores import fill
from qmethod.resampling import bootstrap as module
from qmethod.resampling import resamples
from qmethod.resampling.bootstrap import bootstrap, summarise, tails
from qmethod.resampling.resamples import balanced_counts, columns, plan, resample
from tests.plain import analyse

GRID = Grid((-3, -2, -1, 0, 1, 2, 3), (2, 3, 4, 6, 4, 3, 2))


def simulated(m, k, loading, seed, n=24, grid=GRID):
    """Sorts of k planted viewpoints, each sort loading on one of them."""
    rng = np.random.default_rng(seed)
    views = rng.standard_normal((n, k))
    held = np.stack([loading * views[:, j % k] + np.sqrt(1 - loading**2) * rng.standard_normal(n) for j in range(m)], axis=1)
    sorts = np.empty((n, m), dtype=int)
    np.put_along_axis(sorts, np.argsort(held, axis=0), np.repeat(grid.slots().astype(int)[:, None], m, axis=1), axis=0)
    return QData.from_array(sorts)


def one_by_one(solution, counts, **given):
    """Each resample written out, copies and all, and given to `analyse`; then matched with the full sample."""
    for row in counts:
        drawn = np.repeat(np.arange(len(row)), row)
        names = tuple(f"copy{i}" for i in range(len(drawn)))
        data = QData(solution.data.sorts[:, drawn], solution.data.statements, names, grid=solution.data.grid)
        again = qmethod.analyse(data, solution.n_factors, policies=solution.policies, **given)
        yield drawn, again, align(again.scores.z_scores, solution.scores.z_scores)


def compare(solution, counts, found, atol=1e-8):
    levels = np.array(solution.scores.grid.values)
    compared = 0
    for b, (drawn, again, match) in enumerate(one_by_one(solution, counts)):
        live = np.flatnonzero(match.order >= 0)
        compared += len(live)
        np.testing.assert_allclose(match.apply(again.scores.z_scores)[:, live], found.z_scores[b][:, live], atol=atol)
        np.testing.assert_allclose(match.apply(again.loadings)[:, live], found.loadings[b][drawn][:, live], atol=atol)
        np.testing.assert_array_equal(again.flags[:, match.order][:, live], found.flags[b][drawn][:, live])
        arrays = match.apply(again.scores.arrays)[:, live]
        # A mirrored array need not be the mirror image: on an uneven grid, or where ties were broken.
        upright = match.signs[live] > 0
        np.testing.assert_array_equal(arrays[:, upright], levels[found.columns[b]][:, live][:, upright])
        absent = np.setdiff1d(np.arange(solution.data.n_sorts), drawn)
        assert np.isnan(found.loadings[b][absent]).all()
        assert not found.flags[b][absent].any()
    assert compared > len(counts)


TOGETHER = {
    "standard": {},
    "no Kaiser": {"kaiser": False},
    "quartimax": {"rotation": "quartimax"},
    "equamax": {"rotation": "equamax"},
    "no rotation": {"rotation": "none"},
    "Spearman": {"correlation": "spearman"},
    "R": {"preset": "qmethod-r"},
    "KADE": {"preset": "kade"},
    "other flags": {"flag_level": 0.01, "flag_majority": False, "z_sd": "n"},
}
ALONE = {
    "centroid": {"extraction": "centroid"},
    "Horst": {"extraction": "horst", "rotation": "none"},
    "principal axis": {"extraction": "paf", "paf_tolerance": 1e-6},
    "minres": {"extraction": "minres"},
    "Kendall": {"correlation": "kendall"},
    "promax": {"rotation": "promax"},
    "oblimin": {"rotation": "oblimin"},
    "R's stop": {"rotation_stop": "r-1e-5"},
}


@pytest.mark.parametrize("chosen", TOGETHER.values(), ids=TOGETHER)
def test_resamples_together_are_a_plain_loop_over_analyse(chosen):
    data = simulated(15, 2, 0.75, 5)
    solution = analyse(data, 2, **chosen)
    made = plan(solution)
    assert made.unit is not None
    counts = balanced_counts(data, 25, np.random.default_rng(2))
    compare(solution, counts, resample(made, counts))


def test_together_with_more_sorts_than_statements():
    data = simulated(70, 3, 0.6, 6)
    solution = analyse(data, 3)
    counts = balanced_counts(data, 15, np.random.default_rng(2))
    compare(solution, counts, resample(plan(solution), counts))


def test_together_with_sorts_that_follow_no_grid():
    rng = np.random.default_rng(8)
    data = QData.from_array(simulated(14, 2, 0.8, 8).sorts + rng.integers(0, 3, (24, 14)), grid=GRID)
    assert not data.forced
    solution = analyse(data, 2)
    counts = balanced_counts(data, 15, np.random.default_rng(2))
    compare(solution, counts, resample(plan(solution), counts))


@pytest.mark.parametrize("chosen", ALONE.values(), ids=ALONE)
def test_resamples_alone_are_a_plain_loop_over_analyse(chosen):
    data = simulated(13, 2, 0.75, 4)
    solution = analyse(data, 2, **chosen)
    made = plan(solution)
    assert made.unit is None
    counts = balanced_counts(data, 8, np.random.default_rng(2))
    compare(solution, counts, resample(made, counts), atol=1e-5 if chosen.get("extraction") in ("minres", "paf") else 1e-8)


def test_missing_placements_pairwise():
    sorts = simulated(12, 2, 0.8, 4).sorts.astype(float)
    sorts[[3, 7, 11], [0, 5, 5]] = np.nan
    solution = analyse(QData.from_array(sorts, grid=GRID), 2, missing="pairwise")
    counts = balanced_counts(solution.data, 8, np.random.default_rng(2))
    compare(solution, counts, resample(plan(solution), counts))


def test_together_and_alone_are_the_same():
    data = simulated(18, 3, 0.7, 9)
    solution = analyse(data, 3)
    made = plan(solution)
    counts = balanced_counts(data, 20, np.random.default_rng(3))
    together, alone = resample(made, counts), resample(replace(made, unit=None), counts)
    np.testing.assert_allclose(together.z_scores, alone.z_scores, atol=1e-9)
    np.testing.assert_allclose(together.loadings, alone.loadings, atol=1e-9)
    np.testing.assert_array_equal(together.columns, alone.columns)
    np.testing.assert_array_equal(together.flags, alone.flags)


def test_each_participant_is_drawn_equally_often():
    data = simulated(11, 2, 0.7, 1)
    counts = balanced_counts(data, 37, np.random.default_rng(1))
    assert (counts.sum(axis=0) == 37).all()
    assert (counts.sum(axis=1) == 11).all()
    assert len(np.unique(counts, axis=0)) > 30
    # A sort is left out of a resample with probability (1 - 1/m)^m, about 1/e.
    many = balanced_counts(data, 4000, np.random.default_rng(1))
    assert (many == 0).mean() == pytest.approx((1 - 1 / 11) ** 11, abs=0.01)


@pytest.mark.parametrize("chosen", [{}, {"extraction": "centroid"}], ids=["together", "alone"])
def test_the_order_of_participants_plays_no_part(chosen):
    data = simulated(12, 2, 0.7, 2)
    shuffled = np.random.default_rng(5).permutation(12)
    turned = QData(data.sorts[:, shuffled], data.statements, tuple(data.participants[i] for i in shuffled))
    first, second = (bootstrap(analyse(d, 2, **chosen), 40, rng=np.random.default_rng(1)) for d in (data, turned))
    np.testing.assert_allclose(first.z_scores.low, second.z_scores.low, atol=1e-9)
    np.testing.assert_allclose(first.loadings.standard_error[shuffled], second.loadings.standard_error, atol=1e-9)
    np.testing.assert_array_equal(first.flags.frequency[shuffled], second.flags.frequency)
    np.testing.assert_array_equal(first.arrays.probability, second.arrays.probability)


@pytest.mark.parametrize("chosen", [{}, {"extraction": "centroid", "rotations": [(1, 2, 10.0)]}], ids=["together", "alone"])
def test_the_same_whoever_does_the_work(chosen, monkeypatch):
    solution = analyse(simulated(14, 2, 0.7, 3), 2, **chosen)
    monkeypatch.setattr(module, "CHUNK_CELLS", 14 * 16)

    def text(**how):
        return json.dumps(bootstrap(solution, 80, rng=np.random.default_rng(4), **how).to_dict(), allow_nan=False)

    here = text()
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two, ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert [text(executor=pool) for pool in (one, two, processes)] == [here] * 3
    assert text() == here
    other = json.dumps(bootstrap(solution, 80, rng=np.random.default_rng(5)).to_dict())
    assert other != here


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_batches_of_any_size_agree(size, monkeypatch):
    solution = analyse(simulated(14, 2, 0.7, 3), 2)
    expected = bootstrap(solution, 60, rng=np.random.default_rng(4))
    counts = balanced_counts(solution.data, 60, np.random.default_rng(4))
    parts = [resample(plan(solution), counts[i : i + size]) for i in range(0, 60, size)]
    np.testing.assert_allclose(np.concatenate([p.z_scores for p in parts]).std(axis=0, ddof=1), expected.z_scores.standard_error, atol=1e-12)


def test_progress_reaches_the_end():
    seen = []
    bootstrap(analyse(simulated(10, 2, 0.8, 3), 2), 30, rng=np.random.default_rng(1), progress=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (30, 30)
    assert seen == sorted(seen)


def test_rotation_by_hand_follows_the_axes():
    """Turning by hand and back again by a hair gives what no turning gives, in every resample and whatever order its factors came in."""
    data = simulated(16, 2, 0.75, 7)
    plain = analyse(data, 2, extraction="centroid")
    turned = analyse(data, 2, extraction="centroid", rotations=[(1, 2, 35.0), (1, 2, -35.0)])
    first, second = (bootstrap(s, 40, rng=np.random.default_rng(6)) for s in (plain, turned))
    np.testing.assert_allclose(first.z_scores.standard_error, second.z_scores.standard_error, atol=1e-9)
    np.testing.assert_allclose(first.loadings.low, second.loadings.low, atol=1e-9)


@pytest.mark.parametrize("chosen", [{}, {"extraction": "centroid", "rotation": "none"}], ids=["varimax", "centroid by hand"])
def test_rotation_by_hand_acts_on_the_same_axes_as_in_the_full_sample(chosen):
    data = simulated(16, 2, 0.8, 7)
    turns = [(1, 2, 20.0)]
    solution = analyse(data, 2, rotations=turns, **chosen)
    found = bootstrap(solution, 60, rng=np.random.default_rng(6))
    # The counts of the full sample are a resample too, and give the solution itself.
    itself = resample(plan(solution), np.ones((1, 16), dtype=int))
    np.testing.assert_allclose(itself.loadings[0], solution.loadings, atol=1e-9)
    np.testing.assert_allclose(itself.z_scores[0], solution.scores.z_scores, atol=1e-9)
    # A resample's axes come in an order and direction of their own: swapped or mirrored ones would be turned the wrong way.
    made = plan(solution)
    still = resample(replace(made, by_hand=None), balanced_counts(data, 60, np.random.default_rng(6)))
    cos, sin = np.cos(np.deg2rad(20)), np.sin(np.deg2rad(20))
    counts = balanced_counts(data, 60, np.random.default_rng(6))
    with_turn = resample(made, counts)
    before = analyse(data, 2, **chosen).loadings
    own = np.sign((before * plan(solution).axes).sum(axis=0))
    np.testing.assert_allclose(before * own, made.axes, atol=1e-9)
    assert found.n_completed == 60
    for b in range(60):
        lined = align(np.nan_to_num(still.loadings[b]) * np.sqrt(counts[b])[:, None], made.axes)
        axes = lined.apply(np.nan_to_num(still.loadings[b]))
        by_hand = np.column_stack([cos * axes[:, 0] + sin * axes[:, 1], -sin * axes[:, 0] + cos * axes[:, 1]])
        got = np.nan_to_num(with_turn.loadings[b])
        np.testing.assert_allclose(align(by_hand, got).apply(by_hand), got, atol=1e-8)


def test_target_rows_follow_the_sorts():
    data = simulated(12, 2, 0.8, 7)
    target = np.full((12, 2), np.nan)
    target[::2, 1], target[1::2, 0] = 0.0, 0.0
    solution = analyse(data, 2, rotation="target", target=target)
    counts = balanced_counts(data, 6, np.random.default_rng(2))
    found = resample(plan(solution, target), counts)
    for b, row in enumerate(counts):
        drawn = np.repeat(np.arange(12), row)
        again = analyse(QData.from_array(data.sorts[:, drawn], grid=GRID), 2, rotation="target", target=target[drawn])
        match = align(again.scores.z_scores, solution.scores.z_scores)
        np.testing.assert_allclose(match.apply(again.scores.z_scores), found.z_scores[b], atol=1e-7)
    assert bootstrap(solution, 6, rng=np.random.default_rng(2), target=target).n_completed == 6
    with pytest.raises(PolicyError, match="towards a target"):
        bootstrap(solution, 6, rng=np.random.default_rng(2))


def test_flags_by_hand_hold_in_every_resample_that_has_the_sort():
    data = simulated(12, 2, 0.8, 7)
    plain = analyse(data, 2)
    by_rule = int(np.flatnonzero(plain.flags[:, 0])[0])
    other = int(np.flatnonzero(~plain.flags[:, 0])[0])
    names = data.participants
    solution = analyse(data, 2, flags=[ManualFlag(names[by_rule], "f1", False, "a test"), ManualFlag(names[other], "f1", True, "a test")])
    found = bootstrap(solution, 50, rng=np.random.default_rng(1))
    assert found.flags.frequency[by_rule, 0] == 0
    assert found.flags.frequency[other, 0] == 1
    assert found.flags.n_used[other] < 50


def bipolar(seed=11):
    """Two viewpoints; three people hold the opposite of the first."""
    data = simulated(16, 2, 0.85, seed)
    sorts = data.sorts.copy()
    sorts[:, [0, 2, 4]] = -sorts[:, [0, 2, 4]]
    return QData.from_array(sorts)


def test_poles_of_a_split_factor():
    solution = analyse(bipolar(), 2, bipolar="split")
    assert len(solution.factors) == 3
    found = bootstrap(solution, 60, rng=np.random.default_rng(1), interval="percentile")
    itself = resample(plan(solution), np.ones((1, 16), dtype=int))
    np.testing.assert_allclose(itself.z_scores[0], solution.scores.z_scores, atol=1e-9)
    np.testing.assert_array_equal(itself.flags[0], solution.flags)
    source = next(f.source for f in solution.factors if f.pole == "negative")
    np.testing.assert_allclose(found.loadings.low[:, 2], -found.loadings.high[:, source], atol=1e-12)
    # Three people carry the negative pole: now and then none of them is drawn.
    none_drawn = (balanced_counts(solution.data, 60, np.random.default_rng(1))[:, solution.flags[:, 2]].sum(axis=1) == 0).sum()
    assert found.replication.n_empty[2] >= none_drawn > 0


def test_opponents_left_out():
    solution = analyse(bipolar(), 2, bipolar="leave-out")
    found = bootstrap(solution, 40, rng=np.random.default_rng(1))
    opponents = analyse(bipolar(), 2).flags & (solution.loadings < 0)
    assert opponents.any()
    assert (found.flags.frequency[opponents] == 0).all()


def test_a_factor_that_dies_is_counted():
    """One person alone holds the second viewpoint, and is missing from about a third of the resamples."""
    data = simulated(9, 1, 0.9, 3)
    alone = np.random.default_rng(1).permutation(GRID.slots()).astype(int)
    data = QData.from_array(np.column_stack([data.sorts, alone]))
    solution = analyse(data, 2, rotation="none")
    assert solution.flags[9].tolist() == [False, True]
    assert solution.flags[:, 1].sum() == 1
    counts = balanced_counts(data, 100, np.random.default_rng(1))
    found = bootstrap(solution, 100, rng=np.random.default_rng(1))
    lost = np.array([not again.flags[:, match.order[1]].any() or match.order[1] < 0 for _, again, match in one_by_one(solution, counts)])
    assert 0 < lost.sum() < 60
    assert found.replication.n_empty[1] == lost.sum()
    assert found.z_scores.n_used[:, 1].tolist() == [100 - lost.sum()] * 24
    assert found.arrays.n_used.tolist() == [100, 100 - lost.sum()]
    held = counts[:, 9] > 0
    assert found.flags.n_used[9] == held.sum() < 80
    assert found.flags.frequency[9, 1] == pytest.approx((held & ~lost).sum() / held.sum())
    assert found.replication.fair[1] <= 1 - lost.mean()
    np.testing.assert_allclose(found.arrays.probability.sum(axis=2), 1)


def test_flag_frequency_counts_only_resamples_that_hold_the_sort():
    """Strong sorts define their factor whenever they are drawn; R qmethod took the resamples without them for failures."""
    data = simulated(12, 2, 0.95, 3)
    solution = analyse(data, 2)
    found = bootstrap(solution, 200, rng=np.random.default_rng(1))
    counts = balanced_counts(data, 200, np.random.default_rng(1))
    np.testing.assert_array_equal(found.flags.n_used, (counts > 0).sum(axis=0))
    assert (found.flags.frequency[solution.flags] == 1).all()
    assert (found.loadings.n_used == (counts > 0).sum(axis=0)[:, None]).all()


def test_duplicate_sorts_are_people_of_their_own():
    data = simulated(10, 2, 0.8, 3)
    sorts = np.column_stack([data.sorts, data.sorts[:, 0]])
    solution = analyse(QData.from_array(sorts), 2)
    counts = balanced_counts(solution.data, 20, np.random.default_rng(1))
    found = resample(plan(solution), counts)
    compare(solution, counts, found)
    both = (counts[:, 0] > 0) & (counts[:, 10] > 0)
    np.testing.assert_allclose(found.loadings[both][:, 0], found.loadings[both][:, 10], atol=1e-12)


def test_resamples_with_too_few_different_people_are_counted():
    data = simulated(4, 3, 0.8, 3)
    solution = analyse(data, 3)
    counts = balanced_counts(data, 60, np.random.default_rng(1))
    short = (np.count_nonzero(counts, axis=1) < 3).sum()
    assert short > 3
    found = bootstrap(solution, 60, rng=np.random.default_rng(1))
    assert found.n_completed == 60 - short
    assert sum(number for _, number in found.failures) == short
    assert "at most" in found.failures[0][0]


def test_a_method_that_no_resample_admits_is_refused_with_the_reason():
    solution = analyse(simulated(8, 1, 0.6, 3), 1, extraction="ml")
    with pytest.raises(DataError, match=r"cannot be analysed: ml cannot be used"):
        bootstrap(solution, 10, rng=np.random.default_rng(1))


def one_view(n, p, seed):
    rng = np.random.default_rng(seed)
    view = rng.standard_normal(n)
    return view, QData.from_array(0.8 * view[:, None] + 0.6 * rng.standard_normal((n, p)))


@pytest.mark.parametrize(("p", "excess", "within"), [(20, 0.13, 0.05), (200, 0.015, 0.015)])
def test_one_shared_view_has_the_classical_standard_error(p, excess, within):
    """With one factor and equal loadings a score is a mean of p placements, so its standard error is their standard deviation over root p.

    With few sorts the bootstrap's is larger: a sort drawn twice agrees perfectly with its copy, loads higher and so weighs more than double.
    """
    _, data = one_view(60, p, 2)
    solution = analyse(data, 1)
    assert solution.flags.all()
    found = bootstrap(solution, 2000, rng=np.random.default_rng(1))
    z = (data.sorts - data.sorts.mean(axis=0)) / data.sorts.std(axis=0, ddof=1)
    size = z.mean(axis=1).std(ddof=1)  # the mean is standardised in turn
    ratio = found.z_scores.standard_error[:, 0] / (z.std(axis=1) / np.sqrt(p) / size)
    assert ratio.mean() == pytest.approx(1 + excess, abs=within)
    assert np.abs(found.z_scores.bias).max() < 0.06
    low, high = found.z_scores.low[:, 0], found.z_scores.high[:, 0]
    np.testing.assert_allclose((high - low) / found.z_scores.standard_error[:, 0], 2 * 1.96, rtol=0.08)


def test_intervals_of_one_shared_view_hold_the_truth():
    inside: dict[str, list[float]] = {"percentile": [], "widened-percentile": [], "expanded-percentile": []}
    for seed in range(8):
        view, data = one_view(100, 10, seed)
        solution = analyse(data, 1)
        view = (view - view.mean()) / view.std(ddof=1)
        truth = view * (solution.scores.z_scores[:, 0] @ view) / (view @ view)  # the scores of ten noisy sorts spread more than the view itself
        for kind, hits in inside.items():
            z = bootstrap(solution, 500, interval=kind, rng=np.random.default_rng(1)).z_scores
            hits.append(((z.low[:, 0] <= truth) & (truth <= z.high[:, 0])).mean())
    plain, wider, widest = (float(np.mean(hits)) for hits in inside.values())
    assert 0.92 < plain < 0.98
    assert plain < wider < widest < 1


def test_wider_tails_by_hand():
    """t(.025; 3) = -3.1824; times sqrt(4 / 3) = -3.6748; Phi = 0.000119. z(.025) = -1.9600; times sqrt(4 / 3) = -2.2632; Phi = 0.01181."""
    got = tails("expanded-percentile", 0.95, np.array([0, 1, 4, 100_000]))
    assert np.isnan(got[:2]).all()
    assert got[2] == pytest.approx(0.000119, abs=2e-6)
    assert got[3] == pytest.approx(0.025, rel=1e-3)
    assert tails("percentile", 0.9, np.array([1, 5])) == pytest.approx([0.05, 0.05])
    few = np.array([0, 1, 2, 4, 5, 9])
    widened = tails("widened-percentile", 0.95, few)
    assert widened[3] == pytest.approx(0.01181, abs=5e-6)
    np.testing.assert_array_equal(tails("automatic", 0.95, few)[:4], widened[:4])
    assert tails("automatic", 0.95, few)[4:] == pytest.approx([0.025, 0.025])


def test_quantiles_leave_out_what_is_missing():
    data = simulated(10, 2, 0.8, 3)
    solution = analyse(data, 2)
    counts = balanced_counts(data, 50, np.random.default_rng(1))
    parts = resample(plan(solution), counts)
    found = summarise(solution, parts, counts, 0.9, "percentile")
    for i, f in ((0, 0), (3, 1), (9, 0)):
        mine = parts.loadings[counts[:, i] > 0, i, f]
        assert found.loadings.low[i, f] == pytest.approx(np.quantile(mine, 0.05))
        assert found.loadings.high[i, f] == pytest.approx(np.quantile(mine, 0.95))
        assert found.loadings.standard_error[i, f] == pytest.approx(mine.std(ddof=1))
        assert found.loadings.bias[i, f] == pytest.approx(mine.mean() - solution.loadings[i, f])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_columns_are_those_of_the_factor_arrays(seed, decimals):
    z = np.round(np.random.default_rng(seed).standard_normal((3, 24, 2)), decimals)  # so that there are ties
    z[1, :, 1] = np.nan
    got = columns(z, GRID)
    values = np.array(GRID.values, dtype=float)
    for b in range(3):
        for f in range(2):
            array = fill(z[b, :, f], GRID)[0]
            np.testing.assert_array_equal(np.where(got[b, :, f] < 0, np.nan, values[got[b, :, f]]), array)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_axes_in_any_order_and_direction_come_back(seed, k):
    """Whatever order and direction a resample's factors come in, the result is the same."""
    rng = np.random.default_rng(seed)
    solution = analyse(simulated(4 * k + 4, k, 0.8, 1), k)
    made = replace(plan(solution), unit=None)
    counts = balanced_counts(solution.data, 3, rng)
    straight = resample(made, counts)
    order, signs, whole = rng.permutation(k), rng.choice([-1.0, 1.0], k), resamples.alone
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resamples, "alone", lambda *given: (whole(*given) * signs)[:, order])
        mixed = resample(made, counts)
    np.testing.assert_allclose(mixed.loadings, straight.loadings, atol=1e-12)
    np.testing.assert_allclose(mixed.z_scores, straight.z_scores, atol=1e-12)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"n_replicates": 1}, "at least 2"),
        ({"n_replicates": 2.5}, "whole number"),
        ({"level": 95}, "between 0 and 1"),
        ({"interval": "bca"}, "expanded-percentile"),
        ({"n_replicates": 10**9}, "draw at most 15,000,000"),
        ({"target": np.zeros((10, 2))}, "without a target"),
    ],
)
def test_choices_that_cannot_be(given, words):
    with pytest.raises(PolicyError, match=words):
        bootstrap(analyse(simulated(10, 2, 0.8, 3), 2), **{"n_replicates": 5, **given}, rng=np.random.default_rng(1))


def test_everything_in_the_types_of_json():
    found = bootstrap(analyse(simulated(10, 2, 0.8, 3), 2), 20, rng=np.random.default_rng(1))
    back = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert back["z_scores"]["low"][3][1] == found.z_scores.low[3, 1]
    assert back["flags"]["estimate"][0] == found.flags.estimate[0].tolist()
    with pytest.raises(ValueError, match="read-only"):
        found.z_scores.low[0, 0] = 1


def test_a_bootstrap_comes_back_from_its_dictionary():
    made = bootstrap(analyse(simulated(12, 2, 0.7, 5), 3), 60, rng=np.random.default_rng(1))
    values = json.loads(json.dumps(made.to_dict()))
    again = type(made).from_dict(values)
    assert again.to_dict() == made.to_dict()
    np.testing.assert_array_equal(again.z_scores.low, made.z_scores.low)
    assert again.flags.estimate.dtype == bool
    assert again.z_scores.n_used.dtype.kind == "i"
