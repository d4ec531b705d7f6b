"""What studies like the one at hand say of it: the values that `qmethod.calibration` finds and a solution keeps.

References
----------
.. [1] Davison, A. C., & Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge University Press. p-values from simulations.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmethod import plain
from qmethod.brief import WIDTH, brief
from qmethod.data import FloatArray
from qmethod.given import ReadOnly
from qmethod.literals import CalibrationTable
from qmethod.shown import Result
from qmethod.wording import counted

LIKELY = 0.8
"""Probability from which viewpoints are counted as close to one another on a statement."""


@dataclass(frozen=True, slots=True, eq=False)
class Errors(ReadOnly):
    """How far differences stray from the truth in studies like the one at hand, in standard errors of a difference.

    Parameters
    ----------
    shares : ndarray of shape (q,)
        Rising, from 0 to 1.
    sizes : ndarray of shape (q,)
        That share of all errors is at most so large.
    count : int
        How many errors they are the quantiles of.
    """

    shares: FloatArray
    sizes: FloatArray
    count: int

    __repr__ = brief

    def critical(self, level: float) -> float:
        """What a difference must exceed to be false in the share `level` of the statements on which there is none.

        Examples
        --------
        >>> round(Errors(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 3.0]), 100).critical(0.25), 2)
        2.0
        """
        return float(np.interp(1 - level, self.shares, self.sizes))

    def p_values(self, ratio: FloatArray) -> FloatArray:
        """Share of the errors at least as large, counting the one at hand (Davison & Hinkley, 1997); NaN stays NaN."""
        below = np.interp(ratio, self.sizes, self.shares)
        return np.where(np.isnan(ratio), np.nan, (1 + self.count * (1 - below)) / (1 + self.count))


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut(ReadOnly):
    """What viewpoints are beyond the sorts that made them.

    Parameters
    ----------
    sorts : ndarray of shape (m, f)
        Correlation of each sort with each viewpoint of the others; NaN where the others hold none.
    agreement : ndarray of shape (f,)
        Mean of `sorts` over the defining sorts, those that load negatively turned round; NaN without defining sorts.
    correlation : ndarray of shape (f,)
        The mean correlation between two people of the viewpoint that `agreement` bespeaks, at least .03: what lies below cannot be told from nothing.
    effective : ndarray of shape (f,)
        How many sorts of equal weight would be worth as much as the defining sorts with theirs.
    """

    sorts: FloatArray
    agreement: FloatArray
    correlation: FloatArray
    effective: FloatArray

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Shared(ReadOnly):
    """How far apart the viewpoints are on each statement, the lowest of them from the highest, in true z-scores.

    Parameters
    ----------
    bound : ndarray of shape (n,)
        They differ by at most this, with probability `level`; NaN with fewer than two viewpoints.
    within : ndarray of shape (n,)
        Probability that all lie within `margin` of one another.
    above, below : ndarray of shape (n,)
        Probability that all lie above 0, the mean of all statements, and that all lie below it.
    level, margin : float
    """

    bound: FloatArray
    within: FloatArray
    above: FloatArray
    below: FloatArray
    level: float
    margin: float

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Places(ReadOnly):
    """Where the statements truly stand in the arrays of the viewpoints; g columns of the grid.

    Parameters
    ----------
    values : ndarray of shape (g,)
        The columns, ascending.
    low, high : ndarray of shape (n, f)
        The true place lies between these columns, with probability `level` at least; NaN for a viewpoint without z-scores or `recovery`.
    probability : ndarray of shape (n, f, g)
        Of each column; adds up to 1 over columns.
    level : float
    """

    values: FloatArray
    low: FloatArray
    high: FloatArray
    probability: FloatArray
    level: float

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Calibration(ReadOnly, Result[CalibrationTable]):
    """What studies like the one at hand say of it.

    Parameters
    ----------
    statements, labels : tuple of str
        Ids of the n statements and labels of the f viewpoints.
    n_replicates : int
        Studies drawn.
    n_failed : int
        Those of them in which the method found no solution.
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    beyond : LeaveOneOut
        What each viewpoint is beyond the sorts that made it.
    reliability : ndarray of shape (f,)
        Of each viewpoint's z-scores, by what its people have in common beyond their own sorts and the effective number of these.
    recovery : ndarray of shape (f,)
        Squared correlation, on average, of a viewpoint's z-scores in the studies drawn with those of the viewpoint they were drawn from: what
        share of the z-scores is true, the sorts that were taken for defining ones by mistake included. NaN for one that fewer than two sorts define.
    matched : ndarray of shape (f,)
        Share of the studies drawn in which the viewpoint came out alike, with a correlation of .85 or more between its z-scores and those of the
        viewpoint they were drawn from: how likely the viewpoint found is so like the true one. NaN as in `recovery`.
    errors : Errors or None
        How far differences between viewpoints stray; None where no two could be compared.
    shared : Shared
        How closely viewpoints agree on each statement.
    places : Places
        Where each statement truly stands.
    """

    statements: tuple[str, ...]
    labels: tuple[str, ...]
    n_replicates: int
    n_failed: int
    seed: int | None
    beyond: LeaveOneOut
    reliability: FloatArray
    recovery: FloatArray
    matched: FloatArray
    errors: Errors | None
    shared: Shared
    places: Places

    __repr__ = brief

    def _said(self) -> list[str]:
        agreed = ", ".join(f"{label} {value:.2f}" for label, value in zip(self.labels, self.beyond.agreement.tolist(), strict=True))
        lines = [f"{counted(self.n_replicates, 'study')} drawn, seed {'not known' if self.seed is None else self.seed}"]
        lines += textwrap.wrap(f"agreement with sorts left out: {agreed}", WIDTH - 2)[:5]
        if self.errors is not None:
            at = [self.errors.critical(level) for level in (0.05, 0.01)]
            likely = int((self.shared.within >= LIKELY).sum())
            statements = counted(len(self.statements), "statement")
            lines.append(f"a difference counts from {at[0]:.2f} standard errors on (.05), {at[1]:.2f} (.01)")
            lines.append(f"all lie within {self.shared.margin:g} with p >= {LIKELY:g} on {likely} of {statements}")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types; NaN becomes None, arrays become nested lists."""
        return dict(plain.plain(self))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Calibration:
        """The inverse of `to_dict`; a `PolicyError` says what is wrong with other values."""
        with plain.reading_back("Calibration", values):
            errors = values["errors"]
            return cls(
                **{
                    **plain.arrays(values, "reliability", "recovery", "matched"),
                    "statements": tuple(values["statements"]),
                    "labels": tuple(values["labels"]),
                    "beyond": LeaveOneOut(**plain.arrays(values["beyond"], "sorts", "agreement", "correlation", "effective")),
                    "errors": None if errors is None else Errors(**plain.arrays(errors, "shares", "sizes")),
                    "shared": Shared(**plain.arrays(values["shared"], "bound", "within", "above", "below")),
                    "places": Places(**plain.arrays(values["places"], "values", "low", "high", "probability")),
                }
            )
