"""One resample of the participants: factor it as the full sample was, bring it into line with that, and score the statements.

The order of the steps matters. Rotations by hand, flags set by hand and the treatment of opponents all speak of *the* first factor and of *its*
positive side, so a resample's factors are matched with those of the full sample first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qmethod.data import Array, FloatArray, QData
from qmethod.errors import PolicyError, QMethodError
from qmethod.grid import Grid
from qmethod.matching.congruence import align_many, tucker
from qmethod.method import flagging, scores, tie_breaking
from qmethod.method.correlation import correlate, mid_ranks, standardise
from qmethod.method.extraction import extract
from qmethod.method.rotation import rotate, turn_by_hand
from qmethod.policies import OBLIQUE, Policies
from qmethod.resampling.batched import rotated_axes, suits
from qmethod.solution import Factor, QSolution


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What stays the same in every resample; small enough to be sent to another process.

    Parameters
    ----------
    data : QData
        The sorts of the full sample.
    policies : Policies
    factors : tuple of Factor
        The f reported factors.
    axes : ndarray of shape (m, k)
        Loadings of the full sample before any rotation by hand.
    by_hand : ndarray of shape (k, k) or None
        All rotations by hand in one, with the reflections after them.
    faces : ndarray of shape (n, k)
        What each rotated factor of the full sample is recognised by: its z-scores by rule, or its profile where the rule finds no defining sort.
    profile : ndarray of shape (n, k)
        Sum of the sorts weighted by `axes`, centred: what a factor is recognised by before rotations by hand.
    added, removed : ndarray of bool, shape (m, k)
        Flags set by hand.
    target : ndarray of shape (m, k) or None
    placements : ndarray of shape (n, m)
        What is weighed: the sorts standardised one by one, or as they are.
    unit : ndarray of shape (n, m) or None
        Z, where resamples can be worked out together; None where each runs through the whole method by itself.
    grid : Grid
        What the arrays follow, in all resamples.
    """

    data: QData
    policies: Policies
    factors: tuple[Factor, ...]
    axes: FloatArray
    by_hand: FloatArray | None
    faces: FloatArray
    profile: FloatArray
    added: Array
    removed: Array
    target: FloatArray | None
    placements: FloatArray
    unit: FloatArray | None
    grid: Grid


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Results of b resamples, in the order and direction of the full sample's factors; all NaN, False or -1 where one failed.

    Parameters
    ----------
    loadings : ndarray of shape (b, m, f)
        NaN where the resample does not hold the sort.
    flags : ndarray of bool, shape (b, m, f)
    z_scores : ndarray of shape (b, n, f)
        NaN for a factor without defining sorts.
    columns : ndarray of int, shape (b, n, f)
        Column of the grid, counted from 0 at the lowest; -1 where there are no z-scores.
    contested : ndarray of bool, shape (b, f)
        Another factor of the resample is more like this one than the one it was matched with.
    failures : tuple of str
        For each resample why it has no solution; empty where it has one.
    """

    loadings: FloatArray
    flags: Array
    z_scores: FloatArray
    columns: Array
    contested: Array
    failures: tuple[str, ...]


def balanced_counts(data: QData, n_replicates: int, rng: np.random.Generator) -> Array:
    """How often each resample holds each sort, so that each sort is drawn equally often in all (Davison, Hinkley and Schechtman 1986).

    Parameters
    ----------
    data : QData
    n_replicates : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n_replicates, m)
        Rows add up to m, columns to `n_replicates`. The order of the participants in the file has no part in who is drawn with whom.
    """
    m = data.n_sorts
    pool = np.tile(np.arange(m, dtype=np.int32), n_replicates)
    rng.shuffle(pool)
    place = pool.astype(np.int64) + m * np.repeat(np.arange(n_replicates), m)
    counts = np.empty((n_replicates, m), dtype=np.int64)
    counts[:, tie_breaking.file_order(data.sorts, data.participants)] = np.bincount(place, minlength=n_replicates * m).reshape(n_replicates, m)
    return counts


def plan(solution: QSolution, target: FloatArray | None = None) -> Plan:
    """Prepare resamples of a solution.

    Parameters
    ----------
    solution : QSolution
    target : ndarray of shape (m, k), optional
        What the rotation aimed at, where it had a target; one row for each sort of the solution.
    """
    data, policies, k = solution.data, solution.policies, solution.n_factors
    hand, axes = None, solution.rotation.loadings
    if solution.rotation.by_hand:
        signs = np.where(solution.rotation.reflected, -1.0, 1.0)
        hand = turn_by_hand(k, [(t.first, t.second, t.degrees) for t in solution.rotation.by_hand])[0] * signs
        axes = axes @ hand.T
    missing = bool(data.missing.any())
    unit = None
    if suits(policies, missing=missing):
        unit = standardise(data.sorts if policies.correlation == "pearson" else mid_ranks(data.sorts))
    placements = data.sorts.astype(float) if policies.weighting == "raw" else standardise(data.sorts) * np.sqrt(data.n_statements - 1)
    rows = {name: i for i, name in enumerate(data.participants)}
    added, removed = np.zeros((data.n_sorts, k), dtype=bool), np.zeros((data.n_sorts, k), dtype=bool)
    for flag in solution.manual_flags:
        (added if flag.defines else removed)[rows[flag.participant], int(flag.factor[1:]) - 1] = True
    made = Plan(
        data=data,
        policies=policies,
        factors=solution.factors,
        axes=axes,
        by_hand=hand,
        faces=np.empty(0),
        profile=np.empty(0),
        added=added,
        removed=removed,
        target=target,
        placements=placements,
        unit=unit,
        grid=solution.scores.grid,
    )
    once = np.ones((1, data.n_sorts), dtype=int)
    return replace(made, faces=_faces(made, once, solution.rotation.loadings[None])[0], profile=_profiles(made, once, made.axes[None])[0])


def check_target(solution: QSolution, target: Any) -> None:
    """Refuse a target that the rotation of a solution does not call for, or the lack of one that it does.

    Parameters
    ----------
    solution : QSolution
    target : ndarray of shape (m, k) or None

    Raises
    ------
    PolicyError
        Naming the argument.
    """
    shape = (solution.data.n_sorts, solution.n_factors)
    aimed = solution.policies.rotation == "target"
    if aimed != (target is not None):
        raise PolicyError(
            "the solution was rotated towards a target: give it as `target`"
            if aimed
            else "the solution was rotated without a target; leave `target` out"
        )
    if target is not None and np.shape(target) != shape:
        raise PolicyError(f"`target` must have a row for each sort of the solution and a column for each factor, {shape}; got {np.shape(target)}")


def resample(plan: Plan, counts: Array) -> Resampled:
    """Analyse resamples.

    Parameters
    ----------
    plan : Plan
    counts : ndarray of int, shape (b, m)
        How often each holds each sort.
    """
    k = plan.axes.shape[1]
    failures = [""] * len(counts)
    if plan.unit is None:
        loadings, plain = np.zeros((*counts.shape, k)), np.zeros(len(counts), dtype=bool)
    else:
        loadings, plain = rotated_axes(plan.unit, counts, plan.axes, plan.policies)
    for i in np.flatnonzero(~plain).tolist():
        try:
            loadings[i] = alone(plan, counts[i])
        except (QMethodError, np.linalg.LinAlgError) as error:
            loadings[i], failures[i] = 0.0, str(error).splitlines()[0]
    return settled(plan, counts, np.where((counts > 0)[:, :, None], loadings, 0.0), tuple(failures))


def settled(plan: Plan, counts: Array, loadings: FloatArray, failures: tuple[str, ...]) -> Resampled:
    """Bring rotated loadings into line with those of the full sample, and score the statements by them.

    Parameters
    ----------
    plan : Plan
        Its `placements` are those of shape (n, m) that all have in common, or of shape (b, n, m) where every one has its own.
    counts : ndarray of int, shape (b, m)
    loadings : ndarray of shape (b, m, k)
        In any order and direction, before rotations by hand.
    failures : tuple of str
        As in `Resampled`.
    """
    if plan.by_hand is not None:
        own = plan.profile
        order, signs, _ = align_many(_profiles(plan, counts, loadings), own)
        loadings = _into_order(loadings, order, signs) @ plan.by_hand
    faces = _faces(plan, counts, loadings)
    order, signs, size = align_many(faces, plan.faces)
    loadings = _into_order(loadings, order, signs)
    nearest = np.nan_to_num(np.abs(tucker(faces, plan.faces))).max(axis=1)
    contested = np.nan_to_num(size) < nearest - tie_breaking.TIE
    return _report(plan, counts, loadings, contested, failures)


def alone(plan: Plan, counts: Array) -> FloatArray:
    """Rotated loadings of one resample by the whole method, before rotations by hand; shape (m, k), 0 for a sort it does not hold.

    Raises
    ------
    DataError
        If the sorts drawn do not hold the factors.
    """
    drawn = np.repeat(np.arange(len(counts)), counts)
    copy = np.concatenate([np.arange(c) for c in counts]).tolist()
    names = tuple(f"{plan.data.participants[i]} ({c})" for i, c in zip(drawn.tolist(), copy, strict=True))
    data = QData(plan.data.sorts[:, drawn], plan.data.statements, names, grid=plan.data.grid)
    k, policies = plan.axes.shape[1], plan.policies
    extraction, _ = extract(correlate(data, policies.correlation), k, policies)
    target = None if plan.target is None else plan.target[drawn]
    turned, _ = rotate(extraction.loadings, policies, target, lambda: tie_breaking.profile(data.sorts, extraction.loadings))
    rotated = extraction.loadings @ turned.matrix
    if policies.rotation in OBLIQUE and policies.oblique_loadings == "structure":
        rotated = rotated @ turned.phi
    loadings = np.zeros((len(counts), k))
    loadings[drawn] = rotated
    return loadings


def _into_order(loadings: FloatArray, order: Array, signs: FloatArray) -> FloatArray:
    """Columns in the order and direction found. A factor of nothing (a resample that failed) has no match, and any place will do for it."""
    return np.asarray(np.take_along_axis(loadings, np.maximum(order, 0)[:, None, :], axis=2) * np.nan_to_num(signs)[:, None, :])


def _profiles(plan: Plan, counts: Array, loadings: FloatArray) -> FloatArray:
    """Sum of the sorts weighted by their loadings, centred; (b, m, k) to (b, n, k)."""
    found = np.nan_to_num(plan.placements) @ (loadings * counts[:, :, None])
    return np.asarray(found - found.mean(axis=1, keepdims=True))


def _faces(plan: Plan, counts: Array, loadings: FloatArray) -> FloatArray:
    """z-scores from the sorts that define a factor by rule, or its profile where there is none; (b, m, k) to (b, n, k)."""
    z = _z_scores(plan, counts, loadings, _by_rule(plan, counts, loadings))
    dead = np.isnan(z).any(axis=(1, 2))
    if dead.any():
        own = replace(plan, placements=plan.placements[dead]) if plan.placements.ndim == 3 else plan
        profiles = _profiles(own, counts[dead], loadings[dead])
        z[dead] = np.where(np.isnan(z[dead]), profiles, z[dead])
    return z


def _by_rule(plan: Plan, counts: Array, loadings: FloatArray) -> Array:
    b, m, k = loadings.shape
    flags = flagging.automatic(loadings.reshape(b * m, k), plan.data.n_statements, plan.policies).reshape(b, m, k)
    return np.asarray(flags & (counts > 0)[:, :, None])


def _z_scores(plan: Plan, counts: Array, loadings: FloatArray, flags: Array) -> FloatArray:
    """z-scores of the statements; (b, m, f) to (b, n, f)."""
    b, _, f = loadings.shape
    n = plan.data.n_statements
    weights = scores.weigh(loadings, flags, plan.policies) * counts[:, :, None]
    if np.isnan(plan.placements).any():
        each = plan.placements if plan.placements.ndim == 3 else [plan.data.sorts] * b  # studies drawn have sorts of their own
        weighted = np.stack([scores.compose(own, w, plan.policies).weighted for own, w in zip(each, weights, strict=True)])
    else:
        weighted = plan.placements @ weights
    n_defining = flags.any(axis=1).ravel()
    z = scores.z_scores(weighted.transpose(1, 0, 2).reshape(n, b * f), n_defining, plan.policies)
    return np.ascontiguousarray(z.reshape(n, b, f).transpose(1, 0, 2))


def _report(plan: Plan, counts: Array, loadings: FloatArray, contested: Array, failures: tuple[str, ...]) -> Resampled:
    """From aligned loadings on the k rotated factors to results on the f reported ones."""
    held = (counts > 0)[:, :, None]
    marked = ((_by_rule(plan, counts, loadings) | plan.added) & ~plan.removed) & held
    sources = [factor.source for factor in plan.factors]
    turned = np.array([-1.0 if factor.pole == "negative" else 1.0 for factor in plan.factors])
    loadings, marked = loadings[:, :, sources] * turned, marked[:, :, sources]
    if plan.policies.bipolar != "keep":
        marked = marked & (loadings >= 0)
    z = _z_scores(plan, counts, loadings, marked)
    failed = np.array([bool(why) for why in failures])
    z[failed], marked[failed] = np.nan, False
    return Resampled(
        loadings=np.where(held & ~failed[:, None, None], loadings, np.nan),
        flags=marked,
        z_scores=z,
        columns=columns(z, plan.grid),
        contested=contested[:, sources] & ~failed[:, None],
        failures=failures,
    )


def columns(z_scores: FloatArray, grid: Grid) -> Array:
    """Column of the grid that each statement gets, as `qmethod.method.scores.fill` places them; (b, n, f) to (b, n, f).

    Returns
    -------
    ndarray of int8 or int16
        Counted from 0 at the lowest value; -1 where a score is NaN.
    """
    n = z_scores.shape[1]
    order = np.argsort(-z_scores, axis=1, kind="stable")
    ordered = np.take_along_axis(z_scores, order, axis=1)
    runs = np.zeros(order.shape, dtype=int)
    runs[:, 1:] = np.cumsum(ordered[:, :-1] - ordered[:, 1:] > scores.SAME_SCORE, axis=1)
    order = np.take_along_axis(order, np.argsort(runs * n + order, axis=1), axis=1)  # ties in the order of statement numbers
    slots = np.repeat(np.arange(len(grid.counts)), grid.counts)[::-1].astype(np.int16)
    found = np.empty(z_scores.shape, dtype=np.int16)
    np.put_along_axis(found, order, np.broadcast_to(slots[None, :, None], z_scores.shape), axis=1)
    found[np.isnan(z_scores)] = -1
    return found
