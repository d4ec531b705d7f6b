"""What the scripts of the survey show is in the language of the page, or says that it is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import waitress
from playwright.sync_api import Browser, Page

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.browser.survey import UNHURRIED
from tests.webform.half_said import LANGUAGE, half_said_study, write_half_a_catalogue

pytestmark = pytest.mark.browser

NEITHER = """(language) => {
  const once = (text) => text.replace(/⟦[^⟦⟧]*(⟧|$)|^[^⟦⟧]*⟧/gu, "");
  const bare = (text) => (once(text) === text ? text : bare(once(text)));
  const english = (text) => /\\p{L}/u.test(bare(text));
  const wrong = (text, element) => (element.closest("[lang]").lang === language) === english(text) && /\\p{L}/u.test(text);
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element.closest("script, .code") && node.data.trim() && wrong(node.data, element)) found.push(node.data.trim());
  }
  for (const element of document.querySelectorAll("[aria-label]")) {
    if (wrong(element.getAttribute("aria-label"), element)) found.push(element.getAttribute("aria-label"));
  }
  return found;
}"""
"""The texts of a page, also those that are only spoken, that are in another language than they say."""


UNGUARDED = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (/^⟦Statement \\d⟧$/.test(node.data) && !node.parentElement.closest("[translate=no]")) found.push(node.data);
  }
  return found;
}"""
"""Statements that a browser would translate."""


@pytest.fixture
def page(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The first look at a study in a language of which the pages say every other text."""
    write_half_a_catalogue(tmp_path / "translations")
    for module in ("qmethod_studies.languages", "qmethod_webform.i18n"):
        monkeypatch.setattr(f"{module}.catalogues", lambda: tmp_path / "translations")
    study = half_said_study(questions={}, grid={-1: 2, 0: 5, 1: 2})
    with Store.open(f"sqlite:///{tmp_path}/words.sqlite3") as store:
        server = waitress.create_server(create_app([study], store, Settings()), host="127.0.0.1", port=0, threads=2)
        thread = threading.Thread(target=server.run)
        thread.start()
        context = browser.new_context(locale=LANGUAGE)
        context.add_init_script(UNHURRIED)
        try:
            found = context.new_page()
            found.goto(f"http://127.0.0.1:{server.effective_port}/demo/consent")
            found.click("button[value=agree]")
            yield found
        finally:
            context.close()
            server.trigger.pull_trigger(server.close)
            thread.join()


def test_what_scripts_show_is_in_the_language_of_the_page_or_marked(page: Page) -> None:
    page.locator("#presort-extras").wait_for()  # which the script shows
    wrong = list(page.evaluate(NEITHER, LANGUAGE))
    for i in range(9):
        page.locator("button.pile").nth(i % 3).click()
        wrong += page.evaluate(NEITHER, LANGUAGE)
    page.locator("#saving[data-state=saved]").wait_for()
    page.click("#presort-done button.main")
    page.locator("#picking input[type=checkbox]").first.check()
    wrong += page.evaluate(NEITHER, LANGUAGE)
    page.click("button[value=board]")
    for column in (2, 2, 2, 0, 0):  # the third finds its column full
        page.locator(".to").nth(column).click()
        wrong += page.evaluate(NEITHER, LANGUAGE)
    page.keyboard.press("Escape")
    page.click("#undo")
    page.locator("#saving[data-state=saved]").wait_for()
    wrong += page.evaluate(NEITHER, LANGUAGE)
    assert sorted({*wrong}) == []
    assert page.evaluate(UNGUARDED) == []
    assert page.locator("#board .card").first.evaluate("(card) => getComputedStyle(card).whiteSpace") == "pre-line"
    assert page.locator("#board [lang=en]").count() > 0
