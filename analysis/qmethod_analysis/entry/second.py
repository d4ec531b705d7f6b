"""The same sort typed by two people: where they differ, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qmethod.brief import brief
from qmethod.errors import DataError, Fault
from qmethod_studies.definition import Study, column_label

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A card that two people typed in different columns.

    Parameters
    ----------
    card : int
        Its number.
    statement : str
        Its id.
    first, second : float
        The columns.
    """

    card: int
    statement: str
    first: float
    second: float

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Settled:
    """A difference, and which column it is.

    Parameters
    ----------
    difference : Difference
    kept : float
        One of the two, or another one where both had it wrong.
    reason : str
        Why.
    """

    difference: Difference
    kept: float
    reason: str

    __repr__ = brief

    @property
    def first_was_wrong(self) -> bool:
        """Whether the first typing is corrected by it."""
        return self.kept != self.difference.first


def differences(study: Study, first: Sequence[float], second: Sequence[float]) -> tuple[Difference, ...]:
    """The cards that lie in different columns, by number.

    Parameters
    ----------
    study : Study
    first, second : sequence of float
        The value of each statement.
    """
    both = zip(study.ids, first, second, strict=True)
    return tuple(Difference(n, name, one, other) for n, (name, one, other) in enumerate(both, 1) if one != other)


def settle(study: Study, found: Sequence[Difference], choices: Mapping[int, tuple[float, str]]) -> tuple[Settled, ...]:
    """Every difference with what was decided.

    Parameters
    ----------
    study : Study
    found : sequence of Difference
    choices : mapping of int to (float, str)
        By number of the card: the column that is right, and why.

    Raises
    ------
    DataError
        If one is not decided, has no reason, or names a column that is none.
    """
    faults: list[Fault] = []
    settled = []
    for one in found:
        kept, reason = choices.get(one.card, (None, ""))
        reason = " ".join(reason.split())[:LONGEST_REASON]
        if kept is None or kept not in study.columns:
            faults.append(Fault(f"card {one.card}: say which column it is", advice="Look at the sheet or the photograph."))
        elif not reason:
            faults.append(Fault(f"card {one.card}: give the reason", advice="A word will do, such as: misread."))
        else:
            settled.append(Settled(one, kept, reason))
    if faults:
        raise DataError(faults)
    return tuple(settled)


def corrected(study: Study, first: Sequence[float], settled: Sequence[Settled]) -> tuple[float, ...]:
    """The sort as it is after differences were settled.

    Parameters
    ----------
    study : Study
    first : sequence of float
        As it was typed first.
    settled : sequence of Settled

    Raises
    ------
    DataError
        If it does not follow the grid any more.
    """
    kept = {one.difference.card: one.kept for one in settled}
    sort = tuple(kept.get(n, value) for n, value in enumerate(first, 1))
    if study.distribution == "forced":
        counts = Counter(sort)
        faults = [
            Fault(
                f"{column_label(value)} would have {counts[value]} cards instead of {places}",
                advice="Settle the differences so that all columns fit.",
            )
            for value, places in study.capacity.items()
            if counts[value] != places
        ]
        if faults:
            raise DataError(faults)
    return sort
