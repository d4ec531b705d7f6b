"""What the sorts' own data tell of participants, as questions whose answers are compared like those of a survey."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from qmethod.data import QData
from qmethod.formats.details import amount
from qmethod.formats.placements import UNREADABLE
from qmethod.people import Detail
from qmethod_analysis.interpretation.background import Asked, Background

MOST_CODES = 6
"""Different whole numbers up to which these are answers to choose from, not amounts."""
PEOPLE_EACH = 2
"""How many people give each of them at the least, on average."""


def with_details(background: Background, data: QData) -> Background:
    """A background whose questions are also those that the data answer; one of the same words as a question of the survey takes its place.

    Parameters
    ----------
    background : Background
    data : QData
    """
    if not data.people:
        return background
    found = tuple(asked_of(one, data.participants) for one in data.people)
    new = {one.label.casefold() for one in found}
    return replace(background, questions=(*(one for one in background.questions if one.label.casefold() not in new), *found))


def asked_of(detail: Detail, participants: tuple[str, ...]) -> Asked:
    """One thing known of participants as a question.

    Numbers are amounts, which are compared by their median, unless they are few different whole ones: those are codes to choose from.

    Parameters
    ----------
    detail : Detail
    participants : tuple of str
    """
    given = {who: value for who, value in zip(participants, detail.values, strict=True) if value}
    numbers = {who: amount(value) for who, value in given.items()}
    different = set(numbers.values())
    amounts = UNREADABLE not in different and not detail.options
    codes = len(different) <= MOST_CODES and all(number == int(number) for number in different) if amounts else False
    if amounts and not (codes and len(given) >= PEOPLE_EACH * len(different)):
        return Asked(detail.name, detail.title, "number", (), MappingProxyType(dict(numbers)))
    options = [option for option in detail.options if option in set(given.values())]
    options += sorted(set(given.values()) - set(options), key=lambda value: (amount(value), value.casefold(), value))
    return Asked(detail.name, detail.title, "choice", tuple(options), MappingProxyType({who: (value,) for who, value in given.items()}))
