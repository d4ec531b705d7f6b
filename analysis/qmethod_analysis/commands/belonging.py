"""What belongs to sorts: the wording of their statements, and their study."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qmethod.data import QData
    from qmethod_analysis.commands.receiving import Asked


def read_sorts(asked: Asked) -> tuple[Asked, QData, tuple[str, ...]]:
    """Read the sorts, with the wording of the statements where it can be found.

    Parameters
    ----------
    asked : Asked

    Returns
    -------
    Asked
        With the file of statements that lies beside the sorts, where none was named.
    QData
    tuple of str
        What there is to say about that file.
    """
    from qmethod_analysis.recipe.inputs import wording_beside
    from qmethod_analysis.recipe.sources import read_input

    given = asked.input
    data = read_input(given, Path())
    beside = None if given.study or given.statements or "path" in asked.passing else wording_beside(Path(given.path), data, given.table)
    if beside is None:
        return asked, data, ()
    if beside.fits:
        asked = replace(asked, input=replace(given, statements=os.fspath(beside.path)))
        return asked, read_input(asked.input, Path()), (f"Statement texts were taken from {beside.path.name}, which lies beside the sorts.",)
    return asked, data, (f"{beside.path.name} lies beside the sorts but does not fit them: {beside.why}",)


def belonging(study: str, asked: Asked, data: QData) -> tuple[str, tuple[str, ...]]:
    """The study that the sorts belong to, as named or because they lie in its folder, and what there is to say about that.

    Parameters
    ----------
    study : str
        What the user named: a study, ``none``, or nothing.
    asked : Asked
        Where the sorts lie.
    data : QData
        The sorts.

    Returns
    -------
    str
        Empty where there is none.
    tuple of str

    Raises
    ------
    DataError
        If the study that was named cannot be read, or is that of other statements.
    """
    from qmethod.errors import DataError
    from qmethod_analysis.interpretation.background import EXPORT, read_background
    from qmethod_analysis.recipe.sources import NO_STUDY

    if study and study.lower() != NO_STUDY:
        read_background(study, data)
        return study, ()
    sorts = Path(asked.input.path)
    beside = next((file for name in (EXPORT, "study.yaml") if (file := sorts.with_name(name)).is_file()), None) if asked.input.path else None
    if study or beside is None:
        return "", ()
    found = os.fspath(beside.parent)
    try:
        read_background(found, data)
    except DataError as error:
        return "", (f"{beside.name} lies beside the sorts but was left out: {error.faults[0].message}",)
    return found, (f"The study is that of {beside.name}, which lies beside the sorts.",)
