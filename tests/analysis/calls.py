"""Calls of every command, for tests of what holds for all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from click.testing import Result

from qmethod_analysis.commands.cli import COMMANDS, main
from qmethod_analysis.commands.exit_codes import ExitCode

QUICK = ("--no-retention",)
FEW = ("--try-factors", "2", "--try-extractions", "pca", "--try-rotations", "varimax")
SWEPT = ("--sweeps", "1000")
READ_SORTS = {
    "inspect": (),
    "convert": ("new/written.json",),
    "retain": (),
    "analyse": ("-k", "2", *QUICK),
    "multiverse": ("-k", "2", *FEW),
    "partition": ("-k", "2", *SWEPT),
    "classify": ("analysis",),
}


def every_command() -> dict[str, click.Command]:
    """All commands, those of groups among them, by how they are called."""
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        one = main.get_command(click.Context(main), name)
        assert one is not None
        found |= {f"{name} {inner}": it for inner, it in one.commands.items()} if isinstance(one, click.Group) else {name: one}
    return found


EVERY = every_command()


def options(command: click.Command) -> dict[str, click.Option]:
    return {name: one for one in command.params if isinstance(one, click.Option) for name in one.opts}


CALLS: dict[str, tuple[str, ...]] = {
    "study new": ("park",),
    "study check": ("leadership",),
    "study words": ("leadership", "--language", "fi", "--out", "new/words.yaml"),
    "study schema": ("--out", "new/schema.json"),
    "study import": (str(Path(__file__).parents[1] / "studies" / "xml" / "htmlq"), "--out", "new/study"),
    "invite": ("demo", "--links", "2", "--out", "new/links.csv"),
    "kit": ("leadership", "--out", "new/kit"),
    "enter": ("leadership", "--terminal", "--by", "AB", "--out", "new/sorts.csv"),
    "photo": ("leadership", "table.jpg", "--out", "new/sorts.csv"),
    "simulate": ("leadership", "-n", "8", "--out", "new/drawn.csv"),
    "status": ("demo",),
    "responses list": ("demo",),
    "responses show": ("demo", "ann"),
    "responses withdraw": ("demo", "ann", "--yes"),
    "responses erase": ("demo", "ann", "--yes"),
    "export": ("demo", "--out", "new/export"),
    "backup": ("demo", "--out", "new/demo.backup", "--overwrite"),
    "restore": ("kept.backup", "--to", "sqlite:///put-back.sqlite3", "--overwrite"),
    "inspect": ("sorts.csv",),
    "convert": ("sorts.csv", "new/sorts.json"),
    "retain": ("sorts.csv",),
    "analyse": ("sorts.csv", "-k", "2", *QUICK, "--out", "new/analysis"),
    "multiverse": ("analysis", *FEW),
    "partition": ("sorts.csv", "-k", "2", *SWEPT, "--out", "new/partition"),
    "run": ("analysis", "--out", "new/again"),
    "sheet": ("analysis",),
    "report": ("analysis", "--formats", "md"),
    "publish": ("analysis", "--out", "new/site"),
    "compare": ("sorts.csv", "sorts.csv", "-k", "2", "--out", "new/change"),
    "classify": ("sorts.csv", "analysis", "--out", "new/answers.csv"),
    "shorten": ("drawn", "--longest", "8"),
}
"""A call of every command that goes well in `place`; serve waits for people and is looked at apart."""
TYPED = {
    "enter": "ana\n1 2\n3 4 5 6\n7 8 9 10 11\n12 13 14 15 16 17\n18 19 20 21 22 23 24 25\n26 27 28 29 30 31\n32 33 34 35 36\n37 38 39 40\n41 42\n"
}
"""What comes from a pipe in these calls, by command."""
assert {*CALLS, "serve"} == {*EVERY}
WITH_JSON = sorted({*CALLS} - {"study schema", "study words"})  # which print a file, or nothing but its name


def in_shape(result: Result, code: ExitCode = ExitCode.BAD_INPUT) -> list[str]:
    """The lines on standard error, which are all there is."""
    lines = result.stderr.splitlines()
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert lines[0].startswith("qmethod: ")
    assert "Traceback" not in result.stderr
    assert not any(line.startswith(("Error", "Usage")) for line in lines)
    if "->" in result.stderr:  # what is wrong, then what to do
        first = next(i for i, line in enumerate(lines) if line.startswith("-> "))
        assert first > 0
    return lines


def started(*words: str, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "qmethod", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
