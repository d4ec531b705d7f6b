"""Tables, targets and figures about how likely each number of viewpoints is, made from the CSV files, and what was learned from."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.validation import mix
from benchmarks.validation.chances import BINS, LOOSE, MIX, RANDOM, TAGGED
from benchmarks.validation.fragments import Fragment
from benchmarks.validation.planting import Cell
from benchmarks.validation.tables import Rates, cell_of, percent, sets_of, span, table, uncertainty
from qmethod.retention.chance import p_interval

Part = tuple[Sequence[Cell], Rates]
LEAST, OFF, FEW = 0.78, 0.08, 80
"""How often numbers are to hold the truth, how far shares said and found may be apart, and answers from which on that is judged."""
FALSE = 0.08
"""How often a number of viewpoints may be told where nobody shares a view and statements have tags."""
MEANINGS = {
    "studies": "*how many were learned from*",
    "k": "k",
    "k squared": "k² / 8",
    "none": "1 where k is 0",
    "one": "1 where k is 1",
    "k by sorts": "k · log(m / 40)",
    "NEST": "1 where k is NEST's answer",
    "NEST by sorts": "log(m / 40) there",
    "NEST by statements": "log(n / 40) there",
    "NEST, MAP and EKC": "1 there, if MAP and EKC say the same",
    "above NEST": "how far k is above NEST's answer",
    "above NEST by variance": "that, times the share of the variance of as many factors as NEST says",
    "above NEST, none": "that, where NEST says none",
    "above NEST by p": "that, times the logarithm of the p-value at which NEST stops, .01 at least",
    "below NEST": "how far k is below NEST's answer",
    "below NEST by p": "where k is below, the logarithm of the p-value before the one at which NEST stops, .01 at least",
    "MAP": "1 where k is MAP's answer",
    "partial correlations": "log of the mean squared partial correlation after k components over the smallest",
    "below EKC": "how far k is below EKC's answer, less 1",
    "eigenvalues over EKC": "sum of log(eigenvalue / what EKC needs), factors 1 to k",
    "eigenvalue over chance": "log(eigenvalue k / 95th centile of random sorts)",
    "halves": "φ of random halves with k viewpoints, 1 for none; 0 where halves cannot hold so many",
    "halves so far": "sum of φ of random halves with 0 to k viewpoints",
    "stretch": "*scores are multiplied by exp(a + b p): a*",
    "stretch by share": "*b*",
}


def chances(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """How right the numbers and probabilities are, kind by kind, and by what was said."""
    columns = (("numbers", "hold"), ("chances", "told"), ("chances", "right of told"), ("criteria", "agree and wrong"), ("criteria", "NEST right"))
    head = (
        "kind of study",
        "truth",
        "the numbers hold it",
        "how many",
        "one is told",
        "and is right",
        "NEST and MAP agree and are wrong",
        "NEST is right",
    )
    rows = []
    for c in cells:
        first, *others = (cell_of(rates, c.name, *column) for column in columns)
        many = rates[c.name, "numbers", "how many"].rate
        truth = "0 to 8" if c.twist in (MIX, TAGGED) else str(len(c.sizes))
        rows.append((c.name, truth, first, f"{many:.1f}", *others))
    note = (
        f"Percent of {sets_of(rates)} studies of each kind, and the mean of how many numbers are said to hold the truth. *One is told* where a "
        f"number has a probability of half or more. With tags, *NEST* is NEST beyond themes. {_luck(rates, ('hold',))}"
    )
    return [Fragment("chances-kinds", (table(head, rows),), note), _said(cells, rates), _beyond(cells, rates)]


def _beyond(cells: Sequence[Cell], rates: Rates) -> Fragment:
    """How often NEST beyond themes and the advice are wrong where statements have tags and one number is true throughout."""
    head = (
        "kind of study",
        "truth",
        "studies",
        "NEST beyond themes is wrong",
        "a wrong number is told",
        "the likeliest number is wrong",
        "the numbers do not hold the truth",
    )
    wrong = (("criteria", "NEST right", True), ("chances", "wrong and told", False), ("chances", "likeliest right", True), ("numbers", "hold", True))
    rows = []
    for c in (c for c in cells if c.theme):
        found = [(rates[c.name, rule, measure], turned) for rule, measure, turned in wrong]
        shown = [_interval(rate.rate if not turned else 1 - rate.rate, rate.tests) for rate, turned in found]
        rows.append((c.name, str(len(c.sizes)), str(found[0][0].sets), *shown))
    note = "Percent, and in brackets the exact 95 % interval (Clopper and Pearson 1934) for what more and more studies would come to."
    return Fragment("chances-themes", (table(head, rows),), note)


def _interval(rate: float, tests: int) -> str:
    """``2.0 (0.4 to 5.7)``."""
    low, high = p_interval(round(rate * tests), tests, 0.025)
    return f"{percent(rate, 1)} ({percent(low, 1)} to {percent(high, 1)})"


def _groups(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    return {
        "the mix": [c for c in cells if c.twist == MIX],
        "the mix, with tags": [c for c in cells if c.twist == TAGGED],
        "all other kinds without tags": [c for c in cells if c.twist not in (MIX, TAGGED) and not c.theme],
        "all other kinds with tags": [c for c in cells if c.theme],
    }


def _by_tags(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    tagged = [c for c in cells if c.theme or c.twist == TAGGED]
    return {"without tags": [c for c in cells if c not in tagged], "with tags": tagged}


def _pooled(cells: Sequence[Cell], rates: Rates, high: float) -> tuple[float, float, int]:
    """Mean probability said, share that is right, and how many answers, of a bin of several cells."""
    found = [(rates.get((c.name, "likeliest", f"said {high}")), rates.get((c.name, "likeliest", f"true {high}"))) for c in cells]
    pairs = [(said, true) for said, true in found if said is not None and true is not None]
    total = sum(said.tests for said, _ in pairs)
    if not total:
        return 0.0, 0.0, 0
    return sum(said.rate * said.tests for said, _ in pairs) / total, sum(true.rate * true.tests for _, true in pairs) / total, total


def _said(cells: Sequence[Cell], rates: Rates) -> Fragment:
    head = ("studies", *(f"{percent(low)} to {percent(high)} %" for low, high in pairwise(BINS)))
    rows = []
    for words, some in _groups(cells).items():
        if some:
            bins = [_pooled(some, rates, high) for high in BINS[1:]]
            rows.append((words, *(f"{percent(said)}: {percent(true)} ({total})" if total else "–" for said, true, total in bins)))
    note = "By the probability of the likeliest number: its mean, in percent; the percentage in which that number is right; and of how many studies."
    return Fragment("chances-said", (table(head, rows),), note)


def coefficients(file: Path) -> Fragment:
    """What the probabilities are made of."""
    with file.open(encoding="utf-8", newline="") as opened:
        head, *rows = csv.reader(opened)
    shown = [(MEANINGS[name], value) for name, value in rows]
    note = (
        "n statements, m sorts. With tags, NEST is NEST beyond themes, and eigenvalues, EKC, MAP, partial correlations and halves are of sorts whose "
        "themes are evened."
    )
    return Fragment("chances-learned", (table(tuple(head), shown),), note)


def mixture() -> Fragment:
    """What the studies of the mix are."""
    shares = ", ".join(f"{k}: {percent(share)} %" for k, share in enumerate(mix.SHARES))
    rows = [
        ("viewpoints", f"{shares}; each held by {mix.HELD} people or more"),
        ("sorts", f"{mix.FEWEST} to {mix.MOST}, each doubling as often, and four or more to a viewpoint"),
        ("statements", f"{mix.STATEMENTS[0]} to {mix.STATEMENTS[1]}"),
        (
            "places",
            "forced, 5 to 11 columns, seldom 2 or 3, from steep to flat, one in five askew; in "
            f"{percent(mix.FREE)} % of studies each person has a distribution of her own",
        ),
        (
            "true loadings",
            f"within a range of {mix.WIDEST[0]} to {mix.WIDEST[1]} that begins at {mix.LOWEST[0]} to {mix.LOWEST[1]}; at most {mix.TIGHTEST}",
        ),
        ("sizes of viewpoints", "from nearly equal to very unequal"),
        ("common ground", f"0 to {mix.COMMON} of the variance of all viewpoints, none in one of five"),
        ("people who sort at random", f"in {percent(mix.SOMETIMES)} % of studies, 5 to 25 % of all"),
        ("people who hold two viewpoints by a half", f"in {percent(mix.SOMETIMES)} % of studies, 5 to 25 % of all"),
        ("people who hold the opposite of a viewpoint", f"in {percent(mix.OPPONENTS)} % of studies, 5 to 25 % of all"),
        ("correlation", f"Spearman's in {percent(mix.SPEARMAN)} %, otherwise Pearson's"),
        ("sets of random sorts", f"{mix.OFTEN}; {mix.SELDOM} in half of the studies of more than 100 sorts and in one of ten others"),
        (
            "themes, with tags only",
            f"of {mix.THEMES[0]} to {mix.THEMES[1]} statements; up to {percent(mix.OWN)} % of a person's own variance is a liking of whole themes of "
            f"her own (none in one of four), and up to {percent(mix.WHOLE)} % of a viewpoint's is one that its people share",
        ),
    ]
    return Fragment(
        "chances-mix", (table(("of a study", "drawn"), rows, words=2),), "Each is drawn anew for every study, evenly where no more is said."
    )


def targets(part: Part) -> list[tuple[str, str, str, str]]:
    """What was asked beforehand, what was found, and whether it holds."""
    cells, rates = part
    rows = []
    for words, some in _by_tags(cells).items():
        shares = [rates[c.name, "numbers", "hold"].rate for c in some]
        what = f"numbers said to hold the true number of viewpoints hold it, every kind of study {words}"
        rows.append((what, f"at least {percent(LEAST)} %", f"{span(shares)} %", _verdict(min(shares) >= LEAST)))
    for words, some in _groups(cells).items():
        off = [true - said for said, true, total in (_pooled(some, rates, high) for high in BINS[1:]) if total >= FEW]
        if not off:
            continue
        what = f"probability of the likeliest number of viewpoints: said and true, apart by at most ({words}; bins of {FEW} studies and more)"
        worst = max(off, key=abs)
        found = f"{percent(abs(worst))} points: {'more' if worst > 0 else 'fewer'} were right than said"
        rows.append((what, f"{percent(OFF)} points", found, _verdict(abs(worst) <= OFF)))
    shares = [rates[c.name, "chances", "wrong and told"].rate for c in _none(cells)]
    what = "a number of viewpoints is told where nobody shares a view and statements have tags"
    rows.append((what, f"at most {percent(FALSE)} %", f"{span(shares, 1)} %", _verdict(max(shares) <= FALSE)))
    return rows


def _none(cells: Sequence[Cell]) -> list[Cell]:
    """Kinds with tags in which nobody shares a view."""
    return [c for c in cells if c.theme and not c.sizes]


def numbers(part: Part) -> dict[str, str]:
    """The figures of the sentences."""
    cells, rates = part
    loose, random = ([c.name for c in some] for some in (LOOSE, RANDOM))
    mixes = {key: next(c.name for c in cells if c.twist == twist) for key, twist in (("mix", MIX), ("tagged", TAGGED))}
    found = {"sets_chances": sets_of(rates)}
    for key, some in zip(("plain", "tags"), _by_tags(cells).values(), strict=True):
        found[f"chances_hold_{key}"] = span([rates[c.name, "numbers", "hold"].rate for c in some])
    for key, name in mixes.items():
        found[f"chances_{key}_hold"] = percent(rates[name, "numbers", "hold"].rate)
        found[f"chances_{key}_many"] = f"{rates[name, 'numbers', 'how many'].rate:.1f}"
        found[f"chances_{key}_told"] = percent(rates[name, "chances", "told"].rate)
        found[f"chances_{key}_right"] = percent(rates[name, "chances", "right of told"].rate)
        found[f"chances_{key}_nest"] = percent(rates[name, "criteria", "NEST right"].rate)
        found[f"chances_{key}_likeliest"] = percent(rates[name, "chances", "likeliest right"].rate)
    for key, names in (("loose", loose), ("random", random)):
        found[f"chances_{key}_told"] = span([rates[name, "chances", "told"].rate for name in names])
        found[f"chances_{key}_wrong"] = span([rates[name, "chances", "wrong and told"].rate for name in names])
        found[f"chances_{key}_many"] = f"{min(m := [rates[name, 'numbers', 'how many'].rate for name in names]):.1f} to {max(m):.1f}"
    for key, some in (("none", _none(cells)), ("views", [c for c in cells if c.theme and c.sizes])):
        found[f"chances_themes_{key}_wrong"] = span([rates[c.name, "chances", "wrong and told"].rate for c in some], 1)
        found[f"chances_themes_{key}_likeliest_wrong"] = span([1 - rates[c.name, "chances", "likeliest right"].rate for c in some], 1)
    found["chances_loose_agree_wrong"] = span([rates[name, "criteria", "agree and wrong"].rate for name in loose])
    return found


def _luck(rates: Rates, measures: tuple[str, ...]) -> str:
    points = uncertainty(rates, lambda _c, _r, what: what in measures)
    return f"The luck of the draw is ± {points} points at most for the first of these (two Monte Carlo standard errors)."


def _verdict(holds: bool) -> str:
    return "yes" if holds else "**no**"
