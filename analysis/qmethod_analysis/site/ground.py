"""Every statement on one axis: its row, with a mark in the column where each viewpoint places it; for all viewpoints, and for two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from markupsafe import Markup

from qmethod.calibration.pipeline import compared, differing
from qmethod.solution import QSolution, Viewpoints
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.findings import NEIGHBOURS, columns
from qmethod_analysis.site import picture
from qmethod_analysis.words.labels import place, shade
from qmethod_analysis.words.language import N_, _, ngettext
from qmethod_analysis.words.narrative import joined, statements_counted

PAGE = "shared.html"
"""Where every statement has its row."""
MOST_LETTERS = 25_000
"""Letters of names at the marks of a page, all together."""
MOST_CITED = 10
"""Statements that a sentence names."""
PLAIN = re.compile(r"s[A-Za-z0-9_-]*")
SURE = N_(
    "More than chance gives: in studies drawn from what was found here, chance moves the difference between two viewpoints that far from the "
    "true one on no more than one statement in twenty."
)
UNKNOWN = N_("How far chance alone sets the two apart is not known, so no difference is called more than chance.")


@dataclass(frozen=True, slots=True)
class Standing:
    """A viewpoint in a column of a row: its mark, the card on its board, its label, and the mark for where it stands alone."""

    mark: Markup
    shade: str
    name: str
    href: str
    label: str
    coloured: Markup


@dataclass(frozen=True, slots=True)
class Line:
    """A statement and who stands in each column, from the lowest place to the highest."""

    anchor: str
    id: str
    text: str
    cells: tuple[tuple[Standing, ...], ...]
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """Statements under a sentence that says what was found of them."""

    sentence: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two viewpoints compared: what the page of the two shows.

    Parameters
    ----------
    file : str
    viewpoints : tuple of (int, int)
        Their positions.
    n_differ : int or None
        Statements on which they differ by more than chance gives; None where that is not known.
    told : tuple of str
    rule : str
        What of a difference counts.
    groups : tuple of Group
        Every statement, those first that lie furthest apart.
    """

    file: str
    viewpoints: tuple[int, int]
    n_differ: int | None
    told: tuple[str, ...]
    rule: str
    groups: tuple[Group, ...]


def anchors(statements: Sequence[str]) -> tuple[str, ...]:
    """Where the row of each statement stands on the page: ``s12`` for the statements ``s12`` and ``12``.

    Made from the names of the statements, so that an address stays right when others are added or left out; from their order where a name cannot
    stand in an address or two would be the same.

    Parameters
    ----------
    statements : sequence of str
    """
    named = tuple(name if name.startswith("s") else f"s{name}" for name in statements)
    sound = all(PLAIN.fullmatch(name) for name in named) and len(set(named)) == len(named)
    return named if sound else tuple(f"s{i}" for i in range(1, len(statements) + 1))


def rows(solution: QSolution) -> tuple[str, ...]:
    """Addresses of all rows, by position of the statement.

    Parameters
    ----------
    solution : QSolution
    """
    return tuple(f"{PAGE}#{anchor}" for anchor in anchors(solution.data.statements))


def long_names(names: Sequence[str], n_statements: int) -> bool:
    """Whether a name and a link at every mark would make the page of all rows too heavy, so that marks stand there by themselves, with labels.

    Parameters
    ----------
    names : sequence of str
        Of the viewpoints that the page shows.
    n_statements : int
    """
    return n_statements * sum(map(len, names)) > MOST_LETTERS


def board_file(f: int) -> str:
    """The page of a viewpoint."""
    return f"viewpoint-{f + 1}.html"


def grouped(loaded: Loaded, shown: Sequence[int]) -> tuple[Group, ...]:
    """Every statement once, in the groups of the findings.

    Parameters
    ----------
    loaded : Loaded
    shown : sequence of int
        Positions of the viewpoints.
    """
    made = _lines(loaded, shown, {})
    return tuple(Group(one.sentence, tuple(made[i] for i in one.statements)) for one in loaded.interpretation.ground)


def pairs(loaded: Loaded, shown: Sequence[int]) -> tuple[Pair, ...]:
    """Every two of the viewpoints compared.

    Parameters
    ----------
    loaded : Loaded
    shown : sequence of int
        Positions of the viewpoints.
    """
    differs, known = differing(loaded.solution), compared(loaded.solution)
    return tuple(_pair(loaded, a, b, differs[:, a, b] if known[a, b] else None) for a, b in combinations(shown, 2))


def pair_file(a: int, b: int) -> str:
    """The page of two viewpoints, in whichever order they are named."""
    return f"compare-{min(a, b) + 1}-{max(a, b) + 1}.html"


def _pair(loaded: Loaded, a: int, b: int, differs: np.ndarray | None) -> Pair:
    solution, names = loaded.solution, loaded.names
    apart = np.abs(np.diff(columns(solution, (a, b)), axis=1))[:, 0]
    gap = np.abs(solution.scores.z_scores[:, a] - solution.scores.z_scores[:, b])
    order = sorted(range(len(apart)), key=lambda i: (differs is not None and not differs[i], -apart[i], -round(float(gap[i]), 9), i))
    made = _lines(loaded, (a, b), {i: _how_far(int(apart[i])) for i in order})
    n_differ = None if differs is None else int(differs.sum())
    cut = n_differ or 0
    parts = [(order[:cut], _apart(cut)), (order[cut:], _no_difference(len(order) - cut) if n_differ is not None else _("Every statement"))]
    return Pair(
        file=pair_file(a, b),
        viewpoints=(a, b),
        n_differ=n_differ,
        told=tuple(_told(names[a], names[b], apart, n_differ)),
        rule=_(UNKNOWN) if n_differ is None else _(SURE),
        groups=tuple(Group(sentence, tuple(made[i] for i in part)) for part, sentence in parts if part),
    )


