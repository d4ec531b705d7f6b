"""The stage in which cards are chosen column by column, from the outside inwards, in rounds where there are many.

A page asks either which of its cards are nearer (boxes to tick), or, where there are many, which are nearer to one end and which to the other (three
ways for each card, the one between taken until another is). `Said` is what somebody said on either; `qmethod_studies.rounds` decides what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import Study, column_label
from qmethod_studies.rounds import Decided, Round, decided, next_round, standing
from qmethod_studies.sorting import Board, Step, may_call_equal, next_step, refine_order, spots
from qmethod_webform.i18n import apart, gettext
from qmethod_webform.respondent.acting import saving_words, step_data
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.forms import PickForm
from qmethod_webform.respondent.pages import address, refusal_message, stage_page
from qmethod_webform.respondent.person import Visit, store
from qmethod_webform.respondent.sorting import enter, go_on, save

LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What the next page of choosing asks.

    Parameters
    ----------
    page : Round or None
        None where every card has a place, or follows from what was said.
    before : tuple of Decided
        Columns that are decided and not filled yet; the next act of choosing fills them.
    board : Board
        With these filled.
    latest : bool
        Whether going back means to take a round back.
    """

    page: Round | None
    before: tuple[Decided, ...]
    board: Board
    latest: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a form says of the cards on a page.

    Parameters
    ----------
    near, away : list of str
        Statements that are called nearer to the end in question, and to the other one.
    shown : frozenset of str
        Those of which a way of three was sent.
    """

    near: list[str]
    away: list[str]
    shown: frozenset[str] = frozenset()


@blueprint.route("/<study>/refine", methods=["GET", "POST"])
def refine(study: str) -> AnyResponse | str | tuple[str, int]:
    """Pick exactly as many cards as a column takes, from the outside inwards."""
    here = enter(study, "refine")
    if not isinstance(here, Visit):
        return here
    said = Said([], [])
    status, messages = 200, []
    if request.method == "POST":
        form = PickForm()
        said = _said(here.study)
        picked = said.near
        if form.validate_on_submit():
            asked = _asked(here)
            if asked.before and (form.do.data == "board" or (form.do.data == "same" and not _is_whole_pool(here, picked))):
                here, _ = save(here, _filled(asked.before))
            if form.do.data == "board":
                return go_on(here, "refine", form.key.data) or redirect(address(here.study, "refine"))
            act = {
                "pick": _picked(asked, form.column.data, picked, of_all="all" in request.args),
                "prefer": _preferred(asked.page, form.column.data, said),
                "same": {"act": "same", "statements": picked},
                "back": {"act": "reconsider" if asked.latest else "undo"},
            }[form.do.data]
            if act is None:
                messages = _wrong_number(asked.page, said, here.study.direction(here.response.language))
            else:
                here, result = save(here, act, form.key.data)
                if result.outcome != "refused":
                    return redirect(address(here.study, "refine"))
                messages = [refusal_message(here.study, result)]
        status, messages = 400, messages or [gettext("Choose again.")]
    return _refine_page(here, said, messages), status


def _said(study: Study) -> Said:
    """What the form that was sent says: boxes that are ticked, or one of three ways for each card."""
    ways = {name: way for name in study.ids if (way := request.form.get(f"c-{name}")) is not None}
    ticked = [name for name in request.form.getlist("statements") if len(name) <= LONGEST_ID]
    near, away = ([name for name, way in ways.items() if way == end] for end in ("near", "away"))
    return Said([*ticked, *near], away, frozenset(ways))


def _wrong_number(page: Round | None, said: Said, way: str) -> list[str]:
    """How many a page asks for, where it would help to be told."""
    if page is None or (page.last and not page.settled):
        return []
    if page.other is None:
        return [gettext("Choose exactly %(n)s.", n=page.choose)]
    ends = ((page.column, page.choose, said.near), (page.other, page.away, said.away))
    wrong = ((column, n) for column, n, names in ends if len(names) != n)
    return [gettext("Choose the %(n)s nearest to %(column)s", n=n, column=apart(column_label(column), way)) for column, n in wrong]


def _asked(here: Visit) -> Asked:
    """What the next page asks."""
    marks, latest = standing(here.study, ({**event.detail, "act": event.act} for event in store().log(here.response.handle)))
    before, board = decided(here.study, here.response.board, here.response.order, marks)
    return Asked(next_round(here.study, board, here.response.order, marks), before, board, latest)


def _is_whole_pool(here: Visit, names: Sequence[str]) -> bool:
    """Whether cards are the pool of the next column as it stands, nothing filled before, as on a page that was opened before."""
    step = next_step(here.study, here.response.board)
    return step is not None and set(names) == set(step.pool)


def _filled(columns: Sequence[Decided]) -> dict[str, Any]:
    """The act that fills columns which are decided."""
    *before, last = map(asdict, columns)
    return {"act": "pick", **last, "before": before}


def _picked(asked: Asked, column: float | None, picked: list[str], *, of_all: bool) -> dict[str, Any] | None:
    """What a form says of a page whose cards go into their column, and with them those that are in anyway; None where the number is another."""
    act: dict[str, Any] = {"act": "pick", "column": column, "statements": picked}
    if asked.page is None or column != asked.page.column:
        return act
    settled = asked.page.settled
    if settled and not of_all and len(picked) != asked.page.choose + len(settled):  # a page that was opened before shows them all
        if len(picked) != asked.page.choose:
            return None
        act["statements"] = [*settled, *picked]
    return act | ({"before": [asdict(one) for one in asked.before]} if asked.before else {})


def _preferred(asked: Round | None, column: float | None, said: Said) -> dict[str, Any] | None:
    """What a form says of a round; None where it is of another one, or of another number of cards."""
    if asked is None or asked.last or column != asked.column or (len(said.near), len(said.away)) != (asked.choose, asked.away):
        return None
    if not set(said.near) | set(said.away) < set(asked.cards):
        return None
    ways = {name: "near" if name in said.near else "away" if name in said.away else "between" for name in asked.cards}
    near, away, between = ([name for name, way in ways.items() if way == wanted] for wanted in ("near", "away", "between"))
    act: dict[str, Any] = {"act": "prefer", "column": asked.column, "statements": near}
    if asked.away:
        return act | {"others": away, "between": between} if said.shown == set(asked.cards) else None
    return act | {"others": between}


def _refine_page(here: Visit, said: Said, messages: Sequence[str]) -> str:
    study, response = here.study, here.response
    found = _asked(here)
    asked, board = found.page, found.board
    step = next_step(study, board)
    in_parts = asked is not None and step is not None and (not asked.last or len(asked.cards) < len(step.pool))
    if in_parts and "all" in request.args and asked is not None and step is not None:
        pool = tuple(name for name in response.order if name in step.pool)
        asked = Round(asked.column, asked.upper, pool, (), step.need, last=True)
    texts = {statement.id: statement.text.in_(response.language) for statement in study.statements}
    over = _spread(study, board, step)
    if not (said.near or said.away) and asked is not None and response.draft:
        at = {name: column for name, column in response.draft.items() if name in asked.cards}
        near, away = ([name for name, column in at.items() if column == end] for end in (asked.column, asked.other))
        said = Said(near, away)
    undone = next((done.stage for done in reversed(store().trail(response.handle).past)), None)
    return stage_page(
        "refine",
        here,
        step=step,
        asked=asked,
        in_parts=in_parts,
        column_number=refine_order(study).index(step.column) + 1 if step is not None else None,
        texts=texts,
        picked=said.near,
        away=said.away,
        placed=len(board.places),
        messages=messages,
        spread=", ".join(map(column_label, over)),
        asked_same=bool(over) and "same" in request.args,
        undoes="refine" if found.latest else undone,
        form=PickForm(formdata=None),
        data={
            "words": saving_words()
            | {
                "chosen": gettext("{chosen} of {need} chosen"),
                "tooMany": gettext("{chosen} of {need} chosen. Take one out."),
                "stale": gettext(
                    "This sort was changed on another device or in another window. What you ticked still stands here and is not placed. "
                    "Reload the page to see what is saved."
                ),
            },
            "step": step_data(study, response.board),
            "response": response.id,
            "back": {"act": "reconsider" if found.latest else "undo"},
            "before": [asdict(one) for one in found.before],
            "settled": list(asked.settled) if asked is not None else [],
        },
    )


def _spread(study: Study, board: Board, step: Step | None) -> list[float]:
    """The columns over which the machine would spread the cards of a step; none where it may not."""
    if step is None or not may_call_equal(study, step):
        return []
    places = spots(study, board)
    return sorted({places[name] for name in step.pool})
