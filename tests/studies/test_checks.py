"""What the parts of a study ask of one another, and what is merely odd."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod.grid import Grid
from qmethod_studies.answering import shown
from qmethod_studies.definition import Study
from qmethod_studies.languages import interface_language, interface_languages
from qmethod_studies.loading import load
from qmethod_studies.oddities import check
from qmethod_studies.writing import write

HEAD = """\
study: tea
languages: {en: {name: English}, es: {name: Español}}
title: {en: Tea, es: Té}
condition: {en: How?, es: ¿Cómo?}
grid: {-1: 1, 0: 2, 1: 1}
scale: {low: {en: No, es: No}, high: {en: Yes, es: Sí}}
welcome: {en: Hello, es: Hola}
consent: {en: I agree, es: De acuerdo}
"""
TABLE = "id,text_en,text_es\ns1,a,aa\ns2,b,bb\ns3,c,cc\ns4,d,dd\n"


def faults_of(folder: Path, text: str, table: str = TABLE) -> list[str]:
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    (folder / "statements.csv").write_text(table, encoding="utf-8")
    try:
        load(folder)
    except DataError as error:
        return [str(fault).removeprefix(f"{folder}/") for fault in error.faults]
    return []


def question(name: str, kind: str = "choice", more: str = "") -> str:
    label = f"label: {{en: {name}, es: {name}}}"
    options = ", options: {a: {en: A, es: A}, b: {en: B, es: B}}" if kind in ("choice", "choices", "matrix") else ""
    rows = ", rows: {r: {en: R, es: R}}" if kind == "matrix" else ""
    ends = ", minimum: 1, maximum: 5" if kind == "rating" else ""
    return f"    - {{id: {name}, type: {kind}, {label}{options}{rows}{ends}{', ' + more if more else ''}}}\n"


def asking(*questions: str) -> str:
    return HEAD + "questions:\n  after:\n" + "".join(questions)


def test_a_sound_study_has_no_faults(tmp_path: Path) -> None:
    assert faults_of(tmp_path, asking(question("one"), question("two", more="show_if: {question: one, is: [a]}"))) == []


@pytest.mark.parametrize("distribution", ["forced", "free"])
@pytest.mark.parametrize(("count", "said"), [(3, "5 places for 4 statements: 1 too many"), (1, "3 places for 4 statements: 1 too few")])
def test_the_grid_holds_the_statements(tmp_path: Path, distribution: str, count: int, said: str) -> None:
    text = HEAD.replace("0: 2", f"0: {count}") + f"distribution: {distribution}\n"
    assert faults_of(tmp_path, text) == [f"study.yaml:5: the grid has {said}"]


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ("{-1: 1, 0: 2, 1: 1, +1: 1}", "study.yaml:5: the grid has 5 places for 4 statements: 1 too many"),
        ("{-1: 1, 0: 2, 0: 0, 1: 1}", "study.yaml:5: the key '0' stands twice, here and in line 5"),
        ("{-1: 1, 0: 2, +0: 0, 1: 1}", "study.yaml:5: `grid.+0` must be at least 1; got '0'"),
        ("{-1: 1, 0: 2, inf: 1}", "study.yaml:5: `grid`: a column cannot have the value inf"),
        ("{-1: 1, 0: 2, nan: 1}", "study.yaml:5: `grid`: a column cannot have the value nan"),
        ("{-1: 1, 0: 2, 1e999: 1}", "study.yaml:5: `grid`: a column cannot have the value 1e999"),
    ],
)
def test_columns_are_numbers_with_places(tmp_path: Path, grid: str, said: str) -> None:
    assert said in faults_of(tmp_path, HEAD.replace("{-1: 1, 0: 2, 1: 1}", grid))


@pytest.mark.parametrize("twice", ["0: 1, 0: 1", "0: 1, -0: 1", "0: 1, +0.0: 1", "0: 1, −0: 1", "0: 1, 0e0: 1"])
def test_two_columns_of_one_value_are_one(tmp_path: Path, twice: str) -> None:
    """As in a grid that is typed: `0:1,0:1` is `0:2`, on the board, on paper and in what is written again."""
    assert faults_of(tmp_path, HEAD) == []
    plain = load(tmp_path)
    for grid in (f"{{-1: 1, {twice}, 1: 1}}", "\n  1: 1\n  " + twice.replace(", ", "\n  ") + "\n  -1: 1"):
        assert faults_of(tmp_path, HEAD.replace("{-1: 1, 0: 2, 1: 1}", grid)) == []
        study = load(tmp_path)
        assert study == plain
        assert study.capacity == {-1: 1, 0: 2, 1: 1}
        assert study.q_grid == Grid.parse("-1:1,0:1,0:1,1:1")


def test_elsewhere_a_key_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    said = "study.yaml:6: the key 'low' stands twice, here and in line 6"
    assert said in faults_of(tmp_path, HEAD.replace("scale: {low", "scale: {low: {en: N, es: N}, low"))
    assert "study.yaml:6: the key 'grid' stands twice, here and in line 5" in faults_of(tmp_path, HEAD.replace("scale:", "grid: {0: 4}\nscale:"))


def test_each_missing_translation_is_named(tmp_path: Path) -> None:
    text = asking(question("one").replace("en: A, es: A", "en: A")).replace(", es: Té", "").replace(", es: De acuerdo", ", es: ' '")
    faults = faults_of(tmp_path, text, TABLE.replace("s2,b,bb", "s2,b,"))
    assert faults == [
        "study.yaml:3: `title` has no text in es",
        "study.yaml:8: `consent` has no text in es",
        "study.yaml:11: `questions.after[0].options.a` has no text in es",
        "statements.csv:3: statement s2 has no text in es",
    ]


def test_a_language_without_a_column_is_one_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD, TABLE.replace("text_es", "tags")) == ["statements.csv:1: no statement has a text in es"]


def test_one_text_for_several_languages(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, HEAD.replace("{en: Tea, es: Té}", "Tea"), TABLE.replace("text_en,text_es", "text,tags"))
    assert "study.yaml:3: `title` has one text, but the study has 2 languages: en, es" in faults
    assert "statements.csv:1: one column `text`, but the study has 2 languages" in faults


def test_a_language_that_the_study_does_not_have(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD.replace("es: Té", "es: Té, fr: Thé")) == [
        "study.yaml:3: `title` has a text in 'fr', which is no language of the study"
    ]


def test_ids_of_questions_stand_once_in_both_halves(tmp_path: Path) -> None:
    text = HEAD + "questions:\n  before:\n" + question("one") + "  after:\n" + question("one")
    assert faults_of(tmp_path, text) == ["study.yaml:13: two questions have the id 'one', here and in line 11"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("choice", "a"), ("choices", "b"), ("rating", "5"), ("number", "3.5"), ("number", "-2"), ("text", "just this")],
)
def test_a_condition_may_name_what_can_be_answered(tmp_path: Path, kind: str, value: str) -> None:
    text = asking(question("one", kind), question("two", more=f"show_if: {{question: one, is: [{value}]}}"))
    assert faults_of(tmp_path, text) == []
    study = load(tmp_path)
    answer = [value] if kind == "choices" else float(value) if kind in ("rating", "number") else value
    answer = int(answer) if isinstance(answer, float) and answer.is_integer() else answer
    assert "two" in [asked.id for asked in shown(study.questions, {"one": answer})]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("choice", "c", "`questions.after[1].show_if.is[0]`: 'c' is no answer that 'one' can have"),
        ("rating", "6", "`questions.after[1].show_if.is[0]`: '6' is no answer that 'one' can have"),
        ("rating", "2.0", "`questions.after[1].show_if.is[0]`: '2.0' is no answer that 'one' can have"),
        ("number", "3.0", "`questions.after[1].show_if.is[0]`: '3.0' is no answer that 'one' can have"),
        ("number", "many", "`questions.after[1].show_if.is[0]`: 'many' is no answer that 'one' can have"),
        ("text", "' '", "`questions.after[1].show_if.is[0]`: ' ' is no answer that 'one' can have"),
        ("matrix", "a", "question 'two' can never be shown: 'one' is a matrix, which no condition can name"),
        ("information", "a", "question 'two' can never be shown: 'one' has nothing to answer"),
    ],
)
def test_a_condition_that_never_holds(tmp_path: Path, kind: str, value: str, said: str) -> None:
    text = asking(question("one", kind), question("two", more=f"show_if: {{question: one, is: [{value}]}}"))
    assert faults_of(tmp_path, text) == [f"study.yaml:12: {said}"]


def test_conditions_look_back_only(tmp_path: Path) -> None:
    text = asking(
        question("one", more="show_if: {question: two, is: [a]}"),
        question("two", more="show_if: {question: two, is: [a]}"),
        question("three", more="show_if: {question: for, is: [a]}"),
    )
    assert faults_of(tmp_path, text) == [
        "study.yaml:11: question 'one' can never be shown: question 'two' stands after it",
        "study.yaml:12: question 'two' can never be shown: it waits for its own answer",
        "study.yaml:13: question 'three' can never be shown: there is no question 'for'",
    ]


def test_what_hangs_on_a_question_that_is_never_shown_is_never_shown(tmp_path: Path) -> None:
    text = asking(
        question("one", more="show_if: {question: gone, is: [a]}"),
        question("two", more="show_if: {question: one, is: [a]}"),
        question("three", more="show_if: {question: two, is: [a]}"),
    )
    assert [fault.partition(": question ")[2] for fault in faults_of(tmp_path, text)] == [
        "'one' can never be shown: there is no question 'gone'",
        "'two' can never be shown: it hangs on 'one', which can never be shown itself",
        "'three' can never be shown: it hangs on 'two', which can never be shown itself",
    ]


def view(placements: str, name: str = "v") -> str:
    return f"  - {{id: {name}, name: {{en: V, es: V}}, gist: {{en: G, es: G}}, source: book, placements: {{{placements}}}}}\n"


@pytest.mark.parametrize(
    ("placements", "said"),
    [
        ("s9: {value: 1}", "viewpoint 'v' places 's9', which is no statement of the study"),
        ("s1: {value: 2}", "viewpoint 'v' places 's1' at 2, which is no column"),
        ("s1: {value: 1}, s2: {value: 1}", "viewpoint 'v' places 2 statements at +1, which takes 1"),
    ],
)
def test_viewpoints_place_what_there_is_where_there_is_room(tmp_path: Path, placements: str, said: str) -> None:
    assert faults_of(tmp_path, HEAD + "viewpoints:\n" + view(placements)) == [f"study.yaml:10: {said}"]


def test_a_free_distribution_sets_viewpoints_no_limit(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD + "distribution: free\nviewpoints:\n" + view("s1: {value: 1}, s2: {value: 1}")) == []


def test_viewpoints_have_names_of_their_own(tmp_path: Path) -> None:
    one = view("s1: {value: 1}")
    text = HEAD + "viewpoints:\n" + one + one.replace("id: v", "id: w")
    assert faults_of(tmp_path, text) == ["study.yaml:11: viewpoints 'v' and 'w' have one name: 'V'"]


def test_viewpoints_have_ids_of_their_own(tmp_path: Path) -> None:
    text = HEAD + "viewpoints:\n" + view("s1: {value: 1}") * 2
    assert faults_of(tmp_path, text) == ["study.yaml:11: two viewpoints have the id 'v', here and in line 10"]


def test_nothing_to_be_closest_to(tmp_path: Path) -> None:
    said = "study.yaml:9: `show_closest` is true, but the study has no viewpoints to compare with"
    assert faults_of(tmp_path, HEAD + "show_closest: true\n") == [said]
    assert faults_of(tmp_path, HEAD + "show_closest: true\nviewpoints:\n" + view("s1: {value: 1}")) == []


@pytest.mark.parametrize("key", ["return_link", "declined_link"])
@pytest.mark.parametrize(
    ("end", "odd"), [("{pid}", "{pid}"), ("{participant}{recipt}", "{recipt}"), ("{participant", "{participant"), ("a}b", "}"), ("{}", "{}")]
)
def test_links_hold_only_what_is_filled_in(tmp_path: Path, key: str, end: str, odd: str) -> None:
    text = HEAD + f'access: {{{key}: "https://panel.example.org/?id={end}"}}\n'
    assert faults_of(tmp_path, text) == [f"study.yaml:9: `access.{key}` holds {odd!r}, which nothing fills in"]


def test_a_link_may_hold_both_placeholders(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD + 'access: {return_link: "https://x.org/{participant}/{receipt}"}\n') == []


@pytest.mark.parametrize("name", ["code", "language", "Code"])
def test_parts_of_the_address_that_have_another_use(tmp_path: Path, name: str) -> None:
    said = f"study.yaml:9: `access.participant_parameter` cannot be {name!r}: that part of the address has another use"
    assert faults_of(tmp_path, HEAD + f"access: {{participant_parameter: {name}}}\n") == [said]


def test_comments_do_not_reach_the_middle(tmp_path: Path) -> None:
    said = "study.yaml:9: `why.columns` asks about 2 columns at each end, but of 3 columns each end has only 1"
    assert faults_of(tmp_path, HEAD + "why: {columns: 2}\n") == [said]
    assert faults_of(tmp_path, HEAD + "why: {columns: 2}\nstages: {why: false}\n") == []


def test_one_slip_does_not_raise_ten_complaints(tmp_path: Path) -> None:
    text = asking(question("one").replace("id: one", "id: 1"), question("two", more="show_if: {question: one, is: [a]}"))
    faults = faults_of(tmp_path, text)
    assert len(faults) == 1
    assert faults[0].startswith("study.yaml:11: `questions.after[0].id` must begin with a letter")


def made(**changes: object) -> Study:
    whole = {
        "study": "tea", "languages": {"en": {"name": "English"}}, "title": "Tea", "condition": "How?", "grid": {-1: 1, 0: 2, 1: 1},
        "scale": {"low": "No", "high": "Yes"}, "minutes": 5, "contact": "a@example.org", "welcome": "Hello", "consent": "I agree to this. " * 10,
        "questions": {"after": [{"id": "q", "type": "text", "label": "Remarks"}]},
        "statements": [{"id": f"s{i}", "text": f"Text {i}"} for i in range(4)],
    }  # fmt: skip
    return Study.model_validate({**whole, **changes})


def statements(*parts: dict[str, object]) -> list[dict[str, object]]:
    return [{"id": f"s{i}", "text": f"Text {i}", **part} for i, part in enumerate(parts)]


@given(codes=st.lists(st.from_regex(r"[a-z]{2,3}(-[A-Z]{2})?", fullmatch=True), min_size=1, max_size=4, unique=True))
def test_each_language_is_told_unless_the_pages_speak_it_and_it_was_read(codes: list[str]) -> None:
    found: dict[str, str] = {}
    for notice in check(made(languages={code: {"name": code.upper()} for code in codes})):
        found[notice.code] = found.get(notice.code, "") + notice.message
    for code in codes:
        shown = f"{code.upper()} ({code})"
        assert (shown in found.get("no-interface", "")) == (interface_language(code) is None)
        assert (shown in found.get("draft-interface", "")) == interface_languages().get(interface_language(code) or "", False)


def test_nothing_odd() -> None:
    assert check(made()) == ()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("draft-translation", {"languages": {"en": {"name": "English", "draft": True}}}),
        ("no-interface", {"languages": {"fi": {"name": "Suomi"}}}),
        ("draft-interface", {"languages": {"es-MX": {"name": "Español de México"}}}),
        ("html", {"statements": statements({"text": "Tea is <b>good</b>"}, {"text": "a < b > c"}, {}, {})}),
        ("html", {"welcome": 'Hello <img src="x.png"/>'}),
        ("marks", {"welcome": "Hello **you**"}),
        ("marks", {"formatted": True, "statements": statements({"text": "Tea is **good**"}, {}, {}, {})}),
        ("long-statement", {"statements": statements({"text": "x " * 46}, {}, {}, {})}),
        ("long-word", {"statements": statements({"text": "x" * 31}, {}, {}, {})}),
        ("same-statement", {"statements": statements({"text": "Tea  is GOOD"}, {"text": "tea is good"}, {}, {})}),
        ("tag-used-once", {"statements": statements({"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["a"]}, {})}),
        ("grid-asymmetric", {"grid": {-1: 2, 0: 1, 1: 1}}),
        ("grid-asymmetric", {"grid": {1: 1, 2: 2, 3: 1}}),
        ("grid-uneven", {"grid": {-2: 2, -1: 1, 0: 3, 1: 1, 2: 2}}),
        ("no-contact", {"contact": " "}),
        ("short-consent", {"consent": "Yes."}),
        ("no-questions", {"questions": {}}),
        ("minutes", {"minutes": 60}),
    ],
)
def test_each_oddity_has_its_notice(code: str, changes: dict[str, object]) -> None:
    assert [notice.code for notice in check(made(**changes))] == [code]


def test_notices_name_the_statements() -> None:
    study = made(statements=statements({"text": "same", "tags": ["once"]}, {"text": "same"}, {"text": "y " * 45}, {"text": "z " * 100}))
    found = {notice.code: notice.statements for notice in check(study)}
    assert found == {"long-statement": ("s3",), "same-statement": ("s0", "s1"), "tag-used-once": ("s0",)}


def test_too_short_a_time_is_odd_too() -> None:
    study = made(minutes=1, grid={-1: 30, 0: 40, 1: 30}, statements=statements(*[{}] * 100))
    assert [notice.code for notice in check(study)] == ["minutes"]


def opposition(first: str, second: str) -> str:
    answers = ", ".join(f"{{says: {{en: A, es: A}}, statements: [{names}]}}" for names in (first, second))
    return HEAD + f"oppositions:\n  - {{question: {{en: Q, es: Q}}, answers: [{answers}]}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (opposition("s1", "s9"), "opposition 1 names 's9', which is no statement of the study"),
        (opposition("s1, s1", "s2"), "opposition 1 names 's1' twice"),
        (opposition("s1, s2", "s2"), "opposition 1 has 's2' in both answers"),
        (HEAD + "groups:\n  g: {name: {en: G, es: G}, statements: [s9]}\n", "group 'g' holds 's9', which is no statement of the study"),
        (HEAD + "groups:\n  g: {name: {en: G, es: G}}\n", "group 'g' has no statements, and no statement has the tag 'g'"),
        (HEAD + "groups:\n  g: {name: {en: G}, statements: [s1]}\n", "`groups.g.name` has no text in es"),
        (
            HEAD + "oppositions:\n  - {question: {en: Q, es: Q}, answers: [{says: {en: A, es: A}, statements: [s1]}]}\n",
            "`oppositions[0].answers` needs at least 2 entries; it has 1",
        ),
    ],
)
def test_groups_and_oppositions_name_what_there_is(tmp_path: Path, text: str, said: str) -> None:
    found = faults_of(tmp_path, text)
    assert len(found) == 1
    assert said in found[0], found


def test_groups_and_oppositions_that_fit_are_taken(tmp_path: Path) -> None:
    assert (
        faults_of(
            tmp_path,
            opposition("s1, s3", "s2") + "groups: {g: {name: {en: G, es: G}, statements: [s1]}, h: {name: {en: H, es: H}}}\n",
            TABLE.replace("text_es", "text_es,tags").replace("aa", "aa,h").replace("bb", "bb,").replace("cc", "cc,h").replace("dd", "dd,"),
        )
        == []
    )


SEVERAL = """\
conditions:
  - {id: now, name: {en: Now, es: Hoy}, instruction: {en: As it is, es: Como es}}
  - {id: ideal, name: {en: Ideal, es: Ideal}, instruction: {en: As it should be, es: Como debe ser}}
