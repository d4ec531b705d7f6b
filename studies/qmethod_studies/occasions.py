"""Which sorts a person gives, and in which order: conditions of instruction and waves. Pure; knows no database."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from qmethod.errors import DataError, Fault
from qmethod_studies.definition import Study

Occasion = tuple[str, str]
"""A condition of instruction and a wave, by their ids; each is empty where the study has none."""


def conditions(study: Study) -> tuple[str, ...]:
    """Ids of the conditions of instruction, in their order; one empty id where the study has a single, unnamed one."""
    return tuple(one.id for one in study.conditions) or ("",)


def waves(study: Study) -> tuple[str, ...]:
    """Ids of the waves, in their order; one empty id where people are asked once."""
    return tuple(one.id for one in study.waves) or ("",)


def sorts_in_wave(study: Study) -> int:
    """How many sorts a person gives in each wave."""
    return len(conditions(study)) if study.assign == "all" else 1


def assign(study: Study, taken: Mapping[str, int], by_link: str | None, rng: random.Random, among: Collection[str] | None = None) -> tuple[str, ...]:
    """The conditions that a new person sorts under, in their order.

    Parameters
    ----------
    study : Study
    taken : mapping of str to int
        How many people each condition has already.
    by_link : str or None
        The condition that the invitation was made for.
    rng : random.Random
        Draws among the conditions that have fewest people.
    among : collection of str, optional
        The conditions that a draw may choose, where some have all their people.

    Returns
    -------
    tuple of str

    Raises
    ------
    DataError
        If the study goes by the invitation, and that names none of its conditions.
    """
    known = conditions(study)
    if study.assign == "random":
        drawn = [name for name in known if among is None or name in among]
        fewest = min(taken.get(name, 0) for name in drawn)
        return (rng.choice([name for name in drawn if taken.get(name, 0) == fewest]),)
    if study.assign == "by link":
        if by_link not in known:
            what = f"the invitation to {study.study!r} names no condition of the study"
            raise DataError([Fault(what, advice=f"Make it with --condition: {', '.join(known)}.")])
        return (by_link,)
    return known


def next_in_wave(assigned: Sequence[str], given: Sequence[Occasion]) -> Occasion | None:
    """What follows at once on a person's sorts so far, in the wave of the last; None where they have given all of that wave.

    Parameters
    ----------
    assigned : sequence of str
        The person's conditions.
    given : sequence of (condition, wave)
        Their sorts so far, in order.
    """
    wave = given[-1][1]
    return next(((name, wave) for name in assigned if (name, wave) not in given), None)


def next_wave(study: Study, assigned: Sequence[str], given: Sequence[Occasion], day: date | None) -> Occasion | None:
    """The sort with which a person begins a wave on a day; None where no later wave is open then.

    Parameters
    ----------
    study : Study
    assigned : sequence of str
        The person's conditions.
    given : sequence of (condition, wave)
        Their sorts so far, in order; empty for who begins.
    day : date or None
        In UTC. None takes every wave for open, for simulations.
    """
    known = waves(study)
    later = known[known.index(given[-1][1]) + 1 :] if given else known
    dated = {one.id: one for one in study.waves}
    for name in later:
        if day is None or name not in dated or dated[name].open_on(day):
            return assigned[0], name
    return None
