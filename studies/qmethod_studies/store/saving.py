"""How acts are kept: a batch in one transaction, each act once, the response locked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from qmethod_studies.admission import Places, Why, too_late
from qmethod_studies.definition import Study
from qmethod_studies.occasions import next_in_wave, sorts_in_wave
from qmethod_studies.questions.answers import AnswerError
from qmethod_studies.sorting import History, Refusal
from qmethod_studies.store import beginning, rows
from qmethod_studies.store.acts import SORTING, State, after, key_of, milliseconds, replay
from qmethod_studies.store.keyring import keyring
from qmethod_studies.store.models import event, response
from qmethod_studies.store.places import locked, places
from qmethod_studies.store.stages import missing
from qmethod_studies.store.values import Gone, Handle, Incomplete, NotOpen, Response, Result, Saved, Submitted

Definition = Callable[[Connection, Row[Any]], Study]
"""Gives the definition that a row of `rows.WITH_VERSION` belongs to."""
_LOCKED = rows.BY_HANDLE.with_for_update(of=response)
_KEYS = select(event.c.key).where(event.c.response_id == bindparam("number"), event.c.key.in_(bindparam("keys", expanding=True)))
_SORTED = select(*event.c["act", "detail"]).where(event.c.response_id == bindparam("number"), event.c.act.in_(SORTING)).order_by(event.c.number)
_INSERT = insert(event)


def _locked(connection: Connection, handle: Handle) -> Row[Any]:
    row = connection.execute(_LOCKED, handle._asdict()).one_or_none()
    if row is None:
        raise Gone(f"there is no response {handle.number} of this person: it was withdrawn, or is somebody else's")
    return row


def save(connection: Connection, handle: Handle, acts: Sequence[Mapping[str, Any]], definition: Definition) -> Saved:
    """Apply acts and keep them; see `qmethod_studies.store.Store.save`."""
    number = handle.number
    row = _locked(connection, handle)
    study = definition(connection, row)
    before = rows.state(row, rows.parts(connection, [row])[number])
    known = _known_keys(connection, number, [key for act in acts if (key := key_of(act))])
    closed = "closed" if row.status == "submitted" else None
    seed, now, now_state = str(number), datetime.now(UTC), before
    results: list[Result] = []
    kept: list[dict[str, Any]] = []

    def history() -> History:
        earlier = connection.execute(_SORTED, {"number": number})
        played = [{"act": act, **detail} for act, detail in earlier]
        return replay(study, [*played, *({"act": made["act"], **made["detail"]} for made in kept if made["act"] in SORTING)], seed)

    for act in acts:
        key = key_of(act)
        if not key:
            results.append(_without_key(act))
        elif key in known:
            results.append(Result(key, "repeated"))
        elif closed:
            results.append(Result(key, "refused", closed))
        else:
            try:
                now_state, detail = after(study, now_state, act, seed=seed, history=history)
            except Refusal as refusal:
                results.append(Result(key, "refused", refusal.code, refusal.statement, refusal.column))
            except AnswerError as error:
                results.append(Result(key, "refused", error.code))
            else:
                known.add(key)
                results.append(Result(key, "saved"))
                kept.append(_event(number, row.revision + len(kept) + 1, key, act, detail, now))
    refused = row.refused + sum(result.outcome == "refused" for result in results)
    newer = {"revision": row.revision + len(kept), "updated": now if kept else row.updated, "refused": refused}
    if kept:
        connection.execute(_INSERT, kept)
    if kept or refused != row.refused:
        rows.keep_state(connection, row, before, now_state, **newer)
    return Saved(tuple(results), rows.value(keyring(connection), row, now_state, **newer))


def _without_key(act: object) -> Result:
    key = act.get("key") if isinstance(act, Mapping) else None
    return Result(key[:64] if isinstance(key, str) else "", "refused", "malformed")


def _known_keys(connection: Connection, number: int, keys: Sequence[str]) -> set[str]:
    if not keys:
        return set()
    return set(connection.scalars(_KEYS, {"number": number, "keys": list(keys)}))


def _event(number: int, count: int, key: str, act: Mapping[str, Any], detail: dict[str, Any], now: datetime) -> dict[str, Any]:
    name = act["act"]
    return {
        "response_id": number,
        "number": count,
        "key": key,
        "act": name,
        "detail": detail,
        "at": now,
        "ms": None if name == "away" else milliseconds(act, "ms"),  # of being away, it is the length
        "idle": milliseconds(act, "idle"),
    }


def submit(connection: Connection, handle: Handle, key: str, definition: Definition, whole: Definition) -> Submitted | Incomplete:
    """Close a response, if nothing is missing; see `qmethod_studies.store.Store.submit`."""
    number = handle.number
    seen = connection.execute(rows.BY_HANDLE, handle._asdict()).one_or_none()
    if seen is not None and not whole(connection, seen).begun_may_finish:
        locked(connection, seen.name)  # before the response, as whoever begins and whoever withdraws does
    row = _locked(connection, handle)
    response_now = _whole(connection, row)
    if row.status == "submitted":
        return Submitted(response_now, _after(connection, row))
    study = definition(connection, row)
    lacking = missing(study, response_now.board, response_now.answers, response_now.comments, response_now.done)
    if lacking:
        return Incomplete(lacking)
    if (why := barred(connection, row, whole(connection, row))) is not None:
        raise NotOpen(row.name, why)
    now = datetime.now(UTC)
    count = row.revision + 1
    # No act of a page can have the key "submit": theirs are longer.
    connection.execute(_INSERT, [_event(number, count, "submit", {"act": "submit"}, {"key": key}, now)])
    changed = {"status": "submitted", "submitted": now, "updated": now, "revision": count}
    connection.execute(response.update().where(response.c.id == number).values(draft=None, **changed))
    done = replace(response_now, draft=None, **changed)
    following = next_in_wave(done.assigned, [(one.condition, one.wave) for one in rows.of_person(connection, row.person_id)])
    if following is None:
        return Submitted(done)
    return Submitted(done, beginning.begin_next(connection, row.person_id, whole(connection, row), following))


def barred(connection: Connection, row: Row[Any], definition: Study) -> Why | None:
    """Why somebody who has begun cannot send their sort any more; None where they can. Whose first wave is done has a place already."""
    if definition.begun_may_finish or row.simulated or row.status != "started":
        return None
    now = datetime.now(UTC)
    first = row.position <= sorts_in_wave(definition)
    return too_late(definition, now, places(connection, definition, now, without=[row.id]) if first else Places(), row.condition)


def _after(connection: Connection, row: Row[Any]) -> Response | None:
    """The person's next sort in the wave of this one, where it has begun."""
    found = rows.of_person(connection, row.person_id)
    return next((one for one in found if one.position == row.position + 1 and one.wave == row.wave), None)


def _whole(connection: Connection, row: Row[Any]) -> Response:
    state: State = rows.state(row, rows.parts(connection, [row])[row.id])
    return rows.value(keyring(connection), row, state)
