"""A wide table on the command line: what is said of it once is kept, repeated, and refused where it cannot be meant."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod.formats.selection import Selection
from qmethod_analysis.recipe.reading import load, parse
from qmethod_analysis.recipe.recipe import FILE_NAME, Input, Recipe
from tests.analysis.conftest import Qmethod, hashes
from tests.formats.public import forced, google, headless, r_array, survey

CODES = "C1=-4,C2=-3,C3=-2,C4=-1,C5=0,C6=1,C7=2,C8=3,C9=4"
SAID = ("--columns", "sort_sta_1:sort_sta_30", "--codes", CODES, "--missing-code", "-99", "--missing-code", "skipped", "--id", "StartDate")
SORTS = forced(30, 12)


@pytest.fixture
def export(qmethod_command: Qmethod) -> Qmethod:
    """A folder with a survey of which a sort is a part: one placement is missing, and the times name the people."""
    text = survey(SORTS).decode()
    lines = text.replace("C9", "-99", 1).split("\n")
    Path("survey.csv").write_text("\n".join(line.replace("10:00", f"10:{i:02d}") for i, line in enumerate(lines)))
    return qmethod_command


def test_a_recipe_keeps_what_was_said_and_run_repeats_it(export: Qmethod) -> None:
    made = export("analyse", "survey.csv", "-k", 2, "--missing", "drop-sort", "--no-retention", "--out", "one", *SAID)
    assert made.exit_code == 0, made.output
    recipe = load(Path("one") / FILE_NAME)
    codes = tuple((f"C{i + 1}", float(i - 4)) for i in range(9))
    assert recipe.input.table == Selection(("sort_sta_1:sort_sta_30",), "StartDate", 0, codes, ("-99", "skipped"))
    assert parse(recipe.to_toml(), "again") == recipe
    was = hashes(Path("one"))
    assert export("run", Path("one") / FILE_NAME).exit_code == 0
    assert hashes(Path("one")) == was
    loaded = qmethod.load("one").solution.data
    assert loaded.participants[0] == "2026-01-02 10:02"  # the first lacks a placement
    assert loaded.n_sorts == 11


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("skip = 1", "skip = -1", "`skip` must be a whole number, at least 0; got -1"),
        ("skip = 1", "skips = 1", "'skips' means nothing here"),
        ('id = "who"', "id = 3", "`id` must be a text; got 3"),
        ("C1 = -4", 'C1 = "x"', "`codes` must be codes with the placement that each means"),
    ],
)
def test_what_a_recipe_cannot_say_of_a_table_is_told_with_its_line(old: str, new: str, words: str) -> None:
    said = Selection(("Q*",), "who", 1, (("C1", -4.0), ("C2", 1.5)), ("-99",), "Data", header=False)
    text = Recipe(Input(path="sorts.csv", sha256="0" * 64, table=said), 2).to_toml()
    assert parse(text, "x").input.table == said
    with pytest.raises(qmethod.DataError) as refusal:
        parse(text.replace(old, new), "analysis.toml")
    assert words in str(refusal.value)
    assert refusal.value.faults[0].line in (text.replace(old, new).split("\n").index(new) + 1, text.split("\n").index("[input.table]") + 1)


@pytest.mark.parametrize(("name", "write"), [("survey.csv", survey), ("headless.csv", headless), ("array.rda", r_array), ("google.csv", google)])
def test_the_option_in_the_message_opens_the_file(name: str, write: object, qmethod_command: Qmethod) -> None:
    """Copied from the terminal as it stands there."""
    Path(name).write_bytes(write(SORTS))  # type: ignore[operator]
    refused = qmethod_command("inspect", name)
    assert refused.exit_code == 2
    advice = refused.stderr.partition("-> ")[2]
    option = re.search(r"--[a-z-]+[ =]('[^\n]*?'(?=[\s.,])|[^\s]+?(?=[.,]?(\s|$)))", advice)
    assert option is not None, advice
    found = qmethod_command("inspect", name, *shlex.split(option[0]), "--json")
    assert found.exit_code == 0, (option[0], found.stderr)
    answer = json.loads(found.stdout)
    assert (answer["n_statements"], answer["n_sorts"], answer["lowest"], answer["highest"]) == (30, 12, -4, 4)


def test_the_next_command_is_told_with_what_was_said(export: Qmethod) -> None:
    shown = export("inspect", "survey.csv", *SAID)
    assert shown.exit_code == 0, shown.stderr
    following = re.search(r"Next\s+(qmethod retain .*)", shown.stdout)
    assert following is not None
    words = shlex.split(following[1])
    assert export(*words[1:], "--random", "19", "--factors-up-to", "2", "--missing", "drop-sort").exit_code == 0


def test_every_command_that_reads_sorts_reads_the_same_table(export: Qmethod) -> None:
    said = [word for word in SAID if word not in ("--id", "StartDate")]
    done = export("convert", "survey.csv", "plain.csv", *said)
    assert done.exit_code == 0, done.stderr
    data = qmethod.read("plain.csv")
    expected = SORTS.astype(float)
    first = np.flatnonzero(SORTS[:, 0] == 4)
    expected[first[0], 0] = np.nan
    assert np.array_equal(np.asarray(data.sorts, dtype=float), expected, equal_nan=True)


def test_columns_cannot_be_named_in_chunks(export: Qmethod) -> None:
    refused = export("analyse", "survey.csv", "-k", 2, "--stream", *SAID)
    assert refused.exit_code == 2
    assert "--id, --codes" in refused.stderr or all(option in refused.stderr for option in ("--columns", "--id", "--codes", "--missing-code"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--codes", "C1"), "'--codes': must be codes with the placement that each means"),
        (("--columns", " "), "--columns is empty"),
        (("--skip", "-1"), "'--skip'"),
        (("--columns", "R*"), "no column is called 'R*'"),
        (("--id", "nobody"), "-> Write --id as the header does"),
    ],
)
def test_options_that_cannot_be_meant(words: tuple[str, ...], message: str, export: Qmethod) -> None:
    refused = export("inspect", "survey.csv", *words)
    assert refused.exit_code == 2
    assert message in refused.stderr