def _told(a: str, b: str, apart: np.ndarray, n_differ: int | None) -> Iterator[str]:
    n, near, far = len(apart), int((apart <= NEIGHBOURS).sum()), int((apart > NEIGHBOURS).sum())
    both = _(
        "{one} and {other} place {near} of {statements} in the same column or in neighbouring ones",
        one=a,
        other=b,
        near=near,
        statements=statements_counted(n),
    )
    if not far:
        yield _("{both}, and none further apart.", both=both)
    elif apart.max() > NEIGHBOURS + 1:
        yield _("{both}, and {far} two columns apart or more, at the most {most}.", both=both, far=far, most=int(apart.max()))
    else:
        yield _("{both}, and {far} two columns apart or more.", both=both, far=far)
    if n_differ:
        yield ngettext(
            "They differ on {n} statement by more than chance gives.", "They differ on {n} statements by more than chance gives.", n_differ
        )
    elif n_differ is not None:
        yield _("They differ on no statement by more than chance gives.")


def _apart(n: int) -> str:
    return ngettext("On this statement they differ by more than chance gives.", "On these {n} statements they differ by more than chance gives.", n)


def _no_difference(n: int) -> str:
    return ngettext("On this statement no difference beyond chance was found.", "On these {n} statements no difference beyond chance was found.", n)


def _how_far(apart: int) -> str:
    if apart < 2:
        return _("neighbouring columns") if apart else _("same column")
    return _("{n} columns apart", n=apart)


def _lines(loaded: Loaded, shown: Sequence[int], notes: Mapping[int, str]) -> list[Line]:
    """The row of every statement, by its position."""
    solution, data = loaded.solution, loaded.solution.data
    placed, places = columns(solution, shown), axis(solution)
    made = []
    for i, anchor in enumerate(anchors(data.statements)):
        cells: list[list[Standing]] = [[] for _ in places]
        for f, column in zip(shown, placed[i].tolist(), strict=True):
            said = f"{loaded.names[f]}: {places[column]}"
            cells[column].append(
                Standing(picture.symbol(f), shade(f), said, f"{board_file(f)}#c{i}", solution.labels[f], picture.symbol(f, class_=shade(f)))
            )
        made.append(Line(anchor, data.statements[i], data.texts[i], tuple(map(tuple, cells)), notes.get(i, "")))
    return made


def axis(solution: Viewpoints) -> tuple[str, ...]:
    """The places of the grid, from the lowest to the highest."""
    return tuple(place(solution, value) for value in solution.scores.grid.values)


def ends(loaded: Loaded) -> tuple[str, str]:
    """What the lowest and the highest place mean: in the words of the study, or in plain ones.

    Parameters
    ----------
    loaded : Loaded
    """
    study, language = loaded.background.study, loaded.background.language
    if study is None:
        return _("least like the view"), _("most like the view")
    return study.scale.low.in_(language), study.scale.high.in_(language)


@dataclass(frozen=True, slots=True)
class Cited:
    """Names of statements with the addresses of their rows, and how many more there are."""

    first: tuple[tuple[str, str], ...]
    more: int


def cited(solution: QSolution, statements: Iterable[int]) -> Cited:
    """Statements to be named, the first `MOST_CITED` of them.

    Parameters
    ----------
    solution : QSolution
    statements : iterable of int
    """
    hrefs, every = rows(solution), tuple(statements)
    return Cited(tuple((solution.data.statements[i], hrefs[i]) for i in every[:MOST_CITED]), max(0, len(every) - MOST_CITED))


@dataclass(frozen=True, slots=True)
class Met:
    """Two viewpoints in the table of all pairs: where their page is, the number shown, and what it says."""

    href: str
    shown: str
    said: str


def table(found: Sequence[Pair], names: Sequence[str], shown: Sequence[int]) -> tuple[tuple[Markup, str, tuple[Met, ...]], ...]:
    """Of every viewpoint its mark, its name, and how many statements it differs on from each of those before it.

    Parameters
    ----------
    found : sequence of Pair
    names : sequence of str
        Of all viewpoints.
    shown : sequence of int
        Positions of those the site shows.
    """
    by = {frozenset(one.viewpoints): one for one in found}

    def met(a: int, b: int) -> Met:
        one = by[frozenset((a, b))]
        number = "…" if one.n_differ is None else str(one.n_differ)
        told = "" if one.n_differ is None else f": {statements_counted(one.n_differ)}"
        return Met(one.file, number, f"{joined([names[f] for f in one.viewpoints])}{told}")

    return tuple((picture.mark(a), names[a], tuple(met(a, b) for b in shown[:n])) for n, a in enumerate(shown))


@dataclass(frozen=True, slots=True)
class Choice:
    """A viewpoint that can be chosen: where that leads, and whether it is the one shown."""

    mark: Markup
    name: str
    href: str
    current: bool


def choices(names: Sequence[str], shown: Sequence[int], pair: tuple[int, int]) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """For each of two viewpoints all that can take its place, itself among them; the other one stays.

    Parameters
    ----------
    names : sequence of str
        Of all viewpoints.
    shown : sequence of int
        Positions of those the site shows.
    pair : tuple of (int, int)
    """

    def instead(mine: int, other: int) -> Iterable[Choice]:
        return (Choice(picture.mark(f), names[f], pair_file(f, other), f == mine) for f in shown if f != other)

    a, b = pair
    return tuple(instead(a, b)), tuple(instead(b, a))
