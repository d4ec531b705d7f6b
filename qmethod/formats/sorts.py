"""What every reader hands back: sorts with their names, wordings and notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qmethod.data import Array
from qmethod.grid import Grid
from qmethod.notice import Notice
from qmethod.people import Detail

Place = tuple[int | None, int | None]
"""Line and column of a file."""


def spoken_place(place: Place) -> str:
    """Words for a place.

    >>> spoken_place((4, 2)), spoken_place((4, None)), spoken_place((None, None))
    ('line 4, column 2', 'line 4', '')
    """
    return ", ".join(f"{kind} {number}" for kind, number in zip(("line", "column"), place, strict=True) if number is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Sorts:
    """What a reader found.

    Parameters
    ----------
    values : ndarray of shape (n_statements, n_sorts)
        NaN for a missing placement.
    statements, participants : tuple of str
    texts : tuple of str
        Wording of the statements, where the file holds it.
    notices : tuple of Notice
    place : callable
        Where in the file the placement of a statement by a participant stands, given the positions of both; None in place of a position asks
        for the name of the other.
    grid : Grid, optional
        The distribution of the design, where the file holds it.
    kind : str
        What the file was taken for; words for `Source.kind`.
    people : tuple of Detail
        What else stands in the file about each participant, as it stands there; see `qmethod.formats.details` for what is kept of it.
    spell : callable
        Words for a place.
    """

    values: Array
    statements: tuple[str, ...]
    participants: tuple[str, ...]
    texts: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    place: Callable[[int | None, int | None], Place] = lambda _statement, _participant: (None, None)
    grid: Grid | None = None
    kind: str = ""
    people: tuple[Detail, ...] = ()
    spell: Callable[[Place], str] = spoken_place
