"""``qmethod invite``: personal links and access codes for a study."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from qmethod_analysis.words.narrative import count

if TYPE_CHECKING:
    from qmethod.errors import DataError
    from qmethod_studies.definition import Study
    from qmethod_studies.invitees import Invitees
    from qmethod_studies.store import AccessKind, AlreadyInvited, Invitation, Store


@click.command("invite")
@click.argument("study", metavar="STUDY")
@click.option("--links", type=click.IntRange(1, 100_000), metavar="N", help="Make N personal links.")
@click.option("--codes", type=click.IntRange(1, 10_000), metavar="N", help="Make N access codes.")
@click.option(
    "--participants",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Make a personal link for each participant of a list: a table with a column participant, or one id a line.",
)
@click.option("--column", metavar="NAME", help="With --participants: the column that holds their ids, where it is called otherwise.")
@click.option("--encoding", metavar="NAME", help="With --participants: encoding of the file, for example cp1252. [default: guessed]")
@click.option("--renew", is_flag=True, help="With --participants: replace the links of people who have one; those open nothing any more.")
@click.option("--check", is_flag=True, help="Say what would be made and for whom, and write nothing.")
@click.option("--code", metavar="TEXT", help="Make one access code of your own choice, of 8 letters or digits at least.")
@click.option(
    "--uses", type=click.IntRange(min=1), metavar="N", help="How many people may begin with each code. [default: 1; with --code: any number]"
)
@click.option("--address", metavar="URL", help="Where the study is served, for whole links: https://survey.example.org")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="CSV to write; must not be there yet.")
@click.option(
    "--database",
    envvar="QMETHOD_DATABASE",
    metavar="URL",
    help="Where the responses are kept; also read from QMETHOD_DATABASE. [default: sqlite:///qmethod-responses.sqlite3, in this folder]",
)
def command(study: str, out: Path | None, database: str | None, **given: Any) -> None:
    """Make personal links or access codes for a study.

    STUDY is a folder with study.yaml, the name of a study that ships, or of one in the database. What is written cannot be shown again: the
    database keeps no link and no code, only what is needed to know them when they come back.

    With --participants it is said first how the file was read. Its other columns stand beside each link, for a mail merge. Nobody's link is
    replaced unless --renew says so, and --check does all but write.

    \b
    Example:
      qmethod invite leadership --links 40 --address https://survey.example.org --out invitations.csv
      qmethod invite leadership --participants people.csv --check
      qmethod invite leadership --code leeds-autumn --uses 200 --out code.csv
    """  # noqa: D301 - click reads \b
    from qmethod_studies.invitees import read_invitees
    from qmethod_studies.store import DEFAULT_URL

    _fit(out, **given)
    people = read_invitees(given["participants"], given["column"], given["encoding"]) if given["participants"] else None
    for line in people.understood() if people else ():
        click.echo(line)
    wanted = _wanted(people, **given)
    if given["check"]:
        _check(database or DEFAULT_URL, study, wanted, people, out)
    elif out is not None:
        _write(database or DEFAULT_URL, study, wanted, people, out)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be made.

    Parameters
    ----------
    kind : {"link", "code"}
    participants : sequence of str or None
        Whom each is for, None for anybody.
    uses : int or None
        How many people may begin with each; None for any number.
    code : str or None
        One that was chosen.
    address : str or None
        Put in front of links.
    renew : bool
        Whether earlier links of the same participants are replaced.
    """

    kind: AccessKind
    participants: Sequence[str | None]
    uses: int | None
    code: str | None
    address: str | None
    renew: bool

    @property
    def what(self) -> str:
        """``1 personal link``, ``2 access codes``."""
        return count(len(self.participants), {"link": "personal link", "code": "access code"}[self.kind])


def _fit(out: Path | None, **given: Any) -> None:
    """Refuse options that do not go together."""
    if sum(given[name] is not None for name in ("links", "codes", "participants", "code")) != 1:
        raise click.UsageError("Say what to make, one of: --links N, --codes N, --participants FILE, --code TEXT.")
    if given["uses"] is not None and given["codes"] is None and given["code"] is None:
        raise click.UsageError("--uses goes with --codes or --code: a personal link is for one person.")
    for name in ("column", "encoding", "renew"):
        if given[name] and given["participants"] is None:
            raise click.UsageError(f"--{name} goes with --participants FILE.")
    if given["address"] is not None and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", given["address"], re.IGNORECASE):
        raise click.UsageError(f"--address {given['address']!r} is no address such as https://survey.example.org")
    if out is None and not given["check"]:
        raise click.UsageError("Missing option '--out': name the CSV to write, or add --check to see what would be made.")


def _wanted(people: Invitees | None, **given: Any) -> Wanted:
    return Wanted(
        kind="link" if given["links"] or people else "code",
        participants=people.ids if people else [None] * (given["links"] or given["codes"] or 1),
        uses=given["uses"] if given["uses"] is not None else None if given["code"] else 1,
        code=given["code"],
        address=given["address"],
        renew=given["renew"],
    )


