"""Statements that are pictures or sounds: read from the folder, known by their content, and never without words that stand for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.loading import load
from qmethod_studies.store import Store
from qmethod_studies.writing import write
from tests.studies.made import study
from tests.studies.test_look import PNG

MP3 = b"ID3\x03\x00" + bytes(40)


def pictured(folder: Path, **files: str) -> Study:
    """A study of which the first statement has files."""
    (folder / "cards").mkdir(parents=True)
    (folder / "cards" / "a.png").write_bytes(PNG)
    (folder / "cards" / "a.mp3").write_bytes(MP3)
    made = study(contact="me")
    first = made.statements[0].model_copy(update=files or {"image": "cards/a.png", "audio": "cards/a.mp3"})
    write(made.model_copy(update={"statements": (first, *made.statements[1:])}), folder)
    return load(folder)


def test_a_card_may_be_a_picture_or_have_a_sound(tmp_path: Path) -> None:
    found = pictured(tmp_path / "study")
    assert (tmp_path / "study" / "statements.csv").read_text().splitlines()[:2] == ["id,text,image,audio", "s1,Statement 1.,cards/a.png,cards/a.mp3"]
    assert {name: one.mime for name, one in found.files.items()} == {"cards/a.png": "image/png", "cards/a.mp3": "audio/mpeg"}
    assert found.structure()["statements"][0]["image"] == "cards/a.png"
    assert "image" not in study().structure()["statements"][0]
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        store.register(found)
        assert store.study("small").statements == found.statements
        with pytest.raises(ValueError, match=r"."):
            store.study("small").statements[0].image = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"image": "cards/a.mp3"}, "no picture that pages show"),
        ({"audio": "cards/a.png"}, "no sound that pages show"),
        ({"image": "cards/b.png"}, "cards/b.png cannot be read"),
        ({"image": "../a.png"}, "must be the name of a file in the folder"),
    ],
)
def test_a_file_that_cannot_be_shown_is_a_fault_at_its_statement(files: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(said)) as error:
        pictured(tmp_path / "study", **files)
    fault = error.value.faults[0]
    assert (Path(fault.file or "").name, fault.line) == ("statements.csv", 2)


def test_a_picture_without_words_is_none(tmp_path: Path) -> None:
    pictured(tmp_path / "study")
    table = tmp_path / "study" / "statements.csv"
    table.write_text(table.read_text().replace("Statement 1.", ""))
    with pytest.raises(DataError, match="text"):
        load(tmp_path / "study")
