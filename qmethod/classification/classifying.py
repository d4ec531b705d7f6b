"""Whose view is whose: assign new sorts, whole or in part, to known viewpoints, with how sure that is, and "none of these" as an answer.

How likely a sort is under each viewpoint stands in `qmethod.classification.likelihood`. By a solution, a probability is also tried on studies drawn
from it (`qmethod.classification.rehearsal`), so that it is as often right as it says; viewpoints that come as numbers are taken for exact.

References
----------
.. [1] Fisher, R. A. (1921). On the "probable error" of a coefficient of correlation deduced from a small sample. Metron, 1, 3-32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from qmethod import checks
from qmethod.brief import brief
from qmethod.classification.likelihood import correlate_partial, posterior
from qmethod.classification.mixture import mixtures
from qmethod.classification.rehearsal import Rehearsal, on_curve, rehearse, unlike
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.given import ReadOnly
from qmethod.literals import ClassificationTable
from qmethod.matching.profiles import Profiles, Sides, called, side_by_side
from qmethod.method.tie_breaking import file_order
from qmethod.seeds import Rng, generator
from qmethod.shown import Result
from qmethod.solution import QSolution
from qmethod.wording import counted

_LARGEST = 1 - 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Classification(ReadOnly, Result[ClassificationTable]):
    """What new sorts say about which viewpoint their people hold.

    Parameters
    ----------
    correlations : ndarray of shape (m, k)
        Pearson's r between each sort and each viewpoint over the statements placed; NaN where nothing can be said.
    low, high : ndarray of shape (m, k)
        Interval for each correlation (Fisher's z, 1921).
    probabilities : ndarray of shape (m, k + 1)
        Probability of each viewpoint and, last, of none of these; rows add up to 1.
    answers : ndarray of int, shape (m,)
        The viewpoint, 0 to k - 1; k for none of these; -1 where no answer is likely enough.
    n_placed : ndarray of int, shape (m,)
        Statements placed.
    sure : float
        The probability that an answer needed.
    level : float
        Confidence of the intervals.
    participants : tuple of str
        Names of the sorts; empty where they came as an array.
    viewpoints : tuple of str
        Labels of the viewpoints; empty where they came as an array.
    mixture : ndarray of shape (m, k)
        Shares of the viewpoints in the mixture that describes each sort best, adding up to 1. They are no probabilities: of somebody who holds a
        half of two viewpoints they say a half of each. All 0 where no viewpoint takes a share, NaN where nothing can be said.
    fit : ndarray of shape (m,)
        Correlation of the sort with that mixture of the viewpoints found, over the statements placed.
    fit_p : ndarray of shape (m,)
        Share of people who hold one of the viewpoints, in the studies drawn, whom a mixture describes no better. Where it is small, as below .05, the
        sort is unlike what people of these viewpoints make. NaN where no studies were drawn.
    kept : ndarray of shape (k,)
        How closely each viewpoint found keeps to the one that its people have in common: the root of its reliability from sorts left out. 1 where
        viewpoints came as numbers, which are taken for exact.
    n_studies : int
        Studies drawn from the solution on which the probabilities were tried. 0 where viewpoints came as numbers, or fewer than ten studies found all
        viewpoints: then the probabilities rest on the formula alone.
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given,
        or nothing was drawn.
    """

    correlations: FloatArray
    low: FloatArray
    high: FloatArray
    probabilities: FloatArray
    answers: Array
    n_placed: Array
    sure: float
    level: float
    participants: tuple[str, ...]
    viewpoints: tuple[str, ...]
    mixture: FloatArray
    fit: FloatArray
    fit_p: FloatArray
    kept: FloatArray
    n_studies: int
    seed: int | None

    __repr__ = brief

    def _said(self) -> list[str]:
        k = self.correlations.shape[1]
        given = [(f"viewpoint {called(self.viewpoints, j)}", int((self.answers == j).sum())) for j in range(k)]
        rest = [("none of these", int((self.answers == k).sum())), ("not sure", int((self.answers < 0).sum()))]
        return [
            f"{counted(len(self.answers), 'sort')}, {counted(k, 'viewpoint')}; an answer needs a probability of {self.sure:g}",
            f"probabilities {f'tried on {self.n_studies} studies drawn from the solution' if self.n_studies else 'by the formula alone'}",
            *(f"{name}: {n}" for name, n in [*given[:4], *([("other viewpoints", sum(n for _, n in given[4:]))] if k > 4 else []), *rest]),
        ]


def classify(
    sorts: Profiles,
    profiles: Profiles,
    *,
    shares: Sequence[float] | None = None,
    none_share: float = 0.2,
    closeness: tuple[float, float] = (0.4, 0.95),
    sure: float = 0.8,
    level: float = 0.95,
    rng: Rng = None,
    target: FloatArray | None = None,
) -> Classification:
    """Assign sorts to viewpoints.

    Parameters
    ----------
    sorts : QData, data frame, path, or array_like of shape (n, m)
        Placements on any scale; NaN for a statement that was not placed. Sorts of people who are not among those of the solution: those that made a
        viewpoint agree with it too well.
    profiles : QSolution, data frame, path, or array_like of shape (n, k)
        The viewpoints: a solution, whose statements are matched with those of the sorts by their ids; or scores of the statements in each viewpoint:
        z-scores, factor arrays, or the placements of a reference viewpoint, NaN where it says nothing.
    shares : sequence of float, optional
        How common each viewpoint is thought to be among those who hold one of them; equally common by default.
    none_share : float, default 0.2
        How common it is thought to be that somebody holds none of them.
    closeness : tuple of float, default (0.4, 0.95)
        Range of a, how closely people keep to their viewpoint.
    sure : float, default 0.8
        An answer is given only where its probability is at least this.
    level : float, default 0.95
        Confidence of the intervals for the correlations.
    rng : int or numpy.random.Generator, optional
        Where chance comes from when studies are drawn from a solution: a seed, or a generator. Without one a seed is drawn. `seed` of the result
        repeats it. Nothing is drawn for viewpoints that come as numbers.
    target : ndarray of shape (sorts of the solution, k), optional
        What the rotation of the solution aimed at, where it had a target.

    Returns
    -------
    Classification
        A viewpoint of a solution that no sort defines has no scores: nobody is assigned to it.

    Raises
    ------
    DataError
        If the shapes do not fit, no viewpoint has scores, or one is the same everywhere.
    PolicyError
        For shares, a range, a probability or `rng` that cannot be.

    Notes
    -----
    By a solution, closeness is taken times the root of each viewpoint's reliability from sorts left out. Then studies are drawn from the solution,
    and new people of each viewpoint, people who sort at random and people of a viewpoint that the study did not meet are classified by what is found.
    How often an answer said with some probability is right among them replaces that probability. People who place few statements are tried with few.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.datasets.load("climate")
    >>> known = qmethod.analyse(data.keep(range(200)), 1)
    >>> new = qmethod.classify(data.keep(range(200, 210)), known, rng=1)
    >>> new.answers.tolist()
    [1, 0, 0, 0, -1, 0, 1, 0, 1, 1]
    """
    none_share, sure, level = (checks.number(name, value) for name, value in (("none_share", none_share), ("sure", sure), ("level", level)))
    ends = tuple(checks.number("closeness", end) for end in checks.several("closeness", closeness, "two numbers"))
    sides = side_by_side(sorts, profiles, ("sorts", "profiles"))
    values, scores = sides.first, np.asarray(sides.second, dtype=float)
    goal = None if target is None else checks.table("target", target, gaps=True)
    chance, seed = generator(rng)
    there = _with_scores(scores, isinstance(profiles, QSolution))
    prior = _prior(scores, there, shares, none_share, ends, sure, level)
    closeness = (ends[0], ends[1])
    scores = scores[:, there]
    if isinstance(profiles, QSolution):
        rehearsed = _rehearsed(profiles, there, sides, prior, closeness, chance, goal)
    else:
        rehearsed, seed = Rehearsal(np.ones(len(there)), (), 0), None
    correlations, shared = correlate_partial(values, scores)
    probabilities = posterior(correlations, shared, prior, closeness, rehearsed.kept)
    mixture, fit = mixtures(values, scores, correlations, rehearsed.kept)
    fit_p = np.full(len(fit), np.nan)
    known = _placed(values[~np.isnan(scores).any(axis=1)]) if rehearsed.bands else np.empty(0)
    for band in rehearsed.bands:
        mine = (known >= band.fewest) & (known <= band.most)
        probabilities[mine] = on_curve(probabilities[mine], band)
        fit_p[mine] = unlike(fit[mine], band)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = NormalDist().inv_cdf(0.5 + level / 2) / np.sqrt(shared - 3.0)
        z = np.arctanh(np.clip(correlations, -_LARGEST, _LARGEST))
        low, high = np.tanh(z - half), np.tanh(z + half)
    k = np.asarray(sides.second).shape[1]
    best = np.append(there, k)[probabilities.argmax(axis=1)]
    answers = np.where(probabilities.max(axis=1) >= sure, best, -1)
    return Classification(
        correlations=_among(correlations, there, k, np.nan),
        low=_among(low, there, k, np.nan),
        high=_among(high, there, k, np.nan),
        probabilities=np.column_stack([_among(probabilities[:, :-1], there, k, 0.0), probabilities[:, -1]]),
        answers=answers,
        n_placed=_placed(values),
        sure=sure,
        level=level,
        participants=sides.names,
        viewpoints=sides.other_names,
        mixture=_among(mixture, there, k, 0.0),
        fit=fit,
        fit_p=fit_p,
        kept=_among(rehearsed.kept[None], there, k, np.nan)[0],
        n_studies=rehearsed.n_studies if rehearsed.bands else 0,
        seed=seed,
    )


def _rehearsed(
    solution: QSolution,
    there: Array,
    sides: Sides,
    prior: FloatArray,
    closeness: tuple[float, float],
    chance: np.random.Generator,
    target: FloatArray | None,
) -> Rehearsal:
    known = sides.rows >= 0
    sorts = sides.first[known]
    names = sides.names or ("",) * sorts.shape[1]
    return rehearse(solution, there, sides.rows[known], sorts[:, file_order(sorts, names)], prior, closeness, chance, target)


def _placed(sorts: Array) -> Array:
    return np.count_nonzero(~np.isnan(sorts), axis=0) if sorts.dtype.kind == "f" else np.full(sorts.shape[1], len(sorts))


def _with_scores(scores: FloatArray, solution: bool) -> Array:
    """Positions of the viewpoints to classify by: those of a solution that have scores, and all that came as numbers."""
    if not solution:
        return np.arange(scores.shape[1] if scores.ndim == 2 else 0)
    there = np.flatnonzero(~np.isnan(scores).all(axis=0))
    if not len(there):
        advice = "Analyse with another rule for defining sorts, or another number of viewpoints."
        raise DataError([Fault("no viewpoint of the solution has scores: no sort defines one", advice=advice)])
    return there


def _among(values: FloatArray, there: Array, k: int, other: float) -> FloatArray:
    """Columns of the viewpoints with scores among those of all; (m, len(there)) to (m, k)."""
    found = np.full((len(values), k), other)
    found[:, there] = values
    return found


def _prior(
    profiles: FloatArray,
    there: Array,
    shares: Sequence[float] | None,
    none_share: float,
    closeness: tuple[float, ...],
    sure: float,
    level: float,
) -> FloatArray:
    k = profiles.shape[1]
    spread = np.nanmax(profiles, axis=0, initial=-np.inf, where=~np.isnan(profiles)) - np.nanmin(
        profiles, axis=0, initial=np.inf, where=~np.isnan(profiles)
    )
    faults = [Fault(f"`profiles`: viewpoint {j + 1} says the same of every statement") for j in there.tolist() if not spread[j] > 0]
    if faults:
        raise DataError(faults)
    given = np.full(k, 1 / k) if shares is None else np.array([checks.number("shares", one) for one in checks.several("shares", shares, "numbers")])
    if given.shape != (k,) or not np.isfinite(given).all() or (given < 0).any() or given[there].sum() <= 0:
        raise PolicyError(f"`shares` must be {k} numbers from 0 up, not all 0; got {shares!r}")
    given = given[there]
    if not 0 <= none_share < 1:
        raise PolicyError(f"`none_share` must be from 0 to below 1, got {none_share!r}")
    if len(closeness) != 2 or not 0 < closeness[0] < closeness[1] < 1:
        raise PolicyError(f"`closeness` must be two numbers between 0 and 1, ascending; got {closeness!r}")
    if not 0.5 < sure < 1:
        raise PolicyError(f"`sure` must lie between 0.5 and 1; got {sure!r}")
    if not 0 < level < 1:
        raise PolicyError(f"`level` must lie between 0 and 1; got {level!r}")
    return np.append(given / given.sum() * (1 - none_share), none_share)
