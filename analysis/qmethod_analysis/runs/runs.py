"""One analysis is one folder: make it, repeat it from its recipe, save a solution from Python.

Nothing in a folder depends on the clock, the machine or the place it stands: the same recipe gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod import checks, shown
from qmethod.brief import brief
from qmethod.calibration.pipeline import analyse
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats import write_csv
from qmethod.formats.carrying import NAMES, people_table
from qmethod.formats.putting import place
from qmethod.layouts import STATEMENT_ROWS
from qmethod.literals import SolutionTable
from qmethod.shown import Result
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.folder.listing import MADE, REPORT, SOLUTION, UNNAMED, digest, recipe_hash, report_command
from qmethod_analysis.folder.staging import Change
from qmethod_analysis.folder.studied import kept_study
from qmethod_analysis.folder.writing import check_folder, check_recipe, write_analysis
from qmethod_analysis.recipe.excluded import excluded_of, without_excluded
from qmethod_analysis.recipe.reading import load, raw_recipe
from qmethod_analysis.recipe.recipe import FILE_NAME, Input, Recipe, Turn, choices, target_rows
from qmethod_analysis.recipe.retested import check_recorded, without_second_sorts
from qmethod_analysis.recipe.sources import changed, check_there, place_input, place_study, read_input, unlinked, with_hashes
from qmethod_analysis.runs.costs import LONG
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.tables.bootstrap import Progress
from qmethod_analysis.tables.csv_output import to_csv
from qmethod_analysis.tables.named import table_of
from qmethod_analysis.tables.solution import Table
from qmethod_analysis.words.labels import viewpoint_names
from qmethod_analysis.words.language import SOURCE, checked, speaking


@dataclass(frozen=True, slots=True)
class Analysis(Result[SolutionTable]):
    """A solution with the recipe that gives it, and where both were written.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    folder : pathlib.Path
    change : Change
        What writing did to files that were there.
    """

    solution: QSolution
    recipe: Recipe
    folder: Path
    change: Change

    __repr__ = brief

    def _table(self, what: str) -> Table:
        """A table of `to_frame`."""
        return table_of(self.solution, what)

    def _said(self) -> list[str]:
        return [f"saved in {self.folder}", *shown.said_of(self.solution, self.solution.data.n_sorts, self.solution.policies)]


def solve(recipe: Recipe, data: QData, progress: Progress | None = None) -> QSolution:
    """Analyse `data` as the recipe says, and check the names it gives to viewpoints."""
    solution = analyse(data, recipe.n_factors, target=recipe.target_array(data), progress=progress, **choices(recipe))
    viewpoint_names(solution, dict(recipe.names))
    return solution


def render(
    solution: QSolution,
    recipe: Recipe,
    progress: Progress | None = None,
    executor: Executor | None = None,
    folder: Path = Path(),
    laid: Mapping[str, bytes] | None = None,
    limit: float | None = None,
) -> dict[str, bytes]:
    """Every file of an analysis but its recipe, by name.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    progress : callable, optional
        Called with the name of each step as it begins.
    executor : concurrent.futures.Executor, optional
        Processes for a bootstrap whose resamples run one by one.
    folder : pathlib.Path, optional
        Where they are to lie, which is what paths in the recipe are relative to. The researcher's own texts there go into the report.
    laid : mapping of str to bytes, optional
        Files of the recipe, copies of its input, that are to lie there too and do not yet.
    limit : float, optional
        Seconds that the bootstrap, and each step of asking how many viewpoints there are, may take; see `qmethod_analysis.runs.costs.within`.
    """
    from qmethod_analysis.folder.loaded import understand
    from qmethod_analysis.recipe.texts import FILE_NAME as TEXTS
    from qmethod_analysis.recipe.texts import raw_text, read_texts
    from qmethod_analysis.report.writing import page
    from qmethod_analysis.runs.besides import resampled, viewpoints_to_expect
    from qmethod_analysis.tables import bootstrap as uncertainty
    from qmethod_analysis.tables import retention

    step = progress or (lambda _: None)
    counted = viewpoints_to_expect(solution, recipe, step, folder, laid or {}, limit)
    found = resampled(solution, recipe, step, executor, limit)
    step("making tables")
    made = {name: to_csv(table).encode() for name, table in tables.files(solution).items()}
    made[SOLUTION] = as_json(solution.to_dict()).encode()
    belongs = {"command": MADE, "solution": digest(made[SOLUTION])}
    if counted is not None:
        made["retention.csv"] = to_csv(retention.table(counted)).encode()
        made["retention.json"] = retention.to_json(counted, recipe, belongs).encode()
    if found is not None:
        made |= {name: to_csv(table).encode() for name, table in uncertainty.files(solution, found).items()}
        made["bootstrap.json"] = uncertainty.to_json(found, belongs).encode()
    step("writing the report")
    texts = (
        read_texts(folder, solution.labels) if raw_text(folder / TEXTS) is not None else None
    )  # a page without them is not written over one with them
    own, themes = (texts.viewpoints, texts.themes) if texts else (None, ())
    with speaking(recipe.language):
        known = understand(solution, recipe, found=found, counted=counted, own=own, themes=themes, folder=folder)
        made[REPORT] = page(known, texts, anonymous=report_command(folder) == UNNAMED)  # nor is one with names written over one without
    return made


def run(
    recipe_file: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    people: str | os.PathLike[str] | None = None,
    people_id: str | None = None,
    accept_changed_input: bool = False,
    overwrite: bool = False,
    however_long: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Analysis:
    """Repeat an analysis from its recipe.

    Parameters
    ----------
    recipe_file : path
        An ``analysis.toml``.
    out : path, optional
        Where to write; the recipe's own folder if not given, and then the recipe itself stays as it is.
    people : path, optional
        A table of what is known of the participants, in place of that of the recipe, which then names it; see `qmethod.with_people`.
    people_id : str, optional
        Its column with their names; found where not given.
    accept_changed_input : bool
        Go on although the input is not the one the recipe was made with; the recipe then takes the new hash.
    overwrite : bool
        Write even where the analysis of another recipe is, which then goes.
    however_long : bool
        Go on where the recipe asks for something that would take more than an hour, by how long its beginning takes.
    progress : callable, optional
        Called with the name of each step as it begins.
    executor : concurrent.futures.Executor, optional
        As for `render`.

    Returns
    -------
    Analysis

    Raises
    ------
    DataError
        If the recipe is faulty, its input has changed, the folder holds something else, or it would take too long.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(40)), 2)
    >>> saved = qmethod.save(solution, "to-repeat")
    >>> again = qmethod.run("to-repeat/analysis.toml", "repeated")
    >>> (again.solution.loadings == solution.loadings).all()
    np.True_
    """
    checks.path("recipe_file", recipe_file)
    if out is not None:
        checks.path("out", out)
    if people is not None:
        checks.path("people", people)
    if people_id is not None:
        checks.text("people_id", people_id)
    checks.switch("accept_changed_input", accept_changed_input)
    checks.switch("overwrite", overwrite)
    checks.switch("however_long", however_long)
    checks.calls("progress", progress)
    checks.calls("executor", executor, "map")
    path, folder = recipe_place(recipe_file, out, overwrite=overwrite)
    recipe = load(path)
    if people is not None:
        recipe = _with_people(recipe, path, people, people_id)
    check_there(recipe.input, path)
    data = read_input(recipe.input, path.parent)
    current = with_hashes(recipe.input, data, path.parent)
    if current != recipe.input and not accept_changed_input:
        raise DataError(changed(recipe.input, current, path.parent))
    was, recipe = recipe, replace(recipe, input=current)
    data = without_excluded(data, recipe.exclude, str(path))
    if recipe.retest:
        data, found = without_second_sorts(data, recipe.retest)
        check_recorded(found, recipe.retest, recipe.policies.reliability_coefficient, recipe.policies.reliability, str(path))
    files: dict[str, bytes] = {}
    if folder.resolve() == path.parent.resolve() and people is None:
        files[FILE_NAME] = with_new_hashes(raw_recipe(path), was.input, current)
    else:
        recipe = replace(recipe, input=_moved(recipe.input, path.parent, folder, files), study=place_study(recipe.study, path.parent, folder))
        files[FILE_NAME] = recipe.to_toml().encode()
    mine = folder.resolve() == path.parent.resolve() and path.name == FILE_NAME
    check_recipe(folder, recipe_hash(files), overwrite=overwrite or mine)
    solution = solve(recipe, data, progress)
    files |= render(solution, recipe, progress, executor, folder, files, None if however_long else LONG)
    return Analysis(solution, recipe, folder, write_analysed(folder, files, overwrite=overwrite or mine))


def _with_people(recipe: Recipe, path: Path, people: str | os.PathLike[str], people_id: str | None) -> Recipe:
    """A recipe with another table of people, where it is now."""
    base, table = unlinked(path.parent), Path(people).resolve()
    try:
        named = os.path.relpath(table, base.resolve())
    except ValueError:  # another drive
        named = os.fspath(table)
    sha256 = hashlib.sha256(table.read_bytes()).hexdigest() if table.is_file() else ""
    return replace(recipe, input=replace(recipe.input, people=Path(named).as_posix(), people_id=people_id or "", people_sha256=sha256))


def write_analysed(folder: Path, files: Mapping[str, bytes | Path], recipe: str = "", *, overwrite: bool) -> Change:
    """Write what `render` made; of every page in it the folder keeps whether it names anybody.

    Parameters
    ----------
    folder, files, recipe, overwrite
        As in `qmethod_analysis.folder.writing.write_analysis`.
    """
    pages = {name: report_command((folder / name).parent) for name in files if name.rpartition("/")[2] == REPORT}
    return write_analysis(folder, files, MADE, recipe, overwrite=overwrite, commands=pages)


def recipe_place(recipe_file: str | os.PathLike[str], out: str | os.PathLike[str] | None, *, overwrite: bool) -> tuple[Path, Path]:
    """A recipe, and the folder that its analysis is to be written to.

    Raises
    ------
    DataError
        If there is no such recipe, or the folder cannot be written to.
    """
    path = Path(recipe_file)
    if path.is_dir() and (path / FILE_NAME).is_file():
        path = path / FILE_NAME
    if not path.is_file():
        raise DataError([Fault("there is no such recipe", file=str(path), advice=f"Name the {FILE_NAME} of an analysis.")])
    folder = path.parent if out is None else Path(out)
    if out is not None:
        check_folder(folder, overwrite=overwrite)
    return path, folder


def save(
    solution: QSolution,
    out: str | os.PathLike[str],
    *,
    data: QData | None = None,
    target: npt.ArrayLike | None = None,
    names: Mapping[str, str] | None = None,
    title: str = "",
    notes: str = "",
    language: str = "",
    overwrite: bool = False,
) -> Analysis:
    """Write the folder of a solution made in Python, together with its sorts and a recipe that repeats it.

    Parameters
    ----------
    solution : QSolution
        From `qmethod.analyse`.
    out : path
        A folder: new, empty, or holding an earlier analysis.
    data : QData, optional
        What was analysed; needed only where sorts were left out.
    target : array_like of shape (m, k), optional
        The target, where the rotation had one.
    names : mapping of str to str, optional
        Names of viewpoints by label, ``{"f1": "Creative leadership"}``.
    title, notes : str
        For the report.
    language : str, optional
        In which the report is written, for example ``"es"``. Without it English.
    overwrite : bool
        Write even where the analysis of another recipe is, which then goes.

    Returns
    -------
    Analysis
        With the solution as its recipe repeats it.

    Raises
    ------
    DataError
        If the recipe would not repeat the solution, the folder holds something else, or reports are not written in the language.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(40)), 2)
    >>> saved = qmethod.save(solution, "forty", title="Forty people", names={"f1": "Acceptance"})
    >>> (saved.folder / "report.html").is_file()
    True
    """
    checks.instance("solution", solution, QSolution, checks.SOLUTION)
    folder = checks.path("out", out)
    names, overwrite = checks.by_text("names", names), checks.switch("overwrite", overwrite)
    title, notes = checks.text("title", title), checks.text("notes", notes)
    language = checked(checks.text("language", language) or SOURCE)
    if data is not None:
        checks.instance("data", data, QData, "a `qmethod.QData`")
    goal = None if target is None else checks.table("target", target, gaps=True)
    check_folder(folder, overwrite=overwrite)
    if solution.excluded and (data is None or data.excluded):
        raise DataError(
            [
                Fault(
                    f"{counted(solution.n_excluded, 'sort')} {'was' if solution.n_excluded == 1 else 'were'} left out of this solution",
                    advice="Pass `data` with all sorts, those left out too, as they were read.",
                )
            ]
        )
    if solution.policies.rotation == "target" and goal is None:
        raise DataError([Fault("the solution was rotated towards a target", advice="Pass it as `target`.")])
    whole = data or solution.data
    viewpoint_names(solution, names)
    given = Input(path="sorts.csv", grid=str(whole.grid) if whole.grid else "", layout=STATEMENT_ROWS)
    table = people_table(whole, whole.participants, safe=False)
    if table:
        given = replace(given, people="people.csv", people_id=NAMES)
    with tempfile.TemporaryDirectory() as there:
        file = Path(there) / given.path
        write_csv(whole, file)
        if table:
            place({Path(there) / given.people: table})
        again, written, hashed = read_input(given, file.parent), file.read_bytes(), with_hashes(given, read_input(given, file.parent), file.parent)
    recipe = Recipe(
        input=hashed,
        n_factors=solution.n_factors,
        policies=solution.policies,
        rotations=tuple(Turn(t.first, t.second, t.degrees) for t in solution.rotation.by_hand),
        flags=solution.manual_flags,
        target=() if goal is None else target_rows(goal, whole),
        exclude=excluded_of(solution.data),
        names=tuple(names.items()),
        title=title,
        notes=notes,
        language="" if language == SOURCE else language,
    )
    recipe = kept_study(recipe, folder)
    files = {given.path: written, **({given.people: table} if table else {}), FILE_NAME: recipe.to_toml().encode()}
    check_recipe(folder, recipe_hash(files), overwrite=overwrite)
    repeated = solve(recipe, without_excluded(again, recipe.exclude, FILE_NAME))
    if repeated.loadings.shape != solution.loadings.shape or not np.allclose(repeated.loadings, solution.loadings, atol=1e-9, equal_nan=True):
        raise DataError(
            [
                Fault(
                    "a recipe cannot repeat this solution: its loadings come out differently",
                    advice="Save a solution as `qmethod.analyse` returned it.",
                )
            ]
        )
    files |= render(repeated, recipe, folder=folder, laid=files)
    return Analysis(repeated, recipe, folder, write_analysed(folder, files, overwrite=overwrite))


def with_new_hashes(text: bytes, was: Input, now: Input) -> bytes:
    """The text of a recipe as it is, but for the hashes of its input."""
    for key in ("sha256", "statements_sha256", "responses_sha256", "people_sha256"):
        old, new = getattr(was, key), getattr(now, key)
        text = text.replace(old.encode(), new.encode()) if old else text
    return text


def _moved(given: Input, base: Path, folder: Path, files: dict[str, bytes]) -> Input:
    moved, copies = place_input(given, base, folder)
    files.update(copies)
    return moved


def as_json(parts: Mapping[str, Any]) -> str:
    """A solution's `to_dict` as JSON: one line for each part, keys in the order of the dataclasses."""
    lines = [f" {json.dumps(key)}: {json.dumps(value, allow_nan=False, ensure_ascii=False)}" for key, value in parts.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
