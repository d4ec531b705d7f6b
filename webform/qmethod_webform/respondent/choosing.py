"""The stage in which cards are chosen column by column, from the outside inwards, in rounds where there are many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import Study, column_label
from qmethod_studies.rounds import Round, next_round, standing
from qmethod_studies.sorting import Board, Step, may_call_equal, next_step, refine_order, spots
from qmethod_webform.respondent.acting import saving_words, step_data
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.forms import PickForm
from qmethod_webform.respondent.pages import address, refusal_message, stage_page
from qmethod_webform.respondent.person import Visit, store
from qmethod_webform.respondent.sorting import enter, go_on, save

LONGEST_ID = 40


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
            if form.do.data == "board":
                return go_on(here, "refine", form.key.data) or redirect(address(here.study, "refine"))
            asked, latest = _asked(here)
            act = {
                "pick": {"act": "pick", "column": form.column.data, "statements": picked},
                "prefer": _preferred(asked, form.column.data, picked),
                "same": {"act": "same", "statements": picked},
                "back": {"act": "reconsider" if latest else "undo"},
            }[form.do.data]
            if act is None:
                message = gettext("Choose exactly %(n)s.", n=asked.choose) if asked is not None and not asked.last else ""
            else:
                here, result = save(here, act, form.key.data)
                if result.outcome != "refused":
                    return redirect(address(here.study, "refine"))
                message = refusal_message(here.study, result)
        status, message = 400, message or gettext("Choose again.")
    return _refine_page(here, picked, message), status


def _asked(here: Visit) -> tuple[Round | None, bool]:
    """What the next page asks, all cards at once where that was wished; and whether going back means to take a round back."""
    marks, latest = standing(here.study, ({**event.detail, "act": event.act} for event in store().log(here.response.handle)))
    found = next_round(here.study, here.response.board, here.response.order, marks)
    return found, latest


def _preferred(asked: Round | None, column: float | None, picked: list[str]) -> dict[str, Any] | None:
    """What a form says of a round; None where it is of another one, or of another number of cards."""
    if asked is None or asked.last or column != asked.column or len(picked) != asked.choose or not set(picked) < set(asked.cards):
        return None
    return {"act": "prefer", "column": asked.column, "statements": picked, "others": [name for name in asked.cards if name not in picked]}


def _refine_page(here: Visit, picked: list[str], message: str) -> str:
    study, response = here.study, here.response
    step = next_step(study, response.board)
    asked, latest = _asked(here)
    in_parts = asked is not None and step is not None and len(asked.cards) < len(step.pool)
    if in_parts and "all" in request.args and asked is not None and step is not None:
        asked = replace(asked, cards=tuple(name for name in response.order if name in step.pool), choose=step.need, last=True)
    texts = {statement.id: statement.text.in_(response.language) for statement in study.statements}
    over = _spread(study, response.board, step)
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
        placed=len(response.board.places),
        message=message,
        spread=", ".join(map(column_label, over)),
        asked_same=bool(over) and "same" in request.args,
        undoes="refine" if latest else undone,
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
            "back": {"act": "reconsider" if latest else "undo"},
        },
    )


def _spread(study: Study, board: Board, step: Step | None) -> list[float]:
    """The columns over which the machine would spread the cards of a step; none where it may not."""
    if step is None or not may_call_equal(study, step):
        return []
    places = spots(study, board)
    return sorted({places[name] for name in step.pool})
