"""How right the probabilities of places are, by studies drawn from the solution and by the bootstrap; with viewpoints of three sorts among them."""

from __future__ import annotations

import numpy as np

from benchmarks.validation.contrasts import matched
from benchmarks.validation.planting import GRIDS, NAMED, Cell, Tally, planted
from qmethod import analyse, bootstrap
from qmethod.data import Array, FloatArray
from qmethod.matching.congruence import align

REPLICATES = 500
BINS = tuple(round(0.1 * b, 1) for b in range(11))
FEW = 5
"""Defining sorts below which intervals are widened."""


def _cell(sizes: tuple[int, ...], loadings: tuple[float, float], common: float, grid: str = "classical") -> Cell:
    name = f"{'-'.join(map(str, sizes))}, loadings {loadings[0]} to {loadings[1]}, correlation {common}, {grid} grid"
    return Cell("places", name, sizes, loadings, common, sum(sizes), grid)


CELLS = (
    _cell(NAMED, (0.6, 0.8), 0.4),
    _cell(NAMED, (0.6, 0.8), 0.4, "small"),
    _cell(NAMED, (0.4, 0.6), 0.0),
    _cell(NAMED, (0.4, 0.6), 0.4),
    _cell((14, 13, 13), (0.6, 0.8), 0.4),
    _cell((20, 20, 20, 20), (0.4, 0.6), 0.4, "flat"),
    _cell((10, 6, 3), (0.6, 0.8), 0.2, "small"),
    _cell((10, 6, 3), (0.5, 0.7), 0.0),
    _cell((14, 10, 3, 3), (0.6, 0.8), 0.4, "thirty"),
)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Intervals and probabilities of one data set against the array and the z-scores of the planted viewpoints."""
    study = planted(cell, rng)
    solution = analyse(study.simulated.data, len(cell.sizes))
    found, alignment = matched(solution, study.truth), align(solution.scores.z_scores, study.truth)
    truth = study.truth[:, found.which] * alignment.signs[found.which]
    columns = alignment.order[found.which]
    resampled = bootstrap(solution, REPLICATES, rng=rng)
    values, true = resampled.arrays.values, laid_out(truth, GRIDS[cell.grid].slots())
    tally: Tally = {}
    held = (resampled.z_scores.low[:, columns] <= truth) & (truth <= resampled.z_scores.high[:, columns])
    there = np.isfinite(resampled.z_scores.low[:, columns])
    for words, few in (("few", True), ("more", False)):
        mine = np.broadcast_to((resampled.n_defining[columns] < FEW) == few, held.shape) & there
        tally["z interval", words] = (float((held & mine).sum()), float(mine.sum()))
    sources = {"repetitions": resampled.arrays}
    if solution.calibration is not None:
        sources["studies"] = solution.calibration.places  # type: ignore[assignment]
    for name, said in sources.items():
        low, high, probability = said.low[:, columns], said.high[:, columns], said.probability[:, columns]
        known = np.isfinite(low)
        tally[name, "interval"] = (float(((low <= true) & (true <= high) & known).sum()), float(known.sum()))
        tally[name, "width"] = (float((high - low)[known].sum()), float(known.sum()))
        _probabilities(tally, name, probability, true[:, :, None] == values)
    return tally


def laid_out(z: FloatArray, slots: Array) -> FloatArray:
    """The places of z-scores, (n, f), in the order of their size."""
    placed = np.empty(z.shape)
    np.put_along_axis(placed, z.argsort(axis=0), np.broadcast_to(np.sort(slots)[:, None], z.shape), axis=0)
    return placed


def _probabilities(tally: Tally, name: str, said: FloatArray, hit: Array) -> None:
    """By the probability said of a place: its mean, and how often the statement truly has it."""
    known = np.isfinite(said)
    which = np.clip((said * (len(BINS) - 1)).astype(float), 0, len(BINS) - 2)
    for b, high in enumerate(BINS[1:]):
        here = known & (np.nan_to_num(which, nan=-1).astype(int) == b)
        if here.any():
            tally[name, f"said {high}"] = (float(said[here].sum()), float(here.sum()))
            tally[name, f"true {high}"] = (float(hit[here].sum()), float(here.sum()))
