"""Viewpoints and members by the Bayesian model as tables."""

from __future__ import annotations

from itertools import combinations

from qmethod.bayesian.partitioning import Partition
from qmethod_analysis.tables.solution import Table, number

UNCLASSIFIED = "unclassified"


def z_scores(found: Partition) -> Table:
    """One row for each statement: its score in each viewpoint and the ends of the interval."""
    header = ("statement", *(f"{label}{end}" for label in found.labels for end in ("", "_low", "_high")))
    rows = []
    for i, statement in enumerate(found.statements):
        cells = (number(values[i, j]) for j in range(len(found.labels)) for values in (found.z_scores, found.low, found.high))
        rows.append((statement, *cells))
    return Table(header, tuple(rows))


def members(found: Partition) -> Table:
    """One row for each sort: which viewpoint it surely holds, and the probability of each thing it may hold."""
    header = (
        "participant",
        "holds",
        *(f"p_{label}" for label in found.labels),
        *(f"p_opposes_{label}" for label in found.labels),
        "p_several",
        "p_none",
    )
    names = (*found.labels, UNCLASSIFIED)
    rows = []
    for i, (participant, held) in enumerate(zip(found.participants, found.members.tolist(), strict=True)):
        rows.append((participant, names[held], *map(number, (*found.holds[i], *found.opposes[i], found.several[i], found.none[i]))))
    return Table(header, tuple(rows))


def differences(found: Partition) -> Table:
    """One row for each statement and pair of viewpoints: which has the higher score, how probably, and whether that is claimed."""
    rows = []
    for i, statement in enumerate(found.statements):
        for a, b in combinations(range(len(found.labels)), 2):
            up, down = (a, b) if found.higher[i, a, b] >= found.higher[i, b, a] else (b, a)
            gap = number(found.z_scores[i, up] - found.z_scores[i, down])
            rows.append((statement, found.labels[up], found.labels[down], gap, number(found.higher[i, up, down]), _yes(found.claimed[i, up, down])))
    return Table(("statement", "higher_in", "lower_in", "difference", "probability", "claimed"), tuple(rows))


def viewpoints(found: Partition) -> Table:
    """One row for each viewpoint: whether it is found, how many surely hold it, how many are expected to, and whether the chains agree."""
    rows = []
    for j, label in enumerate(found.labels):
        sure = int((found.members == j).sum())
        rows.append((label, _yes(found.found[j]), sure, number(found.holds[:, j].sum()), number(found.opposes[:, j].sum()), number(found.r_hat[j])))
    return Table(("viewpoint", "found", "surely_hold", "expected_to_hold", "expected_to_oppose", "r_hat"), tuple(rows))


def _yes(so: bool) -> str:
    return "yes" if so else "no"
