"""The study that a report or a site was told, kept in the recipe of its analysis, so that it need not be told again."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from qmethod.errors import DataError
from qmethod_analysis.folder.listing import listed_before
from qmethod_analysis.folder.writing import renew_recipe
from qmethod_analysis.recipe.reading import load
from qmethod_analysis.recipe.recipe import FILE_NAME, Recipe


def remember(folder: Path, recipe: Recipe, solution: str) -> None:
    """Write the study of a recipe into the recipe of a folder, where that names another.

    Parameters
    ----------
    folder : pathlib.Path
        Of an analysis.
    recipe : Recipe
        Its recipe, with the study that it was read with.
    solution : str
        The hash of the solution: `Listing.solution` as it was read.

    Raises
    ------
    DataError
        If another analysis is there by now.
    """
    there = load(folder / FILE_NAME)
    if recipe.study and there.study != recipe.study:
        renew_recipe(folder, with_study((folder / FILE_NAME).read_bytes(), there, recipe.study), solution)


def with_study(text: bytes, recipe: Recipe, study: str) -> bytes:
    """The text of a recipe with another study in it; what somebody wrote there by hand stays as it is.

    Parameters
    ----------
    text : bytes
    recipe : Recipe
        What the text says.
    study : str
    """
    import tomli_w

    anew = replace(recipe, study=study).to_toml()
    whole = text.decode()
    if whole == recipe.to_toml():
        return anew.encode()
    wanted, line = {**tomllib.loads(whole), "study": study}, tomli_w.dumps({"study": study}).rstrip("\n")
    lines = whole.split("\n")
    for i, there in enumerate(lines):  # a line may lie within a text of several lines, so what comes of it is read
        rest = lines[i + 1 :] if there.lstrip().startswith("study") else lines[i:] if there.lstrip().startswith("[") else None
        if rest is not None and _says(made := "\n".join([*lines[:i], line, *rest]), wanted):
            return made.encode()
    return anew.encode()


def _says(text: str, wanted: dict[str, object]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def kept_study(recipe: Recipe, folder: Path) -> Recipe:
    """A recipe that is to be written, with the study that the same recipe in the folder came to be told; as it is where another one lies there.

    Parameters
    ----------
    recipe : Recipe
    folder : pathlib.Path
    """
    if listed_before(folder) is None or not (folder / FILE_NAME).is_file():
        return recipe
    try:
        there = load(folder / FILE_NAME)
    except (DataError, OSError):
        return recipe
    same = replace(there, study=recipe.study).to_toml() == recipe.to_toml()
    return replace(recipe, study=there.study) if same and there.study else recipe
