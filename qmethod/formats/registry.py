"""The registry of formats: what each can do, and which of them a file is."""

from __future__ import annotations

import gzip
import importlib
import os
import pkgutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from qmethod.errors import DataError, Fault, Setting
from qmethod.formats import readers
from qmethod.formats.archive import MAGIC as ARCHIVE
from qmethod.formats.foreign import begins_otherwise, foreign_kind
from qmethod.formats.selection import Selection
from qmethod.formats.sorts import Sorts
from qmethod.formats.text import Decoded, Document, decode, load, sha256_of, sha256_of_folder, shown, start_of, visible
from qmethod.formats.wordings import Wordings
from qmethod.grid import Grid
from qmethod.literals import Layout
from qmethod.notice import Notice
from qmethod.streaming.chunks import ChunkedSorts
from qmethod.wording import counted, listed

_HEAD = 1 << 16
TOLD_BY = ("signature", "structure", "elimination")
"""What a format is known by, in the order in which formats are asked: its first bytes, how its text is built, that nothing else claims the file."""


@dataclass(frozen=True)
class Content:
    """A file as formats look at it: its first bytes at once, the rest when somebody asks.

    Parameters
    ----------
    file : str
        As the user named it.
    encoding : str, optional
        Of its text; guessed where not given.
    given : Document, optional
        Its bytes, where they are in memory and no file is there to be opened.
    """

    file: str
    encoding: str | None = None
    given: Document | None = None

    @classmethod
    def of(cls, document: Document, encoding: str | None = None) -> Content:
        """Bytes that are in memory."""
        return cls(document.file, encoding, document)

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.file)

    @cached_property
    def head(self) -> bytes:
        """The first bytes; none of what is no ordinary file or cannot be read, which `document` says. A pipe is not waited for."""
        if self.given is not None:
            return self.given.raw[:_HEAD]
        if "\0" in self.file or not os.path.isfile(self.file):
            return b""
        try:
            with open(self.file, "rb") as opened:
                return opened.read(_HEAD)
        except OSError:
            return b""

    @cached_property
    def start(self) -> str:
        """The first bytes as text, as far as they are text, without blanks before it: to tell by, not to read from. Nothing of what is no text."""
        return "" if begins_otherwise(self.head) else start_of(self.head, self.encoding)

    @property
    def packed(self) -> bool:
        """Whether its name says that it is packed by gzip."""
        return self.file.endswith(".gz")

    @cached_property
    def beginning(self) -> Content:
        """Its first whole lines as if there were no others, for who must not read the rest; unpacked where its name says that it is packed."""
        start = self.head
        if self.packed:
            try:
                with gzip.open(self.file, "rb") as opened:
                    start = opened.read(_HEAD)
            except (OSError, EOFError, zlib.error):
                start = b""
        cut = len(start) == _HEAD and not start.startswith(ARCHIVE)  # an archive has no lines
        whole = start[: start.rfind(b"\n") + 1] if cut else start
        return Content(self.file.removesuffix(".gz"), self.encoding, Document(self.path, self.file, whole or start))

    @cached_property
    def document(self) -> Document:
        """All bytes."""
        return self.given or load(self.file)

    @cached_property
    def decoded(self) -> Decoded:
        """All bytes as text."""
        return decode(self.document, self.encoding)

    @property
    def text(self) -> str | None:
        """The text; None where the bytes are none."""
        try:
            return self.decoded.text
        except DataError:
            return None

    @property
    def guesses(self) -> tuple[Notice, ...]:
        """What had to be guessed for the text, if anybody asked for it."""
        return self.decoded.notices if "decoded" in vars(self) else ()

    @property
    def sha256(self) -> str:
        """Hash of the bytes."""
        if not self.given and os.path.isdir(self.file):
            return sha256_of_folder(self.file)
        return self.document.sha256 if self.given or "document" in vars(self) else sha256_of(self.file)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said of the sorts.

    Parameters
    ----------
    layout : str, optional
        Which way a table lies.
    grid : Grid, optional
        The distribution of the design.
    wordings : Wordings, optional
        Of the statements, from a file of their own.
    selection : Selection
        Which part of a table they are.
    """

    layout: Layout | None = None
    grid: Grid | None = None
    wordings: Wordings | None = None
    selection: Selection = field(default_factory=Selection)

    @property
    def known(self) -> tuple[str, ...]:
        """Ids of the statements, where a file of wordings names them."""
        return self.wordings.ids if self.wordings else ()


@dataclass(frozen=True, slots=True)
class Found:
    """A format says that a file is one of its own, and why: words that go on after "because"."""

    why: str


@dataclass(frozen=True, slots=True)
class Format:
    """One format of files with sorts.

    Parameters
    ----------
    name : str
        A word or two, for lists: ``"Parquet"``.
    about : str
        What such a file is, in one sentence.
    endings : tuple of str
        What names of such files usually end in; told to people; a format may ask for it only where what a file holds leaves it open.
    told_by : {"signature", "structure", "elimination"}
        See `TOLD_BY`. Of formats that are told by the same, no two may claim one file, so that their order means nothing.
    sniff : callable
        Whether a file is one. It raises nothing and looks at no more than it needs.
    read : callable
        The sorts of a file that is one; raises `DataError` that names every fault.
    open : callable, optional
        Opens a file to be read in chunks, given how many sorts a chunk should have, and the layout if the user named one.
    table : str
        Name of the format in which such a file can be read as a table, where the user says which part of it are the sorts; empty where in none.
    """

    name: str
    about: str
    endings: tuple[str, ...]
    told_by: Literal["signature", "structure", "elimination"]
    sniff: Callable[[Content], Found | None]
    read: Callable[[Content, Asked], Sorts]
    open: Callable[[Content, int, Layout | None], ChunkedSorts] | None = None
    table: str = ""


@cache
def formats() -> tuple[Format, ...]:
    """Every format, in the order in which they are asked: one for each module of `qmethod.formats.readers`."""
    modules = [importlib.import_module(f"{readers.__name__}.{module.name}") for module in pkgutil.iter_modules(readers.__path__)]
    found: list[Format] = [module.FORMAT for module in modules]
    return tuple(sorted(found, key=lambda each: (TOLD_BY.index(each.told_by), each.name)))


def listing(known: Sequence[Format] | None = None) -> str:
    """The formats there are, as a sentence of a message."""
    return f"Formats that are read: {', '.join(each.name for each in (formats() if known is None else known))}."


def recognise(content: Content, *, in_chunks: bool = False) -> tuple[Format, Found]:
    """Ask each format whether a file is one of its own.

    Parameters
    ----------
    content : Content
    in_chunks : bool
        Whether it is to be read in chunks; then it is asked about how the file begins, which is not read to its end, and what is known not to be
        read is told with the formats that can be read so.

    Returns
    -------
    format : Format
        It need not be one that can be read in chunks.
    found : Found
        Why it is one.

    Raises
    ------
    DataError
        If there is no such file or it is no text, or if it is known what it is and that it cannot be read; says which formats can be.

    Notes
    -----
    Files of other programs that are known but not read are refused after every format that claims a file has been asked, and before those that take
    what is left. So a format that learns to read one of them needs no change elsewhere.
    """
    known = [each for each in formats() if each.open is not None or not in_chunks]
    looked = content.beginning if in_chunks else content
    head, whole = (looked.head, lambda: looked.document.raw) if in_chunks and content.packed else (content.head, lambda: content.document.raw)
    if (claimed := claim(looked)) is not None:
        return claimed
    if content.given is None and os.path.isdir(content.file):
        raise DataError([folder_fault(content.file)])
    said = foreign_kind(head, whole, looked.path)
    if said is not None:
        message, advice = said
        raise DataError([Fault(message, file=content.file, advice=f"{advice} {listing(known)}")])
    if not in_chunks:
        _ = content.document  # says what is wrong with the file itself
        if content.encoding is None and content.text is None:
            _refuse_bytes(content, known)
    left = ((each, found) for each in formats() if each.told_by == "elimination" and (found := each.sniff(looked)) is not None)
    return next(left)  # a table is what is left


def as_table(content: Content, form: Format) -> Format:
    """The format in which a file is read as a table, because the user says which part of it are the sorts.

    Parameters
    ----------
    content : Content
    form : Format
        What it was recognised as.

    Raises
    ------
    DataError
        If it is no table.
    """
    found = next((each for each in formats() if each.name == form.table), None)
    if found is None or (found.told_by == "elimination" and content.start[:1] in ("{", "[")):
        message = f"this was taken for {form.name}, and columns, ids, codes and sheets can be named of tables only"
        advice = f"Read it without {Setting('columns')} and the like, or save the sorts as a table (CSV)."
        raise DataError([Fault(message, file=content.file, advice=advice, settings=(Setting("columns"),))])
    return found


def claim(content: Content) -> tuple[Format, Found] | None:
    """The format that claims a file or a folder by what it holds, and why; None where only a table may be left."""
    found = ((each, each.sniff(content)) for each in formats() if each.told_by != "elimination")
    return next(((each, why) for each, why in found if why is not None), None)


def folder_fault(folder: str) -> Fault:
    """What is said of a folder that no format claims: what is in it."""
    there = visible(folder)
    files, folders = [path.name for path in there if path.is_file()], [path.name for path in there if path.is_dir()]
    parts = [f"{counted(len(names), kind)} ({listed(map(shown, names), 10)})" for names, kind in ((files, "file"), (folders, "folder")) if names]
    message = f"this is a folder, and not one of boards with a file for each person; it holds {' and '.join(parts) or 'nothing'}"
    return Fault(message, file=folder, advice="Name the file with the sorts inside it.")


def _refuse_bytes(content: Content, known: Sequence[Format]) -> None:
    try:
        _ = content.decoded
    except DataError as error:
        raise DataError([replace(fault, advice=f"{fault.advice or ''} {listing(known)}".strip()) for fault in error.faults]) from None
