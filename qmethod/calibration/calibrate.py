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

import textwrap
from dataclasses import dataclass, replace

import numpy as np

from qmethod import checks, shown
from qmethod.brief import WIDTH, brief
from qmethod.calibration.leave_one_out import LeaveOneOut, leave_one_out
from qmethod.calibration.shared import Shared, shared
from qmethod.calibration.studies import draw, model
from qmethod.data import FloatArray
from qmethod.given import ReadOnly
from qmethod.method import scores
from qmethod.resampling.resamples import plan
from qmethod.seeds import Rng, generator
from qmethod.solution import QSolution
from qmethod.wording import counted

REPLICATES = 150
MANY = 200
"""Sorts up to which `REPLICATES` studies are drawn; of more, as many fewer as there are more sorts, but `FEWEST` at the least."""
FEWEST = 30
NEAR = 0.5
"""Two viewpoints that differ on a statement by less than this in z count as not different on it in the studies that are drawn."""
LIKELY = 0.8
POINTS = 2000
"""At most so many quantiles of the errors are kept, close to one another at the upper end."""


@dataclass(frozen=True, slots=True, eq=False)
class Errors(ReadOnly):
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

    __repr__ = brief

    def critical(self, level: float) -> float:
        """What a difference must exceed to be false in the share `level` of the statements on which there is none.

        Examples
        --------
        >>> round(Errors(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 3.0]), 100).critical(0.25), 2)
        2.0
        """
        return float(np.interp(1 - level, self.shares, self.sizes))

    def p_values(self, ratio: FloatArray) -> FloatArray:
        """Share of the errors at least as large, counting the one at hand (Davison & Hinkley, 1997); NaN stays NaN."""
        below = np.interp(ratio, self.sizes, self.shares)
        return np.where(np.isnan(ratio), np.nan, (1 + self.count * (1 - below)) / (1 + self.count))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration(ReadOnly):
    """What studies like the one at hand say of it.

    Parameters
    ----------
    statements, labels : tuple of str
        Ids of the n statements and labels of the f viewpoints.
    n_replicates : int
        Studies drawn; 0 where no two viewpoints could be compared.
    n_failed : int
        Those of them in which the method found no solution.
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    beyond : LeaveOneOut
        What each viewpoint is beyond the sorts that made it.
    reliability : ndarray of shape (f,)
        Of each viewpoint's z-scores, by what its people have in common beyond their own sorts and the effective number of these.
    errors : Errors or None
        How far differences between viewpoints stray; None where no two could be compared.
    shared : Shared
        How closely viewpoints agree on each statement.
    """

    statements: tuple[str, ...]
    labels: tuple[str, ...]
    n_replicates: int
    n_failed: int
    seed: int | None
    beyond: LeaveOneOut
    reliability: FloatArray
    errors: Errors | None
    shared: Shared

    __repr__ = brief
    to_frame = shown.to_frame

    def _said(self) -> list[str]:
        agreed = ", ".join(f"{label} {value:.2f}" for label, value in zip(self.labels, self.beyond.agreement.tolist(), strict=True))
        lines = [
            f"{self.n_replicates} {'study' if self.n_replicates == 1 else 'studies'} drawn, seed {'not known' if self.seed is None else self.seed}"
        ]
        lines += textwrap.wrap(f"agreement with sorts left out: {agreed}", WIDTH - 2)[:5]
        if self.errors is not None:
            at = [self.errors.critical(level) for level in (0.05, 0.01)]
            likely = int((self.shared.within >= LIKELY).sum())
            statements = counted(len(self.statements), "statement")
            lines.append(f"a difference counts from {at[0]:.2f} standard errors on (.05), {at[1]:.2f} (.01)")
            lines.append(f"all lie within {self.shared.margin:g} with p >= {LIKELY:g} on {likely} of {statements}")
        return lines


def calibrate(solution: QSolution, n_replicates: int | None = None, *, rng: Rng = None, target: FloatArray | None = None) -> Calibration:
    """Draw studies like the one that was analysed, analyse them in the same way, and see how far they stray.

    Parameters
    ----------
    solution : QSolution
    n_replicates : int, optional
        How many studies; by default 150, and of more than 200 sorts as many fewer as there are more sorts, but at least 30.
    rng : int or numpy.random.Generator, optional
        Where chance comes from: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.
    target : ndarray of shape (m, k), optional
        What the rotation aimed at, where it had a target.

    Returns
    -------
    Calibration

    Raises
    ------
    PolicyError
        For a number of studies that cannot be.

    Notes
    -----
    The studies are those of a parametric bootstrap (Efron & Tibshirani, 1993): the viewpoints found are taken for the truth, each sort for one of
    its viewpoint with the loading that such sorts have when they are left out, and everybody lays new sorts on their own places. A difference
    there is compared with that of the viewpoints it was drawn from, on statements on which these differ by less than .5, and divided by its
    standard error (Brown, 1980) from the observed correlations of its own defining sorts.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(60)), 3)
    >>> found = qmethod.calibrate(solution, 60, rng=1)
    >>> found.errors.critical(0.05) > 1.96
    True
    >>> list(found.to_frame("viewpoints", backend="pandas").columns)
    ['viewpoint', 'n_defining_effective', 'agreement', 'correlation', 'reliability']
    """
    checks.instance("solution", solution, QSolution, checks.SOLUTION)
    if n_replicates is not None:
        n_replicates = checks.whole("n_replicates", n_replicates, 1)
    target = None if target is None else checks.table("target", target, gaps=True)
    chance, seed = generator(rng)
    prepared = plan(solution, target)
    beyond = leave_one_out(solution, prepared)
    count = n_replicates or max(min(REPLICATES, REPLICATES * MANY // solution.data.n_sorts), FEWEST)
    z = solution.scores.z_scores
    first, second = (np.array([pair[side] for pair in solution.contrasts.pairs], dtype=int) for side in (0, 1))
    true = z[:, first] - z[:, second]
    strayed, failed = [np.empty(0)], 0
    for drawn in draw(prepared, model(solution, beyond), count, chance) if len(first) else ():
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
        statements=solution.data.statements,
        labels=solution.labels,
        n_replicates=int(count) if len(first) else 0,
        n_failed=failed,
        seed=seed,
        beyond=beyond,
        reliability=reliability,
        errors=_quantiles(found) if found.size else None,
        shared=shared(z, reliability, chance),
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
