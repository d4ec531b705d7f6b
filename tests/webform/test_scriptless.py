"""The whole study without a script, in every language of the pages, by a robot that has nothing but the forms it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qmethod_studies.languages import direction
from qmethod_studies.loading import load
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.browser.survey import HERE, Mind, mind
from tests.webform.scriptless import Page, Reader
from tests.webform.tongues import LANGUAGES, in_language

BASE = "http://localhost"


@pytest.fixture(scope="module")
def garden() -> Any:
    """A small study with every type of question."""
    return load(HERE / "studies" / "garden")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/sorts.sqlite3") as opened:
        yield opened


def answers(meant: Mind, page: Page) -> dict[str, list[str]]:
    """What fields of a page are filled with: answers by their names, and comments on cards."""
    form = page.forms[0]
    filled: dict[str, list[str]] = {}
    for name in (*form.offered, *form.typed):
        question, _, row = name.removeprefix("q-").partition(":")
        said = meant.answers.get(question) if name.startswith("q-") else meant.comments.get(name.removeprefix("c-"))
        said = said.get(row) if isinstance(said, dict) else said
        if said is not None:
            filled[name] = [str(one) for one in said] if isinstance(said, list) else [f"{said:g}" if isinstance(said, float) else str(said)]
    return filled


def step(reader: Reader, meant: Mind, page: Page) -> Page:
    """What somebody does who sees this page."""
    match page.stage:
        case "" | "grid":
            return reader.go(f"{BASE}{page.ways[0]}")
        case "consent":
            return reader.send(page, page.forms[0], page.forms[0].sent({}, "agree"))
        case "before" | "after" | "why":
            return reader.send(page, page.forms[0], page.forms[0].sent(answers(meant, page)))
        case "presort":
            card = dict(page.forms[0].fields)["statement"]
            return (
                reader.send(page, page.forms[0], page.forms[0].sent({}, meant.pile(card)))
                if card
                else reader.send(page, page.forms[1], page.forms[1].sent({}))
            )
        case "refine":
            form = page.forms[0]
            if "data-need" not in form.data:
                return reader.send(page, form, form.sent({}))
            column, need = float(form.data["data-column"]), int(form.data["data-need"])
            nearest = sorted(form.offered["statements"], key=lambda name: abs(meant.columns[name] - column))[:need]
            return reader.send(page, form, form.sent({"statements": nearest}))
        case "grid/list":
            form = page.forms[0]
            return reader.send(page, form, form.sent({name: [f"{meant.columns[name.removeprefix('s-')]:g}"] for name in form.offered}))
        case "review":
            return reader.send(page, page.forms[0], page.forms[0].sent({}))
    raise AssertionError(f"nothing is known of {page.url}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_study_without_scripts_in_each_language(store: Store, garden: Any, language: str) -> None:
    study = in_language(garden, language)
    meant = mind(study)
    odd: list[str] = []

    def looked(page: Page) -> None:
        if (page.language, page.direction) != (language, direction(language)):
            odd.append(f"{page.url} is in {page.language}, {page.direction}")
        odd.extend(f"{page.url} has parts in {other}" for other in page.foreign - {language})

    store.register(study)
    reader = Reader(create_app((study,), store, Settings()).test_client(), looked)
    page = reader.go(f"{BASE}/garden/")
    for _ in range(60):
        if page.stage == "thanks":
            break
        page = step(reader, meant, page)
    assert page.stage == "thanks", page.text
    assert odd == []
    (response,) = store.responses("garden")
    assert response.status == "submitted"
    assert response.language == language
    meant.stored(response)
    assert reader.pages > len(study.ids) + 8


def test_the_robot_notices_what_is_left_in_another_language(store: Store, garden: Any) -> None:
    """Nobody has translated the pages into Esperanto."""
    study, foreign = in_language(garden, "eo"), set[str]()
    store.register(study)
    Reader(create_app((study,), store, Settings()).test_client(), lambda page: foreign.update(page.foreign)).go(f"{BASE}/garden/")
    assert foreign == {"en"}
