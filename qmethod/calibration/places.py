"""Where in its array does a statement belong? How likely each place is, given how near viewpoints come to the truth in studies like the one at hand.

References
----------
.. [1] Lindley, D. V., & Smith, A. F. M. (1972). Bayes estimates for the linear model. Journal of the Royal Statistical Society B, 34(1), 1-41.
   The posterior of normal means.
.. [2] Diaconis, P. (2009). The Markov chain Monte Carlo revolution. Bulletin of the American Mathematical Society, 46(2), 179-205. Permutations
   drawn by exchanging two of their places at a time.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from qmethod.calibrated import Places
from qmethod.calibration.shared import LEAST
from qmethod.data import Array, FloatArray
from qmethod.grid import Grid

DRAWS = 500
"""Arrays drawn for each viewpoint."""
ROUNDS = 40
"""How often half of the statements may change places with the other half, two by two."""
LEFT = 1e-9
"""What is left to error at the least."""
STEADIEST = 0.3
"""The smallest error of a statement, as a share of the mean one: what a curve through the errors gives beyond it is not believed."""


def places(z_scores: FloatArray, recovery: FloatArray, errors: FloatArray, grid: Grid, rng: np.random.Generator, level: float = 0.95) -> Places:
    """Draw arrays that may be the true ones.

    Parameters
    ----------
    z_scores : ndarray of shape (n, f)
    recovery : ndarray of shape (f,)
        Squared correlation of the z-scores with the true ones.
    errors : ndarray of shape (n, f)
        Mean square by which the z-score of a statement strays, in studies drawn, from the one that it was drawn from times the root of `recovery`.
    grid : Grid
        Of the arrays.
    rng : numpy.random.Generator
    level : float, default 0.95

    Notes
    -----
    A viewpoint is an order of the statements, whose true scores are the expected values of n ordered normal numbers. The z-score found of a statement
    with the true score t is normal about c t, where c is the root of `recovery`, with a variance that falls or grows with t^2 as the errors of the
    studies drawn do, and is 1 - c^2 on average. Every order is as likely beforehand. Orders are drawn by exchanging two statements at a time, with
    the odds of the two orders [2]_, beginning from orders of scores that are normal about c z [1]_, and laid out on the grid. The interval leaves
    out at each end no more than half of what `level` leaves.
    """
    n, f = z_scores.shape
    values, slots = np.array(grid.values, dtype=float), np.repeat(np.arange(len(grid.values)), grid.counts)
    low, high, probability = np.full((n, f), np.nan), np.full((n, f), np.nan), np.full((n, f, len(values)), np.nan)
    scores = ordered_scores(n)
    for j in range(f):
        square = float(recovery[j])
        if np.isnan(z_scores[:, j]).any() or np.isnan(square):
            continue
        square = min(max(square, LEAST), 1 - LEFT)
        drawn = np.sqrt(square) * z_scores[:, j] + np.sqrt(1 - square) * rng.standard_normal((DRAWS, n))
        spread = _spread(z_scores[:, j], errors[:, j], scores) * (1 - square)
        fit = -((z_scores[:, j, None] - np.sqrt(square) * scores) ** 2) / (2 * spread)
        columns = slots[_exchanged(fit, drawn.argsort(axis=1).argsort(axis=1), rng)]
        counts = np.stack([(columns == g).sum(axis=0) for g in range(len(values))], axis=1)
        probability[:, j] = counts / DRAWS
        upto, most = counts.cumsum(axis=1), round(DRAWS * (1 - level) / 2, 9)
        low[:, j] = values[(upto > most).argmax(axis=1)]
        high[:, j] = values[(upto >= DRAWS - most).argmax(axis=1)]
    return Places(values, low, high, probability, level)


def ordered_scores(n: int) -> FloatArray:
    """Expected values of n ordered normal numbers (Blom's approximation), mean 0 and mean square 1; shape (n,)."""
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((i - 0.375) / (n + 0.25)) for i in range(1, n + 1)])
    return np.asarray(scores / np.sqrt((scores**2).mean()))


def _spread(z: FloatArray, errors: FloatArray, scores: FloatArray) -> FloatArray:
    """Error of each true score, on average 1: a line through the errors of statements over the squares of their z-scores."""
    known = np.isfinite(errors)
    if known.sum() < 2 or np.ptp(z[known] ** 2) == 0:
        return np.ones(len(scores))
    slope, level = np.polyfit(z[known] ** 2, errors[known], 1)
    found = level + slope * scores**2
    mean = max(float(found.mean()), LEFT)
    found = np.maximum(found, STEADIEST * mean)
    return np.asarray(found / found.mean())


def _exchanged(fit: FloatArray, ranks: Array, rng: np.random.Generator) -> Array:
    """Ranks of statements in orders drawn by how well each statement fits each rank, shape (n, n); both of shape (b, n)."""
    b, n = ranks.shape
    half = n // 2
    fits, drawn = fit.ravel(), np.ascontiguousarray(ranks.T)
    for _ in range(ROUNDS):
        mixed = rng.permutation(n)
        first, second = mixed[:half], mixed[half : 2 * half]
        here, there = drawn[first], drawn[second]
        one, other = n * first[:, None], n * second[:, None]  # where the fits of a statement begin
        gain = fits.take(one + there) + fits.take(other + here) - fits.take(one + here) - fits.take(other + there)
        swap = gain > rng.logistic(size=(b, half)).T
        drawn[first], drawn[second] = np.where(swap, there, here), np.where(swap, here, there)
    return drawn.T
