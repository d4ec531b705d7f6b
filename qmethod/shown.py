"""What results do in a notebook: become frames, pages and pictures. Tables and figures come from the rooms above, through the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar, get_args, get_origin, overload

from qmethod import checks
from qmethod.door import fetch
from qmethod.errors import PolicyError
from qmethod.literals import Backend
from qmethod.wording import counted

if TYPE_CHECKING:  # none of these libraries is needed before a frame is made
    import pandas
    import polars
    import pyarrow

    from qmethod.policies import Policies
    from qmethod.resampling.bootstrap import Bootstrap
    from qmethod.solution import Viewpoints
    from qmethod_analysis.pictures.alone import Picture

MOST_SHOWN = 6
"""Viewpoints that are shown one by one where a solution is shown in a few lines."""

Frame: TypeAlias = "pandas.DataFrame | polars.DataFrame | pyarrow.Table"
Which = TypeVar("Which", bound=str)


class Result(Generic[Which]):
    """What every result can do; `Which` are the names of its tables, the first of which is given where none is named."""

    __slots__ = ()

    @overload
    def to_frame(self, what: Which | Literal[""] = "", *, backend: Literal["pandas"]) -> pandas.DataFrame: ...
    @overload
    def to_frame(self, what: Which | Literal[""] = "", *, backend: Literal["polars"]) -> polars.DataFrame: ...
    @overload
    def to_frame(self, what: Which | Literal[""] = "", *, backend: Literal["pyarrow"]) -> pyarrow.Table: ...
    @overload
    def to_frame(self, what: Which | Literal[""] = "", *, backend: Backend | None = None) -> Frame: ...
    def to_frame(self, what: Which | Literal[""] = "", *, backend: Backend | None = None) -> Frame:
        """A table of this result as a data frame.

        Parameters
        ----------
        what : str, optional
            Which table; the first of those it has where none is named.

            ======================  =================================================================================================
            `QData`                 ``sorts``
            `QSolution`             ``loadings``, ``z_scores``, ``arrays``, ``characteristics``, ``contrasts``,
                                    ``factor_correlations``, ``sed``, ``crib_sheet``, ``differences``, ``ranked``,
                                    ``free_distribution``, ``correlations``
            `Analysis`, `Loaded`    Those of their solution.
            `StreamedSolution`      ``z_scores``, ``arrays``, ``characteristics``, ``contrasts``, ``factor_correlations``, ``sed``,
                                    ``crib_sheet``, ``differences``, ``ranked``
            `Retention`             ``criteria``
            `Bootstrap`             ``z_scores``, ``arrays``, ``loadings``, ``flags``, ``replication``
            `Partition`             ``z_scores``, ``members``, ``differences``, ``viewpoints``
            `Calibration`           ``viewpoints``, ``statements``, ``places``
            `Multiverse`            ``conclusions``, ``analyses``, ``positions``
            `Comparison`            ``matches``, ``congruences``
            `OccasionComparison`    ``statements``, ``people``, ``viewpoints``
            `Classification`        ``answers``
            `Shortening`            ``lengths``
            `Retest`                ``pairs``
            `Simulated`             ``participants``, ``sorts``, ``profiles``
            `Reported`              ``checklist``, ``files``
            ======================  =================================================================================================
        backend : {'pandas', 'polars', 'pyarrow'}, optional
            Whose frame. Without one that of the library which the program has imported, else of the one that is installed, pandas first. A type
            checker knows whose frame it is only where it is named.

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
        table = fetch("table_of")(self, chosen(self, what, Result, "table"))
        frame: Frame = fetch("make_frame")(table.header, table.rows, backend)
        return frame

    def _repr_html_(self) -> str:
        """Show the result as a piece of HTML, for notebooks."""
        html: str = fetch("page_of")(self)
        return html


class Pictured(Generic[Which]):
    """What results with pictures can do; `Which` are the names of these, the first of which is given where none is named."""

    __slots__ = ()

    def plot(
        self,
        what: Which | Literal[""] = "",
        *,
        factors: Sequence[int | str] | int | str = (),
        names: Mapping[str, str] | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> Picture:
        """A picture of this result, which a notebook shows by itself.

        Parameters
        ----------
        what : str, optional
            Which picture; the first of those it has where none is named.

            ============  ========================================================
            `QSolution`   ``loadings``, ``scree``, ``z_scores``, ``array``
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
        picture: Picture = fetch("picture_of")(self, chosen(self, what, Pictured, "picture"), factors, names, bootstrap)
        return picture


def names_of(kind: type, part: type) -> tuple[str, ...]:
    """The tables or pictures that a class has by name, as its declaration says.

    Parameters
    ----------
    kind : type
        A class that is declared with one of them, ``class QData(Result[SortsTable])``.
    part : type
        `Result` or `Pictured`.
    """
    (declared,) = (base for base in kind.__orig_bases__ if get_origin(base) is part)  # type: ignore[attr-defined]
    return get_args(get_args(declared)[0])


def chosen(value: Any, what: str, part: type, called: str) -> str:
    """Which table or picture of a result is meant.

    Parameters
    ----------
    value : object
    what : str
        Its name; empty for the first.
    part : type
        `Result` or `Pictured`.
    called : str
        What one is called.

    Raises
    ------
    PolicyError
        If there is none of that name; the message lists those there are.
    """
    names = names_of(type(value), part)
    if checks.text("what", what) and what not in names:
        raise PolicyError(f"`what`: there is no {called} {what!r} of a {type(value).__name__}; there are {', '.join(names)}")
    return what or names[0]


def said_of(solution: Viewpoints, n_sorts: int, policies: Policies) -> list[str]:
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
