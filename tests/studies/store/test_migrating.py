"""A database of an earlier version opens, loses nothing and exports the same.

`EXPORTED` are the SHA-256 of the tables that commit 98300f2 exported from the database of `tests.studies.store.earlier`, without the lines of the
two who declined, of whom it is no longer kept who they were, and without the columns that came later, which are the last ones.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from qmethod.errors import DataError
from qmethod_studies.export import collect, export
from qmethod_studies.store import Gone, Handle, Store, Submitted
from qmethod_studies.store.schema import VERSION_TABLE
from tests.studies.store.acting import act, begin, fill, make_study, new_key
from tests.studies.store.earlier import OLD
from tests.studies.store.raw import raw, spellings

CODES = (
    *("C7XQ-BE5S-ZWZF", "FWPM-EXBJ-F9R9", "ZCPA-D27S-HSNW", "8EQY-DNBE-3XR4", "YXTV-S2DV-YCGF"),
    *("6QXN-YYH6-X6GS", "3AXK-2HGX-W8VE", "NCH9-3KKM-FEWW", "AZYZ-4WX3-XQ74", "XMTK-6W3Z-D9MA"),
    *("8N4H-KHHA-A4XJ", "QEG6-74H7-3DT6", "EHAZ-XZS5-B7TQ", "96R8-KYBW-5MB7", "8NDG-TTZ6-M4SE"),
)
EXPORTED = {
    "sorts.csv": "0ffe81007e0e10e47d8e2394c6f6e02ccee66c70219564af127286a3a8fee6ec",
    "sorts.dat": "37ef9ef7f873abe07ecb6301b64026cc006873d3490800dd202c38653c2c4378",
    "sorts.sta": "df56552cfb74f89bcd4bc4b46d30a49ea6ec3cf8044f22983ca4f953620b8501",
    "names.csv": "b00a0ad32818d30d986bf6d08b18a48701eaf703f08c8c4c53982ca50cd06f9a",
    "placements.csv": "a4d7367bef712a6050246db83630f06a46b30e54e532670bf144bc9ead12ac49",
    "statements.csv": "bd9cee6824de7479df1f1170476ab67819f290a38f2781f500d6e28c90829adc",
    "responses.csv": "17e920ae4c83f0bb55f892fa24579f4a7b18d449387a57a90cd724b06369147b",
    "answers.csv": "e9d5610c5a8f7f3315a5c4aa934c4e21f079d212ac4a167c8dba6e23883062ec",
    "comments.csv": "08af4db754f511ec187adb1bacac6c7dbce79f05d530bb23e5ae313edff3d2a7",
    "consent.csv": "3db548c44564f4533a086049cbeb1e156d6703ced2188eb4202bdaa615e288bd",
    "events.csv": "be5ae765ab25301e04523488f59f4bc350503060261db04bdcbcc830a485da17",
}
LATER = "machine_share,seconds_a_card,one_pile,changed_after_machine,straight_line,marks"
"""Columns of responses.csv."""
RESPONSES = "a46f34c952577ca6e13d10a015f19afb4ec5f01f1c4a4b868258cc66202acc68"
"""Of the responses in study.json, which names the version of the program elsewhere."""


def test_what_was_exported_before_is_exported_again_byte_for_byte(old_url: str) -> None:
    with Store.open(old_url) as store:
        made = dict(export(collect(store, "demo", include_simulated=True, exact=True)).files)
        assert store.withdrawals("demo") == 1
    lines = made["consent.csv"].decode().splitlines(keepends=True)
    assert [line for line in lines if ",declined," in line] == [",declined,1,,,2026-11-27\n"] * 2
    made["consent.csv"] = "".join(line for line in lines if ",declined," not in line).encode()
    assert made["responses.csv"].decode().split("\n", 1)[0].endswith(f",{LATER}")
    made["responses.csv"] = "".join(f"{line.rsplit(',', 6)[0]}\n" for line in made["responses.csv"].decode().splitlines()).encode()
    assert {name: hashlib.sha256(content).hexdigest() for name, content in made.items() if name in EXPORTED} == EXPORTED
    assert hashlib.sha256(json.dumps(json.loads(made["study.json"])["responses"]).encode()).hexdigest() == RESPONSES


def test_what_stood_in_clear_is_in_no_page_of_the_database(old_url: str, tmp_path: Path) -> None:
    """Nor is the secret that codes are derived from; the log of PostgreSQL is left out."""
    file = tmp_path / "as-it-was.sqlite3"
    file.write_bytes(lzma.decompress(OLD.read_bytes()))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as old:
        asked = ("SELECT secret FROM store", "SELECT text FROM comment WHERE length(text) > 8", "SELECT participant FROM response")
        words = [word for query in asked for (word,) in old.exec_driver_sql(query)]
    engine.dispose()
    assert len(words) > 20
    Store.open(old_url).close()
    held = raw(old_url, log=False)
    assert [word for word in words if any(one in held for one in spellings(word))] == []


def test_everybody_finds_their_sort_and_goes_on_with_it(old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.studies.store.acting._numbers", count(10_000_000))  # the old database holds the first keys
    study = make_study()
    with Store.open(old_url) as store:
        store.register(study)
        found = [store.find("demo", code) for code in CODES]
        assert {(one.position, one.condition, one.wave, one.assigned) for one in found if one is not None} == {(1, "", "", ("",))}
        assert [one is None for one in found].count(True) == 0
        half = [(code, one) for code, one in zip(CODES, found, strict=True) if one is not None and one.status == "started"]
        assert len(half) == 4
        for code, one in half:
            if one.can_undo:
                before = dict(one.board.places)
                saved = store.save(one.handle, [act("undo"), act("redo")]).response  # acts of the old version are played again
                assert dict(saved.board.places) == before
            store.save(one.handle, [act("return", statement=name) for name in one.board.places])
            fill(store, study, one.handle)
            ended = store.submit(one.handle, new_key())
            assert isinstance(ended, Submitted)
            assert ended.following is None
            assert store.due("demo", code) is None
        assert store.withdraw("demo", CODES[0])
        assert store.find("demo", CODES[0]) is None
        begin(store, study)


def test_an_old_number_alone_leads_nowhere(old_url: str) -> None:
    with Store.open(old_url) as store:
        one, other = (store.find("demo", code) for code in CODES[:2])
        assert one is not None
        assert other is not None
        for wrong in (Handle(one.id, other.code_hash), Handle(one.id, ""), Handle(other.id, one.code_hash)):
            assert store.response(wrong) is None
            with pytest.raises(Gone):
                store.save(wrong, [act("visit", stage="grid")])
            with pytest.raises(Gone):
                store.submit(wrong, new_key())


def test_a_damaged_old_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite3"
    file.write_bytes(lzma.decompress(OLD.read_bytes()))
    url = f"sqlite:///{file}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO comment VALUES (999, 's1', 'of nobody')")
    with pytest.raises(DataError, match="rows of comment belong to nothing"):
        Store.open(url)
    with engine.begin() as connection:
        assert connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar() == "0001"
        assert connection.exec_driver_sql("SELECT count(*) FROM response").scalar() == 19
    engine.dispose()


def test_sorts_of_nobody_are_deleted_and_others_kept(tmp_path: Path) -> None:
    """As a restore by an earlier version left them, which had to leave somebody out."""
    url, study = f"sqlite:///{tmp_path / 'kept.sqlite3'}", make_study()
    with Store.open(url) as store:
        store.register(study)
        gone, stays = (begin(store, study) for _ in range(2))
        for one in (gone, stays):
            fill(store, study, one.response.handle)
    engine = create_engine(url)
    with engine.begin() as connection:  # which looks at no foreign keys
        connection.exec_driver_sql(f"DELETE FROM person WHERE id = (SELECT person_id FROM response WHERE id = {gone.response.id})")
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0008'")
    tables = ("response", "browser", "answer", "comment", "consent", "event", "placement")
    with Store.open(url) as store:
        assert [one.code_hash for one in store.responses("demo")] == [stays.response.code_hash]
        found = store.find("demo", stays.code)
        assert found is not None
        assert len(found.board.places) == len(study.statements)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        here = {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in tables}
    engine.dispose()
    assert here["response"] == 1
    assert here["placement"] == len(study.statements)
    assert here["event"] > 0
