"""What a command says: to a person at a terminal, to a program behind a pipe, as JSON, or nothing.

Two options decide, the same for every command (`qmethod_analysis.commands.options`): ``--json`` leaves one document on standard output and nothing
else, ``--quiet`` leaves nothing else either. Both are noted in the context of the command, where `say` and `screen` look.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from qmethod_analysis.words.shell import command_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from qmethod_analysis.folder.staging import Change

QUIET, JSON = "qmethod.quiet", "qmethod.json"
"""Where the context of a command notes the two options."""

_WIDEST = 1_000_000
"""No line that is not for a terminal is broken: nothing is this wide."""


def quiet() -> bool:
    """Whether nothing but faults is to be said."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(QUIET))


def silent() -> bool:
    """Whether nothing is to be said to people."""
    return quiet() or wants_json()


def wants_json() -> bool:
    """Whether the command was asked for JSON."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(JSON))


def say(*lines: str) -> None:
    """Print lines for people; nothing with ``--quiet`` or ``--json``."""
    if not silent():
        for line in lines:
            click.echo(line)


def answer(values: Any) -> None:
    """Print a JSON document, which is all that stands on standard output then.

    Parameters
    ----------
    values : object
        In JSON's types.
    """
    click.echo(json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False))


def files_in(folder: Path, names: Sequence[str], change: Change | None = None) -> dict[str, Any]:
    """What was written where, as every command's JSON says it.

    Parameters
    ----------
    folder : pathlib.Path
    names : sequence of str
        Of the files, in the folder.
    change : Change, optional
        What writing did to files that were there.
    """
    found: dict[str, Any] = {"folder": str(folder), "written": [str(folder / name) for name in names]}
    if change is not None:
        found |= {"removed": [str(folder / name) for name in change.removed], "set_aside": [str(folder / name) for name in change.kept]}
    return found


@contextmanager
def screen(file: IO[str] | None = None) -> Iterator[Console]:
    """A console to print on: as wide as a terminal, and without any width elsewhere, so that no sentence is broken and nothing padded or coloured.

    Parameters
    ----------
    file : text stream, optional
        Standard output if not given, or nowhere where the command is to be silent.
    """
    from rich.console import Console

    out = file or sys.stdout
    if file is None and silent():
        yield Console(file=io.StringIO(), color_system=None)
    elif out.isatty():
        yield Console(file=file, highlight=False, markup=False, emoji=False)
    else:
        text = io.StringIO()
        yield Console(file=text, width=_WIDEST, color_system=None, force_terminal=False, highlight=False, markup=False, emoji=False)
        for line in text.getvalue().split("\n")[:-1]:
            out.write(f"{line.rstrip()}\n")
        out.flush()


def show(console: Console, table: Table, *, indent: int = 0) -> None:
    """Print a table; where words would be broken to fit it in, each row by itself, its cells under one another.

    Parameters
    ----------
    console : rich.console.Console
    table : rich.table.Table
    indent : int
        Blanks before each line.
    """
    from rich.measure import Measurement
    from rich.padding import Padding
    from rich.text import Text

    endless = console.options.update(max_width=_WIDEST)
    for column in table.columns:
        if column.no_wrap:  # what is not to be broken is not to be cut either
            column.min_width = max((Measurement.get(console, endless, cell).maximum for cell in column.cells), default=0)
    needed = table.__rich_measure__(console, endless).minimum
    if needed + indent <= console.width:
        console.print(Padding(table, (0, 0, 0, indent), expand=False) if indent else table)
        return
    columns = [(" ".join(str(column.header).split()), list(column.cells)) for column in table.columns]
    for row in zip(*(cells for _, cells in columns), strict=True):
        first = True
        for (header, _), cell in zip(columns, row, strict=True):
            text = cell if isinstance(cell, Text) else Text(str(cell))
            if text.plain.strip():
                said = Text.assemble(f"{header}: " if header else "", text)
                console.print(Padding(said, (0, 0, 0, indent + (0 if first else 2)), expand=False))
                first = False


def next_steps(*commands: Sequence[str | Path]) -> None:
    """Tell which commands come next, to be copied as they stand.

    Parameters
    ----------
    *commands : sequence of str or pathlib.Path
        Each by its words after ``qmethod``.
    """
    for i, words in enumerate(commands):
        say(f"{'' if i else 'Next':6}{command_line(words)}")
