"""The people of a study as whoever runs it sees them: who has begun and sent what, found by their id or their code, and taken out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from qmethod.errors import DataError, Fault
from qmethod_studies.store import beginning, rows
from qmethod_studies.store.access import salt_of
from qmethod_studies.store.keyring import keyring, mark
from qmethod_studies.store.models import invitation, person, response, study_version
from qmethod_studies.store.origins import origin

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Given:
    """A sort of a person, and how far it is.

    Parameters
    ----------
    condition, wave : str
        Empty where the study has none.
    version : int
    status : {"started", "submitted"}
    started, updated : datetime
        In UTC.
    submitted : datetime or None
    """

    condition: str
    wave: str
    version: int
    status: str
    started: datetime
    updated: datetime
    submitted: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part, or is invited.

    Parameters
    ----------
    number : int or None
        Inside the store; None for somebody who is invited and has not begun.
    participant : str
        Their id: the one they came with, or the pseudonym that was drawn for them.
    simulated : bool
    sorts : tuple of Given
        In the order in which they were begun.
    """

    number: int | None
    participant: str
    simulated: bool = False
    sorts: tuple[Given, ...] = ()


def people(connection: Connection, name: str) -> Iterator[Person]:
    """Everybody who has begun and not withdrawn, in the order in which they did.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str
        Of the study.
    """
    study_id, _ = salt_of(connection, name)
    first = response.alias("first")
    query = (
        _SORTS.join(first, (first.c.person_id == person.c.id) & (first.c.position == 1))
        .where(person.c.study_id == study_id)
        .order_by(first.c.started, person.c.id, response.c.position)
    )
    for _, of_person in groupby(connection.execute(query, execution_options={"yield_per": _CHUNK}), attrgetter("id")):
        yield _person(connection, [*of_person])


def waiting(connection: Connection, name: str) -> Iterator[Person]:
    """Whoever was invited by id and has not begun, in the order in which they were invited.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str
        Of the study.
    """
    study_id, _ = salt_of(connection, name)
    c, keys = invitation.c, keyring(connection)
    begun = select(person.c.id).where(person.c.study_id == study_id, person.c.mark == c.mark).exists()
    query = select(c.key_name, c.participant).where(c.study_id == study_id, c.participant.is_not(None), c.used == 0, ~begun).order_by(c.id)
    for row in connection.execute(query):
        yield Person(None, keys.unseal(row.key_name, row.participant, rows.PARTICIPANT))


def find(connection: Connection, name: str, who: str) -> Person:
    """The person of an id or of a respondent's code.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str
        Of the study.
    who : str

    Raises
    ------
    DataError
        If that leads to nobody, or as an id to somebody else than as a code.
    """
    study_id, _ = salt_of(connection, name)
    told = mark(origin(connection, name).secret, who.encode("utf-8", "replace").decode())
    by_id = connection.scalar(select(person.c.id).where(person.c.study_id == study_id, person.c.mark == told))
    by_code = beginning.last_row(connection, name, who)
    found = {number for number in (by_id, None if by_code is None else by_code.person_id) if number is not None}
    if not found:
        advice = f"qmethod responses list {name} says who has begun. Who has withdrawn, or only declined, is known by no id."
        raise DataError([Fault(f"{who!r} is neither the id of anybody who takes part in {name!r} nor their code", advice=advice)])
    if len(found) > 1:
        raise DataError([Fault(f"{who!r} is the id of one person and the code of another", advice="Name either by the other of the two.")])
    return _person(connection, connection.execute(_SORTS.where(person.c.id.in_(found)).order_by(response.c.position)).all())


def take_out(connection: Connection, name: str, numbers: Sequence[int], database: str, *, counted: bool) -> list[str]:
    """Delete people and all that hangs on them; the names of the keys to overwrite when that is done.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str
        Of the study.
    numbers : sequence of int
    database : str
        Name of its own key.
    counted : bool
        Whether it is remembered, with version and day, that somebody withdrew.
    """
    study_id, _ = salt_of(connection, name)
    c, today = person.c, datetime.now(UTC).date()
    of_study = {row.id: row.key_name for row in connection.execute(select(c.id, c.key_name).where(c.study_id == study_id, c.id.in_(numbers)))}
    names = beginning.forget_people(connection, study_id, list(of_study), dict.fromkeys(of_study.values(), today), counted=counted)
    if names:
        keyring(connection).leave(names, database)
    return names


_SORTS = select(
    *person.c["id", "key_name", "participant", "simulated"],
    *response.c["condition", "wave", "status", "started", "updated", "submitted"],
    study_version.c.version,
).select_from(person.join(response, response.c.person_id == person.c.id).join(study_version, study_version.c.id == response.c.version_id))


def _person(connection: Connection, sorts: Sequence[Any]) -> Person:
    """A person from the rows of their sorts."""
    row = sorts[0]
    participant = keyring(connection).unseal(row.key_name, row.participant, rows.PARTICIPANT)
    given = tuple(Given(*(getattr(one, name) for name in Given.__slots__)) for one in sorts)
    return Person(row.id, participant, row.simulated, given)
