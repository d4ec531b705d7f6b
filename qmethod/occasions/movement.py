"""Both sorts of each person beside the viewpoints of one solution: how close they come, and who moved among them.

References
----------
.. [1] Fisher, R. A. (1935). The Design of Experiments. Oliver & Boyd. Section 21.
.. [2] Westfall, P. H., & Young, S. S. (1993). Resampling-Based Multiple Testing. Wiley.
"""

from __future__ import annotations

import numpy as np

from qmethod.data import FloatArray, QData
from qmethod.occasions.pairing import Paired
from qmethod.occasions.signs import Chance, random_signs

_SMALLEST = 1e-10
"""Part of the largest spread below which a direction has none."""


def both_together(found: Paired, labels: tuple[str, str]) -> QData:
    """The sorts of both occasions as those of one study; each is called by its person and its occasion."""
    data = found.before
    names = [f"{name} ({label})" for label in labels for name in data.participants]
    return QData(np.concatenate([found.before.sorts, found.after.sorts], axis=1), data.statements, tuple(names), data.texts)


def close_to(values: FloatArray, z_scores: FloatArray) -> FloatArray:
    """Pearson's correlation of each sort with each viewpoint, over the statements that the sort places.

    Parameters
    ----------
    values : ndarray of shape (n, p)
        NaN where nothing was placed.
    z_scores : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (p, k)
    """
    found = [directions(z_scores, here).T @ standard(values[:, i]) for i, here in enumerate(~np.isnan(values).T)]
    return np.array(found).reshape(values.shape[1], z_scores.shape[1])


def standard(sort: FloatArray) -> FloatArray:
    """A sort with mean 0 and length 1 over what is placed, 0 elsewhere; shape (n,)."""
    centred = np.nan_to_num(sort - np.nanmean(sort))
    return np.asarray(centred / np.linalg.norm(centred))


def directions(z_scores: FloatArray, here: FloatArray) -> FloatArray:
    """Viewpoints as `standard` makes sorts, over some statements; 0 for one that is flat there; shape (n, k)."""
    placed = np.where(here[:, None], z_scores - z_scores[here].mean(axis=0), 0.0)
    length = np.linalg.norm(placed, axis=0)
    return np.asarray(np.divide(placed, length, out=np.zeros_like(placed), where=length > _SMALLEST))


def moved(before: FloatArray, after: FloatArray, z_scores: FloatArray, n_draws: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Whether what changed in a person's sort leads along the viewpoints more than changes of that size would by chance.

    Parameters
    ----------
    before, after : ndarray of shape (n, p)
        NaN on both where one is missing.
    z_scores : ndarray of shape (n, k)
        Of viewpoints that stay the same when the two sorts of somebody change places.
    n_draws : int
    rng : numpy.random.Generator

    Returns
    -------
    statistics : ndarray of shape (p,)
        The changes in correlation with the k viewpoints, squared and summed after the spread that chance gives them was made 1 in every direction.
    p_values : ndarray of shape (p,)
        How often chance gives the largest statistic of all people at least so large.

    Notes
    -----
    Chance is that each change of a placement, both sorts standardised, might as well have gone the other way, whatever the others did. Signs are
    flipped at random for each statement and person, and the largest statistic of all people is kept (Westfall & Young, 1993). In a forced sort
    changes hang together a little, since they sum to nothing, so that the rate is measured and not exact.
    """
    spreads = [_spread(before[:, i], after[:, i], z_scores) for i in range(before.shape[1])]
    found = np.array([(one.sum(axis=0) ** 2).sum() for one in spreads])
    largest = np.zeros(n_draws)
    for one in spreads:
        if one.size:
            np.maximum(largest, ((random_signs((n_draws, len(one)), rng) @ one) ** 2).sum(axis=1), out=largest)
    chance = Chance(np.concatenate([found.max(keepdims=True), largest]), exact=False)
    return found, chance.p_values(found)


def _spread(first: FloatArray, second: FloatArray, z_scores: FloatArray) -> FloatArray:
    """For each statement that changed what it adds to the change, in directions in which chance spreads alike; shape (changed, at most k)."""
    here = ~np.isnan(first)
    parts = (standard(second) - standard(first))[:, None] * directions(z_scores, here)
    parts = parts[(parts != 0).any(axis=1)]
    if not len(parts):
        return np.zeros((0, 0))
    values, vectors = np.linalg.eigh(parts.T @ parts)
    wide = values > _SMALLEST * max(values[-1], _SMALLEST)
    return np.asarray(parts @ (vectors[:, wide] / np.sqrt(values[wide])))
