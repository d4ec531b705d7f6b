r"""How many viewpoints: every criterion in one table, and what together they advise.

Notation: n statements, m sorts, eigenvalues :math:`\lambda_1 \ge \lambda_2 \ge \ldots` of the correlations between sorts. At most r of them are
more than rounding, r <= min(m, n - 1), and no criterion looks beyond.

References
----------
.. [1] Achim, A. (2017). Testing the number of required dimensions in exploratory factor analysis. The Quantitative Methods for Psychology,
   13(1), 64-74. https://doi.org/10.20982/tqmp.13.1.p064. The next eigenvalue sufficiency test, NEST.
.. [2] Caron, P.-O. (2025). Educational and Psychological Measurement, 85(4), 814-828. NEST compared with other rules.
.. [3] Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30(2), 179-185.
.. [4] Velicer, W. F. (1976). Determining the number of components from the matrix of partial correlations. Psychometrika, 41(3), 321-327.
.. [5] Kaiser, H. F. (1960). The application of electronic computers to factor analysis. Educational and Psychological Measurement, 20(1), 141-151.
.. [6] Brown, S. R. (1980). Political Subjectivity. Yale University Press, pp. 222-223. Two significant loadings; Humphrey's rule.
.. [7] Raîche, G., Walls, T. A., Magis, D., Riopel, M., & Blais, J.-G. (2013). Non-graphical solutions for Cattell's scree test. Methodology,
   9(1), 23-29. The acceleration factor.
.. [8] Harman, H. H. (1976). Modern Factor Analysis, 3rd ed. University of Chicago Press. Principal axes with iterated communalities.
.. [9] Besag, J., & Clifford, P. (1991). Sequential Monte Carlo p-values. Biometrika, 78(2), 301-304. Drawing on only where it matters.
.. [10] Braeken, J., & van Assen, M. A. L. M. (2017). An empirical Kaiser criterion. Psychological Methods, 22(3), 450-466.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import zip_longest
from typing import Any

from qmethod import checks
from qmethod.brief import WIDTH, brief
from qmethod.given import ReadOnly
from qmethod.literals import RetentionPicture, RetentionTable
from qmethod.method import tie_breaking
from qmethod.method.correlation import correlate
from qmethod.method.pipeline import _usable
from qmethod.plain import reading_back
from qmethod.policies import Policies
from qmethod.retention import probability
from qmethod.retention.advice import advise
from qmethod.retention.criteria import CONVENTIONS, CRITERIA, SPLITS, Progress, Table
from qmethod.retention.row import RetentionRow
from qmethod.retention.themes import AllTags, themes_of
from qmethod.seeds import Rng, generator
from qmethod.shown import Pictured, Result
from qmethod.taken import Given, as_data
from qmethod.threads import one_thread
from qmethod.wording import counted

MOST_RANDOM = 1_000_000
OF_RANDOM_SORTS = ("nest", "nest_themes", "parallel_95", "parallel_mean", "map", "split_half")
LEAST_RANDOM = 19  # with fewer sets of random sorts no p-value can reach .05


@dataclass(frozen=True, slots=True)
class Retention(ReadOnly, Result[RetentionTable], Pictured[RetentionPicture]):
    """The table of criteria and what it advises.

    Parameters
    ----------
    rows : tuple of RetentionRow
        For k = 0, 1, ...
    answers : mapping of str to int or None
        Number of viewpoints by each criterion of `CRITERIA`; None where it could not be asked.
    reasons : mapping of str to str
        Why, for each criterion or figure that is missing.
    limited : tuple of str
        Criteria that had not stopped where the table ends: their answer is at least that.
    advice : tuple of str
        Sentences: a conclusion, then its evidence.
    conventions : mapping of str to str
        What was computed, criterion by criterion.
    n_statements, n_sorts, rank : int
        Of the sorts analysed; the rank of their correlations.
    n_random, n_splits : int
        Sets of random sorts for each comparison, and random halvings.
    themes : mapping of str to int
        Statements of each theme, by its tags; the key is empty for those without any. Empty where no tags were given.
    mean_correlation, agreement_p : float or None
        Mean correlation between sorts, and its p-value against sorts of which each is turned about at random, see
        `qmethod.retention.agreement.mean_correlation`.
    plausible : tuple of int
        The fewest numbers of viewpoints that hold the truth in 8 of 10 simulated studies with such a table, or more, in rising order; see
        `qmethod.retention.probability`. Empty where no probabilities can be told, and `reasons` says why under ``probabilities``.
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    """

    rows: tuple[RetentionRow, ...]
    answers: Mapping[str, int | None]
    reasons: Mapping[str, str]
    limited: tuple[str, ...]
    advice: tuple[str, ...]
    conventions: Mapping[str, str]
    n_statements: int
    n_sorts: int
    rank: int
    n_random: int
    n_splits: int
    themes: Mapping[str, int] = field(default_factory=dict)
    mean_correlation: float | None = None
    agreement_p: float | None = None
    plausible: tuple[int, ...] = ()
    seed: int | None = None

    __repr__ = brief

    @property
    def probabilities(self) -> tuple[float, ...] | None:
        """How likely 0, 1, ... viewpoints are: of the simulated studies with such a table the share that holds so many. They sum to 1.

        None where that cannot be told; `reasons` says why under ``probabilities``. See `qmethod.retention.probability`.
        """
        return tuple(row.probability for row in self.rows if row.probability is not None) or None

    def _said(self) -> list[str]:
        said = ", ".join(f"{name} {'-' if answer is None else answer}" for name, answer in list(self.answers.items())[:3])
        return [
            f"{counted(self.n_sorts, 'sort')} of {counted(self.n_statements, 'statement')}, up to {counted(len(self.rows) - 1, 'viewpoint')}",
            *textwrap.wrap(self.advice[0], WIDTH - 2),
            f"{said}; {counted(self.n_random, 'set')} of random sorts, seed {self.seed if self.seed is not None else 'not known'}",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Everything in JSON's types; the answers stand at the top, by name."""
        rest = {"limited": list(self.limited), "reasons": dict(self.reasons), "rows": [asdict(row) for row in self.rows]}
        sizes = {name: getattr(self, name) for name in ("n_statements", "n_sorts", "rank", "n_random", "n_splits")}
        seed = {} if self.seed is None else {"seed": self.seed}
        beside = {"themes": dict(self.themes), "mean_correlation": self.mean_correlation, "agreement_p": self.agreement_p}
        likely = {"probabilities": self.probabilities and list(self.probabilities), "plausible": list(self.plausible)}
        return {**self.answers, "advice": list(self.advice), **likely, **rest, **sizes, **beside, "conventions": dict(self.conventions), **seed}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Retention:
        """The inverse of `to_dict`; a `PolicyError` says what is wrong with values that it did not give."""
        with reading_back("Retention", values):
            return cls(
                rows=tuple(RetentionRow(**row) for row in values["rows"]),
                answers={name: values.get(name) for name in CRITERIA},
                advice=tuple(values["advice"]),
                limited=tuple(values["limited"]),
                reasons=dict(values["reasons"]),
                conventions=dict(values["conventions"]),
                themes=dict(values.get("themes", {})),
                mean_correlation=values.get("mean_correlation"),
                agreement_p=values.get("agreement_p"),
                plausible=tuple(values.get("plausible", ())),
                seed=values.get("seed"),
                **{name: values[name] for name in ("n_statements", "n_sorts", "rank", "n_random", "n_splits")},
            )


