"""What an analysis returns: `QSolution` and its parts, all frozen, all arrays read-only.

Notation in the shapes: n statements, m sorts, k extracted factors, f reported factors (f > k only where bipolar factors were split).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np

from qmethod import checks, plain
from qmethod.brief import brief, short
from qmethod.calibrated import Calibration
from qmethod.data import Array, FloatArray, QData
from qmethod.door import fetch
from qmethod.errors import PolicyError
from qmethod.given import ReadOnly
from qmethod.grid import Grid
from qmethod.literals import GridOrigin, Pole, SolutionPicture, SolutionTable
from qmethod.manual_flag import ManualFlag
from qmethod.notice import Notice, noticed
from qmethod.people import Exclusion
from qmethod.policies import BEFORE, Policies
from qmethod.shown import Pictured, Result, said_of
from qmethod.wording import counted


@dataclass(frozen=True, slots=True, eq=False)
class Extraction(ReadOnly):
    """Unrotated factors.

    Parameters
    ----------
    method : str
        Policy `extraction`.
    loadings : ndarray of shape (m, k)
        Unrotated loadings, each factor pointing where its signed sum of squares is positive.
    sums_of_squares : ndarray of shape (k,)
        Squared loadings summed by factor; for principal components these are eigenvalues.
    eigenvalues : ndarray of shape (r,)
        The non-zero eigenvalues of the correlations between sorts, descending, r <= min(n - 1, m) for forced sorts. For the scree.
    converged : bool
        Whether an iterative method reached its tolerance. True for principal components.
    n_iterations : int
        Cycles used, summed over factors; 0 where nothing iterates.
    sequential : ndarray of shape (k,) or None
        Of a centroid: the sum at which Brown's reflection stops, as a share of the largest that was found; see `qmethod.method.reflection`. NaN
        with more than 500 sorts, where they are not compared. None for other methods.
    """

    method: str
    loadings: FloatArray
    sums_of_squares: FloatArray
    eigenvalues: FloatArray
    converged: bool
    n_iterations: int
    sequential: FloatArray | None = None

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class PlaneRotation(ReadOnly):
    """One rotation by hand.

    Parameters
    ----------
    first, second : int
        The factors turned, counted from 1 in the order they had before any rotation by hand.
    degrees : float
        Positive turns the axes from `first` towards `second`: new first = cos * first + sin * second, new second = -sin * first + cos * second.
    matrix : ndarray of shape (2, 2)
        ``[new first, new second] = [first, second] @ matrix``.
    """

    first: int
    second: int
    degrees: float
    matrix: FloatArray

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Rotation(ReadOnly):
    """Rotated factors, in their final order and direction.

    Parameters
    ----------
    method : str
        Policy `rotation`.
    loadings : ndarray of shape (m, k)
        What flags and weights use: rotated loadings; after an oblique rotation structure or pattern, as the policy says.
    matrix : ndarray of shape (k, k)
        Everything done to the unrotated loadings, order, direction and rotations by hand included: ``unrotated @ matrix`` gives
        `loadings` after an orthogonal rotation, `pattern` after an oblique one.
    pattern : ndarray of shape (m, k) or None
        Regression weights, after an oblique rotation only.
    phi : ndarray of shape (k, k)
        Correlations between factors; the identity unless oblique.
    criterion : float
        Value of the orthomax criterion reached (on Kaiser-normalised loadings where that is on); NaN for other rotations.
    converged : bool
    n_iterations : int
        Sweeps of the start that was kept.
    n_local_optima : int
        Distinct optima that the starting positions found; 1 is the comfortable answer, 0 where nothing was searched.
    by_hand : tuple of PlaneRotation
        In the order they were applied.
    reflected : tuple of bool
        Which final factors were turned round by the policy `reflection`.
    tied : tuple of bool
        Which had no direction by that policy, so that their statements decided it.
    """

    method: str
    loadings: FloatArray
    matrix: FloatArray
    pattern: FloatArray | None
    phi: FloatArray
    criterion: float
    converged: bool
    n_iterations: int
    n_local_optima: int
    by_hand: tuple[PlaneRotation, ...]
    reflected: tuple[bool, ...]
    tied: tuple[bool, ...]

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Factor:
    """A reported factor.

    Parameters
    ----------
    label : str
        ``f1``, ``f2``, ...
    source : int
        The rotated factor it comes from, counted from 0.
    pole : {'both', 'positive', 'negative'}
        ``both`` unless a bipolar factor was split; the negative pole's loadings are those of its source with the sign turned.
    """

    label: str
    source: int
    pole: Pole

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Scores(ReadOnly):
    """What each factor thinks of each statement.

    Parameters
    ----------
    weights : ndarray of shape (m, f)
        Weight of each sort in each factor, 0 where it does not define the factor.
    z_scores : ndarray of shape (n, f)
        NaN throughout for a factor that no sort defines.
    arrays : ndarray of shape (n, f)
        Factor arrays. Every column follows `grid` exactly; NaN throughout where the z-scores are.
    ranks : ndarray of shape (n, f)
        1 for the highest z-score; ties in the order of statement numbers. NaN where the z-scores are.
    grid : Grid
        The distribution the arrays follow.
    grid_origin : str
        ``"sorts"`` (all sorts follow it), ``"design"`` (given, and not all sorts follow it) or ``"median"`` (low median of the ordered
        placements of unforced sorts).
    ties : tuple of tuple (str, tuple of str)
        Factor label and statement ids, for each tie in z that a column boundary had to break.
    """

    weights: FloatArray
    z_scores: FloatArray
    arrays: FloatArray
    ranks: FloatArray
    grid: Grid
    grid_origin: GridOrigin
    ties: tuple[tuple[str, tuple[str, ...]], ...]

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Characteristics(ReadOnly):
    """Table of the reported factors; every array has shape (f,).

    Parameters
    ----------
    n_defining : ndarray of int
    eigenvalues : ndarray
        Sum of squared rotated loadings. A split factor's poles share theirs: each takes the squares of the sorts on its side.
    explained_variance : ndarray
        In percent of the m sorts' variance.
    mean_correlation : ndarray
        Mean correlation between the defining sorts, signs of their loadings taken into account; NaN below two.
    reliability : ndarray
        Composite reliability; NaN without defining sorts.
    standard_errors : ndarray
        Standard error of the z-scores.
    """

    n_defining: Array
    eigenvalues: FloatArray
    explained_variance: FloatArray
    mean_correlation: FloatArray
    reliability: FloatArray
    standard_errors: FloatArray

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts(ReadOnly):
    """Differences between factors, statement by statement; P = f (f - 1) / 2 pairs.

    Parameters
    ----------
    pairs : tuple of tuple (int, int)
        Positions of the two factors of each pair.
    sed : ndarray of shape (f, f)
        Standard error of differences; the diagonal is sqrt(2) SE, two scores within one factor.
    differences : ndarray of shape (n, P)
        First factor's z minus second's.
    p_values : ndarray of shape (n, P)
        Two-sided, by policy `contrast_errors`; corrected where policy `contrast_adjust` says so.
    levels : ndarray of shape (n, P)
        The smallest of the contrast levels at which the difference counts; NaN where it does not.
    cohens_d : ndarray of shape (n, P)
        Mean placement (standardised sorts) of the first factor's defining sorts minus the second's, in pooled standard deviations; NaN where
        either has fewer than two or none of them differ.
    distinguishing : ndarray of shape (n, f)
        The level at which the statement differs from *every* other factor; NaN where it does not.
    consensus : ndarray of shape (n,), bool
        Whether the statement is consensus under policy `consensus_rule`.
    critical : tuple of float
        What a difference must exceed, in standard errors, at each of the contrast levels; of no use where tests are corrected or by Cohen's d.
    expected_false : ndarray of shape (f,)
        How many of the statements that distinguish the factor are expected to do so by chance, at most; NaN where errors are not calibrated, tests
        are corrected or by Cohen's d, and where there is nothing to compare.
    """

    pairs: tuple[tuple[int, int], ...]
    sed: FloatArray
    differences: FloatArray
    p_values: FloatArray
    levels: FloatArray
    cohens_d: FloatArray
    distinguishing: FloatArray
    consensus: Array
    critical: tuple[float, ...]
    expected_false: FloatArray

    __repr__ = brief


class Worded(Protocol):
    """Statements with what is known of their wording."""

    @property
    def statements(self) -> tuple[str, ...]:
        """Ids."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Wordings, empty where unknown."""


