"""Errors that name the place of a fault and say what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qmethod.brief import brief

_SHOWN = 12
_LONGEST = 1_200
"""Signs of a message that are shown: what it quotes may be a whole file."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A policy or an argument with the value that advice names. In Python it is written as a keyword, on the command line as an option.

    Parameters
    ----------
    name : str
        As in Python, for example ``missing``.
    value : str or bool, optional
        True for a switch, False for one that is turned off.
    call : str, optional
        What to use in Python where it is no keyword there.
    command : str, optional
        What to type on the command line where it is no option there.

    Examples
    --------
    >>> print(Setting("missing", "drop-sort"), Setting("overwrite", True), Setting("grid"), Setting("stream", call="`analyse_in_chunks`"))
    missing="drop-sort" overwrite=True `grid` `analyse_in_chunks`
    """

    name: str
    value: str | bool = ""
    call: str = ""
    command: str = ""

    __repr__ = brief

    def __str__(self) -> str:
        if self.call or self.value == "":
            return self.call or f"`{self.name}`"
        return f"{self.name}={self.value}" if isinstance(self.value, bool) else f'{self.name}="{self.value}"'


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input, and where.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence, with the offending value quoted.
    file : str, optional
        The file as the user named it.
    line, column : int, optional
        Position in the file, counted from 1. For tables `column` is the number of the cell, not of the character.
    participant, statement : str, optional
        Whose sort and which statement.
    advice : str, optional
        What the user can do, in Python.
    settings : tuple of Setting, optional
        The policies and arguments that `advice` names, so that another front end can write them in its own way.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    participant: str | None = None
    statement: str | None = None
    advice: str | None = None
    settings: tuple[Setting, ...] = ()

    __repr__ = brief

    def advised(self, spell: Callable[[Setting], str]) -> str | None:
        """The advice with its settings spelt as a front end spells them.

        Parameters
        ----------
        spell : callable
            Takes a setting and gives what to write.
        """
        advice = self.advice
        for setting in self.settings:
            advice = advice and advice.replace(str(setting), spell(setting))
        return advice

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f"{':' if place else 'line '}{self.line}"
            if self.column is not None:
                place += f":{self.column}"
        who = ", ".join(f"{kind} {name}" for kind, name in (("participant", self.participant), ("statement", self.statement)) if name is not None)
        message = self.message if len(self.message) <= _LONGEST else f"{self.message[: _LONGEST - 200]} ... {self.message[-190:]}"
        text = message if not who else f"{message} ({who})"
        return f"{place}: {text}" if place else text


class QMethodError(ValueError):
    """Base of every error this package raises on purpose."""


class PolicyError(QMethodError):
    """A choice of method that does not exist, or does not suit the data."""


class DataError(QMethodError):
    """The data cannot be used as they are.

    Parameters
    ----------
    faults : sequence of Fault
        Every fault found, in the order of the file. At least one.

    Attributes
    ----------
    faults : tuple of Fault
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.told())

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[Fault, ...]]]:
        # What is handed on is what the class takes; the text that `ValueError` keeps is made of it.
        return type(self), (self.faults,)

    def told(self, spell: Callable[[Setting], str] = str) -> str:
        """All faults in at most one screen of text, each advice once.

        Parameters
        ----------
        spell : callable, optional
            How a front end writes the settings that advice names; as keywords of Python where not given.
        """
        return _screen(self.faults, spell)


def _screen(faults: Sequence[Fault], spell: Callable[[Setting], str]) -> str:
    lines = [str(fault) for fault in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append(f"... and {len(faults) - _SHOWN} more faults of the same file")
    lines += [f"-> {advice}" for advice in dict.fromkeys(f.advised(spell) for f in faults if f.advice)][:4]
    return "\n".join(lines)
