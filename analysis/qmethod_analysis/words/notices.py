"""Notices of the method in the language that is being written: their English sentences are taken apart again by these templates.

A notice for which there is no template stays in English, and is marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from qmethod.notice import Notice
from qmethod_analysis.words.language import N_, SOURCE, InLanguage, _, language, number
from qmethod_analysis.words.narrative import joined

TEMPLATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "simulated-sorts": (
            N_("These sorts are simulated: they were drawn by a computer, and nobody holds the views they show. Their names begin with {prefix}."),
            N_(
                "{n} of {all} sorts are simulated: they were drawn by a computer, and nobody holds the views they show. Their names begin with "
                "{prefix}."
            ),
        ),
        "not-calibrated": (
            N_(
                "No error could be measured in studies drawn from this solution: differences between viewpoints are judged by the normal "
                "distribution, which finds too many."
            ),
        ),
        "unforced": (
            N_("The sorts do not all share one distribution. Factor arrays use the low median of their ordered placements: {grid}."),
            N_("The sorts show {n} different distributions and no grid was given; they are treated as free (unforced) sorts."),
        ),
        "off-grid": (N_("{n} of {all} sorts do not follow the grid {grid}: {who}."),),
        "duplicate-sorts": (
            N_("{who} are the same sort, placement for placement; each of them counts."),
            N_("{who} are the same sort, placement for placement."),
        ),
        "near-duplicate-sorts": (
            N_("1 pair of sorts is almost the same (r of at least {r}): {pairs}."),
            N_("{n} pairs of sorts are almost the same (r of at least {r}): {pairs}."),
        ),
        "mirror-sorts": (
            N_("1 pair of sorts mirrors each other (r of at most {r}); was one grid read backwards? {pairs}."),
            N_("{n} pairs of sorts mirror each other (r of at most {r}); was one grid read backwards? {pairs}."),
        ),
        "pairwise-not-consistent": (
            N_("Pairwise correlations contradict each other: their smallest eigenvalue is {value}, not 0 or more. Treat small factors with care."),
        ),
        "zero-communality": (
            N_("{who} loads on none of the factors."),
            N_("{who} load on none of the factors."),
        ),
        "no-defining-sorts": (N_("No sort defines {factor}: it has no z-scores, no array and takes part in no comparison."),),
        "sorts-cancel": (N_("The sorts that define {factor} cancel each other out: it has no z-scores."),),
        "one-defining-sort": (N_("{factor} rests on one sort alone, {who}: it is that person's view."),),
        "few-defining-sorts": (N_("{factor} rests on two sorts only, {first} and {second}: that two people agree can be a coincidence."),),
        "no-reliability": (
            N_(
                "The reliability of {factor} cannot be observed: that needs two defining sorts or more that agree on average. By standard errors it "
                "is compared with no other viewpoint, so what sets those apart need not set them apart from it."
            ),
        ),
        "bipolar-factor": (
            N_(
                "{factor} is bipolar: {who} defines it by the opposite view, with a negative loading. That enters its scores turned round, and "
                "which pole is called positive decides the distinguishing and consensus statements."
            ),
            N_(
                "{factor} is bipolar: {who} define it by the opposite view, with a negative loading. That enters its scores turned round, and which "
                "pole is called positive decides the distinguishing and consensus statements."
            ),
        ),
        "split-factor": (N_("{source} was bipolar and is split: {factor} is its negative pole, a viewpoint of its own ({who})."),),
        "defines-several": (
            N_(
                "One sort defines more than one factor and counts in the scores of each: {who}. What these factors share is in part what such a "
                "sort says twice."
            ),
            N_(
                "{n} sorts define more than one factor and count in the scores of each: {who}. What these factors share is in part what such a sort "
                "says twice."
            ),
        ),
        "machine-placed": (N_("Sorts wholly placed by the machine, for people who called all cards equal: {n} of {all} ({who})."),),
        "half-machine-placed": (N_("Sorts of which the machine placed half or more: {n} of {all} ({who})."),),
        "fast": (N_("Sorts made in less than 2 seconds a card: {n} of {all} ({who})."),),
        "one-pile": (N_("Sorts whose cards were all put on one pile in the first look: {n} of {all} ({who})."),),
        "unchanged-after-machine": (N_("Sorts in which nothing was changed after the machine had placed cards: {n} of {all} ({who})."),),
        "straight-line": (N_("Sorts whose cards lie in just the order in which they were shown: {n} of {all} ({who})."),),
        "one-column": (N_("Sorts whose cards all lie in one column: {n} of {all} ({who})."),),
        "many-factors": (N_("{k} factors of {n} sorts leave fewer than {fewest} sorts for each: a factor may then be one or two people's view."),),
        "whole-variance": (
            N_(
                "The factors hold all of the variance of the {n} sorts (100 %): they say what the sorts say in other words, and leave out nothing "
                "that is one person's own."
            ),
        ),
        "negative-left-out": (
            N_("{who} loads negatively on {factor}; left out of its scores."),
            N_("{who} load negatively on {factor}; left out of its scores."),
        ),
        "direction-tied": (
            N_(
                "{factors}: both directions have equal support, so which pole is positive was decided by the statements: the largest score is "
                "positive."
            ),
        ),
        "tied-scores": (
            N_("In {factor} statements {statements} have equal scores but not all fit in one column: the lower number took the higher place."),
        ),
        "not-converged": (
            N_("The {method} rotation had not settled; its loadings may still move."),
            N_("The {method} extraction had not settled after {n} cycles; its loadings may still move."),
        ),
        "local-optima": (
            N_(
                "{method} has {n} different local optima here; the best of those found in {starts} starts is used. Other programs, which start "
                "once, may show another one."
            ),
        ),
        "small-factor": (
            N_(
                "Before rotation the smallest of the {k} factors holds {size}, less than a single sort does (1 of {n}): it may be no viewpoint at "
                "all. Look at the solution with fewer factors too."
            ),
            N_(
                "Before rotation {few} of the {k} factors hold less than a single sort does (1 of {n}), namely {sizes}: they may be no viewpoint at "
                "all. Look at the solution with fewer factors too."
            ),
        ),
        "reflection-falls-short": (
            N_(
                "Turning sorts round one by one, as R's qmethod and KADE do, would have reached only a part of the size that the centroid has here: "
                "{reached}. Such a program may show other factors."
            ),
        ),
        "constant-sorts": (
            N_("1 sort gives every statement the same value, so it correlates with nothing: {who}."),
            N_("{n} sorts give every statement the same value, so they correlate with nothing: {who}."),
        ),
        "extreme-sorts": (
            N_("1 sort uses only the extreme values {low} and {high}: {who}."),
            N_("{n} sorts use only the extreme values {low} and {high}: {who}."),
        ),
        "two-value-sorts": (N_("1 sort uses only two values: {who}."), N_("{n} sorts use only two values: {who}.")),
        "missing-placements": (
            N_("Sorts that lack placements: {n} of {all} ({who}). Placements missing: {placements}. Statements that lack one: {statements}."),
        ),
        "statement-without-variance": (
            N_("1 statement has the same placement in every sort and tells nobody apart: {statements}."),
            N_("{n} statements have the same placement in every sort and tell nobody apart: {statements}."),
        ),
        "more-sorts-than-statements": (
            N_(
                "There are {n} sorts of {statements} statements. The correlations then have a rank of at most {rank}: no more factors can be told "
                "apart."
            ),
        ),
        "heywood": (
            N_("Heywood case: the communality of {who} stopped at its bound near 1. Try fewer factors or another extraction."),
            N_("Heywood case: the communality of {who} exceeds 1, which no real variance can. Try fewer factors or another extraction."),
        ),
        "loading-of-one": (
            N_("{who} loads 1 or nearly 1 on {factor}: the weight l / (1 - l^2) has no value there and was computed at {cap}."),
            N_("{who} load 1 or nearly 1 on {factor}: the weight l / (1 - l^2) has no value there and was computed at {cap}."),
        ),
        "equal-eigenvalues": (
            N_(
                "Eigenvalues {first} to {last} are equal, and the {k} factors kept end among them: which part of what they hold is kept was decided "
                "by the numbering of the statements. Keep {fewer} or {more} factors."
            ),
            N_("Eigenvalues {first} to {last} are equal: before rotation their axes are decided by the numbering of the statements."),
        ),
        "excluded": (N_("Left out of the analysis: {who} ({reasons})."),),
        "pairs-not-compared": (N_("With more than {most} sorts, near duplicates and mirror images are not searched for; there are {n}."),),
        "reflected-by-policy": (N_("{factor} was reflected after the rotations by hand; further angles still act on the axes as they were before."),),
        "left-out-by-hand": (N_("Left out, as you asked: {who}."), N_("Left out, as the researchers asked: {reasons}.")),
        "no-occasion": (N_("No occasion is known of these sorts, and they were left out: {who}."),),
        "not-compared": (N_("Not compared: {who}."),),
        "no-such-sort": (N_("The table of occasions names sorts that are not there: {who}."),),
        "two-wordings": (N_("Worded otherwise on the second occasion: {statements}. A change there may be one of wording."),),
        "similar-names": (N_("These names differ only in capitals or blanks; are they one participant? {names}."),),
    }
)
"""What `qmethod` may have noticed, by the code of the notice."""
WITHHELD = (
    N_("A notice of the kind “{code}”, whose words are not given here, to name nobody."),
    N_("A notice of the kind “{code}” ({n} sorts), whose words are not given here, to name nobody."),
)
"""What stands in an anonymous report for a notice of any code."""


def said(notice: Notice) -> str:
    """A notice as readers see it.

    Parameters
    ----------
    notice : Notice

    Returns
    -------
    str
        In English, and marked so, where it follows none of `TEMPLATES` or its template has no translation.
    """
    if language() == SOURCE:
        return notice.message
    for template, pattern in _patterns(notice.code):
        if (found := pattern.fullmatch(notice.message)) and (translated := _(template)) != template:
            return translated.format(**{name: _figure(_more(_both(value))) for name, value in found.groupdict().items()})
    return InLanguage(notice.message, SOURCE)


def _figure(value: str) -> str:
    """A figure, and those in brackets after pairs of sorts, with the decimal mark of the language that is being written; other words as they are."""
    if found := re.fullmatch(r"([−-]?)(\d{1,3}(?:,\d{3})*|\d+)(\.\d+)?", value):
        sign, whole, rest = found.groups(default="")
        many = number(int(whole.replace(",", "")), ",") if "," in whole else whole
        return f"{sign}{many}{rest and number(0.5)[1]}{rest[1:]}"
    return _AFTER_PAIR.sub(lambda found: f"({found[1]}{number(0.5)[1]}{found[2]})", value)


_AFTER_PAIR = re.compile(r"\((-?\d)\.(\d\d)\)(?=$|; | and [\d,]+ more$)")


def _both(value: str) -> str:
    """The factors that a sort defines, ``(f1 and f2)``, in the language that is being written."""
    return _SEVERAL.sub(lambda found: f"({joined(found[1].split(' and '))})", value)


_SEVERAL = re.compile(r"\((f\d+\S*(?: and f\d+\S*)+)\)")


def _more(value: str) -> str:
    """A list that ends in how many more there are."""
    found = re.fullmatch(r"(?P<first>.*) and (?P<n>[\d,]+) more", value, re.DOTALL)
    return _("{first} and {n} more", **found.groupdict()) if found else value


def advised(text: str) -> str:
    """A sentence of the method: in English, and marked so, where it has no translation.

    Parameters
    ----------
    text : str
    """
    translated = _(text) if text else text
    return InLanguage(text, SOURCE) if translated == text and language() != SOURCE else translated


@cache
def _patterns(code: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((template, _pattern(template)) for template in (*TEMPLATES.get(code, ()), *WITHHELD))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.DOTALL)
