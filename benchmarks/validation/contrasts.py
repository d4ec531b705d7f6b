"""How often each rule of contrasts declares differences that are not there, and finds those that are, in the whole pipeline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.validation.planting import NAMED, Cell, Planted, Tally, planted
from qmethod import Policies, QSolution, analyse
from qmethod.data import Array, FloatArray
from qmethod.matching.congruence import EQUAL, FAIR, align
from qmethod.method import scores
from qmethod.method.contrasts import contrast
from qmethod.method.scores import Composites
from qmethod.solution import Contrasts

NORMAL: dict[str, Any] = {"contrast_errors": "normal", "calibration_studies": 0}
RULES: dict[str, dict[str, Any]] = {
    "fixed": {"reliability": "fixed"},
    "observed": {},
    "cohens-d": {"contrast_rule": "cohens-d"},
    "fixed, holm": {"reliability": "fixed", "contrast_adjust": "holm"},
    "observed, holm": {"contrast_adjust": "holm"},
    "fixed, bh": {"reliability": "fixed", "contrast_adjust": "bh"},
    "observed, bh": {"contrast_adjust": "bh"},
}
"""What each rule changes in the preset ``standard`` with normal errors; ``fixed`` is the reliability of .80."""
EQUIVALENCE: dict[str, dict[str, Any]] = {name: {**RULES[name], "consensus_rule": "equivalent"} for name in ("fixed", "observed")}
EFFECTS = (0.5, 1.0, 1.5)
"""True differences, in standard deviations of z, at which power is told; all within `NEAR` of them count."""
NEAR = 0.1
LARGE = 1.0
"""A statement on which two viewpoints are so far apart is no consensus by any standard."""


def _cell(sizes: tuple[int, ...], loadings: tuple[float, float], common: float, grid: str = "classical") -> Cell:
    name = f"{'-'.join(map(str, sizes))}, loadings {loadings[0]} to {loadings[1]}, correlation {common}"
    return Cell("contrasts", name if grid == "classical" else f"{name}, {grid} grid", sizes, loadings, common, sum(sizes), grid)


CELLS = (
    *(
        _cell(sizes, loadings, common)
        for sizes in (NAMED, (5, 5, 5, 5), (8, 8, 8, 8), (10, 10, 10, 10), (16, 16, 16, 16))
        for loadings in ((0.6, 0.8), (0.4, 0.6))
        for common in (0.0, 0.4)
    ),
    *(_cell(sizes, (0.6, 0.8), 0.4) for sizes in ((20, 20), (14, 13, 13))),
    *(_cell(NAMED, (0.6, 0.8), 0.4, grid) for grid in ("small", "flat")),
)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A solution with its viewpoints in the order of the planted ones, those left out that no factor was found for.

    Parameters
    ----------
    z : ndarray of shape (n, f)
    composites : Composites
    n_defining : ndarray of int, shape (f,)
    which : ndarray of int, shape (f,)
        Columns of the truth.
    phi : ndarray of shape (k,)
        Congruence of each planted viewpoint with the factor found for it, 0 without.
    """

    z: FloatArray
    composites: Composites
    n_defining: Array
    which: Array
    phi: FloatArray


def matched(solution: QSolution, truth: FloatArray) -> Found:
    """Match the factors of a solution with the true z-scores, shape (n, k)."""
    alignment = align(solution.scores.z_scores, truth)
    which = np.flatnonzero(alignment.order >= 0)
    columns, signs = alignment.order[which], alignment.signs[which]
    policies = solution.policies
    sums = scores.compose(solution.data.sorts, scores.weigh(solution.loadings, solution.flags, policies), policies)
    composites = Composites(
        sums.weighted[:, columns] * signs, sums.means[:, columns] * signs, sums.variances[:, columns], sums.mean_correlation[columns]
    )
    z = solution.scores.z_scores[:, columns] * signs
    return Found(z, composites, solution.characteristics.n_defining[columns], which, np.nan_to_num(alignment.phi))


def standard_errors(found: Found, policies: Policies) -> FloatArray:
    """Standard errors of the z-scores as the pipeline takes them, shape (f,)."""
    return np.asarray(np.sqrt(1 - scores.reliability(found.n_defining, found.composites.mean_correlation, policies)))


def contrasted(found: Found, policies: Policies, columns: list[int]) -> Contrasts:
    """Contrasts between some of the viewpoints found."""
    some = Composites(*(np.asarray(getattr(found.composites, name))[..., columns] for name in ("weighted", "means", "variances", "mean_correlation")))
    return contrast(found.z[:, columns], standard_errors(found, policies)[columns], some, found.n_defining[columns], policies)


