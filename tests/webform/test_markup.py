"""Whatever a study's texts hold, no page takes it for markup: neither between tags, nor in an attribute, nor in what is there for scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any

from qmethod_studies.definition import Study
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.people import QUESTIONS
from tests.webform.test_authorisation import join
from tests.webform.test_several_sorts import CONDITIONS

MARKUP = """{}<evil>"onevil='1' '"onevil="1" --></script></textarea><evil>&lt;evil&gt;"""


def with_markup(value: Any, numbers: Iterator[int]) -> Any:
    """A study as a file has it, with markup in every text: what is given by language."""
    if isinstance(value, list):
        return [with_markup(part, numbers) for part in value]
    if not isinstance(value, dict):
        return value
    if value and set(value) <= {"en", "es"} and all(isinstance(text, str) for text in value.values()):
        number = next(numbers)
        return {language: MARKUP.format(f"[{number}]{language}") for language in value}
    return {name: with_markup(part, numbers) for name, part in value.items()}


class Read(HTMLParser):
    """A page as a browser takes it apart: the texts of a study that it shows, and what became markup."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.markup: list[str] = []
        self.shown: set[str] = set()
        self._script = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._script = tag == "script"
        if tag == "evil" or any(name.startswith("on") or "evil" in name for name in given):
            self.markup.append(str(self.get_starttag_text()))
        if self._script and not given.get("src") and given.get("type") != "application/json":
            self.markup.append(str(self.get_starttag_text()))
        for value in given.values():
            self._see(value or "")

    def handle_data(self, data: str) -> None:
        self._see(json.dumps(json.loads(data), ensure_ascii=False) if self._script and data.strip() else data)

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def _see(self, text: str) -> None:
        self.shown |= set(re.findall(r"\[(\w+)\]en", text))


def test_no_text_of_a_study_is_markup_on_any_page(tmp_path: Path) -> None:
    plain = make_study(questions=QUESTIONS, conditions=CONDITIONS, thanks={"en": "Thanks"}, closed={"en": "Closed"}, contact="Ann")
    numbers = count(1)
    whole = with_markup(plain.model_dump(mode="json", by_alias=True, exclude_none=True), numbers)
    whole["languages"]["en"]["name"] = MARKUP.format("[language]en")
    whole["contact"] = MARKUP.format("[contact]en")
    texts = json.dumps({name: value for name, value in whole.items() if name not in ("condition", "closed")})
    expected = set(re.findall(r"\[(\w+)\]en", texts))
    assert len(expected) > 35
    shut = Study.model_validate(whole | {"study": "shut", "closes": "2020-01-01"})
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        app = create_app([Study.model_validate(whole), shut], store, Settings())
        cookies = ["", *(join(app, store, "demo", sorts).cookie for sorts in (1, 2))]
        shown, pages = set(), 0
        for cookie in cookies:
            for rule in app.url_map.iter_rules():
                if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
                    continue
                client = app.test_client()
                client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)
                for study in ("demo", "shut") if not cookie else ("demo",):
                    path = rule.rule.replace("<study>", study).replace("<secret>", "x")
                    answer = client.get(path)
                    if answer.mimetype != "text/html":
                        continue
                    read = Read(answer.text)
                    assert not read.markup, (path, read.markup)
                    shown |= read.shown
                    pages += answer.status_code == 200
    assert not expected - shown, [MARKUP.format(f"[{number}]") for number in expected - shown]
    assert pages > 20
