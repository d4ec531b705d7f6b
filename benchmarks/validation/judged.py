"""The page's tables, targets and figures about errors that are measured in studies drawn from a solution."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from benchmarks.validation.calibrated import BINS, RULES
from benchmarks.validation.fragments import CONTRASTS, Fragment
from benchmarks.validation.planting import Cell
from benchmarks.validation.tables import Rates, cell_of, percent, sets_of, span, table, uncertainty

Part = tuple[list[Cell], Rates]
NAMES = {rule: CONTRASTS.get(rule, rule) for rule in RULES}


def calibrated(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """False differences, power and closeness."""
    names = [c.name for c in cells]
    head = (
        "kind of study",
        *(f"false, {name}" for name in NAMES.values()),
        *(f"1 found, {name}" for name in NAMES.values()),
        "false expected at most",
        "false found",
    )
    rows = [
        (
            name,
            *(cell_of(rates, name, rule, "false", 1) for rule in RULES),
            *(cell_of(rates, name, rule, "power 1.0") for rule in RULES),
            *(f"{rates[name, 'expected', what].rate:.1f}" for what in ("said", "false")),
        )
        for name in names
    ]
    note = (
        f"Percent; {sets_of(rates)} data sets of each kind. The last two columns: distinguishing statements of all viewpoints of a study that chance "
        f"is said to give at most, and that there are. {_luck(rates, ('false',))}"
    )
    said = ("bound holds", *(f"{percent(low)} to {percent(high)} %" for low, high in pairwise(BINS)))
    close = [
        (
            name,
            cell_of(rates, name, "bound", "holds", 1),
            *(f"{cell_of(rates, name, 'within', f'said {high}')}: {cell_of(rates, name, 'within', f'true {high}')}" for high in BINS[1:]),
        )
        for name in names
        if (name, "bound", "holds") in rates
    ]
    closeness = (
        "The bound is said to hold in 95 %. After it, by the probability said that all viewpoints lie within 1 of one another: its mean, and how "
        f"often they do. {_luck(rates, ('holds',))}"
    )
    return [
        Fragment("calibrated-false", (table(head, rows),), note),
        Fragment("calibrated-closeness", (table(("kind of study", *said), close),), closeness),
    ]


def targets(part: Part) -> list[tuple[str, str, str, str]]:
    """What was asked beforehand, what was found, and whether it holds."""
    cells, rates = part
    plain, twisted = [c.name for c in cells[:8]], [c.name for c in cells[8:]]
    rows = []
    for words, target, names, rule, measure, low, high in (
        ("differences declared at .05 where there are none, calibrated", "3 to 6 %", plain, "calibrated", "false", 0.03, 0.06),
        ("the same where assumptions do not hold", "at most 8 %", twisted, "calibrated", "false", 0.0, 0.08),
        ("“differ by at most” holds", "93 to 97 %", [c.name for c in cells], "bound", "holds", 0.93, 0.97),
    ):
        shares = [rates[name, rule, measure].rate for name in names if (name, rule, measure) in rates]
        rows.append((words, target, f"{span(shares, 1)} %", "yes" if low <= min(shares) and max(shares) <= high else "**no**"))
    off = [abs(rates[name, "within", f"said {high}"].rate - rates[name, "within", f"true {high}"].rate) for name, high in _bins(cells, rates)]
    words = "probability that all lie within 1: said and true, apart by at most (bins of 100 statements and more)"
    rows.append((words, "7 points", f"{100 * max(off):.0f} points", "yes" if max(off) <= 0.07 else "**no**"))
    return rows


def _bins(cells: Sequence[Cell], rates: Rates) -> list[tuple[str, float]]:
    found = {(c.name, high): rates.get((c.name, "within", f"said {high}")) for c in cells for high in BINS[1:]}
    return [key for key, rate in found.items() if rate is not None and rate.tests >= 100]


def numbers(part: Part) -> dict[str, str]:
    """The figures of the sentences."""
    cells, rates = part
    plain, twisted = [c.name for c in cells[:8]], [c.name for c in cells[8:]]
    found = {"sets_calibrated": sets_of(rates)}
    for rule in RULES:
        found[f"plain_false_{rule}"] = span([rates[name, rule, "false"].rate for name in plain], 1)
    for rule in ("observed", "calibrated"):
        found[f"twisted_false_{rule}"] = span([rates[name, rule, "false"].rate for name in twisted], 1)
        found[f"plain_power_{rule}"] = span([rates[name, rule, "power 1.0"].rate for name in plain])
    found["calibrated_bound"] = span([rates[c.name, "bound", "holds"].rate for c in cells if (c.name, "bound", "holds") in rates], 1)
    return found


def _luck(rates: Rates, measures: tuple[str, ...]) -> str:
    points = uncertainty(rates, lambda _c, rule, what: rule != "expected" and what in measures)
    return f"The luck of the draw is ± {points} points at most for the first of these (two Monte Carlo standard errors)."
