"""What the store tells whoever runs a study: its definitions, and what was answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from qmethod_studies.definition import Study
from qmethod_studies.store import beginning, models, registering, rows
from qmethod_studies.store.database import Database
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

    def withdrawals(self, study: str) -> int:
        """How many responses were withdrawn."""
        with self._read() as connection:
            return beginning.withdrawals(connection, study)
