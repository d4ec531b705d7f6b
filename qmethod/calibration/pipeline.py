"""From sorts to a solution that knows its own errors: the method, and what studies drawn from its result say of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.calibrated import Calibration
from qmethod.calibration.calibrate import calibrate
from qmethod.data import Array
from qmethod.manual_flag import ManualFlag
from qmethod.method import pipeline, scores
from qmethod.method.contrasts import contrast
from qmethod.method.pipeline import Progress
from qmethod.notice import Notice
from qmethod.policies import Policies, PolicyChoices, Preset
from qmethod.solution import QSolution
from qmethod.taken import Given, as_data

NOT_CALIBRATED = "not-calibrated"
LEVEL = 0.05


def analyse(
    data: Given,
    n_factors: int,
    *,
    preset: Preset = "standard",
    policies: Policies | None = None,
    rotations: Sequence[tuple[int, int, float]] = (),
    flags: Sequence[ManualFlag] = (),
    target: npt.ArrayLike | None = None,
    progress: Progress | None = None,
    **choices: Unpack[PolicyChoices],
) -> QSolution:
    """Factor the people of a Q study and score the statements.

    Parameters
    ----------
    data : QData, path, data frame, or array_like of shape (n_statements, n_sorts)
        Sorts; integers of any width, or floats with NaN for missing placements. A path is read as `qmethod.read` reads it without arguments,
        a frame as `QData.from_frame` does.
    n_factors : int
        How many factors to extract, at least 1.
    preset : {'standard', 'qmethod-r', 'kade'}
        Where the policies start from.
    policies : Policies, optional
        All policies at once, instead of `preset` and single ones.
    rotations : sequence of (int, int, float), optional
        Rotations by hand after the policy's rotation: two factors, counted from 1 in the order the solution has without them, and degrees.
        Their order and direction before them are settled by policy; afterwards factors are only reflected, never reordered.
    flags : sequence of ManualFlag, optional
        Defining sorts named or removed by hand.
    target : array_like of shape (n_sorts, n_factors), optional
        For ``rotation="target"``; NaN where a loading is free.
    progress : callable, optional
        Called with the name of each step as it begins.
    **choices
        Single policies, for example ``extraction="centroid"``; `qmethod.PolicyChoices` lists them, `qmethod.describe` explains them.

    Returns
    -------
    QSolution

    Raises
    ------
    DataError
        If the sorts cannot be analysed; names participants and statements.
    PolicyError
        For a policy that does not exist or does not fit.

    Notes
    -----
    Studies are drawn from the solution itself and analysed like it, see `qmethod.calibrate`; what they say is the result's `calibration`. Unless
    policy `contrast_errors` says otherwise they decide which differences between viewpoints count. ``calibration_studies=0`` with
    ``contrast_errors="normal"`` does without.

    Examples
    --------
    >>> import numpy as np, qmethod
    >>> rng = np.random.default_rng(1)
    >>> sorts = rng.permuted(np.repeat([-2, -1, 0, 1, 2], [1, 2, 3, 2, 1]).repeat(6).reshape(9, 6), axis=0)
    >>> qmethod.analyse(sorts, 2).loadings.shape
    (6, 2)
    """
    chosen, n_factors = pipeline.settle(n_factors, preset, policies, choices)
    flags = checks.several("flags", flags, "manual flags, `qmethod.ManualFlag`")
    for flag in flags:
        checks.instance("flags", flag, ManualFlag, "a list of manual flags, `qmethod.ManualFlag`")
    rotations = checks.several("rotations", rotations, "triples: first factor, second factor, degrees")
    wanted = None if target is None else checks.table("target", target, gaps=True)
    checks.calls("progress", progress)
    whole = as_data(data, "data")
    solution = pipeline.solve(whole, n_factors, chosen, rotations, flags, wanted, progress)
    if not chosen.calibration_studies:
        return solution
    if progress:
        progress("drawing studies like this one")
    goal = None if wanted is None else pipeline.kept_target(wanted, whole, solution.data)
    return calibrated(solution, calibrate(solution, rng=chosen.calibration_seed, target=goal))


def calibrated(solution: QSolution, found: Calibration) -> QSolution:
    """The solution with what studies drawn from it say, by which its viewpoints are compared where policy `contrast_errors` says so.

    Parameters
    ----------
    solution : QSolution
        As `qmethod.method.pipeline.solve` gives it.
    found : Calibration
    """
    if solution.policies.contrast_errors == "normal":
        return replace(solution, calibration=found)
    composites = scores.compose(solution.data.sorts, solution.scores.weights, solution.policies)
    c = solution.characteristics
    contrasts = contrast(solution.scores.z_scores, c.standard_errors, composites, c.n_defining, solution.policies, found.errors)
    return replace(solution, contrasts=contrasts, calibration=found, notices=(*solution.notices, *_told(solution, found)))


def differing(solution: QSolution) -> Array:
    """Which statements any two viewpoints place apart by more than chance gives in studies drawn from the solution, whatever the policy.

    Parameters
    ----------
    solution : QSolution

    Returns
    -------
    ndarray of bool, shape (n, f, f)
        At .05. False throughout where no studies were drawn, and for a viewpoint that is not compared, see `compared`.
    """
    n, f = solution.scores.z_scores.shape
    differs: Array = np.zeros((n, f, f), dtype=bool)
    known = compared(solution)
    if solution.calibration is None or solution.calibration.errors is None:
        return differs
    critical = solution.calibration.errors.critical(LEVEL)
    for p, (a, b) in enumerate(solution.contrasts.pairs):
        if known[a, b]:
            apart = np.abs(solution.contrasts.differences[:, p]) > critical * solution.contrasts.sed[a, b]
            differs[:, a, b] = differs[:, b, a] = apart
    return differs


def compared(solution: QSolution) -> Array:
    """Of which two viewpoints it is known how far chance sets them apart, shape (f, f): of none where no studies were drawn from the solution.

    Parameters
    ----------
    solution : QSolution
    """
    known: Array = np.isfinite(solution.contrasts.sed) & ~np.eye(len(solution.labels), dtype=bool)
    drawn = solution.calibration is not None and solution.calibration.errors is not None
    return known if drawn else np.zeros_like(known)


def beyond_chance(solution: QSolution) -> Array:
    """Which statements differ between a viewpoint and all others by more than chance gives in studies drawn from the solution, see `differing`.

    Parameters
    ----------
    solution : QSolution

    Returns
    -------
    ndarray of bool, shape (n, f)
        At .05; False throughout where no studies were drawn.
    """
    differs, known = differing(solution), compared(solution)
    apart = (differs | ~known).all(axis=2) & known.any(axis=1)
    return np.asarray(apart)


def _told(solution: QSolution, found: Calibration) -> list[Notice]:
    """What is to be known of the comparisons."""
    if found.errors is not None or not np.isfinite(solution.contrasts.p_values).any():
        return []
    return [
        Notice(
            NOT_CALIBRATED,
            "No error could be measured in studies drawn from this solution: differences between viewpoints are judged by the normal distribution, "
            "which finds too many.",
        )
    ]
