"""``qmethod enter``: sorts from tables, typed in on a page of this machine or in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.options import STUDY, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod_analysis.entry.desk import Desk

OUT = "sorts.csv"


@click.command("enter", cls=PlainCommand)
@click.argument("study", type=STUDY, metavar="STUDY")
@out_option("CSV of sorts to write, or to add to", default=OUT, metavar="FILE")
@overwrite_option
@click.option("--terminal", is_flag=True, help="Type in this terminal, or from a pipe, instead of on a page.")
@click.option("--check", is_flag=True, help="Type sorts of FILE once more, without seeing them, to find what was mistyped.")
@click.option("--by", default="", metavar="INITIALS", help="Initials of whoever types. [default: asked for]")
@click.option("--answers", is_flag=True, help="In the terminal, ask for answers to the study's questions too; the page always takes them.")
@click.option("--language", metavar="CODE", help="Language of the study that statements are shown in. [default: its first one]")
@click.option("--no-browser", is_flag=True, help="Say the address of the page, and do not open it.")
@voice_options
def command(
    study: str, out: Path | None, overwrite: bool, terminal: bool, check: bool, by: str, answers: bool, language: str | None, no_browser: bool
) -> None:
    """Type in sorts from tables, and check them by a second person.

    STUDY is a folder with study.yaml, the folder of an export, or the name of a study that ships with a definition. A page opens on this machine:
    participant, then the numbers of the cards, column by column, by keys alone. Whatever is missing, doubled, unknown or too many is said at once,
    and only a board that follows the grid is added to FILE. What is not whole yet is kept beside it as a draft. With --check somebody else types the
    same sorts again; differences are shown and settled with a reason. Who typed and checked, and how often they differed, is kept beside FILE.

    In the terminal, or from a pipe, each sort is a line with the participant and one line for each column, from the lowest; an empty line ends.

    \b
    Example:
      qmethod enter leadership --out sorts.csv
      qmethod enter leadership --check --out sorts.csv
      qmethod enter leadership --terminal --by AB --out sorts.csv
    """  # noqa: D301 - click reads \b
    from qmethod.errors import DataError, Fault
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_analysis.commands.spoken import told
    from qmethod_analysis.commands.typing_in import type_in
    from qmethod_analysis.entry import drafts, keeping, people, record
    from qmethod_analysis.entry.desk import Desk
    from qmethod_studies.loading import find, load

    definition = load(find(study))
    shown = language or definition.first_language
    if shown not in definition.languages:
        raise DataError([Fault(f"the study {definition.study} has no language {shown!r}", advice=f"It has {', '.join(definition.languages)}.")])
    by = keeping.initials(by) if by else ""
    desk = Desk(definition, out or Path(OUT), shown, overwrite, told)
    before = keeping.read(definition, desk.out)
    keeping.clear(definition, desk.out)
    if terminal:
        new = type_in(desk, by, check=check, answers=answers)
    else:
        new = []
        _serve(desk, by, check=check, browser=not no_browser)
    kept = keeping.read(definition, desk.out)
    new = new or [name for name in kept.participants if kept.lines.get(name) != before.lines.get(name)]
    if wants_json():
        files = (desk.out, record.file_of(desk.out), people.file_of(desk.out))
        written = [path.name for path in files if path.exists()] if new else []
        answer({**files_in(desk.out.parent, written), "participants": new, "checked": record.summary(definition, kept.lines)})
    begun = [one.participant for one in drafts.all_of(definition, desk.out)]
    waiting = [f"Begun and not saved: {', '.join(begun)}. What was typed is kept in {drafts.folder_of(desk.out)}."] if begun else []
    if not new:
        say("No sort was saved.", *waiting)
        return
    say(f"Written: {desk.out} ({', '.join(new)})", f"Written: {record.file_of(desk.out)} (who typed and checked)")
    say(record.told(definition, kept.lines), *waiting)
    next_steps(("inspect", desk.out))


def _serve(desk: Desk, by: str, *, check: bool, browser: bool) -> None:
    """The page, until it is ended by its button, Ctrl+C or a signal."""
    import contextlib
    import signal
    import threading
    import webbrowser

    from qmethod_analysis.commands.speaking import quiet
    from qmethod_analysis.entry.server import Server

    server = Server(desk, by, check=check)
    signal.signal(signal.SIGTERM, lambda *_: server.ended.set())
    if not quiet() or not browser:  # without the address there would be no page
        click.echo(f"Type on {server.address}\nEnd with the button there, or with Ctrl+C here.", err=True)
    if browser:
        threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()  # one for terminals would not return
    with contextlib.suppress(KeyboardInterrupt):  # the way to end it
        server.run()
