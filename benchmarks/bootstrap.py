"""Time of the bootstrap as resamples, sorts and factors grow, against a plain loop over the whole analysis.

Run: ``python -m benchmarks.bootstrap``. Everything is principal components with varimax on forced sorts of 40 statements; times include the
drawing, the rotation, the match with the full sample, flags, z-scores, arrays and all intervals.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import qmethod
from qmethod.matching.congruence import align
from qmethod.resampling.bootstrap import bootstrap
from qmethod.resampling.resamples import balanced_counts

LIPSET = Path(__file__).parents[1] / "tests" / "reference" / "lipset" / "sorts.csv"
GRID = qmethod.Grid.parse("-4:2,-3:3,-2:5,-1:6,0:8,1:6,2:5,3:3,4:2")


def simulated(m: int, k: int) -> qmethod.QData:
    """Forced sorts, each around one of k viewpoints, with loadings of about .7."""
    rng = np.random.default_rng(1)
    n = GRID.n_statements
    views = rng.standard_normal((n, k))
    latent = 0.7 * views[:, np.arange(m) % k] + np.sqrt(0.51) * rng.standard_normal((n, m))
    sorts = np.empty((n, m), dtype=int)
    np.put_along_axis(sorts, latent.argsort(axis=0), GRID.slots().astype(int)[:, None], axis=0)
    return qmethod.QData.from_array(sorts)


def fastest(work: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest run."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def seconds(m: int, k: int, n_replicates: int, runs: int = 3, **policies: str) -> float:
    """Seconds of one bootstrap."""
    solution = qmethod.analyse(simulated(m, k), k, **policies)
    return fastest(lambda: bootstrap(solution, n_replicates, rng=np.random.default_rng(1)), runs)


def loop_seconds(m: int, k: int, n_replicates: int) -> float:
    """Seconds of a plain loop: each resample written out, analysed and matched, without any summary."""
    solution = qmethod.analyse(simulated(m, k), k)
    counts = balanced_counts(solution.data, n_replicates, np.random.default_rng(1))

    def work() -> None:
        for row in counts:
            again = qmethod.analyse(solution.data.sorts[:, np.repeat(np.arange(m), row)], k)
            align(again.scores.z_scores, solution.scores.z_scores)

    return fastest(work, 1)


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the yardstick only: 40 sorts, 4 factors, 2,000 resamples")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, numpy {np.__version__}")
    seconds(40, 4, 100)  # so that imports and the first use of the libraries are not measured
    yardstick = seconds(40, 4, 2000, runs=7)
    print(f"40 sorts, 40 statements, 4 factors, 2,000 resamples: {yardstick:.2f} s")
    if arguments.quick:
        return
    for title, cases in (
        ("resamples (40 sorts, 4 factors)", [(40, 4, b) for b in (250, 500, 1000, 2000, 4000, 8000)]),
        ("sorts (4 factors, 1,000 resamples)", [(m, 4, 1000) for m in (20, 40, 80, 160, 320, 1000)]),
        ("factors (40 sorts, 1,000 resamples)", [(40, k, 1000) for k in (1, 2, 3, 4, 5, 6, 8)]),
    ):
        print(f"\n{title}\n| sorts | factors | resamples | seconds |\n|---|---|---|---|")
        for m, k, b in cases:
            print(f"| {m} | {k} | {b:,} | {seconds(m, k, b, runs=2):.2f} |", flush=True)
    plain, centroid = loop_seconds(40, 4, 100) * 20, seconds(40, 4, 100, runs=1, extraction="centroid") * 20
    print(f"\n2,000 resamples in a plain loop over analyse (100 measured): {plain:.0f} s, {plain / yardstick:.0f} times as long")
    print(f"2,000 resamples with the centroid in one process (100 measured): {centroid:.0f} s")
    lipset = qmethod.analyse(qmethod.read(LIPSET), 3)
    few = fastest(lambda: bootstrap(lipset, 50, rng=np.random.default_rng(1)), 5)
    print(f"50 resamples of lipset (9 sorts, 33 statements, 3 factors): {few:.3f} s")
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
