"""A whole study in every language of the pages by somebody who hears it and has keys: it can be finished, and each act is announced once at most."""

from __future__ import annotations

import pytest

from tests.browser.axe import faults
from tests.browser.listener import LISTENS, Listener
from tests.browser.survey import Site, Visits
from tests.browser.test_survey_barriers import SPOKEN, WHOLE
from tests.studies.store.acting import make_study
from tests.webform.tongues import LANGUAGES, in_language

pytestmark = pytest.mark.browser

IN_ANY_COLOUR = {**WHOLE, "rules": {**SPOKEN, "color-contrast": {"enabled": False}}}
"""Colours are the same in every language."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_study_is_done_by_ear_in_each_language(site: Site, visit: Visits, language: str) -> None:
    name = f"heard-{language.lower()}"
    study = in_language(make_study(study=name), language)
    site.add(study)
    visitor = visit(locale=language)
    visitor.context.add_init_script(LISTENS)
    found = list[str]()
    stopped: list[str] = []

    def look(stage: str) -> None:
        stopped.append(stage)
        found.extend(f"{stage}: {fault}" for fault in faults(visitor.page, IN_ANY_COLOUR))

    somebody = Listener(visitor.page, study, language, look)
    somebody.whole(site.url(name))
    assert [act for act in somebody.announced if len(act[1]) > 1] == []
    assert {what for what, heard in somebody.announced if heard} >= {"pile", "tick", "aim", "place", "undo", "redo"}
    assert somebody.nameless == set()
    assert found == []
    assert len(stopped) == 12
    response = site.newest(name)
    assert (response.status, response.language) == ("submitted", language)
    assert len(response.board.places) == len(study.ids)
