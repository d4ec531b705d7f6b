"""How right the errors are that are measured in studies drawn from a solution, where its assumptions hold and where they do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.validation.contrasts import matched, standard_errors
from benchmarks.validation.contrasts import tell_differences as differences
from benchmarks.validation.planting import GRIDS, NAMED, Cell, Indices, Tally, expected, ordered_scores, viewpoints
from qmethod import analyse
from qmethod.data import Array, FloatArray, QData
from qmethod.matching.congruence import FAIR, align, tucker
from qmethod.method.contrasts import contrast
from qmethod.retention.chance import filled
from qmethod.solution import QSolution
from qmethod_analysis.words.sureness import established

RULES = {"fixed": "fixed", "observed": "observed", "calibrated": "observed"}
"""Reliability under each rule."""
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
FEWER = 4
"""Statements of a small grid that all viewpoints agree on, so that they are the same share as elsewhere of 42."""
THEME = 3
"""Statements to a theme."""
OWN_THEMES = 0.3
"""Share of a sort's noise that goes to liking whole themes."""
ODD = 0.25
"""Share of people who hold two views, or the opposite of theirs, or none."""


def _cell(sizes: tuple[int, ...], loadings: tuple[float, float], common: float, grid: str = "classical", twist: str = "") -> Cell:
    name = f"{'-'.join(map(str, sizes))}, loadings {loadings[0]} to {loadings[1]}, correlation {common}, {grid} grid{twist and f', {twist}'}"
    times = 1 / 3 if twist or grid in ("five", "binary") else 1.0
    return Cell("calibrated", name, sizes, loadings, common, sum(sizes), grid, times, twist=twist)


def _fewer(cell: Cell) -> Cell:
    return replace(cell, name=f"{cell.name}, {FEWER} alike", same=FEWER)


TWISTS = ("two views", "opponents", "random sorters", "heavy noise", "themes", "one factor too many")
CELLS = (
    _cell(NAMED, (0.6, 0.8), 0.4, "small"),
    _cell(NAMED, (0.4, 0.6), 0.4),
    _cell(NAMED, (0.4, 0.6), 0.0),
    _cell(NAMED, (0.6, 0.8), 0.4),
    _cell((20, 20, 20, 20), (0.4, 0.6), 0.4, "flat"),
    _cell((7, 7, 6), (0.5, 0.7), 0.4, "thirty"),
    _cell((5, 5, 5, 5), (0.6, 0.8), 0.4),
    _cell((14, 13, 13), (0.6, 0.8), 0.4),
    _fewer(_cell(NAMED, (0.6, 0.8), 0.4, "small")),
    _cell(NAMED, (0.6, 0.8), 0.4, "five"),
    _cell(NAMED, (0.6, 0.8), 0.4, "binary"),
    *(_cell(NAMED, (0.5, 0.7), 0.4, twist=twist) for twist in TWISTS),
)
KEPT = 9
"""So many of these kinds of study do what the model takes people to do, the first ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Sorts and their truth, as in `benchmarks.validation.planting.Planted`."""

    sorts: FloatArray
    scores: Indices
    truth: FloatArray


