"""Reference sorts and the figures that other programs give for them; tests/reference/README.md says where they come from."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from qmethod import QData

HERE = Path(__file__).parent / "reference"
SETS = ("lipset", "climate_s1", "climate_s3", "kr_power_likert")


def table(path: Path) -> tuple[list[str], list[str], list[list[str]]]:
    """Column names, row names and cells of a CSV file whose first column names the rows."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    return rows[0][1:], [row[0] for row in rows[1:]], [row[1:] for row in rows[1:]]


def numbers(path: Path) -> np.ndarray:
    """The cells as numbers; NA is NaN."""
    return np.array([[float("nan") if cell in ("NA", "") else float(cell) for cell in row] for row in table(path)[2]])


def truths(path: Path) -> np.ndarray:
    """TRUE and FALSE cells."""
    return np.array([[cell == "TRUE" for cell in row] for row in table(path)[2]])


@cache
def sorts(name: str) -> QData:
    participants, statements, cells = table(HERE / name / "sorts.csv")
    return QData.from_array(np.array(cells, dtype=float).astype(int), statements=statements, participants=participants)


def r_folder(name: str, extraction: str, k: int, rotation: str = "varimaxtight") -> Path:
    """R qmethod's figures; `varimaxtight` is R's varimax run with eps 1e-12."""
    return HERE / name / "qmethod-r" / f"{'PCA' if extraction == 'pca' else extraction}-{rotation}-{k}"


def kade_folder(extraction: str) -> Path:
    return HERE / "lipset" / "kade" / f"{ {'pca': 'pca', 'centroid': 'brown', 'horst': 'horst'}[extraction] }-varimax-3"
