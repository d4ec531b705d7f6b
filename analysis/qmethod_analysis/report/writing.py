"""One report in several formats, checked before any of it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from qmethod.errors import DataError
from qmethod_analysis.folder.loaded import Loaded, with_own
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.anonymous import anonymised
from qmethod_analysis.report.blocks import Document
from qmethod_analysis.report.document import build
from qmethod_analysis.report.formats import Format
from qmethod_analysis.report.leaks import check

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What was made of a report.

    Parameters
    ----------
    files : mapping of str to bytes
        By name.
    refused : DataError or None
        Why there is no PDF, where one was wanted.
    """

    files: dict[str, bytes]
    refused: DataError | None = None


def write_formats(loaded: Loaded, texts: Texts, formats: Sequence[Format], *, anonymous: bool = False, step: Progress = lambda _: None) -> Written:
    """Every file of a report.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    formats : sequence of str
        Of html, docx, xlsx, pdf, md.
    anonymous : bool, default False
        Number participants anew, then look for their names and unreleased comments in every file.
    step : callable, optional
        Called with what is being done.

    Raises
    ------
    DataError
        If a file names somebody.
    """
    loaded = with_own(loaded, texts.viewpoints)
    shown = anonymised(loaded, texts.released) if anonymous else loaded
    document = build(shown, texts, anonymous=anonymous)
    with ThreadPoolExecutor(1) as beside:  # Typst works without Python's lock, beside the other formats
        waiting = beside.submit(_pdf, document) if "pdf" in formats else None
        files: dict[str, bytes] = {}
        for name in formats:
            step(f"writing {name}")
            files |= _written(name, shown, texts, document)
        plain: dict[str, str] = {}
        refused: DataError | None = None
        if waiting is not None:
            step("writing pdf")
            try:
                files["report.pdf"], plain["report.pdf"] = waiting.result()
            except DataError as error:
                refused = error
    if anonymous:
        names = [who for who in _everyone(loaded) if who not in texts.may_stand]
        check(files, plain, names, _withheld(loaded, texts))
    return Written(files, refused)


def _everyone(loaded: Loaded) -> list[str]:
    return [*loaded.solution.data.participants, *(one.participant for one in loaded.solution.excluded)]


def _withheld(loaded: Loaded, texts: Texts) -> set[str]:
    """Comments that nobody released, nor the same words of somebody else."""
    given = {True: set[str](), False: set[str]()}
    for one in loaded.background.comments:
        given[(one.participant, one.statement) in texts.released].add(one.text)
    return given[False] - given[True]


def _pdf(document: Document) -> tuple[bytes, str]:
    """The file, and all words that are in it."""
    from qmethod_analysis.report.pdf import pdf, source

    return pdf(document), source(document)


def _written(name: Format, loaded: Loaded, texts: Texts, document: Document) -> dict[str, bytes]:
    if name == "html":
        from qmethod_analysis.report.html import html

        return {"report.html": html(document).encode()}
    if name == "docx":
        from qmethod_analysis.report.docx import docx

        return {"report.docx": docx(document)}
    if name == "xlsx":
        from qmethod_analysis.report.xlsx import xlsx

        return {"report.xlsx": xlsx(loaded, texts, document.title, document.blocks)}
    if name == "md":
        from qmethod_analysis.report.markdown import markdown

        return markdown(document)
    return {}
