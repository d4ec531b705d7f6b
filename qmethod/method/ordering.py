"""Which factor comes first, which way it points, and what the researcher turns by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from qmethod.blocks import by_rows, sum_over_rows
from qmethod.data import Array, FloatArray, QData
from qmethod.errors import PolicyError
from qmethod.manual_flag import ManualFlag
from qmethod.method import flagging, tie_breaking
from qmethod.method.rotation import Turned, turn_by_hand
from qmethod.policies import OBLIQUE, Policies
from qmethod.solution import Extraction, Factor, Rotation


def arrange(
    data: QData, extraction: Extraction, turned: Turned, turns: Sequence[tuple[int, int, float]], manual: Sequence[ManualFlag], policies: Policies
) -> tuple[Rotation, Array]:
    """Order factors, give them direction, apply rotations by hand, and flag.

    Parameters
    ----------
    data : QData
    extraction : Extraction
    turned : Turned
        The rotation by policy.
    turns : sequence of (int, int, float)
        Rotations by hand; see `qmethod.method.rotation.turn_by_hand`. They act on the factors in the order and direction that policy gives them.
    manual : sequence of ManualFlag
    policies : Policies
        `order`, `reflection` and those of flagging.

    Returns
    -------
    rotation : Rotation
    flags : ndarray of bool, shape (m, k)

    Raises
    ------
    PolicyError
        For rotations by hand after an oblique rotation.
    """
    unrotated = extraction.loadings
    k = unrotated.shape[1]
    matrix, phi = turned.matrix, turned.phi

    def profiles(current: FloatArray) -> Callable[[], FloatArray]:
        return partial(tie_breaking.profile, data.sorts, current)

    def used(current: FloatArray, correlations: FloatArray) -> tuple[FloatArray, FloatArray | None]:
        if policies.rotation not in OBLIQUE:
            return by_rows(lambda rows: rows @ current, np.empty(unrotated.shape), unrotated), None
        pattern = unrotated @ current
        return (pattern @ correlations if policies.oblique_loadings == "structure" else pattern), pattern

    def reflections(current: FloatArray, defining: Array) -> tuple[FloatArray, Array]:
        values, scale = direction_values(current, defining, policies.reflection)
        return tie_breaking.direction(values, scale, profiles(current)), tie_breaking.negligible(values, scale)

    loadings, pattern = used(matrix, phi)
    order, agree = ordering(turned.matrix, sum_over_rows(_squares, loadings), profiles(loadings), policies)
    if order != list(range(k)) or (agree < 0).any():
        matrix, phi = matrix[:, order] * agree, phi[np.ix_(order, order)] * np.outer(agree, agree)
        loadings, pattern = used(matrix, phi)
    n = data.n_statements
    if turns:
        if pattern is not None:
            raise PolicyError("rotations by hand follow orthogonal rotations only; choose varimax, quartimax, equamax, target or none")
        matrix = matrix * reflections(loadings, flagging.automatic(loadings, n, policies))[0]
        by_hand_matrix, by_hand = turn_by_hand(k, turns)
        matrix = matrix @ by_hand_matrix
        loadings, pattern = used(matrix, phi)
    else:
        by_hand = ()
    marked = flagging.with_manual(flagging.automatic(loadings, n, policies), manual, data.participants)
    signs, tied = reflections(loadings, marked)
    if (signs < 0).any():
        matrix, phi = matrix * signs, phi * np.outer(signs, signs)
        loadings, pattern = used(matrix, phi)
    rotation = Rotation(
        policies.rotation,
        loadings,
        matrix,
        pattern,
        phi,
        turned.criterion,
        turned.converged,
        turned.n_iterations,
        turned.n_local_optima,
        by_hand,
        tuple(bool(s < 0) for s in signs),
        tuple(bool(t) for t in tied),
    )
    return rotation, marked


def _squares(rows: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("mk,mk->k", rows, rows))


def ordering(matrix: FloatArray, sizes: FloatArray, profiles: Callable[[], FloatArray], policies: Policies) -> tuple[list[int], FloatArray]:
    """Which rotated factor comes first, and which way it points before policy `reflection`.

    Parameters
    ----------
    matrix : ndarray of shape (k, k)
        The rotation.
    sizes : ndarray of shape (k,)
        Rotated sums of squares.
    profiles : callable
        Gives the profiles of the rotated factors, for ties; see `qmethod.method.tie_breaking`.
    policies : Policies
        `order`.

    Returns
    -------
    order : list of int
        Positions in the order to come.
    signs : ndarray of shape (k,)
        For the factors in that order.
    """
    if policies.order == "variance":
        return tie_breaking.descending(sizes, profiles), np.ones(len(sizes))
    order = _extraction_order(matrix)
    # a factor keeps the direction of the one it comes from
    return order, np.where(np.diag(matrix[:, order]) < 0, -1.0, 1.0)


def _extraction_order(matrix: FloatArray) -> list[int]:
    """Which rotated factor continues which extracted one: the assignment with the largest sum of squared cosines."""
    if len(matrix) == 1:
        return [0]
    from scipy.optimize import linear_sum_assignment  # slow to import, and needed by few

    return [int(j) for j in linear_sum_assignment(-(matrix**2))[1]]


def direction_values(loadings: FloatArray, defining: Array, rule: str) -> tuple[FloatArray, FloatArray]:
    """What policy `reflection` looks at, and the size against which it counts as nothing; both of shape (k,)."""
    if rule == "none":
        return np.ones(loadings.shape[1]), np.ones(loadings.shape[1])
    if rule == "column-sum":
        return loadings.sum(axis=0), np.abs(loadings).sum(axis=0)
    if rule == "largest":
        size = np.abs(loadings)
        top = size >= size.max(axis=0) * (1 - tie_breaking.TIE)
        return np.where(top, loadings, 0.0).sum(axis=0), size.max(axis=0)
    everyone = ~defining.any(axis=0) if rule == "defining" else np.ones(loadings.shape[1], dtype=bool)

    def work(rows: FloatArray, marked: Array) -> FloatArray:
        squares = rows**2 * (marked | everyone)
        return np.stack([np.einsum("mk,mk->k", squares, np.sign(rows)), np.ones(len(squares)) @ squares])

    found = sum_over_rows(work, loadings, defining)
    return found[0], found[1]


def poles(loadings: FloatArray, marked: Array, policies: Policies) -> tuple[tuple[Factor, ...], FloatArray, Array]:
    """Treat negative defining sorts by policy `bipolar`; a negative pole of its own is appended after the other factors."""
    factors = pole_factors(np.asarray((marked & (loadings < 0)).any(axis=0)), policies)
    return factors, *by_pole(loadings, marked, factors, policies)


def pole_factors(bipolar: Array, policies: Policies) -> tuple[Factor, ...]:
    """The reported factors, from which of the k rotated ones have negative defining sorts; shape (k,)."""
    k = len(bipolar)
    split = [j for j in range(k) if policies.bipolar == "split" and bipolar[j]]
    factors = [Factor(f"f{j + 1}", j, "positive" if j in split else "both") for j in range(k)]
    return (*factors, *(Factor(f"f{k + i + 1}", j, "negative") for i, j in enumerate(split)))


def by_pole(loadings: FloatArray, marked: Array, factors: Sequence[Factor], policies: Policies) -> tuple[FloatArray, Array]:
    """Loadings and flags of the reported factors, shapes (m, f), from those of the rotated ones, shapes (m, k)."""
    if policies.bipolar == "keep":
        return loadings, marked
    negative = marked & (loadings < 0)
    split = [factor.source for factor in factors if factor.pole == "negative"]
    return np.column_stack([loadings, -loadings[:, split]]), np.column_stack([marked & ~negative, negative[:, split]])
