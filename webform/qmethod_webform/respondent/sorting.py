"""The stages in which cards are sorted: first look, the board, and the board as a plain list. Choosing is in `choosing`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import PILES, column_label
from qmethod_studies.store import Result
from qmethod_webform.i18n import apart, gettext
from qmethod_webform.respondent import journey
from qmethod_webform.respondent.acting import save_acts, saving_words, sort_data
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.forms import KeyedForm, PileForm, fresh_key, list_form
from qmethod_webform.respondent.pages import address, refusal_message, stage_page
from qmethod_webform.respondent.person import Stop, Visit, of_page, served, store, thanked, visit

ON_THE_BOARD = ("place", "swap", "return", "arrange")
"""Acts that somebody does on the board; who has done none is told how it is used."""


def enter(study: str, stage: str) -> Visit | AnyResponse:
    """The visit of somebody who may open a stage; for somebody who may not yet, the way to where they are.

    Raises
    ------
    Stop
        For a browser without an open response: no stage is reached by its address alone.
    """
    served(study)
    here = visit(study)
    if here is None and thanked(study) is not None:
        return redirect(address(served(study), "sent"))
    if here is None:
        raise Stop("no-sort", 403)
    if not here.study.begun_may_finish and (why := store().barred(here.response.handle)) is not None:
        raise Stop(f"late-{why}", 403)
    if request.method == "POST" and not of_page(here):
        return redirect(address(here.study, journey.current(here.study, here.response)))
    if not journey.may_open(here.study, here.response, stage):
        return redirect(address(here.study, journey.current(here.study, here.response)))
    return here


def save(here: Visit, act: dict[str, Any], key: str | None = None) -> tuple[Visit, Result]:
    """Save one act; the visit with what is stored now, and what became of the act."""
    saved = save_acts(here.response.handle, [{"key": key or fresh_key(), **act}])
    return Visit(here.study, saved.response, here.code), saved.results[0]


def go_on(here: Visit, stage: str, key: str | None = None) -> AnyResponse | None:
    """Finish a stage and lead to the next; None where something is still missing in it."""
    here, result = save(here, {"act": "finish", "stage": stage}, key)
    if result.outcome == "refused":
        return None
    following = journey.neighbour(here.study, stage, 1)
    assert following is not None
    return redirect(address(here.study, following))


@blueprint.route("/<study>/presort", methods=["GET", "POST"])
def presort(study: str) -> AnyResponse | str | tuple[str, int]:
    """One card at a time, onto one of three piles."""
    here = enter(study, "presort")
    if not isinstance(here, Visit):
        return here
    status, message = 200, ""
    if request.method == "POST":
        if "go_on" in request.form:
            form = KeyedForm()
            if form.validate_on_submit():
                following = go_on(here, "presort", form.key.data)
                if following is not None:
                    return following
            status, message = 400, gettext("Put every card on a pile first.")
        else:
            piled = PileForm()
            result = None
            if piled.validate_on_submit():
                here, result = save(here, {"act": "pile", "statement": piled.statement.data, "pile": piled.pile.data}, piled.key.data)
            if result is not None and result.outcome != "refused":
                return redirect(url_for("respondent.presort", study=study))
            status, message = 400, refusal_message(here.study, result) if result else gettext("Choose one of the three piles.")
    return _presort_page(here, message), status


def _presort_page(here: Visit, message: str) -> str:
    response = here.response
    texts = {statement.id: statement.text.in_(response.language) for statement in here.study.statements}
    open_cards = [name for name in response.order if name not in response.board.piles]
    asked = request.args.get("card")
    card = asked if asked in texts else next(iter(open_cards), None)
    return stage_page(
        "presort",
        here,
        card=card,
        number=response.order.index(card) + 1 if card else None,
        texts=texts,
        done=len(texts) - len(open_cards),
        piles={pile: [name for name in response.order if response.board.piles.get(name) == pile] for pile in reversed(PILES)},
        pile_names=pile_names(),
        message=message,
        form=PileForm(formdata=None),
        data=sort_data(here.study, response) | {"words": saving_words() | _presort_words(), "piles": pile_names()},
    )


def pile_names() -> dict[str, str]:
    """What the piles are called on the page."""
    return {"agree": gettext("Agree"), "neutral": gettext("Neutral or unsure"), "disagree": gettext("Disagree")}


def _presort_words() -> dict[str, str]:
    return {
        "card": gettext("Card {number} of {total}"),
        "piled": gettext("{pile}. Next: {text}"),
        "done": gettext("All cards are on a pile."),
        "change": gettext("Change"),
        "empty": gettext("No card yet"),
    }


@blueprint.route("/<study>/grid", methods=["GET", "POST"])
def grid(study: str) -> AnyResponse | str | tuple[str, int]:
    """The board. It needs a script; without one the page leads to the list."""
    here = enter(study, "grid")
    if not isinstance(here, Visit):
        return here
    status, message = 200, ""
    if request.method == "POST":
        form = KeyedForm()
        if form.validate_on_submit():
            following = go_on(here, "grid", form.key.data)
            if following is not None:
                return following
        status, message = 400, gettext("Cards still to place: %(left)s.", left=len(here.response.board.unplaced(here.study)))
    return stage_page(
        "grid",
        here,
        message=message,
        new_here=not any(event.act in ON_THE_BOARD for event in store().log(here.response.handle)),
        form=KeyedForm(formdata=None),
        data=sort_data(here.study, here.response)
        | {"words": saving_words() | _grid_words(here), "pileNames": pile_names(), "trail": asdict(store().trail(here.response.handle))},
    ), status


@blueprint.route("/<study>/grid/list", methods=["GET", "POST"])
def grid_list(study: str) -> AnyResponse | str | tuple[str, int]:
    """The board as one form: a row of columns to choose from for each statement."""
    here = enter(study, "grid")
    if not isinstance(here, Visit):
        return here
    order = {name: i for i, name in enumerate(here.response.order)}
    statements = sorted(here.study.statements, key=lambda statement: order[statement.id])
    # What was chosen but could not be placed yet lies over what is placed, so that no choice is lost.
    columns = {name: place.column for name, place in here.response.board.places.items()} | dict(here.response.draft or {})
    form = list_form(here.study, statements, columns, here.response.language)
    status, messages = 200, []
    if form.validate_on_submit():
        wanted = {statement.id: _number(form[f"s-{statement.id}"].data) for statement in statements if form[f"s-{statement.id}"].data}
        columns = {name: value for name, value in wanted.items() if value is not None}
        here, result = save(here, {"act": "arrange", "columns": wanted}, form.key.data)
        if result.outcome == "refused":
            here, _kept = save(here, {"act": "draft", "columns": columns})
            status = 400
            messages = list_messages(here, columns) or [refusal_message(here.study, result)]
        elif "go_on" in request.form:
            following = go_on(here, "grid")
            if following is not None:
                return following
            status, messages = 400, list_messages(here, columns)
        else:
            return redirect(url_for("respondent.grid_list", study=study))
        form.key.data = fresh_key()
    elif here.response.draft:
        messages = list_messages(here, columns)
    filled = {value: sum(1 for column in columns.values() if column == value) for value in here.study.columns}
    counts = {f"{value:g}": count for value, count in here.study.capacity.items()} if here.study.distribution == "forced" else {}
    data = {"words": saving_words() | _list_words(), "counts": counts}
    return stage_page("grid", here, template="grid_list", form=form, statements=statements, filled=filled, messages=messages, data=data), status


def _list_words() -> dict[str, str]:
    """What is said of each choice in the list, for whoever does not see the table of counts."""
    return {
        "filled": gettext("Column {column} has {chosen} cards and takes {count}."),
        "toPlace": gettext("Still to place: {left}"),
    }


def list_messages(here: Visit, columns: dict[str, float]) -> list[str]:
    """What keeps the choices of the list from being a whole sort."""
    found: list[str] = []
    way = here.study.direction(here.response.language)
    for value, count in here.study.capacity.items() if here.study.distribution == "forced" else ():
        chosen = sum(1 for column in columns.values() if column == value)
        if chosen > count:
            found.append(
                gettext(
                    "Column %(column)s has %(chosen)s cards and takes %(count)s.", column=apart(column_label(value), way), chosen=chosen, count=count
                )
            )
    left = len(here.study.statements) - len(columns)
    if left:
        found.append(gettext("Cards still to place: %(left)s.", left=left))
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _grid_words(here: Visit) -> dict[str, str]:
    scale = here.study.scale
    language = here.response.language
    return {
        "low": scale.low.in_(language),
        "high": scale.high.in_(language),
        "toPlace": gettext("Still to place: {left}"),
        "allPlaced": gettext("All cards are placed. Move any you like, then continue."),
        "free": gettext("{free} of {count} free"),
        "full": gettext("full"),
        "placeAt": gettext("Place at {column}, {free}"),
        "choose": gettext("Choose a card, then a column."),
        "another": gettext("Other cards ({left})"),
        "chosen": gettext("Chosen: {text}"),
        "where": gettext("Where does it belong?"),
        "atColumn": gettext("now at {column}"),
        "atColumnByMachine": gettext("now at {column}, placed by the machine"),
        "placed": gettext("“{text}” placed at {column}. Still to place: {left}."),
        "returned": gettext("“{text}” taken off the board. Still to place: {left}."),
        "swapped": gettext("“{text}” is now at {column}, “{other}” at {otherColumn}."),
        "swappedOff": gettext("“{text}” is now at {column}, “{other}” is off the board."),
        "swapWith": gettext("{column} is full. Choose a card there to change places with it, or another column."),
        "target": gettext("{column}: {free}. Enter places the card."),
        "undone": gettext("Undone. Still to place: {left}."),
        "redone": gettext("Redone. Still to place: {left}."),
        "takeOff": gettext("Take off the board"),
        "cancelled": gettext("Nothing chosen."),
        "byMachine": gettext("placed by the machine"),
        "someByMachine": gettext("Marked {sign}: placed by the machine ({count}). Move them as you like."),
        "next": gettext("Next: {text}"),
        "chooseFirst": gettext("Press a card first, so that it is clear which one you mean."),
        "undoCrosses": gettext("The next undo takes back your last choice of the stage before (cards: {count}). Press Undo again to do that."),
        "undoUnknown": gettext("The next undo takes back what was done in another window or on another device. Press Undo again to do that."),
    }
