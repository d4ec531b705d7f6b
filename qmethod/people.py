"""The people who sorted: what is known of them besides their sorts, and who was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qmethod.brief import brief, short
from qmethod.errors import DataError, Fault
from qmethod.wording import counted


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is known of the participants besides their sorts: a column of a table.

    Parameters
    ----------
    name : str
        What the column is called.
    values : tuple of str
        What stands there of each participant, in their order; empty where nothing is known.
    label : str, optional
        What it is about, in words, where that is known.
    options : tuple of str, optional
        The values there can be, in their order, where that is known.
    """

    name: str
    values: tuple[str, ...]
    label: str = ""
    options: tuple[str, ...] = ()

    __repr__ = brief

    @property
    def title(self) -> str:
        """The words of its label, else its name."""
        return self.label or self.name

    def at(self, positions: Sequence[int]) -> Detail:
        """The same of some of the participants, by their positions."""
        return replace(self, values=tuple([self.values[i] for i in positions]))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A sort that was left out of the analysis, and why.

    Parameters
    ----------
    participant, reason : str
    by_hand : bool, default False
        Whether the researcher left it out; else a policy did.
    """

    participant: str
    reason: str
    by_hand: bool = False

    __repr__ = brief


def check_people(people: Sequence[Detail], excluded: Sequence[Exclusion], participants: Sequence[str], n_sorts: int) -> list[Fault]:
    """What is wrong with the details of some sorts, and with those that were left out of them.

    Parameters
    ----------
    people : sequence of Detail
    excluded : sequence of Exclusion
    participants : sequence of str
        Names of the sorts that are there; may be empty.
    n_sorts : int

    Raises
    ------
    DataError
        If there is anything else among them.
    """
    for values, argument, kind in ((people, "people", Detail), (excluded, "excluded", Exclusion)):
        for one in values:
            if not isinstance(one, kind):
                raise DataError([Fault(f"`{argument}` must hold {kind.__name__}s, got {short(one)} among them")])
    faults = [
        Fault(f"`people`: {one.name!r} has {counted(len(one.values), 'value')} for {counted(n_sorts, 'sort')}")
        for one in people
        if len(one.values) != n_sorts
    ]
    there = set(participants)
    return faults + [
        Fault("a sort that was left out is there all the same", participant=one.participant) for one in excluded if one.participant in there
    ]
