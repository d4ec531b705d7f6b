"""How often an answer of so much probability is right: tried on new people of studies like the one at hand.

Studies are drawn from the solution as `qmethod.calibrate` draws them. For each, new people are drawn who are not among its sorts: people of every
viewpoint, who hold it as closely as its people do when their own sorts are left out; people who sort at random; and people of a viewpoint that nobody
in the study holds and that has as much in common with the others as these have with one another. Each is classified by what the method finds in that
study, and the answer is compared with what the person was drawn from. Isotonic regression [1]_ makes of it a curve from the probability said to the
share that is right.

References
----------
.. [1] Zadrozny, B., & Elkan, C. (2002). Transforming classifier scores into accurate multiclass probability estimates. Proceedings of the Eighth ACM
   SIGKDD International Conference on Knowledge Discovery and Data Mining, 694-699.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from qmethod.brief import brief
from qmethod.calibration.calibrate import quick
from qmethod.calibration.leave_one_out import leave_one_out
from qmethod.calibration.studies import draw, model
from qmethod.classification.likelihood import LEAST, correlate_partial, posterior
from qmethod.classification.mixture import CLOSEST, mixtures
from qmethod.data import Array, FloatArray
from qmethod.method import scores
from qmethod.resampling.resamples import plan
from qmethod.solution import QSolution

STUDIES, MANY, FEWEST = 80, 200, 30
"""Studies that are drawn; of more than `MANY` sorts as many fewer as there are more sorts, but `FEWEST` at the least, as many as where studies cannot
be analysed together."""
USABLE = 10
"""With fewer studies in which every viewpoint was found nothing is learned."""
PEOPLE = 6
"""New people of each viewpoint in each study."""
STRANGERS = 3
"""New people who sort at random in each study, and as many of a viewpoint that it did not meet."""
SPREAD = 0.07
"""Standard deviation of the loadings of one viewpoint's people, as of loadings spread evenly over a quarter."""
LOOSEST, CLOSE = 0.1, 0.95
LEAST_RELIABILITY, MOST_RELIABILITY = 0.03, 0.99
BANDS = 3
"""Sorts that place very different numbers of statements are not put on one curve: there are at most so many."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """What was learned for sorts that place so many statements.

    Parameters
    ----------
    fewest, most : int
        Statements that the study knows and the sort places.
    said, right : ndarray of shape (q,)
        Probability of the likeliest answer before the curve, rising, and the share of such answers that is right.
    fits : ndarray of shape (p,)
        How well mixtures describe the sorts of people who hold one of the viewpoints, rising.
    """

    fewest: int
    most: int
    said: FloatArray
    right: FloatArray
    fits: FloatArray

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """What studies like the one at hand say of classifying new people by it.

    Parameters
    ----------
    kept : ndarray of shape (k,)
        The root of the reliability of each viewpoint's z-scores, from sorts left out.
    bands : tuple of Band
        Empty where too few studies found every viewpoint.
    n_studies : int
        Studies that were used.
    """

    kept: FloatArray
    bands: tuple[Band, ...]
    n_studies: int

    __repr__ = brief


def rehearse(
    solution: QSolution,
    there: Array,
    rows: Array,
    sorts: Array,
    prior: FloatArray,
    closeness: tuple[float, float],
    chance: np.random.Generator,
    target: FloatArray | None = None,
) -> Rehearsal:
    """Try the classification on studies like the one at hand.

    Parameters
    ----------
    solution : QSolution
    there : ndarray of int, shape (k,)
        The viewpoints to classify by.
    rows : ndarray of int, shape (n,)
        Where the solution has each statement of `sorts`; all are known to it.
    sorts : ndarray of shape (n, m)
        Those to be classified, in an order that the file has no part in. New people place what they place, on their places.
    prior : ndarray of shape (k + 1,)
    closeness : tuple of float
    chance : numpy.random.Generator
    target : ndarray, optional
        What the rotation of the solution aimed at, where it had a target.
    """
    prepared = plan(replace(solution, policies=quick(solution.policies, solution.data.n_sorts)), target)
    beyond = leave_one_out(solution, prepared)
    observed = replace(solution.policies, reliability="observed")
    reliability = scores.reliability(beyond.effective, beyond.correlation, observed)[there]
    kept = np.sqrt(np.clip(np.nan_to_num(reliability), LEAST_RELIABILITY, MOST_RELIABILITY))
    made = model(solution, beyond)
    held = np.sqrt(np.nan_to_num(beyond.correlation)[there]) / _coarseness(solution.data.sorts)
    crowd = _Crowd(made.profiles[:, there], held, kept, rows, sorts)
    count = max(min(STUDIES, STUDIES * MANY // solution.data.n_sorts), FEWEST) if prepared.unit is not None else FEWEST
    bands = [_Learned(crowd, where, prior, closeness) for where in _bands(sorts)]
    used = 0
    for drawn in draw(prepared, made, count, chance):
        for z in drawn.results.z_scores[:, :, there]:
            if np.isnan(z).any():
                continue
            used += 1
            for band in bands:
                band.meet(z, chance)
    return Rehearsal(kept, tuple(band.told() for band in bands) if used >= USABLE else (), used)


def _coarseness(sorts: Array) -> float:
    """How closely the places follow what they were laid out by, as a mean correlation: by as much two sorts agree less than their people."""
    n = len(sorts)
    normal = NormalDist()
    even = np.array([normal.inv_cdf((i + 0.5) / n) for i in range(n)])
    placed = np.sort(sorts[:, ~np.isnan(sorts.astype(float)).any(axis=0)].astype(float), axis=0)
    placed = placed[:, np.ptp(placed, axis=0) > 0]
    if not placed.size:
        return 1.0
    centred = placed - placed.mean(axis=0)
    return float((even @ centred / np.sqrt((even**2).sum() * (centred**2).sum(axis=0))).mean())


def _bands(sorts: Array) -> list[Array]:
    """Positions of the sorts of each band, by how many statements they place; those below `LEAST` are in none."""
    placed = np.count_nonzero(~np.isnan(sorts), axis=0) if sorts.dtype.kind == "f" else np.full(sorts.shape[1], len(sorts))
    enough = placed >= LEAST
    if not enough.any():
        return []
    edges = np.unique(np.quantile(placed[enough], np.arange(1, BANDS) / BANDS, method="inverted_cdf"))
    band = np.searchsorted(edges, placed)
    return [np.flatnonzero(enough & (band == b)) for b in np.unique(band[enough])]


class _Crowd:
    """From whom new people are drawn.

    Parameters
    ----------
    profiles : ndarray of shape (n, k)
        The viewpoints over all statements of the study.
    loadings : ndarray of shape (k,)
        How closely their people hold them, on average.
    kept, rows, sorts
        As in `rehearse`.
    """

    def __init__(self, profiles: FloatArray, loadings: FloatArray, kept: FloatArray, rows: Array, sorts: Array) -> None:
        k = profiles.shape[1]
        self.profiles, self.loadings, self.kept, self.rows, self.sorts = profiles, loadings, kept, rows, sorts
        self.truth = np.concatenate([np.repeat(np.arange(k), PEOPLE), np.full(2 * STRANGERS, k)])
        between = profiles.T @ profiles / len(profiles)
        true = np.clip(between / np.outer(kept, kept), -CLOSEST, CLOSEST)
        self.common = max(float((true.sum() - np.trace(true)) / (k * (k - 1))), 0.0) if k > 1 else 0.0
        self.towards = np.linalg.lstsq(between, np.full(k, self.common), rcond=1e-6)[0]

    def people(self, whose: Array, chance: np.random.Generator) -> Array:
        """Sorts of new people, each on the places of one of the sorts `whose`; shape (n, people)."""
        n, k = self.profiles.shape
        holders = PEOPLE * k
        signal = np.zeros((n, len(self.truth)))
        a = np.clip(self.loadings[self.truth[:holders]] + SPREAD * chance.standard_normal(holders), LOOSEST, CLOSE)
        signal[:, :holders] = a * self.profiles[:, self.truth[:holders]]
        level = np.full(len(self.truth), 0.0)
        level[:holders], level[holders : holders + STRANGERS] = a, float(np.clip(self.loadings, LOOSEST, CLOSE).mean())
        signal[:, holders : holders + STRANGERS] = level[holders] * self._unmet(chance)[:, None]
        latent = (signal + np.sqrt(1 - level**2) * chance.standard_normal(signal.shape))[self.rows]
        places = self.sorts[:, whose[chance.integers(len(whose), size=len(self.truth))]]
        holes = np.isnan(places) if places.dtype.kind == "f" else np.zeros(places.shape, dtype=bool)
        laid = np.empty(places.shape, dtype=places.dtype)
        np.put_along_axis(laid, np.where(holes, np.inf, latent).argsort(axis=0), np.sort(places, axis=0), axis=0)
        return laid

    def _unmet(self, chance: np.random.Generator) -> FloatArray:
        """A viewpoint that correlates with each of the others as these do with one another, but for what sampling adds."""
        known = self.profiles @ self.towards
        own = chance.standard_normal(len(known))
        view = known + np.sqrt(max(1 - float((known**2).mean()), 0.0)) * own
        return np.asarray((view - view.mean()) / view.std())


class _Learned:
    """What the people of one band are told in study after study."""

    def __init__(self, crowd: _Crowd, whose: Array, prior: FloatArray, closeness: tuple[float, float]) -> None:
        self.crowd, self.whose, self.prior, self.closeness = crowd, whose, prior, closeness
        self.correlations: list[FloatArray] = []
        self.shared: list[FloatArray] = []
        self.fits: list[FloatArray] = []

    def meet(self, z: FloatArray, chance: np.random.Generator) -> None:
        sorts = self.crowd.people(self.whose, chance)
        profiles = z[self.crowd.rows]
        r, q = correlate_partial(sorts, profiles)
        holds = self.crowd.truth < z.shape[1]
        self.correlations.append(r)
        self.shared.append(q)
        self.fits.append(mixtures(sorts[:, holds], profiles, r[holds], self.crowd.kept)[1])

    def told(self) -> Band:
        from scipy.optimize import isotonic_regression

        found = posterior(np.concatenate(self.correlations), np.concatenate(self.shared), self.prior, self.closeness, self.crowd.kept)
        truth = np.tile(self.crowd.truth, len(self.correlations))
        said, right = found.max(axis=1), found.argmax(axis=1) == truth
        weights = (self.prior / np.bincount(self.crowd.truth, minlength=len(self.prior)))[truth]
        order = np.argsort(said, kind="stable")
        order = order[weights[order] > 0]
        curve = isotonic_regression(right[order].astype(float), weights=weights[order])
        which = np.repeat(np.arange(len(curve.blocks) - 1), np.diff(curve.blocks))
        centre = np.bincount(which, weights[order] * said[order]) / np.bincount(which, weights[order])
        # Nothing is certain, however often it was right here.
        height = np.minimum(curve.x[curve.blocks[:-1]], 1 - 1 / (len(order) + 1))
        fits = np.concatenate(self.fits)
        placed = np.count_nonzero(~np.isnan(self.crowd.sorts[:, self.whose].astype(float)), axis=0)
        return Band(int(placed.min()), int(placed.max()), centre, height, np.sort(fits[~np.isnan(fits)]))


def on_curve(probabilities: FloatArray, band: Band) -> FloatArray:
    """Probabilities with the likeliest as often right as it says: all are raised to the power that makes it so, and their order stays.

    Parameters
    ----------
    probabilities : ndarray of shape (m, k + 1)
    band : Band
    """
    wanted = np.interp(probabilities.max(axis=1), band.said, band.right)
    logs = np.log(np.maximum(probabilities, 1e-300))
    logs = np.where(probabilities > 0, logs - logs.max(axis=1, keepdims=True), -np.inf)
    low, high = np.full(len(logs), -8.0), np.full(len(logs), 8.0)
    for _ in range(50):
        middle = (low + high) / 2
        below = 1 / np.exp(np.exp(middle)[:, None] * logs).sum(axis=1) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    powers = np.exp(np.exp(low)[:, None] * logs)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def unlike(fit: FloatArray, band: Band) -> FloatArray:
    """Share of people holding a viewpoint whom mixtures describe no better, the one at hand counted among them; NaN stays NaN."""
    n = len(band.fits)
    return np.where(np.isnan(fit), np.nan, (1 + np.searchsorted(band.fits, fit, side="right")) / (1 + n))
