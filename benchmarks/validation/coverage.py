"""How often 95 % intervals for z-scores hold the truth, by the size of the viewpoint; and how wide they are."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from benchmarks.validation.contrasts import EFFECTS, NEAR, NORMAL, matched, standard_errors
from benchmarks.validation.planting import NAMED, Cell, Tally, planted
from qmethod import Policies, analyse
from qmethod.data import FloatArray
from qmethod.matching.congruence import align
from qmethod.resampling.bootstrap import INTERVALS, summarise
from qmethod.resampling.resamples import balanced_counts, plan, resample

LEVEL = 0.95
QUANTILE = 1.959964
REPLICATES = 500

CELLS = tuple(
    Cell("coverage", f"{'-'.join(map(str, NAMED))}, loadings {low} to {high}, correlation {common}", NAMED, (low, high), common, sum(NAMED))
    for low, high in ((0.6, 0.8), (0.4, 0.6))
    for common in (0.0, 0.4)
)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Intervals of every kind on one data set, those of the bootstrap from the same resamples."""
    study = planted(cell, rng)
    solution = analyse(study.simulated.data, len(cell.sizes), **NORMAL)
    found, alignment = matched(solution, study.truth), align(solution.scores.z_scores, study.truth)
    truth = study.truth[:, found.which] * alignment.signs[found.which]  # turned as the factors found are
    columns = alignment.order[found.which]
    z = solution.scores.z_scores[:, columns]
    counts = balanced_counts(solution.data, REPLICATES, rng)
    resampled = resample(plan(solution, None), counts)
    intervals: dict[str, tuple[FloatArray, FloatArray]] = {}
    for kind in INTERVALS:
        spread = summarise(solution, resampled, counts, LEVEL, kind).z_scores
        intervals[kind] = (spread.low[:, columns], spread.high[:, columns])
        intervals["bootstrap SE"] = _around(z, spread.standard_error[:, columns])
    errors = {name: standard_errors(found, Policies.preset("standard", reliability=name, **NORMAL)) for name in ("observed", "fixed")}
    intervals["observed SE"], intervals["classical SE"] = _around(z, errors["observed"]), _around(z, errors["fixed"])
    tally: Tally = {}
    for kind, (low, high) in intervals.items():
        for j, size in enumerate(np.array(cell.sizes)[found.which].tolist()):
            usable = np.isfinite(low[:, j]) & np.isfinite(high[:, j])
            held = usable & (low[:, j] <= truth[:, j]) & (truth[:, j] <= high[:, j])
            tests = float(usable.sum())
            tally[kind, f"coverage {size}"] = (float(held.sum()), tests)
            tally[kind, f"width {size}"] = (float((high - low)[usable, j].sum()), tests)
    oriented = resampled.z_scores[:, :, columns] * alignment.signs[found.which]
    _differences(tally, study.truth[:, found.which], z * alignment.signs[found.which], errors["observed"], oriented)
    for size, phi in zip(cell.sizes, found.phi.tolist(), strict=True):
        tally["recovery", f"phi {size}"] = (phi, 1.0)
    return tally


def _differences(tally: Tally, truth: FloatArray, z: FloatArray, errors: FloatArray, resampled: FloatArray) -> None:
    """Contrasts by what resamples say of each difference, its standard error or its percentile interval; beside them those of the observed r.

    Parameters
    ----------
    tally : Tally
    truth, z : ndarray of shape (n, f)
    errors : ndarray of shape (f,)
        Standard errors from the observed r.
    resampled : ndarray of shape (B, n, f)
    """
    for i, j in combinations(range(truth.shape[1]), 2):
        gap, found, drawn = truth[:, i] - truth[:, j], z[:, i] - z[:, j], resampled[:, :, i] - resampled[:, :, j]
        drawn = drawn[~np.isnan(drawn).any(axis=1)]
        if len(drawn) < 2:
            continue
        low, high = np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
        sed = np.hypot(errors[i], errors[j])
        declared = {
            "observed SE": np.abs(found) > QUANTILE * sed,
            "bootstrap SE": np.abs(found) > QUANTILE * drawn.std(axis=0, ddof=1),
            "percentile": (low > 0) | (high < 0),
        }
        for rule, apart in declared.items():
            for measure, there in {"false": gap == 0, **{f"power {e}": np.abs(np.abs(gap) - e) < NEAR for e in EFFECTS}}.items():
                hits, tests = tally.get((rule, measure), (0.0, 0.0))
                tally[rule, measure] = (hits + float((apart & there).sum()), tests + float(there.sum()))


def _around(z: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The interval of normal theory, for z of shape (n, f)."""
    half = QUANTILE * np.broadcast_to(error, z.shape)
    return z - half, z + half
