"""Time and memory of asking how many viewpoints there are, as sorts grow; and how often the criteria are right on sorts whose viewpoints are known.

Run: ``python -m benchmarks.retention`` (times), ``--accuracy 300`` (sets per case; takes some minutes). Every size runs in a process of its own, so
that its peak memory is its own. Four viewpoints, 40 statements, 100 sets of random sorts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np

import qmethod
from qmethod import Policies, QData
from qmethod.method.correlation import correlate
from qmethod.retention.criteria import CRITERIA, Table
from qmethod.retention.retain import retain
from qmethod.simulation import random_sorts, simulate
from qmethod.threads import one_thread

SIZES = (10, 20, 40, 80, 160, 320, 1_000, 3_000, 10_000)
GRID = qmethod.Grid.parse("-4:2,-3:4,-2:5,-1:5,0:8,1:5,2:5,3:4,4:2")
CLASSICAL = qmethod.Grid.parse("-4:2,-3:4,-2:5,-1:6,0:8,1:6,2:5,3:4,4:2")


def planted(grid: qmethod.Grid, sizes: tuple[int, ...], common: float, rng: np.random.Generator) -> QData:
    """Sorts of people who hold viewpoints that share so much of their variance; loadings .6 to .8."""
    n = grid.n_statements
    views = np.sqrt(common) * rng.standard_normal((n, 1)) + np.sqrt(1 - common) * rng.standard_normal((n, len(sizes)))
    return simulate(views, grid, sizes, rng).data


def nest_alone(data: QData, rng: np.random.Generator) -> None:
    """Parallel analysis and NEST, without the rest of the table."""
    table = Table(data, Policies(), correlate(data), 8, 100, lambda _step, _done, _total: None)
    with one_thread():
        table.nest(table.parallel(rng), rng, True)


def measure(m: int) -> dict[str, float]:
    """Fastest of some runs, and peak memory above that of the sorts alone."""
    data = planted(GRID, (m - 3 * (m // 4), *[m // 4] * 3), 0.0, np.random.default_rng(1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    works = {
        "all": lambda: retain(data, rng=np.random.default_rng(1)),
        "nest": lambda: nest_alone(data, np.random.default_rng(1)),
        "without": lambda: retain(data, rng=np.random.default_rng(1), nest=False, n_random=39),
    }
    seconds = {}
    for name, work in works.items():
        best = float("inf")
        for _ in range(7 if m < 1000 else 2):
            start = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - start)
        seconds[name] = best
    return {**seconds, "mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}


def accuracy(n_sets: int) -> None:
    """How often each criterion finds what was planted, and viewpoints where there are none."""
    cases: list[tuple[str, int, float | None, int]] = [(f"random, {m} sorts", 0, None, m) for m in (20, 30, 60)]
    cases += [(f"16, 11, 8, 5, {100 * c:.0f} % common", 4, c, 40) for c in (0.4, 0.0)]
    print("| case | criterion | exactly right | within one | too many |\n|---|---|---|---|---|")
    for name, truth, common, m in cases:
        rng, answers = np.random.default_rng(99), []
        for seed in range(n_sets):
            data = QData(random_sorts(CLASSICAL, m, rng)) if common is None else planted(CLASSICAL, (16, 11, 8, 5), common, rng)
            answers.append(retain(data, rng=np.random.default_rng(seed), max_factors=8 if truth else 3).answers)
        for criterion in CRITERIA:
            found = np.array([-1 if answer[criterion] is None else answer[criterion] for answer in answers])
            shares = (found == truth).mean(), (np.abs(found - truth) <= 1).mean(), (found > truth).mean()
            print(f"| {name} | {criterion} | " + " | ".join(f"{share:.3f}" for share in shares) + " |", flush=True)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accuracy", type=int, metavar="SETS", help="how often the criteria are right, over so many sets per case")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.accuracy:
        accuracy(arguments.accuracy)
        return
    if arguments.size:
        print(json.dumps(measure(arguments.size)))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, numpy {np.__version__}")
    print("| sorts | whole table, s | NEST and parallel analysis alone, s | without NEST, 39 random sets, s | memory, MiB |\n|---|---|---|---|---|")
    for m in SIZES:
        done = subprocess.run([sys.executable, "-m", "benchmarks.retention", "--size", str(m)], capture_output=True, text=True, check=True)
        row = json.loads(done.stdout)
        print(f"| {m:,} | {row['all']:.2f} | {row['nest']:.2f} | {row['without']:.2f} | {row['mib']:.0f} |", flush=True)
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
