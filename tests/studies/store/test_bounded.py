"""What an act reads is the same however much is kept, by statements, by steps of the database's own machine and by the plan of each statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from qmethod_studies.store import Begun, Handle, Store, models
from tests.studies.store.acting import act, begin, fill, make_study, new_key, places
from tests.studies.store.asking import asking

OTHERS, EVENTS = 3000, 3500
EXPLAINED = ("SELECT", "UPDATE", "DELETE")
SHORT = ("study", "study_version", "store", "generation", "origin")
"""Tables that are short in any database, so that none looks for an index."""


@dataclass
class Work:
    """What a call asked of the database."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    steps: int = 0


@contextmanager
def watched(store: Store) -> Iterator[Work]:
    """Count statements, and with SQLite the steps of its machine: each row that is looked at takes some."""
    work, seen = Work(), []

    def step() -> int:
        work.steps += 1
        return 0

    def before(statement: str, parameters: Any, raw: Any) -> None:
        work.statements.append((statement, parameters))
        if hasattr(raw, "set_progress_handler") and raw not in seen:
            raw.set_progress_handler(step, 1)
            seen.append(raw)

    try:
        with asking(before):
            yield work
    finally:
        for raw in seen:
            raw.set_progress_handler(None, 1)


@dataclass
class Scene:
    """Somebody in the middle of their sort, with what leads to them."""

    store: Store
    begun: Begun
    token: str
    link: str

    @property
    def handle(self) -> Handle:
        return self.begun.response.handle


def scene(store: Store) -> Scene:
    study = make_study(access={"kind": "link"})
    store.register(study)
    (link,) = store.invite("demo", "link", participants=["ann"])
    begun = begin(store, study, invitation=link)
    fill(store, study, begun.response.handle, {"s9": "words"})
    token = store.admit("demo", begun.code, 3600)
    assert token is not None
    return Scene(store, begun, token, str(link.secret))


def grow(scene_: Scene) -> None:
    """Thousands of others, and thousands of acts of this one, an hour ago and more."""
    number, old = scene_.handle.number, datetime.now(UTC) - timedelta(hours=2)
    with scene_.store._write() as connection:
        row = {table: dict(connection.execute(select(table)).mappings().first() or {}) for table in (models.person, models.response, models.browser)}
        invited = dict(connection.execute(select(models.invitation)).mappings().first() or {})
        many = range(1, OTHERS + 1)
        people = [{**row[models.person], "id": i, "mark": f"m{i}", "key_hash": f"k{i}", "code_hash": f"c{i}", "invitation_id": None} for i in many]
        connection.execute(insert(models.person), people)
        connection.execute(insert(models.response), [{**row[models.response], "id": i, "person_id": i} for i in many])
        connection.execute(insert(models.browser), [{**row[models.browser], "token_hash": f"t{i}", "person_id": i} for i in many])
        invitations = [{**invited, "id": 10**6 + i, "secret_hash": f"s{i}", "mark": f"i{i}", "participant": None, "key_name": None} for i in many]
        connection.execute(insert(models.invitation), invitations)
        connection.execute(
            insert(models.declined), [{"study_id": invited["study_id"], "version": 1, "date": old.date(), "mark": f"d{i}"} for i in many]
        )
        connection.execute(insert(models.placement), [{"response_id": i, "statement": f"s{j}", "pile": "agree"} for i in many for j in range(1, 10)])
        for table, column in ((models.answer, "question"), (models.comment, "statement")):
            one = dict(connection.execute(select(table)).mappings().first() or {})
            connection.execute(insert(table), [{**one, "response_id": i, column: f"{column[0]}{j}"} for i in many for j in range(3)])
        acts = [("visit", {"stage": "grid"}), ("place", {"statement": "s1", "column": 0})]
        mine = [(number, 1001 + i, *acts[i % 2]) for i in range(EVENTS)]
        theirs = [(i, j + 1, *acts[j % 2]) for i in many for j in range(4)]
        events = [
            {"response_id": of, "number": n, "key": f"old-{of}-{n}", "act": name, "detail": detail, "at": old, "ms": 1, "idle": 1}
            for of, n, name, detail in mine + theirs
        ]
        connection.execute(insert(models.event), events)
        connection.execute(models.event.update().values(at=old))  # so that a visit is one again
        connection.execute(models.response.update().where(models.response.c.id == number).values(revision=1000 + EVENTS))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


