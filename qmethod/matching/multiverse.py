"""What survives other choices: the same sorts analysed in every combination of conventions, and each conclusion looked for in all of them.

An analysis of Q sorts takes choices that the data do not make: how many factors, which extraction, which rotation, which rule for defining sorts.
Doing them all and reporting what holds is called a multiverse analysis [1]_ or, drawn as one curve, a specification curve [2]_.

References
----------
.. [1] Steegen, S., Tuerlinckx, F., Gelman, A., & Vanpaemel, W. (2016). Increasing transparency through a multiverse analysis. Perspectives on
   Psychological Science, 11(5), 702-712. https://doi.org/10.1177/1745691616658637
.. [2] Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour, 4, 1208-1214.
.. [3] Lorenzo-Seva, U., & ten Berge, J. M. F. (2006). Tucker's congruence coefficient as a meaningful index of factor similarity.
   Methodology, 2(2), 57-64.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar, get_args

import numpy as np

from qmethod import checks
from qmethod.brief import brief
from qmethod.calibrated import Errors
from qmethod.data import Array, FloatArray, QData
from qmethod.errors import DataError, PolicyError
from qmethod.given import ReadOnly
from qmethod.literals import ConclusionKind, MultiversePicture, MultiverseTable
from qmethod.matching.congruence import FAIR, Alignment, align
from qmethod.method.contrasts import relative_ranks
from qmethod.method.pipeline import Rotated, as_many_threads_as_help, compare, extract_from, rotate_to, score
from qmethod.method.scores import compose, fill
from qmethod.policies import Extracting, Policies, Rotating, Varied
from qmethod.shown import MOST_SHOWN, Pictured, Result
from qmethod.solution import Contrasts, QSolution
from qmethod.wording import counted

T = TypeVar("T")

EXTRACTIONS: tuple[Extracting, ...] = ("pca", "centroid", "paf")
ROTATIONS: tuple[Varied, ...] = ("varimax", "quartimax", "promax")
FLAG_RULES = (".05+majority", ".01+majority", ".05")
SURVIVES = 0.9
"""Share of the analyses that hold a viewpoint in which a conclusion about it must be found to be said to survive."""

VARIED: tuple[Varied, ...] = get_args(Varied)
"""Rotations that can be varied: a target fits one number of factors only."""

_RULE = re.compile(r"(?:0?(\.\d+))?(\+?majority)?")


@dataclass(frozen=True, slots=True)
class Choice:
    """One combination of choices.

    Parameters
    ----------
    n_factors : int
    extraction, rotation : str
        Policies.
    flags : str
        Rule for defining sorts; see `flag_rule`.
    """

    n_factors: int
    extraction: Extracting
    rotation: Rotating
    flags: str

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Analysis(ReadOnly):
    """What one combination of choices gives, its factors in the order and direction of the reference's.

    Parameters
    ----------
    choice : Choice
    failure : str
        Why there is no solution; empty where there is one. All arrays are then NaN or False.
    phi : ndarray of shape (f,)
        Tucker's congruence with each factor of the reference; NaN where none is left to match.
    z_scores, arrays : ndarray of shape (n, f)
        NaN for a factor without a match.
    distinguishing : ndarray of bool, shape (n, f)
        At the first contrast level, from all other factors of this analysis.
    consensus : ndarray of bool, shape (n,)
    defining : ndarray of bool, shape (m, f)
    """

    choice: Choice
    failure: str
    phi: FloatArray
    z_scores: FloatArray
    arrays: FloatArray
    distinguishing: Array
    consensus: Array
    defining: Array

    __repr__ = brief

    @property
    def holds(self) -> Array:
        """Which factors of the reference are found here, by a congruence of .85 (Lorenzo-Seva & ten Berge 2006); shape (f,)."""
        return np.asarray(np.nan_to_num(self.phi) >= FAIR)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Something the reference says, and in how many analyses it holds.

    Parameters
    ----------
    kind : {'found', 'found-with-fewer', 'highest', 'lowest', 'distinguishing', 'consensus', 'defining'}
        A viewpoint is found; a statement has an outermost place in it, distinguishes it, or is consensus; a sort defines it.
    viewpoint : int
        Position of the factor; -1 for consensus.
    item : int
        Position of the statement, or of the sort for ``defining``; -1 for ``found`` and ``found-with-fewer``.
    n_held, n_counted : int
        In how many of the analyses that were counted it holds. Counted are, for ``found`` and ``consensus``, those with a solution of at least as
        many factors as carry the viewpoints of the reference; for ``found-with-fewer`` those with fewer, which cannot hold them all; for the
        others those of the first in which the viewpoint is found.
    """

    kind: ConclusionKind
    viewpoint: int
    item: int
    n_held: int
    n_counted: int

    __repr__ = brief

    @property
    def share(self) -> float:
        """`n_held` / `n_counted`; NaN where nothing was counted."""
        return self.n_held / self.n_counted if self.n_counted else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Multiverse(ReadOnly, Result[MultiverseTable], Pictured[MultiversePicture]):
    """A solution among all those that other choices would have given.

    Parameters
    ----------
    reference : QSolution
    analyses : tuple of Analysis
        One for each combination of choices, in their order.
    conclusions : tuple of Conclusion
        All that the reference says, by viewpoint and kind.
    """

    reference: QSolution
    analyses: tuple[Analysis, ...]
    conclusions: tuple[Conclusion, ...]

    __repr__ = brief

    def _said(self) -> list[str]:
        found = {one.viewpoint: one for one in self.conclusions if one.kind == "found"}
        held = sum(one.share >= SURVIVES for one in self.conclusions if one.n_counted)
        labels = [(label, found[j]) for j, label in enumerate(self.reference.labels) if j in found]
        return [
            f"other choices tried: {len(self.analyses)}, with a solution: {len(self.solved)}",
            *(f"{label}: found in {one.n_held} of {one.n_counted}" for label, one in labels[:MOST_SHOWN]),
            *([f"and {len(labels) - MOST_SHOWN} more"] if len(labels) > MOST_SHOWN else []),
            f"{held} of {counted(len(self.conclusions), 'conclusion')} hold in {100 * SURVIVES:.0f} % of the analyses or more",
        ]

    @property
    def solved(self) -> tuple[Analysis, ...]:
        """The analyses that have a solution."""
        return tuple(analysis for analysis in self.analyses if not analysis.failure)

    @property
    def roomy(self) -> tuple[Analysis, ...]:
        """Those of them with at least as many factors as hold the viewpoints of the reference."""
        least = room(self.reference)
        return tuple(analysis for analysis in self.solved if analysis.choice.n_factors >= least)

    def by_choice(self, viewpoint: int) -> dict[str, dict[str, float]]:
        """Median congruence with one factor of the reference for each option of each choice, over all others; 0 where nothing matches.

        Options of all choices but the number of factors are judged by the analyses that have room for all viewpoints, where there are any.
        """
        viewpoint = checks.whole("viewpoint", viewpoint, 0, len(self.reference.factors) - 1)
        found: dict[str, dict[str, float]] = {}
        for name in Choice.__slots__:
            judges = self.solved if name == "n_factors" else self.roomy or self.solved
            phi = np.array([np.nan_to_num(analysis.phi[viewpoint]) for analysis in judges])
            options = [str(getattr(analysis.choice, name)) for analysis in judges]
            found[name] = {option: float(np.median(phi[[o == option for o in options]])) for option in dict.fromkeys(options)}
        return found


