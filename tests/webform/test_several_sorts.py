"""People who give several sorts: one journey through a wave, another day the next, and nothing of one sort in another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qmethod_studies.definition import Study
from qmethod_studies.export import collect, export
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.days import day
from tests.studies.store.acting import make_study
from tests.webform.house import House, Person, new_key

NAMES = {"now": {"en": "How it is", "es": "Como es"}, "ideal": {"en": "How it should be", "es": "Como debería ser"}}
CONDITIONS = [{"id": key, "name": name, "instruction": {code: f"{text}: sort" for code, text in name.items()}} for key, name in NAMES.items()]
WAVES = {"w1": {"en": "Before the course", "es": "Antes del curso"}, "w2": {"en": "After the course", "es": "Después del curso"}}


def twice(opens: int | None = None, **changed: Any) -> Study:
    """Two conditions in two waves; the second opens so many days from today."""
    waves: list[dict[str, Any]] = [{"id": key, "name": name} for key, name in WAVES.items()]
    if opens is not None:
        waves[1]["opens"] = str(day(opens))
    return make_study(**{"conditions": CONDITIONS, "waves": waves, **changed})


_opened: list[Store] = []


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def house(folder: Path, study: Study, **settings: Any) -> House:
    _opened.append(Store.open(f"sqlite:///{folder}/a.sqlite3"))
    return House(_opened[-1], create_app([study], _opened[-1], Settings(**settings)))


def sort(person: Person, stages: tuple[str, ...], columns: tuple[int, ...]) -> None:
    """One sort by plain forms, each of which carries the number of its sort as the page gives it."""
    forms: dict[str, dict[str, str]] = {
        "before": {"q-age": "44"},
        "presort": {"go_on": "1"},
        "refine": {"do": "board"},
        "grid": {f"s-s{i}": str(column) for i, column in enumerate(columns, 1)} | {"go_on": "1"},
        "why": {"c-s9": f"Because {columns}.", "go_on": "1"},
        "after": {"q-job": "desk"},
        "review": {},
    }
    for stage in stages:
        page = person.get("grid/list" if stage == "grid" else stage)
        assert page.status_code == 200, (stage, page.location)
        mine = number(page.text)
        if stage == "presort":
            for i in range(1, 10):
                person.post("presort", sort=mine, statement=f"s{i}", pile="agree")
        address = {"grid": "grid/list", "review": "submit"}.get(stage, stage)
        reply = person.post(address, sort=mine, **forms[stage])
        assert reply.status_code == 302, (stage, re.findall(r"(?s)<main.*</main>", reply.text))


def number(page: str) -> str:
    found = re.search(r'name="sort" value="(\d+)"', page)
    assert found
    return found[1]


REST = ("presort", "refine", "grid", "why")
SORTS = [(-2, -1, -1, 0, 0, 0, 1, 1, 2), (2, 1, 1, 0, 0, 0, -1, -1, -2), (0, 0, 0, -2, -1, -1, 1, 1, 2), (1, 1, 2, 0, 0, 0, -2, -1, -1)]


@pytest.mark.parametrize("language", ["en", "es"])
def test_four_sorts_in_one_journey_a_day_and_two_days(tmp_path: Path, language: str) -> None:
    first_day = house(tmp_path, twice(opens=1))
    person = first_day.person()
    person.post("language", language=language, page="welcome")
    code = person.agree()
    page = person.get("before").text
    count = {"en": "Sort 1 of 2", "es": "Clasificación 1 de 2"}[language]
    assert count in page
    assert WAVES["w1"][language] in page
    sort(person, ("before", *REST, "review"), SORTS[0])
    page = person.get("presort").text  # the next has begun, with nothing of the first on it
    assert count.replace("1", "2", 1) in page
    assert f"{NAMES['ideal'][language]}: sort" in page
    assert {"en": "Now sort the same cards by another question", "es": "según otra pregunta"}[language] in page
    assert "Because" not in page
    assert person.get("before").status_code == 404 or person.get("before").location == "/demo/presort"
    sort(person, (*REST, "after", "review"), SORTS[1])
    thanks = person.get("thanks")
    assert thanks.status_code == 200
    assert code in thanks.text
    assert str(day(1)) in thanks.text
    again = first_day.person()
    assert again.post("code", code=code).location == "/demo/thanks"  # not yet
    assert again.get("again").status_code == 403
    first_day.store.close()

    other_day = house(tmp_path, twice(opens=0))
    back = other_day.person()
    assert back.post("code", code=code).location == "/demo/again"
    assert back.get("presort").location == "/demo/sent"
    assert back.get("sent").location == "/demo/again"
    page = back.get("again").text
    assert WAVES["w2"][language] in page
    assert len(other_day.responses()) == 2  # to look is not to begin
    assert back.post("again", choice="begin").location == "/demo/presort"
    assert back.post("again", choice="begin").location == "/demo/presort"
    sort(back, (*REST, "review"), SORTS[2])
    sort(back, (*REST, "after", "review"), SORTS[3])
    copy = back.get("copy").text
    assert [name for name in ("w1", "w2") if WAVES[name][language] in copy] == ["w1", "w2"]
    own = json.loads(back.get("copy.json").text)
    assert [[place["column"] for place in one["sort"]] for one in own["sorts"]] == [list(one) for one in SORTS]
    assert back.post("code", code=code).location == "/demo/thanks"
    given = other_day.store.sorts("demo", code)
    assert [(one.condition, one.wave, one.status) for one in given] == [
        (condition, wave, "submitted") for wave in ("w1", "w2") for condition in ("now", "ideal")
    ]
    assert [tuple(one.board.places[f"s{i}"].column for i in range(1, 10)) for one in given] == SORTS
    made = export(collect(other_day.store, "demo")).files
    assert len(made["occasions.csv"].decode().splitlines()) == 5
    assert "deleted" in back.post("withdraw", code=code).text or language == "es"
    assert other_day.responses() == []
    other_day.store.close()


def test_a_personal_link_opens_the_next_wave(tmp_path: Path) -> None:
    at = house(tmp_path, twice(access={"kind": "link"}))
    [link] = at.store.invite("demo", "link", participants=["ann"])
    person = at.person()
    person.get(f"i/{link.secret}")
    person.agree()
    sort(person, ("before", *REST, "review"), SORTS[0])
    sort(person, (*REST, "after", "review"), SORTS[1])
    other = at.person()
    assert other.get(f"i/{link.secret}").location == "/demo/"
    assert other.get().location == "/demo/again"
    assert other.post("again", choice="look").location == "/demo/thanks"
    assert other.get("thanks").status_code == 200
    assert other.get("again").status_code == 403
    other.get(f"i/{link.secret}")
    other.post("again", choice="begin")
    sort(other, (*REST, "review"), SORTS[2])
    sort(other, (*REST, "after", "review"), SORTS[3])
    assert at.person().get(f"i/{link.secret}").location == "/demo/sent"


def test_a_page_of_the_first_sort_left_open_changes_nothing_of_the_second(tmp_path: Path) -> None:
    at = house(tmp_path, twice())
    person = at.person()
    person.agree()
    first = number(person.get("before").text)
    sort(person, ("before", *REST, "review"), SORTS[0])
    second = at.store.sorts("demo", _code(at, person))[1]
    token = person.token()
    for stage, fields in (
        ("presort", {"statement": "s1", "pile": "agree"}),
        ("refine", {"do": "board"}),
        ("grid/list", {"s-s1": "2", "go_on": "1"}),
        ("why", {"c-s1": "of the first"}),
        ("submit", {}),
    ):
        for mine in ({"sort": first}, {}):
            reply = person.client.post(f"/demo/{stage}", data={"csrf_token": token, "key": new_key(), **fields, **mine})
            assert (reply.status_code, reply.location) == (302, "/demo/presort")
    act = {"key": new_key(), "act": "place", "statement": "s1", "column": 0}
    for body, status in (({"response": int(first)}, 403), ({}, 403), ({"response": second.id + 1}, 403), ({"response": second.id}, 200)):
        reply = person.client.post("/demo/acts", json={**body, "acts": [act]}, headers={"X-CSRFToken": token})
        assert reply.status_code == status
        if status == 403:
            assert at.store.sorts("demo", _code(at, person))[1] == second


def _code(at: House, person: Person) -> str:
    with person.client.session_transaction() as session:
        known = at.store.known("demo", session["studies"]["demo"]["token"])
    assert known is not None
    return known.code


def test_two_conditions_drawn_at_random_show_no_count(tmp_path: Path) -> None:
    at = house(tmp_path, make_study(conditions=CONDITIONS, assign="random"))
    seen = set()
    for _ in range(4):
        person = at.person()
        person.agree()
        page = person.get("before").text
        assert "Sort 1 of" not in page
        person.post("before", **{"q-age": "44"})
        seen |= {key for key, name in NAMES.items() if f"{name['en']}: sort" in person.get("presort").text}
    assert seen == {"now", "ideal"}


def test_a_study_between_its_waves_says_so(tmp_path: Path) -> None:
    closed = [{"id": "w1", "name": {"en": "1", "es": "1"}, "closes": str(day(-1))}]
    at = house(tmp_path, make_study(waves=closed))
    person = at.person()
    assert "not open today" in person.get().text
    reply = person.post("consent", choice="agree")
    assert reply.status_code == 403
    assert "not open today" in reply.text
    assert at.responses() == []
    assert person.post("consent", choice="decline").location == "/demo/declined"


def test_two_databases_on_one_host_keep_their_cookies_apart(tmp_path: Path) -> None:
    names = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        names.add(house(tmp_path / name, make_study()).app.config["SESSION_COOKIE_NAME"])
    assert len(names) == 2
