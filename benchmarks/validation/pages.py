"""From the CSV files to what the page shows: tables, plots, and the figures of its sentences. The same files always give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.validation import assigning, changed, judged, likely, modelled, placed, planting, plots, retention, themed, told
from benchmarks.validation.coverage import REPLICATES
from benchmarks.validation.fragments import Fragment, contrasts, coverage
from benchmarks.validation.fragments import retention as retained
from benchmarks.validation.planting import NAMED, Cell
from benchmarks.validation.tables import Rates, cell_of, described, percent, read, read_cells, sets_of, span, table, uncertainty
from qmethod_analysis.pictures.drawing import Scale

PARTS = ("retention", "contrasts", "coverage", "classify", "themes", "seeds", "calibrated", "chances", "places", "partition", "telling", "occasions")
OUTCOMES = {"right": "right", "unclear": "unclear", "wrong": "wrong"}
CONTRASTED = (
    ("false_fixed", "fixed", "false", 1, (6, 4)),
    ("false_observed", "observed", "false", 1, (6, 4)),
    ("false_cohens_d", "cohens-d", "false", 1, (6, 4)),
    ("false_found", "observed", "false, both found", 1, (4,)),
    ("distinguishing_fixed", "fixed", "false distinguishing", 0, (6, 4)),
    ("distinguishing_observed", "observed", "false distinguishing", 1, (6, 4)),
    ("power_fixed", "fixed", "power 1.0", 0, (6, 4)),
    ("power_observed", "observed", "power 1.0", 0, (6, 4)),
    ("family_observed", "observed", "family", 0, (6,)),
    ("family_holm", "observed, holm", "family", 0, (6, 4)),
    ("family_fixed_holm", "fixed, holm", "family", 0, (6,)),
    ("power_holm", "observed, holm", "power 1.0", 0, (6,)),
    ("discoveries_observed", "observed", "false discoveries", 1, (6, 4)),
    ("discoveries_bh", "observed, bh", "false discoveries", 1, (6, 4)),
    ("equivalent_alike_fixed", "equivalent, fixed", "no difference", 0, (6,)),
    ("equivalent_alike", "equivalent, observed", "no difference", 1, (6,)),
    ("equivalent_margin_fixed", "equivalent, fixed", "at the margin", 0, (6,)),
    ("consensus_far_observed", "observed", "consensus, two far apart", 0, (6, 4)),
    ("consensus_alike_observed", "observed", "consensus, all agree", 0, (6,)),
    ("recovered", "recovery", "fair", 0, (6, 4)),
)
"""What sentences say of contrasts: key, rule, measure, digits, and for loadings from .6 or .4."""
WAYS = (assigning.WHOLE, assigning.FEW)
KINDS = {", known answers": "without those of another viewpoint", "": "all"}
"""Of whom probabilities are judged: a rule's suffix, and in words."""
CLAIMED = (assigning.BINS[5], "80 to 90 %")
"""The bin that the page speaks of, by its upper edge."""


def render(folder: Path) -> list[Path]:
    """Write all files that come from the CSV files of a folder, and tell which.

    Parameters
    ----------
    folder : Path
        With a CSV file for each part; a part without one is left out.
    """
    made = {"retention": retained, "contrasts": contrasts, "coverage": coverage, "classify": classify}
    made |= {"themes": themed.themes, "seeds": themed.seeds, "calibrated": judged.calibrated, "chances": likely.chances, "places": placed.places}
    made |= {"partition": modelled.partition, "telling": told.telling, "occasions": changed.occasions}
    there = {part: (read_cells(folder, part), read(folder, part)) for part in PARTS if (folder / f"{part}.csv").exists()}
    fragments = [fragment for part, (cells, rates) in there.items() for fragment in made[part](cells, rates)]
    if (folder / "learned.csv").exists():
        fragments += [likely.coefficients(folder / "learned.csv"), likely.mixture()]
    written = []
    if len(there) == len(PARTS):
        counted = [*themed.targets(there["themes"], there["seeds"]), *likely.targets(there["chances"])]
        differing = [*judged.targets(there["calibrated"]), *placed.targets(there["places"]), *told.targets(there["telling"])]
        differing += changed.targets(there["occasions"])
        fragments.append(targets(*(there[part] for part in PARTS[:3]), counted, differing))
        named = numbers(*(there[part] for part in PARTS[:4])) | themed.numbers(there["themes"], there["seeds"])
        named |= judged.numbers(there["calibrated"]) | likely.numbers(there["chances"]) | placed.numbers(there["places"])
        named |= told.numbers(there["telling"]) | changed.numbers(there["occasions"])
        figures = json.dumps(named, indent=1, sort_keys=True, ensure_ascii=False)
        written.append(_write(folder / "figures.json", f"{figures}\n"))
    for fragment in fragments:
        written.append(_write(folder / f"{fragment.name}.md", fragment.markdown()))
        if fragment.svg:
            written.append(_write(folder / f"{fragment.name}.svg", fragment.svg))
    return written


