"""What the later walks through sorts that are too many for memory gather from one part of them.

The first is `qmethod.streaming.first_pass`, which also says how the sums of parts are added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qmethod.brief import brief
from qmethod.data import Array, FloatArray
from qmethod.method import flagging, scores
from qmethod.method.correlation import Correlation
from qmethod.method.notices import NOBODY, NOTHING, SHOWN, Who
from qmethod.method.ordering import by_pole, direction_values
from qmethod.method.pipeline import unusable
from qmethod.method.planar import moment_sums, no_moments
from qmethod.method.rotation import kaiser_rows
from qmethod.policies import Policies
from qmethod.solution import Factor
from qmethod.streaming.chunks import ChunkedSorts
from qmethod.threads import one_thread


def _kept(source: ChunkedSorts, policies: Policies, part: int) -> Iterator[tuple[Array, npt.NDArray[np.str_]]]:
    """The sorts of a part that are analysed, chunk by chunk, with their names."""
    for chunk in source.chunks(part):
        _, out = unusable(chunk.sorts, source.statements, chunk.participants.tolist(), policies)
        if not out:
            yield chunk.sorts, chunk.participants
            continue
        left = [j for j in range(chunk.sorts.shape[1]) if j not in out]
        if left:
            yield chunk.sorts[:, left], chunk.participants[left]


def _project(sorts: Array, directions: FloatArray, policies: Policies) -> FloatArray:
    """Loadings of sorts (n, c) on directions (n, k); shape (c, k)."""
    return Correlation(policies.correlation, sorts, ()).project(directions)


@dataclass(frozen=True, slots=True, eq=False)
class Unrotated:
    """What the second walk gathers of the unrotated loadings.

    Parameters
    ----------
    signed, squares : ndarray of shape (k,)
        Sums of l |l| and of l^2.
    moments : ndarray of shape (1 + K, K)
        From `qmethod.method.planar.moment_sums`.
    """

    signed: FloatArray
    squares: FloatArray
    moments: FloatArray

    def __add__(self, other: Unrotated) -> Unrotated:
        return Unrotated(self.signed + other.signed, self.squares + other.squares, self.moments + other.moments)


def unrotated(source: ChunkedSorts, policies: Policies, directions: FloatArray, part: int) -> Unrotated:
    """Sum up the loadings of a part on directions of shape (n, k)."""
    k = directions.shape[1]
    found = Unrotated(np.zeros(k), np.zeros(k), no_moments(k))
    with one_thread():
        for sorts, _ in _kept(source, policies, part):
            loadings = _project(sorts, directions, policies)
            rows = kaiser_rows(loadings) if policies.kaiser else loadings
            found = found + Unrotated((loadings * np.abs(loadings)).sum(axis=0), (loadings**2).sum(axis=0), moment_sums(rows))
    return found


Foremost = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What the third walk gathers of k rotated factors before it is known which way they point.

    Arrays of length 2k hold the sorts that load positively first, and then those that load negatively, turned round.

    Parameters
    ----------
    directed : ndarray of shape (2, 2, k)
        What decides the direction and its scale, over the defining sorts and over all.
    squares : ndarray of shape (2k,)
        Squared loadings.
    n_marked : ndarray of int, shape (k,)
        Defining sorts of both sides.
    n_weighted : ndarray of int, shape (2k,)
    sums : ndarray of shape (3, n, 2k)
        From `qmethod.method.scores.composite_sums`.
    defining, capped : tuple of Who
        Defining sorts, and those with a loading of 1 or nearly.
    foremost : tuple of tuple
        The defining sorts with the largest loadings, with these.
    nothing : Who
        Sorts that load on none of the factors.
    several : Who
        Sorts that define more than one.
    """

    directed: FloatArray
    squares: FloatArray
    n_marked: Array
    n_weighted: Array
    sums: FloatArray
    defining: tuple[Who, ...]
    capped: tuple[Who, ...]
    foremost: tuple[Foremost, ...]
    nothing: Who
    several: Who

    def __add__(self, other: Sides) -> Sides:
        return Sides(
            self.directed + other.directed,
            self.squares + other.squares,
            self.n_marked + other.n_marked,
            self.n_weighted + other.n_weighted,
            self.sums + other.sums,
            tuple(a + b for a, b in zip(self.defining, other.defining, strict=True)),
            tuple(a + b for a, b in zip(self.capped, other.capped, strict=True)),
            tuple(largest(a + b) for a, b in zip(self.foremost, other.foremost, strict=True)),
            self.nothing + other.nothing,
            self.several + other.several,
        )


