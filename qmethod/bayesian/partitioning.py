"""Who holds which viewpoint and what the viewpoints are, with what is known and what is not: the result of the Bayesian model.

References
----------
.. [1] Poworoznek, E., Ferrari, F., & Dunson, D. (2021). Efficiently resolving rotational ambiguity in Bayesian matrix sampling with matching.
   arXiv:2107.13783.
.. [2] Gelman, A., & Rubin, D. B. (1992). Inference from iterative simulation using multiple sequences. Statistical Science, 7(4), 457-472.
.. [3] Müller, P., Parmigiani, G., Robert, C., & Rousseau, J. (2004). Optimal sample size for multiple testing: the case of gene expression
   microarrays. Journal of the American Statistical Association, 99(468), 990-1001. The expected share of false discoveries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from qmethod import checks
from qmethod.bayesian.sampling import Draws, gibbs
from qmethod.brief import brief
from qmethod.data import Array, FloatArray, QData
from qmethod.errors import DataError, Fault, Setting
from qmethod.given import ReadOnly
from qmethod.literals import PartitionTable
from qmethod.matching.congruence import align_many
from qmethod.method.pipeline import _usable, solve
from qmethod.plain import plain, reading_back
from qmethod.policies import Policies
from qmethod.seeds import Rng, generator
from qmethod.shown import MOST_SHOWN, Result
from qmethod.taken import Given, as_data
from qmethod.wording import counted, listed

CHAINS = 2
WARM_UP = 500
KEPT = 1000
"""Draws of all chains together that are kept."""
SURE = 0.8
"""Probability from which a person is said to hold a viewpoint."""
LEAST_HOLDERS = 2
"""People who must surely hold a viewpoint for it to count as found."""
SETTLED = 1.1
"""R-hat up to which chains are taken to agree."""
DISCOVERIES = 0.05
"""Expected share of those that go the wrong way among all differences that are claimed."""
PASSES = 5
"""Most times that draws are matched with their own mean."""
NOBODY = 1e-9
ANALYSE, PAIRWISE = Setting("analyse", call="`qmethod.analyse`", command="`qmethod analyse`"), Setting("missing", "pairwise")
"""What takes sorts that this model refuses, and how."""


@dataclass(frozen=True, slots=True, eq=False)
class Partition(ReadOnly, Result[PartitionTable]):
    """What the sorts say of viewpoints and of who holds them; n statements, m sorts, k viewpoints.

    Parameters
    ----------
    statements, participants, labels : tuple of str
        What the axes of the arrays stand for. Viewpoints have the order of the factors of the standard analysis from which the chains start.
    level : float
        Of the intervals.
    z_scores, low, high : ndarray of shape (n, k)
        z-scores (n - 1) of the mean of the draws, and the ends of credible intervals.
    holds, opposes : ndarray of shape (m, k)
        Probability that a person holds a viewpoint and no other, and that she holds its opposite.
    several, none : ndarray of shape (m,)
        Probability that she holds a mixture, and that her sort has nothing of any viewpoint. With the two above it adds up to 1.
    higher : ndarray of shape (n, k, k)
        Probability that a statement stands higher in the viewpoint of the first axis than in that of the second.
    claimed : ndarray of bool, shape (n, k, k)
        The differences that are claimed, each where it is positive.
    expected_false : float
        How many of the claims are expected to go the wrong way. In the model no two viewpoints agree exactly on a statement.
    correlation, closeness : float
        Between any two viewpoints before they were put on the grid, and of the sorts of those who hold one with it; means of the draws.
    r_hat : ndarray of shape (k,)
        Largest over statements; above 1.1 the chains have not come to agree.
    found : ndarray of bool, shape (k,)
        Whether two people or more hold the viewpoint, each with a probability of .8 or more, and the chains agree on it.
    n_draws : int
        Draws kept, of all chains together.
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    """

    statements: tuple[str, ...]
    participants: tuple[str, ...]
    labels: tuple[str, ...]
    level: float
    z_scores: FloatArray
    low: FloatArray
    high: FloatArray
    holds: FloatArray
    opposes: FloatArray
    several: FloatArray
    none: FloatArray
    higher: FloatArray
    claimed: Array
    expected_false: float
    correlation: float
    closeness: float
    r_hat: FloatArray
    found: Array
    n_draws: int
    seed: int | None = None

    __repr__ = brief

    @property
    def members(self) -> Array:
        """Viewpoint that each person holds with a probability of .8 or more, by position; -1 where there is none such, "unclassified"."""
        best = self.holds.argmax(axis=1)
        return np.asarray(np.where(self.holds.max(axis=1) >= SURE, best, -1))

    def _said(self) -> list[str]:
        held = [int((self.members == j).sum()) for j in range(len(self.labels))]
        return [
            f"{counted(len(self.labels), 'viewpoint')}, {counted(len(self.participants), 'sort')}, {counted(len(self.statements), 'statement')}",
            self.verdict(),
            *(f"{label}: surely held in {counted(n, 'sort')}" for label, n in list(zip(self.labels, held, strict=True))[:MOST_SHOWN]),
            f"{counted(int((self.members < 0).sum()), 'sort')} unclassified",
            f"{counted(self.n_draws, 'draw')}, seed {self.seed if self.seed is not None else 'not known'}",
        ]

    def verdict(self) -> str:
        """Whether the sorts bear this many viewpoints, in a sentence."""
        if self.found.all():
            return f"the sorts bear {counted(len(self.labels), 'viewpoint')}"
        few = (self.holds >= SURE).sum(axis=0) < LEAST_HOLDERS
        why = [
            f"{words} {', '.join(label for label, so in zip(self.labels, which.tolist(), strict=True) if so)}"
            for words, which in (("too few surely hold", few), ("the chains disagree on", ~(self.r_hat <= SETTLED)))
            if which.any()
        ]
        return f"the sorts do not bear {counted(len(self.labels), 'viewpoint')}: {'; '.join(why)}"

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types; arrays become nested lists."""
        whole = {spec.name: plain(getattr(self, spec.name)) for spec in fields(self)}
        return whole if self.seed is not None else {name: value for name, value in whole.items() if name != "seed"}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Partition:
        """The inverse of `to_dict`; a `PolicyError` says what is wrong with values that it did not give."""
        with reading_back("Partition", values):
            given: dict[str, Any] = dict(values)
            given |= {key: tuple(values[key]) for key in ("statements", "participants", "labels")}
            given |= {key: np.array(values[key], dtype=float) for key in _NUMBERS}
            given |= {key: np.array(values[key], dtype=bool) for key in ("claimed", "found")}
            return cls(**given)


