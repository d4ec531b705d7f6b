"""What could not be sent waits in the browser, for whoever did it and for nobody else, and is sent when the study is opened again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from qmethod_studies.store import Handle
from tests.browser.conftest import ARGUMENTS, ROOT
from tests.browser.survey import DESKTOP, UNHURRIED, Site, Visitor, Visits, mind
from tests.load.stopped import until

pytestmark = pytest.mark.browser

WAITING = "Object.keys(localStorage).filter(name => name.startsWith('qmethod-waiting-')).length"
TWELVE = 12
THROWING = """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("blocked", "SecurityError"); } });"""
FULL = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };"""


@contextmanager
def offline(visitor: Visitor) -> Iterator[None]:
    visitor.context.set_offline(True)
    yield
    visitor.context.set_offline(False)


def twelve(visitor: Visitor, study: str = "lopsided") -> Page:
    """Put twelve cards on a pile without a connection, and close the tab."""
    page = visitor.page
    with offline(visitor):
        for i in range(TWELVE):
            page.locator("button.pile").nth(i % 3).click()
        expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
        expect(page.locator("#saving")).to_contain_text("Kept on this device")
        assert page.evaluate(WAITING) == TWELVE
        page.close()
    return visitor.goto(study)


def piled(site: Site, number: Handle) -> int:
    return len(site.store.response(number).board.piles)


def all_sent(page: Page) -> None:
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    assert page.evaluate(WAITING) == 0


def test_what_was_done_in_a_closed_tab_is_there_when_the_study_is_opened_again(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("lopsided", "presort")
    page = twelve(visitor)
    all_sent(page)
    assert piled(site, number) == TWELVE
    visitor.goto("lopsided", "presort")
    assert sum(map(int, page.locator("[data-pile] .number").all_inner_texts())) == TWELVE


def test_what_was_done_in_a_closed_browser_is_there_when_it_is_opened_again(site: Site, browser: Browser, tmp_path: Path) -> None:
    number, code = site.begun("lopsided", "presort")
    chromium = subprocess.run([ROOT / "tools" / "find-chromium"], capture_output=True, text=True, check=True).stdout.strip()
    for found in (0, TWELVE):
        context = browser.browser_type.launch_persistent_context(
            tmp_path, executable_path=chromium, args=ARGUMENTS, reduced_motion="reduce", **DESKTOP
        )
        context.add_init_script(UNHURRIED)
        visitor = Visitor(context, site)
        if not found:
            assert visitor.post("lopsided", "code", {"code": code}).status == 302
            twelve_of = visitor.goto("lopsided", "presort")
            context.set_offline(True)
            for i in range(TWELVE):
                twelve_of.locator("button.pile").nth(i % 3).click()
            expect(twelve_of.locator("#saving")).to_have_attribute("data-state", "offline")
        else:
            all_sent(visitor.goto("lopsided"))
        assert piled(site, number) == found
        context.close()


def test_somebody_else_at_the_same_browser_gets_nothing_of_it(site: Site, visit: Visits) -> None:
    """Whoever comes by their own code finds the browser without a question; whoever presses that they are somebody else leaves nothing behind."""
    visitor = visit()
    number, code = site.begun("lopsided", "presort")
    visitor.resume("lopsided", code)
    page = visitor.goto("lopsided", "presort")
    with offline(visitor):
        for _ in range(TWELVE):
            page.locator("button.pile").first.click()
        expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
        page.close()
    other = visitor.as_one("lopsided", "presort")
    visitor.page.locator("button.pile").first.click()
    visitor.page.locator("#saving[data-state=saved]").wait_for(state="attached")
    visitor.page.reload(wait_until="domcontentloaded")
    assert (piled(site, number), piled(site, other)) == (0, 1)
    assert visitor.page.evaluate(WAITING) == TWELVE
    visitor.resume("lopsided", code)
    all_sent(visitor.goto("lopsided"))
    assert (piled(site, number), piled(site, other)) == (TWELVE, 1)
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="I am somebody else").click()
    assert visitor.page.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.parametrize("broken", [THROWING, FULL], ids=["blocked", "full"])
