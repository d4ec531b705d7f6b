"""How long it takes to read 1,000 sorts of 40 statements in the shape of each program: `python -m benchmarks.reading`."""

from __future__ import annotations

import gzip
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import qmethod
from qmethod import Grid, QData
from qmethod.formats import writers
from qmethod.formats.writer import SortsWriter
from tests.formats.datasets import r_saved
from tests.formats.workbooks import Study, book, kade_1, kade_results, participants_down, statements_down

N_SORTS, N_STATEMENTS, TIMES = 1000, 40, 3
SLOTS = np.repeat(np.arange(-4, 5), [2, 4, 5, 6, 6, 6, 5, 4, 2])
DRAW = np.random.default_rng(1)
SORTS = [DRAW.permutation(SLOTS).tolist() for _ in range(N_SORTS)]
NAMES = [f"p{j:04d}" for j in range(N_SORTS)]
WHOLE = ["|".join(map(str, sort)) for sort in SORTS]


def _table(rows: list[list[object]], sign: str) -> str:
    return "\n".join(sign.join(map(str, row)) for row in rows)


def _records(*more: tuple[str, object]) -> str:
    return json.dumps(
        {f"-K{j:07d}": {"partId": name, **dict(more), "sort": sort} for j, (name, sort) in enumerate(zip(NAMES, WHOLE, strict=True))}, indent=1
    )


def htmlq() -> str:
    """A column for each statement, semicolons at the ends of lines."""
    header = ["sid", "uid", *(f"s{i}" for i in range(1, N_STATEMENTS + 1)), "npos", ""]
    return _table([header, *([j, name, *sort, 3, ""] for j, (name, sort) in enumerate(zip(NAMES, SORTS, strict=True)))], ";")


def eq_web_sort() -> str:
    """Firebase's JSON, with comments."""
    return _records(("timeSort", "00:01:02"), *((f"column4_{i}", "(s16): " + "a remark of some length " * 5) for i in range(4)))


def easy_htmlq() -> str:
    """Firebase's JSON."""
    return _records(*((f"dur{i}", 100) for i in range(5)))


def ken_q() -> str:
    """Records in JSON."""
    return _records()


def netlify() -> str:
    """A text of keys and values in one column."""
    return _table(
        [["qSortData"], *([f"partId:| {name} | sort:| {sort} | presortTrace:| {'1*u*0|' * 40}"] for name, sort in zip(NAMES, WHOLE, strict=True))],
        ",",
    )


def quince() -> str:
    """Baserow's table of 300 columns, most of them empty."""
    rows = [[f"(randomId): {j}", f"(partId): {name}", f"sort: {sort}"] for j, (name, sort) in enumerate(zip(NAMES, WHOLE, strict=True))]
    return _table([[f"r{i}" for i in range(1, 301)], *([*row, *[""] * 297] for row in rows)], "\x1e")


def qualis_json() -> str:
    """An object for each person."""
    return json.dumps({name: {f"S{i:02d}": value for i, value in enumerate(sort)} for name, sort in zip(NAMES, SORTS, strict=True)})


def deliberateq() -> str:
    """Sections."""
    head = [
        [":Title", "X"],
        [":Participants", N_SORTS],
        [":Variables", 0],
        *([name] for name in NAMES),
        [":Q Statements", N_STATEMENTS],
        [":P Statements", 0],
    ]
    return _table([*head, *([name, "Pre", *sort] for name, sort in zip(NAMES, SORTS, strict=True))], "\t")


def piles() -> str:
    """Statement numbers by place."""
    numbers = np.argsort(np.array(SORTS).T, axis=0, kind="stable") + 1
    return _table([["value", *NAMES], *([value, *row] for value, row in zip(SLOTS.tolist(), numbers.tolist(), strict=True))], ",")


def workbooks(folder: Path) -> list[Path]:
    """Plain Excel, and KADE's workbooks of type 1 and with results."""
    grid = Grid.of(SLOTS)
    texts = tuple(f"Statement {i} is a sentence of some words." for i in range(N_STATEMENTS))
    study = Study(grid, np.array(SORTS).T, tuple(NAMES), texts)
    made = []
    for shape in (statements_down, participants_down, kade_1, kade_results):
        made.append(folder / f"{shape.__name__}.xlsx")
        made[-1].write_bytes(book(shape(study)))
    return made


def r_data(folder: Path) -> Path:
    """A data frame with statements in rows."""
    frame = pd.DataFrame({"statement": [f"s{i + 1}" for i in range(N_STATEMENTS)], **dict(zip(NAMES, map(np.array, SORTS), strict=True))})
    path = folder / "r_data.rda"
    path.write_bytes(gzip.compress(r_saved({"sorts": frame})))
    return path


def boards(folder: Path) -> Path:
    """A file for each person."""
    (folder / "boards").mkdir()
    for name, sort in zip(NAMES, SORTS, strict=True):
        columns = [[f"c{i + 1:02d}" for i in np.flatnonzero(np.array(sort) == value)] for value in range(-4, 5)]
        height = max(map(len, columns))
        rows = [[column[k - height + len(column)] if k >= height - len(column) else "" for column in columns] for k in range(height)]
        (folder / "boards" / f"{name}.csv").write_text(_table([*rows, list(range(-4, 5))], ","))
    return folder / "boards"


def qualis() -> str:
    """Lines of fixed columns; line 1 has three of them for the number of sorts."""
    lines = [f"{j:>7} " + "".join(f"{value:>2}" for value in sort) for j, sort in enumerate(SORTS[:999], start=1)]
    return "\n".join([f"{'mystudy':<8}{len(lines):>3}{N_STATEMENTS:>3}", *lines]) + "\n"


def written(folder: Path) -> list[Path]:
    """Files of the formats that are written too, with wordings."""
    data = QData(np.array(SORTS).T, participants=NAMES, texts=[f"Statement {i} is a sentence of some words." for i in range(N_STATEMENTS)])
    made = []
    for writer in writers():
        if isinstance(writer, SortsWriter) and writer.key not in ("r", "spss-syntax"):
            (folder / writer.key).mkdir()
            most = data.keep(range(999)) if writer.key == "pqmethod" else data  # line 1 of a .DAT has three columns for their number
            made.append(qmethod.write(most, folder / writer.key / f"{writer.key}{writer.endings[0]}", to=writer.key).files[0])
    return made


SHAPES: tuple[Callable[[], str], ...] = (htmlq, eq_web_sort, easy_htmlq, ken_q, netlify, quince, qualis, qualis_json, deliberateq, piles)


def main() -> None:
    """Read each a few times, and print the shortest time; that of the processor, so that other work on the machine does not count."""
    print(f"{N_SORTS:,} sorts of {N_STATEMENTS} statements, seconds of processor, the shortest of {TIMES} times")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = []
        for shape in SHAPES:
            texts.append(folder / f"{shape.__name__}.txt")
            texts[-1].write_text(shape())
        for path in (*texts, boards(folder), r_data(folder), *workbooks(folder), *written(folder)):
            seconds = []
            for _ in range(TIMES):
                start = time.process_time()
                data = qmethod.read(path)
                seconds.append(time.process_time() - start)
            if data.sorts.T.tolist() != SORTS[: data.n_sorts] or data.n_sorts < N_SORTS - 1:
                raise SystemExit(f"{path.name} was not read as it was written")
            print(f"{path.stem:<18}{min(seconds):6.2f} s")


if __name__ == "__main__":
    main()
