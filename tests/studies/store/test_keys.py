"""What whoever has some of the files can read: the database, a backup, the keys, or several of them; and what nobody can after a withdrawal."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import Begun, Keys, Store, Submitted, Unavailable, backup, keys_file, read_keys, restore, write_keys
from qmethod_studies.store.keyring import VARIABLE, Keyring, NoKeys, mark
from qmethod_studies.store.models import person
from tests.studies.store.acting import act, begin, fill, submitted
from tests.studies.store.copying import put
from tests.studies.store.raw import keys, raw, spellings

COMMENT, CROP, WHO, INVITED = "unmistakable words, ä ö", "a crop of beetroot 4711", "Ann Example <ann@example.org>", "Zoë Invited"


@pytest.fixture
def told(store_url: str, study: Study) -> tuple[str, Begun]:
    """A database in which somebody wrote something, and is called something; somebody else too."""
    with Store.open(store_url) as store:
        store.register(study)
        (invitation,) = store.invite("demo", "link", participants=[INVITED])
        begun = begin(store, study, participant=WHO)
        store.save(begun.response.handle, [act("answer", question="job", value=["field"]), act("answer", question="crop", value=CROP)])
        fill(store, study, begun.response.handle, {"s1": COMMENT})
        submitted(store, study, {"s1": "other words"}, participant="stays")
        begin(store, study, invitation=invitation)
    return store_url, begun


def found(*held: bytes) -> list[str]:
    return [text for text in (COMMENT, CROP, WHO, INVITED) if any(one in part for one in spellings(text) for part in held)]


def copied(url: str) -> tuple[io.BytesIO, Keys]:
    file = io.BytesIO()
    made = backup(url, file)
    file.seek(0)
    return file, made.keys


def test_who_has_the_database_or_a_backup_or_the_keys_alone_reads_no_word_and_no_name(told: tuple[str, Begun]) -> None:
    url, _ = told
    file, copy = copied(url)
    import gzip

    rows = gzip.decompress(file.getvalue()[file.getvalue().index(b"\n") + 1 : -73])
    assert found(raw(url), rows, keys(url), write_keys(copy)) == []
    assert b"s1" in rows


def test_who_has_the_database_alone_computes_no_code(told: tuple[str, Begun]) -> None:
    """The secret that the codes of links are derived from is in no file but that of the keys."""
    url, _ = told
    held = raw(url)
    _, copy = copied(url)
    for key in copy.keys.values():
        assert key not in held
        assert key.hex().encode() not in held
    assert all(key in keys(url) for key in copy.keys.values())


def test_who_has_both_reads_everything(told: tuple[str, Begun]) -> None:
    url, begun = told
    with Store.open(url) as store:
        read = store.response(begun.response.handle)
        assert read is not None
        assert (read.comments["s1"], read.answers["crop"], read.participant) == (COMMENT, CROP, WHO)


def test_a_withdrawal_overwrites_the_key_so_that_log_heap_and_earlier_backups_forget_too(told: tuple[str, Begun], tmp_path: Path) -> None:
    url, begun = told
    before, copy = copied(url)
    [name] = [name for name in copy.keys if name in _names(url, begun)]
    with Store.open(url) as reading, reading._engine.begin() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM response")  # of SQLite, the log is kept while this is open
        with Store.open(url) as store:
            assert store.withdraw("demo", begun.code)
        assert found(raw(url), keys(url)) == []
    assert copy.keys[name] not in keys(url)
    # The backup made before, and the keys as they are now: nobody who withdrew is put back, and nobody else is missing.
    later = copied(url)[1]
    assert name not in later.keys
    assert name in later.withdrawn
    done = put_elsewhere(tmp_path, before, later)
    assert done == (1, 2)


def test_an_earlier_text_is_gone_from_the_files_once_a_sort_is_sent(store_url: str, study: Study) -> None:
    """Sealed by a key that lives: of SQLite in no file; PostgreSQL has it, sealed, until it uses that place again."""
    with Store.open(store_url) as store:
        store.register(study)
        begun, other = begin(store, study), begin(store, study)
        fill(store, study, begun.response.handle, {"s1": COMMENT, "s2": COMMENT * 200})
        store.save(begun.response.handle, [act("answer", question="job", value=["field"]), act("answer", question="crop", value=CROP)])
        earlier = _sealed(store)
        assert len(earlier) == 5
        edits = [act("comment", statement="s1", text="short"), act("comment", statement="s2", text="")]
        answers = {"crop": "rye", "age": 45, "job": ["desk"]}
        store.save(begun.response.handle, [*edits, *(act("answer", question=name, value=value) for name, value in answers.items())])
        assert not {*earlier} & {*_sealed(store)}
        held = raw(store_url)
        assert [_stands(one, held) for one in earlier] == [True] * 5
        fill(store, study, other.response.handle)
        assert isinstance(store.submit(other.response.handle, "the-key-of-the-other"), Submitted)
        held = raw(store_url)
        assert [_stands(one, held) for one in earlier] == [not store_url.startswith("sqlite")] * 5
        assert found(held) == []


def _sealed(store: Store) -> list[bytes]:
    """What comments and answers stand as in the database."""
    with store._read() as connection:
        rows = connection.exec_driver_sql("SELECT text FROM comment UNION ALL SELECT value FROM answer")
        return [text.encode() for (text,) in rows]


def _stands(text: bytes, held: bytes) -> bool:
    """Whether any part of a text is there: what is long lies on several pages."""
    return any(text[i : i + 200] in held for i in range(0, max(len(text) - 199, 1), 200))


def _names(url: str, begun: Begun) -> list[str]:
    with Store.open(url) as store, store._engine.begin() as connection:
        query = f"SELECT p.key_name FROM person p JOIN response r ON r.person_id = p.id WHERE r.id = {begun.response.id}"
        return [name for (name,) in connection.exec_driver_sql(query)]


def hanging(path: Path) -> list[str]:
    """The tables with rows that belong to nothing, by the foreign keys that SQLite finds in the tables."""
    with closing(sqlite3.connect(path)) as connection:
        return [table for table, *_ in connection.execute("PRAGMA foreign_key_check")]


def put_elsewhere(folder: Path, file: io.BytesIO, copy: Keys) -> tuple[int, int]:
    """How many people were left out of a new database, with keys of its own, and how many responses it then has."""
    url = f"sqlite:///{folder / 'elsewhere.sqlite3'}"
    patched = pytest.MonkeyPatch()
    with patched.context() as context:
        context.setenv(VARIABLE, str(folder / "elsewhere.keys"))
        file.seek(0)
        done = restore(url, file, "the.backup", keys=copy, overwrite=True)
        with Store.open(url) as store:
            responses = list(store.responses("demo"))
            assert store.withdrawals("demo") == done.left_out
            assert all(one.participant for one in responses)
        again = io.BytesIO()  # nothing of whoever was left out is there, so that the next backup fits together and can be put back
        backup(url, again)
        again.seek(0)
        restore(f"sqlite:///{folder / 'again.sqlite3'}", again, "again.backup", keys=copied(url)[1], overwrite=True)
        assert hanging(folder / "elsewhere.sqlite3") == []
    return done.left_out, len(responses)


def test_who_kept_the_keys_of_before_has_the_person_back(told: tuple[str, Begun], tmp_path: Path) -> None:
    """Why there is to be one copy of the keys, the newest: this is what the documentation warns of."""
    url, begun = told
    before, old = copied(url)
    with Store.open(url) as store:
        assert store.withdraw("demo", begun.code)
    assert put_elsewhere(tmp_path, before, old) == (0, 3)
    put(url, before, overwrite=True)  # where the database has its keys still, they say who withdrew
    with Store.open(url) as store:
        assert len(list(store.responses("demo"))) == 2
        assert store.find("demo", begun.code) is None


def test_whoever_has_the_keys_can_try_an_id_and_nobody_else_can(told: tuple[str, Begun]) -> None:
    """The mark by which a participant is found again: a keyed hash, and none that is made of the id alone."""
    url, begun = told
    held, (_, copy) = raw(url), copied(url)
    [study_key] = [name for name in copy.keys if name.startswith("study-")]
    assert mark(copy.keys[study_key].hex(), WHO).encode() in held
    assert mark(copy.keys[study_key].hex(), "Ann Other").encode() not in held
    for plain in (hashlib.sha256(WHO.encode()), hashlib.sha1(WHO.encode(), usedforsecurity=False), hashlib.md5(WHO.encode(), usedforsecurity=False)):
        assert plain.hexdigest().encode() not in held
    assert begun.response.participant == WHO


def test_a_backup_without_its_keys_is_put_nowhere(told: tuple[str, Begun], tmp_path: Path) -> None:
    file, copy = copied(told[0])
    some = Keys(dict(list(copy.keys.items())[1:]), {})
    for given in (Keys({}, {}), some):
        with pytest.raises(DataError, match=r"of the .* keys that the backup needs are not there; nothing was changed"):
            put_elsewhere(tmp_path, file, given)
    assert not (tmp_path / "elsewhere.sqlite3").exists()


def test_a_withdrawal_that_was_stopped_before_its_key_was_overwritten_is_ended_at_the_next_start(
    told: tuple[str, Begun], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, begun = told
    _, copy = copied(url)
    [name] = _names(url, begun)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, Store.open(url) as store:
        patched.setattr(Keyring, "destroy", stopped)
        with pytest.raises(KeyboardInterrupt):
            store.withdraw("demo", begun.code)
    assert copy.keys[name] in keys(url)
    Store.open(url).close()
    assert copy.keys[name] not in keys(url)


def test_a_withdrawal_that_failed_takes_no_key(told: tuple[str, Begun], monkeypatch: pytest.MonkeyPatch) -> None:
    url, begun = told

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, Store.open(url) as store:
        leave = Keyring.leave
        patched.setattr(Keyring, "leave", lambda *given: (leave(*given), stopped()))
        with pytest.raises(KeyboardInterrupt):
            store.withdraw("demo", begun.code)
    with Store.open(url) as store:
        kept = store.find("demo", begun.code)
        assert kept is not None
        assert kept.comments["s1"] == COMMENT


def test_a_database_whose_keys_are_gone_says_so_and_stays_as_it_is(told: tuple[str, Begun]) -> None:
    url, begun = told
    file = keys_file(url)
    elsewhere = file.rename(file.with_name("moved"))
    with pytest.raises(Unavailable, match=r"the keys of the database are not here|is not among the keys here"):
        Store.open(url)
    elsewhere.rename(file)
    with Store.open(url) as store:
        assert store.find("demo", begun.code) is not None


def test_keys_of_another_database_open_nothing(told: tuple[str, Begun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "others.keys"))
    Keyring(tmp_path / "others.keys").take()
    with pytest.raises(Unavailable, match="a key of the database is not among the keys here"):
        Store.open(told[0])


@pytest.mark.parametrize("name", [None, "demo"])
def test_no_backup_is_made_that_nobody_could_read(told: tuple[str, Begun], name: str | None) -> None:
    """Neither without the file, nor with that of something else, nor with one that lacks the key of one person."""
    url = told[0]
    file = keys_file(url)
    whole = file.read_bytes()

    def refused() -> None:
        to = io.BytesIO()
        with pytest.raises(NoKeys, match="a key of the database is not among the keys here"):
            backup(url, to, name)
        assert to.getvalue() == b""  # whoever encrypts it on the way has no file either that looks like one

    file.unlink()
    refused()
    Keyring(file).take()
    refused()
    file.write_bytes(whole)
    with Store.open(url) as store, store._read() as connection:
        lost = connection.scalar(select(person.c.key_name))
    with sqlite3.connect(file) as lacking:
        lacking.execute("DELETE FROM keys WHERE name = ?", (lost,))
    lacking.close()
    refused()
    file.write_bytes(whole)
    backup(url, io.BytesIO(), name)


def test_what_was_changed_or_moved_is_not_taken_for_what_was_written(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "a.keys")
    name, other = ring.take(), ring.take()
    sealed = ring.seal(name, COMMENT, "comment s1")
    assert ring.unseal(name, sealed, "comment s1") == COMMENT
    assert ring.seal(name, COMMENT, "comment s1") != sealed
    for wrong in (
        (name, sealed, "comment s2"),
        (other, sealed, "comment s1"),
        (name, sealed[:-8] + "AAAAAAA=", "comment s1"),
        (name, "ä", "x"),
        (name, "", "x"),
    ):
        with pytest.raises(Unavailable, match="was changed"):
            ring.unseal(*wrong)


def test_many_at_once_take_keys_of_their_own_and_the_file_is_its_owners(tmp_path: Path) -> None:
    rings = [Keyring(tmp_path / "a.keys") for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda i: rings[i % 2].take(), range(80)))
    assert len(set(names)) == 80
    assert len(set(rings[0].among(names).keys.values())) == 80
    assert (tmp_path / "a.keys").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.keys"]


def test_a_key_that_was_overwritten_comes_back_from_nowhere(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "a.keys")
    name = ring.take()
    before = ring.among([name]).keys
    ring.destroy([name])
    ring.put(before)
    assert ring.among([name]).keys == {}
    assert before[name] not in (tmp_path / "a.keys").read_bytes()
    other = Keyring(tmp_path / "b.keys")
    other.put(before)
    other.put({}, ring.withdrawn())
    assert other.among([name]).keys == {}
    assert before[name] not in (tmp_path / "b.keys").read_bytes()
    assert list(other.withdrawn()) == [name]


def test_a_copy_of_keys_reads_back_and_another_file_is_refused(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "a.keys")
    name, gone = ring.take(), ring.take()
    ring.destroy([gone])
    copy = Keys(ring.among([name]).keys, ring.withdrawn())
    assert read_keys(write_keys(copy), "a.keys") == copy
    start = b'{"qmethod keys": 1, '
    for wrong in (
        b"",
        b"{}",
        start,
        start + b'"withdrawn": {}, "keys": {"x": "00"}}',
        start + b'"withdrawn": {"' + b"x" * 22 + b'": "x"}, "keys": {}}',
        start + b'"a": ' + b"[" * 10**5,
    ):
        with pytest.raises(DataError, match=r"no copy of keys|the copy of keys is damaged"):
            read_keys(wrong, "a.keys")


def test_a_file_that_is_none_of_keys_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.keys").write_text("statement,p1\n" * 100)
    with pytest.raises(Unavailable, match=r"a\.keys: the keys of the database cannot be used"):
        Keyring(tmp_path / "a.keys").take()
    assert (tmp_path / "a.keys").read_text() == "statement,p1\n" * 100
    with sqlite3.connect(tmp_path / "other.keys") as other:
        other.execute("CREATE TABLE books (title TEXT)")
