"""The studies that ship with the package, each in a folder of its own: real sorts to try things on, and definitions to run."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from qmethod.errors import DataError, Fault

__all__ = ["definitions", "names", "path"]


def names() -> tuple[str, ...]:
    """Names of the studies that ship with sorts, in alphabetical order."""
    return _holding("sorts.csv")


def definitions() -> tuple[str, ...]:
    """Names of the studies that ship with a definition, ``study.yaml``, in alphabetical order."""
    return _holding("study.yaml")


def path(name: str) -> Path:
    """The folder of a study that ships.

    Parameters
    ----------
    name : str
        One of `names` or `definitions`.

    Returns
    -------
    pathlib.Path
        A folder with ``README.md`` (source and licence) and ``statements.csv``; for one of `names` also ``sorts.csv``, for one of `definitions`
        also ``study.yaml``.

    Raises
    ------
    DataError
        For an unknown name; the message lists the known ones.
    """
    known = sorted({*names(), *definitions()})
    if name not in known:
        raise DataError([Fault(f"no study called {name!r} ships", advice=f"There is {', '.join(known)}.")])
    return _root() / name


def _holding(file: str) -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in _root().iterdir() if (folder / file).is_file()))


def _root() -> Path:
    return Path(str(files(__name__)))
