"""``qmethod invite``: personal links and access codes for a study."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from qmethod.errors import DataError, Fault
from qmethod.wording import counted, listed
from qmethod_analysis.commands.options import STUDY, database_option, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.recipe.typed import MOST_DRAWN

if TYPE_CHECKING:
    from qmethod_studies.definition import Study
    from qmethod_studies.invitees import Invitees
    from qmethod_studies.store import AccessKind, AlreadyInvited, Invitation, Store


@click.command("invite", cls=PlainCommand)
@click.argument("study", type=STUDY, metavar="STUDY")
@click.option("--links", type=click.IntRange(1, 100_000), metavar="N", help="Make N personal links.")
@click.option("--codes", type=click.IntRange(1, 10_000), metavar="N", help="Make N access codes.")
@click.option(
    "--participants",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Make a personal link for each participant of a list: a table with a column participant, or one id a line; - for standard input.",
)
@click.option("--column", metavar="NAME", help="With --participants: the column that holds their ids, where it is called otherwise.")
@click.option("--encoding", metavar="NAME", help="With --participants: encoding of the file, for example cp1252. [default: guessed]")
@click.option("--renew", is_flag=True, help="With --participants: replace the links of people who have one; those open nothing any more.")
@click.option("--check", is_flag=True, help="Say what would be made and for whom, and write nothing.")
@click.option("--code", metavar="TEXT", help="Make one access code of your own choice, of 8 letters or digits at least, and not easy to guess.")
@click.option(
    "--uses", type=click.IntRange(1, MOST_DRAWN), metavar="N", help="How many people may begin with each code. [default: 1; with --code: any number]"
)
@click.option("--condition", metavar="ID", help="The condition of instruction that they lead to, for a study that says assign: by link.")
@click.option(
    "--signed",
    is_flag=True,
    help="With --participants: links that bear the id itself, with a signature, for a study that says access.signed: true.",
)
@click.option("--address", metavar="URL", help="Where the study is served, for whole links: https://survey.example.org")
@out_option("CSV to write", metavar="FILE")
@overwrite_option
@database_option
@voice_options
def command(study: str, out: Path | None, overwrite: bool, database: str | None, **given: Any) -> None:
    """Make personal links or access codes for a study.

    STUDY is a folder with study.yaml, the folder of an export, the name of a study that ships with a definition, or of one in the database. What is
    written cannot be shown again, unless it is --signed: the database keeps no link and no code, only what is needed to know them when they come
    back.

    With --participants it is said first how the file was read. Its other columns stand beside each link, for a mail merge. Nobody's link is
    replaced unless --renew says so, and --check does all but write.

    \b
    Example:
      qmethod invite leadership --links 40 --address https://survey.example.org --out invitations.csv
      qmethod invite leadership --participants people.csv --check
      qmethod invite my-study --participants half.csv --condition ideal --out ideal.csv
      qmethod invite leadership --code leeds-autumn-4417 --uses 200 --out code.csv
    """  # noqa: D301 - click reads \b
    from qmethod_studies.store import DEFAULT_URL

    _fit(out, **given)
    people = _people(given["participants"], given["column"], given["encoding"]) if given["participants"] else None
    wanted = _wanted(people, **given)
    if given["check"]:
        _check(database or DEFAULT_URL, study, wanted, people, out, overwrite=overwrite)
    elif out is not None:
        _write(database or DEFAULT_URL, study, wanted, people, out, overwrite=overwrite)


def _people(name: str, column: str | None, encoding: str | None) -> Invitees:
    """A list of people, from a file or through a pipe."""
    from qmethod_analysis.commands.receiving import STANDARD_INPUT, is_received, received
    from qmethod_studies.invitees import read_invitees

    people = read_invitees(Path(received(name)), column, encoding)
    return replace(people, file=STANDARD_INPUT if name == "-" else name) if is_received(name) else people


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
    condition : str or None
        The condition of instruction that they lead to.
    signed : bool
        Whether they are addresses that bear the ids, for which nothing is kept.
    """

    kind: AccessKind
    participants: Sequence[str | None]
    uses: int | None
    code: str | None
    address: str | None
    renew: bool
    condition: str | None
    signed: bool

    @property
    def what(self) -> str:
        """``1 personal link``, ``2 access codes``."""
        if self.signed:
            return counted(len(self.participants), "signed link")
        return counted(len(self.participants), {"link": "personal link", "code": "access code"}[self.kind])


