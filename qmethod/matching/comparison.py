"""Two sets of viewpoints side by side: which is which, whether the likeness is more than chance, and where two of them agree and part.

References
----------
.. [1] Lorenzo-Seva, U., & ten Berge, J. M. F. (2006). Tucker's congruence coefficient as a meaningful index of factor similarity.
   Methodology, 2(2), 57-64.
.. [2] Korth, B., & Tucker, L. R. (1975). The distribution of chance congruence coefficients from simulated data. Psychometrika, 40(3), 361-372.
.. [3] Phipson, B., & Smyth, G. K. (2010). Permutation P-values should never be zero. Statistical Applications in Genetics and Molecular
   Biology, 9(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import Array, FloatArray
from qmethod.errors import DataError, Fault
from qmethod.given import ReadOnly
from qmethod.literals import ComparisonTable
from qmethod.matching.congruence import assign, tucker
from qmethod.matching.profiles import Profiles, called, side_by_side
from qmethod.seeds import Rng, generator
from qmethod.shown import Result
from qmethod.wording import counted

CHUNK = 500
LEAST_SHARED = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A viewpoint and the one it is most like.

    Parameters
    ----------
    found, reference : int
        Positions of the two; `found` is -1 where the reference is matched by none.
    sign : int
        -1 where one is the mirror image of the other.
    phi : float
        Tucker's congruence of the two, after the sign; NaN without a match.
    p_value : float
        How often viewpoints without any relation are matched at least so well with this reference, by permuting the statements of all found ones;
        without any relation but on the statements that `kept` names, where it names some.
    agree, contradict : tuple of int
        Positions of statements that both place clearly, on the same side or on opposite ones.
    n_shared : int
        Statements that both place.
    """

    found: int
    reference: int
    sign: int
    phi: float
    p_value: float
    agree: tuple[int, ...]
    contradict: tuple[int, ...]
    n_shared: int

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(ReadOnly, Result[ComparisonTable]):
    """Two sets of viewpoints, matched one to one.

    Parameters
    ----------
    matches : tuple of Match
        One for each reference viewpoint.
    congruences : ndarray of shape (k, l)
        Of every found viewpoint with every reference; signed.
    chance_95 : ndarray of shape (l,)
        The congruence that the best of k such viewpoints exceeds with each reference in one case of twenty.
    n_permutations : int
    seed : int or None
        What `rng` was, or the seed that was drawn where none was given, so that the same call repeats the result; None where a generator was given.
    found_names, reference_names : tuple of str
        Labels of the viewpoints; empty where they came as an array.
    kept : tuple of int
        Positions of the statements that were not shuffled.
    """

    matches: tuple[Match, ...]
    congruences: FloatArray
    chance_95: FloatArray
    n_permutations: int
    seed: int | None = None
    found_names: tuple[str, ...] = ()
    reference_names: tuple[str, ...] = ()
    kept: tuple[int, ...] = ()

    __repr__ = brief

    def _said(self) -> list[str]:
        lines = []
        for one in self.matches:
            matched = (
                f"found {called(self.found_names, one.found)}{' mirrored' if one.sign < 0 else ''}, congruence {one.phi:.2f}, p = {one.p_value:.2g}"
            )
            lines.append(f"reference {called(self.reference_names, one.reference)}: {matched if one.found >= 0 else 'none'}")
        counted_so = "" if self.found_names and self.reference_names else ", counted from 1"
        return [f"{self.congruences.shape[0]} viewpoints found, {counted(len(self.matches), 'reference viewpoint')}{counted_so}", *lines]


