"""Gibbs sampling of who holds which viewpoint, under the exact likelihood of forced sorts; many chains at once.

A forced sort says which statements lie above which others, column by column: an ordered partition. It is taken to come from latent scores that
are normal around the person's share of a viewpoint, and its likelihood is the probability that they fall into that partition [1]_. The scores are
drawn between those of the columns beside their own [2]_, so that no likelihood is ever worked out.

A person holds one viewpoint, or the opposite of one, or several in any mixture, or none. Her latent scores are ``F a + e``, where e has variance 1
and the columns of F, the viewpoints, have variance 1 and the same correlation with one another: before the sorts are seen nothing tells one
viewpoint from another. How closely people keep to a viewpoint, how many hold each and how much the viewpoints have in common is learned from the
sorts. An intercept of each person has a flat prior, since a sort says nothing of the origin of its scores.

References
----------
.. [1] Johnson, V. E., & Albert, J. H. (1999). Ordinal data modeling. Springer.
.. [2] Albert, J. H., & Chib, S. (1993). Bayesian analysis of binary and polychotomous response data. Journal of the American Statistical
   Association, 88(422), 669-679.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qmethod.data import Array, FloatArray

CLOSENESS, SPREAD = (0.8, 0.4), (3.0, 0.15)
"""Prior of the mean of a (mean and standard deviation) and of its variance (shape and scale of an inverse gamma)."""
MIXED = 0.35
"""Prior variance of each element of a where a person holds several viewpoints."""
HOLD, OPPOSE, SEVERAL, NONE = 1.0, 0.1, 0.5, 0.5
"""Dirichlet prior: people who hold a viewpoint, the opposite of a viewpoint, several, none."""
STEPS = 40
"""Values of the correlation between viewpoints that are weighed against one another."""
EDGE = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """What was kept of d sweeps of B chains.

    Parameters
    ----------
    viewpoints : ndarray of shape (d, B, n, k)
        F, each column centred.
    classes : ndarray of int, shape (d, B, m)
        Below k the viewpoint that a person holds, then the one she is opposed to (k more), then several (2 k), then none (2 k + 1).
    correlation : ndarray of shape (d, B)
        Between viewpoints.
    closeness : ndarray of shape (d, B)
        Mean of a of people who hold one viewpoint.
    """

    viewpoints: FloatArray
    classes: Array
    correlation: FloatArray
    closeness: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Which statements lie in which column of each sort.

    Parameters
    ----------
    order : ndarray of int, shape (B, m, n)
        Statements from the lowest column up.
    inverse : ndarray of int, shape (B, m, n)
        Where each statement is in `order`.
    first : ndarray of int, shape (c,)
        Where each column begins.
    column : ndarray of int, shape (n,)
        Column of each place.
    """

    order: Array
    inverse: Array
    first: Array
    column: Array


def partitioned(sorts: FloatArray) -> Partition:
    """Columns of sorts (B, n, m) that all have the places of the first one."""
    order = np.argsort(sorts, axis=1, kind="stable").swapaxes(1, 2)
    first = np.r_[0, np.flatnonzero(np.diff(np.sort(sorts[0, :, 0]))) + 1]
    column = np.repeat(np.arange(len(first)), np.diff(np.r_[first, sorts.shape[1]]))
    return Partition(order, np.argsort(order, axis=2), first, column)


