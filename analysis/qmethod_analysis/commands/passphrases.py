"""The passphrase of encrypted backups: out of a file or typed in, never on the command line, where every program of the machine could read it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click

from qmethod.errors import DataError, Fault
from qmethod_analysis.commands.faults import AdvisedUsage

_OPTION = "--passphrase-file"
_LONGEST = 4096


def passphrase_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that says where the passphrase stands."""
    file = click.Path(path_type=Path, exists=True, dir_okay=False)
    return click.option(_OPTION, type=file, metavar="FILE", help="File with the passphrase. [default: asked for in the terminal]")(command)


@dataclass(slots=True)
class Passphrase:
    """Where the passphrase is to be had; it is asked for once, when it is first needed.

    Parameters
    ----------
    file : pathlib.Path or None
    anew : bool, default False
        Whether something is encrypted with it: it is typed twice then.
    """

    file: Path | None
    anew: bool = False
    _said: str | None = field(default=None, repr=False)

    def say(self) -> str:
        """The passphrase.

        Raises
        ------
        click.UsageError
            Without a file and a terminal.
        DataError
            If the file holds no one line of text.
        """
        if self._said is None:
            self._said = _read(self.file) if self.file is not None else _typed(anew=self.anew)
        return self._said

    def opened(self, file: IO[bytes], name: str) -> IO[bytes]:
        """A file as it was before it was encrypted, if it was.

        Parameters
        ----------
        file : binary stream
            One that can be peeked into.
        name : str
        """
        from qmethod_studies.store.sealing import SEALED_START, is_sealed, open_sealed

        seen = file if hasattr(file, "peek") else io.BufferedReader(file)  # type: ignore[type-var]
        if not is_sealed(seen.peek(len(SEALED_START))):
            return seen
        return open_sealed(seen, self.say(), name)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    try:
        said = content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        said = ""
    if not said or len(content) > _LONGEST or "\n" in said or "\0" in said:
        advice = "Write the passphrase into it and nothing else, in UTF-8."
        raise DataError([Fault("what stands here is no passphrase of one line", file=str(path), advice=advice)])
    return said


def _typed(*, anew: bool) -> str:
    if not sys.stdin.isatty():
        advice = f"Name a file that holds it with {_OPTION}."
        raise AdvisedUsage("the passphrase cannot be asked for without a terminal", advice, click.get_current_context())
    given: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=anew, err=True)
    return given
