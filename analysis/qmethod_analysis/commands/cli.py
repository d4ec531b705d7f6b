"""The command ``qmethod``. Commands live in `qmethod_analysis.commands`, one module each, and are imported when they are called."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import IO, Any

import click

from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.commands.tolerance import SuggestingGroup, tolerant


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is imported only when needed.

    Parameters
    ----------
    module : str
        Where it lives; the command object is called ``command``.
    summary : str
        The line of help that ``qmethod --help`` shows; the first line of the command's own help.
    """

    module: str
    summary: str


COMMANDS = {
    "multiverse": Entry("qmethod_analysis.commands.multiverse", "Analyse sorts in every combination of choices and say what survives."),
    "retain": Entry("qmethod_analysis.commands.retain", "Say how many viewpoints the sorts hold, by every criterion, with advice."),
    "shorten": Entry("qmethod_analysis.commands.shorten", "Choose the shortest set of statements that still tells viewpoints apart."),
    "classify": Entry("qmethod_analysis.commands.classify", "Assign sorts to known viewpoints, or to none of them."),
    "compare": Entry("qmethod_analysis.commands.compare", "Match the viewpoints of an analysis with those of another one, or of a study."),
    "serve": Entry("qmethod_webform.serve", "Let people sort: serve a study's pages."),
    "analyse": Entry("qmethod_analysis.commands.analyse", "Analyse Q sorts: find viewpoints, write tables and a report."),
    "export": Entry("qmethod_analysis.commands.export", "Write the responses to a study into files, for analysis."),
    "inspect": Entry("qmethod_analysis.commands.inspect", "Say what is in a file of Q sorts, and what is odd about it."),
    "invite": Entry("qmethod_analysis.commands.invite", "Make personal links or access codes for a study."),
    "publish": Entry("qmethod_analysis.commands.publish", "Make a static site of one or more analyses, for everybody to read."),
    "report": Entry("qmethod_analysis.commands.report", "Write the report of an analysis as HTML, Word, Excel, PDF and Markdown."),
    "run": Entry("qmethod_analysis.commands.run", "Repeat an analysis from its recipe, byte for byte."),
    "study": Entry("qmethod_analysis.commands.study", "Write, check and import the definition of a study."),
    "sheet": Entry("qmethod_analysis.commands.sheet", "Write sheets to print for a workshop that names the viewpoints."),
    "simulate": Entry("qmethod_analysis.commands.simulate", "Draw sorts of people who do not exist from a study's viewpoints."),
}


class Refusal(click.ClickException):
    """An input that cannot be used, shown plainly and without a traceback."""

    exit_code = ExitCode.BAD_INPUT

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to stderr."""
        click.echo(f"qmethod: {self.format_message()}", file=file, err=file is None)


class LazyGroup(SuggestingGroup):
    """A group whose commands are imported when they run, not when help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(entry.module).command
        return tolerant(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whatever the package refuses on purpose, and files that cannot be used, end in exit code 2."""
        try:
            return super().invoke(ctx)
        except ValueError as error:
            from qmethod.errors import QMethodError

            if not isinstance(error, QMethodError):
                raise
            from qmethod_analysis.commands.spoken import told

            raise Refusal(told(error)) from error
        except RuntimeError as error:
            from qmethod_studies.store import Unavailable

            if not isinstance(error, Unavailable):
                raise
            raise Refusal(f"{error} Nothing of this was kept.") from error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Refusal(f"{error.filename or 'a file'}: {error.strerror or error}") from error


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from qmethod import __version__

        click.echo(f"qmethod {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
def main() -> None:
    """Q methodology: from card sorts to shared viewpoints.

    \b
    Example:
      qmethod inspect sorts.csv
      qmethod analyse sorts.csv --factors 3 --out my-analysis
      qmethod run my-analysis/analysis.toml

    Each command explains itself: qmethod analyse --help
    """  # noqa: D301 - click reads \b
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign is no reason to fail
