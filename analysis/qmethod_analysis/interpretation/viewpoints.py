"""Viewpoints that were found or described, wherever they are kept: the folder of an analysis, or a study with reference viewpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qmethod.brief import brief
from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.matching.comparison import common_side
from qmethod.wording import counted, listed

if TYPE_CHECKING:  # what a study is takes long to load, and no function here makes one
    from qmethod_studies.definition import Study


@dataclass(frozen=True, slots=True, eq=False)
class Viewpoints:
    """Viewpoints of one source.

    Parameters
    ----------
    source : str
        As the user named it.
    names : tuple of str
    statements : tuple of str
        Ids.
    texts : tuple of str
        Wordings, empty where unknown.
    scores : ndarray of shape (n, k)
        z-scores of an analysis; placements of reference viewpoints, NaN where one says nothing.
    gists, sources : tuple of str
        Of reference viewpoints: what each holds in a sentence, and which text describes it. Empty texts for an analysis.
    common : ndarray of bool, shape (n,)
        Statements that all reference viewpoints put on one side, see `qmethod.matching.comparison.common_side`; none for an analysis.
    simulated : bool
        Whether it is an analysis of sorts some of which at least are simulated.
    translated : tuple of frozenset of str
        Of a study: each statement's wordings in other languages. Empty for an analysis.
    """

    source: str
    names: tuple[str, ...]
    statements: tuple[str, ...]
    texts: tuple[str, ...]
    scores: FloatArray
    gists: tuple[str, ...]
    sources: tuple[str, ...]
    common: npt.NDArray[np.bool_]
    simulated: bool = False
    translated: tuple[frozenset[str], ...] = ()

    __repr__ = brief

    def for_statements(self, statements: Sequence[str]) -> FloatArray:
        """The scores of these statements, in this order; NaN for those the source does not have.

        Raises
        ------
        DataError
            If fewer than four statements are the same.
        """
        row = {name: i for i, name in enumerate(self.statements)}
        shared = [name for name in statements if name in row]
        if len(shared) < 4:
            advice = f"Its statements are {', '.join(self.statements[:8])} ...; the others are {', '.join(list(statements)[:8])} ..."
            raise DataError([Fault(f"{len(shared)} statements have the same id; at least 4 are needed", file=self.source, advice=advice)])
        found = np.full((len(statements), len(self.names)), np.nan)
        for i, name in enumerate(statements):
            if name in row:
                found[i] = self.scores[row[name]]
        return found

    def other_wordings(self, statements: Sequence[str], texts: Sequence[str]) -> str:
        """What there is to say where statements with the same id are worded otherwise; empty where none is, or their wordings are not known.

        Parameters
        ----------
        statements, texts : sequence of str
            Ids and wordings of the others, empty where unknown.
        """
        further = self.translated or (frozenset[str](),) * len(self.statements)
        own = {name: {_bare(one) for one in (text, *more) if one} for name, text, more in zip(self.statements, self.texts, further, strict=True)}
        known = [(name, _bare(text)) for name, text in zip(statements, texts, strict=True) if text and own.get(name)]
        otherwise = [name for name, text in known if text not in own[name]]
        if not otherwise:
            return ""
        alike = len(known) - len(otherwise)
        if alike:
            return f"Worded otherwise in {self.source}: {listed(otherwise, 6)}."
        whose = f"None of {counted(len(known), 'statement')} with the same id is worded alike in {self.source}"
        return f"{whose}: unless they are translations, these are other statements, and nothing can be said by comparing them."

    def common_among(self, statements: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which of these statements all reference viewpoints put on one side."""
        common = dict(zip(self.statements, self.common.tolist(), strict=True))
        return np.array([common.get(name, False) for name in statements], dtype=np.bool_)


def _bare(text: str) -> str:
    """A wording without what does not matter to a reader: capitals, blanks, the full stop."""
    return " ".join(text.casefold().split()).rstrip(".")


def of_study(study: Study, source: str) -> Viewpoints:
    """The reference viewpoints of a study, in its first language.

    Parameters
    ----------
    study : Study
    source : str
        As the user named it.
    """
    language = study.first_language
    scores = np.full((len(study.ids), len(study.viewpoints)), np.nan)
    for j, viewpoint in enumerate(study.viewpoints):
        for i, statement in enumerate(study.ids):
            if statement in viewpoint.placements:
                scores[i, j] = viewpoint.placements[statement].value
    texts = tuple(statement.text.in_(language) for statement in study.statements)
    names, gists = (tuple(getattr(viewpoint, part).in_(language) for viewpoint in study.viewpoints) for part in ("name", "gist"))
    common = common_side(scores, (study.columns[0] + study.columns[-1]) / 2)
    sources = tuple(viewpoint.source for viewpoint in study.viewpoints)
    every = tuple(frozenset(statement.text.root.values()) for statement in study.statements)
    return Viewpoints(source, names, study.ids, texts, scores, gists, sources, common, translated=every)
