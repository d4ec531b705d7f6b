"""What a study found, in sentences for readers who never heard of Q methodology. Groups of one or two stay hidden."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from qmethod.resampling.bootstrap import Bootstrap
from qmethod.simulation import simulated_names
from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.background import Asked
from qmethod_analysis.interpretation.crib_sheet import CHANCE, Reading
from qmethod_analysis.interpretation.phrases import compared
from qmethod_analysis.site.ground import rows
from qmethod_analysis.words.labels import place
from qmethod_analysis.words.language import N_, _, ngettext
from qmethod_analysis.words.narrative import joined, no_viewpoints, statements_counted
from qmethod_analysis.words.placing import placing
from qmethod_analysis.words.sureness import SAID, reason, verdict

SMALLEST = 3
"""No answer of fewer people than this is shown, and a viewpoint of fewer is a hint."""
MOST_TRAITS = 5
FEW_AT_ENDS = 5
"""Of so many cards at most one lies in the outermost column of either end, where few are said to fit there."""
_CAME = {
    2: N_("Two different viewpoints came out of it."),
    3: N_("Three different viewpoints came out of it."),
    4: N_("Four different viewpoints came out of it."),
    5: N_("Five different viewpoints came out of it."),
    6: N_("Six different viewpoints came out of it."),
    7: N_("Seven different viewpoints came out of it."),
    8: N_("Eight different viewpoints came out of it."),
    9: N_("Nine different viewpoints came out of it."),
}


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


def filled(text: str, **places: object) -> Markup:
    """A text whose places are filled with parts of a page, links for instance; everything else in it is text."""
    return escape(text).format(**places)


def simulated(loaded: Loaded) -> int:
    """How many of the sorts a computer drew."""
    return len(simulated_names(loaded.solution.data.participants))


def banner(loaded: Loaded) -> str:
    """What must stand on every page where sorts are simulated; empty where none is."""
    n, of = simulated(loaded), loaded.solution.data.n_sorts
    if not n:
        return ""
    if n == of:
        return _("Simulated: drawn by a computer, nobody holds these views.")
    return ngettext(
        "In part simulated: {n} of the {of} sorts was drawn by a computer, and nobody holds the view it shows.",
        "In part simulated: {n} of the {of} sorts were drawn by a computer, and nobody holds the views they show.",
        n,
        of=of,
    )


def people(loaded: Loaded, n: int | None = None) -> str:
    """``435 people``, ``40 simulated people``."""
    of = loaded.solution.data.n_sorts
    number = of if n is None else n
    if simulated(loaded) == of:
        return ngettext("{n} simulated person", "{n} simulated people", number)
    return ngettext("{n} person", "{n} people", number)


def of_all(loaded: Loaded, n: int) -> str:
    """``281 of 435 people``, ``All 40 simulated people``."""
    of = loaded.solution.data.n_sorts
    return _("All {people}", people=people(loaded)) if n == of else _("{n} of {people}", n=n, people=people(loaded))


def asked(loaded: Loaded) -> str:
    """What people did, in two sentences."""
    data, study, language = loaded.solution.data, loaded.background.study, loaded.background.language
    did = _("{people} read {statements} and laid them out in order", people=people(loaded), statements=statements_counted(data.n_statements))
    if study is None:
        return _("{did}, from least to most like their own view.", did=did)
    low, high = study.scale.low.in_(language), study.scale.high.in_(language)
    return _("{did}, from “{low}” to “{high}”.", did=did, low=low, high=high)


def columns(solution: QSolution) -> str:
    """How many cards the columns held, as far as the sorts show it: whether free sorts were asked for, or people strayed, they do not say."""
    counts, origin = solution.scores.grid.counts, solution.scores.grid_origin
    if origin == "median":
        return _("How many cards a column held was not the same for everybody.")
    if origin == "design":
        return _("How many cards each column should hold was laid down, and not everybody kept to it.")
    if FEW_AT_ENDS * max(counts[0], counts[-1]) <= sum(counts) and len(counts) > 2:
        return _("Only few cards fit at either end, so everybody had to say what matters most.")
    return _("Every column held the same number of cards for everybody.")


def outcome(loaded: Loaded, shown: Sequence[int]) -> tuple[str, ...]:
    """What came out, in a paragraph; a statement leads to its row."""
    solution, n = loaded.solution, len(shown)
    came = _("One viewpoint came out of it.") if n == 1 else _(_CAME[n]) if n in _CAME else _("{n} different viewpoints came out of it.", n=n)
    sentences = [came, *_held(loaded, shown)]
    asked = [one.title for one in loaded.asked if one.differs and one.origin == "opposition"]
    if asked:
        listed = " ".join(asked)
        sentences.append(
            _("They differ on this question: {questions}", questions=listed)
            if len(asked) == 1
            else _("They differ on these questions: {questions}", questions=listed)
        )
    elif loaded.interpretation.divides:
        widest = loaded.interpretation.divides[0].statement
        if text := solution.data.texts[widest]:
            link = Markup('<a href="{}">{}</a>').format(rows(solution)[widest], text)
            furthest = N_("They stand furthest apart on this one: “{statement}”")
            sentences.append(filled(_(furthest), statement=link))
    return tuple(sentences)


def _held(loaded: Loaded, shown: Sequence[int]) -> Iterator[str]:
    """How many people hold a viewpoint, how many hold the opposite of one and none, and what the others hold."""
    solution, one = loaded.solution, len(shown) == 1
    defines, along = solution.flags[:, list(shown)], solution.loadings[:, list(shown)] >= 0
    mine = (defines & along).any(axis=1)
    holders, opponents = int(mine.sum()), int((defines.any(axis=1) & ~mine).sum())
    alone, rest = not opponents, holders + opponents < solution.data.n_sorts
    held = {
        (True, False): N_("{holders} sorted the statements clearly in line with it."),
        (True, True): N_("{holders} sorted the statements clearly in line with it; the others hold a mixture, or a view of their own."),
        (False, False): N_("{holders} sorted the statements clearly in line with one of them."),
        (False, True): N_("{holders} sorted the statements clearly in line with one of them; the others hold a mixture, or a view of their own."),
    }[one, alone and rest]
    yield _(held, holders=of_all(loaded, holders))
    if alone:
        return
    who = people(loaded, opponents)
    if one:
        yield ngettext("{people} holds its opposite.", "{people} hold its opposite.", opponents, people=who)
    else:
        yield ngettext("{people} holds the opposite of one of them.", "{people} hold the opposite of one of them.", opponents, people=who)
    if rest:
        yield _("The others hold a mixture, or a view of their own.")


def looked_for(loaded: Loaded, shown: Sequence[int]) -> str:
    """How many viewpoints the researchers looked for, and why it is not that many which came out."""
    solution = loaded.solution
    n, silent = solution.n_factors, "; ".join(no_viewpoints(solution))
    why = [_("for the rest nobody’s order stands: {why}", why=silent)] if silent else []
    if len(solution.labels) > n:
        why.append(_("where some hold the opposite of what others hold, that counts as two"))
    if not why:
        return _("Here they looked for {wanted}.", wanted=n)
    return ngettext(
        "Here they looked for {wanted}, and {n} viewpoint came out ({why}).",
        "Here they looked for {wanted}, and {n} viewpoints came out ({why}).",
        len(shown),
        wanted=n,
        why="; ".join(why),
    )


def holders(loaded: Loaded, f: int) -> tuple[str, ...]:
    """How many people hold a viewpoint, and how many its opposite."""
    negative = int(loaded.solution.n_negative[f])
    plain = int(loaded.solution.characteristics.n_defining[f]) - negative
    if not plain:
        return (
            ngettext(
                "Nobody holds it as it stands here: {people} holds its opposite.",
                "Nobody holds it as it stands here: {people} hold its opposite.",
                negative,
                people=people(loaded, negative),
            ),
        )
    said = [_("{holders} sorted the statements clearly in line with it.", holders=of_all(loaded, plain))]
    if negative:
        said.append(ngettext("{people} holds its opposite.", "{people} hold its opposite.", negative, people=people(loaded, negative)))
    return tuple(said)


def traits(reading: Reading) -> tuple[str, ...]:
    """Which answers its holders gave more often, or less often, than the others; with numbers where no small group can be worked out from them."""
    said = []
    for one in reading.traits:
        if one.corrected > CHANCE or max(one.n_here, one.n_rest) < SMALLEST:
            continue
        more = one.n_here * one.of_rest >= one.n_rest * one.of_here
        groups = (one.n_here, one.of_here - one.n_here, one.n_rest, one.of_rest - one.n_rest)
        told = (
            _("They more often answered “{answer}” to “{question}”", answer=one.answer, question=one.question)
            if more
            else _("They less often answered “{answer}” to “{question}”", answer=one.answer, question=one.question)
        )
        figures = {"here": one.n_here, "of_here": one.of_here, "rest": one.n_rest, "of_rest": one.of_rest}
        said.append(
            _("{told}: {here} of {of_here}, against {rest} of {of_rest} of the others.", told=told, **figures)
            if min(groups) >= SMALLEST
            else f"{told}."
        )
    return tuple(said[:MOST_TRAITS])


def sureness(loaded: Loaded, f: int) -> Sureness:
    """How sure a viewpoint is, in the same words as the report."""
    solution, found = loaded.solution, loaded.found
    n = int(solution.characteristics.n_defining[f])
    judged = verdict(solution, f)
    resting = people(loaded, n)
    few = _("It rests on {people}: take it as a hint, no more.", people=resting)
    rests = [few if n < SMALLEST else _("It rests on {people}.", people=resting), reason(solution, f)]
    if judged == "uncertain":
        rests.append(_("Take it as a suggestion."))
    if found is not None:
        same, similar = float(found.replication.equal[f]), float(found.replication.fair[f])
        rests.append(
            ngettext(
                "The people who took part were drawn anew {n} time, some of them twice and some not at all.",
                "The people who took part were drawn anew {n} times, some of them twice and some not at all.",
                found.n_completed,
            )
        )
        rests.append(
            _("The same viewpoint came back {often}, the same or a similar one {similar}.", often=_times(same), similar=_times(similar))
            if similar > same
            else _("The same viewpoint came back {often}.", often=_times(same))
        )
    word = _(SAID[judged]) if judged != "not examined" else _("how sure it is was not examined")
    return Sureness(word, judged == "established", tuple(rests))


def _times(share: float) -> str:
    """``in 97 of 100 repetitions``; all and none only where it was all or none."""
    whole = round(100 * share)
    if share >= 1 or share <= 0:
        return _("every time") if share >= 1 else _("never")
    if whole in (0, 100):
        return _("in more than 99 of 100") if whole else _("in fewer than 1 of 100")
    return _("in {n} of 100", n=whole)


def nearest(solution: QSolution, f: int, names: Sequence[str]) -> str:
    """Which other viewpoint is nearest, and how near; empty where there is no other."""
    row = solution.factor_correlations[f]
    others = [g for g in range(len(row)) if g != f and not math.isnan(row[g])]
    if not others:
        return ""
    g = max(others, key=lambda g: (row[g], -g))
    r = float(row[g])
    if r <= -0.2:
        against = _("It stands against {name}: what one places high, the other tends to place low.", name=names[g])
        return " ".join((against, _("It is opposed to every other viewpoint."))) if len(others) > 1 else against
    near = (
        N_("Of the other viewpoints {name} is nearest; the two have much in common.")
        if r >= 0.5
        else N_("Of the other viewpoints {name} is nearest; the two have something in common.")
        if r >= 0.2
        else N_("Of the other viewpoints {name} is nearest; the two have little in common.")
    )
    return _(near, name=names[g])


def calibrated(solution: QSolution) -> bool:
    """Whether what sets a viewpoint apart is never less than what chance would give, measured in studies drawn from the solution."""
    p, drawn = solution.policies, solution.calibration is not None and solution.calibration.errors is not None
    return drawn and (p.contrast_errors, p.contrast_rule) == ("calibrated", "sed") and max(p.contrast_levels) <= 0.05


def apart(solution: QSolution, f: int, n: int, shown: int) -> str:
    """What stands above the statements that set a viewpoint apart: from whom, and on how many where not all are shown."""
    whom, some = compared(solution, f), n > shown
    if whom == "none":
        return _("It could be compared with no other viewpoint statement by statement.")
    if whom == "some":
        if not n:
            return _("No single statement sets it apart from every viewpoint it could be compared with.")
        if some:
            return _("It differs from every viewpoint it could be compared with on {statements}. The clearest:", statements=statements_counted(n))
        return ngettext(
            "It differs from every viewpoint it could be compared with on this statement:",
            "It differs from every viewpoint it could be compared with on these statements:",
            n,
        )
    if not n:
        return _("No single statement sets it apart from every other viewpoint: the difference lies in the whole order.")
    if some:
        return _("It differs from every other viewpoint on {statements}. The clearest:", statements=statements_counted(n))
    return ngettext("It differs from every other viewpoint on this statement:", "It differs from every other viewpoint on these statements:", n)


def between(solution: QSolution, found: Bootstrap | None, statement: int, f: int) -> str:
    """Between which places a statement truly stands, in words; empty where that is not known."""
    ends = placing(solution, found)
    if ends is None:
        return ""
    low, high = float(ends.low[statement, f]), float(ends.high[statement, f])
    if math.isnan(low) or math.isnan(high):
        return ""
    one, share = low == high, round(100 * ends.level)
    here = {"low": place(solution, low), "high": place(solution, high), "share": share}
    if ends.repeated:
        return (
            _("Its place was {low} in at least {share} of 100 repetitions.", low=here["low"], share=share)
            if one
            else _("Its place lay between {low} and {high} in {share} of 100 repetitions.", **here)
        )
    here["share"] = f"{share} %"
    if one:
        return _("With a probability of {share} or more its true place is {low}.", low=here["low"], share=here["share"])
    return _("With a probability of {share} or more its true place is between {low} and {high}.", **here)


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
        rows.append(Counted(_("another answer, or none"), str(rest)))
    return Answers(asked.label, tuple(rows))


def summary(loaded: Loaded, shown: Sequence[int], names: Sequence[str]) -> str:
    """The study in three sentences, for the data package."""
    said = [banner(loaded), asked(loaded), _("The viewpoints found: {names}.", names=joined([names[f] for f in shown]))]
    return " ".join(sentence for sentence in said if sentence)
