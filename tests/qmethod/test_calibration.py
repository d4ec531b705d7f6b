"""Studies drawn from a study's own solution: they are like it, are analysed as it was, and what they say holds against independent figures."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

import qmethod
from qmethod.calibrated import Errors
from qmethod.calibration.calibrate import calibrate, quick
from qmethod.calibration.leave_one_out import between_two, leave_one_out
from qmethod.calibration.pipeline import beyond_chance
from qmethod.calibration.shared import shared
from qmethod.calibration.studies import draw, model
from qmethod.data import QData
from qmethod.grid import Grid
from qmethod.matching.congruence import align
from qmethod.method.tie_breaking import file_order
from qmethod.resampling.resamples import plan
from qmethod.simulation import simulate
from qmethod.solution import QSolution
from tests.references import sorts

GRID = Grid.parse("-3:2,-2:3,-1:4,0:6,1:4,2:3,3:2")


def planted(sizes: tuple[int, ...], loadings: tuple[float, float], seed: int) -> tuple[QData, np.ndarray]:
    rng = np.random.default_rng(seed)
    profiles = rng.standard_normal((24, len(sizes)))
    return simulate(profiles, GRID, sizes, rng, loadings=loadings).data, profiles


def test_leave_one_out_is_the_analysis_without_the_sort():
    """The whole method again, sort by sort, by the public function."""
    data = sorts("lipset")
    solution = qmethod.analyse(data, 3)
    found = leave_one_out(solution, plan(solution))
    for i in range(data.n_sorts):
        rest = qmethod.analyse(data.keep([j for j in range(data.n_sorts) if j != i]), 3)
        match = align(rest.scores.z_scores, solution.scores.z_scores)
        for j in range(3):
            if match.order[j] < 0:
                continue
            mine = match.signs[j] * rest.scores.z_scores[:, match.order[j]]
            assert found.sorts[i, j] == pytest.approx(np.corrcoef(data.sorts[:, i], mine)[0, 1], abs=1e-9)
    defining = solution.flags[:, 0]
    own = np.sign(solution.loadings[defining, 0]) * found.sorts[defining, 0]
    assert found.agreement[0] == pytest.approx(np.nanmean(own))
    assert (found.effective <= solution.characteristics.n_defining + 1e-9).all()


@pytest.mark.parametrize("others", [1, 2, 7, 40])
@pytest.mark.parametrize("r", [0.05, 0.3, 0.8])
def test_the_mean_correlation_is_that_of_the_formula_it_is_solved_from(others: int, r: float):
    agreement = np.sqrt(r) * np.sqrt(others * r / (1 + (others - 1) * r))
    assert between_two(np.array([agreement]), np.array([others]))[0] == pytest.approx(r)


def test_leave_one_out_does_not_hang_on_order_or_direction():
    data, _ = planted((6, 5, 4), (0.5, 0.8), 3)
    solution = qmethod.analyse(data, 3)
    base = leave_one_out(solution, plan(solution))
    order = np.random.default_rng(1).permutation(data.n_sorts)
    shuffled = qmethod.analyse(data.keep(order.tolist()), 3)
    other = leave_one_out(shuffled, plan(shuffled))
    np.testing.assert_allclose(other.sorts, base.sorts[order], atol=1e-9)
    mirrored = qmethod.analyse(QData.from_array(np.where(np.arange(data.n_sorts) == 2, -1, 1) * data.sorts), 3)
    turned = leave_one_out(mirrored, plan(mirrored))
    np.testing.assert_allclose(np.abs(turned.sorts), np.abs(base.sorts), atol=1e-9)
    np.testing.assert_allclose(turned.agreement, base.agreement, atol=1e-9)


@pytest.mark.parametrize(("sizes", "changes"), [((6, 5, 4), {}), ((6, 5, 4), {"extraction": "centroid"}), ((90, 80, 70), {})])
def test_where_people_stand_in_the_file_decides_nothing(sizes: tuple[int, ...], changes: dict[str, str]):
    """More sorts than are left out one by one among them: which are left out together does not hang on the file either."""
    data, _ = planted(sizes, (0.5, 0.8), 5)
    order = np.random.default_rng(3).permutation(data.n_sorts)
    base, other = qmethod.analyse(data, 3, **changes), qmethod.analyse(data.keep(order.tolist()), 3, **changes)
    np.testing.assert_allclose(other.contrasts.critical, base.contrasts.critical, atol=1e-6)
    np.testing.assert_allclose(other.contrasts.p_values, base.contrasts.p_values, atol=1e-6)
    np.testing.assert_array_equal(other.contrasts.distinguishing, base.contrasts.distinguishing)
    assert base.calibration is not None
    assert other.calibration is not None
    np.testing.assert_allclose(other.calibration.beyond.sorts, base.calibration.beyond.sorts[order], atol=1e-6)
    np.testing.assert_allclose(other.calibration.shared.bound, base.calibration.shared.bound, atol=1e-6)
    np.testing.assert_allclose(other.calibration.recovery, base.calibration.recovery, atol=1e-6)
    np.testing.assert_allclose(other.calibration.places.probability, base.calibration.places.probability, atol=1e-6)


def test_the_whole_comes_back_from_json():
    data, _ = planted((6, 5, 4), (0.5, 0.8), 4)
    solution = qmethod.analyse(data, 3)
    again = QSolution.from_dict(json.loads(json.dumps(solution.to_dict())))
    assert again.to_dict() == solution.to_dict()
    assert isinstance(again.calibration, qmethod.Calibration)
    assert repr(again.calibration) == repr(solution.calibration)


def test_standard_judges_by_studies_drawn_and_presets_by_their_peers():
    data, _ = planted((8, 7, 6), (0.4, 0.6), 1)
    for preset, kind, reliability in (("standard", "calibrated", "observed"), ("qmethod-r", "normal", "fixed"), ("kade", "normal", "fixed")):
        found = qmethod.analyse(data, 3, preset=preset)
        assert (found.policies.contrast_errors, found.policies.reliability) == (kind, reliability)
        assert found.calibration is not None
        assert found.calibration.errors is not None
        ratio = np.abs(found.contrasts.differences) / np.array([found.contrasts.sed[pair] for pair in found.contrasts.pairs])
        strict = kind == "calibrated" or preset == "qmethod-r"
        critical = tuple(found.calibration.errors.critical(a) for a in (0.05, 0.01)) if kind == "calibrated" else found.policies.contrast_critical
        counts = ratio > critical[0] if strict else ratio >= critical[0]
        np.testing.assert_array_equal(~np.isnan(found.contrasts.levels), counts)
        assert found.contrasts.critical == critical
        assert np.isnan(found.contrasts.expected_false).all() == (kind == "normal")


def test_what_is_beyond_chance_is_what_standard_marks_and_under_presets_no_more_than_chance_gives():
    """By brute force: a statement counts for a viewpoint where it strays from every other by more than one error in twenty does."""
    data, _ = planted((8, 7, 6), (0.5, 0.7), 2)
    for preset in ("standard", "kade"):
        found = qmethod.analyse(data, 3, preset=preset)
        assert found.calibration is not None
        assert found.calibration.errors is not None
        z, sed, critical = found.scores.z_scores, found.contrasts.sed, found.calibration.errors.critical(0.05)
        expected = np.array([[all(abs(row[j] - row[g]) > critical * sed[j, g] for g in range(3) if g != j) for j in range(3)] for row in z])
        np.testing.assert_array_equal(beyond_chance(found), expected)
        if preset == "standard":
            np.testing.assert_array_equal(beyond_chance(found), found.contrasts.distinguishing <= 0.05)
    plain = qmethod.analyse(data, 3, contrast_errors="normal", calibration_studies=0)
    assert plain.calibration is None
    assert not beyond_chance(plain).any()


def test_a_viewpoint_whose_error_is_not_known_takes_part_in_no_comparison():
    """One sort alone defines the third viewpoint, so no correlation tells how sure it is."""
    data, _ = planted((7, 7, 1), (0.7, 0.85), 3)
    flags = [qmethod.ManualFlag(name, f"f{1 + min(i // 7, 2)}", True, "by hand") for i, name in enumerate(data.participants)]
    found = qmethod.analyse(data, 3, flagging="none", flags=flags)
    [alone] = np.flatnonzero(found.characteristics.n_defining == 1).tolist()
    assert np.isnan(found.contrasts.distinguishing[:, alone]).all()
    assert np.isnan(found.contrasts.expected_false[alone])
    assert (~np.isnan(found.contrasts.distinguishing)).any()


def test_a_target_that_does_not_fit_is_refused_by_name():
    data, _ = planted((6, 5), (0.6, 0.8), 2)
    plain = qmethod.analyse(data, 2)
    aimed = np.where(np.arange(11)[:, None] < 6, [0.7, 0.0], [0.0, 0.7])
    turned = qmethod.analyse(data, 2, rotation="target", target=aimed)
    for solution, target in ((plain, aimed), (turned, None), (turned, aimed[:5]), (turned, aimed.T)):
        with pytest.raises(qmethod.PolicyError, match="target"):
            calibrate(solution, 3, rng=1, target=target)
    assert calibrate(turned, 3, rng=1, target=aimed).n_failed == 0


def test_many_sorts_are_analysed_by_principal_components_whatever_the_extraction():
    """Principal axes of a thousand sorts take a second, and thirty times that nobody would wait."""
    standard = qmethod.Policies.preset("standard")
    for changes in ({"extraction": "paf"}, {"extraction": "centroid"}, {"extraction": "ml"}, {"correlation": "kendall"}):
        few, many = (quick(replace(standard, **changes), m) for m in (200, 201))
        assert (many.extraction, many.correlation) == ("pca", "spearman" if "correlation" in changes else "pearson")
        assert few.correlation == changes.get("correlation", "pearson")
        assert few.extraction in ("paf", "centroid") or "extraction" not in changes


def test_slow_methods_are_stood_in_for_by_those_that_fit_the_same():
    data, _ = planted((8, 7, 6), (0.5, 0.7), 2)
    for slow, fast in (({"extraction": "minres"}, {"extraction": "paf"}), ({"rotation": "oblimin"}, {"rotation": "promax"})):
        one, other = (qmethod.analyse(data, 3, **changes).contrasts.critical[0] for changes in (slow, fast))
        assert one == pytest.approx(other, rel=0.15)


def test_no_more_differences_are_false_than_are_said_to_be_expected():
    """Three viewpoints that share half of the statements: what sets one of them apart there does so by chance."""
    expected, false = 0.0, 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        profiles = rng.standard_normal((24, 3))
        profiles[::2] = profiles[::2, :1]
        solution = qmethod.analyse(simulate(profiles, GRID, (10, 9, 8), rng, loadings=(0.5, 0.8)).data, 3)
        expected += float(np.nansum(solution.contrasts.expected_false))
        false += int((~np.isnan(solution.contrasts.distinguishing[::2])).sum())
    assert false <= 1.2 * expected
    assert expected < 0.12 * 12 * 24 * 3


def test_viewpoints_of_chance_agree_less_beyond_their_sorts():
    """Random sorts: those that define a factor agree with one another because they were chosen for it."""
    rng, observed, beyond = np.random.default_rng(5), [], []
    for _ in range(10):
        data = QData.from_array(np.stack([rng.permutation(GRID.slots()) for _ in range(30)], axis=1))
        solution = qmethod.analyse(data, 3)
        observed.append(solution.characteristics.mean_correlation)
        beyond.append(leave_one_out(solution, plan(solution)).correlation)
    assert np.nanmean(observed) > 0.2
    assert np.nanmean(beyond) < 0.7 * np.nanmean(observed)


@pytest.mark.parametrize("changes", [{}, {"correlation": "spearman"}, {"rotation": "quartimax"}, {"weighting": "raw"}, {"extraction": "centroid"}])
def test_studies_drawn_together_are_analysed_as_each_would_be_alone(changes: dict[str, str]):
    data, _ = planted((6, 5, 4), (0.5, 0.8), 4)
    solution = qmethod.analyse(data, 3, **changes)
    made = plan(solution)
    [block] = draw(made, model(solution, leave_one_out(solution, made)), 4, np.random.default_rng(7))
    rng = np.random.default_rng(7)
    signal, beyond = model(solution, leave_one_out(solution, made)), data.sorts
    noise = np.sqrt(1 - (signal.loadings**2).sum(axis=1))
    drawn = np.empty((4, *beyond.shape))
    drawn[:, :, file_order(beyond, data.participants)] = rng.standard_normal(drawn.shape)
    latent = signal.profiles @ signal.loadings.T + noise * drawn
    for i, study in enumerate(latent):
        laid = np.empty_like(beyond)
        np.put_along_axis(laid, study.argsort(axis=0), np.sort(beyond, axis=0), axis=0)
        alone = qmethod.analyse(laid, 3, reliability="observed", **changes)
        match = align(alone.scores.z_scores, solution.scores.z_scores)
        z = alone.scores.z_scores[:, match.order] * match.signs
        np.testing.assert_allclose(block.results.z_scores[i], z, atol=1e-6)
        np.testing.assert_allclose(block.reliability[i], alone.characteristics.reliability[match.order], atol=1e-6)


def test_people_keep_their_own_places_and_gaps():
    rng = np.random.default_rng(2)
    data, _ = planted((5, 5), (0.6, 0.8), 6)
    holed = data.sorts.astype(float)
    holed[rng.integers(24, size=3), [1, 4, 8]] = np.nan
    solution = qmethod.analyse(QData.from_array(holed), 2, missing="pairwise")
    cal = calibrate(solution, 5, rng=1)
    assert cal.errors is not None
    assert cal.n_failed == 0


def test_studies_with_gaps_are_scored_by_the_sorts_drawn():
    """Plain sums of each study's own sorts, weighted by l / (1 - l^2), over who placed the statement: and errors as large as without the gaps."""
    data, _ = planted((7, 6), (0.6, 0.8), 6)
    holed = data.sorts.astype(float)
    holed[[2, 5, 9], [1, 4, 8]] = np.nan
    solution = qmethod.analyse(QData.from_array(holed), 2, missing="pairwise")
    prepared = plan(replace(solution, policies=quick(solution.policies, 13)))
    made = model(solution, leave_one_out(solution, prepared))
    drawn = next(draw(prepared, made, 4, np.random.default_rng(1)))
    for i in range(4):
        flags, loadings, z = drawn.results.flags[i], drawn.results.loadings[i], drawn.results.z_scores[i]
        assert not np.allclose(z, solution.scores.z_scores, atol=0.1)
        noise = np.random.default_rng(1).standard_normal((4, 24, 13))[i]
        places = np.argsort(file_order(holed, solution.data.participants))
        own = np.sqrt(1 - (made.loadings**2).sum(axis=1))
        latent = np.where(np.isnan(holed), np.inf, made.profiles @ made.loadings.T + own * noise[:, places])
        laid = np.empty_like(holed)
        np.put_along_axis(laid, latent.argsort(axis=0), np.sort(holed, axis=0), axis=0)
        each = (laid - np.nanmean(laid, axis=0)) / np.nanstd(laid, axis=0, ddof=1)
        weights = np.where(flags, loadings / (1 - loadings**2), 0.0)
        there = ~np.isnan(each)
        sums = np.nan_to_num(each) @ weights / (there @ np.abs(weights))
        for f in range(2):
            assert np.corrcoef(sums[:, f], z[:, f])[0, 1] > 0.999
    whole, gaps = (calibrate(one, 30, rng=1) for one in (qmethod.analyse(data, 2), solution))
    assert whole.errors is not None
    assert gaps.errors is not None
    assert gaps.errors.critical(0.05) == pytest.approx(whole.errors.critical(0.05), rel=0.2)
    np.testing.assert_allclose(gaps.recovery, whole.recovery, atol=0.05)


