"""The way in: welcome, personal links, codes, consent."""

from __future__ import annotations

from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, flash, g, get_flashed_messages, redirect, render_template, request, session, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies import admission
from qmethod_studies.admission import Why
from qmethod_studies.definition import Study
from qmethod_studies.store import Invitation, NotOpen, Taken, UsedUp
from qmethod_webform.i18n import gettext
from qmethod_webform.log import takes_nobody
from qmethod_webform.respondent import journey
from qmethod_webform.respondent.acting import save_acts, saving_words
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.braking import refuse_guessing, refuse_many, refuse_without_room, right_code
from qmethod_webform.respondent.forms import AgainForm, CodeForm, ConsentForm, LanguageForm, fresh_key
from qmethod_webform.respondent.leaving import sent_page, thank
from qmethod_webform.respondent.pages import address, app_studies, choose_language, page, waiting
from qmethod_webform.respondent.person import (
    Stop,
    Visit,
    admit,
    came_too_long_ago,
    forget,
    has_cookie,
    keep,
    known,
    pocket,
    returning,
    served,
    store,
    study_of,
    thanked,
    visit,
)

LONGEST_PARTICIPANT = 200


@blueprint.get("/")
def index() -> AnyResponse | str:
    """The studies of this server; with just one, straight to it."""
    studies = list(app_studies().values())
    if len(studies) == 1:
        return redirect(url_for("respondent.welcome", study=studies[0].study))
    g.language = "en"
    return render_template("respondent/explain_bare.html", why="choose-study", studies=studies, direction="ltr")


@blueprint.get("/<study>/")
def welcome(study: str) -> AnyResponse | str:
    """What the study is and how long it takes. Whoever opens it after somebody else has submitted starts with nothing."""
    found = served(study)
    who = known(study)
    participant = request.args.get(found.access.participant_parameter)
    if participant and who is not None and (sent := thanked(study)) is not None and sent.response.participant == participant:
        return redirect(url_for("respondent.sent", study=study))  # the same person, once more
    if who is not None and who.receipt:
        forget(study)
    here = visit(study)
    if participant:
        if len(participant) > LONGEST_PARTICIPANT or not participant.isprintable():
            raise Stop("bad-participant", 400)
        if found.access.signed and not compare_digest(request.args.get("signature", "").encode(), store().signature(study, participant).encode()):
            raise Stop("bad-link", 403)  # before anything is looked up: the answer is the same whether the id takes part or not
        if found.access.signed and here is None and (theirs := store().given_by(study, participant)) is not None and not found.waves:
            choose_language(found)
            return sent_page(Visit(study_of(study, theirs), theirs, ""))
        if here is None and pocket(study).get("participant") != participant:
            forget(study)
        if here is None or here.response.participant != participant:
            keep(study, participant=participant)  # an address ends nobody's sort: whoever is somebody else says so on the page
    if here is not None:
        return _resume(here)
    if who is not None and store().due(study, who.code) is not None and returning(study) is not None:
        return redirect(url_for("respondent.again", study=study))
    if "token" in pocket(study):
        keep(study, token=None)
    choose_language(found)
    generate_csrf()  # so that the next page can tell a browser that keeps no cookie
    gate = None if _admitted(found) else found.access.kind
    return page("welcome", found, gate=gate, form=CodeForm(formdata=None), shut=_shut(found))


def _resume(here: Visit) -> str:
    """Whose sort it is that was begun on this device; what waits of it is sent meanwhile."""
    data = {"words": saving_words(), "onlySends": True, **waiting(here)}
    return page("resume", here.study, address=address(here.study, journey.current(here.study, here.response)), data=data)


def _shut(study: Study) -> Why | None:
    """Why nobody can begin now, or not by the invitation that this browser came with."""
    condition = None
    if study.assign == "by link" and study.quota is not None:
        invitation = _invitation(study, "")
        condition = invitation.condition if invitation is not None else None
    why = admission.shut(study, datetime.now(UTC), store().places(study), condition)
    if condition is None:
        takes_nobody(study.study, why)
    return why


