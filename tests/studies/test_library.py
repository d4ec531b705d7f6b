"""The studies that ship: complete, readable, and what their README says they are."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import qmethod_studies.library
from qmethod.errors import DataError

REFERENCE = Path(__file__).parents[1] / "reference" / "climate_s1"


def rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def test_names_list_every_study() -> None:
    assert qmethod_studies.library.names() == ("climate",)


@pytest.mark.parametrize("name", qmethod_studies.library.names())
def test_a_study_is_complete(name: str) -> None:
    folder = qmethod_studies.library.path(name)
    sorts, statements = rows(folder / "sorts.csv"), rows(folder / "statements.csv")
    assert [row[0] for row in sorts[1:]] == [row[0] for row in statements[1:]]
    assert all(row[1] for row in statements)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "licence" in readme
    assert f"qmethod analyse {name} " in readme


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"no study called 'climat' ships\n-> With sorts: climate\. With a definition: leadership\."):
        qmethod_studies.library.path("climat")


@pytest.mark.parametrize("name", ["..", "climate/published", "", "__pycache__"])
def test_a_name_is_not_a_path(name: str) -> None:
    with pytest.raises(DataError):
        qmethod_studies.library.path(name)


def test_climate_is_as_its_readme_says() -> None:
    sorts = np.array([row[1:] for row in rows(qmethod_studies.library.path("climate") / "sorts.csv")[1:]], dtype=int)
    assert sorts.shape == (30, 435)
    grid = np.repeat(np.arange(-4, 5), [1, 2, 4, 5, 6, 5, 4, 2, 1])
    assert (np.sort(sorts, axis=0) == grid[:, None]).all()


def test_climate_is_the_reference_data() -> None:
    folder = qmethod_studies.library.path("climate")
    for ours, theirs in (
        ("sorts.csv", "sorts.csv"),
        ("statements.csv", "statements.csv"),
        ("published/z-scores.csv", "published/study-2-factor-scores.csv"),
    ):
        assert (folder / ours).read_bytes() == (REFERENCE / theirs).read_bytes()
