r"""How likely each number of viewpoints is, learned from simulated studies whose number is known.

Each number k = 0, 1, ... gets a score: a sum of some figures of the table, each times a coefficient. Its probability is the share of
:math:`\exp(\text{score})` in the sum over all numbers, a conditional logit (McFadden, 1974). With the coefficients of `qmethod.retention.learned`
the numbers of viewpoints of a mix of simulated studies are likeliest, less a ridge. Scores are then stretched where one number stands out and
pressed together where none does, so that shares said and shares found are the same (after Guo and others, 2017, who stretch all alike). So a
probability is a share of the studies of that mix, and is told only where a study could be one of them. None of these has tags: where statements have
some, the same coefficients are of figures of sorts in which a liking of whole themes is weighed down, see `counted`.

References
----------
.. [1] McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In P. Zarembka (Ed.), Frontiers in Econometrics (pp.
   105-142). Academic Press.
.. [2] Goretzko, D., & Bühner, M. (2020). One model to rule them all? Using machine learning algorithms to determine the number of factors in
   exploratory factor analysis. Psychological Methods, 25(6), 776-786. Learning the number of factors from simulated studies.
.. [3] Guo, C., Pleiss, G., Sun, Y., & Weinberger, K. Q. (2017). On calibration of modern neural networks. Proceedings of Machine Learning
   Research, 70, 1321-1330. Scores times a factor that is learned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from qmethod.data import FloatArray
from qmethod.method.flagging import ROUNDING
from qmethod.policies import Policies
from qmethod.retention.learned import COEFFICIENTS, STRETCH
from qmethod.retention.row import RetentionRow

MOST = 8
"""The largest number of viewpoints that has a probability."""
SORTS, STATEMENTS = (14, 150), (20, 60)
"""How many of each the studies have that the coefficients were learned from."""
FEWEST_RANDOM = 39
"""Sets of random sorts that those studies were compared with, at least."""
FLAGS = {"flag_level": 0.05, "flag_significance": True, "flag_majority": True}
"""By which their halves were compared; besides these only the correlation and the cap of weights reach the figures of `features`."""
HOLDS = 0.8
"""The probabilities of the numbers that are said to hold the truth sum to so much at least."""
FLOOR = 0.01
"""The smallest p-value of NEST that makes a difference, so that more draws do not change what it means."""

NAMED = {"nest": "NEST", "nest_themes": "NEST beyond themes", "map": "MAP", "ekc": "the empirical Kaiser criterion"}

Answers = Mapping[str, int | None]


def counted(rows: Sequence[RetentionRow], answers: Answers) -> tuple[Sequence[RetentionRow], Answers]:
    """Rows and answers by which a score goes.

    Where NEST beyond themes has an answer, it and its p-values stand in the place of NEST's, and figures of sorts in which themes are evened (see
    `qmethod.retention.themes.evened`) in the place of those that know nothing of themes.

    Parameters
    ----------
    rows, answers
        As for `features`.

    Returns
    -------
    rows : sequence of RetentionRow
    answers : mapping of str to int or None
        Without one for NEST beyond themes where it stands in NEST's place.
    """
    if answers["nest_themes"] is None:
        return rows, answers
    evened = [
        replace(
            row,
            eigenvalue=row.evened_eigenvalue,
            ekc=row.evened_ekc,
            map=row.evened_map,
            split_half=row.evened_split_half,
            nest_p=row.nest_themes_p,
        )
        for row in rows[: MOST + 1]
    ]
    above = [bool(row.eigenvalue and row.ekc and row.eigenvalue > row.ekc + ROUNDING) for row in evened[1:]]
    kaiser = [*above, False].index(False)
    average = min((round(row.map, 12), row.k) for row in evened if row.map is not None)[1]
    return evened, {"nest": answers["nest_themes"], "nest_themes": None, "map": average, "ekc": kaiser}


def features(rows: Sequence[RetentionRow], answers: Answers, n_statements: int, n_sorts: int) -> dict[str, FloatArray]:
    """What the score of each number of viewpoints is made of.

    Parameters
    ----------
    rows : sequence of RetentionRow
        For k = 0 to `MOST` at least; rows beyond are not looked at.
    answers : mapping of str to int or None
        Of NEST, MAP and the empirical Kaiser criterion; none of them None, see `unknown`. What stands in their place where NEST beyond themes has an
        answer is in `counted`.
    n_statements, n_sorts : int

    Returns
    -------
    dict of str to ndarray of shape (MOST + 1,)
        By the names of `qmethod.retention.learned.COEFFICIENTS`.

    Notes
    -----
    A congruence between halves that could not be computed, since half of the sorts cannot hold so many factors, counts as 0: it was not found
    again. A mean partial correlation that does not exist counts as the largest that does.
    """
    k = np.arange(MOST + 1)
    rows, answers = counted(rows, answers)
    nest, average, kaiser = (min(answers[name] or 0, MOST) for name in ("nest", "map", "ekc"))
    many, long = math.log(n_sorts / 40), math.log(n_statements / 40)
    is_nest, above, below = (k == nest).astype(float), np.maximum(k - nest, 0.0), np.maximum(nest - k, 0.0)
    held = sum(row.eigenvalue or 0.0 for row in rows[1 : nest + 1]) / n_sorts
    stopped, before = _log_p(rows[nest]), _log_p(rows[nest - 1]) if nest else 0.0
    halves = np.array([1.0, *(row.split_half or 0.0 for row in rows[1 : MOST + 1])])
    partial = np.array([math.nan if row.map is None else row.map for row in rows[: MOST + 1]])
    partial = np.log(np.where(np.isnan(partial), np.nanmax(partial), partial) / np.nanmin(partial))
    return {
        "k": k.astype(float),
        "k squared": k**2 / MOST,
        "none": (k == 0).astype(float),
        "one": (k == 1).astype(float),
        "k by sorts": k * many,
        "NEST": is_nest,
        "NEST by sorts": is_nest * many,
        "NEST by statements": is_nest * long,
        "NEST, MAP and EKC": is_nest * (nest == average == kaiser),
        "above NEST": above,
        "above NEST by variance": above * held,
        "above NEST, none": above * (nest == 0),
        "above NEST by p": above * stopped,
        "below NEST": below,
        "below NEST by p": (k < nest) * before,
        "MAP": (k == average).astype(float),
        "partial correlations": partial,
        "below EKC": np.maximum(kaiser - k - 1, 0.0),
        "eigenvalues over EKC": np.cumsum([0.0, *(_over(row.eigenvalue, row.ekc) for row in rows[1 : MOST + 1])]),
        "eigenvalue over chance": np.array([0.0, *(_over(row.eigenvalue, row.parallel_95) for row in rows[1 : MOST + 1])]),
        "halves": halves,
        "halves so far": np.cumsum(halves),
    }


def _log_p(row: RetentionRow) -> float:
    return math.log(max(1.0 if row.nest_p is None else row.nest_p, FLOOR))


def _over(value: float | None, limit: float | None) -> float:
    """How far an eigenvalue is above a limit, as a logarithm; 0 where there is none."""
    return math.log(value / limit) if value and limit else 0.0


def probabilities(rows: Sequence[RetentionRow], answers: Answers, n_statements: int, n_sorts: int) -> tuple[float, ...]:
    """The probability of 0, 1, ... `MOST` viewpoints; they sum to 1.

    Parameters
    ----------
    rows, answers, n_statements, n_sorts
        As for `features`.
    """
    found = features(rows, answers, n_statements, n_sorts)
    scores = sum((coefficient * found[figure] for figure, coefficient in COEFFICIENTS.items()), np.zeros(MOST + 1))
    return tuple(stretched(scores, STRETCH).tolist())


def stretched(scores: FloatArray, stretch: tuple[float, float]) -> FloatArray:
    r"""Probabilities from scores.

    With p the share of the likeliest number, :math:`\max \exp(s) / \sum \exp(s)`, scores s are multiplied by :math:`\exp(a + b p)`.

    Parameters
    ----------
    scores : ndarray of shape (K,)
    stretch : (float, float)
        a and b. Where b is above 0, what stands out stands out more.
    """
    return _shares(scores * math.exp(stretch[0] + stretch[1] * float(_shares(scores).max())))


def _shares(scores: FloatArray) -> FloatArray:
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum())


def plausible(chances: Sequence[float], mass: float = HOLDS) -> tuple[int, ...]:
    """The fewest numbers of viewpoints whose probabilities sum to `mass` at least, in rising order.

    Parameters
    ----------
    chances : sequence of float
        Of 0, 1, ... viewpoints.
    mass : float

    Examples
    --------
    >>> plausible([0.02, 0.03, 0.5, 0.25, 0.2])
    (2, 3, 4)
    """
    likeliest = sorted(range(len(chances)), key=lambda k: (-chances[k], k))
    total, taken = 0.0, 0
    while taken < len(likeliest) and total < mass - 1e-12:
        total += chances[likeliest[taken]]
        taken += 1
    return tuple(sorted(likeliest[:taken]))


def unknown(
    rows: Sequence[RetentionRow],
    answers: Answers,
    reasons: Mapping[str, str],
    limited: Sequence[str],
    n_statements: int,
    n_sorts: int,
    n_random: int,
    policies: Policies,
) -> str:
    """Why no probability can be told; empty where it can.

    Parameters
    ----------
    rows : sequence of RetentionRow
    answers : mapping of str to int or None
        By criterion.
    reasons : mapping of str to str
        Why a criterion is missing.
    limited : sequence of str
        Criteria whose answer is a lower bound.
    n_statements, n_sorts, n_random : int
        `n_random` is the number of sets of random sorts.
    policies : Policies
        With which flags halves were compared.
    """
    for name in ("nest", "map", "ekc"):
        if answers[name] is None:
            return f"{NAMED[name]} gives no answer ({reasons.get(name, 'it was not asked')})"
    for count, (low, high), what in ((n_sorts, SORTS, "sorts"), (n_statements, STATEMENTS, "statements")):
        if not low <= count <= high:
            return f"that was learned from simulated studies of {low} to {high} {what}, and these are {count}"
    if any(getattr(policies, name) != usual for name, usual in FLAGS.items()):
        return "that was learned from simulated studies whose halves were compared with the usual flags, and these were compared with others"
    if n_random < FEWEST_RANDOM:
        return f"that takes {FEWEST_RANDOM} sets of random sorts, and {n_random} were drawn"
    if len(rows) <= MOST:
        return f"that takes a table of {MOST} viewpoints, and this one ends at {len(rows) - 1}"
    test = "nest" if answers["nest_themes"] is None else "nest_themes"
    if (answers[test] or 0) > MOST or test in limited:
        return f"that was learned from simulated studies of {MOST} viewpoints at most, and {NAMED[test]} does not stop there"
    return ""