def largest(sorts: Foremost) -> Foremost:
    """The `SHOWN` largest absolute loadings, in the order of `QSolution.defining`."""
    return tuple(sorted(sorts, key=lambda one: (-round(abs(one[1]), 10), one[0])))[:SHOWN]


def sides(source: ChunkedSorts, policies: Policies, directions: FloatArray, part: int) -> Sides:
    """Flag the sorts of a part by their loadings on directions of shape (n, k), and sum up each side of each factor."""
    n, k = directions.shape
    none = (NOBODY,) * (2 * k)
    found = Sides(
        np.zeros((2, 2, k)),
        np.zeros(2 * k),
        np.zeros(k, dtype=int),
        np.zeros(2 * k, dtype=int),
        np.zeros((3, n, 2 * k)),
        none,
        none,
        ((),) * (2 * k),
        NOBODY,
        NOBODY,
    )
    with one_thread():
        for sorts, names in _kept(source, policies, part):
            found = found + _sides(sorts, names, _project(sorts, directions, policies), policies)
    return found


def _sides(sorts: Array, names: npt.NDArray[np.str_], loadings: FloatArray, policies: Policies) -> Sides:
    marked = flagging.automatic(loadings, sorts.shape[0], policies)
    both = np.hstack([loadings, -loadings])
    flags = np.hstack([marked, marked]) & (both > 0)
    weights = scores.weigh(both, flags, policies)
    rule = "all" if policies.reflection == "defining" else policies.reflection
    directed = [direction_values(np.where(which, loadings, 0.0), marked, rule) for which in (marked, np.ones_like(marked))]

    def those(which: Array) -> Who:
        where = np.flatnonzero(which)
        return Who(tuple(names[where[:SHOWN]].tolist()), len(where))

    return Sides(
        np.array(directed),
        (np.where(both > 0, both, 0.0) ** 2).sum(axis=0),
        marked.sum(axis=0),
        np.count_nonzero(weights, axis=0),
        scores.composite_sums(sorts, weights, policies),
        tuple(those(column) for column in flags.T),
        tuple(those(column) for column in (flags & (both >= policies.weight_cap)).T),
        tuple(_foremost(names, both[:, j], flags[:, j]) for j in range(flags.shape[1])),
        those((loadings**2).sum(axis=1) < NOTHING),
        those(marked.sum(axis=1) > 1),
    )


def _foremost(names: npt.NDArray[np.str_], loadings: FloatArray, flags: Array) -> Foremost:
    where = np.flatnonzero(flags)
    if len(where) > SHOWN:
        least = np.partition(loadings[where], -SHOWN)[-SHOWN]
        where = where[loadings[where] >= least - 1e-9]  # ties are decided by name
    return largest(tuple(zip(names[where].tolist(), loadings[where].tolist(), strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """Results for some sorts, c of them; f reported factors.

    Parameters
    ----------
    participants : ndarray of str, shape (c,)
    loadings : ndarray of shape (c, f)
    communalities : ndarray of shape (c,)
    flags : ndarray of bool, shape (c, f)
        Which sorts define which factor.
    weights : ndarray of shape (c, f)
        0 where a sort does not define a factor.
    """

    participants: npt.NDArray[np.str_]
    loadings: FloatArray
    communalities: FloatArray
    flags: Array
    weights: FloatArray

    __repr__ = brief


def loaded(source: ChunkedSorts, policies: Policies, directions: FloatArray, factors: tuple[Factor, ...], part: int) -> Iterator[Loaded]:
    """The results of the sorts of a part, chunk by chunk, from the directions (n, k) of the final factors."""
    with one_thread():
        for sorts, names in _kept(source, policies, part):
            rotated = _project(sorts, directions, policies)
            loadings, flags = by_pole(rotated, flagging.automatic(rotated, sorts.shape[0], policies), factors, policies)
            yield Loaded(names, loadings, (rotated**2).sum(axis=1), flags, scores.weigh(loadings, flags, policies))


def all_loaded(source: ChunkedSorts, policies: Policies, directions: FloatArray, factors: tuple[Factor, ...], part: int) -> list[Loaded]:
    """The same as a list, which can travel between processes."""
    return list(loaded(source, policies, directions, factors, part))
