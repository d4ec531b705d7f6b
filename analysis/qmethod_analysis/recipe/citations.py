"""Whether places that the researcher's own words cite, as in ``(s28: +4)``, are those of the arrays."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qmethod.data import Array
from qmethod.errors import DataError, Fault
from qmethod.minus import plain_minus
from qmethod.names import folded
from qmethod.solution import QSolution
from qmethod_analysis.recipe.lines import Path as Place
from qmethod_analysis.recipe.lines import lines_of
from qmethod_analysis.recipe.texts import FILE_NAME, Texts, parse, raw_text
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.narrative import joined

_BRACKETS = re.compile(r"\(([^()]*)\)")
_CITED = re.compile(r"\s*([^():;,“”\s]{1,40})\s*:\s*(.*)", re.DOTALL)
_PLACES = re.compile(r"[+-]?\s?\d+(?:\.\d+)?(?:\s*(?:,|and)\s*[+-]?\s?\d+(?:\.\d+)?)*")
_ELSEWHERE = re.compile(r"\s*elsewhere(?:\s+at\s+(most|least))?\s+(.*)", re.DOTALL | re.IGNORECASE)
_NAMED = re.compile(r"\s*(.+?)\s*:?\s+([+-]?\s?\d+(?:\.\d+)?)\s*", re.DOTALL)
_SHAPE = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Own:
    """A text of the researcher: its place in the file, what to call it, and the viewpoint it is on, or None."""

    path: Place
    called: str
    text: str
    viewpoint: int | None = None


def checked_texts(folder: Path, solution: QSolution) -> Texts:
    """The researcher's words from the folder of an analysis, with every place they cite compared with the arrays.

    Parameters
    ----------
    folder : pathlib.Path
    solution : QSolution

    Raises
    ------
    DataError
        Every fault, with its line.
    """
    file = folder / FILE_NAME
    text = raw_text(file)
    if text is None:
        return Texts()
    texts = parse(text, str(file), solution.labels, solution.data.statements)
    faults = wrong_citations(texts, solution, text, str(file))
    if faults:
        raise DataError(faults)
    return texts


def wrong_citations(texts: Texts, solution: QSolution, text: str = "", file: str = FILE_NAME) -> list[Fault]:
    """A fault for each citation that the arrays do not bear out.

    Parameters
    ----------
    texts : Texts
    solution : QSolution
    text : str, optional
        The whole file, to tell lines.
    file : str, optional
        What to call it.

    Notes
    -----
    In a gist or a story the place is that of the viewpoint; in any other text that of some viewpoint. Several places are those of all viewpoints, in
    their order. After a semicolon ``elsewhere`` speaks of all other viewpoints, and a name or label of its viewpoint.
    """
    lines = lines_of(text)
    faults = []
    for own in _owned(texts, solution):
        seen: dict[str, int] = {}
        for found in _BRACKETS.finditer(own.text):
            nth = seen[found[0]] = seen.get(found[0], -1) + 1
            for why, advice in _wrong(found[1], solution, texts, own.viewpoint):
                message = f"{own.called} says {' '.join(found[0].split())}, {why}"
                faults.append(Fault(message, file=file, line=lines.of(own.path, found[0], nth), advice=advice))
    return faults


def _owned(texts: Texts, solution: QSolution) -> Iterator[Own]:
    yield Own(("title",), "the title", texts.title)
    for key, words in texts.texts.items():
        yield Own(("texts", key), f"the text `{key}`", words)
    for f, label in enumerate(solution.labels):
        if label in texts.viewpoints:
            for part in ("gist", "story"):
                yield Own(("viewpoints", label, part), f"the {part} of {label}", getattr(texts.viewpoints[label], part), f)
    for n, theme in enumerate(texts.themes):
        yield Own(("themes", n, "question"), "the question of a theme", theme.question)


def _wrong(content: str, solution: QSolution, texts: Texts, viewpoint: int | None) -> Iterator[tuple[str, str | None]]:
    """What is wrong with a text in brackets, and what to do; nothing where it cites no statement."""
    statement = None
    for segment in re.split(r"[;]", plain_minus(content)):
        cited = _CITED.fullmatch(segment)
        known = _position(cited[1], solution) if cited else None
        if cited and (known is not None or _meant(cited[1], cited[2], solution)) and cited[1].casefold() not in _names(texts, solution):
            statement = known
            if known is None:
                near = difflib.get_close_matches(cited[1], solution.data.statements, 1, 0.5)
                advice = f"Did you mean {near[0]}?" if near else "Name a statement by its id."
                yield f"and there is no statement {cited[1]}", advice
            else:
                yield from _placed(cited[2], known, solution, texts, viewpoint)
        elif statement is not None:
            yield from _beside(segment, statement, solution, texts, viewpoint)


def _position(name: str, solution: QSolution) -> int | None:
    ids = [plain_minus(one) for one in solution.data.statements]
    return ids.index(name) if name in ids else None


def _meant(name: str, said: str, solution: QSolution) -> bool:
    """Whether a text cites a statement although there is none of that name: it has a sign before its place, or a name like that of a statement."""
    if not _PLACES.fullmatch(said.strip()):
        return False
    shapes = {_SHAPE.sub("0", one.casefold()) for one in solution.data.statements}
    signed, value = said.strip()[0] in "+-", said.strip()
    alike = _SHAPE.sub("0", name.casefold()) in shapes
    return signed or (alike and (not name.isdigit() or _numbers(value)[0] in solution.scores.grid.values))


def _placed(said: str, i: int, solution: QSolution, texts: Texts, viewpoint: int | None) -> Iterator[tuple[str, str | None]]:
    """The first part: one place, or those of all viewpoints; or names with places."""
    if not _PLACES.fullmatch(said.strip()):
        yield from _beside(said, i, solution, texts, viewpoint)
        return
    shown, numbers = list(defined(solution)), _numbers(said)
    row = solution.scores.arrays[i]
    allowed = [row[f] for f in shown] if viewpoint is None else [row[viewpoint]]
    if (len(numbers) == 1 and numbers[0] in allowed) or (len(numbers) > 1 and numbers == [row[f] for f in shown]):
        return
    id_, every = solution.data.statements[i], ", ".join(f"{solution.labels[f]} {place(solution, row[f])}" for f in shown)
    if len(numbers) > 1:
        yield f"and the viewpoints place {id_} at {every}", "Give one place, or those of all viewpoints in their order."
    elif viewpoint is None:
        yield f"and no viewpoint places {id_} there: {every}", None
    else:
        others = [solution.labels[f] for f in shown if row[f] == numbers[0]]
        there = f" ({joined(others)} {'does' if len(others) == 1 else 'do'})" if others else ""
        yield f"and {solution.labels[viewpoint]} places {id_} at {place(solution, row[viewpoint])}{there}", None


def _beside(segment: str, i: int, solution: QSolution, texts: Texts, viewpoint: int | None) -> Iterator[tuple[str, str | None]]:
    """What follows the place: where others put the statement."""
    row, shown, id_ = solution.scores.arrays[i], list(defined(solution)), solution.data.statements[i]
    if found := _ELSEWHERE.fullmatch(segment):
        if not _PLACES.fullmatch(found[2].strip()):
            return
        homes = [viewpoint] if viewpoint is not None else shown
        if not any(_elsewhere(found[1], _numbers(found[2]), row[[g for g in shown if g != f]]) for f in homes):
            yield f"and the viewpoints place {id_} at {', '.join(f'{solution.labels[f]} {place(solution, row[f])}' for f in shown)}", None
        return
    for part in segment.split(","):
        if named := _NAMED.fullmatch(part):
            f = _names(texts, solution).get(folded(named[1]).casefold())
            if f is not None and row[f] != _numbers(named[2])[0]:
                yield f"and {solution.labels[f]} places {id_} at {place(solution, row[f])}", None


def _elsewhere(bound: str | None, numbers: Sequence[float], others: Array) -> bool:
    if not len(others) or (bound and len(numbers) > 1):
        return False
    if bound:
        return bool((others <= numbers[0]).all() if bound.lower() == "most" else (others >= numbers[0]).all())
    return bool((others == numbers[0]).all() if len(numbers) == 1 else len(numbers) == len(others) and np.array_equal(others, numbers))


def _names(texts: Texts, solution: QSolution) -> dict[str, int]:
    """Viewpoints by label and by the researcher's name for them."""
    position = {label: f for f, label in enumerate(solution.labels)}
    return {label.casefold(): f for label, f in position.items()} | {
        folded(name).casefold(): position[label] for label, name in texts.names.items() if label in position
    }


def _numbers(text: str) -> list[float]:
    return [float(number.replace(" ", "").replace("\u00a0", "")) for number in re.findall(r"[+-]?\s?\d+(?:\.\d+)?", text)]
