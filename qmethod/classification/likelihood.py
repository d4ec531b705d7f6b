"""How likely a sort is for somebody who holds a viewpoint, and for somebody who holds none of them, from its correlations with them.

A person who holds viewpoint k places statement i by ``a v_ik + sqrt(1 - a^2) e_i``: v is the viewpoint's profile over the statements that were
placed, standardised there, e is normal, and a, how closely the person keeps to the viewpoint, is unknown and taken as uniform over a range. Given
the sort x, standardised too, everything that x says of k is its correlation r_k with v_k. With q statements placed the log likelihood is

    -q/2 log(1 - a^2) - (q - 1)(1 - 2 a r_k + a^2) / (2 (1 - a^2)),

to be averaged over a; for "none of these" it is -(q - 1)/2, the case a = 0. Bayes' rule turns likelihoods and prior shares into the probability of
each answer. The likelihood is that of regression through standardised variables; to average over what is not known is the standard Bayesian way
[1]_. A profile that was found from a few sorts is the viewpoint and error: with its reliability rho, people keep to it by a sqrt(rho) only
(Spearman's attenuation [2]_).

References
----------
.. [1] Gelman, A., Carlin, J. B., Stern, H. S., Dunson, D. B., Vehtari, A., & Rubin, D. B. (2013). Bayesian Data Analysis, 3rd ed. CRC Press.
   Section 3.1.
.. [2] Spearman, C. (1904). The proof and measurement of association between two things. American Journal of Psychology, 15(1), 72-101.
"""

from __future__ import annotations

import numpy as np

from qmethod.blocks import run_over_blocks
from qmethod.data import Array, FloatArray

LEAST = 4
"""Statements that a sort must share with the viewpoints: below, an interval for a correlation has no width to speak of."""
_STEPS = 24


def correlate_partial(sorts: Array, profiles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlations over the statements that both a sort and a viewpoint place.

    Parameters
    ----------
    sorts : ndarray of shape (n, m)
    profiles : ndarray of shape (n, k)

    Returns
    -------
    correlations : ndarray of shape (m, k)
        NaN where fewer than `LEAST` statements are shared, or one of the two is constant on them.
    shared : ndarray of shape (m, k)
        How many statements are shared.
    """
    m, k = sorts.shape[1], profiles.shape[1]
    correlations, shared = np.empty((m, k)), np.empty((m, k))
    known = ~np.isnan(profiles)
    v = np.where(known, profiles - np.nanmean(profiles, axis=0), 0.0)  # centred once, so that the sums below lose nothing

    def work(where: slice) -> None:
        block = sorts[:, where].astype(float)
        there = ~np.isnan(block)
        with np.errstate(invalid="ignore"):
            x = np.where(there, block - np.nan_to_num(np.where(there, block, 0.0).sum(axis=0) / there.sum(axis=0)), 0.0)
        both, known_here = there.T.astype(float), known.astype(float)
        q = both @ known_here
        sx, sxx = x.T @ known_here, (x * x).T @ known_here
        sv, svv, sxv = both @ v, both @ (v * v), x.T @ v
        with np.errstate(invalid="ignore", divide="ignore"):
            spread_x, spread_v = sxx - sx * sx / q, svv - sv * sv / q
            r = (sxv - sx * sv / q) / np.sqrt(spread_x * spread_v)
        flat = (spread_x <= 1e-9 * np.maximum(sxx, 1e-300)) | (spread_v <= 1e-9 * np.maximum(svv, 1e-300)) | (q < LEAST)
        correlations[where], shared[where] = np.where(flat, np.nan, np.clip(r, -1.0, 1.0)), q

    run_over_blocks(work, m, 4 * max(len(sorts), 1))
    return correlations, shared


def posterior(
    correlations: FloatArray, shared: FloatArray, prior: FloatArray, closeness: tuple[float, float], kept: FloatArray | float = 1.0
) -> FloatArray:
    """Probability of each viewpoint and of none of these.

    Parameters
    ----------
    correlations, shared : ndarray of shape (m, k)
    prior : ndarray of shape (k + 1,)
        The last is that of none of these.
    closeness : tuple of float
        Range of a.
    kept : ndarray of shape (k,), default 1
        The root of the reliability of each profile.

    Returns
    -------
    ndarray of shape (m, k + 1)
        The prior where a sort can be compared with no viewpoint.
    """
    m, k = correlations.shape
    low, high = closeness
    nodes = low + (high - low) * (np.arange(_STEPS) + 0.5) / _STEPS  # midpoints: the average over a
    found = np.empty((m, k + 1))

    def work(where: slice) -> None:
        silent = np.isnan(correlations[where])
        r, q = np.where(silent, 0.0, correlations[where]), np.where(silent, 1.0, shared[where])
        # Relative to "none of these", so that viewpoints that place different numbers of statements can be set side by side.
        total = np.full(r.shape, -np.inf)
        for node in nodes:
            a = node * kept
            rest = 1 - a * a
            gain = -q / 2 * np.log(rest) - (q - 1) * (1 - 2 * a * r + a * a) / (2 * rest) + (q - 1) / 2
            total = np.logaddexp(total, gain)
        gain = np.where(silent, 0.0, total - np.log(_STEPS))
        with np.errstate(divide="ignore"):
            weight = np.column_stack([gain, np.zeros(len(r))]) + np.log(prior)
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        found[where] = weight / weight.sum(axis=1, keepdims=True)

    run_over_blocks(work, m, 8 * (k + 1))
    return found
