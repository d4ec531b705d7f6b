"""Options and arguments that commands share: what one is called, it is called everywhere, and means the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
from click.shell_completion import CompletionItem

from qmethod.literals import Layout
from qmethod_analysis.commands.speaking import JSON, QUIET
from qmethod_analysis.commands.table_options import table_options

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Decorator = Callable[[Decorated], Decorated]

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Named(click.ParamType[str]):
    """A file, a folder or a study that ships, as the user wrote it; a shell is told what there is to choose from.

    Parameters
    ----------
    name : str
        What it is called in help.
    studies : {"names", "definitions"} or None
        Which of the studies that ship are meant: those with sorts, or those with a definition.
    files : bool
        Whether it may be a file.
    """

    def __init__(self, name: str, studies: str | None, *, files: bool) -> None:
        self.name = name
        self.studies = studies
        self.kind = "file" if files else "dir"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The words of the user: what they lead to is found out by the command. Of an export the folder is to be named, and not the study in it."""
        if "STUDY" in self.name and (file := Path(value)).name == "study.json" and file.is_file():
            self.fail(f"{value} is a file of an export; name its folder, {file.parent}", param, ctx)
        return str(value)

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Studies that ship and begin so, and what lies in the folder."""
        from qmethod_studies import library

        ship: Sequence[str] = getattr(library, self.studies)() if self.studies else ()
        return [*(CompletionItem(name) for name in ship if name.startswith(incomplete.lower())), CompletionItem(incomplete, type=self.kind)]


SORTS = Named("SORTS", "names", files=True)
STUDY = Named("STUDY", "definitions", files=False)
ANALYSIS = Named("ANALYSIS", None, files=False)
ANALYSIS_OR_STUDY = Named("ANALYSIS|STUDY", "definitions", files=False)
REFERENCE = Named("ANALYSIS|STUDY|LISTING", "definitions", files=True)
ANALYSIS_OR_SORTS = Named("ANALYSIS|SORTS", "names", files=True)
"""A folder of an analysis, a study, sorts and figures that were printed, wherever a command takes one."""


class Written(click.Path):
    """Where to write: a file or a folder, and never standard output."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if value == "-":
            self.fail("'-' is standard output, which this cannot be written to; name a place, or ./- for one of that name", param, ctx)
        return super().convert(value, param, ctx)


def _note(key: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def note(ctx: click.Context, _option: click.Parameter, given: bool) -> None:
        if given:
            ctx.meta[key] = True

    return note


def together(*decorators: Decorator[Any]) -> Decorator[Any]:
    """Several decorators as one, in the order in which they would stand."""

    def decorate(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def out_option(what: str, *, default: str = "", required: bool = False, metavar: str = "DIR") -> Decorator[Any]:
    """``-o/--out``: where to write.

    Parameters
    ----------
    what : str
        ``Folder to write to``, or what file.
    default : str
        Where it goes if nothing is said.
    required : bool
    metavar : {"DIR", "FILE"}
    """
    shown = f"{what}.{f' [default: {default}]' if default else ''}"
    kind = Written(dir_okay=metavar == "DIR", path_type=Path)
    return click.option("-o", "--out", type=kind, required=required, metavar=metavar, help=shown)


json_option = click.option(
    "--json",
    is_flag=True,
    expose_value=False,
    callback=_note(JSON),
    help="Print one JSON document on standard output, and nothing else there.",
)
quiet_option = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    expose_value=False,
    callback=_note(QUIET),
    help="Print nothing that is for people to read; faults go to standard error as ever.",
)
voice_options = together(json_option, quiet_option)
overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace what qmethod wrote there before by other choices. What others wrote there is never removed."
)


however_long_option = click.option("--however-long", is_flag=True, help="Go on where a step of the work would take more than an hour.")


def study_option(default: str) -> Decorator[Any]:
    """``--study``: the study of the sorts.

    Parameters
    ----------
    default : str
        Which it is if nothing is said.
    """
    about = f"The study of the sorts: its folder, the folder of its export, its name, or none. [default: {default}]"
    return click.option("--study", default="", type=STUDY, metavar="STUDY", help=about)


def formats_option(formats: Sequence[str], default: str) -> Decorator[Any]:
    """``--formats``: what to write.

    Parameters
    ----------
    formats : sequence of str
        Those that there are.
    default : str
        Those that are written if nothing is said.
    """

    def chosen(_ctx: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
        """``"html,pdf"`` to ``("html", "pdf")``."""
        wanted = tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
        unknown = [name for name in wanted if name not in formats]
        if unknown or not wanted:
            raise click.BadParameter(f"{', '.join(unknown) or value!r}: the formats are {', '.join(formats)}")
        return wanted

    return click.option("--formats", callback=chosen, default=default, show_default=True, metavar="A,B,...", help=f"Of {', '.join(formats)}.")


def _spoken(ctx: click.Context, option: click.Parameter, value: str) -> str:
    """A language that can be written, or an empty text."""
    from qmethod.errors import DataError
    from qmethod_analysis.commands.spoken import option as typed
    from qmethod_analysis.words.language import checked

    try:
        return checked(value) if value else ""
    except DataError as error:
        fault = error.faults[0]
        raise click.BadParameter(f"{fault.message}. {fault.advised(typed)}", ctx, option) from None


def language_option(default: str) -> Decorator[Any]:
    """``--language``: of what is written for people to read.

    Parameters
    ----------
    default : str
        Which it is if nothing is said.
    """
    about = f"Language that is written, for example es; a draft says that it is one. [default: {default}]"
    return click.option("--language", default="", callback=_spoken, metavar="CODE", help=about)


sorts_options = together(
    click.option(
        "--grid",
        metavar="GRID",
        help='The forced distribution as value:count, for example "-2:1,-1:2,0:3,1:2,2:1". [default: what the file says, or all sorts show]',
    ),
    click.option("--layout", type=click.Choice(get_args(Layout)), help="Which way the file lies. [default: guessed]"),
    click.option(
        "--statements",
        type=FILE,
        metavar="FILE",
        help="Wording of the statements. [default: what lies in or beside SORTS]",
    ),
    click.option("--encoding", metavar="NAME", help="Encoding of the file, for example cp1252. [default: guessed]"),
    click.option("--condition", metavar="ID", help="Of an export: the sorts under this condition of instruction only."),
    click.option("--wave", metavar="ID", help="Of an export: the sorts of this wave only."),
    table_options,
)
"""How sorts are read, for every command that reads some."""

seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of what is drawn at random: the same seed draws the same."
)
database_option = click.option(
    "--database",
    envvar="QMETHOD_DATABASE",
    metavar="URL",
    help="Where the responses are kept; also from QMETHOD_DATABASE. [default: sqlite:///qmethod-responses.sqlite3, in this folder]",
)
