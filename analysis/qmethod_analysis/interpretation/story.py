"""A first draft of each viewpoint in plain sentences, written from its figures: the researcher edits rather than writes.

Every claim about a statement cites it with its place, ``(s12: +4)``, and no sentence says more than its figures: what resamples do not bear out is
said to be unsure. The wording stands in one catalogue by language.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from qmethod.brief import brief
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.interpretation.crib_sheet import CHANCE, Interpretation, Placed, Reading
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.narrative import decimal, found_alike, joined, reference
from qmethod_analysis.words.sureness import reason, verdict

MOST = 5
"""Statements that one sentence names; the crib sheet has the rest."""

ENGLISH = MappingProxyType(
    {
        "nobody": "No sort defines {name}: it is no viewpoint, and nothing can be said about it.",
        "cancel": "The sorts that define {name} cancel each other out: it is no viewpoint, and nothing can be said about it.",
        "size": "{sorts} {verb} {name}, which explains {percent} % of the variance between sorts.",
        "opponent": "1 of these is an opponent, who holds the opposite of what is written here.",
        "opponents": "{opponents} of these are opponents, who hold the opposite of what is written here.",
        "mirror": "All of these sorts load negatively: what is written here is the opposite of what they hold.",
        "highest": "Most like this view {are} {items}.",
        "lowest": "Least like it {are} {items}.",
        "higher": "It places higher than {others} {items}.",
        "lower": "It places lower than {others} {items}.",
        "neutral": "In the middle it leaves {items}.",
        "apart": "It also differs from {others} on {items}.",
        "unsure": "Less sure, since chance alone may give as much: {items}.",
        "by_chance": "On {n} it differs from {others}; at most {expected} of these are to be expected by chance alone.",
        "none_apart": "On no statement does it differ from {others} by more than chance gives.",
        "by_rule": "The rule of this analysis marks {n} as setting it apart; on {m} of them the difference is more than chance gives.",
        "more": "{listed} and {more} more",
        "elsewhere_lower": "elsewhere at most {other}",
        "elsewhere_higher": "elsewhere at least {other}",
        "elsewhere": "elsewhere {other}",
        "every_other": "every other viewpoint",
        "every_compared": "every viewpoint it could be compared with",
        "the_other": "the other viewpoint",
        "there": "{name}: {other}",
        "trait": "More often than others they answered “{answer}” to “{question}”: {n_here} of {of_here}, against {n_rest} of {of_rest}.",
        "trait_less": "Less often than others they answered “{answer}” to “{question}”: {n_here} of {of_here}, against {n_rest} of {of_rest}.",
        "related": "The viewpoint closest to it is {other} (r = {r} between their z-scores).",
        "opposed": "The viewpoint most clearly related to it, as its opposite, is {other} (r = {r} between their z-scores).",
        "sureness": "It is {verdict}. {reason}",
        "replicated": "When participants were drawn anew {n} times, it came back with a median φ of {median}, in {share} % of them at least .95.",
        "proposed": "It resembles the description “{described}” (φ = {phi}; {whoever} would exceed {chance} in one case of twenty).",
        "sharing": "viewpoints of people who share only what all the descriptions share",
        "unrelated": "viewpoints in which the statements lie at random",
        "best_of": "the best of {n} {whoever}",
        "circular": "Sorts here are simulated. If they were drawn from such descriptions, the likeness is circular and tells of nobody.",
        "contradicts": "Unlike that one it places {items}.",
        "no_bootstrap": "Whether other people would have given it was not asked: no bootstrap was run.",
        "gist": "Most like it: {high}. Least like it: {low}.",
        "gist_high": "Most like it: {high}.",
        "consensus": "No difference between viewpoints was found on {items}.",
        "alike": "All viewpoints were shown to be alike on {items}.",
        "divides": "They part most over {items}.",
        "tags": "By theme they part most over {tag}: mean z-scores {means}.",
        "tags_chance": "Themes do not part the viewpoints more than chance would (p = {p}).",
        "tags_beyond": "Themes part the viewpoints more than chance would (p = {p}).",
    }
)
CATALOGUE = MappingProxyType({"en": ENGLISH})
"""The wording by language."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and what kind of claim it makes, a key of the catalogue.

    Parameters
    ----------
    kind, text : str
    """

    kind: str
    text: str

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Told:
    """A viewpoint in words.

    Parameters
    ----------
    viewpoint : int
    name : str
    sentences : tuple of Sentence
    """

    viewpoint: int
    name: str
    sentences: tuple[Sentence, ...]

    __repr__ = brief


def story(
    solution: QSolution, interpretation: Interpretation, names: Sequence[str], found: Bootstrap | None = None, language: str = "en"
) -> tuple[Told, ...]:
    """Every viewpoint in words.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
    names : sequence of str
        What the viewpoints are called.
    found : Bootstrap, optional
    language : str, default "en"
        Of the catalogue.
    """
    words = CATALOGUE[language]
    told = []
    for f, (name, reading) in enumerate(zip(names, interpretation.readings, strict=True)):
        if reading is None:
            kind = "cancel" if solution.characteristics.n_defining[f] else "nobody"
            told.append(Told(f, name, (Sentence(kind, words[kind].format(name=name)),)))
            continue
        sentences = [Sentence(kind, words[kind].format(**values)) for kind, values in _claims(solution, reading, names, found, words)]
        told.append(Told(f, name, tuple(sentences)))
    return tuple(told)


def _claims(
    solution: QSolution, reading: Reading, names: Sequence[str], found: Bootstrap | None, words: MappingProxyType[str, str]
) -> list[tuple[str, dict[str, str]]]:
    f, c = reading.viewpoint, solution.characteristics
    n, negative = len(reading.definers), sum(one.negative for one in reading.definers)
    size = {"sorts": counted(n, "Q sort"), "verb": "defines" if n == 1 else "define", "name": names[f]}
    claims = [("size", {**size, "percent": decimal(c.explained_variance[f], 1)})]
    if negative == n:
        claims.append(("mirror", {}))
    elif negative:
        claims.append(("opponent" if negative == 1 else "opponents", {"opponents": str(negative)}))
    for kind in ("highest", "lowest"):
        ends = [quoted(solution, one.statement, f) for one in getattr(reading, kind)]
        claims.append((kind, {"are": "is" if len(ends) == 1 else "are", "items": _listed(ends, words)}))
    unsure: list[str] = []
    if reading.highest[0].nearest >= 0:  # there is another viewpoint to differ from
        said = {one.statement for one in (*reading.highest, *reading.lowest)}
        for kind, elsewhere in (("higher", "elsewhere_lower"), ("lower", "elsewhere_higher")):
            mine = getattr(reading, kind)
            claims += _stated(solution, kind, [_beside(solution, one, f, elsewhere, words) for one in mine if one.sure], words)
            unsure += [_beside(solution, one, f, elsewhere, words) for one in mine if not one.sure]
            said |= {one.statement for one in mine}
        far = [one for one in reading.neutral if one.sure and _steps(solution, one.statement, f, max) > 1]
        claims += _stated(solution, "neutral", [_others(solution, one, f, names, words) for one in far], words)
        said |= {one.statement for one in far}
        # Where only z-scores differ and places do not, the table of distinguishing statements says so better than a sentence.
        apart = [one for one in reading.distinguishing if one.statement not in said and one.sure]
        apart = [one for one in apart if _steps(solution, one.statement, f, min) > 0]
        claims += _stated(solution, "apart", [_others(solution, one, f, names, words) for one in apart], words)
        claims += _by_chance(solution, f, reading, words)
    if unsure:
        claims.append(("unsure", {"items": _listed(unsure, words)}))
    claims += [_trait(one) for one in reading.traits if one.corrected <= CHANCE][:MOST]
    claims += _relation(solution, f, names)
    if reading.proposed is not None:
        one = reading.proposed
        whoever = words["sharing" if one.common else "unrelated"]
        whoever = words["best_of"].format(n=one.among, whoever=whoever) if one.among > 1 else whoever
        claims.append(("proposed", {"described": one.name, "phi": decimal(one.phi), "whoever": whoever, "chance": decimal(one.chance_95)}))
        if one.simulated:
            claims.append(("circular", {}))
        if one.contradict:
            claims.append(("contradicts", {"items": _listed([quoted(solution, i, f) for i in one.contradict], words)}))
    judged = verdict(solution, f)
    if judged != "not examined":
        claims.append(("sureness", {"verdict": judged, "reason": reason(solution, f)}))
    elif found is None:
        claims.append(("no_bootstrap", {}))
    if found is not None:
        again = found.replication
        share, median = decimal(100 * float(again.equal[f]), 0), decimal(float(again.median[f]))
        claims.append(("replicated", {"n": str(found.n_replicates), "median": median, "share": share}))
    return claims


def _by_chance(solution: QSolution, f: int, reading: Reading, words: MappingProxyType[str, str]) -> list[tuple[str, dict[str, str]]]:
    """How many differences there are, and how many of them chance alone would give."""
    n, expected = len(reading.distinguishing), float(solution.contrasts.expected_false[f])
    if not math.isnan(expected):
        shown = defined(solution)
        whole = all(math.isfinite(solution.contrasts.sed[f, g]) for g in shown)
        others = {"others": words[("every_other" if len(shown) > 2 else "the_other") if whole else "every_compared"]}
        if not n:
            return [("none_apart", others)]
        return [("by_chance", {"n": counted(n, "statement"), "expected": decimal(math.ceil(10 * expected) / 10, 1), **others})]
    if n and solution.calibration is not None and solution.policies.contrast_errors == "normal":
        return [("by_rule", {"n": counted(n, "statement"), "m": str(sum(bool(one.sure) for one in reading.distinguishing))})]
    return []


def _stated(solution: QSolution, kind: str, items: Sequence[str], words: MappingProxyType[str, str]) -> list[tuple[str, dict[str, str]]]:
    if not items:
        return []
    return [(kind, {"items": _listed(items, words), "others": words["every_other" if len(defined(solution)) > 2 else "the_other"]})]


def _steps(solution: QSolution, statement: int, f: int, which: Callable[[Iterable[int]], int]) -> int:
    """How many columns lie between a statement's place in one viewpoint and in the others: the most, or the fewest."""
    values, row = solution.scores.grid.values, solution.scores.arrays[statement].tolist()
    columns = [values.index(value) if value == value else None for value in row]
    return which(abs(column - (columns[f] or 0)) for g, column in enumerate(columns) if g != f and column is not None)


