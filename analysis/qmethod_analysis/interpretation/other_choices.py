"""What survives other choices, told: which viewpoints come back, on which choice that hangs, and what said of them still holds.

Every sentence is a count over the analyses. A viewpoint comes back in an analysis where one of its factors has a congruence of .85 or more with it. A
choice matters where changing it alone, all else the same, changes whether a viewpoint comes back. Analyses with fewer factors than the viewpoints
need are counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

from qmethod.brief import brief
from qmethod.matching.congruence import FAIR
from qmethod.matching.multiverse import SURVIVES, Choice, Conclusion, Multiverse, flag_rule, room
from qmethod_analysis.interpretation.findings import ALIKE, Kind
from qmethod_analysis.interpretation.survival import Effect, SharedPlace, effects, shared_places, survives
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import N_, _, ngettext, number
from qmethod_analysis.words.narrative import joined, percent, statements_counted

Telling = Literal["viewpoints", "viewpoint", "choices", "distinguishing", "common-ground", "consensus", "defining", "fewer", "failed", "own"]
CHOICES = {
    "n_factors": N_("the number of factors"),
    "extraction": N_("the extraction"),
    "rotation": N_("the rotation"),
    "flags": N_("the rule for defining sorts"),
}
Everyone = Literal["both", "all"]
"""All viewpoints, as two are told and as more are."""
ONE_SHARED: dict[tuple[Kind, Everyone], str] = {
    ("above", "both"): N_("The one statement that both viewpoints place above the middle ({statement}) stays so {where}."),
    ("above", "all"): N_("The one statement that all viewpoints place above the middle ({statement}) stays so {where}."),
    ("below", "both"): N_("The one statement that both viewpoints place below the middle ({statement}) stays so {where}."),
    ("below", "all"): N_("The one statement that all viewpoints place below the middle ({statement}) stays so {where}."),
    ("middle", "both"): N_("The one statement that both viewpoints leave in the middle ({statement}) stays so {where}."),
    ("middle", "all"): N_("The one statement that all viewpoints leave in the middle ({statement}) stays so {where}."),
    ("near", "both"): N_(
        "The one statement that both viewpoints place in the same column or in two neighbouring ones ({statement}) stays so {where}."
    ),
    ("near", "all"): N_("The one statement that all viewpoints place in the same column or in two neighbouring ones ({statement}) stays so {where}."),
}
SHARED: dict[tuple[Kind, Everyone], str] = {
    ("above", "both"): N_("Of {statements} that both viewpoints place above the middle, {bands}."),
    ("above", "all"): N_("Of {statements} that all viewpoints place above the middle, {bands}."),
    ("below", "both"): N_("Of {statements} that both viewpoints place below the middle, {bands}."),
    ("below", "all"): N_("Of {statements} that all viewpoints place below the middle, {bands}."),
    ("middle", "both"): N_("Of {statements} that both viewpoints leave in the middle, {bands}."),
    ("middle", "all"): N_("Of {statements} that all viewpoints leave in the middle, {bands}."),
    ("near", "both"): N_("Of {statements} that both viewpoints place in the same column or in two neighbouring ones, {bands}."),
    ("near", "all"): N_("Of {statements} that all viewpoints place in the same column or in two neighbouring ones, {bands}."),
}
WHERE = {
    "both": (
        N_("in the one analysis in which both viewpoints come back"),
        N_("in all {analyses} in which both viewpoints come back"),
        N_("in {held} of {analyses} in which both viewpoints come back"),
        N_("in none of {analyses} in which both viewpoints come back"),
    ),
    "all": (
        N_("in the one analysis in which all viewpoints come back"),
        N_("in all {analyses} in which all viewpoints come back"),
        N_("in {held} of {analyses} in which all viewpoints come back"),
        N_("in none of {analyses} in which all viewpoints come back"),
    ),
    "it": (
        N_("in the one analysis in which it comes back"),
        N_("in all {analyses} in which it comes back"),
        N_("in {held} of {analyses} in which it comes back"),
        N_("in none of {analyses} in which it comes back"),
    ),
}
"""In how many analyses of those that are counted something holds: in the only one, in all, in some, in none."""
MOST_NAMED = 6
"""Statements that a sentence names; the tables have them all."""


@dataclass(frozen=True, slots=True)
class Survival:
    """Something that the analyses together say.

    Parameters
    ----------
    kind : str
        One of `Telling`.
    viewpoint : int
        Position of the viewpoint that it is about; -1 for all of them.
    sentence : str
    """

    kind: Telling
    viewpoint: int
    sentence: str

    __repr__ = brief


def rules(least: float = SURVIVES) -> str:
    """How the words of these sentences are meant.

    Parameters
    ----------
    least : float, default 0.9
        From which share on a conclusion survives.
    """
    share = percent(least)
    sentences = (
        _(
            "A viewpoint comes back in an analysis where one of its factors has z-scores with a congruence of at least {fair} with its own; where no "
            "factor is left for it the congruence counts as 0. It is fragile where it comes back in fewer than {share} of the analyses with enough "
            "factors to hold all viewpoints.",
            fair=number(FAIR),
            share=share,
        ),
        _(
            "A choice matters where changing it alone, all else the same, changes whether the viewpoint comes back; it matters most where it does so "
            "in the largest share of the cases that can be compared."
        ),
        _(
            "What is said about a viewpoint is looked for in the analyses in which it comes back, and there a statement must set it apart from every "
            "other viewpoint of that analysis, however many these are; common ground is looked for in those in which all viewpoints come back, by "
            "places alone. Either survives where it holds in at least {share} of them.",
            share=share,
        ),
        _("The analyses are no sample of anything: these are shares of choices, not probabilities."),
    )
    return " ".join(sentences)


def factors_counted(n: int) -> str:
    """``1 factor``, ``3 factors``.

    Parameters
    ----------
    n : int
    """
    return ngettext("{n} factor", "{n} factors", n)


def analyses_counted(n: int) -> str:
    """``1 analysis``, ``12 analyses``.

    Parameters
    ----------
    n : int
    """
    return ngettext("{n} analysis", "{n} analyses", n)


def story(made: Multiverse, names: Sequence[str], least: float = SURVIVES) -> tuple[Survival, ...]:
    """What the multiverse says, the main thing first.

    Parameters
    ----------
    made : Multiverse
    names : sequence of str
        Of the viewpoints.
    least : float, default 0.9
        From which share on a conclusion survives.
    """
    found = [one for one in made.conclusions if one.kind == "found"]
    told = [Survival("viewpoints", -1, _headline(made, found, least))]
    if found and made.roomy:
        told += _viewpoints(made, found, names, least)
        told += _unmoved(made, found)
        told += _statements(made, names, least)
    told += _apart(made, names, found)
    return tuple(told)


def _headline(made: Multiverse, found: Sequence[Conclusion], least: float) -> str:
    total, needed = len(made.roomy), factors_counted(room(made.reference))
    if not found:
        return _("The analysis has no viewpoint, so there is nothing to put to the test.")
    if not total:
        return _("No analysis has the {factors} that these viewpoints need, so nothing about them was put to the test.", factors=needed)
    sure, where = sum(survives(one, least) for one in found), _back_in(made, found, least)
    if sure == len(found):
        return _all_back(sure, where)
    if len(found) == 1:
        return _("The viewpoint does not come back {where}.", where=where)
    if not sure:
        return ngettext("None of the {n} viewpoints comes back {where}.", "None of the {n} viewpoints comes back {where}.", len(found), where=where)
    all_of_them = number(len(found), ",")
    return ngettext("{n} of {all} viewpoints comes back {where}.", "{n} of {all} viewpoints come back {where}.", sure, all=all_of_them, where=where)


def _all_back(n: int, where: str) -> str:
    if n == 1:
        return _("The viewpoint comes back {where}.", where=where)
    if n == 2:
        return _("Both viewpoints come back {where}.", where=where)
    return ngettext("All {n} viewpoints come back {where}.", "All {n} viewpoints come back {where}.", n, where=where)


def _back_in(made: Multiverse, found: Sequence[Conclusion], least: float) -> str:
    """In which analyses the headline counts: the only one, all, or the share that is needed, of those with enough factors."""
    total, share, needed = len(made.roomy), percent(least), factors_counted(room(made.reference))
    everywhere = total == 1 or all(one.n_held == total for one in found)
    if total == len(made.solved):
        if everywhere:
            return ngettext("in the one analysis", "in all {n} analyses", total)
        return ngettext("in at least {share} of the {n} analysis", "in at least {share} of the {n} analyses", total, share=share)
    if everywhere:
        return ngettext("in the one analysis with at least {factors}", "in all {n} analyses with at least {factors}", total, factors=needed)
    return ngettext(
        "in at least {share} of the {n} analysis with at least {factors}",
        "in at least {share} of the {n} analyses with at least {factors}",
        total,
        share=share,
        factors=needed,
    )


def _viewpoints(made: Multiverse, found: Sequence[Conclusion], names: Sequence[str], least: float) -> Iterator[Survival]:
    """How often each comes back, and where that is not always, on which choice it hangs: the fragile ones first."""
    always = [names[one.viewpoint] for one in found if one.n_held == one.n_counted]
    for one in sorted(found, key=lambda one: one.n_held):
        if one.n_held < one.n_counted:
            yield Survival("viewpoint", one.viewpoint, f"{_often(one, names[one.viewpoint], least)} {_depends(made, one)}")
    if always and len(always) < len(found):
        n, who = len(always), joined(always)
        if len(made.roomy) == 1:
            sentence = ngettext("{names} comes back in it.", "{names} come back in it.", n, names=who)
        else:
            every = analyses_counted(len(made.roomy))
            sentence = ngettext("{names} comes back in all {analyses}.", "{names} come back in all {analyses}.", n, names=who, analyses=every)
        yield Survival("viewpoint", -1, sentence)


def _often(one: Conclusion, name: str, least: float) -> str:
    """In how many analyses a viewpoint comes back, where that is not all of them."""
    analyses, held = analyses_counted(one.n_counted), number(one.n_held, ",")
    if not one.n_held:
        return _("{name} is fragile: it comes back in none of {analyses}.", name=name, analyses=analyses)
    if survives(one, least):
        return _("{name} comes back in {held} of {analyses}.", name=name, held=held, analyses=analyses)
    return _("{name} is fragile: it comes back in {held} of {analyses}.", name=name, held=held, analyses=analyses)


def _depends(made: Multiverse, one: Conclusion) -> str:
    """On which choice it hangs that a viewpoint comes back; a reason where none can be named."""
    if not one.n_held:
        return _("Nothing else said of it was put to the test.")
    matter = [effect for effect in effects(made, one.viewpoint) if effect.changes]
    if not matter:
        return _("No choice can be named for it, since no two of the analyses with another outcome differ in one choice only.")
    most = [effect for effect in matter if effect.changes * matter[0].cases == matter[0].changes * effect.cases]
    return " ".join(filter(None, (_most(most, alone=len(most) == len(matter)), _too(matter[len(most) :]), _missing(made, one.viewpoint))))


def _most(most: Sequence[Effect], *, alone: bool) -> str:
    """The choice that changes most, or those that do so alike, with the figures; `alone` where no other changes anything."""
    said = {
        (True, True): N_("{Choice} matters: changing it alone changes this in {cases} ({often})."),
        (True, False): N_("{Choice} matters most: changing it alone changes this in {cases} ({often})."),
        (False, True): N_("{Choice} matter, alike: changing one of them alone changes this in {cases} ({often})."),
        (False, False): N_("{Choice} matter most, alike: changing one of them alone changes this in {cases} ({often})."),
    }
    return _(
        said[len(most) == 1, alone],
        Choice=_begun(joined([_(CHOICES[effect.choice]) for effect in most])),
        cases="; ".join(_cases(effect) for effect in most),
        often="; ".join(joined([_with_option(effect.choice, *one) for one in effect.options]) for effect in most),
    )


def _cases(effect: Effect) -> str:
    return ngettext("{changes} of {n} case", "{changes} of {n} cases", effect.cases, changes=number(effect.changes, ","))


def _with_option(choice: str, option: str, held: int, n: int) -> str:
    return _("{held} of {n} with {option}", held=number(held, ","), n=number(n, ","), option=_option(choice, option))


def _too(rest: Sequence[Effect]) -> str:
    """The other choices that change something; empty where there are none."""
    less = _begun(joined([_("{choice} ({cases})", choice=_(CHOICES[effect.choice]), cases=_cases(effect)) for effect in rest]))
    return ngettext("{Choice} matters too.", "{Choice} matter too.", len(rest), Choice=less) if rest else ""


def _begun(words: str) -> str:
    """The same words as they begin a sentence."""
    return f"{words[:1].upper()}{words[1:]}"


def _missing(made: Multiverse, viewpoint: int) -> str:
    """What the analyses in which a viewpoint does not come back have in common and not all others have."""
    without = [one.choice for one in made.roomy if not one.holds[viewpoint]]
    shared = []
    for name in Choice.__slots__:
        mine, every = ({getattr(choice, name) for choice in some} for some in (without, [one.choice for one in made.roomy]))
        if len(mine) == 1 < len(every):
            shared.append(_option(name, str(*mine)))
    if not shared:
        return ""
    return ngettext(
        "The analysis in which it does not come back was made with {options}.",
        "All {n} in which it does not come back were made with {options}.",
        len(without),
        options=joined(shared),
    )


def _option(choice: str, option: str) -> str:
    return factors_counted(int(option)) if choice == "n_factors" else option


def _unmoved(made: Multiverse, found: Sequence[Conclusion]) -> Iterator[Survival]:
    """Choices that by themselves never change which viewpoints come back; nothing where all of them always or never do."""
    if all(one.n_held in (0, one.n_counted) for one in found):
        return
    every = [effects(made, one.viewpoint) for one in found]
    moved = {effect.choice for some in every for effect in some if effect.changes}
    still = [_(CHOICES[effect.choice]) for effect in sorted(every[0], key=lambda one: list(CHOICES).index(one.choice)) if effect.choice not in moved]
    if still:
        only = reduce(lambda first, last: _("{first} or {last}", first=first, last=last), (_("only {choice}", choice=one) for one in still))
        yield Survival("choices", -1, _("Changing {choices} never changes which viewpoints come back.", choices=only))


def _statements(made: Multiverse, names: Sequence[str], least: float) -> Iterator[Survival]:
    """Which statements still are what the analysis says, group by group."""
    yield from _shared(made, least)
    ids = made.reference.data.statements
    for j in defined(made.reference):
        own = [one for one in made.conclusions if one.kind == "distinguishing" and one.viewpoint == j and one.n_counted]
        if len(own) == 1:
            said = N_("The one statement that sets {name} apart from every other ({statement}) does so {where}.")
            yield Survival(
                "distinguishing", j, _(said, name=names[j], statement=ids[own[0].item], where=_where("it", own[0].n_held, own[0].n_counted))
            )
        elif own:
            bands = _bands(own, ids, least, "it")
            said = N_("Of {statements} that set {name} apart from every other, {bands}.")
            yield Survival("distinguishing", j, _(said, statements=statements_counted(len(own)), name=names[j], bands=bands))
    yield from _still(made, least)


def _shared(made: Multiverse, least: float) -> Iterator[Survival]:
    """Which statements are still common ground, kind by kind."""
    ids, places = made.reference.data.statements, shared_places(made)
    everyone: Everyone = "both" if len(defined(made.reference)) == 2 else "all"
    if places and not places[0].n_counted:
        untold = {
            "both": N_("In no analysis do both viewpoints come back, so common ground was not put to the test."),
            "all": N_("In no analysis do all viewpoints come back, so common ground was not put to the test."),
        }
        yield Survival("common-ground", -1, _(untold[everyone]))
    for kind in ALIKE:
        mine = [one for one in places if one.kind == kind and one.n_counted]
        if len(mine) == 1:
            where = _where(everyone, mine[0].n_held, mine[0].n_counted)
            yield Survival("common-ground", -1, _(ONE_SHARED[kind, everyone], statement=ids[mine[0].item], where=where))
        elif mine:
            bands = _bands(mine, ids, least, everyone)
            yield Survival("common-ground", -1, _(SHARED[kind, everyone], statements=statements_counted(len(mine)), bands=bands))


def _still(made: Multiverse, least: float) -> Iterator[Survival]:
    """How many consensus statements and defining sorts still are such."""
    share, analyses = percent(least), analyses_counted(len(made.roomy))
    some, held = _counted(made, "consensus", least)
    what = ngettext("{n} consensus statement", "{n} consensus statements", some)
    if some == 1:
        one = (
            N_("The one consensus statement holds in at least {share} of the {analyses}.")
            if held
            else N_("The one consensus statement holds in fewer than {share} of the {analyses}.")
        )
        yield Survival("consensus", -1, _(one, share=share, analyses=analyses))
    elif some and held:
        said = ngettext(
            "{n} of {statements} holds in at least {share} of the {analyses}.",
            "{n} of {statements} hold in at least {share} of the {analyses}.",
            held,
            statements=what,
            share=share,
            analyses=analyses,
        )
        yield Survival("consensus", -1, said)
    elif some:
        none = N_("None of {statements} holds in at least {share} of the {analyses}.")
        yield Survival("consensus", -1, _(none, statements=what, share=share, analyses=analyses))
    some, held = _counted(made, "defining", least)
    what = ngettext("{n} defining sort", "{n} defining sorts", some)
    if some == 1:
        one = (
            N_("The one defining sort holds in at least {share} of the analyses in which its viewpoint comes back.")
            if held
            else N_("The one defining sort holds in fewer than {share} of the analyses in which its viewpoint comes back.")
        )
        yield Survival("defining", -1, _(one, share=share))
    elif some and held:
        said = ngettext(
            "{n} of {sorts} holds in at least {share} of the analyses in which their viewpoint comes back.",
            "{n} of {sorts} hold in at least {share} of the analyses in which their viewpoint comes back.",
            held,
            sorts=what,
            share=share,
        )
        yield Survival("defining", -1, said)
    elif some:
        none = N_("None of {sorts} holds in at least {share} of the analyses in which their viewpoint comes back.")
        yield Survival("defining", -1, _(none, sorts=what, share=share))


def _counted(made: Multiverse, kind: str, least: float) -> tuple[int, int]:
    """How many conclusions of a kind were put to the test, and how many survive."""
    some = [one for one in made.conclusions if one.kind == kind and one.n_counted]
    return len(some), sum(survives(one, least) for one in some)


def _where(whose: str, held: int, n: int) -> str:
    """In how many of n analyses something holds; `whose` viewpoints come back in these."""
    one, everywhere, some, none = WHERE[whose]
    if held == n:
        return _(one) if n == 1 else _(everywhere, analyses=analyses_counted(n))
    return _(some, held=number(held, ","), analyses=analyses_counted(n)) if held else _(none, analyses=analyses_counted(n))


def _bands(group: Sequence[Conclusion | SharedPlace], ids: Sequence[str], least: float, whose: Everyone | Literal["it"]) -> str:
    """How many of a group hold in all analyses that were counted, in enough of them, in fewer, in none; and which."""
    n = group[0].n_counted
    held: tuple[list[str], ...] = ([], [], [], [])
    for one in group:
        held[0 if one.n_held == n else 1 if survives(one, least) else 2 if one.n_held else 3].append(ids[one.item])
    counts = [len(mine) for mine in held]
    said = (
        _everywhere(counts[0], _where(whose, n, n), so=whose != "it"),
        ngettext("{n} in at least {share} of them", "{n} in at least {share} of them", counts[1], share=percent(least)),
        ngettext("{n} in fewer", "{n} in fewer", counts[2]),
        ngettext("{n} in none", "{n} in none", counts[3]),
    )
    return ", ".join(f"{words}{_named(mine)}" for i, (words, mine) in enumerate(zip(said, held, strict=True)) if mine or not i)


def _everywhere(n: int, where: str, *, so: bool) -> str:
    """How many of a group hold in all analyses: stay where all place them, or set a viewpoint apart."""
    if so:
        return ngettext("{n} stays so {where}", "{n} stay so {where}", n, where=where) if n else _("none stays so {where}", where=where)
    return ngettext("{n} does so {where}", "{n} do so {where}", n, where=where) if n else _("none does so {where}", where=where)


def _named(ids: Sequence[str]) -> str:
    """Ids in brackets; nothing where there are none."""
    listed, more = ", ".join(ids[:MOST_NAMED]), len(ids) - MOST_NAMED
    if more > 0:
        listed = _("{listed} and {more} more", listed=listed, more=number(more, ","))
    return f" ({listed})" if ids else ""


def _apart(made: Multiverse, names: Sequence[str], found: Sequence[Conclusion]) -> Iterator[Survival]:
    """What is counted apart, and what the counts hold besides."""
    fewer, failed = len(made.solved) - len(made.roomy), len(made.analyses) - len(made.solved)
    if fewer and found:
        kept = [
            _("{name} in {n}", name=names[one.viewpoint], n=number(one.n_held, ",")) for one in made.conclusions if one.kind == "found-with-fewer"
        ]
        said = ngettext(
            "{n} analysis has fewer factors and is counted apart, since it cannot hold every viewpoint. Found there: {viewpoints}.",
            "{n} analyses have fewer factors and are counted apart, since they cannot hold every viewpoint. Found there: {viewpoints}.",
            fewer,
            viewpoints=", ".join(kept),
        )
        yield Survival("fewer", -1, said)
    if failed:
        yield Survival(
            "failed", -1, ngettext("{n} combination of choices gave no solution.", "{n} combinations of choices gave no solution.", failed)
        )
    if found and any(_is_own(made, one.choice) for one in made.roomy):
        yield Survival("own", -1, _("One of the analyses makes the choices of the analysis put to the test, and so agrees with it in everything."))


def _is_own(made: Multiverse, choice: Choice) -> bool:
    """Whether these are the choices that the reference itself was made with."""
    reference, chosen = made.reference, {"extraction": choice.extraction, "rotation": choice.rotation, "flagging": "auto"}
    by_hand = bool(reference.rotation.by_hand or reference.manual_flags)
    same = replace(reference.policies, **chosen, **flag_rule(choice.flags)) == reference.policies  # type: ignore[arg-type]
    return same and not by_hand and choice.n_factors == reference.n_factors
