"""How acts are kept: worked out from what was read, each act once, and then written in one short transaction, if nothing has changed meanwhile."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert

from qmethod_studies.admission import Places, Why, too_late
from qmethod_studies.definition import Study
from qmethod_studies.occasions import next_in_wave, sorts_in_wave
from qmethod_studies.questions.answers import AnswerError
from qmethod_studies.sorting import Refusal
from qmethod_studies.store import beginning, rows, whole
from qmethod_studies.store.acts import State, after, key_of, milliseconds
from qmethod_studies.store.budgets import MOST_ACTS, VISIT_APART
from qmethod_studies.store.keyring import Keyring, keyring
from qmethod_studies.store.models import event, response
from qmethod_studies.store.places import locked, places
from qmethod_studies.store.plain import Link, Plain
from qmethod_studies.store.stages import missing
from qmethod_studies.store.values import Gone, Handle, NotOpen, Opened, Response, Result, Saved, Submitted
from qmethod_studies.store.whole import Unseal

Definition = Callable[[Connection, Row[Any]], Study]
"""Gives the definition that a row of `rows.WITH_VERSION` belongs to."""
_LOCKED = rows.BY_HANDLE.with_for_update(of=response)
_INSERT = Plain(insert(event))


@dataclass(frozen=True, slots=True)
class Found:
    """A response as it was read, with what decides about acts on it.

    Parameters
    ----------
    keys : Keyring
    row : Any
        Of `rows.WITH_VERSION`.
    study : Study
    state : State
    known : frozenset of str
        Those keys of the acts that were kept before.
    visited : frozenset of str
        Stages with a visit so short ago that another is no event of its own.
    """

    keys: Keyring
    row: Any
    study: Study
    state: State
    known: frozenset[str] = frozenset()
    visited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What acts come to, before anything of it is written.

    Parameters
    ----------
    found : Found
    state : State
        After the acts.
    results : tuple of Result
    kept : list of dict
        Rows of the event log.
    now : datetime
    """

    found: Found
    state: State
    results: tuple[Result, ...]
    kept: list[dict[str, Any]]
    now: datetime

    @property
    def newer(self) -> dict[str, Any]:
        """The counters of the response."""
        row = self.found.row
        refused = row.refused + sum(result.outcome == "refused" for result in self.results)
        return {"revision": row.revision + len(self.kept), "updated": self.now if self.kept else row.updated, "refused": refused}

    @property
    def saved(self) -> Saved:
        """What is told of it."""
        return Saved(self.results, rows.value(self.found.keys, self.found.row, self.state, **self.newer))

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return any(result.outcome != "repeated" for result in self.results)


def find(
    link: Link,
    handle: Handle,
    acts: Sequence[object],
    definition: Callable[[Link, Any], Study],
    unseal: Unseal,
    token: str | None = None,
    *,
    opened: bool = False,
) -> Found:
    """Read a response, and what decides about acts on it, in one statement; with `opened` its visits of late too.

    Raises
    ------
    Gone
        If there is no such response of this person, or a token is given that does not lead to it.
    """
    keys = [key for act in acts if (key := key_of(act))]
    visiting = opened or any(isinstance(act, Mapping) and act.get("act") == "visit" for act in acts)
    since = datetime.now(UTC) - VISIT_APART if visiting else None
    row = _here(whole.read(link, handle, keys=keys, since=since, token=token), handle)
    study, state = definition(link, row), rows.state(row, whole.parts(row, unseal))
    known = frozenset(whole.listed(row.known)) if keys else frozenset()
    visited = frozenset(map(str, whole.listed(row.visits))) if visiting else frozenset[str]()
    return Found(link.keys, row, study, state, known, visited)


def _here(row: Any | None, handle: Handle) -> Any:
    if row is None:
        raise Gone(f"there is no response {handle.number} of this person: it was withdrawn, or is somebody else's")
    return row


