"""What survives other choices, told: which viewpoints come back, on which choice that hangs, and what said of them still holds.

Every sentence is a count over the analyses. A viewpoint comes back in an analysis where one of its factors has a congruence of .85 or more with it. A
choice matters where changing it alone, all else the same, changes whether a viewpoint comes back. Analyses with fewer factors than the viewpoints
need are counted apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Literal

from qmethod.brief import brief
from qmethod.matching.congruence import FAIR
from qmethod.matching.multiverse import SURVIVES, Analysis, Choice, Conclusion, Multiverse, flag_rule, room
from qmethod.wording import counted
from qmethod_analysis.interpretation.findings import ALIKE, Kind, common_ground, placed
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.narrative import joined

Telling = Literal["viewpoints", "viewpoint", "choices", "distinguishing", "common-ground", "consensus", "defining", "fewer", "failed", "own"]
CHOICES = {
    "n_factors": "the number of factors",
    "extraction": "the extraction",
    "rotation": "the rotation",
    "flags": "the rule for defining sorts",
}
SHARED: dict[Kind, str] = {
    "above": "place above the middle",
    "below": "place below the middle",
    "middle": "leave in the middle",
    "near": "place in the same column or in two neighbouring ones",
}
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


@dataclass(frozen=True, slots=True)
class Effect:
    """What changing one choice alone does to whether a viewpoint comes back.

    Parameters
    ----------
    choice : str
        Name of the choice, a field of `Choice`.
    changes, cases : int
        Combinations of the other choices under which the viewpoint comes back with some options and not with others, and combinations that were
        analysed with two options of this choice or more.
    options : tuple of tuple (str, int, int)
        Each option, in how many analyses of these cases the viewpoint comes back with it, and of how many.
    """

    choice: str
    changes: int
    cases: int
    options: tuple[tuple[str, int, int], ...]

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """A statement of common ground, and in how many analyses it still is.

    Parameters
    ----------
    kind : {'above', 'below', 'middle', 'near'}
        Where all viewpoints place it.
    item : int
        Position of the statement.
    n_held, n_counted : int
        In how many analyses the counterparts of all viewpoints place it so, of those in which all viewpoints come back.
    """

    kind: Kind
    item: int
    n_held: int
    n_counted: int

    __repr__ = brief


def survives(conclusion: Conclusion | SharedPlace, least: float = SURVIVES) -> bool:
    """Whether a conclusion holds in at least this share of the analyses that were counted.

    Parameters
    ----------
    conclusion : Conclusion or SharedPlace
    least : float, default 0.9
    """
    return conclusion.n_counted > 0 and conclusion.n_held / conclusion.n_counted >= least


def rules(least: float = SURVIVES) -> str:
    """How the words of these sentences are meant.

    Parameters
    ----------
    least : float, default 0.9
        From which share on a conclusion survives.
    """
    percent = f"{100 * least:g} %"
    return (
        f"A viewpoint comes back in an analysis where one of its factors has z-scores with a congruence of at least {FAIR:g} with its own; it is "
        f"fragile where it comes back in fewer than {percent} of the analyses with enough factors to hold all viewpoints. "
        "A choice matters where changing it alone, all else the same, changes whether the viewpoint comes back; "
        "it matters most where it does so in the largest share of the cases that can be compared. "
        "What is said about a viewpoint is looked for in the analyses in which it comes back, and there a statement must set it apart from every "
        "other viewpoint of that analysis, however many these are; common ground is looked for in those in which all viewpoints come back, "
        f"by places alone. Either survives where it holds in at least {percent} of them. "
        "The analyses are no sample of anything: these are shares of choices, not probabilities."
    )


def effects(made: Multiverse, viewpoint: int) -> tuple[Effect, ...]:
    """What each choice that was varied does, among the analyses with enough factors for all viewpoints, that which changes most first.

    Parameters
    ----------
    made : Multiverse
    viewpoint : int
        Its position.
    """
    found = []
    for name in Choice.__slots__:
        sets: dict[tuple[object, ...], list[Analysis]] = defaultdict(list)
        for one in made.roomy:
            sets[tuple(value for key, value in zip(Choice.__slots__, astuple(one.choice), strict=True) if key != name)].append(one)
        cases = [same for same in sets.values() if len({getattr(one.choice, name) for one in same}) > 1]
        outcomes = [[(str(getattr(one.choice, name)), bool(one.holds[viewpoint])) for one in same] for same in cases]
        flat = [pair for same in outcomes for pair in same]
        options = tuple(
            (option, sum(held for own, held in flat if own == option), sum(own == option for own, _ in flat))
            for option in dict.fromkeys(own for own, _ in flat)
        )
        changes = sum(len({held for _, held in same}) > 1 for same in outcomes)
        if cases:
            found.append(Effect(name, changes, len(cases), options))
    return tuple(sorted(found, key=lambda one: -one.changes / one.cases))


def shared_places(made: Multiverse) -> tuple[SharedPlace, ...]:
    """The common ground of the reference, looked for in every analysis in which all its viewpoints come back.

    Parameters
    ----------
    made : Multiverse

    Notes
    -----
    Common ground of the reference is what `common_ground` says. Elsewhere places alone decide, since no studies are drawn from the other analyses.
    """
    reference = made.reference
    shown = list(defined(reference))
    here = [placed(reference, one.arrays[:, shown]) for one in made.roomy if one.holds[shown].all()]
    return tuple(
        SharedPlace(one.kind, i, sum(bool(there[one.kind][i]) for there in here), len(here))
        for one in common_ground(reference)
        if one.kind in ALIKE
        for i in one.statements
    )


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
    total, needed = len(made.roomy), counted(room(made.reference), "factor")
    if not found:
        return "The analysis has no viewpoint, so there is nothing to put to the test."
    if not total:
        return f"No analysis has the {needed} that these viewpoints need, so nothing about them was put to the test."
    enough = f" with at least {needed}" if total < len(made.solved) else ""
    sure, everywhere = sum(survives(one, least) for one in found), all(one.n_held == total for one in found)
    those = "the one analysis" if total == 1 else f"all {total} analyses" if everywhere else f"at least {100 * least:g} % of the {total} analyses"
    if sure == len(found):
        whole = {1: "The viewpoint comes", 2: "Both viewpoints come"}.get(sure, f"All {sure} viewpoints come")
        return f"{whole} back in {those}{enough}."
    if len(found) == 1:
        return f"The viewpoint does not come back in {those}{enough}."
    some = f"{sure} of" if sure else "None of the"
    return f"{some} {len(found)} viewpoints {'come' if sure > 1 else 'comes'} back in {those}{enough}."


def _viewpoints(made: Multiverse, found: Sequence[Conclusion], names: Sequence[str], least: float) -> Iterator[Survival]:
    """How often each comes back, and where that is not always, on which choice it hangs: the fragile ones first."""
    always = [names[one.viewpoint] for one in found if one.n_held == one.n_counted]
    for one in sorted(found, key=lambda one: one.n_held):
        if one.n_held < one.n_counted:
            often = f"{one.n_held or 'none'} of {counted(one.n_counted, 'analysis')}"
            first = f"comes back in {often}" if survives(one, least) else f"is fragile: it comes back in {often}"
            yield Survival("viewpoint", one.viewpoint, f"{names[one.viewpoint]} {first}. {_depends(made, one)}")
    if always and len(always) < len(found):
        verb = "comes" if len(always) == 1 else "come"
        where = "it" if len(made.roomy) == 1 else f"all {counted(len(made.roomy), 'analysis')}"
        yield Survival("viewpoint", -1, f"{joined(always)} {verb} back in {where}.")


def _depends(made: Multiverse, one: Conclusion) -> str:
    """On which choice it hangs that a viewpoint comes back; a reason where none can be named."""
    if not one.n_held:
        return "Nothing else said of it was put to the test."
    matter = [effect for effect in effects(made, one.viewpoint) if effect.changes]
    if not matter:
        return "No choice can be named for it, since no two of the analyses with another outcome differ in one choice only."
    most = [effect for effect in matter if effect.changes * matter[0].cases == matter[0].changes * effect.cases]
    rest = matter[len(most) :]
    what = joined([CHOICES[effect.choice] for effect in most])
    how_often = "; ".join(joined([f"{held} of {n} with {_option(effect.choice, option)}" for option, held, n in effect.options]) for effect in most)
    verb = f"{'matters' if len(most) == 1 else 'matter'}{' most' if rest else ''}"
    alike = ", alike" if len(most) > 1 else ""
    first = f"{what[:1].upper()}{what[1:]} {verb}{alike}: changing {'it' if len(most) == 1 else 'one of them'} alone changes this in "
    cases = "; ".join(f"{effect.changes} of {counted(effect.cases, 'case')}" for effect in most)
    less = joined([f"{CHOICES[effect.choice]} ({effect.changes} of {counted(effect.cases, 'case')})" for effect in rest])
    too = f" {less[:1].upper()}{less[1:]} {'matters' if len(rest) == 1 else 'matter'} too." if rest else ""
    return f"{first}{cases} ({how_often}).{too}{_missing(made, one.viewpoint)}"


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
    those = "The analysis in which it does not come back was" if len(without) == 1 else f"All {len(without)} in which it does not come back were"
    return f" {those} made with {joined(shared)}."


def _option(choice: str, option: str) -> str:
    return counted(int(option), "factor") if choice == "n_factors" else option


def _unmoved(made: Multiverse, found: Sequence[Conclusion]) -> Iterator[Survival]:
    """Choices that by themselves never change which viewpoints come back; nothing where all of them always or never do."""
    if all(one.n_held in (0, one.n_counted) for one in found):
        return
    every = [effects(made, one.viewpoint) for one in found]
    moved = {effect.choice for some in every for effect in some if effect.changes}
    still = [CHOICES[effect.choice] for effect in sorted(every[0], key=lambda one: list(CHOICES).index(one.choice)) if effect.choice not in moved]
    if still:
        words = " or ".join(f"only {name}" for name in still)
        yield Survival("choices", -1, f"Changing {words} never changes which viewpoints come back.")


def _statements(made: Multiverse, names: Sequence[str], least: float) -> Iterator[Survival]:
    """Which statements still are what the analysis says, group by group."""
    ids = made.reference.data.statements
    places = shared_places(made)
    everyone = "both viewpoints" if len(defined(made.reference)) == 2 else "all viewpoints"
    if places and not places[0].n_counted:
        yield Survival("common-ground", -1, f"In no analysis do {everyone} come back, so common ground was not put to the test.")
    for kind, words in SHARED.items():
        mine = [one for one in places if one.kind == kind and one.n_counted]
        if mine:
            first = f"that {everyone} {words}"
            yield Survival("common-ground", -1, _bands(first, ("stays so", "stay so"), f"in which {everyone} come back", mine, ids, least))
    for j in defined(made.reference):
        own = [one for one in made.conclusions if one.kind == "distinguishing" and one.viewpoint == j and one.n_counted]
        if own:
            first = f"that set{'s' if len(own) == 1 else ''} {names[j]} apart from every other"
            yield Survival("distinguishing", j, _bands(first, ("does so", "do so"), "in which it comes back", own, ids, least))
    where = {"consensus": f"the {counted(len(made.roomy), 'analysis')}", "defining": "the analyses in which their viewpoint comes back"}
    for kind_too, noun in (("consensus", "consensus statement"), ("defining", "defining sort")):
        some = [one for one in made.conclusions if one.kind == kind_too and one.n_counted]
        if some:
            held = sum(survives(one, least) for one in some)
            first = f"{held or 'None'} of {counted(len(some), noun)} {'hold' if held > 1 else 'holds'}"
            yield Survival(kind_too, -1, f"{first} in at least {100 * least:g} % of {where[kind_too]}.")  # type: ignore[arg-type]


def _bands(first: str, verbs: tuple[str, str], where: str, group: Sequence[Conclusion | SharedPlace], ids: Sequence[str], least: float) -> str:
    """How many of a group hold in all analyses that were counted, in enough of them, in fewer, in none; and which."""
    n = group[0].n_counted
    all_of_them = "the one analysis" if n == 1 else f"all {n} analyses"
    if len(group) == 1:
        often = all_of_them if group[0].n_held == n else f"{group[0].n_held or 'none'} of {counted(n, 'analysis')}"
        return f"The one statement {first} ({ids[group[0].item]}) {verbs[0]} in {often} {where}."
    held: tuple[list[str], ...] = ([], [], [], [])
    for one in group:
        held[0 if one.n_held == n else 1 if survives(one, least) else 2 if one.n_held else 3].append(ids[one.item])
    verb = verbs[len(held[0]) > 1]
    everywhere = f"{len(held[0]) or 'none'} {verb} in {all_of_them} {where}{_named(held[0])}"
    words = (f"in at least {100 * least:g} % of them", "in fewer", "in none")
    rest = [f"{len(mine)} {name}{_named(mine)}" for mine, name in zip(held[1:], words, strict=True) if mine]
    return f"Of {len(group)} statements {', '.join([first, everywhere, *rest])}."


def _named(ids: Sequence[str]) -> str:
    if not ids:
        return ""
    more = len(ids) - MOST_NAMED
    return f" ({', '.join(ids[:MOST_NAMED])}{f' and {more} more' if more > 0 else ''})"


def _apart(made: Multiverse, names: Sequence[str], found: Sequence[Conclusion]) -> Iterator[Survival]:
    """What is counted apart, and what the counts hold besides."""
    fewer, failed = len(made.solved) - len(made.roomy), len(made.analyses) - len(made.solved)
    if fewer and found:
        kept = [f"{names[one.viewpoint]} in {one.n_held}" for one in made.conclusions if one.kind == "found-with-fewer"]
        verb, they = ("has fewer factors and is", "it") if fewer == 1 else ("have fewer factors and are", "they")
        sentence = f"{counted(fewer, 'analysis')} {verb} counted apart, since {they} cannot hold every viewpoint. Found there: {', '.join(kept)}."
        yield Survival("fewer", -1, sentence)
    if failed:
        yield Survival("failed", -1, f"{counted(failed, 'combination')} of choices gave no solution.")
    if found and any(_is_own(made, one.choice) for one in made.roomy):
        yield Survival("own", -1, "One of the analyses makes the choices of the analysis put to the test, and so agrees with it in everything.")


def _is_own(made: Multiverse, choice: Choice) -> bool:
    """Whether these are the choices that the reference itself was made with."""
    reference, chosen = made.reference, {"extraction": choice.extraction, "rotation": choice.rotation, "flagging": "auto"}
    by_hand = bool(reference.rotation.by_hand or reference.manual_flags)
    same = replace(reference.policies, **chosen, **flag_rule(choice.flags)) == reference.policies  # type: ignore[arg-type]
    return same and not by_hand and choice.n_factors == reference.n_factors
