"""The shapes an answer can have: what a page puts before people to fill in, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing to fill in, and nothing kept."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to write. Sent as text; kept as text or as a number."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Several lines to write. Sent and kept as text."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One of some whole numbers. Sent as text; kept as a number.

    Parameters
    ----------
    low, high : int
        The ends, both among them.
    """

    low: int
    high: int

    @property
    def values(self) -> range:
        """The numbers, from the lowest."""
        return range(self.low, self.high + 1)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One option. Sent and kept as its id; where people write beside it, with that: ``other:gardening``.

    Parameters
    ----------
    options : mapping of str to str
        Text of each option in one language, by its id.
    """

    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeveralOf:
    """Any number of options. Sent and kept as a list of their ids; one beside which people write with that: ``other:gardening``.

    Parameters
    ----------
    options : mapping of str to str
        Text of each option in one language, by its id.
    """

    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OneOfEach:
    """One option for each row. Sent and kept as a map from the id of the row to that of the option.

    Parameters
    ----------
    rows, options : mapping of str to str
        Text of each in one language, by its id.
    """

    rows: Mapping[str, str]
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place for each option, from 1. Sent and kept as a map from the id of the option to its place.

    Parameters
    ----------
    options : mapping of str to str
        Text of each option in one language, by its id.
    """

    options: Mapping[str, str]


Shape = Nothing | Line | Lines | Figures | OneOf | SeveralOf | OneOfEach | Ranked
