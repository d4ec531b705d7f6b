"""Solutions with different numbers of factors as one HTML page, on which a researcher decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.retention.retain import Retention
from qmethod.solution import QSolution
from qmethod_analysis.pictures import figures, flow
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.report.html import LONG, environment, frame
from qmethod_analysis.tables.side_by_side import CONFOUNDED, NONE, WEAK, Amount, SideBySide, Step, sources
from qmethod_analysis.words.labels import colour, defined, place, statement_label
from qmethod_analysis.words.language import N_, _, draft_note, language, ngettext, number
from qmethod_analysis.words.narrative import decimal, in_a_row, joined, no_viewpoints
from qmethod_analysis.words.notices import advised, said

EXTREMES = 2
"""Statements from each end of a viewpoint that its row shows."""
STOOD = {CONFOUNDED: N_("confounded"), WEAK: N_("one significant loading, too weak to define"), NONE: N_("no significant loading")}


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A viewpoint in the table of one solution.

    Parameters
    ----------
    label, colour : str
        The label says so where the factor is no viewpoint.
    n_defining : int
    variance : str
    apart : str
        Number of distinguishing statements.
    highest, lowest : tuple of str
        Statements with their places.
    """

    label: str
    colour: str
    n_defining: int
    variance: str
    apart: str
    highest: tuple[str, ...]
    lowest: tuple[str, ...]


def page(made: SideBySide, recipe: Recipe, reports: Mapping[int, str], found: Retention | None = None) -> str:
    """The page.

    Parameters
    ----------
    made : SideBySide
    recipe : Recipe
        Any of the analyses', for title and notes.
    reports : mapping of int to str
        Where the report of each number of factors lies, relative to the page.
    found : Retention, optional
        What the criteria say of the number of viewpoints.
    """
    template = environment().get_template("side-by-side.html")
    return template.render(**frame(), **context(made, recipe, reports, found)) + "\n"


def context(made: SideBySide, recipe: Recipe, reports: Mapping[int, str], found: Retention | None) -> dict[str, Any]:
    """Everything the template shows."""
    first = made.solutions[0]
    numbers = [str(solution.n_factors) for solution in made.solutions]
    shared = [notice for notice in first.notices if all(notice in other.notices for other in made.solutions)]
    picture = flow.flow(made)
    title = _("{numbers} factors side by side: {title}", numbers=joined(numbers), title=recipe.title or first.data.origin().name)
    known = {notice.message for notice in shared}
    return {
        "title": title,
        "language": language(),
        "draft": draft_note(),
        "notes": [line for line in recipe.notes.splitlines() if line.strip()],
        "n_sorts": first.data.n_sorts,
        "n_statements": first.data.n_statements,
        "advice": tuple(advised(sentence) for sentence in found.advice) if found else (),
        "chance": _chance(found) if found else None,
        "amounts": _amounts(made, found),
        "solutions": [_solution(one, amount, reports, known) for one, amount in zip(made.solutions, made.amounts, strict=True)],
        "failures": [(k, advised(why)) for k, why in made.failures],
        "flow": picture.svg("flow", _("How viewpoints go on"), flow.words(made)),
        "steps": [_step(step) for step in made.steps],
        "shared": [said(notice) for notice in shared],
        "long": LONG,
        "fair": FAIR,
        "equal": EQUAL,
    }


def _chance(found: Retention) -> Any:
    values = in_a_row(f"{row.k}: {decimal(row.eigenvalue)}" for row in found.rows if row.eigenvalue is not None)
    title, told = _("Eigenvalues beside those of random sorts"), _("Eigenvalues, descending. {values}.", values=values)
    return figures.eigenvalues_and_chance(found).svg("chance", title, told)


