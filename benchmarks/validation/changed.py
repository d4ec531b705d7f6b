"""The page's tables, targets and figures about two occasions of the same people."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.validation.fragments import Fragment
from benchmarks.validation.planting import Cell
from benchmarks.validation.repeated import CHANGED, HALF, MOVE, MOVERS, NOTHING, WHOLE
from benchmarks.validation.tables import Rates, cell_of, sets_of, span, table, uncertainty

Part = tuple[list[Cell], Rates]
RULES = {
    "statements": "a statement",
    "viewpoints": "mean closeness to a viewpoint",
    "moved": "somebody among viewpoints",
    "people": "somebody's sort",
}
"""What is said to have changed, by the rule that says it."""
MOST = 0.07
"""Of studies in which nothing changes, those in which some change may be told: .05, and the luck of the draw."""


def occasions(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """Changes told where there are none, and those found that were planted."""
    still = [c for c in cells if c.twist == NOTHING]
    rows = [(*_study(c, rates), *(cell_of(rates, c.name, rule, "false", 1) for rule in RULES)) for c in still]
    quiet = {key: rate for key, rate in rates.items() if key[0] in {c.name for c in still}}
    note = (
        f"Percentage of {sets_of(quiet)} studies in which nothing changes that are told of any change, of each kind. The luck of the draw is ± "
        f"{uncertainty(quiet, lambda _c, _r, m: m == 'false')} points at most (two Monte Carlo standard errors)."
    )
    head = ("study", "repeated sorts correlate", *RULES.values())
    planted = [c for c in cells if c.twist != NOTHING]
    kinds = ("statements", "moved", "people")
    found = [(*_study(c, rates), c.twist, *(_both(rates, c, rule) for rule in kinds)) for c in planted]
    told = (
        "Percentage of the changes planted that are found, and after the stroke of the studies in which anything else is said to have changed. "
        f"{CHANGED} statements rise and {CHANGED} fall for everybody, in what people think before it is put into the grid; or {MOVERS} people "
        "hold another of three viewpoints afterwards."
    )
    heads = ("study", "repeated sorts correlate", "what changes", "statements", "movement among viewpoints", "people's sorts")
    return [Fragment("occasions-none", (table(head, rows),), note), Fragment("occasions-found", (table(heads, found, words=3),), told)]


def _study(c: Cell, rates: Rates) -> tuple[str, str]:
    statements = 20 if c.grid == "small" else 42
    return f"{c.sorts} people, {statements} statements", f"{rates[c.name, 'repeating', 'r'].rate:.2f}".removeprefix("0")


def _both(rates: Rates, c: Cell, rule: str) -> str:
    if (c.name, rule, "power") not in rates:
        return "–"
    return f"{cell_of(rates, c.name, rule, 'power')} / {cell_of(rates, c.name, rule, 'false', 1)}"


def targets(part: Part) -> list[tuple[str, str, str, str]]:
    """What was asked beforehand, what was found, and whether it holds."""
    cells, rates = part
    rows = []
    for rule, words in RULES.items():
        false = [rates[c.name, rule, "false"].rate for c in cells if c.twist == NOTHING]
        what = f"studies of two occasions that are told that {words}, where nothing changed"
        rows.append((what, f"at most {100 * MOST:.0f} %", f"{span(false, 1)} %", "yes" if max(false) <= MOST else "**no**"))
    return rows


def numbers(part: Part) -> dict[str, str]:
    """The figures of the sentences."""
    cells, rates = part
    found = {"sets_occasions": sets_of(rates)}
    for rule in RULES:
        found[f"occasions_{rule}_false"] = span([rates[c.name, rule, "false"].rate for c in cells if c.twist == NOTHING], 1)
    for key, twist in (("half", HALF), ("whole", WHOLE), ("move", MOVE)):
        for c in (c for c in cells if c.twist == twist and "well" in c.name):
            for rule in ("statements",) if twist != MOVE else ("moved", "people"):
                found[f"occasions_{rule}_{key}_{c.sorts}_{c.grid}"] = cell_of(rates, c.name, rule, "power")
    return found
