"""What the page does when the server takes no more for the moment: it keeps what waits, says so, and sends it by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.survey import Site, Visits

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("status", "said"), [(429, "Very much at once."), (503, "The server is busy.")])
def test_what_is_refused_for_now_waits_and_is_sent_when_the_server_said(site: Site, visit: Visits, status: int, said: str) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "grid")
    page = visitor.page
    page.route("**/acts", lambda route: route.fulfill(status=status, headers={"Retry-After": "1"}, body="{}"), times=1)
    with page.expect_response("**/acts"):
        page.locator(".to[data-to='2']").click()
    expect(page.locator("#saving")).to_contain_text(f"{said} Kept on this device")
    page.locator("#saving[data-state=saved]").wait_for()
    assert [place.column for place in site.store.response(number).board.places.values()] == [2]


def test_what_is_too_large_together_goes_in_parts(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "why")
    page, sizes = visitor.page, list[int]()
    names = [block.get_attribute("data-comment") for block in page.locator("[data-comment]").all()][:5]
    acts = [{"act": "comment", "statement": name, "text": f"on {name}"} for name in names]

    def small_ones(route: Route) -> None:
        sizes.append(len(route.request.post_data_json["acts"]))
        if sizes[-1] > 2:
            route.fulfill(status=413, body="{}")
        else:
            route.continue_()

    page.route("**/acts", small_ones)
    visitor.leave_waiting("garden", *acts)
    visitor.goto("garden", "why")
    for name in names:
        expect(page.locator(f"[data-comment={name}] textarea")).to_have_value(f"on {name}")
    assert max(sizes) == len(acts)
    assert {act["statement"]: act["text"] for act in acts}.items() <= dict(site.store.response(number).comments).items()


def test_what_is_too_large_alone_stays_in_its_field_and_holds_up_nothing_else(site: Site, visit: Visits) -> None:
    visitor = visit()
    number = visitor.as_one("garden", "why")
    page = visitor.page
    first, second = page.locator("[data-comment] textarea").all()[:2]
    name = page.locator("[data-comment]").all()[1].get_attribute("data-comment")
    first.fill("x" * 600_000)
    first.blur()
    expect(page.locator("#saving")).to_contain_text("too long")
    assert len(first.input_value()) == 600_000
    second.fill("short")
    second.blur()
    page.locator("#saving[data-state=saved]").wait_for()
    assert dict(site.store.response(number).comments)[name] == "short"
