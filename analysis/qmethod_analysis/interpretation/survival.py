"""What the analyses of a multiverse say together, as figures: what survives, what each choice changes by itself, which places are still shared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from qmethod.brief import brief
from qmethod.matching.multiverse import SURVIVES, Analysis, Choice, Conclusion, Multiverse
from qmethod_analysis.interpretation.findings import ALIKE, Kind, common_ground, placed
from qmethod_analysis.words.labels import defined


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
            sets[tuple(getattr(one.choice, key) for key in Choice.__slots__ if key != name)].append(one)
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
    if not shown:
        return ()
    here = [placed(reference, one.arrays[:, shown]) for one in made.roomy if one.holds[shown].all()]
    return tuple(
        SharedPlace(one.kind, i, sum(bool(there[one.kind][i]) for there in here), len(here))
        for one in common_ground(reference)
        if one.kind in ALIKE
        for i in one.statements
    )
