"""Tables and plots about retention, contrasts and coverage, made from the CSV files alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.validation import contrasts as contrast_cells
from benchmarks.validation import plots
from benchmarks.validation.planting import NAMED, Cell
from benchmarks.validation.tables import GRID_NAMES, Rates, cell_of, described, percent, sets_of, table, uncertainty
from qmethod.retention.advice import NAMES
from qmethod_analysis.pictures.drawing import Scale

SHORT = {
    "nest": "NEST",
    "parallel_95": "PA 95",
    "map": "MAP",
    "ekc": "EKC",
    "parallel_mean": "PA mean",
    "kaiser": "Kaiser",
    "humphrey_strict": "Humphrey strict",
    "humphrey_lenient": "Humphrey lenient",
    "two_loadings": "two loadings",
    "scree": "scree",
}
CONTRASTS = {
    "fixed": ".80",
    "observed": "observed r",
    "cohens-d": "d ≥ .80",
}
INTERVALS = {
    "percentile": "percentile",
    "expanded-percentile": "expanded percentile",
    "bootstrap SE": "z ± 1.96 bootstrap SE",
    "observed SE": "z ± 1.96 SE, observed r",
    "classical SE": "z ± 1.96 SE, .80",
}


@dataclass(frozen=True, slots=True)
class Fragment:
    """A file of Markdown and, where it has one, its plot.

    Parameters
    ----------
    name : str
        Of both files, without their endings.
    tables : tuple of str
        Below the plot.
    note : str
        A sentence below.
    svg : str
        A whole SVG file, or nothing.
    alternative : str
        Text for those who do not see the plot.
    """

    name: str
    tables: tuple[str, ...]
    note: str
    svg: str = ""
    alternative: str = ""

    def markdown(self) -> str:
        """What the page includes."""
        picture = (f"![{self.alternative}]({self.name}.svg)",) if self.svg else ()
        return "\n\n".join((*picture, *self.tables, self.note)) + "\n"


def retention(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """Random sorts, and planted viewpoints."""
    random, planted = [c for c in cells if not c.sizes], [c for c in cells if c.sizes]
    named = next(c for c in planted if c.sizes == NAMED and c.common == 0.4 and c.loadings[0] == 0.6)
    return [_random(random, rates), _planted(planted, rates), _named(named, rates), _together(planted, rates)]


def _asked(rates: Rates) -> list[str]:
    """The rules that the run asked, in the order of the criteria."""
    asked = {rule for _, rule, _ in rates}
    return [rule for rule in NAMES if rule in asked]


def _random(cells: Sequence[Cell], rates: Rates) -> Fragment:
    rules = _asked(rates)
    head = ("rule", *(f"{c.grid} {c.sorts}" for c in cells))
    rows = [(NAMES[rule], *(cell_of(rates, c.name, rule, "too many", 1) for c in cells)) for rule in rules]
    classical = [c for c in cells if c.grid == "classical"]
    series = [(f"{c.sorts} sorts", [rates[c.name, rule, "too many"].rate for rule in rules]) for c in classical]
    svg = plots.dots([NAMES[rule] for rule in rules], series, "Data sets in which viewpoints are found, %", 100.0, (3.0, 7.0))
    said = "; ".join(f"{NAMES[rule]} {_range(rates, classical, rule, 'too many')} %" for rule in rules)
    title = "Viewpoints found in random sorts"
    note = "Columns: grid and number of sorts. " + " ".join(f"*{name}*: {words}." for name, words in GRID_NAMES.items())
    note += _error(rates, cells, "too many")
    return Fragment("retention-random", (table(head, rows),), note, plots.document(svg, title, said), f"{title}, 42 statements. {said}.")


def _planted(cells: Sequence[Cell], rates: Rates) -> Fragment:
    columns = [rule for rule in _asked(rates) if rule in SHORT]
    head = ("sorts of each viewpoint", "loadings", "common", *(SHORT[rule] for rule in columns))
    rows = [(*described(c), *(cell_of(rates, c.name, rule, "exact") for rule in columns)) for c in cells]
    shown = [c for c in cells if len(c.sizes) == 4 and sum(c.sizes) == 40]
    labels = ["{} · {} · common {}".format(*described(c)) for c in shown]
    rules = ("nest", "map", "parallel_95", "humphrey_strict", "kaiser")
    series = [(NAMES[rule], [rates[c.name, rule, "exact"].rate for c in shown]) for rule in rules]
    title = "How often each rule finds exactly the four viewpoints planted among 40 sorts"
    said = "; ".join(
        f"{label}: " + ", ".join(f"{NAMES[rule]} {cell_of(rates, c.name, rule, 'exact')} %" for rule in rules[:3])
        for label, c in zip(labels, shown, strict=True)
    )
    svg = plots.document(plots.dots(labels, series, "Data sets in which exactly four viewpoints are found, %", 100.0), title, said)
    note = "Share of data sets in which the rule gives exactly the number planted, in percent. PA is parallel analysis." + _error(
        rates, cells, "exact"
    )
    return Fragment("retention-planted", (table(head, rows, words=3),), note, svg, f"{title}. {said}.")


def _named(cell: Cell, rates: Rates) -> Fragment:
    measures = ("exact", "within one", "too few", "too many")
    rows = [
        (NAMES[rule], *(cell_of(rates, cell.name, rule, m) for m in measures), f"{rates[cell.name, rule, 'number'].rate:.1f}")
        for rule in _asked(rates)
    ]
    note = f"{rates[cell.name, 'nest', 'exact'].sets} data sets; percent, and the mean number of viewpoints found." + _error(rates, [cell], "exact")
    return Fragment("retention-named", (table(("rule", *measures, "mean number"), rows),), note)


def _together(cells: Sequence[Cell], rates: Rates) -> Fragment:
    measures = ("agree", "right where they agree", "truth within their range")
    rows = [(*described(c), *(cell_of(rates, c.name, "nest and map", m) for m in measures)) for c in cells]
    note = "Percent of data sets; the middle column of those in which NEST and MAP agree." + _error(rates, cells, "agree")
    head = ("sorts of each viewpoint", "loadings", "common", *measures)
    return Fragment("retention-together", (table(head, rows, words=3),), note)


def contrasts(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """False differences, power, consensus, and how well the pipeline found the viewpoints."""
    return [_false(cells, rates), _power(cells, rates), _corrected(cells, rates), _agreement(cells, rates), _recovery(cells, rates)]


HEAD = ("sorts of each viewpoint", "loadings", "correlation")


def _false(cells: Sequence[Cell], rates: Rates) -> Fragment:
    both = ("false", "false distinguishing")
    head = (
        *HEAD,
        *CONTRASTS.values(),
        *(f"distinguishing, {name}" for name in CONTRASTS.values()),
        "observed r, both found",
        "observed r, flags all right",
    )
    rows = [
        (
            *described(c),
            *(cell_of(rates, c.name, rule, m, 1) for m in both for rule in CONTRASTS),
            cell_of(rates, c.name, "observed", "false, both found", 1),
            cell_of(rates, c.name, "observed", "false, flags all right", 1),
        )
        for c in cells
    ]
    labels = ["{} · {} · r {}".format(*described(c)) for c in cells]
    series = [(name, [rates[c.name, rule, "false"].rate for c in cells]) for rule, name in CONTRASTS.items()]
    title = "Differences declared where there is none"
    said = "; ".join(f"{name} {_range(rates, cells, rule, 'false')} %" for rule, name in CONTRASTS.items())
    top = 10 * (1 + int(10 * max(rates[c.name, rule, "false"].rate for c in cells for rule in CONTRASTS)))
    svg = plots.document(plots.dots(labels, series, "Differences declared, %", float(top), (3.0, 9.0)), title, said)
    note = (
        "Percent of comparisons without any true difference, at the nominal .05; Cohen's d has no nominal rate. *both found*: between viewpoints "
        "found with φ ≥ .85."
    )
    note += _error(rates, cells, "false")
    return Fragment("contrasts-false", (table(head, rows, words=3),), note, svg, f"{title}, over all cells: {said}.")


def _power(cells: Sequence[Cell], rates: Rates) -> Fragment:
    head = (*HEAD, *(f"{name}, {effect:g}" for name in CONTRASTS.values() for effect in contrast_cells.EFFECTS))
    rows = [(*described(c), *(cell_of(rates, c.name, rule, f"power {e}") for rule in CONTRASTS for e in contrast_cells.EFFECTS)) for c in cells]
    named = [c for c in cells if c.sizes == NAMED and c.common == 0.4 and c.grid == "classical"]
    series, said = [], []
    for c in named:
        loadings = described(c)[1]
        for rule in ("fixed", "observed"):
            measures = ((0.0, "false"), *((effect, f"power {effect}") for effect in contrast_cells.EFFECTS))
            points = [(effect, 100 * rates[c.name, rule, measure].rate) for effect, measure in measures]
            series.append((f"{CONTRASTS[rule]}, loadings {loadings}", points))
            said.append(f"{CONTRASTS[rule]}, loadings {loadings}: " + ", ".join(f"{share:.0f} % at {effect:g}" for effect, share in points))
    across = ("True difference, standard deviations of z", Scale(-0.05, 1.6, 56, 396), (0, 0.5, 1, 1.5))
    figure = plots.curves(series, across, ("Differences declared, %", Scale(0, 100, 250, 10), (0, 25, 50, 75, 100)), level=5)
    title = "Differences declared, by how large they are"
    note = f"Percent of true differences of about .5, 1 and 1.5 that are declared, and in the right direction.{_error(rates, cells, 'power 0.5')}"
    return Fragment(
        "contrasts-power", (table(head, rows, words=3),), note, plots.document(figure, title, "; ".join(said)), f"{title}. {'; '.join(said)}."
    )


def _corrected(cells: Sequence[Cell], rates: Rates) -> Fragment:
    columns = [
        ("family", "any", (("fixed", "none"), ("fixed, holm", "Holm"), ("observed", "none"), ("observed, holm", "Holm"))),
        ("false discoveries", "of declared", (("fixed", "none"), ("fixed, bh", "BH"), ("observed", "none"), ("observed, bh", "BH"))),
        ("power 1.0", "power 1", (("observed", "none"), ("observed, holm", "Holm"), ("observed, bh", "BH"))),
    ]
    shown = [(measure, rule, f"{label}: {CONTRASTS[rule.split(',')[0]]}, {way}") for measure, label, rules in columns for rule, way in rules]
    rows = [(*described(c), *(cell_of(rates, c.name, rule, measure) for measure, rule, _ in shown)) for c in cells]
    head = (*HEAD, *(words for _, _, words in shown))
    note = (
        "Percent. *any*: data sets with at least one false difference. *of declared*: mean share of the differences declared that are false. "
        "*power 1*: true differences of about 1 that are declared. BH is Benjamini and Hochberg."
    )
    return Fragment("contrasts-corrected", (table(head, rows, words=3),), note + _error(rates, cells, "family"))


def _agreement(cells: Sequence[Cell], rates: Rates) -> Fragment:
    kinds = {"fixed": "not different, .80", "observed": "not different, observed r", "equivalent, fixed": "equivalent, .80"}
    kinds["equivalent, observed"] = "equivalent, observed r"
    columns = [(m, rule) for m in ("consensus, all agree", "consensus, two far apart") for rule in kinds]
    columns += [(m, rule) for m in ("at the margin", "no difference") for rule in ("equivalent, fixed", "equivalent, observed")]
    short = {
        "consensus, all agree": "all agree",
        "consensus, two far apart": "two far apart",
        "at the margin": "pair at the margin",
        "no difference": "pair alike",
    }
    head = (*HEAD, *(f"{short[m]}: {kinds[rule]}" for m, rule in columns))
    rows = [(*described(c), *(cell_of(rates, c.name, rule, m) for m, rule in columns)) for c in cells]
    note = (
        "Percent. *all agree*: statements on which all viewpoints truly agree that are declared consensus. *two far apart*: the same of "
        "statements on which two viewpoints differ by 1 or more. *pair*: one pair of viewpoints, declared equivalent within .5, where the true "
        "difference is .5 to .6, and where there is none."
    )
    return Fragment("contrasts-consensus", (table(head, rows, words=3),), note + _error(rates, cells, "consensus, all agree"))


def _recovery(cells: Sequence[Cell], rates: Rates) -> Fragment:
    measures = {"fair": "φ ≥ .85", "equal": "φ ≥ .95", "flagged": "sorts that define a viewpoint", "right flags": "of the flags, right"}
    rows = [(*described(c), *(cell_of(rates, c.name, "recovery", m) for m in measures)) for c in cells]
    note = "Percent. φ is the congruence of a viewpoint found with the true one." + _error(rates, cells, "fair")
    return Fragment("recovery", (table((*HEAD, *measures.values()), rows, words=3),), note)


def coverage(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """Coverage and width of intervals by size of the viewpoint."""
    sizes = sorted({size for c in cells for size in c.sizes})
    head = ("loadings", "correlation", "interval", *(f"{size} sorts" for size in sizes))
    rows = []
    for c in cells:
        for kind, name in INTERVALS.items():
            widths = [rates[c.name, kind, f"width {size}"].rate for size in sizes]
            shown = [f"{cell_of(rates, c.name, kind, f'coverage {size}', 1)} ({width:.2f})" for size, width in zip(sizes, widths, strict=True)]
            rows.append((*described(c)[1:], name, *shown))
    named = next(c for c in cells if c.common == 0.4 and c.loadings[0] == 0.6)
    series = [(name, [(float(size), 100 * rates[named.name, kind, f"coverage {size}"].rate) for size in sizes]) for kind, name in INTERVALS.items()]
    across = ("Sorts that hold the viewpoint", Scale(min(sizes) - 1, max(sizes) + 1, 56, 396), sizes)
    lowest = min(rate for _, points in series for _, rate in points)
    floor = 10 * int(lowest / 10)
    up = ("Intervals that hold the truth, %", Scale(floor, 100, 250, 10), range(floor, 101, 10))
    title = "Coverage of 95 % intervals for z-scores"
    said = "; ".join(f"{name}: " + ", ".join(f"{share:.0f} % with {size:g} sorts" for size, share in points) for name, points in series)
    svg = plots.document(plots.curves(series, across, up, level=95), title, said)
    note = f"Percent of intervals that hold the true z-score, and their mean width. {sets_of(rates)} data sets a row."
    note += _error(rates, cells, "coverage")
    return [
        _by_resampling(cells, rates),
        Fragment("coverage", (table(head, rows, words=3),), note, svg, f"{title}, loadings .6–.8, correlation .4. {said}."),
    ]


def _by_resampling(cells: Sequence[Cell], rates: Rates) -> Fragment:
    rules = {"observed SE": "observed r", "bootstrap SE": "bootstrap SE of the difference", "percentile": "percentile interval of the difference"}
    measures = {"false": "false", **{f"power {effect}": f"{effect:g}" for effect in contrast_cells.EFFECTS}}
    head = (*HEAD, "rule", *measures.values())
    rows = [(*described(c), name, *(cell_of(rates, c.name, rule, m, 1) for m in measures)) for c in cells for rule, name in rules.items()]
    note = "Percent of comparisons declared: where there is no true difference, and where it is about .5, 1 and 1.5."
    return Fragment("contrasts-bootstrap", (table(head, rows, words=4),), note + _error(rates, cells, "power"))


def _range(rates: Rates, cells: Sequence[Cell], rule: str, measure: str) -> str:
    found = [rates[c.name, rule, measure].rate for c in cells if (c.name, rule, measure) in rates]
    return f"{percent(min(found), 1)} to {percent(max(found), 1)}"


def _error(rates: Rates, cells: Sequence[Cell], measure: str) -> str:
    names = {c.name for c in cells}
    points = uncertainty(rates, lambda cell, _, what: cell in names and what.startswith(measure))
    return f" The luck of the draw is ± {points} points at most (two Monte Carlo standard errors)."
