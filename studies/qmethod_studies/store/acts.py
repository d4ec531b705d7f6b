"""What an act does to a response. Pure; knows no database. All rules of sorting are those of `qmethod_studies.sorting`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from qmethod_studies.answering import LONGEST_COMMENT
from qmethod_studies.definition import Study
from qmethod_studies.questions.answers import clean_text
from qmethod_studies.rounds import preference
from qmethod_studies.sorting import Board, History, Move, Refusal
from qmethod_studies.store.budgets import MOST_TEXT, text_bytes
from qmethod_studies.store.stages import lacks, stages
from qmethod_studies.store.values import KEY, Event, Response

SORTING = {
    "pile": ("statement", "pile"),
    "place": ("statement", "column"),
    "swap": ("statement", "other"),
    "return": ("statement",),
    "pick": ("column", "statements"),
    "same": ("statements",),
    "arrange": ("columns",),
    "undo": (),
    "redo": (),
}
"""The acts of sorting, and what the event log keeps of each, so that they can be played again."""
DECIDING = (*SORTING, "prefer")
"""The acts that somebody decides on cards by."""
_LONGEST_TIME = 10**12
MOST_PRESSES = 10_000
"""More than a key repeats in five minutes; a page counts no further."""
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class State:
    """What acts can change.

    Parameters
    ----------
    history : History
        The board, and what can be undone and done again.
    draft : mapping of str to float, or None
    answers, comments : mapping
    done : frozenset of str
    language : str
    """

    history: History
    draft: Mapping[str, float] | None
    answers: Mapping[str, Any]
    comments: Mapping[str, str]
    done: frozenset[str]
    language: str

    @property
    def board(self) -> Board:
        """As it is now."""
        return self.history.board


class Done(NamedTuple):
    """An act that can be undone or done again, as respondents are told of it.

    Parameters
    ----------
    stage : {"refine", "grid"}
        Where it was done.
    cards : int
        How many cards it moved.
    """

    stage: str
    cards: int


@dataclass(frozen=True, slots=True)
class Trail:
    """What can be undone and done again, the nearest last."""

    past: tuple[Done, ...] = ()
    future: tuple[Done, ...] = ()


def trail(history: History) -> Trail:
    """What a history leaves to undo and to do again."""

    def done(move: Move) -> Done:
        return Done("refine" if move.refining else "grid", len(move.cards))

    return Trail(tuple(map(done, history.past)), tuple(map(done, history.future)))


def columns_after_machine(study: Study, response: Response, events: Sequence[Event]) -> dict[str, float] | None:
    """Where cards lay right after the machine last placed some; None where it placed none.

    Parameters
    ----------
    study : Study
        As the response meets it.
    response : Response
    events : sequence of Event
        All its acts, in their order.
    """
    last = max((i for i, event in enumerate(events) if event.act == "same"), default=None)
    if last is None:
        return None
    acts = [{"act": event.act, **event.detail} for event in events[: last + 1] if event.act in SORTING]
    board = _played(study, acts, str(response.id))
    return {name: place.column for name, place in board.places.items()}


def _played(study: Study, acts: Iterable[Mapping[str, Any]], seed: str) -> Board:
    """The board that acts of sorting, all kept before, have led to; earlier versions let people undo more of them than now."""
    history, acts = History(), list(acts)
    for act in acts:
        history = history.after(study, act, seed=seed, deepest=len(acts))
    return history.board


def key_of(act: object) -> str:
    """The key of an act; empty where it has none that can be used."""
    key = act.get("key") if isinstance(act, Mapping) else None
    return key if isinstance(key, str) and KEY.fullmatch(key) else ""


def milliseconds(act: Mapping[str, Any], name: str) -> int | None:
    """A time that an act carries; None for what is no time, because no sort is lost for a clock that is off."""
    value = act.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_TIME:
        return None
    return int(value)


def after(study: Study, state: State, act: Mapping[str, Any], *, seed: str) -> tuple[State, dict[str, Any]]:
    """The state after an act, and what the event log keeps of it.

    Parameters
    ----------
    study : Study
    state : State
    act : mapping
        One of `SORTING`, or ``answer``, ``comment``, ``finish``, ``reopen``, ``draft``, ``language``, ``visit``, ``away``,
        ``swallowed``, ``prefer`` (of so many cards shown for a column, which are nearer to its end, and which between; see `qmethod_studies.rounds`),
        ``reconsider`` (the last of these is taken back), ``practice``.
    seed : str
        See `qmethod_studies.sorting.apply`.

    Raises
    ------
    Refusal, AnswerError
        The state is then as it was.
    """
    name = act.get("act")
    if not isinstance(name, str):
        raise Refusal("malformed")
    if name in SORTING:
        state, detail = _sorted(study, state, act, name, seed), {key: _plain(act.get(key)) for key in SORTING[name]}
        return state, detail | _decided(act) if name == "pick" else detail
    match name:
        case "answer":
            return _answered(study, state, act)
        case "comment":
            return _commented(study, state, act)
        case "finish" | "reopen":
            stage = act.get("stage")
            if stage not in stages(study):
                raise Refusal("unknown-stage")
            if name == "finish" and lacks(study, str(stage), state.board, state.answers, state.comments):
                raise Refusal("incomplete")
            done = state.done | {stage} if name == "finish" else state.done - {stage}
            return replace(state, done=frozenset(done)), {"stage": stage}
        case "draft":
            draft = _draft(study, act.get("columns"))
            return replace(state, draft=draft), {"columns": draft}
        case "language":
            language = act.get("language")
            if not isinstance(language, str) or language not in study.languages:
                raise Refusal("unknown-language")
            return replace(state, language=language), {"language": language}
        case "visit":
            stage = act.get("stage")
            if not isinstance(stage, str) or not _STAGE_NAME.fullmatch(stage):
                raise Refusal("malformed")
            return state, {"stage": stage}
        case "prefer":
            return replace(state, draft=None), preference(study, act)
        case "reconsider":
            return replace(state, draft=None), {}
        case "practice":
            how = act.get("how")
            if how not in ("done", "skipped"):
                raise Refusal("malformed")
            return state, {"how": how}
        case "swallowed":
            return state, _swallowed(study, act)
        case "away":
            away = milliseconds({"away": act.get("ms")}, "away")
            if away is None:
                raise Refusal("malformed")
            return state, {"ms": away}
        case _:
            raise Refusal("unknown-act")


def _swallowed(study: Study, act: Mapping[str, Any]) -> dict[str, Any]:
    """How many presses a page let pass because they came too soon, or from a key held down, and the card that they would have moved."""
    name, presses = act.get("statement"), act.get("presses")
    if isinstance(presses, bool) or not isinstance(presses, int) or not 1 <= presses <= MOST_PRESSES:
        raise Refusal("malformed")
    if name is not None and (not isinstance(name, str) or name not in study.ids):
        raise Refusal("unknown-statement")
    return {**({} if name is None else {"statement": name}), "presses": presses}


def _sorted(study: Study, state: State, act: Mapping[str, Any], name: str, seed: str) -> State:
    draft = state.draft if name == "pile" else None
    return replace(state, history=state.history.after(study, act, seed=seed), draft=draft)


def _decided(act: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a pick fills beside its own, where there are any."""
    before = [{"column": one["column"], "statements": list(one["statements"])} for one in act.get("before") or ()]
    return {"before": before} if before else {}