def test_a_browser_that_keeps_nothing_harms_nothing_and_says_so(site: Site, visit: Visits, broken: str) -> None:
    visitor = visit()
    number, code = site.begun("lopsided", "presort")
    visitor.context.add_init_script(broken)
    visitor.resume("lopsided", code)
    page = visitor.goto("lopsided", "presort")
    page.locator("button.pile").first.click()
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    with offline(visitor):
        page.locator("button.pile").first.click()
        expect(page.locator("#saving")).to_contain_text("this browser does not keep it")
        assert piled(site, number) == 1
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    assert piled(site, number) == 2


def test_half_a_sentence_is_sent_when_the_tab_is_closed_and_never_called_saved_before(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "why", meant=mind(site.studies["garden"]))
    page = visitor.page
    box = page.locator("[data-comment] textarea").first
    for n, letter in enumerate("Because", start=1):
        box.press(letter)
        if page.locator("#saving").get_attribute("data-state") != "saving":  # on a slow machine there is time to save between two letters
            assert "Because"[:n] in site.store.response(number).comments.values()
    page.close(run_before_unload=True)
    until(lambda: "Because" in site.store.response(number).comments.values())


def test_the_page_asks_before_it_is_left_only_while_something_could_not_be_sent(site: Site, visit: Visits) -> None:
    visitor = visit()
    visitor.as_one("lopsided", "presort")
    page, asked = visitor.page, []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("button.pile").first.click()
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    page.reload(wait_until="domcontentloaded")
    assert asked == []
    page.route("**/acts", lambda route: route.fulfill(status=503, body="{}"))
    page.locator("button.pile").first.click()
    expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
    page.reload(wait_until="domcontentloaded")
    assert asked == ["beforeunload"]


def test_two_tabs_without_a_connection_lose_nothing_and_send_nothing_twice(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("lopsided", "presort")
    first, second = visitor.page, visitor.context.new_page()
    second.goto(site.url("lopsided", "presort"), wait_until="domcontentloaded")
    with offline(visitor):
        for page, pile in ((first, "agree"), (second, "neutral"), (first, "disagree"), (second, "agree")):
            page.locator(f"button.pile[value={pile}]").click()
        for page in (first, second):
            expect(page.locator("#saving")).to_have_attribute("data-state", "offline")
    for page in (first, second):
        page.locator("#saving[data-state=saved]").wait_for(state="attached")
    done = [event for event in site.store.events(number.number) if event.act == "pile"]
    assert len(done) == len({event.key for event in done}) == 4
    order = site.store.response(number).order
    assert dict(site.store.response(number).board.piles) == {order[0]: "neutral", order[1]: "agree"}  # the last word counts


def test_what_was_refused_in_a_tab_that_is_gone_is_told(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "grid")
    taken = site.studies["garden"].ids[:3]
    columns = site.studies["garden"].capacity
    top = max(columns)
    assert columns[top] == 1
    visitor.act("garden", {"act": "place", "statement": taken[0], "column": top})
    visitor.leave_waiting("garden", {"act": "place", "statement": taken[1], "column": top})
    visitor.goto("garden", "grid")
    expect(visitor.page.locator("#saving")).to_contain_text("The page now shows what is saved")
    assert dict(site.store.response(number).board.places).keys() == {taken[0]}


def test_what_has_waited_too_long_is_deleted_and_sent_to_nobody(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("lopsided", "presort")
    page = visitor.page
    visitor.leave_waiting("lopsided", {"act": "pile", "statement": "t1", "pile": "agree"}, days=14.01)
    page.evaluate("localStorage.setItem('qmethod-waiting-somebody-1-x', Object.values(localStorage)[0])")
    page.evaluate("localStorage.setItem('qmethod-waiting-somebody-1-y', 'no entry')")
    visitor.goto("lopsided", "presort")
    visitor.leave_waiting("lopsided", {"act": "pile", "statement": "t2", "pile": "agree"}, days=13.99)
    visitor.goto("lopsided", "presort")
    page.locator("[data-pile=agree] [data-card=t2]").wait_for(state="attached")
    all_sent(page)
    assert dict(site.store.response(number).board.piles) == {"t2": "agree"}
    assert page.evaluate("Object.keys(localStorage).length") == 0
