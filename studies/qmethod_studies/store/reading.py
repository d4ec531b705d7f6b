"""What the store tells whoever runs a study: its definitions, and what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from heapq import nlargest
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, select

from qmethod_studies.definition import Study
from qmethod_studies.store import beginning, counting, models, people, registering, rows
from qmethod_studies.store.counting import Counts
from qmethod_studies.store.database import Database
from qmethod_studies.store.people import Person
from qmethod_studies.store.values import Consent, Entry, Event, Response, StudySummary

_CHUNK = 100
Hanging = TypeVar("Hanging", Event, Consent)


class Reading(Database):
    """What is read and never written, each method in one transaction."""

    def study(self, name: str, version: int | None = None) -> Study:
        """The definition of a study; of its highest version where none is given.

        Raises
        ------
        DataError
            Listing the studies there are.
        """
        with self._read() as connection:
            return registering.stored_study(connection, name, version)[1]

    def names(self) -> list[str]:
        """The names of all studies."""
        with self._read() as connection:
            return list(connection.scalars(select(models.study.c.name).order_by(models.study.c.name)))

    def studies(self) -> list[StudySummary]:
        """Every version of every study, by name and version."""
        with self._read() as connection:
            return registering.summaries(connection)

    def responses(self, study: str, version: int | None = None, *, simulated: bool | None = None) -> Iterator[Response]:
        """Responses in the order in which they began.

        Parameters
        ----------
        study : str
        version : int, optional
            Only this one.
        simulated : bool, optional
            Only simulated ones, or only those of people.
        """
        for response, _, _ in self.wholes(study, version, simulated=simulated, alone=True):
            yield response

    def entries(self, study: str, version: int, *, simulated: bool | None = None) -> Iterator[Entry]:
        """Whose the same responses are, in the same order."""
        r, p = models.response.c, models.person.c
        query = _chosen(study, version, simulated).with_only_columns(
            r.id, p.key_name, p.participant, r.status, p.simulated, r.condition, r.wave, r.position
        )
        with self._read() as connection:
            for part in connection.execute(query, execution_options={"yield_per": _CHUNK}).partitions(_CHUNK):
                self._keys.look_up(row.key_name for row in part)
                for row in part:
                    participant = self._keys.unseal(row.key_name, row.participant, rows.PARTICIPANT)
                    yield Entry(row.id, participant, row.status, row.simulated, row.condition, row.wave, row.position)

    def wholes(
        self, study: str, version: int | None = None, *, simulated: bool | None = None, alone: bool = False
    ) -> Iterator[tuple[Response, list[Event], list[Consent]]]:
        """The same responses with what hangs on them: acts in their order, and what was said to the consent text.

        They are read a few at a time, however many there are; with `alone` nothing hangs on them.
        """
        query = _chosen(study, version, simulated)
        with self._read() as connection:
            for part in connection.execute(query, execution_options={"yield_per": _CHUNK}).partitions(_CHUNK):
                numbers = [] if alone else [row.id for row in part]
                events, consents = _of(connection, _EVENTS, Event, numbers), _of(connection, _CONSENTS, Consent, numbers)
                for response in rows.values(connection, part):
                    yield response, events.get(response.id, []), consents.get(response.id, [])

    def people(self, study: str) -> Iterator[Person]:
        """Everybody who has begun and not withdrawn, in the order in which they did; then whoever was invited by id and has not begun.

        Raises
        ------
        DataError
            If there is no such study.
        """
        with self._read() as connection:
            yield from people.people(connection, study)
            yield from people.waiting(connection, study)

    def person(self, study: str, who: str) -> Person:
        """Somebody who takes part, by their id or their code.

        Raises
        ------
        DataError
            If that leads to nobody.
        """
        with self._read() as connection:
            return people.find(connection, study, who)

    def given(self, person: int) -> list[Response]:
        """All sorts of a person, in the order in which they were begun."""
        with self._read() as connection:
            return rows.of_person(connection, person)

    def events(self, response: int) -> list[Event]:
        """The acts of a response that were kept, in their order."""
        with self._read() as connection:
            return _of(connection, _EVENTS, Event, [response]).get(response, [])

    def consents(self, response: int) -> list[Consent]:
        """What the person said to the consent text, in time; earlier versions also kept that somebody first declined."""
        with self._read() as connection:
            return _of(connection, _CONSENTS, Consent, [response]).get(response, [])

    def declined(self, study: str, version: int) -> list[date]:
        """The days on which people declined to take part in a version of a study, in time."""
        d = models.declined.c
        with self._read() as connection:
            of_study = select(models.study.c.id).where(models.study.c.name == study).scalar_subquery()
            return list(connection.scalars(select(d.date).where(d.study_id == of_study, d.version == version).order_by(d.date)))

    def counts(self, study: str) -> Counts:
        """How far a study has come, counted by the database.

        Raises
        ------
        DataError
            If there is no such study.
        """
        with self._read() as connection:
            v = models.study_version.c
            of_study = select(models.study.c.id).where(models.study.c.name == study).scalar_subquery()
            there = connection.scalars(select(v.version).where(v.study_id == of_study)).all() or [None]
            versions = [registering.stored_study(connection, study, version)[1] for version in there]
            return counting.counts(connection, study, {one.version: one for one in versions}, datetime.now(UTC))

    def last_submitted(self, study: str, most: int) -> list[Response]:
        """Of the sorts that were sent last those of people, the latest first.

        Parameters
        ----------
        study : str
        most : int
        """
        c, v = models.response.c, models.study_version.c
        versions = select(v.id).join(models.study).where(models.study.c.name == study)
        sent = select(c.id, c.submitted).where(c.submitted.is_not(None)).order_by(c.submitted.desc(), c.id).limit(most)
        with self._read() as connection:
            # of each version by itself: only so an index gives them in this order, and no other sort is looked at
            found = [row for number in connection.scalars(versions).all() for row in connection.execute(sent.where(c.version_id == number))]
            latest = nlargest(most, found, key=lambda row: (row.submitted, -row.id))
            query = rows.WITH_VERSION.where(c.id.in_([row.id for row in latest]), models.person.c.simulated.is_(False))
            return rows.values(connection, connection.execute(query.order_by(c.submitted.desc(), c.id)).all())

    def withdrawals(self, study: str) -> int:
        """How many responses were withdrawn."""
        with self._read() as connection:
            return beginning.withdrawals(connection, study)


_E, _C = models.event.c, models.consent.c
_EVENTS = select(_E.response_id, *_E["number", "at", "act", "detail", "key", "ms", "idle"]).order_by(_E.response_id, _E.number)
_CONSENTS = select(_C.response_id, *_C["agreed", "version", "language", "text_sha256", "at"]).order_by(_C.response_id, _C.id)


def _of(connection: Connection, query: Select[Any], kind: Callable[..., Hanging], numbers: Sequence[int]) -> dict[int, list[Hanging]]:
    """What hangs on some responses, by their numbers."""
    found: dict[int, list[Hanging]] = {}
    if numbers:
        for number, *values in connection.execute(query.where(query.selected_columns.response_id.in_(numbers))):
            found.setdefault(number, []).append(kind(*values))
    return found


def _chosen(study: str, version: int | None, simulated: bool | None) -> Select[Any]:
    """Rows of `rows.WITH_VERSION` in the order in which the responses began."""
    c = models.response.c
    query = rows.WITH_VERSION.where(models.study.c.name == study).order_by(c.started, c.id)
    if version is not None:
        query = query.where(models.study_version.c.version == version)
    return query if simulated is None else query.where(models.person.c.simulated == simulated)
