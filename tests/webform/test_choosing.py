"""Choosing by plain forms, in rounds where there are many cards: small pages, a way back, and all cards at once for who wants them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.house import House, Person

GRID = {-4: 2, -3: 4, -2: 5, -1: 6, 0: 8, 1: 6, 2: 5, 3: 4, 4: 2}
IDS = [f"s{i}" for i in range(1, 43)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = Store.open(f"sqlite:///{tmp_path}/a.sqlite3")
    statements = [{"id": name, "text": dict.fromkeys(("en", "es"), f"Text of {name}")} for name in IDS]
    study = make_study(grid=GRID, statements=statements, viewpoints=[], questions={"before": [], "after": []})
    yield House(store, create_app([study], store, Settings()))
    store.close()


@pytest.fixture
def person(house: House) -> Person:
    """Somebody to whom every card is neutral."""
    one = house.person()
    one.agree()
    one.acts(*({"act": "pile", "statement": name, "pile": "neutral"} for name in IDS), {"act": "finish", "stage": "presort"})
    return one


def shown(page: str) -> tuple[list[str], int, str, str]:
    """What a page offers, how many it asks for, for which column, and whether they go there."""
    need, column, act = re.findall(r'data-need="(\d+)" data-column="([^"]+)" data-act="(\w+)"', page)[0]
    return re.findall(r'(?:name="statements" value|data-card)="(s\d+)"', page), int(need), column, act


def parted(page: str) -> int:
    """How many a page asks for at the other end; 0 where its cards are not parted in three."""
    return int((re.findall(r'data-away="(\d+)"', page) or ["0"])[0])


def answer(page: str, ranking: list[str] = IDS) -> dict[str, Any]:
    """The form of somebody who has a ranking in mind, lowest first."""
    cards, need, column, act = shown(page)
    most = re.search(r"Of these, which are (\w+) like it", page)
    assert most is not None
    best = sorted(cards, key=ranking.index, reverse=most[1] == "most")
    if away := parted(page):
        return three(column, best, best[:need], best[-away:])
    return {"do": act, "column": column, "statements": best[:need]}


def three(column: str, cards: list[str], near: list[str], away: list[str]) -> dict[str, Any]:
    """A form of three ways."""
    return {"do": "prefer", "column": column} | {f"c-{name}": "near" if name in near else "away" if name in away else "between" for name in cards}


def test_many_neutral_cards_come_in_small_pages_and_the_outermost_are_the_ones_in_mind(house: House, person: Person) -> None:
    seen = 0
    while 'id="picking"' in (page := person.get("refine").text):
        cards, need, *_ = shown(page)
        assert len(cards) <= 15
        seen += len(cards)
        assert need + parted(page) < len(cards), "there is nothing to choose"
        assert page.count(' value="between" checked>') == (len(cards) if parted(page) else 0)
        assert person.post("refine", **answer(page)).status_code == 302
    assert seen == 96
    assert "Every card has a place" in page
    assert person.post("refine", do="board").status_code == 302
    [response] = house.responses()
    assert len(response.board.places) == 42
    columns = {name: place.column for name, place in response.board.places.items()}
    assert {name: columns[name] for name in (*IDS[:2], *IDS[-2:])} == {"s1": -4, "s2": -4, "s41": 4, "s42": 4}
    assert "prefer" in {event.act for event in house.store.events(response.id)}


def test_a_page_of_a_round_can_be_taken_back_and_all_cards_can_be_shown(house: House, person: Person) -> None:
    first = person.get("refine").text
    cards, need, column, act = shown(first)
    assert (act, column) == ("prefer", "4")
    assert "Column 1 of 9." in first
    assert "Undo the last choice" not in first
    assert (len(cards), need, parted(first)) == (14, 5, 5)
    assert "The others stay in between." in first
    person.post("refine", **answer(first))
    second = person.get("refine").text
    assert shown(second) != shown(first)
    assert "Undo the last choice" in second
    person.post("refine", do="back")
    assert shown(person.get("refine").text) == shown(first)
    assert shown(person.get("refine?all=1").text) == (
        [*cards, *(name for name in shown(person.get("refine?all=1").text)[0] if name not in cards)],
        2,
        "4",
        "pick",
    )
    assert len(shown(person.get("refine?all=1").text)[0]) == 42
    assert person.post("refine?all=1", do="pick", column="4", statements=["s20", "s7"]).status_code == 302
    [response] = house.responses()
    assert {name: place.column for name, place in response.board.places.items()} == {"s20": 4, "s7": 4}


@pytest.fixture
def decided(house: House) -> Person:
    """Somebody who likes just as many cards as the highest column takes."""
    one = house.person()
    one.agree()
    piles = {name: "agree" if i >= 40 else "neutral" if i >= 12 else "disagree" for i, name in enumerate(IDS)}
    one.acts(*({"act": "pile", "statement": name, "pile": pile} for name, pile in piles.items()), {"act": "finish", "stage": "presort"})
    return one


def places(house: House) -> dict[str, float]:
    [response] = house.responses()
    return {name: place.column for name, place in response.board.places.items()}


def test_a_column_that_is_decided_is_not_asked_about_and_filled_with_the_next_choice(house: House, decided: Person) -> None:
    page = decided.get("refine").text
    cards, need, column, act = shown(page)
    assert (act, column, len(cards), need) == ("pick", "-4", 12, 2)
    assert "Cards placed so far: 2 of 42." in page
    assert places(house) == {}
    assert decided.post("refine", do=act, column=column, statements=cards[:1]).status_code == 400
    assert places(house) == {}
    decided.post("refine", do=act, column=column, statements=cards[:2])
    assert places(house) == {"s41": 4, "s42": 4, **dict.fromkeys(cards[:2], -4)}
    [response] = house.responses()
    [event] = [event for event in house.store.events(response.id) if event.act == "pick"]
    [before] = event.detail["before"]
    assert (before["column"], sorted(before["statements"])) == (4, ["s41", "s42"])
    decided.post("refine", do="back")
    assert places(house) == {}
    assert shown(decided.get("refine").text) == (cards, need, column, act)


def test_what_is_decided_goes_to_the_board_and_to_no_machine(house: House, decided: Person) -> None:
    page = decided.get("refine?same=1").text
    pool = re.findall(r'name="statements" value="(s\d+)"', page.partition('id="same"')[2].partition("</form>")[0])
    assert len(pool) == 12
    decided.post("refine", do="same", statements=pool)
    [response] = house.responses()
    hands = {name: place.by for name, place in response.board.places.items()}
    assert hands == {"s41": "participant", "s42": "participant", **dict.fromkeys(pool, "auto")}


def test_whoever_goes_to_the_board_early_finds_there_what_is_decided(house: House, decided: Person) -> None:
    assert decided.post("refine", do="board").status_code == 302
    assert places(house) == {"s41": 4, "s42": 4}


@pytest.mark.parametrize("scripts", [False, True])
def test_cards_that_are_in_for_a_column_are_not_shown_again(house: House, scripts: bool) -> None:
    one = house.person()
    one.agree()
    piles = {name: "agree" if i >= 27 else "neutral" if i >= 15 else "disagree" for i, name in enumerate(IDS)}
    one.acts(*({"act": "pile", "statement": name, "pile": pile} for name, pile in piles.items()), {"act": "finish", "stage": "presort"})
    while 'id="picking"' in (page := one.get("refine").text):
        cards, need, column, act = shown(page)
        best = sorted(cards, key=IDS.index, reverse="most like" in page)[:need]
        data = json.loads(re.findall(r'id="page-data"[^>]*>(.*?)</script>', page)[0])
        if column == "1":
            assert (len(cards), need, len(data["settled"])) == (12, 2, 4)
            assert one.post("refine", do=act, column=column, statements=best[:1]).text.count("Choose exactly 2.") == 1
        if scripts:  # as refine.js says it
            said = {"act": act, "column": float(column), "statements": [*data["settled"], *best], "before": data["before"]}
            assert one.acts(said).json["results"][0]["outcome"] == "saved"
        else:
            one.post("refine", do=act, column=column, statements=best)
    one.post("refine", do="board")
    assert places(house) == dict(zip(IDS, (value for value, count in GRID.items() for _ in range(count)), strict=True))


def test_another_number_or_other_cards_are_refused_and_what_was_chosen_stays(house: House, person: Person) -> None:
    cards, need, column, _ = shown(person.get("refine").text)
    other = next(name for name in IDS if name not in cards)
    near, away = cards[:need], cards[-need:]
    wrong = (
        three(column, cards, near[1:], away),
        three(column, cards, near, away[1:]),
        three(column, cards, cards[: need + 1], away),
        three(column, cards, near, [*cards[need : need + 1], *away]),
        three(column, [*cards[1:], other], [*near[1:], other], away),
        three(column, cards[:-1], near, away[:-1]),
        three(column, [*near, *away], near, away),
        three(column, cards, [], []),
        three("-4", cards, near, away),
        {"do": "prefer", "column": column, "statements": near},  # as on a page that was opened when cards were parted in two
        three(column, cards, near[1:], away) | {"statements": [other]},
        three(column, cards, near, away) | {f"c-{near[0]}": "nowhere"},
    )
    for form in wrong:
        assert person.post("refine", **form).status_code == 400
    page = person.post("refine", **three(column, cards, near[1:], away)).text
    assert f"Choose the {need} nearest to" in page.partition('class="alert"')[2].partition("</div>")[0]
    assert [page.count(f' value="{way}" checked>') for way in ("near", "between", "away")] == [need - 1, len(cards) - 2 * need + 1, need]
    [response] = house.responses()
    assert not [event for event in house.store.events(response.id) if event.act == "prefer"]


def test_a_script_says_the_same_as_a_form(house: House, person: Person) -> None:
    page = person.get("refine").text
    cards, need, column, _ = shown(page)
    said = {"act": "prefer", "column": float(column), "statements": cards[:need], "others": cards[-need:], "between": cards[need:-need]}
    assert person.acts(said).json["results"][0]["outcome"] == "saved"
    after = shown(person.get("refine").text)
    person.acts({"act": "reconsider"})
    assert person.post("refine", **three(column, cards, cards[:need], cards[-need:])).status_code == 302
    assert shown(person.get("refine").text) == after
    [response] = house.responses()
    first, second = (event.detail for event in house.store.events(response.id) if event.act == "prefer")
    assert first == second
    assert set(first) == {"column", "statements", "between", "others"}


def test_what_was_chosen_by_a_script_stands_in_the_page_that_is_loaded_again(person: Person) -> None:
    cards, need, column, _ = shown(person.get("refine").text)
    person.acts({"act": "draft", "columns": {cards[0]: float(column), cards[1]: -float(column), cards[2]: 0}})
    page = person.get("refine").text
    assert re.findall(r'name="c-(s\d+)" value="(near|away)" checked', page) == [(cards[0], "near"), (cards[1], "away")]
    assert f"1 of {need} chosen" in page


def test_whoever_began_by_halves_goes_on(house: House, person: Person) -> None:
    """The event log of a response that was begun when a part was parted in two."""
    half = {"act": "prefer", "column": 4, "statements": IDS[6:11], "others": IDS[:6]}
    assert person.acts(half).json["results"][0]["outcome"] == "saved"
    seen = 11
    while 'id="picking"' in (page := person.get("refine").text):
        seen += len(shown(page)[0])
        assert person.post("refine", **answer(page)).status_code == 302
    assert seen <= 120
    assert person.post("refine", do="board").status_code == 302
    assert {name: column for name, column in places(house).items() if abs(column) == 4} == {"s1": -4, "s2": -4, "s41": 4, "s42": 4}
