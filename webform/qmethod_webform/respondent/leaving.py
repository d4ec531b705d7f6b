"""The way out: sending, thanks with the receipt, one's own copy, withdrawal, and forgetting on this device."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from flask import current_app, flash, get_flashed_messages, redirect, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import Study, Wave
from qmethod_studies.nearest import CLOSE, closeness
from qmethod_studies.store import Incomplete, NotOpen, Response
from qmethod_webform.i18n import gettext
from qmethod_webform.respondent import journey
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.budgets import budgets, spend
from qmethod_webform.respondent.forms import CodeForm, KeyedForm
from qmethod_webform.respondent.mailing import post
from qmethod_webform.respondent.pages import address, choose_language, page, sort_name
from qmethod_webform.respondent.person import (
    THANKS_SECONDS,
    Stop,
    Visit,
    forget,
    keep,
    known,
    of_page,
    pocket,
    returning,
    served,
    shelf_of,
    store,
    study_of,
    thanked,
    visit,
)
from qmethod_webform.respondent.picture import has_letters, makes_pages, own_board, own_page, square
from qmethod_webform.respondent.telling import review_page, whole

ACTS_OF_A_PICTURE = 60
"""So many acts a picture counts as: it takes a second of the server."""


def thank(study: str) -> None:
    """Let this browser see the page of thanks for half an hour, and nothing else of the response.

    Its token stays the same, and so do its forms: a second click on the button that sends may be on its way.
    """
    who = known(study)
    if who is not None and not who.receipt:
        store().prolong(study, str(pocket(study)["token"]), THANKS_SECONDS, receipt=True)


@blueprint.post("/<study>/submit")
def submit(study: str) -> AnyResponse | tuple[str, int]:
    """Send the sort. Sent twice is sent once."""
    served(study)
    done = thanked(study)
    if done is not None:
        thank(study)
        return redirect(url_for("respondent.thanks", study=study))
    here = visit(study)
    if here is None:
        raise Stop("no-sort", 403)
    form = KeyedForm()
    if not form.validate_on_submit():
        raise Stop("bad-request", 400)
    if not of_page(here):
        return redirect(address(here.study, journey.current(here.study, here.response)))
    try:
        outcome = store().submit(here.response.handle, form.key.data)
    except NotOpen as error:
        raise Stop(f"late-{error.why}", 403) from None
    if isinstance(outcome, Incomplete):
        if not journey.may_open(here.study, here.response, "review"):
            return redirect(address(here.study, journey.current(here.study, here.response)))
        return review_page(here, gettext("Something is still missing. Please look through it again.")), 400
    if outcome.following is not None:
        flash(gettext("This sort is saved. Now sort the same cards by another question."), "next")
        mine = study_of(study, outcome.following)
        return redirect(address(mine, journey.current(mine, outcome.following)))
    thank(study)
    return redirect(url_for("respondent.thanks", study=study))


@blueprint.get("/<study>/thanks")
def thanks(study: str) -> str:
    """Thanks, the receipt code, and the way to one's own copy."""
    served(study)
    here = thanked(study)
    if here is None:
        raise Stop("no-receipt", 403)
    ranked = closeness(here.study, here.response.board) if here.study.show_closest else ()
    return page(
        "thanks",
        here.study,
        code=here.code,
        several=len(_sorts(here)) > 1,
        later=_later(here),
        today=datetime.now(UTC).date(),
        back_to_panel=_panel_link(here),
        boards=[(one.response.position, sort_name(one)) for one in _sorts(here) if has_letters(one.study, one.response.language)],
        pages=makes_pages(),
        mails=post() is not None,
        ranked=ranked,
        close=CLOSE,
        left=[shelf_of(study, here.response.code_hash)],
    )


@blueprint.get("/<study>/sent")
def sent(study: str) -> AnyResponse | str:
    """For whoever comes back after sending: that and when it was sent, and all that can still be done with it; where more is due, the way there."""
    here = _mine(study)
    if returning(study) is not None and store().due(study, here.code) is not None:
        return redirect(url_for("respondent.again", study=study))
    return sent_page(here)


def sent_page(here: Visit) -> str:
    """The page of what was sent. Without the code, by the signed address alone, it tells the day and leads back where they came from."""
    return page(
        "sent",
        here.study,
        code=here.code,
        sent=here.response.submitted,
        back_to_panel=_panel_link(here),
        left=[shelf_of(here.study.study, here.response.code_hash)],
    )


def _sorts(here: Visit) -> list[Visit]:
    """All sorts of a person, each as it was asked for."""
    study = here.study.study
    return [Visit(study_of(study, one), one, here.code) for one in store().sorts(study, here.code)]


def _later(here: Visit) -> Wave | None:
    """The wave that is still to come for somebody."""
    waves = [one for one in here.study.waves if one.id == here.response.wave or one.closes is None or one.closes >= datetime.now(UTC).date()]
    mine = next((i for i, one in enumerate(waves) if one.id == here.response.wave), len(waves))
    return waves[mine + 1] if mine + 1 < len(waves) else None


