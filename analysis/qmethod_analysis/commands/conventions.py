"""One option for every policy, made from the table in `qmethod.policies`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from qmethod.policies import PRESETS, describe
from qmethod_analysis.commands.faults import AdvisedUsage
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.recipe.typed import MOST_NUMBERS, decimals, shown
from qmethod_analysis.words.shell import command_line


def numbers(_ctx: click.Context, _option: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """``"0.05,0.01"`` to a tuple; for use as the callback of an option."""
    if value is None:
        return None
    try:
        return decimals(value)
    except ValueError as error:
        raise no_numbers(value, "0.05,0.01", error) from None


def no_numbers(value: str, example: str, error: ValueError) -> click.BadParameter:
    """What is said of a list that is none of numbers."""
    hint = f": {error}" if "decimals" in str(error) else ""
    return click.BadParameter(f"{value!r} is not a list of numbers such as {example}{hint}")


def whole_numbers(_ctx: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, ...]:
    """``"3"``, ``"2..4"`` or ``"2,4,3"`` to rising numbers from 1, each once; empty where nothing was given. For use as the callback of an option."""
    if value is None:
        return ()
    low, dots, high = value.partition("..")
    try:
        found = range(int(low), int(high) + 1) if dots else sorted({int(part) for part in value.split(",")})
    except ValueError:
        found = range(0)
    if not found or found[0] < 1:
        raise click.BadParameter(f"{value!r} is no number from 1, no range of numbers such as 2..5, and no list such as 2,3,4")
    asked = found[-1] - found[0] + 1 if dots else len(found)  # the length of a range may be too large to be one of a sequence
    if asked > MOST_NUMBERS:
        raise click.BadParameter(f"{value!r} asks for {asked} numbers of factors; at most {MOST_NUMBERS} can be asked for")
    return tuple(found)


class FactorsOption(click.Option):
    """How many factors, which an analysis needs; who does not know is told how to find out."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """The numbers that were given."""
        try:
            return super().process_value(ctx, value)
        except click.MissingParameter as error:
            retain = command_line(("retain", ctx.params.get("sorts", "SORTS")))
            advice = f"If you do not know how many viewpoints there are, `{retain}` helps to choose; 2..5 puts several side by side."
            raise AdvisedUsage(error.format_message(), advice, ctx) from None


preset_option = click.option("--preset", type=click.Choice(PRESETS), default="standard", show_default=True, help="Conventions to start from.")


def option_name(policy: str) -> str:
    """``flag_level`` to ``--flag-level``."""
    return "--" + policy.replace("_", "-")


def _option(policy: Mapping[str, Any]) -> click.Option:
    name, default = policy["name"], policy["default"]
    text = f"{policy['about'][:1].upper()}{policy['about'][1:]}. [standard: {shown(default)}]"
    if isinstance(default, bool):
        return click.Option([f"{option_name(name)}/--no-{name.replace('_', '-')}"], default=None, help=text)
    if isinstance(default, tuple):
        return click.Option([option_name(name)], metavar="NUMBERS", callback=numbers, help=text)
    kind = click.Choice(policy["choices"]) if "choices" in policy else click.INT if isinstance(default, int) else click.FLOAT
    return click.Option([option_name(name)], type=kind, default=None, help=text)


def policy_options() -> tuple[click.Option, ...]:
    """An option for each policy, in the order of the method's steps; not given means as the preset has it."""
    return tuple(_option(policy) for policy in describe())


def given_policies(values: Mapping[str, Any]) -> dict[str, Any]:
    """The policies among a command's parameters that were given."""
    names = {policy["name"] for policy in describe()}
    return {key: value for key, value in values.items() if key in names and value is not None}


class SectionedCommand(PlainCommand):
    """A command that shows its conventions apart from its other options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options in two sections."""
        names = {policy["name"] for policy in describe()}
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Conventions of the method (each is recorded in the result)": []}
        plain, conventions = sections.values()
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                (conventions if parameter.name in names else plain).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def with_policies(command: click.Command) -> click.Command:
    """Add the options of all policies to a command."""
    command.params.extend(policy_options())
    return command


READING = ("missing", "constant")
"""The conventions on sorts that the method cannot take as they are."""


def with_reading_policies(command: click.Command) -> click.Command:
    """Add the options of `READING` to a command that asks for no other convention."""
    command.params.extend(option for option in policy_options() if option.name in READING)
    return command


def reading_policies(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `READING` that were given."""
    return given_policies({name: values[name] for name in READING})