_NUMBERS = ("z_scores", "low", "high", "holds", "opposes", "several", "none", "higher", "r_hat")


def partition(
    data: Given,
    n_factors: int,
    *,
    n_sweeps: int = 2000,
    level: float = 0.95,
    rng: Rng = None,
    progress: Callable[[int, int], None] | None = None,
) -> Partition:
    """Find viewpoints, and who holds them, by a Bayesian model of forced sorts.

    Parameters
    ----------
    data : QData, path, data frame, or array_like of shape (n_statements, n_sorts)
        Sorts, as for `qmethod.analyse`; all with the same distribution and nothing missing.
    n_factors : int
        How many viewpoints to look for, at least 1.
    n_sweeps : int
        Sweeps of each of two chains, at least 1,000; the first 500 are left out.
    level : float
        Of the credible intervals.
    rng : int or numpy.random.Generator, optional
        Where chance comes from: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.
    progress : callable, optional
        Called with the number of sweeps done and of all.

    Returns
    -------
    Partition

    Raises
    ------
    DataError
        If the sorts cannot be analysed, differ in their distribution or miss placements.
    PolicyError
        For impossible numbers.

    Notes
    -----
    The model is that of `qmethod.bayesian.sampling`. Both chains start from the factors of the standard analysis, the second with noise added to
    them. In every draw the viewpoints are matched with the mean of all draws by congruence, which in turn is that of the draws matched so
    (Poworoznek and others 2021). A claim says that a statement stands higher in one viewpoint than in another. As many claims are made, the
    surest first, as keep the expected share of those that go the wrong way at .05 (Müller and others 2004).

    Examples
    --------
    >>> import numpy as np, qmethod
    >>> rng = np.random.default_rng(1)
    >>> grid = qmethod.Grid.parse("-2:2,-1:4,0:6,1:4,2:2")
    >>> drawn = qmethod.simulate(rng.standard_normal((18, 2)), grid, (8, 7), rng=1)
    >>> qmethod.partition(drawn.data, 2, n_sweeps=1000, rng=1).verdict()
    'the sorts bear 2 viewpoints'
    """
    n_factors = checks.whole("n_factors", n_factors, 1)
    n_sweeps = checks.whole("n_sweeps", n_sweeps, 2 * WARM_UP)
    level = checks.share("level", level)
    checks.calls("progress", progress)
    chance, seed = generator(rng)
    policies = Policies.preset("standard")
    given = as_data(data, "data")
    _forced(given)
    kept, _ = _usable(given, policies)
    solution = solve(kept, n_factors, policies, (), (), None, None)
    sorts = np.asarray(kept.sorts, dtype=float)
    starts = begun(np.nan_to_num(solution.scores.z_scores), chance)
    drawn = gibbs(
        np.broadcast_to(sorts, (CHAINS, *sorts.shape)),
        starts,
        chance,
        sweeps=n_sweeps,
        warm_up=WARM_UP,
        thin=max(1, (n_sweeps - WARM_UP) * CHAINS // KEPT),
        tick=lambda done: progress(done, n_sweeps) if progress is not None else None,
    )
    return summarised(drawn, starts[0], kept, solution.labels, level, seed)


def _forced(data: QData) -> None:
    """Refuse sorts whose likelihood this is not."""
    sorts = np.asarray(data.sorts, dtype=float)
    if (holes := np.isnan(sorts).any(axis=0)).any():
        names = listed(data.participants[j] for j in np.flatnonzero(holes).tolist())
        message = f"placements are missing, and this model takes whole sorts only; not whole: {names}"
        advice = f"Fill in the placements; {ANALYSE} takes such sorts with {PAIRWISE}."
        raise DataError([Fault(message, advice=advice, settings=(ANALYSE, PAIRWISE))])
    _, which, counts = np.unique(np.sort(sorts, axis=0), axis=1, return_inverse=True, return_counts=True)
    if len(counts) > 1:
        odd = [name for name, kind in zip(data.participants, which.ravel().tolist(), strict=True) if kind != counts.argmax()]
        message = f"this model takes forced sorts, all with one distribution; not the commonest one: {listed(odd)}"
        raise DataError([Fault(message, advice=f"{ANALYSE} takes such sorts.", settings=(ANALYSE,))])


def begun(z: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Where each chain starts, (CHAINS, n, k): at z-scores (n, k), noise where a factor has none; all chains but the first with more noise."""
    empty = (np.abs(z) < NOBODY).all(axis=0)
    first = np.where(empty, rng.standard_normal(z.shape), z)
    return np.stack([first, *((first + rng.standard_normal(z.shape)) / np.sqrt(2) for _ in range(CHAINS - 1))])


def summarised(drawn: Draws, reference: FloatArray, data: QData, labels: tuple[str, ...], level: float, seed: int | None) -> Partition:
    """The draws of all chains, matched and summed up.

    Parameters
    ----------
    drawn : Draws
    reference : ndarray of shape (n, k)
        Whose order and direction the viewpoints are given in.
    data : QData
    labels : tuple of str
    level : float
    seed : int or None
    """
    d, chains, n, k = drawn.viewpoints.shape
    z, order, signs = matched(standardised(drawn.viewpoints).reshape(d * chains, n, k), reference)
    low, high = np.quantile(z, ((1 - level) / 2, (1 + level) / 2), axis=0)
    shares = _shares(drawn.classes.reshape(d * chains, -1), order, signs)
    holds, opposes, several, none = shares[:, :k], shares[:, k : 2 * k], shares[:, 2 * k], shares[:, 2 * k + 1]
    higher = (z[:, :, :, None] > z[:, :, None, :]).mean(axis=0)
    claimed, expected_false = claims(higher)
    r_hat = agreement(z.reshape(d, chains, n, k)).max(axis=0)
    return Partition(
        statements=data.statements,
        participants=data.participants,
        labels=labels,
        level=level,
        z_scores=standardised(z.mean(axis=0)),
        low=low,
        high=high,
        holds=holds,
        opposes=opposes,
        several=several,
        none=none,
        higher=higher,
        claimed=claimed,
        expected_false=expected_false,
        correlation=float(drawn.correlation.mean()),
        closeness=float((drawn.closeness / np.sqrt(1 + drawn.closeness**2)).mean()),
        r_hat=r_hat,
        found=((holds >= SURE).sum(axis=0) >= LEAST_HOLDERS) & (r_hat <= SETTLED),
        n_draws=d * chains,
        seed=seed,
    )


def standardised(values: FloatArray) -> FloatArray:
    """z-scores (n - 1) over statements; (..., n, k)."""
    centred = values - values.mean(axis=-2, keepdims=True)
    return np.asarray(centred / np.maximum(values.std(axis=-2, ddof=1, keepdims=True), NOBODY))


def matched(z: FloatArray, reference: FloatArray) -> tuple[FloatArray, Array, FloatArray]:
    """Draws in the order and direction of their own mean, that of a reference to begin with.

    Parameters
    ----------
    z : ndarray of shape (d, n, k)
    reference : ndarray of shape (n, k)

    Returns
    -------
    matched : ndarray of shape (d, n, k)
    order : ndarray of int, shape (d, k)
        Column of each draw that stands for each viewpoint.
    signs : ndarray of shape (d, k)
    """
    pivot, before = reference, np.zeros((0, 0))
    for _ in range(PASSES):
        order, signs, _ = align_many(z, pivot)
        signed = order * signs + signs
        turned = np.take_along_axis(z, order[:, None, :], axis=2) * signs[:, None, :]
        if np.array_equal(signed, before):
            break
        pivot, before = standardised(turned.mean(axis=0)), signed
    return turned, order, signs


def _shares(classes: Array, order: Array, signs: FloatArray) -> FloatArray:
    """How often each person (m) is in each class of `qmethod.bayesian.sampling.Draws`, (m, 2 k + 2), after the match of `matched`."""
    d, k = order.shape
    rows = np.arange(d)[:, None]
    into = np.full((d, 2 * k + 2), 0)
    into[:, 2 * k :] = (2 * k, 2 * k + 1)
    turned = np.where(signs < 0, k, 0)  # who holds the mirror image of a viewpoint is opposed to it
    into[rows, order] = np.arange(k) + turned
    into[rows, order + k] = np.arange(k) + k - turned
    renamed = np.take_along_axis(into, classes, axis=1)
    return np.stack([(renamed == c).mean(axis=0) for c in range(2 * k + 2)], axis=1)


def claims(higher: FloatArray) -> tuple[Array, float]:
    """The surest differences of which at most `DISCOVERIES` are expected to go the wrong way, and how many are.

    Parameters
    ----------
    higher : ndarray of shape (n, k, k)
        Probability that the first of two viewpoints has the higher score.

    Returns
    -------
    claimed : ndarray of bool, shape (n, k, k)
    expected_false : float
    """
    k = higher.shape[1]
    error = np.where(np.eye(k, dtype=bool) | (higher <= 0.5), 1.0, 1 - higher)
    flat = np.sort(error, axis=None)
    shares = np.cumsum(flat) / np.arange(1, flat.size + 1)
    number = int(np.searchsorted(shares, DISCOVERIES, side="right"))
    bound = flat[number - 1] if number else -1.0
    while number and number < flat.size and flat[number] == bound:  # equally sure claims stand or fall together
        number = int(np.searchsorted(flat, bound, side="left"))
        bound = flat[number - 1] if number else -1.0
    return error <= bound, float(flat[:number].sum())


def agreement(z: FloatArray) -> FloatArray:
    """Gelman and Rubin's R-hat of each score, each chain cut in halves; (d, chains, n, k) to (n, k)."""
    half = len(z) // 2
    parts = np.concatenate([z[:half], z[half : 2 * half]], axis=1)
    within = parts.var(axis=0, ddof=1).mean(axis=0)
    between = parts.mean(axis=0).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((half - 1) / half + between / np.maximum(within, NOBODY)))