def retain(
    data: Given,
    *,
    policies: Policies | None = None,
    max_factors: int = 8,
    n_random: int = 100,
    rng: Rng = None,
    nest: bool = True,
    themes: AllTags | None = None,
    progress: Progress | None = None,
) -> Retention:
    r"""Ask every criterion how many viewpoints the sorts hold.

    Parameters
    ----------
    data : QData, path, data frame, or array_like of shape (n_statements, n_sorts)
        Sorts, as for `qmethod.analyse`. Their order does not matter.
    policies : Policies, optional
        ``correlation``, ``missing``, ``constant``, extraction (unrotated loadings, rotated counts), rotation and flagging; the preset
        ``standard`` if not given. A rotation towards a target cannot be asked for other numbers of factors; varimax takes its place.
    max_factors : int
        The last row of the table.
    n_random : int
        Sets of random sorts for each comparison, at least 19. NEST draws more while chance could decide its answer.
    rng : int or numpy.random.Generator, optional
        Where chance comes from: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.
    nest : bool
        Whether NEST is asked. It simulates anew for every k.
    themes : mapping of str to tags, or sequence of tags, optional
        The tags of the statements: one text, several, or None, by the id of the statement or in the order of the statements. Statements with the
        same tags are one theme, and NEST is asked a second time for what is shared beyond people's liking of whole themes.
    progress : callable, optional
        Called with the name of a step, how much of it is done, and of how much.

    Returns
    -------
    Retention

    Raises
    ------
    DataError
        If the sorts cannot be analysed, or tags are given for statements that they do not have.
    PolicyError
        For impossible numbers, and tags that are no texts.

    Notes
    -----
    *Parallel analysis* (Horn, 1965) compares :math:`\lambda_k` with that of random sorts; *NEST* (Achim, 2017) asks for k = 0, 1, ... whether
    :math:`\lambda_{k+1}` exceeds what sorts show that hold the k viewpoints found (principal axes) and nothing else; while the interval of its
    p-value holds .05 it draws on (Besag & Clifford, 1991). *NEST beyond themes* deals placements out within themes only. *MAP* (Velicer, 1976)
    takes the k with the smallest :math:`\sum_{i \ne j} r_{ij \cdot k}^2 / (m (m - 1))`. The *empirical Kaiser criterion* (Braeken & van Assen,
    2017), *Kaiser* (1960), *Humphrey* and *two significant loadings* (Brown, 1980) stop at the first factor that fails; *scree* takes the k with
    the largest :math:`\lambda_k - 2 \lambda_{k+1} + \lambda_{k+2}` (Raîche and others, 2013).

    Examples
    --------
    >>> import numpy as np, qmethod
    >>> from qmethod.simulation import random_sorts
    >>> grid = qmethod.Grid.parse("-2:2,-1:4,0:6,1:4,2:2")
    >>> noise = qmethod.QData(random_sorts(grid, 12, np.random.default_rng(1)))
    >>> qmethod.retain(noise, n_random=39, rng=1).answers["nest"]
    0
    """
    chosen = Policies.preset("standard") if policies is None else checks.instance("policies", policies, Policies, "a `qmethod.Policies`")
    max_factors = checks.whole("max_factors", max_factors, 1)
    n_random = checks.whole("n_random", n_random, LEAST_RANDOM, MOST_RANDOM, why=": with fewer sets of random sorts nothing can be significant")
    nest = checks.switch("nest", nest)
    checks.calls("progress", progress)
    chance, seed = generator(rng)
    report = progress or (lambda _step, _done, _total: None)
    kept, _ = _usable(as_data(data, "data"), chosen)
    grouped = None if themes is None else themes_of(themes, kept.statements)
    ordered = kept._only(tie_breaking.file_order(kept.sorts, kept.participants).tolist(), kept.source)
    correlation = correlate(ordered, chosen.correlation)
    table = Table(ordered, chosen, correlation, max_factors, n_random, report)
    streams = chance.spawn(6)
    with one_thread():
        table.eigenvalues()
        table.loadings()
        agreement: tuple[float | None, float | None] = (None, None)
        if correlation.matrix is not None:
            table.refuse("placements are missing, and random sorts need whole ones", *OF_RANDOM_SORTS)
        else:
            drawn = table.parallel(streams[0])
            table.nest(drawn, streams[1], nest)
            table.beyond_themes(grouped, streams[3], nest)
            agreement = table.agreement(streams[4])
            table.partial_correlations()
            table.halves(streams[2])
            table.evened(grouped, streams[5])
        table.rotated()
    sizes = {} if grouped is None else grouped.sizes()
    rows, rank = tuple(RetentionRow(k=k, **cells) for k, cells in enumerate(table.cells)), len(table.values)
    shape = ordered.n_statements, ordered.n_sorts
    held: tuple[int, ...] = ()
    if unknown := probability.unknown(rows, table.answers, table.reasons, table.limited, *shape, n_random, chosen):
        table.refuse(unknown, "probabilities")
    else:
        chances = probability.probabilities(rows, table.answers, *shape)
        rows = tuple(replace(row, probability=chance) for row, chance in zip_longest(rows, chances))
        held = probability.plausible(chances)
    return Retention(
        rows=rows,
        answers=table.answers,
        reasons=table.reasons,
        limited=tuple(table.limited),
        advice=advise(rows, table.answers, table.reasons, table.limited, rank, agreement, sizes, held, unknown),
        conventions={"correlation": chosen.correlation, "extraction": chosen.extraction, **CONVENTIONS},
        n_statements=ordered.n_statements,
        n_sorts=ordered.n_sorts,
        rank=rank,
        n_random=n_random,
        n_splits=SPLITS,
        themes=sizes,
        mean_correlation=agreement[0],
        agreement_p=agreement[1],
        plausible=held,
        seed=seed,
    )
