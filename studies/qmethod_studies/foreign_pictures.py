"""The pictures of a study of another tool: what a text refers to, where that lies beside the files, and what the card says without it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from qmethod_studies import carried
from qmethod_studies.carried import Carried

FOLDER = "pictures"
"""In which a study that was brought along has its pictures."""
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
_ELSEWHERE = re.compile(r"(?i)^(?:[a-z][a-z0-9+.-]+:)?//")


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of a reference to a picture.

    Parameters
    ----------
    file : Carried or None
        The picture, by its name in the new study; None where it is not to be had.
    words : str
        What stands for it where there is no text: what the reference says of it, or what its file is called.
    why : str
        Why it is not to be had; empty where it is.
    """

    file: Carried | None
    words: str
    why: str = ""


def shown(source: str, said: str, statement: str, homes: Sequence[Path]) -> Shown:
    """Look for a picture that a statement refers to. Nothing is fetched from another machine, and nothing outside of some folders is read.

    Parameters
    ----------
    source : str
        The address, as it is written.
    said : str
        Its text alternative; may be empty.
    statement : str
        The id of the statement, by which the picture is called.
    homes : sequence of pathlib.Path
        Folders in which it may lie, with the folders that its address names.
    """
    words = said.strip() or _called(source)
    if source[:5].lower() == "data:":
        content = _inline(source)
        found = carried.kind_of(content)
        if found is None or found[0] != "picture" or len(content) > carried.LARGEST["picture"]:
            return Shown(None, words if said.strip() else "", "what stands in the text itself is no picture that pages show, or is too large")
        return Shown(_renamed(Carried("", found[1], content), statement), words if said.strip() else "")
    if _ELSEWHERE.match(source):
        return Shown(None, words, f"{source[:200]} lies on another machine, from which nothing is fetched")
    why = ""
    for home in homes:
        for name in _names(source):
            try:
                return Shown(_renamed(carried.read(home, name, "picture"), statement), words)
            except ValueError as error:
                why = why if "cannot be read" in str(error) and why else str(error)
    return Shown(None, words, why or f"{source[:200]} is no name of a file")


def _names(source: str) -> Iterator[str]:
    """The paths that an address may mean, none of which leads upwards."""
    path = unquote(re.split(r"[?#]", source.strip())[0]).replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if parts and ".." not in parts and not any(re.search(r"[\x00-\x1f:]", part) for part in parts):
        yield "/".join(parts)
        if len(parts) > 1:
            yield "/".join(parts[-2:])
            yield parts[-1]


def _called(source: str) -> str:
    name = "" if source[:5].lower() == "data:" else next(iter(_names(re.sub(_ELSEWHERE, "", source))), "")
    return " ".join(re.split(r"[\s_-]+", name.rpartition("/")[2].rpartition(".")[0])).strip()


def _inline(source: str) -> bytes:
    head, _comma, body = source.partition(",")
    try:
        return base64.b64decode(unquote(body), validate=False) if ";base64" in head.lower() else b""
    except (binascii.Error, ValueError):
        return b""


def _renamed(file: Carried, statement: str) -> Carried:
    return Carried(f"{FOLDER}/{statement}.{_ENDINGS[file.mime]}", file.mime, file.content)
