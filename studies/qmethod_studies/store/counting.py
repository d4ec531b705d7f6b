"""How far a study has come, counted by the database: how many began, sent and are at which stage. Nobody's id, code, word or answer is read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, cast, func, literal, literal_column, select

from qmethod_studies.definition import Study
from qmethod_studies.occasions import sorts_in_wave
from qmethod_studies.store.models import Utc, browser, declined, invitation, person, response, study, study_version, withdrawal
from qmethod_studies.store.stages import stages

SEND = "send"
"""The stage of those who have finished all others and not sent their sort yet."""


@dataclass(frozen=True, slots=True)
class Sorts:
    """The sorts of one occasion in one version of a study.

    Parameters
    ----------
    version : int
    condition, wave : str
        Empty where the study has none.
    sent : int
    at : mapping of str to int
        How many have not been sent, by the stage that comes next.
    """

    version: int
    condition: str
    wave: str
    sent: int
    at: Mapping[str, int]

    @property
    def begun(self) -> int:
        """All that have begun, those that were sent among them."""
        return self.sent + sum(self.at.values())


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a study has come.

    Parameters
    ----------
    people : int
        Who agreed to take part and has not withdrawn; those who are simulated apart.
    with_sort : int
        Who of them has sent a sort.
    sorts : tuple of Sorts
        By version, wave and condition.
    declined, withdrawn : int
        People.
    invitations : mapping of str to (int, int)
        How many links or codes there are, by kind, and with how many of these somebody has begun.
    devices : int
        Browsers that somebody is known to now.
    simulated : int
        Simulated sorts, which count nowhere else.
    last_begun, last_act, last_sent : datetime or None
        In UTC.
    """

    people: int
    with_sort: int
    sorts: tuple[Sorts, ...]
    declined: int
    withdrawn: int
    invitations: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    devices: int = 0
    simulated: int = 0
    last_begun: datetime | None = None
    last_act: datetime | None = None
    last_sent: datetime | None = None

    @property
    def sent(self) -> int:
        """Sorts that were sent."""
        return sum(one.sent for one in self.sorts)

    @property
    def begun(self) -> int:
        """Sorts that have begun, those that were sent among them."""
        return sum(one.begun for one in self.sorts)

    @property
    def stages(self) -> Mapping[str, int]:
        """Sorts that were not sent, by the stage that comes next."""
        found: Counter[str] = Counter()
        for one in self.sorts:
            found.update(one.at)
        return found


class _Group(NamedTuple):
    """Sorts that are alike."""

    version: int
    wave: str
    condition: str
    position: int
    status: str
    done: str
    simulated: bool
    n: int
    begun: datetime
    updated: datetime
    sent: datetime | None


def counts(connection: Connection, name: str, versions: Mapping[int, Study], now: datetime) -> Counts:
    """Count one study.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str
    versions : mapping of int to Study
        Each version of the study that has responses.
    now : datetime
    """
    number = connection.scalar(select(study.c.id).where(study.c.name == name))
    groups = list(_groups(connection, number))
    real = [one for one in groups if not one.simulated]
    first = [one for one in real if one.position == 1]  # everybody has one, and sends it before any other begins

    def count(table: Any, *where: Any) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0

    return Counts(
        people=sum(one.n for one in first),
        with_sort=sum(one.n for one in first if one.status == "submitted"),
        sorts=tuple(_sorts(real, versions)),
        declined=count(declined, declined.c.study_id == number),
        withdrawn=count(withdrawal, withdrawal.c.study_id == number),
        invitations=dict(_invitations(connection, number)),
        devices=count(browser.join(person), person.c.study_id == number, browser.c.until > now),
        simulated=sum(one.n for one in groups if one.simulated),
        last_begun=max((one.begun for one in real), default=None),
        last_act=max((one.updated for one in real), default=None),
        last_sent=max((one.sent for one in real if one.sent is not None), default=None),
    )


def _groups(connection: Connection, number: int | None) -> Iterator[_Group]:
    """Sorts that are alike in all that is counted: how many, and when the last of them began, was changed and was sent.

    Who is simulated stands in another table, which is asked for each sort only where anybody is: that takes three times as long as all else.
    """
    c, v, done = response.c, study_version.c, cast(response.c.done, Text)
    some = connection.scalar(select(person.c.id).where(person.c.study_id == number, person.c.simulated).limit(1)) is not None
    simulated: Any = person.c.simulated if some else literal(False)
    of = c.version_id + literal_column("0")  # as a sum it is in no index: to read the table as it lies is faster than to follow one
    alike = (of, c.wave, c.condition, c.position, c.status, done, *([simulated] if some else []))
    latest = [func.max(column, type_=Utc).label(label) for column, label in ((c.started, "begun"), (c.updated, "updated"), (c.submitted, "sent"))]
    versions = {row.id: row.version for row in connection.execute(select(v.id, v.version).where(v.study_id == number))}
    query = (
        select(of.label("version_id"), *alike[1:5], done.label("done"), simulated.label("simulated"), func.count().label("n"), *latest)
        .select_from(response.join(person, person.c.id == c.person_id) if some else response)
        .group_by(*alike)  # of all studies
    )
    for row in connection.execute(query):
        if row.version_id in versions:
            yield _Group(versions[row.version_id], *row[1:])


def _sorts(groups: list[_Group], versions: Mapping[int, Study]) -> Iterator[Sorts]:
    """The groups, put together by version and occasion in the order of the study."""
    found: dict[tuple[int, str, str], tuple[Counter[str], Counter[str]]] = {}
    for one in groups:
        sent, at = found.setdefault((one.version, one.wave, one.condition), (Counter(), Counter()))
        if one.status == "submitted":
            sent["sent"] += one.n
        else:
            definition = versions[one.version]
            last = one.position % sorts_in_wave(definition) == 0
            at[_next(definition.for_sort(one.condition, first=one.position == 1, last=last), json.loads(one.done))] += one.n
    orders = {version: ([wave.id for wave in it.waves], [condition.id for condition in it.conditions]) for version, it in versions.items()}

    def order(key: tuple[int, str, str]) -> tuple[int, int, int]:
        waves, conditions = orders[key[0]]
        return key[0], waves.index(key[1]) if key[1] in waves else -1, conditions.index(key[2]) if key[2] in conditions else -1

    for version, wave, condition in sorted(found, key=order):
        sent, at = found[version, wave, condition]
        stage_order = [*stages(versions[version]), SEND]
        yield Sorts(version, condition, wave, sent["sent"], {stage: at[stage] for stage in stage_order if at[stage]})


def _next(definition: Study, done: list[str]) -> str:
    """The stage after the last that was finished: refining, for one, need not be."""
    order = stages(definition)
    reached = max((order.index(stage) + 1 for stage in done if stage in order), default=0)
    return order[reached] if reached < len(order) else SEND


def _invitations(connection: Connection, number: int | None) -> Iterator[tuple[str, tuple[int, int]]]:
    """How many invitations of each kind there are, and with how many somebody has begun."""
    c = invitation.c
    query = select(c.kind, func.count(), func.count().filter(c.used > 0)).where(c.study_id == number).group_by(c.kind).order_by(c.kind.desc())
    for kind, n, used in connection.execute(query):
        yield kind, (n, used)
