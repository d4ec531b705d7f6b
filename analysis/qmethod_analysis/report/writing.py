"""One report in several formats, checked before any of it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

from qmethod.errors import DataError
from qmethod_analysis.folder.loaded import Loaded, with_texts
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.anonymous import anonymised
from qmethod_analysis.report.blocks import Document
from qmethod_analysis.report.document import build
from qmethod_analysis.report.figure_files import figure_files
from qmethod_analysis.report.formats import DocumentFormat, Format
from qmethod_analysis.report.leaks import check
from qmethod_analysis.report.paper import A4, Paper
from qmethod_analysis.report.privacy import people_named, withheld
from qmethod_analysis.report.references import FILE, bibliography, cited, ours

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


def write_formats(
    loaded: Loaded, texts: Texts, formats: Sequence[Format], *, anonymous: bool = False, on: Paper = A4, step: Progress = lambda _: None
) -> Written:
    """Every file of a report.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    formats : sequence of str
        Of html, docx, xlsx, pdf, md, sheet, figures.
    anonymous : bool, default False
        Number participants anew, then look for their names and unreleased comments in every file.
    on : Paper
        Of docx, xlsx, pdf, sheet and figures.
    step : callable, optional
        Called with what is being done.

    Raises
    ------
    DataError
        If a file names somebody.
    """
    loaded = with_texts(loaded, texts)
    shown = anonymised(loaded, texts.released) if anonymous else loaded
    document = build(shown, texts, anonymous=anonymous)
    sources = cited(shown, document.blocks)
    with ThreadPoolExecutor(1) as beside:  # Typst works without Python's lock, beside the other formats
        waiting = beside.submit(copy_context().run, _pdf, document, on) if "pdf" in formats else None
        files: dict[str, bytes] = {}
        for name in formats:
            step(f"writing {name}")
            files |= _written(name, shown, texts, document, on, anonymous=anonymous)
        if set(formats) - {"sheet", "figures"}:
            files[FILE] = bibliography(sources)
        plain: dict[str, str] = {}
        refused: DataError | None = None
        if "sheet" in formats:
            try:
                files["sheet.pdf"], plain["sheet.pdf"] = _sheet(shown, texts, anonymous, on)
            except DataError as error:
                refused = error
        if "figures" in formats:
            drawn, said = figure_files(document, shown.solution.labels, on)
            files, plain = files | drawn, plain | said
        if waiting is not None:
            step("writing pdf")
            try:
                files["report.pdf"], plain["report.pdf"] = waiting.result()
            except DataError as error:
                refused = error
    if anonymous:
        names = [who for who in _everyone(loaded) if who not in texts.may_stand]
        check(files, plain, names, withheld(loaded, texts), ours(sources))
        if faults := people_named(loaded, texts):
            raise DataError(faults)
    return Written(files, refused)


def page(loaded: Loaded, texts: Texts | None, *, anonymous: bool) -> bytes:
    """The page of an analysis as it is made together with the analysis.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts or None
        The researcher's own words; without them a page with names has no places to fill and no checklist.
    anonymous : bool
        As in `write_formats`.

    Raises
    ------
    DataError
        If the page names somebody.
    """
    if anonymous:
        return write_formats(loaded, texts or Texts(), ("html",), anonymous=True).files["report.html"]
    from qmethod_analysis.report.html import report

    return report(loaded, texts).encode()


def _everyone(loaded: Loaded) -> list[str]:
    return [*loaded.solution.data.participants, *(one.participant for one in loaded.solution.excluded)]


def _pdf(document: Document, on: Paper) -> tuple[bytes, str]:
    """The file, and all words that are in it."""
    from qmethod_analysis.report.pdf import pdf, source

    return pdf(document, on), source(document, on)


def _sheet(loaded: Loaded, texts: Texts, anonymous: bool, on: Paper) -> tuple[bytes, str]:
    """The file, and all words that are in it."""
    from qmethod_analysis.report.pdf import compiled
    from qmethod_analysis.report.sheet import sheet, source

    text = source(sheet(loaded, texts, anonymous=anonymous), on.typst)
    return compiled(text), text


def _written(name: Format, loaded: Loaded, texts: Texts, document: Document, on: Paper, *, anonymous: bool) -> dict[str, bytes]:
    if name == "xlsx":
        from qmethod_analysis.report.xlsx import xlsx

        return {"report.xlsx": xlsx(loaded, texts, document.title, document.blocks, on)}
    if name == "sheet":
        from qmethod_analysis.report.sheet import page, sheet

        return {"sheet.html": page(sheet(loaded, texts, anonymous=anonymous)).encode()}
    if name == "pdf" or name == "figures":  # written beside the others
        return {}
    return written(document, name, "report", on)


def written(document: Document, format: DocumentFormat, name: str, on: Paper = A4) -> dict[str, bytes]:
    """A document in one format: its files, by name.

    Parameters
    ----------
    document : Document
    format : str
        Of html, docx, pdf, md.
    name : str
        What the file is called, without its ending.
    on : Paper
        Of docx and pdf.

    Raises
    ------
    DataError
        If a PDF cannot be made.
    """
    if format == "html":
        from qmethod_analysis.report.html import html

        return {f"{name}.html": html(document).encode()}
    if format == "docx":
        from qmethod_analysis.report.docx import docx

        return {f"{name}.docx": docx(document, on)}
    if format == "pdf":
        return {f"{name}.pdf": _pdf(document, on)[0]}
    from qmethod_analysis.report.markdown import markdown

    return markdown(document, name)
