"""How the survey stands on the screen: the whole text of every card, at every size; nothing hidden, nothing lost, nothing heavy."""

from __future__ import annotations

import pytest
from babel.support import Translations
from playwright.sync_api import Page, Route, expect

from qmethod_studies.languages import catalogues
from tests.browser.survey import DESKTOP, PHONE, Site, Visitor, Visits, bytes_of, resize
from tests.webform.tongues import LANGUAGES as EVERY
from tests.webform.tongues import in_language

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "es", "ar")
WIDTHS = (320, 390, 768, 1024, 1200, 1366, 1920)
CARDS = """() => [...document.querySelectorAll("#board .card")].filter(card => card.checkVisibility()).map(card => {
    const text = document.createRange();
    text.selectNodeContents(card);
    const [inside, box] = [text.getBoundingClientRect(), card.getBoundingClientRect()];
    const points = [[box.left + 3, box.top + 3], [box.right - 3, box.bottom - 3], [box.left + 3, box.bottom - 3], [box.right - 3, box.top + 3]];
    return {
        name: card.dataset.card,
        placed: Boolean(card.closest(".column")),
        size: parseFloat(getComputedStyle(card).fontSize),
        whole: card.scrollHeight <= card.clientHeight && card.scrollWidth <= card.clientWidth
            && inside.left >= box.left && inside.right <= box.right && inside.top >= box.top && inside.bottom <= box.bottom
            && getComputedStyle(card).textOverflow === "clip" && card.offsetParent !== null,
        inWindow: box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight,
        uncovered: points.every(point => document.elementFromPoint(...point) === card),
    };
})"""
# The middle of what can be seen of an element must be that element (or its label) and not something that lies over it.
IN_SIGHT = """() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
    const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
    const there = right > left && bottom > top && document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const label = there && there.closest("label");
    const seen = there && (element.contains(there) || label && (label.control === element || label.contains(element)));
    const whole = box.height > innerHeight / 2 || box.top >= -1 && box.bottom <= innerHeight + 1;
    const where = `from ${Math.round(box.top)} to ${Math.round(box.bottom)}`;
    return seen && whole ? "" : `${element.outerHTML.slice(0, 90)} ${where} is behind ${there && there.outerHTML.slice(0, 60)}`;
}"""


def board(visitor: Visitor, *, full: bool, language: str = "en", study: str = "leadership") -> Page:
    """The board, full or with half of the cards on it."""
    number = visitor.as_one(study, "why" if full else "grid", language=language)
    if not full:
        definition = visitor.site.studies[study]
        slots = [column for column, n in definition.capacity.items() for _ in range(n)]
        half = dict(list(zip(definition.ids, slots, strict=True))[::2])
        visitor.site.store.save(number, [{"key": f"half-{number.number:08d}", "act": "arrange", "columns": half}])
    visitor.goto(study, "grid").locator("#board .column .card").first.wait_for()
    return visitor.page


