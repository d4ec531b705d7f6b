"""The method on one page: `solve` takes sorts to a solution, whose contrasts `qmethod.calibration` then calibrates."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import numpy as np

from qmethod import checks
from qmethod.blocks import across, by_rows, count_by_column, run_over_blocks, sum_over_rows
from qmethod.calibrated import Errors
from qmethod.data import Array, FloatArray, QData, beyond_reach
from qmethod.errors import DataError, Fault, PolicyError, Setting
from qmethod.grid import Grid
from qmethod.literals import GridOrigin
from qmethod.manual_flag import ManualFlag
from qmethod.method import notices, scores, tie_breaking
from qmethod.method.contrasts import contrast
from qmethod.method.correlation import Correlation, correlate
from qmethod.method.extraction import DENSE, extract
from qmethod.method.ordering import arrange, poles
from qmethod.method.rotation import Turned, rotate
from qmethod.notice import Notice
from qmethod.people import Exclusion
from qmethod.policies import Policies, PolicyChoices, Preset
from qmethod.solution import Characteristics, Contrasts, Extraction, Factor, QSolution, Rotation, Scores
from qmethod.threads import one_thread
from qmethod.version import __version__
from qmethod.wording import listed

Progress = Callable[[str], None]

WIDE = 1_000
"""Sorts from which the libraries under numpy gain by threads of their own, where a matrix of all pairs of sorts is worked on."""


def solve(
    whole: QData,
    n_factors: int,
    chosen: Policies,
    rotations: Sequence[tuple[int, int, float]] = (),
    flags: Sequence[ManualFlag] = (),
    target: FloatArray | None = None,
    progress: Progress | None = None,
) -> QSolution:
    """A solution whose contrasts are those of normal errors, whatever policy `contrast_errors` says.

    Parameters
    ----------
    whole : QData
    n_factors : int
    chosen : Policies
    rotations, flags, progress
        As for `qmethod.analyse`.
    target : ndarray of shape (m, k), optional
        One row for each sort of `whole`, or for each that is kept.
    """
    with as_many_threads_as_help(whole, chosen):
        step = progress or (lambda _: None)
        step("checking the sorts")
        kept, excluded = _usable(whole, chosen)
        step("correlating and extracting")
        extracted = extract_from(kept, excluded, n_factors, chosen)
        step("rotating")
        goal = None if target is None else kept_target(target, whole, kept)
        return score(rotate_to(extracted, chosen, goal), chosen, rotations, flags, step)


def as_many_threads_as_help(data: QData, policies: Policies) -> AbstractContextManager[None]:
    """One thread for the libraries under numpy, but where an extraction works on large matrices again and again."""
    return nullcontext() if policies.extraction in DENSE and data.n_sorts > WIDE else one_thread()


@dataclass(frozen=True, slots=True, eq=False)
class Extracted:
    """Sorts that can be analysed and their unrotated factors, which every rotation of them shares.

    Parameters
    ----------
    data : QData
    excluded : tuple of Exclusion
    correlation : Correlation
    extraction : Extraction
    notices : tuple of Notice
        Of the extraction.
    """

    data: QData
    excluded: tuple[Exclusion, ...]
    correlation: Correlation
    extraction: Extraction
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rotated:
    """The same with a rotation by policy, which every rule for defining sorts shares.

    Parameters
    ----------
    extracted : Extracted
    turned : Turned
    notices : tuple of Notice
        Of the rotation.
    """

    extracted: Extracted
    turned: Turned
    notices: tuple[Notice, ...]


def extract_from(kept: QData, excluded: tuple[Exclusion, ...], n_factors: int, chosen: Policies) -> Extracted:
    """Correlate and extract."""
    correlation = correlate(kept, chosen.correlation)
    extraction, found = extract(correlation, n_factors, chosen)
    return Extracted(kept, excluded, correlation, extraction, tuple(found))


def rotate_to(extracted: Extracted, chosen: Policies, goal: FloatArray | None = None) -> Rotated:
    """Rotate by policy, with a target for each sort that is kept where the policy needs one."""
    unrotated = extracted.extraction.loadings
    turned, told = rotate(unrotated, chosen, goal, partial(tie_breaking.profile, extracted.data.sorts, unrotated))
    return Rotated(extracted, turned, tuple(told))


def score(
    rotated: Rotated, chosen: Policies, rotations: Sequence[tuple[int, int, float]], flags: Sequence[ManualFlag], step: Progress = lambda _: None
) -> QSolution:
    """Arrange the factors, flag, score the statements and compare the viewpoints."""
    extracted = rotated.extracted
    kept, extraction = extracted.data, extracted.extraction
    rotation, marked = arrange(kept, extraction, rotated.turned, rotations, flags, chosen)
    step("scoring the statements")
    factors, loadings, marked = poles(rotation.loadings, marked, chosen)
    weights = scores.weigh(loadings, marked, chosen)
    composites = scores.compose(kept.sorts, weights, chosen, extracted.correlation.shared)
    step("comparing the viewpoints")
    compared = compare(composites, count_by_column(marked), _sums_of_squares(loadings, factors), kept.n_sorts, chosen)
    means, sds = _free_distribution(kept)
    solution = QSolution(
        data=kept,
        policies=chosen,
        n_factors=extraction.loadings.shape[1],
        extraction=extraction,
        rotation=rotation,
        factors=factors,
        loadings=loadings,
        communalities=_communalities(rotation),
        flags=marked,
        manual_flags=tuple(flags),
        scores=place(compared.z_scores, kept.statements, scores.array_grid(kept), factors, weights),
        characteristics=compared.characteristics,
        factor_correlations=compared.correlations,
        contrasts=compared.contrasts,
        calibration=None,
        sort_means=means,
        sort_sds=sds,
        excluded=extracted.excluded,
        notices=(),
        versions=versions(chosen),
    )
    return notices.attach(solution, [*kept.notices, *extracted.notices, *rotated.notices], extracted.correlation)


def settle(n_factors: int, preset: Preset, policies: Policies | None, choices: PolicyChoices) -> tuple[Policies, int]:
    """The policies and the number of factors that the arguments of an analysis name.

    Raises
    ------
    PolicyError
        For policies given in two ways, and a number that is not whole.
    """
    if policies is not None and (choices or preset != "standard"):
        raise PolicyError("give either `policies` or a preset with single policies, not both")
    if policies is not None:
        checks.instance("policies", policies, Policies, "a `qmethod.Policies`")
    k = checks.whole("n_factors", n_factors, 1)
    return policies if policies is not None else Policies.preset(preset, **choices), k


def _usable(data: QData, policies: Policies) -> tuple[QData, tuple[Exclusion, ...]]:
    """Leave out, or refuse, sorts that the policies do not admit."""
    if data.forced and data.grid is not None and len(data.grid.values) > 1 and data.n_sorts > 1 and not beyond_reach(data.sorts[:, :1], ()):
        return data, data.excluded  # what is true of one sort is true of all that share its distribution
    faults, out = unusable(data.sorts, data.statements, data.participants, policies)
    if faults:
        raise DataError(faults)
    if data.n_sorts - len(out) < 2:
        raise DataError([too_few(data.n_sorts, len(out))])
    kept = data if not out else data._only([j for j in range(data.n_sorts) if j not in out], data.source)
    return kept, (*data.excluded, *(Exclusion(data.participants[j], out[j]) for j in sorted(out)))


def too_few(n_sorts: int, n_excluded: int) -> Fault:
    """The fault of a study of which fewer than two sorts are left."""
    left = f", {n_excluded} of {n_sorts} were left out" if n_excluded else ""
    return Fault(f"at least two sorts are needed, there is {n_sorts - n_excluded}{left}")


def unusable(sorts: Array, statements: Sequence[str], participants: Sequence[str], policies: Policies) -> tuple[list[Fault], dict[int, str]]:
    """Which sorts the policies do not admit.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
    statements, participants : sequence of str
        Names for the faults.
    policies : Policies
        `missing` and `constant`.

    Returns
    -------
    faults : list of Fault
        One for each sort that is refused.
    out : dict of int to str
        Position of each sort to leave out, and why.
    """
    faults = beyond_reach(sorts, participants)
    out: dict[int, str] = {}
    for j in np.flatnonzero(np.isnan(sorts).any(axis=0)).tolist() if sorts.dtype.kind == "f" else ():
        missing = np.isnan(sorts[:, j])
        where = [statements[i] for i in np.flatnonzero(missing).tolist()]
        if policies.missing == "refuse":
            drop, pairwise = Setting("missing", "drop-sort"), Setting("missing", "pairwise")
            advice = f"Fill in the placements, or choose {drop} to leave such sorts out, or {pairwise} to use what is there."
            faults.append(
                Fault("a placement is missing", participant=participants[j], statement=listed(where, 6), advice=advice, settings=(drop, pairwise))
            )
        elif policies.missing == "drop-sort" or missing.all():
            out[j] = f"no placement for {len(where)} of {len(statements)} statements"
    for j in _constant(sorts):
        if j in out:
            continue
        if policies.constant == "refuse":
            drop = Setting("constant", "drop-sort")
            advice = f"A sort without differences holds no view: take it out, or choose {drop} to leave such sorts out."
            faults.append(Fault("all placements are the same", participant=participants[j], advice=advice, settings=(drop,)))
        else:
            out[j] = "all placements are the same"
    return faults, out


def _constant(sorts: Array) -> list[int]:
    """Positions of sorts with one value only, missing placements aside."""
    suspects, value = np.arange(sorts.shape[1]), sorts[0].copy()
    for row in sorts:
        if row.dtype.kind == "f":
            value = np.where(np.isnan(value), row, value)
        here, held = row[suspects], value[suspects]
        suspects = suspects[(here == held) | (here != here)]
        if not suspects.size:
            break
    return [int(j) for j in suspects if value[j] == value[j]]


def kept_target(target: FloatArray, whole: QData, kept: QData) -> FloatArray:
    """The rows of a target that belong to the sorts that were kept."""
    if target.ndim == 2 and len(target) == whole.n_sorts != kept.n_sorts:
        rows = {name: i for i, name in enumerate(whole.participants)}
        return target[[rows[name] for name in kept.participants]]
    return target


def _sums_of_squares(loadings: FloatArray, factors: Sequence[Factor]) -> FloatArray:
    halves = np.array([factor.pole != "both" for factor in factors])

    def work(rows: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("mk,mk->k", rows, rows * ~(halves & (rows <= 0)) if halves.any() else rows))

    return sum_over_rows(work, loadings)


def _communalities(rotation: Rotation) -> FloatArray:
    if rotation.pattern is None:
        out = np.empty((len(rotation.loadings), 1))
        return by_rows(lambda rows: across(rows**2)[:, None], out, rotation.loadings)[:, 0]
    return np.asarray(((rotation.pattern @ rotation.phi) * rotation.pattern).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What follows from the sums over defining sorts: fields as in `QSolution`, z-scores of shape (n, f)."""

    z_scores: FloatArray
    characteristics: Characteristics
    correlations: FloatArray
    contrasts: Contrasts


