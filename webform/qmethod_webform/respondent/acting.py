"""Acts as the scripts of the pages send them: JSON in, and what is now stored back out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import g, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import Study
from qmethod_studies.sorting import Board, next_step
from qmethod_studies.store import Gone, Handle, Opened, Response, Result, Saved
from qmethod_studies.store.stages import STAGES
from qmethod_webform.i18n import for_scripts, gettext
from qmethod_webform.metrics import figures
from qmethod_webform.respondent import journey
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.budgets import budgets, spend
from qmethod_webform.respondent.looking import address_of
from qmethod_webform.respondent.pages import refusal_message
from qmethod_webform.respondent.person import Stop, handle, known, served, store, study_of, thanked

MOST_ACTS = 100
"""Acts in one request: as many as the script sends at once."""


@blueprint.post("/<study>/acts")
def acts(study: str) -> AnyResponse | tuple[AnyResponse, int]:
    """Save acts and say of each whether it is saved; then the sort as it is stored."""
    served(study)
    body = _body()
    of_page, token = handle(study, body.get("response") if isinstance(body, dict) else None)
    if of_page is None:
        raise _not_open(study)
    wanted = body.get("acts") if isinstance(body, dict) else None
    if not isinstance(wanted, list) or len(wanted) > MOST_ACTS:
        return jsonify(error="malformed"), 400
    try:
        saved = save_acts(of_page, wanted, token, _opened(body.get("opened")))
    except Gone:
        who = known(study)
        if who is None or who.receipt:
            raise _not_open(study) from None
        raise
    if saved.response.status != "started":
        raise Stop("submitted", 403)
    g.language = saved.response.language
    answered = study_of(study, saved.response)
    answer = {
        "response": of_page.number,
        "results": [_result(answered, result) for result in saved.results],
        **state(answered, saved.response),
        "progress": _progress(answered, saved.response),
    }
    return jsonify(answer), 409 if any(result.outcome == "refused" for result in saved.results) else 200


def _opened(told: Any) -> Opened | None:
    """The page that acts were done on, as its script tells; None where it does not."""
    stage, at = (told.get("stage"), told.get("at")) if isinstance(told, dict) else (None, None)
    if stage not in (*STAGES, "review") or isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < 2**32:
        return None
    return Opened(stage, datetime.fromtimestamp(at, UTC))


def _not_open(study: str) -> Stop:
    return Stop("no-sort" if thanked(study) is None else "submitted", 403)


def _progress(study: Study, response: Response) -> dict[str, float]:
    found = journey.progress(study, response, journey.current(study, response))
    return {"share": round(found.share, 3), "minutes": found.minutes}


def save_acts(response: Handle, acts: Sequence[Any], token: str | None = None, opened: Opened | None = None) -> Saved:
    """Save what somebody did, if it is no more than anybody does in so short a time.

    Parameters
    ----------
    response : Handle
    acts : sequence
    token : str, optional
        Of the browser, where it was not asked yet whether it still leads to this person.
    opened : Opened, optional
        The page.

    Raises
    ------
    Stop
        If it is more; nothing is saved then.
    """
    spend(budgets().acts, response.code_hash, len(acts))
    saved = store().save(response, acts, token, opened)
    figures().acts(result.outcome for result in saved.results)
    return saved


def _body() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:  # brackets in brackets, thousands deep
        return None


def state(study: Study, response: Response) -> dict[str, Any]:
    """A sort as the scripts know it."""
    return {
        "piles": dict(response.board.piles),
        "places": {name: place.column for name, place in response.board.places.items()},
        "machine": [name for name, place in response.board.places.items() if place.by == "auto"],
        "revision": response.revision,
        "canUndo": response.can_undo,
        "canRedo": response.can_redo,
        "step": step_data(study, response.board),
    }


def step_data(study: Study, board: Board) -> dict[str, Any] | None:
    """The step of choosing that a sort is at, as the scripts know it."""
    step = next_step(study, board)
    return None if step is None else {"column": step.column, "need": step.need, "pool": list(step.pool), "left": len(board.unplaced(study))}


def sort_data(study: Study, response: Response) -> dict[str, Any]:
    """What a script needs to show the sort: the cards in the order in which this person meets them, the grid, and the state."""
    language = response.language
    texts = {statement.id: statement.text.in_(language) for statement in study.statements}
    number = {name: i for i, name in enumerate(study.ids, start=1)}
    return {
        "cards": [{"id": name, "number": number[name], "text": texts[name], **files_on(study, name)} for name in response.order],
        "grid": [{"value": value, "count": count} for value, count in study.capacity.items()],
        "labels": {f"{value:g}": text.in_(language) for value, text in study.labels.items()},
        "free": study.distribution == "free",
        "state": state(study, response),
        "response": response.id,
    }


def _result(study: Study, result: Result) -> dict[str, Any]:
    key = result.key.encode(errors="replace").decode()  # half a surrogate pair can come in as JSON, but cannot go out
    found: dict[str, Any] = {"key": key, "outcome": result.outcome}
    if result.outcome == "refused":
        found |= {"code": result.code, **for_scripts({"message": refusal_message(study, result)})}
    return found


def files_on(study: Study, name: str) -> dict[str, str]:
    """The addresses of what a card shows or lets hear besides its text."""
    [statement] = (one for one in study.statements if one.id == name)
    found = {key: address_of(study, getattr(statement, key)) for key in ("image", "audio")}
    return {key: address for key, address in found.items() if address}


def saving_words() -> dict[str, str]:
    """What the scripts say about saving."""
    return {
        "larger": gettext("Show larger"),
        "close": gettext("Close"),
        "saved": gettext("Saved"),
        "saving": gettext("Saving …"),
        "offline": gettext("No connection. Kept on this device, sent as soon as it is back."),
        "busy": gettext("The server is busy. Kept on this device, sent again by itself."),
        "slower": gettext("Very much at once. Kept on this device, sent little by little."),
        "tooLong": gettext("That is too long. Shorten it a little."),
        "waiting": gettext("Continuing as soon as everything is saved …"),
        "elsewhere": gettext("This sort was changed on another device or in another window. The page now shows what is saved."),
        "unkept": gettext("Not sent yet, and this browser does not keep it. Leave this page open until it is saved."),
        "gone": gettext("This sort is no longer open here. Reload the page."),
    }
