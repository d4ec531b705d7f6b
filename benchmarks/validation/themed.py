"""Tables, targets and figures about themes and seeds, made from the CSV files alone."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.validation.fragments import Fragment
from benchmarks.validation.planting import Cell
from benchmarks.validation.seeds import SEEDS
from benchmarks.validation.tables import Rates, cell_of, described, percent, sets_of, span, table, uncertainty

FOUND = {"nest": "NEST", "nest_themes": "NEST beyond themes", "parallel_95": "PA 95", "ekc": "EKC"}
Part = tuple[Sequence[Cell], Rates]


def themes(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """Where nobody shares a view, and where three viewpoints are planted."""
    none, three = [c for c in cells if not c.sizes], [c for c in cells if c.sizes]
    head = ("statements in a theme", "own liking of themes", *FOUND.values(), "agree more than they oppose")
    rows = [
        (*_kind(c), *(cell_of(rates, c.name, rule, "too many", 1) for rule in FOUND), cell_of(rates, c.name, "agreement", "more than chance", 1))
        for c in none
    ]
    note = f"Percent of {_sets(rates, none)} data sets of {none[0].sorts} sorts in which viewpoints are found, or people said to share something."
    own = f" For NEST beyond themes alone it is ± {_points(rates, none, rule='nest_themes')}."
    first = Fragment("themes-none", (table(head, rows, words=2),), note + _error(rates, none) + own)
    columns = [(rule, measure) for rule in ("nest_themes", "nest") for measure in ("exact", "all found", "too many")]
    head = ("statements in a theme", "own liking of themes", *(f"{FOUND[rule]}: {_MEASURES[measure]}" for rule, measure in columns), "agree more")
    rows = [
        (*_kind(c), *(cell_of(rates, c.name, *column, 1) for column in columns), cell_of(rates, c.name, "agreement", "more than chance", 1))
        for c in three
    ]
    note = f"Percent of {_sets(rates, three)} data sets of {three[0].sorts} sorts, ten of each viewpoint, loadings .6 to .8."
    return [first, Fragment("themes-three", (table(head, rows, words=2),), note + _error(rates, three))]


_MEASURES = {"exact": "three", "all found": "three or more", "too many": "more"}


def _kind(cell: Cell) -> tuple[str, str]:
    return str(cell.theme), f"{percent(cell.own)} %" if cell.own else "none"


def seeds(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """How far the answer depends on the seed."""
    measures = ("equal", "equal or told", "told")
    rows = [(*described(c), *(cell_of(rates, c.name, "nest", m, 1) for m in measures), f"{rates[c.name, 'nest', 'sets'].rate:,.0f}") for c in cells]
    head = (
        "sorts of each viewpoint",
        "loadings",
        "common",
        f"{SEEDS} seeds, one answer",
        "one answer or told",
        "told of one seed",
        "mean sets drawn",
    )
    note = f"Percent of {sets_of(rates)} studies, in *told of one seed* of all answers. *told*: the text says that it could be the other number."
    return [Fragment("seeds", (table(head, rows, words=3),), note + _error(rates, cells, ("equal", "told")))]


def targets(themed: Part, seeded: Part) -> list[tuple[str, str, str, str]]:
    """What was asked beforehand, what was found, and whether it holds."""
    (cells, rates), (studies, asked) = themed, seeded
    random, own = ([c for c in cells if not c.sizes and bool(c.own) == liking] for liking in (False, True))
    three = [c for c in cells if c.sizes]
    rows = []
    for words, target, some, measure, low, high in (
        ("NEST beyond themes: viewpoints in random sorts, themes of 2, 3 and 6", "3 to 7 %", random, "too many", 0.03, 0.07),
        ("NEST beyond themes: viewpoints where each person has a liking of themes of their own", "at most 8 %", own, "too many", 0.0, 0.08),
        ("NEST beyond themes: three viewpoints found beside such a liking", "at least 95 %", three, "all found", 0.95, 1.0),
    ):
        shares = [rates[c.name, "nest_themes", measure].rate for c in some]
        rows.append((words, target, f"{span(shares, 1)} %", "yes" if low <= min(shares) and max(shares) <= high else "**no**"))
    shares = [asked[c.name, "nest", "equal or told"].rate for c in studies]
    words = f"NEST gives one answer with {SEEDS} seeds, or says that it could be another"
    rows.append((words, "at least 97 %", f"{span(shares, 1)} %", "yes" if min(shares) >= 0.97 else "**no**"))
    return rows


def numbers(themed: Part, seeded: Part) -> dict[str, str]:
    """The figures of the sentences."""
    (cells, rates), (studies, asked) = themed, seeded
    groups = {
        "random": [c for c in cells if not c.sizes and not c.own],
        "own": [c for c in cells if not c.sizes and c.own],
        "three": [c for c in cells if c.sizes],
    }
    found = {"sets_themes": sets_of(rates), "sets_seeds": sets_of(asked), "n_seeds": str(SEEDS), "n_themed": str(cells[0].sorts)}
    for key, rule, measure in (
        ("own", "nest", "too many"),
        ("own", "ekc", "too many"),
        ("own", "nest_themes", "too many"),
        ("random", "nest_themes", "too many"),
        ("three", "nest_themes", "all found"),
        ("three", "nest_themes", "too many"),
        ("three", "nest", "too many"),
        ("own", "agreement", "more than chance"),
        ("three", "agreement", "more than chance"),
    ):
        digits = 0 if rule in ("nest", "ekc") else 1
        words = measure.split()[-1] if measure == "all found" else ""
        found["_".join(filter(None, ("themes", key, rule, words)))] = span([rates[c.name, rule, measure].rate for c in groups[key]], digits)
    for key, measure in (("equal", "equal"), ("equal_or_told", "equal or told")):
        found[f"seeds_{key}"] = span([asked[c.name, "nest", measure].rate for c in studies])
    return found


def _sets(rates: Rates, cells: Sequence[Cell]) -> str:
    names = {c.name for c in cells}
    return sets_of({key: rate for key, rate in rates.items() if key[0] in names})


def _error(rates: Rates, cells: Sequence[Cell], measures: tuple[str, ...] = ("",)) -> str:
    return f" The luck of the draw is ± {_points(rates, cells, measures)} points at most (two Monte Carlo standard errors)."


def _points(rates: Rates, cells: Sequence[Cell], measures: tuple[str, ...] = ("",), *, rule: str = "") -> str:
    names = {c.name for c in cells}
    return uncertainty(rates, lambda cell, by, what: cell in names and what.startswith(measures) and by.startswith(rule))
