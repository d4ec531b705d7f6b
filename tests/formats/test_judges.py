"""What is written is what programs that are not ours judged, byte by byte, and what they gave for it is the study.

`python -m benchmarks.judging` judges anew where what is written has changed on purpose.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.judging import BY_LIBREOFFICE, JUDGED, judges
from qmethod import QData
from qmethod.formats import writers
from qmethod.formats.writer import SortsWriter
from tests.formats.judged_studies import STUDIES, made, read_by_judges

MADE = {(study, writer.key): (writer, files) for study, writer, files in made()}
ASKED = sorted((study, key, judge) for study, key in MADE for judge, _ in judges(key))
CELLS = ("xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/")
"""Where a workbook holds what is in its cells; the rest is how the library that writes it dresses it."""


def said(study: str, key: str, judge: str) -> Any:
    return json.loads((JUDGED / "said" / study / f"{key}.{judge}.json").read_text("utf-8"))


def contents(ending: str, content: bytes) -> dict[str, bytes]:
    if ending != ".xlsx":
        return {"": content}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist() if name.startswith(CELLS)}


def test_all_that_judges_read_was_judged() -> None:
    assert {path.relative_to(JUDGED / "said").as_posix() for path in (JUDGED / "said").glob("*/*")} == {
        f"{study}/{key}.{judge}.json" for study, key, judge in ASKED
    }
    assert {study for study, _, _ in ASKED} == set(STUDIES)
    assert len({key for _, key, _ in ASKED}) == 8


@pytest.mark.parametrize(("study", "key"), sorted({one[:2] for one in ASKED}))
def test_what_is_written_is_what_was_judged(study: str, key: str) -> None:
    folder = JUDGED / "files" / study / key
    files = read_by_judges(*MADE[study, key])
    assert {path.name for path in folder.iterdir()} == {f"{study}{ending}" for ending in files}
    for ending, content in files.items():
        judged = contents(ending, (folder / f"{study}{ending}").read_bytes())
        assert contents(ending, content) == judged, "what is written has changed: judge it anew with python -m benchmarks.judging"


def table_of(key: str, given: Any) -> tuple[list[str], list[str], list[str], np.ndarray]:
    """Ids, wordings, names and placements as a judge gave them, statements in rows."""
    columns, rows = given["columns"], given["rows"]
    if key == "csv-long":
        names, ids = (list(dict.fromkeys(row[i] for row in rows)) for i in (0, 1))
        cells = {(row[1], row[0]): row[2] for row in rows}
        return ids, [], names, np.array([[cells[one, other] for other in names] for one in ids], dtype=float)
    if key in ("csv-participants", "spss", "spss-syntax"):
        values = np.array([row[1:] for row in rows], dtype=float).T
        return columns[1:], given.get("labels", [""])[1:], [row[0].rstrip(" ") for row in rows], values
    first = 2 if "text" in columns[1:2] else 1
    names = given["labels"] if key == "stata" else columns
    texts = [row[1] or "" for row in rows] if first == 2 else []
    return [row[0] for row in rows], texts, names[first:], np.array([row[first:] for row in rows], dtype=float)


def is_the_study(carried: QData, found: tuple[list[str], list[str], list[str], np.ndarray]) -> None:
    ids, texts, names, values = found
    assert tuple(ids) == carried.statements
    assert tuple(texts or [""] * len(ids)) == carried.texts
    assert tuple(names) == carried.participants
    assert np.array_equal(values, np.asarray(carried.sorts, dtype=float), equal_nan=True)


@pytest.mark.parametrize(("study", "key", "judge"), [one for one in ASKED if one[2] != "libreoffice"])
def test_what_judges_gave_is_the_study(study: str, key: str, judge: str) -> None:
    carried = MADE[study, key][1].carried
    assert carried is not None
    given = said(study, key, judge)
    is_the_study(carried, table_of(key, given))
    if key == "r":
        follows = "all follow" if study != "unforced" else "not all follow"
        assert given["printed"] == [f"{carried.n_sorts} sorts of {carried.n_statements} statements; {follows} the distribution."]
        assert given["forced"] == [str(study != "unforced").upper()]
        assert carried.grid is not None
        assert [float(value) for value in given["distribution"]] == np.repeat(carried.grid.values, carried.grid.counts).tolist()
        assert given["stopped"] == [f"Say how many factors, for example: Rscript {study}.R 3"]


def alike(cell: object, text: str) -> bool:
    """Whether a spreadsheet shows a text of a table as it is; where the text reads as a number, that number is what it is taken for."""
    return cell == text or (isinstance(cell, float) and cell == pytest.approx(float(text), rel=1e-14))


@pytest.mark.parametrize(("study", "key"), [one[:2] for one in ASKED if one[2] == "libreoffice" and one[1] != "kade-excel"])
def test_a_spreadsheet_shows_the_cells_of_a_table(study: str, key: str) -> None:
    """No text is a formula; LibreOffice keeps 15 digits of a number."""
    given = said(study, key, "libreoffice")
    assert given["formulas"] == 0
    ((_, rows),) = given["sheets"].items()
    written = list(csv.reader(io.StringIO((JUDGED / "files" / study / key / f"{study}.csv").read_text("utf-8"), newline="")))
    assert len(rows) == len(written)
    for shown, row in zip(rows, written, strict=True):
        cells = [*shown, *[None] * (len(row) - len(shown))]
        assert [text for cell, text in zip(cells, row, strict=True) if not (cell is None and not text) and not alike(cell, text)] == []


@pytest.mark.parametrize("study", [one[0] for one in ASKED if one[1] == "kade-excel"])
def test_a_spreadsheet_keeps_the_texts_of_a_workbook(study: str) -> None:
    """Whatever they read as: leading zeros, long numbers, dates, formulas."""
    carried = MADE[study, "kade-excel"][1].carried
    assert carried is not None
    given = said(study, "kade-excel", "libreoffice")
    sheets = given["sheets"]
    assert given["formulas"] == 0
    assert [row[0] for row in sheets["sorts"]] == list(carried.participants)
    assert np.array_equal([row[1:] for row in sheets["sorts"]], np.asarray(carried.sorts).T)
    assert [row[0] for row in sheets["statements"]] == ["Statements", *carried.texts]
    assert carried.grid is not None
    values, counts = (np.array(row) for row in sheets["pattern"])
    assert (values[counts > 0].tolist(), counts[counts > 0].tolist()) == (list(carried.grid.values), list(carried.grid.counts))
    assert [sheets[name][1] for name in ("name", "version", "type")] == [[study], [2], [2]]


def test_the_page_names_the_judges_with_their_versions() -> None:
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    versions = json.loads((JUDGED / "judges.json").read_text("utf-8"))
    titles = {"r": "R", "foreign": "foreign", "readstata13": "readstata13", "pspp": "PSPP", "libreoffice": "LibreOffice"}
    for judge, version in versions.items():
        assert f"{titles[judge]} {version}" in page
    by_key = {writer.key: writer for writer in writers() if isinstance(writer, SortsWriter)}
    for key, judge in {one[1:] for one in ASKED}:
        assert titles[judge] in by_key[key].judged  # type: ignore[index]
    assert all("LibreOffice" not in writer.judged for key, writer in by_key.items() if key not in BY_LIBREOFFICE)
