"""On what do viewpoints agree, and how closely? A bound for how far they are apart, and the probability that they are close.

Not finding a difference is no sign of agreement: few or scattered sorts find none anywhere. So the true scores of the viewpoints on a statement are
estimated, by empirical Bayes, from what is found, how far viewpoints differ on the statements of this study at all, and how sure each is.

References
----------
.. [1] Stephens, M. (2017). False discovery rates: a new deal. Biostatistics, 18(2), 275-294. A mixture of normals of fixed spreads as the prior,
   its shares estimated from the data.
"""

from __future__ import annotations

import numpy as np

from qmethod.calibrated import Shared
from qmethod.data import FloatArray

DRAWS = 500
"""Draws from the posterior of each statement, for each spread."""
SPREADS = (1e-3, 0.45, 0.9, 1.8)
"""Variances of viewpoints about what they have in common, each held by some of the statements: next to none, and from little to twice as much as is
left to a viewpoint on average. More of them between none and little make viewpoints look closer than they are."""
PRIOR = 2.0
"""Statements added to each spread, so that few statements do not rule one out, nor make one certain."""
STEPS = 200
LEAST = 0.05
"""The smallest squared correlation with the truth that is reckoned with, and the smallest variance of what viewpoints have in common."""
SHRUNK = 1e-4
APART = 0.3
"""The smallest variance of viewpoints about what they have in common, from which the latter is found."""
MOST = 0.9
"""The largest variance of what viewpoints have in common that is reckoned with."""
FOUND = 0.3
"""The squared correlation with the truth from which a viewpoint is taken to be there. One with less may be none at all, or be found the wrong way
round: the less it has, the less it is reckoned to have in common with the others."""


def shared(z_scores: FloatArray, recovery: FloatArray, rng: np.random.Generator, level: float = 0.95, margin: float = 1.0) -> Shared:
    """Bound the range of the viewpoints on each statement.

    Parameters
    ----------
    z_scores : ndarray of shape (n, f)
    recovery : ndarray of shape (f,)
        Squared correlation of the z-scores with the true ones.
    rng : numpy.random.Generator
    level : float, default 0.95
    margin : float, default 1.0

    Notes
    -----
    The score of viewpoint j on a statement is taken as mu + delta_j, both normal. The variance of mu is what the statements of the study show beyond
    error, and that of delta_j a mixture about what is left of 1, its shares estimated from the statements [1]_. The z-score found is the true one
    times the root of `recovery` plus an error of variance 1 - recovery.
    """
    n = len(z_scores)
    there = np.flatnonzero(~np.isnan(z_scores).any(axis=0) & np.isfinite(recovery))
    k = len(there)
    if k < 2:
        unknown = np.full(n, np.nan)
        return Shared(unknown, unknown, unknown, unknown, level, margin)
    kept = np.clip(recovery[there], LEAST, 1 - SHRUNK)
    true, error = z_scores[:, there] / np.sqrt(kept), (1 - kept) / kept
    mean = (true / error).sum(axis=1) / (1 / error).sum()
    about = max(float(true.var(axis=1, ddof=1).mean() - error.mean()), APART)
    common = min(max(float(mean.var() - 1 / (1 / error).sum() - about / k), LEAST), MOST)
    there_at_all = np.minimum(kept / FOUND, 1.0)
    shared_by = common * (np.outer(there_at_all, there_at_all) + np.diag(1 - there_at_all**2))
    within = shared_by + (1 - common) * np.array(SPREADS)[:, None, None] * np.eye(k)
    weights = _weights(true, within + np.diag(error))
    posterior = np.linalg.inv(np.linalg.inv(within) + np.diag(1 / error))
    centre = (true / error) @ posterior
    noise = np.moveaxis(rng.standard_normal((DRAWS, k)) @ np.linalg.cholesky(posterior).swapaxes(1, 2), 2, 0).copy()
    bound, close, above, below = (np.empty(n) for _ in range(4))
    for i in range(n):
        placed = noise + centre[:, i].T[:, :, None]  # a viewpoint after the other, so that the range is one of whole tables
        highest, lowest = np.maximum.reduce(placed), np.minimum.reduce(placed)
        ranges = highest - lowest
        order = np.argsort(ranges, axis=None)
        mass = np.cumsum(np.repeat(weights[i] / DRAWS, DRAWS)[order])
        bound[i] = ranges.flat[order[min(int(np.searchsorted(mass, level)), order.size - 1)]]
        close[i], above[i], below[i] = (weights[i] @ here.mean(axis=1) for here in (ranges < margin, lowest > 0, highest < 0))
    return Shared(bound, close, above, below, level, margin)


def _weights(true: FloatArray, covariances: FloatArray) -> FloatArray:
    """How likely each spread is for each statement, shape (n, s), with their shares among the statements found by expectation and maximisation."""
    likelihood = np.empty((len(true), len(covariances)))
    for s, covariance in enumerate(covariances):
        root = np.linalg.cholesky(covariance)
        away = np.linalg.solve(root, true.T)
        likelihood[:, s] = -0.5 * (away**2).sum(axis=0) - np.log(np.diag(root)).sum()
    likelihood = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    shares = np.full(len(covariances), 1 / len(covariances))
    for _ in range(STEPS):
        each = likelihood * shares
        each /= each.sum(axis=1, keepdims=True)
        shares = (each.sum(axis=0) + PRIOR) / (len(true) + PRIOR * len(shares))
    each = likelihood * shares
    return np.asarray(each / each.sum(axis=1, keepdims=True))
