"""Does a viewpoint exist beyond the sorts that made it? Each sort against the viewpoint of the others.

The sorts that define a viewpoint were chosen because they agree with it, so their correlations with one another are too high to tell how well it
would be met by other people. Here each sort is left out, everything is done again without it, and only then is it compared with the viewpoint. What
remains of the choice is which sorts count: even random sorts, of which some were chosen, agree a little with what the others of the choice make.

References
----------
.. [1] Kish, L. (1965). Survey Sampling. Wiley. The effective size of a weighted sample.
.. [2] Spearman, C. (1910). Correlation calculated from faulty data. British Journal of Psychology, 3(3), 271-295. How far a sum of p sorts agrees
   with what they have in common.
"""

from __future__ import annotations

import numpy as np

from qmethod.calibrated import LeaveOneOut
from qmethod.data import Array, FloatArray
from qmethod.method.correlation import standardise
from qmethod.method.tie_breaking import file_order
from qmethod.resampling.resamples import Plan, resample
from qmethod.solution import QSolution

ONE_BY_ONE = 200
"""Sorts up to which each is left out by itself. More are left out in groups, as many fewer as there are more sorts, but `FEWEST` at the least."""
ALONE = 60
"""The same where each analysis has to be done by itself."""
FEWEST = 20
LEAST = 0.03
"""The smallest mean correlation that is told of a viewpoint with defining sorts; what lies below cannot be told from nothing."""


def leave_one_out(solution: QSolution, plan: Plan) -> LeaveOneOut:
    """Compare each sort with the viewpoints that the others make without it.

    Parameters
    ----------
    solution : QSolution
    plan : Plan
        From `qmethod.resampling.resamples.plan`.

    Notes
    -----
    A sort correlates with a viewpoint of q others by sqrt(r) sqrt(q r / (1 + (q - 1) r)), where r is the mean correlation between two sorts of
    the viewpoint [2]_; r is found from it as the root of a quadratic. The effective number of sorts is (sum |w|)^2 / sum w^2 [1]_.
    """
    m = solution.data.n_sorts
    most = ONE_BY_ONE if plan.unit is not None else ALONE
    groups = np.arange(m)
    if m > most:
        groups[file_order(solution.data.sorts, solution.data.participants)] = np.arange(m) % max(most**2 // m, FEWEST)
    found = np.full((m, len(solution.factors)), np.nan)
    unit = np.nan_to_num(standardise(solution.data.sorts))
    several = np.unique(groups)
    for block in np.array_split(several, min(-(-m // most), len(several))):
        left_out = groups[None, :] == block[:, None]
        z = resample(plan, (~left_out).astype(int)).z_scores
        centred = z - z.mean(axis=1, keepdims=True)
        lengths = np.sqrt((centred**2).sum(axis=1, keepdims=True))
        with np.errstate(invalid="ignore", divide="ignore"):
            agree = unit.T @ (centred / lengths)
        for row, out in enumerate(left_out):
            found[out] = agree[row, out]
    signs = np.sign(solution.loadings)
    defining = solution.flags & ~np.isnan(found)
    n_defining = defining.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        agreement = np.where(defining, signs * found, 0.0).sum(axis=0) / n_defining
    weights = np.abs(solution.scores.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = weights.sum(axis=0) ** 2 / (weights**2).sum(axis=0)
    return LeaveOneOut(found, agreement, between_two(agreement, solution.flags.sum(axis=0) - 1), effective)


def between_two(agreement: FloatArray, others: Array) -> FloatArray:
    """The mean correlation between two sorts that makes one of them agree so far with the viewpoint of so many others.

    Parameters
    ----------
    agreement : ndarray of shape (f,)
    others : ndarray of int, shape (f,)
        How many sorts the viewpoint rests on without the one; 0 counts as 1.

    Examples
    --------
    >>> between_two(np.array([0.5]), np.array([1])).round(3)
    array([0.5])
    """
    q, square = np.maximum(others, 1), np.maximum(agreement, 0.0) ** 2
    root = (square * (q - 1) + np.sqrt(square**2 * (q - 1) ** 2 + 4 * q * square)) / (2 * q)
    return np.asarray(np.clip(root, LEAST, 1.0))
