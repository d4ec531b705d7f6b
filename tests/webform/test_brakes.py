"""What slows whoever guesses or floods, and nobody else: wrong access codes, people who begin, a disk that is nearly full."""

from __future__ import annotations

import copy
import logging
import os
import random
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from qmethod_studies.store import Store, codes
from qmethod_studies.store.guessing import FORGIVEN_IN
from qmethod_webform import limits
from qmethod_webform.app import create_app
from qmethod_webform.limits import Beginnings, WrongCodes, network
from qmethod_webform.respondent.budgets import ACTS_AT_ONCE, Budgets
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.house import House, Person
from tests.webform.people import shown

CODE = "leeds-autumn-4417"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        yield House(store, create_app([make_study(access={"kind": "code"}), make_study(study="other")], store, Settings(wrong_codes=3)))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


# ---- wrong codes


def test_a_program_gets_no_more_tries_than_are_forgiven() -> None:
    """For a day it sends a code whenever one is looked at, and learns how long to wait from the answer, as the documentation says."""
    clock, looked_at = Clock(), 0
    brake = WrongCodes(100, clock)
    waits = set()
    end = clock.now + 86400
    while clock.now < end:
        wait = brake.wait("demo", "203.0.113.7")
        looked_at += wait == 0
        waits.add(wait)
        clock.now += wait or 0.001
    assert 14_400 <= looked_at <= 14_400 + 100 + 7
    assert waits == {0, 2, 4, 8}


def test_each_wrong_code_past_the_slips_doubles_the_wait() -> None:
    clock = Clock()
    brake = WrongCodes(2, clock)
    assert [brake.wait("demo", "203.0.113.7") for _ in range(3)] == [0, 0, 0]
    waits = []
    for _ in range(7):
        waits.append(brake.wait("demo", "203.0.113.99"))
        clock.now += waits[-1]
        assert brake.wait("demo", "203.0.113.7") == 0
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert brake.wait("demo", "203.0.114.7") == brake.wait("other", "203.0.113.7") == 0
    clock.now += FORGIVEN_IN * 10
    assert [brake.wait("demo", "203.0.113.7") for _ in range(3)] == [0, 0, 0]


def test_right_codes_never_count() -> None:
    brake = WrongCodes(1, Clock())
    for _ in range(500):
        assert brake.wait("demo", "203.0.113.7") == 0
        brake.right("demo", "203.0.113.7")


def test_the_memory_of_networks_is_bounded_and_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_NETWORKS", 10)
    brake = WrongCodes(1, Clock())
    for i in range(15):
        brake.wait("demo", f"10.0.{i}.1")
    assert [key[1] for key in brake._networks] == [f"10.0.{i}.0/24" for i in range(5, 15)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::3", "2001:db8:2::3", False),
        ("::ffff:203.0.113.7", "203.0.113.9", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "no address", True),
    ],
)
def test_networks(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) is same


def from_network(person: Person, address: str) -> Person:
    person.client.environ_base["REMOTE_ADDR"] = address
    return person


def main(reply: TestResponse) -> str:
    """What stands on a page, without what is drawn for each anew."""
    return re.sub(r'value="[^"]*"', "", reply.text)


def test_wrong_codes_slow_one_network_and_one_study(house: House) -> None:
    house.store.invite("demo", "code", participants=[None], uses=None, secret=CODE)
    for _ in range(4):  # each with a browser of its own
        assert from_network(house.person(), "203.0.113.7").post("enter", code="closesesame").status_code == 403
    slowed = {word: from_network(house.person(), "203.0.113.8").post("enter", code=word) for word in (CODE, "closesesame")}
    assert {reply.status_code for reply in slowed.values()} == {429}
    assert {1 <= int(reply.headers["Retry-After"]) <= 2 for reply in slowed.values()} == {True}
    assert main(slowed[CODE]) == main(slowed["closesesame"])  # neither is looked at
    assert "Too many wrong codes" in slowed[CODE].text
    assert from_network(house.person(), "203.0.114.7").post("enter", code=CODE).location == "/demo/consent"
    assert from_network(house.person("other"), "203.0.113.7").post("enter", code="x").status_code == 403


def test_behind_a_proxy_the_address_is_the_one_that_it_says(tmp_path: Path) -> None:
    settings = Settings(wrong_codes=1, proxies=1, secret_key="x" * 40, https=False)
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        app = create_app([make_study(access={"kind": "code"})], store, settings)

        def enter(*forwarded: str) -> int:
            client = app.test_client()
            headers = {"X-Forwarded-For": ", ".join(forwarded)}
            token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/demo/code", headers=headers).text)
            assert token
            reply = client.post("/demo/enter", data={"csrf_token": token[1], "code": "closesesame"}, headers=headers)
            return shown(client, reply, headers=headers).status_code

        # What a client has made up stands before what the proxy has added.
        assert [enter(f"198.51.100.{i}", "203.0.113.7") for i in range(3)] == [403, 403, 429]
        assert enter("203.0.114.7") == 403


