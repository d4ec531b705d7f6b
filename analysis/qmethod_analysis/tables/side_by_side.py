"""Solutions with different numbers of factors, side by side: what each amounts to, how its viewpoints continue, which sorts move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from itertools import pairwise

import numpy as np

from qmethod.data import FloatArray
from qmethod.matching.congruence import align, tucker
from qmethod.method import flagging
from qmethod.retention.retain import Retention
from qmethod.solution import QSolution
from qmethod_analysis.tables.solution import Cell, Table, defines, number
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import SOURCE, speaking
from qmethod_analysis.words.narrative import no_viewpoints

CONTINUES = 0.6
"""Congruence from which a viewpoint is taken to go on in the next solution, however changed."""
CONFOUNDED, WEAK, NONE = "confounded", "too weak", "none"
"""Sorts that define no viewpoint: several significant loadings, one that does not define, or none."""

Marks = tuple[tuple[int, int], ...]
"""The viewpoints a sort defines, by position, and the sign of its loading on each."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What a solution amounts to. None where a figure does not exist or was not computed.

    Parameters
    ----------
    factors, viewpoints : int
        Extracted, and those that have scores: more where bipolar factors were split, fewer where nobody defines a factor.
    no_viewpoints : str
        Factors that are no viewpoints, and why.
    variance : float
        In percent of the variance between sorts.
    defining, confounded, too_weak, none : int
        Sorts that define a viewpoint; of the others, those with several significant loadings, with one, and with none.
    fewest_defining : int
        Defining sorts of the viewpoint that has fewest; 0 where there is none.
    fewest_of : str
        Its label, empty where there is none.
    correlation : float or None
        The largest in size between the z-scores of two viewpoints.
    correlated : str
        Which two, ``f1 f3``.
    fewest_distinguishing : int or None
        Distinguishing statements of the viewpoint that has fewest.
    consensus : int or None
    random_halves, nest_p : float or None
        From the retention table: congruence of the smallest viewpoint between random halves of the participants, and whether there is one more.
    notices : int
    """

    factors: int
    viewpoints: int
    no_viewpoints: str
    variance: float
    defining: int
    confounded: int
    too_weak: int
    none: int
    fewest_defining: int
    fewest_of: str
    correlation: float | None
    correlated: str
    fewest_distinguishing: int | None
    consensus: int | None
    random_halves: float | None
    nest_p: float | None
    notices: int


@dataclass(frozen=True, slots=True)
class Continuation:
    """How a viewpoint goes on in the next solution.

    Parameters
    ----------
    into : int
        Position of the viewpoint it becomes; -1 where none is like it.
    sign : int
        -1 where that is its mirror image.
    phi : float
        Tucker's congruence of the two, after the sign; NaN without one.
    """

    into: int
    sign: int
    phi: float


@dataclass(frozen=True, slots=True)
class Move:
    """Sorts that no longer stand where they stood.

    Parameters
    ----------
    origin, to : str
        What they defined in the smaller solution, and define in the larger: a label such as ``f2``, ``−f2`` for opponents, several with blanks
        between them, or why they define none.
    participants : tuple of str
    """

    origin: str
    to: str
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """From one solution to the next larger one.

    Parameters
    ----------
    before, after : QSolution
    congruences : ndarray of shape (f, g)
        Tucker's congruence of every viewpoint before with every one after; signed, NaN for those that nobody defines.
    continued : tuple of Continuation
        For each viewpoint before.
    added : tuple of int
        Positions of the viewpoints after that continue none.
    moves : tuple of Move
        Into added viewpoints first, then by number of sorts.
    """

    before: QSolution
    after: QSolution
    congruences: FloatArray
    continued: tuple[Continuation, ...]
    added: tuple[int, ...]
    moves: tuple[Move, ...]

    @property
    def n_moved(self) -> int:
        """How many sorts moved."""
        return sum(len(move.participants) for move in self.moves)


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Solutions of the same sorts, by rising number of factors.

    Parameters
    ----------
    solutions : tuple of QSolution
        At least one.
    amounts : tuple of Amount
        One for each.
    steps : tuple of Step
        Between each and the next.
    failures : tuple of tuple (int, str)
        Numbers of factors without a solution, and why.
    """

    solutions: tuple[QSolution, ...]
    amounts: tuple[Amount, ...]
    steps: tuple[Step, ...]
    failures: tuple[tuple[int, str], ...]


