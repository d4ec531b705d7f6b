"""How a response begins, is found, and is withdrawn."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import Begun, Gone, Handle, Store, Taken, models
from tests.days import day
from tests.studies.store.acting import act, begin, fill, make_study, new_key, piles, places, submitted

ODD_NAMES = ["Zoë O'Brien", " blanks ", '=HYPERLINK("x")', "a,b;c\td\n", "<b>&amp;</b>", "🧑‍🌾", "e\u0301", "\u00e9", "x" * 200, "%41%00", "../../x"]


def count_rows(store: Store) -> dict[str, int]:
    """Rows in every table that holds something of respondents."""
    with store._engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in models.metadata.tables.items()
            if name not in ("store", "generation", "study", "origin", "study_version", "invitation")
        }


def everything(store: Store) -> str:
    """All that the database holds, as text."""
    with store._engine.connect() as connection:
        return "\n".join(str(tuple(row)) for table in models.metadata.sorted_tables for row in connection.execute(select(table)))


def test_consent_is_recorded_with_text_version_language_and_time(store: Store, study: Study) -> None:
    before = datetime.now(UTC)
    begun = begin(store, study, language="es")
    (consent,) = store.consents(begun.response.id)
    assert (consent.agreed, consent.version, consent.language) == (True, 1, "es")
    assert consent.text_sha256 == hashlib.sha256(b"De acuerdo").hexdigest()
    assert before <= consent.at <= datetime.now(UTC)
    assert consent.at.utcoffset() == timedelta(0)
    assert (begun.response.status, begun.response.language, begun.response.version) == ("started", "es", 1)


def test_the_same_key_from_many_threads_makes_one_response(store: Store, study: Study) -> None:
    with ThreadPoolExecutor(20) as pool:
        begun = list(pool.map(lambda _: begin(store, study, key="the-same-key"), range(20)))
    assert len({found.code for found in begun}) == 1
    assert len({found.response.id for found in begun}) == 1
    assert len(list(store.responses("demo"))) == 1
    assert len(store.consents(begun[0].response.id)) == 1


def test_one_participant_from_many_threads_begins_once(store: Store, study: Study) -> None:
    def one(i: int) -> Begun | None:
        try:
            return begin(store, study, participant="Ann", key=f"from-many-{i:02d}")
        except Taken:
            return None

    with ThreadPoolExecutor(20) as pool:
        begun = list(pool.map(one, range(20)))
    assert sum(found is not None for found in begun) == 1
    assert len(list(store.responses("demo"))) == 1


def test_the_schema_itself_refuses_a_second_response_of_a_participant(store: Store, study: Study) -> None:
    begun = begin(store, study, participant="Ann")
    with store._engine.connect() as connection:
        row = connection.execute(select(models.person)).one()._asdict()
        given = connection.execute(select(models.response).where(models.response.c.id == begun.response.id)).one()._asdict()
    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(insert(models.person).values(row | {"id": 1, "key_hash": "x", "code_hash": "y"}))
    with pytest.raises(IntegrityError), store._engine.begin() as connection:  # nor a second one on the same occasion
        connection.execute(insert(models.response).values(given | {"id": 1, "position": 2}))


def test_somebody_who_declined_may_agree_later(store: Store, study: Study) -> None:
    assert store.decline(study, participant="Ann", key=new_key()) is None
    assert store.declined("demo", 1) == [day()]
    agreed = begin(store, study, participant="Ann", language="es")
    assert (agreed.response.status, agreed.response.language) == ("started", "es")
    assert store.declined("demo", 1) == []  # who thought again is not counted as both
    assert store.find("demo", agreed.code) == agreed.response


def test_declining_twice_and_then_agreeing_with_the_same_key(store: Store, study: Study) -> None:
    assert [store.decline(study, key="same-key-1") for _ in range(2)] == [None, None]
    assert len(store.declined("demo", 1)) == 1
    agreed = begin(store, study, key="same-key-1")
    assert store.declined("demo", 1) == []
    late = store.decline(study, key="same-key-1")  # going back in the browser is no withdrawal
    assert late is not None
    assert late.response == agreed.response
    assert store.declined("demo", 1) == []


def test_of_somebody_who_declined_only_that_and_the_day_is_kept(store: Store, study: Study) -> None:
    (invitation,) = store.invite("demo", "link", participants=["ann@example.org"])
    before = count_rows(store)
    store.decline(study, participant="ben@example.org", key="the-key-of-ben")
    store.decline(study, invitation=invitation, key="a-key-that-is-not-used")
    assert {name: n - before[name] for name, n in count_rows(store).items() if n != before[name]} == {"declined": 2}
    with store._engine.connect() as connection:
        rows = [row._asdict() for row in connection.execute(select(models.declined))]
    assert {name for row in rows for name in row} == {"id", "study_id", "version", "date", "mark"}
    assert {row["date"] for row in rows} == {day()}
    text = everything(store)
    for word in ("ann@", "ben@", "the-key-of-ben", *(hashlib.sha256(one).hexdigest() for one in (b"ben@example.org", b"the-key-of-ben"))):
        assert word not in text


def test_participants_are_kept_byte_for_byte(store: Store, study: Study) -> None:
    for name in ODD_NAMES:
        begun = begin(store, study, participant=name)
        found = store.find("demo", begun.code)
        assert found is not None
        assert found.participant.encode() == name.encode()


def test_names_that_only_look_the_same_are_two(store: Store, study: Study) -> None:
    for name in ("e\u0301", "\u00e9", "ann", "Ann", "ann "):
        begin(store, study, participant=name)
    assert len(list(store.responses("demo"))) == 5


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 201, "\ud83e"])
def test_participants_that_no_database_takes(store: Store, study: Study, name: str) -> None:
    with pytest.raises(DataError, match="no id of a participant"):
        begin(store, study, participant=name)
    assert count_rows(store)["response"] == 0


def test_pseudonyms_fit_pqmethod_and_are_no_numbers(store: Store, study: Study) -> None:
    names = [begin(store, study).response.participant for _ in range(40)]
    assert len(set(names)) == 40
    assert all(re.fullmatch(r"[a-z][a-z2-9]{7}", name) for name in names)


@pytest.mark.parametrize("key", ["short", "x" * 65, "with blank", "quote'quote", ""])
def test_keys_are_checked(store: Store, study: Study, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        begin(store, study, key=key)


def test_a_language_that_the_study_does_not_speak(store: Store, study: Study) -> None:
    with pytest.raises(DataError, match="does not speak 'fr'"):
        begin(store, study, language="fr")


def test_statements_are_shuffled_for_each_person_and_the_order_recorded(store: Store, study: Study) -> None:
    orders = {begin(store, study).response.order for _ in range(10)}
    assert len(orders) > 5
    assert all(sorted(order) == sorted(study.ids) for order in orders)
    seeded = [begin(store, study, order_seed=seed).response.order for seed in (1, 1, 2)]
    assert seeded[0] == seeded[1] != seeded[2]
    fixed = make_study(study="fixed", shuffle=False)
    store.register(fixed)
    assert begin(store, fixed).response.order == study.ids


def test_codes_are_found_however_typed(store: Store, study: Study) -> None:
    begun = begin(store, study)
    assert re.fullmatch(r"([2-9A-HJKMNP-TV-Z]{4}-){2}[2-9A-HJKMNP-TV-Z]{4}", begun.code)
    for typed in (begun.code.lower(), begun.code.replace("-", ""), f"  {begun.code.replace('-', ' – ')}\n"):
        assert store.find("demo", typed) == begun.response


def test_wrong_codes_find_nothing(store: Store, study: Study) -> None:
    begin(store, study)
    for code in ("", "AAAA-BBBB-CCCC", "x" * 10_000, "\0", "\ud800", "ÄÄÄÄÄÄÄÄÄÄÄÄ", "' OR 1=1 --"):
        assert store.find("demo", code) is None
        assert store.withdraw("demo", code) is False


def test_a_code_belongs_to_its_study(store: Store, study: Study) -> None:
    other = make_study(study="other")
    store.register(other)
    begun = begin(store, study, key="same-key-in-two")
    assert begin(store, other, key="same-key-in-two").code != begun.code
    assert store.find("other", begun.code) is None
    assert store.withdraw("other", begun.code) is False


def test_two_stores_give_different_codes_for_a_key(tmp_path: Path, study: Study) -> None:
    codes = set()
    for name in ("a", "b"):
        with Store.open(f"sqlite:///{tmp_path / name}") as store:
            store.register(study)
            codes.add(begin(store, study, key="the-same-key").code)
    assert len(codes) == 2


def test_secrets_stand_nowhere_in_the_database(store: Store, study: Study, tmp_path: Path) -> None:
    begun = submitted(store, study, key="key-of-the-page")
    (link,) = store.invite("demo", "link", participants=[None])
    (code,) = store.invite("demo", "code", participants=[None], secret="leeds-autumn-4417")
    begin(store, study, invitation=link)
    held = everything(store).encode() + b"".join(file.read_bytes() for file in tmp_path.glob("responses.sqlite3*"))
    assert b"s1" in held
    for secret in (
        begun.code,
        begun.code.replace("-", ""),
        link.secret or "",
        code.secret or "",
        "leedsautumn4417",
        "LEEDSAUTUMN4417",
        "key-of-the-page",
    ):
        assert secret.encode() not in held
    assert hashlib.sha256(b"LEEDSAUTUMN4417").hexdigest().encode() not in held  # a word that can be guessed is not kept by a fast hash


def test_withdrawing_leaves_nothing_but_that_it_happened(store: Store, study: Study) -> None:
    stays = submitted(store, study)
    before = count_rows(store)
    goes = submitted(store, study, {"s1": "a comment of mine"}, participant="Ann Example")
    assert store.admit("demo", goes.code, 60)
    assert all(after > before[name] for name, after in count_rows(store).items() if name not in ("withdrawal", "declined", "guess"))
    assert store.withdraw("demo", goes.code.lower()) is True
    assert count_rows(store) == before | {"withdrawal": 1}
    assert "Ann Example" not in everything(store)
    with store._engine.connect() as connection:
        row = connection.execute(select(models.withdrawal)).one()
    assert (row.version, row.date, len(row)) == (1, day(), 4)  # and two numbers: its own and that of the study
    assert store.withdrawals("demo") == 1
    assert store.find("demo", goes.code) is None
    assert store.find("demo", stays.code) == stays.response
    assert store.withdraw("demo", goes.code) is False
    with pytest.raises(Gone):
        store.save(goes.response.handle, [act("visit", stage="grid")])
    with pytest.raises(Gone):
        store.submit(goes.response.handle, "some-key-1")
    assert begin(store, study, participant="Ann Example").response.id != goes.response.id  # may take part again, as somebody new


def test_a_withdrawn_text_is_in_no_file_of_sqlite(tmp_path: Path, study: Study) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        store.register(study)
        begun = submitted(store, study, {"s1": "unmistakable words " * 200}, participant="Ann Example")
        store.withdraw("demo", begun.code)
        for file in tmp_path.iterdir():
            assert b"unmistakable" not in file.read_bytes()
            assert b"Ann Example" not in file.read_bytes()


def test_responses_come_in_the_order_of_their_beginning(store: Store, study: Study) -> None:
    other = make_study(version=2)
    store.register(other)
    handles = [begin(store, study, participant=name).response.handle for name in "cab"]
    people = [handle.number for handle in handles]
    machine = begin(store, other, simulated=True, participant="simulated-1").response.id
    fill(store, study, handles[1])
    assert [response.id for response in store.responses("demo")] == [*people, machine]
    assert [response.id for response in store.responses("demo", 1)] == people
    assert [response.id for response in store.responses("demo", simulated=True)] == [machine]
    assert [response.id for response in store.responses("demo", simulated=False)] == people
    assert [store.response(handle) for handle in handles] == list(store.responses("demo", 1))
    assert store.response(Handle(10**6, handles[0].code_hash)) is None


def test_many_responses_are_read_in_parts(store: Store, study: Study) -> None:
    begun = [begin(store, study) for _ in range(205)]
    store.save(begun[203].response.handle, [*piles(study), *places(study)])
    found = list(store.responses("demo"))
    assert [response.id for response in found] == [one.response.id for one in begun]
    assert [len(response.board.places) for response in found] == [0] * 203 + [9, 0]
