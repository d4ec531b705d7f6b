"""The page's table, targets and figures about places."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.validation.fragments import Fragment
from benchmarks.validation.placing import BINS
from benchmarks.validation.planting import GRIDS, Cell
from benchmarks.validation.tables import Rates, cell_of, percent, sets_of, span, table, uncertainty

Part = tuple[list[Cell], Rates]
SOURCES = {"studies": "studies drawn", "repetitions": "share of resamples"}
FEWEST = 100
"""Places in a bin below which it is left out of the targets."""
VIEWPOINTS = 20
"""Viewpoints of a kind of study below which it is left out of what is said of their intervals: one kind has two of fewer than five sorts."""


def places(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """Probabilities of places, and intervals."""
    head = ("kind of study", "by", *(f"to {percent(high)} %" for high in BINS[1:]), "place interval holds", "its width, columns")
    rows = [
        (
            c.name,
            words,
            *(f"{cell_of(rates, c.name, source, f'said {high}')}: {cell_of(rates, c.name, source, f'true {high}')}" for high in BINS[1:]),
            cell_of(rates, c.name, source, "interval", 1),
            f"{rates[c.name, source, 'width'].rate:.1f}",
        )
        for c in cells
        for source, words in SOURCES.items()
    ]
    points = uncertainty(rates, lambda _c, _r, what: what == "interval")
    note = (
        "By the probability said of a place, its mean and how often the statement truly has it, in percent; and how often the place lies between the "
        f"ends given for it, which are said to hold it in 95 % or more. {sets_of(rates)} data sets of each kind; the luck of the draw is ± {points} "
        "points at most for the intervals (two Monte Carlo standard errors)."
    )
    return [Fragment("places", (table(head, rows, words=2),), note)]


def targets(part: Part) -> list[tuple[str, str, str, str]]:
    """What was asked beforehand, what was found, and whether it holds."""
    cells, rates = part
    rows = []
    off = _off(cells, rates, "studies")
    what = f"probability of a place: said and true, apart by at most (bins of {FEWEST} places and more)"
    rows.append((what, "6 points", f"{off:.0f} points", "yes" if off <= 6 else "**no**"))
    what = "share of resamples that has a place, read as if it were such a probability (which nothing does): apart by at most"
    rows.append((what, "told", f"{_off(cells, rates, 'repetitions'):.0f} points", "–"))
    for measure, words in (("few", "fewer than five sorts"), ("more", "five sorts and more")):
        shares = _z(cells, rates, measure)
        rows.append(
            (
                f"intervals for z, viewpoints of {words} (kinds with {VIEWPOINTS} of them and more)",
                "93 to 98 %",
                f"{span(shares, 1)} %",
                _holds(shares),
            )
        )
    return rows


def _holds(shares: Sequence[float]) -> str:
    return "yes" if min(shares) >= 0.93 and max(shares) <= 0.98 else "**no**"


def _z(cells: Sequence[Cell], rates: Rates, measure: str) -> list[float]:
    found = [(rates.get((c.name, "z interval", measure)), GRIDS[c.grid].n_statements) for c in cells]
    return [rate.rate for rate, n in found if rate is not None and rate.tests >= VIEWPOINTS * n]


def _off(cells: Sequence[Cell], rates: Rates, source: str) -> float:
    pairs = [(rates.get((c.name, source, f"said {high}")), rates.get((c.name, source, f"true {high}"))) for c in cells for high in BINS[1:]]
    return max(100 * abs(said.rate - true.rate) for said, true in pairs if said is not None and true is not None and said.tests >= FEWEST)


def numbers(part: Part) -> dict[str, str]:
    """The figures of the sentences."""
    cells, rates = part
    found = {"sets_places": sets_of(rates)}
    for source in SOURCES:
        found[f"places_off_{source}"] = f"{_off(cells, rates, source):.0f}"
        found[f"places_hold_{source}"] = span([rates[c.name, source, "interval"].rate for c in cells], 1)
        widths = [rates[c.name, source, "width"].rate for c in cells]
        found[f"places_width_{source}"] = f"{min(widths):.1f} to {max(widths):.1f}"
    for measure in ("few", "more"):
        found[f"z_holds_{measure}"] = span(_z(cells, rates, measure), 1)
    return found
