"""A backup is the database, on either kind and through as many hands as it goes; whatever is wrong with it changes nothing."""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.export import collect, export
from qmethod_studies.store import Damaged, Restored, Store, Unavailable, backup, check_backup, restore
from qmethod_studies.store.engine import make_engine
from qmethod_studies.store.reflected import tables
from qmethod_studies.store.schema import VERSION_TABLE, upgrade
from tests.studies.store.acting import act, begin, make_study, places, submitted
from tests.studies.store.test_migrating import CODES
from tests.studies.store.test_occasions import sort, study_of

ROOT = Path(__file__).parents[3]
ODD = "äö 'quoted' \"twice\"\n<b>, \u200b 𝒳 \\u0041 %s :p0"


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path, postgres: str) -> Iterator[str]:
    """The address of a second database that nothing is in."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.sqlite3'}"
        return
    import psycopg

    name = f"other{random.randrange(10**9)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def peopled(url: str, study: Study, who: str = "p") -> dict[str, str]:
    """A database with all that can be in one; the secrets of links, and whom they lead to."""
    with Store.open(url) as store:
        store.register(study)
        submitted(store, study, {"s9": ODD, "s1": "x"}, participant=f"{who}-sent")
        begun = begin(store, study, participant=f"{who}-{ODD[:20]}", language="es")
        store.save(
            begun.response.handle, [act("answer", question="age", value="101"), act("draft", columns={"s1": 1}), *places(study)[:4], act("undo")]
        )
        begin(store, study, agreed=False, participant=f"{who}-no")
        submitted(store, study, participant=f"{who}-drawn", simulated=True)
        gone = submitted(store, study, {"s2": "withdrawn words"}, participant=f"{who}-gone")
        links = store.invite(study.study, "link", participants=[None, None, f"{who}-zoe", f"{who}-yan"])
        store.invite(study.study, "code", participants=[None], uses=None, secret="leeds-autumn")
        codes = {}
        for link in (links[0], links[2]):
            codes[str(link.secret)] = begin(store, study, invitation=link).code
        assert store.withdraw(study.study, gone.code)
        return {**codes, str(links[1].secret): "", str(links[3].secret): ""}


def copied(url: str, study: str | None = None) -> io.BytesIO:
    file = io.BytesIO()
    backup(url, file, study)
    file.seek(0)
    return file


def put(url: str, file: io.BytesIO, *, overwrite: bool = False) -> Restored:
    file.seek(0)
    return restore(url, file, "the.backup", overwrite=overwrite)


def exported(url: str, study: str = "demo") -> dict[str, bytes]:
    """Every file of an export, the moment of writing left out."""
    with Store.open(url, must_exist=True) as store:
        found = export(collect(store, study, include_simulated=True)).files
    whole = json.loads(found["study.json"])
    for key in [key for key in whole if key in ("exported", "written", "made")]:
        del whole[key]
    sums = next(value for value in whole.values() if isinstance(value, dict) and "README.txt" in value)
    del sums["README.txt"]
    readme = b"\n".join(line for line in found["README.txt"].splitlines() if b"UTC" not in line)
    return {**found, "study.json": json.dumps(whole).encode(), "README.txt": readme}


def rows(url: str) -> dict[str, list[Any]]:
    """All that is in the tables, what belongs to one database left out."""
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).exists():
        return {}
    engine = make_engine(url)
    with engine.begin() as connection:
        names = [table.name for table in tables(connection) if table.name != VERSION_TABLE]
        found = {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}
    engine.dispose()
    return found


def lead_back(url: str, links: dict[str, str], study: str = "demo") -> None:
    """Every link that was sent leads to its response, or still begins one."""
    with Store.open(url) as store:
        definition = store.study(study)
        for secret, code in links.items():
            invitation = store.invitation(study, "link", secret)
            assert invitation is not None
            assert store.by_invitation(study, invitation) == (code or None)
            if not code:
                begun = begin(store, definition, invitation=invitation)
                assert store.by_invitation(study, invitation) == begun.code
                assert store.find(study, begun.code) is not None
        assert store.invitation(study, "code", "Leeds Autumn") is not None
        assert store.withdrawals(study) == 1


def test_a_backup_is_the_database(store_url: str, other_url: str, study: Study) -> None:
    links = peopled(store_url, study)
    file = copied(store_url)
    assert b"withdrawn words" not in file.getvalue()
    done = put(other_url, file)
    assert (done.way, done.header.studies, done.header.study) == ("new", {"demo": 6}, None)
    assert exported(other_url) == exported(store_url)
    lead_back(other_url, links)
    with Store.open(store_url) as one, Store.open(other_url) as two:
        assert one.generation != two.generation
        assert one._secret == two._secret


def test_through_many_hands_nothing_changes(store_url: str, other_url: str, study: Study, tmp_path: Path) -> None:
    peopled(store_url, study)
    third = f"sqlite:///{tmp_path / 'third.sqlite3'}"
    put(other_url, copied(store_url))
    put(third, copied(other_url))
    first, last = copied(store_url).getvalue(), copied(third).getvalue()
    assert packed(first) == packed(last)


def packed(content: bytes) -> list[Any]:
    """The lines of a backup behind its first."""
    import gzip

    middle = content[content.index(b"\n") + 1 : -73]
    return [json.loads(line) for line in gzip.decompress(middle).splitlines()]


def several_sorts(url: str) -> dict[str, str]:
    """People with two sorts in each of two waves, by draw and by link; where each is, by their code."""
    both, linked = study_of(study="twice"), study_of(study="linked", assign="by link")
    with Store.open(url) as store:
        store.register(both)
        store.register(linked)
        ann, ben = (begin(store, both, participant=name) for name in ("ann", "ben"))
        for who in (ann, ben):
            following = sort(store, both, who.response).following
            assert following is not None
            if who is ann:
                sort(store, both, following)
                third = store.begin_wave("twice", ann.code)
                assert third is not None
                store.save(third.handle, places(both)[:3])
        begin(store, both, agreed=False, participant="no")
        begin(store, both, simulated=True, order_seed=3)
        link = store.invite("linked", "link", participants=["cleo"], condition="ideal")[0]
        store.invite("linked", "link", participants=["dan"], condition="now")
        cleo = begin(store, linked, invitation=link)
        sort(store, linked, cleo.response)
        for study, code in (("twice", ann.code), ("linked", cleo.code)):
            assert store.admit(study, code, 1000) is not None
        return {ann.code: "twice", ben.code: "twice", cleo.code: "linked"}


def test_people_with_several_sorts_are_copied_with_all_of_them(store_url: str, other_url: str) -> None:
    people = several_sorts(store_url)
    file = copied(store_url)
    assert put(other_url, file).way == "new"
    for study in ("twice", "linked"):
        assert exported(other_url, study) == exported(store_url, study)
        assert {"occasions.csv", "participants.csv"} <= exported(other_url, study).keys()
    assert packed(copied(other_url).getvalue()) == packed(file.getvalue())
    with Store.open(store_url) as one, Store.open(other_url) as two:
        for code, study in people.items():
            assert two.sorts(study, code) == one.sorts(study, code) != []
            assert two.due(study, code) == one.due(study, code)
        cleo = next(code for code, study in people.items() if study == "linked")
        begun = two.begin_wave("linked", cleo)
        assert begun is not None
        assert (begun.condition, begun.wave) == ("ideal", "after")


def test_a_study_of_several_sorts_moves_to_others_and_back(store_url: str, other_url: str, study: Study, tmp_path: Path) -> None:
    people = several_sorts(store_url)
    peopled(other_url, study)
    for name in ("twice", "linked"):
        assert put(other_url, copied(store_url, name)).way == "added"
        assert exported(other_url, name) == exported(store_url, name)
    alone = f"sqlite:///{tmp_path / 'alone.sqlite3'}"
    put(alone, copied(other_url, "twice"))
    assert exported(alone, "twice") == exported(store_url, "twice")
    with Store.open(other_url) as store:
        assert all(store.sorts(name, code) for code, name in people.items())


def test_what_browsers_remember_is_in_no_backup_and_goes_with_a_restore(store_url: str, other_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        code = begin(store, study).code
        token = store.admit("demo", code, 1000)
        assert token is not None
        assert store.known("demo", token) is not None
    file = copied(store_url)
    assert "browser" not in json.loads(file.getvalue().split(b"\n")[0])["rows"]
    assert code.encode() not in json.dumps(packed(file.getvalue())).encode()
    for url in (other_url, store_url):
        put(url, file, overwrite=True)
        assert rows(url)["browser"] == []
        with Store.open(url) as store:
            assert store.known("demo", token) is None
            assert store.find("demo", code) is not None
            assert store.admit("demo", code, 1000) is not None


def test_numbers_that_meet_are_drawn_again(store_url: str, other_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases of earlier versions counted people from 1, all of them; those who began since have numbers at random."""
    monkeypatch.setattr("qmethod_studies.store.codes.new_number", partial(next, count(1)))
    links = peopled(store_url, study)
    people = several_sorts(store_url)
    third = make_study(study="third")
    monkeypatch.setattr("qmethod_studies.store.codes.new_number", partial(next, count(4)))
    kept = peopled(other_url, third, "r")
    monkeypatch.undo()
    with Store.open(other_url) as store:
        begin(store, third)
    before = exported(other_url, "third")
    for name in ("demo", "linked", "twice"):
        put(other_url, copied(store_url, name))
        assert exported(other_url, name) == exported(store_url, name)
    assert exported(other_url, "third") == before
    lead_back(other_url, links)
    lead_back(other_url, kept, "third")
    with Store.open(other_url) as store:
        assert all(store.sorts(name, code) for code, name in people.items())


