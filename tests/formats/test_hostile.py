"""Every hostile file is refused with words that name the fault, never with a traceback of another kind."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qmethod import DataError, Grid, QMethodError, analyse, read
from qmethod.formats import open_sorts
from tests.formats.hostile import HOSTILE, Hostile


def reading(hostile: Hostile) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(hostile.arguments)
    if "grid" in arguments:
        arguments["grid"] = Grid.parse(arguments["grid"])
    return arguments


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_is_refused_in_words(hostile: Hostile, tmp_path: Path) -> None:
    path = hostile.write(tmp_path)
    if hostile.stage == "read":
        with pytest.raises(QMethodError) as refusal:
            read(path, **reading(hostile))
    else:
        data = read(path, **reading(hostile))
        with pytest.raises(QMethodError) as refusal:
            analyse(data, hostile.n_factors)
    message = str(refusal.value)
    assert re.search(hostile.message, message), message
    assert len(message.splitlines()) <= 20
    assert max(map(len, message.splitlines())) < 400


@pytest.mark.parametrize("hostile", [h for h in HOSTILE if h.stage == "read" and h.name != "layout-unknown"], ids=lambda hostile: hostile.name)
def test_every_fault_names_the_file(hostile: Hostile, tmp_path: Path) -> None:
    path = hostile.write(tmp_path)
    with pytest.raises(DataError) as refusal:
        read(path, **reading(hostile))
    assert {Path(fault.file or "").stem for fault in refusal.value.faults} == {"hostile"}


def test_names_are_unique() -> None:
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        read(tmp_path / "nowhere.csv")


def test_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="the file cannot be opened: Not a directory"):
        read(tmp_path / "file" / "sorts.csv")


@pytest.mark.parametrize("name", ["a\x00b.csv", "x" * 5000 + ".csv"])
def test_impossible_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(QMethodError, match=r"cannot be opened|`path` must be a path"):
        read(f"{tmp_path}/{name}")


@pytest.mark.parametrize("reader", [read, open_sorts])
@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "/dev/null", "folder", "nowhere"])
def test_what_is_no_file_is_called_what_it_is(reader: Callable[[Path], object], kind: str, tmp_path: Path) -> None:
    """A pipe is not waited for."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    said = {"pipe": "it is a pipe", "folder": "this is a folder", "nowhere": "there is no such file"}.get(kind, "it is a device")
    with pytest.raises(DataError, match=said) as refusal:
        reader(tmp_path / kind)
    assert "no such file" in str(refusal.value) or kind != "nowhere"


@pytest.mark.parametrize(("kind", "program"), [("gzip", "gunzip"), ("bzip2", "bunzip2"), ("xz", "xz")])
def test_a_packed_file_is_read_as_the_message_says(kind: str, program: str, tmp_path: Path) -> None:
    """The pipe that it names is run as it stands, up to its end, which the command line reads."""
    [hostile] = [one for one in HOSTILE if one.name == kind]
    path = hostile.write(tmp_path)
    with pytest.raises(DataError) as refusal:
        read(path)
    found = re.search(r"pipe it: (\S+ \S+ < FILE) \| qmethod inspect -", refusal.value.faults[0].advice or "")
    assert found is not None
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    unpacked = subprocess.run(["sh", "-c", found[1].replace("FILE", shlex.quote(str(path)))], capture_output=True, check=True).stdout
    assert read(unpacked).participants == ("p1", "p2", "p3")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "sorts.csv"
    path.write_text("statement,p1\ns1,1\n")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match="may not be read"):
        read(path)


def test_far_too_large(tmp_path: Path) -> None:
    path = tmp_path / "sorts.csv"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(DataError, match=r"1,073,741,825 bytes"):
        read(path)


def test_wordings_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "sorts.csv").write_text("statement,p1,p2\ns1,1,0\ns2,0,1\n")
    (tmp_path / "statements.csv").write_bytes(b"%PDF-1.7")
    with pytest.raises(DataError, match=r"statements\.csv: this is a PDF"):
        read(tmp_path / "sorts.csv", statements=tmp_path / "statements.csv")