def quoted(solution: QSolution, statement: int, f: int) -> str:
    """A statement as a text cites it: ``“Plans change.” (s12: +4)``, without the wording where that is not known."""
    text = solution.data.texts[statement]
    return f"“{text}” {reference(solution, statement, f)}" if text else reference(solution, statement, f)


def _beside(solution: QSolution, one: Placed, f: int, key: str, words: MappingProxyType[str, str]) -> str:
    """A statement with the nearest place that another viewpoint gives it."""
    others = [value for g, value in enumerate(solution.scores.arrays[one.statement]) if g != f and not math.isnan(value)]
    other = max(others) if key == "elsewhere_lower" else min(others)
    said = words[key if len(others) > 1 else "elsewhere"].format(other=place(solution, other))
    return f"{quoted(solution, one.statement, f).removesuffix(')')}; {said})"


def _others(solution: QSolution, one: Placed, f: int, names: Sequence[str], words: MappingProxyType[str, str]) -> str:
    """A statement with the place of every other viewpoint."""
    row = solution.scores.arrays[one.statement]
    others = [words["there"].format(name=names[g], other=place(solution, row[g])) for g in range(len(row)) if g != f and not math.isnan(row[g])]
    return f"{quoted(solution, one.statement, f).removesuffix(')')}; {', '.join(others)})"