def test_the_same_seed_gives_the_same_and_another_nearly_the_same():
    data, _ = planted((9, 8, 7), (0.5, 0.8), 8)
    solution = qmethod.analyse(data, 3)
    one, two, three = calibrate(solution, rng=1), calibrate(solution, rng=1), calibrate(solution, rng=2)
    assert one.errors is not None
    assert two.errors is not None
    assert three.errors is not None
    assert one.errors.critical(0.05) == two.errors.critical(0.05)
    assert one.errors.critical(0.05) == pytest.approx(three.errors.critical(0.05), abs=0.2)
    np.testing.assert_array_equal(one.shared.bound, two.shared.bound)


def test_where_sorts_agree_well_the_normal_value_is_met_and_where_they_do_not_it_is_exceeded():
    """Large groups of close sorts leave nothing to be chosen: there the classical 1.96 is right, but for the error of 150 studies."""
    close, _ = planted((60, 60), (0.7, 0.8), 1)
    loose, _ = planted((8, 7, 6), (0.4, 0.6), 1)

    def critical(data: QData, k: int) -> float:
        solution = qmethod.analyse(data, k)
        return float(np.mean([found.errors.critical(0.05) for found in (calibrate(solution, rng=seed) for seed in (1, 2, 3)) if found.errors]))

    assert critical(close, 2) == pytest.approx(1.96, abs=0.25)
    assert critical(loose, 3) > 2.3


