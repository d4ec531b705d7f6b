"""The bootstrap of an analysis: what the recipe asks for, the tables it writes, and the processes that may do the work."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from qmethod.resampling.bootstrap import Bootstrap
from qmethod.solution import QSolution
from qmethod_analysis.tables.solution import Cell, Table, number, placement

Progress = Callable[[str], None]


def files(solution: QSolution, found: Bootstrap) -> dict[str, Table]:
    """Tables of the bootstrap by the name of their file."""
    return {
        "bootstrap_z_scores.csv": z_scores(found, solution.data.texts),
        "bootstrap_arrays.csv": arrays(found),
        "bootstrap_loadings.csv": loadings(found),
        "bootstrap_flags.csv": flags(found),
        "bootstrap_replication.csv": replication(found),
    }


def to_json(found: Bootstrap, belongs: Mapping[str, str]) -> str:
    """Everything as JSON, one line for each part, beginning with what it `belongs` to; see `qmethod_analysis.folder.listing.parsed`."""
    values = {**belongs, **found.to_dict()}
    lines = [f" {json.dumps(key)}: {json.dumps(value, allow_nan=False, ensure_ascii=False)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def z_scores(found: Bootstrap, texts: Sequence[str] = ()) -> Table:
    """z-scores with their intervals, one row for each viewpoint and statement, with the wordings where these are given."""
    z = found.z_scores
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            statement,
            *texts[i : i + 1],
            *_numbers(z.estimate[i, f], z.low[i, f], z.high[i, f], z.standard_error[i, f], z.bias[i, f]),
            int(z.n_used[i, f]),
        )
        for f, label in enumerate(found.labels)
        for i, statement in enumerate(found.statements)
    ]
    return Table(("factor", "statement", *(("text",) if texts else ()), "z_score", "low", "high", "standard_error", "bias", "resamples"), tuple(rows))


def arrays(found: Bootstrap) -> Table:
    """Positions with their intervals and the share of resamples that give each, one row for each viewpoint and statement."""
    a = found.arrays
    header = ("factor", "statement", "array", "low", "high", *(f"share_at_{placement(value)}" for value in a.values), "resamples")
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            statement,
            *(placement(values[i, f]) for values in (a.estimate, a.low, a.high)),
            *_numbers(*a.probability[i, f]),
            int(a.n_used[f]),
        )
        for f, label in enumerate(found.labels)
        for i, statement in enumerate(found.statements)
    ]
    return Table(header, tuple(rows))


def loadings(found: Bootstrap) -> Table:
    """Loadings with their intervals, one row for each participant and viewpoint."""
    s = found.loadings
    rows: list[tuple[Cell, ...]] = [
        (who, label, *_numbers(s.estimate[i, f], s.low[i, f], s.high[i, f], s.standard_error[i, f], s.bias[i, f]), int(s.n_used[i, f]))
        for i, who in enumerate(found.participants)
        for f, label in enumerate(found.labels)
    ]
    return Table(("participant", "factor", "loading", "low", "high", "standard_error", "bias", "resamples"), tuple(rows))


def flags(found: Bootstrap) -> Table:
    """How often each participant defines each viewpoint, of the resamples that hold the sort."""
    columns = [name for label in found.labels for name in (f"{label}_defines", f"{label}_frequency")]
    rows: list[tuple[Cell, ...]] = []
    for i, who in enumerate(found.participants):
        cells: list[Cell] = []
        for f in range(len(found.labels)):
            cells += ["yes" if found.flags.estimate[i, f] else "no", number(found.flags.frequency[i, f])]
        rows.append((who, int(found.flags.n_used[i]), *cells))
    return Table(("participant", "resamples", *columns), tuple(rows))


def replication(found: Bootstrap) -> Table:
    """How well each viewpoint comes back."""
    r = found.replication
    header = ("factor", "defining_sorts", "phi_median", "phi_5_percent", "share_85", "share_95", "resamples", "scored", "empty", "contested")
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            int(found.n_defining[f]),
            *_numbers(r.median[f], r.low[f], r.fair[f], r.equal[f]),
            found.n_completed,
            *(int(counted[f]) for counted in (r.n_used, r.n_empty, r.n_contested)),
        )
        for f, label in enumerate(found.labels)
    ]
    return Table(header, tuple(rows))


def _numbers(*values: float) -> tuple[Cell, ...]:
    return tuple(number(value) for value in values)