def _listed(items: Sequence[str], words: MappingProxyType[str, str]) -> str:
    """Up to `MOST` of them, and how many more there are."""
    if len(items) <= MOST:
        return joined(items)
    return words["more"].format(listed=", ".join(items[:MOST]), more=len(items) - MOST)


def _trait(one: Trait) -> tuple[str, dict[str, str]]:
    more = one.n_here * one.of_rest >= one.n_rest * one.of_here
    figures = {key: str(getattr(one, key)) for key in ("n_here", "of_here", "n_rest", "of_rest")}
    return "trait" if more else "trait_less", {"answer": one.answer, "question": one.question, **figures}


def _relation(solution: QSolution, f: int, names: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    row = solution.factor_correlations[f]
    others = [g for g in range(len(row)) if g != f and not math.isnan(row[g])]
    if not others:
        return []
    nearest = max(others, key=lambda g: (abs(row[g]), -g))
    return [("related" if row[nearest] >= 0 else "opposed", {"other": names[nearest], "r": decimal(row[nearest])})]


def drafted_gist(solution: QSolution, reading: Reading, language: str = "en") -> str:
    """A viewpoint in one line: what it places highest and lowest.

    Parameters
    ----------
    solution : QSolution
    reading : Reading
    language : str, default "en"
    """
    words = CATALOGUE[language]
    high, low = reading.highest[0].statement, reading.lowest[0].statement
    return words["gist"].format(high=quoted(solution, high, reading.viewpoint), low=quoted(solution, low, reading.viewpoint))


def drafted_high(solution: QSolution, reading: Reading, language: str = "en") -> str:
    """The first half of `drafted_gist`: what a viewpoint places highest.

    Parameters
    ----------
    solution : QSolution
    reading : Reading
    language : str, default "en"
    """
    return CATALOGUE[language]["gist_high"].format(high=quoted(solution, reading.highest[0].statement, reading.viewpoint))


def shared(solution: QSolution, interpretation: Interpretation, language: str = "en") -> tuple[Sentence, ...]:
    """What all viewpoints place alike, in words.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
    language : str, default "en"
    """
    words = CATALOGUE[language]
    if not interpretation.divides:
        return ()
    if not interpretation.consensus:
        return (Sentence("consensus_none", found_alike(solution, 0)),)
    items = [_spread(solution, i) for i in interpretation.consensus]
    kind = "alike" if solution.policies.consensus_rule == "equivalent" else "consensus"
    return (Sentence(kind, words[kind].format(items=_listed(items, words))),)


def parting(solution: QSolution, interpretation: Interpretation, names: Sequence[str], language: str = "en") -> tuple[Sentence, ...]:
    """Where viewpoints part, in words.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
    names : sequence of str
    language : str, default "en"
    """
    words = CATALOGUE[language]
    if not interpretation.divides:
        return ()
    items = []
    for one in interpretation.divides[:MOST]:
        array = solution.scores.arrays[one.statement]
        ends = ", ".join(f"{names[g]}: {place(solution, array[g])}" for g in (one.highest, one.lowest))
        text = solution.data.texts[one.statement]
        label = solution.data.statements[one.statement]
        items.append(f"“{text}” ({label}; {ends})" if text else f"({label}; {ends})")
    said = [Sentence("divides", words["divides"].format(items=joined(items)))]
    if interpretation.tags:
        widest, p = interpretation.tags[0], interpretation.tags_p
        if p <= CHANCE:
            means = ", ".join(f"{name} {decimal(value)}" for name, value in zip(names, widest.means, strict=True) if not math.isnan(value))
            said.append(Sentence("tags_beyond", words["tags_beyond"].format(p=decimal(p, 3))))
            said.append(Sentence("tags", words["tags"].format(tag=widest.tag, means=means)))
        else:
            said.append(Sentence("tags_chance", words["tags_chance"].format(p=decimal(p, 3))))
    return tuple(said)


def _spread(solution: QSolution, statement: int) -> str:
    """A statement with its places in all viewpoints, in their order."""
    row = [place(solution, value) for value in solution.scores.arrays[statement] if not math.isnan(value)]
    text, label = solution.data.texts[statement], solution.data.statements[statement]
    return f"“{text}” ({label}: {', '.join(row)})" if text else f"({label}: {', '.join(row)})"
