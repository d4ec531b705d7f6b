"""Who comes when a study is closed or full, and links that meet a sort in progress: a page that says so, and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from qmethod_studies.export import collect, export
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.serve import announced, unknown
from qmethod_webform.settings import Settings
from tests.days import day
from tests.studies.store.acting import begin, make_study
from tests.webform.house import House, Person
from tests.webform.people import shown

Build = Callable[..., House]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """A server of a study as it is now, on one and the same database; a number says so many days from today."""
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:

        def built(**changed: Any) -> House:
            changed |= {key: str(day(changed[key])) for key in ("opens", "closes") if isinstance(changed.get(key), int)}
            return House(store, create_app([make_study(**changed)], store, Settings()))

        yield built


def moved(person: Person, house: House) -> Person:
    """The same browser, at a server that was started again."""
    cookie = person.client.get_cookie(person.app.config["SESSION_COOKIE_NAME"])
    again = house.person()
    again.client.set_cookie(cookie.key, cookie.value)
    return again


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"opens": 1}, "has not opened yet"),
        ({"closes": -1}, "This study has closed"),
        ({"closes": -1, "closed": {"en": "The walk is over & done.", "es": "Ya está."}}, "The walk is over &amp; done."),
    ],
)
def test_who_comes_on_another_day_is_told_and_begins_nothing(build: Build, changed: dict[str, Any], said: str) -> None:
    house = build(**changed)
    person = house.person()
    welcome = person.get()
    assert welcome.status_code == 200
    assert said in welcome.text
    assert "/demo/consent" not in welcome.text
    for reply in (person.get("consent"), person.post("consent", choice="agree")):
        assert reply.status_code == 403
        assert said in reply.text
    assert house.responses() == []


@pytest.mark.parametrize(("language", "day"), [("en", "May 31, 2999"), ("es", "31 de mayo de 2999")])
def test_days_are_said_in_the_language_of_the_page(build: Build, language: str, day: str) -> None:
    house = build(opens="2999-05-31 18:00 +02:00")
    person = house.person()
    person.post("language", language=language)
    assert f'{day} <bdi dir="ltr">(18:00 UTC+02:00)</bdi>' in person.get().text


def test_the_last_place_and_the_first_who_gets_none(build: Build) -> None:
    house = build(quota=1)
    first, second = house.person(), house.person()
    code = first.agree()
    assert "All places are taken at the moment" in second.get().text
    assert second.post("consent", choice="agree").status_code == 403
    first.go_through()
    assert first.post("submit").location == "/demo/thanks"
    for reply in (second.get(), second.get("consent"), second.post("consent", choice="agree")):
        assert "As many people as were wanted have taken part" in reply.text
    assert second.post("code", code=code).location == "/demo/thanks"  # a code stays what it is
    assert len(house.responses()) == 1


def test_twelve_at_once_are_told_the_truth(build: Build) -> None:
    house = build(quota=5)
    people = [house.person() for _ in range(12)]
    tokens = [person.token() for person in people]

    def agree(i: int) -> TestResponse:
        form = {"csrf_token": tokens[i], "key": f"crowd-{i:04}", "choice": "agree"}
        return shown(people[i].client, people[i].client.post("/demo/consent", data=form))

    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(agree, range(12)))
    assert sorted(reply.status_code for reply in replies) == [302] * 5 + [403] * 7
    assert len(house.responses()) == 5


def test_a_link_that_was_given_stays_honest(build: Build) -> None:
    house = build(access={"kind": "link"})
    links = [one.secret for one in house.store.invite("demo", "link", participants=["ann", "ben", "cid"])]
    ann = house.person()
    ann.get(f"i/{links[0]}")
    ann.agree()
    house = build(access={"kind": "link"}, closes=-1)
    elsewhere = house.person()
    assert elsewhere.get(f"i/{links[0]}").location == "/demo/"
    assert elsewhere.get("before").status_code == 200  # who has begun goes on
    ben = house.person()
    ben.get(f"i/{links[1]}")
    assert "This study has closed" in ben.get().text
    assert ben.post("consent", choice="agree").status_code == 403
    house = build(access={"kind": "link"})
    assert moved(ben, house).post("consent", choice="agree").status_code == 302  # and the link still opens it, should the day be moved


def test_who_has_begun_may_finish_unless_the_study_says_otherwise(build: Build) -> None:
    house = build()
    ann, ben = house.person(), house.person()
    for person in (ann, ben):
        person.agree()
        person.go_through()
    house = build(closes=-1)
    assert moved(ann, house).post("submit").location == "/demo/thanks"
    house = build(closes=-1, begun_may_finish=False)
    ben = moved(ben, house)
    for reply in (ben.get("grid"), ben.get("review"), ben.post("submit")):
        assert reply.status_code == 403
        assert "This sort can no longer be sent" in reply.text
        assert 'href="/demo/withdraw"' in reply.text
    assert "still leads to your sort" not in house.person().get().text
    assert sorted(response.status for response in house.responses()) == ["started", "submitted"]


def test_an_export_and_a_server_say_what_holds(build: Build) -> None:
    study = make_study(quota={"finished": 4, "hours": 6}, closes="2999-05-31 18:00 +02:00")
    house = build(quota={"finished": 4, "hours": 6}, closes="2999-05-31 18:00 +02:00")
    person = house.person()
    person.agree()
    person.go_through()
    person.post("submit")
    begin(house.store, study)
    begin(house.store, study, simulated=True)
    text = export(collect(house.store, "demo", include_simulated=True)).files["README.txt"].decode()
    assert "Closes: 2999-05-31 18:00 UTC+02:00; who has begun by then may finish.\nQuota: 4 in all; " in text
    assert "Of the quota, when this was exported: 1 of 4 have finished.\n" in text
    assert "Places: 1 of 4 have finished, 1 sort and hold a place" in announced(study, house.store)
    assert [*unknown(house.store, Settings())] == []
    assert "QMETHOD_PROXIES" in next(unknown(house.store, Settings(production=True)))
    assert [*unknown(house.store, Settings(production=True, proxies=1))] == []


# ---- ids in addresses, and links that meet a sort


def test_to_decline_tells_nobody_who_takes_part(build: Build) -> None:
    house = build()
    ann = house.person()
    ann.get(query_string={"participant": "ann"})
    ann.agree()
    pages = []
    for name in ("ann", "ben"):
        stranger = house.person()
        stranger.get(query_string={"participant": name})
        reply = stranger.post("consent", choice="decline")
        after = stranger.client.get(reply.location).text
        pages.append((reply.status_code, reply.location, re.sub(r'value="[^"]*"', "", after).replace(f"participant={name}", "participant=")))
    assert pages[0] == pages[1]
    assert pages[0][:2] == (302, "/demo/declined")
    assert {response.participant: response.status for response in house.responses()} == {"ann": "started"}
    assert len(house.store.declined("demo", 1)) == 1  # of ben, and not by name
    assert ann.get("before").status_code == 200


@pytest.mark.parametrize("to", ["?participant=mallory", "i/{used}", "i/{unused}", "i/unknown", "consent?participant=mallory", "code", "declined"])
def test_no_link_ends_the_sort_that_is_open(build: Build, to: str) -> None:
    house = build()
    used, unused = [one.secret for one in house.store.invite("demo", "link", participants=["mallory", "eve"])]
    mallory = house.person()
    mallory.get(f"i/{used}")
    mallory.agree()
    ann = house.person()
    ann.agree()
    assert ann.post("before", **{"q-age": "44"}).status_code == 302
    asked = ann.get(to.format(used=used, unused=unused))
    if to.startswith(("i/{", "?")):
        assert "I am somebody else" in asked.text
    assert ann.acts({"act": "pile", "statement": "s1", "pile": "agree"}).status_code == 200
    assert ann.get("presort").status_code == 200
    mine = [response for response in house.responses() if response.board.piles]
    assert len(mine) == 1
    assert mine[0].participant not in ("mallory", "eve")


@pytest.mark.parametrize("begun", [True, False])
def test_who_is_somebody_else_goes_on_with_the_link_that_they_came_by(build: Build, begun: bool) -> None:
    house = build(access={"kind": "link"})
    first, second = (one.secret for one in house.store.invite("demo", "link", participants=["ann", "ben"]))
    if begun:
        ben = house.person()
        ben.get(f"i/{second}")
        ben.agree()
    shared = house.person()
    shared.get(f"i/{first}")
    shared.agree()
    assert shared.get(f"i/{first}").location == "/demo/"  # one's own link asks nothing
    assert "I am somebody else" in shared.get(f"i/{second}").text
    reply = shared.post("leave")
    assert reply.location == f"/demo/i/{second}"
    assert shared.client.get(reply.location).location == "/demo/"
    if not begun:
        shared.agree()
    assert shared.get("before").status_code == 200
    shared.post("before", **{"q-age": "33"})
    assert {response.participant: dict(response.answers) for response in house.responses()} == {"ann": {}, "ben": {"age": 33}}
