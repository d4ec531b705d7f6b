"""The report of an analysis, written into its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qmethod import checks
from qmethod.brief import brief
from qmethod.errors import DataError, PolicyError
from qmethod.given import ReadOnly
from qmethod.literals import ReportedTable
from qmethod.shown import Result
from qmethod_analysis.folder.listing import NAMED, UNNAMED, listing_of
from qmethod_analysis.folder.loaded import Loaded, load_analysis
from qmethod_analysis.folder.staging import Change
from qmethod_analysis.folder.studied import remember
from qmethod_analysis.folder.viewpoints import read_solution
from qmethod_analysis.folder.writing import add_parts
from qmethod_analysis.recipe.citations import checked_texts
from qmethod_analysis.recipe.reading import load as load_recipe
from qmethod_analysis.recipe.recipe import FILE_NAME as RECIPE
from qmethod_analysis.recipe.texts import FILE_NAME, Texts, raw_text, template
from qmethod_analysis.report.checklist import answers, coverage
from qmethod_analysis.report.figure_files import FOLDER as FIGURES
from qmethod_analysis.report.formats import FORMATS, PAPERS, Format, PaperName
from qmethod_analysis.report.paper import paper as sheet_of
from qmethod_analysis.report.writing import write_formats
from qmethod_analysis.tables.solution import Table
from qmethod_analysis.words.language import speaking

FOLDERS = (FIGURES, "report-figures")
"""Folders whose files go together: where one of them is written, those of an earlier report that are not written again go."""


@dataclass(frozen=True, slots=True, eq=False)
class Reported(ReadOnly, Result[ReportedTable]):
    """A report that was written.

    Parameters
    ----------
    folder : pathlib.Path
    files : tuple of str
        What was written into it, by name.
    checklist : mapping of str to int
        How many items of the checklist are in which state.
    new_texts : bool
        Whether ``report.toml``, the file for the researcher's own words, was made.
    change : Change
        What writing did to files that were there.
    loaded : Loaded
        The analysis.
    texts : Texts
        The researcher's own words.
    refused : DataError or None
        Why there is no PDF, where one was wanted.
    """

    folder: Path
    files: tuple[str, ...]
    checklist: Mapping[str, int]
    new_texts: bool
    change: Change
    loaded: Loaded
    texts: Texts
    refused: DataError | None = None

    __repr__ = brief

    def _table(self, what: str) -> Table:
        """A table of `to_frame`."""
        if what == "files":
            return Table(("file",), tuple((name,) for name in self.files))
        return Table(("state", "items"), tuple(self.checklist.items()))


def report(
    folder: str | os.PathLike[str],
    formats: Format | Sequence[Format] = ("html",),
    *,
    study: str = "",
    named: bool = False,
    paper: PaperName = "a4",
    language: str = "",
    progress: Callable[[str], None] | None = None,
) -> Reported:
    """Write the report of an analysis into its folder, and its sources as ``references.bib``.

    Parameters
    ----------
    folder : path
        Of an analysis, as `qmethod.save` or ``qmethod analyse`` wrote it. Your own words go into its ``report.toml``, which is made with empty
        entries where it is missing.
    formats : str or sequence of str
        Of ``html``, ``docx``, ``xlsx``, ``pdf``, ``md``, ``sheet`` and ``figures``.
    study : str, optional
        The study of the sorts: its folder, its name, the folder of an export, or ``"none"``. Without it that of the recipe, which keeps one that is
        given here.
    named : bool, default False
        Keep participants' names and comments. Without it participants are numbered anew, and a file in which one is named is not written.
    paper : {'a4', 'letter'}, default 'a4'
        Of the Word document, the workbook, the PDF and the sheet.
    language : str, optional
        In which the report is written, for example ``"es"``; it is kept in the recipe. Without it that of the recipe.
    progress : callable, optional
        Called with what is being done.

    Returns
    -------
    Reported

    Raises
    ------
    DataError
        If the analysis cannot be read, reports are not written in the language, a file would name somebody, `report.toml` has a fault or cites a
        place that is not in the arrays, or a PDF cannot be made; the other formats are then written.
    PolicyError
        For a format or a paper that does not exist.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(40)), 2)
    >>> saved = qmethod.save(solution, "to-report")
    >>> qmethod.report("to-report", ["html", "xlsx"]).files
    ('report.html', 'report.xlsx', 'references.bib')
    """
    home = checks.path("folder", folder)
    checks.text("study", study)
    checks.text("language", language)
    checks.switch("named", named)
    checks.calls("progress", progress)
    wanted = tuple(dict.fromkeys([formats] if isinstance(formats, str) else checks.texts("formats", formats)))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown or not wanted:
        raise PolicyError(f"`formats` must be some of {', '.join(FORMATS)}; got {', '.join(map(repr, unknown)) or 'none'}")
    checks.one_of("paper", paper, PAPERS)
    chosen = tuple(one for name in wanted for one in FORMATS if one == name)
    done = write_report(home, chosen, study=study, named=named, paper=paper, language=language, progress=progress)
    if done.refused is not None:
        raise done.refused
    return done


def write_report(
    folder: Path,
    formats: Sequence[Format],
    *,
    study: str = "",
    named: bool = False,
    paper: PaperName = "a4",
    language: str = "",
    progress: Callable[[str], None] | None = None,
) -> Reported:
    """The same, with a PDF that cannot be made told in the result.

    Parameters
    ----------
    folder, formats, study, named, paper, language, progress
        As in `report`.
    """
    solution = listing_of(folder).solution
    texts = checked_texts(folder, read_solution(folder))
    with speaking(language or load_recipe(folder / RECIPE).language):
        loaded = load_analysis(folder, study, texts.viewpoints, texts.themes)
        written = write_formats(loaded, texts, formats, anonymous=not named, on=sheet_of(paper), step=progress or (lambda _: None))
    made = raw_text(folder / FILE_NAME) is None
    mine = {FILE_NAME: template(loaded.solution.labels, loaded.names).encode()} if made else {}
    change = add_parts(folder, written.files, NAMED if named else UNNAMED, solution, anew=FOLDERS, beside=mine)
    remember(folder, replace(loaded.recipe, language=language or loaded.recipe.language), solution)
    return Reported(folder, tuple(written.files), dict(coverage(answers(loaded, texts))), made, change, loaded, texts, written.refused)
