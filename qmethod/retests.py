"""How far people agree with themselves: sorts that the same people made twice, in place of a reliability that is assumed.

References
----------
.. [1] Fisher, R. A. (1921). On the "probable error" of a coefficient of correlation deduced from a small sample. Metron, 1, 3-32.
.. [2] Silver, N. C., & Dunlap, W. P. (1987). Averaging correlation coefficients: Should Fisher's z transformation be used? Journal of Applied
   Psychology, 72(1), 146-148.
.. [3] Brown, S. R. (1980). Political Subjectivity. Yale University Press. Reliability of a sort, assumed to be .80.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from qmethod import checks
from qmethod.brief import brief, short
from qmethod.data import FloatArray, QData
from qmethod.door import fetch
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.given import ReadOnly
from qmethod.literals import RetestTable
from qmethod.shown import Result
from qmethod.taken import Given, as_data
from qmethod.wording import counted

LEAST = 4
"""Statements that both sorts of a pair must place."""
PERFECT = 0.999
"""What a correlation counts as that is larger, so that two sorts exactly alike do not outweigh all others."""
LOWEST, HIGHEST = 0.01, 0.99
"""Reliabilities that can be reckoned with."""
_SHOWN = 4


@dataclass(frozen=True, slots=True, eq=False)
class Retest(ReadOnly, Result[RetestTable]):
    """How far p people agree with themselves.

    Parameters
    ----------
    first, second : tuple of str
        The sorts of each person.
    correlations : ndarray of shape (p,)
        Pearson's r between the two, over the statements that both place.
    shared : ndarray of int, shape (p,)
        How many these are.
    pooled : float
        The retest correlation: the mean of Fisher's z of all pairs, each counting alike, turned back into a correlation.
    low, high : float
        Its interval. With two pairs or more it comes from how far people differ (Student's t on Fisher's z), and so speaks of people like them. With
        one pair it comes from the number of statements (Fisher's 1 / sqrt(n - 3)), and speaks of that person only.
    level : float
        Confidence of the interval.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    correlations: FloatArray
    shared: np.ndarray[Any, np.dtype[np.intp]]
    pooled: float
    low: float
    high: float
    level: float

    __repr__ = brief

    def _said(self) -> list[str]:
        p = len(self.first)
        lines = [
            f"{counted(p, 'pair')} of sorts by the same person; retest correlation {self.pooled:.2f}",
            f"{100 * self.level:g} % interval {self.low:.2f} to {self.high:.2f}, {self.rests_on}",
        ]
        several = [f"{a} and {b}: {r:.2f}" for a, b, r in zip(self.first, self.second, self.correlations.tolist(), strict=True)]
        return [*lines, *several[:_SHOWN], *([f"and {p - _SHOWN} more"] if p > _SHOWN else [])]

    @property
    def rests_on(self) -> str:
        """What the interval comes from, in words."""
        return "from how far people differ" if len(self.first) > 1 else "from one person's statements: others may differ"

    @property
    def coefficient(self) -> float:
        """The reliability to reckon with: `pooled`, rounded to four digits and at most .99.

        Raises
        ------
        DataError
            If people do not agree with themselves at all.
        """
        if self.pooled < LOWEST:
            message = f"people do not agree with themselves: the retest correlation of {counted(len(self.first), 'pair')} is {self.pooled:.2f}"
            raise DataError([Fault(message, advice="See whether the pairs are right: each names two sorts of one person.")])
        return min(round(self.pooled, 4), HIGHEST)


def retest(data: Given, pairs: str | os.PathLike[str] | Iterable[Sequence[str]], *, level: float = 0.95) -> Retest:
    """The retest correlation of a study, from sorts that the same people made twice.

    Parameters
    ----------
    data : QData, data frame, path, or array_like of shape (n, m)
        The sorts, first and second ones.
    pairs : path, or iterable of (str, str)
        For each person the names of the first and the second sort; or a table with the columns first and second.
    level : float, default 0.95
        Confidence of the interval.

    Returns
    -------
    Retest

    Raises
    ------
    DataError
        If a name is unknown, a pair names one sort twice, a sort is in two pairs, or a pair cannot be correlated. All faults are told at once.
    PolicyError
        For a level that is none, or pairs that are none.

    Notes
    -----
    Correlations are averaged as Fisher's z (Fisher, 1921), which is less biased for few pairs (Silver & Dunlap, 1987); one above .999 counts as
    .999. The result is what Brown (1980) takes to be .80: give it to `qmethod.analyse` as ``reliability_coefficient=found.coefficient`` with
    ``reliability="fixed"``, and leave the second sorts out, which would count these people twice.

    Examples
    --------
    >>> import numpy as np
    >>> import qmethod
    >>> sorts = np.array([[2, 2, -1], [1, 1, 2], [0, -1, 1], [-1, 0, 0], [-2, -2, -2]])
    >>> data = qmethod.QData(sorts, tuple("abcde"), ("ann", "ann again", "bo"))
    >>> found = qmethod.retest(data, [("ann", "ann again")])
    >>> round(found.pooled, 2)
    0.9
    """
    level = checks.share("level", level)
    sorts = as_data(data, "data")
    named, file, lines = _given(pairs)
    faults = _faults(named, file, lines, sorts)
    if faults:
        raise DataError(faults)
    position = {name: i for i, name in enumerate(sorts.participants)}
    values = np.asarray(sorts.sorts, dtype=float)
    correlations, shared = np.empty(len(named)), np.empty(len(named), dtype=np.intp)
    for i, (first, second) in enumerate(named):
        one, other = values[:, position[first]], values[:, position[second]]
        both = ~np.isnan(one) & ~np.isnan(other)
        shared[i] = both.sum()
        line = lines[i] if lines else None
        if shared[i] < LEAST:
            message = f"{first} and {second} both place {counted(int(shared[i]), 'statement')}; at least {LEAST} are needed"
            faults.append(Fault(message, file=file, line=line))
            continue
        flat = [name for name, sort in ((first, one), (second, other)) if np.ptp(sort[both]) == 0]
        if flat:
            faults.append(Fault(f"{flat[0]} puts all statements in the same place and agrees with nothing", file=file, line=line))
            continue
        correlations[i] = np.corrcoef(one[both], other[both])[0, 1]
    if faults:
        raise DataError(faults)
    pooled, low, high = _pooled(correlations, shared, level)
    return Retest(tuple(first for first, _ in named), tuple(second for _, second in named), correlations, shared, pooled, low, high, level)


def _pooled(correlations: FloatArray, shared: np.ndarray[Any, np.dtype[np.intp]], level: float) -> tuple[float, float, float]:
    """The mean correlation and its interval."""
    z = np.arctanh(np.clip(correlations, -PERFECT, PERFECT))
    mean, p = float(z.mean()), len(z)
    if p > 1:
        from scipy.special import stdtrit

        half = float(stdtrit(p - 1, 0.5 + level / 2) * z.std(ddof=1) / np.sqrt(p))
    else:
        half = NormalDist().inv_cdf(0.5 + level / 2) / float(np.sqrt(shared[0] - 3.0))
    return float(np.tanh(mean)), float(np.tanh(mean - half)), float(np.tanh(mean + half))


def _given(pairs: Any) -> tuple[list[tuple[str, str]], str | None, Sequence[int]]:
    """Pairs, the file they stand in, and their lines there."""
    if isinstance(pairs, str | os.PathLike):
        read = fetch("read_pairs")(pairs)
        return list(read.pairs), read.file, read.lines
    wanted = "`pairs` must be a path, or pairs of names such as [('p1', 'p1 again')]"
    if not isinstance(pairs, Iterable):
        raise PolicyError(f"{wanted}; got {short(pairs)}")
    named = [tuple(pair) if isinstance(pair, list | tuple) else pair for pair in pairs]
    for pair in named:
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(name, str) for name in pair):
            raise PolicyError(f"{wanted}; got {short(pair)} among them")
    return named, None, ()


