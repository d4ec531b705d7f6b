"""Flags and targets that the researcher types: every fault at once, with its line."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod import DataError, ManualFlag
from qmethod.formats import write_csv
from qmethod_analysis.recipe.inputs import read_flags, read_target
from qmethod_analysis.recipe.recipe import Input
from qmethod_analysis.recipe.sources import read_input
from tests.references import sorts

DATA = sorts("lipset")
LABELS = ("f1", "f2")


def faults(reading, path: Path, content: bytes | str, *arguments) -> list[str]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as caught:
        reading(path, DATA, *arguments)
    assert all(fault.file == str(path) for fault in caught.value.faults)
    return [f"{fault.line}: {fault.message}" for fault in caught.value.faults]


def test_flags(tmp_path: Path):
    path = tmp_path / "flags.csv"
    path.write_text('\ufeffReason;Participant;Factor;Defines\n"a; b";US1;f2;YES\n\nno more;US3;f1;no\n', encoding="utf-8")
    assert read_flags(path, DATA, LABELS) == (ManualFlag("US1", "f2", True, "a; b"), ManualFlag("US3", "f1", False, "no more"))


def test_factors_may_be_written_as_bare_numbers(tmp_path: Path):
    """As ``--rotate`` has them; two spellings of one factor are one factor."""
    path = tmp_path / "flags.csv"
    path.write_text("participant,factor,defines,reason\nUS1,2,yes,a\nUS3,F1,no,b\n", encoding="utf-8")
    assert read_flags(path, DATA, LABELS) == (ManualFlag("US1", "f2", True, "a"), ManualFlag("US3", "f1", False, "b"))
    assert faults(read_flags, path, "participant,factor,defines,reason\nUS1,2,yes,a\nUS1,f2,no,b\n", LABELS) == [
        "3: US1 and f2 stand in line 2 already"
    ]
    assert "there is no factor 'f3'; there are f1, f2" in faults(read_flags, path, "participant,factor,defines,reason\nUS1,3,yes,a\n", LABELS)[0]
    path.write_text("participant;1;F2\nUS1;−0,5;\n", encoding="utf-8")
    assert read_target(path, DATA, 2)[0, 0] == -0.5


def test_faults_of_flags_come_all_at_once(tmp_path: Path):
    content = "participant,factor,defines,reason\nUS1,f1,yes,because\nNobody,f7,perhaps,\nUS1,f1,no,again\nUS2,f1,yes,one,two\n"
    found = faults(read_flags, tmp_path / "flags.csv", content, LABELS)
    assert [line.split(":")[0] for line in found] == ["3", "3", "3", "3", "4", "5"]
    for words in ("no participant 'Nobody'", "no factor 'f7'", "yes or no, got 'perhaps'", "a reason is needed", "in line 2 already", "5 cells"):
        assert any(words in line for line in found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("participant,factor\nUS1,f1\n", "must name the columns participant, factor, defines, reason"),
        ("participant,factor,defines,reason\n", "no flags in this file"),
        (b"participant,factor,defines,reason\nUS1,f1,yes,\x00\n", "zero bytes"),
        ('participant,factor,defines,reason\nUS1,f1,yes,"open' + "x" * 200_000, "a cell of more than"),
    ],
)
def test_flag_files_that_are_none(tmp_path: Path, content: bytes | str, message: str):
    assert any(message in line for line in faults(read_flags, tmp_path / "flags.csv", content, LABELS))


def test_target(tmp_path: Path):
    path = tmp_path / "target.csv"
    path.write_text("participant,f1,f2\nFR9,-1,\nUS1,0.5,0\n")
    target = read_target(path, DATA, 2)
    assert target.shape == (9, 2)
    assert target[0].tolist() == [0.5, 0.0]
    assert target[8, 0] == -1
    assert np.isnan(target).sum() == 15


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("participant,f1\nUS1,1\n", "1: the header must name the columns participant, f1, f2"),
        ("participant,f1,f2\nUS1,1.5,0\nUS2,x,0\nNobody,0,0\nUS1,0,0\n", "2: '1.5' is not a loading between -1 and 1"),
        ("participant,f1,f2\nUS1,1,0,0\n", "2: 4 cells where the header has 3"),
        ("participant,f1,f2\nUS1,,\n", "every entry of the target is free"),
    ],
)
def test_faults_of_targets(tmp_path: Path, content: str, message: str):
    found = faults(read_target, tmp_path / "target.csv", content, 2)
    assert any(message in line for line in found)
    if "Nobody" in content:
        assert [line.split(":")[0] for line in found] == ["2", "3", "4", "5"]


def test_what_the_program_laid_is_told_where_the_export_counts_it(tmp_path: Path):
    """The counts of responses.csv, in inspect and analysis alike; without an export beside the sorts there is nothing to say."""
    data = sorts("lipset")
    write_csv(data, tmp_path / "sorts.csv")
    read = partial(read_input, Input(path="sorts.csv"), tmp_path)
    assert "laid-by-program" not in {notice.code for notice in read().notices}
    (tmp_path / "study.json").write_text("{}")
    laid = {"US1": 20, "US2": 0, "UK7": 3}
    lines = ["participant,auto_placed", *(f"{name},{laid.get(name, '')}" for name in data.participants), "Somebody,33"]
    (tmp_path / "responses.csv").write_text("\n".join(lines) + "\n")
    [notice] = [notice for notice in read().notices if notice.code == "laid-by-program"]
    assert "23 of 297 placements (7.7 %)" in notice.message
    assert "2 of 9 participants" in notice.message
    assert "US1 20 of 33, UK7 3 of 33" in notice.message
    assert notice.participants == ("US1", "UK7")
    assert notice in qmethod.analyse(read(), 2).notices
