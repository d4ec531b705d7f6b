"""Tables about the Bayesian partition model beside the default, made from the CSV files alone."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.validation.fragments import Fragment
from benchmarks.validation.partition import BINS
from benchmarks.validation.planting import Cell
from benchmarks.validation.tables import Rates, cell_of, described, sets_of, table, uncertainty


def partition(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """Viewpoints found and their intervals, who holds them, what is claimed, and what is refused."""
    planted = [c for c in cells if c.sizes]
    return [_found(planted, rates), _members([c for c in planted if not c.twist], rates), _claims(planted, rates), _borne(cells, rates)]


def _who(c: Cell) -> tuple[str, ...]:
    return (*described(c), c.twist or "–")


def _found(cells: Sequence[Cell], rates: Rates) -> Fragment:
    head = (
        "study",
        "loadings",
        "correlation",
        "otherwise",
        "found: default",
        "model",
        "times",
        "95 % interval holds: percentile",
        "credible",
        "width: percentile",
        "credible",
    )
    rows = []
    for c in cells:
        before, after = (rates[c.name, rule, "found"].rate for rule in ("default", "partition"))
        found = [_share(rates, c, rule, "found") for rule in ("default", "partition")]
        held = [_share(rates, c, rule, "coverage", 1) for rule in ("default", "partition")]
        wide = [f"{rates[c.name, rule, 'width'].rate:.2f}" for rule in ("default", "partition")]
        rows.append((*_who(c), *found, f"{after / before:.2f}" if before else "–", *held, *wide))
    note = f"Percentage of the viewpoints of {sets_of(rates)} studies that are found with a congruence of .85 or more, ±"
    note += " two Monte Carlo standard errors,"
    note += " by the default and by the model, on the same sorts; how many times as many the model finds; the percentage"
    note += " of true z-scores, of all viewpoints, found well or"
    note += " not, that lie within 95 % intervals, percentiles of 500 resamples by the default and credible intervals of"
    note += " the model; and the mean width of these."
    return Fragment("partition-found", (table(head, rows, words=4),), note)


def _share(rates: Rates, c: Cell, rule: str, measure: str, digits: int = 0) -> str:
    found = rates[c.name, rule, measure]
    return f"{100 * found.rate:.{digits}f} ± {200 * found.error:.{digits}f}"


def _members(cells: Sequence[Cell], rates: Rates) -> Fragment:
    head = ("study", "loadings", "correlation", "otherwise", *(f"to {100 * top:.0f} %" for top in BINS[1:]), "unclassified", "of the others right")
    rows = []
    for c in cells:
        pairs = (f"{cell_of(rates, c.name, 'members', f'said {top}')} → {cell_of(rates, c.name, 'members', f'true {top}')}" for top in BINS[1:])
        rows.append((*_who(c), *pairs, *(cell_of(rates, c.name, *one) for one in (("partition", "unclassified"), ("members", "sure and right")))))
    note = "Of all probabilities that a person holds a viewpoint, in classes by their size: their mean → the percentage"
    note += " that is true. Then the percentage of people who are"
    note += " unclassified, since no probability reaches 80 %, and of the others those who hold what is said."
    return Fragment("partition-members", (table(head, rows, words=4),), note)


def _claims(cells: Sequence[Cell], rates: Rates) -> Fragment:
    head = (
        "study",
        "loadings",
        "correlation",
        "otherwise",
        "claims a study",
        "wrong way, expected",
        "true",
        "no difference at all",
        "of differences of 1",
    )
    rows = []
    for c in cells:
        false, equal = (rates.get((c.name, "claims", measure)) for measure in ("false", "equal"))
        wrong = "–" if false is None or equal is None else f"{100 * (false.rate - equal.rate):.1f}"
        number = rates.get((c.name, "claims", "a study"))
        said = (cell_of(rates, c.name, "claims", measure, 1) for measure in ("expected false", "equal", "power 1"))
        expected, none, power = said
        rows.append((*_who(c), f"{number.rate:.0f}" if number else "–", expected, wrong, none, power))
    note = "How many claims a study gets that a statement stands higher in one viewpoint than in another; the percentage of them that"
    note += " is expected to go the wrong way, and that truly does; the percentage where the viewpoints agree exactly; and of the true"
    off = uncertainty(rates, lambda _c, r, m: r == "claims" and m == "false")
    note += f" differences of 1 the percentage claimed. The luck of the draw is ± {off} points at most for the"
    note += " claims that are false in either way."
    return Fragment("partition-claims", (table(head, rows, words=4),), note)


def _borne(cells: Sequence[Cell], rates: Rates) -> Fragment:
    head = ("study", "loadings", "correlation", "otherwise", "sorts bear the number asked for", "viewpoints on which chains disagree")
    rows = []
    for c in cells:
        who = _who(c) if c.sizes else ("random sorts", "–", "–", "three asked for")
        rows.append((*who, cell_of(rates, c.name, "partition", "borne"), cell_of(rates, c.name, "partition", "chains disagree", 1)))
    return Fragment("partition-borne", (table(head, rows, words=4),), "Percentage of studies, and of viewpoints.")
