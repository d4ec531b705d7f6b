"""``qmethod responses``: who has answered, one answer, and taking answers out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import STUDY, database_option, voice_options
from qmethod_analysis.commands.tolerance import SuggestingGroup

if TYPE_CHECKING:
    from qmethod_studies.definition import Study
    from qmethod_studies.store import Given, Person, Response, Store

REMAINS = (
    "Backups made before hold them still: what was written and answered, and the ids, can be read there by nobody who has no earlier copy "
    "of the keys; how cards were placed can. Make a new backup, which renews the copy of the keys. Exports made before hold all of it: "
    "delete it there too."
)
"""What is left elsewhere of somebody who was taken out."""
WITHDRAWN = "That somebody withdrew is counted, with the day."
ERASED = "Nothing counts them; a backup that is put back leaves them out and counts them as withdrawn."

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
people_argument = click.argument("people", nargs=-1, required=True, metavar="ID|CODE...")


@click.group("responses", cls=SuggestingGroup)
def command() -> None:
    """List, show, withdraw and erase responses.

    \b
    Example:
      qmethod responses list leadership
      qmethod responses show leadership P-0815
      qmethod responses withdraw leadership 7CTZ-JF79-8EMZ
    """  # noqa: D301 - click reads \b


@command.command("list")
@click.argument("study", type=STUDY, metavar="STUDY")
@database_option
@voice_options
def list_(study: str, database: str | None) -> None:
    """List who has begun and sent what, and who was invited by id and has not begun.

    STUDY is the short name of a study in the database, a folder with study.yaml, or the folder of an export. Whoever came without an id is listed
    under the pseudonym that was drawn for them. Codes are not kept, so none is listed.

    \b
    Example:
      qmethod responses list leadership
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.speaking import say, wants_json
    from qmethod_studies.store import DEFAULT_URL, Store

    with Store.open(database or DEFAULT_URL, must_exist=True) as store:
        name = _name(store, study)
        found = store.people(name)
        if wants_json():
            _print_json(name, found)
            return
        nobody = True
        for person in found:
            nobody = False
            say(*(_line(person, one) for one in person.sorts or (None,)))
        if nobody:
            say(f"Nobody has begun {name}, and nobody was invited by id.")


def _print_json(name: str, found: Iterator[Person]) -> None:
    """One document, a person at a time: there may be many."""
    import json

    click.echo(f'{{\n "study": {json.dumps(name)},\n "people": [', nl=False)
    for i, person in enumerate(found):
        inner = json.dumps(_values(person), ensure_ascii=False, indent=1).replace("\n", "\n  ")
        click.echo(f"{',' if i else ''}\n  {inner}", nl=False)
    click.echo("\n ]\n}")


