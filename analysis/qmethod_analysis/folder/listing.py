"""The folder of an analysis as one value: a listing says which files belong to it, what each must hold, and which command made it.

A file that is not what the listing says is never read as part of the analysis, and never written over: it is set aside. The listing is written before
anything else changes and again when all is done, so that a folder whose writing was interrupted is known for what it is.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qmethod.errors import DataError, Fault, Setting
from qmethod.formats.strict_json import UNREADABLE, loaded
from qmethod_analysis.folder.staging import finish, is_inside
from qmethod_analysis.recipe.inside import read_inside
from qmethod_analysis.recipe.reading import anew, load
from qmethod_analysis.recipe.recipe import FILE_NAME
from qmethod_analysis.words.shell import command_line

LISTING = "analysis-files.txt"
LARGEST_LISTING = 8 << 20
"""Bytes that a listing may have."""
SOLUTION = "solution.json"

_FIRST = "# The files of an analysis with their SHA-256, and the commands that made them. Made by qmethod; what does not match is not read."
_UNFINISHED = "# unfinished"
_PART = re.compile(r"[0-9a-f]{64}  (.+)")

DERIVED = (
    *(
        "report.html",
        "report.docx",
        "report.xlsx",
        "report.md",
        "report.pdf",
        "report-figures/*",
        "figures/*",
        "references.bib",
        "multiverse*.*",
        "naming.html",
    ),
    *("bootstrap*.*", "retention.*", "side-by-side*.*", "[0-9]*-factor*/*"),
)
"""What is made of a solution, as patterns: in a folder without a listing it is set aside."""

MADE = "qmethod analyse or run"
"""The command named for what a recipe gives, whichever of the two made it."""


REPORT, UNNAMED, NAMED = "report.html", "qmethod report", "qmethod report --named"
"""The page of an analysis, and the commands named for one in which nobody is named and for one that names participants on purpose."""

MAKE = Setting("save", call="`qmethod.analyse`, then `qmethod.save`", command="qmethod analyse SORTS --factors K --out DIR")
"""How an analysis is made."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of an analysis.

    Parameters
    ----------
    name : str
        Its path in the folder, with ``/``.
    sha256 : str
        Of its bytes.
    command : str
        What made it, such as ``qmethod report``.
    """

    name: str
    sha256: str
    command: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds.

    Parameters
    ----------
    recipe : str
        Hash of the recipes that the files were made from.
    parts : tuple of Part
        While the folder is being written, those before and those after.
    finished : bool
        Whether writing has come to its end.
    """

    recipe: str
    parts: tuple[Part, ...] = ()
    finished: bool = True

    @property
    def solution(self) -> str:
        """The hash of the solution; empty in a folder without one of its own."""
        return next((part.sha256 for part in self.parts if part.name == SOLUTION), "")

    def of(self, name: str) -> tuple[Part, ...]:
        """The parts of this name: one, or none; two where one is being replaced."""
        return tuple(part for part in self.parts if part.name == name)

    def to_text(self) -> str:
        """The file, always the same for the same parts."""
        lines = [_FIRST, f"# recipe {self.recipe}", *([] if self.finished else [_UNFINISHED])]
        command = ""
        for part in sorted(self.parts, key=lambda part: (part.command, part.name, part.sha256)):
            if part.command != command:
                command = part.command
                lines.append(f"# {command}")
            lines.append(f"{part.sha256}  {part.name}")
        return "\n".join(lines) + "\n"


def report_command(folder: Path) -> str:
    """The command named for the page of an analysis that is to be renewed in a folder: `UNNAMED` where the one there names nobody, else `MADE`.

    Parameters
    ----------
    folder : pathlib.Path
    """
    there = listed_before(folder)
    return UNNAMED if there is not None and any(part.command == UNNAMED for part in there.of(REPORT)) else MADE


def first_analyse(file: str | Path) -> str:
    """What to do with a file that was given for the folder of an analysis; names `MAKE`."""
    return f"If {file} holds sorts, analyse it first: {MAKE}; then name the folder."


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def recipe_hash(files: Mapping[str, bytes | Path]) -> str:
    """One hash for all recipes among some files."""
    recipes = {name: content for name, content in files.items() if name.rpartition("/")[2] == FILE_NAME and isinstance(content, bytes)}
    return digest(b"".join(f"{digest(content)}  {name}\n".encode() for name, content in sorted(recipes.items())))


def read_listing(folder: Path) -> Listing | None:
    """The listing of a folder; None where there is none.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    file = folder / LISTING
    content = read_inside(folder, LISTING, LARGEST_LISTING)
    if content is None:
        return None
    found = _read(content)
    if found is None:
        raise DataError([Fault("this is no listing of an analysis, or a damaged one", file=str(file), **_again(folder))])
    return found


def _read(content: bytes) -> Listing | None:
    """What a listing says; None where it is damaged, or none, or names a file elsewhere."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    lines = text.split("\n")[:-1]
    whole = text.endswith("\n") and lines[:1] == [_FIRST] and "".join(lines[1:2]).startswith("# recipe ")
    if not whole or not all(line.startswith("# ") or _PART.fullmatch(line) for line in lines[2:]):
        return None
    parts, command = [], ""
    for line in lines[2:]:
        if line.startswith("# "):
            command = line[2:]
        else:
            sha256, _, name = line.partition("  ")
            if not is_inside(name):
                return None
            parts.append(Part(name, sha256, command))
    return Listing(lines[1].removeprefix("# recipe "), tuple(parts), _UNFINISHED not in lines)


