"""What people type: taken as it is meant where that is sure, and answered with what is near where it is not."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

__all__ = ["SuggestingGroup", "angle", "decimal", "decimals", "factor_label", "factor_number", "tolerant"]

_DEGREE = "°º˚"


def decimal(text: str) -> float:
    """A number, with any form of the minus sign, and a point or a comma before its decimals.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        If it is none, or none that is finite.

    >>> decimal("−0,5")
    -0.5
    """
    from qmethod.minus import plain_minus

    plain = re.sub(r"^([-+])\s+", r"\1", plain_minus(text.strip()))
    value = float(plain.replace(",", ".") if re.fullmatch(r"[-+]?\d*,\d+", plain) else plain)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is no number")
    return value


def decimals(text: str) -> tuple[float, ...]:
    """Numbers parted by commas; by semicolons, where the commas are those of decimals.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        If a part is no number, or the commas can only be those of decimals: ``0,05,0,01``.
    """
    parts = [part.strip() for part in text.split(";" if ";" in text else ",") if part.strip()]
    if wrong := next((part for part in parts if re.fullmatch(r"0\d+", part)), None):
        raise ValueError(f"decimals need a point, as in 0.{wrong}")
    return tuple(decimal(part) for part in parts)


def angle(text: str) -> float:
    """An angle in degrees, with or without their sign.

    Raises
    ------
    ValueError
        If it is none.

    >>> angle("−15,5°")
    -15.5
    """
    return decimal(text.strip().rstrip(_DEGREE))


def factor_number(text: str) -> int:
    """A factor, as ``1`` or as ``f1``.

    Raises
    ------
    ValueError
        If it is neither.
    """
    found = re.fullmatch(r"\s*[fF]?\s*([0-9]{1,6})\s*", text)
    if found is None:
        raise ValueError(f"{text!r} is no factor")
    return int(found[1])


def factor_label(text: str) -> str:
    """The label of a factor that is written ``1``, ``F1`` or ``f1``; any other text as it is.

    >>> factor_label("2"), factor_label("F2"), factor_label("f2-"), factor_label("age")
    ('f2', 'f2', 'f2-', 'age')
    """
    try:
        return f"f{factor_number(text)}"
    except ValueError:
        return text.strip()


class SuggestingGroup(click.Group):
    """A group of commands that answers a mistyped name with the nearest one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one may be meant."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(" ".join([f"No such command {name!r}.", *self._instead(ctx, name)]), ctx)
        return super().resolve_command(ctx, args)

    def _instead(self, ctx: click.Context, name: str) -> Iterable[str]:
        names = self.list_commands(ctx)
        if near := difflib.get_close_matches(name.lower(), names, 2):
            yield f"Did you mean {' or '.join(near)}?"
        elif inner := [f"{other} {found}" for other in names for found in _inner(self.get_command(ctx, other), name.lower())]:
            yield f"Did you mean {' or '.join(inner)}?"
        elif Path(name).is_file() and "inspect" in names:
            yield f"Name a command first, as in: {ctx.command_path} inspect {name}"
        else:
            yield f"{ctx.command_path} --help lists the commands."


def _inner(command: click.Command | None, name: str) -> list[str]:
    """Commands of a group that are near a name."""
    return difflib.get_close_matches(name, command.commands, 1) if isinstance(command, click.Group) else []


class _Typed(click.ParamType):  # type: ignore[type-arg]
    """A type of click's for numbers that takes them as people write them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, as click reads it."""
        from qmethod.minus import plain_minus

        if isinstance(value, str):
            value = plain_minus(value.strip())
            if isinstance(self, click.types.FloatParamType) and re.fullmatch(r"[-+]?\d*,\d+", value):
                value = value.replace(",", ".")
        return super().convert(value, param, ctx)


class _Whole(_Typed, click.types.IntParamType):
    pass


class _Decimal(_Typed, click.types.FloatParamType):
    pass


class _WholeRange(_Typed, click.IntRange):
    pass


class _DecimalRange(_Typed, click.FloatRange):
    pass


def tolerant(command: click.Command) -> click.Command:
    """Let the options of a command, and of the commands in it, take choices in capitals too, and numbers as people write them.

    Parameters
    ----------
    command : click.Command
        It is changed.
    """
    for parameter in command.params:
        kind = parameter.type
        if isinstance(kind, click.Choice):
            kind.case_sensitive = False
        elif isinstance(kind, click.IntRange | click.FloatRange) and not isinstance(kind, _Typed):
            made = _WholeRange if isinstance(kind, click.IntRange) else _DecimalRange
            parameter.type = made(kind.min, kind.max, kind.min_open, kind.max_open, kind.clamp)  # type: ignore[arg-type]
        elif type(kind) is click.types.IntParamType:
            parameter.type = _Whole()
        elif type(kind) is click.types.FloatParamType:
            parameter.type = _Decimal()
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        tolerant(inner)
    return command
