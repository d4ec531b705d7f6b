"""What is odd about sorts, before any analysis: copies, mirror images, sorts that say nothing or break the grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import Array, QData
from qmethod.grid import Grid
from qmethod.names import folded
from qmethod.notice import Notice
from qmethod.simulation import simulated_notice
from qmethod.wording import and_more, listed

NEAR_DUPLICATE = 0.95
"""Sorts that correlate at least this much are near duplicates."""

MIRROR_IMAGE = -0.95
"""Sorts that correlate at most this much are mirror images."""

MOST_COMPARED = 20_000
"""With more sorts than this, pairs are not compared."""

FEWEST_ALIKE = 3
"""At least so many sorts must share a distribution before those that do not are named."""

_CODES = frozenset((8, 9, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 7777, 8888, 9999, 99999))
_BLOCK = 512
_LISTED = 10
_DETAILED = 5


def screen(data: QData) -> tuple[Notice, ...]:
    """Report what is odd about sorts.

    Parameters
    ----------
    data : QData
        Sorts of shape (n_statements, n_sorts).

    Returns
    -------
    tuple of Notice
        By kind, names within each in alphabetical order, so the order of the sorts does not matter. Nothing is changed or left out. Codes:
        ``simulated-sorts``, ``duplicate-sorts``, ``near-duplicate-sorts``, ``mirror-sorts``, ``pairs-not-compared``, ``constant-sorts``,
        ``extreme-sorts``, ``two-value-sorts``, ``missing-placements``, ``off-grid``, ``nearly-forced``, ``unforced``, ``statement-without-variance``,
        ``more-sorts-than-statements``, ``similar-names``.

    Notes
    -----
    Pairs of sorts are compared by Pearson's r, block by block, up to `MOST_COMPARED` sorts; sorts with missing placements and constant
    sorts are not compared.
    """
    checks.instance("data", data, QData, "a `qmethod.QData`; `qmethod.read` and `qmethod.QData.from_array` make one")
    order = sorted(range(data.n_sorts), key=data.participants.__getitem__)
    sorts = np.asarray(data.sorts)[:, order]
    names = tuple(data.participants[j] for j in order)
    complete = ~np.isnan(sorts).any(axis=0) if sorts.dtype.kind == "f" else np.ones(len(names), dtype=bool)
    return (
        *simulated_notice(names),
        *_duplicates(data),
        *_pairs(sorts, names, complete),
        *_few_values(sorts, names, data.grid),
        *_missing(data, sorts, names, complete),
        *_off_grid(sorts[:, complete], _picked(names, complete), data.grid),
        *_nearly_forced(data),
        *_unforced(sorts[:, complete], data.grid),
        *_without_variance(data),
        *_wide(data),
        *_similar_names(names),
    )


def _duplicates(data: QData) -> Iterator[Notice]:
    for group in data.duplicates():
        yield Notice("duplicate-sorts", f"{listed(group, _LISTED)} are the same sort, placement for placement.", participants=group)


def _pairs(sorts: Array, names: Sequence[str], complete: Array) -> Iterator[Notice]:
    """Near duplicates that are not exact ones, and mirror images."""
    if len(names) > MOST_COMPARED:
        text = f"With more than {MOST_COMPARED:,} sorts, near duplicates and mirror images are not searched for; there are {len(names):,}."
        yield Notice("pairs-not-compared", text)
        return
    spread = np.zeros(len(names), dtype=bool)
    spread[complete] = np.ptp(sorts[:, complete], axis=0) > 0
    columns = sorts[:, spread].astype(np.float64)
    who = _picked(names, spread)
    standard = columns - columns.mean(axis=0)
    standard /= np.linalg.norm(standard, axis=0)
    alike, mirrored = _Pairs(who), _Pairs(who)
    for start in range(0, len(who), _BLOCK):
        r = np.round(standard[:, start : start + _BLOCK].T @ standard[:, start:], 12)
        later = np.arange(r.shape[1]) > np.arange(r.shape[0])[:, None]
        for i, j in np.argwhere(later & (r >= NEAR_DUPLICATE)).tolist():
            if r[i, j] < 1 or (columns[:, start + i] != columns[:, start + j]).any():
                alike.add(start + i, start + j, float(r[i, j]))
        for i, j in np.argwhere(later & (r <= MIRROR_IMAGE)).tolist():
            mirrored.add(start + i, start + j, float(r[i, j]))
    if alike.count:
        one = f"1 pair of sorts is almost the same (r of at least {NEAR_DUPLICATE:.2f}): {alike}."
        several = f"{alike.count} pairs of sorts are almost the same (r of at least {NEAR_DUPLICATE:.2f}): {alike}."
        yield Notice("near-duplicate-sorts", one if alike.count == 1 else several, participants=alike.names())
    if mirrored.count:
        one = f"1 pair of sorts mirrors each other (r of at most {MIRROR_IMAGE:.2f}); was one grid read backwards? {mirrored}."
        several = f"{mirrored.count} pairs of sorts mirror each other (r of at most {MIRROR_IMAGE:.2f}); was one grid read backwards? {mirrored}."
        yield Notice("mirror-sorts", one if mirrored.count == 1 else several, participants=mirrored.names())


class _Pairs:
    """Pairs found so far: all counted, the first ones kept for the sentence."""

    def __init__(self, who: Sequence[str]) -> None:
        self.who = who
        self.count = 0
        self._kept: list[tuple[int, int, float]] = []
        self._in: set[int] = set()

    def add(self, i: int, j: int, r: float) -> None:
        self.count += 1
        self._in |= {i, j}
        if len(self._kept) < _LISTED:
            self._kept.append((i, j, r))

    def names(self) -> tuple[str, ...]:
        return tuple(self.who[i] for i in sorted(self._in))

    def __str__(self) -> str:
        shown = "; ".join(f"{self.who[i]} and {self.who[j]} ({r:.2f})" for i, j, r in self._kept)
        return shown + and_more(self.count, len(self._kept))


def _few_values(sorts: Array, names: Sequence[str], grid: Grid | None) -> Iterator[Notice]:
    """Constant sorts, sorts of the two extremes only, and other sorts of two values."""
    lowest, highest = np.fmin.reduce(sorts, axis=0), np.fmax.reduce(sorts, axis=0)
    bottom, top = (grid.values[0], grid.values[-1]) if grid is not None else (np.fmin.reduce(lowest), np.fmax.reduce(highest))
    at_ends = (sorts == lowest) | (sorts == highest)
    if sorts.dtype.kind == "f":
        at_ends |= np.isnan(sorts)
    two = at_ends.all(axis=0) & (lowest < highest)
    constant = lowest == highest
    extreme = two & (lowest == bottom) & (highest == top)
    if len(np.unique(sorts[:, ~constant])) <= 2:
        two = extreme = np.zeros(len(names), dtype=bool)
    for code, found, one, several in (
        (
            "constant-sorts",
            constant,
            "1 sort gives every statement the same value, so it correlates with nothing",
            "sorts give every statement the same value, so they correlate with nothing",
        ),
        (
            "extreme-sorts",
            extreme,
            f"1 sort uses only the extreme values {bottom:g} and {top:g}",
            f"sorts use only the extreme values {bottom:g} and {top:g}",
        ),
        ("two-value-sorts", two & ~extreme, "1 sort uses only two values", "sorts use only two values"),
    ):
        if found.any():
            who = _picked(names, found)
            text = one if len(who) == 1 else f"{len(who)} {several}"
            yield Notice(code, f"{text}: {listed(who, _LISTED)}.", participants=who)


def _missing(data: QData, sorts: Array, names: Sequence[str], complete: Array) -> Iterator[Notice]:
    if complete.all():
        return
    who = _picked(names, ~complete)
    missing = np.isnan(sorts)
    counts = missing.sum(axis=0)[~complete].tolist()
    shown = listed([f"{name} ({count})" for name, count in zip(who, counts, strict=True)], _LISTED)
    where = _picked(data.statements, np.asarray(missing.any(axis=1)))
    lacking = f"Sorts that lack placements: {len(who)} of {len(names)} ({shown})."
    text = f"{lacking} Placements missing: {sum(counts)}. Statements that lack one: {len(where)}."
    yield Notice("missing-placements", text, participants=who, statements=where)


def _off_grid(sorts: Array, names: Sequence[str], grid: Grid | None) -> Iterator[Notice]:
    """Complete sorts that do not follow the grid, and what differs."""
    if grid is None or not names:
        return
    off = (np.sort(sorts, axis=0) != grid.slots()[:, None]).any(axis=0)
    if not off.any():
        return
    who = _picked(names, off)
    details = [str(_stray(names[j], sorts[:, j], grid)) for j in np.flatnonzero(off)[:_DETAILED].tolist()]
    more = and_more(len(who), _DETAILED)
    text = f"{len(who)} of {len(names)} complete sorts do not follow the grid {grid}: {'; '.join(details)}{more}."
    yield Notice("off-grid", text, participants=who)


@dataclass(frozen=True, slots=True)
class Stray:
    """A complete sort that does not follow a grid, and how it differs. Nothing is repaired by it.

    Parameters
    ----------
    participant : str
    columns : tuple of (float, int, int)
        Value of each column in which it differs, how many statements it has there, and how many the grid has.
    """

    participant: str
    columns: tuple[tuple[float, int, int], ...]

    __repr__ = brief

    @property
    def slipped(self) -> tuple[float, float] | None:
        """The column that lacks one statement and the one of the grid that has one too many, where it is but one each; else None."""
        lacks = [value for value, has, wants in self.columns if has == wants - 1]
        holds = [value for value, has, wants in self.columns if has == wants + 1 > 1]  # no card slips to where no column is
        return (lacks[0], holds[0]) if len(lacks) == len(holds) == 1 and len(self.columns) == 2 else None

    @property
    def difference(self) -> str:
        """Each column, ``0: 7 instead of 6``, and what would explain it."""
        told = [f"{value:g}: {has} instead of {wants}" for value, has, wants in self.columns]
        slip = "" if self.slipped is None else ", as if one card had slipped from {:g} to {:g}".format(*self.slipped)
        return ", ".join(told) + slip

    def __str__(self) -> str:
        return f"{self.participant} ({self.difference})"


def strays(data: QData, grid: Grid) -> tuple[Stray, ...]:
    """Every complete sort that does not follow a grid, in the order of the data.

    Parameters
    ----------
    data : QData
    grid : Grid
        That of the data, or one that most of them share; see `shared_by_most`.
    """
    sorts = np.asarray(data.sorts)
    complete = np.flatnonzero(~data.missing.any(axis=0))
    off = complete[(np.sort(sorts[:, complete], axis=0) != grid.slots()[:, None]).any(axis=0)].tolist()
    return tuple(_stray(data.participants[j], sorts[:, j], grid) for j in off)


def _stray(participant: str, sort: Array, grid: Grid) -> Stray:
    own = Grid.of(sort)
    has, wants = dict(zip(own.values, own.counts, strict=True)), dict(zip(grid.values, grid.counts, strict=True))
    every = sorted(has.keys() | wants.keys())
    return Stray(participant, tuple((v, has.get(v, 0), wants.get(v, 0)) for v in every if has.get(v, 0) != wants.get(v, 0)))


def _unforced(sorts: Array, grid: Grid | None) -> Iterator[Notice]:
    if sorts.shape[1] < 2 or grid is not None:
        return
    n_kinds = len(np.unique(np.sort(sorts, axis=0), axis=1).T)
    if n_kinds > 1:
        text = f"The sorts show {n_kinds} different distributions and no grid was given; they are treated as free (unforced) sorts."
        yield Notice("unforced", text)


def _nearly_forced(data: QData) -> Iterator[Notice]:
    if (notice := nearly_forced(data)) is not None:
        yield notice


def shared_by_most(data: QData) -> Grid | None:
    """The distribution that more than half of the complete sorts share, but not all, where no grid is given; else None.

    Parameters
    ----------
    data : QData
    """
    if data.grid is not None:
        return None
    sorts = np.asarray(data.sorts)
    complete = np.flatnonzero(~data.missing.any(axis=0))
    if len(complete) < FEWEST_ALIKE:
        return None
    kinds, counts = np.unique(np.sort(sorts[:, complete], axis=0), axis=1, return_counts=True)
    most = int(counts.argmax())
    few = counts[most] < FEWEST_ALIKE or 2 * counts[most] <= len(complete)
    return None if few or counts[most] == len(complete) else Grid.of(kinds[:, most])


def nearly_forced(data: QData) -> Notice | None:
    """Who keeps sorts from sharing a distribution, where no grid is given and more than half of the complete sorts do share one; else None.

    Parameters
    ----------
    data : QData

    Returns
    -------
    Notice or None
        With the code ``nearly-forced``. It names every sort that differs, says how the first of them do, and gives the grid to be named.
    """
    shared = shared_by_most(data)
    if shared is None:
        return None
    off = sorted(strays(data, shared), key=lambda one: one.participant)
    complete = int((~data.missing.any(axis=0)).sum())
    details, more = [str(one) for one in off[:_DETAILED]], and_more(len(off), _DETAILED)
    total = any(notice.code.startswith("totals-among") for notice in data.notices)
    advice = "First take out what is called a total" if total else f'If that is the grid of the design, give it as the grid: "{shared}"'
    text = (
        f"{complete - len(off)} of {complete} complete sorts share the distribution {shared}; these do not: {'; '.join(details)}{more}. "
        f"No grid was given, so all are treated as free sorts. {advice}."
    )
    return Notice("nearly-forced", text, participants=tuple(one.participant for one in off))


def far_off(values: Array) -> list[float]:
    """Values at either end that stand much farther from the next one than all others span; 9, 99 and their like also where they only stand apart.

    Parameters
    ----------
    values : ndarray of shape (v,)
        Every placement that occurs, ascending.

    Returns
    -------
    list of float

    Examples
    --------
    >>> far_off(np.array([-99.0, -2, -1, 0, 1, 2, 9, 99])), far_off(np.arange(-4.0, 5))
    ([-99.0, 99.0, 9.0], [])
    """
    left, found = values.tolist(), list[float]()
    while len(left) > 2:
        spans = [(left[0], left[1] - left[0], left[-1] - left[1]), (left[-1], left[-1] - left[-2], left[-2] - left[0])]
        inner = left[-2] - left[1]
        off = []
        for value, gap, span in spans:
            usual = 3 * max(np.diff(left[1:-1]), default=span)
            known = abs(value) in _CODES and gap >= max(3, usual)
            if (gap >= 5 and (gap > 2 * span or (len(left) > 4 and gap > 4 * inner))) or (known and len(left) > 4):
                off.append(value)
        if not off:
            return found
        found += off
        left = [value for value in left if value not in off]
    return found


def _without_variance(data: QData) -> Iterator[Notice]:
    if data.n_sorts < 2:
        return
    sorts = np.asarray(data.sorts)
    same = np.fmin.reduce(sorts, axis=1) == np.fmax.reduce(sorts, axis=1)
    if same.any():
        which = _picked(data.statements, same)
        one = f"1 statement has the same placement in every sort and tells nobody apart: {listed(which)}."
        several = f"{len(which)} statements have the same placement in every sort and tell nobody apart: {listed(which, _LISTED)}."
        text = one if len(which) == 1 else several
        yield Notice("statement-without-variance", text, statements=which)


def _wide(data: QData) -> Iterator[Notice]:
    n, m = data.sorts.shape
    if m > n:
        text = f"There are {m:,} sorts of {n} statements. The correlations then have a rank of at most {n - 1}: no more factors can be told apart."
        yield Notice("more-sorts-than-statements", text)


def _similar_names(names: Sequence[str]) -> Iterator[Notice]:
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(folded(name), []).append(name)
    for group in sorted(tuple(group) for group in groups.values() if len(group) > 1):
        text = f"These names differ only in capitals or blanks; are they one participant? {listed([repr(name) for name in group], _LISTED)}."
        yield Notice("similar-names", text, participants=group)


def _picked(names: Sequence[str], which: Array) -> tuple[str, ...]:
    return tuple(names[i] for i in np.flatnonzero(which).tolist())
