"""The wording of what is told of viewpoints, and how a text cites a statement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Literal

from qmethod.solution import QSolution
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import N_, _
from qmethod_analysis.words.narrative import in_a_row, joined, reference

Words = MappingProxyType[str, str]

ENGLISH: Words = MappingProxyType(
    {
        "nobody": N_("No sort defines {name}: it is no viewpoint, and nothing can be said about it."),
        "cancel": N_("The sorts that define {name} cancel each other out: it is no viewpoint, and nothing can be said about it."),
        "size": N_("{n} of {all} {verb} {name}, which explains {percent} of the variance between sorts."),
        "opponent": N_("1 of these is an opponent, who holds the opposite of what is written here."),
        "opponents": N_("{opponents} of these are opponents, who hold the opposite of what is written here."),
        "mirror": N_("All of these sorts load negatively: what is written here is the opposite of what they hold."),
        "by_chance": N_("On {n} it differs from {others}; at most {expected} of these are to be expected by chance alone."),
        "none_apart": N_("On no statement does it differ from {others} by more than chance gives."),
        "by_rule": N_("The rule of this analysis marks {n} as setting it apart; on {m} of them the difference is more than chance gives."),
        "related": N_("The viewpoint closest to it is {other} (r = {r} between their z-scores)."),
        "opposed": N_("The viewpoint most clearly related to it, as its opposite, is {other} (r = {r} between their z-scores)."),
        "unrelated": N_("No other viewpoint is clearly related to it: the largest r between their z-scores, in size, is {r}, with {other}."),
        "theme": N_("{theme}."),
        "theme_ended": N_("{theme}"),
        "answer": N_("{question} {It} answers: {answer} {cited}."),
        "answer_against": N_("{question} {It} answers: {answer} {cited}; {others} {verb}: {other_answer}."),
        "answer_with": N_("{question} Like {same}, {it} answers: {answer} {cited}."),
        "answer_with_against": N_("{question} Like {same}, {it} answers: {answer} {cited}; {others} {verb}: {other_answer}."),
        "alone_above": N_("{It} alone places {where} {items}."),
        "alone_below": N_("{It} alone places {where} {items}."),
        "alone_middle": N_("{It} alone leaves in the middle {items}."),
        "higher": N_("{It} places higher than {others} {items}."),
        "lower": N_("{It} places lower than {others} {items}."),
        "apart": N_("{It} differs from {others} on {items}."),
        "unlike_above": N_("Unlike {name} ({other}), {it} places {where} {items}."),
        "unlike_below": N_("Unlike {name} ({other}), {it} places {where} {items}."),
        "highest": N_("At the very top {it} has {items}."),
        "lowest": N_("At the very bottom {it} has {items}."),
        "nearest": N_("Over the {n} of this theme {it} lies nearest to {name} ({near} columns apart on average) and furthest from {other} ({far})."),
        "sides": N_(
            "Of the {n} that it places above or below the middle, {m} surely {stand} on that side: the places between which each truly lies, with a "
            "probability of {level}, do not reach the middle."
        ),
        "sides_none": N_(
            "Of none of the {n} that it places above or below the middle is it sure that it stands on that side: the places between which each truly "
            "lies, with a probability of {level}, reach the middle."
        ),
        "sides_unknown": N_(
            "Of the {n} that it places above or below the middle it is not known which of them truly stand on that side: between which places each "
            "of them truly lies could not be worked out for this viewpoint."
        ),
        "it": N_("it"),
        "this": N_("this view"),
        "top": N_("at the very top"),
        "above": N_("above the middle"),
        "below": N_("below the middle"),
        "bottom": N_("at the very bottom"),
        "elsewhere_lower": N_("elsewhere at most {other}"),
        "elsewhere_higher": N_("elsewhere at least {other}"),
        "elsewhere": N_("elsewhere {other}"),
        "every_other": N_("every other viewpoint"),
        "every_compared": N_("every viewpoint it could be compared with"),
        "the_other": N_("the other viewpoint"),
        "there": N_("{name}: {other}"),
        "trait": N_("More often than others they answered “{answer}” to “{question}”: {n_here} of {of_here}, against {n_rest} of {of_rest}."),
        "trait_less": N_("Less often than others they answered “{answer}” to “{question}”: {n_here} of {of_here}, against {n_rest} of {of_rest}."),
        "sureness": N_("It is {verdict}. {reason}"),
        "replicated": N_("When participants were drawn anew {n} times, it came back with a median φ of {median}, in {share} of them at least .95."),
        "no_bootstrap": N_("Whether other people would have given it was not asked: no bootstrap was run."),
        "circular": N_("Sorts here are simulated. If they were drawn from such descriptions, the likeness is circular and tells of nobody."),
        "gist": N_("Most like it: {high}. Least like it: {low}."),
        "gist_high": N_("Most like it: {high}."),
        "more": N_("{listed} and {more} more"),
        "consensus": N_("No difference between viewpoints was found on {items}."),
        "alike": N_("All viewpoints were shown to be alike on {items}."),
        "divides": N_("They part most over {items}."),
        "tags": N_("By theme they part most over {tag}: mean z-scores {means}."),
        "tags_chance": N_("Themes do not part the viewpoints more than chance would (p = {p})."),
        "tags_beyond": N_("Themes part the viewpoints more than chance would (p = {p})."),
    }
)
VIEW = frozenset(
    {
        *(f"answer{more}" for more in ("", "_with", "_against", "_with_against")),
        *("alone_above", "alone_below", "alone_middle", "higher", "lower", "apart", "unlike_above", "unlike_below"),
        *("highest", "lowest", "nearest"),
    }
)
"""Sentences on what a viewpoint holds; the others tell who holds it and how sure that is."""
MOST = 5
"""Statements that one sentence names; the tables have the rest."""


def phrases() -> Words:
    """The wording in the language that is being written."""
    return MappingProxyType({key: _(text) for key, text in ENGLISH.items()})


def compared(solution: QSolution, f: int) -> Literal["all", "some", "none"]:
    """With how many of the other viewpoints one could be compared statement by statement, by the rule of the analysis.

    Parameters
    ----------
    solution : QSolution
    f : int
    """
    known = [solution.policies.contrast_rule == "cohens-d" or math.isfinite(solution.contrasts.sed[f, g]) for g in defined(solution) if g != f]
    return "all" if all(known) else "some" if any(known) else "none"


def quoted(solution: QSolution, statement: int, f: int) -> str:
    """A statement as a text cites it: ``“Plans change.” (s12: +4)``, without the wording where that is not known."""
    text = solution.data.texts[statement]
    return f"“{text}” {reference(solution, statement, f)}" if text else reference(solution, statement, f)


def beside(solution: QSolution, statement: int, f: int, key: str, words: Words, *, wording: bool = True) -> str:
    """A statement with the nearest place that another viewpoint gives it.

    Parameters
    ----------
    solution : QSolution
    statement, f : int
    key : {'elsewhere_lower', 'elsewhere_higher'}
        Where the others stand.
    words : mapping of str to str
        The catalogue.
    wording : bool, default True
        Whether the statement is quoted, or told by its id alone.
    """
    others = [value for g, value in enumerate(solution.scores.arrays[statement]) if g != f and not math.isnan(value)]
    other = max(others) if key == "elsewhere_lower" else min(others)
    said = words[key if len(others) > 1 else "elsewhere"].format(other=place(solution, other))
    cited = quoted(solution, statement, f) if wording else reference(solution, statement, f)
    return f"{cited.removesuffix(')')}; {said})"


def with_others(solution: QSolution, statement: int, f: int, names: Sequence[str], words: Words, *, wording: bool = True) -> str:
    """A statement with the place of every other viewpoint; see `beside`."""
    row = solution.scores.arrays[statement]
    others = [words["there"].format(name=names[g], other=place(solution, row[g])) for g in range(len(row)) if g != f and not math.isnan(row[g])]
    cited = quoted(solution, statement, f) if wording else reference(solution, statement, f)
    return f"{cited.removesuffix(')')}; {in_a_row(others)})"


def first_of(items: Sequence[str], words: Words) -> str:
    """Up to `MOST` of them, and how many more there are."""
    if len(items) <= MOST:
        return joined(items)
    return words["more"].format(listed=", ".join(items[:MOST]), more=len(items) - MOST)
