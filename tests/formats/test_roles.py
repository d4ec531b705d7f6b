"""A table is read alike whatever it is for: what a spreadsheet puts around its cells changes nothing, in any role that a file can have."""

from __future__ import annotations

import ast
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
from qmethod_analysis.interpretation.background import names_in_sorts
from qmethod_analysis.recipe.inputs import read_flags, read_target
from qmethod_analysis.recipe.sources import laid_by_program
from qmethod_studies.invitees import read_invitees
from qmethod_studies.loading import guessed, load
from tests.formats.decorated import LONG, PARTICIPANTS_DOWN, STATEMENTS_DOWN, dressed, studies

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
        assert {notice.code for notice in found.notices} <= {"guessed-encoding", "statements-unsure"}
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
        assert guessed(path.parent) == guesses(path.with_name("statements.csv"))
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
        said = laid_by_program(path.parent, DATA)
        return sorted(re.findall(r"(\w+) (\d+) of 4", said[0].message)) if said else []

    return Role([header, *rows], read, sorted((name, str(n)) for name, n in zip(DATA.participants, counts, strict=True) if n))


@st.composite
def names(draw: st.DrawFn) -> Role:
    rows = [[f"{name}, the {draw(st.sampled_from(['mayor', 'baker']))}", f"p00{i}", f"p{i}"] for i, name in enumerate(DATA.participants)]
    return Role([["participant", "sorts_csv", "sorts_dat"], *rows], names_in_sorts, {row[0]: row[1] for row in rows})


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


OPTIONS = ("qmethod/data.py", "analysis/qmethod_analysis/commands/", "studies/qmethod_studies/foreign_xml.py", "webform/qmethod_webform/app.py")
"""Where what a person types in one line, or an attribute of XML, is parted at commas."""
NODES = "studies/qmethod_studies/model_faults.py"
"""Parts a text of a study for the advice of a fault."""


def test_one_module_reads_tables() -> None:
    """Another one would have a tolerance of its own."""
    others = {
        path.relative_to(ROOT).as_posix(): found
        for package in PACKAGES
        for path in package.rglob("*.py")
        if (found := _reads_tables(path)) and path != ROOT / "qmethod" / "formats" / "cells.py"
    }
    assert {file: found for file, found in others.items() if set(found) != {"split"} or not file.startswith((*OPTIONS, NODES))} == {}
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
