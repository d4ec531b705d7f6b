"""The result of an analysis of sorts that are too many for memory, and how it follows from the sums over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from qmethod.brief import brief
from qmethod.data import Array, FloatArray, Source
from qmethod.given import ReadOnly
from qmethod.grid import Grid
from qmethod.literals import GridOrigin, StreamedTable
from qmethod.method import notices, ordering, pipeline
from qmethod.method.notices import NOBODY, Basis, Who
from qmethod.method.scores import composites
from qmethod.notice import Notice, noticed
from qmethod.people import Exclusion
from qmethod.plain import plain
from qmethod.policies import Policies
from qmethod.screening import far_off
from qmethod.shown import Result, said_of
from qmethod.simulation import say_simulated
from qmethod.solution import Characteristics, Contrasts, Extraction, Factor, Rotation, Scores
from qmethod.streaming import first_pass, later_passes
from qmethod.streaming.chunks import ChunkedSorts
from qmethod.streaming.distribution import Places
from qmethod.wording import counted


@dataclass(frozen=True, slots=True)
class StreamedData:
    """What was analysed, without the sorts.

    Parameters
    ----------
    statements, texts : tuple of str
        Ids, and wordings where known.
    grid : Grid or None
        The distribution of the design, or the one that all sorts show.
    forced : bool
        Whether every sort follows `grid`.
    n_sorts : int
        Sorts analysed.
    source : Source
    """

    statements: tuple[str, ...]
    texts: tuple[str, ...]
    grid: Grid | None
    forced: bool
    n_sorts: int
    source: Source

    __repr__ = brief

    @property
    def n_statements(self) -> int:
        """Number of statements."""
        return len(self.statements)

    def origin(self) -> Source:
        """Where the sorts came from."""
        return self.source


@dataclass(frozen=True, slots=True, eq=False)
class StreamedSolution(ReadOnly, Result[StreamedTable]):
    """A solution without what belongs to single sorts. Arrays over sorts (loadings, weights) are there, with no rows.

    Parameters
    ----------
    data : StreamedData
    policies : Policies
    n_factors : int
        k.
    extraction : Extraction
    rotation : Rotation
    factors : tuple of Factor
        The f reported factors.
    n_negative : ndarray of int, shape (f,)
        Sorts that define each with a negative loading.
    foremost : tuple of tuple of (str, float)
        For each factor the defining sorts with the largest absolute loadings, and these; 12 at most.
    scores : Scores
    characteristics : Characteristics
    factor_correlations : ndarray of shape (f, f)
    contrasts : Contrasts
    n_excluded : int
        Sorts left out.
    excluded : tuple of Exclusion
        The first thousand of them.
    notices : tuple of Notice
        They name twelve participants at most. Equal sorts are not looked for.
    versions : tuple of tuple (str, str)
    """

    data: StreamedData
    policies: Policies
    n_factors: int
    extraction: Extraction
    rotation: Rotation
    factors: tuple[Factor, ...]
    n_negative: Array
    foremost: tuple[tuple[tuple[str, float], ...], ...]
    scores: Scores
    characteristics: Characteristics
    factor_correlations: FloatArray
    contrasts: Contrasts
    n_excluded: int
    excluded: tuple[Exclusion, ...]
    notices: tuple[Notice, ...]
    versions: tuple[tuple[str, str], ...]

    __repr__ = brief

    def _said(self) -> list[str]:
        left_out = [f"{counted(self.n_excluded, 'sort')} left out"] if self.n_excluded else []
        return [*said_of(self, self.data.n_sorts, self.policies), *left_out, *noticed(self.notices)]

    @property
    def calibration(self) -> None:
        """None: no studies are drawn from a solution in chunks."""
        return None

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the reported factors."""
        return tuple(factor.label for factor in self.factors)

    def to_dict(self) -> dict[str, Any]:
        """Everything, in JSON's types; NaN becomes None, arrays become nested lists."""
        return {spec.name: plain(getattr(self, spec.name)) for spec in fields(self)}


