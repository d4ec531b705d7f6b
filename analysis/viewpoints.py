"""Viewpoints that were found or published, wherever they are kept: the folder of an analysis, or a study with reference viewpoints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.labels import defined, viewpoint_names
from analysis.listing import SOLUTION, listing_of, read_part
from analysis.recipe import FILE_NAME, load
from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.solution import QSolution
from studies.definition import Study


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
        Of reference viewpoints: what each holds in a sentence, and where it was published. Empty texts for an analysis.
    """

    source: str
    names: tuple[str, ...]
    statements: tuple[str, ...]
    texts: tuple[str, ...]
    scores: FloatArray
    gists: tuple[str, ...]
    sources: tuple[str, ...]

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


def read_solution(folder: Path) -> QSolution:
    """The solution of an analysis, from its folder.

    Raises
    ------
    DataError
        If the folder holds no analysis, or one that cannot be read or is not as it was made.
    """
    file = folder / SOLUTION
    content = read_part(folder, listing_of(folder), SOLUTION)
    try:
        values = json.loads(content or b"")
        if "sorts" not in values["data"]:
            message = "this analysis was made with --stream: it has tables, and neither a report nor sorts at hand"
            raise DataError([Fault(message, file=str(folder), advice="Analyse a sample of the sorts without --stream.")])
        return QSolution.from_dict(values)
    except DataError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        advice = "Make the analysis again with qmethod run."
        raise DataError([Fault(f"the analysis cannot be read: {type(error).__name__}: {error}", file=str(file), advice=advice)]) from None


def read_viewpoints(name: str) -> Viewpoints:
    """The viewpoints of an analysis (its folder), or of a study (its folder, or the name of one that ships).

    Raises
    ------
    DataError
        If there is neither, or the study has no reference viewpoints.
    """
    folder = Path(name)
    if (folder / SOLUTION).is_file():
        solution = read_solution(folder)
        names = load(folder / FILE_NAME).names
        every, shown = viewpoint_names(solution, dict(names)), list(defined(solution))
        called, silent = tuple(every[f] for f in shown), ("",) * len(shown)
        return Viewpoints(name, called, solution.data.statements, solution.data.texts, solution.scores.z_scores[:, shown], silent, silent)
    from studies.loading import find
    from studies.loading import load as load_study

    if folder.is_file() and folder.name != "study.yaml":
        message = "this is a file, and the folder of an analysis is wanted, or a study with reference viewpoints"
        raise DataError([Fault(message, file=name, advice=f"Analyse it first: qmethod analyse {name} --factors K, then name the folder.")])
    if folder.is_dir() and not (folder / "study.yaml").is_file():
        advice = "Name the folder of an analysis (with solution.json), or a study with reference viewpoints."
        raise DataError([Fault("this folder holds neither an analysis nor a study", file=name, advice=advice)])
    study = load_study(find(name))
    if not study.viewpoints:
        raise DataError([Fault(f"the study {study.study} has no reference viewpoints", file=name, advice="Name the folder of an analysis instead.")])
    return of_study(study, name)


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
    return Viewpoints(source, names, study.ids, texts, scores, gists, tuple(viewpoint.source for viewpoint in study.viewpoints))
