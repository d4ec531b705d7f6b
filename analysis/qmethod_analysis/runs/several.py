"""The same sorts analysed with several numbers of factors: one folder with an analysis for each, and what they look like side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from qmethod.data import QData
from qmethod.errors import DataError, PolicyError, QMethodError
from qmethod.retention.retain import Retention
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.folder.listing import MADE, SOLUTION, digest, recipe_hash
from qmethod_analysis.recipe.recipe import FILE_NAME, Counting, Recipe
from qmethod_analysis.runs import runs as folders
from qmethod_analysis.runs.besides import viewpoints_to_expect
from qmethod_analysis.tables import retention
from qmethod_analysis.tables.bootstrap import Progress
from qmethod_analysis.tables.csv_output import to_csv
from qmethod_analysis.tables.side_by_side import SideBySide, amounts_table, congruences_table, side_by_side, sorts_table
from qmethod_analysis.words.language import speaking

PAGE, TABLE = "side-by-side.html", "side-by-side.csv"
MOST = 12
"""Numbers of factors that fit side by side."""


def part(k: int) -> str:
    """The name of the folder of one analysis: ``3-factors``.

    Parameters
    ----------
    k : int
    """
    return f"{k}-factor{'' if k == 1 else 's'}"


def recipe_of(recipes: Sequence[Recipe], counting: Counting | None) -> str:
    """One hash for all that was asked of these analyses, in place of that of a recipe.

    Parameters
    ----------
    recipes : sequence of Recipe
    counting : Counting, optional
        How to ask, once for all, how many viewpoints there are.
    """
    asked = [replace(recipe, retention=counting) for recipe in recipes]
    return recipe_hash({f"{part(recipe.n_factors)}/{FILE_NAME}": recipe.to_toml().encode() for recipe in asked})


def solve(recipes: Sequence[Recipe], data: QData, step: Progress) -> tuple[tuple[QSolution, ...], tuple[tuple[int, str], ...]]:
    """Solve each recipe; numbers of factors that these sorts or this method do not allow are returned with the reason.

    Parameters
    ----------
    recipes : sequence of Recipe
        By rising number of factors.
    data : QData
    step : callable
        Called with what is being done.

    Raises
    ------
    QMethodError
        If none has a solution.
    """
    solutions, failures = [], []
    last: QMethodError | None = None
    for recipe in recipes:
        try:
            solutions.append(folders.solve(recipe, data, _within(step, recipe.n_factors)))
        except (DataError, PolicyError) as error:
            last = error
            failures.append((recipe.n_factors, str(error)))
    if last and not solutions:
        raise last
    return tuple(solutions), tuple(failures)


def render(
    solutions: Sequence[QSolution],
    failures: Sequence[tuple[int, str]],
    recipes: Sequence[Recipe],
    counting: Counting | None,
    step: Progress,
    executor: Executor | None = None,
    folder: Path = Path(),
    laid: Mapping[str, bytes] | None = None,
    limit: float | None = None,
) -> tuple[SideBySide, Retention | None, dict[str, bytes]]:
    """Every file, by its path in the folder.

    Parameters
    ----------
    solutions, failures
        From `solve`.
    recipes : sequence of Recipe
    counting : Counting, optional
        How to ask, once for all, how many viewpoints there are.
    step : callable
        Called with what is being done.
    executor : concurrent.futures.Executor, optional
        As for `qmethod_analysis.runs.runs.render`.
    folder : pathlib.Path, optional
        Where they are to lie.
    laid : mapping of str to bytes, optional
        Files of the recipes, copies of their input, that are to lie there too and do not yet.
    limit : float, optional
        As for `qmethod_analysis.runs.runs.render`.

    Returns
    -------
    SideBySide
    Retention or None
    dict of str to bytes
    """
    from qmethod_analysis.report.side_by_side import page

    by_number = {recipe.n_factors: recipe for recipe in recipes}
    first = solutions[0]
    asking = replace(by_number[first.n_factors], retention=counting)
    name = part(first.n_factors)
    beside = {file.removeprefix(f"{name}/"): content for file, content in (laid or {}).items() if file.startswith(f"{name}/")}
    found = viewpoints_to_expect(first, asking, step, folder / name, beside, limit)
    made = side_by_side(solutions, failures, found)
    files: dict[str, bytes] = {}
    for solution in solutions:
        k = solution.n_factors
        recipe = by_number[k]
        each = {**folders.render(solution, recipe, _within(step, k), executor, folder / part(k), limit=limit), FILE_NAME: recipe.to_toml().encode()}
        files |= {f"{part(k)}/{name}": content for name, content in each.items()}
    if found is not None:
        files["retention.csv"] = to_csv(retention.table(found)).encode()
        belongs = {"command": MADE, "solution": digest(files[f"{part(first.n_factors)}/{SOLUTION}"])}
        files["retention.json"] = retention.to_json(found, asking, belongs).encode()
    sorts = sorts_table(made)
    files["side-by-side-sorts.csv"] = to_csv(sorts, own_columns=sorts.header[1:]).encode()
    files["side-by-side-congruence.csv"] = to_csv(congruences_table(made)).encode()
    files[TABLE] = to_csv(amounts_table(made)).encode()
    reports = {solution.n_factors: f"{part(solution.n_factors)}/report.html" for solution in solutions}
    with speaking(asking.language):
        files[PAGE] = page(made, asking, reports, found).encode()
    return made, found, files


def _within(step: Progress, k: int) -> Progress:
    """Say of each step to which analysis it belongs."""
    return lambda said: step(f"{counted(k, 'factor')}: {said}")