def solution(
    source: ChunkedSorts,
    counted: first_pass.Census,
    both: later_passes.Sides,
    extraction: Extraction,
    rotation: Rotation,
    policies: Policies,
    grid: Grid | None,
    texts: tuple[str, ...],
    earlier: Sequence[Notice],
) -> StreamedSolution:
    """Put the result together.

    Parameters
    ----------
    source : ChunkedSorts
    counted : Census
        From the first walk.
    both : Sides
        From the third.
    extraction : Extraction
    rotation : Rotation
    policies : Policies
    grid : Grid or None
        The distribution of the design.
    texts : tuple of str
        Wordings, or none.
    earlier : sequence of Notice
        What the steps before found worth saying.
    """
    k = len(rotation.reflected)
    front = np.arange(k) + np.where(rotation.reflected, k, 0)  # the sides that ended up positive
    back: Array = np.asarray((front + k) % (2 * k))
    factors = ordering.pole_factors(np.array([bool(both.defining[j]) for j in back.tolist()]), policies)
    sides = [_reported(both, factor, int(front[factor.source]), int(back[factor.source]), policies) for factor in factors]
    compared = pipeline.compare(
        composites(np.stack([side.sums for side in sides], axis=-1), np.array([side.n_weighted for side in sides])),
        np.array([side.defining.count for side in sides]),
        np.array([side.squares for side in sides]),
        counted.n_kept,
        policies,
    )
    forced = not counted.off_grid if counted.places is None else counted.places.shared
    used = grid if counted.places is None else counted.places.grid()
    assert used is not None
    origin: GridOrigin = "sorts" if forced else "design" if grid else "median"
    data = StreamedData(
        source.statements, texts or ("",) * len(source.statements), used if forced or grid else None, forced, counted.n_kept, source.origin()
    )
    arrays = pipeline.place(compared.z_scores, source.statements, (used, origin), factors, np.zeros((0, len(factors))))
    z = compared.z_scores
    bases = [
        Basis(factor, side.defining, side.negative, side.capped, not np.isnan(z[0, j]), not np.isnan(compared.characteristics.reliability[j]))
        for j, (factor, side) in enumerate(zip(factors, sides, strict=True))
    ]
    said = [
        *say_simulated(counted.simulated.names, counted.simulated.count, counted.n_kept),
        *earlier,
        *([notices.excluded(counted.dropped, counted.reasons)] if counted.dropped else []),
        *(_far_off(counted.places) if counted.places is not None and not forced else []),
        *([notices.unforced(used)] if origin == "median" else []),
        *([notices.off_grid(counted.off_grid, counted.n_kept, grid)] if counted.off_grid else []),
        *notices.loadings(bases, both.nothing, policies),
        *notices.factors(bases),
        # With leave-out it is not known while the sorts pass by which of a sort's sides will count.
        *([] if policies.bipolar == "leave-out" else notices.defines_several(both.several, both.several.names, ())),
        *notices.extent(k, counted.n_kept, float(both.squares.sum())),
        *notices.left_out([both.defining[j] for j in back.tolist()] if policies.bipolar == "leave-out" else []),
        *notices.directions(rotation),
        *notices.tied_scores(arrays),
    ]
    return StreamedSolution(
        data=data,
        policies=policies,
        n_factors=k,
        extraction=extraction,
        rotation=rotation,
        factors=factors,
        n_negative=np.array([side.negative.count for side in sides]),
        foremost=tuple(side.foremost for side in sides),
        scores=arrays,
        characteristics=compared.characteristics,
        factor_correlations=compared.correlations,
        contrasts=compared.contrasts,
        n_excluded=counted.dropped.count,
        excluded=counted.excluded,
        notices=tuple(dict.fromkeys(said)),
        versions=pipeline.versions(policies),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Reported:
    """One reported factor, put together from the sides of the rotated one it comes from; fields as in `later_passes.Sides`."""

    sums: FloatArray
    n_weighted: int
    squares: float
    defining: Who
    negative: Who
    capped: Who
    foremost: later_passes.Foremost


def _reported(both: later_passes.Sides, factor: Factor, front: int, back: int, policies: Policies) -> _Reported:
    if factor.pole == "negative":
        front, back = back, front
    squares = both.squares[front] + (both.squares[back] if factor.pole == "both" else 0.0)
    sums, n_weighted, foremost = both.sums[:, :, front], both.n_weighted[front], both.foremost[front]
    capped, negative, count = both.capped[front], NOBODY, both.defining[front].count
    if policies.bipolar == "keep":
        # A weighted sum and a plain one turn round with their sorts, a sum of squares does not.
        sums = sums + np.array([-1.0, -1.0, 1.0])[:, None] * both.sums[:, :, back]
        n_weighted += both.n_weighted[back]
        foremost = later_passes.largest(foremost + tuple((name, -loading) for name, loading in both.foremost[back]))
        capped, negative, count = capped + both.capped[back], both.defining[back], int(both.n_marked[factor.source])
    return _Reported(sums, int(n_weighted), float(squares), Who(tuple(name for name, _ in foremost), count), negative, capped, foremost)


def _far_off(places: Places) -> list[Notice]:
    """A notice of each value far off all others."""
    return [
        Notice(
            "code-for-missing",
            f'The value {value:g} lies far off all others, as a code for "missing" or a slip would; it stands '
            f"{int(places.counts[:, places.values == value].sum()):,} time(s) in the sorts and was counted as a placement.",
        )
        for value in far_off(places.values)
    ]
