"""How a response begins, is found again, and is taken back."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from qmethod.errors import DataError, Fault
from qmethod_studies.admission import shut, with_room
from qmethod_studies.definition import Study
from qmethod_studies.occasions import Occasion, assign, conditions, next_wave
from qmethod_studies.store import codes, rows, whole
from qmethod_studies.store.access import check_participant
from qmethod_studies.store.keyring import keyring, mark
from qmethod_studies.store.models import answer, consent, declined, invitation, person, response, study, study_version, withdrawal
from qmethod_studies.store.origins import Origin, origin
from qmethod_studies.store.places import locked, places
from qmethod_studies.store.plain import Link
from qmethod_studies.store.values import KEY, Begun, Invitation, NotOpen, Response, Taken, UsedUp

Definition = Callable[[Connection, Row[Any]], Study]
"""Gives the definition that a row of `rows.WITH_VERSION` belongs to, with all its conditions and questions."""
_chance = secrets.SystemRandom()


def begin(
    connection: Connection,
    definition: Study,
    *,
    language: str,
    participant: str | None,
    invited: Invitation | None,
    key: str,
    order_seed: int | None,
    simulated: bool,
) -> Begun:
    """Record that somebody agreed to the consent text; see `qmethod_studies.store.Store.begin`."""
    if language not in definition.languages:
        raise DataError([Fault(f"the study {definition.study!r} does not speak {language!r}", advice=f"It has {', '.join(definition.languages)}.")])
    study_id, version_id = _locked_version(connection, definition)
    who = _who(connection, definition, study_id, participant, invited, key)
    if who.there is not None:
        return Begun(who.code, rows.of_person(connection, who.there)[-1])
    if who.taken:
        if not simulated:
            _room(connection, definition, invited)  # a closed study has one answer, whether an id takes part or not
        raise Taken(f"{who.participant!r} already has a response in {definition.study!r}")
    now, code_hash, keys = datetime.now(UTC), codes.code_hash(who.code), keyring(connection)
    assigned, occasion = _assigned(connection, definition, study_id, code_hash, invited, order_seed, simulated=simulated)
    used = _use(connection, invited) if invited is not None else None
    number, name = codes.new_number(), who.participant if who.participant is not None else _pseudonym(connection, study_id, who.secret)
    # Who came by an invitation of their own has the key of that: a withdrawal overwrites one.
    key_name = invited.key_name if invited is not None and invited.key_name is not None else keys.take()
    connection.execute(
        insert(person).values(
            id=number,
            study_id=study_id,
            key_name=key_name,
            participant=keys.seal(key_name, name, rows.PARTICIPANT),
            mark=mark(who.secret, name),
            key_hash=codes.sha256(who.key),
            code_hash=code_hash,
            invitation_id=used,
            simulated=simulated,
            assigned=assigned,
        )
    )
    first = _insert(
        connection,
        person_id=number,
        version_id=version_id,
        condition=occasion[0],
        wave=occasion[1],
        position=1,
        language=language,
        status="started",
        shown_order=_order(definition, order_seed),
        started=now,
        updated=now,
    )
    connection.execute(delete(declined).where(declined.c.study_id == study_id, declined.c.mark.in_(who.marks)))  # who thought again did not decline
    connection.execute(
        insert(consent).values(
            response_id=first,
            agreed=True,
            version=definition.version,
            language=language,
            text_sha256=definition.consent_digest(language),
            at=now,
        )
    )
    return Begun(who.code, rows.of_person(connection, number)[-1])


def decline(connection: Connection, definition: Study, *, participant: str | None, invited: Invitation | None, key: str) -> Begun | None:
    """Record that somebody declined; see `qmethod_studies.store.Store.decline`."""
    study_id, _ = _locked_version(connection, definition)
    who = _who(connection, definition, study_id, participant, invited, key)
    if who.there is not None:
        return Begun(who.code, rows.of_person(connection, who.there)[-1])
    if not who.taken and connection.scalar(select(declined.c.id).where(declined.c.study_id == study_id, declined.c.mark.in_(who.marks))) is None:
        row = {"study_id": study_id, "version": definition.version, "date": datetime.now(UTC).date(), "mark": who.marks[0]}
        connection.execute(insert(declined).values(row))
    return None


def given_by(connection: Connection, name: str, participant: str) -> Response | None:
    """The last sort of a participant, where that is sent; see `qmethod_studies.store.Store.given_by`."""
    its = mark(origin(connection, name).secret, participant)
    number = connection.scalar(select(person.c.id).join(study).where(study.c.name == name, person.c.mark == its))
    last = None if number is None else rows.of_person(connection, number)[-1]
    return last if last is not None and last.submitted is not None else None


class _Who(NamedTuple):
    """Somebody at the consent text: their key and code, whom they say they are, and whether they or another took part before."""

    key: str
    code: str
    participant: str | None
    secret: str
    there: int | None
    taken: bool
    marks: tuple[str, ...]


def _who(connection: Connection, definition: Study, study_id: int, participant: str | None, invited: Invitation | None, key: str) -> _Who:
    if invited is not None and invited.withdrawn:
        raise UsedUp(f"what was begun with the {invited.kind} was withdrawn")
    if invited is not None and invited.participant is not None:
        participant = invited.participant
    if participant is not None:
        check_participant(participant)
    if not KEY.fullmatch(key):
        raise ValueError("the key of a response has 8 to 64 letters, digits, hyphens or underscores")
    of = origin(connection, definition.study)
    if invited is not None and invited.personal:
        key = personal_key(of, invited)
    c = person.c
    here = select(c.id).where(c.study_id == study_id)
    there = connection.scalar(here.where(c.key_hash == codes.sha256(key)))
    taken = participant is not None and connection.scalar(here.where(c.mark == mark(of.secret, participant))) is not None
    # Apart from the mark of a person: who declined is not to be found by that of an invitation.
    marks = tuple(mark(of.secret, "declined", one) for one in (participant, key) if one is not None)
    return _Who(key, codes.response_code(of.secret, definition.study, key), participant, of.secret, there, taken and there is None, marks)


def _insert(connection: Connection, **values: Any) -> int:
    """A new response, on which nothing was done yet; its number."""
    number = codes.new_number()
    nothing_yet = {"done": [], "revision": 0, "refused": 0}
    connection.execute(insert(response).values(id=number, **nothing_yet, **values))
    return number


def _assigned(
    connection: Connection, definition: Study, study_id: int, code_hash: str, invited: Invitation | None, seed: int | None, *, simulated: bool
) -> tuple[tuple[str, ...], Occasion]:
    """The conditions of a new person, and the sort they begin with. People begin one after another, so that none is counted amiss.

    The seed of a draw is the hash of the person's code, or the one that a simulation gives: the same person is drawn the same condition again.

    Raises
    ------
    NotOpen
        Where the study takes nobody, or no wave is open.
    """
    among = _room(connection, definition, invited) if not simulated else None
    taken: Counter[str] = Counter()
    if definition.assign == "random" and definition.conditions:
        c = person.c
        for given in connection.scalars(select(c.assigned).where(c.study_id == study_id, c.simulated == simulated)):
            taken.update(given)
    draw = random.Random(code_hash if seed is None else seed)  # noqa: S311 - a draw that can be repeated, and opens nothing
    chosen = invited.condition if invited is not None else draw.choice(conditions(definition)) if simulated else None
    assigned = assign(definition, taken, chosen, draw, among)
    occasion = next_wave(definition, assigned, [], None if simulated else datetime.now(UTC).date())
    if occasion is None:
        raise NotOpen(definition.study, "no-wave")
    return assigned, occasion


def _room(connection: Connection, definition: Study, invited: Invitation | None) -> tuple[str, ...]:
    """The conditions that a new person may be given.

    Raises
    ------
    NotOpen
        Where there is none, or not the one of the invitation; and outside the days of the study.
    """
    now = datetime.now(UTC)
    there = places(connection, definition, now)
    chosen = invited.condition if invited is not None and definition.assign == "by link" else None
    if (why := shut(definition, now, there, chosen)) is not None:
        raise NotOpen(definition.study, why)
    return with_room(definition, there)


def begin_next(connection: Connection, number: int, definition: Study, occasion: Occasion) -> Response:
    """The next sort of a person, in the version that they agreed to and the language they used last.

    What they answered before their first sort is copied where a condition of a later question reads it; it is not asked again.
    """
    earlier = rows.of_person(connection, number)
    last, now = earlier[-1], datetime.now(UTC)
    version_id = connection.scalar(select(response.c.version_id).where(response.c.id == last.id))
    seed = int(codes.sha256(f"{last.id} {occasion}"), 16) if last.simulated else None
    made = _insert(
        connection,
        person_id=number,
        version_id=version_id,
        condition=occasion[0],
        wave=occasion[1],
        position=last.position + 1,
        language=last.language,
        status="started",
        shown_order=_order(definition, seed),
        started=now,
        updated=now,
    )
    before = {question.id for question in definition.questions.before}
    read = any(question.show_if is not None and question.show_if.question in before for question in definition.questions.after)
    copied = {name: value for name, value in earlier[0].answers.items() if name in before} if read else {}
    if copied:
        keys, key_name = keyring(connection), connection.execute(select(person.c.key_name).where(person.c.id == number)).scalar_one()
        sealed = {name: keys.seal(key_name, value, f"answer {name}") for name, value in copied.items()}
        connection.execute(insert(answer), [{"response_id": made, "question": name, "value": value} for name, value in sealed.items()])
    return rows.of_person(connection, number)[-1]


def begin_wave(connection: Connection, name: str, code: str, entire: Definition) -> Response | None:
    """Begin the wave that is due for somebody whose sorts are all in; None where none is. Again, it gives the same."""
    found = last_row(connection, name, code)
    if found is None:
        return None
    connection.execute(select(person.c.id).where(person.c.id == found.person_id).with_for_update(key_share=True))
    row = connection.execute(rows.OF_PERSON, {"person": found.person_id}).all()[-1]
    if row.status != "submitted":
        return rows.values(connection, [row])[0]
    occasion = due(connection, row, entire)
    return None if occasion is None else begin_next(connection, row.person_id, entire(connection, row), occasion)


def due(connection: Connection, row: Row[Any], entire: Definition) -> Occasion | None:
    """The sort with which somebody, whose last one this is, begins the next wave today."""
    if row.status != "submitted":
        return None
    given = [(one.condition, one.wave) for one in rows.of_person(connection, row.person_id)]
    return next_wave(entire(connection, row), row.assigned, given, None if row.simulated else datetime.now(UTC).date())


def personal_key(of: Origin, invited: Invitation) -> str:
    """The key of a personal link: by participant where it names one, so that a link made anew leads to the same response."""
    whose = f"participant {invited.participant}" if invited.participant is not None else f"invitation {invited.id - of.shift}"
    return codes.link_key(of.secret, invited.study, whose)


def personal_code(connection: Connection, invited: Invitation) -> str:
    """The respondent's code of a personal link, whether a response was begun with it or not."""
    of = origin(connection, invited.study)
    return codes.response_code(of.secret, invited.study, personal_key(of, invited))


