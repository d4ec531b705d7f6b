"""An analysis without what could identify a participant: new names in a new order, comments only as released, no small groups, no free text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from qmethod.errors import DataError, Fault, Setting
from qmethod.manual_flag import ManualFlag
from qmethod.notice import Notice
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.simulation import PREFIX, simulated_names
from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded, retold, understand
from qmethod_analysis.interpretation.background import Asked, Background
from qmethod_analysis.interpretation.crib_sheet import Reading
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.report.leaks import searchable

SMALLEST_GROUP = 3
"""People whose answers may be counted."""
LETTERS = "PSRABCDEFGHIJKLMNOQTUVWXYZ"
WITHHELD = "not given here, to name nobody"
FILES = re.compile(r"^.+?( is not UTF-8;)|(?<=wording\(s\)) of .+?(?= belong to no statement)")
"""The name of a file, as notices of readers begin with it or say it."""
DIGITS = 9
"""Decimals of published figures: fewer than would show the order of a sum, more than anybody compares."""
FIGURES = ("extraction", "rotation", "loadings", "communalities", "scores", "characteristics", "factor_correlations", "contrasts")
"""Parts of a solution that are calculated from all sorts."""
PLACES = re.compile(r" \((?:line|column) \d+(?:, column \d+)?\)")
"""Where in the file something stands, as notices of readers say it."""
QUOTING = frozenset(("lines-left-out", "people-without-sort", "people-proposed"))
"""Notices that quote what stands in a file: titles above a table, names of people who did not sort."""
LISTED = 12
"""Names that a notice spells out."""


def anonymised(loaded: Loaded, released: Collection[tuple[str, str]] = ()) -> Loaded:
    """The same analysis with participants numbered anew, in the order of the viewpoints they define.

    Parameters
    ----------
    loaded : Loaded
    released : collection of tuple (str, str)
        Participant and statement of each comment that may stay.

    Raises
    ------
    DataError
        If a comment is released that nobody wrote.

    Notes
    -----
    A simulated sort still bears the mark of one in its name. Counts that tell of one or two people are left out, and so are the reasons for
    flags and rotations by hand, which the researcher wrote with single sorts in mind.
    """
    written = {(one.participant, one.statement) for one in loaded.background.comments}
    unknown = sorted(set(released) - written)
    if unknown:
        study = Setting("study")
        advice = f"Name comments as comments.csv of the export does; without {study} no comments are known."
        message = "no such comment can be released"
        raise DataError([Fault(message, participant=who, statement=which, advice=advice, settings=(study,)) for who, which in unknown])
    whole = renumbered(loaded, released)
    interpretation = replace(whole.interpretation, readings=tuple(map(_without_small_groups, whole.interpretation.readings)))
    return retold(replace(whole, recipe=replace(whole.recipe, target=())), interpretation)


def renumbered(loaded: Loaded, released: Collection[tuple[str, str]] = ()) -> Loaded:
    """The same analysis with new names for participants, who stand in an order that comes from their sorts alone.

    Parameters
    ----------
    loaded : Loaded
    released : collection of tuple (str, str)
        Participant and statement of each comment that stays, under the new name of who wrote it.

    Notes
    -----
    Everything that lists people lists them in the new order: sorts, flags, targets, notices. Two people with equal sorts, of whom nothing else is
    told apart, could change places without a difference to anybody.
    """
    order = _order(loaded, released)
    names = pseudonyms(loaded.solution, order)
    solution = _solution(loaded.solution, order, names)
    found = None if loaded.found is None else _bootstrap(loaded.found, order, names)
    target = sorted(((names[who], row) for who, row in loaded.recipe.target if who in names), key=lambda one: _place(names)[one[0]])
    rotations = tuple(replace(turn, reason=WITHHELD if turn.reason else "") for turn in loaded.recipe.rotations)
    recipe = replace(loaded.recipe, flags=_flags(loaded.recipe.flags, names), rotations=rotations, target=tuple(target), exclude=(), retest=())
    background = _background(loaded.background, names, released)
    return understand(
        solution, recipe, found=found, counted=loaded.counted, background=background, own=loaded.own, themes=loaded.themes, folder=loaded.folder
    )


def public(loaded: Loaded, released: Collection[tuple[str, str]] = ()) -> Loaded:
    """The analysis as it is published: numbered anew, and figures without the last digits, which tell in which order sorts were added up.

    Parameters
    ----------
    loaded : Loaded
    released : collection of tuple (str, str)
        Participant and statement of each comment that may be shown.
    """
    cut = {name: _cut(getattr(loaded.solution, name)) for name in FIGURES}
    return renumbered(replace(loaded, solution=replace(loaded.solution, **cut)), released)


def _cut(value: Any) -> Any:
    """The same value with every array of floats rounded to `DIGITS`, its NaN kept."""
    if isinstance(value, np.ndarray):
        return np.round(value, DIGITS) + 0.0 if value.dtype.kind == "f" else value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _cut(getattr(value, part.name)) for part in fields(value)})
    return value


def pseudonyms(solution: QSolution, order: Sequence[int]) -> dict[str, str]:
    """A new name for each participant, ``P1``, ``P2``, ...: the first letter of those that no participant's own name looks like.

    Parameters
    ----------
    solution : QSolution
    order : sequence of int
        Sorts in the order of their new numbers; those left out of the analysis follow, by the reason for that.
    """
    left_out = sorted(solution.excluded, key=lambda one: one.reason)
    return new_names([*(solution.data.participants[i] for i in order), *(one.participant for one in left_out)])


def new_names(everyone: Sequence[str]) -> dict[str, str]:
    """A new name for each of some people, in the order in which they are given.

    Parameters
    ----------
    everyone : sequence of str
    """
    own, simulated = {name.lower() for name in everyone}, set(simulated_names(everyone))

    def called(letter: str) -> dict[str, str]:
        return {name: f"{PREFIX if name in simulated else ''}{letter}{i}" for i, name in enumerate(dict.fromkeys(everyone), 1)}

    tried = (called(letter) for letter in [*LETTERS, *(f"P{i}-" for i in range(len(own) + 1))])
    return next(found for found in tried if own.isdisjoint(new.lower() for new in found.values()))


def _order(loaded: Loaded, released: Collection[tuple[str, str]]) -> list[int]:
    """Sorts by the viewpoint they define, largest loading first, then all others by their largest loading: nothing of the order in the file.

    What decides between equal loadings is the sort, and between equal sorts whatever else is told of their people.
    """
    solution = loaded.solution
    size, placed = np.abs(solution.loadings), np.nan_to_num(solution.data.sorts.astype(float), nan=-np.inf)
    first = [int(np.argmax(flags)) if flags.any() else solution.loadings.shape[1] for flags in solution.flags]
    sorts: list[list[float]] = placed.T.tolist()
    told = _told_of(loaded, sorts, released)
    return sorted(range(len(first)), key=lambda i: (first[i], -round(float(size[i].max()), 10), sorts[i], told(solution.data.participants[i])))


def _told_of(loaded: Loaded, sorts: list[list[float]], released: Collection[tuple[str, str]]) -> Callable[[str], tuple[Any, ...]]:
    """What is told of a person besides the sort, in no way that depends on names or places: flags, target, notices, released comments."""
    solution, recipe = loaded.solution, loaded.recipe
    kinds = {sort: rank for rank, sort in enumerate(sorted({tuple(sort) for sort in sorts}))}
    rank = {who: kinds[tuple(sort)] for who, sort in zip(solution.data.participants, sorts, strict=True)}
    target = {who: [-math.inf if math.isnan(value) else value for value in row] for who, row in recipe.target}
    listed: dict[str, list[tuple[Any, ...]]] = {}
    for flag in recipe.flags:
        listed.setdefault(flag.participant, []).append(("flag", flag.factor, flag.defines))
    for one in {*solution.notices, *solution.data.notices}:
        about = (one.code, one.factors, one.statements, sorted(rank.get(who, -1) for who in one.participants))
        for who in one.participants:
            listed.setdefault(who, []).append(("notice", about))
    for comment in loaded.background.comments:
        if (comment.participant, comment.statement) in released:
            listed.setdefault(comment.participant, []).append(("said", comment.statement, comment.text))
    return lambda who: (rank.get(who, -1), [repr(one) for one in sorted(listed.get(who, []), key=repr)], target.get(who, []))


def _place(names: Mapping[str, str]) -> dict[str, int]:
    """Where each new name stands."""
    return {name: i for i, name in enumerate(names.values())}


def _solution(solution: QSolution, order: list[int], names: Mapping[str, str]) -> QSolution:
    data, rotation, place, drawn = solution.data, solution.rotation, _place(names), solution.calibration
    excluded = [replace(one, participant=names[one.participant]) for one in solution.excluded]
    return replace(
        solution,
        data=replace(
            data,
            sorts=data.sorts[:, order],
            participants=tuple(names[data.participants[i]] for i in order),
            people=(),
            excluded=(),
            source=data.origin(),
            notices=without_names(data.notices, names),
        ),
        extraction=replace(solution.extraction, loadings=solution.extraction.loadings[order]),
        rotation=replace(rotation, loadings=rotation.loadings[order], pattern=None if rotation.pattern is None else rotation.pattern[order]),
        loadings=solution.loadings[order],
        communalities=solution.communalities[order],
        flags=solution.flags[order],
        manual_flags=_flags(solution.manual_flags, names),
        scores=replace(solution.scores, weights=solution.scores.weights[order]),
        sort_means=solution.sort_means[order],
        sort_sds=solution.sort_sds[order],
        excluded=tuple(sorted(excluded, key=lambda one: place[one.participant])),
        notices=without_names(solution.notices, names),
        calibration=None if drawn is None else replace(drawn, beyond=replace(drawn.beyond, sorts=drawn.beyond.sorts[order])),
    )


def _flags(flags: Sequence[ManualFlag], names: Mapping[str, str]) -> tuple[ManualFlag, ...]:
    place = _place(names)
    known = [replace(flag, participant=names[flag.participant], reason=WITHHELD) for flag in flags if flag.participant in names]
    return tuple(sorted(known, key=lambda flag: (place[flag.participant], flag.factor)))


def _bootstrap(found: Bootstrap, order: list[int], names: Mapping[str, str]) -> Bootstrap:
    def turned(part: Any, *fields: str) -> Any:
        return replace(part, **{name: getattr(part, name)[order] for name in fields})

    return replace(
        found,
        participants=tuple(names[found.participants[i]] for i in order),
        loadings=turned(found.loadings, "estimate", "low", "high", "standard_error", "bias", "n_used"),
        flags=turned(found.flags, "estimate", "frequency", "n_used"),
    )


def without_names(notices: Sequence[Notice], names: Mapping[str, str]) -> tuple[Notice, ...]:
    """Notices with the new names and without places in the file, which would tell whose they are; those of a kind by whom they are about.

    One whose words still name somebody, or that quotes what stands above a table, says only how many it is about.
    """
    place, codes = _place(names), list(dict.fromkeys(one.code for one in notices))
    made = [_notice(one, names, place) for one in notices]
    return tuple(sorted(made, key=lambda one: (codes.index(one.code), [place.get(who, -1) for who in one.participants], one.message)))


def _notice(one: Notice, names: Mapping[str, str], place: Mapping[str, int]) -> Notice:
    listed = ", ".join(one.participants[:LISTED])
    known = tuple(sorted((names.get(who, "?") for who in one.participants), key=lambda who: place.get(who, -1)))
    message, n = re.subn(rf"(?<!\w){re.escape(listed)}(?!\w)", lambda _: ", ".join(known[:LISTED]), one.message) if listed else (one.message, 0)
    message = FILES.sub(lambda found: f"A file{found[1]}" if found[1] else "", PLACES.sub("", message))
    told = one.code in QUOTING or (not n and any(_stands(message, who) for who in one.participants))
    if told or any(_names(message, who) for who in names):
        about = f" ({len(known)} sorts)" if known else ""
        message = f"A notice of the kind “{one.code}”{about}, whose words are {WITHHELD}."
    return replace(one, message=message, participants=known)


def _names(message: str, who: str) -> bool:
    return searchable(who) and _stands(message, who)


def _stands(message: str, who: str) -> bool:
    return who in message and re.search(rf"(?<!\w){re.escape(who)}(?!\w)", message) is not None


def _background(background: Background, names: Mapping[str, str], released: Collection[tuple[str, str]]) -> Background:
    return replace(
        background,
        questions=tuple(_asked(one, names) for one in background.questions),
        comments=tuple(
            replace(one, participant=names[one.participant]) for one in background.comments if (one.participant, one.statement) in released
        ),
    )


def _asked(asked: Asked, names: Mapping[str, str]) -> Asked:
    return replace(asked, answers=MappingProxyType({names[who]: answer for who, answer in asked.answers.items() if who in names}))


def _without_small_groups(reading: Reading | None) -> Reading | None:
    return None if reading is None else replace(reading, traits=tuple(one for one in reading.traits if _large(one)))


def _large(trait: Trait) -> bool:
    """Whether no count that the trait tells of, or that can be worked out from it, is of one or two people."""
    told = (trait.n_here, trait.of_here - trait.n_here, trait.n_rest, trait.of_rest - trait.n_rest)
    return all(n == 0 or n >= SMALLEST_GROUP for n in told)