def test_errors_as_a_table_are_the_quantiles_of_the_errors():
    rng = np.random.default_rng(1)
    from qmethod.calibration.calibrate import _quantiles

    sample = np.abs(rng.standard_normal(200_000))
    table = _quantiles(sample)
    for level in (0.5, 0.05, 0.01, 0.001):
        assert table.critical(level) == pytest.approx(NormalDist().inv_cdf(1 - level / 2), rel=0.05)
        assert table.p_values(np.array([table.critical(level)]))[0] == pytest.approx(level, rel=0.02)
    assert table.p_values(np.array([1e9]))[0] == pytest.approx(1 / 200_001)
    assert np.isnan(table.p_values(np.array([np.nan]))[0])
    assert (np.diff(table.p_values(np.linspace(0, 6, 50))) <= 0).all()


def test_one_viewpoint_has_nothing_to_compare():
    cal = calibrate(qmethod.analyse(sorts("lipset"), 1), rng=1)
    assert cal.errors is None
    assert np.isnan(cal.shared.bound).all()
    assert isinstance(cal.beyond.agreement[0], float)


def test_the_bound_of_two_sure_viewpoints_is_their_difference():
    """Nearly without error the true scores are those found, so the range is known."""
    rng = np.random.default_rng(3)
    z = rng.standard_normal((40, 2))
    found = shared(z, np.array([0.9999, 0.9999]), rng)
    np.testing.assert_allclose(found.bound, np.abs(z[:, 0] - z[:, 1]), atol=0.06)
    assert ((found.within > 0.5) == (np.abs(z[:, 0] - z[:, 1]) < 1)).all()


