"""The code by mail, where the server has a mailbox: asked for on the page of thanks, to an address that is used for that mail alone."""

from __future__ import annotations

from flask import current_app, flash, redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.questions.answers import AnswerError, clean_address
from qmethod_webform import log
from qmethod_webform.i18n import gettext, in_words_of
from qmethod_webform.mail import Post, letter
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.person import Stop, Visit, served, thanked

FAILED = "See to QMETHOD_MAIL_SERVER and the settings beside it. People are told to write their code down."


def post() -> Post | None:
    """What hands mails over; None where no mail is sent."""
    found: Post | None = current_app.extensions.get("qmethod mail")
    return found


@blueprint.post("/<study>/mail")
def mail(study: str) -> AnyResponse:
    """Send the code to an address. What was wrong with it the page of thanks says, without the address."""
    served(study)
    office, here = post(), thanked(study)
    if office is None:
        raise NotFound
    if here is None or not here.code:
        raise Stop("no-receipt", 403)
    if not FlaskForm().validate_on_submit():
        raise Stop("bad-request", 400)
    in_words_of(here.study)
    flash(_sent(office, here, request.form.get("to", "")), "next")
    return redirect(url_for("respondent.thanks", study=study))


def _sent(office: Post, here: Visit, typed: str) -> str:
    """Send it, and what became of that in words."""
    try:
        to = clean_address(typed)
    except AnswerError:
        return gettext("Write an e-mail address, such as name@example.org.")
    sorry = gettext("The mail could not be sent. Please write the code down, or try again later.")
    if not office.may(to, here.response.code_hash, request.remote_addr or ""):
        return sorry
    address = url_for("respondent.code", study=here.study.study, _external=True) + "#" + here.code
    told = (
        f"{gettext('Your receipt code is')} {here.code}",
        address,
        gettext("Keep it. It opens your own copy, and it deletes everything if you change your mind."),
        gettext("This mail was asked for on a page of the study. If you did not ask for it, you can ignore it."),
    )
    try:
        office.send(letter(office.mailbox.sender, to, here.study.title.in_(here.response.language), told))
    except (OSError, ValueError) as error:  # what either says may hold the address
        log.fault(f"a mail could not be handed over: {type(error).__name__}", FAILED)
        return sorry
    return gettext("The mail is on its way.")
