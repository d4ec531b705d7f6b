"""The search of an orthomax rotation: pairs of factors turned in their planes, from many starting positions at once.

Two axes of loadings are one axis of complex numbers. With c = a + ib, where a and b are a sort's loadings on the two, turning them by an angle
multiplies c by a number of length 1, and what the criterion of Kaiser [1]_ [2]_ needs of all sorts are two means, those of c^2 and of c^4: the angle
that is best is a quarter of that of ``mean(c^4) - weight mean(c^2)^2``.

Those means follow, for axes of any rotation, from the second and fourth moments of the unrotated loadings. So one pass over the m sorts suffices, and
the search itself costs the same for a thousand sorts as for a million.

References
----------
.. [1] Kaiser, H. F. (1958). The varimax criterion for analytic rotation in factor analysis. Psychometrika, 23(3), 187-200.
.. [2] Kaiser, H. F. (1959). Computer program for varimax rotation in factor analysis. Educational and Psychological Measurement, 19(3), 413-420.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from qmethod.blocks import over_blocks
from qmethod.data import Array, FloatArray

ComplexArray = npt.NDArray[np.complex128]
Schedule = tuple[tuple[Array, Array], ...]

MAX_SWEEPS = 1000
FLAT = 1e-9  # relative change of the criterion with the angle below which rounding would choose the angle


@cache
def products_of(k: int) -> tuple[Array, Array, FloatArray]:
    """The K = k (k + 1) / 2 products of two of k numbers: positions of the two, and how often each product stands in a square of their sum."""
    first, second = np.triu_indices(k)
    return first, second, np.where(first == second, 1.0, 2.0)


def number_of_factors(n_products: int) -> int:
    """k, from K = k (k + 1) / 2."""
    return (math.isqrt(8 * n_products + 1) - 1) // 2


def moments(rows: FloatArray, scaled: Callable[[FloatArray], FloatArray] | None = None) -> tuple[FloatArray, FloatArray]:
    """Second and fourth moments of the rows of (m, k) loadings, as means of their K products and of those of two products; (K,) and (K, K).

    Parameters
    ----------
    rows : ndarray of shape (m, k)
    scaled : callable, optional
        What is done to rows before, each by itself.
    """
    both = moment_sums(rows, scaled) / len(rows)
    return both[0], both[1:]


def no_moments(k: int) -> FloatArray:
    """What `moment_sums` gives of no sorts at all."""
    count = len(products_of(k)[0])
    return np.zeros((1 + count, count))


def moment_sums(rows: FloatArray, scaled: Callable[[FloatArray], FloatArray] | None = None) -> FloatArray:
    """The same as sums, which add up over disjoint sets of sorts: the second on top of the fourth, shape (1 + K, K)."""
    m, k = rows.shape
    first, second, _ = products_of(k)
    count = len(first)

    def work(where: slice) -> FloatArray:
        block = (rows[where] if scaled is None else scaled(rows[where])).T
        products = block[first] * block[second]
        found = np.empty((1 + count, count))
        products.sum(axis=1, out=found[0])
        np.matmul(products, products.T, out=found[1:])
        return found

    return np.asarray(sum(over_blocks(work, m, count), no_moments(k)))


@dataclass(frozen=True, slots=True, eq=False)
class PairMeans:
    """Means over all sorts of what pairs of axes make of them.

    Parameters
    ----------
    of : callable
        Takes pairs of axes a and b as a + ib, shape (s, k), and returns of the loadings c = x + iy on them the means of c^2 and c^4, each of shape
        (s,).
    single : callable
        The same for one pair, shape (k,).
    sizes : callable
        The mean size of c^4, for pairs of shape (s, k) or (k,).
    most : float
        The largest that these sizes can be.
    """

    of: Callable[[ComplexArray], tuple[ComplexArray, ComplexArray]]
    single: Callable[[ComplexArray], tuple[complex, complex]]
    sizes: Callable[[ComplexArray], FloatArray]
    most: float


def from_moments(second: FloatArray, fourth: FloatArray) -> PairMeans:
    """Means over all sorts from the moments of unrotated loadings; cost k^4, whatever m is."""
    one, other, often = products_of(number_of_factors(len(second)))
    table = np.column_stack([fourth * often[:, None] * often, second * often]).astype(complex)
    squares = np.flatnonzero(one == other)

    def of(axes: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        products = axes[:, one] * axes[:, other]
        sums = products @ table
        return sums[:, -1], np.einsum("sk,sk->s", products, sums[:, :-1])

    def sizes(axes: ComplexArray) -> FloatArray:
        products = axes[..., one] * axes[..., other]
        return np.asarray(np.einsum("...k,...k->...", products.conj(), products @ table[:, :-1]).real)

    def single(axes: ComplexArray) -> tuple[complex, complex]:
        products = axes[one] * axes[other]
        sums = products @ table
        return complex(sums[-1]), complex(products.dot(sums[:-1]))

    return PairMeans(of, single, sizes, float(fourth[np.ix_(squares, squares)].sum()))


def from_rows(rows: FloatArray) -> PairMeans:
    """The same means from the (m, k) loadings themselves; cheaper where sorts are few and factors many."""
    m, turned = len(rows), rows.T.astype(complex)
    each = np.full(m, 1 / m, dtype=complex)

    def of(axes: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        square = axes @ turned
        square *= square
        return square @ each, np.einsum("sm,sm->s", square, square) / m

    def sizes(axes: ComplexArray) -> FloatArray:
        return np.asarray((np.abs(axes @ turned) ** 4).sum(axis=-1) / m)

    def single(axes: ComplexArray) -> tuple[complex, complex]:
        square = axes @ turned
        square *= square
        return complex(square.dot(each)), complex(square.dot(square)) / m

    return PairMeans(of, single, sizes, float(((rows**2).sum(axis=1) ** 2).mean()))


def planar(means: PairMeans, starts: FloatArray, weight: float, tolerance: float, schedule: Schedule) -> tuple[FloatArray, Array, Array]:
    """Turn pairs of factors to the best angle, until nothing moves, for many starts at once.

    Parameters
    ----------
    means : PairMeans
    starts : ndarray of shape (s, k, k)
        Orthogonal matrices.
    weight : float
        Of the orthomax criterion, see `qmethod.method.rotation.gamma`.
    tolerance : float
        A start has settled when the largest angle of a sweep is below.
    schedule : tuple of tuple (ndarray of int, ndarray of int)
        The pairs of a sweep, in steps of disjoint pairs: `one_by_one` or `side_by_side`.

    Returns
    -------
    matrices : ndarray of shape (s, k, k)
    sweeps : ndarray of int, shape (s,)
    settled : ndarray of bool, shape (s,)
    """
    axes = starts.transpose(2, 0, 1).copy()  # axis by axis, those of all starts together
    k, s = axes.shape[:2]
    sweeps, settled = np.zeros(s, dtype=int), np.zeros(s, dtype=bool)
    moving = np.arange(s)
    for _ in range(MAX_SWEEPS):
        if not moving.size:
            break
        turning, turned = axes if len(moving) == s else axes[:, moving], np.zeros(len(moving))
        if len(moving) == 1:
            turned[0] = _sweep_one(means, turning[:, 0], weight, schedule)
        else:
            for p, q in schedule:
                pairs = turning[p] + 1j * turning[q]
                turn = _best_turns(means, pairs.reshape(-1, k), weight).reshape(len(p), -1)
                pairs *= turn[:, :, None]
                turning[p], turning[q] = pairs.real, pairs.imag
                np.maximum(turned, np.abs(turn.imag).max(axis=0), out=turned)
        if turning is not axes:
            axes[:, moving] = turning
        sweeps[moving] += 1
        still = turned < tolerance
        settled[moving[still]] = True
        moving = moving[~still]
    return axes.transpose(1, 2, 0).copy(), sweeps, settled


def _best_turns(means: PairMeans, pairs: ComplexArray, weight: float) -> ComplexArray:
    """What multiplies each pair of axes, as a complex number of length 1, so that the criterion is largest; (s, k) to (s,)."""
    square, fourth = means.of(pairs)
    quarter = fourth - weight * square * square
    size = np.abs(quarter)
    if size.min() <= FLAT * means.most:  # where it is not much more than rounding, every angle is as good as any other
        flat = size <= FLAT * means.sizes(pairs)
        quarter[flat] = size[flat] = 1.0
    return np.asarray((np.sqrt(np.sqrt(quarter)) / np.sqrt(np.sqrt(size))).conj())


def _sweep_one(means: PairMeans, axes: FloatArray, weight: float, schedule: Schedule) -> float:
    """One sweep of a single start, whose (k, k) axes are turned in place; the sine of the largest angle.

    The same as for many, but that Python reckons with single numbers faster than numpy does.
    """
    largest = 0.0
    for step in schedule:
        for p, q in zip(*(side.tolist() for side in step), strict=True):
            pair = axes[p] + 1j * axes[q]
            square, fourth = means.single(pair)
            quarter = fourth - weight * square * square
            size = abs(quarter)
            if size <= FLAT * means.most and size <= FLAT * float(means.sizes(pair)):
                continue
            turn = cmath.sqrt(cmath.sqrt(quarter)).conjugate() / size**0.25
            pair *= turn
            axes[p], axes[q] = pair.real, pair.imag
            largest = max(largest, abs(turn.imag))
    return largest


def criteria(means: PairMeans, matrices: FloatArray, weight: float) -> FloatArray:
    """Orthomax criterion of each matrix, (s, k, k) to (s,). Against an axis of length 0, c is the loading itself."""
    s, k, _ = matrices.shape
    square, fourth = means.of(matrices.swapaxes(1, 2).reshape(-1, k).astype(complex))
    return np.asarray((fourth.real - weight * square.real**2).reshape(s, k).sum(axis=1))


@cache
def one_by_one(k: int) -> Schedule:
    """All pairs of k factors in Kaiser's order, 1-2, 1-3, ..., 2-3, ...; those that meet no factor of each other's come together.

    Pairs of the same sum share no factor, and of two that share one the earlier in Kaiser's order has the smaller sum: nothing changes but the time.
    """
    sums = range(1, 2 * k - 2)
    steps = [[(p, total - p) for p in range(k) if p < total - p < k] for total in sums]
    return _schedule(steps)


@cache
def side_by_side(k: int) -> Schedule:
    """All pairs of k factors in rounds of disjoint pairs (a round-robin tournament), which can be turned at the same time."""
    seats: list[int | None] = [*range(k), *([None] if k % 2 else [])]
    rounds: list[list[tuple[int, int]]] = []
    for _ in range(len(seats) - 1):
        games = [(a, b) for a, b in zip(seats[: len(seats) // 2], seats[::-1], strict=False) if a is not None and b is not None]
        rounds.append([(min(game), max(game)) for game in games])
        seats = [seats[0], seats[-1], *seats[1:-1]]
    return _schedule(rounds)


def _schedule(steps: list[list[tuple[int, int]]]) -> Schedule:
    """Steps of pairs as positions of their first and of their second factors, which numpy takes as they are."""
    return tuple((np.array([p for p, _ in step]), np.array([q for _, q in step])) for step in steps)
