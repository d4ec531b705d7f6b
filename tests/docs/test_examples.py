"""README and pages: their Python examples run, their links lead somewhere, their commands exist."""

from __future__ import annotations

import doctest
import re
import shlex
from itertools import pairwise
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_analysis.words.glossary import terms, used_in

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
    text = page.read_text(encoding="utf-8")
    lines = re.findall(rf"^(?: {{4}})?(qmethod (?:{names})\b.*)$", text, flags=re.MULTILINE) + re.findall(rf"`(qmethod (?:{names})\b[^`\n]*)`", text)
    for words in (shlex.split(line, comments=True) for line in lines):
        command = main.get_command(click.Context(main), words[1])
        assert command is not None, words
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        assert {word for word in words if re.match(r"--?[a-z]", word)} <= known, words


def test_options_for_those_who_come_from_elsewhere_exist() -> None:
    analyse = main.get_command(click.Context(main), "analyse")
    assert analyse is not None
    known = {option: parameter for parameter in analyse.params for option in (*parameter.opts, *parameter.secondary_opts)}
    spans = re.findall(r"`(--[a-z][^`]*)`", (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8"))
    assert len(spans) > 20
    for words in map(shlex.split, spans):
        assert {word for word in words if word.startswith("--")} <= set(known), words
        for option, value in pairwise(words):
            if option in known and isinstance(known[option].type, click.Choice):
                assert value in known[option].type.choices, words


def test_files_for_those_who_come_from_elsewhere_are_written(tmp_path: Path) -> None:
    sorts, out = tmp_path / "few.csv", tmp_path / "out"
    for line in (f"simulate leadership -n 12 --out {sorts}", f"analyse {sorts} --factors 2 --bootstrap 2 --out {out}"):
        assert CliRunner().invoke(main, line.split(), catch_exceptions=False).exit_code == 0
    page = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.csv)`", page)) - {"statements.csv", "sorts.csv", "flags.csv"}
    assert len(named) > 10
    assert named <= {path.name for path in out.iterdir()}


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


def groups() -> dict[str, list[str]]:
    """The pages of each group of the index, by its caption."""
    found = re.findall(
        r"```\{toctree\}\n:caption: (.+)\n:maxdepth: 1\n\n((?:[\w-]+\n)+)```", (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    )
    return {caption: pages.split() for caption, pages in found}


def test_every_page_stands_in_one_group() -> None:
    assert list(groups()) == ["Start here", "Run a study", "Analyse and report", "Reference"]
    pages = sorted(page for group in groups().values() for page in group)
    there = {path.stem for kind in ("md", "rst", "ipynb") for path in (ROOT / "docs").glob(f"*.{kind}")}
    assert pages == sorted(there - {"index"})


EXPLAINED = (
    """
bipolar, bootstrap, communality, concourse, condition of instruction, confounded, congruence, consensus statement, crib sheet, defining sort,
distinguishing statement, eigenvalue, factor array, Humphrey's rule, Kaiser's criterion, loading, MAP, multiverse, NEST, parallel analysis,
principal components, Q set, rotation, scree, standard error of differences, varimax, z-score
""".strip()
    .replace("\n", " ")
    .split(", ")
)
LINKED = r"\{term\}`(?:[^`<]*<([^>`]+)>|([^`<]+))`"


def linked(text: str) -> set[str]:
    return {long or short for long, short in re.findall(LINKED, text)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_to_the_glossary_lead_to_a_term(page: Path) -> None:
    assert linked(page.read_text(encoding="utf-8")) <= {term.name for term in terms()}


@pytest.mark.parametrize(
    "page", [page for caption in ("Run a study", "Analyse and report") for page in groups()[caption] if page != "notebook"] + ["tutorial"]
)
def test_terms_of_the_method_lead_to_the_glossary(page: str) -> None:
    path = ROOT / "docs" / f"{page}.md"
    text = path.read_text(encoding="utf-8").partition("\n## Sources")[0]
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^(?:#|\||    ).*$", "", prose, flags=re.MULTILINE)
    for aside in (LINKED, r"`[^`]*`", r"\[[^\]]*\]\([^)]*\)", r"\*\*[^*]+\*\*", r"\*[^*\n]+\*"):
        prose = re.sub(aside, "", prose)
    names = {term.name for term in used_in(prose)} & set(EXPLAINED)
    assert names <= linked(text)


def test_every_term_of_the_glossary_is_used() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md") if path.stem != "glossary"]
    text = "\n".join([*pages, *map(help_of, main.list_commands(click.Context(main)))])
    assert {term.name for term in terms()} - {term.name for term in used_in(text)} == set()


def help_of(name: str) -> str:
    """As whoever asks for it reads it: a command keeps the options for help of the context that it is first asked in."""
    return CliRunner().invoke(main, [name, "--help"], catch_exceptions=False).stdout