def _locked_version(connection: Connection, definition: Study) -> tuple[int, int]:
    """Numbers of the study and of its version; the study stays locked until the transaction ends, so that people begin one after another."""
    study_id = locked(connection, definition.study)
    version = study_version.c
    row = connection.execute(
        select(*version["id", "digest"]).where(version.study_id == study_id, version.version == definition.version)
    ).one_or_none()
    if study_id is None or row is None or row.digest != definition.digest():
        what = f"version {definition.version} of the study {definition.study!r} is not the one in the database"
        raise DataError([Fault(what, advice="Register the study before anybody begins.")])
    return study_id, row.id


def _use(connection: Connection, invited: Invitation) -> int:
    c = invitation.c
    used = connection.execute(update(invitation).where(c.id == invited.id, c.uses.is_(None) | (c.used < c.uses)).values(used=c.used + 1))
    if used.rowcount != 1:
        raise UsedUp(f"the {invited.kind} has no uses left")
    return invited.id


def _pseudonym(connection: Connection, study_id: int, secret: str) -> str:
    while True:
        name = codes.new_participant()
        if connection.scalar(select(person.c.id).where(person.c.study_id == study_id, person.c.mark == mark(secret, name))) is None:
            return name


def _order(definition: Study, seed: int | None) -> list[str]:
    order = list(definition.ids)
    if definition.shuffle:
        (_chance if seed is None else random.Random(seed)).shuffle(order)  # noqa: S311 - a seed is asked for
    return order


