"""One rule for writing where something is: what the same choices made may be renewed, what other choices made only on purpose, and nothing of others.

`qmethod_analysis.folder.writing` holds the folder of an analysis to it; here are single files, folders of an export, and the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from qmethod.errors import DataError, Fault, Setting

OUT, OVERWRITE = Setting("out"), Setting("overwrite", True)
ELSEWHERE = f"Name another place with {OUT}."
ELSEWHERE_OR_OVERWRITE = f"Name another place with {OUT}, or add {OVERWRITE}."


def foreign(what: str, place: Path, there: Iterable[str] = ()) -> Fault:
    """What is said where something lies that this program did not write.

    Parameters
    ----------
    what : str
        What would be written: ``export``.
    place : pathlib.Path
    there : iterable of str
        Names of what lies in a folder.
    """
    names = list(there)
    listed = f" ({', '.join(names[:5])}{' ...' if len(names) > 5 else ''})" if names else ""
    return Fault(f"what is here{listed} is no earlier {what}; nothing was written", file=str(place), advice=ELSEWHERE, settings=(OUT,))


def earlier(what: str, place: Path, *, otherwise: bool = True) -> Fault:
    """What is said where something of the same kind lies that is not the same.

    Parameters
    ----------
    what : str
    place : pathlib.Path
    otherwise : bool, default True
        Whether other choices made it; of what is another one each time, such as a backup, nobody knows.
    """
    how = ", by other choices" if otherwise else ""
    return Fault(f"an earlier {what} is here{how}; nothing was written", file=str(place), advice=ELSEWHERE_OR_OVERWRITE, settings=(OUT, OVERWRITE))


def file_fault(path: Path, content: bytes | None, what: str, ours: Callable[[bytes], bool], *, overwrite: bool) -> Fault | None:
    """What speaks against writing a file; None where nothing does.

    Parameters
    ----------
    path : pathlib.Path
    content : bytes or None
        What is to be written, where it is known; the very same may lie there.
    what : str
        What it is: ``file of sorts``.
    ours : callable
        Whether a content is of this kind, made by this program.
    overwrite : bool
        Whether an earlier one may go.
    """
    if path.is_dir():
        return Fault(f"this is a folder, and a {what} is to be written", file=str(path), advice=f"Name a file in it with {OUT}.", settings=(OUT,))
    if not path.exists():
        return None
    if not path.is_file():
        advice = f"Name a file with {OUT}."
        return Fault(f"this is no ordinary file, and a {what} is to be written", file=str(path), advice=advice, settings=(OUT,))
    there = path.read_bytes()
    if there == content or (ours(there) and overwrite):
        return None
    return earlier(what, path, otherwise=content is not None) if ours(there) else foreign(what, path)


def check_file(path: Path, content: bytes | None, what: str, ours: Callable[[bytes], bool], *, overwrite: bool) -> None:
    """Refuse to write a file where the rule says so; see `file_fault`.

    Raises
    ------
    DataError
    """
    fault = file_fault(path, content, what, ours, overwrite=overwrite)
    if fault is not None:
        raise DataError([fault])


def begins(start: str) -> Callable[[bytes], bool]:
    """Whether a content begins like this; quotes and a byte order mark make no difference.

    Parameters
    ----------
    start : str
    """
    return lambda content: content[: len(start.encode()) + 400].replace(b'"', b"").removeprefix(b"\xef\xbb\xbf").startswith(start.encode())