def compare(
    composites: scores.Composites, n_defining: Array, sums: FloatArray, n_sorts: int, policies: Policies, strayed: Errors | None = None
) -> Compared:
    """Score the statements and compare the factors.

    Parameters
    ----------
    composites : Composites
    n_defining : ndarray of int, shape (f,)
    sums : ndarray of shape (f,)
        Squared loadings summed by factor.
    n_sorts : int
    policies : Policies
    strayed : Errors, optional
        See `qmethod.method.contrasts.contrast`.
    """
    z = scores.z_scores(composites.weighted, n_defining, policies)
    reliability = scores.reliability(n_defining, composites.mean_correlation, policies)
    errors = np.sqrt(np.maximum(1 - reliability, scores.LEAST_ERROR))
    table = Characteristics(n_defining, sums, 100 * sums / n_sorts, composites.mean_correlation, reliability, errors)
    return Compared(z, table, _correlate_columns(z), contrast(z, errors, composites, n_defining, policies, strayed))


def place(z: FloatArray, statements: Sequence[str], origin: tuple[Grid, GridOrigin], factors: Sequence[Factor], weights: FloatArray) -> Scores:
    """Fill a grid of some origin by the z-scores of each factor, (n, f), and say which ties that broke."""
    grid, whence = origin
    filled = [scores.fill(z[:, j], grid) for j in range(z.shape[1])]
    ties = tuple((factors[j].label, tuple(statements[i] for i in run)) for j, (_, _, broken) in enumerate(filled) for run in broken)
    return Scores(weights, z, np.column_stack([a for a, _, _ in filled]), np.column_stack([r for _, r, _ in filled]), grid, whence, ties)