def plan(found: Found, acts: Sequence[Mapping[str, Any]], opened: Opened | None = None) -> Plan:
    """What acts come to. Pure: whatever they ask to be looked at is looked at here, while nobody waits."""
    row, study, state, now = found.row, found.study, found.state, datetime.now(UTC)
    known, visited = set(found.known), set(found.visited)
    closed = "closed" if row.status == "submitted" else None
    results: list[Result] = []
    kept: list[dict[str, Any]] = []
    for act in acts:
        key = key_of(act)
        if not key:
            results.append(_without_key(act))
        elif key in known or (not closed and _visits(act) in visited):
            results.append(Result(key, "repeated"))
        elif closed:
            results.append(Result(key, "refused", closed))
        elif row.revision + len(kept) >= MOST_ACTS and not _finishes(state, act):
            results.append(Result(key, "refused", "too-many-acts"))
        else:
            try:
                state, detail = after(study, state, act, seed=str(row.id))
            except Refusal as refusal:
                results.append(Result(key, "refused", refusal.code, refusal.statement, refusal.column))
            except AnswerError as error:
                results.append(Result(key, "refused", error.code))
            else:
                if opened is not None and not kept and act["act"] != "visit" and opened.stage not in visited:
                    kept.append(_visit(row, opened, now))
                known.add(key)
                if act["act"] == "visit":
                    visited.add(detail["stage"])
                results.append(Result(key, "saved"))
                kept.append(_event(row.id, row.revision + len(kept) + 1, key, act, detail, now))
    return Plan(found, state, tuple(results), kept, now)


def _visit(row: Row[Any], opened: Opened, now: datetime) -> dict[str, Any]:
    """The visit of a page, which is kept with the first act on it: after what was kept before, and not after now."""
    at = max(row.updated, min(opened.at, now))
    return _event(row.id, row.revision + 1, secrets.token_hex(12), {"act": "visit", "ms": 0}, {"stage": opened.stage}, at)


def _visits(act: Mapping[str, Any]) -> str:
    """The stage that an act is a visit of; empty for other acts."""
    stage = act.get("stage") if act.get("act") == "visit" else ""
    return stage if isinstance(stage, str) else ""


def _finishes(state: State, act: Mapping[str, Any]) -> bool:
    """Whether an act finishes a stage that is not finished: there are only so many of these."""
    stage = act.get("stage")
    return act.get("act") == "finish" and isinstance(stage, str) and stage not in state.done


def keep(link: Link, done: Plan) -> bool:
    """Write what acts come to; False, and nothing is written, where the response has changed since it was read."""
    if not rows.keep_state(link, done.found.state, done.state, was=done.found.row, **done.newer):
        return False
    if done.kept:
        _INSERT.run(link, *done.kept)
    return True


def _without_key(act: object) -> Result:
    key = act.get("key") if isinstance(act, Mapping) else None
    return Result(key[:64] if isinstance(key, str) else "", "refused", "malformed")


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


def lacking(found: Found) -> tuple[str, ...]:
    """What keeps a response from being submitted."""
    state = found.state
    return missing(found.study, state.board, state.answers, state.comments, state.done)


def submit(connection: Connection, handle: Handle, key: str, found: Found, entire: Definition) -> Submitted | None:
    """Close a response that lacks nothing; see `qmethod_studies.store.Store.submit`. None where it has changed since it was read."""
    number = handle.number
    seen = connection.execute(rows.BY_HANDLE, handle._asdict()).one_or_none()
    if seen is not None and not entire(connection, seen).begun_may_finish:
        locked(connection, seen.name)  # before the response, as whoever begins and whoever withdraws does
    row = _here(connection.execute(_LOCKED, handle._asdict()).one_or_none(), handle)
    response_now = rows.value(keyring(connection), row, rows.state(row, rows.parts(connection, [row])[number]))
    if row.status == "submitted":
        return Submitted(response_now, _after(connection, row))
    if (row.revision, row.status) != (found.row.revision, found.row.status):
        return None
    if (why := barred(connection, row, entire(connection, row))) is not None:
        raise NotOpen(row.name, why)
    now = datetime.now(UTC)
    count = row.revision + 1
    # No act of a page can have the key "submit": theirs are longer.
    _INSERT.run(Link.of(connection), _event(number, count, "submit", {"act": "submit"}, {"key": key}, now))
    changed = {"status": "submitted", "submitted": now, "updated": now, "revision": count}
    connection.execute(response.update().where(response.c.id == number).values(draft=None, undoable=None, redoable=None, **changed))
    done = replace(response_now, draft=None, can_undo=False, can_redo=False, **changed)
    following = next_in_wave(done.assigned, [(one.condition, one.wave) for one in rows.of_person(connection, row.person_id)])
    if following is None:
        return Submitted(done)
    return Submitted(done, beginning.begin_next(connection, row.person_id, entire(connection, row), following))


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
