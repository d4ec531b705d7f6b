"""Draw every cell many times, on all cores, and add up; what is finished is kept, so that an interrupted run goes on where it was.

Each data set has a seed of its own, made of the seed of the run, the cell and the number of the data set. Neither the number of processes nor
the choice or order of cells changes a figure.
"""

from __future__ import annotations

import json
import math
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.validation import assigning, calibrated, chances, contrasts, coverage, partition, placing, repeated, retention, seeds, telling, themes
from benchmarks.validation.planting import Cell, Tally

PARTS: dict[str, Callable[[Cell, np.random.Generator], Tally]] = {
    "retention": retention.one,
    "themes": themes.one,
    "calibrated": calibrated.one,
    "seeds": seeds.one,
    "chances": chances.one,
    "contrasts": contrasts.one,
    "coverage": coverage.one,
    "classify": assigning.one,
    "places": placing.one,
    "partition": partition.one,
    "telling": telling.one,
    "occasions": repeated.one,
}
CELLS = (
    *(*retention.CELLS, *themes.CELLS, *seeds.CELLS, *chances.CELLS, *contrasts.CELLS),
    *(*calibrated.CELLS, *coverage.CELLS, *assigning.CELLS, *placing.CELLS, *partition.CELLS, *telling.CELLS, *repeated.CELLS),
)

Row = dict[str, str | int | float]


def draw(cell: Cell, seed: int, index: int) -> Tally:
    """One data set of a cell."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{cell.part} {cell.name}".encode()), index])
    return PARTS[cell.part](cell, rng)


def drawn(cell: Cell, sets: int) -> int:
    """How many data sets a cell gets."""
    return max(1, round(sets * cell.times))


def measured(cell: Cell, sets: int, seed: int, pool: Executor) -> list[Row]:
    """Rows of a cell: rule, measure, how many data sets and tests, the rate and its Monte Carlo standard error.

    Parameters
    ----------
    cell : Cell
    sets : int
        Data sets, before `Cell.times`.
    seed : int
    pool : Executor

    Notes
    -----
    Tests within one data set are not independent. The rate is a ratio of sums over data sets, r = sum h / sum t, and its standard error is
    that of such a ratio, sqrt(sum (h - r t)^2) / sum t.
    """
    tallies = list(pool.map(partial(draw, cell, seed), range(drawn(cell, sets)), chunksize=5))
    return summed(cell.name, tallies)


def summed(name: str, tallies: Sequence[Tally]) -> list[Row]:
    """`tallies` of all data sets as rows, in the order in which rules and measures first turn up."""
    rows: list[Row] = []
    for rule, measure in dict.fromkeys(key for tally in tallies for key in tally):
        pairs = [tally[rule, measure] for tally in tallies if (rule, measure) in tally]
        hits, tests = math.fsum(h for h, _ in pairs), math.fsum(t for _, t in pairs)
        if not tests:
            continue
        rate = hits / tests
        error = math.sqrt(math.fsum((h - rate * t) ** 2 for h, t in pairs)) / tests
        rows.append(
            {
                "cell": name,
                "rule": rule,
                "measure": measure,
                "sets": len(pairs),
                "tests": round(tests),
                "rate": round(rate, 5),
                "error": round(error, 5),
            }
        )
    return rows


def run(cells: Iterable[Cell], sets: int, seed: int, kept: Path, pool: Executor, say: Callable[[str], None]) -> dict[str, list[Row]]:
    """Rows of each part. A cell that `kept` holds is read from there, any other is drawn and kept.

    Parameters
    ----------
    cells : iterable of Cell
    sets, seed : int
    kept : Path
        A folder, made where it is missing.
    pool : Executor
    say : callable
        Gets a line about each cell.
    """
    kept.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[Row]] = {}
    todo = list(cells)
    for number, cell in enumerate(todo, 1):
        file = kept / f"{cell.part}-{zlib.crc32(cell.name.encode()):08x}.json"
        where = f"{number}/{len(todo)} {cell.part}: {cell.name}"
        if file.exists():
            say(f"{where}, kept from before")
            rows.setdefault(cell.part, []).extend(json.loads(file.read_text(encoding="utf-8")))
            continue
        start = time.perf_counter()
        done = measured(cell, sets, seed, pool)
        draft = file.with_suffix(".part")
        draft.write_text(json.dumps(done), encoding="utf-8")
        draft.replace(file)
        say(f"{where}, {drawn(cell, sets)} data sets in {time.perf_counter() - start:.0f} s")
        rows.setdefault(cell.part, []).extend(done)
    return rows