def test_a_page_of_somebody_else_locks_nobody_out(house: House) -> None:
    """301 pictures of a hostile page, fetched by its visitors without a cookie, and forms that it sends without a token."""
    (link,) = house.store.invite("demo", "link", participants=["ann"])
    house.store.invite("demo", "code", participants=[None], uses=None, secret=CODE)
    person = house.person()
    person.post("enter", code=CODE)
    code = person.agree()
    visitor = house.app.test_client(use_cookies=False)
    assert {visitor.get(f"/demo/i/x{i}").status_code for i in range(301)} == {403}
    for path in ("enter", "code", "withdraw"):
        assert {shown(visitor, visitor.post(f"/demo/{path}", data={"code": f"ABCD-EFGH-{i:04}"})).status_code for i in range(5)} == {400}
    for i in range(12):  # strong codes are looked at, however many wrong ones came before
        assert house.person().post(("code", "withdraw")[i % 2], code="ABCD-EFGH-JKLM").status_code == 403
    assert house.person().get(f"i/{link.secret}").status_code == 302
    assert house.person().post("enter", code=CODE).status_code == 302
    assert house.person().post("code", code=code).status_code == 302
    assert house.person().post("withdraw", code=code).status_code == 200
    assert house.store.find("demo", code) is None


def test_a_code_costs_the_same_whether_it_is_known_used_up_or_wrong(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes its time is scrypt: one for each code, and one page for each that does not open."""
    house.store.invite("demo", "code", participants=[None], uses=1, secret=CODE)
    house.store.invite("demo", "code", participants=[None], uses=1, secret="park-spring-8261")
    first = house.person()
    first.post("enter", code=CODE)
    first.agree()
    computed: list[int] = []
    scrypt = codes.hashlib.scrypt
    monkeypatch.setattr(codes.hashlib, "scrypt", lambda *given, **more: computed.append(1) or scrypt(*given, **more))
    replies = {}
    for word in (CODE, "park-winter-8261", "park-spring-8261"):
        computed.clear()
        replies[word] = house.person().post("enter", code=word)
        assert len(computed) == 1, word
    assert main(replies[CODE]) == main(replies["park-winter-8261"])
    assert [reply.status_code for reply in replies.values()] == [403, 403, 302]


# ---- people who begin


def test_a_class_of_five_hundred_begins_in_one_minute_and_a_program_is_told_to_wait() -> None:
    brake = Beginnings(Settings().begun_a_minute)
    assert {brake.wait("demo", "203.0.113.7") for _ in range(500)} == {0}
    assert [brake.wait("demo", "203.0.113.8") for _ in range(101)][-2:] == [0, 60]
    assert brake.wait("demo", "203.0.114.7") == brake.wait("other", "203.0.113.7") == 0  # it keeps nobody else from beginning


def test_any_minute_lets_so_many_begin_and_no_more() -> None:
    """Moments are drawn; whoever is let through is counted anew, minute by minute. Whoever is told to wait may begin just then."""
    drawn, clock = random.Random(3), Clock()
    brake, let_through = Beginnings(7, clock), []
    for _ in range(3000):
        clock.now += drawn.expovariate(1 / 4)
        wait = brake.wait("demo", "203.0.113.7")
        recent = [moment for moment in let_through if moment > clock.now - 60]
        assert (wait == 0) == (len(recent) < 7)
        if wait == 0:
            let_through.append(clock.now)
        else:
            assert recent[0] + 60 <= clock.now + wait < max(recent[0] + 60, clock.now) + 1 + 1e-9
    assert len(let_through) < 3000


@pytest.mark.parametrize("seconds", [-(10**6), -61.0, -30.0, 61.0, 10**6])
def test_a_clock_that_is_set_neither_locks_nor_opens_any_brake(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    beginnings, codes_, budget = Beginnings(2), WrongCodes(2), Budgets()
    for _ in range(3):
        beginnings.wait("demo", "203.0.113.7")
        codes_.wait("demo", "203.0.113.7")
    taken = budget.acts.take("ann", ACTS_AT_ONCE)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    assert taken == 0
    assert 58 <= beginnings.wait("demo", "203.0.113.7") <= 60
    assert 1 <= codes_.wait("demo", "203.0.113.7") <= 2
    assert 0 < budget.acts.take("ann", 2) <= 1
    assert beginnings.wait("demo", "203.0.114.7") == codes_.wait("demo", "203.0.114.7") == budget.acts.take("ben", ACTS_AT_ONCE) == 0


def test_nobody_is_remembered_for_longer_than_the_minute_where_many_networks_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_NETWORKS", 20)
    clock = Clock()
    brake = Beginnings(100, clock)
    for i in range(200):
        clock.now += 6
        assert brake.wait("demo", f"10.0.{i}.1") == 0
        assert len(brake._begun) <= 21


def test_programs_in_many_networks_together_have_an_end() -> None:
    brake = Beginnings(2)
    assert [brake.wait("demo", f"203.0.{i}.7") > 0 for i in range(12)] == [False] * 10 + [True] * 2
    assert brake.wait("other", "203.0.0.7") == 0


def test_whoever_comes_after_too_many_is_asked_to_wait(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        house = House(store, create_app([make_study()], store, Settings(begun_a_minute=2)))
        first = house.person()
        first.agree()
        house.person().post("consent", choice="decline")
        reply = house.person().post("consent", choice="agree")
        assert reply.status_code == 503
        assert 1 <= int(reply.headers["Retry-After"]) <= 60
        assert 'href="/demo/consent"' in reply.text
        assert len(house.responses()) == len(store.declined("demo", 1)) == 1
        first.go_through()  # who has begun notices nothing
        assert first.post("submit").location == "/demo/thanks"


# ---- room on the disk


def disk(monkeypatch: pytest.MonkeyPatch, mb: int) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=mb * 1000, f_bfree=mb * 1000, f_frsize=1000, f_blocks=10**9))


@pytest.mark.skipif(not hasattr(os, "statvfs"), reason="Windows is asked in another way")
def test_on_a_disk_that_is_nearly_full_nobody_begins_and_who_sorts_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        house = House(store, create_app([make_study()], store, Settings()))
        disk(monkeypatch, 257)
        assert health(house) == (200, {"status": "ok", "disk": "enough"})
        person = house.person()
        person.agree()
        disk(monkeypatch, 255)
        with caplog.at_level(logging.INFO):
            late = [house.person().post("consent", choice=choice) for choice in ("agree", "decline", "agree")]
            assert {reply.status_code for reply in late} == {503}
            assert late[0].headers["Retry-After"] == "600"
            assert "short of room" in late[0].text
            assert health(house) == (200, {"status": "the disk is nearly full: nobody can begin", "disk": "nearly full"})
            person.go_through()
            assert person.post("submit").location == "/demo/thanks"
            said = "255 MB are free on the disk of the responses, less than 256 MB: nobody can begin"
            assert [record.getMessage() for record in caplog.records if "MB" in record.getMessage()] == [said]
            disk(monkeypatch, 300)
            assert health(house)[1]["status"] == "ok"
        assert caplog.messages[-1] == "300 MB are free on the disk of the responses: people can begin again"
        house.person().agree()
        assert len(house.responses()) == 2


def test_on_a_disk_that_is_full_nothing_is_called_saved_or_deleted_and_all_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        house = House(store, create_app([make_study()], store, Settings()))
        house.app.extensions["qmethod"].looks.seconds = 0
        person = house.person()
        code = person.agree()
        person.go_through()
        before = house.responses()
        with monkeypatch.context() as patched:
            for engine in (store._writing, store._engine):  # acts go past the former
                patched.setattr(engine, "dialect", _full(store))
            saved = person.acts({"act": "comment", "statement": "s1", "text": "Not yet."})
            assert (saved.status_code, saved.json, saved.headers["Retry-After"]) == (503, {"error": "our-fault"}, "5")
            for stage, fields in (("why", {"c-s9": "Other."}), ("submit", {}), ("withdraw", {"code": code})):
                reply = person.post(stage, **fields)
                assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5"), stage
            assert health(house) == (503, {"status": "the disk is full"})
        assert {message.rpartition(": ")[2] for message in caplog.messages} == {"database or disk is full"}
        assert len(caplog.messages) == 5
        assert house.responses() == before
        assert store.withdrawals("demo") == 0
        assert health(house)[0] == 200
        assert person.acts({"act": "comment", "statement": "s1", "text": "Now."}).status_code == 200
        assert person.post("submit").location == "/demo/thanks"
        with monkeypatch.context() as patched:  # the database takes it, and is too full for its log
            patched.setattr("qmethod_studies.store.database.forget_deleted", _refuse)
            assert person.post("withdraw", code=code).status_code == 200
        assert (house.responses(), store.withdrawals("demo")) == ([], 1)


def _refuse(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def _full(store: Store) -> Any:
    """What speaks to SQLite, on a disk that takes no more: a transaction that writes ends as SQLite ends it there."""
    dialect: Any = copy.copy(store._writing.dialect)
    dialect.do_commit = _refuse
    return dialect


def health(house: House) -> tuple[int, dict[str, Any]]:
    reply = house.app.test_client().get("/healthz")
    said: dict[str, Any] = reply.json or {}
    del said["version"]
    return reply.status_code, said


def test_of_postgresql_room_is_not_known_and_nobody_is_refused(postgres_url: str) -> None:
    with Store.open(postgres_url) as store:
        house = House(store, create_app([make_study()], store, Settings(reserve_mb=10**9)))
        assert health(house) == (200, {"status": "ok", "disk": "not known"})
        house.person().agree()
