"""Files put in their places, all of them or none."""

from __future__ import annotations

import contextlib
import os
import sys
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
    try:
        _place(files)
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        file = getattr(error, "filename", None) or str(next(iter(files), ""))
        raise DataError([Fault(f"the file cannot be written: {reason}", file=file, advice="Check the folder and its permissions.")]) from error


def place(files: Mapping[Path, bytes], *, new: bool = False) -> None:
    """The same, in folders that are made where they are missing; what the system refuses stays its error, with the name of the file.

    Parameters
    ----------
    files : mapping of pathlib.Path to bytes
    new : bool, default False
        Whether nothing may be in their places.

    Raises
    ------
    DataError
        If a place is a folder or no ordinary file.
    OSError
        For what the system refuses; FileExistsError where something is in the place of a new file. No file was written then.
    """
    with contextlib.ExitStack() as stack:
        for folder in {path.parent for path in files}:
            stack.enter_context(made(folder))
        _place(files, new=new)


def _place(files: Mapping[Path, bytes], *, new: bool = False) -> None:
    faults = [Fault(f"this is {said}; nothing was written", file=str(path), advice="Name a file.") for path in files if (said := _no_file(path))]
    if faults:
        raise DataError(faults)
    with contextlib.ExitStack() as stack:
        staged = [(stack.enter_context(_beside(path, content)), path) for path, content in files.items()]
        with contextlib.ExitStack() as back:
            for half, path in staged:
                with naming(path):
                    if new:
                        _move_new(half, path)
                        back.callback(path.unlink, missing_ok=True)
                    else:
                        half.replace(path.resolve() if path.is_symlink() else path)
            back.pop_all()  # all are there: nothing is taken back
        for folder in {path.absolute().parent for path in files}:
            settle(folder)


def take_away(path: Path, begins: bytes) -> None:
    """Remove a file that was written before, known by how it begins; any other stays.

    Parameters
    ----------
    path : pathlib.Path
    begins : bytes
    """
    if path.is_symlink() or not path.is_file():
        return
    with path.open("rb") as file:
        ours = file.read(len(begins)) == begins
    if ours:
        path.unlink()


def settle(path: Path) -> None:
    """Wait until a file, or what is in a folder by which name, is on the disk, where the system lets one wait for that.

    Parameters
    ----------
    path : pathlib.Path
    """
    with contextlib.suppress(OSError):  # a folder cannot be opened on Windows, and not every file system knows how
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def write_through(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file that is not there yet, and wait until it is on the disk.

    Parameters
    ----------
    path : pathlib.Path
    content : bytes
    mode : int
        Permissions, less those that the system is told to keep back.
    """
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with open(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(number)


def _move_new(half: Path, path: Path) -> None:
    """Move a file to a place where nothing is: in one act where the file system knows how."""
    try:
        os.link(half, path)
    except FileExistsError:
        raise FileExistsError(17, "this file exists already; nothing was written", str(path)) from None
    except OSError:
        if os.path.lexists(path):
            raise
        half.replace(path)
    else:
        half.unlink()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Wait until no other process or thread is alone in a folder; whether the system can tell.

    It is told by the system, and ends with the process, so that none that was killed keeps others waiting. Whoever asks twice at once waits for ever.

    Parameters
    ----------
    folder : pathlib.Path
    """
    if sys.platform == "win32":
        yield False
        return
    import fcntl

    number = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            told = True
        except OSError:  # some file systems do not know how
            told = False
        yield told
    finally:
        os.close(number)


@contextlib.contextmanager
def made(folder: Path) -> Iterator[None]:
    """A folder, made where it is missing; what was made goes if no file came to be in it.

    Parameters
    ----------
    folder : pathlib.Path
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for path in missing:
            with contextlib.suppress(OSError):  # it is not empty
                path.rmdir()


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
    with naming(path):
        mode = path.stat().st_mode & 0o777 if path.is_file() else None
        place = (path.resolve() if path.is_symlink() else path).parent
        folder = Path(tempfile.mkdtemp(prefix=".qmethod-", dir=place))
    half = folder / "file"
    try:
        with naming(path):
            write_through(half, content)
            if mode is not None:
                half.chmod(mode)
        yield half
    finally:
        half.unlink(missing_ok=True)
        folder.rmdir()


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the system name a file that the user knows.

    Parameters
    ----------
    path : pathlib.Path
    """
    try:
        yield
    except OSError as error:
        if error.filename == str(path):
            raise
        raise type(error)(error.errno, error.strerror or str(error), str(path)) from None
