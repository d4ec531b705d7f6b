"""An analysis as its folder holds it, with everything that can be said about it: what reports and sites are made from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qmethod import checks, shown
from qmethod.brief import brief
from qmethod.data import QData
from qmethod.errors import DataError, Fault, Setting
from qmethod.given import ReadOnly
from qmethod.literals import SolutionTable
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.retention.retain import Retention
from qmethod.shown import Result
from qmethod.solution import QSolution
from qmethod_analysis.folder.listing import Listing, listing_of, parsed, read_part
from qmethod_analysis.folder.shapes import check_beside
from qmethod_analysis.folder.viewpoints import read_solution
from qmethod_analysis.interpretation.background import NOTHING, Background, read_background, worded
from qmethod_analysis.interpretation.called import Called, called
from qmethod_analysis.interpretation.crib_sheet import Interpretation, interpret
from qmethod_analysis.interpretation.known import with_details
from qmethod_analysis.interpretation.questions import GroupRead, Question, groups_read, questions
from qmethod_analysis.interpretation.story import Told, story
from qmethod_analysis.interpretation.themes import themes as by_theme
from qmethod_analysis.interpretation.viewpoints import of_study
from qmethod_analysis.recipe.reading import load as load_recipe
from qmethod_analysis.recipe.recipe import FILE_NAME, Recipe
from qmethod_analysis.recipe.sources import NO_STUDY, is_folder_of, is_known, place_study, unlinked
from qmethod_analysis.recipe.texts import Own, Texts, read_texts
from qmethod_analysis.recipe.texts import Theme as OwnTheme
from qmethod_analysis.tables.named import table_of
from qmethod_analysis.tables.solution import Table


@dataclass(frozen=True, slots=True, eq=False)
class Loaded(ReadOnly, Result[SolutionTable]):
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
    own : mapping of str to Own
        The researcher's name, gist and story of viewpoints, by label.
    called : tuple of Called
        What each viewpoint is called and what it holds, and whose words these are.
    told : tuple of Told
        Each viewpoint in words.
    asked : tuple of Question
        What the viewpoints make of the questions of the study, and what else divides them.
    groups : tuple of GroupRead
        The study's groups of statements that every viewpoint places on one side.
    themes : tuple of Theme
        The researcher's, by which viewpoints are told instead of the study's groups.
    """

    folder: Path
    solution: QSolution
    recipe: Recipe
    found: Bootstrap | None
    counted: Retention | None
    background: Background
    interpretation: Interpretation
    own: Mapping[str, Own]
    called: tuple[Called, ...]
    told: tuple[Told, ...]
    asked: tuple[Question, ...]
    groups: tuple[GroupRead, ...]
    themes: tuple[OwnTheme, ...] = ()

    __repr__ = brief

    def _table(self, what: str) -> Table:
        """A table of `to_frame`."""
        return table_of(self.solution, what)

    def _said(self) -> list[str]:
        first, conventions, *viewpoints = shown.said_of(self.solution, self.solution.data.n_sorts, self.solution.policies)
        beside = [name for name, there in (("bootstrap", self.found), ("retention", self.counted), ("study", self.background.study)) if there]
        return [first, f"from {self.folder}", conventions, *viewpoints, f"with {', '.join(beside)}" if beside else "no bootstrap, retention or study"]

    @property
    def names(self) -> tuple[str, ...]:
        """The researcher's name of each viewpoint; else that of a published one it matches; else ``Viewpoint 2``."""
        return tuple(one.name for one in self.called)


def load(folder: str | os.PathLike[str], study: str = "") -> Loaded:
    """Read the folder of an analysis, with what the researcher wrote about its viewpoints.

    Parameters
    ----------
    folder : path
        As `qmethod.save` or ``qmethod analyse`` wrote it. Names, gists and stories of viewpoints are taken from its ``report.toml``.
    study : str, optional
        The study it belongs to: folder, name, or folder of an export. Without it that of the recipe; with ``"none"`` no study.

    Returns
    -------
    Loaded
        Its `solution` is the one that was saved; `found` is the bootstrap and `counted` the table of retention, where there are any.

    Raises
    ------
    DataError
        If there is no analysis, or a file of it or the study cannot be read.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(40)), 2)
    >>> saved = qmethod.save(solution, "forty-people")
    >>> qmethod.load("forty-people").names
    ('Viewpoint 1', 'Viewpoint 2')
    """
    home = checks.path("folder", folder)
    texts = read_texts(home, read_solution(home).labels)
    return load_analysis(home, checks.text("study", study), texts.viewpoints, texts.themes)


