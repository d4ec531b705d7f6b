"""How often what is said of a study would be false, measured on studies like it.

The method is run on studies drawn from its own solution, in which the truth is the solution: how far differences between viewpoints stray there
says how far they may stray here. The procedure is a parametric bootstrap of the whole method.

References
----------
.. [1] Efron, B., & Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall. Parametric bootstrap.
.. [2] Brown, S. R. (1980). Political Subjectivity. Yale University Press. Standard errors of differences between factor scores.
.. [3] Davison, A. C., & Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge University Press. p-values from simulations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qmethod.calibration.leave_one_out import LeaveOneOut, leave_one_out
from qmethod.calibration.shared import Shared, shared
from qmethod.calibration.studies import draw, model
from qmethod.data import FloatArray
from qmethod.method import scores
from qmethod.resampling.resamples import plan
from qmethod.solution import QSolution

REPLICATES = 150
MANY = 200
"""Sorts up to which `REPLICATES` studies are drawn; of more, as many fewer as there are more sorts, but `FEWEST` at the least."""
FEWEST = 30
NEAR = 0.5
"""Two viewpoints that differ on a statement by less than this in z count as not different on it in the studies that are drawn."""
POINTS = 2000
"""At most so many quantiles of the errors are kept, close to one another at the upper end."""


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """How far differences stray from the truth in studies like the one at hand, in standard errors of a difference.

    Parameters
    ----------
    shares : ndarray of shape (q,)
        Rising, from 0 to 1.
    sizes : ndarray of shape (q,)
        That share of all errors is at most so large.
    count : int
        How many errors they are the quantiles of.
    """

    shares: FloatArray
    sizes: FloatArray
    count: int

    def critical(self, level: float) -> float:
        """What a difference must exceed to be false in the share `level` of the statements on which there is none.

        Examples
        --------
        >>> round(Errors(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 3.0]), 100).critical(0.25), 2)
        2.0
        """
        return float(np.interp(1 - level, self.shares, self.sizes))

    def p_values(self, ratio: FloatArray) -> FloatArray:
        """Share of the errors at least as large, counting the one at hand [3]_; NaN stays NaN."""
        below = np.interp(ratio, self.sizes, self.shares)
        return np.where(np.isnan(ratio), np.nan, (1 + self.count * (1 - below)) / (1 + self.count))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What studies like the one at hand say of it.

    Parameters
    ----------
    replicates : int
        Studies drawn.
    failed : int
        Those of them in which the method found no solution.
    seed : int
        Draws the same studies again.
    beyond : LeaveOneOut
    reliability : ndarray of shape (f,)
        Of each viewpoint's z-scores, by what its people have in common beyond their own sorts and the effective number of these.
    errors : Errors or None
        None where no two viewpoints could be compared.
    shared : Shared
    """

    replicates: int
    failed: int
    seed: int
    beyond: LeaveOneOut
    reliability: FloatArray
    errors: Errors | None
    shared: Shared


def calibrate(solution: QSolution, replicates: int | None = None, *, seed: int = 1, target: FloatArray | None = None) -> Calibration:
    """Draw studies like the one that was analysed, and analyse them in the same way.

    Parameters
    ----------
    solution : QSolution
    replicates : int, optional
        How many studies; by default 150, and fewer of more than 200 sorts.
    seed : int, default 1
    target : ndarray of shape (m, k), optional
        What the rotation aimed at, where it had a target.

    Returns
    -------
    Calibration

    Notes
    -----
    The studies are those of a parametric bootstrap [1]_: the viewpoints found are taken for the truth, each sort for one of its viewpoint with the
    loading that it has when it is left out, and everybody lays new sorts on their own places. A difference there is compared with that of the
    viewpoints it was drawn from, and divided by its standard error [2]_ from the observed correlations of its own defining sorts.
    """
    prepared = plan(solution, target)
    beyond = leave_one_out(solution, prepared)
    rng = np.random.default_rng(seed)
    count = replicates or max(min(REPLICATES, REPLICATES * MANY // solution.data.n_sorts), FEWEST)
    z = solution.scores.z_scores
    first, second = (np.array([pair[side] for pair in solution.contrasts.pairs], dtype=int) for side in (0, 1))
    true = z[:, first] - z[:, second]
    strayed, failed = [np.empty(0)], 0
    for drawn in draw(prepared, model(solution, beyond), count, rng) if len(first) else ():
        variance = 1 - drawn.reliability
        sed = np.sqrt(variance[:, first] + variance[:, second])
        scored = drawn.results.z_scores
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.abs(scored[:, :, first] - scored[:, :, second] - true) / sed[:, None, :]
        near = ratio[:, np.abs(true) < NEAR]
        strayed.append(near[np.isfinite(near)])
        failed += sum(bool(why) for why in drawn.results.failures)
    reliability = _reliability(beyond, solution)
    found = np.concatenate(strayed)
    return Calibration(
        replicates=count if len(first) else 0,
        failed=failed,
        seed=seed,
        beyond=beyond,
        reliability=reliability,
        errors=_quantiles(found) if found.size else None,
        shared=shared(z, reliability, rng),
    )


def _reliability(beyond: LeaveOneOut, solution: QSolution) -> FloatArray:
    policies = replace(solution.policies, reliability="observed")
    return scores.reliability(beyond.effective, beyond.correlation, policies)


def _quantiles(errors: FloatArray) -> Errors:
    """Errors as a table: half of its points spread evenly, half of them nearer and nearer to the largest."""
    points = min(POINTS, errors.size) // 2 + 1
    even = np.linspace(0, 1, points)
    upper = 1 - np.geomspace(1 / max(errors.size, 2), 0.5, points)
    shares = np.unique(np.concatenate([even, upper]))
    return Errors(shares, np.quantile(errors, shares), int(errors.size))