def _correlate_columns(z: FloatArray) -> FloatArray:
    """Pearson correlations between factors' z-scores; NaN for an undefined factor."""
    centred = z - z.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    return np.asarray((centred.T @ centred) / np.outer(lengths, lengths))


def _free_distribution(data: QData) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation (n - 1) of each sort, over the placements it has."""
    sorts = data.sorts
    if data.forced and data.grid is not None:
        slots = data.grid.slots()
        return np.broadcast_to(slots.mean(), data.n_sorts), np.broadcast_to(slots.std(ddof=1), data.n_sorts)
    means, sds = np.empty(sorts.shape[1]), np.empty(sorts.shape[1])

    def work(where: slice) -> None:
        block = sorts[:, where].astype(float, order="C")
        holes = sorts.dtype.kind == "f" and bool(np.isnan(block).any())
        placed = np.count_nonzero(~np.isnan(block), axis=0) if holes else len(block)
        means[where] = np.nanmean(block, axis=0) if holes else np.full(len(block), 1 / len(block)) @ block
        block -= means[where]
        if holes:
            block = np.nan_to_num(block)
        sds[where] = np.sqrt(np.einsum("ij,ij->j", block, block) / (placed - 1))

    run_over_blocks(work, sorts.shape[1], sorts.shape[0])
    return means, sds


def versions(policies: Policies) -> tuple[tuple[str, str], ...]:
    """Programs that these policies call, and their versions."""
    used = [("qmethod", __version__), ("numpy", np.__version__), ("python", platform.python_version())]
    if policies.extraction in ("minres", "ml") or policies.rotation == "oblimin":
        from importlib.metadata import version

        used += [(name, version(name)) for name in ("factor_analyzer", "scipy", "scikit-learn")]
    return tuple(used)
