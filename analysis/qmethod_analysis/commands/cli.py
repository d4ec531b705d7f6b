"""The command ``qmethod``. Commands live in `qmethod_analysis.commands`, one module each, and are imported when they are called."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from qmethod_analysis.commands import plain_signs
from qmethod_analysis.commands.exit_codes import MEANINGS, ExitCode
from qmethod_analysis.commands.faults import NobodyReads, Refusal, nobody_reads, refusal, show
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


GROUPS = {
    "Prepare a study": {
        "study": Entry("qmethod_analysis.commands.study", "Write, check and import the definition of a study."),
        "serve": Entry("qmethod_webform.serve", "Let people sort: serve a study's pages."),
        "kit": Entry("qmethod_analysis.commands.kit", "Make cards, a board and sheets to sort with on a table."),
        "invite": Entry("qmethod_analysis.commands.invite", "Make personal links or access codes for a study."),
        "simulate": Entry("qmethod_analysis.commands.simulate", "Draw sorts of people who do not exist from a study's viewpoints."),
    },
    "Collect sorts": {
        "status": Entry("qmethod_analysis.commands.status", "Say how a study stands: who has begun, how far they are."),
        "responses": Entry("qmethod_analysis.commands.responses", "List, show, withdraw and erase responses."),
        "export": Entry("qmethod_analysis.commands.export", "Write the responses to a study into files, for analysis."),
        "enter": Entry("qmethod_analysis.commands.enter", "Type in sorts from tables, and check them by a second person."),
        "backup": Entry("qmethod_analysis.commands.backup", "Copy the responses into one file, while people sort."),
        "restore": Entry("qmethod_analysis.commands.restore", "Put a backup into a database that nobody uses."),
        "photo": Entry("qmethod_analysis.commands.photo", "Read sorts from photographs of tables."),
        "inspect": Entry("qmethod_analysis.commands.inspect", "Say what is in a file of Q sorts, and what is odd about it."),
        "convert": Entry("qmethod_analysis.commands.convert", "Write sorts in the format of another program."),
    },
    "Find viewpoints": {
        "retain": Entry("qmethod_analysis.commands.retain", "Say how many viewpoints the sorts hold, and what speaks for it."),
        "analyse": Entry("qmethod_analysis.commands.analyse", "Analyse Q sorts: find viewpoints, write tables and a report."),
        "multiverse": Entry("qmethod_analysis.commands.multiverse", "Analyse in every combination of choices, and say what survives."),
        "partition": Entry("qmethod_analysis.commands.partition", "Find viewpoints and who holds them by a model of forced sorts."),
        "run": Entry("qmethod_analysis.commands.run", "Repeat an analysis from its recipe, byte for byte."),
    },
    "Tell others": {
        "sheet": Entry("qmethod_analysis.commands.sheet", "Write sheets to print for a workshop that names the viewpoints."),
        "report": Entry("qmethod_analysis.commands.report", "Write the report as HTML, Word, Excel, PDF and Markdown."),
        "publish": Entry("qmethod_analysis.commands.publish", "Make a static site of analyses, for everybody to read."),
    },
    "Go on from viewpoints": {
        "compare": Entry("qmethod_analysis.commands.compare", "Match viewpoints of two sources, or sorts of two occasions."),
        "classify": Entry("qmethod_analysis.commands.classify", "Assign sorts to known viewpoints, or to none of them."),
        "shorten": Entry("qmethod_analysis.commands.shorten", "Choose the fewest statements that still tell viewpoints apart."),
    },
}
"""Every command, in the order of the work."""

COMMANDS = {name: entry for commands in GROUPS.values() for name, entry in commands.items()}


class LazyGroup(SuggestingGroup):
    """A group whose commands are imported when they run, not when help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names of all commands, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(entry.module).command
        return tolerant(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them, and say what an exit status means."""
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), entry.summary) for name, entry in commands.items()])
        with formatter.section("Exit status"):
            formatter.write_dl([(str(int(code)).ljust(width), meaning) for code, meaning in MEANINGS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options that begin so, without importing any."""
        found = [CompletionItem(name, help=entry.summary) for name, entry in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whatever the package or the machine refuses becomes a `Refusal`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # click has an end of its own for it
            raise NobodyReads from error
        except KeyboardInterrupt as error:
            raise click.Abort from error
        except (click.ClickException, ValueError, RuntimeError, OSError, MemoryError) as error:
            found = None if isinstance(error, click.exceptions.NoArgsIsHelpError) else refusal(error)
            if found is None:
                raise
            raise found from error

    def main(  # type: ignore[override]  # click says by overloads that it returns only where it is told to
        self, args: Sequence[str] | None = None, prog_name: str | None = None, standalone_mode: bool = True, **more: Any
    ) -> Any:
        """Run the command line, and end with an exit status of `ExitCode`."""
        _give_streams()
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **more)
        sys.exit(self._ended(args, prog_name, **more))

    def _ended(self, args: Sequence[str] | None, prog_name: str | None, **more: Any) -> int:
        try:
            code = super().main(args, prog_name, standalone_mode=False, **more)
            sys.stdout.flush()
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            return ExitCode.BAD_INPUT
        except click.ClickException as error:
            found = refusal(error) or Refusal(error.format_message(), ExitCode.BAD_INPUT)
            show(found)
            return found.code
        except (click.Abort, KeyboardInterrupt):  # the second where no command runs yet, or any more
            exec("")  # noqa: S102 - where it came in code that is a text, ``python -m`` would end by the signal, unless more such code is run
            show(Refusal("stopped with Ctrl+C", ExitCode.STOPPED))
            return ExitCode.STOPPED
        except (BrokenPipeError, NobodyReads):
            nobody_reads()
            return ExitCode.NOBODY_READS
        return code if isinstance(code, int) else ExitCode.OK


def _give_streams() -> None:
    """Let output go nowhere where the caller closed it: Python has no stream then, and the next file that is opened would take its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the program runs


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from qmethod import __version__

        click.echo(f"qmethod {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
def main() -> None:
    """Q methodology: from card sorts to shared viewpoints.

    \b
    Example:
      qmethod inspect sorts.csv
      qmethod analyse sorts.csv --factors 3 --out my-analysis
      qmethod report my-analysis

    Each command explains itself, as in qmethod analyse --help, and tells which one comes next. SORTS is a file of sorts, a folder with a
    file for each person, the folder of an export, the name of a study that ships with sorts, or - for standard input; STUDY the folder of a study or
    of an export, or the name of a study that ships with a definition, which leadership does; ANALYSIS the folder that qmethod analyse wrote; RECIPE
    the analysis.toml in it.
    """  # noqa: D301 - click reads \b
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=plain_signs.NAME)  # a terminal that lacks a sign is no reason to fail
