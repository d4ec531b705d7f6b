"""Whoever does what a message says comes out of trouble: advice that is followed ends in something that works, and never leads in a circle."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.analysis.conftest import LIPSET, Qmethod

WHOLE = ("analyse", "sorts.csv", "-k", "2", "--bootstrap", "20", "--rotate", "1,2,10")
HERE = "it's here"
PLACEHOLDERS = {"SORTS": "sorts.csv", "K": "2", "DIR": "elsewhere"}


@pytest.fixture(scope="module")
def analyses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two analyses with reports, and a folder that holds several, to be copied from."""
    from click.testing import CliRunner

    from qmethod_analysis.commands.cli import main

    home = tmp_path_factory.mktemp("analyses")
    shutil.copy(LIPSET, home / "sorts.csv")
    calls = [
        ("whole", WHOLE),
        ("other", ("analyse", "sorts.csv", "-k", "3", "--bootstrap", "20")),
        ("several", ("analyse", "sorts.csv", "-k", "2..3")),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        for name, call in calls:
            done = CliRunner().invoke(main, [*call, "--out", name], catch_exceptions=False)
            assert done.exit_code == 0, done.output
        for name in ("whole", "other"):
            assert CliRunner().invoke(main, ["report", name, "--formats", "md"], catch_exceptions=False).exit_code == 0
    return home


Break = Callable[[Path, Path], object]
"""What is done to an analysis, another one beside it."""


def _in_recipe(old: str, new: str) -> Break:
    def change(folder: Path, _other: Path) -> None:
        file = folder / "analysis.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def _without(name: str) -> Break:
    return lambda folder, _other: (folder / name).unlink()


def _instead(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()


FILES = ("analysis-files.txt", "analysis.toml", "solution.json", "bootstrap.json", "retention.json", "loadings.csv", "report.md", "report.toml")
HARM: dict[str, Callable[[str], Break]] = {
    "gone": _without,
    "empty": lambda name: lambda folder, _other: (folder / name).write_bytes(b""),
    "halved": lambda name: lambda folder, _other: (folder / name).write_bytes((content := (folder / name).read_bytes())[: len(content) // 2]),
    "cut at a line": lambda name: (
        lambda folder, _other: (folder / name).write_bytes(
            b"".join((lines := (folder / name).read_bytes().splitlines(keepends=True))[: len(lines) // 2])
        )
    ),
    "of another": lambda name: lambda folder, other: shutil.copy(other / name, folder / name),
    "no text": lambda name: lambda folder, _other: (folder / name).write_bytes(b"\xff\xfe\x00 \x80"),
    "a folder": lambda name: lambda folder, _other: _instead(folder, name),
}
BREAKS: dict[str, Break] = {f"{name} {how}": harm(name) for name in FILES for how, harm in HARM.items()}
BREAKS |= {
    "recipe not TOML": _in_recipe("n_factors = 2", "n_factors = = 2"),
    "recipe with an unknown key": _in_recipe("n_factors = 2", "n_factors = 2\nfrob = 3"),
    "recipe with a key of no use": _in_recipe("n_factors = 2", 'n_factors = "many"'),
    "recipe of a later version": _in_recipe("recipe = 1", "recipe = 99"),
    "recipe with other sorts": _in_recipe('path = "../sorts.csv"', 'path = "../nowhere.csv"'),
    "sorts gone": lambda folder, _other: (folder.parent / "sorts.csv").unlink(),
    "sorts and solution gone": lambda folder, _other: ((folder.parent / "sorts.csv").unlink(), (folder / "solution.json").unlink()),
    "recipe and listing gone": lambda folder, _other: ((folder / "analysis.toml").unlink(), (folder / "analysis-files.txt").unlink()),
    "listing and solution halved": lambda folder, other: [HARM["halved"](name)(folder, other) for name in ("analysis-files.txt", "solution.json")],
    "all gone": lambda folder, _other: (shutil.rmtree(folder), folder.mkdir()),
    "a file": lambda folder, _other: (shutil.rmtree(folder), folder.write_text("US1,2\n")),
}
BY_HAND = re.compile("-> (Move it elsewhere|Put the file back|Correct it|Mend this line|Restore the file|Save it as|Known are|Name the |Name one)")
"""Advice that asks for a hand on a file, which no command can lend."""


def advised(said: str, last: list[str]) -> list[str] | None:
    """The command that the last line of advice names, as it would be typed; the last call with one more option where it names that alone."""
    advice = [line for line in said.splitlines() if line.startswith("-> ")]
    found = next((word for line in advice for word in re.findall(r"(?:^|[`:] ?)(qmethod [a-z].*?)(?:`|; then|\.?$)", line)), None)
    if found is not None:
        return [PLACEHOLDERS.get(word, word) for word in shlex.split(found)[1:]]
    more = next((word for line in advice for word in re.findall(r"--(?:overwrite|accept-changed-input)\b", line)), None)
    return [*last, more] if more and more not in last else None


def followed(qmethod: Qmethod, words: list[str]) -> tuple[list[list[str]], Result]:
    """All calls that follow from one, each as the message of the one before says, and the last result."""
    calls = [words]
    while True:
        result = qmethod(*calls[-1])
        following = advised(result.stderr, calls[-1]) if result.exit_code else None
        if following is None or following in calls:
            if following is not None:
                calls.append(following)
            return calls, result
        calls.append(following)


@pytest.mark.parametrize("how", BREAKS)
def test_advice_ends_in_what_works_or_in_other_advice(how: str, analyses: Path, qmethod_command: Qmethod) -> None:
    """The report of a broken analysis; and where advice led to an analysis, the report of that."""
    shutil.copy(analyses / "sorts.csv", "sorts.csv")
    shutil.copytree(analyses / "whole", HERE)
    BREAKS[how](Path(HERE), analyses / "other")
    for first in (["report", HERE, "--formats", "md"], ["sheet", HERE]):
        calls = out_of_trouble(qmethod_command, first)
        out_of_trouble(qmethod_command, ["report", "elsewhere" if "elsewhere" in calls[-1] else HERE, "--formats", "md"])


def out_of_trouble(qmethod: Qmethod, first: list[str]) -> list[list[str]]:
    """Follow advice to what works, or to what is to be done by hand."""
    calls, result = followed(qmethod, first)
    assert calls[-1] not in calls[:-1], f"in a circle: {calls}: {result.stderr}"
    assert result.exit_code in (0, 2)
    assert result.exit_code == 0 or BY_HAND.search(result.stderr), (calls, result.stderr)
    return calls


@pytest.mark.parametrize("file", ["analysis-files.txt", "2-factors/analysis-files.txt", "2-factors/analysis.toml", "3-factors/solution.json"])
@pytest.mark.parametrize("how", ["gone", "empty", "halved"])
def test_one_of_several_is_made_whole_too(file: str, how: str, analyses: Path, qmethod_command: Qmethod) -> None:
    shutil.copy(analyses / "sorts.csv", "sorts.csv")
    shutil.copytree(analyses / "several", HERE)
    HARM[how](file)(Path(HERE), analyses / "other")
    for folder in (HERE, f"{HERE}/2-factors", f"{HERE}/3-factors"):
        calls, result = followed(qmethod_command, ["report", folder, "--formats", "md"])
        assert calls[-1] not in calls[:-1], f"in a circle: {calls}: {result.stderr}"
        assert result.exit_code == 0 or "Name one of them" in result.stderr, (calls, result.stderr)


def test_what_a_damaged_listing_named_is_not_lost(analyses: Path, qmethod_command: Qmethod) -> None:
    shutil.copy(analyses / "sorts.csv", "sorts.csv")
    shutil.copytree(analyses / "whole", "a")
    Path("a/analysis-files.txt").write_bytes(b"")
    Path("a/loadings.csv").write_text("annotated")
    Path("a/diary.txt").write_text("mine")
    assert qmethod_command("run", "a").exit_code == 0
    assert [path.read_text() for path in Path("a").rglob("kept-*/loadings.csv")] == ["annotated"]
    assert Path("a/diary.txt").read_text() == "mine"