waves:
  - {id: before, name: {en: Before, es: Antes}, opens: 2026-05-01, closes: 2026-05-31}
  - {id: after, name: {en: After, es: Después}, opens: 2026-09-01}
"""
LINES = HEAD.replace("condition: {en: How?, es: ¿Cómo?}\n", "")  # 7 of them, so that `conditions` stands in line 8


def test_conditions_stand_in_the_place_of_the_condition(tmp_path: Path) -> None:
    assert faults_of(tmp_path, LINES + SEVERAL) == []
    study = load(tmp_path)
    assert study.condition.root == {"en": "Now: As it is\nIdeal: As it should be", "es": "Hoy: Como es\nIdeal: Como debe ser"}
    assert study.for_sort("ideal", first=True, last=True).condition.root == {"en": "As it should be", "es": "Como debe ser"}
    assert [wave.open_on(date(2026, 5, 31)) for wave in study.waves] == [True, False]
    assert Study.model_validate_json(study.model_dump_json(by_alias=True)) == study
    again = tmp_path / "again"
    write(study, again)
    assert load(again) == study


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("id: ideal", "id: now", "study.yaml:10: two conditions have the id 'now', here and in line 9"),
        ("id: after", "id: before", "study.yaml:13: two waves have the id 'before', here and in line 12"),
        ("name: {en: Ideal, es: Ideal}, ", "", "study.yaml:10: `conditions[1].name` is missing"),
        ("es: Como es}", "es: Como es, fr: Comme}", "study.yaml:9: `conditions[0].instruction` has a text in 'fr'"),
        ("2026-05-01", "1 May", "study.yaml:12: `waves[0].opens`: must be a day such as 2026-05-31; got '1 May'"),
        ("2026-05-01", "20260501", "study.yaml:12: `waves[0].opens`: must be a day such as 2026-05-31; got '20260501'"),
        ("2026-05-01", "2026-05-41", "study.yaml:12: `waves[0].opens` must be a day such as 2026-05-31; got '2026-05-41'"),
        ("2026-05-31", "2026-04-30", "study.yaml:12: `waves[0]`: closes on 2026-04-30, before it opens on 2026-05-01"),
        ("2026-09-01", "2026-04-01", "study.yaml:13: wave 'after' opens on 2026-04-01, before wave 'before' on 2026-05-01"),
        ("conditions:\n", "condition: {en: a, es: b}\nconditions:\n", "study.yaml:9: the study has both `condition` and `conditions`"),
        ("waves:\n", "assign: some\nwaves:\n", "study.yaml:11: `assign` must be all, random or by link; got 'some'"),
        ("waves:\n", "assign: by link\nwaves:\n", "study.yaml:11: `assign: by link` needs people who come by an invitation"),
    ],
)
def test_faults_of_conditions_and_waves_name_their_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    [only] = faults_of(tmp_path, LINES + SEVERAL.replace(old, new, 1))
    assert only.startswith(fault)


def test_an_assignment_needs_conditions(tmp_path: Path) -> None:
    [only] = faults_of(tmp_path, HEAD + "assign: random\n")
    assert only.startswith("study.yaml:9: `assign` says who sorts under which condition, but the study has no `conditions`")
    assert faults_of(tmp_path, HEAD + "conditions: []\n")
    assert faults_of(tmp_path, HEAD + "waves: []\n") == ["study.yaml:9: `waves` is empty"]


def test_an_offer_of_choosing_is_true_false_or_neutral_and_idle_without_choosing(tmp_path: Path) -> None:
    assert faults_of(tmp_path, HEAD + "no_difference: perhaps\n") == ["study.yaml:9: `no_difference` must be true, false or neutral; got 'perhaps'"]
    assert faults_of(tmp_path, HEAD + "no_difference: neutral\n") == []
    idle = [made(no_difference=False, distribution="free"), made(no_difference="neutral", stages={"presort": True, "refine": False})]
    assert [[one.code for one in check(study)].count("no-difference-idle") for study in (*idle, made(no_difference=False), made())] == [1, 1, 0, 0]
