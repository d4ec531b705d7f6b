"""How many viewpoints each rule finds: in random sorts, where there are none, and where one to four are planted."""

from __future__ import annotations

import numpy as np

from benchmarks.validation.planting import GRIDS, NAMED, Cell, Tally
from qmethod import Policies, QData
from qmethod.method import tie_breaking
from qmethod.method.correlation import correlate
from qmethod.retention.criteria import CRITERIA, Table
from qmethod.simulation import random_sorts, simulate

N_RANDOM = 100
"""Sets of random sorts in parallel analysis and in each step of NEST; what `qmethod retain` draws where it is not told otherwise."""
MOST = 8


RANDOM_ON = ("classical", "small", "flat")
"""Grids on which random sorts are laid."""


def _random() -> list[Cell]:
    return [
        Cell("retention", f"random, {grid} grid, {sorts} sorts", (), sorts=sorts, grid=grid, times=3) for grid in RANDOM_ON for sorts in (20, 30, 60)
    ]


def _planted() -> list[Cell]:
    kinds: list[tuple[tuple[int, ...], tuple[float, ...], tuple[float, float]]] = [
        ((24,), (0.0,), (0.6, 0.8)),
        ((40,), (0.0,), (0.6, 0.8)),
        ((80,), (0.0,), (0.6, 0.8)),
        ((12, 12), (0.0, 0.4), (0.6, 0.8)),
        ((20, 20), (0.0, 0.4), (0.6, 0.8)),
        ((40, 40), (0.0, 0.4), (0.6, 0.8)),
        ((8, 8, 8), (0.0, 0.4), (0.6, 0.8)),
        ((14, 13, 13), (0.0, 0.4), (0.6, 0.8)),
        ((27, 27, 26), (0.0, 0.4), (0.6, 0.8)),
        ((6, 6, 6, 6), (0.0, 0.4), (0.6, 0.8)),
        ((10, 10, 10, 10), (0.0, 0.2, 0.4), (0.6, 0.8)),
        ((20, 20, 20, 20), (0.0, 0.4), (0.6, 0.8)),
        (NAMED, (0.0, 0.2, 0.4), (0.6, 0.8)),
        ((32, 22, 16, 10), (0.0, 0.4), (0.6, 0.8)),
        (NAMED, (0.0, 0.4), (0.4, 0.6)),
    ]
    return [
        Cell(
            "retention",
            f"{'-'.join(map(str, sizes))}, loadings {low} to {high}, common {common}",
            sizes,
            (low, high),
            common,
            sum(sizes),
            times=3 if (sizes, common, low) == (NAMED, 0.4, 0.6) else 1,
        )
        for sizes, commons, (low, high) in kinds
        for common in commons
    ]


CELLS = (*_random(), *_planted())


def drawn(cell: Cell, rng: np.random.Generator) -> QData:
    """Sorts of a cell; profiles of viewpoints are normal numbers with part of their variance common to all."""
    grid = GRIDS[cell.grid]
    if not cell.sizes:
        return QData(random_sorts(grid, cell.sorts, rng))
    n = grid.n_statements
    own = rng.standard_normal((n, len(cell.sizes)))
    views = np.sqrt(cell.common) * rng.standard_normal((n, 1)) + np.sqrt(1 - cell.common) * own
    return simulate(views, grid, cell.sizes, rng, loadings=cell.loadings).data


def table_of(data: QData, most: int) -> Table:
    """The table of complete sorts before anything was asked, with the conventions of `qmethod.retention.retain.retain`, up to `most` viewpoints."""
    ordered = data.keep(tie_breaking.file_order(data.sorts, data.participants).tolist())
    policies = Policies.preset("standard")
    return Table(ordered, policies, correlate(ordered, policies.correlation), most, N_RANDOM, lambda _step, _done, _total: None)


def answers(data: QData, rng: np.random.Generator) -> dict[str, int | None]:
    """What each criterion of `qmethod.retention.retain.retain` says, without the columns of its table that no criterion needs.

    Parameters
    ----------
    data : QData
        Complete sorts, none constant.
    rng : numpy.random.Generator
        In the same state it gives the same answers as there.
    """
    table = table_of(data, MOST)
    streams = rng.spawn(3)
    table.eigenvalues()
    table.loadings()
    table.nest(table.parallel(streams[0]), streams[1], True)
    table.partial_correlations()
    return table.answers


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """How near each rule comes to the truth in one data set, and whether NEST and MAP agree."""
    found, truth = answers(drawn(cell, rng), rng), len(cell.sizes)
    tally: Tally = {}
    for rule in CRITERIA:
        k = found[rule]
        if k is None:
            continue
        judged = {"exact": k == truth, "within one": abs(k - truth) <= 1, "too few": k < truth, "too many": k > truth}
        tally.update({(rule, name): (float(holds), 1.0) for name, holds in judged.items()})
        tally[rule, "number"] = (float(k), 1.0)
    if found["nest"] is not None and found["map"] is not None:
        agree = found["nest"] == found["map"]
        tally["nest and map", "agree"] = (float(agree), 1.0)
        tally["nest and map", "right where they agree"] = (float(agree and found["nest"] == truth), float(agree))
        low, high = sorted((found["nest"], found["map"]))
        tally["nest and map", "truth within their range"] = (float(low <= truth <= high), 1.0)
    return tally
