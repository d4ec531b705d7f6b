"""What each table of an analysis holds, and what its columns mean: for the workbook, whose first sheet says so."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

TABLES = MappingProxyType(
    {
        "notices": "What the analysis asks its reader to keep in mind.",
        "viewpoints": "What each viewpoint is called and what it holds, and whose words these are.",
        "statements": "The statements in full.",
        "loadings": "How closely each sort goes along with each viewpoint.",
        "z_scores": "How high each viewpoint places each statement, as z-scores.",
        "factor_arrays": "The place of each statement in the array of each viewpoint.",
        "characteristics": "What each viewpoint amounts to.",
        "factor_correlations": "Correlations between the z-scores of the viewpoints.",
        "sed": "Standard errors of differences between the z-scores of two viewpoints.",
        "contrasts": "On which statements viewpoints differ, and which distinguish one or are consensus.",
        "crib_sheet": "What to look at first in each viewpoint: its extremes, and where it stands apart.",
        "differences": "For each pair of viewpoints all statements, from where the first is higher to where the second is.",
        "factor_scores_ranked": "For each viewpoint all statements, the highest z-score first.",
        "common_ground": "Where all viewpoints stand together, and where they do not.",
        "free_distribution": "Mean and spread of the placements of each sort.",
        "places": "Between which places each statement truly stands, by studies drawn from the solution.",
        "correlations": "Correlations between the sorts.",
        "retention": "What speaks for each number of viewpoints.",
        "bootstrap_z_scores": "How far z-scores would move had others been drawn from the people who took part.",
        "bootstrap_arrays": "How often each statement came to each place in the resamples.",
        "bootstrap_loadings": "How far loadings move in the resamples.",
        "bootstrap_flags": "How often each sort defined each viewpoint in the resamples.",
        "bootstrap_replication": "How well each viewpoint came back in the resamples.",
        "conventions": "Every convention of this analysis.",
        "references": "The publications that this analysis rests on; references.bib has them for other programs.",
        "checklist": "What a reader of a Q study looks for, and where it stands.",
    }
)
"""A sentence on each table."""
LABELLED = MappingProxyType(
    {
        "loadings": "Loading of the sort on this viewpoint.",
        "z_scores": "z-score of the statement in this viewpoint.",
        "factor_arrays": "Place of the statement in the array of this viewpoint.",
        "common_ground": "Place of the statement in the array of this viewpoint.",
        "factor_correlations": "Correlation with this viewpoint.",
        "sed": "Standard error of differences from this viewpoint.",
    }
)
"""What a column under the label of a viewpoint is, by its table."""
COLUMNS = MappingProxyType(
    {
        "agreement_left_out": "Mean correlation of its defining sorts with the viewpoint that the others make.",
        "array": "Place of the statement in the array.",
        "bias": "Mean over the resamples less the figure itself.",
        "checklist.item": "What is looked for.",
        "checklist.number": "Of the item.",
        "checklist.remark": "What is missing, or where it stands.",
        "checklist.state": "Whether the report answers it.",
        "common_ground.group": "Where all viewpoints place it: above or below the middle, in the middle, near one another, leaning, split, or other.",
        "consensus": "Whether it is a consensus statement by the convention of this analysis.",
        "contested": "Resamples in which another viewpoint resembles this one more than the one it was matched with.",
        "conventions.convention": "Its name, as an option or a keyword.",
        "conventions.meaning": "What it decides.",
        "conventions.source": "The publications it rests on.",
        "conventions.value": "What this analysis took.",
        "correlation_left_out": "Correlation between two people of the viewpoint that the agreement left out bespeaks.",
        "crib_sheet.group": "Highest or lowest column; higher or lower than in every other viewpoint; tied: as in another, not in the rest.",
        "cumulative": "Share of the variance of factors 1 to this one, in percent.",
        "defines": "The viewpoints that the sort defines; a minus where its loading is negative.",
        "defining_sorts": "Sorts that define the viewpoint.",
        "description": "Where name or gist come from, where they are borrowed.",
        "differ_by_at_most": "How far apart the true z-scores of all viewpoints lie at most, with the probability that the report says.",
        "difference": "z-score in the first less that in the second.",
        "distinguishes": "The viewpoints that the statement distinguishes, each with its level.",
        "drop": "From this eigenvalue to the next.",
        "effective_sorts": "How many sorts of equal weight would be worth as much as its defining sorts.",
        "eigenvalue": "Eigenvalue of the factor.",
        "ekc": "What the eigenvalue must exceed by the empirical Kaiser criterion.",
        "empty": "Resamples in which no sort defines the viewpoint, or those that do cancel out.",
        "evened_eigenvalue": "Eigenvalue of the factor in sorts whose themes are evened.",
        "evened_ekc": "What that eigenvalue must exceed by the empirical Kaiser criterion.",
        "evened_map": "Mean squared partial correlation between sorts whose themes are evened.",
        "evened_split_half": "Congruence of the least replicated viewpoint between halves, of sorts whose themes are evened.",
        "expected_false": "How many of its distinguishing statements chance alone would give, at the most.",
        "explained_variance": "Share of the variance between sorts, in percent.",
        "factor": "Label of the viewpoint.",
        "factors": "Labels of the viewpoints concerned.",
        "fewest_defining": "Defining sorts of the factor that has fewest.",
        "finding": "What is said of the group.",
        "first": "Label of the first viewpoint.",
        "gist": "The viewpoint in a sentence or two.",
        "gist by": "Whose words the gist is.",
        "h2": "Communality: the share of its variance that the factors explain.",
        "high": "Upper end of the interval.",
        "humphrey": "Product of the two largest unrotated loadings on the factor.",
        "k": "Number of viewpoints.",
        "key": "Of the entry in references.bib.",
        "kind": "Kind of the notice.",
        "loading": "Loading of the sort on the viewpoint.",
        "low": "Lower end of the interval.",
        "map": "Mean squared partial correlation between sorts after so many components.",
        "matched": "How likely the viewpoint found is like the true one, with a correlation of .85 or more.",
        "mean": "Mean of the placements.",
        "mean_correlation": "Mean correlation between its defining sorts.",
        "n_confounded": "Sorts significant on several factors that define none.",
        "n_defining": "Sorts that define a factor.",
        "n_nonsignificant": "Sorts significant on no factor.",
        "n_significant": "Significant unrotated loadings on the factor.",
        "name": "What the viewpoint is called.",
        "name by": "Whose name it is.",
        "negative_sorts": "Defining sorts with a negative loading.",
        "nest_high": "Highest p-value that more sets of simulated sorts could give.",
        "nest_low": "Lowest p-value that more sets of simulated sorts could give.",
        "nest_p": "p-value of the next eigenvalue by NEST.",
        "nest_sets": "Sets of simulated sorts.",
        "nest_threshold": "95th centile of the next eigenvalue in sorts simulated with so many viewpoints.",
        "nest_themes_high": "Of NEST beyond themes: highest p-value that more sets could give.",
        "nest_themes_low": "Of NEST beyond themes: lowest p-value that more sets could give.",
        "nest_themes_p": "Of NEST beyond themes: p-value of the next eigenvalue.",
        "nest_themes_sets": "Of NEST beyond themes: sets of simulated sorts.",
        "nest_themes_threshold": "Of NEST beyond themes: 95th centile of the next eigenvalue.",
        "nest_themes_value": "Of NEST beyond themes: the next eigenvalue.",
        "notice": "What to keep in mind.",
        "p_all_within_1": "How likely the true z-scores of all viewpoints lie within 1 of one another.",
        "p_that_side": "How likely all viewpoints truly stand on that side.",
        "parallel_95": "95th centile of this eigenvalue in random sorts.",
        "parallel_mean": "Mean of this eigenvalue in random sorts.",
        "participant": "The sort.",
        "percent": "Share of the variance of this factor, in percent.",
        "phi_5_percent": "5 % quantile of the congruence with the viewpoint found.",
        "phi_median": "Median congruence (Tucker’s φ) with the viewpoint found.",
        "probability": "How likely so many viewpoints are.",
        "rank": "Order by z-score, from 1, the highest.",
        "recovery": "Squared correlation of its z-scores with the true ones, in studies drawn from the solution.",
        "reference": "The publication.",
        "reliability": "Reliability of its z-scores by the convention of this analysis.",
        "reliability_left_out": "Reliability of its z-scores by what its people have in common beyond their own sorts.",
        "resamples": "Resamples that the figures rest on.",
        "scored": "Resamples in which the viewpoint has z-scores.",
        "sd": "Standard deviation of the placements.",
        "se": "Standard error of its z-scores.",
        "second": "Label of the second viewpoint.",
        "share_85": "Share of resamples with a congruence of .85 or more.",
        "share_95": "Share of resamples with a congruence of .95 or more.",
        "sorts": "The sorts concerned.",
        "split_half": "Congruence of the least replicated viewpoint between halves of the participants.",
        "standard_error": "Standard deviation over the resamples.",
        "statement": "Id of the statement.",
        "statements": "Ids of the statements concerned.",
        "text": "The statement in full.",
        "wording": "The statement in full.",
        "z_first": "z-score in the first viewpoint.",
        "z_score": "z-score of the statement in the viewpoint.",
        "z_second": "z-score in the second viewpoint.",
    }
)
"""What a column means, by its name, or by table and name where two tables have one of the same name."""
OF_ONE = MappingProxyType({"_defines": "Whether the sort defines it.", "_frequency": "Share of the resamples with the sort in which it defines it."})
"""What a column means that begins with the label of a viewpoint."""


def meaning(table: str, column: str, labels: Sequence[str]) -> str:
    """What a column means; empty where nothing is known of it.

    Parameters
    ----------
    table : str
    column : str
        As the table has it.
    labels : sequence of str
        Of the viewpoints.
    """
    if column in labels and table in LABELLED:
        return LABELLED[table]
    told = COLUMNS.get(f"{table}.{column}", COLUMNS.get(column, ""))
    if told:
        return told
    pairs = [f"{a}_{b}" for a in labels for b in labels]
    if column in pairs:
        return "Difference between the z-scores of these two viewpoints, the first less the second."
    if column.removesuffix("_level") in pairs:
        return "The level at which they differ; empty where they do not."
    for beginning, text in (
        ("p_at_", "How likely the statement truly stands at this place."),
        ("share_at_", "Share of the resamples with it at this place."),
    ):
        if column.startswith(beginning):
            return text
    return next((text for ending, text in OF_ONE.items() if column.removesuffix(ending) in labels), "")