def last_row(connection: Connection, name: str, code: str) -> Row[Any] | None:
    """The row of `rows.WITH_VERSION` of a person's last sort; None where the code leads to nobody."""
    code_hash = _hash_of(code)
    return None if code_hash is None else connection.execute(whole.LAST, {"study": name, "code_hash": code_hash}).one_or_none()


def _hash_of(code: str) -> str | None:
    """What is kept of a code, however it was typed; None where it is none."""
    normal = codes.normal(code) if len(code) <= 100 else ""
    return codes.sha256(normal) if normal.isascii() and len(normal) == codes.CODE_LENGTH else None


def find(link: Link, name: str, code: str) -> Response | None:
    """The last sort of the person whose code this is, read in one statement; None where there is none."""
    code_hash = _hash_of(code)
    row = None if code_hash is None else whole.last(link, name, code_hash)
    if row is None:
        return None
    keys = link.keys
    keys.look_up([row.key_name])
    board, answers, comments = whole.parts(row, keys.unseal)
    return rows.value(keys, row, rows.state(row, rows.Parts(board, dict(answers), dict(comments))))


def sorts(connection: Connection, name: str, code: str) -> list[Response]:
    """All sorts of the person whose code this is, in the order in which they were given."""
    row = last_row(connection, name, code)
    return [] if row is None else rows.of_person(connection, row.person_id)