def _check(database: str, study: str, wanted: Wanted, people: Invitees | None, out: Path | None) -> None:
    """Say what would be made, and refuse what would be refused; nothing is written."""
    from qmethod_studies.store import AlreadyInvited, Store, is_there
    from qmethod_studies.store.access import new_secrets

    new_secrets(wanted.kind, wanted.participants, wanted.uses, wanted.code)
    if out is not None and out.exists():
        raise _there(out)
    earlier: tuple[str, ...] = ()
    if is_there(database):
        with Store.open(database, must_exist=True) as store:
            definition, _new = _found(store, study)
            earlier = store.invited(definition.study, wanted.kind, wanted.participants)
    else:
        definition = _from_files(study)
    if earlier and not wanted.renew:
        raise _invited(AlreadyInvited(earlier), people, len(wanted.participants))
    click.echo(f"A check: nothing was written. Without --check this makes {wanted.what} for the study {definition.study}.")
    if earlier:
        click.echo(f"It replaces the links of {_some(earlier)}: those that were sent to them open nothing any more.")
    _mind(definition, wanted)


def _write(database: str, study: str, wanted: Wanted, people: Invitees | None, out: Path) -> None:
    from qmethod_studies.store import AlreadyInvited, Store, is_there, without_password

    made_new = not is_there(database)
    with _new_file(out) as file, Store.open(database) as store:
        definition, new = _found(store, study)
        if new:
            store.register(definition)

        def deliver(made: Sequence[Invitation]) -> None:
            file.write(table(made, wanted.address, people))
            file.flush()
            os.fsync(file.fileno())

        try:
            made = store.invite(
                definition.study,
                wanted.kind,
                participants=wanted.participants,
                uses=wanted.uses,
                secret=wanted.code,
                renew=wanted.renew,
                deliver=deliver,
            )
        except AlreadyInvited as error:
            raise _invited(error, people, len(wanted.participants)) from None
    click.echo(
        f"Written: {out} ({wanted.what}), readable by you only. They cannot be shown again: keep the file until they are sent, then delete it."
    )
    where = without_password(database)
    click.echo(f"Known to the database {where}{', which is new' if made_new else ''}: the server must be started with the same one.")
    if replaced := sum(one.replaces for one in made):
        click.echo(f"{count(replaced, 'earlier link')} replaced: what was sent with {'it' if replaced == 1 else 'them'} opens nothing any more.")
    _mind(definition, wanted)


def _mind(definition: Study, wanted: Wanted) -> None:
    """What is easily overlooked."""
    if wanted.kind == "link" and not wanted.address:
        click.echo("The links begin with /: put the address of your server in front, or give it with --address.")
    access = definition.access.kind
    if access == "open":
        click.echo("Mind that the study says access: open, so whoever has its address may take part without any of these.")
    elif access == "link" and wanted.kind == "code":
        click.echo("Mind that the study says access: link, so codes do not open it.")


def _invited(error: AlreadyInvited, people: Invitees | None, n: int) -> DataError:
    """What is said where links that are in use would be replaced."""
    from qmethod.errors import DataError, Fault

    names = error.participants
    have = "has a personal link" if len(names) == 1 else "have personal links"
    advice = (
        "Links that were sent to them would open nothing any more. To invite the others only, take these out of the list; "
        "to replace theirs on purpose, add --renew."
    )
    message = f"{len(names)} of {count(n, 'participant')} {have} already: {_some(names)}; nothing was written"
    return DataError([Fault(message, file=people.file if people else None, advice=advice)])


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


@contextmanager
def _new_file(path: Path) -> Iterator[IO[str]]:
    """A new file for its owner only, made before anything else: secrets that could not be written would be lost. Removed where anything fails."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _there(path) from None
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _there(path: Path) -> DataError:
    from qmethod.errors import DataError, Fault

    message = "the file is there already, and its links or codes may still be needed"
    return DataError([Fault(message, file=str(path), advice="Choose another name.")])


def _found(store: Store, study: str) -> tuple[Study, bool]:
    """The definition of a study, and whether it comes from files, so that the store may not know it yet."""
    from qmethod_analysis.commands.export import is_definition

    if not is_definition(study) and study in {found.name for found in store.studies()}:
        return store.study(study), False
    return _from_files(study), True


def _from_files(study: str) -> Study:
    from qmethod_studies.loading import find, load

    return load(find(study))


def table(made: Sequence[Invitation], address: str | None, people: Invitees | None = None) -> str:
    """Invitations as CSV: participant, link or code, uses, and what stood beside each participant.

    Parameters
    ----------
    made : sequence of Invitation
        With their secrets.
    address : str, optional
        Put in front of links.
    people : Invitees, optional
        Whom they are for, in the same order. The text is written for the program that their file came from.
    """
    import csv
    import io

    from qmethod.formats.spreadsheet import safe_text

    out = io.StringIO(newline="")
    out.write("\ufeff" if people and people.marked else "")
    writer = csv.writer(out, lineterminator="\n", delimiter=people.delimiter if people else ",")
    writer.writerow(["participant", made[0].kind, "uses", *map(safe_text, people.others if people else ())])
    for one, beside in zip(made, people.cells if people else [()] * len(made), strict=True):
        secret = one.secret or ""
        # A code is what people type: left as it is, because it begins with a letter or digit unless its author chose otherwise.
        shown = f"{(address or '').rstrip('/')}/{one.study}/i/{secret}" if one.kind == "link" else safe_text(secret)
        uses = one.uses if one.uses is not None else "any number"
        writer.writerow([safe_text(one.participant or ""), shown, uses, *map(safe_text, beside)])
    return out.getvalue()