def one(cell: Cell, rng: np.random.Generator) -> Tally:
    """All rules on one data set; the right number of viewpoints is known, everything else is the pipeline's own."""
    study = planted(cell, rng)
    solution = analyse(study.simulated.data, len(cell.sizes), **NORMAL)
    found = matched(solution, study.truth)
    tally = _recovery(cell, study, solution, found)
    everyone = list(range(len(found.which)))
    true, same = study.truth[:, found.which], study.scores[:, found.which]
    for rule, changes in RULES.items():
        policies = replace(solution.policies, **changes)
        contrasts = contrasted(found, policies, everyone)
        tell_differences(tally, rule, contrasts, true, same, np.array(cell.sizes)[found.which])
        well = found.phi[found.which] >= FAIR
        _differences_between(tally, rule, contrasts, same, well)
        if tally["recovery", "right flags"][0] == tally["recovery", "right flags"][1]:
            tally[rule, "false, flags all right"] = tally[rule, "false"]
    for rule, changes in EQUIVALENCE.items():
        policies = replace(solution.policies, **changes)
        _consensus(tally, f"equivalent, {rule}", contrasted(found, policies, everyone), true, same)
        for pair in contrasted(found, policies, everyone).pairs:
            _equivalence(tally, f"equivalent, {rule}", contrasted(found, policies, list(pair)), true[:, pair], policies.equivalence_margin)
    return tally


def _recovery(cell: Cell, study: Planted, solution: QSolution, found: Found) -> Tally:
    """Whether the factors found are those planted, and whether their defining sorts hold them."""
    k = float(len(cell.sizes))
    tally: Tally = {
        ("recovery", "fair"): (float((found.phi >= FAIR).sum()), k),
        ("recovery", "equal"): (float((found.phi >= EQUAL).sum()), k),
    }
    order = align(solution.scores.z_scores, study.truth).order
    right = sum(int((solution.flags[:, column] & (study.simulated.membership == j)).sum()) for j, column in enumerate(order) if column >= 0)
    tally["recovery", "right flags"] = (float(right), float(solution.flags.sum()))
    tally["recovery", "flagged"] = (float(solution.flags.any(axis=1).sum()), float(sum(cell.sizes)))
    return tally


def tell_differences(tally: Tally, rule: str, contrasts: Contrasts, true: FloatArray, same: Array, sizes: Array) -> None:
    """Differences declared where there is none, by the size of the smaller viewpoint, and where there is one."""
    if not contrasts.pairs:
        return
    first, second = np.array(contrasts.pairs).T
    declared = ~np.isnan(contrasts.levels)
    usable = np.isfinite(contrasts.differences)
    null = usable & (same[:, first] == same[:, second])
    gap = true[:, first] - true[:, second]
    right_way = declared & (np.sign(contrasts.differences) == np.sign(gap))
    false = declared & null
    tally[rule, "false"] = _of(false, null)
    smaller = np.minimum(sizes[first], sizes[second])
    for size in np.unique(smaller).tolist():
        tally[rule, f"false, smaller viewpoint {size}"] = _of(false[:, smaller == size], null[:, smaller == size])
    tally[rule, "family"] = (float(false.any()), 1.0)
    tally[rule, "false discoveries"] = (float(false.sum() / max(declared.sum(), 1)), 1.0)
    for effect in EFFECTS:
        there = usable & (np.abs(np.abs(gap) - effect) < NEAR)
        tally[rule, f"power {effect}"] = _of(right_way & there, there)
    shared = (same[:, :, None] == same[:, None, :]).sum(axis=2) > 1
    tally[rule, "false distinguishing"] = _of(~np.isnan(contrasts.distinguishing) & shared, shared)
    if "holm" not in rule and "bh" not in rule:
        _consensus(tally, rule, contrasts, true, same)


def _differences_between(tally: Tally, rule: str, contrasts: Contrasts, same: Array, well: Array) -> None:
    """Differences declared where there is none, between viewpoints that were both found, by congruence, whatever their flags."""
    if not contrasts.pairs:
        return
    first, second = np.array(contrasts.pairs).T
    null = np.isfinite(contrasts.differences) & (same[:, first] == same[:, second]) & well[first] & well[second]
    tally[rule, "false, both found"] = _of(~np.isnan(contrasts.levels) & null, null)


def _consensus(tally: Tally, rule: str, contrasts: Contrasts, true: FloatArray, same: Array) -> None:
    """Consensus declared where all viewpoints agree, and where two of them are far apart."""
    agreed, apart = (same == same[:, :1]).all(axis=1), np.ptp(true, axis=1) >= LARGE
    tally[rule, "consensus, all agree"] = _of(contrasts.consensus & agreed, agreed)
    tally[rule, "consensus, two far apart"] = _of(contrasts.consensus & apart, apart)


def _equivalence(tally: Tally, rule: str, contrasts: Contrasts, true: FloatArray, margin: float) -> None:
    """Equivalence declared for one pair: where the true difference lies just beyond the margin, and where there is none."""
    if not np.isfinite(contrasts.differences).all():
        return
    gap = np.abs(true[:, 0] - true[:, 1])
    for name, there in (("at the margin", (gap >= margin) & (gap < margin + NEAR)), ("no difference", gap == 0)):
        hits, tests = tally.get((rule, name), (0.0, 0.0))
        more, of = _of(contrasts.consensus & there, there)
        tally[rule, name] = (hits + more, tests + of)


def _of(hits: Array, tests: Array) -> tuple[float, float]:
    return float(np.count_nonzero(hits)), float(np.count_nonzero(tests))
