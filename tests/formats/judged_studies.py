"""Studies with which other programs judged what is written: a plain one, one whose names and wordings are treacherous, one with gaps and decimals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from qmethod import DataError, Grid, QData
from qmethod.formats import writers
from qmethod.formats.writer import Made, SortsWriter, names_beside, statements_beside

_PEOPLE = (
    *("=1+1", "-4", "+49 170", "@x", "007", "12345678901234567890", "José Ñuño", "小林", 'Zoë, "G"', "O'Brien", "NA", "1e5", "2024-01-02", "TRUE"),
    *("a;b", "if", "#1", "3,5", "٣", "x" * 90, "é" * 120),
)
_IDS = ("01", "=A1", "-4", "Ünï", "s e", "1e3", "007.50")
_TEXTS = ('=HYPERLINK("http://x")', "-4", "Les arbres, « ici »", 'Say "so"\nand on', "ü" * 1100, "", "It's 50 % of ‘it’; \\ | #")


def _drawn(values: list[float], n_sorts: int, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return np.array([draw.permutation(values) for _ in range(n_sorts)], dtype=float).T


def _ragged() -> QData:
    sorts = _drawn([-2.5, -1, 0, 0.1, 1 / 3, 40_000], 6, seed=3)
    sorts[[0, 2, 5], [1, 1, 4]] = np.nan
    return QData(sorts, (), ("anna", "ben", "chris", "dora", "eli", "fay"), ())


STUDIES = {
    "plain": QData(_drawn([-2, -1, -1, 0, 0, 0, 1, 1, 2], 5, seed=1), (), tuple("abcde"), tuple(f"Wording {i} of it." for i in range(1, 10))),
    "treacherous": QData(_drawn([-6, -1, 0, 0, 1, 1, 13], len(_PEOPLE), seed=2), _IDS, _PEOPLE, _TEXTS),
    "unforced": QData(
        np.array([[4, 4, -3, 0], [1, 2, 3, 4], [-3, -3, -3, 0]]).T, tuple("abcd"), ("ann", "ben", "cem"), (), Grid((-3, 0, 4), (1, 2, 1))
    ),
    "ragged": _ragged(),
}


def made() -> Iterator[tuple[str, SortsWriter, Made]]:
    """Each study in each format that holds it."""
    for name, data in STUDIES.items():
        for writer in writers():
            if isinstance(writer, SortsWriter):
                try:
                    yield name, writer, writer.make(data, name)
                except DataError:
                    continue


def read_by_judges(writer: SortsWriter, files: Made) -> Mapping[str, bytes]:
    """What a judge is given: without the tables beside it that say what is called otherwise."""
    return {ending: content for ending, content in files.files.items() if ending not in (names_beside(writer), statements_beside(writer))}
