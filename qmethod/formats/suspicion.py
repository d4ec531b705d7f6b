"""What is odd about the numbers and names of a file, though it could be read: totals among the sorts, codes for "missing", sorts among the names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qmethod.data import Array, FloatArray
from qmethod.formats.layout import alike, numbered_alike
from qmethod.formats.placements import WHOLE_SORT
from qmethod.formats.sorts import Place, Sorts
from qmethod.minus import MINUSES
from qmethod.notice import Notice
from qmethod.screening import far_off
from qmethod.wording import and_more

_TOTALS = frozenset(
    (
        *(
            "sum",
            "sums",
            "total",
            "totals",
            "totaal",
            "totale",
            "totalt",
            "subtotal",
            "mean",
            "means",
            "average",
            "averages",
            "avg",
            "median",
            "count",
            "counts",
            "stdev",
            "stddev",
        ),
        *("summe", "gesamt", "gesamtsumme", "mittelwert", "durchschnitt", "somme", "moyenne", "suma", "promedio", "somma", "gemiddelde", "summa"),
    )
)
_BESIDE_TOTALS = frozenset(("grand", "row", "column", "all", "overall", "score", "scores", "of", "the"))
_FEWEST, _DIFFERING = 6, 4
_SHOWN = 10
_TRAILING = 3
_GLANCE = 8
_MOST_COMPARED = 20_000_000


@dataclass(frozen=True, slots=True)
class _Side:
    """Rows or columns of the sorts: what they are called, their placements in rows, and where each stands."""

    kind: str
    names: tuple[str, ...]
    lines: FloatArray
    find: Callable[[int], Place]
    spell: Callable[[Place], str]

    def told(self, which: Sequence[int], most: int = _SHOWN) -> str:
        """Names of some, each with its place."""
        shown = [(self.names[i], self.spell(self.find(i))) for i in which[:most]]
        more = and_more(len(which), most)
        return ", ".join(f"{name!r}{f' ({place})' if place else ''}" for name, place in shown) + more


def suspect(found: Sorts) -> tuple[Notice, ...]:
    """Say what a file holds that may be no placement, though it reads as one.

    Parameters
    ----------
    found : Sorts

    Returns
    -------
    tuple of Notice
        Codes: ``totals-among-sorts``, ``totals-among-statements``, ``code-for-missing``, ``unlike-all-others``,
        ``names-like-placements``, ``no-placement-at-all``.
        Nothing is changed.
    """
    if found.values.size == 0:
        return ()
    values = np.asarray(found.values, dtype=np.float64)
    sorts = _Side("participant", found.participants, values.T, lambda j: found.place(None, j), found.spell)
    statements = _Side("statement", found.statements, values, lambda i: found.place(i, None), found.spell)
    by_name = _called_totals(sorts.names), _called_totals(statements.names)
    totals = _marked_totals(sorts, statements, by_name)
    return (
        *_totals((sorts, statements), by_name, totals),
        *_codes(found, values, totals),
        *_unlike(statements, sorts),
        *_unlike(sorts, statements),
        *_names(sorts),
        *_names(statements),
        *_empty(sorts),
        *_empty(statements),
    )


def _marked_totals(sorts: _Side, statements: _Side, by_name: tuple[Array, Array]) -> tuple[Array, Array]:
    """Which participants and which statements are sums, means or counts of the others, or are called so."""
    marked, sides = [by_name[0].copy(), by_name[1].copy()], (sorts, statements)
    for _ in range(2):  # what is found on one side is left out on the other
        for a in (0, 1):
            marked[a] |= _computed(sides[a], marked[a], ~marked[1 - a])
        if not (marked[0].any() or marked[1].any()):
            break  # nothing to leave out
    return marked[0], marked[1]


def _totals(sides: tuple[_Side, _Side], by_name: tuple[Array, Array], marked: tuple[Array, Array]) -> Iterator[Notice]:
    """What is said of sums, means and counts among the participants, and among the statements."""
    for side, named, found, code in zip(sides, by_name, marked, ("totals-among-sorts", "totals-among-statements"), strict=True):
        which = np.flatnonzero(found).tolist()
        if which:
            why = "called like a sum or mean" if named[which].all() else "the sum, the mean or the number of the others"
            noun = "sorts" if code == "totals-among-sorts" else "statements"
            message = (
                f"Among the {noun}, these are {why}: {side.told(which)}. They were counted as {noun}; if they are none, take them out of the file."
            )
            who = tuple(side.names[i] for i in which)
            yield Notice(code, message, participants=who if noun == "sorts" else (), statements=who if noun == "statements" else ())


def _called_totals(names: Sequence[str]) -> Array:
    """Which names are words for a sum or a mean; looked at one by one only where such a word is among them."""
    whole = "\n".join({name.rstrip("0123456789") for name in names})
    if _TOTALS.isdisjoint(re.findall(r"[^\W\d_]+", whole.lower())) and not any(sign in whole for sign in "ØΣ∑"):
        return np.zeros(len(names), dtype=bool)
    return np.array([called_total(name) for name in names])


def called_total(name: str) -> bool:
    """Whether a name is a word for a sum or a mean: Total, row mean, Ø."""
    words = re.findall(r"[^\W\d_]+", name.lower())
    return name.strip() in ("Ø", "Σ", "∑") or (bool(_TOTALS.intersection(words)) and _TOTALS.union(_BESIDE_TOTALS).issuperset(words))


def _computed(side: _Side, marked: Array, across: Array) -> Array:
    """Which lines are the sum, the mean or the number of the others, or of those before them, beyond chance and design.

    Parameters
    ----------
    side : _Side
        Lines of shape (a, b).
    marked : ndarray of bool, shape (a,)
        Lines known to be sums or means, which enter none.
    across : ndarray of bool, shape (b,)
        Which of the crossing lines count.

    Notes
    -----
    A forced grid makes equalities of its own: in a centred one a statement that everybody places at 0 is the sum of all others. So a line
    counts only if it is no arrangement of the values that all others are arrangements of, and is long enough to rule out chance. One that is
    the same throughout counts if it lies far outside the range of the others, or is the last, without a number where the others are numbered alike.
    """
    found = np.zeros(len(side.names), dtype=bool)
    usable = np.flatnonzero(~marked)
    if len(usable) < 3 or across.sum() < 2:
        return found
    inside = side.lines if across.all() and not marked.any() else side.lines[:, across][usable]
    missing = np.isnan(inside)
    total, count = np.where(missing, 0, inside).sum(axis=0) if missing.any() else inside.sum(axis=0), len(inside) - missing.sum(axis=0)
    for position in _candidates(inside, total, count):
        own = inside[position]
        there = ~np.isnan(own)
        others = [(total - np.where(there, own, 0), count - there)]
        if 2 <= position >= len(usable) - _TRAILING:
            before = inside[:position]
            others.append((np.nansum(before, axis=0), (~np.isnan(before)).sum(axis=0)))
        if any(_matches(own[there], sums[there], counts[there]) for sums, counts in others) and _certain(side, inside, position, usable):
            found[usable[position]] = True
    return found


def _candidates(inside: FloatArray, total: FloatArray, count: Array) -> list[int]:
    """The last lines, and those whose first few cells could be the sum or the mean of the others."""
    few = inside[:, :_GLANCE]
    sums, counts = total[:_GLANCE] - np.nan_to_num(few), count[:_GLANCE] - ~np.isnan(few)
    with np.errstate(invalid="ignore", divide="ignore"):
        far = (np.abs(few - sums) > 1e-6 * np.maximum(1, np.abs(sums))).any(axis=1)
        off = (np.abs(few - sums / counts) > 0.5).any(axis=1) | (np.isnan(few) | (few == np.trunc(few))).all(axis=1)
    last = np.arange(len(inside)) >= len(inside) - _TRAILING
    return np.flatnonzero((~(far & off) | last) & ~np.isnan(inside).all(axis=1)).tolist()


def _matches(own: FloatArray, total: FloatArray, count: Array) -> bool:
    """Whether a line is the sum, the number, or the mean as far as its decimals go, of what the others hold."""
    if np.abs(own - total).max() < 1e-9 * max(1.0, float(np.abs(total).max())) or (own == count).all():
        return True
    mean = total / np.maximum(count, 1)
    fractions = own % 1
    if not fractions.any():
        return False
    decimals = next((d for d in range(1, 9) if np.abs(np.round(own, d) - own).max() < 1e-9), 9)
    return bool(np.abs(own - mean).max() <= 0.5 * 10.0**-decimals + 1e-9)


def _certain(side: _Side, inside: FloatArray, position: int, usable: Array) -> bool:
    """Whether design and chance can be ruled out."""
    own, rest = inside[position], np.delete(inside, position, axis=0)
    own = own[~np.isnan(own)]
    if np.isnan(rest).all():
        return False
    if own.min() == own.max():
        low, high = float(np.nanmin(rest)), float(np.nanmax(rest))
        if max(low - own[0], own[0] - high) > high - low and len(np.unique(rest[~np.isnan(rest)])) > 2:
            return True
        names = [side.names[i] for i in usable.tolist()]
        return position == len(names) - 1 > 2 and numbered_alike(names[:-1]) and not numbered_alike(names) and not names[-1][-1:].isdigit()
    outside = own.min() < np.nanmin(rest) or own.max() > np.nanmax(rest)
    _, often = np.unique(own, return_counts=True)
    if not outside and not (own % 1).any() and (len(own) < _FEWEST or len(own) - often.max() < _DIFFERING):
        return False
    whole = np.sort(rest[~np.isnan(rest).any(axis=1)], axis=1)
    return len(whole) == 0 or len(own) < whole.shape[1] or not bool((whole == np.sort(own)).all())


def _codes(found: Sorts, values: FloatArray, totals: tuple[Array, Array]) -> Iterator[Notice]:
    """Values far off the rest, which some programs write where a placement is missing."""
    present = ~np.isnan(values)
    off = far_off(np.unique(values[present] if found.values.dtype.kind == "f" else found.values).astype(np.float64))
    usual = _usual_values(values) if off else set()
    for value in off:
        if value in usual:
            continue
        cells = np.argwhere((values == value) & ~totals[0] & ~totals[1][:, None])
        if not len(cells):
            continue  # it stands in totals only, and of these it is said
        shown = []
        for i, j in cells[:_SHOWN].tolist():
            place = found.spell(found.place(i, j))
            shown.append(f"{found.participants[j]} on {found.statements[i]}{f' ({place})' if place else ''}")
        more = and_more(len(cells), _SHOWN)
        message = (
            f'The value {value:g} lies far off all others, as a code for "missing" or a slip would: {"; ".join(shown)}{more}. '
            "It was counted as a placement. Where it says that one is missing, name it as the code for that "
            "(`missing_code`), or leave the cell empty."
        )
        who = tuple(found.participants[j] for j in np.unique(cells[:, 1]).tolist())
        yield Notice("code-for-missing", message, participants=who, statements=tuple(found.statements[i] for i in np.unique(cells[:, 0]).tolist()))


def _unlike(side: _Side, other: _Side) -> Iterator[Notice]:
    """Whole lines that hold something else than the others, such as what is known of the participants: ages, counts, scores with decimals."""
    found = (_apart(side.lines) | _broken(side.lines) | _beside_forced(side, other)) & ~_called_totals(side.names)
    which = np.flatnonzero(found).tolist()
    rest = [name for i, name in enumerate(side.names) if i not in which]
    strange = numbered_alike(rest) and not numbered_alike(side.names)
    if not strange and (_shared(other.lines) or _shared(side.lines)):
        return  # a column of the grid may lie far out, and everybody place one statement there
    if which and 2 * len(which) < len(side.names):
        message = (
            f"The values of these {side.kind}s are unlike those of all others: {side.told(which)}. "
            f"They were counted as placements; if they are none, take what is no {side.kind} out of the file."
        )
        who = tuple(side.names[i] for i in which)
        participants, statements = (who, ()) if side.kind == "participant" else ((), who)
        yield Notice("unlike-all-others", message, participants=participants, statements=statements)


def _shared(lines: FloatArray) -> bool:
    """Whether all lines without a gap hold the same values in some order."""
    whole = np.sort(lines[~np.isnan(lines).any(axis=1)], axis=1)
    return len(whole) > 1 and bool((whole == whole[0]).all())


def _apart(lines: FloatArray) -> Array:
    """Which lines lie farther outside the range of the others than that range is wide; lines that lie apart together are judged against the rest."""
    with np.errstate(invalid="ignore"):
        low, high = np.fmin.reduce(lines, axis=1), np.fmax.reduce(lines, axis=1)
    there = ~np.isnan(low)
    if there.sum() < _DIFFERING:
        return np.zeros(len(lines), dtype=bool)
    middle = (low + high) / 2
    distance = np.where(there, np.abs(middle - np.median(middle[there])), np.inf)
    core = distance <= np.median(distance[there])
    for _ in range(2):  # the second time with all that the first found near
        least, most = low[core].min(), high[core].max()
        gap = np.maximum(low - most, least - high)
        core = there & ~(gap > most - least)
    values = lines[core]
    if len(np.unique(values[~np.isnan(values)])) < _DIFFERING:  # of two or three values, one may be a column of the grid far out
        return np.zeros(len(lines), dtype=bool)
    apart: Array = there & ~core
    return apart


def _broken(lines: FloatArray) -> Array:
    """Which lines hold fractions for the most part, where no other line holds any."""
    fractions, filled = (np.nan_to_num(lines) % 1 != 0).sum(axis=1), (~np.isnan(lines)).sum(axis=1)
    broken = fractions > filled / 2
    found: Array = broken & bool((fractions[~broken] == 0).all())
    return found


def _beside_forced(side: _Side, other: _Side) -> Array:
    """Which line of the statements has no place in the distribution that all sorts share without it."""
    found = np.zeros(len(side.names), dtype=bool)
    if side.kind != "statement" or len(side.names) < _FEWEST or len(other.names) < _DIFFERING or alike(other.lines):
        return found
    if np.isnan(side.lines).any() or len(side.names) * side.lines.size > _MOST_COMPARED:
        return found
    for i, line in enumerate(side.lines):
        often = np.unique(line, return_counts=True)[1].max()
        found[i] = 2 * often <= len(line) and alike(np.delete(other.lines, i, axis=1))  # else it may be the slip of a few
    return found


def _usual_values(values: FloatArray) -> set[float]:
    """The values of the distribution that more than half of the complete sorts share, a column far out among them; empty where none is."""
    complete = np.sort(values[:, ~np.isnan(values).any(axis=0)], axis=0)
    kinds, counts = np.unique(complete, axis=1, return_counts=True)
    if counts.size == 0 or counts.max() < 2 or 2 * counts.max() <= complete.shape[1]:
        return set()
    return set(kinds[:, counts.argmax()].tolist())


_FRACTION = re.compile(r"[+-]?[0-9]*[.,][0-9]*[1-9][0-9]*")
_SIGNED = re.compile(rf"[+\-{MINUSES}][0-9]+")


def _names(side: _Side) -> Iterator[Notice]:
    """Names that read as placements or as whole sorts."""
    odd = [
        i for i, name in enumerate(side.names) if not name[:1].isalpha() and any(form.fullmatch(name) for form in (_FRACTION, _SIGNED, WHOLE_SORT))
    ]
    if not odd or len(odd) * 2 < len(side.names):
        return
    message = (
        f"{len(odd)} of {len(side.names)} names of {side.kind}s read as numbers, as placements do: {side.told(odd, 4)}. "
        "Check that the file has a header, and which column holds the names."
    )
    who = tuple(side.names[i] for i in odd)
    participants, statements = (who, ()) if side.kind == "participant" else ((), who)
    yield Notice("names-like-placements", message, participants=participants, statements=statements)


def _empty(side: _Side) -> Iterator[Notice]:
    """Lines with a name and no placement, such as a remark below the table."""
    which = np.flatnonzero(np.isnan(side.lines).all(axis=1)).tolist()
    if which:
        message = f"No placement at all stands beside these names of {side.kind}s: {side.told(which)}. Take out what is no {side.kind}."
        who = tuple(side.names[i] for i in which)
        participants, statements = (who, ()) if side.kind == "participant" else ((), who)
        yield Notice("no-placement-at-all", message, participants=participants, statements=statements)
