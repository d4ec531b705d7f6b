"""A table is read alike whatever it is for: what a spreadsheet puts around its cells changes nothing, in any role that a file can have."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, ManualFlag, QData
from qmethod.formats.pairs import read_pairs
from qmethod.formats.text import guesses
from qmethod.formats.wordings import read_wordings
from qmethod_analysis.interpretation.background import names_in_sorts
from qmethod_analysis.recipe.inputs import read_flags, read_target
from qmethod_analysis.recipe.sources import told_by_export
from qmethod_studies.invitees import read_invitees
from qmethod_studies.loading import guessed, load
from tests.formats.decorated import LONG, PARTICIPANTS_DOWN, STATEMENTS_DOWN, adorned, dressed, studies

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "qmethod", ROOT / "analysis" / "qmethod_analysis", ROOT / "studies" / "qmethod_studies", ROOT / "webform" / "qmethod_webform"]
DATA = QData(np.array([[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]).T, statements=("s1", "s2", "s3", "s4"), participants=("Zoë", "José", "p3"))
STUDY = """
study: tea
languages: {en: {name: English}, es: {name: Español}}
title: {en: Tea, es: Té}
condition: {en: How do you like it?, es: ¿Cómo?}
grid: {-1: 1, 0: 2, 1: 1}
scale: {low: {en: low, es: bajo}, high: {en: high, es: alto}}
welcome: {en: Hello, es: Hola}
consent: {en: I agree, es: De acuerdo}
"""
TEXTS = ("trees, and more", "cars; too", 'a "quiet" street', "either | or", "Ärger über Lärm", "niños y niñas", "two\nlines", "no noise", "5 % more")
anyhow = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@dataclass(frozen=True)
class Role:
    """A table in one of its roles: its cells, how it is read, and what should be found."""

    cells: list[list[str]]
    read: Callable[[Path], object]
    meant: object


def texts(draw: st.DrawFn, n: int) -> list[str]:
    return [f"I want {draw(st.sampled_from(TEXTS))}, {draw(st.sampled_from(TEXTS))}." for _ in range(n)]


@st.composite
def sorts(draw: st.DrawFn) -> Role:
    written = draw(studies([STATEMENTS_DOWN, PARTICIPANTS_DOWN, LONG]))

    def read(path: Path) -> object:
        found = qmethod.read(path)
        said = {notice.code for notice in found.notices}
        assert said <= {"guessed-encoding", "statements-unsure", "lines-left-out", "columns-ignored"}
        if found.texts == written.statements:  # beside a column without a name, one called statement may hold wordings of one word
            return found.texts, found.participants, found.sorts.tolist()
        return found.statements, found.participants, found.sorts.tolist()

    return Role([list(row) for row in written.cells], read, (written.statements, written.participants, written.sorts.tolist()))


@st.composite
def wordings(draw: st.DrawFn) -> Role:
    meant = texts(draw, 4)
    header, ids = draw(st.sampled_from([(["id", "text"], True), (["Statement No.", "Wording"], True), (["text"], False)]))
    rows = [[name, text] if ids else [text] for name, text in zip(DATA.statements, meant, strict=True)]

    def read(path: Path) -> object:
        file = path.with_name("sorts of four.csv")
        file.write_text("statement,a,b\ns1,1,-1\ns2,0,1\ns3,-1,0\ns4,0,0\n")
        return list(qmethod.read(file, statements=path).texts)

    return Role([header, *rows], read, meant)


@st.composite
def flags(draw: st.DrawFn) -> Role:
    meant = [
        ManualFlag(name, draw(st.sampled_from(["f1", "f2"])), draw(st.booleans()), reason)
        for name, reason in zip(DATA.participants, texts(draw, 3), strict=True)
    ]
    rows = [[one.participant, one.factor, "Yes" if one.defines else "no", one.reason] for one in meant]
    order = draw(st.permutations(range(4)))
    header = draw(st.sampled_from([["participant", "factor", "defines", "reason"], ["Participant ID", "FACTOR", "Defines", "Reason"]]))
    return Role([[row[j] for j in order] for row in [header, *rows]], lambda path: list(read_flags(path, DATA, ("f1", "f2"))), meant)


@st.composite
def target(draw: st.DrawFn) -> Role:
    loading = st.sampled_from(["", "0,5", "-0.25", "1", "−0,75"])
    rows = [[name, "1", draw(loading)] for name in DATA.participants]
    values = [[1.0, float(cell.replace(",", ".").replace("−", "-")) if cell else None] for _, _, cell in rows]

    def read(path: Path) -> object:
        return [[None if value != value else value for value in row] for row in read_target(path, DATA, 2).tolist()]

    cells = [["participant", "f1", "f2"], *rows]
    order = draw(st.permutations(range(3)))
    return Role([[row[j].replace("−", "-") for j in order] for row in cells], read, values)


@st.composite
def statements(draw: st.DrawFn) -> Role:
    english, spanish = texts(draw, 4), texts(draw, 4)
    tags = [draw(st.sampled_from(["", "a", "a b"])) for _ in range(4)]
    header = draw(
        st.sampled_from([["id", "text_en", "text_es", "tags"], ["ID", "Text EN", "Text (es)", "Tags"], ["Nr.", "text-en", "TEXT_ES", "tag"]])
    )
    rows = [list(row) for row in zip(DATA.statements, english, spanish, tags, strict=True)]

    def read(path: Path) -> object:
        path.with_name("study.yaml").write_text(STUDY, encoding="utf-8")
        path.rename(path.with_name("statements.csv"))
        study = load(path.parent)
        found = [[one.id, one.text.in_("en"), one.text.in_("es"), " ".join(one.tags)] for one in study.statements]
        assert {notice.code for notice in guessed(path.parent)} <= {"guessed-encoding", "lines-left-out", "columns-ignored"}
        assert set(guesses(path.with_name("statements.csv"))) <= set(guessed(path.parent))
        path.with_name("statements.csv").unlink()
        return found

    return Role([header, *rows], read, rows)


@st.composite
def people(draw: st.DrawFn) -> Role:
    header = draw(st.sampled_from([["participant"], ["participant", "name"], ["Teilnehmer", "Notiz"], ["p0"]]))
    if len(header) == 1:
        rows = [[name] for name in ("p1", "Zoë", "p3")]
        meant = [*(["p0"] if header == ["p0"] else []), "p1", "Zoë", "p3"]
        return Role([header, *rows], lambda path: list(read_invitees(path).ids), meant)
    rows = [list(row) for row in zip(("p1", "Zoë", "p3"), texts(draw, 3), strict=True)]

    def read(path: Path) -> object:
        found = read_invitees(path)
        return [[name, *cells] for name, cells in zip(found.ids, found.cells, strict=True)]

    return Role([header, *rows], read, rows)


@st.composite
def responses(draw: st.DrawFn) -> Role:
    counts = [draw(st.integers(0, 4)) for _ in DATA.participants]
    header = ["participant", "status", "auto_placed", "order"]
    rows = [[name, "submitted", str(n), "s1 s2"] for name, n in zip(DATA.participants, counts, strict=True)]

    def read(path: Path) -> object:
        path.with_name("study.json").write_text("{}")
        path.rename(path.with_name("responses.csv"))
        said = told_by_export(path, DATA)
        return sorted(re.findall(r"(\w+) (\d+) of 4", said[0].message)) if said else []

    return Role([header, *rows], read, sorted((name, str(n)) for name, n in zip(DATA.participants, counts, strict=True) if n))


@st.composite
def names(draw: st.DrawFn) -> Role:
    rows = [[f"{name}, the {draw(st.sampled_from(['mayor', 'baker']))}", f"p00{i}", f"p{i}"] for i, name in enumerate(DATA.participants)]
    return Role([["participant", "sorts_csv", "sorts_dat"], *rows], names_in_sorts, {row[0]: row[1] for row in rows})


TOLD: dict[str, Callable[[Path], list[str]]] = {
    "sorts": lambda path: [notice.message for notice in qmethod.read(path).notices],
    "wordings": lambda path: [notice.message for notice in read_wordings(path).notices],
    "people": lambda path: list(read_invitees(path).told),
}
"""Roles in which there is a place for what was left out."""


@st.composite
def pairs(draw: st.DrawFn) -> Role:
    header = draw(st.sampled_from([["first", "second"], ["First sort", "Second sort"], ["t1", "T2"]]))
    rows = [["Zoë", "p3"], ["José", draw(st.sampled_from(["José, again", "José; 2", "p4"]))]]
    order = draw(st.permutations(range(2)))
    return Role([[row[j] for j in order] for row in [header, *rows]], lambda path: [list(pair) for pair in read_pairs(path).pairs], rows)


ROLES = {role.__name__: role for role in (sorts, wordings, flags, target, statements, people, responses, names, pairs)}


@pytest.mark.parametrize("role", ROLES)
@given(data=st.data())
@anyhow
def test_what_is_read_is_what_was_meant(tmp_path: Path, role: str, data: st.DataObject) -> None:
    table = data.draw(ROLES[role]())
    written = data.draw(dressed(table.cells))
    path = tmp_path / f"table{'.csv' if role == 'wordings' else data.draw(st.sampled_from(['.csv', '.txt', '']))}"
    path.write_bytes(written.content)
    assert bool(guesses(path)) == written.guessed
    assert table.read(path) == table.meant


@pytest.mark.parametrize("role", ROLES)
@given(data=st.data())
@anyhow
def test_what_stands_around_a_table_is_no_part_of_it_in_any_role(tmp_path: Path, role: str, data: st.DataObject) -> None:
    """Titles, comments, a column that counts the rows, R's header without a name for it, blanks between cells, delimiters at the ends of lines."""
    table = data.draw(ROLES[role]())
    if table.cells[0] == ["p0"]:
        return  # without a header nobody can tell what stands above it
    written = data.draw(adorned(table.cells))
    path = tmp_path / f"table{'.csv' if role == 'wordings' else data.draw(st.sampled_from(['.csv', '.txt', '']))}"
    path.write_text(written.text, encoding="utf-8")
    if role in TOLD:
        assert any("left out" in message for message in TOLD[role](path)) or not written.left_out, written.text
    assert table.read(path) == table.meant, written.text


