"""The first walk through sorts that are too many for memory, which checks them and counts what correlations and grid need.

Sums of two parts are added with ``+``, which is done in the order of the parts, whoever worked them out; so not even rounding depends on how the
work is shared out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod.data import FloatArray, QData
from qmethod.errors import DataError, Fault
from qmethod.grid import Grid
from qmethod.method import tie_breaking
from qmethod.method.correlation import Correlation
from qmethod.method.notices import NOBODY, Who
from qmethod.method.pipeline import unusable
from qmethod.people import Exclusion
from qmethod.policies import Policies
from qmethod.simulation import simulated_names
from qmethod.streaming.chunks import Chunk, ChunkedSorts
from qmethod.streaming.distribution import Places
from qmethod.threads import one_thread

MOST_FAULTS = 100  # sorts at fault that are told of one by one
MOST_EXCLUDED = 1000  # sorts left out that are listed by name


@dataclass(frozen=True, slots=True, eq=False)
class Census:
    """What the first walk gathers; n statements.

    Parameters
    ----------
    n_read, n_kept : int
        Sorts in the file, and those of them that are analysed.
    gram : ndarray of shape (n, n)
        Z Z', where the columns of Z are the sorts as they are correlated, of unit length.
    cross : ndarray of shape (n, n)
        Y Z', where the columns of Y are the standardised sorts; the same for Pearson's correlation.
    places : Places or None
        How often each value stands at each place of the sorts put in order; None where the design gives a grid.
    off_grid, simulated, dropped : Who
        Sorts that break the design's grid, whose names say they are simulated, and that were left out.
    excluded : tuple of Exclusion
        The first of those left out.
    reasons : tuple of str
        Why sorts were left out.
    faults : tuple of Fault
        The first faults.
    n_faults : int
    keys : tuple of ndarray of uint64
        A number for each name, by which names that stand twice are found.
    """

    n_read: int
    n_kept: int
    gram: FloatArray
    cross: FloatArray
    places: Places | None
    off_grid: Who = NOBODY
    simulated: Who = NOBODY
    dropped: Who = NOBODY
    excluded: tuple[Exclusion, ...] = ()
    reasons: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    n_faults: int = 0
    keys: tuple[npt.NDArray[np.uint64], ...] = ()

    def __add__(self, other: Census) -> Census:
        return Census(
            self.n_read + other.n_read,
            self.n_kept + other.n_kept,
            self.gram + other.gram,
            self.cross + other.cross,
            None if self.places is None or other.places is None else self.places + other.places,
            self.off_grid + other.off_grid,
            self.simulated + other.simulated,
            self.dropped + other.dropped,
            (self.excluded + other.excluded)[:MOST_EXCLUDED],
            tuple(dict.fromkeys(self.reasons + other.reasons)),
            (self.faults + other.faults)[:MOST_FAULTS],
            self.n_faults + other.n_faults,
            self.keys + other.keys,
        )


def census(source: ChunkedSorts, policies: Policies, grid: Grid | None, part: int) -> Census:
    """Check the sorts of a part and sum up what their correlations need."""
    n = len(source.statements)
    found = Census(0, 0, np.zeros((n, n)), np.zeros((n, n)), None if grid else Places.none(n))
    with one_thread():
        for chunk in source.chunks(part):
            found = found + _counted(source, chunk, policies, grid)
    return found


def _counted(source: ChunkedSorts, chunk: Chunk, policies: Policies, grid: Grid | None) -> Census:
    n, m = chunk.sorts.shape
    names = tuple(chunk.participants.tolist())
    nothing = Census(m, 0, np.zeros((n, n)), np.zeros((n, n)), None if grid else Places.none(n), keys=(name_keys(chunk.participants),))
    lines = dict(zip(names, chunk.lines.tolist() if chunk.lines is not None else [None] * m, strict=True))
    if len(lines) < m:
        return nothing  # two have one name, which the keys bring to light
    faults, out = unusable(chunk.sorts, source.statements, names, policies)
    if not faults:
        try:
            kept = QData(chunk.sorts, source.statements, names, grid=grid)
        except DataError as error:
            faults = list(error.faults)
    if faults:
        placed = tuple(replace(fault, file=source.file, line=lines.get(fault.participant or "")) for fault in faults[:MOST_FAULTS])
        return replace(nothing, faults=placed, n_faults=len(faults))
    if out:
        left = [j for j in range(m) if j not in out]
        if not left:
            return replace(nothing, **_excluded(names, out))
        kept = kept.keep(left)
    correlation = Correlation(policies.correlation, kept.sorts, kept.participants)
    gram = correlation.gram()
    return replace(
        nothing,
        n_kept=kept.n_sorts,
        gram=gram,
        cross=gram if policies.correlation == "pearson" else tie_breaking.profile(kept.sorts, correlation.project(np.eye(n))),
        places=None if grid else Places.of(kept),
        off_grid=Who.of(kept.participants[j] for j in kept.off_grid()) if grid else NOBODY,
        simulated=Who.of(simulated_names(kept.participants)),
        **_excluded(names, out),
    )


def _excluded(names: tuple[str, ...], out: dict[int, str]) -> dict[str, Any]:
    listed = tuple(Exclusion(names[j], out[j]) for j in sorted(out))
    return {
        "dropped": Who.of(e.participant for e in listed),
        "excluded": listed[:MOST_EXCLUDED],
        "reasons": tuple(dict.fromkeys(e.reason for e in listed)),
    }


def name_keys(names: npt.NDArray[np.str_]) -> npt.NDArray[np.uint64]:
    """A number for each name, shape (m,): the same for the same name in every process, and hardly ever for two different ones."""
    letters = np.ascontiguousarray(names).view(np.uint32).reshape(len(names), -1)
    odd = np.random.default_rng(0).integers(0, 2**64, letters.shape[1], dtype=np.uint64) | np.uint64(1)
    return np.asarray(letters.astype(np.uint64) @ odd)


def bearers(source: ChunkedSorts, keys: npt.NDArray[np.uint64], part: int) -> list[tuple[str, int | None]]:
    """Names of a part whose keys are among `keys`, with their lines."""
    found = []
    for chunk in source.chunks(part):
        for j in np.flatnonzero(np.isin(name_keys(chunk.participants), keys)).tolist():
            found.append((str(chunk.participants[j]), None if chunk.lines is None else int(chunk.lines[j])))
    return found
