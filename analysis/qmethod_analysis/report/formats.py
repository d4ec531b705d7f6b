"""The formats and papers of reports: one list of each for type checkers, for the check at run time and for the command line."""

from typing import Literal, get_args

Format = Literal["html", "docx", "xlsx", "pdf", "md", "sheet", "figures"]
FORMATS: tuple[Format, ...] = get_args(Format)

DocumentFormat = Literal["html", "docx", "pdf", "md"]
DOCUMENT_FORMATS: tuple[DocumentFormat, ...] = get_args(DocumentFormat)
"""What any document can be written as."""

PaperName = Literal["a4", "letter"]
PAPERS: tuple[PaperName, ...] = get_args(PaperName)
