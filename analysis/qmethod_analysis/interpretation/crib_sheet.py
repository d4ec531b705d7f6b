"""What there is to say about each viewpoint, as figures: the crib sheet, what sets it apart, who holds it, and how sure that is.

References
----------
.. [1] Watts, S., & Stenner, P. (2012). Doing Q Methodological Research. Sage. Chapter 7: crib sheets.
.. [2] Fisher, R. A. (1922). On the interpretation of chi-squared from contingency tables, and the calculation of P. Journal of the Royal
   Statistical Society, 85(1), 87-94.
.. [3] Phipson, B., & Smyth, G. K. (2010). Permutation P-values should never be zero. Statistical Applications in Genetics and Molecular
   Biology, 9(1).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qmethod.brief import brief
from qmethod.calibration.pipeline import beyond_chance
from qmethod.data import Array, FloatArray
from qmethod.matching.comparison import Comparison, compare
from qmethod.matching.congruence import FAIR
from qmethod.method.contrasts import RelativeRanks, relative_ranks
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.simulation import simulated_names
from qmethod.solution import QSolution
from qmethod_analysis.interpretation.background import NOTHING, Background, Comment
from qmethod_analysis.interpretation.findings import Finding, common_ground
from qmethod_analysis.interpretation.holders import Trait, over_all, traits
from qmethod_analysis.interpretation.viewpoints import Viewpoints
from qmethod_analysis.words.placing import placing

SURE = 1.96
"""Bootstrap standard errors by which a statement must differ from every other viewpoint to be said to be sure, where no studies were drawn."""
CHANCE = 0.05
PERMUTATIONS, AT_ONCE = 2000, 100
"""How often tags are dealt out anew, and how many of these are reckoned together."""
FEWEST = 3
"""Statements that a description must place to be looked for."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement in one viewpoint.

    Parameters
    ----------
    statement : int
        Its position.
    place, z : float
        In the factor array, and its z-score.
    level : float
        At which it distinguishes the viewpoint; NaN where it does not.
    nearest : int
        The other viewpoint whose z-score is nearest; -1 without another.
    margin : float
        Its z-score less that one; NaN without another.
    low, high : float
        Places between which it truly stands, see `qmethod_analysis.words.placing`; NaN where that is not known.
    sure : bool or None
        Whether what is said of it is borne out. For outermost places by those ends: that it lies on that side of the middle, None where they are
        not known. For all else: that it differs from every other viewpoint by more than chance gives in studies drawn from the solution.
    """

    statement: int
    place: float
    z: float
    level: float
    nearest: int
    margin: float
    low: float
    high: float
    sure: bool | None

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Definer:
    """A defining sort.

    Parameters
    ----------
    participant : int
    loading : float
    negative : bool
        Whether it defines the viewpoint by its opposite.
    """

    participant: int
    loading: float
    negative: bool

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Proposed:
    """A description of a viewpoint that a found one resembles.

    Parameters
    ----------
    name, gist, source : str
    phi, p_value, chance_95 : float
        Congruence; how often chance is as good; what chance exceeds in one case of twenty. Chance is the best of `among` viewpoints that keep their
        places of the common statements and have all others in random order.
    agree, contradict : tuple of int
        Positions of statements placed clearly by both, on the same side and on opposite ones.
    among, common : int
        Viewpoints found; statements that all descriptions of the study put on one side, see `qmethod.matching.comparison.common_side`.
    simulated : bool
        Whether sorts of the analysis are simulated. Most are drawn from such descriptions, and then the likeness is circular.
    """

    name: str
    gist: str
    source: str
    phi: float
    p_value: float
    chance_95: float
    agree: tuple[int, ...]
    contradict: tuple[int, ...]
    among: int
    common: int
    simulated: bool

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Reading:
    """The crib sheet of one viewpoint (Watts & Stenner 2012) and what belongs to it.

    Statements stand by descending z-score, the lower ones by ascending.

    Parameters
    ----------
    viewpoint : int
    highest, lowest : tuple of Placed
        The outermost columns.
    higher, lower : tuple of Placed
        Of the rest, those placed higher, or lower, than in every other viewpoint; ``higher_tied``, ``lower_tied``: as high, or as low, as in
        one other.
    neutral : tuple of Placed
        In the middle and yet telling: they distinguish the viewpoint, or another one has them in an outermost column.
    distinguishing : tuple of Placed
        By level, then by distance to the nearest other viewpoint.
    definers : tuple of Definer
        Largest loading first.
    traits : tuple of Trait
        Of all answers, the most telling first.
    comments : tuple of Comment
        Of defining sorts that hold the viewpoint, not its opposite; on statements in its outermost columns or that distinguish it first.
    proposed : Proposed or None
        Only on a match: congruence of at least .85 and more than chance.
    """

    viewpoint: int
    highest: tuple[Placed, ...]
    higher: tuple[Placed, ...]
    higher_tied: tuple[Placed, ...]
    neutral: tuple[Placed, ...]
    lower_tied: tuple[Placed, ...]
    lower: tuple[Placed, ...]
    lowest: tuple[Placed, ...]
    distinguishing: tuple[Placed, ...]
    definers: tuple[Definer, ...]
    traits: tuple[Trait, ...]
    comments: tuple[Comment, ...]
    proposed: Proposed | None

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Divide:
    """A statement and how far it parts the viewpoints.

    Parameters
    ----------
    statement : int
    variance : float
        Of its z-scores over the defined viewpoints (n - 1).
    highest, lowest : int
        The viewpoints that place it highest and lowest.
    """

    statement: int
    variance: float
    highest: int
    lowest: int

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class TagContrast:
    """What the viewpoints make of the statements with one tag.

    Parameters
    ----------
    tag : str
    n : int
        Statements that carry it.
    means : tuple of float
        Mean z-score in each viewpoint; NaN for one that no sort defines.
    """

    tag: str
    n: int
    means: tuple[float, ...]

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Interpretation:
    """All there is to say about a solution.

    Parameters
    ----------
    readings : tuple of Reading or None
        One for each viewpoint; None where no sort defines it.
    consensus : tuple of int
        Statements, the highest mean z-score first.
    ground : tuple of Finding
        All statements in groups, by where all viewpoints place them.
    divides : tuple of Divide
        All statements, the largest variance first; empty with fewer than two defined viewpoints.
    tags : tuple of TagContrast
        The widest spread of means first.
    tags_p : float
        How often tags dealt out at random to the statements part the viewpoints as much (one added to both counts,
        Phipson & Smyth 2010); NaN without tags.
    """

    readings: tuple[Reading | None, ...]
    consensus: tuple[int, ...]
    ground: tuple[Finding, ...]
    divides: tuple[Divide, ...]
    tags: tuple[TagContrast, ...]
    tags_p: float

    __repr__ = brief


def interpret(
    solution: QSolution, background: Background = NOTHING, found: Bootstrap | None = None, published: Viewpoints | None = None
) -> Interpretation:
    """Say in figures what each viewpoint holds, what sets it apart, who holds it, and where all agree and part.

    Parameters
    ----------
    solution : QSolution
    background : Background, optional
        Answers, comments and tags.
    found : Bootstrap, optional
        How sure it is.
    published : Viewpoints, optional
        Reference viewpoints to be matched.
    """
    sheets = relative_ranks(solution)
    matches = {} if published is None else proposals(solution, published)
    apart = beyond_chance(solution)
    readings = tuple(
        None if sheet is None else _reading(solution, f, sheet, background, found, matches.get(f), apart) for f, sheet in enumerate(sheets)
    )
    told = over_all([() if one is None else one.traits for one in readings])
    readings = tuple(None if one is None else replace(one, traits=mine) for one, mine in zip(readings, told, strict=True))
    z = solution.scores.z_scores
    defined = np.flatnonzero(~np.isnan(z).any(axis=0))
    consensus = np.flatnonzero(solution.contrasts.consensus)
    mean = z[:, defined].mean(axis=1) if len(defined) else np.zeros(len(z))
    contrasts, p_value = tag_contrasts(solution, background.tags)
    return Interpretation(
        readings=readings,
        consensus=tuple(sorted(consensus.tolist(), key=lambda i: (-round(float(mean[i]), 9), i))),
        ground=common_ground(solution),
        divides=_divides(z, defined),
        tags=contrasts,
        tags_p=p_value,
    )


def proposals(solution: QSolution, published: Viewpoints) -> dict[int, Proposed]:
    """Descriptions that found viewpoints resemble, by the position of the found one.

    Parameters
    ----------
    solution : QSolution
    published : Viewpoints
        For example of a study; see `qmethod_analysis.folder.viewpoints.read_viewpoints`.

    Notes
    -----
    A match has a congruence of at least .85 and is better than chance (p <= .05, see `qmethod.matching.comparison.compare`), where
    chance shares what all descriptions of the study have in common. Nothing else proposes a name.
    """
    scores = published.for_statements(solution.data.statements)
    told = np.flatnonzero((~np.isnan(scores)).sum(axis=0) >= FEWEST)  # with fewer placements, a viewpoint is like too many
    if not told.size:
        return {}
    common = published.common_among(solution.data.statements)
    among = int((~np.isnan(solution.scores.z_scores)).any(axis=0).sum())
    simulated = bool(simulated_names(solution.data.participants))
    made: Comparison = compare(
        solution.scores.z_scores,
        scores[:, told],
        rng=np.random.default_rng(SEED),
        n_permutations=PERMUTATIONS,
        kept=common,
    )
    found = {}
    for match in made.matches:
        if match.found >= 0 and match.phi >= FAIR and match.p_value <= CHANCE:
            j = told[match.reference]
            found[match.found] = Proposed(
                published.names[j],
                published.gists[j],
                published.sources[j],
                match.phi,
                match.p_value,
                float(made.chance_95[match.reference]),
                match.agree,
                match.contradict,
                among,
                int(common.sum()),
                simulated,
            )
    return found


def _reading(
    solution: QSolution, f: int, sheet: RelativeRanks, background: Background, found: Bootstrap | None, proposed: Proposed | None, apart: Array
) -> Reading:
    def placed(statements: Sequence[int], outermost: int = 0) -> tuple[Placed, ...]:
        return tuple(_placed(solution, f, i, found, apart, outermost) for i in statements)

    levels = solution.contrasts.distinguishing[:, f]
    marked = [_placed(solution, f, i, found, apart) for i in np.flatnonzero(~np.isnan(levels)).tolist()]
    distinguishing = tuple(sorted(marked, key=lambda one: (one.level, -round(abs(one.margin), 9), one.statement)))
    definers, names = _definers(solution, f), solution.data.participants
    ends = {*sheet.highest, *sheet.lowest, *(one.statement for one in distinguishing)}
    return Reading(
        viewpoint=f,
        highest=placed(sheet.highest, 1),
        higher=placed(sheet.higher),
        higher_tied=placed(sheet.higher_tied),
        neutral=placed(_neutral(solution, f)),
        lower_tied=placed(sheet.lower_tied[::-1]),
        lower=placed(sheet.lower[::-1]),
        lowest=placed(sheet.lowest[::-1], -1),
        distinguishing=distinguishing,
        definers=definers,
        traits=traits(solution, [names[one.participant] for one in definers if not one.negative], background.questions),
        comments=_comments(solution, definers, background.comments, ends),
        proposed=proposed,
    )


def _placed(solution: QSolution, f: int, i: int, found: Bootstrap | None, apart: Array, outermost: int = 0) -> Placed:
    z = solution.scores.z_scores[i]
    others = [g for g in range(len(z)) if g != f and not math.isnan(z[g])]
    nearest = min(others, key=lambda g: (abs(z[g] - z[f]), g)) if others else -1
    margin = float(z[f] - z[nearest]) if others else math.nan
    low = high = math.nan
    sure: bool | None = bool(apart[i, f]) if others and not outermost else None
    ends = placing(solution, found)
    if ends is not None:
        low, high = float(ends.low[i, f]), float(ends.high[i, f])
        if outermost or not others:
            middle = _middle(solution)
            sure = bool(low > middle) if (outermost or float(z[f])) > 0 else bool(high < middle)
    if found is not None and solution.calibration is None and others and not outermost:
        errors = found.z_scores.standard_error[i]
        sure = all(abs(z[f] - z[g]) > SURE * math.hypot(errors[f], errors[g]) for g in others)
    return Placed(
        i, float(solution.scores.arrays[i, f]), float(z[f]), float(solution.contrasts.distinguishing[i, f]), nearest, margin, low, high, sure
    )


def _middle(solution: QSolution) -> float:
    """Half way between the ends of the grid."""
    values = solution.scores.grid.values
    return (min(values) + max(values)) / 2


def _neutral(solution: QSolution, f: int) -> list[int]:
    """Statements in the column or columns nearest to the middle that distinguish the viewpoint, or that another one has outermost."""
    values, arrays = np.array(solution.scores.grid.values, dtype=float), solution.scores.arrays
    distance = np.abs(values - _middle(solution))
    central = values[distance <= distance.min() + 1e-9]
    here = np.isin(arrays[:, f], central)
    others = np.delete(arrays, f, axis=1)
    elsewhere = ((others == values.max()) | (others == values.min())).any(axis=1) if others.shape[1] else np.zeros(len(arrays), dtype=bool)
    telling = here & (~np.isnan(solution.contrasts.distinguishing[:, f]) | elsewhere)
    return [int(i) for i in np.argsort(solution.scores.ranks[:, f], kind="stable") if telling[i]]


def _definers(solution: QSolution, f: int) -> tuple[Definer, ...]:
    position = {name: i for i, name in enumerate(solution.data.participants)}
    who = [position[name] for name in solution.defining(f)]
    return tuple(Definer(i, float(solution.loadings[i, f]), bool(solution.loadings[i, f] < 0)) for i in who)


def _comments(solution: QSolution, definers: Sequence[Definer], comments: Sequence[Comment], ends: set[int]) -> tuple[Comment, ...]:
    names, position = solution.data.participants, {name: i for i, name in enumerate(solution.data.statements)}
    rank = {names[one.participant]: i for i, one in enumerate(definers) if not one.negative}
    mine = [one for one in comments if one.participant in rank and one.statement in position]
    return tuple(sorted(mine, key=lambda one: (position[one.statement] not in ends, position[one.statement], rank[one.participant])))


def _divides(z: FloatArray, defined: Array) -> tuple[Divide, ...]:
    if len(defined) < 2:
        return ()
    mine = z[:, defined]
    variance = mine.var(axis=1, ddof=1)
    found = [Divide(i, float(variance[i]), int(defined[mine[i].argmax()]), int(defined[mine[i].argmin()])) for i in range(len(z))]
    return tuple(sorted(found, key=lambda one: (-round(one.variance, 9), one.statement)))


def tag_contrasts(solution: QSolution, tags: Mapping[str, Sequence[str]]) -> tuple[tuple[TagContrast, ...], float]:
    """Mean z-score of each tag in each viewpoint, and whether tags part the viewpoints more than chance.

    Parameters
    ----------
    solution : QSolution
    tags : mapping of str to sequence of str
        By statement.

    Returns
    -------
    tuple of TagContrast
    float
        See `Interpretation`.

    Notes
    -----
    The measure is the sum over tags of the number of statements times the variance of their means over the viewpoints; it is compared
    with the same after the tags were dealt out anew to the statements, each statement keeping its scores.
    """
    z = solution.scores.z_scores
    defined = np.flatnonzero(~np.isnan(z).any(axis=0))
    names = list(dict.fromkeys(tag for statement in solution.data.statements for tag in tags.get(statement, ())))
    if not names or len(defined) < 2:
        return (), math.nan
    member = np.array([[tag in tags.get(statement, ()) for statement in solution.data.statements] for tag in names], dtype=float)
    sizes = member.sum(axis=1)

    def parting(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        means = member @ scores[..., defined] / sizes[:, None]
        return (sizes * means.var(axis=-1, ddof=1)).sum(axis=-1), means

    here, means = parting(z)
    rng = np.random.default_rng(SEED)
    as_much = 0
    for _ in range(PERMUTATIONS // AT_ONCE):
        orders = np.array([rng.permutation(len(z)) for _ in range(AT_ONCE)])
        as_much += int((parting(z[orders])[0] >= here * (1 - 1e-12)).sum())
    whole = np.full((len(names), z.shape[1]), np.nan)
    whole[:, defined] = means
    found = [TagContrast(tag, int(sizes[t]), tuple(map(float, whole[t]))) for t, tag in enumerate(names)]
    return tuple(sorted(found, key=lambda one: (-round(np.nanmax(one.means) - np.nanmin(one.means), 9), one.tag))), (1 + as_much) / (1 + PERMUTATIONS)
