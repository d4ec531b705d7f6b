"""From defining sorts to viewpoints: weights, z-scores, factor arrays, reliability.

References
----------
.. [1] Brown, S. R. (1980). Political Subjectivity. Yale University Press. Factor weights (after Spearman), factor scores, composite reliability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qmethod.blocks import across, by_rows, count_by_column, over_blocks
from qmethod.data import Array, FloatArray, QData
from qmethod.grid import Grid
from qmethod.literals import GridOrigin
from qmethod.method.correlation import Alike, centred, standardise
from qmethod.policies import Policies

LEAST_ERROR = 1e-12
"""Error variance of z-scores at the least: sorts that are all alike leave none but what rounding makes of it, by which nothing can differ."""
ROUNDING = 1e-12
"""Share of their squares below which the spread of placements is what rounding leaves where all are the same."""
SAME_SCORE = 1e-9  # z-scores closer than this are tied


@dataclass(frozen=True, slots=True, eq=False)
class Composites:
    """Sums over the defining sorts of each of f factors.

    Parameters
    ----------
    weighted : ndarray of shape (n, f)
        Weighted sum of sorts.
    means, variances : ndarray of shape (n, f)
        Of the standardised placements of the defining sorts, those that load negatively turned round; variance with p - 1, NaN below two.
    mean_correlation : ndarray of shape (f,)
        Between the defining sorts, turned likewise; NaN below two.
    """

    weighted: FloatArray
    means: FloatArray
    variances: FloatArray
    mean_correlation: FloatArray


def weigh(loadings: FloatArray, flags: Array, policies: Policies) -> FloatArray:
    """Weights l / (1 - l^2) of the defining sorts [1]_, 0 elsewhere; shapes (m, f)."""

    def work(rows: FloatArray, marked: Array) -> FloatArray:
        kept = np.clip(rows, -policies.weight_cap, policies.weight_cap)
        return np.where(marked, kept / (1 - kept**2), 0.0)

    return by_rows(work, np.empty(loadings.shape), loadings, flags)


def compose(sorts: Array, weights: FloatArray, policies: Policies, shared: Alike | None = None) -> Composites:
    """Sum the defining sorts.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
        A missing placement takes no part; what a statement gets is scaled up by the weight that is missing.
    weights : ndarray of shape (m, f)
    policies : Policies
        `weighting`.
    shared : Alike, optional
        Where all sorts share a distribution.
    """
    holes = sorts.dtype.kind == "f" and bool(np.isnan(sorts).any())
    sums = composite_sums(sorts, weights, policies, shared)
    return composites(sums, count_by_column(weights), np.abs(weights).sum(axis=0) if holes else None)


def composite_sums(sorts: Array, weights: FloatArray, policies: Policies, shared: Alike | None = None) -> FloatArray:
    """What `composites` needs of the sorts; sums of disjoint sets of sorts add up.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
    weights : ndarray of shape (m, f)
    policies : Policies
    shared : Alike, optional
        As for `compose`.

    Returns
    -------
    ndarray of shape (3, n, f)
        Weighted sum of sorts, plain sum of standardised sorts and of their squares. Where placements are missing, shape (5, n, f): also
        how many sorts placed the statement, and their weight.
    """
    n, (m, f) = sorts.shape[0], weights.shape
    holes = sorts.dtype.kind == "f" and bool(np.isnan(sorts).any())

    deviation = math.sqrt(n - 1)  # of a sort of length 1

    def work(where: slice) -> FloatArray:
        block, w = sorts[:, where], weights[where]
        defining = across(w != 0)
        if not defining.all():
            block, w = block[:, defining], w[defining]
        if holes:
            z = np.nan_to_num(standardise(block))
            z *= np.sqrt(np.count_nonzero(~np.isnan(block), axis=0) - 1)
        else:
            z = centred(block, shared) if shared is not None else standardise(block) * deviation
        signs = np.sign(w)
        weighted = (np.nan_to_num(block.astype(float, order="C")) if policies.weighting == "raw" else z) @ w
        plain = z @ signs
        squares = np.multiply(z, z, out=z) @ np.abs(signs)
        if shared is not None:
            scale = shared.scale * deviation
            weighted, plain, squares = weighted if policies.weighting == "raw" else weighted * scale, plain * scale, squares * scale**2
        if not holes:
            return np.stack([weighted, plain, squares])
        here = ~np.isnan(block)
        return np.stack([weighted, plain, squares, here @ np.abs(signs), here @ np.abs(w)])

    return np.asarray(sum(over_blocks(work, m, n), np.zeros((5 if holes else 3, n, f))))


def composites(sums: FloatArray, p: Array, whole_weight: FloatArray | None = None) -> Composites:
    """From sums over the defining sorts to their means, variances and mean correlation.

    Parameters
    ----------
    sums : ndarray of shape (3, n, f) or (5, n, f)
        From `composite_sums`.
    p : ndarray of int, shape (f,)
        Sorts with a weight.
    whole_weight : ndarray of shape (f,), optional
        Sum of all absolute weights, where placements are missing.
    """
    weighted, plain, squares, *there = sums
    n, f = weighted.shape
    present = np.broadcast_to(p, (n, f)).astype(float)
    if whole_weight is not None:
        present, present_weight = there
        with np.errstate(invalid="ignore", divide="ignore"):
            weighted = weighted * whole_weight / present_weight
    with np.errstate(invalid="ignore", divide="ignore"):
        means = plain / present
        spread = squares - present * means**2
        variances = np.where(present > 1, np.where(spread > ROUNDING * squares, spread, 0.0) / (present - 1), np.nan)
        # Standardised sorts have squared length n - 1, so the squared length of their sum holds every correlation twice.
        correlation = np.where(p > 1, ((plain**2).sum(axis=0) / (n - 1) - p) / (p * (p - 1.0)), np.nan)
    return Composites(weighted, means, variances, correlation)


def z_scores(weighted: FloatArray, n_defining: Array, policies: Policies) -> FloatArray:
    """Standardise composites of shape (n, f); NaN for a factor that no sort defines, or whose sorts cancel out."""
    sd = weighted.std(axis=0, ddof=1 if policies.z_sd == "n-1" else 0)
    size = np.abs(weighted).max(axis=0, initial=0.0)
    usable = (n_defining > 0) & (sd > 1e-12 * np.maximum(size, 1e-300))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(usable, (weighted - weighted.mean(axis=0)) / sd, np.nan))


def array_grid(data: QData) -> tuple[Grid, GridOrigin]:
    """The distribution for factor arrays and where it comes from.

    The design's or the sorts' shared grid where there is one. For unforced sorts each sort is put in order and the low median taken place by
    place, which depends on no one sort and not on their order.
    """
    if data.grid is not None:
        return data.grid, "sorts" if data.forced else "design"
    ordered = np.sort(np.where(data.missing, np.inf, data.sorts), axis=0)
    complete = ordered[:, ~np.isinf(ordered).any(axis=0)]
    profile = np.sort(complete if complete.size else np.nan_to_num(ordered, posinf=0.0), axis=1)
    return Grid.of(profile[:, (profile.shape[1] - 1) // 2]), "median"


def fill(scores: FloatArray, grid: Grid) -> tuple[FloatArray, FloatArray, list[tuple[int, ...]]]:
    """Turn z-scores of one factor into an array that follows the grid exactly.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        z-scores; NaN gives NaN.
    grid : Grid

    Returns
    -------
    array : ndarray of shape (n,)
    ranks : ndarray of shape (n,)
        1 for the highest score. Ties in the order of statement numbers, so the lower number gets the higher value.
    broken : list of tuple of int
        Statements (positions) of each tie that a column boundary had to break.
    """
    n = len(scores)
    if np.isnan(scores).any():
        return np.full(n, np.nan), np.full(n, np.nan), []
    order = np.argsort(-scores, kind="stable")
    tied = -np.diff(scores[order]) <= SAME_SCORE
    array, ranks, slots = np.empty(n), np.empty(n), grid.slots()[::-1]
    ranks[order] = np.arange(1, n + 1)
    array[order] = slots
    if not tied.any():
        return array, ranks, []
    runs = [np.sort(run) for run in np.split(order, np.flatnonzero(~tied) + 1)]
    placed = np.concatenate(runs)
    ranks[placed] = np.arange(1, n + 1)
    array[placed] = slots
    return array, ranks, [tuple(run.tolist()) for run in runs if len(run) > 1 and array[run[0]] != array[run[-1]]]


def reliability(n_defining: Array, mean_correlation: FloatArray, policies: Policies) -> FloatArray:
    """Composite reliability p r / (1 + (p - 1) r) [1]_, with r fixed or observed; shape (f,), NaN without defining sorts."""
    p = n_defining.astype(float)
    r = np.full(len(p), policies.reliability_coefficient) if policies.reliability == "fixed" else mean_correlation
    with np.errstate(invalid="ignore", divide="ignore"):
        composite = p * r / (1 + (p - 1) * r)
    return np.where((p > 0) & (composite >= 0), composite, np.nan)
