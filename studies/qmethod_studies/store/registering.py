"""Studies in the store: their definitions, version by version."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy import Connection, case, func, insert, select, update

from qmethod.errors import DataError, Fault
from qmethod_studies.definition import Study
from qmethod_studies.store.changes import changes
from qmethod_studies.store.engine import lock_database
from qmethod_studies.store.keyring import keyring, study_key
from qmethod_studies.store.models import declined, person, response, study, study_version
from qmethod_studies.store.rows import new_id
from qmethod_studies.store.values import StudySummary


def register(connection: Connection, definition: Study) -> None:
    """Remember a definition; see `qmethod_studies.store.Store.register`."""
    lock_database(connection)  # two processes may register the same study at once, and there is no row to lock yet
    study_id = connection.scalar(select(study.c.id).where(study.c.name == definition.study))
    if study_id is None:
        salt = secrets.token_hex(16)
        keyring(connection).put({study_key(salt): secrets.token_bytes(32)})
        study_id = new_id(connection, study, {"name": definition.study, "code_salt": salt})
    connection.execute(select(study.c.id).where(study.c.id == study_id).with_for_update(key_share=True))  # no one begins meanwhile
    text, digest = definition.model_dump_json(by_alias=True), definition.digest()
    row = connection.execute(
        select(*study_version.c["id", "definition", "digest", "edition"]).where(
            study_version.c.study_id == study_id, study_version.c.version == definition.version
        )
    ).one_or_none()
    if row is None:
        connection.execute(
            insert(study_version).values(
                study_id=study_id, version=definition.version, definition=text, digest=digest, edition=1, registered=datetime.now(UTC)
            )
        )
        return
    if row.definition == text:
        return
    if row.digest != digest:
        old = _read(row.definition, definition.study, definition.version)
        if old.digest() != digest:  # else only keys are gone that meant nothing
            _refuse_change(connection, row.id, old, definition)
    connection.execute(
        update(study_version)
        .where(study_version.c.id == row.id)
        .values(definition=text, digest=digest, edition=row.edition + 1, registered=datetime.now(UTC))
    )


def _refuse_change(connection: Connection, version_id: int, old: Study, new: Study) -> None:
    n, simulated = connection.execute(
        select(func.count(), func.coalesce(func.sum(case((person.c.simulated, 1), else_=0)), 0))
        .select_from(response.join(person))
        .where(response.c.version_id == version_id)
    ).one()
    if not n:
        return
    responses = f"{n} response{'s' if n > 1 else ''}" + (f" ({simulated} of them simulated)" if simulated else "")
    highest = connection.scalar(
        select(func.max(study_version.c.version)).where(
            study_version.c.study_id == select(study_version.c.study_id).where(study_version.c.id == version_id).scalar_subquery()
        )
    )
    advice = f"Set version: {int(highest or new.version) + 1} in study.yaml; the {responses} keep version {new.version}."
    what = f"version {new.version} of the study {new.study!r} has {responses}, and since then"
    raise DataError([Fault(f"{what} {change}", advice=advice) for change in changes(old, new)])


def _read(text: str, name: str, version: int) -> Study:
    """A definition as the store holds it.

    Raises
    ------
    DataError
        For one that holds what this version does not know.
    """
    try:
        return Study.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in found["loc"])
        what = f"the database holds version {version} of {name!r} with a part that this version of qmethod does not know: {where}"
        raise DataError([Fault(what, advice="A newer version has written it: use that one for this database.")]) from None


def stored_study(connection: Connection, name: str, version: int | None) -> tuple[int, Study]:
    """Number of the version in the store, and its definition; of the highest version where none is given.

    Raises
    ------
    DataError
        Listing what is known.
    """
    row = connection.execute(
        select(*study_version.c["id", "version", "definition"])
        .join(study)
        .where(study.c.name == name, *([] if version is None else [study_version.c.version == version]))
        .order_by(study_version.c.version.desc())
        .limit(1)
    ).one_or_none()
    if row is not None:
        return row.id, _read(row.definition, name, row.version)
    known = connection.execute(
        select(study.c.name, study_version.c.version).join(study_version).order_by(study.c.name, study_version.c.version)
    ).all()
    listed = ", ".join(f"{row.name} (version {row.version})" for row in known)
    wanted = f"{name!r}" if version is None else f"version {version} of {name!r}"
    advice = f"It knows: {listed}." if listed else "It holds no study yet; one is put into it when it is first served."
    raise DataError([Fault(f"the database holds no study {wanted}", advice=advice)])


def summaries(connection: Connection) -> list[StudySummary]:
    """Every version of every study, with the number of its responses."""
    counts: dict[int, dict[str, int]] = {}
    for version_id, status, simulated, n in connection.execute(
        select(response.c.version_id, response.c.status, person.c.simulated, func.count())
        .select_from(response.join(person))
        .group_by(response.c.version_id, response.c.status, person.c.simulated)
    ):
        mine = counts.setdefault(version_id, {})
        key = "simulated" if simulated else status
        mine[key] = mine.get(key, 0) + n
    d = declined.c
    by_version = connection.execute(select(d.study_id, d.version, func.count()).group_by(d.study_id, d.version))
    refused = {(study_id, version): n for study_id, version, n in by_version}
    found = []
    for row in connection.execute(
        select(study.c.name, *study_version.c["id", "study_id", "version", "definition"])
        .join(study_version)
        .order_by(study.c.name, study_version.c.version)
    ):
        definition, mine = _read(row.definition, row.name, row.version), counts.get(row.id, {})
        numbers = {key: mine.get(key, 0) for key in ("started", "submitted", "simulated")}
        numbers["declined"] = refused.get((row.study_id, row.version), 0)
        found.append(StudySummary(name=row.name, version=row.version, title=definition.title.in_(definition.first_language), **numbers))
    return found