@pytest.mark.parametrize("missing", ["NA", ".", "n/a", ""])
def test_what_says_that_something_is_missing_says_so_in_every_role(missing: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(f"participant,f1,f2\nZoë,0.5,{missing}\n")
    assert np.isnan(read_target(file, DATA, 2)[0, 1])
    file.write_text(f"participant,factor,defines,reason\nZoë,f1,yes,{missing}\n")
    with pytest.raises(DataError, match="a reason is needed"):
        read_flags(file, DATA, ("f1", "f2"))
    file.write_text(f"participant,group\nk01,a\n{missing},b\n")
    with pytest.raises(DataError, match="this line names no participant") as refusal:
        read_invitees(file)
    assert refusal.value.faults[0].line == 3
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "statements.csv").write_text("\n".join(["id,text_en,text_es,tags", *(f"s{i},Rain {i}.,Lluvia {i}.,{missing}" for i in range(1, 5))]))
    assert [statement.tags for statement in load(tmp_path).statements] == [()] * 4
    (tmp_path / "sorts.csv").write_text("statement,a,b\ns1,1,-1\ns2,0,1\n")
    file.write_text(f"id,text\ns1,Rain.\ns2,{missing}\n")
    assert qmethod.read(tmp_path / "sorts.csv", statements=file).texts == ("Rain.", "")


