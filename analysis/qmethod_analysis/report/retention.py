"""What the report says about how many viewpoints there are."""

from __future__ import annotations

from dataclasses import dataclass

from qmethod.retention.advice import NAMES, OF_CHANCE
from qmethod.retention.retain import Retention
from qmethod.retention.row import RetentionRow
from qmethod.solution import QSolution
from qmethod_analysis.recipe.recipe import Recipe
from qmethod_analysis.tables.retention import MOST
from qmethod_analysis.words.chances import chance
from qmethod_analysis.words.language import N_, _, ngettext, number
from qmethod_analysis.words.narrative import decimal
from qmethod_analysis.words.notices import advised

NOISE = N_("finds viewpoints in random sorts")
KINDS = {
    "nest": N_("test against chance"),
    "nest_themes": N_("test against chance within the themes of statements"),
    "parallel_95": N_("test against chance; misses viewpoints with ground in common"),
    "map": N_("what is left between sorts; no test"),
    "ekc": N_("against the limit that noise has in theory; no test"),
    "scree": N_("a bend; never says none"),
    **dict.fromkeys(OF_CHANCE, NOISE),
}


_NAMED = (
    N_("NEST beyond themes"),
    N_("Parallel analysis (95th centile)"),
    N_("The empirical Kaiser criterion"),
    N_("Parallel analysis against the mean"),
    N_("Eigenvalues above 1 (Kaiser)"),
    N_("Humphrey's rule, strict"),
    N_("Humphrey's rule, lenient"),
    N_("Two significant loadings"),
    N_("The elbow of the scree"),
)
"""What `qmethod.retention.advice.NAMES` says, as it begins a cell."""

_REASONS = (
    N_("no tags of the statements were given"),
    N_("all statements have the same tags"),
    N_("no two statements have the same tags"),
    N_("fewer than two participants place the statements of some theme in more than one column"),
    N_("NEST was left out"),
    N_("loadings of Kendall's tau are no correlations of latent scores, from which sorts could be simulated"),
    N_("the components explain some sort whole, and nothing is left of it to correlate"),
    N_("placements are missing, and random sorts need whole ones"),
)
"""Why `qmethod.retention` could not ask a criterion."""


@dataclass(frozen=True, slots=True)
class HowMany:
    """The section.

    Parameters
    ----------
    advice : tuple of str
        The conclusion, then its evidence.
    made : str
        What was drawn.
    more : str
        What draws more.
    criteria : tuple of tuple (str, str, str)
        Name, answer, and what it is worth.
    rows : tuple of tuple (str, tuple of str, bool)
        Number of viewpoints, cells, and whether this report shows that solution.
    likely : bool
        Whether rows have a probability.
    """

    advice: tuple[str, ...]
    made: str
    more: str
    criteria: tuple[tuple[str, str, str], ...] = ()
    rows: tuple[tuple[str, tuple[str, ...], bool], ...] = ()
    likely: bool = False


LIKELY = N_("Probability is the share of simulated studies with a table like this one that hold so many viewpoints.")
COLUMNS = N_(
    "Eigenvalue, Humphrey and loadings belong to the factor of that number; NEST asks whether there is one more; MAP is smallest at its answer; the "
    "other columns describe the rotated solution with so many factors."
)
HEADERS = (
    N_("Probability"),
    N_("Eigenvalue"),
    N_("Variance, %"),
    N_("Cumulative, %"),
    N_("Random sorts, 95 %"),
    N_("NEST, p"),
    N_("p could be"),
    N_("NEST beyond themes, p"),
    N_("EKC needs"),
    "MAP",
    N_("Humphrey"),
    N_("Loadings at .01"),
    N_("Defining"),
    N_("Confounded"),
    N_("None significant"),
    N_("Fewest defining"),
    N_("Random halves, φ"),
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
        made = _("With more than {most} sorts it takes a while.", most=number(MOST, ","))
        return HowMany((_("This was not asked."),), made, _("{command} asks it.", command="qmethod retain SORTS"))
    chosen = solution.n_factors
    seed = recipe.retention.seed if recipe.retention else 1
    shown = ngettext("This report shows the solution with {n} factor.", "This report shows the solution with {n} factors.", chosen)
    made = " ".join([shown, drawn(found, seed)])
    with_nest = recipe.retention is not None and recipe.retention.nest
    more = (
        _("{command} draws more.", command="qmethod retain SORTS --random 1000")
        if with_nest
        else _("{command} asks NEST too.", command="qmethod retain SORTS")
    )
    rows = tuple((str(row.k), cells(row), row.k == chosen) for row in found.rows)
    more = "" if none_drawn(found) else more  # with these sorts there is nothing that could be drawn
    return HowMany(found.advice, made, more, criteria(found), rows, found.probabilities is not None)


def criteria(found: Retention) -> tuple[tuple[str, str, str], ...]:
    """Name, answer, and what it is worth, of each criterion."""
    return tuple(
        (
            _(NAMES[name][:1].upper() + NAMES[name][1:]),
            "–" if answer is None else _("at least {n}", n=answer) if name in found.limited else str(answer),
            advised(found.reasons[name]) if name in found.reasons else _(KINDS[name]),
        )
        for name, answer in found.answers.items()
    )


def none_drawn(found: Retention) -> bool:
    """Whether no criterion that needs random sorts could be asked."""
    return all(row.parallel_95 is None and row.nest_p is None and row.nest_themes_p is None for row in found.rows)


def drawn(found: Retention, seed: int | None) -> str:
    """How many sets of random sorts there were and from which seed, or that there were none, in a sentence."""
    if none_drawn(found):
        return _("No random sorts were drawn.")
    return f"{_sets(found)}." if seed is None else _("{drawn}, seed {seed}.", drawn=_sets(found), seed=seed)


def _sets(found: Retention) -> str:
    most = max((sets or 0 for row in found.rows for sets in (row.nest_sets, row.nest_themes_sets)), default=0)
    if most > found.n_random:
        said = N_("Each comparison drew {n} sets of random sorts, up to {most} where a p-value of NEST was near .05")
        return _(said, n=found.n_random, most=number(most, ","))
    return _("Each comparison drew {n} sets of random sorts", n=found.n_random)


def cells(row: RetentionRow) -> tuple[str, ...]:
    """One row under `HEADERS`."""
    low, high = row.nest_low, row.nest_high
    could = "" if low is None or high is None else _("{low} to {high}", low=chance(low), high=chance(high))
    shown: tuple[tuple[float | str | None, int], ...] = (
        (chance(row.probability), 0),
        (row.eigenvalue, 2),
        (row.percent, 1),
        (row.cumulative, 1),
        (row.parallel_95, 2),
        (chance(row.nest_p), 0),
        (could, 0),
        (chance(row.nest_themes_p), 0),
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
