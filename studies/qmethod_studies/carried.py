"""Pictures and sounds in the folder of a study: what they are by their content, whatever their names say, and how large they may be."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Sort = Literal["picture", "sound"]
LARGEST: Mapping[Sort, int] = {"picture": 3_000_000, "sound": 10_000_000}
LARGEST_LOGO = 300_000
TOGETHER = 300_000_000
"""Bytes that the files of one study may have together: a server holds them in memory."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A file that pages show.

    Parameters
    ----------
    name : str
        As ``study.yaml`` has it.
    mime : str
        Its type by its content.
    content : bytes
    """

    name: str
    mime: str
    content: bytes

    @property
    def digest(self) -> str:
        """The beginning of its SHA-256, which is part of its address."""
        return hashlib.sha256(self.content).hexdigest()[:24]


def kind_of(content: bytes) -> tuple[Sort, str] | None:
    """What a file is by how it begins, and its MIME type; None for what pages do not show."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "picture", "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "picture", "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "picture", "image/gif"
    if content[:4] == b"RIFF" and content[8:12] in (b"WEBP", b"WAVE"):
        return ("picture", "image/webp") if content[8:12] == b"WEBP" else ("sound", "audio/wav")
    if content.startswith(b"OggS"):
        return "sound", "audio/ogg"
    if content.startswith(b"ID3") or (len(content) > 1 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2):
        return "sound", "audio/mpeg"
    if content[4:12] in (b"ftypM4A ", b"ftypmp42", b"ftypisom"):
        return "sound", "audio/mp4"
    return None


def _is_cut(mime: str, content: bytes) -> bool:
    """Whether a picture ends too soon, as far as its format tells: browsers show a part of it, or nothing."""
    match mime:
        case "image/png":
            return b"IEND\xaeB`\x82" not in content
        case "image/jpeg":  # a small one within has an end of its own
            return content.rfind(b"\xff\xd9") < len(content) // 2
        case "image/webp":
            return len(content) < int.from_bytes(content[4:8], "little") + 8
    return False


def _there(folder: Path, name: str) -> Path:
    """The file of a name, however its letters with accents are put together: systems differ in that, and nobody sees it."""
    written = (name, *(unicodedata.normalize(form, name) for form in ("NFC", "NFD")))
    return next((folder / one for one in written if (folder / one).exists()), folder / name)


def read(folder: Path, name: str, wanted: Sort, largest: int | None = None) -> Carried:
    """A file of a study.

    Parameters
    ----------
    folder : pathlib.Path
        Of the study; nothing outside of it is read, whatever links lead there.
    name : str
    wanted : {"picture", "sound"}
    largest : int, optional
        Bytes it may have; as many as its sort may where none is given.

    Raises
    ------
    ValueError
        That says why it cannot be shown.
    """
    most = largest or LARGEST[wanted]
    formats = {"picture": "PNG, JPEG, WebP or GIF", "sound": "MP3, Ogg, M4A or WAV"}[wanted]
    try:
        path = _there(folder, name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise ValueError(f"{name} is no file in the folder of the study")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror or error}") from None
    if len(content) > most:
        raise ValueError(f"{name} is larger than {most // 1000:,} kB")
    found = kind_of(content)
    if found is None or found[0] != wanted:
        svg = " SVG can hold scripts and is not shown: save it as PNG." if b"<svg" in content[:2000].lower() else ""
        raise ValueError(f"{name} is no {wanted} that pages show; it must be {formats}, whatever its name says.{svg}")
    if _is_cut(found[1], content):
        raise ValueError(f"{name} is not whole: its end is missing. Copy it again")
    return Carried(name, found[1], content)
