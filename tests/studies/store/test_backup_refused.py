"""Whatever is wrong with a backup or with the place it is to go to changes nothing."""

from __future__ import annotations

import io
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import Damaged, Store, check_backup, restore
from qmethod_studies.store.engine import make_engine
from qmethod_studies.store.schema import VERSION_TABLE, upgrade
from tests.studies.store.acting import begin, make_study
from tests.studies.store.copying import copied, exported, packed, peopled, put, rows, unsealed
from tests.studies.store.test_migrating import CODES


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
    assert {path.name for path in tmp_path.iterdir() if "b.sqlite3" in path.name} <= {f"b.sqlite3{end}" for end in ("", "-wal", "-shm", ".keys")}


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

    one = lines[at + 1 :]
    assert "secret" not in {column for line in lines if isinstance(line, dict) for column in line["columns"]}  # those are among the keys
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
        "no name of a key": ({**header, "rows": {**header["rows"], "store": 0}}, [lines[0], *lines[2:]]),
        "a key that there is not": (header, changed("store", key_name="")),
        "a person without a key": (header, changed("person", key_name=None)),
        "a key of a person that there is not": (header, changed("person", key_name="elsewhere")),
    }
    for what, (first, rest) in hostile.items():
        with pytest.raises(DataError) as caught:
            restore(store_url, resummed(first, rest), "the.backup", overwrite=True)
        assert any(word in str(caught.value) for word in ("damaged", "newer version", "keys that the backup needs are not there")), what
    assert rows(store_url) == there
    assert restore(store_url, resummed(header, lines), "the.backup", overwrite=True).way == "replaced"


@pytest.mark.parametrize("content", [b"", b"x", b"{}", b"[]\n", b"null\n", b"[" * 100_000, b"PK\x03\x04" + bytes(500), b"SQLite format 3\0" * 300])
def test_what_is_no_backup_is_refused_and_makes_no_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="no backup"):
        restore(f"sqlite:///{tmp_path / 'a.sqlite3'}", io.BytesIO(content), "the.backup")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_a_backup_of_an_earlier_version_gets_the_tables_of_this_one(old_url: str, other_url: str, revision: str) -> None:
    engine = make_engine(old_url)
    with engine.execution_options(sqlite_foreign_keys="OFF").begin() as connection:
        upgrade(connection, revision)
    engine.dispose()
    file = copied(old_url)  # which leaves the tables as they are
    with engine.begin() as connection:
        assert connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == revision
    engine.dispose()
    assert put(other_url, file).header.tables == revision
    assert exported(other_url) == exported(old_url)
    with Store.open(other_url, checked=True) as store:
        assert all(store.find("demo", code) is not None for code in CODES)
    assert unsealed(packed(copied(other_url).getvalue())) == unsealed(packed(copied(old_url).getvalue()))


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
    assert {path.name for path in tmp_path.iterdir()} == {"a.sqlite3", "a.sqlite3.keys", "log"}
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
