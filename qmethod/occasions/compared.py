"""The same people on two occasions: `compare_occasions`.

References
----------
.. [1] Fisher, R. A. (1935). The Design of Experiments. Oliver & Boyd. Section 21.
.. [2] Westfall, P. H., & Young, S. S. (1993). Resampling-Based Multiple Testing. Wiley.
.. [3] Nichols, T. E., & Holmes, A. P. (2002). Nonparametric permutation tests for functional neuroimaging: A primer with examples. Human Brain
   Mapping, 15(1), 1-25.
.. [4] Fisher, R. A. (1921). On the "probable error" of a coefficient of correlation deduced from a small sample. Metron, 1, 3-32.
.. [5] Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2), 65-70.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import FloatArray, QData
from qmethod.errors import DataError, Fault, PolicyError, Setting
from qmethod.given import ReadOnly
from qmethod.literals import Basis, Noise, OccasionTable
from qmethod.method.contrasts import adjust
from qmethod.method.pipeline import solve
from qmethod.notice import Notice
from qmethod.occasions.movement import both_together, close_to, moved
from qmethod.occasions.pairing import Paired, pair
from qmethod.occasions.signs import largest_sums, scaled_sums
from qmethod.policies import Policies
from qmethod.retests import PERFECT, retest
from qmethod.seeds import Rng, generator
from qmethod.shown import Result
from qmethod.taken import Given, as_data
from qmethod.wording import counted

LEAST_PAIRS = 3
"""Repeated sorts that a spread between people can be taken from."""
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class StatementChanges(ReadOnly):
    """Where n statements lie on average on both occasions.

    Parameters
    ----------
    before, after, change : ndarray of shape (n,)
        Mean place, and how far it moved, in places of the grid.
    low, high : ndarray of shape (n,)
        Interval of the change: so many standard errors to either side that it leaves out no change exactly where `p_values` is at most `alpha`; all
        intervals of a study hold together. NaN where chance alone could reach any size.
    p_values : ndarray of shape (n,)
        How often the largest change of all statements would be at least so large if each person's two sorts might as well have come the other way
        round: corrected for all statements.
    n_people : ndarray of int, shape (n,)
        Who placed the statement on both occasions.
    """

    before: FloatArray
    after: FloatArray
    change: FloatArray
    low: FloatArray
    high: FloatArray
    p_values: FloatArray
    n_people: npt.NDArray[np.intp]

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class PeopleChanges(ReadOnly):
    """How far p people agree with themselves.

    Parameters
    ----------
    correlations : ndarray of shape (p,)
        Pearson's r between a person's two sorts, over the statements that both place.
    shared : ndarray of int, shape (p,)
        How many these are.
    noise : {'none known', 'retest', 'assumed'}
        Where it is known from how well people repeat a sort when nothing has changed: nowhere; from sorts that people made twice; from a reliability
        that was given.
    reliability : float
        The correlation that repeated sorts have; NaN where none is known.
    n_pairs : int
        Repeated sorts that it comes from; 0 where there are none.
    p_values : ndarray of shape (p,)
        How rare so low a correlation is among people who only repeat their sort, corrected for all people by Holm's method; NaN where that is not
        known.
    """

    correlations: FloatArray
    shared: npt.NDArray[np.intp]
    noise: Noise
    reliability: float
    n_pairs: int
    p_values: FloatArray

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class ViewpointChanges(ReadOnly):
    """How close p people come to the k viewpoints of one solution on both occasions.

    Parameters
    ----------
    labels : tuple of str
    basis : {'pooled', 'first', 'second'}
        Whose sorts the solution is made of: those of both occasions, or of one.
    z_scores : ndarray of shape (n, k)
        Of the viewpoints.
    before, after : ndarray of shape (p, k)
        Correlation of each person's sort with each viewpoint.
    p_values : ndarray of shape (k,)
        Of the mean change of each correlation, as for statements, corrected for all viewpoints. NaN unless the basis is pooled: the sorts of the
        occasion that a solution is made of are closer to it by construction.
    moved : ndarray of shape (p,)
        p-value of each person's movement among the viewpoints, corrected for all people; see `qmethod.occasions.movement.moved`. NaN likewise.
    notices : tuple of Notice
        Of the solution.
    """

    labels: tuple[str, ...]
    basis: Basis
    z_scores: FloatArray
    before: FloatArray
    after: FloatArray
    p_values: FloatArray
    moved: FloatArray
    notices: tuple[Notice, ...]

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class OccasionComparison(ReadOnly, Result[OccasionTable]):
    """The same p people on two occasions.

    Parameters
    ----------
    labels : tuple of (str, str)
        What the occasions are called.
    participants, ids, texts : tuple of str
        Names of the people, ids of the statements, and their wordings, empty where unknown.
    statements : StatementChanges
    people : PeopleChanges
    viewpoints : ViewpointChanges or None
        None where no number of factors was given.
    left_out : tuple of (str, str)
        Who was not compared, and why.
    alpha : float
        In what share of studies anything is said to have changed where nothing did, for statements, people, mean closeness to viewpoints and movement
        among them each.
    n_draws : int
        Ways in which signs were flipped for the statements.
    exact : bool
        Whether these are all ways there are.
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given; None where a generator was given.
    notices : tuple of Notice
    """

    labels: tuple[str, str]
    participants: tuple[str, ...]
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    statements: StatementChanges
    people: PeopleChanges
    viewpoints: ViewpointChanges | None
    left_out: tuple[tuple[str, str], ...]
    alpha: float
    n_draws: int
    exact: bool
    seed: int | None
    notices: tuple[Notice, ...]

    __repr__ = brief

    def _said(self) -> list[str]:
        lines = [
            f"{counted(len(self.participants), 'participant')} {self.labels[0]} and {self.labels[1]}, {counted(len(self.ids), 'statement')}",
            f"mean correlation of a participant's two sorts {self.mean_correlation:.2f}",
            f"{counted(int(self.changed_statements.sum()), 'statement')} moved beyond chance, at {self.alpha:g} for all together",
        ]
        if self.viewpoints is not None:
            told = "not tested" if self.viewpoints.basis != "pooled" else f"{int(self.moved_people.sum())} moved among them beyond chance"
            lines.append(f"{counted(len(self.viewpoints.labels), 'viewpoint')}, basis {self.viewpoints.basis}: {told}")
        return lines

    @property
    def mean_correlation(self) -> float:
        """The mean of the correlations of all people's two sorts."""
        return float(self.people.correlations.mean())

    @property
    def changed_statements(self) -> Flags:
        """Which statements moved beyond chance; shape (n,)."""
        return self.statements.p_values <= self.alpha

    @property
    def changed_people(self) -> Flags:
        """Whose sort changed more than repeating it explains; nobody where no noise is known; shape (p,)."""
        return np.asarray(self.people.p_values <= self.alpha)

    @property
    def moved_people(self) -> Flags:
        """Who moved among the viewpoints beyond chance; nobody without viewpoints of pooled sorts; shape (p,)."""
        if self.viewpoints is None:
            return np.zeros(len(self.participants), dtype=np.bool_)
        return np.asarray(self.viewpoints.moved <= self.alpha)

    @property
    def smallest_p(self) -> float:
        """The smallest p-value that a statement could have had."""
        return 1 / self.n_draws


