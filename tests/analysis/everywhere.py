"""What an analysis says in every format there is, as lines of text: for tests of what must, or must not, stand everywhere."""

from __future__ import annotations

import io
import zipfile

from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.document import build
from qmethod_analysis.report.leaks import words
from qmethod_analysis.report.pdf import source
from qmethod_analysis.report.writing import write_formats
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.publish import site

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