def open_deck(page: Page) -> None:
    """Let all cards be seen, where the deck opens out of the hand."""
    if not page.locator(".deck").is_visible():
        page.locator(".opener").click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_board_stands_on_one_screen(visit: Visits, language: str) -> None:
    page = board(visit(), full=True, language=language)
    cards = page.evaluate(CARDS)
    assert len(cards) == 42
    assert [card for card in cards if not (card["placed"] and card["whole"] and card["inWindow"] and card["uncovered"] and card["size"] >= 12)] == []
    page.locator(".column .card").first.click()
    assert [card for card in page.evaluate(CARDS) if not (card["whole"] and card["inWindow"] and card["uncovered"])] == []
    for control in page.locator("#grid-done .button, #grid-done button, .to").all():
        expect(control).to_be_in_viewport(ratio=1)
    expect(page.locator(".hand-text")).to_have_text(page.locator(".card[aria-pressed=true]").inner_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_card_is_cut_at_any_width(visit: Visits, language: str) -> None:
    visitor = visit()
    page = board(visitor, full=False, language=language)
    for width in WIDTHS:
        resize(page, width, 800)
        open_deck(page)
        cards = page.evaluate(CARDS)
        assert len(cards) == 42
        assert [(width, card) for card in cards if not card["whole"] or card["size"] < 12] == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
        unplaced, placed = ([card["size"] for card in cards if card["placed"] is where] for where in (False, True))
        assert min(placed) >= min(unplaced) or width >= 1200
    # More room between letters, words and lines, as people with poor sight set it, cuts nothing either.
    for width in (390, 1366):
        resize(page, width, 800)
        page.evaluate(
            """() => {
                const sheet = new CSSStyleSheet();
                sheet.replaceSync("* { letter-spacing: .12em !important; word-spacing: .16em !important; line-height: 1.5 !important; }");
                document.adoptedStyleSheets = [sheet];
            }"""
        )
        open_deck(page)
        assert [card for card in page.evaluate(CARDS) if not card["whole"]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_window_that_grows_or_shrinks_leaves_the_deck_open_and_the_focus_on_its_card(visit: Visits, language: str) -> None:
    """As on a phone whose browser hides its bars while someone looks through the cards, or which shows its keyboard."""
    page = board(visit({"viewport": PHONE["viewport"]}), full=False, language=language)
    open_deck(page)
    card = page.locator(".deck .card").first
    card.focus()
    for width, height in [(390, 780), (390, 844), (390, 500), (412, 844), (390, 844)]:
        resize(page, width, height)
        expect(page.locator(".deck")).to_be_visible()
        expect(page.locator(".opener")).to_have_attribute("aria-expanded", "true")
        expect(card).to_be_focused()
    page.locator(".opener").click()
    resize(page, 390, 780)
    expect(page.locator(".deck")).to_be_hidden()


@pytest.mark.parametrize("size", [(320, 256), (390, 844), (844, 390), (1366, 768)], ids=str)
def test_the_card_that_has_the_focus_is_never_covered(visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    page = board(visitor, full=False)
    open_deck(page)
    page.locator(".card[tabindex='0']").focus()
    page.keyboard.press("Home")
    met, hidden = set(), []
    for _ in range(60):
        met.add(page.evaluate("document.activeElement.dataset.card"))
        hidden += [fault] if (fault := page.evaluate(IN_SIGHT)) else []
        before = page.evaluate("document.activeElement.dataset.card")
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.dataset.card") == before:
            page.keyboard.press("ArrowRight")
            for _ in range(9):
                page.keyboard.press("ArrowUp")
            if page.evaluate("document.activeElement.dataset.card") in met:
                break
        elif page.evaluate("document.activeElement.dataset.card") in met:
            break
    assert hidden == []
    assert len(met) == 42


@pytest.mark.parametrize("stage", ["", "consent", "before", "presort", "refine", "grid", "grid/list", "why", "after", "review", "thanks", "code"])
def test_every_control_is_reached_and_seen_at_400_percent(visit: Visits, stage: str) -> None:
    visitor = visit({"viewport": {"width": 320, "height": 256}})
    if stage in ("", "consent", "code"):
        visitor.goto("garden", stage)
    else:
        visitor.as_one("garden", {"grid/list": "grid", "thanks": "submitted"}.get(stage, stage))
        visitor.goto("garden", stage)
    page = visitor.page
    controls = page.locator("main :is(a[href], button, input:not([type=hidden]), textarea, summary), footer :is(a[href], button, summary)")
    wanted = set(
        controls.evaluate_all("""all => all.filter(element => element.checkVisibility() && element.tabIndex >= 0 && !element.disabled)
        .map(element => element.type === "radio" ? element.name : [...document.querySelectorAll("*")].indexOf(element))""")
    )
    met, hidden = set(), []
    for _ in range(len(wanted) + 20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        hidden += [fault] if (fault := page.evaluate(IN_SIGHT)) else []
        met.add(
            page.evaluate("""() => document.activeElement.type === "radio" ? document.activeElement.name
            : [...document.querySelectorAll("*")].indexOf(document.activeElement)""")
        )
    assert hidden == []
    assert wanted <= met


def test_the_board_is_one_tab_stop_and_the_columns_another(visit: Visits) -> None:
    page = board(visit(), full=False)
    stops: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate("document.activeElement.className + ' ' + (document.activeElement.closest('main, header, footer')?.tagName ?? '')")
        )
        if stops[-1].endswith("FOOTER"):
            break
    assert stops[0].startswith("skip")
    assert stops[-1].endswith("FOOTER")
    assert [sum(kind in stop.split() for stop in stops) for kind in ("card", "to")] == [1, 1]
    assert len(stops) <= 12, stops


def test_the_skip_link_leads_past_the_header(visit: Visits) -> None:
    page = board(visit(), full=False)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


STILL = """() => {
    const sign = document.getElementById("saving");
    const text = sign.firstElementChild;
    const { words } = JSON.parse(document.getElementById("page-data").text);
    const told = [["saved", ""], ...["saving", "saved", "waiting", "gone"].map((state) => [state, words[state]])];
    for (const said of ["offline", "busy", "slower", "unkept"]) told.push(["offline", words[said]]);
    for (const said of ["tooLong", "elsewhere"]) told.push(["refused", words[said]]);
    const needed = [...document.querySelectorAll("main :is(button, a, input, textarea, .statement, .hand-text, .card), .how-link")];
    const tops = () => [document.querySelector("main"), ...needed].map((each) => Math.round(each.getBoundingClientRect().top + scrollY)).join();
    const wrong = [];
    let first = null;
    for (const [state, said] of told) {
        sign.dataset.state = state;
        text.textContent = said.text ?? said;
        const now = tops();
        first ??= now;
        if (now !== first) wrong.push(`what stands below moves: ${text.textContent}`);
        const over = text.getBoundingClientRect();
        if (over.left < -.5 || over.right > document.documentElement.clientWidth + .5) wrong.push(`is cut: ${text.textContent}`);
        for (const each of needed) {
            const box = each.getBoundingClientRect();
            const wide = Math.min(box.right, over.right) - Math.max(box.left, over.left);
            const high = Math.min(box.bottom, over.bottom) - Math.max(box.top, over.top);
            if (wide > 1 && high > 1 && each.checkVisibility()) wrong.push(`lies over ${each.className || each.tagName}: ${text.textContent}`);
        }
    }
    return [...new Set(wrong)];
}"""
"""What moves, or is covered, when something is said of saving, whatever it is."""


@pytest.mark.parametrize("language", EVERY)
def test_nothing_moves_and_nothing_is_covered_whatever_is_said_of_saving(site: Site, visit: Visits, language: str) -> None:
    """What moves between the press and the release of a button takes the click away."""
    study = in_language(site.studies["leadership"], language, study=f"still-{language.lower()}")
    site.add(study)
    visitor = visit(locale=language)
    visitor.as_one(study.study, "grid", language=language)
    moving = {}
    for stage in ("grid", "presort"):
        page = visitor.goto(study.study, stage)
        page.locator("#saving[data-state=saved]").wait_for(state="attached")
        for width, height in ((1366, 768), (1024, 768), (844, 390), (683, 384), (390, 844), (341, 192), (320, 568)):
            resize(page, width, height)
            page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
            if wrong := page.evaluate(STILL):
                moving[stage, width, height] = wrong
    assert moving == {}


@pytest.mark.parametrize("width", [1366, 844, 390])
def test_what_is_said_of_saving_stands_at_the_end_of_the_head_also_on_a_line_of_its_own(site: Site, visit: Visits, width: int) -> None:
    study = in_language(site.studies["leadership"], "de", study=f"at-the-end-{width}")
    site.add(study)
    visitor = visit({"viewport": {"width": width, "height": 768}}, locale="de")
    visitor.as_one(study.study, "presort", language="de")
    ends = visitor.page.evaluate("['#saving', 'main'].map((one) => document.querySelector(one).getBoundingClientRect().right)")
    assert ends[0] == pytest.approx(ends[1] - 16, abs=1)


@pytest.mark.parametrize("size", [(1366, 768), (844, 390)], ids=str)
def test_what_is_said_of_saving_stands_in_line_with_the_steps(visit: Visits, size: tuple[int, int]) -> None:
    visitor = visit({"viewport": {"width": size[0], "height": size[1]}})
    visitor.as_one("leadership", "presort")
    visitor.page.locator("#saving[data-state=saved]").wait_for()
    tops = visitor.page.evaluate("['#saving > span', '.steps > span'].map((one) => document.querySelector(one).getBoundingClientRect().top)")
    assert abs(tops[0] - tops[1]) <= 3


def test_a_press_during_which_the_connection_goes_is_a_press(site: Site, visit: Visits) -> None:
    visitor = visit(PHONE)
    number = visitor.as_one("leadership", "grid")
    page = visitor.page
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    box = page.locator(".to[data-to='0']").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 5)
    page.mouse.down()
    visitor.context.set_offline(True)
    page.locator("#saving[data-state=offline]").wait_for()
    page.mouse.up()
    expect(page.locator("[data-column='0'] .card")).to_have_count(1)
    visitor.context.set_offline(False)
    page.locator("#saving[data-state=saved]").wait_for(state="attached")
    assert {place.column for place in site.store.response(number).board.places.values()} == {0}  # type: ignore[union-attr]


def test_a_press_that_ends_what_was_written_is_a_press(site: Site, visit: Visits) -> None:
    study = in_language(site.studies["garden"], "de", study="pressing-de")
    site.add(study)
    visitor = visit(locale="de")
    visitor.as_one(study.study, "why", language="de")
    page, held, over = visitor.page, list[Route](), list[bool]()

    def hold(route: Route) -> None:
        if over:
            route.continue_()
        else:
            held.append(route)

    page.route("**/acts", hold)
    page.locator("[data-comment] textarea").first.click()
    page.keyboard.insert_text("Darum.")
    page.locator("#saving[data-state=saving]").wait_for()
    page.locator(".others summary").hover()
    page.mouse.down()
    over.append(True)
    for route in held:
        route.continue_()
    page.locator("#saving[data-state=saved]").wait_for()
    page.mouse.up()
    expect(page.locator(".others")).to_have_attribute("open", "")


def test_columns_say_which_end_they_are_and_stand_highest_first_on_a_phone(visit: Visits) -> None:
    for profile, order in ((DESKTOP, [*range(-4, 5)]), (PHONE, [*range(4, -5, -1)])):
        page = board(visit(profile), full=False)
        columns = page.locator(".column")
        assert [int(value) for value in columns.evaluate_all("all => all.map(each => each.dataset.column)")] == order
        tops = columns.evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
        assert (tops == sorted(tops) and len(set(tops)) == 9) if profile is PHONE else len(set(tops)) == 1
        heads = dict(zip(order, page.locator(".column h2").all_inner_texts(), strict=True))
        assert "Most like my view" in heads[4]
        assert "Least like my view" in heads[-4]
        assert [column for column in order if str(abs(column)) not in heads[column]] == []
        taken = page.locator(".column[data-column='3'] .card").count()
        assert page.locator(".column[data-column='3'] .room").inner_text() == f"{4 - taken} of 4 free"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_act_is_spoken_in_the_language_of_the_study(visit: Visits, language: str) -> None:
    visitor = visit(locale=language)
    visitor.as_one("leadership", "grid", language=language)
    page = visitor.page
    card = page.locator(".hand-text").inner_text()
    page.locator(".to[data-to='2']").click()
    texts = ("“{text}” placed at {column}. Still to place: {left}.", "Next: {text}")
    said = [text if language == "en" else Translations.load(str(catalogues()), [language]).gettext(text) for text in texts]
    assert [one == text for one, text in zip(said, texts, strict=True)] == [language == "en"] * 2
    following = page.locator(".hand-text").inner_text()
    placed = said[0].format(text=card if len(card) <= 60 else f"{card[:60].rpartition(' ')[0]} …", column="+2", left=41)
    expect(page.locator("#spoken")).to_have_text(f"{placed} {said[1].format(text=following)}")
    assert page.locator("#spoken").get_attribute("role") == "status"
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")


def test_a_placed_card_moves_for_nobody_who_wants_no_motion(visit: Visits) -> None:
    for wish, name in (("no-preference", "arrive"), ("reduce", "none")):
        page = board(visit(reduced_motion=wish), full=False)
        page.locator(".to[data-to='0']").click()
        assert page.locator(".moved .card").evaluate("card => getComputedStyle(card, '::before').animationName") == name


def test_in_forced_colours_a_chosen_card_can_be_told_apart(visit: Visits) -> None:
    page = board(visit(forced_colors="active"), full=False)
    outlines = page.locator(".card").evaluate_all("all => all.map(card => [card.ariaPressed, getComputedStyle(card).outlineStyle])")
    assert sorted(map(tuple, outlines)) == sorted([("true", "solid"), *[("false", "none")] * 41])


def test_the_page_of_the_board_is_light_and_waits_for_no_script(visit: Visits) -> None:
    visitor = visit()
    page = board(visitor, full=True)
    visitor.requests.clear()
    page.reload()
    urls = [url for url in visitor.requests if not url.endswith("/acts") and ".svg" not in url]
    assert {url.partition("?")[0].rpartition("/")[2] for url in urls} == {
        *("grid", "survey.css", "board.css"),
        *(f"{name}.js" for name in ("grid", "parts", "fit", "arrows", "drag", "gate", "cards", "saving", "shelf", "progress", "code")),
    }
    assert 30_000 < bytes_of(page, urls) <= 120_000
    for stage in ("", "before", "presort", "refine", "grid", "grid/list", "why", "after", "review"):
        visitor.goto("leadership", stage)
        kinds = page.locator("script").evaluate_all("all => all.map(script => script.type)")
        assert set(kinds) <= {"module", "application/json"}, stage


@pytest.mark.parametrize("study", ["garden", "lopsided"])
@pytest.mark.parametrize("width", [1200, 1366])
def test_boards_of_other_shapes_fit_too(visit: Visits, site: Site, study: str, width: int) -> None:
    visitor = visit({"viewport": {"width": width, "height": 768}})
    cards = board(visitor, full=True, study=study).evaluate(CARDS)
    assert len(cards) == len(site.studies[study].statements)
    assert [card for card in cards if not (card["whole"] and card["inWindow"] and card["uncovered"] and card["size"] >= 12)] == []
