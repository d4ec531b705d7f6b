"""A calibration as tables."""

from __future__ import annotations

from qmethod.calibrated import Calibration
from qmethod_analysis.tables.solution import Table, number


def viewpoints(found: Calibration) -> Table:
    """One row for each viewpoint: what it is beyond the sorts that made it."""
    beyond = found.beyond
    figures = zip(found.labels, beyond.effective, beyond.agreement, beyond.correlation, found.reliability, strict=True)
    header = ("viewpoint", "n_defining_effective", "agreement", "correlation", "reliability")
    return Table(header, tuple((label, *map(number, values)) for label, *values in figures))


def statements(found: Calibration) -> Table:
    """One row for each statement: how far apart the viewpoints are at most, and how likely it is that all are close."""
    shared = found.shared
    rows = zip(found.statements, shared.bound, shared.within, strict=True)
    return Table(("statement", "differ_by_at_most", "within_1"), tuple((one, number(bound), number(within)) for one, bound, within in rows))