def test_the_bound_holds_and_closeness_is_as_likely_as_said():
    """A thousand statements whose true scores are drawn: half of them agreed on, half not, seen through errors of known size."""
    rng = np.random.default_rng(9)
    n, reliability = 1000, np.array([0.8, 0.7, 0.75])
    true = rng.standard_normal((n, 1)) * 0.8 + np.where(rng.random((n, 1)) < 0.5, 0.05, 0.8) * rng.standard_normal((n, 3))
    seen = np.sqrt(reliability) * true + np.sqrt(1 - reliability) * rng.standard_normal((n, 3))
    found = shared(seen, reliability, rng)
    ranges = np.ptp(true, axis=1)
    for said, so in ((found.above, (true > 0).all(axis=1)), (found.below, (true < 0).all(axis=1))):
        for low in (0.0, 0.25, 0.5, 0.75):
            here = (said >= low) & (said < low + 0.25)
            assert here.sum() < 60 or so[here].mean() == pytest.approx(said[here].mean(), abs=0.15)
    assert 0.93 <= (ranges <= found.bound).mean() <= 0.97
    for low in (0.0, 0.25, 0.5, 0.75):
        here = (found.within >= low) & (found.within < low + 0.25)
        if here.sum() > 60:
            assert (ranges[here] < 1).mean() == pytest.approx(found.within[here].mean(), abs=0.1)


