"""Statements that come in themes, which a person may like or dislike as a whole in a way of their own.

Such a person's sort is not in random order, although nobody shares it: random sorts that leave out themes differ less from one another than these
do, and whatever counts what is more than random sorts show counts them for viewpoints. Here chance deals each participant's own places out again
*within* the themes, so that how much they like each theme as a whole stays as it is. Where no chance is drawn, themes are weighed down instead until
they differ no more than the statements within them do, see `evened`.

References
----------
.. [1] Marchenko, V. A., & Pastur, L. A. (1967). Distribution of eigenvalues for some sets of random matrices. Mathematics of the USSR-Sbornik,
   1(4), 457-483. How large the largest eigenvalue of chance is.
.. [2] Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance Components. Wiley. What groups add to the variance, by analysis of variance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import Array, FloatArray, QData
from qmethod.errors import DataError, Fault
from qmethod.method.correlation import Correlation, correlate, mid_ranks, standardise
from qmethod.retention.chance import Places, eigenvalues

Tags = str | Collection[str] | None
"""The tags of one statement: one, several, or none."""
AllTags = Mapping[str, Tags] | Iterable[Tags]
"""Tags by the id of the statement, or one entry for each statement in their order."""

SPREAD = 64.0  # between the themes of latent scores, which are normal numbers and never so far apart
NOTHING = 1e-6  # length of what a sort of unit length holds within themes, where it places each theme in one column


@dataclass(frozen=True, slots=True, eq=False)
class Themes:
    """Which theme each statement belongs to.

    Parameters
    ----------
    numbers : ndarray of int, shape (n,)
        Of the theme of each statement, from 0.
    names : tuple of str
        Of each theme: its tags with `` + `` between them; empty where a statement has none.
    """

    numbers: npt.NDArray[np.intp]
    names: tuple[str, ...]

    __repr__ = brief

    def sizes(self) -> dict[str, int]:
        """How many statements each theme has, by its name."""
        counts = np.bincount(self.numbers, minlength=len(self.names)).tolist()
        return dict(zip(self.names, counts, strict=True))

    def useless(self) -> str:
        """Why nothing can be told beyond these themes; empty where something can."""
        if len(self.names) == 1:
            return "all statements have the same tags"
        return "no two statements have the same tags" if len(self.names) == len(self.numbers) else ""


def themes_of(given: AllTags, statements: Sequence[str]) -> Themes:
    """Make themes of tags: statements with the same tags, all of them, are one theme; those without tags are one as well.

    Parameters
    ----------
    given : mapping of str to tags, or sequence or column of tags
        By statement; a statement that a mapping does not name has no tags, nor has one whose entry is None, NaN or empty.
    statements : sequence of str
        Ids of the statements of the sorts.

    Raises
    ------
    PolicyError
        If tags are no texts.
    DataError
        If a mapping names a statement that the sorts do not have, or a sequence has not one entry for each.

    Examples
    --------
    >>> themes_of(["power", ["power", "law"], "power", None], ["s1", "s2", "s3", "s4"]).sizes()
    {'power': 2, 'law + power': 1, '': 1}
    """
    if isinstance(given, Mapping):
        by_name = {str(name): tags for name, tags in given.items()}
        unknown = [name for name in by_name if name not in statements]
        if unknown:
            advice = f"The statements are {', '.join(statements[:4])} ..."
            raise DataError([Fault("`themes` names a statement that the sorts do not have", statement=name, advice=advice) for name in unknown])
        each = [by_name.get(name) for name in statements]
    else:
        if isinstance(given, str | bytes | Set) or not isinstance(given, Iterable):
            raise checks.refuse("themes", "a mapping of statements to tags, or a sequence of tags", given)
        each = list(given)
        if len(each) != len(statements):
            advice = "Give one entry for each statement, None where it has no tag; or a mapping from ids of statements to tags."
            raise DataError([Fault(f"`themes` has {len(each)} entries, the sorts have {len(statements)} statements", advice=advice)])
    names = [" + ".join(sorted({tag.strip() for tag in _texts(tags) if tag.strip()})) for tags in each]
    distinct = list(dict.fromkeys(names))
    return Themes(np.array([distinct.index(name) for name in names], dtype=np.intp), tuple(distinct))


def _texts(tags: Any) -> list[str]:
    nothing = tags is None or (isinstance(tags, float) and np.isnan(tags))
    some = [] if nothing else [tags] if isinstance(tags, str) else list(tags) if isinstance(tags, Collection) else None
    if some is None or not all(isinstance(tag, str) for tag in some):
        raise checks.refuse("themes", "made of texts: one tag, several, or None for each statement", tags)
    return some


@dataclass(frozen=True, slots=True, eq=False)
class Within:
    """Sorts parted into what themes as a whole say, which is kept, and what is said within them, which chance deals out again.

    Parameters
    ----------
    places : Places
        Of the participants who place some theme in more than one column.
    correlation : Correlation
        Between what they say within themes.
    values : ndarray
        Eigenvalues of the sum of both parts, descending.
    rank : int
        How many viewpoints fit within the themes.
    """

    places: Places
    correlation: Correlation
    values: FloatArray
    rank: int

    __repr__ = brief


def within(sorts: Array, method: str, themes: Themes) -> Within | None:
    r"""Part sorts into themes as a whole and what is within them.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
        Complete, none constant.
    method : {'pearson', 'spearman'}
        Policy `correlation`.
    themes : Themes

    Returns
    -------
    Within or None
        None where fewer than two participants place a theme in more than one column.

    Notes
    -----
    With Z the sorts at unit length (of mid-ranks for Spearman), B the means of its themes, in place of each statement, and W = Z - B, chance deals
    W out anew and leaves B. The eigenvalues are those of :math:`(B' + W)^T (B' + W)`: in :math:`B'` no singular value of B is larger than
    :math:`\sqrt{w} (1 + \sqrt{m / (n - t)})`, with w the mean squared length of the columns of W and t the number of themes. That is where the
    largest of W would lie if it were chance (Marchenko & Pastur, 1967). Without the cut, people who have their liking of themes in common would
    make a first eigenvalue that hides what they share within themes; without B altogether, half of what pairs of statements say would be lost.
    Since B and the lengths are the same in every draw, the test of no viewpoint is exact, whatever is made of them.
    """
    whole, inner = _parted(sorts, method, themes)
    numbers, t, n = themes.numbers, len(themes.names), len(whole)
    said = np.sqrt(np.einsum("ij,ij->j", inner, inner)) > NOTHING
    whole, inner = whole[:, said], inner[:, said]
    m = inner.shape[1]
    if m < 2:
        return None
    limit = float((inner**2).sum() / m) * (1 + np.sqrt(m / (n - t))) ** 2
    sizes, axes = np.linalg.eigh(whole @ whole.T)
    shorter = np.sqrt(np.minimum(1.0, limit / np.maximum(sizes, 1e-300)))
    kept = (axes * shorter) @ (axes.T @ whole)
    ordered = np.concatenate([np.sort(inner[numbers == theme], axis=0) for theme in range(t)])
    places = Places(np.ascontiguousarray(ordered.T), "pearson", SPREAD * numbers.astype(float), np.ascontiguousarray(kept.T))
    correlation = correlate(QData(inner), "pearson")
    return Within(places, correlation, eigenvalues((kept + inner).T), min(m, n - t))


def evened(sorts: Array, method: str, themes: Themes) -> FloatArray:
    r"""Sorts in which themes as a whole differ no more than what is said within them.

    If each person's liking of themes is their own, their statements are uncorrelated then, and what knows nothing of themes may be asked of them.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
        Complete, none constant.
    method : {'pearson', 'spearman'}
        Policy `correlation`.
    themes : Themes
        More than one, and not one for each statement.

    Returns
    -------
    ndarray of shape (n, m)
        Centred and of unit length.

    Notes
    -----
    With B and W as for `within`, :math:`w = \lVert W \rVert^2 / (m (n - t))`, :math:`b = \lVert B \rVert^2 / (m (t - 1))` and themes of :math:`s_j`
    statements, likings of themes have the variance :math:`v = (b - w) (t - 1) / (n - \sum_j s_j^2 / n)`, or none where b is below w (Searle and
    others, 1992). The mean of theme j then varies by :math:`v + w / s_j`, where statements that are uncorrelated would leave :math:`w / s_j`: B is
    made shorter by :math:`\sqrt{w / (w + s_j v)}`. It is one v for all participants. Where they like no theme as a whole, sorts stay as
    they are.
    """
    whole, inner = _parted(sorts, method, themes)
    n, m = whole.shape
    sizes = np.bincount(themes.numbers).astype(float)
    t = len(sizes)
    w, b = float((inner**2).sum()) / (m * (n - t)), float((whole**2).sum()) / (m * (t - 1))
    v = max(0.0, (b - w) * (t - 1) / (n - float((sizes**2).sum()) / n))
    return standardise(np.sqrt(w / (w + sizes * v))[themes.numbers][:, None] * whole + inner)


def _parted(sorts: Array, method: str, themes: Themes) -> tuple[FloatArray, FloatArray]:
    """Sorts at unit length: the means of their themes, in place of each statement, and what is within themes; twice (n, m)."""
    units = standardise(mid_ranks(sorts) if method == "spearman" else sorts)
    member = (themes.numbers == np.arange(len(themes.names))[:, None]).astype(float)
    means = (member @ units) / member.sum(axis=1, keepdims=True)
    whole, inner = means[themes.numbers], units - means[themes.numbers]
    inner[(member.sum(axis=1) == 1)[themes.numbers]] = 0.0
    return whole, inner
