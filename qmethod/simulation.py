"""Sorts of people who do not exist, drawn from viewpoints that are known: to try a design, to test a method, to show what a result looks like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import Array, FloatArray, QData, Source
from qmethod.errors import DataError, Fault
from qmethod.given import ReadOnly
from qmethod.grid import Grid
from qmethod.literals import SimulatedTable
from qmethod.notice import Notice
from qmethod.seeds import Rng, generator
from qmethod.shown import Result
from qmethod.wording import counted

PREFIX = "sim-"
"""How the names of simulated participants begin; `simulated_notice` knows them by it. With four digits they just fit the names of PQMethod."""

LOADINGS = (0.6, 0.8)
"""The range of true loadings where none is given."""

_SIMULATED = re.compile(rf"{PREFIX}(?:[A-Z]|P\d+-)?\d+")
"""Their names, as they are drawn and as they are numbered anew to be published: ``sim-0007``, ``sim-P7``."""


@dataclass(frozen=True, slots=True, eq=False)
class Simulated(ReadOnly, Result[SimulatedTable]):
    """Simulated sorts and the truth behind them.

    Parameters
    ----------
    data : QData
        The sorts, m participants called ``sim-0001``, ``sim-0002`` and so on, with a notice that they are simulated.
    membership : ndarray of int of shape (m,)
        Which viewpoint each participant holds, as a column of `profiles`.
    loadings : ndarray of shape (m,)
        How strongly: the true correlation of the participant's latent scores with the viewpoint.
    profiles : ndarray of shape (n, k)
        The viewpoints over the n statements, each with mean 0 and standard deviation 1.
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    """

    data: QData
    membership: npt.NDArray[np.intp]
    loadings: FloatArray
    profiles: FloatArray
    seed: int | None = None

    __repr__ = brief

    def _said(self) -> list[str]:
        k = self.profiles.shape[1]
        sizes = ", ".join(str(int((self.membership == j).sum())) for j in range(k))
        return [
            f"{counted(self.data.n_sorts, 'simulated sort')} of {counted(self.data.n_statements, 'statement')}",
            f"{counted(k, 'viewpoint')}, held by {sizes}; seed {self.seed if self.seed is not None else 'not known'}",
        ]


def simulate(
    profiles: npt.ArrayLike,
    grid: Grid,
    sizes: Sequence[int],
    rng: Rng = None,
    *,
    loadings: tuple[float, float] = LOADINGS,
    statements: Sequence[str] = (),
    texts: Sequence[str] = (),
) -> Simulated:
    r"""Draw sorts of people who hold one of several viewpoints.

    Parameters
    ----------
    profiles : array_like of shape (n, k)
        What each of the k viewpoints holds of the n statements, in any unit: it is standardised first.
    grid : Grid
        The forced distribution, n places in all.
    sizes : sequence of int of length k
        How many people hold each viewpoint, in the order of the columns.
    rng : int or numpy.random.Generator, optional
        Where chance comes from: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.
    loadings : (float, float)
        The range that true loadings are drawn from, evenly; within -1 to 1. A negative one makes an opponent of the viewpoint.
    statements, texts : sequence of str, optional
        Ids and wordings for `QData`.

    Returns
    -------
    Simulated
        People in random order, so that neighbours need not agree.

    Raises
    ------
    DataError
        Naming all that does not fit: shapes, sizes, loadings, a profile without differences.
    PolicyError
        For an argument of another kind; it is named.

    Notes
    -----
    Person i, who holds viewpoint k with the true loading :math:`a_i`, has for statement s the latent score

    .. math:: y_{si} = a_i v_{sk} + \sqrt{1 - a_i^2}\, e_{si},

    where v is the standardised profile and the :math:`e_{si}` are independent standard normal numbers. The statements are then put into the
    places of the grid in the order of their latent scores; what ties is put in random order. This is the common factor model with one
    factor a person; it is how sorts are drawn in simulations of how many factors to keep (Horn's parallel analysis is the case a = 0), with
    the forced grid on top.

    The grid coarsens what it ranks, so a sort correlates with its viewpoint a little less than a: on average about a c, where c is the
    correlation of the places of the grid with the expected values of n ordered normal numbers. For 42 statements on the grid
    2-4-5-6-8-6-5-4-2 it is 0.99.

    Examples
    --------
    >>> import qmethod
    >>> grid = qmethod.Grid((-1, 0, 1), (1, 3, 1))
    >>> drawn = qmethod.simulate([[2, 0], [1, 0], [0, 0], [0, 1], [0, 2]], grid, (2, 1), rng=1)
    >>> drawn.data.participants
    ('sim-0001', 'sim-0002', 'sim-0003')
    """
    wanted = checks.table("profiles", profiles, gaps=True)
    checks.instance("grid", grid, Grid, 'a `qmethod.Grid`, for example `qmethod.Grid.parse("-1:1,0:1,1:1")`')
    sizes = tuple(checks.whole("sizes", size) for size in checks.several("sizes", sizes, "whole numbers"))
    ends = tuple(checks.number("loadings", end) for end in checks.several("loadings", loadings, "two numbers"))
    if len(ends) != 2:
        raise checks.refuse("loadings", "a list of two numbers, the lower first", loadings)
    loadings = ends
    statements, texts = checks.texts("statements", statements), checks.texts("texts", texts)
    _check(wanted, grid, sizes, loadings)
    v = _standardised(wanted)
    chance, seed = generator(rng)
    membership = chance.permutation(np.repeat(np.arange(v.shape[1]), sizes))
    a = chance.uniform(*loadings, size=membership.size)
    noise = chance.standard_normal((v.shape[0], membership.size))
    sorts = _placed(a * v[:, membership] + np.sqrt(1 - a**2) * noise, grid, chance)
    names = tuple(f"{PREFIX}{i:04d}" for i in range(1, membership.size + 1))
    plain = QData(sorts, tuple(statements), names, tuple(texts), grid)
    source = Source("simulated sorts", plain.origin().sha256, "simulated, statements in rows")
    data = QData(sorts, plain.statements, names, plain.texts, grid, source, simulated_notice(names))
    return Simulated(data, membership, a, v, seed)


def random_sorts(grid: Grid, n_sorts: int, rng: np.random.Generator) -> Array:
    """Draw sorts that hold no viewpoint: each a random order of the places of the grid.

    Parameters
    ----------
    grid : Grid
        The forced distribution.
    n_sorts : int
        How many.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    ndarray of shape (n, n_sorts)
        Placements; integers where all values of the grid are.
    """
    return rng.permuted(np.repeat(_slots(grid)[:, None], n_sorts, axis=1), axis=0)


def complete(placements: Mapping[int, float], grid: Grid, rng: np.random.Generator, *, variation: float = 1.0) -> FloatArray:
    """Make a whole profile of a viewpoint that is described for some statements only.

    Parameters
    ----------
    placements : mapping of int to float
        Row of each statement that is described, and the column of the grid it lies in.
    grid : Grid
        The forced distribution.
    rng : numpy.random.Generator
        Decides what the description leaves open.
    variation : float
        How far the statements it leaves open differ from each other, 0 to 1.

    Returns
    -------
    ndarray of shape (n,)
        The profile with mean 0 and standard deviation 1.

    Raises
    ------
    DataError
        If a placement is in no column, a column gets more than it holds, a row does not exist, or nothing differs.

    Notes
    -----
    The places of the grid that are left are dealt at random to the statements that are left, and each of these is drawn towards the mean of
    those places: ``mean + variation * (place - mean)``. With 1, the default, the profile is a whole sort on the grid. With 0 all open
    statements lie at that mean. Drawn for each viewpoint anew, open statements have nothing in common between viewpoints, which is right
    where nothing is known of them; put at one mean, they would lend their variance to what is described, and two viewpoints that share a few
    described statements would correlate more than anybody has said.
    """
    slots = Counter(grid.slots().tolist())
    n = grid.n_statements
    faults = [Fault(f"there is no statement {row} among {n}") for row in placements if not 0 <= row < n]
    for value, wanted in sorted(Counter(placements.values()).items()):
        if slots[value] < wanted:
            faults.append(Fault(f"the column {value:g} holds {slots[value]} statement(s), and {wanted} are placed there"))
    if not 0 <= variation <= 1:
        faults.append(Fault(f"the variation must lie between 0 and 1, got {variation:g}"))
    if faults:
        raise DataError(faults)
    left = np.array(sorted((slots - Counter(placements.values())).elements()))
    profile = np.empty(n)
    described = np.fromiter(placements, dtype=np.intp, count=len(placements))
    profile[described] = list(placements.values())
    if left.size:
        profile[np.setdiff1d(np.arange(n), described)] = left.mean() + variation * (rng.permutation(left) - left.mean())
    if np.ptp(profile) == 0:
        raise DataError([Fault("the placements make no difference between statements", advice="Describe more statements, or allow some variation.")])
    return _standardised(profile[:, None])[:, 0]


def apportion(n: int, shares: Sequence[float]) -> tuple[int, ...]:
    """Share out n people, as near to the shares as whole people allow (largest remainders; of equal ones, the first).

    Parameters
    ----------
    n : int
        How many people.
    shares : sequence of float
        In any unit, at least one above 0 and none below.

    Raises
    ------
    DataError
        If the shares cannot be used.

    Examples
    --------
    >>> apportion(40, [16, 11, 8, 5])
    (16, 11, 8, 5)
    >>> apportion(10, [1, 1, 1])
    (4, 3, 3)
    """
    given = np.asarray(shares, dtype=np.float64)
    if given.ndim != 1 or not given.size or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        raise DataError([Fault(f"the shares must be numbers of 0 or more, not all of them 0, got {', '.join(f'{x:g}' for x in shares) or 'none'}")])
    exact = n * given / given.sum()
    whole = np.floor(exact + 1e-9).astype(int)
    first = np.argsort(-np.round(exact - whole, 9), kind="stable")[: n - whole.sum()]
    whole[first] += 1
    return tuple(whole.tolist())


def simulated_notice(participants: Sequence[str]) -> tuple[Notice, ...]:
    """Say that sorts are simulated where the names of their participants do: a notice, or none.

    Parameters
    ----------
    participants : sequence of str
        Names of all sorts of a study.
    """
    who = tuple(sorted(simulated_names(participants)))
    return say_simulated(who, len(who), len(participants))


def simulated_names(participants: Sequence[str]) -> list[str]:
    """Those of some names that simulated participants bear, in the same order."""
    if PREFIX not in "\n".join(participants):  # one search instead of a million
        return []
    return [name for name in participants if _SIMULATED.fullmatch(name)]


def say_simulated(who: tuple[str, ...], count: int, n_sorts: int) -> tuple[Notice, ...]:
    """The notice that `count` of `n_sorts` sorts are simulated, those of `who` among them; none for a count of 0."""
    if not count:
        return ()
    if count == n_sorts:
        what = "These sorts are simulated: they were drawn by a computer, and nobody holds the views they show."
    else:
        what = f"{count} of {n_sorts} sorts are simulated: they were drawn by a computer, and nobody holds the views they show."
    return (Notice("simulated-sorts", f"{what} Their names begin with {PREFIX}.", participants=who),)


def _check(profiles: FloatArray, grid: Grid, sizes: Sequence[int], loadings: tuple[float, float]) -> None:
    faults = []
    if profiles.ndim != 2 or profiles.shape[0] != grid.n_statements:
        shape = " x ".join(str(length) for length in profiles.shape)
        faults.append(Fault(f"`profiles` must be a table of statements x viewpoints for the {grid.n_statements} statements of the grid, got {shape}"))
    else:
        flat = ~(np.ptp(profiles, axis=0) > 0) | ~np.isfinite(profiles).all(axis=0)
        faults += [
            Fault(f"`profiles`: profile {j + 1} has no differences between statements, or missing numbers") for j in np.flatnonzero(flat).tolist()
        ]
        if len(sizes) != profiles.shape[1]:
            faults.append(Fault(f"`sizes` must hold a number for each of the {profiles.shape[1]} viewpoints; got {list(sizes)}"))
    if any(size < 0 for size in sizes) or sum(sizes) < 1:
        faults.append(Fault(f"`sizes` must be 0 or more, and one person at least, got {list(sizes)}"))
    if not -1 <= loadings[0] <= loadings[1] <= 1:
        faults.append(Fault(f"`loadings` go from a lower to a higher number within -1 to 1, got {loadings[0]:g} to {loadings[1]:g}"))
    if faults:
        raise DataError(faults)


def _standardised(profiles: FloatArray) -> FloatArray:
    centred = profiles - profiles.mean(axis=0)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=0)))


def _placed(latent: FloatArray, grid: Grid, rng: np.random.Generator) -> Array:
    """Every column of latent scores as a sort: the places of the grid by rank, ties by chance."""
    order = np.lexsort((rng.random(latent.shape), latent), axis=0)
    slots = _slots(grid)
    sorts = np.empty(latent.shape, dtype=slots.dtype)
    np.put_along_axis(sorts, order, slots[:, None], axis=0)
    return sorts


def _slots(grid: Grid) -> Array:
    """Places of the grid, ascending, as small integers where they are whole."""
    whole = all(isinstance(value, int) and abs(value) < 2**15 for value in grid.values)
    return grid.slots().astype(np.int16) if whole else grid.slots()