def _fit(out: Path | None, **given: Any) -> None:
    """Refuse options that do not go together."""
    from qmethod_analysis.commands.faults import AdvisedUsage

    if sum(given[name] is not None for name in ("links", "codes", "participants", "code")) != 1:
        advice = "Give one of: --links N, --codes N, --participants FILE, --code TEXT."
        raise AdvisedUsage("it must be said what to make, and one thing at a time", advice, click.get_current_context())
    if given["uses"] is not None and given["codes"] is None and given["code"] is None:
        raise click.UsageError("--uses goes with --codes or --code: a personal link is for one person")
    if given["signed"] and given["renew"]:
        raise click.UsageError("--signed and --renew do not go together: a signed link is the same whenever it is made")
    for name in ("column", "encoding", "renew", "signed"):
        if given[name] and given["participants"] is None:
            raise click.UsageError(f"--{name} goes with --participants FILE")
    if given["address"] is not None and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", given["address"], re.IGNORECASE):
        raise click.UsageError(f"--address {given['address']!r} is no address such as https://survey.example.org")
    if out is None and not given["check"]:
        advice = "Name the CSV to write, or add --check to see what would be made."
        raise AdvisedUsage("missing option '-o' / '--out'", advice, click.get_current_context())


def _wanted(people: Invitees | None, **given: Any) -> Wanted:
    return Wanted(
        kind="link" if given["links"] or people else "code",
        participants=people.ids if people else [None] * (given["links"] or given["codes"] or 1),
        uses=given["uses"] if given["uses"] is not None else None if given["code"] else 1,
        code=given["code"],
        address=given["address"],
        renew=given["renew"],
        condition=given["condition"],
        signed=given["signed"],
    )


def _check(database: str, study: str, wanted: Wanted, people: Invitees | None, out: Path | None, *, overwrite: bool) -> None:
    """Say what would be made, and refuse what would be refused; nothing is written."""
    from qmethod_analysis.commands.speaking import answer, say, wants_json
    from qmethod_studies.store import AlreadyInvited, Store, is_there
    from qmethod_studies.store.access import new_secrets

    new_secrets(wanted.kind, wanted.participants, wanted.uses, wanted.code)
    if out is not None:
        _check_file(out, overwrite=overwrite)
    earlier: tuple[str, ...] = ()
    if is_there(database):
        with Store.open(database, must_exist=True) as store:
            definition, _new = _found(store, study)
            _suits(definition, wanted)
            earlier = store.invited(definition.study, wanted.kind, wanted.participants)
    else:
        definition = _from_files(study)
        _suits(definition, wanted)
    if earlier and not wanted.renew:
        raise _invited(AlreadyInvited(earlier), people, len(wanted.participants))
    mind = _mind(definition, wanted)
    if wants_json():
        answer({**_values(definition, wanted, people), "replaced": len(earlier), "notes": mind, "written": []})
    say(*(people.understood() if people else ()))
    say(f"A check: nothing was written. Without --check this makes {wanted.what} for the study {definition.study}.")
    if earlier:
        say(f"It replaces the links of {listed(earlier)}: those that were sent to them open nothing any more.")
    say(*mind)


def _values(definition: Study, wanted: Wanted, people: Invitees | None) -> dict[str, Any]:
    """What is made, in JSON's types; no secret is in it."""
    understood = people.understood() if people else []
    return {"study": definition.study, "kind": wanted.kind, "n": len(wanted.participants), "uses": wanted.uses, "understood": understood}


