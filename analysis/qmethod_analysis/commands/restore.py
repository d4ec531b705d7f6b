"""``qmethod restore``: responses out of a backup, into a database."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.options import overwrite_option, voice_options
from qmethod_analysis.commands.passphrases import Passphrase, passphrase_option
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod_studies.store import Keys


@click.command("restore", cls=PlainCommand)
@click.argument("backup", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="BACKUP")
@click.option(
    "--to",
    metavar="URL",
    help="Where to put it: sqlite:///file.sqlite3 or postgresql://user@host/name. It is named here and nowhere else, whatever QMETHOD_DATABASE says.",
)
@click.option("--check", is_flag=True, help="Read the backup to its end, say what is in it, and write nothing.")
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The copy of the keys. [default: backup.keys beside BACKUP, or STUDY.keys; what the database has itself is used too]",
)
@passphrase_option
@overwrite_option
@voice_options
def command(backup: str, to: str | None, check: bool, keys: Path | None, passphrase_file: Path | None, overwrite: bool) -> None:
    """Put a backup into a database that nobody uses.

    BACKUP is a file that qmethod backup wrote, or - for standard input. One of a whole database goes into a new or an empty database, or with
    --overwrite into the place of what is there. One of a single study is added to the studies that a database holds; links and codes that were sent
    go on leading to their responses.

    An encrypted backup or copy of keys is known by its beginning, and the passphrase is asked for.

    What people wrote is read with the keys that were copied with the backup or later, or that the database has. Whoever has withdrawn since the
    backup was made, by those keys, is left out.

    Nothing is changed while a server or another command has the database open, where the backup is damaged, or where it comes from a newer version.
    Browsers forget what they remembered of an earlier state of a database, and ask for the respondent's code.

    \b
    Example:
      qmethod restore monday.backup --check
      qmethod restore monday.backup --to sqlite:///responses.sqlite3
      qmethod restore leadership.backup --to postgresql://survey@localhost/survey
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.backup import held, told
    from qmethod_analysis.commands.faults import AdvisedUsage
    from qmethod_analysis.commands.receiving import STANDARD_INPUT
    from qmethod_analysis.commands.speaking import answer, next_steps, say, wants_json
    from qmethod_analysis.commands.working import working
    from qmethod_studies.store import check_backup, restore, without_password

    if (to is None) != check:
        advice = "Name the database with --to, or add --check to read the backup and write nothing."
        raise AdvisedUsage("it must be said where to put the backup, or that it is to be checked", advice, click.get_current_context())
    name = STANDARD_INPUT if backup == "-" else backup
    passphrase = Passphrase(passphrase_file)
    copied = None if to is None else _keys(keys, backup, passphrase)
    with nullcontext(sys.stdin.buffer) if backup == "-" else Path(backup).open("rb") as file:
        content = passphrase.opened(file, name)
        with working("Reading the backup"):
            if to is None:
                header = check_backup(content, name)
            else:
                done = restore(to, content, name, keys=copied, overwrite=overwrite)
                header = done.header
    made = f"{header.moment:%Y-%m-%d %H:%M:%S} UTC"
    if to is None:
        if wants_json():
            answer({**told(header), "written": []})
        say(f"The backup is whole: {held(header)}, made {made} by qmethod {header.version} from {_kind(header.database)}.")
        return
    where = without_password(to)
    if wants_json():
        aside = [] if done.set_aside is None else [str(done.set_aside)]
        answer({**told(header), "way": done.way, "to": where, "set_aside": aside, "withdrawn_since": done.left_out})
    if done.set_aside is not None:
        say(f"The database was damaged: it now lies in {done.set_aside}.")
    say(f"{_DONE[done.way]} {where}: {held(header)}, as saved up to {made}.")
    if done.left_out:
        people = "1 person" if done.left_out == 1 else f"{done.left_out:,} people"
        say(f"Left out: {people} who withdrew after the backup was made.")
    if done.way == "replaced":
        say("Browsers that were in the middle of a sort ask for its code, and go on from what was put back.")
    next_steps(("export", next(iter(header.studies), "STUDY"), "--database", where, "--out", "after-restore"))


def _keys(given: Path | None, backup: str, passphrase: Passphrase) -> Keys | None:
    """The copy of keys that was named; else those beside the backup."""
    from qmethod_analysis.commands.backup import keys_name
    from qmethod_studies.store import read_keys, study_in

    beside = given
    if beside is None and backup != "-":
        with Path(backup).open("rb") as file:
            beside = Path(backup).with_name(keys_name(study_in(passphrase.opened(file, backup), backup)))
    if beside is None or (given is None and not beside.exists()):
        return None
    with beside.open("rb") as file:
        return read_keys(passphrase.opened(file, str(beside)).read(), str(beside))


_DONE = {"new": "Put into", "replaced": "Put in the place of what was in", "added": "Added to"}


def _kind(database: str) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(database, database)
