"""What sets viewpoints apart and what they share: standard errors of differences, distinguishing and consensus statements, relative ranks.

References
----------
.. [1] Brown, S. R. (1980). Political Subjectivity. Yale University Press. Standard errors of factor scores and of their differences.
.. [2] Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2), 65-70.
.. [3] Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal Statistical Society B, 57(1), 289-300.
.. [4] Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of
   average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics, 15(6), 657-680.
.. [5] Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed. Lawrence Erlbaum.
.. [6] Watts, S., & Stenner, P. (2012). Doing Q Methodological Research. Sage. The crib sheet.
.. [7] Storey, J. D. (2002). A direct approach to false discovery rates. Journal of the Royal Statistical Society B, 64(3), 479-498. How many of
   the tests have nothing to find, from the p-values above a half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np

from qmethod.calibrated import Errors
from qmethod.data import Array, FloatArray
from qmethod.method.scores import Composites
from qmethod.policies import Policies
from qmethod.solution import Contrasts, Viewpoints

_SQRT_2 = math.sqrt(2)


def contrast(
    z_scores: FloatArray,
    standard_errors: FloatArray,
    composites: Composites,
    n_defining: Array,
    policies: Policies,
    errors: Errors | None = None,
) -> Contrasts:
    """Compare all pairs of factors on all statements.

    Parameters
    ----------
    z_scores : ndarray of shape (n, f)
    standard_errors : ndarray of shape (f,)
    composites : Composites
        Means and variances of the defining sorts, for Cohen's d.
    n_defining : ndarray of shape (f,)
    policies : Policies
    errors : Errors, optional
        How far differences stray by chance, from studies drawn from the solution. Without them as the normal distribution says.

    Notes
    -----
    SED of factors i and j is sqrt(SE_i^2 + SE_j^2) [1]_. A factor that no sort defines, or whose standard error is not known where the rule needs
    it, takes part in no comparison: it can make a statement neither distinguishing nor consensus. With fewer than two factors to compare there is
    nothing to agree on, and no statement is consensus.
    """
    f = z_scores.shape[1]
    pairs = tuple(combinations(range(f), 2))
    sed = np.sqrt(np.add.outer(standard_errors**2, standard_errors**2))
    first, second = (np.array([pair[side] for pair in pairs], dtype=int) for side in (0, 1))
    differences = z_scores[:, first] - z_scores[:, second]
    pair_sed = sed[first, second]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.abs(differences) / pair_sed
    plain = _two_sided(ratio) if errors is None else errors.p_values(ratio) if ratio.size else ratio
    p_values = adjust(plain, policies.contrast_adjust)
    cohens_d = _cohens_d(composites, n_defining, first, second)
    critical = policies.critical_values() if errors is None else tuple(errors.critical(level) for level in policies.contrast_levels)
    levels = _levels(ratio, p_values, cohens_d, critical, policies)
    defined = np.asarray(np.isfinite(differences).all(axis=0) & (np.isfinite(pair_sed) | (policies.contrast_rule == "cohens-d")))
    distinguishing = _distinguishing(levels, defined, pairs, f)
    tested = errors is not None and policies.contrast_rule == "sed" and policies.contrast_adjust == "none"
    return Contrasts(
        pairs=pairs,
        sed=sed,
        differences=differences,
        p_values=p_values,
        levels=levels,
        cohens_d=cohens_d,
        distinguishing=distinguishing,
        consensus=_consensus(differences, levels, pair_sed, defined, policies, errors),
        critical=critical,
        expected_false=_expected_false(plain, levels, defined, pairs, policies) if tested else np.full(f, np.nan),
    )


def _two_sided(ratio: FloatArray) -> FloatArray:
    """How often a standard normal number is as far from 0 or farther; shape kept."""
    return np.array([math.erfc(x / _SQRT_2) for x in ratio.ravel().tolist()]).reshape(ratio.shape)


def adjust(p_values: FloatArray, method: str) -> FloatArray:
    """Correct p-values for their number; NaN are not tests and stay NaN.

    Parameters
    ----------
    p_values : ndarray, any shape
    method : {'none', 'holm', 'bh'}
        Holm [2]_ or Benjamini-Hochberg [3]_.
    """
    if method == "none":
        return p_values
    flat = p_values.ravel().copy()
    tests = np.flatnonzero(~np.isnan(flat))
    order = tests[np.argsort(flat[tests], kind="stable")]
    count = len(order)
    if method == "holm":
        stepped = np.maximum.accumulate(flat[order] * np.arange(count, 0, -1))
    else:
        stepped = np.minimum.accumulate((flat[order] * count / np.arange(1, count + 1))[::-1])[::-1]
    flat[order] = np.minimum(stepped, 1.0)
    return flat.reshape(p_values.shape)


def _levels(ratio: FloatArray, p_values: FloatArray, cohens_d: FloatArray, critical_values: tuple[float, ...], policies: Policies) -> FloatArray:
    """The smallest contrast level at which each difference counts, NaN where none does."""
    inclusive = policies.contrast_boundary == "inclusive"
    found = np.full(ratio.shape, np.nan)
    if policies.contrast_rule == "cohens-d":
        size = np.abs(cohens_d)
        counts = size >= policies.cohens_d if inclusive else size > policies.cohens_d
        found[counts] = policies.contrast_levels[0]
        return found
    for level, critical in zip(policies.contrast_levels, critical_values, strict=True):
        if policies.contrast_adjust == "none":
            found[ratio >= critical if inclusive else ratio > critical] = level
        else:
            found[p_values <= level if inclusive else p_values < level] = level
    return found


def _distinguishing(levels: FloatArray, defined: Array, pairs: tuple[tuple[int, int], ...], f: int) -> FloatArray:
    """Level at which a statement differs between a factor and all others: the weakest of its comparisons."""
    out = np.full((len(levels), f), np.nan)
    for j in range(f):
        mine = [p for p, pair in enumerate(pairs) if j in pair and defined[p]]
        if mine:
            out[:, j] = levels[:, mine].max(axis=1)  # NaN, "does not count", wins over any level
    return out


def _expected_false(p_values: FloatArray, levels: FloatArray, defined: Array, pairs: tuple[tuple[int, int], ...], policies: Policies) -> FloatArray:
    """How many of each factor's distinguishing statements are expected to be so by chance, at the most; shape (f,).

    A statement that differs from one other factor in nothing is called distinguishing where chance gives a difference from that one, which it does
    at the level, and the statement differs from all the rest. How many statements do not differ from it the p-values above a half say [7]_, which
    counts small differences among them; that they differ from the rest is taken to have nothing to do with it.
    """
    f = 1 + max((second for _, second in pairs), default=0)
    found, apart = np.full(f, np.nan), ~np.isnan(levels)
    for j in range(f):
        mine = [p for p, pair in enumerate(pairs) if j in pair and defined[p]]
        if mine:
            nothing = np.minimum(2 * (1 + (p_values[:, mine] > 0.5).sum(axis=0)) / len(p_values), 1.0)
            rest = np.array([apart[:, [q for q in mine if q != p]].all(axis=1).sum() for p in mine])
            found[j] = min(float(policies.contrast_levels[0] * (nothing * rest).sum()), float(apart[:, mine].all(axis=1).sum()))
    return found


def _consensus(differences: FloatArray, levels: FloatArray, sed: FloatArray, defined: Array, policies: Policies, errors: Errors | None) -> Array:
    if not defined.any():
        return np.zeros(len(differences), dtype=bool)
    if policies.consensus_rule == "equivalent":
        # Two one-sided tests [4]_: both bounds of the margin are passed.
        alpha = policies.consensus_level
        one_sided = NormalDist().inv_cdf(1 - alpha) if errors is None else errors.critical(2 * alpha)
        bound = policies.equivalence_margin - one_sided * sed[defined]
        return np.asarray((np.abs(differences[:, defined]) < bound).all(axis=1))
    counts = levels[:, defined] <= policies.consensus_level
    return np.asarray(~counts.any(axis=1))


def _cohens_d(composites: Composites, n_defining: Array, first: Array, second: Array) -> FloatArray:
    """Difference of the defining sorts' mean placements in pooled standard deviations [5]_; NaN where there is no spread."""
    spare = (n_defining - 1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (spare[first] * composites.variances[:, first] + spare[second] * composites.variances[:, second]) / (spare[first] + spare[second])
        distance = composites.means[:, first] - composites.means[:, second]
        return np.asarray(np.where(pooled > 1e-20, distance / np.sqrt(pooled), np.nan))


@dataclass(frozen=True, slots=True)
class RelativeRanks:
    """The crib sheet of one factor [6]_: positions of statements, each list by descending z-score.

    Parameters
    ----------
    highest, lowest : tuple of int
        Statements in the outermost columns.
    higher, lower : tuple of int
        Of the rest, those placed higher, or lower, than in every other factor.
    higher_tied, lower_tied : tuple of int
        Of the rest, those that share their extreme place with another factor.
    """

    highest: tuple[int, ...]
    higher: tuple[int, ...]
    higher_tied: tuple[int, ...]
    lower: tuple[int, ...]
    lower_tied: tuple[int, ...]
    lowest: tuple[int, ...]


def relative_ranks(solution: Viewpoints) -> tuple[RelativeRanks | None, ...]:
    """Crib sheets of all factors; None for a factor that no sort defines.

    Factors are compared on their arrays. Without a second defined factor only the outermost columns are filled.
    """
    arrays = solution.scores.arrays
    defined = [j for j in range(arrays.shape[1]) if not np.isnan(arrays[:, j]).any()]
    top, bottom = max(solution.scores.grid.values), min(solution.scores.grid.values)
    sheets: list[RelativeRanks | None] = []
    for j in range(arrays.shape[1]):
        if j not in defined:
            sheets.append(None)
            continue
        mine, others = arrays[:, j], arrays[:, [i for i in defined if i != j]]
        by_score = np.argsort(solution.scores.ranks[:, j])
        outer = (mine == top) | (mine == bottom)
        high, low = (others.max(axis=1), others.min(axis=1)) if others.shape[1] else (mine + np.inf, mine - np.inf)

        def chosen(which: Array, order: Array = by_score) -> tuple[int, ...]:
            return tuple(int(i) for i in order if which[i])

        spread = high > low if others.shape[1] > 1 else np.ones(len(mine), dtype=bool)
        sheets.append(
            RelativeRanks(
                highest=chosen(mine == top),
                higher=chosen(~outer & (mine > high)),
                higher_tied=chosen(~outer & (mine == high) & spread),
                lower=chosen(~outer & (mine < low)),
                lower_tied=chosen(~outer & (mine == low) & spread),
                lowest=chosen(mine == bottom),
            )
        )
    return tuple(sheets)


def descending_differences(solution: Viewpoints, pair: int) -> tuple[int, ...]:
    """Statements (positions) by descending difference of z-scores of one pair of `Contrasts.pairs`; equal ones by number."""
    differences = solution.contrasts.differences[:, pair]
    if np.isnan(differences).any():
        return ()
    return tuple(sorted(range(len(differences)), key=lambda i: (-round(float(differences[i]), 9), i)))
