"""The study that a report or a site was told, kept in the recipe of its analysis, so that it need not be told again."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Literal

from qmethod.errors import DataError
from qmethod_analysis.folder.listing import listed_before
from qmethod_analysis.folder.writing import renew_recipe
from qmethod_analysis.recipe.reading import load, parse, raw_recipe
from qmethod_analysis.recipe.recipe import FILE_NAME, Recipe


def remember(folder: Path, recipe: Recipe, solution: str) -> None:
    """Write study and language of a recipe into the recipe of a folder, where that names others.

    Parameters
    ----------
    folder : pathlib.Path
        Of an analysis.
    recipe : Recipe
        Its recipe, with the study that it was read with and the language that was written.
    solution : str
        The hash of the solution: `Listing.solution` as it was read.

    Raises
    ------
    DataError
        If another analysis is there by now.
    """
    was = raw_recipe(folder / FILE_NAME)
    there, text = parse(was.decode(), str(folder / FILE_NAME)), was
    if recipe.study and there.study != recipe.study:
        text = with_study(text, there, recipe.study)
        there = replace(there, study=recipe.study)
    if recipe.language and there.language != recipe.language:
        text = _with(text, there, "language", recipe.language)
    if text != was:
        renew_recipe(folder, text, solution)


def with_study(text: bytes, recipe: Recipe, study: str) -> bytes:
    """The text of a recipe with another study in it; what somebody wrote there by hand stays as it is.

    Parameters
    ----------
    text : bytes
    recipe : Recipe
        What the text says.
    study : str
    """
    return _with(text, recipe, "study", study)


def _with(text: bytes, recipe: Recipe, key: Literal["study", "language"], value: str) -> bytes:
    """The text with another value of a key."""
    import tomli_w

    changed = replace(recipe, study=value) if key == "study" else replace(recipe, language=value)
    anew = changed.to_toml()
    whole = text.decode()
    if whole == recipe.to_toml():
        return anew.encode()
    wanted, line = {**tomllib.loads(whole), key: value}, tomli_w.dumps({key: value}).rstrip("\n")
    lines = whole.split("\n")
    for i, there in enumerate(lines):  # a line may lie within a text of several lines, so what comes of it is read
        rest = lines[i + 1 :] if there.lstrip().startswith(key) else lines[i:] if there.lstrip().startswith("[") else None
        if rest is not None and _says(made := "\n".join([*lines[:i], line, *rest]), wanted):
            return made.encode()
    return anew.encode()


def _says(text: str, wanted: dict[str, object]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def kept_study(recipe: Recipe, folder: Path) -> Recipe:
    """A recipe that is to be written, with study and language that the same recipe in the folder came to be told; as it is where another lies there.

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
    if replace(there, study=recipe.study, language=recipe.language).to_toml() != recipe.to_toml():
        return recipe
    return replace(recipe, study=there.study or recipe.study, language=recipe.language or there.language)
