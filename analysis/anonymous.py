"""An analysis without what could identify a participant: new names in a new order, comments only as released, no small groups, no free text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from analysis.background import Asked, Background
from analysis.interpretation import Reading, Trait
from analysis.loaded import Loaded, understand
from analysis.report.leaks import searchable
from analysis.story import story
from qmethod.bootstrap import Bootstrap
from qmethod.data import Notice
from qmethod.errors import DataError, Fault
from qmethod.simulate import PREFIX
from qmethod.solution import ManualFlag, QSolution

SMALLEST_GROUP = 3
"""People whose answers may be counted."""
LETTERS = "PSRABCDEFGHIJKLMNOQTUVWXYZ"
WITHHELD = "not given here, to name nobody"
PLACES = re.compile(r" \((?:line|column) \d+(?:, column \d+)?\)")
"""Where in the file something stands, as notices of readers say it."""

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
    flags changed by hand, which the researcher wrote about single sorts.
    """
    written = {(one.participant, one.statement) for one in loaded.background.comments}
    unknown = sorted(set(released) - written)
    if unknown:
        advice = "Name comments as comments.csv of the export does; without --study no comments are known."
        raise DataError([Fault("no such comment can be released", participant=who, statement=which, advice=advice) for who, which in unknown])
    order = _order(loaded.solution)
    names = pseudonyms(loaded.solution, order)
    solution = _solution(loaded.solution, order, names)
    found = None if loaded.found is None else _bootstrap(loaded.found, order, names)
    recipe = replace(loaded.recipe, flags=tuple(_flag(flag, names) for flag in loaded.recipe.flags), target=())
    given = dict(zip(solution.labels, loaded.names, strict=True))
    background = _background(loaded.background, names, released)
    whole = understand(solution, recipe, found=found, counted=loaded.counted, background=background, names=given, folder=loaded.folder)
    interpretation = replace(whole.interpretation, readings=tuple(map(_without_small_groups, whole.interpretation.readings)))
    return replace(whole, interpretation=interpretation, told=story(solution, interpretation, whole.names, found))


def pseudonyms(solution: QSolution, order: Sequence[int]) -> dict[str, str]:
    """A new name for each participant, ``P1``, ``P2``, ...: the first letter of those that no participant's own name looks like.

    Parameters
    ----------
    solution : QSolution
    order : sequence of int
        Sorts in the order of their new numbers; those left out of the analysis follow.
    """
    everyone = [*(solution.data.participants[i] for i in order), *(one.participant for one in solution.excluded)]
    own = {name.lower() for name in everyone}

    def called(letter: str) -> dict[str, str]:
        return {name: f"{PREFIX if name.startswith(PREFIX) else ''}{letter}{i}" for i, name in enumerate(dict.fromkeys(everyone), 1)}

    tried = (called(letter) for letter in [*LETTERS, *(f"P{i}-" for i in range(len(own) + 1))])
    return next(found for found in tried if own.isdisjoint(new.lower() for new in found.values()))


def _order(solution: QSolution) -> list[int]:
    """Sorts by the viewpoint they define, largest loading first, then all others by their largest loading: nothing of the order in the file."""
    size = np.abs(solution.loadings)
    first = [int(np.argmax(flags)) if flags.any() else solution.loadings.shape[1] for flags in solution.flags]
    return sorted(range(len(first)), key=lambda i: (first[i], -round(float(size[i].max()), 10), solution.data.sorts[:, i].tolist()))


def _solution(solution: QSolution, order: list[int], names: Mapping[str, str]) -> QSolution:
    data, rotation = solution.data, solution.rotation
    return replace(
        solution,
        data=replace(
            data,
            sorts=data.sorts[:, order],
            participants=tuple(names[data.participants[i]] for i in order),
            source=data.origin(),
            notices=_notices(data.notices, names),
        ),
        extraction=replace(solution.extraction, loadings=solution.extraction.loadings[order]),
        rotation=replace(rotation, loadings=rotation.loadings[order], pattern=None if rotation.pattern is None else rotation.pattern[order]),
        loadings=solution.loadings[order],
        communalities=solution.communalities[order],
        flags=solution.flags[order],
        manual_flags=tuple(_flag(flag, names) for flag in solution.manual_flags),
        scores=replace(solution.scores, weights=solution.scores.weights[order]),
        sort_means=solution.sort_means[order],
        sort_sds=solution.sort_sds[order],
        excluded=tuple(replace(one, participant=names[one.participant]) for one in solution.excluded),
        notices=_notices(solution.notices, names),
    )


def _flag(flag: ManualFlag, names: Mapping[str, str]) -> ManualFlag:
    return replace(flag, participant=names.get(flag.participant, "?"), reason=WITHHELD)


def _bootstrap(found: Bootstrap, order: list[int], names: Mapping[str, str]) -> Bootstrap:
    def turned(part: Any, *fields: str) -> Any:
        return replace(part, **{name: getattr(part, name)[order] for name in fields})

    return replace(
        found,
        participants=tuple(names[found.participants[i]] for i in order),
        loadings=turned(found.loadings, "estimate", "low", "high", "standard_error", "bias", "n_used"),
        flags=turned(found.flags, "estimate", "frequency", "n_used"),
    )


def _notices(notices: Sequence[Notice], names: Mapping[str, str]) -> tuple[Notice, ...]:
    """Notices with the new names and without places in the file, which would tell whose they are.

    One whose words still name somebody, or that quotes what stands above a table, says only how many it is about.
    """
    return tuple(_notice(one, names) for one in notices)


def _notice(one: Notice, names: Mapping[str, str]) -> Notice:
    listed = ", ".join(one.participants[:LISTED])
    known = tuple(names.get(who, "?") for who in one.participants)
    message, n = re.subn(rf"(?<!\w){re.escape(listed)}(?!\w)", lambda _: ", ".join(known[:LISTED]), one.message) if listed else (one.message, 0)
    message = PLACES.sub("", message)
    if (listed and not n) or one.code == "lines-left-out" or any(_names(message, who) for who in names):
        about = f" ({len(known)} sorts)" if known else ""
        message = f"A notice of the kind “{one.code}”{about}, whose words are {WITHHELD}."
    return replace(one, message=message, participants=known)


def _names(message: str, who: str) -> bool:
    return searchable(who) and who in message and re.search(rf"(?<!\w){re.escape(who)}(?!\w)", message) is not None


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
