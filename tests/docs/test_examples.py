"""README and pages: their Python examples run, their links lead somewhere, their commands exist."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import click
import pytest

from qmethod_analysis.commands.cli import main

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "studies").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
RUNNABLE = [page for page in PAGES if ">>> " in page.read_text(encoding="utf-8")]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_examples_give_what_they_show(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert tried
    assert not failed


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not re.match(r"https?:|mailto:", link) and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_options_exist(page: Path) -> None:
    names = "|".join(name for name in main.list_commands(click.Context(main)) if name != "study")  # which has commands of its own
    lines = re.findall(rf"^(?: {{4}})?(qmethod (?:{names})\b.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for words in (shlex.split(line, comments=True) for line in lines):
        command = main.get_command(click.Context(main), words[1])
        assert command is not None, words
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        assert {word for word in words if re.match(r"--?[a-z]", word)} <= known, words


def test_every_command_has_its_help_on_the_page() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name in main.list_commands(click.Context(main)):
        assert f"qmethod {name} --help" in page


def test_every_public_name_is_on_the_page() -> None:
    import qmethod

    page = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\.\. auto\w+:: qmethod\.(\w+)(?:$|\.\w+$)", page, re.MULTILINE))
    assert {name for name in qmethod.__all__ if not name.startswith("__")} <= shown


def test_versions_agree() -> None:
    import qmethod

    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {qmethod.__version__}\n" in citation
