"""``qmethod invite``: personal links and access codes for a study."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from studies.definition import Study
    from studies.store import AccessKind, Invitation, Store


@click.command("invite")
@click.argument("study", metavar="STUDY")
@click.option("--links", type=click.IntRange(1, 100_000), metavar="N", help="Make N personal links.")
@click.option("--codes", type=click.IntRange(1, 10_000), metavar="N", help="Make N access codes.")
@click.option(
    "--participants",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Make a personal link for each participant of a CSV (the column participant, or the first).",
)
@click.option("--code", metavar="TEXT", help="Make one access code of your own choice, of 8 letters or digits at least.")
@click.option(
    "--uses", type=click.IntRange(min=1), metavar="N", help="How many people may begin with each code. [default: 1; with --code: any number]"
)
@click.option("--address", metavar="URL", help="Where the study is served, for whole links: https://survey.example.org")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE", help="CSV to write; must not be there yet.")
@click.option(
    "--database",
    envvar="QMETHOD_DATABASE",
    metavar="URL",
    help="Where the responses are kept; also read from QMETHOD_DATABASE. [default: sqlite:///qmethod-responses.sqlite3, in this folder]",
)
def command(
    study: str,
    links: int | None,
    codes: int | None,
    participants: Path | None,
    code: str | None,
    uses: int | None,
    address: str | None,
    out: Path,
    database: str | None,
) -> None:
    """Make personal links or access codes for a study.

    STUDY is a folder with study.yaml, the name of a study that ships, or of one in the database. What is written cannot be shown again: the
    database keeps no link and no code, only what is needed to know them when they come back.

    \b
    Example:
      qmethod invite leadership --links 40 --address https://survey.example.org --out invitations.csv
      qmethod invite leadership --code leeds-autumn --uses 200 --out code.csv
    """  # noqa: D301 - click reads \b
    from studies.store import DEFAULT_URL, Store

    if sum(given is not None for given in (links, codes, participants, code)) != 1:
        raise click.UsageError("Say what to make, one of: --links N, --codes N, --participants FILE, --code TEXT.")
    if uses is not None and codes is None and code is None:
        raise click.UsageError("--uses goes with --codes or --code: a personal link is for one person.")
    if address is not None and not re.match(r"https?://[^\s/]+", address):
        raise click.UsageError(f"--address {address!r} is no address such as https://survey.example.org")
    whom: Sequence[str | None] = read_participants(participants) if participants else [None] * (links or codes or 1)
    kind: AccessKind = "link" if links or participants else "code"
    most = uses if uses is not None else None if code else 1
    with _new_file(out) as file, Store.open(database or DEFAULT_URL) as store:
        definition = _served(store, study)
        made = store.invite(definition.study, kind, participants=whom, uses=most, secret=code)
        file.write(table(made, address))
    what = {"link": "personal link", "code": "access code"}[kind] + ("s" if len(made) > 1 else "")
    click.echo(
        f"Written: {out} ({len(made)} {what}), readable by you only. They cannot be shown again: keep the file until they are sent, then delete it."
    )
    if kind == "link" and not address:
        click.echo("The links begin with /: put the address of your server in front, or give it with --address.")
    access = definition.access.kind
    if access == "open":
        click.echo("Mind that the study says access: open, so whoever has its address may take part without any of these.")
    elif access == "link" and kind == "code":
        click.echo("Mind that the study says access: link, so codes do not open it.")


@contextmanager
def _new_file(path: Path) -> Iterator[IO[str]]:
    """A new file for its owner only, made before anything else: secrets that could not be written would be lost. Removed where anything fails."""
    from qmethod.errors import DataError, Fault

    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        message = "the file is there already, and its links or codes may still be needed"
        raise DataError([Fault(message, file=str(path), advice="Choose another name.")]) from None
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _served(store: Store, study: str) -> Study:
    """The definition of a study, put into the store where it comes from files."""
    from analysis.commands.export import is_definition
    from studies.loading import find, load

    if not is_definition(study) and study in {found.name for found in store.studies()}:
        return store.study(study)
    definition = load(find(study))
    store.register(definition)
    return definition


def read_participants(path: Path) -> list[str]:
    """Ids of participants from a CSV: the column ``participant`` where there is one, else the first; blanks at the ends are taken off.

    Raises
    ------
    DataError
        If there are none, or the file is no text.
    """
    import csv
    import io

    from qmethod.errors import DataError, Fault
    from qmethod.formats.headings import PARTICIPANT_HEADERS, plain

    try:
        rows = [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError([Fault(f"the file cannot be read as CSV in UTF-8: {error}", file=str(path), advice="Save it as CSV UTF-8.")]) from None
    header = [plain(cell) for cell in rows[0]] if rows else []
    column = next((i for i, name in enumerate(header) if name in PARTICIPANT_HEADERS), None)
    names = [row[column or 0].strip() if len(row) > (column or 0) else "" for row in rows[column is not None :]]
    if not names or not all(names):
        advice = "Write one id a line, under the header participant."
        raise DataError([Fault("the file names no participants" if not names else "a line names no participant", file=str(path), advice=advice)])
    return names


def table(made: Sequence[Invitation], address: str | None) -> str:
    """Invitations as CSV: participant, and link or code.

    Parameters
    ----------
    made : sequence of Invitation
        With their secrets.
    address : str, optional
        Put in front of links.
    """
    import csv
    import io

    from qmethod.formats.spreadsheet import safe_text

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["participant", made[0].kind, "uses"])
    for one in made:
        secret = one.secret or ""
        # A code is what people type: left as it is, because it begins with a letter or digit unless its author chose otherwise.
        shown = f"{(address or '').rstrip('/')}/{one.study}/i/{secret}" if one.kind == "link" else safe_text(secret)
        writer.writerow([safe_text(one.participant or ""), shown, one.uses if one.uses is not None else "any number"])
    return out.getvalue()
