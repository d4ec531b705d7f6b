"""Files put in their places, all of them or none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from qmethod.errors import DataError, Fault


def put(files: Mapping[Path, bytes]) -> None:
    """Write files, all of them or none: each beside its place first, so that a full disk changes nothing.

    Parameters
    ----------
    files : mapping of pathlib.Path to bytes

    Raises
    ------
    DataError
        If a place is a folder or no ordinary file, or cannot be written to.
    """
    faults = [Fault(f"this is {said}; nothing was written", file=str(path), advice="Name a file.") for path in files if (said := _no_file(path))]
    if faults:
        raise DataError(faults)
    with contextlib.ExitStack() as stack:
        staged = [(stack.enter_context(_beside(path, content)), path) for path, content in files.items()]
        for half, path in staged:
            with _refused(path):
                half.replace(path.resolve() if path.is_symlink() else path)


def _no_file(path: Path) -> str:
    """What stands where a file cannot be put."""
    try:
        if path.is_dir():
            return "a folder"
        return "" if path.is_file() or not path.exists() else "no ordinary file"
    except (OSError, ValueError):
        return ""  # writing says why


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A file with the content beside its place, which goes if nobody moves it."""
    with _refused(path):
        mode = path.stat().st_mode & 0o777 if path.is_file() else None
        handle, name = tempfile.mkstemp(prefix=".qmethod-", dir=path.parent)
    half = Path(name)
    try:
        with _refused(path), open(handle, "wb") as file:
            file.write(content)
            umask = os.umask(0)
            os.umask(umask)
            half.chmod(0o666 & ~umask if mode is None else mode)
        yield half
    finally:
        half.unlink(missing_ok=True)


@contextlib.contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError([Fault(f"the file cannot be written: {reason}", file=str(path), advice="Check the folder and its permissions.")]) from None
