"""Whose view is whose: assign new sorts, whole or in part, to known viewpoints, with how sure that is, and "none of these" as an answer.

A person who holds viewpoint k places statement i by ``a v_ik + sqrt(1 - a^2) e_i``: v is the viewpoint's profile over the statements that were
placed, standardised there, e is normal, and a, how closely the person keeps to the viewpoint, is unknown and taken as uniform over a range. Given
the sort x, standardised too, everything that x says of k is its correlation r_k with v_k. With q statements placed the log likelihood is

    -q/2 log(1 - a^2) - (q - 1)(1 - 2 a r_k + a^2) / (2 (1 - a^2)),

to be averaged over a; for "none of these" it is -(q - 1)/2, the case a = 0. Bayes' rule turns likelihoods and prior shares into the probability of
each answer. The likelihood is that of regression through standardised variables; to average over what is not known is the standard Bayesian way
[1]_. How well calibrated it is on forced sorts is a matter of measurement, not of the formula.

References
----------
.. [1] Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A., & Rubin, D. B. (2013). Bayesian Data Analysis, 3rd ed. CRC Press.
   Section 3.1.
.. [2] Fisher, R. A. (1921). On the "probable error" of a coefficient of correlation deduced from a small sample. Metron, 1, 3-32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from qmethod import checks
from qmethod.blocks import run_over_blocks
from qmethod.brief import brief
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.given import ReadOnly
from qmethod.literals import ClassificationTable
from qmethod.matching.profiles import Profiles, called, side_by_side
from qmethod.shown import Result
from qmethod.wording import counted

LEAST = 4
"""Statements that a sort must share with the viewpoints: below, an interval for a correlation has no width to speak of."""
_STEPS = 24
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
    """

    correlations: FloatArray
    low: FloatArray
    high: FloatArray
    probabilities: FloatArray
    answers: Array
    n_placed: Array
    sure: float
    level: float
    participants: tuple[str, ...] = ()
    viewpoints: tuple[str, ...] = ()

    __repr__ = brief

    def _said(self) -> list[str]:
        k = self.correlations.shape[1]
        given = [(f"viewpoint {called(self.viewpoints, j)}", int((self.answers == j).sum())) for j in range(k)]
        rest = [("none of these", int((self.answers == k).sum())), ("not sure", int((self.answers < 0).sum()))]
        return [
            f"{counted(len(self.answers), 'sort')}, {counted(k, 'viewpoint')}; an answer needs a probability of {self.sure:g}",
            *(f"{name}: {n}" for name, n in [*given[:5], *([("other viewpoints", sum(n for _, n in given[5:]))] if k > 5 else []), *rest]),
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
) -> Classification:
    """Assign sorts to viewpoints.

    Parameters
    ----------
    sorts : QData, data frame, path, or array_like of shape (n, m)
        Placements on any scale; NaN for a statement that was not placed.
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

    Returns
    -------
    Classification

    Raises
    ------
    DataError
        If the shapes do not fit, or a viewpoint is the same everywhere.
    PolicyError
        For shares, a range or a probability that cannot be.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.datasets.load("climate")
    >>> known = qmethod.analyse(data.keep(range(200)), 1)
    >>> new = qmethod.classify(data.keep(range(200, 210)), known)
    >>> new.answers.tolist()
    [1, 0, 0, 0, -1, 0, 1, 0, 1, 1]
    """
    none_share, sure, level = (checks.number(name, value) for name, value in (("none_share", none_share), ("sure", sure), ("level", level)))
    ends = tuple(checks.number("closeness", end) for end in checks.several("closeness", closeness, "two numbers"))
    sides = side_by_side(sorts, profiles, ("sorts", "profiles"))
    values, scores = sides.first, np.asarray(sides.second, dtype=float)
    prior = _prior(scores, shares, none_share, ends, sure, level)
    closeness = (ends[0], ends[1])
    correlations, placed = correlate_partial(values, scores)
    probabilities = posterior(correlations, placed, prior, closeness)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = NormalDist().inv_cdf(0.5 + level / 2) / np.sqrt(placed - 3.0)
        z = np.arctanh(np.clip(correlations, -_LARGEST, _LARGEST))
        low, high = np.tanh(z - half), np.tanh(z + half)
    best = probabilities.argmax(axis=1)
    answers = np.where(probabilities.max(axis=1) >= sure, best, -1)
    n_placed = np.count_nonzero(~np.isnan(values), axis=0) if values.dtype.kind == "f" else np.full(values.shape[1], len(values))
    return Classification(correlations, low, high, probabilities, answers, n_placed, sure, level, sides.names, sides.other_names)


