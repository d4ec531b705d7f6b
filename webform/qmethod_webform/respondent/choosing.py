"""The stage in which cards are chosen column by column, from the outside inwards, in rounds where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import Study, column_label
from qmethod_studies.rounds import Decided, Round, decided, next_round, standing
from qmethod_studies.sorting import Board, Step, may_call_equal, next_step, refine_order, spots
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


@blueprint.route("/<study>/refine", methods=["GET", "POST"])
def refine(study: str) -> AnyResponse | str | tuple[str, int]:
    """Pick exactly as many cards as a column takes, from the outside inwards."""
    here = enter(study, "refine")
    if not isinstance(here, Visit):
        return here
    picked: list[str] = []
    status, message = 200, ""
    if request.method == "POST":
        form = PickForm()
        picked = [name for name in request.form.getlist("statements") if len(name) <= LONGEST_ID]
        if form.validate_on_submit():
            asked = _asked(here)
            if asked.before and (form.do.data == "board" or (form.do.data == "same" and not _is_whole_pool(here, picked))):
                here, _ = save(here, _filled(asked.before))
            if form.do.data == "board":
                return go_on(here, "refine", form.key.data) or redirect(address(here.study, "refine"))
            act = {
                "pick": _picked(asked, form.column.data, picked, of_all="all" in request.args),
                "prefer": _preferred(asked.page, form.column.data, picked),
                "same": {"act": "same", "statements": picked},
                "back": {"act": "reconsider" if asked.latest else "undo"},
            }[form.do.data]
            if act is None:
                page = asked.page
                message = gettext("Choose exactly %(n)s.", n=page.choose) if page is not None and (page.settled or not page.last) else ""
            else:
                here, result = save(here, act, form.key.data)
                if result.outcome != "refused":
                    return redirect(address(here.study, "refine"))
                message = refusal_message(here.study, result)
        status, message = 400, message or gettext("Choose again.")
    return _refine_page(here, picked, message), status


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


def _preferred(asked: Round | None, column: float | None, picked: list[str]) -> dict[str, Any] | None:
    """What a form says of a round; None where it is of another one, or of another number of cards."""
    if asked is None or asked.last or column != asked.column or len(picked) != asked.choose or not set(picked) < set(asked.cards):
        return None
    return {"act": "prefer", "column": asked.column, "statements": picked, "others": [name for name in asked.cards if name not in picked]}


def _refine_page(here: Visit, picked: list[str], message: str) -> str:
    study, response = here.study, here.response
    found = _asked(here)
    asked, board = found.page, found.board
    step = next_step(study, board)
    in_parts = asked is not None and step is not None and len(asked.cards) < len(step.pool)
    if in_parts and "all" in request.args and asked is not None and step is not None:
        asked = replace(asked, cards=tuple(name for name in response.order if name in step.pool), settled=(), choose=step.need, last=True)
    texts = {statement.id: statement.text.in_(response.language) for statement in study.statements}
    over = _spread(study, board, step)
    if not picked and asked is not None and response.draft:
        picked = [name for name, column in response.draft.items() if column == asked.column and name in asked.cards]
    undone = next((done.stage for done in reversed(store().trail(response.handle).past)), None)
    return stage_page(
        "refine",
        here,
        step=step,
        asked=asked,
        in_parts=in_parts,
        column_number=refine_order(study).index(step.column) + 1 if step is not None else None,
        texts=texts,
        picked=picked,
        placed=len(board.places),
        message=message,
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