def compare(
    found: Profiles,
    reference: Profiles,
    *,
    rng: Rng = None,
    n_permutations: int = 2000,
    clear: float = 0.5,
    mirrored: bool = False,
    kept: npt.ArrayLike | None = None,
) -> Comparison:
    """Match viewpoints with reference viewpoints.

    Parameters
    ----------
    found : QSolution, data frame, path, or array_like of shape (n, k)
        A solution, or z-scores or factor arrays of its viewpoints.
    reference : QSolution, data frame, path, or array_like of shape (n, l)
        The reference viewpoints. Statements are matched by their ids where both sides have them. An array has the same statements, NaN for those
        it says nothing of. Congruence is taken over the others.
    rng : int or numpy.random.Generator, optional
        Where chance comes from: a seed, or a generator. Without one a seed is drawn. `seed` of the result repeats it.
    n_permutations : int, default 2000
        For the chance distribution.
    clear : float, default 0.5
        Two viewpoints agree or contradict each other on a statement that both place clearly: away from 0 by at least this part of their root mean
        square.
    mirrored : bool, default False
        Whether a mirror image counts as a match.
    kept : array_like of bool, shape (n,), optional
        Statements of `found` that are not shuffled, so that chance is that of people who place these as the found viewpoints do and all others at
        random. None by default. See `common_side` for those that all reference viewpoints have in common.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        If the two do not have the same statements, or share fewer than three.
    PolicyError
        For an argument of another kind, or `kept` of another length; it is named.

    Notes
    -----
    Congruence is Tucker's (Lorenzo-Seva & ten Berge, 2006), of columns centred over the statements they share: on forced sorts it is then Pearson's
    correlation. What chance gives depends on the number of statements and of viewpoints to choose from, so it is simulated by permuting
    statements (Korth & Tucker, 1975), and a p-value is (1 + count) / (1 + permutations) (Phipson & Smyth, 2010). Where all references have
    ground in common, whoever shares that ground is like each of them; with it in `kept`, chance has it too, and p tells what is beyond it.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.datasets.load("climate")
    >>> first, second = (qmethod.analyse(data.keep(range(start, start + 60)), 1) for start in (0, 60))
    >>> print(f"{qmethod.compare(first, second, rng=1).matches[0].phi:.2f}")
    0.98
    """
    n_permutations = checks.whole("n_permutations", n_permutations, 1)
    clear, mirrored = checks.number("clear", clear, 0), checks.switch("mirrored", mirrored)
    sides = side_by_side(found, reference, ("found", "reference"))
    a, b = (np.asarray(values, dtype=float) for values in (sides.first, sides.second))
    shared = ~np.isnan(b)
    if (shared.sum(axis=0) < LEAST_SHARED).any():
        raise DataError([Fault("`reference`: a viewpoint places fewer than three statements of `found`")])
    phi = _congruences(a, b)
    usable = np.where(np.isnan(phi), 0.0, phi if mirrored else np.maximum(phi, 0.0))
    order = _assigned(usable)
    fixed = _kept(kept, len(a))
    chance, seed = generator(rng)
    best = _chance(a, b, chance, n_permutations, mirrored, np.flatnonzero(~fixed))
    matches = []
    for j, i in enumerate(order):
        size = abs(phi[i, j]) if i >= 0 else np.nan
        sign = -1 if i >= 0 and phi[i, j] < 0 else 1
        p = (1 + int((best[:, j] >= size - 1e-12).sum())) / (1 + n_permutations) if i >= 0 else 1.0
        agree, contradict = _sides(a[:, i] * sign, b[:, j], clear) if i >= 0 else ((), ())
        matches.append(Match(i, j, sign, float(size), float(p), agree, contradict, int(shared[:, j].sum())))
    same = tuple(np.flatnonzero(fixed).tolist())
    return Comparison(tuple(matches), phi, np.quantile(best, 0.95, axis=0), n_permutations, seed, sides.names, sides.other_names, same)


def common_side(placements: FloatArray, middle: float = 0.0) -> npt.NDArray[np.bool_]:
    """Statements that all viewpoints which place them put on one side of the middle, and at least two do.

    Parameters
    ----------
    placements : ndarray of shape (n, l)
        NaN where a viewpoint says nothing of a statement.
    middle : float, default 0
        Of the grid. What lies there is on neither side.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> common_side(np.array([[3.0, 2.0], [3.0, -2.0], [-1.0, np.nan], [-4.0, -2.0]])).tolist()
    [True, False, False, True]
    """
    side, placed = np.sign(np.nan_to_num(placements, nan=middle) - middle), ~np.isnan(placements)
    n = placed.sum(axis=1)
    common: npt.NDArray[np.bool_] = (n >= 2) & (np.abs(side.sum(axis=1)) == n)
    return common