def listed_before(folder: Path) -> Listing | None:
    """The listing of a folder that is to be written to; None where there is none, or one that cannot be read and so says nothing of any file."""
    try:
        content = read_inside(folder, LISTING, LARGEST_LISTING)
    except DataError:
        return None
    return None if content is None else _read(content)


def listing_of(folder: Path) -> Listing:
    """The listing of an analysis that can be read: it is there, writing came to its end, and solution and recipe are those it names.

    Raises
    ------
    DataError
        Saying what is there instead, and what to do.
    """
    advice, makes = f"Make one: {MAKE}", (MAKE,)
    if folder.is_file():
        message = "this is a file, and the folder of an analysis is wanted"
        raise DataError([Fault(message, file=str(folder), advice=first_analyse(folder), settings=(MAKE,))])
    finish(folder)
    listing = read_listing(folder)
    if listing is None:
        if (folder / SOLUTION).is_file():
            message = f"this analysis has no listing of its files ({LISTING}), so nobody can tell which of them belong together"
            raise DataError([Fault(message, file=str(folder), **_again(folder))])
        raise DataError([Fault("there is no analysis in this folder", file=str(folder), advice=advice, settings=makes)])
    if not listing.finished:
        raise DataError([Fault("writing this analysis was interrupted before its end", file=str(folder), **_again(folder))])
    if not listing.solution:
        several = sorted(part.name.rpartition("/")[0] for part in listing.parts if part.name.endswith(f"/{LISTING}"))
        if several:
            message = "this folder holds several analyses"
            raise DataError([Fault(message, file=str(folder), advice=f"Name one of them: {', '.join(str(folder / name) for name in several)}.")])
        if (folder / SOLUTION).is_file():
            raise DataError([Fault(f"{LISTING} names no solution, and there is one", file=str(folder), **_again(folder))])
        raise DataError([Fault("there is no analysis in this folder", file=str(folder), advice=advice, settings=makes)])
    for name in (SOLUTION, FILE_NAME):
        read_part(folder, listing, name)
    return listing


def read_part(folder: Path, listing: Listing, name: str) -> bytes | None:
    """The bytes of a file of an analysis, as its command made them; None where the analysis has no such file.

    Parameters
    ----------
    folder : pathlib.Path
    listing : Listing
        Of this folder.
    name : str

    Raises
    ------
    DataError
        If the file is missing, was changed, or does not belong to the analysis.
    """
    file, parts = folder / name, listing.of(name)
    if not parts:
        if os.path.lexists(file):
            message = f"this file is no part of the analysis in its folder: {LISTING} does not name it"
            raise DataError([Fault(message, file=str(file), advice="Move it elsewhere, or make the analysis anew where it belongs.")])
        return None
    content = read_inside(folder, name)
    if content is None:
        message = f"this part of the analysis, made by {parts[0].command}, is not there"
        raise DataError([Fault(message, file=str(file), **_again(folder))])
    if digest(content) not in {part.sha256 for part in parts}:
        message = f"this part of the analysis is no longer what {parts[0].command} made: it was changed, or comes from another analysis"
        raise DataError([Fault(message, file=str(file), **_again(folder))])
    return content


def parsed(content: bytes, file: Path, listing: Listing, make: Any) -> Any:
    """What `make` makes of a part that is JSON and names the solution it belongs to.

    Raises
    ------
    DataError
        If it names another one, or cannot be read.
    """
    try:
        values = loaded(content)
        command, solution = values.pop("command"), values.pop("solution")
        if solution != listing.solution:
            message = f"this part, made by {command}, belongs to another solution than the one beside it"
            raise DataError([Fault(message, file=str(file), **_again(file.parent))])
        return make(values)
    except UNREADABLE as error:
        if isinstance(error, DataError):
            raise
        message = f"this part of the analysis cannot be read: {type(error).__name__}: {error}"
        raise DataError([Fault(message, file=str(file), **_again(file.parent))]) from None


def _again(folder: Path) -> dict[str, Any]:
    """The advice to repeat the analysis, or where its recipe cannot be read to make it anew, and the setting in it."""
    recipe = folder / FILE_NAME
    try:
        load(recipe)
    except (DataError, OSError) as error:
        known = recipe.is_file() or listed_before(folder) is not None  # else it would be written over nowhere
        make = anew(folder) if known else MAKE
        why = f"Its recipe cannot be read either ({error.faults[0]}): mend that, or" if isinstance(error, DataError) else "Its recipe cannot be read:"
        return {"advice": f"{why} make the analysis anew from the sorts: {make}", "settings": (make,)}
    repeat = Setting("run", call=f"`qmethod.run({os.fspath(recipe)!r})`", command=command_line(("run", recipe)))
    return {"advice": f"Make the analysis again: {repeat}", "settings": (repeat,)}
