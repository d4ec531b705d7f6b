"""What the README says of what is there and what is not: each thing that is missing has a test that fails on the day it comes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from babel import Locale

from qmethod.errors import DataError
from qmethod.formats.reading import read
from qmethod_analysis import words
from qmethod_studies.definition import Statement
from qmethod_studies.languages import INTERFACE_SOURCE, interface_languages
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_THERE = re.findall(r"^- (.*(?:\n  .*)*)", README.partition("**Not there:**")[2].partition("\n## ")[0], re.MULTILINE)
OF_RESPONDENTS = {"respondent", "static", "health", "metrics", "index"}


def no_pages_for_researchers(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'responses.sqlite3'}") as store:
        app = create_app([make_study()], store, Settings())
    assert {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules()} <= OF_RESPONDENTS


def nothing_else_sends_mail(_tmp_path: Path) -> None:
    sources = [path for folder in ("qmethod", "studies", "analysis", "webform") for path in (ROOT / folder).rglob("*.py")]
    assert [path.name for path in sources if re.search(r"\bsmtplib\b", path.read_text(encoding="utf-8"))] == ["mail.py"]  # of a code, by who has it


def no_films(_tmp_path: Path) -> None:
    assert {"image", "audio"} == set(Statement.model_fields) & {"image", "audio", "video", "film", "media"}


def no_open_document_and_no_old_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "sorts.ods", "w") as sheet:
        sheet.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        sheet.writestr("content.xml", "<office:document-content/>")
    (tmp_path / "sorts.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    for name, called in (("sorts.ods", "OpenDocument"), ("sorts.xls", "old Excel")):
        with pytest.raises(DataError, match=rf"{called}[\s\S]*Export or save"):
            read(tmp_path / name)


def nothing_turns_under_the_mouse(_tmp_path: Path) -> None:
    sources = [path for path in (ROOT / "analysis").rglob("*") if path.suffix in (".py", ".js", ".html")]
    assert sources
    assert [path.name for path in sources if re.search(r"pointermove|mousemove|dragstart", path.read_text(encoding="utf-8"))] == []


LACKS: dict[str, Callable[[Path], None]] = {
    "pages for researchers": no_pages_for_researchers,
    "invitations and reminders": nothing_else_sends_mail,
    "films as cards": no_films,
    "OpenDocument sheets": no_open_document_and_no_old_workbook,
    "a plot on which factors are turned": nothing_turns_under_the_mouse,
}


def test_all_that_is_said_to_be_missing_is_looked_for() -> None:
    assert [next((name for name in LACKS if one.startswith(name)), one) for one in NOT_THERE] == list(LACKS)


@pytest.mark.parametrize("thing", LACKS)
def test_what_is_said_to_be_missing_is(thing: str, tmp_path: Path) -> None:
    LACKS[thing](tmp_path)


def test_the_drafts_are_those_that_there_are() -> None:
    [drafts] = re.findall(r"^Drafts: (.*)$", README, re.MULTILINE)
    pages, _, reports = drafts.partition(", and reports")
    spoken = {str(Locale.parse(code, sep="-").get_display_name("en")) for code in interface_languages() if code != INTERFACE_SOURCE}
    assert {name.replace(" (Simplified)", "") for name in spoken} == {
        name.replace(" (simplified)", "") for name in re.split(r", | and ", pages.partition("pages in ")[2])
    }
    written = {path.name for path in (Path(words.__file__).parent / "translations").iterdir() if path.is_dir()}
    assert {str(Locale.parse(code).get_display_name("en")) for code in written} == set(re.findall(r"sites in (\w+)", reports))
