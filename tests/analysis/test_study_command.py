"""``qmethod study``: new, check, words, schema and import."""

from __future__ import annotations

import errno
import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

from qmethod.minus import MINUSES
from qmethod_studies import definition, library
from qmethod_studies.definition import Study
from qmethod_studies.loading import check, load
from qmethod_studies.parts import Part
from qmethod_studies.questions import KINDS
from qmethod_studies.schema import as_text, schema
from qmethod_studies.words import NAMES, PLACEHOLDER

XML = Path(__file__).parents[1] / "studies" / "xml"


def fits(value: Any, rule: dict[str, Any], top: dict[str, Any]) -> bool:
    """Whether a value fits a JSON Schema, of which only what ours uses is known; anything else fails the test."""
    known = {
        "$ref", "anyOf", "oneOf", "type", "enum", "const", "properties", "required", "additionalProperties", "propertyNames", "patternProperties",
        "items", "minItems", "format",
        "minProperties", "maxProperties", "minLength", "pattern", "minimum", "maximum", "title", "description", "default", "$defs", "$schema",
    }  # fmt: skip
    assert set(rule) <= known, set(rule) - known
    if "$ref" in rule and not fits(value, top["$defs"][rule["$ref"].removeprefix("#/$defs/")], top):
        return False
    if "anyOf" in rule and not any(fits(value, choice, top) for choice in rule["anyOf"]):
        return False
    if "oneOf" in rule and sum(fits(value, choice, top) for choice in rule["oneOf"]) != 1:
        return False
    kinds = {"string": str, "integer": int, "number": int | float, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    wanted = [rule["type"]] if isinstance(rule.get("type"), str) else rule.get("type", [])
    if wanted and not any(isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in wanted):
        return False
    checks = [
        rule.get("format") is None or (rule["format"] == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", str(value))),
        "enum" not in rule or value in rule["enum"],
        "const" not in rule or value == rule["const"],
        "pattern" not in rule or re.search(rule["pattern"], value),
        "minLength" not in rule or len(value) >= rule["minLength"],
        "minItems" not in rule or len(value) >= rule["minItems"],
        "minProperties" not in rule or len(value) >= rule["minProperties"],
        "maxProperties" not in rule or len(value) <= rule["maxProperties"],
        "minimum" not in rule or value >= rule["minimum"],
        "maximum" not in rule or value <= rule["maximum"],
    ]
    if isinstance(value, dict):
        properties, others = rule.get("properties", {}), rule.get("additionalProperties", True)
        checks.append(set(rule.get("required", [])) <= set(value))
        for key, item in value.items():
            name = str(key)
            checks.append("propertyNames" not in rule or fits(name, rule["propertyNames"], top))
            matching = [inner for pattern, inner in rule.get("patternProperties", {}).items() if re.search(pattern, name)]
            inner = properties.get(name) or (matching[0] if matching else others)
            checks.append(inner if isinstance(inner, bool) else fits(item, inner, top))
    if isinstance(value, list) and "items" in rule:
        checks += [fits(item, rule["items"], top) for item in value]
    return all(checks)


@pytest.mark.parametrize("languages", ["en", "en,es", "ar", "es-MX,zh-Hans,en", "zh-Hans-CN,en"])
def test_a_new_study_is_sound(qmethod_command: Any, tmp_path: Path, languages: str) -> None:
    made = qmethod_command("study", "new", "my-park", "--languages", languages)
    assert made.exit_code == 0
    folder = tmp_path / "my-park"
    assert sorted(path.name for path in folder.iterdir()) == ["statements.csv", "study.schema.json", "study.yaml"]
    study = load(folder)
    assert list(study.languages) == languages.split(",")
    read = {code.partition("-")[0] for code in study.languages}
    unread = {"draft-translation"} if languages != "en" else set()
    pages = {"draft-interface"} if read & {"es", "ar", "zh"} else set()
    assert {notice.code for notice in check(study)} == {"no-contact"} | unread | pages
    checked = qmethod_command("study", "check", "my-park")
    assert checked.exit_code == 0
    assert "What makes a good park" in checked.stdout
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=study.schema.json\n")
    assert "~" not in text
    shown = [YAML(typ="safe", pure=True).load(line)[0] for line in re.findall(r"^#   (- .*)$", text, re.MULTILINE)]
    assert json.dumps(shown, default=str) == json.dumps([kind.example() for kind in KINDS.values()])
    assert fits(YAML(typ="safe", pure=True).load(text), json.loads((folder / "study.schema.json").read_text(encoding="utf-8")), schema())


def test_a_new_study_explains_its_fields(qmethod_command: Any, tmp_path: Path) -> None:
    """Each field that the model of a study has stands in the file, but for those of a later day."""
    qmethod_command("study", "new", "my-park")
    text = (tmp_path / "my-park" / "study.yaml").read_text(encoding="utf-8")
    later = {"statements", "viewpoints", "show_closest", "groups", "oppositions", "conditions", "waves", "assign"}
    assert [name for name in Study.model_fields if name not in later and not re.search(rf"^(# )?{name}:", text, re.MULTILINE)] == []


@pytest.mark.parametrize("languages", ["en", "en,es"])
def test_what_a_new_study_offers_as_a_comment_can_be_used(qmethod_command: Any, tmp_path: Path, languages: str) -> None:
    qmethod_command("study", "new", "my-park", "--languages", languages)
    file = tmp_path / "my-park" / "study.yaml"
    text = file.read_text(encoding="utf-8")
    start, end = text.index("# opens:"), text.index("# Whether each respondent")
    offered = re.sub(r"^# (?=(opens|closes|quota|begun_may_finish|closed):|  )", "", text[start:end], flags=re.MULTILINE)
    file.write_text(text[:start] + offered + text[end:], encoding="utf-8")
    study = load(file.parent)
    assert study.quota is not None
    assert study.quota.finished == 40
    assert (str(study.opens), str(study.closes), study.begun_may_finish) == ("2027-05-01", "2027-05-31", True)
    assert study.closed is not None
    assert set(study.closed.root) == set(languages.split(","))
    shown = qmethod_command("study", "check", "my-park").stdout
    for said in ("Opens", "2027-05-01 (UTC)", "Closes", "Quota", "40 in all"):
        assert said in shown


def test_new_overwrites_nothing(qmethod_command: Any, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "statements.csv").write_text("mine", encoding="utf-8")
    done = qmethod_command("study", "new", "my-park", "--out", "here")
    assert done.exit_code == 2
    assert "holds statements.csv" in done.stderr
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["statements.csv"]


@pytest.mark.parametrize(
    ("name", "languages", "said"),
    [("My Park", "en", "'My Park'"), ("a", "english", "'english'"), ("a", "en,en", "once"), ("a", "", "empty"), ("a", ",", "none")],
)
def test_names_and_languages_that_cannot_be(qmethod_command: Any, tmp_path: Path, name: str, languages: str, said: str) -> None:
    done = qmethod_command("study", "new", name, "--languages", languages)
    assert done.exit_code == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_check_draws_the_grid_and_tells_what_there_is(qmethod_command: Any, tmp_path: Path) -> None:
    qmethod_command("study", "new", "my-park")
    shown = qmethod_command("study", "check", "my-park/study.yaml").stdout
    boxes = [line.count("[ ]") for line in shown.splitlines() if "[ ]" in line]
    assert boxes == [5, 3, 1]
    for part in (
        "English (en)",
        "9; tags: nature 3, people 3, rules 3",
        "presort, refine, sort, why",
        "1 before the sort, 2 after it",
        "about 10",
        "no contact",
    ):
        assert part in shown


def test_check_shows_every_fault_however_many(qmethod_command: Any, tmp_path: Path) -> None:
    qmethod_command("study", "new", "my-park")
    path = tmp_path / "my-park" / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "".join(f"odd{i}: 1\n" for i in range(40)), encoding="utf-8")
    done = qmethod_command("study", "check", "my-park")
    assert done.exit_code == 2
    assert done.stdout == ""
    last = len(path.read_text(encoding="utf-8").splitlines())
    assert done.stderr.count("means nothing here") == 40
    assert f"my-park/study.yaml:{last}: `odd39` means nothing here" in done.stderr


def test_check_knows_the_studies_that_ship(qmethod_command: Any) -> None:
    for name in library.definitions():
        assert qmethod_command("study", "check", name).exit_code == 0
    lost = qmethod_command("study", "check", "no-such-study")
    assert lost.exit_code == 2
    assert all(name in lost.stderr for name in library.definitions())


def filled_in(table: str) -> str:
    """A table of words with something in place of every text that is still to be written, its placeholders kept."""
    written, text = [], ""
    for line in table.splitlines():
        if line.startswith("    # "):
            text = line[6:]
        elif line.endswith(': ""'):
            key = YAML(typ="safe", pure=True).load(line[4:])
            [name] = key
            text = text if "." in name and name in NAMES else name
            line = line[:-2] + json.dumps(f"sana {' '.join(found[0] for found in PLACEHOLDER.finditer(text))}")
        written.append(line)
    return "\n".join(written) + "\n"


def test_a_language_that_the_pages_do_not_speak_is_a_fault_until_the_study_has_words_for_it(qmethod_command: Any) -> None:
    said = qmethod_command("study", "new", "park", "--languages", "en,fi").stdout
    assert "Mind: The pages have no words in Suomi (fi) for" in said
    found = qmethod_command("study", "check", "park")
    assert found.exit_code == 2
    assert "park/study.yaml:14: the pages have no words in Suomi (fi) for" in found.stderr
    assert "`qmethod study words STUDY --language fi`" in found.stderr
    assert qmethod_command("serve", "park").exit_code == 2
    table = qmethod_command("study", "words", "park", "--language", "fi").stdout
    assert '    piles.agree: "Like the park I want"\n' in table  # which the study says already
    _head, _words, _language, *words = filled_in(table).splitlines()[1:]
    text = Path("park/study.yaml").read_text(encoding="utf-8")
    own = "  fi:\n    piles.agree: Like the park I want\n    piles.disagree: Unlike the park I want\n"
    assert own in text
    Path("park/study.yaml").write_text(text.replace(own, "  fi:\n" + "\n".join(words) + "\n"), encoding="utf-8")
    checked = qmethod_command("study", "check", "park")
    assert checked.exit_code == 0, checked.stderr
    assert "no words" not in checked.stdout
    assert "All texts are written." in qmethod_command("study", "words", "park", "--language", "fi").stdout


def test_a_table_of_words_shows_what_the_pages_say_now_and_replaces_no_file(qmethod_command: Any) -> None:
    assert qmethod_command("study", "words", "leadership", "--language", "de", "--out", "words.yaml").exit_code == 0
    table = Path("words.yaml").read_text(encoding="utf-8")
    assert '    # Undo\n    # now: Rückgängig\n    buttons.undo: ""\n' in table
    assert {*YAML(typ="safe", pure=True).load(table)["words"]["de"].values()} == {""}
    again = qmethod_command("study", "words", "leadership", "--language", "fi", "--out", "words.yaml")
    assert (again.exit_code, Path("words.yaml").read_text(encoding="utf-8")) == (2, table), again.stderr
    wrong = qmethod_command("study", "words", "leadership", "--language", "finnish")
    assert (wrong.exit_code, "'finnish' is no code of a language" in wrong.stderr) == (2, True)


def test_who_serves_a_study_is_told_of_drafts(qmethod_command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    qmethod_command("study", "new", "park", "--languages", "fr,es")
    server = SimpleNamespace(port=1, run=lambda: None, close=lambda: None)
    monkeypatch.setattr("qmethod_webform.listening.Listener", lambda *_arguments, **_options: server)
    said = qmethod_command("serve", "park").stdout
    assert "Mind: Buttons, hints and messages of the pages in Français (fr), Español (es) are drafts" in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.EADDRINUSE, "Address already in use"),
            "port 8000 of 127.0.0.1 cannot be used: Address already in use\n-> Choose another with --port",
        ),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "this machine has no address '127.0.0.1'"),
        (socket.gaierror(-2, "Name or service not known"), "this machine has no address '127.0.0.1'"),
    ],
)
def test_where_it_cannot_listen_the_right_one_is_blamed(qmethod_command: Any, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr("waitress.create_server", refuse)
    result = qmethod_command("serve")
    assert (result.exit_code, said in result.stderr) == (3, True), result.stderr


def test_the_schema_is_written_and_printed(qmethod_command: Any, tmp_path: Path) -> None:
    assert qmethod_command("study", "schema").stdout == as_text()
    qmethod_command("study", "schema", "--out", "s.json")
    made = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(made["properties"]) == set(Study.model_fields)
    assert "statements" not in made["required"]
    assert all("description" in made["$defs"][name] for name in made["$defs"])
    assert {"type": "number"} in made["$defs"]["Placement"]["anyOf"]
    assert all(re.match(made["properties"]["grid"]["propertyNames"]["pattern"], f"{sign}2") for sign in "-" + MINUSES)


@pytest.mark.parametrize(
    ("key", "value"),
    [("minutes", 0), ("distribution", "loose"), ("grid", {"a": 1}), ("title", ["x"]), ("titel", "x"), ("languages", {"English": {"name": "x"}})],
)
def test_the_schema_refuses_what_the_model_refuses(key: str, value: object) -> None:
    whole = {
        "study": "tea", "languages": {"en": {"name": "English"}}, "title": "Tea", "condition": "How?", "grid": {"-1": 1, "0": 2},
        "scale": {"low": "No", "high": "Yes"}, "welcome": "Hello", "consent": "Yes",
    }  # fmt: skip
    assert fits(whole, schema(), schema())
    assert not fits({**whole, key: value}, schema(), schema())


@pytest.mark.parametrize("name", ["eq", "htmlq", "quince"])
def test_import_writes_a_study_and_names_what_is_lost(qmethod_command: Any, tmp_path: Path, name: str) -> None:
    done = qmethod_command("study", "import", XML / name, "--out", "mine", "--name", "mine")
    assert done.exit_code == 0
    assert load(tmp_path / "mine").study == "mine"
    assert "could not be carried over" in done.stdout
    assert qmethod_command("study", "check", "mine").exit_code == 0
    again = qmethod_command("study", "import", XML / name, "--out", "mine")
    assert again.exit_code == 2
    assert "holds statements.csv" in again.stderr


def test_import_of_a_folder_without_a_study(qmethod_command: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = qmethod_command("study", "import", "empty", "--out", "mine")
    assert done.exit_code == 2
    assert "there is no config.xml" in done.stderr
    assert not (tmp_path / "mine").exists()


def test_help_of_the_group_imports_nothing_heavy() -> None:
    code = "import qmethod_analysis.commands.study, sys; print([m for m in ('pydantic', 'ruamel.yaml', 'numpy', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_part_of_the_model_is_on_the_page() -> None:
    """The page shows the fields of a part by a directive; each part needs one."""
    page = (Path(__file__).parents[2] / "docs" / "studies.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```\{study-fields\} (\w+)$", page, re.MULTILINE)
    parts = {part.__name__ for part in vars(definition).values() if isinstance(part, type) and issubclass(part, Part)} - {"Part"}
    assert sorted(shown) == sorted({*parts, "Condition"})
    assert "\n```{question-kinds}\n" in page  # made from the classes
