"""Studies in the store, and what may change in them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import Store, StudySummary
from qmethod_studies.store.changes import changes
from tests.studies.store.acting import begin, make_study, new_key, submitted


def test_a_definition_comes_back_as_it_was(store: Store, study: Study) -> None:
    found = store.study("demo")
    assert found == study
    assert found.digest() == study.digest()
    assert list(found.languages) == ["en", "es"]


def test_titles_may_change_after_the_first_response(store: Store, study: Study) -> None:
    begin(store, study)
    renamed = study.model_copy(update={"minutes": 12, "notes": "now with notes"})
    store.register(renamed)
    assert store.study("demo").minutes == 12
    assert store.study("demo") == renamed


def test_a_structure_may_change_until_somebody_answers(store: Store, study: Study) -> None:
    changed = make_study(condition="Another question")
    store.register(changed)
    assert store.study("demo") == changed
    begin(store, changed)
    with pytest.raises(DataError) as caught:
        store.register(study)
    assert "Set version: 2 in study.yaml; the 1 response keep" in str(caught.value)


def test_a_changed_structure_is_refused_with_all_that_changed(store: Store, study: Study) -> None:
    begin(store, study)
    begin(store, study, simulated=True)
    statements = [statement.model_dump() for statement in study.statements]
    statements[6]["text"]["es"] = "Otra cosa"
    del statements[8]
    statements.append({"id": "s10", "text": "New"})
    changed = make_study(
        grid={-1: 3, 0: 3, 1: 3}, consent={"en": "I agree to more", "es": "De acuerdo"}, statements=statements, shuffle=False, questions={}
    )
    with pytest.raises(DataError) as caught:
        store.register(changed)
    said = [fault.message.partition("since then ")[2] for fault in caught.value.faults]
    assert said == [
        "the grid was changed (from 1 at −2, 2 at −1, 3 at 0, 2 at +1, 1 at +2 to 3 at −1, 3 at 0, 3 at +1)",
        "the consent was changed in en",
        "the part shuffle was changed",
        "the text of statement s7 was changed in es",
        "statement s9 was taken out",
        "statement s10 was added",
        "question age was taken out",
        "question job was taken out",
        "question crop was taken out",
    ]
    assert "version 1 of the study 'demo' has 2 responses (1 of them simulated)" in str(caught.value)
    assert store.study("demo") == study


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"distribution": "free"}, "the distribution was changed (from forced to free)"),
        ({"scale": {"low": "less", "high": {"en": "most", "es": "más"}}}, "the low end of the scale was changed"),
        ({"stages": {"why": False}}, "the part stages was changed"),
        ({"why": {"minimum_words": 3}}, "the part why was changed"),
        ({"languages": {"en": {"name": "English"}}}, "the language es was taken out"),
        ({"languages": {"en": {"name": "Englisch"}, "es": {"name": "Español"}}}, "the entry of the language en was changed"),
    ],
)
def test_every_part_of_the_structure_is_named(changed: dict, says: str) -> None:
    assert any(line.startswith(says) for line in changes(make_study(), make_study(**changed)))


def test_whatever_changes_the_digest_is_named() -> None:
    study = make_study()
    reordered = make_study(statements=[statement.model_dump() for statement in reversed(study.statements)])
    asked = study.questions.after[0].model_dump(by_alias=True)
    other_question = make_study(questions={"after": [{**asked, "required": True}]}).model_copy()
    for other in (reordered, other_question):
        assert other.digest() != study.digest()
        assert changes(study, other)
    assert changes(study, make_study()) == []
    assert "the order of the statements was changed" in changes(study, reordered)
    assert "question job was changed (required)" in changes(study, other_question)


def test_a_new_version_stands_beside_the_old(store: Store, study: Study) -> None:
    submitted(store, study)
    second = make_study(version=2, condition="Another question")
    store.register(second)
    store.decline(second, key=new_key())
    begin(store, second, simulated=True)
    assert store.study("demo") == second
    assert store.study("demo", 1) == study
    assert store.studies() == [
        StudySummary("demo", 1, "A demonstration", declined=0, started=0, submitted=1, simulated=0),
        StudySummary("demo", 2, "A demonstration", declined=1, started=0, submitted=0, simulated=1),
    ]


def test_an_unknown_study_is_told_with_those_there_are(store: Store) -> None:
    with pytest.raises(DataError, match=r"no study 'dmeo'(.|\n)*demo \(version 1\)"):
        store.study("dmeo")
    with pytest.raises(DataError, match="no study version 7 of 'demo'"):
        store.study("demo", 7)


def test_a_study_registered_by_many_at_once(store_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(store.register, [study] * 16))
        assert [(found.name, found.version) for found in store.studies()] == [("demo", 1)]


def test_nobody_begins_with_a_definition_that_is_not_the_stored_one(store: Store, study: Study) -> None:
    with pytest.raises(DataError, match="not the one in the database"):
        begin(store, make_study(condition="Another question"))
    with pytest.raises(DataError, match="not the one in the database"):
        begin(store, make_study(study="other"))
    assert list(store.responses("demo")) == []
