"""How a response begins, is found again, and is taken back."""

from __future__ import annotations

import random
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from qmethod.errors import DataError, Fault
from qmethod_studies.definition import Study
from qmethod_studies.store import codes, rows
from qmethod_studies.store.access import check_participant
from qmethod_studies.store.models import consent, invitation, response, study, study_version, withdrawal
from qmethod_studies.store.origins import Origin, origin
from qmethod_studies.store.values import KEY, Begun, Invitation, Response, Taken, UsedUp


def begin(
    connection: Connection,
    definition: Study,
    secret: str,
    *,
    agreed: bool,
    language: str,
    participant: str | None,
    invited: Invitation | None,
    key: str,
    order_seed: int | None,
    simulated: bool,
) -> Begun:
    """Record what somebody said to the consent text; see `qmethod_studies.store.Store.begin`."""
    if invited is not None and invited.participant is not None:
        participant = invited.participant
    if participant is not None:
        check_participant(participant)
    if not KEY.fullmatch(key):
        raise ValueError("the key of a response has 8 to 64 letters, digits, hyphens or underscores")
    if language not in definition.languages:
        raise DataError([Fault(f"the study {definition.study!r} does not speak {language!r}", advice=f"It has {', '.join(definition.languages)}.")])
    study_id, version_id = _locked_version(connection, definition)
    of = origin(connection, definition.study, secret)
    if invited is not None and invited.personal:
        key = personal_key(of, invited)
    code, now = codes.response_code(of.secret, definition.study, key), datetime.now(UTC)
    key_hash, code_hash = codes.sha256(key), codes.sha256(codes.normal(code))
    c = response.c
    found = connection.execute(select(*c["id", "status", "simulated"]).where(c.study_id == study_id, c.key_hash == key_hash)).one_or_none()
    if found is None and participant is not None:
        found = connection.execute(select(*c["id", "status", "simulated"]).where(c.study_id == study_id, c.participant == participant)).one_or_none()
        if found is not None and found.status != "declined":
            raise Taken(f"{participant!r} already has a response in {definition.study!r}")
    if found is not None and found.status != "declined":
        return Begun(code, _load(connection, found.id))
    values: dict[str, Any] = {
        "version_id": version_id,
        "key_hash": key_hash,
        "code_hash": code_hash,
        "language": language,
        "status": "started" if agreed else "declined",
        "updated": now,
    }
    if agreed and invited is not None:
        values["invitation_id"] = _use(connection, invited)
    if found is not None:
        number = found.id
        connection.execute(update(response).where(c.id == number).values(values))
    else:
        values |= {
            "study_id": study_id,
            "participant": participant if participant is not None else _pseudonym(connection, study_id),
            "simulated": simulated,
            "shown_order": _order(definition, order_seed),
            "done": [],
            "revision": 0,
            "past": 0,
            "future": 0,
            "refused": 0,
            "started": now,
        }
        number = rows.new_id(connection, response, values)
    connection.execute(
        insert(consent).values(
            response_id=number,
            agreed=agreed,
            version=definition.version,
            language=language,
            text_sha256=definition.consent_digest(language),
            at=now,
        )
    )
    return Begun(code if agreed else "", _load(connection, number))


def personal_key(of: Origin, invited: Invitation) -> str:
    """The key of a personal link: by participant where it names one, so that a link made anew leads to the same response."""
    whose = f"participant {invited.participant}" if invited.participant is not None else f"invitation {invited.id - of.shift}"
    return codes.link_key(of.secret, invited.study, whose)


def personal_code(connection: Connection, secret: str, invited: Invitation) -> str:
    """The respondent's code of a personal link, whether a response was begun with it or not."""
    of = origin(connection, invited.study, secret)
    return codes.response_code(of.secret, invited.study, personal_key(of, invited))


def _locked_version(connection: Connection, definition: Study) -> tuple[int, int]:
    """Numbers of the study and of its version; the study stays locked until the transaction ends, so that people begin one after another."""
    study_id = connection.scalar(select(study.c.id).where(study.c.name == definition.study).with_for_update(key_share=True))
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


def _pseudonym(connection: Connection, study_id: int) -> str:
    while True:
        name = codes.new_participant()
        if connection.scalar(select(response.c.id).where(response.c.study_id == study_id, response.c.participant == name)) is None:
            return name


def _order(definition: Study, seed: int | None) -> list[str]:
    order = list(definition.ids)
    if definition.shuffle:
        (secrets.SystemRandom() if seed is None else random.Random(seed)).shuffle(order)  # noqa: S311 - a seed is asked for
    return order


def _load(connection: Connection, number: int) -> Response:
    return rows.values(connection, [connection.execute(rows.BY_NUMBER, {"number": number}).one()])[0]


def _row_by_code(connection: Connection, name: str, code_hash: str) -> Row[Any] | None:
    query = rows.WITH_VERSION.where(study.c.name == name, response.c.code_hash == code_hash, response.c.status != "declined")
    return connection.execute(query).one_or_none()


def find(connection: Connection, name: str, code: str) -> Response | None:
    """The response that a code leads to; None where there is none, or the person declined."""
    normal = codes.normal(code) if len(code) <= 100 else ""
    row = _row_by_code(connection, name, codes.sha256(normal)) if normal.isascii() and len(normal) == codes.CODE_LENGTH else None
    return None if row is None else rows.values(connection, [row])[0]


def withdraw(connection: Connection, name: str, code: str) -> bool:
    """Delete a response and all that hangs on it; see `qmethod_studies.store.Store.withdraw`."""
    study_id = connection.scalar(select(study.c.id).where(study.c.name == name).with_for_update(key_share=True))
    found = find(connection, name, code)
    if study_id is None or found is None:
        return False
    used = connection.scalar(delete(response).where(response.c.id == found.id).returning(response.c.invitation_id))
    if used is not None:
        connection.execute(update(invitation).where(invitation.c.id == used).values(used=invitation.c.used - 1))
    connection.execute(insert(withdrawal).values(study_id=study_id, version=found.version, date=datetime.now(UTC).date()))
    return True


def withdrawals(connection: Connection, name: str) -> int:
    """How many responses of a study were withdrawn."""
    return connection.scalar(select(func.count()).select_from(withdrawal).join(study).where(study.c.name == name)) or 0