def _write(file: Path, words: str) -> Path:
    file.write_text(words, encoding="utf-8", newline="\n")
    return file


def classify(cells: Sequence[Cell], rates: Rates) -> list[Fragment]:
    """What new people are told, and whether the probabilities are right."""
    head = ("study", "loadings", "correlation", "placed", "people", *OUTCOMES.values())
    groups = {"holders": "hold one of the viewpoints", "random sorts": "sort at random", "another viewpoint": "hold another viewpoint"}
    rows = [
        (*described(c), way, words, *(cell_of(rates, c.name, way, f"{group}: {outcome}") for outcome in OUTCOMES))
        for c in cells
        for way in assigning.ways(c)
        for group, words in groups.items()
    ]
    note = "Percent of new people. For the last two kinds *none of these* is right."
    note += f" The luck of the draw is ± {uncertainty(rates, lambda _c, _r, m: ': ' in m)} points at most (two Monte Carlo standard errors)."
    answered = Fragment("classify-answers", (table(head, rows, words=5),), note)
    return [answered, _claimed(cells, rates), _calibration(cells, rates), _mixtures(cells, rates, groups)]


def _claimed(cells: Sequence[Cell], rates: Rates) -> Fragment:
    """Of answers claimed with 80 to 90 %, how many are right, and by how much all claims are off, before and after they are tried."""
    high, words = CLAIMED
    head = ("study", "loadings", "correlation", "placed", "people", f"right of {words}", "off on average", "formula alone: right", "off")
    rows = []
    for c in cells:
        for way in assigning.ways(c):
            for kind, who in KINDS.items():
                plain = assigning.PLAIN if (way, kind) == (assigning.WHOLE, "") else None
                before = (_right(rates, c.name, plain, high), _off(rates, c.name, plain)) if plain else ("–", "–")
                rows.append((*described(c), way, who, _right(rates, c.name, way + kind, high), _off(rates, c.name, way + kind), *before))
    note = f"Percentage of the answers given with a probability of {words} that is right, ± two Monte Carlo standard errors; and how far claim and"
    note += " truth are apart, in points, on average over the bins of the next table, each by how many answers it holds (expected calibration error)."
    note += " Before they were tried on studies drawn from the solution, probabilities were those of the *formula alone*."
    return Fragment("classify-claimed", (table(head, rows, words=5),), note)


def _right(rates: Rates, cell: str, rule: str, high: float) -> str:
    found = rates.get((cell, rule, f"observed {high}"))
    return "–" if found is None else f"{percent(found.rate)} ± {200 * found.error:.0f}"


def off(rates: Rates, cell: str, rule: str) -> float:
    """Expected calibration error: how far the share that is right is from what was said, over all bins by how many answers each holds."""
    pairs = [(rates.get((cell, rule, f"predicted {high}")), rates.get((cell, rule, f"observed {high}"))) for high in assigning.BINS[1:]]
    known = [(said, right) for said, right in pairs if said is not None and right is not None]
    return sum(said.tests * abs(said.rate - right.rate) for said, right in known) / sum(said.tests for said, _ in known)


def _off(rates: Rates, cell: str, rule: str) -> str:
    return f"{100 * off(rates, cell, rule):.1f}"


def _mixtures(cells: Sequence[Cell], rates: Rates, groups: dict[str, str]) -> Fragment:
    """Whether those who fit no mixture are noticed, and what the shares of a mixture say of people whose shares are known."""
    unlike = {group: f"unlike: {words}" for group, words in groups.items()}
    shares = {
        "holders: share of their own": "own share of those who hold one",
        "half of two: share of the two": "share of both of those who hold two",
        "half of two: lesser of the two": "the lesser of these",
    }
    head = ("study", "loadings", "correlation", "placed", *unlike.values(), *shares.values())
    rows = [
        (
            *described(c),
            way,
            *(cell_of(rates, c.name, way, f"{group}: unlike") for group in unlike),
            *(cell_of(rates, c.name, way, s) for s in shares),
        )
        for c in cells
        for way in assigning.ways(c)
    ]
    note = f"*Unlike*: percent whose fit is as rare as {percent(assigning.UNLIKE)} in 100 among people who hold a viewpoint. Shares are means, in"
    note += " percent; those who hold two viewpoints hold each by a half."
    return Fragment("classify-mixtures", (table(head, rows, words=4),), note)


