"""Many cards in parts, each of which goes three ways: with a finger, with keys, heard, without scripts, and against what comes between."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.listener import LISTENS
from tests.browser.robots import Finger, Keys, Robot, Scriptless
from tests.browser.survey import DESKTOP, PHONE, Site, Visitor, Visits, mind, new_key, press_twice
from tests.browser.test_survey_barriers import TOO_WIDE
from tests.webform.tongues import LANGUAGES, in_language

STUDY = "leadership"

pytestmark = pytest.mark.browser


def indifferent(site: Site, visitor: Visitor) -> tuple[int, Page]:
    """Choosing by somebody who put all cards on one pile."""
    number = visitor.as_one(STUDY, "refine")
    site.store.save(number, [{"key": new_key(), "act": "pile", "statement": name, "pile": "neutral"} for name in site.studies[STUDY].ids])
    return number, visitor.goto(STUDY, "refine")


def names(page: Page) -> list[str]:
    found: list[str] = page.locator("#picking [data-card]").evaluate_all("all => all.map(card => card.dataset.card)")
    return found


def choose(page: Page, name: str, way: str) -> None:
    page.locator(f"input[name=c-{name}][value={way}]").check()


@pytest.mark.parametrize(("kind", "context"), [(Finger, PHONE), (Keys, DESKTOP), (Scriptless, {**PHONE, "java_script_enabled": False})])
def test_whoever_has_a_ranking_in_mind_gets_through_in_any_way(site: Site, visit: Visits, kind: type[Robot], context: dict[str, object]) -> None:
    visitor = visit(context)
    number, page = indifferent(site, visitor)
    robot = kind(visitor, mind(site.studies[STUDY]))
    for _ in range(2):
        cards, need, away = names(page), *(int(page.locator("#picking").get_attribute(f"data-{of}") or 0) for of in ("need", "away"))
        robot.part_in_three(need)
        events = [event for event in site.store.events(number.number) if event.act == "prefer"]
        said = events[-1].detail
        assert [len(said[side]) for side in ("statements", "others", "between")] == [need, away, len(cards) - need - away]
        assert sorted([*said["statements"], *said["others"], *said["between"]]) == sorted(cards)
        columns = robot.meant.columns
        assert min(columns[name] for name in said["statements"]) >= max(columns[name] for name in said["between"])
        assert max(columns[name] for name in said["others"]) <= min(columns[name] for name in said["between"])
        assert not set(names(page)) & set(cards)
    assert site.store.response(number).refused == 0


def test_one_too_many_is_said_and_taken_out_and_a_reload_keeps_what_was_chosen(site: Site, visit: Visits) -> None:
    visitor = visit(PHONE)
    number, page = indifferent(site, visitor)
    cards, go_on = names(page), page.locator(".stick button.main")
    near, away = (page.locator(f".stick [data-end={end}]") for end in ("near", "away"))
    expect(go_on).to_be_disabled()
    for name in cards[:6]:
        choose(page, name, "near")
    for name in cards[6:10]:
        choose(page, name, "away")
    expect(near).to_have_text("+4: 6 of 5 chosen. Take one out.")
    expect(away).to_have_text("−4: 4 of 5 chosen")
    expect(page.locator("#too-many")).to_be_hidden()  # five could be taken out: the page itself is the list
    choose(page, cards[0], "away")
    expect(near).to_have_text("+4: 5 of 5 chosen")
    expect(go_on).to_be_enabled()
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    page.reload()
    expect(go_on).to_be_enabled()
    ways = page.locator("#picking .three-ways input:checked").evaluate_all("all => all.map(input => input.value)")
    assert ways == ["away", *["near"] * 5, *["away"] * 4, *["between"] * (len(cards) - 10)]
    press_twice(page, go_on)
    assert [event.act for event in site.store.events(number.number)].count("prefer") == 1
    assert not set(names(page)) & set(cards)
    with page.expect_navigation():
        page.locator("button[value=back]").click()
    assert names(page) == cards
    assert page.locator("#picking input[value=between]:checked").count() == len(cards)


def test_a_card_too_many_is_offered_to_be_taken_out_where_the_button_is(site: Site, visit: Visits) -> None:
    """Of sixteen cards on a pile eight are shown, of which four are near one end and three near the other."""
    visitor = visit(PHONE)
    number = visitor.as_one(STUDY, "refine")
    piles = {name: ("agree" if i < 16 else "disagree") for i, name in enumerate(site.studies[STUDY].ids)}
    site.store.save(number, [{"key": new_key(), "act": "pile", "statement": name, "pile": pile} for name, pile in piles.items()])
    page = visitor.goto(STUDY, "refine")
    cards = names(page)
    for name in cards[:4]:
        choose(page, name, "away")
    expect(page.locator("#too-many button")).to_have_count(3)
    page.locator("#too-many button").first.click()
    expect(page.locator("#too-many")).to_be_hidden()
    assert page.locator(f"input[name=c-{cards[0]}][value=between]").is_checked()
    expect(page.locator(".stick [data-end=away]")).to_have_attribute("data-state", "enough")


def test_each_act_is_told_once_and_a_card_is_a_group_with_its_text_as_name(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.context.add_init_script(LISTENS)
    _, page = indifferent(site, visitor)
    text = {statement.id: statement.text.in_("en") for statement in site.studies[STUDY].statements}
    first, second = names(page)[:2]
    for name, label, said in (
        (first, "Nearer to +4", "+4: 1 of 5 chosen −4: 0 of 5 chosen"),
        (second, "Nearer to −4", "+4: 1 of 5 chosen −4: 1 of 5 chosen"),
        (first, "In between", "+4: 0 of 5 chosen −4: 1 of 5 chosen"),
    ):
        page.evaluate("() => { window.said = []; }")
        page.get_by_role("group", name=text[name], exact=True).get_by_role("radio", name=label, exact=True).check()
        page.locator("#saving[data-state=saved]").wait_for(state="attached")
        page.wait_for_timeout(50)
        told = page.evaluate("window.said")
        assert [" ".join(one.split()) for one in told] == [said]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_part_is_wider_than_a_phone_in_any_language(site: Site, visit: Visits, language: str) -> None:
    visitor = visit(PHONE, locale=language)
    study = in_language(site.studies[STUDY].model_copy(update={"study": f"three-{language.lower()}"}), language)
    site.add(study)
    number = visitor.as_one(study.study, "refine", language=language)
    site.store.save(number, [{"key": new_key(), "act": "pile", "statement": name, "pile": "neutral"} for name in study.ids])
    page = visitor.goto(study.study, "refine")
    cards = names(page)
    for name in cards[:7]:
        choose(page, name, "near")
    for name in cards[7:]:
        choose(page, name, "away")
    expect(page.locator(".stick [data-state=too-many]")).to_have_count(2)
    assert page.evaluate(TOO_WIDE) == []
    cut = page.locator(".three-ways label").evaluate_all(
        "all => all.filter(label => label.scrollWidth > label.clientWidth).map(label => label.innerText)"
    )
    assert cut == []
