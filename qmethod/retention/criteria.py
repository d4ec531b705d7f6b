r"""The criteria of the retention table, one by one.

Notation: n statements, m sorts, eigenvalues :math:`\lambda_1 \ge \lambda_2 \ge \ldots` of the correlations between sorts. At most r of them are
more than rounding, r <= min(m, n - 1), and no criterion looks beyond. Every rule stops at the first factor that fails.

Sources are those of `qmethod.retention.retain`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np

from qmethod.blocks import over_blocks
from qmethod.data import FloatArray, QData
from qmethod.errors import DataError, PolicyError
from qmethod.method import flagging, tie_breaking
from qmethod.method.correlation import Correlation, correlate
from qmethod.method.extraction import eigen, extract
from qmethod.method.rotation import rotate
from qmethod.policies import OBLIQUE, Policies
from qmethod.retention.agreement import mean_correlation
from qmethod.retention.chance import Places, centile, drawn_eigenvalues, p_interval, p_value
from qmethod.retention.split_half import replication, varimax
from qmethod.retention.themes import Themes, evened, within

Progress = Callable[[str, int, int], None]

LEVEL = 0.05
DOUBT = 0.01  # with which a p-value may lie below its interval, and again with which above
MOST_SETS = 10_000
MOST_CELLS = 50_000_000  # placements that one comparison may draw, unless more sets are asked for
SPLITS = 20
AXES_TOLERANCE = 1e-4
AXES_CYCLES = 100
LARGEST_COMMUNALITY = 0.995
NOTHING = 1e-6  # length of what components leave of a sort that they explain whole
COUNTING, COUNTING_SWEEPS = 1e-4, 200  # the varimax whose flags are only counted settles when no angle, in radians, is larger
CYCLES = 30  # of Horst's iteration, which may run long where there are more factors than the sorts hold
FEW_SORTS = 5_000  # for more, rotation from moments is faster
SPARE_AXES = 4  # directions iterated beyond the k wanted, so that these settle sooner

CRITERIA = (
    "nest",
    "nest_themes",
    "parallel_95",
    "map",
    "ekc",
    "parallel_mean",
    "kaiser",
    "humphrey_strict",
    "humphrey_lenient",
    "two_loadings",
    "scree",
)
CONVENTIONS = {
    "random_sorts": "each participant's own placements in random order",
    "parallel_threshold": "95th centile (Weibull plotting position) and mean of the same eigenvalue of random sorts",
    "nest_model": f"iterated principal axes until no communality moves by {AXES_TOLERANCE:g}, at most {AXES_CYCLES} cycles",
    "nest_p": f"(1 + count) / (sets + 1), stops at the first above {LEVEL:g}",
    "nest_sets": f"doubled until the interval of p (Clopper and Pearson, {1 - 2 * DOUBT:.0%}) leaves {LEVEL:g}, at most {MOST_SETS}",
    "nest_themes": "the same with each participant's placements dealt out within themes only; themes as a whole kept, none larger than chance within",
    "evened": "themes as a whole shortened by one factor for each size until, on average over participants, they differ as much as statements within",
    "agreement": "mean correlation between sorts against that of sorts of which each is turned about at random",
    "ekc": "eigenvalue above what is left of the variance, spread evenly and raised by (1 + sqrt(m / n))^2, and above 1",
    "map": "mean squared partial correlation after k principal components, k from 0",
    "kaiser": "eigenvalue above 1",
    "humphrey_strict": "product of the two largest loadings above 2 / sqrt(n)",
    "humphrey_lenient": "product of the two largest loadings above 1 / sqrt(n)",
    "two_loadings": "two unrotated loadings above 2.58 / sqrt(n)",
    "scree": "before the sharpest bend of the eigenvalues in the table (acceleration factor); never 0",
    "unrotated": f"by the extraction of the policies, Horst's at most {CYCLES} cycles",
    "rotated": f"flags by rule, the rotation started once, from the unrotated position; varimax until no angle exceeds {COUNTING:g} radians",
    "split_half": "principal components and varimax of both halves, median of the smallest congruence",
}


class Table:
    """The table while it fills: cells by row and column, and what each criterion answers."""

    def __init__(self, data: QData, policies: Policies, correlation: Correlation, max_factors: int, n_random: int, report: Progress) -> None:
        values = eigen(correlation)[0]
        centred = policies.correlation != "kendall" and correlation.matrix is None
        self.data, self.correlation, self.n_random, self.report = data, correlation, n_random, report
        self.values = values[: data.n_statements - 1] if centred else values
        self.top = min(max_factors, len(self.values))
        # A target fits one number of factors only, and flags by hand one solution; many starts would cost more than all else here.
        rotation = "varimax" if policies.rotation == "target" else policies.rotation
        cycles = min(policies.horst_cycles, CYCLES)
        self.policies = replace(policies, flagging="auto", rotation=rotation, rotation_starts=1, horst_cycles=cycles)
        self.cells: list[dict[str, Any]] = [{} for _ in range(self.top + 1)]
        self.answers: dict[str, int | None] = dict.fromkeys(CRITERIA)
        self.reasons: dict[str, str] = {}
        self.limited: list[str] = []

    def refuse(self, why: str, *names: str) -> None:
        """Leave criteria out, with the reason."""
        self.reasons.update(dict.fromkeys(names, why))

    def answer(self, name: str, k: int, *, at_least: bool = False) -> None:
        """Note what a criterion says; `at_least` where the table ended before it stopped."""
        self.answers[name] = k
        if at_least:
            self.limited.append(name)

    def eigenvalues(self) -> None:
        """Eigenvalues, their shares, Kaiser and the empirical Kaiser criterion, the scree."""
        values, m = self.values, self.data.n_sorts
        for k in range(1, self.top + 1):
            value, following = float(values[k - 1]), float(values[k]) if k < len(values) else 0.0
            shares = {"percent": 100 * value / m, "cumulative": 100 * float(values[:k].sum()) / m}
            self.cells[k].update(eigenvalue=value, drop=value - following, **shares)
        self.answer("kaiser", int((values > 1 + flagging.ROUNDING).sum()))
        needed = empirical_kaiser(values, m, self.data.n_statements)
        for k in range(1, self.top + 1):
            self.cells[k].update(ekc=float(needed[k - 1]))
        self.answer("ekc", _leading(values > needed + flagging.ROUNDING))
        bends = values[: self.top] - 2 * _shifted(values, 1)[: self.top] + _shifted(values, 2)[: self.top]
        self.answer("scree", 1 + int(np.argmax(np.round(bends, 9))))

    def loadings(self) -> None:
        """Humphrey's rule and two significant loadings, on unrotated factors."""
        unrotated = self._most_loadings()
        root = np.sqrt(self.data.n_statements)
        size = np.sort(np.abs(unrotated), axis=0)[::-1]
        products, significant = size[0] * size[1], (size > 2.58 / root + flagging.ROUNDING).sum(axis=0)
        for k, (product, count) in enumerate(zip(products.tolist(), significant.tolist(), strict=True), 1):
            self.cells[k].update(humphrey=product, n_significant=count)
        for name, passed in (
            ("humphrey_strict", products > 2 / root + flagging.ROUNDING),
            ("humphrey_lenient", products > 1 / root + flagging.ROUNDING),
            ("two_loadings", significant >= 2),
        ):
            self.answer(name, _leading(passed), at_least=bool(passed.all()) and len(passed) < len(self.values))

    def _most_loadings(self) -> FloatArray:
        """Unrotated loadings on as many factors as the table has rows, or as the extraction gives; shape (m, top)."""
        for k in range(self.top, 1, -1):
            try:
                return extract(self.correlation, k, self.policies)[0].loadings
            except (DataError, PolicyError):
                continue
        return extract(self.correlation, 1, self.policies)[0].loadings

    def parallel(self, rng: np.random.Generator) -> FloatArray:
        """Parallel analysis; returns the eigenvalues of the random sorts, shape (n_random, min(m, depth))."""
        places = Places.of(self.data.sorts, self.policies.correlation)
        drawn = self._drawn("parallel analysis", places, None, rng, self.n_random)
        mean, high = drawn.mean(axis=0), centile(drawn, 1 - LEVEL)
        for k in range(1, self.top + 1):
            self.cells[k].update(parallel_mean=float(mean[k - 1]), parallel_95=float(high[k - 1]))
        r = len(self.values)
        self.answer("parallel_mean", _leading(self.values > mean[:r]))
        self.answer("parallel_95", _leading(self.values > high[:r]))
        return drawn

    def _drawn(self, step: str, places: Places, loadings: FloatArray | None, rng: np.random.Generator, sets: int, before: int = 0) -> FloatArray:
        done, one_at_a_time = before, Lock()

        def count(some: int) -> None:
            nonlocal done
            with one_at_a_time:  # blocks run beside one another
                done += some
                self.report(step, done, before + sets)

        self.report(step, before, before + sets)
        return drawn_eigenvalues(places, sets, rng, loadings=loadings, progress=count)

    def nest(self, drawn: FloatArray, rng: np.random.Generator, wanted: bool) -> None:
        """NEST, as far as it goes; its first comparison begins with the random sorts of parallel analysis."""
        if not self._askable("nest", wanted):
            return
        places = Places.of(self.data.sorts, self.policies.correlation)
        self._sufficient("nest", "NEST", self.values, len(self.values), places, self.correlation, rng, drawn)

    def beyond_themes(self, themes: Themes | None, rng: np.random.Generator, wanted: bool) -> None:
        """NEST beyond themes, as far as it goes."""
        if themes is None:
            self.refuse("no tags of the statements were given", "nest_themes")
            return
        if useless := themes.useless():
            self.refuse(useless, "nest_themes")
            return
        if not self._askable("nest_themes", wanted):
            return
        parts = within(self.data.sorts, self.policies.correlation, themes)
        if parts is None:
            self.refuse("fewer than two participants place the statements of some theme in more than one column", "nest_themes")
            return
        self._sufficient("nest_themes", "NEST beyond themes", parts.values, parts.rank, parts.places, parts.correlation, rng)

    def _askable(self, name: str, wanted: bool) -> bool:
        """Whether NEST can be asked of these sorts; where not, with the reason."""
        if not wanted:
            self.refuse("NEST was left out", name)
        elif self.policies.correlation == "kendall":
            self.refuse("loadings of Kendall's tau are no correlations of latent scores, from which sorts could be simulated", name)
        return name not in self.reasons

    def _sufficient(
        self,
        name: str,
        step: str,
        values: FloatArray,
        rank: int,
        places: Places,
        model: Correlation,
        rng: np.random.Generator,
        drawn: FloatArray | None = None,
    ) -> None:
        """Ask for k = 0, 1, ... whether sorts drawn with k viewpoints show the next eigenvalue too.

        Parameters
        ----------
        name : str
            Of the criterion and its columns.
        step : str
            Its name for people.
        values : ndarray
            Eigenvalues observed, descending.
        rank : int
            Most viewpoints there can be.
        places : Places
            What is dealt out.
        model : Correlation
            Which the viewpoints are fitted to.
        rng : numpy.random.Generator
        drawn : ndarray of shape (sets, r), optional
            Sets with no viewpoint that are there already.
        """
        for k in range(min(self.top, rank) + 1):
            if k == rank:
                self.answer(name, k)
                return
            loadings = principal_axes(model, k) if k else None
            with_k = f"{step} with {k} viewpoint{'s' if k > 1 else ''}" if k else step
            found = drawn if drawn is not None and k == 0 else self._drawn(with_k, places, loadings, rng, self.n_random)
            found = self._until_decided(with_k, float(values[k]), found[:, k], k, places, loadings, rng)
            low, high = p_interval(int(np.count_nonzero(found >= values[k])), len(found), DOUBT)
            p, threshold = p_value(float(values[k]), found), float(centile(found[:, None], 1 - LEVEL)[0])
            cells = {"p": p, "threshold": threshold, "low": low, "high": high, "sets": len(found)}
            self.cells[k].update({f"{name}_{key}": value for key, value in cells.items()})
            if name == "nest_themes":
                self.cells[k].update(nest_themes_value=float(values[k]))
            if p > LEVEL:
                self.answer(name, k)
                return
        self.answer(name, self.top, at_least=True)

    def _until_decided(
        self, step: str, value: float, found: FloatArray, k: int, places: Places, loadings: FloatArray | None, rng: np.random.Generator
    ) -> FloatArray:
        """Eigenvalue k + 1 of more and more sets, shape (sets,), until the interval of its p-value leaves `LEVEL` (Besag & Clifford, 1991)."""
        most = min(MOST_SETS, max(MOST_CELLS // places.values.size, len(found)))
        while True:
            low, high = p_interval(int(np.count_nonzero(found >= value)), len(found), DOUBT)
            more = min(len(found), most - len(found))
            if more < 1 or not low < LEVEL < high:
                return found
            found = np.concatenate([found, self._drawn(step, places, loadings, rng, more, len(found))[:, k]])

    def agreement(self, rng: np.random.Generator) -> tuple[float, float]:
        """Mean correlation between sorts, and the p-value of its being above zero."""
        return mean_correlation(self.correlation, rng)

    def partial_correlations(self) -> None:
        """Velicer's MAP."""
        means = minimum_average_partial(self.correlation, self.top)
        for k, value in enumerate(means):
            self.cells[k].update(map=value)
        best = int(np.argmin(np.round(means, 12)))
        if best == len(means) - 1 < self.top:
            self.refuse("the components explain some sort whole, and nothing is left of it to correlate", "map")
            return
        self.answer("map", best, at_least=best == self.top and self.top < len(self.values))

    def halves(self, rng: np.random.Generator) -> None:
        """Split-half replication."""
        self.report("random halves", 0, 1)
        reached = replication(self.data.sorts, self.top, SPLITS, self.policies, rng)
        for k, phi in reached.items():
            self.cells[k].update(split_half=phi)
        if len(reached) < self.top:
            self.refuse(f"half of {self.data.n_sorts} sorts hold at most {len(reached)} factors that can be compared", "split_half")

    def evened(self, themes: Themes | None, rng: np.random.Generator) -> None:
        """What probabilities rest on where NEST beyond themes was asked: figures of sorts in which no theme weighs more than its statements."""
        if themes is None or self.answers["nest_themes"] is None:
            return
        units = evened(self.data.sorts, self.policies.correlation, themes)
        n, m = units.shape
        correlation = correlate(QData(units), "pearson")
        values = eigen(correlation)[0][: n - 1]
        for k, (value, needed) in enumerate(zip(values[: self.top], empirical_kaiser(values, m, n), strict=False), 1):
            self.cells[k].update(evened_eigenvalue=float(value), evened_ekc=float(needed))
        for k, left in enumerate(minimum_average_partial(correlation, min(self.top, len(values)))):
            self.cells[k].update(evened_map=left)
        for k, phi in replication(units, self.top, SPLITS, self.policies, rng).items():
            self.cells[k].update(evened_split_half=phi)

    def rotated(self) -> None:
        """Who defines what in the rotated solution of each row."""
        edge = flagging.threshold(self.data.n_statements, self.policies) + flagging.ROUNDING
        for k in range(1, self.top + 1):
            self.report("rotating", k, self.top)
            try:
                extraction, _ = extract(self.correlation, k, self.policies)
            except (DataError, PolicyError):
                self.refuse(f"the {self.policies.extraction} extraction gives fewer than {k} factors", "rotated")
                return
            loadings = self._turned(extraction.loadings)
            flags = flagging.automatic(loadings, self.data.n_statements, self.policies)
            significant = (np.abs(loadings) > edge).sum(axis=1)
            free = ~flags.any(axis=1)
            self.cells[k].update(
                n_defining=int((~free).sum()),
                n_confounded=int((free & (significant > 1)).sum()),
                n_nonsignificant=int((free & (significant == 0)).sum()),
                fewest_defining=int(flags.sum(axis=0).min()),
            )

    def _turned(self, unrotated: FloatArray) -> FloatArray:
        """Loadings rotated by policy, shape (m, k) kept; after an oblique rotation structure or pattern, as the policy says."""
        policies = self.policies
        if policies.rotation == "varimax" and policies.kaiser and len(unrotated) <= FEW_SORTS:
            return np.asarray(varimax(unrotated[None], COUNTING, COUNTING_SWEEPS)[0])
        turned, _ = rotate(unrotated, policies, None, partial(tie_breaking.profile, self.data.sorts, unrotated))
        structure = policies.rotation in OBLIQUE and policies.oblique_loadings == "structure"
        return np.asarray(unrotated @ turned.matrix @ turned.phi if structure else unrotated @ turned.matrix)


def _leading(passed: Any) -> int:
    """How many pass before the first that does not."""
    failed = np.flatnonzero(~np.asarray(passed))
    return int(failed[0]) if failed.size else len(passed)


def _shifted(values: FloatArray, by: int) -> FloatArray:
    """Values from position `by` on, 0 after the last."""
    return np.concatenate([values[by:], np.zeros(min(by, len(values)))])


def empirical_kaiser(values: FloatArray, m: int, n: int) -> FloatArray:
    r"""What each eigenvalue must exceed by the empirical Kaiser criterion (Braeken & van Assen, 2017); shape of `values`.

    :math:`\max\left(1, \frac{m - \lambda_1 - \ldots - \lambda_{j-1}}{m - j + 1} \left(1 + \sqrt{m / n}\right)^2\right)`: the variance that the
    eigenvalues before it leave, spread evenly, and raised to the largest eigenvalue that n statements show where nothing is shared.
    """
    before = np.concatenate([[0.0], np.cumsum(values)[:-1]])
    left = m - np.arange(len(values))
    return np.asarray(np.maximum((m - before) / left * (1 + np.sqrt(m / n)) ** 2, 1.0))


def principal_axes(correlation: Correlation, k: int) -> FloatArray:
    """Loadings of k common factors by iterated principal axes (Harman, 1976), for any number of sorts.

    The communalities start at those of the principal components. The axes are found by subspace iteration on R + diag(h2), which has the same
    axes as R with the communalities in its diagonal and no negative eigenvalues.

    Parameters
    ----------
    correlation : Correlation
        Between m sorts.
    k : int
        At least 1.

    Returns
    -------
    ndarray of shape (m, k)
        No communality above 0.995.
    """
    values, vectors = eigen(correlation)
    some = min(k + SPARE_AXES, len(values))
    components = vectors[:, :some] if correlation.matrix is not None else correlation.project(vectors[:, :some]) / np.sqrt(values[:some])
    basis = np.ascontiguousarray(components)
    communality = np.minimum((basis[:, :k] ** 2) @ values[:k], LARGEST_COMMUNALITY)
    loadings = basis[:, :k] * np.sqrt(values[:k])
    for _ in range(AXES_CYCLES):
        moved = correlation.times(basis) + communality[:, None] * basis
        sizes, turn = np.linalg.eigh(basis.T @ moved)
        loadings = (basis @ turn[:, ::-1][:, :k]) * np.sqrt(np.maximum(sizes[::-1][:k] - 1, 0.0))
        previous, communality = communality, np.minimum((loadings**2).sum(axis=1), LARGEST_COMMUNALITY)
        if np.abs(communality - previous).max() < AXES_TOLERANCE:
            break
        basis = np.linalg.qr(moved)[0]
    sums = (loadings**2).sum(axis=1)
    return np.asarray(loadings * np.sqrt(np.minimum(1.0, LARGEST_COMMUNALITY / np.maximum(sums, 1e-300)))[:, None])


def minimum_average_partial(correlation: Correlation, most: int) -> list[float]:
    r"""Mean squared partial correlation between sorts after 0, 1, ... principal components.

    With Z the m sorts at unit length and :math:`Z_k` what k components leave of them, again at unit length, it is
    :math:`(\lVert Z_k Z_k' \rVert^2 - m) / (m (m - 1))`: the m x m matrix is never needed.

    Parameters
    ----------
    correlation : Correlation
        Of complete sorts.
    most : int
        Last number of components.

    Returns
    -------
    list of float
        For 0 to `most` components; shorter where nothing is left of a sort.
    """
    _, vectors = eigen(correlation)
    m, depth, means = correlation.n_sorts, correlation.depth, []
    for k in range(most + 1):
        taken = vectors[:, :k]

        def work(where: slice, taken: FloatArray = taken) -> tuple[FloatArray, float]:
            left = correlation.vectors(where)
            left = left - taken @ (taken.T @ left)
            lengths = np.sqrt(np.einsum("ij,ij->j", left, left))
            shortest = float(lengths.min())
            left /= np.maximum(lengths, 1e-300)
            return left @ left.T, shortest

        blocks = list(over_blocks(work, m, depth))
        if min(shortest for _, shortest in blocks) < NOTHING:
            break
        gram = np.asarray(sum((part for part, _ in blocks), np.zeros((depth, depth))))
        means.append(float(((gram**2).sum() - m) / (m * (m - 1))))
    return means