def side_by_side(solutions: Sequence[QSolution], failures: Sequence[tuple[int, str]] = (), found: Retention | None = None) -> SideBySide:
    """Put solutions side by side.

    Parameters
    ----------
    solutions : sequence of QSolution
        Of the same sorts, by rising number of factors.
    failures : sequence of tuple (int, str)
        Numbers of factors that could not be analysed, and why.
    found : Retention, optional
        The retention table of these sorts.
    """
    steps = tuple(_step(a, b) for a, b in pairwise(solutions))
    return SideBySide(tuple(solutions), tuple(_amount(one, found) for one in solutions), steps, tuple(failures))


def _amount(solution: QSolution, found: Retention | None) -> Amount:
    kinds = Counter(_kind(n, bool(flags.any())) for n, flags in zip(_significant(solution), solution.flags, strict=True))
    n_defining = solution.characteristics.n_defining
    shown = defined(solution)
    fewest = min(shown, key=lambda f: (n_defining[f], f), default=-1)
    r = solution.factor_correlations
    pairs = [(abs(float(r[a, b])), a, b) for a in range(len(r)) for b in range(a + 1, len(r)) if r[a, b] == r[a, b]]
    _, a, b = max(pairs, key=lambda pair: (round(pair[0], 9), -pair[1], -pair[2]), default=(0.0, -1, -1))
    apart = (~np.isnan(solution.contrasts.distinguishing)).sum(axis=0)[n_defining > 0]
    several = len(shown) > 1
    row = next((row for row in found.rows if row.k == solution.n_factors), None) if found else None
    with speaking(SOURCE):  # tables are read by programs, and the same in every language
        why = "; ".join(no_viewpoints(solution))
    return Amount(
        factors=solution.n_factors,
        viewpoints=len(shown),
        no_viewpoints=why,
        variance=float(np.nansum(solution.characteristics.explained_variance)),
        defining=kinds[""],
        confounded=kinds[CONFOUNDED],
        too_weak=kinds[WEAK],
        none=kinds[NONE],
        fewest_defining=int(n_defining[fewest]) if shown else 0,
        fewest_of=solution.labels[fewest] if shown else "",
        correlation=float(r[a, b]) if pairs else None,
        correlated=f"{solution.labels[a]} {solution.labels[b]}" if pairs else "",
        fewest_distinguishing=int(apart.min()) if several and apart.size else None,
        consensus=int(solution.contrasts.consensus.sum()) if several else None,
        random_halves=row.split_half if row else None,
        nest_p=row.nest_p if row else None,
        notices=len(solution.notices),
    )


def _significant(solution: QSolution) -> list[int]:
    """On how many of the extracted factors each sort loads significantly."""
    edge = flagging.threshold(solution.data.n_statements, solution.policies) + flagging.ROUNDING
    return [int(n) for n in (np.abs(solution.rotation.loadings) > edge).sum(axis=1)]


def _kind(significant: int, defines: bool) -> str:
    """Why a sort defines no viewpoint; empty where it defines one."""
    return "" if defines else (NONE, WEAK)[significant] if significant < 2 else CONFOUNDED


def _marks(solution: QSolution) -> list[Marks]:
    signs = np.where(solution.loadings < 0, -1, 1)
    return [tuple((int(j), int(signs[i, j])) for j in np.flatnonzero(row)) for i, row in enumerate(solution.flags)]


