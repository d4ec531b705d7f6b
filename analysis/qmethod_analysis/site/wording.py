"""What a study found, in sentences for readers who never heard of Q methodology. Groups of one or two stay hidden."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from qmethod.resampling.bootstrap import Bootstrap
from qmethod.simulation import simulated_names
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.background import Asked
from qmethod_analysis.interpretation.crib_sheet import CHANCE, Reading
from qmethod_analysis.site.ground import rows
from qmethod_analysis.words.labels import place
from qmethod_analysis.words.narrative import joined, no_viewpoints
from qmethod_analysis.words.placing import placing
from qmethod_analysis.words.sureness import reason, verdict

SMALLEST = 3
"""No answer of fewer people than this is shown, and a viewpoint of fewer is a hint."""
MOST_TRAITS = 5
_NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight", 9: "Nine"}


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a viewpoint is: a word or two, whether it is established, and sentences."""

    verdict: str
    steady: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer and how many people gave it, in words."""

    answer: str
    people: str


@dataclass(frozen=True, slots=True)
class Answers:
    """A question about the people who took part, with its answers."""

    question: str
    answers: tuple[Counted, ...]


def simulated(loaded: Loaded) -> int:
    """How many of the sorts a computer drew."""
    return len(simulated_names(loaded.solution.data.participants))


def banner(loaded: Loaded) -> str:
    """What must stand on every page where sorts are simulated; empty where none is."""
    n, of = simulated(loaded), loaded.solution.data.n_sorts
    if not n:
        return ""
    if n == of:
        return "Simulated: drawn by a computer, nobody holds these views."
    return f"In part simulated: {n} of the {of} sorts were drawn by a computer, and nobody holds the views they show."


def people(loaded: Loaded, n: int | None = None) -> str:
    """``435 people``, ``40 simulated people``."""
    of = loaded.solution.data.n_sorts
    number = of if n is None else n
    kind = "simulated " if simulated(loaded) == of else ""
    return f"{number} {kind}{'person' if number == 1 else 'people'}"


def of_all(loaded: Loaded, n: int) -> str:
    """``281 of 435 people``, ``All 40 simulated people``."""
    of = loaded.solution.data.n_sorts
    return f"All {people(loaded)}" if n == of else f"{n} of {people(loaded)}"


def asked(loaded: Loaded) -> str:
    """What people did, in two sentences."""
    data, study, language = loaded.solution.data, loaded.background.study, loaded.background.language
    if study is None:
        ends = "from least to most like their own view"
    else:
        ends = f"from “{study.scale.low.in_(language)}” to “{study.scale.high.in_(language)}”"
    return f"{people(loaded)} read {data.n_statements} statements and laid them out in order, {ends}."


def outcome(loaded: Loaded, shown: Sequence[int]) -> tuple[str, ...]:
    """What came out, in a paragraph; a statement leads to its row."""
    solution = loaded.solution
    holders = int(np.asarray(solution.flags)[:, list(shown)].any(axis=1).sum())
    came = "One viewpoint" if len(shown) == 1 else f"{_NUMBERS.get(len(shown), len(shown))} different viewpoints"
    line = "it" if len(shown) == 1 else "one of them"
    others = "" if holders == solution.data.n_sorts else "; the others hold a mixture, or a view of their own"
    sentences = [f"{came} came out of it. {of_all(loaded, holders)} sorted the statements clearly in line with {line}{others}."]
    asked = [one.title for one in loaded.asked if one.differs and one.origin == "opposition"]
    if asked:
        sentences.append(f"They differ on {'this question' if len(asked) == 1 else 'these questions'}: {' '.join(asked)}")
    elif loaded.interpretation.divides:
        widest = loaded.interpretation.divides[0].statement
        if text := solution.data.texts[widest]:
            sentences.append(Markup('They stand furthest apart on this one: “<a href="{}">{}</a>”').format(rows(solution)[widest], text))
    return tuple(sentences)


def looked_for(loaded: Loaded, shown: Sequence[int]) -> str:
    """How many viewpoints the researchers looked for, and why it is not that many which came out."""
    solution = loaded.solution
    said = f"Here they looked for {_NUMBERS.get(solution.n_factors, str(solution.n_factors)).lower() if solution.n_factors > 1 else 'one'}"
    silent = "; ".join(no_viewpoints(solution))
    why = [f"for the rest nobody’s order stands: {silent}"] if silent else []
    if len(solution.labels) > solution.n_factors:
        why.append("where some hold the opposite of what others hold, that counts as two")
    return f"{said}, and {counted(len(shown), 'viewpoint')} came out ({'; '.join(why)})." if why else f"{said}."


def holders(loaded: Loaded, f: int) -> tuple[str, ...]:
    """How many people hold a viewpoint, and how many its opposite."""
    negative = int(loaded.solution.n_negative[f])
    plain = int(loaded.solution.characteristics.n_defining[f]) - negative
    if not plain:
        return (f"Nobody holds it as it stands here: {people(loaded, negative)} hold its opposite.",)
    said = [f"{of_all(loaded, plain)} sorted the statements clearly in line with it."]
    if negative:
        said.append(f"{people(loaded, negative)} {'holds' if negative == 1 else 'hold'} its opposite.")
    return tuple(said)


def traits(reading: Reading) -> tuple[str, ...]:
    """Which answers its holders gave more often, or less often, than the others; with numbers where no small group can be worked out from them."""
    said = []
    for one in reading.traits:
        if one.corrected > CHANCE or max(one.n_here, one.n_rest) < SMALLEST:
            continue
        more = one.n_here * one.of_rest >= one.n_rest * one.of_here
        groups = (one.n_here, one.of_here - one.n_here, one.n_rest, one.of_rest - one.n_rest)
        figures = f": {one.n_here} of {one.of_here}, against {one.n_rest} of {one.of_rest} of the others." if min(groups) >= SMALLEST else "."
        said.append(f"They {'more' if more else 'less'} often answered “{one.answer}” to “{one.question}”{figures}")
    return tuple(said[:MOST_TRAITS])


def sureness(loaded: Loaded, f: int) -> Sureness:
    """How sure a viewpoint is, in the same words as the report."""
    solution, found = loaded.solution, loaded.found
    n = int(solution.characteristics.n_defining[f])
    judged = verdict(solution, f)
    rests = [f"It rests on {people(loaded, n)}{': take it as a hint, no more' if n < SMALLEST else ''}.", reason(solution, f)]
    if judged == "uncertain":
        rests.append("Take it as a suggestion.")
    if found is not None:
        same, similar = float(found.replication.equal[f]), float(found.replication.fair[f])
        rests.append(
            f"The people who took part were drawn anew {found.n_replicates} times, some of them twice and some not at all. "
            f"The same viewpoint came back {_times(same)}{f', the same or a similar one {_times(similar)}' if similar > same else ''}."
        )
    return Sureness(judged if judged != "not examined" else "how sure it is was not examined", judged == "established", tuple(rests))


def _times(share: float) -> str:
    """``in 97 of 100 repetitions``; all and none only where it was all or none."""
    whole = round(100 * share)
    if share >= 1 or share <= 0:
        return "every time" if share >= 1 else "never"
    return f"in {'more than 99' if whole == 100 else 'fewer than 1' if whole == 0 else whole} of 100"


def nearest(solution: QSolution, f: int, names: Sequence[str]) -> str:
    """Which other viewpoint is nearest, and how near; empty where there is no other."""
    row = solution.factor_correlations[f]
    others = [g for g in range(len(row)) if g != f and not math.isnan(row[g])]
    if not others:
        return ""
    g = max(others, key=lambda g: (row[g], -g))
    r = float(row[g])
    if r <= -0.2:
        return f"It stands against {names[g]}: what one places high, the other tends to place low." + (
            " It is opposed to every other viewpoint." if len(others) > 1 else ""
        )
    much = "much" if r >= 0.5 else "something" if r >= 0.2 else "little"
    return f"Of the other viewpoints {names[g]} is nearest; the two have {much} in common."


def between(solution: QSolution, found: Bootstrap | None, statement: int, f: int) -> str:
    """Between which places a statement truly stands, in words; empty where that is not known."""
    ends = placing(solution, found)
    if ends is None:
        return ""
    low, high = float(ends.low[statement, f]), float(ends.high[statement, f])
    if math.isnan(low) or math.isnan(high):
        return ""
    one, share = low == high, round(100 * ends.level)
    where = place(solution, low) if one else f"between {place(solution, low)} and {place(solution, high)}"
    if ends.repeated:
        return f"Its place {'was' if one else 'lay'} {where} in {'at least ' * one}{share} of 100 repetitions."
    return f"With a probability of {share} % or more its true place is {where}."


def answers(asked: Asked, n: int) -> Answers | None:
    """How people answered a question, answers of one or two people put together; None where too little can be shown."""
    if asked.kind != "choice" or not asked.answers:
        return None
    given = [value for value in asked.answers.values() if isinstance(value, tuple)]
    single = all(len(value) <= 1 for value in given)
    counts = {option: sum(option in value for value in given) for option in asked.options}
    large = {option: number for option, number in counts.items() if number >= SMALLEST}
    rest = n - sum(large.values())
    while single and 0 < rest < SMALLEST and large:  # the rest of a total gives a small group away: the smallest large one goes with it
        smallest = min(large, key=lambda option: (large[option], option))
        rest += large.pop(smallest)
    if not large:
        return None
    rows = [Counted(option, str(number)) for option, number in large.items()]
    if single and rest:
        rows.append(Counted("another answer, or none", str(rest)))
    return Answers(asked.label, tuple(rows))


def summary(loaded: Loaded, shown: Sequence[int], names: Sequence[str]) -> str:
    """The study in three sentences, for the data package."""
    said = [banner(loaded), asked(loaded), f"The viewpoints found: {joined([names[f] for f in shown])}."]
    return " ".join(sentence for sentence in said if sentence)