def room(reference: QSolution) -> int:
    """How many extracted factors carry the viewpoints of a solution: those that have scores, two poles of one counted once; at least 1."""
    scored = np.asarray(~np.isnan(reference.scores.z_scores).any(axis=0))
    return max(len({factor.source for factor, there in zip(reference.factors, scored.tolist(), strict=True) if there}), 1)


def flag_rule(rule: str) -> dict[str, float | bool]:
    """The policies of a rule for defining sorts.

    Parameters
    ----------
    rule : str
        A level (``.05``: the loading is significant at it), ``majority`` (its square exceeds the sum of the sort's others), or both
        (``.05+majority``).

    Raises
    ------
    PolicyError
        For anything else.

    Examples
    --------
    >>> flag_rule(".01+majority")
    {'flag_significance': True, 'flag_majority': True, 'flag_level': 0.01}
    """
    match = _RULE.fullmatch(checks.text("flags", rule).strip())
    if not rule.strip() or match is None or (match[1] is not None) == (match[2] == "majority"):
        raise PolicyError(f"there is no rule {rule!r} for defining sorts; write a level such as .05, majority, or both: .05+majority")
    level = {} if match[1] is None else {"flag_level": float(match[1])}
    return {"flag_significance": match[1] is not None, "flag_majority": match[2] is not None, **level}