CALLS: dict[str, Callable[[Scene], object]] = {
    "place": lambda it: it.store.save(it.handle, [places(make_study())[0]]),
    "comment": lambda it: it.store.save(it.handle, [act("comment", statement="s9", text=f"other words {new_key()}")]),
    "answer": lambda it: it.store.save(it.handle, [act("answer", question="age", value=str(20 + int(new_key()[-2:])))]),
    "visit": lambda it: it.store.save(it.handle, [act("visit", stage="grid")]),
    "undo": lambda it: it.store.save(it.handle, [act("undo")]),
    "twenty acts": lambda it: it.store.save(it.handle, [act("pile", statement=f"s{i % 9 + 1}", pile=("agree", "neutral")[i % 2]) for i in range(20)]),
    "trail": lambda it: it.store.trail(it.handle),
    "response": lambda it: it.store.response(it.handle),
    "known": lambda it: it.store.known("demo", it.token),
    "code": lambda it: it.store.find("demo", it.begun.code),
    "sorts": lambda it: it.store.sorts("demo", it.begun.code),
    "due": lambda it: it.store.due("demo", it.begun.code),
    "link": lambda it: it.store.by_invitation("demo", _invitation(it)),
    "prolong": lambda it: it.store.prolong("demo", it.token, 3600),
    "another device": lambda it: it.store.admit("demo", it.begun.code, 3600),
    "leave": lambda it: it.store.dismiss("demo", it.token),
    "submit": lambda it: it.store.submit(it.handle, new_key()),
}


def _invitation(it: Scene) -> Any:
    found = it.store.invitation("demo", "link", it.link)
    assert found is not None
    return found


def test_no_act_reads_more_where_more_is_kept(store_url: str, tmp_path: Any, request: pytest.FixtureRequest) -> None:
    """The same calls on a database with one person, and with thousands who did much."""
    with Store.open(store_url) as store:
        small = scene(store)
        few = measured(small)
        with store._write() as connection:  # as it was, but for the log
            connection.execute(models.response.update().values(status="started", submitted=None))
        small = Scene(store, small.begun, str(store.admit("demo", small.begun.code, 3600)), small.link)
        grow(small)
        many = measured(small)
        scans = [(name, scan) for name, work in many.items() for scan in scanned(store, work)]
    more_said = {name: [one for one, _ in work.statements] for name, work in many.items() if len(work.statements) > len(few[name].statements)}
    assert more_said == {}
    assert max(len(work.statements) for work in few.values()) <= 15
    assert scans == []
    if store_url.startswith("sqlite"):
        more = {name: (few[name].steps, work.steps) for name, work in many.items() if work.steps > 1.2 * few[name].steps + 50}
        assert more == {}
        assert all(work.steps > 0 for work in many.values())


def measured(it: Scene) -> dict[str, Work]:
    found = {}
    for name, call in CALLS.items():
        with watched(it.store) as work:
            assert call(it) is not None or name in ("prolong", "leave", "due", "link")
        found[name] = work
    return found


def scanned(store: Store, work: Work) -> list[str]:
    """Which tables statements would read from end to end, by the plan of the database itself."""
    found = []
    with store._write() as connection:
        for statement, parameters in work.statements:
            if not statement.startswith(EXPLAINED):
                continue
            if connection.dialect.name == "sqlite":
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                found += [f"{row[-1]}: {statement}" for row in plan if row[-1].startswith("SCAN") and not row[-1].startswith("SCAN CONSTANT")]
            else:
                whole = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
                found += [f"{one}: {statement}" for one in _sequential(whole if isinstance(whole, list) else json.loads(str(whole)))]
    return found


def _sequential(plan: Any) -> Iterator[str]:
    """Names of tables that are read from end to end in a plan of PostgreSQL, but for those that are short in any database."""
    if isinstance(plan, list):
        for one in plan:
            yield from _sequential(one)
    elif isinstance(plan, dict):
        if plan.get("Node Type") == "Seq Scan" and plan.get("Relation Name") not in SHORT:
            yield str(plan["Relation Name"])
        for value in plan.values():
            if isinstance(value, list | dict):
                yield from _sequential(value)


def test_what_watches_would_see_a_scan(store_url: str) -> None:
    with Store.open(store_url) as store:
        it = scene(store)
        steps = []
        for _ in range(2):
            with watched(store) as work, store._read() as connection:
                connection.execute(select(models.event.c.number).where(models.event.c.act == "none")).all()
            steps.append(work.steps)
            if len(steps) == 1:
                grow(it)
        assert [one.split(":")[0] for one in scanned(store, work)] == (["SCAN event"] if store_url.startswith("sqlite") else ["event"])
        assert not store_url.startswith("sqlite") or steps[1] > 100 * steps[0]
