"""How often what is said of a study would be false, measured on studies like it.

The method is run on studies drawn from its own solution, in which the truth is the solution: how far differences between viewpoints stray there
says how far they may stray here. The procedure is a parametric bootstrap of the whole method.

References
----------
.. [1] Efron, B., & Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall. Parametric bootstrap.
.. [2] Brown, S. R. (1980). Political Subjectivity. Yale University Press. Standard errors of differences between factor scores.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qmethod import checks
from qmethod.calibrated import Calibration, Errors, LeaveOneOut
from qmethod.calibration.leave_one_out import leave_one_out
from qmethod.calibration.places import places
from qmethod.calibration.shared import shared
from qmethod.calibration.studies import draw, model
from qmethod.data import Array, FloatArray
from qmethod.matching.congruence import FAIR
from qmethod.method import scores
from qmethod.method.tie_breaking import file_order
from qmethod.policies import FEWEST_STUDIES, Correlation, Extracting, Policies, Rotating
from qmethod.resampling.resamples import check_target, plan
from qmethod.seeds import Rng, generator
from qmethod.solution import QSolution
from qmethod.threads import one_thread

MANY = 200
"""Sorts up to which as many studies are drawn as the policy says; of more, as many fewer as there are more sorts, but `FEWEST_STUDIES` at least."""
ONE_BY_ONE = 30
"""Studies that are drawn at most where each has to be analysed by itself: other extractions and rotations than principal components and orthomax."""
EXTRACTION: dict[str, Extracting] = {"ml": "paf", "minres": "paf", "horst": "centroid"}
ROTATION: dict[str, Rotating] = {"oblimin": "promax"}
"""What stands in for an extraction or rotation in the studies that are drawn, where the method itself is slow; of more than `MANY` sorts principal
components do for every extraction, and Spearman's correlation for Kendall's."""
NEAR = 0.5
"""Two viewpoints that differ on a statement by less than this in z count as not different on it in the studies that are drawn."""
DIGITS = 9
"""Of the figures that studies are drawn from: what lies behind them is rounding, which hangs on the order of the file."""
POINTS = 400
"""At most so many quantiles of the errors are kept, close to one another at the upper end."""


@one_thread()
def calibrate(solution: QSolution, n_replicates: int | None = None, *, rng: Rng = None, target: FloatArray | None = None) -> Calibration:
    """Draw studies like the one that was analysed, analyse them in the same way, and see how far they stray.

    Parameters
    ----------
    solution : QSolution
    n_replicates : int, optional
        How many studies. By default as many as policy `calibration_studies` says; of more than 200 sorts as many fewer as there are more sorts, but
        at least 10; and at most 30 where studies cannot be analysed together, which takes principal components and an orthomax rotation.
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
        For a number of studies that cannot be, and a target that is missing, not called for or of another shape.

    Notes
    -----
    The studies are those of a parametric bootstrap (Efron & Tibshirani, 1993): the viewpoints found are taken for the truth, each sort for one of
    its viewpoint with the loading that such sorts have when they are left out, and everybody lays new sorts on their own places. A difference
    there is compared with that of the viewpoints it was drawn from, on statements on which these differ by less than .5, and divided by its
    standard error (Brown, 1980), with the reliability that the policy of that name says. How closely z-scores there follow those they were drawn
    from says how sure viewpoints, places and what all share are. Maximum likelihood and minimum residuals are stood in for
    by principal axes, Horst's centroid by Brown's, and oblimin by promax; of more than 200 sorts, all extractions by principal components and
    Kendall's correlation by Spearman's.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(60)), 3)
    >>> found = qmethod.calibrate(solution, 60, rng=1)
    >>> found.errors.critical(0.05) > 1.96
    True
    >>> list(found.to_frame("viewpoints", backend="pandas").columns)
    ['viewpoint', 'n_defining_effective', 'agreement', 'correlation', 'reliability', 'recovery', 'matched']
    """
    checks.instance("solution", solution, QSolution, checks.SOLUTION)
    if n_replicates is not None:
        n_replicates = checks.whole("n_replicates", n_replicates, 1)
    target = None if target is None else checks.table("target", target, gaps=True)
    check_target(solution, target)
    chance, seed = generator(rng)
    order = file_order(solution.data.sorts, solution.data.participants)
    given, solution = solution, _in_order(solution, order)
    target = None if target is None else target[order]
    prepared = plan(replace(solution, policies=quick(solution.policies, solution.data.n_sorts)), target)
    beyond = leave_one_out(solution, prepared)
    count = n_replicates or _usual(solution, together=prepared.unit is not None)
    z = solution.scores.z_scores
    first, second = (np.array([pair[side] for pair in solution.contrasts.pairs], dtype=int) for side in (0, 1))
    true = z[:, first] - z[:, second]
    strayed, again, failed = [np.empty(0)], [], 0
    for drawn in draw(prepared, model(solution, beyond), count, chance):
        variance = np.maximum(1 - drawn.reliability, scores.LEAST_ERROR)
        sed = np.sqrt(variance[:, first] + variance[:, second])
        scored = drawn.results.z_scores
        again.append(scored)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.abs(scored[:, :, first] - scored[:, :, second] - true) / sed[:, None, :]
        near = ratio[:, np.abs(true) < NEAR]
        strayed.append(near[np.isfinite(near)])
        failed += sum(bool(why) for why in drawn.results.failures)
    reliability = _reliability(beyond, solution)
    met = np.concatenate(again)
    correlations = np.where(np.isnan(reliability), np.nan, _correlations(met, z))
    recovery = _mean(correlations) ** 2
    found = np.concatenate(strayed)
    return Calibration(
        statements=given.data.statements,
        labels=solution.labels,
        n_replicates=int(count),
        n_failed=failed,
        seed=seed,
        beyond=replace(beyond, sorts=_put_back(beyond.sorts, order)),
        reliability=reliability,
        recovery=recovery,
        matched=np.where(np.isnan(reliability), np.nan, (correlations >= FAIR).mean(axis=0)),
        errors=_quantiles(found) if found.size else None,
        shared=shared(z, recovery, chance),
        places=places(z, recovery, _errors(met, z, recovery), solution.scores.grid, chance),
    )


def _in_order(solution: QSolution, order: Array) -> QSolution:
    """The solution with its sorts in an order that the file has no part in, and without what rounding makes of another one."""

    def tidy(values: FloatArray) -> FloatArray:
        return np.round(values, DIGITS)

    return replace(
        solution,
        data=solution.data.keep(order.tolist()),
        rotation=replace(solution.rotation, loadings=tidy(solution.rotation.loadings[order])),
        loadings=tidy(solution.loadings[order]),
        flags=solution.flags[order],
        scores=replace(solution.scores, z_scores=tidy(solution.scores.z_scores), weights=tidy(solution.scores.weights[order])),
    )


def _put_back(values: FloatArray, order: Array) -> FloatArray:
    found = np.empty_like(values)
    found[order] = values
    return found


def quick(policies: Policies, n_sorts: int) -> Policies:
    """The policies under which studies drawn from a solution are analysed: its own, but for those that take too long to be repeated.

    Maximum likelihood and minimum residuals are stood in for by principal axes, which fit the same model, Horst's centroid by Brown's, and oblimin
    by promax; of more than `MANY` sorts, every extraction by principal components and Kendall's correlation by Spearman's.

    Parameters
    ----------
    policies : Policies
        Of the solution.
    n_sorts : int
        How many sorts it has.
    """
    rotation = ROTATION.get(policies.rotation, policies.rotation)
    if n_sorts <= MANY:
        return replace(policies, extraction=EXTRACTION.get(policies.extraction, policies.extraction), rotation=rotation)
    correlation: Correlation = "spearman" if policies.correlation == "kendall" else policies.correlation
    return replace(policies, extraction="pca", rotation=rotation, correlation=correlation)


def _usual(solution: QSolution, *, together: bool) -> int:
    """How many studies to draw where no number is asked for."""
    wanted = solution.policies.calibration_studies
    many = max(wanted * MANY // solution.data.n_sorts, FEWEST_STUDIES)
    return min(many, wanted) if together else min(many, wanted, ONE_BY_ONE)


def _reliability(beyond: LeaveOneOut, solution: QSolution) -> FloatArray:
    policies = replace(solution.policies, reliability="observed")
    return scores.reliability(beyond.effective, beyond.correlation, policies)


def _correlations(scored: FloatArray, true: FloatArray) -> FloatArray:
    """Of viewpoints in studies drawn, (b, n, f), with those they were drawn from, (n, f); NaN where one has no scores."""
    here, there = scored - scored.mean(axis=1, keepdims=True), true - true.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((here * there).sum(axis=1) / np.sqrt((here**2).sum(axis=1) * (there**2).sum(axis=0)))


def _mean(correlations: FloatArray) -> FloatArray:
    """Over studies, of those that have the viewpoint; none below 0. NaN where none has it."""
    there = ~np.isnan(correlations)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.maximum(np.where(there, correlations, 0.0).sum(axis=0) / there.sum(axis=0), 0.0))


def _errors(scored: FloatArray, true: FloatArray, recovery: FloatArray) -> FloatArray:
    """Mean square by which z-scores stray, over the studies that have the viewpoint, from those they were drawn from times the root of `recovery`."""
    there = np.isfinite(scored)
    with np.errstate(invalid="ignore", divide="ignore"):
        strayed = np.where(there, scored - np.sqrt(recovery) * true, 0.0)
        return np.asarray((strayed**2).sum(axis=0) / there.sum(axis=0))


def _quantiles(errors: FloatArray) -> Errors:
    """Errors as a table: half of its points spread evenly, half of them nearer and nearer to the largest."""
    points = min(POINTS, errors.size) // 2 + 1
    even = np.linspace(0, 1, points)
    upper = 1 - np.geomspace(1 / max(errors.size, 2), 0.5, points)
    shares = np.unique(np.concatenate([even, upper]))
    return Errors(shares, np.quantile(errors, shares), int(errors.size))
