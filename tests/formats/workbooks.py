"""Studies as workbooks and archives, in each shape that programs for Q methodology write: everything a reader should find is known here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xlsxwriter
from hypothesis import strategies as st

from qmethod import Grid
from tests.strategies import forced_sorts

SCALE = tuple(range(-6, 14))
Cell = str | int | float | None
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Study:
    """`sorts` has shape (n_statements, n_sorts)."""

    grid: Grid
    sorts: np.ndarray
    participants: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def counts(self) -> list[int]:
        return [dict(zip(self.grid.values, self.grid.counts, strict=True)).get(value, 0) for value in SCALE]

    @property
    def rows(self) -> list[list[Cell]]:
        return [[name, *column] for name, column in zip(self.participants, self.sorts.T.tolist(), strict=True)]


@st.composite
def studies(draw: st.DrawFn) -> Study:
    grid, sorts = draw(forced_sorts(most_sorts=9))
    n, m = sorts.shape
    names = draw(st.sampled_from([tuple(f"US{j}" for j in range(1, m + 1)), tuple(f"Zoë {j}, mother" for j in range(1, m + 1))]))
    texts = draw(st.sampled_from([tuple(f"Card {i}, with a comma; and more." for i in range(n)), tuple(f"=Card {i}" for i in range(n))]))
    return Study(grid, sorts, names, texts)


def book(sheets: dict[str, Rows], hidden: Sequence[str] = ()) -> bytes:
    """A workbook; texts stay texts, whatever they begin with."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(i, j, cell)
            if name in hidden:
                sheet.hide()
            elif not any(other not in hidden for other in list(sheets)[: list(sheets).index(name)]):
                sheet.activate()
                sheet.set_first_sheet()
    return out.getvalue()


def piles(study: Study) -> list[list[Cell]]:
    """Rows of numbers of statements, each behind the value of its row: as many rows of a value as the grid has places for it."""
    rows: list[list[Cell]] = []
    for value in study.grid.values:
        columns = [np.flatnonzero(column == value) + 1 for column in study.sorts.T]
        rows += [[value, *(int(column[k]) if k < len(column) else None for column in columns)] for k in range(max(map(len, columns)))]
    return rows


def _statements(study: Study, header: str = "Statements") -> Rows:
    return [[header], *([text] for text in study.texts)]


def _version_2(study: Study, kind: int, sorts: Rows) -> dict[str, Rows]:
    return {
        "name": [["Project Name"], ["Example"]],
        "sorts": sorts,
        "pattern": [SCALE, study.counts],
        "statements": _statements(study),
        "version": [["version"], [2]],
        "type": [["type"], [kind]],
    }


def kade_1(study: Study) -> dict[str, Rows]:
    return _version_2(study, 1, [[None, *study.participants], *piles(study)])


def kade_2(study: Study) -> dict[str, Rows]:
    return _version_2(study, 2, study.rows)


def kade_1_old(study: Study) -> dict[str, Rows]:
    top: list[list[Cell]] = [["Excel Type 1"], ["Project Name", "Example"], [], [], ["Sort value", "Number of statements"]]
    pattern = [[value, count] for value, count in zip(SCALE, study.counts, strict=True)]
    return {"sorts": [*top, *pattern, [], [], [], [], ["Sort value", *study.participants], *piles(study)], "statements": _statements(study)}


def kade_2_old(study: Study) -> dict[str, Rows]:
    slots = study.grid.slots().astype(int).tolist()
    top: list[list[Cell]] = [["Project Name", "Example"], [], [], ["Sort Pattern", *slots], [], ["Participants", *range(1, len(slots) + 1)]]
    return {"sorts": [*top, *study.rows], "statements": _statements(study)}


def kade_results(study: Study) -> dict[str, Rows]:
    n = len(study.texts)
    return {
        "Project Overview": [["overview"], ["Project Name", "Example"], ["Number of sorts", len(study.participants)]],
        "Statements": [["statements"], ["Statement Number", "Statement"], *([i + 1, text] for i, text in enumerate(study.texts))],
        "Q sorts": [["sorts"], [], ["Participant", *range(1, n + 1)], *study.rows],
        "Correlations": [["correlations"], [None, *study.participants], *([name, *([100] * len(study.participants))] for name in study.participants)],
    }


def ken_q_results(study: Study) -> dict[str, Rows]:
    rows = {name.replace("Project Overview", "Analysis Overview").replace("Q sorts", "Q-sorts"): rows for name, rows in kade_results(study).items()}
    return {**rows, "Statements": _statements(study)}


def statements_down(study: Study) -> dict[str, Rows]:
    head = ["statement", "text", *study.participants]
    return {"Sheet1": [head, *([f"s{i + 1}", text, *row] for i, (text, row) in enumerate(zip(study.texts, study.sorts.tolist(), strict=True)))]}


def participants_down(study: Study) -> dict[str, Rows]:
    """As a form exports them: an address and a date beside the sorts, the cards on a sheet of their own."""
    head = ["participant", *(f"s{i + 1}" for i in range(len(study.texts)))]
    cards = [["id", "text"], *([f"s{i + 1}", text] for i, text in enumerate(study.texts))]
    about = [["What is here"], ["The answers of the people of Example, as exported."]]
    return {"About": about, "Answers": [head, *study.rows], "Cards": cards}


BOOKS = (kade_1, kade_2, kade_1_old, kade_2_old, kade_results, ken_q_results, statements_down, participants_down)
DECLARED = (kade_1, kade_2, kade_1_old, kade_2_old)
"""Shapes that hold the grid."""


def zipped(members: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def kade_zip(study: Study, between: str = ",", newline: str = "\n") -> dict[str, bytes | str]:
    rows = [[str(cell) for cell in row] for row in study.rows]
    return {
        "name.txt": "Example",
        "pattern.txt": ",".join(map(str, study.counts)),
        "statements.txt": newline.join(study.texts),
        "sorts.txt": newline.join(between.join([row[0].replace(between, ""), *row[1:]]) for row in rows),
    }
