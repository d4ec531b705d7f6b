"""What conventions mean, marked for the catalogues: the sentences of `qmethod.policies.describe`."""

from __future__ import annotations

from qmethod_analysis.words.language import N_

MEANINGS = (
    N_("coefficient between sorts (Kendall: tau-b)"),
    N_("what to do with a missing placement: stop, leave the sort out, or use the statements two sorts share"),
    N_("what to do with a sort whose placements are all equal: stop, or leave it out"),
    N_("principal components, Brown centroid, Horst 5.5 centroid, iterated principal axis, minimum residuals, maximum likelihood"),
    N_(
        "which sorts the centroid turns round: those that give the largest factor, from many starts, or the worst one first from all as they are, "
        "up to the first optimum (R qmethod, KADE)"
    ),
    N_(
        "what of each sort's own variance goes into a factor of the centroid: as much as the factor itself holds, found by iteration (R qmethod, "
        "KADE), or all that is left of it"
    ),
    N_("first diagonal of an iterated centroid: mean correlation of the sort (R qmethod) or 0.5 (PQMethod, KADE)"),
    N_("an iterated centroid's diagonal has settled when no communality changes by more"),
    N_("Horst's communalities have settled when no residual diagonal is larger"),
    N_("most cycles of Horst's iteration"),
    N_("principal axis factoring has settled when no communality changes by more"),
    N_("most cycles of principal axis factoring"),
    N_("rotation before any rotation by hand"),
    N_("scale each sort to unit communality while rotating (Kaiser normalisation)"),
    N_("rotate until no angle moves, or stop as R's varimax does at its default eps of 1e-5"),
    N_("rotation has converged when the largest angle of a sweep, in radians, is smaller"),
    N_("starting positions of the rotation; the best criterion is kept"),
    N_("seed of the random starting positions"),
    N_("what flags and weights use after an oblique rotation: correlations with the factor, or regression weights"),
    N_("factors by descending rotated sum of squares, or as they were extracted"),
    N_("what a factor points along: signed squares of the defining sorts, of all sorts, the plain sum, the largest loading, or nothing"),
    N_("flag defining sorts by rule before manual flags, or only by hand"),
    N_("two-sided level at which a loading is significant: |l| > c / sqrt(n), c rounded to three decimals (1.960)"),
    N_("a defining sort must load significantly"),
    N_("a defining sort's squared loading must exceed the sum of its others"),
    N_("defining sorts that load negatively: kept with negative weight, left out, or made a factor of their own"),
    N_("weigh sorts after standardising each, or as they are (the same for forced sorts)"),
    N_("loadings are cut to this size before weighing, since l / (1 - l^2) has no value at 1"),
    N_("divisor of the standard deviation in z-scores"),
    N_("reliability of one sort: the mean correlation of the defining sorts, or the coefficient below"),
    N_("assumed retest reliability of one sort"),
    N_("how far a difference strays by chance: as in studies drawn from the solution, or as the normal distribution says"),
    N_("studies drawn from the solution, none with 0; fewer of more than 200 sorts, or where they cannot be analysed together"),
    N_("seed of the studies drawn from the solution"),
    N_("two-sided levels of a difference, descending; the first is what counts as distinguishing"),
    N_("critical values to use for those levels instead of exact normal quantiles; with normal errors"),
    N_("a difference must exceed, or may equal, the critical one"),
    N_("correction for testing all statements and pairs: none, Holm, Benjamini-Hochberg"),
    N_("a difference counts by the standard error of differences, or by its size in pooled standard deviations"),
    N_("size that counts under the Cohen's d rule"),
    N_("consensus: no pair differs at the consensus level, or all pairs are shown to lie within the margin"),
    N_("level of the consensus rule; one of the contrast levels"),
    N_("difference in z-scores that still counts as the same, for the equivalence rule"),
)
