"""What the page asks for, and what it is answered: every act of typing, by name, in JSON's types.

The page computes nothing: whatever is typed is judged here, by `qmethod_analysis.entry.typed`, and is on the disk before the page is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qmethod.brief import brief
from qmethod.errors import DataError
from qmethod.wording import counted
from qmethod_analysis.entry import drafts, keeping, people, record
from qmethod_analysis.entry.typed import Board, card, filled, slips, told, told_now, values
from qmethod_studies.answering import shown
from qmethod_studies.definition import Study, column_label

Answer = dict[str, Any]


class BadRequest(ValueError):
    """Something that the page never asks for."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where sorts of a study are typed.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
        The file of sorts.
    language : str
        Of the statements that are shown.
    overwrite : bool
        Whether a sort may take the place of another one of the same participant.
    told : callable
        How a refusal is worded.
    """

    study: Study
    out: Path
    language: str
    overwrite: bool
    told: Callable[[DataError], str]

    __repr__ = brief


def answer(desk: Desk, act: str, asked: Mapping[str, Any]) -> Answer:
    """What the page is answered.

    Parameters
    ----------
    desk : Desk
    act : str
        ``look``, ``begin``, ``type``, ``save`` or ``discard``.
    asked : mapping
        As the page sent it.

    Returns
    -------
    dict
        With ``refused``, a text, where nothing was done.

    Raises
    ------
    BadRequest
        If it is nothing that the page sends.
    """
    acts = {"look": _look, "begin": _begin, "type": _type, "save": _save, "discard": _discard}
    if act not in acts:
        raise BadRequest(act)
    return _refusable(desk, lambda: acts[act](desk, asked))


def _refusable(desk: Desk, act: Callable[[], Answer]) -> Answer:
    """What comes of an act, or why it was refused."""
    try:
        return act()
    except DataError as error:
        return {"refused": desk.told(error)}
    except OSError as error:
        return {"refused": f"{error.filename or desk.out}: {error.strerror or error}. What was asked for last was not written."}


def _look(desk: Desk, _asked: Mapping[str, Any]) -> Answer:
    """All sorts and drafts, without a word of what is in them."""
    kept = keeping.read(desk.study, desk.out)
    lines = kept.lines
    sorts = [
        {"participant": name, "typed": lines[name].typed_by if name in lines else "", "checked": lines[name].checked_by if name in lines else ""}
        for name in kept.participants
    ]
    waiting = [
        {"participant": draft.participant, "check": draft.check, "by": draft.by, "cards": sum(map(len, filled(desk.study, draft.lines).numbers))}
        for draft in drafts.all_of(desk.study, desk.out)
    ]
    return {"sorts": sorts, "drafts": waiting, "rate": record.told(desk.study, lines), "file": str(desk.out)}


def _begin(desk: Desk, asked: Mapping[str, Any]) -> Answer:
    """Somebody's sort, new or from its draft."""
    given, by, check = _text(asked, "participant"), keeping.initials(_text(asked, "by")), asked.get("check") is True
    name = keeping.to_check(desk.study, desk.out, given, by) if check else keeping.named(desk.study, desk.out, given, overwrite=desk.overwrite)
    draft = drafts.find(desk.study, desk.out, name, check=check)
    if draft is None:
        draft = drafts.Draft(name, check, ("",) * len(desk.study.columns), by, {})
    return {
        "participant": name,
        "check": check,
        "lines": list(draft.lines),
        "answers": dict(draft.answers),
        "revision": draft.revision,
        **judged(desk, filled(desk.study, draft.lines)),
        "asked": _asked_of(desk.study, draft.answers),
    }


def _type(desk: Desk, asked: Mapping[str, Any]) -> Answer:
    """What stands on the board now; kept as a draft, and judged."""
    draft = drafts.keep(desk.study, desk.out, _draft(desk.study, asked))
    return {"revision": draft.revision, **judged(desk, filled(desk.study, draft.lines)), "asked": _asked_of(desk.study, draft.answers)}


def _save(desk: Desk, asked: Mapping[str, Any]) -> Answer:
    """A board that is whole, into the file; of a second typing first the differences, and with these settled into the file too."""
    draft = drafts.keep(desk.study, desk.out, _draft(desk.study, asked))
    return {"revision": draft.revision, **_refusable(desk, lambda: _saved(desk, draft, asked.get("settled")))}


