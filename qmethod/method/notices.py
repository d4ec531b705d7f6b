"""What a reader of a solution should be warned of. Warnings are data: they travel in the solution and stand in every report."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qmethod import screening
from qmethod.blocks import across, count_by_column
from qmethod.data import Array
from qmethod.grid import Grid
from qmethod.method import flagging
from qmethod.method._factor_analyzer import SMALLEST_UNIQUENESS
from qmethod.method.correlation import Correlation
from qmethod.notice import Notice
from qmethod.policies import Policies
from qmethod.simulation import simulated_notice
from qmethod.solution import Factor, QSolution, Rotation, Scores
from qmethod.wording import and_more

NOTHING = 1e-12  # a communality below this is rounding
SHOWN = 12  # names that a notice spells out
FEWEST = 3
"""Defining sorts below which a viewpoint may be a coincidence."""


@dataclass(frozen=True, slots=True)
class Who:
    """Participants a notice tells of.

    Parameters
    ----------
    names : tuple of str
        All of them; where sorts are too many for memory, the first `SHOWN`.
    count : int
        How many there are.
    """

    names: tuple[str, ...] = ()
    count: int = 0

    @classmethod
    def of(cls, names: Iterable[str]) -> Who:
        """All of these."""
        everyone = tuple(names)
        return cls(everyone, len(everyone))

    def __add__(self, other: Who) -> Who:
        return Who((*self.names, *other.names)[:SHOWN], self.count + other.count)

    def __bool__(self) -> bool:
        return self.count > 0

    def __str__(self) -> str:
        return ", ".join(self.names[:SHOWN]) + and_more(self.count, SHOWN)

    def verb(self, plural: str) -> str:
        """``load`` for several, ``loads`` for one."""
        return plural if self.count > 1 else plural + "s"


NOBODY = Who()


@dataclass(frozen=True, slots=True)
class Basis:
    """What the notices say of one reported factor.

    Parameters
    ----------
    factor : Factor
    defining : Who
        Its defining sorts, largest absolute loading first. Named only where a notice does.
    negative : Who
        Those of them that load negatively.
    capped : Who
        Those with a loading of 1 or nearly.
    scored, reliable : bool
        Whether it has z-scores, and a reliability.
    """

    factor: Factor
    defining: Who
    negative: Who
    capped: Who
    scored: bool
    reliable: bool


def attach(solution: QSolution, earlier: Iterable[Notice], correlation: Correlation) -> QSolution:
    """The same solution with all its notices: that sorts are simulated first, then those of the steps before it, then those it gives rise to."""
    names = solution.data.participants
    bases = _bases(solution)
    own = [
        *_data(solution, correlation),
        *_heywood(solution),
        *loadings(bases, Who.of(names[i] for i in np.flatnonzero(solution.communalities < NOTHING)), solution.policies),
        *factors(bases),
        *_several(solution),
        *extent(solution.n_factors, solution.data.n_sorts, float(np.minimum(solution.communalities, 1.0).sum())),
        *left_out(_left_out(solution)),
        *directions(solution.rotation),
        *tied_scores(solution.scores),
    ]
    found = [*simulated_notice(names), *earlier, *own]
    return dataclasses.replace(solution, notices=tuple(dict.fromkeys(found)))


def _bases(solution: QSolution) -> list[Basis]:
    cap = solution.policies.weight_cap
    negative = solution.flags & (solution.loadings < 0)
    capped = solution.flags & ((solution.loadings >= cap) | (solution.loadings <= -cap))
    counts = count_by_column(solution.flags).tolist()
    return [_basis(solution, j, counts[j], negative, capped) for j in range(len(solution.factors))]


def _basis(solution: QSolution, j: int, count: int, negative: Array, capped: Array) -> Basis:
    names, factor = solution.data.participants, solution.factors[j]

    def those(which: Array) -> Who:
        return Who.of(names[i] for i in np.flatnonzero(which[:, j]).tolist())

    told = count < FEWEST or factor.pole == "negative"  # putting a million names in order takes a while
    return Basis(
        factor,
        Who.of(solution.defining(j)) if told else Who((), count),
        those(negative),
        those(capped),
        not np.isnan(solution.scores.z_scores[:, j]).any(),
        not np.isnan(solution.characteristics.reliability[j]),
    )


def _left_out(solution: QSolution) -> list[Who]:
    if solution.policies.bipolar != "leave-out":
        return []
    marked = flagging.automatic(solution.rotation.loadings, solution.data.n_statements, solution.policies)
    marked = flagging.with_manual(marked, solution.manual_flags, solution.data.participants)
    dropped = marked & (solution.rotation.loadings < 0)
    return [Who.of(solution.data.participants[i] for i in np.flatnonzero(column)) for column in dropped.T]


def excluded(who: Who, reasons: Iterable[str]) -> Notice:
    """Sorts were left out, for these reasons, whose order says nothing of theirs."""
    return Notice("excluded", f"Left out of the analysis: {who} ({'; '.join(sorted(set(reasons)))}).", participants=who.names)


def unforced(grid: Grid) -> Notice:
    """The arrays follow a grid that no design gave."""
    text = f"The sorts do not all share one distribution. Factor arrays use the low median of their ordered placements: {grid}."
    return Notice("unforced", text)


def off_grid(who: Who, n_sorts: int, grid: Grid | None) -> Notice:
    """Sorts break the grid of the design."""
    return Notice("off-grid", f"{who.count} of {n_sorts} sorts do not follow the grid {grid}: {who}.", participants=who.names)


def _data(solution: QSolution, correlation: Correlation) -> Iterator[Notice]:
    data = solution.data
    if solution.excluded:
        yield excluded(Who.of(e.participant for e in solution.excluded), (e.reason for e in solution.excluded))
    for group in data.duplicates():
        yield Notice("duplicate-sorts", f"{Who.of(group)} are the same sort, placement for placement; each of them counts.", participants=group)
    if correlation.matrix is not None:
        smallest = float(np.linalg.eigvalsh(correlation.matrix)[0])
        if smallest < -1e-8:
            text = (
                f"Pairwise correlations contradict each other: their smallest eigenvalue is {smallest:.3g}, not 0 or more. "
                "Treat small factors with care."
            )
            yield Notice("pairwise-not-consistent", text)
    if (nearly := screening.nearly_forced(data)) is not None:
        yield nearly
    if solution.scores.grid_origin == "median":
        yield unforced(solution.scores.grid)
    off = data.off_grid() if solution.scores.grid_origin == "design" else ()
    if off:
        yield off_grid(Who.of(data.participants[i] for i in off), data.n_sorts, data.grid)


def _heywood(solution: QSolution) -> Iterator[Notice]:
    bounded = solution.policies.extraction in ("minres", "ml")
    most = 1 - SMALLEST_UNIQUENESS - 1e-6 if bounded else 1 + 1e-6
    who = Who.of(solution.data.participants[i] for i in np.flatnonzero(solution.communalities > most))
    if who:
        trouble = "stopped at its bound near 1" if bounded else "exceeds 1, which no real variance can"
        text = f"Heywood case: the communality of {who} {trouble}. Try fewer factors or another extraction."
        yield Notice("heywood", text, participants=who.names)


def loadings(bases: Iterable[Basis], nothing: Who, policies: Policies) -> Iterator[Notice]:
    """Loadings too large to be weighed, and sorts that load on nothing."""
    for basis in bases:
        who, label = basis.capped, basis.factor.label
        if who:
            text = (
                f"{who} {who.verb('load')} 1 or nearly 1 on {label}: the weight l / (1 - l^2) has no value there and was computed at "
                f"{policies.weight_cap}."
            )
            yield Notice("loading-of-one", text, participants=who.names, factors=(label,))
    if nothing:
        yield Notice("zero-communality", f"{nothing} {nothing.verb('load')} on none of the factors.", participants=nothing.names)


def factors(bases: Iterable[Basis]) -> Iterator[Notice]:
    """What each reported factor rests on."""
    for basis in bases:
        label, who, negative = basis.factor.label, basis.defining, basis.negative
        if not who:
            yield Notice(
                "no-defining-sorts", f"No sort defines {label}: it has no z-scores, no array and takes part in no comparison.", factors=(label,)
            )
        elif not basis.scored:
            yield Notice("sorts-cancel", f"The sorts that define {label} cancel each other out: it has no z-scores.", factors=(label,))
        elif who.count == 1:
            text = f"{label} rests on one sort alone, {who.names[0]}: it is that person's view."
            yield Notice("one-defining-sort", text, participants=who.names, factors=(label,))
        elif who.count < FEWEST:
            text = f"{label} rests on two sorts only, {' and '.join(who.names)}: that two people agree can be a coincidence."
            yield Notice("few-defining-sorts", text, participants=who.names, factors=(label,))
        if who and not basis.reliable:
            text = (
                f"The reliability of {label} cannot be observed: that needs two defining sorts or more that agree on average. By standard errors it "
                "is compared with no other viewpoint, so what sets those apart need not set them apart from it."
            )
            yield Notice("no-reliability", text, factors=(label,))
        if negative:
            text = (
                f"{label} is bipolar: {negative} {negative.verb('define')} it by the opposite view, with a negative loading. That "
                "enters its scores turned round, and which pole is called positive decides the distinguishing and consensus statements."
            )
            yield Notice("bipolar-factor", text, participants=negative.names, factors=(label,))
        if basis.factor.pole == "negative":
            source = f"f{basis.factor.source + 1}"
            text = f"{source} was bipolar and is split: {label} is its negative pole, a viewpoint of its own ({who})."
            yield Notice("split-factor", text, participants=who.names, factors=(source, label))


def _several(solution: QSolution) -> Iterator[Notice]:
    labels = np.array(solution.labels)
    often = np.flatnonzero(across(solution.flags.astype(np.int16)) > 1).tolist()
    names = solution.data.participants
    which = tuple(dict.fromkeys(label for i in often for label in labels[solution.flags[i]].tolist()))
    told = Who.of(names[i] for i in often)
    yield from defines_several(told, [f"{names[i]} ({' and '.join(labels[solution.flags[i]])})" for i in often[:SHOWN]], which)


def defines_several(who: Who, shown: Sequence[str], labels: tuple[str, ...]) -> Iterator[Notice]:
    """Sorts that define more than one factor.

    Parameters
    ----------
    who : Who
    shown : sequence of str
        How the first of them are called in the sentence.
    labels : tuple of str
        Of the factors concerned, as far as they are known.
    """
    if not who:
        return
    listed = ", ".join(shown) + and_more(who.count, len(shown))
    what = f"{who.count} sorts define" if who.count > 1 else "One sort defines"
    text = (
        f"{what} more than one factor and {'count' if who.count > 1 else 'counts'} in the scores of each: {listed}. "
        "What these factors share is in part what such a sort says twice."
    )
    yield Notice("defines-several", text, participants=who.names, factors=labels)


def extent(n_factors: int, n_sorts: int, held: float) -> Iterator[Notice]:
    """More factors than the sorts can carry.

    Parameters
    ----------
    n_factors, n_sorts : int
    held : float
        Sum of all communalities, each at most 1.
    """
    if n_factors * FEWEST > n_sorts:
        text = f"{n_factors} factors of {n_sorts} sorts leave fewer than {FEWEST} sorts for each: a factor may then be one or two people's view."
        yield Notice("many-factors", text)
    if held >= n_sorts * (1 - 1e-9):
        text = (
            f"The factors hold all of the variance of the {n_sorts} sorts (100 %): they say what the sorts say in other words, and leave out nothing "
            "that is one person's own."
        )
        yield Notice("whole-variance", text)


def left_out(dropped: Iterable[Who]) -> Iterator[Notice]:
    """Negative defining sorts of each factor that policy `bipolar` left out."""
    for j, who in enumerate(dropped, start=1):
        if who:
            text = f"{who} {who.verb('load')} negatively on f{j}; left out of its scores."
            yield Notice("negative-left-out", text, participants=who.names, factors=(f"f{j}",))


def directions(rotation: Rotation) -> Iterator[Notice]:
    """Directions that nothing but the statements decided, and reflections after rotations by hand."""
    tied = tuple(f"f{j + 1}" for j, undecided in enumerate(rotation.tied) if undecided)
    if tied:
        text = (
            f"{Who.of(tied)}: both directions have equal support, so which pole is positive was decided by the statements: "
            "the largest score is positive."
        )
        yield Notice("direction-tied", text, factors=tied)
    turned = tuple(f"f{j + 1}" for j, reflected in enumerate(rotation.reflected) if reflected)
    if rotation.by_hand and turned:
        text = f"{Who.of(turned)} was reflected after the rotations by hand; further angles still act on the axes as they were before."
        yield Notice("reflected-by-policy", text, factors=turned)


def tied_scores(scores: Scores) -> Iterator[Notice]:
    """Ties that the columns of the grid had to break."""
    for label, statements in scores.ties:
        text = f"In {label} statements {Who.of(statements)} have equal scores but not all fit in one column: the lower number took the higher place."
        yield Notice("tied-scores", text, statements=statements, factors=(label,))