def _faults(named: Sequence[tuple[str, str]], file: str | None, lines: Sequence[int], data: QData) -> list[Fault]:
    """What is wrong with the names."""
    if not named and file is None:
        raise PolicyError("`pairs` must hold one pair of names at least; got none")
    if not named:
        return [Fault("no pairs of sorts by the same person", file=file)]
    known, seen, faults = set(data.participants), dict[str, int](), []
    for i, pair in enumerate(named):
        line = lines[i] if lines else None
        if not all(pair):
            faults.append(Fault(f"a pair needs two sorts, and this one names {counted(sum(map(bool, pair)), 'sort')}", file=file, line=line))
        elif pair[0] == pair[1]:
            faults.append(Fault(f"{pair[0]} is paired with itself", advice="Name the other sort of that person.", file=file, line=line))
        for name in dict.fromkeys(filter(None, pair)):
            if name not in known:
                faults.append(
                    Fault(f"there is no sort {name!r}", advice=f"Sorts are called {', '.join(data.participants[:6])} ...", file=file, line=line)
                )
            elif name in seen:
                earlier = f"line {seen[name]}" if lines else f"pair {seen[name]}"
                faults.append(Fault(f"{name} stands in {earlier} already", advice="A sort can be in one pair only.", file=file, line=line))
            else:
                seen[name] = lines[i] if lines else i + 1
    return faults
