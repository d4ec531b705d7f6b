"""Sorts of two occasions joined by the names of the people; whoever and whatever has no counterpart is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qmethod.brief import brief
from qmethod.data import FloatArray, QData
from qmethod.errors import DataError, Fault
from qmethod.names import folded
from qmethod.notice import Notice
from qmethod.wording import counted, listed

LEAST = 4
"""Statements that both sorts of a person must place."""
LEAST_PEOPLE = 2
_SHOWN = 12


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Two sorts of each of p people over the same n statements.

    Parameters
    ----------
    before, after : QData
        Sorts of the same people in the same order, statements as before.
    left_out : tuple of (str, str)
        Who cannot be compared, each with the reason.
    notices : tuple of Notice
        What there is to know of how they were joined.
    """

    before: QData
    after: QData
    left_out: tuple[tuple[str, str], ...]
    notices: tuple[Notice, ...]

    __repr__ = brief

    def values(self) -> tuple[FloatArray, FloatArray]:
        """Placements before and after, each of shape (n, p); NaN on both occasions where one of them is missing."""
        first, second = self.before.sorts.astype(float), self.after.sorts.astype(float)
        gone = np.isnan(first) | np.isnan(second)
        return np.where(gone, np.nan, first), np.where(gone, np.nan, second)


def pair(before: QData, after: QData, labels: tuple[str, str]) -> Paired:
    """Join the sorts of two occasions.

    Parameters
    ----------
    before, after : QData
        Statements are matched by their ids, people by their names, sign for sign.
    labels : tuple of (str, str)
        What the occasions are called.

    Returns
    -------
    Paired
        People in the order before.

    Raises
    ------
    DataError
        If the occasions do not have the same statements, or fewer than two people have a sort on each that can be compared.
    """
    second = _same_statements(before, after, labels)
    mine, theirs = set(before.participants), set(after.participants)
    both = [name for name in before.participants if name in theirs]
    only = [name for name in before.participants if name not in theirs], [name for name in after.participants if name not in mine]
    left = [(name, f"no sort {label}") for names, label in zip(only, reversed(labels), strict=True) for name in names]
    notices = _proposed(*only, labels)
    if both:
        placed = before.keep(both), second.keep(both)
        kept, unusable = _usable(placed, labels)
        left += unusable
    else:
        kept = []
    if len(kept) < LEAST_PEOPLE:
        raise DataError([_too_few(kept, left, before, after, labels), *(Fault(one.message) for one in notices)])
    if left:
        told = "; ".join(f"{name}: {why}" for name, why in left[:_SHOWN]) + (f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else "")
        notices.insert(0, Notice("not-compared", f"Not compared: {told}.", participants=tuple(dict.fromkeys(name for name, _ in left))))
    found = before.keep(kept), second.keep(kept)
    return Paired(*found, tuple(left), (*notices, *_scales(found, labels), *_texts(before, second)))


def _same_statements(before: QData, after: QData, labels: tuple[str, str]) -> QData:
    """The sorts after with their statements in the order before."""
    mine, theirs = set(before.statements), set(after.statements)
    if mine != theirs:
        both = ((before, mine - theirs, labels[0]), (after, theirs - mine, labels[1]))
        raise DataError([_alone(data, [name for name in data.statements if name in alone], when) for data, alone, when in both if alone])
    if before.statements == after.statements:
        return after
    at = {name: i for i, name in enumerate(after.statements)}
    order = [at[name] for name in before.statements]
    return replace(after, sorts=after.sorts[order], statements=before.statements, texts=tuple(after.texts[i] for i in order))


def _alone(data: QData, names: Sequence[str], when: str) -> Fault:
    message = f"{listed(names)} {'stands' if len(names) == 1 else 'stand'} in the sorts {when} only"
    file = data.origin().name if data.source else None
    return Fault(message, file=file, advice="Both occasions need the same statements under the same ids.")


def _usable(placed: tuple[QData, QData], labels: tuple[str, str]) -> tuple[list[str], list[tuple[str, str]]]:
    """People whose two sorts can be correlated, and the others with the reason."""
    first, second = (data.sorts.astype(float) for data in placed)
    both: npt.NDArray[np.bool_] = ~np.isnan(first) & ~np.isnan(second)
    kept, left = [], []
    for i, name in enumerate(placed[0].participants):
        here = both[:, i]
        flat = [label for label, sorts in zip(labels, (first, second), strict=True) if here.any() and np.ptp(sorts[here, i]) == 0]
        if here.sum() < LEAST:
            left.append((name, f"only {counted(int(here.sum()), 'statement')} placed on both occasions"))
        elif flat:
            left.append((name, f"all statements in one place {flat[0]}"))
        else:
            kept.append(name)
    return kept, left


def _too_few(kept: Sequence[str], left: Sequence[tuple[str, str]], before: QData, after: QData, labels: tuple[str, str]) -> Fault:
    message = f"{counted(len(kept), 'person')} can be compared, and at least {LEAST_PEOPLE} are needed" if kept else "nobody can be compared"
    message = message.replace("persons", "people")
    why = "; ".join(f"{name}: {reason}" for name, reason in left[:_SHOWN])
    called = f"People are called {listed(before.participants)} {labels[0]} and {listed(after.participants)} {labels[1]}"
    return Fault(f"{message}{f' ({why})' if why else ''}", advice=f"{called}: each person needs the same name on both occasions.")


def _proposed(first: Sequence[str], second: Sequence[str], labels: tuple[str, str]) -> list[Notice]:
    """Names that may be one person's, but are not the same."""
    known: dict[str, list[str]] = {}
    for name in second:
        known.setdefault(_loose(name), []).append(name)
    pairs = [(name, other) for name in first for other in known.get(_loose(name), [])]
    if not pairs:
        return []
    told = listed([f"{one!r} {labels[0]} and {other!r} {labels[1]}" for one, other in pairs], _SHOWN)
    message = f"These may be the same people under two spellings, and were not joined: {told}. Where they are, give both the same name."
    return [Notice("perhaps-the-same", message, participants=tuple(dict.fromkeys(name for both in pairs for name in both)))]


def _loose(name: str) -> str:
    """A name without what is often lost on the way: capitals, blanks, punctuation, zeros in front."""
    signs = "".join(sign for sign in folded(name) if sign.isalnum())
    return signs.lstrip("0") or signs


def _scales(found: tuple[QData, QData], labels: tuple[str, str]) -> list[Notice]:
    ends = [(float(np.nanmin(data.sorts)), float(np.nanmax(data.sorts))) for data in found]
    if ends[0] == ends[1]:
        return []
    told = " and ".join(f"from {low:g} to {high:g} {label}" for (low, high), label in zip(ends, labels, strict=True))
    message = f"Placements go {told}. Changes of statements are in places as they stand: where the two scales differ they say nothing of people."
    return [Notice("two-scales", message)]


def _texts(before: QData, after: QData) -> list[Notice]:
    other = [name for name, a, b in zip(before.statements, before.texts, after.texts, strict=True) if a and b and folded(a) != folded(b)]
    if not other:
        return []
    message = f"Worded otherwise on the second occasion: {listed(other)}. A change there may be one of wording."
    return [Notice("two-wordings", message, statements=tuple(other))]