def withdraw(connection: Connection, name: str, code: str, database: str) -> list[str]:
    """Delete a person's sorts and all that hangs on them; the names of the keys to overwrite when that is done, none where the code leads nowhere.

    See `qmethod_studies.store.Store.withdraw`.
    """
    study_id = connection.scalar(select(study.c.id).where(study.c.name == name).with_for_update(key_share=True))
    found = last_row(connection, name, code)
    if study_id is None or found is None:
        return []
    names = forget_people(connection, study_id, [found.person_id], {found.key_name: datetime.now(UTC).date()})
    keyring(connection).leave(names, database)
    return names


def forget_people(connection: Connection, study_id: int, numbers: Sequence[int], days: Mapping[str, date], *, counted: bool = True) -> list[str]:
    """Delete people of a study, their sorts and whose their invitations were; the names of their keys.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    study_id : int
    numbers : sequence of int
        Of the people.
    days : mapping of str to date
        When each withdrew, by the name of their key.
    counted : bool, default True
        Whether it is remembered of each that somebody withdrew.
    """
    c, names = invitation.c, dict[str, None]()
    for number in numbers:
        last = connection.execute(rows.OF_PERSON, {"person": number}).all()[-1]
        of_person = connection.execute(select(*person.c["mark", "invitation_id", "key_name"]).where(person.c.id == number)).one()
        connection.execute(delete(person).where(person.c.id == number))
        names[of_person.key_name] = None
        # A code of a group is free again. A link for one person stays closed, and for whom it was is forgotten.
        shared = (c.id == of_person.invitation_id) & ((c.kind == "code") | c.uses.is_(None) | (c.uses > 1))
        connection.execute(update(invitation).where(shared).values(used=c.used - 1))
        mine = (c.study_id == study_id) & ((c.mark == of_person.mark) | ((c.id == of_person.invitation_id) & (c.kind == "link") & (c.uses == 1)))
        names |= dict.fromkeys(filter(None, connection.scalars(select(c.key_name).where(mine))))
        connection.execute(update(invitation).where(mine).values(participant=None, mark=None, key_name=None, withdrawn=True))
        if counted:
            connection.execute(insert(withdrawal).values(study_id=study_id, version=last.version, date=days[of_person.key_name]))
    return list(names)


def withdrawals(connection: Connection, name: str) -> int:
    """How many people withdrew from a study."""
    return connection.scalar(select(func.count()).select_from(withdrawal).join(study).where(study.c.name == name)) or 0
