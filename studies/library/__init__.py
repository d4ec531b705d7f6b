"""The studies that ship with the package: real sorts to try things on, each in a folder of its own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from qmethod.errors import DataError, Fault

__all__ = ["names", "path"]


def names() -> tuple[str, ...]:
    """Names of the studies that ship, in alphabetical order."""
    return tuple(sorted(folder.name for folder in _root().iterdir() if (folder / "sorts.csv").is_file()))


def path(name: str) -> Path:
    """The folder of a study that ships.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    pathlib.Path
        A folder that holds ``sorts.csv``, ``statements.csv`` and a ``README.md`` with source and licence.

    Raises
    ------
    DataError
        For an unknown name; the message lists the known ones.
    """
    known = names()
    if name not in known:
        raise DataError([Fault(f"no study called {name!r} ships", advice=f"There is {', '.join(known)}.")])
    return _root() / name


def _root() -> Path:
    return Path(str(files(__name__)))
