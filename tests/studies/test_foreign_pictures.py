"""Studies of other tools whose cards are pictures: the pictures come along, with words for who does not see them, and what cannot come is named."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod.notice import Notice
from qmethod_studies.definition import Study
from qmethod_studies.foreign_pictures import shown
from qmethod_studies.foreign_xml import read
from qmethod_studies.loading import load
from qmethod_studies.plain_text import LONGEST, MOST_TAGS, pictures_in
from qmethod_studies.writing import write
from tests.studies.test_foreign_xml import XML
from tests.studies.test_look import PNG


def brought(folder: Path, *statements: str, config: str = "", files: tuple[str, ...] = ()) -> tuple[Study, list[Notice]]:
    """The study of HtmlQ under xml/, with other statements and with pictures beside it; written and read again."""
    home = folder / "old" / "settings"
    shutil.copytree(XML / "htmlq", home)
    if statements:
        lines = [f'<statement id="{i}">{text}</statement>' for i, text in enumerate(statements, start=1)]
        (home / "statements.xml").write_text(f'<?xml version="1.0"?>\n<statements>{"".join(lines)}</statements>')
    if config:
        (home / "config.xml").write_text((home / "config.xml").read_text().replace("</config>", f"{config}</config>"))
    for name in files:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(PNG)
    study, notices = read([home])
    write(study, folder / "new")
    assert load(folder / "new").statements == study.statements
    assert {name: one.content for name, one in load(folder / "new").files.items()} == {name: one.content for name, one in study.files.items()}
    return study, list(notices)


def said(notices: list[Notice], code: str) -> list[str]:
    return [notice.message for notice in notices if notice.code == code]


def test_pictures_of_statements_come_along_however_their_tags_are_written(tmp_path: Path) -> None:
    study, notices = brought(
        tmp_path,
        '{{{img src="settings/images/old_mill.png"}}}',
        '{img src="./images/b.png" alt="A pond"}',
        "&lt;img src='/images/my%20c.png'&gt; A wood",
        "Words only.",
        files=("images/old_mill.png", "images/b.png", "images/my c.png"),
    )
    assert [(one.image, one.text.in_("en")) for one in study.statements] == [
        ("pictures/s1.png", "old mill"),
        ("pictures/s2.png", "A pond"),
        ("pictures/s3.png", "A wood"),
        (None, "Words only."),
    ]
    assert said(notices, "picture-missing") == []
    assert said(notices, "media-lost") == []
    assert "s1" in said(notices, "picture-words")[0]
    assert "in place of its text" in said(notices, "picture-for-text")[0]


def test_a_picture_that_is_not_there_is_named_and_its_card_has_words(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    inline = base64.b64encode(PNG).decode()
    study, notices = brought(
        tmp_path,
        '{img src="https://example.org/a/red_kite.png"}',
        '{img src="../../secret.png" alt="Secret"}',
        '{img src="images/none.png" /} A path',
        f'{{img src="data:image/png;base64,{inline}" alt="A dot"}}',
    )
    assert [(one.image, one.text.in_("en")) for one in study.statements] == [
        (None, "red kite"),
        (None, "Secret"),
        (None, "A path"),
        ("pictures/s4.png", "A dot"),
    ]
    missing = said(notices, "picture-missing")
    assert [word in one for word, one in zip(("another machine", "../../secret.png", "cannot be read"), missing, strict=True)] == [True] * 3


def test_what_a_picture_says_of_itself_stands_in_its_place(tmp_path: Path) -> None:
    study, notices = brought(
        tmp_path,
        '{img src="b.png" alt="A pond"} is where we meet.',
        '{img src="b.png" alt="A mill"}',
        '{img src="c_d.png"}',
        "Words {img src='none.png' alt='of a wood' /}.",
        files=("b.png", "c_d.png"),
    )
    assert [one.text.in_("en") for one in study.statements] == ["A pond is where we meet.", "A mill", "c d", "Words of a wood."]
    (wordless,) = said(notices, "picture-words")
    assert wordless.endswith(": s3.")  # and not the cards whose pictures bring words


@pytest.mark.parametrize("there", [4, 3])
def test_a_study_of_numbered_pictures_comes_along(tmp_path: Path, there: int) -> None:
    switches = '<item id="useImages">true</item><item id="numImages">4</item><item id="imageFileType">png</item>'
    files = tuple(f"images/image{i}.png" for i in range(1, there + 1))
    study, notices = brought(tmp_path, "A", "B", config=switches, files=files)
    assert [one.id for one in study.statements] == ["image1", "image2", "image3", "image4"]
    assert [one.image for one in study.statements if one.image] == [f"pictures/image{i}.png" for i in range(1, there + 1)]
    assert study.statements[0].text.in_("en") == "Image 1"
    assert len(said(notices, "picture-missing")) == 4 - there
    assert said(notices, "images-lost") == []


@given(st.text(max_size=60), st.text(max_size=10))
def test_no_address_leads_out_of_the_folders(source: str, alt: str) -> None:
    found = shown(source, alt, "s1", [Path(__file__).parent / "xml"])
    assert found.file is None
    assert found.why


@given(st.text(alphabet="<>{}img src='\"alt=/ab&;", max_size=80))
def test_any_text_can_be_looked_through_for_pictures(text: str) -> None:
    assert all(isinstance(part, str) for one in pictures_in(text) for part in one)


@pytest.mark.parametrize("marked", ["<img src=a>" * (MOST_TAGS + 1), "x" * (LONGEST + 1)])
def test_a_text_that_would_take_long_is_refused(marked: str) -> None:
    with pytest.raises(DataError, match="is not read"):
        pictures_in(marked)
