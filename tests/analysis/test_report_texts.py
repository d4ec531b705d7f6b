"""The researcher's texts, and the checklist that says which are missing."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod import QSolution
from qmethod.errors import DataError
from qmethod_analysis.recipe.texts import KEYS, OPTIONAL, Own, Texts, Theme, parse, template
from qmethod_analysis.report.checklist import BY_EXPORT, BY_ITSELF, BY_STUDY, BY_YOU, DOES_NOT_APPLY, FILLED, ITEMS, TO_WRITE, answers, coverage
from qmethod_analysis.report.document import build
from qmethod_analysis.report.sections import SECTIONS
from tests.analysis.report_cases import bare, leadership


@pytest.fixture(scope="module")
def loaded():
    return leadership()


@given(st.lists(st.text(max_size=60), min_size=1, max_size=9))
def test_a_new_file_can_be_read_whatever_viewpoints_are_called(names: list[str]):
    labels = [f"f{i}" for i in range(1, len(names) + 1)]
    text = template(labels, names)
    assert parse(text, "report.toml", labels) == Texts(viewpoints=dict.fromkeys(labels, Own()))
    assert set(tomllib.loads(text)["texts"]) == {*KEYS, *OPTIONAL}


def test_every_entry_is_read():
    text = """
title = " Views "
authors = "A"
[texts]
ethics = '''One.

Two.'''
[viewpoints.f2]
name = "Makers"
[[released]]
participant = "p1"
statement = "s2"
[anonymous]
may_stand = ["May"]
"""
    texts = parse(text, "report.toml", ["f1", "f2"])
    assert texts.title == "Views"
    assert texts.texts == {"ethics": "One.\n\nTwo."}
    assert texts.names == {"f2": "Makers"}
    assert texts.released == {("p1", "s2")}
    assert texts.may_stand == ("May",)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('title = "x\n', 1, "not TOML"),
        ('a = 1\ntitel = "x"', 1, "'a' means nothing here"),
        ('\ntitel = "x"', 2, "Did you mean title"),
        ('[texts]\nconcorse = "x"', 2, "Did you mean concourse"),
        ("title = 3", 1, "must be text; got 3"),
        ("texts = 3", 1, "must be a table"),
        ('[viewpoints.g9]\nname = "x"', 1, "Known are f1"),
        ("[viewpoints.f1]\nname = 4", 2, "must be text"),
        ('[[released]]\nparticipant = "p1"', 1, "names a participant and a statement"),
        ("released = 1", 1, "list of tables"),
        ("[anonymous]\nmay_stand = 3", 2, "list of words"),
    ],
)
def test_faults_name_their_line(text: str, line: int, said: str):
    with pytest.raises(DataError) as caught:
        parse(text, "report.toml", ["f1"])
    assert caught.value.faults[0].line == line
    assert said in str(caught.value)


def test_all_faults_are_told_at_once():
    with pytest.raises(DataError) as caught:
        parse('titel = "x"\n[texts]\nx = 1\n[viewpoints.g9]\n', "report.toml", ["f1"])
    assert len(caught.value.faults) == 3


def test_the_checklist_has_33_items_with_sections_of_the_report(loaded):
    assert [item.number for item in ITEMS] == list(range(1, 34))
    headings = {heading.id: heading.text for heading in build(loaded, Texts()).headings()}
    for item in ITEMS:
        assert headings[item.section] == SECTIONS[item.section]
    assert {item for item, _ in KEYS.values()} <= {item.number for item in ITEMS}


def states(given, texts: Texts | None = None) -> dict[int, str]:
    return {item.number: answer.state for item, answer in answers(given, texts or Texts())}


def test_what_the_program_fills_in_by_itself_with_a_study_and_with_an_export(loaded, lipset: QSolution):
    alone = states(bare(lipset))
    for item in ITEMS:
        if item.filled_by == BY_ITSELF:
            assert alone[item.number] == FILLED
        elif item.filled_by in (BY_STUDY, BY_EXPORT, BY_YOU):
            assert alone[item.number] in (TO_WRITE, DOES_NOT_APPLY)
    of_study = states(replace(loaded, background=replace(loaded.background, days=(), comments=())))
    assert all(of_study[item.number] == FILLED for item in ITEMS if item.filled_by == BY_STUDY)
    exported = states(loaded)
    for item in ITEMS:
        if item.filled_by not in (BY_YOU,):
            assert exported[item.number] == FILLED, item
        elif item.number != 29:  # the names are those of published viewpoints
            assert exported[item.number] == TO_WRITE, item


def test_texts_complete_it(loaded):
    whole = Texts(texts=dict.fromkeys(KEYS, "Said."), viewpoints={label: Own("A name") for label in loaded.solution.labels})
    assert coverage(answers(loaded, whole)) == {FILLED: 33, TO_WRITE: 0, DOES_NOT_APPLY: 0}


def test_one_viewpoint_has_nothing_to_compare(lipset: QSolution):
    import qmethod

    found = states(bare(qmethod.analyse(lipset.data, 1)))
    assert {number for number, state in found.items() if state == DOES_NOT_APPLY} == {20, 22, 23, 27, 28}


def test_the_counts_stand_in_the_report(loaded):
    document = build(loaded, Texts())
    table = next(block for block in document.blocks if getattr(block, "caption", "") == "The checklist")
    counted = coverage(answers(loaded, Texts()))
    assert [row[2] for row in table.rows].count(TO_WRITE) == counted[TO_WRITE]
    assert sum(counted.values()) == len(table.rows) == 33


THEMES = '[[themes]]\nquestion = "Who decides?"\nstatements = ["s1", "s2"]\n[[themes]]\nquestion = "How?"\nstatements = [\n'


def test_themes_are_read_and_own_keys_too():
    text = THEMES + '"s3"]\n[texts]\nsummary = "In short."\nfor_whom = "All."\n'
    texts = parse(text, "report.toml", ["f1"], ["s1", "s2", "s3"])
    assert texts.themes == (Theme("Who decides?", ("s1", "s2")), Theme("How?", ("s3",)))
    assert texts.texts == {"summary": "In short.", "for_whom": "All."}


@pytest.mark.parametrize(
    ("rest", "line", "said"),
    [
        ('"s3",\n"s9"]', 8, "names 's9', and there is no such statement"),
        ('"s3",\n"s2"]', 8, "'s2' and so does that of 'Who decides?'"),
        ('"s3",\n"s3"]', 8, "names 's3' twice"),
        ("]", 4, "has a `question` and `statements`"),
        ('"s3"]\nquestions = 1', 8, "Did you mean question"),
        ('"s3"]\n[[themes]]\nquestion = "who decides?"\nstatements = ["s4"]', 9, "two [[themes]] have one `question`"),
        ('"s3"]\n[[themes]]\nquestion = 4\nstatements = ["s4"]', 9, "must be text"),
    ],
)
def test_faults_of_themes_name_their_line(rest: str, line: int, said: str):
    with pytest.raises(DataError) as caught:
        parse(THEMES + rest, "report.toml", ["f1"], ["s1", "s2", "s3", "s4"])
    assert line in [fault.line for fault in caught.value.faults]
    assert said in str(caught.value)


def test_a_fault_is_told_where_it_stands_and_not_where_the_same_key_stands_elsewhere():
    with pytest.raises(DataError) as caught:
        parse('[viewpoints.f1]\nname = "a"\nstory = """\nname = 3\n"""\n[viewpoints.f2]\nname = 4\n', "report.toml", ["f1", "f2"])
    assert [fault.line for fault in caught.value.faults] == [7]
