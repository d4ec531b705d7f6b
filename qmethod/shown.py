"""What results do in a notebook: become frames and pictures. Tables and figures come from the rooms above, through the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qmethod import checks
from qmethod.brief import counted
from qmethod.door import fetch

if TYPE_CHECKING:
    from qmethod_analysis.pictures.alone import Picture

MOST_SHOWN = 6
"""Viewpoints that are shown one by one where a solution is shown in a few lines."""


def to_frame(self: Any, what: str = "", backend: str | None = None) -> Any:
    """A table of this result as a data frame.

    Parameters
    ----------
    what : str, optional
        Which table; the first of those it has where none is named.

        ================  =======================================================================================================
        `QData`           ``sorts``
        `QSolution`       ``loadings``, ``z_scores``, ``arrays``, ``characteristics``, ``contrasts``, ``factor_correlations``,
                          ``sed``, ``crib_sheet``, ``differences``, ``ranked``, ``free_distribution``, ``correlations``
        `Retention`       ``criteria``
        `Bootstrap`       ``z_scores``, ``arrays``, ``loadings``, ``flags``, ``replication``
        `Calibration`     ``viewpoints``, ``statements``
        `Multiverse`      ``conclusions``, ``analyses``, ``positions``
        `Comparison`      ``matches``, ``congruences``
        `Classification`  ``answers``
        `Shortening`      ``lengths``
        `Retest`          ``pairs``
        ================  =======================================================================================================
    backend : {'pandas', 'polars', 'pyarrow'}, optional
        Whose frame. Without one that of the library which the program has imported, else of the one that is installed, pandas first.

    Returns
    -------
    pandas.DataFrame, polars.DataFrame or pyarrow.Table

    Raises
    ------
    PolicyError
        If there is no such table, or no library for frames is installed.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate"), 2)
    >>> frame = solution.to_frame("arrays", backend="pandas")
    >>> list(frame.columns), len(frame)
    (['statement', 'f1', 'f2'], 30)
    """
    checks.text("what", what)
    table = fetch("table_of")(self, what)
    return fetch("make_frame")(table.header, table.rows, backend)


def plot(
    self: Any,
    what: str = "",
    *,
    factors: Sequence[int | str] | int | str = (),
    names: Mapping[str, str] | None = None,
    bootstrap: Any = None,
) -> Picture:
    """A picture of this result, which a notebook shows by itself.

    Parameters
    ----------
    what : str, optional
        Which picture; the first of those it has where none is named.

        ============  ========================================================
        `QSolution`   ``loadings``, ``scree``, ``z_scores``, ``array``, ``ranks``
        `Retention`   ``eigenvalues``
        `Multiverse`  ``specification_curve``
        ============  ========================================================
    factors : sequence of int or str, int or str, optional
        Factors by position, counted from 0, or by label: two for ``loadings``, one for ``array``. The first where none are named.
    names : mapping of str to str, optional
        Names of viewpoints by label, ``{"f1": "Creative leadership"}``.
    bootstrap : Bootstrap, optional
        Whose intervals to show in ``z_scores``.

    Returns
    -------
    Picture
        With `svg`, its text, and `save`, which writes it as SVG or PNG.

    Raises
    ------
    PolicyError
        If there is no such picture, or it cannot be made of this result.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate"), 2)
    >>> solution.plot("loadings").save("loadings.svg").name
    'loadings.svg'
    """
    picture: Picture = fetch("picture_of")(self, what, factors, names, bootstrap)
    return picture


def page(self: Any) -> str:
    """Show the result as a piece of HTML, for notebooks."""
    html: str = fetch("page_of")(self)
    return html


def said_of(solution: Any, n_sorts: int, policies: Any) -> list[str]:
    """Lines that say what a solution is: its size, and what each viewpoint amounts to.

    Parameters
    ----------
    solution : Viewpoints
    n_sorts : int
    policies : Policies
    """
    found, c = solution.labels, solution.characteristics
    lines = [
        f"{counted(len(found), 'viewpoint')} from {counted(n_sorts, 'sort')} of {counted(len(solution.data.statements), 'statement')}",
        f"{policies.extraction}, rotation {policies.rotation}, preset {policies.name}",
    ]
    shown = found if len(found) <= MOST_SHOWN else found[: MOST_SHOWN - 1]
    for f, label in enumerate(shown):
        lines.append(f"{label}: {counted(int(c.n_defining[f]), 'defining sort')}, {c.explained_variance[f]:.1f} % of the variance")
    if len(shown) < len(found):
        lines.append(f"and {len(found) - len(shown)} more: {float(c.explained_variance[len(shown) :].sum()):.1f} % of the variance")
    return lines
