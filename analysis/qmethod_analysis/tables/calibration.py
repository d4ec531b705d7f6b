"""A calibration as tables."""

from __future__ import annotations

from qmethod.calibrated import Calibration
from qmethod_analysis.tables.solution import Table, number, placement


def viewpoints(found: Calibration) -> Table:
    """One row for each viewpoint: what it is beyond the sorts that made it."""
    beyond = found.beyond
    figures = zip(found.labels, beyond.effective, beyond.agreement, beyond.correlation, found.reliability, found.recovery, found.matched, strict=True)
    header = ("viewpoint", "n_defining_effective", "agreement", "correlation", "reliability", "recovery", "matched")
    return Table(header, tuple((label, *map(number, values)) for label, *values in figures))


def statements(found: Calibration) -> Table:
    """One row for each statement: how far apart the viewpoints are at most, and how likely it is that all are close."""
    shared = found.shared
    rows = zip(found.statements, shared.bound, shared.within, strict=True)
    return Table(("statement", "differ_by_at_most", "within_1"), tuple((one, number(bound), number(within)) for one, bound, within in rows))


def places(found: Calibration) -> Table:
    """One row for each viewpoint and statement: between which columns it truly stands, and how likely it is to stand in each."""
    p = found.places
    header = ("viewpoint", "statement", "low", "high", *(f"p_at_{placement(value)}" for value in p.values))
    rows = tuple(
        (label, statement, placement(p.low[i, f]), placement(p.high[i, f]), *map(number, p.probability[i, f]))
        for f, label in enumerate(found.labels)
        for i, statement in enumerate(found.statements)
    )
    return Table(header, rows)
