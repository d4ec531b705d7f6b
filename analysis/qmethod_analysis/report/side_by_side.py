"""Solutions with different numbers of factors as one HTML page, on which a researcher decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from qmethod.matching.congruence import EQUAL, FAIR
from qmethod.retention.retain import Retention
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.pictures import figures, flow
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.report.html import LONG, environment, frame
from qmethod_analysis.tables.side_by_side import CONFOUNDED, NONE, WEAK, Amount, SideBySide, Step, sources
from qmethod_analysis.words.labels import colour, defined, place, statement_label
from qmethod_analysis.words.narrative import decimal, joined

EXTREMES = 2
"""Statements from each end of a viewpoint that its row shows."""
STOOD = {CONFOUNDED: "confounded", WEAK: "one significant loading, too weak to define", NONE: "no significant loading"}


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
    shared = [notice.message for notice in first.notices if all(notice in other.notices for other in made.solutions)]
    picture = flow.flow(made)
    return {
        "title": f"{joined(numbers)} factors side by side: {recipe.title or first.data.origin().name}",
        "notes": [line for line in recipe.notes.splitlines() if line.strip()],
        "n_sorts": first.data.n_sorts,
        "n_statements": first.data.n_statements,
        "advice": found.advice if found else (),
        "chance": _chance(found) if found else None,
        "amounts": _amounts(made, found),
        "solutions": [_solution(one, amount, reports, shared) for one, amount in zip(made.solutions, made.amounts, strict=True)],
        "failures": made.failures,
        "flow": picture.svg("flow", "How viewpoints go on", flow.words(made)),
        "steps": [_step(step) for step in made.steps],
        "shared": shared,
        "long": LONG,
        "fair": FAIR,
        "equal": EQUAL,
    }


def _chance(found: Retention) -> Any:
    values = ", ".join(f"{row.k}: {decimal(row.eigenvalue)}" for row in found.rows if row.eigenvalue is not None)
    return figures.eigenvalues_and_chance(found).svg("chance", "Eigenvalues beside those of random sorts", f"Eigenvalues, descending. {values}.")


def _amounts(made: SideBySide, found: Retention | None) -> list[tuple[str, list[str]]]:
    """Rows of the first table: what is counted, and the figure of each solution."""
    every = made.amounts
    rows = [
        ("Variance explained, %", [decimal(a.variance, 1) for a in every]),
        ("Defining sorts", [str(a.defining) for a in every]),
        ("Confounded sorts: several significant loadings", [str(a.confounded) for a in every]),
        ("Sorts without a significant loading", [str(a.none) for a in every]),
        ("Fewest defining sorts of a viewpoint", [f"{a.fewest_defining} ({a.fewest_of})" if a.fewest_of else "–" for a in every]),
        ("Largest correlation between viewpoints", [_correlation(a) for a in every]),
        ("Fewest distinguishing statements of a viewpoint", [_whole(a.fewest_distinguishing) for a in every]),
        ("Consensus statements", [_whole(a.consensus) for a in every]),
        ("Notices", [str(a.notices) for a in every]),
    ]
    if any(a.too_weak for a in every):
        rows.insert(3, ("Sorts with one significant loading that define nothing", [str(a.too_weak) for a in every]))
    if any(a.viewpoints != a.factors for a in every):
        poles = ", poles counted apart" if any(a.viewpoints > a.factors for a in every) else ""
        rows.insert(0, (f"Viewpoints{poles}", [f"{a.viewpoints} ({a.no_viewpoints})" if a.no_viewpoints else str(a.viewpoints) for a in every]))
    if found:
        rows.insert(-1, ("Smallest viewpoint in random halves, φ", ["–" if a.random_halves is None else decimal(a.random_halves) for a in every]))
        rows.insert(-1, ("Is there one more? NEST, p", ["–" if a.nest_p is None else decimal(a.nest_p) for a in every]))
    return rows


def _correlation(amount: Amount) -> str:
    return "–" if amount.correlation is None else f"{decimal(amount.correlation)} ({amount.correlated.replace(' ', ', ')})"


def _whole(value: int | None) -> str:
    return "–" if value is None else str(value)


def _solution(solution: QSolution, amount: Amount, reports: Mapping[int, str], shared: list[str]) -> dict[str, Any]:
    return {
        "k": solution.n_factors,
        "report": reports[solution.n_factors],
        "viewpoints": [_viewpoint(solution, j) for j in range(len(solution.factors))],
        "amount": amount,
        "notices": [notice.message for notice in solution.notices if notice.message not in shared],
    }


def _viewpoint(solution: QSolution, j: int) -> Viewpoint:
    c, scores = solution.characteristics, solution.scores
    order = np.argsort(scores.ranks[:, j], kind="stable").tolist() if not np.isnan(scores.ranks[:, j]).any() else []

    def shown(statements: list[int]) -> tuple[str, ...]:
        return tuple(f"{place(solution, scores.arrays[i, j])}  {statement_label(solution, i)}" for i in statements)

    return Viewpoint(
        label=solution.labels[j] + ("" if j in defined(solution) else ", no viewpoint"),
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
    return STOOD.get(standing, standing)


def sentences(step: Step) -> tuple[str, ...]:
    """What the larger solution changes: which viewpoints go on, which do not, what is new and whose sorts it takes, how many sorts move.

    Parameters
    ----------
    step : Step
    """
    names, into = step.before.labels, step.after.labels
    on = [(i, one) for i, one in enumerate(step.continued) if one.into >= 0]

    def listed(wanted: bool) -> str:
        return joined(
            [
                f"{names[i]} as {'the mirror image of ' * (one.sign < 0)}{into[one.into]} (φ {decimal(one.phi)})"
                for i, one in on
                if (one.phi >= FAIR) is wanted
            ]
        )

    said = [f"These go on: {same}."] if (same := listed(True)) else []
    said += [f"These go on, but changed: {changed}."] if (changed := listed(False)) else []
    gone = [names[i] for i, one in enumerate(step.continued) if one.into < 0 and i in defined(step.before)]
    said += [f"{joined(gone)} {'is' if len(gone) == 1 else 'are'} not found again."] if gone else []
    said += [_new(step, j) for j in step.added]
    n = step.before.data.n_sorts
    stay = counted(n - step.n_moved, "sort")
    said.append(f"{stay} of {n} {'stays' if n - step.n_moved == 1 else 'stay'} where {'it was' if n - step.n_moved == 1 else 'they were'}.")
    return tuple(said)


def _new(step: Step, j: int) -> str:
    """What an added viewpoint is made of."""
    label = step.after.labels[j]
    taken = sources(step, j)
    if j not in defined(step.after):
        return f"{label} is no viewpoint: {'its sorts cancel each other out' if taken else 'no sort defines it'}."
    total = sum(n for _, n in taken)
    stood = joined([f"{n} from {_origin(origin)}" for origin, n in taken])
    phi = step.congruences[:, j]
    nearest = ""
    if not np.isnan(phi).all():
        i = int(np.nanargmax(np.abs(phi)))
        like = f"{step.before.labels[i]} (φ {decimal(phi[i])})"
        nearest = f" It is similar to {like}, which it splits." if phi[i] >= FAIR else f" Of the earlier viewpoints it is most like {like}."
    return f"{label} is new. Of its {counted(total, 'defining sort')}: {stood}.{nearest}"


def _origin(standing: str) -> str:
    return {
        CONFOUNDED: "those that were confounded",
        WEAK: "those with one significant loading that defined nothing",
        NONE: "those without a significant loading",
    }.get(standing, standing)
