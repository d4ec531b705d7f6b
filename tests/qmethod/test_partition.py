"""The Bayesian model of forced sorts: what it samples against figures from elsewhere, what holds of it, and what it refuses."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare, kstest, multivariate_normal, norm

import qmethod
from qmethod.bayesian import sampling
from qmethod.bayesian.partitioning import DISCOVERIES, SURE, agreement, claims, matched, standardised
from qmethod.data import FloatArray

GRID = qmethod.Grid.parse("-2:2,-1:4,0:6,1:4,2:2")


def study(seed: int = 1, sizes: tuple[int, ...] = (9, 7)) -> qmethod.Simulated:
    views = np.random.default_rng(seed).standard_normal((GRID.n_statements, len(sizes)))
    return qmethod.simulate(views, GRID, sizes, rng=seed, loadings=(0.7, 0.9))


@pytest.fixture(scope="module")
def found() -> qmethod.Partition:
    return qmethod.partition(study().data, 2, rng=1)


def latent_draws(sorts: FloatArray, mean: FloatArray, n_sweeps: int, seed: int) -> FloatArray:
    """Draws of the latent scores of one sort around a mean that is held; (d, n), each centred."""
    chains = 400
    many = np.broadcast_to(sorts[:, None], (chains, len(sorts), 1))
    partition, rng = sampling.partitioned(many), np.random.default_rng(seed)
    latent = np.broadcast_to((sorts - sorts.mean())[:, None], many.shape)
    kept = []
    for t in range(n_sweeps):
        latent = sampling._latent(latent, np.broadcast_to(mean - mean.mean(), (chains, 1, len(mean))), partition, rng)
        if t >= 50 and t % 5 == 0:
            kept.append(latent[:, :, 0])
    return np.concatenate(kept)


def test_latent_scores_are_those_of_drawing_until_they_fall_into_the_partition() -> None:
    sorts, mean = np.array([0.0, 1, 0, 2, 1]), np.array([0.8, -0.4, 0.1, 0.3, -0.2])
    drawn = latent_draws(sorts, mean, 400, 1)
    free = np.random.default_rng(2).standard_normal((400_000, 5)) + mean
    ordered = (free[:, [0, 2]].max(axis=1) < free[:, [1, 4]].min(axis=1)) & (free[:, [1, 4]].max(axis=1) < free[:, 3])
    wanted = free[ordered] - free[ordered].mean(axis=1, keepdims=True)
    error = wanted.std(axis=0) / np.sqrt(len(wanted)) + drawn.std(axis=0) / np.sqrt(len(drawn) / 10)
    assert (np.abs(drawn.mean(axis=0) - wanted.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(drawn.std(axis=0), wanted.std(axis=0), rtol=0.05)


def test_two_statements_in_two_columns_differ_as_a_truncated_normal_does() -> None:
    drawn = latent_draws(np.array([0.0, 1.0]), np.array([0.5, 0.0]), 300, 3)
    gap, scale, shift = drawn[:, 1] - drawn[:, 0], np.sqrt(2), -0.5
    expected = shift + scale * norm.pdf(-shift / scale) / norm.sf(-shift / scale)
    assert abs(gap.mean() - expected) < 0.02
    assert (gap > 0).all()


def test_every_latent_score_stays_in_its_column() -> None:
    sorts = study().data.sorts.astype(float)[None]
    partition, rng = sampling.partitioned(sorts), np.random.default_rng(1)
    latent = sorts - sorts.mean(axis=1, keepdims=True)
    for _ in range(20):
        latent = sampling._latent(latent, 3 * rng.standard_normal((1, 16, 18)), partition, rng)
        for j in range(sorts.shape[2]):
            scores, places = latent[0, :, j], sorts[0, :, j]
            assert all(scores[places == low].max() <= scores[places == low + 1].min() for low in range(-2, 2))


def test_the_classes_have_the_odds_of_their_marginal_likelihoods() -> None:
    rng = np.random.default_rng(4)
    viewpoints = rng.standard_normal((6, 2))
    viewpoints -= viewpoints.mean(axis=0)
    latent = (0.5 * viewpoints[:, 0] + rng.standard_normal(6))[:, None]
    mean, variance, weights = 0.7, 0.2, np.array([0.3, 0.2, 0.1, 0.1, 0.2, 0.1])
    many = 40_000
    classes, loadings = sampling._people(
        np.repeat(latent, many, axis=1)[None],
        viewpoints[None],
        np.array([mean]),
        np.array([variance]),
        weights[None],
        rng,
    )
    one = np.eye(6)

    def density(centre: FloatArray, covariance: FloatArray) -> float:
        return float(multivariate_normal(centre, covariance).pdf(latent[:, 0]))

    single = [
        density(sign * mean * viewpoints[:, j], one + variance * np.outer(viewpoints[:, j], viewpoints[:, j])) for sign in (1, -1) for j in (0, 1)
    ]
    odds = weights * np.array([*single, density(np.zeros(6), one + sampling.MIXED * viewpoints @ viewpoints.T), density(np.zeros(6), one)])
    counts = np.bincount(classes[0], minlength=6)
    assert chisquare(counts, odds / odds.sum() * many).pvalue > 1e-4
    alone = loadings[0, classes[0] == 0]
    precision = 1 / variance + (viewpoints[:, 0] ** 2).sum()
    centre = (mean / variance + viewpoints[:, 0] @ latent[:, 0]) / precision
    assert kstest(alone[:, 0], norm(centre, 1 / np.sqrt(precision)).cdf).pvalue > 1e-4
    assert (alone[:, 1] == 0).all()


def test_the_correlation_of_viewpoints_has_the_odds_of_normal_densities() -> None:
    rng = np.random.default_rng(5)
    viewpoints = rng.standard_normal((9, 3))
    viewpoints -= viewpoints.mean(axis=0)
    drawn = sampling._correlation(np.broadcast_to(viewpoints, (40_000, 9, 3)), rng)
    grid = np.linspace(-0.45, 0.95, sampling.STEPS)
    basis = np.linalg.qr(np.column_stack([np.ones(9), np.eye(9)[:, :8]]))[0][:, 1:].T @ viewpoints  # the 8 dimensions of centred columns
    odds = np.array([np.exp(multivariate_normal(np.zeros(3), (1 - c) * np.eye(3) + c).logpdf(basis).sum()) for c in grid])
    counts = np.array([np.isclose(drawn, c).sum() for c in grid])
    kept = odds / odds.sum() > 2e-4
    wanted = np.append(odds[kept], odds[~kept].sum()) / odds.sum()
    assert chisquare(np.append(counts[kept], counts[~kept].sum()), wanted * len(drawn)).pvalue > 1e-4


def prior_draw(n: int, m: int, rng: np.random.Generator) -> tuple[FloatArray, float, float]:
    """Sorts, the mean closeness and the share of a sort that it stands for, drawn from the prior for one viewpoint."""
    closeness = -1.0
    while closeness < 0:
        closeness = rng.normal(*sampling.CLOSENESS)
    variance = sampling.SPREAD[1] / rng.standard_gamma(sampling.SPREAD[0])
    view = rng.standard_normal(n)
    weights = rng.dirichlet([sampling.HOLD, sampling.OPPOSE, sampling.SEVERAL, sampling.NONE])
    kind = rng.choice(4, size=m, p=weights)
    a = rng.normal(closeness, np.sqrt(variance), m)
    a = np.select([kind == 0, kind == 1, kind == 2], [a, -a, rng.normal(0, np.sqrt(sampling.MIXED), m)], 0.0)
    latent = view[:, None] * a + rng.standard_normal((n, m))
    return np.repeat([-1.0, 0.0, 1.0], n // 3)[latent.argsort(axis=0).argsort(axis=0)], closeness, float(view[0] - view[1])


def test_ranks_of_what_was_drawn_from_the_prior_are_uniform() -> None:
    """Simulation-based calibration (Talts and others 2018, arXiv:1804.06788): closeness, and a difference of two statements."""
    rng, n, m, studies = np.random.default_rng(6), 6, 5, 400
    drawn = [prior_draw(n, m, rng) for _ in range(studies)]
    draws = sampling.gibbs(np.stack([sorts for sorts, _, _ in drawn]), rng.standard_normal((studies, n, 1)), rng, sweeps=2600, warm_up=600, thin=40)
    gaps = draws.viewpoints[:, :, 0, 0] - draws.viewpoints[:, :, 1, 0]
    for sampled, truth in ((draws.closeness, [c for _, c, _ in drawn]), (gaps, [g for _, _, g in drawn])):
        ranks = (sampled < np.array(truth)).sum(axis=0)
        counts = np.histogram(ranks, bins=np.linspace(-0.5, len(sampled) + 0.5, 11))[0]
        widths = np.diff(np.floor(np.linspace(-0.5, len(sampled) + 0.5, 11) + 0.5))
        assert chisquare(counts, studies * widths / widths.sum()).pvalue > 1e-3


def test_it_finds_what_was_planted(found: qmethod.Partition) -> None:
    drawn = study()
    phi = np.abs(np.corrcoef(found.z_scores.T, drawn.profiles.T)[:2, 2:])
    assert (phi.max(axis=0) > 0.85).all()
    of = phi.argmax(axis=1)
    sure = found.members >= 0
    assert sure.mean() > 0.8
    assert (of[found.members[sure]] == drawn.membership[sure]).all()
    assert found.found.all()
    assert found.verdict() == "the sorts bear 2 viewpoints"


def test_probabilities_add_up(found: qmethod.Partition) -> None:
    np.testing.assert_allclose(found.holds.sum(axis=1) + found.opposes.sum(axis=1) + found.several + found.none, 1)
    higher = found.higher
    np.testing.assert_allclose(higher + higher.swapaxes(1, 2), 1 - np.eye(2) * np.ones((18, 1, 1)), atol=1e-12)
    assert (found.low <= found.high).all()
    assert not (found.claimed & found.claimed.swapaxes(1, 2)).any()
    assert found.expected_false <= DISCOVERIES * found.claimed.sum()
    np.testing.assert_allclose(found.z_scores.std(axis=0, ddof=1), 1)


def test_the_order_of_sorts_and_statements_decides_nothing(found: qmethod.Partition) -> None:
    data = study().data
    people, statements = np.random.default_rng(3).permutation(16), np.random.default_rng(4).permutation(18)
    again = qmethod.partition(data.sorts[np.ix_(statements, people)], 2, rng=2)
    order, signs = np.abs(np.corrcoef(again.z_scores.T, found.z_scores[statements].T)[:2, 2:]).argmax(axis=0), 1
    np.testing.assert_allclose(signs * again.z_scores[:, order], found.z_scores[statements], atol=0.15)
    np.testing.assert_allclose(again.holds[:, order], found.holds[people], atol=0.12)


def test_sorts_turned_round_give_the_viewpoints_turned_round(found: qmethod.Partition) -> None:
    again = qmethod.partition(-study().data.sorts, 2, rng=3)
    order = np.abs(np.corrcoef(again.z_scores.T, found.z_scores.T)[:2, 2:]).argmax(axis=0)
    np.testing.assert_allclose(again.z_scores[:, order], -found.z_scores, atol=0.15)


def test_random_sorts_and_viewpoints_too_many_are_refused() -> None:
    rng = np.random.default_rng(7)
    noise = rng.permuted(np.repeat(GRID.slots()[:, None], 20, axis=1), axis=0)
    assert not qmethod.partition(noise, 2, rng=1).found.all()
    many = qmethod.partition(study().data, 4, rng=1)
    assert not many.found.all()
    said, reasons = many.verdict().split(": ", 1)
    assert said == "the sorts do not bear 4 viewpoints"
    few = [label for label, n in zip(many.labels, (many.holds >= SURE).sum(axis=0).tolist(), strict=True) if n < 2]
    apart = [label for label, r in zip(many.labels, many.r_hat.tolist(), strict=True) if r > 1.1]
    expected = [f"too few surely hold {', '.join(few)}"] * bool(few) + [f"the chains disagree on {', '.join(apart)}"] * bool(apart)
    assert reasons == "; ".join(expected)


def test_draws_are_matched_whatever_their_order_and_direction() -> None:
    rng = np.random.default_rng(8)
    truth = standardised(rng.standard_normal((12, 3)))
    draws = []
    for order in permutations(range(3)):
        draws.append(truth[:, order] * rng.choice([-1, 1], 3) + 0.05 * rng.standard_normal((12, 3)))
    turned, _, _ = matched(np.stack(draws), truth)
    assert np.abs(turned - truth).max() < 0.3


def test_claims_are_the_surest_ones_and_no_more_than_the_share_allows() -> None:
    higher = np.full((4, 2, 2), 0.5)
    higher[:, 0, 1] = [0.99, 0.02, 0.90, 0.6]
    higher[:, 1, 0] = 1 - higher[:, 0, 1]
    claimed, false = claims(higher)
    assert claimed[:, 0, 1].tolist() == [True, False, True, False]
    assert claimed[:, 1, 0].tolist() == [False, True, False, False]
    assert false == pytest.approx(0.13)
    nothing, expected = claims(np.full((4, 2, 2), 0.5))
    assert not nothing.any()
    assert expected == 0


def test_r_hat_is_one_where_chains_agree_and_large_where_they_do_not() -> None:
    rng = np.random.default_rng(9)
    alike = rng.standard_normal((400, 2, 3, 1))
    apart = alike + np.array([0.0, 3.0])[None, :, None, None]
    assert agreement(alike).max() < 1.03
    assert agreement(apart).min() > 1.5


def test_it_can_be_written_down_and_read_back(found: qmethod.Partition) -> None:
    again = qmethod.Partition.from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
    with pytest.raises(qmethod.PolicyError):
        qmethod.Partition.from_dict({"labels": 1})


def test_one_viewpoint_can_be_asked_for() -> None:
    found = qmethod.partition(study(sizes=(12,)).data, 1, n_sweeps=1000, rng=1)
    assert found.found.all()
    assert not found.claimed.any()
    assert found.correlation == 0


@pytest.mark.parametrize(("placement", "words"), [(np.nan, "placements are missing.*not whole"), (7.0, "one distribution; not the commonest one")])
@pytest.mark.parametrize("odd", [0, 5])
def test_sorts_that_are_not_forced_are_refused_by_name(placement: float, words: str, odd: int) -> None:
    """Whoever is the odd one, the first too, is named, and nobody else."""
    sorts = study().data.sorts.astype(float)
    sorts[0, odd] = placement
    with pytest.raises(qmethod.DataError, match=rf"{words}: p{odd + 1}\b[^,]*$|{words}: p{odd + 1}\n"):
        qmethod.partition(sorts, 2, rng=1)


@pytest.mark.parametrize("wrong", [{"n_factors": 0}, {"n_sweeps": 999}, {"level": 1.5}, {"rng": -1}, {"progress": 3}])
def test_impossible_numbers_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(qmethod.PolicyError, match=f"`{next(iter(wrong))}`"):
        qmethod.partition(study().data, **{"n_factors": 2, **wrong})
