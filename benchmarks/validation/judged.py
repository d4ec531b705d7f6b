"""The page's tables, targets and figures about errors that are measured in studies drawn from a solution."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from benchmarks.validation.calibrated import BINS, FEWER, KEPT, RULES
from benchmarks.validation.fragments import CONTRASTS, Fragment
from benchmarks.validation.planting import GRIDS, Cell
from benchmarks.validation.tables import Rates, cell_of, percent, sets_of, span, table, uncertainty

Part = tuple[list[Cell], Rates]
NAMES = {rule: CONTRASTS.get(rule, rule) for rule in RULES}
SOME = 50
"""Viewpoints called established that a kind of study needs for its share of right ones to be compared."""
FORTY = "16-11-8-5, loadings 0.6 to 0.8, correlation 0.4, classical grid"
"""The kind of forty people with four viewpoints that people of each agree on."""


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
    sides = [
        (name, *(f"{cell_of(rates, name, 'side', f'said {high}')}: {cell_of(rates, name, 'side', f'true {high}')}" for high in BINS[1:]))
        for name in names
        if (name, "bound", "holds") in rates
    ]
    side = "By the probability said that the true z-scores of all viewpoints lie on one side of their mean: its mean, and how often they do; percent."
    matches = [
        (
            name,
            cell_of(rates, name, "match", "established, and so", 1),
            cell_of(rates, name, "match", "so, and established"),
            *(f"{cell_of(rates, name, 'match', f'said {high}')}: {cell_of(rates, name, 'match', f'true {high}')}" for high in BINS[1:]),
        )
        for name in names
    ]
    match = (
        "Of viewpoints called established, how many are like a planted one (φ of .85 or more); and of those that are, how many are called so. After "
        "that, by the probability said that a viewpoint is so like the true one: its mean, and how often it is. Percent."
    )
    closeness = (
        "The bound is said to hold in 95 %. After it, by the probability said that all viewpoints lie within 1 of one another: its mean, and how "
        f"often they do. {_luck(rates, ('holds',))}"
    )
    return [
        Fragment("calibrated-false", (table(head, rows),), note),
        Fragment("calibrated-closeness", (table(("kind of study", *said), close),), closeness),
        Fragment("calibrated-established", (table(("kind of study", "established, and so", "so, and established", *said[1:]), matches),), match),
        Fragment("calibrated-sides", (table(("kind of study", *said[1:]), sides),), side),
    ]


def targets(part: Part) -> list[tuple[str, str, str, str]]:
    """What was asked beforehand, what was found, and whether it holds."""
    cells, rates = part
    plain, twisted = [c.name for c in cells[:KEPT]], [c.name for c in cells[KEPT:]]
    rows = []
    for words, target, names, rule, measure, low, high in (
        ("differences declared at .05 where there are none, calibrated", "3 to 6 %", plain, "calibrated", "false", 0.03, 0.06),
        ("the same where assumptions do not hold", "at most 8 %", twisted, "calibrated", "false", 0.0, 0.08),
        ("“differ by at most” holds", "93 to 97 %", [c.name for c in cells], "bound", "holds", 0.93, 0.97),
    ):
        shares = [rates[name, rule, measure].rate for name in names if (name, rule, measure) in rates]
        least, most = round(min(shares), 3), round(max(shares), 3)  # as they are printed
        rows.append((words, target, f"{span(shares, 1)} %", "yes" if low <= least and most <= high else "**no**"))
    for words, some, least in (("all kinds of studies", [c.name for c in cells], 0.95),):
        both = [rates[name, "match", "established, and so"] for name in some if (name, "match", "established, and so") in rates]
        share = sum(one.rate * one.tests for one in both) / sum(one.tests for one in both)
        what = f"viewpoints called established that are like a planted one (φ of .85): {words} together"
        rows.append((what, f"at least {percent(least)} %", f"{percent(share, 1)} %", "yes" if share >= least else "**no**"))
        shares = [one.rate for one in both if one.tests >= SOME]
        what = f"the same by kind (kinds with {SOME} such viewpoints and more)"
        rows.append((what, f"at least {percent(least)} %", f"{span(shares, 1)} %", "yes" if min(shares) >= least else "**no**"))
    told = rates[FORTY, "match", "so, and established"].rate
    what = f"viewpoints like a planted one that are called established: {FORTY}"
    rows.append((what, "at least 80 %", f"{percent(told, 1)} %", "yes" if told >= 0.8 else "**no**"))
    for rule, words in (("within", "probability that all lie within 1"), ("side", "probability that all lie on one side")):
        off = _off(cells, rates, rule)
        what = f"{words}: said and true, apart by at most (bins of 100 statements and more)"
        more = "more were so than said" if off < 0 else "fewer were so than said"
        rows.append((what, "7 points", f"{100 * abs(off):.0f} points: {more}", "yes" if abs(off) <= 0.07 else "**no**"))
    return rows


def _off(cells: Sequence[Cell], rates: Rates, rule: str) -> float:
    """By how much more was said than was so, where that is furthest from nothing."""
    pairs = [(rates.get((c.name, rule, f"said {high}")), rates.get((c.name, rule, f"true {high}"))) for c in cells for high in BINS[1:]]
    return max((said.rate - true.rate for said, true in pairs if said is not None and true is not None and said.tests >= 100), key=abs)


def _likely(cells: Sequence[Cell], rates: Rates) -> list[float]:
    """How often all lie on one side where that is said with four fifths or more."""
    pairs = [(rates.get((c.name, "side", f"true {high}"))) for c in cells for high in BINS[-1:]]
    return [rate.rate for rate in pairs if rate is not None and rate.tests >= SOME]


def numbers(part: Part) -> dict[str, str]:
    """The figures of the sentences."""
    cells, rates = part
    plain, twisted = [c.name for c in cells[:KEPT]], [c.name for c in cells[KEPT:]]
    found = {"sets_calibrated": sets_of(rates)}
    for rule in RULES:
        found[f"plain_false_{rule}"] = span([rates[name, rule, "false"].rate for name in plain], 1)
    for rule in ("observed", "calibrated"):
        found[f"twisted_false_{rule}"] = span([rates[name, rule, "false"].rate for name in twisted], 1)
        found[f"plain_power_{rule}"] = span([rates[name, rule, "power 1.0"].rate for name in plain])
    found["calibrated_bound"] = span([rates[c.name, "bound", "holds"].rate for c in cells if (c.name, "bound", "holds") in rates], 1)
    established = [rates.get((c.name, "match", "established, and so")) for c in cells]
    known = [rate for rate in established if rate is not None]
    found["established_all"] = percent(sum(rate.rate * rate.tests for rate in known) / sum(rate.tests for rate in known))
    loose = [
        rates.get((name, "within", f"true {BINS[-1]}")) for name in twisted if name.endswith(("two views", "random sorters", "themes", "opponents"))
    ]
    found["within_twisted"] = span([rate.rate for rate in loose if rate is not None and rate.tests >= SOME])
    fewer = [c for c in cells if c.same == FEWER]
    found["fewer_off"] = f"{100 * max(abs(_off(fewer, rates, rule)) for rule in ('within', 'side')):.0f}"
    found["fewer_alike"], found["small_statements"] = str(FEWER), str(GRIDS["small"].n_statements)
    found["established_so"] = span([rate.rate for rate in established if rate is not None and rate.tests >= SOME], 1)
    found["sides_likely"] = span(_likely(cells, rates))
    return found


def _luck(rates: Rates, measures: tuple[str, ...]) -> str:
    points = uncertainty(rates, lambda _c, rule, what: rule != "expected" and what in measures)
    return f"The luck of the draw is ± {points} points at most for the first of these (two Monte Carlo standard errors)."