def standings(solution: QSolution) -> tuple[str, ...]:
    """What each sort defines, ``f2``, ``−f2`` for an opponent, ``f1 f2`` for both; or why it defines nothing."""
    words = []
    for marks, n in zip(_marks(solution), _significant(solution), strict=True):
        own = [("−" if sign < 0 else "") + solution.labels[j] for j, sign in marks]
        words.append(" ".join(own) or _kind(n, defines=False))
    return tuple(words)


def _step(before: QSolution, after: QSolution) -> Step:
    matched = align(after.scores.z_scores, before.scores.z_scores)
    continued = tuple(
        Continuation(int(j), int(sign), float(phi)) if j >= 0 and phi >= CONTINUES else Continuation(-1, 1, float("nan"))
        for j, sign, phi in zip(matched.order, np.nan_to_num(matched.signs, nan=1.0), matched.phi, strict=True)
    )
    taken = {one.into for one in continued}
    added = tuple(j for j in range(len(after.factors)) if j not in taken)
    congruences = tucker(before.scores.z_scores, after.scores.z_scores)
    return Step(before, after, congruences, continued, added, _moves(before, after, continued, added))


def _moves(before: QSolution, after: QSolution, continued: Sequence[Continuation], added: Sequence[int]) -> tuple[Move, ...]:
    rows = zip(before.data.participants, _marks(before), standings(before), _marks(after), standings(after), strict=True)
    groups: dict[tuple[str, str], list[str]] = {}
    into_added = set()
    for who, old, origin, new, to in rows:
        expected = sorted((continued[j].into, sign * continued[j].sign) for j, sign in old)
        if expected != sorted(new) or (not new and origin != to):
            groups.setdefault((origin, to), []).append(who)
            if any(j in added for j, _ in new):
                into_added.add(to)
    order = sorted(groups.items(), key=lambda item: (item[0][1] not in into_added, -len(item[1]), item[0]))
    return tuple(Move(origin, to, tuple(who)) for (origin, to), who in order)


def sources(step: Step, viewpoint: int) -> tuple[tuple[str, int], ...]:
    """Where the defining sorts of a viewpoint of the larger solution stood in the smaller one, most first.

    Parameters
    ----------
    step : Step
    viewpoint : int
        Its position in the larger solution.
    """
    before = standings(step.before)
    counted = Counter(before[i] for i in np.flatnonzero(step.after.flags[:, viewpoint]))
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def amounts_table(made: SideBySide) -> Table:
    """One row for each number of factors, with the reason where it has no solution."""
    header = (*(field.name for field in fields(Amount)), "failure")
    rows: list[tuple[Cell, ...]] = [(*map(_cell, astuple(amount)), "") for amount in made.amounts]
    rows += [(k, *(None for _ in header[2:]), why) for k, why in made.failures]
    return Table(header, tuple(sorted(rows, key=lambda row: int(row[0] or 0))))


def _cell(value: float | str | None) -> Cell:
    return number(value) if isinstance(value, float) else value


def sorts_table(made: SideBySide) -> Table:
    """What each sort defines under each number of factors, as in `qmethod_analysis.tables.solution.defines`, or why it defines nothing."""
    columns = [[defines(one, i) or why for i, why in enumerate(standings(one))] for one in made.solutions]
    header = ("participant", *(f"factors_{solution.n_factors}" for solution in made.solutions))
    return Table(header, tuple(zip(made.solutions[0].data.participants, *columns, strict=True)))


def congruences_table(made: SideBySide) -> Table:
    """Tucker's congruence of every viewpoint with every one of the next solution, and whether it goes on as that one."""
    rows: list[tuple[Cell, ...]] = []
    for step in made.steps:
        for i, one in enumerate(step.before.labels):
            for j, other in enumerate(step.after.labels):
                goes_on = "yes" if step.continued[i].into == j else "no"
                rows.append((step.before.n_factors, one, step.after.n_factors, other, number(step.congruences[i, j]), goes_on))
    return Table(("factors", "viewpoint", "next_factors", "next_viewpoint", "phi", "goes_on"), tuple(rows))
