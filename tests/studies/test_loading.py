"""Reading a study: what is accepted, and every fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod.grid import Grid
from qmethod.minus import MINUSES
from qmethod_studies import library
from qmethod_studies.definition import Study, Text
from qmethod_studies.loading import find, load
from qmethod_studies.writing import as_csv, as_yaml, write
from tests.studies.tea import STUDY, TABLE, change, only, put, refused

NO_ID = "must begin with a letter and hold only letters a to z, figures, - and _, at most 40 of them"


def test_a_study_is_read_whole(tmp_path: Path) -> None:
    study = load(put(tmp_path))
    assert study.study == "tea"
    assert study.capacity == {-1: 1, 0: 2, 1: 1}
    assert study.ids == ("s1", "s2", "s3", "s4")
    assert study.statements[0].tags == study.statements[1].tags == ("a", "b")
    assert study.statements[2].tags == ()
    assert study.questions.before[0].minimum == 16
    assert study.questions.after[0].show_if is not None
    assert study.questions.after[0].show_if.is_ == ("many",)


def test_the_yaml_itself_will_do(tmp_path: Path) -> None:
    assert load(put(tmp_path) / "study.yaml") == load(tmp_path)


def test_every_text_of_one_language_stands_under_its_code(tmp_path: Path) -> None:
    study = load(put(tmp_path))
    assert study.title.root == {"en": "Tea"}
    assert study.statements[0].text.root == {"en": "With milk"}
    assert study.questions.before[1].options["few"].root == {"en": "One or two"}


def test_one_text_or_a_map_of_one_language_is_the_same_study(tmp_path: Path) -> None:
    other = change("title: Tea", "title: {en: Tea}")
    assert load(put(tmp_path / "a")).digest() == load(put(tmp_path / "b", other, TABLE.replace("id,text", "id,text_en"))).digest()


@pytest.mark.parametrize("written", ["2026", "no", "1.50", "0x10", "2020-01-01", "'2026'", "true"])
def test_what_looks_like_a_number_or_a_truth_value_stays_text(tmp_path: Path, written: str) -> None:
    assert load(put(tmp_path, change("title: Tea", f"title: {written}"))).title.in_("en") == written.strip("'")


def test_figures_name_the_options_of_a_rating(tmp_path: Path) -> None:
    text = change(
        "label: Cups a day\n      options:\n        few: One or two\n        many: More", "label: Cups a day\n      minimum: 0\n      maximum: 5"
    ).replace("type: choice", "type: rating")
    study = load(put(tmp_path, change("is: [many]", "is: [4, 5]", text)))
    assert study.questions.after[0].show_if is not None
    assert study.questions.after[0].show_if.is_ == ("4", "5")


def test_statements_may_stand_in_the_yaml(tmp_path: Path) -> None:
    inside = STUDY + "statements:\n" + "".join(f"  - {{id: s{i}, text: Text {i}}}\n" for i in range(4))
    assert load(put(tmp_path, inside, None)).ids == ("s0", "s1", "s2", "s3")


def test_statements_in_both_places(tmp_path: Path) -> None:
    inside = STUDY + "statements:\n" + "".join(f"  - {{id: s{i}, text: Text {i}}}\n" for i in range(4))
    assert only(put(tmp_path, inside)).startswith("study.yaml:29: statements stand here and in ")


def test_statements_nowhere(tmp_path: Path) -> None:
    assert only(put(tmp_path, table=None)).startswith("study.yaml:1: there are no statements")


@pytest.mark.parametrize(
    "table", [TABLE.replace(",", "\t"), "\ufeff" + TABLE, TABLE.replace("\n", "\r\n"), TABLE.replace("\n", "\n\n").replace("id,text", "ID,Text")]
)
def test_tables_as_spreadsheets_save_them(tmp_path: Path, table: str) -> None:
    assert load(put(tmp_path, table=table)) == load(put(tmp_path / "plain"))


def test_semicolons_part_columns_and_quotes_hold_texts_of_several_lines(tmp_path: Path) -> None:
    table = 'id;text\ns1;"With ""much"" milk;\nand sugar, too"\ns2;b\ns3;c\n1;d\n'
    assert only(put(tmp_path, table=table)).startswith("statements.csv:6: `statements[3].id` must begin with a letter")
    study = load(put(tmp_path, table=table.replace("\n1;d", "\ns4;d")))
    assert study.statements[0].text.in_("en") == 'With "much" milk;\nand sugar, too'


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("s1,a\ns2,b\n", "statements.csv:1: there is no column `id`"),
        ("id,words\ns1,a\n", "statements.csv:1:2: column 'words' means nothing here"),
        ("id,text_fr\ns1,a\n", "statements.csv:1:2: column 'text_fr': the study has no language 'fr'"),
        ("id,text,text\ns1,a,b\n", "statements.csv:1:3: column 'text' stands twice"),
        (TABLE.replace("s2,Without milk", "s2,Without milk,x,y"), "statements.csv:3: 5 cells where the header has 3"),
        (TABLE.replace("Without milk", ""), "statements.csv:3: statement s2 has no text in en"),
        (TABLE.replace("s2,", "s1,"), "statements.csv:3: two statements have the id 's1', here and in line 2"),
        (TABLE.replace("s2,", ","), "statements.csv:3: `statements[1].id` is empty"),
        (TABLE.replace("s2,", '"s2,'), "statements.csv:3: a quote opened here is never closed"),
        ("", "statements.csv: the file is empty"),
        (TABLE.replace("milk", "mi\0lk"), "statements.csv:2: the file holds zero bytes"),
        (TABLE.replace("milk", "mi\x7flk"), "statements.csv:2: a cell holds a sign that is no text, U+007F"),
    ],
)  # fmt: skip
def test_faults_of_the_table(tmp_path: Path, table: str | bytes, fault: str) -> None:
    assert any(said.startswith(fault) for said in refused(put(tmp_path, table=table)))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("study: tea", "study: My tea", "study.yaml:1: `study` must begin with a small letter and hold only small letters"),
        ("study: tea", "study: tea\nversion: 1.5", "study.yaml:2: `version` must be a whole number; got '1.5'"),
        ("title: Tea", "titel: Tea", "study.yaml:4: `titel` means nothing here"),
        ("title: Tea\n", "", "study.yaml:1: `title` is missing"),
        ("title: Tea", "title:", "study.yaml:4: `title` is empty"),
        ("title: Tea", "title: ''", "study.yaml:4: `title` is empty"),
        ("title: Tea", "title: [Tea]", "study.yaml:4: `title` must be a text, or a text for each language; got a list of 1"),
        ("title: Tea", "title: {en: {a: b}}", "study.yaml:4: `title.en` must be a text; got keys with values (a)"),
        ("title: Tea", "title: {en: Tea, fr: Thé}", "study.yaml:4: `title` has a text in 'fr', which is no language of the study"),
        ("title: Tea", "title: {}", "study.yaml:4: `title` has no text in en"),
        ("title: Tea", "title: Tea\ndistribution: loose", "study.yaml:5: `distribution` must be forced or free; got 'loose'"),
        ("title: Tea", "title: Tea\nminutes: 0", "study.yaml:5: `minutes` must be at least 1; got '0'"),
        ("title: Tea", "title: Tea\nminutes: soon", "study.yaml:5: `minutes` must be a whole number; got 'soon'"),
        ("title: Tea", "title: Tea\nshuffle: maybe", "study.yaml:5: `shuffle` must be true or false; got 'maybe'"),
        ("title: Tea", "title: Tea\nstages: on", "study.yaml:5: `stages` must be keys with values, such as `key: value`; got 'on'"),
        ("title: Tea", "title: Tea\nstages: {presort: false}", "study.yaml:5: `stages`: refine picks from the piles of presort: set presort to true"),
        ("title: Tea", "title: Tea\naccess: {return_link: here}", "study.yaml:5: `access.return_link` must be a whole address without blanks"),
        ("en: {name: English}", "english: {name: English}", "study.yaml:3: `languages.english` must be the code of a language"),
        ("en: {name: English}", "en: {name: ''}", "study.yaml:3: `languages.en.name` is empty"),
        ("-1: 1, 0: 2", "-1: 1, 0: two", "study.yaml:6: `grid.0` must be a whole number; got 'two'"),
        ("-1: 1, 0: 2", "a: 1, 0: 2", "study.yaml:6: `grid.a` must be a number; got 'a'"),
        ("-1: 1, 0: 2", "−1: 1, -1: 1, 0: 2", "study.yaml:6: the grid has 5 places for 4 statements: 1 too many"),
        ("-1: 1, 0: 2", "-1: 0, 0: 2", "study.yaml:6: `grid.-1` must be at least 1; got '0'"),
        ("  low: Not at all\n", "", "study.yaml:7: `scale.low` is missing"),
        ("      type: number", "      type: figure", "study.yaml:15: `questions.before[0].type` must be text, long_text, number"),
        ("      minimum: 16", "      minimum: 16\n      maximum: 3", "study.yaml:14: `questions.before[0]`: the minimum must be below the maximum"),
        ("      minimum: 16", "      minimum: .inf", "study.yaml:17: `questions.before[0].minimum` must be a number; got '.inf'"),
        ("      minimum: 16", "      minimum: inf", "study.yaml:17: `questions.before[0].minimum` must be a number; got 'inf'"),
        ("      minimum: 16", "      options: {a: A}", "study.yaml:17: `questions.before[0].options` means nothing for a question of type number"),
        ("        few: One or two\n", "        1st: One or two\n", "study.yaml:22: `questions.before[1].options.1st` must begin with a letter"),
        ("        few: One or two\n", "        1: One or two\n", f"study.yaml:22: `questions.before[1].options.1` {NO_ID}; got '1'"),
        ("is: [many]", "is: many", "study.yaml:28: `questions.after[0].show_if.is` must be a list; got 'many'"),
        ("is: [many]", "is: []", "study.yaml:28: `questions.after[0].show_if.is` needs at least 1 entry; it has 0"),
        ("  before:", "  befor:", "study.yaml:13: `questions.befor` means nothing here"),
    ],
)  # fmt: skip
def test_faults_of_the_yaml_name_line_and_value(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert any(said.startswith(fault) for said in refused(put(tmp_path, change(old, new)))), refused(tmp_path)


VIEWPOINT = "title: Tea\nviewpoints:\n- {id: a, name: A, gist: G, source: S, placements: {s1: 1, s2: {value: -1, source: p. 3}}}"


def advised(folder: Path) -> list[str | None]:
    with pytest.raises(DataError) as caught:
        load(folder)
    return [fault.advice for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("{-1: 1, 0: 2, 1: 1}", "{-1:1, 0:2, 1:1}", ["Write -1: 1.", "Write 0: 2.", "Write 1: 1."]),
        ("{-1: 1, 0: 2, 1: 1}", "\n  -1:1\n  0:2\n  1:1", ["A blank is missing after the colon: write -1: 1."]),
        ("{-1: 1, 0: 2, 1: 1}", "-1:1, 0:2, 1:1", ["Write {-1: 1, 0: 2, 1: 1}, with a blank after each colon."]),
        ("question: cups, is", "question:cups, is", ["Write question: cups."]),
        ("few: One", "1: One", ["Put a letter in front: a1."]),
        ("en: {name: English}", "en: English", ["Write {name: English}."]),
        ("{-1: 1, 0: 2, 1: 1}", "[1, 2, 1]", ["Write each column with its number of statements, such as {-1: 2, 0: 3, 1: 2}."]),
        (
            "\n        few: One or two\n        many: More",
            " [One, More]",
            ["Give each an id, such as {yes: Yes, no: No}; the ids stand in the data."],
        ),
        ("minimum: 16", "minimum: 16,5", ["Write decimals with a point: 16.5."]),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_to_write_instead(tmp_path: Path, old: str, new: str, advice: list[str]) -> None:
    assert advised(put(tmp_path, change(old, new))) == advice


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(signs=st.lists(st.sampled_from("-" + MINUSES), min_size=4, max_size=4))
def test_any_form_of_the_minus_sign_is_a_minus_sign(tmp_path: Path, signs: list[str]) -> None:
    """In the grid, in bounds and in placements: wherever a study takes a number."""
    text = change("minimum: 16", "minimum: -16", change("title: Tea", VIEWPOINT))
    typed = change("{-1: 1", f"{{{signs[0]}1: 1", change("minimum: -16", f"minimum: {signs[1]}16", change("value: -1", f"value: {signs[2]}1", text)))
    assert load(put(tmp_path, typed)) == load(put(tmp_path, text))
    assert Grid.parse(f"{signs[3]}1:1, 0:2, 1:1") == Grid((-1, 0, 1), (1, 2, 1))


def test_a_viewpoint_may_give_its_placements_as_bare_numbers(tmp_path: Path) -> None:
    whole = change("title: Tea", VIEWPOINT.replace("s1: 1", "s1: {value: 1}"))
    assert load(put(tmp_path, change("title: Tea", VIEWPOINT))) == load(put(tmp_path, whole))
    for wrong in ("much", "true"):
        assert f"must be a number; got {wrong!r}" in only(put(tmp_path, change("title: Tea", VIEWPOINT.replace("s1: 1", f"s1: {wrong}"))))


def test_the_nearest_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(put(tmp_path, change("      label: Your age", "      lable: Your age")))
    assert "Did you mean label?" in [fault.advice for fault in caught.value.faults]


def test_all_faults_of_both_files_come_at_once(tmp_path: Path) -> None:
    text = change("title: Tea", "titel: Tea", change("0: 2", "0: 3", change("welcome: Hello", "welcome:")))
    text = change("{question: cups, is: [many]}", "{question: cup, is: [many]}", text)
    faults = refused(put(tmp_path, text, TABLE.replace("s2,Without milk", "s1,")))
    assert [fault.partition(": ")[0] for fault in faults] == [
        "study.yaml:1", "study.yaml:4", "study.yaml:6", "study.yaml:10", "study.yaml:28", "statements.csv:3", "statements.csv:3",
    ]  # fmt: skip


def test_a_list_is_not_called_short_because_its_entries_are_faulty(tmp_path: Path) -> None:
    assert [fault.partition(": ")[0] for fault in refused(put(tmp_path, table="id,text\n1,a\n2,b\n3,c\n4,d\n"))] == [
        f"statements.csv:{line}" for line in range(2, 6)
    ]
    assert any("`statements` needs at least 2 entries; it has 1" in fault for fault in refused(put(tmp_path, table="id,text\ns1,a\n")))


def test_a_folder_without_a_definition_does_not_hide_a_shipped_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in library.definitions():
        (tmp_path / name).mkdir()
        assert find(name) == library.path(name)
        put(tmp_path / name)
        assert find(name) == Path(name)


def test_aliases_share_options(tmp_path: Path) -> None:
    text = STUDY.replace("      options:\n", "      options: &cups\n") + "    - {id: more, type: choice, label: Tomorrow, options: *cups}\n"
    study = load(put(tmp_path, text))
    assert study.questions.after[1].options == study.questions.before[1].options


def test_no_such_place(tmp_path: Path) -> None:
    assert "holds no study.yaml" in only(tmp_path)
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    with pytest.raises(DataError, match=r"Call study\.yml study\.yaml"):
        load(tmp_path)
    with pytest.raises(DataError, match="there is no such file"):
        load(tmp_path / "absent.yaml")


def test_a_shipped_study_is_found_by_name(tmp_path: Path) -> None:
    for name in library.definitions():
        assert load(find(name)).study == name
    assert find(tmp_path) == tmp_path
    with pytest.raises(DataError) as caught:
        find("no-such-study")
    assert all(name in str(caught.value) for name in library.definitions())


def test_studies_with_sorts_and_studies_with_definitions_are_told_apart() -> None:
    assert "climate" in library.names()
    assert "climate" not in library.definitions()
    assert all((library.path(name) / "study.yaml").is_file() for name in library.definitions())


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=30).filter(str.strip)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.lists(LINES, min_size=1, max_size=3).map("\n".join), min_size=6, max_size=6), both=st.booleans())
def test_what_is_written_is_read_again(tmp_path: Path, texts: list[str], both: bool) -> None:
    source = load(put(tmp_path / "source"))
    codes = ["en", "es"] if both else ["en"]
    whole = source.model_dump(by_alias=True)

    def spoken(value: object, text: str) -> object:
        return dict.fromkeys(codes, text)

    whole["languages"] = {code: {"name": code} for code in codes}
    for key, text in zip(("title", "condition", "welcome", "consent"), texts, strict=False):
        whole[key] = spoken(whole[key], text)
    whole["scale"] = {"low": spoken(None, texts[4]), "high": spoken(None, texts[5])}
    whole["questions"] = {}
    whole["statements"] = [{"id": f"s{i}", "text": spoken(None, f"{i} {texts[i].strip()}"), "tags": ["a"]} for i in range(4)]
    study = Study.model_validate(whole)
    folder = tmp_path / f"written-{len(list(tmp_path.iterdir()))}"
    write(study, folder)
    again = load(folder)
    stripped = study.model_copy(
        update={"statements": tuple(s.model_copy(update={"text": Text({c: t.strip() for c, t in s.text.root.items()})}) for s in study.statements)}
    )
    assert again == stripped


def test_writing_does_not_overwrite(tmp_path: Path) -> None:
    study = load(put(tmp_path))
    with pytest.raises(FileExistsError):
        write(study, tmp_path)
    assert (tmp_path / "study.yaml").read_text(encoding="utf-8") == STUDY
    assert not (tmp_path / "study.schema.json").exists()


def test_what_has_its_default_is_not_written(tmp_path: Path) -> None:
    study = load(put(tmp_path))
    assert "shuffle" not in as_yaml(study)
    assert as_csv(study).splitlines()[1] == "s1,With milk,a b"
