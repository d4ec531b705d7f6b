"""A sort from a table typed in with a browser: by keys alone, at the speed of hands, with every slip said at once; read by everyone."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import qmethod
from benchmarks.entry import keys as keys_of
from benchmarks.entry import sheet, type_in
from qmethod_analysis.commands.spoken import told
from qmethod_analysis.entry import drafts, people, record
from qmethod_analysis.entry.desk import Desk
from qmethod_analysis.entry.server import Server
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load
from tests.browser.axe import violations
from tests.browser.test_site import WHOLE
from tests.browser.test_survey_barriers import SMALL_TARGETS
from tests.studies.made import study

pytestmark = pytest.mark.browser
LEADERSHIP = load(find("leadership"))
KEY = 0.28
"""Seconds a key of an average typist who is not skilled; see `benchmarks.entry`."""
MOST_SECONDS = 90

Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts the program that the page belongs to, as often as it is asked to, on the same files."""
    running: list[tuple[Server, threading.Thread]] = []

    def start(some: Study = LEADERSHIP, by: str = "AB", *, check: bool = False, language: str = "en") -> Server:
        server = Server(Desk(some, tmp_path / "sorts.csv", language, False, told), by, check=check)
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.ended.set()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, reduced_motion="reduce")
    complaints: list[str] = []
    made = context.new_page()
    made.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    context.close()
    assert complaints == []


def sort_of(some: Study, columns: list[list[int]]) -> list[float]:
    of = {number: value for value, numbers in zip(some.columns, columns, strict=True) for number in numbers}
    return [of[n] for n in range(1, len(some.ids) + 1)]


def keys(some: Study, columns: list[list[int]]) -> list[str]:
    return [key for numbers in columns for key in keys_of(some, numbers)]


def begin(page: Page, server: Server, participant: str = "ana") -> None:
    page.goto(server.address)
    expect(page.locator("#participant")).to_be_focused()
    page.keyboard.type(participant)
    page.keyboard.press("Enter")
    expect(page.locator("#c0")).to_be_focused()


def press(page: Page, pressed: list[str], delay: float = 0) -> None:
    for key in pressed:
        page.keyboard.press(key, delay=delay)


def finish(page: Page) -> None:
    """Press the button that the last number led to, after the moment in which it takes no key."""
    expect(page.locator("#save")).to_be_focused()
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")


def test_a_robot_at_the_speed_of_hands_types_42_cards_in_time(serve: Serve, page: Page, tmp_path: Path) -> None:
    columns = sheet(LEADERSHIP, 1)
    page.goto(serve().address)
    pressed, seconds = type_in(page, LEADERSHIP, "ana", columns, KEY)
    assert pressed <= 90
    assert seconds < MOST_SECONDS
    assert qmethod.read(tmp_path / "sorts.csv").sorts[:, 0].tolist() == sort_of(LEADERSHIP, columns)
    assert not drafts.folder_of(tmp_path / "sorts.csv").exists()


@pytest.mark.parametrize("between", [" ", ",", "Enter", "."])
def test_any_separator_after_every_number_and_too_many_of_them_do_no_harm(serve: Serve, page: Page, tmp_path: Path, between: str) -> None:
    columns = sheet(LEADERSHIP, 2)
    begin(page, serve())
    press(page, [key for numbers in columns for number in numbers for key in (*str(number), between, between)])
    expect(page.locator("#save")).to_be_focused()  # and the last blanks pressed no button
    expect(page.locator("#status")).to_contain_text("42 of 42 cards. ")
    assert not (tmp_path / "sorts.csv").exists()
    finish(page)
    expect(page.locator("#saved")).to_contain_text("Saved: ana")
    assert qmethod.read(tmp_path / "sorts.csv").sorts[:, 0].tolist() == sort_of(LEADERSHIP, columns)


def test_as_fast_as_a_machine_types_nothing_is_lost_and_it_may_be_left_in_the_middle(serve: Serve, page: Page, tmp_path: Path) -> None:
    columns = sheet(LEADERSHIP, 3)
    pressed = keys(LEADERSHIP, columns)
    begin(page, serve())
    press(page, pressed[:40])
    page.reload()
    expect(page.locator("#board")).to_be_visible()
    expect(page.locator("#heading")).to_have_text("Sort of ana")
    typed = " ".join(page.locator(f"#c{i}").input_value() for i in range(9)).split()
    assert typed == [str(number) for numbers in columns for number in numbers][: len(typed)]
    begun = len("".join(pressed[:40]).replace(" ", "")) - len("".join(typed))
    assert begun <= 1  # a figure of a number that was not whole
    press(page, pressed[40 - begun :])
    finish(page)
    expect(page.locator("#saved")).to_contain_text("Saved: ana")
    assert qmethod.read(tmp_path / "sorts.csv").sorts[:, 0].tolist() == sort_of(LEADERSHIP, columns)


