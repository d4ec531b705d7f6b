"""Rotation: the orthomax family, target, oblique ones, and rotation by hand.

How an orthomax rotation is searched for is told in `qmethod.method.planar`; here several starts are tried and the best optimum is kept.

References
----------
.. [1] Crawford, C. B., & Ferguson, G. A. (1970). A general rotation criterion and its use in orthogonal rotation. Psychometrika, 35(3), 321-332.
.. [2] Schönemann, P. H. (1966). A generalized solution of the orthogonal Procrustes problem. Psychometrika, 31(1), 1-10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from qmethod import checks
from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.method import tie_breaking
from qmethod.method.oblique import rotate_obliquely
from qmethod.method.planar import (
    MAX_SWEEPS,
    PairMeans,
    criteria,
    from_moments,
    from_rows,
    moments,
    number_of_factors,
    one_by_one,
    planar,
    products_of,
    side_by_side,
)
from qmethod.method.r_varimax import r_varimax
from qmethod.notice import Notice
from qmethod.policies import OBLIQUE, Policies
from qmethod.solution import PlaneRotation

ROUGH = 1e-5  # largest angle, in radians, at which a start is near enough to its optimum to be compared with the others
SMALL = 4  # sorts for each product of two factors up to which the loadings themselves are quicker than their moments
NOTHING = 1e-8  # square root of a communality that is rounding
SAME_OPTIMUM = 1e-6  # relative difference below which two criteria belong to the same optimum


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """A rotation before order, direction and rotations by hand; fields as in `qmethod.solution.Rotation`."""

    matrix: FloatArray
    phi: FloatArray
    criterion: float = float("nan")
    converged: bool = True
    n_iterations: int = 0
    n_local_optima: int = 0


def rotate(
    loadings: FloatArray, policies: Policies, target: FloatArray | None = None, profiles: Callable[[], FloatArray] | None = None
) -> tuple[Turned, list[Notice]]:
    """Rotate by policy `rotation`.

    Parameters
    ----------
    loadings : ndarray of shape (m, k)
        Unrotated loadings.
    policies : Policies
    target : ndarray of shape (m, k), optional
        For rotation ``target``: loadings to come close to, NaN where anything will do.
    profiles : callable, optional
        Gives the unrotated factors' scores on the statements, shape (n, k), which decide between optima that are equally good; without it the
        loadings do.

    Returns
    -------
    turned : Turned
        ``loadings @ turned.matrix`` are the rotated loadings (the pattern, after an oblique rotation).
    notices : list of Notice

    Raises
    ------
    PolicyError
        If a target is missing, unused, or of another shape.
    """
    k = loadings.shape[1]
    if (target is not None) != (policies.rotation == "target"):
        raise PolicyError("rotation 'target' needs a target, and no other rotation takes one")
    still = Turned(np.eye(k), np.eye(k))
    if k == 1 or policies.rotation == "none":
        return still, []
    if target is not None:
        turned = _to_target(loadings, target)
    elif policies.rotation in OBLIQUE:
        rows = kaiser_rows(loadings) if policies.kaiser else loadings
        pattern, phi, settled = rotate_obliquely(rows, policies.rotation)
        turned = Turned(np.asarray(np.linalg.lstsq(rows, pattern, rcond=None)[0], dtype=float), phi, converged=settled)
    else:
        turned = _orthomax(loadings, policies, profiles or (lambda: loadings))
    return turned, _rotation_notices(turned, policies)


def rotate_by_moments(second: FloatArray, fourth: FloatArray, policies: Policies, profiles: Callable[[], FloatArray]) -> tuple[Turned, list[Notice]]:
    """Rotate loadings that are not at hand, by an orthomax rotation or none.

    Parameters
    ----------
    second, fourth : ndarray of shape (K,) and (K, K)
        Means from `qmethod.method.planar.moments` over all sorts, Kaiser-normalised where the policy says so; K = k (k + 1) / 2.
    policies : Policies
    profiles : callable
        As for `rotate`.
    """
    k = number_of_factors(len(second))
    if k == 1 or policies.rotation == "none":
        return Turned(np.eye(k), np.eye(k)), []
    turned = _best_of(from_moments(second, fourth), k, policies, profiles)
    return turned, _rotation_notices(turned, policies)


def _rotation_notices(turned: Turned, policies: Policies) -> list[Notice]:
    notices = []
    if not turned.converged:
        notices.append(Notice("not-converged", f"The {policies.rotation} rotation had not settled; its loadings may still move."))
    if turned.n_local_optima > 1:
        notices.append(
            Notice(
                "local-optima",
                f"{policies.rotation.capitalize()} has {turned.n_local_optima} different local optima here; the best of those found in "
                f"{policies.rotation_starts} starts is used. Other programs, which start once, may show another one.",
            )
        )
    return notices


def kaiser_rows(loadings: FloatArray) -> FloatArray:
    """Scale each sort to unit communality; one that loads on nothing but rounding is left as it is. Shape (m, k) kept."""
    length = np.sqrt(np.einsum("ij,ij->i", loadings, loadings))
    length[length < NOTHING] = 1.0
    return np.asarray(loadings / length[:, None])


def gamma(rotation: str, k: int) -> float:
    """Weight of the orthomax criterion [1]_: varimax 1, quartimax 0, equamax k / 2."""
    return {"varimax": 1.0, "quartimax": 0.0, "equamax": k / 2}[rotation]


def criterion(loadings: FloatArray, weight: float) -> float:
    """Orthomax criterion of (m, k) loadings as they stand: sum over factors of mean b^4 - weight (mean b^2)^2."""
    squares = loadings**2
    return float(((squares**2).mean(axis=0) - weight * squares.mean(axis=0) ** 2).sum())


def _orthomax(loadings: FloatArray, policies: Policies, profiles: Callable[[], FloatArray]) -> Turned:
    k = loadings.shape[1]
    weight = gamma(policies.rotation, k)
    few = len(loadings) <= SMALL * len(products_of(k)[0])
    if not few and policies.rotation_stop != "r-1e-5":
        return _best_of(from_moments(*moments(loadings, kaiser_rows if policies.kaiser else None)), k, policies, profiles)
    rows = kaiser_rows(loadings) if policies.kaiser else loadings
    if policies.rotation_stop == "r-1e-5":
        if policies.rotation != "varimax":
            raise PolicyError("rotation_stop 'r-1e-5' reproduces R's varimax and goes with rotation 'varimax' only")
        matrix, cycles, done = r_varimax(rows, 1e-5)
        return Turned(matrix, np.eye(k), criterion(rows @ matrix, weight), done, cycles, 0)
    return _best_of(from_rows(rows), k, policies, profiles)


def _best_of(means: PairMeans, k: int, policies: Policies, profiles: Callable[[], FloatArray]) -> Turned:
    """The best optimum that the starting positions lead to."""
    weight = gamma(policies.rotation, k)
    starts = _starts(k, policies.rotation_starts, policies.rotation_seed)
    enough = max(policies.rotation_tolerance, ROUGH)
    # From the unrotated position the pairs are turned in Kaiser's order, so that its optimum is the one a classical program finds.
    parts = [planar(means, starts[:1], weight, enough, one_by_one(k)), planar(means, starts[1:], weight, enough, side_by_side(k))]
    rough, sweeps, arrived = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    reached = criteria(means, rough, weight)
    # The first start is the unrotated position: another replaces it where it leads to a better optimum, or to an equally good one that
    # `tie_breaking.preferred` takes.
    near = SAME_OPTIMUM * max(float(np.abs(reached).max()), 1e-12)
    best = np.flatnonzero(reached >= reached.max() - near)
    # Turned against each other, two positions at one optimum give a permutation with signs.
    if (np.abs(rough[best[0]].T @ rough[best]).max(axis=2) > 0.99).all():
        best = best[:1]
    found, more, settled = planar(means, rough[best], weight, policies.rotation_tolerance, side_by_side(k))
    one = tie_breaking.preferred([profiles() @ matrix for matrix in found]) if len(best) > 1 else 0
    optima = max(1 + int((np.diff(np.sort(reached[arrived])) > near).sum()), min(len(best), 2))  # equally good ones are optima too
    criterion_found = float(criteria(means, found[one : one + 1], weight)[0])
    return Turned(found[one], np.eye(k), criterion_found, bool(settled[one]), int(sweeps[best[one]] + more[one]), optima)


@cache
def _starts(k: int, number: int, seed: int) -> FloatArray:
    """The unrotated position and random ones (QR of normal matrices); shape (number, k, k)."""
    rng = np.random.default_rng(seed)
    random, _ = np.linalg.qr(rng.standard_normal((number - 1, k, k)))
    starts = np.concatenate([np.eye(k)[None], random])
    starts.flags.writeable = False
    return starts


def _to_target(loadings: FloatArray, target: FloatArray) -> Turned:
    """Orthogonal Procrustes [2]_; free entries are refilled with what they came to until nothing moves."""
    if target.shape != loadings.shape:
        raise PolicyError(f"the target must have the shape of the loadings {loadings.shape}, got {target.shape}")
    free = np.isnan(target)
    if free.all():
        raise PolicyError("the target is free everywhere; give at least one loading to aim at")
    matrix = np.eye(loadings.shape[1])
    for cycle in range(1, MAX_SWEEPS + 1):
        left, singular, right = np.linalg.svd(loadings.T @ np.where(free, loadings @ matrix, target))
        if singular[-1] <= 1e-10 * max(float(singular[0]), 1e-300):
            raise DataError([Fault("the target does not settle every factor", advice="Give each factor at least one loading different from 0.")])
        previous, matrix = matrix, left @ right
        if not free.any() or np.abs(matrix - previous).max() < 1e-12:
            return Turned(matrix, np.eye(len(matrix)), n_iterations=cycle)
    return Turned(matrix, np.eye(len(matrix)), converged=False, n_iterations=MAX_SWEEPS)


def turn_by_hand(k: int, turns: Sequence[tuple[int, int, float]]) -> tuple[FloatArray, tuple[PlaneRotation, ...]]:
    """Rotations by hand, one after the other.

    Parameters
    ----------
    k : int
        Number of factors.
    turns : sequence of (int, int, float)
        First factor, second factor (counted from 1), degrees. Positive degrees turn the axes from the first towards the second:
        ``new first = cos * first + sin * second``, ``new second = -sin * first + cos * second``.

    Returns
    -------
    matrix : ndarray of shape (k, k)
        Product of all; loadings are multiplied by it from the right.
    by_hand : tuple of PlaneRotation

    Raises
    ------
    PolicyError
        For factors that do not exist, or a factor turned against itself.
    """
    matrix, record = np.eye(k), []
    for turn in turns:
        first, second, degrees = _turn(turn)
        if not (1 <= first <= k and 1 <= second <= k) or first == second:
            raise PolicyError(f"`rotations`: cannot rotate factor {first} against factor {second}: choose two different ones from 1 to {k}")
        cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        small = np.array([[cos, -sin], [sin, cos]])
        step = np.eye(k)
        step[np.ix_([first - 1, second - 1], [first - 1, second - 1])] = small
        matrix = matrix @ step
        record.append(PlaneRotation(first, second, float(degrees), small))
    return matrix, tuple(record)


def _turn(turn: tuple[int, int, float]) -> tuple[int, int, float]:
    parts = checks.several("rotations", turn, "triples: first factor, second factor, degrees")
    if len(parts) != 3:
        raise checks.refuse("rotations", "triples: first factor, second factor, degrees", turn)
    return checks.whole("rotations", parts[0]), checks.whole("rotations", parts[1]), checks.number("rotations", parts[2])