def _kept(given: npt.ArrayLike | None, n: int) -> npt.NDArray[np.bool_]:
    """Which of n statements are not shuffled, as a mask."""
    if given is None:
        return np.zeros(n, dtype=np.bool_)
    try:
        mask = np.asarray(given)
    except (TypeError, ValueError):
        mask = np.zeros(0)
    if mask.dtype != np.bool_ or mask.shape != (n,):
        raise checks.refuse("kept", f"True or False for each of the {n} statements of `found`", given)
    return mask


def _assigned(congruences: FloatArray) -> list[int]:
    """For each reference the found viewpoint that is assigned to it, so that the summed congruence is largest; -1 where nothing is left."""
    size = np.abs(congruences)
    best = size.argmax(axis=0).tolist()
    if len(set(best)) == len(best):  # each reference likes another one best: nothing is better
        pairs = list(enumerate(best))
    else:
        rows, columns = assign(size)
        pairs = list(zip(columns.tolist(), rows.tolist(), strict=True))
    order = [-1] * congruences.shape[1]
    for j, i in pairs:
        if congruences[i, j] != 0:
            order[j] = i
    return order


def _congruences(a: FloatArray, b: FloatArray) -> FloatArray:
    """Tucker's congruence (..., k, l) of columns (..., n, k) and (n, l), each pair centred over the statements that both place."""
    found = []
    for j in range(b.shape[1]):
        here = ~np.isnan(b[:, j])
        mine, theirs = a[..., here, :], b[here, j : j + 1]
        if np.isnan(mine).any():
            both = ~np.isnan(mine)
            count = np.maximum(both.sum(axis=-2, keepdims=True), 1)
            x = np.where(both, mine - np.nansum(mine, axis=-2, keepdims=True) / count, 0.0)
            y = np.where(both, theirs - (theirs * both).sum(axis=-2, keepdims=True) / count, 0.0)
            with np.errstate(invalid="ignore", divide="ignore"):
                phi = (x * y).sum(axis=-2) / np.sqrt((x**2).sum(axis=-2) * (y**2).sum(axis=-2))
            found.append(np.where(both.sum(axis=-2) < LEAST_SHARED, np.nan, phi))
            continue
        found.append(tucker(mine - mine.mean(axis=-2, keepdims=True), theirs - theirs.mean(axis=0))[..., 0])
    return np.stack(found, axis=-1)


def _chance(a: FloatArray, b: FloatArray, rng: np.random.Generator, n: int, mirrored: bool, moved: Array) -> FloatArray:
    """The largest congruence with each reference when the `moved` statements of the found viewpoints are shuffled together; shape (n, l)."""
    best = []
    for start in range(0, n, CHUNK):
        order = np.tile(np.arange(len(a)), (min(CHUNK, n - start), 1))
        order[:, moved] = rng.permuted(order[:, moved], axis=1)
        phi = np.nan_to_num(_congruences(a[order], b))
        best.append((np.abs(phi) if mirrored else phi).max(axis=1, initial=0.0))
    return np.concatenate(best) if best else np.zeros((0, b.shape[1]))


def _sides(mine: FloatArray, theirs: FloatArray, clear: float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    x, y = mine / np.sqrt(np.nanmean(mine**2)), np.nan_to_num(theirs / np.sqrt(np.nanmean(theirs**2)))
    said = (np.abs(y) >= clear) & (np.abs(x) >= clear)
    return tuple(np.flatnonzero(said & (x * y > 0)).tolist()), tuple(np.flatnonzero(said & (x * y < 0)).tolist())
