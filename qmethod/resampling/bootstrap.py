"""How sure a solution is: the bootstrap over participants.

The people who took part are drawn again with replacement, as many as there are, and the whole analysis is done anew with the same conventions: the
correlation, the extraction, the rotation with what was turned by hand, the flags. Each resample's factors are matched with those of the full
sample. What then varies, varies because other people might have taken part; the statements stay the same.

References
----------
.. [1] Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics, 7(1), 1-26.
.. [2] Davison, A. C., Hinkley, D. V., & Schechtman, E. (1986). Efficient bootstrap simulation. Biometrika, 73(3), 555-566. Balanced resamples.
.. [3] Zabala, A., & Pascual, U. (2016). Bootstrapping Q methodology to improve the understanding of human perspectives. PLOS ONE, 11(2), e0148087.
.. [4] Hesterberg, T. C. (2015). What teachers should know about the bootstrap: resampling in the undergraduate statistics curriculum.
   The American Statistician, 69(4), 371-386. Expanded percentile intervals.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.given import ReadOnly
from qmethod.literals import BootstrapTable, Interval
from qmethod.matching.congruence import EQUAL, FAIR, tucker
from qmethod.plain import plain, reading_back
from qmethod.resampling.resamples import Plan, Resampled, balanced_counts, check_target, plan, resample
from qmethod.seeds import Rng, generator
from qmethod.shown import MOST_SHOWN, Result
from qmethod.solution import QSolution
from qmethod.threads import one_thread
from qmethod.wording import counted

INTERVALS: tuple[Interval, ...] = get_args(Interval)
FEW = 5
"""Defining sorts below which percentile intervals are too short: of viewpoints of three sorts they hold the true z-score in about 90 of 100 cases."""
CHUNK_CELLS = 80_000  # counts in one batch of resamples: many, since each step of a rotation costs the same for few as for many
ALONE = 8  # resamples in one batch where each runs through the whole method
MOST_LOADINGS = 300_000_000  # loadings of all resamples together that are kept for their intervals (2.4 GB)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Spread(ReadOnly):
    """How figures of the full sample vary over resamples; all arrays of one shape.

    Parameters
    ----------
    estimate : ndarray
        In the full sample.
    low, high : ndarray
        Ends of the interval; NaN where fewer than two resamples give the figure, or where the kind of interval has none.
    standard_error : ndarray
        Standard deviation over resamples (n - 1).
    bias : ndarray
        Mean over resamples less the estimate.
    n_used : ndarray of int
        Resamples that give the figure.
    """

    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    standard_error: FloatArray
    bias: FloatArray
    n_used: Array

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Positions(ReadOnly):
    """Where statements stand in the factor arrays of resamples; g columns of the grid.

    Parameters
    ----------
    values : ndarray of shape (g,)
        The columns, ascending.
    estimate : ndarray of shape (n, f)
        The array of the full sample.
    low, high : ndarray of shape (n, f)
        Ends of the interval, each a column of the grid.
    probability : ndarray of shape (n, f, g)
        Share of resamples that put the statement into the column; adds up to 1 over columns.
    n_used : ndarray of int, shape (f,)
        Resamples in which the factor has an array.
    """

    values: FloatArray
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    probability: FloatArray
    n_used: Array

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class FlagFrequency(ReadOnly):
    """How often sorts define factors.

    Parameters
    ----------
    estimate : ndarray of bool, shape (m, f)
        Flags of the full sample.
    frequency : ndarray of shape (m, f)
        Share of the resamples *that hold the sort* in which it defines the factor; NaN where none holds it.
    n_used : ndarray of int, shape (m,)
        Resamples that hold the sort.
    """

    estimate: Array
    frequency: FloatArray
    n_used: Array

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Replication(ReadOnly):
    """How well each factor comes back; every array has shape (f,).

    Parameters
    ----------
    median, low : ndarray
        Median and 5 % quantile of Tucker's phi between z-scores in a resample and in the full sample.
    fair, equal : ndarray
        Share of all resamples with phi of at least .85, and of at least .95. One in which the factor has no z-scores does not count towards them.
    n_used : ndarray of int
        Resamples in which the factor has z-scores.
    n_empty : ndarray of int
        Resamples with a solution in which no sort defines the factor, or those that do cancel out.
    n_contested : ndarray of int
        Resamples with a solution in which the match is in doubt: another factor resembles this one more than the one it was matched with, which
        is still more like another of the full sample. They are counted in all other figures.
    """

    median: FloatArray
    low: FloatArray
    fair: FloatArray
    equal: FloatArray
    n_used: Array
    n_empty: Array
    n_contested: Array

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap(ReadOnly, Result[BootstrapTable]):
    """What resamples of the participants say about a solution; n statements, m sorts, f reported factors.

    Parameters
    ----------
    statements, participants, labels : tuple of str
        What the axes of the arrays stand for.
    n_replicates : int
        Resamples drawn.
    n_completed : int
        Of these, the ones that have a solution.
    failures : tuple of tuple (str, int)
        Why the others have none, and how many.
    level : float
        Of the intervals, for example 0.95.
    interval : {'automatic', 'percentile', 'widened-percentile', 'expanded-percentile'}
    n_defining : ndarray of int, shape (f,)
        Defining sorts in the full sample.
    tail : ndarray of shape (f,)
        Share of resamples beyond each end of an interval.
    z_scores : Spread of shape (n, f)
    loadings : Spread of shape (m, f)
        Over the resamples that hold the sort.
    arrays : Positions
    flags : FlagFrequency
    replication : Replication
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    """

    statements: tuple[str, ...]
    participants: tuple[str, ...]
    labels: tuple[str, ...]
    n_replicates: int
    n_completed: int
    failures: tuple[tuple[str, int], ...]
    level: float
    interval: Interval
    n_defining: Array
    tail: FloatArray
    z_scores: Spread
    loadings: Spread
    arrays: Positions
    flags: FlagFrequency
    replication: Replication
    seed: int | None = None

    __repr__ = brief

    def _said(self) -> list[str]:
        r = self.replication
        each = list(zip(self.labels, r.median.tolist(), r.fair.tolist(), strict=True))
        return [
            f"{self.n_completed:,} of {self.n_replicates:,} resamples have a solution",
            f"{counted(len(self.labels), 'viewpoint')}, {counted(len(self.participants), 'sort')}, {counted(len(self.statements), 'statement')}; "
            f"{100 * self.level:g} % intervals, {self.interval}",
            *(f"{label}: median congruence {median:.2f}, .85 or more in {100 * fair:.0f} %" for label, median, fair in each[:MOST_SHOWN]),
            *([f"and {len(each) - MOST_SHOWN} more"] if len(each) > MOST_SHOWN else []),
            f"seed {self.seed if self.seed is not None else 'not known'}",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types; NaN becomes None, arrays become nested lists."""
        whole = {spec.name: plain(getattr(self, spec.name)) for spec in fields(self)}
        return whole if self.seed is not None else {name: value for name, value in whole.items() if name != "seed"}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Bootstrap:
        """The inverse of `to_dict`; a `PolicyError` says what is wrong with values that it did not give."""
        with reading_back("Bootstrap", values):
            rest = {key: value for key, value in values.items() if key not in ("failures", *_PARTS)}
            given: dict[str, Any] = {key: tuple(value) if key in ("statements", "participants", "labels") else value for key, value in rest.items()}
            parts: dict[str, Any] = {name: kind(**{key: _numbers(column) for key, column in values[name].items()}) for name, kind in _PARTS.items()}
            failures = tuple((why, number) for why, number in values["failures"])
            arrays = {name: _numbers(given.pop(name)) for name in ("n_defining", "tail")}
            return cls(failures=failures, **given, **arrays, **parts)


