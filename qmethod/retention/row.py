"""One row of the retention table."""

from __future__ import annotations

from dataclasses import dataclass

from qmethod.brief import brief


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """What speaks for and against k viewpoints. None where a figure does not exist or was not computed.

    Parameters
    ----------
    k : int
        Number of viewpoints, from 0.
    eigenvalue, percent, cumulative : float or None
        Of factor k: the eigenvalue of the correlations between sorts, its share of their variance in percent, and that of factors 1 to k.
    drop : float or None
        From this eigenvalue to the next, the slope of the scree.
    humphrey : float or None
        Product of the two largest absolute unrotated loadings on factor k.
    n_significant : int or None
        Unrotated loadings on factor k above 2.58 / sqrt(n).
    parallel_mean, parallel_95 : float or None
        Mean and 95th centile of eigenvalue k of random sorts.
    nest_threshold, nest_p : float or None
        95th centile of eigenvalue k + 1 of sorts simulated with k viewpoints, and the p-value of the observed one.
    nest_low, nest_high : float or None
        What the p-value could be: 98 % interval for what more and more sets of simulated sorts would come to.
    nest_sets : int or None
        Sets that were simulated.
    nest_themes_value, nest_themes_threshold, nest_themes_p, nest_themes_low, nest_themes_high, nest_themes_sets : float, int or None
        The same beyond themes. The eigenvalue is one of its own, see `qmethod.retention.themes.within`.
    evened_eigenvalue, evened_ekc, evened_map, evened_split_half : float or None
        The same as `eigenvalue`, `ekc`, `map` and `split_half` of sorts in which themes of statements as a whole differ no more than what is said
        within them, see `qmethod.retention.themes.evened`. Where NEST beyond themes is asked, probabilities rest on these.
    ekc : float or None
        What eigenvalue k must exceed by the empirical Kaiser criterion.
    map : float or None
        Mean squared partial correlation between sorts after k components.
    n_defining, n_confounded, n_nonsignificant : int or None
        Sorts of the rotated solution with k factors that define a factor; that are significant on more than one and define none; that are
        significant on none.
    fewest_defining : int or None
        Defining sorts of the factor that has fewest.
    split_half : float or None
        Congruence of the least replicated viewpoint between halves of the participants, see `qmethod.retention.split_half.replication`.
    probability : float or None
        That the sorts hold k viewpoints, see `qmethod.retention.probability`.
    """

    k: int
    eigenvalue: float | None = None
    percent: float | None = None
    cumulative: float | None = None
    drop: float | None = None
    humphrey: float | None = None
    n_significant: int | None = None
    parallel_mean: float | None = None
    parallel_95: float | None = None
    nest_threshold: float | None = None
    nest_p: float | None = None
    nest_low: float | None = None
    nest_high: float | None = None
    nest_sets: int | None = None
    nest_themes_value: float | None = None
    nest_themes_threshold: float | None = None
    nest_themes_p: float | None = None
    nest_themes_low: float | None = None
    nest_themes_high: float | None = None
    nest_themes_sets: int | None = None
    evened_eigenvalue: float | None = None
    evened_ekc: float | None = None
    evened_map: float | None = None
    evened_split_half: float | None = None
    ekc: float | None = None
    map: float | None = None
    n_defining: int | None = None
    n_confounded: int | None = None
    n_nonsignificant: int | None = None
    fewest_defining: int | None = None
    split_half: float | None = None
    probability: float | None = None

    __repr__ = brief
