"""What a reader of a solution should be warned of. Warnings are data: they travel in the solution and stand in every report."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sized

import numpy as np

from qmethod import flagging
from qmethod._factor_analyzer import SMALLEST_UNIQUENESS
from qmethod.correlation import Correlation
from qmethod.data import Array, Notice
from qmethod.simulate import simulated_notice
from qmethod.solution import QSolution


def attach(solution: QSolution, earlier: Iterable[Notice], correlation: Correlation) -> QSolution:
    """The same solution with all its notices: that sorts are simulated first, then those of the steps before it, then those it gives rise to."""
    own = [*_data(solution, correlation), *_loadings(solution), *_factors(solution), *_directions(solution), *_scores(solution)]
    found = [*simulated_notice(solution.data.participants), *earlier, *own]
    return dataclasses.replace(solution, notices=tuple(dict.fromkeys(found)))


def _listed(names: Iterable[str], most: int = 12) -> str:
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _verb(plural: str, who: Sized) -> str:
    return plural if len(who) > 1 else plural + "s"


def _data(solution: QSolution, correlation: Correlation) -> Iterator[Notice]:
    data = solution.data
    if solution.excluded:
        who = tuple(e.participant for e in solution.excluded)
        reasons = "; ".join(dict.fromkeys(e.reason for e in solution.excluded))
        yield Notice("excluded", f"Left out of the analysis: {_listed(who)} ({reasons}).", participants=who)
    for group in data.duplicates():
        yield Notice("duplicate-sorts", f"{_listed(group)} are the same sort, placement for placement; each of them counts.", participants=group)
    if correlation.matrix is not None:
        smallest = float(np.linalg.eigvalsh(correlation.matrix)[0])
        if smallest < -1e-8:
            text = (
                f"Pairwise correlations contradict each other: their smallest eigenvalue is {smallest:.3g}, not 0 or more. "
                "Treat small factors with care."
            )
            yield Notice("pairwise-not-consistent", text)
    if solution.scores.grid_origin == "median":
        text = f"The sorts share no distribution. Factor arrays use the low median of their ordered placements: {solution.scores.grid}."
        yield Notice("unforced", text)
    off = data.off_grid() if solution.scores.grid_origin == "design" else ()
    if off:
        who = tuple(data.participants[i] for i in off)
        yield Notice("off-grid", f"{len(off)} of {data.n_sorts} sorts do not follow the grid {data.grid}: {_listed(who)}.", participants=who)


def _loadings(solution: QSolution) -> Iterator[Notice]:
    names, h2 = solution.data.participants, solution.communalities
    bounded = solution.policies.extraction in ("minres", "ml")
    heywood = tuple(names[i] for i in np.flatnonzero(h2 > (1 - SMALLEST_UNIQUENESS - 1e-6 if bounded else 1 + 1e-6)))
    if heywood:
        trouble = "stopped at its bound near 1" if bounded else "exceeds 1, which no real variance can"
        text = f"Heywood case: the communality of {_listed(heywood)} {trouble}. Try fewer factors or another extraction."
        yield Notice("heywood", text, participants=heywood)
    capped = solution.flags & (np.abs(solution.loadings) >= solution.policies.weight_cap)
    for j in np.flatnonzero(capped.any(axis=0)).tolist():
        who = tuple(names[i] for i in np.flatnonzero(capped[:, j]))
        label = solution.labels[j]
        text = (
            f"{_listed(who)} {_verb('load', who)} 1 or nearly 1 on {label}: the weight l / (1 - l^2) has no value there and was computed at "
            f"{solution.policies.weight_cap}."
        )
        yield Notice("loading-of-one", text, participants=who, factors=(label,))
    nothing = tuple(names[i] for i in np.flatnonzero(h2 < 1e-12))
    if nothing:
        yield Notice("zero-communality", f"{_listed(nothing)} {_verb('load', nothing)} on none of the factors.", participants=nothing)


def _factors(solution: QSolution) -> Iterator[Notice]:
    names = solution.data.participants
    for j, factor in enumerate(solution.factors):
        label, count = factor.label, int(solution.characteristics.n_defining[j])
        if count == 0:
            yield Notice(
                "no-defining-sorts", f"No sort defines {label}: it has no z-scores, no array and takes part in no comparison.", factors=(label,)
            )
        elif np.isnan(solution.scores.z_scores[:, j]).any():
            yield Notice("sorts-cancel", f"The sorts that define {label} cancel each other out: it has no z-scores.", factors=(label,))
        elif count == 1:
            who = solution.defining(j)
            yield Notice(
                "one-defining-sort", f"{label} rests on one sort alone, {who[0]}: it is that person's view.", participants=who, factors=(label,)
            )
        if count and np.isnan(solution.characteristics.reliability[j]):
            text = f"The reliability of {label} cannot be observed: that needs two defining sorts or more that agree on average."
            yield Notice("no-reliability", text, factors=(label,))
        negative = tuple(names[i] for i in np.flatnonzero(solution.flags[:, j] & (solution.loadings[:, j] < 0)))
        if negative:
            text = (
                f"{label} is bipolar: {_listed(negative)} {_verb('define', negative)} it by the opposite view, with a negative loading. That "
                "enters its scores turned round, and which pole is called positive decides the distinguishing and consensus statements."
            )
            yield Notice("bipolar-factor", text, participants=negative, factors=(label,))
        if factor.pole == "negative":
            source = f"f{factor.source + 1}"
            text = f"{source} was bipolar and is split: {label} is its negative pole, a viewpoint of its own ({_listed(solution.defining(j))})."
            yield Notice("split-factor", text, participants=solution.defining(j), factors=(source, label))
    if solution.policies.bipolar == "leave-out":
        dropped = _would_define(solution) & (solution.rotation.loadings < 0)
        for j in np.flatnonzero(dropped.any(axis=0)).tolist():
            who = tuple(names[i] for i in np.flatnonzero(dropped[:, j]))
            yield Notice(
                "negative-left-out",
                f"{_listed(who)} {_verb('load', who)} negatively on f{j + 1}; left out of its scores.",
                participants=who,
                factors=(f"f{j + 1}",),
            )


def _would_define(solution: QSolution) -> Array:
    """Flags before negative ones were left out or split off; shape (m, k)."""
    if solution.policies.bipolar == "keep":
        return solution.flags
    marked = flagging.automatic(solution.rotation.loadings, solution.data.n_statements, solution.policies)
    return flagging.with_manual(marked, solution.manual_flags, solution.data.participants)


def _directions(solution: QSolution) -> Iterator[Notice]:
    tied = tuple(f"f{j + 1}" for j, undecided in enumerate(solution.rotation.tied) if undecided)
    if tied:
        text = (
            f"{_listed(tied)}: both directions have equal support, so which pole is positive was decided by the statements: "
            "the largest score is positive."
        )
        yield Notice("direction-tied", text, factors=tied)
    turned = tuple(f"f{j + 1}" for j, reflected in enumerate(solution.rotation.reflected) if reflected)
    if solution.rotation.by_hand and turned:
        text = f"{_listed(turned)} was reflected after the rotations by hand; further angles still act on the axes as they were before."
        yield Notice("reflected-by-policy", text, factors=turned)


def _scores(solution: QSolution) -> Iterator[Notice]:
    for label, statements in solution.scores.ties:
        text = f"In {label} statements {_listed(statements)} have equal scores but not all fit in one column: the lower number took the higher place."
        yield Notice("tied-scores", text, statements=statements, factors=(label,))