def choices(factors: Sequence[int], extractions: Sequence[Extracting], rotations: Sequence[Varied], flags: Sequence[str]) -> tuple[Choice, ...]:
    """All combinations, the last one changing fastest; doubles are left out.

    Parameters
    ----------
    factors : sequence of int
        Numbers of factors to extract.
    extractions, rotations : sequence of str
        Values of the policies `extraction` and `rotation`; not a rotation towards a target, which fits one number of factors only.
    flags : sequence of str
        Rules for defining sorts: a level such as ``.05``, ``majority``, or both, ``.05+majority``.

    Returns
    -------
    tuple of Choice

    Raises
    ------
    PolicyError
        If a list is empty, or holds what there is not; the argument is named.
    """
    factors = [checks.whole("factors", number, 1) for number in checks.several("factors", factors, "whole numbers")]
    extractions = [checks.one_of("extractions", one, get_args(Extracting)) for one in checks.texts("extractions", extractions)]
    rotations = [checks.one_of("rotations", one, VARIED) for one in checks.texts("rotations", rotations)]
    flags = checks.texts("flags", flags)
    for name, given in (("factors", factors), ("extractions", extractions), ("rotations", rotations), ("flags", flags)):
        if not given:
            raise PolicyError(f"`{name}` must hold one choice at least; got none")
    rules = {tuple(flag_rule(rule).items()): rule for rule in reversed(tuple(flags))}  # .05 and 0.05 are one
    once = [rule for rule in dict.fromkeys(flags) if rule in rules.values()]
    lists = (dict.fromkeys(factors), dict.fromkeys(extractions), dict.fromkeys(rotations), once)
    return tuple(Choice(*combination) for combination in itertools.product(*lists))


def usual_choices(reference: QSolution) -> tuple[Choice, ...]:
    """One factor fewer to one more than a solution has, in all usual combinations of the other choices."""
    k = reference.n_factors
    return choices([number for number in (k - 1, k, k + 1) if number > 0], EXTRACTIONS, ROTATIONS, FLAG_RULES)


