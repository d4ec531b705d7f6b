"""Statements that are pictures or sounds: read from the folder, known by their content, and never without words that stand for them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.loading import load
from qmethod_studies.store import Store
from qmethod_studies.writing import write
from tests.studies.made import study
from tests.studies.test_look import PNG

MP3 = b"ID3\x03\x00" + bytes(40)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE = {
    "none.png": b"a text that is no picture",
    "empty.png": b"",
    "cut.png": PNG[:-14],
    "cut.jpg": b"\xff\xd8\xff\xe0" + bytes(400),
    "cut.webp": b"RIFF\xff\x00\x00\x00WEBPVP8 " + bytes(40),
    "large.png": PNG[:-12] + bytes(20_000_000) + PNG[-12:],
    "script.svg": SVG,
    "script.png": b"<?xml version='1.0'?>" + SVG,
    "page.png": b"<!doctype html><script>alert(1)</script>",
    "gpj.\u202ea.png": PNG,
}


def pictured(folder: Path, **files: str) -> Study:
    """A study of which the first statement has files."""
    (folder / "cards").mkdir(parents=True, exist_ok=True)
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
        ({"image": "cards/../../a.png"}, "must be the name of a file in the folder"),
        ({"image": "/etc/hostname"}, "must be the name of a file in the folder"),
        ({"image": "cards\\a.png"}, "must be the name of a file in the folder"),
        ({"image": "C:a.png"}, "must be the name of a file in the folder"),
        ({"image": "https://example.org/a.png"}, "must be the name of a file in the folder"),
        ({"image": "cards/gpj.\u202ea.png"}, "must be the name of a file in the folder"),
        ({"image": "cards/out.png"}, "is no file in the folder of the study"),
        ({"image": "cards"}, "is no file in the folder of the study"),
        ({"image": "cards/none.png"}, "no picture that pages show"),
        ({"image": "cards/empty.png"}, "no picture that pages show"),
        ({"image": "cards/cut.png"}, "is not whole"),
        ({"image": "cards/cut.jpg"}, "is not whole"),
        ({"image": "cards/cut.webp"}, "is not whole"),
        ({"image": "cards/large.png"}, "larger than 3,000 kB"),
        ({"image": "cards/script.svg"}, "SVG can hold scripts"),
        ({"image": "cards/script.png"}, "SVG can hold scripts"),
        ({"image": "cards/page.png"}, "no picture that pages show"),
    ],
)
def test_a_file_that_cannot_be_shown_is_a_fault_at_its_statement(files: dict[str, str], said: str, tmp_path: Path) -> None:
    cards = tmp_path / "study" / "cards"
    cards.mkdir(parents=True)
    for name, content in HOSTILE.items():
        (cards / name).write_bytes(content)
    (tmp_path / "out.png").write_bytes(PNG)
    (cards / "out.png").symlink_to(tmp_path / "out.png")
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


@pytest.mark.parametrize("name", ["my garden 1.png", "straße/żółć.png", "庭园.png", "حديقة.png", "बाग.png", "a&b=c#d%20.png", "it's.png"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_file_may_be_called_what_it_is_called(name: str, form: Literal["NFC", "NFD"], tmp_path: Path) -> None:
    """However its letters with accents are put together on the disk."""
    study = pictured(tmp_path / "study")
    (tmp_path / "study" / name).parent.mkdir(exist_ok=True)
    on_disk = tmp_path / "study" / unicodedata.normalize(form, name)
    on_disk.parent.mkdir(exist_ok=True)
    on_disk.write_bytes(PNG)
    table = tmp_path / "study" / "statements.csv"
    table.write_text(table.read_text().replace("cards/a.png", name), encoding="utf-8")
    found = load(tmp_path / "study")
    assert found.statements[0].image == name
    assert found.files[name].digest == study.files["cards/a.png"].digest