def compare_occasions(
    before: Given,
    after: Given,
    *,
    n_factors: int | None = None,
    basis: Basis = "pooled",
    policies: Policies | None = None,
    pairs: str | os.PathLike[str] | Iterable[Sequence[str]] | None = None,
    reliability: float | None = None,
    labels: tuple[str, str] = ("before", "after"),
    alpha: float = 0.05,
    n_permutations: int = 10_000,
    rng: Rng = None,
) -> OccasionComparison:
    """Compare sorts that the same people made of the same statements on two occasions.

    Parameters
    ----------
    before, after : QData, data frame, path, or array_like of shape (n, p)
        Joined by the names of participants and the ids of statements; whoever has a sort on one occasion only is named and not compared.
    n_factors : int, optional
        How many factors to extract for viewpoints to compare with; without it none are.
    basis : {'pooled', 'first', 'second'}, default 'pooled'
        Whose sorts the viewpoints are made of. Only viewpoints of the pooled sorts stay the same whichever of a person's sorts came first; with the
        others closeness is shown and nothing is tested.
    policies : Policies, optional
        Of that solution; the standard ones where not given.
    pairs : path, or iterable of (str, str), optional
        Sorts in `before` that people made twice with nothing between: how well people repeat themselves. The second ones are otherwise left out.
        See `qmethod.retest`; three pairs at least.
    reliability : float, optional
        Such a correlation, where it is known from elsewhere. Brown (1980) takes .80.
    labels : tuple of (str, str), default ('before', 'after')
        What the occasions are called.
    alpha : float, default 0.05
        In what share of studies anything may be said to have changed where nothing did, for statements, people, mean closeness to viewpoints and
        movement among them each.
    n_permutations : int, default 10000
        Random flips of signs; all are tried where there are no more.
    rng : int or numpy.random.Generator, optional
        Where chance comes from: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.

    Returns
    -------
    OccasionComparison

    Raises
    ------
    DataError
        If statements differ, fewer than two people can be compared, or `pairs` are wrong.
    PolicyError
        For arguments that are none.

    Notes
    -----
    Where nothing changed between the occasions, each person's two sorts might as well have come in the other order. So the order is turned round for
    people at random, and the largest mean change of all statements is kept each time, each over its root mean square (Fisher, 1935; Westfall &
    Young, 1993; Nichols & Holmes, 2002). That holds whatever people's sorts have to do with each other's statements.

    Examples
    --------
    >>> import qmethod
    >>> before = qmethod.datasets.load("climate").keep(range(30))
    >>> made = qmethod.compare_occasions(before, before, rng=1)
    >>> int(made.changed_statements.sum()), round(made.mean_correlation, 2)
    (0, 1.0)
    """
    basis = checks.one_of("basis", basis, ("pooled", "first", "second"))
    alpha = checks.share("alpha", alpha)
    n_permutations = checks.whole("n_permutations", n_permutations, 99)
    labels = _labels(labels)
    if pairs is not None and reliability is not None:
        raise PolicyError("give either `pairs` or `reliability`, not both: each says how well people repeat a sort")
    if policies is not None:
        checks.instance("policies", policies, Policies, "a `qmethod.Policies`")
        if n_factors is None:
            raise PolicyError("`policies` are those of viewpoints, for which `n_factors` says how many there are")
    draw, seed = generator(rng)
    first, noise = _without_repeats(as_data(before, "before"), pairs, reliability)
    found = pair(first, as_data(after, "after"), labels)
    one, other = found.values()
    statements, n_draws, exact = _statements(one, other, alpha, n_permutations, draw)
    people = _people(one, other, noise)
    viewpoints = None
    if n_factors is not None:
        k = checks.whole("n_factors", n_factors, 1)
        viewpoints = _viewpoints(found, labels, k, basis, policies or Policies(), n_permutations, draw)
    return OccasionComparison(
        labels=labels,
        participants=found.before.participants,
        ids=found.before.statements,
        texts=tuple(a or b for a, b in zip(found.before.texts, found.after.texts, strict=True)),
        statements=statements,
        people=people,
        viewpoints=viewpoints,
        left_out=found.left_out,
        alpha=alpha,
        n_draws=n_draws,
        exact=exact,
        seed=seed,
        notices=found.notices,
    )