def multiverse(
    reference: QSolution,
    wanted: Iterable[Choice] | None = None,
    *,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Multiverse:
    """Analyse the sorts of a solution under other choices and see which of its conclusions hold.

    Parameters
    ----------
    reference : QSolution
        What is put to the test. Its policies apply but for those that are varied; rotations and flags by hand are its own and not repeated.
    wanted : iterable of Choice, optional
        See `choices`. Without it one factor fewer to one more than the reference has, with `EXTRACTIONS`, `ROTATIONS` and `FLAG_RULES`.
    executor : concurrent.futures.Executor, optional
        Does the analyses beside each other; the result is the same.
    progress : callable, optional
        Called with the number of analyses done and of all.

    Returns
    -------
    Multiverse

    Raises
    ------
    PolicyError
        For a choice that does not exist. One that these sorts do not allow, for instance more factors than they hold, is recorded as a failure.

    Notes
    -----
    Factors are matched one to one by the congruence of their z-scores, signs apart, so that the sum is largest (see `qmethod.matching.congruence`).
    A match counts as the same viewpoint from .85 (Lorenzo-Seva & ten Berge 2006). A statement is counted as distinguishing wherever it is so among
    the viewpoints of that analysis, however many these are. Errors of differences are not calibrated again: where those of the reference are, its
    critical values, in standard errors, hold in all analyses.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(60)), 1)
    >>> made = qmethod.multiverse(solution, qmethod.choices([1, 2], ["pca", "centroid"], ["varimax"], [".05+majority"]))
    >>> [(one.choice.n_factors, one.choice.extraction, round(float(one.phi[0]), 2)) for one in made.analyses]
    [(1, 'pca', 1.0), (1, 'centroid', 1.0), (2, 'pca', 1.0), (2, 'centroid', 1.0)]
    """
    checks.instance("reference", reference, QSolution, checks.SOLUTION)
    todo = usual_choices(reference) if wanted is None else checks.several("wanted", wanted, "choices, as `qmethod.choices` gives them")
    if not todo:
        raise PolicyError("`wanted` must hold one choice at least; got none")
    for one in todo:
        checks.instance("wanted", one, Choice, "a list of choices, as `qmethod.choices` gives them")
    checks.calls("executor", executor, "map")
    checks.calls("progress", progress)
    groups = _by_extraction(todo, reference.policies)
    calibrated = reference.calibration if reference.policies.contrast_errors == "calibrated" else None
    errors = calibrated.errors if calibrated else None
    run = partial(_analysed, reference.data, reference.scores.z_scores, reference.policies.contrast_levels[0], errors)
    found: dict[int, Analysis] = {}
    for group, analyses in zip(groups, (executor.map if executor else map)(run, groups), strict=True):
        for position, analysis in zip(group.positions, analyses, strict=True):
            found[position] = analysis
            if progress:
                progress(len(found), len(todo))
    analyses = [found[position] for position in range(len(todo))]
    return Multiverse(reference, tuple(analyses), tuple(_conclusions(reference, [a for a in analyses if not a.failure])))


@dataclass(frozen=True, slots=True)
class _Group:
    """Choices that share an extraction.

    Parameters
    ----------
    positions : tuple of int
        Where they stand among all.
    choices : tuple of Choice
    policies : tuple of Policies
        Of each of them.
    """

    positions: tuple[int, ...]
    choices: tuple[Choice, ...]
    policies: tuple[Policies, ...]


def _by_extraction(todo: Sequence[Choice], policies: Policies) -> list[_Group]:
    """The choices by number of factors and extraction, those of one rotation together."""
    settings = [_policies(policies, choice) for choice in todo]
    kinds: dict[tuple[int, Extracting], list[int]] = {}
    for position, choice in enumerate(todo):
        kinds.setdefault((choice.n_factors, choice.extraction), []).append(position)
    ordered = (sorted(positions, key=lambda i: todo[i].rotation) for positions in kinds.values())
    return [_Group(tuple(some), tuple(todo[i] for i in some), tuple(settings[i] for i in some)) for some in ordered]


def _policies(policies: Policies, choice: Choice) -> Policies:
    changed: dict[str, Any] = {"extraction": choice.extraction, "rotation": choice.rotation, "flagging": "auto", **flag_rule(choice.flags)}
    if choice.rotation == "target":
        raise PolicyError("rotation to a target fits one number of factors only and cannot be varied")
    return replace(policies, **changed)


def _analysed(data: QData, wanted: FloatArray, level: float, errors: Errors | None, group: _Group) -> list[Analysis]:
    """One extraction, each rotation of it once, and each rule for defining sorts on each rotation."""
    with as_many_threads_as_help(data, group.policies[0]):
        extracted = _or_why_not(partial(extract_from, data, (), group.choices[0].n_factors, group.policies[0]))
        rotated: dict[str, Rotated | str] = {}
        analyses = []
        for choice, policies in zip(group.choices, group.policies, strict=True):
            if choice.rotation not in rotated:
                rotated[choice.rotation] = extracted if isinstance(extracted, str) else _or_why_not(partial(rotate_to, extracted, policies))
            turned = rotated[choice.rotation]
            solution = turned if isinstance(turned, str) else _or_why_not(partial(score, turned, policies, (), ()))
            analyses.append(
                _failed(choice, solution, data, wanted) if isinstance(solution, str) else _matched(choice, solution, wanted, level, errors)
            )
    return analyses


def _or_why_not(step: Callable[[], T]) -> T | str:
    """What a step gives, or why these sorts do not allow it."""
    try:
        return step()
    except (DataError, PolicyError) as error:
        return str(error)


def _failed(choice: Choice, why: str, data: QData, wanted: FloatArray) -> Analysis:
    n, f = wanted.shape
    nothing = np.full((n, f), np.nan)
    no = np.zeros((n, f), dtype=bool)
    none_defined = np.zeros((data.n_sorts, f), dtype=bool)
    return Analysis(choice, why, np.full(f, np.nan), nothing, nothing, no, np.zeros(n, dtype=bool), none_defined)


def _matched(choice: Choice, found: QSolution, wanted: FloatArray, level: float, errors: Errors | None) -> Analysis:
    n, f = wanted.shape
    match = align(found.scores.z_scores, wanted)
    live = match.order >= 0
    z = match.apply(found.scores.z_scores)
    arrays = np.full((n, f), np.nan)
    for j in np.flatnonzero(live).tolist():
        # A mirrored array need not be the mirror image: the grid may be uneven, and ties were broken the other way.
        mine = found.scores.arrays[:, match.order[j]] if match.signs[j] > 0 else fill(z[:, j], found.scores.grid)[0]
        arrays[:, j] = mine
    contrasts = _turned(found, match, errors)
    counts = contrasts.distinguishing <= level
    return Analysis(
        choice=choice,
        failure="",
        phi=match.phi,
        z_scores=np.where(live, z, np.nan),
        arrays=arrays,
        distinguishing=counts[:, match.order] & live,
        consensus=contrasts.consensus,
        defining=found.flags[:, match.order] & live,
    )


def _turned(found: QSolution, match: Alignment, errors: Errors | None) -> Contrasts:
    """The contrasts of a solution with its factors turned as they are matched: two that mirror each other part where they had met."""
    signs = np.ones(len(found.factors))
    live = match.order >= 0
    signs[match.order[live]] = match.signs[live]
    if (signs > 0).all() and errors is None:
        return found.contrasts
    composites = compose(found.data.sorts, found.scores.weights * signs, found.policies)
    c = found.characteristics
    return compare(composites, c.n_defining, c.eigenvalues, found.data.n_sorts, found.policies, errors).contrasts


def _conclusions(reference: QSolution, solved: Sequence[Analysis]) -> Iterator[Conclusion]:
    ranks = relative_ranks(reference)
    distinguishing = reference.contrasts.distinguishing <= reference.policies.contrast_levels[0]
    needed = room(reference)
    roomy = [a for a in solved if a.choice.n_factors >= needed]
    fewer = [a for a in solved if a.choice.n_factors < needed]
    for j in range(len(reference.factors)):
        sheet = ranks[j]
        if sheet is None:
            continue
        here = [a for a in roomy if a.holds[j]]
        yield Conclusion("found", j, -1, len(here), len(roomy))
        if fewer:
            yield Conclusion("found-with-fewer", j, -1, sum(bool(a.holds[j]) for a in fewer), len(fewer))
        outermost: tuple[tuple[ConclusionKind, tuple[int, ...], Callable[[Iterable[float]], float]], ...]
        outermost = (("highest", sheet.highest, max), ("lowest", sheet.lowest, min))
        for kind, statements, end in outermost:
            column = end(reference.scores.grid.values)
            yield from (Conclusion(kind, j, i, sum(bool(a.arrays[i, j] == column) for a in here), len(here)) for i in statements)
        for i in np.flatnonzero(distinguishing[:, j]).tolist():
            yield Conclusion("distinguishing", j, i, sum(bool(a.distinguishing[i, j]) for a in here), len(here))
        for i in np.flatnonzero(reference.flags[:, j]).tolist():
            yield Conclusion("defining", j, i, sum(bool(a.defining[i, j]) for a in here), len(here))
    for i in np.flatnonzero(reference.contrasts.consensus).tolist():
        yield Conclusion("consensus", -1, i, sum(bool(a.consensus[i]) for a in roomy), len(roomy))
