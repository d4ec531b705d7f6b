"""The studies that ship with the package, each in a folder of its own: real sorts to try things on, and definitions to run."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from qmethod.brief import short
from qmethod.errors import DataError, Fault, Setting

if TYPE_CHECKING:
    from qmethod.data import QData

__all__ = ["definitions", "load", "names", "path"]


def names() -> tuple[str, ...]:
    """Names of the studies that ship with sorts, in alphabetical order: what `load` takes."""
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
    if not isinstance(name, str) or name not in known:
        advice = f"With sorts: {', '.join(names())}. With a definition: {', '.join(definitions())}."
        raise DataError([Fault(f"`name`: no study called {short(name)} ships", advice=advice)])
    return _root() / name


def load(name: str) -> QData:
    """The sorts of a study that ships, with its statements' wordings and its grid.

    Parameters
    ----------
    name : str
        One of `names`.

    Raises
    ------
    DataError
        For a study that does not ship with sorts.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.datasets.load("climate")
    >>> data.n_statements, data.n_sorts, data.texts[2]
    (30, 435, 'Climate change is a hoax perpetrated by the United Nations.')
    """
    folder = path(name)
    if name not in names():
        draw = Setting("simulate", call="`qmethod.simulate`", command=f"`qmethod simulate {name}`")
        advice = f"Studies with sorts: {', '.join(names())}. Sorts of people who do not exist can be drawn with {draw}."
        raise DataError([Fault(f"the study {name!r} ships without sorts", advice=advice, settings=(draw,))])
    from qmethod.formats.reading import read  # on demand: the names of studies are asked for without reading one

    return read(folder / "sorts.csv", statements=folder / "statements.csv")


def _holding(file: str) -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in _root().iterdir() if (folder / file).is_file()))


def _root() -> Path:
    return Path(str(files(__name__)))
