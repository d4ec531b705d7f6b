"""What `make fuzz` calls wrong, and that it knows every reader."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks import fuzz
from qmethod import DataError
from qmethod.errors import Fault
from qmethod.formats import formats


def test_every_reader_is_known_and_has_an_example_to_begin_from(tmp_path: Path) -> None:
    assert len(fuzz.names()) == len(formats()) + 2
    for name in fuzz.names():
        folder = tmp_path / name
        folder.mkdir()
        fuzz.seeds(name, folder)
        files = list(folder.iterdir())
        assert files
        assert fuzz.words_of(folder).count("\n") > 10
        assert [fuzz.measured(fuzz.reader(name), file.read_bytes()) for file in files] == [""] * len(files)


def refuse(_raw: bytes) -> None:
    raise DataError([Fault("no")])


def linger(_raw: bytes) -> None:
    end = time.process_time() + fuzz.SECONDS + 0.1
    while time.process_time() < end:
        pass


@pytest.mark.parametrize(
    ("reads", "wrong"),
    [(refuse, ""), (lambda raw: len(raw) / 0, "ZeroDivisionError-test_fuzz-"), (linger, "slow")],
    ids=["refused", "broken", "slow"],
)
def test_what_is_wrong(reads, wrong: str) -> None:
    found = fuzz.measured(reads, b"x")
    assert found.startswith(wrong)
    assert bool(found) == bool(wrong)
