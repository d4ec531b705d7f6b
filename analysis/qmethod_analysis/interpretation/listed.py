"""A solution beside the figures that another program printed of the same sorts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qmethod.brief import brief
from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault
from qmethod.formats.listing import Listing
from qmethod.formats.writing import pqmethod_names
from qmethod.matching.congruence import align
from qmethod.solution import QSolution
from qmethod.wording import listed


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest difference between two columns, and where it stands; NaN and nothing where there is none to take."""

    size: float
    at: str

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class ListedFactor:
    """A factor of a listing beside the one that is most like it.

    Parameters
    ----------
    number : int
        In the listing, counted from 1.
    label : str
        Of the factor of the solution; empty where none is left for it.
    mirrored : bool
        Whether that one is its mirror image; it is turned round before anything is compared.
    phi : float
        Tucker's congruence of the loadings of all sorts.
    loadings, z_scores : Largest
        Where the two are furthest apart: a sort, and the number of a statement.
    n_places : int
        Statements that stand in another column of the factor array; -1 where the listing has no arrays.
    only_listed, only_found : tuple of str
        Sorts that define the factor in one of the two only.
    """

    number: int
    label: str
    mirrored: bool
    phi: float
    loadings: Largest
    z_scores: Largest
    n_places: int
    only_listed: tuple[str, ...]
    only_found: tuple[str, ...]

    __repr__ = brief


def beside_listing(solution: QSolution, listing: Listing, file: str) -> tuple[ListedFactor, ...]:
    """Match each factor of a listing with one of a solution of the same sorts, by its loadings, and take the differences.

    Parameters
    ----------
    solution : QSolution
    listing : Listing
    file : str
        That of the listing, for messages.

    Raises
    ------
    DataError
        If the two have not the same sorts, by name or as a .DAT calls them, in the same order, or not as many statements.
    """
    _check_same(solution, listing, file)
    match = align(solution.loadings, listing.loadings)
    people, numbers = solution.data.participants, [str(i + 1) for i in range(solution.data.n_statements)]
    found = []
    for j, (i, sign, phi) in enumerate(zip(match.order.tolist(), match.signs.tolist(), match.phi.tolist(), strict=True)):
        theirs = listing.defining[:, j]
        if i < 0:
            defining = tuple(name for name, flag in zip(people, theirs.tolist(), strict=True) if flag)
            found.append(ListedFactor(j + 1, "", False, np.nan, Largest(np.nan, ""), Largest(np.nan, ""), -1, defining, ()))
            continue
        mine, z, array = solution.flags[:, i], solution.scores.z_scores[:, i] * sign, solution.scores.arrays[:, i] * sign
        found.append(
            ListedFactor(
                j + 1,
                solution.labels[i],
                sign < 0,
                phi,
                _largest(solution.loadings[:, i] * sign, listing.loadings[:, j], people),
                _largest(z, listing.z_scores[:, j], numbers),
                int((array != listing.arrays[:, j]).sum()) if len(listing.arrays) else -1,
                tuple(name for name, flag in zip(people, (theirs & ~mine).tolist(), strict=True) if flag),
                tuple(name for name, flag in zip(people, (mine & ~theirs).tolist(), strict=True) if flag),
            )
        )
    return tuple(found)


def _largest(mine: FloatArray, theirs: FloatArray, names: tuple[str, ...] | list[str]) -> Largest:
    if not len(theirs) or np.isnan(mine).any():
        return Largest(np.nan, "")
    apart = np.abs(mine - theirs)
    at = int(apart.argmax())
    return Largest(float(apart[at]), names[at])


def _check_same(solution: QSolution, listing: Listing, file: str) -> None:
    data = solution.data
    advice = "Name the listing that was printed of the same sorts."
    if len(listing.participants) != data.n_sorts:
        message = f"the listing has {len(listing.participants)} sorts, the analysis {data.n_sorts}"
        raise DataError([Fault(message, file=file, advice=advice)])
    pairs = zip(listing.participants, data.participants, pqmethod_names(data.participants), strict=True)
    other = [f"{theirs} for {mine}" for theirs, mine, short in pairs if _plain(theirs) not in (_plain(mine), _plain(short), _plain(mine)[:8])]
    if other:
        raise DataError([Fault(f"the listing calls its sorts otherwise, or has them in another order: {listed(other)}", file=file, advice=advice)])
    for rows in (listing.z_scores, listing.arrays):
        if len(rows) not in (0, data.n_statements):
            raise DataError([Fault(f"the listing has {len(rows)} statements, the analysis {data.n_statements}", file=file, advice=advice)])


def _plain(name: str) -> str:
    """A name without blanks and capitals."""
    return "".join(name.lower().split())
