"""Sorts too many for memory: the same analysis in a few walks through them, one chunk after the other.

A viewpoint rests on sums over sorts. The first walk sums up the products of statements (n x n), whose eigenvectors give the principal components;
the second the fourth moments of the unrotated loadings, from which the rotation follows; the third the weighted sorts of those who define each
side of each factor. Only then is it known which way factors point, so what belongs to single sorts is worked out in a fourth walk and handed
over as it comes. Formulas are those of `qmethod.analyse`, and so are the results, but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial, reduce
from operator import add
from typing import Any, TypeVar, Unpack

import numpy as np

from qmethod import checks
from qmethod.data import FloatArray, QData
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.grid import Grid
from qmethod.method import ordering, pipeline, tie_breaking
from qmethod.method.extraction import check_number, component_axes, descending, refuse_nothing, small_factors
from qmethod.method.planar import products_of
from qmethod.method.rotation import rotate_by_moments
from qmethod.notice import Notice
from qmethod.policies import Policies, PolicyChoices, Preset
from qmethod.solution import Extraction, Rotation
from qmethod.streaming import first_pass, later_passes
from qmethod.streaming.chunks import ChunkedSorts, over_parts
from qmethod.streaming.solution import StreamedSolution, solution

Progress = Callable[[str], None]
T = TypeVar("T")

NORMAL = Notice(
    "not-calibrated",
    "In chunks no studies are drawn from the solution: differences between viewpoints are judged by the normal distribution. Among few or scattered "
    "sorts that finds too many.",
)


def analyse_in_chunks(
    source: ChunkedSorts,
    n_factors: int,
    *,
    preset: Preset = "standard",
    policies: Policies | None = None,
    grid: Grid | None = None,
    texts: Sequence[str] = (),
    write: Callable[[later_passes.Loaded], None] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    **choices: Unpack[PolicyChoices],
) -> StreamedSolution:
    """Analyse sorts that need not fit into memory.

    Parameters
    ----------
    source : ChunkedSorts
        From `qmethod.formats.open_sorts`, or `qmethod.streaming.chunks.ArraySorts`.
    n_factors : int
    preset, policies, **choices
        As for `qmethod.analyse`; see Raises for those that cannot be.
    grid : Grid, optional
        The distribution of the design. Without one it is taken from the sorts.
    texts : sequence of str, optional
        Wording of the statements.
    write : callable, optional
        Given the results of the single sorts, chunk by chunk, in the order of the sorts. Without it they are not worked out.
    executor : concurrent.futures.Executor, optional
        Who reads and sums up the parts: a pool of processes, or ``dask.distributed.Client.get_executor()``; each worker reads its parts itself.
        Without one this process does. The result is the same to the last bit.
    progress : callable, optional
        Called with what is being done, in words.

    Returns
    -------
    StreamedSolution

    Raises
    ------
    DataError
        If the sorts cannot be analysed; names file, line and participant of the first faults.
    PolicyError
        For a policy that needs all sorts at once: an extraction other than principal components, an oblique rotation or one towards a target,
        Kendall's correlation, pairwise deletion, R's stop of the rotation, no flags by rule, reflection by the largest loading.

    Notes
    -----
    Errors of differences cannot be calibrated in chunks: policy `contrast_errors` of the result is ``normal``, and a notice says so where the
    policies asked for more.

    Eight bytes a sort are kept during the first walk, to find names that stand twice.

    Examples
    --------
    >>> import numpy as np, qmethod
    >>> from qmethod.streaming.chunks import ArraySorts
    >>> rng = np.random.default_rng(1)
    >>> sorts = rng.permuted(np.repeat([-2, -1, 0, 1, 2], [1, 2, 3, 2, 1]).repeat(40).reshape(9, 40), axis=0)
    >>> analyse_in_chunks(ArraySorts(qmethod.QData.from_array(sorts), rows=16), 2).scores.arrays.shape
    (9, 2)
    """
    missing = [name for name in ("chunks", "statements", "n_parts", "origin") if not hasattr(source, name)]
    if missing:
        raise checks.refuse("source", "sorts in chunks: `qmethod.open_sorts(path)` or `qmethod.ArraySorts(data)`", source)
    chosen, n_factors = pipeline.settle(n_factors, preset, policies, choices)
    texts = checks.texts("texts", texts)
    if grid is not None:
        checks.instance("grid", grid, Grid, "a `qmethod.Grid`")
    checks.calls("write", write)
    checks.calls("executor", executor, "submit")
    checks.calls("progress", progress)
    check_policies(chosen)
    calibrated = chosen.contrast_errors == "calibrated"
    chosen = replace(chosen, contrast_errors="normal")
    QData(np.zeros((len(source.statements), 1), dtype=np.int8), source.statements, texts=tuple(texts), grid=grid)  # their faults are not the sorts'
    walks = 4 if write else 3
    step = progress or (lambda _: None)

    def walk(number: int, work: Callable[[int], T]) -> Iterator[T]:
        for part, done in enumerate(over_parts(work, source.n_parts, executor), start=1):
            step(f"walk {number} of {walks} through the sorts: part {part} of {source.n_parts}")
            yield done

    counted = _checked(source, reduce(add, walk(1, partial(first_pass.census, source, chosen, grid))), executor)
    values, vectors = descending(counted.gram)
    check_number(n_factors, len(values), counted.n_kept)
    axes, found = component_axes(values, vectors, n_factors)
    components = axes[:, :n_factors]

    first = reduce(add, walk(2, partial(later_passes.unrotated, source, chosen, components)))
    refuse_nothing(first.squares, counted.n_kept, chosen)
    found = [*found, *small_factors(first.squares, counted.n_kept)]
    signs = tie_breaking.direction(first.signed, first.squares, lambda: counted.cross @ components)
    directions = components * signs
    second, fourth = _moments(first.moments, signs, counted.n_kept)
    turned, said = rotate_by_moments(second, fourth, chosen, lambda: counted.cross @ directions)
    sizes = np.einsum("ij,ik,kj->j", turned.matrix, directions.T @ counted.gram @ directions, turned.matrix)
    order, agree = ordering.ordering(turned.matrix, sizes, lambda: counted.cross @ directions @ turned.matrix, chosen)
    matrix = turned.matrix[:, order] * agree

    both = reduce(add, walk(3, partial(later_passes.sides, source, chosen, directions @ matrix)))
    decisive, scale = _directed(both, chosen)
    signs = tie_breaking.direction(decisive, scale, lambda: counted.cross @ directions @ matrix)
    rotation = Rotation(
        chosen.rotation,
        np.zeros((0, len(signs))),
        matrix * signs,
        None,
        np.eye(len(signs)),
        turned.criterion,
        turned.converged,
        turned.n_iterations,
        turned.n_local_optima,
        (),
        tuple(bool(s < 0) for s in signs),
        tuple(bool(t) for t in tie_breaking.negligible(decisive, scale)),
    )
    extraction = Extraction("pca", np.zeros((0, len(signs))), first.squares, values, True, 0)
    result = solution(
        source, counted, both, extraction, rotation, chosen, grid, tuple(texts), [*source.notices, *found, *said, *([NORMAL] if calibrated else [])]
    )
    if write is not None:
        results = partial(later_passes.all_loaded if executor else later_passes.loaded, source, chosen, directions @ rotation.matrix, result.factors)
        for part in walk(4, results):
            for chunk in part:
                write(chunk)
    return result


def check_policies(policies: Policies) -> None:
    """Refuse policies that need all sorts at once.

    Raises
    ------
    PolicyError
        Naming all of them.
    """
    possible: dict[str, tuple[Any, ...]] = {
        "correlation": ("pearson", "spearman"),
        "missing": ("refuse", "drop-sort"),
        "extraction": ("pca",),
        "rotation": ("varimax", "quartimax", "equamax", "none"),
        "rotation_stop": ("converged",),
        "flagging": ("auto",),
        "reflection": ("defining", "all", "column-sum", "none"),
    }
    wrong = [
        f"{name} {getattr(policies, name)!r} (what can be: {', '.join(choices)})"
        for name, choices in possible.items()
        if getattr(policies, name) not in choices
    ]
    if wrong:
        raise PolicyError(
            f"sorts cannot be analysed in chunks with {'; '.join(wrong)}. For such policies analyse a sample of the sorts that fits into memory."
        )


def _checked(source: ChunkedSorts, counted: first_pass.Census, executor: Executor | None) -> first_pass.Census:
    """The census, if no sort is at fault, without the names' keys."""
    more = counted.n_faults - len(counted.faults)
    faults = [
        *counted.faults,
        *([Fault(f"{more:,} more sorts are at fault", file=source.file)] if more else []),
        *_same_names(source, counted, executor),
    ]
    if faults:
        raise DataError(faults)
    if counted.n_kept < 2:
        raise DataError([pipeline.too_few(counted.n_read, counted.dropped.count)])
    return replace(counted, keys=())


