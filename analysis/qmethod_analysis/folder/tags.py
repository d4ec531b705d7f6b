"""The tags of the statements, from the study of the sorts or the file with their wordings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from qmethod.data import QData
from qmethod.formats.wordings import read_wordings, tags_by_statement
from qmethod_analysis.folder.loaded import of_recipe
from qmethod_analysis.recipe.inputs import find_sorts
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.recipe.sources import unlinked

NONE_LAID: Mapping[str, bytes] = {}


def tags_of(recipe: Recipe, data: QData, folder: Path, laid: Mapping[str, bytes] = NONE_LAID) -> dict[str, tuple[str, ...]] | None:
    """The tags of each statement of the sorts; None where no statement has any.

    Parameters
    ----------
    recipe : Recipe
        With paths relative to `folder`. The tags are those of its study, and where that has none, those of its file of statements.
    data : QData
        The sorts.
    folder : pathlib.Path
        Where the recipe lies, or is to lie.
    laid : mapping of str to bytes, optional
        Files that are to lie in the folder and do not yet.

    Raises
    ------
    DataError
        If the study or the file cannot be read.
    """
    known: Mapping[str, tuple[str, ...]] = of_recipe(recipe, data, folder).tags or _of_file(recipe, data, folder, laid)
    tags = {statement: known.get(statement, ()) for statement in data.statements}
    return tags if any(tags.values()) else None


def _of_file(recipe: Recipe, data: QData, folder: Path, laid: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    given = recipe.input
    if given.statements in laid:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / Path(given.statements).name
            file.write_bytes(laid[given.statements])
            return tags_by_statement(read_wordings(file, given.encoding or None), data.statements)
    if given.statements:
        beside = Path(os.path.normpath(unlinked(folder) / given.statements))
    elif given.study:
        beside = find_sorts(given.study).path.parent / "statements.csv"
    else:
        return {}
    return tags_by_statement(read_wordings(beside, given.encoding or None), data.statements) if beside.is_file() else {}
