"""Options that say which part of a wide table are the sorts, for every command that reads some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from qmethod.formats.selection import Selection

_OFTEN = ("columns", "codes", "missing_code")


def _checked(_ctx: click.Context, option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """What `selection_of` takes for the argument of that name."""
    from qmethod.errors import PolicyError
    from qmethod.formats.selection import selection_of

    argument = str(option.name)
    for one in value:
        try:
            selection_of(**{argument: one})
        except PolicyError as error:
            raise click.BadParameter(str(error).partition("` ")[2]) from None
    return value


_OPTIONS = (
    click.option(
        "--columns",
        multiple=True,
        callback=_checked,
        metavar="NAMES",
        help="The columns of a wide table that hold placements: 'Q*', or Q1:Q42 from one to another, or their numbers 7:48. [repeatable]",
    ),
    click.option("--id", metavar="NAME", help="The column of a table that names its rows. [default: one that is called so]"),
    click.option("--skip", type=click.IntRange(min=0), metavar="N", help="Rows below the header that hold no sort, such as wordings."),
    click.option(
        "--codes",
        multiple=True,
        callback=_checked,
        metavar="CODE=NUMBER,...",
        help="The placements that words in cells mean, for example C1=-1,C2=0,C3=1. [repeatable]",
    ),
    click.option(
        "--missing-code", multiple=True, callback=_checked, metavar="CODE", help="What stands where a placement is missing, as -99. [repeatable]"
    ),
    click.option("--sheet", metavar="NAME", help="The sheet of a workbook, or the table of an R file. [default: the one that reads as sorts]"),
    click.option("--header/--no-header", default=True, help="Whether a line of the table names its columns. [default: --header]"),
)


def table_options(function: Any) -> Any:
    """``--columns``, ``--id``, ``--skip``, ``--codes``, ``--missing-code``, ``--sheet`` and ``--no-header``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def selected(given: Mapping[str, Any]) -> Selection:
    """What these options of a command say.

    Parameters
    ----------
    given : mapping
        Parameters of the command.
    """
    from qmethod.formats.selection import selection_of

    return selection_of(
        columns=given["columns"] or None,
        id=given["id"],
        skip=given["skip"],
        codes=",".join(given["codes"]) or None,
        missing_code=given["missing_code"] or None,
        sheet=given["sheet"],
        header=given["header"],
    )


def selecting_words(given: Mapping[str, Any]) -> list[str]:
    """The same options as they are typed."""
    words = [word for key in _OFTEN for value in given[key] for word in _typed(key, value)]
    words += [word for key in ("id", "skip", "sheet") if given[key] for word in _typed(key, str(given[key]))]
    return words if given["header"] else [*words, "--no-header"]


def _typed(key: str, value: str) -> list[str]:
    name = f"--{key.replace('_', '-')}"
    return [f"{name}={value}"] if value.startswith("-") else [name, value]
