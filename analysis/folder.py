"""One analysis is one folder: make it, repeat it from its recipe, save a solution from Python.

Nothing in a folder depends on the clock, the machine or the place it stands: the same recipe gives the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis import tables
from analysis.csv_output import to_csv
from analysis.labels import viewpoint_names
from analysis.recipe import FILE_NAME, Input, Recipe, Turn, choices, load, target_rows
from analysis.sources import changed, place_input, read_input, with_hashes
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats import write_csv
from qmethod.pipeline import analyse
from qmethod.solution import QSolution

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Analysis:
    """A solution with the recipe that gives it, and where both were written.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    folder : pathlib.Path
    """

    solution: QSolution
    recipe: Recipe
    folder: Path


def check_folder(folder: Path) -> None:
    """Refuse to write among files that are no earlier analysis.

    Raises
    ------
    DataError
        If `folder` is a file, or holds other things but no recipe.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError([Fault("this is a file; an analysis is written into a folder", file=str(folder), advice="Name another folder with --out.")])
    if folder.is_dir() and not (folder / FILE_NAME).is_file() and any(folder.iterdir()):
        message = f"this folder holds other files and no earlier analysis ({FILE_NAME}); nothing was written"
        raise DataError([Fault(message, file=str(folder), advice="Name a new or empty folder with --out.")])


def solve(recipe: Recipe, data: QData, progress: Progress | None = None) -> QSolution:
    """Analyse `data` as the recipe says, and check the names it gives to viewpoints."""
    solution = analyse(data, recipe.n_factors, target=recipe.target_array(data), progress=progress, **choices(recipe))
    viewpoint_names(solution, dict(recipe.names))
    return solution


def render(solution: QSolution, recipe: Recipe, progress: Progress | None = None, executor: Executor | None = None) -> dict[str, bytes]:
    """Every file of an analysis but its recipe, by name.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    progress : callable, optional
        Called with the name of each step as it begins.
    executor : concurrent.futures.Executor, optional
        Processes for a bootstrap whose resamples run one by one.
    """
    from analysis import retention, uncertainty
    from analysis.loaded import understand
    from analysis.report.html import report

    step = progress or (lambda _: None)
    counted = retention.counted(solution, recipe, step)
    found = uncertainty.resampled(solution, recipe, step, executor)
    step("making tables")
    made = {name: to_csv(table).encode() for name, table in tables.files(solution).items()}
    made["solution.json"] = as_json(solution.to_dict()).encode()
    if counted is not None:
        made["retention.csv"] = to_csv(retention.table(counted)).encode()
        made["retention.json"] = retention.to_json(counted, recipe).encode()
    if found is not None:
        made |= {name: to_csv(table).encode() for name, table in uncertainty.files(solution, found).items()}
        made["bootstrap.json"] = uncertainty.to_json(found).encode()
    step("writing the report")
    made["report.html"] = report(understand(solution, recipe, found=found, counted=counted)).encode()
    return made


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, each at once or not at all; other files there are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + ".part")
        half.write_bytes(content)
        half.replace(path)


def run(
    recipe_file: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    accept_changed_input: bool = False,
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
    accept_changed_input : bool
        Go on although the input is not the one the recipe was made with; the recipe then takes the new hash.
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
        If the recipe is faulty or its input has changed.
    """
    path = Path(recipe_file)
    if not path.is_file():
        raise DataError([Fault("there is no such recipe", file=str(path), advice=f"Name the {FILE_NAME} of an analysis.")])
    folder = path.parent if out is None else Path(out)
    if out is not None:
        check_folder(folder)
    recipe = load(path)
    data = read_input(recipe.input, path.parent)
    current = with_hashes(recipe.input, data, path.parent)
    if current != recipe.input and not accept_changed_input:
        raise DataError(changed(recipe.input, current, path.parent))
    was, recipe = recipe, replace(recipe, input=current)
    solution = solve(recipe, data, progress)
    files = render(solution, recipe, progress, executor)
    if folder.resolve() == path.parent.resolve():
        files[path.name] = with_new_hashes(path.read_bytes(), was.input, current)
    else:
        recipe = replace(recipe, input=_moved(recipe.input, path.parent, folder, files))
        files[FILE_NAME] = recipe.to_toml().encode()
    write(folder, files)
    return Analysis(solution, recipe, folder)


def save(
    solution: QSolution,
    folder: str | os.PathLike[str],
    *,
    data: QData | None = None,
    target: npt.ArrayLike | None = None,
    names: Mapping[str, str] | None = None,
    title: str = "",
    notes: str = "",
) -> Analysis:
    """Write the folder of a solution made in Python, together with its sorts and a recipe that repeats it.

    Parameters
    ----------
    solution : QSolution
        From `qmethod.analyse`.
    folder : path
        New, empty, or holding an earlier analysis.
    data : QData, optional
        What was analysed; needed only where sorts were left out.
    target : array_like of shape (m, k), optional
        The target, where the rotation had one.
    names : mapping of str to str, optional
        Names of viewpoints by label, ``{"f1": "Creative leadership"}``.
    title, notes : str
        For the report.

    Returns
    -------
    Analysis
        With the solution as read back from the folder.

    Raises
    ------
    DataError
        If the recipe would not repeat the solution.
    """
    out = Path(folder)
    check_folder(out)
    if solution.excluded and data is None:
        raise DataError(
            [
                Fault(
                    f"{len(solution.excluded)} sorts were left out of this solution",
                    advice="Pass `data`, with all sorts that were given to `analyse`.",
                )
            ]
        )
    if solution.policies.rotation == "target" and target is None:
        raise DataError([Fault("the solution was rotated towards a target", advice="Pass it as `target`.")])
    whole = data or solution.data
    viewpoint_names(solution, names or {})
    out.mkdir(parents=True, exist_ok=True)
    write_csv(whole, out / "sorts.csv")
    given = Input(path="sorts.csv", grid=str(whole.grid) if whole.grid else "", layout="statements-in-rows")
    again = read_input(given, out)
    recipe = Recipe(
        input=with_hashes(given, again, out),
        n_factors=solution.n_factors,
        policies=solution.policies,
        rotations=tuple(Turn(t.first, t.second, t.degrees) for t in solution.rotation.by_hand),
        flags=solution.manual_flags,
        target=() if target is None else target_rows(np.asarray(target, dtype=float), whole),
        names=tuple((names or {}).items()),
        title=title,
        notes=notes,
    )
    repeated = solve(recipe, again)
    if repeated.loadings.shape != solution.loadings.shape or not np.allclose(repeated.loadings, solution.loadings, atol=1e-9, equal_nan=True):
        raise DataError(
            [
                Fault(
                    "a recipe cannot repeat this solution: its loadings come out differently",
                    advice="Save a solution as `qmethod.analyse` returned it.",
                )
            ]
        )
    write(out, {**render(repeated, recipe), FILE_NAME: recipe.to_toml().encode()})
    return Analysis(repeated, recipe, out)


def with_new_hashes(text: bytes, was: Input, now: Input) -> bytes:
    """The text of a recipe as it is, but for the hashes of its input."""
    for key in ("sha256", "statements_sha256"):
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
