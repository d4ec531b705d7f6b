"""How sure differences between viewpoints are, and what each viewpoint is beyond the sorts that made it: the same blocks in every format."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import get_args

import numpy as np

from qmethod.calibrated import Calibration, Errors, Shared
from qmethod.calibration.calibrate import quick
from qmethod.calibration.pipeline import beyond_chance
from qmethod.data import Array, FloatArray
from qmethod.method.contrasts import contrast
from qmethod.method.scores import Composites, reliability
from qmethod.policies import Policies, Reliability
from qmethod.solution import QSolution, Viewpoints
from qmethod_analysis.report.blocks import Block, Paragraph, TableBlock
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.labels import statement_label
from qmethod_analysis.words.language import _, ngettext, number
from qmethod_analysis.words.narrative import decimal, joined

NORMAL = 1.96


def reliabilities(solution: Viewpoints, policies: Policies) -> dict[Reliability, FloatArray]:
    """Composite reliability of each viewpoint by either rule, shape (f,): by the assumed coefficient, and by the observed correlation.

    Parameters
    ----------
    solution : Viewpoints
    policies : Policies
    """
    c = solution.characteristics
    return {kind: reliability(c.n_defining, c.mean_correlation, _by(policies, kind)) for kind in get_args(Reliability)}


def distinguishing_by(solution: QSolution, kind: Reliability) -> Array:
    """How many statements distinguish each viewpoint with normal errors and one rule of reliability, at the first level; shape (f,)."""
    with np.errstate(invalid="ignore"):  # sorts that disagree on average have no reliability, and so no standard error
        errors = np.sqrt(1.0 - reliabilities(solution, solution.policies)[kind])
    nothing = np.full(solution.scores.z_scores.shape, np.nan)  # the placements' spread plays no part in this rule
    composites = Composites(nothing, nothing, nothing, solution.characteristics.mean_correlation)
    found = contrast(solution.scores.z_scores, errors, composites, solution.characteristics.n_defining, _by(solution.policies, kind))
    return np.asarray((~np.isnan(found.distinguishing)).sum(axis=0))


def _by(policies: Policies, kind: Reliability) -> Policies:
    return dataclasses.replace(
        policies, reliability=kind, contrast_errors="normal", contrast_rule="sed", contrast_adjust="none", contrast_critical=()
    )


def differences(solution: QSolution, names: Sequence[str]) -> list[Block]:
    """The section; nothing with fewer than two viewpoints or without studies drawn from the solution.

    Parameters
    ----------
    solution : QSolution
    names : sequence of str
        Of the viewpoints.
    """
    found = solution.calibration
    if found is None or found.errors is None:
        return []
    level, coefficient = solution.policies.contrast_levels[0], number(solution.policies.reliability_coefficient, ".2f")
    kinds = reliabilities(solution, solution.policies)
    counts = [distinguishing_by(solution, "fixed"), distinguishing_by(solution, "observed"), beyond_chance(solution).sum(axis=0)]
    rows = tuple(
        (
            f"{label} {name}",
            decimal(solution.characteristics.mean_correlation[f]),
            decimal(found.beyond.agreement[f]),
            decimal(found.beyond.correlation[f]),
            decimal(found.beyond.effective[f], 1),
            decimal(kinds["fixed"][f], 3),
            decimal(kinds["observed"][f], 3),
            *(str(int(each[f])) for each in counts),
        )
        for f, (label, name) in enumerate(zip(solution.labels, names, strict=True))
    )
    header = (
        *(_("Viewpoint"), _("Mean r of definers"), _("Agreement left out"), _("r left out"), _("Sorts, effective")),
        *(_("Reliability at {r}", r=coefficient), _("Reliability, observed r")),
        *(_("Apart at {r}", r=coefficient), _("Apart, observed r"), _("Apart, calibrated")),
    )
    notes = (
        _(
            "Agreement left out: each defining sort was left out, the viewpoint made by the others, and the two correlated; the mean. r left out: "
            "the correlation between two people of the viewpoint that this bespeaks. Sorts, effective: as many of equal weight would be worth as "
            "much."
        ),
        _(
            "Apart: statements on which it differs from every other viewpoint; calibrated at {calibrated}, the others at {level} with normal errors.",
            calibrated=number(0.05),
            level=number(level),
        ),
    )
    table = TableBlock(_("Each viewpoint beyond its own sorts, and what sets it apart by three rules"), header, rows, "l" + "r" * 9, notes)
    return [
        section("differences"),
        *(Paragraph(text) for text in _said(solution, found, found.errors, counts, coefficient)),
        table,
        *_shared(solution, found.shared),
    ]


def _said(solution: QSolution, found: Calibration, errors: Errors, counts: Sequence[Array], coefficient: str) -> list[str]:
    fixed, observed, calibrated = (int(each.sum()) for each in counts)
    p, used = solution.policies, quick(solution.policies, solution.data.n_sorts)
    if (p.contrast_errors, p.contrast_rule, p.contrast_adjust) == ("calibrated", "sed", "none"):
        here = _("Marks, lists and what sentences say sets a viewpoint apart follow that figure.")
    else:
        here = _("Marks and lists follow the conventions of this analysis; sentences call nothing below that figure what sets a viewpoint apart.")
    chosen = _("One reason is that the sorts which define a viewpoint were chosen for agreeing with it.") if errors.critical(0.05) > NORMAL else ""
    steps = ("correlation", "extraction", "rotation")
    instead = [
        _("{quicker} for {own}", quicker=getattr(used, name), own=getattr(p, name)) for name in steps if getattr(p, name) != getattr(used, name)
    ]
    way = _("in the same way, but with the quicker {methods}", methods=joined(instead)) if instead else _("in the same way")
    first = ngettext(
        "{n} study like this one was drawn from its own solution, with the same people, places and conventions, and analysed {way}.",
        "{n} studies like this one were drawn from its own solution, with the same people, places and conventions, and analysed {way}.",
        found.n_replicates,
        way=way,
    )
    known = _(
        "There the truth is known, and so is how far differences between viewpoints stray from it by chance: on one statement in twenty by more than "
        "{critical} standard errors, where the normal distribution has {normal}.",
        critical=decimal(errors.critical(0.05)),
        normal=number(NORMAL),
    )
    second = ngettext(
        "The classical rule takes it that sorts agree as closely as one person sorting twice would, r = {r}; by it {n} distinction is found.",
        "The classical rule takes it that sorts agree as closely as one person sorting twice would, r = {r}; by it {n} distinctions are found.",
        fixed,
        r=coefficient,
    )
    third = ngettext(
        "With the correlation observed between defining sorts it is {n}, and {calibrated} when chance is measured in the studies drawn.",
        "With the correlation observed between defining sorts there are {n}, and {calibrated} when chance is measured in the studies drawn.",
        observed,
        calibrated=calibrated,
    )
    scored = ~np.isnan(solution.scores.z_scores).any(axis=0)
    unknown = [solution.labels[f] for f in np.flatnonzero(scored & np.isnan(np.diag(solution.contrasts.sed))).tolist()]
    out = ngettext(
        "No standard error is known of {viewpoints}, so no comparison with it is made.",
        "No standard error is known of {viewpoints}, so no comparison with them is made.",
        len(unknown),
        viewpoints=joined(unknown),
    )
    return [" ".join(filter(None, [first, known, chosen, here])), f"{second} {third}", *([out] if unknown else [])]


def _shared(solution: QSolution, found: Shared) -> list[Block]:
    """How closely viewpoints agree on each statement, those they are surest to agree on first."""
    if np.isnan(found.bound).all():
        return []
    order = sorted(range(len(found.bound)), key=lambda i: (round(float(found.bound[i]), 9), i))
    rows = tuple((statement_label(solution, i), decimal(found.bound[i]), chance(float(found.within[i]))) for i in order)
    columns = np.repeat(np.arange(len(solution.scores.grid.counts)), solution.scores.grid.counts).std(ddof=1)
    notes = (
        _(
            "With probability {level} the true z-scores of all viewpoints lie at most so far apart. On this grid 1 in z is about {columns} columns.",
            level=number(found.level),
            columns=decimal(float(columns), 1),
        ),
    )
    header = (_("Statement"), _("Differ by at most"), _("P(all within {margin})", margin=number(found.margin)))
    return [TableBlock(_("How far apart the viewpoints are at most"), header, rows, "lrr", notes)]


def bounds(solution: QSolution) -> dict[str, str]:
    """By how much the viewpoints differ at most on each statement, by its id; empty where that is not known."""
    found = solution.calibration
    if found is None or np.isnan(found.shared.bound).all():
        return {}
    return {name: decimal(bound) for name, bound in zip(solution.data.statements, found.shared.bound.tolist(), strict=True)}


def chance(probability: float) -> str:
    """A probability to two places, ``<.01`` and ``>.99`` rather than a false 0 or 1; a dash for NaN."""
    if probability != probability:
        return "–"
    if probability < 0.005:
        return f"<{number(0.01)}"
    return f">{number(0.99)}" if probability > 0.995 else number(probability, ".2f")
