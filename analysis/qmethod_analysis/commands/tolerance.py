"""What people type: taken as it is meant where that is sure, and answered with what is near where it is not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from qmethod_analysis.commands.faults import CALLED, AdvisedUsage, Called


class PlainCommand(click.Command):
    """A command whose own help is named whatever is wrong with how it was called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; an error of any of them knows of which command."""
        try:
            if not ctx.resilient_parsing:
                self._check_given(ctx, list(args))
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; faults found while it runs know what its options are called."""
        names = {it.name or "": _called(it) for it in self.params if isinstance(it, click.Option)}
        ctx.meta[CALLED] = Called(ctx.command_path, names)
        return super().invoke(ctx)

    def _check_given(self, ctx: click.Context, args: list[str]) -> None:
        """Refuse what no option or argument can mean: nothing at all, and one thing said twice."""
        values, _, order = self.make_parser(ctx).parse_args(args)
        if any(parameter.is_eager for parameter in order if isinstance(parameter, click.Option)):
            return  # who asks for help gets it
        for parameter in dict.fromkeys(order):
            given = values.get(parameter.name or "")
            parts = [part for part in (given if isinstance(given, list | tuple) else (given,)) if isinstance(part, str)]
            called = _called(parameter)
            if not all(part.strip() for part in parts):
                raise AdvisedUsage(
                    f"{called} is empty", "Write what it is to be." if parameter.required else "Write what it is to be, or leave it out."
                )
            twice = next((part for part in parts if parts.count(part) > 1), None)
            if isinstance(parameter, click.Argument):
                if parameter.nargs != 1 and twice is not None:
                    raise AdvisedUsage(f"{called} is {twice!r} twice", "Name each once.")
            elif isinstance(parameter, click.Option) and order.count(parameter) > 1 and _says_one_thing(parameter):
                raise AdvisedUsage(f"{called} is given {order.count(parameter)} times, and takes one value", "Give it once.")


def _called(parameter: click.Parameter) -> str:
    """An option or an argument as help names it."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return (parameter.metavar or parameter.name or "").partition("[=")[0].strip("[].")


def _says_one_thing(option: click.Option) -> bool:
    return not (option.multiple or option.count or (option.is_flag and not option.secondary_opts))


class SuggestingGroup(click.Group):
    """A group of commands that answers a mistyped name with the nearest one."""

    command_class = PlainCommand

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


class _Choice(click.Choice[str]):
    """A choice in any letters; what is near is named where it is none."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """What is said of a value that is none."""
        near = difflib.get_close_matches(str(value).lower(), [str(choice) for choice in self.choices], 1)
        return super().get_invalid_choice_message(value, ctx) + (f" Did you mean {near[0]}?" if near else "")


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
            parameter.type = _Choice(kind.choices, case_sensitive=False)
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
