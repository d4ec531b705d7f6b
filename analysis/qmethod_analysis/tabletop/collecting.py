"""Sorts from tables, added to a file of sorts."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats import read, write_csv
from qmethod.formats.putting import alone, made
from qmethod.wording import listed
from qmethod_analysis.folder.renewing import ELSEWHERE_OR_OVERWRITE, OUT, OVERWRITE, file_fault, foreign
from qmethod_studies.definition import Study

WHAT = "file of sorts"


@contextlib.contextmanager
def adding_to(path: Path) -> Iterator[None]:
    """Keep other programs from adding to a file of sorts: what is read within is what is added to.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made where it is missing.
    """
    folder = path.resolve().parent
    with made(folder), alone(folder):
        yield


def earlier_sorts(study: Study, path: Path) -> QData | None:
    """The sorts that a file holds to which others are to be added; None where there is no file.

    Parameters
    ----------
    study : Study
    path : pathlib.Path

    Raises
    ------
    DataError
        If what is there is not as this program writes sorts, so that something could be lost, or holds the sorts of another study.
    """
    fault = file_fault(path, None, WHAT, lambda _: True, overwrite=True)
    if fault is not None:
        raise DataError([fault])
    if not path.is_file():
        return None
    try:
        data = read(path)
        same = as_csv(data) == path.read_bytes()
    except DataError:
        raise DataError([foreign(WHAT, path)]) from None
    if not same:
        raise DataError([foreign(WHAT, path)])
    if data.statements != study.ids:
        message = f"the sorts that are here are not of the study {study.study}: their statements are others; nothing was written"
        raise DataError([Fault(message, file=str(path), advice=f"Name another place with {OUT}.", settings=(OUT,))])
    return data


def added(study: Study, path: Path, before: QData | None, sorts: Mapping[str, tuple[float, ...]], *, overwrite: bool) -> QData:
    """The sorts of a file with new ones after them.

    Parameters
    ----------
    study : Study
    path : pathlib.Path
        The file, which faults name.
    before : QData or None
        What it holds, from `earlier_sorts`.
    sorts : mapping of str to tuple of float
        By participant: the column of each statement.
    overwrite : bool
        Whether a new sort takes the place of another one of the same participant.

    Raises
    ------
    DataError
        If a participant has another sort there, and `overwrite` is not set.
    """
    columns = {} if before is None else dict(zip(before.participants, before.sorts.T.tolist(), strict=True))
    changed = [name for name, values in sorts.items() if name in columns and columns[name] != list(values)]
    if changed and not overwrite:
        message = "another sort of this participant is here; nothing was written"
        raise DataError(
            [Fault(message, file=str(path), participant=name, advice=ELSEWHERE_OR_OVERWRITE, settings=(OUT, OVERWRITE)) for name in changed]
        )
    columns |= {name: list(values) for name, values in sorts.items()}
    texts = before.texts if before is not None else tuple(" ".join(one.text.in_(study.first_language).split()) for one in study.statements)
    values = np.array(list(columns.values()), dtype=np.float64).T
    return QData(values, study.ids, tuple(columns), texts, study.q_grid if study.distribution == "forced" else None)


def as_csv(data: QData) -> bytes:
    """Sorts as the bytes of a file, from which they are read again as they are.

    Parameters
    ----------
    data : QData

    Raises
    ------
    DataError
        If a name of a participant would be taken for something else there, such as for a number.
    """
    with tempfile.TemporaryDirectory() as there:
        path = write_csv(data, Path(there) / "sorts.csv")
        try:
            again = read(path)
            same = (again.participants, again.statements) == (data.participants, data.statements) and np.array_equal(again.sorts, data.sorts)
        except DataError:
            same = False
        if not same:
            message = f"a file of sorts with the participants {listed(data.participants)} would not be read as it is meant"
            raise DataError([Fault(message, advice="Give other names with --participant, such as p1.")])
        return path.read_bytes()
