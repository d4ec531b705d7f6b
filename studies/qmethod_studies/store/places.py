"""The places of a quota, counted: who has finished, and who holds one. Whoever decides by the count locks the study first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from qmethod_studies.admission import Places, held_since
from qmethod_studies.definition import Study
from qmethod_studies.occasions import sorts_in_wave
from qmethod_studies.store.models import person, response, study, study_version


def locked(connection: Connection, name: str) -> int | None:
    """Number of a study, which stays locked until the transaction ends: people begin, and where places count finish, one after another."""
    return connection.scalar(select(study.c.id).where(study.c.name == name).with_for_update(key_share=True))


def places(connection: Connection, definition: Study, now: datetime, without: Collection[int] = ()) -> Places:
    """The places of a version of a study that are taken.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    definition : Study
        One without a quota has no places, and nothing is counted.
    now : datetime
    without : collection of int
        Numbers of responses that do not count.
    """
    if definition.quota is None:
        return Places()
    c, n = response.c, sorts_in_wave(definition)
    counts = and_(c.status == "submitted", c.position == n)
    holds = and_(c.status == "started", c.position <= n, c.updated >= held_since(definition, now))
    query = (
        select(c.condition, c.status, func.count())
        .select_from(
            response.join(person, person.c.id == c.person_id)
            .join(study_version, study_version.c.id == c.version_id)
            .join(study, study.c.id == study_version.c.study_id)
        )
        .where(study.c.name == definition.study, study_version.c.version == definition.version, person.c.simulated.is_(False))
        .where(or_(counts, holds), c.id.not_in(without))
        .group_by(c.condition, c.status)
    )
    finished: dict[str, int] = {}
    held: dict[str, int] = {}
    for condition, status, count in connection.execute(query):
        (finished if status == "submitted" else held)[condition] = count
    return Places(finished, held)
