"""The Bayesian partition model beside the default on the same data: viewpoints found, intervals, who holds what, claims and refusals."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from benchmarks.validation.calibrated import study
from benchmarks.validation.planting import GRIDS, NAMED, Cell, Indices, Tally, planted
from qmethod import analyse
from qmethod.bayesian.partitioning import Partition, partition
from qmethod.data import FloatArray, QData
from qmethod.matching.congruence import FAIR, align
from qmethod.resampling.resamples import balanced_counts, plan, resample
from qmethod.simulation import random_sorts

REPLICATES = 500
ASKED = 3
"""Viewpoints asked of random sorts."""
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)


def _cell(sizes: tuple[int, ...], loadings: tuple[float, float], common: float, grid: str = "classical", twist: str = "") -> Cell:
    name = f"{'-'.join(map(str, sizes))}, loadings {loadings[0]} to {loadings[1]}, correlation {common}, {grid} grid{twist and f', {twist}'}"
    return Cell("partition", name, sizes, loadings, common, sum(sizes), grid, 1 / 15 if twist else 1 / 5, twist=twist)


LOOSE = (
    _cell(NAMED, (0.4, 0.6), 0.0),
    _cell(NAMED, (0.4, 0.6), 0.4),
    _cell((10, 8, 6), (0.4, 0.6), 0.3, "thirty"),
    _cell((14, 13, 13), (0.4, 0.6), 0.0),
)
CELLS = (
    *LOOSE,
    _cell(NAMED, (0.6, 0.8), 0.0),
    _cell(NAMED, (0.6, 0.8), 0.4),
    _cell(NAMED, (0.5, 0.7), 0.4, twist="two views"),
    _cell(NAMED, (0.5, 0.7), 0.4, twist="opponents"),
    _cell(NAMED, (0.5, 0.7), 0.4, twist="random sorters"),
    _cell(NAMED, (0.5, 0.7), 0.4, twist="heavy noise"),
    _cell(NAMED, (0.5, 0.7), 0.4, twist="themes"),
    _cell(NAMED, (0.5, 0.7), 0.4, twist="one factor too many"),
    Cell("partition", "random sorts, classical grid", (), sorts=40, times=1 / 5),
)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Both ways on one data set."""
    if not cell.sizes:
        random = partition(QData(random_sorts(GRIDS[cell.grid], cell.sorts, rng)), ASKED, rng=rng)
        return {("partition", "borne"): (float(random.found.all()), 1.0), ("partition", "unclassified"): _share(random.members < 0)}
    held: Indices | None = None
    if cell.twist:
        drawn = study(cell, rng)
        data, truth = QData.from_array(drawn.sorts), drawn.truth
    else:
        plain = planted(cell, rng)
        data, truth, held = plain.simulated.data, plain.truth, plain.simulated.membership
    asked = len(cell.sizes) + (cell.twist == "one factor too many")
    solution = analyse(data, asked, calibration_studies=0, contrast_errors="normal")
    found = partition(data, asked, rng=rng)
    tally: Tally = {}
    counts = balanced_counts(solution.data, REPLICATES, rng)
    resampled = resample(plan(solution, None), counts).z_scores
    with np.errstate(invalid="ignore"):
        low, high = np.nanquantile(resampled, (0.025, 0.975), axis=0)
    _viewpoints(tally, "default", cell, solution.scores.z_scores, low, high, truth)
    _viewpoints(tally, "partition", cell, found.z_scores, found.low, found.high, truth)
    tally["partition", "borne"] = (float(found.found.all()), 1.0)
    tally["partition", "chains disagree"] = (float((found.r_hat > 1.1).sum()), float(asked))
    tally["partition", "unclassified"] = _share(found.members < 0)
    alignment = align(found.z_scores, truth)
    _claims(tally, found, truth, alignment.order, alignment.signs)
    if held is not None:
        _members(tally, found, held, alignment.order)
    return tally


def _share(values: np.ndarray) -> tuple[float, float]:  # type: ignore[type-arg]
    return float(values.sum()), float(values.size)


def _viewpoints(tally: Tally, rule: str, cell: Cell, z: FloatArray, low: FloatArray, high: FloatArray, truth: FloatArray) -> None:
    """Viewpoints found, and intervals of those that can be matched."""
    alignment = align(z, truth)
    tally[rule, "found"] = _share(alignment.phi >= FAIR)
    tally[rule, "phi"] = (float(np.nan_to_num(alignment.phi).sum()), float(len(cell.sizes)))
    for j, size in enumerate(cell.sizes):
        column, sign = int(alignment.order[j]), alignment.signs[j]
        for measure in (f"found {size}", "coverage", "width"):
            tally.setdefault((rule, measure), (0.0, 0.0))
        _add(tally, rule, f"found {size}", float(alignment.phi[j] >= FAIR), 1.0)
        if column < 0:
            continue
        true = truth[:, j] * sign
        usable = np.isfinite(low[:, column]) & np.isfinite(high[:, column])
        inside = usable & (low[:, column] <= true) & (true <= high[:, column])
        _add(tally, rule, "coverage", float(inside.sum()), float(usable.sum()))
        _add(tally, rule, "width", float((high - low)[usable, column].sum()), float(usable.sum()))


def _add(tally: Tally, rule: str, measure: str, hits: float, tests: float) -> None:
    before = tally.get((rule, measure), (0.0, 0.0))
    tally[rule, measure] = (before[0] + hits, before[1] + tests)


def _claims(tally: Tally, found: Partition, truth: FloatArray, order: Indices, signs: FloatArray) -> None:
    """Of the differences claimed between matched viewpoints, the false ones, and how many were expected."""
    expected = false = made = equal = large = large_claimed = 0.0
    for a, b in combinations(range(truth.shape[1]), 2):
        for first, second in ((a, b), (b, a)):
            i, j = int(order[first]), int(order[second])
            gap = truth[:, first] - truth[:, second]
            if signs[first] != signs[second]:
                continue
            up, down = (i, j) if signs[first] > 0 else (j, i)
            claimed = found.claimed[:, up, down]
            made += claimed.sum()
            false += (claimed & (gap <= 1e-9)).sum()
            equal += (claimed & (np.abs(gap) <= 1e-9)).sum()
            expected += (1 - found.higher[:, up, down])[claimed].sum()
            large += (np.abs(gap - 1) < 0.1).sum()
            large_claimed += (claimed & (np.abs(gap - 1) < 0.1)).sum()
    tally["claims", "expected false"] = (float(expected), float(made))
    tally["claims", "false"] = (float(false), float(made))
    tally["claims", "equal"] = (float(equal), float(made))
    tally["claims", "power 1"] = (float(large_claimed), float(large))
    tally["claims", "a study"] = (float(made), 1.0)


def _members(tally: Tally, found: Partition, held: Indices, order: Indices) -> None:
    """Whether people hold what they are said to hold, by the probability that is said."""
    said = found.holds[:, order]
    right = held[:, None] == np.arange(said.shape[1])
    which = np.clip(np.digitize(said, BINS) - 1, 0, len(BINS) - 2)
    for b, top in enumerate(BINS[1:]):
        here = which == b
        tally["members", f"said {top}"] = (float(said[here].sum()), float(here.sum()))
        tally["members", f"true {top}"] = (float(right[here].sum()), float(here.sum()))
    sure = said.max(axis=1) >= 0.8
    tally["members", "sure and right"] = (float((right[np.arange(len(held)), said.argmax(axis=1)] & sure).sum()), float(sure.sum()))