def _write(database: str, study: str, wanted: Wanted, people: Invitees | None, out: Path, *, overwrite: bool) -> None:
    from qmethod_analysis.commands.speaking import answer, next_steps, say, wants_json
    from qmethod_analysis.commands.working import working
    from qmethod_studies.store import DEFAULT_URL, AlreadyInvited, Store, is_there, without_password
    from qmethod_studies.store.access import new_secrets

    made_new = not is_there(database)
    if made_new:  # no database for a study that is nowhere, nor for invitations that it would not take
        _suits(_from_files(study), wanted)
        new_secrets(wanted.kind, wanted.participants, wanted.uses, wanted.code)
    with working(f"Making {wanted.what}"), _new_file(out, overwrite=overwrite) as file, Store.open(database) as store:
        definition, new = _found(store, study)
        _suits(definition, wanted)
        if new:
            store.register(definition)

        def deliver(made: Sequence[Invitation]) -> None:
            signature = partial(store.signature, definition.study) if wanted.signed else None
            file.write(table(made, wanted.address, people, definition.access.participant_parameter, signature))
            file.flush()
            os.fsync(file.fileno())

        try:
            if wanted.signed:
                made = _unkept(definition, wanted)
                deliver(made)
            else:
                made = store.invite(
                    definition.study,
                    wanted.kind,
                    participants=wanted.participants,
                    uses=wanted.uses,
                    secret=wanted.code,
                    renew=wanted.renew,
                    condition=wanted.condition,
                    deliver=deliver,
                )
        except AlreadyInvited as error:
            raise _invited(error, people, len(wanted.participants)) from None
    replaced, mind = sum(one.replaces for one in made), _mind(definition, wanted)
    if wants_json():
        answer({**_values(definition, wanted, people), "replaced": replaced, "notes": mind, "written": [str(out)]})
    say(*(people.understood() if people else ()))
    again = "The same call makes the same again" if wanted.signed else "They cannot be shown again"
    say(f"Written: {out} ({wanted.what}), readable by you only. {again}: keep the file until they are sent, then delete it.")
    where = without_password(database)
    say(f"Known to the database {where}{', which is new' if made_new else ''}: the server must be started with the same one.")
    if replaced:
        say(f"{counted(replaced, 'earlier link')} replaced: what was sent with {'it' if replaced == 1 else 'them'} opens nothing any more.")
    say(*mind)
    given = ("--database", database) if database != DEFAULT_URL else ()
    next_steps(("serve", Path(study) if Path(study).exists() else study, *given))


def _unkept(definition: Study, wanted: Wanted) -> list[Invitation]:
    """Invitations by signed address: nothing is kept of them, because the signature says by itself that it is ours."""
    from qmethod_studies.store import Invitation
    from qmethod_studies.store.access import new_secrets

    new_secrets(wanted.kind, wanted.participants, wanted.uses, None)  # for its faults
    return [Invitation(id=0, study=definition.study, kind="link", participant=name, uses=1, used=0) for name in wanted.participants]


def _suits(definition: Study, wanted: Wanted) -> None:
    """Refuse invitations that the study would not take, or that say less than it needs.

    Raises
    ------
    DataError
    """
    ids = ", ".join(one.id for one in definition.conditions)
    by_link = definition.assign == "by link" and bool(definition.conditions)
    faults = []
    if by_link and wanted.condition is None:
        faults.append(Fault("the study assigns conditions by link, and these name none", advice=f"Add --condition: {ids}."))
    if wanted.condition is not None and not by_link:
        advice = "Leave --condition out, or set assign: by link in study.yaml."
        faults.append(Fault("the study does not assign conditions by link", advice=advice))
    if wanted.condition is not None and by_link and wanted.condition not in {one.id for one in definition.conditions}:
        faults.append(Fault(f"the study has no condition {wanted.condition!r}", advice=f"It has {ids}."))
    if wanted.signed and not definition.access.signed:
        faults.append(Fault("the study takes ids in the address without a signature", advice="Set access: {signed: true} in study.yaml."))
    if wanted.signed and by_link:
        faults.append(Fault("a signed link names no condition, and the study assigns them by link", advice="Make personal links instead."))
    if faults:
        raise DataError(faults)


