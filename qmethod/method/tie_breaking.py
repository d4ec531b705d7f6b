"""Rules that decide where mathematics leaves a choice, so that the order of participants in a file never does.

An eigenvector has no sign, equal eigenvalues have no axes, and two factors of the same size have no order. Each such tie is decided by the
statements, whose numbering belongs to the study: by a factor's *profile*, its scores on the statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from qmethod.blocks import over_blocks
from qmethod.data import Array, FloatArray
from qmethod.method.correlation import standardise

TIE = 1e-9  # relative size below which two quantities are the same

Profile = Callable[[], FloatArray]


def profile(sorts: Array, loadings: FloatArray) -> FloatArray:
    """Sum of the standardised sorts, weighted by their loadings; (n, m) and (m, k) to (n, k)."""

    def work(where: slice) -> FloatArray:
        return np.asarray(np.nan_to_num(standardise(sorts[:, where])) @ loadings[where])

    n, m = sorts.shape
    return np.asarray(sum(over_blocks(work, m, n), np.zeros((n, loadings.shape[1]))))


def file_order(sorts: Array, participants: Sequence[str]) -> npt.NDArray[np.intp]:
    """Positions that put sorts in dictionary order of their placements, statement 1 first, and equal sorts in that of their names; shape (m,)."""
    return np.lexsort((np.array(participants), *sorts[::-1]))


def negligible(values: FloatArray, scale: FloatArray) -> Array:
    """Where a value is next to nothing beside its scale; both of shape (k,)."""
    return np.asarray(np.abs(values) <= TIE * scale)


def direction(values: FloatArray, scale: FloatArray, profiles: Profile) -> FloatArray:
    """+1 or -1 for each factor: the sign of `values`, or where those are next to nothing, of the profile's largest score.

    Parameters
    ----------
    values : ndarray of shape (k,)
        What decides.
    scale : ndarray of shape (k,)
        Size against which a value counts as nothing.
    profiles : callable
        Gives the profiles, shape (n, k); called only for ties. Of equally large scores the lowest statement number decides.
    """
    signs = np.where(values < 0, -1.0, 1.0)
    tied = negligible(values, scale)
    if tied.any():
        signs[tied] = _upright(profiles()[:, tied])
    return signs


def _upright(scores: FloatArray) -> FloatArray:
    """+1 or -1 for each profile of shape (n, k): the sign of its largest score, of equally large ones that with the lowest number."""
    size = np.abs(scores)
    first = np.argmax(size >= size.max(axis=0) * (1 - TIE), axis=0)
    return np.where(scores[first, np.arange(scores.shape[1])] < 0, -1.0, 1.0)


def descending(sizes: FloatArray, profiles: Profile) -> list[int]:
    """Positions by descending size; among equal sizes, the larger absolute score on statement 1 first, then statement 2, and so on.

    Where all absolute scores are equal, the scores themselves decide in the same way, each profile taken with its largest score positive.
    """
    order = sorted(range(len(sizes)), key=lambda j: -sizes[j])
    runs: list[list[int]] = []
    for j in order:
        if runs and sizes[runs[-1][-1]] - sizes[j] <= TIE * max(sizes[order[0]], 1e-300):
            runs[-1].append(j)
        else:
            runs.append([j])
    if all(len(run) == 1 for run in runs):
        return order
    scores = profiles()
    scores = np.round(scores * _upright(scores), 7)
    return [j for run in runs for j in sorted(run, key=lambda j: ((-np.abs(scores[:, j])).tolist(), (-scores[:, j]).tolist()))]


def preferred(profiles: Sequence[FloatArray]) -> int:
    """Which of several equally good solutions to take, each given by the profiles of its factors, shape (n, k).

    Every profile is taken with its largest score positive; that solution is preferred whose factors, the highest on statement 1 first, score
    higher on statement 1, then 2, and so on.
    """
    keys = [sorted((-np.round(scores * _upright(scores), 6)).T.tolist()) for scores in profiles]
    return keys.index(min(keys))


def axes(values: FloatArray, vectors: FloatArray) -> tuple[FloatArray, list[tuple[int, int]]]:
    """Fix the axes inside each space of equal eigenvalues.

    Parameters
    ----------
    values : ndarray of shape (r,)
        Eigenvalues, descending.
    vectors : ndarray of shape (d, r)
        Eigenvectors in a space whose coordinates belong to the study (statements, or pairs of statements).

    Returns
    -------
    vectors : ndarray of shape (d, r)
        Within each space of equal eigenvalues the first axis is the one closest to the first coordinate that the space reaches, the
        second the closest to the next coordinate among what remains, and so on.
    tied : list of tuple (int, int)
        First and last position of each such space.
    """
    fixed, tied, start = vectors.copy(), [], 0
    for end in range(1, len(values) + 1):
        if end < len(values) and values[start] - values[end] <= TIE * max(values[0], 1e-300):
            continue
        if end - start > 1:
            fixed[:, start:end] = _closest_axes(vectors[:, start:end])
            tied.append((start, end - 1))
        start = end
    return fixed, tied


def _closest_axes(basis: FloatArray) -> FloatArray:
    chosen = np.zeros((basis.shape[1], 0))
    for row in basis:
        rest = row - chosen @ (chosen.T @ row)
        length = float(np.linalg.norm(rest))
        if length > 1e-6:
            chosen = np.column_stack([chosen, rest / length])
        if chosen.shape[1] == basis.shape[1]:
            break
    return basis @ chosen
