"""One study in the shape of every program whose results are read: what the file holds is known here, and not taken from a reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.formats.decorated import ENCODINGS, NEWLINES, dressed
from tests.strategies import forced_sorts

PEOPLE = ("Ann", "Ben", "Zoë", "Dov", "Eve", "Fay", "José", "Hal", "Ivy", "Jo", "Kim", "Lou")


@dataclass(frozen=True)
class Study:
    """Sorts of shape (n_statements, n_sorts), NaN where a placement is missing, and what the people are called."""

    sorts: np.ndarray
    participants: tuple[str, ...]

    @property
    def shown(self) -> list[list[str]]:
        """The placements of each person, as text; empty where one is missing."""
        return [["" if np.isnan(value) else f"{value:g}" for value in sort] for sort in self.sorts.T.tolist()]

    def whole(self, plus: bool = False) -> list[str]:
        """Each sort in one text."""
        return ["|".join(f"+{cell}" if plus and cell and cell[0] != "-" else cell for cell in sort) for sort in self.shown]

    def numbered(self, stem: str, width: int = 1) -> tuple[str, ...]:
        """Ids of the statements."""
        return tuple(f"{stem}{i:0{width}d}" for i in range(1, len(self.sorts) + 1))


@dataclass(frozen=True)
class Shape:
    """How a program writes a study.

    `write` gives the bytes of a file, dressed as any program on the way may have left them; for a folder, of each file by name. `statements` are the
    ids a reader should find, `columns` how many the grid must have for the shape to be told; without `named` people have numbers only.
    """

    name: str
    form: str
    write: Callable[[st.DrawFn, Study], bytes | dict[str, bytes]]
    statements: Callable[[Study], tuple[str, ...]]
    missing: bool = True
    columns: int = 2
    named: bool = True

    def put(self, content: bytes | dict[str, bytes], folder: Path) -> Path:
        """Write the file or the folder."""
        if isinstance(content, bytes):
            (folder / "results.unknown").write_bytes(content)
            return folder / "results.unknown"
        there = folder / "boards"
        there.mkdir(exist_ok=True)
        for old in there.iterdir():
            old.unlink()
        for name, each in content.items():
            (there / f"{name}.csv").write_bytes(each)
        return there


@st.composite
def studies(draw: st.DrawFn, missing: bool = True) -> Study:
    """Forced sorts by people with names, among them some that ASCII does not hold; where asked, one placement may be missing."""
    _, sorts = draw(forced_sorts(most_sorts=9))
    values = sorts.astype(float)
    if missing and draw(st.booleans()):
        values[draw(st.integers(0, len(values) - 2)), draw(st.integers(0, values.shape[1] - 1))] = np.nan
    return Study(values, PEOPLE[: values.shape[1]])


def as_table(draw: st.DrawFn, rows: Sequence[Sequence[str]], signs: str = ",;\t\x1e") -> bytes:
    return draw(dressed(rows, signs)).content


def as_json(draw: st.DrawFn, value: Any) -> bytes:
    """The same value with any blanks, escapes, encoding and ends of lines, in an object or two more or not."""
    text = json.dumps(value, indent=draw(st.sampled_from([None, 0, 2, "\t"])), ensure_ascii=draw(st.booleans()))
    text = text.replace("\n", draw(st.sampled_from(NEWLINES))) + draw(st.sampled_from(["", "\n", "\r\n\r\n"]))
    return (draw(st.sampled_from(["", "", "\n", " "])) + text).encode(draw(st.sampled_from([*ENCODINGS, "utf-32"])))


def keyed(draw: st.DrawFn, records: Sequence[dict[str, Any]]) -> Any:
    """Records under a key each, in a list, or one level below."""
    under = {f"-Kx{i:02d}Ab": record for i, record in enumerate(records)}
    return draw(st.sampled_from([under, {"results": under}, list(records)]))


def bar(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["", "", "|"]))


def eq_record(study: Study, i: int, sort: str) -> dict[str, Any]:
    return {
        "projectName": "Pilot",
        "partId": study.participants[i],
        "randomId": f"x{i}",
        "urlUsercode": "no data",
        "dateTime": "2/1/2026 @ 10:00:00",
        "timeLanding": "00:00:04",
        "npos": 3,
        "posStateNums": "1,2,",
        "column4_0": "(s1): glad | not, sad",
        "sort": sort,
        "presortTrace": "1*p*2",
    }


def eq_json(draw: st.DrawFn, study: Study) -> bytes:
    plus = draw(st.booleans())
    return as_json(draw, keyed(draw, [eq_record(study, i, sort + bar(draw)) for i, sort in enumerate(study.whole(plus))]))


def eq_table(draw: st.DrawFn, study: Study) -> bytes:
    """With the placements in columns of their own beside the whole sort."""
    records = [eq_record(study, i, sort) for i, sort in enumerate(study.whole())]
    columns = [f"s{i}" for i in range(len(study.sorts))] if draw(st.booleans()) else []
    rows = [[*map(str, record.values()), *(cells if columns else [])] for record, cells in zip(records, study.shown, strict=True)]
    return as_table(draw, [[*records[0], *columns], *rows])


def eq_sheet(draw: st.DrawFn, study: Study) -> bytes:
    """A key and its value in each cell, as it goes through a sheet."""
    rows = [[f"{key}: {value}" for key, value in eq_record(study, i, sort).items()] for i, sort in enumerate(study.whole())]
    return as_table(draw, [[str(j) for j in range(1, len(rows[0]) + 1)], *rows])


def easy_record(study: Study, i: int, sort: str) -> dict[str, Any]:
    return {
        "dur0": 140,
        "dur1": 5,
        "datetime": "2026-01-02 10:47:15",
        "sort": sort,
        "name": "Pilot 1.0",
        "npos": 12,
        "nneu": 7,
        "nneg": 14,
        "userInputId": study.participants[i],
        "urlUserCode": "---",
        "accessCode": "---",
        "comment1": "(s1) card 3",
        "form4": "0|1|0",
    }


def easy_json(draw: st.DrawFn, study: Study) -> bytes:
    return as_json(draw, keyed(draw, [easy_record(study, i, sort + bar(draw)) for i, sort in enumerate(study.whole(draw(st.booleans())))]))


def easy_table(draw: st.DrawFn, study: Study) -> bytes:
    records = [easy_record(study, i, sort) for i, sort in enumerate(study.whole())]
    return as_table(draw, [list(records[0]), *([str(value) for value in record.values()] for record in records)])


def ken_q_json(draw: st.DrawFn, study: Study) -> bytes:
    records = [
        {"name": "Ken-Q Client", "participantName": name, "grayCardResults": "4|6", "smartphone": "yes", "sort": sort}
        for name, sort in zip(study.participants, study.whole(plus=True), strict=True)
    ]
    return as_json(draw, keyed(draw, records))


def htmlq_columns(draw: st.DrawFn, study: Study) -> bytes:
    header = ["sid", "uid", *study.numbered("s"), "npos", "comment3", "dur0", "datetime"]
    rows = [
        [f"000{i}", name, *cells, "3", "(s3) word", "10", "2026-01-02"]
        for i, (name, cells) in enumerate(zip(study.participants, study.shown, strict=True))
    ]
    return as_table(draw, [header, *rows], ",;\t")


def htmlq_whole(draw: st.DrawFn, study: Study) -> bytes:
    header = ["sid", "uid", "dur0", "datetime", "sort", "npos"]
    whole = zip(study.participants, study.whole(draw(st.booleans())), strict=True)
    return as_table(draw, [header, *([f"000{i}", name, "10", "2026-01-02", sort, "3"] for i, (name, sort) in enumerate(whole))])


def netlify_text(study: Study, i: int, sort: str) -> str:
    return " | ".join(f"{key}:| {value}" for key, value in eq_record(study, i, sort).items())


def netlify_table(draw: st.DrawFn, study: Study) -> bytes:
    rows = [["nobody@example.org", netlify_text(study, i, sort), "2026-01-02"] for i, sort in enumerate(study.whole())]
    return as_table(draw, [["email", "qSortData", "created_at"], *rows])


def netlify_json(draw: st.DrawFn, study: Study) -> bytes:
    texts = [netlify_text(study, i, sort) for i, sort in enumerate(study.whole())]
    return as_json(draw, [{"number": i, "data": {"qSortData": text}} if i % 2 else {"number": i, "qSortData": text} for i, text in enumerate(texts)])


def quince_cells(study: Study, i: int, sort: str) -> list[str]:
    told = ["(projectName): Pilot - 2026", f"(randomId): x{i}", f"(partId): {study.participants[i]}", "(urlUsercode): no usercode set"]
    said = ["(dateTime): 2026/11/23@4:04:12", "(desktop/mobile): desktop", "(numPos): 11", "(pos): 5,24,28,", f"sort: {sort}"]
    return [*told, *said, "presortTrace: 1*u*0|2*n*-2", "column4: (s16): glad | sort: 9|9", "", ""]


def quince_table(draw: st.DrawFn, study: Study) -> bytes:
    rows = [[str(i), *quince_cells(study, i, sort)] for i, sort in enumerate(study.whole())]
    return as_table(draw, [["id", *(f"r{j}" for j in range(1, len(rows[0])))], *rows], ",;\t|\x1e\x1f")


def quince_json(draw: st.DrawFn, study: Study) -> bytes:
    cells = [quince_cells(study, i, sort) for i, sort in enumerate(study.whole())]
    return as_json(draw, [{"id": i, **{f"r{j}": cell for j, cell in enumerate(each, start=1)}} for i, each in enumerate(cells)])


def quince_local(draw: st.DrawFn, study: Study) -> bytes:
    records = [
        {"projectName": "Pilot", "partId": name, "randomId": f"x{i}", "usercode": "no usercode set", "npos": 3, "sort": sort, "presortTrace": "1*u*0"}
        for i, (name, sort) in enumerate(zip(study.participants, study.whole(), strict=True))
    ]
    return as_json(draw, {f"abcdef{i:02d}": record for i, record in enumerate(records)})


def qualis_json(draw: st.DrawFn, study: Study) -> bytes:
    """A missing placement is null."""
    ids = study.numbered("S", 2)
    sorts = [[None if np.isnan(value) else int(value) for value in sort] for sort in study.sorts.T.tolist()]
    return as_json(draw, {name: dict(zip(ids, sort, strict=True)) for name, sort in zip(study.participants, sorts, strict=True)})


def as_lines(draw: st.DrawFn, lines: Sequence[Sequence[str]]) -> bytes:
    """Lines of cells with tabs between them, with tabs behind them, among blank lines and comments."""
    text, behind, newline = "", draw(st.integers(0, 3)), draw(st.sampled_from(NEWLINES))
    for line in lines:
        text += "\t".join(line) + "\t" * behind + newline
        text += draw(st.sampled_from(["", "", "", newline, "\t" * behind + newline]))
    return text.encode(draw(st.sampled_from(ENCODINGS)))


def deliberateq_new(draw: st.DrawFn, study: Study) -> bytes:
    n, ranks = len(study.sorts), draw(st.sampled_from([[], ["1", "2"]]))
    people = [[name, "Type - Lay"] for name in study.participants]
    sorts = [[name, "Pre", *cells, *ranks] for name, cells in zip(study.participants, study.shown, strict=True)]
    head = [
        ["#" * 30],
        ["# All columns are delimited with a tab"],
        [":Title", "Pilot"],
        [":Participants", str(len(people))],
        [":Variables", "1"],
        ["#Id", "Type"],
    ]
    counts = [[":Q Statements", str(n)], [":P Statements", str(len(ranks))], ["#Id", "Stage", *study.numbered("Q")]]
    wordings = [[":Statements"], *([str(i), f"Card {i}, as it was."] for i in range(1, n + 1))]
    return as_lines(draw, [*head, *people, *counts, *sorts, *(wordings if draw(st.booleans()) else [])])


def deliberateq_old(draw: st.DrawFn, study: Study) -> bytes:
    header = ["Stage", "Participant No", "Participant Type", *study.numbered("QF")]
    sorts = [["Questionnaire", name, "Participant", *cells] for name, cells in zip(study.participants, study.shown, strict=True)]
    wordings = [["#Statements"], *([str(i), f"Card {i}."] for i in range(1, len(study.sorts) + 1))]
    return as_lines(draw, [["#Title Pilot"], ["#Data"], header, *sorts, *wordings])


def boards(draw: st.DrawFn, study: Study) -> dict[str, bytes]:
    """A file for each person; the values of the columns above or below the cards."""
    ids, up, above = study.numbered("c", 2), draw(st.booleans()), draw(st.booleans())
    low, high = int(np.nanmin(study.sorts)), int(np.nanmax(study.sorts))
    values = [str(value) for value in range(low, high + 1)]
    files = {}
    for name, sort in zip(study.participants, study.sorts.T, strict=True):
        piles = [[ids[i] for i in np.flatnonzero(sort == value)] for value in range(low, high + 1)]
        height = max(map(len, piles))
        columns = [
            [*[draw(st.sampled_from(["", "NA"]))] * (height - len(pile)), *pile] if up else [*pile, *[""] * (height - len(pile))] for pile in piles
        ]
        rows = [list(row) for row in zip(*columns, strict=True)]
        files[name] = as_table(draw, [values, *rows] if above else [*rows, values], ",;\t")
    return files


def piles(draw: st.DrawFn, study: Study) -> bytes:
    """A row for each place, a column for each person, or turned."""
    places = np.sort(study.sorts[:, 0])
    numbers = np.argsort(study.sorts, axis=0, kind="stable") + 1
    rows = [["value", *study.participants], *([f"{place:g}", *map(str, row)] for place, row in zip(places, numbers.tolist(), strict=True))]
    if draw(st.booleans()):
        rows = [rows[0], *reversed(rows[1:])]
    return as_table(draw, rows if draw(st.booleans()) else [list(row) for row in zip(*rows, strict=True)], ",;\t")


def fixed(draw: st.DrawFn, lines: Sequence[str], top: int) -> bytes:
    """Lines of fixed columns with blanks behind them, among blank lines but for those at the top, which are told by where they stand."""
    newline = draw(st.sampled_from(NEWLINES))
    text = "".join(
        line + " " * draw(st.sampled_from([0, 0, 3])) + newline * (1 if i < top else draw(st.sampled_from([1, 1, 2]))) for i, line in enumerate(lines)
    )
    return (text + draw(st.sampled_from(["", "\x1a", newline]))).encode(draw(st.sampled_from(ENCODINGS)))


def pqmethod(draw: st.DrawFn, study: Study) -> bytes:
    n, m = study.sorts.shape
    low, high = int(study.sorts.min()), int(study.sorts.max())
    counts = [int((study.sorts[:, 0] == value).sum()) for value in range(low, high + 1)]
    lines = [f"  0{m:3d}{n:3d} Pilot", f"{low:3d}{high:3d}  0" + "".join(f"{count:3d}" for count in counts) + "  0"]
    lines += [f"{name:<10}" + "".join(f"{int(cell):2d}" for cell in sort) for name, sort in zip(study.participants, study.shown, strict=True)]
    return fixed(draw, lines, 2)


def qualis_dat(draw: st.DrawFn, study: Study) -> bytes:
    n, m = study.sorts.shape
    width = draw(st.sampled_from([2, 3]))
    lines = [f"{'Zoë':<8}{m:3d}{n:3d}"]
    lines += [f"{j:>8}" + "".join(f"{int(cell):{width}d}" for cell in sort) for j, sort in enumerate(study.shown, start=1)]
    return fixed(draw, lines, 1)


def own_json(draw: st.DrawFn, study: Study) -> bytes:
    """A missing placement is null."""
    ids = study.numbered("s")
    sorts = [
        {"participant": name, "placements": [None if np.isnan(value) else int(value) for value in sort]}
        for name, sort in zip(study.participants, study.sorts.T.tolist(), strict=True)
    ]
    statements = [{"id": name, "text": f"Card {name}, é"} for name in ids]
    return as_json(draw, {"format": "qmethod sorts", "version": 1, "grid": None, "statements": statements, "sorts": sorts})


SHAPES = (
    Shape("HtmlQ, FlashQ", "columns", htmlq_columns, lambda study: study.numbered("s")),
    Shape("HtmlQ, FlashQ", "whole sorts", htmlq_whole, lambda study: study.numbered("s")),
    Shape("EQ Web Sort", "JSON", eq_json, lambda study: study.numbered("s")),
    Shape("EQ Web Sort", "table", eq_table, lambda study: study.numbered("s")),
    Shape("EQ Web Sort", "sheet", eq_sheet, lambda study: study.numbered("s")),
    Shape("easy-htmlq", "JSON", easy_json, lambda study: study.numbered("s")),
    Shape("easy-htmlq", "table", easy_table, lambda study: study.numbered("s")),
    Shape("Ken-Q JSON", "JSON", ken_q_json, lambda study: study.numbered("s")),
    Shape("Netlify", "table", netlify_table, lambda study: study.numbered("s")),
    Shape("Netlify", "JSON", netlify_json, lambda study: study.numbered("s")),
    Shape("Quince", "Baserow table", quince_table, lambda study: study.numbered("s")),
    Shape("Quince", "Baserow JSON", quince_json, lambda study: study.numbered("s")),
    Shape("Quince", "local JSON", quince_local, lambda study: study.numbered("s")),
    Shape("Qualis JSON", "JSON", qualis_json, lambda study: study.numbered("S", 2)),
    Shape("DeliberateQ", "new", deliberateq_new, lambda study: study.numbered("s")),
    Shape("DeliberateQ", "old", deliberateq_old, lambda study: study.numbered("s")),
    Shape("boards", "folder", boards, lambda study: study.numbered("c", 2), columns=3),
    Shape("piles", "table", piles, lambda study: study.numbered("s"), missing=False),
    Shape("PQMethod .DAT", "fixed columns", pqmethod, lambda study: study.numbered("s"), missing=False),
    Shape("Qualis .dat", "fixed columns", qualis_dat, lambda study: study.numbered("s"), missing=False, named=False),
    Shape("JSON of qmethod", "JSON", own_json, lambda study: study.numbered("s")),
)
