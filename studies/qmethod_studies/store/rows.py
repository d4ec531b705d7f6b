"""Responses between rows and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, text, update

from qmethod_studies.sorting import Board, History, Move, Place
from qmethod_studies.store.acts import State
from qmethod_studies.store.keyring import Keyring, keyring
from qmethod_studies.store.models import answer, comment, person, placement, response, study, study_version
from qmethod_studies.store.plain import Link, Plain
from qmethod_studies.store.values import Response

WITH_VERSION = select(
    response,
    *person.c["key_name", "participant", "code_hash", "simulated", "assigned"],
    study.c.name,
    study_version.c.version,
    study_version.c.edition,
).select_from(
    response.join(person, person.c.id == response.c.person_id)
    .join(study_version, study_version.c.id == response.c.version_id)
    .join(study, study.c.id == person.c.study_id)
)
"""A response, whose it is, the name of its study, its version, and how often the definition of that version was renewed."""


def new_id(connection: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Insert a row; the number it got."""
    return int(connection.execute(insert(table).values(row)).inserted_primary_key[0])  # type: ignore[index]


BY_HANDLE = WITH_VERSION.where(response.c.id == bindparam("number"), person.c.code_hash == bindparam("code_hash"))
"""The one way to a response for who takes part: its number and its person's code together."""
OF_PERSON = WITH_VERSION.where(person.c.id == bindparam("person")).order_by(response.c.position)
# Statements that every act needs are built once: building costs more than running.
_ONE = {table: select(table).where(table.c.response_id == bindparam("number")) for table in (placement, answer, comment)}
_MANY = {table: select(table).where(table.c.response_id.in_(bindparam("numbers", expanding=True))) for table in _ONE}
_DELETE = {
    table: Plain(delete(table).where(table.c.response_id == bindparam("number"), table.c[name] == bindparam("name")))
    for table, name in ((answer, "question"), (comment, "statement"))
}


