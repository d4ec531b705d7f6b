"""What a hostile user types: refused alike by every option and argument of every command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.analysis.calls import CALLS, EVERY, FEW, in_shape, options
from tests.analysis.conftest import Qmethod

VALUED = [(called, name) for called, one in EVERY.items() for name, it in options(one).items() if not it.is_flag and not it.count]
ARGUMENTS = [(called, it) for called, one in EVERY.items() for it in one.params if isinstance(it, click.Argument)]


@pytest.mark.parametrize(("called", "name"), VALUED)
def test_an_empty_value_is_refused_by_every_option(called: str, name: str, qmethod_command: Qmethod) -> None:
    long = max(options(EVERY[called])[name].opts, key=len)
    for empty in ("", " "):
        lines = in_shape(qmethod_command(*called.split(), name, empty))
        assert lines[0] == f"qmethod: {long} is empty"
        assert lines[1].startswith("-> ")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("called", "argument"), ARGUMENTS, ids=lambda it: it if isinstance(it, str) else it.name)
def test_an_empty_argument_is_refused_by_every_command(called: str, argument: click.Argument, qmethod_command: Qmethod) -> None:
    before = [it for it in EVERY[called].params if isinstance(it, click.Argument)]
    words = ["x"] * before.index(argument) + [""] + ["x"] * (len(before) - before.index(argument) - 1)
    lines = in_shape(qmethod_command(*called.split(), *words))
    assert lines[0].endswith(" is empty")
    assert lines[0].removeprefix("qmethod: ").removesuffix(" is empty") in (argument.metavar or "")


@pytest.mark.parametrize(("called", "name"), VALUED)
def test_what_takes_one_value_is_given_once(called: str, name: str, qmethod_command: Qmethod) -> None:
    option = options(EVERY[called])[name]
    result = qmethod_command(*called.split(), name, "1", name, "2")
    assert result.exit_code == 2
    assert ("is given 2 times" in result.stderr) != option.multiple


@pytest.mark.parametrize("called", [called for called, it in ARGUMENTS if it.nargs == -1])
def test_nothing_is_named_twice(called: str, qmethod_command: Qmethod) -> None:
    lines = in_shape(qmethod_command(*called.split(), "here", "here"))
    assert lines[0].endswith(" is 'here' twice")


@pytest.mark.parametrize("called", [called for called, one in EVERY.items() if "--out" in options(one)])
def test_no_file_is_called_like_standard_output(called: str, place: Qmethod) -> None:
    words = list(CALLS[called])
    if "--out" in words:
        at = words.index("--out")
        del words[at : at + 2]
    in_shape(place(*called.split(), *words, "--out", "-"))
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("analyse", "sorts.csv", "-k", "1..1000000000"), "1000000000"),
        (("multiverse", "analysis", "--try-factors", "1..1000000000"), "1000000000"),
        (("analyse", "sorts.csv", "-k", "2..99999999999999999999"), "99999999999999999998"),
        (("analyse", "sorts.csv", "-k", "100000000", "--no-retention"), "100000000 factors asked for"),
        (("analyse", "sorts.csv", "-k", "99999999999999999999", "--no-retention"), "99999999999999999999 factors asked for"),
        (("multiverse", "sorts.csv", "-k", "100000000", *FEW), "100000000 factors asked for"),
    ],
)
def test_a_number_without_measure_is_refused_at_once_by_its_true_size(words: tuple[str, ...], number: str, place: Qmethod) -> None:
    assert number in in_shape(place(*words))[0]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("words", ["--version", "inspect climate", "inspect climate --json", "study schema", "frobnicate"])
def test_a_closed_stream_is_no_fault(words: str, closed: str, tmp_path: Path) -> None:
    done = subprocess.run(f'"{sys.executable}" -m qmethod {words} {closed}', shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S602 - no words of others
    assert done.returncode == (2 if words == "frobnicate" else 0), done.stderr
    assert "Traceback" not in done.stderr
