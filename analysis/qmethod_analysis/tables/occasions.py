"""Two occasions compared, as tables and JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from qmethod.occasions.compared import OccasionComparison
from qmethod.plain import plain
from qmethod_analysis.tables.solution import Cell, Table, number


def statements(made: OccasionComparison) -> Table:
    """One row for each statement: its mean place on both occasions, the change with its interval, the p-value, and whether it moved beyond chance."""
    s = made.statements
    rows = [
        (name, text, *(number(values[i]) for values in (s.before, s.after, s.change, s.low, s.high, s.p_values)), int(s.n_people[i]), _yes(moved))
        for i, (name, text, moved) in enumerate(zip(made.ids, made.texts, made.changed_statements, strict=True))
    ]
    return Table(("statement", "text", "mean_before", "mean_after", "change", "low", "high", "p_value", "n_people", "moved"), tuple(rows))


def people(made: OccasionComparison) -> Table:
    """One row for each person: how far the two sorts agree, whether that is less than repeating explains, closeness to viewpoints, and movement."""
    views = made.viewpoints
    labels = views.labels if views is not None else ()
    header = (
        "participant",
        "correlation",
        "n_shared",
        "p_changed",
        "changed",
        *(f"r_{label}_{when}" for label in labels for when in ("before", "after")),
    )
    rows: list[tuple[Cell, ...]] = []
    for i, name in enumerate(made.participants):
        p = number(made.people.p_values[i])
        cells: tuple[Cell, ...] = (
            name,
            number(made.people.correlations[i]),
            int(made.people.shared[i]),
            p,
            None if p is None else _yes(made.changed_people[i]),
        )
        if views is not None:
            moved = number(views.moved[i])
            cells += tuple(number(values[i, j]) for j in range(len(labels)) for values in (views.before, views.after))
            cells += (moved, None if moved is None else _yes(made.moved_people[i]))
        rows.append(cells)
    return Table((*header, *(("p_moved", "moved") if views is not None else ())), tuple(rows))


def viewpoints(made: OccasionComparison) -> Table:
    """One row for each viewpoint: how close people come to it on average, before and after; none where none were asked for."""
    views = made.viewpoints
    header = ("viewpoint", "mean_r_before", "mean_r_after", "change", "p_value", "closer", "farther")
    if views is None:
        return Table(header, ())
    change = views.after - views.before
    rows = [
        (
            label,
            *(number(values[:, j].mean()) for values in (views.before, views.after, change)),
            number(views.p_values[j]),
            int((change[:, j] > 0).sum()),
            int((change[:, j] < 0).sum()),
        )
        for j, label in enumerate(views.labels)
    ]
    return Table(header, tuple(rows))


def as_dict(made: OccasionComparison) -> dict[str, Any]:
    """All of a comparison in JSON's types."""
    views = made.viewpoints
    return {
        "occasions": list(made.labels),
        "n_people": len(made.participants),
        "n_statements": len(made.ids),
        "mean_correlation": made.mean_correlation,
        "alpha": made.alpha,
        "noise": {"from": made.people.noise, "reliability": _or_none(made.people.reliability), "pairs": made.people.n_pairs},
        "statements": _rows(statements(made)),
        "people": _rows(people(made)),
        "basis": views.basis if views is not None else None,
        "viewpoints": _rows(viewpoints(made)),
        "left_out": [{"participant": name, "reason": why} for name, why in made.left_out],
        "sign_flips": made.n_draws,
        "exact": made.exact,
        "seed": made.seed,
        "notices": plain(made.notices),
    }


def _rows(table: Table) -> list[dict[str, Cell]]:
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _yes(so: bool) -> str:
    return "yes" if so else "no"
