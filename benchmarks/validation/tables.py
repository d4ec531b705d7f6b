"""The figures of a run on disk, and tables of them in Markdown."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.validation.planting import SHARED, Cell

COLUMNS = ("cell", "rule", "measure", "sets", "tests", "rate", "error")
GRID_NAMES = {"classical": "42 statements, 2-4-5-6-8-6-5-4-2", "small": "20 statements, 3-4-6-4-3", "flat": "60 statements, nearly flat"}


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate, its Monte Carlo standard error, and how many data sets and tests it rests on."""

    rate: float
    error: float
    sets: int
    tests: int


Rates = Mapping[tuple[str, str, str], Rate]
"""By cell, rule and measure."""


def write(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """A CSV file with Unix line ends."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_cells(folder: Path, cells: Iterable[Cell]) -> None:
    """What was simulated in each cell."""
    columns = ("part", "cell", "grid", "sorts", "sizes", "lowest_loading", "highest_loading", "common", "theme", "own", "twist", "same")
    rows = [
        dict(
            zip(
                columns,
                (c.part, c.name, c.grid, c.sorts, "-".join(map(str, c.sizes)), *c.loadings, c.common, c.theme, c.own, c.twist, c.same),
                strict=True,
            )
        )
        for c in cells
    ]
    write(folder, "cells", columns, rows)


def _odd(cell: Cell) -> tuple[int, float, str]:
    return cell.theme, cell.own, cell.twist


def read_cells(folder: Path, part: str) -> list[Cell]:
    """The cells of a part, in their order."""
    with (folder / "cells.csv").open(encoding="utf-8", newline="") as file:
        return [
            Cell(
                part,
                row["cell"],
                tuple(int(size) for size in row["sizes"].split("-") if size),
                (float(row["lowest_loading"]), float(row["highest_loading"])),
                float(row["common"]),
                int(row["sorts"]),
                row["grid"],
                theme=int(row.get("theme") or 0),
                own=float(row.get("own") or 0),
                twist=row.get("twist") or "",
                same=int(row.get("same") or SHARED),
            )
            for row in csv.DictReader(file)
            if row["part"] == part
        ]


def read(folder: Path, part: str) -> Rates:
    """The rates of a part."""
    with (folder / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["cell"], row["rule"], row["measure"]): Rate(float(row["rate"]), float(row["error"]), int(row["sets"]), int(row["tests"]))
            for row in csv.DictReader(file)
        }


def percent(rate: float | None, digits: int = 0) -> str:
    """``7`` or ``4.9``; a dash where there is none."""
    return "–" if rate is None else f"{100 * rate:.{digits}f}"


def span(shares: Sequence[float], digits: int = 0) -> str:
    """``4.1 to 5.8``, or one figure where both ends read the same."""
    low, high = percent(min(shares), digits), percent(max(shares), digits)
    return low if low == high else f"{low} to {high}"


def cell_of(rates: Rates, cell: str, rule: str, measure: str, digits: int = 0) -> str:
    """One rate in percent, or a dash."""
    found = rates.get((cell, rule, measure))
    return percent(None if found is None else found.rate, digits)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """A Markdown table; all columns after the first `words` are figures and stand at the right."""
    rule = ["---" if i < words else "---:" for i in range(len(head))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def uncertainty(rates: Rates, chosen: Callable[[str, str, str], bool]) -> str:
    """How far the rates shown may be off by the luck of the draw: twice the largest standard error, in points."""
    largest = max((rate.error for key, rate in rates.items() if chosen(*key)), default=0.0)
    return f"{200 * largest:.1f}"


def sets_of(rates: Rates) -> str:
    """How many data sets the cells rest on: ``300`` or ``300 to 900``."""
    most: dict[str, int] = {}
    for (cell, _, _), rate in rates.items():
        most[cell] = max(most.get(cell, 0), rate.sets)
    low, high = min(most.values()), max(most.values())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def described(cell: Cell) -> tuple[str, str, str]:
    """Sizes, loadings and correlation of a cell in words."""
    low, high = cell.loadings
    elsewhere = f", {cell.grid} grid" if cell.grid != "classical" else ""
    return (
        "\N{NON-BREAKING HYPHEN}".join(map(str, cell.sizes)) + elsewhere,
        f".{low * 10:.0f}–.{high * 10:.0f}",
        f"{cell.common:g}".lstrip("0") or "0",
    )
