"""How every fault ends: ``qmethod: message`` and ``-> advice`` on standard error, and an exit status that says whose fault it is."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from qmethod.wording import counted
from qmethod_analysis.commands.exit_codes import ExitCode

if TYPE_CHECKING:
    from qmethod.errors import DataError, Fault

RENAMED = "qmethod.renamed"
"""Where the context of a command notes how to call a file that the user never named, by its path."""

_WHERE_ELSE = "Choose another place, or see to it that it may be used."
_ADVICE = {
    errno.ENOSPC: "Make room, or choose another place.",
    errno.EDQUOT: "Make room, or choose another place.",
    errno.EACCES: _WHERE_ELSE,
    errno.EPERM: _WHERE_ELSE,
    errno.EROFS: _WHERE_ELSE,
}
_SEE = "Check the name and the folder."
_OF_THE_CALL = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)
"""Paths that were named and cannot be meant; whatever else the system refuses is not the caller's."""


CALLED = "qmethod.called"
"""Where the context of a command notes itself, as `Called`."""


@dataclass(frozen=True, slots=True)
class Called:
    """A command that runs.

    Parameters
    ----------
    path : str
        As ``qmethod classify``.
    options : mapping of str to str
        What each of its parameters is called as it is typed.
    """

    path: str
    options: Mapping[str, str]


class MachineRefuses(RuntimeError):
    """What was asked for is sound, and the machine does not let it happen.

    Parameters
    ----------
    message, advice : str
    """

    def __init__(self, message: str, advice: str) -> None:
        self.given = message, advice
        super().__init__(_with(message, advice))

    def __reduce__(self) -> tuple[type[MachineRefuses], tuple[str, str]]:
        return type(self), self.given


class NobodyReads(Exception):
    """Whoever read the output went away."""


class AdvisedUsage(click.UsageError):
    """A command line that cannot be meant, with what to do instead.

    Parameters
    ----------
    message, advice : str
    ctx : click.Context, optional
    """

    def __init__(self, message: str, advice: str, ctx: click.Context | None = None) -> None:
        super().__init__(message, ctx)
        self.advice = advice

    def __reduce__(self) -> tuple[type[AdvisedUsage], tuple[str, str]]:
        return type(self), (self.message, self.advice)  # the context of a command stays where it is


class Refusal(click.ClickException):
    """A fault in its shape.

    Parameters
    ----------
    message : str
        With each advice in a line of its own, after ``->``.
    code : ExitCode
    """

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, ExitCode]]:
        return type(self), (self.message, self.code)


def refusal(error: Exception) -> Refusal | None:
    """What an error means to whoever called; None for a fault of the program itself.

    Parameters
    ----------
    error : Exception
    """
    if isinstance(error, click.UsageError):
        return Refusal(_usage(error), ExitCode.BAD_INPUT)
    if isinstance(error, click.ClickException):
        return error if isinstance(error, Refusal) else Refusal(error.format_message(), ExitCode.BAD_INPUT)
    if isinstance(error, MachineRefuses):
        return Refusal(str(error), ExitCode.ENVIRONMENT)
    if isinstance(error, MemoryError):
        return Refusal("this needs more memory than there is", ExitCode.ENVIRONMENT)
    if isinstance(error, OSError):
        code = ExitCode.BAD_INPUT if isinstance(error, _OF_THE_CALL) else ExitCode.ENVIRONMENT
        place = f"{error.filename}: " if error.filename else ""
        message = f"{place}{error.strerror or error}"
        return Refusal(_known(_with(message, _ADVICE.get(error.errno or 0, _SEE))), code)
    if isinstance(error, ValueError):
        from qmethod.errors import PolicyError, QMethodError
        from qmethod_analysis.commands.spoken import told

        if not isinstance(error, QMethodError):
            return None
        return Refusal(_known(_spelt(told(error), of_options=isinstance(error, PolicyError))), ExitCode.BAD_INPUT)
    if isinstance(error, RuntimeError):
        from qmethod_studies.store import Unavailable

        if isinstance(error, Unavailable):
            advice = error.advice or "See to the database, and do it again."
            return Refusal(_with(str(error), f"The database kept nothing of this. {advice}"), ExitCode.ENVIRONMENT)
    return None


def every_fault(error: DataError, what: str) -> Refusal:
    """All faults however many, each with its advice: whoever mends a file wants them all.

    Parameters
    ----------
    error : DataError
    what : str
        What holds them.
    """
    return Refusal(_known("\n".join([f"{what}: {counted(len(error.faults), 'fault')}", *map(_in_full, error.faults)])), ExitCode.BAD_INPUT)


def show(found: Refusal) -> None:
    """Print a fault on standard error."""
    click.echo(f"qmethod: {found.format_message()}", err=True)


def nobody_reads() -> None:
    """Let the end of the program find nothing left to be written to a pipe that is closed."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _in_full(fault: Fault) -> str:
    from qmethod_analysis.commands.spoken import option

    return _with(str(fault), fault.advised(option) or "")


def _with(message: str, *advice: str) -> str:
    return "\n".join([message, *(f"-> {words}" for words in advice if words)])


def _spelt(message: str, *, of_options: bool) -> str:
    """A message with parameters in backticks spelt as options of the command; what is wrong with options ends with the way to help."""
    context = click.get_current_context(silent=True)
    called: Called | None = context.meta.get(CALLED) if context is not None else None
    if called is None:
        return message
    said = re.sub(r"`([a-z_]+)`", lambda found: called.options.get(found[1], found[0]), message)
    return _with(said, f"Help: {called.path} --help") if of_options and "\n-> " not in said else said


def _known(message: str) -> str:
    """The message, with files that the user never named called by what they hold."""
    context = click.get_current_context(silent=True)
    for path, name in (context.meta.get(RENAMED, {}) if context is not None else {}).items():
        message = message.replace(path, name)
    return message


def _usage(error: click.UsageError) -> str:
    advice: Sequence[str] = [error.advice] if isinstance(error, AdvisedUsage) else []
    path = error.ctx.command_path if error.ctx is not None else "qmethod"
    message = error.format_message()
    return _with(message[:1].lower() + message[1:] if message[:2].istitle() else message, *advice, f"Help: {path} --help")
