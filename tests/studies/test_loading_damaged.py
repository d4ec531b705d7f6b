"""Files of a study that are damaged, or made to break whoever reads them: faults with their lines, and soon."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from qmethod.errors import DataError
from qmethod_studies.loading import load
from qmethod_studies.sources import DEEPEST, LARGEST
from tests.prompt import promptly
from tests.studies.tea import STUDY, TABLE, only, put, refused

BOMB = "a0: &a0 [x, x, x, x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "study.yaml:1: the file is empty"),
        ("# nothing\n", "study.yaml:1: the file is empty"),
        ("just words", "study.yaml:1: the file holds no `key: value` lines"),
        ("- a\n- b\n", "study.yaml:1: the file holds no `key: value` lines"),
        (STUDY.encode("utf-16"), "study.yaml: the file is UTF-16, not UTF-8"),
        (STUDY.encode("latin-1").replace(b"Tea", b"Th\xe9"), "study.yaml:4: the file is not UTF-8 text: byte 0xe9"),
        (bytes(range(256)), "study.yaml:2: the file is not UTF-8 text"),
        (STUDY.replace("Tea", "T\x07ea"), "study.yaml:4: the file holds a sign that is no text, U+0007"),
        (STUDY.replace("Tea", r'"T\0ea"'), "study.yaml:4: a text holds a sign that is no text, U+0000"),
        (STUDY.replace("Tea", r'"\ud800"'), "study.yaml:4: a text holds a sign that is no text, U+D800"),
        (STUDY.replace("  low:", "\tlow:"), "study.yaml:8: not YAML: a sign that cannot stand here"),
        (STUDY.replace("title: Tea", "title: Tea: green"), "study.yaml:4: not YAML: a colon where none can stand"),
        (STUDY.replace("title: Tea", "title: 'Tea"), "study.yaml:"),
        (STUDY.replace("title: Tea", "title: [Tea"), "study.yaml:5: not YAML: a bracket that is never closed"),
        (STUDY.replace("title: Tea", "title: *tea"), "study.yaml:4: there is no anchor &tea above this line"),
        (STUDY.replace("title: Tea", "title: !!python/object:os.system Tea"), "study.yaml:4: a tag means nothing here"),
        (STUDY.replace("title: Tea", "title: Tea\ntitle: Coffee"), "study.yaml:5: the key 'title' stands twice, here and in line 4"),
        (STUDY.replace("few: One or two", "many: One or two"), "study.yaml:23: the key 'many' stands twice, here and in line 22"),
        (STUDY.replace("title: Tea", "? [a, b]\n: c"), "study.yaml:4: a key must be a word or a number"),
        (STUDY + "---\n" + STUDY, "study.yaml:29: a second document begins"),
        ("a: &a [*a]", "study.yaml:1: there is no anchor &a above this line"),
        ('title: "\\U00ffffff"', "study.yaml: not YAML: "),
    ],
)  # fmt: skip
def test_what_is_no_yaml_of_a_study(tmp_path: Path, text: str | bytes, fault: str) -> None:
    assert only(put(tmp_path, text)).startswith(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x: " + "a" * LARGEST, "a file of a study has at most"),
        ("[" * 100_000, f"more than {DEEPEST} deep"),
        ("{a: " * 100_000, f"more than {DEEPEST} deep"),
        ("- " * 100_000, f"more than {DEEPEST} deep"),
        (BOMB, "once its aliases are written out"),
        ("x: [" + "1," * 400_000 + "]", "more than 20000 values"),
    ],
)  # fmt: skip
def test_a_file_made_to_break_us_is_refused_soon(tmp_path: Path, text: str, fault: str) -> None:
    put(tmp_path, text)
    assert fault in promptly(lambda: only(tmp_path), 30)


@pytest.mark.parametrize(
    ("study", "table", "n"),
    [
        (STUDY, "id,text\n" + "1,\n" * 300_000, 1),
        (STUDY + "statements:\n" + "  - {id: 1}\n" * 6000, None, 1),
        (STUDY, "id,text\n" + "1,\n" * 1000, 1000),
        (STUDY + "".join(f"k{i}: 1\n" for i in range(5000)), TABLE, 5000),
        (STUDY + "".join(f"    - {{id: q{i}, type: tex, label: [a]}}\n" for i in range(900)), TABLE, 1800),
    ],
)
def test_many_faults_are_found_soon(tmp_path: Path, study: str, table: str | None, n: int) -> None:
    put(tmp_path, study, table)
    assert len(promptly(lambda: refused(tmp_path), 15)) == n


def test_a_file_of_200_mb_is_not_read(tmp_path: Path) -> None:
    with (put(tmp_path) / "study.yaml").open("wb") as opened:
        opened.truncate(200_000_000)
    assert promptly(lambda: only(tmp_path), 2).startswith("study.yaml: the file has 200.0 MB")


WORDS = st.sampled_from(
    [
        "",
        "~",
        "no",
        "2026",
        "a",
        "s1",
        "en",
        "[",
        "{}",
        "[1, {a: b}]",
        "'",
        ": ",
        "- x",
        "&a",
        "*a",
        "!!int 3",
        "|",
        ">",
        "%",
        "\t",
        "é",
        "1e999",
        "-.inf",
        "nan",
        "#",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_change_of_a_file_brings_anything_but_a_study_or_faults(tmp_path: Path, data: st.DataObject) -> None:
    texts = []
    for original in (STUDY, TABLE):
        lines = original.split("\n")
        for _ in range(data.draw(st.integers(0, 4))):
            i = data.draw(st.integers(0, len(lines) - 1))
            kind = data.draw(st.sampled_from(["drop", "double", "word", "indent", "swap", "text"]))
            if kind == "drop" and len(lines) > 1:
                del lines[i]
            elif kind == "double":
                lines.insert(i, lines[i])
            elif kind == "word":
                head, colon, _tail = lines[i].partition(": ")
                lines[i] = head + colon + data.draw(WORDS)
            elif kind == "indent":
                lines[i] = " " * data.draw(st.integers(0, 8)) + lines[i].lstrip()
            elif kind == "swap":
                j = data.draw(st.integers(0, len(lines) - 1))
                lines[i], lines[j] = lines[j], lines[i]
            else:
                at = data.draw(st.integers(0, len(lines[i])))
                lines[i] = lines[i][:at] + data.draw(st.text(max_size=5)) + lines[i][at:]
        texts.append("\n".join(lines))
    put(tmp_path, *(text.encode("utf-8", "surrogatepass") for text in texts))
    try:
        study = load(tmp_path)
    except DataError as error:
        placed = all(fault.message and fault.file for fault in error.faults)
    else:
        placed = True
        assert sum(study.grid.values()) == len(study.statements)
        json.dumps(study.structure(), allow_nan=False)
    assert placed


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3) | st.sampled_from(["en", "text", "choice", "s1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["en", "id", "type", "before", "0", "1"]), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_value_of_any_type_anywhere_is_a_fault_and_no_crash(tmp_path: Path, data: st.DataObject) -> None:
    tree = YAML(typ="safe", pure=True).load(STUDY)
    at = tree
    while True:
        key = data.draw(st.sampled_from(sorted(at, key=str) if isinstance(at, dict) else list(range(len(at)))))
        if not at[key] or not isinstance(at[key], dict | list) or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = data.draw(VALUES)
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(tree, out)
    put(tmp_path, out.getvalue().encode("utf-8", "surrogatepass"))
    try:
        load(tmp_path)
    except DataError as error:
        faults = error.faults
    else:
        faults = ()
    assert all(fault.line for fault in faults if "UTF-8" not in fault.message)
