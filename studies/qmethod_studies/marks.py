"""What is said of sorts that nobody may have thought about; when a sort has a mark, `qmethod_studies.quality` decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from qmethod.notice import Notice
from qmethod.wording import listed

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "machine-placed": "Sorts wholly placed by the machine, for people who called all cards equal: {n} of {all} ({who}).",
        "half-machine-placed": "Sorts of which the machine placed half or more: {n} of {all} ({who}).",
        "fast": "Sorts made in less than 2 seconds a card: {n} of {all} ({who}).",
        "one-pile": "Sorts whose cards were all put on one pile in the first look: {n} of {all} ({who}).",
        "unchanged-after-machine": "Sorts in which nothing was changed after the machine had placed cards: {n} of {all} ({who}).",
        "straight-line": "Sorts whose cards lie in just the order in which they were shown: {n} of {all} ({who}).",
        "one-column": "Sorts whose cards all lie in one column: {n} of {all} ({who}).",
    }
)
"""What is said of the sorts with each mark; its notice has the mark for a code."""
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "machine-placed": "wholly placed by the machine",
        "half-machine-placed": "half or more placed by the machine",
        "fast": "less than 2 seconds a card",
        "one-pile": "all cards on one pile",
        "unchanged-after-machine": "nothing changed after the machine",
        "straight-line": "cards in the order shown",
        "one-column": "all cards in one column",
    }
)
"""Each mark in a few words."""


def notices(marks: Mapping[str, Sequence[str]]) -> tuple[Notice, ...]:
    """What is to be said of sorts and their marks: a notice for each mark that any has.

    Parameters
    ----------
    marks : mapping of str to sequence of str
        The marks of every sort, by its name.
    """
    found = []
    for mark, sentence in SENTENCES.items():
        who = tuple(name for name, mine in marks.items() if mark in mine)
        if who:
            found.append(Notice(mark, sentence.format(n=len(who), all=len(marks), who=listed(who, 12)), participants=who))
    return tuple(found)
