"""ZIP archives, read within bounds: nothing is unpacked to a disk, and no member may grow beyond what is asked for."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from qmethod.errors import DataError
from qmethod.formats.text import Document

MAGIC = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END_SIZE = 22
_MOST_MEMBERS = 2_000
_PIECE = 1 << 16
LARGEST_MEMBER = 64 << 20
"""Bytes that a member may have when it is unpacked."""
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


def names_of(raw: bytes) -> tuple[str, ...]:
    """Names of the members of an archive; none where the bytes are no whole one, or it has more members than are looked at."""
    if not raw.startswith(MAGIC):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(_trimmed(raw))) as archive:
            return tuple(archive.namelist()) if len(archive.filelist) <= _MOST_MEMBERS else ()
    except _DAMAGED:
        return ()


def unpacked(raw: bytes) -> int:
    """How many bytes a file has, or what its members say they have when they are unpacked, if that is more."""
    if not raw.startswith(MAGIC):
        return len(raw)
    try:
        with zipfile.ZipFile(io.BytesIO(_trimmed(raw))) as archive:
            return max(len(raw), sum(member.file_size for member in archive.filelist))
    except _DAMAGED:
        return len(raw)


@contextmanager
def opened(document: Document) -> Iterator[zipfile.ZipFile]:
    """An archive that is in memory.

    Parameters
    ----------
    document : Document

    Raises
    ------
    DataError
        If it is damaged, encrypted or packed in a way that is not known, whenever that shows.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(_trimmed(document.raw))) as archive:
            yield archive
    except _DAMAGED as error:
        if isinstance(error, DataError):
            raise
        if "encrypted" in str(error) or "password" in str(error):
            raise document.fault("the archive is protected by a password", advice="Save it without one.") from None
        raise document.fault(f"the archive is damaged: {error}", advice=f"Save or export the {document.holds} again.") from None


def pieces(archive: zipfile.ZipFile, name: str, document: Document, largest: int = LARGEST_MEMBER) -> Iterator[bytes]:
    """What a member holds, piece by piece.

    Raises
    ------
    DataError
        As soon as it is larger than `largest`, whatever size the archive tells.
    """
    read = 0
    with archive.open(name) as member:
        while piece := member.read(_PIECE):
            read += len(piece)
            if read > largest:
                message = f"{name!r} in it is larger than {largest:,} bytes when it is unpacked; no more is read"
                raise document.fault(message, advice=f"Export the {document.holds} as CSV (UTF-8) and read that file.")
            yield piece


def _trimmed(raw: bytes) -> bytes:
    """The archive without what may follow its end, which is where its list of members ends."""
    at = raw.find(_END)
    while at >= 0:
        size, start, comment = (int.from_bytes(raw[at + i : at + j], "little") for i, j in ((12, 16), (16, 20), (20, 22)))
        if start + size == at:
            return raw[: at + _END_SIZE + comment]
        at = raw.find(_END, at + 1)
    return raw