def gibbs(
    sorts: FloatArray,
    start: FloatArray,
    rng: np.random.Generator,
    *,
    sweeps: int,
    warm_up: int,
    thin: int,
    tick: Callable[[int], None] = lambda _done: None,
) -> Draws:
    """Draw from the posterior.

    Parameters
    ----------
    sorts : ndarray of shape (B, n, m)
        Of B studies, or of one study B times over. All sorts have the places of the first one.
    start : ndarray of shape (B, n, k)
        Viewpoints from which each chain starts, of about variance 1.
    rng : numpy.random.Generator
    sweeps, warm_up, thin : int
        Sweeps in all, those that are left out at the start, and that every `thin`-th of the others is kept.
    tick : callable
        Is told after each sweep how many are done.
    """
    from scipy.special import ndtri  # on demand: its import takes longer than most analyses

    b, n, m = sorts.shape
    k = start.shape[2]
    partition = partitioned(sorts)
    scores = np.broadcast_to(ndtri((np.arange(n) + 0.5) / n) * np.sqrt(1 + CLOSENESS[0] ** 2), (b, m, n))
    latent = _by_statement(scores, partition)
    viewpoints = start - start.mean(axis=1, keepdims=True)
    mean, variance, correlation = np.full(b, CLOSENESS[0]), np.full(b, SPREAD[1] / (SPREAD[0] - 1)), np.zeros(b)
    prior = np.r_[np.full(k, HOLD), np.full(k, OPPOSE), SEVERAL, NONE]
    weights = np.broadcast_to(prior / prior.sum(), (b, len(prior)))
    kept: list[tuple[FloatArray, Array, FloatArray, FloatArray]] = []
    for t in range(sweeps):
        classes, loadings = _people(latent, viewpoints, mean, variance, weights, rng)
        mean, variance = _closeness(loadings, classes, mean, variance, rng)
        counts = (classes[:, :, None] == np.arange(len(prior))).sum(axis=1)
        shares = rng.standard_gamma(prior + counts)
        weights = np.maximum(shares, 1e-300) / shares.sum(axis=1, keepdims=True)
        viewpoints = _viewpoints(latent, loadings, correlation, rng)
        correlation = _correlation(viewpoints, rng)
        latent = _latent(latent, loadings @ viewpoints.swapaxes(1, 2), partition, rng)
        if t >= warm_up and (t - warm_up) % thin == 0:
            kept.append((viewpoints, classes, correlation, mean))
        tick(t + 1)
    return Draws(*(np.stack(part) for part in zip(*kept, strict=True)))


def _by_statement(scores: FloatArray, partition: Partition) -> FloatArray:
    """Scores (B, m, n) from the lowest place up as (B, n, m) by statement, each sort centred."""
    latent = np.take_along_axis(scores, partition.inverse, axis=2).swapaxes(1, 2)
    return np.asarray(latent - latent.mean(axis=1, keepdims=True))


def _people(
    latent: FloatArray, viewpoints: FloatArray, mean: FloatArray, variance: FloatArray, weights: FloatArray, rng: np.random.Generator
) -> tuple[Array, FloatArray]:
    """What each person holds (B, m), drawn with a integrated out, and then a itself (B, m, k)."""
    k = viewpoints.shape[2]
    products, data = viewpoints.swapaxes(1, 2) @ viewpoints, latent.swapaxes(1, 2) @ viewpoints
    m0, v = mean[:, None, None], variance[:, None, None]
    precision = 1 / v + np.einsum("bkk->bk", products)[:, None, :]
    pull = np.concatenate([data + m0 / v, data - m0 / v], axis=2)  # of those who hold a viewpoint, and of those opposed to it
    twice = np.concatenate([precision, precision], axis=2)
    single = pull**2 / (2 * twice) - m0**2 / (2 * v) - np.log(v * twice) / 2
    spread = np.linalg.inv(products + np.eye(k) / MIXED)
    roots = np.linalg.cholesky((spread + spread.swapaxes(1, 2)) / 2)
    several = ((data @ roots) ** 2).sum(axis=2) / 2 + np.log(np.einsum("bkk->bk", roots)).sum(axis=1)[:, None] - k * np.log(MIXED) / 2
    chances = np.concatenate([single, several[:, :, None], np.zeros_like(several)[:, :, None]], axis=2) + np.log(weights)[:, None, :]
    classes = (chances + rng.gumbel(size=chances.shape)).argmax(axis=2)
    noise = rng.standard_normal(data.shape)
    mixture = data @ spread + noise @ roots.swapaxes(1, 2)
    which = np.minimum(classes, 2 * k - 1)[:, :, None]
    size = np.take_along_axis(pull / twice, which, axis=2) + noise[:, :, :1] / np.sqrt(np.take_along_axis(twice, which, axis=2))
    alone = np.where((classes % k)[:, :, None] == np.arange(k), size, 0.0)
    return classes, np.where((classes < 2 * k)[:, :, None], alone, np.where((classes == 2 * k)[:, :, None], mixture, 0.0))