def _upsert(table: Table) -> Plain:
    """Both databases understand it in the same words."""
    key, names = [one.name for one in table.primary_key], [one.name for one in table.columns]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    values = ", ".join(f":{name}" for name in names)
    return Plain(text(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"))  # noqa: S608 - names of our own


_UPSERT = {table: _upsert(table) for table in _ONE}
_UPDATE = Plain(
    update(response).where(
        response.c.id == bindparam("number"),
        response.c.revision == bindparam("was_revision"),
        response.c.refused == bindparam("was_refused"),
        response.c.status == bindparam("was_status"),
    ),
    ("undoable", "redoable", "draft", "done", "language", "revision", "updated", "refused"),
)


PARTICIPANT = "participant"
"""What the id of a participant is sealed as."""


class Parts(NamedTuple):
    """What hangs on a response: its board, answers and comments."""

    board: Board
    answers: Mapping[str, Any]
    comments: Mapping[str, str]


def parts(connection: Connection, of: Sequence[Row[Any]]) -> dict[int, Parts]:
    """What hangs on some responses, by their numbers.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    of : sequence of Row
        Of `WITH_VERSION`.
    """
    keys, named = keyring(connection), {row.id: row.key_name for row in of}
    keys.look_up(named.values())
    ids = list(named)
    piles: dict[int, dict[str, Any]] = {number: {} for number in ids}
    places: dict[int, dict[str, Place]] = {number: {} for number in ids}
    for number, name, pile, value, by in _hanging(connection, placement, ids):
        if pile is not None:
            piles[number][name] = pile
        if value is not None:
            places[number][name] = Place(int(value) if value.is_integer() else value, by)
    answers: dict[int, dict[str, Any]] = {number: {} for number in ids}
    for number, question, value in _hanging(connection, answer, ids):
        answers[number][question] = keys.unseal(named[number], value, f"answer {question}")
    comments: dict[int, dict[str, str]] = {number: {} for number in ids}
    for number, name, written in _hanging(connection, comment, ids):
        comments[number][name] = keys.unseal(named[number], written, f"comment {name}")
    return {number: Parts(Board(piles[number], places[number]), answers[number], comments[number]) for number in ids}


def _hanging(connection: Connection, table: Table, ids: Sequence[int]) -> Iterable[Any]:
    found = connection.execute(_ONE[table], {"number": ids[0]}) if len(ids) == 1 else connection.execute(_MANY[table], {"numbers": list(ids)})
    return sorted(found, key=itemgetter(0, 1))  # databases order rows as they lie or as a language has it; an export is the same from each


def values(connection: Connection, rows: Sequence[Row[Any]]) -> list[Response]:
    """Responses whole, from rows of `WITH_VERSION`."""
    hanging = parts(connection, rows) if rows else {}
    return [value(keyring(connection), row, state(row, hanging[row.id])) for row in rows]


def of_person(connection: Connection, number: int) -> list[Response]:
    """All responses of a person, in the order in which they were given."""
    return values(connection, connection.execute(OF_PERSON, {"person": number}).all())


def state(row: Any, hanging: Parts) -> State:
    """What acts can change of a response."""
    return State(
        history=History(hanging.board, _moves(row.undoable), _moves(row.redoable)),
        draft=row.draft,
        answers=hanging.answers,
        comments=hanging.comments,
        done=frozenset(row.done),
        language=row.language,
    )


def value(keys: Keyring, row: Any, now: State, **newer: Any) -> Response:
    """A response from its row and its state.

    Parameters
    ----------
    keys : Keyring
    row : Row
        Of `WITH_VERSION`.
    now : State
    newer
        What has changed since the row was read: revision, updated, submitted, status, refused.
    """
    plain = {key: getattr(row, key) for key in ("revision", "updated", "submitted", "status", "refused")} | newer
    return Response(
        id=row.id,
        study=row.name,
        version=row.version,
        participant=keys.unseal(row.key_name, row.participant, PARTICIPANT),
        language=now.language,
        simulated=row.simulated,
        order=tuple(row.shown_order),
        board=now.board,
        draft=now.draft,
        answers=now.answers,
        comments=now.comments,
        done=now.done,
        can_undo=bool(now.history.past),
        can_redo=bool(now.history.future),
        started=row.started,
        code_hash=row.code_hash,
        condition=row.condition,
        wave=row.wave,
        assigned=tuple(row.assigned),
        position=row.position,
        **plain,
    )


def keep_state(link: Link, before: State, now: State, *, was: Any, **newer: Any) -> bool:
    """Write what differs between two states of a response, and its counters.

    Parameters
    ----------
    link : Link
    before, now : State
    was : Row
        Of `WITH_VERSION`, from which `before` was made.
    newer
        Revision, updated and refused, as they are now.

    Returns
    -------
    bool
        False, and nothing is written, where the response has changed since `was` was read.
    """
    number = was.id
    values = {
        "undoable": _stored(now.history.past),
        "redoable": _stored(now.history.future),
        "draft": None if now.draft is None else dict(now.draft),
        "done": sorted(now.done),
        "language": now.language,
        **newer,
    }
    unchanged = {"number": number, "was_revision": was.revision, "was_refused": was.refused, "was_status": was.status}
    if _UPDATE.run(link, {**unchanged, **values}) != 1:
        return False
    _upsert_placements(link, number, _placements(before.board), _placements(now.board))
    if now.answers is not before.answers:
        _replace(link, answer, number, before.answers, now.answers, was.key_name)
    if now.comments is not before.comments:
        _replace(link, comment, number, before.comments, now.comments, was.key_name)
    return True


def _moves(stored: Any) -> tuple[Move, ...]:
    """What can be undone, as `_stored` wrote it."""
    return tuple(Move({name: _place(value) for name, value in one["cards"].items()}, one.get("refining", False)) for one in stored or ())


def _place(value: Any) -> Place | None:
    if value is None:
        return None
    return Place(value[0], "auto") if isinstance(value, list) else Place(value)


def _stored(moves: Sequence[Move]) -> list[dict[str, Any]] | None:
    """Moves as JSON: for each statement its column, in a list where the machine laid it there, null where it lay nowhere."""
    return [{"cards": dict(map(_column, one.cards.items())), **({"refining": True} if one.refining else {})} for one in moves] or None


def _column(of: tuple[str, Place | None]) -> tuple[str, Any]:
    name, place = of
    return name, place and (place.column if place.by == "participant" else [place.column])


_NOWHERE = (None, None, None)


def _placements(board: Board) -> dict[str, tuple[Any, ...]]:
    """Pile, column and hand of each statement that has any of them."""
    found: dict[str, tuple[Any, ...]] = {name: (pile, None, None) for name, pile in board.piles.items()}
    return found | {name: (board.piles.get(name), place.column, place.by) for name, place in board.places.items()}


def _upsert_placements(link: Link, number: int, before: Mapping[str, tuple[Any, ...]], now: Mapping[str, tuple[Any, ...]]) -> None:
    """Write what differs between two boards, in one statement: of a statement that is taken off both board and pile a row without either is left."""
    changed = {name: row for name, row in now.items() if before.get(name) != row} | dict.fromkeys(before.keys() - now.keys(), _NOWHERE)
    if changed:
        new = [{"response_id": number, "statement": name, "pile": pile, "value": at, "placed_by": by} for name, (pile, at, by) in changed.items()]
        _UPSERT[placement].run(link, *new)


def _replace(link: Link, table: Table, number: int, before: Mapping[str, Any], now: Mapping[str, Any], key_name: str) -> None:
    """Make the answers or the comments of a response those of `now`, touching only what differs."""
    name, column = (one.name for one in table.columns if one.name != "response_id")
    gone = [key for key in before if key not in now]
    changed = {key: value for key, value in now.items() if key not in before or before[key] != value}
    if gone:
        _DELETE[table].run(link, *({"number": number, "name": key} for key in gone))
    if changed:
        sealed = {key: link.keys.seal(key_name, value, f"{table.name} {key}") for key, value in changed.items()}
        _UPSERT[table].run(link, *({"response_id": number, name: key, column: value} for key, value in sealed.items()))