def load_analysis(folder: Path, study: str = "", own: Mapping[str, Own] | None = None, themes: Sequence[OwnTheme] = ()) -> Loaded:
    """Read the folder of an analysis.

    Parameters
    ----------
    folder : pathlib.Path
    study : str, optional
        The study it belongs to: folder, name, or folder of an export; see
        `qmethod_analysis.interpretation.background.read_background`. Without it that of the recipe; with `NO_STUDY` none.
    own : mapping of str to Own, optional
        The researcher's names, gists and stories by label; a name goes before that of the recipe.
    themes : sequence of Theme, optional
        The researcher's.

    Raises
    ------
    DataError
        If there is no analysis, or a file of it or the study cannot be read.
    """
    listing = listing_of(folder)
    solution = read_solution(folder)
    recipe = load_recipe(folder / FILE_NAME)
    found = _part(folder, listing, "bootstrap.json", Bootstrap.from_dict, solution)
    counted = _part(folder, listing, "retention.json", Retention.from_dict, solution)
    if study:
        recipe = replace(recipe, study=place_study(study, Path(), folder))
    background = None if not study else NOTHING if study.lower() == NO_STUDY else read_background(study, solution.data)
    return understand(solution, recipe, found=found, counted=counted, background=background, own=own, themes=themes, folder=folder)


def understand(
    solution: QSolution,
    recipe: Recipe,
    *,
    found: Bootstrap | None = None,
    counted: Retention | None = None,
    background: Background | None = None,
    own: Mapping[str, Own] | None = None,
    themes: Sequence[OwnTheme] = (),
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
    own : mapping of str to Own, optional
        The researcher's names, gists and stories by label; a name goes before that of the recipe.
    themes : sequence of Theme, optional
        The researcher's.
    folder : pathlib.Path, optional
        Where the analysis is.

    Raises
    ------
    DataError
        If two viewpoints have one name.
    """
    known = with_details(of_recipe(recipe, solution.data, folder) if background is None else background, solution.data)
    solution = replace(solution, data=worded(solution.data, known))
    published = of_study(known.study, known.study.study) if known.study is not None and known.study.viewpoints else None
    interpretation = interpret(solution, known, found, published)
    words = MappingProxyType(dict(own or {}))
    calling = called(solution, interpretation, dict(recipe.names), words)
    names = [one.name for one in calling]
    asked = questions(solution, known.study, known.language, names)
    told = story(solution, interpretation, names, found, by_theme(solution, themes, known.study, known.language), asked)
    groups = groups_read(solution, known.study, known.language)
    return Loaded(folder, solution, recipe, found, counted, known, interpretation, words, calling, told, asked, groups, tuple(themes))


def with_texts(loaded: Loaded, texts: Texts) -> Loaded:
    """The same analysis with the researcher's words on its viewpoints, told by the researcher's themes.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
        What it does not name stays as it is.

    Raises
    ------
    DataError
        If two viewpoints have one name.
    """
    own, themes = {**loaded.own, **texts.viewpoints}, texts.themes or loaded.themes
    if own == loaded.own and themes == loaded.themes:
        return loaded
    calling = called(loaded.solution, loaded.interpretation, dict(loaded.recipe.names), own)
    return retold(replace(loaded, own=MappingProxyType(own), called=calling, themes=themes), loaded.interpretation)


def retold(loaded: Loaded, interpretation: Interpretation) -> Loaded:
    """The same analysis, told anew from other figures about it.

    Parameters
    ----------
    loaded : Loaded
    interpretation : Interpretation
    """
    known, solution, names = loaded.background, loaded.solution, loaded.names
    asked = questions(solution, known.study, known.language, names)
    told = story(solution, interpretation, names, loaded.found, by_theme(solution, loaded.themes, known.study, known.language), asked)
    return replace(loaded, interpretation=interpretation, told=told, asked=asked)


def of_recipe(recipe: Recipe, data: QData, folder: Path) -> Background:
    """What the study of a recipe tells: the one it names, else the one that ships with the sorts, where it has a definition.

    Parameters
    ----------
    recipe : Recipe
    data : QData
    folder : pathlib.Path
        Where the recipe lies.

    Raises
    ------
    DataError
        If the study is no longer where the recipe says.
    """
    from qmethod_studies import library

    if recipe.study:
        there = Path(os.path.normpath(unlinked(folder) / recipe.study))  # the folder itself may be about to be made
        if recipe.study == NO_STUDY:
            return NOTHING
        lies = is_folder_of(recipe.study, there)
        if not lies and not is_known(recipe.study):
            named = Setting("study")
            advice = f"Put it back, correct `study` in {FILE_NAME}, or name it for a report with {named} ({NO_STUDY}: without one)."
            message = "the study of this analysis is not where its recipe says"
            raise DataError([Fault(message, file=str(there), advice=advice, settings=(named,))])
        return read_background(os.fspath(there) if lies else recipe.study, data)
    name = recipe.input.study
    if not name or not (library.path(name) / "study.yaml").is_file():
        return NOTHING
    return read_background(name, data)


def _part(folder: Path, listing: Listing, name: str, from_dict: Any, solution: QSolution) -> Any:
    def make(values: Any) -> Any:
        made = from_dict(values)
        check_beside(made, solution)
        return made

    content = read_part(folder, listing, name)
    return None if content is None else parsed(content, folder / name, listing, make)
