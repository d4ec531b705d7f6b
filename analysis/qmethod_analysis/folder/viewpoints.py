"""Viewpoints by name: the folder of an analysis, or a study with reference viewpoints."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.formats.strict_json import UNREADABLE, loaded
from qmethod.simulation import simulated_names
from qmethod.solution import QSolution
from qmethod_analysis.folder.listing import MAKE, SOLUTION, first_analyse, listing_of, read_part
from qmethod_analysis.folder.shapes import check_whole
from qmethod_analysis.interpretation.viewpoints import Viewpoints, of_study
from qmethod_analysis.recipe.reading import load
from qmethod_analysis.recipe.recipe import FILE_NAME
from qmethod_analysis.words.labels import defined, viewpoint_names


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
        values = loaded(content or b"")
        if "sorts" not in values["data"]:
            message = "this analysis was made in chunks: it has tables, and neither a report nor sorts at hand"
            raise DataError([Fault(message, file=str(folder), advice="Analyse a sample of the sorts that fits into memory.")])
        solution = QSolution.from_dict(values)
        check_whole(solution)
    except DataError:
        raise
    except UNREADABLE as error:
        advice = "Make the analysis again with qmethod run."
        raise DataError([Fault(f"the analysis cannot be read: {type(error).__name__}: {error}", file=str(file), advice=advice)]) from None
    return solution


def read_viewpoints(name: str) -> Viewpoints:
    """The viewpoints of an analysis (its folder), or of a study (its folder, that of its export, or the name of one that ships).

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
        z, nothing = solution.scores.z_scores[:, shown], np.zeros(solution.data.n_statements, dtype=np.bool_)
        simulated = bool(simulated_names(solution.data.participants))
        return Viewpoints(name, called, solution.data.statements, solution.data.texts, z, silent, silent, nothing, simulated)
    from qmethod_studies import library
    from qmethod_studies.loading import EXPORT_FILE, STUDY_FILE, find
    from qmethod_studies.loading import load as load_study

    if folder.is_file() and folder.name != "study.yaml":
        message = "this is a file, and the folder of an analysis is wanted, or a study with reference viewpoints"
        raise DataError([Fault(message, file=name, advice=first_analyse(name), settings=(MAKE,))])
    if folder.is_dir() and not any((folder / file).is_file() for file in (STUDY_FILE, EXPORT_FILE)) and name.lower() not in library.definitions():
        advice = "Name the folder of an analysis (with solution.json), or a study with reference viewpoints."
        raise DataError([Fault("this folder holds neither an analysis nor a study", file=name, advice=advice)])
    study = load_study(find(name))
    if not study.viewpoints:
        raise DataError([Fault(f"the study {study.study} has no reference viewpoints", file=name, advice="Name the folder of an analysis instead.")])
    return of_study(study, name)
