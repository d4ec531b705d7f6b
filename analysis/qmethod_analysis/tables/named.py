"""Tables by name: what `to_frame` of each result can give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qmethod.bayesian.partitioning import Partition
from qmethod.calibrated import Calibration
from qmethod.classification.classifying import Classification
from qmethod.classification.shortening import Shortening
from qmethod.data import QData
from qmethod.matching.comparison import Comparison
from qmethod.matching.multiverse import Multiverse
from qmethod.matching.profiles import called
from qmethod.occasions.compared import OccasionComparison
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.retention.retain import Retention
from qmethod.retests import Retest
from qmethod.simulation import Simulated
from qmethod.solution import QSolution
from qmethod.streaming.solution import StreamedSolution
from qmethod_analysis.tables import bootstrap, calibration, multiverse, occasions, partition, retention, solution
from qmethod_analysis.tables.solution import Cell, Table, number, placement


def table_of(value: Any, what: str) -> Table:
    """A table of a result.

    Parameters
    ----------
    value : object
        Of a class in `TABLES`, or of a room above this one: then it has a method `_table`.
    what : str
        Which.
    """
    if hasattr(value, "_table"):
        table: Table = value._table(what)
        return table
    return next(tables for kind, tables in TABLES.items() if isinstance(value, kind))[what](value)


def sorts(data: QData) -> Table:
    """Sorts with ids and wordings, as `qmethod.write_csv` writes them."""
    texts = any(data.texts)
    rows = [
        (statement, *((text,) if texts else ()), *map(placement, row))
        for statement, text, row in zip(data.statements, data.texts, data.sorts, strict=True)
    ]
    return Table(("statement", *(("text",) if texts else ()), *data.participants), tuple(rows))


def matches(found: Comparison) -> Table:
    """One row for each reference viewpoint, by label; viewpoints without labels are counted from 1."""
    rows: list[tuple[Cell, ...]] = [
        (
            called(found.reference_names, one.reference),
            called(found.found_names, one.found) if one.found >= 0 else None,
            one.sign,
            number(one.phi),
            number(one.p_value),
            one.n_shared,
        )
        for one in found.matches
    ]
    return Table(("reference", "found", "sign", "congruence", "p_value", "n_shared"), tuple(rows))


def congruences(found: Comparison) -> Table:
    """Congruence of every viewpoint found, a row, with every reference, a column."""
    header = ("found", *(f"reference_{called(found.reference_names, j)}" for j in range(found.congruences.shape[1])))
    return Table(header, tuple((called(found.found_names, i), *map(number, row)) for i, row in enumerate(found.congruences)))


def answers(found: Classification) -> Table:
    """One row for each sort: the answer, probabilities, correlations, and the mixture that fits best; what has no name is counted from 1."""
    k = found.correlations.shape[1]
    names = {**{j: called(found.viewpoints, j) for j in range(k)}, k: "none", -1: "not sure"}
    header = (
        "sort",
        "answer",
        *(f"probability_{names[j]}" for j in range(k + 1)),
        *(f"correlation_{names[j]}" for j in range(k)),
        "n_placed",
        *(f"share_{names[j]}" for j in range(k)),
        "fit",
        "fit_p",
    )
    rows: list[tuple[Cell, ...]] = [
        (
            called(found.participants, i),
            names[int(answer)],
            *map(number, found.probabilities[i]),
            *map(number, found.correlations[i]),
            int(found.n_placed[i]),
            *map(number, found.mixture[i]),
            number(found.fit[i]),
            number(found.fit_p[i]),
        )
        for i, answer in enumerate(found.answers)
    ]
    return Table(header, tuple(rows))


def pairs(found: Retest) -> Table:
    """One row for each person who sorted twice."""
    rows = zip(found.first, found.second, map(number, found.correlations), found.shared.tolist(), strict=True)
    return Table(("first", "second", "correlation", "n_shared"), tuple(rows))


def lengths(found: Shortening) -> Table:
    """How well sets of each length classify."""
    rows = [
        (q, *map(number, figures), q == found.recommended)
        for q, *figures in zip(found.lengths, found.accuracy, found.standard_error, found.mean_probability, strict=True)
    ]
    return Table(("statements", "accuracy", "standard_error", "mean_probability", "recommended"), tuple(rows))


def participants(drawn: Simulated) -> Table:
    """One row for each simulated person: the viewpoint held, counted from 1, and the true loading on it."""
    rows = zip(drawn.data.participants, (drawn.membership + 1).tolist(), map(number, drawn.loadings), strict=True)
    return Table(("participant", "viewpoint", "loading"), tuple(rows))


def profiles(drawn: Simulated) -> Table:
    """The viewpoints that sorts were drawn from, counted from 1."""
    header = ("statement", *(f"viewpoint_{j + 1}" for j in range(drawn.profiles.shape[1])))
    return Table(header, tuple((name, *map(number, row)) for name, row in zip(drawn.data.statements, drawn.profiles, strict=True)))


BY_STATEMENT: dict[str, Callable[[Any], Table]] = {
    "z_scores": solution.z_scores,
    "arrays": solution.factor_arrays,
    "characteristics": solution.characteristics,
    "contrasts": solution.contrasts,
    "factor_correlations": solution.factor_correlations,
    "sed": solution.sed,
    "crib_sheet": solution.crib_sheet,
    "differences": solution.differences,
    "ranked": solution.factor_scores_ranked,
}
"""What there is of a solution whether its sorts fit into memory or not."""
TABLES: dict[type, dict[str, Callable[[Any], Table]]] = {
    QData: {"sorts": sorts},
    QSolution: {
        "loadings": solution.loadings,
        **BY_STATEMENT,
        "free_distribution": solution.free_distribution,
        "correlations": solution.correlations,
    },
    StreamedSolution: {**BY_STATEMENT},
    Retention: {"criteria": retention.table},
    Bootstrap: {
        "z_scores": bootstrap.z_scores,
        "arrays": bootstrap.arrays,
        "loadings": bootstrap.loadings,
        "flags": bootstrap.flags,
        "replication": bootstrap.replication,
    },
    Partition: {
        "z_scores": partition.z_scores,
        "members": partition.members,
        "differences": partition.differences,
        "viewpoints": partition.viewpoints,
    },
    Calibration: {"viewpoints": calibration.viewpoints, "statements": calibration.statements, "places": calibration.places},
    Multiverse: {"conclusions": multiverse.conclusions_table, "analyses": multiverse.analyses_table, "positions": multiverse.positions_table},
    Comparison: {"matches": matches, "congruences": congruences},
    OccasionComparison: {"statements": occasions.statements, "people": occasions.people, "viewpoints": occasions.viewpoints},
    Classification: {"answers": answers},
    Shortening: {"lengths": lengths},
    Simulated: {"participants": participants, "sorts": lambda drawn: sorts(drawn.data), "profiles": profiles},
    Retest: {"pairs": pairs},
}