@pytest.mark.parametrize("recovery", [0.05, 0.1, 0.15])
def test_a_viewpoint_that_is_hardly_there_lends_little_to_common_ground(recovery: float):
    """Three viewpoints share much of their variance. A fourth, hardly found, has as much in common with them in one study, and nothing in another."""
    rng = np.random.default_rng(12)
    n, reliability = 2000, np.array([0.85, 0.85, 0.85, recovery])
    told, right = [], []
    for common in (0.0, 0.6):
        shared_by = rng.standard_normal((n, 1))
        true = np.sqrt(0.6) * shared_by + np.sqrt(0.4) * rng.standard_normal((n, 4))
        true[:, 3] = np.sqrt(common) * shared_by[:, 0] + np.sqrt(1 - common) * rng.standard_normal(n)
        seen = np.sqrt(reliability) * true + np.sqrt(1 - reliability) * rng.standard_normal((n, 4))
        found = shared(seen, reliability, rng)
        told += [found.above, found.below]
        right += [(true > 0).all(axis=1), (true < 0).all(axis=1)]
    said, so = np.concatenate(told), np.concatenate(right)
    for low in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        here = (said >= low) & (said < low + 0.1)
        assert here.sum() < 60 or so[here].mean() >= said[here].mean() - 0.07


def test_an_undefined_viewpoint_takes_no_part(lipset_without_third: QSolution):
    cal = calibrate(lipset_without_third, 20, rng=1)
    assert np.isnan(cal.reliability[2])
    assert cal.errors is not None
    assert np.isfinite(cal.shared.bound).all()


