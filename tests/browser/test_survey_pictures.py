"""Cards that are pictures or sounds, from the first page to the last: whole at every size, larger at a press, and named for who does not see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import faults
from tests.browser.pictured import pictures, sounds
from tests.browser.robots import Finger, Keys, Robot, Scriptless
from tests.browser.survey import Site, Visits, mind
from tests.browser.test_survey_barriers import SMALL_TARGETS, TOO_WIDE, WHOLE

pytestmark = pytest.mark.browser

SIZES: dict[str, dict[str, Any]] = {
    "390x844": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "844x390": {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True},
    "1366x768": {"viewport": {"width": 1366, "height": 768}},
}


class Fingertips(Keys):
    """Keys on any board: where the deck is closed, from the buttons of the columns."""

    def grid(self) -> None:
        if self.page.locator(".deck").is_visible():
            super().grid()
            return
        for _ in range(self.page.locator(".deck .card").count()):
            chosen = self.page.locator(".card[aria-pressed=true]").get_attribute("data-card")
            assert chosen
            self.press_column(self.meant.columns[chosen])
        self.leave(self.page.locator("#grid-done button.main"))

    def press_column(self, value: float) -> None:
        self.go_to(self.page.locator(".toolbar [tabindex='0']"))
        self.page.keyboard.press("Home")
        for _ in range(self.study.columns.index(value)):
            self.page.keyboard.press("ArrowRight")
        self.page.keyboard.press("Enter")


HANDS: dict[str, tuple[type[Robot], dict[str, Any]]] = {
    "mouse": (Robot, {}),
    "taps": (Finger, {}),
    "keys": (Fingertips, {}),
    "scripts off": (Scriptless, {"java_script_enabled": False}),
}
# What is wrong with the pictures of a page: not loaded, squeezed, cut by what is around it, wider than the window, larger than what scrolls shows
# at once, or without words.
CUT = """() => [...document.querySelectorAll("img.picture, dialog img")].filter(image => image.checkVisibility()).flatMap(image => {
    const box = image.getBoundingClientRect();
    const said = [];
    if (!image.complete || !image.naturalWidth) said.push("not loaded");
    const [wide, high] = [image.naturalWidth / box.width, image.naturalHeight / box.height];
    if (getComputedStyle(image).objectFit !== "contain" && Math.abs(wide / high - 1) > .1 && box.width > 12) said.push("squeezed");
    if (Math.min(box.width, box.height) < 3) said.push("vanishes");
    if (box.left < -1 || box.right > innerWidth + 1) said.push("beyond the window");
    for (let around = image.parentElement; around && around !== document.documentElement; around = around.parentElement) {
        const style = getComputedStyle(around);
        if (around === document.body || style.overflow === "visible" || style.display.startsWith("inline") && style.display === "inline") continue;
        const there = around.getBoundingClientRect();
        const across = style.overflowX === "hidden" && (box.left < there.left - 1 || box.right > there.right + 1);
        const along = style.overflowY === "hidden" && (box.top < there.top - 1 || box.bottom > there.bottom + 1);
        if (across || along) said.push(`cut by ${around.className}`);
        if (box.height > around.clientHeight + 1 && style.overflowY !== "visible") said.push(`taller than ${around.className}`);
        if (box.width > around.clientWidth + 1) said.push(`wider than ${around.className}`);
    }
    if (!image.alt.trim()) said.push("without words");
    return said.map(what => `${image.alt}: ${what} (${Math.round(box.width)}x${Math.round(box.height)})`);
})"""


@pytest.fixture(scope="module", autouse=True)
def _studies(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    for make in (pictures, sounds):
        site.add(make(tmp_path_factory.mktemp("files") / make.__name__))


def looking(hands: type[Robot], look: Callable[[Robot], None]) -> type[Robot]:
    """A robot that looks at each page before it goes on, and at each card before it puts it on a pile."""

    class Looking(hands):  # type: ignore[misc, valid-type]
        def leave(self, where: Locator) -> None:
            look(self)
            super().leave(where)

        def pile(self, statement: str) -> None:
            if hands is not Scriptless:
                look(self)
            super().pile(statement)

    return Looking


def settled(page: Page) -> None:
    """Wait until all pictures are there."""
    page.wait_for_function("() => [...document.images].every(image => image.complete)")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("hands", HANDS)
@pytest.mark.parametrize("name", ["pictures", "sounds"])
def test_a_study_is_sorted_from_the_first_page_to_the_last_with_each_picture_whole(
    site: Site, visit: Visits, name: str, hands: str, size: str
) -> None:
    if (hands == "taps" and size == "1366x768") or (name == "sounds" and size != "390x844"):
        return
    robot_of, options = HANDS[hands]
    meant = mind(site.studies[name])
    cut: list[str] = []
    seen: dict[str, int] = {}

    def look(robot: Robot) -> None:
        page = robot.page
        if options:  # without scripts a page cannot be asked; that it can be used is what counts
            return
        settled(page)
        cut.extend(f"{robot.stage}: {one}" for one in page.evaluate(CUT))
        cut.extend(f"{robot.stage}: scrolls sideways: {one}" for one in page.evaluate(TOO_WIDE))
        files = page.locator("img.picture:visible" if name == "pictures" else "audio:visible").count()
        seen[robot.stage] = max(seen.get(robot.stage, 0), files)

    visitor = visit(SIZES[size], **options)
    looking(robot_of, look)(visitor, meant).whole()
    meant.stored(site.newest(name))
    assert cut == []
    if options:
        return
    if name == "sounds":
        assert min(seen["presort"], seen["refine"], seen["why"]) >= 1
    else:
        assert min(seen["grid"], seen["review"]) >= 8
        assert min(seen["refine"], seen["why"]) >= 2
        assert seen["presort"] >= 1
        page = visitor.goto(name, "copy")
        settled(page)
        assert page.evaluate(CUT) == []


@pytest.mark.parametrize("size", SIZES)
def test_pictures_and_sounds_are_no_barrier(site: Site, visit: Visits, size: str) -> None:
    visitor = visit(SIZES[size])
    found = []
    for name in ("pictures", "sounds"):
        for stage in ("presort", "refine", "grid", "grid/list", "why", "review"):
            visitor.context.clear_cookies()
            visitor.as_one(name, stage.partition("/")[0])
            page = visitor.goto(name, stage)
            settled(page)
            if stage == "grid":
                page.locator(".to").last.click()
            found += [f"{name}, {stage}: {fault}" for fault in faults(page, WHOLE)]
            found += [f"{name}, {stage}: target too small: {target}" for target in page.evaluate(SMALL_TARGETS)]
            zoom = page.locator("a.zoom:visible").first
            if zoom.count():
                zoom.click()
                found += [f"{name}, {stage}, larger: {fault}" for fault in faults(page, WHOLE)]
                page.keyboard.press("Escape")
    assert found == []


def opened_by(how: str, page: Page, zoom: Locator) -> None:
    if how == "keys":
        zoom.focus()
        page.keyboard.press("Enter")
    elif how == "finger":
        zoom.tap()
    else:
        zoom.click()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("how", ["mouse", "finger", "keys"])
def test_each_picture_opens_larger_whole_and_closes_to_where_one_was(site: Site, visit: Visits, size: str, how: str) -> None:
    visitor = visit(SIZES[size] | {"has_touch": True})
    visitor.as_one("pictures", "why")
    page = visitor.goto("pictures", "grid/list")
    settled(page)
    for i in range(8):
        zoom = page.locator("a.zoom").nth(i)
        small = page.locator("img.picture").nth(i).bounding_box()
        opened_by(how, page, zoom)
        dialog = page.get_by_role("dialog", name=page.locator("img.picture").nth(i).get_attribute("alt") or "", exact=True)
        picture = dialog.locator("img")
        settled(page)
        assert page.evaluate(CUT) == []
        expect(picture).to_be_in_viewport(ratio=1)
        large = picture.bounding_box()
        assert small
        assert large
        assert large["width"] >= small["width"] - 1 or size != "1366x768"
        further = dialog.get_by_role("button", name="Show larger")
        opened_by(how, page, further)
        expect(further).to_have_attribute("aria-pressed", "true")
        widest = picture.bounding_box()
        assert widest
        natural = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
        assert widest["width"] >= max(natural[0], 2 * min(large["width"], large["height"] * natural[0] / natural[1])) - 2
        assert widest["height"] / widest["width"] == pytest.approx(natural[1] / natural[0], rel=0.02)
        expect(dialog.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
        if how == "keys":  # what is beyond the edge comes into sight by arrows
            page.keyboard.press("ArrowUp")
            page.keyboard.press("Escape")
        else:
            opened_by(how, page, dialog.get_by_role("button", name="Close"))
        expect(page.locator("dialog")).to_have_count(0)
        expect(zoom).to_be_focused()


def test_keys_that_sort_do_nothing_while_a_picture_is_open(site: Site, visit: Visits) -> None:
    visitor = visit()
    page = visitor.page
    for stage in ("presort", "grid"):
        number = visitor.as_one("pictures", stage)
        while not page.locator("a.zoom:visible").count():  # the card of words came first
            number = visitor.as_one("pictures", stage)
        page.locator("a.zoom:visible").first.click()
        for key in ("1", "2", "u", "ArrowDown", "3"):
            page.keyboard.press(key)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        board = site.store.response(number).board
        assert not (board.piles if stage == "presort" else board.places)


def test_a_press_on_a_picture_that_is_open_shows_it_in_its_full_size_and_one_beside_it_closes_it(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("pictures", "presort")
    page = visitor.goto("pictures", "presort?card=s1")
    page.locator("a.zoom").click()
    picture = page.locator("dialog img")
    settled(page)
    before = picture.bounding_box()
    picture.click()
    after = picture.bounding_box()
    assert before
    assert after
    assert after["height"] >= 2 * before["height"] - 1
    picture.click()
    assert picture.bounding_box() == before
    page.mouse.click(5, 5)
    expect(page.locator("dialog")).to_have_count(0)


def test_without_scripts_a_picture_opens_by_itself_and_the_way_back_leads_to_the_card(site: Site, visit: Visits) -> None:
    visitor = visit(java_script_enabled=False)
    visitor.as_one("pictures", "presort")
    page = visitor.goto("pictures", "presort?card=s1")  # the last has words alone
    page.locator("a.zoom").first.click()
    page.wait_for_url("**/file/*")
    page.go_back()
    expect(page.locator("button.pile")).to_have_count(3)


def test_a_sound_plays_to_its_end_and_can_be_sought_in(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("sounds", "presort")
    sound = visitor.page.locator("audio")
    expect(sound).to_have_attribute("aria-label", re.compile("Statement"))
    ended = """async sound => {
        const over = new Promise((done, failed) => { sound.onended = done; sound.onerror = () => failed(sound.error.message); });
        sound.muted = true;
        await sound.play();
        sound.currentTime = 0.3;
        await over;
        return [sound.duration, sound.currentTime];
    }"""
    assert sound.evaluate(ended) == pytest.approx([0.5, 0.5], abs=0.05)


def test_one_picture_too_many_can_be_taken_out_where_it_is(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("pictures", "refine")
    page = visitor.goto("pictures", "refine?all=1")
    boxes = page.locator("#picking input[type=checkbox]")
    for i in range(int(page.locator("#picking").get_attribute("data-need") or "") + 1):
        boxes.nth(i).check()
    out = page.locator("#too-many button").filter(has=page.locator("img.picture")).first  # one card of the study has words alone
    settled(page)
    expect(out.locator("img.picture")).to_be_visible()
    assert page.evaluate(CUT) == []
    out.click()
    expect(page.locator("#too-many")).to_be_hidden()
