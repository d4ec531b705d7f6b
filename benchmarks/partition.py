"""Processor time of the partition model as sorts, statements and viewpoints grow. Run: ``python -m benchmarks.partition``."""

from __future__ import annotations

import time

import numpy as np

import qmethod
from benchmarks.validation.planting import GRIDS

CASES = (
    ("thirty", (10, 8, 6)),
    ("classical", (16, 11, 8, 5)),
    ("flat", (16, 11, 8, 5)),
    ("classical", (32, 22, 16, 10)),
    ("classical", (64, 44, 32, 20)),
)


def seconds(grid: qmethod.Grid, sizes: tuple[int, ...]) -> float:
    """Processor seconds of one call, that of all threads."""
    views = np.random.default_rng(1).standard_normal((grid.n_statements, len(sizes)))
    data = qmethod.simulate(views, grid, sizes, rng=1).data
    start = time.process_time()
    qmethod.partition(data, len(sizes), rng=1)
    return time.process_time() - start


def main() -> None:
    """Measure and print a table."""
    seconds(GRIDS["small"], (6, 4))  # so that imports are not measured
    print("| statements | sorts | viewpoints | seconds |\n|---:|---:|---:|---:|")
    for name, sizes in CASES:
        print(f"| {GRIDS[name].n_statements} | {sum(sizes)} | {len(sizes)} | {seconds(GRIDS[name], sizes):.1f} |", flush=True)


if __name__ == "__main__":
    main()