def _labels(labels: object) -> tuple[str, str]:
    given = checks.texts("labels", labels)
    if len(given) != 2 or not all(given) or given[0] == given[1]:
        raise checks.refuse("labels", "two different names, such as ('before', 'after')", labels)
    return given[0], given[1]


@dataclass(frozen=True, slots=True)
class _Repeating:
    """How well people repeat a sort: mean and spread of Fisher's z, and the pairs these come from."""

    noise: Noise
    reliability: float = np.nan
    z: float = np.nan
    spread: float = np.nan
    n_pairs: int = 0


def _without_repeats(
    data: QData, pairs: str | os.PathLike[str] | Iterable[Sequence[str]] | None, reliability: float | None
) -> tuple[QData, _Repeating]:
    """The sorts without those that repeat others, and how well they do."""
    if reliability is not None:
        r = checks.number("reliability", reliability, 0.01, 0.99)
        return data, _Repeating("assumed", r, float(np.arctanh(r)))
    if pairs is None:
        return data, _Repeating("none known")
    found = retest(data, pairs)
    n = len(found.first)
    if n < LEAST_PAIRS:
        advice = "Let more people sort twice, or give the correlation of repeated sorts as `reliability`."
        message = f"{counted(n, 'pair')} of repeated sorts cannot show how far people differ; at least {LEAST_PAIRS} are needed"
        raise DataError([Fault(message, advice=advice, settings=(Setting("reliability"),))])
    z = np.arctanh(np.clip(found.correlations, -PERFECT, PERFECT))
    repeats = set(found.second)
    kept = data.keep([name for name in data.participants if name not in repeats])
    return kept, _Repeating("retest", found.pooled, float(z.mean()), float(z.std(ddof=1)), n)


