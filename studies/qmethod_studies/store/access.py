"""Who may take part: personal links and access codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from qmethod.errors import DataError, Fault
from qmethod_studies.store import codes
from qmethod_studies.store.keyring import Keyring, keyring, mark
from qmethod_studies.store.models import LONGEST_PARTICIPANT, invitation, person, study
from qmethod_studies.store.origins import origin
from qmethod_studies.store.rows import PARTICIPANT, new_id
from qmethod_studies.store.values import AccessKind, AlreadyInvited, Invitation


def check_participant(name: str) -> None:
    """Refuse a participant's id that could not be kept byte for byte.

    Raises
    ------
    DataError
        For an empty or overlong id, a NUL, half a surrogate pair.
    """
    if not name or len(name) > LONGEST_PARTICIPANT or "\0" in name or any("\ud800" <= sign <= "\udfff" for sign in name):
        advice = f"Ids have 1 to {LONGEST_PARTICIPANT} characters, and no NUL among them."
        raise DataError([Fault(f"{name[:40]!r} is no id of a participant", advice=advice)])


def salt_of(connection: Connection, name: str) -> tuple[int, str]:
    """Number of a study in the store and the salt of its codes.

    Raises
    ------
    DataError
        If there is no such study.
    """
    row = connection.execute(select(*study.c["id", "code_salt"]).where(study.c.name == name)).one_or_none()
    if row is None:
        raise DataError([Fault(f"the database holds no study {name!r}", advice="It is put into it when it is first served.")])
    return row.id, row.code_salt


def new_secrets(kind: AccessKind, participants: Sequence[str | None], uses: int | None, secret: str | None) -> list[str]:
    """A secret for each participant, or the one that was chosen.

    Raises
    ------
    DataError
        Naming everything that is wrong with what was asked for.
    """
    faults = []
    if not participants:
        faults.append(Fault("nobody to invite"))
    if uses is not None and uses < 1:
        faults.append(Fault(f"an invitation has at least one use, got {uses}"))
    named = [name for name in participants if name is not None]
    faults += [Fault(f"the participant {name!r} stands twice", advice="Name each participant once.") for name in _repeated(named)]
    for name in named:
        try:
            check_participant(name)
        except DataError as error:
            faults += error.faults
    if named and uses != 1:
        faults.append(Fault("an invitation for a named participant has one use"))
    if secret is not None:
        if kind != "code" or len(participants) != 1:
            faults.append(Fault("a secret can be chosen for one access code only"))
        if len(codes.normal(secret)) < codes.SHORTEST_CHOSEN:
            advice = f"Blanks and hyphens do not count; take at least {codes.SHORTEST_CHOSEN} letters or digits."
            faults.append(Fault(f"the code {secret!r} is too short", advice=advice))
        elif codes.guessed_bits(secret) < codes.LEAST_BITS:
            advice = f"Words and years are tried first. Add signs that nobody can guess, such as these, drawn now: {codes.strengthened(secret)}."
            faults.append(Fault(f"the code {secret!r} would be guessed too soon", advice=advice))
    if faults:
        raise DataError(faults)
    if secret is not None:
        return [secret]
    make = codes.new_link if kind == "link" else codes.new_access_code
    return [make() for _ in participants]


def _repeated(names: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def invited(connection: Connection, name: str, study_id: int, kind: AccessKind, participants: Sequence[str | None]) -> tuple[str, ...]:
    """Which of the participants have an invitation of a kind to a study, in their order."""
    if not any(participants):
        return ()
    c, secret = invitation.c, origin(connection, name).secret
    there = set(connection.scalars(select(c.mark).where(c.study_id == study_id, c.kind == kind, c.mark.is_not(None))))
    return tuple(one for one in participants if one is not None and mark(secret, one) in there)


def keep(
    connection: Connection,
    study_id: int,
    name: str,
    kind: AccessKind,
    hashes: Sequence[str],
    participants: Sequence[str | None],
    uses: int | None,
    *,
    renew: bool,
    condition: str | None,
) -> list[Invitation]:
    """Keep invitations by the hashes of their secrets. A new one for a participant replaces the earlier one of its kind, where that is wanted.

    Raises
    ------
    AlreadyInvited
        If a participant has one already and `renew` is not set; nothing is changed then.
    DataError
        If a code that was chosen is there already.
    """
    c = invitation.c
    # Who invites the same people at the same moment waits here, and then finds these. SQLite's own lock on writing is enough there.
    connection.execute(select(study.c.id).where(study.c.id == study_id).with_for_update(key_share=True))
    earlier = invited(connection, name, study_id, kind, participants)
    if earlier and not renew:
        raise AlreadyInvited(earlier)
    keys, made = keyring(connection), []
    named = {one: mark(origin(connection, name).secret, one) for one in participants if one is not None}
    keys.make_ready(len(named))
    # The key of an invitation that is replaced goes on being that of the participant: a withdrawal then overwrites it.
    here = (c.study_id == study_id) & (c.kind == kind)
    sealed_by = {one: connection.scalar(delete(invitation).where(here, c.mark == named[one]).returning(c.key_name)) for one in earlier}
    for digest, participant in zip(hashes, participants, strict=True):
        if connection.scalar(select(c.id).where(c.study_id == study_id, c.kind == kind, c.secret_hash == digest)) is not None:
            raise DataError([Fault(f"the study {name!r} has this code already", advice="Choose another one.")])
        values = {
            "study_id": study_id,
            "kind": kind,
            "secret_hash": digest,
            **_sealed(keys, participant, named, sealed_by),
            "withdrawn": False,
            "uses": uses,
            "used": 0,
            "made": datetime.now(UTC),
            "condition": condition,
        }
        number = new_id(connection, invitation, values)
        replaces = participant is not None and participant in earlier
        new = Invitation(id=number, study=name, kind=kind, participant=participant, uses=uses, used=0, replaces=replaces, condition=condition)
        made.append(new)
    return made


def find(connection: Connection, study_id: int, name: str, kind: AccessKind, digest: str, key: str | None) -> Invitation | None:
    """The invitation that a secret opens; None for an unknown one, and for one that is used up.

    Used up or not, a personal link leads back to its response, and a key with which a response was begun by this very invitation still opens it:
    somebody's reply was lost.
    """
    c = invitation.c
    row = connection.execute(select(invitation).where(c.study_id == study_id, c.kind == kind, c.secret_hash == digest)).one_or_none()
    if row is None:
        return None
    found = _value(keyring(connection), row, name)
    if found.personal or found.uses is None or found.used < found.uses:
        return found
    begun = select(person.c.id).where(person.c.invitation_id == found.id, person.c.key_hash == codes.sha256(key or ""))
    return found if connection.scalar(begun) is not None else None


def _sealed(keys: Keyring, participant: str | None, marks: Mapping[str, str], keys_there: Mapping[str, str | None]) -> dict[str, str | None]:
    """What is kept of the participant whom an invitation is for."""
    if participant is None:
        return {"key_name": None, "participant": None, "mark": None}
    name = keys_there.get(participant) or keys.take()
    return {"key_name": name, "participant": keys.seal(name, participant, PARTICIPANT), "mark": marks[participant]}


def _value(keys: Keyring, row: Row[Any], name: str) -> Invitation:
    return Invitation(
        id=row.id,
        study=name,
        kind=row.kind,
        participant=None if row.participant is None else keys.unseal(row.key_name, row.participant, PARTICIPANT),
        uses=row.uses,
        used=row.used,
        condition=row.condition,
        key_name=row.key_name,
        withdrawn=row.withdrawn,
    )
