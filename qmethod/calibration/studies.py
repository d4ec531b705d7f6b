"""Studies like the one at hand: the same people and statements, with sorts drawn anew from the viewpoints that were found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from qmethod.brief import brief
from qmethod.calibrated import LeaveOneOut
from qmethod.data import Array, FloatArray
from qmethod.errors import QMethodError
from qmethod.method import scores, tie_breaking
from qmethod.method.correlation import standardise
from qmethod.resampling.batched import axes_of_studies
from qmethod.resampling.resamples import Plan, Resampled, alone, settled
from qmethod.solution import QSolution

SMALLEST_NOISE = 0.05
"""Share of a sort's variance that is its own at the least."""
AT_ONCE = 500_000
"""Placements that are drawn together."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What sorts are drawn from.

    Parameters
    ----------
    profiles : ndarray of shape (n, f)
        z-scores of the viewpoints, mean 0 and mean square 1; 0 for a viewpoint that no sort defines.
    loadings : ndarray of shape (m, f)
        Of each sort on the one viewpoint it is drawn from.
    """

    profiles: FloatArray
    loadings: FloatArray

    __repr__ = brief


def model(solution: QSolution, beyond: LeaveOneOut) -> Model:
    """The viewpoints found, and how closely people hold them when their own sorts are left out.

    A defining sort has the loading that the viewpoint's defining sorts have on average, sqrt(r). A sort that defines none is drawn from the
    viewpoint it loads on most, with the loading that such sorts have on average on what the people of a viewpoint have in common.
    """
    z = solution.scores.z_scores
    there = np.asarray(~np.isnan(z).any(axis=0))
    profiles = np.where(there, z - z.mean(axis=0), 0.0)
    profiles = profiles / np.where(there, profiles.std(axis=0), 1.0)
    size = np.where(there, np.abs(solution.loadings), -1.0)
    defines = solution.flags.any(axis=1)
    own = np.where(defines, np.where(solution.flags, size, -1.0).argmax(axis=1), size.argmax(axis=1))
    rows = np.arange(len(own))
    sign = np.where(solution.loadings[rows, own] < 0, -1.0, 1.0)
    r = np.nan_to_num(beyond.correlation)
    loadings = np.sqrt(r[own])
    if not defines.all():
        others = np.maximum(solution.flags.sum(axis=0), 1)
        in_common = np.sqrt(others * r / (1 + (others - 1) * r))
        with np.errstate(invalid="ignore", divide="ignore"):
            met = (sign * beyond.sorts[rows, own] / in_common[own])[~defines]
        typical = float(np.mean(met[np.isfinite(met)])) if np.isfinite(met).any() else 0.0
        loadings[~defines] = np.clip(typical, 0.0, np.sqrt(r.max(initial=0.0)))
    made = np.zeros(solution.loadings.shape)
    made[rows, own] = sign * np.where(there[own], loadings, 0.0)
    return Model(profiles, made)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """b studies and what the method finds in them.

    Parameters
    ----------
    results : Resampled
    reliability : ndarray of shape (b, f)
        Composite reliability of each viewpoint by policy `reliability`.
    """

    results: Resampled
    reliability: FloatArray

    __repr__ = brief


def draw(plan: Plan, made: Model, replicates: int, rng: np.random.Generator) -> Iterator[Drawn]:
    """Draw studies in blocks and analyse each as the study at hand was.

    Everybody keeps their own places: a sort is the order of viewpoint and noise, laid out on the places of the person's real sort. A placement
    that is missing is missing in all.

    Parameters
    ----------
    plan : Plan
        Of the study at hand; see `qmethod.resampling.resamples.plan`.
    made : Model
    replicates : int
    rng : numpy.random.Generator

    Yields
    ------
    Drawn
    """
    sorts = plan.data.sorts
    n, m = sorts.shape
    signal = made.profiles @ made.loadings.T
    noise = np.sqrt(np.maximum(1 - (made.loadings**2).sum(axis=1), SMALLEST_NOISE))
    holes = np.isnan(sorts) if sorts.dtype.kind == "f" else np.zeros((n, m), dtype=bool)
    size = max(AT_ONCE // (n * m), 1)
    places = np.argsort(tie_breaking.file_order(sorts, plan.data.participants))  # chance falls to a sort, wherever in the file it stands
    for first in range(0, replicates, size):
        b = min(size, replicates - first)
        latent = np.where(holes, np.inf, signal + noise * rng.standard_normal((b, n, m))[:, :, places])
        order = latent.argsort(axis=1)
        placements = _laid(plan.placements, order)
        if plan.unit is None:
            loadings, plain = np.zeros((b, m, plan.axes.shape[1])), np.zeros(b, dtype=bool)
        else:
            loadings, plain = axes_of_studies(_laid(plan.unit, order), plan.axes, plan.policies)
        once, failures = np.ones((b, m), dtype=int), [""] * b
        for i in np.flatnonzero(~plain).tolist():
            study = replace(plan, data=replace(plan.data, sorts=_laid(sorts, order[i : i + 1])[0]))
            try:
                loadings[i] = alone(study, once[i])
            except (QMethodError, np.linalg.LinAlgError) as error:
                failures[i] = str(error).splitlines()[0]
        results = settled(replace(plan, placements=placements), once, loadings, tuple(failures))
        yield Drawn(results, _reliability(placements, results, plan))


def _laid(places: Array, order: Array) -> Array:
    """Each sort's own values in the order drawn for it; (n, m) and (b, n, m) to (b, n, m). Missing ones come last."""
    laid = np.empty(order.shape, dtype=places.dtype)
    np.put_along_axis(laid, order, np.broadcast_to(np.sort(places, axis=0), order.shape), axis=1)
    return laid


def _reliability(placements: FloatArray, results: Resampled, plan: Plan) -> FloatArray:
    """Composite reliability by policy, shape (b, f)."""
    b, n, m = placements.shape
    p = results.flags.sum(axis=1)
    if plan.policies.reliability == "fixed":
        return scores.reliability(p.ravel(), np.full(p.size, np.nan), plan.policies).reshape(p.shape)
    flat = np.ascontiguousarray(placements.transpose(1, 0, 2)).reshape(n, b * m)
    z = np.nan_to_num(standardise(flat)).reshape(n, b, m).transpose(1, 0, 2)
    signed = np.where(results.flags, np.sign(np.nan_to_num(results.loadings)), 0.0)
    sums = ((z @ signed) ** 2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = np.where(p > 1, (sums - p) / (p * (p - 1.0)), np.nan)
    return scores.reliability(p.ravel(), observed.ravel(), plan.policies).reshape(p.shape)
