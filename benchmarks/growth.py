"""Time and memory of a whole analysis as sorts grow from 30 to 1,000,000 (60 statements, four factors, principal components and varimax).

Run: ``make bench``, or ``python benchmarks/growth.py --extraction centroid`` for another extraction beside principal components; with ``--plain`` no
studies are drawn from the solution, see docs/calibration.md. Every size runs
in a process of its own, so that its peak memory is its own. The yardstick of each size, measured in the same process, is one product X X' of the same
data as 32-bit floats: what a machine needs to look at all pairs once.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import time

import numpy as np

import qmethod

SIZES = (30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
GRID = qmethod.Grid.parse("-4:3,-3:5,-2:7,-1:10,0:10,1:10,2:7,3:5,4:3")


def simulated_sorts(m: int) -> np.ndarray:
    """Forced sorts around four viewpoints; shape (60, m), 8-bit integers."""
    rng = np.random.default_rng(1)
    views = rng.standard_normal((GRID.n_statements, 4))
    sorts = np.empty((GRID.n_statements, m), np.int8)
    slots = GRID.slots().astype(np.int8)[:, None]
    for start in range(0, m, 50_000):
        end = min(m, start + 50_000)
        latent = 0.8 * views[:, rng.integers(0, 4, end - start)] + 0.7 * rng.standard_normal((GRID.n_statements, end - start))
        np.put_along_axis(sorts[:, start:end], latent.argsort(axis=0), slots, axis=0)
    return sorts


def gram_seconds(sorts: np.ndarray) -> float:
    """Fastest of three float32 Gram products of the same data."""
    single = sorts.astype(np.float32)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        single @ single.T
        times.append(time.perf_counter() - start)
    return min(times)


def measure(m: int, extraction: str, plain: bool) -> dict[str, object]:
    """One size: fastest of some runs, each step's share, peak memory above that of the data alone, and the time beside principal components."""
    sorts = simulated_sorts(m)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    best: dict[str, object] = {"seconds": math.inf}
    choices = {"contrast_errors": "normal", "calibration_studies": 0} if plain else {}
    for _ in range(3 if m >= 100_000 else 7):
        marks: list[tuple[str, float]] = []
        start = time.perf_counter()
        qmethod.analyse(sorts, 4, extraction=extraction, progress=lambda step, marks=marks: marks.append((step, time.perf_counter())), **choices)
        end = time.perf_counter()
        if end - start < best["seconds"]:
            borders = [start, *[at for _, at in marks[1:]], end]
            shares = {step: (b - a) / (end - start) for (step, _), a, b in zip(marks, borders, borders[1:], strict=False)}
            best = {"seconds": end - start, "shares": shares}
    others = [math.inf]
    for _ in range(3 if extraction != "pca" else 0):
        start = time.perf_counter()
        qmethod.analyse(sorts, 4, **choices)
        others.append(time.perf_counter() - start)
    ratio = best["seconds"] / min(others) if len(others) > 1 else 1.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"m": m, **best, "ratio": ratio, "gram": gram_seconds(sorts), "peak_mib": peak / 1024, "before_mib": before / 1024}


def slope(rows: list[dict[str, float]], least: int) -> float:
    """Slope of log time on log m over sizes from `least` up."""
    chosen = [(math.log(row["m"]), math.log(row["seconds"])) for row in rows if row["m"] >= least]
    return float(np.polyfit(*zip(*chosen, strict=True), 1)[0])


def main() -> None:
    """Measure all sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int, help="measure one size and print JSON")
    parser.add_argument("--extraction", default="pca", help="of the analysis that is measured")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="largest size")
    parser.add_argument("--plain", action="store_true", help="draw no studies from the solution")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.extraction, arguments.plain)))
        return
    rows = []
    print(f"{'sorts':>9}  {'seconds':>8}  {'peak MiB':>8}  {'x Gram':>7}  {'x PCA':>6}  share of each step in percent")
    for m in (size for size in SIZES if size <= arguments.most):
        called = [sys.executable, __file__, "--only", str(m), "--extraction", arguments.extraction, *(["--plain"] if arguments.plain else [])]
        done = subprocess.run(called, check=True, capture_output=True, text=True)
        row = json.loads(done.stdout)
        rows.append(row)
        shares = ", ".join(f"{step} {100 * share:.0f}" for step, share in row["shares"].items())
        print(
            f"{m:>9,}  {row['seconds']:>8.4f}  {row['peak_mib']:>8.0f}  {row['seconds'] / row['gram']:>7.1f}  {row['ratio']:>6.2f}  {shares}",
            flush=True,
        )
    if rows[-1]["m"] > 10_000:
        print(f"slope of log time on log sorts from 10,000 up: {slope(rows, 10_000):.2f}")


if __name__ == "__main__":
    main()
