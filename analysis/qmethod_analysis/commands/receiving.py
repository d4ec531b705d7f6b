"""What comes through a pipe: read once, and kept in a file while the command runs, so that all that reads files can read it."""

from __future__ import annotations

import re
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod.errors import DataError, Fault
from qmethod.formats.text import MAX_BYTES
from qmethod_analysis.commands.faults import RENAMED

if TYPE_CHECKING:
    from qmethod_analysis.recipe.recipe import Input

STANDARD_INPUT = "standard input"
_OPEN_FILE = re.compile(r"/dev/stdin|/dev/fd/\d+|/proc/self/fd/\d+")
"""How an input is named that a shell opened: what it leads to may be gone when it is looked for again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Sorts that a command was asked to read, and how.

    Parameters
    ----------
    input : Input
        With paths relative to the current folder.
    passing : frozenset of {"path", "statements", "people"}
        What of it came through a pipe, and so will not be there again.
    words : tuple of str or pathlib.Path
        How to name these sorts to the next command; nothing where they cannot be read again.
    """

    input: Input
    passing: frozenset[str]
    words: tuple[str | Path, ...]


def asked_for(sorts: str, given: Mapping[str, Any]) -> Asked:
    """The sorts that arguments and options of a command name.

    Parameters
    ----------
    sorts : str
        As the user wrote it.
    given : mapping
        Parameters of the command, those of `qmethod_analysis.commands.options.sorts_options` among them.

    Raises
    ------
    DataError
        If there are none.
    """
    from qmethod_analysis.commands.table_options import selected, selecting_words
    from qmethod_analysis.recipe.sources import input_of

    reading = {key: given[key] for key in ("grid", "layout", "encoding", "condition", "wave") if given[key]}
    statements, people = given["statements"], given.get("people")
    files = (("path", sorts), ("statements", str(statements or "")), ("people", str(people or "")))
    passing = frozenset(key for key, name in files if name and is_received(name))
    words = [Path(sorts) if Path(sorts).exists() else sorts, *(part for key, value in reading.items() for part in (f"--{key}", value))]
    found = input_of(
        received(sorts),
        statements=Path(received(str(statements))) if statements else None,
        people=Path(received(str(people))) if people else None,
        people_id=given.get("people_id"),
        table=selected(given),
        **reading,
    )
    words += selecting_words(given)
    words += ["--statements", statements] if statements else []
    return Asked(found, passing, () if passing else tuple(words))


def received(name: str) -> str:
    """The path of a file that holds what a pipe brings; any other name as it is.

    Parameters
    ----------
    name : str
        As the user wrote it: ``-`` for standard input, or a pipe such as that of ``<(...)``.

    Raises
    ------
    DataError
        If nothing came.
    """
    if not is_received(name):
        return name
    called = STANDARD_INPUT if name == "-" else name
    content = _standard_input() if name == "-" else _as_far_as_allowed(name)
    if len(content) > MAX_BYTES:
        message = f"more than {MAX_BYTES:,} bytes came; at most that many are read"
        raise DataError([Fault(message, file=called, advice="See what the command before the pipe writes, or save it to a file first.")])
    if not content:
        raise DataError([Fault("nothing came", file=called, advice="See whether the command before the pipe wrote anything.")])
    context = click.get_current_context()
    folder = Path(context.with_resource(tempfile.TemporaryDirectory(prefix="qmethod-")))
    path = folder / ("stdin.parquet" if content.startswith(b"PAR1") else "stdin.csv")
    path.write_bytes(content)
    context.meta.setdefault(RENAMED, {})[str(path)] = called
    return str(path)


def is_received(name: str) -> bool:
    """Whether a name stands for something that can be read once.

    Parameters
    ----------
    name : str
    """
    if name == "-" or _OPEN_FILE.fullmatch(name):
        return True
    try:
        mode = Path(name).stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _standard_input() -> bytes:
    if sys.stdin is None:
        return b""
    if sys.stdin.isatty():
        click.echo("Reading from the keyboard, up to Ctrl+D (on Windows Ctrl+Z and Enter)", err=True)
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _as_far_as_allowed(name: str) -> bytes:
    with Path(name).open("rb") as opened:
        return opened.read(MAX_BYTES + 1)