def _calibration(cells: Sequence[Cell], rates: Rates) -> Fragment:
    head = ("study", "loadings", "correlation", "placed", "people", *(f"to {percent(high)} %" for high in assigning.BINS[1:]))
    rows = []
    for c in cells:
        for way in assigning.ways(c):
            for kind, words in KINDS.items():
                both = [[cell_of(rates, c.name, way + kind, f"{what} {high}") for what in ("predicted", "observed")] for high in assigning.BINS[1:]]
                rows.append((*described(c), way, words, *(": ".join(pair) for pair in both)))
    named = next(c for c in cells if c.common == 0.4 and c.loadings[0] == 0.6)
    series, said = [], []
    for way in WAYS:
        for kind, words in KINDS.items():
            pairs = [(named.name, way + kind, f"{what} {high}") for high in assigning.BINS[1:] for what in ("predicted", "observed")]
            known = [100 * rates[pair].rate for pair in pairs if pair in rates]
            points = list(zip(known[::2], known[1::2], strict=True))
            series.append((f"{way}, {words}", points))
            said.append(f"{way}, {words}: " + ", ".join(f"predicted {a:.0f} %, right {b:.0f} %" for a, b in points))
    ticks = (20, 40, 60, 80, 100)
    across = ("Mean probability of the likeliest answer, %", Scale(20, 100, 56, 396), ticks)
    figure = plots.curves(series, across, ("Share that is right, %", Scale(0, 100, 270, 10), (0, *ticks)), diagonal=True)
    title = "Calibration of the probabilities of classification"
    note = "In each cell the mean probability of the likeliest answer in that bin, and the percentage of these answers that is right."
    svg = plots.document(figure, title, "; ".join(said))
    return Fragment("classify-calibration", (table(head, rows, words=5),), note, svg, f"{title}, loadings .6–.8, correlation .4. {'; '.join(said)}.")


Part = tuple[list[Cell], Rates]
Asked = Sequence[tuple[str, str, str, str]]


def targets(retention_part: Part, contrast_part: Part, coverage_part: Part, counted: Asked, differing: Asked) -> Fragment:
    """What was asked of the engine beforehand, what was found, and whether it holds; with rows on the number of viewpoints and on differences."""
    (cells, rates), (pairs, differences), (studies, intervals) = retention_part, contrast_part, coverage_part
    rows = []
    for rule, name in (("nest", "NEST"), ("parallel_95", "parallel analysis (95)")):
        for c in (c for c in cells if not c.sizes and c.grid == "classical"):
            rate = rates[c.name, rule, "too many"].rate
            rows.append((f"{name}: viewpoints in {c.sorts} random sorts", "3 to 7 %", f"{percent(rate, 1)} %", _verdict(0.03 <= rate <= 0.07)))
    named = _named(cells)
    for measure, least, words in (("exact", 0.65, "exactly four"), ("within one", 0.95, "three to five")):
        rate = rates[named.name, "nest", measure].rate
        target = f"at least {percent(least)} %"
        rows.append(
            (f"NEST finds {words} of four viewpoints (16, 11, 8, 5 sorts; .4 common)", target, f"{percent(rate, 1)} %", _verdict(rate >= least))
        )
    rows += counted
    for words, some in (
        ("that study, viewpoints correlated .4", [c for c in pairs if (c.sizes, c.loadings[0], c.common, c.grid) == (NAMED, 0.6, 0.4, "classical")]),
        ("all cells with loadings .6–.8 and 42 or 60 statements", [c for c in pairs if c.loadings[0] == 0.6 and c.grid != "small"]),
        ("loadings .6–.8, 20 statements", [c for c in pairs if c.grid == "small"]),
        ("all cells with loadings .4–.6", [c for c in pairs if c.loadings[0] == 0.4]),
    ):
        false = [differences[c.name, "observed", "false"].rate for c in some]
        what = f"differences declared at .05 where there are none, observed r: {words}"
        rows.append((what, "3 to 9 %", f"{span(false, 1)} %", _verdict(min(false) >= 0.03 and max(false) <= 0.09)))
    rows += differing
    for size in NAMED:
        shares = [intervals[c.name, "percentile", f"coverage {size}"].rate for c in studies]
        rows.append((f"percentile intervals for z, viewpoint of {size} sorts, all cells", "told", f"{span(shares, 1)} %", "–"))
    return Fragment("targets", (table(("what", "target", "found", "holds"), rows, words=4),), "")


def _verdict(holds: bool) -> str:
    return "yes" if holds else "**no**"


def _named(cells: Sequence[Cell]) -> Cell:
    return next(c for c in cells if c.sizes == NAMED and c.common == 0.4 and c.loadings[0] == 0.6)


