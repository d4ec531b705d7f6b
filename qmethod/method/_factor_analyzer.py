"""The only door to factor_analyzer: minres and ML extraction, oblimin rotation.

factor_analyzer 0.5.1 calls scikit-learn's ``check_array`` with an argument that scikit-learn 1.8 removed, and minimises its objectives
without a gradient, which takes minutes for a few hundred sorts. Both are mended here inside factor_analyzer's own namespace. Its answers are
checked before they are handed on: it says nothing itself when it did not converge. It is imported on first use, since that takes a second.

References
----------
.. [1] Lawley, D. N., & Maxwell, A. E. (1971). Factor Analysis as a Statistical Method (2nd ed.). Butterworths. Maximum likelihood.
"""

from __future__ import annotations

import inspect
import warnings
from functools import cache
from typing import Any

import numpy as np

from qmethod.data import FloatArray
from qmethod.errors import DataError, Fault

SLOPE = 1e-5  # largest slope of an objective that counts as its minimum
OBLIMIN_TOLERANCE = 1e-7  # of the gradient
SMALLEST_UNIQUENESS = 0.005  # factor_analyzer's bound, which a Heywood case runs into


@cache
def _module() -> Any:
    import factor_analyzer.factor_analyzer as module
    from scipy.optimize import minimize
    from sklearn.utils import check_array

    if "force_all_finite" not in inspect.signature(check_array).parameters:

        def check(*args: Any, force_all_finite: Any = True, **kwargs: Any) -> Any:
            return check_array(*args, ensure_all_finite=force_all_finite, **kwargs)

        module.check_array = check

    gradients = {
        module.FactorAnalyzer._fit_uls_objective: _minres_gradient,
        module.FactorAnalyzer._fit_ml_objective: _ml_gradient,
    }

    def minimise(objective: Any, start: Any, **kwargs: Any) -> Any:
        kwargs["options"] = {"maxiter": 5000, "maxfun": 50_000, "ftol": 1e-15, "gtol": 1e-9}
        found = minimize(objective, start, jac=gradients[objective], **kwargs)
        # At the last digit the line search fails and L-BFGS-B reports it; the slope tells whether the minimum was reached.
        low, high = np.array(kwargs["bounds"]).T
        slope = np.where((found.x <= low) & (found.jac > 0) | (found.x >= high) & (found.jac < 0), 0.0, found.jac)
        found.success = found.success or bool(np.abs(slope).max() < SLOPE)
        return found

    module.minimize = minimise
    return module


def _minres_gradient(psi: FloatArray, r: FloatArray, k: int) -> FloatArray:
    """Gradient of the sum of squared residuals of R - psi from its best rank-k part: -2 diag(residual)."""
    reduced = r.copy()
    np.fill_diagonal(reduced, 1 - psi)
    values, vectors = np.linalg.eigh(reduced)
    top = vectors[:, ::-1][:, :k]
    fitted = (top**2) @ np.maximum(values[::-1][:k], np.finfo(float).eps * 100)
    return np.asarray(-2 * (1 - psi - fitted))


def _ml_gradient(psi: FloatArray, r: FloatArray, k: int) -> FloatArray:
    """Gradient of the likelihood's discrepancy: diag(LL' + psi - R) / psi^2 [1]_."""
    scale = 1 / np.sqrt(psi)
    values, vectors = np.linalg.eigh(scale[:, None] * r * scale)
    loadings = (vectors[:, ::-1][:, :k] * np.sqrt(np.maximum(values[::-1][:k] - 1, 0))) / scale[:, None]
    return np.asarray(((loadings**2).sum(axis=1) + psi - 1) / psi**2)


def fit(r: FloatArray, k: int, method: str) -> tuple[FloatArray, bool, int]:
    """Minres or ML loadings.

    Parameters
    ----------
    r : ndarray of shape (m, m)
        Correlations.
    k : int
        Number of factors, below m.
    method : {'minres', 'ml'}

    Returns
    -------
    loadings : ndarray of shape (m, k)
    converged : bool
    cycles : int
        0: factor_analyzer does not say.

    Raises
    ------
    DataError
        If ML is asked of a singular R: more sorts than statements, or duplicate sorts.
    """
    m = len(r)
    smallest = float(np.linalg.eigvalsh(r)[0])
    singular = smallest < 1e-8
    if method == "ml" and singular:
        advice = "Use minres, paf, pca or centroid; maximum likelihood needs clearly fewer sorts than statements, and no duplicates."
        raise DataError(
            [Fault(f"ml cannot be used: the correlations of these {m} sorts are singular (smallest eigenvalue {smallest:.1e})", advice=advice)]
        )
    if k >= m:
        raise DataError([Fault(f"{method} needs fewer factors than sorts, got {k} factors of {m} sorts", advice="Use pca, or fewer factors.")])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        analyzer = _module().FactorAnalyzer(n_factors=k, rotation=None, method=method, is_corr_matrix=True, use_smc=not singular)
        loadings = np.asarray(analyzer.fit(r.copy()).loadings_, dtype=float)
    if not np.isfinite(loadings).all():
        raise DataError([Fault(f"factor_analyzer found no finite {method} solution with {k} factors", advice="Use paf, pca or centroid.")])
    return loadings, not any("converge" in str(w.message).lower() for w in caught), 0


def oblimin(loadings: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """Oblimin (gamma 0) with factor_analyzer's Rotator, which does not say whether it has settled.

    Parameters
    ----------
    loadings : ndarray of shape (m, k)
        Unrotated loadings; k >= 2, no row zero.
    most : int
        Cycles it may take.

    Returns
    -------
    pattern : ndarray of shape (m, k)
    phi : ndarray of shape (k, k)
    """
    _module()
    from factor_analyzer.rotator import Rotator

    rotator = Rotator(method="oblimin", normalize=False, tol=OBLIMIN_TOLERANCE, max_iter=most)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pattern = np.asarray(rotator.fit_transform(loadings), dtype=float)
    return pattern, np.asarray(rotator.phi_, dtype=float)