@blueprint.get("/<study>/copy")
def copy(study: str) -> str:
    """One's own sort to read and to print."""
    here = _mine(study)
    sorts = [
        {
            "of": one,
            "named": sort_name(one),
            "picture": Markup(own_board(one.study, one.response.board, one.response.order, one.response.language).svg),  # noqa: S704 - drawn here
            **whole(one),
        }
        for one in _sorts(here)
    ]
    return page("copy", here.study, code=here.code, response=here.response, sorts=sorts)


@blueprint.get("/<study>/board.png")
def board_png(study: str) -> AnyResponse:
    """One's own board as a picture; with ``?sort=2`` the second of several."""
    one = _drawn(study)
    picture = own_board(one.study, one.response.board, one.response.order, one.response.language)
    return _to_keep(one, picture.png, "image/png", "png")


@blueprint.get("/<study>/board.pdf")
def board_pdf(study: str) -> AnyResponse:
    """The same as a page, where pages can be made."""
    one = _drawn(study)
    if not makes_pages():
        raise NotFound
    return _to_keep(one, own_page(one.study, one.response.board, one.response.order, one.response.language), "application/pdf", "pdf")


def _drawn(study: str) -> Visit:
    """The sort whose board is asked for, by whoever may still draw some."""
    here = _mine(study)
    spend(budgets().acts, here.response.code_hash, ACTS_OF_A_PICTURE)
    wanted = request.args.get("sort", type=int)
    return next((one for one in _sorts(here) if one.response.position == wanted), here)


def _to_keep(one: Visit, content: bytes, mime: str, ending: str) -> AnyResponse:
    headers = {"Content-Disposition": f'attachment; filename="{one.study.study}-my-board.{ending}"'}
    return current_app.response_class(content, mimetype=mime, headers=headers)


@blueprint.get("/<study>/code.svg")
def code_svg(study: str) -> AnyResponse:
    """One's own code as a square for a telephone: it leads to the page for codes and fills it in, and no server hears the code on the way."""
    served(study)
    here = visit(study) or thanked(study)
    if here is None:
        raise Stop("no-receipt", 403)
    target = url_for("respondent.code", study=study, _external=True) + "#" + here.code
    return current_app.response_class(square(target), mimetype="image/svg+xml")


@blueprint.get("/<study>/copy.json")
def copy_json(study: str) -> AnyResponse:
    """One's own sort as a file."""
    here = _mine(study)
    body = json.dumps(own_copy(_sorts(here)), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="{here.study.study}-my-sort.json"'}
    return current_app.response_class(body, mimetype="application/json", headers=headers)


def own_copy(sorts: Sequence[Visit]) -> dict[str, object]:
    """Everything that a person's responses hold, for the person whose they are. Of a study that asks for one sort there is no list of them."""
    study, language = sorts[0].study, sorts[0].response.language
    head: dict[str, object] = {"study": study.study, "version": study.version, "title": study.title.in_(language)}
    if not study.occasions:
        return head | _own_sort(study, sorts[0].response)
    return head | {"sorts": [{"name": sort_name(one), **_own_sort(one.study, one.response)} for one in sorts]}


def _own_sort(study: Study, response: Response) -> dict[str, object]:
    language = response.language
    return {
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
def withdraw(study: str) -> AnyResponse | str | tuple[str, int]:
    """Delete a response and everything that hangs on it. The code is asked for: it is the proof that it is one's own."""
    found = served(study)
    here = visit(study) or thanked(study)
    if here is None:
        choose_language(found)
    form = CodeForm()
    if not form.validate_on_submit():
        gone = request.method == "GET" and bool(get_flashed_messages(category_filter=["gone"]))
        return page("withdraw", found, form=form, gone=gone), 400 if request.method == "POST" else 200
    theirs = store().find(study, form.code.data)
    if theirs is None or not store().withdraw(study, form.code.data):
        form.code.errors = [gettext("There is no sort with this code. Check it, letter by letter.")]
        return page("withdraw", found, form=form, gone=False), 403
    forget(study)
    flash(shelf_of(study, theirs.code_hash), "left")
    flash("withdrawn", "gone")
    return redirect(url_for("respondent.withdraw", study=study), 303)


@blueprint.post("/<study>/leave")
def leave(study: str) -> AnyResponse:
    """Forget the respondent on this device; their code still works."""
    served(study)
    mine, who = pocket(study), known(study)
    forget(study)
    if who is not None:
        flash(shelf_of(study, who.code_hash), "left")
    if isinstance(secret := mine.get("arrived"), str):  # the personal link that somebody else has come by
        return redirect(url_for("respondent.personal_link", study=study, secret=secret))
    keep(study, participant=mine.get("participant"))  # of the address that somebody else has come by
    return redirect(url_for("respondent.welcome", study=study))


def _mine(study: str) -> Visit:
    served(study)
    here = thanked(study)
    if here is None:
        raise Stop("no-receipt", 403)
    return here


def _panel_link(here: Visit) -> str:
    link = here.study.access.return_link or ""
    receipt = store().receipt(here.study.study, here.response.code_hash) if here.study.access.sends_receipt else ""
    return link.replace("{participant}", quote(here.response.participant, safe="")).replace("{receipt}", receipt)
