"""A first draft of each viewpoint in plain sentences, written from its figures: the researcher edits rather than writes.

Every claim about a statement cites it with its place, ``(s12: +4)``, and no sentence says more than its figures. A story is told by theme, it quotes
few statements in full, and what all viewpoints share is not told again for each of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qmethod.brief import brief
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.solution import QSolution
from qmethod_analysis.interpretation.crib_sheet import CHANCE, Interpretation, Reading
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.interpretation.passages import Claim, claims, field_of, sentence
from qmethod_analysis.interpretation.phrases import Words, compared, phrases, quoted
from qmethod_analysis.interpretation.questions import Question
from qmethod_analysis.interpretation.themes import Theme, by_side, from_middle
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import _, ngettext
from qmethod_analysis.words.narrative import decimal, sorts_counted, statements_counted, whole_percent
from qmethod_analysis.words.placing import placing
from qmethod_analysis.words.sureness import SAID, reason, verdict

LONGEST, SHORTEST = 250, 120
"""Words of a story."""
QUOTED = 4
"""Of so many words of a story at most one stands in quotation marks."""
THEMES = 3
"""That a story tells."""
TRAITS = 2
"""Answers of its holders that a story tells."""
WEAK, WEIGHT = frozenset({"unlike_above", "unlike_below", "highest", "lowest", "nearest"}), 3
"""Claims that others may share, and how many statements of theirs one of another claim outweighs."""
RELATED = 1.96
"""Times 1 / √n: a correlation over n statements that chance exceeds in one case of twenty."""
ENDED = ("?", "؟", "？", ".", "!", "…", ":")
_QUOTES = re.compile(r"“[^”]*”")


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


Passage = list[tuple[Sentence, Sentence]]
Paragraphs = tuple[tuple[Sentence, ...], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A viewpoint in words.

    Parameters
    ----------
    viewpoint : int
    name : str
    paragraphs : tuple of tuple of Sentence
        What it is, one for each theme, who holds it and how sure it is.
    """

    viewpoint: int
    name: str
    paragraphs: Paragraphs

    __repr__ = brief

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All of them, in their order."""
        return tuple(one for paragraph in self.paragraphs for one in paragraph)


def story(
    solution: QSolution,
    interpretation: Interpretation,
    names: Sequence[str],
    found: Bootstrap | None = None,
    themes: Sequence[Theme] = (),
    asked: Sequence[Question] = (),
) -> tuple[Told, ...]:
    """Every viewpoint in words.

    Parameters
    ----------
    solution : QSolution
    interpretation : Interpretation
    names : sequence of str
        What the viewpoints are called.
    found : Bootstrap, optional
    themes : sequence of Theme, optional
        By which to tell; without them by what a viewpoint places above the middle, below it and in it.
    asked : sequence of Question, optional
        Those that divide the viewpoints are told with the theme of most of their statements.

    Notes
    -----
    A story has between 120 and 250 words, as far as there is that much to say, and at most a quarter of them in quotation marks. It begins with what
    matters most on each theme and adds to that in turn while it fits. A statement that sets several viewpoints apart is quoted as particular to one.
    """
    words = phrases()
    lie = field_of(solution, interpretation)
    told = []
    for f, (name, reading) in enumerate(zip(names, interpretation.readings, strict=True)):
        if reading is None:
            kind = "cancel" if solution.characteristics.n_defining[f] else "nobody"
            told.append(Told(f, name, ((Sentence(kind, words[kind].format(name=name)),),)))
            continue
        fixed = _opening(solution, reading, names, words), _closing(solution, reading, found, words)
        passages = [(one, claims(solution, reading, one, lie, asked, names)) for one in themes or by_side(solution, f)]
        spoken = [_spoken(solution, f, *one, names, words) for one in _most_telling(passages)]
        who: Passage = [(said, said) for said in (Sentence(*_trait(one, words)) for one in reading.traits if one.corrected <= CHANCE)][:TRAITS]
        paragraphs = _fitting(fixed, [*spoken, who])
        if _length(paragraphs) < SHORTEST:
            ends = [Claim(kind, (one[0].statement,)) for kind, one in (("highest", reading.highest), ("lowest", reading.lowest))]
            told_already = {i for _, those in passages for claim in those for i in claim.statements}
            ends = [one for one in ends if not told_already & set(one.statements)]
            surely = [(one, one) for one in _surely(solution, f, words)]
            paragraphs = _fitting(fixed, [_spoken(solution, f, Theme("", ()), ends, names, words), *spoken, who, surely])
        told.append(Told(f, name, paragraphs))
    return tuple(told)


def _most_telling(passages: Sequence[tuple[Theme, tuple[Claim, ...]]]) -> list[tuple[Theme, tuple[Claim, ...]]]:
    """The themes on which there is most to say, in their own order: where the viewpoint stands alone or answers a question before all others."""
    weight = [sum(len(one.statements) * (1 if one.kind in WEAK else WEIGHT) for one in those) for _, those in passages]
    first = sorted(range(len(passages)), key=lambda n: (-weight[n], n))[:THEMES]
    return [passages[n] for n in sorted(first) if weight[n]]


def _spoken(solution: QSolution, f: int, theme: Theme, those: Sequence[Claim], names: Sequence[str], words: Words) -> Passage:
    """The claims of a theme in words, each as it reads at the head of its paragraph, with the theme, and further down."""
    head = theme.name and words["theme_ended" if theme.name.endswith(ENDED) else "theme"].format(theme=theme.name) + " "
    return [
        (
            Sentence(one.kind, head + sentence(solution, f, one, names, words, first=True)),
            Sentence(one.kind, sentence(solution, f, one, names, words)),
        )
        for one in those
    ]


def _fitting(fixed: tuple[list[Sentence], list[Sentence]], passages: Sequence[Passage]) -> Paragraphs:
    """Beginning, passages and end as paragraphs, of every passage as much as fits, in rounds."""
    kept: list[list[int]] = [[] for _ in passages]
    waiting = [(n, i) for i in range(max(map(len, passages), default=0)) for n, passage in enumerate(passages) if i < len(passage)]
    told = _laid(fixed, passages, kept)
    while waiting:
        for n, i in waiting:
            more = [sorted([*mine, i]) if m == n else mine for m, mine in enumerate(kept)]
            trial = _laid(fixed, passages, more)
            if _fits(trial):
                kept, told = more, trial
                waiting.remove((n, i))
                break
        else:
            break
    return told


def _laid(fixed: tuple[list[Sentence], list[Sentence]], passages: Sequence[Passage], kept: Sequence[Sequence[int]]) -> Paragraphs:
    """The paragraphs that the kept sentences make."""
    middle = [[passage[i][0 if not n else 1] for n, i in enumerate(mine)] for passage, mine in zip(passages, kept, strict=True)]
    return tuple(tuple(one) for one in (fixed[0], *middle, fixed[1]) if one)


def _fits(told: Paragraphs) -> bool:
    text = " ".join(one.text for paragraph in told for one in paragraph)
    inside = sum(len(quote.split()) for quote in _QUOTES.findall(text))
    return len(text.split()) <= LONGEST and QUOTED * inside <= len(text.split())


def _length(told: Paragraphs) -> int:
    return sum(len(one.text.split()) for paragraph in told for one in paragraph)


def _opening(solution: QSolution, reading: Reading, names: Sequence[str], words: Words) -> list[Sentence]:
    """How many define it, and which viewpoint is nearest."""
    f, n, negative = reading.viewpoint, len(reading.definers), sum(one.negative for one in reading.definers)
    percent = decimal(solution.characteristics.explained_variance[f], 1)
    size = {"n": str(n), "all": sorts_counted(solution.data), "verb": ngettext("defines", "define", n), "name": names[f], "percent": f"{percent} %"}
    said = [("size", size)]
    if negative == n:
        said.append(("mirror", {}))
    elif negative:
        said.append(("opponent" if negative == 1 else "opponents", {"opponents": str(negative)}))
    said += _relation(solution, f, names)
    return [Sentence(kind, words[kind].format(**values)) for kind, values in said]


def _closing(solution: QSolution, reading: Reading, found: Bootstrap | None, words: Words) -> list[Sentence]:
    """How far it stands apart, and how sure it is."""
    f = reading.viewpoint
    said = _by_chance(solution, f, reading, words)
    judged = verdict(solution, f)
    if judged != "not examined":
        said.append(("sureness", {"verdict": _(SAID[judged]), "reason": reason(solution, f)}))
    elif found is None:
        said.append(("no_bootstrap", {}))
    if found is not None:
        again = found.replication
        share, median = whole_percent(float(again.equal[f])), decimal(float(again.median[f]))
        said.append(("replicated", {"n": str(found.n_completed), "median": median, "share": share}))
    return [Sentence(kind, words[kind].format(**values)) for kind, values in said]


def _by_chance(solution: QSolution, f: int, reading: Reading, words: Words) -> list[tuple[str, dict[str, str]]]:
    """How many differences there are, and how many of them chance alone would give."""
    n, expected = len(reading.distinguishing), float(solution.contrasts.expected_false[f])
    if not math.isnan(expected):
        whole = compared(solution, f) == "all"
        others = {"others": words[("every_other" if len(defined(solution)) > 2 else "the_other") if whole else "every_compared"]}
        if not n:
            return [("none_apart", others)]
        return [("by_chance", {"n": statements_counted(n), "expected": decimal(math.ceil(10 * expected) / 10, 1), **others})]
    if n and solution.calibration is not None and solution.policies.contrast_errors == "normal":
        return [("by_rule", {"n": statements_counted(n), "m": str(sum(bool(one.sure) for one in reading.distinguishing))})]
    return []


def _surely(solution: QSolution, f: int, words: Words) -> list[Sentence]:
    """On which side of the middle how many statements surely stand."""
    ends, column = placing(solution, None), from_middle(solution)[:, f]
    outside = int((column != 0).sum())
    if ends is None or not outside:
        return []
    middle = (solution.scores.grid.values[0] + solution.scores.grid.values[-1]) / 2
    sure = int((((column > 0) & (ends.low[:, f] > middle)) | ((column < 0) & (ends.high[:, f] < middle))).sum())
    figures = {"n": statements_counted(outside), "m": str(sure), "stand": ngettext("stands", "stand", sure), "level": decimal(ends.level)}
    kind = "sides_unknown" if np.isnan(ends.low[:, f]).any() else "sides" if sure else "sides_none"
    return [Sentence("sides", words[kind].format(**figures))]


def _trait(one: Trait, words: Words) -> tuple[str, str]:
    kind = "trait" if one.n_here * one.of_rest >= one.n_rest * one.of_here else "trait_less"
    figures = {key: str(getattr(one, key)) for key in ("n_here", "of_here", "n_rest", "of_rest")}
    return kind, words[kind].format(answer=one.answer, question=one.question, **figures)


def _relation(solution: QSolution, f: int, names: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    row = solution.factor_correlations[f]
    others = [g for g in range(len(row)) if g != f and not math.isnan(row[g])]
    if not others:
        return []
    nearest = max(others, key=lambda g: (abs(row[g]), -g))
    kind = "related" if row[nearest] >= 0 else "opposed" if -row[nearest] > RELATED / math.sqrt(solution.data.n_statements) else "unrelated"
    return [(kind, {"other": names[nearest], "r": decimal(row[nearest])})]


def drafted_gist(solution: QSolution, reading: Reading) -> str:
    """A viewpoint in one line: what it places highest and lowest.

    Parameters
    ----------
    solution : QSolution
    reading : Reading
    """
    words = phrases()
    high, low = reading.highest[0].statement, reading.lowest[0].statement
    return words["gist"].format(high=quoted(solution, high, reading.viewpoint), low=quoted(solution, low, reading.viewpoint))


def drafted_high(solution: QSolution, reading: Reading) -> str:
    """The first half of `drafted_gist`: what a viewpoint places highest.

    Parameters
    ----------
    solution : QSolution
    reading : Reading
    """
    return phrases()["gist_high"].format(high=quoted(solution, reading.highest[0].statement, reading.viewpoint))
