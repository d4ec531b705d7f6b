"""What an analysis says in every format there is, as lines of text: for tests of what must, or must not, stand everywhere."""

from __future__ import annotations

import io
import zipfile

from analysis.loaded import Loaded
from analysis.publish import site
from analysis.report.document import build
from analysis.report.leaks import words
from analysis.report.pdf import source
from analysis.report.texts import Texts
from analysis.report.writing import write_formats
from analysis.site.pages import Published

FORMATS = ("report.html", "report.docx", "report.xlsx", "report.md", "report.pdf")


def reports(loaded: Loaded, texts: Texts | None = None, *, anonymous: bool = False) -> dict[str, list[str]]:
    """The texts of a report by its file; of the PDF those that it is set from."""
    texts = texts or Texts()
    files = write_formats(loaded, texts, ("html", "docx", "xlsx", "md"), anonymous=anonymous).files
    said = {name: words(name, files[name]) for name in FORMATS[:-1]}
    return said | {"report.pdf": words("report.pdf", b"", source(build(loaded, texts)))}


def published(loaded: Loaded, texts: Texts | None = None) -> dict[str, bytes]:
    """Every file of the site, and of the archive in it."""
    files = site([Published(loaded, "study", texts or Texts())])
    with zipfile.ZipFile(io.BytesIO(files["data/study-data.zip"])) as archive:
        return files | {f"zip/{name}": archive.read(name) for name in archive.namelist()}


def pages(files: dict[str, bytes]) -> dict[str, list[str]]:
    """The texts of the files of a site."""
    return {name: words(name, content) for name, content in files.items() if not name.endswith((".zip", ".js", ".css"))}
