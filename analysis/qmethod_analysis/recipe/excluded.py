"""Sorts that the researcher left out of an analysis: entries of the recipe, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qmethod.data import QData
from qmethod.errors import DataError
from qmethod.formats.exclusions import exclude

Excluded = tuple[tuple[str, str], ...]
"""Participant and reason."""


def without_excluded(data: QData, entries: Sequence[tuple[str, str]], recipe: str) -> QData:
    """The sorts without those that a recipe leaves out.

    Parameters
    ----------
    data : QData
    entries : sequence of (str, str)
    recipe : str
        The file of the recipe, for messages.

    Raises
    ------
    DataError
        As `qmethod.exclude` does.
    """
    try:
        return exclude(data, entries)
    except DataError as error:
        raise DataError([replace(fault, message=f"`exclude`: {fault.message}", file=recipe) for fault in error.faults]) from None


def excluded_of(data: QData) -> Excluded:
    """Whom the researcher left out of some sorts, as a recipe keeps it.

    Parameters
    ----------
    data : QData
    """
    return tuple((one.participant, one.reason) for one in data.excluded if one.by_hand)