@pytest.mark.parametrize("header", [",f1,f2", "f1,f2"], ids=["write.csv", "write.table"])
def test_names_of_rows_as_r_writes_them_name_the_participants(header: str, tmp_path: Path) -> None:
    (tmp_path / "target.csv").write_text(f"{header}\nZoë,0.5,NA\np3,NA,1\n", encoding="utf-8")
    assert np.array_equal(read_target(tmp_path / "target.csv", DATA, 2), [[0.5, np.nan], [np.nan, np.nan], [np.nan, 1]], equal_nan=True)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("participant,f1,f2\n1,Zoë,1,\n2,José,1,\n", 1, "the first may count the rows, or the last be none(.|\n)*Give the first column a name"),
        ("participant,f1,f2\nZoë,Zoë,1,0\n", 2, "4 cells where the header has 3"),
        ("Pilot\nwho,f1,f2\nZoë,1,0\n", 2, "the header must name the columns participant, f1, f2; it reads who, f1, f2(.|\n)*Write a line"),
        (",f1,f2\n1,0.5,0\n2,0,1\n", 1, "it reads nothing above column 1, f1, f2"),
    ],
)
def test_what_may_be_meant_in_two_ways_is_refused_with_what_to_do(text: str, line: int, message: str, tmp_path: Path) -> None:
    (tmp_path / "target.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message) as refusal:
        read_target(tmp_path / "target.csv", DATA, 2)
    assert {fault.line for fault in refusal.value.faults} == {line}
    assert refusal.value.faults[0].file == str(tmp_path / "target.csv")


@pytest.mark.parametrize("list_", ["participant\nk01\n#k02\n", "participant,group\nk01,a\n#k02,b\n"])
def test_what_may_be_a_comment_is_no_participant(list_: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(list_)
    with pytest.raises(DataError, match="'#k02' may be a comment or an id") as refusal:
        read_invitees(tmp_path / "people.csv")
    assert refusal.value.faults[0].line == 3


@pytest.mark.parametrize("role", ["flags", "target", "statements", "wordings", "people"])
@pytest.mark.parametrize("device", ["/dev/zero", "pipe"])
def test_a_device_is_called_one_in_every_role(role: str, device: str, tmp_path: Path) -> None:
    """And not read for ever."""
    os.mkfifo(tmp_path / "pipe")
    path = Path(tmp_path / device)
    if role == "statements":
        (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
        (tmp_path / "statements.csv").symlink_to(path)
    readers: dict[str, Callable[[], object]] = {
        "flags": lambda: read_flags(path, DATA, ("f1",)),
        "target": lambda: read_target(path, DATA, 2),
        "statements": lambda: load(tmp_path),
        "wordings": lambda: read_wordings(path),
        "people": lambda: read_invitees(path),
    }
    with pytest.raises(DataError, match=r"this is not an ordinary file: it is a (device|pipe)"):
        readers[role]()


@pytest.mark.parametrize("role", ["flags", "target", "statements", "people", "sorts", "wordings", "pairs"])
@given(data=st.data())
@anyhow
def test_a_cell_too_many_is_a_fault_and_no_silence(tmp_path: Path, role: str, data: st.DataObject) -> None:
    """As a comma without quotes makes one; in a list of people with one column it makes an id that is none."""
    table = data.draw(ROLES[role]())
    at = data.draw(st.integers(1, len(table.cells) - 1))
    if len(table.cells[0]) == 1 or any("\n" in cell for row in table.cells for cell in row):
        return
    rows = [[*row, *(["left over"] if i == at else [])] for i, row in enumerate(table.cells)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join("\t".join(cell.replace('"', "'") for cell in row) for row in rows), encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        table.read(path)
    assert at + 1 in {fault.line for fault in refusal.value.faults}


def _reads_tables(path: Path) -> list[str]:
    """Names in a module that split text into rows of cells."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in ("reader", "DictReader", "Sniffer", "read_csv", "genfromtxt", "loadtxt"):
            found.append(node.attr)
        if isinstance(node, ast.ImportFrom) and node.module == "csv":
            found += [name.name for name in node.names if name.name in ("reader", "DictReader", "Sniffer")]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.casefold().startswith("sep="):
            found.append("a line that names the sign")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split":
            found += ["split" for sign in node.args if isinstance(sign, ast.Constant) and sign.value in (",", ";", "\t", "|")]
    return found


OPTIONS = (
    "qmethod/grid.py",
    "qmethod/formats/selection.py",
    "analysis/qmethod_analysis/commands/",
    "studies/qmethod_studies/foreign_xml.py",
    "webform/qmethod_webform/app.py",
    "webform/qmethod_webform/settings.py",
)
"""Where what a person types in one line, or an attribute of XML, is parted at commas."""
PARTS = ("qmethod/formats/records.py", "qmethod/formats/readers/deliberateq.py")
"""Where a whole sort is parted at its bars, and the lines of a program that knows of no quotes at its tabs."""
NODES = ("studies/qmethod_studies/model_faults.py", "analysis/qmethod_analysis/recipe/citations.py")
"""Parts a text of a study for the advice of a fault, and a citation in a sentence such as ``(s28: +4, -1)``."""


READ_BACK = ROOT / "analysis" / "qmethod_analysis" / "entry" / "people.py"
"""Reads what it wrote itself, and refuses every other byte."""


def test_one_module_reads_tables() -> None:
    """Another one would have a tolerance of its own."""
    others = {
        path.relative_to(ROOT).as_posix(): found
        for package in PACKAGES
        for path in package.rglob("*.py")
        if (found := _reads_tables(path)) and path not in (ROOT / "qmethod" / "formats" / "cells.py", READ_BACK)
    }
    assert {file: found for file, found in others.items() if set(found) != {"split"} or not file.startswith((*OPTIONS, *PARTS, *NODES))} == {}
    assert _reads_tables(ROOT / "qmethod" / "formats" / "cells.py") == ["reader"]


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\u2060", "\ufeff", "\u00a0"])
def test_an_id_with_a_sign_that_does_not_show_is_no_other_participant(sign: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(f"participant,group\nk01,a\nk02,b\nk01{sign},a\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"can hardly be told from|stands twice"):
        read_invitees(tmp_path / "people.csv")


@pytest.mark.parametrize("name", ["Total", "Summe", "Grand total", "Mittelwert", "Ø"])
def test_a_sum_below_a_list_of_people_is_no_participant(name: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(f"participant;n\nk01;1\nk02;1\n{name};2\n", encoding="utf-8")
    with pytest.raises(DataError, match="is a word for a sum or a mean") as refusal:
        read_invitees(tmp_path / "people.csv")
    assert refusal.value.faults[0].line == 4
