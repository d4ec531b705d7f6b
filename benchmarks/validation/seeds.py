"""How far the answer of NEST depends on the seed: every study is asked eight times."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from benchmarks.validation import retention
from benchmarks.validation.planting import NAMED, Cell, Tally
from qmethod.retention.criteria import LEVEL
from qmethod.retention.row import RetentionRow

SEEDS = 8


def _cell(sizes: tuple[int, ...], loadings: tuple[float, float], common: float) -> Cell:
    low, high = loadings
    return Cell("seeds", f"{'-'.join(map(str, sizes))}, loadings {low} to {high}, common {common}", sizes, loadings, common, sum(sizes), times=1 / 3)


CELLS = (_cell(NAMED, (0.6, 0.8), 0.4), _cell(NAMED, (0.4, 0.6), 0.0), _cell((14, 13, 13), (0.5, 0.7), 0.4))


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Whether eight seeds give one answer, whether each two that differ say that it could be either, and how many sets were drawn."""
    data = retention.drawn(cell, rng)
    asked = []
    for stream in rng.spawn(SEEDS):
        table = retention.table_of(data, retention.MOST)
        streams = stream.spawn(2)
        table.nest(table.parallel(streams[0]), streams[1], True)
        rows = [RetentionRow(k, **cells) for k, cells in enumerate(table.cells)]
        near = any(row.nest_low is not None and row.nest_high is not None and row.nest_low < LEVEL < row.nest_high for row in rows)
        asked.append((table.answers["nest"], near, sum(row.nest_sets or 0 for row in rows)))
    differ = [(first, second) for first, second in combinations(asked, 2) if first[0] != second[0]]
    return {
        ("nest", "equal"): (float(not differ), 1.0),
        ("nest", "equal or told"): (float(not any(not first[1] and not second[1] for first, second in differ)), 1.0),
        ("nest", "told"): (float(sum(near for _, near, _ in asked)), float(SEEDS)),
        ("nest", "sets"): (float(sum(sets for _, _, sets in asked)), float(SEEDS)),
    }