def _saved(desk: Desk, draft: drafts.Draft, given: Any) -> Answer:
    board = filled(desk.study, draft.lines)
    if found := slips(board):
        return {"refused": f"This is no sort yet: {'; '.join(told(found))}."}
    sort = values(board)
    if not draft.check:
        keeping.save(desk.study, desk.out, draft, sort, overwrite=desk.overwrite)
        return {"saved": f"Saved: {draft.participant}, {counted(board.n_cards, 'card')}.", **_look(desk, {})}
    differing = keeping.differing(desk.study, desk.out, draft.participant, sort)
    if differing and not given:
        return {
            "differences": [
                {
                    "card": one.card,
                    "text": _wording(desk, one.card - 1),
                    "first": one.first,
                    "second": one.second,
                    "said": f"typed first in {column_label(one.first)}, now in {column_label(one.second)}",
                }
                for one in differing
            ],
            "columns": [{"value": value, "label": column_label(value)} for value in desk.study.columns],
        }
    settled = keeping.save_check(desk.study, desk.out, draft, sort, _choices(given or {}))
    if settled:
        wrong = sum(one.first_was_wrong for one in settled)
        outcome = f"{counted(len(settled), 'difference')} settled, {wrong} of them wrong in the first typing"
    else:
        outcome = "both typings agree"
    return {"saved": f"Checked: {draft.participant}, {outcome}.", **_look(desk, {})}


def _discard(desk: Desk, asked: Mapping[str, Any]) -> Answer:
    """A draft that nobody wants."""
    drafts.drop(desk.out, _text(asked, "participant"), check=asked.get("check") is True)
    return _look(desk, {})


def judged(desk: Desk, board: Board) -> Answer:
    """A board with all that is to be said about it.

    Parameters
    ----------
    desk : Desk
    board : Board
    """
    found = slips(board)
    wrong = [slip for slip in found if told_now(board, slip)]
    at_fault = {(slip.number, column) for slip in wrong for column in slip.columns if slip.number}
    columns = []
    for column, numbers in enumerate(board.numbers):
        cards = []
        for number in numbers:
            i = card(board, number)
            cards.append({"number": number, "text": "" if i is None else _wording(desk, i), "wrong": (number, column) in at_fault})
        columns.append(
            {
                "count": f"{len(numbers)} of {board.counts[column]}" if board.counts else counted(len(numbers), "card"),
                "cards": cards,
                "wrong": [f"{slip.message}." for slip in wrong if column in slip.columns],
            }
        )
    typed = sum(map(len, board.numbers))
    return {
        "columns": columns,
        "wrong": [f"{said}." for said in told(wrong)],
        "open": [f"{said}." for said in told([slip for slip in found if slip not in wrong])],
        "count": f"{typed} of {board.n_cards} cards",
        "whole": not found,
    }


def _wording(desk: Desk, i: int) -> str:
    return desk.study.statements[i].text.in_(desk.language)


def _asked_of(study: Study, given: Mapping[str, Any]) -> list[str]:
    """Ids of the questions that are asked of somebody who answers so."""
    answers, _ = people.cleaned(study, given)
    return [question.id for question in shown(study.questions, answers)]


def _text(asked: Mapping[str, Any], key: str) -> str:
    found = asked.get(key)
    if not isinstance(found, str):
        raise BadRequest(key)
    return found


def _draft(study: Study, asked: Mapping[str, Any]) -> drafts.Draft:
    lines, answers, revision = asked.get("lines"), asked.get("answers"), asked.get("revision")
    if not isinstance(lines, list) or len(lines) != len(study.columns) or not all(isinstance(line, str) for line in lines):
        raise BadRequest("lines")
    if not isinstance(answers, dict) or isinstance(revision, bool) or not isinstance(revision, int):
        raise BadRequest("answers")
    name, by = _text(asked, "participant"), _text(asked, "by")
    if name != name.strip() or not name.isprintable() or not 0 < len(name) <= keeping.LONGEST_NAME:
        raise BadRequest("participant")
    known = {question.id for question in study.questions}
    kept = {key: value for key, value in answers.items() if key in known}
    return drafts.Draft(name, asked.get("check") is True, tuple(lines), keeping.initials(by), kept, revision)


def _choices(settled: Any) -> dict[int, tuple[float, str]]:
    if not isinstance(settled, dict):
        raise BadRequest("settled")
    choices = {}
    for number, one in settled.items():
        if not isinstance(one, dict) or not number.isdecimal() or len(number) > 6:
            raise BadRequest("settled")
        kept, reason = one.get("kept"), one.get("reason")
        if (kept is not None and (isinstance(kept, bool) or not isinstance(kept, int | float))) or not isinstance(reason, str):
            raise BadRequest("settled")
        if kept is not None:
            choices[int(number)] = (float(kept), reason)
    return choices
