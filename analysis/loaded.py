"""An analysis as its folder holds it, with everything that can be said about it: what reports and sites are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.background import NOTHING, Background, read_background
from analysis.interpretation import Interpretation, interpret
from analysis.labels import viewpoint_names
from analysis.recipe import FILE_NAME, Recipe, load
from analysis.story import Told, story
from analysis.viewpoints import of_study, read_solution
from qmethod.bootstrap import Bootstrap
from qmethod.errors import DataError, Fault
from qmethod.retention import Retention
from qmethod.solution import QSolution


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """An analysis and what there is to say about it.

    Parameters
    ----------
    folder : pathlib.Path
    solution : QSolution
    recipe : Recipe
    found : Bootstrap or None
    counted : Retention or None
    background : Background
    interpretation : Interpretation
    names : tuple of str
        The researcher's name of each viewpoint; else that of a published one it matches; else ``Viewpoint 2``.
    told : tuple of Told
        Each viewpoint in words.
    """

    folder: Path
    solution: QSolution
    recipe: Recipe
    found: Bootstrap | None
    counted: Retention | None
    background: Background
    interpretation: Interpretation
    names: tuple[str, ...]
    told: tuple[Told, ...]


def load_analysis(folder: Path, study: str = "", names: Mapping[str, str] | None = None) -> Loaded:
    """Read the folder of an analysis.

    Parameters
    ----------
    folder : pathlib.Path
    study : str, optional
        The study it belongs to: folder, name, or folder of an export; see `analysis.background.read_background`. Without it, that of the
        recipe where the sorts came with a study that ships.
    names : mapping of str to str, optional
        Names of viewpoints by label; they go before those of the recipe.

    Raises
    ------
    DataError
        If there is no analysis, or a file of it or the study cannot be read.
    """
    solution = read_solution(folder)
    recipe = load(folder / FILE_NAME)
    found = _part(folder / "bootstrap.json", Bootstrap.from_dict)
    counted = _part(folder / "retention.json", Retention.from_dict)
    background = read_background(study, solution.data) if study else None
    return understand(solution, recipe, found=found, counted=counted, background=background, names=names, folder=folder)


def understand(
    solution: QSolution,
    recipe: Recipe,
    *,
    found: Bootstrap | None = None,
    counted: Retention | None = None,
    background: Background | None = None,
    names: Mapping[str, str] | None = None,
    folder: Path = Path(),
) -> Loaded:
    """Everything there is to say about a solution.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    found : Bootstrap, optional
    counted : Retention, optional
    background : Background, optional
        That of the recipe's study where none is given.
    names : mapping of str to str, optional
        Names of viewpoints by label; they go before those of the recipe.
    folder : pathlib.Path, optional
        Where the analysis is.
    """
    known = _of_recipe(recipe, solution) if background is None else background
    published = of_study(known.study, known.study.study) if known.study is not None and known.study.viewpoints else None
    interpretation = interpret(solution, known, found, published)
    called = named(solution, interpretation, {**dict(recipe.names), **(names or {})})
    told = story(solution, interpretation, called, found)
    return Loaded(folder, solution, recipe, found, counted, known, interpretation, called, told)


def named(solution: QSolution, interpretation: Interpretation, given: Mapping[str, str]) -> tuple[str, ...]:
    """What each viewpoint is called.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
        Its matches with published viewpoints propose names.
    given : mapping of str to str
        The researcher's names by label, which come first.
    """
    proposed = {
        label: reading.proposed.name
        for label, reading in zip(solution.labels, interpretation.readings, strict=True)
        if reading is not None and reading.proposed is not None
    }
    return viewpoint_names(solution.factors, {**proposed, **given})


def _of_recipe(recipe: Recipe, solution: QSolution) -> Background:
    """The study that ships with the sorts, where it has a definition."""
    from studies import library

    name = recipe.input.study
    if not name or not (library.path(name) / "study.yaml").is_file():
        return NOTHING
    return read_background(name, solution.data)


def _part(file: Path, from_dict: Any) -> Any:
    if not file.is_file():
        return None
    try:
        return from_dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        advice = "Make the analysis again with qmethod run."
        raise DataError(
            [Fault(f"this part of the analysis cannot be read: {type(error).__name__}: {error}", file=str(file), advice=advice)]
        ) from None