def correlate_partial(sorts: Array, profiles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlations over the statements that both a sort and a viewpoint place.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
    profiles : ndarray of shape (n, k)

    Returns
    -------
    correlations : ndarray of shape (m, k)
        NaN where fewer than `LEAST` statements are shared, or one of the two is constant on them.
    shared : ndarray of shape (m, k)
        How many statements are shared.
    """
    m, k = sorts.shape[1], profiles.shape[1]
    correlations, shared = np.empty((m, k)), np.empty((m, k))
    known = ~np.isnan(profiles)
    v = np.where(known, profiles - np.nanmean(profiles, axis=0), 0.0)  # centred once, so that the sums below lose nothing

    def work(where: slice) -> None:
        block = sorts[:, where].astype(float)
        there = ~np.isnan(block)
        with np.errstate(invalid="ignore"):
            x = np.where(there, block - np.nan_to_num(np.where(there, block, 0.0).sum(axis=0) / there.sum(axis=0)), 0.0)
        both, known_here = there.T.astype(float), known.astype(float)
        q = both @ known_here
        sx, sxx = x.T @ known_here, (x * x).T @ known_here
        sv, svv, sxv = both @ v, both @ (v * v), x.T @ v
        with np.errstate(invalid="ignore", divide="ignore"):
            spread_x, spread_v = sxx - sx * sx / q, svv - sv * sv / q
            r = (sxv - sx * sv / q) / np.sqrt(spread_x * spread_v)
        flat = (spread_x <= 1e-9 * np.maximum(sxx, 1e-300)) | (spread_v <= 1e-9 * np.maximum(svv, 1e-300)) | (q < LEAST)
        correlations[where], shared[where] = np.where(flat, np.nan, np.clip(r, -1.0, 1.0)), q

    run_over_blocks(work, m, 4 * max(len(sorts), 1))
    return correlations, shared


def posterior(correlations: FloatArray, shared: FloatArray, prior: FloatArray, closeness: tuple[float, float]) -> FloatArray:
    """Probability of each viewpoint and of none of these.

    Parameters
    ----------
    correlations, shared : ndarray of shape (m, k)
    prior : ndarray of shape (k + 1,)
        The last is that of none of these.
    closeness : tuple of float
        Range of a.

    Returns
    -------
    ndarray of shape (m, k + 1)
        The prior where a sort can be compared with no viewpoint.
    """
    m, k = correlations.shape
    low, high = closeness
    nodes = low + (high - low) * (np.arange(_STEPS) + 0.5) / _STEPS  # midpoints: the average over a
    found = np.empty((m, k + 1))

    def work(where: slice) -> None:
        silent = np.isnan(correlations[where])
        r, q = np.where(silent, 0.0, correlations[where]), np.where(silent, 1.0, shared[where])
        # Relative to "none of these", so that viewpoints that place different numbers of statements can be set side by side.
        total = np.full(r.shape, -np.inf)
        for a in nodes:
            rest = 1 - a * a
            gain = -q / 2 * np.log(rest) - (q - 1) * (1 - 2 * a * r + a * a) / (2 * rest) + (q - 1) / 2
            total = np.logaddexp(total, gain)
        gain = np.where(silent, 0.0, total - np.log(_STEPS))
        with np.errstate(divide="ignore"):
            weight = np.column_stack([gain, np.zeros(len(r))]) + np.log(prior)
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        found[where] = weight / weight.sum(axis=1, keepdims=True)

    run_over_blocks(work, m, 8 * (k + 1))
    return found


def _prior(
    profiles: FloatArray, shares: Sequence[float] | None, none_share: float, closeness: tuple[float, ...], sure: float, level: float
) -> FloatArray:
    k = profiles.shape[1]
    spread = np.nanmax(profiles, axis=0, initial=-np.inf, where=~np.isnan(profiles)) - np.nanmin(
        profiles, axis=0, initial=np.inf, where=~np.isnan(profiles)
    )
    faults = [Fault(f"`profiles`: viewpoint {j + 1} says the same of every statement") for j in np.flatnonzero(~(spread > 0)).tolist()]
    if faults:
        raise DataError(faults)
    given = np.full(k, 1 / k) if shares is None else np.array([checks.number("shares", one) for one in checks.several("shares", shares, "numbers")])
    if given.shape != (k,) or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        raise PolicyError(f"`shares` must be {k} numbers from 0 up, not all 0; got {shares!r}")
    if not 0 <= none_share < 1:
        raise PolicyError(f"`none_share` must be from 0 to below 1, got {none_share!r}")
    if len(closeness) != 2 or not 0 < closeness[0] < closeness[1] < 1:
        raise PolicyError(f"`closeness` must be two numbers between 0 and 1, ascending; got {closeness!r}")
    if not 0.5 < sure < 1:
        raise PolicyError(f"`sure` must lie between 0.5 and 1; got {sure!r}")
    if not 0 < level < 1:
        raise PolicyError(f"`level` must lie between 0 and 1; got {level!r}")
    return np.append(given / given.sum() * (1 - none_share), none_share)
