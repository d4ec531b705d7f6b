"""Studies of FlashQ, HtmlQ, EQ Web Sort and Quince. The files under xml/ are ours, in the forms that these tools write."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod.notice import Notice
from qmethod_studies.definition import Study
from qmethod_studies.foreign_xml import read
from qmethod_studies.loading import load
from qmethod_studies.plain_text import plain_text
from qmethod_studies.questions import Question
from qmethod_studies.writing import write
from qmethod_studies.xml_tree import read_xml

XML = Path(__file__).parent / "xml"
FOLDERS = ("eq", "htmlq", "quince")


def brought(name: str) -> tuple[Study, dict[str, Notice]]:
    study, notices = read([XML / name])
    return study, {notice.code: notice for notice in notices}


def questions(study: Study) -> dict[str, Question]:
    return {question.id: question for question in study.questions}


def test_htmlq() -> None:
    study, notices = brought("htmlq")
    assert study.study == "getting-to-work-in-2026"
    assert study.title.in_("en") == "Getting to work in 2026"
    assert study.capacity == {-1: 1, 0: 2, 1: 1}
    assert study.distribution == "forced"
    assert [statement.text.in_("en") for statement in study.statements] == [
        "Walking clears my head.", "A car is freedom & comfort.", "Buses never come <on time>.", "Cycling is dangerous.",
    ]  # fmt: skip
    assert (study.scale.low.in_("en"), study.scale.high.in_("en")) == ("Unlike me", "Like me")
    assert study.welcome.in_("en").split("\n\n") == [
        "Welcome!", "First paragraph.", "Second one with a link (https://example.org/more).", "This is about the way to work.",
    ]  # fmt: skip
    assert study.thanks is not None
    assert study.thanks.in_("en") == "Thanks!\nClose the window now."
    assert study.access.kind == "code"
    assert (study.stages.presort, study.stages.refine, study.stages.why) == (True, False, True)
    assert study.shuffle
    assert {"condition-assumed", "consent-assumed", "language-assumed", "minutes-assumed", "looks-lost", "texts-lost"} <= set(notices)


def test_questions_of_htmlq() -> None:
    study, notices = brought("htmlq")
    asked = questions(study)
    assert {name: question.type for name, question in asked.items()} == {
        "q1": "number", "q2": "choice", "q3": "choice", "q4": "choices", "q5": "matrix", "q6": "matrix", "q7": "long_text", "q9": "information",
    }  # fmt: skip
    assert [name for name, question in asked.items() if question.required] == ["q1", "q2"]
    assert (asked["q1"].label.in_("en"), asked["q1"].hint.in_("en")) == ("Year of birth*", "Four figures, please.")
    assert (asked["q1"].minimum, asked["q1"].maximum) == (0, 9999)
    assert [text.in_("en") for text in asked["q4"].options.values()] == ["Bicycle", "Car", "電動自転車"]
    assert [text.in_("en") for text in asked["q5"].options.values()] == ["Yes", "No"]
    assert [text.in_("en") for text in asked["q5"].rows.values()] == ["I could walk", "I could cycle"]
    assert [text.in_("en") for text in asked["q6"].options.values()] == ["1", "2", "3", "4", "5"]
    assert "'sketch'" in notices["question-lost"].message
    assert "1 to 5" in notices["scale-assumed"].message


def test_quince() -> None:
    study, notices = brought("quince")
    assert study.capacity == {-2: 1, -1: 1, 0: 2, 1: 1, 2: 1}
    assert "qSortPattern" in notices["grid-twice"].message
    assert study.distribution == "free"
    assert study.condition.in_("en") == "Sort by what you think of reading"
    assert study.statements[2].text.in_("en") == "I read to learn."
    assert study.welcome.in_("en") == "School project\n\nReading at school\n\nThank you."
    assert "iframe" in notices["media-lost"].message
    assert study.consent.in_("en").startswith("You are invited by [name of the researcher].\n\nPurpose\nTo learn")
    assert "consent-blanks" in notices
    assert study.contact == "Write to a@example.org"
    assert (study.stages.presort, study.stages.refine, study.stages.why) == (True, True, True)
    assert (study.why.columns, study.why.minimum_words) == (2, 12)
    assert study.access.kind == "code"
    assert study.access.return_link == "https://second.example.org/start"
    assert not study.shuffle
    assert {"participant-id", "why-both-ends", "second-project", "code-not-copied", "keys-not-copied"} <= set(notices)
    assert "somethingNew" in notices["settings-lost"].message


def test_questions_of_quince() -> None:
    study, notices = brought("quince")
    asked = questions(study)
    assert {name: question.type for name, question in asked.items()} == {
        "q1": "information", "q2": "text", "q3": "number", "q4": "choice", "q4_other": "text", "q5": "choices", "q6": "choice", "q7": "matrix",
    }  # fmt: skip
    assert asked["q1"].label.in_("en") == "Marked with *: required."
    assert asked["q2"].longest == 100
    assert [text.in_("en") for text in asked["q4"].options.values()] == ["Books", "Comics; manga", "Nothing", "Other"]
    assert asked["q4_other"].show_if is not None
    assert asked["q4_other"].show_if.is_ == ("other",)
    assert asked["q5"].label.in_("en") == "When do you read?"
    assert [text.in_("en") for text in asked["q6"].options.values()] == ["Never", "Sometimes", "Always"]
    assert [text.in_("en") for text in asked["q7"].rows.values()] == ["The library", "The books"]
    assert "type here" in notices["placeholder-lost"].message


def test_eq_web_sort_without_a_language_file() -> None:
    study, notices = brought("eq")
    assert study.capacity == {-1: 1, 0: 1, 1: 1}
    assert (study.stages.presort, study.stages.refine, study.stages.why) == (False, False, False)
    assert not list(study.questions)
    assert study.access.kind == "open"
    assert {"empty-column", "questions-hidden", "participant-id", "no-presort", "welcome-assumed", "consent-assumed"} <= set(notices)


@pytest.mark.parametrize("name", FOLDERS)
def test_no_code_and_no_key_is_copied(name: str, tmp_path: Path) -> None:
    study, notices = read([XML / name])
    write(study, tmp_path)
    everything = "".join(path.read_text(encoding="utf-8") for path in tmp_path.iterdir()) + "".join(notice.message for notice in notices)
    secrets = ["hunter2-plain", "topsecret", "open-sesame", "tok-1234567890abcdef", "99887766"]
    assert [secret for secret in secrets if secret in everything] == []
    assert any(secret in (XML / name / "config.xml").read_text(encoding="utf-8") for secret in secrets) == (name != "eq")


@pytest.mark.parametrize("name", FOLDERS)
def test_every_item_is_carried_over_or_named(name: str, tmp_path: Path) -> None:
    """Each item that holds a word of its own is taken out; then study or notices must change with it."""
    for file in ("config.xml", "language.xml", "map.xml"):
        original = XML / name / file
        if not original.exists():
            continue
        text = original.read_text(encoding="utf-8")
        for match in re.finditer(r'<item [^>]*id="(\w+)">([^<]+)</item>', text):
            if match[2] in ("true", "false") or match[1] in ("initialScreen", "secondProjectUrl", "sortDirection"):
                continue  # switches and words of a fixed set: a changed one is no word of the tool
            folder = tmp_path / f"{file}-{match[1]}"
            shutil.copytree(XML / name, folder)
            (folder / file).write_text(text.replace(match[0], ""), encoding="utf-8")
            try:
                found = read([folder])
            except DataError:
                continue
            assert found != read([XML / name]), f"{file}: {match[1]} is dropped without a word"


@pytest.mark.parametrize("name", FOLDERS)
def test_what_is_written_is_a_study_that_loads(name: str, tmp_path: Path) -> None:
    study, _ = read([XML / name], language="de", study="renamed")
    write(study, tmp_path)
    assert load(tmp_path) == study
    assert study.study == "renamed"
    assert study.languages["de"].name == "Deutsch"


def test_the_files_may_be_named_or_lie_in_settings(tmp_path: Path) -> None:
    shutil.copytree(XML / "htmlq", tmp_path / "settings")
    assert read([tmp_path])[0] == read(sorted((XML / "htmlq").iterdir()))[0] == read([XML / "htmlq"])[0]


def test_missing_files_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read([tmp_path])
    assert [fault.message for fault in caught.value.faults] == ["there is no config.xml", "there is no statements.xml", "there is no map.xml"]


def changed(folder: Path, file: str, old: str, new: str) -> list[str]:
    shutil.copytree(XML / "htmlq", folder, dirs_exist_ok=True)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read([folder])
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("map.xml", ">2<", ">3<", "map.xml: the grid has 5 places for 4 statements"),
        ("map.xml", 'id="+1"', 'id="most"', "map.xml:5: column 'most' with '1' cards is no column"),
        ("statements.xml", 'id="2"', 'id="1"', "statements.xml:4: two statements have the id '1', here and in line 3"),
        ("statements.xml", "Walking clears my head.", "{br}", "statements.xml:3: statement '1' is empty"),
        ("statements.xml", 'id="2"', 'id="a b"', "statements.xml:4: 'a b' cannot be the id of a statement"),
        ("config.xml", "</config>", "", "config.xml:36: not XML: no element found"),
        ("config.xml", "<config", "<!DOCTYPE config>\n<config", "config.xml:2: a document type is declared"),
        (
            "statements.xml",
            "<statements",
            '<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "bb">]><statements',
            "statements.xml:2: a document type is declared",
        ),
        ("config.xml", "<config", '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><config', "config.xml:2: a document type is declared"),
    ],
)
def test_faults_name_file_and_line(tmp_path: Path, file: str, old: str, new: str, fault: str) -> None:
    faults = changed(tmp_path, file, old, new)
    assert any(said.startswith(fault) for said in faults), faults


@pytest.mark.parametrize(
    ("folder", "changes"),
    [
        ("htmlq", {'<column id=" 0" colour="E9E9E9">2</column>': '<column id="0">1</column>\n<column id="0.0">1</column>'}),
        ("quince", {"-2,-1,0,1,2</item>": "-2,-1,0,0,1,2</item>", "1,1,2,1,1</item>": "1,1,1,1,1,1</item>"}),
    ],
)
def test_columns_of_one_value_are_one(tmp_path: Path, folder: str, changes: dict[str, str]) -> None:
    shutil.copytree(XML / folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "map.xml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    study, notices = read([tmp_path])
    assert study.q_grid == brought(folder)[0].q_grid
    assert "(0)" in {notice.code: notice.message for notice in notices}["columns-merged"]
    assert "columns-merged" not in brought(folder)[1]


def test_entities_are_never_expanded() -> None:
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]>\n<l>&b;</l>'
    with pytest.raises(DataError, match="a document type is declared"):
        read_xml(bomb, "x.xml")
    with pytest.raises(DataError, match="not XML"):
        read_xml("<l>&unheard-of;</l>", "x.xml")
    with pytest.raises(DataError, match="too deep"):
        read_xml("<a>" * 10_000, "x.xml")


def test_names_of_html_for_signs_are_read() -> None:
    assert read_xml("<l>a&nbsp;b &eacute; &amp;lt; &lt;</l>", "x.xml").text == "a\xa0b é &lt; <"


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("a{br}b{br/}c{{{br /}}}d", "a\nb\nc\nd"),
        ("<p>One</p><p>Two <b>bold</b></p>", "One\n\nTwo bold"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ("1 < 2 and {x} stays, {participant} too", "1 < 2 and {x} stays, {participant} too"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;ok", "ok"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="mailto:a@example.org">write</a>', "write (a@example.org)"),
        ("<!-- hidden -->shown<style>p {}</style>", "shown"),
        ("a\n   b", "a b"),
        ("&lt;b&gt;twice&lt;/b&gt;{br}{br}&lt;i&gt;over&lt;/i&gt;", "twice\n\nover"),
        ("<marquee>old</marquee>", "old"),
    ],
)
def test_plain_text(marked: str, text: str) -> None:
    assert plain_text(marked)[0] == text


@given(
    st.lists(
        st.sampled_from(["<b>", "</b>", "{br}", "{{{p}}}", "<script>", "</script>", "&lt;", "i&gt;", "<", ">", "{", "}", "a", " ", "\n", "&amp;"])
    )
)
def test_no_tag_survives(parts: list[str]) -> None:
    text, _ = plain_text("".join(parts))
    assert not re.search(r"</?(b|br|p|i|script)>", text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FOLDERS), file=st.sampled_from(["config.xml", "map.xml", "statements.xml"]), data=st.data())
def test_damaged_files_bring_a_study_or_faults(tmp_path: Path, name: str, file: str, data: st.DataObject) -> None:
    folder = tmp_path / name
    shutil.copytree(XML / name, folder, dirs_exist_ok=True)
    text = (XML / name / file).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        kind = data.draw(st.sampled_from(["cut", "put", "value"]))
        if kind == "cut":
            text = text[:at] + text[at + data.draw(st.integers(1, 40)) :]
        elif kind == "put":
            text = text[:at] + data.draw(st.text(max_size=4)) + text[at:]
        else:
            word = data.draw(st.sampled_from(["", "true", "0", "-1", "9" * 30, "nan", "{br}", "&lt;b&gt;", ";;;", " "]))
            text = re.sub(r">([^<>]*)<", lambda match, word=word, at=at: f">{word}<" if match.start() >= at else match[0], text, count=1)
        if not text:
            break
    (folder / file).write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        study, _notices = read([folder])
    except DataError:
        return
    out = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
    write(study, out)
    assert load(out) == study
