"""How well new people are told apart by viewpoints that a study of forty found: whole sorts and short ones, holders and others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.validation.contrasts import NORMAL
from benchmarks.validation.planting import GRIDS, NAMED, Cell, Planted, Tally, ordered_scores, planted
from qmethod import Grid, analyse
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError
from qmethod.matching.classification import classify
from qmethod.matching.congruence import align
from qmethod.matching.shortening import shorten
from qmethod.simulation import random_sorts, simulate

HOLDERS = 10
"""New people for each viewpoint of the study."""
OTHERS = 5
"""New people who sort at random, and as many who hold a viewpoint that nobody in the study held: one in five in all, as `classify` takes it."""
SHORT = Grid.parse("-3:1,-2:2,-1:2,0:2,1:2,2:2,3:1")
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Edges of the bins of predicted probabilities, the upper edge of each among it."""

CELLS = tuple(
    Cell("classify", f"{'-'.join(map(str, NAMED))}, loadings {low} to {high}, correlation {common}", NAMED, (low, high), common, sum(NAMED))
    for low, high in ((0.6, 0.8), (0.4, 0.6))
    for common in (0.0, 0.4)
)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Classify new people by the viewpoints of one study, with all statements and with the twelve that `shorten` chooses."""
    study = planted(cell, rng, spare=1)
    k = len(cell.sizes)
    solution = analyse(study.simulated.data, k, **NORMAL)
    alignment = align(solution.scores.z_scores, study.truth[:, :k])
    if (alignment.order < 0).any():
        return {("analysis", "a viewpoint has no factor"): (1.0, 1.0)}
    profiles = alignment.apply(solution.scores.z_scores)
    tally: Tally = {("analysis", "a viewpoint has no factor"): (0.0, 1.0)}
    everything = np.arange(len(profiles))
    _judge(tally, "42 statements", cell, study, profiles, everything, GRIDS[cell.grid], rng)
    try:
        order = np.array(shorten(solution, longest=SHORT.n_statements, rng=rng).order)
        tally["analysis", "too few defining sorts to shorten"] = (0.0, 1.0)
    except DataError:
        tally["analysis", "too few defining sorts to shorten"] = (1.0, 1.0)
        return tally
    _judge(tally, "12 statements", cell, study, profiles, order, SHORT, rng)
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


def _judge(
    tally: Tally, rule: str, cell: Cell, study: Planted, profiles: FloatArray, statements: Array, grid: Grid, rng: np.random.Generator
) -> None:
    k = len(cell.sizes)
    sorts, truth = people(cell, study, statements, grid, rng)
    result = classify(sorts, profiles[statements])
    groups = {"holders": truth < k, "random sorts": truth == k, "another viewpoint": truth == k + 1}
    right = np.where(truth < k, truth, k)
    for group, who in groups.items():
        n = float(who.sum())
        tally[rule, f"{group}: right"] = (float((result.answers[who] == right[who]).sum()), n)
        tally[rule, f"{group}: unclear"] = (float((result.answers[who] == -1).sum()), n)
        wrong = (result.answers[who] != right[who]) & (result.answers[who] != -1)
        tally[rule, f"{group}: none of these"] = (float((result.answers[who] == k).sum()), n)
        tally[rule, f"{group}: wrong"] = (float(wrong.sum()), n)
    best = result.probabilities[:, :k].argmax(axis=1)
    tally[rule, "holders: nearest viewpoint right"] = (float((best == truth)[truth < k].sum()), float((truth < k).sum()))
    for name, who in ((rule, np.full(len(truth), True)), (f"{rule}, known answers", truth <= k)):
        _calibrate(tally, name, result.probabilities[who], right[who])


def _calibrate(tally: Tally, rule: str, probabilities: FloatArray, right: Array) -> None:
    """Mean probability of the likeliest answer and how often it is right, bin by bin."""
    likeliest, probability = probabilities.argmax(axis=1), probabilities.max(axis=1)
    for low, high in pairwise(BINS):
        there = (probability > low) & (probability <= high)
        n = float(there.sum())
        tally[rule, f"predicted {high}"] = (float(probability[there].sum()), n)
        tally[rule, f"observed {high}"] = (float((likeliest == right)[there].sum()), n)
