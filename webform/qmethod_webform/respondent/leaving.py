"""The way out: sending, thanks with the receipt, one's own copy, withdrawal, and forgetting on this device."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

from flask import current_app, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import Study
from qmethod_studies.nearest import CLOSE, closeness
from qmethod_studies.store import Incomplete, Response
from qmethod_webform.respondent import journey
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.forms import CodeForm, KeyedForm
from qmethod_webform.respondent.guessing import count_wrong_code, refuse_guessing
from qmethod_webform.respondent.pages import address, choose_language, page
from qmethod_webform.respondent.person import THANKS_SECONDS, Stop, Visit, forget, keep, pocket, served, store, thanked, visit
from qmethod_webform.respondent.telling import review_page, whole


def remember_receipt(study: str, code: str) -> None:
    """Let this browser see the page of thanks for half an hour, and nothing else of the response."""
    forget(study, forms=False)  # a second click on the button that sends is on its way, and comes from the same page
    keep(study, receipt=code, until=int(time.time()) + THANKS_SECONDS)


@blueprint.post("/<study>/submit")
def submit(study: str) -> AnyResponse | tuple[str, int]:
    """Send the sort. Sent twice is sent once."""
    served(study)
    done = thanked(study)
    if done is not None:
        if "receipt" not in pocket(study):
            remember_receipt(study, done.code)
        return redirect(url_for("respondent.thanks", study=study))
    here = visit(study)
    if here is None:
        raise Stop("no-sort", 403)
    form = KeyedForm()
    if not form.validate_on_submit():
        raise Stop("bad-request", 400)
    outcome = store().submit(here.response.id, form.key.data)
    if isinstance(outcome, Incomplete):
        if not journey.may_open(here.study, here.response, "review"):
            return redirect(address(here.study, journey.current(here.study, here.response)))
        return review_page(here, gettext("Something is still missing. Please look through it again.")), 400
    remember_receipt(study, here.code)
    return redirect(url_for("respondent.thanks", study=study))


@blueprint.get("/<study>/thanks")
def thanks(study: str) -> str:
    """Thanks, the receipt code, and the way to one's own copy."""
    served(study)
    here = thanked(study)
    if here is None:
        raise Stop("no-receipt", 403)
    ranked = closeness(here.study, here.response.board) if here.study.show_closest else ()
    return page("thanks", here.study, code=here.code, back_to_panel=_panel_link(here), ranked=ranked, close=CLOSE)


@blueprint.get("/<study>/copy")
def copy(study: str) -> str:
    """One's own sort to read and to print."""
    here = _mine(study)
    return page("copy", here.study, code=here.code, response=here.response, **whole(here))


@blueprint.get("/<study>/copy.json")
def copy_json(study: str) -> AnyResponse:
    """One's own sort as a file."""
    here = _mine(study)
    body = json.dumps(own_copy(here.study, here.response), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="{here.study.study}-my-sort.json"'}
    return current_app.response_class(body, mimetype="application/json", headers=headers)


def own_copy(study: Study, response: Response) -> dict[str, object]:
    """Everything that a response holds, for the person whose it is."""
    language = response.language
    return {
        "study": study.study,
        "version": study.version,
        "title": study.title.in_(language),
        "condition of instruction": study.condition.in_(language),
        "started": response.started.isoformat(),
        "sent": response.submitted.isoformat() if response.submitted else None,
        "sort": [
            {"statement": statement.id, "text": statement.text.in_(language), "column": place.column, "placed by": place.by}
            for statement in study.statements
            if (place := response.board.places.get(statement.id)) is not None
        ],
        "comments": dict(response.comments),
        "answers": dict(response.answers),
    }


@blueprint.route("/<study>/withdraw", methods=["GET", "POST"])
def withdraw(study: str) -> str | tuple[str, int]:
    """Delete a response and everything that hangs on it. The code is asked for: it is the proof that it is one's own."""
    found = served(study)
    here = visit(study) or thanked(study)
    if here is None:
        choose_language(found)
    form = CodeForm()
    if not form.validate_on_submit():
        return page("withdraw", found, form=form, gone=False), 400 if request.method == "POST" else 200
    refuse_guessing(study)
    if not store().withdraw(study, form.code.data):
        count_wrong_code(study)
        form.code.errors = [gettext("There is no sort with this code. Check it, letter by letter.")]
        return page("withdraw", found, form=form, gone=False), 403
    forget(study)
    return page("withdraw", found, form=form, gone=True)


@blueprint.post("/<study>/leave")
def leave(study: str) -> AnyResponse:
    """Forget the respondent on this device; their code still works."""
    served(study)
    forget(study)
    return redirect(url_for("respondent.welcome", study=study))


def _mine(study: str) -> Visit:
    served(study)
    here = thanked(study)
    if here is None:
        raise Stop("no-receipt", 403)
    return here


def _panel_link(here: Visit) -> str:
    link = here.study.access.return_link or ""
    return link.replace("{participant}", quote(here.response.participant, safe="")).replace("{receipt}", quote(here.code, safe=""))
