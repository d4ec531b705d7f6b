"""Plain sentences: what was done, what each viewpoint is, what the reader should keep in mind. Never more than the figures say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from qmethod.data import Notice, QData
from qmethod.method.flagging import threshold
from qmethod.policies import OBLIQUE, ORTHOMAX, Policies
from qmethod.screening import screen
from qmethod.simulation import simulated_notice
from qmethod.solution import PlaneRotation, QSolution, Viewpoints
from qmethod.streaming.solution import StreamedSolution
from qmethod.wording import counted
from qmethod_analysis.words.labels import defined, place

CORRELATION = {"pearson": "Pearson's r", "spearman": "Spearman's rank correlation", "kendall": "Kendall's tau-b"}
EXTRACTION = {
    "pca": "principal components",
    "centroid": "the centroid method (Brown)",
    "horst": "the centroid method (Horst 5.5, with iterated communalities)",
    "paf": "iterated principal axis factoring",
    "minres": "minimum residuals",
    "ml": "maximum likelihood",
}
TURNED = {
    "best": ", with those sorts turned round that make each factor largest, of many starts",
    "sequential": ", with sorts turned round one by one, the one that disagrees most first",
}
REFLECTION = {
    "defining": "each factor points the way its defining sorts load (signed sum of squared loadings; all sorts where none defines it)",
    "all": "each factor points the way its sorts load (signed sum of squared loadings)",
    "column-sum": "each factor points the way that makes the sum of its loadings positive",
    "largest": "each factor points the way that makes its largest loading positive",
    "none": "no factor was turned round",
}
BIPOLAR = {
    "keep": "Sorts that define a factor with a negative loading, its opponents, were kept with negative weight.",
    "leave-out": "Sorts that would define a factor with a negative loading were left out of it.",
    "split": "Where sorts of both signs define a factor, its poles are reported as two viewpoints.",
}
ADJUST = {
    "none": "",
    "holm": ", corrected by Holm's method over all statements and pairs",
    "bh": ", corrected by Benjamini and Hochberg's method over all statements and pairs",
}


def joined(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


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
    return (counted(n, "viewpoint") if n else "no viewpoint") + (f" ({'; '.join(why)})" if why else "")


def explained(solution: Viewpoints) -> str:
    """What share of the variance all factors explain: ``the 3 factors together explain 45.2 %``.

    Parameters
    ----------
    solution : Viewpoints
    """
    k, total = len(solution.labels), float(np.nansum(solution.characteristics.explained_variance))
    who = "the one factor explains" if k == 1 else f"the {k} factors together explain"
    return f"{who} {decimal(total, 1)} %"


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
    said = [f"{joined(nobody)} {'is' if len(nobody) == 1 else 'are'} defined by nobody"] if nobody else []
    return tuple([*said, f"the sorts that define {joined(cancelled)} cancel each other out"] if cancelled else said)


def decimal(value: float, digits: int = 2) -> str:
    """A rounded number with a real minus sign; a dash for NaN."""
    if math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


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


def _extraction(solution: QSolution) -> str:
    p, data = solution.policies, solution.data
    missing = " over the statements two sorts share" if p.missing == "pairwise" and data.missing.any() else ""
    settled = "" if solution.extraction.converged else " The iteration did not converge."
    turned = TURNED[p.centroid_reflection] if p.extraction == "centroid" else ""
    return (
        f"{sorts_counted(data)} of {counted(data.n_statements, 'statement')} were correlated with one another "
        f"by {CORRELATION[p.correlation]}{missing}, "
        f"and {counted(solution.n_factors, 'factor')} extracted by {EXTRACTION[p.extraction]}{turned}.{settled}"
    )


def sorts_counted(data: QData) -> str:
    """How many sorts there are, never without saying that they, or some of them, are simulated.

    Parameters
    ----------
    data : QData
    """
    simulated = sum(len(notice.participants) for notice in simulated_notice(data.participants))
    if simulated == data.n_sorts:
        return counted(simulated, "simulated Q sort")
    return counted(data.n_sorts, "Q sort") + (f" ({simulated} of them simulated)" if simulated else "")


def _rotation(solution: QSolution) -> str:
    p, rotation = solution.policies, solution.rotation
    kaiser = "with" if p.kaiser else "without"
    if solution.n_factors == 1 or rotation.method == "none":
        first = "The factor was not rotated." if solution.n_factors == 1 else "The factors were not rotated by any criterion."
    elif rotation.method in ORTHOMAX:
        stop = (
            f"run to convergence ({p.rotation_tolerance:g} radians)"
            if p.rotation_stop == "converged"
            else "stopped where R's default stops (eps 1e-5)"
        )
        first = f"They were rotated by {rotation.method} {kaiser} Kaiser normalisation, {stop}"
        first += f", the best of {p.rotation_starts} starting positions." if p.rotation_starts > 1 else "."
        if rotation.n_local_optima > 1:
            first += f" The starting positions ended in {rotation.n_local_optima} different optima; the one with the best criterion was kept."
    elif rotation.method in OBLIQUE:
        what = "correlations with the factors (structure)" if p.oblique_loadings == "structure" else "regression weights (pattern)"
        first = f"They were rotated by {rotation.method} {kaiser} Kaiser normalisation, which lets factors correlate; the loadings shown are {what}."
    else:
        first = "They were rotated towards the target the researcher gave."
    if not rotation.converged:
        first += " The rotation did not converge."
    turns = [_turn(t) for t in rotation.by_hand]
    by_hand = f" By hand the researcher then turned {joined(turns)}." if turns else ""
    order = "Factors stand in descending order of explained variance" if p.order == "variance" else "Factors stand in the order they were extracted"
    return f"{first}{by_hand} {order}; {REFLECTION[p.reflection]}."


def _turn(turn: PlaneRotation) -> str:
    """A rotation by hand with its formulas, since programs differ in what they call clockwise."""
    (a, b), (c, d) = turn.matrix.tolist()
    first, second = f"factor {turn.first}", f"factor {turn.second}"
    return (
        f"{first} towards {second} by {decimal(turn.degrees, 2).rstrip('0').rstrip('.')}° "
        f"(new {first} = {decimal(a, 4)} × {first} + {decimal(c, 4)} × {second}; "
        f"new {second} = {decimal(b, 4)} × {first} + {decimal(d, 4)} × {second})"
    )


def _flagging(solution: QSolution) -> str:
    p, n = solution.policies, solution.data.n_statements
    rules = []
    if p.flag_significance:
        rules.append(f"its loading exceeds {p.flag_critical:.3f}/√{n} = {threshold(n, p):.3f} in size (two-sided p < {p.flag_level:g})")
    if p.flag_majority:
        rules.append("its squared loading exceeds the sum of its other squared loadings")
    if p.flagging == "none":
        first = "Defining sorts were chosen by hand only."
    elif rules:
        first = f"A sort defines a factor when {' and '.join(rules)}."
    else:
        first = "Every sort was taken to define every factor, since both flagging rules are off."
    by_hand = (
        f" The researcher changed {counted(len(solution.manual_flags), 'flag')} by hand; they are listed with their reasons."
        if solution.manual_flags
        else ""
    )
    return f"{first}{by_hand} {BIPOLAR[p.bipolar]}"


def _scores(solution: QSolution) -> str:
    p, scores = solution.policies, solution.scores
    sorts = "the sorts, each standardised," if p.weighting == "standardised" else "the sorts as they are"
    origin = {
        "design": "the grid of the study",
        "sorts": "the grid all sorts share",
        "median": "a grid made from the sorts, which were free: the median of their ordered placements",
    }
    ties = f" {counted(len(scores.ties), 'tie')} at a column boundary went to the lower statement number." if scores.ties else ""
    return (
        f"z-scores are the weighted sums of {sorts} that define a factor, with weights l/(1 − l²), standardised with the "
        f"{'n − 1' if p.z_sd == 'n-1' else 'n'} standard deviation. Factor arrays place the statements in the order of their z-scores into "
        f"{origin.get(scores.grid_origin, scores.grid_origin)}.{ties}"
    )


def _reliability(p: Policies) -> str:
    if p.reliability == "fixed":
        assumed = f"assumes that one sort, repeated, correlates {p.reliability_coefficient:.2f} with itself"
    else:
        assumed = "takes the mean correlation between the defining sorts for the reliability of one sort"
    return f"Composite reliability {assumed}; standard errors of the z-scores and of their differences (SED) follow from it."


def _contrasts(solution: QSolution) -> str:
    if len(defined(solution)) < 2:
        return f"With {'one' if defined(solution) else 'no'} viewpoint there is nothing to contrast."
    p = solution.policies
    critical = joined([f"{c:.3f} at p < {a:g}" for a, c in zip(p.contrast_levels, solution.contrasts.critical, strict=True)])
    if p.contrast_rule == "sed":
        reach = "exceeds" if p.contrast_boundary == "strict" else "reaches"
        first = (
            f"Two viewpoints differ on a statement when the difference of their z-scores {reach} the critical number of SEDs "
            f"({critical}){ADJUST[p.contrast_adjust]}.{_errors(solution)}"
        )
    else:
        first = (
            "Two viewpoints differ on a statement when the placements of their defining sorts differ "
            f"by {'more than' if p.contrast_boundary == 'strict' else 'at least'} {p.cohens_d:g} pooled standard deviations (Cohen's d)."
        )
    return f"{first} A statement distinguishes a viewpoint when it differs from every other viewpoint. {consensus_rule(p)}"


def _errors(solution: QSolution) -> str:
    """Where the critical numbers come from."""
    found = solution.calibration
    if solution.policies.contrast_errors != "calibrated" or found is None or found.errors is None:
        return ""
    return (
        f" These numbers were measured in {found.n_replicates} studies drawn from the solution with seed {found.seed}: "
        "by chance alone differences exceed them as often as the level says."
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
        return "The viewpoints could not be compared statement by statement."
    if solution.policies.consensus_rule == "equivalent":
        on = f"On {counted(n, 'statement')} all viewpoints were" if n else "On no statement were all viewpoints"
        return f"{on} shown to be alike."
    if n:
        return f"On {counted(n, 'statement')} no difference between viewpoints was found."
    return "On every statement a difference between viewpoints was found."


def consensus_rule(policies: Policies) -> str:
    """When a statement counts as consensus, in a sentence."""
    if policies.consensus_rule == "equivalent":
        return (
            f"A statement is consensus when every pair of viewpoints is shown to lie within {policies.equivalence_margin:g} z-score units "
            f"of each other (two one-sided tests at p < {policies.consensus_level:g})."
        )
    if policies.contrast_rule == "cohens-d":
        return "A statement is consensus when no pair of viewpoints differs on it."
    return f"A statement is consensus when no pair of viewpoints differs on it at p < {policies.consensus_level:g}."


def reference(solution: QSolution, statement: int, factor: int) -> str:
    """How a text cites a statement: ``(12: +4)``."""
    return f"({solution.data.statements[statement]}: {place(solution, solution.scores.arrays[statement, factor])})"
