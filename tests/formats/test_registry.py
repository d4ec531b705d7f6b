"""Each format is recognised by what a file holds, by one format alone, and a file of none is refused with the formats there are."""

from __future__ import annotations

import gzip
import pkgutil
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod import DataError, QData
from qmethod.formats import formats, open_sorts, readers
from qmethod.formats.foreign import foreign_kind
from qmethod.formats.registry import TOLD_BY, Content, Format, listing, recognise
from tests.formats.hostile import HOSTILE, Hostile

HERE = Path(__file__).parent
FILES = sorted(path for folder in (HERE / "cases", HERE / "examples", HERE.parent / "reference") for path in folder.rglob("*") if path.is_file())
DATA = QData(np.array([[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]).T, statements=("s1", "s2", "s3", "s4"), participants=("ann", "ben", "cem"))
EXAMPLES = {path.stem: path for path in sorted((HERE / "examples").iterdir())}
"""A file, or a folder, of each format, called like its module; each holds the same sorts."""


def claims(path: Path) -> dict[str, list[str]]:
    """Which formats claim a file, by what they are told by. No sniffing raises."""
    content = Content(str(path))
    return {kind: [each.name for each in formats() if each.told_by == kind and each.sniff(content) is not None] for kind in TOLD_BY}


def test_every_module_of_readers_is_a_format() -> None:
    assert len(formats()) == len(list(pkgutil.iter_modules(readers.__path__)))
    assert len({each.name for each in formats()}) == len(formats())
    for each in formats():
        assert (sys.modules[each.sniff.__module__].__doc__ or "").strip()
        assert each.about.endswith(".")
        assert all(ending.startswith(".") for ending in each.endings)
        assert each.name in listing()


@pytest.mark.parametrize("form", formats(), ids=lambda form: form.name)
def test_every_format_is_recognised_whatever_its_file_is_called(form: Format, tmp_path: Path) -> None:
    module = form.sniff.__module__.rpartition(".")[2]
    example = EXAMPLES[module]  # a new format needs a file in examples/
    copy = shutil.copytree if example.is_dir() else shutil.copy
    files = {"example": copy(example, tmp_path / "example.unknown")}
    if module == "table":
        files["written"] = qmethod.write_csv(DATA, tmp_path / "written.csv").rename(tmp_path / "written.unknown")
    if module == "pqmethod":
        files["written"] = qmethod.write_pqmethod(DATA, tmp_path / "written.dat")[0].rename(tmp_path / "written.unknown")
    for path in files.values():
        recognised, found = recognise(Content(str(path)))
        assert recognised is form
        data = qmethod.read(path)
        assert data.source.why == found.why
        assert data.sorts.tolist() == DATA.sorts.tolist()
        assert "why" not in qmethod.analyse(data, 1).to_dict()["data"]["source"]


def test_an_example_is_of_a_format() -> None:
    assert EXAMPLES.keys() == {form.sniff.__module__.rpartition(".")[2] for form in formats()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_two_formats_claim_a_file(path: Path) -> None:
    found = claims(path)
    assert len(found["signature"]) <= 1
    assert len(found["structure"]) <= 1


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_files_are_claimed_by_one_format_at_most(hostile: Hostile, tmp_path: Path) -> None:
    found = claims(hostile.write(tmp_path))
    assert len(found["signature"]) <= 1
    assert len(found["structure"]) <= 1


@pytest.mark.parametrize("name", ["ods", "zip", "json", "html", "pdf", "binary", "nul-inside"])
def test_what_is_not_read_is_refused_with_the_formats_that_are(name: str, tmp_path: Path) -> None:
    [hostile] = [one for one in HOSTILE if one.name == name]
    path = hostile.write(tmp_path)
    with pytest.raises(DataError) as refusal:
        qmethod.read(path)
    assert listing() in (refusal.value.faults[0].advice or "")


def test_chunks_come_through_the_same_door(tmp_path: Path) -> None:
    """An OpenDocument file is called one, and not text in another encoding."""
    [hostile] = [one for one in HOSTILE if one.name == "ods"]
    path = hostile.write(tmp_path)
    with pytest.raises(DataError, match="this is an OpenDocument file") as refusal:
        open_sorts(path)
    assert listing([each for each in formats() if each.open is not None]) in (refusal.value.faults[0].advice or "")


WHOLE_OR_FOLDER = ("boards", "piles")
"""Formats that are told by all lines, or are folders; `open_sorts` does not read folders, and knows of no lines behind those it looks at."""


@pytest.mark.parametrize(
    "form",
    [form for form in formats() if form.open is None and form.sniff.__module__.rpartition(".")[2] not in WHOLE_OR_FOLDER],
    ids=lambda form: form.name,
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("long", [False, True])
def test_a_format_that_cannot_be_read_in_chunks_is_named(form: Format, packed: bool, long: bool, tmp_path: Path) -> None:
    """Not taken for a table; however long the file is, which is not read to its end."""
    content = EXAMPLES[form.sniff.__module__.rpartition(".")[2]].read_bytes()
    lines = content.splitlines(keepends=True)
    content += lines[-1] * (100_000 if long else 0)
    path = tmp_path / f"sorts.dat{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError, match=rf"{re.escape(form.name)} cannot be read in chunks") as refusal:
        open_sorts(path)
    assert refusal.value.faults[0].file == str(path)


def test_parquet_in_a_packed_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "sorts.parquet.gz").write_bytes(gzip.compress(EXAMPLES["parquet"].read_bytes()))
    with pytest.raises(DataError, match="Parquet cannot be read in chunks while it is packed"):
        open_sorts(tmp_path / "sorts.parquet.gz")


def test_a_format_that_claims_a_file_goes_before_the_refusal_of_its_kind() -> None:
    """What Parquet claims by its first bytes stands in the list of foreign files too: for roles in which no format is asked."""
    made = EXAMPLES["parquet"]
    assert foreign_kind(made.read_bytes(), made.read_bytes, made) is not None
    assert recognise(Content(str(made)))[0].name == "Parquet"
