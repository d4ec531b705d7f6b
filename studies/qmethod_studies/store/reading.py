"""What the store tells whoever runs a study: its definitions, and what was answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from sqlalchemy import select

from qmethod_studies.definition import Study
from qmethod_studies.store import beginning, counting, models, people, registering, rows
from qmethod_studies.store.counting import Counts
from qmethod_studies.store.database import Database
from qmethod_studies.store.people import Person
from qmethod_studies.store.values import Consent, Event, Response, StudySummary

_CHUNK = 200


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
        c = models.response.c
        query = rows.WITH_VERSION.where(models.study.c.name == study).order_by(c.started, c.id)
        if version is not None:
            query = query.where(models.study_version.c.version == version)
        if simulated is not None:
            query = query.where(models.person.c.simulated == simulated)
        with self._read() as connection:
            for part in connection.execute(query).partitions(_CHUNK):
                yield from rows.values(connection, part)

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
        e = models.event.c
        with self._read() as connection:
            found = connection.execute(
                select(*e["number", "at", "act", "detail", "key", "ms", "idle"]).where(e.response_id == response).order_by(e.number)
            )
            return [Event(*row) for row in found]

    def consents(self, response: int) -> list[Consent]:
        """What the person said to the consent text, in time; earlier versions also kept that somebody first declined."""
        c = models.consent.c
        with self._read() as connection:
            found = connection.execute(
                select(*c["agreed", "version", "language", "text_sha256", "at"]).where(c.response_id == response).order_by(c.id)
            )
            return [Consent(*row) for row in found]

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
        latest = select(c.id).where(c.version_id.in_(versions), c.status == "submitted").order_by(c.submitted.desc(), c.id).limit(most)
        query = rows.WITH_VERSION.where(c.id.in_(latest), models.person.c.simulated.is_(False))
        with self._read() as connection:
            return rows.values(connection, connection.execute(query.order_by(c.submitted.desc(), c.id)).all())

    def withdrawals(self, study: str) -> int:
        """How many responses were withdrawn."""
        with self._read() as connection:
            return beginning.withdrawals(connection, study)