def _plain(value: Any) -> Any:
    """A part of an act that was accepted, as JSON holds it."""
    if isinstance(value, Mapping):
        return dict(value)
    return value if value is None or isinstance(value, str | int | float) else list(value)


def _answered(study: Study, state: State, act: Mapping[str, Any]) -> tuple[State, dict[str, Any]]:
    question = next((question for question in study.questions.asked if question.id == act.get("question")), None)
    if question is None:
        raise Refusal("unknown-question")
    value = question.clean(act.get("value"))
    answers = {key: old for key, old in state.answers.items() if key != question.id}
    if value is not None:
        answers[question.id] = value
    _refuse_too_much(state, state.comments, answers)
    return replace(state, answers=answers), {"question": question.id, "empty": value is None}


def _commented(study: Study, state: State, act: Mapping[str, Any]) -> tuple[State, dict[str, Any]]:
    statement = act.get("statement")
    if not isinstance(statement, str) or statement not in study.ids:
        raise Refusal("unknown-statement", statement=statement[:40] if isinstance(statement, str) else None)
    text = clean_text(act.get("text"), LONGEST_COMMENT)
    comments = {key: old for key, old in state.comments.items() if key != statement}
    if text.strip():
        comments[statement] = text
    _refuse_too_much(state, comments, state.answers)
    return replace(state, comments=comments), {"statement": statement, "characters": len(text)}


def _refuse_too_much(state: State, comments: Mapping[str, str], answers: Mapping[str, Any]) -> None:
    """Refuse what makes more of the texts than a response holds; what makes less of them is welcome however much is left."""
    new = text_bytes(comments, answers)
    if new > MOST_TEXT and new > text_bytes(state.comments, state.answers):
        raise Refusal("too-much-text")


def _draft(study: Study, wanted: object) -> dict[str, float]:
    """Columns as a form sent them, statements and columns checked, numbers in a column not."""
    if not isinstance(wanted, Mapping) or len(wanted) > len(study.ids):
        raise Refusal("malformed")
    own = {float(column): column for column in study.columns}
    known = set(study.ids)
    draft = {}
    for name, value in wanted.items():
        if not isinstance(name, str) or isinstance(value, bool) or not isinstance(value, int | float):
            raise Refusal("malformed")
        if name not in known:
            raise Refusal("unknown-statement", statement=name[:40])
        if value not in own:
            raise Refusal("unknown-column", statement=name)
        draft[name] = own[value]
    return draft