def _statements(
    before: FloatArray, after: FloatArray, alpha: float, n_permutations: int, rng: np.random.Generator
) -> tuple[StatementChanges, int, bool]:
    """Changes of statements, how many ways chance was tried, and whether these are all."""
    change = after - before
    known = ~np.isnan(change)
    m = known.sum(axis=1)
    differences = np.where(known, change, 0.0).T
    chance = largest_sums(differences, n_permutations, rng)
    p_values = chance.p_values(np.abs(scaled_sums(differences)))
    with np.errstate(invalid="ignore", divide="ignore"):
        one, other, mean = (np.where(known, values, 0.0).sum(axis=1) / m for values in (before, after, change))
        squares = (np.where(known, change - mean[:, None], 0.0) ** 2).sum(axis=1)
        critical = chance.critical(alpha) ** 2
        t = np.where(critical < m, np.sqrt(critical * (m - 1) / (m - critical)), np.nan)
        half = t * np.sqrt(squares / (m - 1) / m)
    return StatementChanges(one, other, mean, mean - half, mean + half, p_values, m), len(chance.largest), chance.exact


def _people(before: FloatArray, after: FloatArray, noise: _Repeating) -> PeopleChanges:
    from scipy.special import ndtr, stdtr  # on demand: its import takes longer than most analyses

    shared = (~np.isnan(before)).sum(axis=0)
    r = np.array([np.corrcoef(a[here], b[here])[0, 1] for a, b, here in zip(before.T, after.T, ~np.isnan(before).T, strict=True)])
    z = np.arctanh(np.clip(r, -PERFECT, PERFECT))
    if noise.noise == "retest":
        spread = noise.spread * np.sqrt(1 + 1 / noise.n_pairs)
        p = adjust(stdtr(noise.n_pairs - 1, (z - noise.z) / max(spread, 1e-9)), "holm")
    elif noise.noise == "assumed":
        p = adjust(ndtr((z - noise.z) * np.sqrt(np.maximum(shared - 3.0, 1.0))), "holm")
    else:
        p = np.full(len(r), np.nan)
    return PeopleChanges(r, shared, noise.noise, noise.reliability, noise.n_pairs, p)


def _viewpoints(
    found: Paired, labels: tuple[str, str], k: int, basis: Basis, policies: Policies, n_draws: int, rng: np.random.Generator
) -> ViewpointChanges:
    sorts = {"pooled": both_together(found, labels), "first": found.before, "second": found.after}[basis]
    solution = solve(sorts, k, policies)
    z = solution.scores.z_scores
    shown = np.flatnonzero(~np.isnan(z).any(axis=0))
    if not len(shown):
        message = f"no sort defines any of {counted(k, 'factor')}, so there is no viewpoint to compare with"
        raise DataError([Fault(message, advice="Try another number of factors.")])
    z = z[:, shown]
    before, after = found.values()
    closeness = close_to(before, z), close_to(after, z)
    change = closeness[1] - closeness[0]
    p_values, person = np.full(z.shape[1], np.nan), np.full(len(change), np.nan)
    if basis == "pooled":
        p_values = largest_sums(change, n_draws, rng).p_values(np.abs(scaled_sums(change)))
        person = moved(before, after, z, n_draws, rng)[1]
    return ViewpointChanges(tuple(solution.labels[j] for j in shown), basis, z, *closeness, p_values, person, solution.notices)
