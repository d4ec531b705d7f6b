"""Plain sentences: what was done, what each viewpoint is, what the reader should keep in mind. Never more than the figures say."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from qmethod.data import QData
from qmethod.method.flagging import threshold
from qmethod.notice import Notice
from qmethod.policies import OBLIQUE, ORTHOMAX, Policies
from qmethod.screening import screen
from qmethod.simulation import simulated_notice
from qmethod.solution import PlaneRotation, QSolution, Viewpoints
from qmethod.streaming.solution import StreamedSolution
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import N_, _, language, ngettext, number

REASONS = 12
"""Reasons for leaving sorts out that are told in a sentence."""
CORRELATION = {"pearson": N_("Pearson's r"), "spearman": N_("Spearman's rank correlation"), "kendall": N_("Kendall's tau-b")}
EXTRACTION = {
    "pca": N_("principal components"),
    "centroid": N_("the centroid method (Brown)"),
    "horst": N_("the centroid method (Horst 5.5, with iterated communalities)"),
    "paf": N_("iterated principal axis factoring"),
    "minres": N_("minimum residuals"),
    "ml": N_("maximum likelihood"),
}
TURNED = {
    "best": N_("{method}, with those sorts turned round that make each factor largest, of many starts"),
    "sequential": N_("{method}, with sorts turned round one by one, the one that disagrees most first"),
}
REFLECTION = {
    "defining": N_("each factor points the way its defining sorts load (signed sum of squared loadings; all sorts where none defines it)"),
    "all": N_("each factor points the way its sorts load (signed sum of squared loadings)"),
    "column-sum": N_("each factor points the way that makes the sum of its loadings positive"),
    "largest": N_("each factor points the way that makes its largest loading positive"),
    "none": N_("no factor was turned round"),
}
BIPOLAR = {
    "keep": N_("Sorts that define a factor with a negative loading, its opponents, were kept with negative weight."),
    "leave-out": N_("Sorts that would define a factor with a negative loading were left out of it."),
    "split": N_("Where sorts of both signs define a factor, its poles are reported as two viewpoints."),
}
ADJUST = {
    "none": "({critical})",
    "holm": N_("({critical}), corrected by Holm's method over all statements and pairs"),
    "bh": N_("({critical}), corrected by Benjamini and Hochberg's method over all statements and pairs"),
}


def joined(words: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    first, last = ", ".join(words[:-1]), words[-1]
    if language() == "es" and _SOUNDS_LIKE_AND.match(last):
        return f"{first} e {last}"
    return _("{first} and {last}", first=first, last=last)


_SOUNDS_LIKE_AND = re.compile(r"\W*h?i(?!e)", re.IGNORECASE)
"""Before such a word Spanish writes *e* for *y*."""


def in_a_row(figures: Iterable[str]) -> str:
    """Figures one after the other, by semicolons where the decimal mark is a comma."""
    return (", " if number(0.5) == "0.5" else "; ").join(figures)


def statements_counted(n: int) -> str:
    """``1 statement``, ``12 statements``."""
    return ngettext("{n} statement", "{n} statements", n)


def percent(share: float) -> str:
    """A share as sentences have it: ``90 %``.

    Parameters
    ----------
    share : float
    """
    return f"{number(100 * share)} %"


def whole_percent(share: float) -> str:
    """A share as a whole percentage; ``<1 %`` and ``>99 %`` rather than a false 0 or 100, a dash for NaN.

    Parameters
    ----------
    share : float
    """
    if share != share:
        return "–"
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "<1 %"
    return ">99 %" if whole == 100 and share < 1 else f"{whole} %"


def every_notice(solution: QSolution | StreamedSolution) -> tuple[Notice, ...]:
    """Notices of the solution, then what screening of the sorts adds, each once: the same in every output.

    Parameters
    ----------
    solution : QSolution or StreamedSolution
        Sorts that were streamed cannot be screened any more: their notices are those of the solution.
    """
    if not isinstance(solution, QSolution):
        return solution.notices
    known = {(notice.code, notice.participants) for notice in solution.notices}
    added = [notice for notice in screen(solution.data) if (notice.code, notice.participants) not in known]
    return tuple({notice.message: notice for notice in [*added[::-1], *solution.notices[::-1]]}.values())[::-1]


def viewpoints_counted(solution: Viewpoints) -> str:
    """How many viewpoints there are, and which factors are none: ``3 viewpoints``, ``2 viewpoints (f3 is defined by nobody)``.

    Parameters
    ----------
    solution : Viewpoints
        In memory or streamed.
    """
    n = len(defined(solution))
    why = no_viewpoints(solution)
    many = ngettext("{n} viewpoint", "{n} viewpoints", n) if n else _("no viewpoint")
    return many + (f" ({'; '.join(why)})" if why else "")


def explained(solution: Viewpoints) -> str:
    """What share of the variance all factors explain: ``the 3 factors together explain 45.2 %``.

    Parameters
    ----------
    solution : Viewpoints
    """
    k, share = len(solution.labels), decimal(float(np.nansum(solution.characteristics.explained_variance)), 1)
    return ngettext("the one factor explains {share}", "the {n} factors together explain {share}", k, share=f"{share} %")


def no_viewpoints(solution: Viewpoints) -> tuple[str, ...]:
    """Which factors are no viewpoints, and why, as parts of a sentence; empty where all are viewpoints.

    Parameters
    ----------
    solution : Viewpoints
    """
    scored, n = defined(solution), solution.characteristics.n_defining
    silent = [f for f in range(len(solution.labels)) if f not in scored]
    nobody = [solution.labels[f] for f in silent if not n[f]]
    cancelled = [solution.labels[f] for f in silent if n[f]]
    said = [ngettext("{factors} is defined by nobody", "{factors} are defined by nobody", len(nobody), factors=joined(nobody))] if nobody else []
    out = _("the sorts that define {factors} cancel each other out", factors=joined(cancelled))
    return tuple([*said, out] if cancelled else said)


def decimal(value: float, digits: int = 2) -> str:
    """A rounded number as the language writes it, with a real minus sign; a dash for NaN."""
    if math.isnan(value):
        return "–"
    rounded = float(f"{value:.{digits}f}") or 0.0  # never −0
    return number(rounded, f".{digits}f").replace("-", "−")


def methods(solution: QSolution) -> tuple[str, ...]:
    """What was done, step by step, written from the policies of the solution.

    Parameters
    ----------
    solution : QSolution

    Returns
    -------
    tuple of str
        One sentence or two for each step.
    """
    p = solution.policies
    return (_extraction(solution), _rotation(solution), _flagging(solution), _scores(solution), _reliability(p), _contrasts(solution))


def left_out(solution: QSolution) -> tuple[str, ...]:
    """How many of the sorts that were read were left out, by whom and why; nothing where none was.

    Parameters
    ----------
    solution : QSolution
    """
    of = solution.data.n_sorts + solution.n_excluded
    by_hand = Counter(one.reason for one in solution.excluded if one.by_hand)
    others = Counter(one.reason for one in solution.excluded if not one.by_hand)
    said = []
    if n := by_hand.total():
        said.append(
            ngettext(
                "Of {of} sorts the researchers left out {n}: {reasons}.",
                "Of {of} sorts the researchers left out {n}: {reasons}.",
                n,
                of=number(of, ","),
                reasons=reasons(by_hand),
            )
        )
    if n := others.total():
        said.append(
            ngettext(
                "Of {of} sorts {n} could not be used: {reasons}.",
                "Of {of} sorts {n} could not be used: {reasons}.",
                n,
                of=number(of, ","),
                reasons=reasons(others),
            )
        )
    return tuple(said)


def reasons(counted: Counter[str]) -> str:
    """Reasons with how many sorts each is about, the most frequent first."""
    most = sorted(counted, key=lambda reason: (-counted[reason], reason))
    told = [f"{reason.rstrip('.')} ({number(counted[reason], ',')})" for reason in most[:REASONS]]
    rest = len(most) - len(told)
    return "; ".join([*told, *([ngettext("{n} other reason", "{n} other reasons", rest)] if rest else [])])


def _extraction(solution: QSolution) -> str:
    p, data = solution.policies, solution.data
    method = _(EXTRACTION[p.extraction])
    if p.extraction == "centroid":
        whole = p.centroid_diagonal == "unity"
        method = _(TURNED[p.centroid_reflection], method=_("{method} from the whole variance of each sort", method=method) if whole else method)
    measure = _(CORRELATION[p.correlation])
    if p.missing == "pairwise" and data.missing.any():
        measure = _("{measure} over the statements two sorts share", measure=measure)
    first = _(
        "{sorts} of {statements} were correlated with one another by {measure}, and {factors} extracted by {method}.",
        sorts=sorts_counted(data),
        statements=statements_counted(data.n_statements),
        measure=measure,
        factors=ngettext("{n} factor", "{n} factors", solution.n_factors),
        method=method,
    )
    stopped = () if solution.extraction.converged else (_("The iteration did not converge."),)
    return " ".join([*left_out(solution), first, *stopped])


def sorts_counted(data: QData) -> str:
    """How many sorts there are, never without saying that they, or some of them, are simulated.

    Parameters
    ----------
    data : QData
    """
    simulated = sum(len(notice.participants) for notice in simulated_notice(data.participants))
    if simulated == data.n_sorts:
        return ngettext("{n} simulated Q sort", "{n} simulated Q sorts", simulated)
    every = ngettext("{n} Q sort", "{n} Q sorts", data.n_sorts)
    return ngettext("{sorts} ({n} of them simulated)", "{sorts} ({n} of them simulated)", simulated, sorts=every) if simulated else every


def _rotation(solution: QSolution) -> str:
    p, rotation = solution.policies, solution.rotation
    said = [_rotated(solution)]
    if rotation.method in ORTHOMAX and solution.n_factors > 1 and rotation.n_local_optima > 1:
        said.append(
            ngettext(
                "The starting positions ended in {n} different optima; the one with the best criterion was kept.",
                "The starting positions ended in {n} different optima; the one with the best criterion was kept.",
                rotation.n_local_optima,
            )
        )
    if not rotation.converged:
        said.append(_("The rotation did not converge."))
    if rotation.by_hand:
        said.append(_("By hand the researcher then turned {turns}.", turns=joined([_turn(t) for t in rotation.by_hand])))
    order = (
        N_("Before their poles were told apart, factors stood in descending order of explained variance; {reflection}.")
        if p.order == "variance" and len(solution.labels) > solution.n_factors
        else N_("Factors stand in descending order of explained variance; {reflection}.")
        if p.order == "variance"
        else N_("Factors stand in the order they were extracted; {reflection}.")
    )
    return " ".join([*said, _(order, reflection=_(REFLECTION[p.reflection]))])


def _rotated(solution: QSolution) -> str:
    """By which criterion the factors were rotated."""
    p, method = solution.policies, solution.rotation.method
    if solution.n_factors == 1:
        return _("The factor was not rotated.")
    if method == "none":
        return _("The factors were not rotated by any criterion.")
    kaiser = _("with Kaiser normalisation") if p.kaiser else _("without Kaiser normalisation")
    if method in ORTHOMAX:
        stop = (
            _("run to convergence ({tolerance} radians)", tolerance=number(p.rotation_tolerance))
            if p.rotation_stop == "converged"
            else _("stopped where R's default stops (eps 1e-5)")
        )
        if p.rotation_starts > 1:
            return ngettext(
                "They were rotated by {method} {kaiser}, {stop}, the best of {n} starting positions.",
                "They were rotated by {method} {kaiser}, {stop}, the best of {n} starting positions.",
                p.rotation_starts,
                method=method,
                kaiser=kaiser,
                stop=stop,
            )
        return _("They were rotated by {method} {kaiser}, {stop}.", method=method, kaiser=kaiser, stop=stop)
    if method in OBLIQUE:
        what = _("correlations with the factors (structure)") if p.oblique_loadings == "structure" else _("regression weights (pattern)")
        said = N_("They were rotated by {method} {kaiser}, which lets factors correlate; the loadings shown are {what}.")
        return _(said, method=method, kaiser=kaiser, what=what)
    return _("They were rotated towards the target the researcher gave.")


def _turn(turn: PlaneRotation) -> str:
    """A rotation by hand with its formulas, since programs differ in what they call clockwise."""
    (a, b), (c, d) = turn.matrix.tolist()
    return _(
        "factor {first} towards factor {second} by {degrees}° (new factor {first} = {a} × factor {first} + {c} × factor {second}; "
        "new factor {second} = {b} × factor {first} + {d} × factor {second})",
        first=turn.first,
        second=turn.second,
        degrees=decimal(turn.degrees, 2).rstrip("0").rstrip(".,"),
        a=decimal(a, 4),
        b=decimal(b, 4),
        c=decimal(c, 4),
        d=decimal(d, 4),
    )


def _flagging(solution: QSolution) -> str:
    p, n = solution.policies, solution.data.n_statements
    rules = []
    if p.flag_significance:
        significant = N_("its loading exceeds {critical}/√{n} = {threshold} in size (two-sided p < {level})")
        critical, limit = number(p.flag_critical, ".3f"), number(threshold(n, p), ".3f")
        rules.append(_(significant, critical=critical, n=n, threshold=limit, level=number(p.flag_level)))
    if p.flag_majority:
        rules.append(_("its squared loading exceeds the sum of its other squared loadings"))
    if p.flagging == "none":
        said = [_("Defining sorts were chosen by hand only.")]
    elif rules:
        said = [_("A sort defines a factor when {rules}.", rules=joined(rules))]
    else:
        said = [_("Every sort was taken to define every factor, since both flagging rules are off.")]
    if solution.manual_flags:
        said.append(
            ngettext(
                "The researcher changed {n} flag by hand; they are listed with their reasons.",
                "The researcher changed {n} flags by hand; they are listed with their reasons.",
                len(solution.manual_flags),
            )
        )
    return " ".join([*said, _(BIPOLAR[p.bipolar])])


def _scores(solution: QSolution) -> str:
    p, scores = solution.policies, solution.scores
    weighted = (
        N_(
            "z-scores are the weighted sums of the sorts, each standardised, that define a factor, with weights l/(1 − l²), standardised with the "
            "{n} standard deviation."
        )
        if p.weighting == "standardised"
        else N_(
            "z-scores are the weighted sums of the sorts as they are that define a factor, with weights l/(1 − l²), standardised with the {n} "
            "standard deviation."
        )
    )
    origin = {
        "design": _("the grid of the study"),
        "sorts": _("the grid all sorts share"),
        "median": _("a grid made from the sorts, which do not all share one: the median of their ordered placements"),
    }
    into = origin.get(scores.grid_origin, scores.grid_origin)
    said = [
        _(weighted, n="n − 1" if p.z_sd == "n-1" else "n"),
        _("Factor arrays place the statements in the order of their z-scores into {grid}.", grid=into),
    ]
    if scores.ties:
        said.append(
            ngettext(
                "{n} tie at a column boundary went to the lower statement number.",
                "{n} ties at a column boundary went to the lower statement number.",
                len(scores.ties),
            )
        )
    return " ".join(said)


def _reliability(p: Policies) -> str:
    if p.reliability == "fixed":
        return _(
            "Composite reliability assumes that one sort, repeated, correlates {r} with itself; standard errors of the z-scores and of their "
            "differences (SED) follow from it.",
            r=number(p.reliability_coefficient, ".2f"),
        )
    return _(
        "Composite reliability takes the mean correlation between the defining sorts for the reliability of one sort; standard errors of the "
        "z-scores and of their differences (SED) follow from it."
    )


def _contrasts(solution: QSolution) -> str:
    if len(defined(solution)) < 2:
        return _("With one viewpoint there is nothing to contrast.") if defined(solution) else _("With no viewpoint there is nothing to contrast.")
    p = solution.policies
    strict = p.contrast_boundary == "strict"
    if p.contrast_rule == "sed":
        levels = zip(p.contrast_levels, solution.contrasts.critical, strict=True)
        critical = joined([_("{critical} at p < {level}", critical=number(c, ".3f"), level=number(a)) for a, c in levels])
        rule = (
            N_("Two viewpoints differ on a statement when the difference of their z-scores exceeds the critical number of SEDs {critical}.")
            if strict
            else N_("Two viewpoints differ on a statement when the difference of their z-scores reaches the critical number of SEDs {critical}.")
        )
        said = [_(rule, critical=_(ADJUST[p.contrast_adjust], critical=critical)), _errors(solution)]
    else:
        rule = (
            N_(
                "Two viewpoints differ on a statement when the placements of their defining sorts differ by more than {d} pooled standard deviations "
                "(Cohen's d)."
            )
            if strict
            else N_(
                "Two viewpoints differ on a statement when the placements of their defining sorts differ by at least {d} pooled standard deviations "
                "(Cohen's d)."
            )
        )
        said = [_(rule, d=number(p.cohens_d))]
    said += [_("A statement distinguishes a viewpoint when it differs from every other viewpoint."), consensus_rule(p)]
    return " ".join(filter(None, said))


def _errors(solution: QSolution) -> str:
    """Where the critical numbers come from; empty where they are those of the textbook."""
    found = solution.calibration
    if solution.policies.contrast_errors != "calibrated" or found is None or found.errors is None:
        return ""
    return _(
        "These numbers were measured in {n} studies drawn from the solution with seed {seed}: by chance alone differences exceed them as often as "
        "the level says.",
        n=found.n_replicates,
        seed=found.seed,
    )


def found_alike(solution: QSolution, n: int) -> str:
    """On how many statements the viewpoints are alike by the rule of the analysis, and no more than that rule can say.

    Parameters
    ----------
    solution : QSolution
    n : int
        How many are consensus.
    """
    contrasts, by_size = solution.contrasts, solution.policies.contrast_rule == "cohens-d"
    if not any(by_size or math.isfinite(contrasts.sed[a, b]) for a, b in contrasts.pairs):
        return _("The viewpoints could not be compared statement by statement.")
    if solution.policies.consensus_rule == "equivalent":
        if not n:
            return _("On no statement were all viewpoints shown to be alike.")
        return ngettext("On {n} statement all viewpoints were shown to be alike.", "On {n} statements all viewpoints were shown to be alike.", n)
    if n:
        return ngettext(
            "On {n} statement no difference between viewpoints was found.", "On {n} statements no difference between viewpoints was found.", n
        )
    return _("On every statement a difference between viewpoints was found.")


def consensus_rule(policies: Policies) -> str:
    """When a statement counts as consensus, in a sentence."""
    if policies.consensus_rule == "equivalent":
        return _(
            "A statement is consensus when every pair of viewpoints is shown to lie within {margin} z-score units of each other (two one-sided tests "
            "at p < {level}).",
            margin=number(policies.equivalence_margin),
            level=number(policies.consensus_level),
        )
    if policies.contrast_rule == "cohens-d":
        return _("A statement is consensus when no pair of viewpoints differs on it.")
    return _("A statement is consensus when no pair of viewpoints differs on it at p < {level}.", level=number(policies.consensus_level))


def reference(solution: QSolution, statement: int, factor: int) -> str:
    """How a text cites a statement: ``(12: +4)``."""
    return f"({solution.data.statements[statement]}: {place(solution, solution.scores.arrays[statement, factor])})"