def test_rows_that_come_later_are_numbered_above_those_that_were_put_back(store_url: str, other_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        begin(store, study)
        gone = begin(store, study).code
        last = highest(store)
        assert store.withdraw("demo", gone)
    put(other_url, copied(store_url))
    with Store.open(other_url) as store:
        there = highest(store)
        begin(store, study)
        assert highest(store) > (there if "sqlite" in store_url + other_url else last)  # PostgreSQL remembers what it gave to rows that are gone


def highest(store: Store) -> int:
    """The highest number of a consent; people and responses have numbers at random."""
    with store._read() as connection:
        return int(connection.scalar(text("SELECT max(id) FROM consent")))


def test_a_study_moves_between_databases_that_hold_others(store_url: str, other_url: str, study: Study) -> None:
    links = peopled(store_url, study)
    second = make_study(study="second")
    begun = peopled(store_url, second, "q")
    third = make_study(study="third")
    kept = peopled(other_url, third, "r")
    before = exported(other_url, "third")
    with Store.open(other_url) as store:
        generation = store.generation
    file = copied(store_url, "second")
    assert b'"demo"' not in file.getvalue().split(b"\n")[0]
    assert put(other_url, file).way == "added"
    assert exported(other_url, "second") == exported(store_url, "second")
    assert exported(other_url, "third") == before
    put(other_url, copied(store_url, "demo"))
    assert exported(other_url, "demo") == exported(store_url, "demo")
    with Store.open(other_url) as store:
        assert store.generation == generation  # what browsers remember of other studies still holds
    lead_back(other_url, links, "demo")
    lead_back(other_url, begun, "second")
    lead_back(other_url, kept, "third")
    with pytest.raises(DataError, match="holds a study 'second' already"):
        put(other_url, file, overwrite=True)


def test_a_study_that_moved_moves_on(store_url: str, other_url: str, study: Study, tmp_path: Path) -> None:
    links = peopled(store_url, study)
    peopled(other_url, make_study(study="third"), "r")
    put(other_url, copied(store_url, "demo"))
    third = f"sqlite:///{tmp_path / 'third.sqlite3'}"
    peopled(third, make_study(study="fourth"), "t")
    peopled(third, make_study(study="fifth"), "u")
    put(third, copied(other_url, "demo"))
    alone = f"sqlite:///{tmp_path / 'alone.sqlite3'}"
    assert put(alone, copied(third, "demo")).way == "new"
    assert exported(alone) == exported(store_url)
    lead_back(third, links)
    lead_back(alone, links)
    urls = (store_url, other_url, third, alone)
    assert len({signed(url) for url in urls}) == 1  # addresses that were signed are known everywhere
    assert signed(third, "fourth") != signed(other_url, "fourth")


def signed(url: str, study: str = "demo") -> str:
    with Store.open(url) as store:
        return store.signature(study, "ann")


def test_what_is_there_goes_only_where_it_may(store_url: str, study: Study) -> None:
    peopled(store_url, study)
    file = copied(store_url)
    with Store.open(store_url) as store:
        begin(store, study)
    there = rows(store_url)
    with pytest.raises(DataError, match=r"the database holds demo, with 7 responses; nothing was changed"):
        put(store_url, file)
    assert rows(store_url) == there
    assert put(store_url, file, overwrite=True).way == "replaced"
    assert sum(map(len, rows(store_url).values())) < sum(map(len, there.values()))
    assert packed(copied(store_url).getvalue()) == packed(file.getvalue())


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_put_into_a_database_that_is_open(store_url: str, study: Study, overwrite: bool) -> None:
    peopled(store_url, study)
    file = copied(store_url)
    with Store.open(store_url) as store:
        with pytest.raises(Unavailable, match="in use, by a server or another program") as caught:
            put(store_url, file, overwrite=overwrite)
        assert "Stop the server" in caught.value.advice
        begin(store, study)  # and it goes on
    with Store.open(store_url, must_exist=True), pytest.raises(Unavailable, match="in use"):  # though nothing was asked of it yet
        put(store_url, file, overwrite=overwrite)
    put(store_url, file, overwrite=True)


def test_nobody_opens_a_database_while_a_backup_is_put_into_it(store_url: str, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    peopled(store_url, study)
    file = copied(store_url)
    monkeypatch.setattr("qmethod_studies.store.engine.BUSY_SECONDS", 0.2)
    told = []

    def meanwhile(*_given: Any) -> None:
        with pytest.raises(Unavailable) as caught:
            Store.open(store_url).close()
        told.append(str(caught.value))

    monkeypatch.setattr("qmethod_studies.store.restoring.begin_generation", lambda connection: (meanwhile(), begun(connection)))
    from qmethod_studies.store.generation import begin_generation as begun

    put(store_url, file, overwrite=True)
    assert len(told) == 1
    Store.open(store_url).close()


def test_a_store_that_was_open_learns_that_its_database_is_another(postgres_url: str, study: Study) -> None:
    """Where the connections of a server broke, a restore cannot know of it; its next connection does."""
    peopled(postgres_url, study)
    file = copied(postgres_url)
    with Store.open(postgres_url) as store:
        store._engine.dispose()
        put(postgres_url, file, overwrite=True)
        with pytest.raises(Unavailable, match="put back from a backup since it was opened") as caught:
            store.ping()
        assert caught.value.advice == "Start the server again."


def damages(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Ways in which a file comes to harm."""
    draw = random.Random(5)
    first = content.index(b"\n")
    for at in [0, 1, first, len(content) - 1, *(draw.randrange(len(content)) for _ in range(60))]:
        yield f"byte {at} changed", content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]
    for at in [0, 1, first, first + 1, len(content) - 73, len(content) - 1, *(draw.randrange(len(content)) for _ in range(20))]:
        yield f"cut at {at}", content[:at]
    yield "something behind it", content + b"more"
    yield "twice", content * 2
    yield "a piece taken out", content[: first + 20] + content[first + 40 :]
    yield "zeros in it", content[: first + 100] + bytes(64) + content[first + 164 :]


def test_damage_is_found_and_changes_nothing(tmp_path: Path, study: Study) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    peopled(url, study)
    content = copied(url).getvalue()
    target = f"sqlite:///{tmp_path / 'b.sqlite3'}"
    peopled(target, make_study(study="third"), "r")
    there = rows(target)
    for what, broken in damages(content):
        for look in (lambda file: check_backup(file, "the.backup"), lambda file: restore(target, file, "the.backup", overwrite=True)):
            with pytest.raises(DataError, match=r"the\.backup: ") as caught:
                look(io.BytesIO(broken))
            assert any(word in str(caught.value) for word in ("damaged", "no backup", "newer version")), what
    assert rows(target) == there
    assert {path.name for path in tmp_path.iterdir() if "b.sqlite3" in path.name} <= {"b.sqlite3", "b.sqlite3-wal", "b.sqlite3-shm"}


EVIL = "x; DROP TABLE study"


def resummed(header: dict[str, Any], lines: list[Any]) -> io.BytesIO:
    """A file whose sum is right, whatever stands in it."""
    import gzip
    import hashlib

    content = json.dumps(header).encode() + b"\n" + gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    return io.BytesIO(content + b"\nsha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n")


def test_a_file_that_was_written_to_deceive_changes_nothing(store_url: str, study: Study, tmp_path: Path) -> None:
    peopled(store_url, study)
    content = copied(store_url).getvalue()
    header, lines = json.loads(content.split(b"\n")[0]), packed(content)
    there = rows(store_url)
    begins = {line["table"]: i for i, line in enumerate(lines) if isinstance(line, dict)}
    at = begins["response"]
    columns = lines[at]["columns"]

    def changed(table: str = "response", **values: Any) -> list[Any]:
        """With other values in the first row of a table."""
        at = begins[table]
        assert values.keys() <= set(lines[at]["columns"])
        new = [values.get(name, value) for name, value in zip(lines[at]["columns"], lines[at + 1], strict=True)]
        return [*lines[: at + 1], new, *lines[at + 2 :]]

    one, secret = lines[at + 1 :], lines[1][lines[0]["columns"].index("secret")]
    assert re.fullmatch("[0-9a-f]{64}", secret)
    hostile = {
        "another number of rows": (header, lines[:-1]),
        "another table": (header, [*lines, {"table": "sqlite_master", "columns": ["sql"], "last": 0}]),
        "a table that is no store's": ({**header, "rows": {**header["rows"], EVIL: 0}}, [*lines, {"table": EVIL, "columns": [], "last": 0}]),
        "a column that is a statement": (header, [*lines[:at], {**lines[at], "columns": ["id) VALUES (1); --", *columns[1:]]}, *one]),
        "columns that are numbers": (header, [*lines[:at], {**lines[at], "columns": list(range(len(columns)))}, *one]),
        "a table twice": (header, [*lines, lines[at]]),
        "last is a text": (header, [*lines[:at], {**lines[at], "last": "9"}, *one]),
        "no table": (header, [[1, 2], *lines]),
        "a row that is a text": (header, [*lines[: at + 1], "row", *lines[at + 2 :]]),
        "a status that there is not": (header, changed(status="perhaps")),
        "a version that there is not": (header, changed(version_id=999)),
        "a person that there is not": (header, changed(person_id=999)),
        "a study that there is not": (header, changed("person", study_id=999)),
        "a person whose number another table had": (header, changed("person", id=999)),
        "a list for a text": (header, changed("person", participant=["a"])),
        "conditions that are no JSON": (header, changed("person", assigned="[")),
        "conditions without end": (header, changed("person", assigned="[" * 100_000)),
        "a browser": ({**header, "rows": {**header["rows"], "browser": 0}}, [*lines, {"table": "browser", "columns": ["token_hash"], "last": 0}]),
        "a number without end": (header, changed(id=10**30)),
        "a moment that is none": (header, changed(started="yesterday")),
        "nothing where there must be something": (header, changed(language=None)),
        "tables of a newer version": ({**header, "tables": "9999"}, lines),
        "a newer format": ({**header, "qmethod backup": 2}, lines),
        "a header with more": ({**header, "more": 1}, lines),
        "rows are a list": ({**header, "rows": []}, lines),
        "tables are a list": ({**header, "tables": []}, lines),
        "a count that is a text": ({**header, "studies": {"demo": "many"}}, lines),
        "no secret": ({**header, "rows": {**header["rows"], "store": 0}}, [lines[0], *lines[2:]]),
        "a secret that is none": (header, changed("store", secret="")),
    }
    for what, (first, rest) in hostile.items():
        with pytest.raises(DataError) as caught:
            restore(store_url, resummed(first, rest), "the.backup", overwrite=True)
        assert any(word in str(caught.value) for word in ("damaged", "newer version")), what
    assert rows(store_url) == there
    assert restore(store_url, resummed(header, lines), "the.backup", overwrite=True).way == "replaced"


@pytest.mark.parametrize("content", [b"", b"x", b"{}", b"[]\n", b"null\n", b"[" * 100_000, b"PK\x03\x04" + bytes(500), b"SQLite format 3\0" * 300])
def test_what_is_no_backup_is_refused_and_makes_no_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="no backup"):
        restore(f"sqlite:///{tmp_path / 'a.sqlite3'}", io.BytesIO(content), "the.backup")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_backup_of_an_earlier_version_gets_the_tables_of_this_one(old_url: str, other_url: str, revision: str) -> None:
    engine = make_engine(old_url)
    with engine.begin() as connection:
        upgrade(connection, revision)
    file = copied(old_url)  # which leaves the tables as they are
    with engine.begin() as connection:
        assert connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == revision
    engine.dispose()
    assert put(other_url, file).header.tables == revision
    assert exported(other_url) == exported(old_url)
    with Store.open(other_url, checked=True) as store:
        assert all(store.find("demo", code) is not None for code in CODES)
    assert packed(copied(other_url).getvalue()) == packed(copied(old_url).getvalue())


def test_an_earlier_database_is_brought_up_to_date_when_a_study_is_added(old_url: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    peopled(other, make_study(study="third"), "r")
    put(old_url, copied(other, "third"))
    assert exported(old_url, "third") == exported(other, "third")
    alone = f"sqlite:///{tmp_path / 'alone.sqlite3'}"
    put(alone, copied(old_url, "demo"))
    with Store.open(old_url) as store, Store.open(alone) as moved:
        for code in CODES:
            found = store.find("demo", code)
            assert found is not None
            assert moved.find("demo", code) == found


def test_a_log_that_was_left_behind_is_not_taken_for_that_of_the_new_file(tmp_path: Path, study: Study) -> None:
    url, file = f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path / "a.sqlite3"
    with Store.open(url) as store:
        store.register(study)
        monday = copied(url)
        begin(store, study)
        shutil.copy(f"{file}-wal", tmp_path / "log")
    file.unlink()
    shutil.copy(tmp_path / "log", f"{file}-wal")
    Path(f"{file}-shm").write_bytes(b"old")
    put(url, monday)
    assert {path.name for path in tmp_path.iterdir()} == {"a.sqlite3", "log"}
    assert packed(copied(url).getvalue()) == packed(monday.getvalue())


def broken(file: Path) -> None:
    """Spoil pages in the middle of a file."""
    content = bytearray(file.read_bytes())
    for at in range(4096 * 3, len(content) - 4096, 4096):
        content[at : at + 64] = bytes(range(64))
    file.write_bytes(content)


def test_a_damaged_database_is_set_aside_only_on_purpose(tmp_path: Path, study: Study) -> None:
    url, file = f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path / "a.sqlite3"
    peopled(url, study)
    whole = copied(url)
    broken(file)
    was = file.read_bytes()
    with pytest.raises(Damaged, match="the database is damaged"):
        put(url, whole)
    with pytest.raises(Damaged):
        Store.open(url, checked=True)
    done = put(url, whole, overwrite=True)
    assert done.set_aside == tmp_path / "a.sqlite3.damaged"
    assert len(done.set_aside.read_bytes()) == len(was)
    assert packed(copied(url).getvalue()) == packed(whole.getvalue())
    broken(file)
    assert put(url, whole, overwrite=True).set_aside == tmp_path / "a.sqlite3.damaged-2"
    broken(file)
    was, there = file.read_bytes(), {path.name for path in tmp_path.iterdir()}
    with pytest.raises(DataError, match="damaged: it ends too soon; nothing was changed"):
        restore(url, io.BytesIO(whole.getvalue()[:-100]), "the.backup", overwrite=True)
    assert (file.read_bytes(), {path.name for path in tmp_path.iterdir()}) == (was, there)


def test_what_is_no_database_of_responses_is_left_alone(tmp_path: Path, study: Study) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    peopled(url, study)
    whole = copied(url)
    table = tmp_path / "sorts.csv"
    table.write_text("statement,p1\n" + "s1,2\n" * 500)
    with pytest.raises(DataError, match="no database of SQLite"):
        put(f"sqlite:///{table}", whole, overwrite=True)
    assert table.read_text().startswith("statement,p1")
    other = tmp_path / "library.sqlite3"
    with sqlite3.connect(other) as books:
        books.execute("CREATE TABLE books (title)")
    books.close()
    with pytest.raises(DataError, match="something else"):
        put(f"sqlite:///{other}", whole, overwrite=True)
    with pytest.raises(DataError, match="something else"):
        copied(f"sqlite:///{other}")


def test_other_tables_of_a_database_of_postgres_stay(postgres_url: str, tmp_path: Path, study: Study) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    peopled(url, study)
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE books (title text)"))
        connection.execute(text("INSERT INTO books VALUES ('Q')"))
    for way in ("new", "replaced"):
        assert put(postgres_url, copied(url), overwrite=True).way == way
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT title FROM books")) == "Q"
    engine.dispose()


def test_a_study_that_is_not_there(store_url: str, study: Study) -> None:
    peopled(store_url, study)
    with pytest.raises(DataError, match="holds no study 'park'") as caught:
        copied(store_url, "park")
    assert caught.value.faults[0].advice == "It holds: demo."


RESTORE = """
import sys
from qmethod_studies.store import restore
with open(sys.argv[2], "rb") as file:
    print("begun", flush=True)
    restore(sys.argv[1], file, "the.backup", overwrite=True)
print("done", flush=True)
"""


def test_a_restore_that_is_killed_leaves_what_was_there_or_what_was_to_be(store_url: str, study: Study, tmp_path: Path) -> None:
    peopled(store_url, study)
    with Store.open(store_url) as store:
        for _ in range(30):
            submitted(store, study, {"s1": ODD * 20})
    (tmp_path / "the.backup").write_bytes(copied(store_url).getvalue())
    there = {name: found for name, found in rows(store_url).items() if name != "generation"}
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", RESTORE, store_url, tmp_path / "the.backup"], cwd=ROOT, check=True, capture_output=True)
    takes = time.monotonic() - began
    with Store.open(store_url) as store:
        store.withdraw("demo", begin(store, study).code)  # one row more than the backup has
    more = {name: found for name, found in rows(store_url).items() if name != "generation"}
    assert more != there
    draw, found = random.Random(3), []
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", RESTORE, store_url, tmp_path / "the.backup"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(draw.uniform(0, takes))
        process.kill()
        done = "done" in process.communicate()[0]
        if store_url.startswith("postgresql"):
            wait_until_alone(store_url)
        now = {name: one for name, one in rows(store_url).items() if name != "generation"}
        assert now in ((there,) if done or found[-1:] == ["new"] else (more, there))
        found.append("new" if now == there else "old")
    with Store.open(store_url, checked=True) as store:
        begin(store, study)


def wait_until_alone(url: str) -> None:
    """PostgreSQL notices a client that is gone when it next speaks to it."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    others = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()")
    for _ in range(200):
        with engine.begin() as connection:
            if not connection.scalar(others):
                break
        time.sleep(0.05)
    engine.dispose()


WRITE = """
import random, sys, time
from qmethod_studies.store import Handle, Store
store, handle = Store.open(sys.argv[1]), Handle(int(sys.argv[2]), sys.argv[3])
names = [f"s{i}" for i in range(1, 10)]
for i in range(100_000):
    one, other = random.sample(names, 2)
    act = {"act": "swap", "statement": one, "other": other} if i else {"act": "arrange", "columns": dict(zip(names, [-2, -1, -1, 0, 0, 0, 1, 1, 2]))}
    key = f"key-{i:08d}"
    assert store.save(handle, [{"key": key, **act}]).results[0].outcome == "saved"
    print(key, time.time(), flush=True)
"""


def test_a_backup_while_people_sort_holds_all_that_was_acknowledged_before_it(store_url: str, other_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        handles = [begin(store, study).response.handle for _ in range(2)]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, store_url, *map(str, handle)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for handle in handles
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        made = []
        for _ in range(3):
            time.sleep(0.3)
            made.append(copied(store_url))
    except BaseException:
        for writer in writers:
            writer.kill()
            writer.communicate()
        raise
    said = []
    for writer in writers:
        writer.kill()
        said.append(["key-00000000 0", *writer.communicate()[0].splitlines()[:-1]])
    for file in made:
        done = put(other_url, file, overwrite=True)
        with Store.open(other_url, checked=True) as store:
            for handle, lines in zip(handles, said, strict=True):
                kept = [event.key for event in store.events(handle.number)]
                promised = [line.split()[0] for line in lines if float(line.split()[1]) < done.header.moment.timestamp()]
                assert len(promised) > 1
                assert kept[: len(promised)] == promised
                found = store.response(handle)
                assert found is not None
                assert (found.revision, found.board.complete(study)) == (len(kept), True)


def test_without_tables_there_is_nothing_to_copy(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        with pytest.raises(DataError, match="no database of responses here"):
            copied(store_url)
        sqlite3.connect(store_url.removeprefix("sqlite:///")).close()
        Path(store_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(DataError, match="no responses in this database"):
        copied(store_url)