_PARTS: dict[str, Any] = {"z_scores": Spread, "loadings": Spread, "arrays": Positions, "flags": FlagFrequency, "replication": Replication}


def _numbers(values: Any) -> Any:
    """An array as it was: of whole numbers, of truth values, or of floats with NaN for None."""
    found = np.array(values)
    return found.astype(float) if found.dtype == object else found


def bootstrap(
    solution: QSolution,
    n_replicates: int = 2000,
    *,
    level: float = 0.95,
    interval: Interval = "automatic",
    rng: Rng = None,
    target: npt.ArrayLike | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Bootstrap:
    """Draw the participants again, many times, and analyse each time as the solution was analysed.

    Parameters
    ----------
    solution : QSolution
        From `qmethod.analyse`.
    n_replicates : int
        Resamples, at least 2. In all of them together each participant is drawn exactly this many times
        (Davison, Hinkley and Schechtman 1986).
    level : float
        Of the intervals.
    interval : {'automatic', 'percentile', 'widened-percentile', 'expanded-percentile'}
        Quantiles of the resamples; or quantiles further out, which make up for the narrowness of resamples of few sorts, or for that and the doubt
        about their spread (Hesterberg 2015), see Notes; or, as a matter of course, the second for viewpoints of fewer than five defining
        sorts, and the first for all others.
    rng : int or numpy.random.Generator, optional
        Where chance comes from: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.
        All resamples are drawn before the first is analysed, so that the result does not depend on how the work is shared out.
    target : array_like of shape (m, k), optional
        For a solution rotated towards a target: the target, one row for each sort of the solution.
    executor : concurrent.futures.Executor, optional
        Where to do the work: a pool of processes, ``dask.distributed.Client.get_executor()``, or anything else with ``map``. Without one, threads
        do it where resamples can be worked out together (principal components with an orthomax rotation or none, Pearson or Spearman
        correlations, no missing placements), and this thread does where each runs through the whole method.
    progress : callable, optional
        Called with the number of resamples done and of all.

    Returns
    -------
    Bootstrap

    Raises
    ------
    PolicyError
        For a number, level or kind of interval that cannot be, more resamples than fit into memory, or a target that is missing or of another shape.
    DataError
        If fewer than two resamples have a solution; the message gives the commonest reason.

    Notes
    -----
    Resamples of p values spread less than samples of p do, by the root of (p - 1) / p. The widened percentile interval makes up for it: it replaces
    the tail a/2 by Phi(sqrt(p / (p - 1)) z(a/2)), where p is the number of defining sorts and z a quantile of the normal distribution. The expanded
    one takes t(a/2; p - 1), of Student's, for z (Hesterberg 2015); for a mean of p values this gives the length of the t interval. There is neither
    for p < 2.

    Examples
    --------
    >>> import numpy as np, qmethod
    >>> rng = np.random.default_rng(1)
    >>> sorts = rng.permuted(np.repeat([-2, -1, 0, 1, 2], [1, 2, 3, 2, 1]).repeat(8).reshape(9, 8), axis=0)
    >>> qmethod.bootstrap(qmethod.analyse(sorts, 1), 100, rng=1).z_scores.low.shape
    (9, 1)
    """
    checks.instance("solution", solution, QSolution, checks.SOLUTION)
    n_replicates = checks.whole("n_replicates", n_replicates, 2)
    level = checks.share("level", level)
    interval = checks.one_of("interval", interval, INTERVALS)
    checks.calls("executor", executor, "map")
    checks.calls("progress", progress)
    target = None if target is None else checks.table("target", target, gaps=True)
    _check(solution, n_replicates, target)
    chance, seed = generator(rng)
    counts = balanced_counts(solution.data, n_replicates, chance)
    made = plan(solution, None if target is None else np.asarray(target, dtype=float))
    width = ALONE if made.unit is None else max(16, CHUNK_CELLS // solution.data.n_sorts)
    # The batches are the same whoever works them out, so that not even rounding can differ.
    batches = [counts[start : start + width] for start in range(0, n_replicates, width)]
    parts = []
    with closing(_work(made, batches, executor)) as work:  # where `progress` ends it, what is not begun is not done
        for part in work:
            parts.append(part)
            if progress is not None:
                progress(min(len(parts) * width, n_replicates), n_replicates)
    together = Resampled(*(_joined([getattr(part, spec.name) for part in parts]) for spec in fields(Resampled)))
    return replace(summarise(solution, together, counts, level, interval), seed=seed)


def tails(interval: Interval, level: float, n_defining: Array) -> FloatArray:
    """Share beyond each end of an interval for each factor; see the notes of `bootstrap`.

    Parameters
    ----------
    interval : {'automatic', 'percentile', 'widened-percentile', 'expanded-percentile'}
    level : float
    n_defining : ndarray of int, shape (f,)

    Returns
    -------
    ndarray of shape (f,)
        NaN where there is no such interval.
    """
    plain = (1 - level) / 2
    if interval == "percentile":
        return np.full(len(n_defining), plain)
    from scipy.special import ndtr, ndtri, stdtrit  # on demand: only this needs it

    p = np.maximum(n_defining, 2).astype(float)
    end = stdtrit(p - 1, plain) if interval == "expanded-percentile" else ndtri(plain)
    wider = np.where(n_defining > 1, ndtr(np.sqrt(p / (p - 1)) * end), np.nan)
    return np.where(n_defining < FEW, wider, plain) if interval == "automatic" else wider


def summarise(solution: QSolution, found: Resampled, counts: Array, level: float, interval: Interval) -> Bootstrap:
    """Intervals, frequencies and replication from the resamples.

    Parameters
    ----------
    solution : QSolution
        The full sample.
    found : Resampled
    counts : ndarray of int, shape (b, m)
    level : float
    interval : str

    Raises
    ------
    DataError
        If fewer than two resamples have a solution.
    """
    done = np.array([not why for why in found.failures])
    why = Counter(reason for reason in found.failures if reason)
    if done.sum() < 2:
        message = f"{len(done) - int(done.sum())} of {len(done)} resamples of the participants cannot be analysed: {why.most_common(1)[0][0]}"
        raise DataError([Fault(message, advice="Extract fewer factors, or use principal components.")])
    n_defining = solution.characteristics.n_defining
    tail = tails(interval, level, n_defining)
    held = (counts > 0) & done[:, None]
    n_held = held.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        frequency = (found.flags & held[:, :, None]).sum(axis=0) / n_held[:, None].astype(float)
    return Bootstrap(
        statements=solution.data.statements,
        participants=solution.data.participants,
        labels=solution.labels,
        n_replicates=len(done),
        n_completed=int(done.sum()),
        failures=tuple(sorted(why.items(), key=lambda pair: (-pair[1], pair[0]))),
        level=level,
        interval=interval,
        n_defining=n_defining,
        tail=tail,
        z_scores=_spread(solution.scores.z_scores, found.z_scores, tail),
        loadings=_spread(solution.loadings, found.loadings, tail),
        arrays=_positions(solution, found, tail),
        flags=FlagFrequency(solution.flags, frequency, n_held),
        replication=_replication(solution, found, done),
    )


def _check(solution: QSolution, n_replicates: int, target: Any) -> None:
    if n_replicates * solution.loadings.size > MOST_LOADINGS:
        most = MOST_LOADINGS // solution.loadings.size
        raise PolicyError(
            f"`n_replicates`: {n_replicates:,} resamples of {solution.data.n_sorts:,} sorts do not fit into memory; draw at most {most:,}"
        )
    check_target(solution, target)


def _work(made: Plan, batches: list[Array], executor: Executor | None) -> Generator[Resampled, None, None]:
    """Results of the batches, in order. The libraries under numpy are held to one thread, see `qmethod.threads`."""
    if executor is not None:
        yield from executor.map(partial(_held, made), batches)
        return
    cores = os.cpu_count() or 1
    with one_thread():
        if made.unit is None or cores == 1:
            yield from map(partial(resample, made), batches)
            return
        with ThreadPoolExecutor(cores) as pool:
            yield from pool.map(partial(resample, made), batches)


def _held(made: Plan, counts: Array) -> Resampled:
    with one_thread():
        return resample(made, counts)


def _joined(parts: list[Any]) -> Any:
    return np.concatenate(parts) if isinstance(parts[0], np.ndarray) else sum(parts, ())


def _spread(estimate: FloatArray, values: FloatArray, tail: FloatArray) -> Spread:
    """`values` of shape (b, r, f) against an estimate of shape (r, f)."""
    ordered = np.sort(values, axis=0)  # NaN last
    used = np.count_nonzero(~np.isnan(ordered), axis=0)
    enough = used > 1
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(ordered, axis=0) / used
        error = np.sqrt(np.nansum((ordered - mean) ** 2, axis=0) / (used - 1))
    return Spread(
        estimate=estimate,
        low=np.where(enough, _quantile(ordered, used, tail), np.nan),
        high=np.where(enough, _quantile(ordered, used, 1 - tail), np.nan),
        standard_error=np.where(enough, error, np.nan),
        bias=np.where(used > 0, mean - estimate, np.nan),
        n_used=used,
    )


def _quantile(ordered: FloatArray, used: Array, share: FloatArray) -> FloatArray:
    """Quantiles (linear between order statistics) of the first `used` values of each column; (b, ..., f) with shares of shape (f,)."""
    last = np.maximum(used - 1, 0)
    at = np.nan_to_num(share) * last
    below = np.floor(at).astype(int)
    first, second = (np.take_along_axis(ordered, np.minimum(i, last)[None], axis=0)[0] for i in (below, below + 1))
    return np.asarray(np.where(np.isnan(share), np.nan, first + (at - below) * (second - first)))


def _positions(solution: QSolution, found: Resampled, tail: FloatArray) -> Positions:
    values = np.array(solution.scores.grid.values, dtype=float)
    columns = found.columns
    used = np.count_nonzero(columns[:, 0] >= 0, axis=0)
    tally = np.stack([np.count_nonzero(columns == g, axis=0) for g in range(len(values))], axis=2)
    ordered = np.sort(columns, axis=0)  # -1 first: what is used lies at the end
    low, high = (np.full(solution.scores.arrays.shape, np.nan) for _ in range(2))
    for f, n_used in enumerate(used.tolist()):
        if n_used > 1 and not math.isnan(tail[f]):
            mine = ordered[len(ordered) - n_used :, :, f]
            low[:, f] = values[mine[math.floor(tail[f] * (n_used - 1))]]
            high[:, f] = values[mine[math.ceil((1 - tail[f]) * (n_used - 1))]]
    with np.errstate(invalid="ignore"):
        probability = tally / used[None, :, None].astype(float)
    return Positions(values, solution.scores.arrays, low, high, probability, used)


def _replication(solution: QSolution, found: Resampled, done: Array) -> Replication:
    own = solution.scores.z_scores
    phi = np.stack([tucker(found.z_scores[:, :, f : f + 1], own[:, f : f + 1])[:, 0, 0] for f in range(own.shape[1])], axis=1)
    ordered = np.sort(phi, axis=0)
    used = np.count_nonzero(~np.isnan(phi), axis=0)
    n_done, f = int(done.sum()), own.shape[1]
    known = ~np.isnan(own).any(axis=0)
    scored = np.count_nonzero(~np.isnan(found.z_scores[:, 0]), axis=0)
    fair, equal = (np.where(known, (phi >= bound).sum(axis=0) / n_done, np.nan) for bound in (FAIR, EQUAL))
    median, low = (np.where(used > 0, _quantile(ordered, used, np.full(f, share)), np.nan) for share in (0.5, 0.05))
    return Replication(median, low, fair, equal, used, n_done - scored, found.contested.sum(axis=0))