class Viewpoints(Protocol):
    """What a solution says of viewpoints and statements, whether its sorts fitted into memory or not; as in `QSolution`."""

    @property
    def data(self) -> Worded:
        """The statements."""

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The f reported factors."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Their labels."""

    @property
    def n_negative(self) -> Array:
        """How many sorts define each with a negative loading."""

    @property
    def scores(self) -> Scores:
        """What each thinks of each statement."""

    @property
    def characteristics(self) -> Characteristics:
        """What each amounts to."""

    @property
    def factor_correlations(self) -> FloatArray:
        """Correlations between their z-scores."""

    @property
    def contrasts(self) -> Contrasts:
        """Differences between them."""

    @property
    def calibration(self) -> Calibration | None:
        """What studies drawn from the solution say of it; None where none were."""


@dataclass(frozen=True, slots=True, eq=False)
class QSolution(ReadOnly, Result[SolutionTable], Pictured[SolutionPicture]):
    """A complete solution.

    Parameters
    ----------
    data : QData
        The sorts analysed, without the excluded ones.
    policies : Policies
        Every convention used.
    n_factors : int
        k, the number of factors extracted.
    extraction : Extraction
    rotation : Rotation
    factors : tuple of Factor
        The f reported factors.
    loadings : ndarray of shape (m, f)
        Loadings of the reported factors.
    communalities : ndarray of shape (m,)
        h2 over the k extracted factors.
    flags : ndarray of shape (m, f), bool
        Which sorts define which factor.
    manual_flags : tuple of ManualFlag
        The researcher's changes to the flags.
    scores : Scores
    characteristics : Characteristics
    factor_correlations : ndarray of shape (f, f)
        Correlations between the factors' z-scores.
    contrasts : Contrasts
    calibration : Calibration or None
        What studies drawn from the solution say of it; None where policy `calibration_studies` is 0.
    sort_means, sort_sds : ndarray of shape (m,)
        Free-distribution results: mean and standard deviation (n - 1) of each sort.
    excluded : tuple of Exclusion
    notices : tuple of Notice
        Warnings about data and solution.
    versions : tuple of tuple (str, str)
        Programs and their versions.
    """

    data: QData
    policies: Policies
    n_factors: int
    extraction: Extraction
    rotation: Rotation
    factors: tuple[Factor, ...]
    loadings: FloatArray
    communalities: FloatArray
    flags: Array
    manual_flags: tuple[ManualFlag, ...]
    scores: Scores
    characteristics: Characteristics
    factor_correlations: FloatArray
    contrasts: Contrasts
    calibration: Calibration | None
    sort_means: FloatArray
    sort_sds: FloatArray
    excluded: tuple[Exclusion, ...]
    notices: tuple[Notice, ...]
    versions: tuple[tuple[str, str], ...]

    __repr__ = brief

    def _said(self) -> list[str]:
        left_out = [f"{counted(self.n_excluded, 'sort')} left out"] if self.excluded else []
        return [*said_of(self, self.data.n_sorts, self.policies), *left_out, *noticed(fetch("every_notice")(self))]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the reported factors."""
        return tuple(factor.label for factor in self.factors)

    @property
    def n_negative(self) -> Array:
        """How many sorts define each factor with a negative loading; shape (f,)."""
        return np.asarray((self.flags & (self.loadings < 0)).sum(axis=0))

    @property
    def n_excluded(self) -> int:
        """How many sorts were left out."""
        return len(self.excluded)

    def defining(self, factor: int | str) -> tuple[str, ...]:
        """Names of the sorts that define a factor, largest absolute loading first, then by name.

        Parameters
        ----------
        factor : int or str
            Its position, counted from 0, or its label, such as ``"f1"``.

        Raises
        ------
        PolicyError
            If there is no such factor.
        """
        factor = self.position(factor)
        who = np.flatnonzero(self.flags[:, factor])
        names = self.data.participants
        return tuple(names[i] for i in sorted(who, key=lambda i: (-round(abs(self.loadings[i, factor]), 10), names[i])))

    def position(self, factor: int | str) -> int:
        """The position of a factor, from its label or from the position itself.

        Raises
        ------
        PolicyError
            If there is no such factor.
        """
        return self._position(factor, "factor")

    def _position(self, factor: int | str, argument: str) -> int:
        if isinstance(factor, str) and factor in self.labels:
            return self.labels.index(factor)
        if isinstance(factor, str | bool | np.bool_) or not -len(self.labels) <= checks.whole(argument, factor) < len(self.labels):
            last = len(self.labels) - 1
            raise PolicyError(f"`{argument}`: there is no factor {short(factor)}; there are {', '.join(self.labels)}, at positions 0 to {last}")
        return int(factor) % len(self.labels)

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types; NaN becomes None, arrays become nested lists."""
        whole = {spec.name: plain.plain(getattr(self, spec.name)) for spec in fields(self)}
        whole["data"]["source"] = plain.plain(self.data.origin())
        return whole

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> QSolution:
        """The inverse of `to_dict`; a `PolicyError` says what is wrong with values that it did not give."""
        with plain.reading_back("QSolution", values):
            data, rotation, scores = values["data"], values["rotation"], values["scores"]
            contrasts: dict[str, Any] = values["contrasts"]
            return cls(
                data=plain.sorts(data),
                policies=Policies.from_dict({**BEFORE, **values["policies"]}),
                n_factors=values["n_factors"],
                extraction=Extraction(**plain.arrays(values["extraction"], "loadings", "sums_of_squares", "eigenvalues", "sequential")),
                rotation=Rotation(
                    **{
                        **plain.arrays(rotation, "loadings", "matrix", "phi", "pattern"),
                        "criterion": float("nan") if rotation["criterion"] is None else rotation["criterion"],
                        "by_hand": tuple(PlaneRotation(**plain.arrays(turn, "matrix")) for turn in rotation["by_hand"]),
                        "reflected": tuple(rotation["reflected"]),
                        "tied": tuple(rotation["tied"]),
                    }
                ),
                factors=tuple(Factor(**factor) for factor in values["factors"]),
                loadings=plain.array(values["loadings"]),
                communalities=plain.array(values["communalities"]),
                flags=np.array(values["flags"], dtype=bool),
                manual_flags=tuple(ManualFlag(**flag) for flag in values["manual_flags"]),
                scores=Scores(
                    **{
                        **plain.arrays(scores, "weights", "z_scores", "arrays", "ranks"),
                        "grid": plain.grid(scores["grid"]),
                        "ties": tuple((label, tuple(ids)) for label, ids in scores["ties"]),
                    }
                ),
                characteristics=Characteristics(
                    **{
                        **{key: plain.array(value) for key, value in values["characteristics"].items()},
                        "n_defining": np.array(values["characteristics"]["n_defining"], dtype=int),
                    }
                ),
                factor_correlations=plain.array(values["factor_correlations"]),
                contrasts=Contrasts(
                    **{
                        **plain.arrays(contrasts, "sed", "differences", "p_values", "levels", "cohens_d", "distinguishing", "expected_false"),
                        "pairs": tuple((a, b) for a, b in contrasts["pairs"]),
                        "consensus": np.array(contrasts["consensus"], dtype=bool),
                        "critical": tuple(contrasts["critical"]),
                    }
                ),
                calibration=None if values["calibration"] is None else Calibration.from_dict(values["calibration"]),
                sort_means=plain.array(values["sort_means"]),
                sort_sds=plain.array(values["sort_sds"]),
                excluded=plain.exclusions(values["excluded"]),
                notices=plain.notices(values["notices"]),
                versions=tuple((name, version) for name, version in values["versions"]),
            )