def _amounts(made: SideBySide, found: Retention | None) -> list[tuple[str, list[str]]]:
    """Rows of the first table: what is counted, and the figure of each solution."""
    every = made.amounts
    rows = [
        (_("Variance explained, %"), [decimal(a.variance, 1) for a in every]),
        (_("Defining sorts"), [str(a.defining) for a in every]),
        (_("Confounded sorts: several significant loadings"), [str(a.confounded) for a in every]),
        (_("Sorts without a significant loading"), [str(a.none) for a in every]),
        (_("Fewest defining sorts of a viewpoint"), [f"{a.fewest_defining} ({a.fewest_of})" if a.fewest_of else "–" for a in every]),
        (_("Largest correlation between viewpoints"), [_correlation(a) for a in every]),
        (_("Fewest distinguishing statements of a viewpoint"), [_whole(a.fewest_distinguishing) for a in every]),
        (_("Consensus statements"), [_whole(a.consensus) for a in every]),
        (_("Notices"), [str(a.notices) for a in every]),
    ]
    if any(a.too_weak for a in every):
        rows.insert(3, (_("Sorts with one significant loading that define nothing"), [str(a.too_weak) for a in every]))
    if any(a.viewpoints != a.factors for a in every):
        poles = any(a.viewpoints > a.factors for a in every)
        rows.insert(0, (_("Viewpoints, poles counted apart") if poles else _("Viewpoints"), [_viewpoints(one) for one in made.solutions]))
    if found:
        rows.insert(-1, (_("Smallest viewpoint in random halves, φ"), ["–" if a.random_halves is None else decimal(a.random_halves) for a in every]))
        rows.insert(-1, (_("Is there one more? NEST, p"), ["–" if a.nest_p is None else decimal(a.nest_p) for a in every]))
    return rows


def _viewpoints(solution: QSolution) -> str:
    """How many viewpoints there are, and which factors are none."""
    n, why = len(defined(solution)), "; ".join(no_viewpoints(solution))
    return f"{n} ({why})" if why else str(n)


def _correlation(amount: Amount) -> str:
    return "–" if amount.correlation is None else f"{decimal(amount.correlation)} ({amount.correlated.replace(' ', ', ')})"


def _whole(value: int | None) -> str:
    return "–" if value is None else str(value)


def _solution(solution: QSolution, amount: Amount, reports: Mapping[int, str], known: Collection[str]) -> dict[str, Any]:
    return {
        "k": solution.n_factors,
        "report": reports[solution.n_factors],
        "viewpoints": [_viewpoint(solution, j) for j in range(len(solution.factors))],
        "amount": amount,
        "notices": [said(notice) for notice in solution.notices if notice.message not in known],
    }


def _viewpoint(solution: QSolution, j: int) -> Viewpoint:
    c, scores = solution.characteristics, solution.scores
    order = np.argsort(scores.ranks[:, j], kind="stable").tolist() if not np.isnan(scores.ranks[:, j]).any() else []

    def shown(statements: list[int]) -> tuple[str, ...]:
        return tuple(f"{place(solution, scores.arrays[i, j])}  {statement_label(solution, i)}" for i in statements)

    return Viewpoint(
        label=solution.labels[j] if j in defined(solution) else _("{label}, no viewpoint", label=solution.labels[j]),
        colour=colour(j),
        n_defining=int(c.n_defining[j]),
        variance=decimal(c.explained_variance[j], 1),
        apart=str(int((~np.isnan(solution.contrasts.distinguishing[:, j])).sum())) if len(defined(solution)) > 1 and j in defined(solution) else "–",
        highest=shown(order[:EXTREMES]),
        lowest=shown(order[: -EXTREMES - 1 : -1]),
    )


def _step(step: Step) -> dict[str, Any]:
    before, after = step.before, step.after
    return {
        "before": before.n_factors,
        "after": after.n_factors,
        "sentences": sentences(step),
        "rows": [(label, [_cell(step, i, j) for j in range(len(after.labels))]) for i, label in enumerate(before.labels)],
        "columns": after.labels,
        "moves": [(_where(move.origin), _where(move.to), len(move.participants), ", ".join(move.participants)) for move in step.moves],
    }


