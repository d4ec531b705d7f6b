"""Whose sorts, and whose study, an analysis is made of."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.sources import unlinked
from qmethod_analysis.words.language import _
from qmethod_studies.credit import Credit, read_credit


@dataclass(frozen=True, slots=True)
class Credited:
    """Who is to be named.

    Parameters
    ----------
    credit : Credit
    sorts : bool
        Whether the sorts are theirs too, and not the statements alone.
    """

    credit: Credit
    sorts: bool

    @property
    def text(self) -> str:
        """A sentence or two for readers."""
        if self.sorts:
            return _("Sorts and statements are by {authors}", authors=self.credit.text)
        return _("The study is by {authors}", authors=self.credit.text)


def credited(loaded: Loaded) -> Credited | None:
    """Who made the sorts, or else the study, by the ``CITATION.cff`` in the folder of the study; None where it has none.

    Parameters
    ----------
    loaded : Loaded
    """
    from qmethod_studies import library

    recipe, study = loaded.recipe, loaded.background.study
    shipped = recipe.input.study
    if shipped and (found := read_credit(library.path(shipped))) is not None:
        return Credited(found, True)
    places = [Path(os.path.normpath(unlinked(loaded.folder) / recipe.study))] if recipe.study else []
    if study is not None and study.study in library.definitions():
        places.append(library.path(study.study))
    return next((Credited(found, False) for place in places if (found := read_credit(place)) is not None), None)
