"""Files of a folder that somebody else may have made: read only where they lie themselves, and no further than they can be meant to go."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from qmethod.errors import DataError, Fault

LARGEST_PART = 1 << 30
"""Bytes that a part of an analysis may have."""
LARGEST_TEXT = 1_000_000
"""Bytes that a recipe or the researcher's own texts may have: as many as 5,000 flags of 200 bytes."""
_COPY = "Put a copy of it there."


def read_inside(folder: Path, name: str, largest: int = LARGEST_PART, *, alone: bool = False) -> bytes | None:
    """The bytes of a file in a folder; None where there is none.

    Parameters
    ----------
    folder : pathlib.Path
    name : str
        With ``/``.
    largest : int
        Bytes that it may have.
    alone : bool, default False
        Whether the file may have no other name elsewhere (a hard link): what is handed on to others must have been put there to be.

    Raises
    ------
    DataError
        For a link, on the way to it too; for a folder, a pipe or a device; for a file that is larger, or cannot be read.
    """
    file = folder / name
    for path in reversed([file, *(path for path in file.parents if path != folder and path.is_relative_to(folder))]):
        if path.is_symlink():
            message = "this is a link; what belongs to the folder must lie in it, since a link may lead to any file"
            raise DataError([Fault(message, file=str(path), advice=_COPY)])
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if file.is_dir():
            raise DataError([Fault("this is a folder, and a file belongs here", file=str(file), advice="Move it elsewhere.")])
        number = os.open(file, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            [Fault(f"the file cannot be read: {getattr(error, 'strerror', None) or error}", file=str(file), advice="See to it.")]
        ) from None
    with open(number, "rb") as opened:
        known = os.fstat(number)
        if not stat.S_ISREG(known.st_mode):
            raise DataError([Fault("this is no ordinary file", file=str(file), advice="Move it elsewhere.")])
        if alone and known.st_nlink > 1:
            message = "this file has another name elsewhere (a hard link), so it may be one that was never meant to be handed on"
            raise DataError([Fault(message, file=str(file), advice=_COPY)])
        content = opened.read(largest + 1)
    if len(content) > largest:
        message = f"the file has {known.st_size:,} bytes; at most {largest:,} are read"
        raise DataError([Fault(message, file=str(file), advice="Check what stands in it.")])
    return content