@blueprint.post("/<study>/enter")
def enter(study: str) -> AnyResponse | tuple[str, int]:
    """An access code, checked here and nowhere else."""
    found = served(study)
    choose_language(found)
    form = CodeForm()
    if form.validate_on_submit():
        refuse_guessing(study)
        invitation = store().invitation(study, "code", form.code.data.strip())
        if invitation is not None and invitation.withdrawn:
            raise Stop("withdrawn", 410)
        if invitation is not None:
            right_code(study)
            keep(study, secret=form.code.data.strip(), kind="code")
            return redirect(url_for("respondent.consent", study=study))
        form.code.errors = [gettext("This code does not open the study. Check it, letter by letter.")]
    return page("welcome", found, gate="code", form=form, shut=None), 403


@blueprint.get("/<study>/i/<secret>")
def personal_link(study: str, secret: str) -> AnyResponse | str:
    """A personal link: it starts a response, and leads back to it from any device. Where another sort is open, the page asks whose it is."""
    found = served(study)
    choose_language(found)
    invitation = store().invitation(study, "link", secret)
    code = store().by_invitation(study, invitation) if invitation is not None else None
    here = visit(study)
    if invitation is not None and here is not None and here.code != code:
        keep(study, arrived=secret)  # a link ends nobody's sort either
        return _resume(here)
    if code is not None:
        response = store().find(study, code)
        if response is not None and response.status == "submitted" and store().due(study, code) is None:
            mine = thanked(study)
            if mine is None or mine.code != code:
                admit(study, code, receipt=True)
            return redirect(url_for("respondent.sent", study=study))
        if response is not None:
            who = known(study)
            if who is None or who.receipt or who.code != code:  # whoever is here already needs no other token
                admit(study, code)
            return redirect(url_for("respondent.welcome", study=study))
    if invitation is None:
        raise Stop("bad-link", 403)
    if invitation.withdrawn:
        raise Stop("withdrawn", 410)
    forget(study)
    keep(study, secret=secret, kind="link")
    return redirect(url_for("respondent.welcome", study=study))


@blueprint.route("/<study>/consent", methods=["GET", "POST"])
def consent(study: str) -> AnyResponse | str | tuple[str, int]:
    """Agree or decline; both are recorded, with the text that was shown."""
    found = served(study)
    here = visit(study)
    if here is not None:
        return redirect(address(here.study, journey.current(here.study, here.response)))
    if thanked(study) is not None:
        return redirect(url_for("respondent.sent", study=study))  # by the way back, after sending
    language = choose_language(found)
    if request.method == "GET" and "begin" in request.args and not has_cookie():
        raise Stop("no-cookie", 400)
    if came_too_long_ago(study):
        forget(study, forms=False)
        raise Stop("no-entry", 403)  # or somebody with an id would begin without it
    if not _admitted(found):
        raise Stop("no-entry", 403)
    form = ConsentForm()
    if not form.validate_on_submit():
        if (why := _shut(found)) is not None:
            raise Stop(why, 403)
        return page("consent", found, form=ConsentForm(formdata=None)), 400 if request.method == "POST" else 200
    mine = pocket(study)
    invitation = _invitation(found, form.key.data)
    if invitation is None and found.access.kind != "open":
        raise Stop("used-up", 403)
    who = {"participant": mine.get("participant"), "invitation": invitation, "key": form.key.data}
    refuse_without_room()
    refuse_many(study)
    try:
        begun = store().begin(found, language=language, **who) if form.choice.data == "agree" else store().decline(found, **who)
    except Taken:
        if form.choice.data == "decline":  # the same answer as for an id that nobody has: to decline tries out none
            return _declined(found)
        raise Stop("taken", 409) from None
    except UsedUp:
        raise Stop("used-up", 403) from None
    except NotOpen as error:
        raise Stop(error.why, 403) from None
    if begun is None:
        return _declined(found)
    if begun.response.status == "submitted":
        raise Stop("submitted", 409)
    admit(study, begun.code, forms=False)
    flash(begun.code, "code")
    return redirect(address(found, journey.current(study_of(study, begun.response), begun.response)))