def _closeness(
    loadings: FloatArray, classes: Array, mean: FloatArray, variance: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance (B,) of the a of people who hold one viewpoint or its opposite."""
    k = loadings.shape[2]
    one = classes < 2 * k
    a = loadings.sum(axis=2) * np.where(classes < k, 1.0, -1.0)
    count, total = one.sum(axis=1), (a * one).sum(axis=1)
    precision = 1 / CLOSENESS[1] ** 2 + count / variance
    drawn = (CLOSENESS[0] / CLOSENESS[1] ** 2 + total / variance) / precision + rng.standard_normal(len(a)) / np.sqrt(precision)
    mean = np.where(drawn > 0, drawn, mean)
    squares = (((a - mean[:, None]) ** 2) * one).sum(axis=1)
    return mean, (SPREAD[1] + squares / 2) / rng.standard_gamma(SPREAD[0] + count / 2)


def _viewpoints(latent: FloatArray, loadings: FloatArray, correlation: FloatArray, rng: np.random.Generator) -> FloatArray:
    """F (B, n, k), each column centred."""
    b, n, _ = latent.shape
    k = loadings.shape[2]
    c = correlation[:, None, None]
    prior = (np.eye(k) - c / (1 + (k - 1) * c)) / (1 - c)
    spread = np.linalg.inv(prior + loadings.swapaxes(1, 2) @ loadings)
    roots = np.linalg.cholesky((spread + spread.swapaxes(1, 2)) / 2)
    drawn = latent @ loadings @ spread + rng.standard_normal((b, n, k)) @ roots.swapaxes(1, 2)
    return np.asarray(drawn - drawn.mean(axis=1, keepdims=True))


def _correlation(viewpoints: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Correlation between any two viewpoints (B,), from a grid of equally probable values."""
    b, n, k = viewpoints.shape
    if k == 1:
        return np.zeros(b)
    c = np.linspace(-0.9 / (k - 1), 0.95, STEPS)
    products = viewpoints.swapaxes(1, 2) @ viewpoints
    trace, total = np.einsum("bkk->b", products)[:, None], products.sum(axis=(1, 2))[:, None]
    common = 1 + (k - 1) * c
    chances = -(n - 1) / 2 * ((k - 1) * np.log(1 - c) + np.log(common)) - (trace - total * c / common) / (2 * (1 - c))
    return np.asarray(c[(chances + rng.gumbel(size=chances.shape)).argmax(axis=1)])


def _latent(latent: FloatArray, expected: FloatArray, partition: Partition, rng: np.random.Generator) -> FloatArray:
    """Latent scores (B, n, m), every second column of the sorts at a time, between the scores in the columns beside it.

    Parameters
    ----------
    latent : ndarray of shape (B, n, m)
        Those of the sweep before.
    expected : ndarray of shape (B, m, n)
        Their means, centred in each sort, before the intercept of each person.
    partition : Partition
    rng : numpy.random.Generator
    """
    from scipy.special import ndtr, ndtri

    b, n, m = latent.shape
    intercept = rng.standard_normal((b, m, 1)) / np.sqrt(n)
    mean = np.take_along_axis(expected + intercept, partition.order, axis=2)
    scores = np.take_along_axis(latent.swapaxes(1, 2), partition.order, axis=2)
    low, high = np.full((2, b, m, len(partition.first)), np.inf)
    low = -low
    for parity in (0, 1):
        high[:, :, :-1] = np.minimum.reduceat(scores, partition.first, axis=2)[:, :, 1:]
        low[:, :, 1:] = np.maximum.reduceat(scores, partition.first, axis=2)[:, :, :-1]
        places = np.flatnonzero(partition.column % 2 == parity)
        centre, floor, ceiling = (x[:, :, w] for x, w in ((mean, places), (low, partition.column[places]), (high, partition.column[places])))
        below = ndtr(floor - centre)
        chance = below + (ndtr(ceiling - centre) - below) * rng.random(centre.shape)
        scores[:, :, places] = np.clip(ndtri(np.clip(chance, EDGE, 1 - EDGE)) + centre, floor, ceiling)
    return _by_statement(scores, partition)
