"""`write`: sorts or a solution to a file of any format that is written, and what the format cannot hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats.putting import put
from qmethod.formats.writer import Made, SortsWriter, Writer, chosen_writer
from qmethod.literals import WrittenFormat
from qmethod.notice import Notice, noticed
from qmethod.solution import QSolution
from qmethod.wording import counted


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Parameters
    ----------
    format : str
        The name of the format.
    files : tuple of pathlib.Path
        The file that was named, then those beside it.
    notices : tuple of Notice
        What the format cannot hold, and where it stands instead. Empty where nothing is lost.
    """

    format: str
    files: tuple[Path, ...]
    notices: tuple[Notice, ...]

    __repr__ = brief

    def _said(self) -> list[str]:
        return [f"{counted(len(self.files), 'file')} of {self.format}, the first {self.files[0].name}", *noticed(self.notices)]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be written and where.

    Parameters
    ----------
    writer : Writer
    files : mapping of pathlib.Path to bytes
        The file itself first.
    made : Made
    """

    writer: Writer
    files: Mapping[Path, bytes]
    made: Made


def plan(what: QData | QSolution, path: str | os.PathLike[str], to: WrittenFormat | None = None) -> Planned:
    """Make files without writing them.

    Parameters
    ----------
    what : QData or QSolution
    path : path
    to : str, optional
        As of `write`.

    Raises
    ------
    DataError, PolicyError
        As `write` does.
    """
    writer = chosen_writer(path, to)
    target = Path(path)
    if not target.name:
        raise DataError([Fault("this is a folder; nothing was written", file=os.fspath(path), advice="Name a file.")])
    if target.name and not target.suffix and not os.path.lexists(target):
        target = target.with_name(target.name + writer.endings[0])
    if isinstance(writer, SortsWriter):
        made = writer.make(what.data if isinstance(what, QSolution) else what, target.stem, os.fspath(path))
    elif isinstance(what, QSolution):
        made = writer.make(what, target.stem)
    else:
        advice = "Analyse the sorts first, and give the analysis instead."
        raise DataError([Fault(f"{writer.name} holds a solution, and these are sorts alone", file=os.fspath(path), advice=advice)])
    first, *others = made.files
    upper = target.suffix.isupper() and target.suffix not in writer.endings
    beside = {
        target.with_name(target.stem + (suffix.upper() if upper and suffix.startswith(".") else suffix)): made.files[suffix] for suffix in others
    }
    return Planned(writer, {target: made.files[first], **beside}, made)


def write(what: QData | QSolution, path: str | os.PathLike[str], *, to: WrittenFormat | None = None) -> Written:
    """Write sorts or a solution to a file, in the format that its name or `to` tells.

    Parameters
    ----------
    what : QData or QSolution
        Of a solution the sorts are written, or in the format ``"lis"`` what was found in them.
    path : path
        The file to write; where its name has no ending, that of the format is added. What is there is replaced, once all that is to be written
        has been.
    to : str, optional
        The format; told by how the name ends where not given.

        ====================  =====================================================  ==================================
        ``csv``               table, statements in rows                              ``.csv``
        ``csv-participants``  table, participants in rows
        ``csv-long``          table, one placement a row
        ``json``              grid, statements and sorts under plain names           ``.json``
        ``kade-excel``        workbook of KADE, type 2                               ``.xlsx``
        ``kade-zip``          project of KADE                                        ``.zip``
        ``kenq-json``         records as Ken-Q and KADE take them from Firebase
        ``lis``               listing of a solution in the order of PQMethod         ``.lis``
        ``parquet``           a row a sort; needs pyarrow                            ``.parquet``
        ``pqmethod``          .DAT with the .STA beside it                           ``.dat``
        ``r``                 CSV, and a script for R                                ``.R``
        ``spss``              participants in rows, wordings as labels               ``.sav``
        ``spss-syntax``       CSV, and commands that read and label it               ``.sps``
        ``stata``             statements in rows, names as labels                    ``.dta``
        ====================  =====================================================  ==================================

    Returns
    -------
    Written
        With `files`, and in `notices` everything that the format cannot hold. Names of participants that had to be changed stand in
        ``<name>-<format>-names.csv`` beside the file, ids and wordings of statements that are not in it in ``<name>-<format>-statements.csv``.

    Raises
    ------
    DataError
        Naming what the format cannot hold at all, or if a file cannot be written; nothing is changed then.
    PolicyError
        If there is no such format.
    QMethodError
        If a format needs a package that is not installed.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.QData.from_array([[1, 0], [0, -1], [-1, 1]], participants=["anna", "=ben"])
    >>> written = qmethod.write(data, "sorts.csv")
    >>> [path.name for path in written.files], written.notices[0].code
    (['sorts.csv', 'sorts-csv-names.csv'], 'names-changed')
    """
    if not isinstance(what, QData | QSolution):
        raise checks.refuse("what", "sorts or a solution, as `qmethod.read` and `qmethod.analyse` give them", what)
    planned = plan(what, checks.path("path", path), to)
    put(planned.files)
    return Written(planned.writer.name, tuple(planned.files), planned.made.notices)