@command.command("show")
@click.argument("study", type=STUDY, metavar="STUDY")
@click.argument("person", metavar="ID|CODE")
@database_option
@voice_options
def show(study: str, person: str, database: str | None) -> None:
    """Show all that one person gave: placements, answers and comments.

    STUDY is named as for qmethod responses list. ID is that of the participant, as that lists it; CODE is the code that the person was given.

    \b
    Example:
      qmethod responses show leadership P-0815
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.speaking import answer, say, wants_json
    from qmethod_studies.store import DEFAULT_URL, Store

    with Store.open(database or DEFAULT_URL, must_exist=True) as store:
        name = _name(store, study)
        found = store.person(name, person)
        given = store.given(found.number) if found.number is not None else []
        definitions = {one.version: store.study(name, one.version) for one in given}
    if wants_json():
        answer({"study": name, **_values(found), "sorts": [{**_sort(of), **_content(one)} for of, one in zip(found.sorts, given, strict=True)]})
    for of, one in zip(found.sorts, given, strict=True):
        say(_line(found, of), *_shown(definitions[one.version], one))


@command.command("withdraw")
@click.argument("study", type=STUDY, metavar="STUDY")
@people_argument
@yes_option
@database_option
@voice_options
def withdraw(study: str, people: Sequence[str], yes: bool, database: str | None) -> None:
    """Withdraw people, as they do with their code: all they gave is deleted, and it is counted that somebody withdrew.

    For those who ask for it and have lost their code. STUDY is named as for qmethod responses list. Each is named by ID, that of the participant,
    or by CODE, their own. Their key is overwritten, so that backups made before forget what they wrote, answered and are called, unless somebody
    has kept an earlier copy of the keys.

    \b
    Example:
      qmethod responses withdraw leadership P-0815
    """  # noqa: D301 - click reads \b
    _take_out(study, people, database, yes=yes, counted=True)


@command.command("erase")
@click.argument("study", type=STUDY, metavar="STUDY")
@people_argument
@yes_option
@database_option
@voice_options
def erase(study: str, people: Sequence[str], yes: bool, database: str | None) -> None:
    """Erase people: all they gave is deleted as by a withdrawal, and nothing counts them.

    For sorts that nobody gave in earnest: trials of your own, programs. STUDY is named as for qmethod responses list. Each is named by ID, that of
    the participant, or by CODE, their own.

    \b
    Example:
      qmethod responses erase leadership my-own-trial
    """  # noqa: D301 - click reads \b
    _take_out(study, people, database, yes=yes, counted=False)


def _take_out(study: str, named: Sequence[str], database: str | None, *, yes: bool, counted: bool) -> None:
    """Say who would go, ask, and take them out."""
    from qmethod_analysis.commands.speaking import answer, say, silent, wants_json
    from qmethod_studies.store import DEFAULT_URL, Store

    if silent() and not yes:
        raise click.UsageError("what cannot be undone is asked about, and with --json or --quiet there is nobody to ask: add --yes")
    done = "withdrawn" if counted else "erased"
    with Store.open(database or DEFAULT_URL, must_exist=True) as store:
        name = _name(store, study)
        found = list({one.number: one for one in (store.person(name, who) for who in named)}.values())
        say(*(_line(person, one) for person in found for one in person.sorts))
        if not yes:
            click.confirm(f"Delete all that {_people(len(found))} gave, for good?", abort=True)
        store.take_out(name, [one.number for one in found if one.number is not None], counted=counted)
    if wants_json():
        answer({"study": name, done: [one.participant for one in found]})
    say(f"Deleted: all that {_people(len(found))} gave. {WITHDRAWN if counted else ERASED}", REMAINS)


def _name(store: Store, study: str) -> str:
    from qmethod_analysis.commands.export import study_name

    return study_name(study, store.names())


def _people(n: int) -> str:
    return "1 person" if n == 1 else f"{n:,} people"


def _plain(text: str) -> str:
    """What somebody wrote in one line, without signs that a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).date().isoformat()


def _line(person: Person, one: Given | None) -> str:
    """A person and one of their sorts, in a line."""
    if one is None:
        return f"{_plain(person.participant)}: invited, not begun"
    occasion = "".join(f" {part}" for part in (one.wave, one.condition) if part)
    state = f"sent {_day(one.submitted)}" if one.submitted is not None else f"not sent, last act {_day(one.updated)}"
    return f"{_plain(person.participant)}:{occasion} begun {_day(one.started)}, {state}{', simulated' if person.simulated else ''}"


def _values(person: Person) -> dict[str, Any]:
    """A person in JSON's types."""
    return {"participant": person.participant, "simulated": person.simulated, "sorts": [_sort(one) for one in person.sorts]}


def _sort(one: Given) -> dict[str, Any]:
    return {
        "condition": one.condition,
        "wave": one.wave,
        "version": one.version,
        "status": one.status,
        "started": _day(one.started),
        "updated": _day(one.updated),
        "submitted": _day(one.submitted),
    }


def _content(one: Response) -> dict[str, Any]:
    """What somebody gave, in JSON's types."""
    return {
        "language": one.language,
        "piles": dict(one.board.piles),
        "placements": {name: {"column": place.column, "placed_by": place.by} for name, place in one.board.places.items()},
        "answers": dict(one.answers),
        "comments": dict(one.comments),
    }


def _shown(study: Study, one: Response) -> Iterator[str]:
    """What somebody gave, in lines."""
    from qmethod_studies.definition import column_label

    by_column: dict[float, list[str]] = {}
    for name, place in one.board.places.items():
        by_column.setdefault(place.column, []).append(name)
    for column in sorted(by_column):
        yield f"  {column_label(column)}: {' '.join(name for name in study.ids if name in by_column[column])}"
    yield from (f"  {question}: {_plain(value if isinstance(value, str) else repr(value))}" for question, value in one.answers.items())
    yield from (f"  {name}: {_plain(text)}" for name, text in one.comments.items())
