"""What the report says about how many viewpoints there are."""

from __future__ import annotations

from dataclasses import dataclass

from qmethod.retention.advice import NAMES, OF_CHANCE
from qmethod.retention.retain import Retention
from qmethod.retention.row import RetentionRow
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.tables.retention import MOST
from qmethod_analysis.words.narrative import decimal

NOISE = "finds viewpoints in random sorts"
KINDS = {
    "nest": "test against chance",
    "nest_themes": "test against chance within the themes of statements",
    "parallel_95": "test against chance; misses viewpoints with ground in common",
    "map": "what is left between sorts; no test",
    "ekc": "against the limit that noise has in theory; no test",
    "scree": "a bend; never says none",
    **dict.fromkeys(OF_CHANCE, NOISE),
}


@dataclass(frozen=True, slots=True)
class HowMany:
    """The section.

    Parameters
    ----------
    advice : tuple of str
        The conclusion, then its evidence.
    made : str
        What was drawn.
    command, gives : str
        What draws more, and what that gives.
    criteria : tuple of tuple (str, str, str)
        Name, answer, and what it is worth.
    rows : tuple of tuple (str, tuple of str, bool)
        Number of viewpoints, cells, and whether this report shows that solution.
    likely : bool
        Whether rows have a probability.
    """

    advice: tuple[str, ...]
    made: str
    command: str
    gives: str
    criteria: tuple[tuple[str, str, str], ...] = ()
    rows: tuple[tuple[str, tuple[str, ...], bool], ...] = ()
    likely: bool = False


LIKELY = "Probability is the share of simulated studies with a table like this one that hold so many viewpoints."
COLUMNS = (
    "Eigenvalue, Humphrey and loadings belong to the factor of that number; NEST asks whether there is one more; MAP is smallest at its answer; the "
    "other columns describe the rotated solution with so many factors."
)
HEADERS = (
    "Probability",
    "Eigenvalue",
    "Variance, %",
    "Cumulative, %",
    "Random sorts, 95 %",
    "NEST, p",
    "p could be",
    "NEST beyond themes, p",
    "EKC needs",
    "MAP",
    "Humphrey",
    "Loadings at .01",
    "Defining",
    "Confounded",
    "None significant",
    "Fewest defining",
    "Random halves, φ",
)


def how_many(solution: QSolution, recipe: Recipe, found: Retention | None) -> HowMany | None:
    """The section for the page; None where it was left out.

    Parameters
    ----------
    solution : QSolution
    recipe : Recipe
    found : Retention or None
    """
    if found is None:
        if solution.data.n_sorts <= MOST:
            return None
        return HowMany(("This was not asked.",), f"With more than {MOST:,} sorts it takes a while.", "qmethod retain SORTS", "asks it")
    chosen = solution.n_factors
    seed = recipe.retention.seed if recipe.retention else 1
    made = f"This report shows the solution with {counted(chosen, 'factor')}. {drawn(found)}, seed {seed}."
    with_nest = recipe.retention is not None and recipe.retention.nest
    more = ("qmethod retain SORTS --random 1000", "draws more") if with_nest else ("qmethod retain SORTS", "asks NEST too")
    rows = tuple((str(row.k), cells(row), row.k == chosen) for row in found.rows)
    return HowMany(found.advice, made, *more, criteria(found), rows, found.probabilities is not None)


def criteria(found: Retention) -> tuple[tuple[str, str, str], ...]:
    """Name, answer, and what it is worth, of each criterion."""
    limited = dict.fromkeys(found.limited, "at least ")
    return tuple(
        (
            NAMES[name][:1].upper() + NAMES[name][1:],
            "–" if answer is None else f"{limited.get(name, '')}{answer}",
            found.reasons.get(name, KINDS[name]),
        )
        for name, answer in found.answers.items()
    )


def drawn(found: Retention) -> str:
    """How many sets of random sorts there were."""
    most = max((sets or 0 for row in found.rows for sets in (row.nest_sets, row.nest_themes_sets)), default=0)
    more = f", up to {most:,} where a p-value of NEST was near .05" if most > found.n_random else ""
    return f"Each comparison drew {found.n_random} sets of random sorts{more}"


def cells(row: RetentionRow) -> tuple[str, ...]:
    """One row under `HEADERS`."""
    low, high = row.nest_low, row.nest_high
    could = "" if low is None or high is None else f"{decimal(low)} to {decimal(high)}"
    shown: tuple[tuple[float | str | None, int], ...] = (
        (row.probability, 2),
        (row.eigenvalue, 2),
        (row.percent, 1),
        (row.cumulative, 1),
        (row.parallel_95, 2),
        (row.nest_p, 2),
        (could, 0),
        (row.nest_themes_p, 2),
        (row.ekc, 2),
        (row.map, 4),
        (row.humphrey, 2),
        (row.n_significant, 0),
        (row.n_defining, 0),
        (row.n_confounded, 0),
        (row.n_nonsignificant, 0),
        (row.fewest_defining, 0),
        (row.split_half, 2),
    )
    return tuple("" if value is None else value if isinstance(value, str) else decimal(value, digits) for value, digits in shown)