def study(cell: Cell, rng: np.random.Generator) -> Study:
    """People of planted viewpoints, some of whom do not do what the model takes them to."""
    places = GRIDS[cell.grid].slots()
    n, m, k = len(places), sum(cell.sizes), len(cell.sizes)
    scores = viewpoints(n, k, cell.common, rng, cell.same)
    profiles, member = ordered_scores(n)[scores], np.repeat(np.arange(k), cell.sizes)
    signal = profiles[:, member]
    odd = rng.random(m) < ODD
    if cell.twist == "two views":
        other = (member + rng.integers(1, k, m)) % k
        both = signal + profiles[:, other]
        signal = np.where(odd, both / both.std(axis=0), signal)
    if cell.twist == "opponents":
        signal = np.where(odd, -signal, signal)
    noise = rng.standard_t(3, (n, m)) / np.sqrt(3) if cell.twist == "heavy noise" else rng.standard_normal((n, m))
    if cell.twist == "themes":
        liking = np.repeat(rng.standard_normal((-(-n // THEME), m)), THEME, axis=0)[rng.permutation(n)]
        noise = np.sqrt(OWN_THEMES) * liking + np.sqrt(1 - OWN_THEMES) * noise
    loading = rng.uniform(*cell.loadings, m)
    if cell.twist == "random sorters":
        loading = np.where(odd, 0.0, loading)
    latent = (loading * signal + np.sqrt(1 - loading**2) * noise).T
    sorts = filled(latent[None], np.broadcast_to(places, latent.shape))[0].T
    return Study(sorts, scores, np.array(expected(cell.grid, cell.loadings))[scores])


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """Three rules on one data set, and what its calibration says of it."""
    drawn = study(cell, rng)
    factors = len(cell.sizes) + (cell.twist == "one factor too many")
    solution = analyse(QData.from_array(drawn.sorts), factors)
    found = matched(solution, drawn.truth)
    true, same = drawn.truth[:, found.which], drawn.scores[:, found.which]
    tally: Tally = {}
    errors = solution.calibration.errors if solution.calibration else None
    for rule, reliability in RULES.items():
        policies = replace(solution.policies, reliability=reliability, contrast_errors="calibrated" if rule == "calibrated" else "normal")
        measured = errors if rule == "calibrated" else None
        contrasts = contrast(found.z, standard_errors(found, policies), found.composites, found.n_defining, policies, measured)
        differences(tally, rule, contrasts, true, same, np.array(cell.sizes)[found.which])
        if rule == "calibrated":
            shared = (same[:, :, None] == same[:, None, :]).sum(axis=2) > 1
            false = float((~np.isnan(contrasts.distinguishing) & shared).sum())
            tally["expected", "said"] = (float(np.nansum(contrasts.expected_false)), 1.0)
            tally["expected", "false"] = (false, 1.0)
    _matches(tally, solution, drawn.truth)
    if len(found.which) == len(cell.sizes) == len(solution.factors):
        _closeness(tally, solution, drawn.truth)
    return tally


def _closeness(tally: Tally, solution: QSolution, truth: FloatArray) -> None:
    """Whether the bound of the range holds, and how often viewpoints lie within 1 and all on one side, by the probability given for it."""
    if solution.calibration is None or np.isnan(solution.calibration.shared.bound).any():
        return
    turned = truth * align(solution.scores.z_scores, truth).signs  # a viewpoint may be found the other way round, most of all where it has opponents
    shared, ranges = solution.calibration.shared, np.ptp(turned, axis=1)
    tally["bound", "holds"] = (float((ranges <= shared.bound).sum()), float(len(ranges)))
    sides = np.concatenate([(turned > 0).all(axis=1), (turned < 0).all(axis=1)])
    _said(tally, "within", shared.within, ranges < shared.margin)
    _said(tally, "side", np.concatenate([shared.above, shared.below]), sides)


def _matches(tally: Tally, solution: QSolution, truth: FloatArray) -> None:
    """Whether viewpoints are as likely like a planted one as is said, and what is called established."""
    if solution.calibration is None:
        return
    alignment = align(solution.scores.z_scores, truth)
    columns = alignment.order[: truth.shape[1]]
    said = solution.calibration.matched
    like = np.zeros(len(said), dtype=bool)  # one viewpoint more than were planted is like none
    like[columns] = np.abs(np.diag(tucker(solution.scores.z_scores[:, columns], truth))) >= FAIR
    known = ~np.isnan(said)
    _said(tally, "match", said[known], like[known])
    told = established(said)
    tally["match", "established, and so"] = (float((told & like).sum()), float(told.sum()))
    tally["match", "so, and established"] = (float((told & like).sum()), float(like.sum()))


def _said(tally: Tally, rule: str, probability: FloatArray, true: Array) -> None:
    """By the probability said: its mean, and how often it is so."""
    which = np.clip(np.digitize(probability, BINS) - 1, 0, len(BINS) - 2)
    for b, high in enumerate(BINS[1:]):
        here = which == b
        tally[rule, f"said {high}"] = (float(probability[here].sum()), float(here.sum()))
        tally[rule, f"true {high}"] = (float(true[here].sum()), float(here.sum()))
