"""Every table an analysis writes, as rows. Pure functions from a `QSolution`; nothing is rounded here.

Columns of factors carry their labels (``f1``, ``f2``, ...). A cell is text, a number, or None where there is no value: a factor that no sort
defines has no scores, and its cells stay empty.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmethod.brief import brief
from qmethod.calibrated import Calibration
from qmethod.method.contrasts import descending_differences, relative_ranks
from qmethod.method.correlation import correlate
from qmethod.solution import QSolution, Viewpoints
from qmethod_analysis.interpretation.findings import Finding, common_ground
from qmethod_analysis.words.labels import defined

Cell = str | int | float | None
LARGEST_CORRELATION_TABLE = 100


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of cells.

    Parameters
    ----------
    header : tuple of str
    rows : tuple of tuple
        Each as long as the header.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    __repr__ = brief


def number(value: Any) -> Cell:
    """A float as a cell: None for NaN."""
    return None if math.isnan(value) else float(value)


def placement(value: Any) -> Cell:
    """A place in a grid as a cell: an integer where it is whole, None for NaN."""
    if math.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def _table(header: Iterable[str], rows: Iterable[Sequence[Cell]]) -> Table:
    return Table(tuple(header), tuple(tuple(row) for row in rows))


def defines(solution: QSolution, sort: int) -> str:
    """The factors a sort defines; see `marks`."""
    return marks(solution.labels, solution.flags[sort], solution.loadings[sort] < 0)


def marks(labels: Sequence[str], flags: Sequence[bool], negative: Sequence[bool]) -> str:
    """Labels of the factors that are flagged, with a minus where the loading is negative, joined by ``;``."""
    return ";".join(("-" if below else "") + label for label, flagged, below in zip(labels, flags, negative, strict=True) if flagged)


def loadings(solution: QSolution) -> Table:
    """Loadings of every sort, its communality, and the factors it defines."""
    return _table(
        ("participant", *solution.labels, "h2", "defines"),
        (
            (name, *map(number, solution.loadings[i]), number(solution.communalities[i]), defines(solution, i))
            for i, name in enumerate(solution.data.participants)
        ),
    )


def _by_statement(solution: Viewpoints, values: Any, cell: Callable[[Any], Cell]) -> Table:
    return _table(
        ("statement", *solution.labels),
        ((name, *map(cell, values[i])) for i, name in enumerate(solution.data.statements)),
    )


def z_scores(solution: Viewpoints) -> Table:
    """z-score of every statement in every viewpoint."""
    return _by_statement(solution, solution.scores.z_scores, number)


def factor_arrays(solution: Viewpoints) -> Table:
    """Place of every statement in the array of every viewpoint."""
    return _by_statement(solution, solution.scores.arrays, placement)


def characteristics(solution: Viewpoints) -> Table:
    """What each factor amounts to."""
    c, found = solution.characteristics, solution.calibration
    nothing = np.full(len(solution.labels), np.nan)
    beyond = (nothing,) * 6
    if found:
        beyond = (found.beyond.agreement, found.beyond.correlation, found.beyond.effective, found.reliability, found.recovery, found.matched)
    return _table(
        (
            *("factor", "defining_sorts", "eigenvalue", "explained_variance", "reliability", "se", "negative_sorts", "mean_correlation"),
            *("agreement_left_out", "correlation_left_out", "effective_sorts", "reliability_left_out", "recovery", "matched", "expected_false"),
        ),
        (
            (
                label,
                int(c.n_defining[f]),
                number(c.eigenvalues[f]),
                number(c.explained_variance[f]),
                number(c.reliability[f]),
                number(c.standard_errors[f]),
                int(solution.n_negative[f]),
                number(c.mean_correlation[f]),
                *(number(values[f]) for values in beyond),
                number(solution.contrasts.expected_false[f]),
            )
            for f, label in enumerate(solution.labels)
        ),
    )


def _square(solution: Viewpoints, values: Any) -> Table:
    return _table(("factor", *solution.labels), ((label, *map(number, values[f])) for f, label in enumerate(solution.labels)))


def factor_correlations(solution: Viewpoints) -> Table:
    """Correlations between the z-scores of the viewpoints."""
    return _square(solution, solution.factor_correlations)


def sed(solution: Viewpoints) -> Table:
    """Standard errors of differences."""
    return _square(solution, solution.contrasts.sed)


def level(value: float) -> str:
    """A level of significance, ``0.01``; empty for NaN."""
    return "" if math.isnan(value) else f"{value:g}"


def contrasts(solution: Viewpoints) -> Table:
    """Differences between viewpoints for every statement, with their levels, and what follows from them."""
    found, labels = solution.contrasts, solution.labels
    pairs = [f"{labels[a]}_{labels[b]}" for a, b in found.pairs]
    header = ["statement", *(name for pair in pairs for name in (pair, f"{pair}_level")), "distinguishes", "consensus"]
    header += ["differ_by_at_most", "p_all_within_1"]
    rows: list[list[Cell]] = []
    n, shared = len(solution.data.statements), solution.calibration.shared if solution.calibration else None
    close = zip(shared.bound, shared.within, strict=True) if shared else [(np.nan, np.nan)] * n
    closeness = [tuple(map(number, both)) for both in close]
    for i, statement in enumerate(solution.data.statements):
        row: list[Cell] = [statement]
        for p in range(len(pairs)):
            row += [number(found.differences[i, p]), number(found.levels[i, p])]
        apart = [f"{label}:{level(found.distinguishing[i, f])}" for f, label in enumerate(labels) if not math.isnan(found.distinguishing[i, f])]
        rows.append([*row, ";".join(apart), None if not pairs else "yes" if found.consensus[i] else "no", *closeness[i]])
    return _table(header, rows)


def free_distribution(solution: QSolution) -> Table:
    """Mean and standard deviation of every sort."""
    return _table(
        ("participant", "mean", "sd"),
        ((name, number(solution.sort_means[i]), number(solution.sort_sds[i])) for i, name in enumerate(solution.data.participants)),
    )


def factor_scores_ranked(solution: Viewpoints) -> Table:
    """For each viewpoint, all statements from the highest z-score to the lowest, with text."""
    s, data = solution.scores, solution.data
    rows: list[tuple[Cell, ...]] = []
    for f, label in enumerate(solution.labels):
        if np.isnan(s.z_scores[:, f]).any():
            continue
        rows += [
            (label, int(s.ranks[i, f]), data.statements[i], data.texts[i], number(s.z_scores[i, f]), placement(s.arrays[i, f]))
            for i in np.argsort(s.ranks[:, f], kind="stable")
        ]
    return _table(("factor", "rank", "statement", "text", "z_score", "array"), rows)


def differences(solution: Viewpoints) -> Table:
    """Descending array of differences of every pair of viewpoints."""
    s, data, labels = solution.scores, solution.data, solution.labels
    rows: list[tuple[Cell, ...]] = []
    for p, (a, b) in enumerate(solution.contrasts.pairs):
        rows += [
            (
                labels[a],
                labels[b],
                data.statements[i],
                data.texts[i],
                number(s.z_scores[i, a]),
                number(s.z_scores[i, b]),
                number(solution.contrasts.differences[i, p]),
            )
            for i in descending_differences(solution, p)
        ]
    return _table(("first", "second", "statement", "text", "z_first", "z_second", "difference"), rows)


CRIB_SHEET = {
    "highest": "Highest column",
    "higher": "Higher than in every other viewpoint",
    "higher_tied": "As high as in another viewpoint, higher than in the rest",
    "lower_tied": "As low as in another viewpoint, lower than in the rest",
    "lower": "Lower than in every other viewpoint",
    "lowest": "Lowest column",
}


def crib_sheet(solution: Viewpoints) -> Table:
    """What to look at when interpreting a viewpoint: its extremes, and where it stands apart from the others."""
    s, data = solution.scores, solution.data
    rows: list[tuple[Cell, ...]] = []
    for f, sheet in enumerate(relative_ranks(solution)):
        if sheet is None:
            continue
        for group in CRIB_SHEET:
            rows += [
                (solution.labels[f], group, data.statements[i], data.texts[i], placement(s.arrays[i, f]), number(s.z_scores[i, f]))
                for i in getattr(sheet, group)
            ]
    return _table(("factor", "group", "statement", "text", "array", "z_score"), rows)


def correlations(solution: QSolution) -> Table:
    """Correlations between sorts."""
    names = solution.data.participants
    matrix = correlate(solution.data, solution.policies.correlation).dense()
    return _table(("participant", *names), ((name, *map(number, matrix[i])) for i, name in enumerate(names)))


_BY_STATEMENT: dict[str, Callable[[Viewpoints], Table]] = {
    "z_scores.csv": z_scores,
    "factor_arrays.csv": factor_arrays,
    "characteristics.csv": characteristics,
    "factor_correlations.csv": factor_correlations,
    "sed.csv": sed,
    "contrasts.csv": contrasts,
    "crib_sheet.csv": crib_sheet,
    "differences.csv": differences,
    "factor_scores_ranked.csv": factor_scores_ranked,
}


def places(solution: QSolution, found: Calibration) -> Table:
    """Where each statement stands in each viewpoint, between which columns it truly does, and how likely each column is."""
    p, data = found.places, solution.data
    header = ("factor", "statement", *(("text",) if data.texts else ()), "array", "low", "high", *(f"p_at_{placement(value)}" for value in p.values))
    return _table(
        header,
        (
            (
                label,
                statement,
                *data.texts[i : i + 1],
                *(placement(values[i, f]) for values in (solution.scores.arrays, p.low, p.high)),
                *map(number, p.probability[i, f]),
            )
            for f, label in enumerate(solution.labels)
            for i, statement in enumerate(data.statements)
        ),
    )


def ground(solution: Viewpoints, found: Sequence[Finding]) -> Table:
    """Every statement in the group it belongs to by where all viewpoints place it."""
    data, shown = solution.data, defined(solution)
    return _table(
        ("group", "statement", *(("text",) if data.texts else ()), *(solution.labels[f] for f in shown), "p_that_side", "finding"),
        (
            (
                one.kind,
                data.statements[i],
                *data.texts[i : i + 1],
                *(placement(solution.scores.arrays[i, f]) for f in shown),
                number(p),
                one.sentence,
            )
            for one in found
            for i, p in zip(one.statements, one.probability, strict=True)
        ),
    )


def files(solution: QSolution) -> dict[str, Table]:
    """Every table by the name of its file; correlations only up to `LARGEST_CORRELATION_TABLE` sorts, places only where studies were drawn."""
    tables = {"loadings.csv": loadings(solution), **statement_files(solution), "free_distribution.csv": free_distribution(solution)}
    if solution.calibration is not None:
        tables["places.csv"] = places(solution, solution.calibration)
    if solution.data.n_sorts <= LARGEST_CORRELATION_TABLE:
        tables["correlations.csv"] = correlations(solution)
    return tables


def statement_files(solution: Viewpoints) -> dict[str, Table]:
    """The tables that do not go sort by sort."""
    found = common_ground(solution)
    return {name: make(solution) for name, make in _BY_STATEMENT.items()} | ({"common_ground.csv": ground(solution, found)} if found else {})
