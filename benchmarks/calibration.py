"""How right the figures of `qmethod.calibrate` are, on planted studies whose truth is known.

    python -m benchmarks.calibration [--sets 100]

For each kind of study: how often a difference is declared where there is none, at .05, by the normal 1.96 and by the calibrated value,
both with standard errors from the observed correlations; how often a true difference of 1 is found; how often the bound on the range of
the viewpoints holds; how often viewpoints lie within 1.0 of one another where that is given a probability of .8 or more; and processor
seconds for a calibration.
"""

from __future__ import annotations

import argparse
import time
from itertools import combinations

import numpy as np

from benchmarks.validation.contrasts import CELLS, matched
from benchmarks.validation.planting import Cell, planted
from qmethod import analyse, calibrate

LEVEL, EFFECT, NEAR, LIKELY = 0.05, 1.0, 0.1, 0.8
CHOSEN = (
    "16-11-8-5, loadings 0.6 to 0.8, correlation 0.4, small grid",
    "16-11-8-5, loadings 0.4 to 0.6, correlation 0.4",
    "16-11-8-5, loadings 0.4 to 0.6, correlation 0.0",
    "16-11-8-5, loadings 0.6 to 0.8, correlation 0.4",
    "16-16-16-16, loadings 0.4 to 0.6, correlation 0.4",
    "14-13-13, loadings 0.6 to 0.8, correlation 0.4",
    "5-5-5-5, loadings 0.6 to 0.8, correlation 0.4",
)


def one(cell: Cell, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Hits and tests of one study, by what is counted."""
    study = planted(cell, rng)
    solution = analyse(study.simulated.data, len(cell.sizes), reliability="observed")
    began = time.process_time()
    made = calibrate(solution, rng=1)
    seconds = time.process_time() - began
    found = matched(solution, study.truth)
    true, z = study.truth[:, found.which], found.z
    errors = np.sqrt(1 - solution.characteristics.reliability)
    order = [int(np.argmax(np.abs(np.corrcoef(z[:, j], np.nan_to_num(solution.scores.z_scores), rowvar=False)[0, 1:]))) for j in range(z.shape[1])]
    tally: dict[str, tuple[float, float]] = {"seconds": (seconds, 1.0)}
    for first, second in combinations(range(z.shape[1]), 2):
        gap, ratio = true[:, first] - true[:, second], np.abs(z[:, first] - z[:, second]) / np.hypot(*errors[[order[first], order[second]]])
        right = np.sign(z[:, first] - z[:, second]) == np.sign(gap)
        for rule, critical in (("1.96", 1.96), ("calibrated", made.errors.critical(LEVEL) if made.errors else 1.96)):
            declared = ratio > critical
            for name, hits, tests in (
                (f"false, {rule}", declared & (gap == 0), gap == 0),
                (f"found, {rule}", declared & right & (np.abs(np.abs(gap) - EFFECT) < NEAR), np.abs(np.abs(gap) - EFFECT) < NEAR),
            ):
                before = tally.get(name, (0.0, 0.0))
                tally[name] = (before[0] + float(hits.sum()), before[1] + float(tests.sum()))
    if z.shape[1] == len(cell.sizes) == len(solution.factors):
        ranges = np.ptp(true, axis=1)
        likely = made.shared.within >= LIKELY
        tally["bound holds"] = (float((ranges <= made.shared.bound).sum()), float(len(ranges)))
        tally["within 1 where likely"] = (float((likely & (ranges < 1)).sum()), float(likely.sum()))
    return tally


def main() -> None:
    """Print a line for each kind of study."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sets", type=int, default=100, help="studies of each kind")
    sets = parser.parse_args().sets
    for cell in (cell for cell in CELLS if cell.name in CHOSEN):
        rng, total = np.random.default_rng([11, len(cell.name), len(cell.sizes)]), {}
        for _ in range(sets):
            for name, (hits, tests) in one(cell, rng).items():
                before = total.get(name, (0.0, 0.0))
                total[name] = (before[0] + hits, before[1] + tests)
        said = [f"{name} {100 * hits / max(tests, 1):.1f} %" for name, (hits, tests) in total.items() if name != "seconds"]
        print(f"{cell.name}: {'; '.join(said)}; {total['seconds'][0] / sets:.2f} s", flush=True)


if __name__ == "__main__":
    main()