def test_what_was_typed_is_there_when_the_program_is_started_again(serve: Serve, page: Page) -> None:
    columns = sheet(LEADERSHIP, 4)
    server = serve()
    begin(page, server)
    press(page, keys(LEADERSHIP, columns[:3]))
    expect(page.locator("#status")).to_contain_text("11 of 42 cards")
    server.ended.set()
    page.goto(serve().address)
    page.get_by_role("button", name="Go on with ana").click()
    expect(page.locator("#c3")).to_be_focused()
    assert page.locator("#c2").input_value().split() == list(map(str, columns[2]))


def test_a_full_disk_is_said_and_what_was_typed_is_kept_as_soon_as_there_is_room(
    serve: Serve, page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    begin(page, serve())
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", full)
        press(page, ["1", "7"])
        expect(page.locator("#refused")).to_contain_text("No space left on device")
        expect(page.locator("#save")).to_be_disabled()
    expect(page.locator("#refused")).to_be_hidden()
    draft = drafts.find(LEADERSHIP, tmp_path / "sorts.csv", "ana", check=False)
    assert draft is not None
    assert draft.lines[0] == "17"


def test_who_leaves_in_haste_leaves_nothing_behind(serve: Serve, page: Page, tmp_path: Path) -> None:
    columns = sheet(LEADERSHIP, 8)
    begin(page, serve())
    press(page, keys(LEADERSHIP, columns[:5]))
    press(page, [*str(columns[5][0])])
    page.evaluate("document.getElementById('leave').click()")
    expect(page.locator("#drafts")).to_contain_text("ana: ")
    draft = drafts.find(LEADERSHIP, tmp_path / "sorts.csv", "ana", check=False)
    assert draft is not None
    kept = [int(number) for line in draft.lines for number in line.split()]
    typed = [number for numbers in columns for number in numbers]
    assert kept[:25] == typed[:25]
    with_last = len(str(columns[5][0])) == 2
    assert (len(kept) == 26) == with_last


def test_what_could_not_be_kept_is_not_left_at_the_first_press(serve: Serve, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    begin(page, serve())
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", full)
        press(page, ["1", "7"])
        expect(page.locator("#refused")).to_contain_text("No space left on device")
        page.locator("#leave").click()
        expect(page.locator("#leave")).to_have_text("Press again to leave without what could not be kept")
        page.locator("#leave").click()
        expect(page.locator("#start")).to_be_visible()


def test_one_sort_after_another_is_typed_without_a_hand_on_the_mouse(serve: Serve, page: Page, tmp_path: Path) -> None:
    some = study()
    page.goto(serve(some).address)
    for n in range(4):
        expect(page.locator("#participant")).to_be_focused()
        page.keyboard.type(f"p{n}")
        page.keyboard.press("Enter")
        expect(page.locator("#c0")).to_be_focused()
        press(page, keys(some, sheet(some, n)))
        finish(page)
        expect(page.locator("#saved")).to_have_text(f"Saved: p{n}, 9 cards.")
    assert qmethod.read(tmp_path / "sorts.csv").sorts.T.tolist() == [sort_of(some, sheet(some, n)) for n in range(4)]


SLIPS: dict[str, tuple[list[str], str]] = {
    "unknown": (["4", "3"], "'43' in −4 is no number of a card: they go from 1 to 42."),
    "doubled in its column": (["1", "7", "1", "7"], "card 17 is typed twice: in −4 twice."),
    "doubled elsewhere": (["1", "7", "1", "8", "1", "7"], "card 17 is typed twice: in −4 and in −3."),
    "one too many": (["1", "7", "1", "8", "Shift+Tab", "1", "9"], "−4 has 3 cards instead of 2."),
    "one too few, and on to the next column": (["1", "7", "Tab", "1", "8"], "−4 has 1 card instead of 2."),
    "a letter": (["x", " "], "'x' in −4 is no number of a card: they go from 1 to 42."),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_said_at_once_and_where(serve: Serve, page: Page, tmp_path: Path, slip: str) -> None:
    pressed, said = SLIPS[slip]
    begin(page, serve())
    page.evaluate("() => { window.setTimeout = () => 0; window.setInterval = () => 0; }")  # at once: nothing is put off
    press(page, pressed)
    expect(page.locator("#status")).to_contain_text(said)
    at_fault = page.locator(".column input[aria-invalid=true]")
    assert at_fault.count() >= 1
    described = at_fault.first.get_attribute("aria-describedby")
    assert described is not None
    assert said in page.locator(f"#{described.split()[1]}").inner_text()
    expect(page.locator("#save")).to_be_disabled()
    assert not (tmp_path / "sorts.csv").exists()


def test_no_number_is_judged_before_it_is_whole(serve: Serve, page: Page) -> None:
    """1, then 17: the 1 of 17 is no second card 1."""
    begin(page, serve())
    press(page, ["1", " ", "1"])
    page.wait_for_timeout(300)
    expect(page.locator("#status")).not_to_contain_text("twice")
    page.keyboard.press("7")
    expect(page.locator("#status")).to_contain_text("2 of 42 cards. −4: 2 of 2.")
    assert "twice" not in page.locator("#status").inner_text()


def test_held_keys_count_once(serve: Serve, page: Page) -> None:
    begin(page, serve())
    for key in ("7", "1"):
        for _ in range(6):  # without a key up between them, these are repeats of one
            page.keyboard.down(key)
        page.keyboard.up(key)
    for _ in range(6):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    assert page.locator("#c0").input_value() == "7 1 "
    expect(page.locator("#c1")).to_be_focused()
    for _ in range(6):
        page.keyboard.down("Backspace")
    page.keyboard.up("Backspace")
    expect(page.locator("#c0")).to_be_focused()
    assert page.locator("#c0").input_value() == "7 1 "
    page.keyboard.press("Backspace")
    assert page.locator("#c0").input_value() == "7 "


def test_a_second_person_types_blind_and_settles_what_differs(serve: Serve, page: Page, tmp_path: Path) -> None:
    some = study()
    first = [[9], [1, 2], [3, 4, 5], [6, 7], [8]]
    second = [[9], [1, 3], [2, 4, 5], [6, 7], [8]]
    server = serve(some)
    begin(page, server)
    press(page, keys(some, first))
    finish(page)
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.goto(serve(some, "AB", check=True).address)
    expect(page.locator("#participant")).to_be_focused()
    page.keyboard.type("ana")
    page.keyboard.press("Enter")
    expect(page.locator("#refused")).to_contain_text("AB typed this sort first")
    begin(page, serve(some, "CD", check=True))
    assert [page.locator(f"#c{i}").input_value() for i in range(5)] == [""] * 5
    press(page, keys(some, second))
    finish(page)
    expect(page.locator("#heading")).to_have_text("ana: 2 cards differ")
    expect(page.locator("#found")).to_contain_text("Card 2, typed first in −1, now in 0")
    assert_no_barrier(page)
    page.locator("#settle").press("Enter")
    expect(page.locator("#refused")).to_contain_text("card 2: say which column it is")
    page.locator("#k2").select_option(label="0, as typed now")
    page.locator("#k3").select_option(label="0, as typed first")
    for number in (2, 3):
        page.locator(f"#r{number}").fill("misread")
    page.locator("#settle").press("Enter")
    expect(page.locator("#refused")).to_contain_text("−1 would have 1 cards instead of 2")
    page.locator("#k3").select_option(label="−1, as typed now")
    page.locator("#settle").press("Enter")
    expect(page.locator("#saved")).to_have_text("Checked: ana, 2 differences settled, 2 of them wrong in the first typing.")
    expect(page.locator("#rate")).to_contain_text("9 cards: 2 differences, 2 of them wrong in the first typing, an error rate of 22.2 %")
    assert qmethod.read(tmp_path / "sorts.csv").sorts[:, 0].tolist() == sort_of(some, second)
    [line] = record.read(tmp_path / "sorts.csv", qmethod.read(tmp_path / "sorts.csv")).values()
    assert (line.typed_by, line.checked_by) == ("AB", "CD")
    assert [(one.difference.card, one.kept, one.reason) for one in line.differences] == [(2, 0, "misread"), (3, -1, "misread")]


def test_a_free_distribution_takes_any_number_in_a_column(serve: Serve, page: Page, tmp_path: Path) -> None:
    some = study(distribution="free")
    begin(page, serve(some))
    press(page, [*"123456", "Tab", *"78", " ", "Shift+Tab", "9"])
    finish(page)
    expect(page.locator("#saved")).to_have_text("Saved: ana, 9 cards.")
    assert qmethod.read(tmp_path / "sorts.csv").sorts[:, 0].tolist() == [-2.0] * 6 + [-1.0] * 2 + [-2.0]


ODD = "</select></script><img src=x onerror=alert(1)>\"'&amp;{{7*7}}"


def test_texts_and_names_are_shown_as_they_are(serve: Serve, page: Page) -> None:
    questions = {"before": [{"id": "q", "type": "choice", "label": ODD, "options": {"a": ODD}}]}
    statements = [{"id": f"s{i}", "text": f"{i} {ODD}"} for i in range(1, 10)]
    some = study(title=ODD, scale={"low": ODD, "high": ODD}, statements=statements, questions=questions)
    page.on("dialog", lambda _: pytest.fail("a text became a script"))
    begin(page, serve(some), ODD)
    press(page, ["9", "1", ODD[0], " "])
    expect(page.locator("#heading")).to_have_text(f"Sort of {ODD}")
    expect(page.locator(".cards").first).to_contain_text(f"9 {ODD}")
    expect(page.locator(".column .end").first).to_have_text(ODD)
    expect(page.locator("#q-q option").last).to_have_text(ODD)
    page.locator("#leave").click()
    expect(page.locator("#drafts")).to_contain_text(f"{ODD}: 3 of 9 cards")
    assert page.locator("img").count() == 0


def test_answers_on_paper_go_into_a_table_of_people(serve: Serve, page: Page, tmp_path: Path) -> None:
    columns = sheet(LEADERSHIP, 5)
    begin(page, serve())
    press(page, keys(LEADERSHIP, columns))
    page.locator("#answers summary").click()
    expect(page.locator("[data-question=last_project]")).to_be_hidden()
    page.locator("#q-experience").select_option("several")
    expect(page.locator("[data-question=last_project]")).to_be_visible()
    page.locator("#q-last_project").select_option(index=1)
    expect(page.locator("#save")).to_be_enabled()
    page.locator("#save").focus()
    finish(page)
    expect(page.locator("#saved")).to_contain_text("Saved: ana")
    header, row = csv.reader(people.file_of(tmp_path / "sorts.csv").read_text(encoding="utf-8").splitlines())
    answers = dict(zip(header, row, strict=True))
    [experience] = [question for question in LEADERSHIP.questions if question.id == "experience"]
    assert answers["participant"] == "ana"
    assert answers["experience"] == experience.option_texts("en")["several"]
    assert answers["last_project"]
    assert {name for name, said in answers.items() if said} == {"participant", "experience", "last_project"}


def test_what_is_typed_next_is_in_view_on_a_narrow_screen(serve: Serve, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 600})
    begin(page, serve())
    typed = 0
    for numbers in sheet(LEADERSHIP, 6):
        press(page, keys(LEADERSHIP, [numbers]))
        typed += len(numbers)
        expect(page.locator("#status")).to_contain_text(f"{typed} of 42 cards")  # and what it says of them is on the page too
        top, bottom, under = page.evaluate(
            """() => { const box = document.activeElement.getBoundingClientRect();
            return [box.top, box.bottom, document.querySelector(".now").getBoundingClientRect().bottom]; }"""
        )
        assert under <= top < bottom <= 600


def assert_no_barrier(page: Page) -> None:
    assert [f"{each['id']} {[node['target'] for node in each['nodes'][:3]]}" for each in violations(page, WHOLE)] == []
    assert page.evaluate("[document.documentElement.scrollWidth <= document.documentElement.clientWidth]") == [True]
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize(("width", "scheme", "language"), [(1366, "light", "en"), (390, "dark", "ar"), (320, "light", "es")])
def test_the_page_has_no_barrier_in_any_state(serve: Serve, browser: Browser, width: int, scheme: Any, language: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 768}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda sent: requests.append(sent.url))
    server = serve(language=language)
    page.goto(server.address)
    expect(page.locator("#participant")).to_be_focused()
    assert_no_barrier(page)
    page.keyboard.type("ana")
    page.keyboard.press("Enter")
    expect(page.locator("#c0")).to_be_focused()
    press(page, ["9", "9", *keys(LEADERSHIP, sheet(LEADERSHIP, 1))])  # everything one place too far, with a number that is none
    expect(page.locator(".wrong:not(:empty)")).not_to_have_count(0)
    page.locator("#answers summary").click()
    assert_no_barrier(page)
    page.locator("#leave").click()
    expect(page.locator("#drafts")).to_contain_text("ana: ")
    assert_no_barrier(page)
    page.locator("#end").click()
    expect(page.locator("#heading")).to_have_text("Ended")
    assert server.ended.is_set()
    assert_no_barrier(page)
    assert all(url.startswith((server.address, "data:")) for url in requests)
    context.close()