def _cell(step: Step, i: int, j: int) -> tuple[str, bool]:
    """A congruence, and whether the one viewpoint goes on as the other."""
    return decimal(step.congruences[i, j]), step.continued[i].into == j


def _where(standing: str) -> str:
    """What a sort defines, or why it defines nothing."""
    return _(STOOD[standing]) if standing in STOOD else joined(standing.split())


def sentences(step: Step) -> tuple[str, ...]:
    """What the larger solution changes: which viewpoints go on, which do not, what is new and whose sorts it takes, how many sorts move.

    Parameters
    ----------
    step : Step
    """
    names, into = step.before.labels, step.after.labels
    on = [(i, one) for i, one in enumerate(step.continued) if one.into >= 0]

    def listed(wanted: bool) -> str:
        return joined([_goes_on(names[i], one.sign, into[one.into], one.phi) for i, one in on if (one.phi >= FAIR) is wanted])

    told = [_("These go on: {viewpoints}.", viewpoints=same)] if (same := listed(True)) else []
    told += [_("These go on, but changed: {viewpoints}.", viewpoints=changed)] if (changed := listed(False)) else []
    gone = [names[i] for i, one in enumerate(step.continued) if one.into < 0 and i in defined(step.before)]
    if gone:
        told.append(ngettext("{viewpoints} is not found again.", "{viewpoints} are not found again.", len(gone), viewpoints=joined(gone)))
    told += [_new(step, j) for j in step.added]
    n = step.before.data.n_sorts
    stay = n - step.n_moved
    told.append(ngettext("{n} sort of {all} stays where it was.", "{n} sorts of {all} stay where they were.", stay, all=number(n, ",")))
    return tuple(told)


def _goes_on(viewpoint: str, sign: int, other: str, phi: float) -> str:
    if sign < 0:
        return _("{viewpoint} as the mirror image of {other} (φ {phi})", viewpoint=viewpoint, other=other, phi=decimal(phi))
    return _("{viewpoint} as {other} (φ {phi})", viewpoint=viewpoint, other=other, phi=decimal(phi))


def _new(step: Step, j: int) -> str:
    """What an added viewpoint is made of."""
    label = step.after.labels[j]
    taken = sources(step, j)
    if j not in defined(step.after):
        why = N_("{viewpoint} is no viewpoint: its sorts cancel each other out.") if taken else N_("{viewpoint} is no viewpoint: no sort defines it.")
        return _(why, viewpoint=label)
    made_of = ngettext(
        "{viewpoint} is new. Of its {n} defining sort: {origins}.",
        "{viewpoint} is new. Of its {n} defining sorts: {origins}.",
        sum(n for _origin, n in taken),
        viewpoint=label,
        origins=joined([_from(origin, n) for origin, n in taken]),
    )
    phi = step.congruences[:, j]
    if np.isnan(phi).all():
        return made_of
    i = int(np.nanargmax(np.abs(phi)))
    like = f"{step.before.labels[i]} (φ {decimal(phi[i])})"
    near = N_("It is similar to {viewpoint}, which it splits.") if phi[i] >= FAIR else N_("Of the earlier viewpoints it is most like {viewpoint}.")
    return " ".join([made_of, _(near, viewpoint=like)])


def _from(standing: str, n: int) -> str:
    """How many sorts stood where in the smaller solution."""
    if standing == CONFOUNDED:
        return ngettext("{n} from those that were confounded", "{n} from those that were confounded", n)
    if standing == WEAK:
        return ngettext(
            "{n} from those with one significant loading that defined nothing", "{n} from those with one significant loading that defined nothing", n
        )
    if standing == NONE:
        return ngettext("{n} from those without a significant loading", "{n} from those without a significant loading", n)
    return ngettext("{n} from {viewpoints}", "{n} from {viewpoints}", n, viewpoints=_where(standing))