def numbers(retention_part: Part, contrast_part: Part, coverage_part: Part, classify_part: Part) -> dict[str, str]:
    """Every figure that a sentence of the page names, as the sentence has it."""
    (cells, rates), (pairs, differences), (studies, intervals), (assigned, answers) = retention_part, contrast_part, coverage_part, classify_part
    random, named = [c for c in cells if not c.sizes], _named(cells)
    found: dict[str, str] = {
        "sets_retention": sets_of(rates),
        "sets_contrasts": sets_of(differences),
        "sets_coverage": sets_of(intervals),
        "sets_classify": sets_of(answers),
        "random_sets": str(retention.N_RANDOM),
        "replicates": str(REPLICATES),
        "shared": str(planting.SHARED),
        "crowd": f"{planting.CROWD:,}",
    }
    for rule in ("nest", "parallel_95", "map", "kaiser", "humphrey_strict", "humphrey_lenient", "two_loadings"):
        found[f"random_{rule}"] = span([rates[c.name, rule, "too many"].rate for c in random], 1)
    for rule in ("nest", "parallel_95"):
        found[f"named_{rule}"] = percent(rates[named.name, rule, "exact"].rate)
    found["named_nest_within"] = percent(rates[named.name, "nest", "within one"].rate)
    found["named_agree"] = percent(rates[named.name, "nest and map", "agree"].rate)
    found["named_agree_right"] = percent(rates[named.name, "nest and map", "right where they agree"].rate)
    found["named_range"] = percent(rates[named.name, "nest and map", "truth within their range"].rate)
    for loadings in (0.6, 0.4):
        some = [c.name for c in pairs if c.loadings[0] == loadings and c.grid != "small"]
        for key, rule, measure, digits, where in CONTRASTED:
            shares = [differences[name, rule, measure].rate for name in some if (name, rule, measure) in differences]
            if round(10 * loadings) in where:
                found[f"{key}_{loadings * 10:.0f}"] = span(shares, digits)
        for kind in ("percentile", "expanded-percentile", "observed SE", "classical SE"):
            key = kind.replace("-", "_").replace(" ", "_").lower()
            names = [c.name for c in studies if c.loadings[0] == loadings]
            found[f"covers_{key}_{loadings * 10:.0f}"] = span([intervals[name, kind, f"coverage {size}"].rate for name in names for size in NAMED], 1)
        for rule in ("bootstrap SE", "percentile"):
            key = rule.replace(" ", "_").lower()
            for measure in ("false", "power 1.0"):
                what = f"{measure.split()[0]}_{key}_{loadings * 10:.0f}"
                found[what] = span([intervals[name, rule, measure].rate for name in names], 1 if measure == "false" else 0)
        some = [c.name for c in assigned if c.loadings[0] == loadings]
        short = [c.name for c in assigned if c.loadings[0] == loadings and assigning.FEW in assigning.ways(c)]
        for key, rule, names in (
            ("formula", assigning.PLAIN, some),
            ("all", assigning.WHOLE, some),
            ("known", f"{assigning.WHOLE}, known answers", some),
            ("12", assigning.FEW, short),
        ):
            found[f"claimed_{key}_{loadings * 10:.0f}"] = span([answers[name, rule, f"observed {CLAIMED[0]}"].rate for name in names])
            found[f"off_{key}_{loadings * 10:.0f}"] = f"{min(o := [100 * off(answers, n, rule) for n in names]):.1f} to {max(o):.1f}"
        for key, group in (("holders", "holders"), ("random", "random sorts"), ("another", "another viewpoint")):
            found[f"unlike_{key}_{loadings * 10:.0f}"] = span([answers[name, assigning.WHOLE, f"{group}: unlike"].rate for name in some])
        for way in WAYS:
            for outcome in ("right", "wrong"):
                shares = [
                    answers[c.name, way, f"holders: {outcome}"].rate for c in assigned if c.loadings[0] == loadings and way in assigning.ways(c)
                ]
                found[f"holders_{outcome}_{way.split()[0]}_{loadings * 10:.0f}"] = span(shares)
    few = next(c.name for c in pairs if c.grid == "small")
    found["few_statements_observed"] = percent(differences[few, "observed", "false"].rate, 1)
    for way in WAYS:
        found[f"random_wrong_{way.split()[0]}"] = span(
            [answers[c.name, way, "random sorts: wrong"].rate for c in assigned if way in assigning.ways(c)]
        )
        for common, key in ((0.0, "apart"), (0.4, "alike")):
            shares = [answers[c.name, way, "another viewpoint: wrong"].rate for c in assigned if c.common == common and way in assigning.ways(c)]
            found[f"another_wrong_{way.split()[0]}_{key}"] = span(shares)
    return found