@pytest.fixture
def lipset_without_third() -> QSolution:
    data = sorts("lipset")
    solution = qmethod.analyse(data, 3)
    flags = [qmethod.ManualFlag(data.participants[i], "f3", False, "taken out") for i in np.flatnonzero(solution.flags[:, 2])]
    return qmethod.analyse(data, 3, flags=flags)


def test_values_are_frozen():
    with pytest.raises(AttributeError):
        Errors(np.zeros(1), np.zeros(1), 1).count = 2  # type: ignore[misc]
    assert replace(Errors(np.zeros(1), np.zeros(1), 1), count=2).count == 2


@pytest.mark.parametrize("replicates", [0, -1, 1.5, "3", True])
def test_a_number_of_studies_that_cannot_be_is_refused(replicates: object):
    with pytest.raises(qmethod.PolicyError, match="`n_replicates`"):
        qmethod.calibrate(qmethod.analyse(sorts("lipset"), 2), replicates, rng=1)  # type: ignore[arg-type]


def test_its_tables_hold_its_figures():
    found = qmethod.calibrate(qmethod.analyse(sorts("lipset"), 2), 10, rng=3)
    viewpoints, statements = found.to_frame("viewpoints", backend="pandas"), found.to_frame("statements", backend="pandas")
    assert viewpoints["viewpoint"].tolist() == ["f1", "f2"]
    np.testing.assert_allclose(viewpoints["agreement"], found.beyond.agreement)
    assert statements["statement"].tolist() == list(found.statements)
    np.testing.assert_allclose(statements["differ_by_at_most"], found.shared.bound)
    assert found.seed == 3
    assert "agreement with sorts left out: f1 " in repr(found)
