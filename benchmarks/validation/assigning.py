"""How well new people are told apart by viewpoints that a study found: whole sorts and short ones, holders and others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.validation.contrasts import NORMAL
from benchmarks.validation.planting import GRIDS, NAMED, Cell, Planted, Tally, ordered_scores, planted
from qmethod import Grid, QSolution, analyse
from qmethod.classification.classifying import classify
from qmethod.classification.shortening import shorten
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError
from qmethod.matching.congruence import align
from qmethod.simulation import random_sorts, simulate

HOLDERS = 10
"""New people for each viewpoint of the study."""
OTHERS = 5
"""New people who sort at random, and as many who hold a viewpoint that nobody in the study held."""
SHORT = Grid.parse("-3:1,-2:2,-1:2,0:2,1:2,2:2,3:1")
WHOLE, FEW, PLAIN = "all statements", f"{SHORT.n_statements} statements", "formula alone"
"""What is placed; and with all placed, the probabilities before they are tried on studies drawn from the solution."""
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Edges of the bins of predicted probabilities, the upper edge of each among it."""
UNLIKE = 0.05


def _cell(sizes: tuple[int, ...], loadings: tuple[float, float], common: float, grid: str = "classical") -> Cell:
    words = f"{'-'.join(map(str, sizes))}, loadings {loadings[0]} to {loadings[1]}, correlation {common}"
    return Cell("classify", words if grid == "classical" else f"{words}, {grid} grid", sizes, loadings, common, sum(sizes), grid)


CELLS = (
    *(_cell(NAMED, loadings, common) for loadings in ((0.6, 0.8), (0.4, 0.6)) for common in (0.0, 0.4)),
    _cell((10, 8, 6), (0.4, 0.6), 0.3, "thirty"),
    _cell((15, 15, 10), (0.4, 0.6), 0.4, "flat"),
)


def ways(cell: Cell) -> tuple[str, ...]:
    """What new people place: all statements, and on the classical grid twelve as well."""
    return (WHOLE, FEW) if cell.grid == "classical" else (WHOLE,)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Classify new people by the viewpoints of one study, with all statements and with the twelve that `shorten` chooses."""
    study = planted(cell, rng, spare=1)
    k = len(cell.sizes)
    solution = analyse(study.simulated.data, k, **NORMAL)
    order = align(solution.scores.z_scores, study.truth[:, :k]).order
    if (order < 0).any():
        return {("analysis", "a viewpoint has no factor"): (1.0, 1.0)}
    factor = np.append(order, k)
    tally: Tally = {("analysis", "a viewpoint has no factor"): (0.0, 1.0)}
    everything = np.arange(len(study.truth))
    _judge(tally, WHOLE, cell, study, solution, factor, everything, GRIDS[cell.grid], rng)
    if FEW not in ways(cell):
        return tally
    try:
        chosen = np.array(shorten(solution, longest=SHORT.n_statements, rng=rng).order)
        tally["analysis", "too few defining sorts to shorten"] = (0.0, 1.0)
    except DataError:
        tally["analysis", "too few defining sorts to shorten"] = (1.0, 1.0)
        return tally
    _judge(tally, FEW, cell, study, solution, factor, chosen, SHORT, rng)
    return tally


def people(cell: Cell, study: Planted, statements: Array, grid: Grid, rng: np.random.Generator) -> tuple[Array, Array]:
    """New people: `HOLDERS` of each viewpoint, `OTHERS` at random, `OTHERS` of the spare viewpoint.

    Returns
    -------
    sorts : ndarray of shape (q, people)
    truth : ndarray of int, shape (people,)
        The viewpoint; k for a random sort, k + 1 for the spare viewpoint.
    """
    k = len(cell.sizes)
    views: FloatArray = ordered_scores(len(study.scores))[study.scores][statements]
    drawn = simulate(views, grid, (*([HOLDERS] * k), OTHERS), rng, loadings=cell.loadings)
    sorts = np.hstack([drawn.data.sorts, random_sorts(grid, OTHERS, rng)])
    truth = np.concatenate([np.where(drawn.membership == k, k + 1, drawn.membership), np.full(OTHERS, k)])
    return sorts, truth


def between_two(cell: Cell, study: Planted, statements: Array, grid: Grid, rng: np.random.Generator) -> Array:
    """Sorts of `HOLDERS` people who hold the first two viewpoints, each by a half."""
    views = ordered_scores(len(study.scores))[study.scores][statements][:, :2].sum(axis=1, keepdims=True)
    return np.asarray(simulate(views, grid, (HOLDERS,), rng, loadings=cell.loadings).data.sorts)


def _judge(
    tally: Tally,
    rule: str,
    cell: Cell,
    study: Planted,
    solution: QSolution,
    factor: Array,
    statements: Array,
    grid: Grid,
    rng: np.random.Generator,
) -> None:
    k = len(cell.sizes)
    sorts, truth = people(cell, study, statements, grid, rng)
    both = between_two(cell, study, statements, grid, rng)
    placed = np.full((len(study.truth), sorts.shape[1] + both.shape[1]), np.nan)
    placed[statements] = np.hstack([sorts, both])
    result = classify(placed, solution, rng=rng)
    right = factor[np.minimum(truth, k)]
    probabilities, answers, fit_p = (part[: len(truth)] for part in (result.probabilities, result.answers, result.fit_p))
    groups = {"holders": truth < k, "random sorts": truth == k, "another viewpoint": truth == k + 1}
    for group, who in groups.items():
        n = float(who.sum())
        tally[rule, f"{group}: right"] = (float((answers[who] == right[who]).sum()), n)
        tally[rule, f"{group}: unclear"] = (float((answers[who] == -1).sum()), n)
        wrong = (answers[who] != right[who]) & (answers[who] != -1)
        tally[rule, f"{group}: none of these"] = (float((answers[who] == k).sum()), n)
        tally[rule, f"{group}: wrong"] = (float(wrong.sum()), n)
        tally[rule, f"{group}: unlike"] = (float((fit_p[who] < UNLIKE).sum()), n)
    holds = np.flatnonzero(truth < k)
    tally[rule, "holders: nearest viewpoint right"] = (float((probabilities[holds, :k].argmax(axis=1) == right[holds]).sum()), float(len(holds)))
    tally[rule, "holders: share of their own"] = (float(result.mixture[holds, right[holds]].sum()), float(len(holds)))
    mixed = result.mixture[len(truth) :, factor[:2]]
    tally[rule, "half of two: share of the two"] = (float(mixed.sum()), float(len(mixed)))
    tally[rule, "half of two: lesser of the two"] = (float(mixed.min(axis=1).sum()), float(len(mixed)))
    for name, who in ((rule, np.full(len(truth), True)), (f"{rule}, known answers", truth <= k)):
        _calibrate(tally, name, probabilities[who], right[who])
    if rule == WHOLE:
        _calibrate(tally, PLAIN, classify(placed[:, : len(truth)], solution.scores.z_scores).probabilities, right)


def _calibrate(tally: Tally, rule: str, probabilities: FloatArray, right: Array) -> None:
    """Mean probability of the likeliest answer and how often it is right, bin by bin."""
    likeliest, probability = probabilities.argmax(axis=1), probabilities.max(axis=1)
    for low, high in pairwise(BINS):
        there = (probability > low) & (probability <= high)
        n = float(there.sum())
        tally[rule, f"predicted {high}"] = (float(probability[there].sum()), n)
        tally[rule, f"observed {high}"] = (float((likeliest == right)[there].sum()), n)
