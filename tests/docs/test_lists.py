"""Lists of the pages that claim to be whole, and figures that stand in the code too, held against the code."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_analysis.report.formats import FORMATS
from qmethod_studies import library
from qmethod_studies.export_guide import _ALWAYS, FILES, MEANINGS
from qmethod_studies.loading import load
from qmethod_studies.store import models
from qmethod_webform.listening import ENDING_SECONDS
from qmethod_webform.settings import SETTINGS, Settings, variable
from tests.studies.store.acting import make_study

ROOT = Path(__file__).parents[2]
NUMBERS = {"two": 2, "five": 5, "ten": 10, "fifteen": 15, "twenty": 20}


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def sentence(name: str, begins: str) -> str:
    """The part of a page from some words to the end of the sentence, in one line."""
    found = re.search(rf"{re.escape(begins)}.*?\.(?=\s|$)", " ".join(page(name).split()))
    assert found, begins
    return found[0]


def first_cells(name: str, header: str) -> list[str]:
    """What stands in code in the first column of the table with a header."""
    table = page(name).split(f"{header}\n", 1)[1].split("\n\n", 1)[0]
    return [word for row in table.splitlines()[1:] for word in re.findall(r"`([^`]+)`", row.split("|")[1])]


def commands(one: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command by what is typed, those of groups too."""
    if isinstance(one, click.Group):
        for name in one.list_commands(click.Context(one)):
            found = one.get_command(click.Context(one), name)
            assert found is not None
            yield from commands(found, (*path, name))
    else:
        yield " ".join(path), one


def that_take(option: str) -> set[str]:
    return {name for name, one in commands() if any(option in parameter.opts for parameter in one.params)}


def named(text: str) -> set[str]:
    """Commands that a sentence names."""
    return {name for name, _ in commands()} & set(re.findall(r"`(?:qmethod )?([a-z ]+)`", text))


def test_every_command_of_a_group_has_its_help_on_the_page() -> None:
    assert [name for name, _ in commands() if f"\nqmethod {name} --help\n" not in page("cli")] == []


def test_the_page_names_the_commands_without_json() -> None:
    without = {name for name, _ in commands()} - that_take("--json")
    assert named(sentence("cli", "One JSON document on standard output")) == without


def test_the_page_names_the_commands_that_take_people_and_exclusions() -> None:
    told = sentence("analysing", "`inspect`, `classify` and `run` take the option too")
    assert named(told) | {"analyse"} == that_take("--people")
    assert named(sentence("analysing", "`inspect`, `convert`, `retain`")) | {"analyse"} == that_take("--exclude")


def test_the_page_has_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert first_cells("install", "| extra | for |") == list(extras)


def test_the_page_has_every_format_of_a_report() -> None:
    assert sorted(first_cells("reporting", "| format | what it is |")) == sorted(FORMATS)


def test_the_page_has_every_table_of_the_database() -> None:
    assert sorted(first_cells("data", "| Table | One row for | What it holds |")) == sorted(models.metadata.tables)


def test_the_page_has_every_file_of_an_export() -> None:
    of_occasions = {"sorts.now.after.csv"}
    assert set(first_cells("data", "| File | What it holds |")) == {*FILES, *_ALWAYS} | of_occasions


def test_the_page_has_every_mark_of_a_sort() -> None:
    assert first_cells("data", "| Mark | When |") == list(MEANINGS)


LOCKED = {
    "study": "the structure of a study",
    "first_language": "languages",
    "languages": "languages",
    "condition": "condition of instruction",
    "conditions": "conditions",
    "waves": "waves but for their dates",
    "assign": "conditions",
    "grid": "grid",
    "distribution": "distribution",
    "scale": "scale",
    "labels": "labels",
    "consent": "consent",
    "stages": "stages",
    "why": "asked about the outermost cards",
    "questions": "questions",
    "shuffle": "statements and their order",
    "statements": "statements",
    "no_difference": "the offer of no difference",
}
"""In which words the page says of each part of the structure that it is locked."""


def test_the_page_has_everything_that_the_first_response_locks() -> None:
    plain = load(library.path("leadership"))
    several = make_study(waves=[{"id": "now", "name": "Now"}], labels={0: "Neither"}, no_difference=False)
    assert {*plain.structure(), *several.structure()} == set(LOCKED)
    told = sentence("survey", "Once somebody has answered, the structure of a study is locked")
    assert [key for key, words in LOCKED.items() if words not in told] == []


@pytest.mark.parametrize(("name", "before"), [("data", "that are being answered get "), ("deploying", "it answers what it was asked, for ")])
def test_the_pages_say_how_long_a_server_that_ends_answers(name: str, before: str) -> None:
    found = re.search(rf"{before}(\w+) seconds", " ".join(page(name).split()))
    assert found
    assert NUMBERS[found[1]] == ENDING_SECONDS


def test_the_page_says_how_many_connections_a_process_opens() -> None:
    found = re.search(r"Each opens up to (\w+) connections", page("deploying"))
    assert found
    assert NUMBERS[found[1]] == Settings().most_connections


@pytest.mark.parametrize("name", ["survey", "data", "deploying", "studies"])
def test_every_setting_that_is_named_is_one(name: str) -> None:
    assert set(re.findall(r"\bQMETHOD_[A-Z_]+", page(name))) <= {variable(one.name) for one in SETTINGS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An analysis in memory and one in chunks of the same sorts, a comparison of two occasions, and a classification."""
    place = tmp_path_factory.mktemp("lists")
    for line in (
        "simulate leadership -n 24 --seed 1 --out {0}/sorts.csv",
        "simulate leadership -n 24 --seed 2 --out {0}/later.csv",
        "convert {0}/sorts.csv {0}/wide.csv --to csv-participants",
        "analyse {0}/sorts.csv --factors 3 --out {0}/whole",
        "analyse {0}/wide.csv --factors 3 --stream --out {0}/chunks",
        "compare {0}/sorts.csv {0}/later.csv --factors 1 --permutations 99 --out {0}/change",
        "classify {0}/later.csv {0}/whole --out {0}/answers.csv",
    ):
        assert CliRunner().invoke(main, line.format(place).split(), catch_exceptions=False).exit_code == 0, line
    return place


def header(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as opened:
        return next(csv.reader(opened))


def test_the_page_names_the_tables_that_an_analysis_in_chunks_lacks(folder: Path) -> None:
    whole, chunks = ({file.name for file in (folder / name).glob("*.csv")} for name in ("whole", "chunks"))
    told = sentence("large", "The folder gets `solution.json`")
    assert set(re.findall(r"`([\w.]+\.csv)`", told)) == whole - chunks
    assert chunks <= whole


def test_the_page_names_the_columns_of_a_comparison(folder: Path) -> None:
    for file in sorted((folder / "change").glob("*.csv")):
        [row] = re.findall(rf"^\| `{re.escape(file.name)}` \| \w+ \| (.*) \|$", page("comparing"), re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == set(header(file)) - {"statement", "text", "participant", "viewpoint"}, file.name


def test_the_page_names_the_columns_of_a_classification(folder: Path) -> None:
    told = {re.sub(r"NAME$", "Viewpoint 1", name) for name in first_cells("comparing", "| column | what it says |")}
    assert told == {name for name in header(folder / "answers.csv") if not re.search(r"Viewpoint [^1]", name)} - {"participant"}