def _mind(definition: Study, wanted: Wanted) -> list[str]:
    """What is easily overlooked."""
    from qmethod_studies.admission import people_wanted

    found = []
    if wanted.kind == "link" and not wanted.address:
        found.append("The links begin with /: put the address of your server in front, or give it with --address.")
    access = definition.access.kind
    if access == "open" and not wanted.signed:
        found.append("Mind that the study says access: open, so whoever has its address may take part without any of these.")
    places, uses = people_wanted(definition), wanted.uses
    if places is not None and uses is not None and (opened := uses * len(wanted.participants)) > places:
        found.append(f"Mind that the study has a quota of {places:,}, and these open it to {opened:,}: whoever comes when it is full is told so.")
    if access == "link" and wanted.kind == "code":
        found.append("Mind that the study says access: link, so codes do not open it.")
    return found


def _invited(error: AlreadyInvited, people: Invitees | None, n: int) -> DataError:
    """What is said where links that are in use would be replaced."""
    names = error.participants
    have = "has a personal link" if len(names) == 1 else "have personal links"
    advice = (
        "Links that were sent to them would open nothing any more. To invite the others only, take these out of the list; "
        "to replace theirs on purpose, add --renew."
    )
    message = f"{len(names)} of {counted(n, 'participant')} {have} already: {listed(names)}; nothing was written"
    return DataError([Fault(message, file=people.file if people else None, advice=advice)])


@contextmanager
def _new_file(path: Path, *, overwrite: bool) -> Iterator[IO[str]]:
    """A new file for its owner only, made before anything else: secrets that could not be written would be lost. Removed where anything fails.

    An earlier file of invitations in its place goes last, and only where it may be overwritten.
    """
    from qmethod_analysis.folder.renewing import earlier

    _check_file(path, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.part") if path.exists() else path
    try:
        number = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise DataError([earlier("file of invitations", made, otherwise=False)]) from None
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
    except BaseException as error:
        made.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(error.errno, error.strerror, str(path)) from None  # what is written through an open file names none
        raise
    if made != path:
        made.replace(path)  # where this fails, the invitations lie beside it


def _check_file(path: Path, *, overwrite: bool) -> None:
    from qmethod_analysis.folder.renewing import check_file

    check_file(path, None, "file of invitations", _is_invitations, overwrite=overwrite)


def _is_invitations(content: bytes) -> bool:
    """Whether a content begins as `table` begins."""
    first = content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return re.match(rb"participant(.)(link|code)\1uses", first) is not None


def _found(store: Store, study: str) -> tuple[Study, bool]:
    """The definition of a study, and whether it comes from files, so that the store may not know it yet."""
    from qmethod_analysis.commands.export import is_definition, study_name

    if not is_definition(study) and (name := study_name(study, known := [found.name for found in store.studies()])) in known:
        return store.study(name), False
    return _from_files(study), True


def _from_files(study: str) -> Study:
    from qmethod_studies.loading import find, load

    return load(find(study))


def table(
    made: Sequence[Invitation],
    address: str | None,
    people: Invitees | None = None,
    parameter: str = "participant",
    signature: Callable[[str], str] | None = None,
) -> str:
    """Invitations as CSV: participant, link or code, uses, and what stood beside each participant.

    Parameters
    ----------
    made : sequence of Invitation
        With their secrets.
    address : str, optional
        Put in front of links.
    people : Invitees, optional
        Whom they are for, in the same order. The text is written for the program that their file came from.
    parameter : str, default "participant"
        Name of the part of the address that carries the id, for signed addresses.
    signature : callable, optional
        Gives the signature of an id; the links are then addresses that bear the ids.
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
        if signature is not None and one.participant is not None:
            query = urlencode({parameter: one.participant, "signature": signature(one.participant)}, quote_via=quote)
            shown = f"{(address or '').rstrip('/')}/{one.study}/?{query}"
        uses = one.uses if one.uses is not None else "any number"
        writer.writerow([safe_text(one.participant or ""), shown, uses, *map(safe_text, beside)])
    return out.getvalue()
