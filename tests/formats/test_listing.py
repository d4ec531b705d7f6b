"""The figures of a listing come back as a program printed them, in pages and between other sections."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qmethod import DataError, QData, analyse
from qmethod.formats import read_listing
from tests import references

HEAD = "PQMethod2.35                 A study of everything            PAGE {page:>2}\nPath and Project Name: C:\\PQ\\study     Jan 26\n\n"
TEXTS = tuple(f"{i} of 33: statement number {i}, cut here as it is lo"[:48] for i in range(1, 34))


def printed(solution: object, data: QData, per_page: int = 20) -> str:
    """A listing as PQMethod prints it: pages of so many rows, each with its head and the heading of the section again."""
    loadings, flags = solution.loadings, solution.flags  # type: ignore[attr-defined]
    z, arrays = solution.scores.z_scores, solution.scores.arrays  # type: ignore[attr-defined]
    ranks = (-z).argsort(axis=0).argsort(axis=0) + 1
    head = "".join(f"{f + 1:>12}" for f in range(loadings.shape[1]))
    sections = [
        ("Correlation Matrix Between Sorts", [f"{i + 1:>3} {name:<8} 100  12 -33" for i, name in enumerate(data.participants)]),
        (
            "Factor Matrix with an X Indicating a Defining Sort",
            [
                f"{i + 1:>3} {name:<12}" + "".join(f"{value:>11.4f}{' X'[int(flag)]}" for value, flag in zip(*pair, strict=True))
                for i, (name, *pair) in enumerate(zip(data.participants, loadings, flags, strict=True))
            ],
        ),
        ("Free Distribution Data Results", [f"{i + 1:>3} {name:<8} 0.000 3.321" for i, name in enumerate(data.participants)]),
        (
            "Factor Scores with Corresponding Ranks",
            [
                f"{i + 1:>3}  {text:<50}{i + 1:>6}" + "".join(f"{score:>8.2f}{rank:>4}" for score, rank in zip(*pair, strict=True))
                for i, (text, *pair) in enumerate(zip(TEXTS, z, ranks, strict=True))
            ],
        ),
        (
            "Factor Q-Sort Values for Each Statement",
            [f"{i + 1:>3}  {text:<50}{i + 1:>6}" + "".join(f"{int(value):>7}" for value in arrays[i]) for i, text in enumerate(TEXTS)],
        ),
        ("Distinguishing Statements for Factor  1", ["  3  Not one of these               3     4  1.50*    0 -0.12"]),
    ]
    out, page = [], 0
    for heading, rows in sections:
        for start in range(0, len(rows), per_page):
            page += 1
            out += [
                HEAD.format(page=page),
                f"{heading}\n\n",
                f" QSORT      {head}\n\n",
                *(f"{row}\n" for row in rows[start : start + per_page]),
                "\f",
            ]
        out.append("\n % expl.Var.         30          20\n\n")
    return "".join(out)


@pytest.mark.parametrize("per_page", [7, 20, 100])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_figures_come_back(per_page: int, newline: str, tmp_path: Path) -> None:
    data = references.sorts("lipset")
    solution = analyse(data, 3)
    path = tmp_path / "study.lis"
    path.write_bytes(printed(solution, data, per_page).replace("\n", newline).encode())
    found = read_listing(path)
    assert found.participants == data.participants
    assert np.array_equal(found.loadings, np.round(solution.loadings, 4))
    assert np.array_equal(found.defining, solution.flags)
    assert found.statements == tuple(text.rstrip() for text in TEXTS)
    assert np.allclose(found.z_scores, solution.scores.z_scores, atol=0.0051)
    assert np.array_equal(found.arrays, solution.scores.arrays)


def test_what_is_no_listing_or_cut_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.lis"
    path.write_text("statement,ann\ns1,1\n")
    with pytest.raises(DataError, match="has no factor matrix with defining sorts"):
        read_listing(path)
    data = references.sorts("lipset")
    text = printed(analyse(data, 3), data)
    rows = text.splitlines(keepends=True)
    at = next(i for i, row in enumerate(rows) if "statement number 5," in row)
    path.write_text("".join(rows[:at] + rows[at + 1 :]))
    with pytest.raises(DataError, match="row 5 of a table of the listing is missing"):
        read_listing(path)
    path.write_text(text.replace(f"{rows[at]}", rows[at].rstrip()[:-12] + "\n"))
    with pytest.raises(DataError, match="this row of the listing has not the 3 factors"):
        read_listing(path)


def test_a_long_line_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "study.lis"
    path.write_text("Factor Matrix with an X Indicating a Defining Sort\n" + "1 a " + "0.1" * 1_000_000 + "\n" + "1 a " + "0.1 " * 90 + "z\n")
    with pytest.raises(DataError, match="no factor matrix"):
        read_listing(path)
