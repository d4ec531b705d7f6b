"""Look-alikes of the files of public studies, as they lie in repositories: their shape, and nothing of what they hold.

Names, words and figures in them are made up here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from qmethod import Grid
from tests.formats import workbooks as made
from tests.formats.datasets import r_saved, stata
from tests.formats.decorated import as_text
from tests.formats.workbooks import Study, book

Content = bytes | dict[str, bytes]


@dataclass(frozen=True)
class Public:
    """A shape, how many public files have it, and how a file of it is written from sorts of shape (n_statements, n_sorts).

    `free` says whether it tells its sorts also where they share no distribution.
    """

    name: str
    files: int
    write: Callable[[np.ndarray], Content]
    statements: int = 30
    sorts: int = 12
    free: bool = True

    def put(self, folder: Path, values: np.ndarray) -> Path:
        """Write the file, or the folder of files."""
        content = self.write(values)
        if isinstance(content, bytes):
            path = folder / self.name
            path.write_bytes(content)
            return path
        path = folder / "sorts"
        path.mkdir()
        for name, each in content.items():
            (path / name).write_bytes(each)
        return path


def forced(n: int, m: int, seed: int = 1) -> np.ndarray:
    """Forced sorts that lean to both sides of a grid as wide as n allows."""
    rng, high = np.random.default_rng(seed), 4 if n >= 20 else 2
    counts = np.array([high + 1 - abs(value) for value in range(-high, high + 1)])
    slots = np.repeat(np.arange(-high, high + 1), counts)
    while len(slots) < n:
        slots = np.append(slots, (len(slots) * 7) % (2 * high + 1) - high)
    slots = np.sort(slots[:n])
    return np.array([rng.permutation(slots) for _ in range(m)]).T


def study_of(values: np.ndarray) -> Study:
    kinds, counts = np.unique(values[:, 0], return_counts=True)
    names, texts = tuple(f"US{j + 1}" for j in range(values.shape[1])), tuple(f"Card {i + 1}, in words" for i in range(len(values)))
    return Study(Grid(tuple(map(float, kinds)), tuple(map(int, counts))), values, names, texts)


def survey(values: np.ndarray) -> Content:
    """A survey of hundreds of columns, the sort among them as codes of the columns of the grid, and scales numbered alike beside it."""
    n, m = values.shape
    header = ["StartDate", "Status", "Progress", *(f"sort_sta_{i + 1}" for i in range(n)), "age", "Gender"]
    header += [f"scale{k}_{i}" for k in range(1, 24) for i in range(1, 11)]
    rows = []
    for j in range(m):
        scales = [str((i * 7 + j * 3 + k) % 7 + 1) for k in range(1, 24) for i in range(1, 11)]
        rows.append(
            ["2026-01-02 10:00", "IP Address", "100", *(f"C{value + 5}" for value in values[:, j]), str(20 + j), ["Female", "Male"][j % 2], *scales]
        )
    return as_text([header, *rows]).encode()


def headless(values: np.ndarray) -> Content:
    """Codes without a line that names anything, a name in front."""
    return as_text([[f"r{j:04d}", *(f"C{value + 5}" for value in sort)] for j, sort in enumerate(values.T.tolist())]).encode()


def htmlq(values: np.ndarray) -> Content:
    n = len(values)
    header = ["sid", "uid", *(f"s{i + 1}" for i in range(n)), "npos", "nneu", "nneg", "comment3", "dur0", "datetime", ""]
    rows = [[f"{j:04d}", "", *map(str, sort), "12", "7", "11", "(s3) word", "10", "2026-01-02", ""] for j, sort in enumerate(values.T.tolist())]
    return as_text([header, *rows], ";").encode()


def several_sheets(values: np.ndarray) -> Content:
    study = study_of(values)
    people = [["participant", "age", "region"], *([name, 30 + j, "north"] for j, name in enumerate(study.participants))]
    sorts = [["sta_id", *study.participants], *([f"sta_{i + 1}", *row] for i, row in enumerate(values.tolist()))]
    cards = [["sta_id", "Declaracion", "Resumen"], *([f"sta_{i + 1}", text * 3, text] for i, text in enumerate(study.texts))]
    grid = [["value", "count"], *([value, count] for value, count in zip(study.grid.values, study.grid.counts, strict=True))]
    return book({"people": people, "qsorts": sorts, "statements": cards, "distribution": grid})


def r_array(values: np.ndarray) -> Content:
    """Sorts before and after, people in the second dimension, inside a list."""
    both = np.stack([values[:, ::-1], values], axis=2).astype(float)
    return r_saved({"civicon": {"items": ["one", "two"], "sorts": both}})


def r_frames(values: np.ndarray) -> Content:
    """Three studies in one file, the largest last."""
    whole = pd.DataFrame(values, index=[f"item{i}" for i in range(len(values))], columns=[f"P{j}" for j in range(values.shape[1])])
    return r_saved({"first": whole[["P0", "P1", "P2", "P3"]], "second": whole[["P4", "P5", "P6", "P7"]], "third": whole})


def qfactor(values: np.ndarray) -> Content:
    frame = pd.DataFrame(values, columns=[f"qsort{j + 1}" for j in range(values.shape[1])])
    frame = frame.assign(StatNo=np.arange(1, len(values) + 1), statement=[f"Card {i}, in words" for i in range(len(values))])
    return stata(frame, {}, 114)


def qfactor_plain(values: np.ndarray) -> Content:
    return stata(pd.DataFrame(values, columns=[f"qsort{j + 1}" for j in range(values.shape[1])]), {}, 118)


def from_r(values: np.ndarray) -> Content:
    header = ["", *(f"farmer{j}" for j in range(values.shape[1]))]
    return as_text([header, *([f"sta_{i + 1:02d}", *map(str, row)] for i, row in enumerate(values.tolist()))], quote=True).encode("utf-8-sig")


def long(values: np.ndarray) -> Content:
    rows = [[f"P{j:02d}", f"S{i + 1:02d}", str(value)] for j, sort in enumerate(values.T.tolist()) for i, value in enumerate(sort)]
    return as_text([["participant_id", "statement_id", "score"], *rows]).encode()


def wide(values: np.ndarray) -> Content:
    header = ["ID", *(f"Q{i + 1}" for i in range(len(values)))]
    return as_text([header, *([f"{1000 + j}", *map(str, sort)] for j, sort in enumerate(values.T.tolist()))]).encode()


def no_ids(values: np.ndarray) -> Content:
    """Q01, Q02, ... and columns about people behind them, none of which names them."""
    header = [*(f"Q{i + 1:02d}" for i in range(len(values))), "Email Address", "work", "years"]
    rows = [[*map(str, sort), f"a{j % 5}@example.org", "school", str(j % 4)] for j, sort in enumerate(values.T.tolist())]
    return as_text([header, *rows]).encode()


def gaps(values: np.ndarray) -> Content:
    """Numbers of statements with gaps, a time in front and free words behind."""
    header = ["Timestamp", *(f"Q{i * 2 + 3:02d}" for i in range(len(values))), "E-mail", "What else?"]
    rows = [[f"1/{j + 1}/2026 10:00", *map(str, sort), f"a{j}@example.org", "nothing" if j % 2 else ""] for j, sort in enumerate(values.T.tolist())]
    return as_text([header, *rows]).encode()


def ranks_too(values: np.ndarray) -> Content:
    """The placements, and beside them the ranks that they were made of."""
    n = len(values)
    header = [*(f"Q{i + 1:02d}" for i in range(n)), *(f"Rank{i + 1:02d}" for i in range(n)), "mail"]
    rows = [[*map(str, sort), *map(str, (np.argsort(np.argsort(sort, kind="stable")) + 1).tolist()), "x@example.org"] for sort in values.T.tolist()]
    return as_text([header, *rows]).encode()


def record(values: np.ndarray, j: int) -> dict[str, object]:
    sort = "|".join(map(str, values[:, j].tolist()))
    about = {"projectName": "Pilot", "partId": f"u{j}", "randomId": f"x{j}", "urlUsercode": "no data", "dateTime": "2/1/2026 @ 10:00:00"}
    return {**about, "npos": 12, "posStateNums": "1,2,", "sort": sort, "presortTrace": "1*p*2"}


def eq_csv(values: np.ndarray) -> Content:
    rows = [record(values, j) for j in range(values.shape[1])]
    return as_text([list(rows[0]), *([str(cell) for cell in row.values()] for row in rows)]).encode()


def eq_json(values: np.ndarray) -> Content:
    return json.dumps({f"-Kx{j:02d}": record(values, j) for j in range(values.shape[1])}).encode()


def qualis(values: np.ndarray) -> Content:
    ids = [f"S{i + 1:02d}" for i in range(len(values))]
    return json.dumps({f"US{j + 1}": dict(zip(ids, sort, strict=True)) for j, sort in enumerate(values.T.tolist())}).encode()


def deliberateq(values: np.ndarray) -> Content:
    n, m = values.shape
    head = ["#" * 30, "# All columns are delimited with a tab", ":Title\tPilot", f":Participants\t{m}", ":Variables\t1", "#Id\tType"]
    people = [f"u{j}\tLay" for j in range(m)]
    counts = [f":Q Statements\t{n}", ":P Statements\t0", "\t".join(["#Id", "Stage", *(f"Q{i + 1}" for i in range(n))])]
    return "\r".join([*head, *people, *counts, *("\t".join([f"u{j}", "Pre", *map(str, sort)]) for j, sort in enumerate(values.T.tolist()))]).encode()


def deliberateq_old(values: np.ndarray) -> Content:
    header = ["Stage", "Participant No", "Participant Type", *(f"QF{i + 1}" for i in range(len(values)))]
    rows = [["Questionnaire", f"u{j}", "Participant", *map(str, sort)] for j, sort in enumerate(values.T.tolist())]
    return "\r\n".join("\t".join(row) for row in [["#Title Pilot"], ["#Data"], header, *rows]).encode()


def google(values: np.ndarray) -> Content:
    """A form: each statement is a header, with a time before them and questions in words behind."""
    n = len(values)
    header = [
        "Timestamp",
        *(f"Please say how far you agree, from -2 to 2: [{i + 1}. Card, in words]" for i in range(n)),
        "Your programme",
        "Year of study",
        "Other?",
    ]
    rows = [[f"2026/01/{j + 1:02d} 10:00:00 AM", *map(str, sort), "Law", "2nd", ""] for j, sort in enumerate(values.T.tolist())]
    rows[0][-1] = "none"
    return as_text([header, *rows], quote=True).encode()


def boards(values: np.ndarray, *, above: bool) -> dict[str, bytes]:
    """A file for each person, ids of statements where their cards lay, with and without the values above them."""
    files, kinds = {}, np.unique(values)
    for j, sort in enumerate(values.T):
        piles = [[f"c{i + 1:02d}" for i in np.flatnonzero(sort == value)] for value in kinds]
        height = max(map(len, piles))
        rows = [[pile[k - height + len(pile)] if k >= height - len(pile) else "" for pile in piles] for k in range(height)]
        files[f"Person{j + 1}.csv"] = as_text([[str(value) for value in kinds], *rows] if above else rows).encode()
    return files


def pqmethod(values: np.ndarray) -> Content:
    n, m = values.shape
    kinds, counts = np.unique(values[:, 0], return_counts=True)
    top = f"{0:3d}{m:3d}{n:3d} Pilot\n{kinds[0]:3d}{kinds[-1]:3d}{0:3d}" + "".join(f"{count:3d}" for count in counts) + f"{0:3d}\n"
    return (
        top + "".join(f"{f'US{j + 1}':<10}" + "".join(f"{value:2d}" for value in sort) + "\n" for j, sort in enumerate(values.T.tolist()))
    ).encode()


PUBLIC = (
    Public("study-clean.csv", 3, survey),
    Public("study-qsort.csv", 3, headless),
    Public("data_for_KADE.xlsx", 1, lambda values: book(made.kade_2(study_of(values)))),
    Public("KADE_results.xlsx", 4, lambda values: book(made.kade_results(study_of(values)))),
    Public("htmlq.csv", 1, htmlq),
    Public("four-sheets.xlsx", 1, several_sheets),
    Public("array.rda", 1, r_array, free=False),
    Public("frames.rda", 1, r_frames),
    Public("qfactor.dta", 1, qfactor),
    Public("qfactor-plain.dta", 1, qfactor_plain),
    Public("check.csv", 4, from_r, 25, 10),
    Public("long.csv", 1, long),
    Public("wide.csv", 1, wide),
    Public("no-ids.csv", 3, no_ids, 24),
    Public("gaps.csv", 1, gaps, 24),
    Public("ranks-too.csv", 1, ranks_too, 24),
    Public("eq.csv", 1, eq_csv),
    Public("eq.json", 4, eq_json),
    Public("qualis.json", 2, qualis),
    Public("deliberateq.txt", 6, deliberateq),
    Public("deliberateq-old.txt", 3, deliberateq_old),
    Public("google.csv", 1, google, 20),
    Public("htmlq-one.csv", 1, lambda values: htmlq(values[:, :1]), 26, 1),
    Public("boards", 2, lambda values: boards(values, above=False), free=False),
    Public("boards-with-values", 1, lambda values: boards(values, above=True)),
    Public("koc.dat", 1, pqmethod),
)