def _declined(study: Study) -> AnyResponse:
    """The way to the page for people who decline. What they came with is forgotten here and now; that page alone still leads by it, once."""
    mine = pocket(study.study)
    participant, secret = mine.get("participant", ""), mine.get("secret")
    if mine.get("kind") == "link":
        again = url_for("respondent.personal_link", study=study.study, secret=secret)
    elif participant:
        said = {study.access.participant_parameter: participant}
        signed = {"signature": store().signature(study.study, participant)} if study.access.signed else {}
        again = f"{url_for('respondent.welcome', study=study.study)}?{urlencode(said | signed)}"
    else:
        again = url_for("respondent.consent" if study.access.kind == "open" else "respondent.welcome", study=study.study)
    forget(study.study, forms=False)
    link = (study.access.declined_link or "").replace("{participant}", quote(participant, safe=""))
    flash({"link": link, "again": again}, "declined")  # type: ignore[arg-type]
    return redirect(url_for("respondent.declined", study=study.study))


@blueprint.get("/<study>/declined")
def declined(study: str) -> str:
    """What is kept of people who decline: that somebody did."""
    found = served(study)
    choose_language(found)
    told: list[Any] = get_flashed_messages(category_filter=["declined"])
    return page("declined", found, **{"link": "", "again": "", **(told[0] if told else {})})


@blueprint.route("/<study>/code", methods=["GET", "POST"])
def code(study: str) -> AnyResponse | str | tuple[str, int]:
    """A respondent's own code: leads back to an unfinished sort on any device, and to one's own response after sending it."""
    found = served(study)
    choose_language(found)
    form = CodeForm()
    if not form.validate_on_submit():
        return page("code", found, form=form), 400 if request.method == "POST" else 200
    response = store().find(study, form.code.data)
    if response is None:
        form.code.errors = [gettext("There is no sort with this code. Check it, letter by letter.")]
        return page("code", found, form=form), 403
    if response.status == "submitted" and store().due(study, form.code.data) is None:
        admit(study, form.code.data, receipt=True)
        return redirect(url_for("respondent.thanks", study=study))
    admit(study, form.code.data)
    if response.status == "submitted":
        return redirect(url_for("respondent.again", study=study))
    return redirect(address(found, journey.current(study_of(study, response), response)))


@blueprint.route("/<study>/again", methods=["GET", "POST"])
def again(study: str) -> AnyResponse | str | tuple[str, int]:
    """The next wave, for somebody who has given all sorts of the one before: begin it, or look at what was sent."""
    served(study)
    here = visit(study)
    if here is not None:
        return redirect(address(here.study, journey.current(here.study, here.response)))
    here = returning(study)
    wave = store().due(study, here.code) if here is not None else None
    if here is None or wave is None:
        raise Stop("no-sort", 403)
    form = AgainForm()
    if not form.validate_on_submit():
        name = next(one.name for one in here.study.waves if one.id == wave)
        return page("again", here.study, name=name, form=form), 400 if request.method == "POST" else 200
    if form.choice.data == "look":
        thank(study)
        return redirect(url_for("respondent.thanks", study=study))
    refuse_without_room()
    response = store().begin_wave(study, here.code)
    if response is None:
        raise Stop("no-wave", 403)
    return redirect(address(here.study, journey.current(study_of(study, response), response)))


@blueprint.post("/<study>/language")
def language(study: str) -> AnyResponse:
    """Another language, from any page and back to it."""
    found = served(study)
    form = LanguageForm()
    here = visit(study)
    if form.validate_on_submit() and form.language.data in found.languages:
        session["language"] = form.language.data
        if here is not None and form.language.data in here.study.languages:
            save_acts(here.response.handle, [{"key": fresh_key(), "act": "language", "language": form.language.data}])
    endpoint = f"respondent.{form.page.data}"
    if endpoint not in current_app.view_functions or form.page.data in ("language", "enter", "submit", "acts", "personal_link", "index", "leave"):
        endpoint = "respondent.welcome"
    return redirect(url_for(endpoint, study=study))


def _invitation(study: Study, key: str) -> Invitation | None:
    """The invitation that this browser came with; used up or not, where this very form was sent before and its answer lost."""
    mine = pocket(study.study)
    secret, kind = mine.get("secret"), mine.get("kind")
    if not isinstance(secret, str) or kind not in ("link", "code"):
        return None
    return store().invitation(study.study, kind, secret, key=key)


def _admitted(study: Study) -> bool:
    """Whether this browser may go on to the consent."""
    if study.access.kind == "open":
        return True
    mine = pocket(study.study)
    return mine.get("kind") == "link" or (study.access.kind == "code" and mine.get("kind") == "code")
