"""Where in its array does a statement belong? How likely each place is, given how near viewpoints come to the truth in studies like the one at hand.

References
----------
.. [1] Lindley, D. V., & Smith, A. F. M. (1972). Bayes estimates for the linear model. Journal of the Royal Statistical Society B, 34(1), 1-41.
   The posterior of normal means.
"""

from __future__ import annotations

import numpy as np

from qmethod.calibrated import Places
from qmethod.calibration.shared import LEAST
from qmethod.data import FloatArray, Grid

DRAWS = 1000
"""Arrays drawn for each viewpoint."""


def places(z_scores: FloatArray, recovery: FloatArray, grid: Grid, rng: np.random.Generator, level: float = 0.95) -> Places:
    """Draw arrays that may be the true ones.

    Parameters
    ----------
    z_scores : ndarray of shape (n, f)
    recovery : ndarray of shape (f,)
        Squared correlation of the z-scores with the true ones.
    grid : Grid
        Of the arrays.
    rng : numpy.random.Generator
    level : float, default 0.95

    Notes
    -----
    With standardised scores, found and true, that correlate by c, the true score of a statement found at z is normal about c z with variance
    1 - c^2 [1]_. Statements are laid out on the grid in the order of scores drawn so. The interval leaves out at each end no more than half of
    what `level` leaves.
    """
    n, f = z_scores.shape
    values, slots = np.array(grid.values, dtype=float), np.repeat(np.arange(len(grid.values)), grid.counts)
    low, high, probability = np.full((n, f), np.nan), np.full((n, f), np.nan), np.full((n, f, len(values)), np.nan)
    for j in range(f):
        square = float(recovery[j])
        if np.isnan(z_scores[:, j]).any() or np.isnan(square):
            continue
        square = min(max(square, LEAST), 1.0)
        drawn = np.sqrt(square) * z_scores[:, j] + np.sqrt(1 - square) * rng.standard_normal((DRAWS, n))
        columns = np.empty((DRAWS, n), dtype=np.intp)
        np.put_along_axis(columns, drawn.argsort(axis=1), np.broadcast_to(slots, (DRAWS, n)), axis=1)
        counts = np.stack([(columns == g).sum(axis=0) for g in range(len(values))], axis=1)
        probability[:, j] = counts / DRAWS
        upto, most = counts.cumsum(axis=1), round(DRAWS * (1 - level) / 2, 9)
        low[:, j] = values[(upto > most).argmax(axis=1)]
        high[:, j] = values[(upto >= DRAWS - most).argmax(axis=1)]
    return Places(values, low, high, probability, level)
