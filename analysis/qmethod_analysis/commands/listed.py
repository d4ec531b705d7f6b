"""What ``qmethod compare`` says of an analysis beside a listing of results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from qmethod.formats.listing import Listing
    from qmethod_analysis.interpretation.listed import Largest, ListedFactor


def is_listing_file(name: str) -> bool:
    """Whether a name leads to a file that is a listing of results, by how it begins or what it is called.

    Parameters
    ----------
    name : str
    """
    from qmethod.formats.foreign import is_listing

    path = Path(name)
    if not path.is_file():
        return False
    with path.open("rb") as opened:
        return path.suffix.lower() == ".lis" or is_listing(opened.read(4096))


def compare_listing(found: str, file: str) -> None:
    """Put the figures of an analysis beside those of a listing, and say how far they are apart.

    Parameters
    ----------
    found : str
        The folder of an analysis.
    file : str
        The listing.

    Raises
    ------
    DataError
        If one of them cannot be read, or they are not of the same sorts.
    """
    from qmethod.errors import DataError, Fault, PolicyError
    from qmethod.formats import read_listing
    from qmethod_analysis.commands.speaking import answer, wants_json
    from qmethod_analysis.folder.listing import MAKE, SOLUTION, first_analyse
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.interpretation.listed import beside_listing

    context = click.get_current_context()
    given = [name for name in ("mirrored", "permutations", "seed") if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise PolicyError(f"{', '.join(f'`--{name}`' for name in given)} belongs to viewpoints; figures of a listing are compared without chance")
    if not (Path(found) / SOLUTION).is_file():
        message = "figures of a listing are compared with those of an analysis, and this is no folder of one"
        raise DataError([Fault(message, file=found, advice=first_analyse(found), settings=(MAKE,))])
    listing, solution = read_listing(file), read_solution(Path(found))
    factors = beside_listing(solution, listing, file)
    left = [label for label in solution.labels if label not in {one.label for one in factors}]
    if wants_json():
        answer({"found": found, "listing": file, "factors": [_as_dict(one) for one in factors], "only_found": left})
    _print(factors, left, listing, found, file)


def _as_dict(one: ListedFactor) -> dict[str, Any]:
    """The comparison of a factor in JSON's types."""
    differences = {key: {"largest": _number(it.size), "at": it.at or None} for key, it in (("loadings", one.loadings), ("z_scores", one.z_scores))}
    return {
        "listing": one.number,
        "found": one.label or None,
        "mirrored": one.mirrored,
        "phi": _number(one.phi),
        **differences,
        "array_differs": one.n_places if one.n_places >= 0 else None,
        "defining_only_in_listing": list(one.only_listed),
        "defining_only_found": list(one.only_found),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _print(factors: Sequence[ListedFactor], left: Sequence[str], listing: Listing, found: str, file: str) -> None:
    from rich.table import Table

    from qmethod.wording import listed
    from qmethod_analysis.commands.speaking import screen, show

    table = Table(box=None, pad_edge=False)
    for column in (f"in {file}", f"in {found}", "phi", "loadings", "z-scores", "array"):
        table.add_column(column, justify="right" if column in ("phi", "loadings", "z-scores", "array") else "left", overflow="fold")
    for one in factors:
        if not one.label:
            table.add_row(f"factor {one.number}", "none", "", "", "", "")
            continue
        array = "" if one.n_places < 0 else str(one.n_places)
        name = one.label + (" (mirrored)" if one.mirrored else "")
        table.add_row(f"factor {one.number}", name, f"{one.phi:.4f}", _largest(one.loadings, 4), _largest(one.z_scores, 3), array)
    with screen() as console:
        show(console, table)
        if left:
            console.print(f"\nWithout a counterpart: {', '.join(left)}")
        for one in factors:
            for names, where in ((one.only_listed, "the listing"), (one.only_found, "the analysis")):
                if names and one.label:
                    console.print(f"Factor {one.number} is defined in {where} only by {listed(names, 20)}.", soft_wrap=True)
        if not any((*one.only_listed, *one.only_found) for one in factors):
            console.print("\nEach factor is defined by the same sorts.")
        lacking = [name for name, rows in (("z-scores", listing.z_scores), ("arrays", listing.arrays)) if not len(rows)]
        if lacking:
            console.print(f"The listing has no {' and no '.join(lacking)}.")
        console.print(
            "\nphi is the congruence of the loadings; loadings and z-scores: the largest difference, and of which sort or statement; array: "
            "statements in another column. A listing rounds what it prints, so that a difference of half its last decimal is none.",
            soft_wrap=True,
        )


def _largest(difference: Largest, decimals: int) -> str:
    """A difference with where it stands; nothing where there is none."""
    return "" if math.isnan(difference.size) else f"{difference.size:.{decimals}f} ({difference.at})"