def _same_names(source: ChunkedSorts, counted: first_pass.Census, executor: Executor | None) -> list[Fault]:
    """A fault for each name that stands twice; costs another walk where there seems to be one."""
    keys = np.concatenate(counted.keys) if counted.keys else np.zeros(0, dtype=np.uint64)
    keys.sort()
    suspects = np.unique(keys[1:][keys[1:] == keys[:-1]])[: first_pass.MOST_FAULTS]
    if not suspects.size:
        return []
    first: dict[str, int | None] = {}
    faults: list[Fault] = []
    for part in over_parts(partial(first_pass.bearers, source, suspects), source.n_parts, executor):
        for name, line in part:
            if name in first and len(faults) < first_pass.MOST_FAULTS:
                where = f", here and in line {first[name]}" if first[name] is not None else ""
                advice = "Give each participant a name of its own."
                faults.append(Fault(f"two participants are called {name!r}{where}", file=source.file, line=line, advice=advice))
            first.setdefault(name, line)
    return faults


def _moments(sums: FloatArray, signs: FloatArray, n_sorts: int) -> tuple[FloatArray, FloatArray]:
    """Second and fourth moments from their sums, of loadings on axes that have been turned round since."""
    first, second, _ = products_of(len(signs))
    products = signs[first] * signs[second]
    return sums[0] * products / n_sorts, sums[1:] * np.outer(products, products) / n_sorts


def _directed(both: later_passes.Sides, policies: Policies) -> tuple[FloatArray, FloatArray]:
    """What decides each factor's direction and its scale; where no sort defines a factor, all sorts do."""
    defining, everyone = both.directed
    if policies.reflection == "defining":
        everyone = np.where(both.n_marked > 0, defining, everyone)
    return everyone[0], everyone[1]
